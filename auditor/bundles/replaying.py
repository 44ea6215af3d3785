"""A bundle judged again: the same judges on the same facts, with no network and no clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields

from auditor import __version__, audit
from auditor.bundles.contents import Contents
from auditor.collectors.rereading import reread
from auditor.lists import of
from auditor.model import Audit, Device
from auditor.planning.judgements import Judgements
from auditor.site import Target


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
    """Judge a bundled audit again: its facts by the version that read them, its answers read anew by another one."""
    published = contents.audit
    return judged_again(contents, reading_anew=published.version != __version__)


def judged_again(contents: Contents, *, reading_anew: bool) -> Replay:
    """The audit as it stood, and judged today; what people decided since is put on both sides in the same way.

    `reading_anew`: from the kept answers as today's pages read them, instead of from the facts of then.
    """
    published, devices = contents.audit, contents.devices
    if reading_anew:
        devices = asyncio.run(_reread(contents))
    again = audit.judge(
        contents.site,
        devices,
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


async def _reread(contents: Contents) -> tuple[Device, ...]:
    targets = {target.name: target for target in contents.site.targets}
    return tuple(
        [
            await reread(device, targets.get(device.name, Target(device.name, device.target)), contents.site.networks)
            for device in contents.devices
        ]
    )


def is_newer(version: str) -> bool:
    """Whether a product's version is newer than this one; one that is no row of figures counts as newer."""
    parts = version.split(".")
    if not all(part.isdigit() and len(part) < 6 for part in parts):
        return version != __version__
    return [int(part) for part in parts] > [int(part) for part in __version__.split(".") if part.isdigit()]
