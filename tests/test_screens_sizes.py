"""The screens that study an audit in terminals of any size: no traceback, no overflow, no cut footer."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.scroll_view import ScrollView
from textual.widget import Widget

from auditor.app import AuditorApp
from tests.driving import opened, pressed, screen_text
from tests.worked_audit import perfect_audit, unknown_audit, worked_audit

KEYS = ("w", "right", "enter", "escape", "c", "p", "g", "o", "escape", "f", "g", "enter", "escape", "v", "t", "d")


def overflowing(app: AuditorApp) -> list[str]:
    """The widgets in sight that can be scrolled sideways."""
    return [
        f"{widget!r}"
        for widget in app.screen.walk_children(Widget)
        if widget.display and widget.region.width and widget.max_scroll_x > 0 and isinstance(widget, ScrollView)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 12), (300, 80)])
async def test_any_size_is_survived(size: tuple[int, int]) -> None:
    """Every screen and its questions, then resized under way."""
    async with opened(size=size, audit=worked_audit()) as (app, pilot):
        for key in KEYS:
            await pressed(app, pilot, key)
        await pressed(app, pilot, "w")
        await pilot.resize_terminal(120, 40)
        await pilot.resize_terminal(30, 8)
        await pressed(app, pilot, "right", "p")
        assert "READ-ONLY" in screen_text(app)


@pytest.mark.slow
@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_nothing_scrolls_sideways_or_is_wider_than_the_terminal(width: int, language: str) -> None:
    """At 80 and at 120 columns, in both languages, on every screen."""
    async with opened(size=(width, 24), language=language, audit=worked_audit()) as (app, pilot):
        for keys in ("w", "right", "c", "p", "g", "f", "v", "t", "d"):
            shown = await pressed(app, pilot, keys)
            assert max(cell_len(line) for line in shown.splitlines()) <= width, keys
            assert not overflowing(app), keys


@pytest.mark.slow
@pytest.mark.parametrize("audit", [unknown_audit, perfect_audit], ids=["unknown", "perfect"])
async def test_an_audit_with_nothing_to_show_has_words_for_it(audit: object) -> None:
    """Nothing measured, nothing to do: sentences, never a hole or a crash."""
    async with opened(audit=audit()) as (app, pilot):  # type: ignore[operator]
        for key in ("f", "v", "p", "w", "c", "d"):
            shown = await pressed(app, pilot, key)
            assert len(shown.split()) > 25, key
