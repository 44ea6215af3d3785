"""The devices: what each told and where from, what it did not and why, and all that was said, word for word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.events import Resize
from textual.widget import Widget

from auditor.model import Audit, Device, Evidence, Reading
from auditor.screens.flow import flow
from auditor.screens.frame import AuditPage, Panel, Speech
from auditor.screens.ink import ink, safe
from auditor.screens.marks import fit, measure, say
from auditor.screens.progress import STATES, hint
from auditor.screens.rows import GAP, Column, Rows
from auditor.screens.services import Services
from auditor.values import N_


class DeviceTable(Rows):
    """One row for each device; its address only where there is room, for the detail has it too."""

    def __init__(self, speech: Speech, devices: Sequence[Device]) -> None:
        super().__init__("device-list")
        self._speech, self._devices = speech, devices
        self._drawn = 0

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn:
            self.show(self.cursor_row)

    def show(self, cursor: int) -> None:
        """All devices; a name longer than a third of the list goes on below."""
        texts, width = self._speech.texts, self.size.width
        self._drawn = width
        heads = [texts("Device"), texts("State"), texts("Facts"), texts("Gaps")]
        rows = [self._row(device) for device in self._devices]
        widths = [max(map(cell_len, [head, *(row[at].plain for row in rows)])) for at, head in enumerate(heads)]
        widths[0] = min(widths[0], max(8, width // 3))
        columns = [Column(head, cells) for head, cells in zip(heads, widths, strict=True)]
        room = width - sum(widths) - GAP * (len(widths) + 1) - 1
        if room >= LEAST_ADDRESS:
            columns.append(Column(texts("Address"), room))
        folded = [[self._fold(row[0], widths[0]), *row[1:4], self._fold(row[4], room)] for row in rows]
        shown = [row[: len(columns)] for row in folded]
        heights = [max(cell.plain.count("\n") + 1 for cell in row) for row in shown]
        keys = [str(place) for place in range(len(rows))]
        self.fill(columns, keys, heights, lambda row: shown[row], cursor)

    def _row(self, device: Device) -> list[Text]:
        texts = self._speech.texts
        sign, word, colour = STATES[device.status]
        return [
            Text(safe(device.name), style=ink(self, "", bold=True)),
            Text(f"{sign} {texts(word)}", style=ink(self, colour)),
            Text(texts.number(len(device.readings)).rjust(cell_len(texts("Facts")))),
            Text(texts.number(len(device.gaps)).rjust(cell_len(texts("Gaps")))),
            Text(safe(device.target)),
        ]

    def _fold(self, cell: Text, room: int) -> Text:
        """A cell on as many lines as it needs."""
        lines = "\n".join(line.plain for line in flow(Text(cell.plain), max(LEAST_ADDRESS, room)))
        return Text(lines, style=cell.style)


LEAST_ADDRESS: Final = 12


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
        for seen in device.untouched:
            same = texts("Its configuration is as it was before the audit ({source}).", source=safe(seen.source))
            other = texts("Its configuration changed while it was read ({source}).", source=safe(seen.source))
            yield Text.assemble(
                (f"✓ {same}", ink(self, "success")) if seen.same else (f"! {other}", ink(self, "warning"))
            )

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


class Exchanges(Rows):
    """One row for each question that the device was asked, in the order of the asking."""

    def __init__(self, speech: Speech, zone: dt.tzinfo | None) -> None:
        super().__init__("exchanges")
        self._speech, self._zone = speech, zone
        self._asked: Sequence[Evidence] = ()
        self._drawn = 0

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn:
            self.show(self._asked)

    def show(self, asked: Sequence[Evidence]) -> None:
        """These questions; a long one goes on below."""
        texts, width = self._speech.texts, self.size.width
        self._asked, self._drawn = asked, width
        columns = [Column(texts("Time"), 7), Column("", 4), Column(texts("Took"), 6)]
        room = max(16, width - sum(column.width for column in columns) - GAP * 4 - 1)
        lines = ["\n".join(line.plain for line in flow(Text(safe(one.request)), room)) for one in asked]

        def cells(row: int) -> Sequence[Text]:
            one = asked[row]
            took = Text(f"{texts.number(one.seconds, 1)}\u00a0s", style=ink(self, "dim"))
            return (Text(texts.time(self._local(one))), Text(safe(one.method)), took, Text(lines[row]))

        heights = [line.count("\n") + 1 for line in lines]
        self.fill([*columns, Column(texts("Question"), room)], [one.request for one in asked], heights, cells)

    def _local(self, one: Evidence) -> dt.datetime:
        return one.at.astimezone(self._zone)


class Said(Panel):
    """One answer as it was kept: hidden where it was secret, and cut where it is longer than anybody reads here."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.answer: Evidence | None = None
        self._broken: tuple[Evidence | None, int, list[Text]] = (None, 0, [])

    def lines(self, width: int) -> list[Text]:
        texts, answer = self._speech.texts, self.answer
        if answer is None:
            return flow(Text(texts("Nothing that this device said was kept.")), width)
        head = flow(
            Text.assemble((f"{safe(answer.device)} › {safe(answer.request)}", ink(self, "accent", bold=True))), width
        )
        print_ = f"{texts.size(answer.size)} · SHA-256 {answer.sha256[:16]}…"
        head += flow(Text.assemble((print_, ink(self, "dim"))), width)
        told = answer.text.splitlines()
        if self._broken[:2] != (answer, width):
            body = [line for words in told[:MOST_LINES] for line in flow(Text(safe_line(words)), width)]
            self._broken = (answer, width, body)
        body = list(self._broken[2])
        if len(told) > MOST_LINES:
            more = texts.plural("… and {count} more line", "… and {count} more lines", len(told) - MOST_LINES)
            body.append(Text.assemble((more, ink(self, "dim"))))
        return [*head, Text(), *body]


MOST_LINES: Final = 2000


def safe_line(words: str) -> str:
    """A line of an answer with its indentation, and nothing that a terminal would obey."""
    return safe(words.expandtabs(4)).rstrip()


class Devices(AuditPage):
    """The list, and what the device under the cursor told; or all that was asked of it, and each answer."""

    PLACE = N_("Devices")
    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("t", "transcript", N_("Transcript"), tooltip=N_("every question and answer, word for word")),
        Binding("escape,enter", "back", N_("Back"), tooltip=N_("back to the list")),
    ]

    def __init__(self, speech: Speech, audit: Audit, services: Services) -> None:
        super().__init__(speech, audit, services)
        self._at, self._verbatim = 0, False

    def body(self) -> Iterable[Widget]:
        asked = Exchanges(self.speech, self.audit.at.tzinfo)
        said = Said(self.speech)
        table, told = DeviceTable(self.speech, self.audit.devices), Told(self.speech, self.audit)
        classes = "split short verbatim" if self._verbatim else "split short"
        yield Container(table, asked, VerticalScroll(told, said, id="detail"), id="split", classes=classes)

    def settle(self) -> None:
        self.query_one(DeviceTable).show(self._at)
        self._show(self._at)
        self.set_focus(self._list())

    def _list(self) -> Widget:
        return self.query_one(Exchanges) if self._verbatim else self.query_one(DeviceTable)

    @property
    def _device(self) -> Device | None:
        return self.audit.devices[self._at] if 0 <= self._at < len(self.audit.devices) else None

    def _show(self, row: int) -> None:
        self._at = row
        told = self.query_one(Told)
        told.device = self._device
        told.refresh(layout=True)
        self.query_one(Exchanges).show(told.device.evidence if told.device else ())
        self._answer(0)

    def _answer(self, row: int) -> None:
        said, asked = self.query_one(Said), self._device.evidence if self._device else ()
        said.answer = asked[row] if row < len(asked) else None
        said.refresh(layout=True)
        self.query_one("#detail").scroll_home(animate=False)

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        if isinstance(event.rows, DeviceTable):
            self._show(event.row)
        else:
            self._answer(event.row)

    def on_rows_selected(self, event: Rows.Selected) -> None:
        self._zoom(True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back":
            return self.is_mounted and (self._verbatim or self._zoomed)
        return self._device is not None if action == "transcript" else True

    def action_transcript(self) -> None:
        """From what a device told to what was said, and back."""
        self._verbatim = not self._verbatim
        self.query_one("#split").remove_class("zoomed").set_class(self._verbatim, "verbatim")
        self.query_one("#detail").scroll_home(animate=False)
        self.set_focus(self._list())
        self.refresh_bindings()

    @property
    def _zoomed(self) -> bool:
        return self.query_one("#split").has_class("zoomed")

    def _zoom(self, on: bool) -> None:
        """The detail on the whole screen, or beside the list."""
        self.query_one("#split").set_class(on, "zoomed")
        self.set_focus(self.query_one("#detail") if on else self._list())
        self.refresh_bindings()

    def action_back(self) -> None:
        """From the zoom to the list; from the transcript to the devices."""
        if self._zoomed or not self._verbatim:
            self._zoom(False)
        else:
            self.action_transcript()
