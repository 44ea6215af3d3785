"""The checks of homes and people: each outcome, the edges between, and what nobody told."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from auditor.model import Outcome
from auditor.site import Declared
from auditor.values import ABSENT, Absent, Value
from tests.checking import FAIL, PASS, UNKNOWN, WARN, Case, declared, outcome

TODAY = dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("id", "name", "share", "expected"),
    [
        ("HOM-001", "homes.share", "0.9", PASS),
        ("HOM-001", "homes.share", "0.899", WARN),
        ("HOM-001", "homes.share", "0.7", WARN),
        ("HOM-001", "homes.share", "0.699", FAIL),
        ("HOM-001", "", "0", UNKNOWN),
        ("HOM-002", "homes.answered", "0.8", PASS),
        ("HOM-002", "homes.answered", "0.799", WARN),
        ("HOM-002", "homes.answered", "0.5", WARN),
        ("HOM-002", "homes.answered", "0.499", FAIL),
        ("HOM-002", "", "0", UNKNOWN),
    ],
)
def test_shares_of_the_people(id: str, name: str, share: str, expected: Outcome) -> None:
    """Each share at its two limits, and untold."""
    figures = declared(**{name.replace(".", "__"): Fraction(share)}) if name else {}
    assert outcome(id, Case(figures=figures)) is expected


@pytest.mark.parametrize(("taught", "expected"), [(80, PASS), (79, WARN), (40, WARN), (39, FAIL), (None, UNKNOWN)])
@pytest.mark.parametrize(
    ("id", "name"), [("HOM-005", "people__trained__security"), ("HOM-006", "people__trained__tools")]
)
def test_training(id: str, name: str, taught: int | None, expected: Outcome) -> None:
    """Of a hundred eligible people."""
    told = declared(**{name: taught}) if taught is not None else {}
    assert outcome(id, Case(figures=declared(people__eligible=100) | told)) is expected


@pytest.mark.parametrize(("equipped", "expected"), [(95, PASS), (94, WARN), (70, WARN), (69, FAIL), (None, UNKNOWN)])
def test_equipment(equipped: int | None, expected: Outcome) -> None:
    """Of a hundred eligible people."""
    told = declared(people__equipment=equipped) if equipped is not None else {}
    assert outcome("HOM-004", Case(figures=declared(people__eligible=100) | told)) is expected


@pytest.mark.parametrize(
    ("answer", "on", "expected"),
    [
        ("good", TODAY, PASS),
        ("good", ABSENT, WARN),
        ("partial", TODAY, WARN),
        ("bad", TODAY, FAIL),
        (dt.date(2026, 9, 1), ABSENT, PASS),
        ("", ABSENT, UNKNOWN),
    ],
)
def test_advice_sent(answer: Value, on: dt.date | Absent, expected: Outcome) -> None:
    """To everybody with a date, without one or to some, to nobody."""
    case = Case(answers={"HOM-003": answer} if answer else {}, answered_on=on, today=TODAY)
    assert outcome("HOM-003", case) is expected


@pytest.mark.parametrize(
    ("tried", "on", "answer", "expected"),
    [
        (80, dt.date(2026, 5, 24), "", PASS),
        (80, dt.date(2026, 5, 23), "", WARN),
        (80, ABSENT, "", WARN),
        (79, TODAY, "", WARN),
        (30, dt.date(2020, 3, 17), "", WARN),
        (29, TODAY, "", FAIL),
        (0, ABSENT, "", FAIL),
        (None, ABSENT, "", UNKNOWN),
        (None, ABSENT, "good", PASS),
        (None, ABSENT, "partial", WARN),
        (None, ABSENT, "never", FAIL),
        (80, dt.date(2026, 12, 1), "", WARN),
    ],
)
def test_dress_rehearsal(tried: int | None, on: dt.date | Absent, answer: str, expected: Outcome) -> None:
    """Most of the hundred needed, lately; some or long ago; nobody. A day to come proves nothing."""
    told = {} if tried is None else {"people.rehearsed": Declared(tried, "IT manager", on)}
    figures = {} if tried is None else declared(people__rehearsed=tried)
    answers = {"HOM-009": answer} if answer else {}
    assert outcome("HOM-009", Case(figures=figures, declared=told, answers=answers, today=TODAY)) is expected


@pytest.mark.parametrize("id", ["HOM-005", "HOM-006", "HOM-007", "HOM-008", "HOM-010"])
@pytest.mark.parametrize(("answer", "expected"), [("good", PASS), ("partial", WARN), ("bad", FAIL), ("", UNKNOWN)])
def test_what_people_answer(id: str, answer: str, expected: Outcome) -> None:
    """Good, middling, bad, unanswered."""
    assert outcome(id, Case(answers={id: answer} if answer else {})) is expected
