"""The screens on a terminal without Unicode: every sign becomes one of ASCII that is as wide, and none is lost."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

BARE: Final = ("dumb", "vt52", "vt100", "vt102", "vt220", "ansi")
SIGNS: Final[Mapping[str, str]] = {
    **dict.fromkeys("─━┄╌═▔▁▂", "-"),
    **dict.fromkeys("│┃║▏▎▍▌▋▊▉▐▕", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛╋╸╺╹╻┠┨┳┻", "+"),
    **dict.fromkeys("█▀▄▅▆▇▃", "#"),
    **dict.fromkeys("▒▓", "="),
    **dict.fromkeys("░·", "."),
    **dict.fromkeys("╱∕", "/"),
    **dict.fromkeys("✓✔", "v"),
    **dict.fromkeys("✗✘×", "x"),
    **dict.fromkeys("●•", "*"),
    **dict.fromkeys("◐◌", "o"),
    **dict.fromkeys("○◯", "O"),
    **dict.fromkeys("→▶▷▸›▹", ">"),
    **dict.fromkeys("←◀◁‹", "<"),
    **dict.fromkeys("↑▲△", "^"),
    **dict.fromkeys("↓▼▽", "v"),
    **dict.fromkeys("–—−‑", "-"),
    **dict.fromkeys("’‘", "'"),
    **dict.fromkeys("“”«»„", '"'),
    "…": "~",
    "≈": "~",
    "≤": "<",
    "≥": ">",
    "↵": "J",
    "␣": "_",
    "€": "E",
    "œ": "o",
    "Œ": "O",
    "ß": "s",
    "ø": "o",
    "Ø": "O",
}


@lru_cache(4096)
def ascii_of(char: str) -> str:
    """One character as ASCII in the same number of cells: letters lose their accents, what is not known is a ?."""
    if char.isascii():
        return char
    plain = SIGNS.get(char) or unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    width = cell_len(char)
    return (plain or "?")[:width].ljust(width) if width else ""


def in_ascii(text: str) -> str:
    return text if text.isascii() else "".join(map(ascii_of, text))


class Ascii(LineFilter):
    """Draws the lines of every widget in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(in_ascii(segment.text), segment.style, segment.control) for segment in segments]


def is_bare(environment: Mapping[str, str]) -> bool:
    """Whether the terminal shows ASCII alone: by its name, or by a locale that is not UTF-8.

    Where no locale is set nothing is known, and terminals of today show Unicode. LC_CTYPE=C.UTF-8 beside a LANG of
    another kind is Python's own doing (PEP 538) and says nothing of the terminal. AUDITOR_ASCII=1 or 0 says it without
    guessing.
    """
    if said := environment.get("AUDITOR_ASCII"):
        return said != "0"
    if environment.get("TERM", "") in BARE:
        return True
    names = [environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if names[1] == "C.UTF-8" and names[2] and "utf" not in names[2].lower():
        names[1] = ""
    locale = next(filter(None, names), "UTF-8")
    return "utf" not in locale.lower()
