"""The five forms of a report: PDF, web page, spreadsheet, CSV and JSON tell the same, and none can be made to act."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pdfplumber
import pytest

from auditor import desk
from auditor.model import ABSENT, Audit, Message, Outcome
from auditor.reports.csvfiles import csv_files, harmless
from auditor.reports.export import audit_json
from auditor.reports.pdf import write_pdf
from auditor.reports.tables import tables
from auditor.reports.webpage import web_page
from auditor.reports.workbook import write_workbook
from auditor.wording import texts
from tests.test_pdf import nasty
from tests.worked_audit import perfect_audit, unknown_audit, worked_audit

LANGUAGES = ("en", "fr")
AUDITS: dict[str, Callable[[], Audit]] = {"worked": worked_audit, "unknown": unknown_audit, "perfect": perfect_audit}
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Rows = list[list[str]]


# ---- reading each form back, as somebody else's program would ----


def squeezed(text: str) -> str:
    """A text without its spaces: where a line breaks is no difference."""
    return "".join(text.split())


def of_workbook(path: Path) -> dict[str, Rows]:
    """The cells of each sheet as text, by the name of the sheet."""
    with zipfile.ZipFile(path) as book:
        shared = [
            "".join(part.text or "" for part in item.iter(f"{MAIN}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        sheets = ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
        return {
            sheet.attrib["name"]: list(_rows(book.read(f"xl/worksheets/sheet{n}.xml"), shared))
            for n, sheet in enumerate(sheets, 1)
        }


def _rows(data: bytes, shared: list[str]) -> Iterator[list[str]]:
    root = ElementTree.fromstring(data)
    assert not list(root.iter(f"{MAIN}f")), "a formula"
    for row in root.iter(f"{MAIN}row"):
        values = [(cell.attrib.get("t"), cell.findtext(f"{MAIN}v") or "") for cell in row.iter(f"{MAIN}c")]
        yield [shared[int(value)] if kind == "s" else value for kind, value in values]


def of_csv(text: str, language: str) -> Rows:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";" if language == "fr" else ","))


class Page(HTMLParser):
    """The tables of a page by the id of their section, and every tag it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, Rows] = {}
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self._section, self._cell = "", False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        told = dict(attrs)
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "style")}
        if tag == "section":
            self._section = str(told["id"])
            self.found[self._section] = []
        elif tag == "tr":
            self.found[self._section].append([])
        elif tag in ("td", "th"):
            self._cell = True
            self.found[self._section][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._cell &= tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.found[self._section][-1][-1] += data


def of_pdf(path: Path, header: list[str]) -> Rows:
    """The rows of the table that has this header, over all pages: words fall into columns, rows begin in the first."""
    found: Rows = []
    with pdfplumber.open(path) as document:
        for page in document.pages:
            words = page.extract_words(extra_attrs=["fontname", "size"], use_text_flow=False)
            lefts = _columns(words, header)
            if not lefts:
                continue
            top, edges = lefts[0][1], [x for x, _ in lefts]
            body = [w for w in words if w["top"] > top + 6 and w["bottom"] < page.height - 44]
            found += _gathered(body, edges)
    return found


def _columns(words: list[dict[str, Any]], header: list[str]) -> list[tuple[float, float]]:
    """The left edge of each column, from a line that begins with the header's words."""
    for at, word in enumerate(words):
        line = [w for w in words[at:] if abs(w["top"] - word["top"]) < 1]
        starts: list[tuple[float, float]] = []
        for name in header:
            first = name.split()[0]
            hit = next((w for w in line if w["text"] == first and (not starts or w["x0"] > starts[-1][0])), None)
            if hit is None:
                break
            starts.append((hit["x0"], hit["top"]))
        if len(starts) == len(header) and starts[0][0] == word["x0"]:
            return starts
    return []


def _gathered(words: list[dict[str, Any]], edges: list[float]) -> Rows:
    rows: Rows = []
    for word in sorted(words, key=lambda w: (round(w["top"]), w["x0"])):
        column = max((n for n, edge in enumerate(edges) if word["x0"] >= edge - 2), default=0)
        if column == 0:
            rows.append([""] * len(edges))
        if rows:
            rows[-1][column] += word["text"]
    return rows


# ---- the same in all five ----


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", AUDITS)
def test_web_page_spreadsheet_and_csv_hold_the_same_cells(tmp_path: Path, name: str, language: str) -> None:
    """Every table has the same rows in the three forms, in the same order, none cut."""
    audit, say = AUDITS[name](), texts(language)
    write_workbook(audit, say, tmp_path / "one.xlsx")
    book, page = of_workbook(tmp_path / "one.xlsx"), Page(web_page(audit, say)).found
    files = {id: of_csv(text, language) for id, text in csv_files(audit, say).items()}
    assert list(files) == list(page) == [table.id for table in tables(audit, say)]
    for table in tables(audit, say):
        words = [at for at, cell in enumerate(table.rows[0]) if isinstance(cell, str)] if table.rows else []
        assert len(book[table.name]) == len(files[table.id]) == len(page[table.id]) == len(table.rows) + 1
        for told, sheet, row, cells in zip(
            (table.header, *table.rows), book[table.name], files[table.id], page[table.id], strict=True
        ):
            for at in words:
                wanted = squeezed(str(told[at]))
                if isinstance(told[at], str):
                    assert wanted == squeezed(sheet[at]) == squeezed(cells[at]), (table.id, at)
                    assert squeezed(row[at]) in (wanted, f"'{wanted}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.slow
def test_all_five_forms_hold_the_same_findings_actions_and_figures(tmp_path: Path, language: str) -> None:
    """Ids, verdicts, words, people and dates, as read back from PDF, page, spreadsheet, CSV and JSON."""
    audit, say = worked_audit(), texts(language)
    write_pdf(audit, say, tmp_path / "one.pdf")
    write_workbook(audit, say, tmp_path / "one.xlsx")
    told = json.loads(json.dumps(audit_json(audit, say)))
    book, page = of_workbook(tmp_path / "one.xlsx"), Page(web_page(audit, say)).found
    files = {id: of_csv(text, language) for id, text in csv_files(audit, say).items()}
    sheets = {table.id: book[table.name] for table in tables(audit, say)}

    findings = [(row["id"], say.name(f"severity.{row['severity']}"), row["text"]) for row in told["findings"]]
    wanted = [tuple(map(squeezed, row)) for row in findings]
    for form in (sheets, files, page):
        assert [tuple(squeezed(row[at]) for at in (0, 4, 5)) for row in form["findings"][1:]] == wanted
    header = [say("check"), say("title"), say("result"), say("severity"), say("what was found")]
    printed = of_pdf(tmp_path / "one.pdf", header)
    assert [(row[0], row[3], row[4]) for row in printed] == wanted

    plan = [(str(row["rank"]), squeezed(row["action"]), str(row["seats_after"])) for row in told["plan"]]
    for form in (sheets, files, page):
        assert [(row[0], squeezed(row[1]), row[6]) for row in form["plan"][1:]] == plan
    with pdfplumber.open(tmp_path / "one.pdf") as document:
        paper = "".join(squeezed(page.extract_text()) for page in document.pages)
    assert all(squeezed(say.date(action.done_by)) in paper for action in audit.plan)

    resources = [(row["name"], str(row["seats"])) for row in told["resources"]]
    for form in (sheets, files, page):
        assert [(row[0], row[1]) for row in form["resources"][1:]] == [
            (name.replace("\u00a0", " ").replace("\u202f", " "), seats) for name, seats in resources
        ]
    assert told["counts"] == {"findings": len(findings), "plan": 16, "resources": 13, "devices": 4, "not_measured": 4}


def test_an_action_left_out_is_in_every_form_without_dates(tmp_path: Path) -> None:
    """What a person excluded is told, with no gain and no date of its own."""
    audit = worked_audit()
    gone = replace(audit.plan[-1], status="excluded", window="", note=Message("too dear"))
    audit = replace(audit, plan=audit.plan[:-1], left_out=(gone,))
    rows = of_csv(csv_files(audit, texts("en"))["plan"], "en")
    assert rows[-1][:3] == ["–", texts("en").say(gone.action), "left out"]
    assert "too dear" in rows[-1]
    assert gone.done_by.isoformat() not in rows[-1]


# ---- figures are figures ----


def test_dates_are_dates_and_numbers_are_numbers(tmp_path: Path) -> None:
    """A spreadsheet can sort and filter them: no text that looks like one."""
    write_workbook(worked_audit(), texts("fr"), tmp_path / "one.xlsx")
    with zipfile.ZipFile(tmp_path / "one.xlsx") as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet2.xml"))
    first = list(sheet.iter(f"{MAIN}row"))[1]
    cells = {cell.attrib["r"]: cell for cell in first.iter(f"{MAIN}c")}
    day = dt.date(1899, 12, 30) + dt.timedelta(days=int(cells["P2"].findtext(f"{MAIN}v") or 0))
    assert day == worked_audit().plan[0].start_by
    assert cells["P2"].attrib.get("t") in (None, "n")
    assert cells["G2"].findtext(f"{MAIN}v") == "29"
    assert cells["G2"].attrib.get("t") in (None, "n")
    assert sheet.find(f"{MAIN}autoFilter") is not None


def test_unknown_is_a_word_and_never_an_empty_cell(tmp_path: Path) -> None:
    """Nothing that nobody knows counts as 0 in somebody's sum."""
    rows = of_csv(csv_files(unknown_audit(), texts("en"))["resources"], "en")
    assert all(row[1] == "not known" for row in rows[1:])
    dark = replace(worked_audit(), headline=replace(worked_audit().headline, seats_after_largest_failure=ABSENT))
    assert ["People after the largest failure", "not known"] in of_csv(csv_files(dark, texts("en"))["summary"], "en")


# ---- hostile text ----


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_a_formula_in_a_csv_is_text(text: str) -> None:
    """An apostrophe stands before whatever a spreadsheet would compute."""
    assert harmless(text) == f"'{text}"
    assert harmless("plain - text") == "plain - text"


@pytest.mark.parametrize(
    "evil", ["=cmd|'/c calc'!A0", "<script>alert(1)</script>", "<img src=http://x/y>", "\u202e\x1b[31m&<b>"]
)
def test_what_a_device_is_called_stays_a_name(tmp_path: Path, evil: str) -> None:
    """In the page it is escaped, in the spreadsheet a string, in the CSV neutralised; no control sign is left."""
    audit = worked_audit()
    audit = replace(audit, devices=(replace(audit.devices[0], name=evil), *audit.devices[1:]))
    page = Page(web_page(audit, texts("en")))
    assert page.tags.isdisjoint({"script", "img", "b", "iframe"})
    assert page.found["devices"][1][0] == evil.replace("\u202e", "").replace("\x1b[31m", "")
    write_workbook(audit, texts("en"), tmp_path / "one.xlsx")
    assert of_workbook(tmp_path / "one.xlsx")["Devices"][1][0] == page.found["devices"][1][0]
    assert not of_csv(csv_files(audit, texts("en"))["devices"], "en")[1][0].startswith(("=", "\u202e"))


def test_ten_thousand_letters_everywhere_still_make_every_form(tmp_path: Path) -> None:
    """Hostile text in every place: each form is written whole, and what is cut is marked."""
    audit = nasty(worked_audit())
    write_workbook(audit, texts("fr"), tmp_path / "one.xlsx")
    rows = of_workbook(tmp_path / "one.xlsx")
    assert all(len(cell) <= 8_000 for sheet in rows.values() for row in sheet for cell in row)
    assert any(cell.endswith("…") for sheet in rows.values() for row in sheet for cell in row)
    assert "\x1b" not in web_page(audit, texts("fr"))


def test_the_web_page_asks_nothing_of_any_server() -> None:
    """Its links stay inside it, and its policy allows nothing else."""
    text = web_page(worked_audit(), texts("en"))
    page = Page(text)
    assert all(link.startswith("#") for link in page.links)
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert "default-src 'none'" in text
    assert '<html lang="en">' in text


# ---- the same audit, the same bytes ----


@pytest.mark.parametrize("form", desk.FORMATS)
def test_the_same_audit_gives_the_same_bytes_in_every_form(tmp_path: Path, form: str) -> None:
    """Nothing comes from the clock or a random name; a second report never takes the name of the first."""
    first = desk.write_report(worked_audit(), (form,), tmp_path / "a", "fr")
    second = desk.write_report(worked_audit(), (form,), tmp_path / "b", "fr")
    assert first
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    again = desk.write_report(worked_audit(), (form,), tmp_path / "a", "fr")
    assert set(again).isdisjoint(first)
    if form == "xlsx":
        with zipfile.ZipFile(first[0]) as book:
            assert {info.date_time for info in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_findings_of_each_kind_are_all_there() -> None:
    """The worked site has failures, warnings, passes and gaps: none of the forms keeps only the bad ones."""
    rows = of_csv(csv_files(worked_audit(), texts("en"))["findings"], "en")[1:]
    outcomes = {finding.outcome for finding in worked_audit().findings}
    assert {Outcome.FAIL, Outcome.WARN, Outcome.PASS, Outcome.NOT_MEASURED} <= outcomes
    assert len({row[3] for row in rows}) == len(outcomes)
