"""The checks of resilience: each outcome, the edges between, and what nobody told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from auditor import facts
from auditor.model import Outcome
from auditor.site import Link, Role
from auditor.values import Value
from tests.checking import FAIL, LINK, PASS, UNKNOWN, WARN, Case, device, finding, outcome

TODAY = dt.date(2026, 11, 24)
FIBRE = LINK
CELLULAR = Link("backup", use="backup", carries=("vpn", "internet"), medium="4g")
OUT_ONLY = replace(CELLULAR, carries=("internet",))
SAME = replace(CELLULAR, medium="ftto")


def with_answer(id: str, answer: Value, **more: Any) -> Case:
    return Case(answers={id: answer} if answer != "" else {}, today=TODAY, **more)


@pytest.mark.parametrize(
    ("links", "answer", "expected"),
    [
        ((FIBRE, CELLULAR), "good", PASS),
        ((FIBRE, CELLULAR), "partial", WARN),
        ((FIBRE, CELLULAR), "", WARN),
        ((FIBRE, CELLULAR), "bad", FAIL),
        ((FIBRE, SAME), "good", WARN),
        ((FIBRE, OUT_ONLY), "good", WARN),
        ((FIBRE,), "", FAIL),
        ((FIBRE,), "bad", FAIL),
        ((FIBRE,), "good", UNKNOWN),
        ((), "good", PASS),
        ((), "", UNKNOWN),
    ],
)
def test_second_access(links: tuple[Link, ...], answer: str, expected: Outcome) -> None:
    """Another medium that carries the VPN by itself; a file with one access contradicts an answer of two."""
    assert outcome("RES-001", with_answer("RES-001", answer, links=links)) is expected


@pytest.mark.parametrize(
    ("links", "answer", "expected"),
    [
        ((FIBRE, CELLULAR), dt.date(2026, 5, 24), PASS),
        ((FIBRE, CELLULAR), dt.date(2026, 5, 23), WARN),
        ((FIBRE, CELLULAR), dt.date(2025, 5, 24), WARN),
        ((FIBRE, CELLULAR), dt.date(2025, 5, 23), FAIL),
        ((FIBRE, CELLULAR), TODAY, PASS),
        ((FIBRE, CELLULAR), "never", FAIL),
        ((FIBRE, CELLULAR), "Within 18 months", WARN),
        ((FIBRE, CELLULAR), "good", PASS),
        ((FIBRE, CELLULAR), "", UNKNOWN),
        ((FIBRE,), "", FAIL),
        ((FIBRE,), "never", FAIL),
        ((FIBRE,), TODAY, UNKNOWN),
        ((), "never", FAIL),
    ],
)
def test_failover_tested(links: tuple[Link, ...], answer: Value, expected: Outcome) -> None:
    """Six and eighteen months, in words or by a date; with one access there is nothing to fail over to."""
    assert outcome("RES-002", with_answer("RES-002", answer, links=links)) is expected


def gateways(*states: str, role: Role = Role.FIREWALL) -> tuple[Any, ...]:
    return tuple(device(f"fw{n}", {facts.HA_STATE: state}, role=role) for n, state in enumerate(states))


@pytest.mark.parametrize(
    ("devices", "answer", "expected"),
    [
        (gateways("active", "standby"), "", PASS),
        (gateways("active"), "", PASS),
        (gateways("failed", "active"), "", WARN),
        (gateways("standalone"), "", FAIL),
        (gateways("standalone"), "partial", WARN),
        (gateways("standalone"), "bad", FAIL),
        (gateways("active", "standalone"), "", FAIL),
        (gateways("standby", role=Role.ROUTER), "", UNKNOWN),
        ((), "good", PASS),
        ((), "partial", WARN),
        ((), "bad", FAIL),
        ((), "", UNKNOWN),
    ],
)
def test_gateway_redundancy(devices: tuple[Any, ...], answer: str, expected: Outcome) -> None:
    """A live pair, a broken pair or a cold spare, a lone gateway."""
    assert outcome("RES-003", with_answer("RES-003", answer, devices=devices)) is expected


def power(name: str = "ups", minutes: float | None = None, load: float | None = None) -> Any:
    told: dict[Any, Any] = {facts.UPS_MINUTES: minutes, facts.UPS_LOAD: load}
    return device(name, {key: value for key, value in told.items() if value is not None}, role=Role.UPS)


@pytest.mark.parametrize(
    ("devices", "answer", "expected"),
    [
        ((power(minutes=30.0, load=69.9),), "", PASS),
        ((power(minutes=30.0, load=70.0),), "", WARN),
        ((power(minutes=29.9, load=10.0),), "", WARN),
        ((power(minutes=10.0, load=10.0),), "", WARN),
        ((power(minutes=9.9, load=10.0),), "", FAIL),
        ((power("a", 60.0, 10.0), power("b", 5.0, 10.0)), "", FAIL),
        ((power(minutes=60.0),), "", UNKNOWN),
        ((power(minutes=5.0),), "", FAIL),
        ((power(minutes=5.0),), "good", FAIL),
        ((), "good", PASS),
        ((), "bad", FAIL),
        ((), "", UNKNOWN),
    ],
)
def test_power(devices: tuple[Any, ...], answer: str, expected: Outcome) -> None:
    """Half an hour lightly loaded, ten minutes, less; the weakest UPS speaks."""
    assert outcome("RES-004", with_answer("RES-004", answer, devices=devices)) is expected


def test_a_ups_that_refused_is_not_covered_by_another() -> None:
    """One UPS that told well does not stand for one that refused; one that told badly is enough."""
    refused = device("b", silent=[facts.UPS_MINUTES], role=Role.UPS, refused=True)
    good = finding("RES-004", Case((power("a", 60.0, 10.0), refused)))
    assert (good.outcome, good.refused) == (UNKNOWN, True)
    assert good.message.values["devices"] == ("b",)
    assert outcome("RES-004", Case((power("a", 5.0, 10.0), refused))) is FAIL


def saved(*days_ago: int) -> tuple[Any, ...]:
    noon = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
    times = [noon - dt.timedelta(days=days) for days in days_ago]
    return tuple(device(f"d{n}", {facts.CONFIG_SAVED_AT: at}) for n, at in enumerate(times))


@pytest.mark.parametrize(
    ("devices", "answer", "expected"),
    [
        (saved(2), "good", PASS),
        (saved(2), "", WARN),
        (saved(90), "", WARN),
        (saved(91), "", UNKNOWN),
        (saved(2, 91), "", UNKNOWN),
        (saved(2), "bad", FAIL),
        ((device("d", {facts.CONFIG_UNSAVED: True}),), "good", WARN),
        ((device("d", {facts.CONFIG_UNSAVED: False}),), "good", PASS),
        ((device("d", {facts.CONFIG_UNSAVED: True}),), "bad", FAIL),
        ((), "partial", WARN),
        ((), "", UNKNOWN),
    ],
)
def test_configuration_backups(devices: tuple[Any, ...], answer: str, expected: Outcome) -> None:
    """A saved configuration is half of it; a copy elsewhere, only an answer can tell."""
    assert outcome("RES-006", with_answer("RES-006", answer, devices=devices)) is expected


@pytest.mark.parametrize(
    ("links", "answer", "expected"),
    [
        ((FIBRE, CELLULAR), "good", PASS),
        ((FIBRE, CELLULAR), "partial", WARN),
        ((FIBRE, CELLULAR), "bad", FAIL),
        ((FIBRE, CELLULAR), "", UNKNOWN),
        ((FIBRE, OUT_ONLY), "", FAIL),
        ((FIBRE, OUT_ONLY), "good", UNKNOWN),
        ((FIBRE,), "", FAIL),
        ((), "partial", WARN),
        ((), "", UNKNOWN),
    ],
)
def test_remote_access_on_the_backup(links: tuple[Link, ...], answer: str, expected: Outcome) -> None:
    """A backup that receives the VPN, one that does after some typing, none."""
    assert outcome("RES-010", with_answer("RES-010", answer, links=links)) is expected


@pytest.mark.parametrize("id", ["RES-005", "RES-008", "RES-009", "RES-011", "RES-012"])
@pytest.mark.parametrize(("answer", "expected"), [("good", PASS), ("partial", WARN), ("bad", FAIL), ("", UNKNOWN)])
def test_what_only_people_can_tell(id: str, answer: str, expected: Outcome) -> None:
    """Good, middling, bad, unanswered."""
    assert outcome(id, with_answer(id, answer)) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (dt.date(2026, 5, 24), PASS),
        (dt.date(2026, 5, 23), WARN),
        ("untested", WARN),
        ("none", FAIL),
        (True, PASS),
        (False, FAIL),
        ("", UNKNOWN),
    ],
)
def test_data_backup(answer: Value, expected: Outcome) -> None:
    """A date is that of the last restore; yes and no are the best and the worst answer."""
    assert outcome("RES-007", with_answer("RES-007", answer)) is expected
