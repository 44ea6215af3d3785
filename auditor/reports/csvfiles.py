"""The CSV files: one for each table, as a spreadsheet of the reader's language opens them with a double click."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Final

from auditor.model import Audit
from auditor.reports.edition import PLAIN, Edition
from auditor.reports.sheets import sheets
from auditor.reports.tables import Cell
from auditor.texts import Texts

BOM: Final = "\ufeff"
"""Without it a spreadsheet reads the accents of UTF-8 as other letters."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def csv_files(audit: Audit, texts: Texts, edition: Edition = PLAIN) -> dict[str, str]:
    """The text of each file by the id of its table; `;` and a decimal comma in French, as spreadsheets there expect."""
    french = texts.language == "fr"
    found = {}
    for table in sheets(audit, texts, edition):
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter=";" if french else ",")
        writer.writerow([harmless(name) for name in table.header])
        writer.writerows([[_written(cell, french) for cell in row] for row in table.rows])
        found[table.id] = BOM + stream.getvalue()
    return found


def _written(cell: Cell, french: bool) -> str:
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, dt.date):
        return cell.isoformat()
    number = str(cell) if isinstance(cell, int) else f"{float(cell):.1f}"
    return number.replace(".", ",") if french else number


def harmless(text: str) -> str:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA) else text
