"""The use of links over days: working days, the busy hour, its 95th percentile, and who was connected then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.capacity import assess
from auditor.model import Figure, Origin
from auditor.sampling.samples import Watch
from auditor.seats.inputs import gather
from auditor.seats.usage import Count, Interval, Use, figures, of_link
from auditor.site import Link
from auditor.store import Store
from auditor.values import ABSENT, Value
from tests.test_inputs import MAIN, WAN, gateway, phones, router, site

MONDAY = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def minutes(
    days: Iterable[int], hours: Iterable[int], down: Callable[[dt.datetime], int], up: int = 1, step: int = 1
) -> list[Interval]:
    """Intervals of `step` minutes on these days from the first Monday, in these hours UTC."""
    found = []
    for day in days:
        for hour in hours:
            for minute in range(0, 60, step):
                at = MONDAY + dt.timedelta(days=day, hours=hour, minutes=minute)
                found.append(Interval(at, at + step * MINUTE, down(at), up, "rtr: octets"))
    return found


def use(intervals: Iterable[Interval], counts: Iterable[Count] = (), timezone: str = "UTC") -> Use:
    found = of_link(intervals, list(counts), "down", timezone)
    assert isinstance(found, Use)
    return found


def at_ten(at: dt.datetime) -> int:
    return 10_000_000 if at.hour == 10 else 1_000_000


# ---- the percentile ----


def test_the_percentile_is_that_of_the_busy_hour() -> None:
    """Of a whole day the busy hour is a twenty-fourth, which a percentile over all of it would not even see."""
    found = use(minutes(range(5), range(24), at_ten))
    assert (found.hour, found.days, found.p95_bps, found.most_bps) == (10, 5, 10_000_000, 10_000_000)


def test_the_percentile_is_the_nearest_rank() -> None:
    """Of sixty minutes at 1, 2, … 60 the 95th percentile is the 57th: 95 % of the time had no more."""
    found = use(minutes([0], [10], lambda at: at.minute + 1))
    assert (found.p95_bps, found.most_bps) == (57, 60)


def test_intervals_weigh_by_their_length() -> None:
    """55 of 56 intervals at 1 are only 55 of 60 minutes: the long one at 9 makes the percentile."""
    mixed = minutes([0], [10], lambda at: 1)[:55] + minutes([0], [10], lambda at: 9, step=5)[-1:]
    assert use(mixed).p95_bps == 9


def test_each_direction_has_its_own_busy_hour() -> None:
    """Downloads peak in the morning, uploads in the afternoon."""
    rows = [
        Interval(one.begun, one.ended, at_ten(one.begun), 500 if one.begun.hour == 15 else 5)
        for one in minutes(range(5), range(8, 18), at_ten)
    ]
    down, up = (of_link(rows, (), way, "UTC") for way in ("down", "up"))
    assert isinstance(down, Use)
    assert isinstance(up, Use)
    assert (down.hour, up.hour, up.p95_bps) == (10, 15, 500)


# ---- days and hours ----


@pytest.mark.parametrize(
    ("days", "count"), [([0], 1), ([0, 1, 2, 3], 4), (range(5), 5), (range(7), 5), (range(14), 10)]
)
def test_only_working_days_are_counted(days: Iterable[int], count: int) -> None:
    """A week has five of them, two weeks ten."""
    assert use(minutes(days, [10], at_ten, step=5)).days == count


def test_a_busy_weekend_makes_no_busy_hour() -> None:
    """The backup of Sunday is not what people at work share the link with."""
    week = minutes(range(5), range(8, 18), at_ten, step=5)
    sunday = minutes([6], [11], lambda at: 90_000_000, step=5)
    found = use(week + sunday)
    assert (found.hour, found.p95_bps, found.most_bps) == (10, 10_000_000, 10_000_000)


def test_a_busy_night_makes_no_busy_hour() -> None:
    """Nor is the backup of three in the morning."""
    found = use(minutes(range(5), range(24), lambda at: 90_000_000 if at.hour == 3 else at_ten(at), step=5))
    assert (found.hour, found.p95_bps) == (10, 10_000_000)


def test_a_watch_of_a_weekend_is_shown_for_what_it_is() -> None:
    """What was seen is told, with no working day."""
    found = use(minutes([5, 6], [10], at_ten, step=5))
    assert (found.days, found.most_bps, found.hour) == (0, 10_000_000, 10)


def test_the_hour_is_the_one_of_the_site() -> None:
    """Ten o'clock UTC is eleven in Paris in winter, and a summer week beside it would be at noon."""
    assert use(minutes(range(5), range(24), at_ten, step=5), timezone="Europe/Paris").hour == 11
    late = [Interval(MONDAY.replace(hour=23, day=8), MONDAY.replace(hour=23, minute=30, day=8), 5, 5)]
    assert use(late, timezone="Asia/Tokyo").days == 1  # Sunday night UTC is Monday morning there


def test_a_day_counts_when_half_of_its_busy_hour_is_known() -> None:
    """29 minutes are not a day, 30 are."""
    four = minutes(range(4), [10], at_ten)
    assert use(four + minutes([4], [10], at_ten)[:29]).days == 4
    assert use(four + minutes([4], [10], at_ten)[:30]).days == 5


def test_an_hour_seen_once_does_not_beat_one_seen_all_week() -> None:
    """One wild afternoon of a watch that ran in the mornings."""
    found = use(minutes(range(5), [9, 10], at_ten) + minutes([2], [14], lambda at: 50_000_000))
    assert (found.hour, found.days, found.p95_bps) == (10, 5, 10_000_000)
    assert found.most_bps == 50_000_000


def test_only_the_last_month_counts() -> None:
    """A summer of graphs does not thin out November."""
    old = minutes(range(-70, -56), [10], lambda at: 99_000_000, step=5)
    found = use(old + minutes(range(5), [10], at_ten, step=5))
    assert (found.p95_bps, found.days, found.first) == (10_000_000, 5, MONDAY.date())


def test_intervals_of_more_than_an_hour_are_left_out() -> None:
    """A daily mean hides what matters; and nothing at all is no use."""
    day = Interval(MONDAY, MONDAY + dt.timedelta(days=1), 5, 5)
    assert of_link([day], (), "down", "UTC") is ABSENT
    assert of_link([], (), "up", "UTC") is ABSENT
    assert of_link([replace(day, ended=MONDAY)], (), "up", "UTC") is ABSENT


# ---- who was connected ----


def test_the_users_are_those_of_the_intervals_that_make_the_percentile() -> None:
    """The fewest of them: what they do not explain counts as other traffic."""
    week = minutes(range(5), [9, 10], lambda at: 10_000_000 + at.minute if at.hour == 10 else 1)
    counts = [Count(one.begun + MINUTE / 2, 8 if one.begun.minute == 58 else 50) for one in week]
    assert use(week, counts).sessions == 8
    assert use(week, [count for count in counts if count.at.minute < 50]).sessions is ABSENT
    assert use(week, ()).sessions is ABSENT


# ---- inputs ----

WEEK = minutes(range(5), range(24), at_ten, up=8_000_000, step=5)
THREE: dict[str, Value] = {"link.main.used_down_bps": 3_000_000, "link.main.used_up_bps": 3_000_000}


def windows(found: dict[str, Figure]) -> list[str]:
    """The reasons why the headline is only about right that lie in a short look at a link."""
    head = assess(found).headline
    return [reason.id for reason in head.bound_reasons if reason.id.startswith("note.window")]


def test_five_working_days_beat_what_is_declared() -> None:
    """The use is measured, says how it was found, and is no reason any more for an answer that is only about right."""
    history = figures(site(), {"main": WEEK}, [])
    found = gather(site(declared=THREE), [router(WAN), gateway(), phones()], history)
    figure = found["link.main.used_down_bps"]
    assert (figure.value, figure.origin, figure.unit) == (10_000_000, Origin.MEASURED, "bit/s")
    assert figure.sources == ("rtr: octets",)
    assert figure.note is not None
    assert figure.note.id == "note.history"
    assert (figure.note.values["days"], figure.note.values["hour"]) == (5, 10)
    assert (figure.note.values["first"], figure.note.values["last"]) == (dt.date(2026, 11, 2), dt.date(2026, 11, 6))
    assert not windows(found)


def test_four_working_days_give_way_to_what_is_declared() -> None:
    """Without a declaration they are a long window: the most that was seen, and about."""
    short = [one for one in WEEK if one.begun.weekday() < 4]
    history = figures(site(), {"main": short}, [])
    found = gather(site(declared=THREE), [router(WAN), gateway()], history)
    assert (found["link.main.used_down_bps"].value, found["link.main.used_down_bps"].origin) == (
        3_000_000,
        Origin.DECLARED,
    )
    alone = gather(site(), [gateway(), phones()], history)["link.main.used_down_bps"]
    assert alone.note is not None
    assert (alone.value, alone.note.id, alone.note.values["days"]) == (10_000_000, "note.window_history", 4)
    assert windows(gather(site(), [gateway(), phones()], history))


def test_the_more_of_two_windows_is_taken() -> None:
    """A minute at 10.1 Mbit/s during the audit is not undone by a quieter day before it."""
    history = figures(site(), {"main": minutes([0], [10], lambda at: 2_000_000)}, [])
    figure = gather(site(), [router(WAN), gateway()], history)["link.main.used_down_bps"]
    assert figure.value == 10_100_000
    louder = figures(site(), {"main": minutes([0], [10], lambda at: 12_000_000)}, [])
    assert gather(site(), [router(WAN), gateway()], louder)["link.main.used_down_bps"].value == 12_000_000


def test_users_are_taken_only_beside_the_use_they_made() -> None:
    """Counted with the percentile they are n0; beside a declared use they were connected at another hour."""
    counts = [Count(one.begun, 12) for one in WEEK]
    history = figures(site(), {"main": WEEK}, counts)
    found = gather(site(), [router(WAN), gateway()], history)["link.main.sessions"]
    assert (found.value, found.origin) == (12, Origin.MEASURED)
    short = figures(site(), {"main": [one for one in WEEK if one.begun.weekday() < 2]}, counts)
    assert gather(site(declared=THREE), [router(WAN), gateway()], short)["link.main.sessions"].value == 0
    assert gather(site(), [gateway()], short)["link.main.sessions"].value == 12


def test_without_counts_the_users_of_that_hour_are_not_known() -> None:
    """0 is taken, and said so."""
    found = gather(site(), [router(WAN), gateway()], figures(site(), {"main": WEEK}, []))["link.main.sessions"]
    assert (found.value, found.origin) == (0, Origin.ASSUMED)
    assert found.note is not None
    assert found.note.id == "note.sessions_zero"


def test_each_link_has_its_own_history() -> None:
    """A link without one keeps what else is known of it."""
    backup = Link("backup", "rtr", use="backup")
    told = figures(site(MAIN, backup), {"backup": WEEK}, [])
    assert {figure.name for figure in told} == {"link.backup.used_down_bps", "link.backup.used_up_bps"}


# ---- the store ----


def test_samples_are_kept_once_and_in_order(tmp_path: Path) -> None:
    """Added in any order, or twice, they come back as they were; another site's stay apart."""
    some = WEEK[:20]
    with Store(tmp_path / "history.sqlite", "Atelier SA") as store:
        for part in (some[10:], some[:12], some):
            store.samples.add("Rennes", "main", part)
        store.samples.add("Lyon", "main", some[:1])
        store.samples.count("Rennes", Count(MONDAY, 3))
    with Store(tmp_path / "history.sqlite") as store:
        assert store.samples.usage("Rennes") == {"main": some}
        assert store.samples.counts("Rennes") == [Count(MONDAY, 3)]
        assert store.samples.counts("Lyon") == []


def test_a_watch_that_was_cut_off_is_known(tmp_path: Path) -> None:
    """It is over once it was ended."""
    with Store(tmp_path / "history.sqlite", "Atelier SA") as store:
        assert store.samples.watch("Rennes") is None
        store.samples.begin("Rennes", MONDAY, MONDAY + 60 * MINUTE)
        assert store.samples.watch("Rennes") == Watch(MONDAY, MONDAY + 60 * MINUTE, over=False)
        store.samples.end("Rennes")
        watch = store.samples.watch("Rennes")
        assert watch is not None
        assert watch.over
