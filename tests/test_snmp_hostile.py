"""Agents that lie, flood, dawdle or speak out of turn: an error that names the device, in bounded time and memory."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from typing import Any, cast

import pytest

from auditor.collectors import ber
from auditor.collectors.snmp import GENTLE, Pace, SnmpStation
from auditor.collectors.snmp_wire import Wire
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import CollectError, Credential, Garbled, NoAnswer, Secret
from auditor.site import SnmpAccess, Target
from benchmarks.agents import AUTH_WORDS, PRIV_WORDS, USER, Agent, Answers, table
from tests.fake_snmp import IF_DESCR, IF_TYPE, QUICK, V2, Question, Rows, fake, raw, rows, walk_of

NAME = "1.3.6.1.2.1.1.5.0"


def named(text: str) -> Rows:
    return [(NAME, V2.OctetString(text))]


async def asked(handler: Callable[[Question], None], pace: Pace = QUICK) -> CollectError:
    """The error that one question to this agent ends in, within ten seconds."""
    async with raw(handler, pace) as (door, _):
        begun = time.monotonic()
        with pytest.raises(CollectError) as caught:
            await door.get([NAME])
        assert time.monotonic() - begun < 10
    assert caught.value.message.values["target"] == "box"
    return caught.value


# ---- broken octets ----


@pytest.mark.parametrize("cut", [1, 10, 30, -1])
async def test_a_reply_that_was_cut_is_garbled(cut: int) -> None:
    """Wherever it was cut; what a truncated reply still holds is not used."""
    error = await asked(lambda question: question.send(question.reply(named("x" * 50))[:cut]))
    assert isinstance(error, Garbled)
    assert error.message.id == "snmp.garbled"


@pytest.mark.parametrize("length", ["80", "84ffffffff", "88ffffffffffffffff"])
async def test_a_reply_with_another_length_is_garbled(length: str) -> None:
    """Lengths beyond the datagram, of too many octets or without an end, at once and without memory for them."""
    error = await asked(lambda question: question.send(bytes.fromhex("30" + length) + question.reply(named("x"))[2:]))
    assert error.message.id == "snmp.garbled"


async def test_a_value_that_cannot_be_is_garbled() -> None:
    """The frame is right, the value is not: a Counter32 of 2^32."""

    def answer(question: Question) -> None:
        whole = question.reply([(NAME, V2.OctetString(b"\x01\x00\x00\x00\x00"))])
        question.send(whole.replace(b"\x04\x05\x01", b"\x41\x05\x01"))

    assert (await asked(answer)).message.id == "snmp.garbled"


async def test_a_broken_reply_before_the_true_one_does_no_harm() -> None:
    """Noise is dropped, the answer is taken."""

    def answer(question: Question) -> None:
        for octets in (b"", b"\x30", b"\x00" * 1400, question.reply(named("false"))[:-3]):
            question.send(octets)
        question.send(question.reply(named("true")))

    async with raw(answer) as (door, _):
        assert await door.get([NAME]) == {NAME: b"true"}


# ---- answers to other questions ----


async def test_a_wrong_request_id_is_no_answer() -> None:
    """However often it comes."""

    def answer(question: Question) -> None:
        for n in (-1, 1, 2):
            question.send(question.reply(named("false"), question.id + n))

    error = await asked(answer)
    assert isinstance(error, NoAnswer)
    assert error.message.id == "snmp.timeout"


async def test_the_right_answer_after_wrong_ones_is_taken() -> None:
    """A thousand replies to nobody's question, then the true one."""

    def answer(question: Question) -> None:
        for n in range(1, 1001):
            question.send(question.reply(named("false"), question.id + 100_000 + n))
        question.later(0.05, question.reply(named("true")))

    async with raw(answer) as (door, _):
        assert await door.get([NAME]) == {NAME: b"true"}


async def test_a_reply_from_another_address_is_not_taken() -> None:
    """Anyone can send to our port; the sentence says where the answer came from."""
    error = await asked(lambda question: question.send(question.reply(named("false")), elsewhere=True))
    assert error.message.id == "snmp.other_address"
    assert str(error.message.values["detail"]).startswith("127.0.0.1:")


async def test_a_stranger_cannot_spoil_an_answer() -> None:
    """The stranger answers first, the device second: the device is heard."""

    def answer(question: Question) -> None:
        question.send(question.reply(named("false")), elsewhere=True)
        question.later(0.1, question.reply(named("true")))

    async with raw(answer) as (door, _):
        assert await door.get([NAME]) == {NAME: b"true"}


async def test_a_reply_after_its_time_answers_nothing() -> None:
    """The first reply comes when the question was asked again: it is no answer to the second, nor to the next."""
    count = 0

    def answer(question: Question) -> None:
        nonlocal count
        count += 1
        late = {1: 0.75, 2: 0.3}.get(count, 0.0)
        question.later(late, question.reply([(oid, V2.Integer(count)) for oid in question.oids]))

    async with raw(answer) as (door, _):
        first = await door.get([NAME])
        second = await door.get(["1.3.6.1.2.1.1.6.0"])
        await asyncio.sleep(0.5)
        third = await door.get([NAME])
    assert [*first.values(), *second.values(), *third.values()] == [2, 3, 4]


async def test_a_device_that_is_always_late_stopped_answering() -> None:
    """Its replies come to the wrong questions, for ever."""
    error = await asked(lambda question: question.later(0.6, question.reply(named("late"))))
    assert error.message.id == "snmp.timeout"


async def test_an_answer_said_twice_is_taken_once() -> None:
    """A doubled datagram is not the answer to the next question."""

    def answer(question: Question) -> None:
        whole = question.reply([(oid, V2.OctetString(oid)) for oid in question.oids])
        question.send(whole)
        question.send(whole)

    async with raw(answer) as (door, _):
        for oid in (NAME, "1.3.6.1.2.1.1.6.0", NAME):
            assert await door.get([oid]) == {oid: oid.encode()}


async def test_one_name_with_two_values_is_garbled() -> None:
    """Nobody knows which of them is meant."""
    error = await asked(lambda question: question.send(question.reply(named("one") + named("two"))))
    assert error.message.id == "snmp.garbled"


# ---- walks that do not end well ----


async def test_a_walk_row_by_row_ends_in_time() -> None:
    """An agent that gives one row at a time, slowly, for ever."""

    def answer(question: Question) -> None:
        last = int(question.oids[0].removeprefix(IF_DESCR).removeprefix(".") or 0)
        question.later(0.05, question.reply(rows(last + 1)))

    async with raw(answer, Pace(timeout_s=0.4, walks_s=1.0)) as (door, _):
        begun = time.monotonic()
        for _ in range(3):
            with pytest.raises(NoAnswer) as caught:
                await door.walk([IF_DESCR])
            assert caught.value.message.id == "snmp.total"
    assert time.monotonic() - begun < 3


async def test_a_hundred_megabytes_of_rows_are_not_kept() -> None:
    """Rows of a thousand octets, without an end: the walk stops at what an answer may bring, and holds no more."""
    filler = V2.OctetString(b"x" * 1000)
    sent = 0

    def answer(kind: str, oids: tuple[str, ...], count: int) -> Rows:
        nonlocal sent
        last = int(oids[0].removeprefix(IF_DESCR).removeprefix(".") or 0)
        sent += 25_000
        return [(f"{IF_DESCR}.{last + n}", filler) for n in range(1, 26)]

    tracemalloc.start()
    try:
        error = await walk_of(answer, Pace(timeout_s=5.0, octets=2 << 20))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.message.id == "snmp.too_much"
    assert sent < 3 << 20
    assert peak < 30 << 20


async def test_a_walk_below_the_limits_is_read_whole() -> None:
    """The limits end what is endless, not what is merely large."""
    pace = Pace(timeout_s=5.0)
    assert pace.rows >= 20_000
    assert pace.octets >= 8 << 20

    def answer(kind: str, oids: tuple[str, ...], count: int) -> Rows:
        last = int(oids[0].removeprefix(IF_DESCR).removeprefix(".") or 0)
        return rows(*range(last + 1, last + 26)) if last < 1000 else rows(1, root=IF_TYPE)

    async with fake(answer, pace) as (door, _):
        assert len(await door.walk([IF_DESCR])) == 1000


async def test_more_rows_than_were_asked_for_are_garbled() -> None:
    """A full datagram of small bindings is not even read to its end."""
    error = await walk_of(lambda kind, oids, count: rows(*range(1, 1500)))
    assert error.message.id == "snmp.garbled"


async def test_a_walk_that_leaps_back_keeps_nothing() -> None:
    """Increasing inside each reply, decreasing from one to the next."""
    error = await walk_of(lambda kind, oids, count: rows(*range(1000 - 30 * count, 1020 - 30 * count)))
    assert error.message.id == "snmp.loop"


async def test_a_gentle_walk_pauses_and_asks_little() -> None:
    """One column, ten rows and a pause at a time, and never two requests at once."""
    moments: list[float] = []

    def answer(question: Question) -> None:
        moments.append(time.monotonic())
        last = int(question.oids[0].removeprefix(IF_DESCR).removeprefix(".") or 0)
        assert len(question.oids) == 1
        question.send(question.reply(rows(*range(last + 1, last + 11)) if last < 30 else rows(1, root=IF_TYPE)))

    async with raw(answer, GENTLE) as (door, _):
        assert len(await door.walk([IF_DESCR])) == 30
    assert len(moments) == 4
    assert all(after - before >= GENTLE.pause_s for before, after in pairwise(moments))


# ---- SNMPv3: who speaks in clear when he was asked under seal ----


class Sealed(asyncio.DatagramProtocol):
    """A true SNMPv3 agent; `change` makes what it sends of an encrypted answer out of (agent, id, scoped PDU)."""

    def __init__(self, change: Callable[[Agent, bytes, bytes], bytes]) -> None:
        self._agent = _Twisted(change)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if reply := self._agent.reply(data):
            self._transport.sendto(reply, addr)


class _Twisted(Agent):
    def __init__(self, change: Callable[[Agent, bytes, bytes], bytes]) -> None:
        super().__init__(Answers(table(48)), b"\x80\0\x1f\x88\4twisted")
        self._change = change

    def secret(self, id: bytes, scoped: bytes) -> bytes:
        return self._change(self, id, scoped)


def _true(agent: Agent, id: bytes, scoped: bytes) -> bytes:
    return Agent.secret(agent, id, scoped)


TWISTS: dict[str, Callable[[Agent, bytes, bytes], bytes]] = {
    "in clear": lambda agent, id, scoped: agent.plain(id, scoped),
    "changed after it was signed": lambda agent, id, scoped: _true(agent, id, scoped)[:-1] + b"\x00",
    "cut": lambda agent, id, scoped: _true(agent, id, scoped)[:-7],
    "noise under seal": lambda agent, id, scoped: _true(agent, id, b"\x30\x82\xff\xff" + scoped),
    "another message id": lambda agent, id, scoped: _true(agent, (int.from_bytes(id) ^ 1).to_bytes(len(id)), scoped),
    "a trap under seal": lambda agent, id, scoped: _true(agent, id, scoped.replace(b"\xa2", b"\xa7", 1)),
}


async def sealed(change: Callable[[Agent, bytes, bytes], bytes]) -> dict[str, object]:
    """What walking such an agent gives."""
    loop = asyncio.get_running_loop()
    left: list[object] = []
    loop.set_exception_handler(lambda _, context: left.append(context))
    transport, _ = await loop.create_datagram_endpoint(lambda: Sealed(change), local_addr=("127.0.0.1", 0))
    try:
        port = transport.get_extra_info("sockname")[1]
        target = Target("box", "127.0.0.1", snmp=SnmpAccess("3", "test", port, USER, "sha256", "aes128"))
        given = Credential(Secret(AUTH_WORDS), Secret(PRIV_WORDS))
        async with SnmpStation(QUICK) as station, asyncio.timeout(15):
            door = await station.open(target, given, Transcript("box"))
            return dict(await door.walk([IF_DESCR]))
    finally:
        transport.close()
        assert not left, left


async def test_a_true_agent_under_seal_is_read() -> None:
    """The same agent without a twist, so that the twists are what fails."""
    assert len(await sealed(_true)) == 48


@pytest.mark.parametrize("twist", TWISTS.values(), ids=TWISTS)
async def test_what_was_asked_under_seal_is_answered_under_seal(twist: Callable[[Agent, bytes, bytes], bytes]) -> None:
    """No value is taken from an answer that is in clear, altered, cut, noise, another's, or no response."""
    with pytest.raises(CollectError) as caught:
        await sealed(twist)
    assert caught.value.message.values["target"] == "box"


# ---- what is remembered ----


def test_questions_without_an_answer_are_forgotten() -> None:
    """A day of silent devices does not fill the memory."""
    wire = Wire(clock=map(float, range(0, 10**9, 10)).__next__)
    message = "3029 0201{version} 0406 7075626c6963 a01c 0204{id} 020100 020100 300e 300c 0608 2b06010201010300 0500"
    for id in range(1000):
        octets = bytes.fromhex(message.format(version="01", id=f"{id:08x}").replace(" ", ""))
        assert ber.asked(octets) == (1, id)
        wire.sent(octets, ("192.0.2.1", 161))
    assert len(wire) < 20
