"""A watch: the links and remote users of a site sampled for hours or days, into the history of its client."""

from __future__ import annotations

import asyncio
import datetime as dt
import zoneinfo
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from auditor import facts
from auditor.audit import Doors, Manner
from auditor.collectors.interrogate import Collected, interrogate
from auditor.collectors.interrogate import Manner as Asked
from auditor.collectors.snmp import DEFAULT, Pace, SnmpStation
from auditor.collectors.ssh import Pace as SshPace
from auditor.collectors.ssh import SshStation
from auditor.collectors.transcript import now as utc_now
from auditor.collectors.transport import CollectError, Credentials, HostKeys
from auditor.collectors.watching import Forgetful, Kept, Meter, Moved
from auditor.declared.quiet import Hours
from auditor.model import Device, Origin
from auditor.sampling.samples import Samples
from auditor.seats import links
from auditor.seats.totals import readings, total
from auditor.seats.usage import Count, Interval
from auditor.site import Link, Role, Site, Target
from auditor.values import Message

_LINKS: Final = frozenset(key.name for key in (facts.INTERFACES, facts.ROUTES_DEFAULT, facts.LINK_UPLINKS))
_USERS: Final = frozenset((facts.VPN_SESSIONS_NOW.name,))
_GATEWAYS: Final = (Role.VPN, Role.FIREWALL, Role.ROUTER)
_SEARCH_AGAIN: Final = 15
"""How many periods pass before an interface that was not found is looked for again."""

Ways: TypeAlias = Literal["snmp", "ssh", "none"]


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of day and the wait for it; handed in, so that a test need not wait."""

    now: Callable[[], dt.datetime] = utc_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


DAYLIGHT: Final = Clock()


@dataclass(slots=True)
class Tally:
    """What a run of a watch brought: samples kept, and readings that gave none, by link; counts of users."""

    kept: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    counts: int = 0


class _NotFound(Exception):
    """Which interface carries a link cannot be told; why not."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


class Watcher:
    """One run of a watch; `tell` is given what happens, once for each change."""

    def __init__(
        self,
        site: Site,
        samples: Samples,
        access: tuple[Credentials, HostKeys],
        *,
        every: float,
        ends: dt.datetime,
        tell: Callable[[Message], None],
        clock: Clock = DAYLIGHT,
        pace: Pace = DEFAULT,
    ) -> None:
        self._site, self._samples, self._access = site, samples, access
        self._every, self._ends, self._tell, self._clock = every, ends, tell, clock
        self._pace = pace
        self._kept: dict[str, Kept] = {}
        self._said: dict[str, str] = {}
        self._ways: dict[str, Ways] = {}
        self.tally = Tally()

    async def run(self) -> None:
        """Sample until the end; every sample is kept at once, so that nothing is lost when this is cut short."""
        seconds = max(0.0, (self._ends - self._clock.now()).total_seconds()) + 600
        async with SnmpStation(self._pace) as snmp, SshStation(SshPace(total_s=seconds)) as ssh:
            self._kept = {target.name: self._doors(target, (snmp, ssh)) for target in self._site.targets}
            try:
                async with asyncio.TaskGroup() as group:
                    for link in self._site.links:
                        group.create_task(self._link(link))
                    group.create_task(self._users())
            finally:
                for kept in self._kept.values():
                    await kept.close()

    def _doors(self, target: Target, stations: tuple[SnmpStation, SshStation]) -> Kept:
        doors = Doors(self._site, target, *self._access, stations, Manner(window=0.0))
        doors.transcript = Forgetful(target.name)
        return Kept(doors.snmp if target.snmp else None, doors.shell if target.ssh else None)

    async def _look(self, target: Target, keys: frozenset[str], *, ssh: bool) -> Device:
        """What a device tells of some facts now, over the doors that are kept open."""
        kept = self._kept[target.name]
        collected = Collected(target, Forgetful(target.name), Asked(networks=self._site.networks, keys=keys))
        return await interrogate(
            target,
            snmp=kept.snmp if target.snmp else None,
            shell=kept.shell if ssh and target.ssh else None,
            collected=collected,
        )

    # ---- time ----

    def _going(self) -> bool:
        return self._clock.now() < self._ends

    async def _wait(self, begun: dt.datetime, period: float) -> None:
        """Until the next turn of this period since the beginning; turns that were slept through are left out."""
        now = self._clock.now()
        left = period - (now - begun).total_seconds() % period
        left += period if left < period / 10 else 0.0  # this turn was all but at its time
        await self._clock.sleep(max(0.0, min(left, (self._ends - now).total_seconds())))

    async def _spared(self) -> bool:
        """Sleep while the site is to be left alone; whether it was. Nothing is asked meanwhile."""
        hours, slept = Hours.of(self._site.quiet), False
        while hours is not None and self._going() and hours.hold(self._here().time()):
            ends = (self._here() + hours.left(self._here().time())).replace(second=0, microsecond=0)
            if self._said.get("quiet hours") != str(ends):
                self._said["quiet hours"] = str(ends)
                self._tell(Message("watch.quiet", {"site": self._site.name, "until": ends}))
            left = min(hours.left(self._here().time()), self._ends - self._clock.now())
            await self._clock.sleep(left.total_seconds())
            slept = True
        return slept

    def _here(self) -> dt.datetime:
        """The time at the site."""
        return self._clock.now().astimezone(zoneinfo.ZoneInfo(self._site.timezone))

    # ---- what happens ----

    def _change(self, what: str, message: Message | None) -> None:
        """Say what became of a link, or of the users (""), when it is not what was said last."""
        id = message.id if message else ""
        if id != self._said.get(what, ""):
            if message:
                self._tell(message)
            self._tell(
                Message(f"watch.{'trouble' if message else 'again'}", {"link": what})
                if what
                else Message(f"watch.users_{'trouble' if message else 'again'}")
            )
        self._said[what] = id

    # ---- links ----

    async def _link(self, link: Link) -> None:
        """Sample one link until the end; silence, restarts and renumbered interfaces are lived through."""
        begun, found = self._clock.now(), None
        while self._going():
            period = self._every
            try:
                found = found or await self._meter(link)
                target, meter = found
                self._keep(link, await meter.read(await self._kept[target.name].snmp(), self._clock.now))
                period = meter.period(self._every)
            except Moved:
                found = None
            except _NotFound as error:
                self._lose(link, error.message)
                period *= _SEARCH_AGAIN
            except CollectError as error:
                self._lose(link, error.message)
                if error.refused:
                    return
            await self._wait(begun, period)
            if await self._spared():  # an average over the silence would tell nothing of any hour
                found = None

    async def _meter(self, link: Link) -> tuple[Target, Meter]:
        """The device and the counters of a link; says which interface was taken, and why."""
        targets = [target for target in self._site.targets if self._may_carry(target, link)]
        for target in targets:
            if target.snmp is None:
                raise _NotFound(Message("watch.no_snmp", {"link": link.name, "device": target.name}))
            await self._kept[target.name].snmp()  # an unreachable device is that, and not one without interfaces
        devices = [await self._look(target, _LINKS, ssh=False) for target in targets]
        device, row, why = links.carrier(self._site, link, devices)
        if device is None or row is None:
            raise _NotFound(why)
        target = next(target for target in targets if target.name == device.name)
        meter = await Meter.of(await self._kept[target.name].snmp(), row, device.name)
        if self._said.get(f"interface of {link.name}") != row.name:
            self._said[f"interface of {link.name}"] = row.name
            self._tell(Message("watch.link", {"link": link.name, "interface": row.name, "device": device.name}))
            self._tell(why)
        return target, meter

    def _may_carry(self, target: Target, link: Link) -> bool:
        return target.name == link.device if link.device else target.role is Role.ROUTER

    def _keep(self, link: Link, found: Interval | Message | None) -> None:
        if isinstance(found, Interval):
            self._samples.add(self._site.name, link.name, (found,))
            self.tally.kept[link.name] = self.tally.kept.get(link.name, 0) + 1
            self._change(link.name, None)
        elif found is not None:
            self._lose(link, found)

    def _lose(self, link: Link, why: Message) -> None:
        self.tally.lost[link.name] = self.tally.lost.get(link.name, 0) + 1
        self._change(link.name, why)

    # ---- users ----

    async def _users(self) -> None:
        """Count the remote users of the site until the end, on every gateway at once."""
        begun = self._clock.now()
        targets = [target for target in self._site.targets if target.role in _GATEWAYS and (target.snmp or target.ssh)]
        while self._going():
            at = self._clock.now()
            devices = await asyncio.gather(*(self._count(target) for target in targets))
            targets = [target for target in targets if self._ways.get(target.name) != "none"]
            if not targets:
                self._tell(Message("watch.no_users"))
                return
            self._note(at, devices)
            await self._wait(begun, self._every)
            await self._spared()

    async def _count(self, target: Target) -> Device:
        """What a gateway tells of its users; its shell is opened only when SNMP does not tell it."""
        way = self._ways.get(target.name)
        device = await self._look(target, _USERS, ssh=way == "ssh" or target.snmp is None)
        if way is None and target.ssh and target.snmp and not _told(device) and not _failed(device):
            way = "ssh"
            device = await self._look(target, _USERS, ssh=True)
        if _told(device):
            self._ways[target.name] = "ssh" if way == "ssh" or target.snmp is None else "snmp"
        elif self._ways.get(target.name) is None and not _failed(device) and not _asked(device):
            self._ways[target.name] = "none"
        return device

    def _note(self, at: dt.datetime, devices: Sequence[Device]) -> None:
        """Keep the total of the site, unless a gateway that told its part before is silent."""
        for device in devices:
            if (
                device.name in self._ways
                and self._ways[device.name] != "none"
                and not _told(device)
                and not device.pair
            ):
                self._change("", _why(device))
                return
        figure = next(iter(total(devices, facts.VPN_SESSIONS_NOW, "vpn.sessions.now")), None)
        if figure is None or figure.origin is not Origin.MEASURED or not isinstance(figure.value, int):
            self._change("", figure.note if figure and figure.note else Message("watch.users_silent"))
            return
        self._samples.count(self._site.name, Count(at, figure.value))
        self.tally.counts += 1
        self._change("", None)


def _told(device: Device) -> bool:
    return bool(readings([device], facts.VPN_SESSIONS_NOW))


def _failed(device: Device) -> bool:
    """Whether a door was closed; a device that no page knows is there all the same."""
    return any(problem.id != "device.unknown" for problem in device.problems)


def _asked(device: Device) -> bool:
    """Whether its page has a question for its users, answered or not."""
    return any(gap.key.name == facts.VPN_SESSIONS_NOW.name for gap in device.gaps)


def _why(device: Device) -> Message:
    gap = next((gap.reason for gap in device.gaps if gap.key.name == facts.VPN_SESSIONS_NOW.name), None)
    return device.problems[0] if device.problems else gap or Message("watch.users_silent")
