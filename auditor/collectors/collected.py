"""What one device has told so far, and how it is asked: readings, gaps and conflicts, a snapshot at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from auditor import facts
from auditor.collectors import rates
from auditor.collectors.misread import Misread, possible, understood
from auditor.collectors.persons import anonymous, by_words, unnumbered
from auditor.collectors.transcript import Clock, Transcript, now
from auditor.collectors.transport import LOST, CollectError
from auditor.collectors.vendors.generic import GENERIC
from auditor.collectors.vendors.page import Derivation, Told, Vendor
from auditor.model import Asking, Device, Gap, Key, Reading, Unparsed, Untouched
from auditor.seats.uplinks import routed, uplinks
from auditor.site import Target
from auditor.values import ABSENT, Absent, Message

DIFFERENT: Final = 0.10


async def _at_once() -> None:
    """Nobody pauses."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How one device is asked: sampling window in seconds, what "inside" means, and whom to tell what.

    `keys`: the names of the facts that are asked for, and nothing else; empty: all that the page knows. `away`: the
    addresses that remote workers get, networks or "first-last": outside, even where they are cut out of the site's.
    `sets`: the site's own words for kinds of telephone sets. `links`: the interfaces that the site file names.
    `turn` is awaited before each question: who pauses an audit lets it wait there. `sleep` waits so many seconds.
    """

    window: float = 0.0
    networks: tuple[str, ...] = ()
    pseudonym: Callable[[str], str] = lambda name: name
    emit: Callable[[Asking], None] = lambda event: None
    keys: frozenset[str] = frozenset()
    away: tuple[str, ...] = ()
    sets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    turn: Callable[[], Awaitable[None]] = _at_once
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass
class Collected:
    """What a device has told so far; `device()` is a snapshot at any moment, also after a cancellation."""

    target: Target
    transcript: Transcript
    manner: Manner = field(default_factory=Manner)
    clock: Clock = now
    vendor: Vendor = GENERIC
    readings: dict[str, Reading[Any]] = field(default_factory=dict)
    conflicts: list[Reading[Any]] = field(default_factory=list)
    gaps: dict[str, Gap] = field(default_factory=dict)
    unparsed: list[Unparsed] = field(default_factory=list)
    untouched: tuple[Untouched, ...] = ()
    problems: list[Message] = field(default_factory=list)
    refused: bool = False
    unanswered: int = 0

    def take(self, told: Told, sources: tuple[str, ...]) -> None:
        """Keep what one answer told."""
        if told.unparsed:
            self.unparsed += [Unparsed(source, told.unparsed) for source in sources[:1]]
        for key, value in told.facts.items():
            if possible(key, value):
                self._keep(Reading(key, value, self.target.name, self.clock(), sources))
            else:
                self.missing(key, Message("gap.impossible", {"value": value, "unit": key.unit}), sources)
        for key, reason in told.missing.items():
            self.missing(key, reason, sources)

    def _keep(self, reading: Reading[Any]) -> None:
        """The first that tells a fact is kept; parts are combined; a figure that differs by more than 10 % is noted."""
        name = reading.key.name
        known = self.readings.get(name)
        combine = self.vendor.combine.get(reading.key)
        if known is None:
            self.readings[name] = reading
        elif combine is not None:
            self.readings[name] = self._combined(known, reading, combine)
        elif _differ(known.value, reading.value):
            self.conflicts.append(reading)
        self.gaps.pop(name, None)

    def _combined(self, known: Reading[Any], more: Reading[Any], combine: Callable[[Any, Any], Any]) -> Reading[Any]:
        try:
            value = understood(more.sources[0], lambda more: combine(known.value, more), more.value)
        except Misread:
            self.conflicts.append(more)
            return known
        return replace(known, value=value, sources=tuple(dict.fromkeys((*known.sources, *more.sources))))

    def misread(self, keys: Sequence[Key[Any]], error: CollectError, asked: tuple[str, ...], lines: int) -> None:
        """An answer of so many lines that was not understood at all, and what it could have told."""
        self.unparsed.append(Unparsed(asked[0], lines))
        for key in keys:
            self.missing(key, error.message, asked)

    def missing(self, key: Key[Any], reason: Message, asked: tuple[str, ...], *, refused: bool = False) -> None:
        """Note a fact that was asked for and not told, unless it was told another way."""
        if key.name in self.readings:
            return
        known = self.gaps.get(key.name)
        if known is None or known.reason.id == "gap.not_asked":  # a door that failed says more than one not given
            self.gaps[key.name] = Gap(key, self.target.name, reason, asked, refused)

    def conclude(self) -> None:
        """What several answers tell together: facts of the page, where the default routes leave, the uplinks."""
        for key, derivation in self.vendor.derive.items():
            if key.name not in self.readings:
                self._derive(key, derivation)
        self._uplinks()

    def _derive(self, key: Key[Any], derivation: Derivation) -> None:
        told = [reading for one in derivation.of if (reading := self.readings.get(one.name))]
        sources = tuple(dict.fromkeys(source for reading in told for source in reading.sources))
        if not told:
            return
        try:
            value = understood(key.name, derivation.make, {reading.key: reading.value for reading in told})
        except Misread as error:
            value = error.message
        if isinstance(value, Message):
            self.missing(key, value, sources)
        elif value is not ABSENT:
            self._keep(Reading(key, value, self.target.name, self.clock(), sources))

    def _uplinks(self) -> None:
        """Where the default routes leave, and which interfaces are uplinks."""
        rows, routes = (self.readings.get(key.name) for key in (facts.INTERFACES, facts.ROUTES_DEFAULT))
        leaving = routes.value if routes else ()
        if rows:
            self.readings[rows.key.name] = replace(rows, value=routed(rows.value, leaving))
        told = [reading for reading in (routes, rows) if reading]
        known = self.readings.get(facts.LINK_UPLINKS.name)
        if not told or (known and not leaving):  # a table of WANs says it better than a label
            return
        if found := uplinks(rows.value if rows else (), leaving, self.manner.networks):
            sources = tuple(dict.fromkeys(source for reading in told for source in reading.sources))[:4]
            self.readings[facts.LINK_UPLINKS.name] = replace(
                told[0], key=facts.LINK_UPLINKS, value=found, sources=sources
            )
        else:
            self.missing(facts.LINK_UPLINKS, Message("gap.no_uplink"), told[0].sources)

    def without(self, keys: Sequence[Key[Any]], error: CollectError, asked: tuple[str, ...]) -> None:
        """A question that got no answer, and what it could have told; one that was lost may be told by a new audit."""
        self.unanswered += error.message.id in LOST
        for key in keys:
            self.missing(key, error.message, asked, refused=error.refused)

    def unsampled(self, reason: Message) -> None:
        """The interfaces are known, and the rate of the internet link is not."""
        asked = (rates.HC_IN, rates.HC_OUT)
        self.gaps["interfaces.rates"] = Gap(facts.INTERFACES, self.target.name, reason, asked)

    def failed(self, error: CollectError) -> None:
        """Note a door that failed as a whole."""
        self.problems.append(error.message)
        self.refused = self.refused or error.refused

    def _nameless(self) -> bool:
        """Sets are registered and none says what it is: a list of them would read as "no softphone"."""
        known = self.readings.get(facts.TELEPHONY_ENDPOINTS.name)
        live = [one for one in known.value if one.registered is True] if known else []
        return bool(live) and all(isinstance(one.user_agent, Absent) for one in live)

    def device(self) -> Device:
        readings, gaps = dict(self.readings), dict(self.gaps)  # a snapshot changes nothing
        if self._nameless():
            key, known = facts.TELEPHONY_ENDPOINTS, readings.pop(facts.TELEPHONY_ENDPOINTS.name)
            gaps[key.name] = Gap(key, self.target.name, Message("gap.not_exposed"), known.sources)
        return Device(
            name=self.target.name,
            role=self.target.role,
            target=self.target.place,
            vendor=self.vendor.platform,
            pair=self.target.pair,
            readings=tuple(self._kept(readings[name]) for name in sorted(readings)),
            gaps=tuple(gaps[name] for name in sorted(gaps) if name not in readings),
            conflicts=tuple(self.conflicts),
            unparsed=tuple(self.unparsed),
            problems=(*self.problems, *self._lost()),
            refused=self.refused,
            evidence=self.transcript.evidence(),
            untouched=self.untouched,
        )

    def _lost(self) -> Iterator[Message]:
        if self.unanswered:
            yield Message("device.unanswered", {"target": self.target.name, "count": self.unanswered})

    def _kept(self, reading: Reading[Any]) -> Reading[Any]:
        """People and their telephone sets under pseudonyms, inside or outside: no name, extension or address."""
        if reading.key == facts.VPN_USERS:
            return replace(
                reading, value=tuple(replace(one, id=self.manner.pseudonym(one.id)) for one in reading.value)
            )
        if reading.key == facts.TELEPHONY_TRUNKS:
            return replace(reading, value=tuple(unnumbered(one, self.manner.pseudonym) for one in reading.value))
        if reading.key != facts.TELEPHONY_ENDPOINTS:
            return reading
        manner = self.manner
        sets = tuple(by_words(one, manner.sets) for one in reading.value)
        return replace(reading, value=anonymous(sets, manner.networks, manner.away, manner.pseudonym))


def _differ(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float) and not isinstance(one, bool):
        return abs(one - other) > DIFFERENT * max(abs(one), abs(other))
    return not isinstance(one, tuple) and one != other
