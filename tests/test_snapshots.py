"""Every screen and every dialog as text, at 80x24 in French and at 120x40 in English, as it was reviewed by eye.

The screens that people live in have their snapshots beside their own tests; here are all others, taken on one walk.
"""

from __future__ import annotations

import pkgutil
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from auditor import screens
from auditor.app import AuditorApp
from auditor.model import Audit
from auditor.screens.services import Talk
from auditor.values import Message
from tests.driving import NARROW, WIDE, matches, pressed, screen_text, settled, until, waiting
from tests.fake_services import KNOWN, FakeServices
from tests.history import saved
from tests.test_screens_compare import LATER, services
from tests.test_screens_french import english_on
from tests.test_screens_site import SITE
from tests.worked_audit import AT, worked_audit

SITES = (
    ("new", "n"),
    ("no-file", "escape o m i s s i n g full_stop t o m l enter"),
    ("audit", "escape a"),
    ("palette", "escape ctrl+p"),
    ("no-match", "z z z"),
    ("sites-help", "escape question_mark"),
    ("field", "escape m enter"),
    ("choice", "escape down down enter"),
    ("add", "escape n"),
    ("device-new", "enter"),
    ("remove", "escape ctrl+end up up up up up up delete"),
    ("answer", "escape i enter"),
    ("no-source", "1 enter"),
)
"""Name of the snapshot and the keys that lead there from the one before, about a site."""
VIEWS = (
    ("finding", "f enter"),
    ("devices", "escape v down"),
    ("device", "enter"),
    ("device-end", "end"),
    ("owner", "escape p o"),
    ("start-day", "escape b"),
    ("leave-out", "escape x"),
    ("plan-help", "escape question_mark"),
    ("whatif-value", "escape w enter"),
    ("bad-days", "escape tab end"),
    ("alone", "c"),
    ("written", "e enter"),
)
"""The same about an audit."""
DECISIONS = (
    ("accept", "f a"),
    ("accept-fault", "C I O enter c o s t enter t o m o r r o w enter"),
    ("scenario", "enter escape w right ctrl+s"),
    ("scenarios", "l e s s enter o"),
)
"""The same about an audit that is in the history, where decisions and scenarios are kept."""
DATED = ("scenarios",)
"""What shows the day of today is walked through, and not kept."""


def every_screen() -> set[type[Screen[object]]]:
    """The screens that somebody can stand on: those that no other screen is made from."""
    for module in pkgutil.iter_modules(screens.__path__):
        import_module(f"auditor.screens.{module.name}")
    return {one for one in _below(Screen) if one.__module__.startswith("auditor.") and not one.__subclasses__()}


def _below(base: type[Screen[object]]) -> Iterable[type[Screen[object]]]:
    for one in base.__subclasses__():
        yield one
        yield from _below(one)


class Walk:
    """Snapshots of one size and language, and the screens they were taken of."""

    def __init__(self, size: tuple[int, int], language: str) -> None:
        self.size, self.language = size, language
        self.met: set[type[Screen[object]]] = set()

    def look(self, app: AuditorApp, name: str) -> None:
        self.met.add(type(app.screen))
        if name not in DATED:
            matches(app, f"{name}-{self.size[0]}x{self.size[1]}-{self.language}")
        shown = screen_text(app)
        assert max(map(cell_len, shown.splitlines())) <= self.size[0]
        assert self.language == "en" or not english_on(shown), name

    async def through(self, services: FakeServices, audit: Audit | None, steps: Iterable[tuple[str, str]]) -> None:
        app = AuditorApp(services, language=self.language, audit=audit, clock=lambda: 12.0)
        async with app.run_test(size=self.size) as pilot:
            await settled(app, pilot)
            self.met.add(type(app.screen))
            for name, keys in steps:
                for key in keys.split():
                    typing = isinstance(app.focused, Input) and len(key) == 1
                    await (pilot.press(key) if typing else pressed(app, pilot, key))
                    self.met.add(type(app.screen))
                self.look(app, name)

    async def while_running(self, conduct: Callable[[Audit, Talk], Audit], then: Iterable[tuple[str, str]]) -> None:
        """A running audit, or what it asks: the first snapshot is taken once something of it stands there."""
        app = AuditorApp(FakeServices(conduct=conduct), language=self.language, demo=True, clock=lambda: 12.0)
        async with app.run_test(size=self.size) as pilot:
            try:
                await until(pilot, lambda: "Esc " in screen_text(app) and type(app.screen).__name__ != "Welcome")
                for name, keys in then:
                    await _quiet(pilot, keys)
                    self.look(app, name)
            finally:
                await pilot.press("escape", "escape")
                await settled(app, pilot)


async def _quiet(pilot: Pilot[None], keys: str) -> None:
    await pilot.pause(0.3)
    for key in keys.split():
        await pilot.press(key)
        await pilot.pause(0.2)


def asks(question: str) -> Callable[[Audit, Talk], Audit]:
    """An audit that only asks something."""

    def conduct(audit: Audit, talk: Talk) -> Audit:
        if question == "host-key":
            talk.accept_host_key("192.0.2.1", "ssh-ed25519 SHA256:9aJ1uXfN0dXo1T6hMCeXb3nS5w0nGq7Ahk2Vt4Lr8Yc")
        else:
            talk.ask_secret(Message("prompt.credential", {"name": "snmp-main", "target": "rtr-rennes"}))
        return audit

    return conduct


@pytest.mark.slow
@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_every_screen_is_as_it_was_reviewed(
    size: tuple[int, int], language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing wider than the terminal, no English in French, and no screen of the house left out."""
    monkeypatch.chdir(tmp_path)
    Path("rennes.toml").write_text(SITE)
    walk = Walk(size, language)
    known = (replace(KNOWN[0], path=Path("rennes.toml"), interrupted=True), *KNOWN[1:])
    await walk.through(FakeServices(known), None, (*SITES, ("sites-start", "escape escape s")))
    await walk.through(FakeServices(known), None, (("look-around", "x"),))
    await walk.through(FakeServices(), None, (("first-run", ""),))
    await walk.through(FakeServices(KNOWN), worked_audit(), VIEWS)
    await walk.through(FakeServices(KNOWN), saved(at=AT), DECISIONS)
    await walk.through(services(LATER, worked_audit()), LATER, (("before", "c b"),))
    gate = threading.Event()
    steps = (("progress", ""), ("log", "g"), ("progress-help", "question_mark"), ("leave", "escape q"))
    await walk.while_running(waiting(gate), steps)
    for question in ("host-key", "secret"):
        await walk.while_running(asks(question), ((question, ""),))
    assert every_screen() <= walk.met
