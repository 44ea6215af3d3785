"""Language, numbers and dates as a reader sees them."""

from __future__ import annotations

import datetime as dt
import errno
from fractions import Fraction

import pytest

from auditor.texts import Texts, round_half_up
from auditor.values import Message, Value

EN, FR = Texts("en", {}), Texts("fr", {})


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(Fraction(5, 2), 0, "3"), (Fraction(-5, 2), 0, "-3"), (Fraction(1, 8), 2, "0.13"), (0.29, 1, "0.3"), (2, 0, "2")],
)
def test_figures_are_rounded_half_up_once(value: Fraction | float, digits: int, expected: str) -> None:
    """0.5 goes away from zero, on the exact value."""
    assert str(round_half_up(value, digits)) == expected


def test_numbers_follow_the_language() -> None:
    """French has a narrow no-break space and a decimal comma; a terminal gets an ordinary no-break space."""
    assert EN.number(Fraction(123456, 10), 1) == "12,345.6"
    assert FR.number(Fraction(123456, 10), 1) == "12\u202f345,6"
    assert Texts("fr", {}, narrow=False).number(12345) == "12\u00a0345"
    assert (EN.percent(14), FR.percent(14)) == ("14%", "14\u202f%")


def test_rates_have_the_unit_people_use() -> None:
    """20 Mbit/s, not 20000000."""
    assert EN.rate(20_000_000) == "20\u00a0Mbit/s"
    assert EN.rate(10_100_000) == "10.1\u00a0Mbit/s"
    assert FR.rate(502_323) == "502\u00a0kbit/s"
    assert EN.rate(0) == "0\u00a0bit/s"


def test_dates_follow_the_language() -> None:
    """A French reader sees 24/11/2026."""
    at = dt.datetime(2026, 11, 24, 14, 2, tzinfo=dt.UTC)
    assert EN.date(at) == "24 Nov 2026"
    assert FR.date(at) == "24/11/2026"
    assert FR.time(at) == "14\u00a0h\u00a002"


def test_a_message_is_filled_by_its_formats() -> None:
    """Placeholders carry their format; an id without words shows as itself."""
    texts = Texts("en", {"x": "{used:rate} of {names:list}, {share:ratio}, {n:raw}", "name.link.down": "download"})
    values: dict[str, Value] = {"used": 10_000_000, "names": ("a", "b", "c"), "share": Fraction(15, 110), "n": 12345}
    assert texts.say(Message("x", values)) == "10\u00a0Mbit/s of a, b and c, 13.6%, 12345"
    assert texts.say(Message("no.words")) == "no.words"
    assert texts.name("link.down/main") == "download (main)"


def test_a_value_can_not_reach_into_objects() -> None:
    """A placeholder is a plain name: attributes and indices of a value are out of reach."""
    texts = Texts("en", {"x": "{a.__class__} {b[0]}"})
    assert texts.say(Message("x", {"a": "A", "b": ("B",)})) == "{a.__class__} {b[0]}"


@pytest.mark.parametrize(
    ("octets", "english", "french"),
    [
        (0, "0 bytes", "0 octet"),
        (1, "1 byte", "1 octet"),
        (1023, "1,023 bytes", "1 023 octets"),
        (1024, "1 KiB", "1 Kio"),
        (2 * 2**30, "2 GiB", "2 Gio"),
        (25_276_514_304, "23.5 GiB", "23,5 Gio"),
    ],
)
def test_a_size_is_said_in_the_unit_that_fits(octets: int, english: str, french: str) -> None:
    """Binary units, one decimal where it is needed."""
    for say, expected in ((EN, english), (FR, french)):
        assert " ".join(say.size(octets).split()) == expected


def test_what_the_system_refuses_is_said_in_the_readers_language() -> None:
    """Its own words are English everywhere; what it seldom says stays as it is."""
    missing = FileNotFoundError(errno.ENOENT, "No such file or directory", "x.toml")
    assert Texts("fr", {}).refusal(missing) == "aucun fichier ni dossier de ce nom"
    assert Texts("en", {}).refusal(missing) == "no such file or folder"
    assert Texts("fr", {}).refusal(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"
