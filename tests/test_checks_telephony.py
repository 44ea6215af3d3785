"""The checks of telephony: each outcome, the edges between, and what nobody told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from auditor import facts
from auditor.checks import exchanges
from auditor.facts import Endpoint, Exposed, LinkQuality, Rule, SipService, Trunk
from auditor.model import Figure, Origin, Outcome
from auditor.site import Declared, Role
from auditor.values import ABSENT, Absent, Message
from auditor.wording import texts
from tests.checking import EXEMPT, FAIL, PASS, TODAY, UNKNOWN, WARN, Case, declared, device, finding, measured, outcome

PEOPLE = declared(people__headcount=100, people__phone_share=Fraction(1))


def with_answer(id: str, answer: str, **more: Any) -> Case:
    return Case(answers={id: answer} if answer else {}, **more)


def phones(softphones: int, at_home: int = 0, forwards: int = 0) -> dict[str, Figure]:
    return PEOPLE | measured(
        telephony__softphones=softphones, telephony__phones_at_home=at_home, telephony__forwards=forwards
    )


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (phones(95), PASS),
        (phones(50, 20, 25), PASS),
        (phones(94), WARN),
        (phones(60), WARN),
        (phones(59), FAIL),
        (phones(500), PASS),
        (PEOPLE, UNKNOWN),
        (phones(95) | declared(people__phone_share=Fraction(0)), UNKNOWN),
        (phones(30) | declared(telephony__phone_users=30), PASS),
    ],
)
def test_users_reachable(figures: dict[str, Figure], expected: Outcome) -> None:
    """Of a hundred phone users; nobody needing a telephone is a statement, not a proof."""
    assert outcome("TEL-001", Case(figures=figures)) is expected


def test_a_hosted_telephone_system_counts_its_own_users() -> None:
    """Where the telephone system is hosted, its licences are what rings at home."""
    hosted = Case(figures=PEOPLE | declared(telephony__cloud=95), seats={"telephony.cloud": 95})
    assert outcome("TEL-001", hosted) is PASS
    assert outcome("TEL-001", replace(hosted, seats={"telephony.cloud": 95, "telephony.sets": 0})) is UNKNOWN


@pytest.mark.parametrize(
    ("softphones", "at_home", "expected"),
    [(100, 0, PASS), (90, 10, PASS), (99, 0, WARN), (60, 0, WARN), (59, 0, FAIL), (0, 100, PASS)],
)
def test_softphones(softphones: int, at_home: int, expected: Outcome) -> None:
    """One for each of the hundred whose phone does not work at home."""
    assert outcome("TEL-002", Case(figures=phones(softphones, at_home))) is expected


def sets(*rows: Endpoint) -> tuple[Any, ...]:
    return (device("pbx", {facts.TELEPHONY_ENDPOINTS: rows}, role=Role.PBX),)


def soft(id: str = "p", **more: Any) -> Endpoint:
    return Endpoint(id, "softphone", **({"registered": True, "from_inside": False} | more))


def some(outside: int, inside: int) -> tuple[Any, ...]:
    rows = [soft(f"o{n}") for n in range(outside)] + [soft(f"i{n}", from_inside=True) for n in range(inside)]
    return sets(*rows)


@pytest.mark.parametrize(
    ("devices", "expected"),
    [
        (some(9, 1), PASS),
        (some(89, 11), WARN),
        (some(5, 5), WARN),
        (some(49, 51), FAIL),
        (sets(soft(from_inside=ABSENT)), UNKNOWN),
        (sets(soft(registered=False)), FAIL),
        (sets(Endpoint("d", "desk")), UNKNOWN),
        ((), UNKNOWN),
    ],
)
def test_softphones_seen_outside(devices: tuple[Any, ...], expected: Outcome) -> None:
    """Nine in ten, half, fewer; without the site's networks, inside and outside are the same."""
    assert outcome("TEL-003", Case(devices)) is expected


def trunk(channels: int, softphones: int, **more: Any) -> Case:
    figures = phones(softphones) | measured(telephony__channels__max=channels)
    assumed = {
        "telephony.busy_hour_erlangs": Fraction(1, 10),
        "telephony.internal_share": Fraction(3, 10),
    }
    figures |= {name: Figure(name, value, Origin.ASSUMED) for name, value in assumed.items()}
    return Case(figures=figures, **more)


@pytest.mark.parametrize(
    ("channels", "softphones", "expected"),
    [(14, 100, PASS), (13, 100, FAIL), (17, 80, PASS), (16, 80, WARN), (14, 80, WARN), (13, 80, FAIL), (15, 0, FAIL)],
)
def test_trunk_channels(channels: int, softphones: int, expected: Outcome) -> None:
    """7 E of external calls, and 0.1 E for each forward; a trunk that is too small today fails by itself."""
    assert outcome("TEL-005", trunk(channels, softphones)) is expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-1, FAIL), (0, WARN), (180, WARN), (181, None)],
)
def test_a_phone_system_beyond_its_support_is_a_dated_finding(days: int, expected: Outcome | None) -> None:
    """Outside the score; with the day, the version and the answer that told it, in both languages."""
    end = TODAY + timedelta(days=days)
    told: dict[Any, Any] = {facts.SYSTEM_SUPPORT_ENDS: end, facts.IDENTITY_MODEL: "Asterisk 18.10.0"}
    found = list(exchanges.findings((device("pbx", told, role=Role.PBX), device("rtr")), TODAY))
    assert [one.outcome for one in found] == ([expected] if expected else [])
    for one in found:
        assert (one.id, one.weight, one.message.values["end"]) == ("PBX-END", 0, end)
        assert {source.device for source in one.evidence} == {"pbx"}
        assert "Asterisk 18.10.0" in texts("en").say(one.message)
        assert "jusqu’au" in texts("fr").say(one.message)


def service(state: str = "answers", **more: Any) -> Any:
    """A hosted service as it was asked from the site."""
    figures: dict[str, Any] = {"rtt_ms": 20.0, "jitter_ms": 2.0, "loss_percent": 0.0} if state == "answers" else {}
    row = SipService("operator", "sip.example", 5061, more.pop("transport", "tls"), state, 20, 20)
    return device("operator", {facts.TELEPHONY_SERVICE: (replace(row, **{**figures, **more}),)}, role=Role.OTHER)


@pytest.mark.parametrize(
    ("asked", "expected", "said"),
    [
        (service(), PASS, "TEL-008.pass"),
        (service(rtt_ms=300.0, jitter_ms=40.0, loss_percent=3.0), FAIL, "TEL-008.fail"),
        (service("refused"), FAIL, "TEL.service_refused"),
        (service("silent"), FAIL, "TEL.service_silent"),
        (service("silent", transport="udp"), UNKNOWN, "TEL.half_service"),
        (service("unresolved"), FAIL, "TEL.service_unresolved"),
        (service("tls"), FAIL, "TEL.service_tls"),
        (service("open"), UNKNOWN, "TEL.half_service"),
        (service(loss_percent=ABSENT), UNKNOWN, "TEL.half_service"),
        (service(alg=True), WARN, "TEL.alg"),
        (service(certificate_fault="hostname mismatch"), WARN, "TEL.certificate"),
        (service(certificate_ends=TODAY + timedelta(days=13)), WARN, "TEL.certificate_ends"),
        (service(certificate_ends=TODAY + timedelta(days=14)), PASS, "TEL-008.pass"),
    ],
)
def test_a_hosted_service_is_judged_by_what_it_answers(asked: Any, expected: Outcome, said: str) -> None:
    """Not there is a failure; there without an answer is not known; something in between is a warning."""
    found = finding("TEL-008", Case((asked,)))
    assert (found.outcome, found.message.id) == (expected, said)
    assert "operator" in {source.device for source in found.evidence}
    for language in ("en", "fr"):
        assert "{" not in texts(language).say(found.message)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(Fraction(1), PASS), (Fraction(95, 100), PASS), (Fraction(94, 100), WARN), (Fraction(60, 100), WARN),
     (Fraction(59, 100), FAIL), (Fraction(0), FAIL)],
)  # fmt: skip
def test_homes_that_do_not_reach_the_service_count(share: Fraction, expected: Outcome) -> None:
    """By the shares of TEL-001; beside a path that is good."""
    said = {"voice.homes.reached": Declared(share, "homes", document="10 files")}
    said |= {f"voice.homes.p95.{name}": Declared(value, "homes") for name, value in
             (("rtt_ms", 20), ("jitter_ms", 2), ("loss_percent", 0))}  # fmt: skip
    figures = {name: Figure(name, one.value, Origin.DECLARED) for name, one in said.items()}
    assert outcome("TEL-008", Case((), declared=said, figures=figures)) is expected


def test_a_trunk_that_is_too_small_in_the_office_is_said_to_be_overloaded_today() -> None:
    """In both languages, whatever the forwards; where only the forwards overload it, the sentence is another."""
    found = finding("TEL-005", trunk(13, 80))
    english, french = (texts(language).say(found.message) for language in ("en", "fr"))
    assert "overloaded today" in english
    assert "surchargé aujourd’hui" in french
    assert "13" in english
    assert "overloaded" not in texts("en").say(finding("TEL-005", trunk(14, 60)).message)


def test_trunk_channels_nobody_told() -> None:
    """Without the contract there is nothing to compute."""
    assert outcome("TEL-005", Case(figures=phones(100))) is UNKNOWN


@pytest.mark.parametrize(
    ("limit", "answer", "expected"),
    [(22, "", PASS), (21, "", WARN), (18, "", WARN), (17, "", FAIL), (None, "good", PASS), (None, "", UNKNOWN)],
)
def test_phone_system(limit: int | None, answer: str, expected: Outcome) -> None:
    """18 calls at once carry the 10 E of a hundred users: a fifth of margin, none, too few."""
    box = (device("pbx", {facts.TELEPHONY_CALLS_MAX: limit}),) if limit is not None else ()
    figures = dict(trunk(15, 100).figures)
    figures["telephony.blocking_target"] = Figure("telephony.blocking_target", Fraction(1, 100), Origin.ASSUMED)
    assert outcome("TEL-006", with_answer("TEL-006", answer, devices=box, figures=figures)) is expected


@pytest.mark.parametrize(
    ("sets", "limit", "expected"),
    [(120, None, PASS), (119, None, WARN), (99, None, FAIL), (120, 17, FAIL), (99, 22, FAIL), (120, 22, PASS)],
)
def test_a_phone_system_that_may_register_too_few_sets(sets: int, limit: int | None, expected: Outcome) -> None:
    """Sets and calls have limits of their own; the nearer one speaks."""
    told: dict[Any, Any] = {facts.TELEPHONY_ENDPOINTS_MAX: sets}
    told |= {facts.TELEPHONY_CALLS_MAX: limit} if limit else {}
    figures = dict(trunk(15, 100).figures)
    figures["telephony.blocking_target"] = Figure("telephony.blocking_target", Fraction(1, 100), Origin.ASSUMED)
    assert outcome("TEL-006", Case((device("pbx", told),), figures=figures)) is expected


@pytest.mark.parametrize(
    ("codecs", "ratio", "answer", "expected"),
    [
        (("opus", "alaw"), Fraction(1, 2), "", PASS),
        (("alaw", "ulaw"), Fraction(1, 2), "", WARN),
        (("alaw",), Fraction(1), "", PASS),
        (("alaw",), ABSENT, "", UNKNOWN),
        (("opus",), ABSENT, "", PASS),
        (ABSENT, Fraction(1, 2), "", UNKNOWN),
        (("opus",), Fraction(1, 2), "bad", FAIL),
        (ABSENT, ABSENT, "partial", WARN),
    ],
)
def test_codecs(codecs: Any, ratio: Fraction | Absent, answer: str, expected: Outcome) -> None:
    """A lean codec, or room on the link; the load of transcoding must be answered."""
    case = with_answer("TEL-007", answer, devices=sets(soft(codecs=codecs)), ratio=ratio)
    assert outcome("TEL-007", case) is expected


def probe(rtt: float | Absent, jitter: float | Absent, loss: float | Absent, target: str = "edge") -> LinkQuality:
    return LinkQuality(target, rtt, jitter, loss)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((probe(20, 2, 0.0),), PASS),
        ((probe(100, 20, 4.0),), WARN),
        ((probe(300, 40, 3.0),), FAIL),
        ((probe(20, 2, 0.0), probe(300, 40, 3.0, "far")), FAIL),
        ((probe(20, ABSENT, 0.0),), UNKNOWN),
        ((probe(20, 2, 0.0), probe(20, ABSENT, 0.0, "far")), UNKNOWN),
        ((), UNKNOWN),
    ],
)
def test_predicted_quality(rows: tuple[LinkQuality, ...], expected: Outcome) -> None:
    """The worst path speaks; a probe that tells half is no measure."""
    assert outcome("TEL-008", Case((device("rtr", {facts.LINK_QUALITY: rows}),))) is expected


def declared_probe(**values: float) -> dict[str, Any]:
    said = {f"voice.homes.{name}": Declared(Fraction(str(value))) for name, value in values.items()}
    figures = {name: Figure(name, one.value, Origin.DECLARED) for name, one in said.items()}
    return {"declared": said, "figures": figures}


@pytest.mark.parametrize(
    ("values", "rows", "expected"),
    [
        ({"rtt_ms": 30, "jitter_ms": 3, "loss_percent": 0.1}, None, PASS),
        ({"rtt_ms": 300, "jitter_ms": 40, "loss_percent": 3}, None, FAIL),
        ({"rtt_ms": 300, "jitter_ms": 40, "loss_percent": 3}, (probe(20, 2, 0.0),), FAIL),
        ({"rtt_ms": 30, "jitter_ms": 3}, None, UNKNOWN),
    ],
)
def test_a_declared_probe_is_rated_as_a_measured_one(
    values: dict[str, float], rows: tuple[LinkQuality, ...] | None, expected: Outcome
) -> None:
    """From the site or from homes, by whoever ran it; half a probe is none, and the worst path speaks."""
    devices = () if rows is None else (device("rtr", {facts.LINK_QUALITY: rows}),)
    found = finding("TEL-008", Case(devices, **declared_probe(**values)))
    assert found.outcome is expected
    assert expected is not FAIL or found.message.values["target"] == "homes"


def test_the_calls_of_the_exchange_are_rated_with_their_codec() -> None:
    """RTCP on the telephone system feeds the E-model; what tells no round trip is no measure, and stands in no way."""
    good = LinkQuality("RTCP alaw", 30, 2, 0.2, codec="alaw")
    slow = replace(good, target="RTCP g729", loss_percent=4.0, codec="g729")
    assert outcome("TEL-008", Case((device("pbx", {facts.TELEPHONY_QUALITY: (good,)}),))) is PASS
    assert outcome("TEL-008", Case((device("pbx", {facts.TELEPHONY_QUALITY: (good, slow)}),))) is FAIL
    half = LinkQuality("RTCP", ABSENT, 2, 0.2)
    both = (device("pbx", {facts.TELEPHONY_QUALITY: (half,)}), device("rtr", {facts.LINK_QUALITY: (probe(20, 2, 0),)}))
    assert outcome("TEL-008", Case(both[:1])) is UNKNOWN
    assert outcome("TEL-008", Case(both)) is PASS


@pytest.mark.parametrize(("r", "expected"), [(80.0, PASS), (79.9, WARN), (70.0, WARN), (69.9, FAIL)])
def test_the_edges_of_quality(r: float, expected: Outcome) -> None:
    """R 80 and 70 belong to the better side; a loss is found that gives just that R."""
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        values = finding("TEL-008", Case((device("rtr", {facts.LINK_QUALITY: (probe(0, 0, middle),)}),))).message.values
        low, high = (middle, high) if float(str(values["r"])) >= r else (low, middle)
    assert outcome("TEL-008", Case((device("rtr", {facts.LINK_QUALITY: (probe(0, 0, low),)}),))) is expected


@pytest.mark.parametrize(
    ("rows", "answer", "expected"),
    [
        ((soft(transport="tls", media_encryption="sdes"),), "", PASS),
        ((soft(transport="tls", media_encryption="no"),), "", UNKNOWN),
        ((soft(transport="udp", media_encryption="sdes"),), "", UNKNOWN),
        ((soft(transport="udp", media_encryption="no"),), "partial", WARN),
        ((soft(transport="udp", media_encryption="no"),), "bad", FAIL),
        ((soft(transport="tls", media_encryption=ABSENT),), "", UNKNOWN),
        ((soft(from_inside=True, transport="udp"),), "", UNKNOWN),
        ((soft(transport="udp", media_encryption="no", through="internet"),), "", FAIL),
        ((soft(transport="udp", media_encryption=ABSENT, through="internet"),), "", FAIL),
        ((soft(transport="tls", media_encryption=ABSENT, through="internet"),), "", UNKNOWN),
        ((soft(transport="udp", media_encryption="no", through="internet"),), "good", PASS),
        ((soft(transport="udp", media_encryption="no", through="vpn"),), "", WARN),
        ((soft(transport="tls", media_encryption="sdes", through="vpn"),), "", PASS),
        ((), "good", PASS),
    ],
)
def test_voice_is_encrypted(rows: tuple[Endpoint, ...], answer: str, expected: Outcome) -> None:
    """Encrypted from outside; whether a VPN carries what is not, must be answered."""
    assert outcome("TEL-009", with_answer("TEL-009", answer, devices=sets(*rows))) is expected


@pytest.mark.parametrize(
    ("codes", "portal", "answer", "expected"),
    [
        (True, 100, "", PASS),
        (True, 99, "", WARN),
        (True, None, "", WARN),
        (False, 100, "", FAIL),
        (False, 100, "good", PASS),
        (None, 100, "", UNKNOWN),
    ],
)
def test_forwarding_by_codes_and_portal(codes: bool | None, portal: int | None, answer: str, expected: Outcome) -> None:
    """A code that every set may dial works in the office; an account of the portal for each user works from home."""
    told: dict[Any, Any] = {} if codes is None else {facts.TELEPHONY_FORWARDING_CODES: codes}
    told |= {} if portal is None else {facts.TELEPHONY_PORTAL_USERS: portal}
    case = with_answer("TEL-004", answer, devices=(device("pbx", told),), figures=PEOPLE)
    assert outcome("TEL-004", case) is expected


def reached(*rows: tuple[str, Any], rules: tuple[Rule, ...] = ()) -> tuple[Any, ...]:
    told = tuple(Exposed(service, from_=source, rule="r1") for service, source in rows)
    return (device("fw", {facts.FIREWALL_EXPOSED: told, facts.FIREWALL_RULES: rules}),)


@pytest.mark.parametrize(
    ("devices", "answer", "expected"),
    [
        (reached(), "", PASS),
        (reached(("https", "any")), "", PASS),
        (reached(("sip", "203.0.113.0/24")), "", WARN),
        (reached(("sip", "203.0.113.0/24")), "good", PASS),
        (reached(("sip", "203.0.113.0/24")), "partial", WARN),
        (reached(("sip", "any")), "", FAIL),
        (reached(("sips", ABSENT)), "good", FAIL),
        (reached(("any", "any")), "", UNKNOWN),
        (reached(("any", "203.0.113.9")), "", WARN),
        (reached(("any", "any"), rules=(Rule("r1", "permit", services=("udp/5060",)),)), "", FAIL),
        (reached(("any", "any"), rules=(Rule("r1", "permit", services=("tcp/443",)),)), "", PASS),
        ((), "good", UNKNOWN),
        ((), "", UNKNOWN),
    ],
)
def test_sip_is_not_open(devices: tuple[Any, ...], answer: str, expected: Outcome) -> None:
    """Closed, filtered, open to anybody; a paper closes nothing, a rule for everything may reach SIP too."""
    assert outcome("TEL-010", with_answer("TEL-010", answer, devices=devices)) is expected


def lines(*kinds: str) -> tuple[Any, ...]:
    return (device("pbx", {facts.TELEPHONY_TRUNKS: tuple(Trunk(kind, kind) for kind in kinds)}),)


@pytest.mark.parametrize(
    ("devices", "answer", "expected"),
    [
        (lines("sip"), "good", PASS),
        (lines("sip"), "", UNKNOWN),
        (lines("isdn"), "", WARN),
        (lines("analogue", "isdn"), "good", WARN),
        (lines("analogue"), "", FAIL),
        (lines("sip", "analogue"), "partial", WARN),
        (lines("mystery"), "", UNKNOWN),
        ((), "bad", FAIL),
        ((), "", UNKNOWN),
    ],
)
def test_lines_after_copper(devices: tuple[Any, ...], answer: str, expected: Outcome) -> None:
    """SIP with a failover number, ISDN, analogue; what the lines are, the telephone system may tell."""
    assert outcome("TEL-012", with_answer("TEL-012", answer, devices=devices)) is expected


@pytest.mark.parametrize(
    ("held", "answer", "expected"),
    [
        (95, "good", PASS),
        (95, "partial", WARN),
        (95, "", UNKNOWN),
        (94, "", WARN),
        (94, "good", WARN),
        (60, "", WARN),
        (59, "", FAIL),
        (59, "good", FAIL),
        (None, "good", PASS),
        (None, "partial", WARN),
        (None, "bad", FAIL),
        (None, "", UNKNOWN),
    ],
)
def test_cloud_telephony(held: int | None, answer: str, expected: Outcome) -> None:
    """Of a hundred phone users; a second leg, only an answer can tell."""
    figures = PEOPLE | (declared(telephony__cloud=held) if held is not None else {})
    case = with_answer("TEL-013", answer, figures=figures, seats={"telephony.cloud": held or 0})
    assert outcome("TEL-013", case) is expected


def test_a_telephone_system_on_site_is_not_a_hosted_one() -> None:
    """Where one answers and none is hosted, there is nothing hosted to judge."""
    found = finding("TEL-013", Case(sets(Endpoint("d", "desk"))))
    assert (found.outcome, found.message) == (EXEMPT, Message("TEL.on_site"))
    assert outcome("TEL-013", Case()) is UNKNOWN


@pytest.mark.parametrize("id", ["TEL-004", "TEL-011", "TEL-014", "TEL-015"])
@pytest.mark.parametrize(("answer", "expected"), [("good", PASS), ("partial", WARN), ("bad", FAIL), ("", UNKNOWN)])
def test_what_only_people_can_tell(id: str, answer: str, expected: Outcome) -> None:
    """Good, middling, bad, unanswered."""
    assert outcome(id, with_answer(id, answer)) is expected


def test_the_worst_path_is_told_for_each_codec() -> None:
    """Beside the verdict: how G.711, G.729 and Opus would sound there, and what a call takes in the tunnel."""
    rows = (probe(20, 2, 0.0), probe(100, 5, 1.0, "far"))
    found = finding("TEL-008", Case((device("rtr", {facts.LINK_QUALITY: rows}),)))
    (shown,) = [source.value for source in found.evidence if source.request == "E-model, far"]
    assert shown == (
        "G.711: R 87, MOS 4.3, 105.6 kbit/s; G.729: R 76, MOS 3.9, 49.6 kbit/s; Opus: R 87, MOS 4.3, 65.6 kbit/s"
    )


def test_sets_of_no_known_kind_are_listed() -> None:
    """By user agent, with how many: the words of the site file can then name them."""
    odd = [Endpoint(str(n), "unknown", "Ovni 1.0", True) for n in range(2)]
    found = finding("TEL-003", Case(sets(soft(registered=True, from_inside=False), *odd)))
    assert [source.value for source in found.evidence if source.request == "[sets]"] == ["Ovni 1.0 (2)"]
