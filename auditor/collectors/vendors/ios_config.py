"""Cisco IOS running configuration: rates, routes, the management plane, and what the internet reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import ios_zones
from auditor.collectors.vendors.blocks import Line, indented, looks_whole, secret_class, weak
from auditor.collectors.vendors.ios_acl import Entry, lists, translations, unread_lines
from auditor.collectors.vendors.ios_names import interface_kind
from auditor.collectors.vendors.ios_vpn import listens, remote_access
from auditor.collectors.vendors.listeners import ssh_offers
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.stamps import differs, saved, stamp
from auditor.facts import Accounts, Exposed, Interface, LinkRate, Route, Rule
from auditor.filters import EVERYWHERE, Gate, Service, addresses, named, network, reach, widest
from auditor.model import Key
from auditor.values import ABSENT, Absent, Message


def configuration(output: str) -> Told:
    """`show running-config`: everything that the configuration decides."""
    if not looks_whole(output):
        return unread(output)
    tree = indented(_BANNER.sub("", output))
    access = lists(tree)
    found: dict[Key[Any], Any] = {
        facts.INTERFACES: tuple(_interfaces(tree)),
        facts.LINK_RATES: _rates(tree),
        facts.LINK_QOS: _qos(tree),
        facts.ROUTES_DEFAULT: tuple(_placed(tree, route) for route in _routes(tree)),
        facts.FIREWALL_RULES: (*_rules(tree, access), *ios_zones.rules(tree, access)),
        facts.ACCESS_HTTP: any(line.text == "ip http server" for line in tree.below),
        facts.ACCESS_SNMP: _snmp(tree),
        facts.ACCESS_LOGGING: _logging(tree),
        facts.ACCESS_NTP: _ntp(tree),
        facts.ACCESS_CENTRAL_AUTHENTICATION: _central(tree),
        facts.ACCESS_LOCAL_USERS: _users(tree),
    }
    if isinstance(telnet := _telnet(tree), bool):
        found[facts.ACCESS_TELNET] = telnet
    if said := tree.after("ip ssh version "):
        found[facts.ACCESS_SSH_VERSION] = said
    kinds = ("kex", "encryption", "mac", "hostkey")
    exchange, ciphers, *others = (tree.after(f"ip ssh server algorithm {kind} ").split() for kind in kinds)
    if algorithms := ssh_offers(exchange, ciphers, [name for names in others for name in names]):
        found[facts.ACCESS_SSH_ALGORITHMS] = algorithms
    if name := tree.after("hostname "):
        found[facts.IDENTITY_NAME] = name
    missing: dict[Key[Any], Message] = {}
    outside, strange = outside_interfaces(tree), unread_lines(tree)
    if outside and not strange:
        found |= _exposure(tree, access, outside)
    elif not outside:  # without a known outside, nothing is proved about it
        reason = Message("gap.no_outside")
        missing |= {facts.FIREWALL_EXPOSED: reason, facts.ACCESS_MANAGEMENT_FROM_INTERNET: reason}
    found |= remote_access(tree, access) | _saved(output)
    return Told(
        {key: value for key, value in found.items() if value != () or key in _NONE_IS_AN_ANSWER}, strange, missing
    )


def section(output: str) -> Told:
    """`show running-config | section …`, `show running-config interface …`: a part, which proves nothing absent."""
    tree = indented(_BANNER.sub("", output))
    if not tree.below:
        return unread(output)
    access = lists(tree)
    found: dict[Key[Any], Any] = {
        facts.LINK_RATES: tuple(rate for rate in _rates(tree) if "(" not in rate.interface),
        facts.ROUTES_DEFAULT: tuple(_placed(tree, route) for route in _routes(tree)),
        facts.FIREWALL_RULES: _rules(tree, access),
        facts.ACCESS_SNMP: _snmp(tree),
        facts.ACCESS_NTP: _ntp(tree),
        **remote_access(tree, access),
    }
    if _telnet(tree) is True:
        found[facts.ACCESS_TELNET] = True
    return Told({key: value for key, value in found.items() if value != ()})


_BANNER: Final = re.compile(r"^banner \S+ (\^C|\S).*?\1.*?$", re.M | re.S)  # whatever it says is no configuration
_NONE_IS_AN_ANSWER: Final = (facts.FIREWALL_EXPOSED, facts.ACCESS_LOGGING, facts.ACCESS_SNMP, facts.ACCESS_NTP)

CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.LINK_RATES, facts.LINK_QOS, facts.ROUTES_DEFAULT, facts.FIREWALL_RULES, facts.FIREWALL_EXPOSED,
    facts.ACCESS_TELNET, facts.ACCESS_HTTP, facts.ACCESS_SNMP, facts.ACCESS_LOGGING, facts.ACCESS_NTP,
    facts.ACCESS_CENTRAL_AUTHENTICATION, facts.ACCESS_LOCAL_USERS, facts.ACCESS_MANAGEMENT_FROM_INTERNET,
    facts.VPN_PROPOSALS,
)  # fmt: skip


def _named(line: Line) -> str:
    """`interface Dialer1`, `interface ATM0/0.32 point-to-point`: the name alone."""
    return line.words[1] if len(line.words) > 1 else ""


def _up(tree: Line) -> Iterator[Line]:
    """The interfaces that are not shut down."""
    return (line for line in tree.starting("interface ") if not any(below.text == "shutdown" for below in line.below))


def _interfaces(tree: Line) -> Iterator[Interface]:
    """What is configured of each interface; whether it works, only the device tells."""
    for line in tree.starting("interface "):
        addresses = tuple(
            re.findall(r"^ip address (\d+\.\d+\.\d+\.\d+)", "\n".join(below.text for below in line.below), re.M)
        )
        yield Interface(
            name=_named(line),
            alias=line.after("description ") or ABSENT,
            kind=interface_kind(_named(line)),
            admin_up=not any(below.text == "shutdown" for below in line.below),
            addresses=addresses or ABSENT,
        )


# ---- rates and quality of service ----


def _rates(tree: Line) -> tuple[LinkRate, ...]:
    """Per interface: the shaper or policer of its policies, ATM shaping, its bandwidth statement.

    A policy with a shaper that nothing applies is told under its own name: it holds no link to a rate.
    """
    policies = {line.words[1]: line for line in tree.starting("policy-map ") if len(line.words) == 2}
    found, applied = [], set[str]()
    for line in tree.starting("interface "):
        name = _named(line)
        for direction in ("output", "input"):
            attached = [one.text.split()[-1] for one in _attached(line, direction)]
            applied |= {below for one in attached for below in _nested(policies, one, frozenset())}
            for one in attached:
                found += _policy_rate(name, policies.get(one), direction)
        for below in (deeper for one in line.below for deeper in (one, *one.below)):
            if match := re.match(r"(?:vbr-nrt|vbr-rt|cbr|ubr) (\d+)", below.text):
                found.append(LinkRate(name, "shaper", up_bps=int(match.group(1)) * 1000))
            elif match := re.match(r"(?:traffic-shape rate|rate-limit (?:output|input)) (\d+)", below.text):
                found.append(_limit(name, below.text, int(match.group(1))))
        if match := re.match(r"(?:receive )?(\d+)", line.after("bandwidth ")):
            kbps = int(match.group(1)) * 1000
            found.append(LinkRate(name, "bandwidth", kbps, kbps))
    for name, line in policies.items():
        if name not in applied and (rate := _top(line, _SHAPE)):
            found.append(LinkRate(f"{name} (not applied)", "shaper", up_bps=rate))
    return tuple(dict.fromkeys(found))


_SHAPE: Final = r"shape (?:average|peak) (\d+)"
_POLICE: Final = r"police (?:cir |rate )?(\d+)(?! ?percent)(?: bps)?"


def _attached(line: Line, direction: str) -> list[Line]:
    """The policies of an interface, those of its circuits included."""
    start = f"service-policy {direction} "
    return [one for below in (line, *line.below) for one in below.starting(start)]


def _policy_rate(name: str, policy: Line | None, direction: str) -> list[LinkRate]:
    if policy is None:
        return []
    if direction == "output" and (rate := _top(policy, _SHAPE)):
        return [LinkRate(name, "shaper", up_bps=rate)]
    if rate := _top(policy, _POLICE):
        return [LinkRate(name, "policer", *((ABSENT, rate) if direction == "output" else (rate, ABSENT)))]
    return []


def _limit(name: str, text: str, rate: int) -> LinkRate:
    if text.startswith("rate-limit input"):
        return LinkRate(name, "policer", down_bps=rate)
    return LinkRate(name, "shaper" if text.startswith("traffic") else "policer", up_bps=rate)


def _top(policy: Line, pattern: str) -> int:
    """The rate of a whole policy: of its class-default, or of the only class that has one; else 0."""
    rates = {
        _named(entry): int(match.group(1))
        for entry in policy.below
        for below in entry.below
        if (match := re.match(pattern, below.text))
    }
    return rates.get("class-default", next(iter(rates.values())) if len(rates) == 1 else 0)


def _nested(policies: Mapping[str, Line], name: str, above: frozenset[str]) -> set[str]:
    """A policy and those applied inside it."""
    if name not in policies or name in above:
        return set()
    inner = [line.words[-1] for line in _deep(policies[name]) if line.text.startswith("service-policy ")]
    return {name}.union(*(_nested(policies, one, above | {name}) for one in inner))


def _deep(line: Line) -> Iterator[Line]:
    """Every line below a line."""
    for below in line.below:
        yield below
        yield from _deep(below)


def _qos(tree: Line) -> str:
    """What the policies on the way out do, nested ones included; one that nothing applies does nothing."""
    policies = {line.words[1]: line for line in tree.starting("policy-map ") if len(line.words) == 2}
    used = {
        below
        for line in tree.starting("interface ")
        for one in _attached(line, "output")
        for below in _nested(policies, one.text.split()[-1], frozenset())
    }
    lines = [below.text for name in used for entry in policies[name].below for below in _deep(entry)]
    shaper = any(re.match(r"shape ", text) for text in lines)
    if shaper and any(text.startswith("priority") for text in lines):
        return "priority+shaper"
    return "marking" if lines else "none"


# ---- routes ----

_DEFAULT: Final = re.compile(r"ip route (?:vrf (\S+) )?0\.0\.0\.0 0\.0\.0\.0 (.+)")


def _routes(tree: Line) -> Iterator[Route]:
    """Static default routes, of the global table before those of a vrf, and addresses that bring one with them."""
    found: list[tuple[str, Route]] = []
    for line in tree.starting("ip route "):
        if (match := _DEFAULT.match(line.text)) and (route := _route(match.group(2).split())) is not None:
            found.append((match.group(1) or "", route))
    for line in _up(tree):
        texts = [below.text for below in line.below]
        if any(text.startswith("ip address dhcp") for text in texts):
            found.append(("", Route("0.0.0.0/0", _named(line), protocol="dhcp")))
        elif any(text.startswith("ppp ipcp route default") for text in texts):
            found.append(("", Route("0.0.0.0/0", _named(line), protocol="ppp")))
    yield from (route for vrf, route in found if not vrf)
    if all(vrf for vrf, _ in found):
        yield from (route for _, route in found)


def _placed(tree: Line, route: Route) -> Route:
    """A route with the interface that its gateway is beside, where it names none itself."""
    if route.interface is not ABSENT or not isinstance(route.gateway, str):
        return route
    return replace(route, interface=_beside(tree, route.gateway) or ABSENT)


def _beside(tree: Line, hop: str) -> str:
    """The interface of the global table whose network a next hop is in, "" where none is known to be."""
    here = addresses((hop,))
    for line in _up(tree):
        if any(below.text.startswith(("vrf forwarding ", "ip vrf forwarding ")) for below in line.below):
            continue
        for words in (below.words for below in line.starting("ip address ")):
            around = network(words[2], words[3]) if len(words) > 3 else ""
            if around and addresses((around,)).meets(here):
                return _named(line)
    return ""


def _route(words: list[str]) -> Route | None:
    """`Dialer1 250`, `172.16.2.254 254 track 8`, `GigabitEthernet0/0 192.0.2.1 name operator`."""
    interface, gateway, distance = "", "", 1
    while words:
        word = words.pop(0)
        if re.fullmatch(r"(?:\d{1,3}\.){3}\d{1,3}", word):
            gateway = gateway or word
        elif word.isdecimal():
            distance = int(word)
        elif word in ("track", "name", "tag"):
            words = words[1:]
        elif not interface and re.match(r"[A-Z]", word):
            interface = word
    if interface.lower().startswith("null") or not (interface or gateway):
        return None
    return Route("0.0.0.0/0", interface or ABSENT, gateway or ABSENT, "static", distance)


# ---- the outside ----

_OUTSIDE: Final = re.compile(r"\b(?:wan\d*|internet|outside|untrust|isp|operator|operateur)\b", re.I)


def outside_interfaces(tree: Line) -> dict[str, str]:
    """Interfaces that face the internet and their address ("" where it is negotiated).

    Those that translate (`ip nat outside`), else those of the default routes, else those named so. A gateway with a
    private address that a route names alone may as well be another router of the house.
    """
    every = {_named(line): line for line in _up(tree)}
    routed = {str(route.interface) for route in _routes(tree)}
    bare = (route.gateway for route in _routes(tree) if route.interface is ABSENT)
    routed |= {_beside(tree, hop) for hop in bare if isinstance(hop, str) and not addresses((hop,)).private}
    for chosen in (
        [name for name, line in every.items() if any(below.text == "ip nat outside" for below in line.below)],
        [name for name in every if name in routed],
        [name for name, line in every.items() if _says_outside(line)],
    ):
        if chosen:
            return {name: _address(every[name]) for name in chosen}
    return {}


def _says_outside(line: Line) -> bool:
    said = " ".join([line.after("description "), line.after("zone-member security ")])
    return bool(_OUTSIDE.search(re.sub(r"[_-]", " ", said)))


def _address(line: Line) -> str:
    match = re.match(r"(\d+\.\d+\.\d+\.\d+) ", line.after("ip address ") + " ")
    return match.group(1) if match else ""


def _rules(tree: Line, access: Mapping[str, list[Entry]]) -> tuple[Rule, ...]:
    """The entries of every list that filters an interface, each list once for all interfaces and each way."""
    bound: dict[tuple[str, str], list[str]] = {}
    for line in tree.starting("interface "):
        for one in line.starting("ip access-group ", "ipv6 traffic-filter "):
            words = one.words
            if len(words) > 3 - one.text.startswith("ipv6") and words[-1] in ("in", "out"):
                bound.setdefault((words[-2], words[-1]), []).append(_named(line))
    found = []
    for (name, way), interfaces in bound.items():
        here = tuple(interfaces)
        for item in access.get(name, ()):
            found.append(item.rule(here, ("any",)) if way == "in" else item.rule(("any",), here))
    return tuple({(rule.id, rule.from_, rule.to): rule for rule in found}.values())


def _exposure(tree: Line, access: Mapping[str, list[Entry]], outside: Mapping[str, str]) -> dict[Key[Any], Any]:
    """What the internet reaches behind and on the router, through the lists of its outside interfaces."""
    exposed: list[Exposed] = []
    levels = []
    targets = translations(tree, outside)
    for name, address in outside.items():
        gates, entry = (_gates(tree, access, name, itself) for itself in (False, True))
        exposed += (
            *reach(gates if targets else named(gates), targets),
            *_listeners(tree, access, entry, name, address),
        )
        levels.append(_management(tree, access, entry, address))
    worst = next(level for level in ("open", "restricted", "no") if level in levels)
    return {facts.FIREWALL_EXPOSED: widest(exposed), facts.ACCESS_MANAGEMENT_FROM_INTERNET: worst}


def _gates(tree: Line, access: Mapping[str, list[Entry]], interface: str, itself: bool) -> tuple[Gate, ...]:
    """What comes in on an interface meets its list, which ends in a refusal; without a list, everything passes."""
    line = next((line for line in tree.starting("interface ") if _named(line) == interface), Line(""))
    names = [one.words[2] for one in line.starting("ip access-group ") if one.words[-1] == "in" and len(one.words) > 3]
    if not names:
        zone = line.after("zone-member security ")
        return ios_zones.gates(tree, access, zone, itself) if zone else (Gate(interface, permit=True),)
    entries = access.get(names[0])
    if not entries:  # a list that does not exist lets everything pass
        return (Gate(names[0], permit=True),)
    return tuple(one.gate() for one in entries if one.counts)


def _admitted(gates: tuple[Gate, ...], one: Service, address: str) -> Gate | None:
    """The first rule that lets anybody use a service of the router itself, else the first that lets somebody.

    None where it is refused, or nothing says so.
    """
    here = addresses((address,)) if address else EVERYWHERE
    some: Gate | None = None
    for gate in gates:
        if not any(offered.covers(one) for offered in gate.services) or not gate.destination.meets(here):
            continue
        if gate.source.everything:
            return gate if gate.permit else some
        if gate.permit:
            some = some or gate
    return some


def _listeners(
    tree: Line, access: Mapping[str, list[Entry]], gates: tuple[Gate, ...], interface: str, address: str
) -> Iterator[Exposed]:
    """The router's own VPN and management services on its outside interface, where the list lets them in."""
    for one, filtered in _services(tree):
        if (gate := _admitted(gates, one, address)) is not None:
            allowed = next((entry.source[0] for entry in access.get(filtered, ()) if entry.permit), "any")
            source = allowed if gate.source.everything else gate.source.texts[0]
            yield Exposed(_ADMINISTERED[one.first], one.first, "tcp", source, interface, gate.rule)
    for one in listens(tree):
        if (gate := _admitted(gates, one, address)) is not None:
            source = "any" if gate.source.everything else gate.source.texts[0]
            yield Exposed("vpn", one.first, one.protocol, source, interface, gate.rule)


def _management(tree: Line, access: Mapping[str, list[Entry]], gates: tuple[Gate, ...], address: str) -> str:
    """Whether telnet, ssh or a web page of the router answers on an outside interface: no, restricted or open."""
    worst = "no"
    for one, filtered in _services(tree):
        gate = _admitted(gates, one, address)
        if gate is None:
            continue
        entries = access.get(filtered) if filtered else None
        anybody = entries is None or any(entry.permit and "any" in entry.source for entry in entries)
        if gate.source.everything and anybody:
            return "open"
        worst = "restricted"
    return worst


_ADMINISTERED: Final = {22: "ssh", 23: "telnet", 80: "http", 443: "https"}


def _services(tree: Line) -> Iterator[tuple[Service, str]]:
    """The management services that are on, each with the list that filters it ("" without one)."""
    lines = tree.starting("line vty")
    for line in lines:
        filtered = next((one.words[1] for one in line.starting("access-class ") if "in" in one.words), "")
        said = line.after("transport input ").split()
        for word, port in (("telnet", 23), ("ssh", 22)):
            if {word, "all"} & set(said) or (not said and word == "ssh"):
                yield Service("tcp", port, port), filtered
    for start, port in (("ip http server", 80), ("ip http secure-server", 443)):
        if any(line.text == start for line in tree.below):
            filtered = tree.after("ip http access-class ").removeprefix("ipv4 ")
            yield Service("tcp", port, port), filtered


# ---- the management plane ----


def _telnet(tree: Line) -> bool | Absent:
    """Telnet answers where a vty line allows it; without a statement it depends on the release, so nobody knows."""
    said = [line.after("transport input ").split() for line in tree.starting("line vty")]
    if any({"telnet", "all"} & set(words) for words in said):
        return True
    return False if said and all(said) else ABSENT


def _snmp(tree: Line) -> tuple[str, ...]:
    found = []
    for line in tree.starting("snmp-server community "):
        kind = secret_class(line.text)
        restricted = line.words[-1].upper() not in ("RO", "RW")
        found.append("v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else
                     "v2c-restricted" if restricted else "v2c-open")  # fmt: skip
    for line in tree.starting("snmp-server group "):
        if " v3 " in f"{line.text} ":
            level = line.words[4] if len(line.words) > 4 else ""
            found.append({"priv": "v3-authpriv", "auth": "v3-auth"}.get(level, "v3-noauth"))
    return tuple(dict.fromkeys(found))


def _logging(tree: Line) -> tuple[str, ...]:
    hosts = [
        line.words[3 if line.words[2] == "ipv6" else 2]
        for line in tree.starting("logging host ")
        if line.words[3:] or line.words[2:] != ["ipv6"]
    ]
    hosts += [line.words[1] for line in tree.starting("logging ") if re.match(r"logging \d+\.\d+", line.text)]
    return tuple(dict.fromkeys(hosts)) or (("local",) if tree.starting("logging buffered") else ())


def _ntp(tree: Line) -> tuple[str, ...]:
    """The servers, whatever options stand before or behind them."""
    options = {"vrf", "ip", "ipv6"}
    found = []
    for line in tree.starting("ntp server ", "ntp peer "):
        words = line.words[2:]
        while words and words[0] in options:
            words = words[2:] if words[0] == "vrf" else words[1:]
        found += words[:1]
    return tuple(dict.fromkeys(found))


def _central(tree: Line) -> str:
    said = tree.after("aaa authentication login default ").split()
    servers = {line.words[-1]: line.words[3] for line in tree.starting("aaa group server ") if len(line.words) > 4}
    said = [servers.get(word, word) for word in said]
    return next((word for word in said if word in ("tacacs+", "radius", "ldap")), "none")


def _users(tree: Line) -> tuple[Accounts, ...]:
    users = {line.words[1]: line for line in tree.starting("username ") if len(line.words) > 1}
    weak_ones = {line.words[1] for line in tree.starting("username ") if weak(secret_class(line.text))}
    return (Accounts(len(users), len(weak_ones)),)


# ---- whether it was saved ----

_STAMP: Final = r"^! {0} at (\d\d:\d\d:\d\d) (\w+) \w{{3}} (\w{{3}} +\d+ \d{{4}})"


def _saved(output: str) -> dict[Key[Any], Any]:
    """From the comments at the top; a configuration that was never saved since the start does not say so."""
    changed, kept = (
        stamp(match[1], match[3], match[2]) if (match := re.search(_STAMP.format(words), output, re.M)) else ""
        for words in ("Last configuration change", "NVRAM config last updated")
    )
    found = saved(kept)
    if changed:
        found[facts.CONFIG_CHANGED] = changed
    if changed and kept and isinstance(differs_ := differs(changed, kept), bool):
        found[facts.CONFIG_UNSAVED] = differs_
    elif re.search(r"^! No configuration change since last restart", output, re.M):
        found[facts.CONFIG_UNSAVED] = False
    return found
