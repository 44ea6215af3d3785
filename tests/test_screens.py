"""The screens of an audit, driven by keys, with a fake house behind them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.events import MouseScrollDown
from textual.widgets import Button, Input

from auditor.app import AuditorApp
from auditor.model import Audit
from auditor.screens.dashboard import Dashboard
from auditor.screens.findings import Findings
from auditor.screens.frame import KeyBar, live_bindings
from auditor.screens.rows import Rows
from tests.driving import NARROW, WIDE, matches, opened, pressed, screen_text, settled, until, waiting
from tests.fake_services import KNOWN, FakeServices, hostile_audit, tell_all
from tests.worked_audit import perfect_audit, unknown_audit, worked_audit

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


# ---- findings, devices, plan ----


async def test_findings_are_filtered_by_text_domain_and_verdict() -> None:
    """Words narrow the list while they are typed; Esc goes back, then clears."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "f")
        table = app.screen.query_one(Rows)
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
        assert {key[:3] for key in table.keys} == {"LNK"}
        shown = await pressed(app, pilot, "r")
        assert "verdict: failed" in shown
        assert list(table.keys) == ["LNK-001", "LNK-002", "LNK-004"]


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
        assert "Écrire" in await pressed(app, pilot, "e")
        assert not services.exported
        shown = await pressed(app, pilot, "enter")
        assert services.exported == [(worked_audit().id, "fr")]
        assert "/srv/audits/20261124-1402-7f3a.fr.pdf" in shown
        assert "/srv/audits/20261124-1402-7f3a.fr.json" in shown


async def test_a_failed_export_says_why() -> None:
    """A full disk is one line, and the screens go on."""

    class Full(FakeServices):
        def export(self, audit: Audit, language: str, formats: Sequence[str], folder: str, /) -> tuple[Path, ...]:
            raise ValueError("out/audit.pdf: No space left on device")

    async with opened(Full(), audit=worked_audit()) as (app, pilot):
        assert "No space left on device" in await pressed(app, pilot, "e", "enter")
        await pressed(app, pilot, "enter")
        assert isinstance(app.screen, Dashboard)


async def test_the_language_switches_live_and_everywhere() -> None:
    """The screen in front at once, the others when they come back; a filter stays."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "f", "o")
        shown = await pressed(app, pilot, "l")
        assert "LECTURE SEULE" in shown
        assert "domaine\u00a0: Lien d’accès" in shown
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
        shown = await pressed(app, pilot, "e", "enter")
        assert "Findings" not in shown.splitlines()[-1]
        assert "Esc Back" in shown.splitlines()[-1]


async def test_hostile_text_is_shown_and_never_obeyed() -> None:
    """Markup, escapes and links in names, sources and evidence stay text on every screen."""
    async with opened(size=WIDE, audit=hostile_audit()) as (app, pilot):
        for key in "dfvpwc":
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
@pytest.mark.slow
async def test_any_terminal_size_is_survived(size: tuple[int, int]) -> None:
    """Every screen and every question, small and large, then resized under way."""
    async with opened(FakeServices(KNOWN, conduct=tell_all), size=size) as (app, pilot):
        await pressed(app, pilot, "t")
        for key in (
            "f",
            "enter",
            "escape",
            "v",
            "t",
            "p",
            "g",
            "c",
            "w",
            "right",
            "d",
            "question_mark",
            "escape",
            "e",
            "enter",
            "enter",
            "l",
            "ctrl+t",
        ):
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


async def test_the_mouse_is_enough_to_get_about() -> None:
    """A key of the footer, a row, the row under the cursor, and the wheel do what the keys do."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pilot.click(KeyBar, offset=(4, 0))
        await settled(app, pilot)
        assert isinstance(app.screen, Findings)
        rows = app.screen.query_one(Rows)
        await pilot.click(Rows, offset=(30, 5))
        await settled(app, pilot)
        assert rows.cursor_row > 0
        assert app.screen.query_one("#detail").display
        await pilot.click(Rows, offset=(30, 5))
        await settled(app, pilot)
        assert not rows.display or not rows.size.height  # the second click zooms, as Enter does
        await pressed(app, pilot, "escape")
        rows.post_message(MouseScrollDown(rows, 30, 5, 0, 1, 0, False, False, False))
        await settled(app, pilot)
        assert rows.scroll_offset.y > 0


async def test_a_notice_closes_with_its_button() -> None:
    """The mouse is as good as Enter."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "e", "enter")
        await pilot.click(Button)
        await settled(app, pilot)
        assert isinstance(app.screen, Dashboard)
