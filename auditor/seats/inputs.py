"""From the site file and what devices told to the inputs of the model: each figure with its origin and its default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final, cast

from auditor import facts
from auditor.facts import Endpoint, Trunk
from auditor.model import Device, Figure, Key, Origin
from auditor.parameters import INPUTS as INPUTS
from auditor.parameters import accept, published, unit
from auditor.parameters import is_input as is_input
from auditor.parameters import table as table
from auditor.seats import homes, hosting, links, proofs, usage
from auditor.seats.links import SITE_FILE
from auditor.seats.totals import known, parts, readings, silent, sources, total, twins, withheld
from auditor.site import Change, Declared, Site
from auditor.values import ABSENT, N_, Absent, Message, Value


def gather(site: Site, devices: Sequence[Device], history: Sequence[Figure] = ()) -> dict[str, Figure]:
    """Every input of the model for this site, best origin first; what nobody told and has no default is unknown.

    `history` holds the use of links over days: of five or more it beats all else, of fewer it is a long window.
    """
    found = usage.united({figure.name: figure for figure in _told(site, devices)}, history)
    for name, said in site.declared.items():
        found[name] = _with_declared(name, found.get(name), said)
    found |= {figure.name: figure for figure in _busy_hour(devices, found)}
    found |= {figure.name: figure for figure in proofs.figures(site, devices)}
    found = homes.shares(found) | found
    found = usage.preferred(found, history)
    found |= {figure.name: figure for figure in links.sessions_of(site, devices, found)}
    chosen = {change.name: _chosen(change) for change in site.changes}
    for entry in INPUTS:
        known_one = found.get(entry.name)
        if known_one is not None:
            found[entry.name] = replace(known_one, unit=unit(entry.name), default=entry.default)
        elif not isinstance(entry.default, Absent):
            found[entry.name] = chosen.get(entry.name) or Figure(
                entry.name, entry.default, Origin.ASSUMED, unit(entry.name), entry.default
            )
    return found


def _chosen(change: Change) -> Figure:
    """A default that the client's profile replaces: still assumed, but by somebody."""
    by = tuple(part for part in (change.by, str(change.on) if change.on is not ABSENT else "", change.file) if part)
    return Figure(change.name, change.value, Origin.ASSUMED, unit(change.name), change.default, by)


def _told(site: Site, devices: Sequence[Device]) -> Iterable[Figure]:
    yield Figure("site.architecture", site.architecture, Origin.DECLARED, sources=SITE_FILE)
    yield from _from_people(site)
    for key, name, split in _TOTALS:
        yield from total(devices, key, name, split=split)
    yield from _gateways(devices)
    yield from _pools(devices)
    yield from _phones(devices)
    yield from _channels(devices)
    yield from links.of_links(site, devices)
    yield from hosting.figures(site, devices)
    yield from _from_tunnel(site, devices)


# ---- what the site file says ----

_BESIDE_A_MEASURE: Final = (".used_down_bps", ".used_up_bps", ".committed_down_bps", ".committed_up_bps")
"""Where a statement is worth more: graphs over days beat a short window, a contract beats a router's setting."""


def _with_declared(name: str, before: Figure | None, said: Declared) -> Figure:
    """The better of what was told and what is declared; the other stays visible in its note."""
    by = tuple(
        part for part in (said.by, str(said.on) if not isinstance(said.on, Absent) else "", said.document) if part
    )
    value = accept(name, said.value)
    if isinstance(value, Absent):
        note = Message("note.not_usable", {"input": name, "declared": str(said.value)})
        return replace(before, note=note) if before else _unusable(name, note)
    declared = Figure(name, value, Origin.DECLARED, unit(name), sources=by)
    if before is None or before.origin is not Origin.MEASURED:
        return declared
    if name.startswith("link.") and name.endswith(_BESIDE_A_MEASURE):
        return replace(declared, note=Message("note.measured_too", {"measured": cast(int, before.value)}))
    note = Message("note.declared_too", {"declared": _plain(value), "by": by or SITE_FILE})
    return replace(before, note=before.note or note)


def _unusable(name: str, note: Message) -> Figure:
    entry = published(name)
    if entry is None or isinstance(entry.default, Absent):
        return Figure(name, 0, Origin.UNKNOWN, unit(name), note=note)
    return Figure(name, entry.default, Origin.ASSUMED, unit(name), entry.default, note=note)


def _plain(value: Value) -> str:
    if isinstance(value, Fraction):
        return f"{float(value):g}"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _from_people(site: Site) -> Iterable[Figure]:
    people = site.people
    said: dict[str, Value] = {
        "people.headcount": people.headcount,
        "people.eligible": people.eligible,
        "people.concurrency": people.concurrency,
    }
    if dict(people.profiles) != {"office": 1}:
        said |= {
            f"people.profile.{name}": people.profiles.get(name, Fraction(0)) for name in ("office", "vdi", "files")
        }
    for name in ("video_share", "phone_share"):
        said |= {f"people.{name}": share for share in known(cast("Fraction | Absent", getattr(people, name)))}
    for name, value in said.items():
        yield Figure(name, value, Origin.DECLARED, unit(name), sources=SITE_FILE)


# ---- what devices told ----

_TOTALS: Final = (
    (facts.VPN_SESSIONS_NOW, "vpn.sessions.now", False),
    (facts.VPN_SESSIONS_LICENSED, "vpn.sessions.licensed", True),
    (facts.VPN_SESSIONS_PLATFORM_MAX, "vpn.sessions.platform_max", True),
    (facts.FIREWALL_SESSIONS_PEAK, "firewall.sessions.peak", False),
    (facts.FIREWALL_SESSIONS_MAX, "firewall.sessions.max", False),
)


def _gateways(devices: Sequence[Device]) -> Iterable[Figure]:
    """How many boxes carry the tunnels, the unseen twin of a pair included, and whether they are one pair."""
    keys: tuple[Key[Any], ...] = (facts.VPN_SESSIONS_NOW, facts.VPN_SESSIONS_LICENSED, facts.VPN_POOLS)
    pairs = [pair for key in keys for pair in readings(devices, key)]
    if not pairs:
        return
    group = twins(devices)
    groups = {group[device.name] for device, _ in pairs}
    paired = {group[device.name] for device in devices if device.pair}
    members = sum(max(2, sum(one == name for one in group.values())) if name in paired else 1 for name in groups)
    told = sources(pairs)
    yield Figure("vpn.gateways", members, Origin.MEASURED, "gateways", sources=told)
    yield Figure("vpn.pair", len(groups) == 1 and groups <= paired, Origin.DECLARED, sources=SITE_FILE)


def _pools(devices: Sequence[Device]) -> Iterable[Figure]:
    """Usable addresses of the distinct pools, and each gateway's own where there are several."""
    name = "vpn.pool.addresses"
    pairs = readings(devices, facts.VPN_POOLS)
    missing = silent(devices, facts.VPN_POOLS)
    sizes = {
        (pool.name, pool.first, pool.network): (twins(devices)[device.name], pool.addresses)
        for device, reading in pairs
        for pool in reading.value
    }
    if missing or any(isinstance(size, Absent) for _, size in sizes.values()):
        note, refused = (missing.reason, missing.refused) if missing else (Message("note.pool_size"), False)
        yield Figure(name, 0, Origin.UNKNOWN, "addresses", note=note, refused=refused)
        return
    by_gateway: dict[str, int] = {}
    for gateway, size in sizes.values():
        by_gateway[gateway] = by_gateway.get(gateway, 0) + sum(known(size))
    if by_gateway:
        told = sources(pairs)
        yield Figure(name, sum(by_gateway.values()), Origin.MEASURED, "addresses", sources=told)
        if len(by_gateway) > 1:
            for gateway, size in by_gateway.items():
                yield Figure(f"{name}/{gateway}", size, Origin.MEASURED, "addresses", sources=told)


# ---- telephony ----

_HOME: Final = ("telephony.softphones", "telephony.phones_at_home", "telephony.forwards")


def _phones(devices: Sequence[Device]) -> Iterable[Figure]:
    """People who can be called at home, each set counted once: softphone, else seen from outside, else forwarded."""
    pairs = readings(devices, facts.TELEPHONY_ENDPOINTS)
    if missing := silent(devices, facts.TELEPHONY_ENDPOINTS):
        for name in _HOME:
            yield Figure(name, 0, Origin.UNKNOWN, "people", note=missing.reason, refused=missing.refused)
        yield from total(devices, facts.TELEPHONY_SOFTPHONES_ASSIGNED, "telephony.softphones")
    elif pairs:
        sets = {endpoint.id: endpoint for _, reading in pairs for endpoint in reading.value}
        ways = [_way_home(endpoint) for endpoint in sets.values()]
        for name in _HOME:
            yield Figure(name, ways.count(name), Origin.MEASURED, "people", sources=sources(pairs))
        if all(isinstance(endpoint.forwarded, Absent) for endpoint in sets.values()):
            yield from _forwards(devices)


def _way_home(endpoint: Endpoint) -> str:
    if endpoint.kind == "softphone":
        return "telephony.softphones"
    if endpoint.registered is True and endpoint.from_inside is False and endpoint.kind in ("desk", "dect", "unknown"):
        return "telephony.phones_at_home"
    return "telephony.forwards" if endpoint.forwarded is True else ""


def _forwards(devices: Sequence[Device]) -> Iterable[Figure]:
    """The count of forwards where no set tells its own: some of these people may have a softphone as well."""
    found = list(total(devices, facts.TELEPHONY_FORWARDING, "telephony.forwards"))
    if not found:
        yield Figure("telephony.forwards", 0, Origin.UNKNOWN, "people", note=Message("note.no_forwards"))
    for figure in found:
        known_one = figure.origin is Origin.MEASURED and figure.value
        yield replace(figure, note=Message("note.forwards_overlap")) if known_one else figure


def _channels(devices: Sequence[Device]) -> Iterable[Figure]:
    """Simultaneous calls: what the telephone system says of its trunks, else the channels of each trunk added up."""
    name = "telephony.channels.max"
    if parts(devices, facts.TELEPHONY_CHANNELS_MAX):
        yield from total(devices, facts.TELEPHONY_CHANNELS_MAX, name)
        return
    pairs = readings(devices, facts.TELEPHONY_TRUNKS)
    trunks: dict[str, Trunk] = {trunk.name: trunk for _, reading in pairs for trunk in reading.value}
    counts = [count for trunk in trunks.values() for count in known(trunk.channels)]
    if trunks and len(counts) == len(trunks):
        yield Figure(name, sum(counts), Origin.MEASURED, "channels", ABSENT, sources(pairs))
    elif trunks or silent(devices, facts.TELEPHONY_CHANNELS_MAX):
        yield Figure(name, 0, Origin.UNKNOWN, "channels", note=Message("note.no_channels"))


def _busy_hour(devices: Sequence[Device], found: Mapping[str, Figure]) -> Iterable[Figure]:
    """Traffic of one phone user: that of all exchanges in their busiest hour, shared by those who have a telephone."""
    name = "telephony.busy_hour_erlangs"
    pairs = readings(devices, facts.TELEPHONY_BUSY_HOUR)
    users = _phone_users(found)
    if pairs and users and name not in found:
        traffic = sum((Fraction(str(reading.value)) for _, reading in pairs), Fraction(0))
        yield Figure(name, traffic / users, Origin.MEASURED, "erlangs", Fraction(1, 10), sources(pairs))


def _phone_users(found: Mapping[str, Figure]) -> Fraction:
    """Counted, else the share of the people that the site file tells; 0 where nobody said it."""
    counted = found.get("telephony.phone_users")
    if counted is not None and counted.origin is not Origin.UNKNOWN:
        return Fraction(str(counted.value))
    told = [found.get(name) for name in ("people.headcount", "people.phone_share")]
    head, share = (Fraction(str(one.value)) if one is not None else None for one in told)
    return (head or Fraction(0)) * (Fraction(1) if share is None else share)


# ---- tunnel ----


def _from_tunnel(site: Site, devices: Sequence[Device]) -> Iterable[Figure]:
    bypass, ends = site.tunnel.bypass, site.tunnel.ends
    yield _mode(site, devices)
    yield Figure("tunnel.bypass", bypass, Origin.DECLARED if bypass else Origin.ASSUMED, "", (), SITE_FILE)
    yield Figure("tunnel.ends", ends, Origin.DECLARED, "", "site", SITE_FILE)


def _mode(site: Site, devices: Sequence[Device]) -> Figure:
    """The mode of the site file, else the gateways'; where they differ, the one that weighs most on the link."""
    pairs = readings(devices, facts.VPN_TUNNEL_MODE)
    modes = [mode for mode in ("full", "selective", "split") if mode in {reading.value for _, reading in pairs}]
    if site.tunnel.mode:
        differs = (
            Message("note.tunnel_differs", {"told": tuple(modes)}) if modes and modes != [site.tunnel.mode] else None
        )
        return Figure("tunnel.mode", site.tunnel.mode, Origin.DECLARED, "", ABSENT, SITE_FILE, differs)
    missing = silent(devices, facts.VPN_TUNNEL_MODE)
    hidden = any(withheld(device, facts.VPN_TUNNEL_MODE) for device in devices)
    if modes and not (hidden and "full" not in modes):  # the gateway that refused may be the one that weighs most
        note = Message("note.tunnel_mixed") if len(modes) > 1 else None
        return Figure("tunnel.mode", modes[0], Origin.MEASURED, "", ABSENT, sources(pairs), note)
    note = missing.reason if missing else Message("note.no_tunnel")
    return Figure("tunnel.mode", "", Origin.UNKNOWN, note=note, refused=hidden)


SENTENCES: Mapping[str, str] = {
    **links.SENTENCES,
    **usage.SENTENCES,
    **hosting.SENTENCES,
    **proofs.SENTENCES,
    "input.site.architecture": N_("where the company's work is: its site, the cloud, or both"),
    "input.link.NAME.interface": N_("the interface whose counters tell the use of the link"),
    "input.link.NAME.use": N_("whether the link carries traffic now or stands by"),
    "input.link.NAME.carries": N_("what the link carries: remote users, internet, telephony"),
    "note.declared_too": N_("Declared as {declared} as well ({by:list}); the measure is used."),
    "note.measured_too": N_("Measured as {measured:rate} during the audit; what is declared is used."),
    "note.not_usable": N_("“{declared}” is no usable value of {input} and was left out."),
    "note.silent": N_("{device} should tell its part and did not, so the total is not known."),
    "note.pool_size": N_("The gateway names its address pools without their size."),
    "note.no_forwards": N_("The telephone system did not tell who has an open call forward."),
    "note.forwards_overlap": N_(
        "Some people with an open call forward may also have a softphone, and be counted twice."
    ),
    "note.no_channels": N_("The telephone system did not tell how many calls its trunks carry at once."),
    "note.tunnel_differs": N_("The gateway tells another tunnel mode ({told:list}); that of the site file is used."),
    "note.tunnel_mixed": N_("Groups differ; the mode that weighs most on the link is taken."),
    "note.no_tunnel": N_("No gateway told whether the tunnel is full or split."),
}
