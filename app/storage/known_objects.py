"""Which case a task or measure belongs to, so that its event costs no REST call. A cache: looks fill it again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import Insert, ManyRows
from app.storage.schema import events
from app.storage.schema import known_objects as table

Kind = Literal["task", "measure"]

TASK_ADDED = "ONTASKADD"
"""Tells nothing new of a task that is known: only a look that saw it can know it."""


class KnownObjects:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def remember(self, portal: str, case_id: int, tasks: Iterable[int], measures: Iterable[int]) -> bool:
        """These belong to the case. What belonged to it before stays known: a needless look does no harm, a missed
        event does.

        True: one of the tasks is new to us and was told about before, when it was nobody's. Its event marked no key, so
        the case needs another look (somebody closed the task before the look that made it had written it down).
        """
        wanted_tasks = sorted(set(tasks))
        objects = [*(("task", each) for each in wanted_tasks), *(("measure", each) for each in sorted(set(measures)))]

        def put(connection: sa.Connection) -> bool:
            missed = connection.execute(_TOLD_TOO_EARLY, {"of_portal": portal, "tasks": wanted_tasks}).first()
            _OBJECTS.put(connection, [(portal, kind, object_id, case_id) for kind, object_id in objects])
            return missed is not None

        return await self._database.write(put) if objects else False

    def cases_in(
        self, connection: sa.Connection, kind: Kind, objects: Collection[tuple[str, int]]
    ) -> Mapping[tuple[str, int], int]:
        """The cases of these, by portal and id, inside somebody else's transaction. What is missing is nobody's as far
        as we know."""
        wanted = sa.select(table.c.portal, table.c.object_id, table.c.case_id).where(
            table.c.kind == kind, sa.tuple_(table.c.portal, table.c.object_id).in_(list(objects))
        )
        return {(row.portal, row.object_id): row.case_id for row in connection.execute(wanted)}

    async def case_of(self, portal: str, kind: Kind, object_id: int) -> int | None:
        found = await self._database.read(lambda connection: self.cases_in(connection, kind, [(portal, object_id)]))
        return found.get((portal, object_id))

    async def cases(self, portal: str) -> list[int]:
        """Every case of the portal that has a task or a measure, by id."""
        known = sa.select(table.c.case_id).where(table.c.portal == portal).distinct().order_by(table.c.case_id)
        return await self._database.read(lambda connection: list(connection.execute(known).scalars()))


_known_tasks = sa.select(table.c.object_id).where(
    table.c.portal == sa.bindparam("of_portal"), table.c.kind == sa.literal_column("'task'")
)
_TOLD_TOO_EARLY = (
    sa.select(events.c.id)
    .where(
        events.c.portal == sa.bindparam("of_portal"),
        events.c.task_id.in_(sa.bindparam("tasks", expanding=True)),
        events.c.task_id.not_in(_known_tasks),
        events.c.name != TASK_ADDED,
    )
    .limit(1)
)
"""Is there an event, other than of its making, about one of these tasks that isn't known yet?"""


def _belongs_to(new: Insert) -> Insert:
    return new.on_conflict_do_update(
        index_elements=["portal", "kind", "object_id"],
        set_={"case_id": new.excluded.case_id},
        where=table.c.case_id != new.excluded.case_id,
    )


_OBJECTS = ManyRows(table, ("portal", "kind", "object_id", "case_id"), _belongs_to)
