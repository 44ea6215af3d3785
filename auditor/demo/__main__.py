"""`python -m auditor.demo`: the demo company's devices, in a process of their own that ends with its parent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import sys
import tempfile
from typing import Any

import paramiko

from auditor.demo.agents import agent
from auditor.demo.company import DEVICES, Company
from auditor.demo.shells import shell


def addresses(count: int) -> list[str]:
    """Distinct loopback addresses where the system has them (Linux), else one for all."""
    wanted = [f"127.0.71.{number + 1}" for number in range(count)]
    try:
        for address in wanted:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind((address, 0))
    except OSError:
        return ["127.0.0.1"] * count
    return wanted


def _udp_port(address: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def start(company: Company, address: str, number: int) -> dict[str, Any]:
    """Start one device; returns where it listens."""
    found: dict[str, Any] = {"address": address, "snmp": _udp_port(address)}
    agent(company, address, found["snmp"], number)
    if company.prompt:
        listener = socket.create_server((address, 0))
        found["ssh"] = listener.getsockname()[1]
        shell(company, listener, paramiko.ECDSAKey.generate())
    return found


async def main() -> None:
    """Start every device, say where they are on one line, and stay until the parent goes."""
    where = {
        company.name: start(company, address, number)
        for number, (company, address) in enumerate(zip(DEVICES, addresses(len(DEVICES)), strict=True), 1)
    }
    sys.stdout.write(json.dumps(where) + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)  # ends when the parent's pipe closes


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(KeyboardInterrupt):
        tempfile.tempdir = folder  # pysnmp writes the boot count of a fixed engine id there
        asyncio.run(main())
    os._exit(0)  # threads of open sessions must not hold the process
