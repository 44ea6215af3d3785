"""The spreadsheet: the tables of the report on sheets with filters, dates as dates, and no formula at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from auditor.clean import line
from auditor.model import Audit
from auditor.reports.edition import PLAIN, Edition
from auditor.reports.phrases import local
from auditor.reports.sheets import sheets
from auditor.reports.tables import Cell, Table
from auditor.texts import Texts

WIDEST, NARROWEST, LONGEST_NAME = 60, 6, 31
HEADER: Final = {"bold": True, "font_color": "#FFFFFF", "text_wrap": True, "valign": "top"}


def write_workbook(audit: Audit, texts: Texts, path: Path, edition: Edition = PLAIN) -> None:
    """Write one sheet for each table; the same audit gives the same bytes."""
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties(
        {
            "title": texts("Remote work readiness: {site}", site=line(audit.site.name)[:200]),
            "subject": line(audit.site.client)[:200],
            "author": edition.brand.name or "Auditor",
            "created": local(audit, audit.at).replace(tzinfo=None, microsecond=0),
        }
    )
    formats = {
        "header": book.add_format(HEADER | {"bg_color": edition.brand.main}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "whole": book.add_format({"valign": "top", "num_format": "#,##0"}),
        "part": book.add_format({"valign": "top", "num_format": "#,##0.0"}),
        "day": book.add_format(
            {"valign": "top", "num_format": "dd/mm/yyyy" if texts.language == "fr" else "yyyy-mm-dd"}
        ),
    }
    for table in sheets(audit, texts, edition):
        _sheet(book.add_worksheet(table.name[:LONGEST_NAME]), table, formats)
    book.close()


def _sheet(sheet: Any, table: Table, formats: dict[str, Any]) -> None:
    """One table: header that stays in sight and repeats on paper, a filter over all of its rows."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 2 if len(table.header) > 6 else 0)
    sheet.set_footer("&L&A&R&P / &N")
    for column, name in enumerate(table.header):
        sheet.write_string(0, column, name, formats["header"])
        sheet.set_column(column, column, _width(name, [row[column] for row in table.rows]))
    for number, row in enumerate(table.rows, 1):
        for column, cell in enumerate(row):
            _write(sheet, number, column, cell, formats)
    sheet.autofilter(0, 0, len(table.rows), len(table.header) - 1)


def _write(sheet: Any, row: int, column: int, cell: Cell, formats: dict[str, Any]) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell, formats["text"])  # a text that begins with = stays a text
    elif isinstance(cell, dt.date):
        sheet.write_datetime(row, column, dt.datetime(cell.year, cell.month, cell.day), formats["day"])  # noqa: DTZ001
    else:
        sheet.write_number(row, column, float(cell), formats["part" if isinstance(cell, Fraction) else "whole"])


def _width(name: str, cells: Sequence[Cell]) -> float:
    """Wide enough for the words, within what a screen shows."""
    longest = max((len(cell) if isinstance(cell, str) else 11 for cell in cells), default=0)
    return min(WIDEST, max(NARROWEST, longest + 2, min(len(name) + 3, 16)))
