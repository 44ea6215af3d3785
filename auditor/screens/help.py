"""What works here: the keys of the screen below, as they are right now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from auditor.screens.flow import flow
from auditor.screens.frame import KeyBar, Panel, Speech, Words, key_name
from auditor.screens.ink import ink
from auditor.values import N_

KEY_WIDTH: Final = 5
ALWAYS: Final = (
    ("↑ ↓", N_("move in a list or scroll")),
    ("Tab", N_("go to the next part of the screen")),
    ("Esc", N_("back, one step at a time")),
    ("^p", N_("every command, by name")),
    ("^t", N_("dark, light or high contrast")),
    ("^c", N_("stop the audit that runs, else leave")),
)


class Keys(Panel):
    """Keys and what they do."""

    def __init__(self, speech: Speech, bindings: Sequence[Binding]) -> None:
        super().__init__()
        self._speech, self._keys = speech, bindings

    def lines(self, width: int) -> list[Text]:
        texts = self._speech.texts
        names = [key_name(binding.key, texts) for binding in self._keys]
        here = [(name, texts(key.tooltip or key.description)) for name, key in zip(names, self._keys, strict=True)]
        always = [(key, texts(words)) for key, words in ALWAYS if key not in names]
        rows = [*here, ("", ""), ("", texts("Everywhere")), *always]
        style = ink(self, "accent", bold=True)
        return [
            line
            for key, words in rows
            for line in flow(Text(words), width, Text.assemble((key.rjust(KEY_WIDTH), style), "  "))
        ]


class Help(ModalScreen[None]):
    """The help of one screen."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("escape", "leave", N_("Back")),
        Binding("question_mark,q", "leave", show=False),
    ]

    def __init__(self, speech: Speech, bindings: Sequence[Binding]) -> None:
        super().__init__()
        self._speech, self._keys = speech, bindings

    def compose(self) -> ComposeResult:
        texts = self._speech.texts
        with VerticalScroll(classes="dialog"):
            yield Words(texts("What works here"), classes="title")
            yield Keys(self._speech, self._keys)
            yield Words(texts("Auditor reads and never changes anything on a device."), classes="line")
        yield KeyBar(self._speech)

    def action_leave(self) -> None:
        self.dismiss(None)
