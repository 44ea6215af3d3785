"""The parent's side of the demo: starts the network, tells its site file and throw-away credentials, ends it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from types import TracebackType
from typing import IO, Any, Final

from auditor.collectors.transport import Credential, Denied, Secret, Unreachable
from auditor.demo import later
from auditor.privacy import told_to_children
from auditor.site import Target
from auditor.values import N_, Message

START_S: Final = 30.0  # a machine with both cores busy; two seconds suffice otherwise
END_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where one device listens; `ssh` is 0 where it has no shell."""

    address: str
    snmp: int = 161
    ssh: int = 22


DOCUMENTED: Final[Mapping[str, Place]] = {
    # the site as it would be written down, in addresses reserved for documentation
    "rtr-rennes": Place("192.0.2.1"),
    "fw-rennes": Place("192.0.2.2"),
    "pbx-rennes": Place("192.0.2.3"),
    "ups-rennes": Place("192.0.2.4"),
}
DOCUMENTED_LATER: Final[Mapping[str, Place]] = {**DOCUMENTED, "rtr2-rennes": Place("192.0.2.5")}


def site_text(places: Mapping[str, Place]) -> str:
    """The site file of the company with its devices at these places."""
    values: dict[str, str | int] = {}
    for name, place in places.items():
        short = name.partition("-")[0]
        values |= {f"{short}_address": place.address, f"{short}_snmp": place.snmp, f"{short}_ssh": place.ssh}
    template = (files("auditor.demo") / "site.toml").read_text(encoding="utf-8")
    if "rtr2-rennes" in places:
        template = later.site_template(template)
    return Template(template).substitute(values)


class DemoNetwork:
    """The company network while it runs: `with DemoNetwork() as network: …network.site_text, network.credentials…`.

    `later`: as it is three months later.
    """

    def __init__(self, later: bool = False) -> None:
        self._later = later
        self._child: subprocess.Popen[str] | None = None
        self._secrets: Mapping[str, list[str]] = {}
        self.places: Mapping[str, Place] = {}

    def __enter__(self) -> DemoNetwork:
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
            self._child = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", "auditor.demo", *(["--later"] if self._later else [])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                encoding="utf-8",
                env=told_to_children(os.environ),
                start_new_session=True,  # Ctrl-C is for the audit, which then ends the network itself
            )
            told = self._told()
            if told is None:
                code = self.close()
                complaints.seek(0)
                why = " ".join(complaints.read()[-200:].split()) or f"exit {code}"
                raise Unreachable(Message("demo.failed", {"why": why}))
        self._secrets = told["credentials"]
        self.places = {
            row["name"]: Place(row["address"], row["snmp"], row.get("ssh", 0)) for row in told["devices"]
        }  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def site_text(self) -> str:
        """The complete site file, with the addresses and ports of this run."""
        return site_text(self.places)

    def credentials(self, name: str, target: Target) -> Credential:
        """The secrets of this run; implements `transport.Credentials`."""
        if name not in self._secrets:
            raise Denied(Message("credential.missing", {"name": name}))
        secret, *privacy = (Secret(text) for text in self._secrets[name])
        return Credential(secret, privacy[0] if privacy else None)

    def close(self) -> int:
        """End the child: it leaves when its standard input closes, and is made to if it does not; its exit code."""
        child, self._child = self._child, None
        if child is None:
            return 0
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.close()
        try:
            child.wait(END_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()
        return child.returncode

    def _told(self) -> dict[str, Any] | None:
        """The line of JSON the child says when everything listens; None when it ended or said nothing in time."""
        assert self._child is not None
        assert self._child.stdout is not None
        found: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_read_line, args=(self._child.stdout, found), daemon=True).start()
        try:
            line = found.get(timeout=START_S)
            return dict(json.loads(line))
        except (queue.Empty, ValueError):
            return None


def _read_line(stream: IO[str], found: queue.Queue[str]) -> None:
    found.put(stream.readline())


SENTENCES: Mapping[str, str] = {"demo.failed": N_("The built-in company network did not come up ({why}).")}
