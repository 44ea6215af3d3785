"""What the tests of the plan start from: the whole catalogue's verdicts at the worked site, and judges to ask again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from auditor.audit import Bench
from auditor.capacity import assess
from auditor.checks import CATALOGUE
from auditor.checks.engine import Books
from auditor.model import Figure, Finding, Outcome, Severity
from auditor.plan import Judged, Plan, Rejudge, draw
from auditor.planning.judgements import NONE, Judgements
from auditor.scoring import score
from auditor.values import ABSENT, Absent, Message
from tests.worked import VECTORS, worked
from tests.worked_audit import SITE, devices

START: Final = dt.date(2026, 12, 1)
AT: Final = dt.datetime(2026, 11, 24, 14, 2, tzinfo=dt.UTC)
SEVERITIES: Final = {"C": Severity.CRITICAL, "H": Severity.HIGH, "M": Severity.MEDIUM, "L": Severity.LOW}
HOURS: Final = {"h": 1, "d": 8}
QUALITY: Final = {"device": Fraction(1), "document": Fraction(3, 5), "declared": Fraction(3, 10)}
OWNERS: Final = {check.id: check.owner for check in CATALOGUE}


def finding(
    id: str,
    outcome: Outcome,
    severity: Severity = Severity.HIGH,
    effort: int = 4,
    unblocks: tuple[str, ...] = (),
    lead: tuple[int, int] = (1, 3),
    owner: str = "it",
    **values: Any,
) -> Finding:
    return Finding(
        id, 1, id[:3], outcome, severity, Message(f"{id}.{outcome}", values), weight=severity.weight,
        effort_hours=effort, owner=owner, lead_days=lead, unblocks=unblocks, quality=Fraction(1),
    )  # fmt: skip


def worked_findings() -> list[Finding]:
    """Every check of the catalogue with its verdict at the worked site, as the vectors have them."""
    told = next(row for row in VECTORS["scoring_examples"] if row["id"] == "1 worked site")
    found = []
    for row in VECTORS["checks"]:
        lead = [int(part) for part in row["lead"].split("-")]
        one = finding(
            row["id"],
            Outcome(told["verdicts"][row["id"]]),
            SEVERITIES[row["severity"]],
            int(row["effort"][:-1]) * HOURS[row["effort"][-1]],
            tuple(row["unblocks"]),
            (lead[0], lead[-1]),
            OWNERS.get(row["id"], "it"),
        )
        quality = QUALITY.get(told["origins"].get(row["id"], ""), Fraction(0))
        found.append(replace(one, cost=row["cost"], quick_win=row["quick_win"], quality=quality))
    return found


def judge_again(findings: Sequence[Finding]) -> Rejudge:
    """A judge for findings written by hand: seats and score are computed, no finding looks at an input."""
    weights = {f.id: f.weight for f in findings}

    def rejudge(figures: Mapping[str, Figure], acts: frozenset[str]) -> Judged:
        result = assess(figures)
        cured = [replace(f, outcome=Outcome.PASS) if f.id in acts else f for f in findings]
        scored = score(cured, result.headline, result.resources, weights)
        by_id = {f.id: f for f in cured}
        return Judged(result.headline.seats, scored.value, scored.proven, by_id, dict(scored.losses), scored.caps)

    return rejudge


def real_judge() -> Rejudge:
    """The real checks on the devices of the worked site."""
    return Bench(SITE, devices(), Books(AT.date())).rejudge


def drawn(
    findings: Sequence[Finding] = (),
    figures: Mapping[str, Figure] | None = None,
    judgements: Judgements = NONE,
    start: dt.date = START,
    today: dt.date | Absent = ABSENT,
) -> Plan:
    """The plan of a site whose findings are written by hand."""
    return draw(figures or worked(), judge_again(findings), start=start, at=AT, judgements=judgements, today=today)
