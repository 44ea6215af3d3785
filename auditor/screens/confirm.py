"""A question with two answers, or a notice with one; whatever is not a clear yes is a no."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button

from auditor.screens.frame import KeyBar, Speech, Words
from auditor.values import N_


class Choice(Button):
    """One of the answers."""

    BINDINGS = [Binding("enter", "press", N_("Choose"), tooltip=N_("the answer under the cursor"))]  # noqa: RUF012


class Confirm(ModalScreen[bool]):
    """Asks; with `no` empty it only tells. The answer that changes nothing has the focus."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("escape", "answer(False)", N_("Back")),
        Binding("left,right,up,down", "app.focus_next", show=False),
    ]

    def __init__(self, speech: Speech, title: str, lines: tuple[str, ...], yes: str, no: str = "") -> None:
        super().__init__()
        self._speech, self._title, self._lines, self._yes, self._no = speech, title, lines, yes, no

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Words(self._title, classes="title")
            for line in self._lines:
                yield Words(line, classes="line")
            with Horizontal(classes="buttons"):
                if self._no:
                    yield Choice(Text(self._no), id="no", compact=True)
                yield Choice(Text(self._yes), id="yes", compact=True)
        yield KeyBar(self._speech)

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#no" if self._no else "#yes", Button))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)
