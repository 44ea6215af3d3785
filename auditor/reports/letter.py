"""The letter to the operator: two pages that say what to order, by when, and what the offer must confirm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepInFrame, PageBreak, PageTemplate, Spacer

from auditor.actions import Action
from auditor.clean import line
from auditor.declared.brand import UNBRANDED, Brand
from auditor.model import Audit
from auditor.reports import phrases
from auditor.reports.palette import of_brand
from auditor.reports.paper import Running, numbered
from auditor.reports.styles import MARGIN, PAGE, REGULAR, STYLES, WIDTH, Cell, bullets, cell, grid, para, register
from auditor.site import Link
from auditor.texts import Texts
from auditor.values import Absent

OPERATOR: Final = "operator"
MOST_ORDERS, MOST_LINKS, HEIGHT = 14, 12, PAGE[1] - 2 * MARGIN
LINE: Final = ParagraphStyle("letter_line", parent=STYLES.cell, fontSize=9, leading=12.4)
BODY: Final = ParagraphStyle("letter", parent=STYLES.body, fontSize=10, leading=14.5, spaceAfter=7)


def orders(audit: Audit) -> Sequence[Action]:
    """What is asked of the operator and not done yet, in the order of the plan."""
    return [action for action in audit.plan if action.owner == OPERATOR and action.status != "done"]


def write_letter(audit: Audit, texts: Texts, path: Path, brand: Brand = UNBRANDED) -> None:
    """Write the letter in one language, on two A4 pages; the same audit gives the same bytes."""
    register()
    document = BaseDocTemplate(
        str(path),
        pagesize=PAGE,
        title=texts("What to order from the operator: {site}", site=line(audit.site.name)[:80]),
        author=brand.name or "Auditor",
        subject=line(audit.site.client)[:80],
        lang="fr-FR" if texts.language == "fr" else "en-GB",
        invariant=1,
        initialFontName=REGULAR,
    )
    frame = Frame(MARGIN, MARGIN, WIDTH, HEIGHT, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("letter", [frame])])
    story: list[Flowable] = [
        KeepInFrame(WIDTH, HEIGHT - 1, list(_letter(audit, texts)), mode="shrink"),
        PageBreak(),
        KeepInFrame(WIDTH, HEIGHT - 1, list(_annex(audit, texts)), mode="shrink"),
    ]
    running = Running(
        left=f"{line(audit.site.client)[:50]} · {line(audit.site.name)[:50]}",
        foot=texts.date(phrases.audit_day(audit)),
        middle=brand.name[:80],
        page=lambda number, pages: texts("page {number} of {pages}", number=number, pages=pages),
        palette=of_brand(brand),
    )
    document.build(story, canvasmaker=numbered(running))


def _letter(audit: Audit, texts: Texts) -> Iterator[Flowable]:
    """Page one: who writes, why, and what is ordered by when."""
    found = orders(audit)
    yield para(texts("To the operator of our internet access and our telephone lines"), STYLES.head)
    yield Spacer(0, 6)
    yield para(
        texts.plural(
            "{count} order for the site {site}", "{count} orders for the site {site}", len(found),
            site=line(audit.site.name)[:80],
        ),
        STYLES.title,
    )  # fmt: skip
    for words in _why(audit, texts):
        yield para(words, BODY)
    yield grid(
        ["", texts("order"), texts("order by"), texts("in service by"), texts("usual lead time")],
        [_order(number, action, texts) for number, action in enumerate(found[:MOST_ORDERS], 1)],
        [5, 50, 15, 15, 15],
    )
    if len(found) > MOST_ORDERS:
        yield para(texts("{more} more", more=len(found) - MOST_ORDERS), STYLES.small)
    yield Spacer(0, 8)
    yield para(
        texts(
            "Please send us, for each line of this table, a dated offer that confirms the points of the next page, and"
            " tell us at once which of them cannot be held."
        ),
        BODY,
    )
    yield para(texts("Name, function and signature:"), BODY)


def _why(audit: Audit, texts: Texts) -> Iterator[str]:
    """The need in figures: how many people, what the access carries, what is committed today."""
    head = audit.headline
    yield texts(
        "{client} prepares for its people to work from home: {required} of them at the same time. An audit of"
        " {day:date} measured what limits it.",
        client=line(audit.site.client)[:80],
        required=head.required,
        day=phrases.audit_day(audit),
    )
    if isinstance(head.seats, int) and head.seats < head.required:
        yield texts("{message}.", message=phrases.stops(audit, texts))


def _order(number: int, action: Action, texts: Texts) -> list[Cell]:
    told = (
        str(number),
        texts.say(action.action),
        phrases.day(texts, action.start_by),
        phrases.day(texts, action.done_by),
        phrases.span(action.lead_days, texts),
    )
    return [cell(text, LINE) for text in told]


def _annex(audit: Audit, texts: Texts) -> Iterator[Flowable]:
    """Page two: what is in place today, and what each offer must confirm."""
    links = audit.site.links
    yield para(texts("What is in place today"), STYLES.title)
    if links:
        header = [texts("access"), texts("use"), texts("kind of access"), texts("committed, download"),
                  texts("committed, upload"), texts("repair time")]  # fmt: skip
        yield grid(header, [_link(link, texts) for link in links[:MOST_LINKS]], [22, 12, 14, 18, 18, 16])
        if len(links) > MOST_LINKS:
            yield para(texts("{more} more", more=len(links) - MOST_LINKS), STYLES.small)
    else:
        yield para(texts("No access is described."), BODY)
    yield Spacer(0, 10)
    yield para(texts("What each offer must confirm"), STYLES.head)
    yield from bullets(_points(texts), BODY)


def _link(link: Link, texts: Texts) -> list[Cell]:
    def rate(bps: int | Absent) -> str:
        return texts("not known") if isinstance(bps, Absent) else texts.rate(bps)

    repair = (
        texts("not known") if isinstance(link.repair_hours, Absent) else texts("{hours} h", hours=link.repair_hours)
    )
    told = (
        link.name,
        texts("active") if link.use == "active" else texts("backup"),
        link.medium.upper() or texts("not known"),
        rate(link.committed_down_bps),
        rate(link.committed_up_bps),
        repair,
    )
    return [cell(text, LINE) for text in told]


def _points(texts: Texts) -> list[str]:
    return [
        texts("The committed rate in each direction, not the peak rate, and how it is measured."),
        texts("The date of delivery, with its penalty; whether civil works are needed, and who has checked it."),
        texts("Whether the rate of the present access can be changed without works, and within how many days."),
        texts("The repair time, day and night, with its penalty; the number to call and the contract's reference."),
        texts("A second access: another path into the building, another exchange, and not the same radio mast."),
        texts("A temporary access (4G or 5G, bonded where possible) until the delivery, and its price."),
        texts("Telephone: how many calls at the same time, forwarding to mobiles with the caller's number shown, and"
              " where emergency calls from home are sent."),
        texts("Fixed public addresses kept or changed, and the date of the change."),
        texts("Prices once and each month, the length of the contract, and the way out of it."),
    ]  # fmt: skip
