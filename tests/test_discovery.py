"""Discovery: inside declared ranges and nowhere else, each account once on a device, and nothing sent by a dry run."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.discovery import Discovery, Explorer, Found, How, Try, Turns
from auditor.collectors.hostkeys import HostKeyFile, accept_new
from auditor.collectors.neighbours import Neighbour, neighbours
from auditor.collectors.ranges import MOST, Boundary, Range, RangeError, declared
from auditor.collectors.snmp import SnmpStation
from auditor.collectors.transcript import Transcript
from auditor.site import Role, SnmpAccess, SshAccess, Target
from benchmarks.agents import AUTH_WORDS, PRIV_WORDS, USER, Agent, Answers
from benchmarks.agents import table as instances
from tests.daemons import credential, free_port
from tests.fake_snmp import QUICK, V2, Question, agent, raw, table
from tests.fake_ssh import FakeDevice

# ---- ranges ----


@pytest.mark.parametrize(
    ("text", "count", "first", "last"),
    [
        ("10.20.0.0/24", 254, "10.20.0.1", "10.20.0.254"),
        ("10.20.0.0/30", 2, "10.20.0.1", "10.20.0.2"),
        ("10.20.0.4/31", 2, "10.20.0.4", "10.20.0.5"),
        ("10.20.0.7", 1, "10.20.0.7", "10.20.0.7"),
        ("10.20.0.1-10.20.0.9", 9, "10.20.0.1", "10.20.0.9"),
        ("10.20.0.1-9", 9, "10.20.0.1", "10.20.0.9"),
        ("fd00::/126", 3, "fd00::1", "fd00::3"),
    ],
)
def test_ranges_are_read(text: str, count: int, first: str, last: str) -> None:
    """Networks without their own and their broadcast address, spans, single addresses; never one twice."""
    found = declared([text, text]).scan()
    assert (len(found), str(found[0]), str(found[-1])) == (count, first, last)


@pytest.mark.parametrize(
    ("texts", "inside", "id"),
    [
        ([], [], "range.none"),
        (["10.20.0.1/24"], [], "range.host_bits"),
        (["rtr-1"], [], "range.unreadable"),
        (["10.20.0.9-10.20.0.1"], [], "range.unreadable"),
        (["10.20.0.0/24; rm -rf /"], [], "range.unreadable"),
        (["8.8.8.0/24"], [], "range.public"),
        (["0.0.0.0/0"], [], "range.public"),
        (["224.0.0.0/24"], [], "range.multicast"),
        (["10.21.0.0/24"], ["10.20.0.0/16"], "range.outside"),
        (["10.0.0.0/8"], ["10.20.0.0/16"], "range.outside"),
        (["fd00::/126"], ["10.20.0.0/16"], "range.outside"),
    ],
)
def test_ranges_nobody_declared_are_refused(texts: list[str], inside: list[str], id: str) -> None:
    """With the reason, before anything is sent."""
    with pytest.raises(RangeError) as caught:
        declared(texts, inside).scan()
    assert caught.value.message.id == id


def test_public_addresses_must_be_meant() -> None:
    """By saying so, or by the site file, whose networks are also what a range is checked against."""
    assert len(declared(["198.51.0.0/30"], public=True).scan()) == 2
    assert len(declared(["8.8.8.0/30"], public=True).scan()) == 2
    assert len(declared(["8.8.8.0/30"], ["8.8.8.0/24"]).scan()) == 2
    assert len(declared([], ["10.20.0.0/30"]).scan()) == 2


@pytest.mark.parametrize("text", ["10.0.0.0/8", "10.0.0.0/19", "fd00::/64", "0.0.0.0/1"])
def test_large_ranges_are_refused_at_once(text: str) -> None:
    """4096 addresses are the most, however they are spelled."""
    begun = time.monotonic()
    with pytest.raises(RangeError) as caught:
        declared([text], public=True).scan()
    assert caught.value.message.id == "range.too_many"
    assert time.monotonic() - begun < 1
    assert len(declared(["10.0.0.0/20"]).scan()) == MOST - 2


def test_some_addresses_are_nobodys() -> None:
    """Multicast and broadcast are not contacted, whoever names them."""
    boundary = Boundary((Range(ipaddress.ip_network("0.0.0.0/0")),))
    assert ipaddress.ip_address("10.20.0.255") not in declared(["10.20.0.0/24"])
    for text in ("224.0.0.1", "255.255.255.255", "0.0.0.0"):
        assert ipaddress.ip_address(text) not in boundary


async def test_probes_keep_to_their_rate() -> None:
    """However many wait: a hundred turns at a hundred a second take a second."""
    turns, begun = Turns(100), time.monotonic()
    await asyncio.gather(*(turns.take() for _ in range(50)))
    assert 0.45 < time.monotonic() - begun < 3


# ---- a small network on loopback: addresses of 127.66.0.0/16, one port for SNMP, one for SSH ----

LLDP, LLDP_NAME = "1.0.8802.1.1.2.1.4.2.1.3", "1.0.8802.1.1.2.1.4.1.1.9"
CDP_KIND, CDP, CDP_NAME = (f"1.3.6.1.4.1.9.9.23.1.2.1.1.{n}" for n in (3, 4, 6))
ARP = "1.3.6.1.2.1.4.22.1.4"


def box(name: str, description: str = "Linux box", **tables: list[str]) -> dict[str, Any]:
    """What the agent of a device tells: itself and its neighbours by table."""
    values: dict[str, Any] = {
        "1.3.6.1.2.1.1.1.0": V2.OctetString(description),
        "1.3.6.1.2.1.1.2.0": V2.ObjectIdentifier("1.3.6.1.4.1.8072.3.2.10"),
        "1.3.6.1.2.1.1.3.0": V2.TimeTicks(100),
        "1.3.6.1.2.1.1.5.0": V2.OctetString(name),
    }
    for number, address in enumerate(tables.get("lldp", []), 1):
        values[f"{LLDP}.0.{number}.1.1.4.{address}"] = V2.Integer(2)
        values[f"{LLDP_NAME}.0.{number}.1"] = V2.OctetString(f"neighbour-{number}")
    for number, address in enumerate(tables.get("cdp", []), 1):
        values |= {f"{CDP_KIND}.{number}.1": V2.Integer(1), f"{CDP_NAME}.{number}.1": V2.OctetString(f"cdp-{number}"),
                   f"{CDP}.{number}.1": V2.OctetString(ipaddress.ip_address(address).packed)}  # fmt: skip
    for address in tables.get("arp", []):
        values[f"{ARP}.1.{address}"] = V2.Integer(3)
    return dict(sorted(values.items(), key=lambda pair: tuple(map(int, pair[0].split(".")))))


class Trip:
    """An address that must not be contacted: remembers every datagram it got."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        """A socket is there."""

    def connection_lost(self, error: Exception | None) -> None:
        """And gone."""

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.got.append(data)


@asynccontextmanager
async def network(boxes: dict[str, dict[str, Any]], *trips: str) -> AsyncIterator[tuple[int, dict[str, Trip]]]:
    """These agents on one port of their addresses, and tripwires on the same port of others."""
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        port = free_port("127.66.0.1")
        for address, values in boxes.items():
            await stack.enter_async_context(agent(table(lambda values=values: values), address, port))  # type: ignore[misc]
        found = {}
        for address in trips:
            transport, trip = await loop.create_datagram_endpoint(Trip, local_addr=(address, port))  # type: ignore[type-var]
            stack.callback(transport.close)
            found[address] = trip
        yield port, found


async def explored(
    ranges: list[str], port: int, tries: tuple[Try, ...], tmp_path: Path, *, seeds: tuple[str, ...] = (), ssh: int = 9
) -> Discovery:
    boundary = declared(ranges)
    how = How(tries, ports=(ssh, 9), snmp_port=port, rate=200, walk=bool(seeds))
    explorer = Explorer(boundary, how, HostKeyFile(tmp_path / "known_hosts", accept_new))
    await explorer.run(tuple(map(ipaddress.ip_address, seeds)) or boundary.scan())
    return explorer.result


def community(port: int) -> Try:
    return Try(credential(), snmp=SnmpAccess("2c", "snmp-main", port))


def by_address(result: Discovery) -> dict[str, Found]:
    return {str(found.address): found for found in result.found}


async def test_a_range_is_scanned(tmp_path: Path) -> None:
    """Agents that answer are named and described; silent addresses are not devices."""
    boxes = {"127.66.0.1": box("rtr-1", "Linux rtr-1 router"), "127.66.0.3": box("ups-1", "UPS of room 3")}
    async with network(boxes) as (port, _):
        result = await explored(["127.66.0.0/29"], port, (community(port),), tmp_path)
    found = by_address(result)
    assert {address: (one.name, one.role) for address, one in found.items()} == {
        "127.66.0.1": ("rtr-1", Role.ROUTER), "127.66.0.3": ("ups-1", Role.UPS),
    }  # fmt: skip
    assert found["127.66.0.1"].description == "Linux rtr-1 router"
    assert found["127.66.0.1"].snmp == SnmpAccess("2c", "snmp-main", port)
    assert (result.contacted, result.cut) == (6, False)


async def test_a_walk_stops_at_the_boundary(tmp_path: Path) -> None:
    """From one seed over LLDP, CDP and ARP to all that is inside; what they name outside gets not one octet."""
    boxes = {
        "127.66.0.1": box("one", lldp=["127.66.0.2", "127.67.0.1"]),
        "127.66.0.2": box("two", cdp=["127.66.0.3", "127.67.0.2"], lldp=["127.66.0.1"]),
        "127.66.0.3": box("three", arp=["127.66.0.4", "127.67.0.3", "224.0.0.5"]),
        "127.66.0.4": box("four"),
        "127.66.0.5": box("nobody knows me"),
    }
    async with network(boxes, "127.67.0.1", "127.67.0.2", "127.67.0.3") as (port, trips):
        result = await explored(["127.66.0.0/16"], port, (community(port),), tmp_path, seeds=("127.66.0.1",))
    assert {one.name: one.how for one in result.found} == {"one": "seed", "two": "lldp", "three": "cdp", "four": "arp"}
    assert result.contacted == 4
    assert {str(address): (one.how, one.name) for address, one in result.beyond.items()} == {
        "127.67.0.1": ("lldp", "neighbour-2"), "127.67.0.2": ("cdp", "cdp-2"), "127.67.0.3": ("arp", ""),
        "224.0.0.5": ("arp", ""),
    }  # fmt: skip
    assert all(not trip.got for trip in trips.values())


async def test_a_scan_does_not_follow_neighbours(tmp_path: Path) -> None:
    """It names them, and contacts the range."""
    boxes = {"127.66.0.1": box("one", lldp=["127.66.9.9", "127.67.0.1"]), "127.66.9.9": box("far")}
    async with network(boxes, "127.67.0.1") as (port, trips):
        result = await explored(["127.66.0.0/30"], port, (community(port),), tmp_path)
    assert [one.name for one in result.found] == ["one"]
    assert {str(address) for address in result.beyond} == {"127.66.9.9", "127.67.0.1"}
    assert not trips["127.67.0.1"].got


async def test_ways_in_are_tried_in_their_order(tmp_path: Path) -> None:
    """The first that the agent accepts is taken; after it no other secret is sent."""
    seen: list[str] = []

    def handler(question: Question) -> None:
        community = str(question.community)
        seen.append(community)
        answer(question)

    answer = table(lambda: box("rtr-1"))
    port = free_port("127.66.0.1")
    async with agent(handler, "127.66.0.1", port):
        tries = tuple(Try(credential(name), snmp=SnmpAccess("2c", name, port)) for name in ("first", "second"))
        result = await explored(["127.66.0.1"], port, tries, tmp_path)
    (found,) = result.found
    assert found.snmp is not None
    assert found.snmp.credential == "first"
    assert set(seen) == {"first"}


class _Counting(Agent):
    """An SNMPv3 agent that counts the wrong digests it is shown."""

    def __init__(self) -> None:
        super().__init__(Answers(instances(1)), b"\x80\0\x1f\x88\4counting")
        self.wrong = 0

    def report(self, id: bytes, counter: str) -> bytes:
        self.wrong += counter == "1.3.6.1.6.3.15.1.1.5.0"
        return super().report(id, counter)


class Guarded(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.agent = _Counting()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if reply := self.agent.reply(data):
            self._transport.sendto(reply, addr)


async def test_an_account_is_refused_once_on_a_device(tmp_path: Path) -> None:
    """Three passphrases for one user are one failed login, not three; another user is another account."""
    loop = asyncio.get_running_loop()
    transport, guarded = await loop.create_datagram_endpoint(Guarded, local_addr=("127.66.0.1", 0))
    port = transport.get_extra_info("sockname")[1]

    def way(words: str, name: str) -> Try:
        return Try(credential(words, PRIV_WORDS), snmp=SnmpAccess("3", name, port, USER, "sha256", "aes128"))

    wrong = tuple(way(f"wrong-words-{n}", f"try-{n}") for n in range(3))
    try:
        result = await explored(["127.66.0.1"], port, wrong, tmp_path)
        assert guarded.agent.wrong == 1
        (found,) = result.found
        assert found.speaks_snmp
        assert found.snmp is None
        assert [message.id for message in found.refused] == ["snmp.wrong_digest"]
        right = await explored(["127.66.0.1"], port, (way(AUTH_WORDS, "right"),), tmp_path)
        assert right.found[0].snmp is not None
    finally:
        transport.close()


async def test_without_a_way_in_only_the_presence_of_an_agent_is_told(tmp_path: Path) -> None:
    """The engine discovery of SNMPv3 carries no user, key or OID."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Guarded, local_addr=("127.66.0.1", 0))
    try:
        result = await explored(["127.66.0.0/30"], transport.get_extra_info("sockname")[1], (), tmp_path)
    finally:
        transport.close()
    (found,) = result.found
    assert (str(found.address), found.speaks_snmp, found.name) == ("127.66.0.1", True, "")


IOS = {
    "terminal length 0": "", "terminal width 511": "", "terminal width 512": "",
    "show version": "Cisco IOS Software, ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 17.6.5, RELEASE\r\n",
}  # fmt: skip


async def test_a_shell_tells_what_snmp_does_not(tmp_path: Path) -> None:
    """Where no agent answers, the way in over SSH is taken, with its banner; the shell is asked who it is."""
    with FakeDevice("rtr-1#", IOS) as device:
        way = Try(credential(device.password), ssh=SshAccess("audit", "ssh-main", device.port))
        result = await explored(["127.0.0.1"], 9, (way,), tmp_path, ssh=device.port)
    (found,) = result.found
    assert found.platform == "cisco_ios"
    assert found.ssh == SshAccess("audit", "ssh-main", device.port)
    assert found.banner.startswith("SSH-2.0-")
    assert found.ports == (device.port,)


async def test_a_refused_login_is_not_tried_again(tmp_path: Path) -> None:
    """Two passwords for one user are one attempt; the device is named all the same, and why it refused."""
    with FakeDevice("rtr-1#", IOS) as device:
        ways = tuple(Try(credential(f"wrong-{n}"), ssh=SshAccess("audit", f"try-{n}", device.port)) for n in range(3))
        result = await explored(["127.0.0.1"], 9, ways, tmp_path, ssh=device.port)
        assert len(device.attempts) == 1
    (found,) = result.found
    assert found.ssh is None
    assert [message.id for message in found.refused] == ["ssh.denied"]


# ---- neighbours ----


async def told(values: dict[str, Any], *, arp: bool = True) -> tuple[Neighbour, ...]:
    async with raw(table(lambda: values), QUICK) as (door, _):
        return await neighbours(door, arp=arp)


async def test_neighbours_are_read_from_every_table() -> None:
    """LLDP with and without the length in its index, IPv6 too; CDP; ARP only where it is wanted."""
    v6 = ipaddress.ip_address("2001:db8::7")
    others = box("x", cdp=["192.0.2.3"], arp=["192.0.2.4"])
    values = {
        f"{LLDP}.0.1.1.1.4.192.0.2.1": V2.Integer(2),
        f"{LLDP}.0.2.1.1.192.0.2.2": V2.Integer(2),
        f"{LLDP}.0.3.1.2.16." + ".".join(map(str, v6.packed)): V2.Integer(2),
        f"{LLDP_NAME}.0.1.1": V2.OctetString("core\x1b[31m"),
        **{oid: value for oid, value in others.items() if not oid.startswith("1.3.6.1.2.1.1")},
    }
    found = await told(values)
    assert [(str(one.address), one.how) for one in found] == [
        ("192.0.2.1", "lldp"), ("192.0.2.2", "lldp"), ("2001:db8::7", "lldp"), ("192.0.2.3", "cdp"),
        ("192.0.2.4", "arp"),
    ]  # fmt: skip
    assert found[0].name == "core"
    assert [one.how for one in await told(values, arp=False)].count("arp") == 0


async def test_tables_that_make_no_sense_name_nobody() -> None:
    """Indices cut short, octets above 255, addresses of other kinds, entries that are no longer valid."""
    values = {
        f"{LLDP}.0.1.1.1.4.192.0": V2.Integer(2),
        f"{LLDP}.0.2.1.1.4.192.0.2.999": V2.Integer(2),
        f"{LLDP}.0.3.1.6.6.1.2.3.4.5.6": V2.Integer(2),
        f"{CDP_KIND}.1.1": V2.Integer(20),
        f"{CDP}.1.1": V2.OctetString(b"\x01\x02\x03\x04"),
        f"{CDP}.2.1": V2.OctetString(b"\x01\x02"),
        f"{ARP}.1.192.0.2.4": V2.Integer(2),
    }
    assert await told(values) == ()


# ---- the command, in a network of its own ----


def namespaced(*code: str) -> subprocess.CompletedProcess[str]:
    """Run this file's part for a namespace of its own, where ports below 1024 and any address are free."""
    unshare, ip = shutil.which("unshare"), shutil.which("ip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if unshare is None or ip is None or subprocess.run([unshare, "-Urn", "true"], check=False).returncode:
        pytest.skip("no network namespace can be made here")
    if shutil.which("snmpd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin") is None:
        pytest.skip("snmpd is not installed")
    return subprocess.run(
        [unshare, "-Urn", sys.executable, "-m", "tests.discovery_site", ip, *code],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.slow
def test_the_command_finds_what_is_there_and_a_dry_run_sends_nothing(tmp_path: Path) -> None:
    """A real agent and a host with SSH alone inside the range, tripwires inside and outside of it."""
    done = namespaced(str(tmp_path))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["dry"]["code"] == 0
    assert told["dry"]["tripped"] == 0
    assert [f"10.20.0.{n}" for n in range(1, 7)] == [line for line in told["dry"]["lines"] if line.startswith("10.")]
    assert told["dry"]["lines"][-1] == "Addresses: 6. Nothing was sent."
    found = {row["address"]: row for row in told["real"]["json"]["found"]}
    assert set(found) == {"10.20.0.1", "10.20.0.2", "10.20.0.3"}
    assert found["10.20.0.1"]["platform"] == "linux"
    assert found["10.20.0.1"]["snmp"]["credential"] == "snmp-main"
    assert found["10.20.0.2"]["banner"] == "SSH-2.0-Banner"
    assert found["10.20.0.2"]["ports"] == [22]
    assert told["real"]["inside"] > 0  # the tripwire works
    assert told["real"]["outside"] == 0
    assert told["site"] == ["10.20.0.1", "10.20.0.2", "10.20.0.3"]
    assert "public" not in json.dumps(told)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("8.8.8.8", "--dry-run"), "public"),
        (("10.0.0.0/8",), "4,096 at most"),
        (("10.0.0.0/30", "--seed", "10.1.0.1"), "outside"),
        (("10.0.0.0/30", "--try", "snmp2c:public:x"), "no way in"),
        (("10.0.0.0/30", "--try", "snmp3:user:sha256::"), "no way in"),
        (("10.0.0.0/30", "--try", "snmp2c:nowhere"), "AUDITOR_CREDENTIAL_NOWHERE"),
        ((), "Name the ranges"),
    ],
)
def test_wrong_usage_is_one_line(options: tuple[str, ...], words: str) -> None:
    """Exit 2 before anything is sent."""
    command = [sys.executable, "-m", "auditor", "discover", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


async def test_the_door_of_a_target_is_the_one_that_was_tried(tmp_path: Path) -> None:
    """A target made of what was found opens with the same access."""
    async with network({"127.66.0.1": box("rtr-1")}) as (port, _):
        result = await explored(["127.66.0.1"], port, (community(port),), tmp_path)
        (found,) = result.found
        async with SnmpStation(QUICK) as station:
            target = Target("rtr-1", str(found.address), snmp=found.snmp)
            assert await station.open(target, credential(), Transcript("rtr-1"))
