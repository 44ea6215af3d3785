"""The screens under strace: an audit by keys, its devices in a process of their own, and where all of it writes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.test_screens_day import Terminal
from tests.traced import strace, traced

pytestmark = pytest.mark.slow


def test_an_audit_by_keys_writes_in_its_home_and_its_report_and_nowhere_else(tmp_path: Path) -> None:
    """The program, its threads and the demo's devices, from the first screen to the report."""
    if missing := [name for name in ("strace", "tmux") if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    home, work, passing = tmp_path / "home", tmp_path / "work", tmp_path / "passing"
    work.mkdir()
    passing.mkdir()
    terminal = Terminal(home, work, ("env", f"TMPDIR={passing}", *strace(tmp_path / "strace")))
    try:
        terminal.until("Try the demo")
        terminal.press("t")
        terminal.until("What binds", 120)
        terminal.press("e")
        terminal.until("a new folder here")
        terminal.press("Tab", "=report", "Enter")
        terminal.until("The report is written", 120)
        terminal.press("Enter", "q")
        _ended(terminal)
    finally:
        terminal.close()
    seen = traced(tmp_path / "strace", work)
    assert any(path.suffix == ".sqlite" for path in seen.writes)
    assert any(path.suffix == ".pdf" for path in seen.writes)
    outside = seen.written_outside((home, work / "report", Path("/dev/null"), Path("/dev/tty")))
    assert all(path.is_relative_to(passing) for path in outside), "in which the demo's devices complain when they fail"
    assert not any(passing.iterdir())
    assert {Path(one).name for one in seen.programs} <= {"auditor", Path(sys.executable).name}
    assert len(seen.programs) == 2, "the program, and the demo's devices"


def _ended(terminal: Terminal) -> None:
    """Until the program has gone, and its terminal with it."""
    with suppress(subprocess.CalledProcessError):
        for _ in range(100):
            terminal.shown()
            time.sleep(0.2)
        raise AssertionError("it does not end")
