"""An audit while it runs: each device, what it is being asked, what it told, why not; and how to stop."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message as Note
from textual.screen import ModalScreen
from textual.widget import Widget

from auditor.model import N_, Answered, Asking, Audit, Device, Event, Judged, Message, Site
from auditor.screens.ask import Ask
from auditor.screens.confirm import Confirm
from auditor.screens.flow import flow
from auditor.screens.frame import Page, Panel, Speech, TopBar, site_name
from auditor.screens.marks import fit, ink, safe, say
from auditor.screens.services import Stop, Talk
from auditor.texts import Texts

T = TypeVar("T")
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

    def lines(self, width: int) -> list[Text]:
        texts = self._speech.texts
        ended = sum(row.state not in ("queued", "asking") for row in self.rows)
        share = sum((row.share for row in self.rows), Fraction(0)) / (len(self.rows) or 1)
        cells = int(share * width)
        count = texts("{ended} of {all} devices", ended=ended, all=len(self.rows)) if self.rows else ""
        time = texts.duration(self.elapsed)
        between = max(1, width - cell_len(count) - cell_len(time))
        bar = Text.assemble(("█" * cells, ink(self, "primary")), ("░" * (width - cells), ink(self, "line")))
        return [Text(self.note, style=ink(self, "", bold=True)), bar, Text(count + " " * between + time)]


class DeviceRows(Panel):
    """One row for each device; reasons and hints below those that did not tell everything."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.rows: tuple[Row, ...] = ()

    def lines(self, width: int) -> list[Text]:
        names = max([8, *(cell_len(row.name) for row in self.rows)])
        return [line for row in self.rows for line in self._row(row, min(names, width // 3), width)]

    def _row(self, row: Row, names: int, width: int) -> list[Text]:
        sign, word, colour = STATES[row.state]
        state = set_cell_size(f"{sign} {self._speech.texts(word)}", 14)
        head = Text.assemble(
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


class Progress(Page):
    """Runs the audit it is handed, in a thread of its own, and shows what it is told."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("escape", "cancel", N_("Stop"), tooltip=N_("stop, and keep what was collected")),
    ]

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
        self._stop = Stop()
        self._began = clock()

    def whose(self) -> tuple[str, str]:
        return self._state.whose, ""

    def body(self) -> Iterable[Widget]:
        yield Overall(self.speech)
        yield VerticalScroll(DeviceRows(self.speech), id="devices")

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(1.0, self._draw)
        self._run()

    def settle(self) -> None:
        self.query_one("#devices").focus()
        self._draw()

    # ---- the work ----

    @work(thread=True, exclusive=True)
    def _run(self) -> None:
        talk = Talk(self._emit, self._stop, self._host_key, self._secret)
        try:
            with self._open() as site:
                self.post_message(self.Prepared(site))
                done: Note = self.Finished(self._audit(site, talk))
        except ValueError as fault:
            done = self.Failed(safe(fault))
        self.post_message(done)

    def _emit(self, event: Event) -> None:
        self.post_message(self.Told(event))

    def _host_key(self, device: str, fingerprint: str) -> bool:
        texts = self.texts
        lines = (
            texts("{device} shows this SSH host key for the first time:", device=safe(device)),
            safe(fingerprint),
            texts("Compare it on the device's own console. Accepted, it is remembered for this site."),
        )
        title, yes, no = texts("Is this the right device?"), texts("Accept the key"), texts("Skip the device")
        return self._put(Confirm(self.speech, title, lines, yes, no), refused=False)

    def _secret(self, question: Message) -> str:
        texts = self.texts
        hint = texts("It is used for this audit and never kept.")
        return self._put(Ask(self.speech, say(texts, question), hint, str, secret=True), refused="")

    def _put(self, question: ModalScreen[T], refused: T) -> T:
        """Ask from the collecting thread; when the audit is stopped meanwhile the answer is `refused`."""
        answer: Future[T] = Future()

        def settle(value: T | None) -> None:
            if not answer.done():
                answer.set_result(refused if value is None else value)

        def give_up() -> None:
            settle(refused)
            if question.is_current:
                question.dismiss(refused)

        if self._stop.asked:
            return refused
        self.app.call_from_thread(self.app.push_screen, question, settle)
        self._stop.then(give_up)
        return answer.result()

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
        self.query_one(TopBar).rename(self._state.whose, "")
        self._draw()

    def on_progress_told(self, message: Told) -> None:
        message.stop()
        rows = self._state.rows
        match message.event:
            case Asking(name, asked, done, total):
                row = rows.get(name, Row(safe(name), ""))
                if row.device is None:
                    rows[name] = replace(row, state="asking", step=asked, done=done, total=total)
            case Answered(device):
                row = rows.get(device.name, Row(safe(device.name), ""))
                rows[device.name] = replace(row, state=device.status, device=device)
            case Judged():
                self._state.phase = N_("Drawing the conclusions…")
        self._draw()

    def _draw(self) -> None:
        for overall in self.query(Overall):
            overall.rows = tuple(self._state.rows.values())
            overall.elapsed = self._clock() - self._began
            overall.note = self.texts(self._state.phase)
            overall.refresh(layout=True)
        for devices in self.query(DeviceRows):
            devices.rows = tuple(self._state.rows.values())
            devices.refresh(layout=True)

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
