"""The file of a bundle: a ZIP of named parts whose every byte is accounted for, and which is read as if hostile.

The manifest holds the SHA-256 of each part; the comment of the ZIP holds that of the manifest, and that of all bytes
before it, so that a change anywhere is seen. Nothing is ever unpacked to a disk.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from auditor.clean import line
from auditor.values import N_, Message, Value

SCHEMA: Final = "auditor/bundle/1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.json.sig"
MOST_FILE: Final = 256 << 20
MOST_PART: Final = 64 << 20
MOST_ALL: Final = 512 << 20
MOST_PARTS: Final = 20_000
_PARTS: Final = re.compile(
    r"site\.toml|audit\.json|site\.json|facts\.json|history\.json|decisions\.json|lists\.json|evidence/[0-9a-f]{64}\.txt"
)
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)  # the same parts give the same file, whenever it is written
_COMMENT: Final = re.compile(rb"auditor bundle ([0-9a-f]{64}) ([0-9a-f]{64})")
_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, OverflowError, struct.error,
)  # fmt: skip
"""What Python's reader of ZIP files says of bytes that are none (NotImplementedError is a RuntimeError)."""


class BundleError(ValueError):
    """A bundle that cannot be written, or must not be believed; `message` says which file, which part and why."""

    def __init__(self, sentence: str, /, **values: Value) -> None:
        self.message = Message(sentence, values)
        super().__init__(f"{sentence} {values}")


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


# ---- writing ----


def manifest_of(parts: Mapping[str, bytes], about: Mapping[str, object]) -> bytes:
    """The manifest: what the bundle is about, and name, SHA-256 and octets of each part."""
    rows = [{"name": name, "sha256": digest(body), "bytes": len(body)} for name, body in sorted(parts.items())]
    told = {"schema": SCHEMA, **about, "parts": rows}
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


def packed(parts: Mapping[str, bytes], manifest: bytes, signature: bytes = b"") -> bytes:
    """The octets of the file."""
    stream = io.BytesIO()
    everything = {MANIFEST: manifest, **({SIGNATURE: signature} if signature else {}), **dict(sorted(parts.items()))}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in everything.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            archive.writestr(entry, body)
        archive.comment = f"auditor bundle {digest(manifest)} {'0' * 64}".encode()
    whole = stream.getvalue()[:-64]
    return whole + digest(whole).encode()


def write(path: Path, body: bytes) -> None:
    """Write the file, all of it or nothing; one that exists is never overwritten."""
    try:
        with path.open("xb") as stream:
            try:
                stream.write(body)
                stream.flush()
            except OSError:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        raise BundleError("bundle.exists", file=str(path)) from None
    except OSError as error:
        raise BundleError("bundle.not_written", file=str(path), why=error.strerror or str(error)) from None


# ---- reading ----


def read(path: Path) -> tuple[Mapping[str, Any], Mapping[str, bytes]]:
    """The manifest and all parts, the manifest and its signature among them; raises BundleError for the least doubt."""
    try:
        if path.stat().st_size > MOST_FILE:
            raise BundleError("bundle.too_big", file=str(path), part=path.name, size=MOST_FILE >> 20)
        data = path.read_bytes()
    except OSError as error:
        raise BundleError("bundle.unreadable", file=str(path), why=error.strerror or str(error)) from None
    seal = _COMMENT.fullmatch(data[-_SEAL:])
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            bodies = _bodies(archive, path)
    except _DAMAGE as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError("bundle.no_zip", file=str(path), why=_why(error)) from None
    manifest = _manifest(bodies, path, seal)
    _compare(manifest, bodies, path)
    if seal is None or digest(data[:-64]) != seal[2].decode():
        raise BundleError("bundle.changed", file=str(path), part="ZIP")
    return manifest, bodies


_SEAL: Final = len("auditor bundle ") + 64 + 1 + 64


def _why(error: Exception) -> str:
    return line(str(error))[:120] or type(error).__name__


def _bodies(archive: zipfile.ZipFile, path: Path) -> dict[str, bytes]:
    """The parts by name; a name that no bundle has, or a size that none needs, is refused unread."""
    entries, left = archive.infolist(), MOST_ALL
    if len(entries) > MOST_PARTS:
        raise BundleError("bundle.too_many", file=str(path), count=len(entries), most=MOST_PARTS)
    found: dict[str, bytes] = {}
    for entry in entries:
        name = line(entry.filename)[:80]
        if entry.filename in found or not (entry.filename in (MANIFEST, SIGNATURE) or _PARTS.fullmatch(entry.filename)):
            raise BundleError("bundle.strange", file=str(path), part=name)
        most = min(MOST_PART, left)
        if entry.file_size > most:
            raise BundleError("bundle.too_big", file=str(path), part=name, size=MOST_PART >> 20)
        found[entry.filename] = _body(archive, entry, most, path)
        left -= len(found[entry.filename])
    return found


def _body(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, path: Path) -> bytes:
    """What one part unpacks to, never more than it may: the size a ZIP declares is not believed."""
    try:
        with archive.open(entry) as stream:
            body = stream.read(most + 1)
    except _DAMAGE as error:
        raise BundleError("bundle.part", file=str(path), part=entry.filename, why=_why(error)) from None
    if len(body) > most:
        raise BundleError("bundle.too_big", file=str(path), part=entry.filename, size=MOST_PART >> 20)
    return body


def _manifest(bodies: Mapping[str, bytes], path: Path, seal: re.Match[bytes] | None) -> Mapping[str, Any]:
    body = bodies.get(MANIFEST)
    if body is None:
        raise BundleError("bundle.no_bundle", file=str(path))
    if seal is not None and digest(body) != seal[1].decode():
        raise BundleError("bundle.changed", file=str(path), part=MANIFEST)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BundleError("bundle.part", file=str(path), part=MANIFEST, why=_why(error)) from None
    if not isinstance(found, dict) or not isinstance(found.get("parts"), list):
        raise BundleError("bundle.no_bundle", file=str(path))
    if found.get("schema") != SCHEMA:
        raise BundleError("bundle.schema", file=str(path), found=line(str(found.get("schema")))[:40], known=SCHEMA)
    return found


def _compare(manifest: Mapping[str, Any], bodies: Mapping[str, bytes], path: Path) -> None:
    """Each part is there, is what the manifest says, and nothing else is."""
    told: dict[str, Any] = {}
    for row in manifest["parts"]:
        if not isinstance(row, dict) or not isinstance(row.get("name"), str):
            raise BundleError("bundle.part", file=str(path), part=MANIFEST, why="parts")
        told[row["name"]] = row.get("sha256")
    for name, known in told.items():
        if name not in bodies:
            raise BundleError("bundle.missing", file=str(path), part=line(name)[:80])
        if digest(bodies[name]) != known:
            raise BundleError("bundle.changed", file=str(path), part=name)
    for name in bodies:
        if name not in told and name not in (MANIFEST, SIGNATURE):
            raise BundleError("bundle.strange", file=str(path), part=name)


SENTENCES: Mapping[str, str] = {
    "bundle.exists": N_("{file} exists already; nothing was written."),
    "bundle.not_written": N_("{file} cannot be written ({why}); nothing was left behind."),
    "bundle.unreadable": N_("{file} cannot be read ({why})."),
    "bundle.no_zip": N_("{file} is no bundle, or was damaged: its ZIP cannot be read ({why})."),
    "bundle.no_bundle": N_("{file} is no bundle of Auditor: it has no manifest.json of that kind."),
    "bundle.schema": N_("{file}: manifest.json is of the form “{found}”, this version reads {known}."),
    "bundle.changed": N_("{file}: {part} was changed after it was bundled; nothing in the file is believed."),
    "bundle.missing": N_("{file}: {part} is missing; nothing in the file is believed."),
    "bundle.strange": N_("{file}: “{part}” has no place in a bundle, or is there twice; nothing was unpacked."),
    "bundle.too_big": N_("{file}: {part} is larger than a bundle may be ({size} MB); it was not unpacked."),
    "bundle.too_many": N_("{file} holds {count} parts; a bundle has {most} at most."),
    "bundle.part": N_("{file}: {part} cannot be read ({why})."),
    "bundle.newer": N_("{file} was written by a newer version of the product ({version}); update to read it."),
    "bundle.no_evidence": N_(
        "The audit {id} does not hold the answer of {device} to “{request}”:"
        " bundle it from the history it was saved in."
    ),
    "bundle.a_file": N_("{file} holds no answers of devices: name an audit of the history, by its id."),
    "bundle.unsigned": N_("{file} is not signed, and only a signed one was wanted."),
}
