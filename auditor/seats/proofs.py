"""What shows that a site has no VPN, server or telephone system of its own: documents and devices, never a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from auditor import facts
from auditor.model import Device, Figure, Key, Origin
from auditor.seats.totals import readings, sources, withheld
from auditor.site import Declared, Role, Site
from auditor.values import ABSENT, N_, Message

_WAYS_IN: Final[tuple[Key[Any], ...]] = (
    facts.VPN_AUTHENTICATION,
    facts.VPN_POOLS,
    facts.VPN_TUNNEL_MODE,
    facts.VPN_SESSIONS_NOW,
    facts.VPN_SESSIONS_PEAK,
)
_WALLS: Final = (Role.FIREWALL, Role.VPN)


def figures(site: Site, devices: Sequence[Device]) -> Iterable[Figure]:
    """The inputs `proof.…`: true by a document that nothing contradicts, or by what devices tell; else unknown."""
    for name, contradicts in _PROOFS.items():
        said = site.declared.get(name)
        if said is not None and said.value is True:
            yield _declared(name, said, contradicts(site, devices))
    if "proof.no_vpn" not in site.declared and (shown := _no_way_in(devices)):
        yield Figure("proof.no_vpn", True, Origin.MEASURED, sources=shown)


def _declared(name: str, said: Declared, against: str) -> Figure:
    if against:
        return Figure(name, False, Origin.UNKNOWN, note=Message("note.proof_contradicted", {"what": against}))
    if not said.document:
        return Figure(name, False, Origin.UNKNOWN, note=Message("note.proof_missing"))
    by = tuple(part for part in (said.by, "" if said.on is ABSENT else str(said.on), said.document) if part)
    return Figure(name, True, Origin.DECLARED, sources=by)


def _no_way_in(devices: Sequence[Device]) -> tuple[str, ...]:
    """The requests by which every firewall told that it has neither group nor pool for remote users; () otherwise."""
    keys: tuple[Key[Any], ...] = (facts.VPN_AUTHENTICATION, facts.VPN_POOLS)
    walls = [device for device in devices if device.role in _WALLS]
    told = [pair for key in keys for pair in readings(walls, key)]
    if not walls or _way_in(devices) or any(withheld(device, key) for device in walls for key in keys):
        return ()
    return sources(told) if {device.name for device, _ in told} == {device.name for device in walls} else ()


def _way_in(devices: Sequence[Device]) -> str:
    """A device whose settings or sessions let remote users in; "" where none does."""
    found = (device.name for key in _WAYS_IN for device, reading in readings(devices, key) if reading.value)
    return next(found, "")


def _phones(devices: Sequence[Device]) -> str:
    pairs = readings([device for device in devices if device.role is Role.PBX], facts.TELEPHONY_ENDPOINTS)
    return next((device.name for device, reading in pairs if reading.value), "")


def _on_site(site: Site) -> str:
    servers = [server.name for server in site.servers if server.where == "site"]
    return next(iter(servers + [one.name for one in site.applications if one.where == "site"]), "")


_PROOFS: Final[Mapping[str, Callable[[Site, Sequence[Device]], str]]] = {
    "proof.no_vpn": lambda site, devices: _way_in(devices),
    "proof.no_server": lambda site, devices: _on_site(site),
    "proof.cloud_telephony": lambda site, devices: _phones(devices),
    "proof.no_ztna": lambda site, devices: "ztna.seats" if "ztna.seats" in site.declared else "",
    "proof.no_desktops": lambda site, devices: "people.profiles" if site.people.profiles.get("vdi") else "",
}
"""For each proof, what of the site contradicts it ("" for nothing)."""

SENTENCES: Mapping[str, str] = {
    "proof.no_vpn": N_("no remote-access VPN is configured"),
    "proof.no_server": N_("no server stands at the site"),
    "proof.cloud_telephony": N_("the telephone system is hosted"),
    "proof.no_ztna": N_("applications are published directly, without ZTNA"),
    "proof.no_desktops": N_("nobody works on a virtual desktop"),
    "note.proof_missing": N_("It is stated, but no document shows it."),
    "note.proof_contradicted": N_("It is stated, but {what:name} shows the contrary."),
}
