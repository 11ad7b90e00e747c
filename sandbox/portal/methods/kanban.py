"""``task.stages.*``: api-reference/tasks/stages/. Columns of a group's kanban (``entityId`` is the group), and of "my
plan" (``entityId`` 0)."""

from __future__ import annotations

from sandbox.portal.errors import RestError
from sandbox.portal.kanban import GROUP, USER, Column
from sandbox.portal.loose import as_int, as_text
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method


@rest_method("task.stages.get", scope="task", docs="api-reference/tasks/stages/task-stages-get.md")
def get_stages(portal: Portal, caller: Caller, params: Params) -> JSON:
    group_id = params.require_int("entityId")
    if group_id == 0:
        return by_id(portal.tasks.kanban.columns(USER, caller.user_id))
    if not may_enter(portal, caller, group_id, params):
        raise RestError("ACCESS_DENIED", "Вы не можете просматривать стадии в этой группе")
    return by_id(portal.tasks.kanban.columns(GROUP, group_id))


@rest_method("task.stages.add", scope="task", docs="api-reference/tasks/stages/task-stages-add.md")
def add_stage(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.require_object("fields")
    title = (as_text(fields.get("TITLE")) or "").strip()
    if not title:
        raise RestError("EMPTY_TITLE", "Не указан заголовок стадии")
    group_id = as_int(fields.get("ENTITY_ID")) or 0
    owner = (GROUP, group_id) if group_id else (USER, caller.user_id)
    if group_id and not may_enter(portal, caller, group_id, params):
        raise RestError("ACCESS_DENIED", "Вы не можете управлять стадиями")
    color = (as_text(fields.get("COLOR")) or "").lstrip("#")
    return portal.tasks.kanban.add(*owner, title, color=color, after=as_int(fields.get("AFTER_ID")) or 0).id


@rest_method("task.stages.update", scope="task", docs="api-reference/tasks/stages/task-stages-update.md")
def update_stage(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Without ``AFTER_ID`` the column stays where it is: the page says it moves to the beginning, but also calls this
    the method to rename one (unverified)."""
    column = require_column(portal, params.require_int("id"))
    fields = params.require_object("fields")
    if not may_change(portal, caller, column, params):
        raise RestError("ACCESS_DENIED", "Вы не можете изменять стадии в этой группе")
    title, color = as_text(fields.get("TITLE")), as_text(fields.get("COLOR"))
    portal.tasks.kanban.update(
        column,
        title=title or None,
        color=color.lstrip("#") if color else None,
        after=as_int(fields["AFTER_ID"]) or 0 if "AFTER_ID" in fields else None,
    )
    return True


@rest_method("task.stages.delete", scope="task", docs="api-reference/tasks/stages/task-stages-delete.md")
def delete_stage(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The page says the column must hold no tasks, but names no code for it (``NOT_EMPTY`` is unverified)."""
    column = require_column(portal, params.require_int("id"))
    if not may_change(portal, caller, column, params):
        raise RestError("ACCESS_DENIED", "Вы не можете управлять стадиями")
    if portal.tasks.kanban.is_first(column):
        raise RestError("CANT_DELETE_FIRST", "Нельзя удалить первую стадию. Передвиньте стадию, чтобы удалить")
    if column.system_type is not None:
        raise RestError("IS_SYSTEM", "Стадия, установленная по умолчанию, не может быть удалена")
    if not portal.tasks.kanban.is_empty(column):
        raise RestError("NOT_EMPTY", "Стадия содержит задачи")
    portal.tasks.kanban.delete(column)
    return True


@rest_method("task.stages.canmovetask", scope="task", docs="api-reference/tasks/stages/task-stages-can-move-task.md")
def can_move_task(portal: Portal, caller: Caller, params: Params) -> JSON:
    entity_id = params.require_int("entityId")
    if params.require_text("entityType") == USER:
        return entity_id == caller.user_id
    return may_move(portal, caller, entity_id)


@rest_method("task.stages.movetask", scope="task", docs="api-reference/tasks/stages/task-stages-move-task.md")
def move_task(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``before`` or ``after`` name a task of the column. A column of another group than the task's is
    ``ACCESS_DENIED_MOVE`` (unverified).
    """
    task = portal.tasks.get(params.require_int("id"))
    column = require_column(portal, params.require_int("stageId"))
    if task is None or not portal.tasks.rights.may_read(task, caller.user_id):
        raise RestError("TASK_NOT_FOUND", "Задача не найдена или доступ к ней запрещен")
    if column.owner_type == USER:
        allowed = column.owner_id == caller.user_id
    else:
        allowed = column.owner_id == task.group and may_move(portal, caller, task.group)
    if not allowed:
        raise RestError("ACCESS_DENIED_MOVE", "Вы не можете перемещать эту задачу")
    before, after = as_int(params.get("before")) or 0, as_int(params.get("after")) or 0
    portal.tasks.kanban.move(task, column, by=caller.user_id, before=before, after=after)
    return True


def require_column(portal: Portal, column_id: int) -> Column:
    column = portal.tasks.kanban.get(column_id)
    if column is None:
        raise RestError("NOT_FOUND", "Стадия не найдена")
    return column


def may_enter(portal: Portal, caller: Caller, group_id: int, params: Params) -> bool:
    """Members, and an administrator with ``isAdmin``; "with access to the group" is all the page says (unverified)."""
    if portal.workgroups.get(group_id) is None:
        return False
    return as_portal_admin(caller, params) or portal.workgroups.role(group_id, caller.user_id) is not None


def may_change(portal: Portal, caller: Caller, column: Column, params: Params) -> bool:
    """Everybody, an administrator too, changes only their own plan (api-reference/tasks/stages/index.md)."""
    if column.owner_type == USER:
        return column.owner_id == caller.user_id
    return may_enter(portal, caller, column.owner_id, params)


def may_move(portal: Portal, caller: Caller, group_id: int) -> bool:
    if portal.workgroups.get(group_id) is None:
        return False
    return caller.admin or portal.workgroups.role(group_id, caller.user_id) is not None


def as_portal_admin(caller: Caller, params: Params) -> bool:
    return caller.admin and params.flag("isAdmin")


def by_id(columns: list[Column]) -> JSON:
    return {str(column.id): shown(column) for column in columns} or []


def shown(column: Column) -> dict[str, JSON]:
    return {
        "ID": str(column.id),
        "TITLE": column.title,
        "SORT": str(column.sort),
        "COLOR": column.color,
        "SYSTEM_TYPE": column.system_type,
        "ENTITY_ID": str(column.owner_id),
        "ENTITY_TYPE": column.owner_type,
        "ADDITIONAL_FILTER": [],
        "TO_UPDATE": [],
        "TO_UPDATE_ACCESS": None,
    }
