"""`auditor plan` and `auditor what-if` as a user runs them, on an audit of the history."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from auditor.audit import judge
from auditor.reports.export import audit_json
from auditor.store import home_folder
from auditor.visit import Place, now_at
from auditor.wording import texts
from tests.commands import auditor
from tests.worked_audit import SITE, devices

YESTERDAY = now_at(SITE) - dt.timedelta(days=1)


@pytest.fixture
def saved(_own_home: None) -> str:
    """The id of an audit of yesterday in the history of its client."""
    with Place.of(home_folder(), SITE).store() as store:
        id = store.begin(SITE, "[site]", YESTERDAY, "0.1.0")
        result = judge(SITE, devices(), id=id, at=YESTERDAY, window=60)
        for device in result.devices:
            store.save_device(id, device)
        store.finish(result, audit_json(result, texts("en")))
    return id


def plan(*words: str) -> dict[str, Any]:
    """The plan as JSON after a command."""
    ended = auditor("plan", "latest", *words, "--json")
    assert ended.code == 0, ended
    found: dict[str, Any] = ended.json
    return found


def row(found: dict[str, Any], id: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = [row for row in found["plan"] if row["id"] == id]
    assert len(rows) == 1, id
    return rows[0]


# ---- plan ----


def test_the_plan_is_shown(saved: str) -> None:
    """By `latest` or by its id, in words or as JSON, in either language."""
    by_id, latest = auditor("plan", saved), auditor("plan", "latest")
    assert by_id.code == 0
    assert by_id.out == latest.out
    assert "LNK-001/main" in by_id.out
    assert "critical path" in by_id.out
    assert "Own effort" in by_id.out
    french = auditor("plan", "latest", "--lang", "fr").out
    assert "chemin critique" in french
    assert "Charge propre" in french
    found = plan()
    assert found["schema"] == "auditor/plan/1"
    assert found["audit"] == saved
    assert [entry["rank"] for entry in found["plan"]] == list(range(1, len(found["plan"]) + 1))


def test_decisions_are_kept(saved: str) -> None:
    """Set in one command, they stand in the next, in the report and in the plan alike."""
    found = plan("--set", "vpn-003", "owner=opérateur", "--set", "VPN-003", "status=ordered",
                 "--set", "VPN-003", "start=2026-12-03", "--exclude", "HOM-001", "--reason", "hotspots", "--by", "DSI",
                 "--start", "2026-12-02")  # fmt: skip
    for told in (found, plan()):
        engine = row(told, "VPN-003")
        assert (engine["owner_role"], engine["status"], engine["start_by"]) == ("operator", "ordered", "2026-12-03")
        assert row(told, "HOM-001")["status"] == "excluded"
        assert row(told, "HOM-001")["note"] == "hotspots"
        assert told["start"] == "2026-12-02"
    back = plan("--include", "HOM-001", "--set", "VPN-003", "owner=", "--start", "")
    assert row(back, "HOM-001")["status"] == "open"
    assert row(back, "VPN-003")["owner_role"] == "integrator"
    assert back["start"] == "2026-12-01"


def test_an_accepted_risk_is_shown_and_can_be_withdrawn(saved: str, tmp_path: Path) -> None:
    """With its name, reason and last day; the report of the same audit says it too; the check stays failed."""
    until = (now_at(SITE).date() + dt.timedelta(days=100)).isoformat()
    found = plan("--accept", "vpn-009", "--by", "CEO", "--reason", "next budget", "--until", until)
    (risk,) = found["accepted"]
    assert (risk["check"], risk["by"], risk["reason"], risk["until"], risk["expired"]) == (
        "VPN-009", "CEO", "next budget", until, False,
    )  # fmt: skip
    assert row(found, "VPN-009")["status"] == "excluded"
    assert "next budget" in auditor("plan", "latest").out
    written = auditor("report", "latest", "--format", "json", "--out", tmp_path)
    told = json.loads(Path(written.out.strip()).read_text())
    (finding,) = [finding for finding in told["findings"] if finding["id"] == "VPN-009"]
    assert finding["verdict"] in ("fail", "warn")
    assert "CEO" in finding["accepted"]
    again = plan("--withdraw", "VPN-009")
    assert again["accepted"] == []
    assert row(again, "VPN-009")["status"] == "open"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "VPN-03", "owner=it"], "VPN-003"),
        (["--set", "VPN-003", "ownr=it"], "owner"),
        (["--set", "VPN-003", "owner"], "FIELD=VALUE"),
        (["--set", "VPN-003", "status=finished"], "excluded"),
        (["--set", "VPN-003", "start=soon"], "2026-12-01"),
        (["--exclude", "nothing at all"], "auditor plan"),
        (["--accept", "VPN-009"], "--until"),
        (["--accept", "VPN-009", "--by", "a", "--reason", "b", "--until", "2020-01-01"], "past"),
        (["--accept", "VPN-001", "--by", "a", "--reason", "b", "--until", "2099-01-01"], "VPN-001"),
        (["--start", "2026-13-01"], "2026-13-01"),
    ],
)
def test_a_decision_that_cannot_be_is_one_line(saved: str, words: list[str], told: str) -> None:
    """Exit 2, with what is meant; nothing is kept."""
    before = auditor("plan", "latest").out
    assert told in auditor("plan", "latest", *words).fault()
    assert auditor("plan", "latest").out == before


def test_half_a_wish_keeps_nothing(saved: str) -> None:
    """One good and one bad change in the same command: neither is kept."""
    before = auditor("plan", "latest").out
    auditor("plan", "latest", "--set", "VPN-003", "owner=hr", "--set", "VPN-003", "end=never").fault()
    assert auditor("plan", "latest").out == before


def test_a_plan_of_a_file_is_shown_and_not_decided_about(saved: str, tmp_path: Path) -> None:
    """An audit JSON has no history to keep a decision in."""
    written = auditor("report", "latest", "--format", "json", "--out", tmp_path).out.strip()
    assert auditor("plan", written).out == auditor("plan", "latest").out
    assert "history" in auditor("plan", written, "--exclude", "HOM-001").fault()


def test_an_audit_that_is_not_there_is_one_line() -> None:
    """No history yet."""
    assert "nope" in auditor("plan", "nope").fault()
    assert "nope" in auditor("what-if", "nope", "--set", "people.eligible=10").fault()


# ---- what-if ----


def test_a_what_if_recomputes_the_headline(saved: str) -> None:
    """In words and as JSON; several changes, as options or after the audit."""
    ended = auditor("what-if", "latest", "--set", "tunnel.mode=selective", "vpn.sessions.licensed=250")
    assert ended.code == 0
    assert "vpn.sessions.licensed = 250 (today 50)" in ended.out
    assert "(LNK-001/main)" in ended.out
    assert "at once (more only 1% of the time)" in ended.out
    found = auditor("what-if", saved, "--set", "tunnel.mode=selective", "--set", "link.target_use=80%", "--json").json
    assert found["schema"] == "auditor/what-if/1"
    assert found["changes"] == {"tunnel.mode": "selective", "link.target_use": 0.8}
    assert found["headline"]["seats"] > found["today"]["seats"]
    assert {"id", "seats", "binding"} <= found["waterfall"][0].keys()
    assert found["headline"]["voice_peak"]["calls"] > found["today"]["voice_peak"]["calls"] > 0
    assert "à la fois" in auditor("what-if", "latest", "--set", "homes.share=1", "--lang", "fr").out
    assert "Aujourd’hui" in auditor("what-if", "latest", "--set", "homes.share=1", "--lang", "fr").out


def test_a_what_if_can_be_saved_and_used_again(saved: str) -> None:
    """Kept beside the facts, listed, taken up with one more change, forgotten; the audit is as it was."""
    before = auditor("plan", "latest").out
    assert auditor("what-if", "latest", "--set", "vpn.sessions.licensed=250", "--save", "more licences").code == 0
    assert "more licences" in auditor("what-if", "latest", "--list").out
    (kept,) = auditor("what-if", "latest", "--list", "--json").json
    assert kept["changes"] == {"vpn.sessions.licensed": 250}
    found = auditor("what-if", "latest", "--scenario", "more licences", "--set", "homes.share=1", "--json").json
    assert found["changes"] == {"vpn.sessions.licensed": 250, "homes.share": 1}
    assert "more licences" in auditor("what-if", "latest", "--scenario", "fewer").fault()
    assert auditor("what-if", "latest", "--forget", "more licences").code == 0
    assert "No what-if is saved" in auditor("what-if", "latest", "--list").out
    assert auditor("what-if", "latest", "--forget", "more licences").fault()
    assert auditor("plan", "latest").out == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--set NAME=VALUE"),
        (["--set", "headcont=5"], "people.headcount"),
        (["--set", "people.headcount"], "NAME=VALUE"),
        (["--set", "people.headcount=many"], "many"),
        (["--set", "homes.share=82"], "0 to 1"),
        (["--set", "tunnel.mode=ful"], "full, selective and split"),
        (["--set", "people.eligible=100000"], "100,000"),
        (["--scenario", "none"], "none"),
        (["--set", "homes.share=1", "--save", " "], "name"),
    ],
)
def test_a_what_if_that_cannot_be_is_one_line(saved: str, words: list[str], told: str) -> None:
    """Exit 2 with the nearest names or what is expected."""
    assert told in auditor("what-if", "latest", *words).fault()


def test_a_what_if_of_a_file_is_answered_and_not_kept(saved: str, tmp_path: Path) -> None:
    """An audit JSON can be asked; only a history keeps the question."""
    written = auditor("report", "latest", "--format", "json", "--out", tmp_path).out.strip()
    asked = ("--set", "homes.share=1", "--json")
    assert auditor("what-if", written, *asked).json["headline"] == auditor("what-if", "latest", *asked).json["headline"]
    for words in (("--set", "homes.share=1", "--save", "x"), ("--list",), ("--forget", "x")):
        assert "history" in auditor("what-if", written, *words).fault()
