"""A whole audit as tshark and the shell of the device saw it: what was sent is what `auditor sends` lists, no more."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from tests.commands import program
from tests.daemons import AUTH_WORDS, PRIV_WORDS, snmpd
from tests.lab.conftest import PASSWORD, free_tcp_port, host_key, sshd
from tests.lab.recording import READING, Asked, capture, decoded
from tests.lab.test_faults import HEAD, Audited, audited, device, readings

pytestmark = [pytest.mark.lab, pytest.mark.slow]
COMMUNITY: Final = "lab-community-5uX"
SECRETS: Final = {
    "AUDITOR_CREDENTIAL_AGENT": COMMUNITY,
    "AUDITOR_CREDENTIAL_LAB": PASSWORD,
    "AUDITOR_CREDENTIAL_SEALED": AUTH_WORDS,
    "AUDITOR_CREDENTIAL_SEALED_PRIV": PRIV_WORDS,
}
WINDOW: Final = 5
WRONG_DATE: Final = "1987-03-01"
RC: Final = """\
unset HISTFILE
PS0='$(history 1 >> {typed})'
PATH={folder}/bin-{name}:$PATH
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An audit, what `auditor sends` had listed, and what the others saw of it."""

    audit: Audited
    listed: frozenset[str]
    asked: tuple[Asked, ...]
    octets: bytes
    typed: tuple[str, ...]
    load: dict[str, float]
    """Seconds of processor time that the audit cost each daemon, its children included."""
    year: int


def seconds(pid: int) -> float:
    """Processor time of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def sealed(port: int) -> str:
    return (
        '[[device]]\nname = "sealed"\naddress = "127.0.0.1"\nrole = "router"\n'
        'snmp = { version = "3", user = "strong", auth = "sha256", priv = "aes128", credential = "sealed", '
        f"port = {port} }}\n"
    )


def shells(folder: Path) -> dict[str, str]:
    """For each device the command that sshd runs in place of the shell: bash that notes what is typed into it."""
    found = {}
    for name in ("box", "late"):
        (folder / f"bin-{name}").mkdir(mode=0o755)
        typed, rc = folder / f"typed-{name}", folder / f"rc-{name}"
        typed.touch()
        typed.chmod(0o666)
        rc.write_text(RC.format(typed=typed, folder=folder, name=name))
        found[name] = f"ForceCommand exec /bin/bash --noprofile --rcfile {rc} -i\n"
    date = folder / "bin-late" / "date"
    date.write_text(f'#!/bin/sh\nexec /usr/bin/date -d {WRONG_DATE} "$@"\n')
    date.chmod(0o755)
    return found


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, account: str) -> Recorded:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    folder, out = tmp_path_factory.mktemp("recorded"), tmp_path_factory.mktemp("watching")
    with ExitStack() as open_:
        seen = Path(open_.enter_context(TemporaryDirectory(prefix="auditor-lab-", dir="/tmp")))
        seen.chmod(0o755)  # pytest takes its own folders back for their owner when another run of it starts
        agent = open_.enter_context(snmpd(folder, extra=(f"rocommunity {COMMUNITY}",)))
        servers = {
            name: open_.enter_context(sshd(folder, account, host_key(folder, name), free_tcp_port(), extra))
            for name, extra in shells(seen).items()
        }
        (folder / "site.toml").write_text(HEAD + sealed(agent.port) + "".join(
            device(name, agent.port, account, server.port) for name, server in servers.items()
        ))  # fmt: skip
        listing = program("sends", folder / "site.toml")
        pids = {"snmpd": agent.process.pid, **{f"sshd {n}": int(_pid(folder, n)) for n in servers}}
        year = time.gmtime().tm_year
        before = {name: seconds(pid) for name, pid in pids.items()}
        heard = " or ".join(f"port {port}" for port in (agent.port, *(server.port for server in servers.values())))
        with capture(out / "all.pcapng", heard):
            audit = audited(folder, window=WINDOW, secrets=SECRETS)
        load = {name: seconds(pid) - before[name] for name, pid in pids.items()}
        lines = [line for name in servers for line in (seen / f"typed-{name}").read_text().splitlines()]
    return Recorded(
        audit,
        frozenset(line.strip() for line in listing.out.splitlines()),
        tuple(decoded(out / "all.pcapng", (agent.port,))),
        (out / "all.pcapng").read_bytes(),
        tuple(re.sub(r"^\s*\d+\s+", "", line) for line in lines),
        load,
        year,
    )


def _pid(folder: Path, key: str) -> str:
    return (folder / f"{key}.pid").read_text()


def test_only_reading_requests_for_listed_oids_went_out(recorded: Recorded) -> None:
    """Every PDU in the recording, those under seal too, is a GET, GETNEXT or GETBULK below an OID of `sends`."""
    roots = [line for line in recorded.listed if re.fullmatch(r"\d+(\.\d+)+", line)]
    asked = [one for one in recorded.asked if one.names]
    assert {one.version for one in asked} == {"1", "3"}, "v2c is 1 on the wire; both were opened"
    assert len([one for one in asked if one.user == "strong"]) > 10
    assert {"0", "5"} <= {one.kind for one in recorded.asked} <= READING.keys()
    strange = {name for one in asked for name in one.names if not any(f"{name}.".startswith(f"{r}.") for r in roots)}
    assert not strange
    bare = [one for one in recorded.asked if not one.names]
    assert {(one.version, one.kind) for one in bare} <= {("3", "0")}, "engine discovery names no object and no SET"


def test_the_recording_holds_no_secret_but_the_community(recorded: Recorded) -> None:
    """The v2c community is in the clear, as its protocol has it: the recording sees what is there to see."""
    assert COMMUNITY.encode() in recorded.octets
    for secret in (PASSWORD, AUTH_WORDS, PRIV_WORDS):
        assert secret.encode() not in recorded.octets
    assert b"strong" in recorded.octets


def test_only_listed_lines_were_typed_and_the_evidence_tells_them_all(recorded: Recorded) -> None:
    """The shell of the device saw the lines of `sends`, and each one stands in the evidence of the audit."""
    told = {row["request"] for row in recorded.audit.ended.json["evidence"] if row["method"] == "ssh"}
    typed = set(recorded.typed) - {"exit"}
    assert len(typed) > 20
    assert typed <= recorded.listed, typed - recorded.listed
    session = {line for line in typed if line.startswith("export ")}
    assert typed - session <= told, typed - session - told


def test_a_wrong_clock_on_a_device_makes_nothing_wrong(recorded: Recorded) -> None:
    """A host that believes it is 1987 tells what the right one tells; what we date, we date by our own clock."""
    rows = recorded.audit.devices
    right, wrong = readings(rows["box"]), readings(rows["late"])
    moving = {"interfaces", "system.clock", "system.uptime", "system.cpu", "system.memory", "host.sessions"}
    assert right.keys() == wrong.keys()
    assert {key: right[key] for key in right.keys() - moving} == {key: wrong[key] for key in right.keys() - moving}
    assert rows["late"]["status"] == rows["box"]["status"]
    assert any(line == "date +%s" for line in recorded.typed), "its clock was asked for"
    whole = recorded.audit.ended.json
    times = [one["at"] for row in (*whole["devices"], whole) for one in row.get("readings", ())]
    times += [one["at"] for one in whole["evidence"]]
    assert len(times) > 50
    assert {at[:4] for at in times} <= {str(recorded.year), str(recorded.year + 1)}


def test_the_load_on_the_daemons_is_small(recorded: Recorded) -> None:
    """Processor time that one audit costs each daemon: printed, and far below one second a device."""
    said = ", ".join(f"{name} {spent:.2f} s" for name, spent in recorded.load.items())
    sys.stdout.write(f"processor time for an audit of {recorded.audit.seconds:.0f} s: {said}\n")
    assert recorded.load["snmpd"] < 3 * 0.7
    assert all(0 < spent < 5 for name, spent in recorded.load.items() if name != "snmpd"), recorded.load


def test_nothing_is_left(recorded: Recorded, account: str) -> None:
    """Neither a process of the account nor a daemon of this file."""
    told = subprocess.run(["ps", "-u", account, "-o", "pid="], capture_output=True, encoding="utf-8", check=False)
    assert not told.stdout.strip()
