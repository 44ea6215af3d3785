"""What if: the headline and waterfall with other inputs, the names and values people type, and how fast it is."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.capacity import assess
from auditor.plan import waterfall
from auditor.planning.cures import Ladders
from auditor.planning.whatif import WhatIf, WhatIfError, known, parse, shown, value_of
from auditor.seats.figures import with_changes
from auditor.values import ABSENT, Value
from auditor.wording import texts
from benchmarks.what_if import QUESTIONS, fractions, seconds, site
from tests.worked import WORKED, unknown, worked


@cache
def question() -> WhatIf:
    return WhatIf(worked())


# ---- answers ----


@pytest.mark.parametrize("mode", ["selective", "split"])
def test_another_tunnel_mode(mode: str) -> None:
    """29 with a selective tunnel, 35 with a split one: the vectors of the worked site."""
    answer = question().ask({"tunnel.mode": mode})
    row = WORKED["modes"][mode]
    assert answer.headline.seats == row["seats"]
    assert {r.id: r.seats for r in answer.resources} == row["resources"]


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"link.target_use": Fraction(8, 10)}, "u_0.80"),
        ({"link.target_use": Fraction(6, 10)}, "u_0.60"),
        ({"link.base_gone": Fraction(9, 10)}, "r_0.9"),
    ],
)
def test_variants_of_the_worked_site(changes: Mapping[str, Value], row: str) -> None:
    """Another target use, and a site that goes quiet when it is closed."""
    assert question().ask(changes).headline.seats == WORKED["variants"][row]["seats"]


def test_today_is_the_audit_itself() -> None:
    """Nothing changed: headline and waterfall of the audit."""
    today = question().today
    assert today.headline == assess(worked()).headline
    assert [step.seats for step in today.waterfall] == [29, 50, 51, 62, 90, 100, 110]


def test_the_waterfall_follows_the_change() -> None:
    """With the licences bought it has one step less."""
    answer = question().ask({"vpn.sessions.licensed": 250})
    assert "VPN-002" not in [step.id for step in answer.waterfall]
    assert answer.headline.seats == 15


def test_ladders_of_the_site_count() -> None:
    """The operator of this site sells 70 Mbit/s."""
    asked = WhatIf(worked(), Ladders.of({"link_bps": (70_000_000,)})).ask({"tunnel.mode": "selective"})
    assert asked.waterfall[0].action.values["after"] == 70_000_000


def test_an_input_that_nobody_told_can_be_supposed() -> None:
    """The pool is not known; supposing it lifts the “at most”."""
    dark = WhatIf(unknown(worked(), "vpn.pool.addresses"))
    assert dark.today.headline.bounds[0] == "<="
    assert dark.ask({"vpn.pool.addresses": 254}).headline.bounds == ("~",)
    assert shown(dark.figures, "vpn.pool.addresses") is ABSENT
    assert shown(dark.figures, "vpn.sessions.licensed") == 50


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=4))
def test_asking_many_times_tells_what_counting_afresh_would(questions: list[Mapping[str, Value]]) -> None:
    """Headline, resources and waterfall, exactly, in whatever order the questions come."""
    figures = site()
    asked = WhatIf(figures)
    for changes in questions:
        answer, after = asked.ask(changes), with_changes(figures, changes)
        found = assess(after)
        assert (answer.headline, answer.resources) == (found.headline, found.resources)
        assert answer.waterfall == waterfall(after)


def test_a_question_is_faster_than_counting_afresh() -> None:
    """What a change leaves alone is not counted again: quicker than the whole, and than 5,000 plain fractions."""
    figures = site()
    asked = WhatIf(figures)
    changes: dict[str, Value] = {"people.equipment": 111}
    best = min(seconds(lambda: asked.ask(changes)) for _ in range(7))
    afresh = min(seconds(lambda: WhatIf(with_changes(figures, changes))) for _ in range(7))
    machine = min(seconds(fractions) for _ in range(7))
    assert best < afresh
    assert best < 2 * machine


# ---- contradictions ----


@pytest.mark.parametrize(
    ("changes", "id"),
    [
        ({"people.headcount": 90}, "whatif.eligible"),
        ({"people.eligible": 121}, "whatif.eligible"),
        ({"people.profile.vdi": Fraction(8, 10), "people.profile.office": Fraction(3, 10)}, "whatif.profiles"),
        ({"homes.share": 82}, "whatif.value"),
    ],
)
def test_numbers_that_cannot_stand_together_are_refused(changes: Mapping[str, Value], id: str) -> None:
    """More eligible people than people; shares beyond the whole."""
    with pytest.raises(WhatIfError) as caught:
        question().ask(changes)
    assert caught.value.message.id == id


def test_both_numbers_together_are_fine() -> None:
    """Headcount and eligible people change together."""
    assert question().ask({"people.headcount": 90, "people.eligible": 80}).headline.required == 80
    assert question().ask({"people.profile.vdi": Fraction(8, 10)}).headline.required == 110


# ---- names ----


def test_names_are_the_published_inputs_of_this_site() -> None:
    """Its links by name, the share of each resource, and every input of docs/inputs.md; nothing derived."""
    names = question().names()
    assert {"link.main.committed_up_bps", "share.vpn.licence", "people.on_site", "demand.overhead"} <= set(names)
    assert not [name for name in names if "NAME" in name or "/" in name or name.endswith("_now")]
    assert list(names) == sorted(names)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("headcont", "people.headcount"),
        ("headcount", "people.headcount"),
        ("u", "link.target_use"),
        ("overhead", "demand.overhead"),
        ("channels", "telephony.channels.max"),
        ("link.mian.committed_up_bps", "link.main.committed_up_bps"),
        ("vpn.sesions.licensed", "vpn.sessions.licensed"),
        ("committed_up_bps", "link.main.committed_up_bps"),
    ],
)
def test_a_mistyped_name_is_told_its_nearest(name: str, near: str) -> None:
    """The name that is meant comes first; it is never taken for it."""
    with pytest.raises(WhatIfError) as caught:
        parse([f"{name}=1"], question().names())
    assert caught.value.message.id == "whatif.no_input_near"
    told = caught.value.message.values["near"]
    assert isinstance(told, tuple)
    assert told[0] == near


def test_a_name_that_is_like_nothing_is_told_where_they_stand() -> None:
    """And a very long one, or one with escapes, is cut and cleaned."""
    with pytest.raises(WhatIfError) as caught:
        parse(["qqqqqq=1"], question().names())
    assert caught.value.message.id == "whatif.no_input"
    with pytest.raises(WhatIfError) as caught:
        parse(["\x1b[31m" + "x" * 5000 + "=1"], question().names())
    said = texts("en").say(caught.value.message)
    assert len(said) < 300
    assert "\x1b" not in said


def test_what_was_kept_is_checked_against_the_inputs_of_today() -> None:
    """A link that is gone since is named."""
    assert known({"vpn.sessions.licensed": 250}, question().names()) == {"vpn.sessions.licensed": 250}
    with pytest.raises(WhatIfError):
        known({"link.second.committed_up_bps": 1}, question().names())


# ---- values ----


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("vpn.sessions.licensed", "250", 250),
        ("link.main.committed_up_bps", "20_000_000", 20_000_000),
        ("link.main.committed_up_bps", "20M", 20_000_000),
        ("link.main.committed_up_bps", "1.5G", 1_500_000_000),
        ("link.main.committed_up_bps", "100 Mbit/s", 100_000_000),
        ("demand.voice_bps", "105.6kbps", 105_600),
        ("link.target_use", "0.8", Fraction(4, 5)),
        ("link.target_use", "0,8", Fraction(4, 5)),
        ("link.target_use", "80%", Fraction(4, 5)),
        ("link.target_use", "80 %", Fraction(4, 5)),
        ("link.target_use", "2/3", Fraction(2, 3)),
        ("homes.share", "1", 1),
        ("demand.overhead", "1.29", Fraction(129, 100)),
        ("tunnel.mode", "split", "split"),
        ("tunnel.ends", "datacentre", "datacentre"),
        ("tunnel.bypass", "video, web", ("video", "web")),
        ("tunnel.bypass", "", ()),
        ("vpn.pair", "yes", True),
        ("vpn.pair", "Non", False),
        ("application.crm.where", "saas", "saas"),
        ("application.crm.profiles", "office,vdi", ("office", "vdi")),
    ],
)
def test_values_as_people_write_them(name: str, text: str, value: Value) -> None:
    """Exact, in the units that the input has."""
    found = value_of(name, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "id"),
    [
        ("vpn.sessions.licensed", "lots", "whatif.number"),
        ("vpn.sessions.licensed", "", "whatif.number"),
        ("vpn.sessions.licensed", "-3", "whatif.number"),
        ("vpn.sessions.licensed", "nan", "whatif.number"),
        ("vpn.sessions.licensed", "1e999999999", "whatif.number"),
        ("vpn.sessions.licensed", "9" * 40, "whatif.number"),
        ("vpn.sessions.licensed", "1/0", "whatif.number"),
        ("vpn.sessions.licensed", "2.5", "whatif.whole"),
        ("vpn.sessions.licensed", "1000001", "whatif.range"),
        ("telephony.channels.max", "10001", "whatif.range"),
        ("homes.share", "82", "whatif.range"),
        ("homes.share", "101%", "whatif.range"),
        ("share.vpn.licence", "2", "whatif.range"),
        ("demand.overhead", "0.9", "whatif.range"),
        ("tunnel.mode", "ful", "whatif.word"),
        ("tunnel.bypass", "video,mail", "whatif.word"),
        ("vpn.pair", "perhaps", "whatif.word"),
        ("application.crm.where", "moon", "whatif.word"),
    ],
)
def test_values_that_make_no_sense(name: str, text: str, id: str) -> None:
    """Each is refused at once, with the input's name, in both languages."""
    with pytest.raises(WhatIfError) as caught:
        value_of(name, text)
    assert caught.value.message.id == id
    english, french = (texts(language).say(caught.value.message) for language in ("en", "fr"))
    assert name in english
    assert english != french


@pytest.mark.parametrize("settings", [["people.headcount"], ["=5"], [""], ["homes.share=1", "homes.share=0.5"]])
def test_settings_that_are_none(settings: list[str]) -> None:
    """No equals sign, no name, or the same name twice."""
    with pytest.raises(WhatIfError):
        parse(settings, question().names())


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=40), st.sampled_from(["homes.share", "tunnel.mode", "tunnel.bypass", "vpn.pair", "nat.addresses"])
)
def test_any_text_is_a_value_or_a_fault(text: str, name: str) -> None:
    """Whatever is typed ends in a value the model takes or in one sentence."""
    found: Any = ABSENT
    with suppress(WhatIfError):
        found = value_of(name, text)
    if found is not ABSENT:
        with_changes(worked(), {name: found})
