"""`iptables-save`, and the listing of `iptables -L -n -v`, as chains."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from auditor.clean import line
from auditor.collectors.vendors.netfilter import Chain, Entry, Match, Ruleset
from auditor.collectors.vendors.nft import PROTOCOLS
from auditor.collectors.vendors.trees import ended
from auditor.filters import Service, ports
from auditor.values import ABSENT, Absent

HOOKS: Final[Mapping[str, str]] = {
    "INPUT": "input", "FORWARD": "forward", "OUTPUT": "output",
    "PREROUTING": "prerouting", "POSTROUTING": "postrouting",
}  # fmt: skip
_TARGETS: Final[Mapping[str, str]] = {
    "ACCEPT": "accept", "DROP": "drop", "REJECT": "drop", "RETURN": "return", "DNAT": "dnat", "REDIRECT": "dnat",
    "SNAT": "snat", "MASQUERADE": "snat", "NETMAP": "", "LOG": "log", "NFLOG": "log", "ULOG": "log",
}  # fmt: skip
_PASSING: Final = ("MARK", "CONNMARK", "CT", "NOTRACK", "TCPMSS", "CLASSIFY", "TOS", "DSCP", "SECMARK", "CONNSECMARK",
                   "TTL", "HL", "CHECKSUM", "TRACE", "SET", "AUDIT", "TEE", "NFQUEUE")  # fmt: skip
_MODULES: Final = ("tcp", "udp", "multiport", "comment", "conntrack", "state", "addrtype", "limit", "hashlimit", "icmp",
                   "icmp6", "set", "recent", "iprange")  # fmt: skip
_IGNORED: Final = {  # options that restrict nothing here, and how many words they take
    "--limit-burst": 1, "--log-prefix": 1, "--log-level": 1, "--reject-with": 1, "--nflog-group": 1,
    "--nflog-prefix": 1, "--hashlimit-burst": 1, "--hashlimit-mode": 1, "--hashlimit-name": 1,
    "--random": 0, "--persistent": 0, "--random-fully": 0, "--log-uid": 0,
    "--log-tcp-options": 0, "--log-ip-options": 0, "--log-tcp-sequence": 0, "--mask": 1, "--rsource": 0, "--name": 1,
    "--set": 0, "--hashlimit-htable-expire": 1, "--hashlimit-srcmask": 1, "--log-macdecode": 0,
}  # fmt: skip


@dataclass
class _Table:
    """A table while it is read."""

    name: str
    chains: dict[str, Chain] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    closed: bool = False

    def frozen(self) -> Iterator[Chain]:
        for name, chain in self.chains.items():
            yield replace(chain, entries=tuple(self.entries.get(name, ())))


# ---- iptables-save ----


def saved(output: str, family: str = "ip") -> Ruleset | None:
    """The tables of an answer; None where it has none. One that no COMMIT closes was cut off, and is left out."""
    tables: list[_Table] = []
    strange = 0
    for raw in output.splitlines():
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        if text.startswith("*"):
            tables.append(_Table(f"{family}/{line(text[1:])}"))
        elif not tables or tables[-1].closed:
            strange += 1
        elif text == "COMMIT":
            tables[-1].closed = True
        else:
            strange += not _line(tables[-1], text)
    if not tables:
        return None
    cut = sum(1 for table in tables if not table.closed)
    chains = tuple(chain for table in tables if table.closed for chain in table.frozen())
    return Ruleset(chains, strange + cut, complete=ended(output) and not cut)


def _line(table: _Table, text: str) -> bool:
    """Read `:CHAIN POLICY [packets:bytes]` or `[p:b] -A CHAIN …`; whether it was understood."""
    if match := re.fullmatch(r":(\S+) (\S+)(?: \[\d+:\d+\])?", text):
        table.chains[match[1]] = _chain(table.name, match[1], match[2])
        return True
    match = re.fullmatch(r"(?:\[(\d+):\d+\] )?-A (\S+)(?: (.*))?", text)
    if match is None or match[2] not in table.chains:
        return False
    rules = table.entries.setdefault(match[2], [])
    hits = int(match[1]) if match[1] else ABSENT
    found = _rule(f"{table.name}/{match[2]}#{len(rules) + 1}", match[3] or "", hits)
    if found is not None:
        rules.append(found)
    return found is not None


def _chain(table: str, name: str, policy: str) -> Chain:
    kind = {"filter": "filter", "nat": "nat"}.get(table.partition("/")[2], "")
    known = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "drop"}.get(policy, "")
    return Chain(table, name, HOOKS.get(name, ""), kind, known if kind == "filter" else "")


@dataclass
class _Rule:
    """The options of a rule while they are read."""

    protocol: str = ""
    into: str = ""
    out: str = ""
    source: str = ""
    destination: str = ""
    ports: list[str] = field(default_factory=list)
    new: bool = True
    sure: bool = True
    share: bool = False
    translated: bool = False
    comment: str = ""
    jump: str = ""
    goto: bool = False
    to: str = ""
    to_ports: str = ""


def _rule(id: str, text: str, hits: int | Absent) -> Entry | None:
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    rule, at = _Rule(), 0
    while at < len(words):
        negated = words[at] == "!"
        at += negated
        took = _option(rule, words[at:], negated)
        if took == 0:
            return None
        at += took
    return _entry(id, rule, hits)


def _option(rule: _Rule, words: Sequence[str], negated: bool) -> int:
    """Take one option; how many words it had, 0 where it cannot be one."""
    if not words or not words[0].startswith("-"):
        return 0
    name, value = words[0], words[1] if len(words) > 1 else ""
    sign = "!" if negated else ""
    if len(words) == 1 and name not in _IGNORED:
        return 0
    if name in _IGNORED:
        return 1 + _IGNORED[name]
    plain = {"-i": "into", "-o": "out", "-s": "source", "-d": "destination", "--src-range": "source",
             "--dst-range": "destination", "--comment": "comment", "--to-destination": "to", "--to-source": "to",
             "--to-ports": "to_ports"}  # fmt: skip
    if name in plain:
        setattr(rule, plain[name], sign + value)
    elif name == "-p" and not negated:
        rule.protocol = _protocol(value)
    elif name in ("--dport", "--dports", "--destination-port") and not negated:
        rule.ports = value.split(",")
    elif name in ("--ctstate", "--state"):
        rule.new = rule.new and ((("NEW" in value.split(",")) or "UNTRACKED" in value.split(",")) is not negated)
        if value == "DNAT":
            rule.new, rule.translated = True, not negated
    elif name in ("--limit", "--hashlimit-upto"):
        rule.share = True
    elif name in ("--src-type", "--dst-type"):
        rule.sure = rule.sure and (value == "LOCAL" and name == "--dst-type")  # to us: what a chain is mostly asked
        rule.share = True
    elif name in ("-j", "-g"):
        rule.jump, rule.goto = value, name == "-g"
    elif name == "-m" and value in _MODULES:
        rule.sure = rule.sure and value not in ("set", "recent")
    elif name in ("--match-set", "--tcp-flags"):
        rule.sure = False
        return 3
    else:
        rule.sure = False
        return _unknown(words)
    return 2


def _unknown(words: Sequence[str]) -> int:
    """How many words an option takes that is not known here: up to the next one."""
    return next((at for at, word in enumerate(words) if at and (word.startswith("-") or word == "!")), len(words))


def _protocol(value: str) -> str:
    if value.isdecimal():
        return PROTOCOLS.get(int(value), value)
    return "" if value == "all" else value.lower().replace("ipv6-icmp", "icmpv6")


def _entry(id: str, rule: _Rule, hits: int | Absent) -> Entry | None:
    match = Match(
        tuple(filter(None, (rule.into,))),
        tuple(filter(None, (rule.out,))),
        _addresses(rule.source),
        _addresses(rule.destination),
        _services(rule),
        rule.new,
        rule.sure,
        rule.share,
        rule.translated,
    )
    verdict = _TARGETS.get(rule.jump, "")
    if rule.jump and rule.jump not in _TARGETS and rule.jump not in _PASSING:
        verdict = "goto" if rule.goto else "jump"
    to, port = _destination(rule)
    return Entry(
        id, match, verdict, rule.jump if verdict in ("jump", "goto") else "", to, port, line(rule.comment), False, hits
    )


def _addresses(text: str) -> tuple[str, ...]:
    """One address or network; a host loses its mask."""
    bare = re.sub(r"/(?:32|128|255\.255\.255\.255)$", "", text)
    return () if bare in ("", "0.0.0.0/0", "::/0") else (bare,)


def _services(rule: _Rule) -> tuple[Service, ...]:
    if not rule.ports:
        return (Service(rule.protocol),) if rule.protocol else ()
    found = []
    for text in rule.ports:
        first, _, last = text.partition(":")
        if (first or last) and (not first or first.isdecimal()) and (not last or last.isdecimal()):
            low, high = int(first or 0), int(last or (65535 if ":" in text else first))
            one = ports(rule.protocol or "tcp", low, high)
            found += [one] if one else []
    if not found:
        rule.sure = False
    return tuple(found)


def _destination(rule: _Rule) -> tuple[str, str]:
    """`192.168.1.20:3389-3390`, `[fd00::5]:443`, `:80`; the device itself for a redirection."""
    if rule.jump == "REDIRECT":
        return "self", rule.to_ports
    match = re.fullmatch(r"\[?([0-9a-fA-F.:-]*?)\]?(?::(\d+(?:-\d+)?)(?:/\d+)?)?", rule.to)
    return (match[1], match[2] or "") if match and rule.jump == "DNAT" else (rule.to if rule.jump == "DNAT" else "", "")


# ---- iptables -L -n -v ----

_HEAD: Final = re.compile(r"Chain (\S+) \((?:policy (\w+)(?: \S+ packets, \S+ bytes)?|\d+ references)\)")
_COLUMNS: Final = re.compile(r"(?:num\s+)?pkts\s+bytes\s+target\s+prot\s+opt\s+in\s+out\s+source\s+destination")
_SCALE: Final = {"": 1, "K": 1000, "M": 1_000_000, "G": 1_000_000_000, "T": 10**12}


def listed(output: str) -> Ruleset | None:
    """The chains of a listing with its columns of interfaces (-v); it shows one table, and no translation beside it."""
    table = _Table("ip/filter")
    name, strange, headed = "", 0, False
    for raw in output.splitlines():
        text = raw.strip()
        if match := _HEAD.fullmatch(text):
            name, headed = match[1], False
            table.chains[name] = _chain(table.name, name, match[2] or "-")
        elif _COLUMNS.match(text):
            headed = bool(name)
        elif text and not text.startswith("#"):
            entry = _row(f"{table.name}/{name}#{len(table.entries.get(name, ())) + 1}", text) if headed else None
            if entry is None:
                strange += 1
            else:
                table.entries.setdefault(name, []).append(entry)
    return Ruleset(tuple(table.frozen()), strange) if table.chains else None


def _row(id: str, text: str) -> Entry | None:
    """`1  0  0 ACCEPT  6  --  eth0  *  0.0.0.0/0  192.168.1.20  tcp dpt:3389 /* rdp */`, numbered or not."""
    match = re.match(
        r"(?:\d+\s+)?(\d+)([KMGT]?)\s+\d+[KMGT]?\s+(?:(\S+)\s+)?(\d+|[a-z][\w-]*)\s+(--|-f|!f)\s+"
        r"(!?[\w.*+@-]+)\s+(!?[\w.*+@-]+)\s+(!?[\da-fA-F.:/]+)\s+(!?[\da-fA-F.:/]+)(?:\s+(.*))?$",
        text,
    )
    if match is None:
        return None
    packets, scale, target, protocol, _, into, out, source, destination, more = match.groups()
    rule = _Rule(protocol="" if protocol in ("0", "all") else _protocol(protocol), jump=target or "")
    rule.into, rule.out = ("" if one == "*" else one for one in (into, out))
    rule.source, rule.destination = source, destination
    _details(rule, more or "")
    return _entry(id, rule, int(packets) * _SCALE[scale])


def _details(rule: _Rule, text: str) -> None:
    """What a listing writes behind the columns."""
    if comment := re.search(r"/\* (.*?) \*/", text):
        rule.comment = comment[1]
        text = text.replace(comment[0], " ")
    if found := re.search(r"\bdpts?:(\S+)", text):
        rule.ports = [found[1]]
    elif found := re.search(r"multiport dports (\S+)", text):
        rule.ports = found[1].split(",")
    if found := re.search(r"(?:ct)?state (!?)\s*(\S+)", text):
        rule.new = ("NEW" in found[2] or "DNAT" in found[2]) is not bool(found[1])
        rule.translated = found[2] == "DNAT" and not found[1]
    if found := re.search(r"\bto:(\S+)", text):
        rule.to = found[1]
    if re.search(r"match-set|\bowner\b|\bmark match|\bTIME\b|STRING match|#conn|recent:", text):
        rule.sure = False
