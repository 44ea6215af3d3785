"""From the site file and what devices told to the inputs of the model: each figure with its origin and its default."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, TypeVar, cast

from auditor import facts
from auditor.facts import Endpoint, Interface, LinkRate
from auditor.model import (
    ABSENT,
    N_,
    Absent,
    Device,
    Figure,
    Key,
    Link,
    Message,
    Origin,
    Reading,
    Site,
    Value,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Input:
    """A published input: its name, unit, meaning and what the model assumes when nobody told it (ABSENT: nothing)."""

    name: str
    unit: str
    meaning: str
    default: Value | Absent = ABSENT


def _rates(profile: str, *bps: int) -> tuple[Input, ...]:
    names = ("apps_down", "apps_up", "web_down", "web_up")
    meaning = {
        "apps": N_("what one person of this profile exchanges with the site's servers, busy-hour average"),
        "web": N_("internet and online services of one person of this profile, busy-hour average"),
    }
    return tuple(
        Input(f"demand.{profile}.{name}_bps", "bit/s", meaning[name.partition("_")[0]], rate)
        for name, rate in zip(names, bps, strict=True)
    )


INPUTS: Final = (
    Input("people.headcount", "people", N_("people who work at the site")),
    Input("people.eligible", "people", N_("of these, who could work remotely")),
    Input("people.concurrency", "share", N_("share of the eligible at the same time"), Fraction(1)),
    Input("people.profile.office", "share", N_("office profile in the mix"), Fraction(1)),
    Input("people.profile.vdi", "share", N_("virtual desktop profile in the mix"), Fraction(0)),
    Input("people.profile.files", "share", N_("file-server profile in the mix"), Fraction(0)),
    Input("people.on_site", "people", N_("people at their desks while link use was measured")),
    Input("people.video_share", "share", N_("people equipped for video meetings"), Fraction(9, 10)),
    Input("people.phone_share", "share", N_("people who need a telephone"), Fraction(1)),
    Input("people.equipment", "people", N_("people with a managed PC and a headset")),
    Input("homes.share", "share", N_("home lines good enough for remote work")),
    *_rates("office", 150_000, 50_000, 60_000, 20_000),
    *_rates("vdi", 200_000, 25_000, 0, 0),
    *_rates("files", 1_000_000, 500_000, 60_000, 20_000),
    Input("demand.video_down_bps", "bit/s", N_("one video meeting, received"), 4_000_000),
    Input("demand.video_up_bps", "bit/s", N_("one video meeting, sent"), 2_500_000),
    Input("demand.video_in_call", "share", N_("share of the busy hour spent in video meetings"), Fraction(1, 4)),
    Input("demand.overhead", "factor", N_("what the tunnel adds to data packets"), Fraction(11, 10)),
    Input("demand.voice_bps", "bit/s", N_("one call in the tunnel, each way (G.711, AES-GCM)"), 105_600),
    Input("link.target_use", "share", N_("how full a link may be in the busy hour"), Fraction(7, 10)),
    Input("link.base_gone", "share", N_("share of today's other traffic that stops when the site is closed"), 0),
    Input("tunnel.mode", "", N_("full, selective or split tunnel")),
    Input("tunnel.bypass", "", N_("traffic classes that leave the tunnel"), ()),
    Input("vpn.sessions.now", "sessions", N_("remote users connected now"), 0),
    Input("vpn.sessions.licensed", "sessions", N_("remote users the licence allows at once")),
    Input("vpn.sessions.platform_max", "sessions", N_("remote users the gateway can carry")),
    Input("vpn.pool.addresses", "addresses", N_("usable addresses for remote users")),
    Input("vpn.crypto_bps", "bit/s", N_("encryption rate of the data sheet")),
    Input("vpn.crypto_derate", "share", N_("what remains of the data sheet's rate in practice"), Fraction(1, 2)),
    Input("vpn.crypto_target_use", "share", N_("how busy the encryption engine may be"), Fraction(7, 10)),
    Input("vpn.gateways", "gateways", N_("VPN gateways, each of a pair counted"), 1),
    Input("firewall.sessions.max", "sessions", N_("size of the session table")),
    Input("firewall.sessions.peak", "sessions", N_("most sessions seen")),
    Input("firewall.sessions.per_user", "sessions", N_("sessions of one remote user, full or selective tunnel"), 200),
    Input("firewall.sessions.per_user_split", "sessions", N_("sessions of one remote user, split tunnel"), 50),
    Input("firewall.target_use", "share", N_("how full the session table may be"), Fraction(4, 5)),
    Input("nat.addresses", "addresses", N_("public addresses of the site")),
    Input("nat.usable_ports", "ports", N_("usable ports of one public address"), 60_000),
    Input("nat.ports_per_user", "ports", N_("ports of one remote user"), 100),
    Input("nat.ports_margin", "ports", N_("margin of ports for each user"), 4),
    Input("telephony.softphones", "people", N_("people with an assigned softphone")),
    Input("telephony.phones_at_home", "people", N_("people whose phone works from home")),
    Input("telephony.forwards", "people", N_("other people with an open call forward")),
    Input("telephony.channels.max", "channels", N_("simultaneous calls of the trunk")),
    Input("telephony.phone_users", "people", N_("people who need a telephone, counted")),
    Input("telephony.busy_hour_erlangs", "erlangs", N_("traffic of one phone user in the busy hour"), Fraction(1, 10)),
    Input("telephony.internal_share", "share", N_("share of calls that stay inside"), Fraction(3, 10)),
    Input("telephony.blocking_target", "share", N_("calls that may be lost"), Fraction(1, 100)),
    Input("telephony.cloud", "people", N_("people with a cloud telephone licence and number")),
    Input("hosts.vcpu", "vCPU", N_("processors of the virtual desktop hosts")),
    Input("hosts.users_per_vcpu", "people", N_("virtual desktop users of one processor (medium use)"), 4),
    Input("hosts.target_use", "share", N_("how busy the hosts may be"), Fraction(4, 5)),
    Input("ztna.seats", "people", N_("people who can use the ZTNA service at once")),
    Input("saas.licences", "people", N_("people holding every online licence they need")),
    Input("identity.mfa", "people", N_("people with a second factor that works away from the site")),
)
LINK_INPUTS: Final = (
    Input("link.NAME.committed_down_bps", "bit/s", N_("committed rate of the contract, download")),
    Input("link.NAME.committed_up_bps", "bit/s", N_("committed rate of the contract, upload")),
    Input("link.NAME.used_down_bps", "bit/s", N_("present use, download: 95th percentile or maximum of the window")),
    Input("link.NAME.used_up_bps", "bit/s", N_("present use, upload: 95th percentile or maximum of the window")),
    Input("link.NAME.sessions", "sessions", N_("remote users connected when that use was measured"), 0),
)
_BY_NAME: Final = {entry.name: entry for entry in INPUTS}


def is_input(name: str) -> bool:
    """Whether [declared] and what-if may name it: a published input, or a share of a resource."""
    if name in _BY_NAME or re.fullmatch(r"share\.[a-z]+\.[a-z]+", name):
        return True
    plain = re.sub(r"^link\.[A-Za-z0-9._-]+?\.(?=[a-z_]+$)", "link.NAME.", name)
    return plain in {entry.name for entry in LINK_INPUTS}


def gather(site: Site, devices: Sequence[Device]) -> dict[str, Figure]:
    """Every input of the model for this site, best origin first; what nobody told and has no default is unknown."""
    found: dict[str, Figure] = {}
    for figure in (
        *_from_people(site),
        *_from_devices(site, devices),
        *_from_links(site, devices),
        *_from_tunnel(site, devices),
    ):
        found[figure.name] = figure
    for name, said in site.declared.items():
        found[name] = _best(found.get(name), _declared_figure(site, name), declared_first=".used_" in name)
        assert said is not None
    _sessions_of_links(site, found)
    for entry in INPUTS:
        if entry.name not in found and not isinstance(entry.default, Absent):
            found[entry.name] = Figure(entry.name, entry.default, Origin.ASSUMED, entry.unit, entry.default)
        elif entry.name in found:
            found[entry.name] = replace(found[entry.name], unit=entry.unit, default=entry.default)
    found["site.architecture"] = Figure("site.architecture", site.architecture, Origin.DECLARED)
    return found


def _best(measured: Figure | None, declared: Figure, *, declared_first: bool = False) -> Figure:
    """Measured beats declared, except the use of a link: a history somebody kept beats a short window."""
    if measured is None or measured.origin is not Origin.MEASURED or declared_first:
        return declared
    note = Message("note.declared_too", {"declared": str(declared.value), "by": declared.sources})
    return replace(measured, note=measured.note or note)


def _declared_figure(site: Site, name: str) -> Figure:
    said = site.declared[name]
    sources = tuple(part for part in (said.by, said.document) if part)
    return Figure(name, said.value, Origin.DECLARED, _unit(name), sources=sources)


def _unit(name: str) -> str:
    if name in _BY_NAME:
        return _BY_NAME[name].unit
    return "bit/s" if name.endswith("_bps") else "sessions" if name.endswith(".sessions") else ""


def _from_people(site: Site) -> Iterable[Figure]:
    people, by = site.people, ("site file",)

    def said(name: str, value: Value) -> Figure:
        return Figure(name, value, Origin.DECLARED, _unit(name), sources=by)

    yield said("people.headcount", people.headcount)
    yield said("people.eligible", people.eligible)
    yield said("people.concurrency", people.concurrency)
    if len(people.profiles) > 1:
        for profile, share in people.profiles.items():
            yield said(f"people.profile.{profile}", share)
    for name in ("video_share", "phone_share"):
        share = getattr(people, name)
        if not isinstance(share, Absent):
            yield said(f"people.{name}", share)


# ---- totals over devices ----


def _readings(devices: Iterable[Device], key: Key[T]) -> list[tuple[Device, Reading[T]]]:
    return [(d, cast("Reading[T]", r)) for d in devices for r in d.readings if r.key.name == key.name]


def _source(pairs: Iterable[tuple[Device, Reading[Any]]]) -> tuple[str, ...]:
    return tuple(f"{device.name}: {source}" for device, reading in pairs for source in reading.sources)


def _silent(devices: Sequence[Device], key: Key[Any]) -> tuple[Device, Message] | None:
    """A device that should tell this fact and did not: it makes a total unknown. A pair's twin may be silent."""
    told = {device.pair or device.name for device, _ in _readings(devices, key)}
    for device in devices:
        gap = next((gap for gap in device.gaps if gap.key.name == key.name), None)
        if gap is not None and (device.pair or device.name) not in told:
            return device, gap.reason
    return None


def _total(devices: Sequence[Device], key: Key[int], name: str) -> Iterable[Figure]:
    """The sum over devices, an HA pair once; unknown while one that should tell is silent; nothing when none could."""
    pairs = _readings(devices, key)
    if silent := _silent(devices, key):
        note = Message("note.silent", {"device": silent[0].name})
        yield Figure(name, 0, Origin.UNKNOWN, _unit(name), note=note if pairs else silent[1])
    elif pairs:
        by_pair: dict[str, int] = {}
        for device, reading in pairs:
            twin = device.pair or device.name
            by_pair[twin] = max(reading.value, by_pair.get(twin, 0))
        yield Figure(name, sum(by_pair.values()), Origin.MEASURED, _unit(name), sources=_source(pairs))


_TOTALS: Final = (
    (facts.VPN_SESSIONS_NOW, "vpn.sessions.now"),
    (facts.VPN_SESSIONS_LICENSED, "vpn.sessions.licensed"),
    (facts.VPN_SESSIONS_PLATFORM_MAX, "vpn.sessions.platform_max"),
    (facts.FIREWALL_SESSIONS_PEAK, "firewall.sessions.peak"),
    (facts.FIREWALL_SESSIONS_MAX, "firewall.sessions.max"),
    (facts.TELEPHONY_CHANNELS_MAX, "telephony.channels.max"),
)


def _from_devices(site: Site, devices: Sequence[Device]) -> Iterable[Figure]:
    for key, name in _TOTALS:
        yield from _total(devices, key, name)
    yield from _pools(devices)
    yield from _phones(devices)
    gateways = {device.name: device.pair for device, _ in _readings(devices, facts.VPN_POOLS)}
    if gateways:
        pairs = _readings(devices, facts.VPN_POOLS)
        yield Figure("vpn.gateways", len(gateways), Origin.MEASURED, "gateways", sources=_source(pairs))
        if len(gateways) > 1 and len({pair or name for name, pair in gateways.items()}) == 1:
            yield Figure("vpn.pair", True, Origin.DECLARED, sources=("site file",))


def _pools(devices: Sequence[Device]) -> Iterable[Figure]:
    pairs = _readings(devices, facts.VPN_POOLS)
    if silent := _silent(devices, facts.VPN_POOLS):
        yield Figure("vpn.pool.addresses", 0, Origin.UNKNOWN, "addresses", note=silent[1])
        return
    sizes = {(pool.name, pool.first, pool.network): pool.addresses for _, reading in pairs for pool in reading.value}
    if sizes and not any(isinstance(size, Absent) for size in sizes.values()):
        total = sum(size for size in sizes.values() if not isinstance(size, Absent))
        yield Figure("vpn.pool.addresses", total, Origin.MEASURED, "addresses", sources=_source(pairs))


def _phones(devices: Sequence[Device]) -> Iterable[Figure]:
    """People who can be called at home, each set counted once: softphone, else seen from outside, else forwarded."""
    pairs = _readings(devices, facts.TELEPHONY_ENDPOINTS)
    names = ("telephony.softphones", "telephony.phones_at_home", "telephony.forwards")
    if silent := _silent(devices, facts.TELEPHONY_ENDPOINTS):
        for name in names:
            yield Figure(name, 0, Origin.UNKNOWN, "people", note=silent[1])
        return
    if not pairs:
        return
    sets = [endpoint for _, reading in pairs for endpoint in reading.value]
    counts = dict.fromkeys(names, 0)
    for endpoint in sets:
        if name := _way_home(endpoint):
            counts[name] += 1
    for name, count in counts.items():
        yield Figure(name, count, Origin.MEASURED, "people", sources=_source(pairs))


def _way_home(endpoint: Endpoint) -> str:
    if endpoint.kind == "softphone":
        return "telephony.softphones"
    if endpoint.registered is True and endpoint.from_inside is False and endpoint.kind in ("desk", "dect"):
        return "telephony.phones_at_home"
    return "telephony.forwards" if endpoint.forwarded is True else ""


# ---- links ----


def _from_links(site: Site, devices: Sequence[Device]) -> Iterable[Figure]:
    for link in site.links:
        stem = f"link.{link.name}"
        yield Figure(f"{stem}.use", link.use, Origin.DECLARED, sources=("site file",))
        yield Figure(f"{stem}.carries", link.carries, Origin.DECLARED, sources=("site file",))
        device = next((device for device in devices if device.name == link.device), None)
        interface, why = _wan(link, device)
        yield from _committed(link, device, interface)
        yield from _used(link, device, interface, why)


def _committed(link: Link, device: Device | None, interface: Interface | None) -> Iterable[Figure]:
    """The contract, else what the router is set to (shaper, policer, bandwidth, line rate); never the port's speed."""
    for way, contract in (("down", link.committed_down_bps), ("up", link.committed_up_bps)):
        name = f"link.{link.name}.committed_{way}_bps"
        if not isinstance(contract, Absent):
            yield Figure(name, contract, Origin.DECLARED, "bit/s", sources=(f"contract of {link.name}",))
            continue
        found = _configured(device, interface, way)
        yield found if found else Figure(name, 0, Origin.UNKNOWN, "bit/s", note=Message("note.no_contract"))


_METHODS: Final = ("shaper", "policer", "dsl", "cellular", "bandwidth")


def _configured(device: Device | None, interface: Interface | None, way: str) -> Figure | None:
    if device is None or interface is None:
        return None
    rows = [
        (row, reading)
        for _, reading in _readings([device], facts.LINK_RATES)
        for row in reading.value
        if row.interface == interface.name and not isinstance(_rate(row, way), Absent)
    ]
    if not rows:
        return None
    row, reading = min(rows, key=lambda pair: _METHODS.index(pair[0].method) if pair[0].method in _METHODS else 9)
    note = Message("note.configured", {"method": row.method, "interface": row.interface})
    name = f"link.{interface.name}.committed_{way}_bps"
    return Figure(
        name, cast(int, _rate(row, way)), Origin.MEASURED, "bit/s", ABSENT, _source([(device, reading)]), note
    )


def _rate(row: LinkRate, way: str) -> int | Absent:
    return row.down_bps if way == "down" else row.up_bps


_WAN: Final = re.compile(r"\b(wan|internet|outside|untrust|dialer|uplink|isp|ftt[hoe]|fibre|fiber|operateur)\b", re.I)


def _wan(link: Link, device: Device | None) -> tuple[Interface | None, Message]:
    """Which interface is the link: declared, else the default route, else an alias or a public address."""
    nothing = Message("note.no_interface", {"link": link.name})
    if device is None:
        return None, nothing
    rows = [row for _, reading in _readings([device], facts.INTERFACES) for row in reading.value]
    if link.interface:
        named = [row for row in rows if _same_name(row.name, link.interface)]
        return (named[0] if named else None), Message("note.interface_declared", {"interface": link.interface})
    routed = [row for row in rows if row.default_route is True]
    if routed:
        return routed[0], Message("note.interface_route", {"interface": routed[0].name})
    labelled = [row for row in rows if _WAN.search(f"{row.name} {'' if isinstance(row.alias, Absent) else row.alias}")]
    if len(labelled) == 1:
        return labelled[0], Message("note.interface_alias", {"interface": labelled[0].name})
    return None, nothing


def _same_name(one: str, other: str) -> bool:
    """Gi0/0 and GigabitEthernet0/0 are the same interface."""
    if one.lower() == other.lower():
        return True
    parts = [re.fullmatch(r"([A-Za-z-]+)\s*([\d/.:]+)", text) for text in (one, other)]
    if not all(parts):
        return False
    (a, b), (c, d) = ((p.group(1).lower(), p.group(2)) for p in parts if p)
    return b == d and (a.startswith(c) or c.startswith(a))


def _used(link: Link, device: Device | None, interface: Interface | None, why: Message) -> Iterable[Figure]:
    """The site's download is what comes in on its WAN interface; the maximum of the window, for want of a history."""
    for way, field in (("down", "in_peak_bps"), ("up", "out_peak_bps")):
        name = f"link.{link.name}.used_{way}_bps"
        value = getattr(interface, field) if interface is not None else ABSENT
        if device is None or interface is None or isinstance(value, Absent):
            reason = _use_gap(device, interface, why)
            yield Figure(name, 0, Origin.UNKNOWN, "bit/s", note=reason)
            continue
        reading = _readings([device], facts.INTERFACES)[0]
        seconds = 0 if isinstance(interface.window_s, Absent) else interface.window_s
        note = Message("note.window", {"seconds": round(seconds), "at": reading[1].at, "interface": interface.name})
        yield Figure(name, value, Origin.MEASURED, "bit/s", ABSENT, _source([reading]), note)


def _use_gap(device: Device | None, interface: Interface | None, why: Message) -> Message:
    if device is not None and interface is not None:
        gap = next((gap for gap in device.gaps if gap.key.name == facts.INTERFACES.name), None)
        return gap.reason if gap else Message("note.no_rate", {"interface": interface.name})
    if device is not None and device.problems:
        return device.problems[0]
    return why


def _sessions_of_links(site: Site, found: dict[str, Figure]) -> None:
    """n0: remote users connected while the use of a link was measured; 0, and said so, when it was another hour."""
    now = found.get("vpn.sessions.now")
    for link in site.links:
        name = f"link.{link.name}.sessions"
        if name in found:
            continue
        used = found.get(f"link.{link.name}.used_down_bps")
        same_hour = used is not None and used.note is not None and used.note.id == "note.window"
        single = len([other for other in site.links if other.use == "active"]) == 1
        if same_hour and single and now is not None and now.origin is Origin.MEASURED:
            found[name] = replace(now, name=name, note=Message("note.sessions_in_window"))
        else:
            found[name] = Figure(name, 0, Origin.ASSUMED, "sessions", 0, note=Message("note.sessions_zero"))


# ---- tunnel ----


def _from_tunnel(site: Site, devices: Sequence[Device]) -> Iterable[Figure]:
    bypass = site.tunnel.bypass
    pairs = _readings(devices, facts.VPN_TUNNEL_MODE)
    modes = {reading.value for _, reading in pairs}
    if site.tunnel.mode:
        yield Figure("tunnel.mode", site.tunnel.mode, Origin.DECLARED, sources=("site file",))
    elif modes:
        mode = next(mode for mode in ("full", "selective", "split") if mode in modes)
        note = Message("note.tunnel_mixed") if len(modes) > 1 else None
        yield Figure("tunnel.mode", mode, Origin.MEASURED, "", ABSENT, _source(pairs), note)
    else:
        silent = _silent(devices, facts.VPN_TUNNEL_MODE)
        yield Figure("tunnel.mode", "", Origin.UNKNOWN, note=silent[1] if silent else Message("note.no_tunnel"))
    yield Figure("tunnel.bypass", bypass, Origin.DECLARED if bypass else Origin.ASSUMED, "", (), ("site file",))


def table() -> str:
    """docs/inputs.md's table: every published input, its unit, default and meaning."""
    lines = ["| input | unit | default | meaning |", "|---|---|---|---|"]
    for entry in (*INPUTS, *LINK_INPUTS):
        default = "" if isinstance(entry.default, Absent) else _plain(entry.default)
        lines.append(f"| `{entry.name}` | {entry.unit} | {default} | {entry.meaning} |")
    return "\n".join(lines) + "\n"


def _plain(value: Value) -> str:
    if isinstance(value, Fraction):
        return str(float(value)) if value.denominator != 1 else str(value.numerator)
    if isinstance(value, dt.date | tuple):
        return ", ".join(value) if isinstance(value, tuple) else value.isoformat()
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)


SENTENCES: Mapping[str, str] = {
    "note.window": N_(
        "The use of the link is the maximum of a window of {seconds} s on {interface}, from {at}: a short look, not a"
        " 95th percentile over days."
    ),
    "note.declared_too": N_("Declared as {declared} as well ({by:list}); the measure is used."),
    "note.silent": N_("{device} should tell its part and did not, so the total is not known."),
    "note.no_contract": N_("The committed rate is neither in the site file nor set on the router."),
    "note.configured": N_("Read from the {method} on {interface}."),
    "note.no_interface": N_("Which interface carries the link {link} could not be told."),
    "note.interface_declared": N_("The interface {interface} is named in the site file."),
    "note.interface_route": N_("The interface {interface} carries the default route."),
    "note.interface_alias": N_("The interface {interface} is labelled as the internet access."),
    "note.no_rate": N_("The rate on {interface} could not be sampled."),
    "note.sessions_in_window": N_("Counted in the same minutes as the use of the link."),
    "note.sessions_zero": N_("The sessions of that hour are not known: 0 is taken, which is prudent."),
    "note.tunnel_mixed": N_("Groups differ; the mode that weighs most on the link is taken."),
    "note.no_tunnel": N_("No gateway told whether the tunnel is full or split."),
}
