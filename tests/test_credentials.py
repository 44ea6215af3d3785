"""Where a secret comes from: the vault, then the environment, then a prompt; asked for once, and never invented."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from auditor.collectors.transport import Credential, Denied, Secret
from auditor.credentials import Keyring, Resolver
from auditor.privacy import PASSPHRASE
from auditor.site import SnmpAccess, SshAccess, Target
from auditor.values import Message
from auditor.vault import Vault, VaultError
from tests.commands import ENGLISH

PASS = "quiet harbour seven"
SSH = Target("gw", "127.0.0.1", ssh=SshAccess("audit", "main"))
V3 = Target("rt", "127.0.0.1", snmp=SnmpAccess("3", "main", user="audit", auth="sha256", priv="aes128"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    one = Vault.at(tmp_path_factory.mktemp("home"))
    one.set("main", Credential(Secret("common"), Secret("common-priv")), Secret(PASS))
    one.set("main", Credential(Secret("own")), Secret(PASS), client="Atelier")
    return one


class Asked:
    """A keyboard that answers what it was given, and keeps what was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers, self.questions = list(answers), list[str]()

    def __call__(self, question: Message) -> str:
        self.questions.append(question.id)
        return self._answers.pop(0)


def secret(resolver: Resolver, target: Target = SSH) -> str:
    return resolver("main", target).secret.reveal()


def test_the_vault_comes_before_the_environment(filled: Vault) -> None:
    """The client's own credential before the common one, and the passphrase is asked for once."""
    ask = Asked(PASS)
    resolver = Resolver(ask, {"AUDITOR_CREDENTIAL_MAIN": "environment"}, Keyring(filled, "Atelier"))
    assert [secret(resolver), secret(resolver)] == ["own", "own"]
    assert ask.questions == ["prompt.vault"]
    assert secret(Resolver(None, {PASSPHRASE: PASS}, Keyring(filled, "Other"))) == "common"


def test_a_privacy_passphrase_comes_with_it_or_is_asked_for(filled: Vault) -> None:
    common = Resolver(None, {PASSPHRASE: PASS}, Keyring(filled))("main", V3)
    assert common.privacy is not None
    assert common.privacy.reveal() == "common-priv"
    ask = Asked("typed")
    own = Resolver(ask, {PASSPHRASE: PASS}, Keyring(filled, "Atelier"))("main", V3)
    assert (own.secret.reveal(), own.privacy and own.privacy.reveal()) == ("own", "typed")
    assert ask.questions == ["prompt.privacy"]


def test_what_the_vault_lacks_is_asked_for_without_opening_it(filled: Vault) -> None:
    ask = Asked("typed")
    assert Resolver(ask, {}, Keyring(filled))("other", SSH).secret.reveal() == "typed"
    assert ask.questions == ["prompt.credential"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [(("wrong", PASS), "own"), (("", "typed"), "typed")],
    ids=["a wrong passphrase is asked for again", "a vault left closed leaves the prompt"],
)
def test_the_passphrase_may_be_mistyped_or_withheld(filled: Vault, answers: Sequence[str], expected: str) -> None:
    assert secret(Resolver(Asked(*answers), {}, Keyring(filled, "Atelier"))) == expected


def test_three_wrong_passphrases_end_it(filled: Vault) -> None:
    """Before anything is sent it is a fault of the user; in the middle of an audit it is that device's gap."""
    with pytest.raises(VaultError) as fault:
        Resolver(Asked("a", "b", "c"), {}, Keyring(filled)).prepare((SSH,))
    assert fault.value.message.id == "vault.wrong_passphrase"
    with pytest.raises(Denied) as gap:
        Resolver(None, {PASSPHRASE: "wrong"}, Keyring(filled))("main", SSH)
    assert gap.value.message.id == "vault.wrong_passphrase"


def test_a_closed_vault_and_nobody_there(filled: Vault) -> None:
    """The environment serves; without it the reason names the vault."""
    assert secret(Resolver(None, {"AUDITOR_CREDENTIAL_MAIN": "environment"}, Keyring(filled))) == "environment"
    with pytest.raises(Denied) as gap:
        Resolver(None, {}, Keyring(filled))("main", SSH)
    assert gap.value.message.id == "vault.locked"


# ---- auditor vault ----


def vault(home: Path, *words: str, typed: str = "", passphrase: str = PASS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", "vault", *words],
        input=typed,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **ENGLISH, "AUDITOR_HOME": str(home), PASSPHRASE: passphrase},
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_the_command_keeps_lists_and_forgets(tmp_path: Path) -> None:
    """The secret comes from standard input, is in no output and no readable byte of the home folder."""
    kept = vault(tmp_path, "set", "main", "--client", "Atelier", "--privacy", typed="s3cret-71\nprivate-71\n")
    assert (kept.returncode, kept.stderr) == (0, "")
    listed = vault(tmp_path, "list")
    assert listed.stdout == "main, of Atelier\n"
    for output in (kept, listed):
        assert "71" not in output.stdout + output.stderr
    for path in tmp_path.rglob("*"):
        assert b"71" not in path.name.encode()
        assert not path.is_file() or (b"s3cret" not in path.read_bytes() and path.stat().st_mode & 0o077 == 0)
    found = Vault.at(tmp_path).get("main", Secret(PASS), "Atelier")
    assert found is not None
    assert (found.secret.reveal(), found.privacy and found.privacy.reveal()) == ("s3cret-71", "private-71")
    wrong = vault(tmp_path, "remove", "main", "--client", "Atelier", passphrase="other")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert vault(tmp_path, "remove", "main", "--client", "Atelier").returncode == 0
    again = vault(tmp_path, "remove", "main", "--client", "Atelier")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert vault(tmp_path, "list").stdout == ""


@pytest.mark.slow
def test_the_command_refuses_what_is_missing(tmp_path: Path) -> None:
    """No passphrase and nobody to ask, or an empty secret: one line, exit 2, and no vault is made."""
    for typed, passphrase in (("s3cret\n", ""), ("", PASS)):
        said = vault(tmp_path, "set", "main", typed=typed, passphrase=passphrase)
        assert (said.returncode, said.stderr.count("\n")) == (2, 1)
        assert not Vault.at(tmp_path).exists()
