"""Short pauses: what has stood through one whole pass of Python's garbage collector is left out of the next ones.

A pass over all objects of the program takes some 60 ms on a laptop, and falls between a key and its answer many times
in a minute while devices are read. https://docs.python.org/3/library/gc.html#gc.freeze
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

WHOLE: Final = 64
"""One pass in so many looks at everything again: what was left out and is garbage since goes then."""
_OLDEST: Final = 2
_passes = count(1)


def begin() -> None:
    """Leave out all that is there now, and from now on all that stands through a pass; once in a process."""
    if _stood not in gc.callbacks:
        gc.callbacks.append(_stood)
    gc.freeze()


def end() -> None:
    """The collector as Python starts it."""
    if _stood in gc.callbacks:
        gc.callbacks.remove(_stood)
    gc.unfreeze()


def _stood(phase: str, found: Mapping[str, Any]) -> None:
    if phase == "stop" and found["generation"] == _OLDEST:
        if next(_passes) % WHOLE:
            gc.freeze()
        else:
            gc.unfreeze()
