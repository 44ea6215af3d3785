"""A list of staff: what is counted, what is left out and why, and that no name survives."""

from __future__ import annotations

import datetime as dt
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import sitefile
from auditor.capacity import assess
from auditor.declared.people import Import, count, declarations, heads, line_shares
from auditor.declared.staffcsv import StaffFileError, field_of, rate, words_of
from auditor.seats import inputs
from auditor.seats.homes import classify
from auditor.site import Declared
from auditor.values import ABSENT, Absent
from auditor.wording import texts
from tests.commands import auditor
from tests.test_sitefile import GOOD

TODAY = dt.date(2026, 11, 26)
HEADER = "Nom;Prénom;Profil;Éligible;PC portable;Casque;Softphone;Débit descendant (Mbit/s);Débit montant (Mbit/s);Ping"


def listed(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> Import:
    return count("\r\n".join((header, *rows)).encode(encoding), TODAY)


def reasons(found: Import) -> list[tuple[int, str, str]]:
    return [(bad.line, bad.column, texts("en").say(bad.reason)) for bad in found.bad]


# ---- headings, encodings, separators ----


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_list_is_read_whatever_the_office_suite(encoding: str, separator: str, end: str) -> None:
    """UTF-8 with or without a mark, Windows-1252, three separators, three line ends: the same counts."""
    rows = (HEADER, "Müller;Zoë;office;oui;oui;oui;non;100;30;12", "Le Gall;Éric;vdi;oui;non;oui;non;1;1;200")
    text = end.join(row.replace(";", separator) for row in rows)
    staff = count(text.encode(encoding), TODAY).staff
    assert (staff.of("people"), staff.of("equipped"), staff.of("line.pass"), staff.of("line.fail")) == (2, 1, 1, 1)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Éligible au télétravail", "eligible"),
        ("ELIGIBLE", "eligible"),
        ("Remote work", "eligible"),
        ("Jours de télétravail", ""),
        ("PC portable", "laptop"),
        ("Managed PC", "laptop"),
        ("Téléphone portable", ""),
        ("Micro-casque", "headset"),
        ("Débit descendant (Mbit/s)", "down"),
        ("home_down_mbps", "down"),
        ("Upload", "up"),
        ("Temps d’aller-retour", "rtt"),
        ("Latence (ms)", "rtt"),
        ("Formation sécurité", "trained_security"),
        ("Security training", "trained_security"),
        ("Formation aux outils", "trained_tools"),
        ("Trained on", "trained_what"),
        ("Trained when", "trained_when"),
        ("Formé le", "trained_when"),
        ("Date de formation", "trained_when"),
        ("Nombre de personnes", "count"),
        ("Headcount", "count"),
        ("Phone number", ""),
        ("Lignes bonnes", "lines_pass"),
        ("Home line", "line"),
        ("Prénom", "first_name"),
        ("Adresse e-mail", "id"),
        ("Role profile", "profile"),
        ("Site", ""),
        ("", ""),
    ],
)
def test_headings_are_known_in_both_languages(heading: str, field: str) -> None:
    """With accents, capitals, units and the usual variants."""
    assert field_of(heading) == field


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_template_is_a_list_that_can_be_read(language: str, tmp_path: Path) -> None:
    """Every heading of the template is understood, so that a filled template is counted whole."""
    path = tmp_path / "staff.csv"
    assert auditor("new", "--people", path, "--lang", language).code == 0
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    separator = ";" if language == "fr" else ","
    row = ["A1", "files", "oui", "yes", "oui", "no", "20", "5", "40", "2026-10-01", "non"]
    found = count(raw + separator.join(row).encode() + b"\r\n", TODAY)
    assert not found.bad
    assert found.notices == ()
    assert found.staff.of("trained_tools") == 0
    assert (found.staff.of("equipped"), found.staff.of("line.pass"), found.staff.of("trained_security")) == (1, 1, 1)


def test_the_separator_line_of_a_spreadsheet_is_no_heading() -> None:
    """Excel's `sep=;` first line, and blank lines, are passed over."""
    assert count(b"sep=;\n\nProfil;Casque\noffice;oui\n\n;;\n", TODAY).staff.of("headset") == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"N\x00o\x00m\x00", "no CSV"),
        (b"PK\x03\x04rest of a workbook", "no CSV"),
        (b"Dupont;Anne;12\nDurand;Luc;13\n", "None of the headings"),
    ],
)
def test_what_is_no_list_is_said_in_one_sentence(data: bytes, words: str) -> None:
    """And nothing of its content is repeated: it may be a list of names without its first line."""
    with pytest.raises(StaffFileError) as caught:
        count(data, TODAY)
    said = texts("en").say(caught.value.message)
    assert words in said
    assert "Dupont" not in said


# ---- home lines ----


@pytest.mark.parametrize(
    ("down", "up", "rtt", "line"),
    [
        (8_000_000, 3_000_000, 60, "pass"),
        (7_999_999, 3_000_000, 60, "warn"),
        (8_000_000, 2_999_999, 60, "warn"),
        (8_000_000, 3_000_000, 61, "warn"),
        (3_000_000, 1_000_000, 100, "warn"),
        (2_999_999, 1_000_000, 100, "fail"),
        (3_000_000, 999_999, 100, "fail"),
        (3_000_000, 1_000_000, 101, "fail"),
        (ABSENT, 999_999, ABSENT, "fail"),
        (ABSENT, 30_000_000, 10, ""),
        (100_000_000, 30_000_000, ABSENT, ""),
        (ABSENT, ABSENT, ABSENT, ""),
    ],
)
def test_a_home_line_has_a_class(down: int | Absent, up: int | Absent, rtt: int | Absent, line: str) -> None:
    """At each threshold, and unknown while a figure is missing unless what is there fails it already."""
    figures = [value if isinstance(value, Absent) else Fraction(value) for value in (down, up, rtt)]
    assert classify(figures[0], figures[1], figures[2]) == line


@pytest.mark.parametrize(
    ("cell", "heading", "bps"),
    [
        ("8", "Débit descendant", 8_000_000),
        ("8,5", "Débit (Mbit/s)", 8_500_000),
        ("8.5 Mbit/s", "x", 8_500_000),
        ("100 Mb/s", "x", 100_000_000),
        ("1 Gbit/s", "x", 1_000_000_000),
        ("800", "down (kbit/s)", 800_000),
        ("800 kbps", "x", 800_000),
        ("1 000", "down kbps", 1_000_000),
        ("1\u202f000", "down kbps", 1_000_000),
    ],
)
def test_a_rate_is_in_megabits_unless_it_says_otherwise(cell: str, heading: str, bps: int) -> None:
    """A decimal comma or point, spaces between thousands, a unit in the cell or in the heading."""
    assert rate(cell, heading) == bps


def test_a_home_line_may_stand_in_one_column() -> None:
    """Three figures with slashes, a word, or unknown."""
    rows = ("office;20/5/40", "office;4/1,5/80", "office;1/1/20", "office;inconnu", "office;bonne", "office;")
    staff = listed(*rows, header="profil;ligne").staff
    assert [staff.of(f"line.{name}") for name in ("pass", "warn", "fail", "unknown")] == [2, 1, 1, 2]
    assert line_shares(staff) == {"pass": Fraction(1, 2), "warn": Fraction(1, 4), "fail": Fraction(1, 4)}


# ---- people ----


def test_only_the_eligible_count_and_unknown_is_not_no() -> None:
    """What nobody knows is told beside what is known."""
    found = listed(
        "a;a;office;oui;oui;oui;oui;100;30;12",
        "b;b;bureautique;oui;oui;inconnu;non;;;",
        "c;c;citrix;oui;non;?;n/c;1;1;1",
        "d;d;office;non;oui;oui;oui;100;30;12",
        "e;e;office;;oui;oui;oui;100;30;12",
        "f;f;;oui;oui;oui;oui;100;30;12",
    )
    staff = found.staff
    assert (staff.of("people"), staff.of("eligible"), staff.of("eligible.unknown")) == (6, 4, 1)
    assert heads(staff) == {"office": 2, "vdi": 1, "files": 0}
    assert (staff.of("equipped"), staff.of("equipped.unknown")) == (2, 1)
    assert (staff.of("softphone"), staff.of("softphone.unknown")) == (2, 1)
    told = {notice.id: dict(notice.values) for notice in found.notices}
    assert told == {
        "staff.unknown.eligible": {"count": 1},
        "staff.unknown.profile": {"count": 1},
        "staff.unknown.equipped": {"count": 1},
        "staff.unknown.line": {"count": 1},
    }


def test_a_list_without_a_column_says_what_it_supposes() -> None:
    """No eligible column: everybody; no names: no duplicates; unknown columns are named."""
    found = listed("office;oui;Rennes", header="profil;casque;ville")
    assert [notice.id for notice in found.notices] == ["staff.all_eligible", "staff.no_identity", "staff.unused"]
    assert found.notices[2].values["headings"] == ("ville",)
    assert declarations(found.staff, "x", TODAY, "f.csv").keys() == {"people.headset"}


@pytest.mark.parametrize(
    ("cell", "security", "tools"),
    [
        ("sécurité;2025-11-26", 1, 0),
        ("sécurité;2025-11-25", 0, 0),
        ("phishing, VPN;03/2026", 1, 1),
        ("Bureau virtuel;", 0, 1),
        ("sécurité;", 0, 0),
        ("yoga;2026-01-01", 0, 0),
        (";", 0, 0),
    ],
)
def test_training_counts_by_what_and_when(cell: str, security: int, tools: int) -> None:
    """Security counts for 12 months and needs its date; training on the tools does not grow old."""
    staff = listed(f"office;{cell}", header="profil;formation;date de formation").staff
    assert (staff.of("trained_security"), staff.of("trained_tools")) == (security, tools)


@pytest.mark.parametrize(
    ("cell", "yes", "unknown"),
    [("2026-03-01", 1, 0), ("01/03/2026", 1, 0), ("01/03/2024", 0, 0), ("non", 0, 0), ("oui", 0, 1), ("", 0, 1)],
)
def test_a_column_of_its_own_holds_the_date_of_a_training(cell: str, yes: int, unknown: int) -> None:
    """A bare yes has no date: within 12 months or not is not known."""
    staff = listed(f"office;{cell}", header="profil;formation sécurité").staff
    assert (staff.of("trained_security"), staff.of("trained_security.unknown")) == (yes, unknown)


def test_a_table_of_counts_is_read_like_a_list() -> None:
    """Each line is a group; its columns hold counts, or a yes that goes for all of them."""
    header = "Profil;Nombre;Éligibles;PC;Casque;Équipés;Softphone;Lignes bonnes;Lignes moyennes;Lignes mauvaises"
    found = listed("office;72;66;66;60;58;12;40;10;6", "vdi;30;oui;oui;25;;;20;5;0", header=header)
    staff = found.staff
    assert not found.bad
    assert (staff.of("people"), staff.of("eligible")) == (102, 96)
    assert heads(staff) == {"office": 66, "vdi": 30, "files": 0}
    assert (staff.of("equipped"), staff.of("equipped.unknown")) == (83, 0)
    assert (staff.of("softphone"), staff.of("softphone.unknown")) == (12, 30)
    assert [staff.of(f"line.{name}") for name in ("pass", "warn", "fail", "unknown")] == [60, 15, 6, 15]


def test_pc_and_headset_counted_apart_only_prove_what_must_overlap() -> None:
    """8 PCs and 7 headsets among 10 people: 5 have both for sure, up to 7 may."""
    staff = listed("office;10;8;7", header="profil;nombre;pc;casque").staff
    assert (staff.of("equipped"), staff.of("equipped.unknown")) == (5, 2)


# ---- what is left out ----


def test_a_bad_row_is_named_with_line_column_and_reason_and_the_good_ones_stay() -> None:
    """One bad cell leaves its row out, and nothing of the cell is repeated."""
    found = listed(
        "a;a;office;oui;oui;oui;oui;100;30;12",
        "b;b;sales;oui;oui;oui;oui;1;1;1",
        "c;c;office;peut-être;oui;oui;oui;1;1;1",
        "d;d;office;oui;oui;oui;oui;1;fast;1",
        "e;e;office;oui;oui;oui;oui;-5;1;1",
        "f;f;office;oui;oui;oui;oui;1;1;1;extra",
        "g;g;office;oui;oui;oui;oui;100;30;12",
        '"open;office;oui;oui;oui;oui;1;1;1',
        "h;h;office;oui;oui;oui;oui;100;30;12",
    )
    assert found.rows == 3
    assert reasons(found) == [
        (3, "Profil", "none of the profiles office, vdi, files."),
        (4, "Éligible", "neither yes nor no."),
        (5, "Débit montant (Mbit/s)", "not a number."),
        (6, "Débit descendant (Mbit/s)", "not a number."),
        (7, "", "11 cells under 10 headings."),
        (9, "", "a quotation mark is opened and never closed."),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("office;5;6", "6 out of 5 people."),
        ("office;2,5;1", "not a whole number of people."),
        ("office;-1;1", "not a number."),
        ("office;99999999;1", "not a whole number of people."),
    ],
)
def test_a_group_that_does_not_add_up_is_left_out(row: str, reason: str) -> None:
    """More equipped than there are, half a person, a debt of people."""
    found = listed(row, header="profil;nombre;pc")
    assert [words for _, _, words in reasons(found)] == [reason]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "@SUM(A1)", "+cmd", "-cmd", "=1+1", "\x1b[31mx\x07", "x" * 600])
def test_hostile_cells_leave_their_row_out_without_a_trace(cell: str) -> None:
    """Formulas, escapes and endless cells: the row is named, what stood there is not."""
    found = listed(f"a;a;office;{cell};oui;oui;oui;1;1;1", "b;b;office;oui;oui;oui;oui;1;1;1")
    assert found.rows == 1
    assert [(line, column) for line, column, _ in reasons(found)] == [(2, "Éligible")]
    said = reasons(found)[0][2]
    assert cell[:5] not in said
    assert "\x1b" not in said


def test_a_heading_full_of_escapes_is_shown_in_plain() -> None:
    """What a heading brings is cleaned and cut before a terminal shows it."""
    found = listed("office;oui", header="profil;\x1b[31mville\x07" + "x" * 5000)
    shown = found.notices[-1].values["headings"]
    assert isinstance(shown, tuple)
    assert shown[0].startswith("ville")
    assert len(shown[0]) <= 40


def test_people_listed_twice_count_once() -> None:
    """By their identifier where there is one, else by all parts of the name, whatever the accents and capitals."""
    found = listed(
        "Durand;Zoé;office;oui;oui;oui;oui;100;30;12",
        "DURAND;Zoe;office;oui;oui;oui;oui;100;30;12",
        "Durand;Éric;office;oui;oui;oui;oui;100;30;12",
    )
    assert (found.rows, found.duplicates) == (2, (3,))
    by_id = listed("1;Durand;office", "2;Durand;office", "1;Durant;office", header="Matricule;Nom;Profil")
    assert (by_id.rows, by_id.duplicates) == (2, (4,))


def test_a_left_out_row_does_not_hide_the_good_one_of_the_same_person() -> None:
    """Correcting a row below is not a duplicate."""
    found = listed("Durand;A;sales;oui;oui;oui;oui;1;1;1", "Durand;A;office;oui;oui;oui;oui;1;1;1")
    assert (found.rows, found.duplicates, len(found.bad)) == (1, (), 1)


def test_five_thousand_people_load_in_under_a_second() -> None:
    """The whole list, with names to compare and lines to class."""
    rows = [
        f"Nom{n};Prénom{n};office;oui;oui;{'oui' if n % 5 else 'non'};non;{n % 90},5;{n % 30};{n % 120}"
        for n in range(5_000)
    ]
    data = "\r\n".join((HEADER, *rows)).encode("cp1252")
    start = time.process_time()  # of this process: others may have the machine
    found = count(data, TODAY)
    assert time.process_time() - start < 1
    assert found.rows == 5_000
    assert found.staff.of("equipped") == 4_000


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_counts_or_one_sentence(data: bytes) -> None:
    """Nothing a file may hold ends in a traceback."""
    try:
        found = count(HEADER.encode() + b"\n" + data, TODAY)
    except StaffFileError:
        return
    assert found.staff.of("people") == found.rows


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=10, max_size=10))
def test_any_cells_give_a_count_or_a_reason(cells: list[str]) -> None:
    """Each row is counted, or named once with its reason; nothing is both."""
    row = ";".join('"' + cell.replace('"', '""').replace("\r", " ").replace("\n", " ") + '"' for cell in cells)
    data = (HEADER + "\n" + row).encode("utf-8", errors="replace")
    if b"\x00" in data:
        return
    found = count(data, TODAY)
    blank = not any(cell.replace("\r", " ").replace("\n", " ").strip() for cell in cells)
    assert found.rows + len(found.bad) == (0 if blank else 1)


# ---- into the site file ----


def test_counts_become_inputs_with_who_when_and_the_file() -> None:
    """Home lines by class give the share exactly; nothing that was not told is written."""
    rows = [f"n{n};p;office;oui;oui;oui;non;{20 if n < 90 else 1};5;40" for n in range(110)]
    said = declarations(listed(*rows).staff, "human resources", TODAY, "staff.csv")
    assert said["homes.lines.pass"] == Declared(90, "human resources", TODAY, "staff.csv")
    assert said["people.equipment"].value == 110
    assert "people.trained.tools" not in said
    written = "\n".join(f'"{name}" = {{ value = {one.value}, document = "l.csv" }}' for name, one in said.items())
    without = "\n".join(line for line in GOOD.splitlines() if not line.startswith('"homes.share"'))
    site = sitefile.parse(without.replace("[declared]", f"[declared]\n{written}"))
    figures = inputs.gather(site, ())
    assert figures["homes.share"].value == Fraction(90, 110)
    assert figures["homes.answered"].value == 1
    assert [figures[f"homes.class.{name}"].value for name in ("pass", "warn", "fail")] == [
        Fraction(90, 110), 0, Fraction(20, 110),
    ]  # fmt: skip
    assert site.declared["homes.share"].document == "l.csv"
    homes = next(r for r in assess(figures).resources if r.id == "homes")
    assert homes.seats == 90


def test_a_declared_share_stands_before_the_counts() -> None:
    """Somebody said the share itself: the counts beside it do not override a statement."""
    counted = '[declared]\n"homes.lines.pass" = 1\n"homes.lines.fail" = 9'
    site = sitefile.parse(GOOD.replace("[declared]", counted))
    assert inputs.gather(site, ())["homes.share"].value == Fraction(82, 100)


def command(tmp_path: Path, *rows: str) -> tuple[Path, Path]:
    site, staff = tmp_path / "site.toml", tmp_path / "list.csv"
    site.write_text(GOOD.replace("headcount = 120", "headcount = 120  # a comment that stays"), encoding="utf-8")
    staff.write_bytes("\r\n".join((HEADER, *rows)).encode("cp1252"))
    return site, staff


def test_the_command_writes_counts_into_the_site_file_and_never_a_name(tmp_path: Path) -> None:
    """Comments stay, the old share gives way, malformed rows are listed, and no name is anywhere."""
    rows = [f"Quenneville{n};Ondine;office;oui;oui;oui;oui;20;5;40" for n in range(3)]
    site, staff = command(tmp_path, *rows, "Quenneville9;Ondine;sales;oui;oui;oui;oui;20;5;40", rows[0])
    done = auditor("people", site, staff, "--by", "human resources", "--on", "2026-11-20")
    assert done.code == 0, done
    text = site.read_text(encoding="utf-8")
    assert "headcount = 3  # a comment that stays" in text
    assert "profiles = { office = 3, vdi = 0, files = 0 }" in text
    assert '"homes.share"' not in text
    read, _ = sitefile.read(site, inputs.is_input)
    assert read.declared["homes.lines.pass"] == Declared(3, "human resources", dt.date(2026, 11, 20), "list.csv")
    assert read.declared["homes.share"].value == 1
    assert "line 5, Profil: none of the profiles office, vdi, files." in done.err
    assert "1 person listed twice, counted once (line 6)." in done.err
    assert "Personal data" in done.err
    assert "Quenneville" not in done.out + done.err + text
    assert "Ondine" not in done.out + done.err + text
    assert not list(tmp_path.glob(".site.toml*"))


def test_a_list_of_part_of_the_staff_gives_home_lines_alone(tmp_path: Path) -> None:
    """`--part`: a survey that some answered says nothing of how many work here, nor of what the others have."""
    site, staff = command(tmp_path, "a;a;vdi;oui;oui;oui;oui;20;5;40")
    assert auditor("people", site, staff, "--part").code == 0
    read, _ = sitefile.read(site, inputs.is_input)
    assert (read.people.headcount, read.people.eligible, read.people.profiles["vdi"]) == (120, 110, Fraction(1, 4))
    assert read.declared["homes.answered"].value == Fraction(1, 110)
    assert "people.equipment" not in read.declared
    staff.write_text("profil;casque\noffice;oui\n", encoding="utf-8")
    assert "says nothing of home lines" in auditor("people", site, staff, "--part").err


def test_a_dry_run_and_the_json_write_nothing(tmp_path: Path) -> None:
    """The counts as data, the site file untouched."""
    site, staff = command(tmp_path, "a;a;office;oui;oui;oui;oui;20;5;40", "b;b;sales;oui;oui;oui;oui;20;5;40")
    before = site.read_bytes()
    found = auditor("people", site, staff, "--dry-run", "--json").json
    assert found["schema"] == "auditor/staff/1"
    assert (found["counts"]["people"], found["counts"]["line.pass"]) == (1, 1)
    assert found["bad"] == [{"line": 3, "column": "Profil", "reason": "staff.no_profile"}]
    assert site.read_bytes() == before


def test_a_list_without_one_good_row_is_a_fault(tmp_path: Path) -> None:
    """Exit 2, and the site file stays as it was."""
    site, staff = command(tmp_path, "a;a;sales;oui;oui;oui;oui;20;5;40")
    before = site.read_bytes()
    done = auditor("people", site, staff)
    assert done.code == 2
    assert done.err.splitlines()[-1] == f"auditor: {staff}: no row could be counted."
    assert site.read_bytes() == before


@pytest.mark.parametrize("arguments", [("new",), ("people", "absent.toml", "absent.csv")])
def test_wrong_usage_is_one_line(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2 with what is missing."""
    monkeypatch.chdir(tmp_path)
    auditor(*arguments).fault()


def test_an_existing_list_is_never_overwritten(tmp_path: Path) -> None:
    """The template is written once."""
    path = tmp_path / "staff.csv"
    path.write_text("mine")
    auditor("new", "--people", path).fault()
    assert path.read_text() == "mine"


def test_words_of_a_heading_lose_accents_and_signs() -> None:
    """What compares headings and names."""
    assert words_of("  Éligible (au Télétravail) ? ") == "eligible au teletravail"
