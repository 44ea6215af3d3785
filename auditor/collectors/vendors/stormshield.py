"""Stormshield Network Security (SNS, NS-BSD; NETASQ before): SSL VPN clients, pair; filter and SSL VPN over NSRPC."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import hosts, standard, stormshield_nsrpc, stormshield_objects
from auditor.collectors.vendors.page import Columns, Identity, Mark, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.scalars import Row, scalars, word
from auditor.collectors.vendors.values import number, text
from auditor.values import ABSENT

BASE: Final = "1.3.6.1.4.1.11256.1."
MODEL, VERSION, SERIAL, NAME = (f"{BASE}18.{n}.0" for n in (1, 2, 3, 4))  # STORMSHIELD-PROPERTY-MIB, version 4
OLD_MODEL, OLD_VERSION, OLD_SERIAL, OLD_NAME = (f"{BASE}0.{n}.0" for n in (1, 2, 3, 4))  # version 3
NODES, DEAD = BASE + "11.1.0", BASE + "11.2.0"  # STORMSHIELD-HA-MIB
NODE_SERIAL, NODE_ACTIVE = BASE + "11.7.1.2", BASE + "11.7.1.10"  # TruthValue: true(1), false(2)
OPENVPN_USER: Final = BASE + "17.1.1.3"  # one row for each client of the SSL VPN, version 4
# snsMem (10.3) is the share of memory left to six pools of the filter, not a load: it is not asked.
# The IKE SAs (1.2) do not say which belong to mobile users: no count is made of them.


def _version(value: SnmpValue | object) -> str:
    """`4.3.24`, `SNS 3.11.17`."""
    said = re.search(r"\d+\.\d[\w.-]*", text(value))  # type: ignore[arg-type]
    return said[0] if said else ""


def _cluster(values: Mapping[Oid, SnmpValue]) -> Told:
    """One node only is a firewall that stands alone."""
    nodes = number(values.get(NODES, ABSENT))
    return Told({facts.HA_STATE: "standalone"} if nodes == 1 else {})


def _nodes(columns: Columns) -> Told:
    """Whether this firewall is the active node: the one whose serial number it carries itself."""
    own = {text(columns.get(root, {}).get("0", ABSENT)) for root in (SERIAL[:-2], OLD_SERIAL[:-2])} - {""}
    for row, value in columns.get(NODE_SERIAL, {}).items():
        active = number(columns.get(NODE_ACTIVE, {}).get(row, ABSENT))
        if text(value) in own and active in (1, 2):
            return Told({facts.HA_STATE: "active" if active == 1 else "standby"})
    return Told()


def _clients(columns: Columns) -> Told:
    """Clients of the SSL VPN: an empty table may be a version that does not have it."""
    users = [user for value in columns.get(OPENVPN_USER, {}).values() if (user := text(value))]
    return Told({facts.VPN_SESSIONS_NOW: len(users)} if users else {})


def _is_stormshield(identity: Identity) -> bool:
    named = re.match(r"NS-BSD\b", identity.sys_descr)
    return f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.11256.") or bool(named)


STORMSHIELD = Vendor(
    name="stormshield",
    platform="stormshield",
    recognise=_is_stormshield,
    scalars=(
        scalars(
            Row(MODEL, facts.IDENTITY_MODEL, word),
            Row(OLD_MODEL, facts.IDENTITY_MODEL, word),
            Row(VERSION, facts.IDENTITY_OS_VERSION, _version),
            Row(OLD_VERSION, facts.IDENTITY_OS_VERSION, _version),
            Row(SERIAL, facts.IDENTITY_SERIAL, word),
            Row(OLD_SERIAL, facts.IDENTITY_SERIAL, word),
            Row(NAME, facts.IDENTITY_NAME, word),
            Row(OLD_NAME, facts.IDENTITY_NAME, word),
            always={facts.IDENTITY_VENDOR: "Stormshield", facts.IDENTITY_PLATFORM: "stormshield"},
        ),
        standard.SYSTEM,
        Scalars((NODES, DEAD), (), _cluster),
    ),
    tables=(
        standard.INTERFACES,
        hosts.PROCESSORS,
        Table((NODE_SERIAL, NODE_ACTIVE, SERIAL[:-2], OLD_SERIAL[:-2]), (), _nodes),
        Table((OPENVPN_USER,), (facts.VPN_SESSIONS_NOW,), _clients),
    ),
    commands=stormshield_nsrpc.COMMANDS,
    combine={facts.FIREWALL_OBJECTS: lambda known, told: (*known, *told)},  # a list, and what the VPN names of it
    derive=stormshield_nsrpc.DERIVED,
    mark=Mark(stormshield_nsrpc.SLOTS, stormshield_objects.last_change),
    hello="SYSTEM PROPERTY",
    recognise_shell=stormshield_nsrpc.is_stormshield,
)
