"""Kept answers read again by today's pages: the doors of a device that nobody asks any more, and what it tells now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from auditor import facts
from auditor.collectors.allowed import Allowed
from auditor.collectors.captures import CaptureShell, read_snmprec, stem
from auditor.collectors.interrogate import Collected, Manner, interrogate
from auditor.collectors.oids import children
from auditor.collectors.shells import shell
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import CollectError, Denied, NoAnswer, Oid, ShellDoor, SnmpDoor, SnmpValue
from auditor.collectors.vendors import by_platform
from auditor.collectors.vendors.page import Vendor
from auditor.facts import Interface
from auditor.model import Device, Evidence, Reading
from auditor.site import Target
from auditor.values import ABSENT, Message

PER_PDU: Final = 20  # how many instances one line of evidence holds (snmp_door)
_OIDS: Final = re.compile(r"\d+(\.\d+)+(,\d+(\.\d+)+)*")
_OFFERED: Final = (facts.ACCESS_SSH_VERSION, facts.ACCESS_SSH_ALGORITHMS)
_PEOPLE: Final = (facts.TELEPHONY_ENDPOINTS, facts.VPN_USERS, facts.TELEPHONY_TRUNKS)
"""Facts of which the evidence holds pseudonyms alone: who was inside cannot be told from it again."""


async def reread(device: Device, target: Target, networks: Sequence[str]) -> Device:
    """What today's pages make of a device's kept answers; nothing is sent.

    What no kept answer shows stays as it was told then: what was counted over the window, what the SSH server offered,
    and what was read from answers in which people's names and addresses stood: they were replaced before these were
    kept. A device without a kept answer stays whole.
    """
    lines = [line for line in device.evidence if line.method in ("snmp", "ssh", "file")]
    if not lines:
        return device
    files = any(line.method == "file" for line in lines)
    platform = target.platform or device.vendor
    asked = replace(target, snmp=None, ssh=None, platform=target.platform if _snmp(lines) else platform)
    transcript = Transcript(device.name, lambda: lines[0].at)
    collected = Collected(asked, transcript, Manner(networks=tuple(networks)), lambda: lines[0].at)
    agent = KeptAgent(device.name, _snmp(lines))
    session: ShellDoor = _files(lines, transcript) if files else KeptShell(device.name, _shell(lines), platform)

    async def snmp() -> SnmpDoor:
        return agent

    async def open_shell(vendor: Vendor) -> ShellDoor:
        return session

    found = await interrogate(
        asked, snmp=snmp if _snmp(lines) else None, shell=open_shell if _shell(lines) else None, collected=collected
    )
    return _merged(device, found)


def _snmp(lines: Iterable[Evidence]) -> list[Evidence]:
    return [line for line in lines if _OIDS.fullmatch(line.request)]


def _shell(lines: Iterable[Evidence]) -> list[Evidence]:
    return [line for line in lines if not _OIDS.fullmatch(line.request) and line.method != "snmp"]


def _merged(then: Device, now: Device) -> Device:
    """The device as it was told, with today's readings."""
    old = {reading.key.name: reading for reading in then.readings}
    page = Allowed.of(by_platform(now.vendor or then.vendor))
    kept = {key.name for key in (*_OFFERED, *_PEOPLE)}
    kept |= {reading.key.name for reading in then.readings if _hides_people(reading, page)}
    new = {reading.key.name: _as_then(reading, old.get(reading.key.name)) for reading in now.readings}
    new = {name: reading for name, reading in new.items() if name not in kept}
    new |= {name: reading for name, reading in old.items() if name in kept}
    gaps = {gap.key.name: gap for gap in (*now.gaps, *then.gaps)}  # then's reason, where there was one
    return replace(
        then,
        vendor=now.vendor or then.vendor,
        readings=tuple(new[name] for name in sorted(new)),
        gaps=tuple(gaps[name] for name in sorted(gaps) if name not in new and _still(gaps[name].key.name, then, now)),
        unparsed=tuple(
            dict.fromkeys(
                row
                for device, hiding in ((then, True), (now, False))
                for row in device.unparsed
                if _people_in(row.source, page) is hiding
            )
        ),
    )


def _hides_people(reading: Reading[Any], page: Allowed) -> bool:
    """Whether a fact was told by an answer of which names and addresses were replaced before it was kept."""
    return any(_people_in(source, page) for source in reading.sources)


def _people_in(request: str, page: Allowed) -> bool:
    row = page.command(request)
    return row is not None and bool(row.people)


def _still(name: str, then: Device, now: Device) -> bool:
    return any(gap.key.name == name for gap in (*then.gaps, *now.gaps))


def _as_then(reading: Reading[Any], old: Reading[Any] | None) -> Reading[Any]:
    """A reading with the moment it was told; interfaces with the rates that were sampled then."""
    if old is None:
        return reading
    if reading.key == facts.INTERFACES:
        counted = {(row.name, row.index): row for row in old.value}
        rows = tuple(
            _with_rates(row, counted[row.name, row.index]) if (row.name, row.index) in counted else row
            for row in reading.value
        )
        return replace(old, value=rows)
    return old if old.value == reading.value else replace(reading, at=old.at)


_COUNTED: Final = (
    "in_bps", "out_bps", "in_peak_bps", "out_peak_bps", "window_s", "in_packets", "out_packets", "in_errors",
    "out_errors", "in_discards", "out_discards",
)  # fmt: skip
"""What was counted then, over the window or since the device started: which answer came first is not kept."""


def _with_rates(row: Interface, old: Interface) -> Interface:
    counted = {name: getattr(old, name) for name in _COUNTED if getattr(old, name) is not ABSENT}
    return replace(row, **counted)


class KeptAgent:
    """An SnmpDoor on the answers that were kept; what was asked several times is answered in that order."""

    def __init__(self, device: str, lines: Sequence[Evidence]) -> None:
        self._device = device
        self._gets: dict[str, list[str]] = {}
        self._tables: dict[Oid, str] = {}
        for line in lines:
            self._gets.setdefault(line.request, []).append(line.text)
            for root in line.request.split(","):
                self._tables.setdefault(root, line.text)
        self._values: dict[Oid, SnmpValue] = {}
        for line in lines:
            self._values |= read_snmprec(line.text).values

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        found: dict[Oid, SnmpValue] = {}
        for start in range(0, len(oids), PER_PDU):
            some = tuple(oids[start : start + PER_PDU])
            texts = self._gets.get(",".join(some))
            if texts:
                found |= self._read(texts.pop(0) if len(texts) > 1 else texts[0], some)
            elif known := {oid: self._values[oid] for oid in some if oid in self._values}:
                found |= known
            elif not any(oid in self._tables for oid in some):
                raise self._never(some[0])
        return found

    async def walk(self, roots: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        found: dict[Oid, SnmpValue] = {}
        asked = [root for root in roots if root in self._tables]
        if roots and not asked:
            raise self._never(roots[0])
        for root in asked:
            rows = self._read(self._tables[root], (root,))
            found |= {oid: value for oid, value in rows.items() if children(oid, root)}
        return found

    def _read(self, text: str, oids: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        if text.startswith("# "):
            raise self._failed(text[2:].strip(), oids[0])
        return read_snmprec(text).values

    def _failed(self, id: str, question: Oid) -> CollectError:
        """The failure that was kept as an answer."""
        values = {"target": self._device, "question": question}
        kinds = {"snmp.no_access": Denied, "snmp.level": Denied, "snmp.timeout": NoAnswer, "snmp.total": NoAnswer}
        if id not in kinds:
            return NoAnswer(Message("gap.no_answer"))
        return kinds[id](Message(id, values | ({"seconds": 0} if id == "snmp.total" else {})))

    def _never(self, question: Oid) -> CollectError:
        """What only today's pages ask: nobody asked it then, so nothing is said about the device."""
        return NoAnswer(Message("gap.not_asked_then", {"question": question}))

    def evidence(self) -> tuple[Evidence, ...]:
        return ()

    async def close(self) -> None:
        return None


class KeptShell:
    """A ShellDoor on the answers of a session that were kept."""

    def __init__(self, device: str, lines: Sequence[Evidence], platform: str) -> None:
        self._device, self._shell = device, shell(platform)
        self._answers: dict[str, list[str]] = {}
        for line in lines:
            self._answers.setdefault(line.request, []).append(line.text)

    async def adopt(self, vendor: Vendor) -> None:
        self._shell = shell(vendor.platform)

    async def show(self, command: str) -> str:
        texts = self._answers.get(command)
        if not texts:
            raise NoAnswer(Message("gap.not_asked_then", {"question": command}))
        text = texts.pop(0) if len(texts) > 1 else texts[0]
        if text.count("\n") <= 5:
            values = {"target": self._device, "question": command}
            if re.search(self._shell.forbidden, text, re.MULTILINE):
                raise Denied(Message("ssh.rejected", values))
            if re.search(self._shell.unknown, text, re.MULTILINE):
                raise NoAnswer(Message("ssh.rejected", values))
        return f"{text}\n"

    def evidence(self) -> tuple[Evidence, ...]:
        return ()

    async def close(self) -> None:
        return None


class KeptFiles(CaptureShell):
    """The command line of a capture on the outputs that were kept: cleaned and redacted then, given as they are."""

    async def show(self, command: str) -> str:
        text = self._texts.get(stem(command))
        if text is None:
            raise NoAnswer(Message("file.absent", {"target": self._transcript.device, "question": command}))
        return text


def _files(lines: Sequence[Evidence], transcript: Transcript) -> ShellDoor:
    return KeptFiles({stem(line.request): line.text for line in _shell(lines)}, transcript, str)
