"""The lock-out guard of SNMPv3: one refused login per account and run, counted on the wire by agents on loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from auditor.collectors.accounts import Accounts
from auditor.collectors.snmp import Pace, SnmpStation
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import CollectError, Credential, Denied, Secret
from auditor.site import SnmpAccess, Target
from auditor.values import Message
from benchmarks.agents import AUTH_WORDS, PRIV_WORDS, USER
from tests.test_snmp_engines import UNKNOWN_USER, Box, Clocked, heard

QUICK = Pace(timeout_s=0.3, retries=1)
RIGHT = Credential(Secret(AUTH_WORDS), Secret(PRIV_WORDS))
WRONG = Credential(Secret("not-the-words"), Secret(PRIV_WORDS))
ACCOUNT = (USER, "test")


class Counted(Box):
    """An agent that tells apart what it is asked: anything at all, and messages that name a user and carry a digest."""

    def __init__(self, reply: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self.authenticated = 0
        self.port = 0
        self._reply, self.answer = reply, self._counted

    def _counted(self, datagram: bytes) -> bytes:
        self.authenticated += bool(heard(datagram)[1])
        return self._reply(datagram)


@asynccontextmanager
async def agents(*replies: Callable[[bytes], bytes]) -> AsyncIterator[Sequence[Counted]]:
    """Agents on ports of their own."""
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        found = [Counted(reply) for reply in replies]
        for box in found:
            transport, _ = await loop.create_datagram_endpoint(lambda box=box: box, ("127.0.0.1", 0))  # type: ignore[misc]
            stack.callback(transport.close)
            box.port = transport.get_extra_info("sockname")[1]
        yield found


def knows(number: int) -> Callable[[bytes], bytes]:
    return Clocked(b"\x80\0\x1f\x88\4agent%d" % number).reply


def knows_nobody(number: int) -> Callable[[bytes], bytes]:
    """An agent on which the user was never made."""
    agent = Clocked(b"\x80\0\x1f\x88\4agent%d" % number)

    def reply(datagram: bytes) -> bytes:
        id, engine, *_ = heard(datagram)
        return agent.report(id, UNKNOWN_USER) if engine else agent.reply(datagram)

    return reply


def silent(datagram: bytes) -> bytes:
    return b""


async def ask(station: SnmpStation, box: Counted, given: Credential, name: str, credential: str = "test") -> Any:
    """What opening a door ends in: "" or the id of the reason."""
    access = SnmpAccess("3", credential, box.port, USER, "sha256", "aes128")
    try:
        await station.open(Target(name, "127.0.0.1", snmp=access), given, Transcript(name))
    except CollectError as error:
        return error.message
    return ""


async def asked(boxes: Sequence[Counted], given: Credential) -> list[Any]:
    """All of them asked at once, in one run, in their order."""
    async with SnmpStation(QUICK) as station, asyncio.timeout(20):
        return await asyncio.gather(*(ask(station, box, given, f"box-{n}") for n, box in enumerate(boxes)))


@pytest.mark.parametrize(
    ("kind", "given", "id"), [(knows, WRONG, "snmp.wrong_digest"), (knows_nobody, RIGHT, "snmp.unknown_user")]
)
async def test_devices_asked_at_once_cost_a_wrong_account_one_attempt(
    kind: Callable[[int], Callable[[bytes], bytes]], given: Credential, id: str
) -> None:
    """The first one refuses; not one packet of the account reaches the nine others, and they say who refused."""
    async with agents(*map(kind, range(10))) as boxes:
        first, *others = await asked(boxes, given)
    assert first.id == id
    assert [box.authenticated for box in boxes] == [1] + 9 * [0]
    assert [box.count for box in boxes[1:]] == 9 * [0]
    assert {(said.id, said.values["other"]) for said in others} == {("snmp.account_skipped", "box-0")}
    assert [said.values["target"] for said in others] == [f"box-{n}" for n in range(1, 10)]


async def test_a_refused_account_is_remembered_to_the_end_of_the_run() -> None:
    """Later devices are not asked either, nor the same one again; another credential is free to be tried."""
    async with agents(knows(0), knows(1)) as (first, second), SnmpStation(QUICK) as station:
        assert (await ask(station, first, WRONG, "first")).id == "snmp.wrong_digest"
        spent = first.count
        for box, name in ((second, "second"), (first, "first")):
            assert (await ask(station, box, WRONG, name)).id == "snmp.account_skipped"
        assert (first.count, second.count) == (spent, 0)
        assert await ask(station, second, RIGHT, "second", credential="other") == ""
    async with agents(knows(0)) as (first,), SnmpStation(QUICK) as station:  # the next run knows nothing of it
        assert await ask(station, first, RIGHT, "first") == ""


async def test_an_account_that_was_accepted_once_is_tried_everywhere() -> None:
    """Where one device lacks the user, that is a gap of that device: the others are read."""
    async with agents(knows(0), *map(knows_nobody, (1, 2)), knows(3)) as boxes:
        said = await asked(boxes, RIGHT)
    assert [message and message.id for message in said] == ["", "snmp.unknown_user", "snmp.unknown_user", ""]


@pytest.mark.slow
async def test_a_silent_first_device_gives_its_turn_to_the_next() -> None:
    """A dead device says nothing of the account: the next one is the scout, and the wrong key still costs one login."""
    async with agents(silent, *map(knows, range(1, 6))) as boxes:
        dead, first, *others = await asked(boxes, WRONG)
    assert (dead.id, first.id) == ("snmp.silent", "snmp.wrong_digest")
    assert {said.id for said in others} == {"snmp.account_skipped"}
    assert sum(box.authenticated for box in boxes) == 1


async def test_silent_scouts_delay_the_others_once() -> None:
    """All devices of an account wait for a verdict as long as one of them would, not each for the one before."""
    accounts, ends = Accounts(wait_s=0.3), []

    async def device(number: int) -> None:
        async with accounts.turn(ACCOUNT, f"box-{number}"):
            await asyncio.sleep(0.2 if number < 150 else 0)  # the silent ones
        ends.append(number)

    async def lost(number: int) -> None:
        try:
            async with accounts.turn(ACCOUNT, f"dead-{number}"):
                await asyncio.sleep(0.2)
                raise Denied(Message("snmp.wrong_privacy"))
        except Denied:
            ends.append(number)

    began = time.monotonic()
    await asyncio.gather(*map(lost, range(150)), *map(device, range(150, 200)))
    assert len(ends) == 200
    assert time.monotonic() - began < 1.5


async def test_a_cancelled_scout_frees_the_others() -> None:
    """Ctrl-C on the first device leaves nobody waiting, and no verdict."""
    accounts = Accounts(wait_s=30)

    async def hold() -> None:
        async with accounts.turn(ACCOUNT, "first"):
            await asyncio.sleep(60)

    scout = asyncio.create_task(hold())
    await asyncio.sleep(0)
    scout.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scout
    async with asyncio.timeout(1), accounts.turn(ACCOUNT, "second"):
        pass


async def test_a_first_refusal_is_forgiven_by_a_later_acceptance() -> None:
    """Two devices asked at once after the wait: what the second one accepted, the first one did not disprove."""
    accounts = Accounts(wait_s=0)

    async def refused() -> None:
        async with accounts.turn(ACCOUNT, "first"):
            await asyncio.sleep(0.01)
            raise Denied(Message("snmp.unknown_user"))

    async def accepted() -> None:
        async with accounts.turn(ACCOUNT, "second"):
            await asyncio.sleep(0.05)

    one, _ = await asyncio.gather(refused(), accepted(), return_exceptions=True)
    assert isinstance(one, Denied)
    async with accounts.turn(ACCOUNT, "third"):
        pass
