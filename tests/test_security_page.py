"""docs/security.md is to be believed by those who check: each command, test and link it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from auditor.cli import cli

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
CODE = tuple(re.findall(r"`([^`\n]+)`", PAGE))
CHECKS = PAGE.partition("## Check it yourself")[2]
ROWS = tuple(
    row for row in re.findall(r"^\|(.+)\|(.+)\|$", CHECKS, re.M) if "---" not in row[0] and "claim" not in row[0]
)


def test_every_claim_of_the_table_has_its_command() -> None:
    """A command, or the page that is the answer."""
    assert len(ROWS) > 15
    for claim, how in ROWS:
        assert re.search(r"`(auditor|\.venv/bin/pytest|bash) |\]\(", how), claim


@pytest.mark.parametrize("path", sorted({word.split("::")[0] for text in CODE for word in text.split() if "/" in word
                                         and word.startswith(("tests/", "tools/"))}))  # fmt: skip
def test_every_file_it_names_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_test_it_names_exists() -> None:
    """A test that was renamed would be run by nobody: pytest is asked for a file, which is there, and a name."""
    named = [word.split("::") for text in CODE for word in text.split() if "::" in word and word.startswith("tests/")]
    assert len(named) > 3
    for path, name in named:
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.M), name


def test_every_test_file_with_a_marker_holds_tests_of_it() -> None:
    """`-m lab` and `-m slow` select something in each file they are said with."""
    for text in CODE:
        if found := re.search(r"pytest .*-m (lab|slow) (.+)", text):
            for path in found[2].split():
                assert f"pytest.mark.{found[1]}" in (ROOT / path).read_text(encoding="utf-8"), text


def test_every_command_of_the_program_and_its_options_exist() -> None:
    """What stands behind `auditor` is a command, what begins with two hyphens one of its options."""
    said = [text.split()[1:] for text in CODE if text.startswith("auditor ")]
    assert len(said) > 5
    context = click.Context(cli)
    for name, *rest in said:
        command = cli.get_command(context, name)
        assert command is not None, name
        known = {option for parameter in command.params for option in parameter.opts}
        if isinstance(command, click.Group):
            assert set(rest[:1][0].split("|")) <= set(command.list_commands(context)), rest
        assert {word for word in rest if word.startswith("--")} <= known, (name, rest)


def test_every_page_it_links_to_exists() -> None:
    links = [link for link in re.findall(r"\]\(([^)#\s]+)\)", PAGE) if not link.startswith("http")]
    assert links
    for link in links:
        assert (ROOT / "docs" / link).exists(), link
    for anchor in re.findall(r"\]\(#([a-z-]+)\)", PAGE):
        assert re.search(rf"^## {anchor.replace('-', ' ')}$", PAGE, re.M | re.I), anchor
