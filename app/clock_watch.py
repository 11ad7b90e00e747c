"""Notices that a clock was put back.

What is to be done "in ten minutes" stands in tables and memories as a moment of the clock. When the clock is put back
by a day (somebody who sets it wrong and then right again suffices), all of that would wait for a day and ten minutes.
A clock that is put forward makes things happen early, which no look minds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

EVERY = timedelta(seconds=10)
TOLERATED = timedelta(seconds=5)
"""What clocks that are kept right are adjusted by."""

Clock = Callable[[], Awaitable[float | None]]
"""Unix seconds; ``None`` when it can't be read now."""


@dataclass(frozen=True)
class Reading:
    """What a clock showed, at a moment of the event loop's time (which nobody sets)."""

    shown: float
    at: float


async def until_put_back(clocks: Sequence[Clock], every: timedelta = EVERY) -> timedelta:
    """Returns when one of them shows less than it should after so long a time, and how much is missing.

    A clock that can't be read for a while, a database that is restarted, is compared with what it showed before.
    """
    known: dict[int, Reading] = {}
    while True:
        for number, clock in enumerate(clocks):
            before = known.get(number)
            missing = 0.0
            asked_at = asyncio.get_running_loop().time()
            if (shown := await clock()) is None:
                continue
            if before is not None:  # who answers slowly is no slow clock: the answer is as old as the question at most
                missing = before.shown + (asked_at - before.at) - shown
            if missing > TOLERATED.total_seconds():
                return timedelta(seconds=missing)
            known[number] = Reading(shown, asyncio.get_running_loop().time())
        await asyncio.sleep(every.total_seconds())
