"""The SNMP door against net-snmp's walker and against pysnmp's own API, on two hundred agents of loopback, in one run.

`python -m benchmarks.snmp [--agents N] [--rounds N]` starts its agents in a process pinned to one core and its
contenders, one after the other, pinned to another; prints ratios beside their targets, and the CPU of the agents.
It fails (exit 1) when rows are missing, values differ from the stock API, or a live device is called dead.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.agents import AUTH_WORDS, COLUMNS, COMMUNITY, PRIV_WORDS, ROWS, USER

AGENTS_CORE, OUR_CORE = 0, 1
SILENT: Final = 40
GROUP, REPETITIONS = 4, 25  # what one GETBULK asks; the walker gets the same repetitions
TARGETS: Final = {"2c": 0.45, "3": 0.55}
CPU_TARGET, SILENT_TARGET_S = 0.35, 5.0


@dataclass(frozen=True, slots=True)
class Run:
    """One contender's run: wall seconds, its CPU seconds, rows read, devices that failed, a digest of all values."""

    wall: float
    cpu: float
    rows: int
    failed: tuple[int, ...] = ()
    digest: str = ""


# ---- the contenders, each in a process of its own ----


async def door(ports: Sequence[int], version: Any) -> tuple[dict[str, str], list[int]]:
    """All devices through the product's door, at its default pace."""
    from auditor.collectors.snmp import SnmpStation
    from auditor.collectors.transcript import Transcript
    from auditor.collectors.transport import CollectError, Credential, Secret
    from auditor.site import SnmpAccess, Target

    three = version == "3"
    access = [SnmpAccess(version, "bench", port, USER, "sha256", "aes128") if three else
              SnmpAccess(version, "bench", port) for port in ports]  # fmt: skip
    given = Credential(Secret(AUTH_WORDS), Secret(PRIV_WORDS)) if three else Credential(Secret(COMMUNITY))
    found: dict[str, str] = {}
    failed: list[int] = []

    async with SnmpStation() as station:

        async def one(place: int) -> None:
            target = Target(f"agent-{place}", "127.0.0.1", snmp=access[place])
            try:
                opened = await station.open(target, given, Transcript(target.name))
                values = await opened.walk(COLUMNS)
            except CollectError:
                failed.append(place)
            else:
                found.update({f"{place} {oid}": _text(value) for oid, value in values.items()})

        await asyncio.gather(*map(one, range(len(ports))))
    return found, failed


async def stock(ports: Sequence[int], version: str) -> tuple[dict[str, str], list[int]]:
    """The same questions through pysnmp's own `bulk_cmd(lookupMib=False)`, fifty devices at a time."""
    from pysnmp.hlapi.v3arch.asyncio import USM_AUTH_HMAC192_SHA256 as SHA256
    from pysnmp.hlapi.v3arch.asyncio import USM_PRIV_CFB128_AES as AES128
    from pysnmp.hlapi.v3arch.asyncio import CommunityData, SnmpEngine, UdpTransportTarget, UsmUserData

    engine = SnmpEngine()
    auth = (
        UsmUserData(USER, AUTH_WORDS, PRIV_WORDS, authProtocol=SHA256, privProtocol=AES128)
        if version == "3"
        else CommunityData(COMMUNITY)
    )
    found: dict[str, str] = {}
    room = asyncio.Semaphore(50)

    async def one(place: int) -> None:
        peer = await UdpTransportTarget.create(("127.0.0.1", ports[place]), timeout=2, retries=1)
        for start in range(0, len(COLUMNS), GROUP):
            async for oid, value in _stock_rows(engine, auth, peer, COLUMNS[start : start + GROUP], room):
                found[f"{place} {oid}"] = _text(value)

    await asyncio.gather(*map(one, range(len(ports))))
    engine.close_dispatcher()
    return found, []


async def _stock_rows(engine: Any, auth: Any, peer: Any, columns: Sequence[str], room: Any) -> Any:
    """The rows of columns read side by side until all have ended."""
    from pysnmp.hlapi.v3arch.asyncio import ContextData, ObjectIdentity, ObjectType, bulk_cmd
    from pysnmp.proto.rfc1905 import EndOfMibView

    at = {column: column for column in columns}
    while at:
        asked = list(at)
        names = [ObjectType(ObjectIdentity(at[column])) for column in asked]
        async with room:
            trouble, status, _, rows = await bulk_cmd(
                engine, auth, peer, ContextData(), 0, REPETITIONS, *names, lookupMib=False
            )
        assert not trouble, trouble
        assert not int(status)
        for place, (name, value) in enumerate(rows):
            column, oid = asked[place % len(asked)], str(name)
            if column not in at:
                continue
            if isinstance(value, EndOfMibView) or not oid.startswith(column + "."):
                del at[column]
            else:
                at[column] = oid
                yield oid, value


def _text(value: Any) -> str:
    """A value of either API in the same letters."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int | str):
        return str(value)
    return bytes(value.asOctets()).hex() if hasattr(value, "asOctets") else str(int(value))


def contend(name: str, version: str) -> None:
    """Run one contender in this process on the ports read from standard input; print its Run as JSON."""
    os.sched_setaffinity(0, {OUR_CORE})
    ports = json.load(sys.stdin)
    contender = {"door": door, "stock": stock}[name]
    asyncio.run(contender([], version))  # imports are not what is measured
    cpu, begun = time.process_time(), time.perf_counter()
    found, failed = asyncio.run(contender(ports, version))
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    digest = hashlib.sha256(json.dumps(sorted(found.items())).encode()).hexdigest()
    print(json.dumps([wall, cpu, len(found), sorted(failed), digest]))


def of(name: str, version: str, ports: Sequence[int]) -> Run:
    """A run of one contender in a child process."""
    command = [sys.executable, "-m", "benchmarks.snmp", "--contend", name, version]
    done = subprocess.run(command, input=json.dumps(ports), capture_output=True, text=True, check=True)
    wall, cpu, rows, failed, digest = json.loads(done.stdout)
    return Run(wall, cpu, rows, tuple(failed), digest)


def walker(version: str, ports: Sequence[int]) -> Run:
    """`xargs -P4 snmpbulkwalk`, one process for each column of each agent, as a shell script would do it."""
    security = (
        ["-v3", "-u", USER, "-l", "authPriv", "-a", "SHA-256", "-A", AUTH_WORDS, "-x", "AES", "-X", PRIV_WORDS]
        if version == "3"
        else ["-v2c", "-c", COMMUNITY]
    )
    command = ["xargs", "-P4", "-L1", "snmpbulkwalk", *security, f"-Cr{REPETITIONS}", "-On"]
    jobs = "".join(f"127.0.0.1:{port} {column}\n" for port in ports for column in COLUMNS)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryFile() as output:
        subprocess.run(
            command, input=jobs.encode(), stdout=output, check=True, env={**os.environ, "MIBS": ""},
            preexec_fn=lambda: os.sched_setaffinity(0, {OUR_CORE}),
        )  # fmt: skip
        wall = time.perf_counter() - begun
        output.seek(0)
        rows = sum(1 for _ in output)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall, cpu, rows)


# ---- the races ----


@contextmanager
def agents(count: int, silent: int = 0) -> Iterator[list[int]]:
    """The ports of running agents, the silent ones last; prints the CPU they took."""
    command = [sys.executable, "-m", "benchmarks.agents", str(count), str(silent), str(ROWS), str(AGENTS_CORE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield json.loads(process.stdout.readline())
        process.stdin.close()
        print(f"  CPU of the agents: {float(process.stdout.readline()):.2f} s")


def median(runs: Iterable[Run], of: str) -> float:
    return statistics.median(float(getattr(run, of)) for run in runs)


def against_walker(version: str, count: int, rounds: int) -> bool:
    """Wall time of all agents and columns, ours and the walker's, in turn."""
    with agents(count) as ports:
        pairs = [(of("door", version, ports), walker(version, ports)) for _ in range(rounds)]
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    mine, yours = median(ours, "wall"), median(theirs, "wall")
    print(
        f"v{version}, {count} agents x {len(COLUMNS)} columns: door {mine:.2f} s, xargs -P4 snmpbulkwalk {yours:.2f} s,"
        f" ratio {mine / yours:.2f} (target <= {TARGETS[version]})"
    )
    rows = {run.rows for run in (*ours, *theirs)}
    return _said(rows == {count * len(COLUMNS) * ROWS}, f"{count * len(COLUMNS) * ROWS} rows in every run", rows)


def against_stock(version: str, count: int, rounds: int) -> bool:
    """CPU of a row, ours and pysnmp's own, and whether the values are the same."""
    with agents(count) as ports:
        pairs = [(of("door", version, ports), of("stock", version, ports)) for _ in range(rounds)]
    mine, yours = (median([pair[side] for pair in pairs], "cpu") / pairs[0][side].rows * 1e6 for side in (0, 1))
    print(
        f"v{version}, CPU of a row: door {mine:.1f} us, bulk_cmd(lookupMib=False) {yours:.1f} us,"
        f" ratio {mine / yours:.2f} (target <= {CPU_TARGET})"
    )
    same = len({(run.rows, run.digest) for pair in pairs for run in pair}) == 1
    return _said(same, f"values of {pairs[0][0].rows} rows equal to the stock API", pairs)


def with_silent(version: str, count: int, silent: int, rounds: int) -> bool:
    """All-live wall time, and the same with some devices that never answer."""
    with agents(count) as ports:
        alive = [of("door", version, ports) for _ in range(rounds)]
    with agents(count, silent) as ports:
        mixed = [of("door", version, ports) for _ in range(rounds)]
    live, late = median(alive, "wall"), median(mixed, "wall")
    print(
        f"v{version}, {silent} of {count} silent: {late:.2f} s, all live {live:.2f} s,"
        f" difference {late - live:+.2f} s (target <= {SILENT_TARGET_S:.0f} s)"
    )
    dead = tuple(range(count - silent, count))
    right = all(run.failed == dead and run.rows == (count - silent) * len(COLUMNS) * ROWS for run in mixed)
    return _said(right, "only the silent ones are called dead, no row is missing", mixed)


def _said(good: bool, what: str, found: object) -> bool:
    print(f"  {what}: {'yes' if good else f'NO: {found}'}")
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--contend", nargs=2, metavar=("NAME", "VERSION"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contend:
        contend(*given.contend)
        return
    good = []
    for version in ("2c", "3"):
        good.append(against_walker(version, given.agents, given.rounds))
        good.append(against_stock(version, max(2, given.agents // 5), given.rounds))
        good.append(with_silent(version, given.agents, given.agents * SILENT // 200, given.rounds))
    raise SystemExit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
