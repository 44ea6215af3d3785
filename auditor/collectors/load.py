"""The processor of a device while it is asked: above 80 % the next question waits, and the load is read again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from auditor.values import ABSENT, Absent

BUSY: Final = 80.0
"""Percent of the processor above which a device is left alone for a moment."""

PAUSE_S: Final = 2.0
MOST_S: Final = 60.0
"""All pauses of one device together: one that is always busy is still read to its end, in a time that is known."""

Percent: TypeAlias = float | Absent
Look: TypeAlias = Callable[[], Awaitable[Percent]]


async def no_look() -> Percent:
    """Nothing can be asked again: after one pause before each question the device is asked on."""
    return ABSENT


class Load:
    """What is known of a device's load. Questions of both its doors take their turn here."""

    def __init__(
        self, sleep: Callable[[float], Awaitable[None]], tell: Callable[[float], None] = lambda percent: None
    ) -> None:
        self._sleep, self._tell = sleep, tell
        self._turns = asyncio.Lock()
        self.percent: Percent = ABSENT
        self.look: Look = no_look
        self.paused_s = 0.0

    def told(self, percent: object) -> None:
        """Take the load that a device has just told, in percent; anything but a number is none."""
        self.percent = float(percent) if isinstance(percent, int | float) else ABSENT

    async def turn(self) -> None:
        """Wait while the device is busy, as long as pauses are left and its load can be read again."""
        async with self._turns:
            while self.percent is not ABSENT and self.percent > BUSY and self.paused_s < MOST_S:
                self._tell(self.percent)
                await self._sleep(PAUSE_S)
                self.paused_s += PAUSE_S
                now = await self.look()
                if now is ABSENT:
                    return
                self.percent = now
