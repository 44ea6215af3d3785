"""Barracuda CloudGen Firewall (phion): sessions, VPN users and tunnels; its rules stand in its own administration."""

from __future__ import annotations

from typing import Final

from auditor import facts
from auditor.collectors.vendors import standard
from auditor.collectors.vendors.page import Columns, Identity, Table, Told, Vendor
from auditor.collectors.vendors.scalars import Row, count, scalars, word
from auditor.collectors.vendors.values import counts

BASE: Final = "1.3.6.1.4.1.10704.1."  # PHION-MIB
RELEASE: Final = BASE + "2.0"
STATE: Final = BASE + "6.1.2"  # vpnState: down(-1), down-disabled(0), active(1)
SESSIONS, SESSIONS_64 = BASE + "10.1.1", BASE + "10.1.4"  # the index spells `fwStats`
USERS: Final = BASE + "11.0"


def _sessions(columns: Columns) -> Told:
    """The 64-bit column of recent versions, or the first one's."""
    for root in (SESSIONS_64, SESSIONS):
        told = [found for found in counts(columns, root) if found >= 0]
        if told:
            return Told({facts.FIREWALL_SESSIONS_NOW: sum(told)})
    return Told()


def _tunnels(columns: Columns) -> Told:
    """Tunnels between sites that are up; without a row nobody says that there is none."""
    states = counts(columns, STATE)
    return Told({facts.VPN_TUNNELS_NOW: sum(1 for state in states if state == 1)} if states else {})


def _is_barracuda(identity: Identity) -> bool:
    return f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.10704.1.")


BARRACUDA = Vendor(
    name="barracuda",
    platform="barracuda_ngfw",
    recognise=_is_barracuda,
    scalars=(
        standard.SYSTEM,
        standard.UCD,
        scalars(
            Row(RELEASE, facts.IDENTITY_OS_VERSION, word),
            Row(USERS, facts.VPN_SESSIONS_NOW, count),
            always={facts.IDENTITY_VENDOR: "Barracuda", facts.IDENTITY_PLATFORM: "barracuda_ngfw"},
        ),
    ),
    tables=(
        standard.INTERFACES,
        standard.CHASSIS,
        Table((SESSIONS_64, SESSIONS), (facts.FIREWALL_SESSIONS_NOW,), _sessions),
        Table((STATE,), (facts.VPN_TUNNELS_NOW,), _tunnels),
    ),
)
