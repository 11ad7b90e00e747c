"""Tasks in the timelines of the items they are bound to.

A task with ``UF_CRM_TASK`` is an activity of those items (crm-activity-add.md: so activities of type "task" are
made). It follows the task from then on; which fields it takes over is not documented (unverified).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.portal.crm.activities import COMPLETED, TASK, WAITING, Activity
from sandbox.portal.crm.timeline import Owner

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal
    from sandbox.portal.tasks import Task

PROVIDER = ("TASKS", "TASK")
"""``PROVIDER_ID`` and ``PROVIDER_TYPE_ID`` (unverified)."""
CLOSED = 5
"""Status of a task that is done."""


class TaskActivities:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._of_task: dict[int, int] = {}
        """Activities by task."""

    def of(self, task_id: int) -> Activity | None:
        """``None`` also when the items it was bound to are gone."""
        return self._portal.crm.activities.get(self._of_task.get(task_id, 0))

    def follow(self, task: Task, by: int) -> None:
        """The task was made or changed."""
        activities, known = self._portal.crm.activities, self.of(task.id)
        owners = self._owners(task)
        if not owners:
            self.forget(task.id, by)
            return
        if known is None:
            known = activities.start(owners, TASK, *PROVIDER, task.title, by)
            for name, value in taken_over(task).items():
                setattr(known, name, value)
            self._of_task[task.id] = known.id
            activities.announce_new(known)
            return
        for owner in [owner for owner in owners if owner not in known.owners]:
            activities.bind(known, owner)
        for owner in [owner for owner in known.owners if owner not in owners]:
            activities.unbind(known, owner)
        different = {name: value for name, value in taken_over(task).items() if getattr(known, name) != value}
        if different:
            activities.change(known, by, different)

    def forget(self, task_id: int, by: int) -> None:
        """The task is gone, or bound to nothing any more."""
        known = self.of(task_id)
        self._of_task.pop(task_id, None)
        if known is not None:
            self._portal.crm.activities.delete(known, by)

    def _owners(self, task: Task) -> list[Owner]:
        found = (self._portal.crm.item_of_code(code) for code in task.bindings)
        return [(kind.entity_type_id, item.id) for kind, item in (one for one in found if one is not None)]


def taken_over(task: Task) -> dict[str, object]:
    """Fields of ``Activity`` by their names."""
    return {
        "subject": task.title,
        "description": task.description,
        "responsible_id": task.responsible,
        "associated_entity_id": task.id,
        "start": task.start_plan or task.created,
        "end": task.deadline,
        "deadline": task.deadline,
        "status": COMPLETED if int(task.status) == CLOSED else WAITING,
    }
