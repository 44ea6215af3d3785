"""How an audit spares a site: a busy device is left alone for a moment, and quiet hours are kept."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from auditor import sitefile
from auditor.collectors.captures import CaptureDoor
from auditor.collectors.interrogate import Collected, Manner, interrogate
from auditor.collectors.load import LOOK_S, MOST_S, PAUSE_S, Load
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import NoAnswer, Oid, ShellDoor, SnmpDoor, SnmpValue
from auditor.collectors.vendors.page import Vendor
from auditor.declared.quiet import Hours, QuietHours, respect
from auditor.model import Asking, Device, Event, Evidence
from auditor.site import SnmpAccess, SshAccess, Target
from auditor.values import ABSENT, Absent, Message
from tests.commands import auditor

LOAD = "1.3.6.1.2.1.25.3.3.1.2"  # hrProcessorLoad, %
VALUES: dict[Oid, SnmpValue] = {
    "1.3.6.1.2.1.1.1.0": b"Linux box 6.1.0",
    "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.8072.3.2.10",
    "1.3.6.1.2.1.1.3.0": 123456,
    "1.3.6.1.2.1.1.5.0": b"box",
    "1.3.6.1.2.1.25.2.3.1.3.1": b"Physical memory",
    f"{LOAD}.1": 10,
}


class Loaded(CaptureDoor):
    """An agent whose processor is as busy as the next of these figures says; None: it does not answer that."""

    def __init__(self, loads: Sequence[int | None], transcript: Transcript) -> None:
        super().__init__(VALUES, transcript)
        self._loads = list(loads)
        self.asked: list[str] = []

    async def walk(self, roots: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        self.asked += roots
        if LOAD not in roots:
            return await super().walk(roots)
        load = self._loads.pop(0) if len(self._loads) > 1 else self._loads[0]
        if load is None:
            raise NoAnswer(Message("snmp.timeout", {"target": "box", "question": LOAD}))
        return {f"{LOAD}.1": load}


async def asked(*loads: int | None) -> tuple[Device, list[float], list[str], list[Event]]:
    """The device, the pauses that were made, the columns that were asked for, and what was told meanwhile."""
    transcript, pauses, told = Transcript("box"), list[float](), list[Event]()
    door = Loaded(loads, transcript)

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        door.asked.append("pause")

    async def open_() -> SnmpDoor:
        return door

    target = Target("box", "127.0.0.1", snmp=SnmpAccess("2c", "test"))
    collected = Collected(target, transcript, Manner(sleep=sleep, emit=told.append))
    return await interrogate(target, snmp=open_, shell=None, collected=collected), pauses, door.asked, told


async def test_a_device_below_eighty_percent_is_asked_on() -> None:
    """Eighty itself is not busy, and its load is read once."""
    device, pauses, columns, _ = await asked(80)
    assert pauses == []
    assert columns.count(LOAD) == 1
    assert device.status == "done"


async def test_a_busy_device_is_left_alone_until_it_is_not() -> None:
    """Nothing but its load is asked meanwhile; it is told; then the rest is read as ever."""
    device, pauses, columns, told = await asked(95, 91, 30)
    assert pauses == [PAUSE_S, PAUSE_S]
    at = columns.index("pause")
    assert columns[at : at + 4] == ["pause", LOAD, "pause", LOAD]
    assert len(columns) > at + 4, "the memory is asked for after the processor"
    assert device.status == "done"
    steps = [event.step for event in told if isinstance(event, Asking)]
    assert [step for step in steps if step.startswith("system.cpu")] == ["system.cpu 95 %", "system.cpu 91 %"]
    assert {reading.key.name: reading.value for reading in device.readings}["system.cpu"] == 95, "as it was told first"


async def test_a_device_that_is_always_busy_is_read_in_a_known_time() -> None:
    """All pauses together have a bound."""
    device, pauses, columns, _ = await asked(99)
    assert sum(pauses) == MOST_S
    assert columns[-1] not in ("pause", LOAD)
    assert device.status == "done"


async def test_a_load_that_is_not_told_again_costs_one_pause_a_question() -> None:
    """A look that gets no answer does not hold the device up, nor is it a gap of what was told before."""
    device, pauses, columns, _ = await asked(95, None)
    after = [column for column in columns[columns.index("pause") :] if column not in ("pause", LOAD)]
    assert 1 <= len(pauses) <= len(after) + 1
    assert "system.cpu" in {reading.key.name for reading in device.readings}


class Shell:
    """An ASA without SNMP, whose processor is as busy as the next of these figures says; it knows no other line."""

    def __init__(self, loads: Sequence[int]) -> None:
        self._loads, self.lines = list(loads), list[str]()

    async def show(self, command: str) -> str:
        self.lines.append(command)
        if command != "show cpu usage":
            raise NoAnswer(Message("ssh.rejected", {"target": "fw", "question": command}))
        load = self._loads.pop(0) if len(self._loads) > 1 else self._loads[0]
        return f"CPU utilization for 5 seconds = {load}%; 1 minute: {load}%; 5 minutes: {load}%\n"

    async def adopt(self, vendor: Vendor) -> None: ...

    def evidence(self) -> tuple[Evidence, ...]:
        return ()

    async def close(self) -> None: ...


async def test_a_device_that_tells_its_load_on_its_command_line_alone_is_spared_too() -> None:
    """Nothing but the line that tells the load is asked while it is busy."""
    session, transcript = Shell([95, 93, 20]), Transcript("fw")

    async def sleep(seconds: float) -> None:
        session.lines.append("pause")

    async def open_(vendor: Vendor) -> ShellDoor:
        return session

    target = Target("fw", "127.0.0.1", platform="cisco_asa", ssh=SshAccess("audit", "x"))
    await interrogate(target, snmp=None, shell=open_, collected=Collected(target, transcript, Manner(sleep=sleep)))
    at = session.lines.index("pause")
    assert session.lines[at - 1 : at + 4] == ["show cpu usage", "pause", "show cpu usage", "pause", "show cpu usage"]
    assert len(set(session.lines[at + 4 :])) > 3, "the rest is asked as ever"
    assert session.lines.count("pause") == 2


async def test_a_load_told_a_while_ago_is_read_again_before_the_next_question() -> None:
    """A device that grew busy between two questions is left alone, though it was idle when it told its load."""
    now, loads, pauses = [0.0], [90.0, 85.0, 30.0], list[float]()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    async def look() -> float:
        return loads.pop(0)

    load = Load(sleep, clock=lambda: now[0])
    load.told(10)
    load.look = look
    now[0] = LOOK_S - 0.1
    await load.turn()
    assert len(loads) == 3, "what was told just now is believed"
    now[0] = LOOK_S
    await load.turn()
    assert (pauses, loads, load.percent) == ([PAUSE_S, PAUSE_S], [], 30.0)


async def test_a_look_that_tells_nothing_is_not_repeated_for_ever() -> None:
    """A device that does not answer it is asked on, and not looked at before each question."""
    now, looks = [0.0], list[float]()

    async def look() -> Absent:
        looks.append(now[0])
        return ABSENT

    load = Load(asyncio.sleep, clock=lambda: now[0])
    load.told(10)
    load.look = look
    for at in (20.0, 40.0, 60.0):
        now[0] = at
        await load.turn()
    assert looks == [20.0]


# ---- quiet hours ----


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("08:00-18:00", ("08:00", "17:59", "12:30"), ("07:59", "18:00", "23:00", "00:00")),
        ("22:00-06:00", ("22:00", "23:59", "00:00", "05:59"), ("06:00", "21:59", "12:00")),
        ("00:00-23:59", ("00:00", "23:58"), ("23:59",)),
    ],
)
def test_quiet_hours_hold_from_the_first_minute_to_the_last(
    text: str, inside: Sequence[str], outside: Sequence[str]
) -> None:
    """The last one is free again; over midnight where it is the earlier one."""
    hours = Hours.of(text)
    assert hours is not None
    assert all(hours.hold(dt.time.fromisoformat(time)) for time in inside)
    assert not any(hours.hold(dt.time.fromisoformat(time)) for time in outside)


@pytest.mark.parametrize("text", ["8-18", "08:00", "24:00-06:00", "08:00-18:60", "08:00-08:00", "08:00 - 18:00", "x"])
def test_what_is_no_time_is_one_line(text: str, tmp_path: Path) -> None:
    """With the file, the line and the key."""
    (tmp_path / "site.toml").write_text(SITE.format(zone="UTC", quiet=f'"{text}"'))
    fault = auditor("sends", tmp_path / "site.toml").fault()
    assert "site.toml, line 9" in fault
    assert "quiet" in fault
    assert text in fault


SITE = """\
[site]
name = "Lab"
client = "Lab"
timezone = "{zone}"
[people]
headcount = 5
eligible = 5
[audit]
quiet = {quiet}
[[device]]
name = "box"
address = "127.0.0.1"
snmp = {{ version = "2c", credential = "never-asked-for", port = 1 }}
"""


def test_the_hours_are_those_of_the_site() -> None:
    """Noon in Paris is eleven o'clock in UTC, in winter."""
    site = sitefile.parse(SITE.format(zone="Europe/Paris", quiet='"12:00-14:00"'))
    noon = dt.datetime(2026, 11, 26, 11, 0, tzinfo=dt.UTC)
    with pytest.raises(QuietHours) as caught:
        respect(site, noon.astimezone(dt.timezone(dt.timedelta(hours=1))))
    assert caught.value.message.values["now"] == "12:00"
    respect(site, noon)
    respect(sitefile.parse(SITE.replace("[audit]\nquiet = {quiet}\n", "").format(zone="UTC")), noon)


COMMANDS = {
    "audit": ("audit", "SITE", "--out", "OUT"),
    "watch": ("watch", "SITE", "--for", "8h"),
    "discover": ("discover", "127.0.0.1", "--site", "SITE"),
    "inspect": ("inspect", "--site", "SITE", "--device", "box"),
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_would_ask_a_device_in_quiet_hours_is_refused_in_one_line(
    command: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2 before a credential is asked for, a history is begun or a folder made."""
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path / "home"))
    now = dt.datetime.now(dt.UTC)
    first, last = ((now + dt.timedelta(hours=hours)).strftime("%H:%M") for hours in (-2, 2))
    (tmp_path / "site.toml").write_text(SITE.format(zone="UTC", quiet=f'"{first}-{last}"'))
    places = {"SITE": tmp_path / "site.toml", "OUT": tmp_path / "out"}
    said = auditor(*(places.get(word, word) for word in COMMANDS[command]), language=language).fault()
    assert first in said
    assert last in said
    assert "quiet" in said
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "home").exists()


def test_what_sends_nothing_is_free_in_quiet_hours(tmp_path: Path) -> None:
    """A dry run, and what an audit may send."""
    (tmp_path / "site.toml").write_text(SITE.format(zone="UTC", quiet='"00:00-23:59"'))
    assert auditor("sends", tmp_path / "site.toml").code == 0
    assert auditor("discover", "127.0.0.1", "--site", tmp_path / "site.toml", "--dry-run").code == 0
