"""A short form over a screen: a few named fields, taken together; a fault is shown and asked again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input

from auditor.screens.ask import Answer
from auditor.screens.frame import KeyBar, Speech, Words
from auditor.screens.ink import safe
from auditor.values import N_

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its id, its words, what stands there at first."""

    id: str
    words: str
    given: str = ""


class Fields(ModalScreen[T], Generic[T]):
    """Gives what `take` makes of the texts by field; Enter goes to the next field, and from the last it accepts."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("escape", "leave", N_("Back")),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(
        self,
        speech: Speech,
        title: str,
        hint: str,
        fields: Sequence[Field],
        take: Callable[[Mapping[str, str]], T],
    ) -> None:
        super().__init__()
        self._speech, self._title, self._hint, self._rows, self._take = speech, title, hint, fields, take

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Words(self._title, classes="title")
            yield Words(self._hint, classes="line")
            for field in self._rows:
                yield Words(field.words, classes="field")
                yield Answer(field.given, id=f"field-{field.id}", classes="flat", select_on_focus=False)
            yield Words("", id="fault", classes="fault")
        yield KeyBar(self._speech)

    def on_mount(self) -> None:
        self.set_focus(self._inputs[0])

    @property
    def _inputs(self) -> list[Input]:
        return list(self.query(Input))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        inputs = self._inputs
        if event.input is not inputs[-1]:
            self.set_focus(inputs[inputs.index(event.input) + 1])
            return
        told = {row.id: field.value for row, field in zip(self._rows, inputs, strict=True)}
        try:
            answer = self._take(told)
        except ValueError as fault:
            self.query_one("#fault", Words).update(safe(fault))
            return
        self.dismiss(answer)

    def action_leave(self) -> None:
        self.dismiss(None)
