"""A chart as SVG for the web page: the same shapes as on paper, in the colours of the page, words in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from reportlab.graphics.shapes import Circle, Group, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import Color

from auditor.reports.styles import BOLD, MAIN
from auditor.reports.tagged import Picture

FAMILY: Final = "'DejaVu Sans', Verdana, sans-serif"


def svg(picture: Picture) -> str:
    """The chart as one element; its words are those that stand for it on paper."""
    wide, high = float(picture.width), float(picture.height)
    parts = "".join(_drawn(picture, high))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" role="img"'
        f' aria-label={quoteattr(picture.words)} font-family="{FAMILY}">{parts}</svg>'
    )


def _drawn(group: Any, high: float) -> Iterator[str]:
    """Every shape of a group; lines of one kind, such as those of a hatching, become one path."""
    path: list[str] = []
    kind = ""
    for part in group.contents:
        look = _stroke(part) if isinstance(part, Line) else ""
        if path and look != kind:
            yield f'<path d="{"".join(path)}" fill="none"{kind}/>'
            path = []
        if isinstance(part, Line):
            path.append(f"M{part.x1:.1f} {high - part.y1:.1f}L{part.x2:.1f} {high - part.y2:.1f}")
            kind = look
        elif isinstance(part, Group):
            yield from _drawn(part, high)
        else:
            yield _SHAPES[type(part)](part, high)
    if path:
        yield f'<path d="{"".join(path)}" fill="none"{kind}/>'


def _colour(color: Color | None) -> str:
    """A colour of the page: the main one follows the page's own."""
    if color is None:
        return "none"
    if color == MAIN:
        return "var(--main)"
    return "#" + "".join(f"{round(part * 255):02x}" for part in (color.red, color.green, color.blue))


def _stroke(part: Any) -> str:
    dashes = getattr(part, "strokeDashArray", None)
    dashed = f' stroke-dasharray="{" ".join(map(str, dashes))}"' if dashes else ""
    if part.strokeColor is None:
        return ""
    return f' stroke="{_colour(part.strokeColor)}" stroke-width="{part.strokeWidth:g}"{dashed}'


def _rect(part: Any, high: float) -> str:
    top = high - part.y - part.height
    size = f'x="{part.x:.1f}" y="{top:.1f}" width="{part.width:.1f}" height="{part.height:.1f}"'
    return f'<rect {size} fill="{_colour(part.fillColor)}"{_stroke(part)}/>'


def _circle(part: Any, high: float) -> str:
    at = f'cx="{part.cx:.1f}" cy="{high - part.cy:.1f}" r="{part.r:g}"'
    return f'<circle {at} fill="{_colour(part.fillColor)}"{_stroke(part)}/>'


def _points(part: Any, high: float) -> str:
    xs, ys = part.points[::2], part.points[1::2]
    return " ".join(f"{x:.1f},{high - y:.1f}" for x, y in zip(xs, ys, strict=True))


def _polyline(part: Any, high: float) -> str:
    return f'<polyline points="{_points(part, high)}" fill="none"{_stroke(part)}/>'


def _polygon(part: Any, high: float) -> str:
    return f'<polygon points="{_points(part, high)}" fill="{_colour(part.fillColor)}"{_stroke(part)}/>'


def _string(part: Any, high: float) -> str:
    weight = ' font-weight="700"' if part.fontName == BOLD else ""
    at = f'x="{part.x:.1f}" y="{high - part.y:.1f}" font-size="{part.fontSize:g}" text-anchor="{part.textAnchor}"'
    return f'<text {at}{weight} fill="{_colour(part.fillColor)}">{escape(part.text)}</text>'


_SHAPES: Final[Mapping[type, Callable[[Any, float], str]]] = {
    Rect: _rect, Circle: _circle, PolyLine: _polyline, Polygon: _polygon, String: _string,
}  # fmt: skip
