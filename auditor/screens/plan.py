"""The plan: every action in technical order, with its dates, and people and score once it is done."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from rich.text import Text
from textual.containers import Container, VerticalScroll
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import DataTable

from auditor.model import Absent, Action, Audit
from auditor.screens.flow import flow
from auditor.screens.frame import AuditPage, Panel, Speech, Words
from auditor.screens.marks import cost, count, days, ink, owner, say, title

LEAST: int = 24


class PlanTable(DataTable[Text]):
    """One row for each action; the text of the action takes what the other columns leave."""

    def __init__(self, speech: Speech, audit: Audit) -> None:
        super().__init__(id="plan", cursor_type="row", zebra_stripes=True)
        self._speech, self._audit = speech, audit
        self._drawn = 0

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn:
            self._drawn = event.size.width
            self._draw()

    def _draw(self) -> None:
        texts, row = self._speech.texts, self.cursor_row
        heads = [texts.context("date", "Start"), texts.context("date", "End"), texts("People"), texts("Score")]
        rows = [self._cells(action) for action in self._audit.plan]
        widths = [max(len(cell) for cell in column) for column in zip(heads, *rows, strict=True)]
        room = max(LEAST, self.size.width - sum(widths) - 2 * (len(widths) + 2) - 2 - 2)
        self.clear(columns=True)
        self.add_column(Text("#"), width=2)
        self.add_column(Text(texts("Action")), width=room)
        for head, width in zip(heads, widths, strict=True):
            self.add_column(Text(head), width=width)
        for action, cells in zip(self._audit.plan, rows, strict=True):
            words = textwrap.wrap(say(texts, action.action), room) or [""]
            rank = Text(str(action.rank), style=ink(self, "accent", bold=True), justify="right")
            self.add_row(
                rank,
                Text("\n".join(words)),
                *(Text(cell, justify="right") for cell in cells),
                height=len(words),
                key=str(action.rank),
            )
        self.move_cursor(row=row)

    def _cells(self, action: Action) -> list[str]:
        texts = self._speech.texts
        score = "–" if isinstance(action.score_after, Absent) else texts.number(action.score_after)
        return [texts.date(action.start_by), texts.date(action.done_by), count(texts, action.seats_after), score]


class ActionDetail(Panel):
    """Who, how long, at what cost, after what, and how one knows that it is done."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.action: Action | None = None

    def lines(self, width: int) -> list[Text]:
        texts, action = self._speech.texts, self.action
        if action is None:
            return [Text.assemble((texts("No action is planned."), ink(self, "dim")))]
        facts = [
            texts("Owner: {owner}", owner=owner(texts, action.owner)),
            texts("effort {hours} h", hours=action.effort_hours),
            texts("lead time {days}", days=days(texts, action.lead_days)),
            cost(texts, action.cost),
        ]
        closes = ", ".join(f"{id} {title(texts, id)}" for id in action.closes)
        blocks = [
            Text.assemble((f"{action.rank}. {say(texts, action.action)}", ink(self, "", bold=True))),
            Text(" · ".join(facts)),
            Text(texts("Closes: {checks}", checks=closes)),
        ]
        if action.depends_on:
            blocks.append(Text(texts("After: {checks}", checks=", ".join(action.depends_on))))
        blocks.append(Text.assemble((texts("Done when {check} passes.", check=action.done_when), ink(self, "dim"))))
        return [line for block in blocks for line in flow(block, width)]


class Plan(AuditPage):
    """The whole plan."""

    def body(self) -> Iterable[Widget]:
        start = self.texts("Technical order: each action removes what binds then. Dates follow lead times.")
        yield Words(start, classes="note")
        yield Container(
            PlanTable(self.speech, self.audit),
            VerticalScroll(ActionDetail(self.speech), id="detail"),
            id="split",
            classes="split stacked",
        )

    def settle(self) -> None:
        self.query_one(PlanTable).focus()
        self._show(0)

    def _show(self, row: int) -> None:
        detail = self.query_one(ActionDetail)
        detail.action = self.audit.plan[row] if 0 <= row < len(self.audit.plan) else None
        detail.refresh(layout=True)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self._show(event.cursor_row)
