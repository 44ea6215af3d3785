"""pfSense and OPNsense: pf's states and limits, over SNMP; what their shells and their config.xml tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import hosts, standard
from auditor.collectors.vendors.page import Identity, Scalars, Told, Vendor
from auditor.collectors.vendors.scalars import Row, count, limit, scalars
from auditor.collectors.vendors.values import text
from auditor.model import ABSENT, Key

PF: Final = "1.3.6.1.4.1.12325.1.200.1."  # BEGEMOT-PF-MIB
STATES, STATES_MAX = PF + "3.1.0", PF + "5.1.0"  # pfStateTableCount, pfLimitsStates
NET_SNMP_FREEBSD: Final = "1.3.6.1.4.1.8072.3.2.8"
_ARCHITECTURE: Final = re.compile(r"\b(amd64|arm64|aarch64|armv7|armv6|i386)\s*$")


def _pfsense(values: Mapping[Oid, SnmpValue]) -> Told:
    """`pfSense 2.3.2-RELEASE pfSense FreeBSD 10.3…`, or `FreeBSD fw 12.3-STABLE … RELENG_2_6_0-n226742…`."""
    said = text(values.get(standard.SYS_DESCR, ABSENT))
    version = re.match(r"pfSense(?: \S+)? (\d+\.\d+[\w.]*-\w+)", said)
    branch = re.search(r"RELENG_(\d+(?:_\d+)+)", said)
    return _described(
        said, "Netgate", "pfsense", version[1] if version else branch[1].replace("_", ".") if branch else ""
    )


def _opnsense(values: Mapping[Oid, SnmpValue]) -> Told:
    """The branch of the build is the only version that the description holds: `stable/21.1`."""
    said = text(values.get(standard.SYS_DESCR, ABSENT))
    branch = re.search(r"stable/(\d\d\.\d+)", said)
    return _described(said, "OPNsense", "opnsense", branch[1] if branch else "")


def _described(said: str, vendor: str, platform: str, version: str) -> Told:
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: vendor, facts.IDENTITY_PLATFORM: platform}
    if version:
        found[facts.IDENTITY_OS_VERSION] = version
    if architecture := _ARCHITECTURE.search(said):
        found[facts.IDENTITY_MODEL] = architecture[1]
    return Told(found)


def _is_pfsense(identity: Identity) -> bool:
    free_bsd = f"{identity.sys_object_id}.".startswith(("1.3.6.1.4.1.12325.1.1.2.1.", f"{NET_SNMP_FREEBSD}."))
    return free_bsd and "pfsense" in identity.sys_descr.lower()


def _is_opnsense(identity: Identity) -> bool:
    built = re.search(r"opnsense|\bsensey\b|-HBSD\b|stable/\d\d\.\d", identity.sys_descr, re.I)
    return identity.sys_object_id == NET_SNMP_FREEBSD and bool(built)


_BOX: Final = (
    standard.SYSTEM,
    standard.UCD,
    scalars(Row(STATES, facts.FIREWALL_SESSIONS_NOW, count), Row(STATES_MAX, facts.FIREWALL_SESSIONS_MAX, limit)),
)
_TABLES: Final = (standard.INTERFACES, hosts.PROCESSORS)  # bsnmpd's memory is that of the running programs alone

PFSENSE = Vendor(
    name="pfsense",
    platform="pfsense",
    recognise=_is_pfsense,
    scalars=(Scalars((standard.SYS_DESCR,), (facts.IDENTITY_OS_VERSION,), _pfsense), *_BOX),
    tables=_TABLES,
)
OPNSENSE = Vendor(
    name="opnsense",
    platform="opnsense",
    recognise=_is_opnsense,
    scalars=(Scalars((standard.SYS_DESCR,), (facts.IDENTITY_OS_VERSION,), _opnsense), *_BOX),
    tables=_TABLES,
)
