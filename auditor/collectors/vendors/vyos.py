"""VyOS and Vyatta routers: identity and load behind their net-snmp agent; in a shell `show` and the configuration."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import doors, joins, saved, standard, vyatta_config
from auditor.collectors.vendors import vyatta_shows as shown
from auditor.collectors.vendors.page import Command, Identity, Mark, Scalars, Told, Vendor
from auditor.collectors.vendors.standard import identified, text, under
from auditor.collectors.vendors.trees import last_commit
from auditor.model import Key
from auditor.values import ABSENT


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    """`VyOS 1.2.0`, `Vyatta VyOS 1.1.7`, `Vyatta VC6.6`; a build of unknown version says so."""
    description = text(values.get(standard.SYS_DESCR, ABSENT))
    vendor = "Vyatta" if re.match(r"Vyatta(?! VyOS)", description) else "VyOS"
    version = re.match(r"(?:Vyatta )?(?:VyOS|Vyatta) (?!unknown|VyOS)(\S+)", description)
    return Told(identified(vendor, "vyos", "", version.group(1) if version else ""))


def _is_vyos(identity: Identity) -> bool:
    return under(identity, "1.3.6.1.4.1.44641", "1.3.6.1.4.1.30803") or bool(
        re.match(r"(?:VyOS|Vyatta)\b", identity.sys_descr)
    )


_ADDRESS: Final = r"\d+\.\d+\.\d+\.\d+"
DIALLED: Final = (r"(^)(\S+)(?=\s+.*\b(?:L2TP|PPTP)\b)", rf"(\s)({_ADDRESS})(?=\s)")
CLIENTS: Final = (rf"(^)(\S+)(?=\s+{_ADDRESS})", rf"(^\S+\s+)({_ADDRESS})")
BARS: Final = (r"(^\s*\S+\s*\|\s*)([^\s|]+)(?=\s*\|)", rf"(\|\s*)({_ADDRESS})(?=\s*\|)")
"""Whoever is connected: the name and the address, in the tables of each program."""
PEERS: Final = (r"(^\s*peer: )(\S+)", r"(^\s*endpoint: )(\S+)")
COMMANDS: Final = (
    Command("show version", (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL), shown.version("vyos")),
    Command(
        "show configuration commands | no-more",
        vyatta_config.CONFIGURED,
        vyatta_config.reader("VyOS", "vyos"),
        seconds=60,
        also=("show configuration", "show configuration commands", "show configuration | no-more"),
    ),
    Command("cat /config/config.boot", (facts.CONFIG_UNSAVED,), saved.boot, seconds=60),
    Command("show interfaces", (facts.INTERFACES,), shown.interfaces, follow=shown.wireguards),
    Command(
        "show interfaces wireguard NAME summary",
        (),
        joins.sure(shown.peers),
        pattern=r"show interfaces wireguard wg\d+ summary",
        also=("show wireguard",),
        people=PEERS,
    ),
    Command("show ip route 0.0.0.0/0", (), shown.routes, live=False, also=("show ip route static",)),
    Command("show ip route", (facts.ROUTES_DEFAULT,), shown.routes, seconds=60),
    Command("show vpn remote-access", (), shown.dialled, people=DIALLED),
    Command("show l2tp-server sessions", (), joins.sure(shown.accel("l2tp")), people=BARS),
    Command("show pptp-server sessions", (), joins.sure(shown.accel("pptp")), people=BARS),
    Command("show sstp-server sessions", (), joins.sure(shown.accel("sstp")), people=BARS),
    Command(
        "show openconnect-server sessions",
        (),
        joins.sure(shown.openconnect),
        people=(r"(^sslvpn\d+\s+)(\S+)", rf"(\s)({_ADDRESS})(?=\s)"),
    ),
    Command("show openvpn server", (), joins.sure(shown.openvpn), people=CLIENTS),
    Command("show vpn ipsec sa", (), joins.sure(shown.ipsec)),
    Command("show firewall statistics", (), shown.counters, live=False, also=("show firewall",)),
    Command("show vrrp", (), shown.vrrp),
    Command("show wan-load-balance", (), shown.balance),
)


def first(known: Any, _told: Any) -> Any:
    """What the configuration tells whole counts before what a list shows of it."""
    return known


COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    facts.SYSTEM_MEMORY: min,
    facts.INTERFACES: doors.interfaces,
    facts.ROUTES_DEFAULT: joins.routes,
    facts.LINK_QUALITY: joins.quality,
    facts.VPN_SERVICES: joins.programs,
    facts.FIREWALL_RULES: joins.rules,
    facts.FIREWALL_NAT: first,
}
DERIVE: Final = {
    facts.VPN_SESSIONS_NOW: joins.total("now", shown.every_program),
    facts.VPN_TUNNELS_NOW: joins.total("tunnels", shown.every_program),
    **saved.UNSAVED,
}
SECRETS: Final = (
    r"((?:encrypted|plaintext)-password) (\S+)",
    r"((?:pre-shared-secret|preshared-key|private-key|radius-key|md5-key)) (?!(?:file|address) )(\S+)",
    r"(service snmp community) (\S+)",
    r"(\bcak) (\S+)",
)

VYOS = Vendor(
    name="vyos",
    platform="vyos",
    recognise=_is_vyos,
    scalars=(standard.SYSTEM, standard.UCD, Scalars((standard.SYS_DESCR,), standard.WHO, _box)),
    tables=(standard.INTERFACES, standard.HOST),
    commands=COMMANDS,
    session=("set terminal width 512", "set terminal length 0"),
    secrets=SECRETS,
    combine=COMBINE,
    derive=DERIVE,
    running=("show configuration commands | no-more",),
    mark=Mark("show system commit", last_commit),
    hello="show version",
    recognise_shell=lambda output: "VyOS" in output or "Vyatta" in output,
)
