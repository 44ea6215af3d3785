"""The catalogue as a whole: what each check weighs, costs and unblocks, and how the engine treats what people say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from graphlib import TopologicalSorter

import pytest

from auditor import facts
from auditor.checks import CATALOGUE, sentences
from auditor.checks.engine import Check, Reader, Unknown, Verdict, settle, worst
from auditor.model import Beyond, Origin, Resource
from auditor.plan import expand
from auditor.values import ABSENT, Message
from tests.checking import EXEMPT, FAIL, PASS, UNKNOWN, WARN, Case, declared, device, finding, measured, outcome
from tests.worked import VECTORS

PUBLISHED = {row["id"]: row for row in VECTORS["checks"]}


def days(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def hours(text: str) -> int:
    return int(text[:-1]) * (8 if text.endswith("d") else 1)


def test_ids_are_unique_and_published() -> None:
    """No id stands for two checks, and none is of our own making."""
    ids = [check.id for check in CATALOGUE]
    assert len(ids) == len(set(ids))
    assert ids == list(PUBLISHED)


def test_the_catalogue_weighs_what_is_published() -> None:
    """The totals of the domain model: checks by severity, weight of each domain, quick wins."""
    totals = VECTORS["check_totals"]
    assert len(CATALOGUE) == totals["checks"]
    assert Counter(check.severity.value[0].upper() for check in CATALOGUE) == totals["severity"]
    weights: Counter[str] = Counter()
    for check in CATALOGUE:
        weights[check.domain] += check.weight
    assert weights == totals["weights"]
    assert weights.total() == totals["weight_all"]
    assert Counter(check.domain for check in CATALOGUE) == totals["per_domain"]
    assert len([check for check in CATALOGUE if check.quick_win]) == totals["quick_wins"]


@pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.id)
def test_a_check_weighs_and_costs_what_is_published(check: Check) -> None:
    """Severity, weight, effort, lead, cost, quick win and what it unblocks are those of the catalogue."""
    row = PUBLISHED[check.id]
    assert (check.severity.value[0].upper(), check.weight) == (row["severity"], row["weight"])
    assert (check.effort_hours, check.lead_days, check.cost) == (hours(row["effort"]), days(row["lead"]), row["cost"])
    assert check.quick_win is row["quick_win"]
    assert expand(check.unblocks) & set(PUBLISHED) == set(row["unblocks"])


@pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.id)
def test_a_quick_win_is_quick(check: Check) -> None:
    """A day of work, a week of waiting, next to no money; no check unblocks itself."""
    assert not check.quick_win or (check.effort_hours <= 8 and check.lead_days[1] <= 7 and check.cost <= 1)
    assert check.id not in expand(check.unblocks)
    assert check.thresholds


def test_what_unblocks_what_has_no_loop() -> None:
    """The plan can always be put in order."""
    graph = {check.id: expand(check.unblocks) & {c.id for c in CATALOGUE} for check in CATALOGUE}
    assert len(tuple(TopologicalSorter(graph).static_order())) == len(CATALOGUE)


@pytest.mark.parametrize(
    ("unblocks", "found"), [("VPN-002..004", {"VPN-002", "VPN-003", "VPN-004"}), ("VPN-007", {"VPN-007"})]
)
def test_ranges_expand(unblocks: str, found: set[str]) -> None:
    """A range names its ids; a wildcard names the whole domain."""
    assert expand([unblocks]) == found
    assert {check.id for check in CATALOGUE if check.domain == "VPN"} <= expand(["VPN-*"])


def test_no_register_mark_reaches_a_reader() -> None:
    """References name their document, never a number of our own notes."""
    for check in CATALOGUE:
        assert not [ref for ref in check.references if ref[:1] in "VK" and ref[1:].isdigit()]


def test_every_reason_has_its_words() -> None:
    """The domains and what a check says when it cannot tell are among the sentences."""
    known = sentences()
    assert {f"name.{domain}" for domain in ("LNK", "VPN", "FWL", "TEL", "HST", "RES", "ACC", "HOM")} <= set(known)
    assert known["LNK.no_link"]


# ---- the engine ----


def test_the_worst_of_nothing_is_not_a_pass() -> None:
    """A check that saw nothing is not measured."""
    with pytest.raises(Unknown):
        worst([])


@pytest.mark.parametrize(
    ("found", "missing", "expected"),
    [((PASS,), 0, PASS), ((PASS,), 1, UNKNOWN), ((WARN,), 1, UNKNOWN), ((PASS, FAIL), 1, FAIL), ((), 1, UNKNOWN)],
)
def test_one_failure_settles_what_a_pass_cannot(found: Iterable[object], missing: int, expected: object) -> None:
    """With parts missing, a failure is proof and a pass is not."""
    gaps = [Unknown(Message("unknown.nothing"))] * missing
    verdicts = [Verdict(outcome) for outcome in (PASS, WARN, FAIL) if outcome in tuple(found)]
    if expected is UNKNOWN:
        with pytest.raises(Unknown):
            settle(verdicts, gaps)
    else:
        assert settle(verdicts, gaps).outcome is expected


def test_without_object_needs_a_document() -> None:
    """A bare statement is not measured; a document is a proof of its own quality."""
    said = Case(answers={"LNK-001": "not_applicable"})
    assert outcome("LNK-001", said) is UNKNOWN
    proven = finding("LNK-001", replace(said, document="routes.txt"))
    assert (proven.outcome, proven.quality) == (EXEMPT, Fraction(3, 5))
    assert proven.message.values["document"] == "routes.txt"


def test_what_a_device_tells_is_never_without_object() -> None:
    """A failing measure stays failed, whatever paper says that there is nothing to judge."""
    said = Case(answers={"LNK-001": "not_applicable"}, document="routes.txt", seats={"link.up": 0})
    assert outcome("LNK-001", said) is FAIL


def test_an_answer_may_be_given_in_the_words_of_its_choice() -> None:
    """Whoever writes the site file by hand may use the label of the questionnaire."""
    assert outcome("VPN-018", Case(answers={"VPN-018": "Less than 7 days left, or expired"})) is FAIL
    assert outcome("VPN-018", Case(answers={"VPN-018": "some day"})) is UNKNOWN


def test_a_measured_total_stays_measured_with_a_contract_among_its_inputs() -> None:
    """A resource is as sure as its own origin says; a wholly declared one is a statement."""
    assert finding("VPN-002", Case(seats={"vpn.licence": 50})).quality == 1
    reader = Case().reader()
    inputs = tuple(declared(vpn__sessions__licensed=50).values())
    resource = Resource("vpn.licence", 50, Beyond.REFUSES, Origin.DECLARED, inputs=inputs)
    stated = Reader(reader.site, (), {}, (resource,), reader.headline)
    assert stated.seats("vpn.licence") == 50
    assert stated.quality == Fraction(3, 10)


def test_a_resource_of_defaults_alone_is_not_measured() -> None:
    """What the model merely assumes is no evidence."""
    assert outcome("VPN-002", Case(seats={"vpn.licence": 500}, origin=Origin.ASSUMED)) is UNKNOWN


def test_who_works_here_does_not_lower_the_confidence() -> None:
    """Headcount and profiles are the question, not evidence of the answer."""
    reader = Case(figures=declared(people__headcount=120, people__profile__office=1)).reader()
    reader.number("people.headcount")
    reader.number("people.profile.office")
    assert reader.quality == 1


def test_a_silent_gateway_makes_a_total_unknown() -> None:
    """A sum with one part missing is not a sum."""
    told = device("a", {facts.VPN_SESSIONS_PEAK: 5})
    silent = device("b", silent=[facts.VPN_SESSIONS_PEAK])
    figures = measured(vpn__sessions__licensed=50, vpn__sessions__platform_max=250)
    assert outcome("VPN-015", Case((told,), figures=figures)) is PASS
    assert outcome("VPN-015", Case((told, silent), figures=figures)) is UNKNOWN


def test_a_pair_counts_once() -> None:
    """Both members of a pair hold the same sessions: the larger count is the site's."""
    figures = measured(vpn__sessions__licensed=100, vpn__sessions__platform_max=250)
    for first, second in (("fw", "fw"), ("fw-2", "fw-1"), ("fw-2", "")):
        pair = tuple(
            device(name, {facts.VPN_SESSIONS_PEAK: 40}, pair=other)
            for name, other in (("fw-1", first), ("fw-2", second))
        )
        assert finding("VPN-015", Case(pair, figures=figures)).message.values["peak"] == 40


def test_unknown_seats_are_absent_never_zero() -> None:
    """The helper itself keeps the difference."""
    assert Case(seats={"vpn.pool": ABSENT}).reader().has("vpn.pool")
    assert outcome("VPN-004", Case(seats={"vpn.pool": 0})) is FAIL
