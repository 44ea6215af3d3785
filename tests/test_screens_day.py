"""A consultant's working day, by keys alone: from a new site file to the comparison with the audit after the works.

First in the application's own driver, with the devices of the worked site played back and all else real: site file,
history, plan, reports. Then the installed program in tmux, over a real pseudo-terminal, with the demo's devices.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import DataTable

from auditor import desk
from auditor.app import AuditorApp
from auditor.model import Answered, Audit
from auditor.screens.compare import Compare
from auditor.screens.dashboard import Dashboard
from auditor.screens.frame import Page
from auditor.screens.plan import Plan
from auditor.screens.services import Talk
from auditor.screens.site import SitePage
from auditor.screens.welcome import Welcome
from auditor.screens.whatif import WhatIf
from auditor.service import Service
from auditor.site import Site
from auditor.sitefile import read
from auditor.visit import now_at
from tests.driving import WIDE, pressed, screen_text, settled
from tests.history import saved
from tests.worked_audit import SITE, devices

DEVICES = "name,address,role\nrtr-rennes,127.10.20.1,router\nfw-rennes,127.10.20.2,firewall\n"


class Played(Service):
    """The house as it is, but for the devices: those of the worked site answer, at once."""

    def run_audit(self, site: Site, talk: Talk, resume: bool = False, /) -> Audit:
        told = devices()
        for device in told:
            talk.emit(Answered(device))
        found = replace(SITE, name=site.name, client=site.client, answers=site.answers)
        return saved(found, told, now_at(found))


def audited(app: AuditorApp) -> Audit:
    """The audit whose dashboard stands on the screen."""
    assert isinstance(app.screen, Dashboard)
    return app.screen.audit


def stands(app: AuditorApp, page: type[Page]) -> bool:
    return isinstance(app.screen, page)


@pytest.mark.slow
async def test_a_working_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New site, devices of a list, audit, answers, what-if, plan, a risk accepted, export, audit again, compare."""
    monkeypatch.chdir(tmp_path)
    Path("list.csv").write_text(DEVICES)
    app = AuditorApp(Played("en", 3.0), language="en")
    async with app.run_test(size=WIDE) as pilot:
        await settled(app, pilot)
        await pressed(app, pilot, "n", "enter")
        assert stands(app, SitePage)
        await pressed(app, pilot, "n", "down", "down", "enter", *"list.csv", "enter", "enter")
        assert [target.name for target in read(Path("site.toml"))[0].targets] == ["rtr-rennes", "fw-rennes"]

        await pressed(app, pilot, "i", "slash", *"LNK-010", "enter", "enter", "1", "tab", *"IT manager", "enter")
        assert read(Path("site.toml"))[0].answers["LNK-010"].value == "good"

        await pressed(app, pilot, "escape", "a", "down", "enter")
        first = audited(app)

        await pressed(app, pilot, "w")
        assert stands(app, WhatIf)
        today = screen_text(app)
        assert await pressed(app, pilot, "left", "left") != today
        await pressed(app, pilot, "ctrl+s", *"fewer people", "enter")

        await pressed(app, pilot, "p")
        assert stands(app, Plan)
        await pressed(app, pilot, "o", *["backspace"] * 20, *"Mme Le Goff", "enter")
        assert "Mme Le Goff" in screen_text(app)
        until = now_at(SITE).date() + dt.timedelta(days=30)
        await pressed(app, pilot, "down", "a", *"CIO", "enter", *"cost", "enter", *until.isoformat(), "enter")
        decided = desk.load(first.id)
        assert any(finding.accepted for finding in decided.findings)
        assert any(action.owner == "Mme Le Goff" for action in (*decided.plan, *decided.left_out))

        shown = await pressed(app, pilot, "e", *["tab"], *"report", "enter")
        assert "The report is written." in shown
        written = sorted(path.suffix for path in Path("report").iterdir() if path.is_file())
        assert written == [".json", ".pdf"]
        await pressed(app, pilot, "enter")

        await pressed(app, pilot, "d", "a", "down", "enter")
        assert audited(app).id != first.id
        await pressed(app, pilot, "c")
        assert stands(app, Compare)
        assert "Why the proven score moved" in screen_text(app)
        await pressed(app, pilot, "s")
        assert stands(app, Welcome)
        assert app.screen.query_one(DataTable).row_count == 1


# ---- the installed program ----


class Terminal:
    """The program in tmux: keys go in, the screen comes out."""

    def __init__(self, home: Path, folder: Path) -> None:
        self._server = ["tmux", "-L", f"auditor-{os.getpid()}", "-f", "/dev/null"]
        program = Path(sys.executable).with_name("auditor")
        variables = ("AUDITOR_HOME=" + str(home), "LANG=en_GB.UTF-8", "LC_ALL=", "TERM=screen-256color")
        plain = ("env", "-u", "COLUMNS", "-u", "LINES")
        self._tmux("new-session", "-d", "-x", "120", "-y", "40", "-c", str(folder), *plain, *variables, str(program))

    def _tmux(self, *words: str) -> str:
        return subprocess.run([*self._server, *words], capture_output=True, text=True, check=True, timeout=20).stdout

    def shown(self) -> str:
        return self._tmux("capture-pane", "-p")

    def until(self, pattern: str, seconds: float = 60.0) -> str:
        """Wait for a screen on which the pattern stands."""
        end = time.monotonic() + seconds
        while not re.search(pattern, screen := self.shown()):
            assert time.monotonic() < end, f"{pattern} never stood on\n{screen}"
            time.sleep(0.2)
        return screen

    def press(self, *keys: str) -> None:
        for key in keys:
            self._tmux("send-keys", *(("-l", key[1:]) if key.startswith("=") else (key,)))
            time.sleep(0.3)

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def close(self) -> None:
        subprocess.run([*self._server, "kill-server"], capture_output=True, check=False, timeout=20)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "list.csv").write_text(DEVICES)
    opened = Terminal(tmp_path / "home", tmp_path / "work")
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.slow
def test_the_same_day_in_a_real_terminal(terminal: Terminal, tmp_path: Path) -> None:
    """New site, devices, an answer, the demo, what-if, plan, export, again, compare; resized while devices are read."""
    terminal.until("Try the demo")
    terminal.press("n", "Enter")
    terminal.until("Who could work remotely")
    terminal.press("n")
    terminal.until("an internet access")
    terminal.press("Down", "Down", "Enter")
    terminal.until("Take over devices")
    terminal.press("=list.csv", "Enter")
    terminal.until("2 devices were taken over")
    terminal.press("Enter", "i")
    terminal.until("Contract|contract")
    terminal.press("/", "=LNK-010", "Enter", "Enter")
    terminal.until("Who answers")
    terminal.press("=1", "Tab", "=IT manager")
    terminal.until("IT manager")
    terminal.press("Enter")
    terminal.until("No question is open")
    assert "LNK-010" in (tmp_path / "work" / "site.toml").read_text()

    terminal.press("s")
    terminal.until("Known sites")
    terminal.press("t")
    terminal.until("asking")
    for size in ((40, 12), (300, 80), (120, 40)):
        terminal.resize(*size)
        assert "Traceback" not in terminal.shown()
    terminal.until("What binds")
    terminal.press("w")
    terminal.until("Value")
    terminal.press("Left", "Left")
    terminal.until("1 input changed|then")
    terminal.press("p")
    terminal.until("Technical order")
    terminal.press("o")
    terminal.until("Owner of the action")
    terminal.press("C-u", "=Mme Le Goff")
    terminal.until("Mme Le Goff")
    terminal.press("Enter")
    terminal.until("Owner: Mme Le Goff")
    terminal.press("e")
    terminal.until("a new folder here")
    terminal.press("Tab", "=report", "Enter")
    terminal.until("The report is written")
    assert {path.suffix for path in (tmp_path / "work" / "report").iterdir() if path.is_file()} == {".json", ".pdf"}
    terminal.press("Enter", "s")
    terminal.until("Known sites")
    terminal.press("t")
    terminal.until("asking")
    terminal.until("What binds")
    terminal.press("c")
    terminal.until("Before")
    terminal.press("q")
