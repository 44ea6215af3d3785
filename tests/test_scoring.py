"""The readiness score against the worked examples, and the properties that keep it honest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.capacity import Capacity, assess
from auditor.model import Beyond, Finding, Headline, Origin, Outcome, Resource, Score, Severity
from auditor.scoring import CEILING, _points, domain_weights, grade, score
from auditor.values import ABSENT, Absent, Message
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


@cache
def model() -> Capacity:
    """What the model finds at the worked site."""
    return assess(worked())


def judged(verdicts: Mapping[str, str], origins: Mapping[str, str] | None = None) -> Score:
    capacity = model()
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
KINDS = ("pass", "warn", "fail", "not_measured")
verdict_maps = st.binary(min_size=len(WEIGHTS), max_size=len(WEIGHTS)).map(
    lambda drawn: {id: KINDS[byte % 4] for id, byte in zip(sorted(WEIGHTS), drawn, strict=True)}
)


@settings(max_examples=500, deadline=None)
@given(verdict_maps, ids, st.sampled_from(["pass", "warn", "fail"]))
def test_measuring_one_more_check_never_lowers_the_proven_score(verdicts: dict[str, str], id: str, told: str) -> None:
    """Not measured is worth nothing, so anything measured is worth at least that."""
    before = judged(verdicts | {id: "not_measured"})
    assert judged(verdicts | {id: told}).proven >= before.proven


@settings(max_examples=500, deadline=None)
@given(verdict_maps, ids)
def test_turning_a_fail_into_a_pass_never_lowers_anything(verdicts: dict[str, str], id: str) -> None:
    """Doing the work never costs points, proven or printed."""
    before, after = judged(verdicts | {id: "fail"}), judged(verdicts | {id: "pass"})
    assert after.proven >= before.proven
    if before.value is not ABSENT and after.value is not ABSENT:
        assert after.value >= before.value


def printed(verdicts: Mapping[str, str], refused: str = "", resources: tuple[Resource, ...] | None = None) -> Score:
    """The score of these verdicts, where access to what one check needs was refused."""
    found = [
        finding(id, "not_measured" if id == refused else told, refused=id == refused) for id, told in verdicts.items()
    ]
    return score(found, model().headline, model().resources if resources is None else resources, WEIGHTS)


def no_better(refused: Score, told: Score) -> bool:
    """Whether a score is no better than another; one that is not rated is never better."""
    return isinstance(refused.value, Absent) or (not isinstance(told.value, Absent) and refused.value <= told.value)


@settings(max_examples=500, deadline=None)
@given(verdict_maps, ids, st.sampled_from(["pass", "warn", "fail"]))
def test_refusing_access_to_a_check_never_raises_the_score(verdicts: dict[str, str], id: str, told: str) -> None:
    """What was refused is worth nothing and caps as its failure would: neither S nor the printed score gains."""
    without = {key: told for key, told in verdicts.items() if key != id}
    before, after = printed(without | {id: told}), printed(without | {id: told}, refused=id)
    assert after.proven <= before.proven
    assert no_better(after, before)


@settings(max_examples=500, deadline=None)
@given(verdict_maps, st.integers(0, 200), st.fractions(0, 2))
def test_refusing_access_to_a_resource_never_raises_the_score(
    verdicts: dict[str, str], which: int, ratio: Fraction
) -> None:
    """A resource that was refused could have been the one that binds: the site is rated as if nobody could work."""
    found = [finding(id, told) for id, told in verdicts.items()]
    resources = list(model().resources)
    before = score(found, replace(model().headline, ratio=ratio), resources, WEIGHTS)
    at = which % len(resources)
    resources[at] = replace(resources[at], seats=ABSENT, refused=True)
    after = score(found, replace(model().headline, ratio=Fraction(2)), resources, WEIGHTS)
    assert after.proven == before.proven
    assert no_better(after, before)


@settings(max_examples=500, deadline=None)
@given(verdict_maps, st.randoms(use_true_random=False))
def test_the_order_of_checks_does_not_matter(verdicts: dict[str, str], dice: Random) -> None:
    """The same verdicts in another order are the same score, domain by domain and cap by cap."""
    order = list(verdicts.items())
    dice.shuffle(order)
    shuffled, plain = judged(dict(order)), judged(verdicts)
    assert (shuffled.proven, shuffled.value, shuffled.domains) == (plain.proven, plain.value, plain.domains)
    assert {cap.limit: set(cap.by) for cap in shuffled.caps} == {cap.limit: set(cap.by) for cap in plain.caps}


@settings(max_examples=500, deadline=None)
@given(verdict_maps)
def test_possible_and_proven_differ_by_what_was_not_covered(verdicts: dict[str, str]) -> None:
    """The identity of 3.2(5) holds whatever was found, and points sum to 100."""
    found = judged(verdicts)
    assert found.possible - found.proven == 100 - found.coverage
    assert sum(domain.weight for domain in found.domains) == 100
    assert found.proven + sum(lost for _, lost in found.losses) == found.coverage


def headline(ratio: Fraction, after_failure: int = 50) -> Headline:
    return replace(model().headline, ratio=ratio, seats_after_largest_failure=after_failure)


def resource(id: str, seats: int | Absent) -> Resource:
    return Resource(id, seats, Beyond.REFUSES, Origin.MEASURED)


def limits(
    ratio: Fraction = Fraction(2),
    after_failure: int = 50,
    resources: tuple[Resource, ...] = (),
    origin: str = "device",
    **changes: str,
) -> dict[int, tuple[str, ...]]:
    """The caps of a site where all is well but what is said."""
    verdicts = dict.fromkeys(WEIGHTS, "pass") | {id.replace("_", "-"): outcome for id, outcome in changes.items()}
    found = [
        finding(id, outcome.removeprefix("refused "), origin, refused=outcome.startswith("refused"))
        for id, outcome in verdicts.items()
    ]
    return {cap.limit: cap.by for cap in score(found, headline(ratio, after_failure), resources, WEIGHTS).caps}


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({}, {}),
        ({"ratio": Fraction(1)}, {}),
        ({"ratio": Fraction(99, 100)}, {84: ("K<1",)}),
        ({"ratio": Fraction(8, 10)}, {84: ("K<1",)}),
        ({"ratio": Fraction(79, 100)}, {69: ("K<0.8",)}),
        ({"ratio": Fraction(1, 2)}, {69: ("K<0.8",)}),
        ({"ratio": Fraction(49, 100)}, {54: ("K<0.5",)}),
        ({"ratio": Fraction(1, 4)}, {54: ("K<0.5",)}),
        ({"ratio": Fraction(24, 100)}, {39: ("K<0.25",)}),
        ({"after_failure": 0}, {84: ("N_fail=0",)}),
        ({"origin": "document"}, {84: ("confidence",)}),
        ({"FWL_002": "fail"}, {39: ("FWL-002",)}),
        ({"FWL_002": "warn"}, {}),
        ({"FWL_002": "not_measured"}, {54: ("FWL-002",)}),
        ({"FWL_002": "refused not_measured"}, {39: ("FWL-002",)}),
        ({"FWL_002": "not_applicable"}, {}),
        ({"LNK_001": "fail"}, {54: ("LNK-001",)}),
        ({"LNK_001": "not_measured"}, {69: ("LNK-001",)}),
        ({"LNK_003": "fail"}, {}),
        ({"resources": (resource("vpn.pool", ABSENT),)}, {39: ("vpn.pool",)}),
        ({"resources": (resource("vpn.pool", 5), resource("hosts.vdi", ABSENT))}, {}),
        ({"resources": (resource("ztna.seats", ABSENT), resource("homes", 5))}, {39: ("ztna.seats",)}),
        (
            {
                "resources": (
                    resource("vpn.licence", 5),
                    resource("telephony.sets", 5),
                    resource("telephony.cloud", ABSENT),
                )
            },
            {},
        ),
        ({"resources": (resource("vpn.pool", 5), resource("telephony.cloud", ABSENT))}, {39: ("telephony.cloud",)}),
        ({"resources": (replace(resource("hosts.vdi", ABSENT), refused=True),)}, {39: ("hosts.vdi",)}),
        ({"resources": (resource("link.down/main", ABSENT),)}, {}),
        ({"LNK_001": "refused not_measured"}, {54: ("LNK-001",)}),
        ({"LNK_003": "refused not_measured"}, {}),
        ({"resources": (replace(resource("telephony.sets", ABSENT), overloaded=True),)}, {}),
    ],
)
def test_each_cap_and_what_causes_it(case: dict[str, Any], expected: dict[int, tuple[str, ...]]) -> None:
    """Capacity, open doors, other critical checks, unknown or refused, confidence, and what a failure leaves."""
    assert limits(**case) == expected


def test_every_cause_of_a_cap_is_named() -> None:
    """Curing one of two open doors is not enough, and the reader is told so."""
    found = limits(ratio=Fraction(1, 10), FWL_002="fail", ACC_001="fail")
    assert {limit: set(by) for limit, by in found.items()} == {39: {"K<0.25", "ACC-001", "FWL-002"}}


def test_a_small_perimeter_is_not_rated() -> None:
    """With less than 35 % of the catalogue's weight applicable there is no grade, however good it is."""
    verdicts = {id: "pass" if id.startswith(("HOM", "ACC")) else "not_applicable" for id in WEIGHTS}
    found = judged(verdicts)
    assert found.perimeter_weight < 35
    assert (found.value, found.grade) == (ABSENT, "")
    assert found.proven == 100


@pytest.mark.parametrize(
    ("value", "letter"), [(85, "A"), (Fraction(8499, 100), "B"), (70, "B"), (55, "C"), (40, "D"), (39, "E"), (0, "E")]
)
def test_grades_are_taken_on_the_unrounded_score(value: int | Fraction, letter: str) -> None:
    """84.99 prints 85 and is a B."""
    assert grade(Fraction(value)) == letter


def test_findings_outside_the_catalogue_are_not_counted() -> None:
    """A changed host key is told, and weighs nothing."""
    verdicts = dict.fromkeys(WEIGHTS, "pass")
    found = [finding(id, outcome) for id, outcome in verdicts.items()]
    extra = replace(finding("ACC-001", "fail"), id="SSH-KEY", weight=0)
    with_it = score([*found, extra], headline(Fraction(2)), (), WEIGHTS)
    assert with_it == score(found, headline(Fraction(2)), (), WEIGHTS)
