"""Fortinet FortiGate: SSL and dial-up users, sessions, portals, policies, published services, management."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.blocks import Block, balanced, fortios, looks_whole, secret_class, weak
from auditor.collectors.vendors.page import Columns, Command, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import number, text
from auditor.facts import Accounts, Authentication, Exposed, Pool, Proposal, Rule
from auditor.filters import WELL_KNOWN
from auditor.model import ABSENT, Key

FG: Final = "1.3.6.1.4.1.12356.101."  # FORTINET-FORTIGATE-MIB
VERSION, CPU, MEMORY, SESSIONS = (FG + f"4.1.{n}.0" for n in (1, 3, 4, 8))
SERIAL: Final = "1.3.6.1.4.1.12356.100.1.1.1.0"
TUNNELS, HA_MODE = FG + "12.1.1.0", FG + "13.1.1.0"
SSL_STATE, SSL_USERS, SSL_PEAK = (FG + f"12.2.3.1.{n}" for n in (1, 2, 3))
HA_SYNC: Final = FG + "13.2.1.1.12"


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Fortinet", facts.IDENTITY_PLATFORM: "fortinet"}
    if said := text(values.get(VERSION, ABSENT)):
        found[facts.IDENTITY_OS_VERSION] = said.partition(",")[0].removeprefix("v")
    if said := text(values.get(SERIAL, ABSENT)):
        found[facts.IDENTITY_SERIAL] = said
    for oid, key in ((CPU, facts.SYSTEM_CPU), (MEMORY, facts.SYSTEM_MEMORY)):
        if isinstance(load := number(values.get(oid, ABSENT)), int) and 0 <= load <= 100:
            found[key] = float(load)
    for oid, counted in ((SESSIONS, facts.FIREWALL_SESSIONS_NOW), (TUNNELS, facts.VPN_TUNNELS_NOW)):
        if isinstance(count := number(values.get(oid, ABSENT)), int):
            found[counted] = count
    if isinstance(mode := number(values.get(HA_MODE, ABSENT)), int):
        found[facts.HA_STATE] = "standalone" if mode == 1 else "active"
    return Told(found)


def _ssl(columns: Columns) -> Told:
    """SSL users, summed over virtual domains; the peak is a high-water mark, never a limit."""
    found: dict[Key[Any], Any] = {}
    for root, key in ((SSL_USERS, facts.VPN_SESSIONS_NOW), (SSL_PEAK, facts.VPN_SESSIONS_PEAK)):
        counts = [count for value in columns.get(root, {}).values() if isinstance(count := number(value), int)]
        if counts:
            found[key] = sum(counts)
    return Told(found)


def status(output: str) -> Told:
    """`get system status`."""
    found: dict[Key[Any], Any] = {}
    if match := re.search(r"^Version: (\S+) v([^,\s]+)", output, re.M):
        found |= {facts.IDENTITY_MODEL: match.group(1), facts.IDENTITY_OS_VERSION: match.group(2)}
        found |= {facts.IDENTITY_VENDOR: "Fortinet", facts.IDENTITY_PLATFORM: "fortinet"}
    for key, label in ((facts.IDENTITY_SERIAL, "Serial-Number"), (facts.IDENTITY_NAME, "Hostname")):
        if match := re.search(rf"^{label}: (\S+)", output, re.M):
            found[key] = match.group(1)
    return Told(found, unparsed=0 if found else len(output.splitlines()))


def monitor(output: str) -> Told:
    """`get vpn ssl monitor`: distinct users of both blocks; zero only where the headers were seen."""
    if "SSL" not in output or "Login Users" not in output:
        return Told(unparsed=len(output.splitlines()))
    users = set()
    for row in output.splitlines():
        match = re.match(r"\s*\d+\s+(\S+)\s+\S+", row)
        if match:
            users.add(match.group(1))
    return Told({facts.VPN_SESSIONS_NOW: len(users)})


# ---- configuration ----


def configuration(output: str) -> Told:
    """`show`: the whole configuration as it is set, without factory values."""
    if not looks_whole(output) or not balanced(output):
        return Told(unparsed=len(output.splitlines()))
    tree, strange = fortios(output)
    tree = _root_domain(tree)
    found: dict[Key[Any], Any] = {
        facts.FIREWALL_RULES: _rules(tree),
        facts.FIREWALL_EXPOSED: _exposed(tree),
        facts.ACCESS_MANAGEMENT_FROM_INTERNET: _management(tree),
        facts.ACCESS_TELNET: _allows(tree, "telnet"),
        facts.ACCESS_HTTP: _allows(tree, "http"),
        facts.ACCESS_SNMP: _snmp(tree),
        facts.ACCESS_LOGGING: _logging(tree),
        facts.ACCESS_LOCAL_USERS: _admins(tree),
        facts.ACCESS_CENTRAL_AUTHENTICATION: _central(tree),
        facts.VPN_PROPOSALS: _proposals(tree),
    }
    found |= _remote(tree)
    if name := tree.table("system global").get("hostname"):
        found[facts.IDENTITY_NAME] = name
    if not _outside(tree):  # without a known outside, nothing is proved about it
        for key in (facts.ACCESS_MANAGEMENT_FROM_INTERNET, facts.FIREWALL_EXPOSED):
            found.pop(key)
    if not tree.table("system admin").rows:  # from where administrators may come is written there
        found.pop(facts.ACCESS_MANAGEMENT_FROM_INTERNET, None)
    if not tree.tables:
        return Told(unparsed=len(output.splitlines()))
    return Told({key: value for key, value in found.items() if value != () or key in _EMPTY_IS_AN_ANSWER}, strange)


_EMPTY_IS_AN_ANSWER: Final = (facts.FIREWALL_EXPOSED, facts.ACCESS_LOGGING, facts.ACCESS_SNMP)


def _root_domain(tree: Block) -> Block:
    """Where virtual domains are on, the global part and the domains in one tree (policies of all of them)."""
    if not tree.table("vdom").rows and not tree.table("global").tables:
        return tree
    merged = Block(dict(tree.settings), dict(tree.tables), dict(tree.rows))
    for part in (tree.table("global"), *tree.table("vdom").rows.values()):
        for path, table in part.tables.items():
            known = merged.tables.setdefault(path, Block())
            known.settings |= table.settings
            known.rows |= table.rows
            known.tables |= table.tables
    return merged


def _rules(tree: Block) -> tuple[Rule, ...]:
    """Policies; no `set action` means deny."""
    return tuple(
        Rule(
            id=id,
            action="permit" if row.get("action") in ("accept", "ipsec") else "deny",
            name=row.get("name") or ABSENT,
            enabled=row.get("status", "enable") == "enable",
            from_=tuple(row.settings.get("srcintf", ["any"])),
            to=tuple(row.settings.get("dstintf", ["any"])),
            source=tuple(_any(name) for name in row.settings.get("srcaddr", ["any"])),
            destination=tuple(_any(name) for name in row.settings.get("dstaddr", ["any"])),
            services=tuple(_any(name) for name in row.settings.get("service", ["any"])),
            logged=row.get("logtraffic", "utm") in ("all", "utm"),
            profiles=tuple(name for name in ("ips-sensor", "av-profile") if row.get(name)),
        )
        for id, row in tree.table("firewall policy").rows.items()
    )


def _any(name: str) -> str:
    return "any" if name.lower() == "all" else name


def _outside(tree: Block) -> tuple[str, ...]:
    found = []
    for name, row in tree.table("system interface").rows.items():
        if row.get("role") == "wan" or re.match(r"wan|ppp|internet", name, re.I):
            found.append(name)
    return tuple(found)


def _exposed(tree: Block) -> tuple[Exposed, ...]:
    """Virtual addresses that an enabled policy accepts from outside, and the SSL VPN itself."""
    found = []
    policies = [r for r in _rules(tree) if r.action == "permit" and r.enabled is True]
    for name, row in tree.table("firewall vip").rows.items():
        used = next((r for r in policies if r.destination is not ABSENT and name in r.destination), None)
        if used is None:
            continue
        port = row.get("extport").partition("-")[0]
        number_ = int(port) if port.isdigit() else 0
        source = used.source[0] if used.source is not ABSENT else "any"
        to = row.get("mappedip").strip('"') or name
        inner = row.get("mappedport").partition("-")[0]
        what = _named(int(inner)) if inner.isdigit() else _named(number_) if number_ else "any"
        found.append(Exposed(what, number_ or ABSENT, row.get("protocol", "tcp"), source, to, used.id))
    ssl = tree.table("vpn ssl settings")
    if ssl.settings.get("source-interface") and ssl.get("status", "enable") == "enable":
        port = ssl.get("port", "443")
        found.append(Exposed("vpn", int(port) if port.isdigit() else 443, "tcp", "any", "gateway", "vpn ssl settings"))
    return tuple(found)


def _named(port: int) -> str:
    return WELL_KNOWN.get(port, str(port))


def _management(tree: Block) -> str:
    worst = "no"
    trusted = all(any(key.startswith("trusthost") for key in row.settings)
                  for row in tree.table("system admin").rows.values())  # fmt: skip
    for name in _outside(tree):
        allowed = set(tree.table("system interface").rows[name].settings.get("allowaccess", []))
        if allowed & {"https", "http", "ssh", "telnet"}:
            worst = "restricted" if trusted and worst == "no" else "open" if not trusted else worst
    return worst


def _allows(tree: Block, name: str) -> bool:
    rows = tree.table("system interface").rows.values()
    return any(name in row.settings.get("allowaccess", []) for row in rows)


def _snmp(tree: Block) -> tuple[str, ...]:
    found = []
    for row in tree.table("system snmp community").rows.values():
        kind = secret_class(row.get("name"))
        hosts = row.table("hosts").rows
        found.append("v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else
                     "v2c-restricted" if hosts else "v2c-open")  # fmt: skip
    for row in tree.table("system snmp user").rows.values():
        level = {"auth-priv": "v3-authpriv", "auth-no-priv": "v3-auth"}.get(row.get("security-level"), "v3-noauth")
        found.append(level)
    return tuple(dict.fromkeys(found))


def _logging(tree: Block) -> tuple[str, ...]:
    found = [
        table.get("server")
        for path, table in tree.tables.items()
        if path.startswith(("log syslogd", "log fortianalyzer")) and table.get("status") == "enable"
    ]
    return tuple(server for server in found if server) or ("local",)


def _admins(tree: Block) -> tuple[Accounts, ...]:
    rows = [row for row in tree.table("system admin").rows.values() if row.get("remote-auth") != "enable"]
    return (Accounts(len(rows), sum(1 for row in rows if weak(secret_class(row.get("password"))))),) if rows else ()


def _central(tree: Block) -> str:
    remote = any(row.get("remote-auth") == "enable" for row in tree.table("system admin").rows.values())
    return "remote" if remote else "none"


def _remote(tree: Block) -> dict[Key[Any], Any]:
    """SSL VPN: portals, pools, timers, groups; absent where it is not configured."""
    ssl, portals = tree.table("vpn ssl settings"), tree.table("vpn ssl web portal").rows
    rules = ssl.table("authentication-rule").rows
    used = {row.get("portal") for row in rules.values()} | {ssl.get("default-portal")}
    chosen = [row for name, row in portals.items() if name in used and row.get("tunnel-mode") == "enable"]
    if not ssl.settings or not chosen:
        return {}
    modes = {"full" if row.get("split-tunneling", "enable") == "disable" else "split" for row in chosen}
    found: dict[Key[Any], Any] = {facts.VPN_TUNNEL_MODE: "full" if "full" in modes else "split"}
    names = {n for row in chosen for n in row.settings.get("ip-pools", [])} or set(
        ssl.settings.get("tunnel-ip-pools", [])
    )
    pools = tuple(pool for name in sorted(names) if (pool := _pool(tree, name)))
    if pools:
        found[facts.VPN_POOLS] = pools
    for key, name in ((facts.VPN_IDLE_TIMEOUT, "idle-timeout"), (facts.VPN_MAX_SESSION, "auth-timeout")):
        if ssl.get(name).isdigit() and ssl.get(name) != "0":
            found[key] = int(ssl.get(name))
    if minimum := ssl.get("ssl-min-proto-ver"):
        found[facts.VPN_TLS_MINIMUM] = minimum.replace("-", ".").replace("tls", "tlsv")
    groups = {name for row in rules.values() for name in row.settings.get("groups", [])}
    methods = tuple(Authentication(name, _methods(tree, name)) for name in sorted(groups))
    if methods:
        found[facts.VPN_AUTHENTICATION] = methods
    return found


def _pool(tree: Block, name: str) -> Pool | None:
    row = tree.table("firewall address").rows.get(name)
    if row is None:
        return None
    first, last = row.get("start-ip"), row.get("end-ip")
    try:
        size = int(ipaddress.ip_address(last)) - int(ipaddress.ip_address(first)) + 1
    except ValueError:
        return Pool(name)
    return Pool(name, first, last, addresses=size)


def _methods(tree: Block, group: str) -> tuple[str, ...]:
    members = tree.table("user group").rows.get(group, Block()).settings.get("member", [])
    found: list[str] = []
    for member in members:
        for kind in ("radius", "ldap", "saml", "tacacs+"):
            if member in tree.table(f"user {kind}").rows:
                found.append(kind)
        local = tree.table("user local").rows.get(member)
        if local is not None:
            found.append("otp" if local.get("two-factor", "disable") != "disable" else "local")
    if "local" in found and "otp" in found:
        found.remove("otp")  # one user without a second factor is enough
    return tuple(dict.fromkeys(found)) or ("local",)


def _proposals(tree: Block) -> tuple[Proposal, ...]:
    found = []
    for row in tree.table("vpn ipsec phase1-interface").rows.values():
        pairs = [name.rpartition("-") for name in row.settings.get("proposal", [])]
        ciphers = tuple(dict.fromkeys(_cipher(cipher or hash_) for cipher, _, hash_ in pairs))
        groups = tuple(int(n) for n in row.settings.get("dhgrp", []) if n.isdigit())
        found.append(
            Proposal(
                "remote" if row.get("type") == "dynamic" else "site",
                f"ikev{row.get('ike-version', '1')}",
                encryption=ciphers or ABSENT,
                integrity=tuple(dict.fromkeys(hash_ for _, _, hash_ in pairs)) or ABSENT,
                dh_groups=groups or ABSENT,
            )
        )
    return tuple(found)


def _cipher(name: str) -> str:
    match = re.fullmatch(r"aes(\d+)(gcm)?", name)
    return f"aes-{match.group(1)}-{match.group(2) or 'cbc'}" if match else name


CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.VPN_POOLS, facts.VPN_PROPOSALS, facts.VPN_AUTHENTICATION, facts.VPN_TUNNEL_MODE, facts.FIREWALL_RULES,
    facts.FIREWALL_EXPOSED, facts.ACCESS_MANAGEMENT_FROM_INTERNET, facts.ACCESS_TELNET, facts.ACCESS_HTTP,
    facts.ACCESS_SNMP, facts.ACCESS_LOGGING,
)  # fmt: skip


def _is_fortigate(identity: Identity) -> bool:
    return f"{identity.sys_object_id}.".startswith(("1.3.6.1.4.1.12356.101.1.", "1.3.6.1.4.1.12356.15."))


FORTIGATE = Vendor(
    name="fortinet",
    platform="fortinet",
    recognise=_is_fortigate,
    scalars=(
        standard.SYSTEM,
        Scalars(
            (VERSION, CPU, MEMORY, SESSIONS, SERIAL, TUNNELS, HA_MODE),
            (facts.IDENTITY_OS_VERSION, facts.SYSTEM_CPU, facts.FIREWALL_SESSIONS_NOW),
            _box,
        ),
    ),
    tables=(
        standard.INTERFACES,
        standard.CHASSIS,
        Table((SSL_STATE, SSL_USERS, SSL_PEAK), (facts.VPN_SESSIONS_NOW,), _ssl),
    ),
    commands=(
        Command("get system status", (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL), status),
        Command("get vpn ssl monitor", (facts.VPN_SESSIONS_NOW,), monitor),
        Command("show", CONFIGURED, configuration, seconds=180),
    ),
    session=(),
    secrets=(
        r"(set (?:password|passwd|psksecret|secret|key|auth-pwd|priv-pwd|passphrase)(?: ENC)?) (\S+)",
        r"(set (?:ldap-pwd|sslvpn-pwd|private-key)(?: ENC)?) (\S+)",
    ),
    hello="get system status",
    recognise_shell=lambda output: bool(re.search(r"^Version: Forti", output, re.M)),
)
