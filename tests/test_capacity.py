"""The headline and its resources, against the worked site of the domain model and at the edges."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from auditor.capacity import BAND, Capacity, assess
from auditor.inputs import INPUTS
from auditor.model import ABSENT, Absent, Figure, Origin, Value
from auditor.resources import Run
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
