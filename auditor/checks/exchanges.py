"""Telephone systems whose software is supported no more, or soon is not: dated findings outside the score."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from auditor import facts
from auditor.model import Device, Finding, Outcome, Reading, Severity, Source
from auditor.values import N_, Absent, Message, Value

SOON: Final = dt.timedelta(days=180)
"""How long before the end a change of version is prepared: an exchange is moved with its sets and trunks."""


def findings(devices: Sequence[Device], today: dt.date | Absent) -> Iterator[Finding]:
    """One for each telephone system whose branch, by the dated list, ended before the audit or ends within 180 days."""
    for device in devices:
        told = {row.key.name: row for row in device.readings}
        end = told.get(facts.SYSTEM_SUPPORT_ENDS.name)
        if end is None or isinstance(today, Absent) or end.value - today > SOON:
            continue
        yield _finding(device, end, told.get(facts.IDENTITY_MODEL.name), today)


def _finding(device: Device, end: Reading[dt.date], model: Reading[str] | None, today: dt.date) -> Finding:
    over = end.value < today
    outcome, severity = (Outcome.FAIL, Severity.HIGH) if over else (Outcome.WARN, Severity.MEDIUM)
    values: dict[str, Value] = {"device": device.name, "model": model.value if model else "", "end": end.value}
    evidence = tuple(Source(device.name, source, str(end.value)) for source in end.sources)
    message = Message(f"PBX-END.{outcome.value}", values)
    return Finding("PBX-END", 1, "TEL", outcome, severity, message, evidence=evidence, quality=Fraction(1))


SENTENCES: Mapping[str, str] = {
    "PBX-END.title": N_("Support of the phone system's software"),
    "PBX-END.why": N_("A phone system without security fixes that is opened to homes is broken into for toll fraud."),
    "PBX-END.fail": N_("{device} runs {model}, supported until {end:date}: no fix has come since."),
    "PBX-END.warn": N_("{device} runs {model}, supported until {end:date} only."),
    "PBX-END.action": N_("Update the phone system to a supported branch before it is opened to more people at home"),
    "PBX-END.measured": N_("version of the phone system against the dated list of ends of support"),
}
