"""The sections of the report, each a function from an audit to what stands on its pages; nothing is computed here."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, PageBreak, Spacer, Table, TableStyle

from auditor.model import ABSENT, Absent, Action, Audit, Device, Figure, Finding, Outcome, Scenario
from auditor.reports import charts
from auditor.reports.styles import FONT, LINE, MAIN, PALE, STYLES, WIDTH, grid, marked, para, safe
from auditor.texts import NO_BREAK, Texts

Section: TypeAlias = Callable[[Audit, Texts], list[Flowable]]
MOST_EVIDENCE: Final = 4
DECISIONS: Final = 3
WINDOWS: Final = (7, 30, 60, 90)


class Title(Flowable):
    """A page title that says the message of the page; it is a bookmark and stands in the outline."""

    def __init__(self, text: str, key: str) -> None:
        super().__init__()
        self.text, self.key, self.inner = text, key, para(text, STYLES.title)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return self.inner.wrap(width, height)

    def draw(self) -> None:
        self.canv.bookmarkPage(self.key)
        self.canv.addOutlineEntry(self.text, self.key, 0, False)
        self.inner.drawOn(self.canv, 0, 0)


def _at(audit: Audit, moment: dt.datetime) -> dt.datetime:
    """A moment in the site's own time."""
    try:
        return moment.astimezone(zoneinfo.ZoneInfo(audit.site.timezone))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return moment


def count(texts: Texts, value: int | Absent) -> str:
    """A number of people, or that it is not known."""
    return texts("not known") if isinstance(value, Absent) else texts.number(value)


# ---- page one ----


def headline(audit: Audit, texts: Texts) -> str:
    """The headline as one sentence."""
    head = audit.headline
    if isinstance(head.seats, Absent):
        return texts("How many people can work remotely at the same time is not known: see what was not measured.")
    values = {"seats": head.seats, "eligible": head.eligible, "headcount": head.headcount}
    if isinstance(head.low, Absent) or isinstance(head.high, Absent) or head.low == head.high:
        return texts(
            "Today {seats} of the {eligible} eligible people (headcount {headcount}) can work remotely at the same"
            " time.",
            **values,
        )
    return texts(
        "Today {seats} of the {eligible} eligible people (headcount {headcount}) can work remotely at the same time"
        " (range {low} to {high}).",
        **values,
        low=head.low,
        high=head.high,
    )


def beyond(audit: Audit, texts: Texts) -> str:
    """What happens to the next person."""
    head = audit.headline
    if not head.binding:
        return ""
    return texts("Beyond that, {what}.", what=texts.words(f"beyond.{head.binding[0].partition('/')[0]}"))


def executive(audit: Audit, texts: Texts) -> list[Flowable]:
    """Page one: what a board needs in two minutes."""
    figure = f"{_bound(audit)}{count(texts, audit.headline.seats)}"
    left = [
        para(figure, STYLES.figure),
        para(texts("of {required} people at the same time", required=audit.headline.required), STYLES.small),
    ]
    right = [para(_grade(audit), STYLES.figure), para(_score(audit, texts), STYLES.small)]
    top = Table(
        [[left, [para(headline(audit, texts), STYLES.message), para(beyond(audit, texts))], right]],
        [WIDTH * 0.22, WIDTH * 0.56, WIDTH * 0.22],
        style=TableStyle([FONT, ("VALIGN", (0, 0), (-1, -1), "TOP"), ("BACKGROUND", (0, 0), (-1, -1), PALE)]),
    )
    return [
        Title(_cover_title(audit, texts), "summary"),
        para(
            texts(
                "{site} · {client} · {day}",
                site=audit.site.name,
                client=audit.site.client,
                day=texts.date(audit.at.date()),
            ),
            STYLES.small,
        ),
        Spacer(0, 4),
        top,
        *_score_lines(audit, texts),
        *_scenarios(audit, texts),
        para(texts("How many people each resource carries"), STYLES.head),
        charts.bars(audit, texts, WIDTH, rows=6),
        charts.legend(texts, WIDTH),
        para(texts("What brings it up: people after each step"), STYLES.head),
        charts.steps(audit, texts, WIDTH, 84),
        para(texts("Decisions to take now"), STYLES.head),
        *_decisions(audit, texts),
        para(texts("What is reachable"), STYLES.head),
        _reachable(audit, texts),
        para(_unknowns(audit, texts), STYLES.small),
    ]


def _cover_title(audit: Audit, texts: Texts) -> str:
    head = audit.headline
    if isinstance(head.seats, Absent) or not head.binding:
        return texts("Remote work readiness")
    if head.seats >= head.required:
        return texts("Everybody can work remotely at the same time")
    return texts("{resource} stops us at {seats} people", resource=texts.name(head.binding[0]), seats=head.seats)


def _bound(audit: Audit) -> str:
    """≤ where something unknown could lower the figure, ~ where it is partly assumed."""
    signs = {"<=": "≤", "~": "~", "=": ""}
    return "".join(signs[bound] for bound in audit.headline.bounds)


def _grade(audit: Audit) -> str:
    return audit.score.grade or "–"


def _score(audit: Audit, texts: Texts) -> str:
    """The readiness score in words, under its letter."""
    value = audit.score.value
    if isinstance(value, Absent):
        return texts("readiness not rated: too little was measured")
    return texts("readiness score {value}/100", value=texts.number(value))


def _score_lines(audit: Audit, texts: Texts) -> list[Flowable]:
    score = audit.score
    line = texts(
        "Score proven {proven}, possible {possible} if all that was not measured were good; coverage"
        " {coverage:percent}, confidence {confidence:percent}; {checks} of {catalogue} checks apply.",
        proven=texts.number(score.proven),
        possible=texts.number(score.possible),
        coverage=score.coverage,
        confidence=score.confidence,
        checks=score.perimeter_checks[0],
        catalogue=score.perimeter_checks[1],
    )
    found: list[Flowable] = [Spacer(0, 4), para(line, STYLES.small)]
    if score.cap is not None and score.cap.limit < score.proven:
        causes = texts.list([texts.name(cause) for cause in score.cap.by[:4]])
        found.append(para(texts("Held at {limit} by: {causes}.", limit=score.cap.limit, causes=causes), STYLES.small))
    if audit.headline.close:
        found.append(para(texts("Close behind: {resources:name}.", resources=audit.headline.close), STYLES.small))
    if audit.headline.seats_after_largest_failure == 0:
        found.append(para(texts("If the largest component fails, nobody can work remotely."), STYLES.small))
    return found


def _scenarios(audit: Audit, texts: Texts) -> list[Flowable]:
    names = {
        "hybrid": texts("Hybrid day"),
        "strike": texts("Transport strike"),
        "closed": texts("Site closed"),
    }

    def row(one: Scenario) -> list[object]:
        lost = max(0, one.required - one.seats)
        return [
            f"{names.get(one.id, one.id)} ({texts.percent(one.concurrency * 100)})",
            texts.number(one.required),
            texts.number(one.seats),
            texts.percent(one.ratio * 100),
            texts.number(lost),
        ]

    if not audit.headline.scenarios:
        return []
    header = [
        texts("Scenario"),
        texts("people needed"),
        texts("can work"),
        texts("share"),
        texts("person-days lost per day"),
    ]
    return [Spacer(0, 4), grid(header, [row(one) for one in audit.headline.scenarios], [30, 16, 14, 12, 28])]


def _decisions(audit: Audit, texts: Texts) -> list[Flowable]:
    if not audit.plan:
        return [para(texts("None: the plan is empty."))]
    return [
        para(
            texts(
                "{rank}. {action}: decide by {day}, in place by {end}.",
                rank=action.rank,
                action=texts.say(action.action),
                day=texts.date(action.start_by),
                end=texts.date(action.done_by),
            )
        )
        for action in audit.plan[:DECISIONS]
    ]


def _reachable(audit: Audit, texts: Texts) -> Table:
    """Seats at the end of each window: the last step all of whose steps before are done by then."""
    start = min((action.start_by for action in audit.plan), default=audit.at.date())
    cells = []
    for days in WINDOWS:
        seats = audit.headline.seats
        for action in audit.plan:
            if action.done_by > start + dt.timedelta(days=days):
                break
            seats = action.seats_after
        cells.append(para(texts("within {days} days: {people}", days=days, people=count(texts, seats))))
    return Table(
        [cells],
        [WIDTH / len(WINDOWS)] * len(WINDOWS),
        style=TableStyle([FONT, ("BACKGROUND", (0, 0), (-1, -1), PALE), ("BOX", (0, 0), (-1, -1), 0.4, LINE)]),
    )


def _unknowns(audit: Audit, texts: Texts) -> str:
    if not audit.not_measured:
        return texts("Everything was measured or declared.")
    return texts.plural(
        "{count} point was not measured: see the page that says how to lift it.",
        "{count} points were not measured: see the page that says how to lift them.",
        len(audit.not_measured),
    )


# ---- capacity ----


def capacity(audit: Audit, texts: Texts) -> list[Flowable]:
    """What each resource carries, and where each figure comes from."""
    rows: list[list[object]] = [
        [
            texts.name(row.id),
            count(texts, row.seats),
            texts.context("beyond", "refuses")
            if row.beyond.value == "refuses"
            else texts.context("beyond", "slows down"),
            texts.name(row.origin.value),
            texts.say(row.reason) if row.reason else texts.words(f"how.{row.id}"),
        ]
        for row in charts.whole(audit)
    ]
    header = [texts("Resource"), texts("people"), texts("beyond"), texts("origin"), texts("how")]
    notes = [para(f"• {texts.say(reason)}", STYLES.small) for reason in audit.headline.bound_reasons]
    return [
        PageBreak(),
        Title(_capacity_title(audit, texts), "capacity"),
        charts.bars(audit, texts, WIDTH),
        charts.legend(texts, WIDTH),
        para(texts("M measured, D declared, A assumed, U unknown."), STYLES.small),
        Spacer(0, 6),
        grid(header, rows, [28, 11, 12, 11, 38]),
        *notes,
        KeepTogether(
            [
                para(texts("Steps in technical order, not a calendar: each cures what binds then"), STYLES.head),
                _steps(audit, texts),
            ]
        ),
    ]


def _capacity_title(audit: Audit, texts: Texts) -> str:
    head = audit.headline
    if not head.binding or isinstance(head.seats, Absent):
        return texts("What each resource carries")
    return texts("{resource} binds first, at {seats}", resource=texts.name(head.binding[0]), seats=head.seats)


def _steps(audit: Audit, texts: Texts) -> Flowable:
    rows: list[list[object]] = [
        [str(number), texts.say(step.action), texts.number(step.seats), _days(step.lead_days, texts), str(step.cost)]
        for number, step in enumerate(audit.waterfall, 1)
    ]
    if not rows:
        return para(texts("No step is needed, or none is known."))
    return grid(
        [texts("step"), texts("action"), texts("people"), texts("lead time"), texts("cost class")],
        rows,
        [7, 56, 12, 14, 11],
    )


def _days(lead: tuple[int, int], texts: Texts) -> str:
    first, last = lead
    return texts("{last} d", last=last) if first == last else texts("{first} to {last} d", first=first, last=last)


# ---- plan ----


def plan(audit: Audit, texts: Texts) -> list[Flowable]:
    """The table the IT manager works from."""
    header = [
        "", texts("action"), texts("closes"), texts("people"), texts("score"), texts("owner"),
        texts("effort"), texts("lead time"), texts("cost"), texts("start by"), texts("done by"),
    ]  # fmt: skip
    rows = [_plan_row(action, texts) for action in audit.plan]
    hours = sum(action.effort_hours for action in audit.plan)
    total = texts("Own effort in all: {days:1} person-days.", days=hours / 8)
    return [
        PageBreak(),
        Title(_plan_title(audit, texts), "plan"),
        grid(header, rows, [4, 26, 11, 10, 8, 16, 9, 11, 7, 13, 13], STYLES.tight)
        if rows
        else para(texts("Nothing to do.")),
        Spacer(0, 4),
        para(total),
        para(
            texts(
                "Cost classes, first year: 0 none; 1 under 1 k€; 2 from 1 to 10 k€; 3 from 10 to 50 k€; 4 over 50 k€."
                " An action is done when its first check passes."
            ),
            STYLES.small,
        ),
    ]


def _plan_title(audit: Audit, texts: Texts) -> str:
    after = [action.seats_after for action in audit.plan if not isinstance(action.seats_after, Absent)]
    if not after or isinstance(audit.headline.seats, Absent):
        return texts("The action plan")
    return texts.plural(
        "{count} action, in this order, brings us to {seats} people",
        "{count} actions, in this order, bring us to {seats} people",
        len(audit.plan),
        seats=after[-1],
    )


def _plan_row(action: Action, texts: Texts) -> list[object]:
    score = "" if isinstance(action.score_after, Absent) else texts.number(action.score_after)
    return [
        str(action.rank),
        texts.say(action.action),
        ", ".join(action.closes),
        count(texts, action.seats_after),
        score,
        owner(action.owner, texts),
        texts("{hours} h", hours=action.effort_hours),
        _days(action.lead_days, texts),
        str(action.cost),
        texts.date(action.start_by).replace(" ", NO_BREAK),
        texts.date(action.done_by).replace(" ", NO_BREAK),
    ]


def owner(role: str, texts: Texts) -> str:
    """Who does it: always a role, never a name."""
    return {
        "it": texts("IT manager"),
        "operator": texts("operator"),
        "integrator": texts("integrator"),
        "hr": texts("HR"),
        "management": texts("management"),
    }.get(role, role)


# ---- findings ----


def findings(audit: Audit, texts: Texts) -> list[Flowable]:
    """By domain: its score, then a block for each check that failed or warned."""
    story: list[Flowable] = [PageBreak(), Title(_findings_title(audit, texts), "findings")]
    for domain in audit.score.domains:
        story += _domain(audit, domain.id, texts)
    outside = [finding for finding in audit.findings if not finding.weight and finding.outcome is Outcome.FAIL]
    story += [_block(audit, finding, texts) for finding in outside]
    return story


def _findings_title(audit: Audit, texts: Texts) -> str:
    failed = sum(1 for finding in audit.findings if finding.outcome is Outcome.FAIL)
    return texts.plural("{count} check failed", "{count} checks failed", failed)


def _domain(audit: Audit, id: str, texts: Texts) -> list[Flowable]:
    domain = next(domain for domain in audit.score.domains if domain.id == id)
    line = texts(
        "proven {proven}, possible {possible}, coverage {coverage:percent}",
        proven=texts.number(domain.proven),
        possible=texts.number(domain.possible),
        coverage=domain.coverage,
    )
    head: list[Flowable] = [
        para(texts.name(id), STYLES.head),
        charts.gauge(float(domain.proven), float(domain.possible), WIDTH * 0.5),
        para(line, STYLES.small),
    ]
    order = {Outcome.FAIL: 0, Outcome.WARN: 1}
    bad = [
        finding for finding in audit.findings if finding.domain == id and finding.outcome in order and finding.weight
    ]
    bad.sort(key=lambda finding: (order[finding.outcome], -finding.weight, finding.id))
    blocks = [_block(audit, finding, texts) for finding in bad]
    if not blocks:
        words = texts("Nothing failed here.") if domain.coverage else texts("Nothing was measured here.")
        return [KeepTogether([*head, para(words)])]
    return [KeepTogether([*head, blocks[0]]), *blocks[1:]]


def severity(finding: Finding, texts: Texts) -> str:
    return texts.name(f"severity.{finding.severity.value}")


def verdict(outcome: Outcome, texts: Texts) -> str:
    """The outcome as a word."""
    return {
        Outcome.PASS: texts("passed"),
        Outcome.WARN: texts("to improve"),
        Outcome.FAIL: texts("failed"),
        Outcome.NOT_MEASURED: texts("not measured"),
        Outcome.NOT_APPLICABLE: texts("not applicable"),
    }[outcome]


def _block(audit: Audit, finding: Finding, texts: Texts) -> Flowable:
    """One finding: what, how bad, what it rests on, why it matters, what to do."""
    title = texts.words(f"{finding.id}.title") if texts.known(f"{finding.id}.title") else finding.id
    result = f"{verdict(finding.outcome, texts)}, {severity(finding, texts)}"
    head = f"<b>{safe(finding.id)} · {safe(title)}</b> — {safe(result)}"
    parts: list[Flowable] = [marked(head, STYLES.body), para(texts.say(finding.message))]
    if texts.known(f"{finding.id}.why"):
        parts.append(para(texts.words(f"{finding.id}.why"), STYLES.small))
    parts += [para(line, STYLES.small) for line in _evidence(audit, finding, texts)]
    if texts.known(f"{finding.id}.action"):
        parts.append(para(texts("To do: {action}.", action=texts.words(f"{finding.id}.action"))))
    rule = 2.2 if finding.outcome is Outcome.FAIL else 0.8
    style = TableStyle(
        [
            FONT,
            ("LINEBEFORE", (0, 0), (0, -1), rule, MAIN),
            ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ]
    )
    return Table([[parts]], [WIDTH], style=style, spaceAfter=4)


def _evidence(audit: Audit, finding: Finding, texts: Texts) -> Iterable[str]:
    times = {(line.device, line.request): line.at for device in audit.devices for line in device.evidence}
    for source in finding.evidence[:MOST_EVIDENCE]:
        if not source.device:
            yield texts("Declared: {what} {value}", what=source.request, value=source.value)
            continue
        at = times.get((source.device, source.request))
        when = f", {texts.time(_at(audit, at))}" if at else ""
        yield texts("Source: {device}, {request}{when}: {value}", device=source.device, request=source.request,
                    when=when, value=source.value)  # fmt: skip
    if len(finding.evidence) > MOST_EVIDENCE:
        yield texts("and {more} more sources", more=len(finding.evidence) - MOST_EVIDENCE)


# ---- honesty ----


def not_measured(audit: Audit, texts: Texts) -> list[Flowable]:
    """What nobody could tell, why, and how to lift it."""
    rows: list[list[object]] = [
        [_what(row.what, texts), texts.say(row.why), texts.say(row.how_to_lift)] for row in audit.not_measured
    ]
    title = texts("What could not be measured, and how to lift it")
    body: Flowable = (
        grid([texts("what"), texts("why"), texts("how to lift it")], rows, [28, 36, 36])
        if rows
        else para(texts("Everything was measured or declared."))
    )
    return [PageBreak(), Title(title, "gaps"), body]


def _what(id: str, texts: Texts) -> str:
    if texts.known(f"{id}.title"):
        return f"{id} · {texts.words(f'{id}.title')}"
    return texts.name(id)


def assumptions(audit: Audit, texts: Texts) -> list[Flowable]:
    """Every input that entered the headline, with its origin and default."""
    header = [texts("input"), texts("value"), texts("default"), texts("origin"), texts("where from")]
    rows: list[list[object]] = [
        [
            figure.name,
            figure_value(figure, texts),
            "" if isinstance(figure.default, Absent) else shown(figure.default, figure.unit, texts),
            texts.name(figure.origin.value),
            _from(figure, texts),
        ]
        for figure in audit.assumptions
    ]
    return [
        Spacer(0, 8),
        CondPageBreak(120),
        Title(texts("What the figures rest on"), "assumptions"),
        grid(header, rows, [30, 14, 12, 12, 32]),
    ]


def _from(figure: Figure, texts: Texts) -> str:
    note = texts.say(figure.note) if figure.note else ""
    return " ".join(part for part in ("; ".join(figure.sources[:3]), note) if part)


def figure_value(figure: Figure, texts: Texts) -> str:
    """An input as a reader writes it."""
    return texts("unknown") if figure.origin.value == "unknown" else shown(figure.value, figure.unit, texts)


def shown(value: object, unit: str, texts: Texts) -> str:
    """A value in its unit: rates scaled, shares in per cent."""
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, bool | str) or value is ABSENT:
        return str(value)
    if unit == "bit/s":
        return texts.rate(value)  # type: ignore[arg-type]
    if unit == "share":
        return texts.percent(value * 100, 0)  # type: ignore[operator]
    return texts.format(value, "")


def devices(audit: Audit, texts: Texts) -> list[Flowable]:
    """The devices, what they are, and what went wrong with them."""
    header = [texts("device"), texts("role"), texts("model"), texts("version"), texts("state"), texts("asked")]
    rows = [_device(device, texts) for device in audit.devices]
    return [
        Spacer(0, 8),
        CondPageBreak(120),
        Title(texts("The devices that were asked"), "devices"),
        grid(header, rows, [16, 11, 22, 18, 23, 10]) if rows else para(texts("None.")),
    ]


def _device(device: Device, texts: Texts) -> list[object]:
    told = {reading.key.name: str(reading.value) for reading in device.readings}
    state = {"done": texts("done"), "partial": texts("partial"), "failed": texts("failed")}[device.status]
    problems = " ".join(texts.say(problem) for problem in device.problems)
    return [
        device.name,
        device.role.value,
        told.get("identity.model", ""),
        told.get("identity.os_version", ""),
        f"{state}. {problems}" if problems else state,
        texts.number(len(device.evidence)),
    ]


def appendix(audit: Audit, texts: Texts) -> list[Flowable]:
    """Every check with its result, and what made this report."""
    header = [texts("check"), texts("title"), texts("result"), texts("severity"), texts("what was found")]
    rows: list[list[object]] = [
        [
            finding.id,
            texts.words(f"{finding.id}.title") if texts.known(f"{finding.id}.title") else "",
            verdict(finding.outcome, texts),
            severity(finding, texts),
            texts.say(finding.message),
        ]
        for finding in audit.findings
    ]
    made = texts(
        "Auditor {version}, catalogue {catalogue}, audit {id}, rates sampled over {window} s.",
        version=audit.version,
        catalogue=audit.catalogue,
        id=audit.id,
        window=audit.window_s,
    )
    return [
        Spacer(0, 8),
        CondPageBreak(120),
        Title(texts("All checks"), "checks"),
        grid(header, rows, [10, 26, 12, 11, 41]),
        Spacer(0, 6),
        para(made, STYLES.small),
    ]


SECTIONS: Final[tuple[Section, ...]] = (
    executive, capacity, plan, findings, not_measured, assumptions, devices, appendix,
)  # fmt: skip
