"""Cisco IOS, IOS-XE and IOS-XR routers: who they are, what to ask them, what to hide."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from typing import Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import (
    cisco_snmp,
    doors,
    exchange,
    ios_config,
    ios_sessions,
    ios_shows,
    ios_voice,
    joins,
    standard,
)
from auditor.collectors.vendors.cisco_products import product
from auditor.collectors.vendors.cisco_snmp import platform
from auditor.collectors.vendors.lines import DSL
from auditor.collectors.vendors.page import Command, Identity, Mark, Scalars, Told, Vendor
from auditor.collectors.vendors.standard import identified, text
from auditor.values import ABSENT


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    description = text(values.get(standard.SYS_DESCR, ABSENT))
    if not description:
        return Told()
    version = re.search(r"Version ([^,\s[]+)", description)
    model = product(text(values.get(standard.SYS_OBJECT_ID, ABSENT))) or _series(description)
    return Told(identified("Cisco", platform(description), model, version.group(1) if version else ""))


def _series(description: str) -> str:
    """`Cisco IOS XR Software (Cisco ASR9K Series),  Version 5.3.4[Default]`, `… (8000), Version 24.1.2`."""
    match = re.match(r"Cisco IOS XR Software \((?:Cisco )?([^()]+)\)", description)
    return match.group(1) if match else ""


WHO: Final = (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL, facts.IDENTITY_SERIAL)
PEOPLE: Final = (
    r"(\b(?:Username|Remote EAP id|Assigned host addr|Assigned address)\s*: ?)(\S+)",
    r"(\b(?:Phase1_id|Remote identity|Remote id)\s*: ?)(\S+@\S+|[^\s.]+)$",
)
"""Who is connected; a site is named by its address and stays."""
COMMANDS: Final = (
    Command("show version", WHO, ios_shows.version),
    Command("show running-config", ios_config.CONFIGURED, ios_config.configuration, seconds=120),
    Command(
        "show running-config | section NAME",
        (),
        ios_config.section,
        pattern=r"show running-config (?:\| )?(?:section|include|interface|aaa|all) ?.*",
        live=False,
    ),
    Command(
        "show license summary", (facts.SYSTEM_LICENCES,), joins.sure(ios_shows.licences), also=("show license usage",)
    ),
    Command("show license", (), ios_shows.features, also=("show license feature",), live=False),
    Command("show platform hardware throughput crypto", (), ios_shows.throughput),
    Command("show interfaces", (facts.INTERFACES,), ios_shows.interfaces, seconds=60),
    Command("show policy-map interface", (), ios_shows.policies, seconds=60),
    Command("show policy-map", (), ios_shows.policy_maps, live=False),
    Command(
        "show ip route 0.0.0.0",
        (facts.ROUTES_DEFAULT,),
        ios_shows.routes,
        also=("show ip route", "show ip route static"),
    ),
    Command("show ip sla summary", (facts.LINK_QUALITY,), ios_shows.sla_summary),
    Command("show ip sla statistics", (), ios_shows.sla_statistics),
    Command("show track", (), ios_shows.tracks),
    Command(
        "show crypto session detail",
        (facts.VPN_TUNNELS_NOW,),
        joins.sure(ios_sessions.crypto_sessions),
        seconds=60,
        people=PEOPLE,
    ),
    Command("show crypto ikev2 sa detailed", (), joins.sure(ios_sessions.ikev2_sessions), seconds=60, people=PEOPLE),
    Command("show crypto isakmp sa", (), joins.sure(ios_sessions.isakmp_sessions)),
    Command("show crypto ikev2 proposal", (), ios_sessions.ikev2_proposals),
    Command("show crypto isakmp policy", (), ios_sessions.isakmp_policies),
    Command("show crypto ikev2 stats", (), ios_sessions.ikev2_stats),
    Command("show crypto call admission statistics", (), ios_sessions.admission),
    Command("show dmvpn", (), joins.sure(ios_sessions.dmvpn)),
    Command("show ip local pool", (), ios_sessions.pools),
    Command(
        "show ip access-lists",
        (),
        ios_shows.access_lists,
        also=("show access-list", "show access-lists", "show ip access-list"),
        seconds=60,
    ),
    Command("show ip nat statistics", (), ios_shows.translations),
    Command("show ip ssh", (facts.ACCESS_SSH_VERSION,), ios_shows.ssh),
    Command("show ip http server status", (), ios_shows.http, also=("show ip http server all",)),
    Command("show snmp community", (), ios_shows.communities),
    Command("show snmp user", (), ios_shows.snmp_users),
    Command("show logging", (), ios_shows.logs, seconds=60),
    *ios_voice.COMMANDS,
    Command("show standby brief", (), ios_shows.standby),
    Command("show vrrp brief", (), ios_shows.standby),
)


def _is_ios(identity: Identity) -> bool:
    return bool(re.search(r"Cisco (?:IOS|Internetwork Operating System)|IOS-XE", identity.sys_descr))


CISCO_IOS = Vendor(
    name="cisco",
    platform="cisco_ios",
    recognise=_is_ios,
    scalars=(
        standard.SYSTEM,
        Scalars(
            (standard.SYS_DESCR, standard.SYS_OBJECT_ID),
            (facts.IDENTITY_PLATFORM, facts.IDENTITY_OS_VERSION),
            _box,
        ),
        cisco_snmp.COUNTS,
    ),
    tables=(
        standard.INTERFACES,
        standard.CHASSIS,
        cisco_snmp.LOAD,
        cisco_snmp.POLICIES,
        DSL,
        cisco_snmp.SLA,
        cisco_snmp.RADIOS,
        cisco_snmp.REDUNDANCY,
        cisco_snmp.CALLS,
    ),
    commands=COMMANDS,
    session=("terminal length 0", "terminal width 511"),
    secrets=(
        r"(enable (?:secret|password)(?: level \d+)?(?: \d+)?) (\S+)",
        r"(username \S+(?: privilege \d+)? (?:secret|password)(?: \d+)?) (\S+)",
        r"(snmp-server community) (\S+)",
        r"(key-string(?: \d+)?) (\S+)",
        r"(pre-shared-key(?: address \S+)?(?: key)?(?: \d+)?) (?!(?:cipher|simple|local|remote|ascii-text|hex) )(\S+)",
        r"(crypto isakmp key(?: \d+)?) (\S+)",
        r"((?:tacacs|radius)-server key(?: \d+)?) (\S+)",
        r"(^\s*(?:key|password)(?: \d+)?) (?!(?:encrypted|cipher|chain|config-key) )(\S+)",
    ),
    combine={
        facts.IDENTITY_MODEL: lambda known, told: told,  # of the chassis itself, rather than of its sysObjectID
        facts.INTERFACES: doors.interfaces,
        facts.LINK_RATES: joins.rates,
        facts.LINK_QUALITY: joins.quality,
        facts.ROUTES_DEFAULT: joins.routes,
        facts.VPN_PROPOSALS: joins.proposals,
        facts.VPN_POOLS: joins.pools,
        facts.VPN_TUNNELS_NOW: max,  # each command counts a part, or the same again
        facts.VPN_SESSIONS_NOW: max,
        facts.FIREWALL_RULES: joins.rules,
        facts.ACCESS_SNMP: joins.names,
        facts.ACCESS_SSH_ALGORITHMS: lambda known, told: told,  # what it answers with, rather than what is written
        facts.TELEPHONY_ENDPOINTS: exchange.merge,
        facts.TELEPHONY_TRUNKS: exchange.trunks,
        facts.TELEPHONY_ENDPOINTS_MAX: operator.add,  # of its two stacks
    },
    derive=exchange.DERIVE,
    mark=Mark(
        "show running-config | include Last configuration change",
        ios_shows.last_change,
        "1.3.6.1.4.1.9.9.43.1.1.1.0",  # ccmHistoryRunningLastChanged, CISCO-CONFIG-MAN-MIB
    ),
    hello="show version",
    recognise_shell=lambda output: "Cisco IOS" in output or "Cisco Internetwork Operating System" in output,
)
