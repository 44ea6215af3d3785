"""Four firms judged: in the cloud, hybrid, unknown and exemplary; each gets the headline, score and plan it earns."""

from __future__ import annotations

import pytest

from auditor.checks import CATALOGUE
from auditor.model import Outcome
from auditor.values import ABSENT
from auditor.wording import texts
from tests.checking import EXEMPT, FAIL, PASS, UNKNOWN, WARN
from tests.firms import NAMES, audit
from tests.worked import VECTORS

JUDGED = (PASS, WARN, FAIL)
CLOUD_ONLY = next(row for row in VECTORS["scoring_examples"] if row["id"] == "3 cloud-only weights")


def outcomes(name: str) -> dict[str, Outcome]:
    return {finding.id: finding.outcome for finding in audit(name).findings}


def limits(name: str) -> dict[int, set[str]]:
    return {cap.limit: set(cap.by) for cap in audit(name).score.caps}


def test_a_cloud_only_firm_is_judged_on_what_it_has() -> None:
    """80 of 110 by its ZTNA seats; no link, VPN or telephone system is held against it; nobody looked at its doors."""
    found = audit("cloud")
    assert (found.headline.seats, found.headline.required, found.headline.binding) == (80, 110, ("ztna.seats",))
    assert found.headline.bounds == ("=",)
    assert {id for id, outcome in outcomes("cloud").items() if outcome is EXEMPT} == set(CLOUD_ONLY["not_applicable"])
    assert found.score.perimeter_checks == (65, 103)
    assert limits("cloud") == {54: {"FWL-002", "ACC-002"}, 69: {"K<0.8"}, 84: {"confidence"}}
    assert found.score.grade == "D"
    assert found.plan[0].closes == ("VPN-017",)
    assert max(action.seats_after for action in found.plan if action.seats_after is not ABSENT) == 110


def test_a_hybrid_firm_is_judged_on_both() -> None:
    """Its own link and VPN carry everybody; session hosts, homes and equipment bind; telephony is the operator's."""
    found = audit("hybrid")
    ids = {resource.id for resource in found.resources}
    assert {"link.up", "vpn.licence", "hosts.vdi", "telephony.cloud", "saas.licences"} <= ids
    assert not {"telephony.sets", "telephony.trunks", "ztna.seats"} & ids
    assert (found.headline.seats, found.headline.binding) == (63, ("homes",))
    assert found.headline.seats_after_largest_failure == 0
    assert outcomes("hybrid")["VPN-017"] is EXEMPT
    assert outcomes("hybrid")["RES-010"] is FAIL
    assert limits("hybrid")[54] == {"FWL-002", "ACC-002"}
    assert found.score.grade == "D"
    assert {"HOM-001", "HOM-004"} & {id for action in found.plan[:3] for id in action.closes}


def test_a_firm_that_told_nothing_gets_no_figure_and_no_grade() -> None:
    """Not a zero, not a pass: nothing is known, and each line says how to lift it."""
    found = audit("nothing")
    assert found.headline.seats is ABSENT
    assert found.headline.seats_after_largest_failure is ABSENT
    assert set(outcomes("nothing").values()) == {UNKNOWN}
    assert found.score.value is ABSENT
    assert found.score.grade == ""
    assert [found.score.proven, found.score.possible, found.score.coverage] == [0, 100, 0]
    assert len(found.not_measured) == 103 + len(found.resources)
    assert found.plan == ()


def test_an_exemplary_firm_has_nothing_left_to_do() -> None:
    """Everybody works, after a failure too; every check passes; what rests on paper keeps it from the top grade."""
    found = audit("perfect")
    assert (found.headline.seats, found.headline.seats_after_largest_failure) == (110, 110)
    assert set(outcomes("perfect").values()) == {PASS, EXEMPT}
    assert {id for id, outcome in outcomes("perfect").items() if outcome is EXEMPT} == {"VPN-017", "TEL-013", "HST-003"}
    assert [found.score.proven, found.score.coverage] == [100, 100]
    assert limits("perfect") == {84: {"confidence"}}
    assert found.score.value == 84
    assert found.score.grade == "B"
    assert found.plan == ()


def test_every_check_can_be_reached() -> None:
    """By a fact, a figure or an answer: each of the 103 is judged in one of the firms."""
    reached = {id for name in NAMES for id, outcome in outcomes(name).items() if outcome in JUDGED}
    assert reached == {check.id for check in CATALOGUE}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_finding_reads_in_both_languages(name: str, language: str) -> None:
    """No placeholder without its value, no id in place of words, no English in the French."""
    say, english = texts(language), texts("en")
    for finding in audit(name).findings:
        said = say.say(finding.message)
        assert "{" not in said, said
        assert finding.message.id not in said, said
        assert language == "en" or said != english.say(finding.message), said
