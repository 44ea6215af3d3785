"""LANCOM LCOS routers and access points: identity, DSL lines, and what their interfaces tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.lines import DSL
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import identified, text, under
from auditor.model import Key
from auditor.values import ABSENT

LCOS: Final = "1.3.6.1.4.1.2356.11."
MODEL, SERIAL, FIRMWARE = (LCOS + f"1.47.{n}.0" for n in (6, 7, 9))  # Status/Hardware-Info
MODULE_MODEL, MODULE_FIRMWARE, MODULE_SERIAL = (LCOS + f"3.1.1.{n}" for n in (2, 3, 4))  # lcsFirmwareVersionTable


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    """`LANCOM OAP-321 10.12.0147 / 15.11.2017 4002024918100043`: model, version, date, serial."""
    description = text(values.get(standard.SYS_DESCR, ABSENT))
    match = re.match(r"(LANCOM .+?) (\d+\.\d+\.\d{4}\w*)\s*/ [\d.]+(?: (\w+))?", description)
    model, version, serial = match.groups() if match else ("", "", "")
    return Told(
        identified(
            "LANCOM",
            "lancom_lcos",
            model or text(values.get(MODEL, ABSENT)),
            version or _release(text(values.get(FIRMWARE, ABSENT))),
            serial or text(values.get(SERIAL, ABSENT)),
        )
    )


def _release(said: str) -> str:
    """`10.12.0147SU3 / 15.11.2017`: the version without its date."""
    return said.partition(" /")[0].strip()


def _modules(columns: Columns) -> Told:
    """What the firmware table says of the main module, for agents whose description is the user's own text."""
    found: dict[Key[Any], Any] = {}
    for key, root in (
        (facts.IDENTITY_MODEL, MODULE_MODEL),
        (facts.IDENTITY_SERIAL, MODULE_SERIAL),
        (facts.IDENTITY_OS_VERSION, MODULE_FIRMWARE),
    ):
        rows = columns.get(root, {})
        if said := next((text(rows[row]) for row in sorted(rows)), ""):
            found[key] = _release(said)
    return Told(found)


def _is_lancom(identity: Identity) -> bool:
    return under(identity, LCOS.rstrip(".")) or identity.sys_descr.startswith("LANCOM ")


LANCOM = Vendor(
    name="lancom",
    platform="lancom_lcos",
    recognise=_is_lancom,
    scalars=(standard.SYSTEM, Scalars((standard.SYS_DESCR, MODEL, SERIAL, FIRMWARE), standard.WHO, _box)),
    tables=(
        standard.INTERFACES,
        standard.HOST,
        DSL,
        Table((MODULE_MODEL, MODULE_FIRMWARE, MODULE_SERIAL), (), _modules),
    ),
)
