"""Keys that come in one burst, pasted or over a slow line: each goes where it would have gone typed slowly."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from auditor.app import AuditorApp
from auditor.model import Audit
from auditor.screens.plan import Plan
from auditor.screens.rows import Rows
from tests.driving import opened, screen_text, settled, until
from tests.fake_services import KNOWN, FakeServices
from tests.worked_audit import worked_audit

NAMES = {"/": "slash", " ": "space", "\r": "enter", ".": "full_stop", "-": "minus", "\x10": "ctrl+p"}


async def burst(app: AuditorApp, pilot: Pilot[None], text: str, answered: Callable[[], bool]) -> None:
    """All keys at once, as the driver hands over what one read of the terminal gave."""
    for char in text:
        app.post_message(Key(NAMES.get(char, char), char).set_sender(app))
    await until(pilot, answered)
    await settled(app, pilot)


def typed(app: AuditorApp, text: str) -> Callable[[], bool]:
    """Whether this stands in the field that has the focus."""
    return lambda: isinstance(app.focused, Input) and app.focused.value == text


@pytest.mark.parametrize("keys", ["f/trunk", "w/links", "/hôtel"])
async def test_a_burst_after_the_slash_is_typed_into_the_field(keys: str) -> None:
    """Letters that are keys of the list behind (d, f, p, w, q…) are letters all the same."""
    audit: Audit | None = None if keys.startswith("/") else worked_audit()
    async with opened(FakeServices(KNOWN), audit=audit) as (app, pilot):
        await burst(app, pilot, keys, typed(app, keys.partition("/")[2]))
        assert app.focused is app.screen.query_one("#words")


async def test_a_burst_reaches_the_list_once_the_field_is_left() -> None:
    """Filter, Enter, and the next key is the list's again."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await burst(app, pilot, "f/trunk\rp", lambda: isinstance(app.screen, Plan))
        await burst(app, pilot, "f", lambda: bool(app.screen.query(Rows)))
        assert 0 < app.screen.query_one(Rows).row_count < len(worked_audit().findings)


async def test_a_burst_goes_into_the_question_that_its_first_key_opens() -> None:
    """`o` asks for a path; the path and its Enter come in the same write."""
    async with opened(FakeServices(KNOWN)) as (app, pilot):
        await burst(app, pilot, "oquite-new/missing.toml", typed(app, "quite-new/missing.toml"))
        await burst(app, pilot, "\r", lambda: "no such file" in screen_text(app))


async def test_a_burst_goes_into_the_palette() -> None:
    """Ctrl-P and a name: no letter of it is a key of the screen behind."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await burst(app, pilot, "\x10quit", typed(app, "quit"))
        assert app.is_running
