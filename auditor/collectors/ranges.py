"""The boundary of a discovery: the addresses somebody declared, and not one more; standard library alone."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from auditor.clean import line as one_line
from auditor.values import N_, Message, Value

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST: Final = 4096
"""How many addresses one discovery may contact, whatever its ranges hold."""

_SPAN: Final = re.compile(r"(?P<first>[0-9a-fA-F.:]+)\s*-\s*(?P<last>[0-9a-fA-F.:]+)")


class RangeError(ValueError):
    """Ranges that cannot be used; `message` says why."""

    def __init__(self, id: str, **values: Value) -> None:
        super().__init__(id)
        self.message = Message(id, values)


@dataclass(frozen=True, slots=True)
class Range:
    """A declared network; of a `span` its first and last addresses are hosts too."""

    network: Network
    span: bool = False

    def hosts(self) -> Iterator[Address]:
        return iter(self.network) if self.span else iter(self.network.hosts())

    def __contains__(self, address: Address) -> bool:
        if address not in self.network:
            return False
        ends = (self.network.network_address, self.network.broadcast_address)
        return self.span or address.version == 6 or self.network.num_addresses <= 2 or address not in ends


@dataclass(frozen=True, slots=True)
class Boundary:
    """Declared ranges, in the order they were declared."""

    ranges: tuple[Range, ...]

    @property
    def networks(self) -> tuple[Network, ...]:
        return tuple(one.network for one in self.ranges)

    def __contains__(self, address: Address) -> bool:
        """Whether an address may be contacted at all."""
        return usable(address) and any(address in one for one in self.ranges)

    def addresses(self) -> Iterator[Address]:
        """Every address that a scan contacts, each once; network and broadcast addresses are none."""
        seen: set[Address] = set()
        for one in self.ranges:
            for address in one.hosts():
                if address in self and address not in seen:
                    seen.add(address)
                    yield address

    def scan(self) -> tuple[Address, ...]:
        """The same as a whole; raises RangeError where that is more than may be contacted."""
        size = sum(one.network.num_addresses for one in self.ranges)
        if size > 4 * MOST:
            raise RangeError("range.too_many", count=size, limit=MOST)
        found = tuple(self.addresses())
        if len(found) > MOST:
            raise RangeError("range.too_many", count=len(found), limit=MOST)
        return found


def usable(address: Address) -> bool:
    """Whether an address is one host's."""
    return not (address.is_multicast or address.is_unspecified or str(address) == "255.255.255.255")


def declared(texts: Sequence[str], inside: Sequence[str] = (), *, public: bool = False) -> Boundary:
    """The boundary of these ranges; those of a site file are the boundary of the ranges themselves.

    `10.20.0.0/24`, `10.20.0.1-10.20.0.9`, `10.20.0.1-9` or one address. Public addresses are somebody else's until a
    site file or `public` says that they are meant. Raises RangeError.
    """
    outer = [ipaddress.ip_network(text) for text in inside]
    found = [one for text in texts for one in _ranges(text)] or [Range(network) for network in outer]
    if not found:
        raise RangeError("range.none")
    for network in (one.network for one in found):
        within = any(_holds(one, network) for one in outer)
        if outer and not within:
            raise RangeError("range.outside", range=str(network), networks=tuple(inside))
        if network.is_multicast:
            raise RangeError("range.multicast", range=str(network))
        if network.is_global and not within and not public:
            raise RangeError("range.public", range=str(network))
    return Boundary(tuple(dict.fromkeys(found)))


def address(text: str) -> Address:
    """One address. Raises RangeError."""
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        raise RangeError("range.unreadable", range=one_line(text)[:60]) from None


def _holds(outer: Network, network: Network) -> bool:
    return outer.version == network.version and network.subnet_of(outer)  # type: ignore[arg-type]


def _ranges(text: str) -> list[Range]:
    span = _SPAN.fullmatch(text.strip())
    try:
        if span is None:
            return [Range(ipaddress.ip_network(text.strip()))]
        first = ipaddress.ip_address(span["first"])
        last = span["last"]
        if last.isdigit():
            last = span["first"].rpartition(".")[0] + "." + last
        parts = ipaddress.summarize_address_range(first, ipaddress.ip_address(last))
        return [Range(network, span=True) for network in parts]
    except (ValueError, TypeError) as error:
        if "host bits" in str(error):
            network = ipaddress.ip_network(text.strip(), strict=False)
            raise RangeError("range.host_bits", range=one_line(text)[:60], meant=str(network)) from None
        raise RangeError("range.unreadable", range=one_line(text)[:60]) from None


SENTENCES: Mapping[str, str] = {
    "range.none": N_("Name the ranges to look in, such as 10.20.0.0/24, or a site file whose networks say it."),
    "range.unreadable": N_("“{range}” is no address or range such as 10.20.0.0/24, 10.20.0.1-9 or 10.20.0.1."),
    "range.host_bits": N_("“{range}” is an address inside a network: is {meant} meant?"),
    "range.outside": N_("{range} is outside the networks of the site file ({networks:list}): nothing was sent."),
    "range.public": N_(
        "{range} holds public addresses: say --public when they are yours, or declare them in the site file."
    ),
    "range.multicast": N_("{range} is multicast: no host has such an address."),
    "range.too_many": N_("These ranges hold {count} addresses; one discovery contacts {limit} at most."),
    "range.seed": N_("The seed {address} is outside the declared ranges: nothing was sent."),
}
