"""What is generated in the tree is what would be generated now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.bill import missing, normal
from tools.generated import MARK, ROOT, demo_audit, pages, picture, table
from tools.licences import licences

AGAIN = "is not what stands in the tree: run `bash tools/generate`, look at the change, and commit it"


@pytest.mark.parametrize("name", ["checks.md", "devices.md", "inputs.md", "licences.md"])
def test_the_tables_of_the_documentation_are_up_to_date(name: str) -> None:
    """Every check, device and input is in its table as the code has it."""
    path = ROOT / "docs" / name
    made = pages()[path]
    assert MARK in made
    assert made == path.read_text(encoding="utf-8"), f"what the code says of docs/{name} {AGAIN}"


@pytest.mark.slow
def test_the_picture_of_the_dashboard_is_up_to_date() -> None:
    """The README shows the dashboard as it looks today, on the audit of the demo's real devices."""
    path = ROOT / "docs" / "dashboard.svg"
    made = picture(demo_audit())
    assert all(word in words(made) for word in ("of the 110 eligible people", "Internet access, download", "29/110"))
    stored = path.read_text(encoding="utf-8")
    assert words(made) == words(stored), f"what the dashboard says {AGAIN}"
    same = made == stored  # the drawing itself is too long to be shown
    assert same, f"the look of the dashboard {AGAIN}"


def words(svg: str) -> str:
    """The text of a picture."""
    return re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]*>", " ", svg, flags=re.S).replace("&#160;", " "))


def test_a_bill_of_materials_that_lacks_a_package_is_seen() -> None:
    """A part without a version or an address is not named; spelling does not matter."""
    parts = [{"name": name.replace("_", "-").upper(), "version": "1", "purl": "pkg:x"} for name in licences()]
    assert missing({"components": parts}) == set()
    assert missing({"components": parts[1:]}) == {normal(next(iter(licences())))}
    assert missing({"components": [part | {"purl": ""} for part in parts]}) == {normal(name) for name in licences()}


def test_the_picture_fetches_nothing() -> None:
    """Whoever looks at the README asks no other server for fonts."""
    svg = (ROOT / "docs" / "dashboard.svg").read_text(encoding="utf-8")
    assert not re.search(r"url\(\s*[\"']?https?:|href=|src=", svg)


def test_a_cell_cannot_end_its_row() -> None:
    """A bar inside a cell is escaped."""
    assert table(["a|b"], [["c"]]) == "| a\\|b |\n| --- |\n| c |"


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")), ids=lambda p: p.name)
def test_no_link_leads_nowhere(page: Path) -> None:
    """Every file that a page points at is in the tree, and so is every tool it names."""
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (page.parent / link).exists(), f"{page.name} links {link}"
    for tool in re.findall(r"`(?:bash )?((?:tools|docs|\.ci)/[\w./-]+)", text):
        assert (ROOT / tool).exists(), f"{page.name} names {tool}"
