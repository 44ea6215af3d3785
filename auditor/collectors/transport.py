"""The doors: what a conversation with a device offers, and the small tree of what can go wrong in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from auditor.model import Evidence
from auditor.site import Target
from auditor.values import N_, Message

Oid: TypeAlias = str
"""A numeric object identifier without a leading dot, `1.3.6.1.2.1.1.1.0`."""

SnmpValue: TypeAlias = int | bytes | str
"""INTEGER, counters, gauges and ticks as int; OCTET STRING and Opaque as bytes; OID and IpAddress as dotted text."""


class CollectError(RuntimeError):
    """Something a device or its network did; `message` says it to a reader, `refused` where access was denied."""

    refused = False

    def __init__(self, message: Message) -> None:
        super().__init__(f"{message.id} {dict(message.values)}")
        self.message = message


class Unreachable(CollectError):
    """Nobody answers at that address and port."""


class Denied(CollectError):
    """The device, or its host key, refuses us."""

    refused = True


class NoAnswer(CollectError):
    """The device is there, but this question got no answer in time."""


class Garbled(CollectError):
    """The device answered something that cannot be what was asked (a table that loops, bytes that do not decode)."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A secret that never shows itself; `reveal` is called by the doors alone."""

    _value: str

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Credential:
    """What a door needs to be let in: a community, password or authentication passphrase, and a privacy passphrase."""

    secret: Secret
    privacy: Secret | None = None


class Credentials(Protocol):
    """Where credentials come from (vault, environment, prompt)."""

    def __call__(self, name: str, target: Target) -> Credential:
        """The credential of that name; raises Denied with `credential.missing` or `credential.withheld`."""
        ...


class HostKeys(Protocol):
    """What is known of SSH host keys at this site; called from the SSH threads."""

    def known(self, address: str, port: int) -> tuple[str, ...]:
        """The pinned fingerprints of a device, `ssh-ed25519 SHA256:…`; empty at first contact."""
        ...

    def accept(self, address: str, port: int, fingerprint: str) -> bool:
        """Decide on a first contact (ask, or refuse) and pin the key when accepted."""
        ...


class SnmpDoor(Protocol):
    """One open SNMP conversation with one device; raises only CollectError."""

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        """The values of these instances, read in one PDU where they fit; those that do not exist are absent."""
        ...

    async def walk(self, roots: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        """All instances below these columns, in the order of the OIDs of each column."""
        ...

    def evidence(self) -> tuple[Evidence, ...]:
        """What was sent and answered so far."""
        ...

    async def close(self) -> None: ...


class ShellDoor(Protocol):
    """One open command-line conversation with one device; raises only CollectError."""

    async def adopt(self, vendor: Any) -> None:
        """Take the page of a device that was recognised over this very conversation."""
        ...

    async def show(self, command: str) -> str:
        """The redacted output of one allow-listed command, without echo, prompt, pager marks or terminal escapes."""
        ...

    def evidence(self) -> tuple[Evidence, ...]:
        """What was sent and answered so far."""
        ...

    async def close(self) -> None: ...


LOST: Final = frozenset(
    ("snmp.timeout", "snmp.total", "ssh.timeout", "ssh.total", "ssh.moved", "ssh.lost", "gap.no_answer")
)
"""Reasons of an answer that was lost on the way or took too long: asked again, the device may give it."""

SENTENCES: Mapping[str, str] = {
    "unreachable": N_("No answer from {target}: check the address, the route and any filter on the way."),
    "snmp.silent": N_(
        "No SNMP answer from {target}: the device is off or filtered, or the community or privacy key is wrong."
    ),
    "snmp.closed": N_("{target} refuses UDP port {port}: the SNMP agent is not running or listens elsewhere."),
    "snmp.wrong_digest": N_("{target} refuses the SNMPv3 authentication key of user {user}."),
    "snmp.unknown_user": N_("{target} does not know the SNMPv3 user {user}."),
    "snmp.wrong_privacy": N_(
        "{target} speaks SNMPv3 but leaves the encrypted question of {user} unanswered: the privacy key is wrong."
    ),
    "snmp.wrong_community": N_(
        "{target} is there but leaves the question unanswered: the community is wrong, or this address may not ask."
    ),
    "snmp.level": N_("{target} does not offer user {user} the SNMPv3 security level that was asked for."),
    "snmp.not_in_time_window": N_(
        "{target} says again and again that our SNMPv3 messages are not in its time window: its clock or its count of "
        "restarts does not hold still."
    ),
    "snmp.unknown_engine": N_("{target} denies the SNMPv3 engine that it has just named itself."),
    "snmp.account_skipped": N_(
        "The SNMPv3 account {user} was refused on {other}; nothing is sent to {target} with it in this run."
    ),
    "snmp.no_access": N_("{target} does not let this SNMP user read what was asked."),
    "snmp.timeout": N_("{target} stopped answering SNMP while being asked for {question}."),
    "snmp.loop": N_("The table {question} of {target} goes backwards or loops; what was read before is not used."),
    "snmp.garbled": N_("{target} answered {question} with something that cannot be decoded."),
    "snmp.too_long": N_("The table {question} of {target} has more than {rows} rows; reading stopped."),
    "snmp.too_much": N_("The answer of {target} to {question} is larger than {size} MB; reading stopped."),
    "snmp.total": N_("The tables of {target} have taken {seconds} s; {question} was not read to its end."),
    "snmp.other_address": N_(
        "The answer to what {target} was asked came from another address ({detail}); it is not used."
    ),
    "ssh.closed": N_("{target} refuses TCP port {port}: SSH is not running or listens elsewhere."),
    "ssh.denied": N_("{target} refuses the login of {user}. It was tried once and is not tried again."),
    "ssh.account_skipped": N_("The account {user} was refused on {other}; it is not tried on {target} in this run."),
    "ssh.key_unknown": N_("The SSH host key of {target} is not known yet ({fingerprint}): it was not accepted."),
    "ssh.key_changed": N_(
        "The SSH host key of {target} has CHANGED ({fingerprint} instead of {known}): nothing was sent to it."
    ),
    "ssh.algorithms": N_("{target} offers only SSH algorithms that are switched off; mark it as legacy to allow them."),
    "ssh.timeout": N_("{target} did not finish answering “{question}” within {seconds} s."),
    "ssh.lost": N_("The SSH session with {target} was cut while asking “{question}”."),
    "ssh.not_allowed": N_("“{question}” is not on the list of read-only commands; it was not sent to {target}."),
    "ssh.too_long": N_("The answer to “{question}” is longer than can be read."),
    "ssh.rejected": N_("{target} does not know, or does not allow this account, “{question}”."),
    "ssh.no_banner": N_("{target} takes the connection on TCP port {port} but does not introduce itself as SSH."),
    "ssh.hung_up": N_("{target} hangs up before the login: this address may not connect, or no session is free."),
    "ssh.incompatible": N_("{target} and this program have no SSH algorithm in common."),
    "ssh.no_method": N_("{target} offers {user} no login method that may be used here ({methods:list})."),
    "ssh.second_factor": N_("{target} asks {user} for a second factor: give the audit an account without one."),
    "ssh.no_login_answer": N_("{target} did not answer the login of {user} within {seconds} s."),
    "ssh.agent_key": N_("The SSH agent does not hold the key {key} that {target} is to be opened with."),
    "ssh.no_shell": N_("{target} lets {user} in but opens no command line."),
    "ssh.no_prompt": N_("{target} lets {user} in but shows no command prompt within {seconds} s (“{seen}”)."),
    "ssh.disclaimer": N_("{target} wants a notice accepted before it shows a prompt: that is for a person to do."),
    "ssh.enable_refused": N_("{target} refuses the enable secret. It was given once and is not given again."),
    "ssh.moved": N_(
        "{target} changed its prompt while answering “{question}” (now “{seen}”): that answer was not used."
    ),
    "ssh.total": N_("The conversation with {target} has lasted {seconds} s; “{question}” was not asked any more."),
    "ssh.keys_unreadable": N_("The SSH host keys {file} cannot be used ({why}); nothing was sent to {target}."),
    "ssh.keys_damaged": N_("Line {line} of the SSH host keys {file} is damaged; nothing was sent to {target}."),
    "credential.missing": N_("The credential {name} was not found: set it in the environment, or answer the prompt."),
    "credential.withheld": N_("No credential was given for {target}."),
    "file.unreadable": N_("{target} cannot be read as a capture: {why}."),
    "file.absent": N_("The capture of {target} holds no output of “{question}”."),
    "gap.not_exposed": N_("Not exposed by this device over the accesses given."),
    "gap.not_asked": N_("No access was given that could tell it."),
    "gap.no_answer": N_("Asked, no answer."),
    "gap.not_asked_then": N_("No kept answer tells it: the version that audited did not ask “{question}”."),
    "gap.unparsed": N_("Answered in a form this version does not understand."),
    "gap.misread": N_("Answered “{question}” in a form that this version cannot read ({why})."),
    "gap.impossible": N_("Answered a figure that cannot be: {value} {unit}."),
    "gap.too_few_changes": N_("The counters changed fewer than three times in the sampling window."),
    "gap.not_sampled": N_(
        "{count} interfaces are up: the traffic of {most} was sampled, the internet link, labelled and physical ones "
        "first."
    ),
    "gap.one_capture": N_("One capture alone gives no rate."),
    "gap.counter_reset": N_("The counters were reset while they were being sampled."),
    "gap.counter_wraps": N_("The 32-bit counters may have gone round more than once between two readings."),
    "gap.no_uptime": N_("The device does not tell its uptime, so no rate can be computed."),
    "gap.cancelled": N_("The audit was stopped before this was asked."),
    "gap.sudo": N_("It needs a command that this account may not run: “{line}”."),
    "gap.no_clock": N_("The time at which it was shown is not known."),
    "gap.private_outside": N_(
        "Its outside address is private: what the internet reaches depends on the device before it."
    ),
    "gap.manager": N_("held by the management server of this device, not by the device"),
    "gap.unlimited": N_("The device states no limit."),
    "gap.two_filters": N_("Rules of nftables and of iptables filter side by side, and were not weighed together."),
    "gap.manual_save": N_("The device saves its configuration by hand, and does not tell whether that was done."),
    "gap.no_outside": N_("Nothing in the configuration says which interface faces the internet."),
    "gap.no_uplink": N_("No default route, label or public address says which interface leads to the internet."),
    "device.unknown": N_("{target} was not recognised; only the standard objects were read."),
    "device.bug": N_("An error in the product itself stopped the reading of {target}: {why}. Please report it."),
}
