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
from auditor.model import Audit, Device, Figure, Gap, Origin, Reading, Score
from auditor.reports.export import audit_json
from auditor.site import Role
from auditor.texts import Texts
from auditor.values import Message, Value
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


values = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.fractions().filter(lambda exact: exact.denominator > 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.dates(min_value=dt.date(1970, 1, 1)),
    st.dates(min_value=dt.date(1970, 1, 1)).map(str),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.lists(st.text(max_size=5), max_size=3).map(tuple),
)


@given(values)
def test_any_value_of_a_figure_survives(value: Value) -> None:
    """What is written exactly comes back equal and of the same kind: a serial number is never a date."""
    figure = Figure("x", value, Origin.DECLARED)
    read = from_plain(Figure, json.loads(json.dumps(to_plain(figure, exact=True))))
    assert read == figure
    assert type(read.value) is type(value)


@pytest.mark.parametrize(
    "text", ["2026-11-24", "2026-11-24T14:02:00+01:00", "20261124", "2026-W48-2", "12", "true", ""]
)
def test_a_text_that_looks_like_something_else_stays_a_text(text: str) -> None:
    """Version numbers and labels are not read as dates or figures."""
    message = Message("x", {"version": text})
    assert from_plain(Message, json.loads(json.dumps(to_plain(message, exact=True)))) == message


def test_a_fraction_is_read_back_within_nine_places() -> None:
    """Published figures have nine places; whole ones are exact."""
    assert from_plain(Fraction, to_plain(Fraction(1, 4))) == Fraction(1, 4)
    assert abs(from_plain(Fraction, to_plain(Fraction(1, 3))) - Fraction(1, 3)) < Fraction(1, 10**9)


def test_a_score_without_value_stays_unrated() -> None:
    """Not rated comes back as not rated."""
    score = unknown_audit().score
    assert from_plain(Score, to_plain(score)).value is score.value


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ("x", "device: an object"),
        ({"schema": "auditor/audit/1"}, "device.schema"),
        ({}, "device.name"),
        ({"name": "fw", "role": "oven", "target": "t"}, "device.role"),
        ({"name": "fw", "role": "ups", "target": "t", "gaps": 3}, "device.gaps"),
        ({"name": "fw", "role": "ups", "target": "t", "readings": ["x"]}, "device.readings"),
        (
            {
                "name": "fw",
                "role": "ups",
                "target": "t",
                "readings": [{"key": "system.cpu", "value": "hot", "at": str(AT)}],
            },
            r"device.readings\[0\].value: float",
        ),
        ({"name": "fw", "role": "ups", "target": "t", "readings": [{"key": "system.cpu", "value": 1}]}, "at"),
    ],
)
def test_a_broken_device_is_refused(data: object, path: str) -> None:
    """What does not fit is named by its place, not guessed."""
    with pytest.raises(ValueError, match=path):
        device_from_json(data)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400])
@pytest.mark.parametrize("kind", [float, Fraction])
def test_a_number_that_is_none_is_refused(kind: type[float | Fraction], number: str) -> None:
    """JSON may say more than a computer can count."""
    with pytest.raises(ValueError, match="expected"):
        from_plain(kind, json.loads(number), "record.x")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_figure_is_written_that_json_cannot_hold(value: float) -> None:
    """Not a number is no figure."""
    with pytest.raises(ValueError, match="not a figure"):
        to_plain(value)
