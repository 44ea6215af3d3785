"""The seam: all that the screens ask of the rest of the house, which hands it to them. Types alone, no work."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from auditor.model import Audit, Event
from auditor.screens.study import Study
from auditor.site import Site
from auditor.texts import Texts
from auditor.values import ABSENT, Absent, Message

if TYPE_CHECKING:
    from auditor.screens.forms import Forms


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A site with its last audit, as a list shows it; `audit` is the id of that audit, "" when there is none.

    `trend`: the seats of its audits, oldest first. `interrupted`: the last audit did not end and can be gone on with.
    `fault` says why its file cannot be read, "" where it can.
    """

    client: str
    site: str
    path: Path | Absent = ABSENT
    audit: str = ""
    at: dt.datetime | Absent = ABSENT
    seats: int | Absent = ABSENT
    required: int | Absent = ABSENT
    grade: str = ""
    interrupted: bool = False
    trend: tuple[int | Absent, ...] = ()
    fault: str = ""


class Stop:
    """A request to end a collection, made once, from any thread."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._then: list[Callable[[], None]] = []

    @property
    def asked(self) -> bool:
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask for the end; what was registered with `then` is called here, in this thread."""
        with self._lock:
            first, waiting = not self._asked.is_set(), tuple(self._then)
            self._asked.set()
        for call in waiting if first else ():
            call()

    def then(self, call: Callable[[], None]) -> None:
        """Have `call` made when the end is asked for; at once when it was already."""
        with self._lock:
            late = self._asked.is_set()
            self._then.append(call)
        if late:
            call()


class Hold:
    """What the user wants of a running audit: to pause, and to ask some devices again. Used from any thread."""

    def __init__(self) -> None:
        self._held = threading.Event()
        self._lock = threading.Lock()
        self._again: list[str] = []

    @property
    def held(self) -> bool:
        return self._held.is_set()

    def turn(self) -> None:
        """Pause, or go on."""
        if self._held.is_set():
            self._held.clear()
        else:
            self._held.set()

    def ask_again(self, device: str) -> None:
        """Have a device asked once more."""
        with self._lock:
            self._again.append(device)

    def again(self) -> tuple[str, ...]:
        """The devices to ask once more, each given out once."""
        with self._lock:
            names, self._again = tuple(self._again), []
        return names


@dataclass(frozen=True, slots=True)
class Talk:
    """What a running audit may say to the user; every call may be made from any thread but the screens' own.

    `emit` never blocks. `accept_host_key(device, fingerprint)` and `ask_secret(question)` block until the user answers;
    once `stop` is asked they answer False and "".
    """

    emit: Callable[[Event], None]
    stop: Stop
    accept_host_key: Callable[[str, str], bool]
    ask_secret: Callable[[Message], str]
    hold: Hold = field(default_factory=Hold)


class Services(Protocol):
    """What the screens can have done. Where a user can be at fault, ValueError with one clear line in his language."""

    @property
    def forms(self) -> Forms:
        """What the screens about a site ask."""
        ...

    @property
    def study(self) -> Study:
        """What the screens that study an audit ask."""
        ...

    def texts(self, language: str, /) -> Texts:
        """The words of a language for a terminal (`narrow=False`)."""
        ...

    def sites(self) -> Sequence[KnownSite]:
        """The sites of the history, the last audited first."""
        ...

    def open_site(self, path: Path, /) -> Site:
        """The site of a file; raises ValueError."""
        ...

    def new_site(self, path: Path, language: str, /) -> Path:
        """Write a commented site file where there is none; raises ValueError."""
        ...

    def open_audit(self, id: str, /) -> Audit:
        """A saved audit; raises ValueError."""
        ...

    def demo(self) -> AbstractContextManager[Site]:
        """The built-in company network, up while the context lasts; blocks, entered from a thread."""
        ...

    def run_audit(self, site: Site, talk: Talk, resume: bool = False, /) -> Audit:
        """Collect, judge and save; blocks, on an event loop of its own; raises ValueError.

        `resume`: go on with the last audit of the site that did not end; devices that told everything are not asked.

        When `talk.stop` is asked it returns within a second, with what was collected (`Audit.interrupted`).
        """
        ...

    def export(self, audit: Audit, language: str, formats: Sequence[str], folder: str, /) -> Sequence[Path]:
        """Write an audit in these formats, into a folder ("": a free one here); where; blocks; raises ValueError."""
        ...

    def speak(self, language: str, /) -> None:
        """Say faults in this language from now on."""
        ...

    def site_path(self, audit: Audit, /) -> Path | Absent:
        """Where the file of an audit's site stands on this machine, as far as it was opened here."""
        ...
