"""What the name of an interface says of its kind, on devices that name them as Cisco does."""

from __future__ import annotations

import re
from typing import Final

from auditor.values import ABSENT, Absent

_KINDS: Final = {
    "loopback": "loopback", "tunnel": "tunnel", "dialer": "ppp", "virtual-access": "ppp", "virtual-template": "ppp",
    "virtual-ppp": "ppp", "vlan": "vlan", "vlanif": "vlan", "null": "other", "port-channel": "aggregate",
    "eth-trunk": "aggregate", "cellular": "cellular", "atm": "atm", "serial": "serial", "bvi": "bridge",
    "multilink": "multilink", "mp-group": "multilink", "async": "other", "nvi": "other", "bdi": "bridge",
    "hundredgige": "ethernet", "inloopback": "loopback",
}  # fmt: skip


def interface_kind(name: str) -> str | Absent:
    """`GigabitEthernet0/0.300` is a VLAN, `Dialer1` ppp; ABSENT for a name that is not known."""
    word = re.match(r"[A-Za-z-]+", name)
    plain = word.group(0).lower() if word else ""
    kind = _KINDS.get(plain, "ethernet" if "ethernet" in plain else ABSENT)
    return "vlan" if kind == "ethernet" and re.search(r"\d\.\d+$", name) else kind
