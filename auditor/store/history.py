"""The history of one client in one SQLite file: devices saved as they finish, results that never change."""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from auditor.codec import audit_from_json, from_plain, to_plain
from auditor.model import Audit, Device, Edit, Evidence, Supposition
from auditor.sampling.samples import Samples
from auditor.site import Site
from auditor.store import erasing, opening
from auditor.store.records import Saved, StoreError
from auditor.store.team import TABLES, Postgres, TeamPlace, Where
from auditor.values import ABSENT, Message, Value


class Store:
    """The history of one client; use as a context manager, from one thread.

    Of a file that is damaged, what can be read is read; `damage` says what is wrong with it, `lost` what cannot be
    read, and writing raises StoreError.
    """

    def __init__(self, path: Where, client: str = "", wait_s: float = opening.WAIT_S) -> None:
        self.where, self._wait_s = path, wait_s
        self.damage: Message | None = None
        self.lost: tuple[Message, ...] = ()
        try:
            self._db = self._opened()
            self._introduce(client)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(Message("store.unusable", {"path": str(self.where), "why": str(error)})) from None

    def _opened(self) -> Any:
        """The connection: SQLite's, or one of PostgreSQL that answers in the same words."""
        if isinstance(self.where, TeamPlace):
            return Postgres(self.where)
        try:
            return opening.opened(self.where, self._wait_s)
        except opening.Damaged as damage:
            self.damage = Message("store.damaged_file", {"path": str(self.where), "why": str(damage)})
            db, self.lost = opening.salvaged(self.where)
            return db

    def _introduce(self, client: str) -> None:
        """Whose history it is, and the key of its pseudonyms; written once."""
        wanted = {"pseudonym": secrets.token_bytes(32), **({"client": client.encode()} if client else {})}
        missing = [(name, value) for name, value in wanted.items() if not self._meta(name)]
        if missing and self.damage is None:
            with self._write():
                self._db.executemany("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", missing)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        if isinstance(error, sqlite3.Error):
            raise StoreError(Message("store.unreadable", {"path": str(self.where), "why": str(error)})) from None

    @contextmanager
    def _write(self) -> Iterator[None]:
        """One transaction: all of it or nothing; what SQLite cannot do (a full disk, a lock) is a StoreError."""
        if self.damage is not None:
            raise StoreError(self.damage)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise StoreError(Message("store.not_saved", {"path": str(self.where), "why": str(error)})) from None

    @property
    def path(self) -> Path:
        """The file; a team's store has none."""
        assert isinstance(self.where, Path)
        return self.where

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
        plain = json.dumps(to_plain(replace(device, evidence=()), exact=True), ensure_ascii=False)
        body = zlib.compress(plain.encode())
        answers = self._answers(device)  # compressed before anybody else has to wait for the file
        asked = [
            (audit, device.name, n, e.method, e.request, e.at.isoformat(), e.seconds, e.size, e.sha256)
            for n, e in enumerate(device.evidence)
        ]
        with self._write():
            self._db.execute("DELETE FROM device WHERE audit = ? AND name = ?", (audit, device.name))
            self._db.execute(
                "INSERT INTO device (audit, name, status, body) VALUES (?, ?, ?, ?)",
                (audit, device.name, device.status, body),
            )
            self._db.executemany("INSERT INTO evidence VALUES (?, ?) ON CONFLICT DO NOTHING", answers)
            self._db.executemany("INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", asked)

    def _answers(self, device: Device) -> list[tuple[str, bytes]]:
        """The answers of a device, each once, compressed."""
        texts = {line.sha256: line.text for line in device.evidence}
        return [(digest, zlib.compress(text.encode())) for digest, text in texts.items()]

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
                "INSERT INTO edit VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (site, item, field)"
                " DO UPDATE SET value = excluded.value, who = excluded.who, at = excluded.at",
                [(site, e.item, e.field, e.value, e.who, e.at.isoformat()) for e in edits],
            )

    def suppose(self, site: str, supposition: Supposition) -> None:
        """Keep a what-if beside the facts of a site; one of the same name is replaced."""
        changes = json.dumps(to_plain(supposition.changes, exact=True), ensure_ascii=False)
        row = (site, supposition.name, changes, supposition.audit, supposition.at.isoformat())
        with self._write():
            self._db.execute(
                "INSERT INTO supposition VALUES (?, ?, ?, ?, ?) ON CONFLICT (site, name)"
                " DO UPDATE SET changes = excluded.changes, audit = excluded.audit, at = excluded.at",
                row,
            )

    def drop_supposition(self, site: str, name: str) -> bool:
        """Forget a what-if; whether there was one of that name."""
        with self._write():
            gone = self._db.execute("DELETE FROM supposition WHERE site = ? AND name = ?", (site, name))
        return bool(gone.rowcount > 0)

    def forget(self, audits: Collection[str], site: str = "") -> None:
        """Delete audits, and all that is kept of a site where it is named; nothing of them stays on the disk."""
        with self._write():
            erasing.audits(self._db, audits)
            if site:
                erasing.site(self._db, site)
        if isinstance(self.where, TeamPlace):
            self._db.overwrite()
        else:
            erasing.overwrite(self._db, self.where)

    # ---- moving ----

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """A table as it is; `table` is one of `team.TABLES`."""
        assert table in TABLES
        return [tuple(row) for row in self._db.execute(f"SELECT * FROM {table}").fetchall()]  # noqa: S608

    def take(self, tables: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
        """Keep the rows of another store in one transaction; what is there already stays."""
        with self._write():
            for table, rows in tables.items():
                assert table in TABLES
                if rows:
                    marks = ", ".join("?" * len(rows[0]))
                    put = f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
                    self._db.executemany(put, rows)

    def take_key(self, key: bytes) -> None:
        """Make pseudonyms with the key of another store from now on."""
        with self._write():
            self._db.execute("UPDATE meta SET value = ? WHERE name = ?", (key, "pseudonym"))

    # ---- reading ----

    def history(self, site: str = "") -> tuple[Saved, ...]:
        """The audits, newest first; of one site where it is named."""
        rows = self._db.execute(
            "SELECT id, site, at, status, seats, required, score, grade, version, catalogue FROM audit"
            " WHERE ? = '' OR site = ? ORDER BY at DESC, id DESC",
            (site, site),
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
        """What the devices of an audit told, evidence included; without those that cannot be read."""
        rows = self._db.execute("SELECT name, body FROM device WHERE audit = ? ORDER BY name", (audit,)).fetchall()
        return tuple(
            replace(device, evidence=self._evidence(audit, name)) for name, body in rows for device in _device(body)
        )

    def _evidence(self, audit: str, device: str) -> tuple[Evidence, ...]:
        """The answers of a device; of one whose text is damaged or gone, all but the text."""
        rows = self._db.execute(
            "SELECT method, request, at, seconds, size, sha256, body FROM asked LEFT JOIN evidence USING (sha256)"
            " WHERE audit = ? AND device = ? ORDER BY position",
            (audit, device),
        )
        return tuple(
            Evidence(device, method, request, dt.datetime.fromisoformat(at), seconds, size, digest, _answer(body))
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


def _saved(client: str, row: tuple[Any, ...]) -> Saved:
    id, site, at, status, *figures, grade, version, catalogue = row
    seats, required, score = (ABSENT if figure is None else figure for figure in figures)
    moment = dt.datetime.fromisoformat(at)
    return Saved(id, client, site, moment, status, seats, required, score, grade, version, catalogue)


def _supposition(row: tuple[str, str, str, str]) -> tuple[Supposition, ...]:
    name, changes, audit, at = row
    try:
        found = from_plain(Mapping[str, Value], json.loads(changes))  # type: ignore[type-abstract]
        return (Supposition(name, found, audit, dt.datetime.fromisoformat(at)),)
    except ValueError:
        return ()


def _text(body: bytes) -> str:
    return zlib.decompress(body).decode()


def _answer(body: bytes | None) -> str:
    """The text of an answer, "" where it cannot be read: its digest shows that it is not what was answered."""
    try:
        return _text(body) if body is not None else ""
    except (ValueError, zlib.error):
        return ""


def _device(body: bytes) -> tuple[Device, ...]:
    try:
        return (from_plain(Device, json.loads(_text(body))),)
    except (ValueError, zlib.error):
        return ()
