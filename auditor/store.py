"""History: one SQLite file per client, devices saved as they finish, results that never change once published."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal

from auditor.codec import audit_from_json, from_plain, to_plain
from auditor.model import ABSENT, N_, Absent, Audit, Device, Edit, Evidence, Message, Site, Supposition, Value
from auditor.sampling import samples
from auditor.sampling.samples import Samples

Status = Literal["running", "done", "interrupted"]

MIGRATIONS: Final = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE audit (
        id TEXT PRIMARY KEY, site TEXT NOT NULL, at TEXT NOT NULL, status TEXT NOT NULL,
        site_text BLOB NOT NULL, version TEXT NOT NULL, catalogue TEXT NOT NULL DEFAULT '',
        seats INTEGER, required INTEGER, score REAL, grade TEXT NOT NULL DEFAULT '', result BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX audit_by_site ON audit (site, at);
    CREATE TABLE evidence (sha256 TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE device (
        audit TEXT NOT NULL REFERENCES audit ON DELETE CASCADE, name TEXT NOT NULL, status TEXT NOT NULL,
        body BLOB NOT NULL, PRIMARY KEY (audit, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE asked (
        audit TEXT NOT NULL, device TEXT NOT NULL, position INTEGER NOT NULL, method TEXT NOT NULL,
        request TEXT NOT NULL, at TEXT NOT NULL, seconds REAL NOT NULL, size INTEGER NOT NULL,
        sha256 TEXT NOT NULL REFERENCES evidence, PRIMARY KEY (audit, device, position),
        FOREIGN KEY (audit, device) REFERENCES device ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE edit (
        site TEXT NOT NULL, item TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
        who TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (site, item, field)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE supposition (
        site TEXT NOT NULL, name TEXT NOT NULL, changes TEXT NOT NULL, audit TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (site, name)
    ) STRICT, WITHOUT ROWID;
    """,
    samples.MIGRATION,
)


class StoreError(RuntimeError):
    """A history file that cannot be used, or an audit that is not in it; `message` says it to a reader."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


@dataclass(frozen=True, slots=True)
class Saved:
    """One audit of the history. `seats`, `required` and `score` are ABSENT while it is not judged or not known."""

    id: str
    client: str
    site: str
    at: dt.datetime
    status: Status
    seats: int | Absent
    required: int | Absent
    score: float | Absent
    grade: str


def client_folder(home: Path, client: str) -> Path:
    """The folder of one client: its name made plain, and a digest so that two names never share one."""
    plain = re.sub(r"[^a-z0-9]+", "-", client.lower()).strip("-")[:40] or "client"
    return home / "clients" / f"{plain}-{hashlib.sha256(client.encode()).hexdigest()[:8]}"


def clients(home: Path) -> tuple[Path, ...]:
    """The history files that exist below a home, in the order of their names."""
    return tuple(sorted((home / "clients").glob("*/history.sqlite")))


class Store:
    """The history of one client; use as a context manager, from one thread."""

    def __init__(self, path: Path, client: str = "") -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                path.touch(mode=0o600)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
            self._prepare(client)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(Message("store.unusable", {"path": str(path), "why": str(error)})) from None

    def _prepare(self, client: str) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA synchronous = NORMAL")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise StoreError(Message("store.newer", {"path": str(self.path)}))
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            self._db.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")
        with self._write():
            put = "INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)"
            self._db.execute(put, ("pseudonym", secrets.token_bytes(32)))
            if client:
                self._db.execute(put, ("client", client.encode()))

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    @contextmanager
    def _write(self) -> Iterator[None]:
        """One transaction: all of it or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _meta(self, name: str) -> bytes:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return bytes(row[0]) if row else b""

    @property
    def client(self) -> str:
        return self._meta("client").decode()

    @property
    def pseudonym_key(self) -> bytes:
        """The key that makes pseudonyms of extensions; it never leaves this file."""
        return self._meta("pseudonym")

    @property
    def samples(self) -> Samples:
        """What was sampled and imported over days."""
        return Samples(self._db, self._write)

    # ---- writing ----

    def begin(self, site: Site, text: str, at: dt.datetime, version: str) -> str:
        """Open an audit and return its id, 20261124-140233-rennes."""
        plain = re.sub(r"[^a-z0-9]+", "-", site.name.lower()).strip("-")[:24] or "site"
        stem = f"{at:%Y%m%d-%H%M%S}-{plain}"
        with self._write():
            taken = {row[0] for row in self._db.execute("SELECT id FROM audit WHERE id LIKE ?", (stem + "%",))}
            audit = next(id for id in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if id not in taken)
            self._db.execute(
                "INSERT INTO audit (id, site, at, status, site_text, version) VALUES (?, ?, ?, 'running', ?, ?)",
                (audit, site.name, at.isoformat(), zlib.compress(text.encode()), version),
            )
        return audit

    def save_device(self, audit: str, device: Device) -> None:
        """Keep what one device told, with its evidence, in one transaction."""
        body = json.dumps(to_plain(replace(device, evidence=()), exact=True), ensure_ascii=False).encode()
        with self._write():
            self._db.execute("DELETE FROM device WHERE audit = ? AND name = ?", (audit, device.name))
            self._db.execute(
                "INSERT INTO device (audit, name, status, body) VALUES (?, ?, ?, ?)",
                (audit, device.name, device.status, zlib.compress(body)),
            )
            self._db.executemany(
                "INSERT OR IGNORE INTO evidence (sha256, body) VALUES (?, ?)",
                [(line.sha256, zlib.compress(line.text.encode())) for line in device.evidence],
            )
            self._db.executemany(
                "INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (audit, device.name, n, e.method, e.request, e.at.isoformat(), e.seconds, e.size, e.sha256)
                    for n, e in enumerate(device.evidence)
                ],
            )

    def finish(self, audit: Audit, result: Mapping[str, object]) -> None:
        """Publish the result (the audit JSON); once done it is never written again."""
        head, score = audit.headline, audit.score
        row = (
            "interrupted" if audit.interrupted else "done",
            audit.catalogue,
            None if head.seats is ABSENT else head.seats,
            head.required,
            None if score.value is ABSENT else float(score.value),
            score.grade,
            zlib.compress(json.dumps(result, ensure_ascii=False).encode()),
            audit.id,
        )
        with self._write():
            self._db.execute(
                "UPDATE audit SET status = ?, catalogue = ?, seats = ?, required = ?, score = ?, grade = ?, result = ?"
                " WHERE id = ? AND status <> 'done'",
                row,
            )

    def decide(self, site: str, edits: Iterable[Edit], taken_back: Iterable[tuple[str, str]] = ()) -> None:
        """Keep judgements (owner, status, acceptance) apart from the facts, all or none; the latest of each counts.

        `taken_back`: (item, field) of judgements that are given up, before the new ones are kept.
        """
        with self._write():
            self._db.executemany(
                "DELETE FROM edit WHERE site = ? AND item = ? AND field = ?",
                [(site, item, field) for item, field in taken_back],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO edit VALUES (?, ?, ?, ?, ?, ?)",
                [(site, e.item, e.field, e.value, e.who, e.at.isoformat()) for e in edits],
            )

    def suppose(self, site: str, supposition: Supposition) -> None:
        """Keep a what-if beside the facts of a site; one of the same name is replaced."""
        changes = json.dumps(to_plain(supposition.changes, exact=True), ensure_ascii=False)
        row = (site, supposition.name, changes, supposition.audit, supposition.at.isoformat())
        with self._write():
            self._db.execute("INSERT OR REPLACE INTO supposition VALUES (?, ?, ?, ?, ?)", row)

    def drop_supposition(self, site: str, name: str) -> bool:
        """Forget a what-if; whether there was one of that name."""
        with self._write():
            gone = self._db.execute("DELETE FROM supposition WHERE site = ? AND name = ?", (site, name))
        return gone.rowcount > 0

    # ---- reading ----

    def history(self, site: str = "") -> tuple[Saved, ...]:
        """The audits, newest first; of one site where it is named."""
        rows = self._db.execute(
            "SELECT id, site, at, status, seats, required, score, grade FROM audit"
            " WHERE ?1 = '' OR site = ?1 ORDER BY at DESC, id DESC",
            (site,),
        )
        return tuple(_saved(self.client, row) for row in rows)

    def edits(self, site: str) -> tuple[Edit, ...]:
        """The judgements of a site, as they stand."""
        rows = self._db.execute(
            "SELECT item, field, value, who, at FROM edit WHERE site = ? ORDER BY item, field", (site,)
        )
        return tuple(
            Edit(item, field, value, who, dt.datetime.fromisoformat(at)) for item, field, value, who, at in rows
        )

    def suppositions(self, site: str) -> tuple[Supposition, ...]:
        """The what-ifs kept for a site, by name; one that cannot be read is left out."""
        rows = self._db.execute(
            "SELECT name, changes, audit, at FROM supposition WHERE site = ? ORDER BY name", (site,)
        ).fetchall()
        return tuple(found for row in rows for found in _supposition(row))

    def unfinished(self, site: str) -> str:
        """The newest audit of a site that did not end, "" when there is none."""
        row = self._db.execute(
            "SELECT id, status FROM audit WHERE site = ? ORDER BY at DESC, id DESC LIMIT 1", (site,)
        ).fetchone()
        return str(row[0]) if row and row[1] != "done" else ""

    def devices(self, audit: str) -> tuple[Device, ...]:
        """What the devices of an audit told, evidence included."""
        rows = self._db.execute("SELECT name, body FROM device WHERE audit = ? ORDER BY name", (audit,)).fetchall()
        return tuple(
            replace(from_plain(Device, json.loads(zlib.decompress(body))), evidence=self._evidence(audit, name))
            for name, body in rows
        )

    def _evidence(self, audit: str, device: str) -> tuple[Evidence, ...]:
        rows = self._db.execute(
            "SELECT method, request, at, seconds, size, sha256, body FROM asked JOIN evidence USING (sha256)"
            " WHERE audit = ? AND device = ? ORDER BY position",
            (audit, device),
        )
        return tuple(
            Evidence(device, method, request, dt.datetime.fromisoformat(at), seconds, size, digest, _text(body))
            for method, request, at, seconds, size, digest, body in rows
        )

    def site_text(self, audit: str) -> str:
        """The site file as it was when the audit began."""
        row = self._db.execute("SELECT site_text FROM audit WHERE id = ?", (audit,)).fetchone()
        if row is None:
            raise StoreError(Message("store.no_audit", {"id": audit}))
        return _text(row[0])

    def published(self, audit: str) -> str:
        """The audit JSON as it was published, to the byte."""
        row = self._db.execute("SELECT result FROM audit WHERE id = ?", (audit,)).fetchone()
        if row is None or row[0] is None:
            raise StoreError(Message("store.no_audit", {"id": audit}))
        try:
            return _text(row[0])
        except (ValueError, zlib.error) as error:
            raise StoreError(Message("store.damaged", {"id": audit, "why": str(error)})) from None

    def load(self, audit: str) -> Audit:
        """A published audit, with the evidence of its devices."""
        text = self.published(audit)
        try:
            result = audit_from_json(json.loads(text))
        except ValueError as error:
            raise StoreError(Message("store.damaged", {"id": audit, "why": str(error)})) from None
        return replace(
            result, devices=tuple(replace(d, evidence=self._evidence(audit, d.name)) for d in result.devices)
        )


def find(home: Path, audit: str, site: str = "") -> tuple[Path, str]:
    """The history file and id of an audit: an id, or `latest` (of a site, or of the only site)."""
    found: list[tuple[dt.datetime, Path, str, str]] = []
    for path in clients(home):
        with Store(path) as store:
            found += [(s.at, path, s.id, s.site) for s in store.history(site) if s.status != "running"]
    if audit != "latest":
        found = [row for row in found if row[2] == audit]
    elif not site and len({(row[1], row[3]) for row in found}) > 1:
        raise StoreError(Message("store.which_site", {"sites": tuple(sorted({row[3] for row in found}))}))
    if not found and site:
        raise StoreError(Message("store.no_site", {"site": site, "id": audit}))
    if not found:
        raise StoreError(Message("store.no_audit", {"id": audit}))
    _, path, id, _ = max(found, key=lambda row: (row[0], row[2]))
    return path, id


def home_folder() -> Path:
    """Where state lives: AUDITOR_HOME, else the platform's user data folder."""
    if chosen := os.environ.get("AUDITOR_HOME"):
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("auditor", appauthor=False)


def _saved(client: str, row: tuple[Any, ...]) -> Saved:
    id, site, at, status, *figures, grade = row
    seats, required, score = (ABSENT if figure is None else figure for figure in figures)
    return Saved(id, client, site, dt.datetime.fromisoformat(at), status, seats, required, score, grade)


def _supposition(row: tuple[str, str, str, str]) -> tuple[Supposition, ...]:
    name, changes, audit, at = row
    try:
        found = from_plain(Mapping[str, Value], json.loads(changes))  # type: ignore[type-abstract]
        return (Supposition(name, found, audit, dt.datetime.fromisoformat(at)),)
    except ValueError:
        return ()


def _text(body: bytes) -> str:
    return zlib.decompress(body).decode()


SENTENCES: Mapping[str, str] = {
    "store.unusable": N_("The history {path} cannot be used ({why})."),
    "store.newer": N_("The history {path} was written by a newer version; update the product to open it."),
    "store.no_audit": N_("No saved audit is called “{id}”; `auditor history` lists them."),
    "store.no_site": N_("“{site}” has no saved audit “{id}”; `auditor history` lists them."),
    "store.which_site": N_("Several sites have audits ({sites:list}): name one with --site."),
    "store.busy": N_("Another Auditor is going on with this audit of {site}: let it end, or begin a new one."),
    "store.damaged": N_("The saved audit {id} is damaged ({why}); its devices may still be replayed."),
}
