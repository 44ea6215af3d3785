"""What a terminal would show: device output without escapes, pager marks, overwritten text, echo and prompt."""

from __future__ import annotations

import re
from typing import Final

from auditor.clean import plain

# Matched against the whole last line, so that a text which speaks of pagers is not taken for one.
_PAGER: Final = re.compile(
    r"\s*(?:<?-{2,4}\s?\(?\s?more\s?(?:\d+\s?%)?\)?\s?-{2,4}>?(?: or \(q\)uit)?"  # <--- More --->, ---(more 12%)---
    r"|--more--\s*\(?\d*%?\)?"
    r"|press any key to continue(?: \(q to quit\))?"
    r"|press <enter> for 1 line, <space> for one page.{0,40}"
    r"|-- more --, next page: space.{0,40}"
    r"|-- \[q quit\|d dump\|.{0,40}\]"
    r"|lines? \d+-\d+(?:/\d+)?(?: \d+%)?)\s*",
    re.IGNORECASE,
)
_PROMPT: Final = re.compile(r"\S(?:[^\n]{0,120}\S)?\s?[>#$%]|[>#$%]")
# `fw/pri/act#` of an ASA, `admin@PA(active)>` of PAN-OS: what a switchover changes while we ask.
_STATE: Final = re.compile(
    r"/(?:act|stby)(?![a-z])|\\\((?:active|passive|suspended|initial|tentative|standby)[a-z\\-]*\\\)"
)
_COLUMNS: Final = 1024  # no cursor moves further than this, whatever a device asks for
_MOVES: Final = re.compile(
    r"\x1b\[(\d*)([CDGK])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]|[\b\r]|[^\x1b\b\r]+|\x1b"
)


def decode(data: str) -> str:
    """Octets kept one to a character (latin-1) as text: UTF-8, else Windows-1252."""
    octets = data.encode("latin-1")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace")


def render(raw: str) -> str:
    """The text a person would have read: overwritten characters, escapes and control characters are gone."""
    return plain("\n".join(_line(line) for line in raw.split("\n")))


def _line(raw: str) -> str:
    """One line as it stands once every backspace, carriage return and cursor move has done its work."""
    raw = raw.strip("\r")
    if not any(sign in raw for sign in "\r\b\x1b"):
        return raw
    cells: list[str] = []
    at = 0
    for found in _MOVES.finditer(raw):
        piece, count, move = found[0], int(found[1] or 0), found[2]
        if piece == "\r":
            at = 0
        elif piece == "\b":
            at = max(0, at - 1)
        elif move:
            at = _move(cells, at, move, count)
        elif piece[0] != "\x1b":
            cells[at:] = [*cells[at:], *" " * (at - len(cells))]
            cells[at : at + len(piece)] = piece
            at += len(piece)
    return "".join(cells).rstrip()


def _move(cells: list[str], at: int, move: str, count: int) -> int:
    """Where the cursor stands after a move; erasing changes the line."""
    if move == "K":
        if count == 0:
            del cells[at:]
        elif count == 2:
            cells.clear()
        return at
    if move == "G":
        return min(max(0, count - 1), _COLUMNS)
    return min(at + (count or 1), max(at, _COLUMNS)) if move == "C" else max(0, at - (count or 1))


def last_line(raw: str) -> str:
    """The line the cursor stands on, trimmed."""
    return render(raw[-4096:].rpartition("\n")[2]).strip()


def paused(line: str) -> bool:
    """Whether a last line is a pager's mark, which a space takes on."""
    return _PAGER.fullmatch(line) is not None


def looks_like_prompt(line: str) -> bool:
    """Whether a last line may be a command prompt."""
    return _PROMPT.fullmatch(line) is not None


def prompt_shape(prompt: str) -> re.Pattern[str]:
    """How this prompt looks for the rest of the session: a clock, a counter, the state of a pair, its last sign."""
    stem = re.sub(r"\d+", r"\\d+", re.escape(prompt[:-1].rstrip()))
    stem = _STATE.sub(lambda found: r"/(?:act|stby)" if found[0].startswith("/") else r"\([a-z-]+\)", stem)
    sign = "[>#$%]" if prompt[-1:] in ">#$%" else re.escape(prompt[-1:])
    return re.compile(rf"{stem}\s?{sign}")


def squeeze(text: str) -> str:
    """The text without blanks: a line that was wrapped or repainted still compares."""
    return "".join(text.split())


def echoed(text: str, line: str) -> int:
    """How many lines the echo of `line` takes at the start of a text, what stands before it included; else 0."""
    wanted, seen = squeeze(line), ""
    for count, part in enumerate(text.split("\n")[:4], 1):
        seen += squeeze(part)
        if wanted and seen.endswith(wanted):
            return count
    return 0


def answer(raw: str, line: str, above: str = "") -> str:
    """The output of a command alone, from all that was read after sending it, its prompt included.

    `above` matches the line that some devices show before each prompt.
    """
    text = render(decode(raw))
    lines = text.split("\n")[echoed(text, line) : -1]
    if above and lines and re.fullmatch(above, lines[-1].strip()):
        lines.pop()
    return "\n".join(lines).strip("\n")
