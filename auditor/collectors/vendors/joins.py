"""What two answers told of the same list fact, joined: rows of one line, one probe, one route are one row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from auditor import facts
from auditor.collectors.vendors.page import Derivation, Facts, Told
from auditor.collectors.vendors.trees import ended
from auditor.facts import LinkQuality, LinkRate, Pool, Proposal, Route, Rule, VpnService
from auditor.seats.uplinks import same_name
from auditor.values import ABSENT, Absent


def names(known: tuple[str, ...], told: tuple[str, ...]) -> tuple[str, ...]:
    """Both lists, each name once."""
    return tuple(dict.fromkeys((*known, *told)))


def rates(known: tuple[LinkRate, ...], told: tuple[LinkRate, ...]) -> tuple[LinkRate, ...]:
    """The rates of both; one interface has one of each method and way, under its short or long name."""

    def same(one: LinkRate, other: LinkRate) -> bool:
        ways = [(one.down_bps, other.down_bps), (one.up_bps, other.up_bps)]
        shared = any(a is not ABSENT and b is not ABSENT for a, b in ways)
        return one.method == other.method and same_name(one.interface, other.interface) and shared

    return (*known, *(row for row in told if not any(same(row, other) for other in known)))


def quality(known: tuple[LinkQuality, ...], told: tuple[LinkQuality, ...]) -> tuple[LinkQuality, ...]:
    """The probes of both; one towards a target that is known already is the same."""
    targets = {row.target for row in known}
    return (*known, *(row for row in told if row.target not in targets))


def proposals(known: tuple[Proposal, ...], told: tuple[Proposal, ...]) -> tuple[Proposal, ...]:
    """The offers of both, each once."""
    return tuple(dict.fromkeys((*known, *told)))


def pools(known: tuple[Pool, ...], told: tuple[Pool, ...]) -> tuple[Pool, ...]:
    """The pools of both; how much of one is used stands where the device counts it."""
    counted = {(row.name, row.first): row for row in told}
    joined = [_used(row, counted.pop((row.name, row.first), row)) for row in known]
    return (*joined, *counted.values())


def _used(row: Pool, other: Pool) -> Pool:
    return row if isinstance(other.used, Absent) else replace(row, used=other.used, addresses=other.addresses)


def routes(known: tuple[Route, ...], told: tuple[Route, ...]) -> tuple[Route, ...]:
    """The routes of both, those in use first; where some are known to be in use, the others stand by."""
    rows: dict[tuple[str, object], Route] = {}
    for row in sorted((*known, *told), key=lambda row: row.active is not True):
        key = (row.network, row.gateway if not isinstance(row.gateway, Absent) else row.interface)
        first = rows.setdefault(key, row)
        if isinstance(first.interface, Absent) and not isinstance(row.interface, Absent):
            rows[key] = replace(first, interface=row.interface)
    used = any(row.active is True for row in rows.values())
    return tuple(replace(row, active=False) if used and row.active is ABSENT else row for row in rows.values())


def rules(known: tuple[Rule, ...], told: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The rules of the first answer with the hits that the second counts; without interfaces it is only counted."""
    hits = {rule.id: rule.hits for rule in told}
    joined = tuple(
        replace(rule, hits=hits[rule.id]) if rule.id in hits and isinstance(rule.hits, Absent) else rule
        for rule in known
    )
    known_ids = {rule.id for rule in known}
    return (*joined, *(rule for rule in told if rule.id not in known_ids and not isinstance(rule.from_, Absent)))


# ---- what the end of an answer proves ----


def sure(read: Callable[[str], Told]) -> Callable[[str], Told]:
    """The reading of a list under its heading: that nobody is in it, its end alone proves (`trees.ended`)."""

    def told(output: str) -> Told:
        one = read(output)
        if ended(output):
            return one
        found = {key: value for key, value in one.facts.items() if value != () and value != 0}
        if facts.VPN_SERVICES in found:
            found[facts.VPN_SERVICES] = tuple(_counted(row) for row in found[facts.VPN_SERVICES])
        return replace(one, facts=found)

    return told


def _counted(row: VpnService) -> VpnService:
    return replace(row, now=row.now or ABSENT, tunnels=row.tunnels or ABSENT)


# ---- gateways that run several VPN programs ----


def programs(known: tuple[VpnService, ...], told: tuple[VpnService, ...]) -> tuple[VpnService, ...]:
    """The programs of both by name: the first answer counts, and takes from the other what it lacks."""
    found = {one.service: one for one in known}
    for other in told:
        mine = found.setdefault(other.service, other)
        lacking = {name: getattr(other, name) for name in ("now", "tunnels", "most") if getattr(mine, name) is ABSENT}
        found[other.service] = replace(mine, **lacking)
    return tuple(found.values())


def total(name: str, every: Callable[[Facts], frozenset[str]]) -> Derivation:
    """The sum of what the programs count; "nobody" is told only where all that the box can run were heard."""

    def make(known: Facts) -> Any:
        told: tuple[VpnService, ...] = known.get(facts.VPN_SERVICES, ())
        parts = {one.service: getattr(one, name) for one in told if getattr(one, name) is not ABSENT}
        proven = bool(parts) and every(known) <= parts.keys()
        return sum(parts.values()) if proven or any(parts.values()) else ABSENT

    return Derivation((facts.VPN_SERVICES, facts.IDENTITY_OS_VERSION, facts.ACCESS_TELNET), make)
