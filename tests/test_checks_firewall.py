"""The firewall's checks: each outcome, the edges between, and what nobody told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from auditor import facts
from auditor.facts import Exposed, Rule
from auditor.model import Outcome
from auditor.site import Role
from auditor.values import ABSENT, Absent
from tests.checking import EXEMPT, FAIL, PASS, UNKNOWN, WARN, Case, declared, device, finding, measured, outcome


def fw(told: dict[Any, Any], **more: Any) -> Case:
    return Case((device("fw", told, **more),))


def with_answer(case: Case, id: str, answer: str) -> Case:
    return replace(case, answers={id: answer} if answer else {})


def rule(id: str = "1", **more: Any) -> Rule:
    given: dict[str, Any] = {
        "enabled": True, "from_": ("ssl.root",), "source": ("staff",), "destination": ("srv",),
        "services": ("tcp/443",), "logged": True, "profiles": ("ips-sensor",), "hits": 5,
    }  # fmt: skip
    return Rule(id, "permit", **(given | more))


def rules(*rows: Rule) -> dict[Any, Any]:
    return {facts.FIREWALL_RULES: rows}


ANY: dict[str, Any] = {"services": ("any",), "destination": ("any",)}


@pytest.mark.parametrize(
    ("rows", "answer", "expected"),
    [
        ((rule(),), "", PASS),
        ((rule(), rule(services=("any",))), "", WARN),
        ((rule(logged=False),), "", WARN),
        ((rule(logged=ABSENT),), "", UNKNOWN),
        ((rule(), rule("2", **ANY)), "", FAIL),
        ((rule(logged=ABSENT), rule("2", **ANY)), "", FAIL),
        ((rule(), rule("2", enabled=False, **ANY)), "", PASS),
        ((rule(from_=("inside",), **ANY),), "", UNKNOWN),
        ((), "partial", WARN),
        ((), "", UNKNOWN),
    ],
)
def test_rules_for_remote_users(rows: tuple[Rule, ...], answer: str, expected: Outcome) -> None:
    """Named and logged; every service or unlogged; any to any; other people's rules say nothing."""
    assert outcome("FWL-001", with_answer(fw(rules(*rows)), "FWL-001", answer)) is expected


def exposed(*rows: tuple[str, Any]) -> dict[Any, Any]:
    return {facts.FIREWALL_EXPOSED: tuple(Exposed(name, from_=source, rule="r1") for name, source in rows)}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((), PASS),
        ((("vpn", "any"), ("https", "any"), ("http", ABSENT)), PASS),
        ((("vpn", "any"), ("smtp", "any")), WARN),
        ((("sip", "203.0.113.0/24"),), WARN),
        ((("rdp", "203.0.113.4"),), WARN),
        ((("8081", "any"),), WARN),
        ((("rdp", "any"),), FAIL),
        ((("smb", "0.0.0.0/0"),), FAIL),
        ((("ssh", ABSENT),), FAIL),
        ((("telnet", "any"), ("smtp", "any")), FAIL),
        ((("database", "any"),), FAIL),
        ((("any", "any"),), FAIL),
    ],
)
def test_what_the_internet_reaches(rows: tuple[tuple[str, Any], ...], expected: Outcome) -> None:
    """VPN and web; others, or doors held ajar; doors open to anybody."""
    assert outcome("FWL-002", fw(exposed(*rows))) is expected


OUTSIDE: dict[str, Any] = {"from_": ("outside",), "source": ("any",)}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (rule(**OUTSIDE, services=("any",)), FAIL),
        (rule(**OUTSIDE, services=("any",), enabled=False), PASS),
        (rule(from_=("outside",), source=("10.0.0.1",), services=("any",)), WARN),
        (rule(**OUTSIDE, services=("tcp",)), UNKNOWN),
        (rule(**OUTSIDE, services=ABSENT), UNKNOWN),
        (rule(**OUTSIDE, services=("tcp/443",)), PASS),
        (rule(from_=("inside",), source=("any",), services=("any",)), PASS),
    ],
)
def test_a_rule_that_opens_everything_is_an_exposure(row: Rule, expected: Outcome) -> None:
    """A rule without ports lists no service and opens them all; one whose ports are not told is not closed."""
    assert outcome("FWL-002", fw(exposed(("vpn", "any")) | rules(row))) is expected


def test_a_rule_that_an_earlier_refusal_hides_opens_nothing() -> None:
    """Order is respected: what can never match is no open door."""
    wide: dict[str, Any] = OUTSIDE | {"services": ("any",), "destination": ("any",)}
    refusal = replace(rule("1", **wide), action="deny")
    assert outcome("FWL-002", fw(exposed(("vpn", "any")) | rules(refusal, rule("2", **wide)))) is PASS
    assert outcome("FWL-002", fw(exposed(("vpn", "any")) | rules(rule("2", **wide), refusal))) is FAIL


@pytest.mark.parametrize(
    ("services", "expected"), [(("HTTPS",), PASS), (("tcp/3389",), FAIL), (("SMTP",), WARN), (("any",), FAIL)]
)
def test_a_published_host_lets_in_what_its_rule_names(services: tuple[str, ...], expected: Outcome) -> None:
    """A one-to-one translation is as open as the rule that publishes it."""
    published = rule("r1", from_=("dmz",), source=("any",), services=services)
    assert outcome("FWL-002", fw(exposed(("any", "any")) | rules(published))) is expected


def test_an_exposure_is_named_with_its_rule() -> None:
    """The reader learns what to close, and where."""
    values = finding("FWL-002", fw(exposed(("rdp", "any"), ("smb", "any")))).message.values
    assert values["services"] == ("rdp", "smb")
    assert (values["rule"], values["device"]) == ("r1", "fw")


def test_a_firewall_that_refused_is_not_closed() -> None:
    """An open door whose look was refused is not measured, and said to be refused."""
    found = finding("FWL-002", fw({}, silent=[facts.FIREWALL_EXPOSED], refused=True))
    assert (found.outcome, found.refused) == (UNKNOWN, True)


def test_a_second_firewall_that_is_silent_is_named() -> None:
    """The worst measured one speaks, and the one that did not is in the finding."""
    both = (device("a", exposed(("vpn", "any"))), device("b", silent=[facts.FIREWALL_EXPOSED]))
    assert finding("FWL-002", Case(both)).message.values["silent"] == ("b",)


@pytest.mark.parametrize(
    ("peak", "most", "expected"), [(60, 100, PASS), (61, 100, WARN), (80, 100, WARN), (81, 100, FAIL), (1, 0, FAIL)]
)
def test_the_session_table(peak: int, most: int, expected: Outcome) -> None:
    """Six tenths, eight tenths, more; measured or with a declared size."""
    both = {facts.FIREWALL_SESSIONS_PEAK: peak, facts.FIREWALL_SESSIONS_MAX: most}
    assert outcome("FWL-003", fw(both)) is expected
    figures = measured(firewall__sessions__peak=peak) | declared(firewall__sessions__max=most)
    assert outcome("FWL-003", Case(figures=figures)) is expected


def test_the_fullest_table_speaks() -> None:
    """A large idle firewall does not hide a small full one."""
    both = tuple(
        device(name, {facts.FIREWALL_SESSIONS_PEAK: peak, facts.FIREWALL_SESSIONS_MAX: 100})
        for name, peak in (("a", 1), ("b", 95))
    )
    assert outcome("FWL-003", Case(both)) is FAIL


def test_a_peak_without_a_size_proves_nothing() -> None:
    """No size, no headroom."""
    case = fw({facts.FIREWALL_SESSIONS_PEAK: 5})
    assert outcome("FWL-003", replace(case, figures=measured(firewall__sessions__peak=5))) is UNKNOWN


@pytest.mark.parametrize(("seats", "expected"), [(150, PASS), (149, WARN), (100, WARN), (99, FAIL), (ABSENT, UNKNOWN)])
def test_translation_ports(seats: int | Absent, expected: Outcome) -> None:
    """Half as many again, just enough, too few."""
    assert outcome("FWL-004", Case(seats={"nat.ports": seats}, figures=measured(tunnel__mode="full"))) is expected


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (measured(tunnel__mode="split"), EXEMPT),
        (declared(tunnel__mode="split"), UNKNOWN),
        (measured(tunnel__mode="full"), UNKNOWN),
    ],
)
def test_a_split_tunnel_takes_no_ports(figures: Any, expected: Outcome) -> None:
    """Without object where the gateway told so, never because somebody says so."""
    assert outcome("FWL-004", Case(figures=figures)) is expected


@pytest.mark.parametrize(
    ("cpu", "memory", "answer", "expected"),
    [
        (10.0, 20.0, "", UNKNOWN),
        (10.0, 20.0, "good", PASS),
        (60.0, 60.0, "good", PASS),
        (10.0, 60.1, "", WARN),
        (80.0, 10.0, "good", WARN),
        (80.1, 10.0, "good", FAIL),
        (10.0, 10.0, "bad", FAIL),
    ],
)
def test_load(cpu: float, memory: float, answer: str, expected: Outcome) -> None:
    """One look proves a busy firewall, never an idle one; graphs answer for the busy hour."""
    case = fw({facts.SYSTEM_CPU: cpu, facts.SYSTEM_MEMORY: memory})
    assert outcome("FWL-005", with_answer(case, "FWL-005", answer)) is expected


def test_a_busy_server_is_not_a_busy_firewall() -> None:
    """Only firewalls and VPN gateways are judged."""
    assert outcome("FWL-005", Case((device("srv", {facts.SYSTEM_CPU: 99.0}, role=Role.SERVER),))) is UNKNOWN


@pytest.mark.parametrize(
    ("hits", "answer", "expected"),
    [
        ([1] * 100, "", PASS),
        ([0] * 4 + [1] * 96, "", PASS),
        ([0] * 5 + [1] * 95, "", WARN),
        ([0] * 20 + [1] * 80, "", WARN),
        ([0] * 21 + [1] * 79, "", FAIL),
        ([1, ABSENT], "", UNKNOWN),
        ([1, ABSENT], "good", PASS),
        ([], "", UNKNOWN),
    ],
)
def test_unused_rules(hits: list[Any], answer: str, expected: Outcome) -> None:
    """Under a twentieth, under a fifth, more; one rule without its counter leaves it open."""
    case = fw(rules(*(rule(str(n), hits=count, services=(f"tcp/{n}",)) for n, count in enumerate(hits))))
    assert outcome("FWL-008", with_answer(case, "FWL-008", answer)) is expected


HTTP = rule("1", services=("tcp/80",), hits=9)


@pytest.mark.parametrize(
    ("rows", "answer", "expected"),
    [
        ([HTTP, rule("2", services=("tcp/80-81",), hits=9)], "", PASS),
        ([HTTP, rule("2", services=("tcp/80",), hits=9)], "", FAIL),
        ([HTTP, rule("2", services=("tcp/80",), hits=ABSENT)], "", FAIL),
        ([HTTP, rule("2", services=("tcp/80",), hits=ABSENT)], "good", FAIL),
        ([rule("off", enabled=False, services=("any",), hits=9), HTTP], "", PASS),
        ([rule("late", services=("any",), hits=9, conditions=("schedule NIGHT",)), HTTP], "", PASS),
        ([HTTP, rule("acl#default", services=("any",), hits=ABSENT)], "", PASS),
        ([HTTP, rule("2", services=("tcp/81",), hits=ABSENT)], "", UNKNOWN),
        ([*(rule(f"{n}", services=(f"tcp/{n}",)) for n in range(9)), rule("x", services=("tcp/1",))], "good", WARN),
    ],
)
def test_rules_that_an_earlier_one_hides_are_unused(rows: list[Rule], answer: str, expected: Outcome) -> None:
    """Order is respected, hit counts or none; what is off or counts at some hours hides nothing."""
    assert outcome("FWL-008", with_answer(fw(rules(*rows)), "FWL-008", answer)) is expected


@pytest.mark.parametrize(
    ("profiles", "answer", "expected"),
    [
        ((), "", FAIL),
        ((), "good", FAIL),
        (("ips-sensor",), "", UNKNOWN),
        (("ips-sensor",), "good", PASS),
        (("ips-sensor",), "partial", WARN),
        (ABSENT, "", UNKNOWN),
        (ABSENT, "bad", FAIL),
    ],
)
def test_inspection(profiles: Any, answer: str, expected: Outcome) -> None:
    """Off fails whatever is said; on still asks for the age of its signatures."""
    case = fw(rules(rule(), rule("2", profiles=profiles)))
    assert outcome("FWL-009", with_answer(case, "FWL-009", answer)) is expected


@pytest.mark.parametrize("id", ["FWL-006", "FWL-007"])
@pytest.mark.parametrize(("answer", "expected"), [("good", PASS), ("partial", WARN), ("bad", FAIL), ("", UNKNOWN)])
def test_what_only_people_can_tell(id: str, answer: str, expected: Outcome) -> None:
    """Support and known holes are asked, and the version that the device told stands beside the answer."""
    found = finding(id, with_answer(fw({facts.IDENTITY_OS_VERSION: "9.16(4)"}), id, answer))
    assert found.outcome is expected
    assert "9.16(4)" in [source.value for source in found.evidence]


def test_a_scan_counts_with_its_mandate_only() -> None:
    """An answer without a document is no mandate."""
    said = Case(answers={"FWL-010": "good"})
    assert outcome("FWL-010", said) is UNKNOWN
    assert outcome("FWL-010", replace(said, document="scan.pdf")) is PASS
    assert outcome("FWL-010", replace(said, answers={"FWL-010": "bad"}, document="scan.pdf")) is FAIL


@pytest.mark.parametrize("number", range(1, 11))
def test_nothing_told_is_not_measured(number: int) -> None:
    """A site of which nobody told anything passes no check of its firewall."""
    assert outcome(f"FWL-{number:03d}", Case()) is UNKNOWN
