"""Decisions, for a screen: implements `screens.study.Decisions` with the history of the audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from auditor import visit
from auditor.model import Audit
from auditor.planning.decisions import Change, Wish, keep
from auditor.planning.history import history_of
from auditor.planning.judgements import JudgementError
from auditor.screens.study import Refused
from auditor.store import Store


class Deciding:
    """Decides about one audit, and remembers what would take each decision back."""

    def __init__(self, audit: Audit) -> None:
        self._now, self._published = audit, audit
        self._loaded = False
        self._back: list[Change] = []

    @contextmanager
    def _history(self) -> Iterator[Store]:
        """The history, open, and the audit as it was saved there, read once."""
        with history_of(self._now) as store:
            if not self._loaded:
                self._published, self._loaded = store.load(self._now.id), True
            yield store

    def _decide(self, wish: Wish) -> Audit:
        try:
            with self._history() as store:
                self._now, back = keep(store, self._published, self._now, wish)
        except JudgementError as error:
            raise Refused(error.message) from None
        self._back.append(back)
        return self._now

    def set(self, action: str, field: str, text: str, /) -> Audit:
        return self._decide(Wish(((action, field, text),)))

    def leave_out(self, action: str, reason: str, /) -> Audit:
        return self._decide(Wish(exclude=(action,), reason=reason))

    def take_in(self, action: str, /) -> Audit:
        return self._decide(Wish(include=(action,)))

    def accept(self, check: str, by: str, reason: str, until: str, /) -> Audit:
        return self._decide(Wish(accept=(check,), by=by, reason=reason, until=until))

    def withdraw(self, check: str, /) -> Audit:
        return self._decide(Wish(withdraw=(check,)))

    def begin(self, day: str, /) -> Audit:
        return self._decide(Wish(start=day))

    def undo(self) -> Audit:
        if self._back:
            with self._history() as store:
                back = self._back[-1]
                store.decide(self._now.site.name, back.edits, back.taken_back)
                self._now = visit.current(self._published, store)
            self._back.pop()
        return self._now

    @property
    def undoable(self) -> bool:
        return bool(self._back)
