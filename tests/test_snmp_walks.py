"""The SNMP door against net-snmp's own walker, on a real snmpd: row for row, value for value."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.snmp import SnmpStation
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import SnmpValue
from tests import passing
from tests.daemons import AUTH_WORDS, PRIV_WORDS, Snmpd, credential, snmpd

LARGE = "1.3.6.1.4.1.8072.9999.9999"
INTERFACES, EXTENDED, SYSTEM = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.3.6.1.2.1.1"
LEVELS = (("1", "", "", ""), ("2c", "", "", ""), ("3", "open", "", ""), ("3", "plain", "sha384", ""),
          ("3", "strong", "sha256", "aes128"), ("3", "old", "md5", "des"))  # fmt: skip
SPELLED = {"md5": "MD5", "sha256": "SHA-256", "sha384": "SHA-384", "aes128": "AES", "des": "DES"}


def yardstick(agent: Snmpd, root: str, level: tuple[str, str, str, str]) -> dict[str, str]:
    """What snmpbulkwalk (snmpwalk for version 1) prints: numeric, strings in hex, ticks plain."""
    version, user, auth, priv = level
    security = ["-c", "public"]
    if version == "3":
        security = ["-u", user, "-l", "authPriv" if priv else "authNoPriv" if auth else "noAuthNoPriv"]
        security += ["-a", SPELLED[auth], "-A", AUTH_WORDS] if auth else []
        security += ["-x", SPELLED[priv], "-X", PRIV_WORDS] if priv else []
    program = shutil.which("snmpwalk" if version == "1" else "snmpbulkwalk")
    if program is None:
        pytest.skip("snmpbulkwalk is not installed")
    done = subprocess.run(
        [program, f"-v{version}", *security, "-Onxt", f"{agent.address}:{agent.port}", root],
        env={**os.environ, "MIBS": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = re.split(r"^\.(?=1\.3\.6)", done.stdout, flags=re.M)[1:]
    rows = dict(line.split(" = ", 1) for line in lines)
    return {oid: " ".join(text.split()) for oid, text in rows.items() if not text.startswith("No more")}


def spelled(value: SnmpValue, like: str) -> str:
    """A value of ours as the walker spells one of this kind."""
    if isinstance(value, bytes):
        return f"Hex-STRING: {value.hex(' ').upper()}" if value else '""'
    if isinstance(value, str):
        return f"OID: .{value}" if like.startswith("OID") else f"IpAddress: {value}"
    return str(value) if ": " not in like else f"{like.split(': ')[0]}: {value}"


async def ours(agent: Snmpd, roots: tuple[str, ...], level: tuple[str, str, str, str]) -> dict[str, SnmpValue]:
    given = credential(AUTH_WORDS, PRIV_WORDS) if level[0] == "3" else credential()
    version: Any = level[0]
    async with SnmpStation() as station:
        door = await station.open(agent.target(version, *level[1:]), given, Transcript("box"))
        return dict(await door.walk(roots))


def unequal(mine: dict[str, SnmpValue], before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Rows that differ from the walker's; what changed between its two walks may be either."""
    found = [f"only one has {oid}" for oid in before.keys() ^ mine.keys()]
    for oid, value in mine.items():
        like = before.get(oid, "")
        if spelled(value, like) not in (like, after.get(oid)) and like == after.get(oid):
            found.append(f"{oid}: {value!r} is not {like}")
    return found


IN_ALL_RUNS = (LEVELS[1], LEVELS[4])


@pytest.mark.parametrize(
    "level", [pytest.param(one, marks=() if one in IN_ALL_RUNS else pytest.mark.slow) for one in LEVELS], ids=" ".join
)
def test_ten_thousand_rows_are_those_of_the_walker(level: tuple[str, str, str, str], tmp_path: Path) -> None:
    """Every type at its limits, in every version and level; nothing missing, doubled or changed."""
    program = Path(passing.__file__)
    line = f"pass_persist .{LARGE} {sys.executable} -u {program} {LARGE}"
    with snmpd(tmp_path, extra=(line,)) as agent:
        theirs = yardstick(agent, LARGE, level)
        mine = asyncio.run(ours(agent, (LARGE,), level))
    # SNMPv1 has no Counter64: its agents leave these rows out
    assert len(theirs) == passing.EACH * (len(passing.KINDS) - (level[0] == "1"))
    assert unequal(mine, theirs, theirs) == []


@pytest.mark.slow
def test_forty_eight_interfaces_are_those_of_the_walker() -> None:
    """A host with 48 ports of its own, in a network namespace; v1, v2c and v3, columns apart and side by side."""
    unshare, ip = shutil.which("unshare"), shutil.which("ip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if unshare is None or ip is None or subprocess.run([unshare, "-Urn", "true"], check=False).returncode:
        pytest.skip("no network namespace can be made here")
    done = subprocess.run(
        [unshare, "-Urn", sys.executable, "-m", "tests.test_snmp_walks", ip],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {level: found["unequal"] for level, found in told.items()} == {" ".join(level): [] for level in LEVELS}
    for found in told.values():
        assert found["interfaces"] == 49  # the loopback too
        assert found["rows"] > 49 * 20


def in_namespace(ip: str) -> None:
    """Make 24 pairs of ports, walk them in every way, print what was found as JSON."""
    commands = ["link set lo up", *(f"link add left{n} type veth peer name right{n}" for n in range(24))]
    subprocess.run([ip, "-batch", "-"], input="\n".join(commands), text=True, check=True, stdout=sys.stderr)
    told = {}
    with tempfile.TemporaryDirectory() as folder, snmpd(Path(folder)) as agent:
        for level in LEVELS:
            roots = (INTERFACES, EXTENDED, SYSTEM)
            before = {oid: text for root in roots for oid, text in yardstick(agent, root, level).items()}
            mine = asyncio.run(ours(agent, roots, level))
            columns = sorted({".".join(oid.split(".")[:10]) for oid in mine if oid.startswith(INTERFACES)})
            apart = asyncio.run(ours(agent, tuple(columns), level))
            after = {oid: text for root in roots for oid, text in yardstick(agent, root, level).items()}
            wrong = unequal(mine, before, after)
            part = {oid: text for oid, text in before.items() if oid.startswith(INTERFACES)}
            wrong += unequal(apart, part, after)
            names = sum(oid.startswith(f"{INTERFACES}.2.") for oid in mine)
            told[" ".join(level)] = {"unequal": wrong, "interfaces": names, "rows": len(mine)}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    in_namespace(sys.argv[1])
