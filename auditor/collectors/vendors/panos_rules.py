"""PAN-OS objects, zones, security and translation rules in the normal form, and what the internet reaches."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from auditor.collectors.vendors import panos_managed
from auditor.collectors.vendors.trees import Node, Tree
from auditor.facts import Exposed, Rule, Translation
from auditor.filters import (
    ANY_SERVICE,
    EVERYWHERE,
    INSIDE,
    Addresses,
    Gate,
    Service,
    Target,
    addresses,
    ports,
    reach,
    service,
    span_of,
    ways,
    widest,
)
from auditor.values import ABSENT

APPLICATIONS: Final = {
    "web-browsing": ("tcp/80",), "ssl": ("tcp/443",), "ssh": ("tcp/22",), "telnet": ("tcp/23",), "ftp": ("tcp/21",),
    "ms-rdp": ("tcp/3389",), "ms-ds-smb": ("tcp/445", "tcp/139"), "ms-ds-smbv2": ("tcp/445",),
    "ms-ds-smbv3": ("tcp/445",), "netbios-ss": ("tcp/139",), "smtp": ("tcp/25",), "smtp-base": ("tcp/25",),
    "imap": ("tcp/143",), "pop3": ("tcp/110",), "dns": ("tcp/53", "udp/53"), "dns-base": ("tcp/53", "udp/53"),
    "ntp": ("udp/123",), "snmp": ("udp/161",), "ldap": ("tcp/389", "udp/389"), "sip": ("tcp/5060", "udp/5060"),
    "rtsp": ("tcp/554",), "ike": ("udp/500",), "ipsec": ("esp", "udp/500", "udp/4500"), "ipsec-esp": ("esp",),
    "ipsec-esp-udp": ("udp/4501", "udp/4500"), "panos-global-protect": ("tcp/443",),
    "panos-web-interface": ("tcp/443",), "mysql": ("tcp/3306",),
    "mssql-db": ("tcp/1433",), "postgres": ("tcp/5432",), "oracle": ("tcp/1521",),
    "mongodb": ("tcp/27017",), "vnc": ("tcp/5900",), "ping": ("icmp",), "icmp": ("icmp",), "pptp": ("tcp/1723",),
    "l2tp": ("udp/1701",), "open-vpn": ("udp/1194", "tcp/1194"), "tftp": ("udp/69",), "syslog": ("udp/514",),
    "winrm": ("tcp/5985",), "rpc": ("tcp/111", "udp/111"), "msrpc": ("tcp/135",), "nfs": ("tcp/2049", "udp/2049"),
}  # fmt: skip
"""The standard ports of applications (Palo Alto Networks, Applipedia); one that is not here stays a name."""
FACTORY: Final = {"service-http": ("tcp/80", "tcp/8080"), "service-https": ("tcp/443",)}
_WAN: Final = re.compile(r"untrust|outside|internet|^wan|^ext(?:ernal)?$|isp", re.I)
MOST: Final = 256


@dataclass
class Network:
    """One virtual system with what it shares: names resolved, interfaces, zones that face the internet."""

    device: Node
    own: Node
    shared: Node
    outside: frozenset[str] = field(default_factory=frozenset)

    # ---- names ----

    def _object(self, kind: str, name: str) -> Node:
        found = self.own.at(kind, name)
        return found if found.below else self.shared.at(kind, name)

    def addresses(self, names: Sequence[str], depth: int = 0) -> tuple[str, ...]:
        """Hosts, networks and ranges behind names; a name that is not resolved stands for itself."""
        found: list[str] = []
        for name in names:
            one, group = self._object("address", name), self._object("address-group", name)
            if group.below and depth < 20:
                found += self.addresses(group.names("static"), depth + 1) or (name,)
            else:
                found += one.names("ip-netmask") or one.names("ip-range") or one.names("fqdn") or (name,)
            if len(found) > MOST:
                return tuple(names)
        return tuple(dict.fromkeys(found))

    def services(self, names: Sequence[str], applications: Sequence[str], depth: int = 0) -> tuple[str, ...]:
        """The services behind names; `application-default`, and `any` beside a named application, mean its ports."""
        found: list[str] = []
        for name in names:
            if name == "application-default" or (name == "any" and "any" not in applications):
                found += self._applications(applications)
                continue
            group = self._object("service-group", name)
            if group.below and depth < 20:
                found += self.services(group.names("members"), applications, depth + 1)
            else:
                found += self._ports(name) or FACTORY.get(name, (name,))
        return tuple(dict.fromkeys(found)) or ("any",)

    def _ports(self, name: str) -> tuple[str, ...]:
        found = []
        for protocol, row in self._object("service", name).rows("protocol"):
            if protocol not in ("tcp", "udp", "sctp"):
                continue
            texts = row.value("port").split(",")
            found += [str(one) for text in texts if (one := _range(protocol, text)) is not None]
            found += [f"{protocol}/any"] if texts == [""] else []  # a source port alone, or none
        return tuple(found)

    def _applications(self, names: Sequence[str], depth: int = 0) -> tuple[str, ...]:
        found: list[str] = []
        for name in names:
            members = self._object("application-group", name).names("members")
            if members and depth < 20:
                found += self._applications(members, depth + 1)
            else:
                found += APPLICATIONS.get(name, (name,))
        return tuple(dict.fromkeys(found))

    def zone_behind(self, host: str) -> str:
        """The zone that a host stands in: by the network of an interface, else by a static route; "" where unknown."""
        span = span_of(host)
        if span is None:
            return ""
        known = [(text, name) for name, texts in addressed(self.device).items() for text in texts]
        ways_ = [*known, *((row.value("destination"), row.value("interface")) for row in static_routes(self.device))]
        held = [(place[2] - place[1], name) for text, name in ways_
                if (place := span_of(text)) and place[0] == span[0] and place[1] <= span[1] and span[2] <= place[2]
                and place[2] - place[1] < 2**32 - 1]  # fmt: skip
        return self.zone_of(min(held)[1]) if held else ""

    def zone_of(self, interface: str) -> str:
        return next((name for name, row in self.own.rows("zone") if interface in _interfaces(row)), "")


def _range(protocol: str, text: str) -> Service | None:
    if re.fullmatch(r"\d+(?:-\d+)?", text.strip()) is None:
        return None
    first, dash, last = text.strip().partition("-")
    return ports(protocol, int(first), int(last) if dash else int(first))


def _interfaces(zone: Node) -> tuple[str, ...]:
    return tuple(name for kind, _ in zone.rows("network") for name in zone.names("network", kind))


# ---- where things stand ----


def device_of(tree: Tree) -> Node:
    """The device's own part: at the top of the set form, below `devices` in the form that is stored."""
    root = tree.root.at("config") if tree.root.has("config") else tree.root
    stored = next((node for _, node in root.rows("devices")), None)
    return stored or root


def networks(tree: Tree) -> list[Network]:
    """The virtual systems, or the one system there is; of a Panorama, what each device group is for its firewalls."""
    device = device_of(tree)
    root = tree.root.at("config") if tree.root.has("config") else tree.root
    parts = [(device, own, root.at("shared")) for own in _systems(root, device)]
    if root.has("device-group") or device.has("device-group"):
        parts = [(part, _joined(own, part), root.at("shared"))
                 for _, own, part in panos_managed.groups(root, device)] or parts  # fmt: skip
    return [replace(net, outside=frozenset(_outside(net))) for net in (Network(*part) for part in parts)]


def _systems(root: Node, device: Node) -> list[Node]:
    """The virtual systems with the policy that was pushed to them."""
    own = list(device.rows("vsys")) or [("", root)]
    held = [(node, panos_managed.pushed(root, name)) for name, node in own]
    return [panos_managed.merged(node, more) if more.below else node for node, more in held]


def _joined(own: Node, device: Node) -> Node:
    """A device group with the zones and portals that its template gives the first virtual system."""
    return panos_managed.merged(own, *(node for _, node in device.rows("vsys")))


def addressed(device: Node) -> dict[str, tuple[str, ...]]:
    """The addresses of each layer 3 interface and subinterface; "dhcp" where a server tells them."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in ("ethernet", "aggregate-ethernet"):
        for name, row in device.rows("network", "interface", kind):
            units = [(name, row.at("layer3")), *row.rows("layer3", "units")]
            for unit, node in units:
                dynamic = ("dhcp",) if node.value("dhcp-client", "enable") == "yes" or node.has("pppoe") else ()
                if texts := (*node.names("ip"), *node.names("ipv6", "address")) or dynamic:
                    found[unit] = texts
    for kind in ("loopback", "tunnel", "vlan"):
        for name, row in device.rows("network", "interface", kind, "units"):
            if texts := (*row.names("ip"), *row.names("ipv6", "address")):
                found[name] = texts
    return found


def static_routes(device: Node) -> Iterator[Node]:
    """The static routes of every router, of the older routing engine and of the advanced one."""
    for kind in ("virtual-router", "logical-router"):
        for _, router in device.rows("network", kind):
            for table in (router, *(row for _, row in router.rows("vrf"))):
                for family in ("ip", "ipv6"):
                    yield from (row for _, row in table.rows("routing-table", family, "static-route"))


def leaving(device: Node, route: Node) -> str:
    """The interface of a route: as it says, else the one whose network holds the next hop; "" where none is."""
    if name := route.value("interface"):
        return name
    hop = span_of(route.value("nexthop", "ip-address") or route.value("nexthop", "ipv6-address"))
    near = [(span[2] - span[1], name) for name, texts in addressed(device).items() for text in texts
            if hop and (span := span_of(text)) and "/" in text
            and span[0] == hop[0] and span[1] <= hop[1] <= span[2]]  # fmt: skip
    return min(near)[1] if near else ""


def outside_interfaces(device: Node) -> set[str]:
    """Interfaces of a default route, with a public address, or that a provider addresses."""
    found = set()
    for route in static_routes(device):
        if route.value("destination") in ("0.0.0.0/0", "::/0") and (name := leaving(device, route)):
            found.add(name)
    for name, texts in addressed(device).items():
        hosts = [text.partition("/")[0] for text in texts if span_of(text.partition("/")[0]) is not None]
        if any(not addresses((host,)).private for host in hosts) and not name.startswith(("loopback", "tunnel")):
            found.add(name)
    for kind in ("ethernet", "aggregate-ethernet"):
        for name, row in device.rows("network", "interface", kind):
            if row.value("layer3", "dhcp-client", "create-default-route") == "yes":
                found.add(name)
    return found


def _outside(net: Network) -> Iterator[str]:
    leaving = outside_interfaces(net.device)
    zones = dict(net.own.rows("zone"))
    faced = [name for name, row in zones.items() if _WAN.search(name) or set(_interfaces(row)) & leaving]
    yield from [name for name in faced if not INSIDE.match(name)] or faced


# ---- rules ----


def rules(net: Network) -> tuple[Rule, ...]:
    """Rules in the order in which they are tried: those of the manager before and after count too."""
    found = []
    for base in ("pre-rulebase", "rulebase", "post-rulebase"):
        for name, row in net.own.rows(base, "security", "rules"):
            found.append(_rule(net, name, row))
    return (*found, *_defaults(net))


def _defaults(net: Network) -> Iterator[Rule]:
    """The last rule of all where somebody lets it allow what the factory lets it refuse."""
    for base in ("rulebase", "post-rulebase"):
        row = net.own.at(base, "default-security-rules", "rules", "interzone-default")
        if row.value("action") == "allow":
            name = "interzone-default"
            yield replace(
                _rule(net, name, row), logged=row.value("log-end") == "yes" or row.value("log-start") == "yes"
            )
            return


def _rule(net: Network, name: str, row: Node) -> Rule:
    applications = row.names("application") or ("any",)
    users = tuple(user for user in row.names("source-user") if user not in ("any", "known-user"))
    profiles = row.names("profile-setting", "profiles") or tuple(
        f"group {group}" for group in row.names("profile-setting", "group")
    )
    return Rule(
        id=name,
        action="permit" if row.value("action", default="allow") == "allow" else "deny",
        name=name,
        enabled=row.value("disabled") != "yes" and not _expired(net, row.value("schedule")),
        from_=row.names("from") or ("any",),
        to=(row.names("from") if row.value("rule-type") == "intrazone" else row.names("to")) or ("any",),
        source=_side(net, row, "source"),
        destination=_side(net, row, "destination"),
        services=net.services(row.names("service") or ("any",), applications),
        logged=row.value("log-end", default="yes") == "yes" or row.value("log-start") == "yes",
        profiles=profiles,
        groups=users or ABSENT,
        conditions=_conditions(row) or ABSENT,
    )


def _conditions(row: Node) -> tuple[str, ...]:
    """Applications, categories, postures, hours, known users: what a rule asks for beside its parts."""
    names = ("application", "category", "source-hip", "destination-hip", "hip-profiles", "schedule")
    told = ((name, sorted(one for one in row.names(name) if one != "any")) for name in names)
    said = [f"{name} {' '.join(wanted)}" for name, wanted in told if wanted]
    return (*said, *(["known-user"] if "known-user" in row.names("source-user") else []))


def _side(net: Network, row: Node, side: str) -> tuple[str, ...]:
    found = net.addresses(row.names(side)) or ("any",)
    return tuple(f"not {name}" for name in found) if row.value(f"negate-{side}") == "yes" else found


def _expired(net: Network, name: str) -> bool:
    """Whether a schedule of dates has ended (`2015/01/01@08:00-2015/12/31@18:00`)."""
    spans = net._object("schedule", name).names("schedule-type", "non-recurring") if name else ()
    ends = [match for text in spans if (match := re.search(r"-(\d{4})/(\d+)/(\d+)@(\d+):(\d+)$", text))]
    try:
        last = [dt.datetime(*(int(part) for part in match.groups()), tzinfo=dt.UTC) for match in ends]  # type: ignore[misc,arg-type]
    except ValueError:
        return False
    return bool(last) and len(last) == len(spans) and max(last) < dt.datetime.now(dt.UTC)


def translations(net: Network) -> tuple[Translation, ...]:
    """Translation rules in their order."""
    found = []
    for base in ("pre-rulebase", "rulebase", "post-rulebase"):
        for name, row in net.own.rows(base, "nat", "rules"):
            source, destination = row.at("source-translation"), row.at("destination-translation")
            destination = destination if destination.below else row.at("dynamic-destination-translation")
            to = tuple(net.addresses(destination.names("translated-address")))
            port = destination.value("translated-port")
            found.append(
                Translation(
                    id=name,
                    kind="static" if to or source.has("static-ip") else "dynamic",
                    from_=row.names("from") or ("any",),
                    to=row.names("to") or ("any",),
                    original=net.addresses(row.names("source")) or ("any",),
                    translated=_translated(net, source) or ABSENT,
                    destination=net.addresses(row.names("destination")) or ("any",),
                    redirected=(*to, *([f"port {port}"] if port else ())) or ABSENT,
                    services=net.services(row.names("service") or ("any",), ("any",)),
                    enabled=row.value("disabled") != "yes",
                )
            )
    return tuple(found)


def _translated(net: Network, source: Node) -> tuple[str, ...]:
    for kind, node in source.rows():
        if node.has("translated-address"):
            return net.addresses(node.names("translated-address"))
        if node.has("interface-address"):
            return ("interface",)
        return (kind,)
    return ()


# ---- what the internet reaches ----


def _targets(net: Network) -> Iterator[Target]:
    """Hosts behind a translated destination, or whose own translation works both ways; rules name what is asked."""
    for name, row in [pair for base in ("pre-rulebase", "rulebase", "post-rulebase")
                      for pair in net.own.rows(base, "nat", "rules")]:  # fmt: skip
        if row.value("disabled") == "yes":
            continue
        both = row.value("source-translation", "static-ip", "bi-directional") == "yes"
        if both and set(row.names("to")) & net.outside:
            seen = addresses(net.addresses(row.names("source-translation", "static-ip", "translated-address")))
            for host in net.addresses(row.names("source")):
                yield Target(host, seen, inner=False)
        destination = row.at("destination-translation")
        destination = destination if destination.below else row.at("dynamic-destination-translation")
        if not (destination.below and _from_outside(net, row.names("from"))):
            continue
        seen = addresses(net.addresses(row.names("destination")))
        port = destination.value("translated-port")
        for host in net.addresses(destination.names("translated-address")) or (name,):
            for text in net.services(row.names("service") or ("any",), ("any",)):
                asked = service(text) or ANY_SERVICE
                real = _range(asked.protocol, port) if port and asked.ported else asked
                yield Target(host, seen, asked, real or asked, inner=False)


def _from_outside(net: Network, names: Sequence[str]) -> bool:
    return not names or "any" in names or bool(set(names) & net.outside)


def _gates(net: Network) -> list[Gate]:
    found = []
    for rule in rules(net):
        if rule.enabled is not True or not _from_outside(net, rule.from_ if isinstance(rule.from_, tuple) else ()):
            continue
        texts = rule.services if isinstance(rule.services, tuple) else ("any",)
        known = [service(text) for text in texts]
        vague = [text for part in (rule.source, rule.destination) for text in part if text.startswith("not ")] if (
            isinstance(rule.source, tuple) and isinstance(rule.destination, tuple)) else []  # fmt: skip
        if rule.action != "permit" and (None in known or vague or _some_only(rule)):
            continue  # a refusal of something unknown closes nothing for sure
        source, destination = (_plain(part) for part in (rule.source, rule.destination))
        services = tuple(one or Service(f"application {text}") for one, text in zip(known, texts, strict=True))
        found.append(Gate(rule.id, rule.action == "permit", source, destination, services, *_ways(net, rule)))
    return found


def _ways(net: Network, rule: Rule) -> tuple[frozenset[str], frozenset[str]]:
    from_, to = (part if isinstance(part, tuple) else ("any",) for part in (rule.from_, rule.to))
    return ways(from_, net.outside), ways(to)


def _some_only(rule: Rule) -> bool:
    """Whether it refuses some users, at some hours or of some kinds only; its applications are weighed as services."""
    said = rule.conditions if isinstance(rule.conditions, tuple) else ()
    return isinstance(rule.groups, tuple) or any(not one.startswith("application ") for one in said)


def _plain(texts: object) -> Addresses:
    if not isinstance(texts, tuple) or any(str(text).startswith("not ") for text in texts):
        return EVERYWHERE
    return addresses(texts)


def exposed(net: Network) -> tuple[Exposed, ...]:
    """What rules and translation let in together, and the box's own listeners on interfaces that face the internet."""
    gates, targets = _gates(net), tuple(_targets(net))
    zones = {target.to: zone for target in targets if (zone := net.zone_behind(target.to))}
    found = [row for row in reach(gates, targets) if row.to not in zones]
    for zone in dict.fromkeys(zones.values()):
        here = [gate for gate in gates if not gate.to or zone in gate.to]
        hosts = [target for target in targets if zones.get(target.to) == zone]
        found += [row for row in reach(here, hosts) if row.to in zones]
    return (*widest(found), *_vpn(net), *managed(net))


def _faces(net: Network, interface: str) -> bool:
    return net.zone_of(interface) in net.outside or interface in outside_interfaces(net.device)


def _vpn(net: Network) -> Iterator[Exposed]:
    for kind in ("global-protect-portal", "global-protect-gateway"):
        for name, row in net.own.rows("global-protect", kind):
            local = row.at("local-address") if row.has("local-address") else row.at("portal-config", "local-address")
            if _faces(net, local.value("interface")):
                yield Exposed("vpn", 443, "tcp", "any", "gateway", f"{kind} {name}")
    for name, row in net.device.rows("network", "ike", "gateway"):
        if _faces(net, row.value("local-address", "interface")):
            peer = row.value("peer-address", "ip") or row.value("peer-address", "fqdn")
            yield Exposed("vpn", 500, "udp", peer or "any", "gateway", f"ike gateway {name}")


_DOORS: Final = {"https": 443, "http": 80, "ssh": 22, "telnet": 23, "snmp": 161}


def managed(net: Network) -> Iterator[Exposed]:
    """Management that an interface facing the internet answers, by its profile; from the addresses it permits."""
    profiles = net.device.at("network", "profiles", "interface-management-profile")
    for interface, profile in managing(net.device):
        row = profiles.at(profile)
        permitted = row.names("permitted-ip")
        for kind, port in _DOORS.items():
            if row.value(kind) == "yes" and _faces(net, interface):
                source = permitted[0] if permitted and "0.0.0.0/0" not in permitted else "any"
                yield Exposed(kind, port, "udp" if kind == "snmp" else "tcp", source, interface, f"profile {profile}")


def managing(device: Node) -> Iterator[tuple[str, str]]:
    """Interfaces and the management profiles they carry."""
    for kind in ("ethernet", "aggregate-ethernet"):
        for name, row in device.rows("network", "interface", kind):
            for unit, node in [(name, row.at("layer3")), *row.rows("layer3", "units")]:
                if profile := node.value("interface-management-profile"):
                    yield unit, profile
    for kind in ("loopback", "tunnel", "vlan"):
        for name, row in device.rows("network", "interface", kind, "units"):
            if profile := row.value("interface-management-profile"):
                yield name, profile


def management(net: Network) -> str:
    """Whether the box can be managed from the internet: no, restricted, open."""
    sources = {row.from_ for row in managed(net) if row.service != "snmp"}
    return "open" if "any" in sources else "restricted" if sources else "no"
