"""One device, live or from captures: read and explained, without a site."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from auditor import audit, visit
from auditor.clean import line
from auditor.collectors.captures import Capture, CaptureError, open_capture
from auditor.collectors.hostkeys import Decide, HostKeyFile
from auditor.collectors.interrogate import Collected, interrogate
from auditor.collectors.interrogate import Manner as Asked
from auditor.collectors.redact import redact
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import ShellDoor, SnmpDoor
from auditor.collectors.vendors import SECRETS, VENDORS, by_platform
from auditor.collectors.vendors.page import Vendor
from auditor.credentials import Resolver, for_client
from auditor.model import Device
from auditor.reports.export import device_json
from auditor.site import People, Site, SnmpAccess, SshAccess, Target
from auditor.store import client_folder, home_folder
from auditor.texts import Texts
from auditor.values import Message
from auditor.wording import texts

_TARGET: Final = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<host>\[[0-9a-fA-F:]+\]|[^:/@]+)(?::(?P<port>\d{1,5}))?/?")
_FILE: Final = re.compile(r"^(?!\w+://).*(?:/|\.(?:snmprec|walk|txt|cfg|conf|xml)$)")
Ask: TypeAlias = Callable[[Message], str]
RUNNING: Final = ("show running-config", "show")


class TargetError(ValueError):
    """A target that cannot be read; `message` says it to a reader."""

    def __init__(self, id: str, **values: Any) -> None:
        super().__init__(id)
        self.message = Message(id, values)


@dataclass(frozen=True, slots=True)
class How:
    """The options of the command."""

    version: str = "2c"
    user: str = ""
    auth: str = ""
    priv: str = ""
    credential: str = ""
    platform: str = ""


def parse(words: tuple[str, ...], how: How) -> Target:
    """snmp://HOST:PORT, ssh://USER@HOST:PORT and bare HOST:PORT as one device; all must name the same host."""
    snmp: SnmpAccess | None = None
    ssh: SshAccess | None = None
    hosts = []
    for word in words:
        if "://" not in word and Path(word).exists():
            raise TargetError("inspect.mixed", target=line(word))
        if _FILE.search(word):
            raise TargetError("inspect.no_file", target=line(word))
        scheme, _, rest = word.partition("://") if "://" in word else ("snmp", "", word)
        match = _TARGET.fullmatch(rest)
        if match is None or scheme not in ("snmp", "ssh") or int(match["port"] or 1) > 65535:
            raise TargetError("inspect.target", target=line(word) if "@" not in word else f"{line(scheme)}://…")
        hosts.append(match["host"].strip("[]"))
        if scheme == "ssh":
            ssh = SshAccess(match["user"] or how.user, how.credential, int(match["port"] or 22))
            if not ssh.user:
                raise TargetError("inspect.no_user", target=line(word))
        else:
            snmp = _snmp(how, int(match["port"] or 161))
    if len(set(hosts)) > 1:
        raise TargetError("inspect.two_hosts", hosts=tuple(hosts))
    if not how.credential and (ssh or (snmp and (snmp.version != "3" or snmp.auth))):
        raise TargetError("inspect.no_credential")
    return Target(hosts[0], hosts[0], platform=how.platform, snmp=snmp, ssh=ssh)


def _snmp(how: How, port: int) -> SnmpAccess:
    if how.version == "3" and not how.user:
        raise TargetError("inspect.no_user", target="snmp")
    if how.priv and not how.auth:
        raise TargetError("site.priv_without_auth")
    user = how.user if how.version == "3" else ""
    auth, priv = (how.auth, how.priv) if how.version == "3" else ("", "")
    return SnmpAccess(how.version, how.credential, port, user, auth, priv)  # type: ignore[arg-type]


async def _live(site: Site, folder: Path, window: float, decide: Decide, credentials: Resolver) -> Device:
    """The only device of a site, asked; its host keys are pinned in a folder."""
    keys = HostKeyFile(folder / "known_hosts", decide)
    manner = audit.Manner(window=window, pseudonym_key=secrets.token_bytes(32))
    (device,) = await audit.collect(site, credentials, keys, manner)
    return device


def _asked(site: Site, folder: Path, window: float, decide: Decide, ask: Ask | None, client: str = "") -> Device:
    with for_client(home_folder(), client, ask) as credentials:
        credentials.prepare(site.targets)
        return asyncio.run(_live(site, folder, window, decide, credentials))


def _alone(target: Target) -> Site:
    """A device that no site file describes."""
    return Site(name="inspect", client="inspect", people=People(headcount=0, eligible=0), targets=(target,))


async def captured(path: Path, how: How, command: str = "", configuration: bool = False) -> Device:
    """A device from a capture; the same pages read it, and everything is marked as from a file."""
    try:
        capture = open_capture(path, command=command, configuration=configuration)
    except CaptureError as error:
        raise TargetError(error.message.id, **dict(error.message.values)) from None
    name = capture.name or (path.resolve().name if path.is_dir() else path.stem)
    transcript = Transcript(name)
    target = Target(name, str(path), role=capture.role, platform=how.platform or capture.platform)
    door = capture.snmp(transcript)
    shell = capture.shell(transcript, redact, SECRETS, running=_running(target.platform))
    key = secrets.token_bytes(32)  # of this one reading: nobody can try names against what it tells
    asked = Asked(0.0, (), lambda name: hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:12])
    collected = Collected(target, transcript, asked)

    async def snmp() -> SnmpDoor:
        assert door is not None
        return door

    async def open_shell(vendor: Vendor) -> ShellDoor:
        assert shell is not None
        return shell

    device = await interrogate(
        target, snmp=snmp if door else None, shell=open_shell if shell else None, collected=collected
    )
    return _one_capture(device, capture)


def _running(platform: str) -> tuple[str, ...]:
    """The commands whose answer a running configuration is."""
    page = by_platform(platform)
    if page.running:
        return page.running
    lines = {command.line for command in page.commands}
    return tuple(known for known in RUNNING if known in lines) or RUNNING[:1]


def _one_capture(device: Device, capture: Capture) -> Device:
    """One capture alone gives no rate: that is said as a gap."""
    from auditor import facts
    from auditor.model import Gap

    if any(reading.key == facts.INTERFACES for reading in device.readings):
        gap = Gap(facts.INTERFACES, device.name, Message("gap.one_capture"))
        return replace(device, gaps=(*device.gaps, gap))
    return device


def run(
    words: tuple[str, ...],
    *,
    ask: Ask | None,
    decide: Decide,
    out: Callable[[str], None],
    version: str,
    user: str,
    auth: str,
    priv: str,
    credential: str,
    platform: str,
    command: str,
    config: bool,
    window: float,
    site: Path | None,
    device: str,
    as_json: bool,
    language: str,
) -> int:
    """Read what is named, print it, and return the exit code: 0 read, 3 nothing could be collected."""
    how = How(version, user, auth, priv, credential, _platform(platform))
    if site is not None:
        known = _of_site(site, device)
        visit.spare(known)
        found = _asked(known, client_folder(home_folder(), known.client), window, decide, ask, known.client)
    elif len(words) == 1 and "://" not in words[0] and Path(words[0]).exists():
        found = asyncio.run(captured(Path(words[0]), how, command, config))
    elif words:
        found = _asked(_alone(parse(words, how)), home_folder(), window, decide, ask)
    else:
        raise TargetError("inspect.nothing")
    say = texts(language or "en", narrow=False)
    if as_json:
        out(json.dumps(device_json(found, say), ensure_ascii=False, indent=1))
    else:
        for text in explained(found, say):
            out(text)
    return 3 if found.status == "failed" else 0


def _platform(name: str) -> str:
    """A platform that a page reads; a name that none knows would silently be read as nothing."""
    known = sorted(page.platform for page in VENDORS)
    if name and by_platform(name).platform not in known:
        raise TargetError("inspect.no_platform", name=name, known=tuple(known))
    return name


def _of_site(path: Path, name: str) -> Site:
    """The site of a file, with one of its devices alone."""
    known, _ = visit.open_site(path)
    found = next((target for target in known.targets if target.name == name), None)
    if found is None:
        names = tuple(target.name for target in known.targets)
        raise TargetError("inspect.no_device", name=name, names=names)
    return replace(known, targets=(found,))


def explained(device: Device, say: Texts) -> Iterable[str]:
    """What a device told, line by line, with where it comes from; then what it did not."""
    yield f"{device.name} ({device.target}) · {device.vendor or '?'}"
    for problem in device.problems:
        yield f"  ! {say.say(problem)}"
    for reading in device.readings:
        value = reading.value
        source = ", ".join(reading.sources[:2])
        if isinstance(value, tuple):
            yield f"  {reading.key.name}: {len(value)}  [{source}]"
            yield from (f"    {_row(item)}" for item in value)
        else:
            yield f"  {reading.key.name}: {value} {reading.key.unit}  [{source}]"
    for reason, keys in _gaps(device, say).items():
        yield f"  - {', '.join(keys)}: {reason}"
    for row in device.unparsed:
        yield "  ~ " + say("{lines} lines of {source} were not understood", lines=row.lines, source=row.source)


def _gaps(device: Device, say: Texts) -> Mapping[str, list[str]]:
    """What was not told, by reason: one silent door leaves many facts unknown."""
    found: dict[str, list[str]] = {}
    for gap in device.gaps:
        found.setdefault(say.say(gap.reason), []).append(gap.key.name)
    return found


def _row(item: object) -> str:
    """A record on one line: the fields that were told."""
    from auditor.codec import to_plain

    told = to_plain(item)
    if not isinstance(told, dict):
        return str(told)
    return ", ".join(f"{name} {value}" for name, value in told.items())
