"""Walk a real agent's interface table through the SNMP door and with net-snmp's own walker, in the same run.

Prints the ratio of wall times (ours / yardstick); `python benchmarks/walk.py [ROUNDS]`.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from auditor.collectors.snmp import SnmpStation
from auditor.collectors.transcript import Transcript
from auditor.collectors.vendors.iftable import ROWS
from tests.daemons import Snmpd, credential, snmpd


async def ours(agent: Snmpd) -> float:
    """Seconds for one conversation: the greeting and every column of the interface table."""
    begun = time.perf_counter()
    async with SnmpStation() as station:
        door = await station.open(agent.target(), credential(), Transcript("bench"))
        await door.walk(ROWS)
    return time.perf_counter() - begun


def yardstick(agent: Snmpd) -> float:
    """Seconds for snmpbulkwalk, one process for each column, as a shell script would do it."""
    begun = time.perf_counter()
    for root in ROWS:
        subprocess.run(
            ["snmpbulkwalk", "-v2c", "-c", credential().secret.reveal(), "-On", f"{agent.address}:{agent.port}", root],
            env={**os.environ, "MIBS": ""},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    return time.perf_counter() - begun


def main(rounds: int = 5) -> None:
    """Alternate both and print medians and their ratio."""
    with tempfile.TemporaryDirectory() as folder, snmpd(Path(folder)) as agent:
        pairs = [(asyncio.run(ours(agent)), yardstick(agent)) for _ in range(rounds)]
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"door {mine:.3f} s, snmpbulkwalk {theirs:.3f} s, ratio {mine / theirs:.2f} (median of {rounds})")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
