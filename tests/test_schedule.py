"""The calendar: lead times, dependencies, owners, and dates that somebody set."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.planning.schedule import HOURS_A_DAY, Task, calendar, chain, window, working
from auditor.values import ABSENT, Absent

START = dt.date(2026, 12, 1)  # a Tuesday


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def test_the_later_end_of_a_lead_time_counts() -> None:
    """5 to 20 days are 20."""
    (slot,) = calendar([Task("operator", 4, (5, 20))], START)
    assert (slot.start, slot.end, slot.held_by) == (START, day(20), ABSENT)


def test_an_owner_works_eight_hours_a_day_and_not_at_weekends() -> None:
    """Four days' work each, from a Tuesday: the first ends on Friday, the second the Thursday after."""
    first, second = calendar([Task("it", 32, (1, 1)), Task("it", 32, (1, 1))], START)
    assert (first.start, first.end) == (START, day(3))
    assert (second.start, second.end) == (day(6), day(9))
    assert second.held_by == 0


def test_different_owners_work_side_by_side() -> None:
    """The integrator does not wait for the IT manager."""
    slots = calendar([Task("it", 32, (1, 1)), Task("integrator", 8, (1, 1))], START)
    assert slots[1].start == START


def test_a_plan_starts_on_a_working_day() -> None:
    """A start on a Saturday is a Monday."""
    saturday = dt.date(2026, 12, 5)
    (slot,) = calendar([Task("it", 8, (2, 2))], saturday)
    assert (slot.start, slot.end) == (dt.date(2026, 12, 7), dt.date(2026, 12, 9))
    assert working(dt.date(2026, 12, 6)) == dt.date(2026, 12, 7)
    assert working(START) == START


def test_a_task_begins_once_what_it_needs_is_done() -> None:
    """The failover is tested after the second access is there."""
    test, access = calendar([Task("it", 4, (7, 7), needs=(1,)), Task("operator", 4, (5, 14))], START)
    assert access.end == day(14)
    assert (test.start, test.end, test.held_by) == (day(14), day(21), 1)


def test_an_order_is_placed_at_once_and_takes_effect_after_what_it_needs() -> None:
    """A gateway of 20 days that needs something of 30 days is ordered on the first day and counts from day 30."""
    slots = calendar([Task("integrator", 16, (15, 20), needs=(1,)), Task("it", 8, (30, 30))], START)
    assert (slots[0].start, slots[0].end, slots[0].held_by) == (START, day(30), 1)


def test_what_is_urgent_comes_first_whatever_its_rank() -> None:
    """An open door is closed on the first day, ahead of a week of other work."""
    slots = calendar([Task("it", 40, (1, 1)), Task("it", 2, (1, 1), urgent=True)], START)
    assert (slots[1].start, slots[1].end) == (START, day(1))
    assert slots[0].end > day(3)


def test_long_orders_come_before_quick_wins_and_quick_wins_before_the_rest() -> None:
    """Placing an order takes an hour; a quick win comes next; the heavy work last."""
    heavy, quick, order = calendar(
        [Task("it", 40, (10, 10)), Task("it", 4, (2, 2), quick=True), Task("it", 24, (30, 60))], START
    )
    assert (order.start, quick.start) == (START, START)
    assert order.end == day(60)
    assert heavy.start == START
    assert quick.end == day(2)


def test_what_urgent_work_needs_is_done_before_other_things() -> None:
    """The rate needs the shaper's setting: that is not left until the end of the plan."""
    tasks = [
        Task("operator", 4, (5, 20), needs=(2,), urgent=True),
        Task("it", 40, (1, 1)),
        Task("it", 2, (2, 2)),
    ]
    slots = calendar(tasks, START)
    assert slots[2].start == START
    assert slots[0].end == day(20)


def test_dates_that_somebody_set_are_kept() -> None:
    """A start and an end from an order confirmation, even at a weekend; a task that is done takes nobody's time."""
    sunday = dt.date(2026, 12, 6)
    fixed, promised, done, next_one = calendar(
        [
            Task("operator", 4, (5, 20), start=sunday),
            Task("operator", 4, (5, 20), end=day(50)),
            Task("it", 80, (1, 1), done=True, start=day(-3)),
            Task("it", 8, (1, 1)),
        ],
        START,
    )
    assert (fixed.start, fixed.end) == (sunday, sunday + dt.timedelta(days=20))
    assert promised.end == day(50)
    assert (done.start, done.end) == (day(-3), day(-3))
    assert next_one.start == START


def test_effort_beyond_the_lead_time_makes_the_end_later() -> None:
    """Ten days of work cannot be done in a lead time of two."""
    (slot,) = calendar([Task("it", 80, (2, 2))], START)
    assert slot.end == dt.date(2026, 12, 14)


@pytest.mark.parametrize(
    ("days", "id"),
    [(0, "0-7"), (7, "0-7"), (8, "8-30"), (30, "8-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"),
     (91, "91+"), (-5, "0-7")],
)  # fmt: skip
def test_windows(days: int, id: str) -> None:
    """The edges of each window."""
    assert window(START, day(days)) == id


def test_the_chain_of_what_waits_for_what() -> None:
    """Back from the last task to the first, through dependencies and owners."""
    slots = calendar([Task("it", 16, (1, 1)), Task("it", 8, (1, 1), needs=(0,)), Task("hr", 8, (1, 1))], START)
    assert chain(slots, [1]) == {0, 1}
    assert chain(slots, [2]) == {2}


one_task = st.builds(
    Task,
    owner=st.sampled_from(["it", "operator", "integrator"]),
    effort_hours=st.integers(0, 60),
    lead_days=st.tuples(st.integers(0, 10), st.integers(10, 60)) | st.tuples(st.integers(0, 2), st.integers(2, 9)),
    urgent=st.booleans(),
    quick=st.booleans(),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(one_task, max_size=12), st.data())
def test_a_calendar_holds_whatever_the_tasks(tasks: list[Task], data: st.DataObject) -> None:
    """Every task has dates, none before the start, none shorter than its lead, none ending before what it needs."""
    linked = []
    for place, task in enumerate(tasks):
        needs = data.draw(st.sets(st.integers(0, place - 1), max_size=3)) if place else set()
        linked.append(
            Task(task.owner, task.effort_hours, task.lead_days, tuple(sorted(needs)), task.urgent, task.quick)
        )
    slots = calendar(linked, START)
    for task, slot in zip(linked, slots, strict=True):
        assert slot.start >= START
        assert slot.end >= slot.start + dt.timedelta(days=task.lead_days[1])
        assert all(slots[need].end <= slot.end for need in task.needs)
        assert task.at_once or all(slots[need].end <= slot.start for need in task.needs)
        assert isinstance(slot.held_by, Absent) or slot.held_by in range(len(slots))
    for owner in {task.owner for task in linked}:
        hours = sum(task.effort_hours for task in linked if task.owner == owner)
        last = max(slot.end for task, slot in zip(linked, slots, strict=True) if task.owner == owner)
        assert hours <= HOURS_A_DAY * ((last - START).days + 1)
