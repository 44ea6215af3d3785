"""The SNMP door, against a real snmpd and against hand-made agents that misbehave, all on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.rates import Rates, rates, sample
from auditor.collectors.snmp import HELLO, Pace, SnmpStation
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import CollectError, Credential, Denied, Garbled, NoAnswer, Unreachable
from auditor.site import SnmpAccess, Target
from tests.daemons import AUTH_WORDS, PRIV_WORDS, Snmpd, credential, free_port, snmpd
from tests.fake_snmp import IF_DESCR, IF_MTU, IF_TYPE, QUICK, V2, Rows, fake, opened, rows, walk_of

HC_IN, HC_OUT = "1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.10"


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """One snmpd for the tests of this file."""
    with snmpd(tmp_path_factory.mktemp("snmpd")) as running:
        yield running


async def refused(target: Target, given: Credential, kind: type[CollectError], pace: Pace = QUICK) -> CollectError:
    """The error that opening this door ends in."""
    async with SnmpStation(pace) as station:
        with pytest.raises(kind) as caught:
            await opened(station, target, given)
    return caught.value


# ---- a real agent ----

LEVELS = (
    ("1", "", "", ""),
    ("2c", "", "", ""),
    ("3", "open", "", ""),
    ("3", "plain", "sha384", ""),
    ("3", "strong", "sha256", "aes128"),
    ("3", "longer", "sha512", "aes256"),
    ("3", "longer", "sha512", "aes256c"),
    ("3", "cisco", "sha1", "aes256"),
    ("3", "old", "md5", "des"),
)


@pytest.mark.parametrize(("version", "user", "auth", "priv"), LEVELS)
async def test_a_real_agent_answers_in_every_version(
    agent: Snmpd, version: Any, user: str, auth: str, priv: str
) -> None:
    """Instances and tables come back typed; what does not exist is absent; columns keep their order."""
    given = credential(AUTH_WORDS, PRIV_WORDS) if version == "3" else credential()
    async with SnmpStation() as station:
        door = await opened(station, agent.target(version, user, auth, priv), given)
        found = await door.get(["1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.99.0", "1.3.6.1.2.1.1.3.0"])
        assert found["1.3.6.1.2.1.1.2.0"] == "1.3.6.1.4.1.8072.3.2.10"
        assert isinstance(found["1.3.6.1.2.1.1.3.0"], int)
        assert "1.3.6.1.2.1.1.99.0" not in found
        rows = await door.walk([IF_DESCR, IF_TYPE, IF_MTU, "1.3.6.1.2.1.2.2.1.99", "1.3.6.1.2.1.4.20.1.1"])
    names = [value for oid, value in rows.items() if oid.startswith(IF_DESCR + ".")]
    kinds = [value for oid, value in rows.items() if oid.startswith(IF_TYPE + ".")]
    assert b"lo" in names
    assert len(kinds) == len(names)
    assert rows["1.3.6.1.2.1.4.20.1.1.127.0.0.1"] == "127.0.0.1"


async def test_two_devices_may_have_different_keys_for_one_user(agent: Snmpd, tmp_path: Path) -> None:
    """Neither door disturbs the other, however their requests mix."""
    other = 'createUser twin SHA-256 "another-words-1" AES "another-words-2"'
    mine = 'createUser twin SHA-256 "authpass-12345" AES "privpass-12345"'
    with (
        snmpd(tmp_path, extra=(other, "rouser twin priv")) as second,
        snmpd(tmp_path, extra=(mine, "rouser twin priv")) as first,
    ):
        async with SnmpStation() as station:
            one = await opened(
                station, first.target("3", "twin", "sha256", "aes128"), credential(AUTH_WORDS, PRIV_WORDS)
            )
            two = await opened(
                station,
                second.target("3", "twin", "sha256", "aes128", name="other"),
                credential("another-words-1", "another-words-2"),
            )
            tables = await asyncio.gather(*(door.walk([IF_DESCR]) for door in (one, two, one, two)))
    assert all(rows == tables[0] for rows in tables)


async def test_everything_asked_is_recorded(agent: Snmpd) -> None:
    """The transcript holds the OIDs of each question and what came back, and no credential."""
    async with SnmpStation() as station:
        door = await opened(station, agent.target(), credential())
        await door.get(["1.3.6.1.2.1.1.3.0"])
        await door.walk([IF_DESCR, IF_TYPE])
        lines = door.evidence()
    assert [line.request for line in lines] == [",".join(HELLO), "1.3.6.1.2.1.1.3.0", f"{IF_DESCR},{IF_TYPE}"]
    assert all(line.method == "snmp" and line.text and line.size for line in lines)
    assert "public" not in "".join(line.text for line in lines)


async def test_tables_of_secrets_are_never_asked_for(agent: Snmpd) -> None:
    """Communities and users of an agent are nobody's business, even when a table of ours names them."""
    async with SnmpStation() as station:
        door = await opened(station, agent.target(), credential())
        for oid in ("1.3.6.1.6.3.18.1.1.1.2", "1.3.6.1.6.3", "1.3.6.1"):
            with pytest.raises(ValueError, match="secrets"):
                await door.walk([oid])


# ---- refusals and silences ----


async def test_a_wrong_community_is_told_from_a_dead_device(agent: Snmpd) -> None:
    """The agent speaks SNMP, but not to this community."""
    error = await refused(agent.target(), credential("wrong"), Denied)
    assert error.message.id == "snmp.wrong_community"
    assert error.refused


@pytest.mark.parametrize(
    ("user", "auth", "secret", "privacy", "id"),
    [
        ("strong", "sha256", "not-the-words", PRIV_WORDS, "snmp.wrong_digest"),
        ("strong", "sha512", AUTH_WORDS, PRIV_WORDS, "snmp.wrong_digest"),
        ("nobody", "sha256", AUTH_WORDS, PRIV_WORDS, "snmp.unknown_user"),
        ("strong", "sha256", AUTH_WORDS, "not-the-words", "snmp.wrong_privacy"),
        ("plain", "sha384", AUTH_WORDS, PRIV_WORDS, "snmp.level"),
    ],
)
async def test_each_wrong_key_has_its_own_sentence(
    agent: Snmpd, user: str, auth: str, secret: str, privacy: str, id: str
) -> None:
    """Wrong authentication words, unknown user, wrong privacy words, a level the user does not have."""
    error = await refused(agent.target("3", user, auth, "aes128"), credential(secret, privacy), Denied)
    assert error.message.id == id
    assert error.message.values["user"] == user


async def test_a_user_below_its_level_may_not_read(agent: Snmpd) -> None:
    """The agent wants privacy from this user and answers authorizationError."""
    error = await refused(agent.target("3", "strong", "sha256"), credential(AUTH_WORDS), Denied)
    assert error.message.id == "snmp.no_access"


async def test_a_closed_port_is_told_from_silence() -> None:
    """ICMP says so, and we listen."""
    target = Target("box", "127.0.0.1", snmp=SnmpAccess("2c", "test", free_port()))
    error = await refused(target, credential(), Unreachable)
    assert error.message.id == "snmp.closed"
    assert error.message.values["port"] == target.snmp.port if target.snmp else False


async def test_a_silent_host_is_unreachable() -> None:
    """A port that swallows everything: off, filtered, or a wrong community, which nothing can tell apart."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        target = Target("box", "127.0.0.1", snmp=SnmpAccess("2c", "test", deaf.getsockname()[1]))
        error = await refused(target, credential(), Unreachable)
    assert error.message.id == "snmp.silent"


async def test_an_empty_secret_is_never_sent() -> None:
    """Without a credential there is no attempt at all."""
    target = Target("box", "127.0.0.1", snmp=SnmpAccess("2c", "snmp-main", free_port()))
    error = await refused(target, credential(""), Denied)
    assert error.message.id == "credential.missing"


async def test_closing_ends_promptly() -> None:
    """A cancelled audit does not wait for the time-outs of dead devices."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        target = Target("box", "127.0.0.1", snmp=SnmpAccess("2c", "test", deaf.getsockname()[1]))
        transcript = Transcript("box")
        async with asyncio.timeout(5), SnmpStation(Pace(timeout_s=60)) as station:
            asking = asyncio.create_task(station.open(target, credential(), transcript))
            await asyncio.sleep(0.1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
    assert [line.text for line in transcript.evidence()] == ["# cancelled"]


# ---- agents that misbehave ----


async def test_a_table_that_loops_is_an_error() -> None:
    """The same rows again and again end in an error, not in a hang and not in a table."""
    error = await walk_of(lambda kind, oids, count: rows(1, 2, 3))
    assert isinstance(error, Garbled)
    assert error.message.id == "snmp.loop"


async def test_a_table_that_goes_backwards_is_an_error() -> None:
    """Rows out of order within one answer too."""
    assert (await walk_of(lambda kind, oids, count: rows(5, 4, 3))).message.id == "snmp.loop"


async def test_a_table_without_an_end_is_stopped() -> None:
    """It is cut at the longest column we believe in, and not used."""
    error = await walk_of(
        lambda kind, oids, count: rows(*range(count * 100, count * 100 + 25)), Pace(timeout_s=0.4, rows=200)
    )
    assert error.message.id == "snmp.too_long"
    assert error.message.values["rows"] == 200


async def test_silence_in_the_middle_is_not_the_end_of_a_table() -> None:
    """The rows read before are not passed off as the table."""
    error = await walk_of(lambda kind, oids, count: rows(*range(1, 26)) if oids == (IF_DESCR,) else None)
    assert isinstance(error, NoAnswer)
    assert error.message.id == "snmp.timeout"


async def test_one_lost_reply_is_asked_again() -> None:
    """A retry fills the hole, and the table is complete."""

    def answer(kind: str, oids: tuple[str, ...], count: int) -> Rows | None:
        if count == 3:
            return None
        last = int(oids[0].removeprefix(IF_DESCR).removeprefix(".") or 0)
        return rows(*range(last + 1, last + 6)) if last < 20 else [("1.3.6.1.2.1.2.2.1.3.1", V2.Integer(6))]

    async with fake(answer) as (door, _):
        assert len(await door.walk([IF_DESCR])) == 20


async def test_an_answer_too_big_is_asked_in_smaller_parts() -> None:
    """An agent with a small buffer is read to the end all the same."""

    def answer(kind: str, oids: tuple[str, ...], count: int) -> Rows | int:
        if len(oids) > 1:
            return 1
        if oids[0] == IF_TYPE:
            return [("1.3.6.1.9.9", V2.Integer(1))]
        last = int(oids[0].removeprefix(IF_DESCR).removeprefix(".") or 0)
        return rows(last + 1) if last < 3 else [("1.3.6.1.2.1.2.2.1.3.1", V2.Integer(6))]

    async with fake(answer) as (door, _):
        assert list(await door.walk([IF_DESCR, IF_TYPE])) == [f"{IF_DESCR}.{index}" for index in (1, 2, 3)]


async def test_a_refused_instance_is_denied() -> None:
    """authorizationError on a question is a refusal, not an absence."""
    async with fake(lambda kind, oids, count: 16) as (door, _):
        with pytest.raises(Denied) as caught:
            await door.get(["1.3.6.1.2.1.1.5.0"])
    assert caught.value.message.id == "snmp.no_access"


@pytest.mark.parametrize("answer", [5, [], [("1.3.6.1.2.1.1.6.0", V2.OctetString("other"))]])
async def test_an_answer_to_another_question_is_garbled(answer: Rows | int) -> None:
    """genErr, no binding, or the binding of something else: never a value, never an absence."""
    async with fake(lambda kind, oids, count: answer) as (door, _):
        with pytest.raises(Garbled):
            await door.get(["1.3.6.1.2.1.1.5.0"])


@pytest.mark.parametrize("octets", [b"", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80" * 200])
async def test_octets_that_do_not_decode_do_no_harm(octets: bytes) -> None:
    """Broken BER is no answer: the question ends in an error, in time."""
    async with fake(lambda kind, oids, count: octets) as (door, _):
        async with asyncio.timeout(10):
            with pytest.raises(CollectError):
                await door.get(["1.3.6.1.2.1.1.5.0"])


async def test_a_device_is_asked_gently() -> None:
    """Never more than one request at once to one device, however many questions there are."""
    async with fake(lambda kind, oids, count: None, Pace(timeout_s=60)) as (door, agent):
        asking = [asyncio.create_task(door.get([f"1.3.6.1.4.1.9.{index}.0"])) for index in range(20)]
        while len(agent.asked) < 2:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        assert len(agent.asked) == 2
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


# ---- rates, against the kernel ----


def kernel_octets(name: str) -> tuple[int, int]:
    folder = Path("/sys/class/net") / name / "statistics"
    return int((folder / "rx_bytes").read_text()), int((folder / "tx_bytes").read_text())


@pytest.mark.slow
async def test_rates_agree_with_the_kernel(agent: Snmpd) -> None:
    """Over 15 s of steady traffic, the rate of the loopback interface is the kernel's within 2 %."""
    loop = asyncio.get_running_loop()
    truth: list[tuple[float, int]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink, socket.socket(socket.AF_INET) as _:
        sink.bind(("127.0.0.1", 0))
        sink.setblocking(False)

        async def traffic() -> None:
            start = loop.time()
            sent = 0
            while True:
                while sent < (loop.time() - start) * 500:
                    sink.sendto(bytes(1400), sink.getsockname())
                    sink.recv(2000)
                    sent += 1
                truth.append((loop.time(), kernel_octets("lo")[0]))
                await asyncio.sleep(0.02)

        async with SnmpStation() as station:
            door = await opened(station, agent.target(), credential())
            names = await door.walk([IF_DESCR])
            index = next(int(oid.rpartition(".")[2]) for oid, value in names.items() if value == b"lo")
            busy = asyncio.create_task(traffic())
            samples = (await sample(door, [index], 15))[index]
            busy.cancel()
    found = rates(samples)
    assert isinstance(found, Rates)
    octets = [item.octets_in for item in samples]
    assert found.window_s >= 6
    first = next(now for before, now in pairwise(octets) if now != before)
    last = octets[-1]
    seconds = {
        octet: min(truth, key=lambda moment: abs(moment[1] - octet))[0] for octet in (first, last)
    }  # when the kernel stood at what the agent said
    assert found.in_bps == pytest.approx((last - first) * 8 / (seconds[last] - seconds[first]), rel=0.02)
