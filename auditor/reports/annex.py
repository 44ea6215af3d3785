"""The annex of the report: what an engineer checks the figures with."""

from __future__ import annotations

from collections import Counter

from reportlab.platypus import Flowable, Spacer

from auditor.model import Audit, Device, Evidence, Figure
from auditor.reports import phrases
from auditor.reports.export import evidence_seal
from auditor.reports.styles import STYLES, Anchor, Cell, Title, cell, fresh_page, fresh_part, grid, linked_cell, para
from auditor.reports.tables import counted
from auditor.site import Change
from auditor.texts import Texts
from auditor.values import ABSENT, Absent

MOST_SOURCES, MOST_CONFLICTS, DIGITS = 3, 40, 16


def assumptions(audit: Audit, texts: Texts) -> list[Flowable]:
    """Every input that entered the headline, with its origin and default."""
    origins = Counter(figure.origin.value for figure in audit.assumptions)
    title = texts(
        "What the figures rest on: {measured} inputs measured, {declared} declared, {assumed} assumed",
        measured=origins["measured"],
        declared=origins["declared"],
        assumed=origins["assumed"],
    )
    header = [texts("input"), texts("value"), texts("default"), texts("origin"), texts("where from")]
    rows: list[list[Cell]] = [
        [
            _input(figure, texts),
            _value(figure, texts),
            "" if figure.default is ABSENT else phrases.shown(figure.default, figure.unit, figure.name, texts),
            texts.name(figure.origin.value),
            _from(figure, texts),
        ]
        for figure in audit.assumptions
    ]
    return [*fresh_page(), Title(title, "assumptions"), grid(header, rows, [37, 12, 12, 10, 29])]


def decisions(audit: Audit, texts: Texts) -> list[Flowable]:
    """What people decided: risks accepted, by whom and until when, and what the client's profile changed."""
    risks: list[list[Cell]] = [
        [finding.id, phrases.title(finding.id, texts), phrases.verdict(finding.outcome, texts),
         texts.say(finding.accepted)]
        for finding in audit.findings
        if finding.accepted
    ]  # fmt: skip
    changes = [_change(change, texts) for change in audit.site.changes]
    if not risks and not changes:
        return []
    title = texts(
        "What was decided: {risks} risks accepted, {changes} defaults changed", risks=len(risks), changes=len(changes)
    )
    found: list[Flowable] = [*fresh_part(), Title(title, "decisions")]
    if risks:
        header = [texts("check"), texts("title"), texts("result"), texts("accepted by, until, why")]
        words = texts("An accepted risk stays a failure in the score; the acceptance explains it.")
        found += [para(texts("Accepted risks"), STYLES.head), para(words), grid(header, risks, [10, 32, 12, 46])]
    if changes:
        header = [texts("default"), texts("value"), texts("instead of"), texts("by"), texts("on"), texts("why")]
        found += [
            para(texts("Thresholds, weights and parameters changed for this client"), STYLES.head),
            grid(header, changes, [24, 11, 11, 14, 11, 29]),
        ]
    return found


def _change(change: Change, texts: Texts) -> list[Cell]:
    return [
        _meaning(change.name, texts),
        phrases.shown(change.value, "", change.name, texts),
        phrases.shown(change.default, "", change.name, texts),
        change.by,
        "" if isinstance(change.on, Absent) else phrases.day(texts, change.on),
        change.reason,
    ]


def _meaning(name: str, texts: Texts) -> Cell:
    meaning = texts.input(name)
    return meaning if meaning == name else [cell(meaning), cell(name, STYLES.cell_soft)]


def _input(figure: Figure, texts: Texts) -> Cell:
    """An input by its meaning, with its published name below: the one the site file and what-if use."""
    return _meaning(figure.name, texts)


def _value(figure: Figure, texts: Texts) -> str:
    if figure.origin.value == "unknown":
        return texts("unknown")
    return phrases.shown(figure.value, figure.unit, figure.name, texts)


def _from(figure: Figure, texts: Texts) -> str:
    by_device: dict[str, list[str]] = {}
    for source in figure.sources:
        device, found, request = source.partition(": ")
        by_device.setdefault(device if found else source, []).extend([request] if found else [])
    sources = "; ".join(
        f"{name}: {phrases.listed(requests, MOST_SOURCES, texts)}" if requests else phrases.stated_by(name, texts)
        for name, requests in by_device.items()
    )
    note = texts.say(figure.note) if figure.note else ""
    return ". ".join(part for part in (sources, note) if part)


def devices(audit: Audit, texts: Texts) -> list[Flowable]:
    """The devices, what they are, how they were asked, and what went wrong with them."""
    header = [texts("device"), texts("role"), texts("model"), texts("version"), texts("questions"), texts("state")]
    title = texts.plural("{count} device was asked", "{count} devices were asked", len(audit.devices))
    found: list[Flowable] = [*fresh_part(), Title(title, "devices")]
    rows = [_device(audit, device, texts) for device in audit.devices]
    found.append(grid(header, rows, [17, 13, 15, 14, 16, 25]) if rows else para(texts("None.")))
    return found + _conflicts(audit, texts)


def _device(audit: Audit, device: Device, texts: Texts) -> list[Cell]:
    told = {reading.key.name: str(reading.value) for reading in device.readings}
    return [
        device.name,
        phrases.role(device.role.value, texts),
        told.get("identity.model", texts("unknown")),
        told.get("identity.os_version", texts("unknown")),
        _asked(audit, device.evidence, texts),
        _state(device, texts),
    ]


def _asked(audit: Audit, evidence: tuple[Evidence, ...], texts: Texts) -> str:
    """How many questions by which door, the first and the last one."""
    if not evidence:
        return texts.number(0)
    doors = Counter(line.method for line in evidence)
    counts = ", ".join(f"{texts.number(number)} {method.upper()}" for method, number in sorted(doors.items()))
    first, last = (phrases.local(audit, at) for at in (min(e.at for e in evidence), max(e.at for e in evidence)))
    start, end = texts.time(first), texts.time(last)
    if start == end:
        return texts("{counts}, at {first}", counts=counts, first=start)
    return texts("{counts}, from {first} to {last}", counts=counts, first=start, last=end)


def _state(device: Device, texts: Texts) -> str:
    state = {"done": texts("done"), "partial": texts("partial"), "failed": texts("failed")}[device.status]
    parts = [state, *(texts.say(problem).rstrip(".") for problem in device.problems)]
    if lines := sum(row.lines for row in device.unparsed):
        parts.append(texts.plural("{count} line was not understood", "{count} lines were not understood", lines))
    if not device.untouched and any(line.method in ("snmp", "ssh") for line in device.evidence):
        parts.append(texts("it gave no mark of its configuration to compare before and after"))
    for mark in device.untouched:
        if mark.same:
            parts.append(texts("its configuration is the same as before the audit ({source})", source=mark.source))
        else:
            parts.append(texts("its configuration was changed during the audit ({source})", source=mark.source))
    return ". ".join(parts)


def _conflicts(audit: Audit, texts: Texts) -> list[Flowable]:
    """Where two sources of one device disagree: what was kept and what was not."""
    header = [texts("device"), texts("fact"), texts("kept"), texts("also told"), texts("by")]
    rows: list[list[Cell]] = []
    for device in audit.devices:
        kept = {reading.key.name: reading.value for reading in device.readings}
        rows += [
            [device.name, other.key.name, _brief(kept.get(other.key.name, ""), other.key.unit, texts),
             _brief(other.value, other.key.unit, texts), "; ".join(other.sources[:MOST_SOURCES])]
            for other in device.conflicts
        ]  # fmt: skip
    if not rows:
        return []
    found: list[Flowable] = [
        *fresh_part(90),
        para(texts("Where a device contradicts itself"), STYLES.head),
        grid(header, rows[:MOST_CONFLICTS], [17, 25, 16, 16, 26]),
    ]
    if len(rows) > MOST_CONFLICTS:
        found.append(para(texts("{more} more", more=len(rows) - MOST_CONFLICTS), STYLES.small))
    return found


def _brief(value: object, unit: str, texts: Texts) -> str:
    """A reading's value in a few words: a list by its length."""
    if isinstance(value, tuple) and value and not isinstance(value[0], str):
        return texts.plural("{count} record", "{count} records", len(value))
    return phrases.shown(value, unit, "", texts)


def evidence(audit: Audit, texts: Texts) -> list[Flowable]:
    """The answers that findings rest on, each under the id that the findings and the JSON name it by."""
    told = phrases.evidence_ids(audit)
    used = {(source.device, source.request) for finding in audit.findings for source in finding.evidence}
    lines = [line for device in audit.devices for line in device.evidence]
    rows: list[list[Cell]] = [
        [
            _numbered(told[line.device, line.request]),
            line.device,
            line.method.upper(),
            line.request,
            texts.datetime(phrases.local(audit, line.at)),
            line.sha256[:DIGITS],
        ]
        for line in {(line.device, line.request): line for line in lines}.values()
        if (line.device, line.request) in used
    ]
    title = texts.plural("{count} answer proves the findings", "{count} answers prove the findings", len(rows))
    if not rows:
        return []
    header = ["", texts("device"), texts("door"), texts("question"), texts("when"), "SHA-256"]
    words = texts(
        "Of {all} questions in all. SHA-256: the first {digits} digits of what was kept; the JSON holds them whole.",
        all=len(lines), digits=DIGITS,
    )  # fmt: skip
    return [*fresh_part(), Title(title, "evidence"), para(words, STYLES.small), Spacer(0, 4),
            grid(header, rows, [6, 16, 7, 31, 22, 18])]  # fmt: skip


def _numbered(id: str) -> Cell:
    """The id of an answer, where the findings lead to."""
    return [Anchor(id), cell(id, STYLES.cell_bold)]


def checks(audit: Audit, texts: Texts) -> list[Flowable]:
    """Every check with its result, and what made this report."""
    header = [texts("check"), texts("title"), texts("result"), texts("severity"), texts("what was found")]
    blocks = phrases.blocks(audit)
    rows: list[list[Cell]] = [
        [
            linked_cell(finding.id, blocks),
            phrases.title(finding.id, texts),
            phrases.verdict(finding.outcome, texts),
            phrases.severity(finding, texts),
            texts.say(finding.message),
        ]
        for finding in audit.findings
    ]
    title = texts.plural("{count} check, and its result", "All {count} checks, and their results", len(rows))
    return [
        *fresh_part(),
        Title(title, "checks"),
        *_made(audit, texts),
        Spacer(0, 6),
        grid(header, rows, [10, 26, 12, 11, 41]) if rows else para(texts("None.")),
    ]


def _made(audit: Audit, texts: Texts) -> list[Flowable]:
    """What made the report: versions, sampling, and a print of all evidence that the audit file can be held to."""
    digests = [line.sha256 for device in audit.devices for line in device.evidence]
    made = texts(
        "Auditor {version}, catalogue {catalogue}, audit {id}, rates sampled over {window} s.",
        version=audit.version,
        catalogue=audit.catalogue,
        id=audit.id,
        window=audit.window_s,
    )
    print_of = evidence_seal(audit)
    seal = texts(
        "Evidence: {count} answers. SHA-256 of the list of their digests, one a line, in the order of the audit's JSON:"
        " {digest}.",
        count=len(digests),
        digest=f"{print_of[:32]} {print_of[32:]}",
    )
    held = texts(
        "The HTML, XLSX, CSV and JSON of this report hold the same: {counts}.",
        counts=texts.list([texts("{name} {number}", name=name.lower(), number=n) for name, n in counted(audit, texts)]),
    )
    return [para(made, STYLES.small), para(held, STYLES.small), *([para(seal, STYLES.small)] if digests else [])]
