"""Bad days: how many still work when a link or gateway fails, homes lose their line, or everybody calls at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from auditor.capacity import answer
from auditor.model import Bound, Degraded, Figure, Origin, Resource
from auditor.seats.failures import without_gateway, without_link
from auditor.seats.figures import Inputs, keep_in_force, with_changes
from auditor.seats.resources import Run
from auditor.values import ABSENT, N_, Absent, Message, Value

Figures = Mapping[str, Figure]
OWN_COUNTS: Final = ("people.equipment", "saas.licences", "identity.mfa", "telephony.cloud")
"""What each person brings along: the other site's people are taken to be provided for as ours are."""
OFFICE_PHONES: Final = ("share.telephony.sets", "share.telephony.trunks")
"""What the other site's people do not use here: their telephone system is theirs."""


def degraded(figures: Figures) -> tuple[Degraded, ...]:
    """The seats on each of five bad days, from the model's inputs alone; today's figures are what they start from."""
    return (_link_lost(figures), _gateway_lost(figures), _homes(figures), _all_hands(figures), _other_site(figures))


# ---- something fails ----


def _link_lost(figures: Figures) -> Degraded:
    """The link that carries the tunnel and whose loss leaves the fewest."""
    run = Run(figures)
    links = run.inputs.active_links()
    if run.architecture == "cloud":
        return _day("link_lost", figures, run.resources(), Message("degraded.no_site"))
    if not links:
        return _day("link_lost", figures, ABSENT, Message("degraded.no_link"))
    resources = run.resources()
    left = {name: without_link(run, resources, name) for name in links}
    lost = min(links, key=lambda name: _worst_first(left[name], run))
    others = tuple(name for name in run.inputs.links() if name != lost and run.inputs.carries(name, "vpn"))
    note = Message("degraded.link_lost", {"link": lost})
    if others:
        note = Message("degraded.link_lost.others", {"link": lost, "others": others})
    return _day("link_lost", figures, left[lost], note)


def _worst_first(left: list[Resource] | Absent, run: Run) -> tuple[bool, int]:
    """Known answers before unknown ones, the fewest seats first: a loss that leaves nobody settles the question."""
    seats = ABSENT if isinstance(left, Absent) else answer(left, run.inputs.whole("people.eligible"))[0]
    return (isinstance(seats, Absent), 0 if isinstance(seats, Absent) else seats)


def _gateway_lost(figures: Figures) -> Degraded:
    run = Run(figures)
    if run.architecture == "cloud":
        return _day("vpn_lost", figures, run.resources(), Message("degraded.no_vpn"))
    left = without_gateway(run, run.resources())
    paired = run.inputs.known("vpn.pair") and run.inputs.value("vpn.pair") is True
    single = run.inputs.num_or("vpn.gateways", 1) <= 1
    id = "degraded.vpn_lost.single" if single else "degraded.vpn_lost.pair" if paired else "degraded.vpn_lost.largest"
    return _day("vpn_lost", figures, left, Message(id))


# ---- the demand or the people change ----


def _homes(figures: Figures) -> Degraded:
    """Some homes lose their line and fall back on 4G, and only part of these still carry remote work."""
    inputs = Inputs(figures)
    on_4g, usable = inputs.num_or("degraded.homes_on_4g", 0), inputs.num_or("degraded.home_4g_usable", 0)
    changes: dict[str, Value] = {}
    if inputs.known("homes.share"):
        changes["homes.share"] = inputs.num("homes.share") * (1 - on_4g * (1 - usable))
    note = Message("degraded.homes_4g", {"share": on_4g, "usable": usable})
    return _changed("homes_4g", figures, changes, note, "degraded.homes_on_4g", "degraded.home_4g_usable")


def _all_hands(figures: Figures) -> Degraded:
    """Everybody who has a camera is in the same meeting; those connected today draw what they draw today."""
    inputs = Inputs(figures)
    in_call = inputs.num_or("degraded.all_hands_in_call", 1)
    kept = dict(figures)
    keep_in_force(kept, "demand.video_in_call")
    values: dict[str, Value] = {"share": in_call * inputs.num_or("people.video_share", 1)}
    note = Message("degraded.all_hands", values)
    return _changed("all_hands", kept, {"demand.video_in_call": in_call}, note, "degraded.all_hands_in_call")


def _other_site(figures: Figures) -> Degraded:
    """As many more people through the same access; what each of them brings along is in proportion to ours."""
    inputs = Inputs(figures)
    eligible = inputs.whole("people.eligible")
    told = inputs.known("degraded.other_site_people")
    more = inputs.whole("degraded.other_site_people") if told else eligible
    people = eligible + more
    grown = Fraction(people, eligible) if eligible else Fraction(1)
    changes: dict[str, Value] = {"people.eligible": people}
    changes |= {name: math.floor(inputs.num(name) * grown) for name in OWN_COUNTS if inputs.known(name)}
    changes |= {name: inputs.num_or(name, 1) / grown for name in OFFICE_PHONES}
    note = Message("degraded.other_site" if told else "degraded.other_site.same", {"people": more})
    if told:
        return _changed("other_site", figures, changes, note, "degraded.other_site_people")
    supposed = Figure("degraded.other_site_people", more, Origin.ASSUMED, "people")
    return _changed("other_site", {**figures, supposed.name: supposed}, changes, note, supposed.name)


def _changed(id: str, figures: Figures, changes: Mapping[str, Value], note: Message, *supposed: str) -> Degraded:
    changed = with_changes(figures, changes)
    return _day(id, changed, Run(changed).resources(), note, supposed)


def _day(
    id: str,
    figures: Figures,
    left: Iterable[Resource] | Absent,
    note: Message,
    supposed: Iterable[str] = (),
) -> Degraded:
    """The answer of one day; what it supposes without anybody having said it makes it approximate."""
    inputs = Inputs(figures)
    eligible = inputs.whole("people.eligible")
    required = math.ceil(eligible * inputs.num("people.concurrency"))
    rests_on = tuple(figures[name] for name in supposed if name in figures)
    if isinstance(left, Absent):
        return Degraded(id, ABSENT, required, (), ("<=",), note, rests_on)
    seats, binding, bounds = answer(left, eligible)
    assumed = any(figure.origin is Origin.ASSUMED for figure in rests_on)
    return Degraded(id, seats, required, binding, _with_about(bounds) if assumed else bounds, note, rests_on)


def _with_about(bounds: tuple[Bound, ...]) -> tuple[Bound, ...]:
    return (*(bound for bound in bounds if bound == "<="), "~")


SENTENCES: Mapping[str, str] = {
    "name.degraded.link_lost": N_("The main link is lost"),
    "name.degraded.vpn_lost": N_("A VPN gateway is lost"),
    "name.degraded.homes_4g": N_("Homes fall back on 4G"),
    "name.degraded.all_hands": N_("Everybody in one video meeting at nine"),
    "name.degraded.other_site": N_("Another site's people come in here"),
    "degraded.link_lost": N_("Without the link {link}, no other access lets the workers in."),
    "degraded.link_lost.others": N_(
        "Without the link {link}, the workers and what else it carried share {others:list}, if the switch works."
    ),
    "degraded.no_link": N_("No link that carries the tunnel is described."),
    "degraded.no_site": N_("Nobody works through the access of the site."),
    "degraded.no_vpn": N_("Nobody works through a VPN gateway of the site."),
    "degraded.vpn_lost.single": N_("The site has a single VPN gateway: without it nobody gets in."),
    "degraded.vpn_lost.pair": N_("The other member of the pair takes over, if the switch works."),
    "degraded.vpn_lost.largest": N_("The largest of the gateways is lost; the others keep their own share."),
    "degraded.homes_4g": N_(
        "{share:part} of the homes fall back on 4G, and {usable:part} of those still carry remote work."
    ),
    "degraded.all_hands": N_("{share:part} of the people are in the same video meeting at once."),
    "degraded.other_site": N_(
        "{people} more people come in through this site; they are equipped as ours are and keep their own telephones."
    ),
    "degraded.other_site.same": N_(
        "As many people again ({people}) come in through this site, for want of a figure; they are equipped as ours are"
        " and keep their own telephones."
    ),
}
