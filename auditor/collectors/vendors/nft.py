"""`nft -j list ruleset`: the JSON of nftables (libnftables-json(5)) as chains."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from auditor.clean import line
from auditor.collectors.vendors.netfilter import Chain, Entry, Match, Ruleset
from auditor.filters import LAST_PORT, Service, ports

_FAMILIES: Final = ("ip", "ip6", "inet")
_VERDICTS: Final = {"accept": "accept", "drop": "drop", "reject": "drop", "return": "return", "masquerade": "snat"}
_HARMLESS: Final = frozenset({
    "counter", "comment", "log", "mangle", "notrack", "ct helper", "ct timeout", "queue", "flow",
    "set", "last", "synproxy", "tproxy", "continue",
})  # fmt: skip
_SHARES: Final = ("limit", "quota", "ct count", "meter")  # statements that let a part of the packets go on
PROTOCOLS: Final = {6: "tcp", 17: "udp", 1: "icmp", 58: "icmpv6", 50: "esp", 51: "ah", 47: "gre", 132: "sctp"}
FOREIGN: Final = ("xt", "xtables")  # matches of iptables that nft does not translate


@dataclass
class _Reading:
    """One rule while its expressions are read."""

    into: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    destination: list[str] = field(default_factory=list)
    protocols: list[str] = field(default_factory=list)
    ports: list[tuple[str, int, int]] = field(default_factory=list)
    new: bool = True
    sure: bool = True
    share: bool = False
    translated: bool = False

    def services(self) -> tuple[Service, ...]:
        """Ports where they are asked, else protocols; `th dport` goes with the protocols asked beside it."""
        if self.ports:
            found = []
            for protocol, first, last in self.ports:
                for name in [protocol] if protocol != "th" else self.protocols or ["tcp", "udp"]:
                    if (one := ports(name, first, last)) is not None:
                        found.append(one)
            return tuple(found)
        return tuple(dict.fromkeys(Service(name) for name in self.protocols))

    def match(self) -> Match:
        return Match(
            tuple(self.into), tuple(self.out), tuple(self.source), tuple(self.destination), self.services(), self.new,
            self.sure, self.share, self.translated,
        )  # fmt: skip


def ruleset(output: str) -> Ruleset | None:
    """The chains of an answer; None where it is no JSON of nftables. What iptables keeps in nftables is left to it."""
    rows = _rows(output)
    return None if rows is None else assembled(rows)


def assembled(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> Ruleset:
    """The chains of the objects of a rule set, each with its kind, as libnftables-json(5) writes them."""
    sets = {
        (row["table"], row["name"]): row.get("elem", []) for kind, row in rows if kind in ("set", "map") and _named(row)
    }
    chains: dict[tuple[str, str], Chain] = {}
    entries: dict[tuple[str, str], list[Entry]] = {}
    strange: dict[str, int] = {}
    for kind, row in rows:
        if row.get("family") not in _FAMILIES or not isinstance(row.get("table"), str):
            continue
        table = f"{row['family']}/{row['table']}"
        if kind == "chain" and isinstance(row.get("name"), str):
            chains[table, row["name"]] = _chain(table, row)
        elif kind == "rule":
            read = _rule(table, row, sets)
            if read is None:
                strange[table] = strange.get(table, 0) + 1
            else:
                entries.setdefault((table, str(row.get("chain"))), []).extend(read)
    kept = tuple(
        replace(chain, entries=tuple(entries.get(key, ()))) for key, chain in chains.items() if key[0] not in strange
    )
    foreign = any(kind == "rule" and _foreign(row) for kind, row in rows)
    return Ruleset(kept, sum(strange.values()), complete=not strange, foreign=foreign)


def _foreign(row: Mapping[str, Any]) -> bool:
    """Whether a rule is one of iptables."""
    said = row.get("expr")
    return isinstance(said, list) and any(isinstance(one, dict) and set(one) & set(FOREIGN) for one in said)


def _rows(output: str) -> list[tuple[str, Mapping[str, Any]]] | None:
    """The objects of the answer, each with its kind, also behind a warning that sudo put before it."""
    start = output.find("{")
    try:
        found = json.loads(output[start:]) if start >= 0 else None
    except (ValueError, RecursionError):
        return None
    listed = found.get("nftables") if isinstance(found, dict) else None
    if not isinstance(listed, list) or not any(isinstance(one, dict) and "metainfo" in one for one in listed):
        return None
    return [
        (kind, row) for one in listed if isinstance(one, dict) for kind, row in one.items() if isinstance(row, dict)
    ]


def _named(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("table"), str) and isinstance(row.get("name"), str)


def _chain(table: str, row: Mapping[str, Any]) -> Chain:
    policy = {"accept": "accept", "drop": "drop"}.get(str(row.get("policy")), "")
    kind = {"filter": "filter", "nat": "nat"}.get(str(row.get("type")), "")
    return Chain(table, line(row["name"]), str(row.get("hook") or ""), kind, policy if kind == "filter" else "")


def _rule(table: str, row: Mapping[str, Any], sets: Mapping[tuple[str, str], Any]) -> list[Entry] | None:
    """The entries of one rule (a verdict map makes several); None where it cannot be read."""
    expressions = row.get("expr")
    if not isinstance(expressions, list):
        return None
    reading, plain = _Reading(), Entry(f"{table}/{line(str(row.get('chain')))}#{row.get('handle', '?')}", Match())
    plain = replace(plain, comment=line(str(row.get("comment") or "")))
    readings = [reading]
    maps: list[tuple[Any, Any]] = []
    moved: tuple[str, Mapping[str, Any]] | None = None
    named = {name: elements for (owner, name), elements in sets.items() if owner == row.get("table")}
    for one in expressions:
        if not isinstance(one, dict) or len(one) != 1:
            return None
        ((kind, value),) = one.items()
        if kind in FOREIGN:
            return None
        if kind == "match":
            readings = [made for mine in readings for made in _conditions(mine, value, named)][:MOST]
        elif kind == "vmap":
            maps.append((value.get("key"), value.get("data")) if isinstance(value, dict) else (None, None))
        elif kind in ("dnat", "redirect") and isinstance(value, dict) and _map_of(value):
            moved = kind, value
        elif (done := _statement(plain, kind, value)) is not None:
            plain = done
        elif kind in _SHARES:
            for mine in readings:
                mine.share = True
        elif kind not in _HARMLESS:
            for mine in readings:
                mine.sure = False
    if maps:
        return [made for mine in readings for made in _mapped(plain, mine, maps[0], named)]
    if moved:
        return [made for mine in readings for made in _sent(plain, mine, *moved, named)]
    return [replace(plain, match=mine.match()) for mine in readings]


MOST: Final = 2_000
"""Elements that one rule is told with; a list of addresses is one of them."""


def _map_of(value: Mapping[str, Any]) -> Any:
    """The map that says where a translation sends something: of addresses, of ports or of both."""
    return next((part["map"] for part in (value.get("addr"), value.get("port"))
                 if isinstance(part, dict) and isinstance(part.get("map"), dict)), None)  # fmt: skip


def _sent(
    entry: Entry, reading: _Reading, kind: str, value: Mapping[str, Any], named: Mapping[str, Any]
) -> Iterator[Entry]:
    """One entry for each element of a map: `dnat ip to tcp dport map { 8080 : 10.0.0.2 . 80, … }`."""
    known = _map_of(value)
    by_port = isinstance(value.get("port"), dict)
    for element in _elements(known.get("data"), named):
        if not isinstance(element, list) or len(element) != 2:
            continue
        to = element[1].get("concat") if isinstance(element[1], dict) else None
        first, second = (to[0], to[1]) if isinstance(to, list) and len(to) == 2 else (element[1], value.get("port"))
        host, port = (value.get("addr"), element[1]) if by_port else (first, second)
        for mine in _conditions(_copy(reading), {"op": "==", "left": known.get("key"), "right": element[0]}, named):
            sent = "self" if kind == "redirect" else _spelled(host)
            yield replace(entry, match=mine.match(), verdict="dnat", to=sent, to_port=_spelled(port))


def _statement(entry: Entry, kind: str, value: Any) -> Entry | None:
    """The rule with what a statement adds to it; None for one that decides nothing."""
    if kind in _VERDICTS:
        return replace(entry, verdict=_VERDICTS[kind])
    if kind in ("jump", "goto") and isinstance(value, dict):
        return replace(entry, verdict=kind, target=line(str(value.get("target", ""))))
    if kind in ("dnat", "snat") and isinstance(value, dict):
        return replace(entry, verdict=kind, to=_spelled(value.get("addr")), to_port=_spelled(value.get("port")))
    if kind == "redirect":
        port = _spelled(value.get("port")) if isinstance(value, dict) else ""
        return replace(entry, verdict="dnat", to="self", to_port=port)
    if kind == "counter" and isinstance(value, dict) and isinstance(value.get("packets"), int):
        return replace(entry, hits=value["packets"])
    if kind == "log":
        return replace(entry, logged=True, verdict=entry.verdict or "log")
    return None


def _mapped(entry: Entry, reading: _Reading, verdict_map: tuple[Any, Any], named: Mapping[str, Any]) -> Iterator[Entry]:
    """One entry for each element of a verdict map: `iifname vmap { "wan0" : jump in_wan, … }`."""
    key, data = verdict_map
    for element in _elements(data, named):
        if not isinstance(element, list) or len(element) != 2 or not isinstance(element[1], dict):
            continue
        ((kind, value),) = element[1].items() or (("", None),)
        done = _statement(entry, kind, value)
        if done is not None:
            for mine in _conditions(_copy(reading), {"op": "==", "left": key, "right": element[0]}, named):
                yield replace(done, match=mine.match())


def _copy(reading: _Reading) -> _Reading:
    """A copy whose lists can grow by themselves."""
    return _Reading(
        [*reading.into], [*reading.out], [*reading.source], [*reading.destination], [*reading.protocols],
        [*reading.ports], reading.new, reading.sure, reading.share, reading.translated,
    )  # fmt: skip


# ---- conditions ----


def _conditions(reading: _Reading, value: Any, named: Mapping[str, Any]) -> list[_Reading]:
    """A rule with one more match, once for each element where several parts are asked for together.

    What is not understood leaves the rule unsure.
    """
    if not isinstance(value, dict):
        reading.sure = False
        return [reading]
    left, right = value.get("left"), value.get("right")
    if isinstance(left, dict) and isinstance(left.get("concat"), list):
        return _concatenated(reading, left["concat"], right, named)
    _simple(reading, left, [*_elements(right, named)], value.get("op") in ("!=",))
    return [reading]


def _concatenated(reading: _Reading, parts: Sequence[Any], right: Any, named: Mapping[str, Any]) -> list[_Reading]:
    """`iifname . ip saddr . tcp dport { "eth1" . 10.0.0.5 . 22, … }`: each element by itself."""
    rows = [one.get("concat") for one in _elements(right, named) if isinstance(one, dict)]
    found = []
    for row in rows:
        mine = _copy(reading)
        for part, value in zip(parts, row if isinstance(row, list) else (), strict=False):
            _simple(mine, part, [*_elements(value, named)], negated=False)
        found.append(mine)
    if not found:
        reading.sure = False
    return found or [reading]


def _simple(reading: _Reading, left: Any, values: list[Any], negated: bool) -> None:
    kind, what = _left(left)
    if kind in ("iif", "oif"):
        target = reading.into if kind == "iif" else reading.out
        target += [("!" if negated else "") + line(str(one)) for one in values if isinstance(one, str)]
    elif kind in ("saddr", "daddr"):
        target = reading.source if kind == "saddr" else reading.destination
        target += [("!" if negated else "") + text for one in values if (text := _address(one))]
    elif kind == "dport" and not negated:
        spans = [(what, *span) for one in values if (span := _span(one)) is not None]
        reading.ports += spans
        reading.sure = reading.sure and bool(spans)  # an empty or unknown set of ports is not every port
    elif kind == "protocol" and not negated:
        names = (PROTOCOLS.get(one, str(one)) if isinstance(one, int) else line(str(one)) for one in values)
        reading.protocols += [name.replace("ipv6-icmp", "icmpv6") for name in names]
    elif kind == "state":
        reading.new = reading.new and (("new" in values or "untracked" in values) is not negated)
    elif kind == "status":
        reading.translated = reading.translated or (values == ["dnat"] and not negated)
    elif kind == "icmp":
        reading.protocols += [what] if what not in reading.protocols else []
    elif kind != "family":
        reading.sure = False


def _left(left: Any) -> tuple[str, str]:
    """What the left side of a match asks for."""
    if not isinstance(left, dict) or len(left) != 1:
        return "", ""
    ((kind, value),) = left.items()
    value = value if isinstance(value, dict) else {"key": value}
    key, protocol = str(value.get("key", "")), str(value.get("protocol", ""))
    if kind == "meta":
        known = {
            "iif": "iif",
            "iifname": "iif",
            "oif": "oif",
            "oifname": "oif",
            "l4proto": "protocol",
            "nfproto": "family",
        }
        return known.get(key, ""), ""
    if kind == "ct":
        state = {"state": "state", "status": "status", "direction": "family"}
        return ({"saddr": "saddr", "daddr": "daddr"} | state).get(key, ""), ""
    if kind == "payload":
        return _payload(protocol, str(value.get("field", "")))
    return "", ""


def _payload(protocol: str, name: str) -> tuple[str, str]:
    if protocol in ("ip", "ip6") and name in ("saddr", "daddr"):
        return name, ""
    if name == "dport":
        return "dport", protocol
    if (protocol, name) in (("ip", "protocol"), ("ip6", "nexthdr")):
        return "protocol", ""
    return ("icmp", protocol) if protocol.startswith("icmp") else ("", "")


def _elements(right: Any, named: Mapping[str, Any], depth: int = 3) -> Iterator[Any]:
    """The values of a right side: one, a list, an anonymous set, or the elements of a named one."""
    if isinstance(right, str) and right.startswith("@") and depth:
        elements = named.get(right[1:])
        if elements:
            yield from _elements(elements, named, depth - 1)
        else:
            yield right
    elif isinstance(right, dict) and "set" in right and depth:
        yield from _elements(right["set"], named, depth - 1)
    elif isinstance(right, dict) and isinstance(right.get("elem"), dict) and depth:
        yield from _elements(right["elem"].get("val"), named, depth - 1)
    elif isinstance(right, list) and depth:
        if len(right) == 2 and isinstance(right[1], dict) and set(right[1]) & {"jump", "goto", *_VERDICTS}:
            yield right  # one element of a verdict map
            return
        for one in right:
            yield from _elements(one, named, depth - 1) if not isinstance(one, list) else [one]
    elif right is not None:
        yield right


def _address(value: Any) -> str:
    if isinstance(value, str):
        return line(value)
    if isinstance(value, dict) and isinstance(prefix := value.get("prefix"), dict):
        return f"{line(str(prefix.get('addr')))}/{prefix.get('len')}"
    if isinstance(value, dict) and isinstance(span := value.get("range"), list) and len(span) == 2:
        return f"{line(str(span[0]))}-{line(str(span[1]))}"
    return ""


def _span(value: Any) -> tuple[int, int] | None:
    """A port, a range of ports, or a name that nft left a name."""
    if isinstance(value, dict) and isinstance(span := value.get("range"), list) and len(span) == 2:
        return (span[0], span[1]) if all(isinstance(one, int) for one in span) else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return (value, value) if 0 <= value <= LAST_PORT else None


def _spelled(value: Any) -> str:
    """An address or port that something is sent to."""
    return str(value) if isinstance(value, int) else _address(value)
