"""A team's store: the same tables in PostgreSQL, a schema for each client, behind what SQLite's connection offers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from auditor.store.records import StoreError
from auditor.store.schema import MIGRATIONS
from auditor.values import Message

if TYPE_CHECKING:
    import psycopg

TABLES: Final = (
    "meta", "audit", "evidence", "device", "asked", "edit", "supposition", "usage", "connected", "watch",
)  # fmt: skip
"""Each after those that it refers to."""
_SCHEMA: Final = re.compile(r"auditor_[a-z0-9_]{1,40}_[0-9a-f]{8}")
_DIALECT: Final = (
    (") STRICT, WITHOUT ROWID", ")"), (" BLOB", " BYTEA"), (" REAL", " DOUBLE PRECISION"), (" INTEGER", " BIGINT"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class TeamPlace:
    """One client's history in a team's database: its address, which may hold a password, and the client's schema."""

    url: str
    schema: str

    def __str__(self) -> str:
        return f"postgresql:{self.schema}"

    __repr__ = __str__

    def __lt__(self, other: TeamPlace) -> bool:
        return self.schema < other.schema


Where: TypeAlias = Path | TeamPlace
"""Where the history of one client is kept."""


def place(url: str, client: str) -> TeamPlace:
    """The schema of one client: its name made plain, and a digest so that two names never share one."""
    plain = re.sub(r"[^a-z0-9]+", "_", client.lower()).strip("_")[:40] or "client"
    return TeamPlace(url, f"auditor_{plain}_{hashlib.sha256(client.encode()).hexdigest()[:8]}")


def places(url: str) -> list[TeamPlace]:
    """Every client's history in a team's database. Raises StoreError."""
    with _connected(url) as db:
        rows = db.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'auditor\\_%'").fetchall()
    return sorted(TeamPlace(url, name) for (name,) in rows if _SCHEMA.fullmatch(name))


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection in which each statement stands for itself; what PostgreSQL says is a StoreError."""
    try:
        import psycopg
    except ImportError:
        raise StoreError(Message("store.no_psycopg")) from None
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as db:
            yield db
    except psycopg.Error as error:
        raise _fault(error) from None


def _fault(error: Exception) -> StoreError:
    """One line of PostgreSQL's words; a URL, and the password in it, is never among them."""
    said = re.sub(r"postgres(?:ql)?://\S+", "postgresql://…", str(error).strip().partition("\n")[0])
    return StoreError(Message("store.team", {"why": said[:160] or type(error).__name__}))


class Postgres:
    """What the store asks of a connection, in PostgreSQL: `?` for values, `BEGIN IMMEDIATE` for one writer's turn."""

    def __init__(self, where: TeamPlace) -> None:
        if not _SCHEMA.fullmatch(where.schema):
            raise ValueError(where.schema)
        self._where, self._lock = where, int(hashlib.sha256(where.schema.encode()).hexdigest()[:15], 16)
        self._held = _connected(where.url)
        self._db = self._held.__enter__()
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        """The client's schema in this version; of several that open it first, one makes it."""
        self.execute("BEGIN IMMEDIATE")
        self.execute(f'CREATE SCHEMA IF NOT EXISTS "{self._where.schema}"')
        self.execute(f'SET search_path TO "{self._where.schema}"')
        self.execute("CREATE TABLE IF NOT EXISTS version (number BIGINT NOT NULL)")
        row = self.execute("SELECT max(number) FROM version").fetchone()
        number = row[0] if row and row[0] is not None else 0
        if number > len(MIGRATIONS):
            raise StoreError(Message("store.newer", {"path": str(self._where)}))
        for script in MIGRATIONS[number:]:
            for statement in translated(script):
                self.execute(statement)
        if number < len(MIGRATIONS):
            self.execute("INSERT INTO version VALUES (?)", (len(MIGRATIONS),))
        self.execute("COMMIT")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        import psycopg

        try:
            if sql == "BEGIN IMMEDIATE":
                self._db.execute("BEGIN")
                return self._db.execute(f"SELECT pg_advisory_xact_lock({self._lock})")
            return self._db.execute(sql.replace("?", "%s"), values)
        except psycopg.Error as error:
            raise _fault(error) from None

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        import psycopg

        try:
            with self._db.cursor() as cursor:
                cursor.executemany(sql.replace("?", "%s"), rows)
        except psycopg.Error as error:
            raise _fault(error) from None

    @property
    def in_transaction(self) -> bool:
        from psycopg.pq import TransactionStatus

        return self._db.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)

    def overwrite(self) -> None:
        """Give back the pages of deleted rows: the tables are written anew without them."""
        for table in TABLES:
            self.execute(f"VACUUM (FULL) {table}")

    def close(self) -> None:
        with suppress(StoreError):
            self._held.__exit__(None, None, None)


def translated(script: str) -> list[str]:
    """The statements of a migration in PostgreSQL's words."""
    for ours, theirs in _DIALECT:
        script = script.replace(ours, theirs)
    return [statement for statement in map(str.strip, script.split(";")) if statement]
