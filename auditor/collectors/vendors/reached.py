"""What the internet reaches of a gateway: rules and translations together, by the interfaces that face it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.page import Derivation, Facts
from auditor.facts import Exposed, Interface, Route, Rule, Translation
from auditor.filters import (
    EVERYWHERE,
    Addresses,
    Gate,
    Service,
    Target,
    addresses,
    named,
    ports,
    reach,
    service,
    side,
    ways,
)
from auditor.model import Key
from auditor.values import ABSENT, Absent, Message

SELF: Final = "self"
MANAGEMENT: Final = frozenset({"ssh", "telnet", "snmp", "admin", "vnc", "tcp/10000", "tcp/9090", "http", "any"})
_OUTSIDE: Final = re.compile(r"(?:wan|ppp|pppoe|internet|outside|untrust|dialer)[\w.-]*", re.I)
_TUNNEL: Final = re.compile(r"(?:wg|tun|tap|ovpn|ovpns|ovpnc|ipsec|xfrm|vti|lo|docker|br-|veth|virbr)[\w.-]*")


def exposed(known: Facts) -> Any:
    """Services that rules and translations let in by an interface that faces the internet.

    ABSENT where rules or translations were not told, a Message where nothing tells which interface that is.
    """
    rules: tuple[Rule, ...] | None = known.get(facts.FIREWALL_RULES)
    moved: tuple[Translation, ...] | None = known.get(facts.FIREWALL_NAT)
    if rules is None or moved is None:
        return ABSENT
    if known.get(facts.FIREWALL_NATIVE):  # what one of them lets in, the other may still drop
        return Message("gap.two_filters")
    outside = _outside(known, moved)
    if not outside and not all(_anywhere(rule.from_) for rule in rules):
        return Message("gap.no_outside")
    here = [rule for rule in rules if rule.to == (SELF,) and not _nearby(rule.destination)]
    through = [rule for rule in rules if rule.to != (SELF,) and rule.from_ != (SELF,)]
    inward = [
        one
        for one in moved
        if _host(one) and one.enabled is not False and _faces(one.from_, outside) and not _nearby(one.destination)
    ]
    found = (
        *_here(here, inward, outside, _public(known, outside)),
        *_through(through, inward, outside),
    )
    if (
        any(row.rule is not ABSENT and str(row.rule).endswith("#policy") for row in found)
        and _public(known, outside) is False
    ):
        return Message("gap.private_outside")
    return tuple(dict.fromkeys(found))


def _nearby(texts: tuple[str, ...] | Absent) -> bool:
    """Whether something is for addresses that nobody reaches from elsewhere: the host's own, or groups of its link."""
    return bool(_texts(texts)) and all(re.match(r"(?:127|22[4-9]|23\d)\.|::1(?:/|$)|ff[0-9a-f]{2}:", text, re.I)
                                       for text in _texts(texts))  # fmt: skip


def _here(
    rules: Sequence[Rule], inward: Sequence[Translation], outside: frozenset[str], public: bool | None
) -> Iterator[Exposed]:
    """What reaches the device itself; without any filter that is whatever listens."""
    if not rules:
        if public:
            yield Exposed("any", from_="any", to=SELF)
        return
    targets = [Target(SELF, EVERYWHERE)]
    targets += [_target(one, asked) for one in inward if _host(one) == SELF for asked in _asked(one)]
    yield from reach(_gates(rules, outside), targets)


def _through(rules: Sequence[Rule], inward: Sequence[Translation], outside: frozenset[str]) -> Iterator[Exposed]:
    """What reaches hosts behind it: those that are published, and those whose own address is public."""
    published = [(one, _target(one, asked)) for one in inward if _host(one) != SELF for asked in _asked(one)]
    if not rules:
        for one, target in published:
            yield from reach([Gate(one.id, True)], [target])
        return
    gates = _gates(rules, outside)
    if not published:  # a rule to anywhere publishes no private host
        gates = named(gates)
    yield from reach(gates, [target for _, target in published])


def _gates(rules: Sequence[Rule], outside: frozenset[str]) -> list[Gate]:
    return [
        Gate(rule.id, permit, _side(rule.source, permit), _side(rule.destination, permit), _services(rule),
             _ways(rule.from_, outside), ways(_texts(rule.to)))
        for rule in rules
        if rule.enabled is not False and _faces(rule.from_, outside) and _services(rule)
        if (permit := rule.action == "permit") or isinstance(rule.conditions, Absent)  # a share refuses nothing
    ]  # fmt: skip


def _ways(names: tuple[str, ...] | Absent, outside: frozenset[str]) -> frozenset[str]:
    """The interfaces facing the internet that a rule is about."""
    return frozenset(one for one in outside if _faces(names, frozenset((one,))))


def _services(rule: Rule) -> tuple[Service, ...]:
    """The services of a rule that can begin something; none where it only lets answers through."""
    texts = ("any",) if isinstance(rule.services, Absent) else rule.services
    return tuple(one for text in texts if (one := service(text)) is not None)


def _side(texts: tuple[str, ...] | Absent, permit: bool) -> Addresses:
    return side(() if isinstance(texts, Absent) else texts, permit)


def _host(one: Translation) -> str:
    """Where a translation sends what comes in; "" for one that hides a source."""
    return "" if isinstance(one.redirected, Absent) else one.redirected[0]


def _asked(one: Translation) -> list[tuple[Service, Service]]:
    """The services asked outside and those of the host, for each port or range of a translation."""
    port = "" if isinstance(one.redirected, Absent) else "".join(one.redirected[1:2])
    told = [asked for text in _texts(one.services) if (asked := service(text)) is not None]
    return [(asked, _moved(asked, port)) for asked in told]


def _texts(texts: tuple[str, ...] | Absent) -> tuple[str, ...]:
    return ("any",) if isinstance(texts, Absent) else texts


def _moved(asked: Service, port: str) -> Service:
    """The host's own service; a translation of a range names its first port alone, and the rest follows."""
    first, _, last = port.partition("-")
    if not asked.ported or not first.isdecimal():
        return asked
    width = asked.last - asked.first
    end = int(last) if last.isdecimal() else min(65535, int(first) + (width if width < 65535 else 0))
    return ports(asked.protocol, int(first), end) or asked


def _target(one: Translation, pair: tuple[Service, Service]) -> Target:
    asked, real = pair
    to = _host(one)
    return Target(to, EVERYWHERE if to == SELF else addresses((to,)), asked, real)


# ---- which interface faces the internet ----


def _outside(known: Facts, moved: Sequence[Translation]) -> frozenset[str]:
    """Where the default route leaves, what has a public address, what hides others behind its address, or its name."""
    routes: tuple[Route, ...] = known.get(facts.ROUTES_DEFAULT, ())
    found = {route.interface for route in routes if isinstance(route.interface, str)}
    found |= {row.name for row in known.get(facts.INTERFACES, ()) if _has_public(row)}
    for one in moved:
        if not _host(one) and not isinstance(one.to, Absent):
            found |= {name for name in one.to if name != "any" and not name.startswith("!")}
    named = {name for name in found if not _TUNNEL.fullmatch(name)}
    if not named:
        named = {
            name
            for one in (*moved, *known.get(facts.FIREWALL_RULES, ()))
            if not isinstance(one.from_, Absent)
            for name in one.from_
            if _OUTSIDE.fullmatch(name)
        }
    return frozenset(named)


def _has_public(row: Interface) -> bool:
    return not isinstance(row.addresses, Absent) and any(_routed(text) for text in row.addresses)


def _routed(text: str) -> bool:
    try:
        return ipaddress.ip_address(text.partition("/")[0]).is_global
    except ValueError:
        return False


def _public(known: Facts, outside: frozenset[str]) -> bool | None:
    """Whether an interface that faces the internet has a public address; None where no address is known."""
    rows = [row for row in known.get(facts.INTERFACES, ()) if row.name in outside]
    told = [row for row in rows if not isinstance(row.addresses, Absent) and row.addresses]
    return any(_has_public(row) for row in told) if told else None


def _anywhere(names: tuple[str, ...] | Absent) -> bool:
    return isinstance(names, Absent) or not names or names in (("any",), (SELF,))


def _faces(names: tuple[str, ...] | Absent, outside: frozenset[str]) -> bool:
    """Whether one of these interfaces faces the internet; an exception takes in all but what it names."""
    if isinstance(names, Absent) or _anywhere(names):
        return True
    excepted = {name[1:] for name in names if name.startswith("!")}
    if excepted:
        return not outside or bool(outside - excepted)
    return any(_is(name, one) for name in names for one in outside)


def _is(pattern: str, name: str) -> bool:
    wide = pattern[-1:] in ("+", "*")
    return name.startswith(pattern[:-1]) if wide else pattern == name


# ---- the management plane ----


def management(known: Facts) -> Any:
    """Whether the device itself may be managed from the internet: no, restricted to some addresses, or open."""
    rows: tuple[Exposed, ...] | None = known.get(facts.FIREWALL_EXPOSED)
    if rows is None:
        return ABSENT
    doors = [row for row in rows if row.to == SELF and row.service in MANAGEMENT]
    if any(row.from_ == "any" for row in doors):
        return "open"
    return "restricted" if doors else "no"


DERIVED: Final[Mapping[Key[Any], Derivation]] = {
    facts.FIREWALL_EXPOSED: Derivation(
        (
            facts.FIREWALL_RULES,
            facts.FIREWALL_NAT,
            facts.ROUTES_DEFAULT,
            facts.INTERFACES,
            facts.FIREWALL_NATIVE,
        ),
        exposed,
    ),
    facts.ACCESS_MANAGEMENT_FROM_INTERNET: Derivation((facts.FIREWALL_EXPOSED,), management),
}
