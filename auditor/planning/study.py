"""What the screens that study an audit can have done: implements `screens.study.Study`."""

from __future__ import annotations

from auditor.model import Audit
from auditor.planning.comparing import Comparing
from auditor.planning.deciding import Deciding
from auditor.planning.supposing import Supposing


class AuditStudy:
    """What-if, decisions and comparisons of audits in the history."""

    def suppositions(self, audit: Audit, /) -> Supposing:
        return Supposing(audit)

    def decisions(self, audit: Audit, /) -> Deciding:
        return Deciding(audit)

    def comparisons(self, audit: Audit, /) -> Comparing:
        return Comparing(audit)
