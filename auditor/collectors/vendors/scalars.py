"""Single objects as rows of a table: which instance tells which fact, and how its value is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors.page import Facts, Scalars, Told
from auditor.collectors.vendors.values import count as count
from auditor.collectors.vendors.values import number, percent, text
from auditor.model import Key
from auditor.values import ABSENT, Absent, Message


@dataclass(frozen=True, slots=True)
class Row:
    """One instance; where several rows tell the same fact, the first that has a value does.

    `read` gives ABSENT or "" for a value that says nothing, or a Message where it says why nobody can know.
    """

    oid: Oid
    key: Key[Any]
    read: Callable[[SnmpValue | Absent], Any]


def scalars(*rows: Row, always: Facts | None = None) -> Scalars:
    """The question for these rows; `always` is what the page knows of its devices without asking."""

    def read(values: Mapping[Oid, SnmpValue]) -> Told:
        found: dict[Key[Any], Any] = {}
        missing: dict[Key[Any], Message] = {}
        for row in rows:
            value = row.read(values.get(row.oid, ABSENT))
            if isinstance(value, Message):
                missing.setdefault(row.key, value)
            elif value is not ABSENT and value != "":
                found.setdefault(row.key, value)
        return Told({**(always or {}), **found}, missing={key: why for key, why in missing.items() if key not in found})

    return Scalars(tuple(row.oid for row in rows), tuple(dict.fromkeys(row.key for row in rows)), read)


# ---- how a value is read ----


def word(value: SnmpValue | Absent) -> str:
    """A text on one line."""
    return text(value)


def limit(value: SnmpValue | Absent) -> int | Absent | Message:
    """How many are allowed; 0 means that no limit is known, never that nobody is allowed."""
    found = number(value)
    if isinstance(found, Absent) or found < 0:
        return ABSENT
    return found or Message("gap.unlimited")


def share(value: SnmpValue | Absent) -> float | Absent:
    """A load in %."""
    return percent(number(value))


def hundredths(value: SnmpValue | Absent) -> float | Absent:
    """A load counted in hundredths of one per cent."""
    found = number(value)
    return percent(found / 100) if isinstance(found, int) else ABSENT


def units(size: int) -> Callable[[SnmpValue | Absent], int | Absent]:
    """A positive amount counted in units of `size` bytes, in bytes."""

    def read(value: SnmpValue | Absent) -> int | Absent:
        found = number(value)
        return found * size if isinstance(found, int) and found > 0 else ABSENT

    return read


def one_of(names: Mapping[int, str]) -> Callable[[SnmpValue | Absent], str | Absent]:
    """The name of an enumerated value; what the MIB of this version does not name tells nothing."""

    def read(value: SnmpValue | Absent) -> str | Absent:
        found = number(value)
        return names.get(found, ABSENT) if isinstance(found, int) else ABSENT

    return read
