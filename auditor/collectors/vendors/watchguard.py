"""WatchGuard Firebox (Fireware): connections, tunnels, pair and feature key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.page import Identity, Scalars, Told, Vendor
from auditor.collectors.vendors.scalars import Row, count, hundredths, one_of, scalars, word
from auditor.collectors.vendors.values import text
from auditor.model import Key
from auditor.values import ABSENT

BASE: Final = "1.3.6.1.4.1.3097.6."
VERSION, CPU, CONNECTIONS = (f"{BASE}3.{n}.0" for n in (1, 77, 80))  # WATCHGUARD-SYSTEM-STATISTICS-MIB
TUNNELS: Final = BASE + "5.1.1.0"  # wgIpsecTunnelNum
HA: Final = BASE + "6.1.1.0"  # wgHAStatus, WATCHGUARD-HA-MIB
_HA: Final = {0: "standalone", 8: "standby", 9: "failed", 10: "failed"} | dict.fromkeys(range(2, 8), "active")


def _described(values: Mapping[Oid, SnmpValue]) -> Told:
    """sysDescr is the model alone."""
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "WatchGuard", facts.IDENTITY_PLATFORM: "watchguard_fireware"}
    said = text(values.get(standard.SYS_DESCR, ABSENT))
    if re.fullmatch(r"(?:firebox |xtm ?)?[\w-]{1,16}", said, re.I):
        found[facts.IDENTITY_MODEL] = said
    return Told(found)


def _is_watchguard(identity: Identity) -> bool:
    return f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.3097.")


WATCHGUARD = Vendor(
    name="watchguard",
    platform="watchguard_fireware",
    recognise=_is_watchguard,
    scalars=(
        standard.SYSTEM,
        Scalars((standard.SYS_DESCR,), (facts.IDENTITY_MODEL,), _described),
        scalars(
            Row(VERSION, facts.IDENTITY_OS_VERSION, word),
            Row(CPU, facts.SYSTEM_CPU, hundredths),
            Row(CONNECTIONS, facts.FIREWALL_SESSIONS_NOW, count),
            Row(TUNNELS, facts.VPN_TUNNELS_NOW, count),
            Row(HA, facts.HA_STATE, one_of(_HA)),
        ),
    ),
    tables=(standard.INTERFACES,),
)
