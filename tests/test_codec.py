"""Records survive the way to JSON and back; what does not fit is named by its path."""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import facts
from auditor.codec import audit_from_json, device_from_json, from_plain, to_plain
from auditor.facts import Interface, Rule
from auditor.model import Audit, Device, Figure, Gap, Message, Origin, Reading, Role, Score, Value
from auditor.reports.export import audit_json, device_json
from auditor.texts import Texts
from tests.worked_audit import perfect_audit, unknown_audit, worked_audit

AT = dt.datetime(2026, 11, 24, 14, 2, tzinfo=dt.timezone(dt.timedelta(hours=1)))
TEXTS = Texts("en", {})


def test_an_absent_field_is_left_out_and_comes_back_absent() -> None:
    """What nobody measured is neither null nor 0."""
    row = Interface("Gi0/0", speed_bps=100_000_000, oper_up=True)
    plain = to_plain(row)
    assert plain == {"name": "Gi0/0", "speed_bps": 100_000_000, "oper_up": True}
    assert from_plain(Interface, json.loads(json.dumps(plain))) == row


def test_a_rule_says_from() -> None:
    """A word that Python reserves has its own name outside."""
    rule = Rule("1", "permit", from_=("outside",))
    assert to_plain(rule)["from"] == ["outside"]
    assert from_plain(Rule, to_plain(rule)) == rule


def test_a_reading_is_read_back_by_the_type_of_its_fact() -> None:
    """Records, numbers and dates come back as what they were."""
    device = Device(
        "fw",
        Role.FIREWALL,
        "192.0.2.1",
        readings=(
            Reading(facts.VPN_SESSIONS_NOW, 8, "fw", AT, ("show vpn-sessiondb",)),
            Reading(facts.INTERFACES, (Interface("outside", in_bps=5),), "fw", AT, ("1.3.6",)),
            Reading(facts.CONFIG_SAVED_AT, AT, "fw", AT, ("show version",)),
            Reading(facts.VPN_TUNNEL_ROUTES, ("10.0.0.0/8",), "fw", AT, ("show running-config",)),
        ),
        gaps=(Gap(facts.VPN_POOLS, "fw", Message("gap.no_answer"), ("show ip local pool",), refused=True),),
    )
    assert from_plain(Device, json.loads(json.dumps(to_plain(device)))) == device


@pytest.mark.parametrize("audit", [worked_audit(), unknown_audit(), perfect_audit()], ids=["worked", "unknown", "good"])
def test_an_audit_can_be_read_back_from_its_json(audit: Audit) -> None:
    """The same audit comes out again, except for the texts of the evidence, which stay in the history."""
    written = json.loads(json.dumps(audit_json(audit, TEXTS)))
    read = audit_from_json(written)
    assert read.headline == audit.headline
    assert json.loads(json.dumps(audit_json(read, TEXTS))) == written


def test_the_published_shape_of_an_audit() -> None:
    """The keys that scripts rely on, with the headline of the worked site."""
    found = audit_json(worked_audit(), TEXTS)
    assert found["schema"] == "auditor/audit/1"
    head = found["headline"]
    assert (head["seats"], head["required"], head["low"], head["high"]) == (15, 110, 13, 19)
    assert head["binding"] == ["link.down"]
    assert {"value", "proven", "possible", "grade", "cap", "coverage", "confidence", "domains"} <= found["score"].keys()
    assert {"id", "verdict", "severity", "numbers", "text", "evidence", "accepted"} <= found["findings"][0].keys()
    assert {"rank", "action", "closes", "seats_after", "owner", "lead_days", "start_by"} <= found["plan"][0].keys()


def test_an_unknown_headline_has_no_seats_in_json() -> None:
    """Unknown is absent, never 0 or null."""
    head = audit_json(unknown_audit(), TEXTS)["headline"]
    assert "seats" not in head


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ([], "audit"),
        ({"schema": "other"}, "schema"),
        ({"schema": "auditor/audit/1"}, "record"),
        ({"schema": "auditor/audit/1", "record": {"id": 3}}, "record.id"),
    ],
)
def test_what_does_not_fit_is_named(data: object, path: str) -> None:
    """A file that is no audit gives one line with the place."""
    with pytest.raises(ValueError, match=path):
        audit_from_json(data)


def test_a_device_has_its_published_shape() -> None:
    """Readings carry unit and sources, gaps their reason in words."""
    device = worked_audit().devices[0]
    found = device_json(device, TEXTS)
    assert found["schema"] == "auditor/device/1"
    assert {"key", "value", "unit", "sources", "at"} <= found["readings"][0].keys()


values = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.text(max_size=20),
    st.dates(min_value=dt.date(1970, 1, 1)),
    st.lists(st.text(max_size=5), max_size=3).map(tuple),
)


@given(values)
def test_any_value_of_a_figure_survives(value: Value) -> None:
    """Texts that look like numbers stay texts, dates stay dates."""
    figure = Figure("x", value, Origin.DECLARED)
    read = from_plain(Figure, json.loads(json.dumps(to_plain(figure))))
    looks_like_date = isinstance(value, str) and not isinstance(read.value, str)
    assert read.value == value or looks_like_date


def test_a_fraction_is_read_back_within_nine_places() -> None:
    """Published figures have nine places; whole ones are exact."""
    assert from_plain(Fraction, to_plain(Fraction(1, 4))) == Fraction(1, 4)
    assert abs(from_plain(Fraction, to_plain(Fraction(1, 3))) - Fraction(1, 3)) < Fraction(1, 10**9)


def test_a_score_without_value_stays_unrated() -> None:
    """Not rated comes back as not rated."""
    score = unknown_audit().score
    assert from_plain(Score, to_plain(score)).value is score.value


def test_a_broken_device_is_refused() -> None:
    """Bytes that are no device are named, not guessed."""
    with pytest.raises(ValueError, match="device"):
        device_from_json("x")
