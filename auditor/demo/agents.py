"""SNMP agents of the demo: one engine for each device, answering GET, GETNEXT and GETBULK from a table."""

from __future__ import annotations

import bisect
import time
from collections.abc import Callable
from typing import Any, Final

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v2c
from pysnmp.smi import exval
from pysnmp.smi.instrum import AbstractMibInstrumController

from auditor.demo.company import COMMUNITY, V3_AUTH, V3_PRIV, V3_USER, Company, Value

_TYPES: Final = {
    "int": rfc1902.Integer32,
    "str": rfc1902.OctetString,
    "oid": rfc1902.ObjectIdentifier,
    "ip": rfc1902.IpAddress,
    "c32": rfc1902.Counter32,
    "c64": rfc1902.Counter64,
    "g32": rfc1902.Gauge32,
    "ticks": rfc1902.TimeTicks,
}
_WRAP: Final = {"c32": 2**32, "c64": 2**64, "ticks": 2**32}
Oid = tuple[int, ...]


class Table(AbstractMibInstrumController):  # type: ignore[misc]
    """A sorted table of values that follow the agent's clock; one reading of the clock for each request."""

    def __init__(self, company: Company, clock: Callable[[], float] = time.monotonic) -> None:
        rows = {tuple(map(int, oid.split("."))): value for oid, value in company.snmp.items()}
        self._rows = dict(sorted(rows.items()))
        self._order = list(self._rows)
        self._clock, self._start = clock, clock() - 90_061.0  # the agent has been up for a day

    def _ticks(self) -> int:
        return int((self._clock() - self._start) * 100)

    def _typed(self, value: Value, ticks: int) -> Any:
        plain = value.at(ticks)
        if isinstance(plain, int) and value.tag in _WRAP:
            plain %= _WRAP[value.tag]
        return _TYPES[value.tag](plain)

    def read_variables(self, *binds: Any, **context: Any) -> list[tuple[Any, Any]]:
        """GET."""
        ticks = self._ticks()
        return [
            (oid, self._typed(self._rows[key], ticks) if (key := tuple(oid)) in self._rows else exval.noSuchInstance)
            for oid, _ in binds
        ]

    def read_next_variables(self, *binds: Any, **context: Any) -> list[tuple[Any, Any]]:
        """GETNEXT, and each row of GETBULK."""
        ticks, found = self._ticks(), []
        for oid, _ in binds:
            at = bisect.bisect_right(self._order, tuple(oid))
            if at >= len(self._order):
                found.append((oid, exval.endOfMib))
            else:
                key = self._order[at]
                found.append((rfc1902.ObjectName(key), self._typed(self._rows[key], ticks)))
        return found

    def write_variables(self, *binds: Any, **context: Any) -> list[tuple[Any, Any]]:
        """Nothing can be written."""
        raise NotImplementedError


def agent(company: Company, address: str, port: int, number: int) -> Any:
    """An agent listening on a loopback address; runs on the current event loop."""
    snmp = engine.SnmpEngine(snmpEngineID=rfc1902.OctetString(hexValue=f"8000000005{number:016x}"))
    config.add_transport(snmp, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode((address, port)))
    if company.version == "3":
        config.add_v3_user(
            snmp,
            V3_USER,
            config.USM_AUTH_HMAC192_SHA256,
            V3_AUTH,
            config.USM_PRIV_CFB128_AES,
            V3_PRIV,
        )
        config.add_vacm_user(snmp, 3, V3_USER, "authPriv", (1, 3, 6))
    else:
        config.add_v1_system(snmp, "area", COMMUNITY)
        config.add_vacm_user(snmp, 2, "area", "noAuthNoPriv", (1, 3, 6))
    where = context.SnmpContext(snmp)
    name = v2c.OctetString("")
    where.unregister_context_name(name)
    where.register_context_name(name, Table(company))
    for responder in (cmdrsp.GetCommandResponder, cmdrsp.NextCommandResponder, cmdrsp.BulkCommandResponder):
        responder(snmp, where)
    snmp.transport_dispatcher.job_started(1)
    return snmp
