"""Before and after as tables: figures, checks, inputs and promises, for every form of a report."""

from __future__ import annotations

from auditor.compare import Comparison
from auditor.model import Audit
from auditor.reports import comparison, phrases
from auditor.reports.tables import Cell, Table, made, number
from auditor.texts import Texts
from auditor.values import ABSENT


def comparison_tables(before: Audit, after: Audit, found: Comparison, texts: Texts) -> tuple[Table, ...]:
    """What changed in figures, checks, inputs and promises: four tables more of every form."""
    return (
        _figures(before, after, found, texts),
        _checks(found, texts),
        _inputs(found, texts),
        _promises(found, texts),
    )


def _figures(before: Audit, after: Audit, found: Comparison, texts: Texts) -> Table:
    seats, alike = found.seats, found.like_for_like
    resources = {row.id: row.seats for row in before.resources}
    none: tuple[Cell, ...] = ("", "")
    rows: list[tuple[Cell, ...]] = [
        (texts("Day of the audit"), phrases.audit_day(before), phrases.audit_day(after)),
        (texts("People who can work remotely at the same time"), number(seats.before, texts),
         number(seats.after, texts)),
        (texts("People needed"), seats.required_before, seats.required_after),
        (texts("The same, with the people and the demand of the earlier audit"), number(seats.before, texts),
         number(seats.same_profile, texts)),
        (texts("Announced by the earlier plan for this day"), "", number(found.promised_seats, texts)),
        (texts("Readiness score"), number(before.score.value, texts), number(after.score.value, texts)),
        (texts("Score like for like"), number(alike.before, texts, 1), number(alike.after, texts, 1)),
        (texts("Score proven"), number(found.decomposition.before, texts, 1),
         number(found.decomposition.after, texts, 1)),
        *((texts("Move of the score: {part}", part=name), none[0], number(points, texts, 1))
          for name, points in comparison.parts(found, texts)),
        *((texts.name(row.id), number(resources.get(row.id, ABSENT), texts), number(row.seats, texts))
          for row in after.resources),
    ]  # fmt: skip
    header = (texts("what"), texts("before"), texts("after"))
    return made("before-after", texts("Before and after"), texts("What changed since the earlier audit"), header, rows)


def _checks(found: Comparison, texts: Texts) -> Table:
    header = (texts("check"), texts("title"), texts("change"), texts("before"), texts("after"), texts("what was found"))
    rows = [
        (row.id, phrases.title(row.id, texts), comparison.kind(row.kind, texts), comparison.result(row.before, texts),
         comparison.result(row.after, texts), texts.say(told) if (told := comparison.message(row)) else "")
        for row in found.changes
    ]  # fmt: skip
    return made("changes", texts("Changes"), texts("What became of each check"), header, rows)


def _inputs(found: Comparison, texts: Texts) -> Table:
    header = (texts("input"), texts("before"), texts("after"), texts("origin before"), texts("origin after"),
              texts("id"))  # fmt: skip
    rows = [
        (texts.input(row.name), comparison.value(row.before, row.unit, row.name, texts),
         comparison.value(row.after, row.unit, row.name, texts), texts.name(row.origin_before.value),
         texts.name(row.origin_after.value), row.name)
        for row in found.inputs
    ]  # fmt: skip
    return made("inputs-changed", texts("Inputs changed"), texts("Inputs that changed"), header, rows)


def _promises(found: Comparison, texts: Texts) -> Table:
    header = (texts("action"), texts("done by"), texts("done when"), texts("state"), texts("id"))
    rows = [
        (
            texts.say(one.action.action),
            one.action.done_by,
            one.action.done_when,
            comparison.state(one.state, texts),
            one.action.id,
        )
        for one in found.promises
    ]
    return made("promises", texts("Promises"), texts("What became of the earlier plan"), header, rows)
