"""The look of the report: fonts, colours that also read in black and white, paragraph and table styles."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import STATE_DEFAULTS
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, Table, TableStyle

from auditor.clean import plain

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
PAGE = A4
MARGIN = 17 * mm
WIDTH = PAGE[0] - 2 * MARGIN
INK, SOFT, LINE = HexColor("#1c2733"), HexColor("#5b6b7a"), HexColor("#c3ccd5")
MAIN, PALE, ALERT = HexColor("#1f4e79"), HexColor("#eef3f8"), HexColor("#a4262c")


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

    title = _style("title", 16, fontName=BOLD, textColor=MAIN, leading=20, spaceAfter=6)
    message = _style("message", 12, fontName=BOLD, leading=16, spaceAfter=4)
    head = _style("head", 10.5, fontName=BOLD, textColor=MAIN, spaceBefore=7, spaceAfter=3)
    body = _style("body", 9, spaceAfter=3)
    small = _style("small", 7.6, textColor=SOFT)
    cell = _style("cell", 7.6)
    cell_right = _style("cell_right", 7.6, alignment=TA_RIGHT)
    cell_bold = _style("cell_bold", 7.6, fontName=BOLD)
    tight = _style("tight", 6.9)
    header = _style("header", 7.6, fontName=BOLD, textColor=white)
    figure = _style("figure", 30, fontName=BOLD, textColor=MAIN, leading=34)
    tight_header = _style("tight_header", 6.6, fontName=BOLD, textColor=white)


STYLES = Styles()


def safe(text: str) -> str:
    """Text of a device or a site file for a Paragraph: no control characters, no markup."""
    return escape(plain(text))


def para(text: str, style: ParagraphStyle = STYLES.body) -> Paragraph:
    """A paragraph of plain text."""
    return Paragraph(safe(text), style)


def marked(text: str, style: ParagraphStyle = STYLES.body) -> Paragraph:
    """A paragraph of markup that this room wrote itself; what comes from elsewhere in it is `safe` already."""
    return Paragraph(text, style)


FONT = ("FONT", (0, 0), (-1, -1), REGULAR, 7)  # a table's own default would name a font that is not embedded
GRID = TableStyle(
    [
        FONT,
        ("BACKGROUND", (0, 0), (-1, 0), MAIN),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3.5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3.5),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
)


def grid(
    header: list[str], rows: list[list[object]], widths: list[float], style: ParagraphStyle = STYLES.cell
) -> Table:
    """A table whose header repeats on each page; texts become paragraphs that wrap. `widths` are shares of the page."""
    total = sum(widths)
    head = STYLES.tight_header if style is STYLES.tight else STYLES.header
    cells: list[list[object]] = [[para(text, head) for text in header]]
    cells += [[para(cell, style) if isinstance(cell, str) else cell for cell in row] for row in rows]
    return Table(cells, [WIDTH * width / total for width in widths], repeatRows=1, style=GRID)


def tint(color: Color, share: float) -> Color:
    """A lighter form of a colour."""
    return Color(*(1 - (1 - part) * share for part in (color.red, color.green, color.blue)))
