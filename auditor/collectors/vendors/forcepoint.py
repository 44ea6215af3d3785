"""Forcepoint NGFW (Stonesoft): connections, mobile VPN users, tunnels and load; its rules stand in the SMC."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.scalars import Row, count, scalars, share, word
from auditor.collectors.vendors.values import number, parts, percent, text
from auditor.values import ABSENT

FIREWALL: Final = "1.3.6.1.4.1.1369.5.2.1."  # STONESOFT-FIREWALL-MIB
NODE: Final = "1.3.6.1.4.1.1369.6.1.1."  # STONESOFT-NETNODE-MIB
VERSION, CONNECTIONS = FIREWALL + "1.0", FIREWALL + "4.0"
CPU: Final = FIREWALL + "11.1.1.3"  # fwCpuTotal: the first row is the total of all processors
TOTAL, USED, BUFFERS, CACHED, AVAILABLE = (f"{FIREWALL}11.2.{n}.0" for n in (4, 5, 7, 8, 10))  # bytes
TYPE_4, SAS_4, TYPE_6, SAS_6 = (f"{FIREWALL}{n}" for n in ("13.1.4", "13.1.7", "14.1.4", "14.1.7"))
CLUSTER, STATE, LOAD, MODEL, SERIAL = (f"{NODE}{n}.0" for n in (1, 3, 4, 9, 10))
_MOBILE: Final = 3  # VpnEndpointType: unknown(0), static(1), dynamic(2), mobile(3)
_STATES: Final[Mapping[int, str]] = {1: "active", 2: "active", 3: "active", 4: "active"} | {
    5: "failed", 6: "failed", 7: "failed", 8: "failed", 9: "standby", 10: "standby",
}  # fmt: skip


def _version(value: SnmpValue | Any) -> str:
    """`Forcepoint NGFW version 6.10.10.26506`."""
    said = re.search(r"\d+\.\d[\w.]*", text(value))
    return said[0] if said else ""


def _cluster(values: Mapping[Oid, SnmpValue]) -> Told:
    """The state of a node that belongs to a cluster; an engine that stands alone answers no cluster."""
    state = number(values.get(STATE, ABSENT))
    known = _STATES.get(state) if isinstance(state, int) else None
    if known is None or (known == "active" and CLUSTER not in values):
        return Told()
    return Told({facts.HA_STATE: known})


def _memory(values: Mapping[Oid, SnmpValue]) -> Told:
    """What is used without the kernel's caches, where the engine tells them."""
    total, used, buffers, cached, available = (
        number(values.get(oid, ABSENT)) for oid in (TOTAL, USED, BUFFERS, CACHED, AVAILABLE)
    )
    if not isinstance(total, int) or total <= 0:
        return Told()
    if isinstance(available, int):
        used = total - available
    elif isinstance(used, int):
        used -= sum(part for part in (buffers, cached) if isinstance(part, int))
    taken = percent(round(100 * used / total, 1)) if isinstance(used, int) else ABSENT
    return Told({} if taken is ABSENT else {facts.SYSTEM_MEMORY: taken})


def _cpu(columns: Columns) -> Told:
    rows = columns.get(CPU, {})
    first = min(rows, key=parts, default="")
    load = percent(number(rows.get(first, ABSENT)))
    return Told({} if load is ABSENT else {facts.SYSTEM_CPU: load})


def _endpoints(columns: Columns) -> Iterator[tuple[int, int]]:
    """Type of the far end and established IPsec SAs of every pair of endpoints."""
    for types, sas in ((TYPE_4, SAS_4), (TYPE_6, SAS_6)):
        for row, value in columns.get(types, {}).items():
            kind, up = number(value), number(columns.get(sas, {}).get(row, ABSENT))
            if isinstance(kind, int) and isinstance(up, int):
                yield kind, up


def _vpn(columns: Columns) -> Told:
    """Mobile clients are users, static and dynamic gateways tunnels; a pair without an SA is only configured."""
    rows = list(_endpoints(columns))
    if not rows:
        return Told()
    users = sum(1 for kind, up in rows if kind == _MOBILE and up > 0)
    tunnels = sum(1 for kind, up in rows if kind in (1, 2) and up > 0)
    return Told({facts.VPN_SESSIONS_NOW: users, facts.VPN_TUNNELS_NOW: tunnels})


def _is_forcepoint(identity: Identity) -> bool:
    return f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.1369.5.2.")


FORCEPOINT = Vendor(
    name="forcepoint",
    platform="forcepoint_ngfw",
    recognise=_is_forcepoint,
    scalars=(
        standard.SYSTEM,
        scalars(
            Row(VERSION, facts.IDENTITY_OS_VERSION, _version),
            Row(MODEL, facts.IDENTITY_MODEL, word),
            Row(SERIAL, facts.IDENTITY_SERIAL, word),
            Row(CONNECTIONS, facts.FIREWALL_SESSIONS_NOW, count),
            Row(LOAD, facts.SYSTEM_CPU, share),
            always={facts.IDENTITY_VENDOR: "Forcepoint", facts.IDENTITY_PLATFORM: "forcepoint_ngfw"},
        ),
        Scalars((CLUSTER, STATE), (facts.HA_STATE,), _cluster),
        Scalars((TOTAL, USED, BUFFERS, CACHED, AVAILABLE), (facts.SYSTEM_MEMORY,), _memory),
    ),
    tables=(
        standard.INTERFACES,
        Table((CPU,), (facts.SYSTEM_CPU,), _cpu),
        Table((TYPE_4, SAS_4), (facts.VPN_SESSIONS_NOW, facts.VPN_TUNNELS_NOW), _vpn, more=(TYPE_6, SAS_6)),
    ),
)
