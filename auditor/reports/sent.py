"""The transcript in the report: every question that was sent to a device, in the order of the first time."""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.platypus import Flowable, Spacer

from auditor.model import Audit, Device, Evidence
from auditor.reports import phrases
from auditor.reports.styles import STYLES, Cell, Title, fresh_part, grid, para
from auditor.texts import Texts

LIVE = ("snmp", "ssh", "sip")
LONGEST = 240  # letters of a question; a longer one is a list of OIDs, which the JSON holds whole


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of one device: its first time, how often it was asked, seconds and octets of all its answers."""

    first: Evidence
    times: int
    seconds: float
    size: int


def transcript(audit: Audit, texts: Texts) -> list[Flowable]:
    """Every OID and command line that was sent, when, how often, and what came back in time and size."""
    rows: list[list[Cell]] = [_row(audit, one, texts) for device in audit.devices for one in asked(device)]
    if not rows:
        return []
    title = texts.plural(
        "{count} question was sent, and nothing else", "{count} questions were sent, and nothing else", len(rows)
    )
    header = [
        texts("device"), texts("when"), texts("door"), texts("question"), texts("times"),
        texts("seconds"), texts("octets"),
    ]  # fmt: skip
    words = texts("In the order in which each was first sent. The answers, redacted, are in the bundle of the audit.")
    return [*fresh_part(), Title(title, "transcript"), para(words, STYLES.small), Spacer(0, 4),
            grid(header, rows, [14, 9, 7, 38, 8, 13, 11], right=(4, 5, 6))]  # fmt: skip


def asked(device: Device) -> tuple[Asked, ...]:
    """What was sent to a device; of files nothing was."""
    found: dict[tuple[str, str], Asked] = {}
    for line in device.evidence:
        if line.method not in LIVE:
            continue
        known = found.get((line.method, line.request), Asked(line, 0, 0.0, 0))
        found[line.method, line.request] = Asked(
            known.first, known.times + 1, known.seconds + line.seconds, known.size + line.size
        )
    return tuple(found.values())


def _row(audit: Audit, one: Asked, texts: Texts) -> list[Cell]:
    line = one.first
    question = line.request if len(line.request) <= LONGEST else line.request[: LONGEST - 1] + "…"
    when = phrases.local(audit, line.at)
    return [line.device, f"{when:%H:%M:%S}", line.method.upper(), question, texts.number(one.times),
            texts.number(one.seconds, 1), texts.number(one.size)]  # fmt: skip
