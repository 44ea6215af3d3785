"""What links carried over days: the busy hour, the 95th percentile in it, and who was connected then; pure arithmetic.

Counted are working days (Monday to Friday) from 7:00 to 20:00 at the site, unless nothing was seen then. The busy hour
of a direction is the clock hour with the highest mean; its 95th percentile is the smallest use that 95 % of the time
measured in it did not exceed (nearest rank, weighted by time). All of it exact.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from auditor.model import Figure, Origin
from auditor.site import Site
from auditor.values import ABSENT, N_, Absent, Message, Value

Way: TypeAlias = Literal["down", "up"]
WAYS: Final[tuple[Way, Way]] = ("down", "up")
ENOUGH_DAYS: Final = 5
RECENT: Final = dt.timedelta(days=31)
"""How much of a history counts, back from its last moment: what a link carried last summer is not its use today."""

_PERCENTILE: Final = Fraction(95, 100)
_WORKING_HOURS: Final = range(7, 20)
_WORKING_DAYS: Final = range(5)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_HALF_HOUR: Final = dt.timedelta(minutes=30) // _MICROSECOND
_LONGEST: Final = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """What a link carried from one moment to another, bit/s seen from the site, and where that is known from."""

    begun: dt.datetime
    ended: dt.datetime
    down_bps: int
    up_bps: int
    source: str = ""

    @property
    def length(self) -> int:
        """Microseconds."""
        return (self.ended - self.begun) // _MICROSECOND

    def bps(self, way: Way) -> int:
        return self.down_bps if way == "down" else self.up_bps


@dataclass(frozen=True, slots=True)
class Count:
    """How many remote users were connected at a moment."""

    at: dt.datetime
    sessions: int


@dataclass(frozen=True, slots=True)
class Use:
    """One direction of a link over its history; `hour` is the busy clock hour at the site.

    `days` are the working days that hold at least half of it; `sessions` the fewest remote users counted in the
    intervals that reach `p95_bps`, `sessions_at_most` those of the intervals that reach `most_bps`; ABSENT where nobody
    counted. `most_at` is when the most was carried, `seconds` the time measured.
    """

    hour: int
    days: int
    p95_bps: int
    most_bps: int
    most_at: dt.datetime
    sessions: int | Absent
    sessions_at_most: int | Absent
    seconds: int
    first: dt.date
    last: dt.date
    sources: tuple[str, ...]


def of_link(intervals: Iterable[Interval], counts: Sequence[Count], way: Way, timezone: str) -> Use | Absent:
    """The use of a link in one direction; ABSENT without any interval of at most an hour."""
    zone = zoneinfo.ZoneInfo(timezone)
    known = _recent([one for one in intervals if dt.timedelta(0) < one.ended - one.begun <= _LONGEST])
    if not known:
        return ABSENT
    local = [(one, (one.begun + (one.ended - one.begun) / 2).astimezone(zone)) for one in known]
    working = [pair for pair in local if pair[1].weekday() in _WORKING_DAYS and pair[1].hour in _WORKING_HOURS]
    seen = working or local
    hour = _busy_hour(seen, way)
    busy = [pair for pair in seen if pair[1].hour == hour]
    limit = _percentile([(one.bps(way), one.length) for one, _ in busy])
    most, at = max(((one, at) for one, at in seen), key=lambda pair: pair[0].bps(way))
    top = [one for one, _ in seen if one.bps(way) == most.bps(way)]
    return Use(
        hour=hour,
        days=len(_days(busy)) if working else 0,
        p95_bps=limit,
        most_bps=most.bps(way),
        most_at=at,
        sessions=_fewest([one for one, _ in busy if one.bps(way) >= limit], counts),
        sessions_at_most=_fewest(top, counts),
        seconds=sum(one.length for one, _ in seen) // 1_000_000,
        first=min(at for _, at in seen).date(),
        last=max(at for _, at in seen).date(),
        sources=tuple(dict.fromkeys(one.source for one, _ in seen if one.source))[:4],
    )


def _recent(intervals: Sequence[Interval]) -> list[Interval]:
    last = max((one.ended for one in intervals), default=None)
    return [one for one in intervals if last is not None and one.begun >= last - RECENT]


_Seen: TypeAlias = Sequence[tuple[Interval, dt.datetime]]


def _days(seen: _Seen) -> list[dt.date]:
    """The days of which at least half an hour is known."""
    known: dict[dt.date, int] = {}
    for one, at in seen:
        known[at.date()] = known.get(at.date(), 0) + one.length
    return sorted(day for day, length in known.items() if length >= _HALF_HOUR)


def _busy_hour(seen: _Seen, way: Way) -> int:
    """The clock hour with the highest mean, among those known well enough to say so."""
    hours = sorted({at.hour for _, at in seen})
    by_hour = {hour: [pair for pair in seen if pair[1].hour == hour] for hour in hours}
    days = {hour: len(_days(by_hour[hour])) for hour in hours}
    wanted = min(ENOUGH_DAYS, max(days.values()))
    return max((hour for hour in hours if days[hour] >= wanted), key=lambda hour: _mean(by_hour[hour], way))


def _mean(seen: _Seen, way: Way) -> Fraction:
    return Fraction(sum(one.bps(way) * one.length for one, _ in seen), sum(one.length for one, _ in seen))


def _percentile(weighted: Sequence[tuple[int, int]]) -> int:
    """The smallest value that 95 % of the time did not exceed."""
    wanted = sum(length for _, length in weighted) * _PERCENTILE
    reached = 0
    for value, length in sorted(weighted):
        reached += length
        if reached >= wanted:
            return value
    raise ValueError("no interval")


def _fewest(intervals: Sequence[Interval], counts: Sequence[Count]) -> int | Absent:
    """The fewest users counted within these intervals: fewer is prudent, as the rest counts as other traffic."""
    found = [count.sessions for count in counts if any(one.begun <= count.at <= one.ended for one in intervals)]
    return min(found, default=ABSENT)


# ---- inputs of the model ----


def figures(site: Site, intervals: Mapping[str, Sequence[Interval]], counts: Sequence[Count]) -> tuple[Figure, ...]:
    """The inputs of each link that has a history: its use, and the users connected then where they were counted.

    Five working days give the 95th percentile of the busy hour; fewer give the most that was seen, like any window.
    """
    found: list[Figure] = []
    for link in site.links:
        uses = {way: of_link(intervals.get(link.name, ()), counts, way, site.timezone) for way in WAYS}
        told = {way: use for way, use in uses.items() if not isinstance(use, Absent)}
        found += [_used(link.name, way, use) for way, use in told.items()]
        connected = [use.sessions if _enough(use) else use.sessions_at_most for use in told.values()]
        known = [count for count in connected if not isinstance(count, Absent)]
        if known and len(known) == len(connected):
            name = f"link.{link.name}.sessions"
            note = Message("note.sessions_in_history")
            found.append(Figure(name, min(known), Origin.MEASURED, "sessions", 0, _sources(told.values()), note))
    return tuple(found)


def _enough(use: Use) -> bool:
    return use.days >= ENOUGH_DAYS


def _sources(uses: Iterable[Use]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for use in uses for source in use.sources))


def _used(link: str, way: Way, use: Use) -> Figure:
    name = f"link.{link}.used_{way}_bps"
    values: dict[str, Value] = {"link": link, "days": use.days, "hour": use.hour, "until": use.hour + 1}
    values |= {"first": use.first, "last": use.last, "seconds": use.seconds}
    if _enough(use):
        return Figure(name, use.p95_bps, Origin.MEASURED, "bit/s", ABSENT, use.sources, Message("note.history", values))
    note = Message("note.window_history", {**values, "at": use.most_at, "p95": use.p95_bps})
    return Figure(name, use.most_bps, Origin.MEASURED, "bit/s", ABSENT, use.sources, note)


def is_window(figure: Figure) -> bool:
    """Whether a figure rests on fewer than five working days: a long window, which what is declared beats."""
    return figure.note is not None and figure.note.id == "note.window_history"


def united(before: Mapping[str, Figure], history: Sequence[Figure]) -> dict[str, Figure]:
    """The figures with the windows among a history, where these saw more than was known."""
    found = dict(before)
    for figure in history:
        known = found.get(figure.name)
        if is_window(figure) and (known is None or known.origin is Origin.UNKNOWN or known.value < figure.value):  # type: ignore[operator]
            found[figure.name] = figure
    return found


def preferred(before: Mapping[str, Figure], history: Sequence[Figure]) -> dict[str, Figure]:
    """The figures with those of a history of five days or more; users connected only beside the use they made."""
    counts = [figure for figure in history if figure.name.endswith(".sessions")]
    found = {**before, **{figure.name: figure for figure in history if not is_window(figure) and figure not in counts}}
    for figure in counts:
        stem = figure.name.removesuffix("sessions")
        if all(found.get(f"{stem}used_{way}_bps") in history for way in WAYS):
            found[figure.name] = figure
    return found


SENTENCES: Mapping[str, str] = {
    "note.history": N_(
        "95th percentile of the busy hour ({hour:raw}:00 to {until:raw}:00) over {days} working days,"
        " {first:date} to {last:date}."
    ),
    "note.window_history": N_(
        "The most that {link} carried in the {seconds:duration} watched, at {at}. Working days watched: {days}. Fewer"
        " than five give no 95th percentile to rely on (here {p95:rate}, busy hour {hour:raw}:00 to {until:raw}:00)."
    ),
    "note.sessions_in_history": N_("The fewest counted in the intervals that make this use of the link."),
}
