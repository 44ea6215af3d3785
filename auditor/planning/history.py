"""The history an audit stands in, for a screen that was handed the audit alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from auditor import desk
from auditor.model import Audit
from auditor.screens.study import Refused
from auditor.store import Store, StoreError


@contextmanager
def history_of(audit: Audit) -> Iterator[Store]:
    """The history an audit stands in, open; Refused where it stands in none or cannot be read."""
    try:
        path, _ = desk.locate(audit.id)
        with Store(path) as store:
            yield store
    except StoreError as error:
        raise Refused(error.message) from None
