"""VMware ESXi hosts over SNMP: version, hardware, processors and memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import hosts, standard
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.scalars import Row, count, scalars, units, word
from auditor.collectors.vendors.values import number, parts, text
from auditor.model import Key
from auditor.values import ABSENT

BASE: Final = "1.3.6.1.4.1.6876."
VERSION: Final = BASE + "1.2.0"  # vmwProdVersion, VMWARE-SYSTEM-MIB
CPUS, MEMORY_KB = BASE + "3.1.1.0", BASE + "3.2.1.0"  # vmwNumCPUs, vmwMemSize, VMWARE-RESOURCES-MIB
DESCRIBED: Final = "1.3.6.1.2.1.47.1.1.1.1.2"  # entPhysicalDescr: maker and model in one text
UUID: Final = "1.3.6.1.2.1.47.1.1.1.1.7"  # entPhysicalName: `smbios` where the row comes from the board
CLASS, SERIAL, MODEL = (f"1.3.6.1.2.1.47.1.1.1.1.{n}" for n in (5, 11, 13))


def _described(values: Mapping[Oid, SnmpValue]) -> Told:
    """`VMware ESXi 7.0.0 build-15843807 VMware, Inc. x86_64`."""
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "VMware", facts.IDENTITY_PLATFORM: "vmware_esxi"}
    if said := re.match(r"VMware ESXi? (\d[\w.]*)", text(values.get(standard.SYS_DESCR, ABSENT))):
        found[facts.IDENTITY_OS_VERSION] = said[1]
    return Told(found)


def _board(columns: Columns) -> Told:
    """Model and serial of the server: the chassis, or the row that the board's own tables (SMBIOS) fill."""
    rows = sorted({*columns.get(DESCRIBED, {}), *columns.get(MODEL, {})}, key=parts)

    def at(root: Oid, row: str) -> str:
        return text(columns.get(root, {}).get(row, ABSENT))

    chosen = [row for row in rows if number(columns.get(CLASS, {}).get(row, ABSENT)) == 3 or at(UUID, row) == "smbios"]
    for row in chosen[:1]:
        told = {facts.IDENTITY_MODEL: at(DESCRIBED, row) or at(MODEL, row), facts.IDENTITY_SERIAL: at(SERIAL, row)}
        return Told({key: value for key, value in told.items() if value})
    return Told()


def _is_esxi(identity: Identity) -> bool:
    return f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.6876.") or identity.sys_descr.startswith("VMware ESX")


VMWARE = Vendor(
    name="vmware",
    platform="vmware_esxi",
    recognise=_is_esxi,
    scalars=(
        standard.SYSTEM,
        Scalars((standard.SYS_DESCR,), (facts.IDENTITY_OS_VERSION,), _described),
        scalars(
            Row(VERSION, facts.IDENTITY_OS_VERSION, word),
            Row(CPUS, facts.HOST_CPUS, count),
            Row(MEMORY_KB, facts.HOST_MEMORY, units(1024)),
            hosts.SESSIONS,
        ),
    ),
    tables=(
        standard.INTERFACES,
        Table((DESCRIBED, CLASS, UUID, SERIAL, MODEL), (facts.IDENTITY_MODEL, facts.IDENTITY_SERIAL), _board),
        standard.HOST,
    ),
)
