"""Rows on their way to the spreadsheet: each has a version, and the version that was seen to arrive (contract 5.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from app.storage.database import Database
from app.storage.schema import mirror_rows as table


@dataclass(frozen=True)
class WaitingRow:
    portal: str
    key: str
    version: int
    record: Mapping[str, Any]


class MirrorRows:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, portal: str, key: str, record: Mapping[str, Any]) -> None:
        """The row as it should stand in the sheet; a new version only if it differs."""

        def upsert(connection: sa.Connection) -> None:
            present = connection.execute(
                sa.select(table.c.record).where(table.c.portal == portal, table.c.key == key)
            ).scalar()
            if present == dict(record):
                return
            new = insert(table).values(portal=portal, key=key, record=dict(record), version=1)
            connection.execute(
                new.on_conflict_do_update(
                    index_elements=["portal", "key"],
                    set_={"record": new.excluded.record, "version": table.c.version + 1},
                )
            )

        await self._database.write(upsert)

    async def waiting(self, limit: int) -> list[WaitingRow]:
        """Rows whose latest version hasn't arrived."""
        late = (
            sa.select(table)
            .where(table.c.version > table.c.delivered_version)
            .order_by(table.c.portal, table.c.key)
            .limit(limit)
        )
        rows = await self._database.read(lambda connection: connection.execute(late).all())
        return [WaitingRow(row.portal, row.key, row.version, row.record) for row in rows]

    async def arrived(self, rows: list[WaitingRow]) -> None:
        """These versions were seen in the sheet; a newer one made meanwhile keeps waiting."""

        def settle(connection: sa.Connection) -> None:
            for row in rows:
                connection.execute(
                    sa.update(table)
                    .where(table.c.portal == row.portal, table.c.key == row.key)
                    .values(delivered_version=row.version)
                )

        if rows:
            await self._database.write(settle)

    async def send_again(self, except_for: Collection[str]) -> None:
        """The sheet is new: every row has to go there once more, but for those that just arrived."""
        again = sa.update(table).where(table.c.key.not_in(except_for)).values(delivered_version=0)
        await self._database.write(lambda connection: connection.execute(again))

    async def count_waiting(self) -> int:
        late = sa.select(sa.func.count()).where(table.c.version > table.c.delivered_version)
        return int(await self._database.read(lambda connection: connection.execute(late).scalar_one()))
