"""A list of any length: only the lines in sight are drawn, so that ten thousand rows scroll and filter like ten."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message as Note
from textual.scroll_view import ScrollView
from textual.strip import Strip

from auditor.screens.ink import ink
from auditor.values import N_

GAP: Final = 2
MARK: Final = "▸"
Cells = Sequence[Text]
"""One row: its cells, of which the last may stand on several lines."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the cells it takes; the last column of a list takes what is left."""

    head: str
    width: int


class Rows(ScrollView, can_focus=True):
    """Rows with a cursor. `keys` names them, `cells` draws one, `heights` says on how many lines each stands."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("enter", "select", N_("Zoom"), tooltip=N_("the detail on the whole screen, and back")),
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "end(False)", show=False),
        Binding("end", "end(True)", show=False),
    ]

    @dataclass
    class Highlighted(Note):
        """The cursor is on another row."""

        rows: Rows
        row: int

    @dataclass
    class Selected(Note):
        """Enter or a click on the row under the cursor."""

        rows: Rows
        row: int

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._columns: Sequence[Column] = ()
        self.keys: Sequence[str] = ()
        self._cells: Callable[[int], Cells] = lambda row: ()
        self._starts: list[int] = [0]
        self.cursor_row = 0

    @property
    def row_count(self) -> int:
        return len(self.keys)

    def fill(
        self,
        columns: Sequence[Column],
        keys: Sequence[str],
        heights: Sequence[int],
        cells: Callable[[int], Cells],
        cursor: int = 0,
    ) -> None:
        """Other rows; `cells` is called for those in sight alone."""
        self._columns, self.keys, self._cells = columns, keys, cells
        self._starts = [0, *accumulate(heights)]
        self.cursor_row = min(max(cursor, 0), max(0, len(keys) - 1))
        self.virtual_size = Size(0, self._starts[-1] + 1)  # as wide as the widget: nothing lies beside it
        self._follow()
        self.refresh()

    def row_text(self) -> str:
        """The row under the cursor as plain text."""
        if not self.keys:
            return ""
        return "  ".join(" ".join(cell.plain.split()) for cell in self._cells(self.cursor_row) if cell.plain.strip())

    def move_cursor(self, row: int) -> None:
        """Put the cursor on a row, and the row in sight."""
        row = min(max(row, 0), max(0, len(self.keys) - 1))
        if row != self.cursor_row:
            self.cursor_row = row
            self._follow()
            self.refresh()
            self.post_message(self.Highlighted(self, row))

    def _follow(self) -> None:
        if self.keys and self.size.height > 1:
            top, bottom = self._starts[self.cursor_row], self._starts[self.cursor_row + 1]
            # a line more than the row: the heading stands over the first line in sight
            region = Region(0, top, 0, min(bottom - top + 1, self.size.height))
            self.scroll_to_region(region, animate=False, force=True)

    # ---- drawn ----

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            heads = [Text(column.head) for column in self._columns]
            style = self._ground("surface") + ink(self, "primary", bold=True)
            return self._strip(" ", heads, 0, style, width)
        line = self.scroll_offset.y + y - 1
        row = bisect_right(self._starts, line) - 1
        if not 0 <= row < len(self.keys):
            return Strip.blank(width, self._ground("background"))
        under = row == self.cursor_row
        part = line - self._starts[row]
        style = self._ground("cursor" if under else "stripe" if row % 2 else "background")
        return self._strip(MARK if under and part == 0 else " ", self._cells(row), part, style, width)

    def _ground(self, name: str) -> Style:
        """Both colours: the terminal's own letters may be as light as the ground."""
        colours = self.app.theme_variables
        return Style(color=colours.get("foreground") or None, bgcolor=colours.get(name) or None)

    def _strip(self, mark: str, cells: Cells, part: int, style: Style, width: int) -> Strip:
        """One line of a row: all its cells on the first, what goes on below on the others."""
        segments = [Segment(mark, style)]
        for column, cell in zip(self._columns, cells, strict=False):
            lines = cell.plain.split("\n")
            told = lines[part] if part < len(lines) else ""
            own = cell.style if isinstance(cell.style, Style) else Style()
            segments.append(Segment(set_cell_size(told, column.width) + " " * GAP, style + own))
        used = sum(cell_len(segment.text) for segment in segments)
        return Strip(segments, used).adjust_cell_length(width, style)

    # ---- keys and mouse ----

    def action_move(self, by: int) -> None:
        self.move_cursor(self.cursor_row + by)

    def action_page(self, pages: int) -> None:
        """As many lines as are in sight, at least one row."""
        line = self._starts[self.cursor_row] + pages * max(1, self.size.height - 2) if self.keys else 0
        row = bisect_right(self._starts, max(0, line)) - 1
        self.move_cursor(row if row != self.cursor_row else row + pages)

    def action_end(self, last: bool) -> None:
        self.move_cursor(len(self.keys) - 1 if last else 0)

    def action_select(self) -> None:
        if self.keys:
            self.post_message(self.Selected(self, self.cursor_row))

    def on_click(self, event: Click) -> None:
        """A click puts the cursor on a row; on the row under the cursor it is Enter."""
        row = bisect_right(self._starts, self.scroll_offset.y + event.y - 1) - 1
        if event.y == 0 or not 0 <= row < len(self.keys):
            return
        if row == self.cursor_row:
            self.action_select()
        else:
            self.move_cursor(row)
