"""Kinds of telephone sets, from what their user agent or model says: a table of data, and a client's own words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

KINDS: Final = ("desk", "softphone", "dect", "analogue", "gateway", "conference")
UNKNOWN: Final = "unknown"
NO_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
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


def told(said: str, words: Mapping[str, Sequence[str]]) -> str:
    """The kind by the words of a site file, which come first; "" where none of them stands in it.

    A word is found anywhere, capitals apart, and `*` stands for anything: "acme talk", "acme*mobile".
    """
    text = said.casefold()
    return next((kind for kind, some in words.items() for word in some if _within(word, text)), "")


def _within(word: str, text: str) -> bool:
    """Whether the parts of a word stand in a text one after the other; no pattern that could run for ever."""
    at = 0
    parts = [part for part in word.casefold().split("*") if part.strip()]
    for part in parts:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return bool(parts)
