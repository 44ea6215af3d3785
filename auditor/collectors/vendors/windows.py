"""Microsoft Windows hosts over SNMP: processors, memory and the sessions of their users (HOST-RESOURCES-MIB)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import hosts, standard
from auditor.collectors.vendors.page import Identity, Scalars, Told, Vendor
from auditor.collectors.vendors.scalars import scalars
from auditor.collectors.vendors.values import text
from auditor.model import Key
from auditor.values import ABSENT


def _described(values: Mapping[Oid, SnmpValue]) -> Told:
    """`Hardware: Intel64 Family 6 … - Software: Windows Version 6.3 (Build 17763 Multiprocessor Free)`."""
    said = text(values.get(standard.SYS_DESCR, ABSENT))
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Microsoft", facts.IDENTITY_PLATFORM: "windows"}
    if hardware := re.match(r"Hardware: (\S+)", said):
        found[facts.IDENTITY_MODEL] = hardware[1]
    if software := re.search(r"Software: Windows(?: \S+)* Version (\S+)(?: \(Build (\d+))?", said):
        found[facts.IDENTITY_OS_VERSION] = f"{software[1]} (Build {software[2]})" if software[2] else software[1]
    return Told(found)


def _is_windows(identity: Identity) -> bool:
    windows = "Software: Windows" in identity.sys_descr
    return f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.311.1.1.3.1.") or windows


WINDOWS = Vendor(
    name="windows",
    platform="windows",
    recognise=_is_windows,
    scalars=(
        standard.SYSTEM,
        Scalars((standard.SYS_DESCR,), (facts.IDENTITY_OS_VERSION,), _described),
        scalars(hosts.SESSIONS),
    ),
    tables=(standard.INTERFACES, standard.HOST),
)
