"""Where servers and applications run: what the site file and the hosts tell becomes inputs of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from auditor import facts
from auditor.model import Device, Figure, Key, Origin
from auditor.parameters import GIB, unit
from auditor.seats.totals import readings, sources, withheld
from auditor.site import Server, Site
from auditor.values import ABSENT, N_, Absent, Message, Value

SITE_FILE: Final = ("site file",)
USERS_PER_VCPU: Final[Mapping[str, int]] = {"light": 6, "medium": 4, "heavy": 2, "power": 1}
"""Users of one processor by the kind of work (Microsoft, virtual-machine-recs)."""
MEMORY: Final[Mapping[str, Fraction]] = {
    "light": Fraction(1, 2),
    "medium": Fraction(1),
    "heavy": Fraction(2),
    "power": Fraction(4),
}
"""Memory of one user by the kind of work, as a multiple of the medium one: the processors' own proportions."""
MEDIUM_BYTES: Final = 2 * GIB


def figures(site: Site, devices: Sequence[Device]) -> Iterable[Figure]:
    """The inputs of hosts, servers and applications that the site file or a host told."""
    hosts = [server for server in site.servers if server.role == "desktops"]
    if hosts:
        yield _said("hosts.count", len(hosts))
        yield _sum("hosts.vcpu", hosts, devices, facts.HOST_CPUS, lambda host: host.vcpu)
        yield _sum("hosts.memory_bytes", hosts, devices, facts.HOST_MEMORY, lambda host: host.memory_bytes)
        yield from _sessions(hosts, devices)
        yield from _use(hosts)
    yield from _headroom(site.servers, devices)
    yield from _applications(site)


def _said(name: str, value: Value) -> Figure:
    return Figure(name, value, Origin.DECLARED, unit(name), sources=SITE_FILE)


# ---- virtual desktop hosts (domain model, 1.10) ----


def _reading(server: Server, devices: Sequence[Device], key: Key[int]) -> tuple[int, tuple[str, ...]] | None:
    """What the device of a server told of itself."""
    pairs = readings([device for device in devices if device.name == server.device], key)
    return (int(pairs[0][1].value), sources(pairs)) if pairs else None


def _sum(
    name: str,
    hosts: Sequence[Server],
    devices: Sequence[Device],
    key: Key[int],
    said: Callable[[Server], int | Absent],
) -> Figure:
    """The sum over the hosts, each measured or else declared; unknown while one told nothing."""
    whole, told, origin = 0, tuple[str, ...](), Origin.MEASURED
    for host in hosts:
        measured, declared = _reading(host, devices, key), said(host)
        if measured:
            whole, told = whole + measured[0], told + measured[1]
        elif not isinstance(declared, Absent):
            whole, told, origin = whole + declared, told + SITE_FILE, Origin.DECLARED
        else:
            note = Message("note.host_silent", {"server": host.name})
            refused = any(withheld(device, key) for device in devices if device.name == host.device)
            return Figure(name, 0, Origin.UNKNOWN, unit(name), note=note, refused=refused)
    return Figure(name, whole, origin, unit(name), ABSENT, tuple(dict.fromkeys(told)))


def _sessions(hosts: Sequence[Server], devices: Sequence[Device]) -> Iterable[Figure]:
    """Desktop sessions open now: a total only where every host told its own."""
    told = [_reading(host, devices, facts.HOST_SESSIONS) for host in hosts]
    counts = [found for found in told if found]
    if counts and len(counts) == len(hosts):
        asked = tuple(source for _, some in counts for source in some)
        yield Figure("hosts.sessions", sum(n for n, _ in counts), Origin.MEASURED, "sessions", sources=asked)


def _use(hosts: Sequence[Server]) -> Iterable[Figure]:
    """Users and memory by the kind of work, where somebody said it; hosts weigh by their processors."""
    if not any(host.use for host in hosts):
        return
    weights = [1 if isinstance(host.vcpu, Absent) else host.vcpu for host in hosts]
    kinds = [host.use or "medium" for host in hosts]
    total = sum(weights) or 1
    users = Fraction(sum(USERS_PER_VCPU[kind] * weight for kind, weight in zip(kinds, weights, strict=True)), total)
    memory = sum((MEMORY[kind] * weight for kind, weight in zip(kinds, weights, strict=True)), Fraction(0)) / total
    yield _said("hosts.users_per_vcpu", users)
    yield _said("hosts.memory_per_user_bytes", memory * MEDIUM_BYTES)


# ---- room on the servers ----


def _headroom(servers: Sequence[Server], devices: Sequence[Device]) -> Iterable[Figure]:
    """The busiest processors, the fullest memory and the slowest disk: what was said of days beats one sample."""
    yield from _worst("servers.cpu", _loads(servers, devices, facts.SYSTEM_CPU, lambda server: server.cpu))
    yield from _worst("servers.memory", _loads(servers, devices, facts.SYSTEM_MEMORY, lambda server: server.memory))
    disks = [(server.name, server.disk_ms, Origin.DECLARED, SITE_FILE) for server in servers]
    yield from _worst("servers.disk_ms", disks)


_Load = tuple[str, Fraction | Absent, Origin, tuple[str, ...]]


def _loads(
    servers: Sequence[Server], devices: Sequence[Device], key: Key[float], said: Callable[[Server], Fraction | Absent]
) -> list[_Load]:
    found: list[_Load] = []
    for server in servers:
        declared = said(server)
        pairs = readings([device for device in devices if device.name == server.device], key)
        if isinstance(declared, Absent) and pairs:
            load = Fraction(str(pairs[0][1].value)) / 100
            found.append((server.name, load, Origin.MEASURED, sources(pairs)))
        else:
            found.append((server.name, declared, Origin.DECLARED, SITE_FILE))
    return found


def _worst(name: str, loads: Sequence[_Load]) -> Iterable[Figure]:
    """The worst of the servers that told; who did not is named, for the worst may be among them."""
    known = [(load, server, origin, told) for server, load, origin, told in loads if not isinstance(load, Absent)]
    silent = tuple(server for server, load, _, _ in loads if isinstance(load, Absent))
    if not known:
        return
    load, server, origin, told = max(known, key=lambda row: row[0])
    id = "note.worst_of_some" if silent else "note.worst_server"
    note = Message(id, {"server": server} | ({"silent": silent} if silent else {}))
    yield Figure(name, load, origin, unit(name), ABSENT, told, note)


# ---- applications ----


def _applications(site: Site) -> Iterable[Figure]:
    """Each application's inputs, and how many of them run elsewhere: outside the site, and away from the tunnel."""
    for application in site.applications:
        stem = f"application.{application.name}"
        yield _said(f"{stem}.where", application.where)
        yield _said(f"{stem}.profiles", application.profiles)
        for way, rate in (("down", application.down_bps), ("up", application.up_bps)):
            if not isinstance(rate, Absent):
                yield _said(f"{stem}.{way}_bps", rate)
    places = [application.where for application in site.applications]
    tunnelled = [place for place in places if place != "saas"]
    if places:
        yield _said("hosting.hosted", Fraction(sum(place != "site" for place in places), len(places)))
    if tunnelled:
        away = sum(place != site.tunnel.ends for place in tunnelled)
        yield _said("hosting.elsewhere", Fraction(away, len(tunnelled)))


SENTENCES: Mapping[str, str] = {
    "note.host_silent": N_("The virtual desktop host {server} neither told its share nor has one in the site file."),
    "note.worst_server": N_("The worst of the servers is {server}."),
    "note.worst_of_some": N_("The worst of the servers that told is {server}; nothing is known of {silent:list}."),
}
