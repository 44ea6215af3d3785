"""Sites, forms, questions, discovery and export, on a real site file with a fake house behind the audits."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import DataTable, Input

from auditor.app import AuditorApp
from auditor.model import Answered, Asking, Audit
from auditor.screens.dashboard import Dashboard
from auditor.screens.discover import Discover
from auditor.screens.progress import Progress
from auditor.screens.questions import Questions
from auditor.screens.services import Hold, Talk
from auditor.screens.site import SitePage
from auditor.screens.sitelist import sparkline
from auditor.sitefile import read
from auditor.values import ABSENT
from tests.driving import NARROW, WIDE, matches, opened, pressed, screen_text, settled, until, waiting
from tests.fake_services import KNOWN, FakeServices
from tests.worked_audit import worked_audit

SITE = """# The consultant's own words stay.
[site]
name = "Atelier Rennes"
client = "Atelier SA"        # a comment beside
networks = ["127.0.0.0/30"]

[people]
headcount = 120
eligible = 110

[[link]]
name = "main"

[[device]]                   # the one box
name = "rtr-rennes"
address = "127.0.0.1"
role = "router"
snmp = { version = "2c", credential = "snmp-main", port = 1161 }

[declared]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site file in a folder whose name no snapshot shows, and a home of its own."""
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    path = Path("rennes.toml")
    path.write_text(SITE)
    return path


def known(path: Path, *, interrupted: bool = False) -> FakeServices:
    return FakeServices((replace(KNOWN[0], path=path, interrupted=interrupted), *KNOWN[1:]))


# ---- sites ----


def test_a_trend_is_drawn_in_steps_of_what_is_required() -> None:
    """Full is enough for everybody; an audit that could not tell is a question mark, never a zero."""
    assert sparkline((0, 55, ABSENT, 110), 110) == "▁▅?█"
    assert sparkline((), 110) == ""
    assert sparkline((5,), ABSENT) == "█"


@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_the_list_of_sites(size: tuple[int, int], language: str, file: Path) -> None:
    """Clients, sites, last audit, people, trend and grade; what did not end is said first."""
    async with opened(known(file, interrupted=True), size=size, language=language) as (app, _):
        matches(app, f"sites-{size[0]}x{size[1]}-{language}")


async def test_sites_are_filtered_by_words(file: Path) -> None:
    """`/` narrows the list while one types, Esc shows all again."""
    async with opened(known(file)) as (app, pilot):
        await pressed(app, pilot, "slash", *"brest")
        assert app.screen.query_one(DataTable).row_count == 1
        await pressed(app, pilot, "escape")
        assert app.screen.query_one(DataTable).row_count == 3


async def test_an_audit_that_did_not_end_can_be_gone_on_with(file: Path) -> None:
    """The choice stands beside a new audit; what asks nothing of the devices is under the cursor."""
    services = known(file, interrupted=True)
    async with opened(services) as (app, pilot):
        shown = await pressed(app, pilot, "a")
        assert "Go on with the audit that did not end" in shown
        await pressed(app, pilot, "enter")
        assert services.resumed == []
        await pressed(app, pilot, "a", "down", "enter")
        assert services.resumed == [True]
        assert isinstance(app.screen, Dashboard)


# ---- forms ----


@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_the_forms_of_a_site(size: tuple[int, int], language: str, file: Path) -> None:
    """Every table of the file with its fields, how the one under the cursor is typed, where it is saved."""
    async with opened(known(file), size=size, language=language) as (app, pilot):
        await pressed(app, pilot, "m")
        matches(app, f"site-{size[0]}x{size[1]}-{language}")


async def test_an_edit_is_saved_as_it_is_made_and_taken_back(file: Path) -> None:
    """The comments stay; a wrong value is said below the field; `u` gives back the file as it was, to the byte."""
    async with opened(known(file)) as (app, pilot):
        await pressed(app, pilot, "m", *["down"] * 7)
        shown = await pressed(app, pilot, "enter", *["backspace"] * 3, *"12o", "enter")
        assert "A whole number is expected here." in shown
        shown = await pressed(app, pilot, *["backspace"] * 3, *"90", "enter")
        assert "people.eligible: 110 eligible people out of" in shown
        assert file.read_text() == SITE
        await pressed(app, pilot, *["backspace"] * 2, *"130", "enter")
        assert file.read_text() == SITE.replace("headcount = 120", "headcount = 130")
        await pressed(app, pilot, "u")
        assert file.read_text() == SITE


async def test_an_undo_never_loses_what_somebody_else_wrote(file: Path) -> None:
    """An editor saved the file in between: nothing is taken back, and it is said."""
    async with opened(known(file)) as (app, pilot):
        await pressed(app, pilot, "m", *["down"] * 7, "enter", "backspace", "1", "enter")
        theirs = file.read_text() + "# mine\n"
        file.write_text(theirs)
        assert "changed since by somebody else" in await pressed(app, pilot, "u")
        assert file.read_text() == theirs


async def test_a_device_is_added_and_taken_out(file: Path) -> None:
    """After the last one, with its comments kept; taking one out asks first."""
    async with opened(known(file)) as (app, pilot):
        await pressed(app, pilot, "m", "n", "enter", *"fw-1", "tab", *"127.0.0.2", "enter")
        site, text = read(file)
        assert [target.name for target in site.targets] == ["rtr-rennes", "fw-1"]
        assert "# The consultant's own words stay." in text
        await pressed(app, pilot, "ctrl+end", *["up"] * 6)
        shown = await pressed(app, pilot, "delete")
        assert "Take Device · fw-1 out of the file?" in shown
        await pressed(app, pilot, "enter")
        assert len(read(file)[0].targets) == 2
        await pressed(app, pilot, "delete", "right", "enter")
        assert [target.name for target in read(file)[0].targets] == ["rtr-rennes"]


async def test_a_page_pasted_into_a_field_is_refused(file: Path) -> None:
    """Five thousand characters are one clear line below the field, and nothing in the file."""
    async with opened(known(file)) as (app, pilot):
        await pressed(app, pilot, "m", "down", "enter")
        app.screen.query_one(Input).value = "x" * 5000
        shown = await pressed(app, pilot, "enter")
        assert "5,000 characters stand here; a field takes 1,000 at most." in " ".join(shown.replace("│", " ").split())
        assert file.read_text() == SITE


async def test_a_name_that_would_break_the_file_is_refused(file: Path) -> None:
    """Quotes and newlines in a typed name end in one line, never in a damaged file."""
    async with opened(known(file)) as (app, pilot):
        await pressed(app, pilot, "m", "n", "down", "enter", *'x"]', "enter")
        assert "is not a usable name" in screen_text(app)
        assert file.read_text() == SITE


async def test_the_devices_of_a_list_are_taken_over(file: Path) -> None:
    """A CSV; what is there already is left out and said."""
    Path("list.csv").write_text("name,address\nrtr-rennes,127.0.0.1\npbx-1,127.0.0.3\n")
    async with opened(known(file)) as (app, pilot):
        shown = await pressed(app, pilot, "m", "n", "end", "enter", *"list.csv", "enter")
        assert "1 device was taken over." in shown
        assert "rtr-rennes is in the file already." in shown
        assert [target.name for target in read(file)[0].targets] == ["rtr-rennes", "pbx-1"]


# ---- questions ----


@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_the_questionnaire(size: tuple[int, int], language: str, file: Path) -> None:
    """What is open, with the question under the cursor in full."""
    async with opened(known(file), size=size, language=language) as (app, pilot):
        await pressed(app, pilot, "i", *["down"] * 6)
        matches(app, f"questions-{size[0]}x{size[1]}-{language}")


async def test_an_answer_is_saved_with_who_gave_it(file: Path) -> None:
    """Nonsense and an answer of nobody are asked again; an answered question is no longer open; `u` opens it again."""
    async with opened(known(file)) as (app, pilot):
        await pressed(app, pilot, "i")
        assert isinstance(app.screen, Questions)
        before = app.screen.query_one(DataTable).row_count
        shown = await pressed(app, pilot, "enter", *"fast", "enter")
        assert "Say who answers" in shown
        shown = await pressed(app, pilot, "tab", *"IT", "enter")
        assert "A rate with its unit is expected here" in shown
        await pressed(app, pilot, "shift+tab", *["backspace"] * 4, *"20 Mbit", "slash", "s", "enter")
        said = read(file)[0].declared["link.main.committed_down_bps"]
        assert (said.value, said.by) == (20_000_000, "IT")
        assert app.screen.query_one(DataTable).row_count == before - 1
        await pressed(app, pilot, "u")
        assert "link.main.committed_down_bps" not in read(file)[0].declared
        assert app.screen.query_one(DataTable).row_count == before


# ---- discovery ----


@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_a_discovery_says_first_what_it_would_contact(size: tuple[int, int], language: str, file: Path) -> None:
    """Enter lists the addresses and sends nothing."""
    async with opened(known(file), size=size, language=language) as (app, pilot):
        await pressed(app, pilot, "x", "enter")
        assert isinstance(app.screen, Discover)
        matches(app, f"discover-{size[0]}x{size[1]}-{language}")


async def test_a_range_outside_the_site_is_refused(file: Path) -> None:
    """Nothing outside the declared networks is contacted, nor a text that is no range."""
    async with opened(known(file)) as (app, pilot):
        await pressed(app, pilot, "x", *["backspace"] * 12, *"300.1.2.3", "enter")
        assert "300.1.2.3" in screen_text(app)
        assert "Nothing was sent" not in screen_text(app)


# ---- a running audit ----


def held(holds: list[Hold]) -> bool:
    return holds[0].held


async def test_an_audit_is_paused_and_a_device_asked_again() -> None:
    """Space holds the questions, and lets them go on; `r` puts an ended device back in the queue."""
    gate, holds = threading.Event(), list[Hold]()

    def conduct(audit: Audit, talk: Talk) -> Audit:
        holds.append(talk.hold)
        return waiting(gate)(audit, talk)

    app = AuditorApp(FakeServices(conduct=conduct), clock=lambda: 12.0)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "→ Check" in screen_text(app))
        await pilot.press("space")
        assert held(holds)
        assert "Paused" in screen_text(app)
        await pilot.press("space")
        assert not held(holds)
        await pilot.press("r")
        assert holds[0].again() == ()  # the first device is still being asked
        await pilot.press("down", "down", "down", "r")
        assert holds[0].again() == ("ups-rennes",)
        assert isinstance(app.screen, Progress)
        await pilot.press("g")
        await until(pilot, lambda: "show running-config access-list" in screen_text(app).rpartition("────")[2])
        await pilot.press("escape")
        await settled(app, pilot)


async def test_a_host_key_is_asked_with_the_name_of_its_device() -> None:
    """The address alone names nobody; the port tells two boxes behind one address apart."""

    def conduct(audit: Audit, talk: Talk) -> Audit:
        target = next(target for target in audit.site.targets if target.ssh)
        assert target.ssh
        host = target.address if target.ssh.port == 22 else f"[{target.address}]:{target.ssh.port}"
        talk.accept_host_key(host, "ssh-ed25519 SHA256:9aJ/2Yc")
        return audit

    named = next(target for target in worked_audit().site.targets if target.ssh)
    app = AuditorApp(FakeServices(conduct=conduct), clock=lambda: 12.0)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "SHA256:9aJ/2Yc" in screen_text(app))
        assert f"{named.name} (" in screen_text(app)
        await pilot.press("escape")
        await settled(app, pilot)


async def test_many_events_are_drawn_some_times_a_second() -> None:
    """A device that tells much does not make the screen draw as often: keys are answered between."""

    def conduct(audit: Audit, talk: Talk) -> Audit:
        name = audit.devices[0].name
        for done in range(5_000):
            talk.emit(Asking(name, f"show {done}", done, 5_000))
        talk.emit(Answered(audit.devices[0]))
        return audit

    async with opened(FakeServices(conduct=conduct)) as (app, pilot):
        await pressed(app, pilot, "t")
        assert isinstance(app.screen, Dashboard)


# ---- export and copy ----


@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_the_export_asks_what_and_where(size: tuple[int, int], language: str) -> None:
    """Forms with a cross, a folder; nothing is written before Enter."""
    services = FakeServices()
    async with opened(services, size=size, language=language, audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "e", "down", "space")
        matches(app, f"export-{size[0]}x{size[1]}-{language}")
        assert services.exported == []


async def test_an_export_writes_the_marked_forms_into_the_folder() -> None:
    """What is marked, where it is said; nothing marked is said and asked again."""
    async with opened(FakeServices(), size=WIDE, audit=worked_audit()) as (app, pilot):
        shown = await pressed(app, pilot, "e", "space", "end", "space", "enter")
        assert "Mark at least one form." in shown
        shown = await pressed(app, pilot, "up", "space", "tab", *"here", "enter")
        assert "here/20261124-1402-7f3a.en.csv" in shown
        assert ".pdf" not in shown


async def test_the_row_under_the_cursor_is_copied() -> None:
    """`y` puts it on the clipboard and says so."""
    async with opened(audit=worked_audit()) as (app, pilot):
        await pressed(app, pilot, "f", "y")
        assert "failed" in app.clipboard
        await pressed(app, pilot, "d", "y")
        assert "110" in app.clipboard


async def test_typing_never_presses_a_key_of_the_screen(file: Path) -> None:
    """Letters typed into a field are text: q does not quit, l does not switch."""
    async with opened(known(file)) as (app, pilot):
        await pressed(app, pilot, "slash", *"ql?e")
        assert app.screen.query_one(Input).value == "ql?e"
        await pressed(app, pilot, "escape", "m")
        assert isinstance(app.screen, SitePage)
