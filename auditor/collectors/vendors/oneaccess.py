"""OneAccess (Ekinops) OneOS routers of French operators: identity, load, SHDSL spans, radio, shapers, voice ports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import doors, exchange, joins, oneos_shows, standard
from auditor.collectors.vendors.lines import DSL, signal
from auditor.collectors.vendors.page import Columns, Command, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import counts, identified, number, share, text, under
from auditor.facts import Radio
from auditor.model import Key
from auditor.values import ABSENT, Absent

OAC: Final = "1.3.6.1.4.1.13191.10.3."
MODEL, SERIAL = OAC + "3.2.2.2.1.8.0", OAC + "3.2.2.2.1.5.0"  # oacExpIMSysHwcProductName, …SerialNumber
MEMORY: Final = OAC + "3.1.1.4.0"  # oacSysMemoryUsed, %
CPU: Final = OAC + "3.1.2.3.1.3"  # oacSysCpuUsedValue, %; one row for each core and period

_CELL: Final = OAC + "9.2.1."  # oacCellRadioModuleTable, ONEACCESS-CELLULAR-MIB
OPERATOR, RSSI, RSRQ, RSRP, SNR, TECHNOLOGY, PLMN = (_CELL + n for n in ("40", "41", "43", "44", "45", "46", "73"))


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    found = identified(
        "OneAccess (Ekinops)",
        "oneaccess_oneos",
        text(values.get(MODEL, ABSENT)),
        oneos_shows.release(text(values.get(standard.SYS_DESCR, ABSENT))),
        text(values.get(SERIAL, ABSENT)),
    )
    return Told(found | share(facts.SYSTEM_MEMORY, values.get(MEMORY, ABSENT)))


def _load(columns: Columns) -> Told:
    loads = [load for load in counts(columns, CPU) if 0 <= load <= 100]
    return Told({facts.SYSTEM_CPU: float(max(loads))} if loads else {})


def _radio(columns: Columns) -> Told:
    """Each modem with a signal; 0 dBm and `<not available>` mean that there is none."""
    found = []
    for index, value in columns.get(RSSI, {}).items():

        def at(root: Oid, index: str = index) -> SnmpValue | Absent:
            return columns.get(root, {}).get(index, ABSENT)

        rssi, rsrp = signal(value, -140, -20), signal(at(RSRP), -160, -30)
        if isinstance(rssi, Absent) and isinstance(rsrp, Absent):
            continue
        operator = text(at(OPERATOR)) or text(at(PLMN))
        snr = number(at(SNR))
        found.append(
            Radio(
                interface=f"cellular {index}",
                technology=text(at(TECHNOLOGY)) or ABSENT,
                operator=operator or ABSENT,
                rssi_dbm=rssi,
                rsrp_dbm=rsrp,
                rsrq_db=signal(at(RSRQ), -40, -1),
                sinr_db=ABSENT if isinstance(snr, Absent) else float(snr),
            )
        )
    told: dict[Key[Any], Any] = {facts.LINK_CELLULAR: tuple(found)} if found else {}
    return Told(told)


def _is_oneos(identity: Identity) -> bool:
    return under(identity, "1.3.6.1.4.1.13191") or bool(re.match(r"OneOS", identity.sys_descr, re.I))


PEOPLE: Final = (r"(\bcalling : )(\S+?)(?=,|\s)", r"(\bcalled : )(\S+)")
COMMANDS: Final = (
    Command("show system status", (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL), oneos_shows.status),
    Command("show product-info-area", (facts.IDENTITY_SERIAL,), oneos_shows.product),
    Command("show interfaces", (facts.INTERFACES,), oneos_shows.interfaces, seconds=60),
    Command("show policy-interface output", (), oneos_shows.shapers, seconds=60),
    Command("show cellular-radio network", (), oneos_shows.radio),
    Command("show voice sip-gateway", (facts.TELEPHONY_TRUNKS,), oneos_shows.gateway),
    Command("show voice voice-port pri all", (), oneos_shows.ports),
    Command(
        "show voice voip-call active all", (facts.TELEPHONY_CALLS_NOW,), oneos_shows.calls, seconds=60, people=PEOPLE
    ),
)


def _first(known: Any, _told: Any) -> Any:
    return known


ONEACCESS = Vendor(
    name="oneaccess",
    platform="oneaccess_oneos",
    recognise=_is_oneos,
    scalars=(
        standard.SYSTEM,
        Scalars((standard.SYS_DESCR, MODEL, SERIAL, MEMORY), (*standard.WHO, facts.SYSTEM_MEMORY), _box),
    ),
    tables=(
        standard.INTERFACES,
        standard.CHASSIS,
        Table((CPU,), (facts.SYSTEM_CPU,), _load),
        DSL,
        Table((OPERATOR, RSSI, RSRQ, RSRP, SNR, TECHNOLOGY, PLMN), (), _radio),
    ),
    commands=COMMANDS,
    session=("term len 0", "screen-width 512", "stty columns 255"),
    combine={
        facts.INTERFACES: doors.interfaces,
        facts.LINK_RATES: joins.rates,
        facts.LINK_CELLULAR: _first,  # the modem that SNMP tells has another name here
        facts.TELEPHONY_TRUNKS: exchange.trunks,
        facts.TELEPHONY_CALLS_NOW: max,  # counted twice within a minute
        facts.IDENTITY_MODEL: _first,  # OneOS 5 names its board, the MIB the product
    },
    hello="show system status",
    recognise_shell=lambda output: bool(re.search(r"^Software version\s*:\s*ONEOS", output, re.M | re.I)),
)
