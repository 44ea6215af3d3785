"""Telephone exchanges and voice gateways that tell little, and that over SNMP: counts of sets, channels, calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import SnmpValue
from auditor.collectors.vendors import hosts, standard
from auditor.collectors.vendors.page import Columns, Identity, Table, Told, Vendor
from auditor.collectors.vendors.scalars import Row, count, one_of, scalars, share, word
from auditor.collectors.vendors.values import counts, number, parts, text
from auditor.facts import Trunk
from auditor.model import Key
from auditor.values import Absent

_TOTAL, _HERE = facts.TELEPHONY_ENDPOINTS_TOTAL, facts.TELEPHONY_ENDPOINTS_REGISTERED


def _under(*roots: str) -> Callable[[Identity], bool]:
    return lambda identity: any(f"{identity.sys_object_id}.".startswith(f"{root}.") for root in roots)


def _described(pattern: str) -> tuple[Row, Row]:
    """Model and version where sysDescr holds both; the pattern's groups `model` and `version`."""

    def part(name: str) -> Callable[[SnmpValue | Absent], str]:
        def read(value: SnmpValue | Absent) -> str:
            match = re.search(pattern, text(value))
            return (match[name] or "").strip() if match else text(value) if name == "model" else ""

        return read

    return (
        Row(standard.SYS_DESCR, facts.IDENTITY_MODEL, part("model")),
        Row(standard.SYS_DESCR, facts.IDENTITY_OS_VERSION, part("version")),
    )


_MODEL: Final = Row(standard.SYS_DESCR, facts.IDENTITY_MODEL, word)


def _known(vendor: str, platform: str) -> dict[Key[Any], Any]:
    return {facts.IDENTITY_VENDOR: vendor, facts.IDENTITY_PLATFORM: platform}


# ---- exchanges ----

IPO_PHONES: Final = "1.3.6.1.4.1.6889.2.2.1.1.1.1.1.1.0"  # ipoPhonesNumber: the sets it knows, in whatever state
_IPO_SAYS: Final = _described(
    r"^(?P<model>.+?) (?P<version>\d+(?:\.\d+){2,}(?: build \d+)?)$"
)  # IP 500 V2 9.1.0.0 build 437

AVAYA = Vendor(
    name="avaya",
    platform="avaya_ipo",
    recognise=_under("1.3.6.1.4.1.6889.1.2.1.10"),
    scalars=(standard.SYSTEM, scalars(*_IPO_SAYS, Row(IPO_PHONES, _TOTAL, count), always=_known("Avaya", "avaya_ipo"))),
    tables=(standard.INTERFACES,),
)

_OXE: Final = "1.3.6.1.4.1.637.64.4400.1."
_OXE_UP, _OXE_DOWN, _OXE_ROLE = f"{_OXE}7.0", f"{_OXE}8.0", f"{_OXE}4.0"  # A4400-RTM-MIB


def _omnipcx(columns: Columns) -> Told:
    up, down = (counts(columns, oid.removesuffix(".0")) for oid in (_OXE_UP, _OXE_DOWN))
    found: dict[Key[Any], Any] = {}
    if up and up[0] >= 0:
        found[_HERE] = up[0]
        if down and down[0] >= 0:
            found[_TOTAL] = up[0] + down[0]
    return Told(found)


OMNIPCX = Vendor(
    name="alcatel-lucent",
    platform="alcatel_omnipcx",
    recognise=_under("1.3.6.1.4.1.637.64.4400"),
    scalars=(
        standard.SYSTEM,
        standard.UCD,
        scalars(
            Row(_OXE_ROLE, facts.HA_STATE, one_of({1: "active", 2: "standby"})),
            always=_known("Alcatel-Lucent Enterprise", "alcatel_omnipcx"),
        ),
    ),
    tables=(
        standard.INTERFACES,
        standard.HOST,
        Table((_OXE_UP.removesuffix(".0"), _OXE_DOWN.removesuffix(".0")), (_HERE, _TOTAL), _omnipcx),
    ),
    combine={facts.SYSTEM_MEMORY: min},  # hrStorage counts the kernel's cache as used
)

_INNO: Final = "1.3.6.1.4.1.6666."
_B_CHANNELS, _B_BUSY = f"{_INNO}1.4.1.3", f"{_INNO}1.4.1.4"  # l3NumBchan, l3NumBchanActive
_VOICE_KIND, _VOICE_STATE = f"{_INNO}2.1.1.1.2", f"{_INNO}2.1.1.1.4"  # voiceIfType, voiceIfState
_ENDPOINT: Final = 2  # ep


def _channels(columns: Columns) -> Told:
    """ISDN interfaces with their B channels; the index spells the name of the interface."""
    found = [
        Trunk(_spelt(index), "isdn", channels=size)
        for index, value in columns[_B_CHANNELS].items()
        if isinstance(size := number(value), int) and size > 0
    ]
    busy = [one for one in counts(columns, _B_BUSY) if one >= 0]
    told: dict[Key[Any], Any] = {facts.TELEPHONY_TRUNKS: tuple(found)} if found else {}
    if found and busy:
        told[facts.TELEPHONY_CHANNELS_NOW] = sum(busy)
    return Told(told)


def _spelt(index: str) -> str:
    letters = parts(index)
    return "".join(chr(letter) for letter in letters if 32 < letter < 127) or index


def _registrations(columns: Columns) -> Told:
    """Rows of endpoints alone: interfaces, gateways and gatekeepers are no sets."""
    kinds = {index: number(value) for index, value in columns[_VOICE_KIND].items()}
    rows = [number(value) for index, value in columns[_VOICE_STATE].items() if kinds.get(index) == _ENDPOINT]
    return Told({_TOTAL: len(rows), _HERE: rows.count(1)} if rows else {})


_INNO_SAYS: Final = _described(r"^(?P<version>\d+r\d+(?: \w+)?) (?P<model>\w+)\[")  # 13r1 sr8 IP3011[13.2195], …

INNOVAPHONE = Vendor(
    name="innovaphone",
    platform="innovaphone",
    recognise=lambda identity: identity.sys_object_id == "1.3.6.1.4.1.6666",
    scalars=(standard.SYSTEM, scalars(*_INNO_SAYS, always=_known("innovaphone", "innovaphone"))),
    tables=(
        standard.INTERFACES,
        Table((_B_CHANNELS, _B_BUSY), (facts.TELEPHONY_TRUNKS,), _channels),
        Table((_VOICE_KIND, _VOICE_STATE), (_TOTAL, _HERE), _registrations),
    ),
)

MITEL = Vendor(
    name="mitel",
    platform="mitel",
    recognise=_under("1.3.6.1.4.1.1027"),
    scalars=(standard.SYSTEM, scalars(_MODEL, always=_known("Mitel", "mitel"))),
    tables=(standard.INTERFACES,),
)

_NS_SAYS: Final = _described(r"^(?P<model>KX-\S+) (?P<version>Ver\S+)$")

PANASONIC = Vendor(
    name="panasonic",
    platform="panasonic_ns",
    recognise=_under("1.3.6.1.4.1.258.601"),
    scalars=(standard.SYSTEM, scalars(*_NS_SAYS, always=_known("Panasonic", "panasonic_ns"))),
    tables=(standard.INTERFACES,),
)

_FORTIVOICE: Final = "1.3.6.1.4.1.12356.115.1."

FORTIVOICE = Vendor(
    name="fortinet",
    platform="fortivoice",
    recognise=_under("1.3.6.1.4.1.12356.115"),
    scalars=(
        standard.SYSTEM,
        scalars(
            Row(f"{_FORTIVOICE}1.0", facts.IDENTITY_MODEL, word),
            Row(f"{_FORTIVOICE}2.0", facts.IDENTITY_SERIAL, word),
            Row(f"{_FORTIVOICE}3.0", facts.IDENTITY_OS_VERSION, word),
            Row(f"{_FORTIVOICE}6.0", facts.SYSTEM_CPU, share),
            always=_known("Fortinet", "fortivoice"),
        ),
    ),
    tables=(standard.INTERFACES,),
)

# ---- gateways and session border controllers ----

_AC: Final = "1.3.6.1.4.1.5003."
_AC_USERS: Final = f"{_AC}15.3.3.1.1.1.0"  # acKpiOtherStatsCurrentGlobalRegisteredUsers
_AC_CALLS: Final = f"{_AC}15.3.1.1.1.2.0"  # acKpiSbcCallStatsCurrentGlobalActiveCallsIn
_AC_CALLS_SRD: Final = f"{_AC}15.3.1.1.2.2.1.3"  # the same for each routing domain


def _sbc_calls(columns: Columns) -> Told:
    told = [one for one in counts(columns, _AC_CALLS_SRD) if one >= 0]
    return Told({facts.TELEPHONY_CALLS_NOW: sum(told)} if told else {})


_AC_SAYS: Final = _described(r"^Product: ?(?P<model>[^;]+?) ?; ?SW Version: ?(?P<version>\S+)")

AUDIOCODES = Vendor(
    name="audiocodes",
    platform="audiocodes",
    recognise=_under("1.3.6.1.4.1.5003.8"),
    scalars=(
        standard.SYSTEM,
        scalars(
            Row(f"{_AC}9.10.10.2.3.1.0", facts.IDENTITY_MODEL, word),
            Row(f"{_AC}9.10.10.2.2.1.0", facts.IDENTITY_OS_VERSION, word),
            Row(f"{_AC}9.10.10.2.3.2.0", facts.IDENTITY_SERIAL, word),  # acSysIdSerialNumber
            *_AC_SAYS,
            Row(_AC_USERS, _HERE, count),
            Row(_AC_CALLS, facts.TELEPHONY_CALLS_NOW, count),
            always=_known("AudioCodes", "audiocodes"),
        ),
    ),
    tables=(
        standard.INTERFACES,
        hosts.PROCESSORS,
        Table((_AC_CALLS_SRD,), (facts.TELEPHONY_CALLS_NOW,), _sbc_calls),
    ),
)

_PATTON: Final = "1.3.6.1.4.1.1768.100."
_PATTON_NAMES, _PATTON_CALLS = f"{_PATTON}70.40.2.1.1", f"{_PATTON}70.40.2.1.2"  # gwCurrentConnectedCalls by protocol
_PATTON_CPU: Final = f"{_PATTON}70.10.2.1.3"  # cpuWorkload1MinuteAverage, SMARTNODE-MIB


def _patton_load(columns: Columns) -> Told:
    loads = [load for load in counts(columns, _PATTON_CPU) if 0 <= load <= 100]
    return Told({facts.SYSTEM_CPU: float(max(loads))} if loads else {})


def _patton(columns: Columns) -> Told:
    """Calls over IP by protocol; each has one leg on this side, so their sum is the calls."""
    told = counts(columns, _PATTON_CALLS)
    names = [text(value).casefold() for value in columns[_PATTON_NAMES].values()]
    legs = tuple(facts.CallLegs(name, now) for name, now in zip(names, told, strict=False) if name and now >= 0)
    return Told({facts.TELEPHONY_LEGS: legs, facts.TELEPHONY_CALLS_NOW: sum(leg.now for leg in legs)} if legs else {})


_PATTON_SAYS: Final = _described(r"^(?P<model>SN\w+?/\w+?)?(?:V?Hardware Release.*)?, Software (?P<version>.+?)\.?$")

PATTON = Vendor(
    name="patton",
    platform="patton",
    recognise=_under("1.3.6.1.4.1.1768.100"),
    scalars=(
        standard.SYSTEM,
        scalars(Row(f"{_PATTON}1.6.0", facts.IDENTITY_MODEL, word), *_PATTON_SAYS, always=_known("Patton", "patton")),
    ),
    tables=(
        standard.INTERFACES,
        Table((_PATTON_CPU,), (facts.SYSTEM_CPU,), _patton_load),
        Table((_PATTON_NAMES, _PATTON_CALLS), (facts.TELEPHONY_CALLS_NOW,), _patton),
    ),
)

_VEGA: Final = "1.3.6.1.4.1.4686.11."
_VEGA_IN, _VEGA_OUT = f"{_VEGA}1.16", f"{_VEGA}1.17"  # inboundCurrUse, outboundCurrUse


def _vega(columns: Columns) -> Told:
    told = [one for root in (_VEGA_IN, _VEGA_OUT) for one in counts(columns, root) if one >= 0]
    return Told({facts.TELEPHONY_CHANNELS_NOW: sum(told)} if told else {})


VEGA = Vendor(
    name="sangoma",
    platform="sangoma_vega",
    recognise=_under("1.3.6.1.4.1.4686.11"),
    scalars=(standard.SYSTEM, scalars(_MODEL, always=_known("Sangoma", "sangoma_vega"))),
    tables=(standard.INTERFACES, Table((_VEGA_IN, _VEGA_OUT), (facts.TELEPHONY_CHANNELS_NOW,), _vega)),
)

_GXW_PORTS, _HT_PORTS = "1.3.6.1.4.1.42397.1.1.2.2", "1.3.6.1.4.1.42397.1.2.2.2"  # regStatusN


def _ports(columns: Columns) -> Told:
    """Analogue ports by what is written of their registration; a port without a line says "Not Registered" as well."""
    said = [text(value).casefold() for root in (_GXW_PORTS, _HT_PORTS) for value in columns[root].values()]
    known = [state for state in said if state in ("registered", "not registered")]
    return Told({_TOTAL: len(known), _HERE: known.count("registered")} if known else {}, len(said) - len(known))


def _is_adapter(identity: Identity) -> bool:
    return re.match(r"Linux (?:GXW|HT)\d", identity.sys_descr) is not None


_GS_SAYS: Final = _described(r"^Linux (?P<model>\w+) (?P<version>)")

GRANDSTREAM = Vendor(
    name="grandstream",
    platform="grandstream",
    recognise=_is_adapter,
    scalars=(
        standard.SYSTEM,
        scalars(
            *_GS_SAYS[:1],
            *(
                Row(f"1.3.6.1.4.1.42397.1.{family}.{place}.{end}", key, word)
                for key, place in ((facts.IDENTITY_OS_VERSION, "3.4"), (facts.IDENTITY_SERIAL, "1"))  # versionProg
                for family in (1, 2)  # GS-GXW42XX-MIB, GS-HT8XX-MIB
                for end in ("0", "0.0")
            ),
            always=_known("Grandstream", "grandstream"),
        ),
    ),
    tables=(standard.INTERFACES, Table((_GXW_PORTS, _HT_PORTS), (_TOTAL, _HERE), _ports)),
)

SONUS = Vendor(
    name="sonus",
    platform="sonus_sbc",
    recognise=_under("1.3.6.1.4.1.177.15"),
    scalars=(standard.SYSTEM, standard.UCD, scalars(_MODEL, always=_known("Sonus (Ribbon)", "sonus_sbc"))),
    tables=(standard.INTERFACES,),
)

VOICE: Final = (
    AVAYA, OMNIPCX, INNOVAPHONE, MITEL, PANASONIC, FORTIVOICE, AUDIOCODES, PATTON, VEGA, GRANDSTREAM, SONUS,
)  # fmt: skip
