"""The paper of every PDF: running header and footer, page n of m, the consultant's colours, tags and links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from auditor.reports.contents import number_pages
from auditor.reports.palette import Palette, Words, turned
from auditor.reports.structure import PRINTED, SpokenLink, write_tree
from auditor.reports.styles import ACCENT, MARGIN, REGULAR, SOFT
from auditor.reports.tagged import Marks, artifact


@dataclass(frozen=True, slots=True)
class Running:
    """What stands above and below every page; `page` words the number of a page and how many there are."""

    left: str = ""
    right: str = ""
    foot: str = ""
    middle: str = ""
    page: Callable[[int, int], str] = "{} / {}".format
    palette: Palette = field(default_factory=dict)


def numbered(running: Running) -> Any:
    """What the library makes the canvas of a document with."""
    return partial(Numbered, running=running)


class Numbered(Canvas):
    """A canvas that marks what it draws, and writes its pages when it knows how many there are."""

    def __init__(self, *args: Any, running: Running, **kwargs: Any) -> None:
        super().__init__(*args, **(kwargs | {"initialFontName": REGULAR}))
        self.running = running
        self.kept: list[dict[str, Any]] = []
        self.marks = Marks()
        self.places: dict[str, int] = {}
        self.wanted: list[Any] = []
        self.saving = -1
        self.palette = running.palette

    def setFillColor(self, aColor: Any, alpha: Any = None) -> None:
        super().setFillColor(turned(self.palette, aColor), alpha)

    def setStrokeColor(self, aColor: Any, alpha: Any = None) -> None:
        super().setStrokeColor(turned(self.palette, aColor), alpha)

    def beginText(self, x: float = 0, y: float = 0, direction: Any = None) -> Words:
        found = Words(self, x, y, direction)
        found.palette = self.palette
        return found

    def linkRect(self, contents: str, destinationname: str, Rect: Any = None, *args: Any, **kwargs: Any) -> None:
        """A link that says where it leads and has its place in the structure; no frame is drawn around it."""
        link = SpokenLink(
            self._absRect(Rect, kwargs.get("relative", 1)),  # type: ignore[attr-defined]
            destinationname,
            self._bookmarkReference(destinationname),  # type: ignore[attr-defined]
            Border="[0 0 0]",
            F=PRINTED,
        )
        self._addAnnotation(link)  # type: ignore[attr-defined]
        self.marks.links.append((self.page_at(), self.marks.open, link))

    def page_at(self) -> int:
        """The page that is being drawn, from 0: the next one, or the one that is written again at the end."""
        return len(self.kept) if self.saving < 0 else self.saving

    def showPage(self) -> None:
        self._code: list[str] = ["\n".join(self._code)]  # thousands of short texts take many times the room of one
        self.kept.append(dict(self.__dict__))
        self._doc.pageCounter += 1  # type: ignore[attr-defined]  # bookmarks name the page that is being drawn
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        self._doc.pageCounter = 1  # type: ignore[attr-defined]
        for number, page in enumerate(self.kept, 1):
            self.__dict__.update(page)
            self.saving = number - 1
            self.kept[self.saving] = {}  # written once, and free again
            number_pages(self, self.saving)
            with artifact(self):
                self._running(number, len(self.kept))
            super().showPage()
        write_tree(self, self.marks)
        super().save()

    def _running(self, number: int, pages: int) -> None:
        """Header and footer, inside the margins."""
        told = self.running
        width, height = self._pagesize  # type: ignore[attr-defined]
        right, top, foot = width - MARGIN, height - MARGIN + 14, MARGIN - 20
        self.setFont(REGULAR, 7)
        self.setFillColor(SOFT)
        self.setStrokeColor(ACCENT)
        self.setLineWidth(0.6)
        self.drawString(MARGIN, top, told.left)
        self.drawRightString(right, top, told.right)
        self.line(MARGIN, top - 5, right, top - 5)
        self.drawString(MARGIN, foot, told.foot)
        self.drawCentredString(width / 2, foot, told.middle)
        self.drawRightString(right, foot, told.page(number, pages))
