"""The parts of the screens that need no terminal: bars, sentences, filters, lines of prose."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from rich.cells import cell_len
from rich.text import Text

from auditor.facts import Exposed, Interface
from auditor.model import Beyond, Cap, Origin, Outcome, Resource
from auditor.screens.findings import Filter, haystack, urgent_first
from auditor.screens.flow import flow
from auditor.screens.ink import safe
from auditor.screens.marks import bar, score_line, value
from auditor.screens.progress import hint
from auditor.screens.services import Stop
from auditor.values import ABSENT, Message
from auditor.wording import texts
from tests.worked_audit import worked_audit


def test_a_stop_calls_late_comers_at_once_and_others_once() -> None:
    """Whoever registers after the stop is told immediately; asking twice calls nobody twice."""
    stop, calls = Stop(), list[str]()
    stop.then(lambda: calls.append("early"))
    stop.ask()
    stop.ask()
    stop.then(lambda: calls.append("late"))
    assert stop.asked
    assert calls == ["early", "late"]


def test_a_problem_has_the_most_precise_hint() -> None:
    """The longest beginning of the id wins; an unknown problem has none."""
    assert "fingerprint" in hint(Message("ssh.key_unknown"))
    assert "account" in hint(Message("ssh.denied"))
    assert hint(Message("device.bug")) == ""


def test_the_score_is_said_as_the_domain_model_says_it() -> None:
    """Score, grade, what capped it, proven, possible, coverage, confidence, perimeter (3.2 (9))."""
    audit = worked_audit()
    score = replace(
        audit.score, value=Fraction(39), proven=Fraction(4539, 100), possible=Fraction(5676, 100), grade="E",
        cap=Cap(39, ("K<0.25",)), coverage=Fraction(8864, 100), confidence=Fraction(729, 10),
        perimeter_checks=(101, 103), perimeter_weight=Fraction(9754, 100),
    )  # fmt: skip
    assert score_line(texts("en", narrow=False), score, 15, 110) == [
        "Readiness 39/100 (E) capped from 45 by capacity: 15 of 110 people",
        "proven 45, possible 57 | coverage 89% | confidence 73% | perimeter 101 of 103 checks, 98% of weight",
    ]


def resource(seats: int | None, beyond: Beyond = Beyond.REFUSES) -> Resource:
    if seats is None:
        return Resource("vpn.pool", ABSENT, beyond, Origin.UNKNOWN)
    return Resource("vpn.pool", seats, beyond, Origin.MEASURED)


@pytest.mark.parametrize(
    ("seats", "beyond", "drawn", "ink"),
    [
        (50, Beyond.REFUSES, "███    │  ", "error"),
        (50, Beyond.DEGRADES, "▒▒▒    │  ", "error"),
        (0, Beyond.REFUSES, "       │  ", "error"),
        (1, Beyond.REFUSES, "█      │  ", "error"),
        (99, Beyond.REFUSES, "██████ │  ", "error"),
        (100, Beyond.REFUSES, "███████│  ", "success"),
        (900, Beyond.REFUSES, "███████│█▶", "success"),
        (None, Beyond.REFUSES, "╱╱╱╱╱╱╱│╱╱", "unknown"),
    ],
)
def test_a_bar_says_without_colour_what_it_is(seats: int | None, beyond: Beyond, drawn: str, ink: str) -> None:
    """A pattern for refusing, degrading and unknown; the line stands where the people needed are."""
    assert bar(resource(seats, beyond), 100, 10) == (drawn, ink)


def test_failures_come_first_and_the_heaviest_of_them() -> None:
    """Failed, warned, unknown, passed, without object; by weight within."""
    order = [finding.outcome for finding in urgent_first(worked_audit().findings)]
    assert order[0] is Outcome.FAIL
    assert order == sorted(order, key=[*dict.fromkeys(order)].index)
    first = urgent_first(worked_audit().findings)[0]
    assert first.weight == 10


def test_a_filter_finds_evidence_too() -> None:
    """A device's name or a request finds the findings that rest on it."""
    words, wanted = texts("en", narrow=False), Filter(text="pbx-rennes")
    found = [f.id for f in worked_audit().findings if all(word in haystack(f, words) for word in wanted.words)]
    assert found == ["TEL-001", "TEL-002", "TEL-003"]


def test_a_record_is_told_field_by_field() -> None:
    """Rates with their unit, ports without a thousands separator, nothing for what was not measured."""
    words = texts("fr", narrow=False)
    assert value(words, (Exposed("rdp", 3389, "tcp"),)) == "service rdp, port 3389, protocol tcp"
    told = value(words, Interface("Gi0/0", speed_bps=100_000_000, oper_up=True))
    assert told == "name Gi0/0, oper_up oui, speed 100\u00a0Mbit/s"


def test_a_line_never_begins_with_what_a_no_break_space_holds() -> None:
    """French signs stay with the word before them, units with their number."""
    lines = [line.plain for line in flow(Text("le facteur limitant\u00a0: 20\u00a0Mbit/s"), 18)]
    assert lines == ["le facteur", "limitant\u00a0:", "20\u00a0Mbit/s"]


def test_a_word_longer_than_the_line_is_folded() -> None:
    """An OID or a path is shown whole, on several lines."""
    lines = [line.plain for line in flow(Text("see 1.3.6.1.4.1.9.9.392.1.1.1.0 now"), 14)]
    assert all(cell_len(line) <= 14 for line in lines)
    assert "".join(lines).replace(" ", "") == "see1.3.6.1.4.1.9.9.392.1.1.1.0now"


def test_following_lines_hang_below_a_prefix() -> None:
    """A list stays readable; the styles of the text survive the breaks."""
    first, second = flow(Text("one two three four"), 14, Text("1. "))
    assert first.plain == "1. one two"
    assert second.plain == "   three four"


def test_a_long_prefix_in_a_narrow_terminal_stands_alone() -> None:
    """Nothing overlaps at 40 columns."""
    lines = [line.plain for line in flow(Text("show running-config"), 16, Text("fw-rennes  "))]
    assert lines == ["fw-rennes  ", "  show", "  running-config"]


def test_text_of_devices_is_made_safe() -> None:
    """No escape, no control character and no line break is left."""
    assert safe("a\x1b[31mb\x1b]0;t\x07\nc\x00") == "ab c"
