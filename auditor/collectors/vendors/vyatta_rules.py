"""Vyatta, VyOS and EdgeOS firewalls: rules in the normal form, translations, and what both let the internet reach.

Two dialects: named rule sets that interfaces or zones refer to (EdgeOS, VyOS to 1.3), and since VyOS 1.4 base chains
(`ipv4 input filter`) whose rules name the interface and jump.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from auditor.collectors.vendors.listeners import SELF
from auditor.collectors.vendors.trees import Node
from auditor.facts import Rule, Translation
from auditor.filters import ANY_SERVICE, PARTLY, Addresses, Gate, Service, Target, addresses, ports
from auditor.filters import service as spelled
from auditor.filters import side as spanned
from auditor.values import ABSENT

_PORTS: Final = {
    "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "http": 80, "pop3": 110, "ntp": 123, "imap": 143,
    "imap2": 143, "snmp": 161, "ldap": 389, "https": 443, "isakmp": 500, "ldaps": 636, "imaps": 993, "openvpn": 1194,
    "l2tp": 1701, "pptp": 1723, "ms-wbt-server": 3389, "sip": 5060,
}  # fmt: skip
_PERMITS: Final = ("accept", "inspect", "queue")
_SIX: Final = "ipv6 "  # before the names of sets of version 6, which may be called as those of version 4
_BEYOND: Final = ("time", "limit", "recent", "p2p", "fragment", "packet-length", "ttl", "connection-mark", "hop-limit")
MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule set applies: the side it is met from, and what is behind it.

    `jumped` to it from another set; `zoned`, between two zones, what a rule returns is let through.
    """

    from_: str
    to: str
    jumped: bool = False
    zoned: bool = False


@dataclass(frozen=True, slots=True)
class Walls:
    """The firewall of a configuration: rule sets by name, where each applies, and the groups they refer to."""

    sets: Mapping[str, Node]
    places: Mapping[str, tuple[Place, ...]]
    zones: Mapping[str, str]
    guarded: bool
    groups: Node

    def group(self, kind: str, name: str) -> tuple[str, ...]:
        """The members of a group; its name alone where it is not written."""
        plain = name.lstrip("!")
        below = self.groups.at(f"{kind}-group", plain)
        members = below.names(kind) or below.names("include") or (plain,)
        return tuple(f"!{one}" for one in members) if name.startswith("!") else members


def walls(root: Node, attached: Mapping[str, Node]) -> Walls:
    """The firewall part; `attached` are the interfaces by name, whose `firewall` names rule sets."""
    base = root.at("firewall")
    sets = {name: node for way in ((), ("ipv4",)) for name, node in base.at(*way, "name").rows()}
    six = (base.at("ipv6-name"), base.at("ipv6", "name"))
    sets |= {f"{_SIX}{name}": node for part in six for name, node in part.rows()}
    chains = [f"{version} {chain}" for version in ("ipv4", "ipv6") for chain in ("input", "forward")]
    for chain in chains:
        if base.has(*chain.split(), "filter"):
            sets[chain] = base.at(*chain.split(), "filter")
    zones, inside = _zones(root)
    places = _attached(attached) + _between(zones) + [
        (chain, Place("any", SELF if chain.endswith("input") else "any")) for chain in chains
    ]  # fmt: skip
    found: dict[str, tuple[Place, ...]] = {}
    for name, place in places:
        if name in sets:
            found[name] = (*found.get(name, ()), place)
    guarded = any(node.has("local-zone") for _, node in zones)
    return _with_jumps(Walls(sets, found, inside, guarded, base.at("group")))


def _attached(interfaces: Mapping[str, Node]) -> list[tuple[str, Place]]:
    found = []
    for interface, node in interfaces.items():
        for way in ("in", "local", "out"):
            six = [f"{_SIX}{name}" for name in node.names("firewall", way, "ipv6-name")]
            for name in (*node.names("firewall", way, "name"), *six):
                place = Place("any", interface) if way == "out" else Place(interface, SELF if way == "local" else "any")
                found.append((name, place))
    return found


def _zones(root: Node) -> tuple[list[tuple[str, Node]], dict[str, str]]:
    """The zones by name, and of each interface the zone it is in."""
    zones = [*root.rows("zone-policy", "zone"), *root.rows("firewall", "zone")]
    inside = {
        interface: zone
        for zone, node in zones
        for interface in (*node.names("interface"), *node.names("member", "interface"))
    }
    return zones, inside


def _between(zones: Sequence[tuple[str, Node]]) -> list[tuple[str, Place]]:
    found = []
    for zone, node in zones:
        for source, below in node.rows("from"):
            place = Place(source, SELF if node.has("local-zone") else zone, zoned=True)
            six = (f"{_SIX}{name}" for name in below.names("firewall", "ipv6-name"))
            found += [(name, place) for name in (*below.names("firewall", "name"), *six)]
    return found


def _with_jumps(known: Walls) -> Walls:
    """Rule sets that others jump to apply where the rule that jumps does."""
    found = dict(known.places)
    todo = list(found)
    for name in todo:
        for _, rule in known.sets[name].rows("rule"):
            target = rule.value("jump-target")
            sides = _matched(known, rule)
            new = [Place(side, place.to, jumped=True) for place in found[name] for side in sides or (place.from_,)]
            lacking = [place for place in new if place not in found.get(target, ())]
            if target in known.sets and lacking and len(todo) < MOST:
                found[target] = (*found.get(target, ()), *dict.fromkeys(lacking))
                todo.append(target)
    return replace(known, places=found)


# ---- one rule ----


def services(rule: Node, known: Walls | None = None) -> tuple[Service, ...]:
    """What its protocol and destination ports name; `tcp_udp` is both."""
    said = rule.value("protocol") or "all"
    wanted = _wanted(rule, known)
    if said == "all" and not wanted:
        return (ANY_SERVICE,)
    kinds = ("tcp", "udp") if said in ("tcp_udp", "all") else (said.lower().replace("ipv6-icmp", "icmpv6"),)
    found: list[Service] = []
    for kind in kinds:
        plain = spelled(kind) or Service(kind)
        ranges = [one for part in wanted if (one := _port(plain.protocol, part))] if plain.ported else []
        found += ranges or [plain]
    return tuple(found)


def _wanted(rule: Node, known: Walls | None) -> list[str]:
    said = [part for text in rule.names("destination", "port") for part in text.split(",")]
    for name in rule.names("destination", "group", "port-group"):
        said += known.group("port", name) if known else ()
    return [part for part in said if part and not part.startswith("!")]


def _port(protocol: str, text: str) -> Service | None:
    first, _, last = text.partition("-")
    low, high = (int(part) if part.isdecimal() else _PORTS.get(part, -1) for part in (first, last or first))
    return ports(protocol, low, high) if low >= 0 else None


def side(rule: Node, way: str, known: Walls | None = None) -> tuple[str, ...]:
    """The addresses of one end; groups by their members, `!` before what is excepted."""
    said = list(rule.names(way, "address"))
    for kind in ("address", "network", "ipv6-address", "ipv6-network"):
        for name in rule.names(way, "group", f"{kind}-group"):
            said += known.group(kind, name) if known else (name,)
    said += rule.names(way, "group", "domain-group") + rule.names(way, "fqdn")
    return tuple(said) or ("any",)


def _states(rule: Node) -> frozenset[str]:
    """`state established enable` and, since 1.4, `state established`."""
    return frozenset(name for name, node in rule.rows("state") if node.value(default="enable") == "enable")


def _return(rule: Node) -> str:
    """What a rule for known connections alone matches; "" for one that new connections meet."""
    states = _states(rule)
    if not states or "new" in states:
        return ""
    return "established" if states & {"established", "related"} else "invalid"


def disabled(rule: Node) -> bool:
    return rule.has("disable")


def _action(said: str) -> str:
    return {"accept": "permit", "drop": "deny", "reject": "deny"}.get(said, said or "deny")


def numbered(node: Node) -> list[tuple[str, Node]]:
    """Rules in the order of their numbers."""
    return sorted(node.rows("rule"), key=lambda row: int(row[0]) if row[0].isdecimal() else MOST * 10)


# ---- the normal form ----


def rules(known: Walls) -> tuple[Rule, ...]:
    """The rules of every set that applies somewhere, with its default at the end."""
    found: list[Rule] = []
    for name, places in known.places.items():
        for number, rule in numbered(known.sets[name]):
            found.append(_rule(known, f"{name}#{number}", rule, places))
        found.append(_default(name, known.sets[name], places))
    return tuple(found[:MOST])


def _rule(known: Walls, name: str, rule: Node, places: Sequence[Place]) -> Rule:
    kept = _return(rule)
    matched = _matched(known, rule)
    return Rule(
        id=name,
        action="permit" if _let_through(rule, places) else _action(rule.value("action")),
        name=rule.value("description") or ABSENT,
        enabled=not disabled(rule),
        from_=matched or tuple(dict.fromkeys(one.from_ for one in places)),
        to=tuple(dict.fromkeys(one.to for one in places)),
        source=side(rule, "source", known),
        destination=side(rule, "destination", known),
        services=(kept,) if kept else tuple(str(one) for one in services(rule, known)),
        logged=rule.has("log") and rule.value("log", default="enable") == "enable",
        conditions=_conditions(rule) or ABSENT,
    )


def _let_through(rule: Node, places: Sequence[Place]) -> bool:
    """Whether a set between zones returns what a rule takes (`return`, since VyOS 1.4.1)."""
    return rule.value("action") == "return" and bool(places) and all(one.zoned for one in places)


def _conditions(rule: Node) -> tuple[str, ...]:
    """What a rule asks for beside its parts: states of new connections, encryption, a time, the source's port…"""
    said = ["state " + " ".join(sorted(_states(rule)))] if _states(rule) and not _return(rule) else []
    said += [PARTLY] if rule.has("limit") or rule.has("recent") else []
    kinds = [name for name in (*_BEYOND, "ipsec", "icmp", "icmpv6", "tcp") if rule.has(name)]
    said += [f"{name} {' '.join(_words(rule.at(name)))}".strip() for name in kinds]
    return (*said, *(f"source {name}" for name in ("port", "mac-address", "geoip") if rule.has("source", name)))


def _words(node: Node) -> list[str]:
    return [word for name, below in node.rows() for word in (name, *_words(below))]


def _default_of(name: str) -> str:
    """What a set does where it does not say: the chains of the system accept, a set of one's own drops."""
    return "accept" if name in ("ipv4 input", "ipv4 forward", "ipv6 input", "ipv6 forward") else "drop"


def _default(name: str, node: Node, places: Sequence[Place]) -> Rule:
    action = node.value("default-action") or _default_of(name)
    through = action == "return" and bool(places) and all(one.zoned for one in places)
    return Rule(
        f"{name}#default",
        "permit" if through else _action(action),
        enabled=True,
        from_=tuple(dict.fromkeys(one.from_ for one in places)),
        to=tuple(dict.fromkeys(one.to for one in places)),
        source=("any",),
        destination=("any",),
        services=("any",),
        logged=node.has("enable-default-log") or node.has("default-log"),
    )


def _matched(known: Walls, rule: Node) -> tuple[str, ...]:
    """The interfaces that a rule of a base chain names."""
    base = rule.at("inbound-interface")
    said = [*base.names("name"), *base.names("interface-name")]
    for name in (*base.names("group"), *base.names("interface-group")):
        said += known.group("interface", name)
    return tuple(said)


# ---- what an interface meets ----


def gates(known: Walls, interface: str, inward: bool, six: bool = False) -> tuple[Gate, ...]:
    """What a new connection that comes in by an interface meets, on its way inward or to the router itself."""
    chain = f"ipv{6 if six else 4} {'forward' if inward else 'input'}"
    found = list(_chain(known, chain, interface, frozenset())) if chain in known.sets else []
    named = [name for name, places in known.places.items() if name.startswith(_SIX) is six
             for one in places if _meets(known, one, interface, inward)]  # fmt: skip
    for name in dict.fromkeys(named):
        found += _chain(known, name, interface, frozenset())
    zone = known.zones.get(interface)
    if not found and zone is not None and (inward or known.guarded):
        return (Gate(f"zone {zone}", permit=False),)
    return tuple(found) or (Gate(interface, permit=True),)


def _meets(known: Walls, place: Place, interface: str, inward: bool) -> bool:
    here = place.from_ == interface or place.from_ == known.zones.get(interface)
    return here and not place.jumped and (place.to == SELF) != inward


def _chain(
    known: Walls, name: str, interface: str, above: frozenset[str], after: Sequence[Gate] | None = (), start: int = 0
) -> Iterator[Gate]:
    """The rules of a set in order, then its default; what answers, is encrypted or is switched off is another's.

    `after` meets what a rule of the set returns: the rest of the set that jumped here, within which nothing is
    followed a second time (None).
    """
    node = known.sets.get(name, Node())
    found = numbered(node)
    for place, (number, rule) in enumerate(found[start:], start + 1):
        action = rule.value("action")
        if disabled(rule) or _return(rule) or rule.has("ipsec", "match-ipsec") or not _by(known, rule, interface):
            continue
        target = rule.value("jump-target")
        if action == "jump" and target not in above and len(above) < 16:
            follow = after is not None and _returns(known, target)
            rest = tuple(_chain(known, name, interface, above, None, place)) if follow else None
            yield from _narrowed(rule, known, _chain(known, target, interface, above | {name}, rest))
        elif action == "return":
            mine = Gate(f"{name}#{number}", True, _span(rule, "source", known), _span(rule, "destination", known),
                        services(rule, known))  # fmt: skip
            yield from _returned(mine, after or ()) if above else _at_the_top(name, node, mine)
        elif action in _PERMITS or (action in ("drop", "reject") and not _unsure(rule)):
            yield Gate(f"{name}#{number}", action in _PERMITS, _span(rule, "source", known),
                       _span(rule, "destination", known), services(rule, known))  # fmt: skip
    default, target = node.value("default-action") or _default_of(name), node.value("default-jump-target")
    if default == "jump" and target not in above and len(above) < 16:
        yield from _chain(known, target, interface, above | {name}, after)
    if default in ("accept", "drop", "reject") or (default == "return" and not above):
        yield Gate(f"{name}#default", default in ("accept", "return"))


def _returns(known: Walls, name: str) -> bool:
    return any(rule.value("action") == "return" for _, rule in known.sets.get(name, Node()).rows("rule"))


def _at_the_top(name: str, node: Node, mine: Gate) -> Iterator[Gate]:
    """What returns from a chain of the system meets its default; from a set between zones it is let through."""
    default = node.value("default-action") or _default_of(name)
    chain = name.startswith(("ipv4 ", "ipv6 ")) and name.endswith((" input", " forward"))
    yield replace(mine, permit=default == "accept" if chain else True)


def _returned(mine: Gate, after: Sequence[Gate]) -> Iterator[Gate]:
    """What of the permissions that follow a jump meets what a rule behind it returned."""
    for gate in after:
        if not gate.permit:
            if gate.source.everything and gate.destination.everything and ANY_SERVICE in gate.services:
                return
            continue
        shared = tuple(one for a in gate.services for b in mine.services if (one := a.common(b)) is not None)
        if shared:
            source = mine.source if gate.source.everything else gate.source
            destination = mine.destination if gate.destination.everything else gate.destination
            yield replace(gate, source=source, destination=destination, services=shared)


def _narrowed(rule: Node, known: Walls, found: Iterator[Gate]) -> Iterator[Gate]:
    """The rules behind a jump that takes only a part: permissions stay, refusals hold for that part alone."""
    plain = side(rule, "source", known) == side(rule, "destination", known) == ("any",)
    whole = plain and services(rule, known) == (ANY_SERVICE,)
    return (gate for gate in found if whole or gate.permit)


def _by(known: Walls, rule: Node, interface: str) -> bool:
    said = _matched(known, rule)
    plain = [name for name in said if not name.startswith("!")]
    if plain:
        return any(_is(name, interface) for name in plain)
    return not any(_is(name[1:], interface) for name in said)


def _is(pattern: str, interface: str) -> bool:
    wide = pattern[-1:] in ("*", "+")
    return interface.startswith(pattern[:-1]) if wide else pattern == interface


def _unsure(rule: Node) -> bool:
    special = any(rule.has(name) for name in _BEYOND) or rule.has("tcp", "flags")
    return special or any(rule.has("source", name) for name in ("port", "mac-address", "geoip"))


def _span(rule: Node, way: str, known: Walls) -> Addresses:
    return spanned(side(rule, way, known), rule.value("action") not in ("drop", "reject"))


# ---- translations ----


def translations(root: Node) -> tuple[Translation, ...]:
    """`nat destination`, `nat source`, EdgeOS `service nat` and `port-forward`, in this order."""
    found = [_moved(f"{way}#{number}", rule, way == "source") for way in ("destination", "source")
             for number, rule in numbered(root.at("nat", way))]  # fmt: skip
    found += [
        _moved(f"nat#{number}", rule, rule.value("type") in ("source", "masquerade"))
        for number, rule in numbered(root.at("service", "nat"))
    ]
    wan = root.value("port-forward", "wan-interface") or "any"
    for number, rule in numbered(root.at("port-forward")):
        found.append(_forward(f"port-forward#{number}", rule, wan))
    return tuple(found[:MOST])


def _moved(name: str, rule: Node, outward: bool) -> Translation:
    inside = rule.at("inside-address") if rule.has("inside-address") else rule.at("translation")
    outside = rule.at("outside-address") if rule.has("outside-address") else rule.at("translation")
    source = side(rule, "source")
    masked = outside.value("address")
    hidden = masked if masked and masked != "masquerade" else "interface"
    kept = rule.has("exclude")
    host = tuple(filter(None, (inside.value("address"), inside.value("port"))))
    return Translation(
        id=name,
        kind="dynamic" if outward else "static",
        from_=interfaces_of(rule, "inbound") or ("any",),
        to=interfaces_of(rule, "outbound") or ("any",),
        original=source,
        translated=source if not outward or kept else (hidden,),
        destination=side(rule, "destination"),
        redirected=ABSENT if outward or kept or not host else host,
        services=tuple(str(one) for one in services(rule)),
        enabled=not disabled(rule),
    )


def _forward(name: str, rule: Node, wan: str) -> Translation:
    asked = Node()
    asked.below = {"protocol": rule.at("protocol"), "destination": Node({"port": rule.at("original-port")})}
    host = tuple(filter(None, (rule.value("forward-to", "address"), rule.value("forward-to", "port"))))
    return Translation(
        id=name,
        kind="static",
        from_=(wan,),
        to=("any",),
        original=("any",),
        translated=("any",),
        destination=("any",),
        redirected=host or ABSENT,
        services=tuple(str(one) for one in services(asked)),
        enabled=not disabled(rule),
    )


def interfaces_of(rule: Node, way: str) -> tuple[str, ...]:
    """`inbound-interface eth0`, since 1.4 `inbound-interface name eth0` or `group WAN`."""
    said = rule.at(f"{way}-interface")
    return tuple(name for name in said.names("name") + said.names("group") if name) or said.names()


def published(moved: Sequence[Translation], interface: str, own: Sequence[str], known: Walls) -> list[Target]:
    """What translations publish on an interface; rules see the inner address and port."""
    found = []
    for one in moved:
        if isinstance(one.redirected, tuple) and one.enabled is not False and _on(one.from_, interface, known):
            wanted = one.destination if isinstance(one.destination, tuple) else ("any",)
            if wanted != ("any",) and addresses(wanted).private and not set(wanted) & set(own):
                continue
            host, port = one.redirected[0], "".join(one.redirected[1:2])
            for text in one.services if isinstance(one.services, tuple) else ():
                if (asked := spelled(text)) is not None:
                    found.append(Target(host, addresses((host,)), asked, _inner(asked, port)))
    return found


def _on(names: object, interface: str, known: Walls) -> bool:
    said = names if isinstance(names, tuple) else ("any",)
    members = [one for name in said for one in known.group("interface", name)]
    plain = [name for name in members if not name.startswith("!")]
    if plain:
        return "any" in plain or any(_is(name, interface) for name in plain)
    return not any(_is(name[1:], interface) for name in members)


def _inner(asked: Service, port: str) -> Service:
    first, _, last = port.partition("-")
    if not asked.ported or not first.isdecimal():
        return asked
    return ports(asked.protocol, int(first), int(last) if last.isdecimal() else int(first)) or asked
