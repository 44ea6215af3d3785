"""Configurations that a Panorama holds for its firewalls: device groups with their parents, templates in stacks."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.vendors.trees import Node

BASES = ("pre-rulebase", "rulebase", "post-rulebase")


def merged(*parts: Node) -> Node:
    """A node with what the parts hold; an earlier part wins."""
    found = Node()
    for part in parts:
        found.graft(part)
    return found


def pushed(root: Node, name: str) -> Node:
    """What was pushed to a virtual system, beside its own part: the policy of its device group and what it shares."""
    held = merged(root.at("panorama"), root.at("policy", "panorama"))
    own = [node for system, node in held.rows("vsys") if name in ("", system)]
    return merged(*own, Node({part: node for part, node in held.rows() if part != "vsys"}))


def groups(root: Node, device: Node) -> Iterator[tuple[str, Node, Node]]:
    """Each device group with firewalls: its name, all that its policy is made of, and the templates of its firewalls.

    The rules of `shared` and of parents stand around those of the group, as a firewall tries them.
    """
    place = device if device.has("device-group") else root
    shared = root.at("shared")
    every = list(place.rows("device-group"))
    served = [(name, group) for name, group in every if group.has("devices")]
    for name, group in served or every:
        line = [group, *_parents(root, place, group, name)]
        if any(part.has(base) for part in (*line, shared) for base in BASES):
            yield name, _policy(shared, line), _template(place, group)


def _parents(root: Node, place: Node, group: Node, name: str) -> Iterator[Node]:
    """The groups above one, the nearest first; the read-only part of a stored configuration names them."""
    read_only = next((node for _, node in root.rows("readonly", "devices")), Node())
    seen = {name}
    while (
        above := group.value("parent-dg") or read_only.value("device-group", name, "parent-dg")
    ) and above not in seen:
        name, group = above, place.at("device-group", above)
        seen.add(above)
        yield group


def _policy(shared: Node, line: list[Node]) -> Node:
    found = merged(*line, Node({name: node for name, node in shared.rows() if name not in BASES}))
    for base, order in ((BASES[0], [shared, *reversed(line)]), (BASES[2], [*line, shared])):
        found.below[base] = merged(*(part.at(base) for part in order))
    return found


def _template(place: Node, group: Node) -> Node:
    """The device part of the templates in the stack that serves the firewalls of a group, the first one winning."""
    serials = set(group.names("devices"))
    stacks = [row for _, row in place.rows("template-stack") if serials & set(row.names("devices"))]
    names = [name for row in stacks[:1] for name in row.names("templates")]
    every = [name for name, _ in place.rows("template")]
    names = names or (every if len(every) == 1 else [])
    own = [row.at("config") for row in stacks[:1]]
    return merged(*(node for part in (*own, *(place.at("template", name, "config") for name in names))
                    for _, node in part.rows("devices")))  # fmt: skip
