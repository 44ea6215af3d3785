"""The report of a repeat audit: before and after in all five forms, from one comparison."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from pypdf import PdfReader

from auditor import desk
from auditor.compare import CompareError
from auditor.model import Audit, Outcome, Severity
from auditor.reports.comparison_pages import signed
from auditor.reports.edition import Edition, Point
from auditor.reports.pdf import write_pdf
from auditor.values import ABSENT
from auditor.wording import texts
from tests.paper import fits
from tests.test_forms import Page, of_csv, of_workbook
from tests.test_pdf import pages
from tests.test_words import french, marked
from tests.worked_audit import perfect_audit, worked_audit

LATER = dt.datetime(2027, 2, 24, 14, 2, tzinfo=dt.UTC)
COURSE = (
    Point(dt.datetime(2026, 8, 24, tzinfo=dt.UTC), 12, 110, 31),
    Point(dt.datetime(2026, 11, 24, tzinfo=dt.UTC), 15, 110, ABSENT),
    Point(LATER, 110, 110, 88),
)


@cache
def pair() -> tuple[Audit, Audit]:
    """The worked site, and three months later one where all is well and one check got worse."""
    before, after = worked_audit(), replace(perfect_audit(), id="later", at=LATER)
    first = next(f for f in after.findings if f.outcome is Outcome.PASS)
    was = next((f for f in before.findings if f.id == first.id), first)
    worse = replace(first, outcome=Outcome.FAIL, severity=Severity.HIGH)
    old = (replace(was, outcome=Outcome.PASS), *(f for f in before.findings if f.id != first.id))
    return replace(before, findings=old), replace(after, findings=(worse, *after.findings[1:]))


@cache
def edition() -> Edition:
    before, after = pair()
    return desk.compared(before, after, COURSE)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("compared")

    @cache
    def write(language: str) -> Path:
        path = folder / f"{language}.pdf"
        write_pdf(pair()[1], texts(language), path, edition())
        return path

    return write


def test_page_one_and_its_section_say_what_the_time_between_brought(written: Callable[[str], Path]) -> None:
    """Both headlines, the four parts of the move, each check that changed, and what was promised."""
    found = pages(written("en"))
    assert "From 15 to 110 people since 24 Nov 2026" in found[0]
    section = next(page for page in found[2:] if "From 15 to 110 people since 24 Nov 2026" in page)
    assert "15/110 people on 24 Nov 2026" in section
    assert "110/110 people on 24 Feb 2027" in section
    for words in ("Why the score moved", "what was fixed or got worse", "What each resource carried, and carries"):
        assert words in section, words
    assert "of 16 done" in " ".join(found)
    assert "people: 12 on 24 Aug 2026, 110 on 24 Feb 2027" in section
    assert "got worse" in " ".join(found)


def test_the_french_section_is_french(written: Callable[[str], Path]) -> None:
    found = pages(written("fr"))
    assert "De 15 à 110 personnes depuis le 24/11/2026" in found[0]
    assert "Pourquoi la note a évolué" in " ".join(found)


@pytest.mark.slow
def test_a_comparison_fits_and_speaks_one_language(written: Callable[[str], Path]) -> None:
    """Nothing leaves its frame, and no sentence of ours is of the other language."""
    fits(written("fr"))
    known = french()
    sentences = [text for text in marked() if len(text) > 18 and "{" not in text and known[text] != text]
    english, other = (" ".join(pages(written(language))) for language in ("en", "fr"))
    assert sum(text in english for text in sentences) > 20
    assert not [text for text in sentences if text in other]


def test_every_form_holds_the_comparison(tmp_path: Path) -> None:
    """The same changes by the same ids in JSON, CSV, page and workbook."""
    after = pair()[1]
    files = desk.write_report(after, ("json", "html", "csv", "xlsx"), tmp_path, "en", edition())
    by = {path.suffix: path for path in files}
    told = json.loads(by[".json"].read_text())["comparison"]
    assert told["schema"] == "auditor/compare/1"
    wanted = [row["id"] for row in told["changes"]]
    page = Page(by[".html"].read_text()).found
    table = next(path for path in files if path.name.endswith("changes.csv"))
    assert wanted == [row[0] for row in page["changes"][1:]]
    assert wanted == [row[0] for row in of_csv(table.read_text(encoding="utf-8"), "en")[1:]]
    assert wanted == [row[0] for row in of_workbook(by[".xlsx"])["Changes"][1:]]
    assert "got worse" in {row[2] for row in page["changes"]}
    assert ["People who can work remotely at the same time", "15", "110"] in page["before-after"]


def test_a_report_without_an_earlier_audit_holds_no_comparison(tmp_path: Path) -> None:
    (path,) = desk.write_report(worked_audit(), ("json",), tmp_path, "en")
    assert "comparison" not in json.loads(path.read_text())
    (path,) = desk.write_report(worked_audit(), ("html",), tmp_path, "en")
    assert "before-after" not in path.read_text()


def test_two_sites_make_no_comparison() -> None:
    """A client's figures never stand beside another's."""
    one, other = pair()
    with pytest.raises(CompareError):
        desk.compared(replace(one, site=replace(one.site, client="Autre SARL")), other)


@pytest.mark.slow
def test_audit_files_are_compared_without_a_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two audit JSON files are enough; the section then shows no course."""
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path / "home"))
    names = []
    for number, one in enumerate(pair()):
        (path,) = desk.write_report(one, ("json",), tmp_path / str(number), "en")
        names.append(str(path))
    paths = desk.report_compared(names[0], names[1], ("pdf",), tmp_path / "out", "", "en")
    found = " ".join(" ".join(page.extract_text() for page in PdfReader(paths[0]).pages).split())
    assert "From 15 to 110 people since 24 Nov 2026" in found
    assert "The course over" not in found


@pytest.mark.parametrize(("value", "words"), [("1/20", "+0.1"), ("1/30", "0.0"), ("0", "0.0"), ("-7/2", "-3.5")])
def test_a_move_carries_its_sign(value: str, words: str) -> None:
    assert signed(Fraction(value), texts("en")) == words
