"""Cisco ASA's access lists and address translation in the normal form, and what they let the internet reach."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from auditor.collectors.vendors.blocks import Line
from auditor.facts import Exposed, Rule
from auditor.model import ABSENT

PORTS: Final = {
    "www": 80, "https": 443, "ssh": 22, "telnet": 23, "smtp": 25, "ftp": 21, "sip": 5060, "domain": 53, "imap4": 143,
    "pop3": 110, "ldap": 389, "ldaps": 636, "sqlnet": 1521, "h323": 1720, "pptp": 1723, "isakmp": 500, "ntp": 123,
}  # fmt: skip
SERVICES: Final = {
    3389: "rdp", 445: "smb", 139: "smb", 22: "ssh", 23: "telnet", 21: "ftp", 80: "http", 443: "https", 25: "smtp",
    587: "smtp", 993: "imap", 143: "imap", 5060: "sip", 5061: "sips", 1433: "database", 3306: "database",
    5432: "database", 1521: "database", 500: "vpn", 4500: "vpn", 1723: "vpn", 5900: "vnc", 53: "dns", 8443: "https",
}  # fmt: skip
_OUTSIDE: Final = re.compile(r"outside|wan|internet|untrust", re.I)


def service(port: int) -> str:
    """What usually listens on a port."""
    return SERVICES.get(port, str(port))


def outside_interfaces(tree: Line) -> tuple[str, ...]:
    """Names of the interfaces that face the internet: security level 0, or named so."""
    found = []
    for line in tree.starting("interface "):
        name, level = line.after("nameif "), line.after("security-level ")
        if name and (level == "0" or _OUTSIDE.search(name)):
            found.append(name)
    return tuple(found)


def _bound(tree: Line) -> dict[str, tuple[str, ...]]:
    """Interfaces that each access list filters on the way in."""
    found: dict[str, tuple[str, ...]] = {}
    for line in tree.starting("access-group "):
        words = line.words
        if words[2:3] == ["in"] and "interface" in words:
            found[words[1]] = (*found.get(words[1], ()), words[words.index("interface") + 1])
    return found


def rules(tree: Line) -> tuple[Rule, ...]:
    """Every extended entry of an access list, in its order; `from` is the interface it is bound to."""
    bound = _bound(tree)
    return tuple(rule for rule, _ in _entries(tree, bound))


def _entries(tree: Line, bound: dict[str, tuple[str, ...]]) -> Iterator[tuple[Rule, tuple[int, ...]]]:
    for number, line in enumerate(tree.starting("access-list "), 1):
        words = line.words
        if len(words) < 5 or words[2] != "extended":
            continue
        action, protocol, rest = words[3], words[4], words[5:]
        if protocol in ("object", "object-group") and rest:  # a group of services stands for the protocol
            protocol, rest = rest[0], rest[1:]
        source, rest = _address(rest)
        rest = _ports(rest)[1] if rest[:1] and rest[0] in ("eq", "range", "gt", "lt", "neq") else rest
        destination, rest = _address(rest)
        ports, rest = _ports(rest)
        if rest[:1] == ["object-group"] and len(rest) > 1 and not ports:  # a group of ports: what it holds is not read
            protocol, rest = rest[1], rest[2:]
        names = tuple(f"{protocol}/{port}" for port in ports) or (protocol if protocol != "ip" else "any",)
        yield (
            Rule(
                id=f"{words[1]}#{number}",
                action=action,
                name=words[1],
                enabled="inactive" not in rest,
                from_=bound.get(words[1], ("unbound",)),
                to=("any",),
                source=(source,),
                destination=(destination,),
                services=names,
                logged="log" in rest,
            ),
            ports,
        )


def _address(words: list[str]) -> tuple[str, list[str]]:
    if not words:
        return "any", []
    if words[0] in ("any", "any4", "any6"):
        return "any", words[1:]
    if words[0] in ("host", "object", "object-group", "interface") and len(words) > 1:
        return words[1], words[2:]
    if len(words) > 1:
        return f"{words[0]}/{words[1]}", words[2:]
    return words[0], words[1:]


def _ports(words: list[str]) -> tuple[tuple[int, ...], list[str]]:
    if words[:1] == ["eq"] and len(words) > 1:
        port = _port(words[1])
        return ((port,) if port else ()), words[2:]
    if words[:1] == ["range"] and len(words) > 2:
        first, last = _port(words[1]), _port(words[2])
        named = tuple(port for port in SERVICES if first <= port <= last)
        return named or ((first,) if first else ()), words[3:]
    if words[:1] and words[0] in ("gt", "lt", "neq"):
        return (), words[2:]
    return (), words


def _port(word: str) -> int:
    return int(word) if word.isdigit() else PORTS.get(word, 0)


def exposed(tree: Line) -> tuple[Exposed, ...]:
    """Services that entries bound to an outside interface let in, and the VPN's own listener."""
    outside = outside_interfaces(tree)
    found: dict[tuple[str, str, str], Exposed] = {}
    for rule, ports in _entries(tree, _bound(tree)):
        inbound = rule.from_ is not ABSENT and any(name in outside for name in rule.from_)
        if rule.action != "permit" or rule.enabled is not True or not inbound:
            continue
        source = rule.source[0] if rule.source is not ABSENT else "any"
        target = rule.destination[0] if rule.destination is not ABSENT else "any"
        named = rule.services[0].partition("/")[0] if rule.services is not ABSENT else "any"
        for port in ports:
            row = Exposed(service(port), port, named, source, target, rule.id)
            found.setdefault((row.service, source, target), row)
        if not ports and not named.startswith("icmp"):  # an entry without ports opens all of them
            what = "any" if named in ("tcp", "udp") else named
            row = Exposed(what, ABSENT, named if named in ("tcp", "udp") else ABSENT, source, target, rule.id)
            found.setdefault((what, source, target), row)
    for line in tree.starting("webvpn"):
        for below in line.starting("enable "):
            if below.words[1] in outside:
                found[("vpn", "any", below.words[1])] = Exposed("vpn", 443, "tcp", "any", below.words[1], "webvpn")
    return tuple(found.values())


def management(tree: Line) -> str:
    """Whether ssh, http or telnet management answers on an outside interface: no, restricted or open."""
    outside = outside_interfaces(tree)
    worst = "no"
    for line in tree.below:
        match = re.match(r"(?:ssh|http|telnet) (\d\S+) (\d\S+) (\S+)$", line.text)
        if match and match.group(3) in outside:
            if match.group(1) == "0.0.0.0" and match.group(2) == "0.0.0.0":  # noqa: S104 - read, not bound
                return "open"
            worst = "restricted"
    return worst
