"""Juniper Junos over SNMP: identity, load, flow sessions of SRX, IKE tunnels, RPM probes; the page is junos.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.clean import whole
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.lines import named_pair
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told
from auditor.collectors.vendors.standard import counts, identified, number, text, under
from auditor.facts import LinkQuality
from auditor.model import Key
from auditor.values import ABSENT, Absent

JNX: Final = "1.3.6.1.4.1.2636.3."
BOX_DESCR, BOX_SERIAL = JNX + "1.2.0", JNX + "1.3.0"  # jnxBoxDescr, jnxBoxSerialNo
INSTALLED: Final = "1.3.6.1.2.1.25.6.3.1.2"  # hrSWInstalledName: `JUNOS Software Release [12.1X46-D86]`
OPERATING, CPU, BUFFER = (JNX + f"1.13.1.{n}" for n in (5, 8, 11))  # jnxOperatingDescr, …CPU %, …Buffer %
_SPU: Final = JNX + "39.1.12.1.1.1."  # jnxJsSPUMonitoringObjectsTable, a row for each processing unit
SESSIONS, SESSIONS_MAX, NODE = _SPU + "6", _SPU + "7", _SPU + "10"  # …CurrentFlowSession, …MaxFlowSession, …NodeIndex
IKE_TUNNELS, IPSEC_TUNNELS = JNX + "52.1.1.1.0", JNX + "52.1.2.1.0"  # jnxIkeNumOfTunnels, jnxIpSecNumOfTunnels
REDUNDANCY: Final = JNX + "1.14.1.7"  # jnxRedundancyState: master 2, backup 3

_RPM: Final = JNX + "50.1."  # JUNIPER-RPM-MIB; the index spells owner and test, then tells the collection
SENT, LOST = _RPM + "2.1.2", _RPM + "2.1.4"  # jnxRpmResSumSent, jnxRpmResSumPercentLost
AVERAGE: Final = _RPM + "3.1.5"  # jnxRpmResCalcAverage, µs; one index more: the measurement
_LAST, _MOVING, _EVERY = 2, 3, 4  # collections: the last complete test, the moving average, all tests
_ROUND_TRIP, _JITTER = 1, 2  # measurements


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    """`Juniper Networks, Inc. srx300 internet router, kernel JUNOS 19.4R3.11, …`, unless it is the user's own text."""
    description = text(values.get(standard.SYS_DESCR, ABSENT))
    version = re.search(r"JUNOS (\d[\w.-]+)", description)
    found = identified(
        "Juniper",
        "juniper_junos",
        text(values.get(BOX_DESCR, ABSENT)) or _model(description),
        version.group(1) if version else "",
        text(values.get(BOX_SERIAL, ABSENT)),
    )
    for oid, key in ((IKE_TUNNELS, facts.VPN_IKE_SAS), (IPSEC_TUNNELS, facts.VPN_TUNNELS_NOW)):
        if isinstance(count := number(values.get(oid, ABSENT)), int):
            found[key] = count
    return Told(found)


def _model(description: str) -> str:
    match = re.match(r"Juniper Networks, Inc\. ([a-z]+[\w-]*\d[\w-]*|v(?:mx|srx|qfx))\b", description)
    return match.group(1).upper() if match else ""


def _installed(columns: Columns) -> Told:
    """The version in the list of packages: sysDescr may be a text of somebody's own."""
    said = (text(value) for value in columns.get(INSTALLED, {}).values())
    version = next(
        (m[1] or m[2] for one in said if (m := re.search(r"JUNOS .*\[(\d[\w.-]+)\]|junos.*?-(\d+\.\d[\w.-]+)", one))),
        "",
    )
    return Told({facts.IDENTITY_OS_VERSION: version} if version else {})


def _load(columns: Columns) -> Told:
    """The routing engines' own rows: fans and slots tell 0. One that stands by makes the other the active one."""
    named = {row: text(value) for row, value in columns.get(OPERATING, {}).items()}
    engines = {row for row, name in named.items() if re.search(r"routing engine", name, re.I)}
    found: dict[Key[Any], Any] = {}
    for key, root in ((facts.SYSTEM_CPU, CPU), (facts.SYSTEM_MEMORY, BUFFER)):
        loads = [
            load
            for row, value in columns.get(root, {}).items()
            if row in engines and isinstance(load := number(value), int) and 0 <= load <= 100
        ]
        if loads:
            found[key] = float(max(loads))
    states = counts(columns, REDUNDANCY)
    if {2, 3} <= set(states):
        found[facts.HA_STATE] = "active"
    return Told(found)


def _flows(columns: Columns) -> Told:
    """Sessions and their maximum, summed over the processing units of one node; a maximum of 0 is none.

    The nodes of a pair hold copies of the same sessions: the fuller one counts.
    """
    now, most = _by_node(columns, SESSIONS), _by_node(columns, SESSIONS_MAX)
    found: dict[Key[Any], Any] = {facts.FIREWALL_SESSIONS_NOW: max(now)} if now else {}
    if most and max(most) > 0:
        found[facts.FIREWALL_SESSIONS_MAX] = max(most)
    return Told(found)


def _by_node(columns: Columns, root: Oid) -> list[int]:
    """The sum of a column for each node of a pair; of all its rows where none says to which it belongs."""
    sums: dict[int | Absent, int] = {}
    for row, value in columns.get(root, {}).items():
        if isinstance(count := number(value), int) and count >= 0:
            node = number(columns.get(NODE, {}).get(row, ABSENT))
            sums[node] = sums.get(node, 0) + count
    return list(sums.values())


def _probes(columns: Columns) -> Told:
    """Each RPM test: the last complete one, else the moving average, else all of them since the start."""
    tests: dict[str, dict[int, str]] = {}
    for row in columns.get(LOST, {}):
        test, _, collection = row.rpartition(".")
        tests.setdefault(test, {})[whole(collection) or 0] = row
    found = []
    for test, rows in tests.items():
        row = next((rows[kind] for kind in (_LAST, _MOVING, _EVERY) if kind in rows), "")
        lost = number(columns[LOST].get(row, ABSENT))
        if row and isinstance(lost, int) and 0 <= lost <= 100 and number(columns.get(SENT, {}).get(row, 1)) != 0:
            rtt, jitter = (_milliseconds(columns, f"{row}.{kind}") for kind in (_ROUND_TRIP, _JITTER))
            found.append(LinkQuality(named_pair(test), rtt, jitter, float(lost)))
    return Told({facts.LINK_QUALITY: tuple(found)} if found else {})


def _milliseconds(columns: Columns, row: str) -> float | Absent:
    micro = number(columns.get(AVERAGE, {}).get(row, ABSENT))
    return round(micro / 1000, 3) if isinstance(micro, int) and micro >= 0 else ABSENT


def is_junos(identity: Identity) -> bool:
    """Routers, SRX gateways and switches alike; the description may be the user's own text."""
    return under(identity, "1.3.6.1.4.1.2636.1.1.1") or bool(re.search(r"Juniper Networks.*JUNOS", identity.sys_descr))


SCALARS: Final = (
    standard.SYSTEM,
    Scalars(
        (standard.SYS_DESCR, BOX_DESCR, BOX_SERIAL, IKE_TUNNELS, IPSEC_TUNNELS),
        (facts.IDENTITY_MODEL, facts.IDENTITY_SERIAL, facts.VPN_TUNNELS_NOW),
        _box,
    ),
)
TABLES: Final = (
    Table((INSTALLED,), (facts.IDENTITY_OS_VERSION,), _installed),
    standard.INTERFACES,
    Table((OPERATING, CPU, BUFFER, REDUNDANCY), (facts.SYSTEM_CPU, facts.SYSTEM_MEMORY), _load),
    Table(
        (SESSIONS, SESSIONS_MAX, NODE),
        (facts.FIREWALL_SESSIONS_NOW, facts.FIREWALL_SESSIONS_MAX),
        _flows,
    ),
    Table((SENT, LOST, AVERAGE), (facts.LINK_QUALITY,), _probes),
)
