"""Pinned host keys: asked once, kept whole, never replaced in silence."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from auditor.checks.doors import changed_keys
from auditor.collectors.hostkeys import HostKeyFile, accept_new, refuse
from auditor.collectors.transport import Denied
from auditor.model import Device, Outcome, Severity
from auditor.site import Role
from auditor.values import Message, Value

ONE, TWO = (f"ssh-ed25519 SHA256:{sign * 43}" for sign in "ab")


def test_an_accepted_key_is_known_afterwards(tmp_path: Path) -> None:
    """Also to another reader of the same file; the port is part of the device's name."""
    keys = HostKeyFile(tmp_path / "client" / "known_hosts", accept_new)
    assert keys.known("192.0.2.1", 22) == ()
    assert keys.accept("192.0.2.1", 22, ONE)
    again = HostKeyFile(tmp_path / "client" / "known_hosts", refuse)
    assert again.known("192.0.2.1", 22) == (ONE,)
    assert again.known("192.0.2.1", 2222) == ()
    assert again.known("192.0.2.10", 22) == ()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """One line for each key, as OpenSSH names hosts; nothing else is left in the folder."""
    path = tmp_path / "client" / "known_hosts"
    keys = HostKeyFile(path, accept_new)
    keys.accept("192.0.2.1", 22, ONE)
    keys.accept("2001:db8::1", 2222, TWO)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().splitlines()[1:] == [f"192.0.2.1 {ONE}", f"[2001:db8::1]:2222 {TWO}"]
    assert [item.name for item in path.parent.iterdir()] == ["known_hosts"]


def test_a_refused_key_is_not_pinned(tmp_path: Path) -> None:
    """Nothing is written for a device nobody vouched for."""
    keys = HostKeyFile(tmp_path / "known_hosts", refuse)
    assert not keys.accept("192.0.2.1", 22, ONE)
    assert not (tmp_path / "known_hosts").exists()


def test_a_pinned_key_is_never_replaced(tmp_path: Path) -> None:
    """Not even when everything is accepted: the question is not asked."""
    asked: list[str] = []

    def decide(device: str, fingerprint: str) -> bool:
        asked.append(f"{device} {fingerprint}")
        return True

    keys = HostKeyFile(tmp_path / "known_hosts", decide)
    assert keys.accept("192.0.2.1", 22, ONE)
    assert not keys.accept("192.0.2.1", 22, TWO)
    assert keys.accept("192.0.2.1", 22, ONE)
    assert asked == [f"192.0.2.1 {ONE}"]
    assert keys.known("192.0.2.1", 22) == (ONE,)


@pytest.mark.parametrize("line", ["192.0.2.1 ssh-rsa", "192.0.2.1 ssh-rsa SHA256:short", "\x00", f"192.0.2.1 {ONE} x"])
def test_a_damaged_line_is_not_a_first_contact(line: str, tmp_path: Path) -> None:
    """Whoever damages the file must not get a new key accepted."""
    path = tmp_path / "known_hosts"
    path.write_text(f"# a comment\n\n{line}\n")
    keys = HostKeyFile(path, accept_new)
    for ask in (lambda: keys.known("192.0.2.1", 22), lambda: keys.accept("192.0.2.1", 22, ONE)):
        with pytest.raises(Denied) as caught:
            ask()
        assert caught.value.message.id == "ssh.keys_damaged"
        assert caught.value.message.values["line"] == 3
    assert path.read_text() == f"# a comment\n\n{line}\n"


def test_a_file_that_cannot_be_read_or_written_says_so(tmp_path: Path) -> None:
    """A folder in its place, bytes that are no text, a folder that is a file."""
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "bytes", tmp_path / "file" / "known_hosts"):
        keys = HostKeyFile(path, accept_new)
        with pytest.raises(Denied) as caught:
            keys.accept("192.0.2.1", 22, ONE)
        assert caught.value.message.id == "ssh.keys_unreadable"


def test_many_devices_at_once_are_all_pinned(tmp_path: Path) -> None:
    """Threads do not lose each other's lines, and people are asked one thing at a time."""
    open_questions: list[str] = []
    most: list[int] = []

    def decide(device: str, fingerprint: str) -> bool:
        open_questions.append(device)
        most.append(len(open_questions))
        open_questions.remove(device)
        return True

    keys = HostKeyFile(tmp_path / "known_hosts", decide)
    threads = [threading.Thread(target=keys.accept, args=(f"192.0.2.{n}", 22, ONE)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(keys.known(f"192.0.2.{n}", 22) == (ONE,) for n in range(20))
    assert set(most) == {1}


def test_a_changed_key_is_a_critical_finding_and_an_unknown_one_is_not() -> None:
    """One for each device whose key changed, resting on what that device showed."""
    values: dict[str, Value] = {"target": "fw", "fingerprint": "ssh-ed25519 SHA256:new", "known": ("old",)}
    changed, unknown = (
        Device(name, Role.FIREWALL, "127.0.0.1", problems=(Message(id, values),), refused=True)
        for name, id in (("fw", "ssh.key_changed"), ("rtr", "ssh.key_unknown"))
    )
    (finding,) = changed_keys((changed, unknown))
    assert (finding.id, finding.outcome, finding.severity) == ("SSH-KEY", Outcome.FAIL, Severity.CRITICAL)
    assert [source.device for source in finding.evidence] == ["fw"]
    assert finding.message.values["fingerprint"] == "ssh-ed25519 SHA256:new"


@pytest.mark.parametrize(
    "line",
    [
        "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 SHA256:" + "A" * 43,
        "@revoked 192.0.2.1 ssh-ed25519 SHA256:" + "A" * 43,
        "@cert-authority *.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43,
        "192.0.2.1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43,
    ],
)
def test_lines_of_openssh_are_never_taken_for_a_first_contact(line: str, tmp_path: Path) -> None:
    """Hashed, revoked, signed or whole keys: none of this file's lines, and nothing is sent until it is made one."""
    (tmp_path / "known_hosts").write_text(f"{line}\n")
    keys = HostKeyFile(tmp_path / "known_hosts", accept_new)
    with pytest.raises(Denied):
        keys.accept("192.0.2.1", 22, ONE)
    assert (tmp_path / "known_hosts").read_text() == f"{line}\n"


def test_ports_and_ipv6_are_hosts_of_their_own(tmp_path: Path) -> None:
    """`[::1]:2222` as OpenSSH writes it; another port of one address may be another machine."""
    keys = HostKeyFile(tmp_path / "known_hosts", accept_new)
    assert keys.accept("::1", 2222, ONE)
    assert (keys.known("::1", 2222), keys.known("::1", 22), keys.known("::1", 2223)) == ((ONE,), (), ())
    assert "[::1]:2222 " in (tmp_path / "known_hosts").read_text()
