"""What recorded devices tell: a row for each recording of the tree with SNMP, from what its test expects of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from auditor.collectors import vendors
from auditor.collectors.vendors.generic import GENERIC

RECORDINGS: Final = Path(__file__).parents[1] / "tests" / "recordings"

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "load": ("system.cpu", "system.memory"),
    "sessions": ("firewall.sessions.now", "firewall.sessions.peak", "firewall.sessions.max"),
    "VPN users": ("vpn.sessions.now", "vpn.sessions.peak", "vpn.sessions.licensed", "vpn.sessions.platform_max"),
    "tunnels": ("vpn.tunnels.now",),
    "redundancy": ("ha.state",),
    "line rates": ("link.rates", "link.dsl"),
    "radio": ("link.cellular",),
    "probes": ("link.quality",),
    "internet access": ("link.uplinks",),
    "telephony": (
        "telephony.endpoints.total",
        "telephony.endpoints.registered",
        "telephony.calls.now",
        "telephony.calls.max",
        "telephony.channels.max",
        "telephony.legs",
    ),
    "power": ("ups.minutes", "ups.load"),
}
"""The columns of the table and the facts of each; identity and interfaces have their own."""


def rows() -> Iterable[tuple[str, ...]]:
    """Who it is, then under each heading how it was told; "-" where a page would ask and this agent does not tell."""
    for folder in sorted(path.parent for path in RECORDINGS.glob("*/*/device.snmprec")):
        told = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["facts"]
        asked = _asked(folder.parent.name)
        who = " ".join(str(told[key]) for key in ("identity.vendor", "identity.model") if key in told)
        ports = len(told.get("interfaces", ()))
        yield (
            f"{folder.parent.name}/{folder.name}",
            who,
            str(told.get("identity.os_version", "")),
            str(ports or ""),
            *(_cell(told, asked, keys) for keys in COLUMNS.values()),
        )


HEAD: Final = ("recording", "device", "version", "interfaces", *COLUMNS)


def _asked(platform: str) -> frozenset[str]:
    """The facts that a page asks for over SNMP by name."""
    page = next((page for page in (*vendors.VENDORS, GENERIC) if page.platform == platform), GENERIC)
    keys = [one.keys for one in page.scalars] + [one.keys for one in page.tables]
    return frozenset(key.name for told in keys for key in told)


def _cell(told: Mapping[str, Any], asked: frozenset[str], keys: tuple[str, ...]) -> str:
    found = [_said(key, told[key]) for key in keys if key in told]
    return "; ".join(found) or ("-" if asked & set(keys) else "")


def _said(key: str, value: Any) -> str:
    """A short form of a value: of records what they are of, of figures their last word and the number."""
    if key == "link.uplinks":
        return ", ".join(f"{row['interface']} ({row['reason'].replace('_', ' ')})" for row in value)
    if isinstance(value, list):
        return f"{key.rpartition('.')[2]} {len(value)}"
    return f"{key.rpartition('.')[2]} {value}"
