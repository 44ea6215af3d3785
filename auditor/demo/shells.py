"""SSH servers of the demo: password login, then a terminal that echoes, edits a line and pages as the device does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import logging
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from auditor.demo.dialects import Dialect

_PUBLIC: Final = {
    # the public half of each host key below; fixed keys, so that a pinned demo device is known again the next day
    "fw-rennes": "a4d71138c0af0c85c956435207657d785d9bc0234bb6b035d7fc8c289d2d116c",
    "pbx-rennes": "60e3971a5c33f579dc246396d938bde0e6df50f213b83f420b6fe0c728336de2",
}
_WAIT_S: Final = 30.0
_LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Login:
    """How a server presents itself, and who may enter: banner, algorithms in its order, one account."""

    banner: str
    exchanges: tuple[str, ...]
    ciphers: tuple[str, ...]
    digests: tuple[str, ...]
    user: str
    password: str


def host_key(name: str) -> paramiko.PKey:
    """The host key of a demo device: derived from its name, protecting nothing but a loopback demonstration."""

    def packed(*parts: bytes) -> bytes:
        return b"".join(struct.pack(">I", len(part)) + part for part in parts)

    seed = hashlib.sha256(f"auditor demo host key of {name}".encode()).digest()
    kind, public = b"ssh-ed25519", bytes.fromhex(_PUBLIC[name])
    private = b"\0" * 8 + packed(kind, public, seed + public, b"")
    private += bytes(range(1, 1 + -len(private) % 8))
    whole = b"openssh-key-v1\0" + packed(b"none", b"none", b"") + struct.pack(">I", 1)
    whole += packed(packed(kind, public), private)
    mark = "OPENSSH PRIVATE KEY-----"
    text = f"-----BEGIN {mark}\n{base64.encodebytes(whole).decode()}-----END {mark}\n"
    return paramiko.Ed25519Key(file_obj=io.StringIO(text))


class _Reception(paramiko.ServerInterface):
    """One account, password only; a terminal or a single command, nothing else."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self.command = ""
        self.asked = threading.Event()

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        right = hmac.compare_digest(password.encode(), self.login.password.encode())
        return AUTH_SUCCESSFUL if right and username == self.login.user else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_pty_request(self, *args: object) -> bool:
        return True

    def check_channel_window_change_request(self, *args: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        self.asked.set()
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.command = command.decode(errors="replace")
        self.asked.set()
        return True


def serve(listener: socket.socket, login: Login, key: paramiko.PKey, dialect: Callable[[], Dialect]) -> None:
    """Accept connections on a listening socket until the process ends; each has a thread and a dialect of its own."""
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    threading.Thread(target=_accept, args=(listener, login, key, dialect), daemon=True).start()


def _accept(listener: socket.socket, login: Login, key: paramiko.PKey, dialect: Callable[[], Dialect]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_converse, args=(connection, login, key, dialect()), daemon=True).start()


def _converse(connection: socket.socket, login: Login, key: paramiko.PKey, dialect: Dialect) -> None:
    reception = _Reception(login)
    try:
        with paramiko.Transport(connection) as transport:
            _present(transport, login)
            transport.add_server_key(key)
            transport.start_server(server=reception)
            channel = transport.accept(_WAIT_S)
            if channel is None or not reception.asked.wait(_WAIT_S):
                return
            if reception.command:
                _execute(channel, dialect, reception.command)
            else:
                Terminal(channel, dialect).run()
            channel.close()
            transport.join(1)  # let the last words reach the client
    except (paramiko.SSHException, EOFError, OSError):
        return  # the client left, or never spoke SSH: its own business


def _present(transport: paramiko.Transport, login: Login) -> None:
    """The device's banner and algorithms, as far as this library still has them."""
    transport.local_version = f"SSH-2.0-{login.banner}"
    options = transport.get_security_options()
    options.kex = tuple(name for name in login.exchanges if name in options.kex)
    options.ciphers = tuple(name for name in login.ciphers if name in options.ciphers)
    options.digests = tuple(name for name in login.digests if name in options.digests)


def _execute(channel: paramiko.Channel, dialect: Dialect, command: str) -> None:
    done = dialect.execute(command)
    if done is not None:
        output, status = done
        channel.sendall(f"{output}\n".encode() if output else b"")
        channel.send_exit_status(status)


class Terminal:
    """The device's terminal on one channel."""

    def __init__(self, channel: paramiko.Channel, dialect: Dialect) -> None:
        self._channel, self._dialect = channel, dialect
        self._keys = b""
        self._after_return = False

    def run(self) -> None:
        """Converse until the client leaves or logs out."""
        self._write(self._dialect.greeting)
        while True:
            self._write(self._dialect.prompt)
            line = self._line()
            if line is None:
                return
            self._write(self._dialect.accepted)
            said = self._dialect.answer(line)
            if said is None:
                self._write(self._dialect.farewell)
                return
            if said and not self._show(said if said.endswith("\n") else said + "\n"):
                return

    def _write(self, text: str) -> None:
        self._channel.sendall(text.replace("\n", "\r\n").encode())

    def _key(self) -> bytes:
        """The next key, b"" when the client has gone; a line end of two characters counts once."""
        while True:
            if not self._keys:
                self._keys = self._channel.recv(_LONGEST)
            key, self._keys = self._keys[:1], self._keys[1:]
            twin = key == b"\n" and self._after_return
            self._after_return = key == b"\r"
            if not twin:
                return key

    def _line(self) -> str | None:
        typed = b""
        while key := self._key():
            if key in b"\r\n":
                self._write("\n")
                return typed.decode(errors="replace")
            if key == b"\x04" and not typed:
                return None
            if key in b"\x7f\x08":
                self._echo("\b \b" if typed else "")
                typed = typed[:-1]
            elif key in b"\x03\x15":
                self._echo("\b \b" * len(typed))
                typed = b""
            elif key >= b" " and len(typed) < _LONGEST:
                typed += key
                self._echo(key)
        return None

    def _echo(self, text: str | bytes) -> None:
        if text and not self._dialect.hidden:
            self._channel.sendall(text.encode() if isinstance(text, str) else text)

    def _show(self, text: str) -> bool:
        """Write a text page by page; whether the client is still there."""
        lines = text.splitlines(keepends=True)
        room = self._dialect.page or len(lines)
        while lines:
            self._write("".join(lines[:room]))
            lines = lines[room:]
            if not lines:
                break
            self._write(self._dialect.more)
            key = self._key()
            self._write(f"\r{' ' * len(self._dialect.more)}\r")
            if not key:
                return False
            if key in b"qQ\x03":
                break
            room = 1 if key in b"\r\n" else self._dialect.page
        return True
