"""The staff sheet: one page in each language, all of the advice, nothing outside the page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pdfplumber
import pytest
from pypdf import PdfReader

from auditor.reports.staff_sheet import write_staff_sheet
from auditor.reports.styles import MARGIN
from auditor.wording import texts
from tests.test_words import french, marked

COMPANY = "Atelier SA · Atelier Rennes"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sheets")


@cache
def sheet(folder: Path, language: str, company: str = COMPANY) -> Path:
    path = folder / f"{language}.{abs(hash(company))}.pdf"
    write_staff_sheet(texts(language), path, company)
    return path


def words(path: Path) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_sheet_is_one_page_and_nothing_leaves_it(folder: Path, language: str) -> None:
    """Every word stands inside the margins, apart from the running lines above and below."""
    with pdfplumber.open(sheet(folder, language)) as pdf:
        assert len(pdf.pages) == 1
        page = pdf.pages[0]
        found = page.extract_words()
        assert len(found) > 150
        for word in found:
            assert word["x0"] >= MARGIN - 0.5, word["text"]
            assert word["x1"] <= page.width - MARGIN + 0.5, word["text"]
            assert 20 < word["top"] < word["bottom"] < page.height - 20, word["text"]


@pytest.mark.parametrize(
    ("language", "advice"),
    [
        ("en", ("two metres from other radio", "5 GHz", "network cable", "large downloads wait", "On fibre", "4G or 5G",
                "6 GHz band", "mesh", "4G/5G router", "Wi-Fi calling", "8 Mbit/s", "60 ms", "10:00", "112")),
        ("fr", ("deux mètres des autres appareils", "5 GHz", "câble réseau", "gros téléchargements", "En fibre",
                "4G ou 5G", "bande 6 GHz", "mesh", "routeur 4G/5G", "appels Wi-Fi", "8 Mbit/s", "60 ms", "10 h",
                "112")),
    ],
)  # fmt: skip
def test_the_advice_of_the_regulator_and_what_came_since_are_there(
    folder: Path, language: str, advice: tuple[str, ...]
) -> None:
    """Six pieces of advice, newer equipment, the classes of line, and emergency calls."""
    found = words(sheet(folder, language)).replace("\u202f", " ").replace("\u00a0", " ")
    for text in advice:
        assert text in found, text
    assert "Arcep" in found
    assert COMPANY in found


def test_each_sheet_speaks_one_language(folder: Path) -> None:
    """No sentence of ours in the other language."""
    found = {language: words(sheet(folder, language)) for language in ("en", "fr")}
    known = french()
    english = [text for text in marked() if len(text) > 25 and "{" not in text and known[text] != text]
    assert sum(text in found["en"] for text in english) > 10
    assert not [text for text in english if text in found["fr"]]
    assert not [text for text in english if known[text] in found["en"]]


def test_the_same_company_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Nothing in it depends on the day."""
    again = tmp_path / "again.pdf"
    write_staff_sheet(texts("fr"), again, COMPANY)
    assert again.read_bytes() == sheet(folder, "fr").read_bytes()


def test_a_hostile_company_name_stays_a_name(tmp_path: Path) -> None:
    """Markup, escapes and endless names: still one page, and the text as it is."""
    path = tmp_path / "nasty.pdf"
    write_staff_sheet(texts("en"), path, "<b>&amp;\x1b[31m</para>\u202e" + "x" * 10_000)
    with pdfplumber.open(path) as pdf:
        (page,) = pdf.pages
        assert max(word["x1"] for word in page.extract_words()) <= page.width - MARGIN + 0.5
    assert "<b>&amp;</para>" in words(path)
