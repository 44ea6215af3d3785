"""A table of thousands of rows: texts are wrapped and drawn straight onto the canvas, a page at a time.

The library's table copies all that remains at every page, so its time grows with the square of the pages; and a
paragraph for each cell costs more than all the rest. A cell that is more than plain text stays a flowable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reportlab.lib.colors import Color
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable

from auditor.reports.tagged import Place, artifact, cell_mark

LEAST: Final = 2
"""Rows that never stand alone, at the foot of a page or at the top of the next one."""
SLACK: Final = 0.01
TALL: Final = 100_000.0
SPACES: Final = re.compile(r"[ \t\n]+")


@dataclass(frozen=True, slots=True)
class Look:
    """How a long table is drawn: fonts of body and header, size and leading, colours, padding of a cell."""

    regular: str
    bold: str
    size: float
    leading: float
    ink: Color
    ground: Color
    paper: Color
    rule: Color
    left: float
    right: float
    above: float
    below: float


@dataclass(slots=True)
class Rows:
    """The rows of a table below its header; what is measured once is kept.

    A cell is plain text, a flowable or a list of flowables; `right` names the columns aligned on their right.
    """

    header: Sequence[str]
    cells: Sequence[Sequence[Any]]
    widths: Sequence[float]
    right: Collection[int]
    look: Look
    key: object = field(default_factory=object)
    words: dict[tuple[str, str], float] = field(default_factory=dict)

    def wide(self, text: str, font: str) -> float:
        """The width of a text; words come again and again."""
        found = self.words.get((font, text))
        if found is None:
            found = self.words[font, text] = pdfmetrics.stringWidth(text, font, self.look.size)
        return found

    def lines(self, text: str, column: int, font: str) -> list[str]:
        """A text as the lines that fit its column."""
        room = self.widths[column] - self.look.left - self.look.right - (6 if column in self.right else 0)
        space, found, used = self.wide(" ", font), [""], 0.0
        for word in SPACES.split(text.strip()):
            size = self.wide(word, font)
            if found[-1] and used + space + size <= room:
                found[-1] += f" {word}"
                used += space + size
                continue
            if found[-1]:
                found.append("")
            *whole, last = self._broken(word, size, room, font)
            found[-1:] = [*whole, last]
            used = self.wide(last, font)
        return found

    def _broken(self, word: str, size: float, room: float, font: str) -> list[str]:
        """A word wider than its column, letter by letter."""
        if size <= room:
            return [word]
        parts, used = [""], 0.0
        for letter in word:
            step = self.wide(letter, font)
            if parts[-1] and used + step > room:
                parts.append("")
                used = 0.0
            parts[-1] += letter
            used += step
        return parts

    def measured(self, row: Sequence[Any], font: str = "") -> tuple[list[Any], float]:
        """Each cell as its lines (or as it is), and the height of the row: that of its tallest cell."""
        look, found, tallest = self.look, [], 0.0
        for column, item in enumerate(row):
            if isinstance(item, str):
                lines = self.lines(item, column, font or look.regular)
                found.append(lines)
                tallest = max(tallest, len(lines) * look.leading)
            else:
                parts = item if isinstance(item, list) else [item]
                found.append(parts)
                room = self.widths[column] - look.left - look.right
                tallest = max(tallest, sum(part.wrap(room, TALL)[1] for part in parts))
        return found, tallest + look.above + look.below


class Long(Flowable):
    """The rows from one on; each page repeats the header."""

    def __init__(self, rows: Rows, first: int = 0) -> None:
        super().__init__()
        self.rows, self.first, self.spaceAfter = rows, first, 4
        self.header = rows.measured(rows.header, rows.look.bold)
        self.ready: list[tuple[list[Any], float]] = []

    def _upto(self, room: float) -> float:
        """Measure as many rows as fit, and the one that does not; the height of header and rows together."""
        used = self.header[1] + sum(height for _, height in self.ready)
        while used <= room and self.first + len(self.ready) < len(self.rows.cells):
            self.ready.append(self.rows.measured(self.rows.cells[self.first + len(self.ready)]))
            used += self.ready[-1][1]
        return used

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:
        return sum(self.rows.widths), self._upto(availHeight)

    def _page(self, count: int) -> Page:
        return Page(self.rows, self.first, self.header, self.ready[:count])

    def split(self, availWidth: float, availHeight: float) -> list[Any]:
        """What fits on this page, and the rest; nothing where not even two rows fit."""
        self._upto(availHeight)
        left, room, fitting = len(self.rows.cells) - self.first, availHeight - self.header[1] - SLACK, 0
        for _, height in self.ready:
            room -= height
            if room < 0:
                break
            fitting += 1
        if fitting < min(LEAST, left):
            return []
        if fitting == left:
            return [self._page(left)]
        if left - fitting < LEAST < fitting:
            fitting = left - LEAST
        return [self._page(fitting), Long(self.rows, self.first + fitting)]

    def draw(self) -> None:
        whole = self._page(len(self.ready))
        whole.drawOn(self.canv, 0, 0)


class Page(Flowable):
    """The header and the rows of one page."""

    def __init__(
        self, rows: Rows, first: int, header: tuple[list[Any], float], ready: Sequence[tuple[list[Any], float]]
    ) -> None:
        super().__init__()
        self.rows, self.first, self.header, self.ready, self.spaceAfter = rows, first, header, ready, 4
        self.width, self.height = sum(rows.widths), header[1] + sum(height for _, height in ready)

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas: Any = self.canv
        look, top = self.rows.look, self.height
        self._ground(canvas)
        canvas.setFillColor(look.paper)
        self._row(canvas, 0, self.header[0], top, look.bold, header=True)
        canvas.setFillColor(look.ink)
        top -= self.header[1]
        for number, (cells, height) in enumerate(self.ready, self.first + 1):
            self._row(canvas, number, cells, top, look.regular, header=False)
            top -= height

    def _ground(self, canvas: Any) -> None:
        """The band of the header and a rule below each row: no part of what is read."""
        look, top = self.rows.look, self.height - self.header[1]
        with artifact(canvas):
            canvas.setFillColor(look.ground)
            canvas.rect(0, top, self.width, self.header[1], stroke=0, fill=1)
            canvas.setStrokeColor(look.rule)
            canvas.setLineWidth(0.4)
            for _, height in self.ready:
                top -= height
                canvas.line(0, top, self.width, top)

    def _row(self, canvas: Any, number: int, cells: list[Any], top: float, font: str, *, header: bool) -> None:
        look, x = self.rows.look, 0.0
        words = canvas.beginText()
        words.setFont(font, look.size, look.leading)
        for column, (parts, width) in enumerate(zip(cells, self.rows.widths, strict=True)):
            if parts and not isinstance(parts[0], str):
                y = top - look.above
                for part in parts:
                    y -= part.wrap(width - look.left - look.right, TALL)[1]
                    part.drawOn(canvas, x + look.left, y)
            else:
                with cell_mark(canvas, Place(self.rows.key, number, column, header)):
                    canvas._code += self._text(words, parts, column, x, top - look.above - look.size, font)
            x += width

    def _text(self, words: Any, lines: list[str], column: int, x: float, y: float, font: str) -> list[str]:
        """The operators that write the lines of a cell; the font stays what it is from one cell to the next."""
        look, rows = self.rows.look, self.rows
        found, edge = [], x + rows.widths[column] - look.right - 6
        for line in filter(None, lines):  # an empty cell is marked too: a row has all its cells
            left = edge - rows.wide(line, font) if column in rows.right else x + look.left
            words._curSubset = -1
            found.append(f"BT 1 0 0 1 {left:.2f} {y:.2f} Tm {words._formatText(line)} ET")
            y -= look.leading
        return found
