"""RouterOS `/export`: VPN servers and pools, offers, rules, exposure, the management plane, queues and routes."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import routeros_tunnel
from auditor.collectors.vendors.listeners import Door, door, level, open_doors, worst
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.routeros_print import access, seconds, size
from auditor.collectors.vendors.routeros_rules import (
    OUTWARD,
    Ports,
    filter_rules,
    forwards,
    gates,
    interface_lists,
    named_lists,
    translations,
)
from auditor.collectors.vendors.trees import Export, Statement, routeros
from auditor.facts import Authentication, Exposed, Interface, LinkQuality, LinkRate, Pool, Proposal, Route
from auditor.filters import Service, addresses, named, reach, widest
from auditor.model import Key
from auditor.values import ABSENT, Message

CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.FIREWALL_RULES, facts.FIREWALL_NAT, facts.FIREWALL_EXPOSED, facts.VPN_POOLS, facts.VPN_PROPOSALS,
    facts.VPN_AUTHENTICATION, facts.ROUTES_DEFAULT, facts.LINK_RATES, facts.ACCESS_TELNET, facts.ACCESS_HTTP,
    facts.ACCESS_SNMP, facts.ACCESS_LOGGING, facts.ACCESS_NTP, facts.ACCESS_MANAGEMENT_FROM_INTERNET,
    facts.CONFIG_UNSAVED,
)  # fmt: skip
_LAST: Final = ("/system", "/tool", "/user")


def configuration(output: str) -> Told:
    """`/export`: what is set otherwise than the factory does; of a whole one silence means the factory value."""
    export = routeros(output)
    if not export.statements:
        return unread(output)
    box = Box(export, _whole(export, output))
    found: dict[Key[Any], Any] = {
        facts.INTERFACES: tuple(_interfaces(box)),
        facts.FIREWALL_RULES: (
            *filter_rules(box.rows("/ip firewall filter"), box.lists),
            *filter_rules(box.rows(_SIX), named_lists(box.rows("/ipv6 firewall address-list")), "ipv6 "),
        ),
        facts.FIREWALL_NAT: translations(box.rows("/ip firewall nat"), box.lists),
        facts.ROUTES_DEFAULT: tuple(_routes(box)),
        facts.LINK_RATES: tuple(_queues(box)),
        facts.LINK_QUALITY: tuple(
            LinkQuality(one.get("host")) for one in box.rows("/tool netwatch") if one.get("host")
        ),
        **_identity(output, export),
        **_vpn(box),
    }
    missing: dict[Key[Any], Message] = {}
    if box.whole:
        found |= {facts.CONFIG_UNSAVED: False} | _management(box)  # RouterOS writes each change at once
        found |= {} if box.rows("/interface vrrp") else {facts.HA_STATE: "standalone"}
        if box.outside:
            found |= _exposure(box)
        else:
            reason = Message("gap.no_outside")
            missing = {facts.FIREWALL_EXPOSED: reason, facts.ACCESS_MANAGEMENT_FROM_INTERNET: reason}
    kept = {key: value for key, value in found.items() if value != () or (box.whole and key in _NONE_IS_AN_ANSWER)}
    return Told(kept, export.strange, missing)


_NONE_IS_AN_ANSWER: Final = (facts.FIREWALL_EXPOSED, facts.ACCESS_SNMP, facts.ACCESS_NTP)


def _whole(export: Export, output: str) -> bool:
    """Whether the menus up to /snmp were seen: exports begin with what made them, and end with /system and /tool."""
    made = any(re.search(r"by RouterOS|software id|^model =|version: ", text) for text in export.comments)
    return made and (export.ended or export.statements[-1].path.startswith(_LAST))


@dataclass(frozen=True, slots=True)
class Box:
    """An export with what its parts mean together."""

    export: Export
    whole: bool

    def rows(self, *paths: str) -> list[Statement]:
        """What is added in these menus, in order."""
        return [one for one in self.export.of(*paths) if one.verb == "add"]

    def setting(self, path: str, name: str, default: str = "") -> str:
        """The last value that a menu sets for the thing as a whole."""
        said = [one.get(name) for one in self.export.of(path) if one.verb == "set" and name in one.values]
        return said[-1] if said else default

    @property
    def lists(self) -> dict[str, tuple[str, ...]]:
        return named_lists(self.export.of("/ip firewall address-list"))

    @property
    def members(self) -> dict[str, frozenset[str]]:
        """Interfaces by the list that holds them."""
        return interface_lists(self.rows("/interface list member"), self.rows("/interface list"))

    @property
    def dialled(self) -> frozenset[str]:
        """Interfaces that dial out."""
        return frozenset(
            one.get("name") for one in self.rows("/interface pppoe-client", "/interface lte", "/interface ppp-client")
        )

    @property
    def outside(self) -> tuple[str, ...]:
        """Interfaces that face the internet: of a list named so, those that dial or ask for an address, by name."""
        listed = [port for name, some in self.members.items() if OUTWARD.search(name) for port in sorted(some)]
        asked = [one.get("interface") for one in self.rows("/ip dhcp-client") if not one.disabled]
        routed = [str(route.interface) for route in _routes(self) if route.interface is not ABSENT]
        rules = self.rows("/ip firewall filter", "/ip firewall nat", "/ip firewall mangle")
        named = [name for one in rules if OUTWARD.search((name := one.get("in-interface")).replace("_", "-"))]
        chosen = next((some for some in (listed, [*sorted(self.dialled), *asked, *routed], named) if some), [])
        return tuple(dict.fromkeys(name for name in chosen if name))


# ---- who and where ----


def _identity(output: str, export: Export) -> dict[Key[Any], Any]:
    """From the comments that an export begins with."""
    text = "\n".join(export.comments)
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "MikroTik", facts.IDENTITY_PLATFORM: "mikrotik_routeros"}
    for key, pattern in (
        (facts.IDENTITY_OS_VERSION, r"by RouterOS (\S+)|^version: (\S+)"),
        (facts.IDENTITY_MODEL, r"^model = (\S+)|^board-name: (\S+)"),
        (facts.IDENTITY_SERIAL, r"^serial number = (\S+)"),
    ):
        if match := re.search(pattern, text, re.M):
            found[key] = next(group for group in match.groups() if group)
    names = [one.get("name") for one in export.of("/system identity") if one.verb == "set" and one.get("name")]
    return found | ({facts.IDENTITY_NAME: names[-1]} if names else {})


def _interfaces(box: Box) -> Iterator[Interface]:
    """Interfaces that carry an address, dial or ask for one; ports that are only bridged say nothing."""
    held: dict[str, list[str]] = {}
    for one in box.rows("/ip address"):
        if not one.disabled and one.get("interface"):
            held.setdefault(one.get("interface"), []).append(one.get("address").partition("/")[0])
    asked = [one.get("interface") for one in box.rows("/ip dhcp-client")]
    comments = {
        one.get("name") or one.found.get("default-name"): one.get("comment")
        for one in box.export.statements
        if one.path.startswith("/interface") and one.get("comment")
    }
    for name in dict.fromkeys([*held, *asked, *sorted(box.dialled)]):
        yield Interface(
            name,
            alias=comments.get(name) or ABSENT,
            kind="ppp" if name in box.dialled else ABSENT,
            addresses=tuple(held.get(name, ())) or ABSENT,
        )


_IPV4: Final = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}")


def _routes(box: Box) -> Iterator[Route]:
    """Default routes of the main table: static ones, and those that a lease or a dialled session brings."""
    for one in box.rows("/ip route"):
        table = one.get("routing-mark") or one.get("routing-table", "main")
        if one.disabled or table != "main" or one.get("dst-address", "0.0.0.0/0") != "0.0.0.0/0":
            continue
        distance = int(one.get("distance")) if one.get("distance").isdecimal() else 1
        for gateway in filter(None, one.get("gateway").split(",")):
            hop, _, port = gateway.partition("%")
            numeric = _IPV4.fullmatch(hop)
            where = port or (_beside(box, hop) if numeric else hop)
            yield Route("0.0.0.0/0", where or ABSENT, hop if numeric else ABSENT, "static", distance)
    for path, protocol in (
        ("/ip dhcp-client", "dhcp"),
        ("/interface pppoe-client", "ppp"),
        ("/interface lte apn", "lte"),
    ):
        for one in box.rows(path):
            wanted = one.get("add-default-route", "yes" if protocol != "ppp" else "no")
            name = one.get("interface") if protocol == "dhcp" else one.get("name")
            if wanted != "no" and not one.disabled and name:
                said = one.get("default-route-distance")
                yield Route("0.0.0.0/0", name, ABSENT, protocol, int(said) if said.isdecimal() else 1)


def _beside(box: Box, hop: str) -> str:
    """The interface whose network a next hop is in."""
    for one in box.rows("/ip address"):
        try:
            network = ipaddress.IPv4Interface(one.get("address")).network
        except ValueError:
            continue
        if not one.disabled and network.prefixlen and ipaddress.IPv4Address(hop) in network:
            return one.get("interface")
    return ""


def _queues(box: Box) -> Iterator[LinkRate]:
    """Queues on an interface: a tree below it shapes what leaves, a simple queue both ways of its target."""
    for one in box.rows("/queue tree"):
        parent, rate = one.get("parent"), size(one.get("max-limit"))
        if rate and parent not in ("", "global", "global-in", "global-out") and not one.disabled:
            yield LinkRate(parent, "shaper", up_bps=rate)
    for one in box.rows("/queue simple"):
        up, _, down = one.get("max-limit").partition("/")
        where = one.get("dst") or one.get("target")
        if one.disabled or not (size(up) or size(down)) or re.match(r"\d", where) or not where:
            continue
        rates = (size(down) or ABSENT, size(up) or ABSENT)  # of the target: what it sends is first
        yield LinkRate(where, "shaper", *(rates if one.get("dst") else tuple(reversed(rates))))


# ---- remote access ----


def ranges(name: str, said: str) -> Iterator[Pool]:
    """`10.0.0.2-10.0.0.9,10.1.0.0/24`: a pool of each range."""
    for part in filter(None, said.split(",")):
        first, _, last = part.partition("-")
        try:
            if "/" in first:
                network = ipaddress.IPv4Network(first, strict=False)
                low, high = network[0], network[-1]
            else:
                low, high = ipaddress.IPv4Address(first), ipaddress.IPv4Address(last or first)
        except ValueError:
            continue
        if low <= high:
            yield Pool(name, str(low), str(high), addresses=int(high) - int(low) + 1)


_SERVERS: Final = {
    "l2tp": ("/interface l2tp-server server", Service("udp", 1701, 1701)),
    "pptp": ("/interface pptp-server server", Service("tcp", 1723, 1723)),
    "sstp": ("/interface sstp-server server", Service("tcp", 443, 443)),
    "ovpn": ("/interface ovpn-server server", Service("tcp", 1194, 1194)),
}


def _servers(box: Box) -> dict[str, Service]:
    """The dial-in servers that are on, and where each listens."""
    found = {}
    for name, (path, usual) in _SERVERS.items():
        on = box.setting(path, "enabled") == "yes" or any(
            not one.disabled for one in box.rows(path) if one.get("name")
        )  # v7 adds OpenVPN servers as rows
        if on:
            said = box.setting(path, "port") or next((one.get("port") for one in box.rows(path) if one.get("port")), "")
            port = int(said) if said.isdecimal() else usual.first
            protocol = (
                "udp"
                if "udp" in (box.setting(path, "protocol"), *(one.get("protocol") for one in box.rows(path)))
                else usual.protocol
            )
            found[name] = Service(protocol, port, port)
    return found


def _listeners(box: Box) -> list[Service]:
    """Every port on which remote users are waited for."""
    servers = _servers(box)
    found = list(servers.values())
    if box.setting(_SERVERS["l2tp"][0], "use-ipsec", "no") != "no" and "l2tp" in servers:
        found += [Service("udp", 500, 500), Service("udp", 4500, 4500)]
    for one in box.rows("/interface wireguard"):
        if not one.disabled and one.get("listen-port").isdecimal():
            found.append(Service("udp", int(one.get("listen-port")), int(one.get("listen-port"))))
    if any(one.get("passive") == "yes" for one in box.rows("/ip ipsec peer")):
        found += [Service("udp", 500, 500), Service("udp", 4500, 4500)]
    return list(dict.fromkeys(found))


def _vpn(box: Box) -> dict[Key[Any], Any]:
    servers = _servers(box)
    serves = bool(servers) or any(one.get("passive") == "yes" for one in box.rows("/ip ipsec peer"))
    found: dict[Key[Any], Any] = {facts.VPN_PROPOSALS: tuple(_proposals(box, servers))}
    if serves:
        found[facts.VPN_POOLS] = tuple(_pools(box))
        found[facts.VPN_AUTHENTICATION] = tuple(_authentication(box, servers))
        openvpn = box.rows(_SERVERS["ovpn"][0]) if "ovpn" in servers else []
        found |= routeros_tunnel.routed(box.rows("/ip ipsec mode-config"), openvpn) | _limits(box, servers)
    return found


def _limits(box: Box, servers: dict[str, Service]) -> dict[Key[Any], Any]:
    """How long a dialled tunnel may stand; in a whole export a profile in use that says nothing sets no end (0)."""
    handed = {one.get("profile") for one in box.rows("/ppp secret")}
    handed |= {box.setting(_SERVERS[name][0], "default-profile") for name in servers if name in _SERVERS}
    found = {}
    for key, texts in routeros_tunnel.limits(box.export.of("/ppp profile"), handed - {""}):
        told = [seconds(text) or 0 for text in texts]
        if told and (all(told) or box.whole):
            found[key] = max(told) if all(told) else 0
    return dict(found)


def _pools(box: Box) -> Iterator[Pool]:
    """The pools that profiles and secrets hand out, and those of IPsec; DHCP pools are for the office."""
    handed = {one.get("remote-address") for one in box.export.of("/ppp profile", "/ppp secret")}
    handed |= {one.get("address-pool") for one in box.export.of("/ip ipsec mode-config")}
    for one in box.rows("/ip pool"):
        if one.get("name") in handed:
            yield from ranges(one.get("name"), one.get("ranges"))


def _authentication(box: Box, servers: dict[str, Service]) -> Iterator[Authentication]:
    users = "radius" if box.setting("/ppp aaa", "use-radius") == "yes" else "local"
    for name in servers:
        keyed = name == "l2tp" and box.setting(_SERVERS["l2tp"][0], "use-ipsec", "no") != "no"
        yield Authentication(name, ("psk", users) if keyed else (users,))
    for one in box.rows("/ip ipsec identity"):
        method = one.get("auth-method", "pre-shared-key")
        methods = {"digital-signature": "certificate", "pre-shared-key": "psk", "pre-shared-key-xauth": "psk"}
        if one.get("mode-config"):
            extra = ("local",) if "xauth" in method else ("radius",) if method == "eap-radius" else ()
            yield Authentication(one.get("peer") or "ipsec", (methods.get(method, "eap"), *extra))


_GROUPS: Final = {"modp768": 1, "modp1024": 2, "modp1536": 5, "modp2048": 14, "modp3072": 15, "modp4096": 16,
                  "modp6144": 17, "modp8192": 18, "ecp256": 19, "ecp384": 20, "ecp521": 21, "x25519": 31}  # fmt: skip


def _proposals(box: Box, servers: dict[str, Service]) -> Iterator[Proposal]:
    """What each server offers; of IPsec the profiles and proposals, the factory's where a whole export changes none."""
    if "pptp" in servers:  # MPPE is RC4; its keys come from MS-CHAP, which is broken
        yield Proposal("remote", "pptp", ("rc4",), ("none",))
    if "sstp" in servers:
        yield Proposal("remote", "tls")
    if "ovpn" in servers:
        path = _SERVERS["ovpn"][0]
        cipher, auth = (_words(box.setting(path, name)) or ABSENT for name in ("cipher", "auth"))
        yield Proposal("remote", "openvpn", cipher, auth)
    if any(not one.disabled for one in box.rows("/interface wireguard")):
        yield Proposal("remote", "wireguard", ("chacha20-poly1305",), dh_groups=(31,))
    keyed = "l2tp" in servers and box.setting(_SERVERS["l2tp"][0], "use-ipsec", "no") != "no"
    used = {one.get("profile", "default") for one in box.rows("/ip ipsec peer") if not one.disabled}
    if keyed or used:
        use = "remote" if keyed or box.rows("/ip ipsec mode-config") else "site"
        yield from _ipsec(box, use, used | ({"default"} if keyed else set()))


def _ipsec(box: Box, use: str, used: set[str]) -> Iterator[Proposal]:
    profiles = [one for one in box.export.of("/ip ipsec profile") if one.get("name", "default") in used]
    if box.whole and "default" in used and not any(one.verb == "set" for one in profiles):
        yield Proposal(use, "ikev1", ("aes-128-cbc", "3des"), ("sha1",), (14, 2), lifetime_s=86_400)
    for one in profiles:
        ciphers = tuple(_cipher(name) for name in _words(one.get("enc-algorithm", "aes-128,3des")))
        groups = tuple(_GROUPS[name] for name in _words(one.get("dh-group", "modp2048,modp1024")) if name in _GROUPS)
        yield Proposal(
            use,
            _version(box, one.get("name", "default")),
            ciphers,
            (one.get("hash-algorithm", "sha1"),),
            groups or ABSENT,
            lifetime_s=seconds(one.get("lifetime", "1d")) or ABSENT,
        )
    for one in box.export.of("/ip ipsec proposal"):
        yield Proposal(
            use,
            "ikev1",
            tuple(_cipher(name) for name in _words(one.get("enc-algorithms", "aes-256-cbc,aes-192-cbc,aes-128-cbc"))),
            _words(one.get("auth-algorithms", "sha1")) or ABSENT,
            pfs=_GROUPS.get(one.get("pfs-group", "modp1024"), 0),
            lifetime_s=seconds(one.get("lifetime", "30m")) or ABSENT,
        )


def _version(box: Box, profile: str) -> str:
    peers = [one for one in box.rows("/ip ipsec peer") if one.get("profile", "default") == profile]
    return "ikev2" if any(one.get("exchange-mode") == "ike2" for one in peers) else "ikev1"


def _cipher(name: str) -> str:
    match = re.fullmatch(r"aes-?(\d+)(?:-(\w+))?", name)
    return f"aes-{match.group(1)}-{match.group(2) or 'cbc'}" if match else name


def _words(said: str) -> tuple[str, ...]:
    return tuple(filter(None, said.split(",")))


# ---- the management plane and the internet ----

_SERVICES: Final = {"telnet": 23, "ftp": 21, "www": 80, "ssh": 22, "api": 8728, "winbox": 8291, "api-ssl": 8729}
"""What a router listens on unless told otherwise (www-ssl is off)."""


def _listening(box: Box) -> dict[str, tuple[int, str]]:
    """Services that are on: their port, and from where they may be used ("" from anywhere)."""
    found = {name: (port, "") for name, port in _SERVICES.items()}
    for one in box.export.of("/ip service"):
        for name in one.chosen:
            said = one.get("port")
            port = int(said) if said.isdecimal() else found.get(name, (_SERVICES.get(name, 443), ""))[0]
            if one.verb == "disable" or one.disabled:
                found.pop(name, None)
            elif name in found or one.get("disabled") == "no":
                found[name] = (port, one.get("address", found.get(name, (0, ""))[1]))
    return found


def _management(box: Box) -> dict[Key[Any], Any]:
    listening = _listening(box)
    servers = [box.setting("/system ntp client", name) for name in ("primary-ntp", "secondary-ntp", "servers")]
    servers += [one.get("address") for one in box.rows("/system ntp client servers")]
    remote = [
        one.get("remote")
        for one in box.export.of("/system logging action")
        if one.get("remote") not in ("", "0.0.0.0")  # noqa: S104 - read, not bound
    ]
    used = any(one.get("action") not in ("", "memory", "echo", "disk") for one in box.export.of("/system logging"))
    return {
        facts.ACCESS_TELNET: "telnet" in listening,
        facts.ACCESS_HTTP: "www" in listening,
        facts.ACCESS_SNMP: tuple(dict.fromkeys(_snmp(box))),
        **_at_the_end(box, tuple(dict.fromkeys(name for said in servers for name in _words(said))),
                      tuple(dict.fromkeys(remote)) if used else ()),
    }  # fmt: skip


def _at_the_end(box: Box, servers: tuple[str, ...], logs: tuple[str, ...]) -> dict[Key[Any], Any]:
    """What stands in the last menus; what they do not say means something only where a later one follows."""
    last = box.export.statements[-1].path
    found: dict[Key[Any], Any] = {}
    if servers or box.export.ended or last.startswith(("/tool", "/user")):
        found[facts.ACCESS_NTP] = servers
    if logs or box.export.ended or last.startswith(("/tool", "/user")):
        found[facts.ACCESS_LOGGING] = logs or ("local",)
    radius = box.setting("/user aaa", "use-radius") == "yes"
    if radius or box.export.ended:
        found[facts.ACCESS_CENTRAL_AUTHENTICATION] = "radius" if radius else "none"
    return found


def _snmp(box: Box) -> Iterator[str]:
    if box.setting("/snmp", "enabled") != "yes":
        return
    changed = False
    for one in box.export.of("/snmp community"):
        changed = changed or one.verb == "set"
        if not one.disabled:
            yield access(one.get("name"), one.get("addresses"), one.get("security", "none"))
    if not changed:
        yield "v2c-default"  # the community that the factory sets, from anywhere


def _exposure(box: Box) -> dict[Key[Any], Any]:
    """Published hosts through the forward chain; the router's own doors through the input chain."""
    rules, lists = box.rows("/ip firewall filter"), box.lists
    held = Ports(box.members, box.dialled)
    own = [one.get("address").partition("/")[0] for one in box.rows("/ip address")]
    exposed: list[Exposed] = []
    levels = []
    doors = tuple(_doors(box))
    for name in box.outside:
        targets = forwards(box.rows("/ip firewall nat"), name, held, lists, own)
        behind = gates(rules, "forward", name, held, lists, translated=True)
        entry = gates(rules, "input", name, held, lists)
        exposed += reach(behind if targets else named(behind), targets)
        exposed += (*open_doors(entry, doors), *_six(box, name, held))
        levels.append(level(entry, doors))
    return {facts.FIREWALL_EXPOSED: widest(exposed), facts.ACCESS_MANAGEMENT_FROM_INTERNET: worst(levels)}


_SIX: Final = "/ipv6 firewall filter"


def _six(box: Box, interface: str, held: Ports) -> tuple[Exposed, ...]:
    """What the filter of version 6 lets in: hosts have addresses of their own, and what nothing drops is accepted."""
    rules = box.rows(_SIX)
    if not rules:
        return ()
    found = gates(rules, "forward", interface, held, named_lists(box.rows("/ipv6 firewall address-list")))
    inner = [one.get("address") for one in box.rows("/ipv6 address") if one.get("interface") not in box.outside]
    routed = any(not addresses((text.partition("/")[0],)).private for text in inner)
    found = tuple(replace(gate, rule=f"ipv6 {gate.rule}") for gate in found)
    return reach(found if routed else named(found), ())


def _doors(box: Box) -> Iterator[Door]:
    """VPN servers and services that listen; the input chain decides who reaches them."""
    yield from (Door("vpn", one) for one in _listeners(box))
    named = {"www": "http", "api": "admin", "api-ssl": "admin", "winbox": "admin"}
    for name, (port, where) in _listening(box).items():
        yield door(named.get(name, name), "tcp", port, where, managed=True)
    if box.setting("/ip dns", "allow-remote-requests") == "yes":
        yield door("dns", "udp", 53)
    if box.setting("/snmp", "enabled") == "yes":
        yield door("snmp", "udp", 161)
