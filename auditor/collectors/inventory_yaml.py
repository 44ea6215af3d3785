"""Lists in YAML: Ansible's and Nornir's. Every scalar stays the text it was written as; encrypted strings are refused.

YAML turns 1.10 into 1.1, 12:30 into 750 and no into False: nothing of that may happen to a version, address or name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from auditor.clean import line as one_line
from auditor.collectors.inventory import Gathering, Inventory, InventoryError, ssh_of
from auditor.collectors.inventory_ansible import Tree, gathered

_MOST_OCTETS: Final = 4 << 20
_DEEPEST: Final = 40
_MOST_NODES: Final = 400_000


def load(text: str) -> Any:
    """The data of a YAML text, all scalars as text; raises InventoryError."""
    import yaml

    if len(text) > _MOST_OCTETS:
        raise InventoryError("inventory.too_big", size=_MOST_OCTETS >> 20)
    try:
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
        return None if node is None else _plain(node, _Budget(), 0)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = one_line(str(getattr(error, "problem", "") or error))[:120]
        raise InventoryError("inventory.not_yaml", line=mark.line + 1 if mark else 0, why=why) from None
    except (RecursionError, ValueError) as error:
        if isinstance(error, InventoryError):
            raise
        raise InventoryError("inventory.not_yaml", line=0, why=type(error).__name__) from None


class _Budget:
    """How many nodes may still be read: an alias that is used a thousand times is a thousand nodes."""

    left = _MOST_NODES


def _plain(node: Any, budget: _Budget, depth: int) -> Any:
    """A node as dict, list or text."""
    budget.left -= 1
    line = node.start_mark.line + 1
    if budget.left < 0 or depth > _DEEPEST:
        raise InventoryError("inventory.not_yaml", line=line, why="it is too large or nests too deeply")
    if node.tag == "!vault" or (isinstance(node.value, str) and node.value.lstrip().startswith("$ANSIBLE_VAULT")):
        raise InventoryError("inventory.vault", line=line)
    if isinstance(node.value, str):
        return node.value
    if node.id == "sequence":
        return [_plain(one, budget, depth + 1) for one in node.value]
    pairs = {str(_plain(key, budget, depth + 1)): _plain(value, budget, depth + 1) for key, value in node.value}
    merged = pairs.pop("<<", None)
    return {**merged, **pairs} if isinstance(merged, dict) else pairs


def hosts_yaml(text: str, folder: Path) -> Inventory:
    """An Ansible inventory (groups with `hosts` and `children`) or a Nornir hosts file (hosts at its top)."""
    data = load(text)
    if not isinstance(data, dict):
        raise InventoryError("inventory.shape")
    keys = {key for value in data.values() if isinstance(value, dict) for key in value}
    if keys & {"hosts", "children"}:
        return _ansible(data, folder)
    if keys & {"hostname", "platform", "groups", "connection_options"}:
        return _nornir(data, folder)
    raise InventoryError("inventory.shape")


# ---- Ansible ----


def _ansible(data: Mapping[str, Any], folder: Path) -> Inventory:
    tree, found = Tree(), Gathering()
    for name, group in data.items():
        _group(tree, str(name), group)
    gathered(tree, folder, found)
    return found.done("ansible")


def _group(tree: Tree, name: str, told: Any) -> None:
    if not isinstance(told, dict):
        return
    tree.members.setdefault(name, set())
    tree.variables.setdefault(name, {}).update(_scalars(told.get("vars")))
    for host, variables in _items(told.get("hosts")):
        tree.host(host, name, _scalars(variables))
    for child, below in _items(told.get("children")):
        tree.child(child, name)
        _group(tree, child, below)


def _items(value: Any) -> list[tuple[str, Any]]:
    """The pairs of a mapping, or the names of a list without values."""
    if isinstance(value, dict):
        return list(value.items())
    return [(name, {}) for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _scalars(value: Any) -> dict[str, str]:
    return {key: text for key, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def variables_of(path: Path, found: Gathering) -> dict[str, str]:
    """The plain variables of a file beside an inventory; one that is encrypted as a whole is left out, and said."""
    with path.open("rb") as stream:
        text = stream.read(_MOST_OCTETS + 1).decode("utf-8-sig", errors="replace")
    if text.lstrip().startswith("$ANSIBLE_VAULT"):
        found.leave("inventory.side_vault", name=f"{path.parent.name}/{path.name}")
        return {}
    return _scalars(load(text))


# ---- Nornir ----


def _nornir(data: Mapping[str, Any], folder: Path) -> Inventory:
    """hosts.yaml, with what groups.yaml and defaults.yaml beside it say."""
    found = Gathering()
    groups, defaults = (_side(folder / f"{name}.yaml", found) for name in ("groups", "defaults"))
    for name, told in data.items():
        host = told if isinstance(told, dict) else {}
        named = [group for group in host.get("groups", ()) if isinstance(group, str)]
        layers = [defaults, *(groups.get(group, {}) for group in reversed(named)), host]
        values: dict[str, str] = {}
        for layer in layers:
            values |= _scalars(layer)
        found.secrets(str(name), values)
        found.add(
            str(name),
            values.get("hostname") or str(name),
            words=named,
            platforms=(values.get("platform", ""), *named),
            ssh=ssh_of(values.get("username", ""), values.get("port", "")),
        )
    return found.done("nornir")


def _side(path: Path, found: Gathering) -> dict[str, Any]:
    if not path.is_file():
        return {}
    data = load(path.read_text(encoding="utf-8-sig", errors="replace"))
    return data if isinstance(data, dict) else {}
