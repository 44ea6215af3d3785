"""What a FortiGate's configuration decides about remote access, links and its own management."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import forti_links, forti_rules
from auditor.collectors.vendors.blocks import Block, balanced, fortios, looks_whole, secret_class, weak
from auditor.collectors.vendors.forti_rules import Network
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.trees import ended
from auditor.facts import Accounts, Authentication, Pool, Proposal
from auditor.model import Key
from auditor.values import ABSENT, Absent, Message

FACTORY_IDLE_S, FACTORY_SESSION_S = 300, 28_800  # config vpn ssl settings: idle-timeout, auth-timeout
FACTORY_KEYLIFE_S, FACTORY_CHILD_S = 86_400, 43_200  # phase 1 keylife, phase 2 keylifeseconds
PHASES: Final = ("vpn ipsec phase1-interface", "vpn ipsec phase1")
CHILDREN: Final = ("vpn ipsec phase2-interface", "vpn ipsec phase2")


def configuration(output: str) -> Told:
    """`show` or `show full-configuration`, whole or in part: what a part does not show is not told to be absent."""
    if "config " not in output:
        return unread(output)
    tree, strange = fortios(output)
    box = forti_links.merged(tree)
    if not box.tables:
        return unread(output)
    whole = balanced(output) and (looks_whole(output) or ended(output)) and "system interface" in box.tables
    found: dict[Key[Any], Any] = {}
    for part in forti_links.domains(tree):
        _join(found, _remote(part, whole) | _firewall(part, whole) | forti_links.ways(part))
    found |= _plane(box, whole) | forti_links.ports(box, whole) | _saved(box, whole)
    if name := box.table("system global").get("hostname"):
        found[facts.IDENTITY_NAME] = name
    if match := re.search(r"#config-version=([A-Z0-9]+)-(\d+\.\d+\.\d+)", output):
        found |= {facts.IDENTITY_MODEL: match.group(1), facts.IDENTITY_OS_VERSION: match.group(2)}
    missing = _manual(box)
    if whole and facts.FIREWALL_EXPOSED not in found:
        reason = Message("gap.no_outside")
        missing |= {facts.FIREWALL_EXPOSED: reason, facts.ACCESS_MANAGEMENT_FROM_INTERNET: reason}
    return Told(found, strange, missing)


_OPENNESS: Final = ("no", "restricted", "open")


def _join(found: dict[Key[Any], Any], more: dict[Key[Any], Any]) -> None:
    """What a further virtual domain tells: lists grow, and of single facts the widest counts."""
    for key, value in more.items():
        known = found.get(key)
        if known is None:
            found[key] = value
        elif isinstance(value, tuple):
            found[key] = tuple(dict.fromkeys((*known, *value)))
        elif key == facts.ACCESS_MANAGEMENT_FROM_INTERNET:
            found[key] = max(known, value, key=_OPENNESS.index)
        elif key in (facts.VPN_IDLE_TIMEOUT, facts.VPN_MAX_SESSION):
            found[key] = 0 if 0 in (known, value) else max(known, value)
        elif key == facts.VPN_TUNNEL_MODE:
            found[key] = "full" if "full" in (known, value) else known
        else:
            found[key] = min(known, value)


def _saved(tree: Block, whole: bool) -> dict[Key[Any], Any]:
    """FortiOS writes each change at once, unless `cfg-save` says otherwise (CLI reference, config system global)."""
    mode = tree.table("system global").get("cfg-save", "automatic" if whole else "")
    return {facts.CONFIG_UNSAVED: False} if mode == "automatic" else {}


def _manual(tree: Block) -> dict[Key[Any], Message]:
    mode = tree.table("system global").get("cfg-save")
    return {facts.CONFIG_UNSAVED: Message("gap.manual_save")} if mode in ("manual", "revert") else {}


# ---- rules ----


def _firewall(tree: Block, whole: bool) -> dict[Key[Any], Any]:
    found: dict[Key[Any], Any] = {}
    if rules := forti_rules.rules(tree):
        found[facts.FIREWALL_RULES] = rules
    if moved := forti_rules.translations(tree):
        found[facts.FIREWALL_NAT] = moved
    if whole and Network.of(tree).outside:  # without a known outside, nothing is proved about it
        found[facts.FIREWALL_EXPOSED] = forti_rules.exposed(tree)
        if tree.table("system admin").rows:  # from where administrators may come is written there
            found[facts.ACCESS_MANAGEMENT_FROM_INTERNET] = forti_rules.management(tree)
        elif forti_rules.management(tree) == "no":
            found[facts.ACCESS_MANAGEMENT_FROM_INTERNET] = "no"
    return found


# ---- remote access ----


def _remote(tree: Block, whole: bool) -> dict[Key[Any], Any]:
    """SSL VPN where it listens, and IPsec gateways that anybody may dial."""
    found: dict[Key[Any], Any] = {}
    portals, dialled = _portals(tree), _dialled(tree)
    net = Network.of(tree)
    pools = (*_ssl_pools(tree, portals, net), *_ipsec_pools(dialled))
    for key, value in (
        (facts.VPN_POOLS, pools),
        (facts.VPN_PROPOSALS, tuple(_proposals(tree))),
        (facts.VPN_AUTHENTICATION, tuple(_authentication(tree, dialled))),
        (facts.VPN_TRANSPORTS, tuple(_transports(tree, portals, dialled))),
        (facts.VPN_TUNNEL_ROUTES, tuple(dict.fromkeys(_routes(net, portals, dialled)))),
    ):
        if value:
            found[key] = value
    if modes := {
        *map(_mode, portals),
        *("split" if row.get("ipv4-split-include") else "full" for row in dialled.values()),
    }:
        found[facts.VPN_TUNNEL_MODE] = "full" if "full" in modes else "split"
    return found | _timers(tree, whole, portals, dialled) | _tls(tree)


def _portals(tree: Block) -> list[Block]:
    """The portals that somebody is led to, with a tunnel; none where the SSL VPN does not listen."""
    ssl, portals = tree.table("vpn ssl settings"), tree.table("vpn ssl web portal").rows
    if not ssl.settings.get("source-interface") or ssl.get("status", "enable") != "enable":
        return []
    used = {row.get("portal") for row in ssl.table("authentication-rule").rows.values()} | {ssl.get("default-portal")}
    return [row for name, row in portals.items() if name in used and row.get("tunnel-mode") == "enable"]


def _dialled(tree: Block) -> dict[str, Block]:
    """IPsec gateways for peers with any address that hand out addresses or ask for users."""
    return {
        name: row
        for path in PHASES
        for name, row in tree.table(path).rows.items()
        if row.get("type") == "dynamic"
        and (row.get("mode-cfg") == "enable" or row.get("authusrgrp") or row.get("xauthtype"))
    }


def _mode(portal: Block) -> str:
    return "full" if portal.get("split-tunneling", "enable") == "disable" else "split"


def _ssl_pools(tree: Block, portals: Sequence[Block], net: Network) -> Iterator[Pool]:
    """Pools of the portals, else of the settings; one that several name is one."""
    names = {name for row in portals for name in row.settings.get("ip-pools", [])}
    if not names and portals:
        names = set(tree.table("vpn ssl settings").settings.get("tunnel-ip-pools", []))
    for name in sorted(names):
        span = net.pool(name)
        yield Pool(name, *span, addresses=_between(*span)) if span else Pool(name)


def _ipsec_pools(dialled: dict[str, Block]) -> Iterator[Pool]:
    for name, row in dialled.items():
        first, last = row.get("ipv4-start-ip"), row.get("ipv4-end-ip")
        if first and last:
            yield Pool(name, first, last, addresses=_between(first, last))


def _between(first: str, last: str) -> int | Absent:
    try:
        count = int(ipaddress.ip_address(last)) - int(ipaddress.ip_address(first)) + 1
    except ValueError:
        return ABSENT
    return count if count > 0 else ABSENT


def _routes(net: Network, portals: Sequence[Block], dialled: dict[str, Block]) -> Iterable[str]:
    for row in portals:
        if _mode(row) == "split":
            yield from net.addresses(row.settings.get("split-tunneling-routing-address", []))
    for row in dialled.values():
        yield from net.addresses(row.settings.get("ipv4-split-include", []))


def _transports(tree: Block, portals: Sequence[Block], dialled: dict[str, Block]) -> Iterable[str]:
    if portals:
        yield from ("tcp",) if tree.table("vpn ssl settings").get("dtls-tunnel") == "disable" else ("dtls", "tcp")
    if dialled:
        yield "udp"
        if any(row.get("nattraversal", "enable") != "disable" for row in dialled.values()):
            yield "nat-t"


def _timers(tree: Block, whole: bool, portals: Sequence[Block], dialled: dict[str, Block]) -> dict[Key[Any], Any]:
    """The longest timers; 0 where a way in never ends a session. The factory's count in a whole configuration."""
    ssl = tree.table("vpn ssl settings")
    found: dict[Key[Any], Any] = {}
    for key, name, factory, ipsec in (
        (facts.VPN_IDLE_TIMEOUT, "idle-timeout", FACTORY_IDLE_S, _ipsec_idle(dialled)),
        (facts.VPN_MAX_SESSION, "auth-timeout", FACTORY_SESSION_S, [0] if dialled else []),
    ):
        said = ssl.get(name)
        told = [int(said)] if said.isdecimal() and portals else [factory] if portals and whole else []
        both = told + (ipsec if whole else [])
        if both and (bool(told) or not portals):
            found[key] = 0 if 0 in both else max(both)
    return found


def _ipsec_idle(dialled: dict[str, Block]) -> list[int]:
    """Seconds; a dial-up gateway has no idle timer unless it is switched on."""
    return [
        60 * int(row.get("idle-timeoutinterval", "15")) if row.get("idle-timeout") == "enable" else 0
        for row in dialled.values()
        if row.get("idle-timeoutinterval", "15").isdecimal()
    ]


def _tls(tree: Block) -> dict[Key[Any], Any]:
    said = tree.table("vpn ssl settings").get("ssl-min-proto-ver")
    return {facts.VPN_TLS_MINIMUM: tls_name(said)} if said else {}


def tls_name(said: str) -> str:
    """`tls1-2` as `tlsv1.2`."""
    return said.replace("-", ".").replace("tls", "tlsv")


# ---- who may come in ----


def _authentication(tree: Block, dialled: dict[str, Block]) -> Iterator[Authentication]:
    """Each group with what its weakest members need: a token that one of them lacks is none of the group's."""
    ssl = tree.table("vpn ssl settings")
    listens = ssl.settings.get("source-interface") and ssl.get("status", "enable") == "enable"
    forced = ("otp",) if ssl.get("force-two-factor-auth") == "enable" else ()
    for row in ssl.table("authentication-rule").rows.values() if listens else ():
        certificate = ssl.get("reqclientcert") == "enable" or row.get("client-cert") == "enable"
        own = (*forced, *(("certificate",) if certificate else ()))
        for name in row.settings.get("groups", []):
            yield from _ways(name, _members(tree, name), own)
        for name in row.settings.get("users", []):
            yield from _ways(name, [_user(tree, name)], own)
    for name, row in dialled.items():
        signed = row.get("authmethod") in ("signature", "rsa-signature")
        group = row.get("authusrgrp")
        yield from _ways(name, _members(tree, group) if group else [()], ("certificate",) if signed else ("psk",))


def _ways(name: str, members: Sequence[tuple[str, ...]], own: tuple[str, ...]) -> Iterator[Authentication]:
    """A group in one row; members with a local password alone beside others are a way in of their own."""
    bare = [member for member in members if "otp" not in member and "certificate" not in member]
    weakest = bare or members
    passwords = [member for member in bare if member == ("local",)]
    others = [member for member in weakest if member != ("local",)]
    for part in (others, passwords) if others and passwords else (weakest,):
        methods = tuple(dict.fromkeys(method for member in part for method in (*member, *own)))
        if methods:
            yield Authentication(name, methods)


def _members(tree: Block, group: str) -> list[tuple[str, ...]]:
    """How each member of a group proves who it is: servers by their kind, local users one by one."""
    if group in tree.table("user peergrp").rows:
        return [("certificate",)]
    row = tree.table("user group").rows.get(group)
    if row is None:
        return []
    return [_user(tree, member) for member in row.settings.get("member", [])] or [("local",)]


SERVERS: Final = (
    ("radius", "radius"), ("ldap", "ldap"), ("saml", "saml"), ("tacacs+", "tacacs"), ("peer", "certificate"),
)  # fmt: skip


def _user(tree: Block, member: str) -> tuple[str, ...]:
    for kind, said in SERVERS:
        if member in tree.table(f"user {kind}").rows:
            return (said,)
    row = tree.table("user local").rows.get(member)
    if row is None:
        return ()
    kind = row.get("type", "password")
    first = "local" if kind == "password" else kind
    return (first, "otp") if row.get("two-factor", "disable") != "disable" else (first,)


# ---- cryptography ----


def _proposals(tree: Block) -> Iterator[Proposal]:
    """IKE offers, then what their children offer with their own groups (FortiOS: PFS is on unless it is disabled)."""
    uses: dict[str, tuple[str, str]] = {}
    for path in PHASES:
        for name, row in tree.table(path).rows.items():
            use = "remote" if row.get("type") == "dynamic" else "site"
            uses[name] = use, f"ikev{row.get('ike-version', '1')}"
            yield _offer(row, *uses[name], row.get("keylife"), FACTORY_KEYLIFE_S, ABSENT)
    for path in CHILDREN:
        for row in tree.table(path).rows.values():
            if row.get("phase1name") in uses:
                groups = _numbers(row.settings.get("dhgrp", []))
                pfs = 0 if row.get("pfs") == "disable" else min(groups) if groups else ABSENT
                yield _offer(row, *uses[row.get("phase1name")], row.get("keylifeseconds"), FACTORY_CHILD_S, pfs)


def _offer(row: Block, use: str, protocol: str, said: str, factory: int, pfs: int | Absent) -> Proposal:
    pairs = [name.split("-", 1) for name in row.settings.get("proposal", [])]
    digests = [pair[1].removeprefix("prf") for pair in pairs if len(pair) > 1]
    return Proposal(
        use,
        protocol,
        encryption=tuple(dict.fromkeys(_cipher(pair[0]) for pair in pairs)) or ABSENT,
        integrity=tuple(dict.fromkeys(digests)) or ABSENT,
        dh_groups=_numbers(row.settings.get("dhgrp", [])) or ABSENT,
        pfs=pfs,
        lifetime_s=int(said) if said.isdecimal() else factory,
    )


def _numbers(texts: Sequence[str]) -> tuple[int, ...]:
    return tuple(int(text) for text in texts if text.isdecimal())


def _cipher(name: str) -> str:
    match = re.fullmatch(r"aes(\d+)(gcm)?", name)
    return f"aes-{match.group(1)}-{match.group(2) or 'cbc'}" if match else name


# ---- management plane ----


def _plane(tree: Block, whole: bool) -> dict[Key[Any], Any]:
    found: dict[Key[Any], Any] = {}
    rows = tree.table("system interface").rows.values()
    allowed = {kind for row in rows for kind in row.settings.get("allowaccess", [])}
    telnet = "telnet" in allowed and tree.table("system global").get("admin-telnet", "enable") == "enable"
    told: tuple[tuple[Key[Any], Any], ...] = (
        (facts.ACCESS_TELNET, telnet),
        (facts.ACCESS_HTTP, "http" in allowed),
        (facts.ACCESS_SNMP, _snmp(tree)),
        (facts.ACCESS_LOGGING, _logging(tree, whole)),
        (facts.ACCESS_NTP, _ntp(tree)),
    )
    for key, said in told:
        if said or (whole and key != facts.ACCESS_NTP):
            found[key] = said
    if tree.table("system admin").rows:
        found |= _admins(tree)
    if first := tree.table("system global").get("admin-ssh-v1"):
        found[facts.ACCESS_SSH_VERSION] = "1,2" if first == "enable" else "2"
    return found


def _snmp(tree: Block) -> tuple[str, ...]:
    if tree.table("system snmp sysinfo").get("status") == "disable":
        return ()
    found = []
    for row in tree.table("system snmp community").rows.values():
        queries = {row.get(f"query-v{version}-status", "enable") for version in ("1", "2c")}
        if row.get("status") == "disable" or queries == {"disable"}:
            continue
        kind = secret_class(row.get("name"))
        hosts = [host.get("ip") for host in row.table("hosts").rows.values()]
        anybody = not hosts or any(host.startswith("0.0.0.0") for host in hosts)  # noqa: S104 - read
        found.append("v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else
                     "v2c-open" if anybody else "v2c-restricted")  # fmt: skip
    for row in tree.table("system snmp user").rows.values():
        level = {"auth-priv": "v3-authpriv", "auth-no-priv": "v3-auth"}.get(row.get("security-level"), "v3-noauth")
        found.append(level)
    return tuple(dict.fromkeys(found))


def _logging(tree: Block, whole: bool) -> tuple[str, ...]:
    found = [
        table.get("server")
        for path, table in tree.tables.items()
        if re.match(r"log (?:syslogd|fortianalyzer)\d?(?:-cloud)? setting", path) and table.get("status") == "enable"
    ]
    return tuple(dict.fromkeys(server for server in found if server)) or (("local",) if whole else ())


def _ntp(tree: Block) -> tuple[str, ...]:
    table = tree.table("system ntp")
    servers = tuple(row.get("server") for row in table.table("ntpserver").rows.values() if row.get("server"))
    if table.get("ntpsync") == "disable" or not table.settings:
        return ()
    return servers or ("fortiguard",)


def _admins(tree: Block) -> dict[Key[Any], Any]:
    rows = tree.table("system admin").rows.values()
    remote = [row for row in rows if row.get("remote-auth") == "enable"]
    local = [row for row in rows if row.get("remote-auth") != "enable"]
    bad = sum(1 for row in local if weak(secret_class(row.get("password"))))
    return {
        facts.ACCESS_LOCAL_USERS: (Accounts(len(local), bad),),
        facts.ACCESS_CENTRAL_AUTHENTICATION: "remote" if remote else "none",
    }
