"""The arithmetic of the headline: seats per resource, what binds, the range, what a failure leaves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal, cast

from auditor.demand import Demand, Direction, Mode, Side, Tunnel, Way, calibrate
from auditor.model import (
    ABSENT,
    Absent,
    Beyond,
    Bound,
    Figure,
    Headline,
    Message,
    Origin,
    Resource,
    Scenario,
    Value,
)
from auditor.voice import Peak, blocking, peak

PROFILES: Final = ("office", "vdi", "files")
CLOUD: Final = ("homes", "people.equipment", "ztna.seats", "saas.licences", "identity.mfa", "telephony.cloud")
TELEPHONY: Final = ("telephony.sets", "telephony.trunks", "telephony.cloud")
CLOSE: Final = Fraction(11, 10)
BAND: Final = Fraction(3, 2)
SCENARIOS: Final = (("hybrid", Fraction(1, 2)), ("strike", Fraction(4, 5)), ("closed", Fraction(1)))
BEYOND: Final[Mapping[str, Beyond]] = {
    "link.up": Beyond.DEGRADES,
    "link.down": Beyond.DEGRADES,
    "vpn.licence": Beyond.REFUSES,
    "vpn.platform": Beyond.REFUSES,
    "vpn.pool": Beyond.REFUSES,
    "vpn.crypto": Beyond.DEGRADES,
    "firewall.sessions": Beyond.REFUSES,
    "nat.ports": Beyond.REFUSES,
    "telephony.sets": Beyond.REFUSES,
    "telephony.trunks": Beyond.DEGRADES,
    "telephony.cloud": Beyond.REFUSES,
    "hosts.vdi": Beyond.DEGRADES,
    "homes": Beyond.DEGRADES,
    "people.equipment": Beyond.REFUSES,
    "ztna.seats": Beyond.REFUSES,
    "saas.licences": Beyond.REFUSES,
    "identity.mfa": Beyond.REFUSES,
}


class _Missing(Exception):
    """An input that nobody told and that has no default."""

    def __init__(self, figure: Figure | None, name: str) -> None:
        self.reason = figure.note if figure and figure.note else Message("unknown.input", {"input": name})


class _Overloaded(Exception):
    """The trunk loses too many calls today, with everybody on site: it does not bind N by itself."""


class Inputs:
    """The figures by name; remembers which were read, so that a resource can list its inputs."""

    def __init__(self, figures: Mapping[str, Figure]) -> None:
        self.figures = figures
        self.read: dict[str, Figure] = {}

    def value(self, name: str) -> Value:
        figure = self.figures.get(name)
        if figure is None or figure.origin is Origin.UNKNOWN:
            raise _Missing(figure, name)
        self.read[name] = figure
        return figure.value

    def num(self, name: str) -> Fraction:
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
            raise _Missing(None, name)
        return Fraction(str(value)) if isinstance(value, float) else Fraction(value)

    def num_or(self, name: str, default: Fraction | int) -> Fraction:
        return self.num(name) if name in self.figures else Fraction(default)

    def whole(self, name: str) -> int:
        return math.floor(self.num(name))

    def text(self, name: str, default: str = "") -> str:
        return str(self.value(name)) if name in self.figures else default

    def links(self) -> list[str]:
        """The names of the links, in the order of the site file."""
        found = [name.split(".")[1] for name in self.figures if name.startswith("link.") and name.count(".") == 2]
        return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Guard:
    """A calibration guard that acted: which one, on what direction of which link, by what factor."""

    id: Literal["CAL-1", "CAL-2"]
    link: str
    way: Side
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the model concludes: the headline, every resource, the guards that acted and the voice peak at the answer.

    `demand` and `directions` (by `up/NAME`, `down/NAME`) are kept for those who explain the figures.
    """

    headline: Headline
    resources: tuple[Resource, ...]
    guards: tuple[Guard, ...]
    voice_peak: Peak | Absent
    demand: Demand
    directions: Mapping[str, Direction]

    def seats(self, id: str) -> int | Absent:
        return next((resource.seats for resource in self.resources if resource.id == id), ABSENT)


def assess(figures: Mapping[str, Figure]) -> Capacity:
    """The headline and all its resources from the model's inputs; exact, without a clock or a device."""
    central = _Run(figures)
    resources = central.resources()
    eligible, required = _people(figures)
    seats = _least(resources, eligible)
    low = _least(_Run(figures, BAND).resources(), eligible)
    high = _least(_Run(figures, 1 / BAND).resources(), eligible)
    bounds, reasons = _bounds(resources)
    binding, close = _binding(resources, seats)
    data_only = _least([r for r in resources if r.id not in TELEPHONY], eligible)
    headline = Headline(
        headcount=Inputs(figures).whole("people.headcount"),
        eligible=eligible,
        required=required,
        seats=seats,
        low=low,
        high=high,
        bounds=bounds,
        bound_reasons=reasons,
        binding=binding,
        close=close,
        beyond=BEYOND[binding[0]] if binding else ABSENT,
        seats_data_only=data_only,
        seats_after_largest_failure=_after_failure(central, resources, eligible),
        ratio=_ratio(seats, required),
        scenarios=_scenarios(eligible, seats),
    )
    return Capacity(
        headline, tuple(resources), tuple(central.guards), _voice_peak(central, seats), central.demand, central.sides
    )


def _people(figures: Mapping[str, Figure]) -> tuple[int, int]:
    inputs = Inputs(figures)
    eligible = inputs.whole("people.eligible")
    return eligible, math.ceil(eligible * inputs.num("people.concurrency"))


def _ratio(seats: int | Absent, required: int) -> Fraction | Absent:
    if isinstance(seats, Absent):
        return ABSENT
    return Fraction(seats, required) if required else Fraction(1)


def _scenarios(eligible: int, seats: int | Absent) -> tuple[Scenario, ...]:
    if isinstance(seats, Absent):
        return ()
    found = []
    for id, concurrency in SCENARIOS:
        required = math.ceil(eligible * concurrency)
        found.append(Scenario(id, concurrency, required, seats, cast(Fraction, _ratio(seats, required))))
    return tuple(found)


def _whole(resources: Iterable[Resource]) -> list[Resource]:
    """The resources that count in the minimum: totals, not the parts of a total."""
    return [resource for resource in resources if "/" not in resource.id]


def _least(resources: Iterable[Resource], eligible: int) -> int | Absent:
    known = [r.seats for r in _whole(resources) if not isinstance(r.seats, Absent)]
    return min(min(known), eligible) if known else ABSENT


def _binding(resources: Iterable[Resource], seats: int | Absent) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The resources at N, and those within 10 % of it."""
    if isinstance(seats, Absent):
        return (), ()
    known = [(r.id, r.seats) for r in _whole(resources) if not isinstance(r.seats, Absent)]
    binding = tuple(id for id, count in known if count <= seats)
    return binding, tuple(id for id, count in known if seats < count <= CLOSE * seats)


def _bounds(resources: Iterable[Resource]) -> tuple[tuple[Bound, ...], tuple[Message, ...]]:
    whole = _whole(resources)
    bounds: list[Bound] = []
    reasons: dict[str, Message] = {}
    if unknown := tuple(r.id for r in whole if isinstance(r.seats, Absent) and not r.overloaded):
        bounds.append("<=")
        reasons["unknown"] = Message("bound.unknown", {"resources": unknown})
    for resource in whole:
        for bound in resource.bounds:
            if bound not in ("=", *bounds):
                bounds.append(bound)
        for figure in resource.inputs:
            if (reason := _bound_reason(figure)) and not isinstance(resource.seats, Absent):
                reasons.setdefault(reason.id + str(dict(reason.values)), reason)
    return tuple(bounds) or ("=",), tuple(reasons.values())


def _bound_reason(figure: Figure) -> Message | None:
    if figure.name.startswith("demand.") and figure.origin is Origin.ASSUMED:
        return Message("bound.assumed_demand")
    if figure.note and figure.note.id in ("note.window", "note.survey_partial"):
        return figure.note
    return None


def _voice_peak(run: _Run, seats: int | Absent) -> Peak | Absent:
    if isinstance(seats, Absent) or not run.inputs.figures.get("demand.voice_bps"):
        return ABSENT
    erlangs = seats * run.inputs.num("people.phone_share") * run.inputs.num("telephony.busy_hour_erlangs")
    return peak(erlangs, run.inputs.num("demand.voice_bps"), run.inputs.num("telephony.blocking_target"))


class _Run:
    """One pass over the resources, with the demand multiplied by `scale` (the band)."""

    def __init__(self, figures: Mapping[str, Figure], scale: Fraction = Fraction(1)) -> None:
        self.inputs = Inputs(figures)
        self.scale = scale
        self.architecture = self.inputs.text("site.architecture", "site")
        self.demand = demand_of(self.inputs).scaled(scale)
        self._demand_read = dict(self.inputs.read)
        self.guards: list[Guard] = []
        self.sides: dict[str, Direction] = {}

    def resources(self) -> list[Resource]:
        """Every resource of the architecture profile, parts of a total after it."""
        found: list[Resource] = []
        for id, compute in self._plan():
            found += self._one(id, compute)
        return found

    def _plan(self) -> list[tuple[str, Callable[[], int | None]]]:
        """The resources that count here; None from a computation means it has no object (split NAT, no VDI)."""
        site: list[tuple[str, Callable[[], int | None]]] = [
            ("vpn.licence", lambda: self._counted("vpn.sessions.licensed")),
            ("vpn.platform", lambda: self._counted("vpn.sessions.platform_max")),
            ("vpn.pool", lambda: self._counted("vpn.pool.addresses")),
            ("vpn.crypto", self._crypto),
            ("firewall.sessions", self._sessions),
            ("nat.ports", self._nat),
            ("telephony.sets", self._sets),
            ("telephony.trunks", self._trunks),
            ("hosts.vdi", self._hosts),
        ]
        people: list[tuple[str, Callable[[], int | None]]] = [
            ("homes", self._homes),
            ("people.equipment", lambda: self._counted("people.equipment")),
        ]
        cloud: list[tuple[str, Callable[[], int | None]]] = [
            ("ztna.seats", lambda: self._counted("ztna.seats")),
            ("saas.licences", lambda: self._counted("saas.licences")),
            ("identity.mfa", lambda: self._counted("identity.mfa")),
            ("telephony.cloud", self._cloud_phones),
        ]
        if self.architecture == "cloud":
            return people + cloud
        links: list[tuple[str, Callable[[], int | None]]] = [
            ("link.up", lambda: None),
            ("link.down", lambda: None),
        ]
        return links + site + people + (cloud if self.architecture == "hybrid" else [])

    def _one(self, id: str, compute: Callable[[], int | None]) -> list[Resource]:
        if id in ("link.up", "link.down"):
            return self._links("up" if id == "link.up" else "down")
        self.inputs.read = {}
        try:
            seats = compute()
        except _Missing as missing:
            return [self._unknown(id, missing.reason)]
        except _Overloaded:
            return [replace(self._unknown(id, Message("overloaded.today")), bounds=("=",), overloaded=True)]
        if seats is None:
            return []
        shared = self.inputs.num_or(f"share.{id}", 1)
        if not shared:
            return []
        return [self._resource(id, math.floor(seats / shared), FORMULAS[id])]

    def _unknown(self, id: str, reason: Message) -> Resource:
        inputs = tuple(self.inputs.read.values())
        return Resource(id, ABSENT, BEYOND[id.partition("/")[0]], Origin.UNKNOWN, ("<=",), inputs, "", reason=reason)

    def _resource(self, id: str, seats: int, formula: str, overloaded: bool = False) -> Resource:
        figures = tuple(self.inputs.read.values())
        bounds: tuple[Bound, ...] = ("~",) if any(_bound_reason(figure) for figure in figures) else ("=",)
        plain = id.partition("/")[0]
        return Resource(id, seats, BEYOND[plain], _origin(figures), bounds, figures, formula, overloaded)

    # ---- access links (1.2) ----

    def _links(self, way: Side) -> list[Resource]:
        """The total of one direction, then its parts where there are several active links that carry the VPN."""
        names = self.active_links()
        parts: list[Resource] = []
        for name in names:
            self.inputs.read = dict(self._demand_read)
            id = f"link.{way}/{name}"
            try:
                parts.append(self._resource(id, self._link(name, way), FORMULAS["link"]))
            except _Missing as missing:
                parts.append(self._unknown(id, missing.reason))
        total = f"link.{way}"
        if not parts:
            self.inputs.read = {}
            return [self._unknown(total, Message("unknown.no_link"))]
        if len(parts) == 1:
            return [replace(parts[0], id=total)]
        unknown = next((part for part in parts if isinstance(part.seats, Absent)), None)
        if unknown is not None:
            return [replace(unknown, id=total), *parts]
        seats = sum(cast(int, part.seats) for part in parts)
        figures = tuple({f.name: f for part in parts for f in part.inputs}.values())
        bounds: tuple[Bound, ...] = ("~",) if any("~" in part.bounds for part in parts) else ("=",)
        whole = Resource(total, seats, BEYOND[total], _origin(figures), bounds, figures, FORMULAS["link.total"])
        return [whole, *parts]

    def active_links(self) -> list[str]:
        return [name for name in self.inputs.links() if self.link_use(name) == "active" and self.carries_vpn(name)]

    def link_use(self, name: str) -> str:
        return self.inputs.text(f"link.{name}.use", "active")

    def carries_vpn(self, name: str) -> bool:
        figure = self.inputs.figures.get(f"link.{name}.carries")
        return figure is None or "vpn" in cast(tuple[str, ...], figure.value)

    def _link(self, name: str, way: Side) -> int:
        """floor((u·C - (1-r)·B) / S_new), the site's own direction."""
        inputs = self.inputs
        committed = inputs.num(f"link.{name}.committed_{way}_bps")
        used = inputs.num(f"link.{name}.used_{way}_bps")
        side = self._side(name, way, used)
        self.sides[f"{way}/{name}"] = side
        if side.cal2 != 1:
            self.guards.append(Guard("CAL-2", name, way, side.cal2))
        if side.cal1 != 1:
            self.guards.append(Guard("CAL-1", name, way, side.cal1))
        room = inputs.num("link.target_use") * committed - (1 - inputs.num("link.base_gone")) * side.base
        return _floor(room, side.per_worker)

    def _side(self, name: str, way: Side, used: Fraction) -> Direction:
        """One direction, calibrated; the other direction's use only lends its guard on the web demand."""
        inputs = self.inputs
        sessions = inputs.whole(f"link.{name}.sessions")
        if "people.on_site" in inputs.figures:
            on_site = inputs.num("people.on_site")
        else:
            on_site = max(Fraction(0), inputs.num("people.headcount") - sessions)
        both: dict[Side, Fraction] = {way: used}
        other: Side = "up" if way == "down" else "down"
        with suppress(_Missing):
            both[other] = Inputs(inputs.figures).num(f"link.{name}.used_{other}_bps")
        return calibrate(self.demand, both, sessions, on_site, self.mode("tunnel.mode_now"), self.mode("tunnel.mode"))[
            way
        ]

    def mode(self, name: str) -> Tunnel:
        """The tunnel mode under study, or the one in force when the use was measured (`tunnel.mode_now`)."""
        if name not in self.inputs.figures:
            name = "tunnel.mode"
        mode = cast(Mode, self.inputs.value(name))
        suffix = name.removeprefix("tunnel.mode")
        bypass = self.inputs.figures.get(f"tunnel.bypass{suffix}")
        classes = cast(tuple[str, ...], bypass.value) if bypass else ()
        return mode, frozenset(classes) or (frozenset({"video"}) if mode == "selective" else frozenset())

    # ---- VPN, firewall, NAT (1.5, 1.6) ----

    def _counted(self, name: str) -> int:
        return max(0, self.inputs.whole(name))

    def _crypto(self) -> int:
        inputs = self.inputs
        per_user = self.demand.tunnel(*self.mode("tunnel.mode"))
        inputs.read |= self._demand_read
        room = inputs.num("vpn.crypto_target_use") * inputs.num("vpn.crypto_derate") * inputs.num("vpn.crypto_bps")
        return _floor(room, per_user)

    def _per_user_sessions(self, mode: Mode) -> Fraction:
        name = "firewall.sessions.per_user_split" if mode == "split" else "firewall.sessions.per_user"
        return self.inputs.num(name)

    def _sessions(self) -> int:
        inputs = self.inputs
        now, new = self.mode("tunnel.mode_now")[0], self.mode("tunnel.mode")[0]
        base = max(
            Fraction(0),
            inputs.num("firewall.sessions.peak")
            - inputs.num_or("vpn.sessions.now", 0) * self._per_user_sessions(now) * self.scale,
        )
        room = inputs.num("firewall.target_use") * inputs.num("firewall.sessions.max")
        return _floor(room - (1 - inputs.num("link.base_gone")) * base, self._per_user_sessions(new) * self.scale)

    def _nat(self) -> int | None:
        inputs = self.inputs
        if self.mode("tunnel.mode")[0] == "split":
            return None
        ports = inputs.num("nat.ports_per_user") * self.scale + inputs.num("nat.ports_margin")
        return _floor(inputs.num("nat.addresses") * inputs.num("nat.usable_ports"), ports)

    # ---- telephony (1.7, 1.8) ----

    def _sets(self) -> int | None:
        """floor(P / t): distinct people who can be called at home, never more than the phone users."""
        inputs = self.inputs
        share = inputs.num("people.phone_share")
        if not share:
            return None
        reachable = self._at_home() + inputs.whole("telephony.forwards")
        return _floor(Fraction(min(reachable, math.floor(self.phone_users()))), share)

    def _at_home(self) -> int:
        return self.inputs.whole("telephony.softphones") + self.inputs.whole("telephony.phones_at_home")

    def phone_users(self) -> Fraction:
        inputs = self.inputs
        if "telephony.phone_users" in inputs.figures:
            return inputs.num("telephony.phone_users")
        return inputs.num("people.phone_share") * inputs.num("people.headcount")

    def office_traffic(self) -> Fraction:
        """A0: external calls of all phone users, wherever they sit, in erlangs."""
        inputs = self.inputs
        internal = inputs.num("telephony.internal_share")
        return self.phone_users() * inputs.num("telephony.busy_hour_erlangs") * (1 - internal)

    def _trunks(self) -> int | None:
        """The largest N whose forwarded calls the trunk still carries."""
        inputs = self.inputs
        share = inputs.num("people.phone_share")
        if not share:
            return None
        channels = inputs.whole("telephony.channels.max")
        office, busy = self.office_traffic(), inputs.num("telephony.busy_hour_erlangs")
        target, at_home = inputs.num("telephony.blocking_target"), self._at_home()
        if blocking(office, channels) > target:
            raise _Overloaded
        forwards = 0
        while blocking(office + (forwards + 1) * busy, channels) <= target and forwards < 100_000:
            forwards += 1
        return math.floor((at_home + forwards) / share)

    def _cloud_phones(self) -> int | None:
        share = self.inputs.num("people.phone_share")
        return _floor(self.inputs.num("telephony.cloud"), share) if share else None

    # ---- hosts and people (1.10, 1.11) ----

    def _hosts(self) -> int | None:
        inputs = self.inputs
        share = inputs.num_or("people.profile.vdi", 0)
        if not share:
            return None
        room = inputs.num("hosts.target_use") * inputs.num("hosts.vcpu") * inputs.num("hosts.users_per_vcpu")
        return _floor(room, share)

    def _homes(self) -> int:
        return math.floor(self.inputs.num("people.eligible") * self.inputs.num("homes.share"))


def _floor(room: Fraction, per_worker: Fraction) -> int:
    """Whole workers that fit; without demand nothing is used up, so the room counts a million."""
    if room <= 0:
        return 0
    return math.floor(room / per_worker) if per_worker else 10**6


def _origin(figures: Iterable[Figure]) -> Origin:
    """The worst origin of what could have been told: defaults of the method do not count against a measure."""
    told = [figure.origin for figure in figures if figure.origin in (Origin.MEASURED, Origin.DECLARED)]
    if not told:
        return Origin.ASSUMED
    return Origin.MEASURED if Origin.MEASURED in told else Origin.DECLARED


def demand_of(inputs: Inputs) -> Demand:
    """The averages of one concurrent worker with the profile mix, from the inputs of the demand."""
    ways = {}
    video_share = inputs.num("people.video_share") * inputs.num("demand.video_in_call")
    for way in ("down", "up"):
        apps = web = Fraction(0)
        for profile in PROFILES:
            share = inputs.num_or(f"people.profile.{profile}", 0)
            if share:
                apps += share * inputs.num(f"demand.{profile}.apps_{way}_bps")
                web += share * inputs.num(f"demand.{profile}.web_{way}_bps")
        ways[way] = Way(apps, web, video_share * inputs.num(f"demand.video_{way}_bps"))
    share, busy = inputs.num("people.phone_share"), inputs.num("telephony.busy_hour_erlangs")
    voice = share * busy * inputs.num("demand.voice_bps")
    return Demand(ways["down"], ways["up"], voice, inputs.num("demand.overhead"))


def _after_failure(run: _Run, resources: list[Resource], eligible: int) -> int | Absent:
    """N once the largest single component is gone: each active link in turn, and the VPN gateway."""
    if run.architecture == "cloud":
        return ABSENT
    found = [_without_link(run, resources, name, eligible) for name in run.active_links()]
    gateways = run.inputs.num_or("vpn.gateways", 1)
    if gateways <= 1:
        found.append(0)
    else:  # a pair takes over whole; what separate gateways leave is not told apart yet
        found.append(_least(resources, eligible) if "vpn.pair" in run.inputs.figures else ABSENT)
    known = [seats for seats in found if not isinstance(seats, Absent)]
    return min(known) if len(known) == len(found) or 0 in known else ABSENT


def _without_link(run: _Run, resources: list[Resource], lost: str, eligible: int) -> int | Absent:
    others = [n for n in run.inputs.links() if n != lost and run.carries_vpn(n)]
    if not others:
        return 0
    kept = [r for r in resources if not r.id.startswith("link.")]
    for way in ("up", "down"):
        seats = 0
        for name in others:
            try:
                seats += run._link(name, way)
            except _Missing:
                return ABSENT
        kept.append(Resource(f"link.{way}", seats, Beyond.DEGRADES, Origin.MEASURED))
    return _least(kept, eligible)


FORMULAS: Final[Mapping[str, str]] = {
    "link": "floor((u*C - (1-r)*B) / S)",
    "link.total": "sum of the links",
    "vpn.licence": "licences",
    "vpn.platform": "platform maximum",
    "vpn.pool": "usable addresses",
    "vpn.crypto": "floor(u * derate * T / T_user)",
    "firewall.sessions": "floor((0.8*S_max - (1-r)*Base) / s)",
    "nat.ports": "floor(addresses * ports / (ports_user + 4))",
    "telephony.sets": "floor(P / t)",
    "telephony.trunks": "largest N with ErlangB(A0 + F(N)*b, channels) <= target",
    "telephony.cloud": "floor(people with licence and number / t)",
    "hosts.vdi": "floor(0.8 * vCPU * users_per_vCPU / share)",
    "homes": "floor(E * share)",
    "people.equipment": "people with a managed PC and a headset",
    "ztna.seats": "seats",
    "saas.licences": "people with every licence",
    "identity.mfa": "people enrolled",
}
