"""``portal.tasks.kanban``: columns of a group's tasks, and of a person's plan.

Task statuses and columns do not move each other: no page describes a coupling (contract 6.9). New tasks stand on top of
a column until somebody puts them elsewhere (the default of a project's settings; unverified).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal
    from sandbox.portal.tasks import Task

GROUP, USER = "G", "U"

DEFAULT_COLUMNS: dict[str, tuple[tuple[str, str, str | None], ...]] = {
    GROUP: (("Новые", "00C4FB", "NEW"), ("Выполняются", "47D1E2", "WORK"), ("Сделаны", "75D900", "FINISH")),
    USER: (("Не спланированы", "00C4FB", "NEW"), ("Сделаю на неделе", "47D1E2", None)),
}
"""Title, color, system type. A group's defaults are not documented (unverified); a person's are those of the sample in
api-reference/tasks/stages/task-stages-get.md."""

STEP = 100
"""Between the ``SORT`` of neighbours."""


@dataclass(slots=True)
class Column:
    """Called "stage" in the API."""

    id: int
    title: str
    color: str
    """``RRGGBB``, without a number sign."""
    system_type: str | None
    owner_type: str
    owner_id: int
    sort: int


class Kanban:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._columns: dict[int, Column] = {}
        self._of_owner: dict[tuple[str, int], list[Column]] = {}
        self._plan: dict[int, dict[int, int]] = {}
        """Column of a task in a person's plan, by user and task."""
        self._order: dict[int, list[int]] = {}
        """Ids of the tasks somebody has put into their places, from top to bottom, by column."""

    def columns(self, owner_type: str, owner_id: int) -> list[Column]:
        """From left to right. The default ones appear when somebody looks for the first time."""
        owner = (owner_type, owner_id)
        if owner not in self._of_owner:
            self._of_owner[owner] = []
            for title, color, system_type in DEFAULT_COLUMNS[owner_type]:
                self._insert(owner, len(self._of_owner[owner]), title, color, system_type)
        return list(self._of_owner[owner])

    def get(self, column_id: int) -> Column | None:
        return self._columns.get(column_id)

    def add(self, owner_type: str, owner_id: int, title: str, *, color: str = "", after: int = 0) -> Column:
        """Behind the column ``after``; at the beginning when there is no such column."""
        columns = self.columns(owner_type, owner_id)
        column = self._insert((owner_type, owner_id), self._position_after(columns, after), title, color, None)
        self._portal.changed("kanban.add", id=column.id)
        return column

    def update(
        self, column: Column, *, title: str | None = None, color: str | None = None, after: int | None = None
    ) -> None:
        """Rename, recolor, move; what is ``None`` stays."""
        column.title = column.title if title is None else title
        column.color = column.color if color is None else color
        if after is not None and after != column.id:
            columns = self._of_owner[column.owner_type, column.owner_id]
            columns.remove(column)
            columns.insert(self._position_after(columns, after), column)
            self._renumber(columns)
        self._portal.changed("kanban.update", id=column.id)

    def delete(self, column: Column) -> None:
        columns = self._of_owner[column.owner_type, column.owner_id]
        columns.remove(column)
        del self._columns[column.id]
        self._portal.changed("kanban.delete", id=column.id)

    def is_first(self, column: Column) -> bool:
        return self._of_owner[column.owner_type, column.owner_id][0] is column

    def is_empty(self, column: Column) -> bool:
        if column.owner_type == USER:
            return column.id not in self._plan.get(column.owner_id, {}).values()
        tasks = self._portal.tasks
        in_group = (tasks.get(task_id) for task_id in tasks.indexes.by_group.at(column.owner_id))
        return not any(task.stage == column.id for task in in_group if task is not None)

    def move(self, task: Task, column: Column, *, by: int, before: int = 0, after: int = 0) -> None:
        """In the group's kanban the task changes (``ONTASKUPDATE``); a person's plan is their own business.

        ``before`` and ``after`` are tasks of the column next to which this one is put; without them it comes on top.
        """
        if column.owner_type == USER:
            self._plan.setdefault(column.owner_id, {})[task.id] = column.id
        else:
            self._portal.tasks.update(task, {"stage": column.id}, by=by)
        order = [found.id for found in self.tasks_in(column) if found.id != task.id]
        place = 0
        if before in order:
            place = order.index(before)
        elif after in order:
            place = order.index(after) + 1
        order.insert(place, task.id)
        self._order[column.id] = order

    def tasks_in(self, column: Column) -> list[Task]:
        """From top to bottom."""
        tasks = self._portal.tasks
        if column.owner_type == USER:
            planned = self._plan.get(column.owner_id, {})
            found = [tasks.get(task_id) for task_id, where in planned.items() if where == column.id]
        else:
            first = column.id if self.is_first(column) else None
            in_group = map(tasks.get, tasks.indexes.by_group.at(column.owner_id))
            found = [task for task in in_group if task and (task.stage or first) == column.id]
        places = {task_id: place for place, task_id in enumerate(self._order.get(column.id, ()))}
        here = [task for task in found if task is not None]
        return sorted(here, key=lambda task: (places.get(task.id, -1), -task.id))

    def place(self, task: Task) -> int | None:
        """Number of the task from the top of its group's column, where somebody has put tasks in order; from 0."""
        column = self._columns.get(task.stage)
        order = self._order.get(task.stage, []) if column else []
        return order.index(task.id) if task.id in order else None

    def planned(self, user_id: int, task_id: int) -> int:
        """Column of the task in the plan of this user; 0 is the first one."""
        return self._plan.get(user_id, {}).get(task_id, 0)

    def _insert(self, owner: tuple[str, int], position: int, title: str, color: str, system_type: str | None) -> Column:
        column = Column(self._portal.next_id("kanban_column"), title, color, system_type, *owner, sort=0)
        self._columns[column.id] = column
        self._of_owner[owner].insert(position, column)
        self._renumber(self._of_owner[owner])
        return column

    def _position_after(self, columns: list[Column], after: int) -> int:
        return next((place + 1 for place, column in enumerate(columns) if column.id == after), 0)

    def _renumber(self, columns: list[Column]) -> None:
        for place, column in enumerate(columns, start=1):
            column.sort = place * STEP
