"""Ubiquiti EdgeOS routers over SNMP: identity and load behind their net-snmp agent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.page import Identity, Scalars, Told, Vendor
from auditor.collectors.vendors.standard import identified, text, under
from auditor.model import ABSENT

LLDP_SYSTEM: Final = "1.0.8802.1.1.2.1.3.4.0"  # lldpLocSysDesc
# hrSWRunParameters of lldpd, by the process ids it has after a start: it is told the model it announces. Walking the
# column would read the arguments of every process, passwords among them.
LLDPD: Final = tuple(f"1.3.6.1.2.1.25.4.2.1.5.{pid}" for pid in (3818, 3819))


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    """`EdgeOS v1.8.0.4853089.160219.1607`: the version without build and date; the model from what LLDP announces."""
    version = release(text(values.get(standard.SYS_DESCR, ABSENT)))
    said = [text(values.get(oid, ABSENT)) for oid in (LLDP_SYSTEM, *LLDPD)]
    model = next((match.group(1) for one in said if (match := re.search(r"UBNT (Edge.+?) running on", one))), "")
    return Told(identified("Ubiquiti", "ubiquiti_edgerouter", model, version))


def release(said: str) -> str:
    """`v1.8.0`, `v2.0.9-hotfix.7`: what names a release in a build's name."""
    match = re.search(r"\bv(\d+\.\d+\.\d+(?:-hotfix\.\d+)?)", said)
    return match.group(1) if match else ""


def _is_edgeos(identity: Identity) -> bool:
    return under(identity, "1.3.6.1.4.1.41112.1.5") or identity.sys_descr.startswith("EdgeOS")


EDGEOS = Vendor(
    name="edgeos",
    platform="ubiquiti_edgerouter",
    recognise=_is_edgeos,
    scalars=(
        standard.SYSTEM,
        standard.UCD,
        Scalars((standard.SYS_DESCR, LLDP_SYSTEM, *LLDPD), standard.WHO, _box),
    ),
    tables=(standard.INTERFACES, standard.HOST),
    combine={facts.SYSTEM_MEMORY: min},
)
