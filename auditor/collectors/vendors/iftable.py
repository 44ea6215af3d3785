"""The interface table and the default routes that any agent may tell (IF-MIB, RFC 2863; IP-FORWARD-MIB, RFC 4292)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from auditor import facts
from auditor.clean import whole
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors.page import Columns, Table, Told
from auditor.collectors.vendors.values import count, number, parts, text
from auditor.facts import Interface, Route
from auditor.model import Key
from auditor.values import ABSENT, Absent

NO_SPEED: Final = 4_294_967_295  # ifSpeed's "look at ifHighSpeed", RFC 2863

IF: Final = "1.3.6.1.2.1.2.2.1."
IFX: Final = "1.3.6.1.2.1.31.1.1.1."
DESCR, TYPE, SPEED, ADMIN, OPER = (IF + n for n in ("2", "3", "5", "7", "8"))
IN_DISCARDS, IN_ERRORS, OUT_DISCARDS, OUT_ERRORS = (IF + n for n in ("13", "14", "19", "20"))
NAME, IN_PACKETS, OUT_PACKETS, HIGH_SPEED, CONNECTOR, ALIAS = (IFX + n for n in ("1", "7", "11", "15", "17", "18"))
ROWS: Final = (
    DESCR, TYPE, SPEED, ADMIN, OPER, IN_DISCARDS, IN_ERRORS, OUT_DISCARDS, OUT_ERRORS,
    NAME, IN_PACKETS, OUT_PACKETS, HIGH_SPEED, CONNECTOR, ALIAS,
)  # fmt: skip

ADDRESS_INDEX, ADDRESS_MASK = "1.3.6.1.2.1.4.20.1.2", "1.3.6.1.2.1.4.20.1.3"  # ipAdEntIfIndex, ipAdEntNetMask
ANY_ADDRESS_INDEX, ANY_ADDRESS_TYPE = "1.3.6.1.2.1.4.34.1.3", "1.3.6.1.2.1.4.34.1.4"  # ipAddressTable, RFC 4293

# The rows of 0.0.0.0/0 (and ::/0) alone: a router with a full table is asked one row, not half a million.
_NEW: Final = "1.3.6.1.2.1.4.24.7.1."  # inetCidrRouteTable: ifIndex 7, type 8, protocol 9, metric 12
_V4, _V6 = ".1.4.0.0.0.0.0", ".2.16" + ".0" * 17
NEW_INDEX, NEW_TYPE, NEW_PROTOCOL, NEW_METRIC = (_NEW + n + _V4 for n in ("7", "8", "9", "12"))
V6_INDEX, V6_TYPE = (_NEW + n + _V6 for n in ("7", "8"))
_OLD: Final = "1.3.6.1.2.1.4.24.4.1."  # ipCidrRouteTable, RFC 2096: ifIndex 5, type 6, protocol 7, metric 11
OLD_INDEX, OLD_TYPE, OLD_PROTOCOL, OLD_METRIC = (_OLD + n + ".0" * 8 for n in ("5", "6", "7", "11"))
_FIRST: Final = "1.3.6.1.2.1.4.21.1."  # ipRouteTable, RFC 1213: ifIndex 2, metric 3, next hop 7, type 8, protocol 9
FIRST_INDEX, FIRST_METRIC, FIRST_HOP, FIRST_TYPE, FIRST_PROTOCOL = (_FIRST + n + ".0.0.0" for n in "23789")
ROUTES: Final = (
    NEW_INDEX, NEW_TYPE, NEW_PROTOCOL, NEW_METRIC, V6_INDEX, V6_TYPE, OLD_INDEX, OLD_TYPE, OLD_PROTOCOL, OLD_METRIC,
    FIRST_INDEX, FIRST_METRIC, FIRST_HOP, FIRST_TYPE, FIRST_PROTOCOL,
)  # fmt: skip

KINDS: Final[Mapping[int, str]] = {
    1: "other", 6: "ethernet", 7: "ethernet", 18: "e1", 22: "serial", 23: "ppp", 24: "loopback", 32: "frame-relay",
    37: "atm", 49: "aal5", 53: "virtual", 62: "ethernet", 63: "isdn", 69: "ethernet", 71: "wifi", 77: "isdn",
    81: "isdn", 94: "adsl", 97: "vdsl", 100: "voice", 101: "voice", 102: "voice", 103: "voice", 104: "voice",
    108: "multilink", 114: "atm", 117: "ethernet", 124: "adsl", 125: "adsl", 127: "cable", 128: "cable", 129: "cable",
    131: "tunnel", 134: "atm", 135: "vlan", 136: "vlan", 142: "ip", 150: "tunnel", 161: "aggregate", 166: "tunnel",
    169: "shdsl", 209: "bridge", 230: "adsl", 238: "adsl", 243: "cellular", 244: "cellular", 250: "gpon",
    251: "vdsl2",
}  # fmt: skip
LOGICAL: Final = ("loopback", "tunnel", "vlan", "aggregate", "bridge", "virtual", "voice", "other")
# What agents on a Linux or BSD kernel call ethernet, with a connector, and what is none.
_NAMED: Final = (
    (re.compile(r"(?:enc|pflog|pfsync)\d+$"), "virtual"),  # BSD numbers these 244 and 246, which IANA gave to radio
    (re.compile(r"(?:cellular\b|cellular\d|wwan\d|qmimux\d)", re.I), "cellular"),
    (re.compile(r"[a-z]+\d+\.\d+(?:@\S+)?$|vlan\.?\d+$", re.I), "vlan"),
    (re.compile(r"(?:br\d+$|br-|virbr|docker\d)"), "bridge"),
    (re.compile(r"(?:gre|gretap|erspan|ip6gre|ip6tnl|sit|ipip|tunl|vti|vtun|tun|tap|wg|l2tp|sstp|pptp)\d*$"), "tunnel"),
    (re.compile(r"(?:ifb|imq|vqos|dummy|veth|npi|loop)[\w-]*\d+$"), "virtual"),
)
_ETHERNET: Final = ("ethernet", "other", "cellular", ABSENT)  # the kinds that a name may correct


def read(columns: Columns) -> Told:
    """The union of the rows of every column: rows can exist in one table only."""
    rows = {index for root in ROWS for index in columns.get(root, {}) if whole(index) is not None}
    if not rows:
        return Told()
    names = {int(index): _name(columns, index) for index in rows}
    defaults = tuple(_routes(columns, names))
    fourth = [route for route in defaults if ":" not in route.network] or defaults
    routed = {route.interface for route in fourth if not isinstance(route.interface, Absent)}
    addresses = _addresses(columns)
    found = [_interface(columns, index, addresses, routed) for index in sorted(rows, key=int)]
    told: dict[Key[Any], Any] = {facts.INTERFACES: tuple(found)}
    if defaults:
        told[facts.ROUTES_DEFAULT] = defaults
    return Told(told)


def names(columns: Columns) -> dict[int, str]:
    """The name of every row by its index, for a table that tells indices only (walk NAME and DESCR beside it)."""
    rows = {index for root in (NAME, DESCR) for index in columns.get(root, {}) if whole(index) is not None}
    return {int(index): _name(columns, index) for index in rows}


def _name(columns: Columns, index: str) -> str:
    """ifName, else the label, else ifDescr, else the index: each is the only name on some devices."""
    return next(
        (said for root in (NAME, ALIAS, DESCR) if (said := text(columns.get(root, {}).get(index, ABSENT)))), index
    )


def _interface(columns: Columns, index: str, addresses: Mapping[int, tuple[str, ...]], routed: set[str]) -> Interface:
    def at(root: Oid) -> SnmpValue | Absent:
        return columns.get(root, {}).get(index, ABSENT)

    name, description = _name(columns, index), text(at(DESCR))
    kind = _kind(number(at(TYPE)), name)
    return Interface(
        name=name,
        index=int(index),
        alias=text(at(ALIAS)) or ABSENT,
        description=description if description and description != name else ABSENT,
        kind=kind,
        physical=_physical(number(at(CONNECTOR)), kind),
        admin_up=_state(number(at(ADMIN))),
        oper_up=_state(number(at(OPER))),
        speed_bps=speed(number(at(HIGH_SPEED)), number(at(SPEED))),
        in_errors=count(at(IN_ERRORS)),
        out_errors=count(at(OUT_ERRORS)),
        in_discards=count(at(IN_DISCARDS)),
        out_discards=count(at(OUT_DISCARDS)),
        in_packets=count(at(IN_PACKETS)),
        out_packets=count(at(OUT_PACKETS)),
        addresses=addresses.get(int(index), ABSENT),
        default_route=name in routed if routed else ABSENT,
    )


def _kind(type_: int | Absent, name: str) -> str | Absent:
    """The kind of a port by its type; by its name where kernels call everything ethernet."""
    plain = ABSENT if isinstance(type_, Absent) else KINDS.get(type_, str(type_))
    if plain in _ETHERNET or type_ == 160:  # usb: a modem in a slot
        return next((kind for pattern, kind in _NAMED if pattern.match(name)), plain)
    return plain


def _state(value: int | Absent) -> bool | Absent:
    """up(1) true; down, notPresent, lowerLayerDown false; testing, unknown, dormant not told (RFC 2863)."""
    return {1: True, 2: False, 6: False, 7: False}.get(value, ABSENT) if isinstance(value, int) else ABSENT


def _physical(connector: int | Absent, kind: str | Absent) -> bool | Absent:
    if kind in LOGICAL:
        return False
    if connector in (1, 2):
        return connector == 1
    return ABSENT


# ---- speed ----

_BINARY: Final = {rate * 2**20: rate * 10**6 for rate in (10, 100, 1000, 2500, 10_000, 40_000)}
_ROUNDED: Final = {1048: 1000, 1049: 1000, 10_485: 10_000, 10_486: 10_000}  # in ifHighSpeed; 105 may be a DSL rate


_FASTEST: Final = 1_600_000  # Mbit/s; some FortiOS answer 4294901759 for a port without a link


def speed(high: int | Absent, low: int | Absent) -> int | Absent:
    """bit/s: ifHighSpeed where it counts, ifSpeed below 20 Mbit/s or without it; 0 means unknown, never 0 bit/s.

    A rate counted in 1 048 576 bit/s (DrayTek, Windows) becomes the wire's own: 1 048 576 000 is 1 Gbit/s.
    """
    told = low if not isinstance(low, Absent) and 0 < low < NO_SPEED else 0
    if told in _BINARY:
        return _BINARY[told]
    if not isinstance(high, Absent) and 0 < high <= _FASTEST:
        return told if told and high < 20 else _ROUNDED.get(high, high) * 1_000_000
    return told or ABSENT


# ---- addresses ----


def _addresses(columns: Columns) -> dict[int, tuple[str, ...]]:
    """Addresses by interface index, of both versions; loopback, link-local and broadcast ones are left out."""
    found: dict[int, dict[str, None]] = {}
    for plain, index in _told_addresses(columns):
        if not (plain.is_loopback or plain.is_unspecified or (plain.version == 6 and plain.is_link_local)):
            found.setdefault(index, {})[str(plain)] = None
    return {index: tuple(some) for index, some in found.items()}


def _told_addresses(columns: Columns) -> Iterator[tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]]:
    for row, value in columns.get(ADDRESS_INDEX, {}).items():
        index = number(value)
        if isinstance(index, int) and len(octets := parts(row)) == 4 and max(octets) < 256:
            yield ipaddress.IPv4Address(bytes(octets)), index
    kinds = columns.get(ANY_ADDRESS_TYPE, {})
    for row, value in columns.get(ANY_ADDRESS_INDEX, {}).items():
        index, octets = number(value), parts(row)
        if isinstance(index, int) and number(kinds.get(row, 1)) == 1 and octets[1:2] in ((4,), (16,)):
            body = octets[2 : 2 + octets[1]]
            if len(body) == octets[1] and max(body) < 256:
                yield ipaddress.ip_address(bytes(body)), index


def _networks(columns: Columns) -> list[tuple[ipaddress.IPv4Network, int]]:
    """The network of each interface address, to find which interface a gateway stands behind."""
    found = []
    for row, value in columns.get(ADDRESS_INDEX, {}).items():
        index, mask = number(value), text(columns.get(ADDRESS_MASK, {}).get(row, ABSENT))
        try:
            network = ipaddress.IPv4Network(f"{row}/{mask}", strict=False)
        except ValueError:
            continue
        if isinstance(index, int) and network.prefixlen > 0:
            found.append((network, index))
    return found


# ---- default routes ----

_PROTOCOLS: Final[Mapping[int, str]] = {
    3: "static", 8: "rip", 9: "is-is", 13: "ospf", 14: "bgp", 16: "eigrp",
}  # fmt: skip
_DISCARDS: Final = (2, 5)  # reject, blackhole: a route that leads nowhere


def _routes(columns: Columns, names: Mapping[int, str]) -> Iterator[Route]:
    """Each default route once, from the newest table that tells it."""
    networks = _networks(columns)
    for version, rows in (("0.0.0.0/0", (_new, _old, _first)), ("::/0", (_six,))):
        found = next((told for table in rows if (told := list(table(columns)))), [])
        best = min((metric for *_, metric in found), default=0)
        for index, gateway, protocol, metric in dict.fromkeys(found):
            yield Route(
                network=version,
                interface=names.get(index) or _behind(gateway, networks, names),
                gateway=gateway or ABSENT,
                protocol=_PROTOCOLS.get(protocol, ABSENT),
                metric=metric if metric > 0 else ABSENT,
                active=metric == best,
            )


_Row = tuple[int, str, int, int]
"""ifIndex (0 where the agent does not say), gateway ("" likewise), protocol and metric of a default route."""


_Hop = Callable[[tuple[int, ...]], str]


def _new(columns: Columns) -> Iterable[_Row]:
    return _cidr(columns, NEW_INDEX, NEW_TYPE, NEW_PROTOCOL, NEW_METRIC, _inet_hop)


def _six(columns: Columns) -> Iterable[_Row]:
    return _cidr(columns, V6_INDEX, V6_TYPE, "", "", _inet_hop)


def _old(columns: Columns) -> Iterable[_Row]:
    return _cidr(columns, OLD_INDEX, OLD_TYPE, OLD_PROTOCOL, OLD_METRIC, lambda row: _dotted(row[1:5]))


def _cidr(columns: Columns, index: Oid, type_: Oid, protocol: Oid, metric: Oid, hop: _Hop) -> Iterator[_Row]:
    def at(root: Oid, row: str) -> int:
        return _whole(columns.get(root, {}).get(row, ABSENT))

    for row, value in columns.get(index, {}).items():
        if at(type_, row) not in _DISCARDS:
            yield _whole(value), hop(parts(row)), at(protocol, row), at(metric, row)


def _first(columns: Columns) -> Iterator[_Row]:
    for row, value in columns.get(FIRST_INDEX, {}).items():
        said = [
            columns.get(root, {}).get(row, ABSENT) for root in (FIRST_HOP, FIRST_TYPE, FIRST_PROTOCOL, FIRST_METRIC)
        ]
        if number(said[1]) != 2:  # invalid
            yield _whole(value), text(said[0]), _whole(said[2]), _whole(said[3])


def _whole(value: SnmpValue | Absent) -> int:
    found = number(value)
    return found if isinstance(found, int) else 0


def _inet_hop(row: tuple[int, ...]) -> str:
    """The next hop at the end of an inetCidrRouteTable index, behind its policy; "" where there is none."""
    policy = row[0] if row else 0
    kind, size, *octets = (*row[1 + policy :], 0, 0)[:18]
    return _dotted(tuple(octets[:size])) if kind == 1 and size == 4 else ""


def _dotted(octets: tuple[int, ...]) -> str:
    plain = ".".join(str(octet) for octet in octets)
    return plain if len(octets) == 4 and max(octets) < 256 and any(octets) else ""


def _behind(
    gateway: str, networks: Iterable[tuple[ipaddress.IPv4Network, int]], names: Mapping[int, str]
) -> str | Absent:
    """The interface whose network holds the gateway: RouterOS and others leave the route's ifIndex at 0."""
    try:
        hop = ipaddress.IPv4Address(gateway)
    except ValueError:
        return ABSENT
    holding = sorted(((network.prefixlen, index) for network, index in networks if hop in network), reverse=True)
    return names.get(holding[0][1], ABSENT) if holding else ABSENT


INTERFACES: Final = Table(
    (*ROWS, ADDRESS_INDEX),
    (facts.INTERFACES,),
    read,
    more=(ADDRESS_MASK, ANY_ADDRESS_INDEX, ANY_ADDRESS_TYPE, *ROUTES),
    more_keys=(facts.ROUTES_DEFAULT,),
)
