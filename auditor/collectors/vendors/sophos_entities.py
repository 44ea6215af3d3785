"""An exported Sophos Firewall configuration (Entities.xml, or the answer of its API): one element for each thing.

An export holds what its maker chose: only what stands in it is told, and nothing is told to be absent for want of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import sophos_rules
from auditor.collectors.vendors.blocks import weak
from auditor.collectors.vendors.markup import Part, document, secret
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.sophos_rules import WAN, Names
from auditor.facts import Authentication, Exposed, Interface, Pool, Proposal, Route
from auditor.filters import network, span_of
from auditor.model import Key
from auditor.values import ABSENT, Absent

_SERVERS: Final = {"ActiveDirectory": "ldap", "LDAPServer": "ldap", "EDirectory": "ldap", "RADIUSServer": "radius",
                   "TACACSServer": "tacacs", "AzureADSSO": "saml"}  # fmt: skip
_ON: Final = ("enable", "1", "on", "yes")


def configuration(output: str) -> Told:
    """A whole export; of one that does not end nothing is told."""
    root = document(output, "Configuration", "Response")
    if root is None or not any(
        root.at(name).there for name in ("Zone", "FirewallRule", "Interface", "IPHost", "NATRule")
    ):
        return unread(output)
    known = sophos_rules.names(root)
    lists: tuple[tuple[Key[Any], Any], ...] = (
        (facts.INTERFACES, tuple(_interfaces(root))),
        (facts.ROUTES_DEFAULT, tuple(_routes(root))),
        (facts.FIREWALL_RULES, sophos_rules.rules(root, known)),
        (facts.FIREWALL_NAT, sophos_rules.translations(root, known)),
        (facts.VPN_PROPOSALS, tuple(dict.fromkeys(_proposals(root)))),
        (facts.VPN_POOLS, tuple(_pools(root))),
        (facts.VPN_AUTHENTICATION, tuple(_methods(root))),
        (facts.ACCESS_LOGGING, tuple(one.text("ServerAddress") for one in root.rows("SyslogServers"))),
        (facts.ACCESS_SNMP, tuple(dict.fromkeys(_snmp(root)))),
    )
    found = {key: rows for key, rows in lists if any(rows)}
    return Told(_identity(root) | found | _tunnel(root, known) | _doors(root, known, found))


def _identity(root: Part) -> dict[Key[Any], Any]:
    """`APIVersion="2100.1"` is that of SFOS 21.0, `1805.2` that of 18.5."""
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Sophos", facts.IDENTITY_PLATFORM: "sophos_sfos"}
    found[facts.CONFIG_UNSAVED] = False  # each change is stored as it is made
    said = re.match(r"(\d\d)(\d\d)\b", "" if root.node is None else root.node.get("APIVersion", ""))
    if said:
        found[facts.IDENTITY_OS_VERSION] = f"{said[1]}.{int(said[2])}"
    if name := root.text("AdminSettings/HostnameSettings/HostName"):
        found[facts.IDENTITY_NAME] = name
    return found


def _on(text: str) -> bool:
    return text.lower() in _ON


# ---- lines ----


def _ports(root: Part) -> Iterator[Part]:
    for kind in ("Interface", "VLAN", "LAG"):
        yield from (one for one in root.rows(kind) if one.said("Name", "Hardware"))


def _interfaces(root: Part) -> Iterator[Interface]:
    for one in _ports(root):
        addresses = tuple(text for text in (one.text("IPAddress"), one.text("IPv6Address")) if span_of(text))
        yield Interface(
            one.said("Hardware", "Name"),
            alias=one.said("NetworkZone", "Zone") or ABSENT,
            admin_up=one.text("InterfaceStatus").upper() == "ON" if one.text("InterfaceStatus") else ABSENT,
            addresses=addresses or ABSENT,
            description=one.text("Name") if one.text("Hardware") else ABSENT,
        )


def _routes(root: Part) -> Iterator[Route]:
    """The gateways of the WAN: one that is a backup stands by."""
    standby = {
        one.text("IPAddress") for one in root.rows("GatewayConfiguration/Gateway") if one.text("Type") == "Backup"
    }
    for one in _ports(root):
        if one.said("NetworkZone", "Zone") != WAN or one.text("InterfaceStatus").upper() == "OFF":
            continue
        gateway, kind = one.text("GatewayIP"), one.text("IPv4Assignment").lower()
        active: bool | Absent = False if gateway in standby else ABSENT
        if span_of(gateway):
            yield Route("0.0.0.0/0", one.said("Hardware", "Name"), gateway, "static", active=active)
        elif kind in ("dhcp", "pppoe"):
            yield Route("0.0.0.0/0", one.said("Hardware", "Name"), protocol=kind)


# ---- VPN ----


def _proposals(root: Part) -> Iterator[Proposal]:
    one = root.at("SSLTunnelAccessSettings")
    if cipher := one.text("EncryptionAlgorithm").lower():
        life = one.number("KeyLifetime")
        yield Proposal("remote", "openvpn", (cipher,), _hashes([one.text("AuthenticationAlgorithm")]),
                       lifetime_s=life or ABSENT)  # fmt: skip
    profiles = {row.text("Name"): row for row in root.rows("VPNProfile")}
    for line in root.rows("VPNIPSecConnection/Configuration"):
        if line.text("Status").lower() in ("active", "enable", "") and (profile := profiles.get(line.text("Policy"))):
            yield from _phases("remote" if line.text("ConnectionType") == "RemoteAccess" else "site", profile)


def _phases(use: str, profile: Part) -> Iterator[Proposal]:
    said = profile.said("keyexchange", "KeyExchange", "IKEVersion").lower()
    version = "ikev2" if "2" in said else "ikev1"
    groups = _groups([row.text() for row in profile.rows("Phase1/SupportedDHGroups/DHGroup")])
    for phase in ("Phase1", "Phase2"):
        part = profile.at(phase)
        ciphers = tuple(dict.fromkeys(_cipher(text) for n in "123" if (text := part.text(f"EncryptionAlgorithm{n}"))))
        if ciphers:
            hashes = _hashes([part.text(f"AuthenticationAlgorithm{n}") for n in "123"])
            pfs = part.text("PFSGroup")
            yield Proposal(
                use, version, ciphers, hashes, groups if phase == "Phase1" and groups else ABSENT,
                _pfs(pfs, groups) if phase == "Phase2" else ABSENT, part.number("KeyLife") or ABSENT,
            )  # fmt: skip


def _cipher(text: str) -> str:
    """`AES256`, `AES128GCM16`, `3DES`."""
    found = re.fullmatch(r"aes[ _-]?(\d{3})[ _-]?(gcm)?.*", text.lower())
    return f"aes-{found[1]}-{found[2] or 'cbc'}" if found else text.lower()


def _hashes(texts: list[str]) -> tuple[str, ...] | Absent:
    """`SHA2_256`, `SHA2 256`, `SHA256`, `SHA1`, `MD5`."""
    names = [re.sub(r"^sha2?[ _-]?(256|384|512)$", r"sha\1", text.lower()) for text in texts if text]
    return tuple(dict.fromkeys(name for name in names if name != "none")) or ABSENT


def _groups(texts: list[str]) -> tuple[int, ...]:
    """`14(DH2048)`."""
    return tuple(int(found[0]) for text in texts if (found := re.match(r"\d{1,2}", text)))


def _pfs(text: str, groups: tuple[int, ...]) -> int | Absent:
    """A group, `None`, or that of the first phase, whose weakest it may be."""
    if text.lower() == "none":
        return 0
    if text.lower().startswith("sameas"):
        return min(groups) if groups else ABSENT
    return next(iter(_groups([text])), ABSENT)


def _pools(root: Part) -> Iterator[Pool]:
    """The addresses of the SSL VPN: a range, or since 19.5 a network of which the server takes one."""
    one = root.at("SSLTunnelAccessSettings")
    first, last = one.text("IPLeaseRange/StartIP"), one.text("IPLeaseRange/EndIP")
    if span_of(first) and span_of(last) and (span := span_of(f"{first}-{last}")):
        yield Pool("SSL VPN", first, last, addresses=span[2] - span[1] + 1)
    elif (inside := network(first, one.text("SubnetMask"))) and (span := span_of(inside)):
        yield Pool("SSL VPN", network=inside, addresses=max(0, span[2] - span[1] - 2))


def _kinds(root: Part, path: str) -> list[str]:
    """The servers of a list by their kind, those of the box itself as local."""
    known = {row.text("ServerName"): _SERVERS.get(tag, "other")
             for one in root.rows("AuthenticationServer") for tag, row in one.below()}  # fmt: skip
    names = [row.text() for row in root.rows(f"{path}/AuthenticationServer")]
    return ["local" if name == "Local" else known.get(name, "other") for name in names]


def _methods(root: Part) -> Iterator[Authentication]:
    """Users of the SSL VPN hold a certificate of their own beside what the servers ask them for."""
    otp = root.at("OTPSettings")
    second = _on(otp.said("otp", "OTP")) and _on(otp.said("allUsers", "AllUsers")) and any(
        "sslvpn" in tag.lower() and _on(row.text()) for tag, row in otp.below()
    )  # fmt: skip
    if kinds := _kinds(root, "SSLVPNAuthentication/SSLVPNAuthenticationServerList"):
        yield Authentication("SSL VPN", tuple(dict.fromkeys(("certificate", *kinds, *(("otp",) if second else ())))))
    for one in root.rows("VPNIPSecConnection/Configuration"):
        if one.text("ConnectionType") == "RemoteAccess" and one.text("Status").lower() in ("active", "enable", ""):
            first = "psk" if one.text("AuthenticationType") == "PresharedKey" else "certificate"
            asked = ("local",) if one.text("UserAuthenticationMode") == "AsServer" else ()
            yield Authentication(one.text("Name"), (first, *asked))


def _tunnel(root: Part, known: Names) -> dict[Key[Any], Any]:
    found: dict[Key[Any], Any] = {}
    one = root.at("SSLTunnelAccessSettings")
    if (kind := one.text("Protocol").lower()) in ("tcp", "udp"):
        found[facts.VPN_TRANSPORTS] = (kind,)
    if idle := one.number("DisconnectIdlePeerAfter"):
        found[facts.VPN_IDLE_TIMEOUT] = idle * 60
    policies = [row for row in root.rows("SSLVPNPolicy/TunnelPolicy") if row.text("Name")]
    if policies:
        full = any(_on(row.text("UseAsDefaultGateway")) for row in policies)
        found[facts.VPN_TUNNEL_MODE] = "full" if full else "split"
        led = [name.text() for row in policies for name in row.rows("PermittedNetworkResourcesIPv4/Resource")]
        routes = tuple(dict.fromkeys(text for name in led for text in known.addresses(name)))
        found |= {facts.VPN_TUNNEL_ROUTES: routes} if routes and not full else {}
    return found


# ---- administration ----


def _snmp(root: Part) -> Iterator[str]:
    for one in root.rows("SNMPCommunity"):
        kind = secret(one.text("Name"))
        yield (
            "v2c-default"
            if kind == "default"
            else "v2c-guessable"
            if weak(kind)
            else ("v2c-restricted" if one.text("IPAddress") else "v2c-open")
        )
    for one in root.rows("SNMPv3User"):
        weak_ = [one.text(name).lower() for name in ("AuthenticationAlgorithm", "EncryptionAlgorithm")]
        yield "v3-noauth" if weak_[0] == "none" else "v3-auth" if weak_[1] == "none" else "v3-authpriv"


def _services(zone: Part) -> set[str]:
    """The services of the box that a zone may reach: HTTPS, SSH, SSLVPN…"""
    kinds = ("AdminServices", "VPNServices", "OtherServices")
    return {tag for kind in kinds for tag, row in zone.at(f"ApplianceAccess/{kind}").below() if _on(row.text())}


def _doors(root: Part, known: Names, found: dict[Key[Any], Any]) -> dict[Key[Any], Any]:
    """What the zones may reach of the box itself, and with the rules what the internet reaches."""
    zones = {one.text("Name"): _services(one) for one in root.rows("Zone")}
    told: dict[Key[Any], Any] = {}
    if zones:
        open_ = set().union(*zones.values())
        told |= {facts.ACCESS_TELNET: "Telnet" in open_, facts.ACCESS_HTTP: "HTTP" in open_}
        told |= {facts.ACCESS_SSH_VERSION: "2"} if "SSH" in open_ else {}
    if kinds := _kinds(root, "AdminAuthentication/AuthenticationServerList"):
        told[facts.ACCESS_CENTRAL_AUTHENTICATION] = next((kind for kind in kinds if kind != "local"), "none")
    if WAN not in zones:
        return told
    reached = tuple(dict.fromkeys(_reached(root, known, zones[WAN])))
    managed = [row for row in reached if row.service in ("https", "http", "ssh", "telnet") and row.to == "self"]
    whole = any(row.from_ == "any" for row in managed)
    told[facts.ACCESS_MANAGEMENT_FROM_INTERNET] = "open" if whole else "restricted" if managed else "no"
    if facts.FIREWALL_RULES in found and facts.INTERFACES in found:
        told[facts.FIREWALL_EXPOSED] = (*sophos_rules.exposed(root, known), *reached)
    return told


def _reached(root: Part, known: Names, services: set[str]) -> Iterator[Exposed]:
    """By the table of the zone, and by exceptions to it for some hosts."""
    listens = _listens(root)
    for name in sorted(services & listens.keys()):
        kind, port, protocol = listens[name]
        yield Exposed(kind, port, protocol, "any", "self", "zone WAN")
    for one in root.rows("LocalServiceACL"):
        if one.text("SourceZone") not in (WAN, "Any") or one.text("Action").lower() != "accept":
            continue
        hosts = [text for row in one.rows("Hosts/Host") if row.text() != "Any" for text in known.addresses(row.text())]
        for row in one.rows("Services/Service"):
            if row.text() in listens:
                kind, port, protocol = listens[row.text()]
                yield Exposed(kind, port, protocol, ", ".join(hosts) or "any", "self", one.text("RuleName"))


def _listens(root: Part) -> dict[str, tuple[str, int, str]]:
    """Where the services of the box listen; the factory's ports where the export does not say."""
    web = root.at("AdminSettings/WebAdminSettings")
    tunnel = root.at("SSLTunnelAccessSettings")
    return {
        "HTTPS": ("https", web.number("HTTPSport") or web.number("HTTPSPort") or 4444, "tcp"),
        "HTTP": ("http", 80, "tcp"),
        "SSH": ("ssh", 22, "tcp"),
        "Telnet": ("telnet", 23, "tcp"),
        "SNMP": ("snmp", 161, "udp"),
        "UserPortal": ("portal", web.number("UserPortalHTTPSPort") or 443, "tcp"),
        "VPNPortal": ("portal", web.number("VPNPortalHTTPSPort") or 443, "tcp"),
        "SSLVPN": ("vpn", tunnel.number("Port") or 8443, "udp" if tunnel.text("Protocol").lower() == "udp" else "tcp"),
        "IPsec": ("vpn", 500, "udp"),
    }


CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.FIREWALL_RULES, facts.FIREWALL_NAT, facts.FIREWALL_EXPOSED, facts.INTERFACES, facts.ROUTES_DEFAULT,
    facts.VPN_POOLS, facts.VPN_PROPOSALS, facts.VPN_AUTHENTICATION, facts.VPN_TUNNEL_MODE,
    facts.ACCESS_CENTRAL_AUTHENTICATION, facts.ACCESS_LOGGING, facts.ACCESS_SNMP,
)  # fmt: skip
"""What an export tells; over the console none of it is to be had."""
