"""A watch: links and users sampled for hours, through silence, restarts, wraps and crashes, into the store."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.hostkeys import HostKeyFile, accept_new, refuse
from auditor.collectors.transport import CollectError, Unreachable
from auditor.collectors.watching import Kept
from auditor.commands.watch import Duration
from auditor.demo.network import DemoNetwork
from auditor.sampling import watchdesk
from auditor.sampling.watch import Clock, Watcher
from auditor.seats.usage import Interval
from auditor.site import Link, People, Role, Site, SnmpAccess, Target
from auditor.store import Store
from auditor.values import Message
from auditor.visit import Place, Visit, open_site
from auditor.wording import texts
from tests.daemons import Snmpd, credential, snmpd
from tests.fake_snmp import QUICK, V2, agent, table

NINE = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
EN = texts("en", narrow=False)
IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
SYSTEM = {"1.3.6.1.2.1.1.1.0": "Router", "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.99999.1"}
ASA = {"1.3.6.1.2.1.1.1.0": "Cisco Adaptive Security Appliance Version 9.16(4)",
       "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.9.1.2404"}  # fmt: skip
SVC_NOW = "1.3.6.1.4.1.9.9.392.1.3.35.0"


@dataclass
class Router:
    """A router of one WAN port whose traffic, clock and mishaps a test decides."""

    now: Callable[[], dt.datetime]
    down_bps: int = 8_000_000
    up_bps: int = 2_000_000
    index: int = 7
    bits: int = 64
    speed_bps: int = 100_000_000
    kind: int = 6
    start: int = 0
    silent: bool = False
    booted: dt.datetime = NINE - dt.timedelta(hours=1)
    carried: list[int] = field(default_factory=lambda: [0, 0])
    at: dt.datetime = NINE

    def values(self) -> dict[str, Any] | None:
        """What its agent tells now."""
        seconds = (self.now() - self.at).total_seconds()
        self.at = self.now()
        self.carried[0] += int(self.down_bps * seconds / 8)
        self.carried[1] += int(self.up_bps * seconds / 8)
        if self.silent:
            return None
        into, out = (self.start + octets for octets in self.carried)
        ticks = V2.TimeTicks(int((self.now() - self.booted).total_seconds() * 100) % 2**32)
        rows = {
            f"{IF}.2": V2.OctetString("wan0"), f"{IF}.3": V2.Integer(self.kind), f"{IF}.7": V2.Integer(1),
            f"{IF}.8": V2.Integer(1), f"{IF}.5": V2.Gauge32(min(self.speed_bps, 2**32 - 1)),
            f"{IF}.10": V2.Counter32(into % 2**32), f"{IF}.16": V2.Counter32(out % 2**32),
            f"{IFX}.1": V2.OctetString("wan0"), f"{IFX}.15": V2.Gauge32(self.speed_bps // 1_000_000),
        }  # fmt: skip
        if self.bits == 64:
            rows |= {f"{IFX}.6": V2.Counter64(into % 2**64), f"{IFX}.10": V2.Counter64(out % 2**64)}
        lan = {f"{IF}.2.3": V2.OctetString("lan0"), f"{IF}.3.3": V2.Integer(6), f"{IFX}.1.3": V2.OctetString("lan0")}
        system = {"1.3.6.1.2.1.1.1.0": V2.OctetString(SYSTEM["1.3.6.1.2.1.1.1.0"]), "1.3.6.1.2.1.1.3.0": ticks}
        return {**system, **lan, **{f"{column}.{self.index}": value for column, value in rows.items()}}

    def reboot(self) -> None:
        self.booted, self.carried, self.start = self.now(), [0, 0], 0


@dataclass
class Hours:
    """A time that passes only while somebody sleeps; `events` happen when it comes to them."""

    at: dt.datetime = NINE
    events: dict[int, Callable[[], None]] = field(default_factory=dict)

    def now(self) -> dt.datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        before, self.at = self.at, self.at + dt.timedelta(seconds=seconds)
        for minute, event in self.events.items():
            if before < NINE + dt.timedelta(minutes=minute) <= self.at:
                event()
        await asyncio.sleep(0)


def site(port: int, *more: Target, interface: str = "wan0", quiet: str = "") -> Site:
    router = Target("rtr", "127.0.0.1", Role.ROUTER, snmp=SnmpAccess("2c", "test", port))
    links, targets = (Link("main", "rtr", interface),), (router, *more)
    return Site("Rennes", "Atelier", People(10, 10), links=links, targets=targets, quiet=quiet)


async def watched(
    minutes: int, told: list[str], store: Store, hours: Hours, router: Router, every: float = 60, **more: Any
) -> Watcher:
    """A watch of this router for so many minutes, with what it said."""
    async with agent(table(router.values)) as port:
        keys = HostKeyFile(store.path.parent / "known_hosts", refuse)
        watcher = Watcher(
            site(port, **more), store.samples, (lambda name, target: credential(), keys), every=every,
            ends=hours.at + dt.timedelta(minutes=minutes), tell=lambda message: told.append(message.id),
            clock=Clock(hours.now, hours.sleep), pace=QUICK,
        )  # fmt: skip
        await watcher.run()
    return watcher


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "history.sqlite", "Atelier") as opened:
        yield opened


def kept(store: Store) -> list[Interval]:
    return store.samples.usage("Rennes").get("main", [])


def about(intervals: list[Interval], down: int, up: int) -> bool:
    return bool(intervals) and all(
        abs(one.down_bps - down) <= down // 1000 + 10 and abs(one.up_bps - up) <= up // 1000 + 10 for one in intervals
    )


# ---- links ----


async def test_a_link_is_sampled_every_minute(store: Store) -> None:
    """An hour gives the sixty minutes between its readings, each with what the counters say, and where from."""
    hours, told = Hours(), list[str]()
    router = Router(hours.now)
    watcher = await watched(60, told, store, hours, router)
    found = kept(store)
    assert len(found) == 59
    assert about(found, 8_000_000, 2_000_000)
    assert (found[0].begun, found[0].ended) == (NINE, NINE + dt.timedelta(minutes=1))
    assert found[0].source == f"rtr: {IFX}.6.7"
    assert watcher.tally.kept == {"main": 59}
    assert sorted(told) == ["note.interface_declared", "watch.link", "watch.no_users"]


@pytest.mark.slow
async def test_a_watch_that_runs_into_quiet_hours_is_silent_in_them(store: Store) -> None:
    """From 8:20 to 9:05 nothing is sampled; it is said once, and no interval spans the silence."""
    hours, told = Hours(), list[str]()
    router = Router(hours.now)
    await watched(120, told, store, hours, router, quiet="08:20-09:05")
    found = kept(store)
    silent = (NINE + dt.timedelta(minutes=20), NINE + dt.timedelta(minutes=65))
    assert about(found, 8_000_000, 2_000_000)
    assert {one.ended - one.begun for one in found} == {dt.timedelta(minutes=1)}
    assert not [one for one in found if one.begun >= silent[0] and one.ended <= silent[1]]
    assert sum(one.ended <= silent[0] for one in found) >= 18
    assert sum(one.begun >= silent[1] for one in found) >= 50
    assert told.count("watch.quiet") == 1


@pytest.mark.slow
async def test_silence_is_lived_through(store: Store) -> None:
    """What passed during ten silent minutes is one long interval; it is said once when it begins, once when it ends."""
    hours, told = Hours(), list[str]()
    router = Router(hours.now)
    hours.events = {10: lambda: setattr(router, "silent", True), 13: lambda: setattr(router, "silent", False)}
    watcher = await watched(20, told, store, hours, router)
    found = kept(store)
    assert about(found, 8_000_000, 2_000_000)
    assert max(one.ended - one.begun for one in found) == dt.timedelta(minutes=4)
    assert sum((one.ended - one.begun for one in found), dt.timedelta()) == dt.timedelta(minutes=19)
    assert watcher.tally.lost == {"main": 3}
    assert [id for id in told if id.startswith(("watch.trouble", "watch.again", "snmp"))] == [
        "snmp.timeout", "watch.trouble", "watch.again"
    ]  # fmt: skip


async def test_a_restart_of_the_device_loses_one_interval(store: Store) -> None:
    """Counters and clock begin anew: no rate is computed across it, none is negative, none is absurd."""
    hours, told = Hours(), list[str]()
    router = Router(hours.now, start=10**12)
    hours.events = {10: router.reboot}
    await watched(20, told, store, hours, router)
    found = kept(store)
    assert about(found, 8_000_000, 2_000_000)
    assert len(found) == 18
    assert "gap.counter_reset" in told


async def test_a_renumbered_interface_is_found_again(store: Store) -> None:
    """After a restart wan0 has another row: the counters of the old row are another port's."""
    hours, told = Hours(), list[str]()
    router = Router(hours.now)

    def renumber() -> None:
        router.index = 9
        router.reboot()

    hours.events = {10: renumber}
    await watched(20, told, store, hours, router)
    found = kept(store)
    assert about(found, 8_000_000, 2_000_000)
    assert {one.source for one in found} == {f"rtr: {IFX}.6.7", f"rtr: {IFX}.6.9"}


async def test_a_row_that_becomes_another_port_is_not_its_link(store: Store) -> None:
    """The row is still there, under another name: nothing is taken from it."""
    hours, told = Hours(), list[str]()
    router = Router(hours.now)
    values = router.values

    def renamed() -> dict[str, Any] | None:
        found = values()
        if found and hours.at >= NINE + dt.timedelta(minutes=10):
            found |= {f"{IF}.2.7": V2.OctetString("tunnel9"), f"{IFX}.1.7": V2.OctetString("tunnel9")}
        return found

    router.values = renamed  # type: ignore[method-assign]
    await watched(20, told, store, hours, router)
    assert len(kept(store)) == 9
    assert "note.interface_missing" in told


async def test_32_bit_counters_go_round(store: Store) -> None:
    """Once between two readings is undone; where the port could make it twice, it is read more often."""
    hours, told = Hours(), list[str]()
    slow = Router(hours.now, bits=32, start=2**32 - 10**8, down_bps=80_000_000, speed_bps=100_000_000)
    await watched(5, told, store, hours, slow)
    assert about(kept(store), 80_000_000, 2_000_000)
    assert len(kept(store)) == 4
    hours = Hours()
    fast = Router(hours.now, bits=32, down_bps=900_000_000, speed_bps=1_000_000_000)
    with Store(store.path.parent / "other.sqlite", "Atelier") as other:
        await watched(5, told, other, hours, fast)
        assert about(kept(other), 900_000_000, 2_000_000)
        assert {one.ended - one.begun < dt.timedelta(seconds=35) for one in kept(other)} == {True}


async def test_a_link_whose_interface_is_not_there_says_so(store: Store) -> None:
    """It is looked for again now and then, not every minute."""
    hours, told = Hours(), list[str]()
    router = Router(hours.now)
    watcher = await watched(60, told, store, hours, router, interface="Dialer9")
    assert kept(store) == []
    assert watcher.tally.lost == {"main": 4}
    assert "note.interface_missing" in told


# ---- doors ----


async def test_a_shell_that_failed_is_not_opened_every_minute() -> None:
    """Five minutes pass before the next login; one that was refused is never tried again."""
    clock, opened = [0.0], []

    async def failing(vendor: Any) -> Any:
        opened.append(clock[0])
        raise Unreachable(Message("ssh.closed", {"target": "fw", "port": 22}))

    kept = Kept(None, failing, lambda: clock[0])
    for second in range(0, 900, 60):
        clock[0] = float(second)
        with pytest.raises(CollectError):
            await kept.shell(None)  # type: ignore[arg-type]
    assert opened == [0.0, 300.0, 600.0]


# ---- users ----


class Scaled:
    """A time a thousand times as fast as ours."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def now(self) -> dt.datetime:
        return NINE + dt.timedelta(seconds=(time.monotonic() - self._begun) * 300)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 300)


def gateway(users: Callable[[], int | None]) -> Callable[[], dict[str, Any] | None]:
    """What the agent of an ASA tells: who it is and its remote users; silent where there are none to tell."""

    def values() -> dict[str, Any] | None:
        now = users()
        if now is None:
            return None
        return {
            "1.3.6.1.2.1.1.1.0": V2.OctetString(ASA["1.3.6.1.2.1.1.1.0"]),
            "1.3.6.1.2.1.1.2.0": V2.ObjectIdentifier(ASA["1.3.6.1.2.1.1.2.0"]),
            SVC_NOW: V2.Gauge32(now),
        }

    return values


@pytest.mark.slow
async def test_the_users_of_all_gateways_are_counted_together(store: Store) -> None:
    """Two gateways make one count; while one is silent nobody knows how many there are."""
    time_ = Scaled()
    told: list[str] = []

    def second() -> int | None:
        minute = (time_.now() - NINE).total_seconds() / 60
        return None if 6 < minute < 12 else 5

    async with agent(table(gateway(lambda: 12))) as one, agent(table(gateway(second))) as two:
        targets = tuple(
            Target(name, "127.0.0.1", Role.FIREWALL, snmp=SnmpAccess("2c", "test", port))
            for name, port in (("fw-1", one), ("fw-2", two))
        )
        keys = HostKeyFile(store.path.parent / "known_hosts", refuse)
        watcher = Watcher(
            Site("Rennes", "Atelier", People(10, 10), targets=targets), store.samples,
            (lambda name, target: credential(), keys), every=60, ends=NINE + dt.timedelta(minutes=25),
            tell=lambda message: told.append(message.id), clock=Clock(time_.now, time_.sleep), pace=QUICK,
        )  # fmt: skip
        await watcher.run()
    counts = store.samples.counts("Rennes")
    assert len(counts) == watcher.tally.counts >= 4
    assert {count.sessions for count in counts} == {17}
    assert "watch.users_trouble" in told


# ---- the command ----

SITE = """
[site]
name = "Rennes"
client = "Atelier"
timezone = "Europe/Paris"
[people]
headcount = 10
eligible = 10
[[link]]
name = "main"
device = "rtr"
interface = "lo"
committed_down_bps = 20_000_000
committed_up_bps = 20_000_000
[[device]]
name = "rtr"
address = "127.0.0.1"
role = "router"
snmp = {{ version = "2c", credential = "snmp-main", port = {port} }}
"""


def site_file(folder: Path, port: int) -> Path:
    path = folder / "site.toml"
    path.write_text(SITE.format(port=port))
    return path


def command(path: Path, *options: str) -> subprocess.Popen[str]:
    """`auditor watch` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "auditor", "watch", str(path), *options],
        env={**os.environ, "AUDITOR_CREDENTIAL_SNMP_MAIN": "public", "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def samples_of(path: Path) -> list[Interval]:
    found, _ = open_site(path)
    with Place.of(Path(os.environ["AUDITOR_HOME"]), found).store() as store:
        return store.samples.usage("Rennes").get("main", [])


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with snmpd(tmp_path_factory.mktemp("snmpd")) as running:
        yield running


def until(path: Path, count: int) -> None:
    """Wait until so many samples are in the store."""
    for _ in range(200):
        if len(samples_of(path)) >= count:
            return
        time.sleep(0.1)
    raise AssertionError("no samples")


@pytest.mark.slow
def test_a_watch_survives_being_killed(real: Snmpd, tmp_path: Path) -> None:
    """What was sampled is there; the same command goes on until the end that was planned, and says so."""
    path = site_file(tmp_path, real.port)
    with command(path, "--for", "15s", "--every", "1") as first:
        until(path, 2)
        first.kill()
        first.communicate()
    before = len(samples_of(path))
    assert before >= 2
    with command(path, "--for", "1h", "--every", "1") as second:
        out, err = second.communicate(timeout=40)
    assert second.returncode == 0, err
    assert "Going on with the watch begun" in err
    assert len(samples_of(path)) > before
    assert "working days:" in out
    assert "most " in out


@pytest.mark.slow
def test_ctrl_c_ends_a_watch_and_keeps_what_there_is(real: Snmpd, tmp_path: Path) -> None:
    """Exit 130 within a second, with the summary; the next watch is a new one."""
    path = site_file(tmp_path, real.port)
    with command(path, "--for", "1h", "--every", "1") as running:
        until(path, 2)
        running.send_signal(signal.SIGINT)
        begun = time.monotonic()
        out, err = running.communicate(timeout=20)
    assert running.returncode == 130, err
    assert time.monotonic() - begun < 3
    assert "main, download: busy hour" in out
    assert "Traceback" not in err
    assert len(samples_of(path)) >= 2
    with command(path, "--for", "2s", "--every", "1") as following:
        _, err = following.communicate(timeout=20)
    assert "Going on" not in err


@pytest.mark.slow
def test_nothing_sampled_is_exit_3(tmp_path: Path) -> None:
    """Nobody answers at that port, and it says who and why."""
    with command(site_file(tmp_path, 9), "--for", "2s", "--every", "1") as running:
        out, err = running.communicate(timeout=30)
    assert running.returncode == 3
    assert "rtr refuses UDP port 9" in err
    assert "nothing is known yet" in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--for 8h"),
        (("--for", "8 parsecs"), "no duration"),
        (("--for", "8h", "--import", "x.csv"), "--for 8h"),
        (("--import", "x.csv"), "needs --link"),
        (("--for", "8h", "--unit", "bit"), "--unit belongs to --import"),
        (("--import", "none.csv", "--link", "main"), "none.csv: No such file"),
        (("--import", "none.csv", "--link", "spare"), "no link called “spare”; there are main"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    """Exit 2, with what was wrong."""
    with command(site_file(tmp_path, 9), *options) as running:
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert words in err


def test_a_history_is_imported_and_told(tmp_path: Path) -> None:
    """The rows, the unit and who said it, what was left out, and what it comes to; taken in twice it counts once."""
    rows = [
        f"2026-11-{day:02} {hour:02}:{minute:02},{10_000_000 if hour == 10 else 1_000_000},2000000"
        for day in range(2, 7)
        for hour in range(24)
        for minute in range(0, 60, 5)
    ]
    table_ = tmp_path / "graphs.csv"
    table_.write_text("time,in (bit/s),out (bit/s)\n" + "\n".join(rows) + "\n2026-11-07 00:00,nan,nan\n")
    path = site_file(tmp_path, 9)
    for _ in range(2):
        with command(path, "--import", str(table_), "--link", "main") as running:
            out, err = running.communicate(timeout=30)
        assert running.returncode == 0, err
        assert len(samples_of(path)) == 1440
    assert "graphs.csv: 1,440 intervals of 5\u00a0min" in err
    assert "Unit: bit/s, read from the headings." in err
    assert "left out: 1" in err
    assert "main, download: busy hour 10:00 to 11:00, 95th percentile 10\u00a0Mbit/s" in out
    assert "main: 5 working days; an audit takes the 95th percentile." in out


def test_a_history_far_above_the_contract_is_doubted(tmp_path: Path) -> None:
    """Eight times the contract is what bytes taken for bits, or bits for bytes, look like."""
    table_ = tmp_path / "graphs.csv"
    table_.write_text("time,in,out\n2026-11-20 10:00,10000000,2000000\n2026-11-20 10:05,10000000,2000000\n")
    with command(site_file(tmp_path, 9), "--import", str(table_), "--link", "main", "--unit", "byte") as running:
        _, err = running.communicate(timeout=30)
    assert "80\u00a0Mbit/s, and the contract says 20\u00a0Mbit/s" in err
    assert "Unit: byte/s, as given" in err


@pytest.mark.parametrize(
    ("text", "seconds"), [("8h", 28800), ("90m", 5400), ("5d", 432000), ("1h30m", 5400), ("90", 90), ("1.5h", 5400)]
)
def test_durations_are_read(text: str, seconds: int) -> None:
    """Days, hours, minutes, seconds."""
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.slow
def test_the_company_of_the_demo_can_be_watched(tmp_path: Path) -> None:
    """Its link at what it carries, and its VPN users, over SNMP and SSH as an audit reads them."""
    said: list[str] = []
    with DemoNetwork() as network:
        path = tmp_path / "site.toml"
        path.write_text(network.site_text)
        lines, sampled, interrupted = watchdesk.watched(
            path, network.credentials, accept_new, seconds=12, every=1, say=EN, err=said.append
        )
    assert (sampled, interrupted) == (True, False)
    found, _ = open_site(path)
    with Place.of(Path(os.environ["AUDITOR_HOME"]), found).store() as store:
        intervals, counts = store.samples.usage(found.name)["main"], store.samples.counts(found.name)
    assert len(intervals) >= 5
    assert all(8_000_000 < one.down_bps < 13_000_000 for one in intervals)
    assert {count.sessions for count in counts} == {8}
    assert any("Working days" in line or "working days" in line for line in lines)


@pytest.mark.slow
def test_an_audit_takes_the_history_of_five_working_days(tmp_path: Path) -> None:
    """Imported before the visit, it beats the window of the visit; the audit says on how many days it rests."""
    monday = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)
    minutes = [monday + dt.timedelta(days=day, hours=hour, minutes=five * 5)
               for day in range(5) for hour in range(24) for five in range(12)]  # fmt: skip
    week = [Interval(at, at + dt.timedelta(minutes=5), 7_000_000, 3_000_000, "graphs.csv") for at in minutes]
    with DemoNetwork() as network:
        path = tmp_path / "site.toml"
        path.write_text(network.site_text)
        found, text = open_site(path)
        place = Place.of(Path(os.environ["AUDITOR_HOME"]), found)
        with place.store() as store:
            store.samples.add(found.name, "main", week)
        visit = Visit(place, found, text, network.credentials)
        result = visit.run(decide=accept_new, emit=lambda event: None, window=3)
    figures = {figure.name: figure for figure in result.assumptions}
    used = figures["link.main.used_down_bps"]
    assert (used.value, used.origin.value, used.sources) == (7_000_000, "measured", ("graphs.csv",))
    assert used.note is not None
    assert "5 working days" in EN.say(used.note)
    assert figures["link.main.sessions"].value == 0  # nobody counted in those days
