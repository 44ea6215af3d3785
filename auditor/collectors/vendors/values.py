"""What an SNMP value says: text on one line, whole and decimal numbers also where the agent sends them as text."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Final

from auditor.clean import decode, line, whole
from auditor.collectors.transport import Oid, SnmpValue
from auditor.values import ABSENT, Absent

HIDDEN: Final = ("<private>", "<not available>", "-")
"""What agents and recordings write where they say nothing."""


def text(value: SnmpValue | Absent) -> str:
    """A value as one clean line; "" for what is absent or redacted."""
    if isinstance(value, Absent):
        return ""
    found = line(decode(value) if isinstance(value, bytes) else str(value)).strip('"')
    return "" if found in HIDDEN else found


def number(value: SnmpValue | Absent) -> int | Absent:
    """A whole number, also one sent as text (`125 Users`); ABSENT when it is none, or longer than any counter."""
    if isinstance(value, int):
        return value
    found = re.match(r"\s*(-?\d{1,20})(?!\d)", text(value))
    return int(found.group(1)) if found else ABSENT


def count(value: SnmpValue | Absent) -> int | Absent:
    """A number of things: never negative."""
    found = number(value)
    return found if isinstance(found, int) and found >= 0 else ABSENT


def decimal(value: SnmpValue | Absent) -> float | Absent:
    """A number with a fraction, also one sent as text (`2.403`, `0.000%`); ABSENT when it is none."""
    if isinstance(value, int):
        return float(value)
    found = re.match(r"\s*(-?\d{1,20}(?:\.\d{1,20})?)(?!\d)", text(value))
    return float(found.group(1)) if found else ABSENT


def counts(columns: Mapping[Oid, Mapping[Oid, SnmpValue]], root: Oid) -> list[int]:
    """Every whole number of a column."""
    return [count for value in columns.get(root, {}).values() if isinstance(count := number(value), int)]


def percent(value: float | int | Absent) -> float | Absent:
    """A share that can be one: agents send -1 or 255 where they do not know."""
    return float(value) if not isinstance(value, Absent) and 0 <= value <= 100 else ABSENT


def parts(index: str) -> tuple[int, ...]:
    """A row index as numbers; a part that no object identifier can have is left out."""
    return tuple(part for text in index.split(".") if (part := whole(text)) is not None)


def spelled(numbers: Iterable[int]) -> str:
    """The text that an index spells in octets."""
    return line(decode(bytes(part for part in numbers if part < 256)))


def address(value: SnmpValue | Absent) -> str:
    """An IP address from an IpAddress, four or sixteen octets, or text; "" when it is none."""
    if isinstance(value, bytes) and len(value) in (4, 16):
        return str(ipaddress.ip_address(value))
    try:
        return str(ipaddress.ip_address(text(value)))
    except ValueError:
        return ""
