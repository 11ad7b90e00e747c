"""``crm.activity.todo.*``: universal to-dos. ``api-reference/crm/timeline/activities/todo/``."""

from __future__ import annotations

from datetime import datetime

from sandbox.portal.crm.activities import BY_PROVIDER, TODO, Activity
from sandbox.portal.crm.rights import UPDATE
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int
from sandbox.portal.moments import read_moment
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method

DOCS = "api-reference/crm/timeline/activities/todo/"
COLORS = ("default", "1", "2", "3", "4", "5", "6", "7")


@rest_method("crm.activity.todo.add", scope="crm", docs=DOCS + "crm-activity-todo-add.md")
def add_todo(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Everything stands beside ``ownerTypeId``, there is no ``fields``."""
    owner = (params.require_int("ownerTypeId"), params.require_int("ownerId"))
    deadline = read_deadline(params, "deadline")
    portal.crm.require_owner(*owner, UPDATE)
    changes = read_changes(portal, params)
    activity = portal.crm.activities.start([owner], BY_PROVIDER, TODO, "TODO", "", caller.user_id)
    activity.start = activity.end = activity.deadline = deadline
    for name, value in changes.items():
        setattr(activity, name, value)
    portal.crm.activities.announce_new(activity)
    return {"id": activity.id}


@rest_method("crm.activity.todo.update", scope="crm", docs=DOCS + "crm-activity-todo-update.md")
def update_todo(portal: Portal, caller: Caller, params: Params) -> JSON:
    """What is not sent stays as it was, the deadline excepted."""
    deadline = read_deadline(params, "deadline")
    activity = require_todo(portal, params)
    require_open(activity, "CAN_NOT_UPDATE_COMPLETED_TODO", "Закрытое дело нельзя изменять")
    return save(portal, caller, activity, {**times(deadline), **read_changes(portal, params)})


@rest_method("crm.activity.todo.updateDeadline", scope="crm", docs=DOCS + "crm-activity-todo-update-deadline.md")
def update_deadline(portal: Portal, caller: Caller, params: Params) -> JSON:
    deadline = read_deadline(params, "value")
    activity = require_todo(portal, params)
    require_open(activity, "CAN_NOT_UPDATE_COMPLETED_TODO", "Закрытое дело нельзя изменять")
    return save(portal, caller, activity, times(deadline))


@rest_method("crm.activity.todo.updateDescription", scope="crm", docs=DOCS + "crm-activity-todo-update-description.md")
def update_description(portal: Portal, caller: Caller, params: Params) -> JSON:
    description = params.require_text("value")
    activity = require_todo(portal, params)
    require_open(activity, "CAN_NOT_UPDATE_COMPLETED_TODO", "Закрытое дело нельзя изменять")
    return save(portal, caller, activity, {"description": description})


@rest_method("crm.activity.todo.updateColor", scope="crm", docs=DOCS + "crm-activity-todo-update-color.md")
def update_color(portal: Portal, caller: Caller, params: Params) -> JSON:
    color = params.require_text("colorId")
    activity = require_todo(portal, params)
    require_open(activity, "CAN_NOT_UPDATE_COLOR_COMPLETED_TODO", "Невозможно изменить цвет в закрытом деле")
    return save(portal, caller, activity, {"settings": {**activity.settings, "COLOR": checked_color(color)}})


@rest_method(
    "crm.activity.todo.updateResponsibleUser", scope="crm", docs=DOCS + "crm-activity-todo-update-responsible-user.md"
)
def update_responsible(portal: Portal, caller: Caller, params: Params) -> JSON:
    responsible = params.require_int("responsibleId")
    activity = require_todo(portal, params)
    if responsible <= 0:
        raise RestError("INVALID_ARG_VALUE", 'Parameter "responsibleId" must be greater than 0')
    require_open(
        activity,
        "CAN_NOT_UPDATE_RESPONSIBLE_USER_COMPLETED_TODO",
        "Невозможно изменить ответственного в закрытом деле",
    )
    return save(portal, caller, activity, {"responsible_id": responsible})


def require_todo(portal: Portal, params: Params) -> Activity:
    """A universal to-do of the named item. Raises ``OWNER_NOT_FOUND``, ``ACCESS_DENIED``, ``NOT_FOUND``."""
    number = params.require_int("id")
    owner = (params.require_int("ownerTypeId"), params.require_int("ownerId"))
    portal.crm.require_owner(*owner, UPDATE)
    activity = portal.crm.activities.get(number)
    if activity is None or activity.provider_id != TODO or owner not in activity.owners:
        raise RestError("NOT_FOUND", "Not found.")
    return activity


def require_open(activity: Activity, code: str, words: str) -> None:
    if activity.completed:
        raise RestError(code, words)


def read_deadline(params: Params, name: str) -> datetime:
    deadline = read_moment(params.require(name))
    if deadline is None:
        raise RestError("WRONG_DATETIME_FORMAT", "Некорректный формат даты")
    return deadline


def read_changes(portal: Portal, params: Params) -> dict[str, object]:
    """What ``add`` and ``update`` share, under the names of ``Activity``. Raises ``ERROR_PARENT_ACTIVITY_RESTRICT`` for
    a parent that is closed."""
    changes: dict[str, object] = {}
    if params.has("title"):
        changes["subject"] = params.text("title")
    if params.has("description"):
        changes["description"] = params.text("description")
    responsible = params.optional_int("responsibleId")
    if responsible:
        changes["responsible_id"] = responsible
    if params.has("pingOffsets"):
        changes["ping_offsets"] = [number for number in map(as_int, params.values("pingOffsets")) if number is not None]
    if params.has("colorId"):
        changes["settings"] = {"COLOR": checked_color(params.text("colorId"))}
    parent_id = params.optional_int("parentActivityId")
    if parent_id:
        parent = portal.crm.activities.get(parent_id)
        if parent is not None and parent.completed:
            raise RestError("ERROR_PARENT_ACTIVITY_RESTRICT", "Невозможно запланировать дело для закрытого дела")
        changes["associated_entity_id"] = parent_id if parent is not None else 0
    return changes


def checked_color(color: str) -> str:
    if color not in COLORS:
        raise RestError("CAN_NOT_UPDATE_WRONG_COLOR_TODO", "Некорректное значение цвета")
    return color


def times(deadline: datetime) -> dict[str, object]:
    """All three times of a to-do are its deadline (unverified)."""
    return {"start": deadline, "end": deadline, "deadline": deadline}


def save(portal: Portal, caller: Caller, activity: Activity, changes: dict[str, object]) -> JSON:
    portal.crm.activities.change(activity, caller.user_id, changes)
    return {"id": activity.id}
