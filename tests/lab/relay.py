"""A bad line between the program and a real agent: delay, loss, a cut, and an end after so many answers."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast

SEED: Final = 20


@dataclass
class Line:
    """How bad a line is; may be changed while it carries. Delay in seconds each way, loss as a share each way."""

    delay: float = 0.0
    loss: float = 0.0
    most_answers: int = -1
    cut: bool = False
    port: int = 0
    asked: int = 0
    answered: int = 0
    lost: int = 0
    _dice: random.Random = field(default_factory=lambda: random.Random(SEED))

    def loses(self) -> bool:
        gone = self.cut or self._dice.random() < self.loss
        self.lost += gone
        return gone


class _Near(asyncio.DatagramProtocol):
    """The side of the program: one socket to the agent for each of its ports."""

    def __init__(self, line: Line, port: int) -> None:
        self._line, self._port, self._far = line, port, dict[Any, asyncio.DatagramTransport]()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._line.asked += 1
        if not self._line.loses():
            asyncio.get_running_loop().call_later(self._line.delay, self._carry, data, addr)

    def _carry(self, data: bytes, addr: Any) -> None:
        loop = asyncio.get_running_loop()
        if addr in self._far:
            self._far[addr].sendto(data)
        else:
            far = loop.create_datagram_endpoint(lambda: _Far(self, addr, data), remote_addr=("127.0.0.1", self._port))
            self._opening = loop.create_task(far)

    def opened(self, addr: Any, transport: asyncio.DatagramTransport) -> None:
        self._far[addr] = transport

    def back(self, data: bytes, addr: Any) -> None:
        line = self._line
        if line.loses() or line.answered == line.most_answers:
            return
        line.answered += 1
        asyncio.get_running_loop().call_later(line.delay, self._transport.sendto, data, addr)

    def close(self) -> None:
        for far in (*self._far.values(), self._transport):
            far.close()


class _Far(asyncio.DatagramProtocol):
    def __init__(self, near: _Near, addr: Any, first: bytes) -> None:
        self._near, self._addr, self._first = near, addr, first

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        far = cast(asyncio.DatagramTransport, transport)
        self._near.opened(self._addr, far)
        far.sendto(self._first)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._near.back(data, self._addr)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there at the moment: the line stays up."""


@contextmanager
def relay(port: int, **how: Any) -> Iterator[Line]:
    """A line to the UDP port of an agent on loopback, in a thread of its own; ask `line.port` instead."""
    line, loop = Line(**how), asyncio.new_event_loop()
    near = _Near(line, port)
    transport, _ = loop.run_until_complete(loop.create_datagram_endpoint(lambda: near, local_addr=("127.0.0.1", 0)))
    line.port = transport.get_extra_info("sockname")[1]
    carrying = threading.Thread(target=loop.run_forever)
    carrying.start()
    try:
        yield line
    finally:
        loop.call_soon_threadsafe(loop.stop)
        carrying.join()
        near.close()
        loop.run_until_complete(asyncio.sleep(0.01))  # in which the sockets close
        loop.close()
