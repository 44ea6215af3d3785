"""The published JSON of devices and audits: the shape that scripts rely on, and the way back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.codec import audit_from_json, device_from_json
from auditor.model import Audit, Device, Outcome
from auditor.reports.export import audit_json, device_json
from auditor.reports.pdf import write_pdf
from auditor.site import Role
from auditor.values import ABSENT, Message
from auditor.wording import texts
from tests.worked_audit import perfect_audit, unknown_audit, worked_audit

AUDITS = [worked_audit(), unknown_audit(), perfect_audit()]
NAMES = ["worked", "unknown", "perfect"]


def said(audit: Audit, language: str = "en") -> dict[str, Any]:
    """The JSON of an audit as a script reads it."""
    found: dict[str, Any] = json.loads(json.dumps(audit_json(audit, texts(language)), allow_nan=False))
    return found


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


# ---- devices ----


@pytest.mark.parametrize("device", worked_audit().devices, ids=lambda device: device.name)
def test_a_device_comes_back_from_its_json(device: Device) -> None:
    """Readings, gaps with their reasons, conflicts and problems; its evidence stays in the history."""
    written = json.loads(json.dumps(device_json(device, texts("fr"))))
    assert device_from_json(written) == replace(device, evidence=())


def test_a_device_has_its_published_shape() -> None:
    """The keys of the contract; a field nobody measured is absent from its record."""
    found = device_json(worked_audit().devices[1], texts("en"))
    assert found["schema"] == "auditor/device/1"
    assert found["role"] == "firewall"
    assert {"key", "value", "unit", "sources", "at"} <= found["readings"][0].keys()
    assert {"key", "reason", "asked"} <= found["gaps"][0].keys()
    assert None not in leaves(found["readings"])
    (pool,) = next(reading["value"] for reading in found["readings"] if reading["key"] == "vpn.pools")
    assert pool["addresses"] == 62
    assert "network" not in pool


def test_the_example_of_the_contract_is_a_device() -> None:
    """JSON that others write, with reasons in words alone, is read; the words are said as they are."""
    found = device_from_json(
        {
            "schema": "auditor/device/1",
            "target": "127.0.0.1:1161",
            "name": "fw-rennes",
            "role": "firewall",
            "readings": [
                {
                    "key": "vpn.sessions.now",
                    "value": 12,
                    "unit": "sessions",
                    "sources": ["show vpn-sessiondb summary"],
                    "at": "2026-11-23T14:02:11+01:00",
                }
            ],
            "gaps": [
                {"key": "vpn.sessions.licensed", "reason": "not exposed over SNMP", "asked": ["show version"]},
            ],
            "problems": ["SSH was refused"],
            "conflicts": [],
            "unparsed": [{"source": "show vpn-sessiondb detail", "lines": 3}],
        }
    )
    assert found.role is Role.FIREWALL
    assert found.readings[0].value == 12
    assert found.readings[0].device == "fw-rennes"
    assert texts("en").say(found.gaps[0].reason) == "not exposed over SNMP"
    assert texts("en").say(found.problems[0]) == "SSH was refused"


# ---- audits ----


def test_the_published_shape_of_an_audit() -> None:
    """The keys that scripts rely on, with the headline of the worked site."""
    found = said(worked_audit())
    assert found["schema"] == "auditor/audit/1"
    head = found["headline"]
    assert (head["seats"], head["required"], head["low"], head["high"]) == (15, 110, 13, 19)
    assert (head["headcount"], head["eligible"], head["bounds"]) == (120, 110, ["~"])
    assert (head["binding"], head["close"]) == (["link.down"], ["link.up"])
    assert all(isinstance(reason, str) and reason for reason in head["bound_reasons"])
    assert {"id", "seats", "origin", "bounds", "beyond", "inputs", "formula"} <= found["resources"][0].keys()
    assert {"value", "proven", "possible", "grade", "cap", "coverage", "confidence", "domains"} <= found["score"].keys()
    assert found["score"]["cap"]["limit"] == 39
    assert "FWL-002" in found["score"]["cap"]["by"]
    assert {"id", "verdict", "severity", "numbers", "text", "evidence", "accepted"} <= found["findings"][0].keys()
    assert {"rank", "action", "closes", "seats_after", "owner", "lead_days", "start_by"} <= found["plan"][0].keys()
    assert {"what", "why", "how_to_lift"} == found["not_measured"][0].keys()


@pytest.mark.parametrize("audit", AUDITS, ids=NAMES)
def test_everything_of_the_audit_is_there(audit: Audit) -> None:
    """As many findings, resources, actions, devices and gaps as the audit has, in its order."""
    found = said(audit)
    assert [row["id"] for row in found["findings"]] == [finding.id for finding in audit.findings]
    assert [row["verdict"] for row in found["findings"]] == [finding.outcome.value for finding in audit.findings]
    assert [row["id"] for row in found["resources"]] == [resource.id for resource in audit.resources]
    assert [row["rank"] for row in found["plan"]] == [action.rank for action in audit.plan]
    assert [row["name"] for row in found["devices"]] == [device.name for device in audit.devices]
    assert [row["what"] for row in found["not_measured"]] == [row.what for row in audit.not_measured]


def test_a_finding_names_its_evidence_once() -> None:
    """Each id stands in the list of evidence, with the digest of the answer, and only once."""
    audit = worked_audit()
    doubled = replace(audit, findings=tuple(replace(f, evidence=f.evidence * 2) for f in audit.findings))
    found = said(doubled)
    known = {row["id"]: row for row in found["evidence"]}
    named = [id for finding in found["findings"] for id in finding["evidence"]]
    assert named
    assert set(named) <= known.keys()
    assert all(len(finding["evidence"]) == len(set(finding["evidence"])) for finding in found["findings"])
    assert all({"device", "method", "request", "at", "sha256"} <= row.keys() for row in known.values())


@pytest.mark.parametrize("audit", AUDITS, ids=NAMES)
def test_no_answer_of_a_device_is_in_the_json(audit: Audit) -> None:
    """Texts of evidence stay in the history; the file carries their digests."""
    told = {line.text for device in audit.devices for line in device.evidence if len(line.text) > 8}
    assert told.isdisjoint(set(leaves(said(audit))))


def test_what_is_unknown_is_absent() -> None:
    """No seats and no score where nothing is known: never 0 or null."""
    found = said(unknown_audit())
    assert "seats" not in found["headline"]
    assert "value" not in found["score"]
    assert all("seats" not in row for row in found["resources"])


def test_words_are_in_the_language_asked_for() -> None:
    """The same audit in French has French texts and the same figures."""
    english, french = said(worked_audit()), said(worked_audit(), "fr")
    assert french["language"] == "fr"
    assert english["findings"][0]["text"] != french["findings"][0]["text"]
    assert english["headline"]["seats"] == french["headline"]["seats"]
    assert english["record"] == french["record"]


@pytest.mark.parametrize("audit", AUDITS, ids=NAMES)
def test_an_audit_comes_back_whole(audit: Audit) -> None:
    """Every record is equal again, except for the texts of the evidence."""
    slim = tuple(replace(d, evidence=tuple(replace(e, text="") for e in d.evidence)) for d in audit.devices)
    assert audit_from_json(said(audit)) == replace(audit, devices=slim)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_report_from_the_file_is_the_report_of_the_audit(tmp_path: Path, language: str) -> None:
    """The JSON of one language makes the PDF of either, byte for byte."""
    read = audit_from_json(said(worked_audit(), "en"))
    write_pdf(worked_audit(), texts(language), tmp_path / "audit.pdf")
    write_pdf(read, texts(language), tmp_path / "file.pdf")
    assert (tmp_path / "file.pdf").read_bytes() == (tmp_path / "audit.pdf").read_bytes()


def test_an_accepted_risk_stays_a_failure_with_its_reason() -> None:
    """Acceptance explains a verdict and never changes it."""
    audit = worked_audit()
    bad = next(finding for finding in audit.findings if finding.outcome is Outcome.FAIL)
    found = said(replace(audit, findings=(replace(bad, accepted=Message("until the move")),)))
    assert found["findings"][0]["verdict"] == "fail"
    assert found["findings"][0]["accepted"] == "until the move"


def test_a_headline_without_a_failure_figure_leaves_it_out() -> None:
    """ABSENT never becomes a number on the way out."""
    audit = worked_audit()
    dark = replace(audit, headline=replace(audit.headline, seats_after_largest_failure=ABSENT, low=ABSENT, high=ABSENT))
    assert {"low", "high", "seats_after_largest_failure"}.isdisjoint(said(dark)["headline"])
