"""The audit as plain tables: what the spreadsheet, the CSV files and the web page are all written from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from auditor.actions import Action
from auditor.clean import plain
from auditor.model import Audit, Device, Figure, Finding, Resource
from auditor.reports import phrases
from auditor.reports.schedule_pages import money, status
from auditor.texts import NARROW, NO_BREAK, Texts, round_half_up
from auditor.values import ABSENT, Absent

Cell: TypeAlias = str | int | Fraction | dt.date
LONGEST: Final = 8_000
"""Characters of one cell; a spreadsheet refuses more than 32,767. What is cut ends in …"""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: `id` names its file, `name` its sheet, `title` its message; each row is as long as `header`.

    A number is a number and a date a date; what is not known is a word, never an empty cell that counts as 0.
    """

    id: str
    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tables(audit: Audit, texts: Texts) -> tuple[Table, ...]:
    """Every table of the report, in its order; the same for each form it is written in."""
    return tuple(make(audit, texts) for make in _TABLES)


def text(words: str) -> str:
    """Text for one cell: no control characters, ordinary spaces, a cut marked with …"""
    clean = plain(words[: 2 * LONGEST]).replace(NARROW, " ").replace(NO_BREAK, " ").strip()
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"


def made(id: str, name: str, title: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    """A table whose texts are clean and of a length that a cell holds."""
    told = tuple(tuple(text(cell) if isinstance(cell, str) else cell for cell in row) for row in rows)
    return Table(id, text(name), text(title), tuple(map(text, header)), told)


def number(value: int | Fraction | Absent, texts: Texts, digits: int = 0) -> Cell:
    """The number, rounded half up as everywhere in the report, or that it is not known."""
    if isinstance(value, Absent):
        return texts("not known")
    return Fraction(round_half_up(value, digits)) if digits else int(round_half_up(value))


def _summary(audit: Audit, texts: Texts) -> Table:
    head, score = audit.headline, audit.score
    rows: list[tuple[Cell, ...]] = [
        (texts("Site"), audit.site.name),
        (texts("Client"), audit.site.client),
        (texts("Day of the audit"), phrases.audit_day(audit)),
        (texts("Message"), phrases.stops(audit, texts)),
        (texts("People who can work remotely at the same time"), number(head.seats, texts)),
        (texts("At least, and at most"), f"{phrases.count(texts, head.low)} – {phrases.count(texts, head.high)}"),
        (texts("People needed"), head.required),
        (texts("Eligible people"), head.eligible),
        (texts("Headcount"), head.headcount),
        (texts("What binds"), texts.list([texts.name(id) for id in head.binding]) or texts("not known")),
        (texts("People after the largest failure"), number(head.seats_after_largest_failure, texts)),
        (texts("Readiness score"), number(score.value, texts)),
        (texts("Grade"), score.grade or texts("not rated")),
        (texts("Score proven"), number(score.proven, texts, 1)),
        (texts("Score possible"), number(score.possible, texts, 1)),
        (texts("Coverage, %"), number(score.coverage, texts, 1)),
        (texts("Confidence, %"), number(score.confidence, texts, 1)),
        *((texts("Rows: {what}", what=name), number) for name, number in counted(audit, texts)),
        (texts("Product, catalogue, audit"), f"Auditor {audit.version}, {audit.catalogue}, {audit.id}"),
    ]
    return made("summary", texts("Summary"), phrases.stops(audit, texts), (texts("what"), texts("value")), rows)


def counted(audit: Audit, texts: Texts) -> list[tuple[str, int]]:
    """How many findings, actions, resources, devices and gaps every form holds."""
    return [
        (texts("Findings"), len(audit.findings)),
        (texts("Plan"), len(audit.plan) + len(audit.left_out)),
        (texts("Resources"), len(audit.resources)),
        (texts("Devices"), len(audit.devices)),
        (texts("Not measured"), len(audit.not_measured)),
    ]


def _plan(audit: Audit, texts: Texts) -> Table:
    header = (
        "#", texts("action"), texts("status"), texts("owner"), texts("checks closed"), texts("people gained"),
        texts("people then"), texts("points"), texts("score then"), texts("effort, h"), texts("lead time, days"),
        texts("cost class"), texts("one-off"), texts("a month"), texts("after"), texts("start by"), texts("done by"),
        texts("days"), texts("critical path"), texts("done when"), texts("remark"), texts("id"),
    )  # fmt: skip
    ranks = {action.id: str(action.rank) for action in audit.plan}
    rows = [_action(action, ranks, True, texts) for action in audit.plan]
    rows += [_action(action, ranks, False, texts) for action in audit.left_out]
    return made("plan", texts("Plan"), texts("The action plan"), header, rows)


def _action(action: Action, ranks: dict[str, str], dated: bool, texts: Texts) -> tuple[Cell, ...]:
    """One action; one that is left out has neither rank, gains nor dates."""
    nothing = "–"
    return (
        action.rank if dated else nothing,
        texts.say(action.action),
        status(action.status, texts),
        phrases.owner(action.owner, texts),
        ", ".join(action.closes),
        number(action.people_gained, texts) if dated else nothing,
        number(action.seats_after, texts) if dated else nothing,
        number(action.points_gained, texts, 1) if dated else nothing,
        number(action.score_after, texts) if dated else nothing,
        action.effort_hours,
        f"{action.lead_days[0]} – {action.lead_days[1]}",
        action.cost,
        money(action.one_off, texts),
        money(action.monthly, texts),
        ", ".join(ranks[id] for id in action.depends_on if id in ranks),
        action.start_by if dated else nothing,
        action.done_by if dated else nothing,
        action.window.replace("-", "–"),  # 8-30 would be read as a date
        texts("yes") if action.critical else texts("no"),
        action.done_when,
        texts.say(action.note) if action.note else "",
        action.id,
    )


def _findings(audit: Audit, texts: Texts) -> Table:
    header = (
        texts("check"), texts("title"), texts("domain"), texts("result"), texts("severity"), texts("what was found"),
        texts("what to do"), texts("action of the plan"), texts("evidence"), texts("risk accepted"),
    )  # fmt: skip
    ranks = {id: action.rank for action in reversed(audit.plan) for id in action.closes}
    rows = [_finding(audit, finding, ranks, texts) for finding in audit.findings]
    return made("findings", texts("Findings"), texts("Every check and its result"), header, rows)


def _finding(audit: Audit, finding: Finding, ranks: dict[str, int], texts: Texts) -> tuple[Cell, ...]:
    remedy = f"{finding.id}.action"
    return (
        finding.id,
        phrases.title(finding.id, texts),
        texts.name(finding.domain),
        phrases.verdict(finding.outcome, texts),
        phrases.severity(finding, texts),
        texts.say(finding.message),
        texts.words(remedy) if texts.known(remedy) else "",
        ranks.get(finding.id, ""),
        "; ".join(phrases.evidence(audit, finding, texts)),
        texts.say(finding.accepted) if finding.accepted else "",
    )


def _resources(audit: Audit, texts: Texts) -> Table:
    header = (
        texts("Resource"), texts("people"), texts("beyond"), texts("origin"), texts("certainty"), texts("formula"),
        texts("why not known"), texts("id"),
    )  # fmt: skip
    rows = [_resource(row, texts) for row in audit.resources]
    return made("resources", texts("Resources"), texts("What each resource carries"), header, rows)


def _resource(row: Resource, texts: Texts) -> tuple[Cell, ...]:
    refuses = row.beyond.value == "refuses"
    signs: dict[str, str] = {"<=": "≤", "~": "~", "=": texts("exact")}
    return (
        texts.name(row.id),
        number(row.seats, texts),
        texts.context("beyond", "refuses") if refuses else texts.context("beyond", "slows down"),
        texts.name(row.origin.value),
        "".join(signs[bound] for bound in row.bounds),
        row.formula,
        texts.say(row.reason) if row.reason else "",
        row.id,
    )


def _devices(audit: Audit, texts: Texts) -> Table:
    header = (texts("device"), texts("role"), texts("model"), texts("version"), texts("state"), texts("facts"),
              texts("gaps"), texts("questions"))  # fmt: skip
    rows = [_device(device, texts) for device in audit.devices]
    return made("devices", texts("Devices"), texts("The devices that were asked"), header, rows)


def _device(device: Device, texts: Texts) -> tuple[Cell, ...]:
    told = {reading.key.name: str(reading.value) for reading in device.readings}
    return (
        device.name,
        phrases.role(device.role.value, texts),
        told.get("identity.model", texts("unknown")),
        told.get("identity.os_version", texts("unknown")),
        {"done": texts("done"), "partial": texts("partial"), "failed": texts("failed")}[device.status],
        len(device.readings),
        len(device.gaps),
        len(device.evidence),
    )


def _windows(audit: Audit, texts: Texts) -> Table:
    header = (texts("days"), texts("until"), texts("people"), texts("score"), texts("actions done"))
    ranks = {action.id: str(action.rank) for action in audit.plan}
    rows = [
        (window.id.replace("-", "–"), window.until, number(window.seats, texts), number(window.score, texts),
         ", ".join(ranks[id] for id in window.done if id in ranks) or "–")
        for window in audit.windows
    ]  # fmt: skip
    return made("windows", texts("Calendar"), texts("What stands at the end of each window"), header, rows)


def _bad_days(audit: Audit, texts: Texts) -> Table:
    header = (texts("bad day"), texts("people"), texts("needed"), texts("what limits it"), texts("supposed"))
    rows = [
        (texts.name(f"degraded.{day.id}"), number(day.seats, texts), day.required,
         texts.list([texts.name(id) for id in day.binding]), texts.say(day.note))
        for day in audit.degraded
    ]  # fmt: skip
    return made("bad-days", texts("Bad days"), texts("How many can work on a bad day"), header, rows)


def _gaps(audit: Audit, texts: Texts) -> Table:
    header = (texts("what"), texts("why"), texts("how to lift it"), texts("id"))
    rows = [
        (
            phrases.title(row.what, texts) or texts.name(row.what),
            texts.say(row.why),
            texts.say(row.how_to_lift),
            row.what,
        )
        for row in audit.not_measured
    ]
    return made("not-measured", texts("Not measured"), texts("What was not measured, and how to lift it"), header, rows)


def _assumptions(audit: Audit, texts: Texts) -> Table:
    header = (texts("input"), texts("value"), texts("default"), texts("origin"), texts("where from"), texts("id"))
    rows = [_input(figure, texts) for figure in audit.assumptions]
    return made("assumptions", texts("Assumptions"), texts("What the figures rest on"), header, rows)


def _input(figure: Figure, texts: Texts) -> tuple[Cell, ...]:
    unknown = figure.origin.value == "unknown"
    value = texts("unknown") if unknown else phrases.shown(figure.value, figure.unit, figure.name, texts)
    default = "" if figure.default is ABSENT else phrases.shown(figure.default, figure.unit, figure.name, texts)
    note = texts.say(figure.note) if figure.note else ""
    sources = "; ".join(phrases.stated_by(source, texts) for source in figure.sources)
    told = ". ".join(filter(None, (sources, note)))
    return texts.input(figure.name), value, default, texts.name(figure.origin.value), told, figure.name


_TABLES: Final[tuple[Callable[[Audit, Texts], Table], ...]] = (
    _summary, _plan, _findings, _resources, _windows, _bad_days, _devices, _gaps, _assumptions,
)  # fmt: skip
