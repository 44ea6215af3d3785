"""From what binds and what failed to an ordered, dated plan, with seats and score after each action.

Technical order (domain model, 3.2 (11)): what removes the binding resource, then what lifts a cap, then points for
effort. The calendar (`schedule`) follows lead times, dependencies and owners. Nothing is estimated: after each action
the site is judged again on its changed inputs. A check that those inputs move is what judging finds; one that rests on
something else is taken as passed once the act is done, and the action says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from auditor.actions import Action, Amount, Status, Step, Window
from auditor.capacity import tally
from auditor.model import Cap, Finding, Outcome
from auditor.planning import budget, schedule
from auditor.planning.cures import SENTENCES as CURE_SENTENCES
from auditor.planning.cures import Cure, Figures, Ladders, Trial, cure_of, cures, lower
from auditor.planning.judgements import NONE, Call, Judgements
from auditor.planning.schedule import Slot, Task
from auditor.seats.figures import with_changes as with_changes
from auditor.seats.recount import Memo
from auditor.values import ABSENT, N_, Absent, Message, Value

MOST_STEPS: Final = 40
OPEN_DOOR: Final = 39
NO_CAP: Final = 100


@dataclass(frozen=True, slots=True)
class Judged:
    """A site judged on some inputs, with some checks taken as passed.

    `score` is the printed one, `proven` the uncapped; `losses` the points each check costs; `caps` what holds the
    printed score back.
    """

    seats: int | Absent
    score: Fraction | Absent
    proven: Fraction
    findings: Mapping[str, Finding]
    losses: Mapping[str, Fraction]
    caps: tuple[Cap, ...] = ()


Rejudge: TypeAlias = Callable[[Figures, frozenset[str]], Judged]
"""Judges the site on these inputs; the second argument are the checks that acts have closed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The actions in technical order, those left out, the windows of the calendar, and the waterfall."""

    actions: tuple[Action, ...]
    left_out: tuple[Action, ...]
    windows: tuple[Window, ...]
    waterfall: tuple[Step, ...]


# ---- the waterfall ----


def _waterfall(trial: Trial, left_out: Callable[[str], bool]) -> list[tuple[Cure, Trial]]:
    """Each cure with its outcome, until D fits or nothing cures what binds."""
    found: list[tuple[Cure, Trial]] = []
    for _ in range(MOST_STEPS):
        if isinstance(trial.found.seats, Absent) or trial.found.seats >= trial.found.required:
            break
        possible = [pair for pair in cures(trial) if not left_out(pair[0].id)]
        if not possible:
            break
        trial = possible[0][1]
        found.append(possible[0])
    return found


def waterfall(
    figures: Figures,
    ladders: Ladders = Ladders(),  # noqa: B008 - frozen
    memo: Memo | None = None,
    left_out: Callable[[str], bool] = lambda id: False,
) -> tuple[Step, ...]:
    """What to cure, each time what binds then, until D fits or nothing cures it: the technical order."""
    return _steps(_waterfall(Trial.of(figures, ladders, memo or Memo()), left_out))


def _steps(found: Iterable[tuple[Cure, Trial]]) -> tuple[Step, ...]:
    steps = []
    for cure, after in found:
        seats = 0 if isinstance(after.found.seats, Absent) else after.found.seats
        step = Step(cure.action, cure.checks[0], seats, after.found.binding, cure.lead_days, cure.cost, cure.id)
        steps.append(step)
    return tuple(steps)


# ---- the plan ----


@dataclass(frozen=True, slots=True)
class _Draft:
    """An action before it has a rank, dates, seats and score; `short` where its ladder ends before what is required."""

    id: str
    action: Message
    checks: tuple[str, ...]
    changes: Mapping[str, Value]
    owner: str
    effort_hours: int
    lead_days: tuple[int, int]
    cost: int
    unblocks: frozenset[str]
    raises: bool = False
    short: bool = False


@dataclass(frozen=True, slots=True)
class _Fate:
    """What one action brings in technical order: the site judged before and after it, what it closes, and how."""

    before: Judged
    after: Judged
    closes: tuple[str, ...]
    taken: tuple[str, ...]


def draw(
    figures: Figures,
    rejudge: Rejudge,
    *,
    start: dt.date,
    at: dt.datetime,
    judgements: Judgements = NONE,
    today: dt.date | Absent = ABSENT,
    ladders: Ladders = Ladders(),  # noqa: B008 - frozen
) -> Plan:
    """The plan of a site that was audited `at` a time, with what people decided about it as of `today`.

    `start` is the day it begins; a judgement may move it.
    """
    day = at.date() if isinstance(today, Absent) else today
    held = judgements.held(day)

    def left_out(id: str) -> bool:
        return id in judgements.excluded() or id.partition("/")[0] in held

    site = _Site(figures, rejudge, rejudge(figures, frozenset()))
    first, trial = site.judged, Trial.of(figures, ladders, Memo())
    steps = _waterfall(trial, left_out)
    cured = [_of_cure(cure, first.findings, raises=True) for cure, _ in steps]
    fates = [site.follow(draft) for draft in cured]
    rest = _rest(steps[-1][1] if steps else trial, cured, site.judged, first, left_out)
    fates += [site.follow(draft) for draft in rest]
    dropped = [_decided(draft, judgements) for draft in _dropped(trial, [*cured, *rest], first, left_out)]
    drafts = [_decided(draft, judgements) for draft in (*cured, *rest)]
    begin = start if isinstance(judgements.start, Absent) else judgements.start
    sheet = _Sheet(figures, first, drafts, fates, rejudge, trial.memo, begin, at, judgements)
    outside = tuple(sheet.excluded(draft, rank, held) for rank, draft in enumerate(dropped, len(drafts) + 1))
    return Plan(tuple(sheet.actions()), outside, sheet.windows(), _steps(steps))


def _of_cure(cure: Cure, findings: Mapping[str, Finding], *, raises: bool) -> _Draft:
    """An action on inputs: owner and effort are those of its check, where that was judged."""
    known = findings.get(cure.checks[0])
    return _Draft(
        cure.id,
        cure.action,
        cure.checks,
        cure.changes,
        known.owner if known and known.owner else cure.owner,
        known.effort_hours if known and known.effort_hours else cure.effort_hours,
        cure.lead_days,
        cure.cost,
        expand(known.unblocks) if known else frozenset(),
        raises,
        not cure.closes_all,
    )


def _of_finding(finding: Finding) -> _Draft:
    return _Draft(
        finding.id,
        Message(f"{finding.id}.action"),
        (finding.id,),
        {},
        finding.owner,
        finding.effort_hours,
        finding.lead_days,
        finding.cost,
        expand(finding.unblocks),
    )


def _failing(finding: Finding | None) -> bool:
    return finding is not None and finding.weight > 0 and finding.outcome in (Outcome.FAIL, Outcome.WARN)


@dataclass
class _Site:
    """The site while a plan is carried out in technical order: its inputs, what acts have closed, and its judgement."""

    figures: Figures
    rejudge: Rejudge
    judged: Judged
    acts: frozenset[str] = frozenset()

    def follow(self, draft: _Draft) -> _Fate:
        """Carry one action out."""
        before = self.judged
        if draft.changes:
            self.figures = with_changes(self.figures, draft.changes)
            self.judged = self.rejudge(self.figures, self.acts)
        taken = tuple(id for id in draft.checks if not draft.short and _unmoved(id, before, self.judged))
        if taken:
            self.acts |= set(taken)
            self.judged = self.rejudge(self.figures, self.acts)
        return _Fate(before, self.judged, _closed(draft, before, self.judged), taken)


def _rest(
    trial: Trial, cured: Sequence[_Draft], then: Judged, first: Judged, left_out: Callable[[str], bool]
) -> list[_Draft]:
    """What remains open once everybody fits, most pressing first: by a cure where one closes it, else by the act."""
    covered = {draft.checks[0] for draft in cured} | {id for draft in cured if draft.short for id in draft.checks}
    known = frozenset(draft.id for draft in cured)
    found: list[_Draft] = []
    for finding in sorted(filter(_failing, then.findings.values()), key=lambda finding: _urgency(finding, then)):
        if finding.id in covered or left_out(finding.id):
            continue
        pair = cure_of(finding.id, trial, known)
        if pair and not left_out(pair[0].id):
            trial = pair[1]
            found.append(_of_cure(pair[0], first.findings, raises=False))
        else:
            found.append(_of_finding(finding))
        known |= {found[-1].id}
        covered |= set(found[-1].checks)
    return found


def _urgency(finding: Finding, judged: Judged) -> tuple[int, Fraction, str]:
    """The lowest cap it causes first, then the points it would bring for an hour of effort."""
    cap = min((cap.limit for cap in judged.caps if finding.id in cap.by), default=NO_CAP)
    return cap, -judged.losses.get(finding.id, Fraction(0)) / max(1, finding.effort_hours), finding.id


def _dropped(trial: Trial, drafts: Sequence[_Draft], first: Judged, left_out: Callable[[str], bool]) -> list[_Draft]:
    """What would stand in the plan if nobody had left it out."""
    known = {draft.id for draft in drafts}
    whole = [_of_cure(cure, first.findings, raises=True) for cure, _ in _waterfall(trial, lambda id: False)]
    acts = [_of_finding(f) for f in first.findings.values() if _failing(f)]
    found: dict[str, _Draft] = {}
    for draft in (*whole, *acts):
        if left_out(draft.id) and draft.id not in known:
            found.setdefault(draft.id, draft)
    return list(found.values())


def _decided(draft: _Draft, judgements: Judgements) -> _Draft:
    return replace(draft, owner=judgements.call(draft.id).owner or draft.owner)


@dataclass
class _Sheet:
    """The drafts of a plan, worked out: what each brings, when it is done, and what is reached by then."""

    figures: Figures
    first: Judged
    drafts: Sequence[_Draft]
    fates: Sequence[_Fate]
    rejudge: Rejudge
    memo: Memo
    start: dt.date
    at: dt.datetime
    judgements: Judgements

    def __post_init__(self) -> None:
        self.needs = [self._needs(draft) for draft in self.drafts]
        tasks = [self._task(draft, needs) for draft, needs in zip(self.drafts, self.needs, strict=True)]
        self.slots = schedule.calendar(tasks, self.start)
        self.reached = {day: tally(self._by(day), self.memo).seats for day in {slot.end for slot in self.slots}}
        self.critical = schedule.chain(self.slots, self._last())

    def _needs(self, draft: _Draft) -> tuple[int, ...]:
        """The actions without which this one takes no effect; what is urgent waits for nothing slower than itself."""
        urgent = self._urgent(draft)
        return tuple(
            index
            for index, other in enumerate(self.drafts)
            if draft.checks[0] in other.unblocks
            and other is not draft
            and self._status(other)[0] != "done"
            and not (urgent and other.lead_days[1] > draft.lead_days[1])
        )

    def _urgent(self, draft: _Draft) -> bool:
        """Whether it raises the seats, or closes an open door."""
        doors = {id for cap in self.first.caps if cap.limit == OPEN_DOOR for id in cap.by}
        return draft.raises or not doors.isdisjoint(draft.checks)

    def _task(self, draft: _Draft, needs: tuple[int, ...]) -> Task:
        call, status = self.judgements.call(draft.id), self._status(draft)[0]
        start = call.start
        if status in ("ordered", "done") and isinstance(start, Absent) and not isinstance(call.status_at, Absent):
            start = call.status_at.date()
        return Task(
            draft.owner,
            draft.effort_hours,
            draft.lead_days,
            needs,
            urgent=self._urgent(draft),
            quick=_quick(draft),
            start=start,
            end=call.end,
            done=status == "done",
        )

    def _status(self, draft: _Draft) -> tuple[Status, Message | None]:
        """What was decided; "done" before an audit that still finds it open is not done."""
        call = self.judgements.call(draft.id)
        if isinstance(call.status, Absent):
            return "open", None
        if call.status == "done" and not isinstance(call.status_at, Absent) and call.status_at < self.at:
            return "open", Message("plan.unconfirmed", {"day": call.status_at.date()})
        return call.status, Message("plan.reason", {"reason": call.reason}) if call.reason else None

    # ---- in calendar order ----

    def _by(self, day: dt.date, without: int | Absent = ABSENT) -> Figures:
        """The inputs once all that ends by a day is done."""
        now = self.figures
        for index, (draft, slot) in enumerate(zip(self.drafts, self.slots, strict=True)):
            if draft.changes and slot.end <= day and index != without:
                now = with_changes(now, draft.changes)
        return now

    def _last(self) -> list[int]:
        """The actions that bring the last seats of the plan; without any, those that end last."""
        final = max((s for s in self.reached.values() if not isinstance(s, Absent)), default=0)
        raising = [index for index, draft in enumerate(self.drafts) if draft.raises]
        first = min((day for day, seats in self.reached.items() if seats == final), default=self.start)
        found = [i for i in raising if self.slots[i].end == first and self._short_without(i, first, final)]
        last = max((slot.end for slot in self.slots), default=self.start)
        return found or [index for index, slot in enumerate(self.slots) if slot.end == last]

    def _short_without(self, index: int, day: dt.date, final: int) -> bool:
        return lower(tally(self._by(day, index), self.memo).seats, final)

    def windows(self) -> tuple[Window, ...]:
        """What is reached at the end of each window; none for a plan without actions."""
        return tuple(self._window(days, id) for days, id in schedule.WINDOWS) if self.drafts else ()

    def _window(self, days: int, id: str) -> Window:
        until = self.start + dt.timedelta(days=days)
        done = [index for index, slot in enumerate(self.slots) if slot.end <= until]
        acts = frozenset(check for index in done for check in self.fates[index].taken)
        figures = self._by(until)
        judged = self.rejudge(figures, acts)
        ended = [index for index in done if schedule.window(self.start, self.slots[index].end) == id]
        begun = [
            index
            for index, slot in enumerate(self.slots)
            if slot.end > until and schedule.window(self.start, slot.start) == id
        ]
        binding = tally(figures, self.memo).binding
        return Window(id, until, judged.seats, judged.score, binding, self._ids(ended), self._ids(begun))

    def _ids(self, indices: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.drafts[index].id for index in indices)

    # ---- the lines ----

    def actions(self) -> Iterator[Action]:
        for index, draft in enumerate(self.drafts):
            fate, slot = self.fates[index], self.slots[index]
            status, note = self._status(draft)
            yield replace(
                self._line(draft, index + 1, slot, fate.after),
                closes=fate.closes,
                depends_on=self._ids(self.needs[index]),
                status=status,
                people_gained=_difference(fate.before.seats, fate.after.seats),
                points_gained=fate.after.proven - fate.before.proven,
                taken_as_passed=fate.taken,
                window=schedule.window(self.start, slot.end),
                critical=index in self.critical and status != "done",
                seats_on_done=self.reached[slot.end],
                note=note,
            )

    def excluded(self, draft: _Draft, rank: int, held: frozenset[str]) -> Action:
        """An action that somebody leaves out: it has no date and brings nothing."""
        last = self.fates[-1].after if self.fates else self.first
        check, call = draft.id.partition("/")[0], self.judgements.call(draft.id)
        note = Message("plan.reason", {"reason": call.reason}) if call.reason else None
        if check in held:
            said = self.judgements.accepted[check]
            note = Message("plan.accepted", {"by": said.by, "until": said.until})
        line = self._line(draft, rank, Slot(self.start, self.start), last)
        return replace(line, closes=draft.checks, status="excluded", note=note)

    def _line(self, draft: _Draft, rank: int, slot: Slot, judged: Judged) -> Action:
        one_off, monthly = _quoted(self.judgements.call(draft.id), budget.split(draft.checks[0], draft.cost))
        return Action(
            rank=rank,
            action=draft.action,
            closes=(),
            seats_after=judged.seats,
            score_after=judged.score,
            owner=draft.owner,
            effort_hours=draft.effort_hours,
            lead_days=draft.lead_days,
            cost=draft.cost,
            depends_on=(),
            start_by=slot.start,
            done_by=slot.end,
            done_when=draft.checks[0],
            id=draft.id,
            one_off=one_off,
            monthly=monthly,
        )


def _quick(draft: _Draft) -> bool:
    """A quick win: at most a day's effort, a week's lead and cost class 1 (domain model, section 2)."""
    return draft.effort_hours <= 8 and draft.lead_days[1] <= 7 and draft.cost <= 1


def _unmoved(id: str, before: Judged, after: Judged) -> bool:
    """Whether a failing check says the very same after the change: it rests on something the inputs do not tell."""
    was, now = before.findings.get(id), after.findings.get(id)
    if was is None or now is None or not _failing(now):
        return False
    return (was.outcome, dict(was.message.values)) == (now.outcome, dict(now.message.values))


def _closed(draft: _Draft, before: Judged, after: Judged) -> tuple[str, ...]:
    """The checks that failed or warned before and pass after, those of the action first."""
    found = [
        id
        for id, finding in before.findings.items()
        if _failing(finding) and id in after.findings and after.findings[id].outcome is Outcome.PASS
    ]
    first = [id for id in draft.checks if id in found]
    unjudged = draft.checks[:1] if draft.checks[0] not in before.findings else ()
    return (*first, *unjudged, *(id for id in found if id not in first))


def _difference(before: int | Absent, after: int | Absent) -> int | Absent:
    return ABSENT if isinstance(before, Absent) or isinstance(after, Absent) else after - before


def _quoted(call: Call, classes: tuple[Amount, Amount]) -> tuple[Amount, Amount]:
    """The sums of a quote where somebody gave one, else those of the cost class."""
    said = (call.one_off, call.monthly)
    if all(isinstance(sum, Absent) for sum in said):
        return classes
    one_off, monthly = (Amount() if isinstance(sum, Absent) else Amount(sum, sum) for sum in said)
    return one_off, monthly


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


SENTENCES: Mapping[str, str] = {
    **CURE_SENTENCES,
    "plan.unconfirmed": N_("Said to be done on {day:date}, but this audit still finds it open."),
    "plan.reason": N_("{reason}"),
    "plan.accepted": N_("Left out: the risk is accepted by {by} until {until:date}."),
}
