"""What a tunnel adds and what a worker draws, against the test vectors of the domain model."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from auditor.seats import demand
from auditor.seats.figures import Inputs
from auditor.seats.inputs import INPUTS
from auditor.seats.profiles import demand_of
from tests.worked import VECTORS, worked


@pytest.mark.parametrize("row", VECTORS["overhead"]["outer_bytes"], ids=str)
def test_the_size_of_a_packet_in_a_tunnel(row: dict[str, Any]) -> None:
    """Outer bytes of each encapsulation."""
    assert demand.outer_bytes(row["encapsulation"], row["inner"]) == row["outer"]


@pytest.mark.parametrize("row", VECTORS["overhead"]["factor_gcm_natt"], ids=str)
def test_the_overhead_factor(row: dict[str, Any]) -> None:
    """w = outer / inner."""
    assert abs(demand.overhead("esp_gcm_natt", row["inner"]) - row["w"]) < Fraction(1, 10**6)


@pytest.mark.parametrize("row", VECTORS["overhead"]["largest_inner"], ids=str)
def test_the_largest_packet_that_is_not_cut(row: dict[str, Any]) -> None:
    """The largest inner packet of a path."""
    assert demand.largest_inner(row["encapsulation"], row["path_mtu"]) == row["inner"]


@pytest.mark.parametrize(("mode", "row"), VECTORS["demand"]["modes"].items(), ids=str)
def test_what_one_worker_draws_in_each_mode(mode: demand.Mode, row: dict[str, Any]) -> None:
    """S_up, S_dn and T_user in kbit/s, as on the worked site."""
    found = demand_of(Inputs(worked()))
    bypass = frozenset({"video"}) if mode == "selective" else frozenset[str]()
    assert found.site_up(mode, bypass) / 1000 == row["S_up"]
    assert found.site_down(mode, bypass) / 1000 == row["S_dn"]
    assert found.tunnel(mode, bypass) / 1000 == row["T_user"]


def test_the_default_profiles() -> None:
    """What the model assumes of a profile and of a meeting when nobody measured it."""
    told, defaults = VECTORS["demand"], {entry.name: entry.default for entry in INPUTS}
    for profile, row in told["profiles_default"].items():
        for kind, part in (("apps", "a"), ("web", "i")):
            found = [defaults[f"demand.{profile}.{kind}_{way}_bps"] for way in ("down", "up")]
            assert found == [rate * 1000 for rate in row[part]]
    video = told["video_default"]
    assert (defaults["people.video_share"], defaults["demand.video_in_call"]) == (video["equipped"], video["in_call"])
    figures = worked(
        demand__video_down_bps=4_000_000, demand__video_up_bps=2_500_000, people__video_share=Fraction(9, 10)
    )
    found_demand = demand_of(Inputs(figures))
    assert [found_demand.down.video / 1000, found_demand.up.video / 1000] == video["add_on"]


def test_the_components_of_the_worked_site() -> None:
    """Servers, web, video and voice of one worker with the declared mix, in kbit/s."""
    found, told = demand_of(Inputs(worked())), VECTORS["demand"]["worked_site_components"]
    parts = {
        "a_dn": found.down.apps, "a_up": found.up.apps, "web_dn": found.down.web, "web_up": found.up.web,
        "vid_dn": found.down.video, "vid_up": found.up.video, "v": found.voice,
    }  # fmt: skip
    assert {name: value / 1000 for name, value in parts.items()} == told
