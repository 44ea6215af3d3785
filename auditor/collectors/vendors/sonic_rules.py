"""Access rules and NAT policies of SonicOS in the normal form, and what the WAN zone reaches through both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from auditor.clean import line
from auditor.collectors.vendors.sonic_words import Block, words
from auditor.facts import Exposed, Rule, Translation
from auditor.filters import Addresses, Gate, Service, Target, addresses, named, network, ports, reach
from auditor.values import ABSENT

SELF: Final = "self"
_DEEP: Final = 8
_OWN: Final = re.compile(
    r"(?i)(?:all )?(\S+) (?:interface |management )?ip"
)  # X1 IP, WAN Interface IP, All X1 Management IP
_SUBNET: Final = re.compile(r"(?i)(\S+) subnets?")
_ACTIONS: Final = {"allow": "permit", "deny": "deny", "discard": "deny"}
_BUILT_IN: Final[Mapping[str, tuple[str, ...]]] = {  # what every box has, where no object of the name is shown
    "http": ("tcp/80",), "https": ("tcp/443",), "http management": ("tcp/80",), "https management": ("tcp/443",),
    "ssh": ("tcp/22",), "ssh management": ("tcp/22",), "telnet": ("tcp/23",), "ftp": ("tcp/21",),
    "smtp (send e-mail)": ("tcp/25",), "dns (name service)": ("tcp/53", "udp/53"), "snmp": ("udp/161",),
    "sslvpn": ("tcp/4433",), "ike": ("udp/500", "udp/4500"), "pptp": ("tcp/1723",), "ping": ("icmp",),
    "terminal services": ("tcp/3389", "udp/3389"), "terminal services tcp": ("tcp/3389",), "rdp": ("tcp/3389",),
    "terminal services udp": ("udp/3389",), "sip": ("tcp/5060", "udp/5060"), "ntp": ("udp/123",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """What rules refer to: address and service objects, their zones, and the box's own interfaces."""

    addresses: Mapping[str, tuple[str, ...]]
    zones: Mapping[str, str]
    services: Mapping[str, tuple[str, ...]]
    own: Mapping[str, tuple[str, str, str]]

    def hosts(self, name: str, depth: int = _DEEP) -> tuple[str, ...]:
        """The addresses of an object or a group; the name itself where nothing tells them."""
        members = self.addresses.get(name)
        if members is None or not depth:
            return self._itself(name)
        found = [text for one in members for text in (self.hosts(one[1:], depth - 1) if one[:1] == "@" else (one,))]
        return tuple(dict.fromkeys(found)) or (name,)

    def _itself(self, name: str) -> tuple[str, ...]:
        """`X1 IP`, `WAN Interface IP`, `X0 Subnet`, `LAN Subnets`: objects that no configuration shows."""
        if found := _OWN.fullmatch(name):
            rows = self._ports(found[1])
            return tuple(address for _, address, _ in rows if address) or ((SELF,) if rows else (name,))
        if found := _SUBNET.fullmatch(name):
            known = [network(address, mask) for _, address, mask in self._ports(found[1]) if address and mask]
            return tuple(text for text in known if text) or (name,)
        return (name,)

    def _ports(self, name: str) -> list[tuple[str, str, str]]:
        alone = self.own.get(name)
        return [alone] if alone else [row for row in self.own.values() if row[0].lower() == name.lower()]

    def asked(self, name: str, depth: int = _DEEP) -> tuple[str, ...]:
        """The services of an object or a group; none where it is not known."""
        members = self.services.get(name)
        if members is None or not depth:
            return _BUILT_IN.get(name.lower(), ())
        return tuple(dict.fromkeys(
            text for one in members for text in (self.asked(one[1:], depth - 1) if one[:1] == "@" else (one,))
        ))  # fmt: skip


def names(tree: Block, own: Mapping[str, tuple[str, str, str]]) -> Names:
    """The objects of a configuration; a member of a group is marked with @."""
    held: dict[str, tuple[str, ...]] = {}
    zones: dict[str, str] = {}
    for one in tree.of("address-object"):
        name, said = _named(one, ("ipv4", "ipv6", "fqdn", "mac"))
        held[name] = tuple(_spans(one, said))
        zones[name] = one.value("zone") or _after(said, "zone")
    for one in tree.of("address-group"):
        name, _ = _named(one, ("ipv4", "ipv6"))
        held[name] = tuple(f"@{words(row.text)[-1]}" for row in one.line.starting("address-object ", "address-group "))
    services: dict[str, tuple[str, ...]] = {}
    for one in tree.of("service-object"):
        name, said = _named(one, ())
        services[name] = tuple(_services([said, *(words(row.text) for row in one.line.below)]))
    for one in tree.of("service-group"):
        name, _ = _named(one, ())
        members = one.line.starting("service-object ", "service-group ")
        services[name] = tuple(f"@{words(row.text)[-1]}" for row in members)
    return Names(held, zones, services, own)


def _named(one: Block, kinds: tuple[str, ...]) -> tuple[str, list[str]]:
    """The name of an object, and what its heading says behind it."""
    said = one.words[1:]
    said = said[1:] if said[:1] and said[0] in kinds else said
    return (said[0], said[1:]) if said else ("", [])


def _after(said: list[str], name: str) -> str:
    return said[said.index(name) + 1] if name in said[:-1] else ""


def _spans(one: Block, head: list[str]) -> Iterator[str]:
    for said in (head, *(words(row.text) for row in one.line.below)):
        for kind, count in (("host", 1), ("network", 2), ("range", 2), ("domain", 1)):
            if kind in said and len(said) > said.index(kind) + count:
                first, *rest = said[said.index(kind) + 1 : said.index(kind) + 1 + count]
                second = rest[0].lstrip("/") if rest else ""
                yield f"{first}-{second}" if kind == "range" else network(first, second) or first if second else first


def _services(rows: list[list[str]]) -> Iterator[str]:
    """`TCP 3389 3389`, `ICMP …`, `custom 50 …`."""
    for said in rows:
        kind = said[0].lower() if said else ""
        if kind in ("tcp", "udp") and len(said) > 2 and said[1].isdecimal() and said[2].isdecimal():
            if found := ports(kind, int(said[1]), int(said[2])):
                yield str(found)
        elif kind in ("icmp", "icmpv6", "esp", "ah", "gre", "igmp"):
            yield kind


# ---- rules ----


def _rules(tree: Block, version: str = "") -> list[Block]:
    """The access rules of one version of IP, or of both."""
    return [one for one in tree.of("access-rule") if version in ("", _version(one))]


def _version(one: Block) -> str:
    return "ipv6" if "ipv6" in one.words[:2] else "ipv4"


def rules(tree: Block, known: Names) -> tuple[Rule, ...]:
    """`access-rule ipv4 from WAN to LAN action allow …`, whose lines below say the rest in full."""
    return tuple(_rule(one, known, number) for number, one in enumerate(_rules(tree), 1))


def _field(one: Block, name: str) -> str:
    """`from`, `to` and `action`: in the lines below, else in the heading."""
    return one.value(name) or _after(one.words, name) or "any"


def _rule(one: Block, known: Names, number: int) -> Rule:
    return Rule(
        id=_id(one, number),
        action=_ACTIONS.get(_field(one, "action"), "deny"),
        name=line(one.value("name") or one.value("comment")) or ABSENT,
        enabled=one.on,
        from_=(_field(one, "from"),),
        to=(_field(one, "to"),),
        source=_end(one, "source", known),
        destination=_end(one, "destination", known),
        services=_asked(one, known) or ("unresolved",),
        logged=one.has("logging") if one.says("logging") else ABSENT,
        groups=_users(one) or ABSENT,
        conditions=(_version(one), *_conditions(one)),
    )


def _users(one: Block) -> tuple[str, ...]:
    """`users included name "Staff"`, `users included all`."""
    said = one.rest("users", "included")
    return () if said[:1] in ([], ["all"]) else (said[-1],)


def _conditions(one: Block) -> tuple[str, ...]:
    """`schedule name "Work Hours"`: hours at which alone a rule counts; none where it always does."""
    said = one.rest("schedule")
    return () if said[:1] in ([], ["always-on"], ["always"]) else (f"schedule {said[-1]}",)


def _id(one: Block, number: int) -> str:
    return line(one.value("id") or one.value("uuid")) or f"#{number}"


def _end(one: Block, side: str, known: Names) -> tuple[str, ...]:
    """`source address any | name "X" | group "X" | host A | network A M`."""
    said = one.rest(side, "address") or _tail(one.words, side, "address")
    return _ends(said, known)


def _ends(said: list[str], known: Names) -> tuple[str, ...]:
    if not said or said[0] in ("any", "original"):
        return ("any",)
    if said[0] in ("name", "group") and len(said) > 1:
        return known.hosts(said[1])
    if said[0] in ("host", "network", "range") and len(said) > 1:
        second = said[2].lstrip("/") if len(said) > 2 else ""
        joined = f"{said[1]}-{second}" if said[0] == "range" else network(said[1], second) if second else said[1]
        return (joined or said[1],)
    return (said[0],)


def _tail(said: list[str], *start: str) -> list[str]:
    for at in range(len(said) - len(start)):
        if tuple(said[at : at + len(start)]) == start:
            return said[at + len(start) : at + len(start) + 3]
    return []


def _asked(one: Block, known: Names) -> tuple[str, ...]:
    """`service any | name "X" | group "X" | protocol TCP 80 80`."""
    said = one.rest("service") or _tail(one.words, "service")
    if not said or said[0] in ("any", "original"):
        return ("any",)
    if said[0] == "protocol":
        return tuple(_services([said[1:]]))
    return known.asked(said[1] if said[0] in ("name", "group") and len(said) > 1 else said[0])


# ---- translation ----


def translations(tree: Block, known: Names, version: str = "") -> tuple[Translation, ...]:
    """`nat-policy ipv4 inbound X1 …`: what is for `destination` goes to `translated-destination`; of one IP or both."""
    found = []
    for number, one in enumerate(tree.of("nat-policy"), 1):
        if version not in ("", _version(one)):
            continue
        moved = one.rest("translated-destination")
        kept = not moved or moved[0] == "original"
        port = next(iter(known.asked(_last(one.rest("translated-service")))), "").partition("/")[2]
        found.append(
            Translation(
                id=f"nat{number}" if not one.value("id") else line(one.value("id")),
                kind="dynamic" if kept else "static",
                from_=(_field(one, "inbound"),),
                to=(_field(one, "outbound"),),
                original=_ends(one.rest("source"), known),
                translated=_ends(one.rest("translated-source"), known),
                destination=_ends(one.rest("destination"), known),
                redirected=ABSENT if kept else (_ends(moved, known)[0], *([port] if port.isdecimal() else [])),
                services=_asked(one, known) or ("unresolved",),
                enabled=one.on,
            )
        )
    return tuple(found)


def _last(said: list[str]) -> str:
    return said[1] if said[:1] and said[0] in ("name", "group") and len(said) > 1 else "".join(said[:1])


# ---- what the internet reaches ----


def exposed(tree: Block, known: Names) -> tuple[Exposed, ...]:
    """What rules from the WAN let in to hosts that NAT policies publish; rules name the outer address and port."""
    found: list[Exposed] = []
    for version in ("ipv4", "ipv6"):
        moved = translations(tree, known, version)
        published = [one for one in moved if one.enabled and one.redirected is not ABSENT]
        found += _reached(_rules(tree, version), published, known)
    return tuple(dict.fromkeys(row for row in found if row.service != "icmp"))


def _reached(rows: list[Block], published: list[Translation], known: Names) -> list[Exposed]:
    inward = [one for one in rows if one.on and _field(one, "from").upper() in ("WAN", "ANY")]
    found: list[Exposed] = []
    for zone in dict.fromkeys(_field(one, "to") for one in inward):
        if zone.upper() == "WAN":
            continue
        here = [one for one in inward if _field(one, "to") in (zone, "any")]
        gates = [gate for number, one in enumerate(here, 1) if (gate := _gate(one, known, number))]
        if not published:  # a rule to anywhere publishes no private host
            gates = named(gates)
        found += reach(gates, [target for one in published for target in _targets(one, known, zone)])
    return found


def _gate(one: Block, known: Names, number: int) -> Gate | None:
    asked = tuple(_known(text) for text in _asked(one, known))
    permit = _ACTIONS.get(_field(one, "action"), "deny") == "permit"
    if not asked or not (permit or not (_users(one) or _conditions(one))):
        return None  # a refusal of some, or at some hours, closes nothing for sure
    return Gate(
        _id(one, number),
        permit,
        addresses(_end(one, "source", known)),
        addresses(_end(one, "destination", known)),
        asked,
    )


def _known(text: str) -> Service:
    kind, _, span = text.partition("/")
    first, _, last = span.partition("-")
    return Service(kind, int(first), int(last or first)) if first.isdecimal() else Service(kind)


def _targets(one: Translation, known: Names, zone: str) -> Iterator[Target]:
    """A published host, where its own zone is the one that rules lead to or is not told."""
    if not isinstance(one.redirected, tuple) or not isinstance(one.destination, tuple):
        return
    host = one.redirected[0]
    homes = {known.zones.get(name, "") for name, held in known.addresses.items() if host in held}
    if homes - {""} and zone not in homes:
        return
    seen: Addresses = addresses(one.destination)
    services = one.services if isinstance(one.services, tuple) else ("any",)
    for text in services:
        if text == "unresolved":
            continue
        asked = _known(text)
        real = asked
        if len(one.redirected) > 1 and asked.ported:
            first = int(one.redirected[1])
            real = ports(asked.protocol, first, min(65535, first + asked.last - asked.first)) or asked
        yield Target(host, seen, asked, real, inner=False)


def sources(tree: Block, known: Names, port: int) -> tuple[str, ...]:
    """From where rules of the WAN to itself let a port of the box in; empty where from everywhere, or not told."""
    found: list[str] = []
    for one in _rules(tree):
        zones = {_field(one, "from").upper(), _field(one, "to").upper()}
        permit = _ACTIONS.get(_field(one, "action"), "deny") == "permit"
        if zones != {"WAN"} or not one.on or not permit:
            continue
        if any(_known(text).covers(Service(_known(text).protocol, port, port)) for text in _asked(one, known)):
            allowed = _end(one, "source", known)
            if addresses(allowed).everything:
                return ()
            found += allowed
    return tuple(dict.fromkeys(found))
