"""The child process of the demo: brings the network up, says where in one line of JSON, ends with its parent."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
from collections.abc import Mapping, Sequence

from auditor.demo import agents, shells
from auditor.demo.company import COMPANY, COMPANY_LATER, USER, Agent, Box, Secrets, Shell, throw_away

FIRST_HOST = 11
LATER = "--later"


def addresses(count: int) -> tuple[str, ...]:
    """One loopback address for each device where the system has them, else 127.0.0.1 for all."""
    wanted = tuple(f"127.0.0.{FIRST_HOST + n}" for n in range(count))
    try:
        for address in wanted:
            bound(socket.SOCK_DGRAM, address).close()
    except OSError:
        return ("127.0.0.1",) * count
    return wanted


def bound(kind: socket.SocketKind, address: str) -> socket.socket:
    """A socket on a free port that the kernel chooses."""
    sock = socket.socket(socket.AF_INET, kind)
    try:
        sock.bind((address, 0))
    except OSError:
        sock.close()
        raise
    return sock


def _start_agent(box: Box, agent: Agent, address: str, known: Secrets) -> int:
    sock = bound(socket.SOCK_DGRAM, address)
    sock.setblocking(False)
    words = known[agent.credential]
    access = agents.User(USER, words[0], words[1]) if agent.version == "3" else agents.Community(words[0])
    agents.serve(sock, f"demo-{box.name}", agent.tree(), agent.uptime_s, access)
    return int(sock.getsockname()[1])


def _start_shell(box: Box, shell: Shell, address: str, key: str, known: Secrets) -> int:
    listener = bound(socket.SOCK_STREAM, address)
    listener.listen(16)
    password = known[shell.credential][0]
    login = shells.Login(shell.banner, shell.exchanges, shell.ciphers, shell.digests, USER, password)
    shells.serve(listener, login, shells.host_key(key), lambda: shell.dialect(known))
    return int(listener.getsockname()[1])


def start(known: Secrets, company: Sequence[Box] = COMPANY) -> list[Mapping[str, str | int]]:
    """Bring every device up; where each listens."""
    places: list[Mapping[str, str | int]] = []
    hosts = addresses(len(company))
    for box, address in zip(company, hosts, strict=True):
        place: dict[str, str | int] = {"name": box.name, "address": address}
        place["snmp"] = _start_agent(box, box.agent, address, known)
        if box.shell is not None:
            # on one shared address a port may be another device's tomorrow: one key for all, so no pin ever changes
            key = box.name if len(set(hosts)) > 1 else "fw-rennes"
            place["ssh"] = _start_shell(box, box.shell, address, key, known)
        places.append(place)
    return places


def _end_with_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Wait until nobody holds the other end of our standard input any more."""
    try:
        while os.read(sys.stdin.fileno(), 4096):
            pass
    except OSError:
        pass
    loop.call_soon_threadsafe(stop.set)


async def run(company: Sequence[Box]) -> None:
    """Serve until the parent is gone."""
    known = throw_away()
    places = start(known, company)
    await asyncio.sleep(0)  # the agents' sockets join the loop
    sys.stdout.write(_line(places, known) + "\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    threading.Thread(target=_end_with_parent, args=(asyncio.get_running_loop(), stop), daemon=True).start()
    await stop.wait()


def _line(places: Sequence[Mapping[str, str | int]], known: Secrets) -> str:
    return json.dumps({"devices": places, "credentials": known})


if __name__ == "__main__":
    asyncio.run(run(COMPANY_LATER if LATER in sys.argv[1:] else COMPANY))
    sys.stdout.close()
    os._exit(0)  # the sessions' threads may be in the middle of a word; nobody listens to them any more
