"""Which keys need a look: one row a key, however many events told about it.

The rules of this table (design section 2.2): a mark made during a look is never lost; a new event does not shorten the
back-off of a key that keeps failing; one worker a key at a time, by lease; only the earliest due time is kept, so each
look says all its deadlines anew. A key is forgotten only by ``finish``, and only if nobody marked it meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid4

import sqlalchemy as sa

from app.keys import Key, parse_key
from app.storage.database import Database
from app.storage.dialects import earlier, later, upsert
from app.storage.schema import dirty_keys as table

Origin = Literal["event", "sweep", "self"]

LONGEST_ERROR = 2000
MOST_FAILING_SHOWN = 50


@dataclass(frozen=True)
class Claim:
    """The right to look at a key until the lease ends. ``marks`` is what the look has seen of them."""

    key: Key
    marks: int
    attempts: int
    """How many looks at this key began before this one and didn't finish; a crash counts."""
    origin: Origin
    owner: str
    lease: str
    """The name of this very claim: a look that outlived its lease can't pass for its successor in the same process."""
    lease_until: datetime


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
    """All rows: keys due, keys that wait for their time, keys being looked at."""
    running: int
    oldest_due: datetime | None
    """Since when the key waits that is overdue the longest and that nobody looks at; ``None`` when nothing is late."""
    failing_count: int
    failing: tuple[Failing, ...]
    """Those with the most attempts, at most 50."""


class DirtyKeys:
    """``clock`` tells the time for everybody who shares the table; leases compare its readings."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._turns = 0
        self._last_turn: dict[str, int] = {}

    async def mark(self, keys: Iterable[Key], due_at: datetime | None = None, origin: Origin = "event") -> None:
        """These keys need a look at ``due_at`` (now)."""
        wanted = tuple(keys)
        if wanted:
            await self._database.write(lambda connection: self.mark_in(connection, wanted, due_at, origin))

    def mark_in(
        self, connection: sa.Connection, keys: Iterable[Key], due_at: datetime | None = None, origin: Origin = "event"
    ) -> None:
        """``mark`` inside another transaction. In key order, so that two transactions can't block each other.

        The origin stays with whoever brought the key to its due time, so that the sweep gets credit only for what it
        found; but an event always counts as having told.
        """
        due = (due_at or self._clock()).timestamp()
        rows = [
            {"key": str(key), "portal": key.portal, "due_at": due, "origin": origin}
            for key in sorted(set(keys), key=str)
        ]
        if not rows:
            return
        new = upsert(connection, table)
        failing = table.c.attempts > 0  # an event doesn't reset the back-off
        sooner = sa.and_(sa.not_(failing), new.excluded.due_at < table.c.due_at)
        marked = new.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "marks": table.c.marks + 1,
                "due_at": sa.case((sooner, new.excluded.due_at), else_=table.c.due_at),
                "origin": sa.case(
                    (sa.or_(sooner, new.excluded.origin == "event"), new.excluded.origin), else_=table.c.origin
                ),
            },
        )
        connection.execute(marked, rows)

    async def claim(self, owner: str, lease: timedelta, limit: int) -> list[Claim]:
        """Due keys that nobody holds, now held by ``owner``.

        The portals take turns, so that a busy one can't starve the others; within a portal the longest due comes first.
        """
        return await self._database.write(lambda connection: self._claim_in_turn(connection, owner, lease, limit))

    def _claim_in_turn(self, connection: sa.Connection, owner: str, lease: timedelta, limit: int) -> list[Claim]:
        now = self._clock().timestamp()
        late = connection.execute(
            sa.select(table.c.portal, sa.func.min(table.c.due_at).label("oldest"))
            .where(table.c.due_at <= now, _free(now))
            .group_by(table.c.portal)
        )
        oldest: dict[str, float] = {row.portal: row.oldest for row in late}
        turn = sorted(oldest, key=lambda portal: (self._last_turn.get(portal, 0), oldest[portal]))
        claims: list[Claim] = []
        while turn and len(claims) < limit:
            portal = turn.pop(0)
            first = (
                sa.select(table.c.key)
                .where(table.c.portal == portal, table.c.due_at <= now, _free(now))
                .order_by(table.c.due_at, table.c.key)
                .limit(1)
                .with_for_update(skip_locked=True)  # SQLite has one writer at a time and leaves this out
                .cte("first")
            )
            claim = _hold(connection, table.c.key.in_(sa.select(first.c.key)), owner, now, lease)
            if claim is not None:
                claims.append(claim)
                turn.append(portal)
                self._turns += 1
                self._last_turn[portal] = self._turns
        return claims

    async def claim_key(self, key: Key, owner: str, lease: timedelta) -> Claim | None:
        """This very key, due or not; ``None`` while somebody else holds it."""

        def take(connection: sa.Connection) -> Claim | None:
            now = self._clock().timestamp()
            self.mark_in(connection, (key,), origin="self")
            return _hold(connection, sa.and_(table.c.key == str(key), _free(now)), owner, now, lease)

        return await self._database.write(take)

    async def extend(self, claim: Claim, lease: timedelta) -> bool:
        """Hold the key longer, as a write follows. False: the lease is over or another look has it; write nothing."""
        now = self._clock().timestamp()
        held = sa.and_(_mine(claim), table.c.lease_until > now)
        longer = sa.update(table).where(held).values(lease_until=now + lease.total_seconds(), wrote_at=now)
        return await self._changed(longer)

    async def finish(self, claim: Claim, look_again_at: datetime | None) -> None:
        """The look is over. A key marked meanwhile stays due now; else it waits for its time, or is forgotten.

        Does nothing when the lease is lost: the key is somebody else's.
        """
        done = {**_RELEASED, "attempts": 0, "error": None}
        unmarked = sa.and_(_mine(claim), table.c.marks == claim.marks)

        def end(connection: sa.Connection) -> None:
            marked = {**done, "due_at": self._clock().timestamp()}
            if look_again_at is None:
                connection.execute(sa.delete(table).where(unmarked))
            else:
                waiting = {**done, "due_at": look_again_at.timestamp(), "origin": "self"}
                if connection.execute(sa.update(table).where(unmarked).values(waiting)).rowcount:
                    return
            connection.execute(sa.update(table).where(_mine(claim)).values(marked))

        await self._database.write(end)

    async def put_off(self, claim: Claim, until: datetime, error: str) -> None:
        """The look failed: again at ``until``, with the error for people to see."""
        later_on = {**_RELEASED, "due_at": until.timestamp(), "error": error[:LONGEST_ERROR]}
        await self._changed(sa.update(table).where(_mine(claim)).values(later_on))

    async def take_over(self, longest_request: timedelta) -> None:
        """Free the keys of a dead predecessor; call it only when ``Database.alone``.

        A key whose holder was about to write stays held until that write has landed or never will.
        """
        landed = sa.func.coalesce(table.c.wrote_at, 0.0) + longest_request.total_seconds()
        sooner = sa.update(table).where(table.c.lease_until.is_not(None))
        await self._changed(sooner.values(lease_until=earlier(table.c.lease_until, landed)))

    async def next_due(self) -> datetime | None:
        """When the next key that nobody holds is due, or its holder's lease ends."""
        when = later(table.c.due_at, sa.func.coalesce(table.c.lease_until, 0.0))
        soonest = await self._database.read(lambda c: c.execute(sa.select(sa.func.min(when))).scalar())
        return None if soonest is None else datetime.fromtimestamp(soonest, UTC)

    async def overview(self) -> Overview:
        def read(connection: sa.Connection) -> Overview:
            now = self._clock().timestamp()
            late = sa.and_(table.c.due_at <= now, _free(now))
            waiting, free, oldest, failing_count = connection.execute(
                sa.select(
                    sa.func.count(),
                    sa.func.count(sa.case((_free(now), 1))),
                    sa.func.min(sa.case((late, table.c.due_at))),
                    sa.func.count(table.c.error),
                )
            ).one()
            failing = connection.execute(
                sa.select(table)
                .where(table.c.error.is_not(None))
                .order_by(table.c.attempts.desc(), table.c.key)
                .limit(MOST_FAILING_SHOWN)
            )
            return Overview(
                waiting,
                waiting - free,
                None if oldest is None else datetime.fromtimestamp(oldest, UTC),
                failing_count,
                tuple(
                    Failing(row.key, row.attempts, row.error, datetime.fromtimestamp(row.due_at, UTC))
                    for row in failing
                ),
            )

        return await self._database.read(read)

    async def _changed(self, statement: sa.Update) -> bool:
        return await self._database.write(lambda connection: connection.execute(statement).rowcount > 0)


_RELEASED = {"lease": None, "lease_owner": None, "lease_until": None, "wrote_at": None}


def _free(now: float) -> sa.ColumnElement[bool]:
    return sa.or_(table.c.lease_until.is_(None), table.c.lease_until <= now)


def _mine(claim: Claim) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.key == str(claim.key), table.c.lease == claim.lease)


def _hold(
    connection: sa.Connection, which: sa.ColumnElement[bool], owner: str, now: float, lease: timedelta
) -> Claim | None:
    """Put a lease on the row. Its due time stays: should the holder die, the key is as late as it was."""
    name, until = uuid4().hex, now + lease.total_seconds()
    row = connection.execute(
        sa.update(table)
        .where(which)
        .values(lease=name, lease_owner=owner, lease_until=until, wrote_at=None, attempts=table.c.attempts + 1)
        .returning(table.c.key, table.c.marks, table.c.attempts, table.c.origin)
    ).one_or_none()
    if row is None:
        return None
    return Claim(
        key=parse_key(row.key),
        marks=row.marks,
        attempts=row.attempts - 1,
        origin=row.origin,
        owner=owner,
        lease=name,
        lease_until=datetime.fromtimestamp(until, UTC),
    )
