"""The screens in a browser: without the token nothing is served, with it once, and nothing is asked of elsewhere."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("textual_serve") is None, reason="the extra [web] is not installed"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """Port and token of a server of its own."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "auditor", "serve", "--port", str(port)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "AUDITOR_HOME": str(tmp_path)},
    ) as run:  # fmt: skip
        assert run.stdout
        found = re.fullmatch(rf"http://127\.0\.0\.1:{port}/\?token=(\S{{20,}})", run.stdout.readline().strip())
        assert found
        try:
            yield port, found[1]
        finally:
            run.terminate()


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str


def asked(port: int, path: str, **headers: str) -> Answer:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as answer:
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode(errors="replace"))


def test_the_token_opens_one_browser_once(served: tuple[int, str]) -> None:
    """No page, file, download or websocket without it; a second use, a wrong one and another page are refused."""
    port, token = served
    for path in ("/", "/?token=x", "/ws", "/static/js/textual.js", "/download/x", f"/ws?token={token}"):
        assert asked(port, path).status == 403, path
    assert asked(port, f"/?token={token}", Host="evil.example").status == 403
    opened = asked(port, f"/?token={token}")
    assert opened.status == 302
    cookie = opened.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    cookie = cookie.partition(";")[0]
    assert asked(port, f"/?token={token}").status == 403
    page = asked(port, "/", Cookie=cookie)
    assert page.status == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    links = re.findall(r"(?:https?:)?//[\w.:-]+", page.text)
    assert set(links) <= {f"http://127.0.0.1:{port}", f"//127.0.0.1:{port}"}
    assert asked(port, "/static/js/textual.js", Cookie=cookie).status == 200
    assert asked(port, "/ws", Cookie=cookie, Origin="http://evil.example").status == 403


def test_the_screens_come_over_the_websocket(served: tuple[int, str]) -> None:
    """With the cookie of the token the first screen is drawn, and a key is answered; without it nothing is."""
    port, token = served
    cookie = asked(port, f"/?token={token}").headers["Set-Cookie"].partition(";")[0]
    assert "READ-ONLY" in asyncio.run(drawn(port, cookie, "READ-ONLY"))


async def drawn(port: int, cookie: str, wanted: str) -> str:
    """What the websocket draws until a word of it stands there."""
    import aiohttp

    shown = ""
    address = f"http://127.0.0.1:{port}/ws?width=80&height=24"
    async with aiohttp.ClientSession() as client, client.ws_connect(address, headers={"Cookie": cookie}) as socket_:
        while wanted not in shown:
            message = await socket_.receive(timeout=60)
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
            shown += message.data.decode() if isinstance(message.data, bytes) else message.data
    return shown
