"""Linux hosts and gateways: identity, load, network, administration, and the VPN programs that run on them."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import (
    asterisk_extend,
    doors,
    hosts,
    linux_access,
    linux_gateway,
    linux_net,
    standard,
    wireguard,
)
from auditor.collectors.vendors.linux_net import links as links
from auditor.collectors.vendors.page import Command, Identity, Mark, Scalars, Told, Vendor, unread
from auditor.collectors.vendors.scalars import scalars
from auditor.collectors.vendors.standard import number, text
from auditor.model import Key
from auditor.values import ABSENT

NET_SNMP: Final = "1.3.6.1.4.1.8072.3.2.10"
BOOTED: Final = "1.3.6.1.2.1.25.1.1.0"  # hrSystemUptime: since the host started; sysUpTime is the agent's own


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    """`Linux host 4.9.0-8-amd64 #1 SMP … x86_64`."""
    description = text(values.get(standard.SYS_DESCR, ABSENT))
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Linux", facts.IDENTITY_PLATFORM: "linux"}
    if match := re.match(r"Linux \S+ (\S+)", description):
        found[facts.IDENTITY_OS_VERSION] = match.group(1)
    if match := re.search(r"\b(x86_64|i[3-6]86|aarch64|armv\w+|ppc64le|s390x|riscv64|mips\w*)$", description):
        found[facts.IDENTITY_MODEL] = match.group(1)
    return Told(found)


def _booted(values: Mapping[Oid, SnmpValue]) -> Told:
    ticks = number(values.get(BOOTED, ABSENT))
    return Told({facts.SYSTEM_UPTIME: ticks // 100} if isinstance(ticks, int) else {})


def release(output: str) -> Told:
    """`cat /etc/os-release`."""
    names = dict(re.findall(r'^([A-Z_]+)="?([^"\n]*)"?$', output, re.M))
    if "ID" not in names:
        return unread(output)
    found: dict[Key[Any], Any] = {
        facts.IDENTITY_VENDOR: "Linux",
        facts.IDENTITY_PLATFORM: "linux",
        facts.IDENTITY_OS_VERSION: line(names.get("PRETTY_NAME") or names["ID"]),
    }
    return Told(found)


def name(output: str) -> Told:
    """`uname -n`."""
    said = line(output)
    return Told({facts.IDENTITY_NAME: said} if re.fullmatch(r"[A-Za-z0-9._-]+", said) else {})


def machine(output: str) -> Told:
    """`uname -m`."""
    said = line(output)
    return Told({facts.IDENTITY_MODEL: said} if re.fullmatch(r"[a-z][a-z0-9_]{2,15}", said) else {})


def uptime(output: str) -> Told:
    """`cat /proc/uptime`: seconds since boot."""
    match = re.match(r"\s*(\d+)(?:\.\d+)? \d+", output)
    return Told({facts.SYSTEM_UPTIME: int(match.group(1))} if match else {})


def processors(output: str) -> Told:
    """`nproc`."""
    return Told({facts.HOST_CPUS: int(output)} if output.strip().isdecimal() else {})


def memory(output: str) -> Told:
    """`cat /proc/meminfo`: size, and what is used of it without what the kernel could free (MemAvailable)."""
    said = {name: int(kib) for name, kib in re.findall(r"(?m)^(\w+):\s+(\d+) kB$", output)}
    total, available = said.get("MemTotal", 0), said.get("MemAvailable")
    if not total:
        return unread(output)
    found: dict[Key[Any], Any] = {facts.HOST_MEMORY: total * 1024}
    if available is not None and available <= total:
        found[facts.SYSTEM_MEMORY] = round(100 * (total - available) / total, 1)
    return Told(found)


def sessions(output: str) -> Told:
    """`who`: those logged in now; nobody is an empty answer, which tells nothing."""
    rows = re.findall(r"(?m)^\S+\s+\S+\s+\d{4}-\d\d-\d\d \d\d:\d\d", output)
    return Told({facts.HOST_SESSIONS: len(rows)} if rows else {})


COMMANDS: Final = (
    Command("cat /etc/os-release", (facts.IDENTITY_OS_VERSION,), release),
    Command("uname -n", (facts.IDENTITY_NAME,), name),
    Command("uname -m", (), machine),
    Command("cat /proc/uptime", (facts.SYSTEM_UPTIME,), uptime),
    Command("nproc", (facts.HOST_CPUS,), processors),
    Command("cat /proc/meminfo", (), memory),
    Command("ip -j -s addr", (facts.INTERFACES,), linux_net.links, also=("ip -j addr", "ip -j address")),
    Command("ip -j route show default", (), linux_net.routes, also=("ip -j route",)),
    Command("ip -j -6 route show default", (), linux_net.routes),
    Command("tc -j qdisc show", (), linux_net.shapers, also=("tc -j -s qdisc show",)),
)
"""What every host that runs Linux is asked, whatever else it does."""

ADMINISTRATION: Final = (
    Command("who", (), sessions),
    Command("ss -Htuln", (), linux_access.sockets),
    Command("cat /etc/passwd", (), linux_access.accounts),
    Command("cat /etc/nsswitch.conf", (), linux_access.central),
    Command("grep -rhsE 'imuxsock|@|[Tt]arget=' /etc/rsyslog.conf /etc/rsyslog.d", (), linux_access.logging),
    Command("chronyc -n sources", (), linux_access.clock),
    Command("timedatectl show-timesync", (), linux_access.time_sync),
    Command("systemctl is-active keepalived pacemaker", (), linux_access.cluster),
)

FILES: Final = (
    Command("ip address show", (), linux_net.links_text, live=False, also=("ip addr", "ip addr show", "ip a")),
    Command("ip route show", (), linux_net.routes_text, live=False, also=("ip route", "ip route show default", "ip r")),
    Command("tc class show dev IF", (), linux_net.classes, live=False, pattern=r"tc (?:-s )?class show dev [\w.-]+"),
)
"""Older or shorter forms of the same answers, which only files hold."""

UPTIME: Final = Scalars((BOOTED,), (facts.SYSTEM_UPTIME,), _booted)


def _distribution(known: str, told: str) -> str:
    """The distribution says more than the release of the kernel, whichever was told first."""
    return told if re.match(r"\d", known) else known


COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    facts.SYSTEM_UPTIME: max,  # the host's: its agent cannot be older
    facts.INTERFACES: doors.interfaces,
    facts.IDENTITY_OS_VERSION: _distribution,
    facts.ROUTES_DEFAULT: linux_net.joined,
}
SESSION: Final = ("export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin",)
"""For the session alone: answers in English, and the programs that Debian keeps from the path of accounts."""
SECRETS: Final = (
    r"((?<!\w)(?:password|passwd|secret|psk|PrivateKey|PresharedKey)\s*[=:]>?\s*)"
    r"(?!/|ALL\b|[A-Z]+:|(?:files|compat|sss|ldap|winbind|systemd|nis|db)\b)(\S+)",
    r"(remotesecret\s*[=:]>?\s*)(\S+)",
)


CHANGES: Final = (
    "stat -L -c '%Z %n' /etc/passwd /etc/group /etc/ssh/sshd_config /etc/snmp/snmpd.conf /etc/sudoers.d /etc/network "
    "/etc/netplan /etc/nftables.conf /etc/nftables.d /etc/iptables /etc/swanctl/swanctl.conf /etc/swanctl/conf.d "
    "/etc/ipsec.conf /etc/ipsec.d /etc/openvpn /etc/openvpn/server /etc/wireguard /etc/ocserv/ocserv.conf"
)
"""When files and folders of the configuration last changed (stat(1), %Z: their content, name or rights)."""


def changed(output: str) -> str:
    """The newest change in seconds since 1970, and a check sum of all of them."""
    rows = sorted(set(re.findall(r"(?m)^(\d{9,11}) (/etc/\S+)$", output)))
    if not rows:
        return ""
    said = hashlib.sha256("\n".join(" ".join(row) for row in rows).encode()).hexdigest()[:16]
    newest = dt.datetime.fromtimestamp(max(int(at) for at, _ in rows), dt.UTC)
    return f"{newest:%Y-%m-%d %H:%M:%S} UTC, {len(rows)} files, SHA-256 {said}"


def _is_linux(identity: Identity) -> bool:
    return identity.sys_object_id == NET_SNMP and identity.sys_descr.startswith("Linux ")


LINUX = Vendor(
    name="linux",
    platform="linux",
    recognise=_is_linux,
    scalars=(
        UPTIME,
        standard.SYSTEM,
        Scalars((standard.SYS_DESCR,), (facts.IDENTITY_OS_VERSION,), _box),
        scalars(hosts.SESSIONS),
        wireguard.AGENT,
    ),
    tables=(standard.INTERFACES, hosts.PROCESSORS, hosts.MEMORY, asterisk_extend.AGENT),
    session=SESSION,
    commands=(*COMMANDS, *FILES, *ADMINISTRATION, *linux_gateway.COMMANDS, *linux_gateway.FILES),
    secrets=SECRETS,
    shared=True,
    combine={**COMBINE, **linux_gateway.COMBINE},
    derive=linux_gateway.DERIVE,
    mark=Mark(CHANGES, changed),
    hello="cat /etc/os-release",
    recognise_shell=lambda output: bool(re.search(r"^ID=", output, re.M)),
)
