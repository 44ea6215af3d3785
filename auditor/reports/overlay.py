"""Charts of two audits: what each resource carried before and after, and the course of a figure over all audits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reportlab.graphics.shapes import Circle, Group, Line, PolyLine, Rect
from reportlab.lib.colors import Color, white
from reportlab.pdfbase.pdfmetrics import stringWidth

from auditor.clean import line
from auditor.model import Audit
from auditor.reports.charts import BEYOND, SIZE, SMALL, SMALLEST, fitted, hatched, required_line, whole, words_at
from auditor.reports.styles import BOLD, LINE, MAIN, REGULAR, SOFT
from auditor.reports.tagged import Picture
from auditor.texts import Texts
from auditor.values import Absent

ROW, BAR, TOP, BOTTOM, FIGURES = 18.0, 5.6, 20.0, 4.0, 66.0
ARROW: Final = " → "


def overlay(before: Audit, after: Audit, texts: Texts, width: float) -> Picture:
    """Two bars per resource, the earlier one pale above the later one, with both figures beside them."""
    rows, then = whole(after), {row.id: row.seats for row in before.resources}
    names = [line(texts.name(row.id)) for row in rows]
    longest = max((stringWidth(name, REGULAR, 1) for name in names), default=1)
    label = min(width * 0.42, 8 + longest * SIZE)
    size = max(SMALLEST, min(SIZE, (label - 8) / longest))
    required, height = after.headline.required, ROW * len(rows) + TOP + BOTTOM
    span = width - label - FIGURES
    scale = span / max(1.0, required * BEYOND)
    drawing, told = Picture(width, height), []
    for at, (row, name) in enumerate(zip(rows, names, strict=True)):
        y = height - TOP - ROW * (at + 1) + 4
        was = then.get(row.id)
        drawing.add(words_at(label - 6, y + 4, fitted(name, label - 8, REGULAR, size), size, "end"))
        drawing.add(_bar(was, label, y + BAR + 0.6, scale, span, earlier=True))
        drawing.add(_bar(row.seats, label, y, scale, span, earlier=False))
        figures = f"{_seats(was, texts)}{ARROW}{_seats(row.seats, texts)}"
        drawing.add(words_at(width, y + 4, figures, anchor="end", font=BOLD))
        told.append(f"{name} {figures}")
    needed = texts("needed: {required}", required=required)
    required_line(drawing, label + required * scale, height, needed)
    return drawing.told(f"{needed}; {'; '.join(told)}")


def _seats(seats: int | Absent | None, texts: Texts) -> str:
    return "?" if seats is None or isinstance(seats, Absent) else texts.number(seats)


def _bar(seats: int | Absent | None, x: float, y: float, scale: float, span: float, *, earlier: bool) -> Group:
    """The earlier audit hollow, the later one solid; what is not known hatched in grey."""
    if seats is None or isinstance(seats, Absent):
        return hatched(x, y, span, BAR, 3.0, LINE)
    size = max(1.0, min(span, seats * scale))
    group = Group(Rect(x, y, size, BAR, fillColor=white if earlier else MAIN, strokeColor=SOFT if earlier else MAIN,
                       strokeWidth=0.6))  # fmt: skip
    if seats * scale > span:
        group.add(Rect(x + span - 7, y - 0.4, 3, BAR + 0.8, fillColor=white, strokeColor=None))
    return group


def legend(before: str, after: str, width: float) -> Picture:
    """Which bar is of which day."""
    drawing, x = Picture(width, 12), 0.0
    for fill, edge, words in ((white, SOFT, before), (MAIN, MAIN, after)):
        drawing.add(Rect(x, 3, 14, BAR, fillColor=fill, strokeColor=edge, strokeWidth=0.6))
        drawing.add(words_at(x + 18, 3, words, SMALL, color=SOFT))
        x += 18 + stringWidth(words, REGULAR, SMALL) + 14
    return drawing


def sparkline(values: Sequence[float], width: float, height: float, told: str, color: Color = MAIN) -> Picture:
    """The course of a figure: a line from 0 to its highest, a dot on the last one."""
    drawing, most = Picture(width, height), max([*values, 1.0])
    step = (width - 8) / max(1, len(values) - 1)
    points = [(4 + number * step, 4 + (height - 8) * value / most) for number, value in enumerate(values)]
    drawing.add(Line(4, 4, width - 4, 4, strokeColor=LINE, strokeWidth=0.5))
    if len(points) > 1:
        drawing.add(PolyLine([part for point in points for part in point], strokeColor=color, strokeWidth=1.3))
    for x, y in points[-1:]:
        drawing.add(Circle(x, y, 2.2, fillColor=color, strokeColor=None))
    return drawing.told(told)
