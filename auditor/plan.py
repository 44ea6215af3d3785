"""From what binds and what failed to an ordered, dated plan, with seats and score after each action."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from auditor.capacity import assess
from auditor.cures import SENTENCES as SENTENCES
from auditor.cures import Cure, Figures, cures
from auditor.figures import with_changes as with_changes
from auditor.model import Absent, Action, Finding, Message, Outcome, Step, Value

Rejudge: TypeAlias = Callable[[Figures, frozenset[str]], tuple[int | Absent, Fraction | Absent]]

MOST_STEPS: Final = 20
LONG_LEAD: Final = 15
WORKING_HOURS: Final = 8


def _waterfall(figures: Figures) -> list[tuple[Step, Cure]]:
    found: list[tuple[Step, Cure]] = []
    now, result = dict(figures), assess(figures)
    for _ in range(MOST_STEPS):
        head = result.headline
        if isinstance(head.seats, Absent) or head.seats >= head.required:
            break
        possible = cures(now, result)
        if not possible:
            break
        cure, result = possible[0]
        now = with_changes(now, cure.changes)
        seats = 0 if isinstance(result.headline.seats, Absent) else result.headline.seats
        step = Step(cure.action, cure.checks[0], seats, result.headline.binding, cure.lead_days, cure.cost)
        found.append((step, cure))
    return found


def waterfall(figures: Figures) -> tuple[Step, ...]:
    """What to cure, each time what binds then, until D fits or nothing cures it: the technical order."""
    return tuple(step for step, _ in _waterfall(figures))


# ---- the plan ----


@dataclass(frozen=True, slots=True)
class _Draft:
    """An action before it has a rank, dates, seats and score."""

    action: Message
    checks: tuple[str, ...]
    changes: Mapping[str, Value]
    owner: str
    effort_hours: int
    lead_days: tuple[int, int]
    cost: int
    unblocks: tuple[str, ...]
    proven: bool = True


def plan(figures: Figures, findings: Sequence[Finding], *, start: dt.date, rejudge: Rejudge) -> tuple[Action, ...]:
    """The actions in technical order: what raises N, then what lifts a cap, then points for effort; with their dates.

    Seats and score after each action come from `rejudge`, with all actions before it done.
    """
    open_findings = {f.id: f for f in findings if f.outcome in (Outcome.FAIL, Outcome.WARN) and f.weight}
    drafts = [_of_cure(cure, open_findings) for _, cure in _waterfall(figures)]
    covered = {check for draft in drafts for check in draft.checks}
    drafts += [_of_finding(f) for f in sorted(open_findings.values(), key=_urgency) if f.id not in covered]
    dates = _calendar(drafts, start)
    actions: list[Action] = []
    now, closed = dict(figures), frozenset[str]()
    for rank, draft in enumerate(drafts, 1):
        now = with_changes(now, draft.changes) if draft.changes else now
        if draft.proven:
            closed |= frozenset(draft.checks)
        seats, score = rejudge(now, closed)
        actions.append(_action(rank, draft, seats, score, dates[rank - 1], _depends(draft, drafts)))
    return tuple(actions)


def _of_cure(cure: Cure, findings: Mapping[str, Finding]) -> _Draft:
    """An action of the waterfall: what it closes is what failed here, owner and effort are those of the check."""
    closes = tuple(check for check in cure.checks if check in findings) or cure.checks[:1]
    known = findings.get(cure.checks[0])
    return _Draft(
        cure.action,
        closes,
        cure.changes,
        known.owner if known else cure.owner,
        known.effort_hours if known else cure.effort_hours,
        cure.lead_days,
        cure.cost,
        known.unblocks if known else (),
        cure.closes_all,
    )


def _of_finding(finding: Finding) -> _Draft:
    return _Draft(
        Message(f"{finding.id}.action"),
        (finding.id,),
        {},
        finding.owner,
        finding.effort_hours,
        finding.lead_days,
        finding.cost,
        finding.unblocks,
    )


def _urgency(finding: Finding) -> tuple[bool, bool, Fraction, str]:
    """Critical failures first (they cap the score), then the points gained for an hour of effort."""
    lost = finding.weight * (Fraction(1) if finding.outcome is Outcome.FAIL else Fraction(1, 2))
    critical = finding.weight >= 10
    return (
        not (critical and finding.outcome is Outcome.FAIL),
        not critical,
        -lost / max(1, finding.effort_hours),
        finding.id,
    )


def _action(
    rank: int,
    draft: _Draft,
    seats: int | Absent,
    score: Fraction | Absent,
    dates: tuple[dt.date, dt.date],
    depends: tuple[str, ...],
) -> Action:
    return Action(
        rank=rank,
        action=draft.action,
        closes=draft.checks,
        seats_after=seats,
        score_after=score,
        owner=draft.owner,
        effort_hours=draft.effort_hours,
        lead_days=draft.lead_days,
        cost=draft.cost,
        depends_on=depends,
        start_by=dates[0],
        done_by=dates[1],
        done_when=draft.checks[0],
    )


def _depends(draft: _Draft, drafts: Sequence[_Draft]) -> tuple[str, ...]:
    """The checks of other actions that must be done for this one to take effect."""
    return tuple(
        other.checks[0]
        for other in drafts
        if other is not draft and any(check in expand(other.unblocks) for check in draft.checks)
    )


def expand(unblocks: Iterable[str]) -> frozenset[str]:
    """`VPN-002..016` and `VPN-*` as ids; a wildcard covers 001 to 099."""
    found: set[str] = set()
    for text in unblocks:
        domain, _, rest = text.partition("-")
        if rest == "*":
            found |= {f"{domain}-{number:03d}" for number in range(1, 100)}
        elif ".." in rest:
            first, _, last = rest.partition("..")
            found |= {f"{domain}-{number:03d}" for number in range(int(first), int(last) + 1)}
        else:
            found.add(text)
    return frozenset(found)


def _calendar(drafts: Sequence[_Draft], start: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Start and end of each action: orders that land last are placed first, then each owner works in technical order.

    The end counts the later end of the lead time. An action that takes effect only after another ends no sooner.
    """
    order = sorted(range(len(drafts)), key=lambda i: (drafts[i].lead_days[1] < LONG_LEAD or not drafts[i].changes, i))
    spent: dict[str, int] = {}
    found: dict[int, tuple[dt.date, dt.date]] = {}
    for index in order:
        draft = drafts[index]
        before = spent.get(draft.owner, 0)
        spent[draft.owner] = before + draft.effort_hours
        begin = _working_day(start, before // WORKING_HOURS)
        own_end = _working_day(start, (before + draft.effort_hours - 1) // WORKING_HOURS)
        found[index] = (begin, max(own_end, begin + dt.timedelta(days=draft.lead_days[1])))
    by_check = {drafts[i].checks[0]: dates for i, dates in found.items()}
    ended = []
    for index, draft in enumerate(drafts):
        begin, end = found[index]
        needs = [by_check[check][1] for check in _depends(draft, drafts) if check in by_check and draft.changes]
        ended.append((begin, max([end, *needs])))
    return ended


def _working_day(start: dt.date, days: int) -> dt.date:
    """The date `days` working days after a start (weekends left out)."""
    day = start
    while day.weekday() >= 5:
        day += dt.timedelta(days=1)
    for _ in range(days):
        day += dt.timedelta(days=3 if day.weekday() == 4 else 1)
    return day
