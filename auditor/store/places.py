"""Where histories lie: a folder for each client below one home, and which of them holds an audit."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import sqlite3
from pathlib import Path

from auditor.store import opening
from auditor.store.history import Store
from auditor.store.records import StoreError
from auditor.store.team import Where, place, places
from auditor.values import Message


def client_folder(home: Path, client: str) -> Path:
    """The folder of one client: its name made plain, and a digest so that two names never share one."""
    plain = re.sub(r"[^a-z0-9]+", "-", client.lower()).strip("-")[:40] or "client"
    return home / "clients" / f"{plain}-{hashlib.sha256(client.encode()).hexdigest()[:8]}"


def clients(home: Path) -> tuple[Where, ...]:
    """The histories below a home, in the order of their names: files, then those of the team's store."""
    kept: list[Where] = [*sorted((home / "clients").glob("*/history.sqlite"))]
    url = team_url(home)
    return (*kept, *(places(url) if url else ()))


def team_url(home: Path) -> str:
    """The team's database, "" where none is used: AUDITOR_STORE, for clients alone and never for the demo."""
    return os.environ.get("AUDITOR_STORE", "") if home == home_folder() else ""


def history_of(home: Path, client: str) -> Where:
    """Where the history of a client is kept from now on."""
    url = team_url(home)
    return place(url, client) if url else client_folder(home, client) / "history.sqlite"


def find(home: Path, audit: str, site: str = "") -> tuple[Where, str]:
    """The history file and id of an audit: an id, or `latest` (of a site, or of the only site).

    A file that cannot be used at all hides no other: what is wrong with it is raised where nothing else was found.
    """
    found: list[tuple[dt.datetime, Where, str, str]] = []
    names: dict[Where, str] = {}
    broken: list[StoreError] = []
    for path in clients(home):
        try:
            with Store(path) as store:
                names[path] = store.client
                found += [(s.at, path, s.id, s.site) for s in store.history(site) if s.status != "running"]
        except StoreError as error:
            broken.append(error)
    if audit != "latest":
        found = [row for row in found if row[2] == audit]
    elif not site and len({(row[1], row[3]) for row in found}) > 1:
        raise StoreError(Message("store.which_site", {"sites": tuple(sorted({row[3] for row in found}))}))
    elif len(whose := sorted({names[row[1]] for row in found})) > 1:
        raise StoreError(Message("store.which_client", {"site": site, "clients": tuple(whose)}))
    if broken and not found:
        raise broken[0]
    if not found and site:
        raise StoreError(Message("store.no_site", {"site": site, "id": audit}))
    if not found:
        raise StoreError(Message("store.no_audit", {"id": audit}))
    _, where, id, _ = max(found, key=lambda row: (row[0], row[2]))
    return where, id


def home_folder() -> Path:
    """Where state lives: AUDITOR_HOME, else the platform's user data folder."""
    if chosen := os.environ.get("AUDITOR_HOME"):
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("auditor", appauthor=False)


def repaired(path: Path, moment: str) -> tuple[Path, tuple[Message, ...]]:
    """Make a sound file of what can be read of a damaged one; where the damaged one is kept, and what is lost.

    The damaged file is renamed and stays until something of its client is deleted for good.
    """
    fresh, kept = path.with_name(f"{path.name}.new"), path.with_name(f"{path.name}.damaged-{moment}")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    target = sqlite3.connect(fresh, isolation_level=None)
    try:
        lost = opening.copied(path, target)
    except sqlite3.Error as error:
        fresh.unlink(missing_ok=True)
        raise StoreError(Message("store.unusable", {"path": str(path), "why": str(error)})) from None
    finally:
        target.close()
    path.rename(kept)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    fresh.rename(path)
    return kept, lost


def checked(path: Path) -> tuple[Message, ...]:
    """All that is wrong with a history file: every row is read, every answer compared with its digest."""
    try:
        db, lost = opening.salvaged(path)
    except sqlite3.Error as error:
        return (Message("store.unusable", {"path": str(path), "why": str(error)}),)
    db.close()
    return lost
