"""What the screens that study an audit can have done: implements `screens.study.Study`."""

from __future__ import annotations


class AuditStudy:
    """What-if, decisions and comparisons of audits in the history."""
