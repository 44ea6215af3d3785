"""The screens in a browser, on loopback alone: a token that is good once opens the page, nothing else opens anything.

The token is part of the address that is printed; the browser gets a cookie for it, which page, files and websocket are
asked for. The page asks nothing of any other machine, and a page of another machine can ask nothing of this one.
"""

from __future__ import annotations

import hmac
import os
import secrets
import shlex
import sys
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any, Final

from aiohttp import web
from textual_serve.server import Server

HOST: Final = "127.0.0.1"
COOKIE: Final = "auditor"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " font-src 'self' data:; connect-src 'self' ws:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """Lets one browser in: the first that shows the token."""

    def __init__(self, port: int) -> None:
        self.token, self._session = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._used = False
        self._hosts = (f"{HOST}:{port}", f"localhost:{port}")

    def admit(self, request: web.Request) -> str:
        """ "" for who may go on, "new" for who shows the token for the first time; raises HTTPForbidden for others."""
        if request.host not in self._hosts:  # a name of elsewhere that was made to lead here
            raise web.HTTPForbidden(text="This address is not served.\n")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{request.host}":
            raise web.HTTPForbidden(text="Another page may not ask this.\n")
        if hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._session.encode()):
            return ""
        shown = request.query.get("token", "")
        if request.path == "/" and not self._used and hmac.compare_digest(shown.encode(), self.token.encode()):
            self._used = True
            return "new"
        raise web.HTTPForbidden(text="The address with its token is needed; it opens one browser, once.\n")

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
                response.headers.update(HEADERS)
            return response

        return guarded


class Served(Server):
    """textual-serve with our guard and our page."""

    def __init__(self, command: str, port: int) -> None:
        folder = str(files("auditor") / "templates" / "web")
        super().__init__(command, host=HOST, port=port, title="Auditor", templates_path=folder)
        self.public_url = f"http://{HOST}:{port}"
        self.guard = Guard(port)

    async def _make_app(self) -> web.Application:
        made = await super()._make_app()
        made.middlewares.append(self.guard.middleware)
        return made

    async def on_startup(self, app: web.Application) -> None:
        """No banner: what is printed is the address, by `serve`."""

    def serve(self, debug: bool = False) -> None:
        """Serve until Ctrl-C; the address is printed once the port is ours, and no address is logged."""
        address = f"{self.public_url}/?token={self.guard.token}"
        tell = lambda *_: print(address, flush=True)  # noqa: E731,T201 - the one line that is wanted
        web.run_app(self._make_app(), host=HOST, port=self.port, print=tell, access_log=None)


def serve(port: int, language: str) -> None:
    """Serve the screens until Ctrl-C; raises OSError where the port is taken."""
    if language:
        os.environ["LC_ALL"] = {"fr": "fr_FR.UTF-8"}.get(language, "en_GB.UTF-8")  # what the screens go by
    Served(shlex.join((sys.executable, "-m", "auditor")), port).serve()
