"""Filtering rules as several checks read them: which ones are for remote users, and how much they let through."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from auditor import facts
from auditor.checks.engine import Reader
from auditor.checks.shadows import shadowed
from auditor.facts import Exposed, Pool, Rule
from auditor.model import Device
from auditor.values import N_, Absent

ZONES: Final = re.compile(
    r"vpn|^ssl[.-]|ipsec|remote|\bras\b|tunnel|nomad|t[eé]l[eé]travail|wireguard"
    r"|^(?:wg|tun|tap|ovpn|xfrm|vti|ocs)[\w-]*[*+]?$|^enc0$",  # interfaces of Linux and the BSDs, and patterns of them
    re.I,
)
OUTSIDE: Final = re.compile(r"^(?:outside|wan\d*|internet|untrust|dialer\d*|ppp\d*)$", re.I)
ANSWERED: Final = "answered"  # said as `name.answered` where a device would be named
UNNAMED: Final = "unnamed"  # said as `name.unnamed` where an answer, not a rule, told
LARGEST: Final = 4096  # a wider source is the company's own networks, not the remote users alone
ANYWHERE: Final = frozenset({"any", "any4", "any6", "all", "0.0.0.0/0", "::/0", "0.0.0.0/0.0.0.0", "internet"})


def remote_rules(read: Reader) -> list[tuple[Device, Rule]]:
    """Enabled rules that let remote users through: from a VPN zone, or from a VPN pool; empty where none was told."""
    pools = [pool for _, rows in read.some(facts.VPN_POOLS) for pool in rows]
    return [
        (device, rule)
        for device, rules in read.told(facts.FIREWALL_RULES)
        for rule in rules
        if rule.action == "permit" and rule.enabled is not False and (_from_zone(rule) or _from_pool(rule, pools))
    ]


def _from_zone(rule: Rule) -> bool:
    return not isinstance(rule.from_, Absent) and any(ZONES.search(name) for name in rule.from_)


def _from_pool(rule: Rule, pools: list[Pool]) -> bool:
    if isinstance(rule.source, Absent):
        return False
    return any(_holds(source, pool) for source in rule.source for pool in pools)


def _holds(source: str, pool: Pool) -> bool:
    """Whether a source names the pool or a network, other than everything, that holds its first address."""
    if source == pool.name:
        return True
    first = pool.network if isinstance(pool.first, Absent) else pool.first
    if isinstance(first, Absent) or source.lower() in ANYWHERE:
        return False
    try:
        network = ipaddress.ip_network(source, strict=False)
        return network.num_addresses <= LARGEST and ipaddress.ip_address(first.partition("/")[0]) in network
    except ValueError:
        return False


def anywhere(names: tuple[str, ...] | Absent) -> bool:
    """Whether a part of a rule does not restrict; a part that nobody told is taken as open."""
    return isinstance(names, Absent) or not names or any(name.lower() in ANYWHERE for name in names)


def wide(rule: Rule) -> bool:
    """Any service to any destination."""
    return anywhere(rule.destination) and anywhere(rule.services)


def explicit(rule: Rule) -> bool:
    """Named services to named destinations."""
    return not anywhere(rule.destination) and not anywhere(rule.services)


# ---- what the internet reaches ----

ALL: Final = frozenset({"any", "ip", "all"})
PROTOCOLS: Final = frozenset({"tcp", "udp"})
WELL_KNOWN: Final = {
    "3389": "rdp", "445": "smb", "139": "smb", "22": "ssh", "23": "telnet", "80": "http", "443": "https",
    "1433": "database", "3306": "database", "5432": "database", "1521": "database", "5900": "vnc", "5985": "winrm",
    "ms-sql": "database", "mysql": "database", "samba": "smb", "ike": "vpn",
}  # fmt: skip


def inbound_rules(read: Reader) -> list[tuple[Device, Rule]]:
    """Enabled rules that let something in from an interface or zone that faces the internet, and that may match."""
    found = []
    for device, rows in read.told(facts.FIREWALL_RULES):
        inward = [rule for rule in rows if rule.action == "permit" and rule.enabled is not False and _faces(rule)]
        hidden = shadowed(rows) if inward else {}
        found += [(device, rule) for rule in inward if rule.id not in hidden]
    return found


def _faces(rule: Rule) -> bool:
    return not isinstance(rule.from_, Absent) and any(OUTSIDE.match(name) for name in rule.from_)


def opens_all(rule: Rule) -> bool:
    """Every service, to whatever destination."""
    return not isinstance(rule.services, Absent) and any(name.lower() in ALL for name in rule.services)


def opens_unknown(rule: Rule) -> bool:
    """Services that the rule does not tell: none at all, or a protocol whose ports stand elsewhere."""
    return isinstance(rule.services, Absent) or {name.lower() for name in rule.services} <= PROTOCOLS


def services(row: Exposed, rule: Rule | None) -> tuple[str, ...]:
    """What an exposure lets in; a published host lets in what the rule that publishes it names."""
    named = row.service.lower()
    if named != "any" or rule is None or isinstance(rule.services, Absent) or opens_all(rule):
        return (named,)
    return tuple(_service(name) for name in rule.services) or (named,)


def anybody(row: Exposed) -> bool:
    """Whether any address of the internet reaches it; a source that nobody told is taken as any."""
    return isinstance(row.from_, Absent) or row.from_.lower() in ANYWHERE


def _service(name: str) -> str:
    plain = name.lower().rpartition("/")[2]
    return WELL_KNOWN.get(plain, plain)


SENTENCES = {
    "name.unnamed": N_("not stated"),
    "name.answered": N_("as answered"),
    "service.any": N_("every service"),
    "service.database": N_("a database"),
    "service.ftp": N_("file transfer (FTP)"),
    "service.ldap": N_("the directory (LDAP)"),
    "service.nfs": N_("file sharing (NFS)"),
    "service.rdp": N_("remote desktop (RDP)"),
    "service.rpc": N_("remote procedure calls (RPC)"),
    "service.sip": N_("telephone signalling (SIP)"),
    "service.smb": N_("Windows file sharing (SMB)"),
    "service.smtp": N_("mail (SMTP)"),
    "service.snmp": N_("equipment monitoring (SNMP)"),
    "service.ssh": N_("remote administration (SSH)"),
    "service.telnet": N_("remote administration in clear (Telnet)"),
    "service.vnc": N_("screen sharing (VNC)"),
    "service.winrm": N_("Windows administration (WinRM)"),
}
