"""What was sampled and imported over days, in the history of a client: link use, remote users, and the watch itself."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from auditor.seats.usage import Count, Interval

MIGRATION: Final = """
    CREATE TABLE usage (
        site TEXT NOT NULL, link TEXT NOT NULL, source TEXT NOT NULL, begun TEXT NOT NULL, ended TEXT NOT NULL,
        down_bps INTEGER NOT NULL, up_bps INTEGER NOT NULL, PRIMARY KEY (site, link, source, begun)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE connected (
        site TEXT NOT NULL, at TEXT NOT NULL, sessions INTEGER NOT NULL, PRIMARY KEY (site, at)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE watch (
        site TEXT PRIMARY KEY, begun TEXT NOT NULL, ends TEXT NOT NULL, status TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Watch:
    """A watch of a site: when it began and is to end; one that is not `over` was cut off, and may go on."""

    begun: dt.datetime
    ends: dt.datetime
    over: bool


class Samples:
    """The samples in a history file; `writing` gives one transaction. Times are kept in UTC."""

    def __init__(self, db: sqlite3.Connection, writing: Callable[[], AbstractContextManager[None]]) -> None:
        self._db, self._writing = db, writing

    def add(self, site: str, link: str, intervals: Iterable[Interval]) -> None:
        """Keep what a link carried; the same source and moment once only."""
        rows = [
            (site, link, one.source, _text(one.begun), _text(one.ended), one.down_bps, one.up_bps) for one in intervals
        ]
        with self._writing():
            self._db.executemany(
                "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, link, source, begun)"
                " DO UPDATE SET ended = excluded.ended, down_bps = excluded.down_bps, up_bps = excluded.up_bps",
                rows,
            )

    def count(self, site: str, count: Count) -> None:
        """Keep how many remote users were connected."""
        with self._writing():
            self._db.execute(
                "INSERT INTO connected VALUES (?, ?, ?) ON CONFLICT (site, at)"
                " DO UPDATE SET sessions = excluded.sessions",
                (site, _text(count.at), count.sessions),
            )

    def usage(self, site: str) -> dict[str, list[Interval]]:
        """What each link of a site carried, in the order of time."""
        found: dict[str, list[Interval]] = {}
        for link, source, begun, ended, down, up in self._db.execute(
            "SELECT link, source, begun, ended, down_bps, up_bps FROM usage WHERE site = ? ORDER BY link, begun",
            (site,),
        ):
            found.setdefault(link, []).append(Interval(_time(begun), _time(ended), down, up, source))
        return found

    def counts(self, site: str) -> list[Count]:
        """The remote users of a site, in the order of time."""
        rows = self._db.execute("SELECT at, sessions FROM connected WHERE site = ? ORDER BY at", (site,))
        return [Count(_time(at), sessions) for at, sessions in rows]

    # ---- the watch ----

    def watch(self, site: str) -> Watch | None:
        """The last watch of a site, None where there was none."""
        row = self._db.execute("SELECT begun, ends, status FROM watch WHERE site = ?", (site,)).fetchone()
        return Watch(_time(row[0]), _time(row[1]), row[2] == "over") if row else None

    def begin(self, site: str, begun: dt.datetime, ends: dt.datetime) -> None:
        """Note a watch, so that it goes on after a restart."""
        with self._writing():
            self._db.execute(
                "INSERT INTO watch VALUES (?, ?, ?, 'running') ON CONFLICT (site)"
                " DO UPDATE SET begun = excluded.begun, ends = excluded.ends, status = excluded.status",
                (site, _text(begun), _text(ends)),
            )

    def end(self, site: str) -> None:
        """Note that a watch came to its end, or was ended by who began it."""
        with self._writing():
            self._db.execute("UPDATE watch SET status = 'over' WHERE site = ?", (site,))


def _text(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds")


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
