"""The five forms of a report: PDF, web page, spreadsheet, CSV and JSON tell the same, and none can be made to act."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from auditor import desk
from auditor.model import Audit, Outcome
from auditor.reports.csvfiles import csv_files, harmless
from auditor.reports.export import audit_json
from auditor.reports.pdf import write_pdf
from auditor.reports.tables import tables
from auditor.reports.webpage import web_page
from auditor.reports.workbook import write_workbook
from auditor.texts import Texts
from auditor.values import ABSENT, Message
from auditor.wording import texts
from tests.paper import squeezed, tables_of
from tests.test_pdf import nasty
from tests.worked_audit import perfect_audit, unknown_audit, worked_audit

LANGUAGES = ("en", "fr")
AUDITS: dict[str, Callable[[], Audit]] = {"worked": worked_audit, "unknown": unknown_audit, "perfect": perfect_audit}
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Rows = list[list[str]]
SVG = re.compile(r"(<svg .*?)</svg>", re.S)


# ---- reading each form back, as somebody else's program would ----


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
        self.attributes: set[str] = set()
        self._section, self._cell = "", False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        told = dict(attrs)
        self.attributes |= told.keys()
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


def shown(cell: object, say: Texts) -> str:
    """A cell as paper shows it, without spaces."""
    if isinstance(cell, dt.date):
        return squeezed(say.date(cell))
    if isinstance(cell, int | Fraction):
        return squeezed(say.number(cell, 1 if isinstance(cell, Fraction) else 0))
    return squeezed(str(cell))


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

    plan = [(str(row["rank"]), squeezed(row["action"]), str(row["seats_after"])) for row in told["plan"]]
    for form in (sheets, files, page):
        assert [(row[0], squeezed(row[1]), row[6]) for row in form["plan"][1:]] == plan

    resources = [(row["name"], str(row["seats"])) for row in told["resources"]]
    for form in (sheets, files, page):
        assert [(row[0], row[1]) for row in form["resources"][1:]] == [
            (name.replace("\u00a0", " ").replace("\u202f", " "), seats) for name, seats in resources
        ]
    assert told["counts"] == {"findings": len(findings), "plan": 16, "resources": 13, "devices": 4, "not_measured": 4}


PAPER = {
    # table: the header of its columns in the PDF, and which columns of the other forms they hold
    "findings": (("check", "title", "result", "severity", "what was found"), (0, 1, 3, 4, 5)),
    "resources": (("Resource", "people", "beyond", "origin", "how"), (0, 1, 2, 3)),
    "windows": (("days", "until", "people", "score"), (0, 1, 2, 3)),
    "devices": (("device", "role", "model", "version"), (0, 1, 2, 3)),
}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fr"])
def test_paper_holds_every_row_of_the_other_forms(tmp_path: Path, language: str) -> None:
    """Cell by cell as a screen reader hears them: findings, resources, windows, devices, plan, gaps and inputs."""
    audit, say = worked_audit(), texts(language)
    write_pdf(audit, say, tmp_path / "one.pdf")
    paper = tables_of(tmp_path / "one.pdf")
    forms = {table.id: table for table in tables(audit, say)}

    def printed(*names: str) -> list[list[str]]:
        header = [squeezed(say(name)) if name else "" for name in names]
        return [row for table in paper if table[0][: len(header)] == header for row in table[1:]]

    for id, (names, columns) in PAPER.items():
        wanted = [[shown(row[at], say) for at in columns] for row in forms[id].rows]
        found = [row[: len(columns)] for row in printed(*names)]
        assert sorted(found) == sorted(wanted) if id == "resources" else found == wanted, id
    plan = printed("", "action", "checks closed", "people then", "points", "owner", "effort")
    assert len(plan) == len(audit.plan)
    for row, wanted_row in zip(plan, forms["plan"].rows, strict=True):
        cells = [shown(cell, say) for cell in wanted_row]
        assert [row[at] for at in (0, 2, 5, 10, 11)] == [cells[at] for at in (0, 4, 3, 15, 16)]
        assert row[1].startswith(cells[1])
        assert row[3].split("(")[0] == cells[6]
        assert row[9] == cells[14]
    inputs = printed("input", "value", "default", "origin", "where from")
    assert [
        (row[0].removesuffix(figure.name), row[1]) for row, figure in zip(inputs, audit.assumptions, strict=True)
    ] == [(shown(row[0], say).removesuffix(str(row[5])), shown(row[1], say)) for row in forms["assumptions"].rows]
    gaps = printed("what", "why", "how to lift it")
    assert [row[2] for row in gaps] == [shown(row[2], say) for row in forms["not-measured"].rows]


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_web_page_shows_the_charts_with_their_words(language: str) -> None:
    """Bars, staircase and calendar are drawn in the page itself, and told to who does not see them."""
    text = web_page(worked_audit(), texts(language))
    drawn = [ElementTree.fromstring(part + "</svg>") for part in SVG.findall(text)]
    assert len(drawn) == 4
    assert all(picture.attrib["role"] == "img" for picture in drawn)
    assert "15, 29, 50, 51, 62, 90, 100, 110" in drawn[1].attrib["aria-label"]
    words = {part.text for part in drawn[0].iter("{http://www.w3.org/2000/svg}text")}
    assert {"15", "576", texts(language)("needed: {required}", required=110)} <= words


def test_a_hostile_name_in_a_chart_stays_a_name() -> None:
    """What a resource or an action is called is escaped in the charts too."""
    audit = worked_audit()
    evil = '<script>alert(1)</script>"onload="x'
    audit = replace(audit, plan=(replace(audit.plan[0], action=Message(evil)), *audit.plan[1:]))
    text = web_page(audit, texts("en"))
    page = Page(text)
    assert text.count("&lt;script&gt;alert(1)") >= 3, "in the table, in the chart and in its words"
    assert "script" not in page.tags
    assert not [name for name in page.attributes if name.startswith("on")]


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
