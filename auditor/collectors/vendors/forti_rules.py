"""FortiOS policies, services, addresses and virtual addresses in the normal form, and what the internet reaches."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from auditor.collectors.vendors.blocks import Block
from auditor.facts import Exposed, Rule, Translation
from auditor.filters import (
    ANY_SERVICE,
    EVERYWHERE,
    Addresses,
    Gate,
    Service,
    Target,
    addresses,
    network,
    ports,
    reach,
    service,
    span_of,
    ways,
)
from auditor.filters import named as named_gates
from auditor.values import ABSENT

FACTORY: Final = {
    "ALL": "any", "ANY": "any", "ALL_TCP": "tcp/any", "ALL_UDP": "udp/any", "ALL_ICMP": "icmp", "PING": "icmp",
    "HTTP": "tcp/80", "HTTPS": "tcp/443", "SSH": "tcp/22", "TELNET": "tcp/23", "FTP": "tcp/21", "RDP": "tcp/3389",
    "VNC": "tcp/5900", "SMB": "tcp/445", "SAMBA": "tcp/139", "SMTP": "tcp/25", "SMTPS": "tcp/465", "IMAP": "tcp/143",
    "IMAPS": "tcp/993", "POP3": "tcp/110", "POP3S": "tcp/995", "LDAP": "tcp/389", "NTP": "udp/123", "SYSLOG": "udp/514",
    "MYSQL": "tcp/3306", "MS-SQL": "tcp/1433", "RADIUS": "udp/1812", "TFTP": "udp/69", "PPTP": "tcp/1723", "ESP": "esp",
    "AH": "ah", "GRE": "gre",
}  # fmt: skip
"""Services that every FortiGate has and `show` may leave out (FortiOS administration guide, predefined services)."""
MORE: Final = {
    "DNS": ("tcp/53", "udp/53"),
    "SIP": ("tcp/5060", "udp/5060"),
    "SNMP": ("tcp/161-162", "udp/161-162"),
    "L2TP": ("tcp/1701", "udp/1701"),
    "IKE": ("udp/500", "udp/4500"),
    "KERBEROS": ("tcp/88", "udp/88"),
}
_NUMBERS: Final = {"1": "icmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "51": "ah"}
_WAN: Final = re.compile(r"^(?:wan|ppp|internet|isp|dia)[\w.-]*$", re.I)
PROFILES: Final = ("ips-sensor", "av-profile", "webfilter-profile", "application-list")
MOST: Final = 256


@dataclass
class Network:
    """The names of one configuration, resolved: addresses, services, interfaces and zones that face the internet."""

    tree: Block
    outside: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, tree: Block) -> Network:
        return cls(tree, frozenset(outside(tree)))

    # ---- addresses ----

    def addresses(self, names: Sequence[str], depth: int = 0) -> tuple[str, ...]:
        """Hosts, networks and ranges behind names; a name that is not resolved stands for itself."""
        found: list[str] = []
        for name in names:
            found += self._address(name, depth)
            if len(found) > MOST:
                return tuple(names)
        return tuple(dict.fromkeys(found))

    def _address(self, name: str, depth: int) -> tuple[str, ...]:
        if name.lower() in ("all", "any"):
            return ("any",)
        group = self.tree.table("firewall addrgrp").rows.get(name) or self.tree.table("firewall addrgrp6").rows.get(
            name
        )
        if group is not None and depth < 20:
            return self.addresses(group.settings.get("member", []), depth + 1) or (name,)
        row = self.tree.table("firewall address").rows.get(name)
        if row is None:
            six = self.tree.table("firewall address6").rows.get(name)
            return (six.get("ip6"),) if six is not None and six.get("ip6") else (name,)
        if row.get("type") == "iprange" or row.get("start-ip"):
            return (f"{row.get('start-ip')}-{row.get('end-ip')}",) if row.get("end-ip") else (name,)
        subnet = row.settings.get("subnet", [])
        if len(subnet) == 2 and row.get("type", "ipmask") in ("ipmask", "subnet"):
            return (network(subnet[0], subnet[1]) or name,)
        return (row.get("fqdn") or name,)

    def pool(self, name: str) -> tuple[str, str] | None:
        """The first and last address behind the name of a pool."""
        (text,) = self._address(name, 0)[:1] or ("",)
        span = span_of(text)
        if span is None or span[0] != 4:
            return None
        first, last = ("{}.{}.{}.{}".format(*number.to_bytes(4, "big")) for number in span[1:])
        return first, last

    # ---- services ----

    def services(self, names: Sequence[str], depth: int = 0) -> tuple[str, ...]:
        """The services behind names; a name that is not resolved stands for itself."""
        found: list[str] = []
        for name in names:
            group = self.tree.table("firewall service group").rows.get(name)
            row = self.tree.table("firewall service custom").rows.get(name)
            if group is not None and depth < 20:
                found += self.services(group.settings.get("member", []), depth + 1)
            elif row is not None and (offered := _custom(row)):
                found += offered
            elif name.upper() in FACTORY:
                found.append(FACTORY[name.upper()])
            else:
                found += MORE.get(name.upper(), (name,))
        return tuple(dict.fromkeys(found))

    def entrances(self) -> frozenset[str]:
        """What policies name of what faces the internet: a zone, not the interfaces that it holds."""
        zones = self.tree.table("system zone").rows.values()
        return self.outside - {name for row in zones for name in row.settings.get("interface", [])}

    def faces(self, names: Sequence[str]) -> bool:
        """Whether one of these interfaces or zones faces the internet."""
        return any(name.lower() == "any" or name in self.outside for name in names)


def _custom(row: Block) -> tuple[str, ...]:
    """`set tcp-portrange 80 8000-8010:1024-65535`: what stands behind the colon are ports of the source."""
    kind = row.get("protocol", "TCP/UDP/SCTP").upper()
    if kind in ("ICMP", "ICMP6"):
        return (kind.lower(),)
    if kind == "IP":
        number = row.get("protocol-number", "0")
        return ("any",) if number == "0" else (_NUMBERS.get(number, f"ip-{number}"),)
    found = []
    for protocol in ("tcp", "udp", "sctp"):
        for text in row.settings.get(f"{protocol}-portrange", []):
            one = _range(protocol, text.partition(":")[0])
            found += [str(one)] if one is not None else []
    return tuple(found)


def _range(protocol: str, text: str) -> Service | None:
    first, dash, last = text.partition("-")
    return (
        ports(protocol, int(first), int(last) if dash else int(first)) if re.fullmatch(r"\d+(?:-\d+)?", text) else None
    )


# ---- interfaces ----


def outside(tree: Block) -> Iterator[str]:
    """Interfaces, and zones that hold one of them, that face the internet: by role, by route, by name, by address."""
    rows = tree.table("system interface").rows
    routed = {
        row.get("device")
        for row in tree.table("router static").rows.values()
        if row.get("dst", "0.0.0.0 0.0.0.0") == "0.0.0.0 0.0.0.0"
        and row.get("device")
        and row.get("status") != "disable"
    }
    sdwan = {path: tree.table(path) for path in ("system sdwan", "system virtual-wan-link")}
    members = {row.get("interface") for table in sdwan.values() for row in table.table("members").rows.values()}
    found = {name for name, row in rows.items() if _faces(name, row) or name in routed | members}
    yield from found
    if members:
        yield "virtual-wan-link"
        for table in sdwan.values():
            yield from table.table("zone").rows
    for name, row in tree.table("system zone").rows.items():
        if set(row.settings.get("interface", [])) & found:
            yield name


def _faces(name: str, row: Block) -> bool:
    if row.get("role") in ("lan", "dmz") or row.get("type") in ("loopback", "tunnel"):
        return False
    address = row.get("ip").partition(" ")[0]
    public = span_of(address) is not None and not addresses((address,)).private and not address.startswith("0.")
    return row.get("role") == "wan" or bool(_WAN.match(name)) or row.get("mode") == "pppoe" or public


# ---- rules ----


def rules(tree: Block) -> tuple[Rule, ...]:
    """Policies in their order; no `set action` means deny, and `logtraffic utm` logs what a profile finds alone."""
    net = Network.of(tree)
    return tuple(_rule(id, row, net) for id, row in _policies(tree))


def _policies(tree: Block) -> Iterator[tuple[str, Block]]:
    """Policies, then those of version 6 of IP, which were a table of their own before FortiOS 6.4."""
    yield from tree.table("firewall policy").rows.items()
    yield from ((f"policy6/{id}", row) for id, row in tree.table("firewall policy6").rows.items())


def _rule(id: str, row: Block, net: Network) -> Rule:
    profiles = tuple(
        name for name in ("ips-sensor", "av-profile", "webfilter-profile", "application-list") if row.get(name)
    )
    log = row.get("logtraffic", "utm")
    return Rule(
        id=id,
        action="permit" if row.get("action") in ("accept", "ipsec", "ssl-vpn") else "deny",
        name=row.get("name") or ABSENT,
        enabled=row.get("status", "enable") == "enable" and not _expired(net.tree, row.get("schedule")),
        from_=tuple(row.settings.get("srcintf", ["any"])),
        to=tuple(row.settings.get("dstintf", ["any"])),
        source=_side(row, "src", net),
        destination=_side(row, "dst", net),
        services=_asked(row, net),
        logged=log == "all" or (log == "utm" and bool(profiles)),
        profiles=profiles,
        groups=_users(row) or ABSENT,
        conditions=_conditions(row) or ABSENT,
    )


def _users(row: Block) -> tuple[str, ...]:
    return tuple(name for kind in ("groups", "users", "fsso-groups") for name in row.settings.get(kind, []))


def _conditions(row: Block) -> tuple[str, ...]:
    """A schedule of some hours, a kind of service, an application: what a policy asks for beside its parts."""
    plan = row.get("schedule")
    said = [f"schedule {plan}"] if plan not in ("", "always") else []
    names = ("tos", "application", "app-category", "url-category", "ztna-ems-tag", "src-vendor-mac", "vlan-filter")
    return (*said, *(f"{name} {' '.join(row.settings[name])}" for name in names if row.settings.get(name)))


def _side(row: Block, side: str, net: Network) -> tuple[str, ...]:
    names = row.settings.get(f"{side}addr", []) + row.settings.get(f"{side}addr6", [])
    found = net.addresses(names) if names else ()
    kind = "internet-service-src" if side == "src" else "internet-service"
    if row.get(kind) == "enable":
        return tuple(row.settings.get(f"{kind}-name", []) or row.settings.get(f"{kind}-id", [])) or (
            "internet service",
        )
    if row.get(f"{side}addr-negate") == "enable":
        return tuple(f"not {name}" for name in found)
    return found or ("any",)


def _asked(row: Block, net: Network) -> tuple[str, ...]:
    if row.get("internet-service") == "enable":
        return ("internet service",)
    names = net.services(row.settings.get("service", [])) or ("any",)
    return tuple(f"not {name}" for name in names) if row.get("service-negate") == "enable" else names


def _expired(tree: Block, name: str) -> bool:
    """Whether a one-time schedule has ended (`set end 23:59 2023/12/31`), or every one of a group of them."""
    group = tree.table("firewall schedule group").rows.get(name)
    if group is not None and (members := [one for one in group.settings.get("member", []) if one != name]):
        return all(_ended(tree, one) for one in members)
    return _ended(tree, name)


def _ended(tree: Block, name: str) -> bool:
    row = tree.table("firewall schedule onetime").rows.get(name)
    match = re.fullmatch(r"(\d+):(\d+) (\d{4})/(\d+)/(\d+)", row.get("end")) if row else None
    if match is None:
        return False
    hour, minute, year, month, day = (int(part) for part in match.groups())
    try:
        return dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC) < dt.datetime.now(dt.UTC)
    except ValueError:
        return False


# ---- virtual addresses ----


def translations(tree: Block) -> tuple[Translation, ...]:
    """Virtual addresses (what is asked outside, and the host behind it), then policies that hide their source."""
    found = []
    for name, row in tree.table("firewall vip").rows.items():
        moved = row.get("portforward") == "enable"
        service_ = f"{row.get('protocol', 'tcp')}/{row.get('extport')}" if moved else "any"
        found.append(
            Translation(
                id=name,
                kind="static",
                from_=(row.get("extintf", "any"),),
                destination=(row.get("extip") or "any",),
                redirected=tuple(row.settings.get("mappedip", [])) or ABSENT,
                services=(service_, *([f"to {row.get('mappedport')}"] if moved and row.get("mappedport") else [])),
                enabled=row.get("status", "enable") == "enable",
            )
        )
    for id, row in tree.table("firewall policy").rows.items():
        if row.get("nat") == "enable":
            pool = tuple(row.settings.get("poolname", [])) or ("interface",)
            from_, to = (tuple(row.settings.get(name, ["any"])) for name in ("srcintf", "dstintf"))
            on = row.get("status", "enable") == "enable"
            found.append(Translation(f"policy {id}", "dynamic", from_, to, ("any",), pool, enabled=on))
    return tuple(found)


def _targets(net: Network, central: bool) -> Iterator[Target]:
    """Virtual addresses on an interface that faces the internet; where they are not central, rules name them."""
    for name, row in net.tree.table("firewall vip").rows.items():
        if row.get("status", "enable") != "enable" or not net.faces([row.get("extintf", "any")]):
            continue
        hosts = row.settings.get("mappedip", []) or [
            real.get("ip") for real in row.table("realservers").rows.values() if real.get("ip")
        ]
        for host in hosts or [name]:
            seen = addresses((host,)) if central else Addresses(unresolved=frozenset((f"vip {name}",)), texts=(name,))
            asked, real = _moved(row)
            yield Target(host, seen, asked, real)


def _moved(row: Block) -> tuple[Service, Service]:
    """What is asked outside, and what the host answers with."""
    protocol = row.get("protocol", "tcp")
    asked = _range(protocol, row.get("extport"))
    if asked is None or (row.get("portforward") != "enable" and row.get("type") != "server-load-balance"):
        return ANY_SERVICE, ANY_SERVICE
    mapped = _range(protocol, row.get("mappedport"))
    if mapped is None:
        return asked, asked
    last = min(mapped.first + asked.last - asked.first, 65535)
    return asked, Service(protocol, mapped.first, last)


def _gates(net: Network, central: bool) -> list[Gate]:
    groups = {name: row.settings.get("member", []) for name, row in net.tree.table("firewall vipgrp").rows.items()}
    vips = net.tree.table("firewall vip").rows
    found = []
    for id, row in net.tree.table("firewall policy").rows.items():
        rule = _rule(id, row, net)
        if row.settings.get("dstaddr6") and not row.settings.get("dstaddr"):
            continue  # of version 6 alone
        if rule.enabled is not True or not net.faces(row.settings.get("srcintf", ["any"])):
            continue
        if rule.action == "deny" and _vague(rule):
            continue  # a refusal of something unknown, or of some at some hours, closes nothing for sure
        asked = row.settings.get("dstaddr", [])
        named = [one for name in asked for one in groups.get(name, [name]) if one in vips]
        published = [f"vip {name}" for name in (*named, *(name for name in asked if name in groups))]
        destination = _destination(rule, published, bool(vips) and not central, row)
        services = (
            tuple(service(text) or ANY_SERVICE for text in rule.services) if isinstance(rule.services, tuple) else ()
        )
        source = EVERYWHERE if row.get("srcaddr-negate") == "enable" else addresses(
            rule.source if isinstance(rule.source, tuple) else ())  # fmt: skip
        from_ = ways(row.settings.get("srcintf", ["any"]), net.entrances())
        to = ways(row.settings.get("dstintf", ["any"]))
        found.append(Gate(id, rule.action == "permit", source, destination, services or (ANY_SERVICE,), from_, to))
    return found


def _six(net: Network) -> list[Gate]:
    """What of version 6 of IP meets: a policy's own addresses of it, or all of a policy in their table."""
    found = []
    for id, row in _policies(net.tree):
        own = id.startswith("policy6/")
        from_, to = (row.settings.get(f"{side}addr" if own else f"{side}addr6", []) for side in ("src", "dst"))
        rule = _rule(id, row, net)
        vague = rule.action == "deny" and _vague(rule)
        if not to or rule.enabled is not True or vague or not net.faces(row.settings.get("srcintf", ["any"])):
            continue
        asked = rule.services if isinstance(rule.services, tuple) else ()
        services = tuple(service(text) or ANY_SERVICE for text in asked) or (ANY_SERVICE,)
        source, destination = (addresses(net.addresses(names) or ("any",)) for names in (from_, to))
        zones = (ways(row.settings.get(f"{side}intf", ["any"])) for side in ("src", "dst"))
        found.append(Gate(id, rule.action == "permit", source, destination, services, *zones))
    return found


def _vague(rule: Rule) -> bool:
    parts = (rule.source, rule.destination, rule.services)
    told = [text for part in parts if isinstance(part, tuple) for text in part]
    names = rule.services if isinstance(rule.services, tuple) else ()
    apart = any(text.startswith("not ") for text in told) or any(service(name) is None for name in names)
    return apart or isinstance(rule.conditions, tuple) or isinstance(rule.groups, tuple)


def _destination(rule: Rule, named: Sequence[str], apart: bool, row: Block) -> Addresses:
    """What a policy is for; `all` means no virtual address, unless `match-vip` says so (FortiOS, VIP in policies)."""
    texts = rule.destination if isinstance(rule.destination, tuple) else ("any",)
    plain = [text for text in texts if f"vip {text}" not in named]
    known = addresses(plain) if plain else Addresses()
    if known.everything and apart and row.get("match-vip") != "enable":
        known = Addresses(spans=((4, 0, 2**32 - 1), (6, 0, 2**128 - 1)), texts=())
    return known if known.everything else Addresses(False, known.spans, known.unresolved | set(named), known.texts)


# ---- what the internet reaches ----

_DOORS: Final = {
    "https": ("https", "admin-sport", 443),
    "http": ("http", "admin-port", 80),
    "ssh": ("ssh", "admin-ssh-port", 22),
    "telnet": ("telnet", "admin-telnet-port", 23),
    "snmp": ("snmp", "", 161),
}


def exposed(tree: Block) -> tuple[Exposed, ...]:
    """What policies and virtual addresses let in together, and the box's own listeners that face the internet."""
    net = Network.of(tree)
    central = tree.table("system settings").get("central-nat") == "enable"
    found = reach(_gates(net, central), tuple(_targets(net, central))) + reach(named_gates(_six(net)), ())
    return (*found, *_vpn(net), *(row for row in managed(net) if row.from_ != "nobody"))


def _vpn(net: Network) -> Iterator[Exposed]:
    ssl = net.tree.table("vpn ssl settings")
    if net.faces(ssl.settings.get("source-interface", [""])) and ssl.get("status", "enable") == "enable":
        port = ssl.get("port", "443")
        yield Exposed("vpn", int(port) if port.isdecimal() else 443, "tcp", "any", "gateway", "vpn ssl settings")
    for path in ("vpn ipsec phase1-interface", "vpn ipsec phase1"):
        for name, row in net.tree.table(path).rows.items():
            if row.get("interface") in net.outside:
                peer = row.get("remote-gw") if row.get("type", "static") == "static" else ""
                yield Exposed("vpn", 500, "udp", peer or "any", "gateway", f"{path} {name}")


def managed(net: Network) -> Iterator[Exposed]:
    """Management that interfaces facing the internet answer: from any, from trusted hosts, or from nobody."""
    settings = net.tree.table("system global")
    for interface in sorted(net.outside):
        row = net.tree.table("system interface").rows.get(interface, Block())
        for kind in row.settings.get("allowaccess", []) if row.get("status") != "down" else ():
            if kind not in _DOORS:
                continue
            name, setting, port = _DOORS[kind]
            said = settings.get(setting) if setting else ""
            number = int(said) if said.isdecimal() else port
            protocol = "udp" if kind == "snmp" else "tcp"
            source = _local_in(net, interface, Service(protocol, number, number)) or trusted(net.tree)
            yield Exposed(name, number, protocol, source, interface, f"allowaccess {kind}")


def trusted(tree: Block) -> str:
    """From where administrators may come: any, or the first trusted host where each of them has some."""
    rows = list(tree.table("system admin").rows.values())
    hosts = []
    for row in rows:
        mine = [value for name, value in row.settings.items() if name.startswith(("trusthost", "ip6-trusthost"))]
        if not mine or any(value[:1] in (["0.0.0.0"], ["::/0"]) for value in mine):  # noqa: S104 - read, not bound
            return "any"
        hosts += [network(value[0], value[1]) if len(value) > 1 else value[0] for value in mine]
    return hosts[0] if hosts else "any"


def _local_in(net: Network, interface: str, asked: Service) -> str:
    """What local-in policies make of a listener: "nobody", the sources they name, or "" where none speaks of it."""
    sources: list[str] = []
    for row in net.tree.table("firewall local-in-policy").rows.values():
        places = row.settings.get("intf", ["any"])
        if row.get("status", "enable") != "enable" or not ({interface, "any"} & set(places)):
            continue
        offered = [service(text) for text in net.services(row.settings.get("service", ["ALL"]))]
        if not any(one is not None and one.covers(asked) for one in offered):
            continue
        source = net.addresses(row.settings.get("srcaddr", ["all"]))
        everybody = addresses(source).everything
        if row.get("action", "deny") == "accept":
            if everybody:
                return ""
            sources += source
        elif everybody:
            return sources[0] if sources else "nobody"
    return ""


def management(tree: Block) -> str:
    """Whether the box can be managed from the internet: no, restricted, open."""
    net = Network.of(tree)
    sources = {str(row.from_) for row in managed(net) if row.service != "snmp"} - {"nobody"}
    return "open" if "any" in sources else "restricted" if sources else "no"
