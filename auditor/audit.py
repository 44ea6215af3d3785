"""An audit in its two steps: collect what the devices tell, then judge it; judging needs no network and no clock."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from auditor import __version__, capacity, checks, facts, plan, scoring
from auditor.capacity import Capacity
from auditor.checks import doors, engine, exchanges, upkeep
from auditor.collectors import sip
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
from auditor.declared import questionnaire, tailoring
from auditor.lists import Lists, cut, of, shipped
from auditor.model import Answered, Audit, Device, Edit, Event, Figure, Finding, NotMeasured, Outcome, Score
from auditor.planning.cures import Ladders
from auditor.planning.judgements import NONE, Judgements
from auditor.seats import degraded, inputs, moves
from auditor.seats.recount import Memo
from auditor.seats.totals import readings
from auditor.site import Site, Target
from auditor.values import ABSENT, Absent, Message, Value

AT_ONCE: Final = 10
GENTLE_AT_ONCE: Final = 2
LOOK_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask: sampling window in seconds, devices at once, and whom to tell what.

    While `held` says so nothing more is asked; `again` gives the names of devices to ask once more, each once.
    """

    window: float = 60.0
    gentle: bool = False
    emit: Callable[[Event], None] = lambda event: None
    save: Callable[[Device], None] = lambda device: None
    pseudonym_key: bytes = b""
    held: Callable[[], bool] = lambda: False
    again: Callable[[], Sequence[str]] = tuple

    async def turn(self) -> None:
        """Wait while the audit is held."""
        while self.held():
            await asyncio.sleep(LOOK_S)


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
    told: dict[str, Collected] = {}
    at_once = GENTLE_AT_ONCE if manner.gentle else AT_ONCE
    room = asyncio.Semaphore(at_once)
    async with SnmpStation(GENTLE if manner.gentle else Pace()) as snmp, SshStation(SshPace(in_flight=at_once)) as ssh:

        async def one(target: Target) -> None:
            doors = Doors(site, target, credentials, hostkeys, (snmp, ssh), manner)
            told[target.name] = doors.collected
            try:
                async with room:
                    await manner.turn()
                    await doors.ask()
            except asyncio.CancelledError:
                doors.collected.problems.append(Message("device.stopped", {"target": target.name}))
                raise
            finally:  # also when cancelled: what the device has told by then is kept
                device = found[target.name] = doors.collected.device()
                manner.save(device)
                manner.emit(Answered(device))

        async with asyncio.TaskGroup() as group:
            wanted = {target.name: target for target in site.targets if target.name not in known}
            asking = {name: group.create_task(one(target), name=name) for name, target in wanted.items()}
            while any(not task.done() for task in asking.values()):
                await asyncio.wait(asking.values(), timeout=LOOK_S)
                for name in manner.again():
                    if name in asking and asking[name].done():
                        asking[name] = group.create_task(one(wanted[name]), name=name)
    for device in placed(tuple(told.values()), tuple(found.values())):
        found[device.name] = device
        manner.save(device)
    return tuple(found[target.name] for target in site.targets if target.name in found)


def placed(told: Sequence[Collected], devices: Sequence[Device]) -> Iterator[Device]:
    """The exchanges again, once all gateways have told their pools: a set behind the VPN is outside.

    Only now are all pools known; the addresses of sets are in memory alone, and no device keeps them.
    """
    pools = [pool for _, reading in readings(devices, facts.VPN_POOLS) for pool in reading.value]
    spans = [
        f"{pool.first}-{pool.last}" for pool in pools if isinstance(pool.first, str) and isinstance(pool.last, str)
    ]
    away = (*(pool.network for pool in pools if isinstance(pool.network, str)), *spans)
    for collected in told:
        if away and facts.TELEPHONY_ENDPOINTS.name in collected.readings:
            collected.manner = replace(collected.manner, away=away)
            yield collected.device()


class Doors:
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
        links = tuple(link.interface for link in site.links if link.device == target.name and link.interface)
        asked = Asked(
            manner.window, site.networks, self.pseudonym, manner.emit, sets=site.sets, links=links, turn=manner.turn
        )
        self.collected = Collected(target, self.transcript, asked)

    async def ask(self) -> None:
        if self.target.sip:
            await sip.ask(self.collected, self.target.sip)
        if self.target.snmp or self.target.ssh or not self.target.sip:
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
    judgements: Judgements = NONE,
    history: Sequence[Figure] = (),
    lists: Lists | None = None,
) -> Audit:
    """The audit of a site from what its devices told; `changes` are what-if inputs by their published names.

    `judgements`: what people decided about this site's plan and risks at earlier audits; `history`: what was sampled
    and imported over days (`usage.figures`); `lists`: the dated lists in use, those shipped unless given.
    """
    figures = inputs.gather(site, devices, history)
    if changes:
        figures = plan.with_changes(figures, changes)
    consulted = cut(lists or shipped(), [upkeep.platform(device) for device in devices])
    bench = Bench(site, tuple(devices), engine.Books(at.date(), of(consulted)))
    result, findings, score = bench.judge(figures)
    drawn = _plan(bench, figures, at, judgements, at.date())
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
        findings=judgements.mark(findings, at.date()),
        waterfall=drawn.waterfall,
        plan=drawn.actions,
        devices=tuple(devices),
        not_measured=_not_measured(findings, result),
        assumptions=tuple(figures[name] for name in sorted(figures)),
        interrupted=interrupted,
        degraded=degraded.degraded(figures),
        moves=moves.moves(figures, site.applications),
        said=questionnaire.all_said(site, at.date()),
        windows=drawn.windows,
        left_out=drawn.left_out,
        lists=consulted,
    )


def replan(audit: Audit, judgements: Judgements, today: dt.date) -> Audit:
    """A published audit with what people decided since: its plan and accepted risks, nothing of what it found."""
    bench = Bench(audit.site, audit.devices, engine.Books(audit.at.date(), of(audit.lists)))
    drawn = _plan(bench, figures_of(audit), audit.at, judgements, today)
    bare = (replace(finding, accepted=None) for finding in audit.findings)
    return replace(
        audit,
        findings=judgements.mark(bare, today),
        waterfall=drawn.waterfall,
        plan=drawn.actions,
        windows=drawn.windows,
        left_out=drawn.left_out,
    )


def standing(audit: Audit, edits: Sequence[Edit], today: dt.date) -> Audit:
    """A published audit with what people decided about its site up to a day.

    The plan of an audit from before actions had ids is drawn again: nobody could decide about it.
    """
    if not edits and all(action.id for action in audit.plan):
        return audit
    return replan(audit, Judgements.of(edits), today)


def figures_of(audit: Audit) -> dict[str, Figure]:
    """The inputs an audit was judged on, its links in the order of the site file."""
    order = {f"link.{link.name}": place for place, link in enumerate(audit.site.links)}
    return {f.name: f for f in sorted(audit.assumptions, key=lambda f: order.get(f.name.rpartition(".")[0], -1))}


def _plan(
    bench: Bench, figures: Mapping[str, Figure], at: dt.datetime, judgements: Judgements, today: dt.date
) -> plan.Plan:
    site = bench.site
    start = at.date() if isinstance(site.plan_start, Absent) else site.plan_start
    ladders = Ladders.of(site.plan_ladders)
    return plan.draw(figures, bench.rejudge, start=start, at=at, judgements=judgements, today=today, ladders=ladders)


class Bench:
    """Where the judges sit: the same site and devices, whatever the inputs under study."""

    def __init__(self, site: Site, devices: tuple[Device, ...], books: engine.Books) -> None:
        self.site, self.devices, self.books = site, devices, books
        self.catalogue = tailoring.tailored(site.changes)
        self.weights = {check.id: check.weight for check in self.catalogue}
        self.domains = tailoring.domains(site.changes)
        self._memo = Memo()
        self._last: tuple[Mapping[str, Figure], Capacity, tuple[Finding, ...]] | None = None
        self._quality: dict[str, Fraction] = {}

    def judge(self, figures: Mapping[str, Figure]) -> tuple[Capacity, tuple[Finding, ...], Score]:
        result, findings = self._judged(figures)
        return result, findings, self._score(findings, result)

    def _score(self, findings: Sequence[Finding], result: Capacity) -> Score:
        return scoring.score(findings, result.headline, result.resources, self.weights, self.domains)

    def _judged(self, figures: Mapping[str, Figure]) -> tuple[Capacity, tuple[Finding, ...]]:
        """What the model and the checks find; the last inputs are remembered, most acts of a plan change none."""
        if self._last is None or self._last[0] is not figures:
            result = capacity.assess(figures, self._memo)
            reader = engine.Reader(self.site, self.devices, figures, result.resources, result.headline, self.books)
            judged = moves.stretched(engine.judge(self.catalogue, reader), figures)
            beside = (*doors.findings(self.site, self.devices), *exchanges.findings(self.devices, self.books.today))
            found = (*judged, *beside)
            self._quality = self._quality or {finding.id: finding.quality for finding in found}
            self._last = (figures, result, found)
        return self._last[1], self._last[2]

    def rejudge(self, figures: Mapping[str, Figure], acts: frozenset[str]) -> plan.Judged:
        """The site judged on these inputs, the checks that acts close set to pass.

        What a finding rests on stays what it is today: a change that is planned proves nothing yet.
        """
        result, findings = self._judged(figures)
        cured = tuple(
            replace(
                finding,
                outcome=Outcome.PASS if finding.id in acts and _failing(finding) else finding.outcome,
                quality=self._quality.get(finding.id) or finding.quality,
            )
            for finding in findings
        )
        score = self._score(cured, result)
        by_id = {finding.id: finding for finding in cured}
        return plan.Judged(result.headline.seats, score.value, score.proven, by_id, dict(score.losses), score.caps)


def _failing(finding: Finding) -> bool:
    return finding.outcome in (Outcome.FAIL, Outcome.WARN)


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
