"""Cisco IOS zone-based firewall: what each pair of zones inspects, passes and drops, as rules and as gates.

A packet takes the first class of the pair's policy that matches it; what none matches is dropped, as between zones
without a pair (Cisco, "Zone-Based Policy Firewall"). A class matches by lists of access and by protocols: all of its
lines (`match-all`, the default) or one of them (`match-any`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from auditor.collectors.vendors.blocks import Line
from auditor.collectors.vendors.ios_acl import Entry
from auditor.collectors.vendors.listeners import SELF
from auditor.facts import Rule
from auditor.filters import ANY_SERVICE, PARTLY, Gate, Service, addresses, ways
from auditor.values import ABSENT

_DEEPEST: Final = 8
_WELL: Final[Mapping[str, tuple[Service, ...]]] = {
    "tcp": (Service("tcp"),), "udp": (Service("udp"),), "icmp": (Service("icmp"),),
    "http": (Service("tcp", 80, 80),), "https": (Service("tcp", 443, 443),), "ssh": (Service("tcp", 22, 22),),
    "telnet": (Service("tcp", 23, 23),), "smtp": (Service("tcp", 25, 25),), "ftp": (Service("tcp", 21, 21),),
    "dns": (Service("udp", 53, 53), Service("tcp", 53, 53)), "ntp": (Service("udp", 123, 123),),
    "sip": (Service("udp", 5060, 5060), Service("tcp", 5060, 5060)), "h323": (Service("tcp", 1720, 1720),),
    "pop3": (Service("tcp", 110, 110),), "imap": (Service("tcp", 143, 143),), "ldap": (Service("tcp", 389, 389),),
    "isakmp": (Service("udp", 500, 500),), "ipsec-msft": (Service("udp", 4500, 4500),),
    "snmp": (Service("udp", 161, 161),), "pptp": (Service("tcp", 1723, 1723),), "l2tp": (Service("udp", 1701, 1701),),
    "tftp": (Service("udp", 69, 69),), "mysql": (Service("tcp", 3306, 3306),), "nfs": (Service("tcp", 2049, 2049),),
    "sqlserver": (Service("tcp", 1433, 1433),), "ms-sql": (Service("tcp", 1433, 1433),),
    "microsoft-ds": (Service("tcp", 445, 445),), "cifs": (Service("tcp", 445, 445),),
    "netbios-ssn": (Service("tcp", 139, 139),),
}  # fmt: skip
"""Protocols that a class may name, by the ports that the box knows them by."""


@dataclass(frozen=True, slots=True)
class Match:
    """What one line or one class matches; `sure` is False where a part of it is not known here."""

    source: tuple[str, ...] = ("any",)
    destination: tuple[str, ...] = ("any",)
    services: tuple[Service, ...] = (ANY_SERVICE,)
    sure: bool = True


def rules(tree: Line, access: Mapping[str, Sequence[Entry]]) -> tuple[Rule, ...]:
    """Each class of each pair in its order, one rule for each entry of its lists; what follows them is dropped."""
    found: list[Rule] = []
    for pair in tree.starting("zone-pair security "):
        name, (from_, to) = pair.words[2], _zones(pair)
        for number, (action, logged, match) in enumerate(_matches(tree, pair, access), 1):
            found.append(
                Rule(
                    id=f"{name}#{number}",
                    action=action,
                    name=name,
                    enabled=True,
                    from_=(from_,),
                    to=(to,),
                    source=match.source,
                    destination=match.destination,
                    services=tuple(str(one) for one in match.services),
                    logged=logged,
                    conditions=ABSENT if match.sure else (PARTLY,),
                )
            )
    return tuple(found)


def gates(tree: Line, access: Mapping[str, Sequence[Entry]], zone: str, itself: bool) -> tuple[Gate, ...]:
    """What comes from a zone meets on its way inward, or to the router itself: which no pair to it leaves open."""
    found: list[Gate] = []
    pairs = [pair for pair in tree.starting("zone-pair security ") if _zones(pair)[0] == zone]
    pairs = [pair for pair in pairs if (_zones(pair)[1] == SELF) is itself]
    if itself and not pairs:
        return (Gate(f"zone {zone}", permit=True),)
    for pair in pairs:
        to = _zones(pair)[1]
        for action, _, match in _matches(tree, pair, access):
            if action == "permit" or match.sure:
                ends = addresses(match.source), addresses(match.destination)
                found.append(Gate(pair.words[2], action == "permit", *ends, match.services, to=ways((to,))))
    return tuple(found)


def _zones(pair: Line) -> tuple[str, str]:
    """`zone-pair security NAME source A destination B`; the router itself is a zone of its own."""
    words = pair.words
    from_, to = (words[words.index(way) + 1] if way in words[:-1] else "" for way in ("source", "destination"))
    return from_, SELF if to == "self" else to


def _matches(tree: Line, pair: Line, access: Mapping[str, Sequence[Entry]]) -> Iterator[tuple[str, bool, Match]]:
    name = pair.after("service-policy type inspect ")
    policy = next((line for line in tree.starting("policy-map type inspect ") if line.words[-1] == name), Line(""))
    for part in policy.below:
        if not part.text.startswith("class "):
            continue
        said = [below.text.split() for below in part.below]
        verbs = [words[0] for words in said if words[0] in ("inspect", "pass", "drop")]
        action = "permit" if {"inspect", "pass"} & set(verbs) else "deny"
        logged = any(words[0] == "drop" and "log" in words for words in said)
        if part.words[-1] == "class-default":
            yield action, logged, Match()
        else:
            yield from ((action, logged, match) for match in _class(tree, part.words[-1], access))


def _class(tree: Line, name: str, access: Mapping[str, Sequence[Entry]], depth: int = 0) -> list[Match]:
    """The alternatives that a class takes."""
    head = next((one for one in tree.starting("class-map type inspect ") if one.words[-1] == name), None)
    if head is None or depth > _DEEPEST:
        return [Match(sure=False)]
    lines = [_line(tree, below.words, access, depth) for below in head.below if below.text.startswith("match ")]
    if "match-any" in head.words or not lines:
        return [match for some in lines for match in some]
    found = lines[0]
    for some in lines[1:]:
        found = [both for one in found for other in some if (both := _both(one, other)) is not None]
    return found


def _line(tree: Line, words: list[str], access: Mapping[str, Sequence[Entry]], depth: int) -> list[Match]:
    if words[1:2] == ["access-group"]:
        entries = access.get(words[-1], ())
        partly = any(not one.permit for one in entries)  # what the list refuses is another class's
        return [
            Match(one.source, one.destination, one.services, sure=not partly and not one.conditions)
            for one in entries
            if one.permit and not one.returns
        ]
    if words[1:2] == ["protocol"] and len(words) > 2:
        known = _WELL.get(words[2])
        return [Match(services=known or (Service(f"application {words[2]}"),), sure=known is not None)]
    if words[1:2] == ["class-map"]:
        return _class(tree, words[-1], access, depth + 1)
    return [Match(sure=False)]


def _both(one: Match, other: Match) -> Match | None:
    """What meets two lines: the narrower end of each side, and the services that both name; None where none."""
    services = tuple(dict.fromkeys(s for a in one.services for b in other.services if (s := a.common(b)) is not None))
    if not services:
        return None
    source, destination = (
        mine if theirs == ("any",) else theirs
        for mine, theirs in ((one.source, other.source), (one.destination, other.destination))
    )
    return Match(source, destination, services, one.sure and other.sure)
