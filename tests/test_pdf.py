"""The PDF: one page for the board, every figure of the audit, both languages, nothing cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pdfplumber
import pytest
from pypdf import PdfReader

from auditor.model import Audit, Message
from auditor.reports.pdf import write_pdf
from auditor.reports.styles import MARGIN, PAGE
from auditor.wording import texts
from tests.worked_audit import perfect_audit, unknown_audit, worked_audit

LANGUAGES = ("en", "fr")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@cache
def written(folder: Path, language: str) -> Path:
    path = folder / f"worked.{language}.pdf"
    write_pdf(worked_audit(), texts(language), path)
    return path


def words(path: Path) -> Iterator[str]:
    """The text of each page on one line, narrow spaces as ordinary ones."""
    return (" ".join(page.extract_text().replace("\u202f", " ").split()) for page in PdfReader(path).pages)


def test_the_summary_is_one_page_with_the_headline(folder: Path) -> None:
    """Page one says 15 of 110, what binds and the three scenarios; page two is the next message."""
    first, second, *_ = words(written(folder, "en"))
    assert "15 of the 110 eligible people (headcount 120)" in first
    assert "range 13 to 19" in first
    assert "Internet access, download stops us at 15 people" in first
    assert "Decisions to take now" in first
    assert "within 90 days: 110" in first
    assert "binds first" in second


def test_the_french_report_is_french(folder: Path) -> None:
    """The same audit, in French, with its typography and dates."""
    first, *rest = words(written(folder, "fr"))
    assert "15 des 110 personnes éligibles (effectif : 120)" in first
    assert "24/11/2026" in first
    assert "Décisions à prendre maintenant" in first
    whole = " ".join([first, *rest])
    for english in ("Decisions", "people needed", "owner", "To do", "Source:", "not measured", "passed"):
        assert english not in whole, english


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_of_the_plan_is_in_the_table(folder: Path, language: str) -> None:
    """Each action with its check, its people after and its dates."""
    audit, say = worked_audit(), texts(language)
    whole = " ".join(words(written(folder, language)))
    for action in audit.plan:
        assert " ".join(say.say(action.action).replace("\u202f", " ").split())[:18] in whole
        assert action.closes[0] in whole
        assert "".join(say.date(action.done_by).split()) in "".join(whole.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_fonts_are_embedded_and_the_language_is_said(folder: Path, language: str) -> None:
    """No reader depends on the fonts of the machine it is opened on."""
    reader = PdfReader(written(folder, language))
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            assert "DejaVu" in font.get_object()["/BaseFont"]
            assert "/FontFile2" in font.get_object()["/FontDescriptor"]
    assert reader.trailer["/Root"]["/Lang"].startswith(language)  # type: ignore[index]
    assert len(reader.outline) >= 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_leaves_the_margins(folder: Path, language: str) -> None:
    """No word is cut at the edge of a page."""
    with pdfplumber.open(written(folder, language)) as document:
        for page in document.pages:
            for word in page.extract_words():
                assert word["x0"] >= MARGIN - 1, word
                assert word["x1"] <= PAGE[0] - MARGIN + 1, word


def test_the_same_audit_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing in the report comes from the clock of the machine."""
    one, two = tmp_path / "1.pdf", tmp_path / "2.pdf"
    for path in (one, two):
        write_pdf(worked_audit(), texts("en"), path)
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("audit", [unknown_audit(), perfect_audit()], ids=["unknown", "perfect"])
def test_a_dark_and_a_perfect_site_have_a_report(tmp_path: Path, audit: Audit, language: str) -> None:
    """Unknown is said, never 0; nothing to do is said too."""
    path = tmp_path / "report.pdf"
    write_pdf(audit, texts(language), path)
    first = next(words(path))
    if isinstance(audit.headline.seats, int):
        assert str(audit.headline.seats) in first
    else:
        assert {"en": "not known", "fr": "non connu"}[language] in first


def test_hostile_text_is_printed_as_text(tmp_path: Path) -> None:
    """Markup, escapes and entities of a device's name are letters, and break nothing."""
    audit = worked_audit()
    nasty = "<b>&amp;\x1b[31m</para><font size=90>"
    device = replace(audit.devices[0], name=nasty, problems=(Message("unreachable", {"target": nasty}),))
    site = replace(audit.site, client=nasty, name="A & <B>")
    path = tmp_path / "nasty.pdf"
    write_pdf(replace(audit, devices=(device,), site=site), texts("en"), path)
    whole = " ".join(words(path))
    assert "<b>&amp;" in whole
    assert "\x1b" not in whole


def test_a_large_site_is_written(tmp_path: Path) -> None:
    """Hundreds of devices and findings make more pages, not an error."""
    audit = worked_audit()
    many = tuple(replace(audit.devices[0], name=f"device-{n}") for n in range(200))
    path = tmp_path / "large.pdf"
    write_pdf(replace(audit, devices=many, findings=audit.findings * 8), texts("fr"), path)
    assert "device-199" in " ".join(words(path))
