"""The inputs of a what-if as dials: in which order, on which notches, and where a value stands on its slider."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from typing import Final

from auditor.parameters import MODES, PLACES, PUBLISHED, accept, unit
from auditor.parameters import published as input_of
from auditor.planning.whatif import CLASSES, PROFILES, WhatIfError, value_of
from auditor.values import ABSENT, Absent, Number, Value

GROUPS: Final = (
    "people", "link", "tunnel", "vpn", "telephony", "homes", "hosts", "hosting", "application", "demand", "firewall",
    "nat", "ztna", "saas", "identity", "degraded", "share", "servers", "endpoints", "proof",
)  # fmt: skip
"""What a person turns first, first."""
_TENS: Final = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80)
_LEAST_COUNTS: Final = tuple(range(10))
_STEPS: Final = {
    # unit: the notches between its ends
    "share": tuple(Fraction(n, 20) for n in range(21)),
    "factor": tuple(Fraction(n, 20) for n in range(20, 61)),
    "erlangs": tuple(Fraction(n, 100) for n in range(0, 51, 2)),
    "bytes": tuple(half * 2**power for power in range(28, 44) for half in (2, 3)),
}
_UNKNOWN_MOST: Final = {"bit/s": 10**9}
_MOST_IF_UNKNOWN: Final = 1000
_ROOM: Final = 10
"""A slider goes to ten times today's value."""


def dials(names: Iterable[str]) -> tuple[str, ...]:
    """The names that can be turned, in the order of GROUPS, named links first; a date turns nothing."""
    place = {entry.name: at for at, entry in enumerate(PUBLISHED)}

    def rank(name: str) -> tuple[int, bool, str, int, str]:
        group, entry = name.partition(".")[0], input_of(name)
        several = name.rpartition(".")[0] if group in ("link", "application", "share") else ""
        at = GROUPS.index(group) if group in GROUPS else len(GROUPS)
        return at, not several, several, place.get(entry.name, 0) if entry else 0, name

    turned = (name for name in names if (entry := input_of(name)) is not None and entry.unit != "date")
    return tuple(sorted(turned, key=rank))


@lru_cache(maxsize=1024)
def notches(name: str, today: Value | Absent) -> tuple[Value, ...]:
    """The values a slider stops at, lowest first, today's among them."""
    entry = input_of(name)
    kind = entry.unit if entry else ""
    if kind == "yes or no":
        return (False, True)
    if kind == "text":
        return MODES if name.endswith(".mode") else (*PLACES, "saas") if name.startswith("application.") else PLACES
    if kind == "list":
        words = PROFILES if name.startswith("application.") else CLASSES
        return tuple(some for size in range(len(words) + 1) for some in combinations(words, size))
    now = _number(today)
    steps: Iterable[Number] = _STEPS.get(kind) or _ladder(kind, now)
    usable = [accept(name, step) for step in {*steps, *(() if isinstance(now, Absent) else (now,))}]
    return tuple(sorted(number for step in usable if not isinstance(number := _number(step), Absent)))


def _number(value: Value | Absent) -> Number | Absent:
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return ABSENT
    return Fraction(str(value)) if isinstance(value, float) else value


def _ladder(kind: str, now: Number | Absent) -> list[Number]:
    """Rising by a fifth or a quarter at a time, up to ten times today's value."""
    known = not isinstance(now, Absent) and now > 0
    most = now * _ROOM if known and not isinstance(now, Absent) else _UNKNOWN_MOST.get(kind, _MOST_IF_UNKNOWN)
    first = 10**3 if kind == "bit/s" else 1
    steps: list[Number] = [0] if kind == "bit/s" else list(_LEAST_COUNTS)
    size = first
    while size <= most:
        steps += [ten * size for ten in _TENS if ten * size <= most]
        size *= 10
    return steps


def slid(name: str, today: Value | Absent, value: Value | Absent, by: int) -> Value:
    """The value `by` notches from `value`, held at the ends."""
    stops = notches(name, today)
    at = _stand(stops, value, by)
    return stops[min(max(at, 0), len(stops) - 1)]


def _stand(stops: tuple[Value, ...], value: Value | Absent, by: int) -> int:
    if isinstance(value, Absent):
        return 0 if by < 0 else by
    if value in stops:
        return stops.index(value) + by
    number = _number(value)
    numbers = [stop for stop in map(_number, stops) if not isinstance(stop, Absent)]
    if isinstance(number, Absent) or not numbers:
        return 0
    return bisect_left(numbers, number) + by if by < 0 else bisect_right(numbers, number) + by - 1


def place(name: str, today: Value | Absent, value: Value | Absent) -> Fraction | Absent:
    """Where a value stands on its slider, 0 to 1; ABSENT for one that is not known."""
    if isinstance(value, Absent):
        return ABSENT
    stops = notches(name, today)
    last = max(1, len(stops) - 1)
    return Fraction(min(max(_stand(stops, value, 0), 0), last), last)


def read(name: str, text: str) -> Value:
    """The value of an input from its text, with the unit people write behind it; raises WhatIfError."""
    plain, measured = text.strip(), unit(name)
    for word in (measured, "bit/s", "bps"):
        if word and plain.endswith(word):
            plain = plain.removesuffix(word).strip()
    if not plain:
        raise WhatIfError("whatif.number", input=name, found="")
    return value_of(name, plain)
