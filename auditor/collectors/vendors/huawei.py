"""Huawei VRP routers (AR, NE) and USG gateways over SNMP: identity, load, DSL and cellular lines, ping probes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.lines import DSL, PINGS
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import counts, identified, text, under
from auditor.model import ABSENT, Key

ENTITY: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.1.1."
CPU, MEMORY = ENTITY + "5", ENTITY + "7"  # hwEntityCpuUsage, hwEntityMemUsage, %; 0 on rows without a processor


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    return Told(described(text(values.get(standard.SYS_DESCR, ABSENT))))


_MODELS: Final = (
    r"\b(?:HUAWEI|Huawei) (?!Versatile|Technologies)((?=[\w-]*\d)[A-Z][\w-]+)",
    r"^((?=[\w-]*\d)[A-Z][\w-]+) Huawei\b",
)


def described(said: str) -> dict[Key[Any], Any]:
    """What `Huawei AR169F Huawei Versatile Routing Platform Software … (AR160 V200R009C00SPC500) …` names."""
    version = re.search(r"\((?:[\w./-]+ )?(V\d+R\d+\w*)\)", said)
    model = next((match.group(1) for pattern in _MODELS if (match := re.search(pattern, said))), "")
    return identified("Huawei", "huawei", model, version.group(1) if version else "")


def _load(columns: Columns) -> Told:
    """The busiest board: most rows are ports and slots, which have neither processor nor memory."""
    found: dict[Key[Any], Any] = {}
    for key, root in ((facts.SYSTEM_CPU, CPU), (facts.SYSTEM_MEMORY, MEMORY)):
        if loads := [load for load in counts(columns, root) if 0 < load <= 100]:
            found[key] = float(max(loads))
    return Told(found)


def _is_vrp(identity: Identity) -> bool:
    return under(identity, "1.3.6.1.4.1.2011.2") or bool(
        re.search(r"Huawei Versatile Routing Platform|\bVRP \(R\)", identity.sys_descr)
    )


HUAWEI = Vendor(
    name="huawei",
    platform="huawei",
    recognise=_is_vrp,
    scalars=(standard.SYSTEM, Scalars((standard.SYS_DESCR,), standard.WHO, _box)),
    tables=(
        standard.INTERFACES,
        standard.CHASSIS,
        Table((CPU, MEMORY), (facts.SYSTEM_CPU, facts.SYSTEM_MEMORY), _load),
        DSL,
        PINGS,
    ),
)
