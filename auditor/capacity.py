"""The arithmetic of the headline: how many at the same time, what binds, the range, what a failure leaves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, cast

from auditor.model import Bound, Figure, Headline, Peak, Resource, Scenario
from auditor.seats.demand import Demand, Direction, Side
from auditor.seats.failures import totals, without_gateway, without_link
from auditor.seats.figures import Inputs, Missing, bound_of
from auditor.seats.recount import Memo
from auditor.seats.resources import Guard, Run
from auditor.seats.voice import peak
from auditor.values import ABSENT, N_, Absent, Message

CLOUD: Final = ("homes", "people.equipment", "ztna.seats", "saas.licences", "identity.mfa", "telephony.cloud")
TELEPHONY: Final = ("telephony.sets", "telephony.trunks", "telephony.cloud")
CLOSE: Final = Fraction(11, 10)
BAND: Final = Fraction(3, 2)
SCENARIOS: Final = (("hybrid", Fraction(1, 2)), ("strike", Fraction(4, 5)), ("closed", Fraction(1)))


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the model concludes: the headline, every resource and the guards that acted.

    `demand` and `directions` (by `up/NAME`, `down/NAME`) are kept for those who explain the figures.
    """

    headline: Headline
    resources: tuple[Resource, ...]
    guards: tuple[Guard, ...]
    demand: Demand | Absent
    directions: Mapping[str, Direction]

    def seats(self, id: str) -> int | Absent:
        return next((resource.seats for resource in self.resources if resource.id == id), ABSENT)


@dataclass(frozen=True, slots=True)
class Tally:
    """What is needed to say what to cure: the seats of each resource, what binds and what is close to it."""

    resources: tuple[Resource, ...]
    eligible: int
    required: int
    seats: int | Absent
    binding: tuple[str, ...]
    close: tuple[str, ...]
    demand: Demand | Absent

    def of(self, id: str) -> int | Absent:
        """The seats of one resource."""
        return next((resource.seats for resource in self.resources if resource.id == id), ABSENT)


def tally(figures: Mapping[str, Figure], memo: Memo | None = None) -> Tally:
    """The seats of each resource and what binds, without the range, the bounds and the failures of the headline."""
    return _tally(Run(figures, memo=memo))


def _tally(run: Run) -> Tally:
    resources = run.resources()
    eligible, required = _people(run.inputs)
    seats = _least(resources, eligible)
    binding, close = _binding(resources, seats)
    return Tally(tuple(resources), eligible, required, seats, binding, close, run.known_demand)


def assess(figures: Mapping[str, Figure], memo: Memo | None = None) -> Capacity:
    """The headline and all its resources from the model's inputs; exact, without a clock or a device.

    A `memo` of earlier counts makes the next one faster, never different.
    """
    central = Run(figures, memo=memo)
    found = _tally(central)
    resources, eligible, required, seats = list(found.resources), found.eligible, found.required, found.seats
    low = _least(Run(figures, BAND, memo).resources(), eligible)
    high = _least(Run(figures, 1 / BAND, memo).resources(), eligible)
    bounds, reasons = _bounds(resources, central.guards)
    binding, close = found.binding, found.close
    data_only = _least([r for r in resources if r.id not in TELEPHONY], eligible)
    headline = Headline(
        headcount=central.inputs.whole("people.headcount"),
        eligible=eligible,
        required=required,
        seats=seats,
        low=low,
        high=high,
        bounds=bounds,
        bound_reasons=reasons,
        binding=binding,
        close=close,
        beyond=next((r.beyond for r in resources if r.id == binding[0]), ABSENT) if binding else ABSENT,
        seats_data_only=data_only,
        seats_after_largest_failure=_after_failure(central, resources, eligible),
        ratio=_ratio(seats, required),
        scenarios=_scenarios(eligible, seats),
        voice_peak=_voice_peak(central.inputs, seats),
    )
    return Capacity(headline, tuple(resources), tuple(central.guards), central.known_demand, central.sides)


def _people(inputs: Inputs) -> tuple[int, int]:
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


def _least(resources: Iterable[Resource], eligible: int) -> int | Absent:
    known = [r.seats for r in totals(resources) if not isinstance(r.seats, Absent)]
    return min(min(known), eligible) if known else ABSENT


def answer(resources: Iterable[Resource], eligible: int) -> tuple[int | Absent, tuple[str, ...], tuple[Bound, ...]]:
    """The seats these resources leave, what binds, and how the answer may be off."""
    found = totals(resources)
    seats = _least(found, eligible)
    return seats, _binding(found, seats)[0], _bounds(found, ())[0]


def _binding(resources: Iterable[Resource], seats: int | Absent) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The resources at N, and those within 10 % of it."""
    if isinstance(seats, Absent):
        return (), ()
    known = [(r.id, r.seats) for r in totals(resources) if not isinstance(r.seats, Absent)]
    binding, limit = tuple(id for id, count in known if count <= seats), math.floor(CLOSE * seats)
    return binding, tuple(id for id, count in known if seats < count <= limit)


def _bounds(resources: Iterable[Resource], guards: Iterable[Guard]) -> tuple[tuple[Bound, ...], tuple[Message, ...]]:
    """How the answer may be off, worst first, each with its reason; a guard that acted is told with its factor."""
    whole = totals(resources)
    bounds: dict[Bound, None] = {}
    reasons: dict[str, Message] = {}
    if unknown := tuple(r.id for r in whole if isinstance(r.seats, Absent) and not r.overloaded):
        bounds["<="] = None
        reasons["unknown"] = Message("bound.unknown", {"resources": unknown})
    told = {id(figure): figure for r in whole if not isinstance(r.seats, Absent) for figure in r.inputs}
    for figure in told.values():  # each once: many resources rest on the same demand
        bound, reason = bound_of(figure)
        if bound != "=":
            bounds[bound] = None
            reasons.setdefault(f"{reason.id} {dict(reason.values)}", reason)
    found = tuple(bound for bound in cast(tuple[Bound, ...], ("<=", "~")) if bound in bounds)
    return found or ("=",), (*reasons.values(), *(guard.message for guard in guards))


def _voice_peak(inputs: Inputs, seats: int | Absent) -> Peak | Absent:
    """The calls at once, exceeded 1 % of the time, of as many remote workers as the answer says."""
    try:
        erlangs = inputs.num("people.phone_share") * inputs.num("telephony.busy_hour_erlangs")
        rate, target = inputs.num("demand.voice_bps"), inputs.num("telephony.blocking_target")
    except Missing:
        return ABSENT
    if isinstance(seats, Absent) or not 0 < target < 1:
        return ABSENT
    try:
        return peak(seats * erlangs, rate, target)
    except ValueError:  # more calls than any trunk carries
        return ABSENT


# ---- what a failure leaves (1.12) ----


def _after_failure(run: Run, resources: list[Resource], eligible: int) -> int | Absent:
    """N once the largest single component is gone: each active link in turn, and each VPN gateway."""
    if run.architecture == "cloud" or all(isinstance(resource.seats, Absent) for resource in resources):
        return ABSENT
    found = [_left(without_link(run, resources, name), eligible) for name in run.inputs.active_links()]
    found.append(_left(without_gateway(run, resources), eligible))
    known = [seats for seats in found if not isinstance(seats, Absent)]
    return min(known) if len(known) == len(found) or 0 in known else ABSENT


def _left(resources: list[Resource] | Absent, eligible: int) -> int | Absent:
    return ABSENT if isinstance(resources, Absent) else _least(resources, eligible)


# ---- beside the headline ----


def cpu_seats(sessions: int, now: Fraction, base: Fraction, target: Fraction = Fraction(7, 10)) -> int | Absent:
    """How many sessions the gateway's processor carries: a cross-check, never in the minimum (domain model, 1.5).

    `now` and `base`: load (0 to 1) with these sessions and without any; ABSENT under 5 sessions or 5 points apart.
    """
    if sessions < 5 or now - base < Fraction(5, 100):
        return ABSENT
    return max(0, math.floor(sessions * (target - base) / (now - base)))


@dataclass(frozen=True, slots=True)
class Elasticities:
    """By how many % the seats of a link move (before the floor) when an input moves by 1 %.

    `rate`: target use or committed rate; `used`: present use; `demand`: demand per worker, now and new together.
    """

    rate: Fraction
    used: Fraction
    demand: Fraction


def elasticities(figures: Mapping[str, Figure], link: str, way: Side) -> Elasticities | Absent:
    """How much the seats of one direction depend on each input; ABSENT when it has no room or is unknown."""
    run = Run(figures)
    try:
        room, per_worker = run.room(link, way)
        stays = 1 - run.inputs.num("link.base_gone")
        usable = room + stays * run.sides[f"{way}/{link}"].base
        present, sessions = run.inputs.num(f"link.{link}.used_{way}_bps"), run.inputs.num(f"link.{link}.sessions")
    except Missing:
        return ABSENT
    if room <= 0 or not per_worker:
        return ABSENT
    return Elasticities(usable / room, -stays * present / room, -(1 - stays * sessions * per_worker / room))


SENTENCES: Mapping[str, str] = {
    "bound.few_answers": N_("Only {share:ratio} of the people answered the survey of home lines."),
    "bound.datacentre": N_("The tunnel ends in a datacentre, whose own internet access is not counted here."),
}
