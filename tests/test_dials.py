"""The dials of a what-if: every notch is a value the model takes, and sliders are monotone."""

from __future__ import annotations

from fractions import Fraction

import pytest

from auditor.audit import figures_of
from auditor.planning.dials import dials, notches, place, read, slid
from auditor.planning.whatif import WhatIf, WhatIfError, shown
from auditor.seats.figures import with_changes
from auditor.values import ABSENT
from tests.worked_audit import worked_audit

MODEL = WhatIf(figures_of(worked_audit()))
NAMES = dials(MODEL.names())


@pytest.mark.parametrize("name", NAMES)
def test_every_notch_is_a_value_of_its_input(name: str) -> None:
    """Today's value is among them, each stands further than the one before, and the model takes each end."""
    today = shown(MODEL.figures, name)
    stops = notches(name, today)
    assert len(set(map(str, stops))) == len(stops) > 1
    assert today is ABSENT or today in stops
    places = [place(name, today, stop) for stop in stops]
    assert places[0] == 0
    assert places[-1] == 1
    for end in (stops[0], stops[-1]):
        assert with_changes(MODEL.figures, {name: end})[name].value == end


def test_no_input_of_the_model_is_left_out_but_dates() -> None:
    """A date changes no seat."""
    assert set(MODEL.names()) - set(NAMES) == {"vpn.certificate_ends"}
    assert NAMES[:3] == ("people.headcount", "people.eligible", "people.concurrency")


@pytest.mark.parametrize(
    ("value", "by", "then"),
    [(50, 1, 60), (50, -1, 40), (55, 1, 60), (55, -1, 50), (0, -1, 0), (500, 1, 500), (ABSENT, 1, 1)],
)
def test_a_slide_goes_to_the_next_notch(value: int, by: int, then: int) -> None:
    """Also from a value that was typed between two, and not past the ends (ten times today's 50)."""
    assert slid("vpn.sessions.licensed", 50, value, by) == then


def test_a_value_is_read_with_its_unit() -> None:
    """As people write it: 20 Mbit/s, 80 %, 8 sessions."""
    assert read("link.main.committed_up_bps", "20 Mbit/s") == 20_000_000
    assert read("people.video_share", "40 %") == Fraction(2, 5)
    assert read("vpn.sessions.licensed", "80 sessions") == 80
    with pytest.raises(WhatIfError):
        read("vpn.sessions.licensed", " ")
