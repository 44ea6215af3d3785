"""Whether what runs is what the next start loads: when it was changed and when it was saved, by the device's clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.page import Derivation, Facts
from auditor.model import Key
from auditor.values import ABSENT, Absent

_FORMS: Final = ("%b %d %Y", "%d %b %Y", "%Y-%m-%d", "%Y/%m/%d")
_UNIVERSAL: Final = ("UTC", "GMT", "+00:00", "Z")
_SUMMER: Final = dt.timedelta(hours=2)  # how far apart two names of zones may be that one device goes by


def stamp(clock: str, day: str, zone: str = "") -> str:
    """`2026-11-23 09:14:07 CET` of what a device wrote, "" where that is no moment."""
    hours = clock.partition(".")[0]
    for form in _FORMS:
        try:
            at = dt.datetime.strptime(f"{' '.join(day.split())} {hours}", f"{form} %H:%M:%S")  # noqa: DTZ007 - its own zone
        except ValueError:
            continue
        return f"{at:%Y-%m-%d %H:%M:%S} {zone}".rstrip()
    return ""


def saved(text: str) -> dict[Key[Any], Any]:
    """The facts of the moment of the last save: as the device has it, and on our clock where it goes by UTC."""
    if not text:
        return {}
    found: dict[Key[Any], Any] = {facts.CONFIG_SAVED: text}
    at, zone = _read(text)
    if zone in _UNIVERSAL:
        found[facts.CONFIG_SAVED_AT] = at.replace(tzinfo=dt.UTC)
    return found


def _read(text: str) -> tuple[dt.datetime, str]:
    at = dt.datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - its own zone
    return at, text[20:]


def differs(changed: str, kept: str) -> bool | Absent:
    """Whether the last change came after the last save; unknown where a change of summer time may lie between them."""
    (one, here), (other, there) = _read(changed), _read(kept)
    if here != there and abs(one - other) <= _SUMMER:
        return ABSENT
    return one > other


def _unsaved(known: Facts) -> bool | Absent:
    if facts.CONFIG_CHANGED not in known or facts.CONFIG_SAVED not in known:
        return ABSENT
    return differs(known[facts.CONFIG_CHANGED], known[facts.CONFIG_SAVED])


DERIVE: Final[Mapping[Key[Any], Derivation]] = {
    facts.CONFIG_UNSAVED: Derivation((facts.CONFIG_CHANGED, facts.CONFIG_SAVED), _unsaved)
}
"""For a page whose answers tell both moments apart."""
