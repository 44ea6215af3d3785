"""The checks of hosting: each outcome, the edges between, and what nobody told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest

from auditor.model import Figure, Outcome
from auditor.values import ABSENT, Absent, Message, Value
from tests.checking import EXEMPT, FAIL, PASS, UNKNOWN, WARN, Case, declared, finding, measured, outcome

TODAY = dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("hosted", "ratio", "expected"),
    [
        ("0.6", "0.5", PASS),
        ("0.59", "0.5", WARN),
        ("0.2", "0.5", WARN),
        ("0.19", "0.5", FAIL),
        ("0.19", "1", WARN),
        ("0", "0.99", FAIL),
    ],
)
def test_where_the_applications_run(hosted: str, ratio: str, expected: Outcome) -> None:
    """Few hosted applications are a failure only while people are left out."""
    figures = declared(hosting__share=Fraction(hosted))
    assert outcome("HST-001", Case(figures=figures, ratio=Fraction(ratio))) is expected


def test_few_hosted_applications_wait_for_the_headline() -> None:
    """Without knowing whether everybody can work, neither a warning nor a failure is proven."""
    few = Case(figures=declared(hosting__share=Fraction(0)), ratio=ABSENT)
    assert outcome("HST-001", few) is UNKNOWN
    assert outcome("HST-001", Case()) is UNKNOWN


@pytest.mark.parametrize(
    ("ends", "hosted", "answer", "expected"),
    [
        ("site", "0", "", PASS),
        ("site", "0.01", "", WARN),
        ("site", "0.5", "", WARN),
        ("site", "0.51", "", FAIL),
        ("datacentre", "1", "", PASS),
        ("datacentre", "0.5", "", WARN),
        ("datacentre", "0.49", "", FAIL),
        ("site", "", "", UNKNOWN),
        ("site", "1", "good", PASS),
        ("site", "", "partial", WARN),
        ("site", "", "bad", FAIL),
    ],
)
def test_the_tunnel_ends_beside_the_servers(ends: str, hosted: str, answer: str, expected: Outcome) -> None:
    """No detour, some, most; the answer of somebody who knows the routes settles it."""
    figures = declared(tunnel__ends=ends) | (declared(hosting__share=Fraction(hosted)) if hosted else {})
    case = Case(figures=figures, answers={"HST-002": answer} if answer else {})
    assert outcome("HST-002", case) is expected


@pytest.mark.parametrize(("seats", "expected"), [(120, PASS), (119, WARN), (100, WARN), (99, FAIL), (ABSENT, UNKNOWN)])
def test_session_hosts(seats: int | Absent, expected: Outcome) -> None:
    """A fifth of margin, none, too few."""
    assert outcome("HST-003", Case(seats={"hosts.vdi": seats})) is expected


def test_no_virtual_desktop_needs_its_proof() -> None:
    """A mix without desktops is a statement; a document shows it."""
    assert outcome("HST-003", Case()) is UNKNOWN
    said = Case(answers={"HST-003": "not_applicable"})
    assert outcome("HST-003", said) is UNKNOWN
    assert outcome("HST-003", replace(said, document="inventory.xlsx")) is EXEMPT


@pytest.mark.parametrize("id", ["HST-004", "HST-005", "HST-007", "HST-008"])
@pytest.mark.parametrize(("answer", "expected"), [("good", PASS), ("partial", WARN), ("bad", FAIL), ("", UNKNOWN)])
def test_what_only_people_can_tell(id: str, answer: str, expected: Outcome) -> None:
    """Good, middling, bad, unanswered."""
    assert outcome(id, Case(answers={id: answer} if answer else {})) is expected


SOME = Message("note.worst_of_some", {"server": "a", "silent": ("b",)})


def room(cpu: str = "0.699", memory: str = "0.799", disk: int = 19) -> dict[str, Figure]:
    return declared(servers__cpu=Fraction(cpu), servers__memory=Fraction(memory), servers__disk_ms=disk)


@pytest.mark.parametrize(
    ("figures", "answer", "expected"),
    [
        (room(), "", PASS),
        (room("0.7"), "", WARN),
        (room(memory="0.8"), "", WARN),
        (room(disk=20), "", WARN),
        (room("0.7", "0.8"), "", FAIL),
        (room("0.9", "0.9", 30), "", FAIL),
        (room(), "bad", FAIL),
        (room("0.701"), "good", WARN),
        (declared(servers__cpu=Fraction(1, 2)), "", UNKNOWN),
        (declared(servers__cpu=Fraction(9, 10)), "", UNKNOWN),
        (declared(servers__cpu=Fraction(9, 10), servers__memory=Fraction(9, 10)), "", FAIL),
        (measured(servers__cpu=Fraction(1, 2)), "good", PASS),
        (room() | measured(servers__cpu=Fraction(1, 2)), "", UNKNOWN),
        (room() | measured(servers__cpu=Fraction(9, 10)), "", WARN),
        (room() | {"servers.cpu": replace(room()["servers.cpu"], note=SOME)}, "", UNKNOWN),
        ({}, "partial", WARN),
        ({}, "", UNKNOWN),
    ],
)
def test_server_headroom(figures: dict[str, Figure], answer: str, expected: Outcome) -> None:
    """Days prove room, one look only its lack; who did not tell may be the fullest."""
    assert outcome("HST-006", Case(figures=figures, answers={"HST-006": answer} if answer else {})) is expected


@pytest.mark.parametrize(
    ("hosted", "elsewhere", "where", "end"),
    [("0.6", "0", PASS, PASS), ("0.5", "0.5", WARN, WARN), ("0.1", "0.9", FAIL, FAIL)],
)
def test_listed_applications_are_counted(hosted: str, elsewhere: str, where: Outcome, end: Outcome) -> None:
    """A list of the applications is worth more than a declared share."""
    said = declared(hosting__share=Fraction(0), tunnel__ends="site")
    listed = declared(hosting__hosted=Fraction(hosted), hosting__elsewhere=Fraction(elsewhere))
    assert outcome("HST-001", Case(figures=said | listed)) is where
    assert outcome("HST-002", Case(figures=said | listed)) is end


@pytest.mark.parametrize(
    ("licences", "answer", "expected"),
    [
        (100, "good", PASS),
        (99, "good", WARN),
        (60, "good", WARN),
        (59, "good", FAIL),
        (59, "", FAIL),
        (100, "partial", WARN),
        (100, "bad", FAIL),
        (100, "", UNKNOWN),
        (60, "", UNKNOWN),
        (None, "good", UNKNOWN),
    ],
)
def test_online_licences_and_identity(licences: int | None, answer: str, expected: Outcome) -> None:
    """Licences for all who are eligible, and two tested emergency accounts; too few licences fail by themselves."""
    figures = declared(people__eligible=100) | (measured(saas__licences=licences) if licences is not None else {})
    assert outcome("HST-009", Case(figures=figures, answers={"HST-009": answer} if answer else {})) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("good", PASS),
        ("partial", WARN),
        ("bad", FAIL),
        (dt.date(2026, 5, 24), PASS),
        (dt.date(2026, 5, 23), WARN),
        (dt.date(2016, 5, 23), WARN),
        (dt.date(2026, 11, 25), UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_backup_of_online_data(answer: Value, expected: Outcome) -> None:
    """A date is that of the last restore: six months; a date to come proves nothing."""
    assert outcome("HST-010", Case(answers={"HST-010": answer} if answer else {}, today=TODAY)) is expected


def test_a_date_that_cannot_be_is_said() -> None:
    """The reader learns why the answer was not taken."""
    found = finding("HST-010", Case(answers={"HST-010": dt.date(2027, 1, 1)}, today=TODAY))
    assert found.message == Message("unknown.answer_date", {"check": "HST-010", "day": dt.date(2027, 1, 1)})
