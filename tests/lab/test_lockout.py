"""The lock-out guard against OpenSSH: logins counted in the server's own log; and host keys that change."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from auditor.collectors.hostkeys import accept_new
from auditor.collectors.transport import Credential, Secret
from auditor.model import Audit, Outcome, Severity
from auditor.site import Target
from auditor.visit import Place, Visit, open_site
from tests.lab.conftest import PASSWORD, Sshd, fingerprint, free_tcp_port, host_key, sshd, tool

pytestmark = pytest.mark.lab

SITE = """\
[site]
name = "Lab"
client = "Lab"
[people]
headcount = 5
eligible = 5
"""
DEVICE = """
[[device]]
name = "box-{n}"
address = "127.0.0.1"
platform = "linux"
ssh = {{ user = "{user}", {way}, port = {port} }}
"""
CREDENTIAL = 'credential = "lab"'


class Lab:
    """A site whose devices are ports of sshd, audited as often as a test likes with one history and known hosts."""

    def __init__(self, folder: Path, user: str, ports: tuple[int, ...], way: str = CREDENTIAL) -> None:
        self.home, file = folder / "home", folder / "site.toml"
        rows = [DEVICE.format(n=n, user=user, way=way, port=port) for n, port in enumerate(ports)]
        file.write_text(SITE + "".join(rows))
        self.site, self.text = open_site(file)

    def audit(self, secret: str = "wrong") -> Audit:
        """One run, as the command does it, without its report."""

        def credentials(name: str, target: Target) -> Credential:
            return Credential(Secret(secret))

        visit = Visit(Place.of(self.home, self.site), self.site, self.text, credentials)
        return visit.run(decide=accept_new, emit=lambda event: None, window=3)


def reasons(result: Audit) -> list[str]:
    return [problem.id for device in result.devices for problem in device.problems]


def failed(server: Sshd) -> int:
    """Refused logins in the server's log, whatever their method; `none` only asks which there are."""
    return sum(" Failed " in f" {line}" and "Failed none" not in line for line in server.said().splitlines())


@contextmanager
def doors(folder: Path, user: str, ports: int = 1, extra: str = "") -> Iterator[tuple[Sshd, tuple[int, ...]]]:
    """One sshd on so many ports."""
    found = tuple(free_tcp_port() for _ in range(ports))
    more = "".join(f"Port {port}\n" for port in found[1:])
    with sshd(folder, user, host_key(folder, "key"), found[0], more + extra) as server:
        yield server, found


def test_three_devices_of_one_account_cost_one_login_a_run(account: str, tmp_path: Path) -> None:
    """Asked at once; the others say where it was refused. The next run tries it once more, and no more than that."""
    with doors(tmp_path, account, 3) as (server, ports):
        lab = Lab(tmp_path, account, ports)
        assert sorted(reasons(lab.audit())) == ["ssh.account_skipped", "ssh.account_skipped", "ssh.denied"]
        assert failed(server) == 1
        lab.audit()
        assert failed(server) == 2
        assert reasons(lab.audit(PASSWORD)) == []
        assert failed(server) == 2


@pytest.mark.parametrize(
    "methods",
    ["Match all\nKbdInteractiveAuthentication yes\nPasswordAuthentication no\n",
     "Match all\nKbdInteractiveAuthentication yes\n"],
    ids=["keyboard-interactive alone", "both"],
)  # fmt: skip
def test_one_method_is_tried_and_no_other_after_it(account: str, tmp_path: Path, methods: str) -> None:
    """Where a password and questions would both do, one refusal is one attempt, not one of each."""
    with doors(tmp_path, account, extra=methods) as (server, ports):
        assert reasons(Lab(tmp_path, account, ports).audit()) == ["ssh.denied"]
        assert failed(server) == 1


def test_a_key_that_is_refused_is_not_followed_by_a_password(
    account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent holds three keys and the site file names one: it alone is offered, once, and nothing after it."""
    keys = tmp_path / "keys"
    keys.mkdir()
    made = [host_key(keys, f"mine-{n}") for n in range(3)]
    socket = str(tmp_path / "agent")
    with subprocess.Popen([tool("ssh-agent"), "-D", "-a", socket], stdout=subprocess.DEVNULL) as agent:
        try:
            monkeypatch.setenv("SSH_AUTH_SOCK", socket)
            command = [
                "bash",
                "-c",
                f"until [ -S {socket} ]; do sleep 0.05; done; ssh-add -q {' '.join(map(str, made))}",
            ]
            subprocess.run(command, check=True, timeout=20)
            extra = "Match all\nPubkeyAuthentication yes\n"
            with doors(tmp_path, account, extra=extra) as (server, ports):
                lab = Lab(tmp_path, account, ports, f'agent = true, key = "{fingerprint(made[1])}"')
                assert reasons(lab.audit()) == ["ssh.denied"]
                assert failed(server) == 1
                assert fingerprint(made[1]) in server.said()
                assert not [key for key in (made[0], made[2]) if fingerprint(key) in server.said()]
                plain = Lab(tmp_path, account, ports)
                assert reasons(plain.audit(PASSWORD)) == []
                assert failed(server) == 1, "an agent that is there is not used where the site file names none"
        finally:
            agent.kill()


def test_a_host_key_of_another_kind_is_a_changed_one(account: str, tmp_path: Path) -> None:
    """Pinned as Ed25519, shown as RSA: skipped, a critical finding, called once, and no password sent."""
    port = free_tcp_port()
    with sshd(tmp_path, account, host_key(tmp_path, "first"), port):
        lab = Lab(tmp_path, account, (port,))
        assert reasons(lab.audit(PASSWORD)) == []
    other = tmp_path / "second"
    subprocess.run([tool("ssh-keygen"), "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(other)], check=True)
    with sshd(tmp_path, account, other, port) as server:
        result = lab.audit(PASSWORD)
        assert reasons(result) == ["ssh.key_changed"]
        (found,) = [finding for finding in result.findings if finding.id == "SSH-KEY"]
        assert (found.severity, found.outcome) == (Severity.CRITICAL, Outcome.FAIL)
        assert fingerprint(tmp_path / "first") in str(found.message.values["known"])
        assert fingerprint(other) in str(found.message.values["fingerprint"])
        assert server.said().count("Connection from") - 1 == 1, "the first one is the test's own"
        assert "password" not in server.said()


def test_a_second_host_key_beside_the_pinned_one_changes_nothing(account: str, tmp_path: Path) -> None:
    """A server that has two is asked for the kind that is pinned."""
    port = free_tcp_port()
    rsa = tmp_path / "rsa"
    subprocess.run([tool("ssh-keygen"), "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(rsa)], check=True)
    with sshd(tmp_path, account, rsa, port):
        lab = Lab(tmp_path, account, (port,))
        assert reasons(lab.audit(PASSWORD)) == []
    with sshd(tmp_path, account, host_key(tmp_path, "newer"), port, f"HostKey {rsa}\n"):
        assert reasons(lab.audit(PASSWORD)) == []
