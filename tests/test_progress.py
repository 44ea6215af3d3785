"""How far an audit is, told without screens: bars on a terminal, lines in a file."""

from __future__ import annotations

import io

from auditor.model import Answered, Asking, Device
from auditor.progress import Bars, Lines, Showing, showing
from auditor.site import Role
from auditor.values import Message
from auditor.wording import texts

SAY = texts("en", narrow=False)
HOSTILE = "fw\x1b[31m [bold]x[/]"


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def told(shown: Showing) -> None:
    """Two devices: one answers, one does not."""
    silent = Device("box", Role.OTHER, "192.0.2.9:161", problems=(Message("unreachable", {"target": "box"}),))
    with shown.over(SAY) as tell:
        tell(Asking(HOSTILE, "SNMP", 0, 0))
        tell(Asking(HOSTILE, "show version", 3, 9))
        tell(Asking("box", "SNMP", 0, 4))
        tell(Answered(Device(HOSTILE, Role.FIREWALL, "192.0.2.1:161")))
        tell(Answered(silent))


def test_a_file_gets_two_lines_for_each_device() -> None:
    """When it is first asked, and when it has told all: nothing is drawn, nothing is repeated."""
    stream = io.StringIO()
    told(Showing(Lines(stream)))
    lines = stream.getvalue().splitlines()
    assert [line.split(":")[0].strip() for line in lines] == ["fw [bold]x[/]", "box", "fw [bold]x[/]", "box"]
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_gets_a_bar_and_keeps_the_outcome() -> None:
    """A bar with the question being asked; the lines of finished devices stay; a device's name obeys nothing."""
    stream = Terminal()
    told(Showing(Bars(stream)))
    shown = stream.getvalue()
    assert "━" in shown
    assert "box: failed: " in shown
    assert "fw [bold]x[/]: " in shown
    assert "fw\x1b[31m" not in shown


def test_bars_are_for_terminals_that_want_them() -> None:
    """--plain, and anything that is no terminal, gets lines."""
    assert isinstance(showing(Terminal(), plain=False).pen, Bars)
    assert isinstance(showing(Terminal(), plain=True).pen, Lines)
    assert isinstance(showing(io.StringIO(), plain=False).pen, Lines)


def test_nothing_is_drawn_over_a_question() -> None:
    """What devices tell while the user types a secret comes after the answer, in its order."""
    stream = io.StringIO()
    shown = Showing(Lines(stream))
    with shown.over(SAY) as tell:
        with shown.quiet():
            tell(Asking("one", "SNMP", 0, 1))
            tell(Asking("two", "SNMP", 0, 1))
            assert not stream.getvalue()
        tell(Asking("three", "SNMP", 0, 1))
    assert [line.split(":")[0].strip() for line in stream.getvalue().splitlines()] == ["one", "two", "three"]
