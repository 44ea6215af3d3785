"""The PDF: the sections on their pages, with running header, page numbers, bookmarks and embedded fonts."""

from __future__ import annotations

from pathlib import Path

from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepInFrame, PageTemplate

from auditor.clean import line
from auditor.declared.brand import Brand, said
from auditor.model import Audit
from auditor.reports import sections
from auditor.reports.contents import Contents
from auditor.reports.edition import PLAIN, Edition
from auditor.reports.palette import of_brand
from auditor.reports.paper import Running, numbered
from auditor.reports.phrases import audit_day
from auditor.reports.styles import MARGIN, PAGE, REGULAR, WIDE, WIDTH, Title, register
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
    document.build(story(audit, texts, edition), canvasmaker=numbered(_running(audit, texts, edition.brand)))


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


def _running(audit: Audit, texts: Texts, brand: Brand) -> Running:
    """Client, site and confidentiality above; date, consultant and page below."""
    return Running(
        left=f"{line(audit.site.client)[:50]} · {line(audit.site.name)[:50]}",
        right=said(brand.confidentiality, texts.language)[:60] or texts("Confidential"),
        foot=texts.date(audit_day(audit)),
        middle=brand.name[:80],
        page=lambda number, pages: texts("page {number} of {pages}", number=number, pages=pages),
        palette=of_brand(brand),
    )
