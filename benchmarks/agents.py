"""SNMP agents for the benchmarks: many sockets in one process, answers encoded once, v2c and v3, loopback only.

`python -m benchmarks.agents COUNT SILENT ROWS CORE` prints its ports as JSON, answers until its standard input closes,
then prints the seconds of CPU it took. The agents of the last SILENT ports read every question and answer none, until a
line on standard input wakes them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import selectors
import socket
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Final

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from auditor.collectors import ber

COMMUNITY: Final = "public"
USER, AUTH_WORDS, PRIV_WORDS = "bench", "authpass-12345", "privpass-12345"
IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
COLUMNS: Final = (
    *(f"{IF}.{column}" for column in (2, 3, 4, 5, 7, 8, 14, 20)),  # descr, type, mtu, speed, admin, oper, errors
    *(f"{IFX}.{column}" for column in (1, 6, 10, 15)),  # name, HC octets in and out, high speed
)
ROWS: Final = 48
_MOST_OCTETS: Final = 1400  # of bindings in a reply: agents keep to what an Ethernet frame holds
_GET, _NEXT, _BULK = 0xA0, 0xA1, 0xA5
_AES_BITS: Final = 128

Number = tuple[int, ...]


def sub_identifiers(oid: Iterable[int]) -> bytes:
    """The contents of an encoded OID."""
    first, second, *rest = oid
    octets = bytearray()
    for part in (40 * first + second, *rest):
        seven = [part & 0x7F]
        while part := part >> 7:
            seven.append(part & 0x7F | 0x80)
        octets += bytes(reversed(seven))
    return bytes(octets)


def number(octets: bytes) -> Number:
    return tuple(map(int, ber.oid(octets).split(".")))


def integer(value: int, tag: int = ber.INTEGER) -> bytes:
    return ber.wrapped(tag, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def table(rows: int) -> dict[Number, bytes]:
    """The instances of an interface table with this many rows, and what stands before and after it."""
    system = (1, 3, 6, 1, 2, 1, 1)
    found: dict[Number, bytes] = {
        (*system, 1, 0): ber.wrapped(ber.OCTETS, b"Benchmark agent"),
        (*system, 2, 0): ber.wrapped(ber.OID, sub_identifiers((1, 3, 6, 1, 4, 1, 8072, 3, 2, 10))),
        (*system, 3, 0): integer(123456, 0x43),
        (1, 3, 6, 1, 2, 1, 92, 1, 0): integer(1),
    }
    kinds: dict[str, Callable[[int], bytes]] = {
        f"{IF}.2": lambda row: ber.wrapped(ber.OCTETS, b"GigabitEthernet1/0/%d" % row),
        f"{IFX}.1": lambda row: ber.wrapped(ber.OCTETS, b"Gi1/0/%d" % row),
        f"{IF}.5": lambda row: integer(1_000_000_000, 0x42),
        f"{IFX}.15": lambda row: integer(1000, 0x42),
        f"{IF}.14": lambda row: integer(row % 3, 0x41),
        f"{IF}.20": lambda row: integer(0, 0x41),
        f"{IFX}.6": lambda row: integer(10**12 + row * 997, 0x46),
        f"{IFX}.10": lambda row: integer(2**63 + row, 0x46),
    }
    for column in (*COLUMNS, f"{IF}.22", f"{IFX}.18"):
        value: Callable[[int], bytes] = kinds.get(column, lambda row: integer(6))
        stem = tuple(map(int, column.split(".")))
        found |= {(*stem, row): value(row) for row in range(1, rows + 1)}
    return found


class Answers:
    """The answers of a table, each encoded when it is first asked for and kept."""

    def __init__(self, instances: dict[Number, bytes]) -> None:
        self._instances = instances
        self._order = sorted(instances)
        self._known: dict[tuple[int, int, bytes], bytes] = {}

    def to(self, kind: int, fields: tuple[int, int], question: bytes) -> bytes:
        """The encoded bindings that answer these ones; `fields` are non-repeaters and repetitions of a GETBULK."""
        key = (kind, fields[1] if kind == _BULK else 0, question)
        if key not in self._known:
            self._known[key] = self._answer(kind, key[1], question)
        return self._known[key]

    def _answer(self, kind: int, repetitions: int, question: bytes) -> bytes:
        names, at = [], 0
        while at < len(question):
            _, start, at = ber.element(question, at, len(question))
            _, begin, stop = ber.element(question, start, at)
            names.append(number(question[begin:stop]))
        if kind == _GET:
            return b"".join(self._binding(name, self._instances.get(name, b"\x80\x00")) for name in names)
        found = b""
        for _ in range(max(1, repetitions)):
            for place, name in enumerate(names):
                names[place], binding = self._next(name)
                if len(found) + len(binding) > _MOST_OCTETS:
                    return found
                found += binding
        return found

    def _next(self, name: Number) -> tuple[Number, bytes]:
        place = bisect_right(self._order, name)
        if place == len(self._order):
            return name, self._binding(name, b"\x82\x00")
        found = self._order[place]
        return found, self._binding(found, self._instances[found])

    @staticmethod
    def _binding(name: Number, value: bytes) -> bytes:
        return ber.wrapped(ber.SEQUENCE, ber.wrapped(ber.OID, sub_identifiers(name)) + value)


class Parts:
    """The elements of a container, taken one after the other."""

    def __init__(self, octets: bytes) -> None:
        self.octets, self.at = octets, 0

    def take(self) -> tuple[int, bytes]:
        tag, start, self.at = ber.element(self.octets, self.at, len(self.octets))
        return tag, self.octets[start : self.at]

    def number(self) -> int:
        return ber.integer(self.take()[1])


class Agent:
    """One agent: answers a datagram, or says nothing."""

    def __init__(self, answers: Answers, engine: bytes) -> None:
        self.answers, self.engine = answers, engine
        self.boots, self._begun = 1, time.monotonic()
        self._salt = 0
        auth, priv = (localized(words, engine) for words in (AUTH_WORDS, PRIV_WORDS))
        self._auth, self._priv = hmac.new(auth, digestmod=hashlib.sha256), priv[: _AES_BITS // 8]

    def reply(self, datagram: bytes) -> bytes:
        """The answer to a well-formed question, b"" to anything else."""
        whole = Parts(Parts(datagram).take()[1])
        version = whole.number()
        if version == 3:
            return self._secured(datagram, whole)
        community = whole.take()[1]
        if community != COMMUNITY.encode():
            return b""
        head = whole.octets[: whole.at]
        return ber.wrapped(ber.SEQUENCE, head + self.pdu(*whole.take()))

    def pdu(self, kind: int, contents: bytes) -> bytes:
        """The response to a PDU."""
        parts = Parts(contents)
        id = parts.take()[1]
        fields = (parts.number(), parts.number())
        found = self.answers.to(kind, fields, parts.take()[1])
        body = ber.wrapped(ber.INTEGER, id) + b"\x02\x01\x00\x02\x01\x00" + ber.wrapped(ber.SEQUENCE, found)
        return ber.wrapped(ber.RESPONSE, body)

    # ---- SNMPv3 (RFC 3414: the one user of this agent, HMAC-SHA-256 and AES-128) ----

    def _secured(self, datagram: bytes, whole: Parts) -> bytes:
        header = Parts(whole.take()[1])
        id = header.take()[1]
        parameters = Parts(Parts(whole.take()[1]).take()[1])
        engine, boots, clock = parameters.take()[1], parameters.number(), parameters.number()
        parameters.take()
        digest, salt = parameters.take()[1], parameters.take()[1]
        tag, data = whole.take()
        if engine != self.engine or not digest:
            return self.report(id, "1.3.6.1.6.3.15.1.1.4.0")
        if not hmac.compare_digest(self._sign(datagram.replace(digest, bytes(24), 1)), digest):
            return self.report(id, "1.3.6.1.6.3.15.1.1.5.0")
        if tag != ber.OCTETS:
            return b""
        cipher = Cipher(algorithms.AES(self._priv), CFB(_vector(boots, clock, salt))).decryptor()
        scoped = Parts(Parts(cipher.update(data)).take()[1])
        context = ber.wrapped(ber.OCTETS, scoped.take()[1]) + ber.wrapped(ber.OCTETS, scoped.take()[1])
        return self.secret(id, ber.wrapped(ber.SEQUENCE, context + self.pdu(*scoped.take())))

    def report(self, id: bytes, counter: str) -> bytes:
        """A report of this counter of SNMP-USER-BASED-SM-MIB, in clear."""
        name = sub_identifiers(map(int, counter.split(".")))
        found = ber.wrapped(ber.SEQUENCE, ber.wrapped(ber.OID, name) + integer(1, 0x41))
        body = ber.wrapped(ber.INTEGER, id) + b"\x02\x01\x00\x02\x01\x00" + ber.wrapped(ber.SEQUENCE, found)
        return self.plain(id, self.scoped(ber.wrapped(ber.REPORT, body)))

    def scoped(self, pdu: bytes) -> bytes:
        context = ber.wrapped(ber.OCTETS, self.engine) + ber.wrapped(ber.OCTETS, b"")
        return ber.wrapped(ber.SEQUENCE, context + pdu)

    def plain(self, id: bytes, scoped: bytes) -> bytes:
        """A message without authentication or privacy."""
        return self._message(id, b"\x00", self._parameters(self.clock(), b"", b"", b""), scoped)

    def secret(self, id: bytes, scoped: bytes) -> bytes:
        """A message with both."""
        self._salt += 1
        salt, now = self._salt.to_bytes(8), self.clock()
        cipher = Cipher(algorithms.AES(self._priv), CFB(_vector(self.boots, now, salt))).encryptor()
        data = ber.wrapped(ber.OCTETS, cipher.update(scoped))
        whole = self._message(id, b"\x03", self._parameters(now, USER.encode(), bytes(24), salt), data)
        return whole.replace(bytes(24), self._sign(whole), 1)

    def clock(self) -> int:
        """snmpEngineTime, in seconds."""
        return int(time.monotonic() - self._begun) + 1000

    def _sign(self, whole: bytes) -> bytes:
        signing = self._auth.copy()
        signing.update(whole)
        return signing.digest()[:24]

    def _parameters(self, now: int, user: bytes, digest: bytes, salt: bytes) -> bytes:
        parts = (self.engine, None, user, digest, salt)
        clock = integer(self.boots) + integer(now)
        body = b"".join(clock if part is None else ber.wrapped(ber.OCTETS, part) for part in parts)
        return ber.wrapped(ber.OCTETS, ber.wrapped(ber.SEQUENCE, body))

    @staticmethod
    def _message(id: bytes, flags: bytes, parameters: bytes, data: bytes) -> bytes:
        header = ber.wrapped(ber.INTEGER, id) + integer(65507) + ber.wrapped(ber.OCTETS, flags) + integer(3)
        return ber.wrapped(ber.SEQUENCE, integer(3) + ber.wrapped(ber.SEQUENCE, header) + parameters + data)


def _vector(boots: int, clock: int, salt: bytes) -> bytes:
    """RFC 3826, section 3.1.2.1."""
    return boots.to_bytes(4) + clock.to_bytes(4) + salt


_HASHED: Final[dict[str, bytes]] = {}


def localized(words: str, engine: bytes) -> bytes:
    """RFC 3414, section 2.6, with SHA-256 (RFC 7860)."""
    if words not in _HASHED:
        megabyte = (words.encode() * (1_048_576 // len(words) + 1))[:1_048_576]
        _HASHED[words] = hashlib.sha256(megabyte).digest()
    return hashlib.sha256(_HASHED[words] + engine + _HASHED[words]).digest()


def serve(count: int, silent: int, rows: int, core: int) -> None:
    """Answer on `count` ports of loopback until standard input closes."""
    os.sched_setaffinity(0, {core})
    answers = Answers(table(rows))
    chosen = selectors.DefaultSelector()
    ports = []
    for place in range(count):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        ports.append(sock.getsockname()[1])
        mute = place >= count - silent
        chosen.register(sock, selectors.EVENT_READ, None if mute else Agent(answers, b"\x80\0\x1f\x88\4%06d" % place))
    chosen.register(sys.stdin, selectors.EVENT_READ)
    print(json.dumps(ports), flush=True)
    while True:
        for key, _ in chosen.select():
            if not isinstance(key.fileobj, socket.socket):
                if sys.stdin.readline():
                    _wake(chosen, answers)
                    continue
                print(time.process_time(), flush=True)
                return
            datagram, address = key.fileobj.recvfrom(65535)
            if key.data is not None and (reply := key.data.reply(datagram)):
                key.fileobj.sendto(reply, address)


def _wake(chosen: selectors.BaseSelector, answers: Answers) -> None:
    """The silent ones answer from now on."""
    for place, key in enumerate(list(chosen.get_map().values())):
        if key.data is None and key.fileobj is not sys.stdin:
            chosen.modify(key.fileobj, selectors.EVENT_READ, Agent(answers, b"\x80\0\x1f\x88\4%06d" % place))


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:5]))
