"""How far the sweep has read each list of a portal."""

from __future__ import annotations

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import upsert
from app.storage.schema import cursors as table


class Cursors:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, portal: str, name: str) -> str | None:
        wanted = sa.select(table.c.value).where(table.c.portal == portal, table.c.name == name)
        return await self._database.read(lambda connection: connection.execute(wanted).scalar())

    async def set(self, portal: str, name: str, value: str) -> None:

        def put(connection: sa.Connection) -> None:
            new = upsert(connection, table).values(portal=portal, name=name, value=value)
            connection.execute(
                new.on_conflict_do_update(index_elements=["portal", "name"], set_={"value": new.excluded.value})
            )

        await self._database.write(put)
