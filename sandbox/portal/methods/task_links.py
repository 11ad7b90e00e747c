"""``task.dependence.*``: links of the Gantt chart (api-reference/tasks/task-dependence-add.md)."""

from __future__ import annotations

from sandbox.portal.errors import RestError
from sandbox.portal.methods.tasks import readable_task
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method
from sandbox.portal.task_links import IllegalLinkError, LinkType


@rest_method("task.dependence.add", scope="task", docs="api-reference/tasks/task-dependence-add.md")
def add_link(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``linkType``: 0 start-start, 1 start-finish, 2 finish-start, 3 finish-finish."""
    pair = read_pair(params)
    number = params.require_int("linkType")
    if number not in set(LinkType) or not may_link(portal, caller, pair):
        raise RestError("ACTION_NOT_ALLOWED", "Невозможно добавить связь между задачами")
    try:
        portal.tasks.links.add(*pair, LinkType(number))
    except IllegalLinkError:
        raise RestError("ILLEGAL_NEW_LINK", "Связь между задачами уже существует") from None
    return []


@rest_method("task.dependence.delete", scope="task", docs="api-reference/tasks/task-dependence-delete.md")
def delete_link(portal: Portal, caller: Caller, params: Params) -> JSON:
    pair = read_pair(params)
    if not may_link(portal, caller, pair):
        raise RestError("ACTION_NOT_ALLOWED", "Невозможно удалить связь между задачами")
    if not portal.tasks.links.remove(*pair):
        raise RestError("ILLEGAL_NEW_LINK", "Связь между задачами не существует")
    return []


def read_pair(params: Params) -> tuple[int, int]:
    return params.require_int("taskIdFrom"), params.require_int("taskIdTo")


def may_link(portal: Portal, caller: Caller, pair: tuple[int, int]) -> bool:
    """Whoever sees both and may plan the one that waits (unverified)."""
    before, after = (readable_task(portal, caller, task_id) for task_id in pair)
    return before is not None and after is not None and portal.tasks.rights.may("EDIT.PLAN", after, caller.user_id)
