"""The processor of a device while it is asked: above 80 % the next question waits, and the load is read again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from auditor.values import ABSENT, Absent

BUSY: Final = 80.0
"""Percent of the processor above which a device is left alone for a moment."""

LOOK_S: Final = 15.0
"""How old what is known of a load may be: between two questions, or while one door is idle, it is read again."""

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
        self,
        sleep: Callable[[float], Awaitable[None]],
        tell: Callable[[float], None] = lambda percent: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep, self._tell, self._clock = sleep, tell, clock
        self._turns, self._told_at, self._again = asyncio.Lock(), clock(), True
        self.percent: Percent = ABSENT
        self.look: Look = no_look
        self.paused_s = 0.0

    def told(self, percent: object) -> None:
        """Take the load that a device has just told, in percent; anything but a number is none."""
        self.percent = float(percent) if isinstance(percent, int | float) else ABSENT
        self._told_at, self._again = self._clock(), True

    def _old(self) -> bool:
        """Whether what is known was told a while ago, and the device may be asked again."""
        return self._again and self.percent is not ABSENT and self._clock() - self._told_at >= LOOK_S

    async def _looked(self) -> bool:
        """Whether the load was read again; a look that told nothing is not repeated until a question tells it."""
        now = await self.look()
        self._told_at, self._again = self._clock(), now is not ABSENT
        self.percent = self.percent if now is ABSENT else now
        return self._again

    async def turn(self) -> None:
        """Read a load that was told a while ago again, then wait while the device is busy and pauses are left."""
        async with self._turns:
            if self._old():
                await self._looked()
            while self.percent is not ABSENT and self.percent > BUSY and self.paused_s < MOST_S:
                self._tell(self.percent)
                await self._sleep(PAUSE_S)
                self.paused_s += PAUSE_S
                if not await self._looked():
                    return
