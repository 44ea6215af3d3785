"""PDF/A-2b: what the standard asks of a file, as far as it is checked here without a validator."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from auditor import desk
from auditor.declared.branding import read
from auditor.reports.archive import archive
from auditor.reports.edition import Edition
from auditor.reports.pdf import write_pdf
from auditor.wording import texts
from tests.commands import auditor
from tests.paper import fits, tables_of
from tests.test_brand import folder_with, picture
from tests.worked_audit import worked_audit

FORBIDDEN = {"/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/GoToR", "/GoToE", "/URI"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archive")


@cache
def archived(folder: Path, name: str = "one") -> Path:
    """The worked report with a transparent logo, as PDF/A."""
    place = folder / name
    place.mkdir()
    logo = read(folder_with(place, '[consultant]\nlogo = "logo.png"\n', picture("PNG"), "logo.png"))
    write_pdf(worked_audit(), texts("fr"), place / "report.pdf", Edition(brand=logo))
    archive(place / "report.pdf")
    return place / "report.pdf"


def everything(document: pikepdf.Pdf) -> list[Any]:
    return [item for item in document.objects if isinstance(item, pikepdf.Dictionary | pikepdf.Stream)]


def test_the_file_says_that_it_is_pdf_a(folder: Path) -> None:
    """Part and conformance in the metadata, title and author as in the document's own, the colour space described."""
    with pikepdf.open(archived(folder)) as document:
        with document.open_metadata() as told:
            assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("2", "B")
            assert told["dc:title"] == str(document.docinfo["/Title"])
            assert dt.datetime.fromisoformat(told["xmp:CreateDate"]).year == 2000
        (intent,) = document.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.N == 3
        assert intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"
        assert document.trailer.ID
        assert not document.is_encrypted
        assert "/Filter" not in document.Root.Metadata, "the metadata can be read without decoding"


def test_nothing_runs_and_nothing_is_fetched(folder: Path) -> None:
    with pikepdf.open(archived(folder)) as document:
        for item in everything(document):
            assert str(item.get("/S", "")) not in FORBIDDEN
            assert "/AA" not in item
            assert "/EF" not in item
            assert str(item.get("/Filter", "")) != "/LZWDecode"
        assert "/OpenAction" not in document.Root
        assert "/AcroForm" not in document.Root


def test_every_font_is_embedded_with_its_unicode(folder: Path) -> None:
    with pikepdf.open(archived(folder)) as document:
        fonts = [item for item in everything(document) if item.get("/Type") == "/Font"]
        assert fonts
        for font in fonts:
            assert "/FontFile2" in font.FontDescriptor
            assert "/ToUnicode" in font


def test_every_link_is_printed_with_its_page(folder: Path) -> None:
    with pikepdf.open(archived(folder)) as document:
        links = [item for item in everything(document) if item.get("/Subtype") == "/Link"]
        assert len(links) > 20
        assert {int(link.F) & 0b1111 for link in links} == {4}, "print, and neither hidden nor invisible"


@pytest.mark.slow
def test_the_structure_and_every_text_are_kept(folder: Path, tmp_path: Path) -> None:
    write_pdf(worked_audit(), texts("fr"), tmp_path / "plain.pdf")
    assert tables_of(archived(folder)) == tables_of(tmp_path / "plain.pdf")
    fits(archived(folder))


@pytest.mark.slow
def test_the_same_report_gives_the_same_archive(folder: Path) -> None:
    assert archived(folder, "again").read_bytes() == archived(folder).read_bytes()


def test_the_command_writes_every_pdf_for_the_archive(tmp_path: Path) -> None:
    (audit,) = desk.write_report(worked_audit(), ("json",), tmp_path / "in", "en")
    ended = auditor("report", audit, "--pdfa", "--out", tmp_path / "out")
    assert ended.code == 0, ended
    for line in ended.out.splitlines():
        with pikepdf.open(line) as document, document.open_metadata() as told:
            assert told["pdfaid:part"] == "2", line
