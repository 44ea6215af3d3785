"""Text from devices is hostile: what is kept of it holds no control characters, escapes or digits without end."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_MOST_DIGITS: Final = 20  # of the largest number of 64 bits; int() takes minutes for a million of them, or raises
_DIGITS: Final = re.compile(r"\d{65,}")  # more than any number, address or sum has; int() refuses 4,300 of them
_CONTROLS: Final = dict.fromkeys([*range(9), *range(11, 32), 127])
_ESCAPES: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles, links, clipboard
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"  # two-byte escapes
    r"|\x9b[0-?]*[ -/]*[@-~]"  # 8-bit CSI
)


def plain(text: str) -> str:
    """The text without terminal escapes, control, format or surrogate characters; lines and tabs stay.

    Digits beyond the length of any number are left out, with a sign in their place that no number has.
    """
    if text.isprintable() and not _DIGITS.search(text):  # no control, format or private character to take out
        return text
    text = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    text = _DIGITS.sub("…", text)
    if text.isascii():  # most text is, and this takes a tenth of the time
        return text.translate(_CONTROLS)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def line(text: str) -> str:
    """The text on one line, trimmed."""
    return " ".join(plain(text).split())


def decode(data: bytes) -> str:
    """Octets as text: UTF-8, else Windows-1252 (what old devices and French labels use); NULs and blanks trimmed."""
    data = data.strip(b"\x00")
    try:
        return plain(data.decode("utf-8")).strip()
    except UnicodeDecodeError:
        return plain(data.decode("cp1252", errors="replace")).strip()


def whole(text: str) -> int | None:
    """The whole number that these ASCII digits spell, at most twenty of them; None for any other text.

    `str.isdigit` also holds for '²', which int() refuses, and int() refuses digits beyond sys.get_int_max_str_digits.
    """
    return int(text) if len(text) <= _MOST_DIGITS and text.isascii() and text.isdigit() else None
