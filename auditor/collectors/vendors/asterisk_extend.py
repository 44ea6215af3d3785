"""What an `extend asterisk` script of net-snmp tells: counts of `sip show peers` and `core show channels` by line."""

from __future__ import annotations

from typing import Any, Final

from auditor import facts
from auditor.clean import whole
from auditor.collectors.vendors.page import Columns, Table, Told
from auditor.collectors.vendors.values import text
from auditor.model import Key

LINES: Final = "1.3.6.1.4.1.8072.1.3.2.4.1.2.8." + ".".join(str(ord(sign)) for sign in "asterisk")  # nsExtendOutLine


def _counts(columns: Columns) -> Told:
    """`SipPeers=48`, `SipMonOnline=28`, `SipUnMonOnline=0`, `Channels=0`, `Calls=0`.

    A peer that is not monitored and has an address is registered. IAX2 peers are other exchanges, not sets.
    """
    told: dict[str, int] = {}
    for value in columns.get(LINES, {}).values():
        name, _, digits = text(value).partition("=")
        if (count := whole(digits)) is not None:
            told[name] = count
    found: dict[Key[Any], Any] = {}
    for key, name in ((facts.TELEPHONY_CHANNELS_NOW, "Channels"), (facts.TELEPHONY_CALLS_NOW, "Calls")):
        if name in told:
            found[key] = told[name]
    if "SipPeers" in told and "SipMonOnline" in told:
        found[facts.TELEPHONY_ENDPOINTS_TOTAL] = told["SipPeers"]
        found[facts.TELEPHONY_ENDPOINTS_REGISTERED] = told["SipMonOnline"] + told.get("SipUnMonOnline", 0)
    return Told(found)


AGENT: Final = Table((LINES,), (), _counts)
"""Asked of every Linux host; one without the script tells nothing, and that is no gap."""
