"""Once a day what is older than it has to be kept is forgotten (R28)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from app.storage.retention import Retention

log = logging.getLogger(__name__)

BREATH = timedelta(milliseconds=50)
"""Between two portions, so that whoever waits for the database gets it."""


async def forget(retention: Retention, now: datetime, keep_events: timedelta, keep_journal_years: int) -> None:
    """All of it, in portions."""
    events = await _all(lambda: retention.prune_events(now - keep_events))
    entries = await _all(lambda: retention.prune_journal(_years_before(now, keep_journal_years)))
    log.info("forgotten for their age: %d events, %d entries of the journal", events, entries)


async def _all(portion: Callable[[], Awaitable[int]]) -> int:
    forgotten = 0
    while pruned := await portion():
        forgotten += pruned
        await asyncio.sleep(BREATH.total_seconds())
    return forgotten


def _years_before(now: datetime, years: int) -> datetime:
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # the 29th of February
        return now.replace(year=now.year - years, day=28)
