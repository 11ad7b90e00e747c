"""``portal.tasks.comments``: what is said about a task.

With the new card (tasks 25.700.0 and later, which this portal has) that is messages of the task's chat, in
``portal.chats``. A portal with the old card keeps comments in a forum, where each can be got, changed and deleted by
its id: ``in_forum`` makes this portal such a one, for clients written before (api-reference/tasks/tasks-new.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal
    from sandbox.portal.tasks import Task

UNDEFINED = "undefined"


@dataclass(slots=True)
class TaskComment:
    id: int
    """Of the comment in the forum, or of the message in the chat."""
    task_id: int
    author: int
    text: str
    at: datetime


class TaskComments:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._of_task: dict[int, list[TaskComment]] = {}
        self._in_forum: dict[int, TaskComment] = {}
        self.in_forum = False
        """Whether what is said from now on goes to a forum."""

    def add(self, task: Task, text: str, *, author: int, at: datetime | None = None) -> TaskComment:
        """Announces ``ONTASKCOMMENTADD`` in the form of the card: of the new one no comment id, but that of the message
        (api-reference/tasks/comment-item/events-comment/on-task-comment-add.md)."""
        when = at or self._portal.clock.now()
        if self.in_forum:
            comment = TaskComment(self._portal.next_id("forum_message"), task.id, author, text, when)
            self._in_forum[comment.id] = comment
            after: dict[str, JSON] = {"ID": comment.id, "TASK_ID": task.id}
        else:
            message = self._portal.chats.say(self._portal.chats.of_task(task), text, author=author, at=when)
            comment = TaskComment(message.id, task.id, author, text, when)
            after = {"ID": 0, "TASK_ID": task.id, "MESSAGE_ID": message.id}
        self._of_task.setdefault(task.id, []).append(comment)
        self._portal.tasks.note(task, author, "COMMENT", None, str(comment.id))
        self._portal.changed("task.comment", id=task.id, by=author)
        self._announce("ADD", UNDEFINED, after)
        return comment

    def in_forum_of(self, task_id: int) -> list[TaskComment]:
        """Comments with ids of their own; none on a portal with the new card."""
        return [comment for comment in self._in_forum.values() if comment.task_id == task_id]

    def get(self, comment_id: int) -> TaskComment | None:
        """A comment in the forum."""
        return self._in_forum.get(comment_id)

    def update(self, comment: TaskComment, text: str, *, by: int) -> None:
        """A comment in the forum. ``ONTASKCOMMENTUPDATE``, also when nothing differs (unverified)."""
        comment.text = text
        self._portal.changed("task.comment", id=comment.task_id, by=by)
        before: dict[str, JSON] = {"ID": comment.id, "TASK_ID": comment.task_id}
        self._announce("UPDATE", before, {**before, "ACTION": "EDIT"})

    def delete(self, comment: TaskComment, *, by: int) -> None:
        """A comment in the forum. ``ONTASKCOMMENTDELETE``."""
        del self._in_forum[comment.id]
        self._of_task[comment.task_id].remove(comment)
        self._portal.changed("task.comment", id=comment.task_id, by=by)
        before: dict[str, JSON] = {"ID": comment.id, "TASK_ID": comment.task_id}
        self._announce("DELETE", before, {**before, "ACTION": "DEL"})

    def of_task(self, task_id: int) -> list[TaskComment]:
        """What people said, oldest first; not what the system did."""
        return list(self._of_task.get(task_id, ()))

    def count(self, task_id: int) -> int:
        return len(self._of_task.get(task_id, ()))

    def forget(self, task_id: int) -> None:
        for comment in self._of_task.pop(task_id, ()):
            self._in_forum.pop(comment.id, None)

    def _announce(self, what: str, before: JSON, after: JSON) -> None:
        body = {
            "FIELDS_BEFORE": before,
            "FIELDS_AFTER": after,
            "IS_ACCESSIBLE_BEFORE": UNDEFINED,
            "IS_ACCESSIBLE_AFTER": UNDEFINED,
        }
        self._portal.emit(f"ONTASKCOMMENT{what}", body)
