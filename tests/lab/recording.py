"""What tshark hears of an audit, and what its datagrams and connections were."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.daemons import AUTH_WORDS, PRIV_WORDS

READING: Final = {"0": "get", "1": "get-next", "5": "get-bulk"}
"""The kinds of request that read, as tshark numbers the PDUs of RFC 3416; a SET would be 3."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One datagram to an agent, as tshark decoded it."""

    version: str
    user: str
    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """One packet of the recording: when, between whom, and for TCP whether it begins or ends a connection."""

    at: float
    source: str
    target: str
    protocol: str
    ports: tuple[str, str]
    begins: bool
    ends: bool


@contextmanager
def capture(path: Path, wanted: str, interface: str = "lo", prefix: Sequence[str] = ()) -> Iterator[None]:
    """tshark on one interface, for the packets of one filter, and the later fragments of long datagrams."""
    with subprocess.Popen(
        [*prefix, "tshark", "-q", "-i", interface, "-f", f"{wanted} or (ip[6:2] & 0x1fff != 0)", "-w", str(path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "HOME": str(path.parent), "LC_ALL": "C"},
    ) as running:
        assert running.stderr is not None
        assert any("Capturing on" in line for line in running.stderr), "tshark did not start"
        time.sleep(1)  # it says so a moment before it hears anything
        try:
            yield
        finally:
            time.sleep(1)
            running.send_signal(signal.SIGINT)


def decoded(path: Path, ports: Sequence[int]) -> Iterator[Asked]:
    """Each datagram to an agent, those under seal opened with their keys."""
    fields = ("snmp.version", "snmp.msgVersion", "snmp.msgUserName", "snmp.data", "snmp.name")
    words = ["-Y", " or ".join(f"udp.dstport == {p}" for p in ports)]
    words += ["-o", f'uat:snmp_users:"","strong","SHA2-256","{AUTH_WORDS}","AES","{PRIV_WORDS}"']
    words += [word for port in ports for word in ("-d", f"udp.port=={port},snmp")]
    for version, sealed, user, kind, names in _fields(path, words, fields):
        yield Asked(version or sealed, user, kind, tuple(name for name in names.split(",") if name))


def passed(path: Path) -> Iterator[Passed]:
    """Every packet over UDP and TCP, in its order."""
    fields = ("frame.time_epoch", "ip.src", "ip.dst", "udp.port", "tcp.port", "tcp.flags.syn", "tcp.flags.ack",
              "tcp.flags.fin", "tcp.flags.reset")  # fmt: skip
    for at, source, target, udp, tcp, syn, ack, fin, reset in _fields(path, ["-Y", "udp or tcp"], fields):
        first, _, second = (udp or tcp).partition(",")
        true = {"1", "True"}
        yield Passed(
            float(at), source, target, "udp" if udp else "tcp", (first, second), syn in true and ack not in true,
            fin in true or reset in true,
        )  # fmt: skip


def _fields(path: Path, words: Sequence[str], fields: Sequence[str]) -> Iterator[list[str]]:
    told = subprocess.run(
        ["tshark", "-n", "-r", str(path), "-T", "fields", *words, *(word for name in fields for word in ("-e", name))],
        check=True, capture_output=True, encoding="utf-8", env={**os.environ, "HOME": str(path.parent)},
    )  # fmt: skip
    for line in told.stdout.splitlines():
        yield line.split("\t")


def most_open(packets: Sequence[Passed], address: str, port: str = "22") -> int:
    """The most connections to one port of one address that were open at the same moment."""
    open_: set[str] = set()
    most = 0
    for one in packets:
        if one.protocol != "tcp" or port not in one.ports or address not in (one.source, one.target):
            continue
        near = one.ports[0] if one.target == address else one.ports[1]
        open_ = open_ | {near} if one.begins else open_ - {near} if one.ends else open_
        most = max(most, len(open_))
    return most


def most_outstanding(packets: Sequence[Passed], address: str, port: str = "161") -> int:
    """The most requests to one agent that waited for an answer at the same moment."""
    waiting = most = 0
    for one in packets:
        if one.protocol == "udp" and port in one.ports and address in (one.source, one.target):
            waiting += 1 if one.target == address else -1
            most = max(most, waiting)
    return most


def busiest_second(packets: Sequence[Passed], address: str, port: str = "161") -> int:
    """The most requests that one agent was sent within any second."""
    times = [one.at for one in packets if one.protocol == "udp" and one.target == address and one.ports[1] == port]
    return max((sum(at <= other < at + 1 for other in times) for at in times), default=0)
