"""SSH host keys pinned at first contact: one file per client, never shared between clients."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from auditor.collectors.transport import Denied
from auditor.values import Message, Value

Decide: TypeAlias = Callable[[str, str], bool]
"""Whether a key seen for the first time is trusted: called with the device's `host` and `type SHA256:print`."""

_HEADER: Final = "# SSH host keys pinned at first contact: host, type, SHA-256 print. Remove a line to forget a key.\n"
_LINE: Final = re.compile(r"(?P<host>[^\s|@]\S*) (?P<print>[\w@.-]+ SHA256:[A-Za-z0-9+/]{43})")


def accept_new(device: str, fingerprint: str) -> bool:
    """Trust every key at first contact (`--accept-new`); a changed key is refused all the same."""
    return True


def refuse(device: str, fingerprint: str) -> bool:
    """Trust no key that is not pinned yet: nobody is there to compare the fingerprint."""
    return False


def host(address: str, port: int) -> str:
    """The name of a device in the file, as OpenSSH writes it: `192.0.2.1`, or `[192.0.2.1]:2222`."""
    return address if port == 22 else f"[{address}]:{port}"


class HostKeyFile:
    """The pinned keys of a client; implements `transport.HostKeys` and may be called from several threads.

    `decide` is asked once for each unknown key, one question at a time. A file that cannot be read, or has a damaged
    line, is Denied: it must not look like a first contact.
    """

    def __init__(self, path: Path, decide: Decide) -> None:
        self._path, self._decide = path, decide
        self._file, self._question = threading.Lock(), threading.Lock()

    def known(self, address: str, port: int) -> tuple[str, ...]:
        """The pinned fingerprints of a device, `ssh-ed25519 SHA256:…`; empty at first contact."""
        name = host(address, port)
        with self._file:
            return tuple(print_ for pinned, print_ in self._read(name) if pinned == name)

    def accept(self, address: str, port: int, fingerprint: str) -> bool:
        """Decide on a first contact and pin the key when accepted; never replaces a key that is pinned already."""
        with self._question:
            if pinned := self.known(address, port):
                return fingerprint in pinned
            if not self._decide(host(address, port), fingerprint):
                return False
            with self._file:
                self._add(host(address, port), fingerprint)
            return True

    def _read(self, target: str) -> list[tuple[str, str]]:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise self._unusable(target, error) from error
        rows = []
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                found = _LINE.fullmatch(line.strip())
                if found is None:
                    where: dict[str, Value] = {"file": str(self._path), "line": number, "target": target}
                    raise Denied(Message("ssh.keys_damaged", where))
                rows.append((found["host"], found["print"]))
        return rows

    def _add(self, name: str, fingerprint: str) -> None:
        """Write the file anew beside itself and swap it in, so that a crash leaves the old one whole."""
        rows = [*self._read(name), (name, fingerprint)]
        text = _HEADER + "".join(f"{pinned} {print_}\n" for pinned, print_ in rows)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._replace(text)
        except OSError as error:
            raise self._unusable(name, error) from error

    def _replace(self, text: str) -> None:
        handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}-")  # made 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, self._path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def _unusable(self, target: str, error: OSError | UnicodeDecodeError) -> Denied:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return Denied(Message("ssh.keys_unreadable", {"file": str(self._path), "why": why, "target": target}))
