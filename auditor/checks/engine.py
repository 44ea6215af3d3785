"""The engine of the rule book: a check is a function from a Reader to a Verdict, with its words beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from auditor.checks.reader import (
    ANSWERS,
    EXEMPT,
    SENTENCES,
    Books,
    Leaves,
    NotApplicable,
    Reader,
    Unknown,
    Verdict,
    at_least,
    at_most,
)
from auditor.model import Finding, Outcome, Severity
from auditor.values import Message

__all__ = [
    "ANSWERS",
    "EXEMPT",
    "SENTENCES",
    "Books",
    "Check",
    "NotApplicable",
    "Reader",
    "Unknown",
    "Verdict",
    "Words",
    "at_least",
    "at_most",
    "check",
    "days",
    "hours",
    "judge",
    "limits",
    "settle",
    "worst",
]


@dataclass(frozen=True, slots=True)
class Words:
    """The English of a check, marked with N_: each becomes the sentence `<check id>.<field>`.

    `passed`, `warned` and `failed` may use the numbers of the verdict as `{name}` or `{name:format}` (see texts).
    `lift` says how to get it measured. `choices` label the answers of a questionnaire, good, middling and bad.
    """

    title: str
    why: str
    passed: str
    warned: str
    failed: str
    action: str
    lift: str
    measured: str = ""
    choices: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One control of the catalogue. Effort in hours, lead in calendar days (from, to), cost class 0 to 4.

    `limits` are its figures by name (`pass`, `warn`, or of its own), which a client's profile may change; `thresholds`
    says them in words, with the limits as placeholders. `weight` is that of its severity unless a profile changes it.
    `leaves` are sets of proofs (`proof.…`): with all of one, the check has no object where nothing told it.
    """

    id: str
    revision: int
    severity: Severity
    weight: int
    words: Words
    ask: Callable[[Reader], Verdict]
    effort_hours: int
    lead_days: tuple[int, int]
    cost: int
    quick_win: bool
    owner: str
    thresholds: str
    limits: Mapping[str, Fraction]
    references: tuple[str, ...]
    unblocks: tuple[str, ...]
    leaves: Leaves = ()

    @property
    def domain(self) -> str:
        return self.id.partition("-")[0]

    def sentences(self) -> dict[str, str]:
        """The English sentences of this check by message id."""
        words = self.words
        parts = {
            "title": words.title,
            "why": words.why,
            "pass": words.passed,
            "warn": words.warned,
            "fail": words.failed,
            "action": words.action,
            "lift": words.lift,
            "measured": words.measured,
            "thresholds": self.thresholds,
        }
        parts |= {f"reference.{place}": words for place, words in enumerate(self.references, 1)}
        parts |= {f"choice.{name}": text for name, text in zip(ANSWERS, words.choices or (), strict=False)}
        return {f"{self.id}.{part}": text for part, text in parts.items() if text}


def hours(count: int) -> int:
    """An effort in person-hours."""
    return count


def days(count: int) -> int:
    """An effort in person-days of 8 hours, as hours."""
    return count * 8


def check(
    id: str,
    *,
    severity: Severity,
    words: Words,
    effort: int,
    lead: int | tuple[int, int],
    cost: int,
    revision: int = 1,
    quick_win: bool = False,
    owner: str = "it",
    thresholds: str,
    limits: Mapping[str, Fraction] = MappingProxyType({}),
    references: tuple[str, ...] = (),
    unblocks: tuple[str, ...] = (),
) -> Callable[[Callable[[Reader], Verdict]], Check]:
    """Turn a function into a check of the catalogue; it is found by its place in its domain's module."""
    span = lead if isinstance(lead, tuple) else (lead, lead)

    def wrap(ask: Callable[[Reader], Verdict]) -> Check:
        return Check(
            id,
            revision,
            severity,
            severity.weight,
            words,
            ask,
            effort,
            span,
            cost,
            quick_win,
            owner,
            thresholds,
            MappingProxyType(dict(limits)),
            references,
            unblocks,
        )

    return wrap


def limits(good: str | int, fair: str | int, /, **more: str | int) -> Mapping[str, Fraction]:
    """The limits of a check, exact from their decimal texts: where a pass ends, where a warning ends, and others."""
    named = {"pass": good, "warn": fair, **more}
    return {name: Fraction(value) for name, value in named.items()}


_ORDER: Final = (Outcome.FAIL, Outcome.WARN, Outcome.PASS)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts (the first of equals); Unknown of none: nothing seen is not a pass."""
    found = min(verdicts, key=lambda verdict: _ORDER.index(verdict.outcome), default=None)
    if found is None:
        raise Unknown(Message("unknown.nothing"))
    return found


def settle(verdicts: Iterable[Verdict], missing: Iterable[Unknown]) -> Verdict:
    """The worst verdict where parts are missing: one failure is proof enough, anything better waits for all parts."""
    found, unknown = tuple(verdicts), tuple(missing)
    if unknown and all(verdict.outcome is not Outcome.FAIL for verdict in found):
        raise unknown[0]
    return worst(found)


def judge(catalogue: Iterable[Check], reader: Reader) -> tuple[Finding, ...]:
    """One finding for each check, in the order of the catalogue."""
    return tuple(_judge(item, reader.fresh(item.limits, item.words.choices or ())) for item in catalogue)


def _judge(item: Check, read: Reader) -> Finding:
    """One finding, with the words, evidence and costs of its check."""
    outcome, message, refused = _conclude(item, read)
    return Finding(
        item.id,
        item.revision,
        item.domain,
        outcome,
        item.severity,
        message,
        evidence=tuple(dict.fromkeys(read.used)),
        quality=read.quality if outcome is not Outcome.NOT_MEASURED else Fraction(0),
        weight=item.weight,
        refused=refused,
        quick_win=item.quick_win,
        effort_hours=item.effort_hours,
        lead_days=item.lead_days,
        cost=item.cost,
        owner=item.owner,
        unblocks=item.unblocks,
    )


def _conclude(item: Check, read: Reader) -> tuple[Outcome, Message, bool]:
    """What a check concludes, in which words, and whether access was refused.

    What nobody told may be without object, as a document shows, and what people told may by the site's profile. What a
    device tells is judged. What some devices refused to tell, the others can fail but not pass, unless it is answered.
    """
    try:
        verdict = item.ask(read)
    except NotApplicable as exempt:
        return Outcome.NOT_APPLICABLE, exempt.proof, False
    except Unknown as unknown:
        if proof := read.exempt(item.id, item.leaves):
            return Outcome.NOT_APPLICABLE, proof, False
        refused = unknown.refused or bool(read.withheld)
        return Outcome.NOT_MEASURED, read.unproven(item.id, item.leaves) or unknown.reason, refused
    if not read.device_told and (proof := read.elsewhere(item.leaves)):
        return Outcome.NOT_APPLICABLE, proof, False
    if read.withheld and not read.asked_people and verdict.outcome is not Outcome.FAIL:
        reason = Message("unknown.withheld", {"devices": tuple(sorted(set(read.withheld)))})
        return Outcome.NOT_MEASURED, reason, True
    values = {**item.limits, **verdict.numbers}
    if read.partial:
        values["silent"] = tuple(sorted(set(read.partial)))
    return verdict.outcome, Message(verdict.said or f"{item.id}.{verdict.outcome.value}", values), False
