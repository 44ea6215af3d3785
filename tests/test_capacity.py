"""The headline and its resources, against the worked site of the domain model and at the edges."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from auditor.capacity import BAND, Capacity, assess, cpu_seats, elasticities
from auditor.model import Figure, Origin
from auditor.seats.inputs import INPUTS
from auditor.seats.resources import Run, forwards_carried
from auditor.seats.voice import blocking
from auditor.values import ABSENT, Absent, Value
from auditor.wording import sentences
from tests.worked import VECTORS, WORKED, unknown, worked


def seats(capacity: Capacity) -> dict[str, Any]:
    return {resource.id: resource.seats for resource in capacity.resources}


@pytest.mark.parametrize("mode", ["full", "selective", "split"])
def test_every_resource_of_the_worked_site(mode: str) -> None:
    """Seats of each resource, what binds and what is close, in each tunnel mode."""
    row = WORKED["modes"][mode]
    now = {"tunnel__mode": mode, "tunnel__mode_now": "full"}
    capacity = assess(worked(**now))
    assert seats(capacity) == row["resources"]
    assert capacity.headline.seats == row["seats"]
    assert list(capacity.headline.binding) == row["binding"]
    assert list(capacity.headline.close) == row["close"]
    for way in ("up", "down"):
        side, told = capacity.directions[f"{way}/main"], row["link"][way]
        assert (side.base / 1000, side.now / 1000, side.new / 1000) == (told["base"], told["S_now"], told["S_new"])


def test_the_headline_of_the_worked_site() -> None:
    """15 of 110, 13 to 19, bound by the download; nothing left when the only link fails."""
    head, told = assess(worked()).headline, WORKED["headline"]
    assert (head.seats, head.low, head.high, head.required) == (15, 13, 19, 110)
    assert list(head.bounds) == told["bounds"]
    assert head.beyond == told["beyond"]
    assert head.seats_data_only == told["seats_data_only"]
    assert head.seats_after_largest_failure == 0
    assert head.ratio is not ABSENT
    assert abs(head.ratio - told["readiness_ratio"]) < Fraction(1, 10**6)
    assert [(s.required, s.seats) for s in head.scenarios] == [(55, 15), (88, 15), (110, 15)]


@pytest.mark.parametrize(("name", "scale"), [("x1.5", BAND), ("/1.5", 1 / BAND)])
def test_the_band_and_its_guards(name: str, scale: Fraction) -> None:
    """Demand half as much again, or a third less, with the calibration guards acting inside."""
    row, run = WORKED["band"][name], Run(worked(), scale)
    run.resources()
    for way in ("up", "down"):
        side, told = run.sides[f"{way}/main"], row["link"][way]
        assert abs(side.base / 1000 - told["base"]) < Fraction(1, 10**4)
        assert abs(side.new / 1000 - told["S_new"]) < Fraction(1, 10**4)
        assert abs(side.cal1 - told["factor_cal1"]) < Fraction(1, 10**5)
    assert sorted(f"{guard.id} {guard.way}" for guard in run.guards) == sorted(row["guards"])


@pytest.mark.parametrize("name", ["u_0.80", "u_0.60", "r_0.9", "port_speed_mistake"])
def test_variants(name: str) -> None:
    """Other targets, a site that goes quiet, and the port taken for the contract."""
    row = WORKED["variants"][name]
    inputs = {
        "u": ("link__target_use",),
        "r": ("link__base_gone",),
        "C_up": ("link__main__committed_up_bps",),
        "C_dn": ("link__main__committed_down_bps",),
    }
    changes: dict[str, Value] = {
        target: value * 1000 if name.startswith("port") else Fraction(value)
        for short, value in row["change"].items()
        for target in inputs[short]
    }
    capacity = assess(worked(**changes))
    assert capacity.headline.seats == row["seats"]
    assert list(capacity.headline.binding) == row["binding"]
    assert seats(capacity)["link.up"] == row["link_up"]
    assert seats(capacity)["link.down"] == row["link_down"]


@pytest.mark.parametrize(("w", "expected"), WORKED["w_sensitivity_split"].items())
def test_the_tunnel_overhead_matters_little_for_data(w: str, expected: int) -> None:
    """w 1.05, 1.10 and 1.20 in split mode."""
    figures = worked(demand__overhead=Fraction(w), tunnel__mode="split", tunnel__mode_now="full")
    assert seats(assess(figures))["link.up"] == expected


def test_a_trunk_that_is_too_small_today_does_not_bind() -> None:
    """With 12 channels A0 alone loses 2 %: flagged, and left out of the minimum."""
    trunk = next(r for r in assess(worked(telephony__channels__max=12)).resources if r.id == "telephony.trunks")
    assert trunk.overloaded
    assert trunk.seats is ABSENT
    assert assess(worked(telephony__channels__max=12)).headline.bounds == ("~",)


def test_a_cloud_only_firm_is_judged_on_what_it_has() -> None:
    """Six resources, none of them at the site."""
    row = VECTORS["architecture_example"]
    figures = worked(
        site__architecture="cloud",
        ztna__seats=80,
        saas__licences=110,
        identity__mfa=95,
        telephony__cloud=Fraction(69),
    )
    capacity = assess(figures)
    assert seats(capacity) == row["resources"]
    assert capacity.headline.seats == row["seats"]
    assert list(capacity.headline.binding) == row["binding"]
    assert list(capacity.headline.close) == row["close"]


def test_an_unknown_resource_is_listed_never_infinite() -> None:
    """Without the pool's size the figure can only be too high, and says so."""
    capacity = assess(unknown(worked(), "vpn.pool.addresses"))
    assert seats(capacity)["vpn.pool"] is ABSENT
    assert capacity.headline.seats == 15
    assert capacity.headline.bounds[0] == "<="


def test_nothing_known_is_not_zero() -> None:
    """With no input but the people, there is no headline."""
    figures = {
        entry.name: Figure(entry.name, entry.default, Origin.ASSUMED)
        for entry in INPUTS
        if not isinstance(entry.default, Absent)
    }
    for name, value in {"people.headcount": 120, "people.eligible": 110}.items():
        figures[name] = Figure(name, value, Origin.DECLARED)
    head = assess(figures).headline
    assert head.seats is ABSENT
    assert head.low is ABSENT
    assert head.binding == ()
    assert head.bounds == ("<=",)


def test_two_links_that_carry_the_tunnel_add_up() -> None:
    """Each link is a part of the total; one that is lost leaves its other traffic to the one that remains."""
    second = {name.replace("main", "second"): f for name, f in worked().items() if name.startswith("link.main")}
    figures = worked(vpn__gateways=2, vpn__pair=True) | {
        name: Figure(name, figure.value, figure.origin) for name, figure in second.items()
    }
    capacity = assess(figures)
    found = seats(capacity)
    assert (found["link.down"], found["link.down/main"], found["link.down/second"]) == (30, 15, 15)
    assert capacity.headline.seats == 30
    left = (Fraction(14_000_000) - 2 * 6_081_416) / 502_323
    assert capacity.headline.seats_after_largest_failure == int(left) == 3
    alone = figures | {"link.main.carries": Figure("link.main.carries", ("vpn",), Origin.DECLARED)}
    alone["link.second.carries"] = Figure("link.second.carries", ("vpn",), Origin.DECLARED)
    assert assess(alone).headline.seats_after_largest_failure == 15
    assert assess(figures | worked(vpn__gateways=1)).headline.seats_after_largest_failure == 0


def test_nobody_eligible_is_a_site_without_need() -> None:
    """Zero people make zero seats of zero, not a crash."""
    head = assess(worked(people__eligible=0)).headline
    assert (head.seats, head.required) == (0, 0)
    assert head.ratio == Fraction(1)


def test_the_sensitivity_of_a_link() -> None:
    """By how many % N moves when target, use or demand moves by 1 %."""
    told = WORKED["elasticities_download"]
    found = elasticities(worked(), "main", "down")
    assert not isinstance(found, Absent)
    for value, expected in ((found.rate, told["u"]), (found.used, told["p95"]), (found.demand, told["s_both"])):
        assert abs(value - expected) < Fraction(1, 10**6)
    assert elasticities(worked(link__main__used_down_bps=19_000_000), "main", "down") is ABSENT
    assert elasticities(unknown(worked(), "link.main.used_down_bps"), "main", "down") is ABSENT


def test_the_processor_is_a_cross_check() -> None:
    """46 % with 20 users and 10 % without carries 33; too few sessions, or too small a difference, tells nothing."""
    row = VECTORS["cpu_cross_check"]
    assert cpu_seats(row["n0"], row["cpu_now"], row["cpu_base"], row["target"]) == row["seats"]
    assert cpu_seats(4, row["cpu_now"], row["cpu_base"]) is ABSENT
    assert cpu_seats(20, Fraction(14, 100), Fraction(10, 100)) is ABSENT


def test_the_trunk_of_the_worked_site() -> None:
    """A0 6.72 E on 15 channels; 13 forwards fit, 14 do not; 12 channels are overloaded today."""
    told = WORKED["trunks"]
    office, busy, target = Run(worked()).office_traffic(), Fraction(1, 10), Fraction(1, 100)
    assert office == told["a0"]
    assert forwards_carried(15, office, busy, target) == told["forwards_at_seats"]
    assert abs(blocking(office, 15) - told["blocking_a0"]) < Fraction(1, 10**7)
    at_required = told["at_required"]
    assert abs(blocking(office + at_required["forwards"] * busy, 15) - at_required["blocking"]) < Fraction(1, 10**6)
    assert forwards_carried(12, office, busy, target) is ABSENT


def test_the_peak_of_calls_stands_beside_the_answer() -> None:
    """5 calls and 528 kbit/s at 15 people."""
    found, told = assess(worked()).headline.voice_peak, WORKED["voice_peak"]
    assert not isinstance(found, Absent)
    assert (found.erlangs, found.calls, found.bps / 1000) == (told["erlangs"], told["calls"], told["kbps"])
    assert found.average_bps / 1000 == Fraction(str(told["average_kbps"]))


def test_a_guard_that_acts_is_told_with_its_factor() -> None:
    """8 sessions cannot draw more than the 3 Mbit/s that were measured."""
    capacity = assess(worked(link__main__used_up_bps=3_000_000))
    reason = next(reason for reason in capacity.headline.bound_reasons if reason.id == "guard.CAL-1")
    assert reason.values["way"] == "up"
    assert reason.values["factor"] == Fraction(3_000_000) / (8 * 711_948)
    assert capacity.headline.seats == 15


def test_no_traffic_beside_sessions_does_not_make_a_link_infinite() -> None:
    """A counter that stands still tells of a wrong interface: the default demand stays."""
    assert assess(worked(link__main__used_up_bps=0)).seats("link.up") == 14_000_000 // 711_948


def test_measured_demand_silences_the_guards() -> None:
    """What the sessions were seen to draw is not corrected a second time."""
    figures = worked(link__main__used_up_bps=3_000_000)
    measured = {n: Figure(n, f.value, Origin.MEASURED) for n, f in figures.items() if n.startswith("demand.")}
    assert assess(figures | measured).guards == ()


def test_a_backup_takes_over_what_is_not_remote_work_too() -> None:
    """Without the tunnel on the backup nothing is left; with it, what remains beside the office's own traffic."""
    backup: dict[str, Value] = {
        "use": "backup", "committed_down_bps": 15_000_000, "committed_up_bps": 15_000_000,
        "used_down_bps": 0, "used_up_bps": 0, "sessions": 0,
    }  # fmt: skip
    figures = worked(vpn__gateways=2, vpn__pair=True)
    figures |= {f"link.4g.{name}": Figure(f"link.4g.{name}", value, Origin.MEASURED) for name, value in backup.items()}
    internet = figures | {"link.4g.carries": Figure("link.4g.carries", ("internet",), Origin.DECLARED)}
    assert assess(internet).headline.seats_after_largest_failure == 0
    head = assess(figures).headline
    assert (head.seats, head.seats_after_largest_failure) == (15, (10_500_000 - 6_081_416) // 502_323)
    blind = unknown(figures, "link.4g.used_up_bps")
    assert assess(blind).headline.seats_after_largest_failure is ABSENT


def test_a_link_that_carries_neither_voice_nor_video_may_be_fuller() -> None:
    """80 % instead of 70, unless somebody chose."""
    quiet: dict[str, Value] = {"people__phone_share": 0, "people__video_share": 0, "people__profile__vdi": 0}
    link = next(r for r in assess(worked(**quiet)).resources if r.id == "link.up")
    assert next(f.value for f in link.inputs if f.name == "link.target_use") == Fraction(4, 5)
    chosen = next(r for r in assess(worked(**quiet, link__target_use=Fraction(1, 2))).resources if r.id == "link.up")
    assert next(f.value for f in chosen.inputs if f.name == "link.target_use") == Fraction(1, 2)


def test_hosting_helps_only_where_the_tunnel_ends_there() -> None:
    """Hosted servers behind a tunnel that ends at the site are a detour; one that ends beside them frees the link."""
    today = assess(worked())
    half = Fraction(1, 2)
    detour = assess(worked(hosting__share=half)).directions
    assert detour["down/main"].new > today.directions["down/main"].new
    freed = assess(worked(hosting__share=half, tunnel__ends="datacentre"))
    assert freed.directions["up/main"].new == Fraction(11, 10) * 145_000 + 8_448
    assert freed.headline.bounds == ("<=", "~")
    assert "nat.ports" not in seats(freed)


@pytest.mark.parametrize("bypass", [("web", "video"), ("video", "web", "m365")])
def test_ports_do_not_count_when_no_internet_traffic_leaves_by_the_site(bypass: tuple[str, ...]) -> None:
    """A bypass of all internet traffic is a split tunnel by another name."""
    found = seats(assess(worked(tunnel__mode="selective", tunnel__bypass=bypass)))
    assert "nat.ports" not in found


def test_a_resource_that_few_use_carries_more_workers() -> None:
    """On a hybrid site a resource is divided by the share of the workers who use it; by none, it leaves."""
    figures = worked(site__architecture="hybrid", share__vpn__licence=Fraction(1, 2), share__nat__ports=0)
    found = seats(assess(figures))
    assert found["vpn.licence"] == 100
    assert "nat.ports" not in found
    assert found["ztna.seats"] is ABSENT


def test_few_answers_to_the_survey_make_homes_an_upper_limit() -> None:
    """Under 60 % of answers the figure can only be too high."""
    for answered, bounds in ((Fraction(59, 100), ("<=",)), (Fraction(60, 100), ("=",))):
        homes = next(r for r in assess(worked(homes__answered=answered)).resources if r.id == "homes")
        assert homes.bounds == bounds


def test_sessions_nobody_counted_are_taken_as_none() -> None:
    """The firewall's peak is then all base traffic, which is prudent."""
    assert assess(unknown(worked(), "vpn.sessions.now")).seats("firewall.sessions") == (40_000 - 12_000) // 200


def test_everything_measured_or_declared_is_an_equality() -> None:
    """No default among what one worker draws, no short window: the figure stands as it is."""
    told = {n: Figure(n, f.value, Origin.DECLARED) for n, f in worked().items() if f.origin is Origin.ASSUMED}
    assert assess(worked() | told).headline.bounds == ("=",)


def test_a_demand_without_sense_leaves_no_link_figure() -> None:
    """A text where a rate belongs is an unknown, not a crash."""
    capacity = assess(worked(demand__overhead="much"))
    assert capacity.seats("link.up") is ABSENT
    assert capacity.demand is ABSENT
    assert capacity.headline.seats == 50


def test_every_reason_has_words() -> None:
    """Bounds, guards and unknowns can all be said."""
    odd = unknown(worked(link__main__used_up_bps=3_000_000, homes__answered=0), "vpn.pool.addresses")
    for reason in assess(odd).headline.bound_reasons:
        assert reason.id in sentences()
