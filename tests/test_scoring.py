"""The readiness score against the worked examples, and the properties that keep it honest."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.capacity import assess
from auditor.model import ABSENT, Finding, Message, Outcome, Score, Severity
from auditor.scoring import CEILING, _points, domain_weights, score
from tests.worked import VECTORS, worked

WEIGHTS = {check["id"]: int(check["weight"]) for check in VECTORS["checks"]}
EXAMPLES = {row["id"]: row for row in VECTORS["scoring_examples"]}
QUALITY = {"device": Fraction(1), "document": Fraction(3, 5), "declared": Fraction(3, 10)}
SEVERITY = {10: Severity.CRITICAL, 6: Severity.HIGH, 3: Severity.MEDIUM, 1: Severity.LOW}


def finding(id: str, outcome: str, origin: str = "device", *, refused: bool = False, weight: int = 0) -> Finding:
    weight = weight or WEIGHTS[id]
    quality = QUALITY[origin] if outcome in ("pass", "warn", "fail") else Fraction(0)
    return Finding(
        id, 1, id[:3], Outcome(outcome), SEVERITY[weight], Message(id), quality=quality, weight=weight, refused=refused
    )


def judged(verdicts: Mapping[str, str], origins: Mapping[str, str] | None = None) -> Score:
    capacity = assess(worked())
    found = [finding(id, outcome, (origins or {}).get(id, "device")) for id, outcome in verdicts.items()]
    return score(found, capacity.headline, capacity.resources, WEIGHTS)


def near(value: Fraction, told: Any) -> bool:
    return abs(value - Fraction(told)) < Fraction(1, 10**5)


def test_the_worked_site() -> None:
    """45 proven, up to 57, coverage 89 %, confidence 73 %, capped at 39 by capacity and two open doors."""
    row = EXAMPLES["1 worked site"]
    found = judged(row["verdicts"], row["origins"])
    assert near(found.proven, row["proven"])
    assert near(found.possible, row["possible"])
    assert near(found.coverage, row["coverage"])
    assert near(found.confidence, row["confidence"])
    assert found.value == row["final"]
    assert found.grade == row["grade"]
    assert found.cap is not None
    assert (found.cap.limit, list(found.cap.by)) == (39, ["K<0.25", *sorted(row["cap"]["by"][1:], reverse=True)])
    assert found.perimeter_checks == (101, 103)
    assert near(found.perimeter_weight, row["perimeter"]["weight_percent"])
    for domain in found.domains:
        told = row["domains"][domain.id]
        assert near(domain.weight, told["weight_applied"])
        assert near(domain.proven, told["score"])
        assert (
            near(domain.coverage, 100 * Fraction(told["coverage"]))
            or abs(domain.coverage / 100 - told["coverage"]) < 1e-6
        )
        assert near(domain.possible, told["best"])
    assert found.losses[0][1] <= Fraction(row["largest_check"]["points"]) + Fraction(1, 10**5)


def test_possible_less_proven_is_what_was_not_covered() -> None:
    """The identity S_max - S = 100 - coverage."""
    found = judged(EXAMPLES["1 worked site"]["verdicts"])
    assert found.possible - found.proven == 100 - found.coverage


def test_a_cloud_only_firm_weighs_what_applies() -> None:
    """38 checks without object, with proof: the domains that remain weigh more, and the perimeter is printed."""
    row = EXAMPLES["3 cloud-only weights"]
    verdicts = {id: "not_applicable" if id in row["not_applicable"] else "pass" for id in WEIGHTS}
    found = judged(verdicts)
    assert found.perimeter_checks == (65, 103)
    assert near(found.perimeter_weight, row["perimeter"]["weight_percent"])
    for domain in found.domains:
        assert near(domain.weight, row["weights_applied"][domain.id])


def test_no_check_weighs_more_than_eight_points() -> None:
    """Fourteen checks: the ceiling holds and the points still sum to 100."""
    row = EXAMPLES["4 eight-point ceiling"]
    found = [finding(id, "pass") for id in row["applicable"]]
    before = domain_weights(found, WEIGHTS)
    assert all(near(before[domain], told) for domain, told in row["weights_before"].items())
    points = _points(found, WEIGHTS)
    assert all(near(points[id], told) for id, told in row["points"].items())
    assert sum(points.values()) == 100
    assert max(points.values()) == CEILING


def test_little_coverage_is_not_rated() -> None:
    """Under half of the weight measured there is no grade, only the interval."""
    verdicts = dict.fromkeys(WEIGHTS, "not_measured") | {"LNK-001": "pass"}
    found = judged(verdicts)
    assert found.value is ABSENT
    assert found.grade == ""
    assert found.possible > 90


def test_an_unknown_needed_resource_caps_as_its_worst_value_would() -> None:
    """A link nobody could read is no better than a link that is too small."""
    figures = worked()
    del figures["link.main.used_down_bps"]
    capacity = assess(figures)
    found = score([finding(id, "pass") for id in WEIGHTS], capacity.headline, capacity.resources, WEIGHTS)
    assert found.cap is not None
    assert found.cap.limit == 39
    assert "link.down" in found.cap.by


ids = st.sampled_from(sorted(WEIGHTS))
verdict_maps = st.fixed_dictionaries(
    {id: st.sampled_from(["pass", "warn", "fail", "not_measured"]) for id in sorted(WEIGHTS)}
)


@settings(max_examples=60, deadline=None)
@given(verdict_maps, ids, st.sampled_from(["pass", "warn", "fail"]))
def test_measuring_one_more_check_never_lowers_the_proven_score(verdicts: dict[str, str], id: str, told: str) -> None:
    """Not measured is worth nothing, so anything measured is worth at least that."""
    before = judged(verdicts | {id: "not_measured"})
    assert judged(verdicts | {id: told}).proven >= before.proven


@settings(max_examples=60, deadline=None)
@given(verdict_maps, ids)
def test_turning_a_fail_into_a_pass_never_lowers_anything(verdicts: dict[str, str], id: str) -> None:
    """Doing the work never costs points, proven or printed."""
    before, after = judged(verdicts | {id: "fail"}), judged(verdicts | {id: "pass"})
    assert after.proven >= before.proven
    if before.value is not ABSENT and after.value is not ABSENT:
        assert after.value >= before.value


@settings(max_examples=60, deadline=None)
@given(verdict_maps, st.sampled_from(["FWL-002", "FWL-007", "ACC-001", "ACC-002", "ACC-006", "TEL-010", "VPN-001"]))
def test_refusing_access_never_raises_the_printed_score(verdicts: dict[str, str], id: str) -> None:
    """An open door whose look was refused is capped as if it stood open."""
    capacity = assess(worked())

    def printed(outcome: str, refused: bool) -> Score:
        found = [finding(i, o) for i, o in verdicts.items() if i != id] + [finding(id, outcome, refused=refused)]
        return score(found, capacity.headline, capacity.resources, WEIGHTS)

    failed, refused = printed("fail", False), printed("not_measured", True)
    if failed.value is not ABSENT and refused.value is not ABSENT:
        assert refused.value <= failed.value


@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_of_checks_does_not_matter(reverse: bool) -> None:
    """The same verdicts in another order are the same score."""
    verdicts = EXAMPLES["1 worked site"]["verdicts"]
    order = dict(sorted(verdicts.items(), reverse=reverse))
    assert judged(order).proven == judged(verdicts).proven
