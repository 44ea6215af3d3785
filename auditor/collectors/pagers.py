"""What a pager leaves in a session that somebody recorded: its marks, and the blanks that wiped them off the screen."""

from __future__ import annotations

import re
from typing import Final

_MARKS: Final = re.compile(
    r"[ \t]{0,2}(?P<mark><--- More --->"  # Cisco ASA
    r"|--More-- ?(?:\(\d+%\))?"  # Cisco IOS, FortiOS, a shell
    r"|---- ?More ?----"  # Huawei
    r"|---\(more(?: \d+%)?\)---"  # Junos
    r"|-- More --|<space>=\w+,? ?<\w+>=\w+)"
    r"(?P<wiped>(?:[\b\r\x7f]|\x1b\[[\d;?]*[A-Za-z])*(?: *(?:[\b\r\x7f]|\x1b\[[\d;?]*[A-Za-z])+)*)"
    r"(?P<blanks> *)(?P<end>\n?)"
)
_WIDTH: Final = {"<--": 14, "--M": 8, "---- ": 16, "----M": 16, "---(": 0, "-- M": 0}
"""Of each mark how many blanks wipe it off; what stands behind them is the indentation of the next line."""


def without_pages(text: str) -> str:
    """The lines as they follow each other; a mark alone on its line takes the line with it."""
    return _MARKS.sub(_rest, text) if "ore" in text or "<space>" in text else text


def _rest(found: re.Match[str]) -> str:
    if found["end"] and _begins(found):
        return ""
    blanks = found["blanks"]
    if not found["wiped"]:
        width = next((size for start, size in _WIDTH.items() if found["mark"].startswith(start)), 0)
        blanks = blanks[width:] if len(blanks) >= width else ""
    return blanks + found["end"]


def _begins(found: re.Match[str]) -> bool:
    """Whether a mark stands at the beginning of its line."""
    return found.start() == 0 or found.string[found.start() - 1] == "\n"
