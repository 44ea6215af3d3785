"""Which interfaces of a device lead to the internet, and why: never the fastest one."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from auditor.facts import Interface, Route, Uplink
from auditor.values import Absent

_LABEL: Final = re.compile(
    r"\b(?:wan\d*|internet|outside|untrust|dialer\d*|uplink|isp|ftt[hoe]|fibre|fiber|adsl|vdsl|sdsl|xdsl|pppoe"
    r"|op[eé]rateur|reseau|réseau)\b",
    re.I,
)
_INWARD: Final = re.compile(r"\b(?:lan|vlan|client|customer|voice|management|mgmt|sip|trunk|backup link to)\b", re.I)
_NEVER: Final = ("loopback", "voice", "other")
_LINES: Final = ("ppp", "adsl", "vdsl", "vdsl2", "shdsl", "atm", "cellular", "gpon", "cable")  # only ever a WAN


def same_name(one: str, other: str) -> bool:
    """Gi0/0 and GigabitEthernet0/0 are the same interface."""
    if one.lower() == other.lower():
        return True
    parts = [re.fullmatch(r"([A-Za-z-]+)\s*([\d/.:]+)", text) for text in (one, other)]
    if not all(parts):
        return False
    (a, b), (c, d) = ((p.group(1).lower(), p.group(2)) for p in parts if p)
    return b == d and (a.startswith(c) or c.startswith(a))


def named(row: Interface, name: str) -> bool:
    """Whether a name, short or long, is this interface's."""
    known = [row.name, *(text for text in (row.description, row.alias) if not isinstance(text, Absent))]
    return any(same_name(text, name) for text in known)


def routed(rows: Sequence[Interface], routes: Sequence[Route]) -> tuple[Interface, ...]:
    """The interfaces, each with whether a default route leaves by it, where the routes are known."""
    leaving = [route.interface for route in _fourth(routes) if not isinstance(route.interface, Absent)]
    if not leaving:
        return tuple(rows)
    return tuple(replace(row, default_route=any(named(row, name) for name in leaving)) for row in rows)


def _fourth(routes: Sequence[Route]) -> Sequence[Route]:
    """The routes of IPv4 where there are any: a kernel's ::/0 may be one that leads nowhere."""
    return [route for route in routes if ":" not in route.network] or routes


def uplinks(rows: Sequence[Interface], routes: Sequence[Route], inside: Iterable[str] = ()) -> tuple[Uplink, ...]:
    """The interfaces of the first clue that tells any: the default route, a label, a public address, a kind of line.

    `inside` are networks that count as the site's own. Nothing is concluded from the speed of a port, nor from one that
    is down.
    """
    by_route = _by_route(rows, routes)
    if by_route:
        return by_route
    own = tuple(inside)
    usable = [row for row in rows if row.admin_up is not False and row.oper_up is not False and row.kind not in _NEVER]
    for reason, found in (
        ("label", [row for row in usable if _labelled(row)]),
        ("address", [row for row in usable if _public(row, own)]),
        ("kind", [row for row in usable if row.kind in _LINES]),
    ):
        addressed = [row for row in found if not isinstance(row.addresses, Absent)]
        if found:  # of a port and the session that dials over it, the one with an address
            names = dict.fromkeys(row.name for row in addressed or found)
            return tuple(Uplink(name, reason) for name in names)
    return ()


def _by_route(rows: Sequence[Interface], routes: Sequence[Route]) -> tuple[Uplink, ...]:
    """Routes in use before those that stand by; one interface once."""
    found: dict[str, Uplink] = {}
    for route in sorted(_fourth(routes), key=lambda route: route.active is False):
        if not isinstance(route.interface, Absent):
            name = next((row.name for row in rows if named(row, route.interface)), route.interface)
            found.setdefault(name, Uplink(name, "default_route", route.gateway))
    for row in rows:
        if row.default_route is True:
            found.setdefault(row.name, Uplink(row.name, "default_route"))
    return tuple(found.values())


def _labelled(row: Interface) -> bool:
    label = " ".join(text for text in (row.name, row.alias, row.description) if not isinstance(text, Absent))
    label = re.sub(r"[_:=.-]+", " ", label)
    return bool(_LABEL.search(label)) and not _INWARD.search(label)


def _public(row: Interface, inside: Sequence[str]) -> bool:
    """Whether it holds an address that is neither private nor one of the site's own networks."""
    own = [ipaddress.ip_network(network, strict=False) for network in inside]
    for text in () if isinstance(row.addresses, Absent) else row.addresses:
        try:
            address = ipaddress.ip_interface(text).ip
        except ValueError:
            continue
        if address.is_global and not any(address in network for network in own):
            return True
    return False
