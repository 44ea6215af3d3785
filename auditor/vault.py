"""The vault: credentials by name in one encrypted file, opened with one passphrase, rewritten whole or not at all."""

from __future__ import annotations

import base64
import errno
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from auditor.collectors.transport import Credential, Secret
from auditor.values import N_, Message

MAGIC: Final = b"auditor-vault/1\n"
_VERSION: Final = re.compile(rb"auditor-vault/(\d{1,9})\n")
MEMORY_KIB: Final = 64 * 1024
PASSES: Final = 3
MOST_MEMORY_KIB: Final = 1024 * 1024
"""A header that asks for more than this was not written by us: refused before it can exhaust the machine."""
MOST_WORK_KIB: Final = 4 * MOST_MEMORY_KIB
"""Memory times passes: what nobody waits longer for than seconds."""
LANES: Final = 4
MOST_BYTES: Final = 4 << 20
_TAG: Final = 16  # octets that AES-GCM adds

Entry = tuple[str, str]
"""Whose credential it is (a client, "" for any) and its name."""


class VaultError(RuntimeError):
    """A vault that cannot be read, opened or written; `message` says it to a reader and holds no secret."""

    def __init__(self, id: str, path: Path, why: str = "") -> None:
        super().__init__(f"{id} {path}")
        self.message = Message(id, {"file": str(path), "why": why})


@dataclass(frozen=True, slots=True)
class _Header:
    """What stands in the clear: how the key is derived, and which credentials there are. It is authenticated.

    `body` is how many encrypted octets follow, so that a file that was cut off is told from a damaged one; 0: not said.
    """

    salt: bytes
    nonce: bytes
    memory_kib: int = MEMORY_KIB
    passes: int = PASSES
    names: tuple[Entry, ...] = ()
    body: int = 0

    def encode(self) -> bytes:
        plain = {
            "salt": _text(self.salt), "nonce": _text(self.nonce), "memory_kib": self.memory_kib,
            "passes": self.passes, "names": [list(entry) for entry in self.names], "body": self.body,
        }  # fmt: skip
        return json.dumps(plain, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Vault:
    """The credentials of one file; no key and no secret stays in it between two calls."""

    path: Path

    @classmethod
    def at(cls, home: Path) -> Vault:
        """The vault of a home folder."""
        return cls(home / "vault")

    def exists(self) -> bool:
        return os.path.lexists(self.path)

    def names(self) -> tuple[Entry, ...]:
        """Which credentials there are, without the passphrase; raises VaultError where the file is damaged."""
        return _read(self.path)[0].names if self.exists() else ()

    def get(self, name: str, passphrase: Secret, client: str = "") -> Credential | None:
        """The credential of that name, the client's own before the common one; None when there is none."""
        held = self.open(passphrase, client)
        return held.get((client, name)) or held.get(("", name))

    def open(self, passphrase: Secret, client: str = "") -> Mapping[Entry, Credential]:
        """What the vault holds for a client and for any; raises VaultError."""
        held = {entry: values for entry, values in self._open(passphrase).items() if entry[0] in (client, "")}
        return {entry: Credential(Secret(a), Secret(b) if b else None) for entry, (a, b) in held.items()}

    def set(self, name: str, credential: Credential, passphrase: Secret, client: str = "") -> None:
        """Keep a credential under its name; the first one makes the vault."""
        privacy = credential.privacy.reveal() if credential.privacy else ""
        with _alone(self.path):
            held = self._open(passphrase) if self.exists() else {}
            self._write(held | {(client, name): (credential.secret.reveal(), privacy)}, passphrase)

    def remove(self, name: str, passphrase: Secret, client: str = "") -> bool:
        """Forget a credential; whether there was one."""
        with _alone(self.path):
            held = self._open(passphrase) if self.exists() else {}
            if held.pop((client, name), None) is None:
                return False
            self._write(held, passphrase)
            return True

    def _open(self, passphrase: Secret) -> dict[Entry, tuple[str, str]]:
        """Every entry, decrypted; raises VaultError `vault.wrong_passphrase` or `vault.damaged_…`."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        header, line, proof, body = _read(self.path)
        key = _derive(passphrase, header)
        if not hmac.compare_digest(proof, _proof(key, line)):
            raise VaultError("vault.wrong_passphrase", self.path)
        try:
            plain = AESGCM(key[:32]).decrypt(header.nonce, body, line)
        except InvalidTag:
            raise VaultError("vault.damaged_body", self.path) from None
        return {(client, name): (secret, privacy) for client, name, secret, privacy in json.loads(plain)}

    def _write(self, held: Mapping[Entry, tuple[str, str]], passphrase: Secret) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        plain = json.dumps([[*entry, *values] for entry, values in sorted(held.items())]).encode()
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
        header = _Header(salt, nonce, names=tuple(sorted(held)), body=len(plain) + _TAG)
        line, key = header.encode(), _derive(passphrase, header)
        body = AESGCM(key[:32]).encrypt(header.nonce, plain, line)
        _replace(self.path, MAGIC + b"\n".join((line, _sum(line), _hex(_proof(key, line)), b"")) + body)


# ---- the file: magic, header, its checksum, its proof of the passphrase, and the encrypted rest ----


def _read(path: Path) -> tuple[_Header, bytes, bytes, bytes]:
    """Header, its line, its proof, and the body; raises VaultError, and asks for no memory that a header names."""
    data = _octets(path)
    if (version := _VERSION.match(data)) and int(version[1]) > 1:
        raise VaultError("vault.newer", path)
    if not MAGIC.startswith(data[: len(MAGIC)]) or len(data) > MOST_BYTES:
        raise VaultError("vault.not_a_vault", path)
    _private(path)
    parts = data[len(MAGIC) :].split(b"\n", 3)
    if len(parts) != 4:
        raise VaultError("vault.cut", path)
    if not hmac.compare_digest(_sum(parts[0]), parts[1]):
        raise VaultError("vault.damaged_header", path)
    try:
        header, proof = _header(json.loads(parts[0])), bytes.fromhex(parts[2].decode())
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise VaultError("vault.damaged_header", path) from None
    if len(parts[3]) < max(header.body, _TAG):
        raise VaultError("vault.cut", path)
    return header, parts[0], proof, parts[3]


def _octets(path: Path) -> bytes:
    """What stands in the file, where it is one: a link is another's choice of a place, a pipe has no end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise VaultError("vault.not_a_vault", path)
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise VaultError("vault.link", path) from None
        raise VaultError("vault.unreadable", path, error.strerror or "?") from None


def _private(path: Path) -> None:
    """A vault that others may read is not opened: its passphrase would be all that stands between."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise VaultError("vault.others", path, f"{mode:o}")


def _header(plain: Mapping[str, Any]) -> _Header:
    header = _Header(
        base64.b64decode(plain["salt"], validate=True),
        base64.b64decode(plain["nonce"], validate=True),
        int(plain["memory_kib"]),
        int(plain["passes"]),
        tuple((str(client), str(name)) for client, name in plain["names"]),
        int(plain.get("body", 0)),
    )
    if not (8 * LANES <= header.memory_kib <= MOST_MEMORY_KIB and 1 <= header.passes <= 100):
        raise ValueError("parameters")
    if header.memory_kib * header.passes > MOST_WORK_KIB or not 16 <= len(header.salt) <= 64 or len(header.nonce) != 12:
        raise ValueError("parameters")
    return header


def _derive(passphrase: Secret, header: _Header) -> bytes:
    """64 bytes by Argon2id (RFC 9106): 32 that encrypt, 32 that prove the passphrase."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    kdf = Argon2id(salt=header.salt, length=64, iterations=header.passes, lanes=LANES, memory_cost=header.memory_kib)
    return bytes(kdf.derive(passphrase.reveal().encode()))


def _proof(key: bytes, line: bytes) -> bytes:
    return hmac.new(key[32:], line, hashlib.sha256).digest()


def _sum(line: bytes) -> bytes:
    return hashlib.sha256(line).hexdigest().encode()


def _hex(data: bytes) -> bytes:
    return data.hex().encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _replace(path: Path, data: bytes) -> None:
    """Write the file whole beside the old one, then put it in its place; readable by its owner alone.

    What an earlier writer left beside it, killed before it was done, is taken away: nobody else writes now.
    """
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in path.parent.glob(f".{path.name}.{'[0-9a-f]' * 8}"):
            left.unlink()
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise VaultError("vault.unwritable", path, error.strerror or "?") from None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One writer at a time: the second waits, and then starts from what the first has written."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise VaultError("vault.unwritable", path, error.strerror or "?") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


SENTENCES: Mapping[str, str] = {
    "vault.unreadable": N_("The vault {file} cannot be read: {why}."),
    "vault.unwritable": N_("The vault {file} cannot be written: {why}. Nothing was changed."),
    "vault.not_a_vault": N_("{file} is not a vault of this program."),
    "vault.newer": N_("The vault {file} was written by a newer version of the product; update to open it."),
    "vault.cut": N_("The vault {file} is cut off: its end is missing. Nothing was changed."),
    "vault.link": N_("{file} is a link; a vault is a file of its own. Nothing was read."),
    "vault.others": N_("Others can read or change the vault {file} (mode {why}); make it yours alone (chmod 600)."),
    "vault.damaged_header": N_(
        "The vault {file} is damaged (its header is not what was written). Nothing was changed."
    ),
    "vault.damaged_body": N_(
        "The vault {file} is damaged (its contents are not what was written). Nothing was changed."
    ),
    "vault.wrong_passphrase": N_("That is not the passphrase of the vault {file}."),
    "vault.ask_new": N_("New passphrase, for the new vault {file}"),
    "vault.ask_again": N_("The same passphrase again"),
    "vault.ask_secret": N_("Secret of the credential “{name}”"),
    "vault.ask_privacy": N_("SNMPv3 privacy passphrase of the credential “{name}”"),
    "vault.locked": N_("The vault {file} is closed, and nobody is there to give its passphrase."),
}
