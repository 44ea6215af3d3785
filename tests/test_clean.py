"""Texts from devices, as they may come: what is a number, and what only looks like one."""

import pytest

from auditor.clean import plain, whole


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("0443", 443), (str(2**64 - 1), 2**64 - 1), ("9" * 20, 10**20 - 1)]
)
def test_a_run_of_digits_is_a_whole_number(text: str, number: int) -> None:
    """Up to twenty digits, which 64 bits need."""
    assert whole(text) == number


@pytest.mark.parametrize("text", ["", "²", "٣", "-1", "+1", "1_000", " 1", "1\n", "1.0", "0x1f", "9" * 21, "9" * 5000])
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    """Superscripts, digits of other scripts, signs, blanks, and more digits than int() takes: none raises."""
    assert whole(text) is None


def test_a_text_of_ascii_loses_the_same_signs_as_any_other() -> None:
    """Controls, escapes and carriage returns go, lines and tabs stay, whichever way is taken."""
    signs = "".join(map(chr, range(128))) + "\x1b[31mred\x1b[0m\r\nnext"
    assert plain(signs) + "é" == plain(signs + "é")
    assert "\t" in plain(signs)
    assert "\x00" not in plain(signs)
