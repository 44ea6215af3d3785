"""Cisco IOS access lists and object groups in the normal form, static translations, and what they let in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from auditor.collectors.vendors.blocks import Line
from auditor.facts import Rule
from auditor.filters import ANY_SERVICE, Gate, Service, Target, addresses, network, ports
from auditor.filters import service as spelled
from auditor.values import ABSENT, Absent

NAMED_PORTS: Final[Mapping[str, int]] = {
    "bgp": 179, "bootpc": 68, "bootps": 67, "chargen": 19, "cmd": 514, "daytime": 13, "discard": 9, "dnsix": 195,
    "domain": 53, "drip": 3949, "echo": 7, "exec": 512, "finger": 79, "ftp": 21, "ftp-data": 20, "gopher": 70,
    "hostname": 101, "ident": 113, "irc": 194, "isakmp": 500, "klogin": 543, "kshell": 544, "login": 513, "lpd": 515,
    "mobile-ip": 434, "nameserver": 42, "netbios-dgm": 138, "netbios-ns": 137, "netbios-ss": 139, "nntp": 119,
    "non500-isakmp": 4500, "ntp": 123, "onep-plain": 15001, "onep-tls": 15002, "pim-auto-rp": 496, "pop2": 109,
    "pop3": 110, "rip": 520, "smtp": 25, "snmp": 161, "snmptrap": 162, "sunrpc": 111, "syslog": 514, "tacacs": 49,
    "talk": 517, "telnet": 23, "tftp": 69, "time": 37, "uucp": 540, "who": 513, "whois": 43, "www": 80, "xdmcp": 177,
    "msrpc": 135, "ssh": 22, "https": 443,
}  # fmt: skip
_OPERATORS: Final = ("eq", "neq", "gt", "lt", "range")
_ENDS: Final = ("log", "log-input", "established", "time-range", "fragments", "tos", "precedence", "dscp", "option",
                "reflect", "ttl", "match-any", "match-all")  # fmt: skip
_PROTOCOLS: Final = {"ip": "any", "ipv4": "any", "ipv6": "any", "ahp": "ah", "ipinip": "ipip"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an access list: what it permits or denies; `returns` for one that matches answers alone."""

    list: str
    number: int
    permit: bool
    source: tuple[str, ...]
    destination: tuple[str, ...]
    services: tuple[Service, ...]
    logged: bool = False
    hits: int | Absent = ABSENT
    returns: bool = False
    conditions: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it tells what a new connection meets: an answer begins none, and a part refused refuses nothing."""
        return not self.returns and (self.permit or not self.conditions)

    @property
    def id(self) -> str:
        return f"{self.list}#{self.number}"

    def gate(self) -> Gate:
        return Gate(self.id, self.permit, addresses(self.source), addresses(self.destination), self.services)

    def rule(self, interfaces: tuple[str, ...] | Absent = ABSENT, to: tuple[str, ...] | Absent = ABSENT) -> Rule:
        return Rule(
            id=self.id,
            action="permit" if self.permit else "deny",
            name=self.list,
            enabled=True,
            from_=interfaces,
            to=to,
            source=self.source,
            destination=self.destination,
            services=("established",) if self.returns else tuple(str(one) for one in self.services),
            logged=self.logged,
            hits=self.hits,
            conditions=self.conditions or ABSENT,
        )


@dataclass(frozen=True, slots=True)
class Groups:
    """Object groups: addresses of network groups, services of service groups."""

    networks: Mapping[str, tuple[str, ...]]
    services: Mapping[str, tuple[Service, ...]]


NO_GROUPS: Final = Groups({}, {})


def lists(tree: Line) -> dict[str, list[Entry]]:
    """The access lists of a configuration by their name, in order."""
    groups = _groups(tree)
    found: dict[str, list[Entry]] = {}
    for line in tree.starting("ip access-list ", "ipv6 access-list "):
        words = line.words
        standard, name = "standard" in words[2:3], words[-1]
        known = found.setdefault(name, [])
        for below in line.below:
            if (one := entry(name, below.text, _next(known), groups, standard=standard)) is not None:
                known.append(one)
    for line in tree.starting("access-list "):
        name, _, rest = line.text.removeprefix("access-list ").partition(" ")
        known = found.setdefault(name, [])
        standard = name.isdecimal() and (int(name) < 100 or 1300 <= int(name) < 2000)
        if (one := entry(name, rest, _next(known), groups, standard=standard)) is not None:
            known.append(one)
    return found


_PASSED: Final = re.compile(
    r"(?:sequence )?(?:\d+ )?(?:remark|permit|deny|no |description|statistics|fragments|hardware)\b", re.I
)


def unread_lines(tree: Line) -> int:
    """The lines of named access lists that are no entry: `evaluate`, `dynamic`; what they let in is not known."""
    rows = (below.text for line in tree.starting("ip access-list ", "ipv6 access-list ") for below in line.below)
    return sum(1 for text in rows if _PASSED.match(text.strip()) is None)


def _next(known: Sequence[Entry]) -> int:
    """The number that the device gives a line without one: ten more than the line before."""
    return (known[-1].number // 10 + 1) * 10 if known else 10


def entry(name: str, text: str, place: int, groups: Groups = NO_GROUPS, *, standard: bool = False) -> Entry | None:
    """One entry from its text, with or without a sequence number; None for a remark and what is not understood."""
    match = re.match(r"\s*(?:sequence )?(\d+ )?(permit|deny)\s+(\S.*?)\s*(?:\((\d+) match(?:es)?\))?\s*$", text)
    if match is None:
        return None
    words = match.group(3).replace(", wildcard bits ", " ").split()
    number = int(match.group(1)) if match.group(1) else place
    hits = int(match.group(4)) if match.group(4) else ABSENT
    permit, logged = match.group(2) == "permit", any(word in ("log", "log-input") for word in words)
    if standard and words[0] not in (*_PROTOCOLS, "tcp", "udp", "icmp"):
        source, _ = _address(words, groups)
        return Entry(name, number, permit, source, ("any",), (ANY_SERVICE,), logged, hits)
    protocol, words = _protocol(words, groups)
    source, words = _address(words, groups)
    asked, words = _ports(words, "tcp")
    destination, words = _address(words, groups)
    services = _services(protocol, words)
    said = [f"source {' '.join(str(one.first) for one in asked)}"] if asked else []
    kept = [word for word in _ports(words, "tcp")[1] if word not in ("log", "log-input", "established")]
    said += [" ".join(kept)] if kept else []
    return Entry(name, number, permit, source, destination, services, logged, hits, "established" in words, tuple(said))


def _protocol(words: list[str], groups: Groups) -> tuple[str | tuple[Service, ...], list[str]]:
    if words[0] == "object-group" and len(words) > 1 and words[1] in groups.services:
        return groups.services[words[1]], words[2:]
    return _PROTOCOLS.get(words[0], words[0]), words[1:]


def _services(protocol: str | tuple[Service, ...], words: list[str]) -> tuple[Service, ...]:
    """The services of an entry: those of its group, or its protocol with the ports that follow the destination."""
    if isinstance(protocol, tuple):
        return protocol
    if protocol not in ("tcp", "udp", "sctp"):
        one = spelled(protocol)
        return (one or Service(protocol),)
    found, _ = _ports(words, protocol)
    if not found and words and words[0] in _OPERATORS:  # the name of a port that nobody knows: not all of them
        return (Service(f"application {' '.join(words[:2])}"),)
    return found or (Service(protocol),)


def _address(words: list[str], groups: Groups) -> tuple[tuple[str, ...], list[str]]:
    """An address and what follows it: any, a host, an address with its wildcard bits or prefix, a group."""
    if not words:
        return ("any",), []
    if words[0] in ("any", "any4", "any6"):
        return ("any",), words[1:]
    if words[0] == "host" and len(words) > 1:
        return (words[1],), words[2:]
    if words[0] == "object-group" and len(words) > 1:
        return groups.networks.get(words[1], (words[1],)), words[2:]
    if len(words) > 1 and re.fullmatch(r"(?:\d{1,3}\.){3}\d{1,3}", words[1]):
        return (wildcard(words[0], words[1]),), words[2:]
    return (words[0],), words[1:]


def wildcard(address: str, bits: str) -> str:
    """`10.0.0.0/8` from `10.0.0.0 0.255.255.255`; bits with holes stay as they are written."""
    try:
        mask = [255 - int(part) for part in bits.split(".")]
        value = int.from_bytes(bytes(mask), "big")
    except ValueError:
        return f"{address} {bits}"
    prefix = f"{value:032b}".rstrip("0")
    if "0" in prefix:
        return f"{address} {bits}"
    whole = network(address, str(len(prefix))) or f"{address}/{len(prefix)}"
    return "any" if not prefix else address if len(prefix) == 32 else whole


def _ports(words: list[str], protocol: str) -> tuple[tuple[Service, ...], list[str]]:
    """The ports that an operator names and what follows; several may follow `eq`."""
    if not words or words[0] not in _OPERATORS:
        return (), words
    operator, rest = words[0], words[1:]
    named: list[int] = []
    while rest and rest[0] not in _ENDS and (port := _port(rest[0])) is not None and len(named) < 20:
        named.append(port)
        rest = rest[1:]
        if operator != "eq" and len(named) == (2 if operator == "range" else 1):
            break
    return tuple(_spans(operator, protocol, named)), rest


def _spans(operator: str, protocol: str, named: Sequence[int]) -> Iterator[Service]:
    every: Mapping[str, Sequence[Sequence[int]]] = {
        "eq": [(port, port) for port in named],
        "range": [named[:2]] if len(named) == 2 else [],
        "gt": [(port + 1, 65535) for port in named[:1]],
        "lt": [(0, port - 1) for port in named[:1]],
        "neq": [span for port in named[:1] for span in ((0, port - 1), (port + 1, 65535))],
    }
    for first, last in every[operator]:
        if (one := ports(protocol, first, last)) is not None:
            yield one


def _port(word: str) -> int | None:
    if word.isdecimal():
        return int(word) if int(word) <= 65535 else None
    return NAMED_PORTS.get(word)


# ---- object groups ----


def _groups(tree: Line) -> Groups:
    """Object groups with what the groups in them hold, wherever those stand."""
    lines = [line for line in tree.starting("object-group ") if len(line.words) > 2]
    held = {(line.words[1], line.words[2]): line for line in lines}
    networks = {
        name: tuple(_members(held, line)) or (name,) for (kind, name), line in held.items() if kind == "network"
    }
    services = {name: tuple(_offers(held, line)) for (kind, name), line in held.items() if kind == "service"}
    return Groups(networks, {name: some for name, some in services.items() if some})


def _members(held: Mapping[tuple[str, str], Line], line: Line, depth: int = 0) -> Iterator[str]:
    for below in line.below:
        words = below.words
        if words[0] == "host" and len(words) > 1:
            yield words[1]
        elif words[0] == "range" and len(words) > 2:
            yield f"{words[1]}-{words[2]}"
        elif words[0] == "group-object" and len(words) > 1:
            inner = held.get(("network", words[1]))
            yield from _members(held, inner, depth + 1) if inner and depth < DEEPEST else (words[1],)
        elif words[0] == "any":
            yield "any"
        elif len(words) == 2 and re.fullmatch(r"(?:\d{1,3}\.){3}\d{1,3}", words[0]):
            yield network(*words) or f"{words[0]}/{words[1]}"  # a mask here, not wildcard bits


def _offers(held: Mapping[tuple[str, str], Line], line: Line, depth: int = 0) -> Iterator[Service]:
    for below in line.below:
        words = below.words
        if words[0] == "group-object" and len(words) > 1:
            inner = held.get(("service", words[1]))
            if inner and depth < DEEPEST:
                yield from _offers(held, inner, depth + 1)
        elif words[0] in ("tcp", "udp", "tcp-udp"):
            rest = words[3:] if words[1:2] == ["source"] else words[1:]
            rest = ["eq", *rest] if rest and rest[0] not in _OPERATORS else rest
            for protocol in ("tcp", "udp") if words[0] == "tcp-udp" else (words[0],):
                yield from _ports(rest, protocol)[0] or (Service(protocol),)
        elif words[0] != "description":
            yield spelled(_PROTOCOLS.get(words[0], words[0])) or Service(words[0])


DEEPEST: Final = 16  # groups inside groups


# ---- static translations ----

_STATIC: Final = re.compile(
    r"ip nat inside source static (?:(?P<protocol>tcp|udp) (?P<local>\S+) (?P<from>\S+) "
    r"(?P<outside>interface \S+|\S+) (?P<to>\S+)|(?P<host>\d\S+) (?P<whole>interface \S+|\d\S+))"
)


def translations(tree: Line, outside: Mapping[str, str]) -> tuple[Target, ...]:
    """Hosts inside that have an address, or a port of one, outside; `outside`: interface -> its address where told.

    IOS filters what comes in before it translates: an access list names the outside address and port.
    """
    found = []
    for line in tree.starting("ip nat inside source static "):
        match = _STATIC.match(line.text)
        if match is None:
            continue
        where = match["outside"] or match["whole"]
        seen = addresses((outside.get(where.removeprefix("interface "), where.removeprefix("interface ")),))
        if match["protocol"]:
            real, asked = _port(match["from"]), _port(match["to"])
            if real is not None and asked is not None:
                protocol = match["protocol"]
                found.append(Target(match["local"], seen, Service(protocol, asked, asked),
                                    Service(protocol, real, real), inner=False))  # fmt: skip
        else:
            found.append(Target(match["host"], seen, inner=False))
    return tuple(found)
