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
from textual.widgets import Button, Input, SelectionList
from textual.widgets.selection_list import Selection

from auditor.model import N_
from auditor.screens.confirm import Choice
from auditor.screens.frame import KeyBar, Speech, Words

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


class Formats(SelectionList[str]):
    """The forms of a report; space marks one."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("space", "select", N_("Mark"), tooltip=N_("write this form, or not")),
        Binding("enter", "screen.write", N_("Write"), tooltip=N_("write the marked forms")),
    ]


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
        rows = (Selection(Text(texts(words)), id, id in self._given) for id, words in FORMATS)
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Words(texts("Export"), classes="title")
            yield Words(texts("The report is in the language of the screen. Nothing is overwritten."), classes="line")
            yield Formats(*rows, compact=True)
            yield folder
            yield Words("", id="fault", classes="fault")
            with Horizontal(classes="buttons"):
                yield Choice(Text(texts("Back")), id="no", compact=True)
                yield Choice(Text(texts("Write")), id="yes", compact=True)
        yield KeyBar(self._speech)

    def on_mount(self) -> None:
        self.query_one(Formats).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.action_write()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "yes":
            self.action_write()
        else:
            self.dismiss(None)

    def action_write(self) -> None:
        marked = self.query_one(Formats).selected
        formats = tuple(id for id, _ in FORMATS if id in marked)
        if not formats:
            self.query_one("#fault", Words).update(self._speech.texts("Mark at least one form."))
            return
        self.dismiss(Order(formats, self.query_one("#folder", Input).value))

    def action_leave(self) -> None:
        self.dismiss(None)
