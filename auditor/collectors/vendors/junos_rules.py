"""Junos policies, applications, address books and translation in the normal form, and what the internet reaches."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from auditor.collectors.vendors.trees import Node
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
)
from auditor.values import ABSENT, Absent

FACTORY: Final = {
    "any": ("any",), "junos-http": ("tcp/80",), "junos-https": ("tcp/443",), "junos-http-ext": ("tcp/7001",),
    "junos-ssh": ("tcp/22",), "junos-telnet": ("tcp/23",), "junos-ftp": ("tcp/21",), "junos-tftp": ("udp/69",),
    "junos-smtp": ("tcp/25",), "junos-smtps": ("tcp/465",), "junos-imap": ("tcp/143",), "junos-imaps": ("tcp/993",),
    "junos-pop3": ("tcp/110",), "junos-mail": ("tcp/25",), "junos-dns-tcp": ("tcp/53",), "junos-dns-udp": ("udp/53",),
    "junos-ntp": ("udp/123",), "junos-ldap": ("tcp/389",), "junos-ms-rpc": ("tcp/135", "udp/135"),
    "junos-ms-sql": ("tcp/1433",), "junos-sqlnet-v2": ("tcp/1521",), "junos-smb": ("tcp/139", "tcp/445"),
    "junos-smb-session": ("tcp/445",), "junos-netbios-session": ("tcp/139",), "junos-sip": ("udp/5060", "tcp/5060"),
    "junos-h323": ("tcp/1720",), "junos-ike": ("udp/500",), "junos-ike-nat": ("udp/4500",), "junos-icmp-all": ("icmp",),
    "junos-icmp-ping": ("icmp",), "junos-ping": ("icmp",), "junos-pptp": ("tcp/1723",), "junos-gre": ("gre",),
    "junos-rdp": ("tcp/3389",), "junos-vnc": ("tcp/5900",), "junos-syslog": ("udp/514",), "junos-radius": ("udp/1812",),
    "junos-snmp-agentx": ("tcp/705",), "junos-tcp-any": ("tcp/any",), "junos-udp-any": ("udp/any",),
    "junos-l2tp": ("udp/1701",), "junos-nfs": ("tcp/2049", "udp/2049"), "junos-winframe": ("tcp/1494",),
}  # fmt: skip
"""The applications that every SRX has (Junos, `show configuration groups junos-defaults applications`)."""
PORTS: Final = {"http": 80, "https": 443, "ssh": 22, "telnet": 23, "ftp": 21, "smtp": 25, "domain": 53, "snmp": 161,
                "ntp": 123, "ldap": 389, "imap": 143, "pop3": 110, "sip": 5060, "tftp": 69, "bgp": 179}  # fmt: skip
_WAN: Final = re.compile(r"untrust|outside|internet|^wan|isp", re.I)
_NUMBERS: Final = {"6": "tcp", "17": "udp", "1": "icmp", "50": "esp", "51": "ah", "47": "gre"}


@dataclass(frozen=True, slots=True)
class Network:
    """The names of one configuration, resolved, and the zones and interfaces that face the internet."""

    root: Node
    outside: frozenset[str] = frozenset()
    facing: frozenset[str] = frozenset()

    @classmethod
    def of(cls, root: Node) -> Network:
        facing = frozenset(facing_interfaces(root))
        every = dict(root.rows("security", "zones", "security-zone"))
        faced = {name for name, row in every.items() if _WAN.search(name) or set(row.names("interfaces")) & facing}
        zones = {name for name in faced if not INSIDE.match(name)} or faced
        members = {
            port for name in zones for port in root.names("security", "zones", "security-zone", name, "interfaces")
        }
        return cls(root, frozenset(zones), facing | members)

    # ---- names ----

    def addresses(self, names: Sequence[str], zone: str = "", depth: int = 0) -> tuple[str, ...]:
        """Hosts, networks and ranges behind names of the books that a zone sees."""
        found: list[str] = []
        for name in names:
            if name in ("any", "any-ipv4", "any-ipv6"):
                found.append("any")
                continue
            for book in self._books(zone):
                entry, group = book.at("address", name), book.at("address-set", name)
                if group.below and depth < 20:
                    inner = (*group.names("address"), *group.names("address-set"))
                    found += self.addresses(inner, zone, depth + 1)
                    break
                if entry.below:
                    found.append(_entry(entry) or name)
                    break
            else:
                found.append(name)
        return tuple(dict.fromkeys(found))

    def _books(self, zone: str) -> list[Node]:
        own = self.root.at("security", "zones", "security-zone", zone, "address-book")
        shared = dict(self.root.rows("security", "address-book"))
        attached = [book for book in shared.values() if not zone or zone in book.names("attach", "zone")]
        return [own, *attached, *([shared["global"]] if "global" in shared else [])]

    def services(self, names: Sequence[str], depth: int = 0) -> tuple[str, ...]:
        """The services behind applications and their sets; an unknown one stands for itself."""
        found: list[str] = []
        for name in names:
            group = self.root.at("applications", "application-set", name)
            row = self.root.at("applications", "application", name)
            if group.below and depth < 20:
                found += self.services((*group.names("application"), *group.names("application-set")), depth + 1)
            elif row.below:
                found += _application(row) or (name,)
            else:
                found += FACTORY.get(name, (name,))
        return tuple(dict.fromkeys(found))


def _entry(row: Node) -> str:
    """An address entry: a prefix, a range, a name of the DNS."""
    if row.has("range-address"):
        first = row.value("range-address")
        return f"{first}-{row.value('range-address', first, 'to')}"
    if row.has("dns-name"):
        return row.value("dns-name")
    return next((name for name in row.names() if span_of(name) is not None), "")


def _application(row: Node) -> tuple[str, ...]:
    """An application's protocol and ports, or those of its terms."""
    terms = [term for _, term in row.rows("term")] or [row]
    found = []
    for term in terms:
        words = _flat(term)
        said = words.get("protocol", "")
        protocol = _NUMBERS.get(said, said)
        port = words.get("destination-port", "")
        first, _, last = port.partition("-")
        numbers = [PORTS.get(one, int(one) if one.isdecimal() else -1) for one in (first, last or first)]
        if protocol in ("tcp", "udp", "sctp"):
            known = ports(protocol, *numbers) if port and -1 not in numbers else Service(protocol) if not port else None
            found += [str(known)] if known else []
        elif protocol:
            found.append(protocol)
    return tuple(found)


def _flat(node: Node) -> dict[str, str]:
    """The words of a term in pairs: in the set form one line holds several of them."""
    found: dict[str, str] = {}
    while node.below:
        for name, below in node.rows():
            value = next(iter(below.names()), "")
            found.setdefault(name, value)
        if len(node.below) != 1:
            break
        (name,) = node.below
        value = next(iter(node.below[name].names()), "")
        node = node.below[name].at(value) if value else Node()
    return found


# ---- interfaces ----


def addressed(root: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each logical interface with its IPv4 and IPv6 addresses; "dhcp" where a server tells them."""
    for name, row in root.rows("interfaces"):
        for unit, node in row.rows("unit"):
            inet = node.at("family", "inet")
            found = (*inet.names("address"), *node.names("family", "inet6", "address"))
            dynamic = any(inet.has(way) for way in ("dhcp", "dhcp-client", "negotiate-address"))
            if found or dynamic:
                yield f"{name}.{unit}", (*found, *(("dhcp",) if dynamic else ()))


def beside(ports: Sequence[tuple[str, tuple[str, ...]]], hop: str) -> str:
    """The interface whose network a next hop is in, "" where none is."""
    here = addresses((hop,))
    for name, texts in ports:
        if any(addresses((text,)).meets(here) for text in texts if "/" in text and span_of(text) is not None):
            return name
    return ""


def facing_interfaces(root: Node) -> Iterator[str]:
    """Interfaces with a public address, or whose network holds the gateway of the default route, or a provider's."""
    default = root.at("routing-options", "static", "route", "0.0.0.0/0")
    hops = (*default.names("next-hop"), *default.names("qualified-next-hop"))
    for name, texts in addressed(root):
        hosts = [text.partition("/")[0] for text in texts if text != "dhcp"]
        public = any(span_of(host) is not None and not addresses((host,)).private for host in hosts)
        leads = any(
            addresses((text,)).meets(addresses((hop,)))
            for text in texts
            for hop in hops
            if span_of(hop) and span_of(text)
        )
        dialled = name.startswith(("pp0.", "pt-", "at-", "dl0.")) and "dhcp" in texts
        if public or leads or dialled or name in hops:
            yield name


# ---- rules ----


def _policies(root: Node) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], str, Node]]:
    """(from zones, to zones, id, policy) in the order in which they are tried: those of zones, then the global ones."""
    for source, row in root.rows("security", "policies", "from-zone"):
        for destination, pair in row.rows("to-zone"):
            for name, policy in pair.rows("policy"):
                yield (source,), (destination,), f"{source}/{destination}/{name}", policy
    for name, policy in root.rows("security", "policies", "global", "policy"):
        match = policy.at("match")
        yield match.names("from-zone") or ("any",), match.names("to-zone") or ("any",), f"global/{name}", policy


def _off(root: Node) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], str, Node]]:
    """Deactivated policies: they are rules that somebody keeps, and do nothing."""
    for source, row in root.rows("security", "policies", "from-zone"):
        for destination, pair in row.rows("to-zone"):
            for name, policy in pair.at("policy").below.items():
                if policy.inactive:
                    yield (source,), (destination,), f"{source}/{destination}/{name}", policy


def rules(net: Network) -> tuple[Rule, ...]:
    """Policies, then the default where it permits."""
    found = [_rule(net, *row, enabled=True) for row in _policies(net.root)]
    found += [_rule(net, *row, enabled=False) for row in _off(net.root)]
    if net.root.has("security", "policies", "default-policy", "permit-all"):
        anything = ("any",)
        found.append(Rule("default-policy", "permit", "default-policy", True, *(anything,) * 5, False))
    return tuple(found)


def _rule(net: Network, from_: tuple[str, ...], to: tuple[str, ...], id: str, policy: Node, *, enabled: bool) -> Rule:
    match, then = policy.at("match"), policy.at("then")
    applications = match.names("application") or match.names("dynamic-application") or ("any",)
    source = net.addresses(match.names("source-address"), from_[0]) or ("any",)
    destination = net.addresses(match.names("destination-address"), to[0]) or ("any",)
    services = then.at("permit", "application-services")
    return Rule(
        id=id,
        action="permit" if then.has("permit") else "deny",
        name=id.rpartition("/")[2],
        enabled=enabled and not _expired(net.root, policy.value("scheduler-name")),
        from_=from_,
        to=to,
        source=tuple(f"not {one}" for one in source) if match.has("source-address-excluded") else source,
        destination=tuple(f"not {one}" for one in destination)
        if match.has("destination-address-excluded")
        else destination,
        services=net.services(applications),
        logged=bool(then.names("log")),
        profiles=services.names(),
        groups=match.names("source-identity") or ABSENT,
        conditions=_conditions(policy) or ABSENT,
    )


def _conditions(policy: Node) -> tuple[str, ...]:
    """Hours, applications behind the port, categories: what a policy asks for beside its parts."""
    match, plan = policy.at("match"), policy.value("scheduler-name")
    said = [f"scheduler {plan}"] if plan else []
    names = ("dynamic-application", "url-category", "source-end-user-profile")
    told = ((name, sorted(one for one in match.names(name) if one != "any")) for name in names)
    return (*said, *(f"{name} {' '.join(wanted)}" for name, wanted in told if wanted))


def _without(names: tuple[str, ...], excluded: bool) -> tuple[str, ...]:
    return tuple(f"not {one}" for one in names) if excluded else names


def _expired(root: Node, name: str) -> bool:
    """Whether a scheduler has stopped for good (`stop-date 2015-12-31.23:59`)."""
    row = root.at("schedulers", "scheduler", name) if name else Node()
    said = [stop for start in row.names("start-date") for stop in row.names("start-date", start, "stop-date")]
    try:
        ends = [dt.datetime.strptime(text, "%Y-%m-%d.%H:%M").replace(tzinfo=dt.UTC) for text in said]
    except ValueError:
        return False
    return bool(ends) and max(ends) < dt.datetime.now(dt.UTC)


def counted(output: str) -> dict[str, int]:
    """`show security policies hit-count`: hits by the id of a policy."""
    rows = re.findall(r"^\s*\d+\s+(\S+)\s+(\S+)\s+(\S+)\s+(\d+)(?:\s+\w+)?\s*$", output, re.M)
    return {
        (
            f"global/{name}" if {"global", "junos-global"} & {source, destination} else f"{source}/{destination}/{name}"
        ): int(hits)
        for source, destination, name, hits in rows
    }


# ---- translation ----


def translations(root: Node) -> tuple[Translation, ...]:
    """Static, then destination, then source translation, as the device tries them."""
    found = []
    for kind in ("static", "destination", "source"):
        for set_name, rules_ in root.rows("security", "nat", kind, "rule-set"):
            for name, row in rules_.rows("rule"):
                found.append(_translation(root, kind, rules_, f"{kind}/{set_name}/{name}", row))
    return tuple(found)


def _translation(root: Node, kind: str, set_: Node, id: str, row: Node) -> Translation:
    match, then = row.at("match"), row.at("then")
    host, port = _behind(root, kind, then)
    pool = then.value("source-nat", "pool")
    hidden = ("interface",) if then.has("source-nat", "interface") else (pool,) if pool else ()
    asked = match.names("destination-port")
    return Translation(
        id=id,
        kind="dynamic" if kind == "source" else "static",
        from_=tuple(name for way in ("zone", "interface") for name in set_.names("from", way)) or ("any",),
        to=tuple(name for way in ("zone", "interface") for name in set_.names("to", way)) or ("any",),
        original=match.names("source-address") or ("any",),
        translated=hidden or ABSENT,
        destination=match.names("destination-address") or match.names("destination-address-name") or ("any",),
        redirected=(host, *([f"port {port}"] if port else ())) if host else ABSENT,
        services=tuple(f"port {one}" for one in asked) or ABSENT,
        enabled=True,
    )


def _behind(root: Node, kind: str, then: Node) -> tuple[str, str]:
    """The host and the port that a rule leads to."""
    if kind == "static":
        prefix = then.value("static-nat", "prefix") or then.value("static-nat", "prefix-name")
        node = then.at("static-nat", "prefix", prefix)
        return prefix, node.value("mapped-port") or then.value("static-nat", "mapped-port")
    if kind == "destination":
        pool = root.at("security", "nat", "destination", "pool", then.value("destination-nat", "pool"))
        host = next((name for name in pool.names("address") if span_of(name) is not None), "")
        return host, pool.value("address", "port") or pool.value("address", host, "port") or pool.value("port")
    return "", ""


def _targets(net: Network) -> Iterator[Target]:
    """Hosts that a static or destination translation from outside leads to; policies name them as they are inside."""
    for kind in ("static", "destination"):
        for _, set_ in net.root.rows("security", "nat", kind, "rule-set"):
            places = (
                *set_.names("from", "zone"),
                *set_.names("from", "interface"),
                *set_.names("from", "routing-instance"),
            )
            if not set(places) & (net.outside | net.facing):
                continue
            for _, row in set_.rows("rule"):
                host, port = _behind(net.root, kind, row.at("then"))
                if not host:
                    continue
                plain = host.removesuffix("/32")
                for asked in _asked(row.at("match")):
                    real = _real(asked, port)
                    yield Target(plain, addresses((plain,)), asked, real)


def _asked(match: Node) -> list[Service]:
    """The ports of a translation; without a protocol they are of tcp and of udp."""
    said = match.at("destination-port")
    if not said.below:
        return [ANY_SERVICE]
    kinds = [_NUMBERS.get(name, name) for name in match.names("protocol")] or ["tcp", "udp"]
    spans = [(first, said.value(first, "to") or first) for first in said.names()]
    return [one for kind in kinds for first, last in spans if first.isdecimal() and last.isdecimal()
            and (one := ports(kind, int(first), int(last))) is not None]  # fmt: skip


def _real(asked: Service, port: str) -> Service:
    if not port.isdecimal() or not asked.ported:
        return asked
    first = int(port)
    return Service(asked.protocol, first, min(first + asked.last - asked.first, 65535))


# ---- what the internet reaches ----


def _gates(net: Network) -> list[Gate]:
    found = []
    for rule in rules(net):
        from_ = rule.from_ if isinstance(rule.from_, tuple) else ()
        inbound = "any" in from_ or bool(set(from_) & net.outside)
        if rule.enabled is not True or not inbound or rule.to == ("junos-host",):
            continue
        known = [service(text) for text in rule.services] if isinstance(rule.services, tuple) else [ANY_SERVICE]
        if rule.action != "permit" and (None in known or _vague(rule)):
            continue  # a refusal of something unknown closes nothing for sure
        services = tuple(one or ANY_SERVICE for one in known)
        to = rule.to if isinstance(rule.to, tuple) else ("any",)
        sides = _plain(rule.source), _plain(rule.destination)
        found.append(Gate(rule.id, rule.action == "permit", *sides, services, ways(from_, net.outside), ways(to)))
    return found


def _vague(rule: Rule) -> bool:
    """Whether it takes less than its parts say: all but some addresses, some users, some hours."""
    apart = isinstance(rule.conditions, tuple) or isinstance(rule.groups, tuple)
    return apart or _excepts(rule.source) or _excepts(rule.destination)


def _excepts(texts: tuple[str, ...] | Absent) -> bool:
    return isinstance(texts, tuple) and any(text.startswith("not ") for text in texts)


def _plain(texts: tuple[str, ...] | Absent) -> Addresses:
    return EVERYWHERE if not isinstance(texts, tuple) or _excepts(texts) else addresses(texts)


def exposed(net: Network) -> tuple[Exposed, ...]:
    """What policies and translation let in together, and the box's own listeners that face the internet."""
    return (*reach(_gates(net), tuple(_targets(net))), *listeners(net))


_DOORS: Final = {"ssh": 22, "telnet": 23, "http": 80, "https": 443, "snmp": 161, "ftp": 21, "netconf": 830}


def listeners(net: Network) -> Iterator[Exposed]:
    """Services of the box that a zone or an interface facing the internet lets in and the system offers."""
    for zone, row in net.root.rows("security", "zones", "security-zone"):
        if zone not in net.outside:
            continue
        for interface, own in row.rows("interfaces"):
            node = own.at("host-inbound-traffic") if own.has("host-inbound-traffic") else row.at("host-inbound-traffic")
            yield from _answers(net, zone, interface, node.at("system-services"))


def _judged(net: Network, zone: str, one: Service) -> str:
    """From where the policies towards the box itself let a service in: "any" where none takes it, "" where refused."""
    for rule in rules(net):
        mine = isinstance(rule.from_, tuple) and ("any" in rule.from_ or zone in rule.from_)
        if rule.enabled is not True or not mine or rule.to != ("junos-host",) or not isinstance(rule.services, tuple):
            continue
        if not any(offered.covers(one) for offered in map(service, rule.services) if offered):
            continue
        everybody = _plain(rule.source).everything and not _vague(rule)
        if rule.action == "permit":
            return "any" if everybody or not isinstance(rule.source, tuple) else rule.source[0]
        if everybody:
            return ""
    return "any"


def _answers(net: Network, zone: str, interface: str, services: Node) -> Iterator[Exposed]:
    named = set(services.names())
    excepted = {name for name, row in services.rows() if row.has("except")}
    everything = bool(named & {"all", "any-service"})
    rule = f"host-inbound-traffic {interface}"
    for name, port in _DOORS.items():
        if (name in named or everything) and name not in excepted and _offers(net.root, name, interface):
            protocol = "udp" if name == "snmp" else "tcp"
            judged, filtered = _judged(net, zone, Service(protocol, port, port)), _source(net.root)
            if judged:
                yield Exposed(name, port, protocol, judged if filtered == "any" else filtered, interface, rule)
    if ("ike" in named or everything) and net.root.has("security", "ike", "gateway"):
        yield Exposed("vpn", 500, "udp", "any", interface, rule)
    if ("tcp-encap" in named or everything) and net.root.has("security", "tcp-encap"):
        yield Exposed("vpn", 443, "tcp", "any", interface, rule)


def _offers(root: Node, name: str, interface: str) -> bool:
    """Whether the system runs a service at all, on this interface."""
    services = root.at("system", "services")
    if name in ("http", "https"):
        web = services.at("web-management", name)
        places = web.names("interface")
        return services.has("web-management", name) and (not places or interface in places)
    if name == "snmp":
        return root.has("snmp", "community") or root.has("snmp", "v3")
    return services.has("netconf", "ssh") if name == "netconf" else services.has(name)


def _source(root: Node) -> str:
    """Any, unless a filter on the loopback stands before the box itself."""
    name = root.value("interfaces", "lo0", "unit", "0", "family", "inet", "filter", "input")
    return f"filter {name}" if name else "any"


def management(net: Network) -> str:
    """Whether the box can be managed from the internet: no, restricted (a filter stands before it), open."""
    sources = {row.from_ for row in listeners(net) if row.service in ("ssh", "telnet", "http", "https", "netconf")}
    return "open" if "any" in sources else "restricted" if sources else "no"
