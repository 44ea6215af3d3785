"""Before and after, on paper: what the time between two audits brought, and why the score moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from reportlab.platypus import Flowable, KeepTogether, Spacer

from auditor.model import Audit
from auditor.reports import comparison, overlay, phrases
from auditor.reports.edition import Earlier, Edition, Point
from auditor.reports.styles import STYLES, WIDTH, Cell, Title, bullets, cards, cell, fresh_page, fresh_part, grid, para
from auditor.texts import Texts
from auditor.values import Absent


def before_after(audit: Audit, texts: Texts, edition: Edition) -> list[Flowable]:
    """The section of a repeat audit; nothing where there is no earlier one."""
    if edition.earlier is None:
        return []
    earlier = edition.earlier
    return [
        *fresh_page(),
        Title(title(audit, earlier, texts), "before-after"),
        para(_days(earlier, audit, texts), STYLES.small),
        Spacer(0, 4),
        _headlines(audit, earlier, texts),
        *_course(earlier.history, texts),
        *_score(earlier, texts),
        *_overlay(audit, earlier, texts),
        *_checks(earlier, texts),
        *_promises(audit, earlier, texts),
        *_inputs(earlier, texts),
    ]


def title(audit: Audit, earlier: Earlier, texts: Texts) -> str:
    """The message of the page: how many more, or fewer, can work."""
    seats = earlier.comparison.seats
    day = phrases.audit_day(earlier.audit)
    if isinstance(seats.before, Absent) or isinstance(seats.after, Absent):
        return texts("What changed since {day:date}", day=day)
    if seats.after == seats.before:
        return texts("As many people as on {day:date} can work remotely: {after}", day=day, after=seats.after)
    return texts("From {before} to {after} people since {day:date}", before=seats.before, after=seats.after, day=day)


def _days(earlier: Earlier, audit: Audit, texts: Texts) -> str:
    return texts(
        "Audit {before} of {day:date}, then audit {after} of {today:date}.",
        before=earlier.audit.id,
        day=phrases.audit_day(earlier.audit),
        after=audit.id,
        today=phrases.audit_day(audit),
    )


def _headlines(audit: Audit, earlier: Earlier, texts: Texts) -> Flowable:
    """The two headlines side by side, and what the earlier plan had announced for this day."""
    seats = earlier.comparison.seats
    told = [
        (phrases.count(texts, seats.before), seats.required_before,
         texts("people on {day:date}", day=phrases.audit_day(earlier.audit))),
        (phrases.count(texts, seats.after), seats.required_after,
         texts("people on {day:date}", day=phrases.audit_day(audit))),
        (phrases.count(texts, seats.same_profile), seats.required_before,
         texts("today, with the people and the demand of then")),
        (phrases.count(texts, earlier.comparison.promised_seats), seats.required_before,
         texts("announced by the earlier plan for this day")),
    ]  # fmt: skip
    return cards(
        [
            [para(f"{count}/{texts.number(needed)}", STYLES.card), cell(words, STYLES.small)]
            for count, needed, words in told
        ]
    )


def _course(history: Sequence[Point], texts: Texts) -> Iterator[Flowable]:
    """The people and the score of every audit of the site as small lines."""
    if len(history) < 2:
        return
    yield para(texts.plural("The course over {count} audit", "The course over {count} audits", len(history)),
               STYLES.head)  # fmt: skip
    boxes: list[list[Flowable]] = []
    for name, values in (
        (texts("people"), [(p.at, p.seats) for p in history]),
        (texts("readiness score"), [(p.at, p.score) for p in history]),
    ):
        known = [(at, value) for at, value in values if not isinstance(value, Absent)]
        if not known:
            continue
        figures = [texts.number(value) for _, value in known]
        told = f"{name}: {', '.join(figures)}"
        first, last = known[0][0].date(), known[-1][0].date()
        words = texts("{name}: {first} on {day:date}, {last} on {end:date}", name=name, first=figures[0], day=first,
                      last=figures[-1], end=last)  # fmt: skip
        line = overlay.sparkline([float(value) for _, value in known], WIDTH / 2 - 24, 34, told)
        boxes.append([line, cell(words, STYLES.small)])
    if boxes:
        yield cards(boxes)


def signed(value: Fraction, texts: Texts) -> str:
    """A gain or a loss with its sign; nothing that rounds to 0 carries one."""
    shown = texts.number(value, 1)
    return shown if value <= 0 or not shown.strip("0.,") else f"+{shown}"


def _score(earlier: Earlier, texts: Texts) -> Iterator[Flowable]:
    """Like for like, and the four parts of the move."""
    alike, moved = earlier.comparison.like_for_like, earlier.comparison.decomposition
    yield para(texts("Why the score moved"), STYLES.head)
    yield para(
        texts(
            "Like for like: {before} then {after}, on {checks} checks that both measured ({share:percent} of the"
            " weight)",
            before=texts.number(alike.before, 1), after=texts.number(alike.after, 1), checks=alike.checks,
            share=alike.share,
        ) + "."
    )  # fmt: skip
    if alike.thin:
        yield para(texts("Less than 60% of the weight is common to both: these two figures say little."), STYLES.alert)
    rows: list[list[Cell]] = [
        [texts("score proven before"), texts.number(moved.before, 1)],
        *_moves(earlier, texts),
        [texts("score proven after"), texts.number(moved.after, 1)],
    ]
    yield grid([texts("part of the move"), texts("points")], rows, [80, 20], width=WIDTH * 0.62, right=(1,))


def _moves(earlier: Earlier, texts: Texts) -> list[list[Cell]]:
    return [[name, signed(points, texts)] for name, points in comparison.parts(earlier.comparison, texts)]


def _overlay(audit: Audit, earlier: Earlier, texts: Texts) -> Iterator[Flowable]:
    """What each resource carries then and now."""
    days = [texts.date(phrases.audit_day(one)) for one in (earlier.audit, audit)]
    yield KeepTogether(
        [
            para(texts("What each resource carried, and carries"), STYLES.head),
            overlay.overlay(earlier.audit, audit, texts, WIDTH),
            overlay.legend(days[0], days[1], WIDTH),
        ]
    )


def _checks(earlier: Earlier, texts: Texts) -> Iterator[Flowable]:
    """Every check whose result is another one; those that stay are counted."""
    changed = [row for row in earlier.comparison.changes if row.kind != "unchanged"]
    same = len(earlier.comparison.changes) - len(changed)
    yield from fresh_part()
    yield para(texts("What became of the checks"), STYLES.head)
    if changed:
        header = [texts("check"), texts("title"), texts("change"), texts("before"), texts("after"),
                  texts("what was found")]  # fmt: skip
        rows: list[list[Cell]] = [
            [row.id, phrases.title(row.id, texts), comparison.kind(row.kind, texts),
             comparison.result(row.before, texts), comparison.result(row.after, texts),
             texts.say(told) if (told := comparison.message(row)) else ""]
            for row in changed
        ]  # fmt: skip
        yield grid(header, rows, [10, 24, 14, 12, 12, 28])
    yield para(texts.plural("{count} check has the same result as before.",
                            "{count} checks have the same result as before.", same), STYLES.small)  # fmt: skip
    yield from bullets(list(comparison.fates(earlier.comparison, texts)), STYLES.body)


def _promises(audit: Audit, earlier: Earlier, texts: Texts) -> Iterator[Flowable]:
    """The earlier plan, action by action."""
    promises = earlier.comparison.promises
    if not promises:
        return
    done = sum(1 for one in promises if one.state == "done")
    yield from fresh_part()
    yield para(texts("Actions of the earlier plan: {done} of {all} done", done=done, all=len(promises)), STYLES.head)
    header = [texts("action"), texts("done by"), texts("done when"), texts("state")]
    today = phrases.audit_day(audit)
    rows: list[list[Cell]] = [
        [texts.say(one.action.action), phrases.day(texts, one.action.done_by), one.action.done_when,
         _due(one.state, one.action.done_by <= today, texts)]
        for one in promises
    ]  # fmt: skip
    yield grid(header, rows, [56, 14, 12, 18])


def _due(state: str, due: bool, texts: Texts) -> str:
    return texts("not due yet") if state == "open" and not due else comparison.state(state, texts)


def _inputs(earlier: Earlier, texts: Texts) -> Iterator[Flowable]:
    """The figures of the model that are told otherwise now."""
    found = earlier.comparison.inputs
    if not found:
        return
    yield from fresh_part()
    yield para(texts("Inputs that changed"), STYLES.head)
    header = [texts("input"), texts("before"), texts("after"), texts("origin")]
    rows: list[list[Cell]] = [
        [
            texts.input(row.name),
            comparison.value(row.before, row.unit, row.name, texts),
            comparison.value(row.after, row.unit, row.name, texts),
            texts("{before}, then {after}", before=texts.name(row.origin_before.value),
                  after=texts.name(row.origin_after.value))
            if row.origin_before is not row.origin_after else texts.name(row.origin_after.value),
        ]
        for row in found
    ]  # fmt: skip
    yield grid(header, rows, [46, 18, 18, 18])
