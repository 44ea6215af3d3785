"""What the plan is made of: steps of the waterfall, actions with their dates and sums, and the windows they end in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from auditor.values import ABSENT, Absent, Message


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the bottleneck waterfall: what is cured, the seats after, what binds next (technical order).

    `id` is that of the plan's action.
    """

    action: Message
    check: str
    seats: int
    binding: tuple[str, ...]
    lead_days: tuple[int, int]
    cost: int
    id: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money in euros, between `least` and `most`; `most` is ABSENT where nothing bounds it."""

    least: int = 0
    most: int | Absent = 0


Status: TypeAlias = Literal["open", "ordered", "done", "excluded"]


@dataclass(frozen=True, slots=True)
class Action:
    """One line of the plan: what to do, what it closes, and the seats and score once it and those before are done.

    `id` stays the same from audit to audit: the id of its first check, with `/` and a part where that check has several
    (`LNK-001/main`). `depends_on` holds ids of actions. `closes` are the checks that pass once it is done, as judging
    again shows; `taken_as_passed` those among them that no input of the model tells, so that the act itself is taken
    for proof. `points_gained` counts in the proven score, which no cap holds back. `window` is `0-7`, `8-30`, `31-60`,
    `61-90` or `91+` (days from the start of the plan to `done_by`), "" for an action that is left out: its dates and
    gains mean nothing. `seats_on_done`
    are the seats on that date in calendar order. An action on the critical path holds back the last seats of the plan.
    """

    rank: int
    action: Message
    closes: tuple[str, ...]
    seats_after: int | Absent
    score_after: Fraction | Absent
    owner: str
    effort_hours: int
    lead_days: tuple[int, int]
    cost: int
    depends_on: tuple[str, ...]
    start_by: dt.date
    done_by: dt.date
    done_when: str
    status: Status = "open"
    id: str = ""
    people_gained: int | Absent = ABSENT
    points_gained: Fraction | Absent = ABSENT
    taken_as_passed: tuple[str, ...] = ()
    window: str = ""
    critical: bool = False
    one_off: Amount = Amount()
    monthly: Amount = Amount()
    seats_on_done: int | Absent = ABSENT
    note: Message | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The end of one window of the plan, in calendar order: what is done and what is under way, seats and score then.

    `id` as in Action; `done` and `ordered` hold ids of actions that end in it, and that begin in it and end later.
    """

    id: str
    until: dt.date
    seats: int | Absent
    score: Fraction | Absent
    binding: tuple[str, ...]
    done: tuple[str, ...]
    ordered: tuple[str, ...]
