"""What any agent may tell: the system group, the interface table, the host's processors and memory (IETF MIBs)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.clean import decode, line
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told
from auditor.facts import Interface
from auditor.model import ABSENT, Absent, Key

SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME = (f"1.3.6.1.2.1.1.{n}.0" for n in (1, 2, 3, 5))
OLD_DEFAULT_ROUTE: Final = "1.3.6.1.2.1.4.21.1.2.0.0.0.0"  # ipRouteIfIndex of 0.0.0.0, RFC 1213
NO_SPEED: Final = 4_294_967_295  # ifSpeed's "look at ifHighSpeed", RFC 2863

IF: Final = "1.3.6.1.2.1.2.2.1."
IFX: Final = "1.3.6.1.2.1.31.1.1.1."
DESCR, TYPE, SPEED, ADMIN, OPER = (IF + n for n in ("2", "3", "5", "7", "8"))
IN_DISCARDS, IN_ERRORS, OUT_DISCARDS, OUT_ERRORS = (IF + n for n in ("13", "14", "19", "20"))
NAME, IN_PACKETS, OUT_PACKETS, HIGH_SPEED, CONNECTOR, ALIAS = (IFX + n for n in ("1", "7", "11", "15", "17", "18"))
ADDRESS_INDEX: Final = "1.3.6.1.2.1.4.20.1.2"
ROUTE_NEW: Final = "1.3.6.1.2.1.4.24.7.1.7.1.4.0.0.0.0.0"  # inetCidrRouteIfIndex below 0.0.0.0/0 alone
ROUTE_OLD: Final = "1.3.6.1.2.1.4.24.4.1.5.0.0.0.0.0.0.0.0"  # ipCidrRouteIfIndex below 0.0.0.0/0 alone

KINDS: Final[Mapping[int, str]] = {
    1: "other",
    6: "ethernet",
    23: "ppp",
    24: "loopback",
    37: "atm",
    49: "aal5",
    53: "virtual",
    94: "adsl",
    97: "vdsl",
    108: "multilink",
    131: "tunnel",
    135: "vlan",
    136: "vlan",
    142: "ip",
    161: "aggregate",
    169: "shdsl",
    209: "bridge",
    243: "cellular",
    244: "cellular",
    250: "gpon",
    251: "vdsl2",
}
LOGICAL: Final = ("loopback", "tunnel", "vlan", "aggregate", "bridge", "virtual", "other")


def text(value: SnmpValue | Absent) -> str:
    """A value as one clean line; "" for what is absent or redacted."""
    if isinstance(value, Absent):
        return ""
    found = line(decode(value) if isinstance(value, bytes) else str(value)).strip('"')
    return "" if found in ("<private>", "<not available>", "-") else found


def number(value: SnmpValue | Absent) -> int | Absent:
    """A whole number, also one sent as text (`125 Users`); ABSENT when it is none."""
    if isinstance(value, int):
        return value
    found = re.match(r"\s*(-?\d+)", text(value))
    return int(found.group(1)) if found else ABSENT


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


def identity(values: Mapping[Oid, SnmpValue], declared: str = "") -> Identity:
    """What the system group says of the device."""
    return Identity(text(values.get(SYS_DESCR, ABSENT)), text(values.get(SYS_OBJECT_ID, ABSENT)), "", declared)


# ---- interfaces ----

INTERFACE_ROOTS: Final = (
    DESCR, TYPE, SPEED, ADMIN, OPER, IN_DISCARDS, IN_ERRORS, OUT_DISCARDS, OUT_ERRORS,
    NAME, IN_PACKETS, OUT_PACKETS, HIGH_SPEED, CONNECTOR, ALIAS, ADDRESS_INDEX, ROUTE_NEW, ROUTE_OLD,
)  # fmt: skip


def _interfaces(columns: Columns) -> Told:
    """The union of the rows of every column: rows can exist in one table only."""
    rows = {index for root in INTERFACE_ROOTS[:15] for index in columns.get(root, {}) if index.isdigit()}
    if not rows:
        return Told()
    addresses = _addresses(columns)
    routed = {number(value) for root in (ROUTE_NEW, ROUTE_OLD) for value in columns.get(root, {}).values()}
    found = [_interface(columns, index, addresses, routed) for index in sorted(rows, key=int)]
    return Told({facts.INTERFACES: tuple(found)})


def _interface(
    columns: Columns, index: str, addresses: Mapping[int, tuple[str, ...]], routed: set[int | Absent]
) -> Interface:
    def at(root: Oid) -> SnmpValue | Absent:
        return columns.get(root, {}).get(index, ABSENT)

    kind = number(at(TYPE))
    plain = ABSENT if isinstance(kind, Absent) else KINDS.get(kind, str(kind))
    alias = text(at(ALIAS))
    return Interface(
        name=text(at(NAME)) or alias or text(at(DESCR)) or index,
        index=int(index),
        alias=alias or _description(at(DESCR), text(at(NAME))),
        kind=plain,
        physical=_physical(number(at(CONNECTOR)), plain),
        admin_up=_state(number(at(ADMIN))),
        oper_up=_state(number(at(OPER))),
        speed_bps=speed(number(at(HIGH_SPEED)), number(at(SPEED))),
        in_errors=number(at(IN_ERRORS)),
        out_errors=number(at(OUT_ERRORS)),
        in_discards=number(at(IN_DISCARDS)),
        out_discards=number(at(OUT_DISCARDS)),
        in_packets=number(at(IN_PACKETS)),
        out_packets=number(at(OUT_PACKETS)),
        addresses=addresses.get(int(index), ABSENT),
        default_route=True if int(index) in routed else (False if routed else ABSENT),
    )


def _description(value: SnmpValue | Absent, name: str) -> str | Absent:
    """ifDescr as the label where there is no ifAlias and it says more than the name."""
    found = text(value)
    return found if found and found != name else ABSENT


def _state(value: int | Absent) -> bool | Absent:
    """up(1) true; down, notPresent, lowerLayerDown false; testing, unknown, dormant not told (RFC 2863)."""
    return {1: True, 2: False, 6: False, 7: False}.get(value, ABSENT) if isinstance(value, int) else ABSENT


def _physical(connector: int | Absent, kind: str | Absent) -> bool | Absent:
    if kind in LOGICAL:
        return False
    if connector in (1, 2):
        return connector == 1
    return ABSENT


def speed(high: int | Absent, low: int | Absent) -> int | Absent:
    """bit/s: ifHighSpeed where it counts, ifSpeed below 20 Mbit/s or without it; 0 means unknown, never 0 bit/s."""
    told = not isinstance(low, Absent) and 0 < low < NO_SPEED
    if not isinstance(high, Absent) and high > 0:
        return low if told and high < 20 and not isinstance(low, Absent) else high * 1_000_000
    return low if told else ABSENT


def _addresses(columns: Columns) -> dict[int, tuple[str, ...]]:
    """Addresses by interface index; loopback addresses are left out."""
    found: dict[int, tuple[str, ...]] = {}
    for address, value in columns.get(ADDRESS_INDEX, {}).items():
        index = number(value)
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            continue
        if not isinstance(index, Absent) and not parsed.is_loopback:
            found[index] = (*found.get(index, ()), str(parsed))
    return found


INTERFACES: Final = Table(INTERFACE_ROOTS, (facts.INTERFACES,), _interfaces)

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

# ---- chassis (ENTITY-MIB, RFC 6933) ----

CLASS, SERIAL, MODEL = (f"1.3.6.1.2.1.47.1.1.1.1.{n}" for n in (5, 11, 13))


def _chassis(columns: Columns) -> Told:
    """Model and serial of a chassis row; of the first row that has one where no row is a chassis."""
    classes = columns.get(CLASS, {})
    rows = sorted(columns.get(MODEL, {}), key=_index)
    rows = [row for row in rows if number(classes.get(row, ABSENT)) == 3] or rows
    found: dict[Key[Any], Any] = {}
    for key, root in ((facts.IDENTITY_MODEL, MODEL), (facts.IDENTITY_SERIAL, SERIAL)):
        said = next(
            (text(columns[root][i]) for i in rows if root in columns and text(columns[root].get(i, ABSENT))), ""
        )
        if said:
            found[key] = said
    return Told(found)


def _index(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


CHASSIS: Final = Table((CLASS, SERIAL, MODEL), (facts.IDENTITY_MODEL, facts.IDENTITY_SERIAL), _chassis)
