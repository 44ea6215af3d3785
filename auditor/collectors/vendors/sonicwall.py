"""SonicWall: SonicOS firewalls over SNMP and SSH, and SMA (Secure Mobile Access) gateways over SNMP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from auditor import facts
from auditor.collectors.vendors import sonic_config, standard
from auditor.collectors.vendors.page import Columns, Command, Identity, Table, Told, Vendor
from auditor.collectors.vendors.scalars import Row, count, limit, scalars, share, word
from auditor.collectors.vendors.values import address, text
from auditor.values import ABSENT

COMMON: Final = "1.3.6.1.4.1.8741.2.1.1."  # SNWL-COMMON-MIB
MODEL, SERIAL, FIRMWARE = (f"{COMMON}{n}.0" for n in (1, 2, 3))

STATS: Final = "1.3.6.1.4.1.8741.1.3."  # SONICWALL-FIREWALL-IP-STATISTICS-MIB
CONNECTIONS_MAX, CONNECTIONS, CPU, RAM = (f"{STATS}1.{n}.0" for n in (1, 2, 3, 4))
FORWARD_CPU: Final = STATS + "1.7.0"  # sonicCurrentFwdAndInspectCPUUtil, multi-core boxes
PEER, POLICY = STATS + "2.1.1.1.2", STATS + "2.1.1.1.14"  # one row for each phase-2 SA

SMA_SYSTEM: Final = "1.3.6.1.4.1.8741.6.2.1."  # SNWL-SSLVPN-MIB
SMA_CPU, SMA_RAM, SMA_USERS, SMA_IN_USE = (f"{SMA_SYSTEM}{n}.0" for n in (3, 5, 8, 9))
SMA_LICENCE: Final = "1.3.6.1.4.1.8741.6.3.1.1.0"  # userLicense, a text: `125 Users`

IDENTITY: Final = (
    Row(MODEL, facts.IDENTITY_MODEL, word),
    Row(SERIAL, facts.IDENTITY_SERIAL, word),
    Row(FIRMWARE, facts.IDENTITY_OS_VERSION, word),
)


def _tunnels(columns: Columns) -> Told:
    """Tunnels between sites: those of the group policy belong to the Global VPN Client's users.

    The users of the SSL VPN stand in no object, so that a count of users from this table would be a part of them.
    """
    rows = list(_associations(columns))
    if not rows:
        return Told()
    sites = {(peer, policy) for peer, policy in rows if not re.search(r"group ?vpn", policy, re.I)}
    return Told({facts.VPN_TUNNELS_NOW: len(sites)})


def _associations(columns: Columns) -> Iterator[tuple[str, str]]:
    for row, value in columns.get(PEER, {}).items():
        if peer := address(value):
            yield peer, text(columns.get(POLICY, {}).get(row, ABSENT))


def _is_sonicos(identity: Identity) -> bool:
    """SonicOS 7 answers a broken sysObjectID (1.0.3.0.6.0.1.0): its description decides then."""
    named = re.match(r"sonicwall .*\(sonicos", identity.sys_descr, re.I)
    return f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.8741.1.") or bool(named)


def _is_sma(identity: Identity) -> bool:
    named = re.match(r"sonicwall (?:sma|sra|ssl-?vpn)\b", identity.sys_descr, re.I)
    return f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.8741.6.") or bool(named)


SONICWALL_SMA = Vendor(
    name="sonicwall",
    platform="sonicwall_sma",
    recognise=_is_sma,
    scalars=(
        standard.SYSTEM,
        scalars(*IDENTITY, always={facts.IDENTITY_VENDOR: "SonicWall", facts.IDENTITY_PLATFORM: "sonicwall_sma"}),
        scalars(
            Row(SMA_CPU, facts.SYSTEM_CPU, share),
            Row(SMA_RAM, facts.SYSTEM_MEMORY, share),
            Row(SMA_USERS, facts.VPN_SESSIONS_NOW, count),
            Row(SMA_IN_USE, facts.VPN_SESSIONS_NOW, count),
            Row(SMA_LICENCE, facts.VPN_SESSIONS_LICENSED, limit),
        ),
    ),
    tables=(standard.INTERFACES,),
)

SONICWALL = Vendor(
    name="sonicwall",
    platform="sonicwall",
    recognise=_is_sonicos,
    scalars=(
        standard.SYSTEM,
        scalars(*IDENTITY, always={facts.IDENTITY_VENDOR: "SonicWall", facts.IDENTITY_PLATFORM: "sonicwall"}),
        scalars(
            Row(CONNECTIONS_MAX, facts.FIREWALL_SESSIONS_MAX, limit),
            Row(CONNECTIONS, facts.FIREWALL_SESSIONS_NOW, count),
            Row(CPU, facts.SYSTEM_CPU, share),
            Row(FORWARD_CPU, facts.SYSTEM_CPU, share),
            Row(RAM, facts.SYSTEM_MEMORY, share),
        ),
    ),
    tables=(standard.INTERFACES, Table((PEER, POLICY), (facts.VPN_TUNNELS_NOW, facts.VPN_SESSIONS_NOW), _tunnels)),
    commands=(
        Command("show version", (facts.IDENTITY_OS_VERSION,), sonic_config.version),
        Command("show current-config", sonic_config.CONFIGURED, sonic_config.configuration, seconds=180.0),
    ),
    session=("no cli pager session",),
    secrets=(r"((?:get|set|trap)-community-name\s+)(\"[^\"\n]*\"|\S+)", r"(shared-secret\s+)(\"[^\"\n]*\"|\S+)"),
    combine={facts.INTERFACES: sonic_config.joined},
    hello="show version",
    recognise_shell=lambda output: bool(re.search(r'^\s*firmware-version "SonicOS', output, re.M)),
    running=("show current-config",),
)
