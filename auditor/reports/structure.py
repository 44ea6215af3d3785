"""The structure tree of a tagged PDF, built from the marks of its pages when it is saved (ISO 32000-1, 14.7).

A report of thousands of rows has tens of thousands of elements: each is written as the text of one object, at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from reportlab.pdfbase.pdfdoc import LinkAnnotation, PDFArray, PDFDictionary, PDFName, PDFString

from auditor.reports.tagged import Entry, Mark, Marks, Place

HEADER: Final = " /A << /O /Table /Scope /Column >>"
OPEN: Final = frozenset({"Document", "Table", "TOC", "TOCI", "L", "LI", "LBody"})
"""Roles whose elements may get kids as long as pages are drawn."""
PRINTED: Final = 4
"""The flag of an annotation that is printed with its page."""


class SpokenLink(LinkAnnotation):
    """A link that knows its place in the structure."""

    permitted = (*LinkAnnotation.permitted, "StructParent")


def write_tree(canvas: Any, marks: Marks) -> None:
    """Give the document its structure tree, one number tree from pages and links to it, and the signs of it."""
    document = canvas._doc
    tree = _Tree(document)
    links: dict[int, list[tuple[int, Any]]] = {}
    for at, number, link in marks.links:
        links.setdefault(number, []).append((at, link))
    for number, mark in enumerate(marks.found):
        tree.add(mark, links.get(number, ()))
    marks.found.clear()
    for number, page in enumerate(document.Pages.pages):
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents, page.Tabs = number, PDFName("S")
    document.Catalog.StructTreeRoot = tree.finished()
    document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})
    canvas.setViewerPreference("DisplayDocTitle", "true")


@dataclass(slots=True)
class _Node:
    """One element: its role, the number of its object and its parent's, the page of its first mark, its kids."""

    role: str
    number: int
    parent: int
    more: str = ""
    page: int = -1
    kids: list[str] = field(default_factory=list)


class _Tree:
    """The structure tree being built."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.pages = [self._number_of(document.Reference(page)) for page in document.Pages.pages]
        self.nodes: list[_Node] = []
        """Those that may still get kids."""
        self.known: dict[Any, _Node] = {}
        self.row: tuple[int, int] = (0, -1)
        self.cells: dict[int, _Node] = {}
        self.wide: dict[int, int] = {}
        self.parents: list[list[int]] = [[] for _ in self.pages]
        self.links: list[int] = []
        self.root: Any = PDFDictionary({"Type": PDFName("StructTreeRoot")})
        self.root_at = document.Reference(self.root)
        self.body = self._node("Document", None)

    def _number_of(self, reference: Any) -> int:
        return int(self.document.idToObjectNumberAndVersion[reference.name][0])

    def _node(self, role: str, parent: _Node | None, more: str = "") -> _Node:
        """A new element, the last kid of its parent; its object has a number and no content yet."""
        document = self.document
        document.objectcounter += 1
        number = document.objectcounter
        name = f"R{number}"
        document.idToObjectNumberAndVersion[name] = (number, 0)
        document.numberToId[number] = name
        node = _Node(role, number, parent.number if parent else self._number_of(self.root_at), more)
        self.nodes.append(node)
        if parent:
            parent.kids.append(f"{number} 0 R")
        return node

    def add(self, mark: Mark, links: Iterable[tuple[int, Any]] = ()) -> None:
        """The mark under the element that it belongs to, and the links that stand in its text."""
        owner = self._owner(mark)
        if owner.page < 0:
            owner.page = mark.page
        same = owner.page == mark.page
        page = self.pages[mark.page]
        owner.kids.append(str(mark.number) if same else f"<< /Type /MCR /Pg {page} 0 R /MCID {mark.number} >>")
        self.parents[mark.page].append(owner.number)
        for at, link in links:
            self._link(at, owner, link)

    def _link(self, page: int, parent: _Node, annotation: Any) -> None:
        node = self._node("Link", parent)
        reference = self._number_of(self.document.Reference(annotation))
        node.kids.append(f"<< /Type /OBJR /Pg {self.pages[page]} 0 R /Obj {reference} 0 R >>")
        annotation.otherkw["StructParent"] = len(self.pages) + len(self.links)
        self.links.append(node.number)

    def _owner(self, mark: Mark) -> _Node:
        if isinstance(mark.place, Entry):
            return self._line(mark.place)
        return self._cell(mark.place) if mark.place else self._alone(mark)

    def _alone(self, mark: Mark) -> _Node:
        alt = PDFString(mark.alt).format(self.document).decode("latin-1") if mark.alt else ""
        return self._node(mark.role, self.body, f" /Alt {alt}" if alt else "")

    def _once(self, key: Any, role: str, parent: _Node, more: str = "") -> _Node:
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self._node(role, parent, more)
        return found

    def _line(self, entry: Entry) -> _Node:
        """The line of a list, or of a table of contents, that a mark belongs to."""
        whole, part = ("TOC", "TOCI") if entry.contents else ("L", "LI")
        line = self._once(entry, part, self._once(entry.list, whole, self.body))
        return line if entry.contents else self._once((entry, "body"), "LBody", line)

    def _cell(self, place: Place) -> _Node:
        key = id(place.table)
        if self.row != (key, place.row):
            table = self._once(key, "Table", self.body)
            self._end_row()
            self._write()
            self.row, self.cells = (key, place.row), {-1: self._node("TR", table)}
        self._fill(place.column, place.header)
        return self.cells[place.column]

    def _fill(self, column: int, header: bool) -> None:
        """A cell for each column up to this one: an empty cell draws nothing, and is a cell all the same."""
        role, more = ("TH", HEADER) if header else ("TD", "")
        for at in range(len(self.cells) - 1, column + 1):
            self.cells[at] = self._node(role, self.cells[-1], more)

    def _end_row(self) -> None:
        """As many cells in a row as in the first one of its table."""
        if len(self.cells) > 1:
            wide = self.wide.setdefault(self.row[0], len(self.cells) - 1)
            self._fill(wide - 1, header=False)

    def _write(self) -> None:
        """Every element that gets no more kids as the text of its object: rows are drawn one after the other."""
        kept = [node for node in self.nodes if node.role in OPEN]
        for node in self.nodes:
            if node.role not in OPEN:
                self._written(node)
        self.nodes = kept

    def _written(self, node: _Node) -> None:
        page = f" /Pg {self.pages[node.page]} 0 R" if node.page >= 0 else ""
        kids = node.kids[0] if len(node.kids) == 1 else f"[ {' '.join(node.kids)} ]"
        held = f" /K {kids}" if node.kids else ""
        text = f"<< /S /{node.role} /P {node.parent} 0 R{page}{node.more}{held} >>"
        self.document.idToObject[self.document.numberToId[node.number]] = text.encode("latin-1")

    def finished(self) -> Any:
        """Every element that is left as the text of its object, and the number tree."""
        self._end_row()
        for node in self.nodes:
            self._written(node)
        numbers: list[Any] = []
        for page_at, owners in enumerate(self.parents):
            told = f"[ {' '.join(f'{number} 0 R' for number in owners)} ]"
            numbers += [page_at, told]
        for at, number in enumerate(self.links, len(self.pages)):
            numbers += [at, f"{number} 0 R"]
        self.root.dict["K"] = f"{self.body.number} 0 R"
        self.root.dict["ParentTree"] = self.document.Reference(PDFDictionary({"Nums": PDFArray(numbers)}))
        self.root.dict["ParentTreeNextKey"] = len(self.pages) + len(self.links)
        return self.root_at
