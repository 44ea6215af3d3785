"""The worked site of the domain model as inputs of the model: what several tests start from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from auditor.model import Figure, Origin
from auditor.seats.inputs import INPUTS
from auditor.values import ABSENT, Message, Value

VECTORS: Mapping[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text(), parse_float=Fraction)
WORKED = VECTORS["worked_site"]

MEASURED: Mapping[str, Value] = {
    "link.main.used_down_bps": 10_100_000,
    "link.main.used_up_bps": 8_000_000,
    "link.main.sessions": 8,
    "vpn.sessions.now": 8,
    "vpn.sessions.licensed": 50,
    "vpn.sessions.platform_max": 250,
    "vpn.pool.addresses": 62,
    "tunnel.mode": "full",
    "firewall.sessions.max": 50_000,
    "firewall.sessions.peak": 12_000,
    "telephony.softphones": 20,
    "telephony.phones_at_home": 8,
    "telephony.forwards": 15,
}
DECLARED: Mapping[str, Value] = {
    "people.headcount": 120,
    "people.eligible": 110,
    "people.concurrency": Fraction(1),
    "people.profile.office": Fraction(60, 100),
    "people.profile.vdi": Fraction(25, 100),
    "people.profile.files": Fraction(15, 100),
    "people.video_share": Fraction(40, 100),
    "people.phone_share": Fraction(80, 100),
    "people.equipment": 110,
    "homes.share": Fraction(82, 100),
    "demand.video_down_bps": 2_000_000,
    "demand.video_up_bps": 1_000_000,
    "link.main.committed_down_bps": 20_000_000,
    "link.main.committed_up_bps": 20_000_000,
    "vpn.crypto_bps": 150_000_000,
    "nat.addresses": 1,
    "nat.usable_ports": 60_000,
    "telephony.channels.max": 15,
    "hosts.vcpu": 16,
}


def worked(**changes: Value) -> dict[str, Figure]:
    """The worked site; `changes` by input name with `__` for the dot."""
    found = {
        entry.name: Figure(entry.name, entry.default, Origin.ASSUMED, entry.unit, entry.default)
        for entry in INPUTS
        if entry.default is not ABSENT
    }
    found |= {name: Figure(name, value, Origin.DECLARED) for name, value in DECLARED.items()}
    found |= {name: Figure(name, value, Origin.MEASURED) for name, value in MEASURED.items()}
    for name, value in changes.items():
        plain = name.replace("__", ".")
        found[plain] = Figure(plain, value, Origin.DECLARED)
    return found


def unknown(figures: dict[str, Figure], *names: str) -> dict[str, Figure]:
    """The same, with these inputs not known."""
    return figures | {name: Figure(name, 0, Origin.UNKNOWN, note=Message("gap.no_answer")) for name in names}
