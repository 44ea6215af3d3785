"""Real OpenSSH on loopback with an account of its own; needs root, and cleans up after itself."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "lab-pass-8cF2 marker"
NEEDED = ("sshd", "ssh-keygen", "useradd", "userdel", "chpasswd")
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def tool(name: str) -> str:
    found = shutil.which(name, path=PATH)
    assert found is not None, f"{name} is not installed"
    return found


@dataclass(frozen=True, slots=True)
class Sshd:
    """A running sshd: its port, its log, the fingerprint of its only host key."""

    port: int
    log: Path
    fingerprint: str

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@pytest.fixture(autouse=True, scope="session")
def _able() -> None:
    """Accounts and daemons are for root alone."""
    if os.geteuid() != 0:
        pytest.skip("needs root: it makes an account and starts sshd")
    if missing := [name for name in NEEDED if shutil.which(name, path=PATH) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="session")
def account(_able: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A throw-away account with PASSWORD, removed at the end."""
    name = f"auditlab{os.getpid() % 100_000}"
    home = tmp_path_factory.mktemp("account") / name
    subprocess.run([tool("useradd"), "-m", "-d", str(home), "-s", "/bin/bash", name], check=True, capture_output=True)
    try:
        for folder in home.parents:  # pytest keeps its folders to their owner; the account must reach its home
            if folder.is_relative_to(Path("/tmp")) and folder != Path("/tmp"):
                folder.chmod(folder.stat().st_mode | 0o011)
        subprocess.run([tool("chpasswd")], input=f"{name}:{PASSWORD}\n", encoding="utf-8", check=True)
        yield name
    finally:
        subprocess.run([tool("userdel"), "-r", "-f", name], check=False, capture_output=True)


def host_key(folder: Path, name: str) -> Path:
    path = folder / name
    subprocess.run([tool("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def fingerprint(key: Path) -> str:
    told = subprocess.run([tool("ssh-keygen"), "-lf", f"{key}.pub"], check=True, capture_output=True, encoding="utf-8")
    return told.stdout.split()[1]


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def sshd(folder: Path, user: str, key: Path, port: int, extra: str = "") -> Iterator[Sshd]:
    """OpenSSH that lets one account in by password, over PAM as Debian has it, logging to a file."""
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd separates its privileges
    config, log = folder / f"sshd-{key.name}.conf", folder / f"sshd-{key.name}.log"
    config.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {key}\nAllowUsers {user}\nPasswordAuthentication yes\n"
        f"KbdInteractiveAuthentication no\nPubkeyAuthentication no\nUsePAM yes\nPidFile {folder}/{key.name}.pid\n"
        f"LogLevel VERBOSE\nPrintMotd no\nStrictModes no\n{extra}"
    )
    log.touch()
    running = subprocess.Popen([tool("sshd"), "-D", "-E", str(log), "-f", str(config)])
    try:
        _listening(port, running)
        yield Sshd(port, log, fingerprint(key))
    finally:
        running.terminate()
        running.wait()


def _listening(port: int, running: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        assert running.poll() is None, "sshd ended at once"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("sshd did not listen in time")


@pytest.fixture(scope="session")
def exchange_root(_able: None) -> Iterator[Path]:
    """A Debian with Asterisk in a folder, installed once for all tests that need one."""
    from tests.lab.exchange import root  # which takes `tool` from this file

    with root() as place:
        yield place
