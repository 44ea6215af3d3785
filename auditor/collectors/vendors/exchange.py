"""What pages of telephone exchanges share: lists of sets and trunks that several answers tell in parts."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.page import Derivation, Facts
from auditor.declared.sets import UNKNOWN
from auditor.facts import Endpoint, Trunk
from auditor.model import ABSENT, Absent, Key

_TOLD_ONCE: Final = frozenset({"id", "kind"})


def counted(sets: Sequence[Endpoint]) -> dict[Key[Any], Any]:
    """The facts of a complete list of sets: the sets, how many, and how many of them are registered."""
    return {
        facts.TELEPHONY_ENDPOINTS: tuple(sets),
        facts.TELEPHONY_ENDPOINTS_TOTAL: len(sets),
        facts.TELEPHONY_ENDPOINTS_REGISTERED: sum(1 for one in sets if one.registered is True),
    }


def merge(first: Sequence[Endpoint], second: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """Two lists of sets as one: each field from the first that tells it; a set is counted once."""
    found = {one.id: one for one in first}
    for other in second:
        found[other.id] = merged(found[other.id], other) if other.id in found else other
    return tuple(found.values())


def merged(one: Endpoint, other: Endpoint) -> Endpoint:
    """One set told twice."""
    names = [field.name for field in fields(Endpoint) if field.name not in _TOLD_ONCE]
    silent = {name: getattr(other, name) for name in names if isinstance(getattr(one, name), Absent)}
    return replace(one, kind=one.kind if one.kind != UNKNOWN else other.kind, **silent)


def contacts(sets: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """One record a set where it registers from several places: the softphone tells what it is."""
    found: dict[str, Endpoint] = {}
    for one in sets:
        known = found.get(one.id)
        found[one.id] = one if known is None else _beside(known, one)
    return tuple(found.values())


def _beside(one: Endpoint, other: Endpoint) -> Endpoint:
    first, second = (other, one) if other.kind == "softphone" != one.kind else (one, other)
    more = [text for text in (second.address, *_texts(first.others), *_texts(second.others)) if isinstance(text, str)]
    return replace(merged(first, second), others=tuple(dict.fromkeys(more)) or ABSENT)


def _texts(told: tuple[str, ...] | Absent) -> tuple[str, ...]:
    return () if isinstance(told, Absent) else told


def trunks(first: Sequence[Trunk], second: Sequence[Trunk]) -> tuple[Trunk, ...]:
    """Two lists of trunks as one: by name, else by the operator's host where one trunk alone leads to it."""
    found = list(first)
    for other in second:
        place = _same(found, other)
        if place is None:
            found.append(other)
        else:
            known = found[place]
            names = ("kind", "registered", "channels", "host")
            silent = {name: getattr(other, name) for name in names if isinstance(getattr(known, name), Absent)}
            found[place] = replace(known, **silent)
    return tuple(found)


def _same(known: Sequence[Trunk], other: Trunk) -> int | None:
    by_name = [place for place, one in enumerate(known) if one.name == other.name]
    by_stem = [place for place, one in enumerate(known) if _related(one.name, other.name)]
    by_host = [place for place, one in enumerate(known) if isinstance(one.host, str) and one.host == other.host]
    return next((places[0] for places in (by_name, by_stem, by_host) if len(places) == 1), None)


def _related(one: str, other: str) -> bool:
    """`operator` and `operator-reg`, `operator_registration`: a trunk and its registration."""
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    return long.startswith(short) and long[len(short) :].strip("-_ ") in (
        "reg",
        "registration",
        "register",
        "auth",
        "out",
    )


COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    facts.TELEPHONY_ENDPOINTS: merge,
    facts.TELEPHONY_ENDPOINTS_TOTAL: operator.add,  # of the signalling stacks that one exchange may run
    facts.TELEPHONY_ENDPOINTS_REGISTERED: operator.add,
    facts.TELEPHONY_TRUNKS: trunks,
    facts.TELEPHONY_TRANSPORTS: lambda one, other: tuple(dict.fromkeys((*one, *other))),
    facts.TELEPHONY_NAT: lambda one, other: tuple(dict.fromkeys((*one, *other))),
}


def _total(known: Facts) -> int:
    return len(known[facts.TELEPHONY_ENDPOINTS])


def _here(known: Facts) -> int:
    return sum(1 for one in known[facts.TELEPHONY_ENDPOINTS] if one.registered is True)


DERIVE: Final[Mapping[Key[Any], Derivation]] = {
    facts.TELEPHONY_ENDPOINTS_TOTAL: Derivation((facts.TELEPHONY_ENDPOINTS,), _total),
    facts.TELEPHONY_ENDPOINTS_REGISTERED: Derivation((facts.TELEPHONY_ENDPOINTS,), _here),
}
"""For pages whose lists are told in parts, where no counter of the device says it."""
