"""The lines of a pfSense or OPNsense configuration: interfaces, where the default routes leave, limits of shapers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.markup import Part
from auditor.collectors.vendors.pf_rules import DYNAMIC, Box
from auditor.facts import Interface, LinkRate, Route
from auditor.filters import span_of
from auditor.model import Key
from auditor.values import ABSENT

_UNITS: Final = {"b": 1, "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000, "kbit": 1000, "mbit": 1_000_000,
                 "gbit": 1_000_000_000, "bit": 1}  # fmt: skip
_ALL: Final = ("", "any", "ip")


def told(root: Part, names: Box) -> dict[Key[Any], Any]:
    """Interfaces, default routes and rates, where some are written."""
    rates = tuple(dict.fromkeys([*_queues(root), *_limiters(root, names), *_pipes(root)]))
    found: tuple[tuple[Key[Any], Any], ...] = (
        (facts.INTERFACES, tuple(_interfaces(root))),
        (facts.ROUTES_DEFAULT, tuple(_routes(root))),
        (facts.LINK_RATES, rates),
    )
    return {key: rows for key, rows in found if rows}


# ---- interfaces ----


def _interfaces(root: Part) -> Iterator[Interface]:
    """Those of the first versions carry no mark of being switched on: there the two they had always are."""
    rows = [(name, one) for name, one in root.at("interfaces").below() if one.text("if") and name != "lo0"]
    marked = any(one.at("enable").there for _, one in rows)
    for name, one in rows:
        texts = (one.text("ipaddr"), one.text("ipaddrv6"))
        yield Interface(
            name=one.text("if"),
            alias=one.text("descr") or name,
            admin_up=one.flag("enable") or (not marked and name in ("wan", "lan")),
            addresses=tuple(text for text in texts if span_of(text)) or ABSENT,
        )


def device(root: Part, name: str) -> str:
    """The name that the system has for an interface of the configuration: `igb0` of `wan`."""
    return root.text(f"interfaces/{name}/if") if re.fullmatch(r"\w+", name) else ""


# ---- default routes ----


def _routes(root: Part) -> Iterator[Route]:
    """Gateways that may be the default, the one that is first; those of an interface that its provider addresses."""
    said = {family: root.text(f"gateways/defaultgw{family}") for family in ("4", "6")}
    rows = [*root.rows("gateways/gateway_item"), *root.rows("OPNsense/Gateways/gateway_item")]
    used = {one.text("gateway") for _, one in root.at("interfaces").below()} - {""}
    told = set()
    for one in rows:
        family = "6" if one.text("ipprotocol") == "inet6" else "4"
        wanted = {*_members(root, said[family]), *used}
        upstream = one.flag("defaultgw") or one.text("name") in wanted
        if one.flag("disabled") or not upstream:
            continue
        told.add((one.text("interface"), family))
        yield _route(root, one, family, said[family])
    for name, one in root.at("interfaces").below():
        kind = one.text("ipaddr")
        if kind in DYNAMIC and one.flag("enable") and (name, "4") not in told and not _inner(name, one):
            yield Route("0.0.0.0/0", one.text("if"), protocol=kind)


def _inner(name: str, one: Part) -> bool:
    return "lan" in (name, one.text("descr").lower())


def _route(root: Part, one: Part, family: str, chosen: str) -> Route:
    gateway = one.text("gateway")
    first = one.text("name") == chosen if chosen and chosen != "-" and not _members(root, chosen)[1:] else None
    return Route(
        "::/0" if family == "6" else "0.0.0.0/0",
        device(root, one.text("interface")) or ABSENT,
        gateway if span_of(gateway) else ABSENT,
        "static" if span_of(gateway) else "dhcp",
        active=ABSENT if first is None else first,
    )


def _members(root: Part, name: str) -> list[str]:
    """The gateways of a group (`NAME|tier|address`), or the gateway of that name."""
    group = next((one for one in root.rows("gateways/gateway_group") if one.text("name") == name), None)
    found = [] if group is None else [one.text().partition("|")[0] for one in group.rows("item")]
    return found or ([name] if name else [])


# ---- rates ----


def _bits(number: str, unit: str) -> int:
    scale = _UNITS.get(unit.lower(), 0)
    return int(Fraction(number) * scale) if re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", number) else 0


def _queues(root: Part) -> Iterator[LinkRate]:
    """ALTQ of pfSense: the root of an interface's queues holds what may leave by it; a share has no rate."""
    for one in root.rows("shaper/queue"):
        rate = _bits(one.text("bandwidth"), one.text("bandwidthtype"))
        if rate and one.text("enabled") in ("on", "yes", "") and (name := device(root, one.text("interface"))):
            yield LinkRate(name, "shaper", up_bps=rate)


def _limiters(root: Part, names: Box) -> Iterator[LinkRate]:
    """Limiters of pfSense that a rule puts everything of an interface through.

    The first pipe of a rule takes what goes the way of the rule: into the interface, and out of it for rules of that
    direction (Netgate, "Limiters"). A limiter with a mask bounds each host, and not the line.
    """
    sizes = dict(_sizes(root))
    for one in root.rows("filter/rule"):
        ends = [one.at(side).at("any").there or not one.at(side).there for side in ("source", "destination")]
        if one.flag("disabled") or one.text("protocol") not in _ALL or not all(ends):
            continue
        first, second = (sizes.get(one.text(name), 0) for name in ("dnpipe", "pdnpipe"))
        up, down = (first, second) if one.text("direction") == "out" else (second, first)
        for name in re.split(r"[,\s]+", one.text("interface")):
            if (up or down) and name in names.outside and (port := device(root, name)):
                yield LinkRate(port, "shaper", down or ABSENT, up or ABSENT)


def _sizes(root: Part) -> Iterator[tuple[str, int]]:
    """The rate of each limiter by its name, and by those of its queues; of several, the one of no schedule."""
    for one in root.rows("dnshaper/queue"):
        rows = [row for row in one.rows("bandwidth/item") if row.text("bwsched") in ("", "none")]
        rate = _bits(rows[0].text("bw"), rows[0].text("bwscale")) if rows else 0
        if rate and one.text("enabled") in ("on", "yes", "") and one.text("mask") in ("", "none"):
            yield one.text("name"), rate
            yield from ((queue.text("name"), rate) for queue in one.rows("queue"))


def _pipes(root: Part) -> Iterator[LinkRate]:
    """OPNsense: pipes that a rule puts everything of an interface through, one way or both."""
    base = root.at("OPNsense/TrafficShaper")
    sizes = {_uuid(one): _bits(one.text("bandwidth"), one.text("bandwidthMetric")) for one in base.rows("pipes/pipe")
             if one.flag("enabled") and one.text("mask") in ("", "none")}  # fmt: skip
    sizes |= {_uuid(one): sizes.get(one.text("pipe"), 0) for one in base.rows("queues/queue") if one.flag("enabled")}
    for one in base.rows("rules/rule"):
        rate, way = sizes.get(one.text("target"), 0), one.text("direction")
        ends = {one.text("source") or "any", one.text("destination") or "any"}
        wide = one.text("proto") in _ALL and "any" in ends and one.text("interface2") == ""
        if rate and one.flag("enabled") and wide and (name := device(root, one.text("interface"))):
            yield LinkRate(name, "shaper", ABSENT if way == "out" else rate, ABSENT if way == "in" else rate)


def _uuid(one: Part) -> str:
    return "" if one.node is None else one.node.get("uuid", "")
