"""What the screens that study an audit can have done: implements `screens.study.Study`."""

from __future__ import annotations

from auditor.model import Audit
from auditor.planning.comparing import Comparing
from auditor.planning.deciding import Deciding
from auditor.planning.supposing import Supposing


class AuditStudy:
    """What-if, decisions and comparisons of audits in the history; an audit is decided about at one desk."""

    def __init__(self) -> None:
        self._deciding: dict[str, Deciding] = {}

    def suppositions(self, audit: Audit, /) -> Supposing:
        return Supposing(audit)

    def decisions(self, audit: Audit, /) -> Deciding:
        return self._deciding.setdefault(audit.id, Deciding(audit))

    def comparisons(self, audit: Audit, /) -> Comparing:
        return Comparing(audit)
