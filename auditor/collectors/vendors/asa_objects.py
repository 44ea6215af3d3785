"""Cisco ASA's names, objects and groups: what an entry of an access list says once they are resolved."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from auditor.collectors.vendors.blocks import Line
from auditor.filters import ANY_SERVICE, LAST_PORT, Service, network, ports, service

PORTS: Final = {
    "aol": 5190, "bgp": 179, "biff": 512, "bootpc": 68, "bootps": 67, "chargen": 19, "cifs": 3020, "citrix-ica": 1494,
    "cmd": 514, "ctiqbe": 2748, "daytime": 13, "discard": 9, "dnsix": 195, "domain": 53, "echo": 7, "exec": 512,
    "finger": 79, "ftp": 21, "ftp-data": 20, "gopher": 70, "h323": 1720, "hostname": 101, "http": 80, "https": 443,
    "ident": 113, "imap4": 143, "irc": 194, "isakmp": 500, "kerberos": 750, "klogin": 543, "kshell": 544, "ldap": 389,
    "ldaps": 636, "login": 513, "lotusnotes": 1352, "lpd": 515, "mobile-ip": 434, "nameserver": 42,
    "netbios-dgm": 138, "netbios-ns": 137, "netbios-ssn": 139, "nfs": 2049, "nntp": 119, "ntp": 123,
    "pcanywhere-data": 5631, "pcanywhere-status": 5632, "pim-auto-rp": 496, "pop2": 109, "pop3": 110, "pptp": 1723,
    "radius": 1645, "radius-acct": 1646, "rip": 520, "rsh": 514, "rtsp": 554, "secureid-udp": 5510, "sip": 5060,
    "smtp": 25, "snmp": 161, "snmptrap": 162, "sqlnet": 1521, "ssh": 22, "sunrpc": 111, "syslog": 514, "tacacs": 49,
    "talk": 517, "telnet": 23, "tftp": 69, "time": 37, "uucp": 540, "vxlan": 4789, "who": 513, "whois": 43, "www": 80,
    "xdmcp": 177,
}  # fmt: skip
"""The names of ports that an ASA writes (Cisco ASA configuration guide, "TCP and UDP ports")."""

_PROTOCOLS: Final = {"ip": "any", "icmp6": "icmp6", "ipsec": "esp", "pcp": "pcp", "igrp": "igrp"}
_COMPARE: Final = ("eq", "range", "gt", "lt", "neq")
MOST: Final = 256  # members of a group that are written out; of more, its name stands for them


def port(word: str) -> int:
    """The number of a port, -1 for a name that is none."""
    return int(word) if word.isdecimal() and int(word) <= LAST_PORT else PORTS.get(word, -1)


def _compared(protocol: str, words: list[str]) -> tuple[tuple[Service, ...] | None, list[str]]:
    """The ports of `eq X`, `range X Y`, `gt X`, `lt X`, `neq X`, and what follows; None where there are none."""
    if not words or words[0] not in _COMPARE:
        return None, words
    first = port(words[1]) if len(words) > 1 else -1
    last = port(words[2]) if words[0] == "range" and len(words) > 2 else first
    if first < 0 or last < 0:
        return (), words[3:] if words[0] == "range" else words[2:]
    spans = {
        "eq": [(first, first)],
        "range": [(first, last)],
        "gt": [(first + 1, LAST_PORT)],
        "lt": [(0, first - 1)],
        "neq": [(0, first - 1), (first + 1, LAST_PORT)],
    }[words[0]]
    kinds = ("tcp", "udp") if protocol in ("tcp-udp", "any") else (protocol,)
    found = tuple(one for kind in kinds for span in spans if (one := ports(kind, *span)) is not None)
    return found, words[3:] if words[0] == "range" else words[2:]


def _conditions(words: list[str], asked: Sequence[str], offered: Sequence[str], rest: Sequence[str]) -> tuple[str, ...]:
    """What an entry asks for beside its parts: ports of the source, a kind of ICMP, hours, users, a security tag."""
    source = [f"source {' '.join(asked)}"] if asked != offered else []
    kept = list(takewhile(lambda word: word not in ("log", "inactive"), rest))
    whom = ("user", "user-group", "object-group-user", "object-group-security", "security-group")
    named = [f"{word} {words[at + 1]}" for at, word in enumerate(words[:-1]) if word in whom]
    return (*source, *([" ".join(kept)] if kept else []), *named)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an access list, resolved; `strange` where a part of it was not understood.

    `from_` and `to` are the interfaces that an entry of a managed box names itself, "" where it names none.
    """

    list: str
    number: int
    action: str
    source: tuple[str, ...]
    destination: tuple[str, ...]
    services: tuple[str, ...]
    enabled: bool
    logged: bool
    strange: bool = False
    conditions: tuple[str, ...] = ()
    from_: str = ""
    to: str = ""


KINDS: Final = ("extended", "advanced")  # the second of FTD
TUNNEL_RULE: Final = "DEFAULT TUNNEL ACTION RULE"
"""Its rule for packets inside packets: what is in them meets the rules that follow."""
_BARE: Final = frozenset({"ospf", "eigrp", "igmp", "pim", "ipinip", "nos", "snp", "igrp", "pcp"})


def _place(words: list[str]) -> tuple[str, list[str]]:
    """`ifc outside` before an address: an interface, and what follows."""
    return (words[1], words[2:]) if words[:1] == ["ifc"] and len(words) > 1 else ("", words)


def unread_entries(tree: Line) -> int:
    """Entries of access lists that filter and were not understood: what they let in is not known."""
    lists = [line.words for line in tree.starting("access-list ") if len(line.words) > 3]
    own = ("remark", "standard", "webtype", "ethertype", "alert-interval", "deny-flow-max")
    objects = Objects()
    return sum(1 for words in lists if _kind(words) not in own and objects.entry(words, 0) is None)


def _kind(words: list[str]) -> str:
    return (
        words[4]
        if words[2] == "line" and len(words) > 4
        else words[1]
        if words[1] in ("alert-interval", "deny-flow-max")
        else words[2]
    )


@dataclass
class Objects:
    """The names of one configuration. `addresses` and `services` resolve a name; an unknown one stands for itself."""

    hosts: dict[str, str] = field(default_factory=dict)
    networks: dict[str, list[Line]] = field(default_factory=dict)
    offered: dict[str, list[tuple[str, Line]]] = field(default_factory=dict)
    times: dict[str, list[Line]] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: Line) -> Objects:
        found = cls()
        for line in tree.below:
            words = line.words
            if words[:1] == ["name"] and len(words) > 2:
                found.hosts[words[2]] = words[1]
            elif words[:1] == ["time-range"] and len(words) > 1:
                found.times[words[1]] = list(line.below)
            elif words[:1] in (["object"], ["object-group"]) and len(words) > 2:
                if words[1] == "network":
                    found.networks.setdefault(words[2], []).extend(line.below)
                elif words[1] in ("service", "protocol", "icmp-type"):
                    kind = words[3] if len(words) > 3 else words[1]
                    found.offered.setdefault(words[2], []).extend((kind, below) for below in line.below)
        return found

    # ---- addresses ----

    def addresses(self, name: str, depth: int = 0) -> tuple[str, ...]:
        """The hosts, networks and ranges behind a name; the name itself where nothing says what it is."""
        lines = self.networks.get(name)
        if lines is None or depth > 20:
            return (self.hosts.get(name, name),)
        found: list[str] = []
        for line in lines:
            found += self._member(line.words, depth)
            if len(found) > MOST:
                return (name,)
        return tuple(dict.fromkeys(found)) or (name,)

    def _member(self, words: list[str], depth: int) -> tuple[str, ...]:
        if words[0] in ("object", "group-object") and len(words) > 1:
            return self.addresses(words[1], depth + 1)
        if words[0] == "network-object":
            words = words[1:]
            if words[:1] == ["object"] and len(words) > 1:
                return self.addresses(words[1], depth + 1)
        if words[:1] == ["host"] and len(words) > 1:
            return (self.hosts.get(words[1], words[1]),)
        if words[:1] == ["range"] and len(words) > 2:
            return (f"{words[1]}-{words[2]}",)
        if words[:1] in (["subnet"], ["fqdn"]):
            words = words[1:]
        return tuple(self._plain(words)) if words and words[0] not in ("description", "nat") else ()

    def _plain(self, words: list[str]) -> Iterator[str]:
        """`10.0.0.0 255.0.0.0`, `2001:db8::/32`, or a name of the DNS."""
        first = self.hosts.get(words[0], words[0])
        if len(words) > 1 and (found := network(first, words[1])):
            yield found
        else:
            yield first if "/" not in first else network(*first.split("/", 1)) or first

    # ---- services ----

    def services(self, name: str, protocol: str = "any", depth: int = 0) -> tuple[str, ...]:
        """The services behind a name, of one protocol where the entry names it."""
        lines = self.offered.get(name)
        if lines is None or depth > 20:
            return (name,)
        found: list[str] = []
        for kind, line in lines:
            wanted = kind if kind in ("tcp", "udp", "tcp-udp") else protocol
            found += self._offer(line.words, wanted, depth)
        return tuple(dict.fromkeys(found)) or (name,)

    def _offer(self, words: list[str], protocol: str, depth: int) -> tuple[str, ...]:
        verb, rest = words[0], words[1:]
        if verb == "group-object" and rest:
            return self.services(rest[0], protocol, depth + 1)
        if verb == "service-object" and rest[:1] == ["object"] and len(rest) > 1:
            return self.services(rest[1], protocol, depth + 1)
        if verb in ("service", "service-object") and rest:
            return self._spelled(rest[0], rest[1:])
        if verb == "port-object":
            return tuple(str(one) for one in _compared(protocol, rest)[0] or ())
        if verb == "protocol-object" and rest:
            return self._spelled(rest[0], [])
        return ("icmp",) if verb == "icmp-object" else ()

    @staticmethod
    def _spelled(protocol: str, words: list[str]) -> tuple[str, ...]:
        """`tcp source range 1 65535 destination eq https`; a translation's object may name a source alone."""
        kinds = ("tcp", "udp") if protocol == "tcp-udp" else (_PROTOCOLS.get(protocol, protocol),)
        place = "destination" if "destination" in words else "source" if "source" in words else ""
        after = words[words.index(place) + 1 :] if place else words
        found: list[str] = []
        for kind in kinds:
            compared, _ = _compared(kind, after)
            found += [str(one) for one in compared] if compared else [str(service(kind) or kind)]
        return tuple(found)

    # ---- entries ----

    def expired(self, name: str) -> bool:
        """Whether a time range has ended for good (`absolute … end 23:59 31 December 2023`)."""
        for line in self.times.get(name, ()):
            if match := re.search(r"absolute .*?end (\d+):(\d+) (\d+) (\w+) (\d{4})", line.text):
                try:
                    end = dt.datetime.strptime(" ".join(match.groups()), "%H %M %d %B %Y").replace(tzinfo=dt.UTC)
                except ValueError:
                    return False
                return end < dt.datetime.now(dt.UTC)
        return False

    def entry(self, words: list[str], number: int) -> Entry | None:
        """`access-list NAME [line N] extended permit …` as an Entry; None for remarks and standard lists."""
        if words[2:3] == ["line"] and len(words) > 4:
            number, words = int(words[3]) if words[3].isdecimal() else number, words[:2] + words[4:]
        if len(words) < 5 or words[2] not in KINDS or words[3] not in ("permit", "deny", "trust"):
            return None
        offered, rest = self._protocol(words[4:])
        from_, rest = _place(rest)
        source, rest = self._address(rest)
        asked, rest = self._ports(offered, rest)
        to, rest = _place(rest)
        destination, rest = self._address(rest)
        services, rest = self._ports(offered, rest)
        if words[2] == "advanced":  # what a manager appends to each: its number, what is logged
            rest = list(takewhile(lambda word: word != "rule-id", rest)) + (["log"] if "event-log" in rest else [])
        times = rest[rest.index("time-range") + 1 :][:1] if "time-range" in rest else []
        off = "inactive" in rest or any(self.expired(name) for name in times)
        known = all((source, destination, services))
        action = "deny" if words[3] == "deny" else "permit"  # `trust` is let through without a look inside
        tunnels = (TUNNEL_RULE,) if words[2] == "advanced" and words[-2:] == ["rule-id", "9998"] else ()
        return Entry(
            words[1], number, action, source or ("any",), destination or ("any",), services or ("unknown",),
            not off, "log" in rest and "disable" not in rest, not known,
            (*_conditions(words, asked, offered, rest), *tunnels), from_, to,
        )  # fmt: skip

    def _protocol(self, words: list[str]) -> tuple[tuple[str, ...], list[str]]:
        if words[0] in ("object", "object-group") and len(words) > 1:
            return self.services(words[1]), words[2:]
        name = _PROTOCOLS.get(words[0], words[0])
        return (str(service(name) or name),), words[1:]

    def _address(self, words: list[str]) -> tuple[tuple[str, ...], list[str]]:
        while words[:1] and words[0] in ("user", "user-group", "object-group-user", "object-group-security"):
            words = words[2:]  # for whom; the address follows
        if words[:1] == ["security-group"]:
            words = words[3:]
        if not words:
            return (), []
        if words[0] in ("any", "any4", "any6"):
            return ("any",), words[1:]
        if words[0] in ("host", "object", "object-group", "fqdn") and len(words) > 1:
            return self.addresses(words[1]), words[2:]
        if words[0] == "interface" and len(words) > 1:
            return (f"interface {words[1]}",), words[2:]
        if words[0] == "range" and len(words) > 2:
            return (f"{words[1]}-{words[2]}",), words[3:]
        if "/" in words[0]:
            return tuple(self._plain(words[:1])), words[1:]
        if len(words) > 1 and (found := tuple(self._plain(words[:2]))):
            return found, words[2:]
        return (), words[1:]

    def _ports(self, offered: tuple[str, ...], words: list[str]) -> tuple[tuple[str, ...], list[str]]:
        """The services of an entry once the ports that follow an address restrict them."""
        protocol = offered[0].partition("/")[0] if len(offered) == 1 else "any"
        compared, rest = _compared(protocol, words)
        if compared is not None:
            return tuple(str(one) for one in compared), rest
        if words[:1] == ["object-group"] and len(words) > 1 and words[1] in self.offered:
            return self.services(words[1], protocol), words[2:]
        return offered, words


def entries(tree: Line, objects: Objects) -> Mapping[str, list[Entry]]:
    """The entries of each access list in their order; numbers count remarks too, as `show access-list` does."""
    found: dict[str, list[Entry]] = {}
    counts: dict[str, int] = {}
    for line in tree.starting("access-list "):
        words = line.words
        if len(words) < 3:
            continue
        counts[words[1]] = counts.get(words[1], 0) + 1
        if (one := objects.entry(words, counts[words[1]])) is not None:
            found.setdefault(words[1], []).append(one)
    return found


def services_of(one: Entry) -> tuple[Service, ...]:
    """The services of an entry that are known; a name that nothing resolved may be all of them."""
    found = ((text, service(text)) for text in one.services if text != "unknown")
    return tuple(
        known or (Service(text) if text in _BARE or text.isdecimal() else ANY_SERVICE) for text, known in found
    )
