"""Readers of configurations in set form (Junos, PAN-OS, VyOS), in braces, and of RouterOS exports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import Final

_WORD: Final = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"?|'([^']*)'?|(\[)|(\])|([^\s\[\]"']\S*))""", re.S)
_SIGN: Final = re.compile(
    r"""[ \t\r\f\v]+|/\*.*?(?:\*/|\Z)|\#[^\n]*|(?<![^\n])![^\n]*|([\n{};])"""
    r"""|"((?:[^"\\]|\\.)*)"?|'([^'\n]*)'?|([\[\]])|([^\s{};\[\]"']+)""",
    re.S,
)
_MARKS: Final = ("inactive:", "protect:", "replace:")
_VERBS: Final = ("set", "deactivate", "activate", "delete")
DEEPEST: Final = 64
"""No configuration is nested deeper; what a hostile one nests deeper is read at this depth."""


@dataclass(slots=True)
class Node:
    """A word of a configuration and the words below it, in order; `last` is the number of the last line that names it.

    What is deactivated is left out of every answer, unless `names` is asked for it.
    """

    below: dict[str, Node] = field(default_factory=dict)
    inactive: bool = False
    last: int = -1

    def at(self, *path: str) -> Node:
        """The node at a path; an empty one where there is none, or where it is deactivated."""
        node: Node | None = self
        for word in path:
            node = node.below.get(word) if node else None
            if node is None or node.inactive:
                return Node()
        return node or Node()

    def has(self, *path: str) -> bool:
        """Whether a path is written and active."""
        parent = self.at(*path[:-1])
        return path[-1] in parent.below and not parent.below[path[-1]].inactive

    def names(self, *path: str, inactive: bool = False) -> tuple[str, ...]:
        """The words below a path: the names of rows, or the values of a list."""
        return tuple(name for name, node in self.at(*path).below.items() if inactive or not node.inactive)

    def rows(self, *path: str) -> Iterator[tuple[str, Node]]:
        """Names and nodes below a path."""
        return ((name, node) for name, node in self.at(*path).below.items() if not node.inactive)

    def value(self, *path: str, default: str = "") -> str:
        """The value of a setting; where it was set twice, the last."""
        return next(reversed(self.names(*path)), default)

    def graft(self, other: Node) -> None:
        """Add what `other` holds and this node does not (an inherited group); this node's own words win."""
        todo = [(self, other)]
        while todo:
            mine, theirs = todo.pop()
            for name, node in theirs.below.items():
                if not node.inactive:
                    todo.append((mine.below.setdefault(name, Node(last=mine.last)), node))


@dataclass(slots=True)
class Tree:
    """A whole configuration as nodes; `strange` counts lines that fit nowhere.

    `ended` says that the text is known to have come to its end. Where it is not, what is missing behind its last line
    may have been cut off: `closed` tells for which parts that cannot be.
    """

    root: Node = field(default_factory=Node)
    ended: bool = False
    strange: int = 0
    lines: int = 0

    def closed(self, *path: str) -> bool:
        """Whether nothing of a path can be missing: the end was seen, or another part of its parent follows it."""
        if self.ended:
            return True
        known, node = self.root, self.root
        for word in path:
            if (below := node.below.get(word)) is None:
                break
            known, node = below, below
        return known is not self.root and known.last < self.lines - 2  # the last line may be half a word

    def apply(self, words: list[str]) -> bool:
        """Read one line of the set form; whether it was understood."""
        number, self.lines = self.lines, self.lines + 1
        verb, path = (words[0], words[1:]) if words else ("", [])
        if verb not in _VERBS or not path:
            return False
        paths = [one for one in _expanded(path) if one]
        for one in paths:
            _write(self.root, verb, one[:DEEPEST], number)
        return bool(paths)


def _expanded(path: list[str]) -> Iterator[list[str]]:
    """`a [ b c ] ` as `a b` and `a c`; an empty list is its name alone."""
    if "[" not in path:
        yield path
        return
    start = path.index("[")
    end = path.index("]", start) if "]" in path[start:] else len(path)
    values = path[start + 1 : end]
    for value in values or [""]:
        yield [word for word in (*path[:start], value, *path[end + 1 :]) if word not in ("", "[", "]")]


def _write(root: Node, verb: str, path: list[str], number: int) -> None:
    node = root
    for word in path[:-1]:
        node.last = number
        node = node.below.setdefault(word, Node())
    node.last = number
    if verb == "delete":
        node.below.pop(path[-1], None)
        return
    leaf = node.below.setdefault(path[-1], Node())
    leaf.last = number
    if verb != "set":
        leaf.inactive = verb == "deactivate"


# ---- the set form and braces ----


def ended(text: str) -> bool:
    """Whether an answer is known to be whole: one that was read up to the next prompt ends with an end of line."""
    return text.endswith("\n")


def statements(text: str) -> Tree:
    """A configuration in the set form or in braces, whichever it is."""
    if re.search(r"^\s*(?:set|deactivate|delete) \S", text, re.M) and not re.search(r"^[^\"'\n#]*\{\s*$", text, re.M):
        return set_lines(text)
    return braces(text)


def set_lines(text: str) -> Tree:
    """`set`, `deactivate`, `activate` and `delete` lines; a quoted text may run over several lines."""
    tree = Tree(ended=ended(text))
    for line in _joined(text):
        if not line.strip() or line.lstrip().startswith(("#", "!")):
            continue
        tree.strange += not tree.apply(words(line))
    return tree


def _joined(text: str) -> Iterator[str]:
    """Lines, with those of a quotation that stays open put together; one that never closes is a line of its own."""
    held: list[str] = []
    for line in text.splitlines():
        odd = _quotes(line) % 2 == 1
        starts = line.startswith(tuple(f"{verb} " for verb in _VERBS))
        if held and starts:
            yield from held
            held = []
        if held or odd:
            held.append(line)
            if odd and len(held) > 1:
                yield "\n".join(held)
                held = []
            continue
        yield line
    yield from held


def _quotes(line: str) -> int:
    return len(re.findall(r'(?<!\\)"', re.sub(r"'[^']*'", "", line)))


def words(line: str) -> list[str]:
    """The words of a line: quotation marks are gone, list brackets are words of their own."""
    found = []
    for match in _WORD.finditer(line):
        double, single, opens, closes, plain = match.groups()
        if double is not None:
            found.append(_unescaped(double))
        else:
            found.append(single if single is not None else opens or closes or plain)
    return found


def _unescaped(quoted: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", quoted)


def braces(text: str) -> Tree:
    """Braces normalised to the set form: `a { b c; }` as `set a b c`, `inactive: b` as `deactivate a b`.

    Statements end with `;` (Junos, PAN-OS) or with their line (VyOS). A tree whose braces do not close is not whole.
    """
    tree = Tree(ended=ended(text))
    by_line = re.search(r";[ \t]*(?:#.*)?$", text, re.M) is None
    path: list[list[str]] = []
    held: list[str] = []
    for sign, word in _signs(text):
        if not sign:
            held.append(word)
        elif sign == "{":
            path.append(held)
            _say(tree, path)
            held = []
        elif sign != "\n" or (by_line and "[" not in held[:-1]):
            if held:
                _say(tree, [*path, held])
                held = []
            if sign == "}":
                _close(tree, path)
    tree.ended = tree.ended and not path and not held
    return tree


def _signs(text: str) -> Iterator[tuple[str, str]]:
    """The signs `{ } ;` and ends of line, and between them ("", word)."""
    for match in _SIGN.finditer(text):
        sign, double, single, bracket, plain = match.groups()
        if sign:
            yield sign, ""
        elif double is not None:
            yield "", _unescaped(double)
        elif single is not None or bracket or plain:
            yield "", single if single is not None else bracket or plain


def _say(tree: Tree, parts: list[list[str]]) -> None:
    """One statement with the blocks around it, as a set line; without words of its own it says nothing."""
    own = (word for part in parts[:DEEPEST] for word in part if word not in _MARKS)
    path = list(islice(own, DEEPEST))
    if not path:
        tree.strange += 1
        return
    tree.apply(["set", *path])
    if "inactive:" in parts[-1][:1]:
        tree.apply(["deactivate", *path])


def _close(tree: Tree, path: list[list[str]]) -> None:
    if not path:
        tree.strange += 1
        return
    path.pop()
    tree.lines += not path  # with its last brace everything in a part of the configuration was seen


# ---- RouterOS ----


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Statement:
    """One command of an export: `/ip service` `set`, the bare words and `[find …]` terms it selects rows by, values."""

    path: str
    verb: str
    values: Mapping[str, str] = field(default_factory=_nothing)
    chosen: tuple[str, ...] = ()
    found: Mapping[str, str] = field(default_factory=_nothing)

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name, default)

    @property
    def disabled(self) -> bool:
        return self.get("disabled") == "yes"


@dataclass(frozen=True, slots=True)
class Export:
    """A RouterOS export: its comment lines (version, model, serial) and statements in order."""

    statements: tuple[Statement, ...] = ()
    comments: tuple[str, ...] = ()
    ended: bool = False
    strange: int = 0

    def of(self, *paths: str) -> list[Statement]:
        """The statements of these menus, in order."""
        return [one for one in self.statements if one.path in paths]

    def closed(self, path: str) -> bool:
        """Whether nothing of a menu that is shown can be missing: another menu, or the known end, follows it."""
        seen = any(one.path == path for one in self.statements)
        return self.ended or (seen and self.statements[-1].path != path)


_VERB: Final = ("add", "set", "remove", "enable", "disable", "move", "unset", "print", "reset")
_ESCAPE: Final = re.compile(r'\\([0-9A-F]{2}|[nrtabfv_?$"\\])')
_SIGNS: Final = {"n": "\n", "r": "\r", "t": "\t", "_": " ", "a": "", "b": "", "f": "", "v": ""}
_TERM: Final = re.compile(r'(?:([\w.-]+)(!?=|~|:=))?(?:"((?:[^"\\]|\\.)*)"?|([^\s"\[\]]+))?', re.S)


def routeros(text: str) -> Export:
    """An `/export`, with its continuation lines, quotations, `[find …]` selectors and inline paths."""
    done: list[Statement] = []
    comments: list[str] = []
    path, strange = "", 0
    for line in _continued(text):
        bare = line.strip()
        if not bare:
            continue
        if bare.startswith("#"):
            comments.append(bare.lstrip("# "))
            continue
        path, own = _path(path, bare)
        if not own:
            continue
        one = _statement(path, own) if path else None
        if one is None:
            strange += 1
        else:
            done.append(one)
    return Export(tuple(done), tuple(comments), ended(text), strange)


def _continued(text: str) -> Iterator[str]:
    """Lines with their continuations: a trailing backslash goes, and with it the indent of what follows."""
    held: list[str] = []
    for raw in text.splitlines():
        line = raw.lstrip() if held else raw
        tail = len(line) - len(line.rstrip("\\"))
        comment = not held and line.lstrip().startswith("#")
        if tail % 2 and not comment:
            held.append(line[:-1])
            continue
        yield "".join([*held, line])
        held = []
    if held:
        yield "".join(held)


def _path(known: str, line: str) -> tuple[str, str]:
    """The menu a line stands in, and what of the line is a command."""
    if not line.startswith("/"):
        return known, line
    parts = line.split()
    at = next((place for place, word in enumerate(parts) if word in _VERB), len(parts))
    path = " ".join(parts[:at]).replace("/", " ").split()
    rest = line.split(None, at)[at] if at < len(parts) else ""
    return "/" + " ".join(path), rest


def _statement(path: str, line: str) -> Statement | None:
    verb, _, rest = line.partition(" ")
    if verb not in _VERB:
        return None
    found: dict[str, str] = {}
    if match := re.search(r'\[\s*(?:[\w-]+\s+)?find\b((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]?', rest):
        found, _ = _terms(match.group(1))
        rest = rest[: match.start()] + rest[match.end() :]
    values, chosen = _terms(rest)
    return Statement(path, verb, MappingProxyType(values), tuple(chosen), MappingProxyType(found))


def _terms(text: str) -> tuple[dict[str, str], list[str]]:
    """`name=value` terms, and the words that are none; `!name` and `name!=value` keep their sign before the value."""
    values: dict[str, str] = {}
    bare: list[str] = []
    for name, sign, quoted, plain in _TERM.findall(text):
        value = _ESCAPE.sub(_escaped, quoted) if quoted else plain
        if name:
            values[name] = ("!" if sign == "!=" else "") + value
        elif value:
            bare.append(value)
    return values, bare


def _escaped(match: re.Match[str]) -> str:
    sign = match.group(1)
    if len(sign) == 2:
        return bytes.fromhex(sign).decode("cp1252", errors="replace")
    return _SIGNS.get(sign, sign)


def last_commit(output: str) -> str:
    """`show system commit` of Junos, VyOS and EdgeOS: when the newest configuration was committed, not by whom."""
    match = re.search(r"^\s*0\s+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", output, re.MULTILINE)
    return match.group(1) if match else ""
