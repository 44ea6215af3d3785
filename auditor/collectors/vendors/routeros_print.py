"""Outputs of RouterOS `print`: identity, load, interfaces, routes, sessions, rules, whatever way they are laid out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.listeners import community
from auditor.collectors.vendors.page import Facts, Told, unread
from auditor.collectors.vendors.routeros_rules import filter_rules, translations
from auditor.collectors.vendors.trees import Statement
from auditor.facts import Accounts, Interface, Licence, LinkQuality, Route, VpnService
from auditor.model import Key
from auditor.values import ABSENT, Message

_LOG: Final = re.compile(r"^\d\d:\d\d:\d\d echo: .*\n?", re.M)  # the device's own log lands in the middle of answers
_FIELD: Final = re.compile(r"^\s*([a-z][\w-]*): ?(.*?)\s*$", re.M)
_PAIR: Final = re.compile(r'([\w.-]+)=("(?:[^"\\]|\\.)*"?|(?:(?!\s+[\w.-]+=).)*)')
_FLAGS: Final = r"[A-Za-z*]"


def fields(output: str) -> dict[str, str]:
    """`name: value` lines."""
    return dict(_FIELD.findall(_LOG.sub("", output)))


def changes(output: str) -> str:
    """`/system history print`: the last hundred changes of the configuration, as a check sum; whoever made them."""
    head, _, rows = _LOG.sub("", output).partition("POLICY")
    done = [" ".join(row.split()) for row in rows.splitlines() if row.strip()]
    if "ACTION" not in head or not done:
        return ""
    return f"{len(done)} changes, SHA-256 {hashlib.sha256(chr(10).join(done).encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a list: its number ("" where there is none), flags, comment and values."""

    number: str
    flags: str
    comment: str
    values: Mapping[str, str]

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def disabled(self) -> bool:
        return "X" in self.flags or self.get("disabled") == "yes"


_HEAD: Final = re.compile(rf"^\s*(\d+)((?:\s+{_FLAGS}{{1,4}}(?=\s))*)\s+|^({_FLAGS}{{1,4}})\s+(?=[\w.-]+=)")


def rows(output: str) -> list[Row]:
    """The items of a terse or detailed list; a table has none."""
    found: list[Row] = []
    for block in _blocks(_LOG.sub("", output)):
        head = _HEAD.match(block)
        if head is None:
            continue
        rest = block[head.end() :]
        comment = re.match(r";;; (.*?)\n", f"{rest}\n")
        if comment:
            rest = rest[comment.end() :]
        values = {name: value.strip().strip('"') for name, value in _PAIR.findall(" ".join(rest.split("\n")))}
        flags = "".join((head.group(2) or head.group(3) or "").split())
        said = values.pop("comment", "") or (comment.group(1) if comment else "")
        if values:
            found.append(Row(head.group(1) or "", flags, said.strip(), values))
    return found


def _blocks(output: str) -> Iterator[str]:
    """The lines of each item together: what follows a numbered line is indented."""
    held: list[str] = []
    for line in output.splitlines():
        if re.match(r"^\s{0,3}\d+\s|^[A-Za-z*]{1,4}\s+[\w.-]+=", line):
            yield "\n".join(held)
            held = [line]
        elif held and line.strip():
            held.append(line)
        elif held and not line.strip():
            yield "\n".join(held)
            held = []
    yield "\n".join(held)


# ---- identity and load ----

_UNITS: Final = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_SIZES: Final = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "K": 10**3, "k": 10**3, "M": 10**6, "G": 10**9}


def seconds(said: str) -> int | None:
    """`6w5d11h55m45s`, `1m45s`, `00:05:10`."""
    if match := re.fullmatch(r"(?:(\d+)d)?(\d+):(\d\d):(\d\d)", said):
        days, hours, minutes, rest = (int(part or 0) for part in match.groups())
        return days * 86_400 + hours * 3600 + minutes * 60 + rest
    parts = re.findall(r"(\d+)([wdhms])(?!s)", said)
    return sum(int(count) * _UNITS[unit] for count, unit in parts) if parts else None


def size(said: str) -> int | None:
    """`64.0MiB` in bytes, `20M` in bit/s."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(Ki|Mi|Gi|[KkMG])?(?:B|bps)?", said.strip())
    return round(float(match.group(1)) * _SIZES[match.group(2) or ""]) if match else None


def resource(output: str) -> Told:
    """`/system resource print`: version, board, uptime, load."""
    said = fields(output)
    if "version" not in said:
        return unread(output)
    found: dict[Key[Any], Any] = {
        facts.IDENTITY_VENDOR: "MikroTik",
        facts.IDENTITY_PLATFORM: "mikrotik_routeros",
        facts.IDENTITY_OS_VERSION: said["version"].partition(" ")[0],
    }
    if board := said.get("board-name"):
        found[facts.IDENTITY_MODEL] = board
    if (up := seconds(said.get("uptime", ""))) is not None:
        found[facts.SYSTEM_UPTIME] = up
    if match := re.match(r"(\d+)%", said.get("cpu-load", "")):
        found[facts.SYSTEM_CPU] = float(match.group(1))
    if said.get("cpu-count", "").isdecimal():
        found[facts.HOST_CPUS] = int(said["cpu-count"])
    total, free = size(said.get("total-memory", "")), size(said.get("free-memory", ""))
    if total and free is not None and free <= total:
        found |= {facts.HOST_MEMORY: total, facts.SYSTEM_MEMORY: round(100 * (total - free) / total, 1)}
    return Told(found)


def routerboard(output: str) -> Told:
    """`/system routerboard print`: the product code and serial; a virtual machine has neither."""
    said = fields(output)
    if "routerboard" not in said and "model" not in said:
        return unread(output)
    named = ((facts.IDENTITY_MODEL, "model"), (facts.IDENTITY_SERIAL, "serial-number"))
    return Told({key: said[name] for key, name in named if said.get(name)})


def identity(output: str) -> Told:
    """`/system identity print`."""
    name = fields(output).get("name", "")
    return Told({facts.IDENTITY_NAME: name}) if name else unread(output)


LEVELS: Final = {"1": 1, "3": 200, "4": 200, "5": 500}
"""Tunnels that each licence level allows of one kind (RouterOS licence table); level 6 allows any number."""


def licence(output: str) -> Told:
    """`/system license print`: the level caps L2TP, PPTP, SSTP and OpenVPN tunnels."""
    said = fields(output)
    level = said.get("nlevel") or said.get("level") or ""
    if not level:
        return unread(output)
    found: dict[Key[Any], Any] = {facts.SYSTEM_LICENCES: (Licence(f"level {level}"),)}
    missing: dict[Key[Any], Message] = {}
    if level in LEVELS:
        found[facts.VPN_SESSIONS_LICENSED] = LEVELS[level]
    elif level == "6" or level.startswith("p"):
        missing[facts.VPN_SESSIONS_LICENSED] = Message("gap.unlimited")
    return Told(found, missing=missing)


# ---- interfaces, routes, probes ----

_KINDS: Final = {
    "ether": "ethernet", "vlan": "vlan", "bridge": "bridge", "bond": "aggregate", "loopback": "loopback",
    "wg": "tunnel", "wireguard": "tunnel", "gre-tunnel": "tunnel", "eoip": "tunnel", "ipip": "tunnel",
    "l2tp-in": "tunnel", "l2tp-out": "tunnel", "sstp-in": "tunnel", "sstp-out": "tunnel",
    "pptp-in": "tunnel", "pptp-out": "tunnel",
    "ovpn-in": "tunnel", "ovpn-out": "tunnel", "pppoe-out": "ppp", "ppp-out": "ppp", "lte": "cellular", "wlan": "wifi",
    "wifi": "wifi", "veth": "virtual",
}  # fmt: skip


def interfaces(output: str) -> Told:
    """`/interface print terse`: R is running, X disabled."""
    found = tuple(
        Interface(
            name=row.get("name"),
            alias=row.comment or ABSENT,
            kind=_KINDS.get(row.get("type"), row.get("type") or ABSENT),
            physical=False if _KINDS.get(row.get("type")) not in ("ethernet", "wifi", "cellular") else ABSENT,
            admin_up=not row.disabled,
            oper_up="R" in row.flags,
        )
        for row in rows(output)
        if row.get("name")
    )
    return Told({facts.INTERFACES: found}) if found else unread(output)


def monitor(output: str) -> Told:
    """`/interface ethernet monitor NAME once`: whether the link is there, and its rate."""
    said = fields(output)
    if not said.get("name") or not said.get("status"):
        return unread(output)
    rate = size(said.get("rate", ""))
    up = said["status"] == "link-ok"
    return Told(
        {facts.INTERFACES: (Interface(said["name"], kind="ethernet", oper_up=up, speed_bps=rate if rate else ABSENT),)}
    )


def routes(output: str) -> Told:
    """`/ip route print terse`: the default routes; A is active. A list without one tells nothing about vrfs."""
    listed = rows(output)
    if not listed:
        return unread(output)
    found = [
        route
        for row in listed
        if row.get("dst-address") == "0.0.0.0/0" and not row.disabled and not row.get("routing-mark")
        for route in _hops(row)
    ]
    told: dict[Key[Any], Any] = {facts.ROUTES_DEFAULT: tuple(dict.fromkeys(found))} if found else {}
    return Told(told)


_PROTOCOLS: Final = {"S": "static", "s": "static", "b": "bgp", "o": "ospf", "r": "rip", "d": "dhcp", "v": "vpn"}


def _hops(row: Row) -> Iterator[Route]:
    """Each gateway of a route, with the interface its status names: `192.0.2.1 reachable via  pppoe-out1`."""
    active = "A" in row.flags
    status = row.get("gateway-status") or row.get("immediate-gw")
    letters = [letter for letter in row.flags if letter in _PROTOCOLS]
    protocol = _PROTOCOLS[letters[-1]] if letters else ABSENT
    distance = int(row.get("distance")) if row.get("distance").isdecimal() else ABSENT
    for gateway in row.get("gateway").split(","):
        hop, _, port = gateway.partition("%")
        here = next((part for part in status.split(",") if part.startswith(hop)), "")
        via = re.search(r"(?:via\s+|%)(\S+)$", here)
        named = not re.match(r"\d+\.\d+\.\d+\.\d+", hop)
        interface = hop if named else port or (via.group(1) if via else "")
        up = active and "unreachable" not in here
        if hop:
            yield Route("0.0.0.0/0", interface or ABSENT, ABSENT if named else hop, protocol, distance, up)


def netwatch(output: str) -> Told:
    """`/tool netwatch print terse`: hosts that are watched, up or down."""
    found = tuple(
        LinkQuality(row.get("host"), state=row.get("status") or ABSENT) for row in rows(output) if row.get("host")
    )
    return Told({facts.LINK_QUALITY: found}) if found else unread(output)


def vrrp(output: str) -> Told:
    """`/interface vrrp print terse`: M is master, B backup."""
    flags = [row.flags for row in rows(output) if not row.disabled]
    if not any({"M", "B"} & set(one) for one in flags):
        return unread(output)
    return Told({facts.HA_STATE: "active" if any("M" in one for one in flags) else "standby"})


# ---- sessions ----

_DIALLED: Final = ("l2tp", "sstp", "pptp", "ovpn")
_FRESH: Final = 180  # seconds; WireGuard renews its keys after two minutes, and has no session besides
DIAL_IN: Final = "ppp"
WIREGUARD: Final = "wireguard"
IPSEC: Final = "ipsec"


def _running(service: str, people: int, sites: int) -> Told:
    return Told({facts.VPN_SERVICES: (VpnService(service, people, sites),)})


def dialled(output: str) -> Told:
    """`/ppp active print terse`: users by the service they dialled; PPPoE is an access, not a VPN."""
    listed = [row for row in rows(output) if row.get("service")]
    if not listed:
        return unread(output)
    return _running(DIAL_IN, sum(row.get("service") in _DIALLED for row in listed), 0)


def nobody(service: str) -> Callable[[str], Told]:
    """`print count-only`: 0 proves that nobody is connected; of more, some may be none of ours."""

    def told(output: str) -> Told:
        said = _LOG.sub("", output).strip()
        if not said.isdecimal():
            return unread(output)
        return _running(service, 0, 0) if said == "0" else Told()

    return told


def wireguard(output: str) -> Told:
    """Peers with a handshake within three minutes; sites are those we call, and those with networks behind them."""
    listed = [row for row in rows(output) if row.get("public-key") or row.get("interface")]
    if not listed:
        return unread(output)
    live = [row for row in listed if (age := seconds(row.get("last-handshake"))) is not None and age < _FRESH]
    people = sum(not row.get("endpoint-address") and not _routes(row) for row in live)
    return _running(WIREGUARD, people, len(live) - people)


def _routes(row: Row) -> bool:
    """Whether networks stand behind a peer; a client address says that it is one user's device."""
    behind = filter(None, row.get("allowed-address").split(","))
    return not row.get("client-address") and not all(text.endswith(("/32", "/128")) for text in behind)


def ipsec(output: str) -> Told:
    """`/ip ipsec active-peers print terse`: peers that were given an address are people."""
    listed = [row for row in rows(output) if row.get("state")]
    if not listed:
        return unread(output)
    live = [row for row in listed if row.get("state") == "established"]
    people = sum(bool(row.get("dynamic-address")) for row in live)
    return _running(IPSEC, people, len(live) - people)


def every_program(known: Facts) -> frozenset[str]:
    """What the system can run: WireGuard came with version 7."""
    old = str(known.get(facts.IDENTITY_OS_VERSION, "")).startswith("6.")
    return frozenset({DIAL_IN, IPSEC} if old else {DIAL_IN, IPSEC, WIREGUARD})


# ---- rules and management ----


def _listed(path: str, read: Callable[[list[Statement]], dict[Key[Any], Any]]) -> Callable[[str], Told]:
    def told(output: str) -> Told:
        found = [
            Statement(
                path,
                "add",
                {**row.values, "comment": row.comment, "disabled": "yes" if row.disabled else "no"},
            )
            for row in rows(output)
            if row.get("chain") and "D" not in row.flags  # an export has no dynamic rules, and numbers the same
        ]
        return Told(read(found)) if found else unread(output)

    return told


filters: Final = _listed("/ip firewall filter", lambda found: {facts.FIREWALL_RULES: filter_rules(found)})
nats: Final = _listed("/ip firewall nat", lambda found: {facts.FIREWALL_NAT: translations(found)})


def services(output: str) -> Told:
    """`/ip service print terse`: what listens; X is switched off."""
    listed = {row.get("name"): row for row in rows(output) if row.get("name") and row.get("port")}
    if not {"telnet", "www"} <= set(listed):
        return unread(output)
    return Told(
        {
            facts.ACCESS_TELNET: not listed["telnet"].disabled,
            facts.ACCESS_HTTP: not listed["www"].disabled,
        }
    )


def users(output: str) -> Told:
    """`/user print`: how many accounts there are; their passwords are not shown."""
    if not re.search(r"^\s*#\s+NAME\s+GROUP", output, re.M) and not rows(output):
        return unread(output)
    numbered = re.findall(r"^\s*\d+\s", _LOG.sub("", output), re.M)
    return Told({facts.ACCESS_LOCAL_USERS: (Accounts(len(numbered)),)} if numbered else {})


_COMMUNITY: Final = re.compile(
    r"^\s*\d+\s+(?:[*XID]+\s+)?(\S+)\s+(\S+)\s+(none|authorized|private)\s+(yes|no)\s+(?:yes|no)\s*$", re.M
)


def communities(output: str) -> Told:
    """`/snmp community print`: the class of each, and whether addresses restrict it."""
    listed = _COMMUNITY.findall(_LOG.sub("", output))
    if not listed:
        return unread(output)
    return Told({facts.ACCESS_SNMP: tuple(dict.fromkeys(access(*row[:3]) for row in listed if row[3] == "yes"))})


def access(name: str, addresses: str, security: str) -> str:
    """What a community lets in: with security on, SNMPv3 alone; else its name, and from where."""
    if security in ("authorized", "private"):
        return "v3-authpriv" if security == "private" else "v3-auth"
    return community(name, bool(addresses) and not set(addresses.split(",")) & {"0.0.0.0/0", "::/0"})
