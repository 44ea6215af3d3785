"""The vendor pages in the order they are tried, and the list of everything that may be sent to a device."""

from __future__ import annotations

import re
from typing import Final

from auditor.collectors import rates
from auditor.collectors.vendors.asterisk import ASTERISK
from auditor.collectors.vendors.barracuda import BARRACUDA
from auditor.collectors.vendors.bintec import BINTEC
from auditor.collectors.vendors.bsd import OPNSENSE, PFSENSE
from auditor.collectors.vendors.cisco_asa import CISCO_ASA, CISCO_FTD
from auditor.collectors.vendors.cisco_ios import CISCO_IOS
from auditor.collectors.vendors.cisco_ucos import UCOS
from auditor.collectors.vendors.draytek import DRAYTEK_VIGOR
from auditor.collectors.vendors.edgeos import EDGEOS
from auditor.collectors.vendors.forcepoint import FORCEPOINT
from auditor.collectors.vendors.fortigate import FORTIGATE
from auditor.collectors.vendors.freeswitch import FREESWITCH
from auditor.collectors.vendors.gaia import GAIA
from auditor.collectors.vendors.generic import GENERIC
from auditor.collectors.vendors.huawei import HUAWEI
from auditor.collectors.vendors.junos import JUNOS
from auditor.collectors.vendors.lancom import LANCOM
from auditor.collectors.vendors.linux import LINUX
from auditor.collectors.vendors.oneaccess import ONEACCESS
from auditor.collectors.vendors.page import Identity, Vendor
from auditor.collectors.vendors.panos import PANOS
from auditor.collectors.vendors.peplink import PEPLINK
from auditor.collectors.vendors.pulse import PULSE
from auditor.collectors.vendors.routeros import ROUTEROS
from auditor.collectors.vendors.sonicwall import SONICWALL, SONICWALL_SMA
from auditor.collectors.vendors.sophos import SOPHOS
from auditor.collectors.vendors.stormshield import STORMSHIELD
from auditor.collectors.vendors.teldat import TELDAT
from auditor.collectors.vendors.teltonika import TELTONIKA
from auditor.collectors.vendors.ups import UPS
from auditor.collectors.vendors.vmware import VMWARE
from auditor.collectors.vendors.voice_gateways import VOICE
from auditor.collectors.vendors.vyos import VYOS
from auditor.collectors.vendors.watchguard import WATCHGUARD
from auditor.collectors.vendors.windows import WINDOWS
from auditor.collectors.vendors.zyxel import ZYXEL_CPE

VENDORS: Final[tuple[Vendor, ...]] = (
    CISCO_ASA,
    CISCO_FTD,
    CISCO_IOS,
    FORTIGATE,
    PANOS,
    JUNOS,
    GAIA,
    ROUTEROS,
    HUAWEI,
    ONEACCESS,
    TELDAT,
    DRAYTEK_VIGOR,
    EDGEOS,
    VYOS,
    ZYXEL_CPE,
    PEPLINK,
    TELTONIKA,
    LANCOM,
    BINTEC,
    SONICWALL,
    SONICWALL_SMA,
    SOPHOS,
    PFSENSE,
    OPNSENSE,
    STORMSHIELD,
    WATCHGUARD,
    BARRACUDA,
    FORCEPOINT,
    PULSE,
    WINDOWS,
    VMWARE,
    UCOS,
    *VOICE,
    ASTERISK,
    FREESWITCH,
    LINUX,
    UPS,
)
"""Most specific first; what none of them recognises is asked the standard objects of GENERIC."""

SECRETS: Final = tuple(dict.fromkeys(pattern for vendor in VENDORS for pattern in vendor.secrets))
"""The patterns of every page: what is kept is redacted by all of them, whoever the device turns out to be."""

_ALIASES: Final = {
    "cisco_xe": "cisco_ios",
    "cisco_xr": "cisco_ios",
    "fortigate": "fortinet",
    "huawei_vrp": "huawei",
    "vyatta_vyos": "vyos",
    "iosxe": "cisco_ios",
    "iosxr": "cisco_ios",
    "fortios": "fortinet",
    "edgeos": "ubiquiti_edgerouter",
}


_WALLS: Final = frozenset((
    "barracuda_ngfw", "checkpoint_gaia", "cisco_asa", "cisco_ftd", "forcepoint_ngfw", "fortinet", "opnsense",
    "paloalto_panos", "pfsense", "sonicwall", "sophos_sfos", "stormshield", "watchguard_fireware",
))  # fmt: skip


def find(identity: Identity) -> Vendor:
    """The page of a device from what it says of itself; a declared platform is only a hint where it says nothing."""
    for vendor in VENDORS:
        if vendor.recognise(identity):
            return vendor
    return by_platform(identity.declared) if not identity.sys_descr else GENERIC


def probes() -> tuple[str, ...]:
    """The instances that tell apart the boxes that call themselves the same (most of them run net-snmp)."""
    return tuple(dict.fromkeys(oid for vendor in VENDORS for oid in vendor.probes))


def by_platform(platform: str) -> Vendor:
    """The page of a platform's name, GENERIC when there is none."""
    name = _ALIASES.get(platform, platform)
    return next((vendor for vendor in VENDORS if vendor.platform == name), GENERIC)


def called(name: str) -> str:
    """The platform that other tools call by this name (`cisco.ios.ios`, `ASA`, `routeros`), "" when none does."""
    plain = re.split(r"[./ ]", name.strip().lower())[-1].replace("-", "_")
    known = {vendor.platform: vendor.platform for vendor in VENDORS if vendor.platform} | _ALIASES
    if plain in known:
        return known[plain]
    short = {platform for spelled, platform in known.items() if spelled.rpartition("_")[2] == plain}
    return short.pop() if plain and len(short) == 1 else ""


def is_wall(name: str) -> bool:
    """Whether what other tools call by this name runs on firewalls alone, whatever group somebody put it in."""
    return called(name) in _WALLS


def greetings() -> tuple[str, ...]:
    """The lines that make an unknown shell say what it is, each once."""
    return tuple(dict.fromkeys(vendor.hello for vendor in VENDORS if vendor.hello))


def every_line(vendor: Vendor) -> tuple[str, ...]:
    """Every command line that may be sent to this vendor's devices, session lines included."""
    return tuple(dict.fromkeys((*vendor.session, *(line for row in vendor.asked for line in (row.line, *row.forms)))))


def allowed(line: str, vendor: Vendor) -> bool:
    """Whether a line is in the catalogue of this vendor: word for word, or in a pattern of it."""
    if line in every_line(vendor) or (vendor is GENERIC and line in greetings()):
        return True
    return any(command.pattern and re.fullmatch(command.pattern, line) for command in vendor.asked)


def every_oid(vendor: Vendor) -> tuple[str, ...]:
    """Every instance and column that may be read from this vendor's devices over SNMP."""
    scalars = [oid for group in vendor.scalars for oid in group.oids] + [
        rates.HC_IN,
        rates.HC_OUT,
        rates.IN_32,
        rates.OUT_32,
        rates.DISCONTINUITY,
    ]
    tables = [root for table in vendor.tables for root in (*table.roots, *table.more)]
    mark = (vendor.mark.oid,) if vendor.mark.oid else ()
    return tuple(dict.fromkeys((*scalars, *tables, *mark, *probes())))
