"""The published JSON Schema: every shape of an exported audit fits it, and what does not belong is refused."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from auditor.actions import Amount
from auditor.model import Audit
from auditor.reports.export import audit_json, schema
from auditor.values import ABSENT, Message
from auditor.wording import texts
from tests.test_comparison_report import edition, pair
from tests.test_pdf import nasty
from tests.worked_audit import perfect_audit, unknown_audit, worked_audit


def left_out() -> Audit:
    audit = worked_audit()
    gone = replace(audit.plan[-1], status="excluded", window="", note=Message("too dear"))
    return replace(audit, plan=audit.plan[:-1], left_out=(gone,))


def unbounded() -> Audit:
    audit = worked_audit()
    return replace(audit, plan=(replace(audit.plan[0], one_off=Amount(50_000, ABSENT)), *audit.plan[1:]))


AUDITS: dict[str, Callable[[], Audit]] = {
    "worked": worked_audit,
    "unknown": unknown_audit,
    "perfect": perfect_audit,
    "left out": left_out,
    "unbounded": unbounded,
    "interrupted": lambda: replace(worked_audit(), interrupted=True, devices=()),
    "hostile": lambda: nasty(worked_audit()),
}
CHECKER = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def faults(plain: Any) -> list[str]:
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in CHECKER.iter_errors(plain)]


def plain(audit: Audit, language: str = "en") -> Any:
    return json.loads(json.dumps(audit_json(audit, texts(language))))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", AUDITS)
def test_every_shape_of_an_audit_fits(name: str) -> None:
    assert not faults(plain(AUDITS[name](), "fr"))


def test_a_comparison_fits() -> None:
    assert not faults(json.loads(json.dumps(audit_json(pair()[1], texts("en"), edition()))))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("headline", "seats"), None),
        (("headline", "seats"), -1),
        (("headline", "bounds"), []),
        (("findings", 0, "verdict"), "maybe"),
        (("findings", 0, "id"), "LNK-1"),
        (("plan", 0, "start_by"), "soon"),
        (("score", "value"), 101),
        (("resources", 0, "seats"), "15"),
        (("devices", 0, "readings", 0, "at"), 3),
        (("surprise",), 1),
    ],
)
def test_what_does_not_belong_is_refused(path: tuple[Any, ...], value: Any) -> None:
    """Null or text for a figure, an invented verdict, a key nobody described."""
    told = copy.deepcopy(plain(worked_audit()))
    *way, last = path
    place = told
    for step in way:
        place = place[step]
    place[last] = value
    assert faults(told)


def test_the_seal_is_that_of_the_evidence_listed() -> None:
    """Whoever holds the JSON can work it out again."""
    told = plain(worked_audit())
    digests = "\n".join(line["sha256"] for line in told["evidence"])
    assert told["evidence"]
    assert told["evidence_sha256"] == hashlib.sha256(digests.encode()).hexdigest()
