"""Page one of the report: what a board needs in two minutes, on exactly one page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from auditor.clean import line
from auditor.declared.brand import Brand, said
from auditor.model import Audit, Scenario
from auditor.reports import charts, comparison_pages, phrases, schedule_pages
from auditor.reports.edition import PLAIN, Edition
from auditor.reports.export import plan_start
from auditor.reports.logo import LogoBox, drawable
from auditor.reports.styles import BOLD, FONT, PALE, STYLES, WIDTH, Title, cards, cell, grid, marked, para, safe
from auditor.texts import Texts
from auditor.values import Absent

DECISIONS: Final = 3
MOST_COVER: Final = 400
WINDOWS: Final = (7, 30, 60, 90)
SCARCEST: Final = 7
LEAST_PERIMETER: Final = 60
"""Below this share of the catalogue's weight, a score compares with no other (domain model, 3.2)."""


def executive(audit: Audit, texts: Texts, edition: Edition = PLAIN) -> list[Flowable]:
    """The headline, what binds, the scenarios, the grade, what to decide, what is reachable, what was not seen."""
    return [
        *_letterhead(texts, edition.brand),
        Title(phrases.stops(audit, texts), "summary"),
        para(
            texts(
                "{site} · {client} · {day}",
                site=line(audit.site.name)[:80],
                client=line(audit.site.client)[:80],
                day=texts.date(phrases.audit_day(audit)),
            ),
            STYLES.small,
        ),
        *_interrupted(audit, texts),
        *_since(audit, texts, edition),
        Spacer(0, 5),
        _top(audit, texts),
        Spacer(0, 4),
        *_score_lines(audit, texts),
        *_scenarios(audit, texts),
        *_pictures(audit, texts),
        *_money(audit, texts),
        para(texts("Decisions to take now"), STYLES.head),
        _decisions(audit, texts),
        para(texts("What is reachable, counted from {day}", day=texts.date(_start(audit))), STYLES.head),
        _reachable(audit, texts),
        Spacer(0, 5),
        *_honest(audit, texts),
    ]


def _letterhead(texts: Texts, brand: Brand) -> Iterator[Flowable]:
    """The consultant's name and logo, and the words of the cover, where there are any."""
    cover = said(brand.cover, texts.language)
    if not (brand.name or brand.logo or cover):
        return
    left: list[Flowable] = [para(brand.name, STYLES.name)] if brand.name else []
    left += [para(cover[:MOST_COVER], STYLES.small)] if cover else []
    right = LogoBox(drawable(brand.logo), WIDTH * 0.28, 38, brand.name or brand.logo.name) if brand.logo else ""
    yield Table(
        [[left, right]],
        [WIDTH * 0.70, WIDTH * 0.30],
        hAlign="LEFT",
        style=TableStyle([FONT, ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
                          ("RIGHTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 0),
                          ("BOTTOMPADDING", (0, 0), (-1, -1), 6)]),
    )  # fmt: skip


def _interrupted(audit: Audit, texts: Texts) -> Iterator[Flowable]:
    if audit.interrupted:
        yield para(texts("This audit was interrupted: it shows what was collected until then."), STYLES.alert)


def _since(audit: Audit, texts: Texts, edition: Edition) -> Iterator[Flowable]:
    """What the time since the earlier audit brought, in one line."""
    if edition.earlier is None:
        return
    earlier = edition.earlier
    alike = earlier.comparison.like_for_like
    words = texts(
        "Like for like, the score went from {before} to {after}.",
        before=texts.number(alike.before), after=texts.number(alike.after),
    )  # fmt: skip
    told = comparison_pages.title(audit, earlier, texts)
    yield marked(f'<a href="#before-after" color="#1f4e79"><b>{safe(told)}</b></a>. {safe(words)}')


def _top(audit: Audit, texts: Texts) -> Table:
    """The figure, the sentence, the grade."""
    left = [
        _figure(audit, texts, WIDTH * 0.30 - 20),
        para(texts("people at the same time"), STYLES.small),
        para(phrases.bound_note(audit, texts), STYLES.small),
    ]
    middle = [
        para(phrases.headline(audit, texts), STYLES.message),
        para(phrases.beyond(audit, texts)),
    ]
    if reached := phrases.reached(audit, texts):
        middle.append(para(reached, STYLES.small))
    if audit.headline.close:
        middle.append(para(texts("Close behind: {resources:name}.", resources=audit.headline.close), STYLES.small))
    right = [para(audit.score.grade or "–", STYLES.figure), para(_score(audit, texts), STYLES.small)]
    return Table(
        [[left, middle, right]],
        [WIDTH * 0.30, WIDTH * 0.50, WIDTH * 0.20],
        hAlign="LEFT",
        style=TableStyle(
            [
                FONT,
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BACKGROUND", (0, 0), (-1, -1), PALE),
                ("LEFTPADDING", (0, 0), (-1, -1), 8),
                ("TOPPADDING", (0, 0), (-1, -1), 4),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ]
        ),
    )


def _figure(audit: Audit, texts: Texts, width: float) -> Flowable:
    """The seats large, the people required smaller beside them, on one line."""
    seats, required = phrases.figure(audit, texts)
    size = 34.0
    while stringWidth(seats, BOLD, size) + stringWidth(required, BOLD, size * 0.6) > width:
        size -= 1
    large = f'<font size="{size:.0f}">{safe(seats)}</font>'
    return marked(f'{large}<font size="{size * 0.6:.0f}">{safe(required)}</font>', STYLES.figure)


def _score(audit: Audit, texts: Texts) -> str:
    """The readiness score in words, under its letter."""
    value = audit.score.value
    if isinstance(value, Absent):
        return texts("readiness not rated: too little was measured")
    return texts("readiness score {value}/100", value=texts.number(value))


def _score_lines(audit: Audit, texts: Texts) -> Iterator[Flowable]:
    """What the grade rests on: proven, possible, coverage, confidence, perimeter, and what caps it."""
    score = audit.score
    yield para(
        texts(
            "Score proven {proven}, possible {possible} if all that was not measured were good; coverage"
            " {coverage:percent}, confidence {confidence:percent}; {checks} of {catalogue} checks apply"
            " ({weight:percent} of their weight).",
            proven=texts.number(score.proven),
            possible=texts.number(score.possible),
            coverage=score.coverage,
            confidence=score.confidence,
            checks=score.perimeter_checks[0],
            catalogue=score.perimeter_checks[1],
            weight=score.perimeter_weight,
        ),
        STYLES.small,
    )
    if score.cap is not None and score.cap.limit < score.proven:
        causes = texts.list([texts.name(cause) for cause in score.cap.by[:4]])
        yield para(texts("Held at {limit} by: {causes}.", limit=score.cap.limit, causes=causes), STYLES.small)
    if score.perimeter_weight < LEAST_PERIMETER:
        yield para(texts("Reduced perimeter: this score compares with no other."), STYLES.small)


def _scenarios(audit: Audit, texts: Texts) -> Iterator[Flowable]:
    """The three scenarios side by side."""
    if audit.headline.scenarios:
        yield para(texts("Three situations, with today's means"), STYLES.head)
        yield cards([_scenario(one, texts) for one in audit.headline.scenarios])
        yield Spacer(0, 3)


def _scenario(one: Scenario, texts: Texts) -> list[Flowable]:
    name = f"{_situation(one, texts)} ({texts.percent(one.concurrency * 100)})"
    if one.seats >= one.required:
        able = texts("all {required} can work", required=one.required)
        return [cell(name, STYLES.small), cell(able, STYLES.card)]
    able = texts("{seats} of {required} can work", seats=one.seats, required=one.required)
    cost = texts.plural("{count} person-day lost per day", "{count} person-days lost per day", one.required - one.seats)
    share = texts("{share} of the need", share=texts.percent(one.ratio * 100))
    return [cell(name, STYLES.small), cell(able, STYLES.card), cell(share, STYLES.small), cell(cost, STYLES.small)]


def _pictures(audit: Audit, texts: Texts) -> Iterator[Flowable]:
    """The scarcest resources on the left, the staircase on the right."""
    left, right = WIDTH * 0.57, WIDTH * 0.39
    drawing = charts.bars(audit, texts, left, rows=SCARCEST)
    ladder: Flowable = (
        charts.steps(audit, texts, right, float(drawing.height))
        if audit.waterfall
        else para(texts("No step is needed, or none is known."))
    )
    heads = [
        para(texts("What each resource carries, scarcest first"), STYLES.head),
        para(texts("People after each technical step"), STYLES.head),
    ]
    yield Table(
        [heads, [drawing, ladder]],
        [left + WIDTH * 0.04, right],
        hAlign="LEFT",
        style=TableStyle([FONT, ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
                          ("RIGHTPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 0)]),
    )  # fmt: skip
    yield charts.legend(audit, texts, WIDTH)
    named = texts("The steps are named on the next page.") if audit.waterfall else ""
    yield para(f"{marks(texts)} {named}", STYLES.small)


def marks(texts: Texts) -> str:
    """What the letters beside figures mean."""
    return texts("M measured, D declared, A assumed, U unknown.")


def _money(audit: Audit, texts: Texts) -> Iterator[Flowable]:
    """What the plan brings and costs, and what doing nothing costs."""
    if audit.plan:
        yield para(texts("What it costs, and what doing nothing costs"), STYLES.head)
        told = [schedule_pages.promise(audit, texts), *schedule_pages.totals(audit, texts)]
        yield para(" ".join(part for part in told if part))
    lost = [(name, one.required - one.seats) for one in audit.headline.scenarios if (name := _situation(one, texts))]
    if any(days > 0 for _, days in lost):
        yield para(
            texts(
                "Doing nothing costs each day, in person-days lost: {losses}.",
                losses=texts.list(
                    [f"{name[:1].lower()}{name[1:]} {texts.number(max(0, days))}" for name, days in lost]
                ),
            )
        )


def _situation(one: Scenario, texts: Texts) -> str:
    names = {"hybrid": texts("Hybrid day"), "strike": texts("Transport strike"), "closed": texts("Site closed")}
    return names.get(one.id, one.id)


def _decisions(audit: Audit, texts: Texts) -> Flowable:
    """The first actions of the plan."""
    if not audit.plan and isinstance(audit.headline.seats, Absent):
        return para(texts("First get what was not measured: nothing can be planned on what is not known."))
    if not audit.plan:
        return para(texts("None: the plan is empty."))
    rows = [
        [
            str(action.rank),
            texts.say(action.action),
            phrases.day(texts, action.start_by),
            phrases.day(texts, action.done_by),
            phrases.count(texts, action.seats_after),
        ]
        for action in audit.plan[:DECISIONS]
    ]
    header = ["", texts("action"), texts("start by"), texts("done by"), texts("people then")]
    return grid(header, rows, [4, 58, 13, 13, 12], right=(4,))


def _start(audit: Audit) -> dt.date:
    return plan_start(audit.windows[0]) if audit.windows else phrases.audit_day(audit)


def _reachable(audit: Audit, texts: Texts) -> Flowable:
    """Seats at the end of each window, by what is done then; those of today where nothing is planned."""
    then = dict(zip(WINDOWS, (window.seats for window in audit.windows), strict=False))
    cells: list[list[Flowable]] = []
    for days in WINDOWS:
        seats = then.get(days, audit.headline.seats)
        known = not isinstance(seats, Absent)
        people = phrases.count(texts, seats) + (f"/{texts.number(audit.headline.required)}" if known else "")
        cells.append([cell(people, STYLES.card), cell(texts("within {days} days", days=days), STYLES.small)])
    return cards(cells)


def _honest(audit: Audit, texts: Texts) -> Iterator[Flowable]:
    """The main risks, and what nobody could tell, each in one line."""
    risks = " ".join(phrases.risks(audit, texts))
    if risks:
        yield marked(f"<b>{safe(texts('Main risks'))}</b> — {safe(risks, 500)}")
    yield marked(f"<b>{safe(texts('Not measured'))}</b> — {safe(_unknowns(audit, texts))}")


def _unknowns(audit: Audit, texts: Texts) -> str:
    if not audit.not_measured:
        return texts("No check and no resource was left unmeasured.")
    return texts.plural(
        "{count} point was not measured: see the page that says how to lift it.",
        "{count} points were not measured: see the page that says how to lift them.",
        len(audit.not_measured),
    )
