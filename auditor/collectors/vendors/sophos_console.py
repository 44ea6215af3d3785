"""Sophos Firewall's device console: what it is, its pair, and whether every zone may reach its services.

Written from the vendor's command line guide: "system diagnostics show version-info", "system ha show details",
"system appliance_access show". The console lists no users of a VPN.
"""

from __future__ import annotations

import re
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors.page import Command, Told, unread
from auditor.model import Key

_STATES: Final = {"primary": "active", "active": "active", "auxiliary": "standby", "passive": "standby",
                  "standalone": "standalone", "faulty": "failed", "fault": "failed"}  # fmt: skip


def _rows(output: str) -> dict[str, str]:
    """`Name : value` or `Name | value`, by the name in lower case."""
    return {name.strip().lower(): said.strip() for name, said in re.findall(r"(?m)^([^:|\n]+?)[:|]([^\n]*)$", output)}


def version(output: str) -> Told:
    """`system diagnostics show version-info`."""
    said = _rows(output)
    if "firmware version" not in said:
        return unread(output)
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Sophos", facts.IDENTITY_PLATFORM: "sophos_sfos"}
    names = (
        ("firmware version", facts.IDENTITY_OS_VERSION),
        ("appliance model", facts.IDENTITY_MODEL),
        ("serial number", facts.IDENTITY_SERIAL),
    )
    found |= {key: line(said[name]).removeprefix("SFOS ") for name, key in names if said.get(name)}
    return Told(found)


def pair(output: str) -> Told:
    """`system ha show details`: a firewall alone says that it is not enabled; another names its own state."""
    said = _rows(output)
    status = said.get("ha status", "").lower()
    if status == "disabled" or re.search(r"(?im)^\s*ha (?:is )?(?:not|dis)[ -]?(?:enabled|abled|configured)\b", output):
        return Told({facts.HA_STATE: "standalone"})
    state = next((said[name] for name in ("current ha state", "ha state", "appliance state") if said.get(name)), "")
    found = next((kind for word, kind in _STATES.items() if re.match(rf"{word}\b", state, re.I)), "")
    return Told({facts.HA_STATE: found}) if found else unread(output)


def access(output: str) -> Told:
    """`system appliance_access show`: enabled, every zone reaches the box's services, whatever their own table says."""
    if re.search(r"(?i)appliance access\b.*\b(?:is )?enabled\b", output):
        return Told({facts.ACCESS_MANAGEMENT_FROM_INTERNET: "open"})
    return Told() if re.search(r"(?i)appliance access\b.*\bdisabled\b", output) else unread(output)


COMMANDS: Final = (
    Command("system diagnostics show version-info", (facts.IDENTITY_OS_VERSION,), version),
    Command("system ha show details", (facts.HA_STATE,), pair),
    Command("system appliance_access show", (facts.ACCESS_MANAGEMENT_FROM_INTERNET,), access),
)
