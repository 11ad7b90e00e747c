"""``*.field.list`` and ``*.field.get``: what each object of REST 3.0 consists of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.company_entities import EMPLOYEE, MEMBER, NODE
from sandbox.portal.rest3.entities import DESCRIPTION, Entity, Viewer
from sandbox.portal.rest3.event_log_entity import ENTRY
from sandbox.portal.rest3.methods.event_log import require_administrator
from sandbox.portal.rest3.query import Query
from sandbox.portal.rest3.refusals import FIELD_NOT_FOUND, Refusal
from sandbox.portal.rest3.registry import (
    STRING,
    Parameter,
    item_of,
    items_of,
    rest3_method,
    select_of,
)
from sandbox.portal.rest3.selection import project, read_select
from sandbox.portal.rest3.task_entities import ACCESS, FILES, MESSAGE, RESULT, TASK

Guard = Callable[[Portal, Caller], None]
"""Raises what is refused to those who may not look."""


def open_to_all(portal: Portal, caller: Caller) -> None:
    """Descriptions are no secret, unless their page says so."""


def describe(section: str, entity: Entity[Any], *, scope: str, docs: str, guard: Guard = open_to_all) -> None:
    """Register both methods of a section. ``docs`` is the beginning of the names of their pages."""

    @rest3_method(
        f"{section}.field.list",
        scope=scope,
        docs=f"{docs}-field-list.md",
        takes=(select_of(DESCRIPTION),),
        answers=items_of(DESCRIPTION),
        entities=(DESCRIPTION,),
    )
    def list_fields(portal: Portal, caller: Caller, query: Query) -> JSON:
        guard(portal, caller)
        selection = read_select(DESCRIPTION, query.get("select"))
        viewer = Viewer(portal, caller.user_id)
        return {"items": [project(DESCRIPTION, selection, viewer, field) for field in entity.fields]}

    @rest3_method(
        f"{section}.field.get",
        scope=scope,
        docs=f"{docs}-field-get.md",
        takes=(Parameter("name", STRING, required=True), select_of(DESCRIPTION)),
        answers=item_of(DESCRIPTION),
        entities=(DESCRIPTION,),
    )
    def get_field(portal: Portal, caller: Caller, query: Query) -> JSON:
        guard(portal, caller)
        name = query.require_text("name")
        selection = read_select(DESCRIPTION, query.get("select"))
        field = entity.get(name)
        if field is None:
            raise Refusal(FIELD_NOT_FOUND, f"Поле `{name}` не найдено")
        return {"item": project(DESCRIPTION, selection, Viewer(portal, caller.user_id), field)}


TASKS, COMPANY = "api-reference/tasks", "api-reference/departments"

describe("tasks.task", TASK, scope="tasks", docs=f"{TASKS}/tasks-task")
describe("tasks.task.access", ACCESS, scope="tasks", docs=f"{TASKS}/tasks-task-access")
describe("tasks.task.chat.message", MESSAGE, scope="tasks", docs=f"{TASKS}/tasks-task-chat-message")
describe("tasks.task.file", FILES, scope="tasks", docs=f"{TASKS}/tasks-task-file")
# The fields of results have no page of their own; the methods are in b24pysdk.
describe("tasks.task.result", RESULT, scope="tasks", docs=f"{TASKS}/result/tasks-task-result")
describe("humanresources.node", NODE, scope="humanresources", docs=f"{COMPANY}/node/humanresources-node")
describe(
    "humanresources.node.member",
    MEMBER,
    scope="humanresources",
    docs=f"{COMPANY}/node-member/humanresources-node-member",
)
describe(
    "humanresources.employee", EMPLOYEE, scope="humanresources", docs=f"{COMPANY}/employee/humanresources-employee"
)
describe(
    "main.eventlog", ENTRY, scope="main", docs="api-reference/event-log/main-eventlog", guard=require_administrator
)
