"""How an audit without screens tells how far it is: a bar for each device on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Protocol, TypeAlias

from auditor.clean import line
from auditor.model import Answered, Asking, Device, Event
from auditor.texts import Texts

Tell: TypeAlias = Callable[[Event], None]


def device_line(device: Device, say: Texts) -> str:
    """done, partial or failed, and why."""
    words = {"done": say("done"), "partial": say("partial"), "failed": say("failed")}[device.status]
    why = " ".join(line(say.say(problem)) for problem in device.problems)
    return f"{words}: {why}" if why else words


class Pen(Protocol):
    """What draws events: `stop` clears the screen for a question, `start` goes on."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def draw(self, event: Event, say: Texts) -> None: ...


class Lines:
    """One line when a device is first asked, one when it has told all it will."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._seen: set[str] = set()

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def draw(self, event: Event, say: Texts) -> None:
        if isinstance(event, Answered):
            self._write(f"{line(event.device.name)}: {device_line(event.device, say)}")
        elif isinstance(event, Asking) and event.device not in self._seen:
            self._seen.add(event.device)
            self._write(f"{line(event.device)}: {say('being asked…')}")

    def _write(self, text: str) -> None:
        self._stream.write(f"  {text}\n")
        self._stream.flush()


class Bars:
    """A bar for each device that is being asked, with what it is asked; a line for each that is done."""

    def __init__(self, stream: IO[str]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

        name, step = (TextColumn(f"{{task.{part}}}", markup=False) for part in ("description", "fields[step]"))
        console = Console(file=stream, highlight=False, markup=False, emoji=False)
        columns = (name, BarColumn(24), TimeElapsedColumn(), step)
        self._drawn = Progress(*columns, console=console, transient=True, refresh_per_second=4)
        self._tasks: dict[str, TaskID] = {}

    def start(self) -> None:
        self._drawn.start()

    def stop(self) -> None:
        self._drawn.stop()

    def draw(self, event: Event, say: Texts) -> None:
        if isinstance(event, Answered):
            if event.device.name in self._tasks:
                self._drawn.remove_task(self._tasks.pop(event.device.name))
            self._print(f"  {line(event.device.name)}: {device_line(event.device, say)}")
        elif isinstance(event, Asking):
            if event.device not in self._tasks:
                self._tasks[event.device] = self._drawn.add_task(f"  {line(event.device)}", step="")
            task, total = self._tasks[event.device], event.total or None
            self._drawn.update(task, total=total, completed=event.done, step=line(event.step))

    def _print(self, text: str) -> None:
        from rich.text import Text

        self._drawn.print(Text(text), soft_wrap=True)


class Showing:
    """Events drawn as they come; held back while a question is put to the user, from whichever thread."""

    def __init__(self, pen: Pen) -> None:
        self.pen = pen
        self._question, self._drawing = threading.Lock(), threading.Lock()
        self._asking = self._over = False
        self._held: list[Callable[[], None]] = []

    @contextmanager
    def over(self, say: Texts) -> Iterator[Tell]:
        """Where to tell the events of one audit."""
        self.pen.start()
        try:
            yield lambda event: self._take(lambda: self.pen.draw(event, say))
        finally:
            with self._drawing:
                self._over = True
                self.pen.stop()

    def _take(self, draw: Callable[[], None]) -> None:
        with self._drawing:
            if self._asking:
                self._held.append(draw)
            else:
                draw()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """The screen for one question at a time."""
        with self._question:
            with self._drawing:
                self._asking = True
                self.pen.stop()
            try:
                yield
            finally:
                self._go_on()

    def _go_on(self) -> None:
        with self._drawing:
            self._asking = False
            if not self._over:
                self.pen.start()
            for draw in self._held:
                draw()
            self._held.clear()


def showing(stream: IO[str], *, plain: bool) -> Showing:
    """Bars where the stream is a terminal, unless plain lines are asked for."""
    return Showing(Bars(stream) if stream.isatty() and not plain else Lines(stream))
