"""The table of contents: each title of the report as a link, and its page, known once all pages are laid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from auditor.reports.styles import LINE, MAIN, REGULAR, STYLES, Title, marked, safe
from auditor.reports.tagged import Entry, artifact, entry

NUMBER: Final = 24.0
SIZE: Final = 8.8
LONGEST_TITLE: Final = 200


class Contents(Flowable):
    """One line for each title; the numbers are drawn by `number_pages` when the document is saved."""

    def __init__(self) -> None:
        super().__init__()
        self.titles: Sequence[Title] = ()
        self.lines: list[tuple[Title, Any, float]] = []

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:
        self.width = availWidth
        self.lines = []
        for title in self.titles:
            words = safe(title.text, LONGEST_TITLE)
            line = marked(
                f'<a href="#{title.key}" color="{MAIN.hexval().replace("0x", "#")}">{words}</a>', STYLES.entry
            )
            self.lines.append((title, line, line.wrap(availWidth - NUMBER, availHeight)[1]))
        self.height = sum(height for _, _, height in self.lines)
        return availWidth, self.height

    def draw(self) -> None:
        canvas: Any = self.canv
        top = self.height
        for number, (title, line, height) in enumerate(self.lines):
            top -= height
            line.entry = Entry(id(self), number, contents=True)
            line.drawOn(canvas, 0, top)
            last = line.blPara.lines[-1] if getattr(line, "blPara", None) else None
            self._leader(canvas, line, last, top)
            x, y = canvas.absolutePosition(self.width, top + STYLES.entry.leading - SIZE)
            canvas.wanted.append((len(canvas.kept), title.key, x, y, line.entry))

    def _leader(self, canvas: Any, line: Any, last: Any, top: float) -> None:
        """Dots from the end of a line to its number."""
        used = stringWidth(_last_words(line, last), REGULAR, SIZE)
        with artifact(canvas):
            canvas.setStrokeColor(LINE)
            canvas.setLineWidth(0.6)
            canvas.setDash(0.6, 2.4)
            y = top + STYLES.entry.leading - SIZE
            canvas.line(min(used + 6, self.width - NUMBER), y, self.width - NUMBER + 4, y)
            canvas.setDash()


def _last_words(line: Any, last: Any) -> str:
    """The words of the last line of a paragraph, as the library broke it."""
    words = getattr(last, "words", None)
    if words is None:
        return " ".join(last[1]) if last else ""
    return " ".join(str(getattr(word, "text", word)) for word in words)


def number_pages(canvas: Any, page: int) -> None:
    """Draw the page numbers that the contents on this page want."""
    for at, key, x, y, place in canvas.wanted:
        if at == page and key in canvas.places:
            canvas.setFont(REGULAR, SIZE)
            canvas.setFillColor(MAIN)
            with entry(canvas, place):
                canvas.drawRightString(x, y, str(canvas.places[key]))
