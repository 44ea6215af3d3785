"""The Gantt as a vector: order dates, lead times hatched, own effort solid, milestones, the critical path in bold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from reportlab.graphics.shapes import Drawing, Line, Polygon, Rect, String
from reportlab.lib.colors import Color, black
from reportlab.pdfbase.pdfmetrics import stringWidth

from auditor.actions import Action
from auditor.clean import line, plain
from auditor.model import Audit
from auditor.reports.charts import fitted, hatched, wrapped
from auditor.reports.phrases import audit_day
from auditor.reports.styles import ALERT, BOLD, INK, LINE, MAIN, REGULAR, SOFT
from auditor.reports.tagged import Picture
from auditor.texts import Texts

MOST_BARS: Final = 15
ROW, BAR, SIZE, SMALL = 20.0, 10.0, 7.4, 6.8
TOP, BOTTOM, LABEL, DATES = 46.0, 6.0, 0.36, 8.0
SHORT_LEAD, LONG_LEAD, HOURS, MOST_LETTERS = 3, 15, 8, 300


def pages(audit: Audit) -> list[Sequence[Action]]:
    """The actions in parts of at most fifteen, of nearly equal length, in the order of the plan."""
    count = -(-len(audit.plan) // MOST_BARS)
    return [audit.plan[len(audit.plan) * n // count : len(audit.plan) * (n + 1) // count] for n in range(count)]


def _words(x: float, y: float, text: str, size: float = SIZE, anchor: str = "start", font: str = REGULAR,
           color: Color = INK) -> String:  # fmt: skip
    return String(x, y, text, fontName=font, fontSize=size, textAnchor=anchor, fillColor=color)


class _Scale:
    """Days of the whole plan as places on the page."""

    def __init__(self, audit: Audit, left: float, width: float) -> None:
        first = min(action.start_by for action in audit.plan)
        last = max(action.done_by for action in audit.plan)
        self.first, self.left = first, left
        self.days = max(7, (last - first).days)
        self.unit = width / self.days

    def x(self, day: dt.date) -> float:
        return self.left + min(self.days, max(0, (day - self.first).days)) * self.unit

    @property
    def last(self) -> dt.date:
        return self.first + dt.timedelta(days=self.days)


def chart(audit: Audit, actions: Sequence[Action], texts: Texts, width: float) -> Picture:
    """One bar per action, from its order to its end."""
    height = TOP + BOTTOM + ROW * len(actions)
    label = width * LABEL
    scale = _Scale(audit, label, width - label - DATES)
    drawing = Picture(width, height)
    _axis(drawing, scale, texts)
    _milestones(drawing, audit, scale, texts)
    for number, action in enumerate(actions):
        y = height - TOP - ROW * (number + 1)
        if number % 2:
            drawing.add(Rect(0, y, width, ROW, fillColor=Color(0.96, 0.97, 0.98), strokeColor=None))
        _label(drawing, action, y, label, texts)
        _bar(drawing, action, y + (ROW - BAR) / 2, scale)
    today = audit_day(audit)
    if scale.first <= today <= scale.last:
        x = scale.x(today)
        drawing.add(Line(x, 0, x, height - TOP + 2, strokeColor=ALERT, strokeWidth=1))
    bars = [
        f"{action.rank}. {line(texts.say(action.action))[:MOST_LETTERS]}: {texts.date(action.start_by)} –"
        f" {texts.date(action.done_by)}"
        for action in actions
    ]
    return drawing.told("; ".join(bars))


def _axis(drawing: Drawing, scale: _Scale, texts: Texts) -> None:
    """A line and a date for as many Mondays as there is room for."""
    height, width = float(drawing.height), float(drawing.width)
    monday = scale.first + dt.timedelta(days=-scale.first.weekday() % 7)
    step = 7
    while stringWidth(texts.date(monday), REGULAR, SMALL) + 8 > step * scale.unit:
        step += 7
    while monday <= scale.last:
        x = scale.x(monday)
        drawing.add(Line(x, 0, x, height - TOP + 3, strokeColor=LINE, strokeWidth=0.4))
        words = texts.date(monday)
        if x + stringWidth(words, REGULAR, SMALL) / 2 <= width:
            drawing.add(_words(x, height - TOP + 6, words, SMALL, "middle", color=SOFT))
        monday += dt.timedelta(days=step)


def milestones(audit: Audit) -> Iterator[tuple[dt.date, int]]:
    """Each day on which more people can work than on any day before, with how many."""
    best = audit.headline.seats if isinstance(audit.headline.seats, int) else -1
    reached: dict[dt.date, int] = {}
    for action in audit.plan:
        if isinstance(action.seats_on_done, int):
            reached[action.done_by] = max(reached.get(action.done_by, 0), action.seats_on_done)
    for day, seats in sorted(reached.items()):
        if seats > best:
            best = seats
            yield day, seats


def _milestones(drawing: Drawing, audit: Audit, scale: _Scale, texts: Texts) -> None:
    """A diamond with the people reached; the words stand where they do not meet the ones before."""
    y, free = float(drawing.height) - 16, 0.0
    drawing.add(_words(scale.left - 6, y - 3, texts("people who can work"), SMALL, "end", BOLD))
    for day, seats in milestones(audit):
        x = scale.x(day)
        drawing.add(Polygon([x - 5, y, x, y + 5, x + 5, y, x, y - 5], fillColor=MAIN, strokeColor=MAIN))
        words = texts.number(seats)
        size = stringWidth(words, BOLD, SIZE)
        at = min(x - size / 2, float(drawing.width) - size)
        if at > free:
            drawing.add(_words(at, y + 7, words, SIZE, font=BOLD))
            free = at + size + 3


def _one_line(text: str) -> str:
    """Clean text on one line, its no-break spaces kept."""
    return " ".join(plain(text)[:MOST_LETTERS].replace("\n", " ").replace("\t", " ").split(" "))


def _label(drawing: Drawing, action: Action, y: float, width: float, texts: Texts) -> None:
    font = BOLD if action.critical else REGULAR
    lines = wrapped(_one_line(f"{action.rank}. {texts.say(action.action)}"), width - 12, font, SMALL)
    if len(lines) > 2:
        lines = [lines[0], " ".join(lines[1:])]
    lines = [fitted(text, width - 12, font, SMALL) for text in lines]
    first = y + (11.5 if len(lines) > 1 else 7)
    for number, text in enumerate(lines):
        drawing.add(_words(2, first - number * 8, text, SMALL, font=font))


def _bar(drawing: Drawing, action: Action, y: float, scale: _Scale) -> None:
    """Hatched while somebody else delivers, solid while we work; thick-edged on the critical path."""
    left, right = scale.x(action.start_by), scale.x(action.done_by)
    width = max(3.0, right - left)
    color = SOFT if action.status == "done" else MAIN
    drawing.add(hatched(left, y, width, BAR, 4.0, color))
    for at, size in _own(action, left, width, scale.unit):
        drawing.add(Rect(at, y, size, BAR, fillColor=color, strokeColor=None))
    if action.critical:
        drawing.add(Rect(left - 1, y - 1, width + 2, BAR + 2, fillColor=None, strokeColor=black, strokeWidth=1.8))


def _own(action: Action, left: float, width: float, unit: float) -> Iterator[tuple[float, float]]:
    """Where our own work lies: at the order and after the delivery of a long lead, else at the beginning."""
    if action.lead_days[1] < SHORT_LEAD:
        yield left, width
        return
    if action.lead_days[1] >= LONG_LEAD:
        size = min(width / 2, max(2.5, unit * max(0, action.effort_hours - 1) / HOURS))
        yield left, min(width, 2.5)
        yield left + width - size, size
        return
    yield left, min(width, max(2.5, unit * action.effort_hours / HOURS))


def legend(texts: Texts, width: float) -> Picture:
    """What solid, hatched, thick and the diamond mean."""
    drawing, x = Picture(width, 16), 0.0
    for kind, words in (
        ("own", texts("own effort")),
        ("lead", texts("lead time from the order on")),
        ("critical", texts("critical path: it holds back the last people")),
        ("milestone", texts("more people can work")),
    ):
        if kind == "own":
            drawing.add(Rect(x, 4, 14, 7, fillColor=MAIN, strokeColor=None))
        elif kind == "milestone":
            drawing.add(Polygon([x + 2, 7.5, x + 7, 12, x + 12, 7.5, x + 7, 3], fillColor=MAIN, strokeColor=MAIN))
        else:
            drawing.add(hatched(x, 4, 14, 7, 4.0, MAIN))
            if kind == "critical":
                drawing.add(Rect(x - 1, 3, 16, 9, fillColor=None, strokeColor=black, strokeWidth=1.8))
        drawing.add(_words(x + 20, 5, words, SMALL, color=SOFT))
        x += 20 + stringWidth(words, REGULAR, SMALL) + 16
    return drawing
