"""Uninterruptible power supplies: the IETF's UPS-MIB (RFC 1628), APC's PowerNet and Eaton's own MIB."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.scalars import Row, scalars, share, word
from auditor.collectors.vendors.standard import number, text
from auditor.collectors.vendors.values import percent
from auditor.model import ABSENT, Absent, Key

MAKER, MODEL, SOFTWARE = (f"1.3.6.1.2.1.33.1.1.{n}.0" for n in (1, 2, 3))
MINUTES: Final = "1.3.6.1.2.1.33.1.2.3.0"  # upsEstimatedMinutesRemaining
LOAD: Final = "1.3.6.1.2.1.33.1.4.4.1.5"  # upsOutputPercentLoad, one row for each output line

APC: Final = "1.3.6.1.4.1.318.1.1.1."  # PowerNet-MIB, upsMIB
APC_MODEL, APC_FIRMWARE, APC_SERIAL = (APC + n for n in ("1.1.1.0", "1.2.1.0", "1.2.3.0"))
APC_RUNTIME: Final = APC + "2.2.3.0"  # upsAdvBatteryRunTimeRemaining, TimeTicks
APC_LOAD, APC_LOAD_TENTHS = APC + "4.2.3.0", APC + "4.3.3.0"  # upsAdvOutputLoad %, upsHighPrecOutputLoad 0.1 %

EATON: Final = "1.3.6.1.4.1.534.1."  # XUPS-MIB
EATON_MAKER, EATON_MODEL, EATON_SOFTWARE = (f"{EATON}1.{n}.0" for n in (1, 2, 3))
EATON_SECONDS, EATON_LOAD = EATON + "2.1.0", EATON + "4.1.0"  # xupsBatTimeRemaining s, xupsOutputLoad %

_MAKERS: Final = re.compile(
    r"1\.3\.6\.1\.(?:2\.1\.33|4\.1\.(?:318\.1\.3\.(?:[2-7]|17|27|28)|534\.[12]|705\.1|935|2254\.2|3808\.1|4555\.1"
    r"|4779|5491|10222|13742|42628))(?:\.|$)"
)


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
    if isinstance(minutes, int) and minutes >= 0:
        found[facts.UPS_MINUTES] = float(minutes)
    return Told(found)


def _load(columns: Columns) -> Told:
    """The fullest output line; some agents count beyond 100 % when overloaded."""
    loads = [load for value in columns.get(LOAD, {}).values() if isinstance(load := number(value), int) and load >= 0]
    return Told({facts.UPS_LOAD: float(min(100, max(loads)))} if loads else {})


def _ticks(value: SnmpValue | Absent) -> float | Absent:
    """Hundredths of a second, in minutes."""
    found = number(value)
    return round(found / 6000, 1) if isinstance(found, int) and found >= 0 else ABSENT


def _seconds(value: SnmpValue | Absent) -> float | Absent:
    found = number(value)
    return round(found / 60, 1) if isinstance(found, int) and found >= 0 else ABSENT


def _tenths(value: SnmpValue | Absent) -> float | Absent:
    found = number(value)
    return percent(found / 10) if isinstance(found, int) else ABSENT


def _apc(value: SnmpValue | Absent) -> str:
    """The maker, where the model of the maker's own MIB is told: nobody says the maker there."""
    return "APC" if text(value) else ""


def _is_ups(identity: Identity) -> bool:
    named = re.search(r"\bups\b|smart-?ups|powernet|network management card", identity.sys_descr, re.I)
    told = any(identity.probed.get(oid) for oid in (MODEL, MINUTES))
    return identity.declared == "ups" or bool(named or _MAKERS.match(identity.sys_object_id)) or told


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
        scalars(
            Row(APC_MODEL, facts.IDENTITY_VENDOR, _apc),
            Row(APC_MODEL, facts.IDENTITY_MODEL, word),
            Row(EATON_MAKER, facts.IDENTITY_VENDOR, word),
            Row(EATON_MODEL, facts.IDENTITY_MODEL, word),
            Row(APC_FIRMWARE, facts.IDENTITY_OS_VERSION, word),
            Row(EATON_SOFTWARE, facts.IDENTITY_OS_VERSION, word),
            Row(APC_SERIAL, facts.IDENTITY_SERIAL, word),
            Row(APC_RUNTIME, facts.UPS_MINUTES, _ticks),
            Row(EATON_SECONDS, facts.UPS_MINUTES, _seconds),
            Row(APC_LOAD_TENTHS, facts.UPS_LOAD, _tenths),
            Row(APC_LOAD, facts.UPS_LOAD, share),
            Row(EATON_LOAD, facts.UPS_LOAD, share),
            always={facts.IDENTITY_PLATFORM: "ups"},
        ),
    ),
    tables=(Table((LOAD,), (facts.UPS_LOAD,), _load),),
    probes=(MODEL, MINUTES),
)
