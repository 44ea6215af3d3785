"""The resources of a site: how many concurrent workers each one carries (domain model, 1.2 to 1.11)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Final, Literal, cast

from auditor.model import Beyond, Bound, Figure, Origin, Resource
from auditor.seats.demand import Demand, Direction, Mode, Side, Tunnel, calibrate
from auditor.seats.figures import Inputs, Missing, bound_of
from auditor.seats.profiles import demand_before, demand_of
from auditor.seats.recount import Memo, Watched
from auditor.seats.voice import blocking
from auditor.values import ABSENT, Absent, Message

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


ON_SITE: Final = (
    "link.up", "link.down", "vpn.licence", "vpn.platform", "vpn.pool", "vpn.crypto", "firewall.sessions", "nat.ports",
    "telephony.sets", "telephony.trunks", "hosts.vdi",
)  # fmt: skip
AT_HOME: Final = ("homes", "people.equipment")
IN_THE_CLOUD: Final = ("ztna.seats", "saas.licences", "identity.mfa", "telephony.cloud")
OF_PROFILE: Final[Mapping[str, tuple[str, ...]]] = {
    "site": ON_SITE + AT_HOME,
    "hybrid": ON_SITE + AT_HOME + IN_THE_CLOUD,
    "cloud": AT_HOME + IN_THE_CLOUD,
}
SUBSTITUTES: Final[tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]] = (
    (("proof.no_vpn",), ("vpn.licence", "vpn.platform", "vpn.pool", "vpn.crypto"), ("ztna.seats",)),
    (("proof.no_vpn", "proof.no_server"), ("link.up", "link.down", "firewall.sessions", "nat.ports"), ()),
    (("proof.no_server",), ("hosts.vdi",), ()),
    (("proof.cloud_telephony",), ("telephony.sets", "telephony.trunks"), ("telephony.cloud",)),
    (("proof.no_ztna",), ("ztna.seats",), ()),
)
"""Which proofs take which resources away, and what stands in their place (domain model, 1.0)."""
DATA_USE: Final = Fraction(4, 5)
MOST_FORWARDS: Final = 100_000


class Overloaded(Exception):
    """The trunk loses too many calls today, with everybody on site: it does not bind N by itself."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A calibration guard that acted: which one, on what direction of which link, by what factor."""

    id: Literal["CAL-1", "CAL-2"]
    link: str
    way: Side
    factor: Fraction

    @property
    def message(self) -> Message:
        return Message(f"guard.{self.id}", {"link": self.link, "way": self.way, "factor": self.factor})


Compute = Callable[[], int | None]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What one worker draws, or what is missing to tell it, and the inputs that were read for it.

    `before` is what a worker drew before the change under study.
    """

    demand: Demand | Missing
    read: Mapping[str, Figure]
    before: Demand | None = None


@dataclass(frozen=True, slots=True)
class _Counted:
    """A resource with its parts, and the guards and directions that came up while it was counted."""

    resources: list[Resource]
    guards: list[Guard]
    sides: Mapping[str, Direction]


class Run:
    """One pass over the resources, with the demand multiplied by `scale` (the band)."""

    def __init__(self, figures: Mapping[str, Figure], scale: Fraction = Fraction(1), memo: Memo | None = None) -> None:
        self._memo, self._watched = memo or Memo(), Watched(figures)
        self._sheet, self._scaled = self._memo.sheet(figures), str(scale)
        self.inputs = Inputs(self._watched)
        self.scale = scale
        self.architecture = self.inputs.text("site.architecture", "site")
        self.guards: list[Guard] = []
        self.sides: dict[str, Direction] = {}

    def again(self) -> Run:
        """Another pass over the same figures, with nothing read and no guard come up yet."""
        return Run(self._sheet.figures, self.scale, self._memo)

    def _draws(self) -> _Drawn:
        return self._sheet.keep(("demand", self._scaled), self._watched, self._draw)

    def _draw(self) -> _Drawn:
        inputs = Inputs(self._watched)
        try:
            demand = demand_of(inputs)
            before = demand_before(inputs, demand)
            return _Drawn(demand.scaled(self.scale), inputs.read, before.scaled(self.scale))
        except Missing as missing:
            return _Drawn(missing, inputs.read)

    @property
    def known_demand(self) -> Demand | Absent:
        found = self._draws().demand
        return ABSENT if isinstance(found, Missing) else found

    @property
    def demand(self) -> Demand:
        """What one worker draws; raises Missing when an input of it has no usable value."""
        drawn = self._draws()
        if isinstance(drawn.demand, Missing):
            raise drawn.demand.with_traceback(None)
        self.inputs.read |= drawn.read
        return drawn.demand

    def resources(self) -> list[Resource]:
        """Every resource of the architecture profile, parts of a total after it."""
        found: list[Resource] = []
        for id, compute in self._plan():
            counted = self._sheet.keep((id, self._scaled), self._watched, partial(self._count, id, compute))
            found += counted.resources
            self.guards += counted.guards
            self.sides |= counted.sides
        return found

    def _count(self, id: str, compute: Compute) -> _Counted:
        """One resource, with the guards and directions that came up on the way."""
        guards, sides = self.guards, self.sides
        self.guards, self.sides = [], {}
        try:
            if id in ("link.up", "link.down"):
                resources = self._links("up" if id == "link.up" else "down")
            else:
                resources = self._one(id, compute)
            return _Counted(resources, self.guards, self.sides)
        finally:
            self.guards, self.sides = guards, sides

    def _plan(self) -> list[tuple[str, Compute]]:
        """The resources that count here; None from a computation means it has no object (split NAT, no VDI)."""
        named = {
            "vpn.licence": "vpn.sessions.licensed",
            "vpn.platform": "vpn.sessions.platform_max",
            "vpn.pool": "vpn.pool.addresses",
        }
        computed: dict[str, Compute] = {
            "vpn.crypto": self._crypto,
            "firewall.sessions": self._sessions,
            "nat.ports": self._nat,
            "telephony.sets": self._sets,
            "telephony.trunks": self._trunks,
            "hosts.vdi": self._hosts,
            "homes": self._homes,
            "telephony.cloud": self._cloud_phones,
        }
        return [(id, computed.get(id) or partial(self._counted, named.get(id, id))) for id in self._counted_here()]

    def _counted_here(self) -> list[str]:
        """The resources of the architecture profile; what is proven not to be there gives its place to another."""
        proven = Inputs(self._watched).proven
        ids = list(OF_PROFILE.get(self.architecture, OF_PROFILE["site"]))
        for proofs, gone, instead in SUBSTITUTES:
            elsewhere = self.architecture != "site" or proofs == ("proof.cloud_telephony",)
            if elsewhere and all(proven(name) for name in proofs):
                ids = [id for id in ids if id not in gone] + [id for id in instead if id not in ids]
        return ids

    def _one(self, id: str, compute: Compute) -> list[Resource]:
        self.inputs.read = {}
        try:
            seats = compute()
            share = self._share(id)
        except Missing as missing:
            return [self._unknown(id, missing.reason, missing.refused)]
        except Overloaded:
            return [replace(self._unknown(id, Message("overloaded.today")), bounds=("=",), overloaded=True)]
        if seats is None or not share:
            return []
        return [self._resource(id, math.floor(seats / share), FORMULAS[id]), *self._parts(id)]

    def _share(self, id: str) -> Fraction:
        """The share of the remote workers who use a resource: 1 unless the site says otherwise (hybrid)."""
        return self.inputs.num_or(f"share.{id}", 1)

    def _unknown(self, id: str, reason: Message, refused: bool = False) -> Resource:
        inputs, beyond = tuple(self.inputs.read.values()), BEYOND[id.partition("/")[0]]
        return Resource(id, ABSENT, beyond, Origin.UNKNOWN, ("<=",), inputs, reason=reason, refused=refused)

    def _resource(self, id: str, seats: int, formula: str) -> Resource:
        figures = tuple(self.inputs.read.values())
        return Resource(id, seats, self._beyond(id, seats), _origin(figures), self._bounds(figures), figures, formula)

    def _bounds(self, figures: Iterable[Figure]) -> tuple[Bound, ...]:
        """What figures do to the answer; many resources rest on the same ones, so each is looked at once."""
        known: dict[int, tuple[Figure, Bound]] = self._memo.notes
        found: dict[Bound, None] = {}
        for figure in figures:
            note = known.get(id(figure))
            if note is None or note[0] is not figure:
                note = known[id(figure)] = (figure, bound_of(figure)[0])
            if note[1] != "=":
                found[note[1]] = None
        return tuple(found) or ("=",)

    def _beyond(self, id: str, seats: int) -> Beyond:
        """What the next person meets: desktop hosts slow down, but a licence that runs out refuses."""
        licences = self.inputs.read.get("hosts.licences")
        if id == "hosts.vdi" and licences and seats == floor_of(self.inputs.num(licences.name), self._vdi_share()):
            return Beyond.REFUSES
        return BEYOND[id.partition("/")[0]]

    def _vdi_share(self) -> Fraction:
        """The share of the remote workers on virtual desktops who use the hosts."""
        return self.inputs.num_or("people.profile.vdi", 0) * self._share("hosts.vdi")

    def _parts(self, id: str) -> list[Resource]:
        """What each VPN gateway of several brings to a counted total."""
        found = []
        for name in [n for n in self.inputs.figures if id in PARTS and n.startswith(f"{PARTS[id]}/")]:
            self.inputs.read = {}
            part = self._counted(name) if id != "vpn.crypto" else self._crypto(name)
            found.append(self._resource(f"{id}/{name.partition('/')[2]}", part, FORMULAS[id]))
        return found

    # ---- access links (1.2) ----

    def _links(self, way: Side) -> list[Resource]:
        """The total of one direction, then its parts where there are several active links that carry the VPN."""
        total, parts = f"link.{way}", [self._link(name, way) for name in self.inputs.active_links()]
        self.inputs.read = {}
        share = self._share(total)
        if not share:
            return []
        if not parts:
            return [self._unknown(total, Message("unknown.no_link"))]
        unknown = next((part for part in parts if isinstance(part.seats, Absent)), None)
        if unknown is not None:
            return [replace(unknown, id=total), *(parts if len(parts) > 1 else [])]
        seats = math.floor(sum(cast(int, part.seats) for part in parts) / share)
        if len(parts) == 1:
            return [replace(parts[0], id=total, seats=seats)]
        self.inputs.read |= {figure.name: figure for part in parts for figure in part.inputs}
        return [self._resource(total, seats, FORMULAS["link.total"]), *parts]

    def _link(self, name: str, way: Side) -> Resource:
        id = f"link.{way}/{name}"
        self.inputs.read = {}
        try:
            room, per_worker = self.room(name, way)
        except Missing as missing:
            return self._unknown(id, missing.reason, missing.refused)
        return self._resource(id, floor_of(room, per_worker), FORMULAS["link"])

    def room(self, name: str, way: Side) -> tuple[Fraction, Fraction]:
        """u·C - (1-r)·B and S_new of one direction of a link, in bit/s of the site's own direction."""
        inputs, demand = self.inputs, self.demand
        committed = inputs.num(f"link.{name}.committed_{way}_bps")
        inputs.num(f"link.{name}.used_{way}_bps")
        side = self._kept_sides(demand, name)[way]
        self.sides[f"{way}/{name}"] = side
        acted: tuple[tuple[Literal["CAL-1", "CAL-2"], Fraction], ...] = (("CAL-2", side.cal2), ("CAL-1", side.cal1))
        self.guards += [Guard(id, name, way, factor) for id, factor in acted if factor != 1]
        gone = inputs.num("link.base_gone")
        return self._target_use(demand) * committed - (1 - gone) * side.base, side.per_worker

    def _target_use(self, demand: Demand) -> Fraction:
        """u: what somebody chose, else 0.70 where voice, desktops or video cross the link and 0.80 where none does."""
        inputs = self.inputs
        chosen = inputs.num("link.target_use")
        figure = inputs.figures["link.target_use"]
        if figure.origin is not Origin.ASSUMED or figure.sources:
            return chosen
        mode, bypass = self.mode("tunnel.mode")
        video = demand.leaves_by_site(mode, bypass) and "video" not in (bypass if mode == "selective" else ())
        if demand.voice or inputs.num_or("people.profile.vdi", 0) or (video and demand.down.video):
            return chosen
        inputs.read["link.target_use"] = replace(inputs.figures["link.target_use"], value=DATA_USE)
        return DATA_USE

    def _kept_sides(self, demand: Demand, name: str) -> Mapping[Side, Direction]:
        """Both directions of a link; another rate of it does not change them."""
        outer = self.inputs.read

        def work() -> tuple[Mapping[Side, Direction], Mapping[str, Figure]]:
            self.inputs.read = {}
            return self._sides(demand, name), self.inputs.read

        try:
            sides, read = self._sheet.keep(("sides", name, self._scaled), self._watched, work)
        except Missing:
            read = self.inputs.read
            raise
        finally:
            self.inputs.read = {**outer, **read}
        return sides

    def _sides(self, demand: Demand, name: str) -> Mapping[Side, Direction]:
        """The directions whose use is known, calibrated together."""
        inputs, used = self.inputs, dict[Side, Fraction]()
        for way in cast(tuple[Side, ...], ("up", "down")):
            with suppress(Missing):
                used[way] = Inputs(inputs.figures).num(f"link.{name}.used_{way}_bps")
        sessions = inputs.whole(f"link.{name}.sessions")
        on_site = inputs.num_or("people.on_site", max(Fraction(0), inputs.num("people.headcount") - sessions))
        now, new = self.mode("tunnel.mode_now"), self.mode("tunnel.mode")
        drawn = self._draws()
        told = [f.origin for f in drawn.read.values() if f.name.startswith("demand.") and "_bps" in f.name]
        measured = bool(told) and all(origin is Origin.MEASURED for origin in told)
        return calibrate(demand, used, sessions, on_site, now, new, guarded=not measured, before=drawn.before)

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

    def _crypto(self, name: str = "vpn.crypto_bps") -> int:
        inputs = self.inputs
        per_user = self.demand.tunnel(*self.mode("tunnel.mode"))
        room = inputs.num("vpn.crypto_target_use") * inputs.num("vpn.crypto_derate") * inputs.num(name)
        return floor_of(room, per_user)

    def _per_user_sessions(self, mode: Mode) -> Fraction:
        name = "firewall.sessions.per_user_split" if mode == "split" else "firewall.sessions.per_user"
        return self.inputs.num(name) * self.scale

    def _sessions(self) -> int:
        """floor((0.8·S_max - (1-r)·Base) / s): sessions nobody could count are taken as 0, which is prudent."""
        inputs = self.inputs
        now, new = self.mode("tunnel.mode_now")[0], self.mode("tunnel.mode")[0]
        remote = inputs.num_or("vpn.sessions.now", 0) * self._per_user_sessions(now)
        base = max(Fraction(0), inputs.num("firewall.sessions.peak") - remote)
        room = inputs.num("firewall.target_use") * inputs.num("firewall.sessions.max")
        return floor_of(room - (1 - inputs.num("link.base_gone")) * base, self._per_user_sessions(new))

    def _nat(self) -> int | None:
        inputs = self.inputs
        if not self.demand.leaves_by_site(*self.mode("tunnel.mode")):
            return None
        inputs.read = {name: figure for name, figure in inputs.read.items() if name.startswith("tunnel.")}
        ports = inputs.num("nat.ports_per_user") * self.scale + inputs.num("nat.ports_margin")
        return floor_of(inputs.num("nat.addresses") * inputs.num("nat.usable_ports"), ports)

    # ---- telephony (1.7, 1.8) ----

    def _sets(self) -> int | None:
        """floor(P / t): distinct people who can be called at home, never more than the phone users."""
        inputs = self.inputs
        share = inputs.num("people.phone_share")
        if not share:
            return None
        reachable = self._at_home() + inputs.whole("telephony.forwards")
        return floor_of(Fraction(min(reachable, math.floor(self._phone_users()))), share)

    def _at_home(self) -> int:
        return self.inputs.whole("telephony.softphones") + self.inputs.whole("telephony.phones_at_home")

    def _phone_users(self) -> Fraction:
        inputs = self.inputs
        if inputs.known("telephony.phone_users"):
            return inputs.num("telephony.phone_users")
        return inputs.num("people.phone_share") * inputs.num("people.headcount")

    def office_traffic(self) -> Fraction:
        """A0: external calls of all phone users, wherever they sit, in erlangs."""
        inputs = self.inputs
        internal = inputs.num("telephony.internal_share")
        return self._phone_users() * inputs.num("telephony.busy_hour_erlangs") * (1 - internal)

    def _trunks(self) -> int | None:
        """The largest N whose forwarded calls the trunk still carries: floor((sets at home + forwards) / t)."""
        inputs = self.inputs
        share = inputs.num("people.phone_share")
        if not share:
            return None
        channels, busy = inputs.whole("telephony.channels.max"), inputs.num("telephony.busy_hour_erlangs")
        forwards = forwards_carried(channels, self.office_traffic(), busy, inputs.num("telephony.blocking_target"))
        if isinstance(forwards, Absent):
            raise Overloaded
        return math.floor((self._at_home() + forwards) / share)

    def _cloud_phones(self) -> int | None:
        share = self.inputs.num("people.phone_share")
        return floor_of(self.inputs.num("telephony.cloud"), share) if share else None

    # ---- hosts and people (1.10, 1.11) ----

    def _hosts(self) -> int | None:
        """The least of processors, memory and licences, for the share on virtual desktops; none where hosts grow."""
        inputs = self.inputs
        share = inputs.num_or("people.profile.vdi", 0)
        if not share or (inputs.known("hosts.elastic") and inputs.value("hosts.elastic") is True):
            return None
        room = inputs.num("hosts.target_use") * inputs.num("hosts.vcpu") * inputs.num("hosts.users_per_vcpu")
        limits = [room, *self._host_memory(), *self._host_licences()]
        return floor_of(min(limits), share)

    def _host_memory(self) -> Iterable[Fraction]:
        """People whom the memory of the hosts carries, where it is known."""
        inputs = self.inputs
        if inputs.known("hosts.memory_bytes") and inputs.known("hosts.count"):
            system = inputs.num("hosts.count") * inputs.num("hosts.memory_system_bytes")
            free = max(Fraction(0), inputs.num("hosts.memory_bytes") - system)
            yield Fraction(floor_of(free, inputs.num("hosts.memory_per_user_bytes")))

    def _host_licences(self) -> Iterable[Fraction]:
        """People whom the licences of the desktops allow, where somebody said it."""
        if self.inputs.known("hosts.licences"):
            yield self.inputs.num("hosts.licences")

    def _homes(self) -> int:
        inputs = self.inputs
        inputs.num_or("homes.answered", 1)
        return math.floor(inputs.num("people.eligible") * inputs.num("homes.share"))


@lru_cache(maxsize=256)
def forwards_carried(channels: int, office: Fraction, busy: Fraction, target: Fraction) -> int | Absent:
    """How many forwarded people a trunk carries beside the office's traffic; ABSENT when that overloads it already."""
    if blocking(office, channels) > target:
        return ABSENT
    low, high = 0, MOST_FORWARDS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if blocking(office + middle * busy, channels) <= target else (low, middle)
    return low


def floor_of(room: Fraction, per_worker: Fraction) -> int:
    """Whole workers that fit; without demand nothing is used up, so the room counts a million."""
    if room <= 0:
        return 0
    return math.floor(room / per_worker) if per_worker else 10**6


def _origin(figures: Iterable[Figure]) -> Origin:
    """Measured when a device told part of it, else declared, else assumed; each input keeps its own origin."""
    told = {figure.origin for figure in figures}
    return next((origin for origin in (Origin.MEASURED, Origin.DECLARED) if origin in told), Origin.ASSUMED)


PARTS: Final[Mapping[str, str]] = {
    "vpn.licence": "vpn.sessions.licensed",
    "vpn.platform": "vpn.sessions.platform_max",
    "vpn.pool": "vpn.pool.addresses",
    "vpn.crypto": "vpn.crypto_bps",
}
"""The input whose parts, one for each gateway, make the parts of a resource."""

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
    "hosts.vdi": "floor(min(0.8 * vCPU * users_per_vCPU, memory, licences) / share)",
    "homes": "floor(E * share)",
    "people.equipment": "people with a managed PC and a headset",
    "ztna.seats": "seats",
    "saas.licences": "people with every licence",
    "identity.mfa": "people enrolled",
}
