"""Which case a task or measure belongs to, so that its event costs no REST call. A cache: looks fill it again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from app.storage.database import Database
from app.storage.schema import known_objects as table

Kind = Literal["task", "measure"]


class KnownObjects:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def remember(self, portal: str, case_id: int, tasks: Iterable[int], measures: Iterable[int]) -> None:
        """These belong to the case."""
        rows = [("task", each) for each in tasks] + [("measure", each) for each in measures]

        def put(connection: sa.Connection) -> None:
            for kind, object_id in rows:
                new = insert(table).values(portal=portal, kind=kind, object_id=object_id, case_id=case_id)
                connection.execute(
                    new.on_conflict_do_update(
                        index_elements=["portal", "kind", "object_id"], set_={"case_id": new.excluded.case_id}
                    )
                )

        if rows:
            await self._database.write(put)

    def case_of_in(self, connection: sa.Connection, portal: str, kind: Kind, object_id: int) -> int | None:
        """Inside somebody else's transaction; ``None`` when it is nobody's as far as we know."""
        found = sa.select(table.c.case_id).where(
            table.c.portal == portal, table.c.kind == kind, table.c.object_id == object_id
        )
        return connection.execute(found).scalar()

    async def case_of(self, portal: str, kind: Kind, object_id: int) -> int | None:
        return await self._database.read(lambda connection: self.case_of_in(connection, portal, kind, object_id))
