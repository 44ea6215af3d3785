"""The VPN servers of a pfSense or OPNsense configuration: OpenVPN, IPsec for mobile users, WireGuard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import ike_config
from auditor.collectors.vendors.markup import Part
from auditor.collectors.vendors.openvpn import MOST_CLIENTS
from auditor.facts import Authentication, Exposed, Pool, Proposal, VpnService
from auditor.filters import network, span_of
from auditor.model import Key
from auditor.values import ABSENT, Absent


@dataclass
class Vpn:
    """What the servers of a configuration tell together."""

    pools: list[Pool] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    groups: list[Authentication] = field(default_factory=list)
    services: dict[str, list[int | Absent]] = field(default_factory=dict)
    modes: list[str] = field(default_factory=list)
    routes: list[str] = field(default_factory=list)
    transports: list[str] = field(default_factory=list)
    idle: list[int] = field(default_factory=list)
    oldest: list[str] = field(default_factory=list)
    listens: list[Exposed] = field(default_factory=list)

    def facts(self) -> dict[Key[Any], Any]:
        found: dict[Key[Any], Any] = {}
        for key, rows in (
            (facts.VPN_POOLS, self.pools),
            (facts.VPN_PROPOSALS, self.proposals),
            (facts.VPN_AUTHENTICATION, self.groups),
            (facts.VPN_TRANSPORTS, self.transports),
        ):
            if rows:
                found[key] = tuple(dict.fromkeys(rows))
        if self.services:
            found[facts.VPN_SERVICES] = tuple(
                VpnService(name, most=sum(some) if all(isinstance(one, int) for one in some) else ABSENT, remote=True)  # type: ignore[arg-type]
                for name, some in self.services.items()
            )
        if self.modes:
            found[facts.VPN_TUNNEL_MODE] = "full" if "full" in self.modes else "split"
        if self.routes and "full" not in self.modes:
            found[facts.VPN_TUNNEL_ROUTES] = tuple(dict.fromkeys(self.routes))
        if self.idle:
            found[facts.VPN_IDLE_TIMEOUT] = max(self.idle)
        if self.oldest and all(self.oldest):
            found[facts.VPN_TLS_MINIMUM] = min(self.oldest)
        return found


def read(root: Part, servers: dict[str, str], networks: Mapping[str, tuple[str, ...]]) -> Vpn:
    """Every VPN server that is switched on, and the tunnels that the box opens itself.

    `servers` are the kinds of the authentication servers by their names, `networks` those behind the interfaces.
    """
    vpn = Vpn()
    for one in root.rows("openvpn/openvpn-server"):
        if not one.flag("disable"):
            _openvpn(vpn, one, servers)
    for one in root.rows("OPNsense/OpenVPN/Instances/Instance"):
        if one.on("enabled") and one.text("role") == "server":
            _instance(vpn, one, servers)
    for one in root.rows("openvpn/openvpn-client"):
        if not one.flag("disable"):
            vpn.proposals.append(_offer("site", _offered(one), one.text("digest"), one.text("reneg-sec")))
    _ipsec(vpn, root, servers, networks)
    _swanctl(vpn, root, servers)
    _wireguard(vpn, root)
    return vpn


# ---- OpenVPN ----


def _openvpn(vpn: Vpn, one: Part, servers: dict[str, str]) -> None:
    """pfSense's servers, and the older ones of OPNsense."""
    mode = one.text("mode")
    use = "remote" if mode.startswith("server") else "site"
    vpn.proposals.append(_offer(use, _offered(one), one.text("digest"), one.text("reneg-sec")))
    if use == "site":
        return
    name = one.said("description") or f"openvpn{one.text('vpnid')}"
    _pool(vpn, name, one.text("tunnel_network"), one.text("topology") or "subnet")
    methods = ["certificate"] if mode in ("server_tls", "server_tls_user") else []
    methods += _methods(one.text("authmode"), servers) if mode in ("server_user", "server_tls_user") else []
    vpn.groups.append(Authentication(name, tuple(dict.fromkeys(methods))))
    most = one.number("maxclients")
    vpn.services.setdefault("openvpn", []).append(most or MOST_CLIENTS)
    local = [text.strip() for text in one.text("local_network").split(",")]
    _lead(vpn, one.flag("gwredir") or "redirect-gateway" in one.text("custom_options"), local)
    vpn.transports.append("tcp" if one.text("protocol").lower().startswith("tcp") else "udp")
    if one.number("inactive_seconds"):
        vpn.idle.append(one.number("inactive_seconds"))
    oldest = re.search(r"\btls-version-min (1\.[0-3])", one.text("custom_options"))
    vpn.oldest.append(f"tlsv{oldest[1]}" if oldest else "")


def _instance(vpn: Vpn, one: Part, servers: dict[str, str]) -> None:
    """OPNsense's instances since 23.1."""
    name = one.text("description") or f"openvpn:{one.text('port') or '1194'}"
    vpn.proposals.append(_offer("remote", one.text("data-ciphers"), one.text("auth"), one.text("reneg-sec")))
    _pool(vpn, name, one.text("server"), one.text("topology") or "subnet")
    methods = ["certificate"] if one.text("verify_client_cert") in ("", "require") else []
    methods += _methods(one.text("authmode"), servers)
    vpn.groups.append(Authentication(name, tuple(dict.fromkeys(methods))))
    vpn.services.setdefault("openvpn", []).append(one.number("maxclients") or MOST_CLIENTS)
    _lead(vpn, bool(one.text("redirect_gateway")), re.split(r"[,\s]+", one.text("push_route")))
    vpn.transports.append("tcp" if one.text("proto").startswith("tcp") else "udp")
    vpn.oldest.append("")
    if one.number("push_inactive"):
        vpn.idle.append(one.number("push_inactive"))


def _offered(one: Part) -> str:
    """The ciphers that both sides choose from; the one that is fixed where they must not choose."""
    chosen = "" if one.text("ncp_enable") == "disabled" else one.said("data_ciphers", "ncp-ciphers")
    return chosen or one.said("data_ciphers_fallback", "crypto")


def _offer(use: str, ciphers: str, digest: str, life: str) -> Proposal:
    names = [name.strip().lower() for name in re.split(r"[,:\s]+", ciphers) if name.strip()]
    return Proposal(
        use,
        "openvpn",
        encryption=tuple(dict.fromkeys(name for name in names if name != "none")) or ABSENT,
        integrity=(digest.lower(),) if digest and digest.lower() != "none" else ABSENT,
        lifetime_s=int(life) if life.isdecimal() and int(life) else 3600,
    )


def _pool(vpn: Vpn, name: str, inside: str, topology: str) -> None:
    span = span_of(inside) if "/" in inside else None
    if span is not None:
        size = span[2] - span[1] + 1
        usable = size - 3 if topology == "subnet" else size // 4 - 2
        vpn.pools.append(Pool(name, network=inside, addresses=max(0, usable)))


_SERVERS: Final = {
    "local": ["local"], "local database": ["local"], "radius": ["radius"], "ldap": ["ldap"], "totp": ["local", "otp"],
    "ldap-totp": ["ldap", "otp"], "voucher": ["voucher"],
}  # fmt: skip


def _methods(text: str, servers: dict[str, str]) -> list[str]:
    """`Local Database`, or the names of servers; several are tried one after another."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [method for name in names for method in _SERVERS.get(servers.get(name, name).lower(), ["other"])]


def _lead(vpn: Vpn, everything: bool, routes: list[str]) -> None:
    vpn.modes.append("full" if everything else "split")
    vpn.routes += [text for text in routes if span_of(text) is not None]


# ---- IPsec ----

_ASKED: Final = (
    ("eap-tls", ("certificate",)), ("eap-radius", ("radius",)), ("eap-mschapv2", ("local",)),
    ("xauth_rsa", ("certificate", "xauth")), ("xauth_psk", ("psk", "xauth")), ("hybrid_rsa", ("xauth",)),
    ("rsa", ("certificate",)), ("rsasig", ("certificate",)), ("cert", ("certificate",)), ("pre_shared_key", ("psk",)),
)  # fmt: skip


def _ipsec(vpn: Vpn, root: Part, servers: dict[str, str], networks: Mapping[str, tuple[str, ...]]) -> None:
    """The phases of pfSense, and of OPNsense before its connections."""
    phases = [one for one in root.rows("ipsec/phase1") if not one.flag("disabled")]
    for one in phases:
        mobile = one.flag("mobile")
        vpn.proposals += _phase1(one, "remote" if mobile else "site")
        children = [
            two
            for two in root.rows("ipsec/phase2")
            if two.text("ikeid") == one.text("ikeid") and not two.flag("disabled")
        ]
        vpn.proposals += [offer for two in children for offer in _phase2(two, one, "remote" if mobile else "site")]
        if mobile:
            local = [text for two in children for text in _local(two, networks)]
            _mobile(vpn, root.at("ipsec/client"), one, local, servers)
    if phases and not root.flag("ipsec/disablevpnrules") and not root.flag("system/disablevpnrules"):
        vpn.listens += [Exposed("vpn", port, "udp", "any", "self", "ipsec") for port in (500, 4500)]


def _version(one: Part) -> tuple[str, ...]:
    return {"ikev1": ("1",), "ikev2": ("2",)}.get(
        one.text("iketype"), ("1", "2") if one.text("iketype") == "auto" else ("2",)
    )


def _phase1(one: Part, use: str) -> list[Proposal]:
    """pfSense lists whole suites, OPNsense one cipher, and hashes and groups beside it."""
    suites = one.rows("encryption/item")
    rows = [(item, item) for item in suites] or [(one, one)]
    found = []
    for item, _ in rows:
        ciphers = _ciphers(item.rows("encryption-algorithm"))
        hashes = tuple(text for part in item.rows("hash-algorithm") for text in part.text().lower().split(",") if text)
        groups = tuple(
            int(text) for part in item.rows("dhgroup") for text in part.text().split(",") if text.isdecimal()
        )
        if ciphers:
            life = one.number("lifetime")
            found += [Proposal(use, f"ikev{v}", ciphers, hashes or ABSENT, groups or ABSENT, lifetime_s=life or ABSENT)
                      for v in _version(one)]  # fmt: skip
    return found


def _phase2(two: Part, one: Part, use: str) -> list[Proposal]:
    ciphers = _ciphers(two.rows("encryption-algorithm-option"))
    hashes = tuple(
        part.text().lower().removeprefix("hmac_") for part in two.rows("hash-algorithm-option") if part.text()
    )
    pfs, life = two.text("pfsgroup"), two.number("lifetime")
    if not ciphers or two.text("protocol") == "ah":
        return []
    group: int | Absent = int(pfs) if pfs.isdecimal() else 0 if pfs == "off" else ABSENT
    return [
        Proposal(use, f"ikev{version}", ciphers, hashes or ABSENT, pfs=group, lifetime_s=life or ABSENT)
        for version in _version(one)
    ]


def _ciphers(rows: list[Part]) -> tuple[str, ...]:
    """`aes` 256, `aes256gcm` 128 (the length of its check), `chacha20poly1305`, `3des`."""
    found = []
    for part in rows:
        name, length = part.text("name").lower() or part.text().lower(), part.text("keylen")
        if gcm := re.fullmatch(r"aes(\d{3})gcm\d*", name):
            found.append(f"aes-{gcm[1]}-gcm")
        elif name == "aes":
            found += [f"aes-{bits}-cbc" for bits in ([length] if length.isdecimal() else ["128", "192", "256"])]
        elif cbc := re.fullmatch(r"aes(\d{3})", name):
            found.append(f"aes-{cbc[1]}-cbc")
        elif name:
            found.append({"chacha20poly1305": "chacha20-poly1305"}.get(name, name))
    return tuple(dict.fromkeys(found))


def _mobile(vpn: Vpn, client: Part, one: Part, local: list[str], servers: dict[str, str]) -> None:
    said = one.text("authentication_method").lower()
    methods = next((list(kinds) for start, kinds in _ASKED if said.startswith(start)), ["other"])
    sources = _methods(client.text("user_source"), servers) or ["local"]
    methods = [name for method in methods for name in (sources if method == "xauth" else [method])]
    name = one.said("descr") or "ipsec"
    vpn.groups.append(Authentication(name, tuple(dict.fromkeys(methods))))
    inside = network(client.text("pool_address"), client.text("pool_netbits")) if client.text("pool_address") else ""
    if inside and (span := span_of(inside)):
        vpn.pools.append(Pool(name, network=inside, addresses=max(0, span[2] - span[1] - 1)))
    vpn.services.setdefault("strongswan", []).append(ABSENT)
    _lead(vpn, "any" in local, local)
    vpn.transports.append("nat-t")


def _local(two: Part, networks: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The networks behind the gateway, `lan` by its own; "any" where everything goes through the tunnel."""
    address, bits = two.text("localid/address"), two.text("localid/netbits")
    if not address:
        return [text for text in networks.get(two.text("localid/type"), ()) if ":" not in text]
    return ["any"] if bits == "0" else list(filter(None, [network(address, bits or "32")]))


def _swanctl(vpn: Vpn, root: Part, servers: dict[str, str]) -> None:
    """OPNsense's connections since 23.1."""
    base = root.at("OPNsense/Swanctl")
    lines = [one for one in base.rows("Connections/Connection") if one.on("enabled")]
    for one in lines:
        uuid = "" if one.node is None else one.node.get("uuid", "")
        remote = bool(one.text("pools")) or one.text("remote_addrs") in ("", "%any")
        use = "remote" if remote else "site"
        children = [two for two in base.rows("children/child") if two.text("connection") == uuid and two.on("enabled")]
        texts = [one.text("proposals"), *(two.text("esp_proposals") for two in children)]
        version = {"1": ("1",), "0": ("1", "2")}.get(one.text("version"), ("2",))
        vpn.proposals += [offer for text in texts for v in version if (offer := ike_config.offer(use, v, text))]
        if remote:
            asked = [two.text("auth") for two in base.rows("remotes/remote") if two.text("connection") == uuid]
            methods = tuple(dict.fromkeys(ike_config.method(text) for text in asked if text))
            vpn.groups += [Authentication(one.text("description") or "ipsec", methods)] if methods else []
            local = [text for two in children for text in re.split(r"[,\s]+", two.text("local_ts"))]
            _lead(vpn, "0.0.0.0/0" in local, local)
            vpn.services.setdefault("strongswan", []).append(ABSENT)
    for one in base.rows("Pools/Pool"):
        span = span_of(one.text("addrs"))
        if one.on("enabled") and span:
            vpn.pools.append(Pool(one.text("name"), network=one.text("addrs"), addresses=max(0, span[2] - span[1] - 1)))
    if lines:
        vpn.listens += [Exposed("vpn", port, "udp", "any", "self", "ipsec") for port in (500, 4500)]


# ---- WireGuard ----


def _wireguard(vpn: Vpn, root: Part) -> None:
    """Peers with addresses of their own are people, those with networks behind them sites."""
    peers = list(_peers(root))
    if not peers:
        return
    users = any(_person(networks) for networks in peers)
    use = "remote" if users else "site"
    vpn.proposals.append(Proposal(use, "wireguard", ("chacha20-poly1305",), dh_groups=(31,), lifetime_s=120))
    if users:
        vpn.services.setdefault("wireguard", []).append(ABSENT)
        vpn.groups.append(Authentication("wireguard", ("public-key",)))
        vpn.transports.append("udp")


def _peers(root: Part) -> Iterator[list[str]]:
    base = root.at("installedpackages/wireguard")
    if base.at("config").flag("enable") or not base.at("config").there:
        for one in base.rows("peers/item"):
            if one.text("enabled") in ("yes", "1", ""):
                yield [f"{row.text('address')}/{row.text('mask')}" for row in one.rows("allowedips/row")]
    base = root.at("OPNsense/wireguard")
    if base.flag("general/enabled"):
        for one in base.rows("client/clients/client"):
            if one.on("enabled"):
                yield re.split(r"[,\s]+", one.text("tunneladdress"))


def _person(networks: list[str]) -> bool:
    spans = [span for text in networks if (span := span_of(text))]
    return bool(spans) and all(span[1] == span[2] for span in spans)
