"""FortiOS configurations: interfaces, default routes, SD-WAN and link monitors, bandwidth, pairs, virtual domains."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.blocks import Block
from auditor.facts import Interface, LinkQuality, LinkRate, Route
from auditor.model import Key
from auditor.values import ABSENT, Absent

_KINDS: Final = {"physical": "ethernet", "hard-switch": "bridge", "switch": "bridge", "aggregate": "aggregate",
                 "redundant": "aggregate", "vlan": "vlan", "tunnel": "tunnel", "loopback": "loopback",
                 "vap-switch": "wifi", "wl-mesh": "wifi"}  # fmt: skip
_DISTANCE: Final = 10  # config router static: distance
_LEASED: Final = 5  # config system interface: distance, of a route that a lease or a session brings
_TABLES: Final = ("system sdwan", "system virtual-wan-link")
_EVERYWHERE: Final = "0.0.0.0 0.0.0.0"
MOST: Final = 5_000


# ---- virtual domains ----


def domains(tree: Block) -> list[Block]:
    """The configuration of each virtual domain beside the global part; the whole where there are none.

    Names mean what their own domain says they mean. Where several have policies, theirs begin with their domain.
    """
    rows = {name: row for name, row in tree.table("vdom").rows.items() if row.tables}
    shared = tree.table("global")
    if not rows:
        return [merged(tree)]
    several = sum(1 for row in rows.values() if row.table("firewall policy").rows) > 1
    return [_domain(name, row, shared, several) for name, row in rows.items()]


def _domain(name: str, row: Block, shared: Block, several: bool) -> Block:
    tables = dict(shared.tables)
    for path, table in row.tables.items():
        own = table
        if several and path in ("firewall policy", "firewall policy6"):
            own = Block(table.settings, table.tables, {f"{name}/{id}": one for id, one in table.rows.items()})
        known = tables.get(path, Block())
        tables[path] = Block(known.settings | own.settings, known.tables | own.tables, known.rows | own.rows)
    ports = tables.get("system interface", Block())
    mine = {port: one for port, one in ports.rows.items() if one.get("vdom", name) == name}
    tables["system interface"] = Block(ports.settings, ports.tables, mine)
    return Block(tables=tables)


def merged(tree: Block) -> Block:
    """The global part and all domains in one tree: what is told of the box as a whole."""
    rows = [row for row in tree.table("vdom").rows.values() if row.tables]
    if not rows and not tree.table("global").tables:
        return tree
    joined = Block(dict(tree.settings), dict(tree.tables), dict(tree.rows))
    for part in (tree.table("global"), *rows):
        for path, table in part.tables.items():
            known = joined.tables.get(path, Block())
            joined.tables[path] = Block(
                known.settings | table.settings, known.tables | table.tables, table.rows | known.rows
            )
    return joined


# ---- interfaces ----


def interfaces(tree: Block) -> Iterator[Interface]:
    """Every interface with its label, state and addresses; no link and no speed stands in a configuration."""
    for name, row in list(tree.table("system interface").rows.items())[:MOST]:
        kind = row.get("type")
        yield Interface(
            name,
            alias=row.get("alias") or row.get("description") or ABSENT,
            kind=_KINDS.get(kind, "vlan" if row.get("vlanid") else ABSENT),
            physical=kind == "physical" if kind else ABSENT,
            admin_up=False if row.get("status") == "down" else ABSENT,
            addresses=tuple(_addresses(row)) or ABSENT,
        )


def _addresses(row: Block) -> Iterator[str]:
    second = [one.get("ip") for one in row.table("secondaryip").rows.values()]
    six = row.table("ipv6")
    for text in (row.get("ip"), *second, six.get("ip6-address")):
        address = text.partition(" ")[0].partition("/")[0]
        if address and address not in ("0.0.0.0", "::"):  # noqa: S104 - read, not bound
            yield address


# ---- default routes ----


def routes(tree: Block) -> Iterator[Route]:
    """Static default routes, those of SD-WAN by each of its members, and those of leases and dialled sessions."""
    for row in tree.table("router static").rows.values():
        if row.get("dst", _EVERYWHERE) != _EVERYWHERE or row.get("dstaddr") or row.get("internet-service"):
            continue
        if row.get("status") == "disable" or row.get("blackhole") == "enable":
            continue
        balanced = "enable" in (row.get("sdwan"), row.get("virtual-wan-link")) or row.get("sdwan-zone")
        if balanced:
            yield from _members(tree, row.settings.get("sdwan-zone", []), _metric(row, 1))
        elif port := row.get("device"):
            yield Route("0.0.0.0/0", port, _hop(row) or ABSENT, "static", _metric(row, _DISTANCE))
    for name, row in tree.table("system interface").rows.items():
        mode = row.get("mode")
        if mode in ("dhcp", "pppoe") and row.get("defaultgw", "enable") == "enable" and row.get("status") != "down":
            yield Route("0.0.0.0/0", name, protocol="ppp" if mode == "pppoe" else mode, metric=_metric(row, _LEASED))
    yield from _six(tree)


def _six(tree: Block) -> Iterator[Route]:
    for row in tree.table("router static6").rows.values():
        if row.get("dst", "::/0") == "::/0" and row.get("status") != "disable" and row.get("device"):
            yield Route("::/0", row.get("device"), row.get("gateway") or ABSENT, "static", _metric(row, _DISTANCE))


def _members(tree: Block, zones: Sequence[str], metric: int) -> Iterator[Route]:
    for table in (tree.table(path) for path in _TABLES):
        for row in table.table("members").rows.values():
            inside = not zones or row.get("zone", "virtual-wan-link") in zones
            if row.get("interface") and row.get("status") != "disable" and inside:
                yield Route("0.0.0.0/0", row.get("interface"), _hop(row) or ABSENT, "static", metric)


def _hop(row: Block) -> str:
    try:
        found = ipaddress.ip_address(row.get("gateway"))
    except ValueError:
        return ""
    return "" if found.is_unspecified else str(found)


def _metric(row: Block, usual: int) -> int:
    said = row.get("distance")
    return int(said) if said.isdecimal() else usual


# ---- probes and rates ----


def probes(tree: Block) -> Iterator[LinkQuality]:
    """What the box measures towards whom: SD-WAN health checks and link monitors; no result stands here.

    A check of no member is one that the factory offers, and measures nothing.
    """
    for table in (tree.table(path) for path in _TABLES):
        for name, row in table.table("health-check").rows.items():
            for server in row.settings.get("server", []) if row.settings.get("members") else ():
                yield LinkQuality(f"{name} {server}")
    for name, row in tree.table("system link-monitor").rows.items():
        if row.get("status") != "disable":
            yield from (LinkQuality(f"{name} {server}") for server in row.settings.get("server", []))


def rates(tree: Block) -> Iterator[LinkRate]:
    """Shapers of interfaces, and the bandwidth that was estimated or written for them; in kbit/s there."""
    for name, row in tree.table("system interface").rows.items():
        for method, down, up in (
            ("shaper", "inbandwidth", "outbandwidth"),
            ("bandwidth", "estimated-downstream-bandwidth", "estimated-upstream-bandwidth"),
        ):
            told = [_rate(row.get(down)), _rate(row.get(up))]
            if told != [ABSENT, ABSENT]:
                yield LinkRate(name, method, *told)


def _rate(said: str) -> int | Absent:
    return int(said) * 1000 if said.isdecimal() and int(said) else ABSENT


# ---- together ----


def ways(tree: Block) -> dict[Key[Any], Any]:
    """What a domain says of its ways out."""
    found: dict[Key[Any], Any] = {
        facts.ROUTES_DEFAULT: tuple(dict.fromkeys(routes(tree))),
        facts.LINK_QUALITY: tuple(dict.fromkeys(probes(tree))),
    }
    return {key: value for key, value in found.items() if value}


def ports(tree: Block, whole: bool) -> dict[Key[Any], Any]:
    """What the global part says of links and of a pair."""
    found: dict[Key[Any], Any] = {facts.INTERFACES: tuple(interfaces(tree)), facts.LINK_RATES: tuple(rates(tree))}
    kept = {key: value for key, value in found.items() if value}
    if whole and tree.table("system ha").get("mode", "standalone") == "standalone":
        kept[facts.HA_STATE] = "standalone"
    return kept
