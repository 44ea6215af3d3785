"""Debian's own sshd and snmpd, asked by the program as its users run it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Ended, program
from tests.daemons import snmpd
from tests.lab.conftest import PASSWORD, Sshd, free_tcp_port, host_key, sshd

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def inspect(server: Sshd, user: str, *words: object, secret: str = PASSWORD) -> Ended:
    """One inspection of the account over SSH, with a short window."""
    environment = {"AUDITOR_CREDENTIAL_LAB": secret}
    target = f"ssh://{user}@127.0.0.1:{server.port}"
    ended = program("inspect", target, "--credential", "lab", "--window", 3, "--json", *words, environment=environment)
    assert secret not in ended.out + ended.err
    assert "product itself" not in ended.out
    return ended


def readings(ended: Ended) -> dict[str, Any]:
    return {reading["key"]: reading["value"] for reading in ended.json["readings"]}


def said(ended: Ended) -> str:
    """Every reason the device JSON gives."""
    return " ".join([*ended.json.get("problems", ()), *(gap["reason"] for gap in ended.json["gaps"])])


def test_a_linux_host_is_read_over_both_doors(account: str, tmp_path: Path) -> None:
    """SNMP and SSH of one host are merged: who it is, its interfaces, and the rates of the window."""
    secrets = {"AUDITOR_CREDENTIAL_LAB": PASSWORD, "AUDITOR_CREDENTIAL_AGENT": "public"}
    with (
        snmpd(tmp_path) as agent,
        sshd(tmp_path, account, host_key(tmp_path, "key"), free_tcp_port()) as server,
    ):
        site = tmp_path / "site.toml"
        site.write_text(
            '[site]\nname = "Lab"\nclient = "Lab"\n[people]\nheadcount = 5\neligible = 5\n'
            '[[device]]\nname = "box"\naddress = "127.0.0.1"\nrole = "server"\n'
            f'snmp = {{ version = "2c", credential = "agent", port = {agent.port} }}\n'
            f'ssh = {{ user = "{account}", credential = "lab", port = {server.port} }}\n'
        )
        ended = program(
            "inspect", "--site", site, "--device", "box", "--accept-new", "--window", 15, "--json", environment=secrets
        )
        log = server.said()
    assert ended.code == 0, ended
    found = readings(ended)
    assert found["identity.platform"] == "linux"
    assert found["identity.name"] == os.uname().nodename
    (lo,) = [row for row in found["interfaces"] if row["name"] == "lo"]
    assert lo["oper_up"] is True
    assert {"in_bps", "out_bps"} <= lo.keys(), (lo, said(ended), ended.json["conflicts"])
    assert "127.0.0.1" in lo["addresses"]
    sources = {source for reading in ended.json["readings"] for source in reading["sources"]}
    assert any(source.startswith("1.3.6.1.") for source in sources)
    assert any(not source.startswith("1.3.6.1.") for source in sources)
    assert log.count(f"Accepted password for {account}") == 1


def test_two_targets_on_the_command_line_are_one_device(account: str, tmp_path: Path) -> None:
    """snmp:// and ssh:// in one command: one door answers, the other refuses, and the device tells both."""
    word = PASSWORD.replace(" ", "-")
    with (
        snmpd(tmp_path, extra=(f"rocommunity {word}",)) as agent,
        sshd(tmp_path, account, host_key(tmp_path, "key"), free_tcp_port()) as server,
    ):
        ended = program(
            "inspect", f"snmp://127.0.0.1:{agent.port}", f"ssh://{account}@127.0.0.1:{server.port}",
            "--credential", "lab", "--accept-new", "--window", 3, "--json",
            environment={"AUDITOR_CREDENTIAL_LAB": word},
        )  # fmt: skip
        log = server.said()
    assert ended.code == 0, ended
    assert "lo" in [row["name"] for row in readings(ended)["interfaces"]]
    assert f"refuses the login of {account}" in said(ended), "the account has another password than the community"
    assert log.count(f"Failed password for {account}") == 1


def test_a_wrong_password_is_tried_once(account: str, tmp_path: Path) -> None:
    """Refused: exit 3, a clear line, and exactly one attempt in the log of sshd."""
    with sshd(tmp_path, account, host_key(tmp_path, "key"), free_tcp_port()) as server:
        ended = inspect(server, account, "--accept-new", secret="not-the-password")
        log = server.said()
    assert ended.code == 3, ended
    assert f"refuses the login of {account}" in said(ended)
    assert log.count(f"Failed password for {account}") == 1
    assert "Accepted" not in log


def test_an_unknown_host_key_is_refused(account: str, tmp_path: Path) -> None:
    """Without --accept-new: the fingerprint is told, no password is offered, and nothing is remembered."""
    with sshd(tmp_path, account, host_key(tmp_path, "key"), free_tcp_port()) as server:
        for _ in range(2):
            ended = inspect(server, account)
            assert ended.code == 3, ended
            assert server.fingerprint in said(ended)
            assert "not known" in said(ended)
        log = server.said()
    assert "password for" not in log


def test_a_changed_host_key_is_refused(account: str, tmp_path: Path) -> None:
    """Both fingerprints are told, even with --accept-new; no password is offered to the other machine."""
    port = free_tcp_port()
    with sshd(tmp_path, account, host_key(tmp_path, "first"), port) as first:
        assert inspect(first, account, "--accept-new").code == 0
        assert inspect(first, account).code == 0, "a pinned key needs no flag"
    with sshd(tmp_path, account, host_key(tmp_path, "second"), port) as second:
        ended = inspect(second, account, "--accept-new")
        log = second.said()
    assert ended.code == 3, ended
    assert first.fingerprint in said(ended)
    assert second.fingerprint in said(ended)
    assert "password for" not in log


def test_the_account_is_left_as_it_was(account: str, tmp_path: Path) -> None:
    """An inspection leaves no file in the home of the account: it is read-only down to the shell's history."""
    home = Path(os.path.expanduser(f"~{account}"))
    before = sorted(path.name for path in home.iterdir())
    with sshd(tmp_path, account, host_key(tmp_path, "key"), free_tcp_port()) as server:
        assert inspect(server, account, "--accept-new").code == 0
    assert sorted(path.name for path in home.iterdir()) == before
