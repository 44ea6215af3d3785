"""Real daemons on loopback, unprivileged: each a context manager that ends what it started."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from auditor.collectors.transport import Credential, Secret
from auditor.site import SnmpAccess, Target

AUTH_WORDS, PRIV_WORDS = "authpass-12345", "privpass-12345"
USERS = (
    'createUser strong SHA-256 "authpass-12345" AES "privpass-12345"',
    'createUser longer SHA-512 "authpass-12345" AES-256 "privpass-12345"',
    'createUser cisco SHA "authpass-12345" AES-256 "privpass-12345"',
    'createUser plain SHA-384 "authpass-12345"',
    'createUser old MD5 "authpass-12345" DES "privpass-12345"',
    "createUser open",
    "rouser strong priv",
    "rouser longer priv",
    "rouser cisco priv",
    "rouser plain auth",
    "rouser old priv",
    "rouser open noauth",
)


@dataclass(frozen=True, slots=True)
class Snmpd:
    """A running snmpd: where it listens, and its process."""

    address: str
    port: int
    process: subprocess.Popen[bytes]

    def target(
        self, version: Literal["1", "2c", "3"] = "2c", user: str = "", auth: str = "", priv: str = "", name: str = "box"
    ) -> Target:
        """This agent as a site file would name it."""
        access = SnmpAccess(version, "test", self.port, user, auth, priv)
        return Target(name, self.address, snmp=access)


def credential(secret: str = "public", privacy: str = "") -> Credential:
    """A throw-away credential."""
    return Credential(Secret(secret), Secret(privacy) if privacy else None)


def free_port(address: str = "127.0.0.1") -> int:
    """A UDP port that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


@contextmanager
def snmpd(folder: Path, address: str = "127.0.0.1", extra: tuple[str, ...] = (), port: int = 0) -> Iterator[Snmpd]:
    """A net-snmp agent with community `public`, the users of USERS and `extra` lines of configuration."""
    program = shutil.which("snmpd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("snmpd is not installed")
    port = port or free_port(address)
    config, state = folder / f"snmpd-{port}.conf", folder / f"state-{port}"
    config.write_text("\n".join((f"agentAddress udp:{address}:{port}", "rocommunity public", *USERS, *extra)) + "\n")
    state.mkdir()
    command = [program, "-f", "-Lf", str(folder / f"log-{port}"), "-C", "-c", str(config), f"--persistentDir={state}"]
    process = subprocess.Popen(command, env={**os.environ, "MIBS": ""})
    try:
        _wait(address, port, process)
        yield Snmpd(address, port, process)
    finally:
        process.kill()
        process.wait()


def _wait(address: str, port: int, process: subprocess.Popen[bytes]) -> None:
    """Until the agent answers an SNMPv2c request for sysUpTime, ten seconds at most."""
    question = bytes.fromhex("302602010104067075626c6963a01902014d020100020100300e300c06082b060102010103000500")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((address, port))
        asking.settimeout(0.2)
        for _ in range(50):
            assert process.poll() is None, "snmpd ended at once"
            try:
                asking.send(question)
                asking.recv(4096)
            except TimeoutError:
                continue
            except ConnectionRefusedError:
                time.sleep(0.1)
            else:
                return
    raise AssertionError("snmpd did not answer in time")
