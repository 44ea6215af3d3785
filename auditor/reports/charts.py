"""Charts as vectors: bars per resource with the required line, and the step chart; readable in black and white."""

from __future__ import annotations

from typing import Final

from reportlab.graphics.shapes import Drawing, Group, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color, black, white
from reportlab.pdfbase.pdfmetrics import stringWidth

from auditor.clean import line
from auditor.model import Audit, Beyond, Resource
from auditor.reports.styles import ALERT, BOLD, FILLED, INK, LINE, MAIN, REGULAR, SOFT, UNDER, tint
from auditor.reports.tagged import Picture
from auditor.texts import Texts
from auditor.values import Absent

ROW, BAR, SIZE, SMALL, SMALLEST = 15.0, 9.0, 7.4, 6.8, 5.8
TOP, BOTTOM, FIGURES = 20.0, 6.0, 46.0
"""Room above the bars for the words of the required line, below them, and right of them for seats and origin."""
BEYOND: Final = 1.3
"""The chart ends at this many times the people required; a longer bar shows that it goes on."""


def words_at(x: float, y: float, text: str, size: float = SIZE, anchor: str = "start", font: str = REGULAR,
                color: Color = INK) -> String:  # fmt: skip
    return String(x, y, text, fontName=font, fontSize=size, textAnchor=anchor, fillColor=color)


def hatched(x: float, y: float, width: float, height: float, gap: float, color: Color) -> Group:
    """A box filled with slanted lines, cut at its edges."""
    group = Group(Rect(x, y, width, height, fillColor=white, strokeColor=color, strokeWidth=0.6))
    at = -height
    while at < width:
        left, right = max(0.0, at), min(width, at + height)
        if right > left:
            group.add(Line(x + left, y + left - at, x + right, y + right - at, strokeColor=color, strokeWidth=0.5))
        at += gap
    return group


def whole(audit: Audit) -> list[Resource]:
    """The resources of the minimum, fewest seats first, unknown ones last."""
    rows = [resource for resource in audit.resources if "/" not in resource.id]
    return sorted(rows, key=lambda r: (isinstance(r.seats, Absent), 0 if isinstance(r.seats, Absent) else r.seats))


def bars(audit: Audit, texts: Texts, width: float, rows: int = 0) -> Picture:
    """One bar per resource: plain where the next person is refused, hatched where everybody slows down.

    `rows` keeps the scarcest ones only (0: all).
    """
    shown = whole(audit)[: rows or None]
    names = [line(texts.name(row.id)) for row in shown]
    longest = max((stringWidth(name, BOLD, 1) for name in names), default=1)
    label = min(width * 0.47, 8 + longest * SIZE)
    size = max(SMALLEST, min(SIZE, (label - 8) / longest))
    required = audit.headline.required
    height = ROW * len(shown) + TOP + BOTTOM
    span = width - label - FIGURES
    scale = span / max(1.0, required * BEYOND)
    drawing = Picture(width, height)
    for number, (row, name) in enumerate(zip(shown, names, strict=True)):
        y = height - TOP - ROW * (number + 1) + 4
        binds = row.id in audit.headline.binding and not isinstance(row.seats, Absent) and row.seats < required
        font = BOLD if binds else REGULAR
        drawing.add(words_at(label - 6, y + 2, fitted(name, label - 8, font, size), size, "end", font))
        drawing.add(_bar(row, label, y, scale, span, binds))
        if isinstance(row.seats, Absent):
            _on_white(drawing, label + 6, y, texts("not known"))
        seats = "?" if isinstance(row.seats, Absent) else texts.number(row.seats)
        drawing.add(words_at(width - 16, y + 2, seats, anchor="end", font=BOLD))
        drawing.add(words_at(width, y + 2, origin_mark(row.origin.value, texts), anchor="end", color=SOFT))
    required_line(drawing, label + required * scale, height, texts("needed: {required}", required=required))
    told = [
        f"{name} {texts('not known') if isinstance(row.seats, Absent) else texts.number(row.seats)}"
        for row, name in zip(shown, names, strict=True)
    ]
    return drawing.told(f"{texts('needed: {required}', required=required)}; {'; '.join(told)}")


def required_line(drawing: Drawing, x: float, height: float, words: str) -> None:
    """The line of the people required, with its words where they fit."""
    half = stringWidth(words, BOLD, SIZE) / 2
    middle = min(max(x, half), float(drawing.width) - half)
    drawing.add(Line(x, 2, x, height - 14, strokeColor=black, strokeWidth=1.1, strokeDashArray=[3, 2]))
    drawing.add(words_at(middle, height - 10, words, anchor="middle", font=BOLD))


def _on_white(drawing: Drawing, x: float, y: float, words: str) -> None:
    """Words on a hatched bar: an unknown resource must not look like a long one."""
    size = stringWidth(words, REGULAR, SMALL)
    drawing.add(Rect(x, y + 0.6, size + 4, BAR - 1.2, fillColor=white, strokeColor=None))
    drawing.add(words_at(x + 2, y + 2, words, SMALL, color=SOFT))


def origin_mark(origin: str, texts: Texts) -> str:
    """The letter beside a figure that says where it comes from."""
    return texts.name(origin)[:1].upper()


def _bar(row: Resource, x: float, y: float, scale: float, span: float, binds: bool) -> Group:
    if isinstance(row.seats, Absent):
        return hatched(x, y, span, BAR, 3.0, LINE)
    size = max(1.0, min(span, row.seats * scale))
    color = ALERT if binds else MAIN
    if row.beyond is Beyond.DEGRADES:
        group = hatched(x, y, size, BAR, 4.0, color)
    else:
        group = Group(Rect(x, y, size, BAR, fillColor=tint(color, FILLED), strokeColor=color, strokeWidth=0.6))
    if row.seats * scale > span:  # the bar goes on beyond the chart
        group.add(Rect(x + span - 7, y - 0.5, 3, BAR + 1, fillColor=white, strokeColor=None))
    return group


def fitted(text: str, width: float, font: str, size: float) -> str:
    """The text, shortened where it would not fit."""
    if stringWidth(text, font, size) <= width:
        return text
    while text and stringWidth(text + "…", font, size) > width:
        text = text[:-1]
    return text + "…"


def wrapped(text: str, width: float, font: str, size: float) -> list[str]:
    """The text in lines, broken at ordinary spaces alone: a sign stays beside the word that it belongs to."""
    found = [""]
    for word in text.split(" "):
        longer = f"{found[-1]} {word}".lstrip(" ")
        if found[-1] and stringWidth(longer, font, size) > width:
            found.append(word)
        else:
            found[-1] = longer
    return found


def legend(audit: Audit, texts: Texts, width: float) -> Picture:
    """What the patterns of the bars mean, of those that occur."""
    keys = [(tint(MAIN, FILLED), 0.0, MAIN, texts("beyond it, the next person is refused"))]
    keys.append((white, 4.0, MAIN, texts("beyond it, everybody slows down")))
    if any(isinstance(row.seats, Absent) for row in whole(audit)):
        keys.append((white, 3.0, LINE, texts("not known")))
    drawing, x = Picture(width, 12), 0.0
    for fill, gap, color, words in keys:
        box = Rect(x, 2, 14, 7, fillColor=fill, strokeColor=color, strokeWidth=0.6)
        drawing.add(hatched(x, 2, 14, 7, gap, color) if gap else box)
        drawing.add(words_at(x + 18, 3, words, SMALL, color=SOFT))
        x += 18 + stringWidth(words, REGULAR, SMALL) + 14
    return drawing


def steps(audit: Audit, texts: Texts, width: float, height: float) -> Picture:
    """Seats today and after each step of the waterfall: a staircase towards the required line."""
    head, drawing = audit.headline, Picture(width, height)
    if isinstance(head.seats, Absent):
        drawing.add(words_at(0, height / 2, texts("not known"), color=SOFT))
        return drawing.told(texts("not known"))
    counts = [head.seats, *(step.seats for step in audit.waterfall)]
    floor, top = 13.0, height - 16
    unit = (top - floor) / max(1, head.required, *counts)
    today = stringWidth(texts("today"), REGULAR, SMALL) + 6
    step = (width - today) / max(1, len(counts) - 1) if len(counts) > 1 else 0.0
    size = max(4.0, min(SIZE, (step or today) * 0.42))
    level = floor + head.required * unit
    drawing.add(Line(0, level, width, level, strokeColor=black, strokeWidth=0.9, strokeDashArray=[3, 2]))
    needed = texts("needed: {required}", required=head.required)
    drawing.add(words_at(0, level + 4, needed, SMALL, font=BOLD))
    drawing.add(Line(0, floor, width, floor, strokeColor=LINE, strokeWidth=0.6))
    points: list[float] = []
    for number, count in enumerate(counts):
        x = today + (number - 1) * step if number else 0.0
        wide = step if number else today
        y = floor + count * unit
        points += [x, y, x + wide, y]
        drawing.add(Rect(x, floor, wide, y - floor, fillColor=tint(MAIN, UNDER), strokeColor=None))
        drawing.add(
            words_at(x + wide / 2, 3, str(number) if number else texts("today"), min(SMALL, size), "middle", color=SOFT)
        )
        inside = y - floor > size + 5
        drawing.add(
            words_at(x + wide / 2, y - size - 2 if inside else y + 3, texts.number(count), size, "middle", BOLD)
        )
    drawing.add(PolyLine(points, strokeColor=MAIN, strokeWidth=1.4))
    told = ", ".join(texts.number(count) for count in counts)
    return drawing.told(f"{texts('People after each technical step')}: {told}".replace("\u202f", " "))


def gauge(proven: float, possible: float, width: float) -> Picture:
    """A domain's score: proven solid, what is possible hatched, the rest empty."""
    drawing = Picture(width, 9)
    drawing.add(Rect(0, 1, width, 7, fillColor=white, strokeColor=LINE, strokeWidth=0.6))
    if possible > proven:
        drawing.add(hatched(width * proven / 100, 1, width * (possible - proven) / 100, 7, 3.0, SOFT))
    if proven > 0:
        drawing.add(Rect(0, 1, width * proven / 100, 7, fillColor=MAIN, strokeColor=None))
    return drawing
