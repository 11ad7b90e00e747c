"""The last observation of each case, to be compared with the next. A cache: lost, it begins anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from app.keys import CaseKey
from app.storage.database import Database
from app.storage.dialects import put_row
from app.storage.schema import observations as table

_LAST = sa.select(table.c.seen).where(
    table.c.portal == sa.bindparam("of_portal"), table.c.key == sa.bindparam("of_key")
)


def observed_in(connection: sa.Connection, cases: Collection[CaseKey]) -> set[CaseKey]:
    """Those that were looked at before, inside somebody else's transaction."""
    if not cases:
        return set()
    named = {(case.portal, str(case)): case for case in cases}
    found = sa.select(table.c.portal, table.c.key).where(sa.tuple_(table.c.portal, table.c.key).in_(list(named)))
    return {named[row.portal, row.key] for row in connection.execute(found)}


class Observations:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def last(self, portal: str, key: str) -> Mapping[str, Any] | None:
        asked = {"of_portal": portal, "of_key": key}
        return await self._database.read(lambda connection: connection.execute(_LAST, asked).scalar())

    async def keep(self, portal: str, key: str, seen: Mapping[str, Any]) -> None:
        await self._database.write(lambda connection: self.keep_in(connection, portal, key, seen))

    def keep_in(self, connection: sa.Connection, portal: str, key: str, seen: Mapping[str, Any]) -> None:
        """Inside somebody else's writing transaction."""
        put_row(connection, table, {"portal": portal, "key": key}, {"seen": dict(seen)})
