"""A PDF read back through its tags: the text of each mark, the tables cell by cell, and where each text stands."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pdfplumber

from auditor.reports.styles import MARGIN

Box = tuple[float, float, float, float]
TOUCH = 0.6
"""Points by which two boxes may touch: the box of a letter is larger than its ink."""


def squeezed(text: str) -> str:
    """A text without its spaces: where a line breaks is no difference."""
    return "".join(text.split())


def _elements(element: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    if element["type"] == kind:
        yield element
    for child in element.get("children", ()):
        yield from _elements(child, kind)


def tables_of(path: Path) -> list[list[list[str]]]:
    """Every table as rows of cells without spaces, a table over many pages as one."""
    with pdfplumber.open(path) as document:
        said: dict[tuple[int, int], str] = {}
        for page in document.pages:
            for char in page.chars:
                key = (page.page_number, char["mcid"])
                said[key] = said.get(key, "") + char["text"]
        (root,) = document.structure_tree
    return [
        [[_text(cell, said) for cell in row["children"]] for row in table["children"]]
        for table in _elements(root, "Table")
    ]


def _text(element: dict[str, Any], said: dict[tuple[int, int], str]) -> str:
    page = element.get("page_number", 0)
    own = "".join(said.get((page, number), "") for number in element.get("mcids", ()))
    return squeezed(own + "".join(_text(child, said) for child in element.get("children", ())))


def boxes(page: Any) -> dict[Any, Box]:
    """The box of each text of a page: of a mark whole, of the words of charts and of what is no part of it singly."""
    found: dict[Any, Box] = {}
    loose: list[dict[str, Any]] = []
    for char in page.chars:
        if not char["text"].strip():
            continue
        if char["tag"] in (None, "Figure", "Artifact"):
            loose.append(char)
            continue
        own = (char["x0"], char["top"], char["x1"], char["bottom"])
        key = char["mcid"]
        found[key] = _around(found[key], own) if key in found else own
    for number, word in enumerate(_words(loose)):
        found["loose", number] = word
    return found


def _words(chars: list[dict[str, Any]]) -> Iterator[Box]:
    """Letters that follow one another on one line, as they were drawn."""
    run: list[dict[str, Any]] = chars[:1]
    for before, char in pairwise(chars):
        if abs(char["top"] - before["top"]) > 0.1 or not -0.5 <= char["x0"] - before["x1"] <= char["size"]:
            yield _box(run)
            run = []
        run.append(char)
    if run:
        yield _box(run)


def _box(run: list[dict[str, Any]]) -> Box:
    return run[0]["x0"], run[0]["top"], run[-1]["x1"], run[0]["bottom"]


def _around(one: Box, other: Box) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def crowded(page: Any) -> list[tuple[Any, Any]]:
    """Texts that stand on one another: no two boxes share a place."""
    found = sorted(boxes(page).items(), key=lambda item: item[1][1])
    hits = []
    for at, (one, (left, top, right, bottom)) in enumerate(found):
        for other, box in found[at + 1 :]:
            if box[1] >= bottom - TOUCH:
                break
            if box[0] < right - TOUCH and left < box[2] - TOUCH and box[3] > top + TOUCH:
                hits.append((one, other))
    return hits


def outside(page: Any) -> list[Any]:
    """Texts that leave the frame of their page, running lines apart, or the page itself."""
    wide, high = float(page.width), float(page.height)
    return [
        key
        for key, (left, top, right, bottom) in boxes(page).items()
        if left < MARGIN - 1
        or right > wide - MARGIN + 1
        or top < (20 if isinstance(key, tuple) else MARGIN - 3)
        or bottom > high - (20 if isinstance(key, tuple) else MARGIN - 3)
    ]


def fits(path: Path) -> str:
    """Every text stands inside the frame of its page, and none on another one; gives all letters as they were drawn."""
    found = []
    with pdfplumber.open(path) as document:
        for page in document.pages:
            assert page.chars
            assert not outside(page), (page.page_number, outside(page)[:5])
            assert not crowded(page), (page.page_number, crowded(page)[:5])
            found.append("".join(char["text"] for char in page.chars))
            page.close()
    return " ".join(found)
