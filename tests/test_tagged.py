"""What a reader who does not see the page, or not all of its colours, is told of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from pypdf import PdfReader
from reportlab.lib.colors import Color, HexColor, white

from auditor.declared.brand import Brand
from auditor.model import Outcome
from auditor.reports.eyes import LEAST, apart
from auditor.reports.palette import palette, turned
from auditor.reports.pdf import write_pdf
from auditor.reports.styles import ALERT, INK, MAIN, PALE, SOFT
from auditor.wording import texts
from tests.worked_audit import worked_audit


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tagged") / "report.pdf"
    write_pdf(worked_audit(), texts("en"), path)
    return path


@pytest.fixture(scope="module")
def tree(report: Path) -> dict[str, Any]:
    with pdfplumber.open(report) as document:
        (root,) = document.structure_tree
    return dict(root)


def elements(element: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    if element["type"] == kind:
        yield element
    for child in element.get("children", ()):
        yield from elements(child, kind)


# ---- the structure ----


def test_the_document_says_that_it_is_tagged_and_in_which_language(report: Path) -> None:
    """Marked, with a language, a title that the window shows, and tabs in the order of the structure."""
    root: Any = PdfReader(report).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF boolean is its own type
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert all(str(page["/Tabs"]) == "/S" for page in PdfReader(report).pages)


def test_each_page_title_is_a_heading_and_each_chart_has_words(tree: dict[str, Any], report: Path) -> None:
    """As many first headings as bookmarks; no figure without an alternative text that tells its figures."""
    assert len(list(elements(tree, "H1"))) == len(PdfReader(report).outline)
    figures = [figure["alt_text"] for figure in elements(tree, "Figure")]
    assert len(figures) >= 5
    assert "Internet access, download 15" in figures[0]
    assert any("15, 29, 50, 51, 62, 90, 100, 110" in words for words in figures)


def test_a_table_has_its_header_once_and_every_row_its_cells(tree: dict[str, Any]) -> None:
    """A header repeated on the next page is no row of the table; every finding is a row of the last one."""
    found = list(elements(tree, "Table"))
    assert len(found) >= 10
    for table in found:
        first, *rows = table["children"]
        assert {cell["type"] for cell in first["children"]} == {"TH"}
        assert {len(row["children"]) for row in rows} == {len(first["children"])}, "an empty cell is a cell"
        assert all({cell["type"] for cell in row["children"]} == {"TD"} for row in rows)
        assert rows
    assert len(worked_audit().findings) + 1 in {len(table["children"]) for table in found[-3:]}


def test_every_letter_is_read_or_an_artifact(report: Path) -> None:
    """Nothing on a page stands outside the structure, but the running header and repeated table headers."""
    with pdfplumber.open(report) as document:
        for page in document.pages:
            tags = Counter(char["tag"] for char in page.chars)
            assert None not in tags, (page.page_number, tags)
            running = [char for char in page.chars if char["top"] < 40 or char["bottom"] > page.height - 40]
            assert {char["tag"] for char in running} == {"Artifact"}


def test_every_finding_that_failed_is_in_the_structure(tree: dict[str, Any], report: Path) -> None:
    """As many paragraphs as it takes: each failure has its block, none is drawn outside of the tree."""
    failed = sum(1 for finding in worked_audit().findings if finding.outcome in (Outcome.FAIL, Outcome.WARN))
    assert len(list(elements(tree, "P"))) > 3 * failed


# ---- colours ----


def luminance(color: Color) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
             for part in (color.red, color.green, color.blue)]  # fmt: skip
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (INK, white),
        (SOFT, white),
        (MAIN, white),
        (ALERT, white),
        (INK, PALE),
        (SOFT, PALE),
        (MAIN, PALE),
        (white, MAIN),
    ],
)
def test_text_stands_out_from_its_ground(text: Color, ground: Color) -> None:
    """At least 4.5 to 1 wherever there is text (WCAG 2.2, 1.4.3)."""
    assert contrast(text, ground) >= 4.5


def test_the_colours_of_the_charts_are_told_apart() -> None:
    """Bars that bind, other bars, what is done and paper differ for every eye (CIE76, 10 and more)."""
    for one, other in combinations((MAIN, ALERT, SOFT, white), 2):
        assert apart(one, other) >= LEAST, (one, other)
    assert apart(ALERT, HexColor("#a4262d")) < 1


@pytest.mark.parametrize(
    "main", ["#1f4e79", "#a4262c", "#8b1a1a", "#5c4a00", "#1c2733", "#000000", "#6b0f1a", "#2b5c2b"]
)
def test_a_brand_never_hides_what_fails(main: str) -> None:
    """A red brand takes the red of what fails away from nobody: another colour stands for it."""
    found = palette(Brand(main=main))
    alert = turned(found, ALERT)
    assert apart(HexColor(main), alert) >= LEAST
    assert apart(alert, white) >= LEAST
    assert contrast(alert, white) >= 4.5
