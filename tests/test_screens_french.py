"""Every screen in French, compared with the catalogue: no sentence of the product is left in English."""

from __future__ import annotations

import re
import string
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from auditor.app import AuditorApp
from auditor.model import Audit
from auditor.screens.services import Talk
from auditor.values import Message
from tests.driving import pressed, screen_text, settled, until, waiting
from tests.fake_services import KNOWN, FakeServices
from tests.test_screens_site import SITE
from tests.test_words import french
from tests.worked_audit import worked_audit

LARGE = (200, 60)
LEAST = 9
"""Shorter pieces are words that French has as well, or names."""


def pieces() -> dict[str, str]:
    """What would show that a sentence is in English: its longest part without a value, with the sentence."""
    found = {}
    for english, text in french().items():
        parts = [literal.strip(" .:,;·()") for literal, _, _, _ in string.Formatter().parse(english)]
        longest = max(parts, key=len)
        if len(longest) >= LEAST and " " in longest and longest not in text:
            found[longest] = english
    return found


ENGLISH = pieces()


def words(shown: str) -> str:
    """A screen as running text: frames and line breaks are gaps."""
    return re.sub(r"[\s\u00a0\u202f│╭╮╰╯─]+", " ", shown)


def english_on(shown: str) -> list[str]:
    """The English sentences of the catalogue that stand on a screen."""
    text = words(shown)
    near = ((piece, sentence) for piece, sentence in ENGLISH.items() if piece in text)
    return [sentence for piece, sentence in near if re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", text)]


def test_an_english_sentence_would_be_seen() -> None:
    """The comparison finds what it looks for, over frames and line ends."""
    assert english_on("│ Nothing is changed on │\n│ them. Esc stops at any time and keeps what was collected. │")
    assert not english_on("Rien n’y est modifié.")
    assert len(ENGLISH) > 500


SITES = (
    "question_mark escape", "ctrl+p escape", "n escape", "o escape", "a escape", "slash escape", "m", "question_mark",
    "escape n", "enter", "escape n down enter", "escape n down down enter", "escape down enter",
    "escape down down enter", "escape i", "question_mark", "escape o", "enter", "escape escape", "x",
    "enter", "ctrl+r", "escape question_mark",
)  # fmt: skip
VIEWS = (
    "question_mark", "escape ctrl+p", "escape e", "enter", "enter y", "f", "enter", "escape slash", "escape",
    "question_mark", "escape v", "enter", "escape p", "g", "g o", "escape t", "escape b", "escape x", "escape a",
    "escape question_mark", "escape w", "enter", "escape ctrl+s", "escape question_mark", "escape c",
    "question_mark",
)  # fmt: skip


@pytest.mark.slow
async def test_the_screens_of_a_site_are_in_french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list, the forms, the questions, the discovery, with their dialogs and their help."""
    monkeypatch.chdir(tmp_path)
    Path("site.toml").write_text(SITE)
    known = (replace(KNOWN[0], path=Path("site.toml"), interrupted=True), *KNOWN[1:])
    await _walked(FakeServices(known), None, SITES)


@pytest.mark.slow
async def test_the_screens_of_an_audit_are_in_french() -> None:
    """Each view, its questions, its details and its help."""
    await _walked(FakeServices(KNOWN), worked_audit(), VIEWS)


async def _walked(services: FakeServices, audit: Audit | None, steps: Sequence[str]) -> None:
    app, seen = AuditorApp(services, language="fr", audit=audit), set[str]()
    async with app.run_test(size=LARGE) as pilot:
        await settled(app, pilot)
        for step in steps:
            shown = await pressed(app, pilot, *step.split())
            assert not english_on(shown), step
            seen.add(shown)
    assert len(seen) > len(steps) // 2  # the keys went somewhere


@pytest.mark.slow
async def test_a_running_audit_is_in_french() -> None:
    """The queue, its reasons and hints, the pause, the log, and the question before leaving."""
    gate = threading.Event()
    app = AuditorApp(FakeServices(conduct=waiting(gate)), language="fr", demo=True)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: "→ " in screen_text(app))
        for keys in (("space",), ("space", "g"), ("question_mark",), ("escape", "q"), ("escape",)):
            await _pressed(pilot, keys)
            assert not english_on(screen_text(app))
        await pilot.press("escape")
        await until(pilot, gate.is_set)
        await settled(app, pilot)


async def _pressed(pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    await pilot.press(*keys)
    await pilot.pause(0.3)


@pytest.mark.parametrize("question", ["host_key", "secret"])
async def test_the_questions_of_an_audit_are_in_french(question: str) -> None:
    """The host key with its device, the secret that is never kept."""
    ask: dict[str, Callable[[Talk], object]] = {
        "host_key": lambda talk: talk.accept_host_key("192.0.2.1", "ssh-ed25519 SHA256:9aJ"),
        "secret": lambda talk: talk.ask_secret(Message("prompt.credential", {"name": "x", "target": "y"})),
    }

    def conduct(audit: Audit, talk: Talk) -> Audit:
        ask[question](talk)
        return audit

    app = AuditorApp(FakeServices(audit=worked_audit(), conduct=conduct), language="fr", demo=True)
    async with app.run_test(size=LARGE) as pilot:
        try:
            await until(pilot, lambda: "Esc Retour" in screen_text(app))
            assert not english_on(screen_text(app))
        finally:
            await pilot.press("escape")
            await settled(app, pilot)
