"""A small SSH server on loopback that plays a device, well or badly, and remembers every line it received."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_PARTIALLY_SUCCESSFUL,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_RESOURCE_SHORTAGE,
    OPEN_SUCCEEDED,
)
from paramiko.server import InteractiveQuery

from auditor.collectors.ssh import fingerprint

logging.getLogger("paramiko").addHandler(logging.NullHandler())


@cache
def key(number: int = 0) -> paramiko.PKey:
    """A host key, the same for the same number."""
    return paramiko.ECDSAKey.generate(bits=256)


@dataclass
class FakeDevice:
    """What a device answers, and how it misbehaves; `with FakeDevice(…) as device` makes it listen on `port`.

    `menu` is the line that leads from the banner to the prompt; after the command `rename_at` the prompt is `renamed`.
    `page` lines are shown before `mark`; a space then rubs it out with `erase`. `cut_at` hangs up in the middle of that
    command's answer, `hang_at` never answers it, `slow_at` answers once `go_on` is set. `silent_shell` lets in and then
    says nothing; `deaf_shell` does not even open the shell. `later` are the answers from the second time on;
    `strangers` are the lines that `expected` does not know.
    """

    prompt: str = "router#"
    answers: Mapping[str, str] = field(default_factory=dict)
    unknown: str = "% Invalid input detected at '^' marker."
    password: str = "right-Password-1"
    methods: str = "password"
    banner: str = ""
    page: int = 0
    mark: str = " --More-- "
    erase: str = "\b" * 10 + " " * 10 + "\b" * 10
    enable: str = ""
    cut_at: str = ""
    hang_at: str = ""
    slow_at: str = ""
    rename_at: str = ""
    renamed: str = "renamed# "
    menu: str = ""
    later: Mapping[str, str] = field(default_factory=dict)
    expected: Callable[[str], bool] = lambda line: True
    silent_shell: bool = False
    deaf_shell: bool = False
    refuse_channel: bool = False
    key_number: int = 0
    legacy_only: bool = False
    partial: bool = False

    lines: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    attempts: list[tuple[str, str, str]] = field(default_factory=list)
    connections: int = 0
    waiting: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _transports: list[paramiko.Transport] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        return fingerprint(key(self.key_number).get_name(), key(self.key_number).asbytes())

    @property
    def commands(self) -> list[str]:
        """Every line that was not blank, in order; a page asked for with a space is left out."""
        return [line for line in self.lines if line.strip()]

    def __enter__(self) -> FakeDevice:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listener.settimeout(0.1)
        self.port = self._listener.getsockname()[1]
        self._start(self._serve)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, work: object, *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                conn, _ = self._listener.accept()
                self.connections += 1
                conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._start(self._converse, conn)

    def _converse(self, conn: socket.socket) -> None:
        transport = paramiko.Transport(conn, disabled_algorithms=_modern() if self.legacy_only else None)
        transport.add_server_key(key(self.key_number))
        self._transports.append(transport)
        try:
            transport.start_server(server=_Server(self))
            channel = None
            while channel is None and transport.is_active() and not self._stop.is_set():
                channel = transport.accept(0.1)
            if channel is not None:
                _Shell(self, channel).run()
        except (paramiko.SSHException, EOFError, OSError):
            pass
        finally:
            self.gone.set()
            transport.close()

    def hold(self) -> None:
        """Say nothing until the test ends."""
        self._stop.wait(30)

    def hang_up(self) -> None:
        """Close every connection and wait until the other side can know."""
        for transport in self._transports:
            transport.close()
        threading.Event().wait(0.3)

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()


def _modern() -> Mapping[str, list[str]]:
    """Everything that does not rest on SHA-1, and group exchange, which wants a file of primes."""
    names: tuple[str, ...] = paramiko.Transport._preferred_kex  # type: ignore[attr-defined]
    return {"kex": [name for name in names if not name.endswith("sha1") or "exchange" in name]}


class _Server(paramiko.ServerInterface):
    def __init__(self, device: FakeDevice) -> None:
        self.device = device

    def get_allowed_auths(self, username: str) -> str:
        return self.device.methods

    def _judge(self, method: str, username: str, words: str) -> int:
        self.device.attempts.append((method, username, words))
        if words != self.device.password:
            return AUTH_FAILED
        return AUTH_PARTIALLY_SUCCESSFUL if self.device.partial else AUTH_SUCCESSFUL

    def check_auth_password(self, username: str, password: str) -> int:
        return self._judge("password", username, password)

    def check_auth_interactive(self, username: str, submethods: str) -> InteractiveQuery:
        self.user = username
        return InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int | InteractiveQuery:
        verdict = self._judge("keyboard-interactive", self.user, responses[0])
        return InteractiveQuery("", "", ("Password: ", False)) if verdict == AUTH_FAILED else verdict

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.device.attempts.append(("publickey", username, fingerprint("", key.asbytes()).strip()))
        return AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_FAILED_RESOURCE_SHORTAGE if self.device.refuse_channel else OPEN_SUCCEEDED

    def check_channel_pty_request(self, *args: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        if self.device.deaf_shell:
            self.device.hold()
        return True


class _Shell:
    """A command line: it echoes, pages, and asks for the enable secret."""

    def __init__(self, device: FakeDevice, channel: paramiko.Channel) -> None:
        self.device, self.channel, self.prompt = device, channel, device.prompt
        self.channel.settimeout(0.1)

    def run(self) -> None:
        if self.device.silent_shell:
            self._wait_for_the_end()
            return
        self.say(self.device.banner)
        line, at_menu = "", bool(self.device.menu)
        if not at_menu:
            self.say(self.prompt)
        last = ""
        for sign in self._signs():
            last, before = sign, last
            if before + sign == "\r\n":
                continue
            if sign not in "\r\n":
                line += sign
                self.say(sign)
                continue
            self.say("\r\n")
            self.device.lines.append(line)
            if line.strip() and not self.device.expected(line):
                self.device.strangers.append(line)
            if line in ("exit", "quit", "/quit", "logout"):
                break
            if at_menu and line != self.device.menu:
                line = ""
                self.say(self.device.banner)
                continue
            at_menu, line = False, "" if at_menu else line
            if not self._answer(line):
                break
            line = ""
            self.say(self.prompt)

    def _answer(self, line: str) -> bool:
        """Whether the session goes on."""
        if not line.strip():
            return True
        if line == "enable" and self.device.enable:
            return self._enable()
        if line == self.device.hang_at:
            self._wait_for_the_end()
            return False
        if line == self.device.slow_at:
            self.device.go_on.wait(10)
        again = self.device.lines.count(line) > 1 and line in self.device.later
        text = (self.device.later if again else self.device.answers).get(line.strip(), self.device.unknown)
        if line == self.device.cut_at:
            self.say(text[: len(text) // 2].replace("\n", "\r\n"))
            return False
        self._show(text)
        if line == self.device.rename_at:
            self.prompt = self.device.renamed
        return True

    def _show(self, text: str) -> None:
        rows = text.split("\n") if text else []
        for count, row in enumerate(rows, 1):
            self.say(row + "\r\n")
            if self.device.page and count % self.device.page == 0 and count < len(rows):
                self.say(self.device.mark)
                if next(self._signs(), "") == " ":
                    self.device.lines.append(" ")
                self.say(self.device.erase)

    def _enable(self) -> bool:
        for _ in range(3):
            self.say("Password: ")
            words = ""
            for sign in self._signs():
                if sign in "\r\n":
                    break
                words += sign
            self.device.lines.append(words)
            self.say("\r\n")
            if words == self.device.enable:
                self.prompt = self.prompt.replace(">", "#")
                return True
        return True

    def _signs(self) -> Iterator[str]:
        while not self.device.stopping:
            try:
                data = self.channel.recv(1)
            except TimeoutError:
                continue
            if not data:
                return
            yield data.decode()

    def _wait_for_the_end(self) -> None:
        self.device.waiting.set()
        for _ in self._signs():
            pass

    def say(self, text: str) -> None:
        if text:
            self.channel.sendall(text.encode())
