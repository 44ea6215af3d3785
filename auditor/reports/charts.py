"""Charts as vectors: bars per resource with the required line, and the step chart; readable in black and white."""

from __future__ import annotations

from reportlab.graphics.shapes import Drawing, Group, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color, black, white
from reportlab.pdfbase.pdfmetrics import stringWidth

from auditor.model import Absent, Audit, Beyond, Resource
from auditor.reports.styles import ALERT, BOLD, INK, LINE, MAIN, REGULAR, SOFT, tint
from auditor.texts import Texts

ROW, BAR, LABEL, SIZE = 15.0, 9.0, 168.0, 7.4


def _text(x: float, y: float, text: str, size: float = SIZE, anchor: str = "start", font: str = REGULAR,
          color: Color = INK) -> String:  # fmt: skip
    return String(x, y, text, fontName=font, fontSize=size, textAnchor=anchor, fillColor=color)


def _hatched(x: float, y: float, width: float, height: float, gap: float, color: Color) -> Group:
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


def bars(audit: Audit, texts: Texts, width: float, rows: int = 0) -> Drawing:
    """One bar per resource: plain where the next person is refused, hatched where everybody slows down.

    `rows` keeps the scarcest ones only (0: all).
    """
    return _bars(audit, texts, width, whole(audit)[: rows or None])


def _bars(audit: Audit, texts: Texts, width: float, rows: list[Resource]) -> Drawing:
    required = audit.headline.required
    height = ROW * len(rows) + 34
    drawing = Drawing(width, height)
    span = width - LABEL - 62
    scale = span / max(1.0, required * 1.3)
    for number, row in enumerate(rows):
        y = height - 20 - ROW * (number + 1)
        binds = row.id in audit.headline.binding
        name = _fitted(texts.name(row.id), LABEL - 8, BOLD if binds else REGULAR)
        drawing.add(_text(LABEL - 6, y + 2, name, anchor="end", font=BOLD if binds else REGULAR))
        drawing.add(_bar(row, LABEL, y, scale, span, binds))
        mark = texts.name(row.origin.value)[:1].upper()
        seats = "?" if isinstance(row.seats, Absent) else texts.number(row.seats)
        drawing.add(_text(width - 30, y + 2, seats, anchor="end", font=BOLD))
        drawing.add(_text(width - 8, y + 2, mark, anchor="end", color=SOFT))
    x = LABEL + required * scale
    drawing.add(Line(x, 6, x, height - 14, strokeColor=black, strokeWidth=1.1, strokeDashArray=[3, 2]))
    drawing.add(_text(x, height - 10, texts("needed: {required}", required=required), anchor="middle", font=BOLD))
    return drawing


def _bar(row: Resource, x: float, y: float, scale: float, span: float, binds: bool) -> Group:
    if isinstance(row.seats, Absent):
        return _hatched(x, y, span, BAR, 3.0, LINE)
    size = max(1.0, min(span, row.seats * scale))
    color = ALERT if binds else MAIN
    if row.beyond is Beyond.DEGRADES:
        group = _hatched(x, y, size, BAR, 4.0, color)
    else:
        group = Group(Rect(x, y, size, BAR, fillColor=tint(color, 0.75), strokeColor=color, strokeWidth=0.6))
    if row.seats * scale > span:  # the bar goes on beyond the chart
        group.add(Rect(x + span - 7, y - 0.5, 3, BAR + 1, fillColor=white, strokeColor=None))
    return group


def _fitted(text: str, width: float, font: str, size: float = SIZE) -> str:
    """The text, shortened where it would not fit."""
    if stringWidth(text, font, size) <= width:
        return text
    while text and stringWidth(text + "…", font, size) > width:
        text = text[:-1]
    return text + "…"


def legend(texts: Texts, width: float) -> Drawing:
    """What the patterns and letters of the bars mean."""
    drawing = Drawing(width, 12)
    x = 0.0
    for pattern, words in (
        ("plain", texts("beyond it, the next person is refused")),
        ("hatched", texts("beyond it, everybody slows down")),
        ("unknown", texts("not known")),
    ):
        if pattern == "plain":
            drawing.add(Rect(x, 2, 14, 7, fillColor=tint(MAIN, 0.75), strokeColor=MAIN, strokeWidth=0.6))
        else:
            drawing.add(
                _hatched(x, 2, 14, 7, 4.0 if pattern == "hatched" else 3.0, MAIN if pattern == "hatched" else LINE)
            )
        drawing.add(_text(x + 18, 3, words, 6.8, color=SOFT))
        x += 24 + stringWidth(words, REGULAR, 6.8) + 10
    return drawing


def steps(audit: Audit, texts: Texts, width: float, height: float) -> Drawing:
    """Seats today and after each step of the waterfall: a staircase towards the required line."""
    head, drawing = audit.headline, Drawing(width, height)
    if isinstance(head.seats, Absent):
        drawing.add(_text(0, height / 2, texts("not known"), color=SOFT))
        return drawing
    counts = [head.seats, *(step.seats for step in audit.waterfall)]
    floor, top = 14.0, height - 16
    unit = (top - floor) / max(1, head.required, *counts)
    step = (width - 30) / len(counts)
    line = floor + head.required * unit
    drawing.add(Line(0, line, width, line, strokeColor=black, strokeWidth=0.9, strokeDashArray=[3, 2]))
    drawing.add(_text(width, line + 3, texts.number(head.required), 7, "end", BOLD))
    drawing.add(Line(0, floor, width, floor, strokeColor=LINE, strokeWidth=0.6))
    points: list[float] = []
    for number, count in enumerate(counts):
        x, y = number * step, floor + count * unit
        points += [x, y, x + step, y]
        drawing.add(Rect(x, floor, step, y - floor, fillColor=tint(MAIN, 0.12), strokeColor=None))
        label = texts("today") if number == 0 else str(number)
        drawing.add(_text(x + step / 2, 4, label, 6.6, "middle", color=SOFT))
        drawing.add(_text(x + step / 2, y - 9 if y - floor > 12 else y + 3, texts.number(count), 7.4, "middle", BOLD))
    drawing.add(PolyLine(points, strokeColor=MAIN, strokeWidth=1.4))
    return drawing


def gauge(proven: float, possible: float, width: float) -> Drawing:
    """A domain's score: proven solid, what is possible hatched, the rest empty."""
    drawing = Drawing(width, 9)
    drawing.add(Rect(0, 1, width, 7, fillColor=white, strokeColor=LINE, strokeWidth=0.6))
    if possible > proven:
        drawing.add(_hatched(width * proven / 100, 1, width * (possible - proven) / 100, 7, 3.0, SOFT))
    if proven > 0:
        drawing.add(Rect(0, 1, width * proven / 100, 7, fillColor=MAIN, strokeColor=None))
    return drawing
