"""The screens that study an audit in terminals of any size: no traceback, no overflow, no cut footer."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.scroll_view import ScrollView
from textual.widget import Widget

from auditor.app import AuditorApp
from tests.driving import opened, pressed
from tests.worked_audit import unknown_audit, worked_audit


def overflowing(app: AuditorApp) -> list[str]:
    """The widgets in sight that can be scrolled sideways."""
    return [
        f"{widget!r}"
        for widget in app.screen.walk_children(Widget)
        if widget.display and widget.region.width and widget.max_scroll_x > 0 and isinstance(widget, ScrollView)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("width", "language"), [(80, "fr"), (120, "fr"), (80, "en")])
async def test_nothing_scrolls_sideways_or_is_wider_than_the_terminal(width: int, language: str) -> None:
    """At 80 and at 120 columns, in both languages, on every screen."""
    async with opened(size=(width, 24), language=language, audit=worked_audit()) as (app, pilot):
        for keys in ("w", "right", "c", "p", "g", "f", "v", "t", "d"):
            shown = await pressed(app, pilot, keys)
            assert max(cell_len(line) for line in shown.splitlines()) <= width, keys
            assert not overflowing(app), keys


@pytest.mark.slow
async def test_an_audit_with_nothing_to_show_has_words_for_it() -> None:
    """Nothing measured: sentences, never a hole or a crash."""
    async with opened(audit=unknown_audit()) as (app, pilot):
        for key in ("f", "v", "p", "w", "c", "d"):
            shown = await pressed(app, pilot, key)
            assert len(shown.split()) > 25, key
