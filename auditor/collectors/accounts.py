"""The lock-out guard of SNMPv3: an account that one device refused is not tried on the other devices of the run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from auditor.collectors.transport import Denied
from auditor.values import Message

Account: TypeAlias = tuple[str, str]
"""What a refusal is remembered by: the user and the name of the credential."""

WAIT_S: Final = 2.0
"""How long all devices of an account together wait for the first one: a silent scout holds nobody up twice."""

REFUSALS: Final = frozenset(("snmp.wrong_digest", "snmp.unknown_user"))
"""The agent says that user or key are wrong; a lost packet and a wrong privacy key look alike, and say nothing."""


@dataclass(slots=True)
class _Standing:
    """What the run knows of an account; `refused` names the device that refused it before any had accepted it."""

    until: float
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    accepted: bool = False
    refused: str = ""

    def settled(self) -> bool:
        return self.accepted or bool(self.refused)


class Accounts:
    """The accounts of a run. The first device of each is its scout: the others wait a moment for what it is told."""

    def __init__(self, wait_s: float = WAIT_S) -> None:
        self._wait_s = wait_s
        self._known: dict[Account, _Standing] = {}

    @asynccontextmanager
    async def turn(self, account: Account, device: str) -> AsyncIterator[None]:
        """The time in which a device is greeted; Denied, and nothing may be sent, where another refused the account.

        Once any device has accepted it, a refusal is that of one device alone and keeps nobody away.
        """
        until = asyncio.get_running_loop().time() + self._wait_s
        known = self._known.setdefault(account, _Standing(until))
        scout = await _scouts(known)
        try:
            if known.refused:
                values = {"user": account[0], "other": known.refused, "target": device}
                raise Denied(Message("snmp.account_skipped", values))
            yield
            known.accepted, known.refused = True, ""
        except Denied as denial:
            if denial.message.id in REFUSALS and not known.accepted:
                known.refused = device
            raise
        finally:
            if scout:
                known.turn.release()


async def _scouts(known: _Standing) -> bool:
    """Wait for a verdict while there is time; whether this device is the one that brings it, holding the turn."""
    if known.settled():
        return False
    try:
        async with asyncio.timeout_at(known.until):
            await known.turn.acquire()
    except TimeoutError:
        return False
    if known.settled():  # those that waited go on side by side
        known.turn.release()
        return False
    return True
