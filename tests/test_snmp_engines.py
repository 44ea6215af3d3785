"""SNMPv3 agents that restart between two questions: another engine, another clock (RFC 3414, sections 3.2 and 4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from auditor.collectors.snmp import HELLO, Pace, SnmpStation
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import Credential, Denied, Secret, SnmpDoor
from auditor.site import SnmpAccess, Target
from benchmarks.agents import AUTH_WORDS, PRIV_WORDS, USER, Agent, Answers, Parts, table
from tests.fake_snmp import IF_DESCR

PATIENT = Pace(timeout_s=0.4, retries=1)
FIRST, SECOND = b"\x80\0\x1f\x88\4first", b"\x80\0\x1f\x88\4second"
NOT_IN_TIME, UNKNOWN_USER = "1.3.6.1.6.3.15.1.1.2.0", "1.3.6.1.6.3.15.1.1.3.0"
UNKNOWN_ENGINE, WRONG_DIGEST = "1.3.6.1.6.3.15.1.1.4.0", "1.3.6.1.6.3.15.1.1.5.0"


class Clocked(Agent):
    """An agent that keeps its time window, and may have been started `ago` seconds ago, for the `boots`th time."""

    def __init__(self, engine: bytes, boots: int = 1, ago: int = 1000, *, mute: bool = False) -> None:
        super().__init__(Answers(table(48)), engine)
        self.boots, self._ago, self._mute = boots, ago, mute

    def clock(self) -> int:
        return super().clock() - 1000 + self._ago

    def reply(self, datagram: bytes) -> bytes:
        id, engine, boots, clock = heard(datagram)
        fresh = engine != self.engine or not boots or (boots == self.boots and abs(clock - self.clock()) <= 150)
        if self._mute and engine and not (fresh and engine == self.engine):
            return b""
        return super().reply(datagram) if fresh and (boots or not engine) else self.report(id, NOT_IN_TIME)


def heard(datagram: bytes) -> tuple[bytes, bytes, int, int]:
    """msgID, msgAuthoritativeEngineID, -Boots and -Time of a message."""
    whole = Parts(Parts(datagram).take()[1])
    whole.take()
    id = Parts(whole.take()[1]).take()[1]
    parameters = Parts(Parts(whole.take()[1]).take()[1])
    return id, parameters.take()[1], parameters.number(), parameters.number()


class Box(asyncio.DatagramProtocol):
    """One address, behind which another agent may stand tomorrow; counts what it is asked."""

    def __init__(self) -> None:
        self.answer: Callable[[bytes], bytes] = Clocked(FIRST).reply
        self.count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.count += 1
        if reply := self.answer(data):
            self._transport.sendto(reply, addr)


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[SnmpDoor, Box]]:
    """A door to a box that has just greeted."""
    box = Box()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: box, ("127.0.0.1", 0))
    try:
        port = transport.get_extra_info("sockname")[1]
        target = Target("box", "127.0.0.1", snmp=SnmpAccess("3", "test", port, USER, "sha256", "aes128"))
        async with SnmpStation(PATIENT) as station, asyncio.timeout(20):
            door = await station.open(target, Credential(Secret(AUTH_WORDS), Secret(PRIV_WORDS)), Transcript("box"))
            box.count = 0
            yield door, box
    finally:
        transport.close()


@pytest.mark.parametrize(
    "after",
    [
        Clocked(SECOND),
        Clocked(FIRST, boots=2, ago=3),
        Clocked(FIRST, boots=1, ago=3),
        Clocked(FIRST, boots=1, ago=90_000),
        pytest.param(Clocked(SECOND, mute=True), marks=pytest.mark.slow),
        pytest.param(Clocked(FIRST, boots=2, ago=3, mute=True), marks=pytest.mark.slow),
        pytest.param(Clocked(FIRST, boots=1, ago=3, mute=True), marks=pytest.mark.slow),
    ],
    ids=[
        "another engine", "restarted", "boots not kept", "the clock leapt",
        "another engine, no report", "restarted, no report", "boots not kept, no report",
    ],
)  # fmt: skip
async def test_an_agent_that_comes_back_is_asked_on(after: Clocked) -> None:
    """Engine and clock are discovered again at once, where it reports and where it drops what it does not know."""
    async with opened() as (door, box):
        box.answer = after.reply
        assert len(await door.walk([IF_DESCR])) == 48
        asked, box.count = box.count, 0
        assert asked <= 10
        assert len(await door.walk([IF_DESCR])) == 48
        assert box.count <= max(asked - 1, 2)  # learnt once, not for each question


@pytest.mark.parametrize(
    ("counter", "id", "most"),
    [
        (WRONG_DIGEST, "snmp.wrong_digest", 1),
        (UNKNOWN_USER, "snmp.unknown_user", 1),
        (NOT_IN_TIME, "snmp.not_in_time_window", 5),
        (UNKNOWN_ENGINE, "snmp.unknown_engine", 5),
    ],
)
async def test_each_report_is_a_reason_and_none_a_storm(counter: str, id: str, most: int) -> None:
    """A key is refused once; what rediscovery could mend is tried five times, then named."""
    async with opened() as (door, box):
        agent = Clocked(FIRST)
        box.answer = lambda datagram: agent.report(heard(datagram)[0], counter)
        with pytest.raises(Denied) as caught:
            await door.get(HELLO)
        assert caught.value.message.id == id
        assert caught.value.message.values["target"] == "box"
        assert box.count <= most
