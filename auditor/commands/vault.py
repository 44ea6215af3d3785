"""`auditor vault`: credentials kept by name in one encrypted file; no secret is ever an argument."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from auditor.cli import Fault, cli, language_option, plain_faults, words

if TYPE_CHECKING:
    from auditor.collectors.transport import Secret
    from auditor.keyboard import Keyboard
    from auditor.texts import Texts
    from auditor.vault import Vault

client_option = click.option(
    "--client", default="", metavar="CLIENT", help="Keep it for this client alone, named as in its site file."
)


@cli.group()
def vault() -> None:
    """Credentials by name, in one encrypted file (Argon2id, AES-256-GCM).

    The passphrase comes from the keyboard, or from AUDITOR_VAULT_PASSPHRASE; the secret from the keyboard, or from the
    first line of standard input (the privacy passphrase from the second).
    """


@vault.command(name="set")
@click.argument("name")
@client_option
@click.option("--privacy", is_flag=True, help="SNMPv3: keep a privacy passphrase as well.")
@language_option
@plain_faults
def set_(name: str, client: str, privacy: bool, language: str) -> None:
    """Keep a credential under NAME, the name that site files use."""
    from auditor.collectors.transport import Credential, Secret
    from auditor.keyboard import Keyboard

    t, one = words(language), _vault()
    with Keyboard(t) as keyboard:
        passphrase = _passphrase(one, keyboard, t)
        secret = _secret("vault.ask_secret", name, keyboard, t)
        second = _secret("vault.ask_privacy", name, keyboard, t) if privacy else ""
    one.set(name, Credential(Secret(secret), Secret(second) if second else None), passphrase, client)
    click.echo(t("“{name}” is kept in {file}.", name=name, file=str(one.path)))


@vault.command(name="list")
@language_option
@plain_faults
def list_(language: str) -> None:
    """The names in the vault and whose they are; asks for no passphrase, shows no secret."""
    t, one = words(language), _vault()
    for client, name in one.names():
        click.echo(
            t("{name}, of {client}", name=name, client=client) if client else t("{name}, of any client", name=name)
        )
    if not one.names():
        click.echo(t("The vault {file} holds nothing.", file=str(one.path)), err=True)


@vault.command()
@click.argument("name")
@client_option
@language_option
@plain_faults
def remove(name: str, client: str, language: str) -> None:
    """Forget the credential NAME."""
    from auditor.keyboard import Keyboard

    t, one = words(language), _vault()
    if (client, name) not in one.names():
        raise Fault(
            t("{file} holds no “{name}”; `auditor vault list` shows what it holds.", file=str(one.path), name=name)
        )
    with Keyboard(t) as keyboard:
        one.remove(name, _passphrase(one, keyboard, t), client)
    click.echo(t("“{name}” is forgotten.", name=name))


def _vault() -> Vault:
    from auditor.privacy import close_memory
    from auditor.store import home_folder
    from auditor.vault import Vault

    close_memory()
    return Vault.at(home_folder())


def _passphrase(one: Vault, keyboard: Keyboard, t: Texts) -> Secret:
    """The passphrase of the vault; of a new one it is asked for twice."""
    from auditor.collectors.transport import Secret
    from auditor.privacy import PASSPHRASE
    from auditor.values import Message

    if given := os.environ.get(PASSPHRASE):
        return Secret(given)
    if (ask := keyboard.ask) is None:
        raise Fault(t("Nobody is there to give the passphrase of {file}: set {variable}.",
                      file=str(one.path), variable=PASSPHRASE))  # fmt: skip
    values = {"file": str(one.path)}
    if one.exists():
        return Secret(ask(Message("prompt.vault", values)))
    given = _given(ask(Message("vault.ask_new", values)), t)
    if ask(Message("vault.ask_again", values)) != given:
        raise Fault(t("The two passphrases differ; nothing was written."))
    return Secret(given)


def _secret(question: str, name: str, keyboard: Keyboard, t: Texts) -> str:
    from auditor.values import Message

    if (ask := keyboard.ask) is None:
        return _given(sys.stdin.readline().rstrip("\r\n"), t)
    return _given(ask(Message(question, {"name": name})), t)


def _given(value: str, t: Texts) -> str:
    if not value:
        raise Fault(t("Nothing was typed; nothing was written."))
    return value
