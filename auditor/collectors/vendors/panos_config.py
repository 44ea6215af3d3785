"""What a PAN-OS configuration decides about GlobalProtect, its tunnels, and its own management."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import panos_managed, panos_network, panos_rules, panos_xml
from auditor.collectors.vendors.blocks import secret_class, weak
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.panos_rules import Network, networks
from auditor.collectors.vendors.trees import Node, Tree, statements
from auditor.facts import Accounts, Authentication, Pool, Proposal
from auditor.model import Key
from auditor.values import ABSENT, Absent, Message

WIDEST: Final = ("full", "selective", "split")
_PARTS: Final = (
    "deviceconfig", "network", "rulebase", "zone", "global-protect", "devices", "vsys", "mgt-config", "shared",
    "device-group", "template", "panorama",
)  # fmt: skip
ELSEWHERE: Final = Message("gap.manager")
RULED: Final[tuple[Key[Any], ...]] = (facts.FIREWALL_RULES, facts.FIREWALL_EXPOSED)


def configuration(output: str) -> Told:
    """`show config running`, in the set form, in braces or in XML: what was cut off is not told to be absent."""
    tree = panos_xml.tree(output) if panos_xml.written(output) else statements(output)
    if tree is None:
        return unread(output)
    root = tree.root.at("config") if tree.root.has("config") else tree.root
    if not any(root.has(part) for part in _PARTS):
        return unread(output)
    nets = networks(tree)
    found = panos_network.told(tree, nets, whole=closed(tree, nets[0], "deviceconfig"))
    found |= _identity(output) | _firewall(tree, nets) | _remote(tree, nets) | _plane(tree, nets[0])
    if name := nets[0].device.value("deviceconfig", "system", "hostname"):
        found[facts.IDENTITY_NAME] = name
    if tree.ended:
        found[facts.CONFIG_UNSAVED] = False  # a commit makes what runs, and the next start loads that
    missing = {key: ELSEWHERE for key in RULED if key not in found} if elsewhere(nets) else {}
    return Told(found, tree.strange, missing)


def _identity(output: str) -> dict[Key[Any], Any]:
    """`<config version="10.1.0" detail-version="10.1.6">`: the version, else the branch whose form it has."""
    head = re.search(r"<config\b[^>]*>", output)
    said = re.findall(r'\b(detail-version|version)="(\d+\.\d+)([\w.-]*)"', head[0]) if head else []
    known = {name: (branch, rest) for name, branch, rest in said}
    if not known:
        return {}
    version = "".join(known["detail-version"]) if "detail-version" in known else known["version"][0]
    return {
        facts.IDENTITY_VENDOR: "Palo Alto Networks",
        facts.IDENTITY_PLATFORM: "paloalto_panos",
        facts.IDENTITY_OS_VERSION: version,
    }


def elsewhere(nets: Sequence[Network]) -> bool:
    """Whether a manager may hold rules that this configuration does not show."""
    system = nets[0].device.at("deviceconfig", "system")
    managed = system.has("panorama-server") or system.has("panorama", "local-panorama", "panorama-server")
    return managed and not any(net.own.has(part) for net in nets for part in panos_managed.BASES[::2])


def closed(tree: Tree, net: Network, *path: str) -> bool:
    """Whether nothing of a part can be missing, wherever the form of the configuration puts it."""
    if elsewhere([net]):
        return False  # its manager may have set what is not written here
    if net.device is tree.root:
        return tree.closed(*path)
    return tree.ended


# ---- rules ----


def _firewall(tree: Tree, nets: Sequence[Network]) -> dict[Key[Any], Any]:
    found: dict[Key[Any], Any] = {}
    if rules := tuple(rule for net in nets for rule in panos_rules.rules(net)):
        found[facts.FIREWALL_RULES] = rules
    if moved := tuple(one for net in nets for one in panos_rules.translations(net)):
        found[facts.FIREWALL_NAT] = moved
    if not any(net.outside for net in nets):
        return found  # without a known outside, nothing is proved about it
    exposed = tuple(row for net in nets for row in panos_rules.exposed(net))
    whole = all(closed(tree, nets[0], part) for part in ("rulebase", "network", "zone"))
    if whole or (exposed and rules):
        found[facts.FIREWALL_EXPOSED] = exposed
    worst = {panos_rules.management(net) for net in nets}
    named = next(name for name in ("open", "restricted", "no") if name in worst)
    if named != "no" or whole:
        found[facts.ACCESS_MANAGEMENT_FROM_INTERNET] = named
    return found


# ---- GlobalProtect ----


def _gateways(nets: Sequence[Network]) -> list[tuple[Network, str, Node, Node]]:
    """Each gateway with its system, name, own part and tunnel."""
    return [
        (
            net,
            name,
            row,
            net.device.at("network", "tunnel", "global-protect-gateway", row.value("remote-user-tunnel", default=name)),
        )
        for net in nets
        for name, row in net.own.rows("global-protect", "global-protect-gateway")
    ]


def _remote(tree: Tree, nets: Sequence[Network]) -> dict[Key[Any], Any]:
    gateways = _gateways(nets)
    found: dict[Key[Any], Any] = {}
    configs = [config for _, _, row, _ in gateways for _, config in row.rows("remote-user-tunnel-configs")]
    pools = tuple(dict.fromkeys(pool for _, _, row, tunnel in gateways for pool in _pools(row, tunnel)))
    routes = tuple(
        dict.fromkeys(route for config in configs for route in config.names("split-tunneling", "access-route"))
    )
    for key, value in (
        (facts.VPN_POOLS, pools),
        (facts.VPN_TUNNEL_ROUTES, routes),
        (facts.VPN_AUTHENTICATION, tuple(_authentication(gateways))),
        (facts.VPN_PROPOSALS, tuple(dict.fromkeys(_proposals(nets[0].device, gateways)))),
        (facts.VPN_TRANSPORTS, _transports(gateways)),
    ):
        if value:
            found[key] = value
    if modes := {_mode(config) for config in configs}:
        found[facts.VPN_TUNNEL_MODE] = next(mode for mode in WIDEST if mode in modes)
    limits = [tunnel.value("max-user") for _, _, _, tunnel in gateways]
    if limits and all(limit.isdecimal() for limit in limits):
        found[facts.VPN_SESSIONS_CONFIGURED] = sum(int(limit) for limit in limits)
    return found | _timers(gateways) | _tls(gateways)


def _pools(row: Node, tunnel: Node) -> Iterator[Pool]:
    """Pools of the client configurations and of the gateway; the name of a pool is its addresses."""
    texts = [text for _, config in row.rows("remote-user-tunnel-configs") for text in config.names("ip-pool")]
    for text in texts or tunnel.names("client", "ip-pool"):
        yield pool(text)


def pool(text: str) -> Pool:
    """A network or range as a pool; those of a network are all handed out but its first and last."""
    try:
        if "-" in text:
            first, last = (part.strip() for part in text.split("-", 1))
            size = int(ipaddress.ip_address(last)) - int(ipaddress.ip_address(first)) + 1
            return Pool(text, first, last, addresses=size if size > 0 else ABSENT)
        net = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return Pool(text)
    return Pool(text, network=str(net), addresses=max(net.num_addresses - 2, 1))


def _mode(config: Node) -> str:
    routes = config.names("split-tunneling", "access-route")
    if routes and "0.0.0.0/0" not in routes:
        return "split"
    return "selective" if config.names("split-tunneling", "exclude-access-route") else "full"


def _transports(gateways: Sequence[tuple[Network, str, Node, Node]]) -> tuple[str, ...]:
    """A gateway falls back to TLS; IPsec in UDP first where it is switched on."""
    if not gateways:
        return ()
    ipsec = any(tunnel.value("ipsec", "enable") == "yes" for _, _, _, tunnel in gateways)
    return ("udp", "nat-t", "tcp") if ipsec else ("tcp",)


def _timers(gateways: Sequence[tuple[Network, str, Node, Node]]) -> dict[Key[Any], Any]:
    """The longest timer that is written on every gateway."""
    found: dict[Key[Any], Any] = {}
    for key, names in (
        (facts.VPN_IDLE_TIMEOUT, ("disconnect-on-idle", "inactivity-logout")),
        (facts.VPN_MAX_SESSION, ("login-lifetime",)),
    ):
        told = [[seconds for name in names if (seconds := _seconds(row.at(name)))] for _, _, row, _ in gateways]
        if told and all(told):
            found[key] = max(min(row) for row in told)
    return found


def _seconds(node: Node) -> int:
    """`minutes 180`, `hours 3`, `days 30`, or minutes alone; 0 where nothing is written."""
    for unit, size in (("minutes", 60), ("hours", 3600), ("days", 86_400)):
        if (said := node.value(unit)).isdecimal():
            return int(said) * size
    said = next(iter(node.below), "")
    return int(said) * 60 if said.isdecimal() else 0


def _tls(gateways: Sequence[tuple[Network, str, Node, Node]]) -> dict[Key[Any], Any]:
    """The oldest TLS that a gateway's profile lets in."""
    found = []
    for net, _, row, _ in gateways:
        profile = row.value("ssl-tls-service-profile")
        for place in (net.own, net.shared):
            if said := place.value("ssl-tls-service-profile", profile, "protocol-settings", "min-version"):
                found.append(said.replace("tls", "tlsv").replace("-", "."))
    return {facts.VPN_TLS_MINIMUM: min(found)} if found else {}


# ---- who may come in ----

_METHODS: Final = {"saml-idp": "saml", "local-database": "local", "tacplus": "tacacs"}


def _authentication(gateways: Sequence[tuple[Network, str, Node, Node]]) -> Iterator[Authentication]:
    for net, name, row, _ in gateways:
        profiles = [client.value("authentication-profile") for _, client in row.rows("client-auth")]
        profiles = profiles or [row.value("authentication-profile")]
        certificate = ("certificate",) if row.value("certificate-profile") else ()
        asked = tuple(dict.fromkeys(way for one in profiles if one for way in _ways(net, one)))
        either = any(
            row.value("user-credential-or-client-cert-required") == "yes" for _, row in row.rows("client-auth")
        )
        together = (certificate, asked) if either else ((*certificate, *asked),)  # one of the two, or both
        yield from (Authentication(name, methods) for methods in dict.fromkeys(together) if methods)


def _ways(net: Network, profile: str, depth: int = 0) -> tuple[str, ...]:
    """The method of a profile or of the profiles of a sequence, and the factors it asks for on top."""
    own = net.own.at("authentication-profile", profile)
    row = own if own.below else net.shared.at("authentication-profile", profile)
    if not row.below and depth < 5:
        places = (net.own, net.shared)
        names = [
            one
            for place in places
            for one in place.names("authentication-sequence", profile, "authentication-profiles")
        ]
        return tuple(way for one in names for way in _ways(net, one, depth + 1))
    methods = tuple(_METHODS.get(name, name) for name in row.names("method") if name != "none")
    second = row.value("multi-factor-auth", "mfa-enable") == "yes"
    return (*methods, "otp") if second else methods


# ---- cryptography ----


def _proposals(device: Node, gateways: Sequence[tuple[Network, str, Node, Node]]) -> Iterator[Proposal]:
    """What gateways offer: profiles that nothing uses are offered to nobody."""
    profiles = device.at("network", "ike", "crypto-profiles")
    for _, row in device.rows("network", "ike", "gateway"):
        version = row.value("protocol", "version", default="ikev1")
        for protocol in ("ikev1", "ikev2") if version == "ikev2-preferred" else (version,):
            name = row.value("protocol", protocol, "ike-crypto-profile", default="default")
            yield from _offer("site", protocol, profiles.at("ike-crypto-profiles", name), ABSENT)
    for _, row in device.rows("network", "tunnel", "ipsec"):
        name = row.value("auto-key", "ipsec-crypto-profile", default="default")
        yield from _child(device, row, profiles.at("ipsec-crypto-profiles", name))
    for _, _, _, tunnel in gateways:
        if tunnel.value("ipsec", "enable") == "yes":
            name = tunnel.value("ipsec", "ipsec-crypto-profile", default="default")
            for profile in (profiles.at("global-protect-app-crypto-profiles", name),):
                yield from _offer("remote", "tls", profile, ABSENT)


def _child(device: Node, row: Node, profile: Node) -> Iterator[Proposal]:
    peer = next(iter(row.names("auto-key", "ike-gateway")), "")
    version = device.value("network", "ike", "gateway", peer, "protocol", "version", default="ikev1")
    group = profile.value("dh-group")
    pfs = 0 if group == "no-pfs" else _group(group)
    yield from _offer("site", version.replace("-preferred", ""), profile.at("esp"), pfs, profile)


def _offer(use: str, protocol: str, row: Node, pfs: int | Absent, life: Node | None = None) -> Iterator[Proposal]:
    ciphers = tuple(_cipher(name) for name in row.names("encryption"))
    digests = row.names("hash") or row.names("authentication")
    if not ciphers:
        return
    groups = tuple(group for name in row.names("dh-group") if isinstance(group := _group(name), int))
    yield Proposal(
        use,
        protocol,
        ciphers,
        tuple(name for name in digests if name not in ("none", "non-auth")) or ABSENT,
        groups or ABSENT,
        pfs,
        _seconds((life or row).at("lifetime")) or ABSENT,
    )


def _group(name: str) -> int | Absent:
    match = re.fullmatch(r"group(\d+)", name)
    return int(match.group(1)) if match else ABSENT


def _cipher(name: str) -> str:
    return {"aes128": "aes-128-cbc", "aes192": "aes-192-cbc", "aes256": "aes-256-cbc"}.get(name, name)


# ---- management plane ----


def _plane(tree: Tree, net: Network) -> dict[Key[Any], Any]:
    system = net.device.at("deviceconfig", "system")
    seen = closed(tree, net, "deviceconfig") and bool(system.below)
    found: dict[Key[Any], Any] = {}
    profiles = net.device.at("network", "profiles", "interface-management-profile")
    used = [profiles.at(profile) for _, profile in panos_rules.managing(net.device)]
    for key, kind in ((facts.ACCESS_TELNET, "telnet"), (facts.ACCESS_HTTP, "http")):
        on = system.value("service", f"disable-{kind}") == "no" or any(row.value(kind) == "yes" for row in used)
        if on or (seen and closed(tree, net, "network")):  # the factory switches both off
            found[key] = on
    logs = _logging(net)
    told: tuple[tuple[Key[Any], Any, bool], ...] = (
        (facts.ACCESS_SNMP, _snmp(system), seen and tree.ended),
        (facts.ACCESS_LOGGING, logs or ("local",), bool(logs) or closed(tree, net, "shared")),
        (facts.ACCESS_NTP, tuple(_ntp(system)), False),
        (facts.ACCESS_LOCAL_USERS, _accounts(tree, net), False),
    )
    for known, value, sure in told:
        if value is not None and (sure or (value and known != facts.ACCESS_LOGGING)):
            found[known] = value
    if profile := system.value("authentication-profile"):
        found[facts.ACCESS_CENTRAL_AUTHENTICATION] = next(iter(_ways(net, profile)), profile)
    elif seen:
        found[facts.ACCESS_CENTRAL_AUTHENTICATION] = "none"
    return found


def _snmp(system: Node) -> tuple[str, ...] | None:
    """Each access; None where one is named whose level is not shown."""
    access = system.at("snmp-setting", "access-setting", "version")
    found = []
    if access.has("v2c"):
        kind = secret_class(" ".join(access.names("v2c", "snmp-community-string")))
        limited = bool(system.names("permitted-ip"))
        found.append("v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else
                     "v2c-restricted" if limited else "v2c-open")  # fmt: skip
    if access.has("v3"):
        users = [row for _, row in access.rows("v3", "users")]
        if not users:
            return (*found, "v3-noauth") if not access.at("v3").below else tuple(found)
        found += [
            "v3-authpriv" if row.has("privpwd") else "v3-auth" if row.has("authpwd") else "v3-noauth" for row in users
        ]
    return tuple(dict.fromkeys(found))


def _logging(net: Network) -> tuple[str, ...]:
    """Servers of the syslog profiles that some log is sent to."""
    used = set()
    for place in (net.shared, net.own):
        for kind, row in place.rows("log-settings"):
            lists = [row] if kind != "profiles" else [one for _, one in row.rows()]
            used |= {
                name for one in lists for _, match in one.rows("match-list") for name in match.names("send-syslog")
            }
    found = []
    for place in (net.shared, net.own):
        for name, row in place.rows("log-settings", "syslog"):
            if name in used:
                found += [server.value("server") for _, server in row.rows("server")]
    return tuple(dict.fromkeys(server for server in found if server))


def _ntp(system: Node) -> Iterable[str]:
    for name in ("primary-ntp-server", "secondary-ntp-server"):
        if server := system.value("ntp-servers", name, "ntp-server-address"):
            yield server


def _accounts(tree: Tree, net: Network) -> tuple[Accounts, ...]:
    root = tree.root.at("config") if tree.root.has("config") else tree.root
    users = [row for _, row in root.rows("mgt-config", "users")]
    bad = sum(1 for row in users if weak(secret_class(" ".join(row.names("phash")))))
    return (Accounts(len(users), bad),) if users else ()
