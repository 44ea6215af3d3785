"""When each action of a plan begins and ends: what lands last is ordered first, and nobody works twice at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from auditor.values import ABSENT, Absent

LONG_LEAD: Final = 15
SHORT_LEAD: Final = 3
HOURS_A_DAY: Final = 8
ORDER_HOURS: Final = 1
"""What it takes to set something going that has a lead time; the rest of the effort comes on the way."""

WINDOWS: Final = ((7, "0-7"), (30, "8-30"), (60, "31-60"), (90, "61-90"))
AFTER: Final = "91+"


@dataclass(frozen=True, slots=True)
class Task:
    """An action as the calendar sees it; `needs` are the places of tasks without which it takes no effect.

    `urgent`: it raises the seats or closes an open door; `quick`: it is a quick win. `start`, `end`: dates that
    somebody set. `done`: no work left.
    """

    owner: str
    effort_hours: int
    lead_days: tuple[int, int]
    needs: tuple[int, ...] = ()
    urgent: bool = False
    quick: bool = False
    start: dt.date | Absent = ABSENT
    end: dt.date | Absent = ABSENT
    done: bool = False

    @property
    def long(self) -> bool:
        return self.lead_days[1] >= LONG_LEAD

    @property
    def first_hours(self) -> int:
        """The work at its beginning: all of it where there is hardly a lead time."""
        return self.effort_hours if self.lead_days[1] < SHORT_LEAD else min(ORDER_HOURS, self.effort_hours)

    @property
    def at_once(self) -> bool:
        """Whether it begins before what it needs is done: an order waits for nothing, nor does what is urgent."""
        return self.long or (self.urgent and self.lead_days[1] >= SHORT_LEAD)


@dataclass(frozen=True, slots=True)
class Slot:
    """The dates of a task; `held_by` is the task that keeps it from ending sooner, ABSENT when its own lead does."""

    start: dt.date
    end: dt.date
    held_by: int | Absent = ABSENT


def calendar(tasks: Sequence[Task], start: dt.date) -> tuple[Slot, ...]:
    """The dates of each task, given in technical order; the later end of each lead time counts.

    Urgent work comes first: it is set going, the longest lead before the others, the quick part of it done, then the
    rest; then every other long order is placed; then comes what the urgent work needs, in the order in which it is due;
    then what is quickly done, the work on long orders, and all else. Each owner works eight hours a day, five days a
    week. A task begins once what it needs is done; an order, or what is urgent and has a lead time, begins at once and
    takes effect no sooner than what it needs.
    """
    book = _Book(tasks, start)
    urgent = [index for index, task in enumerate(tasks) if task.urgent]
    going = [index for index in urgent if tasks[index].at_once]
    orders = [index for index, task in enumerate(tasks) if task.long and not task.urgent]
    for index in sorted(going, key=lambda index: -tasks[index].lead_days[1]):
        book.begin(index, start)
    for index in (index for index in urgent if index not in going):
        book.settle(index)
    for index in going:
        book.finish(index)
    for index in sorted(orders, key=lambda index: -tasks[index].lead_days[1]):
        book.begin(index, start)
    due = _due(tasks, {index: book.ended[index].end for index in urgent})
    rest = sorted(range(len(tasks)), key=lambda index: (not tasks[index].quick, not tasks[index].long, index))
    for index in (*sorted(due, key=lambda index: (due[index], index)), *rest):
        book.settle(index)
    return tuple(book.slots[index] for index in range(len(tasks)))


def _due(tasks: Sequence[Task], ends: Mapping[int, dt.date]) -> dict[int, dt.date]:
    """When what some tasks need, however far behind, should be done so as not to hold them back."""
    found: dict[int, dt.date] = {}
    waiting = [(need, end) for index, end in ends.items() for need in tasks[index].needs]
    while waiting:
        index, end = waiting.pop()
        if index not in found or end < found[index]:
            found[index] = end
            waiting += [(need, end) for need in tasks[index].needs]
    return found


@dataclass
class _Day:
    """One owner's day: the hours taken, and the last task that took some."""

    hours: int = 0
    task: int | Absent = ABSENT


@dataclass
class _Book:
    """The calendar being filled."""

    tasks: Sequence[Task]
    start: dt.date
    begun: dict[int, Slot] = field(default_factory=dict)
    ended: dict[int, Slot] = field(default_factory=dict)
    slots: dict[int, Slot] = field(default_factory=dict)
    days: dict[tuple[str, dt.date], _Day] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)

    def begin(self, index: int, earliest: dt.date) -> None:
        """Book the first work of one task from a day on, whatever it needs."""
        if index in self.begun:
            return
        task = self.tasks[index]
        fixed = not isinstance(task.start, Absent)
        earliest = earliest if isinstance(task.start, Absent) else task.start
        if task.done:
            end = earliest if isinstance(task.end, Absent) else task.end
            self.begun[index] = self.ended[index] = Slot(min(earliest, end), end)
            return
        begin, last, held = self._work(task.owner, task.first_hours, earliest, index)
        begin = earliest if fixed else begin
        self.begun[index] = Slot(begin, max(last, begin + dt.timedelta(days=task.lead_days[1])), held)

    def finish(self, index: int) -> None:
        """Book what remains of its work: after the delivery of an order, on the way of anything else."""
        if index in self.ended:
            return
        task, slot = self.tasks[index], self.begun[index]
        rest = task.effort_hours - task.first_hours
        day = slot.start + dt.timedelta(days=task.lead_days[0] if task.long else 0)
        last = self._work(task.owner, rest, day, index)[1] if rest else slot.end
        self.ended[index] = Slot(slot.start, max(last, slot.end), slot.held_by)

    def settle(self, index: int) -> None:
        """Give one task its dates, after those of all that it needs."""
        if index in self.slots or index in self.open:
            return
        self.open.add(index)
        task = self.tasks[index]
        if task.at_once:
            self.begin(index, self.start)
            self.finish(index)
        for need in task.needs:
            self.settle(need)
        last = max(task.needs, key=lambda need: self.slots[need].end, default=None)
        ready = self.start if last is None else self.slots[last].end
        self.begin(index, max(self.start, ready))
        self.finish(index)
        self.slots[index] = self._held(task, self.ended[index], last, ready)
        self.open.discard(index)

    def _held(self, task: Task, own: Slot, last: int | None, ready: dt.date) -> Slot:
        """The dates once what it needs and what somebody set are taken into account."""
        if not isinstance(task.end, Absent):
            return Slot(own.start, max(task.end, own.start))
        if last is None or task.done:
            return own
        if task.at_once:
            return Slot(own.start, max(own.end, ready), last if ready > own.end else own.held_by)
        waits = isinstance(own.held_by, Absent) and ready > self.start and isinstance(task.start, Absent)
        return Slot(own.start, max(own.end, ready), last if waits else own.held_by)

    def _work(self, owner: str, hours: int, earliest: dt.date, index: int) -> tuple[dt.date, dt.date, int | Absent]:
        """Take hours of an owner from a day on: the first and last day, and who kept the first from being sooner."""
        day = working(earliest)
        if not hours:
            return day, day, ABSENT
        first: dt.date | Absent = ABSENT
        held: int | Absent = ABSENT
        while True:
            found = self.days.setdefault((owner, day), _Day())
            taken = min(hours, HOURS_A_DAY - found.hours)
            if taken:
                first = day if isinstance(first, Absent) else first
                found.hours, found.task = found.hours + taken, index
                hours -= taken
            elif isinstance(first, Absent):
                held = found.task
            if not hours and not isinstance(first, Absent):
                return first, day, held
            day = working(day + dt.timedelta(days=1))


def working(day: dt.date) -> dt.date:
    """The day itself, or the Monday after a weekend."""
    return day + dt.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def window(start: dt.date, end: dt.date) -> str:
    """The window of the plan that a day falls into."""
    return next((id for days, id in WINDOWS if (end - start).days <= days), AFTER)


def chain(slots: Sequence[Slot], last: Iterable[int]) -> frozenset[int]:
    """The tasks that hold back some of them: what waits for what, back to the start."""
    found: set[int] = set()
    for index in last:
        now: int | Absent = index
        while not isinstance(now, Absent) and now not in found:
            found.add(now)
            now = slots[now].held_by
    return frozenset(found)
