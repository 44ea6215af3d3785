"""What to write of an audit, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList
from textual.widgets.option_list import Option

from auditor.screens.confirm import Choice
from auditor.screens.frame import KeyBar, Speech, Words
from auditor.values import N_

FORMATS: Final = (
    ("pdf", N_("PDF: the report, with the advice to staff")),
    ("html", N_("HTML: the report as one web page")),
    ("xlsx", N_("Excel: every table")),
    ("csv", N_("CSV: one file for each table")),
    ("json", N_("JSON: everything, for programs")),
)
USUAL: Final = ("pdf", "json")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written, and where ("": a new folder here)."""

    formats: tuple[str, ...]
    folder: str


class Formats(OptionList):
    """The forms of a report, each with a cross or without: a colour alone would say it to few."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("space", "select", N_("Mark"), tooltip=N_("write this form, or not")),
        Binding("enter", "screen.write", N_("Write"), tooltip=N_("write the marked forms")),
    ]

    def __init__(self, speech: Speech, marked: Sequence[str]) -> None:
        super().__init__(compact=True)
        self._speech, self.marked = speech, set(marked)

    def on_mount(self) -> None:
        for id, _ in FORMATS:
            self.add_option(Option(self._line(id), id=id))
        self.highlighted = 0

    def _line(self, id: str) -> Text:
        cross = "[x]" if id in self.marked else "[ ]"
        return Text(f"{cross} {self._speech.texts(dict(FORMATS)[id])}")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        id = event.option.id or ""
        self.marked ^= {id}
        self.replace_option_prompt(id, self._line(id))


class Export(ModalScreen[Order]):
    """Forms and folder; gives the order, or None."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("escape", "leave", N_("Back")),
    ]

    def __init__(self, speech: Speech, chosen: Sequence[str] = USUAL) -> None:
        super().__init__()
        self._speech, self._given = speech, tuple(chosen)

    def compose(self) -> ComposeResult:
        texts = self._speech.texts
        folder = Input(placeholder=texts("a new folder here"), id="folder", select_on_focus=False)
        folder.border_title = texts("Folder")
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Words(texts("Export"), classes="title")
            yield Words(texts("The report is in the language of the screen. Nothing is overwritten."), classes="line")
            yield Formats(self._speech, self._given)
            yield folder
            yield Words("", id="fault", classes="fault")
            with Horizontal(classes="buttons"):
                yield Choice(Text(texts("Back")), id="no", compact=True)
                yield Choice(Text(texts("Write")), id="yes", compact=True)
        yield KeyBar(self._speech)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Formats))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.action_write()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "yes":
            self.action_write()
        else:
            self.dismiss(None)

    def action_write(self) -> None:
        marked = self.query_one(Formats).marked
        formats = tuple(id for id, _ in FORMATS if id in marked)
        if not formats:
            self.query_one("#fault", Words).update(self._speech.texts("Mark at least one form."))
            return
        self.dismiss(Order(formats, self.query_one("#folder", Input).value))

    def action_leave(self) -> None:
        self.dismiss(None)
