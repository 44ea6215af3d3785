"""The store: one history file per client, devices saved as they finish, results that never change once published."""

from __future__ import annotations

from auditor.store.history import Store
from auditor.store.places import checked, client_folder, clients, find, history_of, home_folder, repaired
from auditor.store.records import SENTENCES, Saved, StoreError
from auditor.store.schema import MIGRATIONS
from auditor.store.team import Where

__all__ = [
    "MIGRATIONS",
    "SENTENCES",
    "Saved",
    "Store",
    "StoreError",
    "Where",
    "checked",
    "client_folder",
    "clients",
    "find",
    "history_of",
    "home_folder",
    "repaired",
]
