"""One device, asked through its doors with its vendor's page: what it told becomes readings, what it did not, gaps."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from auditor import facts
from auditor.collectors import rates
from auditor.collectors.allowed import Allowed
from auditor.collectors.chosen import chosen
from auditor.collectors.collected import Collected, Manner
from auditor.collectors.load import Load, Percent, no_look
from auditor.collectors.misread import Misread, understood
from auditor.collectors.transport import CollectError, Oid, ShellDoor, SnmpDoor, SnmpValue
from auditor.collectors.vendors import by_platform, find, greetings, probes
from auditor.collectors.vendors.generic import GENERIC
from auditor.collectors.vendors.page import Command, Identity, Mark, Scalars, Table, Told, Vendor
from auditor.collectors.vendors.standard import SYSTEM, identity
from auditor.collectors.vendors.values import text
from auditor.model import Asking, Device, Gap, Key, Untouched
from auditor.site import Target
from auditor.values import ABSENT, Message

MOST_FOLLOWED: Final = 40
SPEED_IS_REAL: Final = ("ethernet", "vdsl", "vdsl2", "adsl", "gpon")

OpenSnmp = Callable[[], Awaitable[SnmpDoor]]
OpenShell = Callable[[Vendor], Awaitable[ShellDoor]]


async def interrogate(
    target: Target, *, snmp: OpenSnmp | None, shell: OpenShell | None, collected: Collected
) -> Device:
    """Ask a device everything its page knows; on cancellation `collected` has what was told so far."""
    one = _Conversation(target, collected)
    try:
        await one.run(snmp, shell)
    except Exception as error:  # our bug in one page must not sink the audit; the log has the traceback
        logging.getLogger(__name__).exception("reading %s", target.name)
        collected.problems.append(Message("device.bug", {"target": target.name, "why": type(error).__name__}))
    return collected.device()


class _Conversation:
    def __init__(self, target: Target, collected: Collected) -> None:
        self.target, self.manner, self.collected = target, collected.manner, collected
        self.done = self.total = 0
        self.cut: Message | None = None  # why the session is no more
        self.told: set[str] = set()
        self.load = Load(self.manner.sleep, lambda percent: self.tell(f"{facts.SYSTEM_CPU.name} {percent:.0f} %"))
        self.declared = target.platform or ("ups" if target.role == "ups" else "")

    def tell(self, step: str) -> None:
        self.manner.emit(Asking(self.target.name, step, self.done, max(self.total, self.done)))

    async def run(self, snmp: OpenSnmp | None, shell: OpenShell | None) -> None:
        agent = await self._open_snmp(snmp) if snmp else None
        if agent is None and self.declared:
            self.collected.vendor = by_platform(self.declared)
        session = await self._open_shell(shell) if shell else None
        vendor = self.collected.vendor
        self.total = len(vendor.scalars) + len(vendor.tables) + len(vendor.commands)
        try:
            before = await self._marks(agent, session, vendor.mark)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._ask_snmp(agent, vendor))
                group.create_task(self._ask_shell(session, vendor))
            after = await self._marks(agent, session, vendor.mark) if before else {}
            self.collected.untouched = tuple(
                Untouched(source, said, after[source]) for source, said in before.items() if source in after
            )
        finally:
            for door in (agent, session):
                if door is not None:
                    await door.close()
        self.collected.conclude()

    async def _marks(self, agent: SnmpDoor | None, session: ShellDoor | None, mark: Mark) -> dict[str, str]:
        """What the device says of its configuration's last change, by the question; of a capture nothing is asked."""
        found: dict[str, str] = {}
        if (self.target.snmp is None and self.target.ssh is None) or self.manner.keys:
            return found
        with suppress(CollectError):
            if agent is not None and mark.oid:
                found[mark.oid] = text((await agent.get((mark.oid,))).get(mark.oid, ABSENT))
        with suppress(CollectError):
            if session is not None and mark.line and not found:
                self.collected.transcript.hide(mark.line, mark.people, self.manner.pseudonym)
                found[mark.line] = understood(mark.line, mark.read, await session.show(mark.line))
        return {source: said for source, said in found.items() if said}

    async def _turn(self) -> None:
        """Before each question: while the audit is held, and while the device is busy, nothing is asked."""
        await self.manner.turn()
        if self.target.snmp is not None or self.target.ssh is not None:  # a file is never busy
            await self.load.turn()

    def _busy(self, told: Told) -> None:
        if facts.SYSTEM_CPU in told.facts:
            self.load.told(told.facts[facts.SYSTEM_CPU])

    def _wanted(self, question: Scalars | Table | Command) -> bool:
        return not self.manner.keys or any(key.name in self.manner.keys for key in question.keys)

    # ---- SNMP ----

    async def _open_snmp(self, open_: OpenSnmp) -> SnmpDoor | None:
        self.tell("SNMP")
        try:
            agent = await open_()
            self.collected.vendor = await self._who(agent)
        except CollectError as error:
            self.collected.failed(error)
            return None
        return agent

    async def _who(self, agent: SnmpDoor) -> Vendor:
        """The page of an agent: by its system group, and by the probes where others call themselves the same."""
        said = await agent.get(SYSTEM.oids)
        vendor = find(identity(said, self.declared))
        if vendor is not GENERIC and not vendor.shared:
            return vendor
        try:
            probed = await agent.get(probes())
        except CollectError:  # an agent that chokes on what it does not know is what its system group says
            return vendor
        return find(identity(said, self.declared, probed))

    async def _ask_snmp(self, agent: SnmpDoor | None, vendor: Vendor) -> None:
        questions: tuple[Scalars | Table, ...] = (*vendor.scalars, *vendor.tables)
        for question in filter(self._wanted, questions):
            if agent is None:
                self._not_asked(question.keys)
                continue
            await self._turn()
            await self._question(agent, question)
        if agent is not None:
            await self._sample(agent)

    async def _question(self, agent: SnmpDoor, question: Scalars | Table) -> None:
        asked = question.oids if isinstance(question, Scalars) else question.roots
        self.tell(asked[0])
        try:
            told = await self._answered(agent, question)
        except Misread as error:
            self.collected.misread(question.keys, error, asked[:4], 1)
        except CollectError as error:
            keys = question.keys if isinstance(question, Scalars) else (*question.keys, *question.more_keys)
            self.collected.without(keys, error, asked[:4])
        else:
            self.collected.take(told, asked[:1] if isinstance(question, Table) else asked[:4])
            self._untold(question.keys, told, asked[:4])
            if facts.SYSTEM_CPU in told.facts:
                self.load.look = lambda: self._look(agent, question)
            self._busy(told)
        self.done += 1

    async def _answered(self, agent: SnmpDoor, question: Scalars | Table) -> Told:
        if isinstance(question, Scalars):
            return understood(question.oids[0], question.read, await agent.get(question.oids))
        return understood(question.roots[0], question.read, await self._walked(agent, question))

    async def _look(self, agent: SnmpDoor, question: Scalars | Table) -> Percent:
        """The load of the processor now, by the question that told it before."""
        with suppress(CollectError, Misread):
            told = (await self._answered(agent, question)).facts.get(facts.SYSTEM_CPU)
            return float(told) if isinstance(told, int | float) else ABSENT
        return ABSENT

    async def _look_shell(self, session: ShellDoor, command: Command, line: str) -> Percent:
        """The same of a device that tells its load on the command line alone."""
        with suppress(CollectError, Misread):
            told = understood(line, command.read, await session.show(line)).facts.get(facts.SYSTEM_CPU)
            return float(told) if isinstance(told, int | float) else ABSENT
        return ABSENT

    async def _walked(self, agent: SnmpDoor, table: Table) -> dict[Oid, dict[Oid, SnmpValue]]:
        """The columns of a table; those that lose nothing else are left out when the agent does not answer them."""
        found = dict(await agent.walk(table.roots))
        if table.more:
            try:
                found.update(await agent.walk(table.more))
            except CollectError as error:
                self.collected.without(table.more_keys, error, table.more[:4])
        return columns(found, (*table.roots, *table.more))

    async def _sample(self, agent: SnmpDoor) -> None:
        """Rates of the interfaces that may be a link, over the window, beside the other questions."""
        known = self.collected.readings.get(facts.INTERFACES.name)
        if known is None or not self.manner.window:
            return
        routes = self.collected.readings.get(facts.ROUTES_DEFAULT.name)
        indices, rest = chosen(known.value, routes.value if routes else (), self.manner.networks, self.manner.links)
        if rest is not None:
            self.collected.gaps["interfaces.sampled"] = Gap(facts.INTERFACES, self.target.name, rest, (rates.HC_IN,))
        self.tell(f"{self.manner.window:.0f} s")
        try:
            samples = await rates.sample(agent, indices, self.manner.window)
        except CollectError as error:
            self.collected.unsampled(error.message)
            return
        self.rate(samples)

    def rate(self, samples: Mapping[int, Sequence[rates.Sample]]) -> None:
        """Complete the interface records with the rates of their samples."""
        known = self.collected.readings[facts.INTERFACES.name]
        done = []
        for row in known.value:
            found = (
                rates.rates(samples[row.index], row.speed_bps if row.kind in SPEED_IS_REAL else ABSENT)
                if row.index in samples
                else None
            )
            if isinstance(found, rates.Rates):
                row = replace(
                    row,
                    in_bps=found.in_bps,
                    out_bps=found.out_bps,
                    in_peak_bps=found.in_peak_bps,
                    out_peak_bps=found.out_peak_bps,
                    window_s=found.window_s,
                )
            elif isinstance(found, Message) and row.default_route is True:
                self.collected.unsampled(found)
            done.append(row)
        self.collected.readings[facts.INTERFACES.name] = replace(known, value=tuple(done))

    # ---- SSH ----

    async def _open_shell(self, open_: OpenShell) -> ShellDoor | None:
        self.tell("SSH")
        try:
            session = await open_(self.collected.vendor)
            if self.collected.vendor is GENERIC:
                self.collected.vendor = await self._recognise(session)
        except CollectError as error:
            self.collected.failed(error)
            return None
        return session

    async def _recognise(self, session: ShellDoor) -> Vendor:
        """What an unknown shell says it is: each greeting is asked until a page knows the answer."""
        from auditor.collectors.vendors import VENDORS

        for line in greetings():
            try:
                said = await session.show(line)
            except CollectError:
                continue
            for vendor in (page for page in VENDORS if page.hello == line):
                with suppress(Misread):
                    if understood(line, vendor.recognise_shell, said):
                        await session.adopt(vendor)
                        return vendor
        self.collected.problems.append(Message("device.unknown", {"target": self.target.name}))
        return GENERIC

    async def _ask_shell(self, session: ShellDoor | None, vendor: Vendor) -> None:
        if (offered := getattr(session, "offered", None)) is not None:
            told: dict[Key[Any], Any] = {
                facts.ACCESS_SSH_VERSION: offered.version,
                facts.ACCESS_SSH_ALGORITHMS: offered.algorithms,
            }
            self.collected.take(Told(told), ("ssh",))
        for command in filter(self._wanted, vendor.commands):
            if session is None:
                self._not_asked(command.keys)
                self.collected.unanswered += self.cut is not None and command.live and not command.pattern
                continue
            for line in _lines(session, command):
                if session is not None:
                    await self._turn()
                if session is not None and not await self._command(session, command, line):
                    session = None

    async def _command(self, session: ShellDoor, command: Command, line: str) -> bool:
        """Whether the session still lives after a command; what was answered once is not asked again as root."""
        bare = line.removeprefix("sudo -n ")
        if bare in self.told:
            return True
        self.tell(line)
        asked = (line,)
        self.collected.transcript.hide(line, command.people, self.manner.pseudonym)
        try:
            said = await session.show(line)
        except CollectError as error:
            self.collected.without(command.keys, error, asked)
            if error.message.id == "ssh.lost":
                self.cut = error.message
            return self.cut is None
        finally:
            self.done += 1
        self.told.add(bare)
        try:
            told = understood(line, command.read, said)
        except Misread as error:
            self.collected.misread(command.keys, error, asked, len(said.splitlines()))
        else:
            self.collected.take(told, asked)
            self._untold(command.keys, told, asked)
            if facts.SYSTEM_CPU in told.facts and self.load.look is no_look:
                self.load.look = lambda: self._look_shell(session, command, line)
            self._busy(told)
        return await self._follow(session, command, line, said)

    async def _follow(self, session: ShellDoor, command: Command, line: str, said: str) -> bool:
        """Ask what an answer calls for, where its row is in the catalogue; a capture holds what it holds."""
        if command.follow is None or hasattr(session, "fitting"):
            return True
        follow = command.follow
        try:
            lines = understood(line, lambda said: list(dict.fromkeys(follow(said))), said)
        except Misread:
            return True
        for line in lines[:MOST_FOLLOWED]:
            row = Allowed.of(self.collected.vendor).command(line)
            if row is None:
                continue
            await self._turn()
            if not await self._command(session, row, line):
                return False
        return True

    # ---- what was not told ----

    def _not_asked(self, keys: Sequence[Key[Any]]) -> None:
        """No such door: a gap, with the door's own reason where it was tried."""
        failed = self.collected.problems[-1] if self.collected.problems else Message("gap.not_asked")
        reason = self.cut or failed
        for key in keys:
            self.collected.missing(key, reason, (), refused=self.collected.refused)

    def _untold(self, keys: Sequence[Key[Any]], told: Told, asked: tuple[str, ...]) -> None:
        reason = Message("gap.unparsed" if told.unparsed else "gap.not_exposed")
        for key in keys:
            if key not in told.facts:
                self.collected.missing(key, told.missing.get(key, reason), asked)


def _lines(session: ShellDoor, command: Command) -> Sequence[str]:
    """What is asked for a row of the catalogue: its line; of files, the spelling that they hold.

    A row with a variable part is asked by what another answer calls for; of files all lines that fit it.
    """
    files: Any = session if hasattr(session, "recorded") else None
    if files is None:
        return (command.line,) if command.live and not command.pattern else ()
    if command.pattern:
        return tuple(files.fitting(command.pattern))
    line = files.recorded((command.line, *command.also))
    return (line,) if command.live or files.holds(line) else ()


def columns(values: Mapping[Oid, SnmpValue], roots: Sequence[Oid]) -> dict[Oid, dict[Oid, SnmpValue]]:
    """Walked values by column and row index."""
    found: dict[Oid, dict[Oid, SnmpValue]] = {root: {} for root in roots}
    for oid, value in values.items():
        for root in roots:
            if oid.startswith(root + "."):
                found[root][oid[len(root) + 1 :]] = value
                break
    return found


__all__ = ["Collected", "Identity", "Manner", "columns", "interrogate"]
