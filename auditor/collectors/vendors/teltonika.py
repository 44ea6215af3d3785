"""Teltonika RutOS routers: identity behind a net-snmp agent, cellular modems."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.page import Columns, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import decimal, identified, share, text, under
from auditor.facts import Radio
from auditor.model import Key
from auditor.values import ABSENT, Absent

DEVICE: Final = "1.3.6.1.4.1.48690.1."
SERIAL, PRODUCT, FIRMWARE, CPU = (DEVICE + f"{n}.0" for n in (1, 3, 6, 8))
OLD_SERIAL, OLD_NAME, OLD_PRODUCT = (DEVICE + f"{n}.0" for n in (5, 7, 8))  # TELTONIKA-MIB before RutOS 7
_OLD: Final = "1.3.6.1.4.1.48690.2."
OLD_RSSI, OLD_OPERATOR, OLD_TECHNOLOGY, OLD_FIRMWARE = (f"{_OLD}{n}.0" for n in (4, 5, 8, 14))
OLD_SINR, OLD_RSRP, OLD_RSRQ = (f"{_OLD}{n}.0" for n in (22, 23, 24))
OLD: Final = (
    OLD_SERIAL, OLD_NAME, OLD_PRODUCT, OLD_FIRMWARE, OLD_RSSI, OLD_OPERATOR, OLD_TECHNOLOGY, OLD_SINR, OLD_RSRP,
    OLD_RSRQ,
)  # fmt: skip
_MODEM: Final = "1.3.6.1.4.1.48690.2.2.1."  # modemTable; levels come as text
DESCRIPTION, RSSI, OPERATOR, TECHNOLOGY, SINR, RSRP, RSRQ = (
    _MODEM + n for n in ("2", "12", "13", "16", "19", "20", "21")
)


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    """`RUTX_R_00.07.00` names the family; the product code begins with the model (`RUTX1100XXXX`)."""
    product = _code(values, PRODUCT)
    if old := not product and (_code(values, OLD_PRODUCT) or _code(values, OLD_NAME)):
        said = [text(values.get(oid, ABSENT)) for oid in (OLD_FIRMWARE, OLD_SERIAL)]
        return Told(identified("Teltonika", "teltonika_rutos", old, *said) | _old_radio(values))
    firmware = text(values.get(FIRMWARE, ABSENT))
    found = identified(
        "Teltonika",
        "teltonika_rutos",
        product,
        firmware,
        text(values.get(SERIAL, ABSENT)),
    )
    return Told(found | share(facts.SYSTEM_CPU, values.get(CPU, ABSENT)))


def _old_radio(values: Mapping[Oid, SnmpValue]) -> dict[Key[Any], Any]:
    """The one modem of TELTONIKA-MIB, whose objects are scalars."""
    rssi, rsrp = (_level(values.get(oid, ABSENT), -160, -20) for oid in (OLD_RSSI, OLD_RSRP))
    if isinstance(rssi, Absent) and isinstance(rsrp, Absent):
        return {}
    operator, technology = (text(values.get(oid, ABSENT)) or ABSENT for oid in (OLD_OPERATOR, OLD_TECHNOLOGY))
    quality = (_level(values.get(OLD_RSRQ, ABSENT), -40, -1), _level(values.get(OLD_SINR, ABSENT), -30, 60))
    return {facts.LINK_CELLULAR: (Radio("modem", technology, operator, rssi, rsrp, *quality),)}


def _code(values: Mapping[Oid, SnmpValue], oid: Oid) -> str:
    match = re.match(r"RUT[XMC]\d{2}|RUT\d{3}|TRB\d{3}|OTD\d{3}|T[AC]P\d{3}", text(values.get(oid, ABSENT)))
    return match[0] if match else ""


def _level(value: SnmpValue | Absent, lowest: float, highest: float) -> float | Absent:
    found = decimal(value)
    return found if isinstance(found, float) and found != 0 and lowest <= found <= highest else ABSENT


def _radios(columns: Columns) -> Told:
    found = []
    for index, value in columns.get(RSSI, {}).items():

        def at(root: Oid, index: str = index) -> SnmpValue | Absent:
            return columns.get(root, {}).get(index, ABSENT)

        rssi, rsrp = _level(value, -140, -20), _level(at(RSRP), -160, -30)
        if isinstance(rssi, Absent) and isinstance(rsrp, Absent):
            continue
        found.append(
            Radio(
                interface=f"modem {text(at(DESCRIPTION)) or index}",
                technology=text(at(TECHNOLOGY)) or ABSENT,
                operator=text(at(OPERATOR)) or ABSENT,
                rssi_dbm=rssi,
                rsrp_dbm=rsrp,
                rsrq_db=_level(at(RSRQ), -40, -1),
                sinr_db=_level(at(SINR), -30, 60),
            )
        )
    told: dict[Key[Any], Any] = {facts.LINK_CELLULAR: tuple(found)} if found else {}
    return Told(told)


def _is_rutos(identity: Identity) -> bool:
    """The agent calls itself net-snmp on Linux: the firmware object of its maker tells."""
    said = [identity.probed.get(oid, "") for oid in (FIRMWARE, PRODUCT, OLD_PRODUCT, OLD_NAME)]
    named = any(re.match(r"(?:RUT|TRB|OTD|TAP|DAP)[A-Z]?\d", one) or one.startswith(("RUT", "TRB")) for one in said)
    return under(identity, "1.3.6.1.4.1.48690") or named


TELTONIKA = Vendor(
    name="teltonika",
    platform="teltonika_rutos",
    recognise=_is_rutos,
    probes=(FIRMWARE, PRODUCT, OLD_PRODUCT, OLD_NAME),
    scalars=(
        standard.SYSTEM,
        standard.UCD,
        Scalars(
            (SERIAL, PRODUCT, FIRMWARE, CPU, *OLD),
            (*standard.WHO, facts.SYSTEM_CPU),
            _box,
        ),
    ),
    tables=(
        standard.INTERFACES,
        standard.HOST,
        Table(
            (DESCRIPTION, RSSI, OPERATOR, TECHNOLOGY, SINR, RSRP, RSRQ),
            (facts.LINK_CELLULAR,),
            _radios,
        ),
    ),
    combine={facts.SYSTEM_MEMORY: min},  # hrStorage counts the kernel's cache as used
)
