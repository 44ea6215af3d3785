"""Cisco ASA: remote-access sessions, licence, pools, tunnel mode, cryptography, rules and what the internet reaches."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.asa_rules import exposed, management, outside_interfaces, rules
from auditor.collectors.vendors.blocks import Line, indented, looks_whole, secret_class, weak
from auditor.collectors.vendors.page import Command, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import number, text
from auditor.facts import Accounts, Authentication, Pool, Proposal
from auditor.model import ABSENT, Key, Message

CRAS: Final = "1.3.6.1.4.1.9.9.392.1."  # CISCO-REMOTE-ACCESS-MONITOR-MIB
PLATFORM_MAX = CRAS + "1.1.0"  # crasMaxSessionsSupportable; 0: no limit known
IPSEC, IPSEC_PEAK = CRAS + "3.26.0", CRAS + "3.28.0"
L2L = CRAS + "3.29.0"
SVC, SVC_PEAK = CRAS + "3.35.0", CRAS + "3.37.0"
WEB, WEB_PEAK = CRAS + "3.38.0", CRAS + "3.40.0"
CONNECTIONS, CONNECTIONS_PEAK = (f"1.3.6.1.4.1.9.9.147.1.2.2.2.1.5.40.{n}" for n in (6, 7))  # cfwConnectionStatValue
UNIT: Final = "1.3.6.1.4.1.9.9.147.1.2.1.1.1.3.6"  # cfwHardwareStatusValue.primaryUnit: active 9, standby 10
CPU: Final = "1.3.6.1.4.1.9.9.109.1.1.1.1.8"  # cpmCPUTotal5minRev


def _sessions(values: Mapping[Oid, SnmpValue]) -> Told:
    """Remote users only: SVC, clientless and IPsec clients, never site-to-site (crasL2L)."""
    found: dict[Key[Any], Any] = {}
    missing: dict[Key[Any], Message] = {}
    for key, parts in (
        (facts.VPN_SESSIONS_NOW, (SVC, WEB, IPSEC)),
        (facts.VPN_SESSIONS_PEAK, (SVC_PEAK, WEB_PEAK, IPSEC_PEAK)),
    ):
        told = [count for part in parts if isinstance(count := number(values.get(part, ABSENT)), int)]
        if told and parts[0] in values:
            found[key] = sum(told)
    limit = number(values.get(PLATFORM_MAX, ABSENT))
    if isinstance(limit, int) and limit > 0:
        found[facts.VPN_SESSIONS_PLATFORM_MAX] = limit
    elif limit == 0:
        missing[facts.VPN_SESSIONS_PLATFORM_MAX] = Message("gap.unlimited")
    if isinstance(tunnels := number(values.get(L2L, ABSENT)), int):
        found[facts.VPN_TUNNELS_NOW] = tunnels
    return Told(found, missing=missing)


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Cisco", facts.IDENTITY_PLATFORM: "cisco_asa"}
    for oid, key in ((CONNECTIONS, facts.FIREWALL_SESSIONS_NOW), (CONNECTIONS_PEAK, facts.FIREWALL_SESSIONS_PEAK)):
        if isinstance(count := number(values.get(oid, ABSENT)), int):
            found[key] = count
    if version := re.search(r"Version (\S+)", text(values.get(standard.SYS_DESCR, ABSENT))):
        found[facts.IDENTITY_OS_VERSION] = version.group(1)
    unit = number(values.get(UNIT, ABSENT))
    if unit in (9, 10):
        found[facts.HA_STATE] = "active" if unit == 9 else "standby"
    return Told(found)


def _cpu(columns: Mapping[Oid, Mapping[Oid, SnmpValue]]) -> Told:
    loads = [load for value in columns.get(CPU, {}).values() if isinstance(load := number(value), int)]
    return Told({facts.SYSTEM_CPU: float(max(loads))} if loads else {})


# ---- command outputs ----


def version(output: str) -> Told:
    """`show version`: identity and the licence block (0 on one unit of a pair is normal, so 0 tells nothing)."""
    found: dict[Key[Any], Any] = {}
    for key, pattern in (
        (facts.IDENTITY_OS_VERSION, r"Adaptive Security Appliance Software Version (\S+)"),
        (facts.IDENTITY_MODEL, r"^Hardware:\s+([^,\s]+)"),
        (facts.IDENTITY_SERIAL, r"^Serial Number:\s*(\S+)"),
    ):
        if match := re.search(pattern, output, re.M):
            found[key] = match.group(1)
    essentials = re.search(r"^\s*AnyConnect Essentials\s*:\s*Enabled", output, re.M)
    name = (
        "Total VPN" if essentials else r"(?:AnyConnect Premium|SSL VPN|AnyConnect)"
    )  # Essentials lifts to the platform
    peers = re.findall(rf"^\s*{name} Peers\s*:\s*(\d+)", output, re.M)
    if peers and int(peers[-1]) > 0:  # the last block is the cluster's on a pair
        found[facts.VPN_SESSIONS_LICENSED] = int(peers[-1])
    return Told(found)


def licences(output: str) -> Told:
    """`show vpn-sessiondb license-summary`: what is installed, not the capacity beside it, up to the limit set."""
    header = re.search(r"^\s*(Status\s*:.*\bInstalled\b.*)$", output, re.M)
    names = [name.strip() for name in header.group(1).split(":")] if header else []
    rows = re.findall(r"^\s*AnyConnect (?:Premium|Essentials|Apex|Plus)\s*:\s*(.*?)\s*$", output, re.M)
    found = []
    for row in rows:
        cells = dict(zip(names, (cell.strip() for cell in row.split(":")), strict=False))
        counts = [int(cell) for cell in (cells.get("Installed", ""), cells.get("Limit", "")) if cell.isdigit()]
        if cells.get("Status", "").startswith("ENABLED") and cells.get("Installed", "").isdigit():
            found.append(min(counts))
    return Told({facts.VPN_SESSIONS_LICENSED: max(found)}) if found else Told(unparsed=max(1, len(output.splitlines())))


def sessiondb(output: str) -> Told:
    """`show vpn-sessiondb`: active, peak and capacity; sub-rows are already in their parent."""
    found: dict[Key[Any], Any] = {}
    users = [
        (int(m.group(2)), int(m.group(3)))
        for m in re.finditer(
            r"^ {0,8}(AnyConnect Client|Secure Client|Clientless VPN|IKEv[12] IPsec/L2TP IPsec|IPsec Remote Access)"
            r"\s*:\s*(\d+)\s*:\s*\d+\s*:\s*(\d+)",
            output,
            re.M,
        )
    ]
    if "VPN Session Summary" in output:
        found[facts.VPN_SESSIONS_NOW] = sum(now for now, _ in users)
        found[facts.VPN_SESSIONS_PEAK] = sum(peak for _, peak in users)
    if match := re.search(r"Device Total VPN Capacity\s*:\s*(\d+)", output):
        found[facts.VPN_SESSIONS_PLATFORM_MAX] = int(match.group(1))
    if match := re.search(r"^Site-to-Site VPN\s*:\s*(\d+)", output, re.M):
        found[facts.VPN_TUNNELS_NOW] = int(match.group(1))
    return Told(found, unparsed=0 if found else len(output.splitlines()))


def resources(output: str) -> Told:
    """`show resource usage`: the size of the connection table, where it is limited."""
    rows = re.findall(r"^Conns\s+(\d+)\s+(\d+)\s+(\d+|unlimited|N/A)", output, re.M)
    found: dict[Key[Any], Any] = {}
    if rows:
        found[facts.FIREWALL_SESSIONS_NOW] = sum(int(now) for now, _, _ in rows)
        found[facts.FIREWALL_SESSIONS_PEAK] = sum(int(peak) for _, peak, _ in rows)
        if all(limit.isdigit() for _, _, limit in rows):
            found[facts.FIREWALL_SESSIONS_MAX] = sum(int(limit) for _, _, limit in rows)
    missing = {} if facts.FIREWALL_SESSIONS_MAX in found else {facts.FIREWALL_SESSIONS_MAX: Message("gap.unlimited")}
    return Told(found, missing=missing if rows else {}, unparsed=0 if rows else len(output.splitlines()))


# ---- running configuration ----


def configuration(output: str) -> Told:
    """`show running-config`: everything the configuration decides about remote access."""
    if not looks_whole(output):
        return Told(unparsed=len(output.splitlines()))
    tree = indented(output)
    found: dict[Key[Any], Any] = {
        facts.VPN_POOLS: _pools(tree),
        facts.VPN_PROPOSALS: _proposals(tree),
        facts.VPN_AUTHENTICATION: _authentication(tree),
        facts.FIREWALL_RULES: rules(tree),
        facts.FIREWALL_EXPOSED: exposed(tree),
        facts.ACCESS_MANAGEMENT_FROM_INTERNET: management(tree),
        facts.ACCESS_TELNET: any(re.match(r"telnet \S+ \S+ \S+", line.text) for line in tree.below),
        facts.ACCESS_HTTP: bool(tree.starting("http redirect")),
        facts.ACCESS_SNMP: _snmp(tree),
        facts.ACCESS_LOGGING: _logging(tree),
        facts.ACCESS_NTP: tuple(line.words[2] for line in tree.starting("ntp server ") if len(line.words) > 2),
        facts.ACCESS_CENTRAL_AUTHENTICATION: _central(tree),
        facts.ACCESS_LOCAL_USERS: _users(tree),
        facts.ACCESS_SSH_VERSION: "2" if "2" in tree.after("ssh version").split() else "1,2",
    }
    found |= _tunnel(tree)
    if not outside_interfaces(tree):  # without a known outside, nothing is proved about it
        found.pop(facts.ACCESS_MANAGEMENT_FROM_INTERNET)
        found.pop(facts.FIREWALL_EXPOSED)
    if name := tree.after("hostname "):
        found[facts.IDENTITY_NAME] = name
    if not found[facts.VPN_POOLS] and not _groups(tree):
        for key in (facts.VPN_POOLS, facts.VPN_AUTHENTICATION, facts.VPN_PROPOSALS):
            found.pop(key)
    if any(line.text.startswith("ssh version") for line in tree.below) is False:
        found.pop(facts.ACCESS_SSH_VERSION)
    return Told(found)


def _pools(tree: Line) -> tuple[Pool, ...]:
    found = []
    for line in tree.starting("ip local pool "):
        match = re.match(r"ip local pool (\S+) (\S+?)-(\S+?)(?: mask (\S+))?$", line.text)
        if match:
            first, last = match.group(2), match.group(3)
            found.append(Pool(match.group(1), first, last, addresses=_between(first, last)))
    return tuple(found)


def _between(first: str, last: str) -> int:
    return int(ipaddress.ip_address(last)) - int(ipaddress.ip_address(first)) + 1


def _groups(tree: Line) -> dict[str, list[Line]]:
    """Lines of each remote-access tunnel group, by its name."""
    remote = [line.words[1] for line in tree.starting("tunnel-group ") if line.text.endswith("type remote-access")]
    return {name: [below for line in tree.starting(f"tunnel-group {name} ") for below in line.below] for name in remote}


def _policy(tree: Line, name: str, start: str, default: str) -> str:
    """A value of a group policy, inherited from the default policy, then from the factory."""
    for policy in (name, "DfltGrpPolicy"):
        for line in tree.starting(f"group-policy {policy} attributes"):
            if value := line.after(start):
                return value
    return default


_MODES: Final = {"tunnelall": "full", "tunnelspecified": "split", "excludespecified": "selective"}


def _tunnel(tree: Line) -> dict[Key[Any], Any]:
    """Mode, routes and timers of the policies that remote-access groups use; the widest mode on the link speaks."""
    groups = _groups(tree)
    if not groups:
        return {}
    policies = {
        next((line.words[1] for line in lines if line.text.startswith("default-group-policy ")), "DfltGrpPolicy")
        for lines in groups.values()
    }
    modes = {_MODES.get(_policy(tree, policy, "split-tunnel-policy ", "tunnelall"), "full") for policy in policies}
    found: dict[Key[Any], Any] = {facts.VPN_TUNNEL_MODE: next(m for m in ("full", "selective", "split") if m in modes)}
    routes = tuple(route for policy in sorted(policies) for route in _routes(tree, policy))
    if routes:
        found[facts.VPN_TUNNEL_ROUTES] = routes
    for key, start, default in (
        (facts.VPN_IDLE_TIMEOUT, "vpn-idle-timeout ", "30"),
        (facts.VPN_MAX_SESSION, "vpn-session-timeout ", "none"),
    ):
        minutes = [_policy(tree, policy, start, default).split()[0] for policy in sorted(policies)]
        if all(value.isdigit() for value in minutes):
            found[key] = max(int(value) for value in minutes) * 60
    webvpn = next(iter(tree.starting("webvpn")), Line(""))
    if webvpn.starting("enable "):
        found[facts.VPN_TRANSPORTS] = ("tcp",) if webvpn.starting("no dtls", "dtls disable") else ("dtls", "tcp")
    mss = tree.after("sysopt connection tcpmss ").split()
    found[facts.VPN_MSS] = int(mss[0]) if mss and mss[0].isdigit() else 1380  # the factory value
    minimum = tree.after("ssl server-version ").split()
    if minimum:
        found[facts.VPN_TLS_MINIMUM] = minimum[0]
    return found


def _routes(tree: Line, policy: str) -> Iterable[str]:
    name = _policy(tree, policy, "split-tunnel-network-list value ", "")
    if not name:
        return
    for line in tree.starting(f"access-list {name} "):
        match = re.search(r"permit (?:ip )?(\d\S+) (\d\S+)", line.text)
        if match:
            yield str(ipaddress.ip_network(f"{match.group(1)}/{match.group(2)}", strict=False))


_CIPHERS: Final = {"aes": "aes-128-cbc", "aes-192": "aes-192-cbc", "aes-256": "aes-256-cbc", "3des": "3des"}


def _cipher(name: str) -> str:
    name = name.removeprefix("esp-")
    gcm = re.fullmatch(r"aes-gcm(?:-(\d+))?", name)
    return f"aes-{gcm.group(1) or 128}-gcm" if gcm else _CIPHERS.get(name, name)


def _hash(name: str) -> str:
    name = name.removeprefix("esp-").removesuffix("-hmac")
    return {"sha": "sha1", "sha-1": "sha1", "sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}.get(
        name, name
    )


def _proposals(tree: Line) -> tuple[Proposal, ...]:
    """IKE policies, IPsec proposals and TLS; `use` is remote where remote-access groups exist."""
    use = "remote" if _groups(tree) else "site"
    pfs = [line for line in tree.starting("crypto dynamic-map", "crypto map") if " set pfs" in line.text]
    found = []
    for line in tree.starting("crypto ikev1 policy ", "crypto ikev2 policy "):
        found.append(
            Proposal(
                use,
                line.words[1],
                encryption=tuple(_cipher(name) for name in line.after("encryption ").split()) or ABSENT,
                integrity=_integrity(line),
                dh_groups=tuple(int(n) for n in line.after("group ").split() if n.isdigit()) or ABSENT,
                pfs=_group(pfs[0].text) if pfs else 0,
                lifetime_s=_seconds(line.after("lifetime ")),
            )
        )
    for line in tree.starting("crypto ipsec ikev2 ipsec-proposal "):
        found.append(
            Proposal(
                use,
                "ikev2",
                encryption=tuple(_cipher(name) for name in line.after("protocol esp encryption ").split()) or ABSENT,
                integrity=tuple(_hash(name) for name in line.after("protocol esp integrity ").split()) or ABSENT,
                pfs=_group(pfs[0].text) if pfs else 0,
            )
        )
    for line in tree.starting("crypto ipsec ikev1 transform-set "):
        parts = [word for word in line.words[5:] if word.startswith("esp-")]
        hashes = tuple(_hash(word) for word in parts if word.endswith(("hmac", "none")))
        ciphers = tuple(_cipher(word) for word in parts if not word.endswith(("hmac", "none")))
        found.append(Proposal(use, "ikev1", encryption=ciphers or ABSENT, integrity=hashes or ABSENT))
    return tuple(found)


def _integrity(line: Line) -> Any:
    said = line.after("integrity ") or line.after("hash ")
    return tuple(_hash(name) for name in said.split()) or ABSENT


def _group(text: str) -> int:
    match = re.search(r"set pfs group(\d+)", text)
    return int(match.group(1)) if match else 14


def _seconds(said: str) -> Any:
    digits = [word for word in said.split() if word.isdigit()]
    return int(digits[0]) if digits else ABSENT


def _authentication(tree: Line) -> tuple[Authentication, ...]:
    protocols = {
        line.words[1]: line.words[3] for line in tree.starting("aaa-server ") if line.words[2:3] == ["protocol"]
    }
    found = []
    for name, lines in _groups(tree).items():
        methods: list[str] = []
        texts = [line.text for line in lines]
        how = next((text.split()[1:] for text in texts if text.startswith("authentication ")), ["aaa"])
        servers = [text.split() for text in texts if text.startswith("authentication-server-group")]
        if "aaa" in how:
            server = next((word for words in servers for word in words[1:] if not word.startswith("(")), "LOCAL")
            methods.append("local" if server == "LOCAL" else protocols.get(server, "aaa"))
        methods += [word for word in ("certificate", "saml") if word in how]
        if any(text.startswith("secondary-authentication-server-group") for text in texts):
            methods.append("otp")
        if any("pre-shared-key" in text for text in texts):
            methods.append("psk")
        found.append(Authentication(name, tuple(dict.fromkeys(methods))))
    return tuple(found)


# ---- management plane ----


def _snmp(tree: Line) -> tuple[str, ...]:
    found = []
    for line in tree.starting("snmp-server host "):
        if "version 3" in line.text:
            continue
        kind = secret_class(line.text)
        found.append(
            f"v2c-{'guessable' if weak(kind) and kind != 'default' else 'default' if weak(kind) else 'restricted'}"
        )
    if not found:
        for line in tree.starting("snmp-server community "):
            kind = secret_class(line.text)
            found.append("v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else "v2c-restricted")
    for line in tree.starting("snmp-server group "):
        level = line.words[-1]
        found.append({"priv": "v3-authpriv", "auth": "v3-auth"}.get(level, "v3-noauth"))
    return tuple(dict.fromkeys(found))


def _logging(tree: Line) -> tuple[str, ...]:
    if not any(line.text == "logging enable" for line in tree.below):
        return ()
    hosts = tuple(line.words[3] for line in tree.starting("logging host ") if len(line.words) > 3)
    return hosts or (("local",) if tree.starting("logging buffered", "logging asdm") else ())


def _central(tree: Line) -> str:
    words = tree.after("aaa authentication ssh console ").split()
    return "none" if not words or words[0] == "LOCAL" else words[0]


def _users(tree: Line) -> tuple[Accounts, ...]:
    users = [line for line in tree.starting("username ") if "attributes" not in line.words]
    return (Accounts(len(users), sum(1 for line in users if weak(secret_class(line.text)))),)


CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.VPN_POOLS, facts.VPN_PROPOSALS, facts.VPN_AUTHENTICATION, facts.VPN_TUNNEL_MODE, facts.VPN_IDLE_TIMEOUT,
    facts.FIREWALL_RULES, facts.FIREWALL_EXPOSED, facts.ACCESS_MANAGEMENT_FROM_INTERNET, facts.ACCESS_TELNET,
    facts.ACCESS_HTTP, facts.ACCESS_SNMP, facts.ACCESS_LOGGING, facts.ACCESS_CENTRAL_AUTHENTICATION,
    facts.ACCESS_LOCAL_USERS,
)  # fmt: skip


def _is_asa(identity: Identity) -> bool:
    return bool(re.search(r"Cisco (Adaptive|Industrial) Security Appliance", identity.sys_descr))


CISCO_ASA = Vendor(
    name="cisco",
    platform="cisco_asa",
    recognise=_is_asa,
    scalars=(
        standard.SYSTEM,
        Scalars(
            (PLATFORM_MAX, IPSEC, IPSEC_PEAK, L2L, SVC, SVC_PEAK, WEB, WEB_PEAK),
            (facts.VPN_SESSIONS_NOW, facts.VPN_SESSIONS_PEAK, facts.VPN_SESSIONS_PLATFORM_MAX),
            _sessions,
        ),
        Scalars(
            (standard.SYS_DESCR, CONNECTIONS, CONNECTIONS_PEAK, UNIT),
            (facts.FIREWALL_SESSIONS_NOW, facts.FIREWALL_SESSIONS_PEAK, facts.IDENTITY_OS_VERSION),
            _box,
        ),
    ),
    tables=(standard.INTERFACES, standard.CHASSIS, Table((CPU,), (facts.SYSTEM_CPU,), _cpu)),
    commands=(
        Command(
            "show vpn-sessiondb license-summary", (facts.VPN_SESSIONS_LICENSED,), licences
        ),  # speaks before version
        Command("show version", (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL, facts.IDENTITY_SERIAL), version),
        Command("show vpn-sessiondb", (facts.VPN_SESSIONS_NOW, facts.VPN_SESSIONS_PEAK), sessiondb),
        Command("show resource usage", (facts.FIREWALL_SESSIONS_MAX,), resources),
        Command("show running-config", CONFIGURED, configuration, seconds=180),
    ),
    session=("terminal pager 0",),
    secrets=(
        r"((?:enable )?password) (\S+)",
        r"(username \S+ password) (\S+)",
        r"(pre-shared-key) (\S+)",
        r"(snmp-server community) (\S+)",
        r"(snmp-server host \S+ \S+ community) (\S+)",
        r"(^\s*key) (\S+)",
        r"(ldap-login-password) (\S+)",
    ),
    hello="show version",
    recognise_shell=lambda output: "Cisco Adaptive Security Appliance" in output,
)
