"""MikroTik RouterOS over SNMP: board, version, dial-in interfaces, radios."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.iftable import DESCR, NAME, names
from auditor.collectors.vendors.lines import signal
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import identified, number, text, under
from auditor.facts import Radio
from auditor.model import ABSENT, Absent, Key

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
    told: dict[Key[Any], Any] = {facts.VPN_SESSIONS_NOW: len(found)} if found else {}
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
                interface=named.get(int(index), index) if index.isdigit() else index,
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


ROUTEROS = Vendor(
    name="mikrotik",
    platform="mikrotik_routeros",
    recognise=_is_routeros,
    scalars=(standard.SYSTEM, Scalars((standard.SYS_DESCR, BOARD, VERSION, SERIAL), standard.WHO, _box)),
    tables=(
        standard.INTERFACES,
        standard.HOST,
        Table((NAME, DESCR), (facts.VPN_SESSIONS_NOW,), _sessions),
        Table((RSSI, RSRQ, RSRP, SINR, NAME, DESCR), (), _radios),
    ),
)
