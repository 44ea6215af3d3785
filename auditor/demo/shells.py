"""SSH shells of the demo: a paramiko server that knows a device's answers, its prompt and its pager."""

from __future__ import annotations

import socket
import threading
from typing import Any, Final

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from auditor.demo.company import PASSWORDS, USERS, Company

PAGE: Final = 24
MORE: Final = "<--- More --->"
IDLE: Final = 600


class _Gate(paramiko.ServerInterface):
    """Lets the demo's users in by password."""

    def check_auth_password(self, username: str, password: str) -> int:
        good = username in USERS and password in PASSWORDS.values()
        return AUTH_SUCCESSFUL if good else AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_pty_request(self, *args: Any) -> bool:
        return True

    def check_channel_shell_request(self, channel: Any) -> bool:
        return True


class _Shell:
    """One session: reads lines, echoes them, answers as the device does."""

    def __init__(self, company: Company, channel: Any) -> None:
        self.company, self.channel, self.paged = company, channel, company.pages

    def run(self) -> None:
        self.channel.settimeout(IDLE)
        self.say("\r\n" + self.company.prompt)
        line = ""
        while data := self.channel.recv(1024):
            for char in data.decode(errors="replace"):
                if char in "\r\n":
                    self.say("\r\n")
                    if line.strip() in ("exit", "quit", "logout"):
                        return
                    self.answer(line.strip())
                    self.say(self.company.prompt)
                    line = ""
                else:
                    line += char
                    self.say(char)

    def answer(self, line: str) -> None:
        if not line:
            return
        text = self.company.answers.get(line)
        if line == "terminal pager 0" and text is not None:
            self.paged = False
        self.page((self.company.unknown if text is None else text).replace("\n", "\r\n"))

    def page(self, text: str) -> None:
        """Send a text, in pages where the session pages, each turned by a key."""
        if not self.paged:
            self.say(text)
            return
        lines = text.split("\r\n")
        for start in range(0, len(lines), PAGE):
            self.say("\r\n".join(lines[start : start + PAGE]))
            if start + PAGE < len(lines):
                self.say("\r\n" + MORE)
                if not self.channel.recv(1):
                    return
                self.say("\r" + " " * len(MORE) + "\r")

    def say(self, text: str) -> None:
        if text:
            self.channel.sendall(text.encode())


def shell(company: Company, listener: socket.socket, key: paramiko.PKey) -> None:
    """Serve a device's shell on a listening socket, a thread for each session."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_session, args=(company, connection, key), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()


def _session(company: Company, connection: socket.socket, key: paramiko.PKey) -> None:
    try:
        with paramiko.Transport(connection) as transport:
            transport.add_server_key(key)
            transport.start_server(server=_Gate())
            channel = transport.accept(30)
            if channel is not None:
                _Shell(company, channel).run()
                channel.close()
    except (OSError, EOFError, paramiko.SSHException):
        return  # the visitor left
