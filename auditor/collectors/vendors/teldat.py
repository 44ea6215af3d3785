"""Teldat CIT and OSDx routers: identity and options, load, ADSL and cellular lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.clean import whole
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.iftable import DESCR, NAME, names
from auditor.collectors.vendors.lines import DSL, signal
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import identified, number, share, text, under
from auditor.facts import Radio
from auditor.model import Key
from auditor.values import ABSENT, Absent

VERSION: Final = "1.3.6.1.4.1.2007.1.2.1.6.0"  # telAdminStatusSystemAppVersion
CPU: Final = "1.3.6.1.4.1.2007.4.1.2.1.2.1.1.2.0"  # TELDAT-MON-CPU-MIB, the minute's mean; .1 is 5 s, .3 five minutes
# TELDAT-MON-CommonInfo-MIB: memory of the system and what is free of it, bytes
MEMORY_TOTAL, MEMORY_FREE = "1.3.6.1.4.1.2007.4.1.2.1.1.26.0", "1.3.6.1.4.1.2007.4.1.2.1.1.28.0"

_CELL: Final = "1.3.6.1.4.1.2007.4.1.2.2.2.18.3.2.1."  # teldatCellularStateMobileTable
RSRP, RSRQ, SINR = (_CELL + n for n in ("22", "23", "24"))


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    description = text(values.get(standard.SYS_DESCR, ABSENT))
    serial = re.search(r"S/N:\s*([\w/-]+)", description)
    found = identified(
        "Teldat",
        "teldat_cit",
        model(description),
        text(values.get(VERSION, ABSENT)),
        serial.group(1) if serial else "",
    )
    found |= share(facts.SYSTEM_CPU, values.get(CPU, ABSENT))
    total, free = number(values.get(MEMORY_TOTAL, ABSENT)), number(values.get(MEMORY_FREE, ABSENT))
    if isinstance(total, int) and isinstance(free, int) and 0 < free <= total:
        found[facts.SYSTEM_MEMORY] = round(100 * (total - free) / total, 1)
    return Told(found)


def model(description: str) -> str:
    """`Router model M1L 1FELAN 4FESW IPSec …`: the name ends before the ports, the options, two numbers
    or the serial number."""
    match = re.search(
        r"Router model (.+?)(?= \d+ ?[A-Z]*(?:LAN|SW|GE|FE)\b| IPSec\b| VoIP\b| \d+ \d+ CPU\b| S/N:| SWL:|$)",
        description,
    )
    return match.group(1).strip() if match else ""


def _radio(columns: Columns) -> Told:
    """Each modem that hears a cell; 0 means that there is none."""
    named = names(columns)
    found = []
    for index, value in columns.get(RSRP, {}).items():
        rsrp = signal(value, -160, -30)
        if isinstance(rsrp, Absent):
            continue
        sinr = number(columns.get(SINR, {}).get(index, ABSENT))
        found.append(
            Radio(
                interface=named.get(row, index) if (row := whole(index)) is not None else index,
                rsrp_dbm=rsrp,
                rsrq_db=signal(columns.get(RSRQ, {}).get(index, ABSENT), -40, -1),
                sinr_db=ABSENT if isinstance(sinr, Absent) else float(sinr),
            )
        )
    told: dict[Key[Any], Any] = {facts.LINK_CELLULAR: tuple(found)} if found else {}
    return Told(told)


def _is_teldat(identity: Identity) -> bool:
    return under(identity, "1.3.6.1.4.1.2007") or bool(re.search(r"\bTeldat\b", identity.sys_descr))


TELDAT = Vendor(
    name="teldat",
    platform="teldat_cit",
    recognise=_is_teldat,
    scalars=(
        standard.SYSTEM,
        Scalars(
            (standard.SYS_DESCR, VERSION, CPU, MEMORY_TOTAL, MEMORY_FREE),
            (*standard.WHO, facts.SYSTEM_CPU, facts.SYSTEM_MEMORY),
            _box,
        ),
    ),
    tables=(standard.INTERFACES, standard.CHASSIS, DSL, Table((RSRP, RSRQ, SINR, NAME, DESCR), (), _radio)),
)
