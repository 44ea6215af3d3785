"""DrayTek Vigor routers and modems: identity, DSL rates, and the load where the model tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.lines import DSL
from auditor.collectors.vendors.page import Identity, Scalars, Told, Vendor
from auditor.collectors.vendors.standard import identified, share, text, under
from auditor.values import ABSENT

DRAYTEK: Final = "1.3.6.1.4.1.7367."
MODEL, FIRMWARE = DRAYTEK + "3.1.0", DRAYTEK + "3.2.0"  # adslModel, adslFirmwareVersion
MEMORY: Final = DRAYTEK + "3.7.0"  # memory in use, %


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    """`DrayTek Corporation, Router Model: Vigor165, Version: 4.2.1, Build Date/Time: …`."""
    description = text(values.get(standard.SYS_DESCR, ABSENT))
    model = re.search(r"Router Model:\s*([^,]+)", description)
    version = re.search(r"Version:\s*([^,\s]+)", description)
    found = identified(
        "DrayTek",
        "draytek",
        model.group(1).strip() if model else text(values.get(MODEL, ABSENT)),
        version.group(1) if version else text(values.get(FIRMWARE, ABSENT)).partition(" ")[0],
    )
    return Told(found | share(facts.SYSTEM_MEMORY, values.get(MEMORY, ABSENT)))


def _is_draytek(identity: Identity) -> bool:
    """Some models (Vigor3900) answer as net-snmp; their description names the maker."""
    return under(identity, DRAYTEK.rstrip(".")) or bool(re.search(r"DrayTek|\bVigor\d{3,4}", identity.sys_descr))


DRAYTEK_VIGOR = Vendor(
    name="draytek",
    platform="draytek",
    recognise=_is_draytek,
    scalars=(
        standard.SYSTEM,
        Scalars((standard.SYS_DESCR, MODEL, FIRMWARE, MEMORY), (*standard.WHO, facts.SYSTEM_MEMORY), _box),
    ),
    tables=(standard.INTERFACES, standard.HOST, DSL),
)
