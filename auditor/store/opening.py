"""Opening a history file: its version, its soundness, and what can still be read where it is damaged."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from auditor.store.records import StoreError
from auditor.store.schema import MIGRATIONS
from auditor.values import Message

WAIT_S: Final = 10.0
"""How long one writer waits for another."""
_AGAIN_S: Final = 0.05

Row = tuple[Any, ...]


def opened(path: Path, wait_s: float = WAIT_S) -> sqlite3.Connection:
    """A sound history file, brought to this version; raises StoreError, and Damaged where only a part can be read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        path.touch(mode=0o600)
    db = sqlite3.connect(path, isolation_level=None, timeout=wait_s)
    try:
        _not_newer(db, path)
        _sound(db)
        _settle(db)
        migrate(db)
    except BaseException:
        db.close()
        raise
    return db


class Damaged(Exception):
    """A history file in which something cannot be read, and what SQLite says of it."""


def _not_newer(db: sqlite3.Connection, path: Path) -> None:
    if _version(db) > len(MIGRATIONS):
        raise StoreError(Message("store.newer", {"path": str(path)}))


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _sound(db: sqlite3.Connection) -> None:
    """Every page is where it belongs (`PRAGMA quick_check`; what a row says is checked when it is read)."""
    try:
        (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        raise  # locked, no room, no right: nothing about the file
    except sqlite3.DatabaseError as error:
        raise Damaged(str(error)) from None
    if said != "ok":
        raise Damaged(" ".join(said.split())[:120])


def _settle(db: sqlite3.Connection) -> None:
    """What holds for every connection; only one of two that open a new file at once can switch it to WAL."""
    ends = time.monotonic() + WAIT_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(_AGAIN_S)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA secure_delete = ON")
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute("PRAGMA wal_autocheckpoint = 4000")  # 16 MB: a large audit's log is taken over once, when it is closed


def migrate(db: sqlite3.Connection) -> None:
    """Each missing step in a transaction of its own; of two programs that open an old file at once, one does it."""
    while _version(db) < len(MIGRATIONS):
        db.execute("BEGIN IMMEDIATE")
        try:
            number = _version(db)
            if number < len(MIGRATIONS):
                for statement in MIGRATIONS[number].split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {number + 1}")
            db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise


# ---- what can still be read ----


def salvaged(path: Path) -> tuple[sqlite3.Connection, tuple[Message, ...]]:
    """All that can be read of a damaged file, in memory, and what cannot, named."""
    target = sqlite3.connect(":memory:", isolation_level=None)
    return target, copied(path, target)


def copied(path: Path, target: sqlite3.Connection) -> tuple[Message, ...]:
    """Copy all that can be read of a history file into an empty one; say what cannot. Raises sqlite3.Error."""
    source = sqlite3.connect(path, isolation_level=None, timeout=WAIT_S)
    try:
        source.execute("PRAGMA query_only = ON")
        version = _version(source)
        for script in MIGRATIONS[:version]:
            target.executescript(script)
        target.execute(f"PRAGMA user_version = {version}")
        target.execute("BEGIN")
        lost = [message for table in _tables(target) for message in _copy(source, target, table)]
        lost += _missing(target)
        target.execute("COMMIT")
    finally:
        source.close()
    migrate(target)
    return _once(lost)


def _once(messages: Iterable[Message]) -> tuple[Message, ...]:
    return tuple({(message.id, *message.values.items()): message for message in messages}.values())


def _tables(db: sqlite3.Connection) -> list[str]:
    return [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> Iterator[Message]:
    """The rows of a table, one by one by their keys; a page that is gone takes only its own rows with it."""
    columns = target.execute(f"PRAGMA table_info({table})").fetchall()
    names = [row[1] for row in columns]
    keys = [row[1] for row in sorted(columns, key=lambda row: row[5]) if row[5]]
    found, whole = _keys(source, table, keys)
    if not whole:
        yield Message("store.lost_rows", {"table": table})
    read = f"SELECT {', '.join(names)} FROM {table} WHERE {' AND '.join(f'{key} = ?' for key in keys)}"  # noqa: S608
    write = f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - names of our own schema
    for key in found:
        try:
            row = source.execute(read, key).fetchone()
            if row is not None:
                _VALID.get(table, _anything)(row)
                target.execute(write, row)
        except (sqlite3.Error, *_UNREADABLE):
            yield _named(table, key)


def _keys(source: sqlite3.Connection, table: str, keys: Iterable[str]) -> tuple[list[Row], bool]:
    """The keys of a table that can be reached from either end, and whether these are all."""
    found: dict[Row, None] = {}
    for way in ("ASC", "DESC"):
        order = ", ".join(f"{key} {way}" for key in keys)
        try:
            for row in source.execute(f"SELECT {', '.join(keys)} FROM {table} ORDER BY {order}"):  # noqa: S608
                found[tuple(row)] = None
        except sqlite3.Error:
            continue
        return list(found), True
    return list(found), False


_UNREADABLE: Final = (ValueError, zlib.error, TypeError, RecursionError)


def _anything(row: Row) -> None:
    return None


def _audit(row: Row) -> None:
    dt.datetime.fromisoformat(row[2])
    zlib.decompress(row[4])


def _device(row: Row) -> None:
    json.loads(zlib.decompress(row[3]))


def _evidence(row: Row) -> None:
    if hashlib.sha256(zlib.decompress(row[1])).hexdigest() != row[0]:
        raise ValueError(row[0])


_VALID: Final[Mapping[str, Callable[[Row], None]]] = {"audit": _audit, "device": _device, "evidence": _evidence}


def _named(table: str, key: Row) -> Message:
    """What a row was about, in the words of who uses the product."""
    if table == "audit":
        return Message("store.lost_audit", {"id": str(key[0])})
    if table == "device":
        return Message("store.lost_device", {"id": str(key[0]), "device": str(key[1])})
    return Message("store.lost_rows", {"table": table})


def _missing(db: sqlite3.Connection) -> Iterator[Message]:
    """Answers whose text is gone, by the device that gave them; results that are gone, by their audit."""
    for audit, device, count in db.execute(
        "SELECT audit, device, count(*) FROM asked WHERE sha256 NOT IN (SELECT sha256 FROM evidence)"
        " GROUP BY audit, device"
    ):
        yield Message("store.lost_answers", {"id": audit, "device": device, "count": count})
    for id, result in db.execute("SELECT id, result FROM audit WHERE result IS NOT NULL"):
        try:
            json.loads(zlib.decompress(result))
        except _UNREADABLE:
            yield Message("store.lost_audit", {"id": id})
