"""What a portal looked like when it was last reached, so that its events can be sorted while it can't be.

A cache: a portal that answers is always believed over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import put_row
from app.storage.schema import portals as table


class Portals:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_layout(self, portal: str, layout: Mapping[str, Any]) -> None:
        """Plain data, e.g. ``{"case_type_id": 1030, "measure_type_id": 1032}``."""
        key, values = {"name": portal}, {"layout": dict(layout)}
        await self._database.write(lambda connection: put_row(connection, table, key, values))

    async def layout(self, portal: str) -> Mapping[str, Any] | None:
        """``None`` when the portal was never reached."""
        known = sa.select(table.c.layout).where(table.c.name == portal)
        return await self._database.read(lambda connection: connection.execute(known).scalar_one_or_none())
