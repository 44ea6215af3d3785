"""Interfaces, routes and shapers of a Linux host, from JSON where ip and tc speak it and from their text elsewhere."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors.page import Told, unread
from auditor.facts import Interface, LinkRate, Route
from auditor.model import Key
from auditor.values import ABSENT, Absent

_KINDS: Final = {"loopback": "loopback", "ether": "ethernet", "none": "tunnel", "ppp": "ppp", "sit": "tunnel"}
_NAMED: Final = (  # what the kernel calls ethernet and is none
    (re.compile(r"(?:br-|virbr|docker|br\d|brq|vmbr|ovs-)"), "bridge"),
    (re.compile(r"(?:veth|vnet|tap|ifb|dummy|macvtap|vrf)"), "virtual"),
    (re.compile(r"(?:wg|tun|gre|vti|ipsec|xfrm|l2tp)\d"), "tunnel"),
    (re.compile(r"bond\d+$|team\d+$"), "aggregate"),
    (re.compile(r".+\.\d+$|vlan\d+"), "vlan"),
    (re.compile(r"wwan\d|wwp"), "cellular"),
)
_DEAD: Final = ("unreachable", "blackhole", "prohibit", "throw")


def json_list(output: str) -> list[Any] | None:
    """The JSON list of an answer, also behind a warning that sudo or ssh put before it."""
    start = output.find("[")
    try:
        found = json.loads(output[start:]) if start >= 0 else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


# ---- interfaces ----


def links(output: str) -> Told:
    """`ip -j -s addr`: interfaces with their states, errors and addresses; a virtual port tells no speed."""
    rows = json_list(output)
    if rows is None:
        return unread(output)
    found = tuple(_link(row) for row in rows if isinstance(row, dict) and row.get("ifname"))
    return Told({facts.INTERFACES: found} if found else {}, 0 if found else 1)


def _link(row: Mapping[str, Any]) -> Interface:
    counters = row.get("stats64") if isinstance(row.get("stats64"), dict) else {}
    received, sent = (way if isinstance(way := counters.get(name), dict) else {} for name in ("rx", "tx"))  # type: ignore[union-attr]
    flags = row["flags"] if isinstance(row.get("flags"), list) else []
    name = line(str(row["ifname"]))
    kind = _kind(name, _KINDS.get(str(row.get("link_type")), ABSENT))
    state = str(row.get("operstate", "UNKNOWN"))
    return Interface(
        name=name,
        index=row["ifindex"] if isinstance(row.get("ifindex"), int) else ABSENT,
        alias=line(str(row["ifalias"])) if row.get("ifalias") else ABSENT,
        kind=kind,
        physical=False if kind in ("loopback", "tunnel", "bridge", "virtual", "vlan", "aggregate") else ABSENT,
        admin_up="UP" in flags,
        oper_up=True if state == "UP" else False if state in ("DOWN", "LOWERLAYERDOWN") else ABSENT,
        in_errors=_count(received, "errors"),
        out_errors=_count(sent, "errors"),
        in_discards=_count(received, "dropped"),
        out_discards=_count(sent, "dropped"),
        in_packets=_count(received, "packets"),
        out_packets=_count(sent, "packets"),
        addresses=tuple(_addresses(row)) or ABSENT,
    )


def _kind(name: str, plain: str | Absent) -> str | Absent:
    if plain in ("ethernet", ABSENT):
        return next((kind for pattern, kind in _NAMED if pattern.match(name)), plain)
    return plain


def _addresses(row: Mapping[str, Any]) -> Iterator[str]:
    told = row.get("addr_info")
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict) and one.get("local"):
            yield line(str(one["local"]))


def _count(counters: Mapping[str, Any], key: str) -> Any:
    return counters[key] if isinstance(counters.get(key), int) else ABSENT


_HEAD: Final = re.compile(r"(\d+): (\S+?)(?:@\S+)?: <([A-Z0-9_,-]*)> .*?\bstate (\S+)")


def links_text(output: str) -> Told:
    """`ip address show`: the same without counters."""
    found: list[Interface] = []
    strange = 0
    for part in re.split(r"(?m)^(?=\d+: )", output):
        if not part.strip():
            continue
        head = _HEAD.match(part)
        if head is None:
            strange += 1
            continue
        link = re.search(r"(?m)^\s+link/(\S+)", part)
        kind = _kind(line(head[2]), _KINDS.get(link[1] if link else "", ABSENT))
        found.append(
            Interface(
                name=line(head[2]),
                index=int(head[1]),
                kind=kind,
                physical=False if kind in ("loopback", "tunnel", "bridge", "virtual", "vlan", "aggregate") else ABSENT,
                admin_up="UP" in head[3].split(","),
                oper_up={"UP": True, "DOWN": False, "LOWERLAYERDOWN": False}.get(head[4], ABSENT),
                addresses=tuple(re.findall(r"(?m)^\s+inet6? ([\da-fA-F.:]+)", part)) or ABSENT,
            )
        )
    return Told({facts.INTERFACES: tuple(found)}, strange) if found else unread(output)


# ---- routes ----


def routes(output: str) -> Told:
    """`ip -j route show default`: the default routes; of several the one of the lowest metric is in use."""
    rows = json_list(output)
    if rows is None:
        return unread(output)
    found = [_route(row) for row in rows if isinstance(row, dict) and row.get("dst") == "default"
             and row.get("type") not in _DEAD]  # fmt: skip
    return Told({facts.ROUTES_DEFAULT: _ranked([one for one in found if one])} if found else {})


def _route(row: Mapping[str, Any]) -> Route | None:
    if not isinstance(row.get("dev"), str) and not isinstance(row.get("gateway"), str):
        return None
    gateway = row.get("gateway") or (row["via"].get("host") if isinstance(row.get("via"), dict) else None)
    metric = row.get("metric")
    return Route(
        _everywhere(str(gateway or "")),
        interface=line(row["dev"]) if isinstance(row.get("dev"), str) else ABSENT,
        gateway=line(str(gateway)) if gateway else ABSENT,
        protocol=line(row["protocol"]) if isinstance(row.get("protocol"), str) else ABSENT,
        metric=metric if isinstance(metric, int) else ABSENT,
        active="linkdown" not in (row.get("flags") or ()),
    )


def _everywhere(gateway: str) -> str:
    try:
        return "::/0" if ipaddress.ip_address(gateway).version == 6 else "0.0.0.0/0"
    except ValueError:
        return "0.0.0.0/0"


def _ranked(found: list[Route]) -> tuple[Route, ...]:
    """Only the route of the lowest metric carries traffic; without a metric it is 0."""

    def rank(one: Route) -> int:
        return 0 if isinstance(one.metric, Absent) else one.metric

    done = []
    for one in dict.fromkeys(found):
        live = [rank(other) for other in found if other.network == one.network and other.active is True]
        done.append(replace(one, active=one.active is True and rank(one) == min(live, default=0)))
    return tuple(done)


def joined(known: tuple[Route, ...], told: tuple[Route, ...]) -> tuple[Route, ...]:
    """The routes of two answers, each once. The shell decides which is in use: SNMP knows no metric above 2^31."""
    if _of_shell(known) and not _of_shell(told):
        known, told = told, known
    networks = {row.network for row in told}
    again = {(row.network, row.gateway, row.interface): row for row in told}
    rows = []
    for row in known:
        other = again.pop((row.network, row.gateway, row.interface), None)
        if other is not None:
            rows.append(replace(other, metric=row.metric) if isinstance(other.metric, Absent) else other)
        else:
            rows.append(replace(row, active=False) if row.network in networks else row)
    return (*rows, *again.values())


def _of_shell(rows: tuple[Route, ...]) -> bool:
    """Only `ip` names the protocol that a route came from."""
    return any(not isinstance(row.protocol, Absent) for row in rows)


def routes_text(output: str) -> Told:
    """`ip route show`."""
    lines = [one.strip() for one in output.splitlines() if one.strip()]
    if not any(
        re.match(r"(?:\w+ )?(?:default|[\da-fA-F.:]+(?:/\d+)?)\b.*\b(?:dev|metric|via)\b", one) for one in lines
    ):
        return unread(output)
    found = []
    for one in lines:
        if not one.startswith("default"):
            continue
        said = dict(re.findall(r"\b(via|dev|proto|metric) (\S+)", one))
        row = {"dev": said.get("dev"), "gateway": said.get("via"), "protocol": said.get("proto"),
               "metric": int(said["metric"]) if said.get("metric", "").isdecimal() else None,
               "flags": ["linkdown"] if "linkdown" in one else []}  # fmt: skip
        found.append(_route(row))
    known = [one for one in found if one]
    return Told({facts.ROUTES_DEFAULT: _ranked(known)} if known else {})


# ---- shapers ----


def shapers(output: str) -> Told:
    """`tc -j qdisc show`: the rate of a token bucket or of cake, in bytes/s there, in bit/s here."""
    rows = json_list(output)
    if rows is None:
        return unread(output)
    found = [
        LinkRate(line(str(row.get("dev", ""))), "shaper", up_bps=rate * 8)
        for row in rows
        if isinstance(row, dict) and (rate := _rate(row.get("options"))) > 0
    ]
    told: dict[Key[Any], Any] = {facts.LINK_RATES: tuple(found)} if found else {}
    kinds = {str(row.get("kind")) for row in rows if isinstance(row, dict)}
    if found and kinds & {"prio", "htb", "hfsc", "cake"}:
        told[facts.LINK_QOS] = "priority+shaper"
    return Told(told)


def _rate(options: Any) -> int:
    """tbf says `rate`, cake `bandwidth`, both in bytes/s."""
    said = options if isinstance(options, dict) else {}
    for name in ("rate", "bandwidth"):
        if isinstance(said.get(name), int) and not isinstance(said.get(name), bool):
            return int(said[name])
    return 0


_TC: Final = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}


def classes(output: str) -> Told:
    """`tc class show dev IF`: the ceiling of HTB's root class, in bit/s."""
    found = []
    for name, number, scale in re.findall(r"(?m)^class htb (\S+) root .*?\brate ([\d.]+)([KMGkmg]?)bit", output):
        found.append(LinkRate(line(name), "shaper", up_bps=int(float(number) * _TC[scale.lower()])))
    return Told({facts.LINK_RATES: tuple(found[:1])} if found else {})
