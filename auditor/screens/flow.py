"""Prose on lines of a given width, broken at ordinary spaces alone: French never starts a line with a colon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len, chop_cells
from rich.text import Text

LEAST: Final = 12
_WORD: Final = re.compile(r"[^ ]+")


def flow(text: Text, width: int, prefix: Text | None = None) -> list[Text]:
    """The lines of a text, at most `width` cells wide; the first begins with `prefix`, the others hang below it.

    Where little would be left beside the prefix it stands on a line of its own.
    """
    head = prefix or Text()
    if head.cell_len > max(4, width - LEAST):
        return [head.copy(), *flow(text, width, Text("  "))]
    room = max(1, width - head.cell_len)
    indent = " " * head.cell_len
    lines: list[Text] = []
    for paragraph in text.split("\n", allow_blank=True):
        cuts = list(_cuts(paragraph.plain, room))
        for piece in paragraph.divide(cuts):
            piece.rstrip()
            lines.append(Text.assemble(indent if lines else head, piece, no_wrap=True))
    return lines


def _cuts(plain: str, room: int) -> Iterator[int]:
    """Where to break: before the word that no longer fits, or inside one that fits nowhere."""
    start = 0
    for match in _WORD.finditer(plain):
        if cell_len(plain[start : match.end()]) <= room:
            continue
        if match.start() > start:
            yield match.start()
            start = match.start()
        for part in chop_cells(match.group(), room)[:-1]:
            start += len(part)
            yield start
