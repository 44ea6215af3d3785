"""What a mistyped word may mean."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def nearest(word: str, words: Collection[str], most: int = 3) -> tuple[str, ...]:
    """The words that are spelt nearly like one, the nearest first; empty when none is."""
    lowered = {known.lower(): known for known in words}
    close = difflib.get_close_matches(word.lower()[:200], list(lowered), most, 0.5)
    return tuple(lowered[near] for near in close)
