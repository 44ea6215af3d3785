"""The web page: the whole report in one file that asks nothing of any server, for a phone and for paper."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from importlib.resources import files
from typing import Final

from auditor.clean import line
from auditor.declared.brand import Brand, said
from auditor.model import Audit
from auditor.reports import charts, gantt, overlay, phrases
from auditor.reports.edition import PLAIN, Edition
from auditor.reports.palette import of_brand
from auditor.reports.schedule_pages import promise
from auditor.reports.sheets import sheets
from auditor.reports.styles import register
from auditor.reports.svg import svg
from auditor.reports.tables import Cell
from auditor.reports.tagged import Picture
from auditor.texts import Texts

WIDE: Final = 720.0
"""Points of a chart; the page makes it as wide as there is room."""


def web_page(audit: Audit, texts: Texts, edition: Edition = PLAIN) -> str:
    """The report as HTML; every text in it is escaped, and its policy forbids scripts and outside resources."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup  # what `svg` writes is escaped by itself

    source = (files("auditor") / "reports" / "page.html").read_text(encoding="utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(source)
    found = sheets(audit, texts, edition)
    brand, colours = edition.brand, of_brand(edition.brand)
    sentences = [
        phrases.headline(audit, texts),
        phrases.beyond(audit, texts),
        phrases.reached(audit, texts),
        promise(audit, texts),
    ]
    if audit.interrupted:
        sentences.insert(0, texts("This audit was interrupted: it shows what was collected until then."))
    return template.render(
        language=texts.language,
        title=texts("Remote work readiness: {site}", site=line(audit.site.name)),
        site=f"{line(audit.site.client)} · {line(audit.site.name)}",
        day=texts.date(phrases.audit_day(audit)),
        message=phrases.stops(audit, texts),
        figure="".join(phrases.figure(audit, texts)),
        sentences=[sentence for sentence in sentences if sentence],
        brand=brand.name,
        logo=_data(brand),
        logo_name=brand.logo.name if brand.logo else "",
        main=brand.main,
        accent=brand.accent,
        cover=[text for text in (said(brand.cover, texts.language),) if text],
        pictures=[(caption, Markup(svg(picture, colours))) for caption, picture in _pictures(audit, texts, edition)],  # noqa: S704
        contents=texts("Contents"),
        tables=found,
        counts=[texts.plural("{count} row", "{count} rows", len(table.rows)) for table in found],
        show=lambda cell: _shown(cell, texts),
    )


def _pictures(audit: Audit, texts: Texts, edition: Edition) -> Iterator[tuple[str, Picture]]:
    """The charts of the report, each under its heading."""
    register()
    yield texts("What each resource carries, scarcest first"), charts.bars(audit, texts, WIDE)
    if audit.waterfall:
        yield texts("People after each technical step"), charts.steps(audit, texts, WIDE, 150)
    for actions in gantt.pages(audit) if audit.plan else ():
        yield texts("When each action begins and ends"), gantt.chart(audit, actions, texts, WIDE)
    if edition.earlier is not None:
        yield (
            texts("What each resource carried, and carries"),
            overlay.overlay(edition.earlier.audit, audit, texts, WIDE),
        )


def _data(brand: Brand) -> str:
    """The logo inside the page itself; as a picture, an SVG runs nothing."""
    if brand.logo is None:
        return ""
    media = {"png": "image/png", "jpeg": "image/jpeg", "svg": "image/svg+xml"}[brand.logo.kind]
    return f"data:{media};base64,{base64.b64encode(brand.logo.data).decode()}"


def _shown(cell: Cell, texts: Texts) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, dt.date):
        return texts.date(cell)
    return texts.number(cell, 1 if isinstance(cell, Fraction) else 0)
