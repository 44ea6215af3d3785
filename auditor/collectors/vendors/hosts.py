"""What the agents of hosts tell of processors, memory and sessions (HOST-RESOURCES-MIB, RFC 2790)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid
from auditor.collectors.vendors.page import Columns, Table, Told
from auditor.collectors.vendors.scalars import Row, count
from auditor.collectors.vendors.standard import (
    PROCESSOR,
    RAM,
    SMALLEST_RAM,
    STORAGE_SIZE,
    STORAGE_TYPE,
    STORAGE_UNIT,
    STORAGE_USED,
)
from auditor.collectors.vendors.values import counts, number, percent, text
from auditor.model import Key
from auditor.values import ABSENT

STORAGE_NAME: Final = "1.3.6.1.2.1.25.2.3.1.3"  # hrStorageDescr
SESSIONS: Final = Row("1.3.6.1.2.1.25.1.5.0", facts.HOST_SESSIONS, count)  # hrSystemNumUsers


def _processors(columns: Columns) -> Told:
    loads = [load for load in counts(columns, PROCESSOR) if percent(load) is not ABSENT]
    if not loads:
        return Told()
    return Told({facts.SYSTEM_CPU: round(sum(loads) / len(loads), 1), facts.HOST_CPUS: len(loads)})


PROCESSORS: Final = Table((PROCESSOR,), (facts.SYSTEM_CPU,), _processors)
"""Load and number of the processors, for boxes whose agent does not know what memory their kernel could free."""


def _memory(columns: Columns) -> Told:
    """Size, and what is used without the kernel's buffers and caches, where the agent (net-snmp) tells them."""
    rows = dict(_rows(columns))
    ram = rows.get("physical memory")
    if ram is None or ram[0] < SMALLEST_RAM:
        return Told()
    found: dict[Key[Any], Any] = {facts.HOST_MEMORY: ram[0]}
    kept = [rows[name][1] for name in ("memory buffers", "cached memory") if name in rows]
    if len(kept) == 2:
        found[facts.SYSTEM_MEMORY] = round(100 * max(0, ram[1] - sum(kept)) / ram[0], 1)
    return Told(found)


def _rows(columns: Columns) -> Iterator[tuple[str, tuple[int, int]]]:
    """Size and use in bytes of each storage by its name; that of the first row of type RAM is `physical memory`."""
    for index, value in columns.get(STORAGE_NAME, {}).items():
        size, used, unit = (_whole(columns, root, index) for root in (STORAGE_SIZE, STORAGE_USED, STORAGE_UNIT))
        ram = text(columns.get(STORAGE_TYPE, {}).get(index, ABSENT)) == RAM
        if size >= 0 and used >= 0 and unit > 0:
            yield "physical memory" if ram else text(value).lower(), (size * unit, used * unit)


def _whole(columns: Columns, root: Oid, index: str) -> int:
    """A size; beyond 2^31 some agents show it negative."""
    found = number(columns.get(root, {}).get(index, ABSENT))
    if not isinstance(found, int):
        return -1
    return found + 2**32 if found < 0 else found


MEMORY: Final = Table(
    (STORAGE_TYPE, STORAGE_NAME, STORAGE_UNIT, STORAGE_SIZE, STORAGE_USED),
    (facts.SYSTEM_MEMORY, facts.HOST_MEMORY),
    _memory,
)
"""Memory of a Linux host."""
