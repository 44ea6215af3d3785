"""The what-if screen, driven by keys: what is turned or typed is answered, undone, kept and opened again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from auditor.app import AuditorApp
from auditor.model import Audit
from auditor.reports.export import audit_json
from auditor.screens.dial import DialTable, heard, slider, typed
from auditor.screens.whatif import Outcome
from auditor.store import home_folder
from auditor.values import ABSENT, Absent
from auditor.visit import Place
from auditor.wording import texts
from tests.driving import NARROW, WIDE, matches, opened, pressed
from tests.worked_audit import unknown_audit, worked_audit


def saved(audit: Audit) -> Audit:
    """The audit, in the history of its client."""
    with Place.of(home_folder(), audit.site).store() as store:
        id = store.begin(audit.site, "[site]", audit.at, "0.1.0")
        result = replace(audit, id=id)
        store.finish(result, audit_json(result, texts("en")))
    return result


def seats(app: AuditorApp) -> int | Absent:
    """The people the screen answers with."""
    return app.screen.query_one(Outcome).then.headline.seats


async def to(app: AuditorApp, pilot: Pilot[None], name: str) -> None:
    """Put the cursor on an input."""
    table = app.screen.query_one(DialTable)
    table.move_cursor(list(table.keys).index(name))
    await pilot.pause()


@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_the_people_follow_what_is_turned(size: tuple[int, int], language: str) -> None:
    """A changed input is marked, the people, the cures and the bad days are those of the changed site."""
    async with opened(size=size, language=language, audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "w")
        await to(app, pilot, "people.concurrency")
        await pressed(app, pilot, "left", "left")
        matches(app, f"whatif-{size[0]}x{size[1]}-{language}")


@pytest.mark.slow
async def test_a_value_is_answered_while_it_is_typed() -> None:
    """The worked site with 250 licences stays at 15; a selective tunnel gives 29 (domain model, 1.13)."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "w")
        await to(app, pilot, "tunnel.mode")
        await pressed(app, pilot, "enter", *["backspace"] * 4, *"split")
        assert isinstance(app.focused, Input)
        assert seats(app) == 35
        shown = await pressed(app, pilot, "enter")
        assert "full → split" in shown
        assert "today 15 of 110 · 1 input changed" in shown
        assert seats(app) == 35
        assert "What is changed" not in await pressed(app, pilot, "u")
        assert seats(app) == 15


async def test_leaving_the_field_forgets_what_was_typed() -> None:
    """Esc is no change, and a text that is no value is said and answers nothing."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "w")
        await to(app, pilot, "people.eligible")
        shown = await pressed(app, pilot, "9", "x")
        assert "! people.eligible: “9x” is not a number" in shown
        await pressed(app, pilot, "backspace")
        assert app.screen.query_one(Outcome).then.headline.required == 9
        shown = await pressed(app, pilot, "escape")
        assert app.screen.query_one(Outcome).then.headline.required == 110
        assert "!" not in shown
        assert "As it is today." in shown


@pytest.mark.slow
async def test_numbers_that_cannot_stand_together_are_said() -> None:
    """The last answer stays, with the reason beside it."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "w")
        await to(app, pilot, "people.eligible")
        shown = await pressed(app, pilot, *"500", "enter")
        assert "500 eligible people out of a headcount of 120 is not possible" in shown.replace("\n         ", " ")
        assert app.screen.query_one(Outcome).then.headline.required == 50
        assert "!" not in await pressed(app, pilot, "delete")


@pytest.mark.slow
async def test_inputs_are_found_by_their_words_and_by_their_name() -> None:
    """`/` narrows the list; Esc gives it back."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "w", "slash", *"licence")
        table = app.screen.query_one(DialTable)
        assert "vpn.sessions.licensed" in table.keys
        assert table.row_count < 10
        shown = await pressed(app, pilot, *"zzz")
        assert "No input matches “licencezzz”." in shown
        await pressed(app, pilot, "escape")
        assert table.row_count > 100


@pytest.mark.slow
async def test_every_input_can_be_turned_both_ways_and_is_counted_again() -> None:
    """No slider has a notch that the model refuses to read, and coming back is no change."""
    audit = worked_audit()
    async with opened(audit=audit) as (app, pilot):
        await pressed(app, pilot, "w")
        table = app.screen.query_one(DialTable)
        for name in ("vpn.sessions.licensed", "link.main.committed_down_bps", "tunnel.bypass", "hosts.elastic"):
            await to(app, pilot, name)
            await pressed(app, pilot, "right")
            assert table.row_text().endswith("*"), name
            await pressed(app, pilot, "left")
            assert not table.row_text().endswith("*"), name


@pytest.mark.slow
async def test_a_what_if_is_kept_opened_and_forgotten() -> None:
    """In the history of the client, under a name; forgetting asks."""
    async with opened(audit=saved(worked_audit())) as (app, pilot):
        assert "No what-if is kept" in await pressed(app, pilot, "w", "o")
        await pressed(app, pilot, "enter")
        await to(app, pilot, "tunnel.mode")
        await pressed(app, pilot, "right", "ctrl+s", *"Video outside", "enter")
        await pressed(app, pilot, "z")
        assert seats(app) == 15
        shown = await pressed(app, pilot, "o")
        assert "Video outside" in shown
        assert "selective" in shown
        shown = await pressed(app, pilot, "enter")
        assert seats(app) == 29
        assert "Video outside" in shown
        assert "Forget “Video outside”?" in await pressed(app, pilot, "o", "delete")
        await pressed(app, pilot, "tab", "enter")
        assert "No what-if is kept" in await pressed(app, pilot, "o")


async def test_an_audit_of_no_history_keeps_nothing_and_says_why() -> None:
    """The name stays in the field, the reason below it."""
    async with opened(audit=worked_audit()) as (app, pilot):
        shown = await pressed(app, pilot, "w", "right", "ctrl+s", "x", "enter")
        assert "No saved audit is called" in shown
        assert isinstance(app.focused, Input)


async def test_nothing_measured_is_a_question_mark_until_inputs_are_told() -> None:
    """No figure is made up; typing what limits gives one, with its bound."""
    async with opened(audit=unknown_audit()) as (app, pilot):
        shown = await pressed(app, pilot, "w")
        assert "is not known" in shown
        await to(app, pilot, "vpn.sessions.licensed")
        shown = await pressed(app, pilot, *"40", "enter")
        assert seats(app) == 40
        assert "at most" in shown


@pytest.mark.parametrize(
    ("told", "unit", "field"),
    [(20_000_000, "bit/s", "20M"), (2_500_000, "bit/s", "2.5M"), (250, "sessions", "250"), (True, "", "yes")],
)
def test_a_value_is_offered_as_somebody_would_type_it(told: int, unit: str, field: str) -> None:
    """The field starts from what stands there."""
    assert typed(texts("en", narrow=False), told, unit) == field


def test_a_reader_s_words_are_understood() -> None:
    """A Frenchman types complet, the model hears full."""
    french = texts("fr", narrow=False)
    assert heard(french, "complet") == "full"
    assert heard(french, "visioconférence, web") == "video,web"
    assert heard(french, "80\u00a0%") == "80%"


def test_a_slider_says_without_colour_where_it_stood() -> None:
    """A knob where the value stands, a notch where today's is, dots where nobody knows."""
    assert slider(Fraction(1), Fraction(0), 4) == "┊━━●"
    assert slider(Fraction(0), Fraction(0), 4) == "●───"
    assert slider(ABSENT, ABSENT, 4) == "····"
