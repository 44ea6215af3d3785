"""What a PAN-OS configuration tells of its lines: interfaces, default routes, rates of QoS, its pair, its shell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.panos_rules import Network, addressed, leaving, static_routes
from auditor.collectors.vendors.trees import Node, Tree
from auditor.facts import Interface, LinkRate, Route
from auditor.filters import span_of
from auditor.model import Key
from auditor.values import ABSENT, Absent

_KINDS: Final = ("ethernet", "aggregate-ethernet")


def told(tree: Tree, nets: Sequence[Network], *, whole: bool) -> dict[Key[Any], Any]:
    """Interfaces, default routes and rates where some are written; `whole` says that nothing of the parts was cut."""
    device = nets[0].device
    found: dict[Key[Any], Any] = {}
    for key, rows in (
        (facts.INTERFACES, tuple(_interfaces(device, nets))),
        (facts.ROUTES_DEFAULT, tuple(_routes(device))),
        (facts.LINK_RATES, tuple(_rates(device))),
    ):
        if rows:
            found[key] = rows
    if any(row.value("enabled") == "yes" for _, row in device.rows("network", "qos", "interface")):
        found[facts.LINK_QOS] = "priority+shaper" if facts.LINK_RATES in found else "priority"
    pair = device.value("deviceconfig", "high-availability", "enabled")
    if whole and device.has("deviceconfig") and pair != "yes":
        found[facts.HA_STATE] = "standalone"
    return found | _shell(device, whole=whole)


# ---- interfaces ----


def _interfaces(device: Node, nets: Sequence[Network]) -> Iterator[Interface]:
    """The ports of the box with their subinterfaces; one without a word of its own is as the factory left it."""
    known = addressed(device)
    for kind in _KINDS:
        for name, row in device.rows("network", "interface", kind):
            for unit, node in [(name, row), *row.rows("layer3", "units")]:
                yield _interface(unit, node, known.get(unit, ()), nets, physical=unit == name and kind == "ethernet")
    for kind in ("loopback", "tunnel", "vlan"):
        for name, row in device.rows("network", "interface", kind, "units"):
            yield _interface(name, row, known.get(name, ()), nets, physical=False)


def _interface(name: str, row: Node, texts: Sequence[str], nets: Sequence[Network], *, physical: bool) -> Interface:
    zone = next((zone for net in nets if (zone := net.zone_of(name))), "")
    hosts = [text.partition("/")[0] for net in nets[:1] for text in net.addresses(tuple(texts))]
    return Interface(
        name,
        alias=row.value("comment") or zone or ABSENT,
        kind="tunnel" if name.startswith("tunnel") else "ethernet" if physical else ABSENT,
        physical=physical,
        admin_up=row.value("link-state") != "down",
        addresses=tuple(host for host in hosts if span_of(host)) or ABSENT,
    )


# ---- default routes ----


def _routes(device: Node) -> Iterator[Route]:
    """Static ones of every router, and those that a provider hands out."""
    for row in static_routes(device):
        if (network := row.value("destination")) in ("0.0.0.0/0", "::/0"):
            yield _static(device, row, network)
    for kind in _KINDS:
        for name, row in device.rows("network", "interface", kind):
            for unit, node in [(name, row.at("layer3")), *row.rows("layer3", "units")]:
                if (
                    node.has("dhcp-client")
                    and node.value("dhcp-client", "create-default-route", default="yes") == "yes"
                ):
                    if node.value("dhcp-client", "enable", default="yes") == "yes":
                        yield Route("0.0.0.0/0", unit, protocol="dhcp")
                elif node.value("pppoe", "enable") == "yes" and node.value("pppoe", "create-default-route") != "no":
                    yield Route("0.0.0.0/0", unit, protocol="pppoe")


def _static(device: Node, row: Node, network: str) -> Route:
    metric = row.value("metric")
    return Route(
        network,
        leaving(device, row) or ABSENT,
        row.value("nexthop", "ip-address") or row.value("nexthop", "ipv6-address") or ABSENT,
        "static",
        int(metric) if metric.isdecimal() and len(metric) < 6 else ABSENT,
    )


# ---- rates ----


def _rates(device: Node) -> Iterator[LinkRate]:
    """QoS limits what leaves an interface, in Mbit/s: by the interface's own maximum, else by that of its profile."""
    for name, row in device.rows("network", "qos", "interface"):
        if row.value("enabled") != "yes":
            continue
        chosen = row.value("regular-traffic", "default-group", "qos-profile")
        profile = device.at("network", "qos", "profile", chosen)
        own = row.value("interface-bandwidth", "egress-max")
        rate = _bits(own) or _bits(profile.value("aggregate-bandwidth", "egress-max"))
        if not isinstance(rate, Absent) and rate:
            yield LinkRate(name, "shaper", up_bps=rate)


def _bits(text: str) -> int:
    """`50`, `12.5`: Mbit/s; 0 where nothing is set, which is no limit."""
    return int(Fraction(text) * 1_000_000) if re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", text) else 0


# ---- its shell ----


def _shell(device: Node, *, whole: bool) -> dict[Key[Any], Any]:
    """SSH 2 alone is spoken; its algorithms where a profile names them (10.0), or the list of its ciphers (8.1)."""
    system = device.at("deviceconfig", "system")
    found: dict[Key[Any], Any] = {}
    if whole and system.below and system.value("service", "disable-ssh") != "yes":
        found[facts.ACCESS_SSH_VERSION] = "2"
    chosen = system.value("ssh", "mgmt", "server-profile")
    profile = system.at("ssh", "profiles", "mgmt-profiles", "server-profiles", chosen)
    names = [name for part in ("kex", "ciphers", "mac") for name in profile.names(part)]
    names = names or list(system.names("ssh", "ciphers", "mgmt"))
    return found | ({facts.ACCESS_SSH_ALGORITHMS: tuple(dict.fromkeys(names))} if names else {})
