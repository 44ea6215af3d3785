"""Any uninterruptible power supply that speaks UPS-MIB (RFC 1628)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import number, text
from auditor.model import ABSENT, Key

MAKER, MODEL, SOFTWARE = (f"1.3.6.1.2.1.33.1.1.{n}.0" for n in (1, 2, 3))
MINUTES: Final = "1.3.6.1.2.1.33.1.2.3.0"
LOAD: Final = "1.3.6.1.2.1.33.1.4.4.1.5"


def _battery(values: Mapping[Oid, SnmpValue]) -> Told:
    found: dict[Key[Any], Any] = {}
    for oid, key in (
        (MODEL, facts.IDENTITY_MODEL),
        (SOFTWARE, facts.IDENTITY_OS_VERSION),
        (MAKER, facts.IDENTITY_VENDOR),
    ):
        if said := text(values.get(oid, ABSENT)):
            found[key] = said
    minutes = number(values.get(MINUTES, ABSENT))
    if isinstance(minutes, int):
        found[facts.UPS_MINUTES] = float(minutes)
    return Told(found)


def _load(columns: Columns) -> Told:
    loads = [load for value in columns.get(LOAD, {}).values() if isinstance(load := number(value), int)]
    return Told({facts.UPS_LOAD: float(max(loads))} if loads else {})


def _is_ups(identity: Identity) -> bool:
    return identity.declared == "ups" or " ups" in f" {identity.sys_descr.lower()}"


UPS = Vendor(
    name="",
    platform="ups",
    recognise=_is_ups,
    scalars=(
        standard.SYSTEM,
        Scalars(
            (MAKER, MODEL, SOFTWARE, MINUTES),
            (facts.IDENTITY_MODEL, facts.IDENTITY_OS_VERSION, facts.UPS_MINUTES),
            _battery,
        ),
    ),
    tables=(Table((LOAD,), (facts.UPS_LOAD,), _load),),
)
