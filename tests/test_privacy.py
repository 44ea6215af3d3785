"""Marker secrets of every kind through whole audits: in no byte written, said, listed, dumped or told to a child."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from auditor.collectors.transport import Credential, Secret
from auditor.credentials import Resolver
from auditor.privacy import PASSPHRASE, told_to_children
from auditor.site import SshAccess, Target
from auditor.vault import Vault
from tests.commands import ENGLISH, program
from tests.daemons import snmpd
from tests.fake_ssh import FakeDevice
from tests.test_secrets import kept
from tests.watched import Watched, watched

SIGN: Final = "Mrk7Zq"
"""What every planted secret holds, and nothing else in the world."""

COMMUNITY, AUTH, PRIV = f"{SIGN}-community", f"{SIGN}-auth-words", f"{SIGN}-priv-words"
PASSWORD, ENABLE, WORDS = f"{SIGN}-password", f"{SIGN}-enable", f"{SIGN}-passphrase"
SITE = """\
[site]
name = "Marked"
client = "Marked SA"
[people]
headcount = 5
eligible = 5
[[device]]
name = "rtr"
address = "127.0.0.1"
platform = "cisco_ios"
ssh = {{ user = "audit", credential = "login", enable = "enable", port = {ssh} }}
[[device]]
name = "box"
address = "127.0.0.1"
snmp = {{ version = "3", user = "marked", auth = "sha256", priv = "aes128", credential = "keys", port = {snmp} }}
[[device]]
name = "clear"
address = "127.0.0.1"
snmp = {{ version = "2c", credential = "community", port = {snmp} }}
"""
AGENT = (
    f"rocommunity {COMMUNITY}",
    f'createUser marked SHA-256 "{AUTH}" AES "{PRIV}"',
    "rouser marked priv",
)


class Marked:
    """A site whose every door asks for a marker, its vault full of them."""

    def __init__(self, folder: Path, device: FakeDevice, port: int) -> None:
        self.folder, self.home, self.device = folder, folder / "home", device
        self.site = folder / "site.toml"
        self.site.write_text(SITE.format(ssh=device.port, snmp=port))
        vault = Vault.at(self.home)
        for name, first, second in (
            ("login", PASSWORD, ""), ("enable", ENABLE, ""), ("keys", AUTH, PRIV), ("community", COMMUNITY, ""),
        ):  # fmt: skip
            vault.set(name, Credential(Secret(first), Secret(second) if second else None), Secret(WORDS), "Marked SA")
        self.environment = {"AUDITOR_HOME": str(self.home), PASSPHRASE: WORDS}

    def audit(self, out: str) -> Watched:
        words = ("audit", self.site, "--out", out, "--window", 3, "--accept-new", "--json")
        return watched(*words, environment=self.environment, cwd=self.folder)


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marked]:
    folder = tmp_path_factory.mktemp("marked")
    with ExitStack() as running:
        device = running.enter_context(FakeDevice(prompt="rtr>", password=PASSWORD, enable=ENABLE))
        yield Marked(folder, device, running.enter_context(snmpd(folder, extra=AGENT)).port)


def holders(*folders: Path) -> list[str]:
    """Where a marker stands, in any file below, packed or not."""
    return [place for place, text in kept(*folders) if SIGN in text]


@pytest.mark.slow
def test_no_marker_is_in_any_byte_of_an_audit_and_of_what_follows_it(marked: Marked) -> None:
    """History, reports of every format, bundle, JSON, what is said, the process list; every secret was used."""
    seen = marked.audit("out")
    assert {device["name"]: device["status"] for device in json.loads(seen.out)["devices"]} == dict.fromkeys(
        ("rtr", "box", "clear"), "done"
    ), seen.out
    assert ENABLE in marked.device.lines, "the enable secret was asked for and given"
    said = [seen.out, seen.err, *seen.listed]
    for words in (
        ("report", "latest", "--format", "html,xlsx,csv", "--out", "again"), ("bundle", "latest", "kept.zip"),
        ("inspect", "--site", marked.site, "--device", "rtr", "--json", "--window", "3"),
    ):  # fmt: skip
        ended = program(*words, environment=marked.environment, cwd=marked.folder)
        assert ended.code == 0, (words, ended)
        said += [ended.out, ended.err]
    assert [text[-300:] for text in said if SIGN in text] == []
    written = (marked.home, marked.folder / "out", marked.folder / "again")
    suffixes = {path.suffix for folder in written for path in folder.rglob("*")}
    assert {".pdf", ".html", ".xlsx", ".csv", ".json", ".sqlite"} <= suffixes
    assert holders(*written) == []
    assert SIGN.encode() not in (marked.folder / "kept.zip").read_bytes()
    assert list(written[0].rglob("known_hosts*")), "the host key was pinned"
    assert not seen.starts


CRASH: Final = """
import os, sys

def hook(event, args):
    if event == "open" and str(args[0]).endswith(".pdf") and not isinstance(args[0], int):
        raise LookupError("a bug of ours in the middle of a report")

sys.addaudithook(hook)
from auditor.cli import main
main()
"""


@pytest.mark.slow
def test_a_crash_shows_no_marker(marked: Marked) -> None:
    """An error nobody expected, with every secret still in the frames below it: a traceback without their values."""
    words = ("audit", str(marked.site), "--out", "crash", "--window", "3", "--accept-new")
    done = subprocess.run(
        [sys.executable, "-c", CRASH, *words], cwd=marked.folder, stdin=subprocess.DEVNULL, capture_output=True,
        encoding="utf-8", timeout=120, check=False, env={**os.environ, **ENGLISH, **marked.environment},
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "LookupError" in done.stderr, "it did crash"
    assert SIGN not in done.stdout + done.stderr
    assert holders(marked.home) == []


ABORT: Final = """
import os, resource, signal, sys
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
from pathlib import Path
from auditor.credentials import for_client
for_client(Path(sys.argv[1]), "nobody", None)
import ctypes
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE)[0], flush=True)
os.kill(os.getpid(), signal.SIGABRT)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) is Linux's")
def test_whoever_asks_for_secrets_leaves_no_core_and_cannot_be_looked_into(tmp_path: Path) -> None:
    """PR_GET_DUMPABLE is 0, the limit is 0, and a death by signal dumps nothing."""
    with subprocess.Popen(
        [sys.executable, "-c", ABORT, str(tmp_path)], cwd=tmp_path, stdout=subprocess.PIPE, encoding="ascii"
    ) as child:
        assert child.stdout is not None
        said = child.stdout.read().split()
        _, status = os.waitpid(child.pid, 0)
        child.returncode = -os.WTERMSIG(status)
    assert said == ["0", "0"]
    assert os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
    assert not list(tmp_path.glob("core*"))


def test_a_child_is_not_told_our_secrets(tmp_path: Path) -> None:
    """What a program that we start sees of the environment: all but credentials, passphrase and store."""
    ours = {
        PASSPHRASE: "x",
        "AUDITOR_CREDENTIAL_MAIN": "x",
        "AUDITOR_CREDENTIAL_MAIN_PRIVACY": "x",
        "AUDITOR_STORE": "x",
    }
    assert told_to_children({**ours, "PATH": "/bin", "AUDITOR_HOME": "/h"}) == {"PATH": "/bin", "AUDITOR_HOME": "/h"}


@pytest.mark.slow
def test_the_program_that_signs_a_bundle_sees_no_marker(marked: Marked) -> None:
    """A program in the place of ssh-keygen writes down all that it is told."""
    if not list(marked.home.rglob("*.sqlite")):
        marked.audit("signed")
    tools, told = marked.folder / "bin", marked.folder / "told"
    tools.mkdir()
    (tools / "ssh-keygen").write_text(f'#!/bin/sh\n(env; echo "$@"; cat) >> "{told}"\nexit 1\n')
    (tools / "ssh-keygen").chmod(0o755)
    environment = {**marked.environment, "AUDITOR_CREDENTIAL_X": f"{SIGN}-x", "PATH": f"{tools}:{os.environ['PATH']}"}
    ended = program("bundle", "latest", "s.zip", "--sign", marked.site, environment=environment, cwd=marked.folder)
    assert ended.code == 2, ended
    assert "AUDITOR_HOME" in told.read_text()
    assert SIGN not in told.read_text()


def test_secrets_are_forgotten_at_the_end_of_a_run() -> None:
    """What is asked for after it is asked anew: nothing is kept for later."""
    target, asked = Target("gw", "127.0.0.1", ssh=SshAccess("audit", "main")), list[str]()

    def ask(question: object) -> str:
        asked.append("?")
        return "typed"

    with Resolver(ask, {}) as resolver:
        assert {resolver("main", target).secret.reveal() for _ in range(3)} == {"typed"}
        assert len(asked) == 1
    resolver("main", target)
    assert len(asked) == 2
