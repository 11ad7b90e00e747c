"""What is old is forgotten, a portion at a time: stored events after days, journal entries after the rulebook's years.

The journal stays a chain: the entry ``pruned`` says which entry was the last to go and carries its hash, so the first
that is left still has something to lean on (decision 27).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import one_at_a_time
from app.storage.journal import PRUNED, Journal
from app.storage.schema import events, journal

PORTION = 2000
"""Rows a transaction: short enough that nothing that comes in has to wait."""


class Retention:
    def __init__(self, database: Database, clock: Callable[[], datetime], portion: int = PORTION) -> None:
        self._database = database
        self._portion = portion
        self._journal = Journal(database, clock)

    async def prune_events(self, before: datetime) -> int:
        """Forget the oldest events; answers how many. Nothing is left of before then when it is less than a portion."""

        def prune(connection: sa.Connection) -> int:
            oldest = sa.select(events.c.id).order_by(events.c.id).limit(self._portion).subquery()
            old = sa.delete(events).where(
                events.c.id.in_(sa.select(oldest.c.id)), events.c.received_at < before.timestamp()
            )
            return connection.execute(old).rowcount

        return await self._database.write(prune)

    async def prune_journal(self, before: datetime) -> int:
        """Forget the oldest entries, up to the first that is younger; answers how many."""

        def prune(connection: sa.Connection) -> int:
            one_at_a_time(connection, journal.name)
            first = (
                sa.select(journal.c.id, journal.c.at, journal.c.hash).order_by(journal.c.id).limit(self._portion + 1)
            )
            found = connection.execute(first).all()
            old = []
            for row in found[:-1]:  # the newest entry stays, or there would be no chain
                if row.at >= before.timestamp():
                    break
                old.append(row)
            if not old:
                return 0
            last = old[-1]
            connection.execute(sa.delete(journal).where(journal.c.id <= last.id))
            body = {"through": last.id, "at": last.at, "hash": last.hash, "entries": len(old)}
            self._journal.append_in(connection, "", PRUNED, PRUNED, body)
            return len(old)

        return await self._database.write(prune)
