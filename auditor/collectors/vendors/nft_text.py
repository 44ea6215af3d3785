"""`nft list ruleset` as people read it: the same chains as its JSON, from the words of nft(8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from auditor.clean import line
from auditor.collectors.vendors.netfilter import Chain, Entry, Match, Ruleset
from auditor.collectors.vendors.trees import ended
from auditor.filters import WELL_KNOWN, Service, ports

_WORD: Final = re.compile(r'"([^"]*)"?|([{},;])|([^\s{},;"]+)')
_NAMES: Final = {name: port for port, name in sorted(WELL_KNOWN.items(), reverse=True)}
_PORTS: Final = {
    "ssh": 22, "http": 80, "https": 443, "domain": 53, "snmp": 161, "ntp": 123, "telnet": 23, "smtp": 25, "imaps": 993,
    "ms-wbt-server": 3389, "microsoft-ds": 445, "openvpn": 1194, "isakmp": 500, "ipsec-nat-t": 4500, "sip": 5060,
    "sip-tls": 5061, "ldap": 389, "mysql": 3306, "postgresql": 5432, "bootps": 67, "bootpc": 68,
}  # fmt: skip
_SKIPPED: Final = {  # statements that decide nothing, and the words that may follow them
    "counter": ("packets", "bytes"), "log": ("prefix", "level", "group", "flags", "snaplen"), "limit": (), "quota": (),
}  # fmt: skip


@dataclass
class _Rule:
    into: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    destination: list[str] = field(default_factory=list)
    protocols: list[str] = field(default_factory=list)
    ports: list[Service] = field(default_factory=list)
    new: bool = True
    sure: bool = True
    share: bool = False

    def match(self) -> Match:
        services = tuple(self.ports) or tuple(Service(name) for name in self.protocols)
        return Match(
            tuple(self.into),
            tuple(self.out),
            tuple(self.source),
            tuple(self.destination),
            services,
            self.new,
            self.sure,
            self.share,
        )


@dataclass
class _Open:
    """Where the reader stands."""

    table: str = ""
    chain: Chain | None = None
    set_name: str = ""
    sets: dict[str, list[str]] = field(default_factory=dict)
    done: list[Chain] = field(default_factory=list)
    strange: int = 0


def ruleset(output: str) -> Ruleset | None:
    """The chains of an answer; None where it has no table. One whose braces do not close was cut off."""
    here = _Open()
    for text in _lines(output):
        _read(here, text)
    if not (here.done or here.table):
        return None
    cut = here.chain is not None or bool(here.table)
    return Ruleset(tuple(here.done), here.strange + cut, complete=ended(output) and not cut)


def _lines(output: str) -> Iterator[str]:
    """Lines, the elements of a set that run over several put together."""
    held = ""
    for raw in output.splitlines():
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        held = f"{held} {text}".strip()
        opens = held.count("{") - held.count("}")
        block = re.match(r"(?:table|chain|set|map|flowtable|counter|quota|ct \w+|limit)\b.*\{$", held)
        if opens > 0 and not block:
            continue
        yield held
        held = ""
    if held:
        yield held


def _read(here: _Open, text: str) -> None:
    if found := re.fullmatch(r"table (?:(\w+) )?(\S+) \{(?: # handle \d+)?", text):
        here.table, here.sets = f"{found[1] or 'ip'}/{found[2]}", {}
    elif found := re.fullmatch(r"chain (\S+) \{(?: # handle \d+)?", text):
        here.chain = Chain(here.table, line(found[1]))
    elif found := re.fullmatch(r"(?:set|map|flowtable|counter|quota|ct \w+|limit) (\S+) \{.*", text):
        here.set_name = found[1]
    elif text == "}":
        _close(here)
    elif here.set_name:
        if found := re.match(r"elements = \{(.*)\}", text):
            here.sets[here.set_name] = [one.strip().split()[0] for one in found[1].split(",") if one.strip()]
    elif here.chain is not None:
        _chain_line(here, here.chain, text)
    else:
        here.strange += 1


def _close(here: _Open) -> None:
    if here.set_name:
        here.set_name = ""
    elif here.chain is not None:
        if here.table.startswith(("ip/", "ip6/", "inet/")):
            here.done.append(here.chain)
        here.chain = None
    elif here.table:
        here.table = ""
    else:
        here.strange += 1


def _chain_line(here: _Open, chain: Chain, text: str) -> None:
    if found := re.match(r"type (\w+) hook (\w+)(?: devices? \S+)? priority [^;]+;(?: policy (\w+);)?", text):
        kind = found[1] if found[1] in ("filter", "nat") else ""
        policy = {"accept": "accept", "drop": "drop"}.get(found[3] or "accept", "") if kind == "filter" else ""
        here.chain = replace(chain, kind=kind, hook=found[2], policy=policy)
        return
    handle = re.search(r" # handle (\d+)$", text)
    number = handle[1] if handle else str(len(chain.entries) + 1)
    entry = _entry(f"{chain.table}/{chain.name}#{number}", text.partition(" # ")[0], here.sets)
    if entry is None:
        here.strange += 1
    else:
        here.chain = replace(chain, entries=(*chain.entries, *entry))


def _entry(id: str, text: str, sets: dict[str, list[str]]) -> list[Entry] | None:
    """One rule: its words are taken from the left; None where it holds none that this reader knows."""
    words = [found[1] if found[1] is not None else found[0] for found in _WORD.finditer(text)]
    rule, entry = _Rule(), Entry(id, Match())
    while words:
        before = len(words)
        rule.share = rule.share or words[0] in ("limit", "quota")
        if (done := _verdict(entry, words)) is not None:
            entry = done
        elif not _condition(rule, words, sets):
            rule.sure = False
        if len(words) == before:
            return None
    if not entry.verdict and not rule.sure and " set " not in text:
        return None  # neither a verdict nor a statement that this reader knows
    return [replace(entry, match=rule.match())]


def _verdict(entry: Entry, words: list[str]) -> Entry | None:
    """Take a statement from the front of the words; None where they begin with none."""
    word = words[0]
    if word in ("accept", "drop", "reject", "return", "masquerade", "continue", "queue"):
        known = {"reject": "drop", "masquerade": "snat", "continue": "", "queue": ""}
        del words[: len(words) if word in ("reject", "queue") else 1]
        return replace(entry, verdict=known.get(word, word))
    if word in ("jump", "goto") and len(words) > 1:
        target = words[1]
        del words[:2]
        return replace(entry, verdict=word, target=target)
    if word in ("dnat", "snat", "redirect"):
        return _translated(entry, words)
    if word == "comment" and len(words) > 1:
        comment = words[1].strip('"')
        del words[:2]
        return replace(entry, comment=line(comment))
    if word in _SKIPPED:
        return _skipped(entry, words)
    return None


def _translated(entry: Entry, words: list[str]) -> Entry:
    """`dnat to 192.168.10.20:3389`, `dnat ip to [fd00::5]:443`, `redirect to :8080`."""
    verdict = "snat" if words[0] == "snat" else "dnat"
    itself = words.pop(0) == "redirect"
    while words and words[0] in ("ip", "ip6", "to"):
        words.pop(0)
    text = words.pop(0) if words else ""
    found = re.fullmatch(r"\[?([0-9a-fA-F.:/-]*?)\]?(?::(\d+(?:-\d+)?))?", text)
    to, port = (found[1], found[2] or "") if found else (text, "")
    return replace(entry, verdict=verdict, to="self" if itself else to, to_port=port)


def _skipped(entry: Entry, words: list[str]) -> Entry:
    word = words.pop(0)
    if word == "limit":
        while (words and words[0] in ("rate", "over", "burst", "packets")) or (words and re.match(r"\d", words[0])):
            words.pop(0)
        return entry
    while len(words) > 1 and words[0] in _SKIPPED[word]:
        if words[0] == "packets" and words[1].isdecimal():
            entry = replace(entry, hits=int(words[1]))
        del words[:2]
    return replace(entry, logged=True, verdict=entry.verdict or "log") if word == "log" else entry


# ---- conditions ----


def _condition(rule: _Rule, words: list[str], sets: dict[str, list[str]]) -> bool:
    """Take one condition from the front of the words; whether it was understood."""
    if words[0] in ("meta", "ct", "ip", "ip6", "tcp", "udp", "sctp", "th", "icmp", "icmpv6", "fib") and len(words) > 1:
        left = (words.pop(0), words.pop(0))
    else:
        left = ("meta", words.pop(0))
    negated = bool(words) and words[0] in ("!=", "==") and words.pop(0) == "!="
    return _apply(rule, left, _values(words, sets), "!" if negated else "")


def _values(words: list[str], sets: dict[str, list[str]]) -> list[str]:
    """The right side: one word, a list `a,b`, or what stands in braces; a named set is its elements."""
    if not words:
        return []
    if words[0] == "{":
        end = words.index("}") if "}" in words else len(words) - 1
        found = [word for word in words[1:end] if word != ","]
        del words[: end + 1]
    else:
        found = [words.pop(0)]
        while len(words) > 1 and words[0] == ",":
            found.append(words[1])
            del words[:2]
    return [one for word in found for one in (sets.get(word[1:], [word]) if word.startswith("@") else [word])]


def _apply(rule: _Rule, left: tuple[str, str], values: Sequence[str], sign: str) -> bool:
    kind, name = left
    if name in ("iifname", "iif"):
        rule.into += [sign + line(one.strip('"')) for one in values]
    elif name in ("oifname", "oif"):
        rule.out += [sign + line(one.strip('"')) for one in values]
    elif kind in ("ip", "ip6", "ct") and name in ("saddr", "daddr"):
        target = rule.source if name == "saddr" else rule.destination
        target += [sign + line(one) for one in values]
    elif name == "dport" and not sign:
        found = [one for value in values for one in _services(kind, value, rule.protocols)]
        rule.ports += found
        return bool(found)
    elif name in ("protocol", "l4proto", "nexthdr") and not sign:
        rule.protocols += [one.replace("ipv6-icmp", "icmpv6") for one in values]
    elif left == ("ct", "state"):
        rule.new = rule.new and (bool({"new", "untracked"} & set(values)) is not bool(sign))
    elif left in (("ct", "status"), ("meta", "nfproto")):
        pass
    elif kind in ("icmp", "icmpv6"):
        rule.protocols.append(kind)
    else:
        return False
    return True


def _services(protocol: str, value: str, asked: Sequence[str]) -> Iterator[Service]:
    """A port, a range, or the name of one."""
    first, _, last = value.partition("-")
    low, high = (int(text) if text.isdecimal() else _PORTS.get(text, -1) for text in (first, last or first))
    if value in _PORTS:
        low = high = _PORTS[value]
    for name in [protocol] if protocol != "th" else asked or ["tcp", "udp"]:
        if (one := ports(name, low, high)) is not None:
            yield one
