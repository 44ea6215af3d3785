"""A real headless Chromium, spoken to over its DevTools protocol: what tests of the browser page look through.

The protocol is JSON over a websocket, which aiohttp of the extra [web] speaks already: no driver is needed beside it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

PROGRAM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
SWITCHES: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--no-default-browser-check", "--no-proxy-server", "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)  # fmt: skip
CATCH: Final = """
Object.defineProperty(Object.prototype, 'websocket_url', {configurable: true, set(address) {
  window.seen = this;
  Object.defineProperty(this, 'websocket_url', {value: address, writable: true});
}});
"""
"""Keeps hold of the page's terminal, which its script leaves nowhere: it draws what it shows, and writes none of it."""
LINES: Final = """
(() => {
  const terminal = window.seen && window.seen.terminal, lines = [];
  for (let row = 0; terminal && row < terminal.rows; row++) {
    const line = terminal.buffer.active.getLine(row);
    lines.push(line ? line.translateToString(true, 0, terminal.cols) : '');
  }
  return lines.join('\\n');
})()
"""
PATIENCE: Final = 60.0


class Tab:
    """One page: what it asked for, what it shows, and the keys that go into it."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse, target: str) -> None:
        self._line, self._target, self._session, self._next = line, target, "", 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for message in self._line:
            told = json.loads(message.data)
            if told.get("id") in self._answers:
                self._answers.pop(told["id"]).set_result(told)
            elif told.get("method") == "Network.requestWillBeSent":
                self.asked.append(told["params"]["request"]["url"])
            elif told.get("method") == "Network.webSocketCreated":
                self.asked.append(told["params"]["url"])
            elif told.get("method") == "Log.entryAdded" and told["params"]["entry"]["level"] == "error":
                self.complaints.append(told["params"]["entry"]["text"])

    async def call(self, method: str, **params: Any) -> Mapping[str, Any]:
        """One command of the protocol, and its result."""
        self._next += 1
        answer = self._answers[self._next] = asyncio.get_running_loop().create_future()
        whole = {"id": self._next, "method": method, "params": params}
        await self._line.send_json(whole | ({"sessionId": self._session} if self._session else {}))
        told = await asyncio.wait_for(answer, PATIENCE)
        assert "error" not in told, told
        result: Mapping[str, Any] = told["result"]
        return result

    async def attach(self) -> None:
        found = await self.call("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session = found["sessionId"]
        for domain in ("Network", "Page", "Runtime", "Log"):
            await self.call(f"{domain}.enable")
        await self.call("Page.addScriptToEvaluateOnNewDocument", source=CATCH)

    async def open(self, address: str) -> None:
        await self.call("Page.navigate", url=address)

    async def value(self, expression: str) -> Any:
        told = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def shown(self) -> str:
        """The lines of the terminal in the page, "" where there is none."""
        return str(await self.value(LINES))

    async def until(self, words: str) -> str:
        """Wait for a screen on which the words stand."""
        return await self._until(words, self.shown)

    async def said(self, words: str) -> str:
        """Wait for an ordinary page on which the words stand."""
        return await self._until(words, lambda: self.value("document.body ? document.body.innerText : ''"))

    async def _until(self, words: str, seen: Callable[[], Awaitable[str]]) -> str:
        end = asyncio.get_running_loop().time() + PATIENCE
        while words not in (shown := await seen()):
            assert asyncio.get_running_loop().time() < end, f"{words!r} never stood on\n{shown}"
            await asyncio.sleep(0.2)
        return shown

    async def press(self, key: str) -> None:
        """A key as a person presses it: a letter, or a name of the DOM such as Escape."""
        known = {"key": key, **({"text": key} if len(key) == 1 else {"windowsVirtualKeyCode": {"Escape": 27}[key]})}
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, **known)

    async def click(self, word: str) -> None:
        """Click where a word stands in the terminal."""
        lines = (await self.shown()).split("\n")
        row = next(at for at, line in enumerate(lines) if word in line)
        cells = "document.querySelector('.xterm-screen').getBoundingClientRect()"
        left, top, width, height = await self.value(f"(c => [c.x, c.y, c.width, c.height])({cells})")
        columns = await self.value("window.seen.terminal.cols")
        x = left + (lines[row].index(word) + 0.5) * width / columns
        y = top + (row + 0.5) * height / len(lines)
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    async def resize(self, width: int, height: int) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def picture(self) -> bytes:
        """The page as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])

    async def close(self) -> None:
        session, self._session = self._session, ""
        assert session
        await self.call("Target.closeTarget", targetId=self._target)

    def elsewhere(self) -> list[str]:
        """What was asked of another machine than this one."""
        inside = ("127.0.0.1", "localhost", None)  # None: data: and about: ask nobody
        return [address for address in self.asked if urlsplit(address).hostname not in inside]


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Tab]:
    """A browser of its own with one empty page, gone afterwards."""
    address = folder / "DevToolsActivePort"
    run = await asyncio.create_subprocess_exec(
        PROGRAM, *SWITCHES, f"--user-data-dir={folder}", "--window-size=1200,800", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        port, path = await _address(address)
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(f"ws://127.0.0.1:{port}{path}", max_msg_size=0) as line,
        ):
            first = Tab(line, "")
            made = await first.call("Target.createTarget", url="about:blank")
            first._target = made["targetId"]
            await first.attach()
            yield first
    finally:
        run.terminate()
        await asyncio.wait_for(run.wait(), 20)


async def _address(file: Path) -> tuple[str, str]:
    """The port and the path of the protocol, which the browser writes when it listens."""
    for _ in range(300):
        if file.exists() and len(lines := file.read_text().split()) == 2:
            return lines[0], lines[1]
        await asyncio.sleep(0.1)
    raise AssertionError("the browser never listened")
