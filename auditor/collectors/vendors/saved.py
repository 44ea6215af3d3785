"""Whether what runs is what the next start would load: both sides as check sums of their parts, compared."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.blocks import TOKEN
from auditor.collectors.vendors.netfilter import Ruleset, rules, translations
from auditor.collectors.vendors.page import Derivation, Facts, Told, unread
from auditor.collectors.vendors.trees import Node, statements
from auditor.facts import Rule, Translation
from auditor.model import Key
from auditor.values import ABSENT

WHOLE: Final = "configuration"
HEARD: Final = "*"
"""The part that says that a program told what it has loaded, be it nothing."""


def part(kind: str, name: str, said: str) -> str:
    """`nft inet/filter 3f5a…`: a program, a part of what it was told, and the check sum of it."""
    return f"{kind} {name} {hashlib.sha256(said.encode()).hexdigest()[:16]}"


# ---- configurations that are one tree ----

_PROMPT: Final = re.compile(r"(?m)^\S+@\S+[$#>](?: .*)?$")
_FOOT: Final = re.compile(r"(?m)^(?://|/\*) (?:=+ )?(?:Release version:|vyos-config-version:|vyatta-config-version:)")
"""What a capture keeps around an answer, and what a saved file ends with."""


def tree(output: str) -> tuple[str, ...]:
    """A whole configuration in the set form or in braces as one part; () where it is not known to be whole.

    The order of its words counts for nothing: the system writes both forms out of one tree. Nor do its secrets, of
    which each form leaves another trace.
    """
    text = _PROMPT.sub("", output)
    found = statements(text)
    if found.strange or not (found.ended or footed(text)) or not {"interfaces", "system"} <= set(found.root.names()):
        return ()
    return (part(WHOLE, "boot", "\n".join(sorted(_paths(found.root)))),)


def footed(text: str) -> bool:
    """Whether a saved file came to the comment that ends it."""
    return _FOOT.search(text) is not None and text.count("{") == text.count("}")


def _paths(node: Node, above: str = "") -> Iterator[str]:
    hidden = above.endswith("\x1fcommunity")
    for name, below in node.below.items():
        if name == "//":  # what a saved file says of itself
            continue
        here = f"{above}\x1f{'' if hidden or TOKEN.search(name) else name}"
        yield here
        yield from _paths(below, here)


def boot(output: str) -> Told:
    """`cat /config/config.boot` of the Vyatta family."""
    parts = tree(output)
    return Told({facts.CONFIG_STARTUP: parts}) if parts else unread(output)


# ---- packet filters ----


_OTHERS: Final = re.compile(r"(?:DOCKER|f2b-|KUBE-|CNI|LIBVIRT|ts-|cali-|ufw-)")
"""Chains of iptables that programs write while the host runs, in tables that its own rules share."""


def filters(kind: str, ruleset: Ruleset) -> tuple[str, ...]:
    """Each table by what its rules do; counters, names, comments and numbers of rules are none of it."""
    if ruleset.unparsed or any(_OTHERS.match(chain.name) for chain in ruleset.chains if kind != "nft"):
        return ()
    said: dict[str, list[str]] = {chain.table: [] for chain in ruleset.chains}
    decided: tuple[Rule | Translation, ...] = (*rules(ruleset), *translations(ruleset))
    for one in decided:
        chain = one.id.partition("#")[0]
        said.setdefault(chain.rpartition("/")[0], []).append(_spelled(chain, one))
    return tuple(part(kind, name, "\n".join(rows)) for name, rows in said.items())


def loaded(kind: str, ruleset: Ruleset) -> dict[Key[Any], Any]:
    """The tables that are in force, be there none."""
    found = filters(kind, ruleset)
    nothing = not ruleset.chains and not ruleset.unparsed
    return {facts.CONFIG_RUNNING: (part(kind, HEARD, ""), *found)} if found or nothing else {}


def stored(kind: str, ruleset: Ruleset | None) -> Told:
    """The tables that a file of the host loads at its start."""
    found = filters(kind, ruleset) if ruleset is not None and ruleset.complete else ()
    return Told({facts.CONFIG_STARTUP: found} if found else {})


def _spelled(chain: str, one: Rule | Translation) -> str:
    if isinstance(one, Rule):
        parts: tuple[Any, ...] = (one.action, one.from_, one.to, one.source, one.destination, one.services)
    else:
        parts = (one.kind, one.from_, one.to, one.original, one.translated, one.destination, one.redirected,
                 one.services)  # fmt: skip
    return " ".join([chain, *(str(sorted(said) if isinstance(said, tuple) else said) for said in parts)])


def written(output: str) -> str:
    """`/etc/nftables.conf` as `nft list ruleset` would print it; "" where it reads other files or commands."""
    names: dict[str, str] = {}
    kept = []
    for raw in output.splitlines():
        text = raw.strip()
        if found := re.fullmatch(r"define (\w+)\s*=\s*(.+?)", text):
            names[found[1]] = found[2]
        elif re.match(r"(?:include|add|insert|create|undefine|redefine)\b", text):
            return ""
        elif not re.match(r"(?:flush|delete|destroy)\b", text):
            kept.append(re.sub(r"\$(\w+)", lambda one: names.get(one[1], one[0]), raw))
    said = "\n".join([*kept, ""])
    return "" if "$" in said or (names and "{ {" in said) else said


# ---- both sides ----


def _unsaved(known: Facts) -> Any:
    """Whether a program runs otherwise than it would start; what it got from others meanwhile stays out of it."""
    running, stored = (_parts(known.get(key, ())) for key in (facts.CONFIG_RUNNING, facts.CONFIG_STARTUP))
    heard = {kind for kind, _ in running}
    compared = {place: said for place, said in stored.items() if place[0] in heard}
    return any(running.get(place) != said for place, said in compared.items()) if compared else ABSENT


def _parts(rows: Iterable[str]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        kind, _, rest = row.partition(" ")
        name, _, said = rest.rpartition(" ")
        found[kind, name] = said
    return found


UNSAVED: Final[dict[Key[Any], Derivation]] = {
    facts.CONFIG_UNSAVED: Derivation((facts.CONFIG_RUNNING, facts.CONFIG_STARTUP), _unsaved)
}
