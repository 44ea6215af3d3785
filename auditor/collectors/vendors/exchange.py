"""What pages of telephone exchanges share: lists of sets and trunks that several answers tell in parts."""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from auditor import facts, lists
from auditor.clean import line
from auditor.collectors.vendors.page import Derivation, Facts
from auditor.declared.sets import UNKNOWN
from auditor.facts import Endpoint, LinkQuality, Trunk
from auditor.model import Key
from auditor.values import ABSENT, Absent

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


@dataclass(frozen=True, slots=True)
class Stream:
    """A call: what arrived `here` and, by RTCP, `there`, as (packets, lost, jitter in s), and its round trip in s.

    A round trip of 0 was not measured; `codec` is "" where it is not told.
    """

    codec: str
    here: tuple[int, int, float]
    there: tuple[int, int, float]
    rtt_s: float = 0.0


ENOUGH: Final = 250
"""Packets of one direction below which a call is too young to judge (5 s at 20 ms)."""


def heard(streams: Sequence[Stream]) -> tuple[LinkQuality, ...]:
    """The quality of the calls now, by codec: the worse direction's share of lost packets, mean jitter and delay."""
    told = []
    for codec in dict.fromkeys(one.codec for one in streams):
        same = [one for one in streams if one.codec == codec and max(one.here[0], one.there[0]) >= ENOUGH]
        if not same:
            continue
        ways = [[one.here for one in same], [one.there for one in same]]
        delays = [one.rtt_s for one in same if one.rtt_s > 0]
        told.append(
            LinkQuality(
                target=f"RTCP {line(codec)}".strip(),
                rtt_ms=round(1000 * sum(delays) / len(delays), 1) if delays else ABSENT,
                jitter_ms=round(1000 * max(sum(jitter for *_, jitter in way) / len(way) for way in ways), 1),
                loss_percent=round(max(_lost(way) for way in ways), 2),
                codec=line(codec) or ABSENT,
            )
        )
    return tuple(told)


def _lost(way: Sequence[tuple[int, int, float]]) -> float:
    """Of what was sent in one direction, the percentage that did not arrive."""
    arrived, lost = sum(packets for packets, *_ in way), sum(lost for _, lost, _ in way)
    return 100 * lost / (arrived + lost) if arrived + lost else 0.0


COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    facts.TELEPHONY_ENDPOINTS: merge,
    facts.TELEPHONY_ENDPOINTS_TOTAL: operator.add,  # of the signalling stacks that one exchange may run
    facts.TELEPHONY_ENDPOINTS_REGISTERED: operator.add,
    facts.TELEPHONY_TRUNKS: trunks,
    facts.TELEPHONY_TRANSPORTS: lambda one, other: tuple(dict.fromkeys((*one, *other))),
    facts.TELEPHONY_QUALITY: operator.add,
    facts.TELEPHONY_PROVISIONING: max,  # one folder may be the other under a second name
    facts.TELEPHONY_NAT: lambda one, other: tuple(dict.fromkeys((*one, *other))),
}


def supported(platform: str) -> Derivation:
    """When support ends for the branch of a program, by the dated list that ships with the product."""

    def make(known: Facts) -> dt.date | Absent:
        said = re.search(r"\d+(?:\.\d+)*", known[facts.IDENTITY_MODEL])
        return (lists.support_end(lists.shipped(), platform, said[0], "") or ABSENT) if said else ABSENT

    return Derivation((facts.IDENTITY_MODEL,), make)


def _total(known: Facts) -> int:
    return len(known[facts.TELEPHONY_ENDPOINTS])


def _here(known: Facts) -> int:
    return sum(1 for one in known[facts.TELEPHONY_ENDPOINTS] if one.registered is True)


DERIVE: Final[Mapping[Key[Any], Derivation]] = {
    facts.TELEPHONY_ENDPOINTS_TOTAL: Derivation((facts.TELEPHONY_ENDPOINTS,), _total),
    facts.TELEPHONY_ENDPOINTS_REGISTERED: Derivation((facts.TELEPHONY_ENDPOINTS,), _here),
}
"""For pages whose lists are told in parts, where no counter of the device says it."""
