"""Routers on loopback that speak SSH: `python -m benchmarks.sshd COUNT CORE`, one port each, until input ends.

A command line echoes each line at once and answers it from a table; the answers are the same for whoever asks.
Prints the ports as JSON when all listen, and its CPU seconds at the end.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import sys
import threading
import time
from typing import Final

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED

USER, PASSWORD = "audit", "right-Password-1"
COMMANDS: Final = (
    "show version", "show license summary", "show interfaces", "show policy-map interface", "show ip sla summary",
    "show crypto session detail", "show ip local pool", "show standby brief",
)  # fmt: skip
"""Eight rows of the page of Cisco IOS."""
ROWS = 40


def output(command: str) -> str:
    """What a router answers to a command: rows that no two commands share."""
    return "\r\n".join(
        f"{command}: row {row} of what a router has to say of it, {row * 37 % 101} %" for row in range(ROWS)
    )


class _Router(paramiko.ServerInterface):
    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        return AUTH_SUCCESSFUL if (username, password) == (USER, PASSWORD) else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_pty_request(self, *args: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        return True


def converse(conn: socket.socket, key: paramiko.PKey, name: str) -> None:
    """One session, from the key exchange to the goodbye."""
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(conn)
    transport.add_server_key(key)
    with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
        transport.start_server(server=_Router())
        if (channel := transport.accept(30)) is not None:
            _command_line(channel, f"{name}#")
    transport.close()


def _command_line(channel: paramiko.Channel, prompt: str) -> None:
    known = {command: output(command) + "\r\n" for command in COMMANDS}
    channel.sendall(f"\r\n{prompt}".encode())
    typed = ""
    while data := channel.recv(4096):
        typed += data.decode()
        *lines, typed = typed.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in lines:
            if line == "exit":
                return
            channel.sendall(f"{line}\r\n{known.get(line, '')}{prompt}".encode())


def main() -> None:
    count, core = (int(word) for word in sys.argv[1:3])
    os.sched_setaffinity(0, {core})
    key = paramiko.ECDSAKey.generate(bits=256)
    waiting = selectors.DefaultSelector()
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=16) for _ in range(count)]
    for place, listener in enumerate(listeners):
        waiting.register(listener, selectors.EVENT_READ, f"router-{place}")
    waiting.register(sys.stdin, selectors.EVENT_READ, "")
    print(json.dumps([listener.getsockname()[1] for listener in listeners]), flush=True)
    while True:
        for event, _ in waiting.select():
            if not event.data:
                print(time.process_time(), flush=True)
                return
            conn, _ = event.fileobj.accept()  # type: ignore[union-attr]
            threading.Thread(target=converse, args=(conn, key, event.data), daemon=True).start()


if __name__ == "__main__":
    main()
