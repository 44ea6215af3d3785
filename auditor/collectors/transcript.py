"""The transcript: every OID and command line sent to a device, when, how long it took, and the redacted answer."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import TypeAlias

from auditor.model import Evidence

Clock: TypeAlias = Callable[[], dt.datetime]
"""The time of day, timezone-aware; passed in so that tests and replays decide it."""


def now() -> dt.datetime:
    """The time of day in UTC."""
    return dt.datetime.now(dt.UTC)


class Transcript:
    """What was asked of one device. Only redacted text may be given to it."""

    def __init__(self, device: str, clock: Clock = now) -> None:
        self._device = device
        self._clock = clock
        self._lines: list[Evidence] = []

    def add(self, method: str, request: str, *, seconds: float, size: int, text: str) -> Evidence:
        """Record one question and its answer; `size` is the bytes received before redaction."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        line = Evidence(self._device, method, request, self._clock(), round(seconds, 3), size, digest, text)
        self._lines.append(line)
        return line

    @property
    def device(self) -> str:
        return self._device

    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(self._lines)
