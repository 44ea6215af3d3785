"""Object identifiers and recorded values: the text form of what SNMP said, and the subtrees never asked for."""

from __future__ import annotations

import re
from typing import Final

from auditor.collectors.transport import Oid, SnmpValue

SECRET_SUBTREES: Final = (
    "1.3.6.1.6.3.18",  # SNMP-COMMUNITY-MIB: communities in clear
    "1.3.6.1.6.3.15",  # SNMP-USER-BASED-SM-MIB: users and key change objects
    "1.3.6.1.4.1.9.9.96",  # CISCO-CONFIG-COPY-MIB: a table that is there to be written
)
_ADDRESS: Final = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")


def number(oid: Oid) -> tuple[int, ...]:
    """The OID as numbers, for its order; raises ValueError when it is not one."""
    return tuple(map(int, oid.split(".")))


def children(oid: Oid, root: Oid) -> bool:
    """Whether the OID stands below this root."""
    return oid.startswith(root + ".")


def refused_subtree(oid: Oid) -> bool:
    """Whether this OID stands in a subtree that holds secrets, or above one that a walk would enter."""
    return any(f"{oid}.".startswith(f"{root}.") or f"{root}.".startswith(f"{oid}.") for root in SECRET_SUBTREES)


def record(oid: Oid, value: SnmpValue) -> str:
    """One line `OID|TAG|VALUE` that a capture reader takes back; the width of an integer is not kept (tag 2)."""
    if isinstance(value, bytes):
        text = value.decode("ascii", errors="replace")
        plain = value.isascii() and text.isprintable() and text == text.strip()
        return f"{oid}|4|{text}" if plain else f"{oid}|4x|{value.hex()}"
    if isinstance(value, int):
        return f"{oid}|2|{value}"
    return f"{oid}|{'64' if _ADDRESS.fullmatch(value) else '6'}|{value}"
