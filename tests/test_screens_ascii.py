"""A terminal without Unicode, without colours or without a cursor: nothing is lost, and nothing fails."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from auditor.app import AuditorApp
from auditor.screens.ascii import in_ascii, is_bare
from auditor.screens.marks import FILLS, HATCH, ORIGINS, SIGNS
from tests.driving import pressed, screen_text, settled
from tests.fake_services import KNOWN, FakeServices
from tests.worked_audit import worked_audit


@pytest.mark.parametrize(
    ("environment", "bare"),
    [
        ({}, False),
        ({"LANG": "fr_FR.UTF-8"}, False),
        ({"LANG": "C.utf8"}, False),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, True),
        ({"LANG": "fr_FR.ISO-8859-15"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "fr_FR.ISO-8859-1", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "fr_FR.UTF-8", "TERM": "vt100"}, True),
        ({"LC_ALL": "C", "AUDITOR_ASCII": "0"}, False),
        ({"LANG": "fr_FR.UTF-8", "AUDITOR_ASCII": "1"}, True),
    ],
)
def test_a_terminal_is_asked_what_it_shows(environment: dict[str, str], bare: bool) -> None:
    """By its locale and its name; by the user where they are wrong."""
    assert is_bare(environment) is bare


def test_signs_that_differ_in_meaning_differ_in_ascii() -> None:
    """A pass is no failure, a measured figure no assumed one, a bar that refuses none that degrades."""
    for signs in ([sign for sign, _, _ in SIGNS.values()], list(ORIGINS.values()), [*FILLS.values(), HATCH]):
        assert len({in_ascii(sign) for sign in signs}) == len(signs)


def test_every_character_keeps_its_width() -> None:
    """Columns stay in line: wide and unknown characters too."""
    for text in ("é", "漢字", "Œuvre — 12 345 €", "\u202f", "🙂", "▁▂▃▄▅▆▇█"):
        assert in_ascii(text).isascii()
        assert cell_len(in_ascii(text)) == cell_len(text)


async def test_every_screen_of_an_audit_is_drawn_in_ascii() -> None:
    """Same lines, same places, in French with its accents."""
    texts = []
    for bare in (False, True):
        app = AuditorApp(FakeServices(KNOWN), language="fr", audit=worked_audit(), bare=bare)
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(app, pilot)
            texts.append([screen_text(app), *[await pressed(app, pilot, key) for key in "fpv"]])
    unicode, plain = texts
    assert all(screen.isascii() for screen in plain)
    assert "Preparation 39/100 (E) plafonnee" in plain[0]
    assert [[len(line) for line in screen.splitlines()] for screen in plain] == [
        [len(line) for line in screen.splitlines()] for screen in unicode
    ]


def test_a_terminal_that_places_no_cursor_is_told_so(tmp_path: Path) -> None:
    """TERM=dumb: one line and exit 2, no screen, no traceback."""
    main, other = pty.openpty()
    run = subprocess.run(
        [sys.executable, "-m", "auditor"], stdin=other, stdout=other, stderr=subprocess.PIPE, text=True, timeout=60,
        env={**os.environ, "TERM": "dumb", "AUDITOR_HOME": str(tmp_path)}, check=False,
    )  # fmt: skip
    os.close(main)
    os.close(other)
    assert run.returncode == 2
    assert "A terminal is needed" in run.stderr
    assert "Traceback" not in run.stderr
