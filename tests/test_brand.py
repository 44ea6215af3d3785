"""`report.toml`: the consultant's name, logo and colours on every form, and one clear line for what cannot be used."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import pdfplumber
import pytest
from PIL import Image
from pypdf import PdfReader

from auditor import desk
from auditor.declared.branding import contrast, pale, read
from auditor.reports.edition import Edition
from auditor.reports.logo import LogoError, drawable
from auditor.reports.pdf import write_pdf
from auditor.wording import texts
from tests.commands import auditor
from tests.paper import fits
from tests.test_pdf import pages
from tests.worked_audit import worked_audit

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><rect width="40" height="40" fill="#1f4e79"/>'
    '<path d="M5 30 L20 8 L35 30 Z" fill="#ffffff"/><text x="48" y="27" font-size="18">Durand</text></svg>'
)
WHOLE = """
[consultant]
name = "Cabinet Durand"
logo = "logo.svg"
[colours]
main = "#5b2a86"
accent = "#9c4221"
[cover]
text = { en = "Prepared for the board.", fr = "Établi pour la direction." }
confidentiality = "Restricted"
[frame]
mandate = "Order 42 of 3 November 2026."
scope = "The site of Rennes."
window = "From 8:00 to 12:00."
"""


def picture(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (60, 20), "#5b2a86").save(stream, kind)
    return stream.getvalue()


def folder_with(place: Path, text: str = WHOLE, logo: bytes = SVG.encode(), name: str = "logo.svg") -> Path:
    (place / name).write_bytes(logo)
    (place / "report.toml").write_text(text, encoding="utf-8")
    return place / "report.toml"


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return Edition(brand=read(folder_with(tmp_path_factory.mktemp("brand"))))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, edition: Edition) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("branded")

    @cache
    def write(language: str) -> Path:
        path = folder / f"{language}.pdf"
        write_pdf(worked_audit(), texts(language), path, edition)
        return path

    return write


def colours(path: Path) -> set[tuple[float, ...]]:
    """Every colour that letters and surfaces have."""
    with pdfplumber.open(path) as document:
        found = [part["non_stroking_color"] for page in document.pages[:3] for part in (*page.chars, *page.rects)]
    return {tuple(round(value, 2) for value in color) for color in found if isinstance(color, Sequence)}


def rgb(colour: str) -> tuple[float, ...]:
    return tuple(round(int(colour[at : at + 2], 16) / 255, 2) for at in (1, 3, 5))


def test_a_report_carries_name_cover_and_confidentiality(written: Callable[[str], Path]) -> None:
    """Page one begins with the consultant; the mark stands on every page, in the language of the report."""
    english, french = pages(written("en")), pages(written("fr"))
    assert "Prepared for the board." in english[0]
    assert "Établi pour la direction." in french[0]
    assert all("Restricted" in page and "Cabinet Durand" in page for page in english)
    assert PdfReader(written("en")).metadata.author == "Cabinet Durand"  # type: ignore[union-attr]


def test_the_legal_frame_is_printed(written: Callable[[str], Path]) -> None:
    found = " ".join(pages(written("en")))
    for words in ("Order 42 of 3 November 2026.", "The site of Rennes.", "From 8:00 to 12:00."):
        assert words in found, words


@pytest.mark.slow
def test_nothing_is_left_in_the_colours_of_the_house(written: Callable[[str], Path]) -> None:
    """The consultant's colours stand wherever those of the house would; the logo keeps its own."""
    found = colours(written("en"))
    assert rgb("#5b2a86") in found
    assert rgb("#9c4221") in found
    with pdfplumber.open(written("en")) as document:
        first, *rest = document.pages[:4]
        assert rgb("#1f4e79") in {tuple(round(v, 2) for v in part["non_stroking_color"]) for part in first.rects}
        later = {tuple(part["non_stroking_color"]) for page in rest for part in (*page.chars, *page.rects)}
    assert rgb("#1f4e79") not in {tuple(round(v, 2) for v in color) for color in later}


@pytest.mark.slow
def test_a_branded_report_stays_within_its_pages(written: Callable[[str], Path]) -> None:
    """Page one is still one page, nothing overflows, and every font is embedded, the logo's too."""
    fits(written("fr"))
    reader = PdfReader(written("fr"))
    assert reader.get_destination_page_number(reader.outline[1]) == 1  # type: ignore[arg-type]
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            assert "/FontFile2" in font.get_object()["/FontDescriptor"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_may_be_made_of_pixels(tmp_path: Path, kind: str) -> None:
    """PNG and JPEG are drawn, told in words, and give the same bytes each time."""
    text = '[consultant]\nname = "Durand"\nlogo = "logo.bin"\n'
    edition = Edition(brand=read(folder_with(tmp_path, text, picture(kind), "logo.bin")))
    one, two = tmp_path / "1.pdf", tmp_path / "2.pdf"
    for path in (one, two):
        write_pdf(worked_audit(), texts("en"), path, edition)
    assert one.read_bytes() == two.read_bytes()
    assert len(PdfReader(one).pages[0].images) == 1


def test_page_and_workbook_wear_the_same_colours(tmp_path: Path, edition: Edition) -> None:
    """The page holds the logo itself and asks nobody for it."""
    page, book = desk.write_report(worked_audit(), ("html", "xlsx"), tmp_path, "fr", edition)
    text = page.read_text(encoding="utf-8")
    assert "--main: #5b2a86" in text
    assert 'src="data:image/svg+xml;base64,' in text
    assert "Établi pour la direction." in text
    with zipfile.ZipFile(book) as parts:
        assert b"FF5B2A86" in parts.read("xl/styles.xml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[colours]\nmain = "blue"\n', "main: “blue” is no colour"),
        ('[colours]\nmain = "#8fb4d9"\n', "contrast"),
        ('[colours]\naccent = "#ffff00"\n', "accent: the contrast"),
        ('[consultant]\nnom = "x"\n', "consultant.nom"),
        ('[consultant]\nlogo = "none.png"\n', "none.png cannot be read"),
        ('[consultant]\nlogo = "report.toml"\n', "neither PNG nor JPEG nor SVG"),
        ("[frame]\nmandate = 3\n", "frame.mandate: text is expected here"),
        ("[frame]\nmandate = { de = 'x' }\n", "frame.mandate.de"),
        ("[frame\n", "report.toml"),
        (f'[cover]\ntext = "{"x" * 2_000}"\n', "cover.text"),
    ],
)
def test_a_brand_that_cannot_be_used_is_one_clear_line(tmp_path: Path, text: str, words: str) -> None:
    """File, key and reason; exit 2, and nothing is written."""
    (audit,) = desk.write_report(worked_audit(), ("json",), tmp_path / "in", "en")
    path = tmp_path / "report.toml"
    path.write_text(text, encoding="utf-8")
    ended = auditor("report", audit, "--brand", path, "--out", tmp_path / "out")
    assert words in ended.fault()
    assert "report.toml" in ended.fault()
    assert not (tmp_path / "out").exists()


EVIL = (
    SVG.replace("<text", "<script>alert(1)</script><text"),
    SVG.replace("<svg ", '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><svg ', 1),
    SVG.replace("<text", '<image href="http://192.0.2.1/x.png" width="4" height="4"/><text'),
    SVG.replace('fill="#ffffff"', 'style="fill:url(http://192.0.2.1/)"'),
    SVG[:60],
    "<svg></svg>",
)


@pytest.mark.parametrize("text", EVIL)
def test_a_logo_that_reaches_outside_or_is_damaged_is_refused(tmp_path: Path, text: str) -> None:
    path = folder_with(tmp_path, logo=text.encode())
    logo = read(path).logo
    assert logo is not None
    with pytest.raises(LogoError):
        drawable(logo)
    (audit,) = desk.write_report(worked_audit(), ("json",), tmp_path / "in", "en")
    assert "logo.svg cannot be drawn" in auditor("report", audit, "--brand", path, "--out", tmp_path / "out").fault()


@pytest.mark.parametrize("cut", [9, 40, -30])
def test_a_cut_picture_is_refused(tmp_path: Path, cut: int) -> None:
    logo = read(folder_with(tmp_path, logo=picture("PNG")[:cut])).logo
    assert logo is not None
    with pytest.raises(LogoError):
        drawable(logo)


def test_the_usual_file_is_found_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the site file, then in the working folder, then in AUDITOR_HOME; without one, nobody's."""
    home, here, site = (tmp_path / name for name in ("home", "here", "site"))
    for place in (home, here, site):
        place.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("AUDITOR_HOME", str(home))
    assert desk.branded().name == ""
    for place in (home, here, site):
        (place / "report.toml").write_text(f'[consultant]\nname = "{place.name}"\n')
    assert desk.branded(beside=site).name == "site"
    assert desk.branded().name == "here"
    (here / "report.toml").unlink()
    assert desk.branded().name == "home"


def test_a_colour_is_measured_as_readers_see_it() -> None:
    """Black on white is 21 to 1; the ground of boxes is a pale form of the colour."""
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#767676", "#ffffff") > Fraction(9, 2) > contrast("#777777", "#ffffff")
    assert pale("#000000") == "#ececec"


def test_a_brand_changes_no_figure(tmp_path: Path, edition: Edition) -> None:
    one, two = (
        json.loads(desk.write_report(worked_audit(), ("json",), tmp_path / name, "en", chosen)[0].read_text())
        for name, chosen in (("a", edition), ("b", Edition()))
    )
    assert one == two
