"""Configurations in XML as a tree: read with a bound on size and depth, and without entities."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as Etree

from auditor.clean import line
from auditor.collectors.vendors.blocks import TOKEN

MOST: Final = 16 * 1024 * 1024
DEEPEST: Final = 64
_OFF: Final = ("0", "no", "false", "off", "disabled")


@dataclass(frozen=True, slots=True)
class Part:
    """An element and what stands below it; the same whether it exists or not, so that paths need no questions."""

    node: Etree.Element | None

    def at(self, path: str) -> Part:
        """The first element at a path."""
        return Part(None if self.node is None else self.node.find(path))

    def rows(self, path: str) -> list[Part]:
        """Every element at a path."""
        return [] if self.node is None else [Part(one) for one in self.node.findall(path)]

    def below(self) -> Iterator[tuple[str, Part]]:
        """The elements directly below, with their names."""
        for one in () if self.node is None else self.node:
            yield one.tag, Part(one)

    @property
    def there(self) -> bool:
        return self.node is not None

    def text(self, path: str = "") -> str:
        """The text at a path on one line, "" without one."""
        found = self.node if not path else None if self.node is None else self.node.find(path)
        return line(found.text or "") if found is not None else ""

    def said(self, *paths: str) -> str:
        """The first of several places that holds a text."""
        return next((text for path in paths if (text := self.text(path))), "")

    def flag(self, path: str) -> bool:
        """Whether it is switched on: pfSense writes an empty element for yes, OPNsense 1 for yes and 0 for no."""
        found = self.at(path)
        return found.there and found.text().lower() not in _OFF

    def on(self, path: str) -> bool:
        """Whether it is not switched off: what says nothing of it is on."""
        return not self.at(path).there or self.flag(path)

    def number(self, path: str) -> int:
        """A whole number, 0 without one."""
        text = self.text(path)
        return int(text) if text.isdecimal() and len(text) < 12 else 0


def document(output: str, *names: str) -> Part | None:
    """The element of one of these names in an answer; None where it does not end, or holds what no firewall writes.

    What stands before it and behind it (a prompt, the heading of a tool) is left out.
    """
    named = "|".join(names)
    head = re.search(rf"<(?:{named})(?=[\s>])", output)
    tail = list(re.finditer(rf"</(?:{named})>", output))
    text = output[head.start() : tail[-1].end()] if head and tail else ""
    if not text or len(text) > MOST or re.search(r"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)", output, re.I):
        return None
    root = _root(TOKEN.sub(r"[secret:\1]", text))
    return Part(root) if root is not None and root.tag in names else None


def _root(text: str) -> Etree.Element | None:
    """The element that ends last; None where the text does not come to it, or nests too deep."""
    depth, root = 0, None
    try:
        for event, node in Etree.iterparse(io.BytesIO(text.encode()), ("start", "end")):  # noqa: S314 - as above
            depth += 1 if event == "start" else -1
            if depth > DEEPEST:
                return None
            root = node
    except (Etree.ParseError, ValueError):
        return None
    return root


def secret(text: str) -> str:
    """The class of a secret that was taken out of this text."""
    found = re.search(r"\[secret:([a-z-]+)\]", text)
    return found[1] if found else ""
