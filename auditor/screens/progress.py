"""An audit while it runs: each device, what it is being asked, what it told, why not; and how to stop."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.message import Message as Note
from textual.widget import Widget
from textual.widgets import Log

from auditor.model import Answered, Asking, Audit, Device, Event, Judged
from auditor.screens.flow import flow
from auditor.screens.frame import Page, Panel, Speech, site_name
from auditor.screens.ink import ink, safe
from auditor.screens.marks import fit, say
from auditor.screens.questioner import Questioner
from auditor.screens.services import Hold, Stop, Talk
from auditor.site import Site
from auditor.texts import Texts
from auditor.values import N_, Message

HINTS: Final = {
    # beginning of a problem's id: what to do about it
    "unreachable": N_("Check the address, the route and the filters between this machine and the device."),
    "snmp.closed": N_("Start the SNMP agent, or correct the port in the site file."),
    "snmp.": N_("Check the version, the credential and the addresses the agent accepts."),
    "ssh.key_changed": N_("Find out why before anything else: it may be a new device, or somebody in between."),
    "ssh.key_unknown": N_("Compare the fingerprint on the device's console, then accept it."),
    "ssh.algorithms": N_("Mark the device as legacy in the site file."),
    "ssh.": N_("Check the account, its rights and its password; it is tried once only."),
    "credential.": N_("Give the secret in the environment, or when asked."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One device on the way: its state (queued, asking, done, partial, failed), what it is asked, how far it is."""

    name: str
    role: str
    state: str = "queued"
    step: str = ""
    done: int = 0
    total: int = 0
    device: Device | None = None

    @property
    def share(self) -> Fraction:
        if self.state in ("queued", "asking"):
            return Fraction(min(self.done, self.total), self.total) if self.total else Fraction(0)
        return Fraction(1)


KEPT: Final = 500
DRAW_S: Final = 0.2
STATES: Final = {
    "queued": ("○", N_("queued"), "dim"),
    "asking": ("◌", N_("asking"), "accent"),
    "done": ("✓", N_("done"), "success"),
    "partial": ("!", N_("partial"), "warning"),
    "failed": ("✗", N_("failed"), "error"),
}


class Overall(Panel):
    """How far the whole audit is, and since when."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.rows: tuple[Row, ...] = ()
        self.elapsed = 0.0
        self.note = ""
        self.asked = 0

    def lines(self, width: int) -> list[Text]:
        texts = self._speech.texts
        ended = sum(row.state not in ("queued", "asking") for row in self.rows)
        share = sum((row.share for row in self.rows), Fraction(0)) / (len(self.rows) or 1)
        cells = int(share * width)
        count = texts("{ended} of {all} devices", ended=ended, all=len(self.rows)) if self.rows else ""
        if self.asked and self.elapsed >= 1:
            count += " · " + texts("{rate} questions/s", rate=Fraction(self.asked) / Fraction(int(self.elapsed)))
        time = texts.duration(self.elapsed)
        if self.elapsed >= 3 and Fraction(1, 20) <= share < 1:
            left = int(Fraction(int(self.elapsed)) * (1 - share) / share)
            time = texts("{elapsed}, about {left} left", elapsed=time, left=texts.duration(left))
        between = max(1, width - cell_len(count) - cell_len(time))
        bar = Text.assemble(("█" * cells, ink(self, "primary")), ("░" * (width - cells), ink(self, "line")))
        return [Text(self.note, style=ink(self, "", bold=True)), bar, Text(count + " " * between + time)]


class DeviceRows(Panel, can_focus=True):
    """One row for each device; reasons and hints below those that did not tell everything."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
    ]

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.rows: tuple[Row, ...] = ()
        self.cursor = 0

    def lines(self, width: int) -> list[Text]:
        return [line for block in self._blocks(width) for line in block]

    def _blocks(self, width: int) -> list[list[Text]]:
        names = min(max([8, *(cell_len(row.name) for row in self.rows)]), width // 3)
        return [self._row(row, names, width, at == self.cursor) for at, row in enumerate(self.rows)]

    def action_move(self, by: int) -> None:
        """The cursor to another device, which is brought into sight."""
        self.cursor = min(max(0, self.cursor + by), max(0, len(self.rows) - 1))
        blocks = self._blocks(self.content_size.width)
        above = sum(map(len, blocks[: self.cursor]))
        height = len(blocks[self.cursor]) if blocks else 1
        self.refresh()
        parent = self.parent
        if isinstance(parent, VerticalScroll):
            parent.scroll_to_region(Region(0, above, 1, height), animate=False)
        self.screen.refresh_bindings()

    def _row(self, row: Row, names: int, width: int, chosen: bool) -> list[Text]:
        sign, word, colour = STATES[row.state]
        state = set_cell_size(f"{sign} {self._speech.texts(word)}", 14)
        head = Text.assemble(
            ("▸ " if chosen else "  ", ink(self, "accent")),
            (fit(row.name, names), ink(self, "", bold=True)),
            " ",
            (state, ink(self, colour, bold=row.state != "queued")),
        )
        return flow(self._what(row), width, head)

    def _what(self, row: Row) -> Text:
        texts = self._speech.texts
        if row.state == "asking":
            bar = meter(row.share, 10)
            return Text.assemble((bar, ink(self, "primary")), " ", (step(texts, row.step), ink(self, "dim")))
        if row.device is None:
            return Text.assemble((row.role, ink(self, "dim")))
        told = texts.plural("{count} fact", "{count} facts", len(row.device.readings))
        if row.device.gaps and row.state != "failed":
            gaps = texts.plural("{count} question unanswered", "{count} questions unanswered", len(row.device.gaps))
            told = f"{told}, {gaps}"
        lines = [] if row.state == "failed" else [Text.assemble((told, ink(self, "dim")))]
        for problem in row.device.problems:
            lines.append(Text(say(texts, problem)))
            if words := hint(problem):
                lines.append(Text.assemble(("→ " + texts(words), ink(self, "accent"))))
        return Text("\n").join(lines)


def shells_of(site: Site) -> dict[str, str]:
    """The devices by what their host key is asked for: `192.0.2.1`, or `[192.0.2.1]:2222`."""
    doors = ((target, target.ssh.port) for target in site.targets if target.ssh is not None)
    return {t.address if port == 22 else f"[{t.address}]:{port}": t.name for t, port in doors}


def meter(share: Fraction, width: int) -> str:
    cells = int(share * width)
    return "━" * cells + "┄" * (width - cells)


def step(texts: Texts, asked: str) -> str:
    """What a device is being asked, as a reader says it."""
    if seconds := re.fullmatch(r"(\d+) s", asked):
        return texts("sampling its links for {seconds} s", seconds=int(seconds[1]))
    return set_cell_size(safe(asked), 60).rstrip()


def hint(problem: Message) -> str:
    """What to do about a problem, by the longest beginning of its id."""
    found = [begin for begin in HINTS if problem.id.startswith(begin)]
    return HINTS[max(found, key=len)] if found else ""


@dataclass
class _State:
    """What is known of the run; kept by the screen, so that it survives a change of language."""

    rows: dict[str, Row] = field(default_factory=dict)
    whose: str = ""
    phase: str = ""
    log: list[str] = field(default_factory=list)
    asked: int = 0


class Progress(Page):
    """Runs the audit it is handed, in a thread of its own, and shows what it is told."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("escape", "cancel", N_("Stop"), tooltip=N_("stop, and keep what was collected")),
        Binding("space", "pause", N_("Pause"), tooltip=N_("ask nothing more for now, or go on")),
        Binding("r", "again", N_("Ask again"), tooltip=N_("ask the device under the cursor once more")),
        Binding("g", "log", N_("Log"), tooltip=N_("what was asked, as it was asked")),
    ]

    collecting = True

    @dataclass
    class Prepared(Note):
        """The site is there; its devices are about to be asked."""

        site: Site

    @dataclass
    class Told(Note):
        """The audit said something."""

        event: Event

    @dataclass
    class Finished(Note):
        """The audit is complete, or was stopped with what it had."""

        audit: Audit

    @dataclass
    class Failed(Note):
        """The audit could not be made; one line says why ("": left by the user)."""

        line: str

    def __init__(
        self,
        speech: Speech,
        open_: Callable[[], AbstractContextManager[Site]],
        audit: Callable[[Site, Talk], Audit],
        clock: Callable[[], float],
        whose: str = "",
    ) -> None:
        super().__init__(speech)
        self._open, self._audit, self._clock = open_, audit, clock
        self._state = _State(whose=whose, phase=N_("Preparing…"))
        self._stop, self._hold = Stop(), Hold()
        self._asks = Questioner(self, self._stop)
        self._changed, self._logging = True, False
        self._began = clock()

    def whose(self) -> tuple[str, str]:
        return self._state.whose, ""

    def body(self) -> Iterable[Widget]:
        yield Overall(self.speech)
        yield VerticalScroll(DeviceRows(self.speech), id="devices", can_focus=False)
        log = Log(id="log", max_lines=KEPT)
        log.display = self._logging
        yield log

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(1.0, self._tick)
        self.set_interval(DRAW_S, self._draw_changed)
        self.call_after_refresh(self._run)  # a question asked at once stands over a screen that was drawn

    def settle(self) -> None:
        self.set_focus(self.query_one("#log" if self._logging else DeviceRows))
        self.query_one(Log).write_lines(self._state.log)
        self._draw()

    def _tick(self) -> None:
        """The clock goes on."""
        self._changed = True

    def _draw_changed(self) -> None:
        """Draw what was told since, some times a second however much it was: a key is never kept waiting."""
        if self._changed:
            self._draw()

    # ---- the work ----

    @work(thread=True, exclusive=True)
    def _run(self) -> None:
        talk = Talk(self._emit, self._stop, self._asks.host_key, self._asks.secret, self._hold)
        try:
            with self._open() as site:
                self._asks.names = shells_of(site)
                self.post_message(self.Prepared(site))
                done: Note = self.Finished(self._audit(site, talk))
        except ValueError as fault:
            done = self.Failed(safe(fault))
        self.post_message(done)

    def _emit(self, event: Event) -> None:
        self.post_message(self.Told(event))

    # ---- what it says ----

    def on_progress_prepared(self, message: Prepared) -> None:
        message.stop()
        texts = self.texts
        self._state.whose = site_name(message.site)
        self._state.phase = N_("Reading the devices; nothing is changed on them.")
        self._state.rows = {
            target.name: Row(safe(target.name), texts.name(f"role.{target.role.value}"))
            for target in message.site.targets
        }
        self.tell_whose(self._state.whose, "")
        self._draw()

    def on_progress_told(self, message: Told) -> None:
        message.stop()
        rows = self._state.rows
        match message.event:
            case Asking(name, asked, done, total):
                row = rows.get(name, Row(safe(name), ""))
                if row.device is None:
                    self._state.asked += max(0, done - row.done)
                    rows[name] = replace(row, state="asking", step=asked, done=done, total=total)
                self._note(row.name, safe(asked))
            case Answered(device):
                row = rows.get(device.name, Row(safe(device.name), ""))
                rows[device.name] = replace(row, state=device.status, device=device)
                self._note(row.name, self.texts(STATES[device.status][1]))
            case Judged():
                self._state.phase = N_("Drawing the conclusions…")
        self._changed = True

    def _note(self, device: str, words: str) -> None:
        """One more line of the log."""
        line = f"{self.texts.duration(self._clock() - self._began):>10}  {device}  {words}"
        self._state.log = [*self._state.log[1 - KEPT :], line]
        if self._logging:
            self.query_one(Log).write_line(line)

    def _draw(self) -> None:
        self._changed = False
        for overall in self.query(Overall):
            overall.rows = tuple(self._state.rows.values())
            overall.elapsed = self._clock() - self._began
            held = self._hold.held and not self._stop.asked
            overall.note = self.texts(N_("Paused: nothing is asked until you go on.") if held else self._state.phase)
            overall.asked = self._state.asked
            overall.refresh(layout=True)
        for devices in self.query(DeviceRows):
            devices.rows = tuple(self._state.rows.values())
            devices.refresh(layout=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "pause":
            return not self._stop.asked
        if action == "again":
            row = self._chosen()
            return row is not None and row.device is not None and not self._stop.asked and self._under_way
        return True

    @property
    def _under_way(self) -> bool:
        """Whether a device is still being asked: after the last one there is nobody to ask again."""
        return any(row.state in ("queued", "asking") for row in self._state.rows.values())

    def _chosen(self) -> Row | None:
        found, rows = self.query(DeviceRows), tuple(self._state.rows.values())
        cursor = found.first().cursor if found else -1
        return rows[cursor] if 0 <= cursor < len(rows) else None

    def action_pause(self) -> None:
        """Ask nothing more, or go on; what is being answered is still taken."""
        self._hold.turn()
        self._draw()

    def action_again(self) -> None:
        """Put the device under the cursor in the queue once more."""
        name = tuple(self._state.rows)[self.query_one(DeviceRows).cursor]
        row = self._state.rows[name]
        self._state.rows[name] = replace(row, state="queued", device=None, done=0, step="")
        self._hold.ask_again(name)
        self._draw()

    def action_log(self) -> None:
        """The log below the devices, or not."""
        self._logging = not self._logging
        log = self.query_one(Log)
        log.display = self._logging
        log.clear()
        log.write_lines(self._state.log)

    def action_cancel(self) -> None:
        """Stop; asked twice, leave at once."""
        if self._stop.asked:
            self.post_message(self.Failed(""))
            return
        self.stop()

    def stop(self) -> None:
        """End the collection; what it has comes back as a finished audit."""
        self._state.phase = N_("Stopping; what was collected is kept…")
        self._stop.ask()
        self._draw()
