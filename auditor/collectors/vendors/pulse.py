"""Pulse and Ivanti Connect Secure: users, licence and load, over SNMP alone: the appliance has no read-only shell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.page import Identity, Scalars, Told, Vendor
from auditor.collectors.vendors.scalars import Row, count, limit, scalars, share
from auditor.collectors.vendors.values import text
from auditor.model import Key
from auditor.values import ABSENT

BASE: Final = "1.3.6.1.4.1.12532."  # PULSESECURE-PSG-MIB, JUNIPER-IVE-MIB before it
PRODUCT, VERSION = BASE + "6.0", BASE + "7.0"
CPU, MEMORY = BASE + "10.0", BASE + "11.0"  # the memory's share is easily taken for a number of users
USERS, CLUSTER, SIGNED_IN = BASE + "12.0", BASE + "13.0", BASE + "48.0"
LICENSED: Final = BASE + "55.0"  # iveMaxConcurrentUsersLicenseCapacity, recent versions only
# iveVPNTunnels (43) counts users that have a tunnel, and no tunnel between sites: it is not asked.


def _described(values: Mapping[Oid, SnmpValue]) -> Told:
    """sysDescr: maker, product, model, version, between commas; the maker's own name may hold one."""
    found: dict[Key[Any], Any] = {
        facts.IDENTITY_VENDOR: "Pulse Secure (Ivanti)",
        facts.IDENTITY_PLATFORM: "pulse_connect_secure",
    }
    parts = [part.strip() for part in text(values.get(standard.SYS_DESCR, ABSENT)).split(",")]
    if len(parts) >= 4 and re.match(r"\d+\.\d", parts[-1]):
        found[facts.IDENTITY_MODEL] = parts[-2]
    version = text(values.get(VERSION, ABSENT)) or (parts[-1] if len(parts) >= 4 else "")
    if said := re.match(r"\d+\.\d+\S*", version):
        found[facts.IDENTITY_OS_VERSION] = said[0]
    return Told(found)


def _is_pulse(identity: Identity) -> bool:
    return f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.12532.")


PULSE = Vendor(
    name="pulse",
    platform="pulse_connect_secure",
    recognise=_is_pulse,
    scalars=(
        standard.SYSTEM,
        Scalars((standard.SYS_DESCR, VERSION), (facts.IDENTITY_MODEL, facts.IDENTITY_OS_VERSION), _described),
        scalars(
            Row(CPU, facts.SYSTEM_CPU, share),
            Row(MEMORY, facts.SYSTEM_MEMORY, share),
            Row(USERS, facts.VPN_SESSIONS_NOW, count),
            Row(SIGNED_IN, facts.VPN_SESSIONS_NOW, count),
            Row(LICENSED, facts.VPN_SESSIONS_LICENSED, limit),
        ),
    ),
    tables=(standard.INTERFACES,),
)
