"""From the first screen through a running audit to its result, and every way out of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input
from textual.worker import WorkerFailed

from auditor.app import AuditorApp
from auditor.model import Audit
from auditor.screens.dashboard import Dashboard
from auditor.screens.progress import Progress
from auditor.screens.services import Talk
from auditor.screens.site import SitePage
from auditor.screens.welcome import Welcome
from auditor.values import Message
from tests.driving import NARROW, matches, opened, pressed, screen_text, settled, until, waiting
from tests.fake_services import KNOWN, FakeServices

# ---- the first screen ----


async def test_the_first_run_offers_demo_new_and_open() -> None:
    """Without any site: three ways to start, the promise, and nothing else."""
    async with opened(FakeServices()) as (app, pilot):
        shown = screen_text(app)
        assert "Try the demo" in shown
        assert "New site" in shown
        assert "Open a site file" in shown
        assert "READ-ONLY" in shown
        assert "Known sites" not in shown
        assert "What works here" in await pressed(app, pilot, "question_mark")


async def test_known_sites_show_their_last_audit() -> None:
    """Client, site, date, people and grade; a site never audited says so."""
    async with opened() as (app, _):
        matches(app, "welcome-80x24-en")


async def test_a_known_site_opens_on_its_last_audit() -> None:
    """Enter on the first site of the list."""
    async with opened() as (app, pilot):
        await pressed(app, pilot, "enter")
        assert isinstance(app.screen, Dashboard)


async def test_a_site_without_audit_is_audited_only_after_a_yes() -> None:
    """The devices are named first; the answer under the cursor is the one that asks nothing of them."""
    asked: list[str] = []

    def conduct(audit: Audit, talk: Talk) -> Audit:
        asked.append(audit.id)
        return audit

    async with opened(FakeServices(KNOWN, conduct=conduct)) as (app, pilot):
        shown = await pressed(app, pilot, "down", "down", "a")
        assert "4 devices will be read" in shown
        assert "fw-rennes" in shown
        await pressed(app, pilot, "enter")
        assert not asked
        await pressed(app, pilot, "a", "down", "enter")
        assert len(asked) == 1
        assert isinstance(app.screen, Dashboard)


async def test_a_wrong_path_is_said_and_asked_again() -> None:
    """One clear line below the field, which stays open; Esc leaves it."""
    async with opened() as (app, pilot):
        shown = await pressed(app, pilot, "o", *"missing.toml", "enter")
        assert "missing.toml: no such file" in shown
        assert isinstance(app.focused, Input)
        await pressed(app, pilot, "escape")
        assert isinstance(app.screen, Welcome)


async def test_a_new_site_file_opens_as_a_form(tmp_path: Path) -> None:
    """The name is proposed; the file stands where the user says, ready to be filled in."""
    async with opened() as (app, pilot):
        await pressed(app, pilot, "n", *["backspace"] * 9, *str(tmp_path / "new.toml"), "enter")
        assert isinstance(app.screen, SitePage)
        assert "People who work here" in screen_text(app)


# ---- an audit ----


async def test_the_demo_runs_to_its_dashboard() -> None:
    """One key, and the figure stands there with what binds."""
    services = FakeServices()
    async with opened(services) as (app, pilot):
        shown = await pressed(app, pilot, "t")
        assert services.demos == 1
        assert isinstance(app.screen, Dashboard)
        assert "of the 110 eligible people (headcount 120) can work remotely" in shown
        assert "range 13 to 19" in shown
        assert "Beyond that, the site's internet access saturates." in shown


async def test_progress_tells_each_device_and_why_one_failed() -> None:
    """Asking what, done, failed with its reason and what to do about it."""
    gate = threading.Event()
    app = AuditorApp(FakeServices(conduct=waiting(gate)), clock=lambda: 12.0)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "→ Check" in screen_text(app))
        matches(app, "progress-80x24-en")
        await pilot.press("escape")
        await settled(app, pilot)


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_a_cancelled_audit_keeps_what_was_collected(key: str) -> None:
    """Esc or Ctrl-C: the collection is told to stop, and its result opens, marked as interrupted."""
    gate = threading.Event()
    app = AuditorApp(FakeServices(conduct=waiting(gate)), clock=lambda: 12.0)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "2 of 4 devices" in screen_text(app))
        await pilot.press(key)
        await settled(app, pilot)
        assert isinstance(app.screen, Dashboard)
        assert "This audit was interrupted" in screen_text(app)


async def test_quitting_while_devices_are_read_asks_first() -> None:
    """The answer under the cursor goes on; a yes stops the collection and leaves."""
    gate = threading.Event()
    app = AuditorApp(FakeServices(conduct=waiting(gate)), clock=lambda: 12.0)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "2 of 4 devices" in screen_text(app))
        await pilot.press("q", "enter")
        await pilot.pause()
        assert isinstance(app.screen, Progress)
        assert not gate.is_set()
        await pilot.press("q", "right", "enter")
        await until(pilot, gate.is_set)
        assert not app.is_running or app._exit


async def test_an_audit_that_cannot_be_made_says_why() -> None:
    """A ValueError of the house becomes one line, over the first screen."""

    def conduct(audit: Audit, talk: Talk) -> Audit:
        raise ValueError("The history of Atelier SA is locked by another auditor.")

    async with opened(FakeServices(conduct=conduct)) as (app, pilot):
        assert "is locked by another auditor" in await pressed(app, pilot, "t")
        await pressed(app, pilot, "enter")
        assert isinstance(app.screen, Welcome)


@pytest.mark.parametrize(("keys", "answer"), [(("enter",), False), (("right", "enter"), True), (("escape",), False)])
async def test_an_unknown_host_key_is_asked_with_its_fingerprint(keys: tuple[str, ...], answer: bool) -> None:
    """Only a clear yes accepts; the collecting thread gets the answer."""
    answers: list[bool] = []

    def conduct(audit: Audit, talk: Talk) -> Audit:
        answers.append(talk.accept_host_key("fw-rennes", "ssh-ed25519 SHA256:9aJ/2Yc"))
        return audit

    app = AuditorApp(FakeServices(conduct=conduct), clock=lambda: 12.0)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "SHA256:9aJ/2Yc" in screen_text(app))
        assert "fw-rennes" in screen_text(app)
        await pilot.press(*keys)
        await settled(app, pilot)
        assert answers == [answer]


async def test_a_stopped_audit_does_not_wait_for_an_answer() -> None:
    """Ctrl-C over a question refuses it, closes it and ends the audit."""
    answers: list[object] = []

    def conduct(audit: Audit, talk: Talk) -> Audit:
        answers.append(talk.accept_host_key("fw-rennes", "ssh-ed25519 SHA256:9aJ/2Yc"))
        answers.append(talk.ask_secret(Message("prompt.credential", {"name": "x", "target": "y"})))
        return replace(audit, interrupted=True)

    app = AuditorApp(FakeServices(conduct=conduct), clock=lambda: 12.0)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "SHA256:9aJ/2Yc" in screen_text(app))
        await pilot.press("ctrl+c")
        await settled(app, pilot)
        assert answers == [False, ""]
        assert isinstance(app.screen, Dashboard)


async def test_two_questions_at_once_are_asked_one_after_the_other() -> None:
    """A host key that comes up while a secret is typed takes no part of it, nor its Enter."""
    answers: dict[str, object] = {}

    def conduct(audit: Audit, talk: Talk) -> Audit:
        question = Message("prompt.credential", {"name": "x", "target": "y"})
        both = {"secret": lambda: talk.ask_secret(question), "key": lambda: talk.accept_host_key("z", "ssh-ed25519 Z")}
        with ThreadPoolExecutor() as threads:
            first = threads.submit(both["secret"])
            asked.wait(30)
            second = threads.submit(both["key"])
            answers.update(secret=first.result(), key=second.result())
        return audit

    asked = threading.Event()
    app = AuditorApp(FakeServices(conduct=conduct), clock=lambda: 12.0)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.focused, Input))
        await pilot.press(*"open")
        asked.set()
        await pilot.pause(0.3)
        assert "ssh-ed25519 Z" not in screen_text(app)
        await pilot.press(*"sesame", "enter")
        await until(pilot, lambda: "ssh-ed25519 Z" in screen_text(app))
        await pilot.press("right", "enter")
        await settled(app, pilot)
        assert answers == {"secret": "opensesame", "key": True}


async def test_a_secret_is_asked_and_never_shown() -> None:
    """What is typed reaches the audit and not the screen."""
    answers: list[str] = []

    def conduct(audit: Audit, talk: Talk) -> Audit:
        answers.append(talk.ask_secret(Message("prompt.credential", {"name": "ssh-main", "target": "fw-rennes"})))
        return audit

    app = AuditorApp(FakeServices(conduct=conduct), clock=lambda: 12.0)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "ssh-main" in screen_text(app))
        await pilot.press(*"s3same")
        await pilot.pause()
        assert "s3same" not in screen_text(app)
        await pilot.press("enter")
        await settled(app, pilot)
        assert answers == ["s3same"]


async def test_a_crash_of_the_screens_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Textual would print the local variables, and a secret may be among them."""

    def conduct(audit: Audit, talk: Talk) -> Audit:
        secret = "s3same"
        raise LookupError(len(secret))

    app = AuditorApp(FakeServices(conduct=conduct), clock=lambda: 12.0)
    with pytest.raises(WorkerFailed):
        await _demo(app)
    shown = "".join(capsys.readouterr())
    assert "Auditor stopped on an error of its own (LookupError)." in shown
    assert "s3same" not in shown
    assert app.return_code == 1


async def _demo(app: AuditorApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("t")
        await settled(app, pilot)
