"""Rules and translations of a pfSense or OPNsense configuration, and what they let the internet reach."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from auditor.collectors.vendors.markup import Part
from auditor.facts import Exposed, Rule, Translation
from auditor.filters import (
    PARTLY,
    Addresses,
    Gate,
    Service,
    Target,
    addresses,
    network,
    ports,
    reach,
    side,
    span_of,
    ways,
)
from auditor.values import ABSENT

SELF: Final = "self"
_ACTIONS: Final = {"pass": "permit", "match": "match", "block": "deny", "reject": "deny"}
_DYNAMIC: Final = ("dhcp", "pppoe", "ppp", "pptp", "l2tp", "dhcp6", "slaac", "6rd", "6to4")
_PORTS: Final = {  # names that both take for ports
    "ssh": 22, "http": 80, "https": 443, "telnet": 23, "smtp": 25, "dns": 53, "domain": 53, "ms-wbt-server": 3389,
    "openvpn": 1194, "isakmp": 500, "ipsec-msft": 4500, "snmp": 161, "sip": 5060, "ldap": 389, "rdp": 3389,
    "microsoft-ds": 445, "imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995, "submission": 587, "ntp": 123,
    "mysql": 3306, "postgresql": 5432, "ms-sql-s": 1433,
}  # fmt: skip
_KINDS: Final = {"esp": "esp", "ah": "ah", "gre": "gre", "icmp": "icmp", "icmp6": "icmpv6", "ipv6-icmp": "icmpv6"}


@dataclass(frozen=True, slots=True)
class Box:
    """What rules refer to: interfaces by their names, aliases, and which interfaces face the internet."""

    networks: Mapping[str, str]
    addresses: Mapping[str, str]
    aliases: Mapping[str, tuple[str, tuple[str, ...]]]
    outside: frozenset[str]

    def hosts(self, text: str, depth: int = 8) -> Iterator[str]:
        """An address, a network, or what an alias holds; a name that stands for a box's own address stays a name."""
        kind, members = self.aliases.get(text, ("", ()))
        if kind and depth:
            for member in members:
                yield from self.hosts(member, depth - 1)
            if not members:
                yield text  # a list that is fetched from elsewhere
        else:
            yield text

    def ports(self, text: str, depth: int = 8) -> Iterator[tuple[int, int]]:
        """A port, a range `80-90` or `80:90`, a name, or what an alias of ports holds."""
        kind, members = self.aliases.get(text, ("", ()))
        if kind == "port" and depth:
            for member in members:
                yield from self.ports(member, depth - 1)
            return
        first, _, last = re.sub(r"[:]", "-", text).partition("-")
        low, high = (int(one) if one.isdecimal() else _PORTS.get(one.lower(), -1) for one in (first, last or first))
        if 0 <= low <= high <= 65535:
            yield low, high


def box(root: Part) -> Box:
    """The names that the rules of a configuration use."""
    networks: dict[str, str] = {}
    own: dict[str, str] = {}
    outside: set[str] = set()
    rows = [*root.rows("gateways/gateway_item"), *root.rows("OPNsense/Gateways/gateway_item")]
    gateways = {one.text("interface") for one in rows if not one.flag("disabled")}
    for name, one in root.at("interfaces").below():
        address, bits = one.text("ipaddr"), one.text("subnet")
        if span_of(address):
            own[name] = address
            networks[name] = network(address, bits) if bits else address
        if one.flag("enable") and (address in _DYNAMIC or one.text("gateway") or name in gateways or name == "wan"):
            outside.add(name)
    return Box(networks, own, dict(_aliases(root)), frozenset(outside))


def _aliases(root: Part) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    for one in root.rows("aliases/alias"):
        yield one.text("name"), (one.text("type") or "host", tuple(re.split(r"[\s,|]+", one.text("address"))))
    for one in root.rows("OPNsense/Firewall/Alias/aliases/alias"):
        content = one.at("content").node
        members = tuple((content.text or "").split()) if content is not None else ()
        yield one.text("name"), (one.text("type") or "host", members if one.flag("enabled") else ())


# ---- rules ----


def ordered(root: Part) -> list[Part]:
    """The rules as the packet filter tries them: floating ones that decide at once, those of interfaces, the rest."""
    rows = [*root.rows("filter/rule"), *root.rows("OPNsense/Firewall/Filter/rules/rule")]
    floating = [one for one in rows if one.text("floating") in ("yes", "1")]
    quick = [one for one in floating if one.text("quick") in ("yes", "1", "")]
    own = [one for one in rows if one.text("floating") not in ("yes", "1")]
    return [*quick, *own, *(one for one in floating if one.text("quick") not in ("yes", "1", ""))]


def rules(root: Part, names: Box) -> tuple[Rule, ...]:
    """The rules in the normal form, in their order; what none of them passes is dropped."""
    return tuple(_rule(one, names, number) for number, one in enumerate(ordered(root), 1))


def identified(one: Part, number: int) -> str:
    """The number that the box gives a rule, else its place."""
    uuid = "" if one.node is None else one.node.get("uuid", "")
    return one.said("tracker") or uuid or f"#{number}"


def _rule(one: Part, names: Box, number: int) -> Rule:
    return Rule(
        id=identified(one, number),
        action=_ACTIONS.get(one.said("type", "action") or "pass", "deny"),
        name=one.said("descr", "description") or ABSENT,
        enabled=enabled(one),
        from_=tuple(re.split(r"[,\s]+", one.text("interface"))) if one.text("interface") else ("any",),
        to=("any",),
        source=tuple(dict.fromkeys(_shown(_end(one, "source"), names))),
        destination=tuple(dict.fromkeys(_shown(_end(one, "destination"), names))),
        services=tuple(str(found) for found in services(one, names)) or ("unresolved",),
        logged=one.flag("log"),
        conditions=_conditions(one) or ABSENT,
    )


def _conditions(one: Part) -> tuple[str, ...]:
    """What a rule asks for beside its parts: a version of IP, a direction, a schedule, the source's port, a system.

    A floating rule that does not decide at once is overruled by what follows, so that it hides nothing.
    """
    last = one.text("floating") in ("yes", "1") and one.text("quick") not in ("yes", "1", "")
    family, way = one.text("ipprotocol"), one.text("direction")
    said = [PARTLY] if last or one.text("max-src-conn-rate") else []
    said += [family] if family in ("inet", "inet6") else []
    said += [way] if way in ("in", "out") and one.text("floating") in ("yes", "1") else []
    said += [f"source port {port}"] if (port := one.said("source/port", "source_port")) and port != "any" else []
    names = ("sched", "os", "tcpflags_set", "tcpflags1", "icmptype", "tagged", "allowopts")
    return (*said, *(f"{name} {one.text(name)}" for name in names if one.text(name)))


def enabled(one: Part) -> bool:
    """`disabled` is written for the old form, `enabled` 0 or 1 for OPNsense's new one."""
    return not one.flag("disabled") and (not one.at("enabled").there or one.flag("enabled"))


def _end(one: Part, side: str) -> tuple[str, bool]:
    """What a side names, and whether it is excepted."""
    part = one.at(side)
    if one.at(f"{side}_net").there:  # OPNsense's new form
        return one.text(f"{side}_net") or "any", one.flag(f"{side}_not")
    named = part.said("address", "network") or ("any" if part.at("any").there or not part.there else "")
    return named or "any", part.flag("not")


def _shown(end: tuple[str, bool], names: Box) -> Iterator[str]:
    text, negated = end
    for one in re.split(r"[,\s]+", text):
        found = [names.networks.get(host, host) for host in names.hosts(one)]
        yield from (f"!{host}" if negated else host for host in found)


def services(one: Part, names: Box) -> tuple[Service, ...]:
    """The services of a rule; none where its ports stand in a list that is not known here."""
    protocol = one.text("protocol").lower()
    kinds = [name for name in re.split(r"[/ ]", protocol) if name in ("tcp", "udp", "sctp")]
    if not kinds:
        return (Service(_KINDS.get(protocol, protocol)),) if protocol not in ("", "any") else (Service(),)
    port = one.said("destination/port", "destination_port", "dstport")
    if not port or port == "any":
        return tuple(Service(kind) for kind in kinds)
    spans = list(names.ports(port))
    return tuple(found for kind in kinds for low, high in spans if (found := ports(kind, low, high)))


# ---- translation ----


def translations(root: Part, names: Box) -> tuple[Translation, ...]:
    """Ports that are published, and addresses that are translated one to one."""
    found = []
    for number, one in enumerate(root.rows("nat/rule"), 1):
        told = tuple(str(asked) for asked in services(one, names)) or ("unresolved",)
        found.append(
            Translation(
                id=f"nat{number}",
                kind="static",
                from_=tuple(re.split(r"[,\s]+", one.text("interface"))) if one.text("interface") else ("any",),
                to=("any",),
                original=tuple(_shown(_end(one, "source"), names)),
                translated=tuple(_shown(_end(one, "source"), names)),
                destination=tuple(_shown(_end(one, "destination"), names)),
                redirected=tuple(filter(None, (_target(one, names), one.text("local-port")))) or ABSENT,
                services=told,
                enabled=enabled(one) and not one.flag("nordr"),
            )
        )
    for number, one in enumerate(root.rows("nat/onetoone"), 1):
        inner = tuple(_shown(_end(one, "source"), names))
        outer = (one.text("external"),)
        found.append(
            Translation(
                f"one-to-one{number}",
                "static",
                (one.text("interface"),),
                ("any",),
                inner,
                outer,
                ("any",),
                services=("any",),
                enabled=enabled(one),
            )
        )
    return tuple(found)


def _target(one: Part, names: Box) -> str:
    return next(names.hosts(one.text("target")), "") if one.text("target") else ""


# ---- what the internet reaches ----


def exposed(root: Part, names: Box, listens: Iterable[Exposed]) -> tuple[Exposed, ...]:
    """What rules on interfaces that face the internet pass to published hosts and to the box itself."""
    rows = ordered(root)
    gates = [gate for number, one in enumerate(rows, 1) if (gate := _gate(one, names, number))]
    targets = [Target(SELF, _itself(names)), *_published(root, names)]
    found = [row for row in reach(gates, targets) if row.service != "icmp"]
    found += [row for one in _passed(root, names) for row in reach([Gate(one[0], True)], [one[1]])]
    return tuple(dict.fromkeys([*found, *listens]))


def _gate(one: Part, names: Box, number: int) -> Gate | None:
    faces = set(re.split(r"[,\s]+", one.text("interface"))) & names.outside or not one.text("interface")
    action = _ACTIONS.get(one.said("type", "action") or "pass", "deny")
    if not (enabled(one) and faces) or action == "match" or one.text("direction") == "out":
        return None
    asked = services(one, names)
    if not asked or (action == "deny" and set(_conditions(one)) - {"inet", "inet6", "in"}):
        return None  # a refusal of some packets, or that others overrule, closes nothing for sure
    return Gate(
        identified(one, number),
        action == "permit",
        _part(one, "source", names, action == "permit"),
        _part(one, "destination", names, action == "permit"),
        asked,
        ways(re.split(r"[,\s]+", one.text("interface") or "any"), frozenset(names.outside)),
    )


def _part(one: Part, way: str, names: Box, permit: bool) -> Addresses:
    text, negated = _end(one, way)
    return side([f"!{host}" if negated else host for host in _shown((text, False), names)], permit)


def _itself(names: Box) -> Addresses:
    """The names and addresses that rules have for the box as the internet sees it."""
    words = [word for name in names.outside for word in (f"{name}ip", f"{name} address", names.addresses.get(name, ""))]
    return addresses(tuple(filter(None, ["(self)", "This Firewall", *words])))


def _published(root: Part, names: Box) -> Iterator[Target]:
    """Targets of translations whose packets still meet the rules, by the host's own address and port."""
    for one in root.rows("nat/rule"):
        if _comes_in(one, names) and one.text("associated-rule-id") != "pass":
            yield from _targets(one, names)
    for one in root.rows("nat/onetoone"):
        if enabled(one) and one.text("interface") in names.outside:
            for host in _shown(_end(one, "source"), names):
                yield Target(host, addresses((host,)))


def _passed(root: Part, names: Box) -> Iterator[tuple[str, Target]]:
    """Translations that pass their packets by themselves."""
    for number, one in enumerate(root.rows("nat/rule"), 1):
        if _comes_in(one, names) and one.text("associated-rule-id") == "pass":
            yield from ((f"nat{number}", target) for target in _targets(one, names))


def _comes_in(one: Part, names: Box) -> bool:
    faces = set(re.split(r"[,\s]+", one.text("interface"))) & names.outside or not one.text("interface")
    return enabled(one) and not one.flag("nordr") and bool(faces)


def _targets(one: Part, names: Box) -> Iterator[Target]:
    host = _target(one, names)
    local = next(names.ports(one.text("local-port")), None) if one.text("local-port") else None
    for asked in services(one, names):
        real = asked
        if local is not None and asked.ported:
            width = asked.last - asked.first if asked.last - asked.first < 65535 else 0
            real = ports(asked.protocol, local[0], min(65535, local[0] + width)) or asked
        yield Target(host, addresses((host,)), asked, real)


def management(found: Sequence[Exposed], doors: Iterable[int]) -> str:
    """Whether the pages or the shell of the box are reached from the internet: no, restricted, or open."""
    ports_ = set(doors)
    rows = [row for row in found if row.to == SELF and (row.service == "any" or row.port in ports_)]
    if any(row.from_ == "any" for row in rows):
        return "open"
    return "restricted" if rows else "no"
