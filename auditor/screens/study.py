"""The seam of the screens that study an audit (what-if, plan, comparison). Types alone, no work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from auditor.actions import Action, Step
from auditor.model import Audit, Degraded, Headline, Origin, Resource, Supposition
from auditor.values import ABSENT, Absent, Message, Value


class Refused(ValueError):
    """Something a user asked for makes no sense; `message` says which and why, in whatever language he reads."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


# ---- what if ----


@dataclass(frozen=True, slots=True)
class Dial:
    """An input of the model that can be turned: its published name, unit, present value and where that comes from."""

    name: str
    unit: str
    today: Value | Absent
    origin: Origin


@dataclass(frozen=True, slots=True)
class Supposed:
    """What the model concludes once some inputs are others."""

    changes: Mapping[str, Value]
    headline: Headline
    resources: tuple[Resource, ...]
    waterfall: tuple[Step, ...]
    degraded: tuple[Degraded, ...]


class Suppositions(Protocol):
    """The inputs of one audit, to be turned. Every fault of the user is Refused."""

    def today(self) -> Supposed:
        """The audit as it stands."""
        ...

    def dials(self) -> Sequence[Dial]:
        """Every input that can be turned, those that matter most first."""
        ...

    def read(self, name: str, text: str, /) -> Value:
        """The value of an input from what somebody typed."""
        ...

    def ask(self, changes: Mapping[str, Value], /) -> Supposed:
        """The answer once these inputs are changed, within a few hundredths of a second."""
        ...

    def slide(self, name: str, value: Value | Absent, by: int, /) -> Value:
        """The value `by` notches further; the last one where there is none."""
        ...

    def place(self, name: str, value: Value | Absent, /) -> Fraction | Absent:
        """Where a value stands on its slider, 0 to 1."""
        ...

    def kept(self) -> Sequence[Supposition]:
        """The what-ifs that were kept for this site, by name."""
        ...

    def keep(self, name: str, changes: Mapping[str, Value], /) -> None:
        """Keep a what-if beside the facts; one of the same name is replaced."""
        ...

    def forget(self, name: str, /) -> None:
        """Keep it no longer."""
        ...


# ---- decisions ----


class Decisions(Protocol):
    """What people decide about the plan of one audit. Each call saves, and gives the audit with it; or is Refused."""

    def set(self, action: str, field: str, text: str, /) -> Audit:
        """One field of an action: owner, status, start, end, one_off, monthly; an empty text takes it back."""
        ...

    def leave_out(self, action: str, reason: str, /) -> Audit:
        """The action is no longer in the plan."""
        ...

    def take_in(self, action: str, /) -> Audit:
        """It is again."""
        ...

    def accept(self, check: str, by: str, reason: str, until: str, /) -> Audit:
        """A risk is accepted, by whom, why and until which day."""
        ...

    def withdraw(self, check: str, /) -> Audit:
        """It is accepted no longer."""
        ...

    def begin(self, day: str, /) -> Audit:
        """The day the plan begins; "" goes back to that of the site file."""
        ...

    def undo(self) -> Audit:
        """Take back the last of these decisions that was made here."""
        ...

    @property
    def undoable(self) -> bool:
        """Whether there is one."""
        ...


# ---- before and after ----


@dataclass(frozen=True, slots=True)
class KnownAudit:
    """A saved audit of a site, as a list shows it."""

    id: str
    at: dt.datetime
    seats: int | Absent = ABSENT
    required: int | Absent = ABSENT
    score: float | Absent = ABSENT
    grade: str = ""


@dataclass(frozen=True, slots=True)
class InputMoved:
    """An input that was told otherwise; ABSENT on the side that did not have it."""

    name: str
    unit: str
    before: Value | Absent
    after: Value | Absent


@dataclass(frozen=True, slots=True)
class Compared:
    """Two audits of a site and what lies between them.

    `same_profile`: the later site with the earlier people; `alike`: the scores over the `alike_checks` checks that both
    measured, `alike_share` % of the weight; `parts`: (remediation, coverage, catalogue or scope; points of the proven
    score); `checks`: (fixed, improved, regressed, new, lost or revised; check id); `devices`: (fate, before, after);
    `promised`: the people the earlier plan announced; `promises`: its actions and done, open or unknown.
    """

    before: Audit
    after: Audit
    same_profile: int | Absent
    alike: tuple[Fraction, Fraction]
    alike_checks: int
    alike_share: Fraction
    parts: tuple[tuple[str, Fraction], ...]
    checks: tuple[tuple[str, str], ...]
    devices: tuple[tuple[str, str, str], ...]
    promised: int | Absent
    promises: tuple[tuple[Action, str], ...]
    inputs: tuple[InputMoved, ...]


class Comparisons(Protocol):
    """The history of one site."""

    def audits(self) -> Sequence[KnownAudit]:
        """The audits of the site, newest first."""
        ...

    def between(self, before: str, after: str, /) -> Compared:
        """What changed from one to the other, by their ids; Refused where one cannot be read."""
        ...


class Study(Protocol):
    """What the screens that study an audit are handed; each of the three costs nothing until it is asked."""

    def suppositions(self, audit: Audit, /) -> Suppositions: ...

    def decisions(self, audit: Audit, /) -> Decisions: ...

    def comparisons(self, audit: Audit, /) -> Comparisons: ...
