"""Counting again only what changed tells exactly what counting afresh would."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.capacity import assess, tally
from auditor.model import Figure, Origin
from auditor.seats.figures import with_changes
from auditor.seats.recount import MOST_SHEETS, Memo, Watched
from auditor.values import Value
from tests.worked import unknown, worked

CHANGES: tuple[tuple[str, tuple[Value, ...]], ...] = (
    ("people.headcount", (120, 400)),
    ("people.eligible", (0, 80, 110)),
    ("people.concurrency", (Fraction(1, 2), Fraction(1))),
    ("people.profile.vdi", (Fraction(0), Fraction(1, 2))),
    ("tunnel.mode", ("full", "selective", "split")),
    ("tunnel.bypass", (("video",), ("video", "web"), ())),
    ("link.main.committed_up_bps", (0, 20_000_000, 100_000_000)),
    ("link.main.used_down_bps", (0, 3_000_000, 10_100_000)),
    ("link.main.sessions", (0, 8, 40)),
    ("link.target_use", (Fraction(7, 10), Fraction(4, 5))),
    ("demand.overhead", (Fraction(11, 10), Fraction(12, 10))),
    ("vpn.sessions.licensed", (2, 50, 250)),
    ("telephony.channels.max", (0, 12, 15, 30)),
    ("telephony.softphones", (0, 20, 80)),
    ("hosts.vcpu", (0, 16)),
    ("site.architecture", ("site", "hybrid", "cloud")),
)
one_change = st.sampled_from(CHANGES).flatmap(lambda row: st.tuples(st.just(row[0]), st.sampled_from(row[1])))


@settings(max_examples=25, deadline=None)
@given(st.lists(one_change, min_size=1, max_size=4))
def test_a_memo_never_changes_what_is_concluded(changes: list[tuple[str, Value]]) -> None:
    """After any sequence of changes, one upon the other or each from the start, both ways agree in every figure."""
    memo, start = Memo(), worked()
    assert assess(start, memo) == assess(start)
    now: dict[str, Figure] = start
    for name, value in changes:
        for base in (start, now):
            after = with_changes(base, {name: value})
            assert assess(after, memo) == assess(after)
            assert tally(after, memo) == tally(after)
        now = with_changes(now, {name: value})


def test_only_what_looked_at_a_figure_is_counted_again() -> None:
    """A result is reused while the figures it saw are the same, and not once one of them, or a new one, is there."""
    counted: list[str] = []

    def work(figures: Watched) -> int:
        counted.append("work")
        return len([name for name in ("a", "b") if name in figures])

    memo, one = Memo(), Figure("a", 1, Origin.DECLARED)
    tables = ({"a": one}, {"a": one, "other": one}, {"a": one, "b": one}, {"a": Figure("a", 1, Origin.DECLARED)})
    found = []
    for table in tables:
        figures = Watched(table)
        found.append(memo.sheet(table).keep("x", figures, lambda figures=figures: work(figures)))  # type: ignore[misc]
    assert found == [1, 1, 2, 1]
    assert len(counted) == 3


def test_a_count_that_went_through_the_names_is_done_again_for_others() -> None:
    """A new link among the names is seen, even by what asked for none by name."""
    memo, one = Memo(), Figure("a", 1, Origin.DECLARED)
    for table, wanted in (({"a": one}, ["a"]), ({"a": one, "b": one}, ["a", "b"])):
        figures = Watched(table)
        kept = memo.sheet(table).keep("names", figures, lambda figures=figures: list(figures))  # type: ignore[misc]
        assert kept == wanted


def test_what_is_missing_stays_missing() -> None:
    """An unknown input is told each time, with the same reason."""
    memo, figures = Memo(), unknown(worked(), "people.phone_share", "demand.overhead")
    first, again = assess(figures, memo), assess(figures, memo)
    assert first == again == assess(figures)
    assert again.seats("link.up") == first.seats("link.up")


def test_a_memo_stays_small() -> None:
    """Many changes do not fill the memory: the first set of figures and the last few are kept, no more."""
    memo, start = Memo(), worked()
    assess(start, memo)
    first = memo.sheet(start)
    for licences in range(100):
        assess(with_changes(start, {"vpn.sessions.licensed": licences}), memo)
    assert len(memo._sheets) == MOST_SHEETS
    assert memo._sheets[0] is first
