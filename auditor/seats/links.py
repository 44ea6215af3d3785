"""What an internet access can carry and carries today: from the contract, the router and its interface."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from auditor import facts
from auditor.facts import Interface, LinkRate, Route, Uplink
from auditor.model import Device, Figure, Origin
from auditor.parameters import INPUTS
from auditor.seats.totals import known, readings, sources, withheld
from auditor.seats.uplinks import named, routed, same_name, uplinks
from auditor.site import Link, Role, Site
from auditor.values import ABSENT, N_, Absent, Message, Value

SITE_FILE: Final = ("site file",)
BEST_EFFORT: Final = ("ftth", "adsl", "vdsl", "xdsl", "dsl", "cable", "4g", "5g", "4g/5g", "lte", "satellite")
ADVERTISED: Final = next(cast(Fraction, entry.default) for entry in INPUTS if entry.name == "link.advertised")
SAME_TIME: Final = dt.timedelta(minutes=15)


def of_links(site: Site, devices: Sequence[Device]) -> Iterable[Figure]:
    """The inputs `link.NAME.…` of every link, with the interface that was taken for it and why."""
    for link in site.links:
        yield Figure(f"link.{link.name}.use", link.use, Origin.DECLARED, sources=SITE_FILE)
        yield Figure(f"link.{link.name}.carries", link.carries, Origin.DECLARED, sources=SITE_FILE)
        device = _device(site, link, devices)
        interface, why = _wan(site, link, device)
        if device and interface:
            origin = Origin.DECLARED if link.interface else Origin.MEASURED
            told = sources(readings([device], facts.INTERFACES))
            yield Figure(f"link.{link.name}.interface", interface.name, origin, "", ABSENT, told, why)
        yield from _committed(site, link, device, interface)
        yield from _used(site, link, device, interface, why)


def carrier(site: Site, link: Link, devices: Sequence[Device]) -> tuple[Device | None, Interface | None, Message]:
    """The device and interface that carry a link, and why this one; None where that cannot be told, and why not."""
    device = _device(site, link, devices)
    return device, *_wan(site, link, device)


def _device(site: Site, link: Link, devices: Sequence[Device]) -> Device | None:
    """The device named in the site file, else the only router of a site with one link."""
    if link.device:
        return next((device for device in devices if device.name == link.device), None)
    routers = [device for device in devices if device.role is Role.ROUTER]
    return routers[0] if len(routers) == 1 and len(site.links) == 1 else None


# ---- the committed rate ----


def _committed(site: Site, link: Link, device: Device | None, interface: Interface | None) -> Iterable[Figure]:
    """The contract, else what the router is set to (shaper, policer, bandwidth, line rate); never the port's speed."""
    for way, contract in (("down", link.committed_down_bps), ("up", link.committed_up_bps)):
        name = f"link.{link.name}.committed_{way}_bps"
        if not isinstance(contract, Absent):
            yield _contract(site, link, name, contract)
            continue
        found = _configured(name, device, interface, way)
        yield found or Figure(name, 0, Origin.UNKNOWN, "bit/s", note=Message("note.no_contract", {"link": link.name}))


def _contract(site: Site, link: Link, name: str, rate: int) -> Figure:
    """The rate of the site file; a best-effort access commits to nothing, so a share of what is advertised is taken."""
    if link.medium.lower() not in BEST_EFFORT:
        return Figure(name, rate, Origin.DECLARED, "bit/s", ABSENT, SITE_FILE)
    said = site.declared.get("link.advertised")
    share = said.value if said and isinstance(said.value, int | Fraction) else ADVERTISED
    note = Message("note.advertised", {"link": link.name, "rate": rate, "share": share})
    return Figure(name, int(rate * share), Origin.DECLARED, "bit/s", ABSENT, SITE_FILE, note)


_DIALLED: Final = ("ppp", "vdsl", "vdsl2", "adsl", "atm", "aal5", "cellular", "virtual", "ip")
_METHODS: Final = ("contract", "shaper", "policer", "dsl", "cellular", "bandwidth")


def _configured(name: str, device: Device | None, interface: Interface | None, way: str) -> Figure | None:
    if device is None or interface is None:
        return None
    rows = [
        (_METHODS.index(row.method), row, rate, reading)
        for _, reading in readings([device], facts.LINK_RATES)
        for row in _of(interface, reading.value)
        if row.method in _METHODS
        for rate in known(_rate(row, way))
    ]
    if not rows:
        return None
    _, row, rate, reading = min(rows, key=lambda found: found[:1])
    note = Message("note.configured", {"method": row.method, "interface": row.interface})
    return Figure(name, rate, Origin.MEASURED, "bit/s", ABSENT, sources([(device, reading)]), note)


def _of(interface: Interface, rates: Sequence[LinkRate]) -> Sequence[LinkRate]:
    """The rates of an interface; of the port below it; of the only modem, where the interface dials over one."""
    below = interface.name.rpartition(".")[0]
    for name in (interface.name, below):
        if name and (found := [row for row in rates if same_name(row.interface, name)]):
            return found
    lines = [row for row in rates if row.method in ("dsl", "cellular")]
    return lines if len(lines) == 1 and interface.kind in _DIALLED else ()


def _rate(row: LinkRate, way: str) -> int | Absent:
    return row.down_bps if way == "down" else row.up_bps


# ---- the interface ----

_REASONS: Final = {
    "default_route": "note.interface_route",
    "label": "note.interface_alias",
    "address": "note.interface_address",
    "kind": "note.interface_kind",
    "wan_table": "note.interface_wan",
}


def _wan(site: Site, link: Link, device: Device | None) -> tuple[Interface | None, Message]:
    """Which interface is the link, and why: the default route, the declared one, else a label or a public address.

    A declaration chooses among several default routes, and names a link that carries none; where it contradicts the
    only default route, it stands and the note says so.
    """
    if device is None:
        return None, Message("note.no_device", {"link": link.name})
    rows, leaving = _interfaces(device)
    if link.interface:
        return _declared(link, device, rows, leaving)
    taken = [other.interface for other in site.links if other is not link and other.device == link.device]
    found = [
        one for one in uplinks(rows, leaving, site.networks) if not any(same_name(one.interface, t) for t in taken)
    ]
    if len(found) > 1 and link.use == "active":
        found = _in_use(found, leaving)
    for one in found if len(found) == 1 else ():
        row = next((row for row in rows if row.name == one.interface), None)
        if row is not None:
            return row, Message(_REASONS[one.reason], {"interface": row.name, "device": device.name})
    return None, _missing(device, rows, {}) if not rows else Message("note.no_interface", {"link": link.name})


def _uplinks(site: Site, device: Device, rows: Sequence[Interface], leaving: Sequence[Route]) -> tuple[Uplink, ...]:
    """What the device's own table of WANs tells, unless it has a route; else the first clue of its interfaces."""
    told = tuple(one for _, reading in readings([device], facts.LINK_UPLINKS) for one in reading.value)
    own = [one for one in told if one.reason == "wan_table"]
    return tuple(own) if own and not leaving else uplinks(rows, leaving, site.networks)


def _interfaces(device: Device) -> tuple[tuple[Interface, ...], tuple[Route, ...]]:
    rows = tuple(row for _, reading in readings([device], facts.INTERFACES) for row in reading.value)
    leaving = tuple(route for _, reading in readings([device], facts.ROUTES_DEFAULT) for route in reading.value)
    return routed(rows, leaving), leaving


def _declared(
    link: Link, device: Device, rows: Sequence[Interface], leaving: Sequence[Route]
) -> tuple[Interface | None, Message]:
    values: dict[str, Value] = {"interface": link.interface, "device": device.name}
    row = next((row for row in rows if named(row, link.interface)), None)
    if row is None:
        return None, _missing(device, rows, values)
    elsewhere = tuple(other.name for other in rows if other.default_route is True)
    if link.use == "active" and elsewhere and row.default_route is not True:
        return row, Message("note.interface_not_routed", {**values, "routed": elsewhere})
    return row, Message("note.interface_declared", values)


def _in_use(found: Sequence[Uplink], leaving: Sequence[Route]) -> list[Uplink]:
    """Of several uplinks, those whose route is not a standby one."""
    standby = [
        route.interface for route in leaving if route.active is False and not isinstance(route.interface, Absent)
    ]
    return [one for one in found if not any(same_name(one.interface, name) for name in standby)]


def _missing(device: Device, rows: Sequence[Interface], values: Mapping[str, Value]) -> Message:
    """Why a named interface is not there: the device failed, did not tell its interfaces, or has none of that name."""
    gap = next((gap.reason for gap in device.gaps if gap.key.name == facts.INTERFACES.name), None)
    if not rows:
        failed = device.problems[0] if device.problems else None
        return gap or failed or Message("note.silent", {"device": device.name})
    return Message("note.interface_missing", values)


# ---- present use ----


def _used(site: Site, link: Link, device: Device | None, interface: Interface | None, why: Message) -> Iterable[Figure]:
    """The site's download is what comes in on its WAN interface; the maximum of the window, for want of a history."""
    for way in ("down", "up"):
        name = f"link.{link.name}.used_{way}_bps"
        rate = _busiest(interface, way) if interface else ABSENT
        if device is None or interface is None or isinstance(rate, Absent):
            note, refused = _use_gap(device, interface, why), withheld(device, facts.INTERFACES)
            yield Figure(name, 0, Origin.UNKNOWN, "bit/s", note=note, refused=refused)
            continue
        reading = readings([device], facts.INTERFACES)[0]
        note = _window(site, interface, reading[1].at)
        yield Figure(name, rate, Origin.MEASURED, "bit/s", ABSENT, sources([reading]), note)


def _busiest(interface: Interface, way: str) -> int | Absent:
    """The busiest part of the window, else its mean where it was too short to have parts."""
    peak, mean = (
        (interface.in_peak_bps, interface.in_bps) if way == "down" else (interface.out_peak_bps, interface.out_bps)
    )
    return mean if isinstance(peak, Absent) else peak


def _window(site: Site, interface: Interface, at: dt.datetime) -> Message:
    with suppress(ZoneInfoNotFoundError, ValueError):  # without time zone data the collector's own zone is printed
        at = at.astimezone(ZoneInfo(site.timezone))
    seconds = [round(seconds) for seconds in known(interface.window_s)]
    if not seconds:
        return Message("note.window_unknown", {"at": at, "interface": interface.name})
    return Message("note.window", {"seconds": seconds[0], "at": at, "interface": interface.name})


def _use_gap(device: Device | None, interface: Interface | None, why: Message) -> Message:
    if device is None or interface is None:
        return why
    gap = next((gap for gap in device.gaps if gap.key.name == facts.INTERFACES.name), None)
    return gap.reason if gap else Message("note.no_rate", {"interface": interface.name, "device": device.name})


# ---- the sessions of that hour ----


def sessions_of(site: Site, devices: Sequence[Device], found: Mapping[str, Figure]) -> Iterable[Figure]:
    """n0 of each link: the remote users connected while its use was measured; 0, and said so, at another hour."""
    tunnels = [link for link in site.links if link.use == "active" and "vpn" in link.carries]
    for link in site.links:
        name = f"link.{link.name}.sessions"
        if name in found and found[name].origin is not Origin.UNKNOWN:
            continue
        now = found.get("vpn.sessions.now")
        if tunnels == [link] and now and now.origin is Origin.MEASURED and _same_time(link, devices, found):
            yield Figure(name, now.value, now.origin, now.unit, 0, now.sources, Message("note.sessions_in_window"))
        else:
            yield Figure(name, 0, Origin.ASSUMED, "sessions", 0, note=Message("note.sessions_zero"))


def _same_time(link: Link, devices: Sequence[Device], found: Mapping[str, Figure]) -> bool:
    """Whether the use known of the link comes from windows, and the sessions were counted within minutes of them."""
    used = [found.get(f"link.{link.name}.used_{way}_bps") for way in ("down", "up")]
    told = [figure for figure in used if figure and figure.origin is not Origin.UNKNOWN]
    if not told or not all(figure.note and figure.note.id.startswith("note.window") for figure in told):
        return False
    windows = [cast(dt.datetime, figure.note.values["at"]) for figure in told if figure.note]
    counted = [reading.at for _, reading in readings(devices, facts.VPN_SESSIONS_NOW)]
    return all(abs(at - window) <= SAME_TIME for at in counted for window in windows)


SENTENCES: Mapping[str, str] = {
    "note.window": N_(
        "The use of the link is the maximum of a window of {seconds} s on {interface}, from {at}: a short look, not a"
        " 95th percentile over days."
    ),
    "note.window_unknown": N_(
        "The use of the link is what {interface} carried around {at}: a short look, not a 95th percentile over days."
    ),
    "note.no_contract": N_("The committed rate of {link} is neither in the site file nor set on the router."),
    "note.advertised": N_(
        "{link} is a best-effort access: {share:ratio} of the {rate:rate} advertised is counted, until the rate"
        " normally available in the busy hour is measured and declared."
    ),
    "note.configured": N_("Read from the {method} on {interface}."),
    "note.no_device": N_("The site file does not say which device carries the link {link}."),
    "note.no_interface": N_("Which interface carries the link {link} could not be told."),
    "note.interface_declared": N_("The interface {interface} is named in the site file."),
    "note.interface_not_routed": N_(
        "The interface {interface} is named in the site file, but the default route leaves by {routed:list}."
    ),
    "note.interface_missing": N_("{device} has no interface {interface}, which the site file names."),
    "note.interface_route": N_("The interface {interface} carries the default route."),
    "note.interface_alias": N_("The interface {interface} is labelled as the internet access."),
    "note.interface_address": N_("The interface {interface} is the only one with a public address."),
    "note.interface_kind": N_("The interface {interface} is the only one of a kind that leads to an operator."),
    "note.interface_wan": N_("{device} lists {interface} as its connected WAN."),
    "note.no_rate": N_("The rate on {interface} could not be sampled."),
    "note.sessions_in_window": N_("Counted in the same minutes as the use of the link."),
    "note.sessions_zero": N_("The sessions of that hour are not known: 0 is taken, which is prudent."),
}
