"""Before and after, for a screen: implements `screens.study.Comparisons` with the history of the site."""

from __future__ import annotations

from collections.abc import Sequence

from auditor import compare, visit
from auditor.compare import CompareError, Comparison
from auditor.model import Audit
from auditor.parameters import unit
from auditor.planning.history import history_of
from auditor.screens.study import Compared, InputMoved, KnownAudit, Refused


class Comparing:
    """The audits of the site of one audit."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def audits(self) -> Sequence[KnownAudit]:
        """Those that ended; none where this one stands in no history."""
        try:
            with history_of(self._audit) as store:
                rows = store.history(self._audit.site.name)
        except Refused:
            return ()
        return tuple(
            KnownAudit(row.id, row.at, row.seats, row.required, row.score, row.grade)
            for row in rows
            if row.status != "running"
        )

    def between(self, before: str, after: str, /) -> Compared:
        with history_of(self._audit) as store:
            old, new = (visit.current(store.load(id), store) for id in (before, after))
        try:
            return told(old, new, compare.between(old, new))
        except CompareError as error:
            raise Refused(error.message) from None


def told(before: Audit, after: Audit, found: Comparison) -> Compared:
    """A comparison as a screen takes it."""
    parts, alike = found.decomposition, found.like_for_like
    return Compared(
        before,
        after,
        same_profile=found.seats.same_profile,
        alike=(alike.before, alike.after),
        alike_checks=alike.checks,
        alike_share=alike.share,
        parts=tuple((name, getattr(parts, name)) for name in ("remediation", "coverage", "catalogue", "scope")),
        checks=tuple((change.kind, change.id) for change in found.changes if change.kind != "unchanged"),
        devices=tuple((one.fate, one.before, one.after) for one in found.devices),
        promised=found.promised_seats,
        promises=tuple((one.action, one.state) for one in found.promises),
        inputs=tuple(InputMoved(one.name, one.unit or unit(one.name), one.before, one.after) for one in found.inputs),
    )
