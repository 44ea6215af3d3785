"""What is there: addresses inside a declared boundary are knocked at, asked who they are, and whom they know.

Nothing outside the boundary is ever contacted, not even when a neighbour names it. Credentials are tried in the order
they are given; an account that a device refused once is not tried on it again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from auditor import facts
from auditor.clean import decode, line
from auditor.collectors.interrogate import Collected, Manner, interrogate
from auditor.collectors.inventory import role_of
from auditor.collectors.neighbours import Neighbour, neighbours
from auditor.collectors.ranges import MOST, Address, Boundary
from auditor.collectors.redact import redact
from auditor.collectors.snmp import Pace, SnmpStation
from auditor.collectors.snmp_door import knock
from auditor.collectors.ssh import Pace as SshPace
from auditor.collectors.ssh import SshStation
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import CollectError, Credential, Denied, HostKeys, ShellDoor, SnmpDoor
from auditor.collectors.vendors import SECRETS
from auditor.collectors.vendors.generic import GENERIC
from auditor.collectors.vendors.page import Vendor
from auditor.collectors.vendors.standard import SYS_DESCR
from auditor.model import Device
from auditor.site import Role, SnmpAccess, SshAccess, Target
from auditor.values import Message

PORTS: Final = (22, 161, 443)
RATE: Final = 100.0
MOST_RATE: Final = 200.0
SNMP_PACE: Final = Pace(timeout_s=1.0, retries=1)

_AT_ONCE: Final = 64
_CONNECT_S: Final = 1.5
_BANNER_S: Final = 1.0
_DEEPEST: Final = 8
_WHO: Final = frozenset(
    key.name for key in (facts.IDENTITY_MODEL, facts.IDENTITY_OS_VERSION, facts.IDENTITY_NAME, facts.IDENTITY_VENDOR)
)

Account: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Try:
    """One way in: SNMP or SSH access with its credential."""

    credential: Credential
    snmp: SnmpAccess | None = None
    ssh: SshAccess | None = None

    @property
    def account(self) -> Account:
        """What a device may lock: an SSH or SNMPv3 user; a community is an account of its own."""
        if self.ssh is not None:
            return "ssh", self.ssh.user
        assert self.snmp is not None
        return ("snmp3", self.snmp.user) if self.snmp.version == "3" else ("community", self.snmp.credential)


@dataclass(frozen=True, slots=True)
class Found:
    """A device that was found: where, what it calls itself, what is open, what it is, and how it was found."""

    address: Address
    how: str
    name: str = ""
    platform: str = ""
    model: str = ""
    version: str = ""
    description: str = ""
    role: Role = Role.OTHER
    ports: tuple[int, ...] = ()
    banner: str = ""
    speaks_snmp: bool = False
    snmp: SnmpAccess | None = None
    ssh: SshAccess | None = None
    refused: tuple[Message, ...] = ()


@dataclass
class Discovery:
    """What a discovery found so far: devices, neighbours beyond the boundary, and how many addresses were contacted."""

    found: list[Found] = field(default_factory=list)
    beyond: dict[Address, Neighbour] = field(default_factory=dict)
    contacted: int = 0
    cut: bool = False


class Turns:
    """So many turns a second, however many wait for one."""

    def __init__(self, rate: float) -> None:
        self._apart, self._next = 1 / min(rate, MOST_RATE), 0.0

    async def take(self) -> None:
        now = time.monotonic()
        self._next = max(self._next, now) + self._apart
        if self._next - self._apart > now:
            await asyncio.sleep(self._next - self._apart - now)


@dataclass(frozen=True, slots=True)
class How:
    """How to look: ways in, in their order; TCP ports, that of SSH first; probes a second; whether to walk."""

    tries: tuple[Try, ...] = ()
    ports: tuple[int, ...] = PORTS
    snmp_port: int = 161
    rate: float = RATE
    walk: bool = False


class Explorer:
    """One discovery; `tell` is given each device as it is found."""

    def __init__(
        self, boundary: Boundary, how: How, hostkeys: HostKeys, tell: Callable[[Found], None] = lambda found: None
    ) -> None:
        self._boundary, self._how, self._hostkeys, self._tell = boundary, how, hostkeys, tell
        self._turns = Turns(how.rate)
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._seen: set[Address] = set()
        self.result = Discovery()

    async def run(self, starts: Sequence[Address]) -> None:
        """Contact these addresses, and with `walk` those inside the boundary that they name, and so on."""
        async with SnmpStation(SNMP_PACE) as snmp, SshStation(SshPace(in_flight=4)) as ssh:
            level = [(address, "seed" if self._how.walk else "scan") for address in starts]
            for _ in range(_DEEPEST):
                level = self._new(level)
                named = await asyncio.gather(*(self._one(address, how, snmp, ssh) for address, how in level))
                known = [one for some in named for one in some]
                self._note(known)
                level = [(one.address, one.how) for one in known] if self._how.walk else []
                if not level:
                    return

    def _new(self, level: Sequence[tuple[Address, str]]) -> list[tuple[Address, str]]:
        """Those inside the boundary that were not contacted yet, as many as may be."""
        fresh: dict[Address, str] = {}
        for address, how in level:
            if address in self._boundary and address not in self._seen:
                fresh.setdefault(address, how)
        left = MOST - len(self._seen)
        self.result.cut = self.result.cut or len(fresh) > left
        chosen = list(fresh.items())[:left]
        self._seen.update(address for address, _ in chosen)
        return chosen

    def _note(self, known: Sequence[Neighbour]) -> None:
        for one in known:
            if one.address not in self._boundary:
                self.result.beyond.setdefault(one.address, one)

    # ---- one address ----

    async def _one(self, address: Address, how: str, snmp: SnmpStation, ssh: SshStation) -> tuple[Neighbour, ...]:
        """Contact one address; its neighbours, where it tells them."""
        async with self._room:
            self.result.contacted += 1
            visit = _Visit(str(address), self._how, self._turns, (snmp, ssh), self._hostkeys)
            named = await visit.run()
        if visit.there:
            found = visit.found(address, how)
            self.result.found.append(found)
            self._tell(found)
        return named


class _Visit:
    """One address being contacted."""

    def __init__(
        self,
        address: str,
        how: How,
        turns: Turns,
        stations: tuple[SnmpStation, SshStation],
        hostkeys: HostKeys,
    ) -> None:
        self._address, self._how, self._turns = address, how, turns
        self._stations, self._hostkeys = stations, hostkeys
        self._ports: tuple[int, ...] = ()
        self._banner = ""
        self._speaks = False
        self._refused: dict[Account, Message] = {}
        self._in: Try | None = None
        self._device: Device | None = None
        self._described = ""

    @property
    def there(self) -> bool:
        """Whether something worth a line is there: an open port, or an agent."""
        return bool(self._ports) or self._speaks or self._in is not None

    async def run(self) -> tuple[Neighbour, ...]:
        opened = await asyncio.gather(*(self._connect(port) for port in self._how.ports))
        self._ports = tuple(port for port, is_open in zip(self._how.ports, opened, strict=True) if is_open)
        door = await self._over_snmp()
        named = await neighbours(door, arp=self._how.walk) if door else ()
        if self._device is None and self._how.ports[0] in self._ports:
            await self._over_ssh()
        return named

    async def _connect(self, port: int) -> bool:
        """Whether a TCP port takes a connection; of SSH, what the server says first. Nothing is sent."""
        await self._turns.take()
        try:
            async with asyncio.timeout(_CONNECT_S):
                reader, writer = await asyncio.open_connection(self._address, port)
        except (OSError, TimeoutError):
            return False
        with suppress(OSError, TimeoutError):
            if port == self._how.ports[0]:
                async with asyncio.timeout(_BANNER_S):
                    self._banner = line(decode(await reader.read(255)))[:80]
        writer.transport.abort()
        return True

    # ---- SNMP ----

    async def _over_snmp(self) -> SnmpDoor | None:
        """The first way in that the agent accepts; without any, whether there is an agent that speaks SNMPv3."""
        tries = [one for one in self._how.tries if one.snmp is not None]
        if not tries:
            await self._turns.take()
            self._speaks = await self._knock()
            return None
        for one in tries:
            if one.account in self._refused:
                continue
            await self._turns.take()
            try:
                door = await self._stations[0].open(self._target(one), one.credential, Transcript(self._address))
            except Denied as error:
                self._speaks = True
                self._refused[one.account] = error.message
            except CollectError as error:
                if error.message.id == "snmp.closed":
                    return None
            else:
                self._in, self._speaks = one, True
                self._device = await self._who(one, door)
                return door
        return None

    async def _knock(self) -> bool:
        try:
            return await knock((self._address, self._how.snmp_port), SNMP_PACE.timeout_s)
        except OSError:
            return False

    async def _who(self, one: Try, door: SnmpDoor) -> Device:
        async def opened() -> SnmpDoor:
            return door

        with suppress(CollectError):
            said = (await door.get((SYS_DESCR,))).get(SYS_DESCR)
            self._described = line(decode(said))[:160] if isinstance(said, bytes) else ""
        collected = Collected(self._target(one), Transcript(self._address), Manner(keys=_WHO))
        return await interrogate(self._target(one), snmp=opened, shell=None, collected=collected)

    # ---- SSH ----

    async def _over_ssh(self) -> None:
        """Log in to be told what SNMP did not tell: each account once, and the next one only where it was refused."""
        for one in self._how.tries:
            if one.ssh is None or one.account in self._refused:
                continue
            await self._turns.take()
            device = await self._login(one)
            if device.vendor != GENERIC.platform or not device.problems:
                self._in, self._device = one, device
                return
            if device.refused:
                self._refused[one.account] = device.problems[-1]

    async def _login(self, one: Try) -> Device:
        target = self._target(one)

        async def opened(vendor: Vendor) -> ShellDoor:
            return await self._stations[1].open(
                target, one.credential, None, None, self._hostkeys, Transcript(self._address),
                lambda text: redact(text, SECRETS),
            )  # fmt: skip

        collected = Collected(target, Transcript(self._address), Manner(keys=_WHO))
        return await interrogate(target, snmp=None, shell=opened, collected=collected)

    # ---- what it comes to ----

    def _target(self, one: Try) -> Target:
        return Target(self._address, self._address, snmp=one.snmp, ssh=one.ssh)

    def found(self, address: Address, how: str) -> Found:
        told = {reading.key.name: str(reading.value) for reading in self._device.readings} if self._device else {}
        platform = self._device.vendor if self._device and self._device.vendor != GENERIC.platform else ""
        name = line(told.get(facts.IDENTITY_NAME.name, ""))[:80]
        model = told.get(facts.IDENTITY_MODEL.name, "")
        return Found(
            address=address,
            how=how,
            name=name,
            platform=platform,
            model=model,
            version=told.get(facts.IDENTITY_OS_VERSION.name, ""),
            description=self._described,
            role=role_of((name, self._described, model)),
            ports=self._ports,
            banner=self._banner,
            speaks_snmp=self._speaks,
            snmp=self._in.snmp if self._in else None,
            ssh=self._in.ssh if self._in else None,
            refused=tuple(self._refused.values()),
        )
