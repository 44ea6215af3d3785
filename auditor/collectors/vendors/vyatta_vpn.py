"""Remote access of Vyatta, VyOS and EdgeOS configurations: servers, pools, offers, users, listening ports."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.ike_config import offer
from auditor.collectors.vendors.listeners import Door, door
from auditor.collectors.vendors.trees import Node
from auditor.facts import Authentication, Pool, Proposal, VpnService
from auditor.model import Key
from auditor.values import ABSENT, Absent

_DIALLED: Final = ("l2tp", "pptp")


def servers(root: Node) -> Iterator[tuple[str, Node]]:
    """What waits for remote users, by kind: l2tp, pptp, sstp, openconnect, openvpn, ipsec, wireguard."""
    for kind in _DIALLED:
        if root.has("vpn", kind, "remote-access"):
            yield kind, root.at("vpn", kind, "remote-access")
    for kind in ("sstp", "openconnect"):
        if root.has("vpn", kind):
            yield kind, root.at("vpn", kind)
    for node in (node for _, node in root.rows("interfaces", "openvpn")):
        if node.value("mode") == "server" and not node.has("disable"):
            yield "openvpn", node
    for place in (("vpn", "ipsec", "remote-access", "connection"), ("vpn", "ipsec", "remote-access")):
        if root.has(*place) and root.at(*place).names():
            yield "ipsec", root.at(*place)
            break
    for node in (node for _, node in root.rows("interfaces", "wireguard")):
        if not node.has("disable") and any(person(peer) for _, peer in node.rows("peer")):
            yield "wireguard", node


def programs(root: Node) -> tuple[str, ...]:
    """Every VPN program that a configuration runs, for users and for sites."""
    found = [kind for kind, _ in servers(root)]
    found += ["ipsec"] if root.has("vpn", "ipsec", "site-to-site") or "l2tp" in found else []
    for kind in ("openvpn", "wireguard"):
        found += [kind for _, node in root.rows("interfaces", kind) if not node.has("disable")]
    return tuple(dict.fromkeys(found))


def person(peer: Node) -> bool:
    """A WireGuard peer with addresses of its own alone and no known end is somebody's device."""
    allowed = [part for text in peer.names("allowed-ips") for part in text.split(",")]
    placed = peer.has("endpoint") or peer.has("address")
    return not placed and bool(allowed) and all(text.strip().endswith(("/32", "/128")) for text in allowed)


# ---- where they listen ----


def doors(root: Node) -> Iterator[Door]:
    """The ports on which remote users and other sites are waited for."""
    kinds = {kind for kind, _ in servers(root)}
    if root.has("vpn", "ipsec", "site-to-site") or root.has("vpn", "ipsec", "remote-access") or "l2tp" in kinds:
        yield door("vpn", "udp", 500)
        yield door("vpn", "udp", 4500)
    if "l2tp" in kinds:
        yield door("vpn", "udp", 1701)
    if "pptp" in kinds:
        yield door("vpn", "tcp", 1723)
    if "sstp" in kinds:
        yield door("vpn", "tcp", _number(root.value("vpn", "sstp", "port"), 443))
    if "openconnect" in kinds:
        for protocol in ("tcp", "udp"):
            yield door("vpn", protocol, _number(root.value("vpn", "openconnect", "listen-ports", protocol), 443))
    for _, node in root.rows("interfaces", "openvpn"):
        if node.value("mode") == "server" and not node.has("disable"):
            protocol = "tcp" if node.value("protocol").startswith("tcp") else "udp"
            yield door("vpn", protocol, _number(node.value("local-port"), 1194))
    for _, node in root.rows("interfaces", "wireguard"):
        port = node.value("port") or node.value("listen-port")
        if port.isdecimal() and not node.has("disable"):
            yield door("vpn", "udp", _number(port, 51820))


def _number(said: str, usual: int) -> int:
    return int(said) if said.isdecimal() and 0 < int(said) < 65536 else usual


# ---- what they hand out and ask for ----


def remote(root: Node) -> dict[Key[Any], Any]:
    """Pools, offers, authentication and limits; empty where nothing serves anybody."""
    found = tuple(servers(root))
    told: dict[Key[Any], Any] = {
        facts.VPN_PROPOSALS: tuple(dict.fromkeys(_proposals(root, found))),
        facts.VPN_POOLS: tuple(dict.fromkeys(pool for kind, node in found for pool in _pools(root, kind, node))),
        facts.VPN_AUTHENTICATION: tuple(
            dict.fromkeys(one for kind, node in found for one in _authentication(root, kind, node))
        ),
    }
    told |= _routed(found)
    told[facts.VPN_SERVICES] = tuple(VpnService(kind) for kind in programs(root))
    limits = [node.value("server", "max-connections") for kind, node in found if kind == "openvpn"]
    if limits and all(limit.isdecimal() for limit in limits) and all(kind == "openvpn" for kind, _ in found):
        told[facts.VPN_SESSIONS_CONFIGURED] = sum(int(limit) for limit in limits)
    return {key: value for key, value in told.items() if value != ()}


def _routed(found: Iterable[tuple[str, Node]]) -> dict[Key[Any], Any]:
    """What enters the tunnels; what dials by PPP and WireGuard decides by itself. The widest speaks for the link."""
    said = [networks for kind, node in found for networks in _networks_of(kind, node)]
    if not said:
        return {}
    if any(not networks or "0.0.0.0/0" in networks for networks in said):
        return {facts.VPN_TUNNEL_MODE: "full"}
    routes = tuple(dict.fromkeys(one for networks in said for one in networks))
    return {facts.VPN_TUNNEL_MODE: "split", facts.VPN_TUNNEL_ROUTES: routes}


def _networks_of(kind: str, node: Node) -> Iterator[tuple[str, ...]]:
    """The networks that each server routes into its tunnels; none: all of them."""
    if kind == "openvpn":
        pushed = node.names("server", "push-route")
        if any("redirect-gateway" in text for text in node.names("openvpn-option")):
            yield ()
        elif pushed:
            yield pushed
    elif kind == "openconnect":
        yield node.names("network-settings", "push-route")
    elif kind == "ipsec":
        for _, one in node.rows():
            if one.has("pool") or one.has("authentication"):
                yield one.names("local", "prefix")


# ---- how long they may stay ----

OPENCONNECT_IDLE_S: Final = 1200  # what VyOS writes into ocserv.conf
IKE_IDLE_S: Final = 28_800  # vpn ipsec remote-access connection NAME timeout
DIALLED_IDLE_S: Final = 1800  # vpn l2tp remote-access idle of EdgeOS


def timers(root: Node, platform: str) -> dict[Key[Any], Any]:
    """The longest timers of a whole configuration, 0 where a way in never ends a session.

    None where one of them does not tell; a RADIUS server may end sessions by itself. WireGuard has no sessions.
    """
    found = [(kind, node) for kind, node in servers(root) if kind != "wireguard"]
    idle = [seconds for kind, node in found for seconds in _idle(kind, node, platform)]
    told: dict[Key[Any], Any] = {}
    if found and None not in idle:
        told[facts.VPN_IDLE_TIMEOUT] = 0 if 0 in idle else max(one for one in idle if one is not None)
    ends = [_option(node, "auth-gen-token") or 0 for kind, node in found if kind == "openvpn"]
    asked = [one.methods for kind, node in found for one in _authentication(root, kind, node)]
    if found and not any("radius" in methods for methods in asked):
        told[facts.VPN_MAX_SESSION] = max(ends) if ends and all(ends) and len(ends) == len(found) else 0
    return told


def _idle(kind: str, node: Node, platform: str) -> Iterator[int | None]:
    if kind == "openvpn":
        yield _option(node, "inactive") or 0
    elif kind == "openconnect":
        yield OPENCONNECT_IDLE_S
    elif kind == "ipsec":
        for _, one in node.rows():
            if one.has("pool") or one.has("authentication"):
                said = one.value("timeout")
                yield int(said) if said.isdecimal() else IKE_IDLE_S
    else:
        said = node.value("idle")
        usual = (
            DIALLED_IDLE_S if platform == "ubiquiti_edgerouter" and kind == "l2tp" else 0 if kind == "sstp" else None
        )
        yield int(said) if said.isdecimal() else usual


def _option(node: Node, name: str) -> int | None:
    """`openvpn-option "--inactive 3600"`; seconds."""
    found = [match for text in node.names("openvpn-option") if (match := re.match(rf"(?:--)?{name} (\d+)", text))]
    return int(found[-1].group(1)) if found else None


def _pools(root: Node, kind: str, node: Node) -> Iterator[Pool]:
    if kind == "openvpn":
        yield from _openvpn_pool(node)
    elif kind == "openconnect":
        yield from _networks("openconnect", node.names("network-settings", "client-ip-settings", "subnet"))
    elif kind == "ipsec":
        handed = {name for _, one in node.rows() for name in one.names("pool")}
        for name, one in root.rows("vpn", "ipsec", "remote-access", "pool"):
            if name in handed:
                yield from _networks(name, one.names("prefix"))
    else:
        yield from _dialled(kind, node.at("client-ip-pool"))


def _openvpn_pool(node: Node) -> Iterator[Pool]:
    """The subnet of a server: the first address is its own; a range narrows it."""
    name = node.value("local-port") or "1194"
    pool = node.at("server", "client-ip-pool")
    if pool.value("start") and pool.value("stop"):
        yield from _between(f"openvpn {name}", pool.value("start"), pool.value("stop"))
        return
    for text in node.names("server", "subnet"):
        yield from _networks(f"openvpn {name}", (text,), own=1)


def _dialled(kind: str, pool: Node) -> Iterator[Pool]:
    """`start`/`stop` (EdgeOS, VyOS to 1.3), `subnet`, or named pools with their ranges (1.4)."""
    if pool.value("start") and pool.value("stop"):
        yield from _between(kind, pool.value("start"), pool.value("stop"))
    yield from _networks(kind, pool.names("subnet"))
    for name, one in pool.rows():
        for text in one.names("range"):
            first, dash, last = text.partition("-")
            if dash:
                whole = last if "." in last else f"{first.rpartition('.')[0]}.{last}"
                yield from _between(name, first, whole)
            else:
                yield from _networks(name, (text,))


def _between(name: str, first: str, last: str) -> Iterator[Pool]:
    try:
        count = int(ipaddress.ip_address(last)) - int(ipaddress.ip_address(first)) + 1
    except ValueError:
        return
    if count > 0:
        yield Pool(name, first, last, addresses=count)


def _networks(name: str, texts: tuple[str, ...], own: int = 0) -> Iterator[Pool]:
    """Whole networks; the first and last address of one are nobody's, `own` of it the server's."""
    for text in texts:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            continue
        yield Pool(name, network=str(network), addresses=max(0, network.num_addresses - 2 - own))


def _authentication(root: Node, kind: str, node: Node) -> Iterator[Authentication]:
    if kind in ("l2tp", "pptp", "sstp", "openconnect"):
        methods = _users(node)
        keyed = node.value("ipsec-settings", "authentication", "mode")
        if kind == "l2tp" and keyed:
            methods = ("certificate" if keyed == "x509" else "psk", *methods)
        if methods:
            yield Authentication(kind, methods)
    elif kind == "openvpn":
        methods = ("psk",) if node.has("shared-secret-key-file") else ("certificate",) if node.has("tls") else ()
        options = " ".join(node.names("openvpn-option"))
        if "plugin" in options or "auth-user-pass-verify" in options:
            methods = (*methods, "radius" if "radius" in options else "ldap" if "ldap" in options else "local")
        if node.has("server", "mfa"):
            methods = (*methods, "otp")
        if methods:
            yield Authentication(f"openvpn {node.value('local-port') or '1194'}", methods)
    elif kind == "ipsec":
        for name, one in node.rows():
            yield from _ike_users(name, one.at("authentication"))


def _users(node: Node) -> tuple[str, ...]:
    """`mode local`, `mode radius`; OpenConnect may ask for a one-time password besides."""
    said = node.at("authentication", "mode")
    found = ["radius" if name.startswith("radius") else "local" for name in said.names()]
    if any(re.search("otp", name) for name in said.names("local")):
        found.append("otp")
    return tuple(dict.fromkeys(found))


_CLIENTS: Final = {"eap-radius": ("radius",), "eap-mschapv2": ("local",), "eap-tls": ("certificate",),
                   "x509": ("certificate",), "pre-shared-secret": ("psk",)}  # fmt: skip


def _ike_users(name: str, said: Node) -> Iterator[Authentication]:
    methods = _CLIENTS.get(said.value("client-mode") or said.value("mode"))
    if methods:
        yield Authentication(name, methods)


# ---- offers ----


def _proposals(root: Node, found: tuple[tuple[str, Node], ...]) -> Iterator[Proposal]:
    kinds = {kind for kind, _ in found}
    if "pptp" in kinds:  # MPPE is RC4; its keys come from MS-CHAP, which is broken
        yield Proposal("remote", "pptp", ("rc4",), ("none",))
    if kinds & {"sstp", "openconnect"}:
        yield Proposal("remote", "tls")
    for _, node in root.rows("interfaces", "openvpn"):
        if not node.has("disable"):
            yield _openvpn(node)
    for _, node in root.rows("interfaces", "wireguard"):
        if not node.has("disable"):
            people = any(person(peer) for _, peer in node.rows("peer"))
            yield Proposal("remote" if people else "site", "wireguard", ("chacha20-poly1305",), dh_groups=(31,))
    yield from _groups(root)


_BLOCK: Final = {"des": "des", "3des": "3des", "bf128": "blowfish", "bf256": "blowfish", "none": "null"}


def _openvpn(node: Node) -> Proposal:
    """`encryption aes256` (to 1.2), `encryption cipher …` with `ncp-ciphers` (1.3), EdgeOS's own options."""
    said = [*node.names("encryption", "ncp-ciphers"), *node.names("encryption", "data-ciphers")]
    said += node.names("encryption", "cipher")
    said += node.names("encryption", "data-ciphers-fallback")
    said += [name for name in node.names("encryption") if name != "cipher" and "-ciphers" not in name]
    hashes = list(node.names("hash"))
    for option in node.names("openvpn-option"):
        match = re.match(r"(?:--)?(cipher|auth) (\S+)", option)
        if match:
            (said if match.group(1) == "cipher" else hashes).append(match.group(2).lower())
    return Proposal(
        "remote" if node.value("mode") == "server" else "site",
        "openvpn",
        tuple(dict.fromkeys(_cipher(name) for name in said)) or ABSENT,
        tuple(dict.fromkeys(hashes)) or ABSENT,
    )


def _cipher(name: str) -> str:
    match = re.fullmatch(r"aes-?(\d{3})-?(gcm|cbc)?", name)
    return f"aes-{match.group(1)}-{match.group(2) or 'cbc'}" if match else _BLOCK.get(name, name)


def _groups(root: Node) -> Iterator[Proposal]:
    """IKE and ESP groups that peers or remote access refer to; one that nobody uses is no offer."""
    base = root.at("vpn", "ipsec")
    users = _used(base)
    for kind in ("ike", "esp"):
        for name, group in base.rows(f"{kind}-group"):
            for use, version in users.get((kind, name), ()):
                yield from _suites(use, version, kind, group)


def _used(base: Node) -> Mapping[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Of each group for what it is used, and with which version of IKE."""
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}

    def note(node: Node, use: str, above: Node) -> None:
        ike = node.value("ike-group") or above.value("ike-group")
        version = (base.value("ike-group", ike, "key-exchange") or "ikev1")[-1]
        esp = (node.value("esp-group"), node.value("default-esp-group"))
        for kind, name in (("ike", ike), *(("esp", one) for one in esp)):
            if name:
                found.setdefault((kind, name), set()).add((use, version))

    for _, peer in base.rows("site-to-site", "peer"):
        for node in (peer, peer.at("vti"), *(tunnel for _, tunnel in peer.rows("tunnel"))):
            note(node, "site", peer)
    for place, use in ((("remote-access", "connection"), "remote"), (("profile",), "site")):
        for _, one in base.rows(*place):
            note(one, use, one)
    return {key: tuple(sorted(uses)) for key, uses in found.items()}


def _suites(use: str, version: str, kind: str, group: Node) -> Iterator[Proposal]:
    life = group.value("lifetime") or ("28800" if kind == "ike" else "3600")
    for _, one in group.rows("proposal"):
        text = "-".join((one.value("encryption") or "aes128", one.value("hash") or "sha1"))
        if kind == "ike":
            text += f"-dh{one.value('dh-group') or 2}"
        if made := offer(use, version, text, life):
            yield made if kind == "ike" else _secured(made, group.value("pfs") or "enable")


def _secured(made: Proposal, pfs: str) -> Proposal:
    """An ESP suite: forward secrecy by its own group, by that of IKE (`enable`), or none."""
    number = re.fullmatch(r"dh-?group(\d+)", pfs)
    group: int | Absent = int(number.group(1)) if number else 0 if pfs == "disable" else ABSENT
    return Proposal(made.use, made.protocol, made.encryption, made.integrity, pfs=group, lifetime_s=made.lifetime_s)
