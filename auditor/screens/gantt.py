"""The calendar of a plan in cells: one column of cells for each week, a bar for each action."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from auditor.actions import Action
from auditor.texts import Texts

WEEK: Final = 7
CRITICAL: Final = "█"
ORDINARY: Final = "▒"
DONE: Final = "✓"
WIDEST: Final = 6


@dataclass(frozen=True, slots=True)
class Calendar:
    """The weeks of a plan, from a Monday on, and the cells of each."""

    first: dt.date
    weeks: int
    cells: int

    @property
    def width(self) -> int:
        return self.weeks * self.cells

    def cell(self, day: dt.date) -> int:
        """The cell in which a day stands, held at the ends."""
        return min(max((day - self.first).days * self.cells // WEEK, 0), self.width - 1)


def calendar(actions: Sequence[Action], room: int) -> Calendar:
    """The weeks that these actions cover, in at most `room` cells; a plan too long for it ends at the edge."""
    if not actions:
        return Calendar(dt.date.min, 1, max(1, room))
    start = min(action.start_by for action in actions)
    first = start - dt.timedelta(start.weekday())
    weeks = (max(action.done_by for action in actions) - first).days // WEEK + 1
    return Calendar(first, min(weeks, max(1, room)), min(WIDEST, max(1, room // weeks)))


def ruler(weeks: Calendar, texts: Texts) -> str:
    """The first day of each week, as far as it fits above its cells; every other week where they are narrow."""
    line = ""
    for week in range(weeks.weeks):
        day = weeks.first + dt.timedelta(week * WEEK)
        words = short(day, texts)
        at = week * weeks.cells
        if at >= len(line) and at + len(words) <= max(weeks.width, len(words)):
            line = line.ljust(at) + words + " "
    return line.rstrip()


def short(day: dt.date, texts: Texts) -> str:
    """A day without its year: 1 Dec, 01/12."""
    return texts.date(day).removesuffix(str(day.year)).rstrip(" /")


def bar(action: Action, weeks: Calendar) -> str:
    """From order to end: solid on the critical path, hatched elsewhere, a tick at the end of what is done."""
    start, end = weeks.cell(action.start_by), weeks.cell(action.done_by)
    drawn = (CRITICAL if action.critical else ORDINARY) * (end - start + 1)
    if action.status == "done":
        drawn = drawn[:-1] + DONE
    return " " * start + drawn
