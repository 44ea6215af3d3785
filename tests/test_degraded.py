"""Bad days: how many can still work, from the same figures as the headline."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.capacity import assess
from auditor.model import Degraded, Figure, Origin
from auditor.seats.degraded import SENTENCES, degraded
from auditor.values import ABSENT, Value
from tests.worked import unknown, worked

IDS = ("link_lost", "vpn_lost", "homes_4g", "all_hands", "other_site")


def days(figures: dict[str, Figure]) -> dict[str, Degraded]:
    return {day.id: day for day in degraded(figures)}


def backup(**more: Value) -> dict[str, Figure]:
    """The worked site with a second link of 50 Mbit/s that accepts the tunnel."""
    names: dict[str, Value] = {
        "link__spare__use": "backup",
        "link__spare__carries": ("vpn", "internet"),
        "link__spare__committed_down_bps": 50_000_000,
        "link__spare__committed_up_bps": 50_000_000,
        "link__spare__used_down_bps": 0,
        "link__spare__used_up_bps": 0,
        "link__spare__sessions": 0,
    }
    return worked(**(names | more))


def test_each_bad_day_is_told_in_its_order() -> None:
    """Five days, always the same five, each with words for its name and its supposition."""
    found = degraded(worked())
    assert tuple(day.id for day in found) == IDS
    assert all(f"name.degraded.{day.id}" in SENTENCES and day.note.id in SENTENCES for day in found)


def test_the_worked_site_on_its_bad_days() -> None:
    """One link and one gateway: without either nobody works; a meeting of all leaves five."""
    found = days(worked())
    assert {id: day.seats for id, day in found.items()} == {
        "link_lost": 0,
        "vpn_lost": 0,
        "homes_4g": 15,
        "all_hands": 5,
        "other_site": 15,
    }
    assert found["link_lost"].binding == ("link.up", "link.down")
    assert found["all_hands"].binding == ("link.down",)
    assert {day.required for id, day in found.items() if id != "other_site"} == {110}


def test_a_backup_that_accepts_the_tunnel_takes_over() -> None:
    """The workers and what else the lost link carried share the other one."""
    day = days(backup())["link_lost"]
    # up: (0.7 x 50000 - 2304.416) / 711.948, down: (35000 - 6081.416) / 502.323
    assert (day.seats, day.binding) == (45, ("link.up",))
    assert day.note.id == "degraded.link_lost.others"
    assert day.note.values == {"link": "main", "others": ("spare",)}


def test_a_backup_that_cannot_receive_the_tunnel_leaves_nobody() -> None:
    """An outgoing backup does not bring the workers in."""
    assert days(backup(link__spare__carries=("internet",)))["link_lost"].seats == 0


def test_a_backup_of_unknown_rate_leaves_the_answer_open() -> None:
    """Not known is not zero: the seats are absent, and the bound says so."""
    day = days(unknown(backup(), "link.spare.committed_up_bps"))["link_lost"]
    assert (day.seats, day.bounds) == (ABSENT, ("<=",))


def test_a_site_without_a_described_link_says_so() -> None:
    """Nothing can be lost that nobody described."""
    figures = {name: figure for name, figure in worked().items() if not name.startswith("link.main.")}
    day = days(figures)["link_lost"]
    assert (day.seats, day.note.id) == (ABSENT, "degraded.no_link")


@pytest.mark.parametrize(
    ("changes", "seats", "note"),
    [
        ({}, 0, "degraded.vpn_lost.single"),
        ({"vpn__gateways": 2, "vpn__pair": True}, 15, "degraded.vpn_lost.pair"),
        ({"vpn__gateways": 2}, ABSENT, "degraded.vpn_lost.largest"),
    ],
)
def test_a_lost_gateway(changes: dict[str, Value], seats: object, note: str) -> None:
    """A single gateway is everything, a pair takes over, of several unknown parts nothing can be said."""
    day = days(worked(**changes))["vpn_lost"]
    assert (day.seats, day.note.id) == (seats, note)


def test_the_bad_days_agree_with_the_largest_failure_of_the_headline() -> None:
    """The worse of the two failures is what the headline prints as its second figure."""
    for figures in (worked(), backup(), backup(vpn__gateways=2, vpn__pair=True)):
        found = days(figures)
        failures = [day.seats for id, day in found.items() if id in ("link_lost", "vpn_lost")]
        known = [seats for seats in failures if isinstance(seats, int)]
        assert len(known) == 2
        assert assess(figures).headline.seats_after_largest_failure == min(known)


def test_homes_on_4g_lower_the_homes_in_proportion() -> None:
    """20 % on 4G of which half still carry work: 82 % of good lines become 73.8 %."""
    wide: dict[str, Value] = {f"link__main__committed_{way}_bps": 10**10 for way in ("down", "up")}
    big: dict[str, Value] = {"vpn__sessions__licensed": 500, "vpn__crypto_bps": 10**10, "vpn__pool__addresses": 500}
    phones: dict[str, Value] = {"people__phone_share": 0}
    figures = worked(**wide, **big, **phones)
    assert assess(figures).headline.seats == 90
    assert days(figures)["homes_4g"].seats == 81
    none = days(worked(**wide, **big, **phones, degraded__home_4g_usable=0))["homes_4g"]
    assert none.seats == 72
    assert days(worked(**wide, **big, **phones, degraded__homes_on_4g=0))["homes_4g"].seats == 90


def test_a_meeting_of_all_counts_only_new_demand_for_those_to_come() -> None:
    """Those connected when the use was measured drew what they drew; in the meeting everybody draws more."""
    day = days(worked())["all_hands"]
    # S_dn: web 45 + 0.4 x 2000 down in, 1.1 x (111.25 + 15 + 0.4 x 1000) up; the base is today's
    s_down = 45 + 800 + Fraction(11, 10) * (Fraction(11125, 100) + 15 + 400) + Fraction("8.448")
    assert day.seats == (14_000 - Fraction("6081.416")) // s_down
    assert day.note.values["share"] == Fraction(40, 100)
    split = days(worked(tunnel__mode="split"))["all_hands"]
    assert split.seats == assess(worked(tunnel__mode="split")).headline.seats


def test_another_site_shares_what_is_shared_and_brings_its_own() -> None:
    """As many people again need twice the seats; their equipment, homes and telephones are their own."""
    same = days(worked())["other_site"]
    assert (same.required, same.note.id) == (220, "degraded.other_site.same")
    assert same.bounds == ("~",)
    told = days(worked(degraded__other_site_people=40))["other_site"]
    assert (told.required, told.note.values["people"]) == (150, 40)
    assert told.inputs[0].origin is Origin.DECLARED


def test_the_other_sites_people_are_no_limit_of_ours() -> None:
    """With all else wide, twice the people give twice the homes and the equipment, and our telephones still reach."""
    wide: dict[str, Value] = {f"link__main__committed_{way}_bps": 10**10 for way in ("down", "up")}
    big: dict[str, Value] = {
        "vpn__sessions__licensed": 500,
        "vpn__sessions__platform_max": 500,
        "vpn__crypto_bps": 10**10,
        "vpn__pool__addresses": 500,
        "firewall__sessions__max": 10**6,
        "telephony__softphones": 96,
        "hosts__vcpu": 32,
    }
    day = days(worked(**wide, **big))["other_site"]
    assert (day.seats, day.binding) == (180, ("homes",))


def test_a_cloud_only_firm_does_not_depend_on_the_site() -> None:
    """Without a tunnel through the site, losing its link or gateway changes nothing."""
    cloud: dict[str, Value] = {
        "site__architecture": "cloud",
        "ztna__seats": 80,
        "saas__licences": 110,
        "identity__mfa": 95,
        "telephony__cloud": 69,
    }
    found = days(worked(**cloud))
    assert (found["link_lost"].seats, found["link_lost"].note.id) == (80, "degraded.no_site")
    assert (found["vpn_lost"].seats, found["vpn_lost"].note.id) == (80, "degraded.no_vpn")
    assert found["other_site"].binding == ("ztna.seats",)


@settings(max_examples=60, deadline=None)
@given(
    rate=st.integers(1, 400).map(lambda n: n * 500_000),
    used=st.integers(0, 100),
    sessions=st.integers(0, 40),
    homes=st.fractions(0, 1, max_denominator=100),
    mode=st.sampled_from(["full", "selective", "split"]),
)
def test_a_bad_day_at_home_or_in_a_meeting_never_carries_more(
    rate: int, used: int, sessions: int, homes: Fraction, mode: str
) -> None:
    """Whatever the site: weaker homes, or everybody on camera at once, never leave more seats than today."""
    figures = worked(
        link__main__committed_up_bps=rate,
        link__main__committed_down_bps=rate,
        link__main__used_up_bps=rate * used // 100,
        link__main__used_down_bps=rate * used // 200,
        link__main__sessions=sessions,
        homes__share=homes,
        tunnel__mode=mode,
    )
    today = assess(figures).headline.seats
    found = days(figures)
    assert isinstance(today, int)
    for id in ("homes_4g", "all_hands"):
        seats = found[id].seats
        assert isinstance(seats, int)
        assert seats <= today


def test_the_figures_are_left_as_they_were() -> None:
    """A bad day is a supposition: today's figures do not move."""
    figures = worked()
    before = dict(figures)
    degraded(figures)
    assert figures == before
