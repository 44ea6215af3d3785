"""Credentials: a name in the site file becomes a secret, from the environment or a prompt, and from nowhere else."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence

from auditor.collectors.transport import Credential, Denied, Secret
from auditor.model import Message, Target


def variable(name: str) -> str:
    """The environment variable that holds a credential: AUDITOR_CREDENTIAL_SNMP_MAIN for `snmp-main`."""
    plain = "".join(c if c.isalnum() else "_" for c in name)
    return f"AUDITOR_CREDENTIAL_{plain.upper()}"


class Resolver:
    """Resolves names once and remembers them for the run; `ask` prompts for one secret, or returns "" (withheld).

    Implements `transport.Credentials`. Called from several threads; only one prompt is open at a time.
    """

    def __init__(self, ask: Callable[[Message], str] | None, environment: Mapping[str, str] | None = None) -> None:
        self._ask = ask
        self._environment = os.environ if environment is None else environment
        self._known: dict[str, Credential] = {}
        self._withheld: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, name: str, target: Target) -> Credential:
        """The credential of that name. Raises Denied when it is nowhere, or was withheld at the prompt."""
        with self._lock:
            if name not in self._known:
                self._known[name] = self._resolve(name, target)
            return self._known[name]

    def prepare(self, targets: Sequence[Target]) -> None:
        """Resolve every name before anything is asked, so that whoever prompts is not disturbed, nor an audit held up.

        Raises Denied when nobody can be asked and not one door of the targets can be opened.
        """
        opened, missing = 0, None
        for target in targets:
            for access in (target.snmp, target.ssh):
                if access is None:
                    continue
                try:
                    for name in filter(None, (access.credential, getattr(access, "enable", ""))):
                        self(name, target)
                except Denied as error:
                    missing = missing or error
                else:
                    opened += 1
        if missing is not None and not opened and self._ask is None:
            raise missing

    def _resolve(self, name: str, target: Target) -> Credential:
        wants_privacy = bool(target.snmp and target.snmp.credential == name and target.snmp.priv)
        secret = self._one(variable(name), Message("prompt.credential", {"name": name, "target": target.name}), target)
        if not wants_privacy:
            return Credential(Secret(secret))
        question = Message("prompt.privacy", {"name": name, "target": target.name})
        return Credential(Secret(secret), Secret(self._one(variable(name) + "_PRIV", question, target)))

    def _one(self, key: str, question: Message, target: Target) -> str:
        if value := self._environment.get(key):
            return value
        if self._ask is None:
            raise Denied(Message("credential.missing", {"name": key}))
        if key in self._withheld:
            raise Denied(Message("credential.withheld", {"target": target.name}))
        if value := self._ask(question):
            return value
        self._withheld.add(key)
        raise Denied(Message("credential.withheld", {"target": target.name}))
