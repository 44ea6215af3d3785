"""Every table of an edition, in the order of the report: what the spreadsheet, the CSV files and the page all hold."""

from __future__ import annotations

from auditor.model import Audit
from auditor.reports.comparison_tables import comparison_tables
from auditor.reports.edition import PLAIN, Edition
from auditor.reports.tables import Table, tables
from auditor.texts import Texts


def sheets(audit: Audit, texts: Texts, edition: Edition = PLAIN) -> tuple[Table, ...]:
    """The tables of an audit and, where an earlier one is given, what changed since."""
    found = tables(audit, texts)
    if edition.earlier is None:
        return found
    return (*found, *comparison_tables(edition.earlier.audit, audit, edition.earlier.comparison, texts))
