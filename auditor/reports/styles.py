"""The look of the report: fonts, colours that also read in black and white, paragraph and table styles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final, TypeAlias
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import STATE_DEFAULTS
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import CondPageBreak, Flowable, NextPageTemplate, PageBreak, Paragraph, Table, TableStyle

from auditor.clean import plain
from auditor.reports.longtable import Long, Look, Rows
from auditor.reports.tagged import Entry, Place, Ruled, Spoken
from auditor.texts import NARROW, NO_BREAK

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
Cell: TypeAlias = str | Flowable | list[Flowable]
PAGE = A4
WIDE = landscape(A4)
MARGIN = 17 * mm
WIDTH = PAGE[0] - 2 * MARGIN
WIDE_WIDTH = WIDE[0] - 2 * MARGIN
INK, SOFT, LINE = HexColor("#1c2733"), HexColor("#55636f"), HexColor("#b4bfca")
MAIN, ACCENT, PALE, ALERT = HexColor("#1f4e79"), HexColor("#256aa8"), HexColor("#eef3f8"), HexColor("#a4262c")
SIGNAL: Final = HexColor("#0b6e99")
"""What stands for ALERT beside a colour that is too near to it and to black."""
PALE_SHARE, FILLED, UNDER = 0.07, 0.75, 0.12
TINTS: Final = (FILLED, UNDER)
"""How much of a colour its lighter forms hold; `palette` turns each of them into the consultant's."""
LINK: Final = "#1f4e79"
NARROW_SIZE = 0.63  # of the text: there a no-break space is as wide as a narrow one
LONGEST, LONGEST_CELL = 1500, 240
"""Characters of one paragraph, of one cell: beyond, a hostile text would not fit on any page."""


@cache
def register() -> None:
    """Make the embedded fonts known to the library, once."""
    for name in (REGULAR, BOLD):
        with as_file(files("auditor") / "reports" / "fonts" / f"{name}.ttf") as path:
            pdfmetrics.registerFont(TTFont(name, str(path)))
    STATE_DEFAULTS["fontName"] = REGULAR  # a drawing begins by naming its default font, even if it writes nothing
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def _style(name: str, size: float, **more: object) -> ParagraphStyle:
    values: dict[str, object] = {"fontName": REGULAR, "fontSize": size, "leading": size * 1.35, "textColor": INK}
    return ParagraphStyle(name, **(values | more))  # type: ignore[arg-type]


class Styles:
    """Paragraph styles by their use."""

    title = _style("title", 16, fontName=BOLD, textColor=MAIN, leading=20, spaceAfter=8)
    name = _style("name", 11, fontName=BOLD, textColor=ACCENT, leading=14)
    entry = _style("entry", 8.8, textColor=MAIN, leading=13)
    message = _style("message", 11.5, fontName=BOLD, leading=15.5, spaceAfter=4)
    head = _style("head", 10, fontName=BOLD, textColor=MAIN, spaceBefore=8, spaceAfter=3)
    body = _style("body", 8.8, spaceAfter=2.5)
    alert = _style("alert", 8.8, fontName=BOLD, textColor=ALERT, spaceAfter=3)
    small = _style("small", 7.6, textColor=SOFT)
    cell = _style("cell", 7.6)
    cell_bold = _style("cell_bold", 7.6, fontName=BOLD)
    cell_soft = _style("cell_soft", 6.6, textColor=SOFT)
    header = _style("header", 7.6, fontName=BOLD, textColor=white)
    figure = _style("figure", 30, fontName=BOLD, textColor=MAIN, leading=42)
    card = _style("card", 12.5, fontName=BOLD, textColor=MAIN, leading=16)


STYLES = Styles()


def safe(text: str, limit: int = LONGEST) -> str:
    """Text of a device or a site file for a Paragraph: no control characters, no markup, a cut marked with …"""
    clean = plain(text[: 4 * limit])  # ten thousand letters are not worth the time
    return escape(clean if len(clean) <= limit else clean[: limit - 1] + "…")


def para(text: str, style: ParagraphStyle = STYLES.body) -> Paragraph:
    """A paragraph of plain text."""
    return marked(safe(text), style)


def cell(text: str, style: ParagraphStyle = STYLES.cell) -> Paragraph:
    """A table's cell of plain text: it wraps, and never grows higher than a page."""
    return marked(safe(text, LONGEST_CELL), style)


def marked(text: str, style: ParagraphStyle = STYLES.body) -> Paragraph:
    """A paragraph of markup that this room wrote itself; what comes from elsewhere in it is `safe` already.

    The library breaks lines at a narrow no-break space, so a small no-break space stands for it.
    """
    return Spoken(_small_narrow(text, style), style)


def _small_narrow(text: str, style: ParagraphStyle) -> str:
    small = f'<font size="{style.fontSize * NARROW_SIZE:.2f}">{NO_BREAK}</font>'
    return text.replace(NARROW, small)


def bullets(items: Sequence[str], style: ParagraphStyle) -> list[Flowable]:
    """A list, told as one: each line begins with its sign, and the next lines stand below its words."""
    hanging, found = _hanging(style), []
    key = object()
    for number, text in enumerate(items):
        line = Spoken(f"• {_small_narrow(safe(text), style)}", hanging)
        line.entry = Entry(key, number)
        found.append(line)
    return list(found)


@cache
def _hanging(style: ParagraphStyle) -> ParagraphStyle:
    return ParagraphStyle(f"{style.name}_hanging", parent=style, leftIndent=10, firstLineIndent=-10)


class Title(Flowable):
    """A page title that says the message of the page; it is a bookmark and stands in the outline."""

    def __init__(self, text: str, key: str) -> None:
        super().__init__()
        self.text, self.key, self.inner = plain(text), key, para(text, STYLES.title)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return self.inner.wrap(width, height)

    def getSpaceBefore(self) -> float:
        return 16.0

    def getSpaceAfter(self) -> float:
        return 8.0

    def draw(self) -> None:
        canvas: Any = self.canv
        canvas.bookmarkHorizontal(self.key, 0, self.inner.height + 10)
        canvas.addOutlineEntry(self.text, self.key, 0, False)
        getattr(canvas, "places", {})[self.key] = len(getattr(canvas, "kept", ())) + 1
        self.inner.drawOn(self.canv, 0, 0)


class Anchor(Flowable):
    """A place that links point to, of no size."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        self.canv.bookmarkHorizontal(self.key, 0, 10)


def links(ids: Sequence[str], known: Collection[str], prefix: str) -> str:
    """Ids as markup, each a link to its place where it is known to have one."""
    told = [f'<a href="#{prefix}{id}" color="{LINK}">{safe(id)}</a>' if id in known else safe(id) for id in ids]
    return ", ".join(told)


def linked_cell(id: str, known: Collection[str]) -> Paragraph:
    """The id of a check, linked to its block of the findings where it has one."""
    return marked(links([id], known, "finding-"), STYLES.cell)


def fresh_page(shape: str = "tall") -> list[Flowable]:
    """What begins a section on a page of its own, tall or wide."""
    return [NextPageTemplate(shape), PageBreak()]


def fresh_part(needed: float = 130) -> list[Flowable]:
    """What begins a section below another one, where the page still has `needed` points."""
    return [CondPageBreak(needed)]


FONT: Final = ("FONT", (0, 0), (-1, -1), REGULAR, 7)  # a table's own default would name a font that is not embedded
GRID: Final[tuple[tuple[Any, ...], ...]] = (
    FONT,
    ("BACKGROUND", (0, 0), (-1, 0), MAIN),
    ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 3.5),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3.5),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
)
MANY: Final = 60
"""From here on a table is laid out page by page."""
TOGETHER: Final = (  # neither the first rows nor the last ones stand alone on a page
    ("NOSPLIT", (0, 0), (-1, 2)),
    ("NOSPLIT", (0, -2), (-1, -1)),
)


def grid(
    header: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[float],
    *,
    width: float = WIDTH,
    right: Sequence[int] = (),
) -> Flowable:
    """A table whose header repeats on each page; texts become paragraphs that wrap.

    `widths` are shares of `width`; `right` names the columns that hold figures, aligned on their right.
    """
    total = sum(widths)
    sizes = [width * share / total for share in widths]
    if len(rows) > MANY:
        return _long(header, rows, sizes, right)
    cells: list[list[Any]] = [[_aligned(text, STYLES.header, at in right) for at, text in enumerate(header)]]
    cells += [
        [_aligned(item, STYLES.cell, at in right) if isinstance(item, str) else item for at, item in enumerate(row)]
        for row in rows
    ]
    _number(cells)
    style = TableStyle([*GRID, *(TOGETHER if len(rows) > 3 else ())])
    return Ruled(cells, sizes, repeatRows=1, style=style, spaceAfter=4)


def _long(
    header: Sequence[str], rows: Sequence[Sequence[Cell]], sizes: Sequence[float], right: Sequence[int]
) -> Flowable:
    """The same table for thousands of rows: what is plain text is drawn without paragraphs."""
    look = Look(REGULAR, BOLD, STYLES.cell.fontSize, STYLES.cell.leading, INK, MAIN, white, LINE, 3.5, 3.5, 2.5, 3)
    cells = [[short(item) if isinstance(item, str) else item for item in row] for row in rows]
    found = Rows([short(text) for text in header], cells, sizes, frozenset(right), look)
    _number([[], *cells], found.key)
    return Long(found)


def short(text: str) -> str:
    """Text for one cell: clean, and of a length that fits on any page."""
    clean = plain(text[: 4 * LONGEST_CELL])
    return clean if len(clean) <= LONGEST_CELL else clean[: LONGEST_CELL - 1] + "…"


def _number(cells: Sequence[Sequence[Any]], key: object = None) -> None:
    """Tell each paragraph its row and column, for those who hear the table."""
    key = key or object()
    for row, items in enumerate(cells):
        for column, item in enumerate(items):
            for part in item if isinstance(item, list) else [item]:
                if isinstance(part, Spoken):
                    part.place = Place(key, row, column, not row)


def _aligned(text: str, style: ParagraphStyle, right: bool) -> Paragraph:
    return cell(text, _right(style) if right else style)


@cache
def _right(style: ParagraphStyle) -> ParagraphStyle:
    return ParagraphStyle(f"{style.name}_right", parent=style, alignment=TA_RIGHT, rightIndent=6)


def cards(cells: Sequence[list[Flowable]], width: float = WIDTH, gap: float = 8) -> Table:
    """Boxes of equal width side by side."""
    size = (width - gap * (len(cells) - 1)) / len(cells)
    row: list[Any] = []
    widths: list[float] = []
    style: list[tuple[Any, ...]] = [FONT, ("VALIGN", (0, 0), (-1, -1), "TOP")]
    for number, content in enumerate(cells):
        if number:
            row.append("")
            widths.append(gap)
        at = (len(row), 0)
        style += [
            ("BACKGROUND", at, at, PALE),
            ("LINEBEFORE", at, at, 2, ACCENT),
            ("LEFTPADDING", at, at, 7),
            ("RIGHTPADDING", at, at, 4),
            ("TOPPADDING", at, at, 3),
            ("BOTTOMPADDING", at, at, 4),
        ]
        row.append(content)
        widths.append(size)
    return Ruled([row], widths, style=TableStyle(style))


def tint(color: Color, share: float) -> Color:
    """A lighter form of a colour."""
    return Color(*(1 - (1 - part) * share for part in (color.red, color.green, color.blue)))
