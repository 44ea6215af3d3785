"""What Cisco routers tell over SNMP beside the standard objects: load, policies, IP SLA probes, radios, redundancy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor import facts
from auditor.clean import whole
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors.iftable import DESCR, NAME, names
from auditor.collectors.vendors.lines import signal
from auditor.collectors.vendors.page import Columns, Scalars, Table, Told
from auditor.collectors.vendors.values import address, counts, number, text
from auditor.facts import LinkQuality, LinkRate, Radio
from auditor.model import Key
from auditor.values import ABSENT, Absent, Message

CISCO: Final = "1.3.6.1.4.1.9.9."

# ---- load ----

CPU_NEW, CPU_OLD = CISCO + "109.1.1.1.1.8", CISCO + "109.1.1.1.1.5"  # cpmCPUTotal5minRev and the older cpmCPUTotal5min
CPU_USED, CPU_FREE = CISCO + "109.1.1.1.1.12", CISCO + "109.1.1.1.1.13"  # cpmCPUMemoryUsed, …Free, kB
POOL_NAME, POOL_USED, POOL_FREE = (CISCO + f"221.1.1.1.1.{n}" for n in (3, 18, 20))  # cempMemPool, bytes
OLD_NAME, OLD_USED, OLD_FREE = (CISCO + f"48.1.1.1.{n}" for n in (2, 5, 6))  # ciscoMemoryPool, bytes


def _load(columns: Columns) -> Told:
    """The busiest processor; the memory of the processor pool where the processor itself does not tell it."""
    found: dict[Key[Any], Any] = {}
    for root in (CPU_NEW, CPU_OLD):
        if loads := [load for load in counts(columns, root) if 0 <= load <= 100]:
            found[facts.SYSTEM_CPU] = float(max(loads))
            break
    for name, used, free in (
        ("", CPU_USED, CPU_FREE),
        (POOL_NAME, POOL_USED, POOL_FREE),
        (OLD_NAME, OLD_USED, OLD_FREE),
    ):
        for row, value in columns.get(used, {}).items():
            taken, left = number(value), number(columns.get(free, {}).get(row, ABSENT))
            main = not name or text(columns.get(name, {}).get(row, ABSENT)).lower() == "processor"
            if main and isinstance(taken, int) and isinstance(left, int) and taken > 0 and left > 0:
                found.setdefault(facts.SYSTEM_MEMORY, round(100 * taken / (taken + left), 1))
    return Told(found)


LOAD: Final = Table(
    (CPU_NEW, CPU_OLD, CPU_USED, CPU_FREE, POOL_NAME, POOL_USED, POOL_FREE, OLD_NAME, OLD_USED, OLD_FREE),
    (facts.SYSTEM_CPU, facts.SYSTEM_MEMORY),
    _load,
)

# ---- sessions, tunnels, calls, saved configuration ----

CRAS_IPSEC, CRAS_SVC, CRAS_WEB = (CISCO + f"392.1.3.{n}.0" for n in (26, 35, 38))  # remote users, never crasL2L
IKE_TUNNELS, IPSEC_TUNNELS = CISCO + "171.1.2.1.1.0", CISCO + "171.1.3.1.1.0"  # cikeGlobal-, cipSecGlobalActiveTunnels
CALLS_LICENSED: Final = CISCO + "63.1.3.8.3.0"  # cvCallVolConnMaxCallConnectionLicenese (the spelling is Cisco's)
PHONES, PHONES_REGISTERED = CISCO + "439.1.2.2.0", CISCO + "439.1.2.3.0"  # ccmeEphoneTot, ccmeEphoneTotRegistered
CHANGED, SAVED = CISCO + "43.1.1.1.0", CISCO + "43.1.1.2.0"  # ccmHistoryRunningLastChanged, …LastSaved, sysUpTime


def _counts(values: Mapping[Oid, SnmpValue]) -> Told:
    """Remote users and tunnels apart; 0 licensed calls means unlimited."""

    def at(oid: Oid) -> int | Absent:
        return number(values.get(oid, ABSENT))

    found: dict[Key[Any], Any] = {}
    missing: dict[Key[Any], Message] = {}
    if users := [count for oid in (CRAS_IPSEC, CRAS_SVC, CRAS_WEB) if isinstance(count := at(oid), int)]:
        found[facts.VPN_SESSIONS_NOW] = sum(users)
    if tunnels := [count for oid in (IKE_TUNNELS, IPSEC_TUNNELS) if isinstance(count := at(oid), int)]:
        found[facts.VPN_TUNNELS_NOW] = tunnels[0]
    for oid, key in (
        (PHONES, facts.TELEPHONY_ENDPOINTS_TOTAL),
        (PHONES_REGISTERED, facts.TELEPHONY_ENDPOINTS_REGISTERED),
    ):
        if isinstance(count := at(oid), int) and count >= 0:
            found[key] = count
    licensed = at(CALLS_LICENSED)
    if isinstance(licensed, int) and licensed > 0:
        found[facts.TELEPHONY_CALLS_MAX] = licensed
    elif licensed == 0:
        missing[facts.TELEPHONY_CALLS_MAX] = Message("gap.unlimited")
    changed, saved = at(CHANGED), at(SAVED)
    if isinstance(changed, int) and isinstance(saved, int) and saved > 0:
        found[facts.CONFIG_UNSAVED] = changed > saved
    return Told(found, missing=missing)


COUNTS: Final = Scalars(
    (
        CRAS_IPSEC, CRAS_SVC, CRAS_WEB, IKE_TUNNELS, IPSEC_TUNNELS, CALLS_LICENSED, PHONES, PHONES_REGISTERED, CHANGED,
        SAVED,
    ),
    (facts.VPN_TUNNELS_NOW,),
    _counts,
)  # fmt: skip

LEGS: Final = CISCO + "63.1.3.8.1.1.2"  # cvCallVolConnActiveConnection, by CvCallConnectionType
_LEGS: Final = {1: "h323", 2: "sip", 3: "mgcp", 4: "sccp", 5: "multicast", 6: "cacontrol", 7: "telephony"}


def _calls(columns: Columns) -> Told:
    """Active connections by protocol; a call through the gateway has two of them."""
    rows = columns.get(LEGS, {})
    legs = {
        _LEGS.get(whole(row) or 0, row): now
        for row, value in rows.items()
        if isinstance(now := number(value), int) and now >= 0
    }
    if not legs:
        return Told()
    told = tuple(facts.CallLegs(kind, count) for kind, count in legs.items())
    return Told({facts.TELEPHONY_LEGS: told, facts.TELEPHONY_CALLS_NOW: (sum(legs.values()) + 1) // 2})


CALLS: Final = Table((LEGS,), (), _calls)

# ---- policies (CISCO-CLASS-BASED-QOS-MIB) ----

_QOS: Final = CISCO + "166.1."
DIRECTION, INTERFACE = _QOS + "1.1.1.3", _QOS + "1.1.1.4"  # cbQosPolicyDirection, cbQosIfIndex, by policy
CONFIG, KIND, PARENT = (_QOS + f"5.1.1.{n}" for n in (2, 3, 4))  # cbQosConfigIndex, …ObjectsType, …ParentObjectsIndex
CLASS_NAME: Final = _QOS + "7.1.1.1"  # cbQosCMName
SHAPED, SHAPED_64 = _QOS + "13.1.1.1", _QOS + "13.1.1.11"  # cbQosTSCfgRate and its 64 bits, bit/s
POLICED, POLICED_64 = _QOS + "12.1.1.1", _QOS + "12.1.1.11"
_SHAPING, _POLICING, _INPUT = 6, 7, 1
_EVERYTHING: Final = "class-default"


def _policies(columns: Columns) -> Told:
    """The rate that a whole policy is held to: the one at its top, not those of the classes nested in it."""
    named = names(columns)
    found = []
    for policy, value in columns.get(INTERFACE, {}).items():
        index, direction = number(value), number(columns.get(DIRECTION, {}).get(policy, ABSENT))
        name = named.get(index) if isinstance(index, int) else None
        for kind, method, roots in (
            (_SHAPING, "shaper", (SHAPED_64, SHAPED)),
            (_POLICING, "policer", (POLICED_64, POLICED)),
        ):
            rate = _top(columns, policy, kind, roots)
            if name and rate:
                down, up = (rate, ABSENT) if direction == _INPUT else (ABSENT, rate)
                found.append(LinkRate(name, method, down, up))
                break
    return Told({facts.LINK_RATES: tuple(found)} if found else {})


def _top(columns: Columns, policy: str, kind: int, roots: tuple[Oid, Oid]) -> int:
    """The rate at the outermost level of a policy: of its class-default, or the only one there; else 0."""
    rows = [
        row
        for row, value in columns.get(KIND, {}).items()
        if number(value) == kind and row.rpartition(".")[0] == policy
    ]
    depths = {row: len(list(_above(columns, row))) for row in rows}
    outer = [row for row in rows if depths[row] == min(depths.values())]
    whole = [row for row in outer if _class(columns, row) == _EVERYTHING]
    chosen = whole or outer
    if len(chosen) != 1:
        return 0
    config = text(columns.get(CONFIG, {}).get(chosen[0], ABSENT))
    return next((rate for root in roots if isinstance(rate := number(columns.get(root, {}).get(config, ABSENT)), int)
                 and rate > 0), 0)  # fmt: skip


def _above(columns: Columns, row: str) -> Iterator[str]:
    """The objects that an object of a policy stands in, innermost first."""
    policy, seen = row.rpartition(".")[0], {row}
    while True:
        parent = number(columns.get(PARENT, {}).get(row, ABSENT))
        row = f"{policy}.{parent}"
        if not isinstance(parent, int) or parent == 0 or row in seen:
            return
        seen.add(row)
        yield row


def _class(columns: Columns, row: str) -> str:
    """The class that an object belongs to."""
    parent = next(_above(columns, row), "")
    config = text(columns.get(CONFIG, {}).get(parent, ABSENT))
    return text(columns.get(CLASS_NAME, {}).get(config, ABSENT))


POLICIES: Final = Table(
    (
        DIRECTION, INTERFACE, CONFIG, KIND, PARENT, CLASS_NAME, SHAPED, SHAPED_64, POLICED, POLICED_64, NAME, DESCR,
    ),
    (facts.LINK_RATES,),
    _policies,
)  # fmt: skip

# ---- IP SLA (CISCO-RTTMON-MIB) ----

_RTT: Final = CISCO + "42.1."
TAG, PROBE, TARGET = _RTT + "2.1.1.3", _RTT + "2.1.1.4", _RTT + "2.2.1.2"  # tag, type, echo target address
PRECISION: Final = _RTT + "2.2.1.37"  # rttMonEchoAdminPrecision: milliseconds 1, microseconds 2
TIME, SENSE = _RTT + "2.10.1.1", _RTT + "2.10.1.2"  # rttMonLatestRttOper: completion time, result
ANSWERS, SUM, LOST_OUT, LOST_BACK, JITTER = (_RTT + f"5.2.1.{n}" for n in (1, 2, 26, 27, 46))  # …JitterOper…
_OK, _OVER, _MICRO = 1, 3, 2
_SENSES: Final = {1: "ok", 2: "disconnected", 3: "over_threshold", 4: "timeout", 5: "busy", 6: "not_connected",
                  7: "dropped", 12: "dns_error"}  # fmt: skip


def _sla(columns: Columns) -> Told:
    """Each operation: a jitter probe tells loss and jitter, an echo its last round trip alone."""
    found = []
    for row in columns.get(PROBE, {}):
        sense = number(columns.get(SENSE, {}).get(row, ABSENT))
        series = row in columns.get(ANSWERS, {})
        rtt, jitter, loss = _series(columns, row) if series else (_last(columns, row), ABSENT, ABSENT)
        state = _SENSES.get(sense, "failed") if isinstance(sense, int) else ABSENT
        target = address(columns.get(TARGET, {}).get(row, ABSENT)) or text(columns.get(TAG, {}).get(row, ABSENT)) or row
        found.append(LinkQuality(target, rtt, jitter, loss, state))
    return Told({facts.LINK_QUALITY: tuple(found)} if found else {})


def _scale(columns: Columns, row: str) -> int:
    return 1000 if number(columns.get(PRECISION, {}).get(row, ABSENT)) == _MICRO else 1


def _last(columns: Columns, row: str) -> float | Absent:
    """The last round trip in ms, where the last probe came back."""
    took, sense = number(columns.get(TIME, {}).get(row, ABSENT)), number(columns.get(SENSE, {}).get(row, ABSENT))
    return round(took / _scale(columns, row), 3) if isinstance(took, int) and sense in (_OK, _OVER) else ABSENT


def _series(columns: Columns, row: str) -> tuple[float | Absent, float | Absent, float | Absent]:
    """Round trip, jitter and loss of the last series of a jitter probe."""
    answers, total, out, back, jitter = (
        number(columns.get(root, {}).get(row, ABSENT)) for root in (ANSWERS, SUM, LOST_OUT, LOST_BACK, JITTER)
    )
    if isinstance(answers, Absent):
        return ABSENT, ABSENT, ABSENT
    lost = sum(count for count in (out, back) if isinstance(count, int))
    told = isinstance(out, int) and isinstance(back, int) and answers + lost > 0
    scale = _scale(columns, row)
    return (
        round(total / answers / scale, 3) if isinstance(total, int) and answers else ABSENT,
        round(jitter / scale, 3) if isinstance(jitter, int) and answers else ABSENT,
        round(100 * lost / (answers + lost), 3) if told else ABSENT,
    )


SLA: Final = Table(
    (TAG, PROBE, TARGET, PRECISION, TIME, SENSE, ANSWERS, SUM, LOST_OUT, LOST_BACK, JITTER),
    (facts.LINK_QUALITY,),
    _sla,
)

# ---- radios (CISCO-WAN-3G-MIB, CISCO-WAN-CELL-EXT-MIB) ----

RSSI, SERVICE = CISCO + "661.1.3.4.1.1.1", CISCO + "661.1.3.2.1.5"  # c3gCurrentGsmRssi, c3gGsmPacketService
RSRP, RSRQ, SNR = (CISCO + f"817.1.1.1.1.1.{n}" for n in (1, 2, 3))  # cwceLteCurrRsrp, …Rsrq, …Snr
ENTITY_NAME: Final = "1.3.6.1.2.1.47.1.1.1.1.7"
_SERVICES: Final = {2: "gprs", 3: "edge", 4: "umts", 5: "hsdpa", 6: "hsupa", 7: "hspa", 8: "hspa+", 9: "lte", 10: "lte"}


def _radios(columns: Columns) -> Told:
    """One row for each modem, by its entity. The MIB says dB; the boxes send tenths, which no ratio can be in dB."""
    found = []
    for row in {**columns.get(RSRP, {}), **columns.get(RSSI, {})}:

        def at(root: Oid, row: str = row) -> SnmpValue | Absent:
            return columns.get(root, {}).get(row, ABSENT)

        rssi, rsrp = signal(at(RSSI), -140, -20), signal(at(RSRP), -160, -30)
        if isinstance(rssi, Absent) and isinstance(rsrp, Absent):
            continue
        rsrq, snr = number(at(RSRQ)), number(at(SNR))
        tenths = 10 if isinstance(rsrq, int) and rsrq < -40 else 1
        service = number(at(SERVICE))
        found.append(
            Radio(
                interface=text(at(ENTITY_NAME)) or f"cellular {row}",
                technology=_SERVICES.get(service, ABSENT) if isinstance(service, int) else ABSENT,
                rssi_dbm=rssi,
                rsrp_dbm=rsrp,
                rsrq_db=rsrq / tenths if isinstance(rsrq, int) and rsrq < 0 else ABSENT,
                sinr_db=snr / tenths if isinstance(snr, int) else ABSENT,
            )
        )
    told: dict[Key[Any], Any] = {facts.LINK_CELLULAR: tuple(found)} if found else {}
    return Told(told)


RADIOS: Final = Table((RSSI, SERVICE, RSRP, RSRQ, SNR), (), _radios, more=(ENTITY_NAME,))

# ---- redundancy ----

HSRP: Final = CISCO + "106.1.2.1.1.15"  # cHsrpGrpStandbyState: standby 5, active 6
VRRP: Final = "1.3.6.1.2.1.68.1.3.1.3"  # vrrpOperState, RFC 2787: backup 2, master 3


def _redundancy(columns: Columns) -> Told:
    """Active where any group is: traffic of that group leaves here."""
    states = {5: "standby", 6: "active"}
    told = [states[state] for state in counts(columns, HSRP) if state in states]
    told += [{2: "standby", 3: "active"}[state] for state in counts(columns, VRRP) if state in (2, 3)]
    return Told({facts.HA_STATE: "active" if "active" in told else "standby"} if told else {})


REDUNDANCY: Final = Table((HSRP, VRRP), (facts.HA_STATE,), _redundancy)


def platform(description: str) -> str:
    """netmiko's name of the operating system that a description names."""
    if re.search(r"IOS[ -]?XR", description):
        return "cisco_xr"
    return "cisco_xe" if re.search(r"IOS-?XE|LINUX_IOSD|CAT3K_CAA", description, re.I) else "cisco_ios"
