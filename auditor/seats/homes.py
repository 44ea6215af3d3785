"""Home lines: the class of each from its speed test, and what a survey of them says of all (domain model, 1.11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final, Literal, cast

from auditor.model import Figure, Origin
from auditor.site import Declared
from auditor.values import Absent

Line = Literal["pass", "warn", "fail"]
CLASSES: Final[tuple[Line, ...]] = ("pass", "warn", "fail")
PASS: Final = (8_000_000, 3_000_000, 60)
"""Least download and upload in bit/s and most round-trip time in ms: one HD video meeting and a household beside it."""
WARN: Final = (3_000_000, 1_000_000, 100)
"""The same for voice, a virtual desktop and meetings without a camera."""


def classify(down_bps: Fraction | Absent, up_bps: Fraction | Absent, rtt_ms: Fraction | Absent) -> Line | Literal[""]:
    """The class of one line; "" while a figure is missing and what is there does not already fail it."""
    told = (down_bps, up_bps, rtt_ms)
    if not _meets(told, WARN):
        return "fail"
    if any(isinstance(value, Absent) for value in told):
        return ""
    return "pass" if _meets(told, PASS) else "warn"


def _meets(told: tuple[Fraction | Absent, Fraction | Absent, Fraction | Absent], wanted: tuple[int, int, int]) -> bool:
    """Whether nothing that was told falls short."""
    down, up, rtt = told
    return (
        (isinstance(down, Absent) or down >= wanted[0])
        and (isinstance(up, Absent) or up >= wanted[1])
        and (isinstance(rtt, Absent) or rtt <= wanted[2])
    )


def stated(declared: Mapping[str, Declared], eligible: int) -> dict[str, Declared]:
    """The same as statements, with who, when and the document of the counts they come from."""
    lines = {name: declared[f"homes.lines.{name}"] for name in CLASSES if f"homes.lines.{name}" in declared}
    numbers = {name: said.value for name, said in lines.items() if type(said.value) is int and said.value >= 0}
    answered = sum(numbers.values())
    if not answered or len(numbers) != len(lines):
        return {}
    one = next(iter(lines.values()))
    found = {"homes.share": replace(one, value=Fraction(answered - numbers.get("fail", 0), answered))}
    if eligible:
        found["homes.answered"] = replace(one, value=min(Fraction(1), Fraction(answered, eligible)))
    return {name: said for name, said in found.items() if name not in declared}


def shares(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """`homes.class.…`, `homes.share` and `homes.answered` from the lines counted by class; empty without a count.

    The shares are of the lines whose class is known; how many of the eligible people those are is `homes.answered`.
    """
    lines = {name: _count(figures, f"homes.lines.{name}") for name in CLASSES}
    answered = sum(lines.values())
    eligible = _count(figures, "people.eligible")
    if not answered:
        return {}
    said = next(figures[f"homes.lines.{name}"].sources for name in CLASSES if lines[name])
    share = Fraction(lines["pass"] + lines["warn"], answered)
    found = {"homes.share": Figure("homes.share", share, Origin.DECLARED, "share", sources=said)}
    for name in CLASSES:
        part = Fraction(lines[name], answered)
        found[f"homes.class.{name}"] = Figure(f"homes.class.{name}", part, Origin.DECLARED, "share", sources=said)
    if eligible:
        part = min(Fraction(1), Fraction(answered, eligible))
        found["homes.answered"] = Figure("homes.answered", part, Origin.DECLARED, "share", sources=said)
    return found


def _count(figures: Mapping[str, Figure], name: str) -> int:
    figure = figures.get(name)
    return 0 if figure is None or figure.origin is Origin.UNKNOWN else int(cast(int, figure.value))
