"""What the service saw, decided and did, in order; nothing in it is ever changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.schema import journal as table


@dataclass(frozen=True)
class Entry:
    at: datetime
    portal: str
    key: str
    kind: str
    body: Mapping[str, Any]


class Journal:
    """Kinds of entries: decision, command, error, found_by_sweep. ``key`` is the text of a key, bodies plain data."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def write(self, portal: str, key: str, kind: str, body: Mapping[str, Any]) -> None:
        await self._database.write(lambda connection: self._append(connection, portal, key, kind, body))

    async def write_changed(self, portal: str, key: str, kind: str, body: Mapping[str, Any]) -> bool:
        """Written unless the key's last entry of this kind says the same: waiting is written down once."""
        plain = json.loads(json.dumps(dict(body)))

        def append(connection: sa.Connection) -> bool:
            last = connection.execute(
                sa.select(table.c.body)
                .where(table.c.key == key, table.c.kind == kind)
                .order_by(table.c.id.desc())
                .limit(1)
            ).scalar()
            if last == plain:
                return False
            self._append(connection, portal, key, kind, plain)
            return True

        return await self._database.write(append)

    def _append(self, connection: sa.Connection, portal: str, key: str, kind: str, body: Mapping[str, Any]) -> None:
        connection.execute(
            sa.insert(table).values(at=self._clock().timestamp(), portal=portal, key=key, kind=kind, body=dict(body))
        )

    async def read(self, key: str) -> list[Entry]:
        """All entries about a key, oldest first."""
        rows = await self._database.read(
            lambda connection: connection.execute(sa.select(table).where(table.c.key == key).order_by(table.c.id)).all()
        )
        return [Entry(datetime.fromtimestamp(row.at, UTC), row.portal, row.key, row.kind, row.body) for row in rows]

    async def count(self, kind: str) -> int:
        counted = sa.select(sa.func.count()).where(table.c.kind == kind)
        return int(await self._database.read(lambda connection: connection.execute(counted).scalar_one()))
