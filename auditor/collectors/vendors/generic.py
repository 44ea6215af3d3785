"""Any agent with IF-MIB, and any shell nobody recognised: the standard objects alone."""

from __future__ import annotations

from auditor.collectors.vendors import standard
from auditor.collectors.vendors.page import Vendor

GENERIC = Vendor(
    name="",
    platform="generic",
    recognise=lambda identity: True,
    scalars=(standard.SYSTEM,),
    tables=(standard.INTERFACES, standard.HOST, standard.CHASSIS),
)
