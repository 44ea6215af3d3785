"""A bundle judged again: the same judges on the same facts, with no network and no clock."""

from __future__ import annotations

from dataclasses import dataclass, fields

from auditor import __version__, audit
from auditor.bundles.contents import Contents
from auditor.lists import of
from auditor.model import Audit
from auditor.planning.judgements import Judgements


@dataclass(frozen=True, slots=True)
class Replay:
    """The published audit as it stood when it was bundled, and the same evidence judged by this version."""

    published: Audit
    today: Audit

    @property
    def same_version(self) -> bool:
        return self.published.version == self.today.version

    @property
    def differs(self) -> tuple[str, ...]:
        """The parts of the audit that are not the same, the version apart; empty when nothing moved."""
        return tuple(
            field.name
            for field in fields(Audit)
            if field.name != "version" and getattr(self.published, field.name) != getattr(self.today, field.name)
        )


def replayed(contents: Contents) -> Replay:
    """Judge a bundled audit again; what people decided since is put on both sides in the same way."""
    published = contents.audit
    again = audit.judge(
        contents.site,
        contents.devices,
        id=published.id,
        at=published.at,
        window=published.window_s,
        interrupted=published.interrupted,
        judgements=Judgements.of(contents.edits),
        history=contents.history,
        lists=of(contents.lists),
    )
    return Replay(
        audit.standing(published, contents.edits, contents.day), audit.standing(again, contents.edits, contents.day)
    )


def is_newer(version: str) -> bool:
    """Whether a product's version is newer than this one; one that is no row of figures counts as newer."""
    parts = version.split(".")
    if not all(part.isdigit() and len(part) < 6 for part in parts):
        return version != __version__
    return [int(part) for part in parts] > [int(part) for part in __version__.split(".") if part.isdigit()]
