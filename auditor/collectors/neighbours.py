"""Who stands beside a device: its LLDP, CDP and ARP tables as addresses, read over SNMP."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from auditor.clean import decode, line
from auditor.collectors.ranges import Address
from auditor.collectors.transport import CollectError, Oid, SnmpDoor, SnmpValue

LLDP_ADDRESS: Final = "1.0.8802.1.1.2.1.4.2.1.3"  # lldpRemManAddrIfSubtype: the address stands in the index, 802.1AB
LLDP_NAME: Final = "1.0.8802.1.1.2.1.4.1.1.9"  # lldpRemSysName
CDP_KIND: Final = "1.3.6.1.4.1.9.9.23.1.2.1.1.3"  # cdpCacheAddressType: 1 is IP, CISCO-CDP-MIB
CDP_ADDRESS: Final = "1.3.6.1.4.1.9.9.23.1.2.1.1.4"
CDP_NAME: Final = "1.3.6.1.4.1.9.9.23.1.2.1.1.6"  # cdpCacheDeviceId
ARP: Final = "1.3.6.1.2.1.4.22.1.4"  # ipNetToMediaType: 2 is invalid; the address stands in the index, RFC 4293
_INVALID: Final = 2
_MOST: Final = 2048

How = Literal["lldp", "cdp", "arp"]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An address that a device knows, by which table, and what it calls it there ("" in ARP)."""

    address: Address
    how: How
    name: str = ""


async def neighbours(door: SnmpDoor, *, arp: bool) -> tuple[Neighbour, ...]:
    """The neighbours of a device, each address once; a table it does not answer is as good as none here."""
    found: dict[Address, Neighbour] = {}
    for roots, reader in TABLES if arp else TABLES[:-1]:
        try:
            values = await door.walk(roots)
        except CollectError:
            continue
        for one in reader(values):
            if len(found) < _MOST:
                found.setdefault(one.address, one)
    return tuple(found.values())


def _rows(values: Mapping[Oid, SnmpValue], root: Oid) -> Iterator[tuple[tuple[int, ...], SnmpValue]]:
    """Row index and value of one column."""
    for oid, value in values.items():
        if oid.startswith(root + "."):
            yield tuple(map(int, oid[len(root) + 1 :].split("."))), value


def _lldp(values: Mapping[Oid, SnmpValue]) -> Iterator[Neighbour]:
    """The index is time, port, number, kind (1: IPv4, 2: IPv6), length (some agents leave it out), octets."""
    names = {index[:3]: _name(value) for index, value in _rows(values, LLDP_NAME)}
    for index, _ in _rows(values, LLDP_ADDRESS):
        size = {1: 4, 2: 16}.get(index[3] if len(index) > 3 else 0, 0)
        octets = index[4:] if len(index) == 4 + size else index[5:]
        if size and len(octets) == size and all(octet < 256 for octet in octets):
            yield Neighbour(ipaddress.ip_address(bytes(octets)), "lldp", names.get(index[:3], ""))


def _cdp(values: Mapping[Oid, SnmpValue]) -> Iterator[Neighbour]:
    kinds = dict(_rows(values, CDP_KIND))
    names = {index: _name(value) for index, value in _rows(values, CDP_NAME)}
    for index, value in _rows(values, CDP_ADDRESS):
        if isinstance(value, bytes) and len(value) == 4 and kinds.get(index, 1) == 1:
            yield Neighbour(ipaddress.IPv4Address(value), "cdp", names.get(index, ""))


def _arp(values: Mapping[Oid, SnmpValue]) -> Iterator[Neighbour]:
    for index, value in _rows(values, ARP):
        if value != _INVALID and len(index) == 5 and all(octet < 256 for octet in index[1:]):
            yield Neighbour(ipaddress.IPv4Address(bytes(index[1:])), "arp")


def _name(value: SnmpValue) -> str:
    return line(decode(value))[:80] if isinstance(value, bytes) else ""


TABLES: Final[tuple[tuple[tuple[Oid, ...], Callable[[Mapping[Oid, SnmpValue]], Iterator[Neighbour]]], ...]] = (
    ((LLDP_ADDRESS, LLDP_NAME), _lldp),
    ((CDP_KIND, CDP_ADDRESS, CDP_NAME), _cdp),
    ((ARP,), _arp),
)
"""The columns of each table and their reader; ARP, which names everybody's PC, is the last."""
