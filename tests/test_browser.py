"""The screens in a real browser: the token opens them, the demo runs in them, and nobody else is asked or answered."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from tests.test_serve import free_port

pytest.importorskip("textual_serve", reason="the extra [web] is not installed")
from tests.browser import PROGRAM, Tab, chromium

pytestmark = [pytest.mark.web, pytest.mark.skipif(not PROGRAM, reason="no Chromium is installed")]
REFUSED = "The address with its token is needed; it opens one browser, once."


class Running(NamedTuple):
    """A server with its printed address."""

    process: asyncio.subprocess.Process
    address: str

    @property
    def page(self) -> str:
        return self.address.partition("?")[0]

    def screens(self) -> list[str]:
        """The processes that draw screens for this server."""
        found = subprocess.run(
            ["ps", "--ppid", str(self.process.pid), "-o", "pid="], capture_output=True, text=True, check=False
        )
        return found.stdout.split()

    async def alone(self) -> None:
        """Wait until no process draws for it any more."""
        for _ in range(200):
            if not self.screens():
                return
            await asyncio.sleep(0.1)
        raise AssertionError(self.screens())


@asynccontextmanager
async def running(home: Path, *words: str) -> AsyncIterator[Running]:
    """`auditor serve` with a home of its own."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "auditor", "serve", "--port", str(port), *words, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "AUDITOR_HOME": str(home)}, cwd=home,
    )  # fmt: skip
    assert process.stdout
    try:
        address = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        assert re.fullmatch(rf"http://127\.0\.0\.1:{port}/\?token=\S{{20,}}", address)
        yield Running(process, address)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 20)


def colours(picture: bytes) -> int:
    """How many colours a picture has: a page on which nothing was drawn has one or two."""
    with Image.open(io.BytesIO(picture)) as image:
        return len(image.convert("RGB").getcolors(1 << 24) or ())


async def test_the_demo_runs_in_a_browser(tmp_path: Path) -> None:
    """Keys and clicks reach it, the dashboard is drawn, it follows the window, and only this machine is asked."""
    async with running(tmp_path) as served, chromium(tmp_path / "browser") as tab:
        await tab.resize(1200, 800)
        await tab.open(served.address)
        await tab.until("Try the demo")
        assert len(served.screens()) == 1
        await tab.press("t")
        await tab.until("asking")
        shown = await tab.until("What binds: Internet access, download")
        assert "110 eligible people (headcount 120)" in shown
        assert re.search(r"Internet access, download +15 ", shown)
        assert "needed: 110" in shown
        assert colours(await tab.picture()) > 100
        (tmp_path / "dashboard.png").write_bytes(await tab.picture())

        await tab.click("Findings")
        await tab.until("severity: all")
        await tab.press("l")
        await tab.until("g Gravité")
        await tab.resize(500, 320)
        while len(lines := (await tab.shown()).split("\n")) > 20 or "q Quitter" not in lines[-1]:
            await asyncio.sleep(0.1)
        assert max(map(len, lines)) <= await tab.value("window.seen.terminal.cols") < 60
        assert "Traceback" not in await tab.shown()

        assert tab.asked[-1].startswith("ws://127.0.0.1:")
        assert not tab.elsewhere()
        assert not tab.complaints
        await tab.close()
        await served.alone()


async def test_a_page_that_is_closed_ends_the_audit_it_ran(tmp_path: Path) -> None:
    """In French from the first word; no process is left behind a closed page, nor behind a server that was ended."""
    async with running(tmp_path, "--lang", "fr") as served, chromium(tmp_path / "browser") as tab:
        await tab.open(served.address)
        await tab.until("Essayer la démo")
        assert await tab.value("document.documentElement.lang") == "fr"
        await tab.press("q")
        await served.alone()
        assert "Auditor a été quitté." in await tab.value("document.body.innerText")
        await tab.value("window.seen = null, document.querySelector('#again').click()")
        await tab.until("Essayer la démo")
        await tab.press("t")
        await tab.until("interrogé")
        await tab.close()
        await served.alone()


async def test_a_server_that_ends_takes_its_pages_along(tmp_path: Path) -> None:
    """Ctrl-C does not wait for the reader of an open page, and the page says so."""
    async with running(tmp_path) as served, chromium(tmp_path / "browser") as tab:
        await tab.open(served.address)
        await tab.until("Try the demo")
        (drawing,) = served.screens()
        served.process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(served.process.wait(), 20) == 0
        assert not Path("/proc", drawing).exists()
        await tab.said("Auditor was left.")


async def test_no_other_page_and_no_other_browser_gets_in(tmp_path: Path) -> None:
    """No token, a wrong one, one that was used; and a hostile page in the very browser that was let in."""
    async with running(tmp_path) as served, chromium(tmp_path / "browser") as tab:
        for address in (served.page, f"{served.page}?token=wrong", f"{served.page}static/js/textual.js"):
            await tab.open(address)
            assert REFUSED in await tab.said(REFUSED)
            assert await tab.shown() == ""
        assert not [address for address in tab.asked if address.startswith("ws:")]
        await tab.open(served.address.replace("127.0.0.1", "localhost"))  # led to the name that is served
        await tab.until("Try the demo")
        await hostile(tab, served)
        await tab.call("Network.clearBrowserCookies")
        await tab.open(served.address)
        assert REFUSED in await tab.said(REFUSED)
        await served.alone()


async def hostile(tab: Tab, served: Running) -> None:
    """Another page of this machine, to whose requests the browser adds the cookie, is refused by its origin."""
    other = await asyncio.start_server(_page, "127.0.0.1", 0)
    async with other:
        port = other.sockets[0].getsockname()[1]
        await tab.open(f"http://127.0.0.1:{port}/")
        assert "another page" in await tab.said("another page")
        line = f"new WebSocket('{served.page.replace('http', 'ws')}ws')"
        opened = (
            f"new Promise(done => {{ const s = {line}; s.onopen = () => done('open'); s.onerror = () => done('no') }})"
        )
        assert await tab.value(opened) == "no"
        fetched = f"fetch('{served.page}', {{credentials: 'include'}}).then(() => 'read', () => 'no')"
        assert await tab.value(fetched) == "no"


async def _page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\nanother page")
    await writer.drain()
    writer.close()
