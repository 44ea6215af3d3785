"""The site files that were opened on this machine, so that a list of sites can open each of them again."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

NAME: Final = "sites.json"
MOST: Final = 500


def known(home: Path) -> tuple[Path, ...]:
    """The paths, the last opened first; none where the list is missing or damaged, for it only spares typing."""
    try:
        rows = json.loads((home / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    return tuple(Path(row) for row in rows if isinstance(row, str)) if isinstance(rows, list) else ()


def remember(home: Path, path: Path) -> None:
    """Put a site file first; a home that cannot be written remembers nothing and stops nobody."""
    real = Path(os.path.abspath(path))
    rows = [str(row) for row in (real, *(other for other in known(home) if other != real))][:MOST]
    with suppress(OSError):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=f".{NAME}.", dir=home)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(rows, stream, ensure_ascii=False, indent=1)
        os.replace(name, home / NAME)
