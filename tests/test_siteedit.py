"""Editing a site file: comments and all other lines stay, and the file is replaced at once or not at all."""

from __future__ import annotations

import datetime as dt
import os
import stat
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import sitefile
from auditor.clean import line
from auditor.declared.siteedit import Change, apply, edited
from auditor.seats import inputs
from auditor.site import Declared
from auditor.sitefile import SiteFileError
from tests.test_sitefile import GOOD

DAY = dt.date(2026, 11, 20)
RENNES = Path(__file__).parent / "sites" / "rennes.toml"


def other_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came."""
    one, two = before.splitlines(), after.splitlines()
    return [line for line in one if line not in two], [line for line in two if line not in one]


def test_nothing_to_change_changes_nothing() -> None:
    """Not a blank, in the demo's own file with its many dates."""
    for text in (GOOD, RENNES.read_text(encoding="utf-8")):
        assert edited(text, Change()) == text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_template_keeps_its_comments(language: str) -> None:
    """What is set replaces its line; what is new comes below the last line of its table."""
    before = (files("auditor") / "templates" / f"site.{language}.toml").read_text(encoding="utf-8")
    change = Change(
        people={"headcount": 95, "eligible": 90, "profiles": {"office": 70, "vdi": 25}},
        declared={"people.equipment": Declared(80, "IT manager", DAY, "stock.ods")},
        answers={"RES-002": Declared("bad", "IT manager", DAY)},
    )
    after = edited(before, change)
    went, came = other_lines(before, after)
    assert len(went) == 3
    assert [line.split("#")[0].rstrip() for line in came] == [
        "headcount = 95",
        "eligible = 90",
        "profiles = { office = 70, vdi = 25 }",
        '"people.equipment" = { value = 80, by = "IT manager", on = 2026-11-20, document = "stock.ods" }',
        '"RES-002" = { value = "bad", by = "IT manager", on = 2026-11-20 }',
    ]
    site = sitefile.parse(after)
    assert site.people.headcount == 95
    assert site.answers["RES-002"] == Declared("bad", "IT manager", DAY)


def test_only_the_changed_line_of_a_long_file_changes() -> None:
    """An answer given again keeps its place; its neighbours keep their blanks and dates."""
    before = RENNES.read_text(encoding="utf-8")
    after = edited(before, Change(answers={"LNK-011": Declared("bad", "operator", DAY)}))
    went, came = other_lines(before, after)
    assert went == [
        '"LNK-011" = { value = "good", by = "integrator", on = 2026-11-19, document = "handover-file.pdf" }'
    ]
    assert came == ['"LNK-011" = { value = "bad", by = "operator", on = 2026-11-20 }']


def test_a_new_line_stands_above_the_comments_of_the_next_table() -> None:
    """A comment that announces the next table stays with it; one that follows a line stays there too."""
    before = '[declared]\n"a" = 1 # mine\n# of a\n\n# of the answers\n[answers]\n'
    after = edited(before, Change(declared={"b": Declared(2)}))
    assert after == '[declared]\n"a" = 1 # mine\n# of a\n"b" = { value = 2 }\n\n# of the answers\n[answers]\n'


def test_a_table_that_is_not_there_is_added_below() -> None:
    """Even to a file that does not end its last line."""
    after = edited("[site]\nname = 'a'", Change(answers={"RES-002": Declared("bad")}))
    assert after == '[site]\nname = \'a\'\n\n[answers]\n"RES-002" = { value = "bad" }\n'


def test_a_declaration_is_taken_out() -> None:
    """Once, and quietly where it is not there."""
    after = edited(GOOD, Change(removed=("homes.share", "homes.answered")))
    assert other_lines(GOOD, after) == (
        ['"homes.share" = { value = 0.82, by = "survey", on = 2026-11-20, document = "survey.pdf" }'], []
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=30),
    st.one_of(
        st.integers(-(10**9), 10**9),
        st.booleans(),
        st.decimals(0, 1, places=6).map(Fraction),
        st.lists(st.text(max_size=5), max_size=3).map(tuple),
        st.dates(),
    ),
)
def test_any_value_is_read_back_as_it_was_written(
    by: str, value: int | bool | Fraction | tuple[str, ...] | dt.date
) -> None:
    """Quotes, escapes and accents in a text, exact decimals, lists and dates."""
    said = Declared(value, by, DAY, "é.pdf")
    site = sitefile.parse(edited(GOOD, Change(declared={"x": said})))
    clean = line(by)
    found = site.declared["x"]
    assert (found.by, found.on, found.document) == (clean, DAY, "é.pdf")
    if not isinstance(value, tuple):
        assert found.value == value


# ---- on the disk ----


def test_the_file_is_replaced_whole_with_its_rights_and_mark(tmp_path: Path) -> None:
    """Its mode and byte order mark stay, a link keeps pointing at it, and nothing is left beside it."""
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    real.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    real.chmod(0o640)
    link.symlink_to(real)
    site = apply(link, Change(people={"headcount": 130}), inputs.is_input)
    assert site.people.headcount == 130
    assert link.is_symlink()
    assert real.read_bytes().startswith(b"\xef\xbb\xbf[site]")
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.toml", "real.toml"]


def test_a_change_that_makes_no_sense_leaves_the_file_alone(tmp_path: Path) -> None:
    """What would be written is read first: more eligible than heads is refused, and nothing was touched."""
    path = tmp_path / "site.toml"
    path.write_text(GOOD)
    with pytest.raises(SiteFileError):
        apply(path, Change(people={"headcount": 100}))
    with pytest.raises(SiteFileError):
        apply(path, Change(declared={"no.such.input": Declared(1)}), inputs.is_input)
    assert path.read_text() == GOOD
    assert [one.name for one in tmp_path.iterdir()] == ["site.toml"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    """One clear reason, and the file as it was."""
    path = tmp_path / "site.toml"
    path.write_text(GOOD)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SiteFileError) as caught:
            apply(path, Change(people={"headcount": 130}))
    finally:
        tmp_path.chmod(0o700)
    assert caught.value.reason.id == "site.not_written"


def test_what_an_editor_saved_meanwhile_is_kept(tmp_path: Path) -> None:
    """The file is read anew for each change."""
    path = tmp_path / "site.toml"
    path.write_text(GOOD)
    apply(path, Change(answers={"RES-001": Declared("bad")}))
    path.write_text(path.read_text().replace("eligible = 110", "eligible = 99 # edited"))
    apply(path, Change(answers={"RES-003": Declared("bad")}))
    text = path.read_text()
    assert "eligible = 99 # edited" in text
    assert '"RES-001"' in text
    assert '"RES-003"' in text
