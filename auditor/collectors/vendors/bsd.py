"""pfSense and OPNsense: pf's states and limits, over SNMP; what their shells and their config.xml tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import doors, hosts, ike, joins, linux_gateway, openvpn, standard, wireguard
from auditor.collectors.vendors.page import Command, Identity, Mark, Scalars, Told, Vendor, unread
from auditor.collectors.vendors.pf_config import CONFIGURED, configuration
from auditor.collectors.vendors.scalars import Row, count, limit, scalars
from auditor.collectors.vendors.values import text
from auditor.facts import LinkRate, Route
from auditor.model import Key
from auditor.values import ABSENT, Absent

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
    """`OPNsense fw 18.1.1-a5575d7bd …`; later ones name the branch of the build alone, `stable/21.1`."""
    said = text(values.get(standard.SYS_DESCR, ABSENT))
    branch = re.search(r"stable/(\d\d\.\d+)|^OPNsense \S+ (\d\d\.\d[\w.]*)", said)
    return _described(said, "OPNsense", "opnsense", (branch[1] or branch[2]) if branch else "")


def _described(said: str, vendor: str, platform: str, version: str) -> Told:
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: vendor, facts.IDENTITY_PLATFORM: platform}
    if version:
        found[facts.IDENTITY_OS_VERSION] = version
    if architecture := _ARCHITECTURE.search(said):
        found[facts.IDENTITY_MODEL] = architecture[1]
    return Told(found)


def _is_free_bsd(identity: Identity) -> bool:
    """FreeBSD under bsnmpd (begemot) or net-snmp."""
    return f"{identity.sys_object_id}.".startswith(("1.3.6.1.4.1.12325.1.1.2.1.", f"{NET_SNMP_FREEBSD}."))


def _is_pfsense(identity: Identity) -> bool:
    return _is_free_bsd(identity) and "pfsense" in identity.sys_descr.lower()


def _is_opnsense(identity: Identity) -> bool:
    built = re.search(r"opnsense|\bsensey\b|-HBSD\b|stable/\d\d\.\d", identity.sys_descr, re.I)
    return _is_free_bsd(identity) and bool(built)


# ---- their shells ----


def product(output: str) -> Told:
    """`cat /etc/version` of pfSense: `2.7.2-RELEASE`."""
    found = re.fullmatch(r"\s*(\d+\.\d+[\w.]*(?:-\w+)*)\s*", output)
    return Told({facts.IDENTITY_OS_VERSION: found[1], **_named("Netgate", "pfsense")}) if found else unread(output)


def opnsense(output: str) -> Told:
    """`opnsense-version`: `OPNsense 24.7.12_4 (amd64)`."""
    found = re.match(r"\s*OPNsense (\d+\.\d+[\w.]*)(?: \((\w+)\))?", output)
    if found is None:
        return unread(output)
    told = {facts.IDENTITY_OS_VERSION: found[1], **_named("OPNsense", "opnsense")}
    return Told(told | ({facts.IDENTITY_MODEL: found[2]} if found[2] else {}))


def _named(vendor: str, platform: str) -> dict[Key[Any], Any]:
    return {facts.IDENTITY_VENDOR: vendor, facts.IDENTITY_PLATFORM: platform}


def states(output: str) -> Told:
    """`pfctl -si`: the states that are open."""
    found = re.search(r"(?m)^\s+current entries\s+(\d+)", output)
    return Told({facts.FIREWALL_SESSIONS_NOW: int(found[1])}) if found else unread(output)


def limits(output: str) -> Told:
    """`pfctl -sm`: the size of the table of states."""
    found = re.search(r"(?m)^states\s+hard limit\s+(\d+)", output)
    return Told({facts.FIREWALL_SESSIONS_MAX: int(found[1])}) if found and int(found[1]) else unread(output)


def pair(output: str) -> Told:
    """`ifconfig`: the state of the addresses that two boxes share; a box without one shares none."""
    found = re.findall(r"(?m)^\s+carp: (MASTER|BACKUP|INIT) vhid", output)
    if not re.search(r"(?m)^\w+: flags=", output):
        return unread(output)
    if not found:
        return Told()
    return Told(
        {facts.HA_STATE: "active" if set(found) == {"MASTER"} else "standby" if "BACKUP" in found else "failed"}
    )


def default_routes(output: str) -> Told:
    """`netstat -rn -f inet`: the default routes."""
    if not re.search(r"(?m)^Destination\s+Gateway\s+Flags", output):
        return unread(output)
    rows = re.findall(r"(?m)^default\s+(\S+)\s+(\S+)\s+(?:\d+\s+){0,3}(\S+)", output)
    found = tuple(Route("0.0.0.0/0", interface=port, gateway=gateway, active=True) for gateway, _, port in rows)
    return Told({facts.ROUTES_DEFAULT: found} if found else {})


def queues(output: str) -> Told:
    """`pfctl -sq`: what ALTQ lets leave each interface, by the root of its queues."""
    rows = re.findall(r"(?m)^queue\s+root_\S+ on (\S+)(?:\s.*)? bandwidth ([\d.]+)([KMG]?)b\b", output)
    scale = {"": 1, "K": 1000, "M": 1_000_000, "G": 1_000_000_000}
    found = tuple(LinkRate(name, "shaper", up_bps=round(float(size) * scale[unit])) for name, size, unit in rows)
    if not found and not re.search(r"(?mi)^no queue in use|^queue ", output):
        return unread(output)
    return Told({facts.LINK_RATES: found} if found else {})


def routes(known: tuple[Route, ...], told: tuple[Route, ...]) -> tuple[Route, ...]:
    """The routes of the table, which are in use, and those that are set beside them, which stand by."""
    live = [row for row in (*known, *told) if isinstance(row.protocol, Absent)]
    planned = [row for row in (*known, *told) if row not in live]
    if not live:
        return tuple(planned)
    kinds: dict[Any, Any] = {row.gateway: row.protocol for row in planned if not isinstance(row.gateway, Absent)}
    ports: dict[Any, Any] = {row.interface: row.protocol for row in planned if isinstance(row.gateway, Absent)}
    used = [replace(row, protocol=kinds.get(row.gateway, ports.get(row.interface, ABSENT))) for row in live]
    seen = {row.gateway for row in live} | {row.interface for row in live if row.interface in ports}
    rest = [row for row in planned if row.gateway not in seen and row.interface not in seen]
    return (*used, *(replace(row, active=False) for row in rest))


def written(output: str) -> str:
    """`stat -f %m …`: when the one file of the configuration was written, in seconds of the epoch."""
    return output.strip() if re.fullmatch(r"\s*\d{9,11}\s*", output) else ""


def _status_files(output: str) -> tuple[str, ...]:
    """The status files of OpenVPN's servers in their folder."""
    names = (one.strip() for one in output.splitlines())
    return tuple(f"cat /var/etc/openvpn/{name}" for name in names if re.fullmatch(rf"{_NAME}\.stat", name))


_NAME: Final = r"[\w@-][\w.@-]*"
_CONFIG: Final = Command(
    "cat /conf/config.xml", CONFIGURED, configuration, seconds=60, also=("cat /cf/conf/config.xml",)
)
_PFSENSE_CONFIG: Final = Command(
    "cat /cf/conf/config.xml", CONFIGURED, configuration, seconds=60, also=("cat /conf/config.xml",)
)
_SHELL: Final = (
    Command("pfctl -si", (facts.FIREWALL_SESSIONS_NOW,), states),
    Command("pfctl -sm", (facts.FIREWALL_SESSIONS_MAX,), limits),
    Command("ifconfig", (), pair),
    Command("netstat -rn -f inet", (), default_routes, also=("netstat -rn",)),
    Command("pfctl -sq", (facts.LINK_RATES,), queues, also=("pfctl -s queue",)),
    Command("swanctl --stats", (), ike.statistics),
    Command("swanctl --list-sas", (), ike.associations, people=ike.PEOPLE),
    Command("swanctl --list-pools", (), ike.pools, also=("swanctl --list-pools --leases",), people=ike.PEOPLE),
    Command("wg show", (), wireguard.shown, also=("wg show all",)),
    Command("ls -1 /var/etc/openvpn", (facts.VPN_SESSIONS_NOW,), lambda output: Told(), follow=_status_files),
    Command(
        "cat STATUS-FILE", (), openvpn.status, pattern=rf"cat /var/etc/openvpn/{_NAME}\.stat", people=openvpn.PEOPLE
    ),
    Command(
        "cat openvpn-status",
        (facts.VPN_SESSIONS_NOW,),
        openvpn.status,
        live=False,
        pattern=r"cat .*openvpn.*",
        people=openvpn.PEOPLE,
    ),
)
SECRETS: Final = (
    r"(<(?:rocommunity|community|password|pre-shared-key|prv|tls|shared_key|radius_secret|ldap_bindpw|otp_seed|psk"
    r"|privkey|privatekey|[a-z]+-hash|md5-hash)>)([^<]+)",
)
_COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    **linux_gateway.COMBINE,
    facts.INTERFACES: doors.interfaces,
    facts.ROUTES_DEFAULT: routes,
    facts.LINK_RATES: joins.rates,
    facts.ACCESS_SSH_ALGORITHMS: lambda known, told: known,
    facts.IDENTITY_NAME: lambda known, told: known,
}
_DERIVE: Final = {key: linux_gateway.DERIVE[key] for key in linux_gateway.TOTALS}

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
    commands=(Command("cat /etc/version", (facts.IDENTITY_OS_VERSION,), product), _PFSENSE_CONFIG, *_SHELL),
    secrets=SECRETS,
    combine=_COMBINE,
    derive=_DERIVE,
    hello="cat /etc/version",
    recognise_shell=lambda output: bool(re.match(r"\s*\d+\.\d+[\w.]*-(?:RELEASE|RC|BETA|DEVELOPMENT)", output)),
    running=(_PFSENSE_CONFIG.line,),
    mark=Mark("stat -f %m /cf/conf/config.xml", written),
)
OPNSENSE = Vendor(
    name="opnsense",
    platform="opnsense",
    recognise=_is_opnsense,
    scalars=(Scalars((standard.SYS_DESCR,), (facts.IDENTITY_OS_VERSION,), _opnsense), *_BOX),
    tables=_TABLES,
    commands=(Command("opnsense-version", (facts.IDENTITY_OS_VERSION,), opnsense), _CONFIG, *_SHELL),
    secrets=SECRETS,
    combine=_COMBINE,
    derive=_DERIVE,
    hello="opnsense-version",
    recognise_shell=lambda output: output.lstrip().startswith("OPNsense "),
    running=(_CONFIG.line,),
    mark=Mark("stat -f %m /conf/config.xml", written),
)
