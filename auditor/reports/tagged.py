"""Tagged PDF: what a screen reader is told of a page (ISO 32000-1, 14.7 and 14.8).

Paragraphs, headings, cells and figures are marked in the content of a page as they are drawn; all else is an artifact.
When the document is saved, `structure` makes the tree of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from reportlab.graphics.shapes import Drawing
from reportlab.platypus import Paragraph, Table

ROLES: Final = {"title": "H1", "head": "H2", "sheet_head": "H2", "advice_head": "H2"}
"""The role of a paragraph by the name of its style; any other one is a P."""


class Place(NamedTuple):
    """Where a paragraph stands in a table: the table's own key, row and column; `header` for a cell that names one."""

    table: object
    row: int
    column: int
    header: bool


class Entry(NamedTuple):
    """One line of a list: the list's own key and the number of the line; `contents` for a table of contents."""

    list: object
    line: int
    contents: bool = False


class Mark(NamedTuple):
    """One marked piece of a page's content."""

    page: int
    number: int
    role: str
    place: Place | Entry | None
    alt: str


@dataclass
class Marks:
    """All marks of a document, in the order of drawing, which is the order of reading."""

    found: list[Mark] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)
    headers: dict[tuple[int, int], int] = field(default_factory=dict)
    links: list[tuple[int, int, Any]] = field(default_factory=list)
    """(page, the mark in which it was drawn, annotation)"""
    open: int = -1

    def begin(self, page: int, role: str, place: Place | Entry | None, alt: str) -> str:
        """The operator that opens a mark; a header that a table repeats on its next page is an artifact there."""
        if isinstance(place, Place) and place.header:
            first = self.headers.setdefault((id(place.table), place.column), page)
            if first != page:
                return "/Artifact BMC"
        number = self.counts.get(page, 0)
        self.counts[page] = number + 1
        self.open = len(self.found)
        self.found.append(Mark(page, number, role, place, alt))
        return f"/{'Span' if place else role} <</MCID {number}>> BDC"


@contextmanager
def _marked(canvas: Any, role: str, place: Place | Entry | None, alt: str) -> Iterator[None]:
    """Mark what is drawn inside, on a canvas that keeps marks."""
    marks: Marks | None = getattr(canvas, "marks", None)
    if marks is None:
        yield
        return
    canvas._code.append(marks.begin(canvas.page_at(), role, place, alt) if role else "/Artifact BMC")
    yield
    marks.open = -1
    canvas._code.append("EMC")


def artifact(canvas: Any) -> Any:
    """Mark what is drawn inside as no part of what is read."""
    return _marked(canvas, "", None, "")


def entry(canvas: Any, place: Entry) -> Any:
    """Mark what is drawn inside as a part of one line of a list."""
    return _marked(canvas, "Span", place, "")


def cell_mark(canvas: Any, place: Place) -> Any:
    """Mark what is drawn inside as the text of a cell."""
    return _marked(canvas, "P", place, "")


def figure(canvas: Any, alt: str) -> Any:
    """Mark what is drawn inside as a picture, with the words that stand for it."""
    return _marked(canvas, "Figure", None, alt)


class Spoken(Paragraph):
    """A paragraph that marks itself; `place` is its cell, where it stands in a table."""

    place: Place | None = None
    entry: Entry | None = None

    def draw(self) -> None:
        role = ROLES.get(self.style.name, "P")
        with _marked(self.canv, role, self.place or self.entry, ""):
            super().draw()

    def split(self, availWidth: float, availHeight: float) -> list[Any]:
        parts: list[Any] = super().split(availWidth, availHeight)
        for part in parts:
            part.place, part.entry = self.place, self.entry
        return parts


class Ruled(Table):
    """A table whose background and lines are artifacts; it stands at the left of its frame."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"hAlign": "LEFT"} | kwargs))

    def _drawBkgrnd(self) -> None:
        with artifact(self.canv):
            super()._drawBkgrnd()  # type: ignore[misc]

    def _drawLines(self) -> None:
        with artifact(self.canv):
            super()._drawLines()  # type: ignore[misc]


class Picture(Drawing):
    """A chart with the words that stand for it where it is not seen; without words it is an artifact."""

    _alt = ""

    def told(self, alt: str) -> Picture:
        self._alt = alt
        return self

    @property
    def words(self) -> str:
        """What is told to who does not see it."""
        return self._alt

    def draw(self, showBoundary: Any = None) -> None:
        with _marked(self.canv, "Figure" if self._alt else "", None, self._alt):
            super().draw() if showBoundary is None else super().draw(showBoundary)
