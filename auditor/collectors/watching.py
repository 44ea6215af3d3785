"""One device asked again and again for hours: its doors kept open, its counters read, its restarts survived."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from auditor.collectors import rates
from auditor.collectors.interrogate import SPEED_IS_REAL, OpenShell, OpenSnmp
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import CollectError, ShellDoor, SnmpDoor, SnmpValue
from auditor.collectors.vendors.page import Vendor
from auditor.facts import Interface
from auditor.model import Evidence
from auditor.seats.usage import Interval
from auditor.values import ABSENT, Absent, Message

IF_DESCR, IF_NAME = "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.31.1.1.1.1"

_AGAIN_S: Final = 300.0  # before a shell that failed is opened again: hundreds of logins a day are no way to watch
_LOST: Final = ("ssh.lost", "ssh.total", "ssh.timeout")
_SHORTEST_S: Final = 10.0
_WRAP_OCTETS: Final = 2**32


class Forgetful(Transcript):
    """A transcript of which nothing is kept: a watch asks the same for days, and keeps what it computed."""

    def add(self, method: str, request: str, *, seconds: float, size: int, text: str) -> Evidence:
        line = super().add(method, request, seconds=seconds, size=size, text=text)
        self._lines.clear()
        return line


class Kept:
    """The doors of one device, opened when they are first needed and kept; one that refused us is never tried again."""

    def __init__(
        self, snmp: OpenSnmp | None, shell: OpenShell | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._open_snmp, self._open_shell, self._clock = snmp, shell, clock
        self._agent: SnmpDoor | None = None
        self._session: ShellDoor | None = None
        self._closed: dict[str, tuple[CollectError, float]] = {}

    async def snmp(self) -> SnmpDoor:
        """The SNMP door; raises CollectError."""
        assert self._open_snmp is not None
        if self._agent is None:
            self._agent = await self._opened("snmp", self._open_snmp, again=0.0)
        return self._agent

    async def shell(self, vendor: Vendor) -> ShellDoor:
        """The shell, lent: closing it leaves it open; raises CollectError."""
        opening = self._open_shell
        assert opening is not None
        if self._session is None:
            self._session = await self._opened("ssh", lambda: opening(vendor), again=_AGAIN_S)
        return _Lent(self._session, self)

    async def _opened(self, door: str, opening: Callable[[], Awaitable[Any]], again: float) -> Any:
        error, until = self._closed.get(door, (None, 0.0))
        if error is not None and (error.refused or self._clock() < until):
            raise error
        try:
            return await opening()
        except CollectError as failed:
            self._closed[door] = failed, self._clock() + again
            raise

    def dropped(self, error: CollectError) -> None:
        """Forget a session that is gone."""
        self._session = None
        self._closed["ssh"] = error, self._clock() + _AGAIN_S

    async def close(self) -> None:
        for door in (self._agent, self._session):
            if door is not None:
                await door.close()


class _Lent:
    """A kept shell in the hands of one interrogation."""

    def __init__(self, session: ShellDoor, kept: Kept) -> None:
        self._session, self._kept = session, kept

    async def adopt(self, vendor: Any) -> None:
        await self._session.adopt(vendor)

    async def show(self, command: str) -> str:
        try:
            return await self._session.show(command)
        except CollectError as error:
            if error.message.id in _LOST:
                self._kept.dropped(error)
                await self._session.close()
            raise

    def evidence(self) -> tuple[Evidence, ...]:
        return self._session.evidence()

    async def close(self) -> None:
        """It stays open for the next time."""


class Moved(Exception):
    """The row of the interface table is another interface now, or gone: the device restarted and counts anew."""


class Meter:
    """What one interface carried between two readings of its counters, seen from the site: in is its download."""

    def __init__(self, row: Interface, index: int, bits: Literal[32, 64], source: str) -> None:
        self._row, self._index, self._bits, self.source = row, index, bits, source
        self._names: tuple[SnmpValue | None, ...] = ()
        self._last: tuple[dt.datetime, rates.Sample] | None = None

    @classmethod
    async def of(cls, door: SnmpDoor, row: Interface, device: str) -> Meter:
        """The meter of an interface; raises Moved where it has no index, CollectError when nobody answers."""
        if isinstance(row.index, Absent):
            raise Moved
        bits = (await rates.widths_of(door, (row.index,)))[row.index]
        source = f"{device}: {rates.columns(row.index, bits)[0]}"
        return cls(row, row.index, bits, source)

    def period(self, every: float) -> float:
        """How often to read, in seconds: as asked, but before a 32-bit counter can wrap twice unseen."""
        wraps = self._wraps_s()
        return every if wraps is None else max(_SHORTEST_S, min(every, 0.8 * wraps))

    def _wraps_s(self) -> float | None:
        """The seconds in which a 32-bit counter goes round at the speed of the port; None where it cannot."""
        speed = self._row.speed_bps
        if self._bits == 64 or isinstance(speed, Absent) or speed <= 0:
            return None
        return 8 * _WRAP_OCTETS / speed

    async def read(self, door: SnmpDoor, clock: Callable[[], dt.datetime]) -> Interval | Message | None:
        """The interval since the last reading, None at the first one, or why it is not known.

        Raises Moved, or CollectError when nobody answers: the next interval then spans the silence.
        """
        names = (f"{IF_DESCR}.{self._index}", f"{IF_NAME}.{self._index}")
        values = await door.get((rates.SYS_UPTIME, *rates.columns(self._index, self._bits), *names))
        at, found = clock(), rates.read(values, self._index, self._bits)
        told = tuple(values.get(oid) for oid in names)
        if not found or (self._names and told != self._names):
            raise Moved
        before, self._last, self._names = self._last, (at, found[0]), told
        return None if before is None else self._between(before, (at, found[0]))

    def _between(
        self, before: tuple[dt.datetime, rates.Sample], after: tuple[dt.datetime, rates.Sample]
    ) -> Interval | Message:
        wraps = self._wraps_s()
        if wraps is not None and (after[0] - before[0]).total_seconds() >= wraps:
            return Message("gap.counter_wraps")
        speed = self._row.speed_bps if self._row.kind in SPEED_IS_REAL else ABSENT
        found = rates.between(before[1], after[1], speed)
        if isinstance(found, Message):
            return found
        return Interval(before[0], after[0], found.in_bps, found.out_bps, self.source)
