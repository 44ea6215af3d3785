"""Packet filters of Linux: sets, maps and verdict maps in both forms of nft, what chains return, containers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from auditor import facts
from auditor.collectors.vendors import iptables, netfilter, nft, nft_text, reached
from auditor.collectors.vendors.netfilter import Ruleset
from auditor.facts import Rule, Translation
from auditor.values import Message

FOLDER: Final = Path(__file__).parent / "rulesets"


def read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


MAPS: Final = {"text": nft_text.ruleset(read("maps.txt")), "json": nft.ruleset(read("maps.json"))}


def exposed(found: Ruleset | None) -> Any:
    """Where the default route leaves by eth0: service, source, destination of what the internet reaches."""
    assert found is not None
    known: dict[Any, Any] = dict(netfilter.told(found).facts)
    known[facts.ROUTES_DEFAULT] = (facts.Route("0.0.0.0/0", "eth0", "203.0.113.1"),)
    return {(row.service, str(row.from_), str(row.to)) for row in reached.exposed(known)}


def plain(rule: Rule) -> tuple[Any, ...]:
    parts = (rule.from_, rule.to, rule.source, rule.destination, rule.services)
    return (
        rule.action,
        *(tuple(sorted(part)) for part in parts if isinstance(part, tuple)),
        rule.conditions,
        rule.hits,
    )


def moved(one: Translation) -> tuple[Any, ...]:
    return one.kind, one.from_, one.destination, one.redirected, one.services


def test_both_forms_of_a_ruleset_tell_the_same() -> None:
    """What `nft list ruleset` prints for people, and its JSON."""
    text, machine = MAPS["text"], MAPS["json"]
    assert text is not None
    assert machine is not None
    assert (text.unparsed, machine.unparsed) == (0, 0)
    assert sorted(map(str, map(plain, netfilter.rules(text)))) == sorted(map(str, map(plain, netfilter.rules(machine))))
    assert sorted(map(str, map(moved, netfilter.translations(text)))) == sorted(
        map(str, map(moved, netfilter.translations(machine)))
    )


@pytest.mark.parametrize("form", MAPS)
def test_each_element_of_a_map_is_an_entry_of_its_own(form: str) -> None:
    """A pair of interface and port opens that pair alone; a translation by a map leads to each of its hosts."""
    found = MAPS[form]
    assert found is not None
    rules: list[tuple[Any, Any, Any]] = [(rule.action, rule.from_, rule.services) for rule in netfilter.rules(found)]
    assert ("permit", ("eth0",), ("tcp/8080",)) in rules
    assert ("permit", ("eth1",), ("tcp/22",)) in rules
    assert ("deny", ("any",), ("tcp/3389",)) in rules
    assert not [row for row in rules if row[0] == "permit" and "eth0" in row[1] and "tcp/22" in row[2]]
    sent = {
        (one.destination, one.redirected, one.services) for one in netfilter.translations(found) if one.kind == "static"
    }
    assert sent == {
        (("any",), ("10.0.0.2", "80"), ("tcp/8080",)),
        (("any",), ("10.0.0.3", "3389"), ("tcp/8443",)),
        (("203.0.113.5",), ("10.0.0.5",), ("any",)),
        (("203.0.113.6",), ("10.0.0.6",), ("any",)),
        (("any",), ("self", "8081"), ("tcp/80",)),
        (("203.0.113.9",), ("10.0.0.50", "6000-6010"), ("tcp/5000-5010",)),
    }


@pytest.mark.parametrize("form", MAPS)
def test_what_is_published_by_a_map_is_reached(form: str) -> None:
    """`ct status dnat accept` lets through what was translated, and is no rule from anywhere to anywhere."""
    found = MAPS[form]
    rows = exposed(found)
    assert {("http", "any", "10.0.0.2"), ("rdp", "any", "10.0.0.3"), ("any", "any", "10.0.0.5")} <= rows
    assert ("https", "any", "self") in rows
    assert not [row for row in rows if row[0] == "ssh" and row[1] == "any"]
    assert found is not None
    wide = [
        rule for rule in netfilter.rules(found) if rule.id.startswith("inet/filter/forward") and rule.from_ == ("any",)
    ]
    assert [text for rule in wide if isinstance(rule.conditions, tuple) for text in rule.conditions] == [
        "connection translated"
    ]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ('iifname "eth0" frobnicate 7 accept', "a word that nobody knows"),
        ('xt match "owner" accept', "a match of iptables that nft cannot write"),
        ("dnat to nonsense", "a target that is none"),
    ],
)
def test_a_rule_that_cannot_be_read_makes_its_rules_a_gap(rule: str, why: str) -> None:
    """It could say anything, so nothing is told of what it may change."""
    text = read("maps.txt").replace("tcp dport vmap @services", rule)
    found = nft_text.ruleset(text)
    assert found is not None
    assert found.unparsed, why
    assert facts.FIREWALL_RULES not in netfilter.told(found).facts


# ---- what chains return ----

GUARD: Final = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:GUARD - [0:0]
-A INPUT -j GUARD
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
{guard}
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
COMMIT
"""


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        ("-A GUARD -s 198.51.100.0/24 -j RETURN\n-A GUARD -j DROP", {("ssh", "198.51.100.0/24", "self")}),
        (
            "-A GUARD -s 198.51.100.7/32 -j RETURN\n-A GUARD -s 192.0.2.1/32 -j RETURN\n-A GUARD -j DROP",
            {("ssh", "198.51.100.7", "self")},
        ),
        ("-A GUARD -j RETURN\n-A GUARD -j DROP", {("ssh", "any", "self")}),
        ("-A GUARD -i eth1 -j RETURN\n-A GUARD -j DROP", set()),
        ("-A GUARD -p tcp -m tcp --dport 22 -j RETURN\n-A GUARD -j DROP", {("ssh", "any", "self")}),
        ("-A GUARD -j DROP", set()),
        ("-A GUARD -s 198.51.100.0/24 -j DROP", {("ssh", "any", "self")}),
    ],
)
def test_what_a_chain_returns_meets_the_rules_behind_its_jump(guard: str, expected: set[Any]) -> None:
    """Where the rest of the chain takes everything else, they meet nothing but that."""
    rows = exposed(iptables.saved(GUARD.format(guard=guard)))
    assert {(service, from_.replace("['", "").replace("']", ""), to) for service, from_, to in rows} == expected


def test_what_returns_from_a_chain_of_the_system_meets_its_policy() -> None:
    """`-j RETURN` in INPUT ends there."""
    text = GUARD.format(guard="-A GUARD -i lo -j ACCEPT").replace("-j GUARD\n", "-p tcp -m tcp --dport 22 -j RETURN\n")
    assert exposed(iptables.saved(text)) == set()
    assert exposed(iptables.saved(text.replace("INPUT DROP", "INPUT ACCEPT"))) >= {("ssh", "any", "self")}


def test_containers_publish_their_ports_unless_on_the_loopback() -> None:
    """What Docker writes for `-p 8080:80` and for `-p 127.0.0.1:5432:5432`."""
    rows = exposed(iptables.saved(read("containers.txt")))
    assert ("http", "any", "172.17.0.2") in rows
    assert not [row for row in rows if row[0] == "database"]


def test_a_log_with_a_limit_counts_for_the_rule_behind_it_alone() -> None:
    """ufw logs a few packets that belong to nothing before it drops them; the ports it opens are not logged."""
    text = GUARD.format(
        guard="-A GUARD -m conntrack --ctstate INVALID -m limit --limit 3/min -j LOG\n"
        "-A GUARD -m conntrack --ctstate INVALID -j DROP\n-A GUARD -p tcp -m tcp --dport 443 -j ACCEPT"
    )
    found = iptables.saved(text)
    assert found is not None
    logged = {rule.id: rule.logged for rule in netfilter.rules(found)}
    assert (logged["ip/filter/GUARD#2"], logged["ip/filter/GUARD#3"]) == (True, False)


# ---- two tools side by side ----

BESIDE: Final = """table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy accept;
		meta l4proto tcp counter packets 0 bytes 0 xt match "addrtype" drop
	}
}
table inet own {
	chain input {
		type filter hook input priority filter; policy drop;
		tcp dport 22 accept
	}
}
"""


@pytest.mark.parametrize("native", [True, False])
def test_what_one_of_two_filters_lets_in_is_not_told_as_reached(native: bool) -> None:
    """Docker's tables of iptables accept everything; the host's own table of nftables drops it."""
    text = BESIDE if native else BESIDE.partition("table inet")[0]
    found = nft_text.ruleset(text)
    assert found is not None
    machine = iptables.saved("*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n")
    assert machine is not None
    told = netfilter.told(found)
    assert (told.unparsed, facts.FIREWALL_RULES in told.facts) == (1, False)
    known: dict[Any, Any] = {**told.facts, **netfilter.told(machine).facts}
    known[facts.ROUTES_DEFAULT] = (facts.Route("0.0.0.0/0", "eth0", "203.0.113.1"),)
    said = reached.exposed(known)
    assert (said == Message("gap.two_filters")) is native
