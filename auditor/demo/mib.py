"""What an agent of the demo tells, object by object; counters are functions of the agent's own clock."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Oid: TypeAlias = tuple[int, ...]
Kind: TypeAlias = Literal["integer", "octets", "oid", "address", "counter32", "counter64", "gauge", "ticks"]
Tree: TypeAlias = Mapping[Oid, "Leaf"]

PACKET: Final = 640  # octets of a mean packet, as in the domain model
ROUND32: Final = 2**32


@dataclass(frozen=True, slots=True)
class Leaf:
    """One instance: its syntax, and its value or what it is at a tick (hundredths of a second) of the agent's clock."""

    kind: Kind
    value: int | str | bytes | Callable[[int], int]

    def at(self, ticks: int) -> int | str | bytes:
        return self.value(ticks) if callable(self.value) else self.value


def oid(text: str) -> Oid:
    """`1.3.6.1` as numbers."""
    return tuple(int(part) for part in text.split("."))


def scalars(kind: Kind, values: Mapping[str, int | str]) -> Tree:
    """Instances of one syntax by their whole OID."""
    return {oid(name): Leaf(kind, value) for name, value in values.items()}


def column(root: str, kind: Kind, values: Mapping[int, int | str]) -> Tree:
    """The instances of a column by row."""
    return {(*oid(root), row): Leaf(kind, value) for row, value in values.items()}


def system(descr: str, product: str, name: str, location: str) -> Tree:
    """The system group; `product` is the sysObjectID."""
    return {
        oid("1.3.6.1.2.1.1.1.0"): Leaf("octets", descr),
        oid("1.3.6.1.2.1.1.2.0"): Leaf("oid", product),
        oid("1.3.6.1.2.1.1.3.0"): Leaf("ticks", lambda ticks: ticks % ROUND32),
        oid("1.3.6.1.2.1.1.4.0"): Leaf("octets", "it@atelier.example"),
        oid("1.3.6.1.2.1.1.5.0"): Leaf("octets", name),
        oid("1.3.6.1.2.1.1.6.0"): Leaf("octets", location),
        oid("1.3.6.1.2.1.1.7.0"): Leaf("integer", 78),
    }


@dataclass(frozen=True, slots=True)
class Port:
    """A row of the interface tables. Rates in bit/s, multiples of 800 so that each tick adds whole octets."""

    index: int
    name: str
    descr: str
    kind: int = 6  # ethernetCsmacd
    speed_bps: int = 1_000_000_000
    alias: str = ""
    up: bool = True
    enabled: bool = True
    physical: bool = True
    in_bps: int = 0
    out_bps: int = 0
    errors: int = 0
    discards: int = 0
    addresses: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        assert self.in_bps % 800 == 0
        assert self.out_bps % 800 == 0


def _octets(bps: int) -> Callable[[int], int]:
    return lambda ticks: bps // 800 * ticks


def _packets(bps: int) -> Callable[[int], int]:
    return lambda ticks: bps // 800 * ticks // PACKET


def _narrow(counter: Callable[[int], int]) -> Callable[[int], int]:
    return lambda ticks: counter(ticks) % ROUND32


def interfaces(ports: Sequence[Port]) -> Tree:
    """ifTable, ifXTable and ipAddrTable of these ports."""
    found: dict[Oid, Leaf] = {oid("1.3.6.1.2.1.2.1.0"): Leaf("integer", len(ports))}
    for port in ports:
        for number, leaf in _if_table(port).items():
            found[(*oid("1.3.6.1.2.1.2.2.1"), number, port.index)] = leaf
        for number, leaf in _ifx_table(port).items():
            found[(*oid("1.3.6.1.2.1.31.1.1.1"), number, port.index)] = leaf
        for address, mask in (port.addresses or {}).items():
            for number, leaf in {
                1: Leaf("address", address), 2: Leaf("integer", port.index), 3: Leaf("address", mask)
            }.items():  # fmt: skip
                found[(*oid("1.3.6.1.2.1.4.20.1"), number, *oid(address))] = leaf
    return found


def _if_table(port: Port) -> dict[int, Leaf]:
    mac = bytes.fromhex("02004b5200") + bytes([port.index]) if port.kind == 6 else b""
    return {
        1: Leaf("integer", port.index),
        2: Leaf("octets", port.descr),
        3: Leaf("integer", port.kind),
        4: Leaf("integer", 1500),
        5: Leaf("gauge", min(port.speed_bps, ROUND32 - 1)),
        6: Leaf("octets", mac),
        7: Leaf("integer", 1 if port.enabled else 2),
        8: Leaf("integer", 1 if port.up else 2),
        9: Leaf("ticks", 3_127),
        10: Leaf("counter32", _narrow(_octets(port.in_bps))),
        11: Leaf("counter32", _narrow(_packets(port.in_bps))),
        13: Leaf("counter32", port.discards),
        14: Leaf("counter32", port.errors),
        16: Leaf("counter32", _narrow(_octets(port.out_bps))),
        17: Leaf("counter32", _narrow(_packets(port.out_bps))),
        19: Leaf("counter32", port.discards),
        20: Leaf("counter32", 0),
    }


def _ifx_table(port: Port) -> dict[int, Leaf]:
    return {
        1: Leaf("octets", port.name),
        6: Leaf("counter64", _octets(port.in_bps)),
        7: Leaf("counter64", _packets(port.in_bps)),
        10: Leaf("counter64", _octets(port.out_bps)),
        11: Leaf("counter64", _packets(port.out_bps)),
        15: Leaf("gauge", port.speed_bps // 1_000_000),
        17: Leaf("integer", 1 if port.physical else 2),
        18: Leaf("octets", port.alias),
        19: Leaf("ticks", 0),
    }


def default_route(index: int, gateway: str) -> Tree:
    """0.0.0.0/0 in both routing tables of RFC 4292, the new one and the deprecated one."""
    hop = tuple(ipaddress.IPv4Address(gateway).packed)
    new = (*oid("1.3.6.1.2.1.4.24.7.1"),), (1, 4, 0, 0, 0, 0, 0, 2, 0, 0, 1, 4, *hop)
    old = (*oid("1.3.6.1.2.1.4.24.4.1"),), (0, 0, 0, 0, 0, 0, 0, 0, 0, *hop)
    return {
        (*new[0], 7, *new[1]): Leaf("integer", index),
        (*new[0], 8, *new[1]): Leaf("integer", 4),  # remote
        (*new[0], 9, *new[1]): Leaf("integer", 3),  # netmgmt: a static route
        (*old[0], 5, *old[1]): Leaf("integer", index),
        (*old[0], 6, *old[1]): Leaf("integer", 4),
        (*old[0], 7, *old[1]): Leaf("integer", 3),
    }


def chassis(descr: str, model: str, serial: str, software: str) -> Tree:
    """The chassis row of ENTITY-MIB and a fan below it."""
    root = "1.3.6.1.2.1.47.1.1.1.1"
    return {
        **column(f"{root}.2", "octets", {1: descr, 2: "Fan"}),
        **column(f"{root}.5", "integer", {1: 3, 2: 7}),
        **column(f"{root}.10", "octets", {1: software, 2: ""}),
        **column(f"{root}.11", "octets", {1: serial, 2: ""}),
        **column(f"{root}.13", "octets", {1: model, 2: ""}),
    }
