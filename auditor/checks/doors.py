"""What the audit's own way into a device showed, outside the score: a changed host key, SSH that rests on SHA-1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from auditor import facts
from auditor.model import Device, Finding, Outcome, Severity, Source
from auditor.site import Site
from auditor.values import N_, Message

OWN: Final = ("ssh",)
"""The source of what the audit's own SSH conversation was offered; a configuration that says the same is another."""

_EXCHANGES: Final = ("diffie-hellman", "curve25519", "ecdh", "sntrup", "mlkem")
_KEYS: Final = ("ssh-", "rsa-sha2", "ecdsa", "sk-")
_OLD_KEYS: Final = ("ssh-rsa", "ssh-dss")


def findings(site: Site, devices: Sequence[Device]) -> tuple[Finding, ...]:
    """One for each device whose SSH host key changed, and one for each that the site file lets speak old SSH."""
    return (*changed_keys(devices), *old_ssh(site, devices))


def changed_keys(devices: Sequence[Device]) -> tuple[Finding, ...]:
    """A critical finding for each device whose SSH host key changed since it was pinned."""
    return tuple(
        _finding("SSH-KEY", Outcome.FAIL, Severity.CRITICAL, problem, device)
        for device in devices
        for problem in device.problems
        if problem.id == "ssh.key_changed"
    )


def old_ssh(site: Site, devices: Sequence[Device]) -> Iterator[Finding]:
    """A finding for each device marked `legacy` that was reached: it needs the mark (SHA-1), or needs it no more."""
    marked = {target.name for target in site.targets if target.ssh is not None and target.ssh.legacy}
    for device in devices:
        offered = next((row.value for row in device.readings if _own_offer(row.key.name, row.sources)), ())
        if device.name not in marked or not offered:
            continue
        old, values = _old(offered), {"device": device.name}
        if old:
            message = Message("SSH-OLD.fail", {**values, "algorithms": old})
            yield _finding("SSH-OLD", Outcome.FAIL, Severity.MEDIUM, message, device)
        else:
            yield _finding("SSH-OLD", Outcome.WARN, Severity.LOW, Message("SSH-OLD.warn", values), device)


def _own_offer(name: str, sources: Sequence[str]) -> bool:
    return name == facts.ACCESS_SSH_ALGORITHMS.name and tuple(sources) == OWN


def _old(offered: Sequence[str]) -> tuple[str, ...]:
    """The SHA-1 algorithms without which there is no session (RFC 9142): a kind of which nothing better is offered."""
    exchanges = [name for name in offered if name.startswith(_EXCHANGES)]
    keys = [name for name in offered if name.startswith(_KEYS)]
    old = [] if any(not name.endswith("sha1") for name in exchanges) else exchanges
    return tuple(old if any(name not in _OLD_KEYS for name in keys) else [*old, *keys])


def _finding(id: str, outcome: Outcome, severity: Severity, message: Message, device: Device) -> Finding:
    return Finding(
        id, 1, "ACC", outcome, severity, message, evidence=(Source(device.name, "ssh"),), quality=Fraction(1)
    )


SENTENCES: Mapping[str, str] = {
    "SSH-KEY.title": N_("SSH host key as it was pinned"),
    "SSH-KEY.why": N_("Another key is another device, or somebody in between who would have had the password."),
    "SSH-KEY.action": N_("Find out why the host key changed, before anybody logs in; then forget the old one"),
    "SSH-KEY.measured": N_("the SSH host key against the one pinned at first contact"),
    "SSH-OLD.title": N_("SSH without SHA-1"),
    "SSH-OLD.why": N_("The audit itself had to switch algorithms on for this device that can be read or altered."),
    "SSH-OLD.fail": N_(
        "{device} is reached over SSH that rests on SHA-1 alone ({algorithms:list}): its site file marks it as legacy."
    ),
    "SSH-OLD.warn": N_("{device} is marked as legacy in the site file and needs it no more: it offers better SSH."),
    "SSH-OLD.action": N_("Update the device and restrict its SSH algorithms; then take the mark legacy away"),
    "SSH-OLD.measured": N_("the algorithms that the device offered to this audit"),
}
