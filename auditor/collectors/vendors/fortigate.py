"""Fortinet FortiGate: SSL and dial-up users, sessions, licences, portals, policies, published services, management."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from auditor import facts
from auditor.clean import whole
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import doors, forti_shows, joins, standard
from auditor.collectors.vendors.forti_config import configuration
from auditor.collectors.vendors.page import Columns, Command, Identity, Mark, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.values import number, text
from auditor.facts import LinkQuality, LinkRate
from auditor.model import Key
from auditor.values import ABSENT, Absent

FG: Final = "1.3.6.1.4.1.12356.101."  # FORTINET-FORTIGATE-MIB
VERSION, CPU, MEMORY, SESSIONS = (FG + f"4.1.{n}.0" for n in (1, 3, 4, 8))
SERIAL: Final = "1.3.6.1.4.1.12356.100.1.1.1.0"
TUNNELS, HA_MODE = FG + "12.1.1.0", FG + "13.1.1.0"
SSL_STATE, SSL_USERS, SSL_PEAK, SSL_TUNNELS = (FG + f"12.2.3.1.{n}" for n in (1, 2, 3, 6))
DIALUP_OLD, DIALUP_NEW = FG + "12.2.1.1.2", FG + "12.4.1.1.16"  # fgVpnDialupGateway, fgVpn2DialupPhase1Name
HA_SERIAL, HA_SYNC, HA_PRIMARY = (FG + f"13.2.1.1.{n}" for n in (2, 12, 16))
OWN_SERIAL: Final = "1.3.6.1.4.1.12356.100.1.1.1"
PROBE_NAME, PROBE_STATE, PROBE_DELAY, PROBE_JITTER, PROBE_LOSS, PROBE_PORT = (
    FG + f"4.9.2.1.{n}" for n in (2, 4, 5, 6, 9, 14)
)

MONITOR_NAME, MONITOR_STATE, MONITOR_DELAY, MONITOR_JITTER, MONITOR_LOSS = (
    FG + f"4.8.2.1.{n}" for n in (2, 3, 4, 5, 8)
)  # fgLinkMonitor
ESTIMATED_UP, ESTIMATED_DOWN = FG + "7.2.1.1.2", FG + "7.2.1.1.3"  # fgIntfEntEst…Bandwidth, kbit/s; 0: not set


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
    if number(values.get(HA_MODE, ABSENT)) == 1:
        found[facts.HA_STATE] = "standalone"
    return Told(found)


def _pair(columns: Columns) -> Told:
    """Whether this unit is the primary of its pair; one that is not in step is no redundancy."""
    states = [number(value) for value in columns.get(HA_SYNC, {}).values()]
    members = {text(value) for value in columns.get(HA_SERIAL, {}).values()} - {""}
    if len(states) < 2:
        return Told()
    if any(state == 0 for state in states):
        return Told({facts.HA_STATE: "failed"})
    own = next((text(value) for value in columns.get(OWN_SERIAL, {}).values()), "")
    primary = next((said for value in columns.get(HA_PRIMARY, {}).values() if (said := text(value))), "")
    if own in members and primary in members and own != primary:
        return Told({facts.HA_STATE: "standby"})
    return Told({facts.HA_STATE: "active"})  # an agent that answers for the cluster is its primary


def _users(columns: Columns) -> Told:
    """SSL users, summed over virtual domains, and IPsec peers that dialled in; the peak is no limit."""
    found: dict[Key[Any], Any] = {}
    dialled = max(len(columns.get(root, {})) for root in (DIALUP_OLD, DIALUP_NEW))
    for root, key, more in (
        (SSL_USERS, facts.VPN_SESSIONS_NOW, dialled),
        (SSL_PEAK, facts.VPN_SESSIONS_PEAK, 0),
        (SSL_TUNNELS, facts.VPN_SESSIONS_TUNNELLED, 0),
    ):
        counts = [count for value in columns.get(root, {}).values() if isinstance(count := number(value), int)]
        if counts or more:
            found[key] = sum(counts) + more
    return Told(found)


def _probes(columns: Columns) -> Told:
    """SD-WAN health checks; their figures are texts, and those of a dead member are of the past."""
    rows = []
    for index, value in columns.get(PROBE_NAME, {}).items():
        name, port = text(value), text(columns.get(PROBE_PORT, {}).get(index, ABSENT))
        alive = number(columns.get(PROBE_STATE, {}).get(index, ABSENT)) == 0
        rows.append(
            LinkQuality(
                f"{name} {port}".strip(),
                _decimal(columns, PROBE_DELAY, index) if alive else ABSENT,
                _decimal(columns, PROBE_JITTER, index) if alive else ABSENT,
                _decimal(columns, PROBE_LOSS, index),
            )
        )
    return Told({facts.LINK_QUALITY: tuple(rows)} if rows else {})


def _monitors(columns: Columns) -> Told:
    """Link monitors: the same figures, of a server behind an interface."""
    rows = []
    for index, value in columns.get(MONITOR_NAME, {}).items():
        alive = number(columns.get(MONITOR_STATE, {}).get(index, ABSENT)) == 0
        delay, jitter = (
            _decimal(columns, root, index) if alive else ABSENT for root in (MONITOR_DELAY, MONITOR_JITTER)
        )
        rows.append(LinkQuality(text(value) or index, delay, jitter, _decimal(columns, MONITOR_LOSS, index)))
    return Told({facts.LINK_QUALITY: tuple(rows)} if rows else {})


def _estimates(columns: Columns) -> Told:
    """What the administrator wrote of each line: `set estimated-upstream-bandwidth`; the row index is ifIndex."""
    named = standard.names(columns)
    found = []
    for row in dict.fromkeys((*columns.get(ESTIMATED_DOWN, {}), *columns.get(ESTIMATED_UP, {}))):
        down, up = (number(columns.get(root, {}).get(row, ABSENT)) for root in (ESTIMATED_DOWN, ESTIMATED_UP))
        index = whole(row)
        if index in named and any(isinstance(rate, int) and rate > 0 for rate in (down, up)):
            found.append(LinkRate(named[index], "bandwidth", _bits(down), _bits(up)))
    return Told({facts.LINK_RATES: tuple(found)} if found else {})


def _bits(kilobits: int | Absent) -> int | Absent:
    return kilobits * 1000 if isinstance(kilobits, int) and kilobits > 0 else ABSENT


def _decimal(columns: Columns, root: Oid, index: str) -> float | Absent:
    match = re.match(r"\d+(?:\.\d+)?", text(columns.get(root, {}).get(index, ABSENT)))
    return float(match.group()) if match else ABSENT


CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.VPN_POOLS, facts.VPN_PROPOSALS, facts.VPN_AUTHENTICATION, facts.VPN_TUNNEL_MODE, facts.VPN_TUNNEL_ROUTES,
    facts.VPN_TRANSPORTS, facts.FIREWALL_RULES, facts.FIREWALL_NAT, facts.FIREWALL_EXPOSED,
    facts.ACCESS_MANAGEMENT_FROM_INTERNET, facts.ACCESS_TELNET, facts.ACCESS_HTTP, facts.ACCESS_SNMP,
    facts.ACCESS_LOGGING, facts.ACCESS_NTP, facts.ACCESS_LOCAL_USERS, facts.LINK_RATES, facts.CONFIG_UNSAVED,
    facts.ROUTES_DEFAULT,
)  # fmt: skip
PEOPLE_SSL: Final = (r"(^\s*\d+\s+)([^\s:]+)(?=\s)", r"(\s)(\d+\.\d+\.\d+\.\d+)(?=\s+(?:\d+/\d+|\d+\s+\d+/\d+))")
PEOPLE_IKE: Final = (r"((?:xauth-user|eap-user|peer-id): )(\S+)", r"(addr: \S+ -> )(\d+\.\d+\.\d+\.\d+)")

COMMANDS: Final = (
    Command("get system status", (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL, facts.HA_STATE), forti_shows.status),
    Command("get system performance status", (facts.SYSTEM_CPU, facts.SYSTEM_MEMORY), forti_shows.performance),
    Command(
        "get vpn ssl monitor",
        (facts.VPN_SESSIONS_NOW, facts.VPN_USERS),
        forti_shows.monitor,
        also=("execute vpn sslvpn list",),
        people=PEOPLE_SSL,
    ),
    Command("diagnose vpn ssl statistics", (facts.VPN_SESSIONS_PEAK,), forti_shows.statistics),
    Command("get vpn ssl settings", (facts.VPN_TLS_MINIMUM,), forti_shows.settings),
    Command("get vpn ipsec tunnel summary", (facts.VPN_TUNNELS_NOW,), forti_shows.tunnels),
    Command("diagnose vpn ike gateway list", (facts.VPN_USERS,), forti_shows.gateways, seconds=60, people=PEOPLE_IKE),
    Command("diagnose autoupdate versions", (facts.SYSTEM_LICENCES,), forti_shows.versions),
    Command("get system ha status", (facts.HA_STATE,), forti_shows.pair),
    Command(
        "diagnose sys sdwan health-check",
        (facts.LINK_QUALITY,),
        forti_shows.health,
        also=("diagnose sys virtual-wan-link health-check", "diagnose sys sdwan health-check status"),
    ),
    Command("get router info routing-table all", (facts.ROUTES_DEFAULT,), forti_shows.routes),
    Command("get system interface physical", (facts.INTERFACES,), forti_shows.physical),
    Command("show", CONFIGURED, configuration, seconds=180, also=("show full-configuration", "show full")),
    # read in captures alone: live, another row tells the same
    Command("get system interface", (facts.INTERFACES,), forti_shows.interfaces, live=False),
    *(
        Command(f"show {part}", (), configuration, live=False)
        for part in ("vpn ssl settings", "vpn ssl web portal", "firewall policy", "firewall vip", "system interface",
                     "vpn ipsec phase1-interface", "vpn ipsec phase2-interface", "system snmp community")
    ),
)  # fmt: skip


def _most(known: int, other: int) -> int:
    """Of users counted by kind the larger count: the two need not be of the same people."""
    return max(known, other)


def _worse(known: str, other: str) -> str:
    return "failed" if "failed" in (known, other) else known


COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    facts.INTERFACES: doors.interfaces,
    facts.ROUTES_DEFAULT: joins.routes,
    facts.LINK_QUALITY: joins.quality,
    facts.LINK_RATES: joins.rates,
    facts.VPN_SESSIONS_NOW: _most,
    facts.VPN_USERS: lambda known, other: (*known, *(one for one in other if one not in known)),
    facts.HA_STATE: _worse,
    facts.IDENTITY_MODEL: lambda known, other: known,
    facts.SYSTEM_LICENCES: lambda known, other: (*known, *other),
    facts.ACCESS_SSH_VERSION: lambda known, other: known,
}


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
            (facts.IDENTITY_OS_VERSION, facts.SYSTEM_CPU, facts.SYSTEM_MEMORY, facts.FIREWALL_SESSIONS_NOW),
            _box,
        ),
    ),
    tables=(
        standard.INTERFACES,
        standard.CHASSIS,
        Table((SSL_STATE, SSL_USERS, SSL_PEAK, SSL_TUNNELS, DIALUP_OLD, DIALUP_NEW), (facts.VPN_SESSIONS_NOW,), _users),
        Table((OWN_SERIAL, HA_SERIAL, HA_SYNC, HA_PRIMARY), (facts.HA_STATE,), _pair),
        Table(
            (PROBE_NAME, PROBE_STATE, PROBE_DELAY, PROBE_JITTER, PROBE_LOSS, PROBE_PORT), (facts.LINK_QUALITY,), _probes
        ),
        Table((MONITOR_NAME, MONITOR_STATE, MONITOR_DELAY, MONITOR_JITTER, MONITOR_LOSS), (), _monitors),
        Table((ESTIMATED_UP, ESTIMATED_DOWN, standard.NAME, standard.DESCR), (), _estimates),
    ),
    commands=COMMANDS,
    session=(),
    secrets=(
        r"(set (?:password|passwd|psksecret|secret|key|auth-pwd|priv-pwd|passphrase)(?: ENC)?) (\S+)",
        r"(set (?:ldap-pwd|sslvpn-pwd|private-key)(?: ENC)?) (\S+)",
    ),
    combine=COMBINE,
    mark=Mark("diagnose sys ha checksum show", forti_shows.checksums),
    hello="get system status",
    recognise_shell=lambda output: bool(re.search(r"^Version: Forti", output, re.M)),
)
