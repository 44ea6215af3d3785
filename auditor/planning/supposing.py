"""What if, for a screen: implements `screens.study.Suppositions` with the model, and the history of the audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from auditor import visit
from auditor.audit import figures_of
from auditor.clean import line
from auditor.model import Audit, Origin, Supposition
from auditor.parameters import unit
from auditor.planning import dials
from auditor.planning.cures import Ladders
from auditor.planning.history import history_of
from auditor.planning.whatif import LONGEST, Answer, WhatIf, WhatIfError, known, shown
from auditor.screens.study import Dial, Refused, Supposed
from auditor.seats.degraded import degraded
from auditor.seats.figures import with_changes
from auditor.values import Absent, Value

T = TypeVar("T")


class Supposing:
    """The inputs of one audit; the model is made ready at the first question."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._asked: WhatIf | None = None

    @property
    def _model(self) -> WhatIf:
        if self._asked is None:
            self._asked = WhatIf(figures_of(self._audit), Ladders.of(self._audit.site.plan_ladders))
        return self._asked

    def _now(self, name: str) -> Value | Absent:
        return shown(self._model.figures, name)

    def today(self) -> Supposed:
        return self._told(self._model.today)

    def _told(self, answer: Answer) -> Supposed:
        figures = with_changes(self._model.figures, answer.changes)
        return Supposed(answer.changes, answer.headline, answer.resources, answer.waterfall, degraded(figures))

    def dials(self) -> Sequence[Dial]:
        figures = self._model.figures
        return tuple(
            Dial(name, unit(name), self._now(name), figures[name].origin if name in figures else Origin.UNKNOWN)
            for name in dials.dials(self._model.names())
        )

    def read(self, name: str, text: str, /) -> Value:
        return _said(lambda: dials.read(name, text))

    def ask(self, changes: Mapping[str, Value], /) -> Supposed:
        return _said(lambda: self._told(self._model.ask(dict(changes))))

    def slide(self, name: str, value: Value | Absent, by: int, /) -> Value:
        return dials.slid(name, self._now(name), value, by)

    def place(self, name: str, value: Value | Absent, /) -> Fraction | Absent:
        return dials.place(name, self._now(name), value)

    # ---- kept beside the facts ----

    def kept(self) -> Sequence[Supposition]:
        """Those whose inputs are all still there; none for an audit that stands in no history."""
        try:
            with history_of(self._audit) as store:
                saved = store.suppositions(self._audit.site.name)
        except Refused:
            return ()
        names = set(self._model.names())
        return tuple(one for one in saved if names.issuperset(one.changes))

    def keep(self, name: str, changes: Mapping[str, Value], /) -> None:
        plain = line(name)
        if not plain or len(plain) > LONGEST:
            raise Refused(WhatIfError("whatif.name", found=plain[:LONGEST], most=LONGEST).message)
        if not changes:
            raise Refused(WhatIfError("whatif.unchanged").message)
        usable = _said(lambda: known(changes, self._model.names()))
        with history_of(self._audit) as store:
            now = visit.now_at(self._audit.site)
            store.suppose(self._audit.site.name, Supposition(plain, usable, self._audit.id, now))

    def forget(self, name: str, /) -> None:
        with history_of(self._audit) as store:
            store.drop_supposition(self._audit.site.name, name)


def _said(work: Callable[[], T]) -> T:
    try:
        return work()
    except WhatIfError as error:
        raise Refused(error.message) from None
