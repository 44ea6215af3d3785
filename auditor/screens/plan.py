"""The plan: every action with its owner, dates, status, people and score, by list or by week; decided about by keys."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import DataTable

from auditor.actions import Action, Amount
from auditor.model import Audit
from auditor.screens.decider import Decider
from auditor.screens.flow import flow
from auditor.screens.frame import AuditPage, Panel, Speech, Words
from auditor.screens.gantt import CRITICAL, DONE, ORDINARY, bar, calendar, ruler
from auditor.screens.ink import ink, safe
from auditor.screens.marks import cost, count, days, owner, say, title
from auditor.screens.services import Services
from auditor.texts import Texts
from auditor.values import N_, Absent

LEAST: Final = 18
STATUSES: Final = ("open", "ordered", "done")
STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    # status: sign, word, ink
    "open": ("○", N_("to do"), ""),
    "ordered": ("◔", N_("ordered"), "accent"),
    "done": ("✓", N_("done"), "success"),
    "excluded": ("–", N_("left out"), "dim"),
}


class PlanTable(DataTable[Text]):
    """One row for each action, those left out last; the text of the action takes what the other columns leave."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    def __init__(self, speech: Speech) -> None:
        super().__init__(id="plan", cursor_type="row", zebra_stripes=True)
        self._speech = speech
        self._actions: Sequence[Action] = ()
        self._weeks, self._drawn = False, 0

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn:
            self.show(self._actions, self._weeks)

    def show(self, actions: Sequence[Action], weeks: bool) -> None:
        """These actions, as a list or by week; the cursor stays on its action while it is there."""
        under = self._actions[self.cursor_row].id if 0 <= self.cursor_row < len(self._actions) else ""
        self._actions, self._weeks, self._drawn = actions, weeks, self.size.width
        heads, rows, widths = self._calendar() if weeks else self._list()
        room = max(LEAST, self._drawn - sum(widths) - 2 - 1 - 2 * (len(widths) + 3) - 1)
        self.clear(columns=True)
        for head, width in zip(("#", "", self._speech.texts("Action"), *heads), (2, 1, room, *widths), strict=True):
            self.add_column(Text(head), width=width)
        for action, cells in zip(actions, rows, strict=True):
            told = say(self._speech.texts, action.action)
            lines = [textwrap.shorten(told, room, placeholder="…")] if weeks else textwrap.wrap(told, room) or [""]
            self.add_row(*self._front(action, "\n".join(lines)), *cells, height=len(lines), key=action.id)
        places = [action.id for action in actions]
        self.move_cursor(row=places.index(under) if under in places else 0)

    def _front(self, action: Action, words: str) -> tuple[Text, Text, Text]:
        sign, _, colour = STATES[action.status]
        rank = "–" if _out(action) else str(action.rank)
        return (
            Text(rank, style=ink(self, "accent", bold=True), justify="right"),
            Text(sign, style=ink(self, colour, bold=True)),
            Text(words, style=ink(self, "dim" if _out(action) else "")),
        )

    def _list(self) -> tuple[Sequence[str], list[list[Text]], list[int]]:
        """Owner, dates, people and score; the owner only where there is room."""
        texts = self._speech.texts
        wide = self._drawn >= 100
        heads = [texts.context("date", "Start"), texts.context("date", "End"), texts("People"), texts("Score")]
        told = [self._told(action) for action in self._actions]
        if wide:
            heads = [texts("Owner"), texts("State"), *heads]
            told = [
                [owner(texts, action.owner), texts(STATES[action.status][1]), *row]
                for action, row in zip(self._actions, told, strict=True)
            ]
        widths = [max(map(cell_len, column)) for column in zip(heads, *told, strict=True)]
        right = 2 if wide else 0
        cells = [
            [Text(cell, justify="left" if place < right else "right") for place, cell in enumerate(row)] for row in told
        ]
        return heads, cells, widths

    def _told(self, action: Action) -> list[str]:
        texts = self._speech.texts
        if _out(action):
            return ["", "", "", ""]
        score = "–" if isinstance(action.score_after, Absent) else texts.number(action.score_after)
        return [texts.date(action.start_by), texts.date(action.done_by), count(texts, action.seats_after), score]

    def _calendar(self) -> tuple[Sequence[str], list[list[Text]], list[int]]:
        """One column of weeks, and the people once each action is done."""
        texts = self._speech.texts
        people = texts("People")
        fixed = 2 + 1 + 2 * 5 + 1 + len(people)
        room = max(8, (self._drawn - fixed) * 3 // 5)
        planned = [action for action in self._actions if not _out(action)]
        weeks = calendar(planned, room)
        cells = [
            [
                Text("" if _out(action) else bar(action, weeks), style=ink(self, self._colour(action))),
                Text("" if _out(action) else count(texts, action.seats_on_done), justify="right"),
            ]
            for action in self._actions
        ]
        head = ruler(weeks, texts) if planned else ""
        return (head, people), cells, [max(weeks.width, len(head)), len(people)]

    def _colour(self, action: Action) -> str:
        return "success" if action.status == "done" else "error" if action.critical else "primary"


def _out(action: Action) -> bool:
    """Whether the action is left out: its dates and gains mean nothing."""
    return not action.window


class ActionDetail(Panel):
    """Who, how long, at what cost, after what, what was decided, and how one knows that it is done."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.action: Action | None = None

    def lines(self, width: int) -> list[Text]:
        action = self.action
        if action is None:
            return [Text.assemble((self._speech.texts("No action is planned."), ink(self, "dim")))]
        return [line for block in self._blocks(action) for line in flow(block, width)]

    def _blocks(self, action: Action) -> Iterable[Text]:
        texts = self._speech.texts
        rank = "– " if _out(action) else f"{action.rank}. "
        head = Text.assemble((rank + say(texts, action.action), ink(self, "", bold=True)))
        yield head.append(f"  {safe(action.id)}", style=ink(self, "dim"))
        sign, word, colour = STATES[action.status]
        facts = [
            texts("Owner: {owner}", owner=owner(texts, action.owner)),
            texts("effort {hours} h", hours=action.effort_hours),
            texts("lead time {days}", days=days(texts, action.lead_days)),
            *self._money(action),
        ]
        yield Text.assemble((f"{sign} {texts(word)}", ink(self, colour, bold=True)), " · " + " · ".join(facts))
        if action.note:
            yield Text.assemble((say(texts, action.note), ink(self, "warning")))
        if not _out(action):
            yield Text(self._when(action))
        yield from self._checks(action)

    def _money(self, action: Action) -> Iterable[str]:
        texts, once, monthly = self._speech.texts, action.one_off, action.monthly
        known = [
            texts("{sum} once", sum=euros(texts, once)) if once != Amount() else "",
            texts("{sum} a month", sum=euros(texts, monthly)) if monthly != Amount() else "",
        ]
        return [part for part in known if part] or [cost(texts, action.cost)]

    def _when(self, action: Action) -> str:
        texts = self._speech.texts
        told = texts("{start} to {end}", start=texts.date(action.start_by), end=texts.date(action.done_by))
        people = texts("people at that date: {seats}", seats=count(texts, action.seats_on_done))
        return " · ".join([told, people, *([texts("critical path")] if action.critical else [])])

    def _checks(self, action: Action) -> Iterable[Text]:
        texts = self._speech.texts
        if action.closes:
            closes = ", ".join(f"{id} {title(texts, id)}" for id in action.closes)
            yield Text(texts("Closes: {checks}", checks=closes))
        if action.depends_on:
            yield Text(texts("After: {checks}", checks=", ".join(map(safe, action.depends_on))))
        done = texts("Done when {check} passes.", check=action.done_when)
        yield Text.assemble((done, ink(self, "dim")))


def euros(texts: Texts, amount: Amount) -> str:
    """A sum in euros: one figure, a range, or at least."""
    if isinstance(amount.most, Absent):
        return texts("at least {least} €", least=amount.least)
    if amount.least == amount.most:
        return texts("{sum} €", sum=amount.most)
    return texts("{least} to {most} €", least=amount.least, most=amount.most)


class Plan(AuditPage):
    """The whole plan; each decision is saved as it is made, and every screen shows it."""

    PLACE = N_("Plan")
    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("g", "weeks", N_("By week"), tooltip=N_("the calendar by week, and back to the list")),
        Binding("o", "owner", N_("Owner"), tooltip=N_("who carries the action")),
        Binding("t", "status", N_("Status"), tooltip=N_("to do, ordered, done")),
        Binding("b", "day('start')", N_("Start day"), tooltip=N_("the day the action is ordered")),
        Binding("n", "day('end')", N_("End day"), tooltip=N_("the day the action is done")),
        Binding("x", "leave_out", N_("Leave out"), tooltip=N_("leave the action out of the plan, or take it in again")),
        Binding("a", "accept", N_("Accept risk"), tooltip=N_("accept the risk until a day, or no longer")),
        Binding("u", "undo", N_("Undo"), tooltip=N_("take back the last decision made here")),
    ]

    def __init__(self, speech: Speech, audit: Audit, services: Services) -> None:
        super().__init__(speech, audit, services)
        self._decider = Decider(self, self._take)
        self._by_week = False

    def body(self) -> Iterable[Widget]:
        yield Words("", id="note", classes="note")
        yield Container(
            PlanTable(self.speech),
            VerticalScroll(ActionDetail(self.speech), id="detail"),
            id="split",
            classes="split stacked",
        )

    def settle(self) -> None:
        self.set_focus(self.query_one(PlanTable))
        self._draw()

    @property
    def _actions(self) -> tuple[Action, ...]:
        return (*self.audit.plan, *self.audit.left_out)

    @property
    def _chosen(self) -> Action | None:
        row = self.query_one(PlanTable).cursor_row
        return self._actions[row] if 0 <= row < len(self._actions) else None

    def _draw(self) -> None:
        texts = self.texts
        if self._by_week:
            note = texts(
                "{critical} critical path · {other} other actions · {done} done",
                critical=CRITICAL * 2,
                other=ORDINARY * 2,
                done=DONE,
            )
        else:
            note = texts("Technical order: each action removes what binds then. Dates follow lead times.")
        self.query_one("#note", Words).update(note)
        self.query_one(PlanTable).show(self._actions, self._by_week)
        self._show()

    def _show(self) -> None:
        detail = self.query_one(ActionDetail)
        detail.action = self._chosen
        detail.refresh(layout=True)
        self.query_one("#detail").scroll_home(animate=False)
        self.refresh_bindings()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self._show()

    # ---- keys ----

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "undo":
            return self._decider.desk.undoable
        if action in ("owner", "status", "day", "leave_out", "accept"):
            chosen = self._chosen if self.is_mounted else None
            return chosen is not None and (not _out(chosen) or action in ("leave_out", "accept"))
        return self.is_mounted and bool(self._actions) if action == "weeks" else True

    def action_weeks(self) -> None:
        self._by_week = not self._by_week
        self._draw()

    def action_owner(self) -> None:
        texts = self.texts
        if chosen := self._chosen:
            hint = texts("A role or a name; empty goes back to the usual one.")
            self._ask(chosen, "owner", texts("Owner of the action"), hint, owner(texts, chosen.owner))

    def action_day(self, field: str) -> None:
        texts = self.texts
        if chosen := self._chosen:
            words = texts("Day the action is ordered") if field == "start" else texts("Day the action is done")
            hint = texts("As 2026-12-01 or 01/12/2026; empty goes back to what the lead time gives.")
            self._ask(chosen, field, words, hint, day(texts, chosen.start_by if field == "start" else chosen.done_by))

    def _ask(self, action: Action, field: str, words: str, hint: str, given: str) -> None:
        self._decider.ask(words, hint, given, lambda text: self._decider.desk.set(action.id, field, text))

    def action_status(self) -> None:
        if (chosen := self._chosen) and chosen.status in STATUSES:
            after = STATUSES[(STATUSES.index(chosen.status) + 1) % len(STATUSES)]
            self._decider.decide(lambda: self._decider.desk.set(chosen.id, "status", after))

    def action_leave_out(self) -> None:
        texts, chosen = self.texts, self._chosen
        if chosen is None:
            return
        if _out(chosen):
            if chosen.status == "excluded":
                self._decider.decide(lambda: self._decider.desk.take_in(chosen.id))
            else:
                self.action_accept()
            return
        hint = texts("Why? People and score no longer count on it; its check stays open.")
        leave = lambda why: self._decider.desk.leave_out(chosen.id, why)  # noqa: E731
        self._decider.ask(texts("Leave this action out?"), hint, "", leave)

    def action_accept(self) -> None:
        """Accept the risk that the action would close; or accept it no longer, after a yes."""
        if chosen := self._chosen:
            self._decider.accept(chosen.done_when)

    def action_undo(self) -> None:
        self._decider.decide(self._decider.desk.undo)

    def _take(self, audit: Audit) -> None:
        self.audit = audit
        if self.is_attached:
            self._draw()


def day(texts: Texts, value: dt.date) -> str:
    """A day as a field takes it, in the reader's manner where that is one."""
    return texts.date(value) if texts.language == "fr" else value.isoformat()
