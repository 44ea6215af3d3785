"""The devices: what each told and where from, what it did not and why, where its answers disagree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import DataTable

from auditor.model import N_, Audit, Device, Reading
from auditor.screens.flow import flow
from auditor.screens.frame import AuditPage, Panel, Speech
from auditor.screens.marks import fit, ink, measure, safe, say
from auditor.screens.progress import STATES, hint
from auditor.screens.services import Services


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

    def __init__(self, speech: Speech, audit: Audit) -> None:
        super().__init__()
        self._speech, self._zone = speech, audit.at.tzinfo
        self.device: Device | None = None

    def lines(self, width: int) -> list[Text]:
        device = self.device
        if device is None:
            return flow(Text(self._speech.texts("No device answered or was named.")), width)
        facts = [reading.key.name for reading in (*device.readings, *device.conflicts)]
        names = max([8, *(cell_len(name) for name in (*facts, *(gap.key.name for gap in device.gaps)))])
        head = [line for text in self._problems(device) for line in flow(text, width)]
        rows = [*self._readings(device), *self._gaps(device), *self._doubts(device)]
        return head + [line for name, text in rows for line in self._line(name, text, min(names, width // 2), width)]

    def _line(self, name: str, text: Text, names: int, width: int) -> list[Text]:
        """A heading where there is no name; else the name, and the text beside it."""
        return flow(text, width, Text(fit(name, names) + "  ")) if name else [text]

    def _problems(self, device: Device) -> Iterable[Text]:
        texts = self._speech.texts
        name = " · ".join(safe(part) for part in (device.name, device.vendor, device.target) if part)
        yield Text.assemble((name, ink(self, "", bold=True)))
        for problem in device.problems:
            yield Text.assemble((f"✗ {say(texts, problem)}", ink(self, "error")))
            if words := hint(problem):
                yield Text.assemble(("→ " + texts(words), ink(self, "accent")))

    def _told(self, reading: Reading[Any]) -> Text:
        """The measure, its unit, where it comes from and when."""
        texts = self._speech.texts
        unit = "" if reading.key.many else reading.key.unit
        source = ", ".join(safe(one) for one in reading.sources)
        return Text.assemble(
            (measure(texts, reading.value, unit), ink(self, "", bold=True)),
            (f"  {source}, {texts.time(reading.at.astimezone(self._zone))}", ink(self, "dim")),
        )

    def _readings(self, device: Device) -> Iterable[tuple[str, Text]]:
        if device.readings:
            yield "", self.heading(self._speech.texts("What it told"))
        for reading in device.readings:
            yield reading.key.name, self._told(reading)

    def _gaps(self, device: Device) -> Iterable[tuple[str, Text]]:
        texts = self._speech.texts
        if device.gaps:
            yield "", self.heading(texts("What it did not tell"))
        for gap in device.gaps:
            why = Text.assemble((f"? {say(texts, gap.reason)}", ink(self, "unknown")))
            if gap.asked:
                why.append("  " + ", ".join(safe(one) for one in gap.asked), style=ink(self, "dim"))
            yield gap.key.name, why

    def _doubts(self, device: Device) -> Iterable[tuple[str, Text]]:
        """Answers that disagree, and lines that no parser understood."""
        texts = self._speech.texts
        if device.conflicts:
            yield "", self.heading(texts("Told differently elsewhere"))
        for reading in device.conflicts:
            yield reading.key.name, self._told(reading)
        if device.unparsed:
            yield "", self.heading(texts("Not understood"))
        for unparsed in device.unparsed:
            lines = texts.plural("{count} line", "{count} lines", unparsed.lines)
            yield lines, Text(safe(unparsed.source))


class Devices(AuditPage):
    """The list, and what the device under the cursor told."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("escape,enter", "zoom", N_("Back"), tooltip=N_("back to the list")),
    ]

    def __init__(self, speech: Speech, audit: Audit, services: Services) -> None:
        super().__init__(speech, audit, services)
        self._row = 0

    def body(self) -> Iterable[Widget]:
        yield Container(
            DeviceTable(self.speech, self.audit.devices),
            VerticalScroll(Told(self.speech, self.audit), id="detail"),
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
