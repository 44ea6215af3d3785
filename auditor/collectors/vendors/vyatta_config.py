"""Configurations of Vyatta, VyOS and EdgeOS, in braces or as `set` lines: one reader for the family."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import saved, vyatta_rules, vyatta_vpn
from auditor.collectors.vendors.listeners import Door, community, door, level, open_doors, worst
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.trees import Node, Tree, statements
from auditor.facts import Accounts, Exposed, Interface, LinkRate, Route
from auditor.filters import Gate, addresses, named, reach, widest
from auditor.model import Key
from auditor.values import ABSENT, Message

CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.FIREWALL_RULES, facts.FIREWALL_NAT, facts.FIREWALL_EXPOSED, facts.VPN_POOLS, facts.VPN_PROPOSALS,
    facts.VPN_AUTHENTICATION, facts.ROUTES_DEFAULT, facts.LINK_RATES, facts.ACCESS_TELNET, facts.ACCESS_SNMP,
    facts.ACCESS_LOGGING, facts.ACCESS_NTP, facts.ACCESS_LOCAL_USERS, facts.ACCESS_CENTRAL_AUTHENTICATION,
    facts.ACCESS_MANAGEMENT_FROM_INTERNET, facts.VPN_IDLE_TIMEOUT, facts.VPN_MAX_SESSION,
)  # fmt: skip
_KINDS: Final = {
    "ethernet": "ethernet", "bonding": "aggregate", "bridge": "bridge", "loopback": "loopback", "dummy": "loopback",
    "openvpn": "tunnel", "wireguard": "tunnel", "tunnel": "tunnel", "vti": "tunnel", "l2tpv3": "tunnel",
    "pppoe": "ppp", "wireless": "wifi", "wirelessmodem": "cellular", "wwan": "cellular", "switch": "bridge",
}  # fmt: skip
_NONE_IS_AN_ANSWER: Final = (facts.FIREWALL_RULES, facts.FIREWALL_EXPOSED, facts.FIREWALL_NAT, facts.ACCESS_SNMP,
                             facts.ACCESS_NTP)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Port:
    """An interface of the configuration; `dials` says that it gets its address from an operator (pppoe, dhcp)."""

    name: str
    kind: str
    node: Node
    dials: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(text.partition("/")[0] for text in self.node.names("address") if text[:1].isdecimal())

    @property
    def networks(self) -> Iterator[ipaddress.IPv4Interface | ipaddress.IPv6Interface]:
        for text in self.node.names("address"):
            try:
                yield ipaddress.ip_interface(text)
            except ValueError:
                continue


def reader(vendor: str, platform: str) -> Callable[[str], Told]:
    """The reader of `show configuration` for one name of the family."""

    def configuration(output: str) -> Told:
        tree = statements(output)
        root = tree.root
        if not {"interfaces", "system", "service", "firewall", "protocols", "nat"} & set(root.names()):
            return unread(output)
        found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: vendor, facts.IDENTITY_PLATFORM: platform}
        return _told(tree, output, found | _identity(root, output))

    return configuration


def whole(tree: Tree, output: str) -> bool:
    """Whether a configuration came to its end; a saved file says so itself in its last comment."""
    return (tree.ended or saved.footed(output)) and {"interfaces", "system"} <= set(tree.root.names())


def _told(tree: Tree, output: str, found: dict[Key[Any], Any]) -> Told:
    root, complete = tree.root, whole(tree, output)
    ports = tuple(_ports(root))
    known = vyatta_rules.walls(root, {port.name: port.node for port in ports})
    found |= _written(root, ports, known)
    missing: dict[Key[Any], Message] = {}
    settled = complete or (tree.closed("service") and {"interfaces", "system"} <= set(root.names()))
    if complete:
        found |= {facts.CONFIG_RUNNING: saved.tree(output)} | _management(root)
        found |= vyatta_vpn.timers(root, found[facts.IDENTITY_PLATFORM])
    elif settled:
        found |= _sure(_management(root))
    if settled:
        outside = _outside(root, ports, found[facts.ROUTES_DEFAULT])
        if outside:
            found |= _exposure(root, ports, known, found[facts.FIREWALL_NAT], outside)
        else:
            reason = Message("gap.no_outside")
            missing = {facts.FIREWALL_EXPOSED: reason, facts.ACCESS_MANAGEMENT_FROM_INTERNET: reason}
    kept = {key: value for key, value in found.items() if value != () or (complete and key in _NONE_IS_AN_ANSWER)}
    return Told(kept, tree.strange, missing)


def _sure(found: dict[Key[Any], Any]) -> dict[Key[Any], Any]:
    """Of what the management plane is, what stays so whatever follows: all of `service`, and what `system` names."""
    here: tuple[Key[Any], ...] = (
        facts.ACCESS_TELNET, facts.ACCESS_SSH_VERSION, facts.ACCESS_SSH_ALGORITHMS, facts.ACCESS_SNMP,
    )  # fmt: skip
    named: dict[Key[Any], Any] = {
        facts.ACCESS_LOGGING: ("local",),
        facts.ACCESS_CENTRAL_AUTHENTICATION: "none",
        facts.ACCESS_NTP: (),
    }
    told = {key: found[key] for key, nothing in named.items() if found.get(key, nothing) != nothing}
    return told | {key: found[key] for key in here if key in found}


def _written(root: Node, ports: tuple[Port, ...], known: vyatta_rules.Walls) -> dict[Key[Any], Any]:
    """What stands in any part of a configuration, whole or not."""
    found: dict[Key[Any], Any] = {
        facts.INTERFACES: tuple(_interfaces(ports)),
        facts.FIREWALL_RULES: vyatta_rules.rules(known),
        facts.FIREWALL_NAT: vyatta_rules.translations(root),
        facts.ROUTES_DEFAULT: tuple(dict.fromkeys(routes(root, ports))),
        facts.LINK_RATES: tuple(_rates(root, ports)),
    }
    if root.value("system", "conntrack", "table-size").isdecimal():
        found[facts.FIREWALL_SESSIONS_MAX] = int(root.value("system", "conntrack", "table-size"))
    return found | vyatta_vpn.remote(root)


def _identity(root: Node, output: str) -> dict[Key[Any], Any]:
    """The name; the release stands in a comment at the end of a saved file."""
    found: dict[Key[Any], Any] = {}
    if name := root.value("system", "host-name"):
        found[facts.IDENTITY_NAME] = name
    release = re.search(r"Release version: +(\S+)", output)
    match = re.search(r"\d+\.\d+(?:\.\d{1,2}\b)?(?:-hotfix\.\d+|-[A-Za-z]\S*)?", release.group(1)) if release else None
    if match:
        found[facts.IDENTITY_OS_VERSION] = match.group(0)
    return found


# ---- interfaces ----


def _ports(root: Node) -> Iterator[Port]:
    for kind, rows in root.rows("interfaces"):
        for name, node in rows.rows():
            yield from _port(name, kind, node)


def _port(name: str, kind: str, node: Node) -> Iterator[Port]:
    """An interface with its VLANs, and the sessions that it dials (EdgeOS and VyOS to 1.2 write them below it)."""
    dials = "ppp" if kind in ("pppoe", "wirelessmodem") else "dhcp" if "dhcp" in node.names("address") else ""
    yield Port(name, kind, node, dials)
    for number, below in node.rows("pppoe"):
        yield Port(f"pppoe{number}", "pppoe", below, "ppp")
    for number, below in node.rows("vif"):
        yield from _port(f"{name}.{number}", "vlan", below)


def _interfaces(ports: tuple[Port, ...]) -> Iterator[Interface]:
    for port in ports:
        yield Interface(
            name=port.name,
            description=port.node.value("description") or ABSENT,
            alias=port.node.value("description") or ABSENT,
            kind=_KINDS.get(port.kind, port.kind),
            admin_up=False if port.node.has("disable") else ABSENT,
            addresses=port.addresses or ABSENT,
        )


def _rates(root: Node, ports: tuple[Port, ...]) -> Iterator[LinkRate]:
    """Shapers on what leaves, limiters on what enters, EdgeOS's smart queues both ways."""
    for _, queue in root.rows("traffic-control", "smart-queue"):
        up, down = rate(queue.value("upload", "rate")), rate(queue.value("download", "rate"))
        if queue.value("wan-interface") and (up or down):
            yield LinkRate(queue.value("wan-interface"), "shaper", down or ABSENT, up or ABSENT)
    for port in ports:
        for way, old, new in (("up", "out", "egress"), ("down", "in", "ingress")):
            name = port.node.value("traffic-policy", old) or root.value("qos", "interface", port.name, new)
            limit = next((found for found in _limits(root, name) if found), 0) if name else 0
            if limit:
                method = "shaper" if way == "up" else "policer"
                yield LinkRate(port.name, method, **{f"{way}_bps": limit})


def _limits(root: Node, name: str) -> Iterator[int]:
    for base in (("traffic-policy",), ("qos", "policy")):
        for kind in ("shaper", "rate-control", "limiter", "cake", "shaper-hfsc", "network-emulator"):
            node = root.at(*base, kind, name)
            yield rate(node.value("bandwidth")) or rate(node.value("default", "bandwidth"))


def rate(said: str) -> int:
    """`50mbit`, `2.5gbit`, `800kbps`, `20mbps` (bytes in VyOS's `bps` units) in bit/s; 0 for auto and the rest."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(k|m|g)?(bit|bps)?", said.lower())
    if not match:
        return 0
    scale = {None: 1, "k": 10**3, "m": 10**6, "g": 10**9}[match.group(2)]
    bytes_ = match.group(3) == "bps"
    bare = match.group(2) is None and match.group(3) is None  # a number alone is kbit/s
    return round(float(match.group(1)) * (1000 if bare else scale) * (8 if bytes_ else 1))


# ---- routes ----


def routes(root: Node, ports: tuple[Port, ...]) -> Iterator[Route]:
    """Default routes of the main table: static ones, and those of leases and dialled sessions."""
    static = root.at("protocols", "static")
    for hop, node in static.rows("route", "0.0.0.0/0", "next-hop"):
        if not node.has("disable"):
            where = node.value("interface") or _beside(ports, hop)
            yield Route("0.0.0.0/0", where or ABSENT, hop, "static", _distance(node))
    for base in (("route", "0.0.0.0/0", "interface"), ("interface-route", "0.0.0.0/0", "next-hop-interface")):
        for name, node in static.rows(*base):
            if not node.has("disable"):
                yield Route("0.0.0.0/0", name, ABSENT, "static", _distance(node))
    for hop in root.names("system", "gateway-address"):
        yield Route("0.0.0.0/0", _beside(ports, hop) or ABSENT, hop, "static")
    for port in ports:
        if port.dials and not port.node.has("disable") and _brings(port):
            distance = port.node.value("default-route-distance") or port.node.value(
                "dhcp-options", "default-route-distance"
            )
            yield Route("0.0.0.0/0", port.name, ABSENT, port.dials, int(distance) if distance.isdecimal() else ABSENT)


def _distance(node: Node) -> int:
    said = node.value("distance")
    return int(said) if said.isdecimal() else 1


def _brings(port: Port) -> bool:
    """Whether a lease or session may set the default route."""
    options = port.node.at("dhcp-options")
    off = port.node.has("no-default-route") or options.has("no-default-route")
    return not off and port.node.value("default-route") != "none" and options.value("default-route") != "no-update"


def _beside(ports: tuple[Port, ...], hop: str) -> str:
    """The interface whose network a next hop is in."""
    try:
        address = ipaddress.ip_address(hop)
    except ValueError:
        return ""
    return next((port.name for port in ports for one in port.networks if address in one.network), "")


# ---- the internet ----

_OUTWARD: Final = re.compile(r"\b(?:wan|internet|outside|isp|untrust)\d*\b", re.I)


def _outside(root: Node, ports: tuple[Port, ...], found: tuple[Route, ...]) -> tuple[str, ...]:
    """Interfaces that face the internet: default routes, balanced uplinks, names of zones, hidden networks, labels."""
    inner = {port.name for port in ports if _KINDS.get(port.kind) == "tunnel"}
    led = [str(route.interface) for route in found if route.interface is not ABSENT]
    led += [name for name, _ in root.rows("load-balance", "wan", "interface-health")]
    led += [name for _, group in root.rows("load-balance", "group") for name in group.names("interface")]
    hidden = [
        name for _, rule in root.rows("nat", "source", "rule") for name in vyatta_rules.interfaces_of(rule, "outbound")
    ]
    hidden += [
        rule.value("outbound-interface")
        for _, rule in root.rows("service", "nat", "rule")
        if rule.value("type") == "masquerade"
    ]
    labels = [port.name for port in ports if _OUTWARD.search(port.node.value("description"))]
    names = {port.name for port in ports}
    for chosen in (led, hidden, labels):
        kept = tuple(name for name in dict.fromkeys(chosen) if name in names and name not in inner)
        if kept:
            return kept
    return ()


def _exposure(
    root: Node, ports: tuple[Port, ...], known: vyatta_rules.Walls, moved: Any, outside: tuple[str, ...]
) -> dict[Key[Any], Any]:
    """Published hosts through what filters on the way in; the router's own doors through what guards it."""
    own = tuple(text for port in ports for text in port.addresses)
    waiting = tuple(_doors(root))
    opened = root.value("port-forward", "auto-firewall") == "enable"
    exposed: list[Exposed] = []
    levels = []
    inner = [text for port in ports if port.name not in outside for text in port.addresses]
    six = any(":" in text and not addresses((text.partition("/")[0],)).private for text in inner)
    for name in outside:
        inward = vyatta_rules.gates(known, name, inward=True)
        entry = vyatta_rules.gates(known, name, inward=False)
        here = [one for one in moved if not (opened and one.id.startswith("port-forward#"))]
        free = [one for one in moved if one not in here]
        targets = vyatta_rules.published(here, name, own, known)
        exposed += (*reach(inward if targets else named(inward), targets), *open_doors(entry, waiting))
        behind = vyatta_rules.gates(known, name, inward=True, six=True)
        exposed += reach(behind if six else named(behind), ())
        for one in free:  # EdgeOS opens the firewall for these by itself
            if mine := vyatta_rules.published((one,), name, own, known):
                exposed += reach((Gate(one.id, True),), mine)
        levels.append(level(entry, waiting))
    return {facts.FIREWALL_EXPOSED: widest(exposed), facts.ACCESS_MANAGEMENT_FROM_INTERNET: worst(levels)}


def _doors(root: Node) -> Iterator[Door]:
    """VPN servers, and services that are not bound to addresses of the office alone."""
    yield from vyatta_vpn.doors(root)
    for name, protocol, port, managed in (("ssh", "tcp", 22, True), ("telnet", "tcp", 23, True)):
        node = root.at("service", name)
        if root.has("service", name) and not _inside(node):
            said = [int(text) for text in node.names("port") if text.isdecimal()] or [port]
            yield from (door(name, protocol, number, managed=managed) for number in said)
    for name, setting, port in (("gui", "https-port", 443), ("https", "port", 443)):
        node = root.at("service", name)
        if root.has("service", name) and not _inside(node):
            said_port = node.value(setting)
            yield door("https", "tcp", int(said_port) if said_port.isdecimal() else port, managed=True)
    yield from _agent(root.at("service", "snmp"))
    dns = root.at("service", "dns", "forwarding")
    if dns.has("listen-address") and not _inside(dns):
        yield door("dns", "udp", 53)


def _agent(node: Node) -> Iterator[Door]:
    """The SNMP agent, unless it listens in the office alone or answers nobody else."""
    asked = [(*one.names("client"), *one.names("network")) for _, one in node.rows("community")]
    may = [text for texts in asked for text in texts]
    if not node.names() or _inside(node) or (all(asked) and may and addresses(may).private):
        return
    yield door("snmp", "udp", 161, may[0] if asked and all(asked) else "")


def _inside(node: Node) -> bool:
    """Whether a service listens on addresses of the office alone."""
    said = node.names("listen-address")
    return bool(said) and all(addresses((text,)).private for text in said)


# ---- the management plane ----


def _management(root: Node) -> dict[Key[Any], Any]:
    system = root.at("system")
    login = system.at("login")
    remote = next((kind for kind in ("radius", "tacacs") if login.has(kind) or login.has(f"{kind}-server")), "none")
    logs = (*system.names("syslog", "host"), *system.names("syslog", "remote"))
    found: dict[Key[Any], Any] = {
        facts.ACCESS_TELNET: root.has("service", "telnet"),
        facts.ACCESS_SNMP: tuple(dict.fromkeys(_snmp(root.at("service", "snmp")))),
        facts.ACCESS_NTP: tuple(
            dict.fromkeys((*system.names("ntp", "server"), *root.names("service", "ntp", "server")))
        ),
        facts.ACCESS_LOGGING: logs or ("local",),
        facts.ACCESS_CENTRAL_AUTHENTICATION: remote,
    }
    if users := login.names("user"):
        found[facts.ACCESS_LOCAL_USERS] = (Accounts(len(users)),)
    grouped = any(node.has("vrrp") for _, kind in root.rows("interfaces") for _, node in kind.rows())
    if not (grouped or root.has("high-availability") or root.has("cluster")):
        found[facts.HA_STATE] = "standalone"
    return found | _shell(root.at("service", "ssh"), root.has("service", "ssh"))


def _shell(ssh: Node, on: bool) -> dict[Key[Any], Any]:
    """OpenSSH: version 2 alone, unless EdgeOS is told otherwise; its algorithms where they are chosen."""
    said = {"v1": "1", "v2": "2", "all": "1,2"}.get(ssh.value("protocol-version", default="v2"))
    chosen = [name for kind in ("key-exchange", "hostkey-algorithm", "ciphers", "mac") for name in ssh.names(kind)]
    names = tuple(dict.fromkeys(part for name in chosen for part in name.split(",")))
    told: dict[Key[Any], Any] = {facts.ACCESS_SSH_VERSION: said} if on and said else {}
    return told | ({facts.ACCESS_SSH_ALGORITHMS: names} if on and names else {})


def _snmp(node: Node) -> Iterator[str]:
    for name, one in node.rows("community"):
        yield community(name, one.has("client") or one.has("network"))
    for _, user in node.rows("v3", "user"):
        yield "v3-authpriv" if user.has("privacy") else "v3-auth" if user.has("auth") else "v3-noauth"
