"""Two audits compared: the worked example of the domain model to the digit, and what must hold for any two audits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import facts
from auditor.compare import KINDS, Comparison, compare, device_changes
from auditor.model import Audit, Device, Finding, Origin, Outcome, Reading, Severity, Source
from auditor.scoring import DOMAINS, score
from auditor.site import Change, Role
from auditor.values import Message, Value
from tests.worked import VECTORS
from tests.worked_audit import worked_audit

EXAMPLE: Final = next(row for row in VECTORS["scoring_examples"] if row["id"] == "2 before and after")
WEIGHTS: Final = {"a": 10, "b": 6, "c": 6, "d": 3, "e": 3, "f": 6}
SEVERITIES: Final = {10: Severity.CRITICAL, 6: Severity.HIGH, 3: Severity.MEDIUM, 1: Severity.LOW}
AT: Final = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


def finding(id: str, outcome: str, weight: int, revision: int = 1, devices: tuple[str, ...] = ()) -> Finding:
    sources = tuple(Source(name, "show version") for name in devices)
    quality = Fraction(1) if outcome in ("pass", "warn", "fail") else Fraction(0)
    return Finding(
        id, revision, id[:3], Outcome(outcome), SEVERITIES[weight], Message(id), sources, quality, weight=weight
    )


@cache
def frame() -> Audit:
    return worked_audit()


def audit(*findings: Finding, devices: tuple[Device, ...] = ()) -> Audit:
    """An audit with these findings alone, scored as they are."""
    weights = {one.id: one.weight for one in findings}
    scored = score(findings, frame().headline, frame().resources, weights)
    return replace(frame(), findings=findings, score=scored, devices=devices, assumptions=(), plan=())


def one_domain(verdicts: Mapping[str, str]) -> Audit:
    """The checks of example 3.5, all of one domain."""
    return audit(*(finding(f"VPN-{id}", outcome, WEIGHTS[id]) for id, outcome in verdicts.items()))


def box(name: str, serial: str = "", role: Role = Role.FIREWALL, target: str = "") -> Device:
    told = (Reading(facts.IDENTITY_SERIAL, serial, name, AT, ("show version",)),) if serial else ()
    return Device(name, role, target or name, readings=told)


def printed(value: Fraction) -> float:
    return round(float(value), 6)


# ---- the worked example ----


@pytest.fixture(scope="module")
def example() -> Comparison:
    before = one_domain({"a": "fail", "b": "pass", "c": "warn", "d": "pass", "e": "not_measured"})
    after = one_domain({"a": "pass", "b": "pass", "c": "warn", "d": "pass", "e": "fail", "f": "fail"})
    return compare(before, after)


def test_the_worked_example_is_decomposed_to_the_digit(example: Comparison) -> None:
    """42.86 to 64.71: +35.71 by remediation, nothing by coverage, -13.87 by the catalogue."""
    parts = example.decomposition
    assert printed(parts.before) == float(EXAMPLE["before"]["score"])
    assert printed(parts.after) == float(EXAMPLE["after"]["score"])
    assert printed(parts.remediation) == float(EXAMPLE["remediation"])
    assert printed(parts.coverage) == float(EXAMPLE["coverage_effect"])
    assert printed(parts.catalogue) == float(EXAMPLE["catalogue"])
    assert parts.scope == 0
    assert printed(parts.after - parts.before) == float(EXAMPLE["total"])


def test_like_for_like_is_the_message(example: Comparison) -> None:
    """48 to 88 over the four checks that both audits measured."""
    alike = example.like_for_like
    assert [float(alike.before), float(alike.after)] == [float(value) for value in EXAMPLE["like_for_like"]]
    assert alike.checks == 4
    assert alike.share == Fraction(100 * 25, 34)
    assert not alike.thin


def test_each_check_of_the_example_has_its_fate(example: Comparison) -> None:
    """a was fixed; e and f are new; the rest did not move."""
    assert {change.id[4:]: change.kind for change in example.changes} == {
        "a": "fixed", "b": "unchanged", "c": "unchanged", "d": "unchanged", "e": "new", "f": "new",
    }  # fmt: skip


# ---- why the score moved ----


def test_a_revised_check_moves_the_catalogue_and_not_remediation() -> None:
    """A new threshold is no merit of the site."""
    before = audit(finding("LNK-001", "fail", 10), finding("LNK-002", "pass", 10))
    after = audit(finding("LNK-001", "pass", 10, revision=2), finding("LNK-002", "pass", 10))
    found = compare(before, after)
    assert found.decomposition.catalogue == 50
    assert found.decomposition.remediation == 0
    assert [change.id for change in found.of("revised")] == ["LNK-001"]


def tuned(one: Audit, **changes: Value) -> Audit:
    """The audit of a client whose profile changes these defaults (a name's dots written as two underscores)."""
    rows = tuple(Change(name.replace("__", ".").replace("_", "-"), value, 0, "it") for name, value in changes.items())
    domains = {id: next((c.value for c in rows if c.name == f"weight.{id}"), weight) for id, weight in DOMAINS.items()}
    weights = {finding.id: finding.weight for finding in one.findings}
    scored = score(one.findings, one.headline, one.resources, weights, cast("dict[str, int]", domains))
    return replace(one, site=replace(one.site, changes=rows), score=scored)


def test_a_check_with_other_limits_is_measured_by_another_rule() -> None:
    """A profile that asks less turns a fail into a pass: nothing was fixed, and it counts as the catalogue's doing."""
    before = audit(finding("LNK-001", "fail", 10), finding("LNK-002", "fail", 6))
    after = tuned(audit(finding("LNK-001", "pass", 10), finding("LNK-002", "pass", 6)), LNK_001__pass=Fraction(1, 2))
    found = compare(before, after)
    assert {change.id: change.kind for change in found.changes} == {"LNK-001": "revised", "LNK-002": "fixed"}
    assert found.like_for_like.checks == 1
    assert found.decomposition.catalogue > 0
    assert found.decomposition.remediation > 0
    assert compare(after, after).empty


def test_a_domain_that_weighs_more_is_the_catalogue() -> None:
    """The published scores of both dates are met exactly; what moved is how domains are weighed."""
    both = audit(finding("LNK-001", "fail", 10), finding("VPN-001", "pass", 10))
    after = tuned(both, weight__VPN=60)
    parts = compare(both, after).decomposition
    assert (parts.before, parts.after) == (both.score.proven, after.score.proven)
    assert parts.catalogue == after.score.proven - both.score.proven > 0
    assert not any((parts.remediation, parts.coverage, parts.scope))


def test_a_check_that_no_longer_applies_is_scope() -> None:
    before = audit(finding("LNK-001", "fail", 10), finding("LNK-002", "pass", 10))
    after = audit(finding("LNK-001", "not_applicable", 10), finding("LNK-002", "pass", 10))
    found = compare(before, after)
    assert found.decomposition.scope == 50
    assert found.decomposition.remediation == 0
    assert found.of("lost")


def test_an_improvement_because_a_bad_device_left_the_audit_is_scope() -> None:
    """Leaving the telnet switch out of the site file fixes nothing."""
    bad, good = box("sw-1", "S1", Role.OTHER), box("fw-1", "F1")
    before = audit(finding("ACC-003", "fail", 6, devices=("sw-1", "fw-1")), devices=(bad, good))
    after = audit(finding("ACC-003", "pass", 6, devices=("fw-1",)), devices=(good,))
    parts = compare(before, after).decomposition
    assert parts.remediation == 0
    assert parts.scope == 100


def test_an_improvement_with_a_device_more_is_remediation() -> None:
    """A second link is a remedy, though it came with a router."""
    before = audit(finding("RES-001", "fail", 6, devices=("r-1",)), devices=(box("r-1", "A", Role.ROUTER),))
    routers = (box("r-1", "A", Role.ROUTER), box("r-2", "B", Role.ROUTER))
    after = audit(finding("RES-001", "pass", 6, devices=("r-1", "r-2")), devices=routers)
    assert compare(before, after).decomposition.remediation == 100


def test_too_few_common_checks_are_said_to_be_thin() -> None:
    before = audit(finding("LNK-001", "pass", 10), finding("LNK-002", "not_measured", 10))
    after = audit(finding("LNK-001", "pass", 10), finding("LNK-002", "pass", 10))
    alike = compare(before, after).like_for_like
    assert alike.share == 50
    assert alike.thin


# ---- seats and promises ----


def test_the_same_people_are_asked_of_both_dates() -> None:
    """Twice the headcount is no progress of the site."""
    before = frame()
    grown = tuple(
        replace(figure, value=Fraction(9, 10)) if figure.name == "people.video_share" else figure
        for figure in before.assumptions
    )
    from auditor.capacity import assess

    moved = assess({figure.name: figure for figure in grown}).headline
    after = replace(before, assumptions=grown, headline=moved)
    seats = compare(before, after).seats
    assert seats.before == seats.same_profile == 15
    assert seats.after == moved.seats
    assert moved.seats != 15


def test_the_earlier_plan_promises_seats_for_a_day() -> None:
    """What is due counts, the rest does not; an action is done when its check passes."""
    before = frame()
    day = sorted(action.done_by for action in before.plan)[0]
    later = replace(before, at=dt.datetime.combine(day, dt.time(12), dt.UTC))
    found = compare(before, later)
    due = [action.seats_on_done for action in before.plan if action.done_by <= day]
    assert found.promised_seats == max(seats for seats in (15, *due) if isinstance(seats, int))
    assert {promise.state for promise in found.promises} == {"open"}
    passed = tuple(replace(one, outcome=Outcome.PASS) for one in before.findings)
    assert {promise.state for promise in compare(before, replace(later, findings=passed)).promises} == {"done"}


def test_counters_of_the_hour_are_no_change() -> None:
    before = frame()
    busier = tuple(
        replace(f, value=9_000_000) if f.name == "link.main.used_up_bps"
        else replace(f, value=500) if f.name == "vpn.sessions.licensed" else f
        for f in before.assumptions
    )  # fmt: skip
    found = compare(before, replace(before, assumptions=busier))
    assert [change.name for change in found.inputs] == ["vpn.sessions.licensed"]
    assert found.inputs[0].origin_before is Origin.MEASURED


# ---- devices ----


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([box("fw", "A")], [box("fw", "A")], []),
        ([box("fw", "A")], [box("fw", "B")], [("replaced", "fw", "fw")]),
        ([box("fw", "A")], [box("fw-paris", "A")], [("renamed", "fw", "fw-paris")]),
        ([box("fw", "A")], [box("fw-2", "B")], [("replaced", "fw", "fw-2")]),
        ([box("fw", target="192.0.2.1")], [box("edge", target="192.0.2.1")], [("renamed", "fw", "edge")]),
        ([box("fw")], [box("edge")], [("gone", "fw", ""), ("added", "", "edge")]),
        ([box("fw", "A")], [box("fw")], []),
        ([], [box("fw", "A")], [("added", "", "fw")]),
        (
            [box("a", "1"), box("b", "2")],
            [box("c", "3")],
            [("gone", "a", ""), ("gone", "b", ""), ("added", "", "c")],
        ),
    ],
)
def test_devices_are_followed_by_name_serial_and_place(
    before: list[Device], after: list[Device], expected: list[tuple[str, str, str]]
) -> None:
    """A serial nobody told proves nothing, and of two candidates none is guessed."""
    assert [(row.fate, row.before, row.after) for row in device_changes(before, after)] == expected


# ---- any two audits ----

_OUTCOMES = st.sampled_from([outcome.value for outcome in Outcome])
_CHECKS = st.dictionaries(
    st.sampled_from([f"{domain}-{n:03d}" for domain in ("LNK", "VPN", "ACC", "HOM") for n in range(1, 8)]),
    st.tuples(_OUTCOMES, st.sampled_from([10, 6, 3, 1]), st.sampled_from([1, 1, 1, 2]), st.sets(
        st.sampled_from(["r-1", "fw-1", "pbx-1"]), max_size=2)),
    max_size=24,
)  # fmt: skip
_AUDITS = st.builds(
    lambda checks, names, changes: tuned(
        audit(
            *(finding(id, o, w, r, tuple(sorted(d))) for id, (o, w, r, d) in checks.items()),
            devices=tuple(box(name) for name in sorted(names)),
        ),
        **changes,
    ),
    _CHECKS,
    st.sets(st.sampled_from(["r-1", "fw-1", "pbx-1"])),
    st.dictionaries(
        st.sampled_from(["LNK_001__pass", "VPN_002__warn", "weight__LNK", "weight__ACC"]), st.integers(1, 40)
    ),
)


@given(_AUDITS, _AUDITS)
@settings(max_examples=500, deadline=None)
def test_the_four_parts_always_sum_to_the_move(before: Audit, after: Audit) -> None:
    """Whatever catalogue, coverage and devices: no point appears from nowhere."""
    parts = compare(before, after).decomposition
    assert parts.before == before.score.proven
    assert parts.after == after.score.proven
    whole = parts.remediation + parts.coverage + parts.catalogue + parts.scope
    assert whole == parts.after - parts.before


@given(_AUDITS)
@settings(max_examples=100, deadline=None)
def test_an_audit_compared_with_itself_is_empty(one: Audit) -> None:
    found = compare(one, one)
    assert found.empty
    parts = found.decomposition
    assert not any((parts.remediation, parts.coverage, parts.catalogue, parts.scope))
    assert found.like_for_like.before == found.like_for_like.after


MIRROR: Final = {"unchanged": {"unchanged"}, "fixed": {"regressed"}, "improved": {"regressed"}, "new": {"lost"},
                 "lost": {"new"}, "revised": {"revised"}, "regressed": {"fixed", "improved"}}  # fmt: skip


@given(_AUDITS, _AUDITS)
@settings(max_examples=300, deadline=None)
@pytest.mark.slow
def test_there_and_back_mirror(before: Audit, after: Audit) -> None:
    """What one direction calls fixed, the other calls regressed; what one finds, the other loses."""
    there, back = compare(before, after), compare(after, before)
    fates = {change.id: change.kind for change in back.changes}
    assert {change.id for change in there.changes} == fates.keys()
    for change in there.changes:
        assert fates[change.id] in MIRROR[change.kind]
    assert there.like_for_like.share == back.like_for_like.share
    turned = {"added": "gone", "gone": "added", "replaced": "replaced", "renamed": "renamed"}
    assert {(turned[row.fate], row.after, row.before) for row in there.devices} == {
        (row.fate, row.before, row.after) for row in back.devices
    }


def test_the_kinds_are_told_in_one_order() -> None:
    """A table of changes begins with what was fixed."""
    before = audit(finding("LNK-001", "fail", 10), finding("LNK-002", "pass", 10), finding("LNK-003", "fail", 6))
    after = audit(finding("LNK-001", "fail", 10), finding("LNK-002", "fail", 10), finding("LNK-003", "pass", 6))
    kinds = [change.kind for change in compare(before, after).changes]
    assert kinds == sorted(kinds, key=KINDS.index)
    assert kinds[0] == "fixed"
