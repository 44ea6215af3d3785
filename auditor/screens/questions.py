"""The questionnaire of a site: what no device can tell; each answer is saved as it is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import DataTable, Input

from auditor.screens.ask import AskAll, Blank
from auditor.screens.flow import flow
from auditor.screens.forms import Asked, Forms, SiteForm
from auditor.screens.frame import Page, Panel, Speech, site_name
from auditor.screens.ink import ink, safe
from auditor.values import N_


class QuestionTable(DataTable[Text]):
    """One row for each question: answered or not, its domain, its id, what is asked."""

    BINDINGS = [Binding("enter", "select_cursor", N_("Reply"), tooltip=N_("answer the question under the cursor"))]  # noqa: RUF012

    def __init__(self, speech: Speech) -> None:
        super().__init__(id="questions", cursor_type="row", zebra_stripes=True)
        self._speech = speech
        self._questions: Sequence[Asked] = ()
        self._drawn = 0

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn:
            self.show(self._questions)

    def show(self, questions: Sequence[Asked]) -> None:
        texts, row = self._speech.texts, self.cursor_row
        self._questions, self._drawn = questions, self.size.width
        wide = max([8, *(cell_len(texts.name(one.domain)) for one in questions)])
        room = max(16, self.size.width - wide - 1 - 2 * 3 - 1)
        self.clear(columns=True)
        self.add_column(Text(""), width=1)
        self.add_column(Text(texts("Domain")), width=wide)
        self.add_column(Text(texts("Question")), width=room)
        for one in questions:
            title = flow(Text(safe(one.title)), room)
            mark = Text("?", style=ink(self, "accent", bold=True)) if one.due else Text("✓", style=ink(self, "success"))
            self.add_row(mark, Text(texts.name(one.domain)), Text("\n").join(title), height=len(title))
        self.move_cursor(row=row)


class Full(Panel):
    """One question in full, and what is known of its answer."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.asked: Asked | None = None

    def lines(self, width: int) -> list[Text]:
        texts, asked = self._speech.texts, self.asked
        if asked is None:
            return flow(Text(texts("No question is open. o shows those that are answered.")), width)
        blocks = [Text.assemble((f"{asked.id}  {safe(asked.title)}", ink(self, "", bold=True)))]
        if asked.why:
            blocks.append(Text.assemble((safe(asked.why), ink(self, "dim"))))
        if asked.state:
            blocks.append(Text.assemble((safe(asked.state), ink(self, "success"))))
        blocks += [Text(words) for words in choices_of(asked, texts("…or the day it was done last."))]
        return [line for block in blocks for line in flow(block, width)]


def choices_of(asked: Asked, dated: str) -> list[str]:
    """The ways to answer, as they are typed."""
    lines = [f"{key}  {safe(label)}" for key, label in asked.choices]
    return [*lines, dated] if asked.dated else lines


class Questions(Page):
    """The open questions, or all of them."""

    PLACE = N_("Questions")
    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("o", "all", N_("All/open"), tooltip=N_("every question, or only the open ones")),
        Binding("slash", "type", N_("Filter"), tooltip=N_("filter the questions by words")),
        Binding("u", "undo", N_("Undo"), tooltip=N_("take the last answer back")),
        Binding("a", "go('audit')", N_("Audit"), tooltip=N_("audit this site")),
        Binding("m", "go('site')", N_("Edit"), tooltip=N_("the site's devices, links, people")),
        Binding("escape", "back", N_("Back"), tooltip=N_("all questions again, then the list of sites")),
    ]

    def __init__(self, speech: Speech, form: SiteForm, forms: Forms) -> None:
        super().__init__(speech)
        self.form, self._forms = form, forms
        self._found: Sequence[Asked] = ()
        self._all, self._words, self._by = False, "", ""

    @property
    def path(self) -> Path:
        return self.form.path

    def whose(self) -> tuple[str, str]:
        return site_name(self.form.site), safe(self.form.path.name)

    def body(self) -> Iterable[Widget]:
        words = Input(self._words, placeholder=self.texts("words to look for"), id="words", select_on_focus=False)
        words.display = bool(self._words)
        yield words
        yield Container(
            QuestionTable(self.speech), VerticalScroll(Full(self.speech), id="detail"), id="split", classes="split"
        )

    def settle(self) -> None:
        self.set_focus(self.query_one(QuestionTable))
        self._read()

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        """The questions in the language of now; what a device told at the last audit is looked up for it."""
        try:
            found = self._forms.questions(self.path, self.texts.language)
        except ValueError as fault:
            self.app.call_from_thread(self.tell, self.texts("That did not work."), safe(fault))
        else:
            self.app.call_from_thread(self._show, found)

    def _show(self, found: Sequence[Asked]) -> None:
        self._found = found
        if self.is_attached:
            self.query_one(QuestionTable).show(self.shown)
            self._detail()
            self.refresh_bindings()

    @property
    def shown(self) -> list[Asked]:
        words = self._words.casefold().split()
        wanted = [one for one in self._found if self._all or one.due]
        return [one for one in wanted if all(word in f"{one.id} {one.title}".casefold() for word in words)]

    def _chosen(self) -> Asked | None:
        row, shown = self.query_one(QuestionTable).cursor_row, self.shown
        return shown[row] if 0 <= row < len(shown) else None

    def _detail(self) -> None:
        full = self.query_one(Full)
        full.asked = self._chosen()
        full.refresh(layout=True)
        self.query_one("#detail").scroll_home(animate=False)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self._detail()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "undo":
            return bool(self.form.undo)
        return action == "back" or not isinstance(self.focused, Input)

    # ---- answers ----

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        asked = self._chosen()
        if asked is None:
            return
        texts, path = self.texts, self.path
        hint = "\n".join([safe(asked.title), *choices_of(asked, texts("…or the day it was done last."))])
        blanks = (Blank(texts("Answer")), Blank(texts("Who answers, by role"), self._by), Blank(texts("Document")))

        def take(values: tuple[str, ...]) -> SiteForm:
            text, by, document = values
            if not by.strip():
                raise ValueError(texts("Say who answers: a figure without its source proves nothing."))
            self._forms.answer(path, asked.id, text, by, document, texts.language)
            self._by = by
            return self._forms.form(path)

        self.app.push_screen(AskAll(self.speech, asked.id, hint, take, blanks), self._saved)

    def _saved(self, form: SiteForm | None) -> None:
        if form is not None:
            self.form = form
            self._read()

    @work(thread=True, exclusive=True, group="undo")
    def action_undo(self) -> None:
        try:
            form = self._forms.undo(self.path)
        except ValueError as fault:
            self.app.call_from_thread(self.tell, self.texts("That did not work."), safe(fault))
        else:
            self.app.call_from_thread(self._saved, form)

    # ---- what is shown ----

    def action_all(self) -> None:
        self._all = not self._all
        self._show(self._found)

    def action_type(self) -> None:
        words = self.query_one("#words", Input)
        words.display = True
        self.set_focus(words)  # at once: what is typed behind the key belongs to the field

    def on_input_changed(self, event: Input.Changed) -> None:
        self._words = event.value
        self._show(self._found)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.set_focus(self.query_one(QuestionTable))

    def action_go(self, what: str) -> None:
        self.post_message(self.Wanted(what, self.path))

    def action_back(self) -> None:
        """Out of the filter first, then to the sites."""
        words = self.query_one("#words", Input)
        if words.display:
            words.value, words.display = "", False
            self.set_focus(self.query_one(QuestionTable))
        else:
            self.post_message(self.Wanted("home", self.path))
