"""A table of thousands of rows: each row is measured once, and each page gets a table of its own.

The library's table copies all that remains at every page, so its time grows with the square of the pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

from reportlab.platypus import Flowable, TableStyle

from auditor.reports.tagged import Ruled

LEAST: Final = 2
"""Rows that never stand alone, at the foot of a page or at the top of the next one."""
SLACK: Final = 0.01
TALL: Final = 100_000.0


class Long(Flowable):
    """Rows below a header that each page repeats; a cell is a paragraph or a list of flowables.

    `side`, `over`: the padding of a cell, left and right together, above and below together.
    """

    def __init__(
        self,
        cells: Sequence[list[Any]],
        widths: Sequence[float],
        style: TableStyle,
        side: float,
        over: float,
        heights: Sequence[float] = (),
    ) -> None:
        super().__init__()
        self.cells, self.widths, self.style, self.side, self.over = cells, widths, style, side, over
        self.heights = heights or [self._measured(row) for row in cells]
        self.spaceAfter = 4

    def _measured(self, row: list[Any]) -> float:
        """The height of a row: that of its tallest cell."""
        tallest = 0.0
        for cell, width in zip(row, self.widths, strict=True):
            parts = cell if isinstance(cell, list) else [cell]
            tallest = max(tallest, sum(part.wrap(width - self.side, TALL)[1] for part in parts))
        return tallest + self.over

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:
        return sum(self.widths), sum(self.heights)

    def _part(self, first: int, last: int) -> Ruled:
        """The rows from one to before another, with the header above them."""
        chosen = [self.cells[0], *self.cells[first:last]]
        heights = [self.heights[0], *self.heights[first:last]]
        return Ruled(chosen, self.widths, heights, style=self.style, repeatRows=1, spaceAfter=4)

    def split(self, availWidth: float, availHeight: float) -> list[Any]:
        """What fits on this page, and the rest; nothing where not even two rows fit."""
        rows = len(self.cells) - 1
        room = availHeight - self.heights[0] - SLACK
        fitting = next((n for n, height in enumerate(accumulate(self.heights[1:])) if height > room), rows)
        if fitting < min(LEAST, rows):
            return []
        if fitting == rows:
            return [self._part(1, rows + 1)]
        if rows - fitting < LEAST < fitting:
            fitting = rows - LEAST
        rest = Long(
            [self.cells[0], *self.cells[fitting + 1 :]],
            self.widths,
            self.style,
            self.side,
            self.over,
            [self.heights[0], *self.heights[fitting + 1 :]],
        )
        return [self._part(1, fitting + 1), rest]

    def draw(self) -> None:
        whole = self._part(1, len(self.cells))
        whole.wrapOn(self.canv, *self.wrap(0, 0))
        whole.drawOn(self.canv, 0, 0)
