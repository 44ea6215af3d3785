"""Recorded devices through the real interrogation: the doors of a capture folder, redacted by their page."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from auditor.collectors.captures import Capture, open_capture
from auditor.collectors.interrogate import Collected, Manner, interrogate
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import ShellDoor, SnmpDoor
from auditor.collectors.vendors import by_platform
from auditor.collectors.vendors.page import Vendor
from auditor.model import Device
from auditor.site import Role, Target
from auditor.values import ABSENT

AT = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
NETWORKS = ("10.20.0.0/16", "192.168.10.0/24")
GUESSED = ("public", "private", "cisco", "admin")
CONFIGURATION = ("show running-config", "show")


def redacted(text: str, secrets: Sequence[str]) -> str:
    """The text as its page's own patterns leave it: group 1 and what follows it stay, group 2 becomes a token."""

    def token(match: re.Match[str]) -> str:
        if match[2].startswith("<secret:"):
            return match[0]
        kind = "default" if match[2] in GUESSED else "strong"
        return f"{match[1]}{match.string[match.end(1) : match.start(2)]}<secret:{kind}>"

    for pattern in secrets:
        text = re.sub(pattern, token, text, flags=re.M | re.I)
    return text


async def replay(
    capture: Capture,
    name: str = "box",
    platform: str = "",
    role: Role = Role.OTHER,
    pseudonym: Callable[[str], str] = lambda extension: f"set-{extension}",
) -> Device:
    """What a capture tells, without a network and without a sampling window."""
    target = Target(name, "recorded", role, platform or capture.platform)
    transcript = Transcript(name, lambda: AT)
    page = by_platform(target.platform)
    shell = capture.shell(transcript, redacted, page.secrets, page.running or CONFIGURATION)

    async def snmp() -> SnmpDoor:
        door = capture.snmp(transcript)
        assert door is not None
        return door

    async def session(vendor: Vendor) -> ShellDoor:
        assert shell is not None
        return shell

    manner = Manner(networks=NETWORKS, pseudonym=pseudonym)
    return await interrogate(
        target,
        snmp=snmp if capture.recordings else None,
        shell=session if shell else None,
        collected=Collected(target, transcript, manner, lambda: AT),
    )


async def replay_folder(folder: Path) -> Device:
    """A folder of `tests/recordings`; its parent is the platform."""
    return await replay(open_capture(folder), folder.name, folder.parent.name)


def told(device: Device) -> dict[str, Any]:
    """What `expected.json` holds: facts in plain JSON, the reasons of the gaps, what was not understood."""
    return {
        "facts": {reading.key.name: plain(reading.value) for reading in device.readings},
        "gaps": {gap.key.name: gap.reason.id for gap in device.gaps},
        "conflicts": [[reading.key.name, plain(reading.value)] for reading in device.conflicts],
        "unparsed": [[row.source, row.lines] for row in device.unparsed],
        "problems": [problem.id for problem in device.problems],
    }


def plain(value: Any) -> Any:
    """A fact as JSON holds it; fields that nobody measured are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain(field) for name, field in fields.items() if field is not ABSENT}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value
