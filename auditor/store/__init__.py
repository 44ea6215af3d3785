"""The store: one history file per client, devices saved as they finish, results that never change once published."""

from __future__ import annotations

from auditor.store.history import Store
from auditor.store.places import checked, client_folder, clients, find, home_folder, repaired
from auditor.store.records import SENTENCES, Saved, StoreError
from auditor.store.schema import MIGRATIONS

__all__ = [
    "MIGRATIONS",
    "SENTENCES",
    "Saved",
    "Store",
    "StoreError",
    "checked",
    "client_folder",
    "clients",
    "find",
    "home_folder",
    "repaired",
]
