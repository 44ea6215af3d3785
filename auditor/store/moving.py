"""Moving the history of a client from one store to another, files or a team's database."""

from __future__ import annotations

from auditor.store.history import Store
from auditor.store.team import TABLES, Where


def copied(source: Where, target: Where) -> int:
    """Copy all of one client's history; the audits that were not there yet. What the target holds already stays.

    The key of pseudonyms goes along where the target is new, so that the same extension keeps its pseudonym.
    """
    with Store(source) as old, Store(target, old.client) as new:
        before = len(new.history())
        if not before:
            new.take_key(old.pseudonym_key)
        new.take({table: old.rows(table) for table in TABLES if table != "meta"})
        return len(new.history()) - before
