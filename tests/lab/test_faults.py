"""What goes wrong on a site, with real daemons: the audit ends in time, says what it lacks, and invents nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.commands import Ended, program
from tests.daemons import Snmpd, snmpd
from tests.lab.conftest import PASSWORD, free_tcp_port, host_key, sshd
from tests.lab.relay import Line, relay

pytestmark = [pytest.mark.lab, pytest.mark.slow]
SECRETS: Final = {"AUDITOR_CREDENTIAL_AGENT": "public", "AUDITOR_CREDENTIAL_LAB": PASSWORD}
WINDOW: Final = 12
STALL: Final = 10
HEAD: Final = '[site]\nname = "Lab"\nclient = "Lab"\n[people]\nheadcount = 5\neligible = 5\n'


def device(name: str, port: int, user: str = "", ssh: int = 0) -> str:
    lines = [
        f'[[device]]\nname = "{name}"\naddress = "127.0.0.1"\nrole = "server"',
        f'snmp = {{ version = "2c", credential = "agent", port = {port} }}',
    ]
    if ssh:
        lines.append(f'ssh = {{ user = "{user}", credential = "lab", port = {ssh} }}')
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Audited:
    """One run of the program on a site, and how long it took."""

    ended: Ended
    seconds: float

    @property
    def devices(self) -> dict[str, dict[str, Any]]:
        return {row["name"]: row for row in self.ended.json["devices"]}


def audited(folder: Path, *words: object, window: int, secrets: Mapping[str, str] = SECRETS) -> Audited:
    """`auditor audit` of the site file of a folder, with the history beside it."""
    began = time.monotonic()
    ended = program(
        "audit", folder / "site.toml", "--out", folder / f"out-{began}", "--window", window, "--accept-new", "--json",
        *words, environment={**secrets, "AUDITOR_HOME": str(folder / "home")},
    )  # fmt: skip
    assert ended.code == 0, ended
    return Audited(ended, time.monotonic() - began)


def readings(row: dict[str, Any]) -> dict[str, Any]:
    return {reading["key"]: reading["value"] for reading in row["readings"]}


def reasons(row: dict[str, Any]) -> str:
    return " ".join([*row.get("problems", ()), *(gap["reason"] for gap in row["gaps"])])


def windows(row: dict[str, Any]) -> dict[str, int]:
    """The interfaces that carry a measured rate, and over how many seconds it was measured."""
    return {one["name"]: one["window_s"] for one in readings(row).get("interfaces", ()) if "in_bps" in one}


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Something that happens while the audit runs; what it raises is raised here."""
    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # told to the test below
            failed.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    yield
    thread.join()
    assert not failed, failed


STEADY: Final = ("identity.platform", "identity.vendor", "identity.name", "identity.os_version", "routes.default")


def agrees(told: dict[str, Any], truth: dict[str, Any]) -> bool:
    """The facts that do not move are told alike, and so are the names and speeds of the interfaces."""
    steady = all(told[key] == truth[key] for key in STEADY if key in told)
    pairs = zip(told.get("interfaces", ()), truth["interfaces"], strict="interfaces" in told)
    return steady and all((a["name"], a.get("speed_bps")) == (b["name"], b.get("speed_bps")) for a, b in pairs)


def once(line: Line, answers: int) -> None:
    """Wait until so many answers were carried, thirty seconds at most."""
    end = time.monotonic() + 30
    while line.answered < answers and time.monotonic() < end:
        time.sleep(0.01)
    assert line.answered >= answers


def cut(line: Line) -> None:
    """Three seconds without a packet, once the agent has begun to tell."""
    once(line, 6)
    line.cut = True
    time.sleep(3)
    line.cut = False


def reboot(line: Line, first: Snmpd, folder: Path, over: threading.Event) -> None:
    """End the agent while its counters are sampled, and start another one in its place until the audit is over."""
    once(line, 12)
    time.sleep(2)
    first.process.kill()
    first.process.wait()
    with snmpd(folder, port=first.port):
        assert over.wait(100)


@dataclass(frozen=True, slots=True)
class Day:
    """An audit of a site where everything goes wrong at once, and the next one when all is mended."""

    bad: Audited
    mended: Audited
    lost: int
    stalled_after: int
    log: str
    """What sshd said of the device whose shell hangs, during the first audit."""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, account: str) -> Day:
    folder = tmp_path_factory.mktemp("faults")
    for name in ("first", "second"):
        (folder / name).mkdir()
    key, hung, over = host_key(folder, "key"), free_tcp_port(), threading.Event()
    with ExitStack() as open_:
        agent = open_.enter_context(snmpd(folder))
        first = open_.enter_context(snmpd(folder / "first"))
        far, stalls, breaks, reboots = (
            open_.enter_context(relay(port, **how))
            for port, how in ((agent.port, {"delay": 0.3, "loss": 0.3}), (agent.port, {"most_answers": STALL}),
                              (agent.port, {}), (first.port, {}))
        )  # fmt: skip
        (folder / "site.toml").write_text(HEAD + "".join((
            device("near", agent.port), device("far", far.port), device("stalls", stalls.port),
            device("breaks", breaks.port), device("reboots", reboots.port),
            device("hangs", agent.port, account, hung),
        )))  # fmt: skip
        with ExitStack() as meanwhiles:
            for work in (lambda: cut(breaks), lambda: reboot(reboots, first, folder / "second", over)):
                meanwhiles.enter_context(meanwhile(work))
            with sshd(folder, account, key, hung, "ForceCommand sleep 300\n") as server:
                bad = audited(folder, window=WINDOW)
                log = server.said()
            lost, stalled_after = far.lost, stalls.answered
            far.delay = far.loss = 0
            stalls.most_answers = -1
            with sshd(folder, account, key, hung):
                mended = audited(folder, "--resume", window=3)
            over.set()
    return Day(bad, mended, lost, stalled_after, log)


def test_whatever_goes_wrong_it_ends_in_time(day: Day) -> None:
    """Every device has its row and a state, and those with less than all say why."""
    assert day.bad.seconds < 100
    rows = day.bad.devices
    assert rows.keys() == {"near", "far", "stalls", "breaks", "reboots", "hangs"}
    assert rows["near"]["status"] == "done"
    assert all(row["problems"] for row in rows.values() if row["status"] != "done")


@pytest.mark.parametrize("name", ["far", "stalls", "breaks", "reboots", "hangs"])
def test_nothing_is_invented(day: Day, name: str) -> None:
    """What a bad line lets through is what a good one tells; the rest is named as missing."""
    row, near = day.bad.devices[name], day.bad.devices["near"]
    assert agrees(readings(row), readings(near))
    lacking = readings(near).keys() - readings(row).keys() - {"link.uplinks"}  # derived from two others
    assert lacking <= {gap["key"] for gap in row["gaps"]}


def test_a_lost_packet_is_asked_for_again(day: Day) -> None:
    """Three packets of ten lost and 300 ms each way: the device is never called dead."""
    assert day.lost > 5, "the line was bad"
    assert day.bad.devices["far"]["status"] in ("done", "partial")
    assert {"identity.name", "system.uptime"} <= readings(day.bad.devices["far"]).keys()


def test_an_agent_that_stalls_is_partial(day: Day) -> None:
    """After ten answers nothing came any more: what it had told is kept, and it says how much is missing."""
    row = day.bad.devices["stalls"]
    assert day.stalled_after == STALL
    assert row["status"] == "partial"
    assert "without an answer" in reasons(row)


def test_no_rate_is_taken_across_a_reboot(day: Day) -> None:
    """Counters that began anew would give an invented rate: only the time on one side of the restart counts."""
    whole, part = (windows(day.bad.devices[name]) for name in ("near", "reboots"))
    assert whole, "the window was long enough for a rate"
    assert all(seconds < whole[name] for name, seconds in part.items())
    assert "interfaces" in readings(day.bad.devices["reboots"])


def test_a_shell_that_hangs_is_left_and_the_other_door_read(day: Day, account: str) -> None:
    """One login, one clear reason, and SNMP all the same."""
    row = day.bad.devices["hangs"]
    assert row["status"] == "partial"
    assert "prompt" in reasons(row)
    assert "interfaces" in readings(row)
    assert day.log.count(f"Accepted password for {account}") == 1


def test_resume_completes_what_was_lacking(day: Day) -> None:
    """Only what was not read is asked again, and then nothing is missing."""
    before, after = day.bad.devices, day.mended.devices
    assert day.mended.ended.json["id"] != day.bad.ended.json["id"], "what was published stays as it is"
    assert {row["status"] for row in after.values()} == {"done"}, {n: reasons(r) for n, r in after.items()}
    assert after["near"]["readings"] == before["near"]["readings"], "what was read is not asked again"
    assert readings(after["stalls"]).keys() >= readings(after["near"]).keys()
    assert "access.ssh_version" in readings(after["hangs"])


def test_fifty_dead_agents_of_two_hundred(tmp_path: Path) -> None:
    """The living are read, the dead named with a reason, in bounded time; once they live, `--resume` completes it."""
    command = [sys.executable, "-m", "benchmarks.agents", "200", "50", "2", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as agents:
        assert agents.stdin is not None
        assert agents.stdout is not None
        ports = json.loads(agents.stdout.readline())
        (tmp_path / "site.toml").write_text(HEAD + "".join(device(f"sw-{n:03}", port) for n, port in enumerate(ports)))
        one = audited(tmp_path, window=3)
        agents.stdin.write("wake\n")
        agents.stdin.flush()
        mended = audited(tmp_path, "--resume", window=3)
        agents.stdin.close()
    assert len(ports) == 200
    assert {row["status"] for row in mended.devices.values()} == {"done"}
    assert mended.devices["sw-000"]["readings"] == one.devices["sw-000"]["readings"], "the living are not asked again"
    assert one.seconds < 110
    live = {name for name, row in one.devices.items() if "interfaces" in readings(row)}
    assert live == {f"sw-{n:03}" for n in range(150)}
    failed = {name: row for name, row in one.devices.items() if row["status"] == "failed"}
    assert failed.keys() == one.devices.keys() - live
    assert all(row["problems"] for row in failed.values())
