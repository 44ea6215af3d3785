"""What any agent may tell: the system group, the interface table, the host's processors and memory (IETF MIBs)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors.iftable import DESCR as DESCR
from auditor.collectors.vendors.iftable import INTERFACES as INTERFACES
from auditor.collectors.vendors.iftable import NAME as NAME
from auditor.collectors.vendors.iftable import names as names
from auditor.collectors.vendors.iftable import speed as speed
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told
from auditor.collectors.vendors.values import counts as counts
from auditor.collectors.vendors.values import decimal as decimal
from auditor.collectors.vendors.values import number as number
from auditor.collectors.vendors.values import parts
from auditor.collectors.vendors.values import percent as percent
from auditor.collectors.vendors.values import text as text
from auditor.model import Key
from auditor.values import ABSENT, Absent

SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME = (f"1.3.6.1.2.1.1.{n}.0" for n in (1, 2, 3, 5))
NET_SNMP: Final = "1.3.6.1.4.1.8072.3.2"
"""What every box with a net-snmp agent calls itself unless its maker cared: one of many, never an identity."""


# ---- system group ----


def _system(values: Mapping[Oid, SnmpValue]) -> Told:
    found: dict[Key[Any], Any] = {}
    if name := text(values.get(SYS_NAME, ABSENT)):
        found[facts.IDENTITY_NAME] = name
    uptime = number(values.get(SYS_UPTIME, ABSENT))
    if not isinstance(uptime, Absent):
        found[facts.SYSTEM_UPTIME] = uptime // 100
    return Told(found)


SYSTEM: Final = Scalars(
    (SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME), (facts.IDENTITY_NAME, facts.SYSTEM_UPTIME), _system
)


def identity(
    values: Mapping[Oid, SnmpValue], declared: str = "", probed: Mapping[Oid, SnmpValue] | None = None
) -> Identity:
    """What the system group says of the device, and what it answered to the probes."""
    answers = {oid: text(value) for oid, value in (probed or {}).items()}
    described, named = text(values.get(SYS_DESCR, ABSENT)), text(values.get(SYS_OBJECT_ID, ABSENT))
    return Identity(described, named, "", declared, answers)


# ---- what a page says of itself ----


def identified(vendor: str, platform: str, model: str = "", version: str = "", serial: str = "") -> dict[Key[Any], Any]:
    """The identity facts that are known, for a page to complete."""
    said = {
        facts.IDENTITY_VENDOR: vendor,
        facts.IDENTITY_PLATFORM: platform,
        facts.IDENTITY_MODEL: model,
        facts.IDENTITY_OS_VERSION: version,
        facts.IDENTITY_SERIAL: serial,
    }
    return {key: value for key, value in said.items() if value}


WHO: Final = (facts.IDENTITY_MODEL, facts.IDENTITY_OS_VERSION, facts.IDENTITY_SERIAL)
"""The identity facts that a page asks for by name; without an answer each is a gap."""


def share(key: Key[Any], value: SnmpValue | Absent) -> dict[Key[Any], Any]:
    """A load in %, nothing where the agent sends what cannot be one."""
    found = percent(decimal(value))
    return {} if isinstance(found, Absent) else {key: found}


def under(identity: Identity, *roots: Oid) -> bool:
    """Whether the sysObjectID is one of these or stands below one."""
    return any(f"{identity.sys_object_id}.".startswith(f"{root}.") for root in roots)


# ---- hosts (HOST-RESOURCES-MIB, RFC 2790) ----

PROCESSOR: Final = "1.3.6.1.2.1.25.3.3.1.2"
STORAGE_TYPE, STORAGE_SIZE, STORAGE_USED = (f"1.3.6.1.2.1.25.2.3.1.{n}" for n in (2, 5, 6))
STORAGE_UNIT: Final = "1.3.6.1.2.1.25.2.3.1.4"
RAM: Final = "1.3.6.1.2.1.25.2.1.2"
SMALLEST_RAM: Final = 2**20  # an agent that says 4096 bytes does not count in its own units


def _host(columns: Columns) -> Told:
    found: dict[Key[Any], Any] = {}
    loads = [load for value in columns.get(PROCESSOR, {}).values() if isinstance(load := number(value), int)]
    if loads:
        found[facts.SYSTEM_CPU] = round(sum(loads) / len(loads), 1)
        found[facts.HOST_CPUS] = len(loads)
    ram = next((i for i, v in columns.get(STORAGE_TYPE, {}).items() if text(v) == RAM), "")
    size, used, unit = (
        number(columns.get(root, {}).get(ram, ABSENT)) for root in (STORAGE_SIZE, STORAGE_USED, STORAGE_UNIT)
    )
    if isinstance(size, int) and isinstance(used, int) and isinstance(unit, int):
        size, used = (count + 2**32 if count < 0 else count for count in (size, used))
        if size * unit >= SMALLEST_RAM:
            found[facts.SYSTEM_MEMORY] = round(100 * used / size, 1)
            found[facts.HOST_MEMORY] = size * unit
    return Told(found)


HOST: Final = Table(
    (PROCESSOR, STORAGE_TYPE, STORAGE_SIZE, STORAGE_USED, STORAGE_UNIT),
    (facts.SYSTEM_CPU, facts.SYSTEM_MEMORY, facts.HOST_CPUS, facts.HOST_MEMORY),
    _host,
)

# ---- net-snmp's own objects (UCD-SNMP-MIB) ----

CPU_IDLE: Final = "1.3.6.1.4.1.2021.11.11.0"  # ssCpuIdle, %
MEMORY_TOTAL, MEMORY_FREE, MEMORY_BUFFERS, MEMORY_CACHED = (f"1.3.6.1.4.1.2021.4.{n}.0" for n in (5, 6, 14, 15))  # kB


def _ucd(values: Mapping[Oid, SnmpValue]) -> Told:
    """Load without what the kernel keeps as a cache, which hrStorage counts as used."""
    found: dict[Key[Any], Any] = {}
    idle = number(values.get(CPU_IDLE, ABSENT))
    if isinstance(idle, int) and 0 <= idle <= 100:
        found[facts.SYSTEM_CPU] = float(100 - idle)
    total, free, buffers, cached = (
        number(values.get(oid, ABSENT)) for oid in (MEMORY_TOTAL, MEMORY_FREE, MEMORY_BUFFERS, MEMORY_CACHED)
    )
    if isinstance(total, int) and isinstance(free, int) and total > 0:
        kept = sum(part for part in (buffers, cached) if isinstance(part, int))
        found[facts.HOST_MEMORY] = total * 1024
        if isinstance(cached, int):
            found[facts.SYSTEM_MEMORY] = round(100 * max(0, total - free - kept) / total, 1)
    return Told(found)


UCD: Final = Scalars(
    (CPU_IDLE, MEMORY_TOTAL, MEMORY_FREE, MEMORY_BUFFERS, MEMORY_CACHED),
    (facts.SYSTEM_CPU, facts.SYSTEM_MEMORY, facts.HOST_MEMORY),
    _ucd,
)

# ---- chassis (ENTITY-MIB, RFC 6933) ----

CLASS, ENTITY_NAME, SERIAL, MODEL = (f"1.3.6.1.2.1.47.1.1.1.1.{n}" for n in (5, 7, 11, 13))
_CODE: Final = re.compile(
    r"(?=.*\d)(?!.*chassis)[A-Z][\w/+.-]{3,}$", re.I
)  # a product code, not "Chassis" or "chassis 1"


def _chassis(columns: Columns) -> Told:
    """Model and serial of a chassis row; of the first row that has one where no row is a chassis."""
    classes = columns.get(CLASS, {})
    every = sorted({*columns.get(MODEL, {}), *columns.get(SERIAL, {})}, key=parts)
    rows = [row for row in every if number(classes.get(row, ABSENT)) == 3] or every
    found: dict[Key[Any], Any] = {}
    named = [said for row in rows if _CODE.match(said := text(columns.get(ENTITY_NAME, {}).get(row, ABSENT)))]
    for key, root, other in ((facts.IDENTITY_MODEL, MODEL, named), (facts.IDENTITY_SERIAL, SERIAL, [])):
        told = [said for row in rows if (said := text(columns.get(root, {}).get(row, ABSENT)))]
        if said := next(iter(told or other), ""):  # some IOS 15 boxes fill entPhysicalName instead of the model
            found[key] = said
    return Told(found)


CHASSIS: Final = Table((CLASS, SERIAL, MODEL, ENTITY_NAME), (facts.IDENTITY_MODEL, facts.IDENTITY_SERIAL), _chassis)
