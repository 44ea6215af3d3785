"""MikroTik RouterOS: board, version, dial-in interfaces, radios; in a shell `print` and `/export`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.clean import whole
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import doors, joins, standard
from auditor.collectors.vendors import routeros_config as config
from auditor.collectors.vendors import routeros_print as shown
from auditor.collectors.vendors.iftable import DESCR, NAME, names
from auditor.collectors.vendors.lines import signal
from auditor.collectors.vendors.page import Columns, Command, Identity, Mark, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import identified, number, text, under
from auditor.facts import Radio, VpnService
from auditor.model import Key
from auditor.values import ABSENT, Absent

MTXR: Final = "1.3.6.1.4.1.14988.1.1."
BOARD, SERIAL, VERSION = MTXR + "7.9.0", MTXR + "7.3.0", MTXR + "4.4.0"  # mtxrBoardName, …SerialNumber, mtxrLicVersion
_LTE: Final = MTXR + "16.1.1."  # mtxrLTEModemTable, indexed by the interface
RSSI, RSRQ, RSRP, SINR = (_LTE + n for n in ("2", "3", "4", "7"))
_DIAL_IN: Final = re.compile(r"<(?:l2tp|sstp|pptp|ovpn)-.+>")  # a dynamic interface for each dial-in session


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    """The board of the MIB; older builds tell it in a description that may be the user's own text."""
    described = re.match(r"RouterOS (\S+)", text(values.get(standard.SYS_DESCR, ABSENT)))
    return Told(
        identified(
            "MikroTik",
            "mikrotik_routeros",
            text(values.get(BOARD, ABSENT)) or (described.group(1) if described else ""),
            text(values.get(VERSION, ABSENT)),
            text(values.get(SERIAL, ABSENT)),
        )
    )


def _sessions(columns: Columns) -> Told:
    """Dial-in users have an interface each; WireGuard and IPsec users have none, so no row proves nothing."""
    found = [name for name in names(columns).values() if _DIAL_IN.fullmatch(name)]
    told: dict[Key[Any], Any] = {facts.VPN_SERVICES: (VpnService(shown.DIAL_IN, len(found), 0),)} if found else {}
    return Told(told)


def _radios(columns: Columns) -> Told:
    named = names(columns)
    found = []
    for index, value in columns.get(RSRP, {}).items():
        rsrp, rssi = signal(value, -160, -30), signal(columns.get(RSSI, {}).get(index, ABSENT), -140, -20)
        if isinstance(rsrp, Absent) and isinstance(rssi, Absent):
            continue
        sinr = number(columns.get(SINR, {}).get(index, ABSENT))
        found.append(
            Radio(
                interface=named.get(row, index) if (row := whole(index)) is not None else index,
                rssi_dbm=rssi,
                rsrp_dbm=rsrp,
                rsrq_db=signal(columns.get(RSRQ, {}).get(index, ABSENT), -40, -1),
                sinr_db=ABSENT if isinstance(sinr, Absent) else float(sinr),
            )
        )
    told: dict[Key[Any], Any] = {facts.LINK_CELLULAR: tuple(found)} if found else {}
    return Told(told)


def _is_routeros(identity: Identity) -> bool:
    return under(identity, "1.3.6.1.4.1.14988.1") or identity.sys_descr.startswith("RouterOS ")


WHO: Final = (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL)
PEOPLE: Final = (
    r"((?<![\w-])(?:name|id|comment|caller-id|address|client-address|dynamic-address|remote-address|"
    r"current-endpoint-address)=)(\"[^\"]*\"|[^\s\"]+)",
)
DIALLERS: Final = (r"(\bname=)(\"[^\"]*\"|[^\s\"]+)(?= password=)",)  # `/ppp secret`: the name of a user
COMMANDS: Final = (
    Command("/system resource print", WHO, shown.resource),
    Command("/system routerboard print", (), shown.routerboard),
    Command("/system identity print", (facts.IDENTITY_NAME,), shown.identity),
    Command("/system license print", (facts.SYSTEM_LICENCES,), shown.licence),
    Command("/export", config.CONFIGURED, config.configuration, seconds=120, also=("/export compact", "/export terse")),
    Command("/interface print terse without-paging", (facts.INTERFACES,), shown.interfaces),
    Command(
        "/interface ethernet monitor NAME once",
        (),
        shown.monitor,
        pattern=r"/?interface ethernet monitor \S+ once",
        live=False,
    ),
    Command("/ip route print terse", (facts.ROUTES_DEFAULT,), shown.routes),
    Command("/tool netwatch print terse without-paging", (facts.LINK_QUALITY,), shown.netwatch),
    Command("/interface vrrp print terse without-paging", (), shown.vrrp),
    Command("/ppp active print terse without-paging", (), joins.sure(shown.dialled), people=PEOPLE),
    Command("/ppp active print count-only", (), shown.nobody(shown.DIAL_IN)),
    Command("/interface wireguard peers print terse without-paging", (), joins.sure(shown.wireguard), people=PEOPLE),
    Command("/interface wireguard peers print count-only", (), shown.nobody(shown.WIREGUARD)),
    Command("/ip ipsec active-peers print terse without-paging", (), joins.sure(shown.ipsec), people=PEOPLE),
    Command("/ip ipsec active-peers print count-only", (), shown.nobody(shown.IPSEC)),
    Command("/ip firewall filter print all without-paging", (), shown.filters, seconds=60),
    Command("/ip firewall nat print all without-paging", (), shown.nats, seconds=60),
    Command("/ip service print terse without-paging", (facts.ACCESS_TELNET,), shown.services),
    Command("/user print", (), shown.users),
    Command("/snmp community print without-paging", (), shown.communities),
)
"""Reading only: `print` and `export`, never with `show-sensitive`."""


def _first(known: Any, _told: Any) -> Any:
    return known


ROUTEROS = Vendor(
    name="mikrotik",
    platform="mikrotik_routeros",
    recognise=_is_routeros,
    scalars=(standard.SYSTEM, Scalars((standard.SYS_DESCR, BOARD, VERSION, SERIAL), standard.WHO, _box)),
    tables=(
        standard.INTERFACES,
        standard.HOST,
        Table((NAME, DESCR), (), _sessions),
        Table((RSSI, RSRQ, RSRP, SINR, NAME, DESCR), (), _radios),
    ),
    commands=COMMANDS,
    secrets=(
        r"((?<![\w-])(?:password|secret|passphrase|(?:private|preshared|pre-shared|wpa2?-pre-shared|radius)-key|"
        r"(?:authentication|encryption)-password|ipsec-secret|key)=)(\"(?:[^\"\\]|\\.)*\"|[^\s\"]+)",
        r"(^ *\d+ +(?:[*XID]+ +)?)(\S+)(?= +\S+ +(?:none|authorized|private) +(?:yes|no) +(?:yes|no) *$)",
    ),
    combine={
        facts.INTERFACES: doors.interfaces,
        facts.ROUTES_DEFAULT: joins.routes,
        facts.LINK_RATES: joins.rates,
        facts.LINK_QUALITY: joins.quality,
        facts.VPN_SERVICES: joins.programs,
        facts.FIREWALL_RULES: joins.rules,
        facts.FIREWALL_NAT: _first,
        facts.ACCESS_SNMP: joins.names,
        facts.IDENTITY_MODEL: _first,
    },
    derive={
        facts.VPN_SESSIONS_NOW: joins.total("now", shown.every_program),
        facts.VPN_TUNNELS_NOW: joins.total("tunnels", shown.every_program),
    },
    running=("/export",),
    mark=Mark("/system history print", shown.changes, people=(r"(?m)(^.*\S\s{2,})(\S+)(?=\s{2,}\S+\s*$)",)),
    hello="/system resource print",
    recognise_shell=lambda output: "platform: MikroTik" in output,
)
