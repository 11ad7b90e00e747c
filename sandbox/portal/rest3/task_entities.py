"""Tasks and what hangs on them, declared for REST 3.0.

Fields and related objects: api-reference/tasks/fields-rest-v3.md and the OpenAPI document of a portal, in whose order
they stand. Only ``id`` is filterable; what one can sort by is on tasks-task-list-rest-v3.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sandbox.portal.elapsed_time import TimeRecord
from sandbox.portal.kanban import Column
from sandbox.portal.php import JSON
from sandbox.portal.rest3.entities import FLAG, INT, LIST, MOMENT, OBJECT, TEXT, Entity, Field, Viewer
from sandbox.portal.staff import User
from sandbox.portal.task_marks import Mark
from sandbox.portal.task_results import TaskResult
from sandbox.portal.task_search import SITE
from sandbox.portal.tasks import Status, Task
from sandbox.portal.workgroups import Workgroup

STATUSES = {
    "pending": Status.PENDING,
    "in_progress": Status.IN_PROGRESS,
    "supposedly_completed": Status.AWAITING_CONTROL,
    "completed": Status.COMPLETED,
    "deferred": Status.DEFERRED,
}
"""``declined`` is a status of tasks nobody creates any more."""
PRIORITIES = {"low": 0, "average": 1, "high": 2}
NO_MARK = "none"
"""What the samples show for a task that was not rated; the page speaks of ``null``."""

ACTIONS: dict[str, str | None] = {
    "read": "CREATE",
    "watch": "CREATE",
    "mute": "CREATE",
    "createResult": "CREATE",
    "edit": "EDIT",
    "remove": "REMOVE",
    "complete": "COMPLETE",
    "approve": "APPROVE",
    "disapprove": "DISAPPROVE",
    "start": "START",
    "take": "TAKE",
    "delegate": "DELEGATE",
    "defer": "DEFER",
    "renew": "RENEW",
    "deadline": "CHANGE_DEADLINE",
    "datePlan": "EDIT.PLAN",
    "changeDirector": "EDIT.ORIGINATOR",
    "changeResponsible": "EDIT",
    "changeAccomplices": "EDIT",
    "pause": "PAUSE",
    "timeTracking": "DAYPLAN.TIMER.TOGGLE",
    "mark": "RATE",
    "changeStatus": "ELAPSEDTIME.ADD",
    "reminder": "CREATE",
    "addAuditors": "CREATE",
    "elapsedTime": "ELAPSEDTIME.ADD",
    "favorite": "CREATE",
    "checklistAdd": "CHECKLIST.ADD",
    "checklistEdit": "CHECKLIST.ADD",
    "checklistSave": "CHECKLIST.ADD",
    "checklistToggle": "CHECKLIST.ADD",
    "automate": "EDIT",
    "resultEdit": None,
    "completeResult": "ELAPSEDTIME.ADD",
    "removeResult": None,
    "resultRead": None,
    "admin": "EDIT",
    "createSubtask": "CREATE",
    "copy": "CREATE",
    "saveAsTemplate": "CREATE",
    "attachFile": "EDIT",
    "detachFile": "EDIT",
    "detachParent": "EDIT",
    "createGanttDependence": "EDIT",
    "sort": None,
}
"""What may be done with a task, by the nearest action of the older version; those of results need a result and are
``false`` in the samples. Which role may do what is as unverified as there."""


def may_do(viewer: Viewer, task: Task) -> dict[str, JSON]:
    actions = viewer.portal.tasks.rights.actions(task, viewer.user_id)
    return {name: action is not None and actions[action] for name, action in ACTIONS.items()}


# Users, groups, columns, chats, tags, time


def user(viewer: Viewer, user_id: int | None) -> User | None:
    return viewer.portal.staff.user(user_id) if user_id else None


def users(viewer: Viewer, user_ids: Iterable[int]) -> list[User]:
    found = (viewer.portal.staff.user(user_id) for user_id in user_ids)
    return [one for one in found if one is not None]


FILE: Entity[None] = Entity(
    "FileDto",
    "tasks",
    (
        *(Field[None](name, INT, lambda _, one: None) for name in ("id",)),
        *(Field[None](name, TEXT, lambda _, one: None) for name in ("src", "name")),
        *(Field[None](name, INT, lambda _, one: None) for name in ("width", "height", "size")),
        *(Field[None](name, TEXT, lambda _, one: None) for name in ("subDir", "contentType")),
        Field("file", LIST, lambda _, one: None),
    ),
)
"""Pictures; nobody here has one."""

USER: Entity[User] = Entity(
    "UserDto",
    "tasks",
    (
        Field("id", INT, lambda _, one: one.id),
        Field("name", TEXT, lambda _, one: one.full_name),
        Field("role", TEXT, lambda _, one: "admin" if one.admin else "employee"),
        Field("image", OBJECT, lambda _, one: None, related=lambda: FILE),
        Field("gender", TEXT, lambda _, one: {"M": "male", "F": "female"}.get(one.gender, "")),
        Field("email", TEXT, lambda _, one: one.email),
        Field("externalAuthId", TEXT, lambda _, one: ""),
        Field("rights", LIST, lambda _, one: ()),
    ),
)

GROUP: Entity[Workgroup] = Entity(
    "GroupDto",
    "tasks",
    (
        Field("id", INT, lambda _, one: one.id),
        Field("name", TEXT, lambda _, one: one.name),
        Field("image", OBJECT, lambda _, one: None, related=lambda: FILE),
        Field("type", TEXT, lambda _, one: "project" if one.project else "group"),
        Field("isVisible", FLAG, lambda _, one: one.visible),
    ),
)

STAGE: Entity[Column] = Entity(
    "StageDto",
    "tasks",
    (
        Field("id", INT, lambda _, one: one.id),
        Field("title", TEXT, lambda _, one: one.title),
        Field("color", TEXT, lambda _, one: one.color),
    ),
)

FLOW: Entity[int] = Entity(
    "FlowDto", "tasks", (Field("id", INT, lambda _, one: one), Field("name", TEXT, lambda _, one: ""))
)

CHAT: Entity[Task] = Entity(
    "ChatDto",
    "tasks",
    (
        Field("id", INT, lambda _, one: one.chat),
        Field("entityId", INT, lambda _, one: one.id),
        Field("entityType", TEXT, lambda _, one: "TASKS_TASK"),
    ),
)

TAG: Entity[str] = Entity(
    "TagDto",
    "tasks",
    (
        Field("id", INT, lambda viewer, one: viewer.portal.tasks.tag_id(one)),
        Field("name", TEXT, lambda _, one: one),
    ),
)

ELAPSED_TIME: Entity[TimeRecord] = Entity(
    "ElapsedTimeDto",
    "tasks",
    (
        Field("id", INT, lambda _, one: one.id),
        Field("userId", INT, lambda _, one: one.user_id),
        Field("taskId", INT, lambda _, one: one.task_id),
        Field("minutes", INT, lambda _, one: one.minutes),
        Field("seconds", INT, lambda _, one: one.seconds),
        Field("source", TEXT, lambda _, one: str(one.source)),
        Field("text", TEXT, lambda _, one: one.comment),
        Field("createdAtTs", INT, lambda _, one: int(one.created.timestamp())),
        Field("startTs", INT, lambda _, one: int(one.started.timestamp())),
        Field("stopTs", INT, lambda _, one: int(one.stopped.timestamp())),
    ),
)


# Tasks

SORTABLE = frozenset({
    "id", "title", "creatorId", "created", "responsibleId", "deadline", "startPlan", "endPlan", "groupId", "priority",
    "status", "started", "estimatedTime", "changed", "closed", "activity", "mark", "allowsChangeDeadline",
    "allowsTimeTracking",
})  # fmt: skip

CLOSED = frozenset({"id", "creatorId", "created"})
"""Not to be written; ``creatorId`` is given once, to a new task. The rest is ``Editable`` to a portal, even what it
computes itself and keeps as it is."""

REQUIRED = {"title": ("add",), "creatorId": ("add",), "responsibleId": ("add",)}

BASE = (
    "id", "title", "description", "deadline", "needsControl", "startPlan", "endPlan", "fileIds", "checklist", "epicId",
    "storyPoints", "priority", "status", "statusChanged", "parentId", "containsChecklist", "containsSubTasks",
    "containsRelatedTasks", "containsGanttLinks", "containsPlacements", "containsResults", "numberOfReminders",
    "chatId", "plannedDuration", "actualDuration", "durationType", "started", "estimatedTime", "replicate", "changed",
    "closed", "activity", "guid", "xmlId", "exchangeId", "exchangeModified", "outlookVersion", "mark",
    "allowsChangeDeadline", "allowsTimeTracking", "matchesWorkTime", "addInReport", "isMultitask", "siteId",
    "deadlineCount", "declineReason", "forumTopicId", "link", "rights", "archiveLink", "crmItemIds", "requireResult",
    "matchesSubTasksTime", "autocompleteSubTasks", "allowsChangeDatePlan", "maxDeadlineChangeDate",
    "maxDeadlineChanges", "requireDeadlineChangeReason", "inFavorite", "inPin", "inGroupPin", "inMute", "dependsOn",
    "scenarios",
)  # fmt: skip
"""Shown without ``select``: the fields of both samples (tasks-task-get-rest-v3.md, tasks-task-add-rest-v3.md). People
and the group are not among them."""

Read = Callable[[Viewer, Task], Any]


def nothing(viewer: Viewer, task: Task) -> None:
    """What the sandbox has no state for."""


def marked(mark: Mark) -> Read:
    """The id of the viewer when they have marked the task so."""
    return lambda viewer, task: (
        (viewer.user_id,) if task.id in viewer.portal.tasks.marks.of(mark, viewer.user_id) else ()
    )


def archive(viewer: Viewer, task: Task) -> str:
    signature = hashlib.sha256(task.guid.encode()).hexdigest()
    return (
        f"/bitrix/tools/disk/uf.php?entityId={task.id}&entity=TASKS_TASK&fieldName=UF_TASK_WEBDAV_FILES"
        f"&signature={signature}&action=downloadArchiveByEntity&ncc=1"
    )


def status_changed(viewer: Viewer, task: Task) -> datetime | None:
    return task.status_changed if task.status_changed_by is not None else None


def stage(viewer: Viewer, task: Task) -> Column | None:
    """0 is the first column of the group."""
    kanban = viewer.portal.tasks.kanban
    if task.stage:
        return kanban.get(task.stage)
    return kanban.columns("G", task.group)[0] if task.group else None


PLAIN: dict[str, tuple[Any, Read]] = {
    "id": (INT, lambda _, task: task.id),
    "title": (TEXT, lambda _, task: task.title),
    "description": (TEXT, lambda _, task: task.description),
    "creatorId": (INT, lambda _, task: task.created_by),
    "created": (MOMENT, lambda _, task: task.created),
    "responsibleId": (INT, lambda _, task: task.responsible),
    "deadline": (MOMENT, lambda _, task: task.deadline),
    "needsControl": (FLAG, lambda _, task: task.control),
    "startPlan": (MOMENT, lambda _, task: task.start_plan),
    "endPlan": (MOMENT, lambda _, task: task.end_plan),
    "fileIds": (LIST, lambda _, task: task.files or None),
    "checklist": (LIST, lambda v, task: tuple(item.id for item in v.portal.tasks.checklists.of_task(task.id))),
    "groupId": (INT, lambda _, task: task.group or None),
    "stageId": (INT, lambda _, task: task.stage or None),
    "epicId": (INT, nothing),
    "storyPoints": (INT, nothing),
    "flowId": (INT, lambda _, task: task.flow or None),
    "priority": (TEXT, lambda _, task: word_of(PRIORITIES, task.priority)),
    "status": (TEXT, lambda _, task: word_of(STATUSES, task.status)),
    "statusChanged": (MOMENT, status_changed),
    "parentId": (INT, lambda _, task: task.parent or None),
    "containsChecklist": (FLAG, lambda v, task: bool(v.portal.tasks.checklists.of_task(task.id))),
    "containsSubTasks": (FLAG, lambda v, task: bool(v.portal.tasks.children(task.id))),
    "containsRelatedTasks": (FLAG, lambda _, task: bool(task.depends_on)),
    "containsGanttLinks": (FLAG, lambda v, task: bool(v.portal.tasks.links.of(task.id))),
    "containsPlacements": (FLAG, lambda _, task: True),
    "containsResults": (FLAG, lambda v, task: bool(v.portal.tasks.results.of_task(task.id))),
    "numberOfReminders": (INT, lambda _, task: 0),
    "chatId": (INT, lambda _, task: task.chat),
    "plannedDuration": (INT, lambda _, task: task.duration_plan or 0),
    "actualDuration": (INT, lambda _, task: 0),
    "durationType": (TEXT, lambda _, task: task.duration_type),
    "started": (MOMENT, lambda _, task: task.date_start),
    "estimatedTime": (INT, lambda _, task: task.time_estimate),
    "replicate": (FLAG, lambda _, task: False),
    "changed": (MOMENT, lambda _, task: task.changed),
    "changedById": (INT, lambda _, task: task.changed_by),
    "statusChangedById": (INT, lambda _, task: task.status_changed_by),
    "closedById": (INT, lambda _, task: task.closed_by or None),
    "closed": (MOMENT, lambda _, task: task.closed),
    "activity": (MOMENT, lambda _, task: task.activity),
    "guid": (TEXT, lambda _, task: task.guid),
    "xmlId": (TEXT, lambda _, task: task.xml_id),
    "exchangeId": (TEXT, nothing),
    "exchangeModified": (TEXT, nothing),
    "outlookVersion": (INT, lambda _, task: task.version),
    "mark": (TEXT, lambda _, task: task.mark or NO_MARK),
    "allowsChangeDeadline": (FLAG, lambda _, task: task.allow_change_deadline),
    "allowsTimeTracking": (FLAG, lambda _, task: task.allow_time_tracking),
    "matchesWorkTime": (FLAG, lambda _, task: task.match_work_time),
    "addInReport": (FLAG, lambda _, task: task.add_in_report or None),
    "isMultitask": (FLAG, lambda _, task: False),
    "siteId": (TEXT, lambda _, task: SITE),
    "forkedByTemplateId": (INT, nothing),
    "deadlineCount": (INT, nothing),
    "declineReason": (TEXT, nothing),
    "forumTopicId": (INT, nothing),
    "link": (TEXT, lambda v, task: f"/company/personal/user/{v.user_id}/tasks/task/view/{task.id}/"),
    "rights": (LIST, may_do),
    "archiveLink": (TEXT, archive),
    "crmItemIds": (LIST, lambda _, task: task.bindings),
    "requireResult": (FLAG, lambda _, task: task.result_required),
    "matchesSubTasksTime": (FLAG, lambda _, task: task.dates_from_subtasks),
    "autocompleteSubTasks": (FLAG, lambda _, task: task.completes_with_subtasks),
    "allowsChangeDatePlan": (FLAG, lambda _, task: False),
    "emailId": (INT, nothing),
    "maxDeadlineChangeDate": (MOMENT, nothing),
    "maxDeadlineChanges": (INT, nothing),
    "requireDeadlineChangeReason": (FLAG, lambda _, task: False),
    "inFavorite": (LIST, marked(Mark.FAVORITE)),
    "inPin": (LIST, marked(Mark.PINNED)),
    "inGroupPin": (LIST, lambda _, task: ()),
    "inMute": (LIST, marked(Mark.MUTED)),
    "dependsOn": (LIST, lambda _, task: task.depends_on),
    "scenarios": (LIST, lambda _, task: ("default",)),
}

RELATED: dict[str, Field[Task]] = {
    "creatorId": Field("creator", OBJECT, lambda v, task: user(v, task.created_by), related=lambda: USER),
    "responsibleId": Field("responsible", OBJECT, lambda v, task: user(v, task.responsible), related=lambda: USER),
    "groupId": Field("group", OBJECT, lambda v, task: v.portal.workgroups.get(task.group), related=lambda: GROUP),
    "stageId": Field("stage", OBJECT, stage, related=lambda: STAGE),
    "flowId": Field("flow", OBJECT, lambda _, task: task.flow or None, related=lambda: FLOW),
    "parentId": Field("parent", OBJECT, lambda v, task: readable(v, task.parent), related=lambda: TASK),
    "chatId": Field("chat", OBJECT, lambda _, task: task, related=lambda: CHAT),
    "changedById": Field("changedBy", OBJECT, lambda v, task: user(v, task.changed_by), related=lambda: USER),
    "statusChangedById": Field(
        "statusChangedBy", OBJECT, lambda v, task: user(v, task.status_changed_by), related=lambda: USER
    ),
    "closedById": Field("closedBy", OBJECT, lambda v, task: user(v, task.closed_by), related=lambda: USER),
}
"""An object, after the field with its id."""

PEOPLE = (
    Field[Task]("accomplices", LIST, lambda v, task: users(v, task.accomplices), editable=True, related=lambda: USER,
                many=True),
    Field[Task]("auditors", LIST, lambda v, task: users(v, task.auditors), editable=True, related=lambda: USER,
                many=True),
)  # fmt: skip
"""Read as objects, written as ids."""


def readable(viewer: Viewer, task_id: int) -> Task | None:
    """A parent one may not see is no parent."""
    task = viewer.portal.tasks.get(task_id) if task_id else None
    return task if task is not None and viewer.portal.tasks.rights.may_read(task, viewer.user_id) else None


def last_record(viewer: Viewer, task: Task) -> TimeRecord | None:
    """One object by the page; which of several is unverified."""
    records = viewer.portal.tasks.elapsed_time.of_task(task.id)
    return records[-1] if records else None


def word_of(words: dict[str, Any], value: object) -> str:
    return next(word for word, meant in words.items() if meant == value)


def task_fields() -> Iterable[Field[Task]]:
    for name, (kind, read) in PLAIN.items():
        yield Field(
            name,
            kind,
            read,
            filterable=name == "id",
            sortable=name in SORTABLE,
            editable=name not in CLOSED,
            required=REQUIRED.get(name, ()),
        )
        if name in RELATED:
            yield RELATED[name]
        if name == "statusChanged":
            yield from PEOPLE
        if name == "forumTopicId":
            yield Field("tags", LIST, lambda _, task: task.tags, related=lambda: TAG, many=True)
        if name == "crmItemIds":
            yield Field("elapsedTime", OBJECT, last_record, related=lambda: ELAPSED_TIME)


TASK: Entity[Task] = Entity("TaskDto", "tasks", tuple(task_fields()), BASE, drops_unknown=True)

ACCESS: Entity[Task] = Entity(
    "AccessDto",
    "tasks",
    (
        Field(
            "id",
            INT,
            lambda _, task: task.id,
            filterable=True,
            sortable=True,
            title="ID",
            description="Идентификатор",
        ),
    ),
)
"""All that tasks-task-access-field-list.md shows."""

FILES: Entity[Task] = Entity(
    "FileDto",
    "tasks",
    (
        Field("taskId", INT, lambda _, task: task.id, required=("add",)),
        Field("fileIds", LIST, lambda _, task: task.files, required=("add",)),
    ),
)

MESSAGE: Entity[Task] = Entity(
    "MessageDto",
    "tasks",
    (
        Field("id", INT, nothing, filterable=True, sortable=True),
        Field("taskId", INT, lambda _, task: task.id, required=("add",)),
        Field("text", TEXT, nothing, required=("add",)),
    ),
)


# Results

RESULT_BASE = (
    "id", "taskId", "text", "authorId", "createdAt", "updatedAt", "status", "fileIds", "rights", "messageId",
)  # fmt: skip


def may_change(viewer: Viewer, result: TaskResult) -> bool:
    """Its author (tasks-task-result-update.md)."""
    return result.author == viewer.user_id


RESULT: Entity[TaskResult] = Entity(
    "ResultDto",
    "tasks",
    (
        Field("id", INT, lambda _, one: one.id, filterable=True, sortable=True),
        Field("taskId", INT, lambda _, one: one.task_id, filterable=True, required=("add",)),
        Field("text", TEXT, lambda _, one: one.text, editable=True, required=("add", "update")),
        Field("authorId", INT, lambda _, one: one.author, filterable=True, sortable=True),
        Field("author", OBJECT, lambda viewer, one: user(viewer, one.author), related=lambda: USER),
        Field("createdAt", MOMENT, lambda _, one: one.created, sortable=True),
        Field("updatedAt", MOMENT, lambda _, one: one.updated, sortable=True),
        Field("status", TEXT, lambda _, one: "closed" if one.closed else "open", filterable=True, sortable=True),
        Field("fileIds", LIST, lambda _, one: ()),
        Field(
            "rights",
            LIST,
            lambda viewer, one: dict.fromkeys(("edit", "remove"), may_change(viewer, one)),
        ),
        Field(
            "messageId",
            INT,
            lambda _, one: one.message,
            filterable=True,
            sortable=True,
            required=("addfromchatmessage",),
        ),
    ),
    RESULT_BASE,
)
