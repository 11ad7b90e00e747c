"""Finished work that the rulebook leaves without a case: counted, so that nothing is left out silently (S81).

A cache: what stands here is found again when the item is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import put_row
from app.storage.schema import left_out as table


@dataclass(frozen=True)
class LeftOut:
    """One finished round of one item, ``key`` being the name its case would have had: ``deal:42#1``."""

    portal: str
    key: str
    funnel: str
    reason: str
    closed_at: datetime


@dataclass(frozen=True)
class Counted:
    """How many of a funnel were left out for this reason, and when the latest of them was finished."""

    portal: str
    funnel: str
    reason: str
    items: int
    latest: datetime


class LeftOutWork:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, work: LeftOut) -> None:
        """Once for each round of an item; another reason replaces the one before."""
        key = {"portal": work.portal, "key": work.key}
        values = {"funnel": work.funnel, "reason": work.reason, "closed_at": work.closed_at.timestamp()}
        await self._database.write(lambda connection: put_row(connection, table, key, values))

    async def forget(self, portal: str, key: str) -> None:
        """It has a case after all."""
        here = (table.c.portal == portal, table.c.key == key)
        known = await self._database.read(
            lambda connection: connection.execute(sa.select(table.c.key).where(*here)).first()
        )
        if known is not None:  # the usual look finds nothing, and then nothing is written
            await self._database.write(lambda connection: connection.execute(sa.delete(table).where(*here)))

    async def every(self) -> list[LeftOut]:
        """All of it, the latest first."""
        wanted = sa.select(table).order_by(table.c.closed_at.desc(), table.c.portal, table.c.key)
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return [LeftOut(row.portal, row.key, row.funnel, row.reason, _moment(row.closed_at)) for row in rows]

    async def by_reason(self) -> list[Counted]:
        """By portal, funnel and reason, the most frequent first."""
        items = sa.func.count().label("items")
        wanted = (
            sa.select(table.c.portal, table.c.funnel, table.c.reason, items, sa.func.max(table.c.closed_at))
            .group_by(table.c.portal, table.c.funnel, table.c.reason)
            .order_by(table.c.portal, table.c.funnel, items.desc(), table.c.reason)
        )
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return [Counted(portal, funnel, reason, n, _moment(latest)) for portal, funnel, reason, n, latest in rows]

    async def count(self) -> Mapping[str, int]:
        """By funnel."""
        number = sa.func.count().label("number")
        wanted = sa.select(table.c.funnel, number).group_by(table.c.funnel).order_by(table.c.funnel)
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return {row.funnel: row.number for row in rows}

    async def between(self, portal: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """By funnel, what was finished from one moment to before another."""
        here = (table.c.portal == portal, table.c.closed_at >= since.timestamp(), table.c.closed_at < until.timestamp())
        wanted = sa.select(table.c.funnel, sa.func.count().label("number")).where(*here).group_by(table.c.funnel)
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return {row.funnel: row.number for row in rows}


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
