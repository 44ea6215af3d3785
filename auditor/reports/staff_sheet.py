"""The staff sheet: one page for the people who work from home, on how to get the best out of their line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from reportlab.graphics.shapes import Circle, Drawing, Line, String
from reportlab.lib.colors import white
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer, Table, TableStyle

from auditor.clean import line
from auditor.declared.brand import UNBRANDED, Brand
from auditor.reports.palette import of_brand
from auditor.reports.paper import Running, numbered
from auditor.reports.styles import (
    BOLD,
    FONT,
    MAIN,
    MARGIN,
    PAGE,
    REGULAR,
    SOFT,
    STYLES,
    WIDTH,
    bullets,
    cards,
    grid,
    para,
    register,
)
from auditor.seats.homes import PASS, WARN
from auditor.texts import Texts

ADVICE: Final = ParagraphStyle("advice", parent=STYLES.body, fontSize=10.6, leading=14.6)
ADVICE_HEAD: Final = ParagraphStyle(
    "advice_head", parent=ADVICE, fontName=BOLD, fontSize=12, leading=16, textColor=MAIN, spaceAfter=2
)
HEAD: Final = ParagraphStyle("sheet_head", parent=ADVICE_HEAD, spaceBefore=6, spaceAfter=4)
CELL: Final = ParagraphStyle("sheet_cell", parent=ADVICE, fontSize=9.4, leading=12.6)
LEAD: Final = ParagraphStyle("lead", parent=STYLES.body, fontSize=11.5, leading=15.5, spaceAfter=9)
NAME_LENGTH: Final = 60


def write_staff_sheet(texts: Texts, path: Path, company: str = "", brand: Brand = UNBRANDED) -> None:
    """Write the sheet in one language on one A4 page; the same company gives the same bytes."""
    register()
    document = BaseDocTemplate(
        str(path),
        pagesize=PAGE,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=texts("Working from home: get the best out of your line"),
        author=line(company)[:NAME_LENGTH] or "Auditor",
        subject=texts("Advice to staff"),
        lang="fr-FR" if texts.language == "fr" else "en-GB",
        invariant=1,
        initialFontName=REGULAR,
    )
    frame = Frame(MARGIN, MARGIN, WIDTH, PAGE[1] - 2 * MARGIN, 0, 0, 0, 0)

    document.addPageTemplates([PageTemplate("sheet", [frame])])
    running = Running(  # the company above the page, where the advice comes from below it
        left=line(company)[:NAME_LENGTH],
        right=texts("For everyone who works from home"),
        foot=texts("Advice 1 to 6 after Arcep, the French telecommunications regulator, March 2020."),
        page=lambda number, pages: "",
        palette=of_brand(brand),
    )
    document.build(sheet(texts), canvasmaker=numbered(running))


def sheet(texts: Texts) -> list[Flowable]:
    """What stands on the page: six pieces of advice, what came since, what a line carries, and whom to call."""
    return [
        para(texts("Working from home: get the best out of your line"), STYLES.title),
        para(texts("A slow connection can often be improved at home, at no cost. Try this first:"), LEAD),
        _cards(_advice(texts)),
        Spacer(0, 4 * mm),
        para(texts("Newer equipment helps further"), HEAD),
        *bullets(_since(texts), ADVICE),
        Spacer(0, 2 * mm),
        para(texts("What your line carries"), HEAD),
        para(_how_to_test(texts), ADVICE),
        Spacer(0, 1.5 * mm),
        _classes(texts),
        Spacer(0, 4 * mm),
        _help(texts),
    ]


def _advice(texts: Texts) -> list[tuple[str, str]]:
    return [
        (
            texts("Place the box well"),
            texts("In the middle of the home, in the open and high up, two metres from other radio devices."),
        ),
        (
            texts("Choose the 5 GHz Wi-Fi"),
            texts("Near the box it is faster than 2.4 GHz, above all with a computer that has Wi-Fi 5 or 6."),
        ),
        (
            texts("Plug the computer in"),
            texts("A network cable to the box beats any Wi-Fi. Over a weak Wi-Fi, the company's VPN is slow."),
        ),
        (
            texts("Take turns"),
            texts("No films or games while somebody is in a video meeting; large downloads wait for the night."),
        ),
        (
            texts("Keep a share for work"),
            texts("On fibre, give the work computer its own Wi-Fi network or its share of the rate, if the box can."),
        ),
        (
            texts("Keep the mobile in reserve"),
            texts("If the fixed line stays too weak, share the 4G or 5G connection of your mobile phone."),
        ),
    ]


def _since(texts: Texts) -> list[str]:
    return [
        texts("Wi-Fi 6 or 7 with the 6 GHz band, when the computer is in the same room as the box."),
        texts("A Wi-Fi repeater (mesh) for distant rooms, joined to the box by a cable where possible."),
        texts("A 4G/5G router where the fixed line fails: ask for one."),
        texts("Wi-Fi calling, switched on in the telephone's settings, where mobile coverage is poor."),
    ]


def _how_to_test(texts: Texts) -> str:
    return texts(
        "Run a speed test between 10:00 and 12:00, at the place where you work, with the home as it usually is, and"
        " note the three figures. Your answers to the survey are counted without your name."
    )


def _classes(texts: Texts) -> Flowable:
    """The three classes of home line, with what each one carries."""
    header = [
        texts("Your line"),
        texts("download"),
        texts("upload"),
        texts("round trip (ping)"),
        texts("what works"),
    ]
    rows = [
        [texts("Good"), *_limits(texts, PASS), texts("Everything, video meetings with the camera on included.")],
        [texts("Fair"), *_limits(texts, WARN), texts("Calls, virtual desktop, meetings with the camera off.")],
        [
            texts("Poor"),
            texts("under {rate:rate}", rate=WARN[0]),
            texts("under {rate:rate}", rate=WARN[1]),
            texts("over {time} ms", time=WARN[2]),
            texts("One such figure is enough: tell us, a 4G/5G router can be lent to you."),
        ],
    ]
    return grid(header, [[para(text, CELL) for text in row] for row in rows], [12, 17, 17, 18, 36])


def _limits(texts: Texts, limits: tuple[int, int, int]) -> list[str]:
    """The least download and upload and the most round-trip time of a class."""
    down, up, rtt = limits
    return [
        texts("{rate:rate} or more", rate=down),
        texts("{rate:rate} or more", rate=up),
        texts("{time} ms or less", time=rtt),
    ]


def _help(texts: Texts) -> Flowable:
    """Two boxes: whom to call, with a line to write on, and emergency calls."""
    left: list[Flowable] = [
        para(texts("If it still does not work"), ADVICE_HEAD),
        para(texts("Plug in, pause what else is running, then call the help desk:"), ADVICE),
        Spacer(0, 8 * mm),
        _rule(),
    ]
    right: list[Flowable] = [
        para(texts("Emergencies: 112 from your mobile"), ADVICE_HEAD),
        para(
            texts("A call through the computer or a forwarded line may send help to the address of the office."), ADVICE
        ),
    ]
    return cards([left, right], gap=4 * mm)


def _rule() -> Drawing:
    """A line to write on."""
    drawing = Drawing(WIDTH / 2 - 12 * mm, 2)
    drawing.add(Line(0, 1, WIDTH / 2 - 12 * mm, 1, strokeColor=SOFT, strokeWidth=0.6))
    return drawing


def _number(number: int) -> Drawing:
    """A figure in a disc."""
    size = 8 * mm
    drawing = Drawing(size, size)
    drawing.add(Circle(size / 2, size / 2, size / 2, fillColor=MAIN, strokeColor=None))
    drawing.add(
        String(size / 2, size / 2 - 4, str(number), fontName=BOLD, fontSize=11, fillColor=white, textAnchor="middle")
    )
    return drawing


def _cards(advice: Sequence[tuple[str, str]]) -> Flowable:
    """The pieces of advice two by two, each beside its number."""
    cells: list[list[Any]] = []
    for at in range(0, len(advice), 2):
        row: list[Any] = []
        for number, (head, text) in enumerate(advice[at : at + 2], at + 1):
            row += [_number(number), [para(head, ADVICE_HEAD), para(text, ADVICE)]]
        cells.append(row)
    half, disc = WIDTH / 2, 11 * mm
    style: list[tuple[Any, ...]] = [
        FONT,
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 8),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 9),
    ]
    return Table(cells, [disc, half - disc] * 2, style=TableStyle(style))
