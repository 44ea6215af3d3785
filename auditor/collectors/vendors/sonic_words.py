"""Words and blocks of SonicOS's command line: names in quotation marks, or with a backslash before each blank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from auditor.collectors.vendors.blocks import Line

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"?|((?:[^\s"\\]|\\.)+)')


def words(text: str) -> list[str]:
    """The words of a line, their quotation marks gone."""
    return list(_words(text))


@lru_cache(4096)  # a rule is looked at once for each of its parts
def _words(text: str) -> tuple[str, ...]:
    found = (one[1] if one[1] is not None else one[2] for one in _WORD.finditer(text))
    return tuple(re.sub(r"\\(.)", r"\1", word) if "\\" in word else word for word in found)


@dataclass(frozen=True, slots=True)
class Block:
    """A line with what stands below it, read as settings; the root has no text."""

    line: Line

    @property
    def words(self) -> list[str]:
        return words(self.line.text)

    @property
    def name(self) -> str:
        """The last word of its heading: `interface X1`, `vpn policy site-to-site "To Lyon"`."""
        said = self.words
        return said[-1] if len(said) > 1 else ""

    @property
    def kind(self) -> str:
        """The word before its name."""
        said = self.words
        return said[-2] if len(said) > 2 else ""

    @property
    def on(self) -> bool:
        return not self.has("no enable")

    def has(self, text: str) -> bool:
        return any(row.text == text for row in self.line.below)

    def any(self, *starts: str) -> bool:
        """Whether a line below begins with one of these."""
        return any(row.text.startswith(starts) for row in self.line.below)

    def says(self, name: str) -> bool:
        """Whether a setting is named, on or off."""
        return self.any(name, f"no {name}")

    def value(self, name: str) -> str:
        """What follows a setting: its first word; "" without it."""
        for row in self.line.below:
            said = words(row.text)
            if said[:1] == [name] and len(said) > 1:
                return said[1]
        return ""

    def rest(self, *start: str) -> list[str]:
        """The words after a setting's; the last line that says it counts."""
        found: list[str] = []
        for row in self.line.below:
            said = words(row.text)
            if tuple(said[: len(start)]) == start:
                found = said[len(start) :]
        return found

    def after(self, block: str, name: str) -> str:
        """A setting of a block below."""
        return next((said for part in self.of(block) if (said := part.value(name))), "")

    def of(self, *start: str) -> Iterator[Block]:
        """The lines below that begin with these words, with what is below them."""
        for row in self.line.below:
            if tuple(words(row.text)[: len(start)]) == start:
                yield Block(row)

    def all(self) -> Iterator[Line]:
        """Every line below, however deep."""
        stack = list(reversed(self.line.below))
        while stack:
            row = stack.pop()
            yield row
            stack.extend(reversed(row.below))
