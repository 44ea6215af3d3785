"""What a router itself offers to the internet: its VPN servers and management services, by the rules they meet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from auditor.collectors.vendors.blocks import secret_class, weak
from auditor.facts import Exposed
from auditor.filters import Gate, Service

SELF: Final = "self"


@dataclass(frozen=True, slots=True)
class Door:
    """A service of the router: its name for a reader, its port, the addresses that may use it ("" anybody).

    `managed` says that the router is administered through it.
    """

    name: str
    service: Service
    only: str = ""
    managed: bool = False


def door(name: str, protocol: str, port: int, only: str = "", managed: bool = False) -> Door:
    """A service on one port."""
    return Door(name, Service(protocol, port, port), only, managed)


def admitted(gates: Sequence[Gate], one: Service) -> Gate | None:
    """The first rule that lets anybody use a service of the router, else the first that lets somebody.

    None where a refusal of everybody comes before both.
    """
    some: Gate | None = None
    for gate in gates:
        if not any(offered.covers(one) for offered in gate.services) or not _here(gate):
            continue
        if gate.source.everything:
            return gate if gate.permit else some
        if gate.permit:
            some = some or gate
    return some


def _here(gate: Gate) -> bool:
    """Whether a rule can mean an address of the router outside."""
    return gate.destination.everything or not gate.destination.private


def open_doors(gates: Sequence[Gate], doors: Iterable[Door]) -> Iterator[Exposed]:
    """The services that the rules let in, each by the rule that does."""
    for one in doors:
        if (gate := admitted(gates, one.service)) is not None:
            source = "any" if gate.source.everything and not one.only else one.only or gate.source.texts[0]
            port = one.service
            yield Exposed(one.name, port.first, port.protocol, source, SELF, gate.rule)


def level(gates: Sequence[Gate], doors: Iterable[Door]) -> str:
    """How far the router can be administered by way of these rules: no, restricted (to some addresses), open."""
    found = "no"
    for one in doors:
        gate = admitted(gates, one.service) if one.managed else None
        if gate is None:
            continue
        if gate.source.everything and not one.only:
            return "open"
        found = "restricted"
    return found


def worst(levels: Iterable[str]) -> str:
    """The widest of several."""
    told = set(levels)
    return next((one for one in ("open", "restricted") if one in told), "no")


def community(name: str, restricted: bool) -> str:
    """What an SNMP community lets in: by its name, and whether addresses restrict it."""
    kind = secret_class(name)
    if kind == "default":
        return "v2c-default"
    if weak(kind):
        return "v2c-guessable"
    return "v2c-restricted" if restricted else "v2c-open"


def ssh_offers(exchange: Iterable[str], ciphers: Iterable[str], others: Iterable[str] = ()) -> tuple[str, ...]:
    """What SSH offers as it is written; () where key exchange or ciphers are the factory's, which nobody here knows.

    A box that names its ciphers alone may still exchange keys in an old way: what it offers is then not told.
    """
    named, kept = tuple(exchange), tuple(ciphers)
    if not named or not kept:
        return ()
    plain = (name.replace("_", "-") for name in (*named, *kept, *others))
    return tuple(dict.fromkeys(re.sub(r"^dh-", "diffie-hellman-", name) for name in plain))
