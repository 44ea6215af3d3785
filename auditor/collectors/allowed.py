"""The list of what may be written to a device's command line, enforced on every write, whoever asks for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from auditor.collectors.transport import Secret
from auditor.collectors.vendors.page import Command, Vendor

ENABLE: Final = "enable"
FAREWELLS: Final = ("exit", "quit", "/quit", "logout")
_SIGNS: Final = ";&|`$<>(){}[]\\!*?~#'\""  # what a shell could read a second command, or a file, out of


class NotAllowed(Exception):
    """A line that is on no list; nothing of it was written, and it is not repeated here: it may hold a secret."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be asked of one device: session lines, commands with their patterns, and greetings of unknown shells."""

    session: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    greetings: tuple[str, ...] = ()

    @classmethod
    def of(cls, vendor: Vendor) -> Allowed:
        return cls(vendor.session, vendor.asked, (vendor.hello,) if vendor.hello else ())

    def command(self, line: str) -> Command | None:
        """The row of the catalogue that a line is: word for word, or in its pattern."""
        exact = next((row for row in self.commands if row.line == line and not row.pattern), None)
        return exact or next((row for row in self.commands if row.pattern and _fits(row, line)), None)

    def asks(self, line: str) -> bool:
        """Whether a line may be asked as a command."""
        return line in self.greetings or self.command(line) is not None

    def permits(self, line: str) -> bool:
        """Whether a line may be written at all."""
        return line in self.session or line in FAREWELLS or self.asks(line)


def _fits(row: Command, line: str) -> bool:
    """Whether the pattern covers the line, and its variable part brings no sign that the row itself does not have."""
    if re.fullmatch(row.pattern, line) is None or not line.isprintable():
        return False
    return all(line.count(sign) <= row.line.count(sign) for sign in _SIGNS)


class Guard:
    """Stands between a driver and its channel: each write is blank, or one whole line of the list.

    `enable` and its secret pass where the site file names an enable credential; the secret only as the one answer to
    an `enable` that was just written.
    """

    def __init__(self, allowed: Allowed, enable: Secret | None = None, replies: Sequence[str] = ()) -> None:
        self.allowed = allowed
        self._enable = enable
        self._asked = self._spent = False
        self._replies = list(replies)

    def greets(self, reply: str) -> bool:
        """Whether an answer to a question before the first prompt is still to be given; each is given once."""
        return reply in self._replies

    def greeted(self) -> None:
        """The first prompt is there: no such question is answered any more."""
        self._replies.clear()

    def check(self, data: str) -> None:
        """Raises NotAllowed unless `data` may be written as it stands."""
        asked, self._asked = self._asked, False
        if data in ("", " ", "\n", "\r", "\r\n"):
            return
        line = data.removesuffix("\n").removesuffix("\r")
        if line == data or "\n" in line or "\r" in line:
            raise NotAllowed
        if line in self._replies:
            self._replies.remove(line)
            return
        if self._enable is not None and not self._spent:
            if line == ENABLE:
                self._asked = True
                return
            if asked and line == self._enable.reveal():
                self._spent = True
                return
        if not self.allowed.permits(line):
            raise NotAllowed
