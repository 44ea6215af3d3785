"""What the screens draw, in colours: letters and ground both are ours, whatever the terminal's own are."""

from __future__ import annotations

import pytest

from auditor.screens.rows import Rows
from auditor.screens.themes import THEMES
from tests.driving import opened, pressed
from tests.worked_audit import worked_audit


@pytest.mark.parametrize("turns", range(len(THEMES)), ids=[theme.name for theme in THEMES])
async def test_every_letter_of_a_list_has_a_colour_of_the_theme(turns: int) -> None:
    """A light theme on a dark terminal would have light letters on a light ground."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "f", *["ctrl+t"] * turns)
        rows = app.screen.query_one(Rows)
        styles = [segment.style for y in range(rows.size.height) for segment in rows.render_line(y)]
        assert len(styles) > 20
        assert all(style and style.color and style.bgcolor for style in styles)
        ground = app.theme_variables["foreground"].lower()
        assert any(style and style.color and style.color.name.lower() == ground for style in styles)
