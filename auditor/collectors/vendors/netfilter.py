"""Linux packet filters, whichever tool showed them: chains with their jumps followed, rules in the normal form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from auditor import facts
from auditor.collectors.vendors.page import Told
from auditor.facts import Rule, Translation
from auditor.filters import PARTLY, Service
from auditor.model import Key
from auditor.values import ABSENT, Absent

Names: TypeAlias = tuple[str, ...]
"""Interfaces or addresses of a condition; () where it does not restrict, `!` before what is excepted."""

DEEPEST: Final = 12
MOST: Final = 20_000
NOT_NEW: Final = "established"
"""The service of rules that only let through what is established: they open nothing."""


@dataclass(frozen=True, slots=True)
class Match:
    """The conditions of a rule. `sure` is False where one was not understood: the rule matches less than is told.

    `share`: it takes a part of what it matches, by a rate or a chance. `translated`: only what was sent elsewhere.
    """

    into: Names = ()
    out: Names = ()
    source: Names = ()
    destination: Names = ()
    services: tuple[Service, ...] = ()
    new: bool = True
    sure: bool = True
    share: bool = False
    translated: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule of a chain. `verdict`: accept, drop, jump, goto, return, dnat, snat, log, or "" for none."""

    id: str
    match: Match
    verdict: str = ""
    target: str = ""
    to: str = ""
    to_port: str = ""
    comment: str = ""
    logged: bool = False
    hits: int | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain; `hook` (input, forward, prerouting…) and `kind` (filter, nat) are "" where only jumps lead to it."""

    table: str
    name: str
    hook: str = ""
    kind: str = ""
    policy: str = ""
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All chains that one answer showed. `complete`: it is known to show translation too, were there any.

    `foreign`: some of its tables are those of iptables, which only iptables can show.
    """

    chains: tuple[Chain, ...] = ()
    unparsed: int = 0
    complete: bool = False
    foreign: bool = False


def told(ruleset: Ruleset) -> Told:
    """Rules and translations; what was not understood makes both gaps, for it could say anything."""
    found: dict[Key[Any], Any] = {}
    if ruleset.chains and not ruleset.unparsed:
        if ruleset.complete or any(chain.kind == "filter" for chain in ruleset.chains):
            found[facts.FIREWALL_RULES] = rules(ruleset)
        if ruleset.complete or any(chain.kind == "nat" for chain in ruleset.chains):
            found[facts.FIREWALL_NAT] = translations(ruleset)
    native = [chain for chain in ruleset.chains if chain.kind == "filter" and chain.hook in ("input", "forward")]
    if ruleset.foreign and native:
        found[facts.FIREWALL_NATIVE] = len(native)
    return Told(found, ruleset.unparsed)


# ---- rules ----


def rules(ruleset: Ruleset) -> tuple[Rule, ...]:
    """Every verdict on what comes in, goes through or leaves, in order; a chain's policy is its last rule."""
    found: list[Rule] = []
    seen: dict[str, int] = {}
    for chain in ruleset.chains:
        if chain.kind != "filter" or chain.hook not in ("input", "forward", "output"):
            continue
        for entry in _verdicts(ruleset, chain):
            seen[entry.id] = seen.get(entry.id, 0) + 1
            again = f"~{seen[entry.id]}" if seen[entry.id] > 1 else ""
            found.append(_rule(chain, replace(entry, id=entry.id + again)))
        if chain.policy:
            found.append(
                _rule(chain, Entry(f"{chain.table}/{chain.name}#policy", Match(), chain.policy, comment="policy"))
            )
    return tuple(found[:MOST])


def _verdicts(ruleset: Ruleset, chain: Chain) -> Iterator[Entry]:
    """The entries that accept or drop, the conditions of the jumps that lead there included."""
    logged: Match | None = None
    for entry in flat(ruleset, chain):
        if entry.verdict == "log":
            logged = entry.match
        elif entry.verdict in ("accept", "drop"):
            before = logged is not None and _within(entry.match, logged)
            yield replace(entry, logged=entry.logged or before)
            logged = None if logged is not None and logged.share else logged  # some packets of the next rule alone


def _within(entry: Match, logged: Match) -> bool:
    """Whether what a rule takes was logged by the one before it: it asks nothing more than the rule does."""
    pairs = ((logged.into, entry.into), (logged.out, entry.out), (logged.source, entry.source),
             (logged.destination, entry.destination), (logged.services, entry.services))  # fmt: skip
    return all(not theirs or theirs == mine for theirs, mine in pairs) and (logged.new or not entry.new)


def flat(ruleset: Ruleset, chain: Chain) -> Iterator[Entry]:
    """The entries of a chain, with those of the chains it jumps to in their place; endless jumps end."""
    by_name = {(one.table, one.name): one for one in ruleset.chains}
    yield from _flat(by_name, chain, Match(), DEEPEST)


def _flat(by_name: dict[tuple[str, str], Chain], chain: Chain, outer: Match, depth: int) -> Iterator[Entry]:
    """What a rule returns meets what follows the jump, and in a chain of the system its policy."""
    gone: list[Match] = []
    for entry in chain.entries:
        match = both(outer, entry.match)
        if match is None:
            continue
        if entry.verdict == "return":
            if chain.policy:
                yield replace(entry, match=_without(match, gone), verdict=chain.policy)
            elif _same(match, outer):
                return
            gone.append(entry.match)
        elif entry.verdict in ("jump", "goto"):
            called = by_name.get((chain.table, entry.target))
            if called is not None and depth:
                yield from _flat(by_name, called, _without(match, gone), depth - 1)
            passed = None if entry.verdict == "goto" else Match() if called is None else _passed(called)
            if _same(match, outer):
                narrowed = None if passed is None else both(outer, passed)
                if narrowed is None:
                    return
                outer = narrowed
        else:
            yield replace(entry, match=_without(match, gone))


def _passed(called: Chain) -> Match | None:
    """What comes back from a chain: all, nothing, or what it returns before it takes the rest."""
    back: list[Match] = []
    for entry in called.entries:
        if entry.verdict == "return":
            if entry.match == Match():
                return Match()
            back.append(entry.match)
        elif entry.verdict in ("accept", "drop", "goto") and entry.match == Match():
            break
    else:
        return Match()
    if not back:
        return None
    names = {name for one in back for name in ("into", "out", "source", "destination") if getattr(one, name)}
    plain = all(one == replace(Match(), **{name: getattr(one, name) for name in names}) for one in back)
    if len(names) != 1 or not plain or not all(one.sure for one in back):
        return back[0] if len(back) == 1 else Match()
    (name,) = names
    joined: dict[str, Any] = {name: tuple(text for one in back for text in getattr(one, name))}
    return Match(**joined)


def _same(match: Match, outer: Match) -> bool:
    """Whether a rule takes all that comes to its chain."""
    return replace(match, new=outer.new) == outer and match.new


def _without(match: Match, gone: Sequence[Match]) -> Match:
    """A match without what an earlier rule of its chain returned; unsure where that cannot be written."""
    for one in gone:
        if not one.new or both(match, one) is None:
            continue
        parts = {name: getattr(one, name) for name in ("into", "out", "source", "destination") if getattr(one, name)}
        plain = one.sure and not one.share and not one.translated and not one.services and len(parts) == 1
        ((name, said),) = parts.items() if len(parts) == 1 else (("", ()),)
        if plain and not getattr(match, name) and not any(text.startswith("!") for text in said):
            excepted: dict[str, Any] = {name: tuple(f"!{text}" for text in said)}
            match = replace(match, **excepted)
        else:
            match = replace(match, share=True)
    return match


def both(outer: Match, inner: Match) -> Match | None:
    """The conditions of a jump and of a rule behind it; None where nothing meets both."""
    into, out = _narrower(outer.into, inner.into), _narrower(outer.out, inner.out)
    services = _common(outer.services, inner.services)
    if into is None or out is None or services is None:
        return None
    return Match(
        into,
        out,
        inner.source or outer.source,
        inner.destination or outer.destination,
        services,
        outer.new and inner.new,
        outer.sure and inner.sure,
        outer.share or inner.share,
        outer.translated or inner.translated,
    )


def _narrower(outer: Names, inner: Names) -> Names | None:
    if not outer or not inner or any(name.startswith("!") for name in (*outer, *inner)):
        return inner or outer
    shared = tuple(name for name in inner if name in outer or any(_prefix(wide, name) for wide in outer))
    return shared or None


def _prefix(wide: str, name: str) -> bool:
    """`eth+` of iptables, `eth*` of nftables."""
    return wide[-1:] in ("+", "*") and name.startswith(wide[:-1])


def _common(outer: Sequence[Service], inner: Sequence[Service]) -> tuple[Service, ...] | None:
    if not outer or not inner:
        return tuple(inner or outer)
    shared = tuple(found for one in outer for other in inner if (found := one.common(other)) is not None)
    return shared or None


def _rule(chain: Chain, entry: Entry) -> Rule:
    match = entry.match
    here = chain.hook == "input"
    services = tuple(str(one) for one in match.services) or ("any",)
    return Rule(
        id=entry.id,
        action="permit" if entry.verdict == "accept" else "deny",
        name=entry.comment or ABSENT,
        enabled=True,
        from_=("self",) if chain.hook == "output" else match.into or ("any",),
        to=("self",) if here else match.out or ("any",),
        source=_part(match.source, match.sure),
        destination=match.destination or ("any",),
        services=services if match.new else (NOT_NEW,),
        logged=entry.logged,
        hits=entry.hits,
        conditions=(*_asked(match),) or ABSENT,
    )


def _asked(match: Match) -> Iterator[str]:
    """What a rule asks for beside its parts."""
    if match.share or not match.sure:
        yield PARTLY
    if match.translated:
        yield "connection translated"


def _part(names: Names, sure: bool) -> Names:
    """The sources of a rule; where one of its conditions was not understood, it is not open to all."""
    return names or (("any",) if sure else ("restricted",))


# ---- translation ----


def translations(ruleset: Ruleset) -> tuple[Translation, ...]:
    """What is published (on the way in) and what hides behind an address (on the way out)."""
    found = []
    for chain in ruleset.chains:
        if chain.kind == "nat" and chain.hook in ("prerouting", "postrouting"):
            found += [_translation(entry) for entry in flat(ruleset, chain) if entry.verdict in ("dnat", "snat")]
    return tuple(found[:MOST])


def _translation(entry: Entry) -> Translation:
    match = entry.match
    services = tuple(str(one) for one in match.services) or ("any",)
    source, destination = match.source or ("any",), match.destination or ("any",)
    if entry.verdict == "snat":
        return Translation(
            entry.id, "dynamic", ("any",), match.out or ("any",), source, (entry.to or "interface",), destination,
            services=services, enabled=True, hits=entry.hits,
        )  # fmt: skip
    return Translation(
        entry.id, "static", match.into or ("any",), ("any",), source, source, destination,
        redirected=tuple(filter(None, (entry.to, entry.to_port))) or ABSENT, services=services, enabled=True,
        hits=entry.hits,
    )  # fmt: skip
