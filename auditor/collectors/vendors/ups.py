"""Uninterruptible power supplies: the IETF's UPS-MIB (RFC 1628) and the MIBs of APC, Eaton, CyberPower and Socomec."""

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
from auditor.model import Key
from auditor.values import ABSENT, Absent

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

MGE: Final = "1.3.6.1.4.1.705.1."  # MG-SNMP-UPS-MIB: what Eaton's network cards speak
MGE_FAMILY, MGE_MODEL, MGE_FIRMWARE, MGE_SERIAL = (f"{MGE}1.{n}.0" for n in (1, 2, 4, 7))
MGE_SECONDS, MGE_LOAD = MGE + "5.1.0", MGE + "7.2.1.4"  # upsmgBatteryRemainingTime, mgoutputLoadPerPhase %

CPS: Final = "1.3.6.1.4.1.3808.1.1.1."  # CPS-MIB, in the order of PowerNet
CPS_MODEL, CPS_FIRMWARE, CPS_SERIAL = (CPS + n for n in ("1.1.1.0", "1.2.1.0", "1.2.3.0"))
CPS_RUNTIME, CPS_LOAD = CPS + "2.2.4.0", CPS + "4.2.3.0"

SOCOMEC: Final = "1.3.6.1.4.1.4555.1.1.7.1."  # SOCOMECUPS-MIB, NetVision
SOCOMEC_MODEL, SOCOMEC_SERIAL, SOCOMEC_SOFTWARE = (f"{SOCOMEC}1.{n}.0" for n in (1, 2, 5))
SOCOMEC_MINUTES, SOCOMEC_LOAD = SOCOMEC + "2.3.0", SOCOMEC + "4.4.1.4"

_MAKERS: Final = re.compile(
    r"1\.3\.6\.1\.(?:2\.1\.33|4\.1\.(?:318\.1\.3\.(?:[1-35-7]|1[367]|2[378]|3[379])|534\.[12]|705\.1|935|2254\.2"
    r"|3808(?:\.1\.1\.[135])?|4555\.1|4779|5491|10222|42628))(?:\.|$)"
)
_NAMES: Final[Mapping[str, str]] = {
    "318": "APC", "534": "Eaton", "705": "Eaton", "3808": "CyberPower", "4555": "Socomec", "5491": "Riello",
}  # fmt: skip
"""The makers by their enterprise number, for agents that do not say it in words."""
_OTHER_THINGS: Final = re.compile(
    r"1\.3\.6\.1\.4\.1\.(?:318\.1\.3\.(?:4|[89]|1[0-24589]|2[024-6]|3[0-24-68])|3808\.1\.1\.[246-9]|935\.10"
    r"|534\.6|4555\.2)(?:\.|$)"
)
"""Power strips, transfer switches and coolers of the same makers, with the same network cards."""


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
    if isinstance(minutes, int) and 0 <= minutes < 65534:
        found[facts.UPS_MINUTES] = float(minutes)
    return Told(found)


def _load(columns: Columns) -> Told:
    """The fullest output line; some agents count beyond 100 % when overloaded, and 65535 where they do not know."""
    said = next((rows for root in (LOAD, MGE_LOAD, SOCOMEC_LOAD) if (rows := columns.get(root, {}))), {})
    loads = [load for value in said.values() if isinstance(load := number(value), int) and 0 <= load < 1000]
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


def _maker(value: SnmpValue | Absent) -> str:
    """The maker by the enterprise of the sysObjectID: nobody says it in the makers' own MIBs."""
    match = re.match(r"1\.3\.6\.1\.4\.1\.(\d+)\b", text(value))
    return _NAMES.get(match[1], "") if match else ""


def _mge(values: Mapping[Oid, SnmpValue]) -> Told:
    """`Eaton 5PX` and `3000`: the family and the rating are the model."""
    said = [text(values.get(oid, ABSENT)) for oid in (MGE_FAMILY, MGE_MODEL)]
    return Told({facts.IDENTITY_MODEL: " ".join(part for part in said if part)} if said[0] else {})


def _minutes(value: SnmpValue | Absent) -> float | Absent:
    """Minutes; 65535 is what a card says that does not know."""
    found = number(value)
    return float(found) if isinstance(found, int) and 0 <= found < 65534 else ABSENT


def _is_ups(identity: Identity) -> bool:
    if _OTHER_THINGS.match(identity.sys_object_id):
        return identity.declared == "ups"
    named = re.search(r"\bups\b|smart-?ups|powernet|network management card", identity.sys_descr, re.I)
    power = re.search(r"_(?:rpdu|masterswitch|ats|acrc|nb\d|mem|nairfm|xpdu)", identity.sys_descr)
    if power and named and not re.search(r"\bups\b|_su", identity.sys_descr, re.I):
        named = None  # the application module of a card names what it stands in
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
        Scalars((MGE_FAMILY, MGE_MODEL), (), _mge),
        scalars(
            Row(EATON_MAKER, facts.IDENTITY_VENDOR, word),
            Row(standard.SYS_OBJECT_ID, facts.IDENTITY_VENDOR, _maker),
            Row(APC_MODEL, facts.IDENTITY_MODEL, word),
            Row(CPS_MODEL, facts.IDENTITY_MODEL, word),
            Row(SOCOMEC_MODEL, facts.IDENTITY_MODEL, word),
            Row(EATON_MODEL, facts.IDENTITY_MODEL, word),
            *(
                Row(oid, facts.IDENTITY_OS_VERSION, word)
                for oid in (APC_FIRMWARE, MGE_FIRMWARE, EATON_SOFTWARE, CPS_FIRMWARE, SOCOMEC_SOFTWARE)
            ),
            *(Row(oid, facts.IDENTITY_SERIAL, word) for oid in (APC_SERIAL, MGE_SERIAL, CPS_SERIAL, SOCOMEC_SERIAL)),
            Row(APC_RUNTIME, facts.UPS_MINUTES, _ticks),
            Row(CPS_RUNTIME, facts.UPS_MINUTES, _ticks),
            Row(EATON_SECONDS, facts.UPS_MINUTES, _seconds),
            Row(MGE_SECONDS, facts.UPS_MINUTES, _seconds),
            Row(SOCOMEC_MINUTES, facts.UPS_MINUTES, _minutes),
            Row(APC_LOAD_TENTHS, facts.UPS_LOAD, _tenths),
            Row(APC_LOAD, facts.UPS_LOAD, share),
            Row(EATON_LOAD, facts.UPS_LOAD, share),
            Row(CPS_LOAD, facts.UPS_LOAD, share),
            always={facts.IDENTITY_PLATFORM: "ups"},
        ),
    ),
    tables=(Table((LOAD, MGE_LOAD, SOCOMEC_LOAD), (facts.UPS_LOAD,), _load),),
    combine={facts.IDENTITY_VENDOR: lambda known, told: known},  # in its own words, else by its enterprise
    probes=(MODEL, MINUTES),
)
