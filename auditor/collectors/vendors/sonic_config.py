"""SonicOS over SSH: `show version` and `show current-config`, whose blocks end in `exit`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors import doors, sonic_rules
from auditor.collectors.vendors.blocks import indented, secret_class, weak
from auditor.collectors.vendors.ike_config import GROUPS
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.sonic_words import Block, words
from auditor.collectors.vendors.trees import ended
from auditor.facts import Accounts, Authentication, Exposed, Interface, Pool, Proposal, Route
from auditor.filters import span_of
from auditor.model import Key
from auditor.values import ABSENT, Absent

_FIREWALL: Final = frozenset(
    {"interface", "address-object", "address-group", "service-object", "service-group", "access-rule", "nat-policy"}
)
_DOORS: Final = {"http": 80, "https": 443, "ssh": 22, "snmp": 161}
_CIPHERS: Final = {"triple-des": "3des", "3des": "3des", "des": "des", "none": "null"}


def version(output: str) -> Told:
    """`show version`, or the head of a configuration: a name and a text in quotes on each line."""
    said = dict(re.findall(r'(?m)^\s*([a-z-]+) "?([^"\n]*)"?\s*$', output))
    found = re.match(r"SonicOSX? (?:(?:Enhanced|Standard) )?(\d\S*)", said.get("firmware-version", ""))
    if not found:
        return unread(output)
    told: dict[Key[Any], Any] = {
        facts.IDENTITY_VENDOR: "SonicWall",
        facts.IDENTITY_PLATFORM: "sonicwall",
        facts.IDENTITY_OS_VERSION: line(found[1]),
    }
    told |= {
        key: line(said[name])
        for name, key in (("model", facts.IDENTITY_MODEL), ("serial-number", facts.IDENTITY_SERIAL))
        if said.get(name)
    }
    up = re.search(
        r"(\d+) days?,? *(\d+) hours?,? *(\d+) minutes?,? *(\d+) seconds?", said.get("system-uptime", ""), re.I
    )
    if up:
        days, hours, minutes, seconds = (int(part) for part in up.groups())
        told[facts.SYSTEM_UPTIME] = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return Told(told)


# ---- the configuration ----


@dataclass(frozen=True, slots=True)
class Port:
    """An interface: its zone, its address, and what of the box it answers to."""

    name: str
    zone: str
    address: str
    mask: str
    doors: tuple[str, ...]
    up: bool
    comment: str


def whole(output: str, tree: Block) -> bool:
    """Whether rules and translations came to their end: every box has some of both, and their last block is closed.

    A file without the prompt that followed must go on with something else behind them.
    """
    lines = [row for row in output.splitlines() if row.strip()]
    prompt = bool(lines) and re.fullmatch(r"\S+[>#]\s*", lines[-1]) is not None
    closed = not lines[-1].startswith(" ") or bool(re.fullmatch(r" {1,4}exit\s*", lines[-1])) if lines else False
    kinds = [words(row.text)[0] for row in tree.line.below if row.text != "exit"]
    behind = bool(kinds) and kinds[-1] not in _FIREWALL
    return closed and {"access-rule", "nat-policy"} <= set(kinds) and (ended(output) or prompt or behind)


def configuration(output: str) -> Told:
    """`show current-config`."""
    head = version(output).facts
    tree = Block(indented(output))
    if not head or not tree.any("interface ", "access-rule "):
        return unread(output)
    ports = tuple(_ports(tree))
    told: dict[Key[Any], Any] = {**head, **_named(tree), **_vpn(tree)}
    told |= {facts.INTERFACES: tuple(_interface(port) for port in ports)} if ports else {}
    told |= {facts.ROUTES_DEFAULT: routes} if (routes := tuple(_routes(tree))) else {}
    if not whole(output, tree):
        return Told(told)
    told |= _administration(tree, ports, sure=ended(output))
    own = {port.name: (port.zone, port.address, port.mask) for port in ports}
    names = sonic_rules.names(tree, own)
    told[facts.FIREWALL_RULES] = sonic_rules.rules(tree, names)
    told[facts.FIREWALL_NAT] = sonic_rules.translations(tree, names)
    reached = tuple(_doors(tree, ports, names))
    told[facts.FIREWALL_EXPOSED] = (*sonic_rules.exposed(tree, names), *reached)
    told[facts.ACCESS_MANAGEMENT_FROM_INTERNET] = _reached(reached)
    told[facts.CONFIG_UNSAVED] = False  # SonicOS stores what it applies; the command line stores with `commit`
    return Told(told)


def _named(tree: Block) -> dict[Key[Any], Any]:
    said = tree.after("administration", "firewall-name") or tree.value("firewall-name")
    return {facts.IDENTITY_NAME: said} if said else {}


def _ports(tree: Block) -> Iterator[Port]:
    """`interface X1` with `ip-assignment WAN static` and the address below it, or `zone WAN` beside it."""
    for one in tree.of("interface"):
        if not one.name or one.words[1] == "ipv6":
            continue
        assigned = next((words(row.text) for row in one.all() if row.text.startswith("ip-assignment ")), [])
        zone = assigned[1] if len(assigned) > 1 else one.value("zone")
        address = next((words(row.text) for row in one.all() if re.match(r"ip(?:-address)? \d", row.text)), [])
        mask = next((word for word in address[2:] if span_of(word)), "")
        answers = tuple(
            word for row in one.line.starting("management ") for word in words(row.text)[1:] if word in _DOORS
        )
        first, up = address[1] if address else "", not one.has("shutdown")
        yield Port(_called(one), zone, first, mask, tuple(dict.fromkeys(answers)), up, one.value("comment"))


def _called(one: Block) -> str:
    """The name that rules have for an interface: `interface X2 vlan 88` is X2:V88."""
    said = one.words
    return f"{said[1]}:V{said[3]}" if said[2:3] == ["vlan"] and len(said) > 3 else one.name


def _routes(tree: Block) -> Iterator[Route]:
    """The default route of each interface of the WAN: the gateway that is written, or that a provider hands out."""
    for one in tree.of("interface"):
        assigned = next((words(row.text) for row in one.all() if row.text.startswith("ip-assignment WAN")), [])
        if not one.name or one.words[1] == "ipv6" or not assigned or one.has("shutdown"):
            continue
        gateway = next((words(row.text)[1] for row in one.all() if re.match(r"gateway \d", row.text)), "")
        if gateway and span_of(gateway):
            yield Route("0.0.0.0/0", one.name, gateway, "static")
        elif assigned[-1] in ("dhcp", "pppoe"):
            yield Route("0.0.0.0/0", one.name, protocol=assigned[-1])


def _interface(port: Port) -> Interface:
    return Interface(
        name=port.name,
        alias=port.comment or port.zone or ABSENT,
        admin_up=port.up,
        addresses=(port.address,) if span_of(port.address) else ABSENT,
    )


def joined(known: tuple[Interface, ...], told: tuple[Interface, ...]) -> tuple[Interface, ...]:
    """The rows of the agent and of the configuration, where the agent calls X1 `X1 (WAN)`."""
    long = {row.name.partition(" ")[0]: row.name for row in (*told, *known)}
    renamed = [tuple(replace(row, name=long[row.name.partition(" ")[0]]) for row in rows) for rows in (known, told)]
    return tuple(_short(row) for row in doors.interfaces(renamed[0], renamed[1]))


def _short(row: Interface) -> Interface:
    """A long name keeps the short one beside it: routes of the configuration are told by that."""
    short = row.name.partition(" ")[0]
    free = isinstance(row.description, Absent) or row.description == row.name
    return replace(row, description=short) if free and short != row.name else row


# ---- VPN ----


def _vpn(tree: Block) -> dict[Key[Any], Any]:
    """Policies of Global VPN Client users and of sites, and what the SSL VPN hands out."""
    policies = [one for one in tree.of("vpn", "policy") if one.on]
    offers = tuple(offer for one in policies for offer in _offers(one))
    found: dict[Key[Any], Any] = {facts.VPN_PROPOSALS: tuple(dict.fromkeys(offers))} if offers else {}
    groups = [one for one in policies if one.kind == "group-vpn"]
    methods = (*(_methods(tree, one) for one in groups), *_users(tree))
    if methods:
        found[facts.VPN_AUTHENTICATION] = methods
    profiles = [row for one in tree.of("ssl-vpn", "profile") for row in Block(one.line).of("device-profile")]
    if pools := tuple(pool for one in profiles if (pool := _pool(tree, one))):
        found[facts.VPN_POOLS] = pools
    modes = {
        "full" if row.any("tunnel-all", "client tunnel-all") else "split" for row in profiles if row.says("tunnel-all")
    }
    if modes:
        found[facts.VPN_TUNNEL_MODE] = "full" if "full" in modes else "split"
    return found


def _offers(one: Block) -> Iterator[Proposal]:
    """`proposal ike encryption aes-256` and its like; SonicOS 6.2 writes all of one phase on a line."""
    use = "remote" if one.kind == "group-vpn" else "site"
    said = {phase: _said(one, phase) for phase in ("ike", "ipsec")}
    protocol = "ikev2" if said["ike"].get("exchange", said["ike"].get("ikev2", "")).startswith("ikev2") else "ikev1"
    for phase, told in said.items():
        if cipher := _cipher(told.get("encryption", "")):
            yield Proposal(
                use,
                protocol,
                encryption=(cipher,),
                integrity=(_hash(told["authentication"]),) if told.get("authentication", "none") != "none" else ABSENT,
                dh_groups=(int(told["dh-group"]),) if _group(told) else ABSENT,
                pfs=_pfs(one, told) if phase == "ipsec" else ABSENT,
                lifetime_s=int(told["lifetime"]) if told.get("lifetime", "").isdecimal() else ABSENT,
            )


def _said(one: Block, phase: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in one.line.starting(f"proposal {phase} "):
        rest = words(row.text)[2:]
        found |= dict(itertools.pairwise(rest))
        found |= {"exchange": "ikev2"} if "ikev2" in rest else {}
    return found


def _cipher(text: str) -> str:
    plain = text.lower()
    if found := re.fullmatch(r"aes-?(gcm16|gcm)?-?(128|192|256)", plain):
        return f"aes-{found[2]}-{'gcm' if found[1] else 'cbc'}"
    return _CIPHERS.get(plain, "")


def _hash(text: str) -> str:
    plain = text.lower().replace("-", "")
    return {"sha": "sha1", "aesxcbc": "aes-xcbc"}.get(plain, plain)


def _group(told: Mapping[str, str]) -> bool:
    return told.get("dh-group", "").isdecimal() and int(told["dh-group"]) in GROUPS.values()


def _pfs(one: Block, told: Mapping[str, str]) -> int | Absent:
    if one.has("no proposal ipsec perfect-forward-secrecy"):
        return 0
    return int(told["dh-group"]) if _group(told) and "perfect-forward-secrecy" in told else ABSENT


def _methods(tree: Block, one: Block) -> Authentication:
    """The shared secret or the certificate of a group policy, and the user's own account where XAUTH asks for it."""
    first = "certificate" if "certificate" in one.value("auth-method") else "psk"
    asks = any(
        "xauth" in row.text and not row.text.startswith("no ") for row in one.line.starting("client-auth", "xauth")
    )
    return Authentication(one.name, (first, *(_asked(tree) or ("local",))) if asks else (first,))


_METHOD: Final = re.compile(
    r"(?:user )?(?:authentication )?(?:user-|login-|authentication-)?method "
    r'"?((?:ldap|radius|tacacs)(?:-local)?|local)"?'
)


def _asked(tree: Block) -> tuple[str, ...]:
    """Whom the box asks for the passwords of its users, in its order; none where the configuration does not say."""
    said = next((found[1] for row in tree.all() if (found := _METHOD.fullmatch(row.text))), "")
    return tuple(filter(None, said.split("-")))


def _users(tree: Block) -> Iterator[Authentication]:
    """The users of the SSL VPN, and the second factor that their group or each of them must have."""
    ways = _asked(tree)
    if ways and tree.any("ssl-vpn "):
        second = any(
            row.text.startswith("one-time-password ") and "disabled" not in row.text
            for part in tree.of("user", "local")
            for group in part.of("group")
            if "sslvpn" in group.name.lower()
            for row in group.all()
        )
        yield Authentication("SSL VPN", (*ways, "otp") if second else ways)


def _pool(tree: Block, one: Block) -> Pool | None:
    """The addresses of `network-address ipv4 name "SSLVPN Pool"`."""
    rest = next((words(row.text)[2:] for row in one.line.starting("network-address ipv4 ")), [])
    if len(rest) < 2:
        return None
    texts = sonic_rules.names(tree, {}).hosts(rest[1]) if rest[0] in ("name", "group") else (rest[1],)
    span = span_of(texts[0]) if len(texts) == 1 else None
    if span is None:
        return Pool(rest[1])
    size = span[2] - span[1] + 1
    if "/" in texts[0]:
        return Pool(rest[1], network=texts[0], addresses=max(0, size - 2))
    first, _, last = texts[0].partition("-")
    return Pool(rest[1], first, last or first, addresses=size)


# ---- administration ----


def _administration(tree: Block, ports: Sequence[Port], *, sure: bool) -> dict[Key[Any], Any]:
    found: dict[Key[Any], Any] = {
        facts.ACCESS_TELNET: False,  # SonicOS has none
        facts.ACCESS_HTTP: any("http" in port.doors for port in ports if port.up),
    }
    if (access := tuple(dict.fromkeys(_snmp(tree)))) or (sure and tree.any("snmp")):
        found[facts.ACCESS_SNMP] = access
    if servers := tuple(one.name for part in tree.of("time") for one in part.of("ntp-server") if one.name):
        found[facts.ACCESS_NTP] = servers
    if (logs := tuple(dict.fromkeys(_logging(tree)))) or (sure and tree.any("log")):
        found[facts.ACCESS_LOGGING] = logs or ("local",)
    people = [row for part in tree.of("user", "local") for row in part.of("user") if row.name]
    if people:
        found[facts.ACCESS_LOCAL_USERS] = (Accounts(len({row.name for row in people}) + 1),)  # and the built-in one
    if ways := _asked(tree):
        found[facts.ACCESS_CENTRAL_AUTHENTICATION] = next((way for way in ways if way != "local"), "none")
    pair = [part for part in tree.of("high-availability") if part.says("mode")]
    if pair and all(part.has("no mode") or "none" in part.value("mode") for part in pair):
        found[facts.HA_STATE] = "standalone"
    return found


def _snmp(tree: Block) -> Iterator[str]:
    for part in tree.of("snmp"):
        if not part.has("enable"):
            continue
        for row in part.line.starting("get-community-name "):
            kind = secret_class(row.text)
            yield "v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else "v2c-open"
        for user in part.of("user"):
            levels = [word for child in user.all() for word in words(child.text) if word in ("authpriv", "auth-priv")]
            yield "v3-authpriv" if levels else "v3-auth"


def _logging(tree: Block) -> Iterator[str]:
    """`log syslog` holds `syslog-server 10.0.0.9 …`."""
    for row in tree.all():
        said = re.match(r'(?:log )?syslog(?:-server| server)(?: (?:host|name|ipv4))? "?([\w.:-]+)', row.text)
        if said:
            yield line(said[1])


def _doors(tree: Block, ports: Sequence[Port], names: sonic_rules.Names) -> Iterator[Exposed]:
    """Pages and shell that interfaces of the WAN zone answer to, by the rules that SonicOS adds for them."""
    for port in ports:
        if not port.up or port.zone.upper() != "WAN":
            continue
        for door in port.doors:
            sources = sonic_rules.sources(tree, names, _DOORS[door])
            yield Exposed(
                door, _DOORS[door], "udp" if door == "snmp" else "tcp", from_=", ".join(sources) or "any", to="self"
            )


def _reached(rows: Sequence[Exposed]) -> str:
    if any(row.from_ == "any" for row in rows):
        return "open"
    return "restricted" if rows else "no"


CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.INTERFACES, facts.FIREWALL_RULES, facts.FIREWALL_NAT, facts.FIREWALL_EXPOSED, facts.ACCESS_SNMP,
    facts.ACCESS_MANAGEMENT_FROM_INTERNET, facts.ACCESS_HTTP, facts.ACCESS_LOGGING,
    facts.ACCESS_CENTRAL_AUTHENTICATION,
)  # fmt: skip
"""What a whole configuration tells."""
