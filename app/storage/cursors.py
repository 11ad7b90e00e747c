"""How far the sweep has read each list of a portal."""

from __future__ import annotations

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import put_row
from app.storage.schema import cursors as table

_REACHED = sa.select(table.c.value).where(
    table.c.portal == sa.bindparam("of_portal"), table.c.name == sa.bindparam("of_name")
)


class Cursors:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, portal: str, name: str) -> str | None:
        asked = {"of_portal": portal, "of_name": name}
        return await self._database.read(lambda connection: connection.execute(_REACHED, asked).scalar())

    async def set(self, portal: str, name: str, value: str) -> None:
        key = {"portal": portal, "name": name}
        await self._database.write(lambda connection: put_row(connection, table, key, {"value": value}))

    async def any_of(self, portal: str) -> bool:
        """Has this portal been swept before?"""
        wanted = sa.select(table.c.name).where(table.c.portal == portal).limit(1)
        return await self._database.read(lambda connection: connection.execute(wanted).first() is not None)

    async def forget(self, portal: str) -> None:
        """The next sweep begins as the first one did."""
        await self._database.write(
            lambda connection: connection.execute(sa.delete(table).where(table.c.portal == portal))
        )
