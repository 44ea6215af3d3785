"""Short questions with a typed answer: the path of a site file, a secret that is never shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input

from auditor.model import N_
from auditor.screens.frame import KeyBar, Speech, Words
from auditor.screens.marks import safe

T = TypeVar("T")


class Answer(Input):
    """Where the answer is typed."""

    BINDINGS = [Binding("enter", "submit", N_("Accept"))]  # noqa: RUF012 - Textual's own declaration


class Ask(ModalScreen[T], Generic[T]):
    """Asks for one line of text and gives what `take` makes of it; a ValueError is shown and asked again."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("escape", "leave", N_("Back")),
    ]

    def __init__(
        self,
        speech: Speech,
        title: str,
        hint: str,
        take: Callable[[str], T],
        *,
        given: str = "",
        secret: bool = False,
    ) -> None:
        super().__init__()
        self._speech, self._title, self._hint, self._take = speech, title, hint, take
        self._given, self._secret = given, secret

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Words(self._title, classes="title")
            yield Words(self._hint, classes="line")
            yield Answer(self._given, password=self._secret, select_on_focus=False)
            yield Words("", id="fault", classes="fault")
        yield KeyBar(self._speech)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            answer = self._take(event.value)
        except ValueError as fault:
            self.query_one("#fault", Words).update(safe(fault))
            return
        self.dismiss(answer)

    def action_leave(self) -> None:
        self.dismiss(None)


def path_of(text: str) -> Path:
    """A path as a person types it."""
    return Path(text.strip() or ".").expanduser()
