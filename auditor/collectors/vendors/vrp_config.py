"""Huawei VRP configurations (`display current-configuration`): lines, filters, remote access, management, routes."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import vrp_acl, vrp_remote
from auditor.collectors.vendors.blocks import Line, indented
from auditor.collectors.vendors.ike_config import offer
from auditor.collectors.vendors.ios_acl import Entry
from auditor.collectors.vendors.listeners import Door, community, door, level, open_doors, ssh_offers, worst
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.stamps import saved, stamp
from auditor.facts import (
    Accounts,
    Authentication,
    Exposed,
    Interface,
    LinkRate,
    Proposal,
    Route,
    Rule,
    VpnService,
)
from auditor.filters import Gate, reach
from auditor.model import Key
from auditor.values import ABSENT, Absent, Message

CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.FIREWALL_RULES, facts.FIREWALL_NAT, facts.FIREWALL_EXPOSED, facts.VPN_POOLS, facts.VPN_PROPOSALS,
    facts.VPN_AUTHENTICATION, facts.ROUTES_DEFAULT, facts.LINK_RATES, facts.ACCESS_TELNET, facts.ACCESS_HTTP,
    facts.ACCESS_SNMP, facts.ACCESS_LOGGING, facts.ACCESS_NTP, facts.ACCESS_LOCAL_USERS,
    facts.ACCESS_CENTRAL_AUTHENTICATION, facts.ACCESS_MANAGEMENT_FROM_INTERNET,
)  # fmt: skip
_NONE_IS_AN_ANSWER: Final = (facts.FIREWALL_RULES, facts.FIREWALL_NAT, facts.FIREWALL_EXPOSED, facts.ACCESS_SNMP,
                             facts.ACCESS_NTP, facts.ACCESS_LOGGING)  # fmt: skip
_KINDS: Final = (
    ("tunnel", r"tunnel"), ("loopback", r"loopback"), ("ppp", r"dialer|virtual-ppp"), ("virtual", r"virtual-template"),
    ("cellular", r"cellular"), ("vlan", r"vlanif|\S+\.\d+$"), ("aggregate", r"eth-trunk"), ("null", r"null"),
    ("ethernet", r"(?:x|\d+)?g\w*ethernet|ethernet|m?eth|\d*ge\d"),
)  # fmt: skip


def tree_of(output: str) -> Line:
    """The lines by their indentation; `#` ends a section, and what begins one with a blank stands at the top."""
    found: list[str] = []
    shift, fresh = 0, True
    for raw in output.splitlines():
        if not raw.strip() or raw.strip() == "#":
            fresh = fresh or not raw.startswith(" ")  # an indented one separates parts of the same section
            continue
        depth = len(raw) - len(raw.lstrip(" "))
        shift = depth if fresh else min(shift, depth)
        found.append(raw[shift:])
        fresh = False
    return indented("\n".join(found))


@dataclass(frozen=True, slots=True)
class Box:
    """A configuration with what its parts mean together."""

    tree: Line
    access: dict[str, list[Entry]]
    whole: bool

    @property
    def ports(self) -> list[Line]:
        return self.tree.starting("interface ")

    def says(self, *texts: str) -> bool:
        """Whether one of these lines stands at the top."""
        return any(line.text in texts for line in self.tree.below)


def configuration(output: str) -> Told:
    """`display current-configuration`; only of one that came to its `return` does silence mean the factory's value."""
    tree = tree_of(output)
    if not any(line.text.startswith(("interface ", "sysname ", "aaa", "ip route-static ")) for line in tree.below):
        return unread(output)
    last = output.rstrip().rpartition("\n")[2].strip()
    box = Box(tree, vrp_acl.lists(tree), last == "return" or re.search(r"^return\s*$", output, re.M) is not None)
    moved = vrp_acl.servers(tree)
    found: dict[Key[Any], Any] = {
        **_identity(box, output),
        facts.INTERFACES: tuple(_interfaces(box)),
        facts.FIREWALL_RULES: tuple(_rules(box)),
        facts.FIREWALL_NAT: tuple(one for _, one in moved),
        facts.ROUTES_DEFAULT: tuple(_routes(box)),
        facts.LINK_RATES: tuple(_rates(box)),
        **_vpn(box),
    }
    missing: dict[Key[Any], Message] = {}
    if box.whole:
        found |= _management(box)
        if outside := _outside(box, found[facts.ROUTES_DEFAULT]):
            found |= _exposure(box, moved, outside)
        else:
            reason = Message("gap.no_outside")
            missing = {facts.FIREWALL_EXPOSED: reason, facts.ACCESS_MANAGEMENT_FROM_INTERNET: reason}
    kept = {key: value for key, value in found.items() if value != () or (box.whole and key in _NONE_IS_AN_ANSWER)}
    return Told(kept, missing=missing)


def _identity(box: Box, output: str) -> dict[Key[Any], Any]:
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Huawei", facts.IDENTITY_PLATFORM: "huawei"}
    if name := box.tree.after("sysname "):
        found[facts.IDENTITY_NAME] = name
    if match := re.search(r"^\s*(?:\[|!Software Version )(V\d+R\d+\w*)\]?", output, re.M):
        found[facts.IDENTITY_OS_VERSION] = match.group(1)
    changed, kept = (_moment(output, word) for word in ("updated", "saved"))
    if changed:
        found[facts.CONFIG_CHANGED] = changed
    return found | saved(kept)


def _moment(output: str, word: str) -> str:
    """`!Last configuration was saved at 2026-11-20 10:00:00+01:00 by admin`, which VRP 8 writes at the top."""
    match = re.search(rf"^!Last configuration was {word} at (\d{{4}}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\S*)", output, re.M)
    return stamp(match[2], match[1], match[3]) if match else ""


# ---- interfaces, routes, rates ----


def kind(name: str) -> str | Absent:
    """What an interface is, by its name."""
    return next((found for found, pattern in _KINDS if re.match(pattern, name, re.I)), ABSENT)


def _name(line: Line) -> str:
    return line.text.removeprefix("interface ").strip()


def _address(line: Line) -> str:
    words = line.after("ip address ").split()
    return words[0] if words and re.match(r"\d", words[0]) else ""


def _interfaces(box: Box) -> Iterator[Interface]:
    for line in box.ports:
        name, said = _name(line), line.after("description ")
        down = any(below.text == "shutdown" for below in line.below)
        yield Interface(
            name,
            description=said or ABSENT,
            alias=said or ABSENT,
            kind=kind(name),
            admin_up=False if down else ABSENT,
            addresses=(_address(line),) if _address(line) else ABSENT,
        )


def _routes(box: Box) -> Iterator[Route]:
    """Static default routes of the main table, and those of leases."""
    for line in box.tree.starting("ip route-static "):
        words = line.words[2:]
        if words[:1] != ["0.0.0.0"] or words[1:2] not in (["0.0.0.0"], ["0"]):  # noqa: S104 - a route, nothing is bound
            continue
        rest = words[2:]
        hop = next((word for word in rest[:2] if re.fullmatch(r"\d+\.\d+\.\d+\.\d+", word)), "")
        out = rest[0] if rest and rest[0] != hop and not rest[0].startswith("vpn-instance") else ""
        said = rest[rest.index("preference") + 1] if "preference" in rest[:-1] else "60"
        if hop or out:
            where = out or _beside(box, hop)
            yield Route(
                "0.0.0.0/0", where or ABSENT, hop or ABSENT, "static", int(said) if said.isdecimal() else ABSENT
            )
    for line in box.ports:
        if any(below.text == "ip address dhcp-alloc" for below in line.below):
            yield Route("0.0.0.0/0", _name(line), ABSENT, "dhcp")


def _beside(box: Box, hop: str) -> str:
    """The interface whose network a next hop is in."""
    for line in box.ports:
        words = line.after("ip address ").split()
        try:
            inside = ipaddress.ip_address(hop) in ipaddress.ip_interface("/".join(words[:2])).network
        except ValueError:
            continue
        if inside:
            return _name(line)
    return ""


def _rates(box: Box) -> Iterator[LinkRate]:
    """Shaping (`qos gts`) and limits (`qos car`) of interfaces, in kbit/s."""
    for line in box.ports:
        for below in line.below:
            if match := re.match(r"bandwidth (ingress|egress) (\d+)", below.text):  # of a firewall's own line
                way = {"down_bps" if match.group(1) == "ingress" else "up_bps": int(match.group(2)) * 1000}
                yield LinkRate(_name(line), "bandwidth", **way)
            if match := re.match(r"traffic-policy (\S+) (inbound|outbound)", below.text):
                yield from _policy_rate(box, _name(line), match.group(1), match.group(2) == "inbound")
            match = re.match(r"qos (gts|lr|car)\b(?: (inbound|outbound))?.*?\bcir (\d+)\b", below.text)
            if match and (match.group(1) != "car" or match.group(2)) and " acl " not in below.text:
                rate = int(match.group(3)) * 1000
                method = "policer" if match.group(1) == "car" else "shaper"
                way = {"down_bps" if match.group(2) == "inbound" else "up_bps": rate}
                yield LinkRate(_name(line), method, **way)


def _policy_rate(box: Box, interface: str, policy: str, inward: bool) -> Iterator[LinkRate]:
    """What a traffic policy does to all that passes (`if-match any`): a part of it says nothing of the line."""
    every = {
        line.words[2]
        for line in box.tree.starting("traffic classifier ")
        if [below.text for below in line.below] == ["if-match any"]
    } | {"default-class"}
    behaviours = {line.words[2]: line for line in box.tree.starting("traffic behavior ") if len(line.words) > 2}
    for line in box.tree.starting("traffic policy "):
        for words in (below.words for below in line.starting("classifier ") if line.words[2] == policy):
            done = behaviours.get(words[3], Line("")) if len(words) > 3 and words[1] in every else Line("")
            for below in done.below:
                if match := re.match(r"(gts|car) cir (\d+)", below.text):
                    method = "policer" if match.group(1) == "car" else "shaper"
                    yield LinkRate(
                        interface, method, **{"down_bps" if inward else "up_bps": int(match.group(2)) * 1000}
                    )


# ---- rules ----


def _rules(box: Box) -> Iterator[Rule]:
    """The security policy of a firewall, and the lists that filter interfaces."""
    yield from vrp_acl.policy(box.tree)
    used: dict[str, list[str]] = {}
    for line in box.ports:
        for below in line.starting("traffic-filter inbound ", "packet-filter inbound "):
            words = [word for word in below.words[2:] if word not in ("acl", "name")]
            if words:
                used.setdefault(words[0], []).append(_name(line))
    for name, interfaces in used.items():
        for one in box.access.get(name, ()):
            yield one.rule(tuple(interfaces), ("any",))


# ---- remote access ----


def _vpn(box: Box) -> dict[Key[Any], Any]:
    found: dict[Key[Any], Any] = {
        facts.VPN_PROPOSALS: tuple(dict.fromkeys(_proposals(box))),
        facts.VPN_SERVICES: tuple(VpnService(name) for name in _programs(box)),
    }
    if vrp_remote.dial_in(box.tree):
        found[facts.VPN_POOLS] = tuple(vrp_remote.pools(box.tree))
        found[facts.VPN_AUTHENTICATION] = (Authentication("l2tp", _methods(box)),)
        if isinstance(seconds := vrp_remote.idle(box.tree), int):
            found[facts.VPN_IDLE_TIMEOUT] = seconds
    for key, value in vrp_remote.portal_facts(box.tree).items():
        known = found.get(key, ())
        found[key] = (*known, *value) if isinstance(value, tuple) else value
    return found


def _programs(box: Box) -> Iterator[str]:
    """What serves remote users: L2TP callers, TLS portals, IKE peers that are given an address."""
    if vrp_remote.dial_in(box.tree):
        yield "l2tp"
    if box.tree.starting("v-gateway ", "sslvpn gateway"):
        yield "ssl"
    if any(peer.starting("config-exchange ", "service-scheme ") for peer in box.tree.starting("ike peer ")):
        yield "ike"


def _methods(box: Box) -> tuple[str, ...]:
    """How callers prove who they are: by the AAA schemes, with a key of IPsec besides where IKE peers have one."""
    said = [below.text for line in box.tree.starting("aaa") for scheme in line.below for below in scheme.below]
    words = [word for text in said if text.startswith("authentication-mode ") for word in text.split()[1:]]
    kinds = tuple(dict.fromkeys(word for word in words if word in ("radius", "local", "hwtacacs", "ldap"))) or (
        "local",
    )
    anybody = [peer for peer in box.tree.starting("ike peer ") if not peer.starting("remote-address ")]
    keyed = any(peer.starting("pre-shared-key ") for peer in anybody)
    return ("psk", *kinds) if keyed else kinds


_CIPHERS: Final = {"3des": "3des", "3des-cbc": "3des", "des": "des", "des-cbc": "des", "aes-cbc-128": "aes128",
                   "aes-cbc-192": "aes192", "aes-cbc-256": "aes256", "aes-128": "aes128", "aes-192": "aes192",
                   "aes-256": "aes256", "aes-gcm-128": "aes128gcm16", "aes-gcm-256": "aes256gcm16",
                   "aes-128-gcm-128": "aes128gcm16", "aes-256-gcm-128": "aes256gcm16"}  # fmt: skip
_HASHES: Final = {"md5": "md5", "sha1": "sha1", "sha2-256": "sha256", "sha2-384": "sha384", "sha2-512": "sha512"}


def _proposals(box: Box) -> Iterator[Proposal]:
    """IKE proposals that a peer names, and IPsec proposals that a policy names, of people or of sites.

    A peer without an address of its own is anybody's: where people dial in, it is theirs.
    """
    peers = {line.words[2]: line for line in box.tree.starting("ike peer ") if len(line.words) > 2}
    people = bool(vrp_remote.dial_in(box.tree))
    anybody = {name for name, line in peers.items() if people and not line.starting("remote-address ")}
    version = "1" if any(_version_one(line) for line in peers.values()) else "2"
    for line in box.tree.starting("ike proposal "):
        named = {name for name, peer in peers.items() if peer.after("ike-proposal ") == line.words[-1]}
        if named:
            use = "remote" if named & anybody else "site"
            yield from _suite(use, version, line, line.after("dh ").replace("group", "dh"), line.after("sa duration "))
    for line in box.tree.starting("ipsec proposal "):
        using = [one for one in box.tree.starting("ipsec policy", "ipsec profile ") if _offers(one, line.words[-1])]
        if using:
            use = "remote" if any(_of(one) in anybody for one in using) else "site"
            yield from (_protected(row, using, box.whole) for row in _suite(use, version, line, "", ""))


def _of(policy: Line) -> str:
    return policy.after("ike-peer ") or policy.after("ike-peer-name ")


def _offers(policy: Line, name: str) -> bool:
    return any(name in below.words[1:] for below in policy.starting("proposal "))


def _protected(row: Proposal, using: list[Line], whole: bool) -> Proposal:
    """The forward secrecy and the lifetime of the policies that use a proposal: 0 where one of them has none."""
    if not whole and not all(line.starting("pfs ") for line in using):
        return row  # what they end with may have been cut off
    groups = [re.match(r"dh-group(\d+)", line.after("pfs ")) for line in using]
    lives = [line.after("sa duration time-based ").split() for line in using]
    seconds = [int(words[0]) for words in lives if words and words[0].isdecimal()]
    pfs = min(int(one.group(1)) if one else 0 for one in groups)
    return replace(row, pfs=pfs, lifetime_s=min(seconds) if seconds else row.lifetime_s)


def _version_one(line: Line) -> bool:
    said = line.after("version ")
    return ("1" in said and "2" not in said) or any(below.text == "undo version 2" for below in line.below)


def _suite(use: str, version: str, line: Line, group: str, life: str) -> Iterator[Proposal]:
    ciphers, hashes = (
        [word for start in starts for below in line.starting(start) for word in below.text.removeprefix(start).split()]
        for starts in (("encryption-algorithm ", "esp encryption-algorithm "),
                       ("authentication-algorithm ", "esp authentication-algorithm "))
    )  # fmt: skip
    words = [_CIPHERS.get(word, word) for word in ciphers] + [_HASHES.get(word, word) for word in hashes]
    made = offer(use, version, "-".join((*words, *group.split())), life)
    if made is not None:
        yield made


# ---- the management plane and the internet ----


def _management(box: Box) -> dict[Key[Any], Any]:
    tree = box.tree
    logs = [line.words[2] for line in tree.starting("info-center loghost ") if re.match(r"[\d.:a-f]+$", line.words[2])]
    quiet = box.says("undo info-center enable", "info-center disable")
    times = list(tree.starting("ntp-service unicast-server ", "ntp unicast-server "))
    servers = [word for line in times for word in line.words[2:3]]
    users = {
        line.words[1]
        for one in tree.starting("aaa")
        for line in one.starting("local-user ", "manager-user ")
        if len(line.words) > 1
    }
    central = next((kind for kind in ("hwtacacs", "radius", "ldap") if _central(box, kind)), "none")
    found: dict[Key[Any], Any] = {
        facts.ACCESS_TELNET: box.says("telnet server enable", "telnet ipv4 server enable"),
        facts.ACCESS_HTTP: bool(_port_of(box, "http server enable", "web-manager enable")),
        facts.ACCESS_SNMP: tuple(dict.fromkeys(_snmp(box))),
        facts.ACCESS_NTP: tuple(dict.fromkeys(servers)),
        facts.ACCESS_LOGGING: () if quiet else tuple(dict.fromkeys(logs)) or ("local",),
        facts.ACCESS_CENTRAL_AUTHENTICATION: central,
    }
    kinds = [
        [word for line in tree.starting(f"ssh server {kind} ") for word in line.words[3:]]
        for kind in ("key-exchange", "cipher", "hmac")
    ]
    if offers := ssh_offers(*kinds):
        found[facts.ACCESS_SSH_ALGORITHMS] = offers
    if users:
        found[facts.ACCESS_LOCAL_USERS] = (Accounts(len(users)),)
    return found


def _central(box: Box, kind: str) -> bool:
    """Whether an authentication scheme asks a server."""
    schemes = [one for line in box.tree.starting("aaa") for one in line.starting("authentication-scheme ")]
    return any(kind in one.after("authentication-mode ").split() for one in schemes)


def _snmp(box: Box) -> Iterator[str]:
    for line in box.tree.starting("snmp-agent community "):
        words = line.words
        name = next((word for word in words[2:] if word not in ("read", "write", "cipher", "simple")), "")
        yield community(name, "acl" in words)
    for line in box.tree.starting("snmp-agent group v3 "):
        words = line.words
        yield "v3-authpriv" if "privacy" in words else "v3-auth" if "authentication" in words else "v3-noauth"


_OUTWARD: Final = re.compile(r"\b(?:wan|internet|outside|isp|untrust)\d*\b", re.I)


def _outside(box: Box, found: tuple[Route, ...]) -> tuple[str, ...]:
    """Interfaces that face the internet: of default routes, of the untrust zone, those that hide others, labels."""
    names = {_name(line) for line in box.ports}
    led = [str(route.interface) for route in found if route.interface is not ABSENT]
    far = [name for name, zone in vrp_acl.zones(box.tree).items() if zone == "untrust"]
    hidden = [_name(line) for line in box.ports if line.starting("nat outbound")]
    labels = [_name(line) for line in box.ports if _OUTWARD.search(line.after("description "))]
    for chosen in (led, far, hidden, labels):
        kept = tuple(name for name in dict.fromkeys(chosen) if name in names and kind(name) not in ("tunnel", "null"))
        if kept:
            return kept
    return ()


def _exposure(box: Box, moved: Any, outside: tuple[str, ...]) -> dict[Key[Any], Any]:
    exposed: dict[tuple[object, ...], Exposed] = {}
    levels = []
    for name in outside:
        targets = vrp_acl.published(moved, name)
        inward = vrp_acl.gates(box.tree, box.access, name, inward=True)
        entry = vrp_acl.gates(box.tree, box.access, name, inward=False)
        filtered, permitted = _doors(box, name)
        past = (Gate(f"service-manage {name}", permit=True),)  # it comes before the security policy
        for row in (
            *(reach(inward, targets) if targets else ()),
            *open_doors(entry, filtered),
            *open_doors(past, permitted),
        ):
            exposed.setdefault((row.service, row.port, row.protocol, row.to), row)
        levels += [level(entry, filtered), level(past, permitted)]
    return {facts.FIREWALL_EXPOSED: tuple(exposed.values()), facts.ACCESS_MANAGEMENT_FROM_INTERNET: worst(levels)}


def _doors(box: Box, interface: str) -> tuple[list[Door], list[Door]]:
    """IPsec, L2TP, portals and management on an interface: what filters and policies judge, and what passes them.

    Where an interface of a firewall manages who may administer the box by it, nothing else judges that; where it is
    told not to (`undo service-manage enable`), and on a router, filters and policies do.
    """
    doors = [door("vpn", "tcp", number) for number in vrp_remote.listening(box.tree, interface)]
    if box.tree.starting("ike peer "):
        doors += [door("vpn", "udp", 500), door("vpn", "udp", 4500)]
    if vrp_remote.dial_in(box.tree):
        doors.append(door("vpn", "udp", 1701))
    line = next((one for one in box.ports if _name(one) == interface), Line(""))
    said = [below.words for below in line.starting("service-manage ", "undo service-manage ")]
    if not box.tree.starting("security-policy") or ["undo", "service-manage", "enable"] in said:
        return [*doors, *_administered(box, interface)], []
    allowed = {words[1] for words in said if words[0] == "service-manage" and words[-1] == "permit"}
    return doors, [one for one in _administered(box, interface) if {one.name, "all"} & allowed]


def _administered(box: Box, interface: str) -> Iterator[Door]:
    """The management services that run, on the interfaces that they are bound to."""
    only = _restricted(box)
    for name, port, number in (
        ("ssh", _port_of(box, "stelnet server enable", "stelnet ipv4 server enable"), 22),
        ("telnet", _port_of(box, "telnet server enable", "telnet ipv4 server enable"), 23),
        ("http", _port_of(box, "http server enable", "web-manager enable"), 80),
        ("https", _port_of(box, "http secure-server enable"), 443),
        ("https", _port_of(box, "web-manager security enable"), 8443),
    ):
        if port and _bound(box, name, interface):
            yield door(
                name, "tcp", port if port > 1 else number, only if name in ("ssh", "telnet") else "", managed=True
            )


def _port_of(box: Box, *texts: str) -> int:
    """The port that stands behind a service that is on, 1 where it is the factory's, 0 where the service is off."""
    for line in box.tree.below:
        for text in texts:
            if match := re.fullmatch(rf"{text}(?: port (\d+))?", line.text):
                return int(match[1] or 1)
    return 0


def _bound(box: Box, name: str, interface: str) -> bool:
    """Whether a service answers on an interface: `ssh server permit interface …`, `ssh server-source -i …`."""
    kind = "http" if name == "https" else name
    places = [
        line.text.removeprefix(f"{kind} server permit interface ")
        for line in box.tree.starting(f"{kind} server permit interface ")
    ]
    starts = (f"{kind} server-source -i ", f"{kind} ipv4 server-source -i ")
    places += [line.words[-1] for line in box.tree.starting(*starts)]
    return not places or any(place == "all" or place.replace(" ", "") == interface for place in places)


def _restricted(box: Box) -> str:
    """The addresses that the lines for remote administrators let in; "" for anybody."""
    lines = box.tree.starting("user-interface vty")
    lists = [line.after("acl ").split() for line in lines]
    named = [words[0] for words in lists if words and words[-1] == "inbound"]
    if not lines or len(named) < len(lines):
        return ""
    first = next((one for one in box.access.get(named[0], ()) if one.permit), None)
    return "" if first is None or first.source == ("any",) else first.source[0]
