"""The times in other people's files: epochs, ISO dates, and dates whose order only the whole column can tell."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, Literal, TypeAlias

Order: TypeAlias = Literal["", "day-first", "month-first"]

_EPOCH: Final = re.compile(r"(\d{9,10})(\d{3})?(?:\.\d+)?")
_DATE: Final = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?[Mm]?\.?")
_OFFSET: Final = re.compile(r"(?:Z|([+-])(\d{2}):?(\d{2}))$")


class Undecided(ValueError):
    """Dates that can be read two ways; the text of one of them."""


def dated(text: str) -> bool:
    """Whether a cell begins with something that may be a moment."""
    text = text.strip()
    return bool(_EPOCH.fullmatch(text) or _DATE.match(text))


def order_of(texts: Iterable[str], given: Order = "") -> Order:
    """Which comes first in dates such as 03/04/2026; "" where no date is of that form. Raises Undecided."""
    doubtful = ""
    for text in texts:
        found = _DATE.match(text.strip())
        if not found or len(found[1]) == 4:
            continue
        if given or found[2] == ".":
            return given or "day-first"
        if int(found[1]) > 12:
            return "day-first"
        if int(found[3]) > 12:
            return "month-first"
        doubtful = doubtful or text.strip()
    if doubtful:
        raise Undecided(doubtful)
    return ""


def moment(text: str, order: Order, zone: dt.tzinfo) -> dt.datetime:
    """One moment, in the zone of the site where it has no offset. Raises ValueError."""
    text = text.strip()
    if epoch := _EPOCH.fullmatch(text):
        return dt.datetime.fromtimestamp(int(epoch[1]), dt.UTC)
    day, rest = _day(text, order)
    clock = _TIME.search(rest)
    hour, minute, second = (int(clock[n] or 0) for n in (1, 2, 3)) if clock else (0, 0, 0)
    if clock and clock[4]:
        hour = hour % 12 + (12 if clock[4] in "Pp" else 0)
    at = dt.datetime.combine(day, dt.time(hour, minute, second))
    return at.replace(tzinfo=_offset(rest) or zone)


def span(text: str, order: Order, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime | None]:
    """A moment, or from when to when where the cell holds both (`20/11/2026 10:00:00 - 10:05:00`)."""
    first, dash, second = text.partition(" - ")
    begun = moment(first, order, zone)
    if not dash:
        return begun, None
    ended = moment(second if _DATE.match(second.strip()) else f"{begun:%Y-%m-%d} {second}", order, zone)
    return begun, ended if ended > begun else ended + dt.timedelta(days=1)


def _day(text: str, order: Order) -> tuple[dt.date, str]:
    found = _DATE.match(text)
    if not found:
        raise ValueError(text)
    first, second, third = int(found[1]), int(found[3]), int(found[4])
    if len(found[1]) == 4:
        year, month, day = first, second, third
    else:
        year = third + (2000 if len(found[4]) == 2 else 0)
        day, month = (first, second) if order != "month-first" else (second, first)
    return dt.date(year, month, day), text[found.end() :]


def _offset(text: str) -> dt.tzinfo | None:
    found = _OFFSET.search(text.strip())
    if not found:
        return None
    if not found[1]:
        return dt.UTC
    minutes = int(found[2]) * 60 + int(found[3])
    return dt.timezone(dt.timedelta(minutes=-minutes if found[1] == "-" else minutes))


def step(moments: Sequence[dt.datetime]) -> dt.timedelta:
    """The most common distance between moments in order; zero for fewer than two."""
    distances = Counter(after - before for before, after in pairwise(moments))
    return max(distances, key=lambda one: (distances[one], -one)) if distances else dt.timedelta(0)
