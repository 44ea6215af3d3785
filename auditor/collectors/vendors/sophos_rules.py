"""Rules and translations of an exported Sophos Firewall configuration, and what the WAN zone reaches through both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from auditor.collectors.vendors.markup import Part
from auditor.facts import Exposed, Rule, Translation
from auditor.filters import Gate, Service, Target, addresses, network, ports, reach, service, side, span_of, widest
from auditor.values import ABSENT

WAN: Final = "WAN"
_DEEP: Final = 8
_ACTIONS: Final = {"accept": "permit", "drop": "deny", "reject": "deny", "deny": "deny"}
_POLICIES: Final = ("NetworkPolicy", "UserPolicy", "HTTPBasedPolicy")
_BUILT_IN: Final[Mapping[str, tuple[str, ...]]] = {  # services that every box has, where an export leaves them out
    "http": ("tcp/80",), "https": ("tcp/443",), "ssh": ("tcp/22",), "telnet": ("tcp/23",), "ftp": ("tcp/21",),
    "smtp": ("tcp/25",), "smtps": ("tcp/465",), "dns": ("tcp/53", "udp/53"), "rdp": ("tcp/3389",), "ntp": ("udp/123",),
    "imap": ("tcp/143",), "imaps": ("tcp/993",), "pop3": ("tcp/110",), "pop3s": ("tcp/995",), "ldap": ("tcp/389",),
    "snmp": ("udp/161",), "sip": ("tcp/5060", "udp/5060"), "smb": ("tcp/445",), "ping": ("icmp",),
    "syslog": ("udp/514",),
    "ike": ("udp/500",), "esp": ("esp",), "ah": ("ah",), "gre": ("gre",), "icmp": ("icmp",),
}  # fmt: skip
_PROFILES: Final = ("IntrusionPrevention", "WebFilter", "ApplicationControl")


@dataclass(frozen=True, slots=True)
class Names:
    """What rules refer to: hosts and services with their groups, the box's own interfaces and their zones."""

    hosts: Mapping[str, tuple[str, ...]]
    services: Mapping[str, tuple[str, ...]]
    own: Mapping[str, str]
    zones: Mapping[str, str]

    def addresses(self, name: str, depth: int = _DEEP) -> tuple[str, ...]:
        """The addresses behind a name, `#Port2` by that of the port; the name itself where nothing tells them."""
        if name.startswith("#"):
            return (self.own.get(name[1:].partition(":")[0], "") or name,)
        members = self.hosts.get(name)
        if members is None or not depth:
            return (name,)
        found = [text for one in members for text in (self.addresses(one[1:], depth - 1) if one[:1] == "@" else (one,))]
        return tuple(dict.fromkeys(found)) or (name,)

    def asked(self, name: str, depth: int = _DEEP) -> tuple[str, ...]:
        """The services behind a name; the name itself where nothing tells them."""
        if name.lower() == "any":
            return ("any",)
        members = self.services.get(name)
        if members is None or not depth:
            return _BUILT_IN.get(name.lower(), (name,))
        found = [text for one in members for text in (self.asked(one[1:], depth - 1) if one[:1] == "@" else (one,))]
        return tuple(dict.fromkeys(found)) or (name,)

    def zone_behind(self, host: str) -> str:
        """The zone of the interface in whose network a host stands, "" where none does."""
        span = span_of(host)
        for text, zone in self.zones.items():
            place = span_of(text)
            if span and place and place[0] == span[0] and place[1] <= span[1] and span[2] <= place[2]:
                return zone
        return ""


def names(root: Part) -> Names:
    hosts = {one.text("Name"): tuple(_spans(one)) for one in root.rows("IPHost")}
    hosts |= {one.text("Name"): (one.text("FQDN"),) for one in root.rows("FQDNHost")}
    for kind, path in (("IPHostGroup", "HostList/Host"), ("FQDNHostGroup", "FQDNHostList/FQDNHost")):
        hosts |= {one.text("Name"): tuple(f"@{row.text()}" for row in one.rows(path)) for one in root.rows(kind)}
    services = {one.text("Name"): tuple(_services(one)) for one in root.rows("Services")}
    services |= {one.text("Name"): tuple(f"@{row.text()}" for row in one.rows("ServiceList/Service"))
                 for one in root.rows("ServiceGroup")}  # fmt: skip
    own: dict[str, str] = {}
    zones: dict[str, str] = {}
    for one in (*root.rows("Interface"), *root.rows("VLAN"), *root.rows("LAG")):
        address = one.text("IPAddress")
        if span_of(address):
            own |= dict.fromkeys(filter(None, (one.text("Name"), one.text("Hardware"))), address)
            if inside := network(address, mask(one.text("Netmask"))):
                zones[inside] = one.said("NetworkZone", "Zone")
    return Names(hosts, services, own, zones)


def mask(text: str) -> str:
    """`255.255.255.0`, or `/24(255.255.255.0)` as the pages write it."""
    found = re.search(r"(?:\d+\.){3}\d+|\d+", text)
    return found[0] if found else ""


def _spans(one: Part) -> Iterator[str]:
    kind, address = one.text("HostType"), one.text("IPAddress")
    if kind == "IPRange":
        yield f"{one.text('StartIPAddress')}-{one.text('EndIPAddress')}"
    elif kind == "IPList":
        yield from filter(None, (text.strip() for text in one.text("ListOfIPAddresses").split(",")))
    elif kind == "Network":
        yield network(address, mask(one.text("Subnet"))) or address
    elif address:
        yield address


def _services(one: Part) -> Iterator[str]:
    """Ports by their protocol; ICMP and others by their name."""
    for row in one.rows("ServiceDetails/ServiceDetail"):
        kind = row.text("Protocol").lower()
        if kind in ("tcp", "udp"):
            low, _, high = row.text("DestinationPort").replace(":", "-").partition("-")
            if low.isdecimal() and (high or low).isdecimal() and (found := ports(kind, int(low), int(high or low))):
                yield str(found)
        else:
            name = row.text("ProtocolName").lower() or one.text("Type").lower()
            yield name if service(name) else f"protocol {name}"


# ---- rules ----


def rules(root: Part, known: Names) -> tuple[Rule, ...]:
    """The rules in the order of the export, which is that of the box; those of versions before 18 by their old name."""
    rows = [*root.rows("FirewallRule"), *root.rows("SecurityPolicy")]
    return tuple(_rule(one, known) for one in rows if one.text("Name"))


def _policy(one: Part) -> Part:
    return next((part for name in _POLICIES if (part := one.at(name)).there), Part(None))


def _rule(one: Part, known: Names) -> Rule:
    policy = _policy(one)
    name, site = one.text("Name"), policy.text("HostedAddress")
    return Rule(
        id=name,
        action=_ACTIONS.get(policy.text("Action").lower(), "permit" if one.at("HTTPBasedPolicy").there else "deny"),
        name=name,
        enabled=one.text("Status").lower() != "disable",
        from_=_list(policy, "SourceZones/Zone") or ("any",),
        to=_list(policy, "DestinationZones/Zone") or ("any",),
        source=_ends(policy, "SourceNetworks/Network", known),
        destination=known.addresses(site) if site else _ends(policy, "DestinationNetworks/Network", known),
        services=(f"tcp/{_listens(policy)}",) if site else _asked(policy, "Services/Service", known),
        logged=policy.text("LogTraffic").lower() == "enable",
        profiles=tuple(kind for kind in _PROFILES if policy.text(kind).lower() not in ("", "none", "allow all")),
        groups=_list(policy, "Identity/Member") or ABSENT,
        conditions=_conditions(one, policy) or ABSENT,
    )


def _listens(policy: Part) -> int:
    """The port of a web server that the box publishes."""
    return policy.number("ListenPort") or (443 if policy.text("HTTPS").lower() == "enable" else 80)


def _list(policy: Part, path: str) -> tuple[str, ...]:
    return tuple(text for row in policy.rows(path) if (text := row.text()) and text.lower() != "any")


def _ends(policy: Part, path: str, known: Names) -> tuple[str, ...]:
    found = tuple(text for name in _list(policy, path) for text in known.addresses(name))
    return tuple(dict.fromkeys(found)) or ("any",)


def _asked(policy: Part, path: str, known: Names) -> tuple[str, ...]:
    if not policy.there:
        return ("unresolved",)
    found = tuple(text for name in _list(policy, path) for text in known.asked(name))
    return tuple(dict.fromkeys(found)) or ("any",)


def _conditions(one: Part, policy: Part) -> tuple[str, ...]:
    """Hours at which alone a rule counts, what it leaves out, and a kind of rule that is not known here."""
    hours = policy.text("Schedule")
    said = [f"schedule {hours}"] if hours and hours.lower() != "all the time" else []
    left = [row.text() for _, part in policy.at("Exclusions").below() for _, row in part.below() if row.text()]
    said += [f"except {' '.join(left)}"] if left else []
    said += ["web server"] if policy.text("HostedAddress") else []
    said += [] if policy.there else [f"type {one.text('PolicyType')}"]
    return (*said, *([one.text("IPFamily").lower()] if one.text("IPFamily") else []))


# ---- translation ----


def translations(root: Part, known: Names) -> tuple[Translation, ...]:
    """The rules of translation in their order: `Original` leaves a part as it is."""
    found = []
    for one in root.rows("NATRule"):
        moved, source = one.text("TranslatedDestination"), one.text("TranslatedSource")
        kept = moved.lower() in ("", "original")
        port = _port(one, known)
        found.append(
            Translation(
                id=one.text("Name"),
                kind="dynamic" if kept else "static",
                from_=_list(one, "InboundInterfaces/Interface") or ("any",),
                to=_list(one, "OutboundInterfaces/Interface") or ("any",),
                original=_ends(one, "OriginalSourceNetworks/Network", known),
                translated=ABSENT if source.lower() in ("", "original") else ("interface",) if source == "MASQ"
                else known.addresses(source),
                destination=_ends(one, "OriginalDestinationNetworks/Network", known),
                redirected=ABSENT if kept else (known.addresses(moved)[0], *([str(port)] if port else [])),
                services=_asked(one, "OriginalServices/Service", known),
                enabled=one.text("Status").lower() != "disable",
            )
        )  # fmt: skip
    return tuple(found)


def _port(one: Part, known: Names) -> int:
    """The first port of the service that packets are given, 0 where it stays."""
    said = one.text("TranslatedService")
    found = [] if said.lower() in ("", "original") else [service(text) for text in known.asked(said)]
    return found[0].first if found and found[0] is not None and found[0].ported else 0


# ---- what the internet reaches ----


def exposed(root: Part, known: Names) -> tuple[Exposed, ...]:
    """What rules from the WAN open of hosts that are published; they name what was asked and the zone of the host."""
    inward = [one for one in rules(root, known) if one.enabled is True and _from_wan(one)]
    gates = [(one, gate) for one in inward if (gate := _gate(one)) is not None]
    targets = [target for one in translations(root, known) if one.enabled for target in _targets(one)]
    zones = {target.to: zone for target in targets if (zone := known.zone_behind(target.to))}
    every = [gate for _, gate in gates]
    found = [row for row in reach(every, targets) if row.to not in zones]
    for zone in dict.fromkeys(zones.values()):
        here = [gate for one, gate in gates if isinstance(one.to, tuple) and ("any" in one.to or zone in one.to)]
        hosts = [target for target in targets if zones.get(target.to) == zone]
        found += [row for row in reach(here, hosts) if row.to in zones]
    return tuple(row for row in (*widest(found), *_sites(root)) if row.service != "icmp")


def _from_wan(one: Rule) -> bool:
    site = isinstance(one.conditions, tuple) and "web server" in one.conditions
    return isinstance(one.from_, tuple) and bool({"any", WAN} & set(one.from_)) and one.to != (WAN,) and not site


def _gate(one: Rule) -> Gate | None:
    texts = one.services if isinstance(one.services, tuple) else ("any",)
    offered = [service(text) for text in texts]
    vague = isinstance(one.groups, tuple) or any(
        text not in ("ipv4", "ipv6") for text in (one.conditions if isinstance(one.conditions, tuple) else ())
    )
    permit = one.action == "permit"
    if not permit and (None in offered or vague):
        return None  # a refusal of something unknown, or of some alone, closes nothing for sure
    kinds = tuple(kind or Service(f"application {text}") for kind, text in zip(offered, texts, strict=True))
    return Gate(one.id, permit, side(_texts(one.source), permit), side(_texts(one.destination), permit), kinds)


def _texts(part: object) -> Sequence[str]:
    return part if isinstance(part, tuple) else ("any",)


def _targets(one: Translation) -> Iterator[Target]:
    if not isinstance(one.redirected, tuple):
        return
    host, *port = one.redirected
    for text in _texts(one.services):
        asked = service(text) or Service()
        first = int(port[0]) if port else 0
        real = (
            ports(asked.protocol, first, min(65535, first + asked.last - asked.first))
            if port and asked.ported
            else asked
        )
        yield Target(host, addresses(_texts(one.destination)), asked, real or asked, inner=False)


def _sites(root: Part) -> Iterator[Exposed]:
    """Web servers that the box publishes itself."""
    for one in root.rows("FirewallRule"):
        policy = one.at("HTTPBasedPolicy")
        if policy.there and one.text("Status").lower() != "disable":
            secure = policy.text("HTTPS").lower() == "enable"
            host = next((row.text() for row in policy.rows("AccessPaths/AccessPath/backend")), "") or one.text("Name")
            yield Exposed("https" if secure else "http", _listens(policy), "tcp", "any", host, one.text("Name"))
