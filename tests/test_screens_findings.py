"""The findings screen: raw evidence, severity, accepted risks, and ten thousand rows."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from auditor.model import Audit
from auditor.screens.findings import quoted
from auditor.screens.rows import Rows
from tests.driving import WIDE, opened, pressed
from tests.fake_services import hostile_audit
from tests.worked_audit import worked_audit


def many(count: int) -> Audit:
    """The worked audit with its findings over and over."""
    audit = worked_audit()
    return replace(audit, findings=tuple(audit.findings[n % len(audit.findings)] for n in range(count)))


async def test_the_lines_of_the_answer_stand_under_the_evidence() -> None:
    """What the device really said, when, and where the check comes from."""
    async with opened(size=WIDE, audit=worked_audit()) as (app, pilot):
        shown = await pressed(app, pilot, "f", "slash", *"LNK-001", "enter")
        assert "rtr-rennes › 1.3.6.1.2.1.31.1.1.1 · 24 Nov 2026 at 14:02" in shown
        assert "│ ifHCInOctets.1 = 88120034112" in shown
        assert "References" in shown


async def test_findings_are_filtered_by_severity() -> None:
    """`g` goes round the severities that occur; Esc clears."""
    async with opened(size=WIDE, audit=worked_audit()) as (app, pilot):
        shown = await pressed(app, pilot, "f", "g")
        assert "severity: critical" in shown
        rows = app.screen.query_one(Rows)
        critical = {f.id for f in worked_audit().findings if f.severity == "critical"}
        assert set(rows.keys) == critical
        await pressed(app, pilot, "escape")
        assert rows.row_count == len(worked_audit().findings)


async def test_a_hostile_answer_stays_text() -> None:
    """Raw lines come from devices as they are."""
    audit = hostile_audit()
    device, *others = audit.devices
    lines = tuple(replace(line, device=device.name, text="\x1b[2J[red]x[/]\n" * 9) for line in device.evidence)
    evil = replace(audit, devices=(replace(device, evidence=lines), *others))
    findings = tuple(
        replace(f, evidence=tuple(replace(s, device=device.name, request=lines[0].request) for s in f.evidence))
        for f in evil.findings
    )
    async with opened(size=WIDE, audit=replace(evil, findings=findings)) as (app, pilot):
        shown = await pressed(app, pilot, "f")
        assert "│ [red]x[/]" in shown
        assert "│ and 3 more lines" in shown
        assert "\x1b" not in shown


def test_the_lines_that_name_what_was_read_come_first() -> None:
    """Of a long answer, those with the value or the row of the table."""
    audit = worked_audit()
    answer = audit.devices[0].evidence[0]
    text = "\n".join(f"line {n}" for n in range(10, 60)) + "\nlicences 250"
    source = replace(audit.findings[0].evidence[0], value="250")
    lines, more = quoted(replace(answer, text=text), [source])
    assert lines == ["licences 250"]
    assert more == 50


@pytest.mark.slow
async def test_ten_thousand_findings_scroll_and_filter_at_once() -> None:
    """A key costs less than 100 ms of this machine's time, whatever the length of the list."""
    async with opened(size=WIDE, audit=many(10_000)) as (app, pilot):
        await pressed(app, pilot, "f")
        rows = app.screen.query_one(Rows)
        assert rows.row_count == 10_000
        await pressed(app, pilot, "down", "up")
        took: dict[str, list[float]] = {}
        for _ in range(2):  # the better of two: what else this machine does is not the list's doing
            for key in ("pagedown", "end", "pageup", "home", "r", "o", "g", "slash", "p", "l", "backspace"):
                start = time.process_time()
                await pilot.press(key)
                await pilot.pause()
                took.setdefault(key, []).append(time.process_time() - start)
            assert 0 < rows.row_count < 10_000
            await pressed(app, pilot, "escape", "escape")
            assert rows.row_count == 10_000
        slow = {key: times for key, times in took.items() if min(times) > 0.1}
        assert not slow
