"""What people decide about a plan: kept apart from the facts, taken over by the next audit, never a fact itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor import visit
from auditor.actions import Action, Amount
from auditor.audit import judge, replan
from auditor.codec import audit_from_json
from auditor.model import Audit, Edit, Outcome
from auditor.planning.decisions import Change, Wish, change_of
from auditor.planning.judgements import NONE, Acceptance, JudgementError, Judgements
from auditor.reports.export import audit_json, plan_json
from auditor.store import Store
from auditor.values import ABSENT
from auditor.wording import texts
from tests.planning import START, drawn, finding, worked_findings
from tests.worked_audit import SITE, devices

AT = dt.datetime(2026, 11, 24, 14, 2, tzinfo=dt.UTC)
BEFORE, AFTER = AT - dt.timedelta(days=30), AT + dt.timedelta(days=1)
TODAY = AT.date()


def edit(item: str, field: str, value: str, at: dt.datetime = AFTER, who: str = "IT manager") -> Edit:
    return Edit(item, field, value, who, at)


def accepted(check: str, until: str, at: dt.datetime = AFTER) -> Edit:
    return edit(check, "accepted", f'{{"reason": "new gateway in spring", "until": "{until}"}}', at, "CEO")


def by_id(actions: Iterable[Action]) -> dict[str, Action]:
    return {action.id: action for action in actions}


def plan_with(*edits: Edit, today: dt.date = TODAY) -> Any:
    return drawn(worked_findings(), judgements=Judgements.of(edits), today=today)


# ---- what they do to a plan ----


def test_an_owner_of_ones_own() -> None:
    """The owner is who was named, and it is that owner's time that is taken."""
    plan = plan_with(edit("FWL-001", "owner", "security officer"))
    action = by_id(plan.actions)["FWL-001"]
    assert action.owner == "security officer"
    assert by_id(drawn(worked_findings()).actions)["FWL-001"].done_by >= action.done_by


def test_dates_and_sums_of_an_order() -> None:
    """Ordered on a day, promised for another, at the price of the quote."""
    edits = [edit("LNK-001/main", field, value) for field, value in
             (("status", "ordered"), ("start", "2026-12-03"), ("end", "2027-01-20"), ("one_off", "1200"),
              ("monthly", "450"))]  # fmt: skip
    plan = plan_with(*edits)
    action = by_id(plan.actions)["LNK-001/main"]
    assert (action.status, action.start_by, action.done_by) == ("ordered", dt.date(2026, 12, 3), dt.date(2027, 1, 20))
    assert (action.one_off, action.monthly) == (Amount(1200, 1200), Amount(450, 450))
    assert plan.windows[1].seats == 29
    assert action.critical


def test_an_order_without_a_day_was_placed_when_it_was_said() -> None:
    """Its lead time runs from then."""
    action = by_id(plan_with(edit("VPN-003", "status", "ordered")).actions)["VPN-003"]
    assert (action.start_by, action.done_by) == (AFTER.date(), AFTER.date() + dt.timedelta(days=45))


def test_what_is_done_counts_from_the_day_it_was() -> None:
    """Said after the audit: done, off the critical path, in the first window."""
    plan = plan_with(edit("VPN-003", "status", "done"))
    action = by_id(plan.actions)["VPN-003"]
    assert (action.status, action.window, action.critical) == ("done", "0-7", False)
    assert plan.windows[1].seats == 110


def test_a_newer_audit_that_finds_it_open_says_so() -> None:
    """Done before the audit, and the check still fails: open again, with a note."""
    action = by_id(plan_with(edit("VPN-003", "status", "done", BEFORE)).actions)["VPN-003"]
    assert action.status == "open"
    assert action.note is not None
    assert "25 Oct 2026" in texts("en").say(action.note)


def test_the_start_of_the_plan_can_be_moved() -> None:
    """A judgement beats the day of the site file."""
    plan = plan_with(edit("plan", "start", "2027-02-01"))
    assert min(action.start_by for action in plan.actions) == dt.date(2027, 2, 1)
    assert plan.windows[0].until == dt.date(2027, 2, 8)


def test_an_excluded_action_is_left_out_and_another_one_found() -> None:
    """Without the selective tunnel the rate is raised first; the tunnel is listed apart, with the reason."""
    plan = plan_with(edit("LNK-004", "status", "excluded"), edit("LNK-004", "reason", "security says no"))
    assert "LNK-004" not in by_id(plan.actions)
    assert plan.waterfall[0].id == plan.actions[0].id == "LNK-001/main"
    (out,) = [action for action in plan.left_out if action.id == "LNK-004"]
    assert (out.status, out.window, out.people_gained) == ("excluded", "", ABSENT)
    assert out.note is not None
    assert texts("en").say(out.note) == "security says no"
    assert all("LNK-004" not in action.depends_on for action in plan.actions)


def test_without_the_only_cure_the_plan_says_where_it_stops() -> None:
    """No home is equipped: 90 people at the end, and what else failed is still planned."""
    plan = plan_with(edit("HOM-001", "status", "excluded"))
    assert plan.actions[-1].seats_after == plan.windows[-1].seats == 90
    assert "FWL-002" in by_id(plan.actions)
    assert all("HOM-001" not in action.closes for action in plan.actions)


def test_an_accepted_risk_leaves_its_action_out_until_its_last_day() -> None:
    """On the last day it still holds; the day after the action is back and the acceptance is past."""
    last = dt.date(2027, 3, 31)
    judgements = Judgements.of([accepted("VPN-009", last.isoformat())])
    held = plan_with(accepted("VPN-009", last.isoformat()), today=last)
    assert [action.id for action in held.left_out] == ["VPN-009"]
    gone = plan_with(accepted("VPN-009", last.isoformat()), today=last + dt.timedelta(days=1))
    assert "VPN-009" in by_id(gone.actions)
    assert not gone.left_out
    (now,) = judgements.mark([finding("VPN-009", Outcome.FAIL)], last)
    (later,) = judgements.mark([finding("VPN-009", Outcome.FAIL)], last + dt.timedelta(days=1))
    assert now.outcome is later.outcome is Outcome.FAIL
    assert now.accepted is not None
    assert later.accepted is not None
    for said in ("CEO", "new gateway in spring", "31 Mar 2027"):
        assert said in texts("en").say(now.accepted)
    assert "which is past" in texts("en").say(later.accepted)
    assert later.accepted.id == "accepted.expired"


def test_an_accepted_risk_never_raises_the_score() -> None:
    """The check stays failed: the score of the audit is the same with and without."""
    plain = judge(SITE, devices(), id="a", at=AT, window=60)
    failed = next(f.id for f in plain.findings if f.outcome is Outcome.FAIL)
    judgements = Judgements.of([accepted(failed, "2027-06-30", BEFORE)])
    marked = judge(SITE, devices(), id="a", at=AT, window=60, judgements=judgements)
    assert marked.score == plain.score
    assert [f.id for f in marked.findings if f.accepted] == [failed]
    assert [replace(f, accepted=None) for f in marked.findings] == list(plain.findings)


def test_a_check_that_passes_shows_no_acceptance() -> None:
    """A risk that is gone needs nobody's signature."""
    (found,) = Judgements.of([accepted("VPN-009", "2027-06-30")]).mark([finding("VPN-009", Outcome.PASS)], TODAY)
    assert found.accepted is None


def test_edits_of_another_version_are_left_alone() -> None:
    """A field, a status or a date that this version does not know changes nothing and breaks nothing."""
    odd = [
        edit("VPN-002", "mood", "good"), edit("VPN-002", "status", "someday"), edit("plan", "colour", "red"),
        edit("plan", "start", "soon"), edit("VPN-009", "accepted", "yes"), edit("VPN-009", "accepted", '["a"]'),
        edit("VPN-009", "accepted", '{"reason": "x", "until": "later"}'),
    ]  # fmt: skip
    assert Judgements.of(odd) == Judgements({}, {})
    assert drawn(worked_findings(), judgements=Judgements.of(odd)) == drawn(worked_findings())


# ---- what a person may ask for ----


def audit() -> Audit:
    return judge(SITE, devices(), id="a", at=AT, window=60)


def asked(**wish: Any) -> Change:
    return change_of(Wish(**wish), audit(), [], AFTER)


def test_a_wish_becomes_edits() -> None:
    """Ids in any case, roles in either language, days and sums checked."""
    change = asked(
        settings=(("vpn-003", "owner", "Intégrateur"), ("VPN-003", "end", "15/01/2027"), ("VPN-003", "monthly", "80")),
        by="IT manager",
    )
    assert [(e.item, e.field, e.value, e.who) for e in change.edits] == [
        ("VPN-003", "owner", "integrator", "IT manager"),
        ("VPN-003", "end", "2027-01-15", "IT manager"),
        ("VPN-003", "monthly", "80", "IT manager"),
    ]


def test_what_was_decided_can_be_taken_back() -> None:
    """An empty value, the status it has of itself, --include and --withdraw give a judgement up."""
    assert asked(settings=(("VPN-003", "owner", ""),)).taken_back == (("VPN-003", "owner"),)
    assert asked(settings=(("VPN-003", "status", "open"),)).taken_back == (
        ("VPN-003", "status"), ("VPN-003", "reason"),
    )  # fmt: skip
    assert asked(include=("VPN-003",)).taken_back == (("VPN-003", "status"), ("VPN-003", "reason"))
    assert asked(withdraw=("VPN-009",)).taken_back == (("VPN-009", "accepted"),)
    assert asked(start="").taken_back == (("plan", "start"),)


@pytest.mark.parametrize(
    ("wish", "id"),
    [
        ({"settings": (("VPN-033", "owner", "it"),)}, "judgement.action"),
        ({"settings": (("zzz", "owner", "it"),)}, "judgement.no_action"),
        ({"settings": (("VPN-003", "color", "red"),)}, "judgement.field"),
        ({"settings": (("VPN-003", "color", ""),)}, "judgement.field"),
        ({"settings": (("VPN-003", "status", "maybe"),)}, "judgement.status"),
        ({"settings": (("VPN-003", "start", "2026-02-30"),)}, "judgement.day"),
        ({"settings": (("VPN-003", "one_off", "-1"),)}, "judgement.euros"),
        ({"settings": (("VPN-003", "one_off", "99999999999"),)}, "judgement.euros"),
        ({"settings": (("VPN-003", "owner", "x" * 201),)}, "judgement.text"),
        ({"settings": (("VPN-003", "start", "2026-12-10"), ("VPN-003", "end", "2026-12-09"))}, "judgement.order"),
        ({"exclude": ("nothing",)}, "judgement.no_action"),
        ({"accept": ("VPN-999",), "by": "a", "reason": "b", "until": "2027-01-01"}, "judgement.check"),
        ({"accept": ("??",), "by": "a", "reason": "b", "until": "2027-01-01"}, "judgement.no_check"),
        ({"accept": ("VPN-009",), "by": "a", "reason": "b"}, "judgement.needs"),
        ({"accept": ("VPN-009",), "reason": "b", "until": "2027-01-01"}, "judgement.needs"),
        ({"accept": ("VPN-009",), "by": "a", "reason": "b", "until": "2026-11-24"}, "judgement.past"),
        ({"accept": ("VPN-001",), "by": "a", "reason": "b", "until": "2027-01-01"}, "judgement.not_open"),
        ({"start": "tomorrow"}, "judgement.day"),
    ],
)
def test_what_cannot_be_is_refused(wish: dict[str, Any], id: str) -> None:
    """Each with a sentence in both languages."""
    with pytest.raises(JudgementError) as caught:
        asked(**wish)
    assert caught.value.message.id == id
    english, french = (texts(language).say(caught.value.message) for language in ("en", "fr"))
    assert english != french
    assert "{" not in english + french


def test_text_from_a_person_is_kept_on_one_line() -> None:
    """No escape, no control character and no second line reaches the store."""
    (kept,) = asked(settings=(("VPN-003", "owner", "net\x1b[31mwork\nteam\u202e"),)).edits
    assert kept.value == "network team"


# ---- from audit to audit ----


def publish(store: Store, at: dt.datetime) -> Audit:
    """Audit the worked site at a time, with what was decided so far, and keep it."""
    id = store.begin(SITE, "[site]", at, "0.1.0")
    judgements = Judgements.of(store.edits(SITE.name))
    result = judge(SITE, devices(), id=id, at=at, window=60, judgements=judgements)
    for device in result.devices:
        store.save_device(id, device)
    store.finish(result, audit_json(result, texts("en")))
    return result


def test_decisions_survive_to_the_next_audit(tmp_path: Path) -> None:
    """Owner, order, exclusion and accepted risk of the first audit stand in the second; another site has none."""
    with Store(tmp_path / "history.sqlite", "Atelier SA") as store:
        publish(store, AT)
        store.decide(SITE.name, [
            edit("VPN-002", "owner", "operator"), edit("VPN-003", "status", "ordered"),
            edit("VPN-003", "start", "2026-12-02"), edit("ACC-004", "status", "excluded"),
            accepted("VPN-009", "2027-12-31"),
        ])  # fmt: skip
        second = publish(store, AT + dt.timedelta(days=90))
        assert by_id(second.plan)["VPN-002"].owner == "operator"
        assert by_id(second.plan)["VPN-003"].status == "ordered"
        assert by_id(second.plan)["VPN-003"].start_by == dt.date(2026, 12, 2)
        assert {action.id for action in second.left_out} == {"ACC-004", "VPN-009"}
        assert [f.id for f in second.findings if f.accepted] == ["VPN-009"]
        assert store.load(second.id).plan == second.plan
        assert store.load(second.id).left_out == second.left_out
        assert store.edits("Lyon") == ()


def test_a_published_audit_is_shown_with_what_was_decided_since(tmp_path: Path) -> None:
    """The plan changes, what was found does not; the stored result stays as it was published."""
    with Store(tmp_path / "history.sqlite", "Atelier SA") as store:
        first = publish(store, AT)
        assert visit.current(store.load(first.id), store).plan == first.plan
        store.decide(SITE.name, [edit("VPN-003", "status", "excluded")])
        shown = visit.current(store.load(first.id), store)
        assert "VPN-003" not in by_id(shown.plan)
        assert (shown.headline, shown.score, shown.findings) == (first.headline, first.score, first.findings)
        assert store.load(first.id).plan == first.plan
        store.decide(SITE.name, [], taken_back=[("VPN-003", "status")])
        assert visit.current(store.load(first.id), store).plan == first.plan


def test_drawing_the_plan_again_gives_the_same_plan() -> None:
    """From the record alone, with nothing decided."""
    first = audit()
    again = replan(audit_from_json(audit_json(first, texts("en"))), NONE, AT.date())
    assert (again.plan, again.windows, again.waterfall) == (first.plan, first.windows, first.waterfall)


# ---- in JSON ----


def test_the_plan_comes_back_from_its_json() -> None:
    """Every field of actions, windows and what is left out, exactly."""
    judgements = Judgements.of([
        accepted("VPN-009", "2027-12-31"), edit("ACC-004", "status", "excluded"),
        edit("VPN-003", "status", "done", BEFORE), edit("VPN-002", "monthly", "99"),
    ])  # fmt: skip
    first = judge(SITE, devices(), id="a", at=AT, window=60, judgements=judgements)
    read = audit_from_json(audit_json(first, texts("fr")))
    assert (read.plan, read.left_out, read.windows, read.findings) == (
        first.plan, first.left_out, first.windows, first.findings,
    )  # fmt: skip


def test_the_plan_has_its_published_shape() -> None:
    """The keys of the contract and ours; an action that is left out has no dates."""
    judgements = Judgements.of([edit("ACC-004", "status", "excluded"), accepted("VPN-009", "2020-01-31")])
    first = judge(SITE, devices(), id="a", at=AT, window=60, judgements=judgements)
    found = plan_json(first, texts("en"))
    row = found["plan"][0]
    assert {
        "id", "rank", "action", "closes", "seats_after", "owner", "effort_hours", "lead_days", "cost",
        "depends_on", "start_by", "done_by", "done_when", "status", "people_gained", "points_gained", "window",
        "critical", "one_off", "monthly", "taken_as_passed", "seats_on_done", "note",
    } <= row.keys()  # fmt: skip
    assert (row["owner"], row["owner_role"]) == ("IT manager", "it")
    assert row["one_off"] == {"least": 0, "most": 0}
    (out,) = [row for row in found["plan"] if row["status"] == "excluded"]
    assert not {"start_by", "done_by", "window"} & out.keys()
    assert [window["id"] for window in found["windows"]] == ["0-7", "8-30", "31-60", "61-90"]
    assert found["start"] == START.isoformat()
    (risk,) = found["accepted"]
    assert (risk["check"], risk["expired"], risk["until"]) == ("VPN-009", True, "2020-01-31")
    assert found["plan"] == audit_json(first, texts("en"))["plan"]


def test_what_a_plan_costs() -> None:
    """Classes and quotes add up; nothing bounds a sum with a part of class 4; what is left out is not paid."""
    from auditor.planning.budget import add, split, total

    assert split("VPN-003", 3) == (Amount(10_000, 50_000), Amount())
    assert split("LNK-001", 2) == (Amount(), Amount(83, 834))
    assert split("HST-001", 4)[1] == Amount(4166, ABSENT)
    assert add([Amount(1, 2), Amount(3, ABSENT)]) == Amount(4, ABSENT)
    plan = drawn(worked_findings(), judgements=Judgements.of([edit("VPN-003", "one_off", "20000")]))
    whole = total(plan.actions)
    assert whole.effort_hours == sum(action.effort_hours for action in plan.actions)
    assert whole.one_off.least == sum(action.one_off.least for action in plan.actions) >= 20_000
    assert total([replace(plan.actions[0], status="excluded", one_off=Amount(5, 5))]).one_off == Amount()


def test_an_acceptance_holds_to_its_last_day() -> None:
    """The day itself counts."""
    risk = Acceptance("CEO", "why", dt.date(2027, 1, 31))
    assert [risk.holds(dt.date(2027, 1, 31)), risk.holds(dt.date(2027, 2, 1))] == [True, False]
