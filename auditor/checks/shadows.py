"""Rules that never match: an earlier one of the same list takes all they could, in the order of the device."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from auditor.facts import Rule
from auditor.filters import ANY_SERVICE, EVERYWHERE, PARTLY, Addresses, Service, addresses, service
from auditor.values import Absent


def _services(rule: Rule) -> tuple[Service | str, ...]:
    texts = () if isinstance(rule.services, Absent) else rule.services
    return tuple(service(text) or text for text in texts) or (ANY_SERVICE,)


def _part(texts: tuple[str, ...] | Absent) -> Addresses:
    """What is excepted counts as one name: what lies outside of two networks is less than outside of one."""
    if isinstance(texts, Absent):
        return EVERYWHERE
    excepted = sorted(text for text in texts if text.startswith(("!", "not ")))
    return addresses([*(text for text in texts if text not in excepted), *filter(None, [" ".join(excepted)])])


def shadowed(rules: Sequence[Rule]) -> Mapping[str, str]:
    """Enabled rules that never match, because one earlier rule takes all they could: rule id by rule id.

    Rules that a part of is not told, or that neither permit nor deny, hide nothing; one with conditions hides only
    what asks for the same ones; a name that nothing resolved is covered by itself alone; lists and chains are apart.
    """
    found: dict[str, str] = {}
    before: dict[str, list[_Weighed]] = {}
    for rule in rules:
        if rule.enabled is False or rule.action not in _DECIDES:
            continue
        mine, name = _Weighed.of(rule), _list(rule)
        hider = next((one.rule for key in mine.sought() for one in before.get(name + key, ()) if one.hides(mine)), None)
        if hider is not None:
            found[rule.id] = hider.id
        elif mine.whole:
            for key in mine.held():
                before.setdefault(name + key, []).append(mine)
    return MappingProxyType(found)


_DECIDES: Final = ("permit", "deny")


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A rule with its parts resolved: zones in and out, source, destination; and its services."""

    rule: Rule
    parts: tuple[Addresses, ...]
    services: tuple[Service | str, ...]

    @staticmethod
    def of(rule: Rule) -> _Weighed:
        parts = tuple(_part(part) for part in (rule.from_, rule.to, rule.source, rule.destination))
        return _Weighed(rule, parts, _services(rule))

    @property
    def whole(self) -> bool:
        """Whether its parts are told, and what it takes is all that they match."""
        told = (self.rule.source, self.rule.destination, self.rule.services)
        partly = any(one.startswith(PARTLY) for one in _some(self.rule.conditions))
        return not partly and not any(isinstance(part, Absent) for part in told)

    def held(self) -> tuple[str, ...]:
        """Where those that this one may hide look for it: by its destination, else its source, else among all."""
        for way in (3, 2):
            if keys := _keys(self.parts[way]):
                return tuple(f" {way} {key}" for key in keys)
        return (" ",)

    def sought(self) -> tuple[str, ...]:
        """Where to look for what may hide this one: it holds the first address or name of each side."""
        found = [f" {way} {key}" for way in (3, 2) for key in _first(self.parts[way])]
        return (" ", *found)

    def hides(self, other: _Weighed) -> bool:
        """Whether nothing is left for the other one."""
        mine, theirs = self.rule, other.rule
        if not all(one.covers(two) for one, two in zip(self.parts, other.parts, strict=True)):
            return False
        if isinstance(mine.from_, Absent) != isinstance(theirs.from_, Absent):
            return False
        if (users := _some(mine.groups)) and not (_some(theirs.groups) and set(_some(theirs.groups)) <= set(users)):
            return False
        if not set(_some(mine.conditions)) <= set(_some(theirs.conditions)):
            return False
        return all(any(_serves(one, want) for one in self.services) for want in other.services)


_BLOCK: Final = {4: 8, 6: 64}
"""The bits of an address that are left out of its key: the networks of most sites."""
_MOST_KEYS: Final = 256


def _keys(part: Addresses) -> tuple[str, ...]:
    """The keys of all that a side holds; none where it holds too much to list."""
    if (
        part.everything
        or sum((last >> _BLOCK[v]) - (first >> _BLOCK[v]) + 1 for v, first, last in part.spans) > _MOST_KEYS
    ):
        return ()
    blocks = {f"{v}:{n}" for v, first, last in part.spans for n in range(first >> _BLOCK[v], (last >> _BLOCK[v]) + 1)}
    return (*blocks, *part.unresolved)


def _first(part: Addresses) -> tuple[str, ...]:
    if part.spans:
        version, first, _ = part.spans[0]
        return (f"{version}:{first >> _BLOCK[version]}",)
    return tuple(sorted(part.unresolved))[:1]


def _some(names: tuple[str, ...] | Absent) -> tuple[str, ...]:
    return () if isinstance(names, Absent) else names


def _list(rule: Rule) -> str:
    """The list or chain that an id begins with (`OUTSIDE_IN#4`, `trust/untrust/7`); "" where it is a plain id."""
    return re.split(r"[#/][^#/]*$", rule.id)[0] if re.search(r"[#/]", rule.id) else ""


def _serves(offered: Service | str, wanted: Service | str) -> bool:
    if isinstance(offered, str) or isinstance(wanted, str):
        return offered in (wanted, ANY_SERVICE)
    return offered.covers(wanted)
