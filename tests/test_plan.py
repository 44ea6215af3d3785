"""The waterfall and the plan, against the worked site of the domain model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

import pytest

from auditor.capacity import assess
from auditor.model import Absent, Figure, Finding, Message, Outcome, Severity
from auditor.plan import expand, plan, waterfall, with_changes
from tests.worked import DECLARED, MEASURED, WORKED, unknown, worked

START = dt.date(2026, 12, 1)


def test_the_waterfall_of_the_worked_site() -> None:
    """15, 29, 50, 51, 62, 90, 100, 110: each step cures what binds then, by the smallest step that carries D."""
    told = WORKED["waterfall"][1:]
    found = waterfall(worked())
    assert [step.seats for step in found] == [row["seats"] for row in told]
    assert [step.check for step in found] == [row["check"] for row in told]
    assert [list(step.binding) for step in found] == [row["binding"] for row in told]
    assert [step.cost for step in found] == [row["cost"] for row in told]
    leads = [[int(part) for part in row["lead_days"].split("-")] for row in told]
    assert [step.lead_days for step in found] == [(lead[0], lead[-1]) for lead in leads]


def test_each_resource_after_each_step() -> None:
    """The cures change what they say and nothing else."""
    figures = worked()
    changes = [
        {"tunnel.mode": "selective", "tunnel.bypass": ("video",)},
        {"link.main.committed_down_bps": 100_000_000, "link.main.committed_up_bps": 100_000_000},
        {"vpn.sessions.licensed": 250},
        {"telephony.softphones": 80},
        {"vpn.pool.addresses": 254},
        {"homes.share": Fraction(1)},
        {"vpn.crypto_bps": 300_000_000},
    ]
    for change, row in zip(changes, WORKED["waterfall"][1:], strict=True):
        figures = with_changes(figures, change)  # type: ignore[arg-type]
        assert {r.id: r.seats for r in assess(figures).resources} == row["resources"]


def finding(id: str, outcome: Outcome, severity: Severity, effort: int, unblocks: tuple[str, ...] = ()) -> Finding:
    return Finding(
        id, 1, id[:3], outcome, severity, Message(f"{id}.{outcome}"), weight=severity.weight, effort_hours=effort,
        owner="it", lead_days=(1, 3), unblocks=unblocks,
    )  # fmt: skip


def seats_only(figures: Mapping[str, Figure], closed: frozenset[str]) -> tuple[int | Absent, Fraction | Absent]:
    return assess(figures).headline.seats, Fraction(len(closed))


def test_the_plan_raises_people_first_then_lifts_caps_then_earns_points() -> None:
    """Capacity in technical order, critical failures next, then points for an hour of effort."""
    findings = [
        finding("FWL-008", Outcome.WARN, Severity.LOW, 16),
        finding("FWL-002", Outcome.FAIL, Severity.CRITICAL, 2),
        finding("ACC-003", Outcome.FAIL, Severity.HIGH, 1),
        finding("VPN-002", Outcome.FAIL, Severity.CRITICAL, 2),
        finding("VPN-001", Outcome.PASS, Severity.CRITICAL, 2),
    ]
    actions = plan(worked(), findings, start=START, rejudge=seats_only)
    assert [action.closes[0] for action in actions][:7] == [row["check"] for row in WORKED["waterfall"][1:]]
    assert [action.closes for action in actions][7:] == [("FWL-002",), ("ACC-003",), ("FWL-008",)]
    assert [action.rank for action in actions] == list(range(1, 11))
    assert [action.seats_after for action in actions] == [29, 50, 51, 62, 90, 100, 110, 110, 110, 110]
    assert all(START <= action.start_by <= action.done_by for action in actions)


def test_what_lands_last_is_ordered_first() -> None:
    """The encryption engine, 15 to 45 days, is ordered on the first day although it is cured last."""
    actions = plan(worked(), [], start=START, rejudge=seats_only)
    engine = next(action for action in actions if action.action.id == "cure.engine")
    assert engine.rank == 7
    assert engine.start_by == START
    assert engine.done_by == START + dt.timedelta(days=45)


def test_a_plan_starts_on_a_working_day() -> None:
    """A start on a Saturday is a Monday."""
    actions = plan(worked(), [], start=dt.date(2026, 12, 5), rejudge=seats_only)
    assert min(action.start_by for action in actions) == dt.date(2026, 12, 7)


def test_what_takes_effect_only_after_another_names_it() -> None:
    """Licences beyond the pool are of no use: the licence action depends on the pool's."""
    findings = [
        finding("VPN-004", Outcome.FAIL, Severity.HIGH, 2, ("VPN-002",)),
        finding("VPN-002", Outcome.FAIL, Severity.CRITICAL, 2),
    ]
    actions = {action.closes[0]: action for action in plan(worked(), findings, start=START, rejudge=seats_only)}
    assert actions["VPN-002"].depends_on == ("VPN-004",)
    assert actions["VPN-002"].done_by >= actions["VPN-004"].done_by


def test_nothing_known_gives_no_waterfall() -> None:
    """Without a headline there is nothing to cure, and no crash."""
    told = [name for name in (*MEASURED, *DECLARED) if not name.startswith(("people.headcount", "people.eligible"))]
    names = [name for name in told if not name.startswith(("people.", "demand."))]
    nothing = unknown(worked(), *names, "people.equipment")
    assert waterfall(nothing) == ()


@pytest.mark.parametrize(
    ("text", "some"), [("VPN-002..004", {"VPN-002", "VPN-003", "VPN-004"}), ("TEL-008", {"TEL-008"})]
)
def test_ranges_of_ids(text: str, some: set[str]) -> None:
    """A range and a single id."""
    assert expand([text]) == some
