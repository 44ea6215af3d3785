"""Stormshield's NSRPC answers: the filter in the normal form, what it opens, and nothing from an answer cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import facts
from auditor.collectors.vendors import stormshield_nsrpc as nsrpc
from auditor.collectors.vendors import stormshield_objects
from auditor.values import ABSENT

FOLDER = Path(__file__).parent / "recordings/stormshield/sn310-nsrpc"
FILTER = (FOLDER / "CONFIG_FILTER_EXPLICIT_index=05_type=filter.txt").read_text()


def opened(*rules: str) -> list[tuple[str, str, str]]:
    """What a filter of these rules lets in: service, source and host."""
    rows = [f"position={n}; ruleid={n}: {rule}" for n, rule in enumerate(rules, 1)]
    answer = "\n".join(['101 code=00a01000 msg="Begin" format="list"', "[Filter]", *rows, '100 code=00a00100 msg="Ok"'])
    told = nsrpc.policy(answer)
    assert not told.unparsed
    return [(row.service, str(row.from_), str(row.to)) for row in nsrpc.exposed(told.facts)]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["pass from any to srv port microsoft-ts"], [("rdp", "any", "srv")]),
        (["pass from internet to Firewall_out port ssh"], [("ssh", "any", "self")]),
        (["off pass from any to srv port ssh"], []),
        (["pass from Network_internals to srv port ssh"], []),
        (["pass from partner to srv port ssh"], []),
        (["pass from any on in to srv port ssh"], []),
        (["pass from any to internet"], []),
        (["block from any to srv port ssh", "pass from any to srv port ssh|https"], [("https", "any", "srv")]),
        (["block schedule nights from any to srv", "pass from any to srv port ssh"], [("ssh", "any", "srv")]),
        (["block from guests to any", "pass from any to srv port ssh"], [("ssh", "any", "srv")]),
        (["block from any to any", "pass from any to srv port ssh"], []),
        (["log from any to any", "pass from any to srv port telnet"], [("telnet", "any", "srv")]),
        (["pass ipproto udp from any to srv port sip"], [("sip", "any", "srv")]),
        (["pass ipproto icmp type 8 code 0 proto none from any to firewall_all"], []),
        (["pass from !partners to srv port mysql"], [("database", "any", "srv")]),
        (["pass from any to any"], [("any", "any", "self")]),
    ],
)
def test_what_a_filter_opens(rules: list[str], expected: list[tuple[str, str, str]]) -> None:
    """Order, exceptions, what is off, hours and interfaces are respected."""
    assert opened(*rules) == expected


@pytest.mark.parametrize("at", range(0, FILTER.index("100 code"), 37))
def test_a_filter_that_was_cut_off_tells_nothing(at: int) -> None:
    """Without its last line an answer proves no rule, and no absence of one."""
    assert not nsrpc.policy(FILTER[:at]).facts


def test_a_rule_in_another_form_makes_the_filter_a_gap() -> None:
    """One line that is not understood could open anything."""
    told = nsrpc.policy(FILTER.replace("position=3; ruleid=2: off pass from", "position=3; ruleid=2: relay"))
    assert (dict(told.facts), told.unparsed) == ({}, 1)


def test_the_active_slot_is_asked() -> None:
    """No slot, an empty one and a foreign number ask nothing."""
    answer = (FOLDER / "CONFIG_SLOT_LIST_type=filter.txt").read_text()
    assert nsrpc.active(answer) == tuple(f"CONFIG FILTER EXPLICIT index=05 type={kind}" for kind in ("filter", "nat"))
    for other in ("active=00", "active=11", "active=5;reboot", ""):
        assert nsrpc.active(answer.replace("active=05", other)) == ()


def test_a_vpn_that_is_switched_off_offers_nothing() -> None:
    """An answer that is none is counted as unread."""
    answer = (FOLDER / "CONFIG_OPENVPN_SHOW.txt").read_text()
    assert facts.VPN_PROPOSALS in nsrpc.openvpn(answer).facts
    assert nsrpc.openvpn(answer.replace("state=1", "state=0")).facts == {}
    assert nsrpc.openvpn(answer.partition("100 code")[0]).unparsed
    whole = nsrpc.openvpn(answer.replace("route=Network_internals", "route=any")).facts
    assert whole[facts.VPN_TUNNEL_MODE] == "full"


# ---- objects, translation ----


def answer(*lines: str) -> str:
    return "\n".join(
        ['101 code=00a01000 msg="Begin" format="section_line"', "[Object]", *lines, '100 code=00a00100 msg="Ok"']
    )


ALT = "type=service global=0 name=rdp_alt port=33890 proto=tcp modify=1"
LED = "position=1; ruleid=1: nat from any on out to Firewall_out port rdp_alt -> to desk port microsoft-ts # Accounts"


@pytest.mark.parametrize(
    ("moved", "rule", "expected"),
    [
        (LED, "pass from any to Firewall_out port rdp_alt", [("rdp", "any", "desk")]),
        (LED, "pass from partner to Firewall_out port rdp_alt", []),
        (LED.replace("1: nat", "1: off nat"), "pass from any to Firewall_out port rdp_alt",
         [("tcp/33890", "any", "self")]),
        (LED.replace("from any", "from Network_internals"), "pass from any to Firewall_out port rdp_alt",
         [("tcp/33890", "any", "self")]),
    ],
    ids=["published", "partner", "off", "from inside"],
)  # fmt: skip
def test_what_the_firewall_hands_on_is_the_host_behind_it(
    moved: str, rule: str, expected: list[tuple[str, str, str]]
) -> None:
    """By the names of its objects; what nothing hands on reaches the firewall itself."""
    told = (
        nsrpc.policy(answer(f"position=1; ruleid=1: {rule}")),
        stormshield_objects.translations(answer(moved)),
        stormshield_objects.objects(answer(ALT)),
    )
    known = {key: value for one in told for key, value in one.facts.items()}
    assert [(row.service, str(row.from_), str(row.to)) for row in nsrpc.exposed(known)] == expected


def test_a_pool_is_as_large_as_the_object_that_it_names() -> None:
    """A network but its two ends, a range whole; a name that no list explains stays a name."""
    named = dict(nsrpc.openvpn((FOLDER / "CONFIG_OPENVPN_SHOW.txt").read_text()).facts)
    sizes = {}
    for kind, line in (("network", "type=network name=Network_sslvpn ip=10.60.0.0 mask=255.255.255.0"),
                       ("range", "type=range name=network_sslvpn begin=10.60.0.10 end=10.60.0.59"),
                       ("unknown", "type=host name=other ip=10.60.0.1")):  # fmt: skip
        told = stormshield_objects.objects(answer(line)).facts[facts.FIREWALL_OBJECTS]
        (pool,) = stormshield_objects.pools({facts.FIREWALL_OBJECTS: (*told, *named[facts.FIREWALL_OBJECTS])})
        sizes[kind] = pool.addresses
    assert sizes == {"network": 254, "range": 50, "unknown": ABSENT}


def test_a_translation_in_another_form_makes_the_whole_a_gap() -> None:
    """One line that is not understood could publish anything."""
    told = stormshield_objects.translations(answer(LED, "position=2; ruleid=2: split to somewhere"))
    assert (dict(told.facts), told.unparsed) == ({}, 1)


def test_the_mark_of_the_policies_changes_with_any_of_them() -> None:
    """Their dates and the active one; an answer without them proves nothing."""
    text = (FOLDER / "CONFIG_SLOT_LIST_type=filter.txt").read_text()
    mark = stormshield_objects.last_change
    assert mark(text) == "slot 05; 01 2024-01-08 09:12:00, 05 2026-10-02 17:44:31"
    assert mark(text.replace("2024-01-08", "2026-11-26")) != mark(text)
    assert mark(text.replace("active=05", "active=01")) != mark(text)
    assert mark("") == ""
