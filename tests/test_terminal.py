"""What a terminal would show: the cleaning of device output, whatever a device sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.terminal import answer, decode, looks_like_prompt, paused, prompt_shape, render


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("a\r\nb\r\r\nc\n\rd", "a\nb\nc\nd"),
        ("abc\b\bX", "aXc"),
        ("10%\r20%\r100%", "100%"),
        (" --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\binterface x", "interface x"),
        ("long line\rshort\x1b[K", "short"),
        ("\x1b[1;31mred\x1b[0m \x1b]0;title\x07text\x1b[?2004h", "red text"),
        ("ab\x1b[2Dxy", "xy"),
        ("a\tb\x00\x07\u202ec", "a\tbc"),
    ],
)
def test_overwritten_text_and_escapes_are_gone(raw: str, seen: str) -> None:
    """The text is what a person would have read."""
    assert render(raw) == seen


@given(st.text(alphabet=st.sampled_from("ab \r\n\b\t\x1b[]0123456789;KDCGm?\x07\x9b\x00é"), max_size=80))
def test_no_control_character_survives(raw: str) -> None:
    """Whatever a device sends, and reading it twice changes nothing."""
    seen = render(raw)
    assert not [sign for sign in seen if ord(sign) < 32 and sign not in "\n\t"]
    assert render(seen) == seen


def test_a_cursor_sent_far_away_costs_nothing() -> None:
    """A few bytes cannot become gigabytes of blanks."""
    assert len(render("\x1b[999999999Cx\x1b[999999999Gx" * 1000)) < 5000


def test_an_answer_has_neither_echo_nor_prompt() -> None:
    """Also behind a prompt that was still on its way, and where the echo was wrapped."""
    for echo in (
        "show clock\r\n",
        "fw# \r\nfw# show clock\r\n",
        "show cl \r\nock\r\n",
        "show clock\b\b\b\b\bclock\r\n",
    ):
        assert answer(f"{echo}12:00\r\nfw# ", "show clock") == "12:00"
    assert answer("12:00\r\nfw# ", "show clock") == "12:00"
    assert answer("show clock\r\nfw# ", "show clock") == ""


def test_octets_are_read_as_utf8_else_as_windows_1252() -> None:
    """Old devices and French labels use the second."""
    assert decode("\xc3\xa9tage") == "étage"
    assert decode("\xe9tage") == "étage"


@pytest.mark.parametrize(
    "mark",
    ["--More--", " --More-- ", "-- More --", "<--- More --->", "---(more 12%)---", "---- More ----", "---(more)---",
     "--More--(12%)", "Press any key to continue (Q to quit)", "lines 1-24"],
)  # fmt: skip
def test_pagers_are_known_by_their_marks(mark: str) -> None:
    assert paused(mark.strip())


@pytest.mark.parametrize(
    "line", ["one more time", "description --More-- or less", "-- more text here --", "", "router#"]
)
def test_a_text_that_speaks_of_pagers_is_none(line: str) -> None:
    assert not paused(line)


@pytest.mark.parametrize(
    "prompt", ["rtr-rennes>", "fw/pri/act#", "FGT60F (root) #", "audit@pbx:~$", "<HUAWEI>", "#", "box %"]
)
def test_prompts_are_known_again_with_other_digits_and_rights(prompt: str) -> None:
    """A clock, a counter, or `enable` may change them; another name does not match."""
    assert looks_like_prompt(prompt)
    assert prompt_shape(prompt).fullmatch(prompt)
    assert prompt_shape("12:01:02 $").fullmatch("12:01:03 $")
    assert prompt_shape("fw>").fullmatch("fw#")
    assert not prompt_shape("fw>").fullmatch("fw-2#")
