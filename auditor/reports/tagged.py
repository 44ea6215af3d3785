"""Tagged PDF: what a screen reader is told of a page (ISO 32000-1, 14.7 and 14.8).

Paragraphs, headings, cells and figures are marked in the content of a page as they are drawn; all else is an artifact.
When the document is saved, the marks become its structure tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from reportlab.graphics.shapes import Drawing
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFString
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
    """One line of a list: the list's own key and the number of the line."""

    list: int
    line: int


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

    def begin(self, page: int, role: str, place: Place | Entry | None, alt: str) -> str:
        """The operator that opens a mark; a header that a table repeats on its next page is an artifact there."""
        if isinstance(place, Place) and place.header:
            first = self.headers.setdefault((id(place.table), place.column), page)
            if first != page:
                return "/Artifact BMC"
        number = self.counts.get(page, 0)
        self.counts[page] = number + 1
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
    canvas._code.append("EMC")


def artifact(canvas: Any) -> Any:
    """Mark what is drawn inside as no part of what is read."""
    return _marked(canvas, "", None, "")


def entry(canvas: Any, place: Entry) -> Any:
    """Mark what is drawn inside as a part of one line of a list."""
    return _marked(canvas, "Span", place, "")


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
    """A table whose background and lines are artifacts."""

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

    def draw(self, showBoundary: Any = None) -> None:
        with _marked(self.canv, "Figure" if self._alt else "", None, self._alt):
            super().draw() if showBoundary is None else super().draw(showBoundary)


# ---- the structure tree ----


def write_tree(canvas: Any, marks: Marks) -> None:
    """Give the document its structure tree, one number tree from pages to it, and the signs that it is tagged."""
    document = canvas._doc
    pages = [document.Reference(page) for page in document.Pages.pages]
    tree = _Tree(document, pages)
    for mark in marks.found:
        tree.add(mark)
    for number, page in enumerate(document.Pages.pages):
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents, page.Tabs = number, PDFName("S")
    document.Catalog.StructTreeRoot = tree.finished(len(pages))
    document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})
    canvas.setViewerPreference("DisplayDocTitle", "true")


class _Tree:
    """The structure tree being built; every element is an object of its own."""

    def __init__(self, document: Any, pages: list[Any]) -> None:
        self.document, self.pages = document, pages
        self.kids: dict[int, list[Any]] = {}
        self.elements: list[tuple[Any, list[Any]]] = []
        self.parents: dict[int, list[Any]] = {}
        self.root: Any = PDFDictionary({"Type": PDFName("StructTreeRoot")})
        self.root_at = document.Reference(self.root)
        self.body = self._element("Document", self.root_at)
        self.tables: dict[int, Any] = {}
        self.rows: dict[tuple[int, int], Any] = {}
        self.cells: dict[tuple[int, int, int], Any] = {}
        self.lists: dict[int, Any] = {}
        self.lines: dict[Entry, Any] = {}

    def _element(self, role: str, parent: Any, **more: Any) -> tuple[Any, list[Any]]:
        """A new element below a parent: its reference and the list of its kids."""
        kids: list[Any] = []
        found = PDFDictionary({"Type": PDFName("StructElem"), "S": PDFName(role), "P": parent, **more})
        self.elements.append((found, kids))
        return self.document.Reference(found), kids

    def add(self, mark: Mark) -> None:
        owner = self._owner(mark)
        page = self.pages[mark.page]
        owner[1].append(PDFDictionary({"Type": PDFName("MCR"), "Pg": page, "MCID": mark.number}))
        self.parents.setdefault(mark.page, []).append(owner[0])

    def _owner(self, mark: Mark) -> tuple[Any, list[Any]]:
        if isinstance(mark.place, Entry):
            return self._line(mark.place)
        return self._cell(mark.place) if mark.place else self._alone(mark)

    def _line(self, entry: Entry) -> tuple[Any, list[Any]]:
        """The line of a table of contents that a mark belongs to."""
        if entry.list not in self.lists:
            self.lists[entry.list] = self._element("TOC", self.body[0])
            self.body[1].append(self.lists[entry.list][0])
        if entry not in self.lines:
            self.lines[entry] = self._element("TOCI", self.lists[entry.list][0])
            self.lists[entry.list][1].append(self.lines[entry][0])
        found: tuple[Any, list[Any]] = self.lines[entry]
        return found

    def _alone(self, mark: Mark) -> tuple[Any, list[Any]]:
        more = {"Alt": PDFString(mark.alt)} if mark.alt else {}
        found = self._element(mark.role, self.body[0], **more)
        self.body[1].append(found[0])
        return found

    def _cell(self, place: Place) -> tuple[Any, list[Any]]:
        table, row, column = id(place.table), (id(place.table), place.row), (id(place.table), place.row, place.column)
        if table not in self.tables:
            self.tables[table] = self._element("Table", self.body[0])
            self.body[1].append(self.tables[table][0])
        if row not in self.rows:
            self.rows[row] = self._element("TR", self.tables[table][0])
            self.tables[table][1].append(self.rows[row][0])
        if column not in self.cells:
            scope = {"A": PDFDictionary({"O": PDFName("Table"), "Scope": PDFName("Column")})} if place.header else {}
            self.cells[column] = self._element("TH" if place.header else "TD", self.rows[row][0], **scope)
            self.rows[row][1].append(self.cells[column][0])
        found: tuple[Any, list[Any]] = self.cells[column]
        return found

    def finished(self, pages: int) -> Any:
        for element, kids in self.elements:
            element.dict["K"] = PDFArray(kids)
        numbers: list[Any] = []
        for page in range(pages):
            numbers += [page, self.document.Reference(PDFArray(self.parents.get(page, [])))]
        self.root.dict["K"] = self.body[0]
        self.root.dict["ParentTree"] = self.document.Reference(PDFDictionary({"Nums": PDFArray(numbers)}))
        self.root.dict["ParentTreeNextKey"] = pages
        return self.root_at
