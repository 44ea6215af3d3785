"""The checks of remote access: each outcome, the edges between, and what nobody told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from auditor import facts
from auditor.facts import Authentication, Exposed, Pool, Proposal, Rule
from auditor.model import Outcome
from auditor.site import Declared
from auditor.values import ABSENT, Absent
from tests.checking import EXEMPT, FAIL, PASS, TODAY, UNKNOWN, WARN, Case, declared, device, finding, measured, outcome

HOUR = 3600


def fw(told: dict[Any, Any], **more: Any) -> Case:
    return Case((device("fw", told, **more),))


def with_answer(case: Case, id: str, answer: str) -> Case:
    return replace(case, answers={id: answer} if answer else {})


RDP = {facts.FIREWALL_EXPOSED: (Exposed("rdp", 3389, "tcp", "any"),)}
POOL = {facts.VPN_POOLS: (Pool("staff", "10.9.0.1", "10.9.0.62", addresses=62),)}


@pytest.mark.parametrize(
    ("told", "answer", "expected"),
    [
        (POOL, "", PASS),
        ({facts.VPN_SESSIONS_NOW: 8}, "", PASS),
        ({facts.VPN_SESSIONS_NOW: 0}, "", UNKNOWN),
        (RDP, "", FAIL),
        (RDP, "good", FAIL),
        (POOL | RDP, "", PASS),
        ({}, "good", PASS),
        ({}, "partial", WARN),
        ({}, "bad", FAIL),
        ({facts.VPN_POOLS: ()}, "", UNKNOWN),
        ({}, "", UNKNOWN),
    ],
)
def test_there_is_a_way_in(told: dict[Any, Any], answer: str, expected: Outcome) -> None:
    """A gateway's own settings prove it; a published desktop in its place fails; silence proves nothing."""
    assert outcome("VPN-001", with_answer(fw(told), "VPN-001", answer)) is expected


@pytest.mark.parametrize(
    ("days", "answer", "expected"),
    [
        (31, "good", PASS),
        (31, "", UNKNOWN),
        (31, "partial", WARN),
        (31, "bad", FAIL),
        (30, "", WARN),
        (30, "good", WARN),
        (7, "", WARN),
        (6, "", FAIL),
        (-1, "good", FAIL),
        (None, "good", PASS),
        (None, "partial", WARN),
        (None, "bad", FAIL),
        (None, "", UNKNOWN),
    ],
)
def test_certificates(days: int | None, answer: str, expected: Outcome) -> None:
    """More than thirty days with an owner, a week or more, less; a date outweighs an answer that is better."""
    figures = declared(vpn__certificate_ends=TODAY + dt.timedelta(days=days)) if days is not None else {}
    said = {name: Declared(figure.value) for name, figure in figures.items()}
    case = Case(figures=figures, declared=said, answers={"VPN-018": answer} if answer else {})
    assert outcome("VPN-018", case) is expected


@pytest.mark.parametrize(("seats", "expected"), [(100, PASS), (99, WARN), (60, WARN), (59, FAIL), (ABSENT, UNKNOWN)])
def test_licences(seats: int | Absent, expected: Outcome) -> None:
    """All of D, six tenths of it, less."""
    assert outcome("VPN-002", Case(seats={"vpn.licence": seats})) is expected


@pytest.mark.parametrize(
    ("platform", "crypto", "expected"),
    [
        (250, 120, PASS),
        (250, 119, WARN),
        (100, 250, WARN),
        (250, 99, FAIL),
        (99, ABSENT, FAIL),
        (ABSENT, 99, FAIL),
        (250, ABSENT, UNKNOWN),
        (110, ABSENT, UNKNOWN),
        (ABSENT, ABSENT, UNKNOWN),
    ],
)
def test_the_smaller_of_platform_and_engine_speaks(
    platform: int | Absent, crypto: int | Absent, expected: Outcome
) -> None:
    """A fifth of margin on both; one too small is proof enough, one unknown is not."""
    assert outcome("VPN-003", Case(seats={"vpn.platform": platform, "vpn.crypto": crypto})) is expected


@pytest.mark.parametrize(("seats", "expected"), [(120, PASS), (119, WARN), (100, WARN), (99, FAIL), (ABSENT, UNKNOWN)])
def test_addresses(seats: int | Absent, expected: Outcome) -> None:
    """A fifth of margin, none, too few."""
    assert outcome("VPN-004", Case(seats={"vpn.pool": seats})) is expected


GOOD = Proposal("remote", "ikev2", ("aes-256-gcm",), ABSENT, (19, 20), 19, 8 * HOUR)


def offers(*rows: Proposal) -> Case:
    return fw({facts.VPN_PROPOSALS: rows})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((GOOD,), PASS),
        ((GOOD, replace(GOOD, protocol="ikev1", use="site")), WARN),
        ((GOOD, replace(GOOD, protocol="ikev1")), FAIL),
        ((replace(GOOD, protocol="tls"),), EXEMPT),
        ((), UNKNOWN),
    ],
)
def test_ike_version(rows: tuple[Proposal, ...], expected: Outcome) -> None:
    """IKEv1 between sites warns, for users fails; a gateway without IKE has nothing to judge."""
    assert outcome("VPN-005", offers(*rows)) is expected


def test_one_silent_gateway_may_still_use_ike() -> None:
    """Without object only where every gateway told; one that is silent leaves it open."""
    tls = device("fw", {facts.VPN_PROPOSALS: (replace(GOOD, protocol="tls"),)})
    silent = device("fw2", silent=[facts.VPN_PROPOSALS])
    assert outcome("VPN-005", Case((tls, silent))) is UNKNOWN


@pytest.mark.parametrize(
    ("encryption", "integrity", "expected"),
    [
        (("aes-256-gcm",), ABSENT, PASS),
        (("aes-256-gcm",), ("null",), PASS),
        (("aes-256-gcm",), ("prfsha384",), PASS),
        (("chacha20poly1305",), ABSENT, PASS),
        (("aes-128-cbc",), ("sha256",), PASS),
        (("aes-128-cbc",), ("sha-512-hmac",), PASS),
        (("aes-128-cbc",), ("sha1",), WARN),
        (("aes-128-cbc",), ("sha",), WARN),
        (("aes-128-cbc",), ("whirlpool",), WARN),
        (("camellia-256",), ("sha256",), WARN),
        (("aes-128-cbc",), ("md5",), FAIL),
        (("aes-128-cbc",), ("md5-hmac",), FAIL),
        (("aes-128-cbc",), ("none",), FAIL),
        (("aes-256-gcm", "aes-128-cbc"), ("null",), FAIL),
        (("aes-256-gcm", "3des"), ("sha256",), FAIL),
        (("des",), ("sha256",), FAIL),
        (("null",), ("sha256",), FAIL),
        (("aes-128-cbc",), ABSENT, UNKNOWN),
        ((), ABSENT, UNKNOWN),
        (ABSENT, ("sha256",), UNKNOWN),
        (ABSENT, ("md5",), FAIL),
    ],
)
def test_algorithms(encryption: Any, integrity: Any, expected: Outcome) -> None:
    """AES and SHA-2, SHA-1 or a stranger, broken ones; what was not told is not trusted."""
    assert outcome("VPN-006", offers(replace(GOOD, encryption=encryption, integrity=integrity))) is expected


def test_the_weak_algorithms_are_named() -> None:
    """The sentence says which ones are to be deleted, and where."""
    values = finding("VPN-006", offers(replace(GOOD, encryption=("3des", "aes-256-gcm"), integrity=("md5",)))).message
    assert values.values["weak"] == ("3des", "md5")
    assert values.values["device"] == "fw"


@pytest.mark.parametrize(
    ("groups", "pfs", "expected"),
    [
        ((14,), 14, PASS),
        ((15, 16, 17, 18, 19, 20, 21, 31, 32), ABSENT, PASS),
        ((19, 5), ABSENT, WARN),
        ((26,), ABSENT, WARN),
        ((33,), ABSENT, WARN),
        ((19,), 5, WARN),
        ((19, 2), ABSENT, FAIL),
        ((24,), ABSENT, FAIL),
        ((19,), 1, FAIL),
        (ABSENT, ABSENT, UNKNOWN),
        (ABSENT, 0, UNKNOWN),
    ],
)
def test_groups(groups: Any, pfs: Any, expected: Outcome) -> None:
    """Strong, old or unlisted, broken; forward secrecy's group counts too."""
    assert outcome("VPN-007", offers(replace(GOOD, dh_groups=groups, pfs=pfs))) is expected


@pytest.mark.parametrize(
    ("groups", "pfs", "lifetime", "expected"),
    [
        ((19,), 19, 24 * HOUR, PASS),
        ((19,), 19, 24 * HOUR + 1, WARN),
        (ABSENT, 19, 8 * HOUR, PASS),
        (ABSENT, 19, 8 * HOUR + 1, WARN),
        (ABSENT, 0, HOUR, WARN),
        (ABSENT, 19, 0, FAIL),
        (ABSENT, ABSENT, HOUR, UNKNOWN),
        (ABSENT, 19, ABSENT, UNKNOWN),
    ],
)
def test_renewal(groups: Any, pfs: Any, lifetime: Any, expected: Outcome) -> None:
    """Data keys live eight hours, IKE's a day; never renewed fails."""
    assert outcome("VPN-008", offers(replace(GOOD, dh_groups=groups, pfs=pfs, lifetime_s=lifetime))) is expected


@pytest.mark.parametrize("id", ["VPN-007", "VPN-008"])
def test_a_tls_gateway_does_not_tell_its_groups_here(id: str) -> None:
    """TLS has groups and keys too: nothing told is not a pass."""
    assert outcome(id, offers(replace(GOOD, protocol="tls"))) is UNKNOWN


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        (("certificate", "radius"), PASS),
        (("local", "psk"), WARN),
        (("saml",), WARN),
        (("certificate",), WARN),
        (("psk",), FAIL),
    ],
)
def test_peers(methods: tuple[str, ...], expected: Outcome) -> None:
    """Computer and user, one of the two, a shared key."""
    rows = (Authentication("good", ("certificate", "saml")), Authentication("staff", methods))
    found = finding("VPN-009", fw({facts.VPN_AUTHENTICATION: rows}))
    assert found.outcome is expected
    assert outcome("VPN-009", fw({facts.VPN_AUTHENTICATION: ()})) is UNKNOWN


@pytest.mark.parametrize(
    ("mode", "answer", "expected"),
    [
        ("full", "", PASS),
        ("full", "bad", FAIL),
        ("split", "", UNKNOWN),
        ("split", "good", WARN),
        ("split", "partial", WARN),
        ("split", "bad", FAIL),
        ("selective", "good", PASS),
        ("selective", "", UNKNOWN),
    ],
)
def test_the_tunnel_mode_was_decided(mode: str, answer: str, expected: Outcome) -> None:
    """Full needs no paper; what leaves the tunnel needs one; a wide split never passes."""
    case = fw({facts.VPN_TUNNEL_MODE: mode})
    assert outcome("VPN-010", with_answer(case, "VPN-010", answer)) is expected


def test_one_split_gateway_among_full_ones() -> None:
    """The gateway that splits speaks."""
    both = (device("a", {facts.VPN_TUNNEL_MODE: "full"}), device("b", {facts.VPN_TUNNEL_MODE: "split"}))
    assert outcome("VPN-010", Case(both)) is UNKNOWN
    assert outcome("VPN-010", Case(both, answers={"VPN-010": "good"})) is WARN


def test_a_declared_mode_counts_for_what_it_is() -> None:
    """Full by the site file passes at the confidence of a statement."""
    found = finding("VPN-010", Case(figures=declared(tunnel__mode="full")))
    assert found.outcome is PASS
    assert found.quality < 1


@pytest.mark.parametrize(
    ("told", "answer", "expected"),
    [
        ({facts.VPN_TLS_MINIMUM: "tlsv1.1"}, "good", FAIL),
        ({facts.VPN_TLS_MINIMUM: "tlsv1"}, "", FAIL),
        ({facts.VPN_TLS_MINIMUM: "any"}, "", FAIL),
        ({facts.VPN_TLS_MINIMUM: "sslv3"}, "", FAIL),
        ({facts.VPN_TLS_MINIMUM: "tlsv1.2", facts.VPN_TRANSPORTS: ("dtls", "tcp")}, "", UNKNOWN),
        ({facts.VPN_TLS_MINIMUM: "tlsv1.2"}, "good", PASS),
        ({facts.VPN_TLS_MINIMUM: "TLS 1.3"}, "good", PASS),
        ({facts.VPN_TLS_MINIMUM: "tlsv1.2"}, "partial", WARN),
        ({facts.VPN_TRANSPORTS: ("dtls", "tcp")}, "", UNKNOWN),
        ({facts.VPN_TRANSPORTS: ("udp", "nat-t")}, "", PASS),
        ({facts.VPN_TRANSPORTS: ()}, "", UNKNOWN),
        ({}, "", UNKNOWN),
        ({}, "bad", FAIL),
    ],
)
def test_tls(told: dict[Any, Any], answer: str, expected: Outcome) -> None:
    """Old TLS fails whatever is said; modern TLS still asks whether the portal is on."""
    assert outcome("VPN-011", with_answer(fw(told), "VPN-011", answer)) is expected


@pytest.mark.parametrize(
    ("names", "answer", "expected"),
    [
        (("dtls", "tcp"), "", PASS),
        (("udp",), "", PASS),
        (("tcp",), "", FAIL),
        (("tcp",), "good", FAIL),
        (("dtls", "tcp"), "partial", WARN),
        ((), "", UNKNOWN),
        ((), "bad", FAIL),
    ],
)
def test_udp(names: tuple[str, ...], answer: str, expected: Outcome) -> None:
    """UDP on, TCP only; an answer may say that people fall back."""
    assert outcome("VPN-012", with_answer(fw({facts.VPN_TRANSPORTS: names}), "VPN-012", answer)) is expected


@pytest.mark.parametrize(
    ("mss", "answer", "expected"),
    [(1360, "", PASS), (1361, "", WARN), (0, "", UNKNOWN), (0, "bad", FAIL), (0, "good", PASS)],
)
def test_segments(mss: int, answer: str, expected: Outcome) -> None:
    """1360 and below; above; off, where only an answer tells of fragments."""
    assert outcome("VPN-013", with_answer(fw({facts.VPN_MSS: mss}), "VPN-013", answer)) is expected


def test_the_gateway_with_the_longest_segments_speaks() -> None:
    """Over several gateways the worst one is judged."""
    both = (device("a", {facts.VPN_MSS: 1300}), device("b", {facts.VPN_MSS: 1400}))
    found = finding("VPN-013", Case(both))
    assert (found.outcome, found.message.values["device"]) == (WARN, "b")


@pytest.mark.parametrize(
    ("idle", "longest", "expected"),
    [
        (1800, 12 * HOUR, PASS),
        (1801, 12 * HOUR, WARN),
        (1800, 12 * HOUR + 1, WARN),
        (1800, 0, WARN),
        (1800, ABSENT, WARN),
        (0, 0, FAIL),
        (0, ABSENT, UNKNOWN),
        (ABSENT, ABSENT, UNKNOWN),
    ],
)
def test_timers(idle: Any, longest: Any, expected: Outcome) -> None:
    """Both hold, one holds, none is set; one off and the other silent is not known."""
    pairs = ((facts.VPN_IDLE_TIMEOUT, idle), (facts.VPN_MAX_SESSION, longest))
    assert outcome("VPN-014", fw({key: value for key, value in pairs if value is not ABSENT})) is expected


@pytest.mark.parametrize(
    ("peak", "limits", "expected"),
    [
        (70, {"licensed": 100, "platform_max": 250}, PASS),
        (71, {"licensed": 100, "platform_max": 250}, WARN),
        (90, {"licensed": 250, "platform_max": 100}, WARN),
        (91, {"licensed": 100, "platform_max": 250}, FAIL),
        (10, {"platform_max": 250}, UNKNOWN),
        (240, {"platform_max": 250}, FAIL),
        (10, {}, UNKNOWN),
        (0, {"licensed": 0, "platform_max": 250}, FAIL),
    ],
)
def test_peak(peak: int, limits: dict[str, int], expected: Outcome) -> None:
    """Against the smaller of licences and platform; an unknown licence may be smaller still."""
    figures = measured(**{f"vpn__sessions__{name}": count for name, count in limits.items()})
    case = replace(fw({facts.VPN_SESSIONS_PEAK: peak}), figures=figures)
    assert outcome("VPN-015", case) is expected


def rule(id: str, **more: Any) -> Rule:
    given: dict[str, Any] = {"from_": ("ssl.root",), "source": (id,), "destination": ("srv",), "services": ("tcp/443",)}
    return Rule(id, "permit", **({"enabled": True} | given | more))


@pytest.mark.parametrize(
    ("rules", "answer", "expected"),
    [
        ((rule("staff"), rule("it")), "", PASS),
        ((rule("staff"),), "", WARN),
        ((rule("staff"), rule("it", services=("any",))), "", WARN),
        ((rule("staff"), rule("it", services=("any",), destination=("any",))), "", FAIL),
        ((rule("staff"), rule("it", services=("any",), destination=("any",), enabled=False)), "", WARN),
        ((rule("lan", from_=("inside",), services=("any",), destination=("any",)),), "", UNKNOWN),
        ((), "", UNKNOWN),
        ((), "good", PASS),
    ],
)
def test_rules_by_group(rules: tuple[Rule, ...], answer: str, expected: Outcome) -> None:
    """Groups of their own; one for all; any to any; rules of others say nothing."""
    assert outcome("VPN-016", with_answer(fw({facts.FIREWALL_RULES: rules}), "VPN-016", answer)) is expected


@pytest.mark.parametrize(
    ("source", "expected"), [("10.9.0.0/255.255.255.192", FAIL), ("staff", FAIL), ("10.0.0.0/8", UNKNOWN)]
)
def test_rules_are_found_by_the_pool(source: str, expected: Outcome) -> None:
    """A rule from the pool's network is for remote users; one from all the company's networks need not be."""
    rules = (rule("1", from_=("outside",), source=(source,), destination=("any",), services=("any",)),)
    assert outcome("VPN-016", fw(POOL | {facts.FIREWALL_RULES: rules})) is expected


@pytest.mark.parametrize(
    ("seats", "answer", "expected"),
    [
        (100, "good", PASS),
        (100, "partial", WARN),
        (100, "", UNKNOWN),
        (99, "", WARN),
        (60, "good", WARN),
        (59, "good", FAIL),
        (59, "", FAIL),
        (ABSENT, "good", UNKNOWN),
    ],
)
def test_ztna(seats: int | Absent, answer: str, expected: Outcome) -> None:
    """Seats for all and two connectors; too few seats need no answer."""
    case = Case(seats={"ztna.seats": seats}, answers={"VPN-017": answer} if answer else {})
    assert outcome("VPN-017", case) is expected


def test_a_vpn_gateway_proves_that_there_is_no_ztna_to_judge() -> None:
    """Without object by a device's settings, never by a bare statement."""
    found = finding("VPN-017", fw(POOL))
    assert found.outcome is EXEMPT
    assert found.quality == 1
    assert outcome("VPN-017", Case(answers={"VPN-017": "not_applicable"})) is UNKNOWN


@pytest.mark.parametrize(
    ("names", "answer", "expected"),
    [
        (("dtls", "tcp"), "", WARN),
        (("dtls", "tcp"), "good", PASS),
        (("udp", "nat-t"), "", FAIL),
        (("udp", "nat-t"), "good", FAIL),
        (("dtls", "tcp"), "bad", FAIL),
        ((), "good", PASS),
        ((), "", UNKNOWN),
    ],
)
def test_filtered_networks(names: tuple[str, ...], answer: str, expected: Outcome) -> None:
    """A fallback over TCP that was tried; one that was not; none."""
    assert outcome("VPN-020", with_answer(fw({facts.VPN_TRANSPORTS: names}), "VPN-020", answer)) is expected


@pytest.mark.parametrize("id", ["VPN-018", "VPN-019", "VPN-021"])
@pytest.mark.parametrize(("answer", "expected"), [("good", PASS), ("partial", WARN), ("bad", FAIL), ("", UNKNOWN)])
def test_what_only_people_can_tell(id: str, answer: str, expected: Outcome) -> None:
    """Certificates, IPv6 and what comes after quantum computers are asked."""
    assert outcome(id, with_answer(Case(), id, answer)) is expected


@pytest.mark.parametrize("number", range(1, 22))
def test_nothing_told_is_not_measured(number: int) -> None:
    """A site of which nobody told anything passes no check of its remote access."""
    assert outcome(f"VPN-{number:03d}", Case()) is UNKNOWN


@pytest.mark.parametrize("number", [1, 5, 6, 7, 8, 9, 11, 12, 13, 14, 16, 20])
def test_a_refused_gateway_is_said_to_be_refused(number: int) -> None:
    """Whoever withholds access is told so, and gains nothing by it."""
    keys = [
        facts.VPN_AUTHENTICATION, facts.VPN_PROPOSALS, facts.VPN_TRANSPORTS, facts.VPN_MSS, facts.VPN_IDLE_TIMEOUT,
        facts.FIREWALL_RULES,
    ]  # fmt: skip
    found = finding(f"VPN-{number:03d}", fw({}, silent=keys, refused=True))
    assert found.outcome is UNKNOWN
    assert found.refused
