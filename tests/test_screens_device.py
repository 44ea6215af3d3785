"""The devices screen: the transcript of a device, word for word and never obeyed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.model import Audit, Untouched
from auditor.screens.device import Exchanges
from tests.driving import NARROW, WIDE, matches, opened, pressed
from tests.worked_audit import unknown_audit, worked_audit


def told(text: str) -> Audit:
    """The worked audit, its first device having answered this to everything."""
    audit = worked_audit()
    first, *others = audit.devices
    lines = tuple(replace(line, text=text) for line in first.evidence)
    return replace(audit, devices=(replace(first, evidence=lines), *others))


@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_every_question_and_answer_can_be_read(size: tuple[int, int], language: str) -> None:
    """When, over what, how long it took; the answer of the row under the cursor with its size and digest."""
    async with opened(size=size, language=language, audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "v", "down", "t", "down")
        matches(app, f"transcript-{size[0]}x{size[1]}-{language}")


async def test_the_transcript_is_of_the_device_under_the_cursor_and_is_left_again() -> None:
    """Enter zooms into an answer, Esc goes back step by step; the transcript stays open for the next device."""
    async with opened(size=WIDE, audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "v", "t")
        assert app.screen.query_one(Exchanges).row_count == len(worked_audit().devices[0].evidence)
        shown = await pressed(app, pilot, "enter")
        assert "Question" not in shown
        assert "Cisco IOS Software" in shown
        assert "Question" in await pressed(app, pilot, "escape")
        assert "What it told" in await pressed(app, pilot, "escape")
        assert "ifHCInOctets" not in await pressed(app, pilot, "down")


@pytest.mark.slow
async def test_a_long_and_hostile_answer_is_cut_and_never_obeyed() -> None:
    """Two thousand lines are shown, the others counted; escapes and markup are text, indentation stays."""
    async with opened(size=WIDE, audit=told("  \x1b[2J[bold]x[/]\n" * 2500)) as (app, pilot):
        shown = await pressed(app, pilot, "v", "t")
        assert "   [bold]x[/]" in shown
        assert "\x1b" not in shown
        await pressed(app, pilot, "enter", "end")
        assert "… and 500 more lines" in await pressed(app, pilot, "end")


async def test_a_device_that_said_nothing_says_so() -> None:
    """An empty transcript is a sentence, not a hole."""
    async with opened(audit=unknown_audit()) as (app, pilot):
        assert "Nothing that this device said was kept." in await pressed(app, pilot, "v", "t")


async def test_an_untouched_configuration_is_shown() -> None:
    """What proves that the audit changed nothing; and what changed while it ran."""
    audit = worked_audit()
    first, *others = audit.devices
    seen = (Untouched("show clock of change", "a", "a"), Untouched("show other", "a", "b"))
    async with opened(size=WIDE, audit=replace(audit, devices=(replace(first, untouched=seen), *others))) as (
        app,
        pilot,
    ):
        shown = " ".join((await pressed(app, pilot, "v")).split())
        assert "✓ Its configuration is as it was before" in shown
        assert "! Its configuration changed while it was read" in shown
