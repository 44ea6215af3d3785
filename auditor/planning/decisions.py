"""Deciding about a plan: from what a person types to judgements in the store, checked against their audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from auditor import desk, visit
from auditor.checks import CATALOGUE
from auditor.clean import line
from auditor.model import Audit, Edit, Outcome
from auditor.planning.judgements import FIELDS, PLAN, JudgementError, accepted, parsed
from auditor.spelling import nearest
from auditor.store import Store

ROLES: Final[Mapping[str, str]] = {
    "it": "it", "it manager": "it", "responsable informatique": "it", "dsi": "it",
    "operator": "operator", "opérateur": "operator", "integrator": "integrator", "intégrateur": "integrator",
    "hr": "hr", "rh": "hr", "human resources": "hr", "ressources humaines": "hr",
    "management": "management", "direction": "management",
}  # fmt: skip
"""How people write the roles that the product knows; any other role stays as it is written."""

CHECKS: Final = tuple(check.id for check in CATALOGUE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for: fields of actions, actions left out or taken in, a risk accepted or not any more.

    `settings` are (action, field, text) with an empty text to take a field back; `start` a day, "" to take it back and
    None to leave it.
    """

    settings: tuple[tuple[str, str, str], ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    withdraw: tuple[str, ...] = ()
    by: str = ""
    reason: str = ""
    until: str = ""
    start: str | None = None

    @property
    def empty(self) -> bool:
        lists = (self.settings, self.exclude, self.include, self.accept, self.withdraw)
        return self.start is None and not any(lists)


@dataclass(frozen=True, slots=True)
class Change:
    """What the store is told: judgements to keep, and (item, field) of those given up."""

    edits: tuple[Edit, ...]
    taken_back: tuple[tuple[str, str], ...]


def decide(audit: str, site: str, wish: Wish) -> Audit:
    """Keep what a person decided about an audit of the history, and give the audit with it; JudgementError if wrong."""
    if desk.is_file(audit):
        raise JudgementError("judgement.file")
    path, id = desk.locate(audit, site)
    with Store(path) as store:
        published = store.load(id)
        return keep(store, published, visit.current(published, store), wish)[0]


def keep(store: Store, published: Audit, now: Audit, wish: Wish) -> tuple[Audit, Change]:
    """Keep a wish in an open history: the audit with it, and the change that takes it back; JudgementError if wrong.

    `published` is the audit as it was saved, `now` the same with what was decided until now.
    """
    site, known = now.site.name, store.edits(now.site.name)
    change = change_of(wish, now, known, visit.now_at(now.site))
    store.decide(site, change.edits, change.taken_back)
    return visit.current(published, store), inverse(change, known)


def inverse(change: Change, known: Iterable[Edit]) -> Change:
    """What puts everything back that a change touches, given what stood there before."""
    touched = {(edit.item, edit.field) for edit in change.edits} | set(change.taken_back)
    before = tuple(edit for edit in known if (edit.item, edit.field) in touched)
    return Change(before, tuple(sorted(touched)))


def change_of(wish: Wish, audit: Audit, known: Iterable[Edit], now: dt.datetime) -> Change:
    """What a wish means for an audit whose plan is the current one; raises JudgementError."""
    actions = {action.id for action in (*audit.plan, *audit.left_out)} | {e.item for e in known if e.item != PLAN}
    edits: list[Edit] = []
    back: list[tuple[str, str]] = []
    for action, field, text in wish.settings:
        _set(_action(action, actions), field, text, wish.by, now, edits, back)
    for action in wish.exclude:
        id = _action(action, actions)
        edits.append(Edit(id, "status", "excluded", wish.by, now))
        if wish.reason:
            edits.append(Edit(id, "reason", str(parsed("reason", wish.reason)), wish.by, now))
    back += [(_action(action, actions), field) for action in wish.include for field in ("status", "reason")]
    edits += [_acceptance(check, wish, audit, now) for check in wish.accept]
    back += [(_check(check), "accepted") for check in wish.withdraw]
    if wish.start:
        edits.append(Edit(PLAN, "start", parsed("start", wish.start).isoformat(), wish.by, now))
    elif wish.start is not None:
        back.append((PLAN, "start"))
    _in_order(edits, known)
    return Change(tuple(edits), tuple(back))


def _set(
    action: str,
    field: str,
    text: str,
    by: str,
    now: dt.datetime,
    edits: list[Edit],
    back: list[tuple[str, str]],
) -> None:
    """One field of one action: an empty text takes it back, and so does the status it has of itself."""
    if field == "owner":
        text = ROLES.get(line(text).lower(), text)
    if field in FIELDS and not line(text):
        back.append((action, field))
        return
    value = parsed(field, text)
    if field == "status" and value == "open":
        back += [(action, "status"), (action, "reason")]
        return
    said = value.isoformat() if isinstance(value, dt.date) else str(value)
    edits.append(Edit(action, field, said, by, now))


def _in_order(edits: Iterable[Edit], known: Iterable[Edit]) -> None:
    """Refuse an action that would end before it begins."""
    days: dict[tuple[str, str], str] = {(e.item, e.field): e.value for e in known} | {
        (e.item, e.field): e.value for e in edits
    }
    for item in {edit.item for edit in edits}:
        start, end = days.get((item, "start")), days.get((item, "end"))
        if start and end and dt.date.fromisoformat(end) < dt.date.fromisoformat(start):
            raise JudgementError("judgement.order", action=item)


def _action(word: str, known: Collection[str]) -> str:
    found = {id.lower(): id for id in known}.get(line(word).lower())
    if found:
        return found
    near, short = nearest(word, known), line(word)[:60]
    if near:
        raise JudgementError("judgement.action", found=short, near=near)
    raise JudgementError("judgement.no_action", found=short)


def _check(word: str) -> str:
    id = line(word).upper()
    if id in CHECKS:
        return id
    near, short = nearest(word, CHECKS), line(word)[:60]
    if near:
        raise JudgementError("judgement.check", found=short, near=near)
    raise JudgementError("judgement.no_check", found=short)


def _acceptance(word: str, wish: Wish, audit: Audit, now: dt.datetime) -> Edit:
    """A risk accepted: by whom, why and until when, of a check that is open in this audit."""
    check, by = _check(word), line(wish.by)
    if not (by and wish.reason and wish.until):
        raise JudgementError("judgement.needs")
    finding = next((f for f in audit.findings if f.id == check), None)
    if finding is None or finding.outcome not in (Outcome.FAIL, Outcome.WARN):
        raise JudgementError("judgement.not_open", check=check)
    return Edit(check, "accepted", accepted(wish.reason, wish.until, now.date()), by[:60], now)
