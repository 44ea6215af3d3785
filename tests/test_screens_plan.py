"""The plan screen, driven by keys: decisions are saved as they are made, undone, and refused with their reason."""

from __future__ import annotations

import datetime as dt

import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Input

from auditor import desk
from auditor.actions import Action
from auditor.app import AuditorApp
from auditor.model import Audit
from auditor.screens.gantt import Calendar, bar, calendar, ruler
from auditor.screens.plan import Plan
from auditor.store import home_folder
from auditor.visit import Place, now_at
from auditor.wording import texts
from tests.driving import NARROW, WIDE, matches, opened, pressed, screen_text
from tests.history import saved
from tests.worked_audit import perfect_audit, worked_audit


def shown(app: AuditorApp) -> Audit:
    """The audit as the plan screen shows it."""
    assert isinstance(app.screen, Plan)
    return app.screen.audit


def action(audit: Audit, id: str) -> Action:
    return next(action for action in (*audit.plan, *audit.left_out) if action.id == id)


def kept(audit: Audit) -> dict[tuple[str, str], str]:
    """What the history of the site holds: the text of each (item, field) that was decided."""
    with Place.of(home_folder(), audit.site).store() as store:
        return {(edit.item, edit.field): edit.value for edit in store.edits(audit.site.name)}


async def to(app: AuditorApp, pilot: Pilot[None], id: str) -> None:
    table = app.screen.query_one(DataTable)
    table.move_cursor(row=table.get_row_index(id))
    await pilot.pause()


async def typed(app: AuditorApp, pilot: Pilot[None], text: str) -> str:
    """Answer a question with a text in place of what stands there."""
    field = app.screen.query_one(Input)
    field.value = text
    return await pressed(app, pilot, "enter")


@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_the_plan_is_a_list_and_a_calendar(size: tuple[int, int], language: str) -> None:
    """Order, dates, people and score; by week, with the critical path told without colour."""
    async with opened(size=size, language=language, audit=worked_audit()) as (app, pilot):
        if size == WIDE:
            await pressed(app, pilot, "p")
            matches(app, f"plan-{size[0]}x{size[1]}-{language}")
            await pilot.press("escape")
        await pressed(app, pilot, "p", "g")
        matches(app, f"weeks-{size[0]}x{size[1]}-{language}")


@pytest.mark.slow
async def test_decisions_are_saved_shown_and_undone() -> None:
    """Owner, status, dates and leaving out: the store has each at once, and `u` takes the last one back."""
    audit = saved()
    first, *_ = audit.plan
    async with opened(size=WIDE, audit=audit) as (app, pilot):
        await pressed(app, pilot, "p")
        await pressed(app, pilot, "o")
        assert "Marie Le Goff" in await typed(app, pilot, "Marie Le Goff")
        assert kept(audit)[first.id, "owner"] == "Marie Le Goff"
        await pressed(app, pilot, "t")
        ordered = action(shown(app), first.id)
        assert ordered.status == "ordered"
        await pressed(app, pilot, "n")
        await typed(app, pilot, "2027-03-01")
        assert kept(audit)[first.id, "end"] == "2027-03-01"
        assert action(shown(app), first.id).done_by == dt.date(2027, 3, 1)
        await pressed(app, pilot, "u")
        assert action(shown(app), first.id).done_by == ordered.done_by
        await pressed(app, pilot, "x")
        await typed(app, pilot, "no budget")
        assert [action.id for action in shown(app).left_out] == [first.id]
        await to(app, pilot, first.id)
        assert "no budget" in screen_text(app)
        await pressed(app, pilot, "x")
        assert not shown(app).left_out
        await pressed(app, pilot, "u", "u")
        assert {key: said for key, said in kept(audit).items() if key[0] == first.id} == {
            (first.id, "owner"): "Marie Le Goff",
            (first.id, "status"): "ordered",
        }
        assert desk.load(audit.id).plan == shown(app).plan


@pytest.mark.slow
async def test_a_risk_is_accepted_until_a_day_and_withdrawn() -> None:
    """Who, why and until when are needed; the dashboard and the findings show the audit with it."""
    audit = saved()
    until = now_at(audit.site).date() + dt.timedelta(30)
    async with opened(size=WIDE, audit=audit) as (app, pilot):
        await pressed(app, pilot, "p")
        check = shown(app).plan[0].done_when
        await pressed(app, pilot, "a", *"CIO", "enter", *"cost", "enter", "enter")
        assert "needs a name, a reason and a last day" in screen_text(app)
        await pressed(app, pilot, "enter")
        assert [field.value for field in app.screen.query(Input)] == ["CIO", "cost", ""]
        app.screen.query(Input).last().focus()
        await pressed(app, pilot, *until.isoformat(), "enter")
        assert list(kept(audit)) == [(check, "accepted")]
        await pressed(app, pilot, "f", "slash", *check)
        assert "Risk accepted: CIO" in screen_text(app)
        await pressed(app, pilot, "escape", "p")
        await to(app, pilot, shown(app).left_out[0].id)
        assert "Accept this risk no longer?" in await pressed(app, pilot, "a")
        await pressed(app, pilot, "tab", "enter")
        assert not kept(audit)
        await pressed(app, pilot, "f", "u")
        assert list(kept(audit)) == [(check, "accepted")]


@pytest.mark.slow
async def test_a_day_that_is_none_is_refused_and_stays_in_the_field() -> None:
    """Nothing typed is lost; nothing is saved."""
    audit = saved()
    async with opened(audit=audit) as (app, pilot):
        await pressed(app, pilot, "p", "n")
        assert "“soon” is not a day" in await typed(app, pilot, "soon")
        await pressed(app, pilot, "enter")
        assert app.screen.query_one(Input).value == "soon"
        await pressed(app, pilot, "escape")
        assert not kept(audit)


async def test_an_audit_of_no_history_is_read_but_not_decided_about() -> None:
    """The reason is told."""
    async with opened(audit=worked_audit()) as (app, pilot):
        assert "No saved audit is called" in await pressed(app, pilot, "p", "t")


async def test_an_empty_plan_says_so_and_offers_no_decision() -> None:
    """The footer holds nothing that would do nothing."""
    async with opened(audit=perfect_audit()) as (app, pilot):
        told = await pressed(app, pilot, "p")
        assert "No action is planned." in told
        assert "Owner" not in told.splitlines()[-1]
        assert "By week" not in told.splitlines()[-1]


def test_a_calendar_begins_on_a_monday_and_holds_the_last_day() -> None:
    """Each bar lies within it, in order of its dates; a narrow screen never overflows."""
    plan = worked_audit().plan
    for room in (8, 20, 47, 120):
        weeks = calendar(plan, room)
        assert weeks.first.weekday() == 0
        assert weeks.width <= room
        bars = [bar(action, weeks) for action in plan]
        assert all(drawn.strip() and len(drawn) <= weeks.width for drawn in bars)
    wide = calendar(plan, 120)
    assert wide.cell(max(action.done_by for action in plan)) >= wide.width - wide.cells


def test_weeks_are_named_by_their_monday() -> None:
    """As far as there is room, never one over the other."""
    weeks = Calendar(dt.date(2026, 11, 30), 4, 4)
    assert ruler(weeks, texts("fr", narrow=False)) == "30/11   14/12"
    assert ruler(Calendar(dt.date(2026, 11, 30), 3, 6), texts("en", narrow=False)) == "30 Nov      14 Dec"
