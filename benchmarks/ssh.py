"""The SSH door against netmiko's defaults: fifty routers on loopback, eight commands each, in one run.

`python -m benchmarks.ssh [--devices N] [--rounds N] [--at-once N]` starts its routers in a process pinned to one core
and its contenders, one after the other, in processes pinned to another; prints the ratio of their wall times beside
its target. It fails (exit 1) where outputs are not equal, a device is missing, or the ratio misses the target.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.sshd import COMMANDS, PASSWORD, USER

ROUTERS_CORE, OUR_CORE = 0, 1
TARGET: Final = 0.75


def ours(ports: Sequence[int], at_once: int) -> Mapping[str, str]:
    """Every answer through the product's door: host keys pinned, lines checked, answers redacted and recorded."""
    return asyncio.run(_ours(ports, at_once))


async def _ours(ports: Sequence[int], at_once: int) -> Mapping[str, str]:
    from auditor.collectors.hostkeys import HostKeyFile, accept_new
    from auditor.collectors.ssh import Pace, SshStation
    from auditor.collectors.transcript import Transcript
    from auditor.collectors.transport import Credential, Secret
    from auditor.collectors.vendors import by_platform
    from auditor.site import SshAccess, Target

    page, found, room = by_platform("cisco_ios"), dict[str, str](), asyncio.Semaphore(at_once)
    with tempfile.TemporaryDirectory() as folder:
        keys = HostKeyFile(Path(folder) / "known_hosts", accept_new)
        async with SshStation(Pace(in_flight=at_once)) as station:

            async def one(place: int) -> None:
                target = Target(f"router-{place}", "127.0.0.1", ssh=SshAccess(USER, "main", ports[place]))
                async with room:
                    door = await station.open(
                        target, Credential(Secret(PASSWORD)), None, page, keys, Transcript(target.name), str
                    )
                    for command in COMMANDS:
                        found[f"{place} {command}"] = await door.show(command)
                    await door.close()

            await asyncio.gather(*map(one, range(len(ports))))
    return found


def netmiko(ports: Sequence[int], at_once: int) -> Mapping[str, str]:
    """Every answer through netmiko as it comes: ConnectHandler, send_command, disconnect, in as many threads."""
    from netmiko import ConnectHandler

    found: dict[str, str] = {}

    def one(place: int) -> None:
        device = ConnectHandler(
            device_type="cisco_ios", host="127.0.0.1", port=ports[place], username=USER, password=PASSWORD
        )
        for command in COMMANDS:
            found[f"{place} {command}"] = str(device.send_command(command))
        device.disconnect()

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, range(len(ports))))
    return found


CONTENDERS = {"ours": ours, "netmiko": netmiko}


def contend(name: str, at_once: int) -> None:
    """Run one contender in this process on the ports read from standard input; print seconds, answers, digest."""
    os.sched_setaffinity(0, {OUR_CORE})
    ports = json.load(sys.stdin)
    CONTENDERS[name](ports[:1], 1)  # imports are not what is measured
    cpu, begun = time.process_time(), time.perf_counter()
    found = CONTENDERS[name](ports, at_once)
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    rows = sorted((question, answer.replace("\r\n", "\n").strip("\n")) for question, answer in found.items())
    print(json.dumps([wall, cpu, len(rows), hashlib.sha256(json.dumps(rows).encode()).hexdigest()]))


def of(name: str, ports: Sequence[int], at_once: int) -> tuple[float, float, int, str]:
    """Wall and CPU seconds of one contender in a child process, its answers, and what they are."""
    command = [sys.executable, "-m", "benchmarks.ssh", "--contend", name, "--at-once", str(at_once)]
    done = subprocess.run(command, input=json.dumps(ports), capture_output=True, text=True, check=True)
    wall, cpu, rows, digest = json.loads(done.stdout)
    return wall, cpu, rows, digest


@contextmanager
def routers(count: int) -> Iterator[list[int]]:
    """The ports of running routers; prints the CPU they took."""
    command = [sys.executable, "-m", "benchmarks.sshd", str(count), str(ROUTERS_CORE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield json.loads(process.stdout.readline())
        process.stdin.close()
        print(f"  CPU of the routers: {float(process.stdout.readline()):.2f} s")


def race(devices: int, rounds: int, at_once: int) -> bool:
    """Both in turn, on the same routers."""
    with routers(devices) as ports:
        pairs = [(of("ours", ports, at_once), of("netmiko", ports, at_once)) for _ in range(rounds)]
    mine, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
    wall, their_wall = (statistics.median(run[0] for run in runs) for runs in (mine, theirs))
    cpu, their_cpu = (statistics.median(run[1] for run in runs) for runs in (mine, theirs))
    said = f"{devices} devices x {len(COMMANDS)} commands, {at_once} at once"
    print(f"{said}: door {wall:.2f} s, netmiko {their_wall:.2f} s, ratio {wall / their_wall:.2f} (target <= {TARGET})")
    print(f"  CPU: {cpu:.2f} s and {their_cpu:.2f} s")
    wanted = devices * len(COMMANDS)
    same = {run[2:] for run in (*mine, *theirs)} == {(wanted, mine[0][3])}
    print(f"  {wanted} answers, equal to netmiko's: {'yes' if same else 'no'}")
    return same and wall / their_wall <= TARGET


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=10, help="devices in flight; the product's own default")
    parser.add_argument("--contend", choices=CONTENDERS, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.contend:
        contend(words.contend, words.at_once)
        return 0
    return 0 if race(words.devices, words.rounds, words.at_once) else 1


if __name__ == "__main__":
    sys.exit(main())
