"""Which keys need a look: one row a key, however many events told about it.

The rules of this table (design section 2.2): a mark made during a look is never lost; a new event does not shorten the
back-off of a key that keeps failing; one worker a key at a time, by lease; only the earliest due time is kept, so each
look says all its deadlines anew. A key is forgotten only by ``finish``, and only if nobody marked it meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningUpdate

from app.keys import Key, parse_key
from app.storage.calls import call_in
from app.storage.database import Database
from app.storage.dialects import Insert, ManyRows, earlier, given_texts, later, texts
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
    """The name of this very claim: a look that outlived its lease can't pass for its successor in the same process.
    Keys claimed together share it."""
    lease_until: datetime


@dataclass(frozen=True)
class Failing:
    key: str
    attempts: int
    error: str
    due_at: datetime
    since: datetime | None
    """When looks began to fail."""
    parked_at: datetime | None
    """When the key was given up until somebody retries it; it is tried once a day nevertheless."""
    good_at: datetime | None
    """The last look that succeeded, where the key has stood in the table since."""


@dataclass(frozen=True)
class Overview:
    """The state of the queue, for /health."""

    waiting: int
    """All rows: keys due, keys that wait for their time, keys being looked at."""
    running: int
    oldest_due: datetime | None
    """Since when the key waits that is overdue the longest and that nobody looks at; ``None`` when nothing is late."""
    failing_count: int
    parked_count: int
    failing: tuple[Failing, ...]
    """Those with the most attempts, at most 50."""


class DirtyKeys:
    """``clock`` tells the time for everybody who shares the table; leases compare its readings. Where several machines
    share it, ``time_in`` asks the database they share instead: no two clocks agree."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        time_in: Callable[[sa.Connection], float] | None = None,
    ) -> None:
        self._database = database
        self._now: Callable[[sa.Connection], float] = time_in or (lambda _: clock().timestamp())
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
        due = self._now(connection) if due_at is None else due_at.timestamp()
        rows = [(key, portal, due, origin) for key, portal in sorted({(str(k), k.portal) for k in keys})]
        _MARKS.put(connection, rows)
        if rows and due_at is None:
            call_in(connection)

    async def claim(
        self, owner: str, lease: timedelta, limit: int, portals: Collection[str] | None = None
    ) -> list[Claim]:
        """Due keys that nobody holds, now held by ``owner``; of all portals, or of those.

        The portals take turns, so that a busy one can't starve the others; within a portal the longest due comes first.
        """

        def claim(connection: sa.Connection) -> list[Claim]:
            return self._claim_in_turn(connection, owner, lease, limit, portals)

        return await self._database.write(claim)

    def _claim_in_turn(
        self, connection: sa.Connection, owner: str, lease: timedelta, limit: int, portals: Collection[str] | None
    ) -> list[Claim]:
        now = self._now(connection)
        first_due = connection.execute(
            _first_free(connection.dialect.name), {**_asked(connection, portals), "now": now}
        )
        oldest = {row.portal: row.due for row in first_due if row.due is not None and row.due <= now}
        turns = sorted(oldest, key=lambda portal: (self._last_turn.get(portal, 0), oldest[portal]))
        claims: list[Claim] = []
        while turns and len(claims) < limit:
            share, more = -(-(limit - len(claims)) // len(turns)), []
            for portal in turns[: limit - len(claims)]:
                taken = self._claim_of(connection, portal, owner, now, lease, min(share, limit - len(claims)))
                claims += taken
                if len(taken) == share:
                    more.append(portal)
                self._turns += 1
                self._last_turn[portal] = self._turns
            turns = more
        return claims

    def _claim_of(
        self, connection: sa.Connection, portal: str, owner: str, now: float, lease: timedelta, limit: int
    ) -> list[Claim]:
        which = {"of_portal": portal, "most": limit}
        return _hold(connection, _HOLD_FIRST, which, owner, now, lease)

    async def claim_key(self, key: Key, owner: str, lease: timedelta) -> Claim | None:
        """This very key, due or not; ``None`` while somebody else holds it."""

        def take(connection: sa.Connection) -> Claim | None:
            self.mark_in(connection, (key,), origin="self")
            now = self._now(connection)
            claims = _hold(connection, _HOLD_KEY, {"of_key": str(key)}, owner, now, lease)
            return claims[0] if claims else None

        return await self._database.write(take)

    async def extend(self, claim: Claim, lease: timedelta) -> bool:
        """Hold the key longer, as a write follows. False: the lease is over or another look has it; write nothing."""

        def longer(connection: sa.Connection) -> bool:
            now = self._now(connection)
            longer = {"now": now, "lease_until": now + lease.total_seconds(), "wrote_at": now}
            return connection.execute(_UPDATE_HELD, {**_of(claim), **longer}).rowcount > 0

        return await self._database.write(longer)

    async def finish(self, claim: Claim, look_again_at: datetime | None, not_before: datetime | None = None) -> None:
        """The look is over. A key marked meanwhile stays due now; else it waits for its time, or is forgotten.

        ``not_before``: when a look that wrote expects the events of its own writes to be over, so that one more look
        answers them all. Does nothing when the lease is lost: the key is somebody else's.
        """
        done = {**_of(claim), **_RELEASED, **_WELL}

        def end(connection: sa.Connection) -> None:
            now = self._now(connection)
            rested = not_before.timestamp() if not_before is not None else 0.0
            marked = {**done, "due_at": max(now, rested), "good_at": now}
            if look_again_at is None:
                connection.execute(_DELETE_UNMARKED, _of(claim))
            else:
                waiting = {**done, "due_at": look_again_at.timestamp(), "origin": "self", "good_at": now}
                if connection.execute(_UPDATE_UNMARKED, waiting).rowcount:
                    return
            connection.execute(_UPDATE_MINE, marked)

        await self._database.write(end)

    async def give_back(self, claim: Claim, until: datetime) -> None:
        """No look was made: again at ``until``, and what is known of the looks before stays."""
        waiting = {**_RELEASED, "due_at": until.timestamp()}
        await self._database.write(lambda connection: connection.execute(_UPDATE_MINE.values(waiting), _of(claim)))

    async def put_off(self, claim: Claim, until: datetime, error: str) -> None:
        """The look failed: again at ``until``, with the error for people to see."""
        await self._database.write(lambda connection: self._put_off_in(connection, claim, until, error))

    def _put_off_in(self, connection: sa.Connection, claim: Claim, until: datetime, error: str) -> None:
        since = sa.func.coalesce(table.c.failing_since, self._now(connection))
        later_on = {**_RELEASED, "due_at": until.timestamp(), "error": error[:LONGEST_ERROR], "failing_since": since}
        connection.execute(_UPDATE_MINE.values(later_on), _of(claim))

    async def park(self, claim: Claim, until: datetime, error: str) -> bool:
        """The looks keep failing: not before ``until``, unless somebody retries. True: nobody has been told yet."""

        def park(connection: sa.Connection) -> bool:
            parked = sa.func.coalesce(table.c.parked_at, self._now(connection))
            put = _UPDATE_MINE.values(parked_at=parked).returning(table.c.told_at)
            row = connection.execute(put, _of(claim)).one_or_none()
            self._put_off_in(connection, claim, until, error)
            return row is not None and row.told_at is None

        return await self._database.write(park)

    async def told_of(self, key: Key) -> None:
        """Somebody knows that the key is parked."""

        def told(connection: sa.Connection) -> None:
            connection.execute(sa.update(table).where(_parked(str(key))).values(told_at=self._now(connection)))

        await self._database.write(told)

    async def retry(self, key: Key | None = None) -> int:
        """Look again now, at this key or at every one that fails; how many there are."""
        named = sa.true() if key is None else table.c.key == str(key)
        which = sa.and_(table.c.error.is_not(None), named)

        def again(connection: sa.Connection) -> int:
            fresh = {"due_at": self._now(connection), "attempts": 0, "parked_at": None}
            return connection.execute(sa.update(table).where(which).values(fresh)).rowcount

        return await self._database.write(again)

    async def failing(self, limit: int | None = None) -> list[Failing]:
        """Keys at which looks fail, those with the most attempts first."""
        return await self._database.read(lambda connection: self._failing_in(connection, limit))

    def _failing_in(self, connection: sa.Connection, limit: int | None) -> list[Failing]:
        wanted = (
            sa.select(table)
            .where(table.c.error.is_not(None))
            .order_by(table.c.parked_at.is_(None), table.c.attempts.desc(), table.c.key)
            .limit(limit)
        )
        return [
            Failing(
                row.key,
                row.attempts,
                row.error,
                datetime.fromtimestamp(row.due_at, UTC),
                since=_moment(row.failing_since),
                parked_at=_moment(row.parked_at),
                good_at=_moment(row.good_at),
            )
            for row in connection.execute(wanted)
        ]

    async def take_over(self, longest_request: timedelta) -> None:
        """Free the keys of a dead predecessor; call it only when ``Database.alone``.

        A key whose holder was about to write stays held until that write has landed or never will: it may have waited
        for its turn, and left with the predecessor's last breath.
        """

        def take_over(connection: sa.Connection) -> None:
            landed = self._now(connection) + longest_request.total_seconds()
            until = sa.case((table.c.wrote_at.is_(None), 0.0), else_=earlier(table.c.lease_until, sa.literal(landed)))
            connection.execute(sa.update(table).where(table.c.lease_until.is_not(None)).values(lease_until=until))

        await self._database.write(take_over)

    async def clock(self) -> float:
        """What everybody who shares the table reckons with: Unix seconds."""
        return await self._database.read(self._now)

    async def ahead_by(self, portals: Collection[str]) -> timedelta:
        """How far the latest moment lies ahead at which something became of a key of theirs; by right it does not."""

        def read(connection: sa.Connection) -> timedelta:
            latest = connection.execute(_LATEST, {_ASKED: sorted(portals)}).one()
            now = self._now(connection)
            return timedelta(seconds=max((each for each in latest if each is not None), default=now) - now)

        return await self._database.read(read)

    async def clock_was_put_back(self, longest_lease: timedelta, portals: Collection[str]) -> None:
        """What keys of these portals wait for may be a moment that is over: they are due now, and say anew what they
        wait for. A key whose look failed waits as long as a lease at most: what was sent may not have landed yet. No
        lease lasts longer than one that begins now, and nothing happened later than now."""
        theirs = table.c.portal.in_(sorted(portals))

        def put_back(connection: sa.Connection) -> None:
            now = self._now(connection)
            later_on = sa.literal(now + longest_lease.total_seconds())
            waits = sa.case((table.c.attempts > 0, earlier(table.c.due_at, later_on)), else_=now)
            connection.execute(sa.update(table).where(theirs, table.c.due_at > now).values(due_at=waits))
            held = table.c.lease_until > later_on
            connection.execute(sa.update(table).where(theirs, held).values(lease_until=later_on))
            for moment in _MOMENTS:
                connection.execute(sa.update(table).where(theirs, moment > now).values({moment: now}))

        await self._database.write(put_back)

    async def next_due_in(self, portals: Collection[str] | None = None) -> timedelta | None:
        """How long until the next key that nobody holds is due, or its holder's lease ends; negative when overdue."""

        def soonest(connection: sa.Connection) -> timedelta | None:
            asked = _asked(connection, portals)
            free_again = connection.execute(_free_again(connection.dialect.name), asked).scalar()
            waiting = [row.due for row in connection.execute(_first_waiting(connection.dialect.name), asked)]
            at = min((each for each in (free_again, *waiting) if each is not None), default=None)
            return None if at is None else timedelta(seconds=at - self._now(connection))

        return await self._database.read(soonest)

    async def overview(self) -> Overview:
        def read(connection: sa.Connection) -> Overview:
            now = self._now(connection)
            counts = connection.execute(_COUNTS, {"now": now}).one()
            waiting, free, oldest, failing_count, parked_count = counts
            return Overview(
                waiting,
                waiting - free,
                None if oldest is None else datetime.fromtimestamp(oldest, UTC),
                failing_count,
                parked_count,
                tuple(self._failing_in(connection, MOST_FAILING_SHOWN)),
            )

        return await self._database.read(read)


def _mark_again(new: Insert) -> Insert:
    """An event brings a key forward that waits for its time, but does not reset the back-off of one that fails.

    A key that is due anyway and that nobody looks at is left as it is: most events of a busy day are about such keys.
    """
    sooner = sa.and_(table.c.attempts == _ZERO, new.excluded.due_at < table.c.due_at)
    told = sa.or_(sooner, new.excluded.origin == _EVENT)
    return new.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "marks": table.c.marks + sa.literal_column("1"),
            "due_at": sa.case((sooner, new.excluded.due_at), else_=table.c.due_at),
            "origin": sa.case((told, new.excluded.origin), else_=table.c.origin),
        },
        where=sa.or_(table.c.lease.is_not(None), sooner, sa.and_(told, table.c.origin != new.excluded.origin)),
    )


_ZERO = sa.literal_column("0", sa.Integer)
_EVENT = sa.literal_column("'event'", sa.Text)
_MARKS = ManyRows(table, ("key", "portal", "due_at", "origin"), _mark_again)

_WELL = {"attempts": 0, "error": None, "failing_since": None, "parked_at": None, "told_at": None}
_RELEASED = {"lease": None, "lease_owner": None, "lease_until": None, "wrote_at": None}


def _free(now: sa.ColumnElement[float]) -> sa.ColumnElement[bool]:
    return sa.or_(table.c.lease_until.is_(None), table.c.lease_until <= now)


def _parked(key: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.key == key, table.c.parked_at.is_not(None))


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


# What a worker asks all the time is said once: SQLAlchemy takes longer to make these than SQLite to carry them out.
# Their parameters are named unlike the columns, which ``execute`` takes for what an update puts there.
_NOW = sa.bindparam("now", type_=sa.Float)
_MINE = sa.and_(table.c.key == sa.bindparam("my_key"), table.c.lease == sa.bindparam("my_lease"))
_UNMARKED = sa.and_(_MINE, table.c.marks == sa.bindparam("my_marks"))
_UPDATE_MINE = sa.update(table).where(_MINE)
_UPDATE_HELD = _UPDATE_MINE.where(table.c.lease_until > _NOW)
_UPDATE_UNMARKED = sa.update(table).where(_UNMARKED)
_DELETE_UNMARKED = sa.delete(table).where(_UNMARKED)


def _of(claim: Claim) -> dict[str, Any]:
    return {"my_key": str(claim.key), "my_lease": claim.lease, "my_marks": claim.marks}


_PORTALS = sa.select(table.c.portal).distinct()
_HELD = table.c.lease_until.is_not(None)
_ASKED = "portals"
_COUNTS = sa.select(
    sa.func.count(),
    sa.func.count(sa.case((_free(_NOW), 1))),
    sa.func.min(sa.case((sa.and_(table.c.due_at <= _NOW, _free(_NOW)), table.c.due_at))),
    sa.func.count(table.c.error),
    sa.func.count(table.c.parked_at),
).select_from(table)


_MOMENTS = (table.c.good_at, table.c.wrote_at, table.c.failing_since, table.c.parked_at, table.c.told_at)
_LATEST = sa.select(*(sa.func.max(moment) for moment in _MOMENTS)).where(
    table.c.portal.in_(sa.bindparam(_ASKED, expanding=True))
)


def _asked(connection: sa.Connection, portals: Collection[str] | None) -> dict[str, Any]:
    """These portals, or all that have keys, for the statements below."""
    if portals is None:
        portals = connection.execute(_PORTALS).scalars().all()
    return {_ASKED: texts(connection, sorted(portals))}


@cache
def _first_free(dialect: str) -> sa.Select[tuple[str, float | None]]:
    return _first_due(dialect, _free(_NOW))


@cache
def _first_waiting(dialect: str) -> sa.Select[tuple[str, float | None]]:
    return _first_due(dialect, sa.not_(_HELD))


def _first_due(dialect: str, which: sa.ColumnElement[bool]) -> sa.Select[tuple[str, float | None]]:
    """When the first of these keys is due, by portal. It costs a step in the index for each portal, however many
    keys wait there."""
    asked = given_texts(dialect, _ASKED)
    first = sa.select(table.c.due_at).where(table.c.portal == asked.c.value, which).order_by(table.c.due_at).limit(1)
    return sa.select(asked.c.value.label("portal"), first.scalar_subquery().label("due"))


@cache
def _free_again(dialect: str) -> sa.Select[tuple[float]]:
    """When the first lease ends of a key that is due by then."""
    of_these = table.c.portal.in_(sa.select(given_texts(dialect, _ASKED).c.value))
    return sa.select(sa.func.min(later(table.c.due_at, table.c.lease_until))).where(_HELD, of_these)


def _holding(which: sa.ColumnElement[bool]) -> ReturningUpdate[Any]:
    return (
        sa.update(table)
        .where(which)
        .values(attempts=table.c.attempts + 1)
        .returning(table.c.key, table.c.marks, table.c.attempts, table.c.origin, table.c.due_at)
    )


def _holding_first(which: sa.ColumnElement[bool]) -> ReturningUpdate[Any]:
    """Of a portal's keys that are due, those that are it the longest."""
    first = (
        sa.select(table.c.key)
        .where(table.c.portal == sa.bindparam("of_portal"), table.c.due_at <= _NOW, which)
        .order_by(table.c.due_at)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True)  # SQLite has one writer at a time and leaves this out
        .cte("first")
    )
    return _holding(table.c.key.in_(sa.select(first.c.key)))


_HOLD_FIRST = _holding_first(_free(_NOW))
_HOLD_KEY = _holding(sa.and_(table.c.key == sa.bindparam("of_key"), _free(_NOW)))


def _hold(
    connection: sa.Connection,
    hold: ReturningUpdate[Any],
    which: Mapping[str, Any],
    owner: str,
    now: float,
    lease: timedelta,
) -> list[Claim]:
    """Put a lease on the rows, the longest due first. Their due times stay: should the holder die, they are as late as
    they were."""
    name, until = uuid4().hex, now + lease.total_seconds()
    held = {"lease": name, "lease_owner": owner, "lease_until": until, "wrote_at": None}
    rows = connection.execute(hold, {**which, "now": now, **held})
    return [
        Claim(
            key=parse_key(row.key),
            marks=row.marks,
            attempts=row.attempts - 1,
            origin=row.origin,
            owner=owner,
            lease=name,
            lease_until=datetime.fromtimestamp(until, UTC),
        )
        for row in sorted(rows, key=lambda row: (row.due_at, row.key))
    ]
