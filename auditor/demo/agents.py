"""SNMP responders of the demo: one engine per address, read only, its clock held still while one PDU is answered."""

from __future__ import annotations

import asyncio
import bisect
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v2c
from pysnmp.smi import exval, instrum

from auditor.demo.mib import Kind, Leaf, Oid, Tree

_SYNTAX: Final[dict[Kind, Callable[[Any], Any]]] = {
    "integer": rfc1902.Integer32,
    "octets": rfc1902.OctetString,
    "oid": rfc1902.ObjectIdentifier,
    "address": rfc1902.IpAddress,
    "counter32": rfc1902.Counter32,
    "counter64": rfc1902.Counter64,
    "gauge": rfc1902.Gauge32,
    "ticks": rfc1902.TimeTicks,
}
_EPOCH: Final = 1_767_225_600  # 2026-01-01: boots grow with each start, so no manager takes a restart for a replay


@dataclass(frozen=True, slots=True)
class Community:
    """SNMPv2c access."""

    name: str


@dataclass(frozen=True, slots=True)
class User:
    """SNMPv3 access at authPriv with SHA-256 and AES-128."""

    name: str
    auth: str
    priv: str


class _Instruments(instrum.AbstractMibInstrumController):  # type: ignore[misc]
    """A sorted table of instances behind pysnmp's responders."""

    def __init__(self, tree: Tree, uptime_s: int) -> None:
        self._tree = tree
        self._order = sorted(tree)
        self._zero = time.monotonic() - uptime_s
        self._held: int | None = None

    def _ticks(self) -> int:
        """Hundredths of a second since the device booted, the same for every value of one PDU.

        pysnmp answers a PDU within one turn of the loop; the next turn lets the clock go on.
        """
        if self._held is None:
            self._held = int((time.monotonic() - self._zero) * 100)
            asyncio.get_running_loop().call_soon(self._release)
        return self._held

    def _release(self) -> None:
        self._held = None

    def read_variables(self, *asked: Any, **about: Any) -> list[Any]:
        """GET."""
        _check_access(asked, about)
        return [(name, self._value(self._tree.get(tuple(name)), exval.noSuchInstance)) for name, _ in asked]

    def read_next_variables(self, *asked: Any, **about: Any) -> list[Any]:
        """GETNEXT, and each turn of GETBULK."""
        _check_access(asked, about)
        return [self._next(name) for name, _ in asked]

    def _next(self, name: Any) -> tuple[Any, Any]:
        place = bisect.bisect_right(self._order, tuple(name))
        if place == len(self._order):
            return name, exval.endOfMib
        found: Oid = self._order[place]
        return rfc1902.ObjectName(found), self._value(self._tree[found], exval.endOfMib)

    def _value(self, leaf: Leaf | None, absent: Any) -> Any:
        return absent if leaf is None else _SYNTAX[leaf.kind](leaf.at(self._ticks()))


def _check_access(asked: tuple[Any, ...], about: dict[str, Any]) -> None:
    """Refuse a request below the security level of its user, as a device does."""
    for index, (name, _) in enumerate(asked[:1]):
        about["acFun"]("read", (name, None), idx=index, **about)


def serve(sock: socket.socket, identity: str, tree: Tree, uptime_s: int, access: Community | User) -> None:
    """Answer on a bound UDP socket, on the running loop; `identity` gives the engine its fixed, distinct ID."""
    agent = engine.SnmpEngine()
    _identify(agent, identity)
    config.add_transport(agent, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode(sock=sock))
    if isinstance(access, Community):
        config.add_v1_system(agent, "area", access.name)
        config.add_vacm_user(agent, 2, "area", "noAuthNoPriv", (1, 3, 6))
    else:
        sha256, aes128 = config.USM_AUTH_HMAC192_SHA256, config.USM_PRIV_CFB128_AES
        config.add_v3_user(agent, access.name, sha256, access.auth, aes128, access.priv)
        config.add_vacm_user(agent, 3, access.name, "authPriv", (1, 3, 6))
    scope = context.SnmpContext(agent)
    everything = v2c.OctetString("")
    scope.unregister_context_name(everything)
    scope.register_context_name(everything, _Instruments(tree, uptime_s))
    for responder in (cmdrsp.GetCommandResponder, cmdrsp.NextCommandResponder, cmdrsp.BulkCommandResponder):
        responder(agent, scope)
    agent.transport_dispatcher.job_started(1)


def _identify(agent: engine.SnmpEngine, identity: str) -> None:
    """Set ID and boots here: an ID given to pysnmp's constructor makes it write into the temporary folder."""
    name, boots = agent.get_mib_builder().import_symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots")
    name.syntax = name.syntax.clone(b"\x80\x00\x00\x09\x04" + identity.encode())  # RFC 3411: text as administered
    agent.snmpEngineID = name.syntax
    boots.syntax = boots.syntax.clone(max(1, int(time.time()) - _EPOCH))
