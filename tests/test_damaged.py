"""Answers of routers, damaged and cut: no page raises, and what was cut off is never told as absent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collectors.vendors import by_platform
from auditor.collectors.vendors.page import Command, Told

RECORDINGS = Path(__file__).parent / "recordings"
SHARED = Path(__file__).parents[2] / "shared" / "recordings"
FAMILIES = ("cisco_ios", "mikrotik_routeros", "vyos", "ubiquiti_edgerouter", "huawei", "oneaccess_oneos")
NONE: tuple[object, ...] = (0, False, (), "none", "no", ("local",))
NOISE = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
CUT = st.sampled_from(["drop", "cut", "twice", "swap", "noise", "digits", "deeper"])


def _stem(line: str) -> str:
    return "_".join("".join(c if c.isalnum() or c in "-." else " " for c in line).split())


def _answers(platform: str) -> list[tuple[Command, str]]:
    """Every answer at hand, with the row of the page that reads it: ours, and those beside the project if there."""
    found = []
    for command in by_platform(platform).commands:
        for line in (command.line, *command.also):
            paths = sorted((RECORDINGS / platform).glob(f"*/{_stem(line)}.txt"))
            paths += sorted((SHARED / "cli" / platform / _stem(line)).glob("*.txt"))
            if command.line in by_platform(platform).running:
                paths += sorted((SHARED / "configs" / platform).glob("*.cfg"))
            found += [(command, path.read_text(encoding="utf-8", errors="replace")) for path in paths]
    return found


ANSWERS = {platform: _answers(platform) for platform in FAMILIES}


def _damaged(text: str, data: st.DataObject) -> str:
    """The text with some of its lines lost, cut, doubled, moved, or written over."""
    lines = text.splitlines() or [""]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        what = data.draw(CUT)
        line = lines[place]
        where = data.draw(st.integers(0, len(line)))
        lines[place : place + 1] = {
            "drop": [""],
            "cut": [line[:where]],
            "twice": [line, line],
            "swap": [line[where:] + line[:where]],
            "noise": [line[:where] + data.draw(NOISE) + line[where:]],
            "digits": ["".join("²" if sign.isdigit() else sign for sign in line)],
            "deeper": [" " * 40 + line + " {"],
        }[what]
    return "\n".join(lines)


def _never_raises(platform: str, data: st.DataObject) -> None:
    command, text = data.draw(st.sampled_from(ANSWERS[platform]))
    told = command.read(_damaged(text, data) + data.draw(st.sampled_from(["", "\n"])))
    assert isinstance(told, Told)
    assert told.unparsed >= 0


def _proves_no_absence(platform: str, data: st.DataObject) -> None:
    """What a text says to its end is known; what it says of less must not read as "none"."""
    command, text = data.draw(st.sampled_from(ANSWERS[platform]))
    whole = command.read(f"{text.rstrip()}\n").facts
    cut = text[: data.draw(st.integers(0, len(text)))].rstrip("\n")
    told = command.read(cut).facts if cut else {}
    less: dict[Any, Any] = {key: value for key, value in told.items() if value in NONE and value != whole.get(key)}
    assert not less, command.line


@pytest.mark.parametrize("platform", FAMILIES)
def test_there_is_something_to_damage(platform: str) -> None:
    """A family without answers would prove nothing."""
    assert len(ANSWERS[platform]) >= 1


@pytest.mark.parametrize("platform", FAMILIES)
@settings(max_examples=40)
@given(data=st.data())
def test_a_damaged_answer_never_raises(platform: str, data: st.DataObject) -> None:
    """Lost, cut, doubled and foreign lines: less is told, nothing breaks."""
    _never_raises(platform, data)


@pytest.mark.parametrize("platform", FAMILIES)
@settings(max_examples=40)
@given(data=st.data())
def test_an_answer_that_was_cut_off_proves_no_absence(platform: str, data: st.DataObject) -> None:
    """What follows could have said the contrary."""
    _proves_no_absence(platform, data)


@pytest.mark.slow
@pytest.mark.parametrize("platform", FAMILIES)
@settings(max_examples=1000)
@given(data=st.data())
def test_a_thousand_damaged_answers_never_raise(platform: str, data: st.DataObject) -> None:
    """The same, as often as it takes."""
    _never_raises(platform, data)


@pytest.mark.slow
@pytest.mark.parametrize("platform", FAMILIES)
@settings(max_examples=1000)
@given(data=st.data())
def test_a_thousand_cut_answers_prove_no_absence(platform: str, data: st.DataObject) -> None:
    """The same, as often as it takes."""
    _proves_no_absence(platform, data)
