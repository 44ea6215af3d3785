"""Hand-made SNMPv2c agents on loopback, that answer as a test tells them to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.error import PySnmpError
from pysnmp.proto import api

from auditor.collectors.snmp import HELLO, Pace, SnmpStation
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import CollectError, Credential, SnmpDoor
from auditor.site import SnmpAccess, Target
from tests.daemons import credential

QUICK = Pace(timeout_s=0.4)
IF_DESCR, IF_TYPE, IF_MTU = "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.3", "1.3.6.1.2.1.2.2.1.4"
V2: Any = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]


async def opened(station: SnmpStation, target: Target, given: Credential) -> SnmpDoor:
    """A door to a device that has answered its first request."""
    return await station.open(target, given, Transcript(target.name))


Rows = list[tuple[str, Any]]
Answer = Callable[[str, tuple[str, ...], int], "Rows | int | bytes | None"]


class Question:
    """One request that an agent got, and the ways to answer it."""

    def __init__(self, agent: Fake, message: Any, sender: Any) -> None:
        self._agent, self._message, self._sender = agent, message, sender
        self._request = V2.apiMessage.get_pdu(message)
        self.id = int(V2.apiPDU.get_request_id(self._request))
        self.kind = "bulk" if self._request.isSameTypeWith(V2.GetBulkRequestPDU()) else "get"
        self.community = str(V2.apiMessage.get_community(message))
        self.oids = tuple(str(oid) for oid, _ in V2.apiPDU.get_varbinds(self._request))

    def reply(self, found: Rows | int, id: int | None = None) -> bytes:
        """An encoded response: bindings or an error status."""
        response = V2.GetResponsePDU()
        V2.apiPDU.set_defaults(response)
        V2.apiPDU.set_request_id(response, self.id if id is None else id)
        if isinstance(found, int):
            V2.apiPDU.set_error_status(response, found)
            V2.apiPDU.set_error_index(response, 1)
        V2.apiPDU.set_varbinds(response, [] if isinstance(found, int) else found)
        V2.apiMessage.set_pdu(self._message, response)
        return bytes(encoder.encode(self._message))

    def send(self, octets: bytes, *, elsewhere: bool = False) -> None:
        """Send it back from the port that was asked, or from another one."""
        self._agent.send(octets, self._sender, elsewhere=elsewhere)

    def later(self, seconds: float, octets: bytes) -> None:
        asyncio.get_running_loop().call_later(seconds, self.send, octets)


Handler = Callable[[Question], None]


class Fake(asyncio.DatagramProtocol):
    """An SNMPv2c agent that greets as it should, and hands every other question to its handler."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._other.bind(("127.0.0.1", 0))
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._other.close()

    def send(self, octets: bytes, to: Any, *, elsewhere: bool) -> None:
        if elsewhere:
            self._other.sendto(octets, to)
        else:
            self._transport.sendto(octets, to)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        try:
            message, _ = decoder.decode(data, asn1Spec=V2.Message())
            question = Question(self, message, addr)
        except (PyAsn1Error, PySnmpError):  # the engine discovery of SNMPv3, which an old agent drops
            return
        self.asked.append((question.kind, question.oids))
        if question.oids == HELLO:
            question.send(question.reply([(oid, V2.OctetString("box")) for oid in HELLO]))
        else:
            self._handler(question)


@asynccontextmanager
async def raw(handler: Handler, pace: Pace = QUICK) -> AsyncIterator[tuple[SnmpDoor, Fake]]:
    """A door to an agent that does what its handler does; no error may be left to the event loop."""
    loop = asyncio.get_running_loop()
    left: list[Any] = []
    loop.set_exception_handler(lambda _, context: left.append(context))
    transport, agent = await loop.create_datagram_endpoint(lambda: Fake(handler), local_addr=("127.0.0.1", 0))
    try:
        target = Target("box", "127.0.0.1", snmp=SnmpAccess("2c", "test", transport.get_extra_info("sockname")[1]))
        async with SnmpStation(pace) as station:
            yield await opened(station, target, credential()), agent
    finally:
        transport.close()
        loop.set_exception_handler(None)
    assert not left, left


@asynccontextmanager
async def fake(answer: Answer, pace: Pace = QUICK) -> AsyncIterator[tuple[SnmpDoor, Fake]]:
    """A door to an agent in a function: (kind, OIDs, count so far) -> bindings, error status, octets or silence."""
    count = 1

    def handler(question: Question) -> None:
        nonlocal count
        count += 1
        found = answer(question.kind, question.oids, count)
        if found is not None:
            question.send(found if isinstance(found, bytes) else question.reply(found))

    async with raw(handler, pace) as pair:
        yield pair


async def walk_of(answer: Answer, pace: Pace = QUICK) -> CollectError:
    """The error that walking one column of such an agent ends in."""
    async with fake(answer, pace) as (door, _):
        with pytest.raises(CollectError) as caught:
            async with asyncio.timeout(20):
                await door.walk([IF_DESCR])
    return caught.value


def rows(*indices: int, root: str = IF_DESCR) -> Rows:
    return [(f"{root}.{index}", V2.OctetString(f"if{index}")) for index in indices]


Values = Mapping[str, Any]


def table(values: Callable[[], Values | None]) -> Handler:
    """An agent that serves what `values` gives at this moment, get and bulk; silent where it gives None."""

    def handler(question: Question) -> None:
        now = values()
        if now is None:
            return
        if question.kind == "get":
            found = [(oid, now.get(oid, V2.NoSuchInstance())) for oid in question.oids]
        else:
            order = sorted(now, key=_number)
            at, found = list(question.oids), []
            for _ in range(10):
                for place, oid in enumerate(at):
                    after = next((one for one in order if _number(one) > _number(oid)), None)
                    found.append((oid, V2.EndOfMibView()) if after is None else (after, now[after]))
                    at[place] = after or oid
        question.send(question.reply(found))

    return handler


def _number(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))


@asynccontextmanager
async def agent(handler: Handler, address: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """The port of such an agent, without a door to it."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Fake(handler), local_addr=(address, port))
    try:
        yield int(transport.get_extra_info("sockname")[1])
    finally:
        transport.close()
