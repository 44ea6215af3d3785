"""Junos groups: what a configuration inherits by `apply-groups`, at its top and inside, by name and by pattern."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from auditor.collectors.vendors.trees import DEEPEST, Node


def inherit(root: Node) -> None:
    """Add what the applied groups hold; `${node}` is the first of a pair. Groups of an inner part come first."""
    groups = root.at("groups")
    places = sorted(_places(root), key=lambda place: -len(place[0]))
    for path, node in places:
        apart = set(node.names("apply-groups-except"))
        for name in node.names("apply-groups"):
            if name not in apart:
                for found in _below(groups.at(name.replace("${node}", "node0")), path):
                    _graft(node, found)


def _places(root: Node) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every part that applies groups, with its path; groups themselves apply none here."""
    todo: list[tuple[tuple[str, ...], Node]] = [((), root)]
    while todo:
        path, node = todo.pop()
        if node.has("apply-groups"):
            yield path, node
        if len(path) < DEEPEST:
            todo += [((*path, name), below) for name, below in node.rows() if (*path, name) != ("groups",)]


def _below(group: Node, path: Sequence[str]) -> list[Node]:
    """What a group holds for a path, whose words its own may be patterns for."""
    found = [group]
    for word in path:
        found = [below for node in found for name, below in node.rows() if name == word or _matches(name, word)]
    return found


def _matches(pattern: str, name: str) -> bool:
    """`<*>`, `<ge-*>`."""
    return pattern.startswith("<") and pattern.endswith(">") and fnmatchcase(name, pattern[1:-1])


def _graft(mine: Node, theirs: Node) -> None:
    """Add what is not there; of a setting that both give, the last word is the part's own."""
    todo = [(mine, theirs)]
    while todo:
        here, there = todo.pop()
        words = {name: Node(last=here.last) for name, node in there.rows() if not node.below and name not in here.below}
        here.below = {**words, **here.below}
        for name, node in there.rows():
            if name.startswith("<"):
                todo += [(own, node) for word, own in here.below.items() if _matches(name, word)]
            elif node.below:
                todo.append((here.below.setdefault(name, Node(last=here.last)), node))
