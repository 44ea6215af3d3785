"""The terminal screens, driven by keys, with a fake house behind them."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import Button, DataTable, Input
from textual.worker import WorkerFailed

from auditor.app import AuditorApp
from auditor.facts import Exposed, Interface
from auditor.model import ABSENT, Answered, Asking, Audit, Beyond, Cap, Message, Origin, Outcome, Resource
from auditor.screens.dashboard import Dashboard
from auditor.screens.findings import Filter, Findings, urgent_first
from auditor.screens.flow import flow
from auditor.screens.frame import KeyBar, live_bindings
from auditor.screens.marks import bar, safe, score_line, value
from auditor.screens.progress import Progress, hint
from auditor.screens.services import Stop, Talk
from auditor.screens.welcome import Welcome
from auditor.wording import texts
from tests.fake_services import KNOWN, FakeServices, hostile_audit, tell_all
from tests.worked_audit import perfect_audit, unknown_audit, worked_audit

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
        shown = await pressed(app, pilot, "down", "down", "enter")
        assert "4 devices will be read" in shown
        assert "fw-rennes" in shown
        await pressed(app, pilot, "enter")
        assert not asked
        await pressed(app, pilot, "enter", "right", "enter")
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


async def test_a_new_site_file_is_written_where_the_user_says() -> None:
    """The name is proposed; where it stands is told."""
    async with opened() as (app, pilot):
        assert "site.toml" in await pressed(app, pilot, "n")
        assert "The site file is written." in await pressed(app, pilot, "enter")


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


async def test_progress_tells_each_device_and_why_one_failed() -> None:
    """Asking what, done, failed with its reason and what to do about it."""
    gate = threading.Event()
    app = AuditorApp(FakeServices(conduct=waiting(gate)), clock=lambda: 12.0)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "2 of 4 devices" in screen_text(app))
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


def test_a_stop_calls_late_comers_at_once_and_others_once() -> None:
    """Whoever registers after the stop is told immediately; asking twice calls nobody twice."""
    stop, calls = Stop(), list[str]()
    stop.then(lambda: calls.append("early"))
    stop.ask()
    stop.ask()
    stop.then(lambda: calls.append("late"))
    assert stop.asked
    assert calls == ["early", "late"]


def test_a_problem_has_the_most_precise_hint() -> None:
    """The longest beginning of the id wins; an unknown problem has none."""
    assert "fingerprint" in hint(Message("ssh.key_unknown"))
    assert "account" in hint(Message("ssh.denied"))
    assert hint(Message("device.bug")) == ""


# ---- the dashboard ----


@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_the_dashboard_answers(size: tuple[int, int], language: str) -> None:
    """The figure, its range, what binds, beyond, every resource against the need, score, domains, actions."""
    async with opened(size=size, language=language, audit=worked_audit()) as (app, _):
        matches(app, f"dashboard-{size[0]}x{size[1]}-{language}")


async def test_the_whole_dashboard_can_be_scrolled_to_at_80_columns() -> None:
    """What does not fit is below: the domains, the five first actions with dates and people, what is missing."""
    async with opened(size=(80, 100), audit=worked_audit()) as (app, _):
        shown = screen_text(app)
        assert "Readiness by domain" in shown
        assert "5 Enlarge the VPN address pool" in shown
        assert "6 Equip 20 homes" not in shown
        assert "1 Dec 2026 to 21 Dec 2026" in shown
        assert "then 90/110" in shown
        assert "Not measured (4)" in shown


async def test_an_unknown_figure_is_a_question_mark_and_never_a_number() -> None:
    """Nothing measured: no figure, hatched bars, no grade, and what is missing."""
    async with opened(size=(80, 60), audit=unknown_audit()) as (app, _):
        shown = screen_text(app)
        assert "is not known" in shown
        assert "Readiness not rated" in shown
        assert shown.count("╱╱╱╱╱╱╱╱╱│") == len(unknown_audit().resources)
        assert "▶" not in shown
        assert "0/110" not in shown


async def test_enough_for_everybody_says_so() -> None:
    """No refusal is announced where nobody is left out, and nothing is marked as binding."""
    async with opened(size=WIDE, audit=perfect_audit()) as (app, _):
        shown = screen_text(app)
        assert "Everybody who is eligible can." in shown
        assert "Beyond that" not in shown
        assert "▶ Home" not in shown
        assert "No action is planned." in shown


def test_the_score_is_said_as_the_domain_model_says_it() -> None:
    """Score, grade, what capped it, proven, possible, coverage, confidence, perimeter (3.2 (9))."""
    audit = worked_audit()
    score = replace(
        audit.score, value=Fraction(39), proven=Fraction(4539, 100), possible=Fraction(5676, 100), grade="E",
        cap=Cap(39, ("K<0.25",)), coverage=Fraction(8864, 100), confidence=Fraction(729, 10),
        perimeter_checks=(101, 103), perimeter_weight=Fraction(9754, 100),
    )  # fmt: skip
    assert score_line(texts("en", narrow=False), score, 15, 110) == [
        "Readiness 39/100 (E) capped from 45 by capacity: 15 of 110 people",
        "proven 45, possible 57 | coverage 89% | confidence 73% | perimeter 101 of 103 checks, 98% of weight",
    ]


def resource(seats: int | None, beyond: Beyond = Beyond.REFUSES) -> Resource:
    if seats is None:
        return Resource("vpn.pool", ABSENT, beyond, Origin.UNKNOWN)
    return Resource("vpn.pool", seats, beyond, Origin.MEASURED)


@pytest.mark.parametrize(
    ("seats", "beyond", "drawn", "ink"),
    [
        (50, Beyond.REFUSES, "███    │  ", "error"),
        (50, Beyond.DEGRADES, "▒▒▒    │  ", "error"),
        (0, Beyond.REFUSES, "       │  ", "error"),
        (1, Beyond.REFUSES, "█      │  ", "error"),
        (99, Beyond.REFUSES, "██████ │  ", "error"),
        (100, Beyond.REFUSES, "███████│  ", "success"),
        (900, Beyond.REFUSES, "███████│█▶", "success"),
        (None, Beyond.REFUSES, "╱╱╱╱╱╱╱│╱╱", "unknown"),
    ],
)
def test_a_bar_says_without_colour_what_it_is(seats: int | None, beyond: Beyond, drawn: str, ink: str) -> None:
    """A pattern for refusing, degrading and unknown; the line stands where the people needed are."""
    assert bar(resource(seats, beyond), 100, 10) == (drawn, ink)


# ---- findings, devices, plan ----


async def test_findings_are_filtered_by_text_domain_and_verdict() -> None:
    """Words narrow the list while they are typed; Esc goes back, then clears."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "f")
        table = app.screen.query_one(DataTable)
        assert table.row_count == len(worked_audit().findings)
        shown = await pressed(app, pilot, "slash", *"Trunk failed")
        assert table.row_count == 1
        assert "TEL-005" in shown
        assert "With 60 forwarded users, 10.7% of the calls find 15 channels busy." in shown
        await pressed(app, pilot, "escape")
        assert table.row_count == 1
        await pressed(app, pilot, "escape")
        assert table.row_count == len(worked_audit().findings)
        await pressed(app, pilot, "o")
        assert {str(key.value)[:3] for key in table.rows} == {"LNK"}
        shown = await pressed(app, pilot, "r")
        assert "verdict: failed" in shown
        assert [str(key.value) for key in table.rows] == ["LNK-001", "LNK-002", "LNK-004"]


async def test_a_filter_that_nothing_matches_says_so() -> None:
    """An empty list is no crash and no silence."""
    async with opened(audit=worked_audit()) as (app, pilot):
        shown = await pressed(app, pilot, "f", "slash", *"zzz")
        assert "No finding matches the filter." in shown
        assert "0 of 37 findings" in shown


@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_a_finding_shows_what_it_rests_on(size: tuple[int, int], language: str) -> None:
    """Meaning, numbers, evidence (device, request, value) and remedy beside the list."""
    async with opened(size=size, language=language, audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "f", "down", "down")
        matches(app, f"findings-{size[0]}x{size[1]}-{language}")


async def test_a_detail_can_fill_the_screen() -> None:
    """Enter zooms, Esc goes back to the list."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "f")
        assert "Title" not in await pressed(app, pilot, "enter")
        assert "Title" in await pressed(app, pilot, "escape")
        assert isinstance(app.screen, Findings)


def test_failures_come_first_and_the_heaviest_of_them() -> None:
    """Failed, warned, unknown, passed, without object; by weight within."""
    order = [finding.outcome for finding in urgent_first(worked_audit().findings)]
    assert order[0] is Outcome.FAIL
    assert order == sorted(order, key=[*dict.fromkeys(order)].index)
    first = urgent_first(worked_audit().findings)[0]
    assert first.weight == 10


def test_a_filter_finds_evidence_too() -> None:
    """A device's name or a request finds the findings that rest on it."""
    words = texts("en", narrow=False)
    found = [f.id for f in worked_audit().findings if Filter(text="pbx-rennes").wants(f, words)]
    assert found == ["TEL-001", "TEL-002", "TEL-003"]


async def test_a_device_shows_readings_gaps_conflicts_and_what_was_not_understood() -> None:
    """Each with its source; a failed device with its reason and what to do."""
    async with opened(size=WIDE, audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "v", "down")
        matches(app, "devices-120x40-en")
        shown = await pressed(app, pilot, "down", "down")
        assert "the community is wrong" in shown
        assert "→ Check the version" in shown


async def test_the_plan_shows_order_dates_people_and_score() -> None:
    """One row for each action, the chosen one in full below."""
    async with opened(language="fr", audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "p", "down")
        matches(app, "plan-80x24-fr")


# ---- everywhere ----


async def test_export_says_where_the_files_are() -> None:
    """PDF and JSON in the language of the screen; the paths stay until they are read."""
    services = FakeServices(folder=Path("/srv/audits"))
    async with opened(services, language="fr", audit=worked_audit()) as (app, pilot):
        shown = await pressed(app, pilot, "e")
        assert services.exported == [(worked_audit().id, "fr")]
        assert "/srv/audits/20261124-1402-7f3a.fr.pdf" in shown
        assert "/srv/audits/20261124-1402-7f3a.fr.json" in shown


async def test_a_failed_export_says_why() -> None:
    """A full disk is one line, and the screens go on."""

    class Full(FakeServices):
        def export(self, audit: Audit, language: str, /) -> tuple[Path, ...]:
            raise ValueError("out/audit.pdf: No space left on device")

    async with opened(Full(), audit=worked_audit()) as (app, pilot):
        assert "No space left on device" in await pressed(app, pilot, "e")
        await pressed(app, pilot, "enter")
        assert isinstance(app.screen, Dashboard)


async def test_the_language_switches_live_and_everywhere() -> None:
    """The screen in front at once, the others when they come back; a filter stays."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "f", "o")
        shown = await pressed(app, pilot, "l")
        assert "LECTURE SEULE" in shown
        assert "domaine\u00a0: Lien d'accès" in shown
        assert "q Quitter" in shown
        shown = await pressed(app, pilot, "d")
        assert "des 110 personnes éligibles (effectif\u00a0: 120) peuvent télétravailler" in shown
        assert "READ-ONLY" in await pressed(app, pilot, "l")


async def test_the_palette_offers_what_works_in_the_reader_s_language() -> None:
    """Entries are translated, run by Enter; a name that nothing has is said in that language too."""
    async with opened(language="fr", audit=worked_audit(), size=WIDE) as (app, pilot):
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "chaque contrôle avec ses preuves" in screen_text(app))
        await pilot.press(*"zzzz")
        await until(pilot, lambda: "Rien ne porte ce nom." in screen_text(app))
        await pilot.press(*["backspace"] * 4, *"Constats")
        await until(pilot, lambda: "chaque contrôle" in screen_text(app) and "quitter Auditor" not in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Findings))


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("keys", ["", "d", "f", "v", "p", "fo", "f/"])
async def test_the_footer_is_true_and_never_cut_at_80_columns(keys: str, language: str) -> None:
    """Each key shown does something now; words stand whole; help and quit are always there."""
    audit = worked_audit() if keys else None
    async with opened(language=language, audit=audit) as (app, pilot):
        await pressed(app, pilot, *("slash" if key == "/" else key for key in keys.replace("d", "")))
        shown = app.screen.query_one(KeyBar).shown(80)
        assert sum(cell_len(words) for _, words in shown) <= 80
        live = {binding.action for binding in live_bindings(app.screen)}
        assert {binding.action for binding, _ in shown} <= live
        line = screen_text(app).splitlines()[-1]
        assert line == "".join(words for _, words in shown).rstrip()
        typing = isinstance(app.focused, Input)
        assert typing or [binding.key for binding, _ in shown][-2:] == ["question_mark", "q"]
        assert not typing or "q" not in {binding.key for binding, _ in shown}


async def test_the_footer_is_silent_behind_a_question() -> None:
    """The keys of the screen below do not work, so they are not offered."""
    async with opened(audit=worked_audit()) as (app, pilot):
        shown = await pressed(app, pilot, "e")
        assert "Findings" not in shown.splitlines()[-1]
        assert "Esc Back" in shown.splitlines()[-1]


async def test_hostile_text_is_shown_and_never_obeyed() -> None:
    """Markup, escapes and links in names, sources and evidence stay text on every screen."""
    async with opened(size=WIDE, audit=hostile_audit()) as (app, pilot):
        for key in "dfvp":
            shown = await pressed(app, pilot, *key.replace("d", ""))
            assert "[bold red]evil[/]" in shown
            assert "\x1b" not in shown
            assert "owned" not in shown


async def test_a_hostile_name_is_safe_while_it_is_read() -> None:
    """The same in the progress rows and in the questions."""
    gate = threading.Event()
    audit = hostile_audit()
    app = AuditorApp(FakeServices(audit=audit, conduct=waiting(gate)), clock=lambda: 12.0)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "asking" in screen_text(app))
        assert "[bold red]evil[/]" in screen_text(app)
        assert "\x1b" not in screen_text(app)
        await pilot.press("escape")
        await settled(app, pilot)


@pytest.mark.parametrize("size", [(40, 10), (20, 5), (300, 80)])
async def test_any_terminal_size_is_survived(size: tuple[int, int]) -> None:
    """Every screen and every question, small and large, then resized under way."""
    async with opened(FakeServices(KNOWN, conduct=tell_all), size=size) as (app, pilot):
        await pressed(app, pilot, "t")
        for key in ("f", "enter", "escape", "v", "p", "d", "question_mark", "escape", "e", "enter", "l", "ctrl+t"):
            await pressed(app, pilot, key)
        await pilot.resize_terminal(120, 40)
        await pilot.resize_terminal(40, 12)
        await settled(app, pilot)
        assert isinstance(app.screen, Dashboard)


async def test_the_help_lists_what_works_here() -> None:
    """The keys of the screen below, with what each does."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "f", "question_mark")
        matches(app, "help-80x24-en")


async def test_without_colours_everything_is_still_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR changes the colours and not one character."""
    async with opened(audit=worked_audit()) as (app, _):
        coloured = screen_text(app)
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(audit=worked_audit()) as (app, _):
        assert screen_text(app) == coloured


async def test_a_notice_closes_with_its_button() -> None:
    """The mouse is as good as Enter."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "e")
        await pilot.click(Button)
        await settled(app, pilot)
        assert isinstance(app.screen, Dashboard)


def test_a_record_is_told_field_by_field() -> None:
    """Rates with their unit, ports without a thousands separator, nothing for what was not measured."""
    words = texts("fr", narrow=False)
    assert value(words, (Exposed("rdp", 3389, "tcp"),)) == "service rdp, port 3389, protocol tcp"
    told = value(words, Interface("Gi0/0", speed_bps=100_000_000, oper_up=True))
    assert told == "name Gi0/0, oper_up oui, speed 100\u00a0Mbit/s"


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


# ---- prose ----


def test_a_line_never_begins_with_what_a_no_break_space_holds() -> None:
    """French signs stay with the word before them, units with their number."""
    lines = [line.plain for line in flow(Text("le facteur limitant\u00a0: 20\u00a0Mbit/s"), 18)]
    assert lines == ["le facteur", "limitant\u00a0:", "20\u00a0Mbit/s"]


def test_a_word_longer_than_the_line_is_folded() -> None:
    """An OID or a path is shown whole, on several lines."""
    lines = [line.plain for line in flow(Text("see 1.3.6.1.4.1.9.9.392.1.1.1.0 now"), 14)]
    assert all(cell_len(line) <= 14 for line in lines)
    assert "".join(lines).replace(" ", "") == "see1.3.6.1.4.1.9.9.392.1.1.1.0now"


def test_following_lines_hang_below_a_prefix() -> None:
    """A list stays readable; the styles of the text survive the breaks."""
    first, second = flow(Text("one two three four"), 14, Text("1. "))
    assert first.plain == "1. one two"
    assert second.plain == "   three four"


def test_a_long_prefix_in_a_narrow_terminal_stands_alone() -> None:
    """Nothing overlaps at 40 columns."""
    lines = [line.plain for line in flow(Text("show running-config"), 16, Text("fw-rennes  "))]
    assert lines == ["fw-rennes  ", "  show", "  running-config"]


def test_text_of_devices_is_made_safe() -> None:
    """No escape, no control character and no line break is left."""
    assert safe("a\x1b[31mb\x1b]0;t\x07\nc\x00") == "ab c"
