"""Zyxel: CPE modems and routers, and ZyWALL/USG gateways (ZLD): identity, load, sessions, VPN tunnels, DSL rates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.lines import DSL
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import counts, identified, number, share, text, under
from auditor.model import Key
from auditor.values import ABSENT

ZYXEL: Final = "1.3.6.1.4.1.890"
CPE_VERSION, CPE_MODEL, CPE_SERIAL = (f"{ZYXEL}.1.2.1.1.{n}.0" for n in (1, 2, 10))  # sysRasFWVersion, sysHWVersion
ZLD_MODEL, ZLD_VERSION, ZLD_SERIAL = (f"{ZYXEL}.1.15.3.1.{n}.0" for n in (11, 6, 12))  # ZYXEL-ES-COMMON
_ZLD: Final = f"{ZYXEL}.1.6.22."  # ZYXEL-ZYWALL-ZLD-COMMON-MIB
ZLD_CPU: Final = (_ZLD + "1.5.0", _ZLD + "1.4.0", _ZLD + "1.1.0")  # over five minutes, one minute, now
HOUSE_CPU, HOUSE_MEMORY = (f"{ZYXEL}.1.15.3.2.{n}.0" for n in (4, 5))  # sysMgmtCPUUsage, sysMgmtMemUsage
ZLD_MEMORY, ZLD_SESSIONS = _ZLD + "1.2.0", _ZLD + "1.6.0"
CONNECTED: Final = _ZLD + "2.5.3.0"  # vpnConnectionConnected: tunnels between sites and dial-in together
TUNNEL_STATES: Final = _ZLD + "2.4.1.6"  # vpnConnectStatus: connected 1


def _gateway(identity_text: str) -> bool:
    return bool(re.match(r"(?:ZyWALL|USG|ATP|VPN\d|FLEX|Zyxel USG)", identity_text, re.I))


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    gateway = text(values.get(ZLD_MODEL, ABSENT))
    found = identified(
        "Zyxel",
        "zyxel_os",
        gateway or text(values.get(CPE_MODEL, ABSENT)) or _described(text(values.get(standard.SYS_DESCR, ABSENT))),
        text(values.get(ZLD_VERSION, ABSENT)).partition(" | ")[0] or text(values.get(CPE_VERSION, ABSENT)),
        text(values.get(ZLD_SERIAL, ABSENT)) or text(values.get(CPE_SERIAL, ABSENT)),
    )
    for oid in (HOUSE_CPU, *reversed(ZLD_CPU)):  # the longest mean that is told; cores that poll are always busy
        found |= share(facts.SYSTEM_CPU, values.get(oid, ABSENT))
    found |= share(facts.SYSTEM_MEMORY, values.get(HOUSE_MEMORY, ABSENT))
    found |= share(facts.SYSTEM_MEMORY, values.get(ZLD_MEMORY, ABSENT))
    if isinstance(sessions := number(values.get(ZLD_SESSIONS, ABSENT)), int):
        found[facts.FIREWALL_SESSIONS_NOW] = sessions
    if isinstance(up := number(values.get(CONNECTED, ABSENT)), int):
        found[facts.VPN_TUNNELS_NOW] = up
    return Told(found)


def _described(description: str) -> str:
    """The model where sysDescr is one (`USG FLEX 200H`, `GS1900-8`), not a sales text."""
    return description if _gateway(description) or re.fullmatch(r"[A-Z]{2,}[\dA-Z]*-?\d[\w-]*", description) else ""


def _tunnels(columns: Columns) -> Told:
    states = counts(columns, TUNNEL_STATES)
    told: dict[Key[Any], Any] = {facts.VPN_TUNNELS_NOW: states.count(1)} if states else {}
    return Told(told)


def _is_zyxel(identity: Identity) -> bool:
    """USG FLEX H answers as net-snmp: the probe tells. The switches of the house have a page of nobody."""
    return under(identity, ZYXEL) or bool(identity.probed.get(ZLD_MODEL)) or _gateway(identity.sys_descr)


ZYXEL_CPE = Vendor(
    name="zyxel",
    platform="zyxel_os",
    recognise=_is_zyxel,
    probes=(ZLD_MODEL,),
    scalars=(
        standard.SYSTEM,
        Scalars(
            (
                standard.SYS_DESCR, ZLD_MODEL, ZLD_VERSION, ZLD_SERIAL, CPE_MODEL, CPE_VERSION, CPE_SERIAL, *ZLD_CPU,
                ZLD_MEMORY, ZLD_SESSIONS, CONNECTED, HOUSE_CPU, HOUSE_MEMORY,
            ),
            (*standard.WHO, facts.SYSTEM_CPU, facts.SYSTEM_MEMORY, facts.FIREWALL_SESSIONS_NOW, facts.VPN_TUNNELS_NOW),
            _box,
        ),
        standard.UCD,
    ),
    tables=(
        standard.INTERFACES,
        standard.HOST,
        DSL,
        Table((TUNNEL_STATES,), (facts.VPN_TUNNELS_NOW,), _tunnels),
    ),
    combine={facts.SYSTEM_MEMORY: min},
)  # fmt: skip
