"""A chart as SVG for the web page: the same shapes as on paper, in the colours of the page, words in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from reportlab.graphics.shapes import Circle, Group, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import Color

from auditor.reports.palette import Palette, turned
from auditor.reports.styles import BOLD
from auditor.reports.tagged import Picture

FAMILY: Final = "'DejaVu Sans', Verdana, sans-serif"


def svg(picture: Picture, palette: Palette) -> str:
    """The chart as one element, in the consultant's colours; its words are those that stand for it on paper."""
    wide, high = float(picture.width), float(picture.height)
    parts = "".join(_drawn(picture, _Sheet(high, palette)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" role="img"'
        f' aria-label={quoteattr(picture.words)} font-family="{FAMILY}">{parts}</svg>'
    )


def _drawn(group: Any, sheet: _Sheet) -> Iterator[str]:
    """Every shape of a group; lines of one kind, such as those of a hatching, become one path."""
    path: list[str] = []
    kind = ""
    for part in group.contents:
        look = _stroke(part, sheet) if isinstance(part, Line) else ""
        if path and look != kind:
            yield f'<path d="{"".join(path)}" fill="none"{kind}/>'
            path = []
        if isinstance(part, Line):
            path.append(f"M{part.x1:.1f} {sheet.high - part.y1:.1f}L{part.x2:.1f} {sheet.high - part.y2:.1f}")
            kind = look
        elif isinstance(part, Group):
            yield from _drawn(part, sheet)
        else:
            yield _SHAPES[type(part)](part, sheet)
    if path:
        yield f'<path d="{"".join(path)}" fill="none"{kind}/>'


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What a chart is drawn on: its height, from which SVG counts down, and the colours of the report."""

    high: float
    palette: Palette

    def colour(self, color: Color | None) -> str:
        if color is None:
            return "none"
        told = turned(self.palette, color)
        return "#" + "".join(f"{round(part * 255):02x}" for part in (told.red, told.green, told.blue))


def _stroke(part: Any, sheet: _Sheet) -> str:
    dashes = getattr(part, "strokeDashArray", None)
    dashed = f' stroke-dasharray="{" ".join(map(str, dashes))}"' if dashes else ""
    if part.strokeColor is None:
        return ""
    return f' stroke="{sheet.colour(part.strokeColor)}" stroke-width="{part.strokeWidth:g}"{dashed}'


def _rect(part: Any, sheet: _Sheet) -> str:
    top = sheet.high - part.y - part.height
    size = f'x="{part.x:.1f}" y="{top:.1f}" width="{part.width:.1f}" height="{part.height:.1f}"'
    return f'<rect {size} fill="{sheet.colour(part.fillColor)}"{_stroke(part, sheet)}/>'


def _circle(part: Any, sheet: _Sheet) -> str:
    at = f'cx="{part.cx:.1f}" cy="{sheet.high - part.cy:.1f}" r="{part.r:g}"'
    return f'<circle {at} fill="{sheet.colour(part.fillColor)}"{_stroke(part, sheet)}/>'


def _points(part: Any, sheet: _Sheet) -> str:
    xs, ys = part.points[::2], part.points[1::2]
    return " ".join(f"{x:.1f},{sheet.high - y:.1f}" for x, y in zip(xs, ys, strict=True))


def _polyline(part: Any, sheet: _Sheet) -> str:
    return f'<polyline points="{_points(part, sheet)}" fill="none"{_stroke(part, sheet)}/>'


def _polygon(part: Any, sheet: _Sheet) -> str:
    return f'<polygon points="{_points(part, sheet)}" fill="{sheet.colour(part.fillColor)}"{_stroke(part, sheet)}/>'


def _string(part: Any, sheet: _Sheet) -> str:
    weight = ' font-weight="700"' if part.fontName == BOLD else ""
    at = f'x="{part.x:.1f}" y="{sheet.high - part.y:.1f}" font-size="{part.fontSize:g}" text-anchor="{part.textAnchor}"'
    return f'<text {at}{weight} fill="{sheet.colour(part.fillColor)}">{escape(part.text)}</text>'


_SHAPES: Final[Mapping[type, Callable[[Any, _Sheet], str]]] = {
    Rect: _rect, Circle: _circle, PolyLine: _polyline, Polygon: _polygon, String: _string,
}  # fmt: skip
