"""Answers of Vyatta, VyOS and EdgeOS to `show`: version, interfaces, routes, who is connected, counters, redundancy."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import joins, wireguard
from auditor.collectors.vendors.page import Facts, Told, unread
from auditor.facts import Interface, LinkQuality, Route, Rule, Translation, VpnService
from auditor.filters import ports as port_range
from auditor.model import Key
from auditor.values import ABSENT, Absent

DIALLED: Final = ("l2tp", "pptp")
OPENVPN: Final = "openvpn"
IPSEC: Final = "ipsec"


# ---- identity ----


def version(platform: str) -> Callable[[str], Told]:
    """`show version` of VyOS, Vyatta (`VC6.6`) and EdgeOS (`v2.0.6`)."""

    def told(output: str) -> Told:
        said = {name.strip(): value.strip() for name, value in re.findall(r"^([A-Z][\w /]+):[ \t]+(.*)$", output, re.M)}
        release = re.search(r"(?:VyOS |Vyatta |v|VC)?(\d\S*)", said.get("Version", ""))
        if not release:
            return unread(output)
        edge = platform == "ubiquiti_edgerouter"
        vyatta = "Vyatta" in output and "VyOS" not in output
        found: dict[Key[Any], Any] = {
            facts.IDENTITY_VENDOR: "Ubiquiti" if edge else "Vyatta" if vyatta else "VyOS",
            facts.IDENTITY_PLATFORM: platform,
            facts.IDENTITY_OS_VERSION: release.group(1),
        }
        for key, names in (
            (facts.IDENTITY_MODEL, ("HW model", "Hardware model")),
            (facts.IDENTITY_SERIAL, ("HW S/N", "Hardware S/N")),
        ):
            value = next((said[name] for name in names if said.get(name)), "")
            if value and value.lower() not in ("unknown", "not specified"):
                found[key] = value
        if (up := uptime(said.get("Uptime", ""))) is not None:
            found[facts.SYSTEM_UPTIME] = up
        return Told(found)

    return told


def uptime(said: str) -> int | None:
    """Seconds of `16:17:57 up 11 days,  6:15,  1 user`, `up 42 min`."""
    match = re.search(r"\bup\s+(?:(\d+) days?,\s*)?(?:(\d+):(\d\d)|(\d+) min)?", said)
    if not match or not any(match.groups()):
        return None
    days, hours, minutes, alone = (int(part or 0) for part in match.groups())
    return days * 86_400 + hours * 3600 + (minutes + alone) * 60


# ---- interfaces and routes ----

_ROW: Final = re.compile(r"^(\S+)\s+(\S+)\s+(?:.*?\s)?([uDA])/([uDA])(?:\s+(.*))?$")


def interfaces(output: str) -> Told:
    """`show interfaces`: each with its addresses below each other; A is switched off, D down."""
    if not re.search(r"^Interface\s+IP Address\s", output, re.M):
        return unread(output)
    found: list[Interface] = []
    for line in output.splitlines():
        if match := _ROW.match(line.rstrip()):
            name, address, admin, link, said = match.groups()
            found.append(
                Interface(
                    name,
                    description=(said or "").strip() or ABSENT,
                    alias=(said or "").strip() or ABSENT,
                    admin_up=admin != "A",
                    oper_up=admin == link == "u",
                    addresses=(address.partition("/")[0],) if address[:1].isdecimal() else ABSENT,
                )
            )
        elif found and (more := re.match(r"\s+([\da-fA-F:.]+)/\d+", line)):
            known = found[-1].addresses
            both = (*(() if isinstance(known, Absent) else known), more.group(1))
            found[-1] = replace(found[-1], addresses=both)
    return Told({facts.INTERFACES: tuple(found)}) if found else unread(output)


def wireguards(output: str) -> tuple[str, ...]:
    """The commands that ask each WireGuard interface for its peers."""
    names = dict.fromkeys(re.findall(r"^(wg\d+)\s", output, re.M))
    return tuple(f"show interfaces wireguard {name} summary" for name in names)


_PROTOCOLS: Final = {"S": "static", "B": "bgp", "O": "ospf", "R": "rip", "K": "kernel", "C": "connected"}


def routes(output: str) -> Told:
    """`show ip route`: the default routes; `>` is chosen, `*` installed."""
    rows: list[Route] = []
    here = False
    for line in output.splitlines():
        if re.match(r"\s*[A-Z]\S*[ >*]*\s*\d+\.\d+\.\d+\.\d+", line):
            here = " 0.0.0.0/0 " in line
        if not here:
            continue
        if match := re.search(r"(?:\[(\d+)/\d+\] )?(?:via ([\d.]+)|is directly connected),\s*([\w.@-]+)", line):
            head = re.match(r"\s*([A-Z])", line)
            protocol = _PROTOCOLS.get(head.group(1), ABSENT) if head else rows[-1].protocol if rows else ABSENT
            distance = int(match.group(1)) if match.group(1) else rows[-1].metric if rows and not head else ABSENT
            rows.append(
                Route("0.0.0.0/0", match.group(3), match.group(2) or ABSENT, protocol, distance, _installed(line))
            )
    if rows:
        return Told({facts.ROUTES_DEFAULT: tuple(rows)})
    return Told() if re.search(r"^Codes: ", output, re.M) else unread(output)


def _installed(line: str) -> bool:
    """`S>* 0.0.0.0/0 …` (FRR), `S    *> 0.0.0.0/0 …` (EdgeOS), `  *   via …` for a second hop."""
    return "*" in line.partition("via")[0]


# ---- who is connected ----


def _service(name: str, people: int, sites: int) -> Told:
    return Told({facts.VPN_SERVICES: (VpnService(name, people, sites),)})


def dialled(output: str) -> Told:
    """`show vpn remote-access`: users by the protocol in the table under its heading."""
    if re.search(r"^No active remote access VPN sessions", output, re.M | re.I):
        return Told({facts.VPN_SERVICES: tuple(VpnService(name, 0, 0) for name in DIALLED)})
    return joins.sure(_dialled)(output)


def _dialled(output: str) -> Told:
    if not re.search(r"^\s*User\s+.*Proto\b.*Iface\b", output, re.M) or "---" not in output:
        return unread(output)
    used = re.findall(r"^\S+\s+.*\b(L2TP|PPTP)\b", output, re.M)
    return Told({facts.VPN_SERVICES: tuple(VpnService(name, used.count(name.upper()), 0) for name in DIALLED)})


def accel(name: str) -> Callable[[str], Told]:
    """`show l2tp-server sessions` and its kin: a table with bars."""

    def told(output: str) -> Told:
        heading = re.search(r"^\s*ifname\s*\|.*\|\s*state\s*\|", output, re.M)
        if not heading:
            return unread(output)
        names = [part.strip() for part in heading.group(0).split("|")]
        rows = [
            [part.strip() for part in line.split("|")]
            for line in output[heading.end() :].splitlines()
            if line.count("|") >= len(names) - 2
        ]
        state = names.index("state")
        return _service(name, sum(len(row) > state and row[state] == "active" for row in rows), 0)

    return told


def openconnect(output: str) -> Told:
    """`show openconnect-server sessions`."""
    if not re.search(r"^interface\s+username\s+", output, re.M):
        return unread(output)
    return _service("openconnect", len(re.findall(r"^\S.*\sconnected\s", output, re.M)), 0)


def openvpn(output: str) -> Told:
    """`show openvpn server` (VyOS), `show openvpn status server` (EdgeOS): clients of all servers."""
    heads = list(re.finditer(r"^Client CN\s+Remote .*\n[- \t]+$", output, re.M))
    if not heads:
        return unread(output)
    count = 0
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        part = output[head.end() : after.start() if after else None].partition("\n\n")[0]
        rows = [line for line in part.splitlines() if line.strip() and not line.startswith("OpenVPN ")]
        count += sum(not line.startswith("UNDEF") and bool(re.search(r"\d+\.\d+\.\d+\.\d+", line)) for line in rows)
    return _service(OPENVPN, count, 0)


_PEOPLE: Final = re.compile(r"^(?:remote-access|ra[_-]|l2tp|ikev2-ra|ipsec-ra|.*remote-access)", re.I)


def ipsec(output: str) -> Told:
    """`show vpn ipsec sa` in its three forms; people stand in connections named for remote access."""
    for read in (_table, _swanctl, _peers):
        if (found := read(output)) is not None:
            names, people = found
            return _service(IPSEC, people, len(set(names)))
    return unread(output)


def _table(output: str) -> tuple[list[str], int] | None:
    """VyOS since 1.2: a row of each connection, `up` or `down`."""
    if not re.search(r"^Connection\s+State\s+", output, re.M):
        return None
    up = re.findall(r"^(\S+)\s+up\s", output, re.M)
    people = sum(bool(_PEOPLE.match(name)) for name in up)
    return [_peer(name) for name in up if not _PEOPLE.match(name)], people


def _peer(name: str) -> str:
    """A peer has several tunnels: `peer_192-0-2-1_tunnel_0`, `peer-192.0.2.1-tunnel-vti`."""
    return re.sub(r"[-_](?:tunnel[-_]\S+|vti)$", "", name)


def _swanctl(output: str) -> tuple[list[str], int] | None:
    """EdgeOS: what strongSwan lists."""
    found = re.findall(r"^(\S+): #\d+, (\w+)", output, re.M)
    if not found:
        return None
    live = [name for name, state in found if state == "ESTABLISHED"]
    people = sum(bool(_PEOPLE.match(name)) for name in live)
    return [_peer(name) for name in live if not _PEOPLE.match(name)], people


def _peers(output: str) -> tuple[list[str], int] | None:
    """Vyatta and VyOS to 1.1: a block of each peer with its tunnels."""
    if not re.search(r"^Peer ID / IP\s+Local ID / IP", output, re.M):
        return None
    blocks = re.split(r"^Peer ID / IP.*\n-.*\n", output, flags=re.M)[1:]
    return [block.split()[0] for block in blocks if block.split() and re.search(r"^\s+\S+\s+up\s", block, re.M)], 0


def peers(output: str) -> Told:
    """`show interfaces wireguard wg0 summary`, in the words of `wg show` or with named peers."""
    if re.search(r"^interface: ", output, re.M) and re.search(r"^\s*peer: ", output, re.M):
        text = re.sub(r"^\s+(peer: )", r"\1", output, flags=re.M)
        text = re.sub(r"^(\s+)allowed ips?: ", r"\1allowed ips: ", text, flags=re.M)
        return wireguard.shown(re.sub(r"latest handshake: (\d+:\d\d:\d\d)", _ago, text))
    return unread(output)


def _ago(match: re.Match[str]) -> str:
    hours, minutes, seconds = (int(part) for part in match.group(1).split(":"))
    return f"latest handshake: {hours} hours, {minutes} minutes, {seconds} seconds ago"


def every_program(known: Facts) -> frozenset[str]:
    """The programs that a whole configuration runs; where none was shown, nobody knows them all."""
    told: tuple[VpnService, ...] = known.get(facts.VPN_SERVICES, ())
    return frozenset(one.service for one in told) if facts.ACCESS_TELNET in known else frozenset({"?"})


# ---- rules, translations, redundancy, probes ----


def counters(output: str) -> Told:
    """`show firewall statistics`: packets of each rule, by the set it is in; only counted, not told whole."""
    found = []
    for part in re.split(r'^IPv[46] Firewall "', output, flags=re.M)[1:]:
        name = part.partition('"')[0]
        for number, action, packets in re.findall(r"^(\d+)\s+(\w+)\s+\S+\s+(\d+)\s+\S+\s*$", part, re.M):
            place = "default" if number == "10000" else number
            kept = {"accept": "permit", "drop": "deny", "reject": "deny"}.get(action, action)
            found.append(Rule(f"{name}#{place}", kept, hits=int(packets)))
    return Told({facts.FIREWALL_RULES: tuple(found)}) if found else unread(output)


_NAT: Final = re.compile(r"^(X?)\s*(\d+)\s+(SRC|DST|MASQ)\s+(\S+)\s+([sd])addr (\S+)(?: to (\S+))?", re.M)


def nat_rules(output: str) -> Told:
    """EdgeOS `show nat rules`: each over two lines, the second with protocol and ports."""
    found = []
    for match, part in _parts(_NAT, output):
        excluded, number, kind, interface, _, address, moved = match.groups()
        below = re.search(r"proto-(\S+)\s+[sd]port (\S+)(?: to (\S+))?", part)
        protocol, asked, inner = below.groups() if below else ("all", "ANY", None)
        inward = kind == "DST" and not excluded
        host = tuple(one for one in (moved, inner) if one and one.upper() != "ANY")
        found.append(
            Translation(
                id=f"nat#{number}",
                kind="static" if kind == "DST" else "dynamic",
                from_=(interface,) if kind == "DST" else ("any",),
                to=("any",) if kind == "DST" else (interface,),
                original=("any",) if kind == "DST" else (_any(address),),
                translated=("any",) if kind == "DST" else (moved or "interface",),
                destination=(_any(address),) if kind == "DST" else ("any",),
                redirected=host if inward and host else ABSENT,
                services=_asked(protocol, asked) if kind == "DST" else ("any",),
                enabled=True,
            )
        )
    return Told({facts.FIREWALL_NAT: tuple(found)}) if found else unread(output)


def _parts(pattern: re.Pattern[str], output: str) -> list[tuple[re.Match[str], str]]:
    found = list(pattern.finditer(output))
    ends = [*(match.start() for match in found), len(output)][1:]
    return [(match, output[match.end() : end]) for match, end in zip(found, ends, strict=True)]


def _any(text: str) -> str:
    return "any" if text.upper() == "ANY" else text


def _asked(protocol: str, said: str) -> tuple[str, ...]:
    kinds = ("tcp", "udp") if protocol == "tcp_udp" else (protocol,)
    if protocol == "all":
        return ("any",)
    first, _, last = said.partition("-")
    known = first.isdecimal() and (last or first).isdecimal()
    told = [port_range(kind, int(first), int(last or first)) for kind in kinds] if known else []
    return tuple(str(one) for one in told if one) or tuple(f"{kind}/any" for kind in kinds)


def vrrp(output: str) -> Told:
    """`show vrrp`: one group that is master carries the address."""
    states = re.findall(r"\b(MASTER|BACKUP|FAULT)\b", output)
    if not states:
        return unread(output)
    state = "active" if "MASTER" in states else "standby" if "BACKUP" in states else "failed"
    return Told({facts.HA_STATE: state})


def balance(output: str) -> Told:
    """`show wan-load-balance` (VyOS): the tests of each uplink, and whether it carries traffic."""
    found = [
        LinkQuality(target, state=status)
        for part in re.split(r"^Interface:\s+", output, flags=re.M)[1:]
        if (status := _first(r"^\s+Status:\s+(\w+)", part))
        for target in re.findall(r"Target:\s+(\S+)", part)
    ]
    return Told({facts.LINK_QUALITY: tuple(found)}) if found else unread(output)


def watchdog(output: str) -> Told:
    """EdgeOS `show load-balance watchdog`: what each uplink pings, and how much of it was lost."""
    found = []
    for part in re.split(r"^\s{2}(?=\S+$)", output, flags=re.M)[1:]:
        target, state = _first(r"ping gateway: (\S+) - \w", part), _first(r"ping gateway: \S+ - (\w+)", part)
        pings, fails = _first(r"^\s+pings: (\d+)", part), _first(r"^\s+fails: (\d+)", part)
        if target and state:
            lost = 100 * int(fails) / int(pings) if pings and fails and int(pings) else None
            found.append(LinkQuality(target, loss_percent=ABSENT if lost is None else lost, state=state.lower()))
    return Told({facts.LINK_QUALITY: tuple(found)}) if found else unread(output)


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.M)
    return match.group(1) if match else ""
