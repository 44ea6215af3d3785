"""Sophos Firewall (SFOS), and the branch that it took over from Cyberoam."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import doors, hosts, joins, sophos_console, sophos_entities, standard
from auditor.collectors.vendors.page import Columns, Command, Identity, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.scalars import Row, scalars, share, word
from auditor.collectors.vendors.values import number, text
from auditor.facts import Licence, Proposal
from auditor.values import ABSENT, Absent

SFOS: Final = "1.3.6.1.4.1.2604.5.1."  # SFOS-FIREWALL-MIB
OLD: Final = "1.3.6.1.4.1.21067.2.1."  # SFOS up to 17, Cyberoam: the same order in another branch
MODEL, VERSION, SERIAL = (f"{SFOS}1.{n}.0" for n in (2, 3, 4))
OLD_MODEL, OLD_VERSION, OLD_SERIAL = (f"{OLD}1.{n}.0" for n in (2, 3, 4))
MEMORY, OLD_CPU, OLD_MEMORY = SFOS + "2.5.2.0", OLD + "2.2.1.0", OLD + "2.4.2.0"
HA_ENABLED, HA_STATE = SFOS + "4.1.0", SFOS + "4.4.0"
# sfosLiveUsersCount (2.6) counts the captive portal's users, who are in the building: it is not asked.

_BUNDLES: Final = (
    "Base Firewall", "Network Protection", "Web Protection", "Email Protection", "Web Server Protection",
    "Sandstorm", "Enhanced Support", "Enhanced Plus Support", "Central Orchestration",
)  # fmt: skip
_SUBSCRIBED: Final = ("none", "evaluating", "not subscribed", "subscribed", "expired", "deactivated")
LICENCES: Final = tuple(f"{SFOS}5.{n}.{column}.0" for n in range(1, len(_BUNDLES) + 1) for column in (1, 2))

_TUNNEL: Final = SFOS + "6.1.1.1.1."
TUNNEL_NAME, TUNNEL_POLICY, TUNNEL_STATE = (_TUNNEL + n for n in ("2", "4", "9"))  # inactive 0, active 1, partially 2
_POLICY: Final = SFOS + "6.1.2.1.1."
POLICY_NAME, POLICY_LIFE, POLICY_EXCHANGE = (_POLICY + n for n in ("2", "3", "11"))
POLICY_CIPHERS, POLICY_HASHES = (tuple(_POLICY + n for n in ns) for ns in (("5", "7", "9"), ("6", "8", "10")))

_HA: Final[Mapping[int, str]] = {1: "standby", 2: "standalone", 3: "active", 4: "failed", 5: "standby"}


def _pair(values: Mapping[Oid, SnmpValue]) -> Told:
    """HaStatusType disabled(0), enabled(1); HaState auxiliary(1), standalone(2), primary(3), faulty(4), ready(5)."""
    enabled, state = (number(values.get(oid, ABSENT)) for oid in (HA_ENABLED, HA_STATE))
    if enabled == 0:
        return Told({facts.HA_STATE: "standalone"})
    known = _HA.get(state) if isinstance(state, int) else None
    return Told({facts.HA_STATE: known} if known else {})


def _licences(values: Mapping[Oid, SnmpValue]) -> Told:
    """The bundles with their state (SubscriptionStatusType) and end; none of them counts VPN users."""
    found = []
    for n, name in enumerate(_BUNDLES, 1):
        state, end = (values.get(f"{SFOS}5.{n}.{column}.0", ABSENT) for column in (1, 2))
        known = number(state)
        if isinstance(known, int) and 0 <= known < len(_SUBSCRIBED):
            found.append(Licence(name, _SUBSCRIBED[known], expires=text(end) or ABSENT))
    return Told({facts.SYSTEM_LICENCES: tuple(found)} if found else {})


def _tunnels(columns: Columns) -> Told:
    """Connections between sites that are up; the count of each (column 8) is of configured ones in recent MIBs."""
    states = [state for value in columns.get(TUNNEL_STATE, {}).values() if isinstance(state := number(value), int)]
    return Told({facts.VPN_TUNNELS_NOW: sum(1 for state in states if state in (1, 2))} if states else {})


def _policies(columns: Columns) -> Told:
    """The proposals of the policies that a connection uses; the others are shipped with the box."""
    used = {text(value) for value in columns.get(TUNNEL_POLICY, {}).values()} - {""}
    rows = [row for row, value in columns.get(POLICY_NAME, {}).items() if text(value) in used]
    found = tuple(_proposal(columns, row) for row in rows)
    return Told({facts.VPN_PROPOSALS: found} if found else {})


def _proposal(columns: Columns, row: str) -> Proposal:
    def at(root: Oid) -> SnmpValue | Absent:
        return columns.get(root, {}).get(row, ABSENT)

    life = number(at(POLICY_LIFE))
    return Proposal(
        "site",
        "ikev1" if re.search(r"v?1\b", text(at(POLICY_EXCHANGE))) else "ikev2",
        encryption=tuple(_ciphers(text(at(root)) for root in POLICY_CIPHERS)) or ABSENT,
        integrity=tuple(_hashes(text(at(root)) for root in POLICY_HASHES)) or ABSENT,
        lifetime_s=life if isinstance(life, int) and life > 0 else ABSENT,
    )


def _ciphers(names: Iterable[str]) -> Iterator[str]:
    """`AES256`, `AES128GCM16`, `3DES`."""
    for name in dict.fromkeys(name.lower() for name in names if name):
        match = re.fullmatch(r"aes[ _-]?(\d{3})[ _-]?(gcm)?.*", name)
        yield f"aes-{match[1]}-{match[2] or 'cbc'}" if match else name


def _hashes(names: Iterable[str]) -> Iterator[str]:
    """`SHA2 256`, `SHA2_512`, `SHA1`, `MD5`."""
    for name in dict.fromkeys(name.lower() for name in names if name):
        match = re.search(r"sha2?[ _-]?(256|384|512)", name)
        yield f"sha{match[1]}" if match else name


def _is_sophos(identity: Identity) -> bool:
    return f"{identity.sys_object_id}.".startswith(("1.3.6.1.4.1.2604.5.", "1.3.6.1.4.1.21067.2."))


_EXPORT: Final = Command("Entities.xml", sophos_entities.CONFIGURED, sophos_entities.configuration, live=False)
"""Exported by its administrator (Backup & firmware, Import export), or by the API; read in captures alone."""

SOPHOS = Vendor(
    name="sophos",
    platform="sophos_sfos",
    recognise=_is_sophos,
    scalars=(
        standard.SYSTEM,
        scalars(
            Row(MODEL, facts.IDENTITY_MODEL, word),
            Row(OLD_MODEL, facts.IDENTITY_MODEL, word),
            Row(VERSION, facts.IDENTITY_OS_VERSION, word),
            Row(OLD_VERSION, facts.IDENTITY_OS_VERSION, word),
            Row(SERIAL, facts.IDENTITY_SERIAL, word),
            Row(OLD_SERIAL, facts.IDENTITY_SERIAL, word),
            Row(OLD_CPU, facts.SYSTEM_CPU, share),
            Row(MEMORY, facts.SYSTEM_MEMORY, share),
            Row(OLD_MEMORY, facts.SYSTEM_MEMORY, share),
            always={facts.IDENTITY_VENDOR: "Sophos", facts.IDENTITY_PLATFORM: "sophos_sfos"},
        ),
        Scalars((HA_ENABLED, HA_STATE), (facts.HA_STATE,), _pair),
        Scalars(LICENCES, (), _licences),
    ),
    tables=(
        standard.INTERFACES,
        hosts.PROCESSORS,
        hosts.MEMORY,
        Table((TUNNEL_NAME, TUNNEL_STATE), (facts.VPN_TUNNELS_NOW,), _tunnels),
        Table(
            (TUNNEL_POLICY, POLICY_NAME, POLICY_LIFE, POLICY_EXCHANGE, *POLICY_CIPHERS, *POLICY_HASHES), (), _policies
        ),
    ),
    commands=(*sophos_console.COMMANDS, _EXPORT),
    running=(_EXPORT.line,),
    combine={
        facts.INTERFACES: doors.interfaces,
        facts.VPN_PROPOSALS: joins.proposals,
        facts.IDENTITY_OS_VERSION: lambda known, told: known,
        facts.ACCESS_MANAGEMENT_FROM_INTERNET: lambda known, told: "open" if "open" in (known, told) else told,
    },
)
