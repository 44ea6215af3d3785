"""Decisions, for a screen: implements `screens.study.Decisions` with the history of the audit."""

from __future__ import annotations

from auditor.model import Audit
from auditor.planning.decisions import Change, Wish, keep, take_back
from auditor.planning.history import history_of
from auditor.planning.judgements import JudgementError
from auditor.screens.study import Refused


class Deciding:
    """Decides about one audit, and remembers what would take each decision back."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._back: list[Change] = []

    def _decide(self, wish: Wish) -> Audit:
        try:
            with history_of(self._audit) as store:
                result, back = keep(store, self._audit.id, wish)
        except JudgementError as error:
            raise Refused(error.message) from None
        self._back.append(back)
        return result

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
        if not self._back:
            return self._audit
        with history_of(self._audit) as store:
            result = take_back(store, self._audit.id, self._back[-1])
        self._back.pop()
        return result

    @property
    def undoable(self) -> bool:
        return bool(self._back)
