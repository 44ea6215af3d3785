"""Short questions with typed answers: the path of a site file, the value of a field, a secret that is never shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input

from auditor.screens.frame import KeyBar, Speech, Words
from auditor.screens.ink import safe
from auditor.values import N_

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Blank:
    """One field to fill in: its name ("" where the title says it), what stands in it, whether it is a secret."""

    name: str = ""
    given: str = ""
    secret: bool = False


class Answer(Input):
    """Where an answer is typed."""

    BINDINGS = [Binding("enter", "submit", N_("Accept"))]  # noqa: RUF012 - Textual's own declaration


class AskAll(ModalScreen[T], Generic[T]):
    """Asks for several lines and gives what `take` makes of them; a ValueError is shown and asked again.

    `take` may wait for a disk: it runs in a thread of its own.
    """

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("escape", "leave", N_("Back")),
        Binding("tab", "app.focus_next", N_("Next field"), show=False),
    ]

    def __init__(
        self, speech: Speech, title: str, hint: str, take: Callable[[tuple[str, ...]], T], blanks: Sequence[Blank]
    ) -> None:
        super().__init__()
        self._speech, self._title, self._hint, self._take, self._blanks = speech, title, hint, take, tuple(blanks)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Words(self._title, classes="title")
            for line in self._hint.split("\n"):
                yield Words(line, classes="line")
            for blank in self._blanks:
                answer = Answer(blank.given, password=blank.secret, select_on_focus=False)
                answer.border_title = blank.name
                yield answer
            yield Words("", id="fault", classes="fault")
        yield KeyBar(self._speech)

    def on_mount(self) -> None:
        self.set_focus(self.query(Input).first())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._try(tuple(field.value for field in self.query(Input)))

    @work(thread=True, exclusive=True)
    def _try(self, values: tuple[str, ...]) -> None:
        try:
            answer = self._take(values)
        except ValueError as fault:
            self.app.call_from_thread(self.query_one("#fault", Words).update, safe(fault))
        else:
            self.app.call_from_thread(self._done, answer)

    def _done(self, answer: T) -> None:
        if self.is_current:
            self.dismiss(answer)

    def action_leave(self) -> None:
        self.dismiss(None)


class Ask(AskAll[T], Generic[T]):
    """Asks for one line."""

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
        super().__init__(speech, title, hint, lambda values: take(values[0]), (Blank("", given, secret),))


def path_of(text: str) -> Path:
    """A path as a person types it."""
    return Path(text.strip() or ".").expanduser()
