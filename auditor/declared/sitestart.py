"""The devices of a list, written into the template of a new site file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from auditor.collectors.inventory import Entry
from auditor.site import Role, SnmpAccess, SshAccess

_EXAMPLES: Final = re.compile(r"^# \[\[device\]\]\n.*?(?=^# \[\[server\]\])", re.M | re.S)
_SNMP: Final = SnmpAccess("3", "snmp-main", user="audit", auth="sha256", priv="aes128")
_SSH: Final = SshAccess("audit", "ssh-main")
_SHELLS: Final = (Role.ROUTER, Role.FIREWALL, Role.VPN, Role.PBX, Role.SBC, Role.SERVER)


def with_entries(template: str, entries: Iterable[Entry]) -> str:
    """The template with these devices instead of its examples; an access that nobody told is written as a comment."""
    devices = "\n".join(device(entry) for entry in entries)
    text, count = _EXAMPLES.subn(lambda _: devices + "\n", template, count=1)
    assert count == 1, "the template has no example of a device before its servers"
    return text


def device(entry: Entry) -> str:
    """One [[device]] table."""
    lines = ["[[device]]", _line("name", entry.name), _line("address", entry.address), _line("role", entry.role.value)]
    if entry.platform:
        lines.append(_line("platform", entry.platform))
    lines.append(("" if entry.snmp else "# ") + _snmp(entry.snmp or _SNMP))
    if entry.ssh or entry.role in _SHELLS:
        lines.append(("" if entry.ssh else "# ") + _ssh(entry.ssh or _SSH))
    return "\n".join(lines) + "\n"


def _line(key: str, value: str) -> str:
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"


def _snmp(access: SnmpAccess) -> str:
    given = {"user": access.user, "auth": access.auth, "priv": access.priv, "credential": access.credential}
    parts = [_line("version", access.version), *(_line(key, value) for key, value in given.items() if value)]
    return f"snmp = {{ {', '.join(parts)}{_port(access.port, 161)} }}"


def _ssh(access: SshAccess) -> str:
    parts = (_line("user", access.user), _line("credential", access.credential))
    return f"ssh = {{ {', '.join(parts)}{_port(access.port, 22)} }}"


def _port(port: int, usual: int) -> str:
    return "" if port == usual else f", port = {port}"
