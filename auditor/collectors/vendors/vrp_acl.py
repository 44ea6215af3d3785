"""Huawei VRP access lists, security policies and translations in the normal form, and what meets the internet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Final

from auditor.collectors.vendors.blocks import Line
from auditor.collectors.vendors.ios_acl import NAMED_PORTS, Entry, wildcard
from auditor.collectors.vendors.listeners import SELF
from auditor.facts import Rule, Translation
from auditor.filters import ANY_SERVICE, Gate, Service, Target, addresses, network, ports, ways
from auditor.filters import service as spelled
from auditor.values import ABSENT

_NUMBERS: Final = {"1": "icmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "51": "ah"}
_RULE: Final = re.compile(
    r"rule (?:(\d+) )?(?:name \S+ )?(permit|deny)\b ?(.*?)\s*(?:\((\d+) (?:times )?match(?:es|ed)?\))?$"
)
_SERVICES: Final = {
    "http": ("tcp", 80), "https": ("tcp", 443), "ssh": ("tcp", 22), "telnet": ("tcp", 23), "ftp": ("tcp", 21),
    "smtp": ("tcp", 25), "dns": ("udp", 53), "ike": ("udp", 500), "l2tp": ("udp", 1701), "snmp": ("udp", 161),
    "rdp-tcp": ("tcp", 3389), "smb": ("tcp", 445), "sip": ("udp", 5060), "ntp": ("udp", 123), "pptp": ("tcp", 1723),
}  # fmt: skip


def port(said: str) -> int:
    """A port by its number or name, -1 for neither; `80(www)` of an answer too."""
    plain = said.partition("(")[0]
    return int(plain) if plain.isdecimal() else NAMED_PORTS.get(plain, -1)


# ---- access lists ----


def lists(tree: Line) -> dict[str, list[Entry]]:
    """The access lists of a configuration, by their number and by their name."""
    found: dict[str, list[Entry]] = {}
    for line in tree.starting("acl "):
        names = [word for word in line.words[1:] if word not in ("number", "name", "basic", "advance", "match-order")]
        entries = [one for below in line.below if (one := entry(names[0] if names else "", below.text))]
        for name in names:
            found[name] = entries
    return found


def entry(name: str, text: str, place: int = 5) -> Entry | None:
    """`rule 5 permit tcp source 10.0.0.0 0.255.255.255 destination-port eq www (8 matches)`; None for anything else."""
    match = _RULE.fullmatch(text.strip())
    if match is None:
        return None
    words = match.group(3).split()
    protocol = "any"
    if words and words[0] not in ("source", "destination", "logging", "time-range", "description"):
        protocol = {"ip": "any", "ipv6": "any"}.get(words[0], _NUMBERS.get(words[0], words[0]))
    return Entry(
        name,
        int(match.group(1) or place),
        match.group(2) == "permit",
        _end(words, "source"),
        _end(words, "destination"),
        _offered(protocol, words),
        "logging" in words,
        int(match.group(4)) if match.group(4) else ABSENT,
        "established" in words,
        _conditions(words),
    )


_ASKS: Final = ("time-range", "source-port", "icmp-type", "fragment", "tcp-flag", "dscp", "precedence", "tos",
                "vpn-instance", "source-mac", "user-set", "ttl-expired")  # fmt: skip


def _conditions(words: Sequence[str]) -> tuple[str, ...]:
    """What an entry asks for beside its parts: hours, ports of the source, a kind of ICMP, fragments, marks."""
    said = [f"{word} {' '.join(words[at + 1 : at + 3])}" for at, word in enumerate(words) if word in _ASKS]
    return tuple(one for one in said if one != "tcp-flag established")  # an answer: its service says so


def _end(words: Sequence[str], way: str) -> tuple[str, ...]:
    if way not in words:
        return ("any",)
    rest = words[words.index(way) + 1 :]
    if not rest or rest[0] == "any":
        return ("any",)
    if rest[0] in ("address-set", "ip-pool", "fqdn", "user-group"):
        return (rest[1],) if len(rest) > 1 else ("any",)
    bits = "0.0.0.0" if rest[1:2] in ([], ["0"]) else rest[1]  # noqa: S104 - wildcard bits, nothing is bound
    return (wildcard(rest[0], bits),)


def _offered(protocol: str, words: Sequence[str]) -> tuple[Service, ...]:
    if protocol not in ("tcp", "udp", "sctp"):
        return (spelled(protocol) or Service(protocol),)
    if "destination-port" not in words:
        return (Service(protocol),)
    rest = words[words.index("destination-port") + 1 :]
    kind, numbers = rest[0] if rest else "", [port(word) for word in rest[1:3]]
    low = numbers[0] if numbers else -1
    spans = {"eq": (low, low), "gt": (low + 1, 65535), "lt": (0, low - 1)}
    first, last = (low, numbers[1]) if kind == "range" and len(numbers) > 1 else spans.get(kind, (-1, -1))
    one = ports(protocol, first, last) if low >= 0 else None
    return (one or Service(f"application {' '.join(rest[:2])}"),)  # of a name that nobody knows, not all of them


# ---- security policies (USG) ----


def zones(tree: Line) -> dict[str, str]:
    """Of each interface the zone it is in."""
    return {
        line.words[-1]: zone.words[-1]
        for zone in tree.starting("firewall zone ")
        for line in zone.starting("add interface ")
    }


def policy(tree: Line) -> list[Rule]:
    """The rules of the security policy in order; what none of them takes is refused unless `default action permit`."""
    found: list[Rule] = []
    for line in tree.starting("security-policy"):
        for one in line.starting("rule name "):
            found.append(_policy_rule(tree, one))
        allowed = any(below.text == "default action permit" for below in line.below)
        found.append(Rule("default", "permit" if allowed else "deny", enabled=True, from_=("any",), to=("any",),
                          source=("any",), destination=("any",), services=("any",), logged=False))  # fmt: skip
    return found


def _policy_rule(tree: Line, line: Line) -> Rule:
    action = line.after("action ")
    return Rule(
        id=line.text.removeprefix("rule name ").strip('"'),
        action={"permit": "permit", "deny": "deny"}.get(action, "deny"),
        name=line.after("description ") or ABSENT,
        enabled=not any(below.text == "disable" for below in line.below),
        from_=_zone(line, "source-zone"),
        to=_zone(line, "destination-zone"),
        source=_where(tree, line, "source-address"),
        destination=_where(tree, line, "destination-address"),
        services=tuple(str(one) for one in _named(tree, line)),
        logged=any(
            below.text.startswith(("traffic logging", "session logging", "policy logging")) for below in line.below
        ),
        groups=tuple(word for below in line.starting("user ") for word in below.words[2:3]) or ABSENT,
        conditions=tuple(
            below.text
            for below in line.starting("time-range ", "application ", "url ", "terminal-type ", "dscp ")
            if below.words[1:] != ["any"]
        )
        or ABSENT,
    )


def _zone(line: Line, way: str) -> tuple[str, ...]:
    names = [word for below in line.starting(f"{way} ") for word in below.words[1:] if word != "any"]
    return tuple({"local": SELF}.get(name, name) for name in names) or ("any",)


def _where(tree: Line, line: Line, way: str) -> tuple[str, ...]:
    found: list[str] = []
    for below in line.starting(f"{way} "):
        words = below.words[1:]
        if words[0] == "address-set" and len(words) > 1:
            found += _members(tree, words[1])
        elif words[0] == "range" and len(words) > 2:
            found.append(f"{words[1]}-{words[2]}")
        elif words[0] != "any":
            plain = re.match(r"[\da-fA-F]+[.:]", words[0])
            found.append(_masked(words) if plain else " ".join(words))  # a country, a provider, a set of domains
    return tuple(found) or ("any",)


def _masked(words: Sequence[str]) -> str:
    """`10.0.0.0 24`, `10.0.0.0 mask 255.255.255.0`, `10.0.0.0 0.0.0.255`."""
    if words[1:2] == ["mask"] and len(words) > 2:
        return network(words[0], words[2]) or words[0]
    if len(words) < 2:
        return words[0]
    if words[1].isdecimal() and words[1] != "0":
        return network(words[0], words[1]) or words[0]
    return wildcard(words[0], "0.0.0.0" if words[1] == "0" else words[1])  # noqa: S104 - wildcard bits


def _members(tree: Line, name: str, depth: int = 0) -> list[str]:
    """The addresses of a set; a group names other sets (`address 0 address-set SERVERS`)."""
    for line in tree.starting(f"ip address-set {name} "):
        rows = [one.words for one in line.starting("address ")]
        rows = [words[2:] if words[1:2] and words[1].isdecimal() else words[1:] for words in rows]
        return [text for words in rows if words for text in _member(tree, words, depth)]
    return [name]


def _member(tree: Line, words: Sequence[str], depth: int) -> list[str]:
    if words[0] == "address-set" and len(words) > 1:
        return _members(tree, words[1], depth + 1) if depth < 20 else [words[1]]
    return [f"{words[1]}-{words[2]}" if words[0] == "range" and len(words) > 2 else _masked(words)]


def _named(tree: Line, line: Line) -> tuple[Service, ...]:
    found: list[Service] = []
    for below in line.starting("service "):
        words = below.words[1:]
        if words[0] == "protocol" and len(words) > 1:
            found += _spans(words[1], words)
            continue
        for name in words:
            protocol, number = _SERVICES.get(name, ("", 0))
            own = list(_set(tree, name))
            found += own or ([Service(protocol, number, number)] if protocol else [spelled(name) or Service(name)])
    return tuple(found) or (ANY_SERVICE,)


def _set(tree: Line, name: str, depth: int = 0) -> Iterator[Service]:
    """`service 0 protocol tcp source-port 0 to 65535 destination-port 8443 8444 to 8450`; a group names other sets."""
    for below in (one for row in tree.starting(f"ip service-set {name} ") for one in row.starting("service ")):
        words = below.words
        if "service-set" in words[:-1] and depth < 20:
            inner = words[words.index("service-set") + 1]
            protocol, number = _SERVICES.get(inner, ("", 0))
            yield from [Service(protocol, number, number)] if protocol else _set(tree, inner, depth + 1)
        if "protocol" in words[:-1]:
            yield from _spans(words[words.index("protocol") + 1], words)


def _spans(protocol: str, words: Sequence[str]) -> Iterator[Service]:
    """The ports behind `destination-port`, as a firewall writes them: `443 8443 8500 to 8510`; none: all of them."""
    rest = words[words.index("destination-port") + 1 :] if "destination-port" in words else []
    found = [
        one
        for low, high in re.findall(r"(\d+)(?: to (\d+))?", " ".join(rest))
        if (one := ports(protocol, int(low), int(high or low))) is not None
    ]
    yield from found or [spelled(protocol) or Service(protocol)]


# ---- translations ----


def servers(tree: Line) -> list[tuple[str, Translation]]:
    """`nat server` and `nat static` of the whole box ("" as interface) and of each interface, and what hides."""
    found = [("", line) for line in tree.starting("nat server ", "nat static ")]
    hidden: list[tuple[str, Translation]] = []
    for one in tree.starting("interface "):
        name = one.text.removeprefix("interface ")
        found += [(name, line) for line in one.starting("nat server ", "nat static ")]
        for line in one.starting("nat outbound"):
            hidden.append((name, _hidden(name, line.words[2:])))
    rows = [(name, made) for place, (name, line) in enumerate(found) if (made := server(name, line.text, place))]
    return [*rows, *_nat_policy(tree), *hidden]


def _nat_policy(tree: Line) -> Iterator[tuple[str, Translation]]:
    """`nat-policy` of a firewall: what hides behind an address, and destinations that lead to a host."""
    for line in (one for part in tree.starting("nat-policy") for one in part.starting("rule name ")):
        words = line.after("action ").split()
        name = f"nat-policy {line.text.removeprefix('rule name ').strip(chr(34))}"
        enabled = not any(below.text == "disable" for below in line.below)
        to = (*_zone(line, "destination-zone"), *(one.words[-1] for one in line.starting("egress-interface ")))
        to = tuple(zone for zone in to if zone != "any") or ("any",)
        if words[:1] in (["nat"], ["source-nat"]) and len(words) > 1:
            behind = "interface" if words[1] == "easy-ip" else words[-1]
            yield "", Translation(
                name, "dynamic", _zone(line, "source-zone"), to, _where(tree, line, "source-address"), (behind,),
                _where(tree, line, "destination-address"), enabled=enabled,
            )  # fmt: skip
        elif words[:1] == ["destination-nat"] and "address" in words[:-1]:
            at = words.index("address")
            asked = _named(tree, line)
            yield "", Translation(
                name, "static", _zone(line, "source-zone"), to, ("any",), ("any",),
                _where(tree, line, "destination-address"), tuple(words[at + 1 : at + 3]),
                (str(asked[0]),), enabled=enabled,
            )  # fmt: skip


def server(interface: str, text: str, place: int) -> Translation | None:
    """`nat server [NAME] protocol tcp global current-interface 8443 inside 10.20.0.8 3389`; None for anything else."""
    words = text.split()[2:]
    if not {"global", "inside"} <= set(words) or words.index("global") > words.index("inside"):
        return None
    middle = words.index("inside")
    head, outer, inner = words[: words.index("global")], words[words.index("global") + 1 : middle], words[middle + 1 :]
    if not outer or not inner or not inner[0][:1].isdecimal():
        return None
    protocol = head[head.index("protocol") + 1] if "protocol" in head[:-1] else "any"
    asked, real = _span(outer[2:] if outer[0] == "interface" else outer[1:]), _span(inner[1:])
    services = ports(protocol, *asked) if asked and protocol in ("tcp", "udp") else None
    name = head[0] if head and head[0] not in ("protocol", "zone") else str(place)
    moved = f"{real[0]}" if real and real[0] == real[1] else f"{real[0]}-{real[1]}" if real else ""
    return Translation(
        id=f"{' '.join(text.split()[:2])} {name}",
        kind="static",
        from_=(interface,) if interface else ("any",),
        to=("any",),
        original=("any",),
        translated=("any",),
        destination=("any",) if outer[0] in ("current-interface", "interface") else (outer[0],),
        redirected=tuple(filter(None, (inner[0], moved))),
        services=(str(services or spelled(protocol) or ANY_SERVICE),),
        enabled=True,
    )


def _span(words: Sequence[str]) -> tuple[int, int] | None:
    """The ports that a list of words begins with, after a mask or the end of a range of addresses."""
    rest = [word for word in words if word != "mask" and not re.fullmatch(r"\d+\.\d+\.\d+\.\d+", word)]
    numbers = list(takewhile(lambda number: number >= 0, (port(word) for word in rest)))[:2]
    if not numbers:
        return None
    return numbers[0], max(numbers)


def _hidden(interface: str, words: Sequence[str]) -> Translation:
    listed = (f"acl {words[0]}",) if words[:1] and words[0].isdecimal() else ("any",)
    return Translation(
        f"nat outbound {interface}", "dynamic", ("any",), (interface,), listed, ("interface",), ("any",),
        services=("any",), enabled=True,
    )  # fmt: skip


def published(moved: Sequence[tuple[str, Translation]], interface: str) -> list[Target]:
    """The hosts that stand behind an interface."""
    found = []
    for name, one in moved:
        if one.enabled is False:
            continue
        if name in ("", interface) and isinstance(one.redirected, tuple) and isinstance(one.services, tuple):
            asked = spelled(one.services[0])
            first, _, last = "".join(one.redirected[1:2]).partition("-")
            if asked is not None:
                real = (
                    ports(asked.protocol, int(first), int(last or first))
                    if first.isdecimal() and asked.ported
                    else None
                )
                found.append(Target(one.redirected[0], addresses(one.redirected[:1]), asked, real or asked))
    return found


# ---- what an interface meets ----


def gates(tree: Line, access: Mapping[str, Sequence[Entry]], interface: str, inward: bool) -> tuple[Gate, ...]:
    """What comes in by an interface meets its filter, and the security policy of a firewall."""
    line = next(
        (one for one in tree.starting("interface ") if one.text.removeprefix("interface ") == interface), Line("")
    )
    found: list[Gate] = []
    for one in line.starting("traffic-filter inbound ", "packet-filter inbound ", "firewall packet-filter "):
        words = [word for word in one.words if word not in ("acl", "name", "inbound")]
        found += [entry.gate() for entry in access.get(words[1] if len(words) > 1 else "", ()) if entry.counts]
    rules = policy(tree)
    if not rules:
        return (*found, Gate(interface, permit=True))  # what no line of a filter takes passes
    zone = zones(tree).get(interface, "")
    for rule in rules:
        behind = rule.to == (SELF,) if isinstance(rule.to, tuple) and SELF in rule.to else None
        mine = isinstance(rule.from_, tuple) and (rule.from_ == ("any",) or zone in rule.from_)
        named = rule.services if isinstance(rule.services, tuple) else ()
        vague = isinstance(rule.conditions, tuple) or isinstance(rule.groups, tuple) or not all(map(spelled, named))
        if mine and rule.enabled is not False and behind is not inward and not (vague and rule.action == "deny"):
            found.append(_gate(rule))
    return tuple(found)


def _gate(rule: Rule) -> Gate:
    def told(part: object) -> tuple[str, ...]:
        return part if isinstance(part, tuple) else ("any",)

    offered = tuple(one for text in told(rule.services) if (one := spelled(text)))
    return Gate(rule.id, rule.action == "permit", addresses(told(rule.source)), addresses(told(rule.destination)),
                offered or (ANY_SERVICE,), to=ways(told(rule.to)))  # fmt: skip
