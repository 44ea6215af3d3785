"""The vault: nothing readable in the file, a wrong passphrase and a damaged file told apart, one writer at a time."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest

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
    for secret in (b"marker", b"correct horse", b"7f3a", b"91bc"):
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
    import hashlib

    parts = filled.path.read_bytes()[len(vault.MAGIC) :].split(b"\n", 3)
    plain = json.loads(parts[0])
    plain["names"] = [["", "root-of-everything"]]
    parts[0] = json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()
    parts[1] = hashlib.sha256(parts[0]).hexdigest().encode()
    filled.path.write_bytes(vault.MAGIC + b"\n".join(parts))
    assert reason(filled) in ("vault.wrong_passphrase", "vault.damaged_body")


@pytest.mark.parametrize("memory", [1, 10**9])
def test_a_header_that_asks_for_absurd_memory_is_refused(filled: Vault, memory: int) -> None:
    """Opening a file must not exhaust the machine."""
    import hashlib

    parts = filled.path.read_bytes()[len(vault.MAGIC) :].split(b"\n", 3)
    parts[0] = json.dumps(json.loads(parts[0]) | {"memory_kib": memory}).encode()
    parts[1] = hashlib.sha256(parts[0]).hexdigest().encode()
    filled.path.write_bytes(vault.MAGIC + b"\n".join(parts))
    assert reason(filled) == "vault.damaged_header"


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
