"""Questions to whoever sits at the terminal; where it is none, nobody is asked and nothing waits."""

from __future__ import annotations

import getpass
import select
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, TypeAlias

from auditor.texts import Texts
from auditor.values import Message

Quiet: TypeAlias = Callable[[], AbstractContextManager[object]]
"""What keeps the screen still while a question is put."""

_LOOK_S: Final = 0.2
_YES: Final = ("y", "yes", "o", "oui")


class Keyboard:
    """Open while something may ask: once it is left, an open question is answered no, so that Ctrl-C never hangs."""

    def __init__(self, say: Texts, quiet: Quiet = nullcontext) -> None:
        self._say, self._quiet = say, quiet
        self._left = threading.Event()

    def __enter__(self) -> Keyboard:
        return self

    def __exit__(self, *error: object) -> None:
        self._left.set()

    @property
    def ask(self) -> Callable[[Message], str] | None:
        """A prompt for one secret, which is not shown; None without a terminal."""
        return self._secret if sys.stdin.isatty() else None

    def _secret(self, question: Message) -> str:
        with self._quiet():
            return getpass.getpass(f"{self._say.say(question)}: ", sys.stderr)

    def decider(self, accept_new: bool) -> Callable[[str, str], bool]:
        """Whether a host key seen for the first time is trusted: as told, or asked here, or not."""
        if accept_new or not sys.stdin.isatty():
            return lambda device, fingerprint: accept_new
        return self._trusted

    def _trusted(self, device: str, fingerprint: str) -> bool:
        question = self._say(
            "{device} shows an SSH host key for the first time: {key}. Trust it?", device=device, key=fingerprint
        )
        with self._quiet():
            sys.stderr.write(f"{question} [y/N] ")
            sys.stderr.flush()
            return self._line().strip().lower() in _YES

    def _line(self) -> str:
        """A line typed in a thread that nobody can interrupt: it looks up again and again."""
        while not self._left.is_set():
            if select.select([sys.stdin], [], [], _LOOK_S)[0]:
                return sys.stdin.readline()
        return ""
