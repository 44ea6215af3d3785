"""The PDF: the sections on their pages, with running header, page numbers, bookmarks and embedded fonts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepInFrame, PageTemplate

from auditor.clean import line
from auditor.declared.brand import ACCENT, MAIN, Brand, said
from auditor.model import Audit
from auditor.reports import sections
from auditor.reports.contents import Contents, number_pages
from auditor.reports.edition import PLAIN, Edition
from auditor.reports.palette import Words, palette, turned
from auditor.reports.phrases import audit_day
from auditor.reports.styles import ACCENT as HOUSE_ACCENT
from auditor.reports.styles import MARGIN, PAGE, REGULAR, SOFT, WIDE, WIDTH, Title, register
from auditor.reports.tagged import Marks, artifact, write_tree
from auditor.texts import Texts

HEIGHT = PAGE[1] - 2 * MARGIN


def write_pdf(audit: Audit, texts: Texts, path: Path, edition: Edition = PLAIN) -> None:
    """Write the report of an audit in one language; the same audit gives the same bytes."""
    register()
    document = BaseDocTemplate(
        str(path),
        pagesize=PAGE,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=texts("Remote work readiness: {site}", site=line(audit.site.name)),
        author=edition.brand.name or "Auditor",
        subject=line(audit.site.client),
        lang="fr-FR" if texts.language == "fr" else "en-GB",
        invariant=1,
        initialFontName=REGULAR,
    )
    document.addPageTemplates([_template("tall", PAGE), _template("wide", WIDE)])
    document.build(story(audit, texts, edition), canvasmaker=_maker(audit, texts, edition.brand))


def _template(name: str, size: tuple[float, float]) -> PageTemplate:
    width, height = size
    frame = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN, 0, 0, 0, 0)
    return PageTemplate(name, [frame], pagesize=size)


def story(audit: Audit, texts: Texts, edition: Edition = PLAIN) -> list[Flowable]:
    """All sections in their order; the summary is held on exactly one page."""
    first, *rest = sections.SECTIONS
    found: list[Flowable] = [KeepInFrame(WIDTH, HEIGHT - 1, first(audit, texts, edition), mode="shrink")]
    for section in rest:
        found += section(audit, texts, edition)
    titles = [part for part in found if isinstance(part, Title)]
    for part in found:
        if isinstance(part, Contents):
            part.titles = titles
    return found


def _maker(audit: Audit, texts: Texts, brand: Brand) -> Any:
    """A canvas that knows the number of pages before it writes the first one."""

    left = f"{line(audit.site.client)[:50]} · {line(audit.site.name)[:50]}"
    day = texts.date(audit_day(audit))
    secret = said(brand.confidentiality, texts.language)[:60] or texts("Confidential")
    colours = palette(brand) if brand.main != MAIN or brand.accent != ACCENT else {}

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **(kwargs | {"initialFontName": REGULAR}))
            self.kept: list[dict[str, Any]] = []
            self.marks = Marks()
            self.places: dict[str, int] = {}
            self.wanted: list[Any] = []
            self.saving = -1
            self.palette = colours

        def setFillColor(self, aColor: Any, alpha: Any = None) -> None:
            super().setFillColor(turned(self.palette, aColor), alpha)

        def setStrokeColor(self, aColor: Any, alpha: Any = None) -> None:
            super().setStrokeColor(turned(self.palette, aColor), alpha)

        def beginText(self, x: float = 0, y: float = 0, direction: Any = None) -> Words:
            found = Words(self, x, y, direction)
            found.palette = self.palette
            return found

        def page_at(self) -> int:
            """The page that is being drawn, from 0: the next one, or the one that is written again at the end."""
            return len(self.kept) if self.saving < 0 else self.saving

        def showPage(self) -> None:
            self.kept.append(dict(self.__dict__))
            self._doc.pageCounter += 1  # type: ignore[attr-defined]  # bookmarks name the page that is being drawn
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            self._doc.pageCounter = 1  # type: ignore[attr-defined]
            for number, page in enumerate(self.kept, 1):
                self.__dict__.update(page)
                self.saving = number - 1
                number_pages(self, self.saving)
                with artifact(self):
                    self._running(number, len(self.kept))
                super().showPage()
            write_tree(self, self.marks)
            super().save()

        def _running(self, number: int, pages: int) -> None:
            """Header with client, site and confidentiality, footer with date and page, inside the margins."""
            width, height = self._pagesize  # type: ignore[attr-defined]
            right = width - MARGIN
            self.setFont(REGULAR, 7)
            self.setFillColor(SOFT)
            self.setLineWidth(0.6)
            self.drawString(MARGIN, height - MARGIN + 14, left)
            self.drawRightString(right, height - MARGIN + 14, secret)
            self.setStrokeColor(HOUSE_ACCENT)
            self.line(MARGIN, height - MARGIN + 9, right, height - MARGIN + 9)
            self.drawString(MARGIN, MARGIN - 20, day)
            self.drawCentredString(width / 2, MARGIN - 20, brand.name[:80])
            page = texts("page {number} of {pages}", number=number, pages=pages)
            self.drawRightString(right, MARGIN - 20, page)

    return Numbered
