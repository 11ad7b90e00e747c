"""``portal.tasks.comments``: what is said in the chat of a task (tasks 25.700.0 and later keep no other comments)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal
    from sandbox.portal.tasks import Task


@dataclass(frozen=True, slots=True)
class TaskComment:
    id: int
    task_id: int
    author: int
    text: str
    at: datetime


class TaskComments:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._of_task: dict[int, list[TaskComment]] = {}

    def add(self, task: Task, text: str, *, author: int, at: datetime | None = None) -> TaskComment:
        """Announces ``ONTASKCOMMENTADD`` in the form of the new card: no comment id, but the id of the message
        (api-reference/tasks/comment-item/events-comment/on-task-comment-add.md)."""
        number = self._portal.next_id("chat_message")
        comment = TaskComment(number, task.id, author, text, at or self._portal.clock.now())
        self._of_task.setdefault(task.id, []).append(comment)
        self._portal.tasks.note(task, author, "COMMENT", None, str(number))
        self._portal.changed("task.comment", id=task.id, by=author)
        self._portal.emit(
            "ONTASKCOMMENTADD",
            {
                "FIELDS_BEFORE": "undefined",
                "FIELDS_AFTER": {"ID": 0, "TASK_ID": task.id, "MESSAGE_ID": number},
                "IS_ACCESSIBLE_BEFORE": "undefined",
                "IS_ACCESSIBLE_AFTER": "undefined",
            },
        )
        return comment

    def of_task(self, task_id: int) -> list[TaskComment]:
        return list(self._of_task.get(task_id, ()))

    def count(self, task_id: int) -> int:
        return len(self._of_task.get(task_id, ()))

    def forget(self, task_id: int) -> None:
        self._of_task.pop(task_id, None)
