"""The devices: what each told and where from, what it did not and why, where its answers disagree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import DataTable

from auditor.model import N_, Audit, Device
from auditor.screens.frame import AuditPage, Panel, Speech
from auditor.screens.marks import ink, safe, say, value
from auditor.screens.progress import STATES, hint


class DeviceTable(DataTable[Text]):
    """One row for each device."""

    BINDINGS = [Binding("enter", "select_cursor", N_("Zoom"), tooltip=N_("the detail on the whole screen, and back"))]  # noqa: RUF012

    def __init__(self, speech: Speech, devices: Sequence[Device]) -> None:
        super().__init__(id="device-list", cursor_type="row", zebra_stripes=True)
        self._speech, self._devices = speech, devices

    def on_mount(self) -> None:
        texts = self._speech.texts
        for words in (texts("Device"), texts("State"), texts("Facts"), texts("Gaps"), texts("Address")):
            self.add_column(Text(words))
        for place, device in enumerate(self._devices):
            sign, word, colour = STATES[device.status]
            self.add_row(
                Text(safe(device.name), style=ink(self, "", bold=True)),
                Text(f"{sign} {texts(word)}", style=ink(self, colour)),
                Text(texts.number(len(device.readings)), justify="right"),
                Text(texts.number(len(device.gaps)), justify="right"),
                Text(safe(device.target)),
                key=str(place),
            )


class Told(Panel):
    """All that is known of one device."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.device: Device | None = None

    def render(self) -> Group | Text:
        device = self.device
        if device is None:
            return Text(self._speech.texts("No device answered or was named."), style=ink(self, "dim"))
        blocks = [*self._problems(device), *self._readings(device), *self._gaps(device), *self._doubts(device)]
        return Group(*blocks)

    def _heading(self, words: str) -> Text:
        return Text(words, style=ink(self, "primary", bold=True))

    def _problems(self, device: Device) -> Iterable[Text | Table]:
        texts = self._speech.texts
        name = " · ".join(safe(part) for part in (device.name, device.vendor, device.target) if part)
        yield Text(name, style=ink(self, "", bold=True))
        for problem in device.problems:
            yield Text(f"✗ {say(texts, problem)}", style=ink(self, "error"))
            if words := hint(problem):
                yield Text("→ " + texts(words), style=ink(self, "accent"))

    def _readings(self, device: Device) -> Iterable[Text | Table]:
        texts = self._speech.texts
        if not device.readings:
            return
        yield self._heading(texts("What it told"))
        table = self._table()
        for reading in device.readings:
            unit = f" {reading.key.unit}" if reading.key.unit and not reading.key.many else ""
            told = Text.assemble((value(texts, reading.value) + unit, ink(self, "", bold=True)))
            source = ", ".join(safe(one) for one in reading.sources)
            told.append(f"  {source}, {texts.time(reading.at)}", style=ink(self, "dim"))
            table.add_row(Text(reading.key.name), told)
        yield table

    def _gaps(self, device: Device) -> Iterable[Text | Table]:
        texts = self._speech.texts
        if not device.gaps:
            return
        yield self._heading(texts("What it did not tell"))
        table = self._table()
        for gap in device.gaps:
            why = Text(say(texts, gap.reason), style=ink(self, "unknown"))
            if gap.asked:
                why.append("  " + ", ".join(safe(one) for one in gap.asked), style=ink(self, "dim"))
            table.add_row(Text(f"? {gap.key.name}"), why)
        yield table

    def _doubts(self, device: Device) -> Iterable[Text | Table]:
        """Answers that disagree, and lines that no parser understood."""
        texts = self._speech.texts
        if device.conflicts:
            yield self._heading(texts("Told differently elsewhere"))
            table = self._table()
            for reading in device.conflicts:
                source = ", ".join(safe(one) for one in reading.sources)
                table.add_row(Text(f"≠ {reading.key.name}"), Text(f"{value(texts, reading.value)}  {source}"))
            yield table
        if device.unparsed:
            yield self._heading(texts("Not understood"))
        for unparsed in device.unparsed:
            lines = texts.plural("{count} line", "{count} lines", unparsed.lines)
            yield Text(f"{safe(unparsed.source)}: {lines}")

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1, overflow="fold")
        return table


class Devices(AuditPage):
    """The list, and what the device under the cursor told."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("escape,enter", "zoom", N_("Back"), tooltip=N_("back to the list")),
    ]

    def __init__(self, speech: Speech, audit: Audit) -> None:
        super().__init__(speech, audit)
        self._row = 0

    def body(self) -> Iterable[Widget]:
        yield Container(
            DeviceTable(self.speech, self.audit.devices),
            VerticalScroll(Told(self.speech), id="detail"),
            id="split",
            classes="split short",
        )

    def settle(self) -> None:
        table = self.query_one(DeviceTable)
        table.focus()
        table.move_cursor(row=self._row)
        self._show(self._row)

    def _show(self, row: int) -> None:
        self._row = row
        told = self.query_one(Told)
        told.device = self.audit.devices[row] if 0 <= row < len(self.audit.devices) else None
        told.refresh(layout=True)
        self.query_one("#detail").scroll_home(animate=False)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self._show(event.cursor_row)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        self.action_zoom()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.is_mounted and self.query_one("#split").has_class("zoomed") if action == "zoom" else True

    def action_zoom(self) -> None:
        split = self.query_one("#split")
        split.toggle_class("zoomed")
        (self.query_one("#detail") if split.has_class("zoomed") else self.query_one(DeviceTable)).focus()
        self.refresh_bindings()
