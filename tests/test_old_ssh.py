"""Devices that need SSH resting on SHA-1: allowed one by one, and each is a finding of itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from auditor import facts
from auditor.checks.doors import old_ssh
from auditor.model import Device, Finding, Key, Outcome, Reading, Severity
from auditor.site import People, Role, Site, SshAccess, Target
from tests.commands import auditor
from tests.fake_ssh import FakeDevice

NEW = ("curve25519-sha256", "diffie-hellman-group14-sha1", "ssh-ed25519", "ssh-rsa", "aes256-ctr")
WHEN = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
OLD = ("diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1", "ssh-rsa", "aes256-cbc")


def judged(offered: tuple[str, ...], *, legacy: bool = True, source: str = "ssh") -> list[Finding]:
    target = Target("rtr", "192.0.2.1", ssh=SshAccess("audit", "x", legacy=legacy))
    site = Site(name="s", client="c", people=People(headcount=1, eligible=1), targets=(target,))
    key: Key[tuple[str, ...]] = facts.ACCESS_SSH_ALGORITHMS
    told = (Reading(key, offered, "rtr", WHEN, (source,)),) if offered else ()
    return list(old_ssh(site, [Device("rtr", Role.ROUTER, "192.0.2.1", readings=told)]))


def test_a_device_that_needs_sha1_is_a_finding_that_names_what_it_needs() -> None:
    """Every exchange and host key it offers rests on SHA-1; the ciphers are another check's."""
    (finding,) = judged(OLD)
    assert (finding.id, finding.outcome, finding.severity, finding.weight) == (
        "SSH-OLD", Outcome.FAIL, Severity.MEDIUM, 0,
    )  # fmt: skip
    assert finding.message.values["algorithms"] == OLD[:3]
    assert [(source.device, source.request) for source in finding.evidence] == [("rtr", "ssh")]


@pytest.mark.parametrize(
    ("offered", "needed"),
    [
        (("curve25519-sha256", "ssh-rsa"), ("ssh-rsa",)),
        (("diffie-hellman-group1-sha1", "ssh-ed25519"), ("diffie-hellman-group1-sha1",)),
        (("diffie-hellman-group-exchange-sha1", "rsa-sha2-256"), ("diffie-hellman-group-exchange-sha1",)),
        (("ecdh-sha2-nistp256", "ssh-dss"), ("ssh-dss",)),
    ],
)
def test_one_kind_is_enough(offered: tuple[str, ...], needed: tuple[str, ...]) -> None:
    """A new exchange under an old host key is an old session all the same, and the other way round."""
    (finding,) = judged(offered)
    assert finding.message.values["algorithms"] == needed


def test_a_mark_that_is_needed_no_more_is_said() -> None:
    """The device offers better beside the old: the mark may go."""
    (finding,) = judged(NEW)
    assert (finding.outcome, finding.severity, finding.message.id) == (Outcome.WARN, Severity.LOW, "SSH-OLD.warn")


def test_nothing_is_said_without_the_mark_or_without_a_session() -> None:
    """What a device offers though the audit did not use it is ACC-005's; a configuration is not our session."""
    assert judged(OLD, legacy=False) == []
    assert judged(()) == []
    assert judged(OLD, source="sshd -T") == []


SITE = """\
[site]
name = "Old"
client = "Old"
[people]
headcount = 5
eligible = 5
[[device]]
name = "rtr-old"
address = "127.0.0.1"
platform = "cisco_ios"
ssh = {{ user = "audit", credential = "old", port = {port}, legacy = true }}
"""


@pytest.mark.slow
def test_an_audit_over_old_ssh_reports_it_in_both_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a finding of the device, with its title and its sentence, in the JSON that reports and screens are made of."""
    with FakeDevice(legacy_only=True) as device:
        monkeypatch.setenv("AUDITOR_CREDENTIAL_OLD", device.password)
        (tmp_path / "site.toml").write_text(SITE.format(port=device.port))
        for language, words in (("en", "rests on SHA-1 alone"), ("fr", "ne repose que sur SHA-1")):
            out = tmp_path / language
            ended = auditor(
                "audit",
                tmp_path / "site.toml",
                "--out",
                out,
                "--window",
                3,
                "--accept-new",
                "--json",
                "--lang",
                language,
            )
            (found,) = [row for row in ended.json["findings"] if row["id"] == "SSH-OLD"]
            assert (found["verdict"], found["severity"]) == ("fail", "medium")
            assert words in found["text"]
            assert "diffie-hellman-group14-sha1" in found["text"]
            assert found["title"] != "SSH-OLD.title"
