"""One SNMP conversation: instances and tables asked gently and read to their end, or an error; knows no library."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, TypeAlias

from auditor.collectors.ber import Bound, Missing
from auditor.collectors.oids import children, number, record, refused_subtree
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import CollectError, Denied, Garbled, NoAnswer, Oid, SnmpValue, Unreachable
from auditor.model import Evidence
from auditor.site import SnmpAccess, Target
from auditor.values import Message

HELLO: Final = ("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0")
"""sysDescr, sysObjectID, sysUpTime: the cheap first request that decides whether a device is asked at all."""

KNOCK: Final = "SNMPv3 engine discovery"
"""The one datagram without an OID: sent once, after a first silence, to tell a dead device from a wrong credential."""

_TOO_BIG, _NO_SUCH_NAME, _NO_ACCESS, _AUTHORIZATION = 1, 2, 6, 16
_PER_PDU: Final = 20
# An SNMPv3 engine discovery (RFC 3414, section 4): a Get-Request without variable, user or key, that agents report on.
_DISCOVERY: Final = bytes.fromhex(
    "303a020103300f02024a69020300ffe30401040201030410300e0400020100020100040004000400"
    "301204000400a00c020237f00201000201003000"
)

Kind: TypeAlias = Literal["get", "next", "bulk"]


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard devices are asked, and what they may answer before it is too much.

    `timeout_s` and `retries` of one request; `in_flight` requests on one socket, `per_device` of them to one device and
    `pause_s` between two of these; GETBULK asks `columns` times `repetitions`. A column may have `rows`, a walk bring
    `octets`, and all walks of a conversation last `walks_s`.
    """

    timeout_s: float = 2.0
    retries: int = 1
    in_flight: int = 50
    per_device: int = 1
    pause_s: float = 0.0
    columns: int = 4
    repetitions: int = 25
    rows: int = 20_000
    octets: int = 8 << 20
    walks_s: float = 600.0


GENTLE: Final = Pace(timeout_s=4.0, retries=2, in_flight=5, pause_s=0.1, columns=1, repetitions=10)
"""For old boxes: short answers, a pause between two requests, more patience."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response: its error status (0: none), the 1-based index of the culprit, its bindings and their octets."""

    status: int
    index: int
    bindings: Sequence[tuple[Oid, Bound]]
    size: int = 0


async def knock(address: tuple[str, int], timeout_s: float) -> bool:
    """Whether anything speaks SNMPv3 at that port; no user, key or OID is sent. Raises OSError where it is refused.

    A plain connected socket, unlike pysnmp's, hears ICMP refusals.
    """
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.setblocking(False)
        await loop.sock_connect(plain, address)
        await loop.sock_sendall(plain, _DISCOVERY)
        try:
            async with asyncio.timeout(timeout_s):
                return bool(await loop.sock_recv(plain, 65535))
        except TimeoutError:
            return False


class Silence(Exception):
    """A request that got no answer at all."""


class Refused(Exception):
    """The agent refuses user, key or level; the id of the sentence that says so."""


class Nonsense(Exception):
    """An answer that cannot be read, or that is none to this question."""


class Line(Protocol):
    """The way to one device: sends one request and waits for its answer, however long its turn takes."""

    @property
    def address(self) -> tuple[str, int]: ...

    async def ask(self, kind: Kind, oids: Sequence[Oid], repetitions: int) -> Answer:
        """Raises Silence, Refused or Nonsense."""
        ...

    def odd(self) -> tuple[str, str]:
        """Why answers were dropped since the last call: the id of a sentence and a detail; two "" where none was."""
        ...


class Door:
    """One device; see SnmpDoor for what it promises."""

    def __init__(self, line: Line, pace: Pace, target: Target, access: SnmpAccess, transcript: Transcript) -> None:
        self._line, self._pace, self._target, self._access = line, pace, target, access
        self._transcript = transcript
        self._turns = asyncio.Semaphore(pace.per_device)
        self._repetitions, self._columns = pace.repetitions, pace.columns
        self._walks_left = pace.walks_s

    # ---- what a door offers ----

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        self._check(oids)
        found: dict[Oid, SnmpValue] = {}
        for start in range(0, len(oids), _PER_PDU):
            some = tuple(oids[start : start + _PER_PDU])
            found.update(await self._recorded(some, self._instances(some)))
        return found

    async def walk(self, roots: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        self._check(roots)
        found: dict[Oid, SnmpValue] = {}
        left = list(dict.fromkeys(roots))
        while left:
            group, left = tuple(left[: self._columns]), left[self._columns :]
            found.update(await self._recorded(group, self._table(group)))
        return found

    def evidence(self) -> tuple[Evidence, ...]:
        return self._transcript.evidence()

    async def close(self) -> None:
        """Nothing is held open: SNMP has no session, and the socket belongs to the station."""

    # ---- the first request ----

    async def greet(self) -> None:
        """Ask who is there; with the second attempt find out what a silence means."""
        await self._recorded(HELLO, self._hello())

    async def _hello(self) -> Mapping[Oid, SnmpValue]:
        try:
            return await self._read(HELLO, attempts=1)
        except Silence:
            self._odd(HELLO)
        again = asyncio.create_task(self._read(HELLO, attempts=self._pace.retries))
        knock = asyncio.create_task(self._knock())
        try:
            await asyncio.wait((again, knock), return_when=asyncio.FIRST_COMPLETED)
            if knock.done() and not again.done() and (closed := knock.exception()):
                raise closed
            return await again
        except Silence as silence:
            self._odd(HELLO)
            raise self._silent(await knock) from silence
        finally:
            again.cancel()
            knock.cancel()
            await asyncio.gather(again, knock, return_exceptions=True)

    async def _knock(self) -> bool:
        """Whether anything answers at that port."""
        self._transcript.add("snmp", KNOCK, seconds=0.0, size=0, text="")
        try:
            return await knock(self._line.address, self._pace.timeout_s)
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                raise Unreachable(self._say("snmp.closed", port=self._access.port)) from error
            raise Unreachable(self._say("unreachable")) from error

    def _silent(self, alive: bool) -> CollectError:
        """What to say of a device that answered nothing; an agent that speaks SNMPv3 at all shows that it is there."""
        if not alive:
            return Unreachable(self._say("snmp.silent"))
        if self._access.version == "3":
            return Denied(self._say("snmp.wrong_privacy", user=self._access.user))
        return Denied(self._say("snmp.wrong_community"))

    # ---- instances ----

    async def _instances(self, oids: tuple[Oid, ...]) -> Mapping[Oid, SnmpValue]:
        try:
            return await self._read(oids, attempts=self._pace.retries + 1)
        except Silence as silence:
            raise self._stopped(oids) from silence

    async def _read(self, oids: tuple[Oid, ...], attempts: int) -> Mapping[Oid, SnmpValue]:
        """One Get-Request; smaller ones when the answer is too big, without the culprit where SNMPv1 names one."""
        if not oids:
            return {}
        answer = await self._ask("get", oids, attempts)
        if answer.status == _TOO_BIG and len(oids) > 1:
            half = len(oids) // 2
            return {**await self._read(oids[:half], attempts), **await self._read(oids[half:], attempts)}
        if answer.status == _NO_SUCH_NAME and 1 <= answer.index <= len(oids):
            return await self._read(oids[: answer.index - 1] + oids[answer.index :], attempts)
        self._refuse(answer, oids)
        if {oid for oid, _ in answer.bindings} != set(oids):
            raise Garbled(self._say("snmp.garbled", question=_question(oids)))
        return {oid: value for oid, value in answer.bindings if not isinstance(value, Missing)}

    # ---- tables ----

    async def _table(self, roots: tuple[Oid, ...]) -> Mapping[Oid, SnmpValue]:
        """Columns read side by side until each has ended; an error is never taken for an end."""
        columns = [_Column(root, at=root) for root in roots]
        octets = 0
        try:
            while left := [column for column in columns if not column.ended]:
                begun = time.monotonic()
                octets += await self._rows(left)
                self._walks_left -= time.monotonic() - begun
                self._enough(roots, octets)
        except Silence as silence:
            raise self._stopped(roots) from silence
        return {oid: value for column in columns for oid, value in column.rows.items()}

    def _enough(self, roots: tuple[Oid, ...], octets: int) -> None:
        """End a walk that brings too much, or takes too long."""
        if octets > self._pace.octets:
            size = self._pace.octets >> 20
            raise Garbled(self._say("snmp.too_much", question=_question(roots), size=size))
        if self._walks_left < 0:
            seconds = round(self._pace.walks_s)
            raise NoAnswer(self._say("snmp.total", question=_question(roots), seconds=seconds))

    async def _rows(self, columns: list[_Column]) -> int:
        """The next rows of these columns, from one response; how many octets it had."""
        columns = columns[: self._columns]
        at = tuple(column.at for column in columns)
        kind: Kind = "next" if self._access.version == "1" else "bulk"
        answer = await self._ask(kind, at, self._pace.retries + 1)
        if answer.status == _TOO_BIG and self._shrink(len(columns)):
            return 0
        if answer.status == _NO_SUCH_NAME and 1 <= answer.index <= len(columns):  # SNMPv1: this column has ended
            columns[answer.index - 1].ended = True
            return 0
        self._refuse(answer, at)
        if not answer.bindings:
            raise Garbled(self._say("snmp.garbled", question=_question(at)))
        for place, (oid, value) in enumerate(answer.bindings):
            self._take(columns[place % len(columns)], oid, value)
        return answer.size

    def _take(self, column: _Column, oid: Oid, value: Bound) -> None:
        """Put one binding into its column, or see that the column has ended, loops or has no end."""
        if column.ended:
            return
        if value is Missing.END_OF_VIEW or not children(oid, column.root):
            column.ended = True
            return
        place = number(oid)
        if place <= column.place:
            raise Garbled(self._say("snmp.loop", question=column.root))
        column.at, column.place = oid, place
        if not isinstance(value, Missing):
            column.rows[oid] = value
        column.seen += 1
        if column.seen > self._pace.rows:
            raise Garbled(self._say("snmp.too_long", question=column.root, rows=self._pace.rows))

    def _shrink(self, columns: int) -> bool:
        """Ask for less from now on; False when there is nothing left to take away."""
        if self._repetitions > 1:
            self._repetitions //= 2
            return True
        self._columns = 1
        return columns > 1

    # ---- one request ----

    async def _ask(self, kind: Kind, oids: tuple[Oid, ...], attempts: int) -> Answer:
        """One request and its answer; raises Silence after `attempts` without one. Refusals are never repeated."""
        for attempt in range(attempts):
            try:
                async with self._turns:
                    return await self._one(kind, oids)
            except Silence:
                if kind == "bulk" and attempt == 0:  # a large reply may be lost in fragments: ask for less
                    self._repetitions = min(self._repetitions, 10)
        raise Silence

    async def _one(self, kind: Kind, oids: tuple[Oid, ...]) -> Answer:
        """One PDU, then the pause this device is given."""
        try:
            return await self._line.ask(kind, oids, self._repetitions)
        except Refused as refusal:
            raise Denied(self._say(str(refusal), user=self._access.user)) from refusal
        except Nonsense as nonsense:
            raise Garbled(self._say("snmp.garbled", question=_question(oids))) from nonsense
        finally:
            if self._pace.pause_s:
                await asyncio.sleep(self._pace.pause_s)

    def _refuse(self, answer: Answer, oids: tuple[Oid, ...]) -> None:
        """Raise what an error status means, if there is one."""
        if answer.status in (_NO_ACCESS, _AUTHORIZATION):
            raise Denied(self._say("snmp.no_access"))
        if answer.status:
            raise Garbled(self._say("snmp.garbled", question=_question(oids)))

    # ---- words and evidence ----

    async def _recorded(
        self, oids: tuple[Oid, ...], question: Awaitable[Mapping[Oid, SnmpValue]]
    ) -> Mapping[Oid, SnmpValue]:
        """Ask, and keep what was asked and answered, failures included."""
        started = time.monotonic()
        text = "# cancelled"
        try:
            values = await question
            text = "\n".join(record(oid, value) for oid, value in values.items())
        except CollectError as error:
            text = f"# {error.message.id}"
            raise
        finally:
            seconds = time.monotonic() - started
            self._transcript.add("snmp", ",".join(oids), seconds=seconds, size=len(text.encode()), text=text)
        return values

    def _stopped(self, oids: tuple[Oid, ...]) -> NoAnswer:
        self._odd(oids)
        return NoAnswer(self._say("snmp.timeout", question=_question(oids)))

    def _odd(self, oids: tuple[Oid, ...]) -> None:
        """A silence that was none: something came back, and could not be taken for an answer."""
        what, detail = self._line.odd()
        if what:
            raise Garbled(self._say(what, question=_question(oids), detail=detail))

    def _say(self, id: str, **values: str | int) -> Message:
        return Message(id, {"target": self._target.name, **values})

    def _check(self, oids: Sequence[Oid]) -> None:
        """Our own mistake, not the device's: tables that hold communities and keys are never asked for."""
        for oid in oids:
            if refused_subtree(oid):
                raise ValueError(f"{oid} holds secrets")


@dataclass(slots=True)
class _Column:
    """A column being walked: where it stands, what it held, whether it has ended."""

    root: Oid
    at: Oid
    place: tuple[int, ...] = ()
    rows: dict[Oid, SnmpValue] = field(default_factory=dict)
    seen: int = 0
    ended: bool = False


def _question(oids: Sequence[Oid]) -> str:
    """The OIDs of a request as a sentence names them."""
    return ", ".join(oids[:3]) + (" …" if len(oids) > 3 else "")
