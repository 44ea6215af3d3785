"""Credentials: a name in the site file becomes a secret, from the vault, the environment or a prompt only."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from auditor.collectors.transport import Credential, Denied, Secret
from auditor.privacy import CREDENTIAL, PASSPHRASE, close_memory
from auditor.site import Target
from auditor.values import Message
from auditor.vault import Entry, Vault, VaultError

_TRIES: Final = 3

Ask = Callable[[Message], str]
"""Prompts for one secret; "" when it is withheld."""


def variable(name: str) -> str:
    """The environment variable that holds a credential: AUDITOR_CREDENTIAL_SNMP_MAIN for `snmp-main`."""
    plain = "".join(c if c.isalnum() else "_" for c in name)
    return f"{CREDENTIAL}{plain.upper()}"


class Keyring:
    """The vault as one run for one client sees it: opened when the first of its credentials is wanted, and once."""

    def __init__(self, vault: Vault, client: str = "") -> None:
        self._vault, self._client = vault, client
        self._held: Mapping[Entry, Credential] | None = None
        self._closed = False

    def get(self, name: str, ask: Ask | None, environment: Mapping[str, str]) -> Credential | None:
        """The credential of that name, the client's own before the common one; None when it is not to be had here.

        Raises VaultError when the vault is damaged, or after three wrong passphrases.
        """
        wanted = [(client, name) for client in dict.fromkeys((self._client, ""))]
        if self._closed or not set(wanted) & set(self._vault.names()):
            return None
        if self._held is None:
            self._held = self._open(ask, environment)
        if self._held is None:
            self._closed = True
            return None
        return next((self._held[entry] for entry in wanted if entry in self._held), None)

    def close(self) -> None:
        """Forget what was opened."""
        self._held = None

    def locked(self, name: str) -> VaultError | None:
        """Why a credential that the vault holds was not had: nobody gave the passphrase."""
        held = self._closed and {(self._client, name), ("", name)} & set(self._vault.names())
        return VaultError("vault.locked", self._vault.path) if held else None

    def _open(self, ask: Ask | None, environment: Mapping[str, str]) -> Mapping[Entry, Credential] | None:
        if given := environment.get(PASSPHRASE):
            return self._vault.open(Secret(given), self._client)
        for attempt in range(1, _TRIES + 1):
            if ask is None or not (given := ask(Message("prompt.vault", {"file": str(self._vault.path)}))):
                return None
            try:
                return self._vault.open(Secret(given), self._client)
            except VaultError as error:
                if error.message.id != "vault.wrong_passphrase" or attempt == _TRIES:
                    raise
        return None


def for_client(home: Path, client: str, ask: Ask | None) -> Resolver:
    """Where a run for a client takes its credentials from: the vault of a home folder, the environment, a prompt.

    `with` forgets them at the end of the run; nobody else looks into the memory that holds them.
    """
    close_memory()
    return Resolver(ask, keyring=Keyring(Vault.at(home), client))


class Resolver:
    """Resolves names once and remembers them for the run; `ask` prompts for one secret, or returns "" (withheld).

    Implements `transport.Credentials`. Called from several threads; only one prompt is open at a time.
    """

    def __init__(
        self, ask: Ask | None, environment: Mapping[str, str] | None = None, keyring: Keyring | None = None
    ) -> None:
        self._ask = ask
        self._environment = os.environ if environment is None else environment
        self._keyring = keyring
        self._known: dict[str, Credential] = {}
        self._withheld: set[str] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Resolver:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget every secret; what is asked for after this is resolved anew."""
        with self._lock:
            self._known.clear()
            if self._keyring is not None:
                self._keyring.close()

    def __call__(self, name: str, target: Target) -> Credential:
        """The credential of that name. Raises Denied when it is nowhere, or was withheld at the prompt."""
        try:
            return self._one_of(name, target)
        except VaultError as error:
            raise Denied(error.message) from None

    def prepare(self, targets: Sequence[Target]) -> None:
        """Resolve every name before anything is asked, so that whoever prompts is not disturbed, nor an audit held up.

        Raises VaultError when the vault cannot be opened, and Denied when nobody can be asked and not one door of the
        targets can be opened.
        """
        opened, missing = 0, None
        for target in targets:
            for access in (target.snmp, target.ssh):
                if access is None:
                    continue
                try:
                    for name in filter(None, (access.credential, getattr(access, "enable", ""))):
                        self._one_of(name, target)
                except Denied as error:
                    missing = missing or error
                else:
                    opened += 1
        if missing is not None and not opened and self._ask is None:
            raise missing

    def _one_of(self, name: str, target: Target) -> Credential:
        with self._lock:
            if name not in self._known:
                self._known[name] = self._resolve(name, target)
            return self._known[name]

    def forget(self, target: Target) -> None:
        """Ask anew for what a device needs: it is to be tried again, and its secret may have been typed wrong."""
        with self._lock:
            for access in (target.snmp, target.ssh):
                if access is None:
                    continue
                for name in filter(None, (access.credential, getattr(access, "enable", ""))):
                    self._known.pop(name, None)
                    self._withheld -= {variable(name), variable(name) + "_PRIV"}

    def _resolve(self, name: str, target: Target) -> Credential:
        wants_privacy = bool(target.snmp and target.snmp.credential == name and target.snmp.priv)
        kept = self._keyring.get(name, self._ask, self._environment) if self._keyring else None
        if kept is not None and (kept.privacy or not wants_privacy):
            return kept
        question = Message("prompt.credential", {"name": name, "target": target.name})
        secret = kept.secret if kept else Secret(self._one(name, variable(name), question, target))
        if not wants_privacy:
            return Credential(secret)
        question = Message("prompt.privacy", {"name": name, "target": target.name})
        return Credential(secret, Secret(self._one(name, variable(name) + "_PRIV", question, target)))

    def _one(self, name: str, key: str, question: Message, target: Target) -> str:
        if value := self._environment.get(key):
            return value
        if self._ask is None:
            locked = self._keyring.locked(name) if self._keyring else None
            raise Denied(locked.message if locked else Message("credential.missing", {"name": key}))
        if key in self._withheld:
            raise Denied(Message("credential.withheld", {"target": target.name}))
        if value := self._ask(question):
            return value
        self._withheld.add(key)
        raise Denied(Message("credential.withheld", {"target": target.name}))
