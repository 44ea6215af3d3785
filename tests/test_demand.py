"""What a tunnel adds and what a worker draws, against the test vectors of the domain model."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from auditor import demand
from auditor.figures import Inputs
from auditor.resources import demand_of
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
