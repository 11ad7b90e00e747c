"""Which keys need a look: one row a key, however many events told about it.

The rules of this table (design section 2.2): a mark made during a look is never lost; a new event does not shorten the
back-off of a key that keeps failing; one worker a key at a time, by lease; only the earliest due time is kept, so each
look says all its deadlines anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from app.keys import Key, parse_key
from app.storage.database import Database
from app.storage.schema import dirty_keys as table

Origin = Literal["event", "sweep", "self"]


@dataclass(frozen=True)
class Claim:
    """The right to look at a key until the lease ends. ``marks`` is what the look has seen of them."""

    key: Key
    marks: int
    attempts: int
    origin: Origin
    owner: str


@dataclass(frozen=True)
class Failing:
    key: str
    attempts: int
    error: str
    due_at: datetime


@dataclass(frozen=True)
class Overview:
    """The state of the queue, for /health."""

    waiting: int
    oldest_due: datetime | None
    failing: tuple[Failing, ...]


class DirtyKeys:
    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def mark(self, keys: Iterable[Key], due_at: datetime | None = None, origin: Origin = "event") -> None:
        """These keys need a look at ``due_at`` (now)."""
        wanted = tuple(keys)
        if wanted:
            await self._database.write(lambda connection: self.mark_in(connection, wanted, due_at, origin))

    def mark_in(
        self, connection: sa.Connection, keys: Iterable[Key], due_at: datetime | None = None, origin: Origin = "event"
    ) -> None:
        """``mark`` inside another transaction. In key order, so that two transactions can't block each other."""
        due = (due_at or self._clock()).timestamp()
        for key in sorted(set(keys), key=str):
            new = insert(table).values(key=str(key), portal=key.portal, due_at=due, origin=origin)
            earlier = sa.case(
                (table.c.attempts > 0, table.c.due_at),  # failing: an event doesn't reset the back-off
                else_=sa.func.min(table.c.due_at, new.excluded.due_at),
            )
            connection.execute(
                new.on_conflict_do_update(index_elements=["key"], set_={"marks": table.c.marks + 1, "due_at": earlier})
            )

    async def claim(self, owner: str, lease: timedelta, limit: int) -> list[Claim]:
        """The longest due keys that nobody holds, now held by ``owner``."""
        now = self._clock().timestamp()
        until = now + lease.total_seconds()

        def take(connection: sa.Connection) -> list[Claim]:
            free = sa.or_(table.c.lease_until.is_(None), table.c.lease_until <= now)
            due = (
                sa.select(table.c.key, table.c.marks, table.c.attempts, table.c.origin)
                .where(table.c.due_at <= now, free)
                .order_by(table.c.due_at, table.c.key)
                .limit(limit)
            )
            rows = connection.execute(due).all()
            for row in rows:
                connection.execute(
                    sa.update(table)
                    .where(table.c.key == row.key)
                    .values(lease_owner=owner, lease_until=until, attempts=table.c.attempts + 1)
                )
            return [Claim(parse_key(row.key), row.marks, row.attempts, row.origin, owner) for row in rows]

        return await self._database.write(take)

    async def extend(self, claim: Claim, lease: timedelta) -> bool:
        """Hold the key longer. False: the lease is over or somebody else has it; write nothing more."""
        now = self._clock().timestamp()
        held = sa.and_(_mine(claim), table.c.lease_until > now)
        return await self._changed(sa.update(table).where(held).values(lease_until=now + lease.total_seconds()))

    async def finish(self, claim: Claim, look_again_at: datetime | None) -> None:
        """The look is over. A key marked meanwhile stays due now; else it waits for its time, or is forgotten."""
        released = {"lease_owner": None, "lease_until": None, "attempts": 0, "error": None}
        unmarked = sa.and_(_mine(claim), table.c.marks == claim.marks)

        def end(connection: sa.Connection) -> None:
            if look_again_at is None:
                connection.execute(sa.delete(table).where(unmarked))
            else:
                waiting = {**released, "due_at": look_again_at.timestamp(), "origin": "self"}
                if connection.execute(sa.update(table).where(unmarked).values(waiting)).rowcount:
                    return
            marked = sa.and_(_mine(claim), table.c.marks != claim.marks)
            connection.execute(sa.update(table).where(marked).values({**released, "due_at": self._clock().timestamp()}))

        await self._database.write(end)

    async def put_off(self, claim: Claim, until: datetime, error: str) -> None:
        """The look failed: again at ``until``, with the error for people to see."""
        later = {"lease_owner": None, "lease_until": None, "due_at": until.timestamp(), "error": error}
        await self._changed(sa.update(table).where(_mine(claim)).values(later))

    async def next_due(self) -> datetime | None:
        """When the next key that nobody holds is due, or its holder's lease ends."""
        when = sa.func.max(table.c.due_at, sa.func.coalesce(table.c.lease_until, 0.0))
        soonest = await self._database.read(lambda c: c.execute(sa.select(sa.func.min(when))).scalar())
        return None if soonest is None else datetime.fromtimestamp(soonest, UTC)

    async def overview(self) -> Overview:
        def read(connection: sa.Connection) -> Overview:
            count, oldest = connection.execute(sa.select(sa.func.count(), sa.func.min(table.c.due_at))).one()
            failing = connection.execute(
                sa.select(table).where(table.c.error.is_not(None)).order_by(table.c.attempts.desc()).limit(50)
            )
            return Overview(
                count,
                None if oldest is None else datetime.fromtimestamp(oldest, UTC),
                tuple(
                    Failing(row.key, row.attempts, row.error, datetime.fromtimestamp(row.due_at, UTC))
                    for row in failing
                ),
            )

        return await self._database.read(read)

    async def _changed(self, statement: sa.Update) -> bool:
        return await self._database.write(lambda connection: connection.execute(statement).rowcount > 0)


def _mine(claim: Claim) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.key == str(claim.key), table.c.lease_owner == claim.owner)
