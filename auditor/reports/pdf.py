"""The PDF: the sections on their pages, with running header, page numbers, bookmarks and embedded fonts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepInFrame, PageTemplate

from auditor.clean import line
from auditor.model import Audit
from auditor.reports import sections
from auditor.reports.styles import LINE, MARGIN, PAGE, REGULAR, SOFT, WIDTH, register
from auditor.texts import Texts

TOP = BOTTOM = MARGIN
HEIGHT = PAGE[1] - TOP - BOTTOM


def write_pdf(audit: Audit, texts: Texts, path: Path) -> None:
    """Write the report of an audit in one language; the same audit gives the same bytes."""
    register()
    document = BaseDocTemplate(
        str(path),
        pagesize=PAGE,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=TOP,
        bottomMargin=BOTTOM,
        title=texts("Remote work readiness: {site}", site=line(audit.site.name)),
        author="Auditor",
        subject=line(audit.site.client),
        lang="fr-FR" if texts.language == "fr" else "en-GB",
        invariant=1,
        initialFontName=REGULAR,
    )
    frame = Frame(MARGIN, BOTTOM, WIDTH, HEIGHT, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("page", [frame])])
    document.build(story(audit, texts), canvasmaker=_maker(audit, texts))


def story(audit: Audit, texts: Texts) -> list[Flowable]:
    """All sections in their order; the summary is held on exactly one page."""
    first, *rest = sections.SECTIONS
    found: list[Flowable] = [KeepInFrame(WIDTH, HEIGHT - 1, first(audit, texts), mode="shrink")]
    for section in rest:
        found += section(audit, texts)
    return found


def _maker(audit: Audit, texts: Texts) -> Any:
    """A canvas that knows the number of pages before it writes the first one."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **(kwargs | {"initialFontName": REGULAR}))
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            for number, page in enumerate(self._pages, 1):
                self.__dict__.update(page)
                self._running(number, len(self._pages))
                super().showPage()
            super().save()

        def _running(self, number: int, pages: int) -> None:
            self.setFont(REGULAR, 7)
            self.setFillColor(SOFT)
            self.setStrokeColor(LINE)
            left = f"{line(audit.site.client)} · {line(audit.site.name)}"
            self.drawString(MARGIN, PAGE[1] - MARGIN + 14, left[:90])
            self.drawRightString(PAGE[0] - MARGIN, PAGE[1] - MARGIN + 14, texts("Confidential"))
            self.line(MARGIN, PAGE[1] - MARGIN + 9, PAGE[0] - MARGIN, PAGE[1] - MARGIN + 9)
            self.drawString(MARGIN, MARGIN - 20, texts.date(audit.at.date()))
            page = texts("page {number} of {pages}", number=number, pages=pages)
            self.drawRightString(PAGE[0] - MARGIN, MARGIN - 20, page)

    return Numbered
