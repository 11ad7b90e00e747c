"""``tasks.task.result.*`` of REST 3.0: what came out of a task, written down by its people."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.entities import Viewer
from sandbox.portal.rest3.filters import Group, read_filter
from sandbox.portal.rest3.methods.tasks import readable_task
from sandbox.portal.rest3.ordering import arranged, read_order, read_page
from sandbox.portal.rest3.query import Query
from sandbox.portal.rest3.refusals import (
    PREFIX,
    Refusal,
    access_denied,
    invalid_request,
    missing,
)
from sandbox.portal.rest3.registry import (
    DONE,
    FILTER,
    ID,
    PAGINATION,
    fields_of,
    item_of,
    items_of,
    order_of,
    rest3_method,
    select_of,
)
from sandbox.portal.rest3.selection import project, read_select
from sandbox.portal.rest3.task_entities import RESULT, may_change
from sandbox.portal.rest3.writing import OF_OBJECT, read_fields
from sandbox.portal.task_results import TaskResult
from sandbox.portal.tasks import Task

DOCS = "api-reference/tasks/result/tasks-task-result"


@rest3_method(
    "tasks.task.result.add",
    scope="tasks",
    docs=f"{DOCS}-add.md",
    writes=True,
    takes=(fields_of(RESULT, "add"),),
    answers=item_of(RESULT),
    entities=(RESULT,),
)
def add_result(portal: Portal, caller: Caller, query: Query) -> JSON:
    fields = read_fields(RESULT, query.require_object("fields"), "add", OF_OBJECT)
    if fields["taskId"] <= 0:
        raise invalid_request(("taskId", "Task id must be positive"))
    task = portal.tasks.get(fields["taskId"])
    if task is None:
        raise invalid_request(("taskId", "Task not found"))
    return added(portal, caller, task, fields["text"])


@rest3_method(
    "tasks.task.result.addfromchatmessage",
    scope="tasks",
    docs=f"{DOCS}-addfromchatmessage.md",
    writes=True,
    takes=(fields_of(RESULT, "addfromchatmessage"),),
    answers=item_of(RESULT),
    entities=(RESULT,),
)
def add_from_message(portal: Portal, caller: Caller, query: Query) -> JSON:
    """The words are those of the message unless others are given."""
    fields = read_fields(RESULT, query.require_object("fields"), "addfromchatmessage", OF_OBJECT)
    message = portal.chats.message(fields["messageId"])
    chat = portal.chats.get(message.chat_id) if message else None
    if message is None or chat is None or chat.entity_type != "TASKS_TASK":
        raise invalid_request(("messageId", "Message is not from task chat"))
    task = portal.tasks.get(int(chat.entity_id))
    if task is None:
        raise invalid_request(("taskId", "Task not found"))
    return added(portal, caller, task, fields.get("text") or message.text, message.id)


@rest3_method(
    "tasks.task.result.update",
    scope="tasks",
    docs=f"{DOCS}-update.md",
    writes=True,
    takes=(ID, fields_of(RESULT, "update")),
    answers=item_of(RESULT),
    entities=(RESULT,),
)
def update_result(portal: Portal, caller: Caller, query: Query) -> JSON:
    number = require_one(query)
    fields = read_fields(RESULT, query.require_object("fields"), "update", OF_OBJECT)
    result = own_result(portal, caller, number)
    portal.tasks.results.update(result, fields["text"], by=caller.user_id)
    return shown(portal, caller, result)


@rest3_method(
    "tasks.task.result.delete", scope="tasks", docs=f"{DOCS}-delete.md", writes=True, takes=(ID,), answers=DONE
)
def delete_result(portal: Portal, caller: Caller, query: Query) -> JSON:
    portal.tasks.results.delete(own_result(portal, caller, require_one(query)), by=caller.user_id)
    return {"result": True}


@rest3_method(
    "tasks.task.result.list",
    scope="tasks",
    docs=f"{DOCS}-list-rest-v3.md",
    takes=(FILTER, select_of(RESULT), order_of(RESULT), PAGINATION),
    answers=items_of(RESULT),
    entities=(RESULT,),
)
def list_results(portal: Portal, caller: Caller, query: Query) -> JSON:
    """Of tasks the caller may read, all of which must be named in the filter."""
    said = query.get("filter")
    if said is None or said == [] or said == "":
        raise invalid_request(("filter", "Значение поля не может быть пустым"))
    wanted = read_filter(RESULT, said)
    viewer = Viewer(portal, caller.user_id)
    selection = read_select(RESULT, query.get("select"))
    ways = read_order(RESULT, query.get("order"))
    page = read_page(query.get("pagination"))
    rows: list[TaskResult] = []
    for task_id in tasks_of(wanted):
        if readable_task(portal, caller, task_id) is None:
            raise access_denied()
        rows.extend(portal.tasks.results.of_task(task_id))
    found = arranged([row for row in rows if wanted.fits(viewer, row)], ways, viewer)
    return {"items": [project(RESULT, selection, viewer, row) for row in page.of(found)]}


def tasks_of(wanted: Group) -> Sequence[int]:
    """The tasks that a filter names for all its rows; raises what the page says when it names none."""
    for condition in wanted.required("taskId"):
        if condition.operator == "=" and condition.wanted is not None:
            return [condition.wanted]
        if condition.operator == "in":
            return sorted(set(condition.wanted))
    words = "Требуется указать фильтр по обязательному полю `taskId`"
    raise Refusal(
        PREFIX + "VALIDATION_REQUESTFILTERVALIDATIONEXCEPTION",
        "Ошибка при валидации фильтра запроса",
        validation=[{"message": words, "field": "filter.taskId"}],
    )


def require_one(query: Query) -> int:
    """``id``; there is a ``filter`` in its place by the declaration, which the method then does not take."""
    has_id, has_filter = query.has("id"), query.has("filter")
    if not has_id and not has_filter:
        raise invalid_request(
            (None, "Не заполнено значение хотя бы одного обязательного поля: id, filter"),
            (None, "Должно быть передано только одно из значений: id, filter"),
        )
    if has_id and has_filter:
        raise invalid_request((None, "Должно быть передано только одно из значений: id, filter"))
    if not has_id:
        raise invalid_request(missing("id"))
    return query.require_int("id")


def own_result(portal: Portal, caller: Caller, number: int) -> TaskResult:
    """Results are changed by their author. One that does not exist is denied as well (unverified)."""
    result = portal.tasks.results.get(number)
    viewer = Viewer(portal, caller.user_id)
    if result is None or readable_task(portal, caller, result.task_id) is None or not may_change(viewer, result):
        raise access_denied()
    return result


def added(portal: Portal, caller: Caller, task: Task, text: str, message: int | None = None) -> JSON:
    if not portal.tasks.rights.may_read(task, caller.user_id):
        raise access_denied()
    if not text.strip():
        raise OF_OBJECT.missing(["text"])
    return shown(portal, caller, portal.tasks.results.add(task, text, by=caller.user_id, message=message))


def shown(portal: Portal, caller: Caller, result: TaskResult) -> JSON:
    return {"item": project(RESULT, read_select(RESULT, None), Viewer(portal, caller.user_id), result)}
