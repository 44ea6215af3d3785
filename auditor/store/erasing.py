"""Deletion that really deletes: rows, the answers nobody refers to any more, and the octets they had on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Final

from auditor.store.records import StoreError
from auditor.values import Message

_OF_A_SITE: Final = ("edit", "supposition", "usage", "connected", "watch")


def audits(db: sqlite3.Connection, ids: Collection[str]) -> None:
    """Delete audits within a transaction, with what their devices told, and answers that no other audit got."""
    db.executemany("DELETE FROM audit WHERE id = ?", [(id,) for id in ids])
    db.executemany("DELETE FROM supposition WHERE audit = ?", [(id,) for id in ids])
    db.execute("DELETE FROM evidence WHERE sha256 NOT IN (SELECT sha256 FROM asked)")


def site(db: sqlite3.Connection, name: str) -> None:
    """Delete within a transaction what is kept of a site beside its audits: judgements, what-ifs, samples."""
    for table in _OF_A_SITE:
        db.execute(f"DELETE FROM {table} WHERE site = ?", (name,))  # noqa: S608 - names of our own schema


def overwrite(db: sqlite3.Connection, path: Path) -> None:
    """Take the deleted octets off the disk: the file is written anew and its log emptied.

    What was freed had been overwritten with zeros already (`secure_delete`). Raises StoreError while another program
    reads the file: its copy of the old pages has to stay until then.
    """
    for kept in path.parent.glob(f"{path.name}.damaged-*"):
        kept.unlink()
    try:
        db.execute("VACUUM")
        (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        raise StoreError(Message("store.not_erased", {"path": str(path), "why": str(error)})) from None
    if busy:
        raise StoreError(Message("store.not_erased", {"path": str(path), "why": "busy"}))
