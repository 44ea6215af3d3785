"""Reading and changing the model's inputs: by name, with what is missing, and with what each does to the answer."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Final, cast

from auditor.model import Bound, Figure, Origin
from auditor.parameters import PARTED, accept, unit
from auditor.seats import homes
from auditor.values import Absent, Message, Value

DEMAND: Final = re.compile(
    r"demand\..+|people\.(video|phone)_share|telephony\.busy_hour_erlangs"
    r"|firewall\.sessions\.per_user(_split)?|nat\.ports_per_user"
)
"""Inputs that say what one worker draws; a default among them makes the answer approximate."""

FEW_ANSWERS: Final = Fraction(3, 5)


class Missing(Exception):
    """An input that nobody told and that has no default."""

    def __init__(self, figure: Figure | None, name: str) -> None:
        super().__init__(name)
        self.reason = figure.note if figure and figure.note else Message("unknown.input", {"input": name})
        self.refused = figure is not None and figure.refused


_LINK: Final = re.compile(r"link\.(.+)\.(?:(?:committed|used)_(?:down|up)_bps|sessions|use|carries)")


@lru_cache(maxsize=64)
def _link_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The links that a set of input names speaks of, in its order."""
    return tuple(dict.fromkeys(match[1] for match in map(_LINK.fullmatch, names) if match))


_APPLICATION: Final = re.compile(r"application\.(.+)\.where")


@lru_cache(maxsize=64)
def _application_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(match[1] for match in map(_APPLICATION.fullmatch, names) if match)


def _exact(value: int | float | Fraction) -> Fraction:
    """A number as the model computes with it; a decimal of a device is what it prints."""
    if isinstance(value, Fraction):
        return value
    return Fraction(str(value)) if isinstance(value, float) else _whole(value)


@lru_cache(maxsize=4096)
def _whole(value: int) -> Fraction:
    """A whole number as a fraction: making one takes longer than finding it again."""
    return Fraction(value)


class Inputs:
    """The figures by name; remembers which were read, so that a resource can list its inputs.

    `past` reads them as they were before the change under study, where that is kept (`NAME_now`).
    """

    def __init__(self, figures: Mapping[str, Figure], *, past: bool = False) -> None:
        self.figures = figures
        self.past = past
        self.read: dict[str, Figure] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names there are, in their order."""
        return tuple(self.figures)

    def figure(self, name: str) -> Figure | None:
        """The figure of a name, the one kept from before the change first where the past is asked for."""
        kept = self.figures.get(f"{name}_now") if self.past else None
        return kept or self.figures.get(name)

    def known(self, name: str) -> bool:
        figure = self.figure(name)
        return figure is not None and figure.origin is not Origin.UNKNOWN

    def value(self, name: str) -> Value:
        figure = self.figure(name)
        if figure is None or figure.origin is Origin.UNKNOWN:
            raise Missing(figure, name)
        self.read[name] = figure
        return figure.value

    def num(self, name: str) -> Fraction:
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
            raise Missing(None, name)
        return _exact(value)

    def num_or(self, name: str, default: Fraction | int) -> Fraction:
        """The number, or a default where nobody told it."""
        return self.num(name) if self.known(name) else Fraction(default)

    def whole(self, name: str) -> int:
        return math.floor(self.num(name))

    def text(self, name: str, default: str = "") -> str:
        return str(self.value(name)) if self.known(name) else default

    def proven(self, name: str) -> bool:
        """Whether a proof of this name (`proof.…`) is there, by a document or a device."""
        return self.known(name) and self.value(name) is True

    def links(self) -> list[str]:
        """The names of the links, in the order of the site file."""
        return list(_link_names(self.names))

    def applications(self, profile: str = "") -> list[str]:
        """The names of the applications, those that people of one profile use."""
        names = _application_names(self.names)
        return [name for name in names if not profile or profile in self._users(name)]

    def _users(self, application: str) -> tuple[str, ...]:
        figure = self.figures.get(f"application.{application}.profiles")
        return cast(tuple[str, ...], figure.value) if figure else ()

    def link_use(self, name: str) -> str:
        return self.text(f"link.{name}.use", "active")

    def carries(self, name: str, what: str) -> bool:
        figure = self.figures.get(f"link.{name}.carries")
        return figure is None or what in cast(tuple[str, ...], figure.value)

    def active_links(self) -> list[str]:
        """The links that carry the tunnel today."""
        return [name for name in self.links() if self.link_use(name) == "active" and self.carries(name, "vpn")]


def bound_of(figure: Figure) -> tuple[Bound, Message]:
    """What a figure does to the answer: "=", "~" (a default, a short window) or "<=" (few answers), and why."""
    if figure.origin is Origin.ASSUMED and DEMAND.fullmatch(figure.name):
        return "~", Message("bound.assumed_demand")
    if figure.name == "homes.answered" and isinstance(figure.value, int | Fraction) and figure.value < FEW_ANSWERS:
        return "<=", Message("bound.few_answers", {"share": figure.value})
    if figure.name == "tunnel.ends" and figure.value == "datacentre":
        return "<=", Message("bound.datacentre")
    if figure.note and (figure.note.id.startswith("note.window") or figure.note.id == "note.advertised"):
        return "~", figure.note
    if figure.note and figure.note.id == "note.forwards_overlap":
        return "<=", figure.note
    return "=", Message("")


def with_changes(figures: Mapping[str, Figure], changes: Mapping[str, Value]) -> dict[str, Figure]:
    """The figures with some of them set; the demand in force stays that of today (`tunnel.mode_now`…).

    Where the tunnel ends and where applications run are kept with the tunnel mode: today's use was measured with them.

    A value that makes no sense for its input raises ValueError, with the input's name.
    """
    found = dict(figures)
    if "tunnel.mode" in changes or "tunnel.bypass" in changes:
        keep_in_force(found, "tunnel.mode", "tunnel.bypass")
    keep_in_force(found, *(name for name in changes if _PLACES.fullmatch(name)))
    for name, value in changes.items():
        usable = accept(name, value)
        if isinstance(usable, Absent):
            raise ValueError(name)
        before = found.get(name) or Figure(name, usable, Origin.DECLARED, unit(name))
        found[name] = replace(before, value=usable, origin=Origin.DECLARED, sources=("what-if",), note=None)
        for part in [part for part in found if part.startswith(f"{name}/")] if name in PARTED else ():
            del found[part]  # what each gateway brings to the new total is not known
    if any(name.startswith("homes.lines.") for name in changes):
        found |= homes.shares(found)
    _share_out(found, [name for name in changes if name.startswith(PROFILE)])
    return found


_PLACES: Final = re.compile(r"tunnel\.ends|hosting\.share|application\..+\.where")


def keep_in_force(found: dict[str, Figure], *names: str) -> None:
    """Keep how these inputs are today as `NAME_now`: what was measured was measured with them."""
    for name in names:
        figure = found.get(name)
        if figure and figure.origin is not Origin.UNKNOWN and f"{name}_now" not in found:
            found[f"{name}_now"] = replace(figure, name=f"{name}_now")


PROFILE: Final = "people.profile."


def _share_out(found: dict[str, Figure], changed: list[str]) -> None:
    """When some shares of the mix change, the others share what is left in their proportions."""
    if not changed:
        return
    inputs = Inputs(found)
    others = [name for name in found if name.startswith(PROFILE) and name not in changed]
    left = 1 - sum((inputs.num(name) for name in changed), Fraction(0))
    before = sum((inputs.num(name) for name in others), Fraction(0))
    if not others or left == before or left < 0:
        return
    for name in others:
        share = inputs.num(name) * left / before if before else left / len(others)
        found[name] = replace(found[name], value=share, origin=Origin.DECLARED, sources=("what-if",), note=None)
