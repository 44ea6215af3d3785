"""The access link's checks: each outcome, the edges between, and what nobody told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from auditor import facts
from auditor.facts import Interface, LinkQuality, LinkRate
from auditor.model import Figure, Origin, Outcome
from auditor.site import Declared, Link, Role
from auditor.values import ABSENT, Absent, Message
from tests.checking import FAIL, LINK, PASS, UNKNOWN, WARN, Case, declared, device, finding, measured, outcome

MBIT = 1_000_000


def router(told: dict[Any, Any], **more: Any) -> Any:
    return device("rtr", told, role=Role.ROUTER, **more)


@pytest.mark.parametrize(
    ("seats", "expected"), [(100, PASS), (99, WARN), (60, WARN), (59, FAIL), (0, FAIL), (ABSENT, UNKNOWN)]
)
@pytest.mark.parametrize(("id", "resource"), [("LNK-001", "link.up"), ("LNK-002", "link.down")])
def test_the_link_carries_everybody(id: str, resource: str, seats: int | Absent, expected: Outcome) -> None:
    """All of D passes, six tenths of it warns, an unknown is never a pass."""
    assert outcome(id, Case(seats={resource: seats})) is expected


def test_a_failing_link_says_how_many_are_left_out() -> None:
    """The figures travel with the finding, and rest on what a device answered."""
    found = finding("LNK-001", Case(seats={"link.up": 15}, required=110))
    limits = {"pass": Fraction(1), "warn": Fraction(6, 10)}
    assert dict(found.message.values) == {"seats": 15, "required": 110, "short": 95} | limits
    assert found.message.id == "LNK-001.fail"
    assert found.quality == 1
    assert found.evidence


def used(down: int, up: int, *, seconds: int = 0) -> dict[str, Figure]:
    figures = measured(link__main__used_down_bps=down, link__main__used_up_bps=up)
    if seconds:
        note = Message("note.window", {"seconds": seconds})
        figures = {name: replace(figure, note=note) for name, figure in figures.items()}
    return figures | declared(link__main__committed_down_bps=20 * MBIT, link__main__committed_up_bps=20 * MBIT)


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (used(10 * MBIT, 0), PASS),
        (used(10 * MBIT + 1, 0), WARN),
        (used(0, 14 * MBIT), WARN),
        (used(0, 14 * MBIT + 1), FAIL),
        (used(2 * MBIT, 0, seconds=60), UNKNOWN),
        (used(2 * MBIT, 0, seconds=8 * 3600), PASS),
        (used(15 * MBIT, 0, seconds=60), FAIL),
        (used(12 * MBIT, 0, seconds=60), WARN),
        ({}, UNKNOWN),
        ({k: v for k, v in used(2 * MBIT, 0).items() if "used_up" not in k}, UNKNOWN),
    ],
)
def test_present_use(figures: dict[str, Figure], expected: Outcome) -> None:
    """Half is fine, above seven tenths fails; a minute's look proves a full link, never an empty one."""
    assert outcome("LNK-003", Case(figures=figures)) is expected


@pytest.mark.parametrize(
    ("mode", "ratio", "expected"),
    [
        ("split", Fraction(1, 2), PASS),
        ("full", Fraction(1, 2), FAIL),
        ("full", Fraction(1), WARN),
        ("full", ABSENT, UNKNOWN),
    ],
)
def test_internet_traffic_in_the_tunnel(mode: str, ratio: Any, expected: Outcome) -> None:
    """A full tunnel fails while people are left out, and only warns where the site carries everybody."""
    assert outcome("LNK-004", Case(figures=measured(tunnel__mode=mode), ratio=ratio)) is expected


@pytest.mark.parametrize(("web", "expected"), [(3, PASS), (4, WARN), (8, WARN), (9, FAIL)])
def test_a_selective_tunnel_is_weighed_by_its_traffic(web: int, expected: Outcome) -> None:
    """Thirty percent of the internet traffic in the tunnel passes, more than eighty fails."""
    figures = measured(
        tunnel__mode="selective", tunnel__bypass=("video",), people__video_share=1, demand__video_in_call=1,
        demand__video_down_bps=10 - web, demand__video_up_bps=0,
    ) | {
        figure.name: figure
        for profile in ("office", "vdi", "files")
        for figure in measured(**{
            f"people__profile__{profile}": 1 if profile == "office" else 0,
            f"demand__{profile}__web_down_bps": web, f"demand__{profile}__web_up_bps": 0,
        }).values()
    }  # fmt: skip
    assert outcome("LNK-004", Case(figures=figures)) is expected


def test_an_assumed_tunnel_mode_is_not_a_measure() -> None:
    """Nobody told the mode: not measured."""
    figures = {"tunnel.mode": Figure("tunnel.mode", "split", Origin.ASSUMED)}
    assert outcome("LNK-004", Case(figures=figures)) is UNKNOWN


RATES = declared(link__main__committed_down_bps=20 * MBIT, link__main__committed_up_bps=20 * MBIT)
NO_CONTRACT = replace(LINK, committed_down_bps=ABSENT, committed_up_bps=ABSENT)


def shaper(up: int, interface: str = "GigabitEthernet0/0") -> dict[Any, Any]:
    return {facts.LINK_RATES: (LinkRate(interface, "shaper", up_bps=up),)}


@pytest.mark.parametrize(
    ("link", "told", "expected"),
    [
        (LINK, shaper(20 * MBIT), PASS),
        (LINK, shaper(21 * MBIT), PASS),
        (LINK, shaper(21 * MBIT + 1), WARN),
        (LINK, shaper(20 * MBIT, "Gi0/1"), WARN),
        (LINK, {facts.LINK_QOS: "none"}, WARN),
        (LINK, {facts.LINK_QOS: "priority+shaper"}, PASS),
        (LINK, {facts.INTERFACES: (Interface("Gi0/0", speed_bps=20 * MBIT),)}, PASS),
        (LINK, {facts.INTERFACES: (Interface("Gi0/0", speed_bps=100 * MBIT),), facts.LINK_QOS: "none"}, WARN),
        (LINK, {}, UNKNOWN),
        (NO_CONTRACT, shaper(20 * MBIT), WARN),
        (NO_CONTRACT, {facts.LINK_QOS: "none"}, FAIL),
        (NO_CONTRACT, {}, UNKNOWN),
    ],
)
def test_the_committed_rate_is_known_and_kept(link: Link, told: dict[Any, Any], expected: Outcome) -> None:
    """A contract and a router held to it; one of them; neither; a router that told nothing proves nothing."""
    assert outcome("LNK-005", Case((router(told),), links=(link,), figures=RATES)) is expected


@pytest.mark.parametrize(("up", "expected"), [(10, PASS), (9, WARN), (4, WARN), (3, FAIL), (0, UNKNOWN)])
def test_asymmetry(up: int, expected: Outcome) -> None:
    """Half passes, a fifth warns, less fails."""
    figures = declared(link__main__committed_down_bps=20 * MBIT)
    figures |= declared(link__main__committed_up_bps=up * MBIT) if up else {}
    assert outcome("LNK-006", Case(figures=figures)) is expected


@pytest.mark.parametrize(("how", "expected"), [("priority+shaper", PASS), ("marking", WARN), ("none", FAIL)])
def test_voice_goes_first(how: str, expected: Outcome) -> None:
    """Priority and a shaper, marking alone, nothing."""
    assert outcome("LNK-007", Case((router({facts.LINK_QOS: how}),))) is expected


def test_only_the_routers_of_the_links_are_asked_for_priorities() -> None:
    """Another device's policy says nothing about the link; the link's own router that is silent is named."""
    other = device("core", {facts.LINK_QOS: "priority+shaper"}, role=Role.ROUTER)
    assert outcome("LNK-007", Case((other, router({}, silent=[facts.LINK_QOS])))) is UNKNOWN


@pytest.mark.parametrize(
    ("errors", "expected"), [(0, PASS), (99, PASS), (100, WARN), (1000, WARN), (1001, FAIL), (ABSENT, UNKNOWN)]
)
def test_errors_and_discards(errors: int | Absent, expected: Outcome) -> None:
    """One packet in ten thousand warns, more than one in a thousand fails, a missing counter is no zero."""
    good = 1_000_000 - (0 if isinstance(errors, Absent) else errors)
    row = Interface(
        "GigabitEthernet0/0", in_errors=errors, in_discards=0, in_packets=good, out_errors=0, out_discards=0,
        out_packets=5,
    )  # fmt: skip
    assert outcome("LNK-008", Case((router({facts.INTERFACES: (row,)}),))) is expected


@pytest.mark.parametrize(
    "row", [Interface("Gi0/1"), Interface("Gi0/0", in_errors=0, in_discards=0, in_packets=0, out_packets=0)]
)
def test_an_idle_or_unknown_interface_proves_nothing(row: Interface) -> None:
    """Without a packet, or without the link's interface, errors are not measured."""
    assert outcome("LNK-008", Case((router({facts.INTERFACES: (row,)}),))) is UNKNOWN


@pytest.mark.parametrize(
    ("probe", "expected"),
    [
        ((59.9, 14.9, 0.09), PASS),
        ((60.0, 1.0, 0.0), WARN),
        ((10.0, 15.0, 0.0), WARN),
        ((10.0, 1.0, 0.1), WARN),
        ((99.9, 29.9, 0.99), WARN),
        ((100.0, 1.0, 0.0), FAIL),
        ((10.0, 30.0, 0.0), FAIL),
        ((10.0, 1.0, 1.0), FAIL),
        ((10.0, ABSENT, 0.0), UNKNOWN),
    ],
)
def test_latency(probe: tuple[Any, Any, Any], expected: Outcome) -> None:
    """The media targets at their edges; half a probe is not one."""
    assert outcome("LNK-009", Case((router({facts.LINK_QUALITY: (LinkQuality("op", *probe),)}),))) is expected


def test_no_probe_is_not_a_good_path() -> None:
    """A router without probes, or one that told none."""
    assert outcome("LNK-009", Case((router({facts.LINK_QUALITY: ()}),))) is UNKNOWN
    assert outcome("LNK-009", Case((router({}),))) is UNKNOWN


@pytest.mark.parametrize(("hours", "expected"), [(4, WARN), (24, WARN), (25, FAIL), (ABSENT, UNKNOWN)])
def test_a_repair_time_alone_never_passes(hours: int | Absent, expected: Outcome) -> None:
    """The site file tells the hours, only an answer tells that nights and weekends are covered."""
    case = Case(links=(replace(LINK, repair_hours=hours),))
    assert outcome("LNK-010", case) is expected
    assert outcome("LNK-010", replace(case, answers={"LNK-010": "good"})) is PASS


@pytest.mark.parametrize(
    ("medium", "answer", "expected"),
    [
        ("ftto", "", PASS),
        ("adsl", "", FAIL),
        ("VDSL", "partial", WARN),
        ("sdsl", "bad", FAIL),
        ("sdsl", "good", UNKNOWN),
        ("", "", UNKNOWN),
        ("", "good", PASS),
    ],
)
def test_copper(medium: str, answer: str, expected: Outcome) -> None:
    """Copper without a closing date fails; an answer that denies it contradicts the site file."""
    answers = {"LNK-012": answer} if answer else {}
    assert outcome("LNK-012", Case(links=(replace(LINK, medium=medium),), answers=answers)) is expected


@pytest.mark.parametrize(
    ("closes", "answer", "expected"),
    [
        (dt.date(2028, 5, 25), "", WARN),
        (dt.date(2028, 5, 24), "", FAIL),
        (dt.date(2028, 5, 24), "partial", WARN),
        (dt.date(2027, 11, 24), "partial", WARN),
        (dt.date(2027, 11, 23), "partial", FAIL),
        (dt.date(2028, 5, 25), "bad", FAIL),
        (dt.date(2026, 1, 1), "partial", FAIL),
    ],
)
def test_the_date_of_the_operator(closes: dt.date, answer: str, expected: Outcome) -> None:
    """More than eighteen months, twelve with a replacement ordered, sooner; the date outweighs the answer."""
    figures = declared(link__main__copper_closes=closes)
    said = {name: Declared(figure.value) for name, figure in figures.items()}
    line = replace(LINK, medium="vdsl")
    case = Case(links=(line,), figures=figures, declared=said, answers={"LNK-012": answer} if answer else {})
    assert outcome("LNK-012", case) is expected


def test_a_copper_access_is_told_with_the_end_of_its_network() -> None:
    """The reader learns by when, from a list with its own day."""
    found = finding("LNK-012", Case(links=(replace(LINK, medium="vdsl"),)))
    assert found.message.values["end"] == dt.date(2030, 11, 30)
    assert ("", "closures 2026-11-23") in [(source.device, source.request) for source in found.evidence]


def test_a_modem_that_tells_dsl_is_copper() -> None:
    """The device's word counts, whatever the site file says."""
    modem = router({facts.LINK_RATES: (LinkRate("Di0", "dsl", 20 * MBIT, MBIT),)})
    assert outcome("LNK-012", Case((modem,))) is FAIL


@pytest.mark.parametrize(
    ("count", "answer", "expected"),
    [(1, "", FAIL), (2, "", WARN), (2, "good", PASS), (1, "good", UNKNOWN), (1, "bad", FAIL), (0, "", UNKNOWN)],
)
def test_a_second_access(count: int, answer: str, expected: Outcome) -> None:
    """One access fails, two warn until their policy is said to be tested."""
    links = tuple(replace(LINK, name=f"link{n}") for n in range(count))
    assert outcome("LNK-013", Case(links=links, answers={"LNK-013": answer} if answer else {})) is expected


@pytest.mark.parametrize("id", ["LNK-011"])
@pytest.mark.parametrize(("answer", "expected"), [("good", PASS), ("partial", WARN), ("bad", FAIL), ("?", UNKNOWN)])
def test_what_only_people_can_tell(id: str, answer: str, expected: Outcome) -> None:
    """An answer counts for what it says, at a lower confidence; a word that is none is not measured."""
    found = finding(id, Case(answers={id: answer}))
    assert found.outcome is expected
    assert found.quality == (Fraction(3, 10) if expected is not UNKNOWN else 0)
    assert outcome(id, Case()) is UNKNOWN


@pytest.mark.parametrize("number", range(1, 14))
def test_nothing_told_is_not_measured(number: int) -> None:
    """A site of which nobody told anything passes no check of its link."""
    assert outcome(f"LNK-{number:03d}", Case(links=())) is UNKNOWN
