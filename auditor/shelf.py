"""The dated lists in use: those shipped, and newer ones that somebody imported under AUDITOR_HOME."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Final

from auditor.lists import MOST_BYTES, RENEWED, Exploited, ListError, Lists, Support, parse, renewed, shipped, written

FOLDER: Final = "lists"


def current(home: Path) -> Lists:
    """The newest of each list. A kept file that cannot be read raises ListError with its name: it may hide a hole."""
    texts = []
    for name in RENEWED:
        path = home / FOLDER / f"{name}.json"
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            try:
                parse(text)
            except ListError:
                raise ListError("lists.kept", file=str(path)) from None
            texts.append(text)
    return renewed(shipped(), texts)


def keep(home: Path, file: Path, today: dt.date) -> Exploited | Support:
    """Put a list of a file in use, for every audit to come. Raises ListError, also for one that is not newer."""
    if file.stat().st_size > MOST_BYTES:
        raise ListError("lists.too_big")
    found = parse(file.read_bytes().decode("utf-8-sig", errors="replace"), today)
    try:
        used = current(home)
    except ListError:
        used = shipped()  # the kept one is damaged: this one takes its place
    before = used.exploited if isinstance(found, Exploited) else used.support
    if found.as_of < before.as_of:
        raise ListError("lists.older", day=found.as_of, newer=before.as_of)
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{RENEWED[0] if isinstance(found, Exploited) else RENEWED[1]}.json"
    draft = path.with_suffix(".new")
    draft.write_text(written(found), encoding="utf-8")
    os.replace(draft, path)
    return found
