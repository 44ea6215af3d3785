"""An audit in its two steps: collect what the devices tell, then judge it; judging needs no network and no clock."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from auditor import __version__, capacity, checks, degraded, inputs, moves, plan, scoring
from auditor.capacity import Capacity
from auditor.checks import engine
from auditor.collectors.interrogate import Collected, interrogate
from auditor.collectors.interrogate import Manner as Asked
from auditor.collectors.redact import redact
from auditor.collectors.snmp import GENTLE, Pace, SnmpStation
from auditor.collectors.ssh import Pace as SshPace
from auditor.collectors.ssh import SshStation
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import Credentials, HostKeys, ShellDoor, SnmpDoor
from auditor.collectors.vendors import SECRETS
from auditor.collectors.vendors.generic import GENERIC
from auditor.collectors.vendors.page import Vendor
from auditor.model import (
    ABSENT,
    Absent,
    Answered,
    Audit,
    Device,
    Event,
    Figure,
    Finding,
    Message,
    NotMeasured,
    Outcome,
    Score,
    Severity,
    Site,
    Source,
    Target,
    Value,
)

AT_ONCE: Final = 10
GENTLE_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask: sampling window in seconds, devices at once, and whom to tell what."""

    window: float = 60.0
    gentle: bool = False
    emit: Callable[[Event], None] = lambda event: None
    save: Callable[[Device], None] = lambda device: None
    pseudonym_key: bytes = b""


# ---- collect ----


async def collect(
    site: Site,
    credentials: Credentials,
    hostkeys: HostKeys,
    manner: Manner,
    already: Sequence[Device] = (),
) -> tuple[Device, ...]:
    """What every device of the site told, in the order of its file; devices in `already` are not asked again.

    Cancelling it closes the conversations; what each device had told so far is saved before it returns.
    """
    known = {device.name: device for device in already}
    found: dict[str, Device] = dict(known)
    at_once = GENTLE_AT_ONCE if manner.gentle else AT_ONCE
    room = asyncio.Semaphore(at_once)
    async with SnmpStation(GENTLE if manner.gentle else Pace()) as snmp, SshStation(SshPace(in_flight=at_once)) as ssh:

        async def one(target: Target) -> None:
            doors = _Doors(site, target, credentials, hostkeys, (snmp, ssh), manner)
            try:
                async with room:
                    await doors.ask()
            finally:  # also when cancelled: what the device has told by then is kept
                device = found[target.name] = doors.collected.device()
                manner.save(device)
                manner.emit(Answered(device))

        async with asyncio.TaskGroup() as group:
            for target in site.targets:
                if target.name not in known:
                    group.create_task(one(target), name=target.name)
    return tuple(found[target.name] for target in site.targets if target.name in found)


class _Doors:
    """Opens the conversations with one device, when they are asked for."""

    def __init__(
        self,
        site: Site,
        target: Target,
        credentials: Credentials,
        hostkeys: HostKeys,
        stations: tuple[SnmpStation, SshStation],
        manner: Manner,
    ) -> None:
        self.target, self.credentials, self.hostkeys, self.manner = target, credentials, hostkeys, manner
        self.stations = stations
        self.transcript = Transcript(target.name)
        asked = Asked(manner.window, site.networks, self.pseudonym, manner.emit)
        self.collected = Collected(target, self.transcript, asked)

    async def ask(self) -> None:
        await interrogate(
            self.target,
            snmp=self.snmp if self.target.snmp else None,
            shell=self.shell if self.target.ssh else None,
            collected=self.collected,
        )

    def pseudonym(self, name: str) -> str:
        return hmac.new(self.manner.pseudonym_key, name.encode(), hashlib.sha256).hexdigest()[:12]

    async def snmp(self) -> SnmpDoor:
        access = self.target.snmp
        assert access is not None
        credential = await asyncio.to_thread(self.credentials, access.credential, self.target)
        return await self.stations[0].open(self.target, credential, self.transcript)

    async def shell(self, vendor: Vendor) -> ShellDoor:
        access = self.target.ssh
        assert access is not None
        credential = enable = None
        if access.credential:
            credential = await asyncio.to_thread(self.credentials, access.credential, self.target)
        if access.enable:
            enable = await asyncio.to_thread(self.credentials, access.enable, self.target)
        page = None if vendor is GENERIC else vendor
        return await self.stations[1].open(
            self.target, credential, enable, page, self.hostkeys, self.transcript, lambda text: redact(text, SECRETS)
        )


# ---- judge ----


def judge(
    site: Site,
    devices: Sequence[Device],
    *,
    id: str,
    at: dt.datetime,
    window: float,
    interrupted: bool = False,
    changes: Mapping[str, Value] | None = None,
) -> Audit:
    """The audit of a site from what its devices told; `changes` are what-if inputs by their published names."""
    figures = inputs.gather(site, devices)
    if changes:
        figures = plan.with_changes(figures, changes)
    bench = _Bench(site, tuple(devices), engine.Books(at.date()))
    result, findings, score = bench.judge(figures)
    start = site.plan_start if not isinstance(site.plan_start, Absent) else at.date()
    return Audit(
        id=id,
        site=site,
        at=at,
        version=__version__,
        catalogue=checks.VERSION,
        window_s=round(window),
        headline=result.headline,
        resources=result.resources,
        score=score,
        findings=findings,
        waterfall=plan.waterfall(figures),
        plan=plan.plan(figures, findings, start=start, rejudge=bench.rejudge),
        devices=tuple(devices),
        not_measured=_not_measured(findings, result),
        assumptions=tuple(figures[name] for name in sorted(figures)),
        interrupted=interrupted,
        degraded=degraded.degraded(figures),
        moves=moves.moves(figures, site.applications),
    )


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where the judges sit: the same site and devices, whatever the inputs under study."""

    site: Site
    devices: tuple[Device, ...]
    books: engine.Books

    def judge(self, figures: Mapping[str, Figure]) -> tuple[Capacity, tuple[Finding, ...], Score]:
        result = capacity.assess(figures)
        reader = engine.Reader(self.site, self.devices, figures, result.resources, result.headline, self.books)
        findings = (*engine.judge(checks.CATALOGUE, reader), *changed_keys(self.devices))
        return result, findings, scoring.score(findings, result.headline, result.resources, WEIGHTS)

    def rejudge(self, figures: Mapping[str, Figure], closed: frozenset[str]) -> tuple[int | Absent, Fraction | Absent]:
        """Seats and score once the inputs are these and these checks pass."""
        result, findings, _ = self.judge(figures)
        cured = tuple(
            replace(finding, outcome=Outcome.PASS) if finding.id in closed and _failing(finding) else finding
            for finding in findings
        )
        score = scoring.score(cured, result.headline, result.resources, WEIGHTS)
        return result.headline.seats, score.value


WEIGHTS: Final[Mapping[str, int]] = {check.id: check.weight for check in checks.CATALOGUE}


def _failing(finding: Finding) -> bool:
    return finding.outcome in (Outcome.FAIL, Outcome.WARN)


def changed_keys(devices: Sequence[Device]) -> tuple[Finding, ...]:
    """A critical finding, outside the score, for each device whose SSH host key changed since it was pinned."""
    return tuple(
        Finding(
            "SSH-KEY",
            1,
            "ACC",
            Outcome.FAIL,
            Severity.CRITICAL,
            problem,
            evidence=(Source(device.name, "ssh"),),
            quality=Fraction(1),
        )
        for device in devices
        for problem in device.problems
        if problem.id == "ssh.key_changed"
    )


def _not_measured(findings: Sequence[Finding], result: Capacity) -> tuple[NotMeasured, ...]:
    """Checks and resources nobody could tell, each with its reason and how to lift it."""
    gaps = [
        NotMeasured(finding.id, finding.message, Message(f"{finding.id}.lift"))
        for finding in findings
        if finding.outcome is Outcome.NOT_MEASURED
    ]
    lift = Message("lift.resource")
    unknown = [
        NotMeasured(resource.id, resource.reason or Message("unknown.resource", {"resource": resource.id}), lift)
        for resource in result.resources
        if resource.seats is ABSENT
    ]
    return (*unknown, *gaps)
