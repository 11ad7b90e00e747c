"""Which case a task or measure belongs to, so that its event costs no REST call. A cache: looks fill it again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import upsert
from app.storage.schema import events
from app.storage.schema import known_objects as table

Kind = Literal["task", "measure"]


class KnownObjects:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def remember(self, portal: str, case_id: int, tasks: Iterable[int], measures: Iterable[int]) -> bool:
        """These belong to the case. What belonged to it before stays known: a needless look does no harm, a missed
        event does.

        True: one of the tasks is new to us and was told about before, when it was nobody's. Its event marked no key, so
        the case needs another look (somebody closed the task before the look that made it had written it down).
        """
        rows = sorted({("task", each) for each in tasks} | {("measure", each) for each in measures})

        def put(connection: sa.Connection) -> bool:
            missed = self._told_too_early(connection, portal, [each for kind, each in rows if kind == "task"])
            new = upsert(connection, table)
            connection.execute(
                new.on_conflict_do_update(
                    index_elements=["portal", "kind", "object_id"],
                    set_={"case_id": new.excluded.case_id},
                    where=table.c.case_id != new.excluded.case_id,
                ),
                [
                    {"portal": portal, "kind": kind, "object_id": object_id, "case_id": case_id}
                    for kind, object_id in rows
                ],
            )
            return missed

        return await self._database.write(put) if rows else False

    def _told_too_early(self, connection: sa.Connection, portal: str, tasks: list[int]) -> bool:
        """Is there an event, other than of its making, about one of these tasks that isn't known yet?"""
        known = sa.select(table.c.object_id).where(table.c.portal == portal, table.c.kind == "task")
        told = sa.select(events.c.id).where(
            events.c.portal == portal,
            events.c.task_id.in_(tasks),
            events.c.task_id.not_in(known),
            events.c.name != "ONTASKADD",
        )
        return connection.execute(told.limit(1)).first() is not None

    def case_of_in(self, connection: sa.Connection, portal: str, kind: Kind, object_id: int) -> int | None:
        """Inside somebody else's transaction; ``None`` when it is nobody's as far as we know."""
        found = sa.select(table.c.case_id).where(
            table.c.portal == portal, table.c.kind == kind, table.c.object_id == object_id
        )
        return connection.execute(found).scalar()

    async def case_of(self, portal: str, kind: Kind, object_id: int) -> int | None:
        return await self._database.read(lambda connection: self.case_of_in(connection, portal, kind, object_id))

    async def cases(self, portal: str) -> list[int]:
        """Every case of the portal that has a task or a measure, by id."""
        known = sa.select(table.c.case_id).where(table.c.portal == portal).distinct().order_by(table.c.case_id)
        return await self._database.read(lambda connection: list(connection.execute(known).scalars()))
