"""What a Junos configuration decides about remote access, links, and its own management."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import junos_rules
from auditor.collectors.vendors.blocks import secret_class, weak
from auditor.collectors.vendors.junos_groups import inherit
from auditor.collectors.vendors.junos_rules import Network
from auditor.collectors.vendors.listeners import ssh_offers
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.stamps import saved, stamp
from auditor.collectors.vendors.trees import Node, Tree, statements
from auditor.facts import Accounts, Authentication, LinkRate, Pool, Proposal, Route
from auditor.filters import span_of
from auditor.model import Key
from auditor.values import ABSENT, Absent

SETS: Final = {
    "basic": (("des", "des"), ("sha1", "md5"), (1, 2)),
    "compatible": (("3des", "des"), ("sha1", "md5"), (2,)),
    "standard": (("3des", "aes-128-cbc"), ("sha1",), (2,)),
    "suiteb-gcm-128": (("aes-128-gcm",), ("sha256",), (19,)),
    "suiteb-gcm-256": (("aes-256-gcm",), ("sha384",), (20,)),
    "prime-128": (("aes-128-gcm",), ("sha256",), (19,)),
    "prime-256": (("aes-256-gcm",), ("sha384",), (20,)),
}
"""What the factory's proposal sets offer: ciphers, digests, groups (Junos, `proposal-set`)."""
_PARTS: Final = ("system", "security", "interfaces", "access", "snmp", "routing-options", "applications", "protocols")


def configuration(output: str) -> Told:
    """`show configuration`, in braces or as set lines: what was cut off is not told to be absent."""
    tree = statements(output)
    if not any(tree.root.has(part) for part in _PARTS):
        return unread(output)
    inherit(tree.root)
    found = _firewall(tree) | _remote(tree.root) | _plane(tree) | _links(tree.root)
    if name := tree.root.value("system", "host-name"):
        found[facts.IDENTITY_NAME] = name
    if version := tree.root.value("version"):
        found[facts.IDENTITY_OS_VERSION] = version
    if kept := re.search(r"^## Last (?:commit|changed): (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (\S+)", output, re.M):
        found |= saved(stamp(kept[2], kept[1], kept[3]))
    return Told(found, tree.strange)


# ---- rules ----


def _firewall(tree: Tree) -> dict[Key[Any], Any]:
    net, root = Network.of(tree.root), tree.root
    found: dict[Key[Any], Any] = {}
    if rules := junos_rules.rules(net):
        found[facts.FIREWALL_RULES] = rules
    if moved := junos_rules.translations(root):
        found[facts.FIREWALL_NAT] = moved
    if not net.outside:
        return found  # without a known outside, nothing is proved about it
    shown = root.has("security", "zones") and root.has("security", "policies")
    exposed = junos_rules.exposed(net)
    if shown and (exposed or tree.closed("security")):
        found[facts.FIREWALL_EXPOSED] = exposed
    how = junos_rules.management(net)
    if how != "no" or (tree.closed("security") and tree.closed("system")):
        found[facts.ACCESS_MANAGEMENT_FROM_INTERNET] = how
    return found


# ---- remote access ----


def _remote(root: Node) -> dict[Key[Any], Any]:
    gateways = {name: row for name, row in root.rows("security", "ike", "gateway") if _dialled(row)}
    found: dict[Key[Any], Any] = {}
    pools, routes = tuple(_pools(root, gateways)), tuple(dict.fromkeys(_routes(root, gateways)))
    for key, value in (
        (facts.VPN_POOLS, pools),
        (facts.VPN_PROPOSALS, tuple(dict.fromkeys(_proposals(root)))),
        (facts.VPN_AUTHENTICATION, tuple(_authentication(root, gateways))),
        (facts.VPN_TRANSPORTS, tuple(_transports(gateways))),
        (facts.VPN_TUNNEL_ROUTES, routes),
    ):
        if value:
            found[key] = value
    if routes:
        found[facts.VPN_TUNNEL_MODE] = "full" if "0.0.0.0/0" in routes else "split"
    limits = [row.value("dynamic", "connections-limit") for row in gateways.values()]
    if limits and all(one.isdecimal() for one in limits):
        found[facts.VPN_SESSIONS_CONFIGURED] = sum(map(int, limits))
    if (size := root.value("security", "flow", "tcp-mss", "ipsec-vpn", "mss")).isdecimal():
        found[facts.VPN_MSS] = int(size)
    return found | _timers(root, gateways)


def _dialled(row: Node) -> bool:
    """Whether remote workers come by a gateway: any address, and a user to be named."""
    return row.has("dynamic") and (row.has("aaa") or row.has("xauth") or row.has("dynamic", "ike-user-type"))


def _profiles(root: Node, gateways: dict[str, Node]) -> list[str]:
    """The access profiles that gateways and remote-access profiles lead users to."""
    names = [row.value(way, "access-profile") for row in gateways.values() for way in ("aaa", "xauth")]
    names += [row.value("access-profile") for _, row in root.rows("security", "remote-access", "profile")]
    names.append(root.value("security", "dynamic-vpn", "access-profile"))
    return list(dict.fromkeys(name for name in names if name))


def _pools(root: Node, gateways: dict[str, Node]) -> Iterator[Pool]:
    """The pools of those profiles: other pools hand out addresses in the office."""
    names = [
        root.value("access", "profile", profile, "address-assignment", "pool") for profile in _profiles(root, gateways)
    ]
    held = [root, *(row for _, row in root.rows("routing-instances"))]  # a pool may be of a tenant's instance
    for name in dict.fromkeys(one for one in names if one):
        pools = [place.at("access", "address-assignment", "pool", name, "family", "inet") for place in held]
        inet = next((one for one in pools if one.below), Node())
        ranges = [(row.value("low"), row.value("high")) for _, row in inet.rows("range")]
        network = inet.value("network")
        if ranges and all(low and high for low, high in ranges):
            sizes = [_between(low, high) for low, high in ranges]
            total = sum(size for size in sizes if isinstance(size, int)) if ABSENT not in sizes else ABSENT
            first, last = (ranges[0][0], ranges[-1][1]) if len(ranges) == 1 else ("", "")
            yield Pool(name, first or ABSENT, last or ABSENT, network or ABSENT, total)
        elif network:
            yield Pool(name, network=network, addresses=_usable(network))


def _between(first: str, last: str) -> int | Absent:
    try:
        count = int(ipaddress.ip_address(last)) - int(ipaddress.ip_address(first)) + 1
    except ValueError:
        return ABSENT
    return count if count > 0 else ABSENT


def _usable(network: str) -> int | Absent:
    try:
        return max(ipaddress.ip_network(network, strict=False).num_addresses - 2, 1)
    except ValueError:
        return ABSENT


def _vpns(root: Node, gateways: dict[str, Node]) -> Iterator[Node]:
    return (row for _, row in root.rows("security", "ipsec", "vpn") if row.value("ike", "gateway") in gateways)


def _routes(root: Node, gateways: dict[str, Node]) -> Iterable[str]:
    """What the tunnels of remote workers lead to."""
    for row in _vpns(root, gateways):
        for _, selector in row.rows("traffic-selector"):
            yield from selector.names("local-ip")
        yield from row.names("ike", "proxy-identity", "local")
    for _, client in root.rows("security", "dynamic-vpn", "clients"):
        yield from client.names("remote-protected-resources")


def _transports(gateways: dict[str, Node]) -> Iterable[str]:
    if gateways:
        yield "udp"
        if any(not row.has("no-nat-traversal") for row in gateways.values()):
            yield "nat-t"
        if any(row.has("tcp-encap-profile") for row in gateways.values()):
            yield "tcp"


def _timers(root: Node, gateways: dict[str, Node]) -> dict[Key[Any], Any]:
    """Minutes of the access profiles; the longest of them, where each has one."""
    found: dict[Key[Any], Any] = {}
    options = [root.at("access", "profile", name, "session-options") for name in _profiles(root, gateways)]
    for key, name in (
        (facts.VPN_IDLE_TIMEOUT, "client-idle-timeout"),
        (facts.VPN_MAX_SESSION, "client-session-timeout"),
    ):
        said = [row.value(name) for row in options]
        if said and all(one.isdecimal() for one in said):
            found[key] = 60 * max(int(one) for one in said)
    return found


_METHODS: Final = {"password": "local", "securid": "otp", "tacplus": "tacacs"}


def _authentication(root: Node, gateways: dict[str, Node]) -> Iterator[Authentication]:
    for name, row in gateways.items():
        profile = row.value("aaa", "access-profile") or row.value("xauth", "access-profile")
        order = root.names("access", "profile", profile, "authentication-order") if profile else ()
        methods = [_METHODS.get(one, one) for one in order if one != "none"]
        if profile and not order and root.has("access", "profile", profile, "client"):
            methods.append("local")
        for proposal in _ike_proposals(root, row):
            said = proposal.value("authentication-method")
            if said:
                methods.append("psk" if said == "pre-shared-keys" else "certificate")
        if not any(method in methods for method in ("psk", "certificate")) and _policy(root, row).has("pre-shared-key"):
            methods.append("psk")
        if methods:
            yield Authentication(name, tuple(dict.fromkeys(methods)))


# ---- cryptography ----


def _policy(root: Node, gateway: Node) -> Node:
    return root.at("security", "ike", "policy", gateway.value("ike-policy"))


def _ike_proposals(root: Node, gateway: Node) -> list[Node]:
    return [root.at("security", "ike", "proposal", name) for name in _policy(root, gateway).names("proposals")]


def _proposals(root: Node) -> Iterator[Proposal]:
    """What gateways and their tunnels offer; proposals that nothing uses are offered to nobody."""
    for name, row in root.rows("security", "ike", "gateway"):
        use = "remote" if _dialled(row) else "site"
        protocol = "ikev2" if row.value("version") == "v2-only" else "ikev1"
        yield from _set(use, protocol, _policy(root, row).value("proposal-set"), ABSENT)
        yield from (_offer(use, protocol, one, ABSENT) for one in _ike_proposals(root, row) if one.below)
        for _, vpn in root.rows("security", "ipsec", "vpn"):
            if vpn.value("ike", "gateway") == name:
                yield from _children(root, use, protocol, vpn)


def _children(root: Node, use: str, protocol: str, vpn: Node) -> Iterator[Proposal]:
    policy = root.at("security", "ipsec", "policy", vpn.value("ike", "ipsec-policy"))
    if not policy.below:
        return
    said = policy.value("perfect-forward-secrecy", "keys")
    pfs = _group(said) if said else 0
    yield from _set(use, protocol, policy.value("proposal-set"), pfs)
    for name in policy.names("proposals"):
        proposal = root.at("security", "ipsec", "proposal", name)
        if proposal.below:
            yield _offer(use, protocol, proposal, pfs)


def _set(use: str, protocol: str, name: str, pfs: int | Absent) -> Iterator[Proposal]:
    if name in SETS:
        ciphers, digests, groups = SETS[name]
        yield Proposal(use, protocol, tuple(dict.fromkeys(ciphers)), digests, groups, pfs)


def _offer(use: str, protocol: str, row: Node, pfs: int | Absent) -> Proposal:
    cipher = row.value("encryption-algorithm")
    digest = row.value("authentication-algorithm").removeprefix("hmac-")
    group, life = _group(row.value("dh-group")), row.value("lifetime-seconds")
    return Proposal(
        use,
        protocol,
        encryption=(cipher.replace("3des-cbc", "3des").replace("des-cbc", "des"),) if cipher else ABSENT,
        integrity=(_digest(digest),) if digest else ABSENT,
        dh_groups=(group,) if isinstance(group, int) else ABSENT,
        pfs=pfs,
        lifetime_s=int(life) if life.isdecimal() else ABSENT,
    )


def _digest(name: str) -> str:
    """`sha-256`, `sha-256-128`, `sha1-96`, `md5-96`."""
    match = re.match(r"(sha|md)-?(\d+)", name)
    return f"{match.group(1)}{match.group(2)}" if match else name


def _group(name: str) -> int | Absent:
    match = re.fullmatch(r"group(\d+)", name)
    return int(match.group(1)) if match else ABSENT


# ---- links ----


def _links(root: Node) -> dict[Key[Any], Any]:
    """Default routes, shaping rates of class of service, policers of all traffic, and bandwidth statements."""
    found = list(_policed(root))
    for name, row in root.rows("class-of-service", "interfaces"):
        units = [(name, row), *((f"{name}.{unit}", node) for unit, node in row.rows("unit"))]
        for interface, node in units:
            if (rate := bits(node.value("shaping-rate"))) is not ABSENT:
                found.append(LinkRate(interface, "shaper", ABSENT, rate))
    for name, row in root.rows("interfaces"):
        for unit, node in row.rows("unit"):
            if (rate := bits(node.value("bandwidth"))) is not ABSENT:
                found.append(LinkRate(f"{name}.{unit}", "bandwidth", rate, rate))
    told: dict[Key[Any], Any] = {facts.LINK_RATES: tuple(found), facts.ROUTES_DEFAULT: tuple(_routes_of(root))}
    return {key: value for key, value in told.items() if value}


def _policed(root: Node) -> Iterator[LinkRate]:
    """`family inet policer input P`, which takes all that an interface carries."""
    for name, row in root.rows("interfaces"):
        for unit, node in row.rows("unit"):
            for way in ("input", "output"):
                policer = node.value("family", "inet", "policer", way)
                limit = bits(root.value("firewall", "policer", policer, "if-exceeding", "bandwidth-limit"))
                if policer and isinstance(limit, int):
                    down, up = (limit, ABSENT) if way == "input" else (ABSENT, limit)
                    yield LinkRate(f"{name}.{unit}", "policer", down, up)


_MANAGING: Final = ("fxp", "em", "me", "vme")
"""Ports of the routing engine, which forward nothing."""


def _routes_of(root: Node) -> Iterator[Route]:
    """Static default routes with their preference, and the interfaces that a provider gives one to."""
    ports = list(junos_rules.addressed(root))
    options = root.at("routing-options")
    for network, route in (
        ("0.0.0.0/0", options.at("static", "route", "0.0.0.0/0")),
        ("::/0", options.at("rib", "inet6.0", "static", "route", "::/0")),
    ):
        base = route.value("preference") or "5"
        hops = [(hop, base) for hop in route.names("next-hop")]
        hops += [(hop, row.value("preference") or base) for hop, row in route.rows("qualified-next-hop")]
        for hop, distance in hops:
            numbered = span_of(hop) is not None
            port = junos_rules.beside(ports, hop) if numbered else hop
            yield Route(
                network,
                port or ABSENT,
                hop if numbered else ABSENT,
                "static",
                int(distance) if distance.isdecimal() else ABSENT,
            )
    for name, texts in ports:
        if "dhcp" in texts and not name.startswith(_MANAGING):
            yield Route("0.0.0.0/0", name, protocol="dhcp")


def bits(said: str) -> int | Absent:
    """`20m`, `1g`, `512k`, `20000000`."""
    match = re.fullmatch(r"(\d+)([kmg]?)", said)
    size = {"": 1, "k": 1000, "m": 1_000_000, "g": 1_000_000_000}
    return int(match.group(1)) * size[match.group(2)] if match else ABSENT


# ---- management plane ----


def _plane(tree: Tree) -> dict[Key[Any], Any]:
    root = tree.root
    services, seen = root.at("system", "services"), root.has("system") and tree.closed("system")
    hosts = tuple(
        name
        for name in root.names("system", "syslog", "host")
        if name not in ("routing-engine", "other-routing-engine")
    )
    found: dict[Key[Any], Any] = {}
    order = [name for name in root.names("system", "authentication-order") if name != "password"]
    central = _METHODS.get(order[0], order[0]) if order else "none"
    told: tuple[tuple[Key[Any], Any, bool], ...] = (
        (facts.ACCESS_TELNET, services.has("telnet"), seen),
        (facts.ACCESS_HTTP, services.has("web-management", "http"), seen),
        (facts.ACCESS_LOGGING, hosts or (("local",) if root.has("system", "syslog") else ()), seen or bool(hosts)),
        (facts.ACCESS_NTP, root.names("system", "ntp", "server"), False),
        (facts.ACCESS_SNMP, _snmp(root), tree.closed("snmp")),
        (facts.ACCESS_CENTRAL_AUTHENTICATION, central, seen or bool(order)),
        (facts.ACCESS_LOCAL_USERS, _accounts(root), False),
    )
    for key, value, sure in told:
        if sure or (value and key not in (facts.ACCESS_LOGGING, facts.ACCESS_CENTRAL_AUTHENTICATION)):
            found[key] = value
    if version := services.names("ssh", "protocol-version"):
        found[facts.ACCESS_SSH_VERSION] = "1,2" if "v1" in version else "2"
    kinds = [services.names("ssh", way) for way in ("key-exchange", "ciphers", "macs")]
    if names := ssh_offers(*kinds):
        found[facts.ACCESS_SSH_ALGORITHMS] = names
    return found


def _snmp(root: Node) -> tuple[str, ...]:
    """Communities by the class that redaction left in the place of their name; clients restrict them."""
    found = []
    for name, row in root.rows("snmp", "community"):
        kind = secret_class(name)
        limited = bool(row.names("clients")) or bool(row.names("client-list-name"))
        found.append("v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else
                     "v2c-restricted" if limited else "v2c-open")  # fmt: skip
    for _, user in root.rows("snmp", "v3", "usm", "local-engine", "user"):
        named = user.names()
        private = any(name.startswith("privacy-") and name != "privacy-none" for name in named)
        proved = any(name.startswith("authentication-") and name != "authentication-none" for name in named)
        found.append("v3-authpriv" if private else "v3-auth" if proved else "v3-noauth")
    return tuple(dict.fromkeys(found))


def _accounts(root: Node) -> tuple[Accounts, ...]:
    users = [row for _, row in root.rows("system", "login", "user")]
    secrets = [" ".join(row.names("authentication", "encrypted-password")) for row in users]
    first = " ".join(root.names("system", "root-authentication", "encrypted-password"))
    held = [*secrets, *([first] if first else [])]
    return (Accounts(len(held), sum(1 for one in held if weak(secret_class(one)))),) if held else ()
