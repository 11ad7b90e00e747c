"""``portal.tasks.results``: what people wrote down as the result of a task.

On portals with the new task card (tasks 25.700.0 and later, which this one is) results come from REST 3.0
``tasks.task.result.add`` or from the card; the older list still shows them, with ``commentId`` 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal
    from sandbox.portal.tasks import Task


@dataclass(slots=True)
class TaskResult:
    id: int
    task_id: int
    author: int
    text: str
    created: datetime
    updated: datetime | None = None
    message: int | None = None
    """Of the task's chat, when the result is what somebody said there."""
    closed: bool = False
    """Set when the task is completed, and for good: a renewed task needs a new result
    (api-reference/tasks/result/tasks-task-result-list.md)."""


class TaskResults:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._of_task: dict[int, list[TaskResult]] = {}
        self._results: dict[int, TaskResult] = {}

    def add(self, task: Task, text: str, *, by: int, message: int | None = None) -> TaskResult:
        now = self._portal.clock.now()
        result = TaskResult(self._portal.next_id("task_result"), task.id, by, text, now, message=message)
        self._results[result.id] = result
        self._of_task.setdefault(task.id, []).append(result)
        self._portal.changed("task.result.add", id=task.id, result=result.id, by=by)
        return result

    def get(self, result_id: int) -> TaskResult | None:
        return self._results.get(result_id)

    def update(self, result: TaskResult, text: str, *, by: int) -> None:
        result.text = text
        result.updated = self._portal.clock.now()
        self._portal.changed("task.result.update", id=result.task_id, result=result.id, by=by)

    def delete(self, result: TaskResult, *, by: int) -> None:
        del self._results[result.id]
        self._of_task[result.task_id].remove(result)
        self._portal.changed("task.result.delete", id=result.task_id, result=result.id, by=by)

    def of_task(self, task_id: int) -> list[TaskResult]:
        """Oldest first."""
        return list(self._of_task.get(task_id, ()))

    def has_open(self, task_id: int) -> bool:
        return any(not result.closed for result in self._of_task.get(task_id, ()))

    def close(self, task_id: int) -> None:
        for result in self._of_task.get(task_id, ()):
            result.closed = True

    def forget(self, task_id: int) -> None:
        for result in self._of_task.pop(task_id, ()):
            del self._results[result.id]
