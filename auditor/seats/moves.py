"""What moving an application out of the site does to the seats: a detour, or relief where the tunnel ends beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal, cast

from auditor.capacity import Tally, tally
from auditor.model import Figure, Finding, Move
from auditor.planning.cures import more
from auditor.seats.figures import Inputs, with_changes
from auditor.seats.recount import Memo
from auditor.site import Application
from auditor.values import ABSENT, N_, Absent, Message, Value

Place = Literal["site", "datacentre", "saas"]
Figures = Mapping[str, Figure]
WAYS: Final[tuple[tuple[Place, Literal["site", "datacentre"] | Absent], ...]] = (
    ("datacentre", "site"),
    ("datacentre", "datacentre"),
    ("saas", ABSENT),
)
"""Where to, and where the tunnel would end: online services do not care."""
MIGRATIONS: Final = ("HST-001", "HST-004")
"""The checks whose remedy is to move servers: busy teams make it longer."""


def moves(figures: Figures, applications: Sequence[Application]) -> tuple[Move, ...]:
    """The effect of moving each application that runs on the site, with what it depends on, one move at a time."""
    memo = Memo()
    today = tally(figures, memo)
    return tuple(
        move(figures, applications, application.name, to, ends, today=today, memo=memo)
        for application in applications
        if application.where == "site"
        for to, ends in WAYS
    )


def move(
    figures: Figures,
    applications: Sequence[Application],
    name: str,
    to: Place,
    ends: Literal["site", "datacentre"] | Absent = ABSENT,
    *,
    today: Tally | None = None,
    memo: Memo | None = None,
) -> Move:
    """The seats once an application and those it depends on run elsewhere; `ends` moves the end of the tunnel too."""
    before = today or tally(figures, memo)
    group = together(applications, name)
    changes: dict[str, Value] = {f"application.{one}.where": to for one in group}
    if not isinstance(ends, Absent):
        changes["tunnel.ends"] = ends
    after = tally(with_changes(figures, changes), memo)
    end = str(changes.get("tunnel.ends", Inputs(figures).text("tunnel.ends", "site")))
    return Move(
        application=name,
        to=to,
        ends=cast("Literal['site', 'datacentre']", end),
        moves_with=tuple(one for one in group if one != name),
        seats=after.seats,
        gained=_gain(after.seats, before.seats),
        link_up=after.of("link.up"),
        link_down=after.of("link.down"),
        binding=after.binding,
        lead_days=lead_days(figures),
        note=_note(to, end, before, after),
    )


def together(applications: Sequence[Application], name: str) -> tuple[str, ...]:
    """The application and all those on the site that it depends on, directly or not: they move in one go."""
    known = {application.name: application for application in applications}
    found: list[str] = []
    waiting = [name]
    while waiting:
        one = waiting.pop(0)
        if one in known and one not in found and (one == name or known[one].where == "site"):
            found.append(one)
            waiting += known[one].depends_on
    return tuple(found)


def lead_days(figures: Figures) -> tuple[int, int]:
    """How long one migration takes now: the normal time multiplied by how busy the teams are, in whole days."""
    inputs = Inputs(figures)
    factor = inputs.num_or("hosting.saturation", 1)
    low, high = inputs.num_or("hosting.migration_low_days", 30), inputs.num_or("hosting.migration_high_days", 60)
    return math.ceil(low * factor), math.ceil(high * factor)


def stretched(findings: Sequence[Finding], figures: Figures) -> tuple[Finding, ...]:
    """The findings whose remedy is a migration, with the time one takes now."""
    days = lead_days(figures)
    return tuple(replace(one, lead_days=days) if one.id in MIGRATIONS else one for one in findings)


def _gain(after: int | Absent, before: int | Absent) -> int | Absent:
    return ABSENT if isinstance(after, Absent) or isinstance(before, Absent) else after - before


def _note(to: Place, ends: str, before: Tally, after: Tally) -> Message:
    """What the move does to the access of the site, in the words of its case."""
    if to == "saas":
        return Message("move.saas")
    if ends == "site":
        return Message("move.trombone")
    ways = [(before.of(id), after.of(id)) for id in ("link.up", "link.down")]
    freed = any(more(then, now) for now, then in ways)
    return Message("move.beside" if freed else "move.beside_no_gain")


SENTENCES: Mapping[str, str] = {
    "move.trombone": N_(
        "The tunnel still ends at the site, so the traffic of the application comes in from the datacentre and goes out"
        " again to the worker: the access of the site carries it twice. People at their desks use it through that"
        " access as well, which is not counted."
    ),
    "move.beside": N_(
        "The tunnel ends in the datacentre beside the application: its traffic leaves the access of the site; what the"
        " datacentre's own access carries is not counted here."
    ),
    "move.beside_no_gain": N_("The tunnel ends in the datacentre, and the access of the site gains nothing by it."),
    "move.saas": N_(
        "As an online service it is internet traffic: it leaves the access of the site only as far as the tunnel lets"
        " internet traffic out."
    ),
}
