"""The demo's other side: starts the devices in a child process and knows the site and the credentials that fit."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from importlib.resources import files
from types import TracebackType
from typing import Any

from auditor.collectors.transport import Credential, Denied, Secret
from auditor.model import Message, Target

START_SECONDS = 20.0
COMMUNITY = "rennes-ro-7f31c2"
V3_AUTH, V3_PRIV = "rennes-auth-passphrase", "rennes-priv-passphrase"
PASSWORD = "visit-Rennes-2026"  # noqa: S105 - opens the demo on loopback alone


class DemoNetwork:
    """The demo company's network; use as a context manager."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.where: dict[str, Any] = {}

    def __enter__(self) -> DemoNetwork:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "auditor.demo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline() if ready else b""
        try:
            self.where = json.loads(line)
        except ValueError:
            self.__exit__(None, None, None)
            raise OSError(0, "the demo network did not come up", "auditor.demo") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def site_text(self) -> str:
        """The demo's site file with the addresses and ports of this run."""
        return render(self.where)

    def credentials(self, name: str, target: Target) -> Credential:
        """The demo's throw-away credentials; implements transport.Credentials."""
        if name == "ssh-demo":
            return Credential(Secret(PASSWORD))
        if name == "snmp-demo":
            return Credential(Secret(COMMUNITY))
        if name == "snmp-v3-demo":
            return Credential(Secret(V3_AUTH), Secret(V3_PRIV))
        raise Denied(Message("credential.missing", {"name": name}))


def render(where: dict[str, Any]) -> str:
    """The site file's template with each device's address and ports; the ordinary ports where none is given."""
    text = (files("auditor") / "demo" / "site.toml").read_text(encoding="utf-8")
    for name, row in where.items():
        text = text.replace(f"@{name}.address@", str(row["address"]))
        text = text.replace(f"@{name}.snmp@", str(row.get("snmp", 161)))
        text = text.replace(f"@{name}.ssh@", str(row.get("ssh", 22)))
    return text
