"""Readers of configurations: by indentation (IOS, ASA) and by FortiOS blocks; `trees` has the others."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

TOKEN: Final = re.compile(r"<secret:([a-z-]+)>")
DEEPEST: Final = 64  # what a hostile configuration nests deeper is read at this depth
_END: Final = re.compile(r"(?:: )?end|Cryptochecksum:\s*[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a configuration and the lines below it."""

    text: str
    below: tuple[Line, ...] = ()

    @property
    def words(self) -> list[str]:
        return self.text.split()

    def starting(self, *starts: str) -> list[Line]:
        return [line for line in self.below if line.text.startswith(starts)]

    def after(self, start: str) -> str:
        """What follows `start` on the first line below that begins with it, "" without one."""
        return next((line.text.removeprefix(start).strip() for line in self.below if line.text.startswith(start)), "")


@dataclass
class _Growing:
    text: str
    depth: int
    below: list[_Growing] = field(default_factory=list)

    def frozen(self) -> Line:
        return Line(self.text, tuple(child.frozen() for child in self.below))


def indented(text: str) -> Line:
    """A configuration whose structure is its indentation; `!` and blank lines separate."""
    root = _Growing("", -1)
    open_now = [root]
    for raw in text.splitlines():
        if not raw.strip() or raw.strip().startswith("!"):
            continue
        depth = len(raw) - len(raw.lstrip(" "))
        while open_now[-1].depth >= depth or len(open_now) > DEEPEST:
            open_now.pop()
        node = _Growing(raw.strip(), depth)
        open_now[-1].below.append(node)
        open_now.append(node)
    return root.frozen()


def looks_whole(text: str) -> bool:
    """Whether a configuration came to its end: a part of one proves nothing about what it does not show."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return len(lines) >= 5 and any(_END.fullmatch(line) for line in lines[-3:])  # a prompt may follow


def balanced(text: str) -> bool:
    """Whether every FortiOS block that opens is closed: in a cut one, what follows would be read in the wrong place."""
    verbs = [words[0] for words in _fortios_words(text)]
    return verbs.count("config") == verbs.count("end")


@dataclass
class Block:
    """A FortiOS block: its settings, its tables by path, its rows by name."""

    settings: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, Block] = field(default_factory=dict)
    rows: dict[str, Block] = field(default_factory=dict)

    def table(self, path: str) -> Block:
        return self.tables.get(path, Block())

    def get(self, name: str, default: str = "") -> str:
        return " ".join(self.settings.get(name, [])) or default


def fortios(text: str) -> tuple[Block, int]:
    """The tree of `config … edit … set … next … end`, and the number of lines that fit nowhere.

    `next` closes the innermost row and `end` the innermost table: one that is missing costs what it should have closed,
    and nothing behind it.
    """
    root = Block()
    open_now: list[tuple[str, Block]] = [("", root)]
    strange = 0
    for words in _fortios_words(text):
        verb, rest, here = words[0], words[1:], open_now[-1][1]
        if verb == "config" and rest:
            open_now.append((verb, here.tables.setdefault(" ".join(rest), Block())))
        elif verb == "edit" and rest:
            open_now.append((verb, here.rows.setdefault(rest[0], Block())))
        elif verb in ("next", "end"):
            strange += not _closed(open_now, "edit" if verb == "next" else "config")
        elif verb == "set" and rest:
            here.settings[rest[0]] = rest[1:]
        elif verb == "append" and rest:
            here.settings[rest[0]] = [*here.settings.get(rest[0], []), *rest[1:]]
        elif verb == "unset" and rest:
            here.settings.pop(rest[0], None)
        else:
            strange += 1
    return root, strange


def _closed(open_now: list[tuple[str, Block]], kind: str) -> bool:
    """Close the innermost block of a kind, with those inside it; whether there was one."""
    place = next((at for at in range(len(open_now) - 1, 0, -1) if open_now[at][0] == kind), 0)
    if place:
        del open_now[place:]
    return bool(place)


def _fortios_words(text: str) -> Iterator[list[str]]:
    for line in _quoted(text):
        if not line or line.startswith("#"):
            continue
        try:
            yield shlex.split(line, comments=False)
        except ValueError:  # a quotation that never closes
            yield line.split()


def _quoted(text: str) -> Iterator[str]:
    """Lines, with those of a quotation put together (a banner, a certificate); one that never closes is a line."""
    lines = [raw.strip() for raw in text.splitlines()]
    odd = [_odd(line) for line in lines]
    closes, after = [len(lines)] * (len(lines) + 1), len(lines)
    for place in range(len(lines) - 1, -1, -1):
        after = place if odd[place] else after
        closes[place] = after
    place = 0
    while place < len(lines):
        end = closes[place + 1] if odd[place] else place
        if end == len(lines):
            end = place
        yield "\n".join(lines[place : end + 1])
        place = end + 1


def _odd(line: str) -> bool:
    """Whether a line leaves a quotation open, or closes one."""
    return len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 1


def secret_class(text: str) -> str:
    """The class of the first redacted secret of a line: default, guessable, same-as-name, hashed, strong, or ""."""
    found = TOKEN.search(text)
    return found.group(1) if found else ""


def weak(kind: str) -> bool:
    """Whether a class of secret is one anybody may guess."""
    return kind in ("default", "guessable", "same-as-name")
