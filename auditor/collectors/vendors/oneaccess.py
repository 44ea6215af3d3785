"""OneAccess (Ekinops) OneOS routers of French operators: identity, load, SHDSL spans, cellular radio, voice ports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.lines import DSL, signal
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import counts, identified, number, share, text, under
from auditor.facts import Radio
from auditor.model import ABSENT, Absent, Key

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
        release(text(values.get(standard.SYS_DESCR, ABSENT))),
        text(values.get(SERIAL, ABSENT)),
    )
    return Told(found | share(facts.SYSTEM_MEMORY, values.get(MEMORY, ABSENT)))


def release(description: str) -> str:
    """The OneOS version at the end of sysDescr (`OneOS-pCPE-ARM_pi1-6.6.1m6`); the BSP object is another version."""
    last = description.rpartition("-")[2].partition(" ")[0]
    return last if re.match(r"V?\d+\.\d", last, re.I) else ""


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
)
