"""A site as forms: people, links, devices; each edit is checked and saved as it is made, and can be taken back."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import DataTable

from auditor.screens.ask import Ask, AskAll, Blank, path_of
from auditor.screens.choose import Choose
from auditor.screens.confirm import Confirm
from auditor.screens.flow import flow
from auditor.screens.forms import Forms, Group, Row, SiteForm
from auditor.screens.frame import Page, Panel, Speech, site_name
from auditor.screens.ink import ink, safe
from auditor.screens.marks import fit, say
from auditor.texts import NO_BREAK, Texts
from auditor.values import N_

GROUPS: Final = {
    "site": N_("Site"),
    "people": N_("People"),
    "link": N_("Internet access"),
    "device": N_("Device"),
    "tunnel": N_("Tunnel"),
    "plan": N_("Plan"),
}
NEW: Final = (
    ("device", N_("a device")),
    ("link", N_("an internet access")),
    ("list", N_("the devices of a list: CSV, nmap, Ansible, NetBox…")),
)


def signs(text: str, texts: Texts) -> str:
    """A value as it is typed, with the space that French has before a percent sign."""
    return re.sub(r"(?<=\d)%", f"{NO_BREAK}%", text) if texts.language == "fr" else text


class FormTable(DataTable[Text]):
    """One row for each field, a heading for each table of the file."""

    BINDINGS = [Binding("enter", "select_cursor", N_("Change"), tooltip=N_("change the field under the cursor"))]  # noqa: RUF012

    def __init__(self, speech: Speech, form: SiteForm) -> None:
        super().__init__(id="form", cursor_type="row")
        self._speech, self.form = speech, form
        self.rows_shown: list[tuple[Group, Row | None]] = []
        self._drawn = 0

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn:
            self._drawn = event.size.width
            self.show(self.form)

    def show(self, form: SiteForm) -> None:
        """The form as the file stands; the cursor stays where it was."""
        texts, row, self.form = self._speech.texts, self.cursor_row, form
        self.rows_shown = [(group, one) for group in form.groups for one in (None, *group.rows)]
        names = [texts.words(one.label) for _, one in self.rows_shown if one]
        wide = min(max(map(cell_len, names)), self.size.width // 2) + 2
        room = max(12, self.size.width - wide - 5)
        self.clear(columns=True)
        self.add_column(Text(texts("Field")), width=wide)
        self.add_column(Text(texts("Value")), width=room)
        for group, one in self.rows_shown:
            if one is None:
                self.add_row(Text(heading(texts(GROUPS[group.kind]), group), style=ink(self, "primary", bold=True)))
            else:
                value = fit(safe(signs(one.text, texts)), room).rstrip() if one.text else "–"
                name = fit("  " + texts.words(one.label), wide).rstrip()
                self.add_row(Text(name), Text(value, style=ink(self, "" if one.text else "dim")))
        self.move_cursor(row=max(1, row))

    def under_cursor(self) -> tuple[Group, Row | None] | None:
        return self.rows_shown[self.cursor_row] if 0 <= self.cursor_row < len(self.rows_shown) else None


def heading(words: str, group: Group) -> str:
    return f"{words} · {safe(group.name)}" if group.name else words


class Hint(Panel):
    """How the field under the cursor is typed, and where the file stands."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.row: Row | None = None
        self.path = Path()

    def lines(self, width: int) -> list[Text]:
        texts = self._speech.texts
        words = say(texts, self.row.hint) if self.row else texts("Enter changes a field; it is saved at once.")
        where = texts("Saved in {file}; comments are kept.", file=safe(self.path))
        return [*flow(Text(words), width), *flow(Text.assemble((where, ink(self, "dim"))), width)]


class SitePage(Page):
    """The forms of one site file."""

    PLACE = N_("Site")
    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("n", "new", N_("Add"), tooltip=N_("add a device, an internet access, or the devices of a list")),
        Binding("delete", "remove", N_("Remove"), tooltip=N_("take the link or device under the cursor out")),
        Binding("u", "undo", N_("Undo"), tooltip=N_("take the last edit back")),
        Binding("a", "go('audit')", N_("Audit"), tooltip=N_("audit this site")),
        Binding("i", "go('questions')", N_("Questions"), tooltip=N_("the questionnaire of this site")),
        Binding("x", "go('discover')", N_("Discover"), tooltip=N_("find the devices of this site")),
        Binding("escape", "app.home", N_("Back"), tooltip=N_("back to the list of sites")),
    ]

    def __init__(self, speech: Speech, form: SiteForm, forms: Forms) -> None:
        super().__init__(speech)
        self.form, self._forms = form, forms
        self._writing = threading.Lock()

    def whose(self) -> tuple[str, str]:
        return site_name(self.form.site), safe(self.form.path.name)

    def body(self) -> Iterable[Widget]:
        yield FormTable(self.speech, self.form)
        yield VerticalScroll(Hint(self.speech), id="hint", can_focus=False)

    def settle(self) -> None:
        self.set_focus(self.query_one(FormTable))
        self._hint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "undo":
            return bool(self.form.undo)
        if action == "remove":
            chosen = self._chosen()
            return chosen is not None and bool(chosen[0].name)
        return True

    def _chosen(self) -> tuple[Group, Row | None] | None:
        tables = self.query(FormTable)
        return tables.first().under_cursor() if tables else None

    def _hint(self) -> None:
        hint, chosen = self.query_one(Hint), self._chosen()
        hint.row, hint.path = chosen[1] if chosen else None, self.form.path
        hint.refresh(layout=True)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self._hint()
        self.refresh_bindings()

    # ---- edits ----

    def show(self, form: SiteForm | None) -> None:
        """The form after an edit; None where it was given up."""
        if form is not None:
            self.form = form
            self.query_one(FormTable).show(form)
            self._hint()
            self.tell_whose(*self.whose())
            self.refresh_bindings()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        chosen = self._chosen()
        if chosen is not None and chosen[1] is not None:
            self._change(chosen[0], chosen[1])

    def _change(self, group: Group, row: Row) -> None:
        """One of its words, or a text; a text that cannot stand there is asked again with the reason."""
        title = f"{heading(self.texts(GROUPS[group.kind]), group)} · {self.texts.words(row.label)}"
        if row.choices:
            rows = [(word, word) for word in row.choices]
            question = Choose(self.speech, title, rows, given=row.text, line=say(self.texts, row.hint))
            self.app.push_screen(question, lambda word: self._write(row.place, word) if word else None)
        else:
            take = lambda text: self._forms.change(self.form.path, row.place, text)  # noqa: E731
            self.app.push_screen(Ask(self.speech, title, say(self.texts, row.hint), take, given=row.text), self.show)

    def _write(self, place: str, text: str) -> None:
        self._do(lambda: self._forms.change(self.form.path, place, text))

    @work(thread=True)
    def _do(self, edit: Callable[[], SiteForm]) -> None:
        """Make an edit beside the screen, one after the other; what is wrong with it is told."""
        with self._writing:
            try:
                form = edit()
            except ValueError as fault:
                self.app.call_from_thread(self.tell, self.texts("That did not work."), safe(fault))
            else:
                self.app.call_from_thread(self.show, form)

    def action_undo(self) -> None:
        self._do(lambda: self._forms.undo(self.form.path))

    def action_go(self, what: str) -> None:
        self.post_message(self.Wanted(what, self.form.path))

    def action_new(self) -> None:
        rows = [(id, self.texts(words)) for id, words in NEW]
        self.app.push_screen(Choose(self.speech, self.texts("Add"), rows), self._add)

    def _add(self, what: str | None) -> None:
        texts, path = self.texts, self.form.path
        if what == "device":
            blanks = (Blank(texts.words("form.name")), Blank(texts.words("form.address")))
            hint = texts("A short name without blanks, and an IP address or a host name.")
            add = lambda values: self._forms.add(path, "device", *values)  # noqa: E731
            self.app.push_screen(AskAll(self.speech, texts("New device"), hint, add, blanks), self.show)
        elif what == "link":
            hint = texts("A short name without blanks, such as main or backup.")
            more = lambda name: self._forms.add(path, "link", name, "")  # noqa: E731
            self.app.push_screen(Ask(self.speech, texts("New internet access"), hint, more), self.show)
        elif what == "list":
            hint = texts("The path of a list: CSV, nmap XML, Ansible, Nornir, NetBox, LibreNMS.")
            take = lambda text: self._forms.take(path, path_of(text))  # noqa: E731
            self.app.push_screen(Ask(self.speech, texts("Take over devices"), hint, take), self._took)

    def _took(self, taken: tuple[SiteForm, Iterable[str]] | None) -> None:
        if taken is not None:
            before, (form, left) = len(self.form.site.targets), taken
            self.show(form)
            count = len(form.site.targets) - before
            title = self.texts.plural("{count} device was taken over.", "{count} devices were taken over.", count)
            self.tell(title, *map(safe, left))

    def action_remove(self) -> None:
        chosen = self._chosen()
        if chosen is None or not chosen[0].name:
            return
        group, texts = chosen[0], self.texts
        title = texts("Take {what} out of the file?", what=heading(texts(GROUPS[group.kind]), group))
        question = Confirm(self.speech, title, (texts("u takes it back."),), texts("Take it out"), texts("Keep it"))

        def answered(yes: bool | None) -> None:
            if yes:
                self._do(lambda: self._forms.remove(self.form.path, group.kind, group.name))

        self.app.push_screen(question, answered)
