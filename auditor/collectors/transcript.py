"""The transcript: every OID and command line sent to a device, when, how long it took, and the redacted answer."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Sequence
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
        self._people: dict[str, tuple[Sequence[str], Callable[[str], str]]] = {}

    def add(self, method: str, request: str, *, seconds: float, size: int, text: str) -> Evidence:
        """Record one question and its answer; `size` is the bytes received before redaction."""
        patterns, pseudonym = self._people.get(request, ((), str))
        for pattern in patterns:
            text = re.sub(pattern, lambda found: _hidden(found, pseudonym), text, flags=re.MULTILINE)
        digest = hashlib.sha256(text.encode()).hexdigest()
        line = Evidence(self._device, method, request, self._clock(), round(seconds, 3), size, digest, text)
        self._lines.append(line)
        return line

    def hide(self, request: str, people: Sequence[str], pseudonym: Callable[[str], str]) -> None:
        """From now on replace group 2 of these patterns in answers to a request: nobody's name or number is kept."""
        self._people[request] = people, pseudonym

    @property
    def device(self) -> str:
        return self._device

    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(self._lines)


def _hidden(found: re.Match[str], pseudonym: Callable[[str], str]) -> str:
    start, end = (place - found.start() for place in found.span(2))
    return f"{found[0][:start]}{pseudonym(found[2])}{found[0][end:]}"
