"""Tasks as answers show them: camelCase names, nearly every value a string (api-reference/tasks/fields.md).

``in_card`` is what ``tasks.task.get`` and the methods that change a task answer, ``in_list`` a row of
``tasks.task.list``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from sandbox.portal.bbcode import as_html
from sandbox.portal.checklists import ROOT, ChecklistItem
from sandbox.portal.clock import iso
from sandbox.portal.php import JSON
from sandbox.portal.task_marks import Mark
from sandbox.portal.task_search import OVERDUE, SITE, not_viewed, sub_status
from sandbox.portal.tasks import Task

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

DEFAULT_AVATAR = "/bitrix/images/tasks/default_avatar.png"
DEFAULT_GROUP_IMAGE = "/bitrix/images/socialnetwork/workgroup/folder.png"

Renderer: TypeAlias = "Callable[[Portal, int, Task], JSON]"
"""Portal, who asks, the task."""


def yes(value: object) -> str:
    return "Y" if value else "N"


def moment(value: datetime | None) -> str | None:
    return None if value is None else iso(value)


def digits(value: int | None) -> str | None:
    return None if value is None else str(value)


def ids(values: Iterable[int]) -> list[str]:
    return [str(value) for value in values]


def person(portal: Portal, user_id: int) -> dict[str, JSON]:
    user = portal.staff.user(user_id)
    return {
        "id": str(user_id),
        "name": user.full_name if user else "",
        "link": f"/company/personal/user/{user_id}/",
        "icon": DEFAULT_AVATAR,
        "workPosition": user.position if user else "",
    }


def people(portal: Portal, user_ids: Sequence[int]) -> JSON:
    return {str(user_id): person(portal, user_id) for user_id in user_ids} or []


def group(portal: Portal, task: Task) -> JSON:
    found = portal.workgroups.get(task.group)
    if found is None:
        return []
    return {
        "id": str(found.id),
        "name": found.name,
        "opened": found.opened,
        "membersCount": len(found.members),
        "image": DEFAULT_GROUP_IMAGE,
        "additionalData": [],
    }


def sorting(portal: Portal, task: Task) -> str | None:
    """Where somebody has put the task in its column; the scale of the numbers is unverified."""
    place = portal.tasks.kanban.place(task)
    return None if place is None else str(1024 * (place + 1))


def tags(portal: Portal, task: Task) -> JSON:
    numbered = [(portal.tasks.tag_id(title), title) for title in task.tags]
    return {str(number): {"id": number, "title": title} for number, title in numbered} or []


def counter(portal: Portal, user_id: int, task: Task) -> dict[str, JSON]:
    """Only overdue tasks are counted; there is nothing unread in the sandbox."""
    overdue = int(user_id in task.members and sub_status(portal, task, user_id, portal.clock.now()) == OVERDUE)
    counters = ("newComments", "projectExpired", "projectNewComments", "mutedExpired", "mutedNewComments")
    return {
        "counters": {"expired": overdue, **dict.fromkeys(counters, 0)},
        "color": "danger" if overdue else "gray",
        "value": overdue,
    }


STORED: dict[str, Renderer] = {
    "ID": lambda portal, user_id, task: str(task.id),
    "PARENT_ID": lambda portal, user_id, task: digits(task.parent or None),
    "TITLE": lambda portal, user_id, task: task.title,
    "DESCRIPTION": lambda portal, user_id, task: task.description,
    "MARK": lambda portal, user_id, task: task.mark,
    "PRIORITY": lambda portal, user_id, task: str(task.priority),
    "MULTITASK": lambda portal, user_id, task: "N",
    "NOT_VIEWED": lambda portal, user_id, task: yes(not_viewed(portal, task, user_id)),
    "REPLICATE": lambda portal, user_id, task: "N",
    "STAGE_ID": lambda portal, user_id, task: str(task.stage),
    "SPRINT_ID": lambda portal, user_id, task: None,
    "BACKLOG_ID": lambda portal, user_id, task: None,
    "CREATED_BY": lambda portal, user_id, task: str(task.created_by),
    "CREATED_DATE": lambda portal, user_id, task: iso(task.created),
    "RESPONSIBLE_ID": lambda portal, user_id, task: str(task.responsible),
    "CHANGED_BY": lambda portal, user_id, task: str(task.changed_by),
    "CHANGED_DATE": lambda portal, user_id, task: iso(task.changed),
    "STATUS_CHANGED_BY": lambda portal, user_id, task: digits(task.status_changed_by),
    "CLOSED_BY": lambda portal, user_id, task: digits(task.closed_by),
    "CLOSED_DATE": lambda portal, user_id, task: moment(task.closed),
    "ACTIVITY_DATE": lambda portal, user_id, task: iso(task.activity),
    "DATE_START": lambda portal, user_id, task: moment(task.date_start),
    "DEADLINE": lambda portal, user_id, task: moment(task.deadline),
    "START_DATE_PLAN": lambda portal, user_id, task: moment(task.start_plan),
    "END_DATE_PLAN": lambda portal, user_id, task: moment(task.end_plan),
    "GUID": lambda portal, user_id, task: task.guid,
    "XML_ID": lambda portal, user_id, task: task.xml_id,
    "COMMENTS_COUNT": lambda portal, user_id, task: digits(portal.tasks.comments.count(task.id) or None),
    "SERVICE_COMMENTS_COUNT": lambda portal, user_id, task: None,
    "ALLOW_CHANGE_DEADLINE": lambda portal, user_id, task: yes(task.allow_change_deadline),
    "ALLOW_TIME_TRACKING": lambda portal, user_id, task: yes(task.allow_time_tracking),
    "TASK_CONTROL": lambda portal, user_id, task: yes(task.control),
    "ADD_IN_REPORT": lambda portal, user_id, task: yes(task.add_in_report),
    "FORKED_BY_TEMPLATE_ID": lambda portal, user_id, task: None,
    "TIME_ESTIMATE": lambda portal, user_id, task: str(task.time_estimate),
    "TIME_SPENT_IN_LOGS": lambda portal, user_id, task: digits(portal.tasks.elapsed_time.spent(task.id)),
    "MATCH_WORK_TIME": lambda portal, user_id, task: yes(task.match_work_time),
    "FORUM_TOPIC_ID": lambda portal, user_id, task: None,
    "FORUM_ID": lambda portal, user_id, task: None,
    "SITE_ID": lambda portal, user_id, task: SITE,
    "SUBORDINATE": lambda portal, user_id, task: yes(portal.staff.is_head_over(task.created_by, task.responsible)),
    "EXCHANGE_MODIFIED": lambda portal, user_id, task: None,
    "EXCHANGE_ID": lambda portal, user_id, task: None,
    "OUTLOOK_VERSION": lambda portal, user_id, task: str(task.version),
    "VIEWED_DATE": lambda portal, user_id, task: moment(portal.tasks.viewed(task.id, user_id)),
    "SORTING": lambda portal, user_id, task: sorting(portal, task),
    "DURATION_FACT": lambda portal, user_id, task: None,
    "IS_MUTED": lambda portal, user_id, task: yes(task.id in portal.tasks.marks.of(Mark.MUTED, user_id)),
    "IS_PINNED": lambda portal, user_id, task: yes(task.id in portal.tasks.marks.of(Mark.PINNED, user_id)),
    "IS_PINNED_IN_GROUP": lambda portal, user_id, task: "N",
    "FLOW_ID": lambda portal, user_id, task: digits(task.flow or None),
    "DESCRIPTION_IN_BBCODE": lambda portal, user_id, task: "Y",
    "STATUS": lambda portal, user_id, task: str(int(task.status)),
    "STATUS_CHANGED_DATE": lambda portal, user_id, task: iso(task.status_changed),
    "DURATION_PLAN": lambda portal, user_id, task: digits(task.duration_plan),
    "DURATION_TYPE": lambda portal, user_id, task: task.duration_type,
    "FAVORITE": lambda portal, user_id, task: yes(task.id in portal.tasks.favorites(user_id)),
    "GROUP_ID": lambda portal, user_id, task: str(task.group),
    "AUDITORS": lambda portal, user_id, task: ids(task.auditors),
    "ACCOMPLICES": lambda portal, user_id, task: ids(task.accomplices),
}
"""Shown unless other names are selected, in the order of the samples."""

COMPUTED: dict[str, Renderer] = {
    "CHECKLIST": lambda portal, user_id, task: checklist(portal, user_id, task),
    "NEW_COMMENTS_COUNT": lambda portal, user_id, task: 0,
}

ON_REQUEST: dict[str, Renderer] = {
    "TAGS": lambda portal, user_id, task: tags(portal, task),
    "DEPENDS_ON": lambda portal, user_id, task: ids(task.depends_on),
    "CHAT_ID": lambda portal, user_id, task: task.chat,
}

CRM_AND_FILES: dict[str, Renderer] = {
    "UF_CRM_TASK": lambda portal, user_id, task: list(task.bindings) or False,
    "UF_TASK_WEBDAV_FILES": lambda portal, user_id, task: list(task.files) or False,
    "UF_MAIL_MESSAGE": lambda portal, user_id, task: None,
}
"""Shown all three when one is selected, and ``false`` when empty (fields.md; recorded answers)."""


def in_card(portal: Portal, user_id: int, task: Task, select: Sequence[str] = ()) -> dict[str, JSON]:
    """The task with the people, the group and what may be done around it."""
    every = not select or "*" in select
    names = [*STORED, *COMPUTED, *select] if every else select
    shown = plain(portal, user_id, task, names)
    shown["favorite"] = STORED["FAVORITE"](portal, user_id, task)
    shown["group"] = group(portal, task)
    shown.update(around(portal, task, names))
    shown["action"] = {camel_action(name): may for name, may in portal.tasks.rights.actions(task, user_id).items()}
    if every:
        shown["checkListTree"] = checklist_tree(portal, user_id, task)
        shown["checkListCanAdd"] = portal.tasks.rights.may("CHECKLIST.ADD", task, user_id)
    return shown


def in_list(
    portal: Portal, user_id: int, task: Task, select: Sequence[str] = (), extras: frozenset[str] = frozenset()
) -> dict[str, JSON]:
    """A row. ``extras`` are the names in ``params``: ``WITH_RESULT_INFO``, ``WITH_TIMER_INFO``,
    ``WITH_PARSED_DESCRIPTION``."""
    every = not select or "*" in select
    names = [*STORED, "NEW_COMMENTS_COUNT", *select] if every else list(select)
    shown = plain(portal, user_id, task, names)
    shown["group"] = group(portal, task)
    shown.update(around(portal, task, names))
    if "WITH_RESULT_INFO" in extras:
        shown["taskRequireResult"] = yes(task.result_required)
        shown["taskHasOpenResult"] = yes(portal.tasks.results.has_open(task.id))
        shown["taskHasResult"] = yes(portal.tasks.results.of_task(task.id))
    if "WITH_TIMER_INFO" in extras:
        shown["timeElapsed"] = portal.tasks.elapsed_time.spent(task.id)
        shown["timerIsRunningForCurrentUser"] = "N"
    if "WITH_PARSED_DESCRIPTION" in extras:
        shown["parsedDescription"] = as_html(task.description)
    if "COUNTERS" in names:
        shown["counter"] = counter(portal, user_id, task)
    if "STATUS" in names:
        shown["subStatus"] = str(sub_status(portal, task, user_id, portal.clock.now()))
    return shown


def plain(portal: Portal, user_id: int, task: Task, names: Iterable[str]) -> dict[str, JSON]:
    """Values under the selected names, in the portal's own order; the id is always among them."""
    wanted = {"ID", *names}
    if "DESCRIPTION" in wanted:
        wanted.add("DESCRIPTION_IN_BBCODE")
    if wanted & CRM_AND_FILES.keys() or "UF_*" in wanted:
        wanted.update(CRM_AND_FILES)
    known = {**STORED, **COMPUTED, **ON_REQUEST, **CRM_AND_FILES}
    shown = {camel(name): render(portal, user_id, task) for name, render in known.items() if name in wanted}
    for name, value in portal.tasks.fields.show(task.user_fields or {}).items():
        if name in wanted or "UF_*" in wanted:
            shown[camel(name)] = value
    return shown


def around(portal: Portal, task: Task, names: Iterable[str]) -> dict[str, JSON]:
    """People in words, for those whose ids were asked for."""
    roles: dict[str, tuple[str, Callable[[], JSON]]] = {
        "CREATED_BY": ("creator", lambda: person(portal, task.created_by)),
        "RESPONSIBLE_ID": ("responsible", lambda: person(portal, task.responsible)),
        "ACCOMPLICES": ("accomplicesData", lambda: people(portal, task.accomplices)),
        "AUDITORS": ("auditorsData", lambda: people(portal, task.auditors)),
    }
    return {key: show() for name, (key, show) in roles.items() if name in names}


def checklist(portal: Portal, user_id: int, task: Task) -> JSON:
    """Items by id, or an empty list."""
    items = portal.tasks.checklists.of_task(task.id)
    actions = checklist_actions(portal, user_id, task)
    return {
        str(item.id): {
            "id": str(item.id),
            "taskId": str(task.id),
            "createdBy": str(item.created_by),
            "parentId": str(item.parent) if item.parent else ROOT,
            "title": item.title,
            "sortIndex": str(item.sort_index),
            "isComplete": yes(item.complete),
            "isImportant": yes(item.important),
            "toggledBy": digits(item.toggled_by),
            "toggledDate": moment(item.toggled),
            "ufChecklistFiles": False,
            "members": checklist_members(portal, item),
            "attachments": [],
            "entityId": str(task.id),
            "action": actions,
        }
        for item in items
    } or []


def checklist_members(portal: Portal, item: ChecklistItem) -> list[JSON]:
    return [
        {"id": str(user_id), "type": kind, "name": user.full_name if (user := portal.staff.user(user_id)) else ""}
        for user_id, kind in item.members.items()
    ]


def checklist_actions(portal: Portal, user_id: int, task: Task) -> dict[str, JSON]:
    may = portal.tasks.rights.may("CHECKLIST.ADD", task, user_id)
    return dict.fromkeys(("modify", "remove", "toggle", "add", "addAccomplice"), may)


def checklist_tree(portal: Portal, user_id: int, task: Task) -> dict[str, JSON]:
    """The same items as nodes, numbered from top to bottom; the root stands for the task."""
    actions = checklist_actions(portal, user_id, task)
    numbers = iter(range(1, len(portal.tasks.checklists.of_task(task.id)) + 1))

    def node(item: ChecklistItem, position: str) -> dict[str, JSON]:
        number = next(numbers)
        below = portal.tasks.checklists.children(task.id, item.id)
        prefix = f"{position}." if position else ""
        return {
            "nodeId": number,
            "fields": {
                "id": item.id,
                "copiedId": None,
                "entityId": task.id,
                "userId": user_id,
                "createdBy": item.created_by,
                "parentId": item.parent,
                "title": item.title,
                "sortIndex": item.sort_index,
                "displaySortIndex": position,
                "isComplete": item.complete,
                "isImportant": item.important,
                "completedCount": sum(child.complete for child in below),
                "members": checklist_members(portal, item),
                "attachments": [],
                "nodeId": None,
            },
            "action": actions,
            "descendants": [node(child, f"{prefix}{place}") for place, child in enumerate(below, start=1)],
        }

    nothing = ("id", "copiedId", "entityId", "createdBy", "parentId", "sortIndex")
    lists = portal.tasks.checklists.children(task.id, ROOT)
    return {
        "nodeId": 0,
        "fields": {
            **dict.fromkeys(nothing),
            "userId": user_id,
            "title": "",
            "displaySortIndex": "",
            "isComplete": False,
            "isImportant": False,
            "completedCount": 0,
            "members": [],
            "attachments": [],
            "nodeId": None,
        },
        "action": [],
        "descendants": [node(item, "") for item in lists],
    }


def camel(name: str) -> str:
    """``UF_CRM_TASK`` -> ``ufCrmTask``."""
    first, *others = name.lower().split("_")
    return first + "".join(word.capitalize() for word in others)


def camel_action(name: str) -> str:
    """``CHANGE_DEADLINE`` -> ``changeDeadline``, ``EDIT.PLAN`` -> ``edit.plan``."""
    return name.lower() if "." in name else camel(name)
