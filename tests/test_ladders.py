"""The steps that a site's own operator, vendor and integrator sell."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from auditor.planning.cures import Ladders
from auditor.sitefile import LADDERS, SiteFileError, parse

RENNES = (Path(__file__).parent / "sites" / "rennes.toml").read_text()


def site(ladders: str) -> str:
    return f"{RENNES}\n[plan.ladders]\n{ladders}\n"


def test_a_site_file_may_change_ladders() -> None:
    """What it names is changed, the rest stays as published."""
    found = parse(site("link_bps = [30_000_000, 80_000_000]\nvpn_licences = [10]"))
    ladders = Ladders.of(found.plan_ladders)
    assert ladders.link_bps == (30_000_000, 80_000_000)
    assert ladders.vpn_licences == (10,)
    assert ladders.vpn_engine_bps == Ladders().vpn_engine_bps
    assert parse(RENNES).plan_ladders == {}


def test_every_ladder_can_be_changed() -> None:
    """The site file knows the ladders of the plan by their names."""
    assert tuple(field.name for field in fields(Ladders)) == LADDERS


@pytest.mark.parametrize("ladder", [field.name for field in fields(Ladders)])
def test_published_ladders_rise(ladder: str) -> None:
    """Each step is larger than the one before."""
    steps = getattr(Ladders(), ladder)
    assert list(steps) == sorted(set(steps))


@pytest.mark.parametrize(
    "steps",
    ["[]", "[20, 10]", "[10, 10]", "[0, 10]", "[-1]", "[1.5]", "['20M']", "[true]", "20", "[100_000_000_000_000]"],
)
def test_a_ladder_that_is_none_is_refused(steps: str) -> None:
    """Empty, falling, without steps, or not whole numbers: told with its line."""
    with pytest.raises(SiteFileError) as caught:
        parse(site(f"link_bps = {steps}"))
    assert caught.value.key == "plan.ladders.link_bps"
    assert caught.value.line == RENNES.count("\n") + 3


def test_an_unknown_ladder_is_told_its_nearest() -> None:
    """link_bsp: link_bps is meant."""
    with pytest.raises(SiteFileError) as caught:
        parse(site("link_bsp = [1]"))
    assert caught.value.reason.values["near"] == "link_bps"
