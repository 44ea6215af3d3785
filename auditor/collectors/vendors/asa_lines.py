"""Cisco ASA's lines: its default routes with their tracks, and the rates that its policies hold interfaces to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from auditor import facts
from auditor.collectors.vendors.asa_rules import interfaces, leading
from auditor.collectors.vendors.blocks import Line
from auditor.collectors.vendors.page import Told, unread
from auditor.facts import LinkQuality, LinkRate, Route
from auditor.values import ABSENT

_ROUTE: Final = re.compile(r"route (\S+) (?:0\.0\.0\.0|0) (?:0\.0\.0\.0|0) (\S+)(?: (\d+))?")
_ROUTE_6: Final = re.compile(r"ipv6 route (\S+) ::/0 (\S+)(?: (\d+))?")
_SHOWN: Final = re.compile(
    r"^(\S+?)\*?(?: \S+)?\s+0\.0\.0\.0 0\.0\.0\.0\s+\[(\d+)/\d+\]\s+via (\S+?)(?:, [\dwdhm:]+)?, (\S+)"
    r"(?![^\n]*\btunneled)"
    r"((?:\n\s+\[\d+/\d+\]\s+via \S+?(?:, [\dwdhm:]+)?, \S+)*)",
    re.M,
)
_LETTERS: Final = {"S": "static", "B": "bgp", "O": "ospf", "D": "eigrp", "R": "rip"}
_POLICE: Final = re.compile(r"police (input|output) (\d+)")


def configured(tree: Line) -> tuple[Route, ...]:
    """`route outside 0.0.0.0 0.0.0.0 203.0.113.1 1 track 1` and what a provider hands out.

    Of several the ones that are not the nearest wait for it to fail; one of what leaves tunnels (`tunneled`), and one
    of an interface for management alone, lead no office to the internet.
    """
    found = []
    for line in leading(tree):
        if match := _ROUTE.match(line.text):
            found.append(Route("0.0.0.0/0", match[1], match[2], "static", int(match[3] or 1)))
        elif match := _ROUTE_6.match(line.text):
            found.append(Route("::/0", match[1], match[2], "static", int(match[3] or 1)))
    for name, line in interfaces(tree).items():
        if line.after("ip address dhcp ").startswith("setroute") or line.after("ip address pppoe ").startswith(
            "setroute"
        ):
            found.append(Route("0.0.0.0/0", name, protocol="dhcp", metric=1))
    return tuple(found)


def shown(output: str) -> Told:
    """`show route`: the default routes in use; a waiting one is not shown."""
    if "Gateway of last resort" not in output:
        return unread(output)
    found = []
    for letter, metric, gateway, name, more in _SHOWN.findall(output):
        protocol = _LETTERS.get(letter, letter.lower())
        found.append(Route("0.0.0.0/0", name, gateway, protocol, int(metric), active=True))
        for again, hop, port in re.findall(r"\[(\d+)/\d+\]\s+via (\S+?)(?:, [\dwdhm:]+)?, (\S+)", more):
            found.append(Route("0.0.0.0/0", port, hop, protocol, int(again), active=True))
    if not found and "Gateway of last resort is not set" not in output:
        return unread(output)  # it has one, and its line was not understood or cut off
    return Told({facts.ROUTES_DEFAULT: tuple(found)})


def joined(known: tuple[Route, ...], other: tuple[Route, ...]) -> tuple[Route, ...]:
    """The written routes, each as the table shows it, and what the table alone has."""
    used = {(route.interface, route.gateway): route for route in (*known, *other) if route.active is True}
    written = [route for route in (*known, *other) if route.active is ABSENT]
    done = [used.get((route.interface, route.gateway)) or _waiting(route, bool(used)) for route in written]
    return tuple(dict.fromkeys([*done, *(route for route in used.values() if route not in done)]))


def _waiting(route: Route, table: bool) -> Route:
    """A route that the table does not show waits; nothing is said of it where no table was seen."""
    lonely = table and route.network == "0.0.0.0/0"
    active = False if lonely else route.active
    return Route(route.network, route.interface, route.gateway, route.protocol, route.metric, active)


def probes(output: str) -> Told:
    """`show sla monitor operational-state`: the last round trip of each operation, and how it ended."""
    found = []
    for block in re.split(r"^(?=Entry number: )", output, flags=re.M)[1:]:
        number = re.match(r"Entry number: (\d+)", block)
        code = re.search(r"^Latest operation return code: (\S.*?)\s*$", block, re.M)
        trip = re.search(r"^Latest RTT \(milliseconds\): (\d+)\s*$", block, re.M)
        if number and code:
            time = float(trip.group(1)) if trip else ABSENT
            found.append(LinkQuality(f"operation {number.group(1)}", time, state=code.group(1).lower()))
    return Told({facts.LINK_QUALITY: tuple(found)}) if found else unread(output)


# ---- rates ----


def rates(tree: Line) -> tuple[LinkRate, ...]:
    """Per interface: what its policy polices or shapes of all traffic; classes of a part say nothing of a line."""
    policies = {line.words[1]: line for line in tree.starting("policy-map ") if len(line.words) == 2}
    maps = tree.starting("class-map ")
    whole = {line.words[-1] for line in maps if any(one.text == "match any" for one in line.below)}
    found = []
    for line in tree.starting("service-policy "):
        words = line.words
        if len(words) > 3 and words[2] == "interface" and words[1] in policies:
            found += list(_rates(words[3], policies[words[1]], whole | {"class-default"}))
    return tuple(dict.fromkeys(found))


def _rates(interface: str, policy: Line, whole: set[str]) -> Iterator[LinkRate]:
    for line in policy.starting("class "):
        if line.words[-1] not in whole:
            continue
        for below in line.below:
            if match := _POLICE.match(below.text):
                bps = int(match[2])
                up, down = (bps, ABSENT) if match[1] == "output" else (ABSENT, bps)
                yield LinkRate(interface, "policer", down, up)
            elif match := re.match(r"shape average (\d+)", below.text):
                yield LinkRate(interface, "shaper", up_bps=int(match[1]))
