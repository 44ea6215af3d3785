"""What a bundle holds: the published audit, and apart from it all that judging it again needs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from auditor.bundles.container import BundleError, digest
from auditor.codec import audit_from_json, from_plain, to_plain
from auditor.model import Audit, Device, Edit, Figure
from auditor.site import Site

T = TypeVar("T")
HISTORY: Final = ("note.history", "note.window_history", "note.sessions_in_history")
"""What the notes of inputs say that rest on samples over days (seats.usage)."""


@dataclass(frozen=True, slots=True)
class Contents:
    """One audit as it is bundled.

    `published` is the audit JSON as it was saved; `site` and `devices` what it was judged from, evidence included;
    `history` the inputs that rested on samples over days; `edits` what people had decided by `day`; `lists` the dated
    lists that were consulted.
    """

    published: str
    site_text: str
    site: Site
    devices: tuple[Device, ...]
    history: tuple[Figure, ...]
    edits: tuple[Edit, ...]
    lists: tuple[str, ...]
    day: dt.date

    @property
    def audit(self) -> Audit:
        """The published audit, with the evidence of its devices."""
        found = audit_from_json(json.loads(self.published))
        texts = {line.sha256: line.text for device in self.devices for line in device.evidence}
        return replace(found, devices=tuple(_with_texts(device, texts) for device in found.devices))


def of_audit(audit: Audit, published: str, site_text: str, edits: Sequence[Edit], day: dt.date) -> Contents:
    """The contents of a saved audit; raises BundleError where its evidence is not there."""
    for device in audit.devices:
        for line in device.evidence:
            if digest(line.text.encode()) != line.sha256:
                raise BundleError("bundle.no_evidence", id=audit.id, device=device.name, request=line.request[:60])
    history = tuple(figure for figure in audit.assumptions if figure.note and figure.note.id in HISTORY)
    return Contents(published, site_text, audit.site, audit.devices, history, tuple(edits), audit.lists, day)


# ---- parts ----


def parts_of(contents: Contents) -> dict[str, bytes]:
    """The parts by their names in the file; a text that several questions got is kept once."""
    slim = tuple(_with_texts(device, {}) for device in contents.devices)
    lines = [line for device in contents.devices for line in device.evidence]
    return {
        "audit.json": contents.published.encode(),
        "site.toml": contents.site_text.encode(),
        "site.json": _json(contents.site),
        "facts.json": _json(slim),
        "history.json": _json(contents.history),
        "decisions.json": _json({"day": contents.day, "edits": contents.edits}),
        "lists.json": _json(contents.lists),
        **{f"evidence/{line.sha256}.txt": line.text.encode() for line in lines},
    }


def contents_of(parts: Mapping[str, bytes], path: Path) -> Contents:
    """The contents again; raises BundleError with the name of the part that cannot be understood."""
    devices = _read(parts, "facts.json", tuple[Device, ...], path)
    texts = {name[9:-4]: _text(parts, name, path) for name in parts if name.startswith("evidence/")}
    decisions = _read(parts, "decisions.json", dict[str, Any], path)
    with _naming("decisions.json", path):
        edits = from_plain(tuple[Edit, ...], decisions.get("edits"))
        day = from_plain(dt.date, decisions.get("day"))
    found = Contents(
        _text(parts, "audit.json", path),
        _text(parts, "site.toml", path),
        _read(parts, "site.json", Site, path),
        tuple(_with_texts(device, texts) for device in devices),
        _read(parts, "history.json", tuple[Figure, ...], path),
        edits,
        _read(parts, "lists.json", tuple[str, ...], path),
        day,
    )
    with _naming("audit.json", path):
        _ = found.audit
    _complete(found, texts, path)
    return found


def _complete(found: Contents, texts: Mapping[str, str], path: Path) -> None:
    for device in found.devices:
        for line in device.evidence:
            if line.sha256 not in texts or digest(texts[line.sha256].encode()) != line.sha256:
                raise BundleError("bundle.missing", file=str(path), part=f"evidence/{line.sha256}.txt")


def _with_texts(device: Device, texts: Mapping[str, str]) -> Device:
    lines = tuple(replace(line, text=texts.get(line.sha256, "")) for line in device.evidence)
    return replace(device, evidence=lines)


def _json(value: object) -> bytes:
    return json.dumps(to_plain(value, exact=True), ensure_ascii=False, indent=1).encode() + b"\n"


def _text(parts: Mapping[str, bytes], name: str, path: Path) -> str:
    if name not in parts:
        raise BundleError("bundle.missing", file=str(path), part=name)
    with _naming(name, path):
        return parts[name].decode()


def _read(parts: Mapping[str, bytes], name: str, kind: type[T], path: Path) -> T:
    text = _text(parts, name, path)
    with _naming(name, path):
        data = json.loads(text)
        return cast(T, data) if kind == dict[str, Any] and isinstance(data, dict) else from_plain(kind, data)


class _naming:
    """Say of which part something could not be understood."""

    def __init__(self, part: str, path: Path) -> None:
        self.part, self.path = part, path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ValueError | RecursionError | TypeError):
            why = " ".join(str(error).split())[:120]
            raise BundleError("bundle.part", file=str(self.path), part=self.part, why=why) from None
