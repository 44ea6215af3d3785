"""A consultant's working day, by keys alone: from a new site file to the comparison with the audit after the works.

First in the application's own driver, on a site file that the day writes itself and on the demo's agents, which are
asked over real SNMP and SSH. Then the installed program in tmux, over a real pseudo-terminal.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, DataTable, Input

from auditor import desk
from auditor.app import AuditorApp
from auditor.demo.network import DemoNetwork
from auditor.model import Audit, Outcome
from auditor.screens.ask import Ask
from auditor.screens.choose import Choose
from auditor.screens.compare import Compare
from auditor.screens.confirm import Confirm
from auditor.screens.dashboard import Dashboard
from auditor.screens.frame import Page
from auditor.screens.plan import Plan
from auditor.screens.site import FormTable, SitePage
from auditor.screens.welcome import Welcome
from auditor.screens.whatif import WhatIf
from auditor.service import Service
from auditor.site import Target
from auditor.sitefile import read
from auditor.visit import now_at
from tests.driving import WIDE, pressed, screen_text, settled, until
from tests.worked_audit import SITE

DEVICES = "name,address,role\nrtr-rennes,127.10.20.1,router\nfw-rennes,127.10.20.2,firewall\n"
HEAD = "name,address,role,platform,user,port,snmp,snmp user,snmp port"
WAYS = {
    "rtr-rennes": ("router,,,,3,audit", "snmp3:audit:sha256:aes128:snmp-router", ""),
    "fw-rennes": ("firewall,cisco_asa,audit,{ssh},2c,", "snmp2c:snmp-firewall", "ssh:audit:ssh-firewall"),
    "pbx-rennes": ("pbx,asterisk,audit,{ssh},3,audit", "snmp3:audit:sha256:aes128:snmp-pbx", "ssh:audit:ssh-pbx"),
    "ups-rennes": ("ups,,,,2c,", "snmp2c:snmp-ups", ""),
}
"""Each device of the demo: what a list of the customer says of it, and the ways in that the consultant then types."""
SPOKEN = "ssh-pbx"
"""The credential that stands nowhere: it is asked on the screen."""


def inventory(network: DemoNetwork) -> str:
    """The customer's list, with the addresses and ports on which the demo answers."""
    rows = [
        f"{name},{place.address},{WAYS[name][0].format(ssh=place.ssh)},{place.snmp}"
        for name, place in network.places.items()
    ]
    return "\n".join([HEAD, *rows]) + "\n"


def secret(network: DemoNetwork, name: str) -> tuple[str, str]:
    """The secret of a credential of the demo, and its privacy passphrase or ""."""
    found = network.credentials(name, Target("x", "192.0.2.1"))
    return found.secret.reveal(), found.privacy.reveal() if found.privacy else ""


def known(network: DemoNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the program its credentials as automation does, but for the one that is asked."""
    for _, *ways in WAYS.values():
        for name in (way.rpartition(":")[2] for way in ways if way and not way.endswith(SPOKEN)):
            variable = "AUDITOR_CREDENTIAL_" + name.upper().replace("-", "_")
            plain, privacy = secret(network, name)
            monkeypatch.setenv(variable, plain)
            if privacy:
                monkeypatch.setenv(f"{variable}_PRIV", privacy)


async def fill(app: AuditorApp, pilot: Pilot[None], device: str, label: str, text: str) -> None:
    """Type a field of the form of a device."""
    assert isinstance(app.screen, SitePage)
    table = app.screen.query_one(FormTable)
    rows = table.rows_shown
    row = next(n for n, (group, one) in enumerate(rows) if one and group.name == device and one.label == label)
    table.move_cursor(row=row)
    await settled(app, pilot)
    await pressed(app, pilot, "enter")
    app.screen.query_one(Input).value = text
    await pressed(app, pilot, "enter")
    assert isinstance(app.screen, SitePage), screen_text(app)


async def conducted(app: AuditorApp, pilot: Pilot[None], spoken: str) -> list[str]:
    """Start the audit and answer what it asks until the dashboard stands there; the questions."""
    asked = []
    await pilot.press("a")
    await until(pilot, lambda: isinstance(app.screen, Choose))
    await pilot.press("down", "enter")
    answered: object = None
    while not isinstance(question := app.screen, Dashboard):
        await pilot.pause(0.1)
        shown = screen_text(app)
        if question is answered or not isinstance(app.focused, Input | Button):
            continue
        if isinstance(question, Ask) and SPOKEN in shown:
            asked.append("secret")
            await pilot.press(*spoken, "enter")
            answered = question
        elif isinstance(question, Confirm) and "SSH host key" in shown:
            asked.append("host key")
            await pilot.press("right", "enter")
            answered = question
    await settled(app, pilot)
    return sorted(asked)


def audited(app: AuditorApp) -> Audit:
    """The audit whose dashboard stands on the screen."""
    assert isinstance(app.screen, Dashboard)
    return app.screen.audit


def stands(app: AuditorApp, page: type[Page]) -> bool:
    return isinstance(app.screen, page)


@pytest.mark.slow
async def test_a_working_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New site, devices of a list, audit of the demo, answers, what-if, plan, a risk, export, audit again, compare."""
    monkeypatch.chdir(tmp_path)
    with DemoNetwork() as network:
        Path("list.csv").write_text(inventory(network))
        known(network, monkeypatch)
        await worked(AuditorApp(Service("en", 3.0), language="en"), secret(network, SPOKEN)[0])


async def worked(app: AuditorApp, spoken: str) -> None:
    """The whole day, on the demo's agents over real SNMP and SSH."""
    async with app.run_test(size=WIDE) as pilot:
        await settled(app, pilot)
        await pressed(app, pilot, "n", "enter")
        assert stands(app, SitePage)
        await pressed(app, pilot, "n", "down", "down", "enter", *"list.csv", "enter", "enter")
        assert [target.name for target in read(Path("site.toml"))[0].targets] == list(WAYS)
        for name, (_, snmp, ssh) in WAYS.items():
            await fill(app, pilot, name, "form.snmp", snmp)
            if ssh:
                await fill(app, pilot, name, "form.ssh", ssh)

        await pressed(app, pilot, "i", "slash", *"LNK-010", "enter", "enter", "1", "tab", *"IT manager", "enter")
        assert read(Path("site.toml"))[0].answers["LNK-010"].value == "good"

        await pressed(app, pilot, "escape")
        assert await conducted(app, pilot, spoken) == ["host key", "host key", "secret"]
        first = audited(app)
        assert [device.name for device in first.devices if device.readings and not device.problems] == list(WAYS)
        assert next(one.outcome for one in first.findings if one.id == "LNK-010") == Outcome.PASS

        await pressed(app, pilot, "w")
        assert stands(app, WhatIf)
        today = screen_text(app)
        assert await pressed(app, pilot, "left", "left") != today
        await pressed(app, pilot, "ctrl+s", *"fewer people", "enter")

        await pressed(app, pilot, "p")
        assert stands(app, Plan)
        await pressed(app, pilot, "o", *["backspace"] * 20, *"Mme Le Goff", "enter")
        assert "Mme Le Goff" in screen_text(app)
        until_day = now_at(SITE).date() + dt.timedelta(days=30)
        await pressed(app, pilot, "down", "a", *"CIO", "enter", *"cost", "enter", *until_day.isoformat(), "enter")
        decided = desk.load(first.id)
        assert any(finding.accepted for finding in decided.findings)
        assert any(action.owner == "Mme Le Goff" for action in (*decided.plan, *decided.left_out))

        shown = await pressed(app, pilot, "e", *["tab"], *"report", "enter")
        assert "The report is written." in shown
        written = sorted(path.suffix for path in Path("report").iterdir() if path.is_file())
        assert written == [".json", ".pdf"]
        await pressed(app, pilot, "enter", "d")

        assert await conducted(app, pilot, spoken) == ["secret"]
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

    def __init__(self, home: Path, folder: Path, before: Sequence[str] = ()) -> None:
        """`before` are words that run the program: a watcher's."""
        self._server = ["tmux", "-L", f"auditor-{os.getpid()}", "-f", "/dev/null"]
        program = Path(sys.executable).with_name("auditor")
        variables = ("AUDITOR_HOME=" + str(home), "LANG=en_GB.UTF-8", "LC_ALL=", "TERM=screen-256color")
        plain = ("env", "-u", "COLUMNS", "-u", "LINES")
        self._tmux(
            "new-session", "-d", "-x", "120", "-y", "40", "-c", str(folder), *plain, *variables, *before, str(program)
        )

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
    """New site, devices, answers, the demo, what-if, plan, a risk, export, again, compare; resized meanwhile."""
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
    terminal.press("Down", "a")
    terminal.until("Accept the risk until a day")
    terminal.press("=CIO", "Enter", "=budget of next year", "Enter", "=tomorrow", "Enter")
    terminal.until("Last day: “tomorrow” is not a day")
    day = now_at(SITE).date() + dt.timedelta(days=30)
    terminal.press("Enter")
    terminal.until("budget of next year")
    terminal.press("Enter", "Enter", "C-u", f"={day.isoformat()}", "Enter")
    terminal.until("the risk is accepted by CIO until")
    terminal.press("i")
    terminal.until("Question")
    terminal.press("o", "/", "=LNK-013", "Enter", "Enter")
    terminal.until("Who answers")
    terminal.press("=1", "Tab", "=IT manager", "Enter")
    terminal.until("IT manager, ")
    terminal.press("s")
    terminal.until("Known sites")
    terminal.press("Enter")
    terminal.until("What binds")
    terminal.press("e")
    terminal.until("a new folder here")
    terminal.press("Tab", "=report", "Enter")
    terminal.until("The report is written")
    assert {path.suffix for path in (tmp_path / "work" / "report").iterdir() if path.is_file()} == {".json", ".pdf"}
    terminal.press("Enter", "a")
    terminal.until("4 devices will be read")
    terminal.press("Down", "Enter")
    terminal.until("asking")
    terminal.until("What binds")
    terminal.press("c")
    terminal.until("Why the proven score moved")
    terminal.until("LNK-013")  # what was answered in between
    terminal.press("q")
