"""What the headline assumes, as published: each input with its value, default, source and who changed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.codec import to_plain
from auditor.model import Audit, Figure, Origin
from auditor.site import Change
from auditor.texts import Texts
from auditor.values import Absent


def assumptions(audit: Audit, texts: Texts) -> list[dict[str, Any]]:
    """Every input of the model; `in_headline` tells those that a resource was computed from, with the value it used."""
    used = {figure.name: figure for resource in audit.resources for figure in resource.inputs}
    return [
        _row(audit, used.get(figure.name, figure), texts) | {"in_headline": figure.name in used}
        for figure in audit.assumptions
    ]


def _row(audit: Audit, figure: Figure, texts: Texts) -> dict[str, Any]:
    row: dict[str, Any] = {
        "input": figure.name,
        "value": to_plain(figure.value),
        "unit": figure.unit,
        "origin": figure.origin.value,
        "sources": list(figure.sources),
    }
    if not isinstance(figure.default, Absent):
        row["default"] = to_plain(figure.default)
    if by := changed_by(audit, figure):
        row["changed_by"] = by
    if figure.note:
        row["note"] = texts.say(figure.note)
    return row


def changed_by(audit: Audit, figure: Figure) -> str:
    """Who put a value in place of the default; "" for a default that stands, or a value that a device measured."""
    if isinstance(figure.default, Absent) or figure.value == figure.default or figure.origin is Origin.MEASURED:
        return ""
    said = audit.site.declared.get(figure.name)
    if figure.origin is Origin.DECLARED and said is not None and said.by:
        return said.by
    return _authors(audit).get(figure.name, ", ".join(figure.sources))


def _authors(audit: Audit) -> Mapping[str, str]:
    return {change.name: change.by for change in audit.site.changes}


def changes(audit: Audit) -> list[dict[str, Any]]:
    """Every threshold, weight and parameter that the client's profile changed."""
    return [_change(change) for change in audit.site.changes]


def _change(change: Change) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": change.name,
        "value": to_plain(change.value),
        "default": to_plain(change.default),
        "by": change.by,
    }
    if not isinstance(change.on, Absent):
        row["on"] = change.on.isoformat()
    return row | {"reason": change.reason, "file": change.file}
