"""What one process does for all of them now and then: sweeping a portal, forgetting what is old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import upsert
from app.storage.schema import turns as table


class Turns:
    """The clocks are those of `app.storage.dirty_keys`."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        time_in: Callable[[sa.Connection], float] | None = None,
    ) -> None:
        self._database = database
        self._now: Callable[[sa.Connection], float] = time_in or (lambda _: clock().timestamp())

    async def take(self, what: str, every: timedelta) -> timedelta | None:
        """``None``: nobody did it for so long, it is ours to do now. Else how long until it is to be done again.

        Who dies over it leaves it undone until then. Each judges by its own ``every``: a term that was shortened holds
        from the next start on.
        """

        def take(connection: sa.Connection) -> timedelta | None:
            now = self._now(connection)
            new = upsert(connection.dialect.name, table).values(what=what, taken_at=now)
            ago, seconds = now - table.c.taken_at, every.total_seconds()
            is_over = sa.or_(ago >= seconds, ago < -seconds)  # or the clock was put back
            ours = new.on_conflict_do_update(
                index_elements=["what"], set_={"taken_at": new.excluded.taken_at}, where=is_over
            )
            if connection.execute(ours.returning(table.c.what)).first() is not None:
                return None
            taken_at = connection.execute(sa.select(table.c.taken_at).where(table.c.what == what)).scalar_one()
            return min(every, every - timedelta(seconds=now - taken_at))

        return await self._database.write(take)

    async def ahead_by(self) -> timedelta:
        """How far the latest turn lies ahead; by right it does not."""

        def read(connection: sa.Connection) -> timedelta:
            now = self._now(connection)
            latest = connection.execute(sa.select(sa.func.max(table.c.taken_at))).scalar()
            return timedelta(seconds=(now if latest is None else latest) - now)

        return await self._database.read(read)

    async def clock_was_put_back(self) -> None:
        """No turn was taken later than now."""

        def put_back(connection: sa.Connection) -> None:
            now = self._now(connection)
            connection.execute(sa.update(table).where(table.c.taken_at > now).values(taken_at=now))

        await self._database.write(put_back)

    async def forget(self) -> None:
        """Nobody else is there: what a predecessor took is to be done anew."""
        await self._database.write(lambda connection: connection.execute(sa.delete(table)))
