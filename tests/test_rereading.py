"""Kept answers read again by today's pages: the same version finds the same facts, another one what it knows better."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from auditor import facts
from auditor.collectors.rereading import KeptAgent, reread
from auditor.collectors.transport import Denied, NoAnswer
from auditor.model import Device, Gap
from auditor.site import Target
from auditor.values import Message
from auditor.visit import Place
from tests.commands import auditor
from tests.replay import NETWORKS, replay_folder
from tests.test_bundles import AT, judged, saved

RECORDINGS = Path(__file__).parent / "recordings"
SOME = ("ups", "cisco_asa", "linux", "asterisk", "fortinet", "juniper_junos")


def device(platform: str) -> tuple[Device, Target]:
    folder = min(path for path in (RECORDINGS / platform).iterdir() if path.is_dir())
    return asyncio.run(replay_folder(folder)), Target(folder.name, "recorded", platform=platform)


@pytest.mark.parametrize("platform", SOME)
def test_the_same_version_reads_the_same(platform: str) -> None:
    """Every fact, gap and line that was not understood, from the answers as they were kept."""
    then, target = device(platform)
    assert then.evidence
    assert asyncio.run(reread(then, target, NETWORKS)) == then


@pytest.mark.slow
def test_every_recorded_device_reads_the_same_again() -> None:
    """All of them: what is kept is enough to read them anew."""
    folders = [path for path in sorted(RECORDINGS.glob("*/*")) if path.is_dir()]
    wrong = []
    for folder in folders:
        then = asyncio.run(replay_folder(folder))
        now = asyncio.run(reread(then, Target(folder.name, "recorded", platform=folder.parent.name), NETWORKS))
        wrong += [f"{folder.parent.name}/{folder.name}"] if now != then else []
    assert len(folders) > 50
    assert not wrong


def test_what_an_older_parser_missed_or_got_wrong_is_found() -> None:
    """A fact that was a gap, and one that had another value: both are as today's page reads them."""
    now, target = device("cisco_asa")
    wrong = {facts.IDENTITY_OS_VERSION.name: "0.0"}
    missed = facts.IDENTITY_MODEL
    older = replace(
        now,
        readings=tuple(
            replace(row, value=wrong.get(row.key.name, row.value)) for row in now.readings if row.key != missed
        ),
        gaps=(*now.gaps, Gap(missed, now.name, Message("gap.unparsed"))),
    )
    assert asyncio.run(reread(older, target, NETWORKS)).readings == now.readings
    assert missed not in [gap.key for gap in asyncio.run(reread(older, target, NETWORKS)).gaps]


def test_what_was_never_asked_is_not_taken_for_absent() -> None:
    """An OID of a newer version: nobody asked it then, so the device is not said to lack it."""
    then, _ = device("ups")
    agent = KeptAgent("ups", [line for line in then.evidence if line.method == "file"])
    with pytest.raises(NoAnswer) as caught:
        asyncio.run(agent.get(("1.3.6.1.4.1.99999.1.0",)))
    assert caught.value.message.id == "gap.not_asked_then"
    with pytest.raises(NoAnswer):
        asyncio.run(agent.walk(("1.3.6.1.4.1.99999.2",)))


def test_a_refusal_that_was_kept_stays_one() -> None:
    """An access that was denied then is not read as an empty table."""
    then, _ = device("ups")
    line = replace(then.evidence[0], method="snmp", request="1.3.6.1.9.9", text="# snmp.no_access")
    with pytest.raises(Denied):
        asyncio.run(KeptAgent("ups", [line]).walk(("1.3.6.1.9.9",)))


@pytest.mark.slow
def test_a_judgement_of_today_changes_nothing_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`rejudge` shows what an older parser missed beside the published result, which stays as it is to the byte."""
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path / "home"))
    now, _ = device("cisco_asa")
    keys = (facts.VPN_SESSIONS_LICENSED, facts.VPN_AUTHENTICATION)
    older = replace(now, vendor="cisco_asa", readings=tuple(row for row in now.readings if row.key not in keys))
    one = saved(judged([older]), tmp_path / "home")
    with Place.of(tmp_path / "home", one.site).store() as store:
        before = store.published(one.id)
    ended = auditor("rejudge", one.id, "--json")
    assert ended.code == 0, ended
    kinds = {row["id"]: row["kind"] for row in ended.json["comparison"]["changes"]}
    assert "new" in kinds.values()
    assert ended.json["published"]["version"] == ended.json["today"]["version"]
    assert auditor("rejudge", one.id, "--out", tmp_path / "out", "--format", "json").code == 0
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == ["published", "today"]
    with Place.of(tmp_path / "home", one.site).store() as store:
        assert store.published(one.id) == before
        assert store.history()[0].at == AT
