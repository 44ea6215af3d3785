"""A PAN-OS configuration in XML (an exported running-config.xml, the answer of the API) as the tree of its set form."""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as Etree

from auditor.clean import line
from auditor.collectors.vendors.markup import document
from auditor.collectors.vendors.trees import Node, Tree

_HIDDEN: Final = re.compile(r"\[secret:([a-z-]+)\]")


def written(output: str) -> bool:
    """Whether an answer is XML."""
    return bool(re.match(r"\s*(?:<\?xml|<response\b|<config\b|<policy\b)", output))


def tree(output: str) -> Tree | None:
    """`<entry name="x">` is a row x, `<member>x</member>` a value x; None where the text does not come to its end."""
    found = document(output, "config", "policy")
    if found is None or found.node is None:
        return None
    told = Tree(ended=True)
    _add(found.node, told.root)
    return told


def _add(element: Etree.Element, node: Node) -> None:
    """What stands below an element, below a node; the depth is bounded by the reader."""
    if (said := _text(element.text)) and not len(element):
        node.below.setdefault(said, Node(last=0))
    for one in element:
        name = one.get("name") if one.tag == "entry" else None
        if one.tag == "member":
            if said := _text(one.text):
                node.below.setdefault(said, Node(last=0))
            continue
        _add(one, node.below.setdefault(line(name) if name is not None else one.tag, Node(last=0)))


def _text(text: str | None) -> str:
    """A value on one line, with the token that a secret left as everywhere else."""
    return _HIDDEN.sub(r"<secret:\1>", line((text or "").strip()))
