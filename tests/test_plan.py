"""The waterfall and the plan, against the worked site of the domain model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from auditor.capacity import assess
from auditor.model import Absent, Figure, Finding, Message, Origin, Outcome, Severity, Value
from auditor.plan import expand, plan, waterfall, with_changes
from auditor.wording import texts
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


def test_actions_name_who_does_them_and_when_they_are_done() -> None:
    """A finding's owner and effort, else those of the cure; done when its check passes."""
    known = finding("VPN-002", Outcome.FAIL, Severity.CRITICAL, 2)
    actions = {a.action.id: a for a in plan(worked(), [known], start=START, rejudge=seats_only)}
    assert [actions[f"cure.{name}"].owner for name in ("rate", "engine", "homes")] == ["operator", "integrator", "hr"]
    assert (actions["cure.licences"].owner, actions["cure.licences"].effort_hours) == ("it", 2)
    assert all(action.done_when in action.closes for action in actions.values())
    assert {action.owner for action in actions.values()} <= {"it", "operator", "integrator", "hr", "management"}


def test_a_step_that_the_ladder_cannot_finish_closes_nothing() -> None:
    """300 people behind the largest rate of the ladder: the order is placed, its check is not taken as passed."""
    figures = worked(people__headcount=2000, people__eligible=2000, tunnel__mode="selective")
    seen: list[frozenset[str]] = []

    def rejudge(now: Mapping[str, Figure], closed: frozenset[str]) -> tuple[int | Absent, Fraction | Absent]:
        seen.append(closed)
        return assess(now).headline.seats, Fraction(0)

    actions = plan(figures, [], start=START, rejudge=rejudge)
    rate = next(action for action in actions if action.action.id == "cure.rate")
    assert rate.action.values["after"] == 500_000_000
    assert not seen[rate.rank - 1] & {"LNK-001", "LNK-002"}


def test_homes_and_pools_are_ordered_as_far_as_required() -> None:
    """On a hybrid day 55 of 110 are enough: no home is equipped for the others; 400 people need a /23."""
    few = worked(people__concurrency=Fraction(1, 2), homes__share=Fraction(40, 100))
    homes = next(step for step in waterfall(few) if step.action.id == "cure.homes")
    assert homes.action.values["more"] == 55 - 44
    many = worked(people__headcount=400, people__eligible=400, people__equipment=400, homes__share=1)
    pool = next(step for step in waterfall(many) if step.action.id == "cure.pool")
    assert (pool.action.values["after"], pool.action.values["prefix"]) == (510, 23)


def test_a_cloud_firm_has_its_own_steps() -> None:
    """Seats, second factors, telephone licences and homes, until everybody fits."""
    figures = worked(
        site__architecture="cloud", ztna__seats=80, saas__licences=110, identity__mfa=95, telephony__cloud=69
    )
    found = waterfall(figures)
    assert [step.check for step in found] == ["VPN-017", "TEL-013", "HOM-001", "ACC-001"]
    assert found[-1].seats == 110


def test_what_is_not_known_is_not_ordered() -> None:
    """With the download's contract unknown the upload binds, and no rate is made up for it."""
    figures = unknown(worked(tunnel__mode="split"), "link.main.committed_down_bps")
    assert "cure.rate" not in [step.action.id for step in waterfall(figures)]


def test_a_change_of_mode_keeps_the_mode_in_force_for_what_was_measured() -> None:
    """The base traffic stays that of the full tunnel; with the mode unknown there is none to keep."""
    changed = with_changes(worked(), {"tunnel.mode": "split"})
    assert (changed["tunnel.mode"].value, changed["tunnel.mode_now"].value) == ("split", "full")
    assert assess(changed).headline.seats == 35
    again = with_changes(changed, {"tunnel.mode": "selective"})
    assert again["tunnel.mode_now"].value == "full"
    assert "tunnel.mode_now" not in with_changes(unknown(worked(), "tunnel.mode"), {"tunnel.mode": "split"})


def test_a_changed_share_of_the_mix_is_taken_from_the_others() -> None:
    """Half the people on virtual desktops: the others keep their proportions, the sum stays 1."""
    changed = with_changes(worked(), {"people.profile.vdi": Fraction(1, 2)})
    assert [changed[f"people.profile.{p}"].value for p in ("office", "vdi", "files")] == [
        Fraction(40, 100),
        Fraction(1, 2),
        Fraction(10, 100),
    ]


@pytest.mark.parametrize(("name", "value"), [("homes.share", 82), ("tunnel.mode", "open"), ("vpn.crypto_bps", "fast")])
def test_a_change_that_makes_no_sense_is_refused(name: str, value: str | int) -> None:
    """82 is no share, open no mode: the name of the input is told."""
    with pytest.raises(ValueError, match=name):
        with_changes(worked(), {name: value})


def test_a_new_total_forgets_what_each_gateway_brought() -> None:
    """250 licences in all: how they are shared out is not known any more."""
    parts = {n: Figure(n, 25, Origin.MEASURED) for n in ("vpn.sessions.licensed/a", "vpn.sessions.licensed/b")}
    assert not [name for name in with_changes(worked() | parts, {"vpn.sessions.licensed": 250}) if "/" in name]


def test_every_action_of_the_waterfall_has_words() -> None:
    """Each cure can be said in both languages."""
    for step in waterfall(worked()):
        english, french = texts("en").say(step.action), texts("fr").say(step.action)
        assert english != step.action.id
        assert french not in (english, step.action.id)


@pytest.mark.parametrize("row", WORKED["schedule"], ids=lambda row: f"day {row['day']}")
def test_the_calendar_of_the_worked_site(row: dict[str, Any]) -> None:
    """29 people after a week, 100 after a month, all after two: what is done by then, in whatever order."""
    changes: dict[str, dict[str, Value]] = {
        "cure.selective": {"tunnel.mode": "selective", "tunnel.bypass": ("video",)},
        "cure.rate": {"link.main.committed_down_bps": 100_000_000, "link.main.committed_up_bps": 100_000_000},
        "cure.licences": {"vpn.sessions.licensed": 250},
        "cure.softphones": {"telephony.softphones": 80},
        "cure.pool": {"vpn.pool.addresses": 254},
        "cure.homes": {"homes.share": Fraction(1)},
        "cure.engine": {"vpn.crypto_bps": 300_000_000},
    }
    figures = worked()
    for action in plan(figures, [], start=START, rejudge=seats_only):
        if action.done_by <= START + dt.timedelta(days=row["day"]):
            figures = with_changes(figures, changes[action.action.id])
    head = assess(figures).headline
    assert head.seats == row["seats"]
    assert list(head.binding) == row.get("binding", list(head.binding))
