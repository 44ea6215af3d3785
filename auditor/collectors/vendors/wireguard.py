"""WireGuard: peers that are there now, from `wg show` and its machine form, and from the agent's extend script."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors.page import Scalars, Told, unread
from auditor.collectors.vendors.trees import ended
from auditor.collectors.vendors.values import text
from auditor.facts import Handshake, Proposal, VpnService
from auditor.model import Key
from auditor.values import ABSENT

ALIVE_S: Final = (
    180  # a peer that sends shakes hands every two minutes; after three its keys are gone (REJECT_AFTER_TIME)
)
EXTEND: Final = "1.3.6.1.4.1.8072.1.3.2.3.1.2.9." + ".".join(str(ord(sign)) for sign in "wireguard")
_SECONDS: Final = {"year": 31_536_000, "day": 86_400, "hour": 3600, "minute": 60, "second": 1}
_KEY: Final = r"(?:[A-Za-z0-9+/]{43}=|\(none\)|\(hidden\)|<secret:[a-z-]+>)"


def shown(output: str) -> Told:
    """`wg show`: peers under their interfaces; how long ago each shook hands is told by the host itself."""
    interfaces = re.split(r"(?m)^interface: ", output)[1:]
    if not interfaces or _cut(output):
        return unread(output)
    users = sites = strange = 0
    known: list[bool] = []
    for part in interfaces:
        for peer in re.split(r"(?m)^peer: ", part)[1:]:
            user, alive = _user(_after(peer, "allowed ips").split(",")), _alive(_after(peer, "latest handshake"))
            known.append(user)
            strange += alive is None
            users, sites = users + (user and alive is True), sites + (not user and alive is True)
    return Told({} if strange else _told(users, sites, known, ended(output)), strange)


def _cut(output: str) -> bool:
    """Whether the last peer may have been cut off: one that was heard from shows its transfer behind its handshake."""
    last = re.split(r"(?m)^peer: ", output)[-1]
    if ended(output) or "interface: " in last:
        return False
    return "allowed ips: " not in last or ("endpoint: " in last and "transfer: " not in last)


def _told(users: int, sites: int, known: Sequence[bool], whole: bool) -> dict[Key[Any], Any]:
    """What is there now, nobody only where the answer came to its end; WireGuard has one suite and no limit."""
    use = "remote" if any(known) or not known else "site"
    found: dict[Key[Any], Any] = {facts.VPN_SERVICES: (_service(users, sites, whole),)}
    found[facts.VPN_PROPOSALS] = (Proposal(use, "wireguard", ("chacha20-poly1305",), dh_groups=(31,), lifetime_s=120),)
    return found


def _service(users: int, sites: int, whole: bool) -> VpnService:
    return VpnService("wireguard", users if users or whole else ABSENT, sites if sites or whole else ABSENT)


def _after(peer: str, name: str) -> str:
    found = re.search(rf"(?m)^\s+{name}: (.*)$", peer)
    return found[1].strip() if found else ""


def _user(allowed: Iterable[str]) -> bool:
    """A peer with addresses of its own alone is a person's; one with networks behind it is a site."""
    for one in allowed:
        try:
            network = ipaddress.ip_network(one.strip())
        except ValueError:
            continue
        if network.num_addresses > 1:
            return False
    return True


def _alive(said: str) -> bool | None:
    """Whether the last handshake is recent; a peer that never came shows none. None where it cannot be read."""
    if not said:
        return False
    if said.startswith(("Now", "(System clock")):
        return True if said.startswith("Now") else None
    parts = re.findall(r"(\d+) (year|day|hour|minute|second)s?", said)
    if not said.endswith("ago") or not parts:
        return None
    return sum(int(number) * _SECONDS[unit] for number, unit in parts) < ALIVE_S


def dumped(output: str) -> Told:
    """`wg show all dump`, `wg show IF dump`: the last handshakes in seconds since 1970, by tabs."""
    interface, found, known, strange = "", [], 0, 0
    for raw in output.splitlines():
        cells = raw.split("\t")
        if len(cells) in (5, 9):
            interface, cells = cells[0], cells[1:]
        if len(cells) == 4 and re.fullmatch(_KEY, cells[0]):
            known += 1
        elif len(cells) == 8 and re.fullmatch(_KEY, cells[0]) and cells[4].isdecimal():
            found.append(Handshake(interface or "wg", int(cells[4]), _user(cells[3].split(","))))
        elif raw.strip():
            strange += 1
    if not found and not (known and ended(output)):
        return unread(output)
    told: dict[Key[Any], Any] = {facts.VPN_HANDSHAKES: tuple(found)}
    return Told({} if strange else told, strange)


def extended(values: Mapping[Oid, SnmpValue]) -> Told:
    """The JSON of the script that LibreNMS publishes: minutes since each peer's last handshake, null for never."""
    try:
        found = json.loads(text(values.get(EXTEND, ABSENT)) or "null")
    except (ValueError, RecursionError):
        return Told(unparsed=1)
    data = found.get("data") if isinstance(found, dict) else None
    if not isinstance(data, dict):
        return Told()
    peers = [peer for one in data.values() if isinstance(one, dict) for peer in one.values() if isinstance(peer, dict)]
    minutes = [peer.get("minutes_since_last_handshake") for peer in peers]
    alive = sum(1 for one in minutes if isinstance(one, int | float) and 0 <= one < ALIVE_S / 60)
    return Told({facts.VPN_SERVICES: (VpnService("wireguard", alive),)} if peers else {})


AGENT: Final = Scalars((EXTEND,), (), extended)
