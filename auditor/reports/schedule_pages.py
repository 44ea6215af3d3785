"""The plan's pages: the short list that brings people, the rest, what it costs, and when each part ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from typing import Final

from reportlab.platypus import Flowable, KeepTogether, Spacer

from auditor.actions import Action, Amount, Window
from auditor.model import Audit, Degraded
from auditor.planning import budget
from auditor.reports import gantt, phrases
from auditor.reports.styles import (
    STYLES,
    WIDE_WIDTH,
    WIDTH,
    Anchor,
    Cell,
    Title,
    cell,
    fresh_page,
    fresh_part,
    grid,
    links,
    marked,
    para,
)
from auditor.texts import NO_BREAK, Texts
from auditor.values import Absent

COLUMNS: Final = (4.4, 23, 9.5, 11.8, 8.2, 12, 8.2, 9, 12.5, 6, 11, 11, 11)
DAY_HOURS: Final = 8
MOST_ROLE: Final = 60


def money(amount: Amount, texts: Texts) -> str:
    """A sum in euros between its bounds; a dash for nothing."""
    least = texts.number(amount.least).replace(" ", NO_BREAK)
    if isinstance(amount.most, Absent):
        return texts("over {least} €", least=least).replace(" €", f"{NO_BREAK}€")
    most = texts.number(amount.most).replace(" ", NO_BREAK)
    if not amount.most:
        return "–"
    if not amount.least:
        return texts("up to {most} €", most=most).replace(" €", f"{NO_BREAK}€")
    return texts("{least} to {most} €", least=least, most=most).replace(" €", f"{NO_BREAK}€")


def parted(audit: Audit) -> tuple[Sequence[Action], Sequence[Action]]:
    """The actions up to the last one that brings people, and those after it, which raise the score and close doors."""
    before, last = audit.headline.seats, 0
    for place, action in enumerate(audit.plan, 1):
        after = action.seats_after
        if isinstance(after, int) and (isinstance(before, Absent) or after > before):
            before, last = after, place
    return audit.plan[:last], audit.plan[last:]


# ---- the table ----


def plan(audit: Audit, texts: Texts) -> list[Flowable]:
    """The table the IT manager works from, on pages turned on their side, in two parts."""
    title = Title(_title(audit, texts), "plan")
    if not audit.plan:
        return [*fresh_part(), title, para(_empty(audit, texts)), *_left_out(audit, texts)]
    ranks, blocks = {action.id: action.rank for action in audit.plan}, phrases.blocks(audit)
    first, rest = parted(audit)
    found: list[Flowable] = [*fresh_page("wide"), title]
    if first:
        found += [para(_first_head(audit, first, texts), STYLES.head), _table(first, ranks, blocks, texts)]
    if rest:
        found += [*fresh_part(), para(_rest_head(first, rest, texts), STYLES.head), _table(rest, ranks, blocks, texts)]
    return [
        *found,
        *(para(line) for line in totals(audit, texts)),
        para(_notes(texts), STYLES.small),
        *_left_out(audit, texts),
    ]


def _title(audit: Audit, texts: Texts) -> str:
    """The message of the page: what the short list does, and how many other actions there are."""
    first, rest = parted(audit)
    if not first or isinstance(audit.headline.seats, Absent) or isinstance(first[-1].seats_after, Absent):
        return (
            texts.plural("{count} action to do", "{count} actions to do", len(audit.plan))
            if audit.plan
            else texts("The action plan")
        )
    brings = texts.plural(
        "{count} action brings us from {now} to {seats} people",
        "{count} actions bring us from {now} to {seats} people",
        len(first),
        now=audit.headline.seats,
        seats=first[-1].seats_after,
    )
    if not rest:
        return brings
    return texts.plural(
        "{brings}; {count} more closes doors or raises the score",
        "{brings}; {count} more close doors or raise the score",
        len(rest),
        brings=brings,
    )


def _empty(audit: Audit, texts: Texts) -> str:
    """Why there is no action: nothing is wrong, or nothing is known."""
    if isinstance(audit.headline.seats, Absent):
        return texts("First get what was not measured: nothing can be planned on what is not known.")
    return texts("Nothing to do.")


def _short(role: str) -> str:
    """A role that somebody wrote, within a narrow column."""
    return role if len(role) <= MOST_ROLE else role[: MOST_ROLE - 1] + "…"


def _first_head(audit: Audit, first: Sequence[Action], texts: Texts) -> str:
    last = first[-1].seats_after
    if isinstance(last, int) and last >= audit.headline.required:
        return texts("The short list: all {required} people can work once it is done", required=last)
    return texts("The short list: what brings people")


def _rest_head(first: Sequence[Action], rest: Sequence[Action], texts: Texts) -> str:
    if not first:
        return texts("What closes doors and raises the score")
    return texts("Then: what closes doors and raises the score, with the same people")


def _table(actions: Sequence[Action], ranks: dict[str, int], blocks: Collection[str], texts: Texts) -> Flowable:
    header = [
        "", texts("action"), texts("checks closed"), texts("people then"), texts("points"), texts("owner"),
        texts("effort"), texts("lead time"), texts("cost"), texts("after"), texts("start by"), texts("done by"),
        texts("done when"),
    ]  # fmt: skip
    rows = [_row(action, ranks, blocks, texts) for action in actions]
    return grid(header, rows, COLUMNS, width=WIDE_WIDTH, right=(3, 4, 6))


def _row(action: Action, ranks: dict[str, int], blocks: Collection[str], texts: Texts) -> list[Cell]:
    points = "" if isinstance(action.points_gained, Absent) else f"+{texts.number(action.points_gained, 1)}"
    return [
        [Anchor(f"action-{action.rank}"), cell(str(action.rank), STYLES.cell_bold)],
        _what(action, texts),
        marked(links(action.closes, blocks, "finding-"), STYLES.cell),
        _people(action, texts),
        points,
        _short(phrases.owner(action.owner, texts)),
        texts("{hours} h", hours=action.effort_hours),
        phrases.span(action.lead_days, texts),
        _cost(action, texts),
        ", ".join(str(ranks[id]) for id in action.depends_on if id in ranks),
        phrases.day(texts, action.start_by),
        phrases.day(texts, action.done_by),
        texts("{check} passes", check=action.done_when) if action.done_when else "",
    ]


def _what(action: Action, texts: Texts) -> Cell:
    """The action; below it its status and what somebody noted, where there is any."""
    told = [] if action.status == "open" else [status(action.status, texts)]
    told += [texts.say(action.note)] if action.note else []
    if not told:
        return texts.say(action.action)
    return [cell(texts.say(action.action)), cell(" · ".join(told), STYLES.cell_soft)]


def status(word: str, texts: Texts) -> str:
    """The status of an action as a word."""
    return {
        "open": texts("open"),
        "ordered": texts("ordered"),
        "done": texts("done"),
        "excluded": texts("left out"),
    }.get(word, word)


def _people(action: Action, texts: Texts) -> str:
    gained = action.people_gained
    more = f" (+{texts.number(gained)})" if isinstance(gained, int) and gained > 0 else ""
    return phrases.count(texts, action.seats_after) + more


def _cost(action: Action, texts: Texts) -> str:
    once, monthly = money(action.one_off, texts), money(action.monthly, texts)
    if monthly == "–":
        return once
    by_month = texts("{sum} a month", sum=monthly)
    return by_month if once == "–" else f"{once}; {by_month}"


def totals(audit: Audit, texts: Texts) -> Iterator[str]:
    """What the plan takes in all: own effort, euros once and each month."""
    whole = budget.total(audit.plan)
    yield texts("Own effort in all: {days:1} person-days.", days=Fraction(whole.effort_hours, DAY_HOURS))
    yield texts(
        "Cost in all: once {once}; each month {monthly}.",
        once=money(whole.one_off, texts),
        monthly=money(whole.monthly, texts),
    )


def _notes(texts: Texts) -> str:
    return texts(
        "People: once this action and those before it are done. Points: added to the proven score. After: the actions"
        " that must be done before. Costs are orders of magnitude for the first year, from cost classes (0; under"
        " 1 k€; 1 to 10 k€; 10 to 50 k€; over 50 k€) where nobody gave the sum."
    )


def _left_out(audit: Audit, texts: Texts) -> list[Flowable]:
    """The actions that somebody excluded, with why."""
    rows: list[list[Cell]] = [
        [texts.say(action.action), ", ".join(action.closes), texts.say(action.note) if action.note else ""]
        for action in audit.left_out
    ]
    if not rows:
        return []
    header = [texts("action"), texts("checks closed"), texts("why")]
    head = para(texts("Left out of the plan by decision"), STYLES.head)
    return [head, grid(header, rows, [45, 15, 40], width=WIDE_WIDTH if audit.plan else WIDTH)]


# ---- the calendar ----


def calendar(audit: Audit, texts: Texts) -> list[Flowable]:
    """The Gantt, at most fifteen bars a page, and what stands at the end of each window."""
    if not audit.plan:
        return []
    pages = gantt.pages(audit)
    found: list[Flowable] = []
    for number, actions in enumerate(pages):
        found += fresh_page("wide")
        found += [Title(_calendar_title(audit, texts), "schedule")] if not number else []
        found += [gantt.chart(audit, actions, texts, WIDE_WIDTH), gantt.legend(texts, WIDE_WIDTH)]
    return [*found, Spacer(0, 6), KeepTogether(_windows(audit, texts))]


def _calendar_title(audit: Audit, texts: Texts) -> str:
    """When everybody can work, or what holds the plan back."""
    whole = next((w for w in audit.windows if isinstance(w.seats, int) and w.seats >= audit.headline.required), None)
    if whole is None:
        return texts("When each action begins and ends")
    day = min(
        (a.done_by for a in audit.plan if isinstance(a.seats_on_done, int)
         and a.seats_on_done >= audit.headline.required),
        default=whole.until,
    )  # fmt: skip
    return texts("All {required} people can work by {day}", required=audit.headline.required, day=texts.date(day))


def _windows(audit: Audit, texts: Texts) -> list[Flowable]:
    if not audit.windows:
        return []
    ranks = {action.id: str(action.rank) for action in audit.plan}
    header = [
        texts("days"), texts("until"), texts("people"), texts("score"), texts("binds then"), texts("actions done"),
        texts("actions under way"),
    ]  # fmt: skip
    rows = [_window(window, ranks, audit, texts) for window in audit.windows]
    head = para(texts("What stands at the end of each window"), STYLES.head)
    return [head, grid(header, rows, [8, 12, 9, 8, 21, 21, 21], width=WIDE_WIDTH, right=(2, 3))]


def _window(window: Window, ranks: dict[str, str], audit: Audit, texts: Texts) -> list[Cell]:
    enough = isinstance(window.seats, int) and window.seats >= audit.headline.required
    return [
        window.id.replace("-", "–"),
        phrases.day(texts, window.until),
        phrases.count(texts, window.seats),
        texts("not known") if isinstance(window.score, Absent) else texts.number(window.score),
        "–" if enough else texts.list([texts.name(id) for id in window.binding]),
        ", ".join(ranks[id] for id in window.done if id in ranks) or "–",
        ", ".join(ranks[id] for id in window.ordered if id in ranks) or "–",
    ]


# ---- bad days ----


def degraded(audit: Audit, texts: Texts) -> list[Flowable]:
    """The seats on a bad day, beside those of an ordinary one."""
    if not audit.degraded:
        return []
    header = [texts("bad day"), texts("people"), texts("needed"), texts("what limits it"), texts("supposed")]
    rows = [_bad_day(day, texts) for day in audit.degraded]
    head = para(texts("How many can work on a bad day"), STYLES.head)
    return [KeepTogether([head, grid(header, rows, [22, 13, 9, 20, 36], right=(1, 2))])]


def _bad_day(day: Degraded, texts: Texts) -> list[Cell]:
    signs = "".join({"<=": "≤", "~": "~", "=": ""}[bound] for bound in day.bounds)
    seats = texts("not known") if isinstance(day.seats, Absent) else signs + texts.number(day.seats)
    return [
        texts.name(f"degraded.{day.id}"),
        seats,
        texts.number(day.required),
        texts.list([texts.name(id) for id in day.binding]),
        texts.say(day.note),
    ]


def promise(audit: Audit, texts: Texts) -> str:
    """The short list in one sentence, with the day on which it is done; "" where nothing brings people."""
    first, _ = parted(audit)
    if not first or isinstance(first[-1].seats_after, Absent):
        return ""
    day: dt.date = max(action.done_by for action in first)
    return texts.plural(
        "{count} action brings us to {seats} people, by {day:date}.",
        "{count} actions bring us to {seats} people, by {day:date}.",
        len(first),
        seats=first[-1].seats_after,
        day=day,
    )
