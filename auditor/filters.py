"""Packet filters without a vendor: services, addresses, order and translation, and what the internet reaches."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from auditor.facts import Exposed
from auditor.values import ABSENT

Span: TypeAlias = tuple[int, int, int]
"""Addresses from first to last, both included, after their version: (4, 167772160, 167772415)."""

LAST_PORT: Final = 65535
ANYTHING: Final = frozenset({"any", "any4", "any6", "any-ipv4", "any-ipv6", "all", "internet", "0.0.0.0/0", "::/0"})

INSIDE: Final = re.compile(r"(?i)(?:l[23][-_])?(?:trust|inside|internal|lan|dmz)(?:[-_]?zone|\d*)$")
"""Zones that do not face the internet by their own name, though an address in them may be routed on it."""

WELL_KNOWN: Final[Mapping[int, str]] = MappingProxyType({
    20: "ftp", 21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 53: "dns", 69: "tftp", 80: "http", 88: "kerberos",
    110: "pop3", 111: "rpc", 123: "ntp", 135: "rpc", 137: "smb", 138: "smb", 139: "smb", 143: "imap", 161: "snmp",
    162: "snmp", 389: "ldap", 443: "https", 445: "smb", 465: "smtp", 500: "vpn", 514: "syslog", 587: "smtp",
    636: "ldap", 993: "imap", 995: "pop3", 1194: "vpn", 1433: "database", 1434: "database", 1521: "database",
    1701: "vpn", 1720: "h323", 1723: "vpn", 2049: "nfs", 2222: "ssh", 3268: "ldap", 3306: "database", 3389: "rdp",
    4443: "https", 4500: "vpn", 4501: "vpn", 5060: "sip", 5061: "sips", 5432: "database", 5900: "vnc", 5901: "vnc",
    5985: "winrm", 5986: "winrm", 6379: "database", 8080: "http", 8443: "https", 8291: "admin", 10443: "https",
    11211: "database", 27017: "database", 51820: "vpn",
})  # fmt: skip
"""What usually listens on a port (IANA service names where they say it; the names of the checks)."""

UDP_ONLY: Final = frozenset({53, 69, 123, 137, 138, 161, 162, 500, 514, 1434, 1701, 4500, 4501, 51820})
TCP_ONLY: Final = frozenset(WELL_KNOWN) - UDP_ONLY - {88, 111, 389, 443, 1194, 2049, 3389, 5060, 11211}
PARTLY: Final = "partly"
"""The first word of a condition that takes an unknown part of what it matches (a rate, what was not understood)."""

TUNNELS: Final = frozenset({"esp", "ah", "gre", "ipsec", "l2tp"})


# ---- services ----


@dataclass(frozen=True, slots=True)
class Service:
    """A protocol ("any" for all of them) and its ports from first to last; ports are 0 to 65535 where all count."""

    protocol: str = "any"
    first: int = 0
    last: int = LAST_PORT

    @property
    def everything(self) -> bool:
        return self.protocol == "any"

    @property
    def ported(self) -> bool:
        return self.protocol in ("tcp", "udp", "sctp")

    def covers(self, other: Service) -> bool:
        if self.everything:
            return True
        return self.protocol == other.protocol and self.first <= other.first and other.last <= self.last

    @property
    def unknown(self) -> bool:
        """Whether it is named by an application whose ports nobody knows: it may be on any."""
        return self.protocol.startswith("application ")

    def common(self, other: Service) -> Service | None:
        """What both let through, None where nothing."""
        if self.unknown:
            return self if other.everything else other
        if self.everything or other.everything:
            return other if self.everything else self
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Service(self.protocol, first, last) if self.protocol == other.protocol and first <= last else None

    def __str__(self) -> str:
        """`any`, `icmp`, `tcp/any`, `tcp/443`, `udp/16384-32767`."""
        if not self.ported:
            return self.protocol
        if (self.first, self.last) in ((0, LAST_PORT), (1, LAST_PORT)):
            return f"{self.protocol}/any"
        return f"{self.protocol}/{self.first}" + (f"-{self.last}" if self.last != self.first else "")


ANY_SERVICE: Final = Service()
_SERVICE: Final = re.compile(r"([a-z][a-z0-9-]*|\d{1,3})(?:/(any|\d{1,5})(?:-(\d{1,5}))?)?", re.ASCII)
_NUMBERS: Final = {
    "6": "tcp",
    "17": "udp",
    "1": "icmp",
    "50": "esp",
    "51": "ah",
    "47": "gre",
    "132": "sctp",
    "0": "any",
}


def service(text: str) -> Service | None:
    """A service in its spelling here (see `Service.__str__`); None for a name that is not resolved."""
    plain = text.lower()
    if plain in ("any", "ip", "all"):
        return ANY_SERVICE
    match = _SERVICE.fullmatch(plain)
    if match is None:
        return None
    protocol = _NUMBERS.get(match[1], match[1])
    if match[2] is None:
        known = protocol in ("tcp", "udp", "sctp", "any") or protocol.startswith(("icmp", "ip-")) or protocol in TUNNELS
        return Service(protocol) if known else None
    if match[2] == "any":
        return Service(protocol)
    return ports(protocol, int(match[2]), int(match[3] or match[2]))


def ports(protocol: str, first: int, last: int) -> Service | None:
    """The ports from first to last, None where that is no range."""
    return Service(protocol, first, last) if 0 <= first <= last <= LAST_PORT else None


def names(one: Service) -> list[tuple[str, Service]]:
    """What a service is for a reader: each well-known port of a range by its name, and the range beside them."""
    if one.everything or (one.ported and one.last - one.first >= LAST_PORT - 1):
        return [("any", one)]
    if not one.ported:
        return [("vpn" if one.protocol in TUNNELS else one.protocol, one)]
    found = [
        (name, Service(one.protocol, port, port))
        for port, name in WELL_KNOWN.items()
        if one.first <= port <= one.last and port not in (UDP_ONLY if one.protocol == "tcp" else TCP_ONLY)
    ]
    if found and one.last - one.first < 2 * len(found):
        return found
    alone = one.first == one.last
    return [*found, (f"{one.protocol}/{one.first}" if alone else str(one), one)]


# ---- addresses ----


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses as spans, and names that nothing resolved; `everything` where they do not restrict."""

    everything: bool = False
    spans: tuple[Span, ...] = ()
    unresolved: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()

    def covers(self, other: Addresses) -> bool:
        if self.everything:
            return True
        if other.everything or not other.unresolved <= self.unresolved:
            return False
        return all(any(_inside(span, mine) for mine in self.spans) for span in other.spans)

    def meets(self, other: Addresses) -> bool:
        """Whether both may mean the same address; a name that nothing resolved meets only itself."""
        if self.everything or other.everything or self.unresolved & other.unresolved:
            return True
        return any(_touch(one, two) for one in self.spans for two in other.spans)

    @property
    def private(self) -> bool:
        """Whether no address of it is routed on the internet (RFC 1918, 4193, link-local, loopback)."""
        return bool(self.spans) and not self.unresolved and all(_private(span) for span in self.spans)


EVERYWHERE: Final = Addresses(everything=True, texts=("any",))


def _inside(one: Span, two: Span) -> bool:
    return one[0] == two[0] and two[1] <= one[1] and one[2] <= two[2]


def _touch(one: Span, two: Span) -> bool:
    return one[0] == two[0] and one[1] <= two[2] and two[1] <= one[2]


def _private(span: Span) -> bool:
    kind = ipaddress.IPv4Address if span[0] == 4 else ipaddress.IPv6Address
    first, last = kind(span[1]), kind(span[2])
    return _unrouted(first) and _unrouted(last) and span[2] - span[1] < 2**24 * (1 if span[0] == 4 else 2**96)


def _unrouted(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address in network for network in _UNROUTED if network.version == address.version)


_UNROUTED: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
                 "fc00::/7", "fe80::/10", "::1/128")
)  # fmt: skip


def addresses(texts: Iterable[str]) -> Addresses:
    """Addresses from texts: any, a host, a network (`10.0.0.0/8`, `10.0.0.0/255.0.0.0`), a range `a-b`, or a name."""
    texts = tuple(texts)
    if not texts or any(text.lower() in ANYTHING for text in texts):
        return EVERYWHERE
    spans, unresolved = [], set()
    for text in texts:
        if (span := span_of(text)) is not None:
            spans.append(span)
        else:
            unresolved.add(text)
    if any(span in ((4, 0, 2**32 - 1), (6, 0, 2**128 - 1)) for span in spans):
        return EVERYWHERE
    return Addresses(False, tuple(spans), frozenset(unresolved), texts)


def outside(within: Addresses) -> Addresses:
    """Every address that is none of these; what a name stands for is not known to be outside, so nothing is."""
    if within.everything or within.unresolved:
        return Addresses()
    spans = tuple(span for version in (4, 6) for span in _gaps(within.spans, version))
    return Addresses(False, spans, texts=tuple(f"!{text}" for text in within.texts))


def _gaps(spans: Iterable[Span], version: int) -> Iterator[Span]:
    """What spans of one version leave of it."""
    at, last = 0, (2**32 if version == 4 else 2**128) - 1
    for _, first, end in sorted(span for span in spans if span[0] == version):
        if at < first:
            yield version, at, first - 1
        at = max(at, end + 1)
    if at <= last:
        yield version, at, last


def side(texts: Iterable[str], permit: bool) -> Addresses:
    """One side of a gate; `!10.0.0.0/8` excepts: a permission is taken for everything, a refusal for what is outside.

    Both err towards what is open: the internet is outside of nearly everything that rules except.
    """
    told = tuple(texts)
    excepted = tuple(text[1:].strip() for text in told if text.startswith("!"))
    if not excepted:
        return addresses(told)
    return EVERYWHERE if permit else outside(addresses(excepted))


@lru_cache(8192)
def span_of(text: str) -> Span | None:
    """The span of a host, network or range; None for a name."""
    try:
        if "/" in text:
            network = ipaddress.ip_network(text, strict=False)
            return network.version, int(network.network_address), int(network.broadcast_address)
        first, dash, last = text.partition("-")
        low = ipaddress.ip_address(first.strip())
        high = ipaddress.ip_address(last.strip()) if dash else low
    except ValueError:
        return None
    return (low.version, int(low), int(high)) if low.version == high.version and int(low) <= int(high) else None


def network(address: str, mask: str) -> str:
    """`10.0.0.0/8` from an address and its mask; "" where they are none, `any` where they are everything."""
    try:
        found = ipaddress.ip_network(f"{address}/{mask}", strict=False)
    except ValueError:
        return ""
    return "any" if found.prefixlen == 0 else str(found.network_address) if found.num_addresses == 1 else str(found)


# ---- what the internet reaches ----


@dataclass(frozen=True, slots=True)
class Gate:
    """One rule that what comes from the internet meets, in the order of the device; off and expired ones left out.

    `from_` and `to` are the zones or interfaces that it is about; none: all of them.
    """

    rule: str
    permit: bool
    source: Addresses = EVERYWHERE
    destination: Addresses = EVERYWHERE
    services: tuple[Service, ...] = (ANY_SERVICE,)
    from_: frozenset[str] = frozenset()
    to: frozenset[str] = frozenset()

    def before(self, other: Gate) -> bool:
        """Whether a refusal takes, of where the other one comes from and leads to, all."""
        sides = ((self.from_, other.from_), (self.to, other.to))
        whole = all(not mine or (theirs and theirs <= mine) for mine, theirs in sides)
        return whole and self.source.covers(other.source)


def ways(names: Iterable[str], outside: frozenset[str] = frozenset()) -> frozenset[str]:
    """The zones of one side of a gate, of those that face the internet where these are what counts.

    None where they do not restrict.
    """
    told = frozenset(names)
    if told & ANYTHING:
        return outside
    return told & outside or told


@dataclass(frozen=True, slots=True)
class Target:
    """Something inside that has an address outside. `seen` is the address that rules name, `to` what a reader knows.

    `asked` are the ports of the outside address, `real` those of the host; rules name `real` ports where `inner`.
    """

    to: str
    seen: Addresses
    asked: Service = ANY_SERVICE
    real: Service = ANY_SERVICE
    inner: bool = True

    @property
    def service(self) -> Service:
        return self.real if self.inner else self.asked

    def behind(self, atom: Service) -> Service:
        """The host's own service behind what rules name."""
        return atom if self.inner else _moved(atom, self.asked, self.real)

    def before(self, atom: Service) -> Service:
        """What is asked outside for what rules name."""
        return _moved(atom, self.real, self.asked) if self.inner else atom


def _moved(atom: Service, here: Service, there: Service) -> Service:
    """The same place of another range; a translation that keeps its ports moves nothing."""
    if here.everything or there.everything or not atom.ported:
        return atom
    shift = there.first - here.first
    return Service(there.protocol, min(atom.first + shift, there.last), min(atom.last + shift, there.last))


def reach(gates: Sequence[Gate], targets: Sequence[Target]) -> tuple[Exposed, ...]:
    """What the gates let through to the targets, each once, by the first rule that lets it in from the most.

    A rule to a public address, or to a name, needs no target; one to a private address that nothing publishes reaches
    nothing from the internet.
    """
    found: list[Exposed] = []
    for at, gate in enumerate(gates):
        met = (
            [one for one in (*targets, *_direct(gate, targets)) if gate.destination.meets(one.seen)]
            if gate.permit
            else []
        )
        pairs = [(target, name, atom) for target in met for name, atom in _atoms(gate, target)]
        refused = [one for one in gates[:at] if not one.permit and one.before(gate)] if pairs else []
        for target, name, atom in pairs:
            if not any(one.destination.covers(target.seen) and _closes(one, atom) for one in refused):
                found.append(_row(gate, target, name, atom))
    return widest(found)


def widest(rows: Iterable[Exposed]) -> tuple[Exposed, ...]:
    """Each service of each host once: as the first rule that opens it to everybody tells it, else as the first."""
    found: dict[tuple[object, ...], Exposed] = {}
    for row in rows:
        key = (row.service, row.port, row.protocol, row.to)
        if key not in found or (row.from_ == "any" and found[key].from_ != "any"):
            found[key] = row
    return tuple(found.values())


def named(gates: Sequence[Gate]) -> list[Gate]:
    """The gates without those that let in to anywhere: where nothing is published, they open no private host."""
    return [gate for gate in gates if not (gate.permit and gate.destination.everything)]


def _direct(gate: Gate, targets: Sequence[Target]) -> Iterator[Target]:
    """The destinations of a rule that are reachable as they are."""
    if gate.destination.everything:
        if not targets:
            yield Target("any", EVERYWHERE)
        return
    for text in gate.destination.texts:
        one = addresses((text,))
        if not one.private and not any(target.seen.meets(one) for target in targets):
            yield Target(text, one)


def _atoms(gate: Gate, target: Target) -> Iterator[tuple[str, Service]]:
    for one in gate.services:
        common = one.common(target.service)
        if common is None or common.protocol.startswith("icmp"):
            continue
        for _, atom in names(common):
            real = target.behind(atom)
            wide = real.ported and real.first != real.last
            yield ("any" if names(real)[0][0] == "any" else str(real) if wide else names(real)[0][0]), atom


def _closes(gate: Gate, atom: Service) -> bool:
    return any(one.covers(atom) for one in gate.services)


def _row(gate: Gate, target: Target, name: str, atom: Service) -> Exposed:
    asked = target.before(atom)
    bounded = asked.ported and (asked.first, asked.last) != (0, LAST_PORT)
    return Exposed(
        service=name,
        port=asked.first if bounded else ABSENT,
        protocol=ABSENT if asked.everything else asked.protocol,
        from_="any" if gate.source.everything else gate.source.texts[0] if gate.source.texts else "restricted",
        to=target.to,
        rule=gate.rule,
    )
