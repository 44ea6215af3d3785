"""One of several: a short list over the screen; Esc chooses none of them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from auditor.screens.frame import KeyBar, Speech, Words
from auditor.values import N_


class Options(OptionList):
    """The list itself."""

    BINDINGS = [Binding("enter", "select", N_("Choose"), tooltip=N_("the line under the cursor"))]  # noqa: RUF012


class Choose(ModalScreen[str]):
    """Gives the id of the line that was chosen; `rows` are (id, words)."""

    BINDINGS = [Binding("escape", "leave", N_("Back"))]  # noqa: RUF012 - Textual's own declaration

    def __init__(
        self, speech: Speech, title: str, rows: Sequence[tuple[str, str]], *, given: str = "", line: str = ""
    ) -> None:
        super().__init__()
        self._speech, self._title, self._rows, self._given, self._line = speech, title, tuple(rows), given, line

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Words(self._title, classes="title")
            if self._line:
                yield Words(self._line, classes="line")
            yield Options(*(Option(Text(words), id=id) for id, words in self._rows), compact=True)
        yield KeyBar(self._speech)

    def on_mount(self) -> None:
        options = self.query_one(Options)
        ids = [id for id, _ in self._rows]
        options.highlighted = ids.index(self._given) if self._given in ids else 0
        self.set_focus(options)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id or "")

    def action_leave(self) -> None:
        self.dismiss("")
