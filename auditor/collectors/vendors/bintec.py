"""bintec elmeg be.IP and RS routers: identity, load, and lines that carry neither name nor description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.lines import DSL
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import counts, identified, text, under
from auditor.model import Key
from auditor.values import ABSENT

BRICK: Final = "1.3.6.1.4.1.272.4."
VERSION: Final = BRICK + "1.26.0"  # biboAdmSWVersion: `V.10.2.9.102 IPv6, IPSec, PBX from 2021/03/16`
NAMES, SERIALS = BRICK + "1.17.1.5", BRICK + "1.17.1.8"  # biboABrdPartNo and biboABrdSerialNo of each board
IDLE: Final = BRICK + "17.4.1.1.18"  # cpuLoadIdle60s, %; a row for each processor


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    """The version is the first word of a text that also names the options and the date."""
    version = re.match(r"V\.\d[\w.]*", text(values.get(VERSION, ABSENT)))
    return Told(
        identified(
            "bintec elmeg",
            "bintec_boss",
            text(values.get(standard.SYS_DESCR, ABSENT)),
            version.group(0) if version else "",
        )
    )


def _boards(columns: Columns) -> Told:
    found: dict[Key[Any], Any] = {}
    idle = [count for count in counts(columns, IDLE) if 0 <= count <= 100]
    if idle:
        found[facts.SYSTEM_CPU] = float(100 - min(idle))
    for key, root in ((facts.IDENTITY_MODEL, NAMES), (facts.IDENTITY_SERIAL, SERIALS)):
        if said := next((name for value in columns.get(root, {}).values() if (name := text(value))), ""):
            found[key] = said
    return Told(found)


def _is_bintec(identity: Identity) -> bool:
    """The sysObjectID spells the product in ASCII below 272.4.201; older boxes have a number of their own."""
    return under(identity, "1.3.6.1.4.1.272")


BINTEC = Vendor(
    name="bintec",
    platform="bintec_boss",
    recognise=_is_bintec,
    scalars=(standard.SYSTEM, Scalars((standard.SYS_DESCR, VERSION), standard.WHO, _box)),
    tables=(
        Table((NAMES, SERIALS, IDLE), (facts.IDENTITY_SERIAL, facts.SYSTEM_CPU), _boards),
        standard.INTERFACES,
        standard.HOST,
        DSL,
    ),
)
