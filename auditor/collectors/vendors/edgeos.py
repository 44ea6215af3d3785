"""Ubiquiti EdgeOS routers: identity and load behind their net-snmp agent; in a shell `show` and the configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import joins, saved, standard, vyatta_config, vyos
from auditor.collectors.vendors import vyatta_shows as shown
from auditor.collectors.vendors.page import Command, Identity, Mark, Scalars, Told, Vendor
from auditor.collectors.vendors.standard import identified, text, under
from auditor.collectors.vendors.trees import last_commit
from auditor.values import ABSENT

LLDP_SYSTEM: Final = "1.0.8802.1.1.2.1.3.4.0"  # lldpLocSysDesc
# hrSWRunParameters of lldpd, by the process ids it has after a start: it is told the model it announces. Walking the
# column would read the arguments of every process, passwords among them.
LLDPD: Final = tuple(f"1.3.6.1.2.1.25.4.2.1.5.{pid}" for pid in (3818, 3819))


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    """`EdgeOS v1.8.0.4853089.160219.1607`: the version without build and date; the model from what LLDP announces."""
    version = release(text(values.get(standard.SYS_DESCR, ABSENT)))
    said = [text(values.get(oid, ABSENT)) for oid in (LLDP_SYSTEM, *LLDPD)]
    model = next((match.group(1) for one in said if (match := re.search(r"UBNT (Edge.+?) running on", one))), "")
    return Told(identified("Ubiquiti", "ubiquiti_edgerouter", model, version))


def release(said: str) -> str:
    """`v1.8.0`, `v2.0.9-hotfix.7`: what names a release in a build's name."""
    match = re.search(r"\bv(\d+\.\d+\.\d+(?:-hotfix\.\d+)?)", said)
    return match.group(1) if match else ""


def _is_edgeos(identity: Identity) -> bool:
    return under(identity, "1.3.6.1.4.1.41112.1.5") or identity.sys_descr.startswith("EdgeOS")


COMMANDS: Final = (
    Command("show version", (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL), shown.version("ubiquiti_edgerouter")),
    Command(
        "show configuration commands | cat",
        vyatta_config.CONFIGURED,
        vyatta_config.reader("Ubiquiti", "ubiquiti_edgerouter"),
        seconds=60,
        also=("show configuration", "show configuration | cat", "show configuration commands"),
    ),
    Command("cat /config/config.boot", (facts.CONFIG_UNSAVED,), saved.boot, seconds=60),
    Command("show interfaces", (facts.INTERFACES,), shown.interfaces),
    Command("show ip route", (facts.ROUTES_DEFAULT,), shown.routes, seconds=60, also=("show ip route static",)),
    Command("show vpn remote-access", (), shown.dialled, people=vyos.DIALLED),
    Command("show openvpn status server", (), joins.sure(shown.openvpn), people=vyos.CLIENTS),
    Command("show vpn ipsec sa", (), joins.sure(shown.ipsec)),
    Command("show firewall statistics", (), shown.counters, also=("show firewall",)),
    Command("show nat rules", (), shown.nat_rules),
    Command("show vrrp", (), shown.vrrp),
    Command("show load-balance watchdog", (), shown.watchdog),
)

EDGEOS = Vendor(
    name="edgeos",
    platform="ubiquiti_edgerouter",
    recognise=_is_edgeos,
    scalars=(
        standard.SYSTEM,
        standard.UCD,
        Scalars((standard.SYS_DESCR, LLDP_SYSTEM, *LLDPD), standard.WHO, _box),
    ),
    tables=(standard.INTERFACES, standard.HOST),
    commands=COMMANDS,
    session=("terminal width 512", "terminal length 0"),
    secrets=vyos.SECRETS,
    combine=vyos.COMBINE,
    derive=vyos.DERIVE,
    running=("show configuration commands | cat",),
    mark=Mark("show system commit", last_commit),
    hello="show version",
    recognise_shell=lambda output: "EdgeRouter" in output or "EdgeOS" in output,
)
