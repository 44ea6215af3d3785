"""The letter to the operator: two pages, every order of the plan with its dates, in one language, signed by a brand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pdfplumber
import pytest
from pypdf import PdfReader

from auditor import desk
from auditor.model import Audit
from auditor.reports.letter import orders, write_letter
from auditor.wording import texts
from tests.paper import fits
from tests.test_pdf import nasty, pages
from tests.test_words import french, marked
from tests.worked_audit import perfect_audit, worked_audit


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("letters")


@cache
def letter(folder: Path, language: str) -> Path:
    path = folder / f"{language}.pdf"
    write_letter(worked_audit(), texts(language), path)
    return path


def many(audit: Audit, count: int) -> Audit:
    one = orders(audit)[0]
    return replace(audit, plan=tuple(replace(one, rank=n, id=str(n)) for n in range(1, count + 1)))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_two_pages_hold_every_order_with_its_dates(folder: Path, language: str) -> None:
    """What to order, by when, in service when; what is in place today; nothing outside the page."""
    say = texts(language)
    first, second = pages(letter(folder, language))
    assert len(orders(worked_audit())) == 3
    for action in orders(worked_audit()):
        assert " ".join(say.say(action.action).split())[:24].replace("\u00a0", " ") in first
        assert say.date(action.start_by) in first
        assert say.date(action.done_by) in first
    assert "FTTO" in second
    fits(letter(folder, language))


@pytest.mark.slow
def test_each_letter_speaks_one_language(folder: Path) -> None:
    """No sentence of ours in the other language."""
    known = french()
    sentences = [text for text in marked() if len(text) > 25 and "{" not in text and known[text] != text]
    english, other = (" ".join(pages(letter(folder, language))) for language in ("en", "fr"))
    assert sum(text in english for text in sentences) > 8
    assert not [text for text in sentences if text in other]


def test_a_letter_is_tagged_and_lists_are_lists(folder: Path) -> None:
    """What the offer must confirm is one list of nine lines."""
    with pdfplumber.open(letter(folder, "en")) as document:
        (root,) = document.structure_tree
    (found,) = (element for element in root["children"] if element["type"] == "L")
    assert [line["type"] for line in found["children"]] == ["LI"] * 9
    assert {body["type"] for line in found["children"] for body in line["children"]} == {"LBody"}


def test_thirty_orders_are_counted_and_still_two_pages(tmp_path: Path) -> None:
    """What does not fit is counted, never dropped in silence."""
    write_letter(many(worked_audit(), 30), texts("en"), tmp_path / "many.pdf")
    first, _ = pages(tmp_path / "many.pdf")
    assert "30 orders for the site" in first
    assert "16 more" in first


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    write_letter(nasty(worked_audit()), texts("fr"), tmp_path / "nasty.pdf")
    assert len(PdfReader(tmp_path / "nasty.pdf").pages) == 2
    fits(tmp_path / "nasty.pdf")


def test_letters_come_with_the_pdf_where_something_is_to_be_ordered(tmp_path: Path) -> None:
    """In both languages beside the report; a site that orders nothing gets none; the same bytes each time."""
    names = [path.name for path in desk.write_report(worked_audit(), ("pdf",), tmp_path / "a", "fr")]
    assert {"operator-letter.en.pdf", "operator-letter.fr.pdf", "staff-sheet.en.pdf", "staff-sheet.fr.pdf"} <= {*names}
    assert (tmp_path / "a" / "operator" / "operator-letter.fr.pdf").is_file()
    write_letter(worked_audit(), texts("fr"), tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == (tmp_path / "a/operator/operator-letter.fr.pdf").read_bytes()
    assert not [
        path for path in desk.write_report(perfect_audit(), ("pdf",), tmp_path / "b", "fr") if "letter" in path.name
    ]
