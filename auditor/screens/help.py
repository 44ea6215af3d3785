"""What works here: the keys of the screen below, as they are right now."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from auditor.model import N_
from auditor.screens.frame import KeyBar, Panel, Speech, key_name
from auditor.screens.marks import ink


class Keys(Panel):
    """Keys and what they do."""

    def __init__(self, speech: Speech, bindings: Sequence[Binding]) -> None:
        super().__init__()
        self._speech, self._keys = speech, bindings

    def render(self) -> Table:
        texts = self._speech.texts
        rows = [(key_name(binding.key), texts(binding.tooltip or binding.description)) for binding in self._keys]
        rows += [
            ("↑ ↓", texts("move in a list or scroll")),
            ("Tab", texts("go to the next part of the screen")),
            ("^t", texts("dark or light")),
        ]
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right", no_wrap=True)
        for key, words in rows:
            table.add_row(Text(key, style=ink(self, "accent", bold=True)), Text(words))
        return table


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
            yield Static(Text(texts("What works here")), classes="title")
            yield Keys(self._speech, self._keys)
            yield Static(Text(texts("Auditor reads and never changes anything on a device.")), classes="line")
        yield KeyBar(self._speech)

    def action_leave(self) -> None:
        self.dismiss(None)
