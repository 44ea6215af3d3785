"""Packet filters without a vendor: ports and addresses resolved, order respected, translation and rules together."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.checks.shadows import shadowed
from auditor.facts import Rule
from auditor.filters import (
    ANY_SERVICE,
    EVERYWHERE,
    Gate,
    Service,
    Target,
    addresses,
    names,
    network,
    outside,
    ports,
    reach,
    service,
    side,
    ways,
)
from auditor.values import ABSENT


def tcp(first: int, last: int = 0) -> Service:
    return Service("tcp", first, last or first)


def seen(*gates: Gate, targets: tuple[Target, ...] = ()) -> list[tuple[str, object, str, str, str]]:
    return [(row.service, row.port, str(row.from_), str(row.to), str(row.rule)) for row in reach(gates, targets)]


WEB = Target("10.0.0.5", addresses(["10.0.0.5"]))
MOVED = Target("10.0.0.9", addresses(["10.0.0.9"]), tcp(33890), tcp(3389))


# ---- services ----


@pytest.mark.parametrize("text", ["any", "tcp/any", "tcp/443", "udp/16384-32767", "icmp", "esp"])
def test_a_service_is_read_back_from_its_spelling(text: str) -> None:
    """The normal form of rules loses nothing."""
    one = service(text)
    assert one is not None
    assert str(one) == text


@pytest.mark.parametrize("text", ["RDP-GROUP", "tcp/70000", "tcp/9-3", "", "tcp/", "web"])
def test_a_name_or_a_wrong_range_is_no_service(text: str) -> None:
    """It stays a name, and is compared as one."""
    assert service(text) is None


def test_numbers_of_protocols_are_their_names() -> None:
    """As IANA has them."""
    assert [str(service(text)) for text in ("6/22", "17/53", "50", "0")] == ["tcp/22", "udp/53", "esp", "any"]


def test_a_range_is_named_by_what_listens_in_it() -> None:
    """Each door a range opens is told; protocols with other ports than tcp are not."""
    assert [name for name, _ in names(tcp(3389))] == ["rdp"]
    assert [name for name, _ in names(tcp(3380, 3400))] == ["rdp", "tcp/3380-3400"]
    assert [name for name, _ in names(tcp(12345))] == ["tcp/12345"]
    assert [name for name, _ in names(tcp(0, 65535))] == ["any"]
    assert [name for name, _ in names(Service("udp", 22, 22))] == ["udp/22"]
    assert [name for name, _ in names(Service("esp"))] == ["vpn"]


def test_what_two_services_share() -> None:
    """A range in a range, a protocol in any, and nothing between tcp and udp."""
    assert tcp(1, 100).common(tcp(80, 200)) == tcp(80, 100)
    assert ANY_SERVICE.common(tcp(80)) == tcp(80)
    assert tcp(80).common(Service("udp", 80, 80)) is None
    assert tcp(1, 10).common(tcp(11, 20)) is None
    assert ports("tcp", 5, 4) is None


# ---- addresses ----


def test_addresses_cover_and_meet_by_value() -> None:
    """However they are written."""
    lan = addresses(["10.0.0.0/255.255.0.0"])
    assert lan.covers(addresses(["10.0.1.1-10.0.1.9", "10.0.2.2"]))
    assert not lan.covers(addresses(["10.1.0.1"]))
    assert not lan.covers(EVERYWHERE)
    assert lan.meets(addresses(["10.0.255.255-10.1.0.3"]))
    assert not lan.meets(addresses(["192.0.2.1"]))
    assert addresses(["any"]) == addresses(["0.0.0.0/0"]) == EVERYWHERE


def test_a_name_is_covered_by_itself_alone() -> None:
    """What nothing resolves may be anything."""
    assert not addresses(["10.0.0.0/8"]).covers(addresses(["GEO-FR"]))
    assert addresses(["GEO-FR", "10.0.0.0/8"]).covers(addresses(["GEO-FR"]))
    assert not addresses(["10.0.0.0/8"]).meets(addresses(["GEO-FR"]))


def test_private_addresses_are_those_no_operator_routes() -> None:
    """A range that leaves them is not private."""
    assert addresses(["192.168.1.1", "10.0.0.0/8", "fd00::1"]).private
    assert not addresses(["192.0.2.1"]).private
    assert not addresses(["10.0.0.0-11.0.0.0"]).private
    assert not addresses(["SERVERS"]).private
    assert not EVERYWHERE.private


def test_networks_from_their_mask() -> None:
    """A host is its address, everything is any, and nonsense nothing."""
    assert [network("10.1.2.3", mask) for mask in ("255.255.0.0", "32", "0.0.0.0", "x")] == [
        "10.1.0.0/16",
        "10.1.2.3",
        "any",
        "",
    ]


# ---- what the internet reaches ----


def test_a_published_host_lets_in_what_its_rule_names() -> None:
    """By the port asked outside, named by the service behind it."""
    gate = Gate("1", True, destination=addresses(["10.0.0.9"]), services=(tcp(3389),))
    assert seen(gate, targets=(MOVED,)) == [("rdp", 33890, "any", "10.0.0.9", "1")]
    outside = Target("10.0.0.9", addresses(["203.0.113.9"]), tcp(33890), tcp(3389), inner=False)
    gate = Gate("1", True, destination=addresses(["203.0.113.9"]), services=(tcp(33000, 34000),))
    assert seen(gate, targets=(outside,)) == [("rdp", 33890, "any", "10.0.0.9", "1")]


def test_a_private_host_that_nothing_publishes_is_not_reached() -> None:
    """Translation and rules count together; a public address needs no translation."""
    rule = Gate("1", True, destination=addresses(["10.0.0.77"]), services=(tcp(22),))
    assert seen(rule, targets=(WEB,)) == []
    routed = Gate("2", True, destination=addresses(["203.0.113.77"]), services=(tcp(22),))
    assert seen(routed, targets=(WEB,)) == [("ssh", 22, "any", "203.0.113.77", "2")]


def test_a_wide_rule_opens_each_published_host() -> None:
    """Any service to any destination reaches what is published, and all of it."""
    assert seen(Gate("1", True), targets=(WEB, MOVED)) == [
        ("any", ABSENT, "any", "10.0.0.5", "1"),
        ("rdp", 33890, "any", "10.0.0.9", "1"),
    ]
    assert seen(Gate("1", True)) == [("any", ABSENT, "any", "any", "1")]


def test_order_is_respected() -> None:
    """An earlier refusal closes what it covers, a later one nothing; one for some sources leaves the others."""
    to = addresses(["10.0.0.5"])
    refuse = Gate("deny", False, destination=to, services=(tcp(22),))
    permit = Gate("permit", True, destination=to, services=(tcp(22), tcp(443)))
    assert seen(refuse, permit, targets=(WEB,)) == [("https", 443, "any", "10.0.0.5", "permit")]
    assert [row[0] for row in seen(permit, refuse, targets=(WEB,))] == ["ssh", "https"]
    some = Gate("deny", False, addresses(["198.51.100.0/24"]), to)
    assert [row[0] for row in seen(some, permit, targets=(WEB,))] == ["ssh", "https"]
    assert seen(Gate("deny", False), permit, targets=(WEB,)) == []


def test_a_range_tells_each_door_it_opens() -> None:
    """And a refusal in front of one of them closes that one."""
    wide = Gate("2", True, services=(tcp(20, 2000),))
    refuse = Gate("1", False, services=(tcp(22),))
    told = {row[0] for row in seen(refuse, wide, targets=(WEB,))}
    assert {"smb", "telnet", "database", "tcp/20-2000"} <= told
    assert "ssh" not in told


def test_the_first_rule_that_lets_in_is_named_and_restricted_sources_are_told() -> None:
    """Each exposure once."""
    first = Gate("1", True, addresses(["198.51.100.7"]), services=(tcp(22),))
    second = Gate("2", True, services=(tcp(22),))
    assert seen(second, first, targets=(WEB,)) == [("ssh", 22, "any", "10.0.0.5", "2")]
    assert seen(first, targets=(WEB,)) == [("ssh", 22, "198.51.100.7", "10.0.0.5", "1")]


def test_icmp_exposes_nothing() -> None:
    """Being pinged is no service."""
    assert seen(Gate("1", True, services=(Service("icmp"),)), targets=(WEB,)) == []


# ---- rules in the normal form ----


def rule(id: str, source: str = "any", destination: str = "any", services: str = "any", action: str = "permit") -> Rule:
    return Rule(id, action, "", True, ("lan",), ("wan",), (source,), (destination,), (services,))


def test_a_rule_that_an_earlier_one_takes_everything_from_is_shadowed() -> None:
    """Whatever its own action; by value, not by spelling."""
    rules = (rule("1", "10.0.0.0/8", services="tcp/1-1000"), rule("2", "10.1.0.0/16", services="tcp/22", action="deny"))
    assert shadowed(rules) == {"2": "1"}
    assert shadowed(rules[::-1]) == {}
    assert shadowed((rules[0], rule("3", "10.1.0.0/16", services="udp/22"))) == {}


def test_what_is_off_or_untold_shadows_nothing() -> None:
    """Nor does a group that is not resolved cover what it might hold."""
    off = Rule("1", "permit", "", False)
    assert shadowed((off, rule("2"))) == {}
    assert shadowed((Rule("1", "permit", "", True), rule("2"))) == {}
    assert shadowed((rule("1", services="WEB"), rule("2", services="tcp/80"))) == {}
    assert shadowed((rule("1", services="WEB"), rule("2", services="WEB"))) == {"2": "1"}


@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        ({"conditions": ("schedule NIGHT",)}, {}, False),
        ({"conditions": ("schedule NIGHT",)}, {"conditions": ("schedule NIGHT",)}, True),
        ({}, {"conditions": ("schedule NIGHT",)}, True),
        ({"conditions": ("partly",)}, {"conditions": ("partly",)}, False),
        ({"groups": ("staff",)}, {}, False),
        ({"groups": ("staff", "it")}, {"groups": ("it",)}, True),
        ({"groups": ("it",)}, {"groups": ("staff", "it")}, False),
        ({"action": "jump"}, {}, False),
        ({}, {"action": "deny"}, True),
        ({"services": ("established",)}, {}, False),
        ({}, {"services": ("established",)}, True),
        ({"source": ("!10.0.0.0/8", "!192.0.2.0/24")}, {"source": ("!10.0.0.0/8",)}, False),
        ({"source": ("!10.0.0.0/8",)}, {"source": ("!10.0.0.0/8",)}, True),
        ({"source": ("not GUESTS",)}, {"source": ("10.0.0.1",)}, False),
        ({"source": ("::/0",)}, {"source": ("2001:db8::/32",)}, True),
        ({"source": ("2001:db8::/32",)}, {"source": ("2001:db8:1::/48",)}, True),
        ({"source": ("2001:db8::/32",)}, {"source": ("10.0.0.1",)}, False),
        ({"from_": ABSENT}, {}, False),
        ({"id": "FORWARD#1", "to": ("any",)}, {"id": "INPUT#1", "to": ("self",)}, False),
        ({"id": "FORWARD#1"}, {"id": "FORWARD#2"}, True),
    ],
)
def test_what_a_rule_hides(first: dict[str, Any], second: dict[str, Any], hidden: bool) -> None:
    """Conditions, users, exceptions and lists are weighed; what takes an unknown part hides nothing."""
    plain: dict[str, Any] = {"action": "permit", "enabled": True, "from_": ("wan",), "to": ("any",)}
    plain |= {"source": ("any",), "destination": ("any",), "services": ("any",)}
    one, two = Rule(**({"id": "1"} | plain | first)), Rule(**({"id": "2"} | plain | second))
    assert dict(shadowed((one, two))) == ({two.id: one.id} if hidden else {})


def test_a_refusal_of_all_but_some_leaves_these() -> None:
    """`! 10.0.0.5` refuses what lies outside of it, in both versions of IP."""
    assert side(("!10.0.0.5",), permit=True) == EVERYWHERE
    refused = side(("!10.0.0.5",), permit=False)
    assert not refused.meets(addresses(("10.0.0.5",)))
    assert refused.covers(addresses(("10.0.0.4", "10.0.0.6-255.255.255.255", "2001:db8::1")))
    assert side(("!SERVERS",), permit=False).spans == ()
    assert outside(EVERYWHERE).spans == ()
    gates = (Gate("1", False, destination=refused, services=(tcp(22),)), Gate("2", True, services=(tcp(22),)))
    host = Target("10.0.0.5", addresses(("10.0.0.5",)))
    other = Target("10.0.0.9", addresses(("10.0.0.9",)))
    assert seen(*gates, targets=(host, other)) == [("ssh", 22, "any", "10.0.0.5", "2")]


def test_the_widest_source_is_told() -> None:
    """A partner's rule before everybody's does not make the port restricted."""
    host = Target("10.0.0.5", addresses(["10.0.0.5"]))
    partner = Gate("1", True, addresses(["203.0.113.7"]), services=(tcp(22),))
    everybody = Gate("2", True, services=(tcp(22),))
    assert seen(partner, targets=(host,)) == [("ssh", 22, "203.0.113.7", "10.0.0.5", "1")]
    assert seen(partner, everybody, targets=(host,)) == [("ssh", 22, "any", "10.0.0.5", "2")]
    assert seen(everybody, partner, targets=(host,)) == [("ssh", 22, "any", "10.0.0.5", "2")]


@pytest.mark.parametrize(
    ("refused", "opened", "reached"),
    [
        ({"to": ("trust",)}, {"to": ("dmz",)}, True),
        ({"to": ("trust",)}, {"to": ("trust",)}, False),
        ({"to": ("any",)}, {"to": ("dmz",)}, False),
        ({"to": ("trust",)}, {"to": ("any",)}, True),
        ({"from_": ("wan1",)}, {"from_": ("wan2",)}, True),
        ({"from_": ("wan1", "wan2")}, {"from_": ("any",)}, False),
        ({"from_": ("any",)}, {"from_": ("wan1",)}, False),
    ],
)
def test_a_refusal_closes_its_own_zones_alone(
    refused: dict[str, tuple[str, ...]], opened: dict[str, tuple[str, ...]], reached: bool
) -> None:
    """The last rule of one pair of zones does not end the rules of the next."""
    outer = frozenset({"wan1", "wan2"})

    def gate(id: str, permit: bool, said: dict[str, tuple[str, ...]]) -> Gate:
        from_, to = ways(said.get("from_", ("any",)), outer), ways(said.get("to", ("any",)))
        return Gate(id, permit, services=(tcp(22),), from_=from_, to=to)

    gates = (gate("1", False, refused), gate("2", True, opened))
    assert bool(reach(gates, (Target("10.0.0.5", addresses(["10.0.0.5"])),))) is reached
