"""Ansible inventories: hosts, groups and the few variables that say where a device is; INI, and JSON listings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from auditor.clean import line as one_line
from auditor.collectors.inventory import MOST_HOSTS, Gathering, Inventory, InventoryError, role_of, ssh_of
from auditor.collectors.vendors import is_wall
from auditor.site import Role

_RANGE: Final = re.compile(r"\[(\w+):(\w+)(?::(\d+))?\]")
_PAIR: Final = re.compile(r"\s*([\w.-]+)\s*=\s*(.*?)\s*")
_PARENTS: Final = 50
_ROUGH: Final = (Role.ROUTER, Role.SERVER, Role.OTHER)
"""Roles that a group gives by where a box stands; `vpn` or `voice` say what it does."""


@dataclass
class Tree:
    """Hosts and groups as an inventory says them, by name."""

    hosts: dict[str, dict[str, str]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    variables: dict[str, dict[str, str]] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)

    def host(self, name: str, group: str, variables: Mapping[str, str]) -> None:
        if len(self.hosts) >= MOST_HOSTS and name not in self.hosts:
            raise InventoryError("inventory.too_many", limit=MOST_HOSTS)
        self.hosts.setdefault(name, {}).update(variables)
        self.members.setdefault(group, set()).add(name)

    def child(self, group: str, parent: str) -> None:
        known = self.parents.setdefault(group, [])
        if parent not in known:
            known.append(parent)

    def groups_of(self, host: str) -> list[str]:
        """The groups of a host, its own first, then their parents; `all` last."""
        found = [group for group, members in self.members.items() if host in members and group != "all"]
        for group in found[:_PARENTS]:
            found += [parent for parent in self.parents.get(group, ()) if parent not in (*found, "all")]
            if len(found) > _PARENTS:
                break
        return [*found, "all"]


def gathered(tree: Tree, folder: Path | None, found: Gathering) -> None:
    """The devices of an inventory, with the variables of its groups and of the files beside it."""
    for name, own in tree.hosts.items():
        groups = tree.groups_of(name)
        variables: dict[str, str] = {}
        for group in reversed(groups):
            variables |= tree.variables.get(group, {}) | _beside(folder, "group_vars", group, found)
        variables |= own | _beside(folder, "host_vars", name, found)
        found.secrets(name, variables)
        if variables.get("ansible_connection") == "local" or name == "localhost":
            found.leave("inventory.local", name=one_line(name)[:80])
            continue
        user = variables.get("ansible_user") or variables.get("ansible_ssh_user") or ""
        port = variables.get("ansible_port") or variables.get("ansible_ssh_port") or ""
        network_os = variables.get("ansible_network_os", "")
        found.add(
            name,
            variables.get("ansible_host") or variables.get("ansible_ssh_host") or name,
            words=_words(groups[:-1], network_os),
            platforms=(network_os, *groups[:-1]),
            ssh=ssh_of("" if "{{" in user else user, port),
        )


def _words(groups: Sequence[str], network_os: str) -> Sequence[str]:
    """What may tell the role: the groups, but a firewall among the routers is a firewall."""
    return (Role.FIREWALL, *groups) if role_of(groups) in _ROUGH and is_wall(network_os) else groups


def _beside(folder: Path | None, kind: str, name: str, found: Gathering) -> dict[str, str]:
    """The plain variables of `group_vars/NAME.yml` or `host_vars/NAME.yml`."""
    if folder is None or not re.fullmatch(r"[\w.-]{1,100}", name):
        return {}
    from auditor.collectors.inventory_yaml import variables_of

    for suffix in (".yml", ".yaml"):
        path = folder / kind / f"{name}{suffix}"
        if path.is_file():
            return variables_of(path, found)
    return {}


# ---- INI ----


def ini(text: str, folder: Path) -> Inventory:
    """An inventory in INI form."""
    tree, group, kind = Tree(), "ungrouped", "hosts"
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if "$ANSIBLE_VAULT" in line or re.search(r"=\s*!vault\b", line):
            raise InventoryError("inventory.vault", line=number)
        if not line or line[0] in "#;":
            continue
        if section := re.fullmatch(r"\[([\w.-]+)(?::(vars|children))?\]\s*([#;].*)?", line):
            group, kind = section[1], section[2] or "hosts"
            tree.members.setdefault(group, set())
        elif not _entry(tree, group, kind, line):
            raise InventoryError("inventory.not_ini", line=number, found=one_line(line)[:60])
    found = Gathering()
    gathered(tree, folder, found)
    return found.done("ansible")


def _entry(tree: Tree, group: str, kind: str, line: str) -> bool:
    """One line of a section; False when it is none."""
    if kind == "vars":
        pair = _PAIR.fullmatch(line)
        if pair:
            tree.variables.setdefault(group, {})[pair[1]] = pair[2].strip("\"'")
        return pair is not None
    try:
        words = shlex.split(re.sub(r"\s;.*$", "", line), comments=True)
    except ValueError:
        return False
    if not words or "=" in words[0]:
        return False
    if kind == "children":
        tree.child(words[0], group)
        return len(words) == 1
    pairs = [word.partition("=") for word in words[1:]]
    if not all(mark for _, mark, _ in pairs):
        return False
    for name in expanded(words[0]):
        tree.host(name, group, {key: value for key, _, value in pairs})
    return True


def expanded(pattern: str) -> Iterator[str]:
    """The hosts of a pattern such as `rtr[01:03]` or `fw-[a:c]`."""
    found = _RANGE.search(pattern)
    if not found:
        yield pattern
        return
    for part in _parts(found[1], found[2], int(found[3] or 1)):
        yield from expanded(pattern[: found.start()] + part + pattern[found.end() :])


def _parts(first: str, last: str, step: int) -> Sequence[str]:
    if step < 1:
        return ()
    if first.isdigit() and last.isdigit():
        width = len(first) if first.startswith("0") else 0
        numbers = range(int(first), int(last) + 1, step)
        if len(numbers) > MOST_HOSTS:
            raise InventoryError("inventory.too_many", limit=MOST_HOSTS)
        return [str(number).zfill(width) for number in numbers]
    if len(first) == len(last) == 1:
        return [chr(code) for code in range(ord(first), ord(last) + 1, step)]
    return ()


# ---- `ansible-inventory --list` ----


def listed(data: Mapping[str, Any]) -> Inventory:
    """What `ansible-inventory --list` prints."""
    tree = Tree()
    meta = data.get("_meta")
    hosts = meta.get("hostvars") if isinstance(meta, dict) else None
    for name, variables in hosts.items() if isinstance(hosts, dict) else ():
        if isinstance(variables, dict):
            _no_vault(variables)
            tree.host(str(name), "all", {str(k): str(v) for k, v in variables.items() if isinstance(v, str | int)})
    for group, told in data.items():
        if not isinstance(told, dict) or group == "_meta":
            continue
        for child in told.get("children", ()):
            tree.child(str(child), str(group))
        for name in told.get("hosts", ()):
            tree.host(str(name), str(group), {})
    found = Gathering()
    gathered(tree, None, found)
    return found.done("ansible")


def _no_vault(variables: Mapping[str, Any]) -> None:
    for value in variables.values():
        if (isinstance(value, dict) and "__ansible_vault" in value) or "$ANSIBLE_VAULT" in str(value):
            raise InventoryError("inventory.vault", line=0)
