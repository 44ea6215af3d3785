"""Stormshield's NSRPC answers beside the filter: objects by their names, translation, clocks, licences.

Every answer begins with a line `101 code=… msg="Begin" format="section"` and ends with `100 code=… msg="Ok"`: without
its end an answer proves nothing. Lists are of the format `section_line`: `name=value` words on each line.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors.page import Facts, Told, unread
from auditor.facts import Licence, NamedObject, Pool, Rule, Translation
from auditor.filters import Service, Target, addresses, network, ports, service, span_of
from auditor.values import ABSENT

_BEGIN: Final = re.compile(r"^101 code=\w+ msg=", re.M)
_END: Final = re.compile(r"^100 code=\w+ msg=", re.M)


KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "any": ("any",), "http": ("tcp/80",), "https": ("tcp/443",), "ssh": ("tcp/22",), "telnet": ("tcp/23",),
    "ftp": ("tcp/21",), "ftps": ("tcp/990",), "dns": ("tcp/53", "udp/53"), "dns_tcp": ("tcp/53",),
    "dns_udp": ("udp/53",), "smtp": ("tcp/25",), "smtps": ("tcp/465",), "submission": ("tcp/587",),
    "pop3": ("tcp/110",), "pop3s": ("tcp/995",), "imap": ("tcp/143",), "imaps": ("tcp/993",), "ldap": ("tcp/389",),
    "ldaps": ("tcp/636",), "microsoft-ts": ("tcp/3389",), "microsoft-ds": ("tcp/445",), "netbios-ssn": ("tcp/139",),
    "netbios-ns": ("udp/137",), "netbios-dgm": ("udp/138",), "ntp": ("udp/123",), "snmp": ("udp/161",),
    "isakmp": ("udp/500",), "isakmp_natt": ("udp/4500",), "openvpn": ("tcp/1194", "udp/1194"), "pptp": ("tcp/1723",),
    "l2tp": ("udp/1701",), "sip": ("tcp/5060", "udp/5060"), "sip_tcp": ("tcp/5060",), "sip_udp": ("udp/5060",),
    "ms-sql-s": ("tcp/1433",), "mysql": ("tcp/3306",), "postgresql": ("tcp/5432",), "oracle": ("tcp/1521",),
    "firewall_srv": ("tcp/1300",), "squid": ("tcp/3128",), "tftp": ("udp/69",), "syslog": ("udp/514",),
}  # fmt: skip
"""The services of the factory's object base that a filter names most."""


# ---- the form of an answer ----


def said_lines(output: str) -> list[str] | None:
    """The lines between the beginning and the end of an answer; None where one of them is missing."""
    begin, end = _BEGIN.search(output), _END.search(output)
    if begin is None or end is None or end.start() < begin.start():
        return None
    return [text for raw in output[begin.start() : end.start()].splitlines()[1:] if (text := raw.strip())]


def sections(output: str) -> dict[str, dict[str, str]] | None:
    """`[Global]` and the `name=value` below it."""
    rows = said_lines(output)
    if rows is None:
        return None
    found: dict[str, dict[str, str]] = {}
    name = ""
    for text in rows:
        if match := re.fullmatch(r"\[(.+)\]", text):
            name = match[1].lower()
            found.setdefault(name, {})
        elif "=" in text:
            key, _, said = text.partition("=")
            found.setdefault(name, {})[key.strip().lower()] = said.strip().strip('"')
    return found


def listed(output: str) -> list[Mapping[str, str]] | None:
    """The lines of a list as their words; None where the answer is not whole."""
    found = said_lines(output)
    return None if found is None else [_words(text) for text in found if not re.fullmatch(r"\[.+\]", text)]


def _words(text: str) -> Mapping[str, str]:
    """`type=host name="a b" ip=10.0.0.1`; of a word that stands twice the first."""
    try:
        parts = shlex.split(text)
    except ValueError:
        return {}
    told: dict[str, str] = {}
    for part in parts:
        name, equals, said = part.partition("=")
        if equals:
            told.setdefault(name.lower(), line(said))
    return told


# ---- objects ----


def objects(output: str) -> Told:
    """`CONFIG OBJECT LIST type=all`: hosts, networks, ranges and services; groups are lists of their own."""
    said = listed(output)
    if said is None:
        return unread(output)
    found = tuple(one for row in said if (one := _object(row)) is not None)
    return Told({facts.FIREWALL_OBJECTS: found} if found else {})


def _object(row: Mapping[str, str]) -> NamedObject | None:
    kind, name = row.get("type", ""), row.get("name", "")
    values: list[str] = []
    if kind == "host" and span_of(row.get("ip", "")):
        values = [row["ip"]]
    elif kind == "network" and (inside := network(row.get("ip", ""), row.get("mask", row.get("prefixlen", "")))):
        values = [inside]
    elif kind == "range" and span_of(f"{row.get('begin', '')}-{row.get('end', '')}"):
        values = [f"{row['begin']}-{row['end']}"]
    elif kind == "service":
        values = [text for protocol in _protocols(row) if (text := _ports(protocol, row))]
    return NamedObject(name, kind, tuple(values)) if name and values else None


def _protocols(row: Mapping[str, str]) -> Sequence[str]:
    said = row.get("proto", row.get("protocol", "")).lower()
    return ("tcp", "udp") if said == "any" else (said,)


def _ports(protocol: str, row: Mapping[str, str]) -> str:
    low, _, high = row.get("port", "").partition("-")
    high = high or row.get("toport", "") or low
    found = ports(protocol, int(low), int(high)) if low.isdecimal() and high.isdecimal() else None
    return str(found) if found and found.ported else ""


def _by_name(known: Sequence[NamedObject], *kinds: str) -> Mapping[str, tuple[str, ...]]:
    return {one.name.lower(): one.values for one in known if one.kind in kinds}


def resolved(rule: Rule, known: Sequence[NamedObject]) -> Rule:
    """A rule whose services are what the objects of the firewall say; the names of hosts stay, for the reader."""
    offered = _by_name(known, "service")
    if not isinstance(rule.services, tuple) or not offered:
        return rule
    return replace(rule, services=tuple(text for name in rule.services for text in offered.get(name.lower(), (name,))))


def pools(known: Facts) -> Any:
    """The addresses of the SSL VPN's users, by the object that its settings name."""
    told: tuple[NamedObject, ...] = known.get(facts.FIREWALL_OBJECTS, ())
    places = _by_name(told, "network", "range")
    found = tuple(
        _pool(name, places.get(name.lower(), ())) for one in told if one.kind == "pool" for name in one.values
    )
    return found or ABSENT


def _pool(name: str, texts: Sequence[str]) -> Pool:
    span = span_of(texts[0]) if texts else None
    if span is None:
        return Pool(name)
    if "-" in texts[0]:
        first, _, last = texts[0].partition("-")
        return Pool(name, first, last, addresses=span[2] - span[1] + 1)
    return Pool(name, network=texts[0], addresses=max(0, span[2] - span[1] - 1))


# ---- translation ----

_MOVED: Final = re.compile(
    r"position=\d+; ?ruleid=(?P<id>\d+)(?:; ?\S+?)*?: (?P<head>.*?) ?\bfrom (?P<source>\S+)(?: on (?P<out>\S+))?"
    r" to (?P<to>\S+)(?: on (?P<way>\S+))?(?: port (?P<port>\S+))?(?: on (?P<way2>\S+))?.*? ?-> ?(?P<after>.+)"
)


def translations(output: str) -> Told:
    """`CONFIG FILTER EXPLICIT … type=nat`: `nat from any to Firewall_out port rdp -> to srv port microsoft-ts`."""
    told = said_lines(output)
    if told is None:
        return unread(output)
    wanted = [text for text in told if text.startswith("position=") and not re.match(r"position=\d+; ?separator", text)]
    found = [_translation(text) for text in wanted]
    known = tuple(one for one in found if one is not None)
    if len(known) < len(wanted):
        return Told(unparsed=len(wanted) - len(known))
    return Told({facts.FIREWALL_NAT: known})


def _translation(text: str) -> Translation | None:
    match = _MOVED.match(text.partition(" # ")[0])
    if match is None:
        return None
    source = re.search(r"\bfrom (\S+)", match["after"])
    host = re.search(r"\bto (\S+)(?: port (\S+))?", match["after"])
    moved = host is not None and host[1].lower() not in ("any", "original")
    return Translation(
        id=match["id"],
        kind="static" if moved else "dynamic",
        from_=(match["out"] or "any",),
        to=(match["way"] or match["way2"] or "any",),
        original=tuple(match["source"].split("|")),
        translated=(source[1],) if source else ABSENT,
        destination=tuple(match["to"].split("|")),
        redirected=tuple(part for part in (host[1], host[2] or "") if part) if host is not None and moved else ABSENT,
        services=tuple((match["port"] or "any").split("|")),
        enabled="off" not in match["head"].split(),
    )


def targets(one: Translation, known: Sequence[NamedObject]) -> Iterator[Target]:
    """The host behind an address of the firewall; rules of the filter name the address and the port that are asked."""
    inward = isinstance(one.original, tuple) and {name.lower() for name in one.original} & {"any", "internet"}
    if one.enabled is not True or not inward or not isinstance(one.redirected, tuple):
        return
    host, *port = one.redirected
    seen = addresses(
        tuple(name.lower() for name in one.destination) if isinstance(one.destination, tuple) else ("any",)
    )
    for asked in _asked(one.services, known):
        real = next(iter(_asked((port[0],), known)), asked) if port else asked
        yield Target(host, seen, asked, real if real.ported else asked, inner=False)


def _asked(names: object, known: Sequence[NamedObject]) -> Iterator[Service]:
    offered = _by_name(known, "service")
    for name in names if isinstance(names, tuple) else ("any",):
        for text in offered.get(name.lower(), KNOWN.get(name.lower(), (name,))):
            yield service(text) or Service(f"application {text}")


# ---- clocks, licences ----


def clocks(output: str) -> Told:
    """`CONFIG NTP SERVER LIST`: `name=ntp1.stormshieldcs.eu keynum=none type=host`."""
    said = listed(output)
    names = tuple(row["name"] for row in said or () if row.get("name"))
    return Told({facts.ACCESS_NTP: names}) if names else Told() if said == [] else unread(output)


def licences(output: str) -> Told:
    """`SYSTEM LICENSE DUMP`: what ends on a day, with it; none of it counts users of a VPN."""
    parts = sections(output)
    if parts is None:
        return unread(output)
    found = tuple(
        Licence(line(name), expires=said)
        for part in parts.values()
        for name, said in part.items()
        if re.fullmatch(r"\d{4}-\d\d-\d\d", said)
    )
    return Told({facts.SYSTEM_LICENCES: found}) if found else unread(output)


def last_change(output: str) -> str:
    """`CONFIG SLOT LIST type=filter`: when each policy was changed last, as a text that stays equal if none was."""
    parts = sections(output) or {}
    dated = {name: part["lastmod"] for name, part in parts.items() if part.get("lastmod")}
    active = parts.get("global", {}).get("active", "")
    return f"slot {active}; {', '.join(f'{name} {dated[name]}' for name in sorted(dated))}" if active and dated else ""
