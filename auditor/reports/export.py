"""The JSON of devices and audits: the published shape, and beside it the whole record for reading back."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from typing import Any

from auditor.actions import Action, Step, Window
from auditor.codec import to_plain
from auditor.model import Audit, Cap, Device, Evidence, Finding, Gap, Headline, Reading, Resource, Said, Score
from auditor.planning import budget
from auditor.reports.assumed import assumptions, changes
from auditor.reports.comparison import comparison_json
from auditor.reports.edition import PLAIN, Edition
from auditor.reports.phrases import owner
from auditor.texts import Texts, round_half_up
from auditor.values import ABSENT, Absent, Value


def device_json(device: Device, texts: Texts) -> dict[str, Any]:
    """One device as published (contract, section 4): readings, gaps with their reason, conflicts, lines not understood.

    `device_from_json` reads it back: `message` and `problem_messages` hold what the words were made of.
    """
    return {
        "schema": "auditor/device/1",
        "target": device.target,
        "name": device.name,
        "role": device.role.value,
        "vendor": device.vendor,
        "pair": device.pair,
        "status": device.status,
        "refused": device.refused,
        "problems": [texts.say(problem) for problem in device.problems],
        "problem_messages": to_plain(device.problems, exact=True),
        "readings": [_reading(reading) for reading in device.readings],
        "gaps": [_gap(gap, texts) for gap in device.gaps],
        "conflicts": [_reading(reading) for reading in device.conflicts],
        "unparsed": [to_plain(row) for row in device.unparsed],
        "untouched": [{**to_plain(row), "same": row.same} for row in device.untouched],
    }


def _gap(gap: Gap, texts: Texts) -> dict[str, Any]:
    """A gap with its reason in words, and as the message that says it in either language."""
    return {
        "key": gap.key.name,
        "reason": texts.say(gap.reason),
        "message": to_plain(gap.reason, exact=True),
        "asked": list(gap.asked),
        "refused": gap.refused,
    }


def _reading(reading: Reading[Any]) -> dict[str, Any]:
    return {
        "key": reading.key.name,
        "value": to_plain(reading.value),
        "unit": reading.key.unit,
        "sources": list(reading.sources),
        "at": reading.at.isoformat(),
    }


def audit_json(audit: Audit, texts: Texts, edition: Edition = PLAIN) -> dict[str, Any]:
    """One audit in the published shape; `record` holds all of it, for reading it back.

    `comparison` is there where an earlier audit is given.
    """
    evidence = _evidence(audit)
    ids = {(line.device, line.request): id for id, line in evidence.items()}
    return {
        "schema": "auditor/audit/1",
        "id": audit.id,
        "site": audit.site.name,
        "client": audit.site.client,
        "at": audit.at.isoformat(),
        "language": texts.language,
        "version": audit.version,
        "catalogue": audit.catalogue,
        "window_s": audit.window_s,
        "interrupted": audit.interrupted,
        "evidence_sha256": evidence_seal(audit),
        "counts": _counts(audit),
        "headline": _headline(audit.headline, texts),
        "resources": [_resource(resource, texts) for resource in audit.resources],
        "score": _score(audit.score),
        "findings": [_finding(finding, texts, ids) for finding in audit.findings],
        "waterfall": [to_plain(step) | {"action": texts.say(step.action)} for step in audit.waterfall],
        "plan": [_action(action, texts) for action in audit.plan]
        + [_left_out(action, texts) for action in audit.left_out],
        "windows": [_window(window) for window in audit.windows],
        "budget": to_plain(budget.total(audit.plan)),
        "devices": [device_json(device, texts) for device in audit.devices],
        "evidence": [_answered(id, line) for id, line in evidence.items()],
        "not_measured": [
            {"what": row.what, "why": texts.say(row.why), "how_to_lift": texts.say(row.how_to_lift)}
            for row in audit.not_measured
        ],
        "assumptions": assumptions(audit, texts),
        "changes": changes(audit),
        "degraded": [
            {"name": texts.name(f"degraded.{day.id}")} | to_plain(day) | {"note": texts.say(day.note)}
            for day in audit.degraded
        ],
        "answers": [_said(row) for row in audit.said],
        "moves": [to_plain(move) | {"note": texts.say(move.note)} for move in audit.moves],
        "lists": [_list(text) for text in audit.lists],
        **({"comparison": comparison_json(edition.earlier.comparison, texts)} if edition.earlier else {}),
        "record": to_plain(_slim(audit), exact=True),
    }


def _counts(audit: Audit) -> dict[str, int]:
    """How many rows each part holds."""
    return {
        "findings": len(audit.findings),
        "plan": len(audit.plan) + len(audit.left_out),
        "resources": len(audit.resources),
        "devices": len(audit.devices),
        "not_measured": len(audit.not_measured),
    }


def _answered(id: str, line: Evidence) -> dict[str, str]:
    """One answer: what was asked of whom, when, and the digest of what was kept."""
    return {
        "id": id,
        "device": line.device,
        "method": line.method,
        "request": line.request,
        "at": line.at.isoformat(),
        "sha256": line.sha256,
    }


def evidence_seal(audit: Audit) -> str:
    """SHA-256 of the digests of all answers, one a line, in the order of `evidence`: anybody can work it out again."""
    digests = [line.sha256 for device in audit.devices for line in device.evidence]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of what `audit_json` gives."""
    found: dict[str, Any] = json.loads((files("auditor") / "data" / "audit.schema.json").read_text(encoding="utf-8"))
    return found


def _said(row: Said) -> dict[str, Any]:
    """What somebody said: value, by, on and document, in which table of the site file, and how old it was."""
    age = {} if isinstance(row.age_days, Absent) else {"age_days": row.age_days}
    told = {name: value for name, value in to_plain(row.said).items() if value != "" or name == "value"}
    return {"id": row.id, "table": row.table, **told, **age, "stale": row.stale}


def plan_json(audit: Audit, texts: Texts) -> dict[str, Any]:
    """The plan alone, with what was decided about it; `start` is absent for a plan without actions."""
    found: dict[str, Any] = {
        "schema": "auditor/plan/1",
        "audit": audit.id,
        "site": audit.site.name,
        "client": audit.site.client,
        "headline": _headline(audit.headline, texts),
        "plan": [_action(action, texts) for action in audit.plan]
        + [_left_out(action, texts) for action in audit.left_out],
        "windows": [_window(window) for window in audit.windows],
        "budget": to_plain(budget.total(audit.plan)),
        "accepted": [
            {"check": finding.id, "title": texts.words(f"{finding.id}.title"), "text": texts.say(finding.accepted)}
            | to_plain(finding.accepted.values)
            | {"expired": finding.accepted.id == "accepted.expired"}
            for finding in audit.findings
            if finding.accepted
        ],
    }
    if audit.windows:
        found["start"] = plan_start(audit.windows[0]).isoformat()
    return found


def plan_start(window: Window) -> dt.date:
    """The day a plan begins, from its first window."""
    return window.until - dt.timedelta(days=int(window.id.partition("-")[2]))


def what_if_json(
    audit: Audit,
    changes: Mapping[str, Value],
    answer: tuple[Headline, Sequence[Resource], Sequence[Step]],
    texts: Texts,
) -> dict[str, Any]:
    """A what-if: the changes, the headline of the audit, and headline, resources and waterfall once they are made."""
    headline, resources, steps = answer
    return {
        "schema": "auditor/what-if/1",
        "audit": audit.id,
        "site": audit.site.name,
        "client": audit.site.client,
        "changes": to_plain(changes),
        "today": _headline(audit.headline, texts),
        "headline": _headline(headline, texts),
        "resources": [_resource(resource, texts) for resource in resources],
        "waterfall": [to_plain(step) | {"action": texts.say(step.action)} for step in steps],
    }


def _list(text: str) -> dict[str, str]:
    """A dated list that was consulted: what it is, its day and its source."""
    told = json.loads(text)
    return {"schema": told["schema"], "as_of": told["as_of"], "source": told["source"]}


def _slim(audit: Audit) -> Audit:
    """The audit without the texts of its evidence: they stay in the history."""
    slim = [
        replace(device, evidence=tuple(replace(line, text="") for line in device.evidence)) for device in audit.devices
    ]
    return replace(audit, devices=tuple(slim))


def _evidence(audit: Audit) -> Mapping[str, Evidence]:
    lines = [line for device in audit.devices for line in device.evidence]
    return {f"e{number}": line for number, line in enumerate(lines, 1)}


def _rounded(value: Fraction | Absent, digits: int = 1) -> int | float | None:
    if isinstance(value, Absent):
        return None
    rounded: Decimal = round_half_up(value, digits)
    return int(rounded) if digits == 0 else float(rounded)


def _headline(head: Headline, texts: Texts) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(head)
    plain["bound_reasons"] = [texts.say(reason) for reason in head.bound_reasons]
    if "ratio" in plain:
        plain["readiness_ratio"] = plain.pop("ratio")
    return plain


def _resource(resource: Resource, texts: Texts) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": resource.id,
        "name": texts.name(resource.id),
        "seats": None if resource.seats is ABSENT else resource.seats,
        "origin": resource.origin.value,
        "bounds": list(resource.bounds),
        "beyond": resource.beyond.value,
        "inputs": {figure.name: to_plain(figure.value) for figure in resource.inputs},
        "origins": {figure.name: figure.origin.value for figure in resource.inputs},
        "sources": {figure.name: list(figure.sources) for figure in resource.inputs if figure.sources},
        "formula": resource.formula,
        "overloaded": resource.overloaded,
    }
    if resource.seats is ABSENT:
        found.pop("seats")  # unknown is absent, never 0 or null
    return found | ({"reason": texts.say(resource.reason)} if resource.reason else {})


def _score(score: Score) -> dict[str, Any]:
    cap: Cap | None = score.cap
    found: dict[str, Any] = {
        "proven": _rounded(score.proven),
        "possible": _rounded(score.possible),
        "grade": score.grade,
        "coverage": _rounded(score.coverage),
        "confidence": _rounded(score.confidence),
        "perimeter": {
            "checks": score.perimeter_checks[0],
            "of": score.perimeter_checks[1],
            "weight_percent": _rounded(score.perimeter_weight),
        },
        "cap": {"limit": cap.limit, "by": list(cap.by)} if cap else None,
        "domains": [
            {
                "id": domain.id,
                "proven": _rounded(domain.proven),
                "possible": _rounded(domain.possible),
                "coverage": _rounded(domain.coverage),
                "weight": _rounded(domain.weight, 2),
            }
            for domain in score.domains
        ],
    }
    if not isinstance(score.value, Absent):
        found["value"] = _rounded(score.value, 0)
    return found


def _finding(finding: Finding, texts: Texts, ids: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    rests_on = [(source.device, source.request) for source in finding.evidence]
    evidence = list(dict.fromkeys(ids[place] for place in rests_on if place in ids))
    return {
        "id": finding.id,
        "revision": finding.revision,
        "domain": finding.domain,
        "verdict": finding.outcome.value,
        "severity": finding.severity.value,
        "numbers": to_plain(finding.message.values),
        "title": texts.words(f"{finding.id}.title"),
        "text": texts.say(finding.message),
        "evidence": evidence,
        "sources": [to_plain(source) for source in finding.evidence],
        "quality": to_plain(finding.quality),
        "accepted": texts.say(finding.accepted) if finding.accepted else None,
    }


def _action(action: Action, texts: Texts) -> dict[str, Any]:
    """One line of the plan; `owner` in words and `owner_role` as it is set, sums in euros."""
    found: dict[str, Any] = to_plain(action)
    found["action"] = texts.say(action.action)
    found["owner"], found["owner_role"] = owner(action.owner, texts), action.owner
    found["note"] = texts.say(action.note) if action.note else None
    if not isinstance(action.score_after, Absent):
        found["score_after"] = _rounded(action.score_after, 0)
    if not isinstance(action.points_gained, Absent):
        found["points_gained"] = _rounded(action.points_gained, 2)
    return found


def _left_out(action: Action, texts: Texts) -> dict[str, Any]:
    """An action that somebody leaves out: it has no dates."""
    found = _action(action, texts)
    return {name: value for name, value in found.items() if name not in ("start_by", "done_by", "window")}


def _window(window: Window) -> dict[str, Any]:
    found: dict[str, Any] = to_plain(window)
    if not isinstance(window.score, Absent):
        found["score"] = _rounded(window.score, 0)
    return found
