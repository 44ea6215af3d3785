"""Cisco ASA and Firepower Threat Defense: sessions, licences, pools, cryptography, rules, what the internet reaches."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import asa_lines, asa_rules, asa_shows, ios_shows, joins, stamps, standard
from auditor.collectors.vendors.asa_config import configuration
from auditor.collectors.vendors.cisco_products import product
from auditor.collectors.vendors.page import Columns, Command, Identity, Mark, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.values import number, text
from auditor.model import Key
from auditor.values import ABSENT, Message

CRAS: Final = "1.3.6.1.4.1.9.9.392.1."  # CISCO-REMOTE-ACCESS-MONITOR-MIB
PLATFORM_MAX = CRAS + "1.1.0"  # crasMaxSessionsSupportable; 0: no limit known
IPSEC, IPSEC_PEAK = CRAS + "3.26.0", CRAS + "3.28.0"
L2L = CRAS + "3.29.0"
SVC, SVC_PEAK = CRAS + "3.35.0", CRAS + "3.37.0"
WEB, WEB_PEAK = CRAS + "3.38.0", CRAS + "3.40.0"
CONNECTIONS, CONNECTIONS_PEAK = (f"1.3.6.1.4.1.9.9.147.1.2.2.2.1.5.40.{n}" for n in (6, 7))  # cfwConnectionStatValue
UNIT_NAME, UNIT_STATE, UNIT_TEXT = (f"1.3.6.1.4.1.9.9.147.1.2.1.1.1.{n}" for n in (2, 3, 4))  # cfwHardwareStatus
CPU: Final = "1.3.6.1.4.1.9.9.109.1.1.1.1.8"  # cpmCPUTotal5minRev
POOL_NAME, POOL_USED, POOL_FREE = (f"1.3.6.1.4.1.9.9.221.1.1.1.1.{n}" for n in (3, 18, 20))  # cempMemPool, HC
CLASS, REVISION = (f"1.3.6.1.2.1.47.1.1.1.1.{n}" for n in (5, 10))  # entPhysicalClass, entPhysicalSoftwareRev


def _sessions(values: Mapping[Oid, SnmpValue]) -> Told:
    """Remote users only: SVC, clientless and IPsec clients, never site-to-site (crasL2L)."""
    found: dict[Key[Any], Any] = {}
    missing: dict[Key[Any], Message] = {}
    now = [count for oid in (SVC, WEB, IPSEC) if isinstance(count := number(values.get(oid, ABSENT)), int)]
    peaks = [
        count for oid in (SVC_PEAK, WEB_PEAK, IPSEC_PEAK) if isinstance(count := number(values.get(oid, ABSENT)), int)
    ]
    if now and SVC in values:
        found[facts.VPN_SESSIONS_NOW] = sum(now)
    if peaks and SVC_PEAK in values:  # those of several kinds need not be of the same hour
        found[facts.VPN_SESSIONS_PEAK] = max(peaks)
    limit = number(values.get(PLATFORM_MAX, ABSENT))
    if isinstance(limit, int) and limit > 0:
        found[facts.VPN_SESSIONS_PLATFORM_MAX] = limit
    elif limit == 0:
        missing[facts.VPN_SESSIONS_PLATFORM_MAX] = Message("gap.unlimited")
    if isinstance(tunnels := number(values.get(L2L, ABSENT)), int):
        found[facts.VPN_TUNNELS_NOW] = tunnels
    return Told(found, missing=missing)


def _counts(values: Mapping[Oid, SnmpValue], oids: Sequence[Oid]) -> list[int]:
    return [count for oid in oids if isinstance(count := number(values.get(oid, ABSENT)), int)]


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    descr = text(values.get(standard.SYS_DESCR, ABSENT))
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Cisco"}
    found[facts.IDENTITY_PLATFORM] = "cisco_ftd" if "Threat Defense" in descr else "cisco_asa"
    for oid, key in ((CONNECTIONS, facts.FIREWALL_SESSIONS_NOW), (CONNECTIONS_PEAK, facts.FIREWALL_SESSIONS_PEAK)):
        if isinstance(count := number(values.get(oid, ABSENT)), int):
            found[key] = count
    if version := re.search(r"Version (\S+?),? *(?:\(Build|$|\s)", descr):
        found[facts.IDENTITY_OS_VERSION] = version.group(1)
    if model := product(text(values.get(standard.SYS_OBJECT_ID, ABSENT))):
        found[facts.IDENTITY_MODEL] = model  # the chassis: one of Firepower may run an ASA
    return Told(found)


def _units(columns: Columns) -> Told:
    """This unit's part in the pair: primaryUnit(6) or secondaryUnit(7), whichever says that it is this device."""
    states = columns.get(UNIT_STATE, {})
    mine = next((row for row, value in columns.get(UNIT_NAME, {}).items() if "this device" in text(value)), "6")
    said = text(columns.get(UNIT_TEXT, {}).get(mine, ABSENT)).lower()
    state = number(states.get(mine, ABSENT))
    if "failover off" in said or "not configured" in said:
        return Told({facts.HA_STATE: "standalone"})
    named = {9: "active", 10: "standby", 3: "failed"}.get(state, "") if isinstance(state, int) else ""
    mate = number(states.get({"6": "7", "7": "6"}.get(mine, ""), ABSENT))
    if named and mate not in (9, 10, ABSENT):
        named = "failed"  # nobody stands by
    return Told({facts.HA_STATE: named} if named else {})


def _cpu(columns: Columns) -> Told:
    loads = [load for value in columns.get(CPU, {}).values() if isinstance(load := number(value), int) and load <= 100]
    return Told({facts.SYSTEM_CPU: float(max(loads))} if loads else {})


def _memory(columns: Columns) -> Told:
    """The pool of the system, CISCO-ENHANCED-MEMPOOL-MIB: the largest one where none has that name."""
    rows = []
    for index, value in columns.get(POOL_USED, {}).items():
        used, free = number(value), number(columns.get(POOL_FREE, {}).get(index, ABSENT))
        if isinstance(used, int) and isinstance(free, int) and used + free > 0:
            name = text(columns.get(POOL_NAME, {}).get(index, ABSENT)).lower()
            rows.append(("system" in name, used + free, 100 * used / (used + free)))
    return Told({facts.SYSTEM_MEMORY: round(max(rows)[2], 1)} if rows else {})


def _revision(columns: Columns) -> Told:
    """The version that the chassis itself states: sysDescr may be of an older one."""
    classes = columns.get(CLASS, {})
    said = (text(value) for row, value in columns.get(REVISION, {}).items() if number(classes.get(row, ABSENT)) == 3)
    version = next((one for one in said if re.match(r"\d+\.\d+", one)), "")
    return Told({facts.IDENTITY_OS_VERSION: version} if version else {})


def _better(known: str, other: str) -> str:
    """Of two versions or models the one told later: the chassis before sysDescr, the command line before both."""
    return other or known


CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.VPN_POOLS, facts.VPN_PROPOSALS, facts.VPN_AUTHENTICATION, facts.VPN_TUNNEL_MODE, facts.VPN_TUNNEL_ROUTES,
    facts.VPN_IDLE_TIMEOUT, facts.VPN_MAX_SESSION, facts.VPN_TRANSPORTS, facts.FIREWALL_RULES, facts.FIREWALL_NAT,
    facts.FIREWALL_EXPOSED, facts.ACCESS_MANAGEMENT_FROM_INTERNET, facts.ACCESS_TELNET, facts.ACCESS_HTTP,
    facts.ACCESS_SNMP, facts.ACCESS_LOGGING, facts.ACCESS_NTP, facts.ACCESS_CENTRAL_AUTHENTICATION,
    facts.ACCESS_LOCAL_USERS,
)  # fmt: skip

PEOPLE: Final = (
    r"(\bUsername\s*: )([^\s:][^\n]*?)(?=\s{2,}| Index *:|\s*$)",
    r"(\bPublic IP\s*: )(\S+)",
    r"(\bAssigned IP\s*: )(\S+)",
)

COMMANDS: Final = (
    Command("show vpn-sessiondb license-summary", (facts.VPN_SESSIONS_LICENSED,), asa_shows.licences),  # before version
    Command(
        "show version",
        (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL, facts.IDENTITY_SERIAL, facts.SYSTEM_LICENCES),
        asa_shows.version,
    ),
    Command(
        "show startup-config | include Written by",
        (facts.CONFIG_SAVED,),
        asa_shows.written,
        seconds=60,
        people=(r"(\bby )(\S+)",),
    ),
    Command("show license all", (facts.SYSTEM_LICENCES,), asa_shows.entitlements),
    Command(
        "show vpn-sessiondb",
        (facts.VPN_SESSIONS_NOW, facts.VPN_SESSIONS_PEAK, facts.VPN_SESSIONS_PLATFORM_MAX),
        asa_shows.sessiondb,
        also=("show vpn-sessiondb summary",),
    ),
    Command(
        "show vpn-sessiondb anyconnect",
        (facts.VPN_USERS,),
        asa_shows.sessions,
        seconds=60,
        also=("show vpn-sessiondb secureclient", "show vpn-sessiondb svc"),
        people=PEOPLE,
    ),
    Command("show resource usage", (facts.FIREWALL_SESSIONS_MAX,), asa_shows.resources),
    Command("show cpu usage", (facts.SYSTEM_CPU,), asa_shows.processor),
    Command("show failover", (facts.HA_STATE,), asa_shows.failover),
    Command("show interface", (facts.INTERFACES,), asa_shows.ports, seconds=60),
    Command("show running-config", CONFIGURED, configuration, seconds=180, follow=asa_shows.pools_to_ask),
    Command("show route", (facts.ROUTES_DEFAULT,), asa_lines.shown, seconds=60),
    Command("show sla monitor operational-state", (), asa_lines.probes),
    Command("show track", (), ios_shows.tracks),
    Command("show running-config all ssl", (facts.VPN_TLS_MINIMUM,), asa_shows.tls),
    Command("show access-list", (facts.FIREWALL_RULES,), asa_shows.access_lists, seconds=120),
    Command("show nat", (facts.FIREWALL_NAT,), asa_shows.translated, seconds=60),
    Command(
        "show ip local pool NAME",
        (facts.VPN_POOLS,),
        asa_shows.pool,
        pattern=r"show ip local pool [\w.-]{1,64}",
    ),
    # read in captures alone: live, another row tells the same
    Command("show running-config tunnel-group", (facts.VPN_AUTHENTICATION,), configuration, live=False),
    Command("show running-config group-policy", (), configuration, live=False),
    Command("show running-config ipsec", (facts.VPN_PROPOSALS,), asa_shows.offered, live=False),
    Command(
        "show running-config crypto",
        (facts.VPN_PROPOSALS,),
        asa_shows.offered,
        also=tuple(f"show running-config crypto {part}" for part in ("ikev1", "ikev2", "ipsec", "map")),
        live=False,
    ),
    Command("show crypto ikev2 sa", (facts.VPN_TUNNELS_NOW, facts.VPN_PROPOSALS), asa_shows.ikev2, live=False),
    Command(
        "show logging",
        (facts.ACCESS_LOGGING,),
        asa_shows.logging,
        live=False,
        people=(r"(^.*%ASA-\d-\d+: )(.+)$",),  # messages name users and addresses, and none of them is read
    ),
    Command("show vpn load-balancing", (facts.VPN_SESSIONS_LICENSED,), asa_shows.cluster, live=False),
)  # fmt: skip

COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    facts.IDENTITY_OS_VERSION: _better,
    facts.IDENTITY_MODEL: _better,
    facts.VPN_POOLS: asa_shows.joined_pools,
    facts.FIREWALL_RULES: asa_rules.joined,
    facts.FIREWALL_NAT: lambda known, other: known,
    facts.ROUTES_DEFAULT: asa_lines.joined,
    facts.LINK_QUALITY: joins.quality,
    facts.ACCESS_SSH_VERSION: lambda known, other: known,
}


def _is_asa(identity: Identity) -> bool:
    return bool(re.search(r"Cisco (Adaptive|Industrial) Security Appliance", identity.sys_descr))


def _is_ftd(identity: Identity) -> bool:
    return bool(re.search(r"Cisco Fire(?:power|POWER) Threat Defense|Cisco Secure Firewall", identity.sys_descr, re.I))


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
            (standard.SYS_DESCR, standard.SYS_OBJECT_ID, CONNECTIONS, CONNECTIONS_PEAK),
            (facts.FIREWALL_SESSIONS_NOW, facts.FIREWALL_SESSIONS_PEAK, facts.IDENTITY_OS_VERSION),
            _box,
        ),
    ),
    tables=(
        standard.INTERFACES,
        standard.CHASSIS,
        Table((CLASS, REVISION), (), _revision),
        Table((CPU,), (facts.SYSTEM_CPU,), _cpu),
        Table((POOL_NAME, POOL_USED, POOL_FREE), (facts.SYSTEM_MEMORY,), _memory),
        Table((UNIT_NAME, UNIT_STATE, UNIT_TEXT), (facts.HA_STATE,), _units),
    ),
    commands=COMMANDS,
    session=("terminal pager 0",),
    secrets=(
        r"((?:enable )?password) (\S+)",
        r"(username \S+ password) (\S+)",
        r"(pre-shared-key) (\S+)",
        r"(snmp-server community) (\S+)",
        r"(snmp-server host \S+ \S+ (?:poll |trap )?community) (\S+)",
        r"(^\s*key) (\S+)",
        r"(ldap-login-password) (\S+)",
        r"(Activation Key:) ((?:0x[0-9a-f]+ ?)+)",
    ),
    combine=COMBINE,
    derive=stamps.DERIVE,
    mark=Mark("show checksum", asa_shows.checksum),
    hello="show version",
    recognise_shell=lambda output: "Cisco Adaptive Security Appliance" in output,
)
"""Its command line and its SNMP agent; privilege 15 shows the configuration, less of it shows no secret and no rule."""

CISCO_FTD = replace(
    CISCO_ASA,
    name="cisco ftd",
    platform="cisco_ftd",
    recognise=_is_ftd,
    session=(),  # the CLISH neither pages nor widens
    recognise_shell=lambda output: bool(re.search(r"Threat Defense", output)),
)
"""The Lina side of FTD, which answers the same commands in its CLISH without `enable`."""
