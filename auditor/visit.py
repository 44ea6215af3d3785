"""A visit: what the command line and the screens both do with a site, from its file to the saved audit."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import threading
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from auditor import __version__, audit, shelf, sitefile
from auditor.audit import Manner
from auditor.collectors.hostkeys import HostKeyFile
from auditor.collectors.transport import Credentials
from auditor.declared import quiet, tailoring
from auditor.model import Audit, Device, Event, Figure, Judged
from auditor.planning.judgements import Judgements
from auditor.reports.export import audit_json
from auditor.seats import inputs, usage
from auditor.site import Site
from auditor.store import Store, StoreError, Where, client_folder, history_of, home_folder
from auditor.values import Message
from auditor.wording import texts


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visit keeps its state: the client's folder below a home."""

    folder: Path
    client: str
    history: Where

    @classmethod
    def of(cls, home: Path, site: Site) -> Place:
        return cls(client_folder(home, site.client), site.client, history_of(home, site.client))

    def store(self) -> Store:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # locks and host keys lie there, whatever the store
        return Store(self.history, self.client)

    def hostkeys(self, decide: Callable[[str, str], bool]) -> HostKeyFile:
        return HostKeyFile(self.folder / "known_hosts", decide)


def last_audit(home: Path, site: Site) -> Audit | None:
    """The newest published audit of a site in its own client's history; none where there is no history yet."""
    place = Place.of(home, site)
    if isinstance(place.history, Path) and not place.history.is_file():
        return None
    with place.store() as store:
        done = next((row.id for row in store.history(site.name) if row.status != "running"), "")
        return store.load(done) if done else None


def open_site(path: Path) -> tuple[Site, str]:
    """The site of a file, its inputs checked against the model's, with its client's profile; raises SiteFileError."""
    site, text = sitefile.read(path, inputs.is_input)
    changes = tailoring.read(path.parent / site.profile) if site.profile else ()
    return replace(site, changes=changes), text


RESUMABLE: Final = dt.timedelta(days=1)
"""How old an audit may be for its devices to stand beside those that are asked now."""


def now_at(site: Site) -> dt.datetime:
    """The time at the site."""
    return dt.datetime.now(zoneinfo.ZoneInfo(site.timezone)).replace(microsecond=0)


def spare(site: Site) -> None:
    """Raise QuietHours where a site wants to be left alone now: before anything is sent, or anybody asked a secret."""
    quiet.respect(site, now_at(site))


def current(result: Audit, store: Store) -> Audit:
    """An audit as its history holds it, with what people decided about its site up to now."""
    return audit.standing(result, store.edits(result.site.name), now_at(result.site).date())


def past(store: Store, site: Site) -> tuple[Figure, ...]:
    """The inputs that rest on what was sampled and imported over days."""
    return usage.figures(site, store.samples.usage(site.name), store.samples.counts(site.name))


@contextmanager
def held_alone(path: Path, busy: Message) -> Iterator[None]:
    """Hold a lock file that the system frees even when the program is killed; raises StoreError where it is held."""
    import fcntl

    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            same = os.path.samestat(os.fstat(stream.fileno()), path.stat())
        except (BlockingIOError, FileNotFoundError):
            raise StoreError(busy) from None
        except OSError:
            same = True  # a folder on a file system without locks is used by one person at a time
        if not same:  # its last holder has removed the file since, and somebody else holds the new one
            raise StoreError(busy)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _lacking(store: Store, site: Site, at: dt.datetime) -> str:
    """The newest audit of a site when it ended within the last day and not all of its devices were read; else ""."""
    newest = next(iter(store.history(site.name)), None)
    if newest is None or at - newest.at > RESUMABLE:
        return ""
    done = {device.name for device in store.devices(newest.id) if device.status == "done"}
    return "" if done.issuperset(target.name for target in site.targets) else newest.id


class _Notebook:
    """The audit being written: each device as it comes, whatever becomes of the disk."""

    def __init__(self, store: Store, id: str, already: tuple[Device, ...]) -> None:
        self._store, self.id, self.already = store, id, already
        self.found = {device.name: device for device in already}
        self._waiting: dict[str, Device] = {}

    def save(self, device: Device) -> None:
        self.found[device.name] = device
        try:
            self._store.save_device(self.id, device)
        except StoreError:  # a full disk must not end the collection: it is tried again at the end
            self._waiting[device.name] = device

    def finish(self, result: Audit) -> StoreError | None:
        """Write what could not be written before, and publish the result; why it could not be, else None."""
        try:
            for device in self._waiting.values():
                self._store.save_device(self.id, device)
            self._store.finish(result, audit_json(result, texts(result.site.language)))
        except StoreError as error:
            return error
        return None


class Visit:
    """One audit of one site being made; `stop` may be called from another thread at any time."""

    def __init__(self, place: Place, site: Site, text: str, credentials: Credentials) -> None:
        self._place, self._site, self._text, self._credentials = place, site, text, credentials
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[object] | None = None
        self._stopped = threading.Event()
        self.unsaved: StoreError | None = None
        """Why the audit is not in the history, where it could not be written there; the audit itself is whole."""

    def stop(self) -> None:
        """End the collection within a second; what was collected is kept and judged."""
        self._stopped.set()
        if self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)

    def run(
        self,
        *,
        decide: Callable[[str, str], bool],
        emit: Callable[[Event], None],
        window: float,
        gentle: bool = False,
        resume: bool = False,
        held: Callable[[], bool] = lambda: False,
        again: Callable[[], Sequence[str]] = tuple,
    ) -> Audit:
        """Collect, judge and save; blocks, on an event loop of its own. Raises QuietHours before anything is asked.

        While `held` says so nothing more is asked; `again` gives the names of devices to ask once more.
        """
        at = now_at(self._site)
        quiet.respect(self._site, at)
        with self._place.store() as store, ExitStack() as locks:
            notebook = self._open(store, locks, at, resume=resume)
            manner = Manner(
                window=window,
                gentle=gentle,
                emit=emit,
                save=notebook.save,
                pseudonym_key=store.pseudonym_key,
                held=held,
                again=again,
            )
            interrupted = not asyncio.run(self._collect(manner, decide, notebook.already))
            result = audit.judge(
                self._site,
                [notebook.found[target.name] for target in self._site.targets if target.name in notebook.found],
                id=notebook.id,
                at=at,
                window=window,
                interrupted=interrupted,
                judgements=Judgements.of(store.edits(self._site.name)),
                history=past(store, self._site),
                lists=shelf.current(home_folder()),
            )
            self.unsaved = notebook.finish(result)
        emit(Judged(result))
        return result

    def _open(self, store: Store, locks: ExitStack, at: dt.datetime, *, resume: bool) -> _Notebook:
        """The audit to write: a new one, or the one that did not end; what is not asked again stands in it already."""
        last = store.unfinished(self._site.name) if resume else ""
        lacking = "" if last or not resume else _lacking(store, self._site, at)
        if last:
            locks.enter_context(self._alone(last))
        already = tuple(d for d in store.devices(last or lacking) if d.status == "done") if last or lacking else ()
        id = last or store.begin(self._site, self._text, at, __version__)
        if not last:
            locks.enter_context(self._alone(id))
        notebook = _Notebook(store, id, already)
        for device in already if lacking else ():
            notebook.save(device)  # the audit that lacked others is published, and stays as it is
        return notebook

    def _alone(self, id: str) -> AbstractContextManager[None]:
        """The only one who writes this audit: another Auditor may be reading the same devices right now."""
        return held_alone(self._place.folder / f"{id}.lock", Message("store.busy", {"site": self._site.name}))

    async def _collect(self, manner: Manner, decide: Callable[[str, str], bool], already: Sequence[Device]) -> bool:
        """Whether the collection went to its end."""
        self._loop = asyncio.get_running_loop()
        hostkeys = self._place.hostkeys(decide)
        self._task = asyncio.ensure_future(audit.collect(self._site, self._credentials, hostkeys, manner, already))
        if self._stopped.is_set():
            self._task.cancel()
        try:
            await self._task
        except asyncio.CancelledError:
            return False
        return True
