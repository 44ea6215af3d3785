"""`nft list ruleset` as people read it: its words put into the form of its JSON, which one reader then understands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from auditor.clean import line
from auditor.collectors.vendors.netfilter import Ruleset
from auditor.collectors.vendors.nft import assembled
from auditor.collectors.vendors.trees import ended

_WORD: Final = re.compile(r'"([^"]*)"?|([{},;])|([^\s{},;"]+)')
_PORTS: Final = {
    "ssh": 22, "http": 80, "https": 443, "domain": 53, "snmp": 161, "ntp": 123, "telnet": 23, "smtp": 25, "imaps": 993,
    "ms-wbt-server": 3389, "microsoft-ds": 445, "openvpn": 1194, "isakmp": 500, "ipsec-nat-t": 4500, "sip": 5060,
    "sip-tls": 5061, "ldap": 389, "mysql": 3306, "postgresql": 5432, "bootps": 67, "bootpc": 68, "ftp": 21,
}  # fmt: skip
_TWO: Final = frozenset({"meta", "ip", "ip6", "tcp", "udp", "sctp", "udplite", "dccp", "th", "icmp", "icmpv6", "ether",
                         "arp", "esp", "ah", "vlan", "igmp", "exthdr", "frag", "hbh"})  # fmt: skip
_BARE: Final = frozenset({"iif", "oif", "iifname", "oifname", "iiftype", "oiftype", "mark", "skuid", "skgid", "nftrace",
                          "rtclassid", "pkttype", "cpu", "iifgroup", "oifgroup", "cgroup", "l4proto", "nfproto",
                          "protocol", "length", "priority", "day", "hour", "time", "ibrname", "obrname"})  # fmt: skip
_VERDICTS: Final = ("accept", "drop", "return", "continue", "notrack")
_SIGNS: Final = ("==", "!=", "<", ">", "<=", ">=", "in")
_ENDS: Final = frozenset({*_VERDICTS, "jump", "goto", "counter", "log", "comment", "reject", "queue", "limit"})
_LIMITS: Final = re.compile(r"rate|over|until|burst|packets|used|[kmg]?bytes(?:/\w+)?|\d[\d/a-z]*")
_LOGS: Final = ("prefix", "level", "group", "snaplen", "queue-threshold", "flags")


_OBJECT: Final = re.compile(r"(set|map|flowtable|counter|quota|ct \w+|limit|synproxy|secmark) (\S+) \{.*")


class _Strange(Exception):
    """A rule with words that this reader cannot place."""


@dataclass
class _Open:
    """Where the reader stands, and the objects it has made so far."""

    family: str = ""
    table: str = ""
    chain: str = ""
    named: tuple[str, str] = ("", "")
    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    count: int = 0
    strange: int = 0

    def add(self, kind: str, **said: Any) -> None:
        self.rows.append((kind, {"family": self.family, "table": self.table, **said}))


def ruleset(output: str) -> Ruleset | None:
    """The chains of an answer; None where it has no table. One whose braces do not close was cut off."""
    here = _Open()
    for text in _lines(output):
        _read(here, text)
    if not (here.rows or here.table):
        return None
    cut = bool(here.table)
    read = assembled(here.rows)
    return Ruleset(
        read.chains,
        read.unparsed + here.strange + cut,
        complete=ended(output) and not cut and read.complete,
        foreign=read.foreign,
    )


def _lines(output: str) -> Iterator[str]:
    """Lines, the elements of a set that run over several put together."""
    held = ""
    for raw in output.splitlines():
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        held = f"{held} {text}".strip()
        opens = held.count("{") - held.count("}")
        block = re.match(r"(?:table|chain|set|map|flowtable|counter|quota|ct \w+|limit|synproxy|secmark)\b.*\{$", held)
        if opens > 0 and not block:
            continue
        yield held
        held = ""
    if held:
        yield held


def _read(here: _Open, text: str) -> None:
    bare = re.sub(r" # handle \d+$", "", text)
    if found := re.fullmatch(r"table (?:(\w+) )?(\S+) \{", bare):
        here.family, here.table = found[1] or "ip", line(found[2])
    elif found := re.fullmatch(r"chain (\S+) \{", bare):
        here.chain, here.count = line(found[1]), 0
        here.add("chain", name=here.chain)
    elif found := re.fullmatch(r"chain (\S+) \{ *(type [^{}]*;) *\}", bare):
        here.chain, here.count = line(found[1]), 0
        here.add("chain", name=here.chain)
        _chain_line(here, found[2], found[2])
        here.chain = ""
    elif not here.chain and (found := _OBJECT.fullmatch(bare)):
        here.named = found[1], found[2]
        _elements_line(here, bare)
        here.named = ("", "") if bare.endswith("}") else here.named
    elif text == "}":
        _close(here)
    elif here.named[0]:
        _elements_line(here, text)
    elif here.chain:
        _chain_line(here, text, bare)
    elif not re.match(r"(?:flags|comment|owner)\b", text):
        here.strange += 1


def _elements_line(here: _Open, text: str) -> None:
    if found := re.search(r"elements = \{(.*?)\} *;? *\}?$", text):
        here.add(here.named[0], name=here.named[1], elem=_elements(_words(found[1])))


def _close(here: _Open) -> None:
    if here.named[0]:
        here.named = ("", "")
    elif here.chain:
        here.chain = ""
    elif here.table:
        here.table = ""
    else:
        here.strange += 1


def _chain_line(here: _Open, text: str, bare: str) -> None:
    hook = re.match(r"type (\w+) hook (\w+)(?: devices? .+?)? priority [^;]+;(?: policy (\w+);)?", text)
    if hook:
        here.rows[-1][1].update(type=hook[1], hook=hook[2], policy=hook[3] or "accept")
        return
    if found := re.match(r"policy (\w+);?$", text):
        here.rows[-1][1].update(policy=found[1])
        return
    if re.match(r"(?:comment|devices) ", text):
        return
    here.count += 1
    handle = re.search(r" # handle (\d+)$", text)
    try:
        said, comment = _rule(_words(bare))
    except _Strange:  # the one reader of both forms leaves out its table
        said, comment = None, ""
    here.add("rule", chain=here.chain, handle=handle[1] if handle else here.count, expr=said, comment=comment)


def _words(text: str) -> list[str]:
    return [found[1] if found[1] is not None else found[0] for found in _WORD.finditer(text)]


# ---- one rule ----


def _rule(words: list[str]) -> tuple[list[dict[str, Any]], str]:
    """The expressions of a rule and its comment; its words are taken from the left."""
    made: list[dict[str, Any]] = []
    comment = ""
    while words:
        if words[0] == "comment":
            comment = words[1] if len(words) > 1 else ""
            del words[:2]
        else:
            made.append(_statement(words))
    return made, comment


def _statement(words: list[str]) -> dict[str, Any]:
    word = words[0]
    if word in _VERDICTS:
        words.pop(0)
        return {word: None}
    if word == "xt":  # of iptables, which nft cannot write out
        words.clear()
        return {word: None}
    if word in ("jump", "goto"):
        _need(words, 2)
        target = words[1]
        del words[:2]
        return {word: {"target": target}}
    if word in ("reject", "queue", "tproxy", "synproxy", "dup", "fwd"):
        while words and words[0] != "comment":
            words.pop(0)
        return {word: None}
    if word in ("dnat", "snat", "redirect", "masquerade"):
        return _translated(words)
    if word in ("counter", "log", "limit", "quota", "last"):
        return _counted(words)
    if word in ("add", "update", "delete", "meter", "flow"):
        return _kept(words)
    return _match(words)


def _need(words: Sequence[str], count: int) -> None:
    if len(words) < count:
        raise _Strange


def _counted(words: list[str]) -> dict[str, Any]:
    """`counter packets 1 bytes 2`, `counter name "web"`, `log prefix "x" flags all`, `limit rate 5/minute burst 5`."""
    word = words.pop(0)
    if word == "counter":
        packets = None
        while len(words) > 1 and words[0] in ("packets", "bytes", "name"):
            packets = int(words[1]) if words[0] == "packets" and words[1].isdecimal() else packets
            del words[:2]
        return {word: {"packets": packets}}
    if word == "log":
        while len(words) > 1 and words[0] in _LOGS:
            flags = words[0] == "flags"
            del words[:2]
            while flags and words and words[0] in ("sequence", "options", "sequence,options", ","):
                words.pop(0)
        return {word: None}
    while words and _LIMITS.fullmatch(words[0]):
        words.pop(0)
    if words[:1] == ["name"]:
        del words[:2]
    return {word: None}


def _kept(words: list[str]) -> dict[str, Any]:
    """`add @seen { ip saddr timeout 1h }`, `meter ssh { ip saddr limit rate 3/minute }`, `flow add @ft`."""
    word = words.pop(0)
    if word == "flow":
        del words[:2]
        return {"flow": None}
    while words and words[0] != "{":
        words.pop(0)
    inside = _braced(words)
    return {"meter" if word == "meter" or "limit" in inside else "set": None}


def _braced(words: list[str]) -> list[str]:
    """What stands in braces, the braces gone."""
    if not words:
        return []
    depth, end = 0, len(words) - 1
    for at, word in enumerate(words):
        depth += (word == "{") - (word == "}")
        if depth == 0:
            end = at
            break
    inside = words[1:end]
    del words[: end + 1]
    return inside


def _translated(words: list[str]) -> dict[str, Any]:
    """`dnat to 192.168.10.20:3389`, `dnat ip to [fd00::5]:443`, `redirect to :8080`, `dnat to tcp dport map @m`."""
    kind = words.pop(0)
    while words and words[0] in ("ip", "ip6", "to", "addr", "port", ".") and words[1:2] not in (["saddr"], ["daddr"]):
        words.pop(0)
    said: dict[str, Any] = {}
    if "map" in words and kind != "masquerade":
        left = _left(words)
        if words[:1] != ["map"]:
            raise _Strange
        words.pop(0)
        said["port" if kind == "redirect" else "addr"] = {"map": {"key": left, "data": _right(words)}}
    elif words and words[0].count(":") > 1 and "]" not in words[0]:
        said = {"addr": words.pop(0), "port": None}
    elif words and (found := re.fullmatch(r"\[?([0-9a-fA-F.:/-]*?)\]?(?::(\d+(?:-\d+)?))?", words[0])):
        words.pop(0)
        said = {"addr": found[1] or None, "port": _span(found[2]) if found[2] else None}
    elif words and words[0] not in ("random", "persistent", "fully-random", "comment"):
        raise _Strange
    while words and words[0] in ("random", "persistent", "fully-random", ","):
        words.pop(0)
    return {kind: said}


# ---- conditions ----


def _match(words: list[str]) -> dict[str, Any]:
    """`ip saddr != { … }`, `iifname . tcp dport @open`, `tcp dport vmap { … }`, `meta mark set 0x1`."""
    left = _left(words)
    if words[:1] == ["set"]:  # a value that is given to the packet, not asked
        while words and words[0] not in _ENDS:
            words.pop(0)
        return {"mangle": None}
    if words[:1] == ["vmap"]:
        words.pop(0)
        return {"vmap": {"key": left, "data": _right(words)}}
    if words[:1] == ["map"]:
        words.pop(0)
        _right(words)
        return {"unknown": None}
    masked = words[:1] == ["&"]
    while masked and words and words[0] not in _SIGNS:
        words.pop(0)
    if words[:1] == ["exists"] or words[:1] == ["missing"]:
        words.pop(0)
        return {"unknown": None}
    sign = words.pop(0) if words and words[0] in _SIGNS else "=="
    if left == {"ct": {"key": "count"}}:
        del words[: 2 if words[:1] == ["over"] else 1]
        return {"ct count": None}
    right = _right(words)
    if sign in ("!=", "==") and not masked:
        return {"match": {"op": sign, "left": left, "right": right}}
    return {"match": {"op": sign, "left": None, "right": right}}


def _left(words: list[str]) -> dict[str, Any]:
    """What a match asks for; several joined by dots."""
    parts = [_one(words)]
    while len(words) > 1 and words[0] == ".":
        words.pop(0)
        parts.append(_one(words))
    return {"concat": parts} if len(parts) > 1 else parts[0]


def _one(words: list[str]) -> dict[str, Any]:
    _need(words, 1)
    word = words.pop(0)
    if word in _BARE:
        return {"meta": {"key": word}}
    _need(words, 1)
    if word == "ct":
        key = words.pop(0)
        if key in ("original", "reply") and words:
            key = words.pop(0)
            key = words.pop(0) if key in ("ip", "ip6") and words else key
        return {"ct": {"key": key}}
    if word == "meta":
        return {"meta": {"key": words.pop(0)}}
    if word == "fib":
        while words and words[0] in ("saddr", "daddr", "mark", "iif", "oif", ".", "type", "oifname"):
            words.pop(0)
        return {"fib": {"key": word}}
    if word in ("ipsec", "rt", "osf", "socket"):
        while words and words[0] in ("in", "out", "ip", "ip6", "nexthop", "mtu", "name", "transparent", "mark", "reqid",
                                     "saddr", "daddr", "spnum", "spi", "wildcard", "cgroupv2", "level"):  # fmt: skip
            words.pop(0)
        return {word: {"key": word}}
    if word in _TWO:
        name = words.pop(0)
        if name == "option":  # tcp option maxseg size
            del words[:2]
        return {"payload": {"protocol": word, "field": name}}
    raise _Strange


def _right(words: list[str]) -> Any:
    """One value, a list `a,b`, what stands in braces, or the name of a set."""
    if not words:
        return None
    if words[0] == "{":
        return {"set": _elements(_braced(words))}
    found = [_value(words)]
    while len(words) > 1 and words[0] == ",":
        words.pop(0)
        found.append(_value(words))
    return found[0] if len(found) == 1 else found


def _value(words: list[str]) -> Any:
    parts = [words.pop(0)]
    while len(words) > 1 and words[0] in (".", "|", "&", "/", "-", "and", "or"):
        glue = words.pop(0)
        parts = [*parts, words.pop(0)] if glue == "." else parts
    return {"concat": [_span(one) for one in parts]} if len(parts) > 1 else _span(parts[0])


def _elements(words: list[str]) -> list[Any]:
    """The elements of a set or map; what is said of their time and counters is left out."""
    found: list[Any] = []
    element: list[str] = []
    depth = 0
    for word in [*words, ","]:
        depth += (word == "{") - (word == "}")
        if word == "," and depth == 0:
            if element:
                found.append(_element(element))
            element = []
        else:
            element.append(word)
    return found


def _element(words: list[str]) -> Any:
    """`10.0.0.1 timeout 1h`, `"eth0" . 22`, `22 : jump admins`, `8080 : 10.0.0.2 . 80`."""
    at = words.index(":") if ":" in words else len(words)
    key = list(words[:at])
    for place, word in enumerate(key):
        if word in ("timeout", "expires", "counter", "comment", "limit"):
            key = key[:place]
            break
    left = _value(key) if key else None
    if at == len(words):
        return left
    data = words[at + 1 :]
    if data and (data[0] in _VERDICTS or data[0] in ("jump", "goto", "reject")):
        return [left, {data[0]: {"target": data[1]} if len(data) > 1 else None}]
    return [left, _value(data) if data else None]


def _span(text: str) -> Any:
    """A number, a range of numbers, the number of a well-known port, else the text."""
    if text.isdecimal() and len(text) <= 10:
        return int(text)
    found = re.fullmatch(r"(\d{1,5})-(\d{1,5})", text)
    if found:
        return {"range": [int(found[1]), int(found[2])]}
    return _PORTS.get(text, text)
