"""One bucket of requests for all processes that talk to a portal, which counts them by address (limits.md).

A process reserves places by writing them into the bucket in advance, several at a time while there is plenty of room,
so that most requests cost no transaction. A place is a moment: used late it would fall into a bucket that has counted
on less, so what isn't used in its time is forgotten, and some room is kept free for what is under way.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import one_at_a_time, put_row
from app.storage.schema import portal_paces as table
from bitrix.pacing import Bucket

MOST_AT_A_TIME = 8
"""Places reserved in one transaction, while the room left is a multiple of it."""
SHARE_OF_ROOM = 4
TOO_LATE = 1.0
"""Seconds after which a reserved place isn't used any more."""
KEPT_FREE = 2.0
"""Seconds of draining: requests that are under way, or a little late, must not overflow the bucket."""

_OF_PORTAL = sa.select(table).where(table.c.portal == sa.bindparam("of_portal"))


class SharedPace:
    """Of one portal, in one process (``bitrix.pacing.Pace``). ``bucket`` is the portal's plan. What processes have to
    agree on are moments of the database's clock where several machines share it, of ``clock`` elsewhere; its own waits
    go by ``timer``, which nobody sets."""

    def __init__(
        self,
        database: Database,
        portal: str,
        bucket: Bucket,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._portal = portal
        self._timer = timer
        usable = max(1.0, bucket.capacity - KEPT_FREE * bucket.drain_per_second)
        self._empty = Bucket(usable, bucket.drain_per_second)
        self._now = database.time_in or (lambda _: clock())
        self._seen = replace(self._empty, at=timer())
        self._places: deque[float] = deque()
        self._reserving = asyncio.Lock()

    async def reserve(self) -> float:
        async with self._reserving:
            while self._places and self._places[0] < self._timer() - TOO_LATE:
                self._places.popleft()
            if not self._places:
                waits, bucket = await self._database.write(self._take)
                now = self._timer()
                self._seen = replace(bucket, at=now)
                self._places.extend(now + wait for wait in waits)
            return max(0.0, self._places.popleft() - self._timer())

    def patience(self) -> float:
        """As full as the bucket was when this process last looked."""
        return self._seen.drained(self._timer()).patience

    async def answered(self) -> None:
        """A place is taken out of the bucket by time alone."""

    async def overflowed(self) -> None:
        self._places.clear()
        self._seen = replace(await self._database.write(self._believe_the_portal), at=self._timer())

    def _take(self, connection: sa.Connection) -> tuple[list[float], Bucket]:
        one_at_a_time(connection, f"pace {self._portal}")
        now = self._now(connection)
        bucket = self._bucket(connection).drained(now)
        room = int(bucket.capacity - bucket.level)
        waits = []
        for _ in range(max(1, min(MOST_AT_A_TIME, room // SHARE_OF_ROOM))):
            bucket, wait = bucket.reserve(now)
            bucket = bucket.answered(now)
            waits.append(wait)
        self._write(connection, bucket)
        return waits, bucket

    def _believe_the_portal(self, connection: sa.Connection) -> Bucket:
        one_at_a_time(connection, f"pace {self._portal}")
        bucket = self._bucket(connection).overflowed(self._now(connection))
        self._write(connection, bucket)
        return bucket

    def _bucket(self, connection: sa.Connection) -> Bucket:
        row = connection.execute(_OF_PORTAL, {"of_portal": self._portal}).one_or_none()
        if row is None:
            return replace(self._empty, at=self._now(connection))
        return replace(self._empty, level=row.level, at=row.at, share=row.share, refused_at=row.refused_at)

    def _write(self, connection: sa.Connection, bucket: Bucket) -> None:
        values = {
            "level": bucket.level,
            "at": bucket.at,
            "share": bucket.share,
            "refused_at": max(bucket.refused_at, 0.0),
        }
        put_row(connection, table, {"portal": self._portal}, values)
