"""What if: every input of the model on a slider and in a field, the people and what to cure following each touch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Digits, Input, OptionList
from textual.widgets.option_list import Option

from auditor.model import Audit, Headline, Supposition
from auditor.screens.ask import Answer, Ask
from auditor.screens.confirm import Confirm
from auditor.screens.dashboard import QUESTION
from auditor.screens.dial import DialTable, heard, label, typed, written
from auditor.screens.flow import flow
from auditor.screens.frame import AuditPage, KeyBar, Panel, Speech, Words
from auditor.screens.ink import ink, safe
from auditor.screens.marks import count, fit, say
from auditor.screens.rows import Rows
from auditor.screens.services import Services
from auditor.screens.study import Dial, Refused, Supposed
from auditor.values import N_, Absent, Value

BAR = 10


class Seats(Digits):
    """The people, large; a question mark when nobody knows."""

    def __init__(self) -> None:
        super().__init__("", id="seats")
        self._known = False

    def tell(self, head: Headline) -> None:
        before, self._known = self._known, not isinstance(head.seats, Absent)
        self.set_class(not isinstance(head.seats, Absent) and head.seats >= head.required, "enough")
        self.set_class(not self._known, "unknown")
        self.update(str(head.seats) if self._known else "")
        if self._known != before:
            self.refresh(layout=True)

    def render(self) -> RenderResult:
        return super().render() if self._known else Text(QUESTION)


class Verdict(Panel):
    """What the figure means, beside today's; and what was wrong with the last change, if anything was."""

    def __init__(self, speech: Speech, today: Supposed) -> None:
        super().__init__()
        self._speech, self._today = speech, today
        self.then, self.fault, self.scenario = today, "", ""

    def lines(self, width: int) -> list[Text]:
        texts, head = self._speech.texts, self.then.headline
        lines = flow(Text.assemble((self._people(head), ink(self, "", bold=True))), width)
        if head.binding:
            names = texts.list([safe(texts.name(id)) for id in head.binding])
            lines += flow(Text(texts("What binds: {names}", names=names)), width)
        lines += flow(Text.assemble((self._since(), ink(self, "dim"))), width)
        if self.fault:
            lines += flow(Text.assemble((f"! {self.fault}", ink(self, "error", bold=True))), width)
        return lines

    def _people(self, head: Headline) -> str:
        texts = self._speech.texts
        if isinstance(head.seats, Absent):
            return texts("How many could work from home at the same time is not known.")
        told = texts("of {required} people needed at the same time", required=head.required)
        parts = []
        if not isinstance(head.low, Absent) and not isinstance(head.high, Absent):
            parts.append(texts("range {low} to {high}", low=head.low, high=head.high))
        parts += [texts("at most")] if "<=" in head.bounds else []
        parts += [texts("approximate")] if "~" in head.bounds else []
        return f"{told} ({', '.join(parts)})" if parts else told

    def _since(self) -> str:
        texts, today = self._speech.texts, self._today.headline
        if not self.then.changes:
            return texts("As it is today. ← and → turn an input; type its value.")
        changed = texts.plural("{count} input changed", "{count} inputs changed", len(self.then.changes))
        told = texts("today {seats} of {required}", seats=count(texts, today.seats), required=today.required)
        return " · ".join(part for part in (told, changed, self.scenario) if part)


class Outcome(Panel):
    """What to cure then, the bad days then, and what was changed."""

    def __init__(self, speech: Speech, today: Supposed, dials: Mapping[str, Dial]) -> None:
        super().__init__()
        self._speech, self._today, self._dials = speech, today, dials
        self.then = today

    def lines(self, width: int) -> list[Text]:
        return [*self._changes(width), *self._waterfall(width), *self._days(width), *self._voice(width)]

    def _changes(self, width: int) -> Iterable[Text]:
        texts = self._speech.texts
        if self.then.changes:
            yield self.heading(texts("What is changed"))
        for name, told in self.then.changes.items():
            dial = self._dials[name]
            was, now = (written(texts, value, dial.unit) for value in (dial.today, told))
            text = Text.assemble((f"{safe(was)} → {safe(now)}  ", ink(self, "accent", bold=True)))
            text.append(safe(label(texts, name)))
            text.append(f"  {safe(name)}", style=ink(self, "dim"))
            yield from flow(text, width, Text("* "))

    def _waterfall(self, width: int) -> Iterable[Text]:
        texts, head = self._speech.texts, self.then.headline
        yield self.heading(texts("What to cure then, one after the other"))
        rows = [(head.seats, texts("with these inputs") if self.then.changes else texts("today"))]
        rows += [(step.seats, say(texts, step.action)) for step in self.then.waterfall]
        for seats, words in rows:
            front = Text(f"{count(texts, seats):>6} ", style=ink(self, "success", bold=True))
            front.append(gauge(seats, head.required) + " ", style=ink(self, "primary"))
            yield from flow(Text(words), width, front)
        if not self.then.waterfall:
            nothing = texts("nothing that the model knows would add people")
            yield from flow(Text(nothing, style=ink(self, "dim")), width, Text("       "))

    def _voice(self, width: int) -> Iterable[Text]:
        """The peak of calls in the tunnel then."""
        peak = self.then.headline.voice_peak
        if not isinstance(peak, Absent) and peak.calls:
            yield from flow(Text(say(self._speech.texts, peak.message)), width, Text("  "))

    def _days(self, width: int) -> Iterable[Text]:
        texts = self._speech.texts
        before = {day.id: day.seats for day in self._today.degraded}
        yield self.heading(texts("Bad days"))
        for day in self.then.degraded:
            then, was = count(texts, day.seats), count(texts, before.get(day.id, day.seats))
            figure = f"{then}/{texts.number(day.required)}"
            front = Text(f"{figure:>9} ", style=ink(self, "", bold=True))
            text = Text(texts.name(f"degraded.{day.id}"))
            if was != then:
                text.append(" " + texts("(today {seats})", seats=was), style=ink(self, "accent"))
            text.append("  " + say(texts, day.note), style=ink(self, "dim"))
            yield from flow(text, width, front)


def gauge(seats: int | Absent, required: int, cells: int = BAR) -> str:
    """A small bar: full where everybody who is needed can."""
    if isinstance(seats, Absent) or required <= 0:
        return "╱" * cells
    full = min(cells, seats * cells // required)
    return "█" * full + "·" * (cells - full)


class Scenarios(ModalScreen["Supposition | str | None"]):
    """The what-ifs that were kept: one is chosen with Enter, or forgotten."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("escape", "leave", N_("Back")),
        Binding("delete,backspace", "forget", N_("Forget"), tooltip=N_("forget the what-if under the cursor")),
    ]

    def __init__(self, speech: Speech, kept: Sequence[Supposition], dials: Mapping[str, Dial]) -> None:
        super().__init__()
        self._speech, self._kept, self._dials = speech, kept, dials

    def compose(self) -> ComposeResult:
        texts = self._speech.texts
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Words(texts("What-ifs kept for this site"), classes="title")
            yield OptionList(*(Option(self._line(one)) for one in self._kept), id="kept", markup=False)
        yield KeyBar(self._speech)

    def _line(self, one: Supposition) -> Text:
        texts = self._speech.texts
        values = [
            f"{safe(label(texts, name))}\u00a0: {safe(written(texts, told, self._dials[name].unit))}"
            for name, told in one.changes.items()
        ]
        line = Text(safe(one.name), style="bold")
        return line.append(f"  {texts.date(one.at.date())}\n").append("; ".join(values), style="not bold")

    def on_mount(self) -> None:
        self.set_focus(self.query_one(OptionList))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._kept[event.option_index])

    def action_forget(self) -> None:
        row = self.query_one(OptionList).highlighted
        self.dismiss(self._kept[row].name if row is not None else None)

    def action_leave(self) -> None:
        self.dismiss(None)


class WhatIf(AuditPage):
    """All inputs; what is typed or turned is answered at once, and nothing of it is a fact."""

    PLACE = N_("What-if")
    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("slash", "filter", N_("Filter"), tooltip=N_("filter the inputs by words")),
        Binding("u", "undo", N_("Undo"), tooltip=N_("take back the last change")),
        Binding("ctrl+s", "keep", N_("Keep"), tooltip=N_("keep this what-if under a name")),
        Binding("o", "open", N_("Open"), tooltip=N_("open a what-if that was kept")),
        Binding("z", "today", N_("All as today"), tooltip=N_("every input as it is today")),
        Binding("escape", "leave_field", N_("Back"), tooltip=N_("back to the list")),
    ]

    def __init__(self, speech: Speech, audit: Audit, services: Services) -> None:
        super().__init__(speech, audit, services)
        self._desk = services.study.suppositions(audit)
        self._changes: dict[str, Value] = {}
        self._before: list[dict[str, Value]] = []
        self._words, self._fault, self._scenario = "", "", ""
        self._entry: dict[str, Value] | None = None
        self._field = ""

    def body(self) -> Iterable[Widget]:
        today = self._desk.today()
        self._dials = {dial.name: dial for dial in self._desk.dials()}
        field = Answer(id="words", select_on_focus=False)
        field.display = False
        yield Container(Seats(), Verdict(self.speech, today), id="answer")
        yield Words("", id="label", classes="note")
        yield field
        yield Container(
            DialTable(self.speech, self._desk),
            VerticalScroll(Outcome(self.speech, today, self._dials), id="detail"),
            id="split",
            classes="split",
        )

    def settle(self) -> None:
        self._field = ""
        self._list()
        self.set_focus(self.query_one(DialTable))
        self._answer()

    def _list(self) -> None:
        """Show the inputs that the filter lets through."""
        wanted = self._words.casefold().split()
        shown = [
            dial
            for dial in self._dials.values()
            if all(word in f"{label(self.texts, dial.name)} {dial.name}".casefold() for word in wanted)
        ]
        self.query_one(DialTable).show(shown, self._changes)
        self._label()

    # ---- what is asked ----

    def _answer(self) -> None:
        """Ask the model; changes that contradict one another keep the last answer, and say why."""
        verdict, outcome = self.query_one(Verdict), self.query_one(Outcome)
        try:
            then = self._desk.ask(self._changes)
        except Refused as refused:
            verdict.fault = say(self.texts, refused.message)
        else:
            verdict.then = outcome.then = then
            verdict.fault = self._fault
            self.query_one(Seats).tell(then.headline)
        verdict.scenario = safe(self._scenario)
        for panel in (verdict, outcome):
            panel.redraw()
        self.query_one(DialTable).turn(dict(self._changes))
        self.refresh_bindings()

    def _change(self, changes: dict[str, Value]) -> None:
        """A change that can be undone."""
        self._fault = ""
        if changes != self._changes:
            self._before.append(self._changes)
            self._changes = changes
        self._answer()

    def _with(self, name: str, value: Value | Absent) -> dict[str, Value]:
        """The changes with one more; a value that is today's is none."""
        rest = {other: told for other, told in self._changes.items() if other != name}
        return rest if isinstance(value, Absent) or value == self._dials[name].today else {**rest, name: value}

    # ---- keys ----

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        writing = bool(self._field)
        if action == "leave_field":
            return writing or bool(self._words)
        if action == "undo":
            return not writing and bool(self._before)
        if action in ("keep", "today"):
            return not writing and bool(self._changes)
        return not writing if action in ("filter", "open", "type", "reset", "slide") else True

    def action_slide(self, by: int) -> None:
        dial = self.query_one(DialTable).dial
        if dial is not None:
            value = self._desk.slide(dial.name, self.query_one(DialTable).value(dial), by)
            self._change(self._with(dial.name, value))

    def action_reset(self) -> None:
        dial = self.query_one(DialTable).dial
        if dial is not None:
            self._change(self._with(dial.name, dial.today))

    def action_undo(self) -> None:
        if self._before:
            self._changes = self._before.pop()
            self._fault = self._scenario = ""
            self._answer()

    def action_today(self) -> None:
        self._scenario = ""
        self._change({})

    # ---- the field ----

    def on_key(self, event: Key) -> None:
        """A digit on an input begins to type its value."""
        if isinstance(self.focused, DialTable) and event.character is not None and event.character.isdigit():
            event.stop()
            self._type(event.character)

    def action_type(self) -> None:
        dial = self.query_one(DialTable).dial
        if dial is not None:
            self._type(typed(self.texts, self.query_one(DialTable).value(dial), dial.unit))

    def _type(self, text: str) -> None:
        if self.query_one(DialTable).dial is not None:
            self._entry = dict(self._changes)
            self._write("value", text)

    def action_filter(self) -> None:
        self._write("filter", self._words)

    def _write(self, what: str, text: str) -> None:
        field = self.query_one("#words", Input)
        self._field = what
        field.placeholder = self.texts("words of an input, or its name") if what == "filter" else ""
        with field.prevent(Input.Changed):
            field.value = text
        field.display = True
        self.set_focus(field)  # at once: what is typed behind the key belongs to the field
        field.cursor_position = len(text)
        if what == "value" and text:
            self._typed(text)
        self._label()
        self.refresh_bindings()

    def on_input_changed(self, event: Input.Changed) -> None:
        if self._field == "filter":
            self._words = event.value
            self._list()
        elif self._field == "value":
            self._typed(event.value)

    def _typed(self, text: str) -> None:
        """What stands in the field counts while it is typed; what cannot be read is said, and changes nothing."""
        dial = self.query_one(DialTable).dial
        if dial is None:
            return
        before = dict(self._entry or {})
        self._fault = ""
        try:
            value: Value | Absent = self._desk.read(dial.name, heard(self.texts, text)) if text.strip() else dial.today
        except Refused as refused:
            self._fault, self._changes = say(self.texts, refused.message), before
        else:
            self._changes = before
            self._changes = self._with(dial.name, value)
        self._answer()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._close(keep=True)

    def action_leave_field(self) -> None:
        """Leave the field as if nothing had been typed there; then the filter."""
        if self._field:
            self._close(keep=False)
        else:
            self._words = ""
            self._list()
            self.refresh_bindings()

    def _close(self, keep: bool) -> None:
        before, now = self._entry, self._changes
        what, self._field, self._entry, self._fault = self._field, "", None, ""
        self.query_one("#words").display = False
        self.set_focus(self.query_one(DialTable))
        if what == "value" and before is not None:
            self._changes = before
            self._change(now if keep else before)
        elif what == "filter" and not keep:
            self._words = ""
            self._list()
        self._label()
        self.refresh_bindings()

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        self._label()

    def on_rows_selected(self, event: Rows.Selected) -> None:
        """A click on the input under the cursor begins to type, as Enter does."""
        if not self._field:
            self.action_type()

    def _label(self) -> None:
        """Which input is under the cursor, by the name that the command line and the site file use."""
        texts, dial = self.texts, self.query_one(DialTable).dial
        if dial is None:
            told = texts("No input matches “{words}”.", words=safe(self._words))
        else:
            today = written(texts, dial.today, dial.unit)
            said = texts("today {value}, {origin}", value=safe(today), origin=texts.name(dial.origin.value))
            told = f"{safe(dial.name)} · {said}"
        if self._words and dial is not None:
            told += " · " + texts("filter: {words}", words=safe(self._words))
        self.query_one("#label", Words).update(fitted(told, self.size.width - 2))

    # ---- kept ----

    def action_keep(self) -> None:
        texts = self.texts
        take = lambda name: self._keep(name)  # noqa: E731 - Ask wants a function of the text
        hint = texts("It is kept in the history of the client, beside the facts; the command line opens it too.")
        self.app.push_screen(Ask(self.speech, texts("Name of this what-if"), hint, take, given=self._scenario))

    def _keep(self, name: str) -> str:
        try:
            self._desk.keep(name, self._changes)
        except Refused as refused:
            raise ValueError(say(self.texts, refused.message)) from None
        self._scenario = name.strip()
        self._answer()
        return name

    def action_open(self) -> None:
        kept = self._desk.kept()
        texts = self.texts
        if not kept:
            line = texts("Change an input, then keep the what-if under a name.")
            self.app.push_screen(Confirm(self.speech, texts("No what-if is kept for this site."), (line,), texts("OK")))
            return
        self.app.push_screen(Scenarios(self.speech, kept, self._dials), self._opened)

    def _opened(self, chosen: Supposition | str | None) -> None:
        if isinstance(chosen, Supposition):
            self._scenario = chosen.name
            self._change(dict(chosen.changes))
        elif chosen is not None:
            texts = self.texts
            question = Confirm(
                self.speech, texts("Forget “{name}”?", name=safe(chosen)), (), texts("Forget"), texts("Back")
            )
            self.app.push_screen(question, lambda yes: self._desk.forget(chosen) if yes else None)


def fitted(text: str, cells: int) -> str:
    """The text on one line, … where it had to end."""
    return text if cell_len(text) <= cells else fit(text, max(1, cells)).rstrip()
