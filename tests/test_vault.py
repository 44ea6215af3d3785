"""The vault: nothing readable in the file, a wrong passphrase and a damaged file told apart, one writer at a time."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from auditor import vault
from auditor.collectors.transport import Credential, Secret
from auditor.vault import Vault, VaultError

PASS = Secret("correct horse battery")
V3 = Credential(Secret("auth-7f3a-marker"), Secret("priv-91bc-marker"))
PASSWORD = Credential(Secret("ssh-55d0-marker"))


@pytest.fixture
def filled(tmp_path: Path) -> Vault:
    one = Vault(tmp_path / "home" / "vault")
    one.set("snmp-main", V3, PASS)
    one.set("ssh-main", PASSWORD, PASS, client="Atelier SA")
    return one


def reason(one: Vault, passphrase: Secret = PASS) -> str:
    with pytest.raises(VaultError) as caught:
        one.get("snmp-main", passphrase)
    return caught.value.message.id


def revealed(credential: Credential | None) -> tuple[str, str]:
    assert credential is not None
    return credential.secret.reveal(), credential.privacy.reveal() if credential.privacy else ""


def test_what_is_set_is_got_back(filled: Vault) -> None:
    assert revealed(filled.get("snmp-main", PASS)) == ("auth-7f3a-marker", "priv-91bc-marker")
    assert filled.get("nobody", PASS) is None
    assert filled.names() == (("", "snmp-main"), ("Atelier SA", "ssh-main"))


def test_a_clients_credential_is_for_that_client_alone(filled: Vault) -> None:
    """The same name at another client must never send this client's password there."""
    assert revealed(filled.get("ssh-main", PASS, client="Atelier SA"))[0] == "ssh-55d0-marker"
    assert filled.get("ssh-main", PASS) is None
    assert filled.get("ssh-main", PASS, client="Autre SARL") is None
    filled.set("snmp-main", Credential(Secret("own")), PASS, client="Atelier SA")
    assert revealed(filled.get("snmp-main", PASS, client="Atelier SA"))[0] == "own"
    assert revealed(filled.get("snmp-main", PASS, client="Autre SARL"))[0] == "auth-7f3a-marker"


def test_the_file_is_its_owners_and_shows_no_secret(filled: Vault) -> None:
    data = filled.path.read_bytes()
    for secret in (b"marker", b"correct horse", b"auth-7f3a", b"priv-91bc"):
        assert secret not in data
    assert stat.S_IMODE(filled.path.stat().st_mode) == 0o600
    assert sorted(os.listdir(filled.path.parent)) == ["vault", "vault.lock"]


def test_the_same_contents_are_never_written_the_same_twice(filled: Vault) -> None:
    """A fresh salt and nonce each time: two files tell nothing about each other."""
    before = filled.path.read_bytes()
    filled.set("snmp-main", V3, PASS)
    assert filled.path.read_bytes().rsplit(b"\n", 1)[-1] != before.rsplit(b"\n", 1)[-1]


def test_a_wrong_passphrase_is_told_from_a_damaged_file(filled: Vault) -> None:
    data = filled.path.read_bytes()
    assert reason(filled, Secret("wrong")) == "vault.wrong_passphrase"
    head = data.index(b"salt") + 8
    filled.path.write_bytes(data[:head] + bytes([data[head] ^ 1]) + data[head + 1 :])
    assert reason(filled) == "vault.damaged_header"
    filled.path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert reason(filled) == "vault.damaged_body"
    filled.path.write_bytes(data)
    assert revealed(filled.get("snmp-main", PASS))[0] == "auth-7f3a-marker"


@pytest.mark.slow
def test_every_single_damaged_byte_is_noticed(filled: Vault) -> None:
    """No flipped byte anywhere opens, and none ends in a traceback."""
    data = filled.path.read_bytes()
    body = data.rindex(b"\n") + 1
    places = [*range(0, body, 11), *range(body, len(data), 23)]
    for place in places:
        filled.path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert reason(filled).startswith(("vault.damaged", "vault.not_a_vault", "vault.wrong_passphrase")), place
    assert len(places) > 30


def test_names_cannot_be_changed_without_the_passphrase(filled: Vault) -> None:
    """The header stands in the clear and is authenticated: a renamed entry is not believed."""
    parts = filled.path.read_bytes()[len(vault.MAGIC) :].split(b"\n", 3)
    plain = json.loads(parts[0])
    plain["names"] = [["", "root-of-everything"]]
    parts[0] = json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()
    parts[1] = hashlib.sha256(parts[0]).hexdigest().encode()
    filled.path.write_bytes(vault.MAGIC + b"\n".join(parts))
    assert reason(filled) in ("vault.wrong_passphrase", "vault.damaged_body")


@pytest.mark.parametrize(
    "asked",
    [
        {"memory_kib": 1}, {"memory_kib": 31}, {"memory_kib": 2**20 + 1}, {"memory_kib": 64 << 20}, {"passes": 0},
        {"passes": 10**9}, {"memory_kib": 2**20, "passes": 5}, {"memory_kib": math.inf}, {"memory_kib": "9" * 5000},
        {"memory_kib": -1}, {"passes": None}, {"salt": ""}, {"salt": "AA=="}, {"salt": "A" * 400}, {"nonce": "AA=="},
        {"names": 7}, {"names": [["a", "b", "c"]]}, {"body": "x"},
    ],
)  # fmt: skip
def test_a_header_that_asks_for_the_absurd_is_refused(filled: Vault, asked: Mapping[str, object]) -> None:
    """With a sum that fits: opening a file must neither exhaust the machine nor end in a traceback."""
    parts = filled.path.read_bytes()[len(vault.MAGIC) :].split(b"\n", 3)
    parts[0] = json.dumps(json.loads(parts[0]) | dict(asked)).encode()
    parts[1] = hashlib.sha256(parts[0]).hexdigest().encode()
    filled.path.write_bytes(vault.MAGIC + b"\n".join(parts))
    assert reason(filled) == "vault.damaged_header"


def test_a_header_nested_without_end_is_refused(filled: Vault) -> None:
    """A parser that gives up is no traceback."""
    line = b"[" * 100_000
    filled.path.write_bytes(
        vault.MAGIC + line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n00\n" + b"x" * 99
    )
    assert reason(filled) == "vault.damaged_header"


def test_a_vault_that_was_cut_off_is_told_from_a_damaged_one(filled: Vault) -> None:
    """At every length, before any passphrase is asked for; the names cannot be listed either."""
    data = filled.path.read_bytes()
    for length in (0, 3, len(vault.MAGIC), 40, data.index(b"\n", 20), data.rindex(b"\n"), data.rindex(b"\n") + 1,
                   len(data) - 40, len(data) - 1):  # fmt: skip
        filled.path.write_bytes(data[:length])
        assert reason(filled, Secret("any")) == "vault.cut", length
        with pytest.raises(VaultError):
            filled.names()


def test_a_vault_of_a_newer_version_says_so(filled: Vault) -> None:
    """It is neither damaged nor another file."""
    filled.path.write_bytes(b"auditor-vault/2\n" + filled.path.read_bytes()[len(vault.MAGIC) :])
    assert reason(filled) == "vault.newer"
    with pytest.raises(VaultError):
        filled.set("x", PASSWORD, PASS)
    assert filled.path.read_bytes().startswith(b"auditor-vault/2\n"), "nothing was written over it"


def test_a_vault_of_before_the_length_was_written_is_opened(filled: Vault) -> None:
    """The first vaults did not say how long they are."""
    header = vault._Header(b"s" * 16, b"n" * 12, names=(("", "old"),))
    line = header.encode().replace(b'"body":0,', b"")
    assert b"body" not in line
    key = vault._derive(PASS, header)
    body = AESGCM(key[:32]).encrypt(header.nonce, json.dumps([["", "old", "s3", ""]]).encode(), line)
    filled.path.write_bytes(
        vault.MAGIC + b"\n".join((line, vault._sum(line), vault._proof(key, line).hex().encode(), b"")) + body
    )
    assert revealed(filled.get("old", PASS))[0] == "s3"


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o640])
def test_a_vault_that_others_may_read_is_not_opened(filled: Vault, mode: int) -> None:
    """Whoever restored it from a copy is told what to do."""
    filled.path.chmod(mode)
    assert reason(filled) == "vault.others"
    filled.path.chmod(0o600)
    assert revealed(filled.get("snmp-main", PASS))[0] == "auth-7f3a-marker"


def test_a_link_or_a_pipe_in_its_place_is_refused(filled: Vault) -> None:
    """Neither read, nor written through, nor waited for; nor is its lock."""
    elsewhere = filled.path.with_name("elsewhere")
    filled.path.rename(elsewhere)
    filled.path.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    assert reason(filled) == "vault.link"
    with pytest.raises(VaultError):
        filled.set("x", PASSWORD, PASS)
    filled.path.unlink()
    filled.path.symlink_to(filled.path.with_name("nowhere"))
    with pytest.raises(VaultError):
        filled.set("x", PASSWORD, PASS)
    assert elsewhere.read_bytes() == before
    assert filled.path.is_symlink()
    filled.path.unlink()
    os.mkfifo(filled.path, 0o600)
    assert reason(filled) == "vault.not_a_vault"
    other = Vault(filled.path.with_name("second"))
    other.path.with_name("second.lock").symlink_to(elsewhere)
    with pytest.raises(VaultError):
        other.set("x", PASSWORD, PASS)


def test_it_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    """A vault, its lock and its folder, made by somebody whose umask forbids nothing."""
    before = os.umask(0)
    try:
        Vault(tmp_path / "home" / "vault").set("x", PASSWORD, PASS)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "home").iterdir()}
    assert modes == {"vault": 0o600, "vault.lock": 0o600}
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


WRITER = """
import sys, itertools
from pathlib import Path
from auditor.collectors.transport import Credential, Secret
from auditor.vault import Vault
one = Vault(Path(sys.argv[1]))
for n in itertools.count():
    one.set("counted", Credential(Secret(f"{n:06}" + "x" * 100_000)), Secret("correct horse battery"))
    print(n, flush=True)
"""


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_leaves_a_whole_vault(tmp_path: Path) -> None:
    """kill -9, four times, in the middle of rewriting: the last or the next one is there, and nothing beside it."""
    one = Vault(tmp_path / "vault")
    one.set("kept", PASSWORD, PASS)
    chance = random.Random(9)
    for _ in range(4):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(one.path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(chance.random() / 2)
            writer.kill()
            last = int((writer.stdout.read().split() or [b"0"])[-1])
        assert revealed(one.get("kept", PASS))[0] == "ssh-55d0-marker"
        assert int(revealed(one.get("counted", PASS))[0][:6]) - last in (0, 1)
    one.set("after", PASSWORD, PASS)
    assert sorted(os.listdir(tmp_path)) == ["vault", "vault.lock"]


def test_other_files_are_not_taken_for_a_vault(tmp_path: Path) -> None:
    other = Vault(tmp_path / "notes.txt")
    other.path.write_text("hello")
    assert reason(other) == "vault.not_a_vault"
    assert reason(Vault(tmp_path)) == "vault.unreadable"


def test_a_wrong_passphrase_writes_nothing(filled: Vault) -> None:
    """Setting with another passphrase would lose what is there."""
    before = filled.path.read_bytes()
    for act in (lambda: filled.set("x", PASSWORD, Secret("wrong")), lambda: filled.remove("snmp-main", Secret("no"))):
        with pytest.raises(VaultError):
            act()
    assert filled.path.read_bytes() == before


def test_removing_forgets_and_says_whether_there_was_one(filled: Vault) -> None:
    assert filled.remove("snmp-main", PASS)
    assert not filled.remove("snmp-main", PASS)
    assert filled.get("snmp-main", PASS) is None
    assert not Vault(filled.path.parent / "none" / "vault").remove("x", PASS)


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    """Each starts from what the other has written."""
    one = Vault(tmp_path / "vault")
    one.set("first", PASSWORD, PASS)
    threads = [threading.Thread(target=one.set, args=(f"name-{n}", PASSWORD, PASS)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [name for _, name in one.names()] == ["first", *(f"name-{n}" for n in range(4))]


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VaultError) as caught:
        Vault(tmp_path / "file" / "vault").set("x", PASSWORD, PASS)
    assert caught.value.message.id == "vault.unwritable"
