"""The screens in a browser, on loopback alone: a token that is good once opens the page, nothing else opens anything.

The token is part of the address that is printed; the browser gets a cookie for it, which page, files and websocket are
asked for. The page asks nothing of any other machine, and a page of another machine can ask nothing of this one.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
import shlex
import sys
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import aiohttp_jinja2
from aiohttp import web
from textual_serve.server import Server

from auditor.texts import Texts

HOST: Final = "127.0.0.1"
COOKIE: Final = "auditor"
PAGE: Final = Path(str(files("auditor"))) / "templates" / "web"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " font-src 'self' data:; connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """Lets one browser in: the first that shows the token."""

    def __init__(self, port: int, say: Texts) -> None:
        self.say = say
        self.token, self._session = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._used = False
        self._host, self._also = f"{HOST}:{port}", f"localhost:{port}"
        self._headers = {name: value.format(host=self._host) for name, value in HEADERS.items()}

    def admit(self, request: web.Request) -> str:
        """ "" for who may go on, "new" for who shows the token for the first time; raises HTTPForbidden for others."""
        if request.host == self._also and request.method == "GET":  # the page would ask the other name, without cookie
            raise web.HTTPFound(f"http://{self._host}{request.path_qs}")
        if request.host != self._host:  # a name of elsewhere that was made to lead here
            raise self._refusal(self.say("Only http://{host} is served, under this very name.", host=self._host))
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{self._host}":
            raise self._refusal(self.say("Another page may not ask this."))
        if hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._session.encode()):
            return ""
        shown = request.query.get("token", "")
        if request.path == "/" and not self._used and hmac.compare_digest(shown.encode(), self.token.encode()):
            self._used = True
            return "new"
        raise self._refusal(self.say("The address with its token is needed; it opens one browser, once."))

    def _refusal(self, line: str) -> web.HTTPForbidden:
        return web.HTTPForbidden(text=f"{line}\n", headers=self._headers)

    @property
    def middleware(self) -> Any:
        """The guard as aiohttp calls it, before every handler."""

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self.admit(request) == "new":
                found = web.HTTPFound("/")
                found.set_cookie(COOKIE, self._session, httponly=True, samesite="Strict", path="/")
                raise found
            response = await handler(request)
            if not response.prepared:
                response.headers.update(self._headers)
            return response

        return guarded


class Served(Server):
    """textual-serve with our guard and our page."""

    def __init__(self, command: str, port: int, say: Texts) -> None:
        super().__init__(command, host=HOST, port=port, title="Auditor", templates_path=str(PAGE))
        self.public_url = f"http://{HOST}:{port}"
        self.guard, self.say = Guard(port, say), say
        self._drawing: set[asyncio.Task[Any]] = set()

    async def _make_app(self) -> web.Application:
        made = await super()._make_app()
        made.router.add_get("/page.js", self._script)
        made.middlewares.append(self.guard.middleware)
        aiohttp_jinja2.get_env(made).globals.update(
            language=self.say.language,
            left=self.say("Auditor was left. What was collected is kept."),
            again=self.say("Open it again"),
        )
        return made

    async def _script(self, _: web.Request) -> web.Response:
        """Our own few lines beside textual-serve's: the content policy allows none inside the page."""
        return web.Response(body=(PAGE / "page.js").read_bytes(), content_type="text/javascript")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One page with its process, remembered until it is closed."""
        task = asyncio.current_task()
        assert task is not None
        self._drawing.add(task)
        try:
            return await super().handle_websocket(request)
        finally:
            self._drawing.discard(task)

    async def on_shutdown(self, app: web.Application) -> None:
        """End the pages that are open, or Ctrl-C would wait a minute for them and leave their processes."""
        for task in tuple(self._drawing):
            task.cancel()
        await asyncio.gather(*self._drawing, return_exceptions=True)

    async def on_startup(self, app: web.Application) -> None:
        """No banner: what is printed is the address, by `serve`."""

    def serve(self, debug: bool = False) -> None:
        """Serve until Ctrl-C; the address is printed once the port is ours, and no address is logged."""
        address = f"{self.public_url}/?token={self.guard.token}"
        tell = lambda *_: print(address, flush=True)  # noqa: E731,T201 - the one line that is wanted
        web.run_app(self._make_app(), host=HOST, port=self.port, print=tell, access_log=None)


def serve(port: int, say: Texts) -> None:
    """Serve the screens until Ctrl-C, in the language of these words; raises OSError where the port is taken."""
    os.environ["LC_ALL"] = {"fr": "fr_FR.UTF-8"}.get(say.language, "en_GB.UTF-8")  # what the screens go by
    Served(shlex.join((sys.executable, "-m", "auditor")), port, say).serve()
