"""`auditor compare` as a user runs it, on audit JSON files."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from auditor.model import Audit, Finding, Outcome
from auditor.reports.export import audit_json
from auditor.wording import texts
from tests.commands import auditor
from tests.worked_audit import worked_audit


def written(path: Path, audit: Audit) -> Path:
    path.write_text(json.dumps(audit_json(audit, texts("en"))), encoding="utf-8")
    return path


def turned(finding: Finding, outcome: Outcome) -> Finding:
    """The same check with another result, and the words that go with it."""
    message = replace(finding.message, id=f"{finding.id}.{outcome.value}")
    return replace(finding, outcome=outcome, message=message, quality=Fraction(1))


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """An audit, and a later one where one check was cured and another got worse."""
    before = worked_audit()
    first = next(f for f in before.findings if f.outcome is Outcome.FAIL)
    second = next(f for f in before.findings if f.outcome is Outcome.PASS)
    cured = {first.id: turned(first, Outcome.PASS), second.id: turned(second, Outcome.FAIL)}
    after = replace(before, id="later", findings=tuple(cured.get(f.id, f) for f in before.findings))
    return written(tmp_path / "before.json", before), written(tmp_path / "after.json", after)


def test_before_and_after_are_told_in_lines(pair: tuple[Path, Path]) -> None:
    before, after = pair
    ended = auditor("compare", before, after)
    assert ended.code == 0, ended
    assert "People at the same time: 15 of 110, then 15 of 110" in ended.out
    assert "Fixed (1)" in ended.out
    assert "Got worse (1)" in ended.out


def test_french_has_no_english_left(pair: tuple[Path, Path]) -> None:
    ended = auditor("compare", *pair, "--lang", "fr")
    assert "Personnes simultanées" in ended.out
    assert "Corrigés (1)" in ended.out
    assert "Proven" not in ended.out


def test_json_sums_and_names_each_check(pair: tuple[Path, Path]) -> None:
    ended = auditor("compare", *pair, "--json")
    told = ended.json
    assert told["schema"] == "auditor/compare/1"
    parts = told["decomposition"]
    moved = sum(parts[name] for name in ("remediation", "coverage", "catalogue", "scope"))
    assert moved == pytest.approx(parts["after"] - parts["before"])
    kinds = {row["id"]: row["kind"] for row in told["changes"]}
    assert sorted(kind for kind in kinds.values() if kind != "unchanged") == ["fixed", "regressed"]


def test_a_regression_can_fail_a_script(pair: tuple[Path, Path]) -> None:
    """Exit 1 where a check got worse, 0 where none did."""
    before, after = pair
    assert auditor("compare", before, after, "--fail-on", "regression").code == 1
    assert auditor("compare", before, before, "--fail-on", "regression").code == 0


def test_nothing_changed_is_said(pair: tuple[Path, Path]) -> None:
    ended = auditor("compare", pair[0], pair[0])
    assert "Nothing about the site changed between the two." in ended.out


def test_two_sites_are_not_compared(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """A client's figures never stand beside another's."""
    other = worked_audit()
    elsewhere = written(tmp_path / "other.json", replace(other, site=replace(other.site, client="Autre SARL")))
    assert "two sites" in auditor("compare", pair[0], elsewhere).fault()


def test_an_unreadable_audit_is_one_line(pair: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    assert "bad.json" in auditor("compare", pair[0], tmp_path / "bad.json").fault()


def test_a_comparison_is_written_in_any_form(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """The report of the later audit with what changed, in the forms asked for; an unknown form is one line."""
    before, after = pair
    ended = auditor("compare", before, after, "--format", "json,csv", "--out", tmp_path / "out", "--lang", "fr")
    assert ended.code == 0, ended
    names = [Path(line).name for line in ended.out.splitlines()]
    (told,) = (json.loads(Path(line).read_text()) for line in ended.out.splitlines() if line.endswith(".json"))
    assert told["comparison"]["schema"] == "auditor/compare/1"
    assert any(name.endswith(".fr.changes.csv") for name in names)
    assert "docx" in auditor("compare", before, after, "--format", "docx", "--out", tmp_path / "no").fault()
    assert not (tmp_path / "no").exists()
