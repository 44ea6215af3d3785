"""Driving the screens in tests: keys in, plain text out, snapshots to compare with."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from auditor.app import AuditorApp
from auditor.model import Answered, Asking, Audit
from auditor.screens.services import Talk
from tests.fake_services import KNOWN, FakeServices

SNAPSHOTS = Path(__file__).parent / "snapshots"
NARROW, WIDE = (80, 24), (120, 40)


def screen_text(app: AuditorApp) -> str:
    """What the terminal shows, as plain text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"


def matches(app: AuditorApp, name: str) -> None:
    """Compare the screen with its snapshot; UPDATE_SNAPSHOTS=1 writes it instead, to be reviewed by eye."""
    path, shown = SNAPSHOTS / f"{name}.txt", screen_text(app)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8"), f"{name}: run again with UPDATE_SNAPSHOTS=1 and look at it"


@asynccontextmanager
async def opened(
    services: FakeServices | None = None,
    *,
    size: tuple[int, int] = NARROW,
    language: str = "en",
    audit: Audit | None = None,
) -> AsyncIterator[tuple[AuditorApp, Pilot[None]]]:
    """The application, on the screens of an audit where one is given."""
    app = AuditorApp(services or FakeServices(KNOWN), language=language, audit=audit, clock=lambda: 12.0)
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        yield app, pilot


async def settled(app: AuditorApp, pilot: Pilot[None]) -> None:
    """Wait for the threads and for what they sent to be drawn."""
    await app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()


async def pressed(app: AuditorApp, pilot: Pilot[None], *keys: str) -> str:
    await pilot.press(*keys)
    await settled(app, pilot)
    return screen_text(app)


def waiting(gate: threading.Event) -> Callable[[Audit, Talk], Audit]:
    """An audit that hangs on its first two devices until it is stopped."""

    def conduct(audit: Audit, talk: Talk) -> Audit:
        router, firewall, pbx, ups = audit.devices
        talk.emit(Asking(router.name, "8 s", 3, 9))
        talk.emit(Asking(firewall.name, "show running-config access-list", 7, 22))
        talk.emit(Answered(pbx))
        talk.emit(Answered(ups))
        talk.stop.then(gate.set)
        assert gate.wait(30)
        return replace(audit, interrupted=True)

    return conduct


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the application work until something holds; the test's own time limit ends a vain wait."""
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never happened")
