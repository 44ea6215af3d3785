"""Huawei VRP routers (AR, NE) and USG gateways: identity, load, lines, probes; in a shell `display` and the config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import doors, joins, stamps, standard, vrp_config
from auditor.collectors.vendors import vrp_shows as shown
from auditor.collectors.vendors.lines import DSL, PINGS
from auditor.collectors.vendors.page import Columns, Command, Facts, Identity, Mark, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import counts, identified, text, under
from auditor.facts import VpnService
from auditor.model import Key
from auditor.values import ABSENT

ENTITY: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.1.1."
CPU, MEMORY = ENTITY + "5", ENTITY + "7"  # hwEntityCpuUsage, hwEntityMemUsage, %; 0 on rows without a processor


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    return Told(described(text(values.get(standard.SYS_DESCR, ABSENT))))


_MODELS: Final = (
    r"\b(?:HUAWEI|Huawei) (?!Versatile|Technologies)((?=[\w-]*\d)[A-Z][\w-]+)",
    r"^((?=[\w-]*\d)[A-Z][\w-]+) Huawei\b",
)


def described(said: str) -> dict[Key[Any], Any]:
    """What `Huawei AR169F Huawei Versatile Routing Platform Software … (AR160 V200R009C00SPC500) …` names."""
    version = re.search(r"\((?:([\w./ -]+) )?(V\d+R\d+\w*)\)", said)
    series = (version[1] or "") if version else ""  # all that a NetEngine or CloudEngine says of its model
    model = next((match.group(1) for pattern in _MODELS if (match := re.search(pattern, said))), series)
    return identified("Huawei", "huawei", model, version[2] if version else "")


def _load(columns: Columns) -> Told:
    """The busiest board: most rows are ports and slots, which have neither processor nor memory."""
    found: dict[Key[Any], Any] = {}
    for key, root in ((facts.SYSTEM_CPU, CPU), (facts.SYSTEM_MEMORY, MEMORY)):
        if loads := [load for load in counts(columns, root) if 0 < load <= 100]:
            found[key] = float(max(loads))
    return Told(found)


def _is_vrp(identity: Identity) -> bool:
    return under(identity, "1.3.6.1.4.1.2011.2") or bool(
        re.search(r"Huawei Versatile (?:Routing|Security) Platform|\bVRP \(R\)", identity.sys_descr)
    )


COMMANDS: Final = (
    Command("display version", (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL), shown.version),
    Command("display esn", (facts.IDENTITY_SERIAL,), shown.esn),
    Command("display license verbose", (facts.SYSTEM_LICENCES,), shown.licences, also=("display license",)),
    Command("display cpu-usage", (facts.SYSTEM_CPU,), shown.processor),
    Command("display memory-usage", (facts.SYSTEM_MEMORY,), shown.memory),
    Command("display current-configuration", vrp_config.CONFIGURED, vrp_config.configuration, seconds=120),
    Command("compare configuration", (facts.CONFIG_UNSAVED,), shown.compared, seconds=60),
    Command("display interface", (facts.INTERFACES,), shown.interfaces, seconds=60),
    Command(
        "display ip routing-table 0.0.0.0", (facts.ROUTES_DEFAULT,), shown.routes, also=("display ip routing-table",)
    ),
    Command("display ike sa", (facts.VPN_IKE_SAS,), shown.ike),
    Command("display ipsec sa brief", (), shown.ipsec),
    Command("display l2tp session", (), shown.l2tp),
    Command("display ssl-vpn session", (), shown.ssl, live=False, also=("display svn session",)),
    Command("display acl all", (), shown.access_lists, seconds=60),
    Command("display nat server", (), shown.nat_servers),
    Command("display telnet server status", (facts.ACCESS_TELNET,), shown.telnet),
    Command("display http server", (facts.ACCESS_HTTP,), shown.http),
    Command("display ssh server status", (facts.ACCESS_SSH_VERSION,), shown.ssh),
    Command("display snmp-agent community", (), shown.communities, also=("display snmp-agent community read",)),
    Command("display nqa results", (facts.LINK_QUALITY,), shown.probes),
    Command("display vrrp brief", (), shown.vrrp),
    Command("display hrp state", (), shown.pair),
)


def _first(known: Any, _told: Any) -> Any:
    return known


def _every_program(known: Facts) -> frozenset[str]:
    """L2TP callers and users of TLS portals; without the configuration nobody knows what else is served."""
    told: tuple[VpnService, ...] = known.get(facts.VPN_SERVICES, ())
    return frozenset(one.service for one in told) if facts.ACCESS_TELNET in known else frozenset({"?"})


HUAWEI = Vendor(
    name="huawei",
    platform="huawei",
    recognise=_is_vrp,
    scalars=(standard.SYSTEM, Scalars((standard.SYS_DESCR,), standard.WHO, _box)),
    tables=(
        standard.INTERFACES,
        standard.CHASSIS,
        Table((CPU, MEMORY), (facts.SYSTEM_CPU, facts.SYSTEM_MEMORY), _load),
        DSL,
        PINGS,
    ),
    commands=COMMANDS,
    session=("screen-length 0 temporary",),
    secrets=(
        r"((?:cipher|irreversible-cipher|simple) )(\S+)",
        r"(snmp-agent community (?:read +|write +)?(?:cipher +|simple +)?)"
        r"(?!(?:read|write|cipher|simple) |<secret:)(\S+)",
        r"(^\s*Community name\s*: ?)(\S+)",
        r"((?:pre-shared-key|authentication-key|key-string|shared-key)(?: cipher| simple| plain)? )(\S+)",
    ),
    combine={
        facts.INTERFACES: doors.interfaces,
        facts.ROUTES_DEFAULT: joins.routes,
        facts.LINK_RATES: joins.rates,
        facts.LINK_QUALITY: joins.quality,
        facts.VPN_SERVICES: joins.programs,
        facts.FIREWALL_RULES: joins.rules,
        facts.FIREWALL_NAT: _first,
        facts.ACCESS_SNMP: joins.names,
    },
    derive={facts.VPN_SESSIONS_NOW: joins.total("now", _every_program), **stamps.DERIVE},
    running=("display current-configuration",),
    mark=Mark(
        "display changed-configuration time",
        shown.changed,
        "1.3.6.1.4.1.2011.6.10.1.1.1.0",  # hwCfgRunModifiedLast, HUAWEI-CONFIG-MAN-MIB
    ),
    hello="display version",
    recognise_shell=lambda output: bool(
        re.search(r"Huawei Versatile (?:Routing|Security) Platform|VRP \(R\) [Ss]oftware", output)
    ),
)
