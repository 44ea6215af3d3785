"""Kinds of telephone sets, from what their user agent or model says: a table of data, not of code."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Final

KINDS: Final = ("desk", "softphone", "dect", "analogue", "gateway", "conference")
UNKNOWN: Final = "unknown"
_LONG_NUMBER: Final = re.compile(r"\+?\d{8,}")


@cache
def table() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """(kind, pattern) in the order they are tried, from `data/sets.json`."""
    text = (files("auditor") / "data" / "sets.json").read_text(encoding="utf-8")
    return tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in json.loads(text)["kinds"])


@cache
def kind(said: str) -> str:
    """desk, softphone, dect, analogue, gateway, conference; unknown where no row of the table knows it."""
    return next((name for name, pattern in table() if pattern.search(said)), UNKNOWN)


def agent(said: str) -> str:
    """A user agent as it may be kept: a serial, a MAC address or a telephone number written into it is cut out."""
    return _LONG_NUMBER.sub("#", said)
