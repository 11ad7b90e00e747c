"""Notices that a clock was put back.

What is to be done "in ten minutes" stands in tables and memories as a moment of the clock. When the clock is put back
by a day (somebody who sets it wrong and then right again suffices), all of that would wait for a day and ten minutes.
A clock that is put forward makes things happen early, which no look minds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

EVERY = timedelta(seconds=10)
TOLERATED = timedelta(seconds=5)
"""What clocks that are kept right are adjusted by."""

Clock = Callable[[], Awaitable[float]]
"""Unix seconds."""


class ClockPutBack(Exception):
    """By ``seconds``, as far as is known."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the clock was put back by {seconds:.0f} s")
        self.seconds = seconds


async def watch(clocks: Sequence[Clock], every: timedelta = EVERY) -> None:
    """Until cancelled. Raises ClockPutBack when one of them shows less than it should after so long a wait."""
    timer = asyncio.get_running_loop()
    while True:
        began, shown = timer.time(), [await clock() for clock in clocks]
        await asyncio.sleep(every.total_seconds())
        waited, now = timer.time() - began, [await clock() for clock in clocks]
        missing = max(before + waited - after for before, after in zip(shown, now, strict=True))
        if missing > TOLERATED.total_seconds():
            raise ClockPutBack(missing)
