"""``portal.tasks.elapsed_time``: records of time spent on tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal
    from sandbox.portal.tasks import Task

BY_HAND = 2
"""``SOURCE`` of what people and REST write; the timer's is 3 (recorded answers)."""


@dataclass(slots=True)
class TimeRecord:
    id: int
    task_id: int
    user_id: int
    seconds: int
    comment: str
    created: datetime
    """When the work was done, for a record written later; ``started`` and ``stopped`` are when it was written
    (api-reference/tasks/elapsed-item/task-elapsed-item-get-list.md)."""
    started: datetime
    stopped: datetime
    source: int = BY_HAND

    @property
    def minutes(self) -> int:
        return round(self.seconds / 60)


class ElapsedTime:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._records: dict[int, TimeRecord] = {}
        self._of_task: dict[int, list[int]] = {}

    def add(
        self, task: Task, seconds: int, comment: str = "", *, user_id: int, by: int, at: datetime | None = None
    ) -> TimeRecord:
        """``at`` is when the work was done, now unless said."""
        now = self._portal.clock.now()
        number = self._portal.next_id("elapsed_time")
        before = self.spent(task.id)
        record = TimeRecord(number, task.id, user_id, seconds, comment, at or now, now, now)
        self._records[number] = record
        self._of_task.setdefault(task.id, []).append(number)
        self._note(task, by, before)
        return record

    def update(self, task: Task, record: TimeRecord, *, seconds: int, comment: str, user_id: int, by: int) -> None:
        before = self.spent(task.id)
        record.seconds = seconds
        record.comment = comment
        record.user_id = user_id
        self._note(task, by, before)

    def delete(self, task: Task, record: TimeRecord, *, by: int) -> None:
        before = self.spent(task.id)
        del self._records[record.id]
        self._of_task[task.id].remove(record.id)
        self._note(task, by, before)

    def get(self, record_id: int) -> TimeRecord | None:
        return self._records.get(record_id)

    def of_task(self, task_id: int) -> list[TimeRecord]:
        return [self._records[number] for number in self._of_task.get(task_id, ())]

    def all(self) -> list[TimeRecord]:
        return list(self._records.values())

    def spent(self, task_id: int) -> int | None:
        """Seconds; ``None`` when nothing was ever written."""
        numbers = self._of_task.get(task_id)
        return sum(self._records[number].seconds for number in numbers) if numbers else None

    def forget(self, task_id: int) -> None:
        for number in self._of_task.pop(task_id, ()):
            del self._records[number]

    def _note(self, task: Task, by: int, before: int | None) -> None:
        after = self.spent(task.id)
        if after != before:
            self._portal.tasks.note(task, by, "TIME_SPENT_IN_LOGS", str(before or 0), str(after or 0))
            self._portal.changed("task.time", id=task.id, by=by)
