"""``portal.tasks.marks``: what each user keeps about a task for themselves. Nobody else sees it, and no event tells."""

from __future__ import annotations

from collections.abc import Set
from enum import Enum, auto


class Mark(Enum):
    FAVORITE = auto()
    MUTED = auto()
    """«Без звука»: no notifications, and its counters are grey."""
    PINNED = auto()
    """On top of the user's own list."""
    TODAY = auto()
    """In the user's plan of the day (api-reference/tasks/planner/task-planner-get-list.md)."""


class TaskMarks:
    def __init__(self) -> None:
        self._tasks: dict[tuple[Mark, int], dict[int, None]] = {}
        """Ids in the order they were marked, by mark and user."""

    def put(self, mark: Mark, task_id: int, user_id: int) -> None:
        self._tasks.setdefault((mark, user_id), {})[task_id] = None

    def take_off(self, mark: Mark, task_id: int, user_id: int) -> None:
        self._tasks.get((mark, user_id), {}).pop(task_id, None)

    def of(self, mark: Mark, user_id: int) -> Set[int]:
        """Ids of the tasks this user has marked so, in the order they were."""
        return self._tasks.get((mark, user_id), {}).keys()

    def forget(self, task_id: int) -> None:
        for tasks in self._tasks.values():
            tasks.pop(task_id, None)
