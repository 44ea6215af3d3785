"""How each command line of the demo talks: prompts, refusals, questions; what it knows are texts by command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Dialect(Protocol):
    """One session's side of the device; the terminal around it echoes, edits and pages."""

    more: str
    accepted: str
    farewell: str

    @property
    def greeting(self) -> str: ...

    @property
    def prompt(self) -> str: ...

    @property
    def hidden(self) -> bool:
        """Whether what is typed now must not be echoed."""
        ...

    @property
    def page(self) -> int:
        """Lines to a page; 0 shows everything at once."""
        ...

    def answer(self, line: str) -> str | None:
        """What the device says to a line; None ends the session."""
        ...

    def execute(self, line: str) -> tuple[str, int] | None:
        """Output and exit status of a command given without a terminal; None where the device has no such thing."""
        ...


@dataclass
class Asa:
    """A Cisco ASA, for a user whose privilege level is 15 from the start."""

    name: str
    user: str
    password: str
    captures: Mapping[str, str]
    more: str = "<--- More --->"
    accepted: str = ""
    farewell: str = "\nLogoff\n"
    page: int = 24
    _question: str = ""
    _typed: str = ""

    @property
    def greeting(self) -> str:
        return f"User {self.user} logged in to {self.name}\nType help or '?' for a list of available commands.\n"

    @property
    def prompt(self) -> str:
        return self._question or f"{self.name}# "

    @property
    def hidden(self) -> bool:
        return self._question == "Password: "

    def execute(self, line: str) -> tuple[str, int] | None:
        return None

    def answer(self, line: str) -> str | None:
        if self._question:
            return self._login(line)
        words = line.split()
        if not words or words[0].startswith("!"):
            return ""
        if words[0] in ("exit", "quit", "logout"):
            return None
        if words[0] == "login":
            self._question = "Username: "
            return ""
        if words[0] in ("configure", "conf", "write", "copy", "reload", "clear", "no"):
            return "Command authorization failed"
        if words[:2] == ["terminal", "pager"]:
            return self._set_pager(words[2:])
        if words[0] in ("enable", "disable", "terminal"):
            return ""
        return self._show(line)

    def _login(self, line: str) -> str:
        if self._question == "Username: ":
            self._question, self._typed = "Password: ", line
            return ""
        right = (self._typed, line) == (self.user, self.password)
        self._question = "" if right else "Username: "
        return "" if right else "Login incorrect"

    def _set_pager(self, words: list[str]) -> str:
        said = words[-1] if words else "24"
        if not said.isdigit():
            return "ERROR: % Invalid input detected at '^' marker."
        self.page = int(said)
        return ""

    def _show(self, line: str) -> str:
        command, _, condition = (part.strip() for part in line.partition("|"))
        text = self._capture(command)
        if text is None:
            return self._refusal(line)
        kind, _, pattern = condition.partition(" ")
        if kind and "include".startswith(kind):
            return "\n".join(row for row in text.splitlines() if re.search(re.escape(pattern), row))
        return text

    def _capture(self, command: str) -> str | None:
        """The text of a command, its words abbreviated as one likes, or a section of the running configuration."""
        typed = command.split()
        for known, text in self.captures.items():
            words = known.split()
            if len(words) == len(typed) and all(w.startswith(t) for w, t in zip(words, typed, strict=True)):
                return text
        if (
            len(typed) > 2
            and "show".startswith(typed[0])
            and len(typed[1]) > 2
            and "running-config".startswith(typed[1])
        ):
            return _section(self.captures["show running-config"], " ".join(typed[2:]))
        return None

    def _refusal(self, line: str) -> str:
        """The mark stands below the first word that no command has at that place."""
        known = [command.split() for command in self.captures]
        right = 0
        for count, word in enumerate(line.split()):
            known = [words for words in known if len(words) > count and words[count].startswith(word)]
            if not known:
                break
            right += 1
        words = [match.start() for match in re.finditer(r"\S+", line)]
        place = words[min(right, len(words) - 1)] if words else 0
        return f"{' ' * (len(self.prompt) + place)}^\nERROR: % Invalid input detected at '^' marker."


def _section(configuration: str, start: str) -> str:
    """The blocks of a configuration whose first line begins so."""
    found, inside = [], False
    for row in configuration.splitlines():
        if not row.startswith(" "):
            inside = row.startswith(start)
        if inside:
            found.append(row)
    return "\n".join(found)


@dataclass
class Bash:
    """The login shell of an ordinary Debian user; `files` are what `cat` may read, `programs` whole command lines."""

    name: str
    user: str
    captures: Mapping[str, str]
    more: str = ""
    accepted: str = "\x1b[?2004l\r"  # readline 8.1 ends its bracketed paste so
    farewell: str = "logout\n"
    hidden: bool = False
    page: int = 0

    @property
    def greeting(self) -> str:
        return (
            f"Linux {self.name} 5.10.0-33-amd64 #1 SMP Debian 5.10.226-1 (2024-10-03) x86_64\n\n"
            "Debian GNU/Linux comes with ABSOLUTELY NO WARRANTY, to the extent\npermitted by applicable law.\n"
        )

    @property
    def prompt(self) -> str:
        return f"\x1b[?2004h{self.user}@{self.name}:~$ "

    def answer(self, line: str) -> str | None:
        if line.split()[:1] in (["exit"], ["logout"]):
            return None
        return self.execute(line)[0]

    def execute(self, line: str) -> tuple[str, int]:
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            return "-bash: syntax error: unexpected end of file", 2
        if not words:
            return "", 0
        known = self.captures.get(shlex.join(words))
        return (known, 0) if known is not None else _unknown(words)


def _unknown(words: list[str]) -> tuple[str, int]:
    if words[0] == "/usr/sbin/asterisk" and words[1:2] == ["-rx"]:
        said = " ".join(words[2:])
        return f"No such command '{said}' (type 'core show help {said}' for other possible commands)", 0
    if words[0] == "cat" and len(words) > 1:
        return f"cat: {words[-1]}: No such file or directory", 1
    if words[0] == "sudo":
        return "sudo: a password is required", 1
    if words[0].startswith("/"):
        return f"-bash: {words[0]}: No such file or directory", 127
    return f"-bash: {words[0]}: command not found", 127
