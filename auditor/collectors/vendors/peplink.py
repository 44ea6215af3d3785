"""Peplink Balance and Pepwave MAX: WANs and their state, cellular radios, SpeedFusion and IPsec tunnels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.lines import signal
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import identified, number, text, under
from auditor.collectors.vendors.values import address
from auditor.facts import Radio, Uplink
from auditor.model import Key
from auditor.values import ABSENT, Absent

BRANCHES: Final = ("1.3.6.1.4.1.23695.", "1.3.6.1.4.1.27662.")  # Peplink and Pepwave: the same objects under either


def _both(tail: str) -> tuple[Oid, Oid]:
    return BRANCHES[0] + tail, BRANCHES[1] + tail


MODELS, SERIALS, FIRMWARES = (_both(f"200.1.1.1.1.{n}.0") for n in (1, 2, 3))  # DEVICE
NAMES, STATES = _both("2.1.2.1.2"), _both("2.1.2.1.3")  # wanName, wanState, indexed by the WAN
SIGNALS: Final = _both("2.1.2.1.5")  # wanSignal, dBm; -9999 where there is no radio
GATEWAYS: Final = _both("2.1.3.3.1.1")  # wanNetworkGateway
CONNECTED: Final = 3

_RADIO: Final = "200.1.12.1.1.1."  # cellularSignalInfoTable
WAN_IDS, RSSI, SINR, RSRP, RSRQ, TECHNOLOGY = (_both(_RADIO + n) for n in ("2", "3", "5", "7", "8", "9"))

SPEEDFUSION: Final = _both("200.1.10.1.1.2.1.3")  # pepVpnStatusConnectionState: connected 4
IPSEC: Final = _both("200.1.13.1.1.3")  # ipsecVpnStatusConnectionState: established 2, partially 3


def _first(values: Mapping[Oid, SnmpValue], oids: Iterable[Oid]) -> str:
    return next((said for oid in oids if (said := text(values.get(oid, ABSENT)))), "")


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    model = _first(values, MODELS) or text(values.get(standard.SYS_DESCR, ABSENT))
    return Told(identified("Peplink", "peplink", model, _first(values, FIRMWARES), _first(values, SERIALS)))


def _column(columns: Columns, branches: Iterable[Oid]) -> Mapping[Oid, SnmpValue]:
    """A column from the branch that has it; a later firmware answers under both, and less under the second."""
    return next((rows for root in branches if (rows := columns.get(root, {}))), {})


def _wans(columns: Columns) -> Told:
    """Every connected WAN carries traffic to the internet: the device balances over them and tells no route table."""
    states, gateways, named = (_column(columns, branches) for branches in (STATES, GATEWAYS, NAMES))
    found = []
    for index, value in states.items():
        name, hop = text(named.get(index, ABSENT)), address(gateways.get(index, ABSENT))
        if number(value) == CONNECTED and name:
            found.append(Uplink(name, "wan_table", hop if hop.strip("0.") else ABSENT))
    told: dict[Key[Any], Any] = {facts.LINK_UPLINKS: tuple(found)} if found else {}
    return Told(told)


def _radios(columns: Columns) -> Told:
    """The radio of each cellular WAN; -9999 means that it does not apply."""
    named, levels = _column(columns, NAMES), _column(columns, SIGNALS)
    cellular = [index for index, value in levels.items() if not isinstance(signal(value, -140, -20), Absent)]
    ids, rssi = _column(columns, WAN_IDS), _column(columns, RSSI)
    found = []
    for place, (row, value) in enumerate(rssi.items()):
        level = signal(value, -140, -20)
        wan = str(number(ids[row])) if row in ids else _matching(level, cellular, levels, place)
        if isinstance(level, Absent):
            continue
        sinr = number(_column(columns, SINR).get(row, ABSENT))
        found.append(
            Radio(
                interface=text(named.get(wan, ABSENT)) or f"cellular {row}",
                technology=text(_column(columns, TECHNOLOGY).get(row, ABSENT)) or ABSENT,
                rssi_dbm=level,
                rsrp_dbm=signal(_column(columns, RSRP).get(row, ABSENT), -160, -30),
                rsrq_db=signal(_column(columns, RSRQ).get(row, ABSENT), -40, -1),
                sinr_db=float(sinr) if isinstance(sinr, int) and -30 <= sinr <= 60 and sinr != 0 else ABSENT,
            )
        )
    told: dict[Key[Any], Any] = {facts.LINK_CELLULAR: tuple(found)} if found else {}
    return Told(told)


def _matching(level: float | Absent, cellular: list[str], levels: Mapping[Oid, SnmpValue], place: int) -> str:
    """The WAN of a radio row without a WAN id: the one at the same place among those with a signal, if it agrees."""
    if place < len(cellular) and signal(levels[cellular[place]], -140, -20) == level:
        return cellular[place]
    return ""


def _tunnels(columns: Columns) -> Told:
    """SpeedFusion and IPsec tunnels that are up: between sites, not remote users."""
    fusion, ipsec = _column(columns, SPEEDFUSION), _column(columns, IPSEC)
    if not fusion and not ipsec:
        return Told()
    up = sum(number(state) == 4 for state in fusion.values()) + sum(number(state) in (2, 3) for state in ipsec.values())
    return Told({facts.VPN_TUNNELS_NOW: up})


def _is_peplink(identity: Identity) -> bool:
    return under(identity, *(branch.rstrip(".") for branch in BRANCHES)) or bool(
        re.match(r"(?:Peplink|Pepwave)\b", identity.sys_descr)
    )


PEPLINK = Vendor(
    name="peplink",
    platform="peplink",
    recognise=_is_peplink,
    scalars=(standard.SYSTEM, Scalars((standard.SYS_DESCR, *MODELS, *FIRMWARES, *SERIALS), standard.WHO, _box)),
    tables=(
        standard.INTERFACES,
        standard.HOST,
        Table((*NAMES, *STATES, *GATEWAYS), (facts.LINK_UPLINKS,), _wans),
        Table((*NAMES, *SIGNALS, *WAN_IDS, *RSSI, *SINR, *RSRP, *RSRQ, *TECHNOLOGY), (), _radios),
        Table((*SPEEDFUSION, *IPSEC), (facts.VPN_TUNNELS_NOW,), _tunnels),
    ),
)
