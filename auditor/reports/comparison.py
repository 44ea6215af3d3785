"""Before and after as JSON and in words: what a comparison holds, in one language."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from auditor.codec import to_plain
from auditor.compare import Change, Comparison, Kind
from auditor.model import Finding
from auditor.reports import phrases
from auditor.texts import Texts
from auditor.values import Absent, Message, Value

SCHEMA: Final = "auditor/compare/1"


def comparison_json(found: Comparison, texts: Texts) -> dict[str, Any]:
    """The comparison as plain data; a check is told by its id, its two outcomes and what the later audit said."""
    plain: dict[str, Any] = to_plain(found)
    plain["changes"] = [
        {"id": change.id, "kind": change.kind, "before": _outcome(change.before), "after": _outcome(change.after)}
        | ({"text": texts.say(text)} if (text := message(change)) else {})
        for change in found.changes
    ]
    plain["promises"] = [
        {"id": one.action.id, "done_when": one.action.done_when, "done_by": one.action.done_by.isoformat(),
         "state": one.state}
        for one in found.promises
    ]  # fmt: skip
    plain["accepted"] = [finding.id for finding in found.accepted]
    return {"schema": SCHEMA} | plain


def _outcome(finding: Finding | Absent) -> str | None:
    return None if isinstance(finding, Absent) else finding.outcome.value


def message(change: Change) -> Message | None:
    """What the later audit said of a check, else the earlier one."""
    told = change.before if isinstance(change.after, Absent) else change.after
    return None if isinstance(told, Absent) else told.message


# ---- words ----


def kind(name: Kind, texts: Texts) -> str:
    """What became of a check."""
    return {
        "fixed": texts("put right"),
        "improved": texts("improved"),
        "regressed": texts("got worse"),
        "new": texts("newly measured"),
        "lost": texts("no longer measured"),
        "revised": texts("another rule, not comparable"),
        "unchanged": texts("unchanged"),
    }[name]


def result(finding: Finding | Absent, texts: Texts) -> str:
    """The result of a check on one side; a catalogue without it has none."""
    return "–" if isinstance(finding, Absent) else phrases.verdict(finding.outcome, texts)


def parts(found: Comparison, texts: Texts) -> tuple[tuple[str, Fraction], ...]:
    """The four parts of a move of the score, in their fixed order (domain model, 3.3)."""
    moved = found.decomposition
    return (
        (texts("what was fixed or got worse"), moved.remediation),
        (texts("what is newly measured, or no longer"), moved.coverage),
        (texts("what the catalogue added, removed or revised"), moved.catalogue),
        (texts("what applies, and which devices are looked at"), moved.scope),
    )


def state(name: str, texts: Texts) -> str:
    """What became of a promise."""
    return {"done": texts("done"), "open": texts("not done"), "unknown": texts("not known")}[name]


def fates(found: Comparison, texts: Texts) -> Iterator[str]:
    """What became of each device that changed."""
    for row in found.devices:
        if row.fate == "added":
            yield texts("{device} is new", device=row.after)
        elif row.fate == "gone":
            yield texts("{device} is gone", device=row.before)
        elif row.fate == "replaced":
            yield texts("{device} was replaced by another unit ({after})", device=row.before, after=row.after)
        else:
            yield texts("{device} is now called {after}", device=row.before, after=row.after)


def value(told: Value | Absent, unit: str, name: str, texts: Texts) -> str:
    """An input on one side."""
    return texts("not known") if isinstance(told, Absent) else phrases.shown(told, unit, name, texts)
