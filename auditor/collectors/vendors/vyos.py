"""VyOS and Vyatta routers over SNMP: identity and load behind their net-snmp agent."""

from __future__ import annotations

import re
from collections.abc import Mapping

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.page import Identity, Scalars, Told, Vendor
from auditor.collectors.vendors.standard import identified, text, under
from auditor.model import ABSENT


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    """`VyOS 1.2.0`, `Vyatta VC6.6`; a build of unknown version says so."""
    description = text(values.get(standard.SYS_DESCR, ABSENT))
    vendor = "Vyatta" if description.startswith("Vyatta") else "VyOS"
    version = re.match(r"(?:VyOS|Vyatta) (?!unknown)(\S+)", description)
    return Told(identified(vendor, "vyos", "", version.group(1) if version else ""))


def _is_vyos(identity: Identity) -> bool:
    return under(identity, "1.3.6.1.4.1.44641", "1.3.6.1.4.1.30803") or bool(
        re.match(r"(?:VyOS|Vyatta)\b", identity.sys_descr)
    )


VYOS = Vendor(
    name="vyos",
    platform="vyos",
    recognise=_is_vyos,
    scalars=(standard.SYSTEM, standard.UCD, Scalars((standard.SYS_DESCR,), standard.WHO, _box)),
    tables=(standard.INTERFACES, standard.HOST),
    combine={facts.SYSTEM_MEMORY: min},
)
