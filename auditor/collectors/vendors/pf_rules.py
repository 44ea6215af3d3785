"""Rules of a pfSense or OPNsense configuration, and what they let the internet reach with its translations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from auditor.collectors.vendors.markup import Part
from auditor.facts import Exposed, Rule
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
_SELF: Final = ("(self)", "This Firewall")
_ACTIONS: Final = {"pass": "permit", "match": "match", "block": "deny", "reject": "deny"}
DYNAMIC: Final = ("dhcp", "pppoe", "ppp", "pptp", "l2tp", "dhcp6", "slaac", "6rd", "6to4")
_PORTS: Final = {  # names that both take for ports
    "ssh": 22, "http": 80, "https": 443, "telnet": 23, "smtp": 25, "dns": 53, "domain": 53, "ms-wbt-server": 3389,
    "openvpn": 1194, "isakmp": 500, "ipsec-msft": 4500, "snmp": 161, "sip": 5060, "ldap": 389, "rdp": 3389,
    "microsoft-ds": 445, "imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995, "submission": 587, "ntp": 123,
    "mysql": 3306, "postgresql": 5432, "ms-sql-s": 1433,
}  # fmt: skip
_KINDS: Final = {"esp": "esp", "ah": "ah", "gre": "gre", "icmp": "icmp", "icmp6": "icmpv6", "ipv6-icmp": "icmpv6"}


@dataclass(frozen=True, slots=True)
class Box:
    """What rules refer to: interfaces by their names, aliases, and which interfaces face the internet.

    `networks` and `addresses` hold what is written of IPv4 and IPv6, `groups` the interfaces behind a name of several.
    """

    networks: Mapping[str, tuple[str, ...]]
    addresses: Mapping[str, tuple[str, ...]]
    aliases: Mapping[str, tuple[str, tuple[str, ...]]]
    outside: frozenset[str]
    groups: Mapping[str, frozenset[str]]

    def facing(self, names: Iterable[str]) -> bool:
        """Whether one of these interfaces, or of those behind a group, faces the internet."""
        told = set(names)
        excepted = {name[1:] for name in told if name.startswith("!")}
        if excepted or "any" in told:
            return bool(self.outside - excepted)
        return bool(self.members(told) & self.outside)

    def members(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(one for name in names for one in self.groups.get(name, frozenset({name})))

    def hosts(self, text: str, depth: int = 8) -> Iterator[str]:
        """An address, a network, or what an alias holds; a name that stands for a box's own address stays a name."""
        kind, members = self.aliases.get(text, ("", ()))
        if kind and depth and members:
            for member in members:
                yield from self.hosts(member, depth - 1)
        else:
            yield text  # a list that is fetched from elsewhere keeps its name

    def ports(self, text: str, depth: int = 8) -> Iterator[tuple[int, int]]:
        """A port, a range `80-90` or `80:90`, a name, several, or what an alias of ports holds."""
        for one in text.split(","):
            kind, members = self.aliases.get(one.strip(), ("", ()))
            if kind == "port" and depth:
                for member in members:
                    yield from self.ports(member, depth - 1)
                continue
            first, _, last = re.sub(r"[:]", "-", one.strip()).partition("-")
            low, high = (_port(name) for name in (first, last or first))
            if 0 <= low <= high <= 65535:
                yield low, high


def _port(text: str) -> int:
    """The number of a port, -1 where its name is not known."""
    return int(text) if text.isdecimal() and len(text) < 6 else _PORTS.get(text.lower(), -1)


def box(root: Part) -> Box:
    """The names that the rules of a configuration use."""
    rows = [(name, one) for name, one in root.at("interfaces").below() if name != "lo0"]
    written = {name: tuple(_written(one)) for name, one in rows}
    own = {name: [address for address, _ in pairs] for name, pairs in written.items()}
    for one in root.rows("virtualip/vip"):
        if one.text("mode") in ("carp", "ipalias"):
            own.setdefault(one.text("interface"), []).append(one.text("subnet"))
    upstream = _upstream(root)
    marked = any(one.at("enable").there for _, one in rows)  # the first versions mark none as switched on
    return Box(
        networks={name: tuple(text for _, text in pairs) for name, pairs in written.items() if pairs},
        addresses={name: tuple(texts) for name, texts in own.items()},
        aliases=dict(_aliases(root)),
        outside=frozenset(name for name, one in rows if (one.flag("enable") or not marked)
                          and (name in upstream or _outward(name, one))),
        groups={one.text("ifname"): frozenset(re.split(r"[,\s]+", one.text("members")))
                for one in root.rows("ifgroups/ifgroupentry")},
    )  # fmt: skip


def _written(one: Part) -> Iterator[tuple[str, str]]:
    """The addresses of an interface, each with its network."""
    for address, bits in ((one.text("ipaddr"), one.text("subnet")), (one.text("ipaddrv6"), one.text("subnetv6"))):
        if span_of(address):
            yield address, network(address, bits) if bits else address


def _outward(name: str, one: Part) -> bool:
    """Whether an interface leads to a provider by its own words; a LAN that another router addresses does not."""
    dynamic = one.text("ipaddr") in DYNAMIC and "lan" not in (name, one.text("descr").lower())
    return dynamic or bool(one.text("gateway")) or name == "wan"


def _upstream(root: Part) -> set[str]:
    """The interfaces whose gateway may be the default; one that only leads to an inner network is none."""
    chosen = {root.text(f"gateways/defaultgw{family}") for family in ("4", "6")} - {""}
    for one in root.rows("gateways/gateway_group"):
        if one.text("name") in chosen:
            chosen |= {item.text().partition("|")[0] for item in one.rows("item")}
    rows = [*root.rows("gateways/gateway_item"), *root.rows("OPNsense/Gateways/gateway_item")]
    return {one.text("interface") for one in rows
            if not one.flag("disabled") and (one.flag("defaultgw") or one.text("name") in chosen)}  # fmt: skip


def _aliases(root: Part) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    for one in root.rows("aliases/alias"):
        members = tuple(filter(None, re.split(r"[\s,|]+", one.text("address"))))
        yield one.text("name"), (one.text("type") or "host", members)
    for one in root.rows("OPNsense/Firewall/Alias/aliases/alias"):
        content = one.at("content").node
        members = tuple((content.text or "").split()) if content is not None else ()
        lists = one.text("type") in ("host", "network", "port", "networkgroup", "")  # of others it is a place to fetch
        yield one.text("name"), (one.text("type") or "host", members if enabled(one) and lists else ())


# ---- rules ----


def ordered(root: Part, names: Box) -> list[Part]:
    """The rules as the packet filter tries them: floating ones, those of groups, those of interfaces.

    OPNsense's new rules stand before the old ones of their kind. What does not decide at once counts where nothing else
    does, the last of it first.
    """
    new = sorted(root.rows("OPNsense/Firewall/Filter/rules/rule"), key=lambda one: one.number("sequence"))
    rows = sorted([*new, *root.rows("filter/rule")], key=lambda one: _level(one, names))
    return [*filter(_quick, rows), *(one for one in reversed(rows) if not _quick(one))]


def _level(one: Part, names: Box) -> int:
    told = interfaces(one)
    if _floating(one):
        return 0
    return 1 if told[0] in names.groups else 2


def _floating(one: Part) -> bool:
    """Marked so, or one of OPNsense's new rules for none or several interfaces."""
    if one.at("source_net").there or one.at("destination_net").there:
        told = interfaces(one)
        return len(told) != 1 or told[0] == "any" or told[0].startswith("!")
    return one.text("floating") in ("yes", "1")


def _quick(one: Part) -> bool:
    """Whether a rule decides at once: all do but floating ones that do not say so (filter.inc, FilterRule.php)."""
    if one.at("quick").there:
        return one.flag("quick")
    return one.text("floating") not in ("yes", "1")


def interfaces(one: Part) -> tuple[str, ...]:
    """The interfaces of a rule, those that are excepted with a `!`; "any" where it names none."""
    told = tuple(filter(None, re.split(r"[,\s]+", one.text("interface")))) or ("any",)
    excepted = one.flag("interfacenot") and told != ("any",)
    return tuple(f"!{name}" for name in told) if excepted else told


def rules(root: Part, names: Box) -> tuple[Rule, ...]:
    """The rules in the normal form, in their order; what none of them passes is dropped."""
    return tuple(_rule(one, names, number) for number, one in enumerate(ordered(root, names), 1))


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
        from_=interfaces(one),
        to=("any",),
        source=tuple(dict.fromkeys(shown(end(one, "source"), names, one.text("ipprotocol")))),
        destination=tuple(dict.fromkeys(shown(end(one, "destination"), names, one.text("ipprotocol")))),
        services=tuple(str(found) for found in services(one, names)) or ("unresolved",),
        logged=one.flag("log"),
        conditions=_conditions(one) or ABSENT,
    )


def _conditions(one: Part) -> tuple[str, ...]:
    """What a rule asks for beside its parts: a version of IP, a direction, a schedule, the source's port, a system.

    A floating rule that does not decide at once is overruled by what follows, so that it hides nothing.
    """
    family, way = one.text("ipprotocol"), one.text("direction")
    said = [PARTLY] if not _quick(one) or one.text("max-src-conn-rate") else []
    said += [family] if family in ("inet", "inet6") else []
    said += [way] if way in ("in", "out") and _floating(one) else []
    said += [f"source port {port}"] if (port := one.said("source/port", "source_port")) and port != "any" else []
    names = ("sched", "os", "tcpflags_set", "tcpflags1", "icmptype", "icmp6type", "tagged")
    return (*said, *(f"{name} {one.text(name)}" for name in names if one.text(name) not in ("", "0", "any")))


def enabled(one: Part) -> bool:
    """`disabled` is written for the old form, `enabled` 0 or 1 for OPNsense's new one."""
    return not one.flag("disabled") and one.on("enabled")


def end(one: Part, side: str) -> tuple[str, bool]:
    """What a side names, and whether it is excepted."""
    part = one.at(side)
    if one.at(f"{side}_net").there:  # OPNsense's new form
        return one.text(f"{side}_net") or "any", one.flag(f"{side}_not")
    named = part.said("address", "network") or ("any" if part.at("any").there or not part.there else "")
    return named or "any", part.flag("not")


def shown(end: tuple[str, bool], names: Box, family: str = "") -> Iterator[str]:
    """What a side stands for; an interface's network is that of the rule's version of IP."""
    text, negated = end
    for one in re.split(r"[,\s]+", text):
        for host in names.hosts(one):
            known = [net for net in names.networks.get(host, ()) if family != ("inet" if ":" in net else "inet6")]
            yield from (f"!{net}" if negated else net for net in known or [host])


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


def target(one: Part, names: Box) -> str:
    """The first host that a redirection leads to, "" without one."""
    return next(names.hosts(one.text("target")), "") if one.text("target") else ""


def first_port(one: Part, names: Box) -> str:
    """The first port that a redirection leads to, "" where it keeps the one that was asked."""
    text = one.text("local-port")
    found = next(names.ports(text), None) if text else None
    return text if found is None else str(found[0])


def passes(one: Part) -> bool:
    """Whether a redirection lets its packets pass by itself, or by a rule that the box makes and shows nowhere."""
    return one.text("associated-rule-id") == "pass" or one.text("pass") in ("pass", "rule")


# ---- what the internet reaches ----


def exposed(root: Part, names: Box, listens: Iterable[Exposed]) -> tuple[Exposed, ...]:
    """What rules on interfaces that face the internet pass to published hosts and to the box itself."""
    rows = ordered(root, names)
    gates = [gate for number, one in enumerate(rows, 1) if (gate := _gate(one, names, number))]
    targets = [Target(SELF, _itself(names)), *_published(root, names)]
    sources = _sources(root, names)
    found = [_led(row, sources) for row in reach(gates, targets) if row.service != "icmp"]
    found += [row for gate, target in _passed(root, names) for row in reach([gate], [target])]
    return tuple(dict.fromkeys([*found, *listens]))


def _gate(one: Part, names: Box, number: int) -> Gate | None:
    action = _ACTIONS.get(one.said("type", "action") or "pass", "deny")
    if not (enabled(one) and names.facing(interfaces(one))) or action == "match" or one.text("direction") == "out":
        return None
    asked = services(one, names)
    if not asked or (action == "deny" and set(_conditions(one)) - {"inet", "inet6", "in"}):
        return None  # a refusal of some packets, or that others overrule, closes nothing for sure
    told = interfaces(one)
    excepted = {name[1:] for name in told if name.startswith("!")}
    return Gate(
        identified(one, number),
        action == "permit",
        _part(one, "source", names, action == "permit"),
        _part(one, "destination", names, action == "permit"),
        asked,
        ways(names.outside - excepted if excepted else names.members(told), names.outside),
    )


def _part(one: Part, way: str, names: Box, permit: bool) -> Addresses:
    text, negated = end(one, way)
    said = shown((text, False), names, one.text("ipprotocol"))
    told = [host for name in said for host in (_itself(names).texts if name in _SELF else (name,))]
    return side([f"!{host}" if negated else host for host in told], permit)


def _itself(names: Box) -> Addresses:
    """The names and addresses that rules have for the box as the internet sees it."""
    words = [word for name in names.outside
             for word in (f"{name}ip", f"{name} address", *names.addresses.get(name, ()))]  # fmt: skip
    return addresses(tuple(filter(None, [*_SELF, *words])))


def _published(root: Part, names: Box) -> Iterator[Target]:
    """Targets of translations whose packets still meet the rules, by the host's own address and port."""
    for one in root.rows("nat/rule"):
        if _comes_in(one, names) and not passes(one):
            yield from _targets(one, names)
    yield from _pairs(root, names)


def _pairs(root: Part, names: Box) -> Iterator[Target]:
    """Hosts whose every port has an address outside."""
    for one in (*root.rows("nat/onetoone"), *root.rows("OPNsense/Firewall/Filter/onetoone/rule")):
        if enabled(one) and names.facing(interfaces(one)):
            for host in shown(end(one, "source"), names):
                yield Target(host, addresses((host,)))


def _sources(root: Part, names: Box) -> dict[str, set[str]]:
    """For each host from where redirections lead to it; "any" where one of them does for everybody."""
    found: dict[str, set[str]] = {}
    for one in root.rows("nat/rule"):
        if _comes_in(one, names):
            told = _part(one, "source", names, permit=True)
            for target in _targets(one, names):
                found.setdefault(target.to, set()).add("any" if told.everything else told.texts[0])
    for target in _pairs(root, names):
        found.setdefault(target.to, set()).add("any")
    return found


def _led(row: Exposed, sources: Mapping[str, set[str]]) -> Exposed:
    """What a rule lets in from anywhere reaches a host only from where it is led to it."""
    told = sources.get(str(row.to), {"any"})
    return row if row.from_ != "any" or "any" in told else replace(row, from_=", ".join(sorted(told)))


def _passed(root: Part, names: Box) -> Iterator[tuple[Gate, Target]]:
    """Translations that pass their packets by themselves, from where they do."""
    for number, one in enumerate(root.rows("nat/rule"), 1):
        if _comes_in(one, names) and passes(one):
            gate = Gate(f"nat{number}", True, _part(one, "source", names, permit=True))
            yield from ((gate, target) for target in _targets(one, names))


def _comes_in(one: Part, names: Box) -> bool:
    return enabled(one) and not one.flag("nordr") and names.facing(interfaces(one))


def _targets(one: Part, names: Box) -> Iterator[Target]:
    moved = one.text("local-port")
    local = next(names.ports(moved), None) if moved and moved != one.text("destination/port") else None
    for host in names.hosts(one.text("target")) if one.text("target") else ():
        for asked in services(one, names):
            real = asked
            if local is not None and asked.ported:
                width = asked.last - asked.first if asked.last - asked.first < 65535 else 0
                real = ports(asked.protocol, local[0], min(65535, local[0] + width)) or asked
            yield Target(SELF if host.startswith("127.") else host, addresses((host,)), asked, real)


def management(found: Sequence[Exposed], doors: Iterable[int]) -> str:
    """Whether the pages or the shell of the box are reached from the internet: no, restricted, or open."""
    ports_ = set(doors)
    rows = [row for row in found if row.to == SELF and (row.service == "any" or row.port in ports_)]
    if any(row.from_ == "any" for row in rows):
        return "open"
    return "restricted" if rows else "no"
