"""``task.elapseditem.*``: api-reference/tasks/elapsed-item/. Positional."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sandbox.portal.clock import iso
from sandbox.portal.conditions import Column, Kind, read_conditions
from sandbox.portal.elapsed_time import TimeRecord
from sandbox.portal.errors import RestError
from sandbox.portal.legacy_call import LegacyCall
from sandbox.portal.loose import as_int, as_list, as_object, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, PAGE, Answer, Caller, Params, rest_method
from sandbox.portal.tasks import Task

CLASS = "ctaskelapseditem"

PREFIXES = ("!", "<=", "<", ">=", ">")

COLUMNS: dict[str, Column[TimeRecord]] = {
    "ID": Column(Kind.NUMBER, lambda record: record.id),
    "USER_ID": Column(Kind.NUMBER, lambda record: record.user_id),
    "CREATED_DATE": Column(Kind.MOMENT, lambda record: record.created),
}

SORT_KEYS: dict[str, Callable[[TimeRecord], int | datetime]] = {
    "ID": lambda record: record.id,
    "USER_ID": lambda record: record.user_id,
    "MINUTES": lambda record: record.minutes,
    "SECONDS": lambda record: record.seconds,
    "CREATED_DATE": lambda record: record.created,
    "DATE_START": lambda record: record.started,
    "DATE_STOP": lambda record: record.stopped,
}

DATES = ("CREATED_DATE", "DATE_START", "DATE_STOP")

ADD, MODIFY, REMOVE = 1, 2, 3
"""``ACTIONID`` of ``isactionallowed``."""


@rest_method("task.elapseditem.add", scope="task", docs="api-reference/tasks/elapsed-item/task-elapsed-item-add.md")
def add_record(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, {SECONDS, COMMENT_TEXT, USER_ID}]``. ``CREATED_DATE`` is taken too, for work done earlier."""
    call = LegacyCall(f"{CLASS}::add", params)
    task = require_task(portal, call.integer(0, "taskId"))
    fields = call.fields(1)
    if not may_add(portal, caller, task):
        raise not_allowed()
    record = portal.tasks.elapsed_time.add(
        task,
        read_seconds(call, fields),
        as_text(fields.get("COMMENT_TEXT")) or "",
        user_id=read_user(portal, fields, caller.user_id),
        by=caller.user_id,
        at=read_moment(fields.get("CREATED_DATE")),
    )
    return record.id


@rest_method(
    "task.elapseditem.getlist", scope="task", docs="api-reference/tasks/elapsed-item/task-elapsed-item-get-list.md"
)
def list_records(portal: Portal, caller: Caller, params: Params) -> Answer:
    """``[TASKID, ORDER, FILTER, SELECT, PARAMS]``; without ``TASKID`` the records of every task the caller may see.

    Pages by number: ``PARAMS {NAV_PARAMS {nPageSize, iNumPage}}``. By ascending id unless ordered (recorded answers).
    """
    call = LegacyCall(f"{CLASS}::getlist", params)
    of_one_task = call.given(0) and not call.is_array(0)
    first = 1 if of_one_task else 0
    if of_one_task:
        task = portal.tasks.get(call.integer(0, "taskId"))
        if task is None or not portal.tasks.rights.may_read(task, caller.user_id):
            raise not_allowed()
        records = portal.tasks.elapsed_time.of_task(task.id)
    else:
        readable = portal.tasks.rights.readable(caller.user_id)
        records = portal.tasks.elapsed_time.all()
        records = [record for record in records if readable is None or record.task_id in readable]
    for condition in read_conditions(call.array(first + 1), COLUMNS, PREFIXES):
        read = COLUMNS[condition.name].read
        records = [record for record in records if condition.test(read(record))]
    records.sort(key=SORT_KEYS["ID"])
    for name, way in reversed(call.array(first).items()):
        if name in SORT_KEYS:
            records.sort(key=SORT_KEYS[name], reverse=(as_text(way) or "").upper().startswith("DESC"))
    select = {as_text(name) for name in as_list(list(call.array(first + 2).values()))}
    rows = [shown(record) for record in one_page(records, call.array(first + 3))]
    if select and "*" not in select:
        rows = [{name: value for name, value in row.items() if name in select} for row in rows]
    return Answer(rows, total=len(records))


@rest_method("task.elapseditem.get", scope="task", docs="api-reference/tasks/elapsed-item/task-elapsed-item-get.md")
def get_record(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID]``. The record itself, as the table of the page says and b24phpsdk's ElapseditemTest reads it;
    the example of the page has it in a list."""
    call = LegacyCall(f"{CLASS}::get", params)
    task = require_task(portal, call.integer(0, "taskId"))
    record = portal.tasks.elapsed_time.get(call.integer(1, "itemId"))
    if not portal.tasks.rights.may_read(task, caller.user_id) or record is None or record.task_id != task.id:
        raise not_allowed()
    return shown(record)


@rest_method(
    "task.elapseditem.update", scope="task", docs="api-reference/tasks/elapsed-item/task-elapsed-item-update.md"
)
def update_record(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID, {SECONDS, COMMENT_TEXT, USER_ID}]``."""
    call = LegacyCall(f"{CLASS}::update", params)
    task, record = own_record(portal, caller, call)
    fields = call.fields(2)
    portal.tasks.elapsed_time.update(
        task,
        record,
        seconds=read_seconds(call, fields),
        comment=as_text(fields.get("COMMENT_TEXT")) or "",
        user_id=read_user(portal, fields, record.user_id),
        by=caller.user_id,
    )
    return None


@rest_method(
    "task.elapseditem.delete", scope="task", docs="api-reference/tasks/elapsed-item/task-elapsed-item-delete.md"
)
def delete_record(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID]``."""
    task, record = own_record(portal, caller, LegacyCall(f"{CLASS}::delete", params))
    portal.tasks.elapsed_time.delete(task, record, by=caller.user_id)
    return None


@rest_method(
    "task.elapseditem.isactionallowed",
    scope="task",
    docs="api-reference/tasks/elapsed-item/task-elapsed-item-is-action-allowed.md",
)
def is_action_allowed(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID, ACTIONID]``."""
    call = LegacyCall(f"{CLASS}::isactionallowed", params)
    task = portal.tasks.get(call.integer(0, "taskId"))
    record = portal.tasks.elapsed_time.get(call.integer(1, "itemId"))
    action = call.integer(2, "actionId")
    if task is None:
        return False
    if action == ADD:
        return may_add(portal, caller, task)
    theirs = record is not None and record.task_id == task.id and may_change(caller, record)
    return action in {MODIFY, REMOVE} and theirs


@rest_method(
    "task.elapseditem.getmanifest",
    scope="task",
    docs="api-reference/tasks/elapsed-item/task-elapsed-item-get-manifest.md",
)
def manifest(portal: Portal, caller: Caller, params: Params) -> JSON:
    """For people to read; its list of methods is left out."""
    fields = ["ID", "TASK_ID", "USER_ID", "COMMENT_TEXT", "SECONDS", "MINUTES", "SOURCE", *DATES]
    return {
        "Manifest version": "1.2",
        "Manifest change date": "22 Feb 2018",
        "Warning": "Don't rely on format of this manifest, it can be changed without any notifications!",
        "REST: shortname alias to class": "elapseditem",
        "REST: writable elapseditem data fields": ["USER_ID", "COMMENT_TEXT", "SECONDS", "SOURCE", *DATES],
        "REST: readable elapseditem data fields": fields,
        "REST: sortable elapseditem data fields": ["TASK_ID", *SORT_KEYS],
        "REST: filterable elapseditem data fields": list(COLUMNS),
        "REST: date fields": list(DATES),
    }


def require_task(portal: Portal, task_id: int) -> Task:
    task = portal.tasks.get(task_id)
    if task is None:
        raise RestError("ERROR_CORE", "Задача не найдена")
    return task


def own_record(portal: Portal, caller: Caller, call: LegacyCall) -> tuple[Task, TimeRecord]:
    """The task and the record of ``[TASKID, ITEMID]``, when the caller may change it."""
    task = require_task(portal, call.integer(0, "taskId"))
    record = portal.tasks.elapsed_time.get(call.integer(1, "itemId"))
    if record is None or record.task_id != task.id or not may_change(caller, record):
        raise not_allowed()
    return task, record


def may_add(portal: Portal, caller: Caller, task: Task) -> bool:
    return portal.tasks.rights.may("ELAPSEDTIME.ADD", task, caller.user_id)


def may_change(caller: Caller, record: TimeRecord) -> bool:
    """One's own records, and an administrator's all (unverified)."""
    return caller.admin or record.user_id == caller.user_id


def not_allowed() -> RestError:
    return RestError("ERROR_CORE", "ACTION_NOT_ALLOWED")


def read_seconds(call: LegacyCall, fields: dict[str, JSON]) -> int:
    seconds = as_int(fields.get("SECONDS"))
    if seconds is None or seconds < 0:
        raise call.wrong(f'Param #1 (arFields) for method {call.method}() must contain key "SECONDS".')
    return seconds


def read_user(portal: Portal, fields: dict[str, JSON], otherwise: int) -> int:
    """A user that does not exist counts as not said (unverified)."""
    user_id = as_int(fields.get("USER_ID")) or otherwise
    return user_id if portal.staff.user(user_id) is not None else otherwise


def one_page(records: list[TimeRecord], options: dict[str, JSON]) -> list[TimeRecord]:
    navigation = as_object(options.get("NAV_PARAMS")) or {}
    size = min(max(as_int(navigation.get("nPageSize")) or PAGE, 1), PAGE)
    number = max(as_int(navigation.get("iNumPage")) or 1, 1)
    return records[(number - 1) * size : number * size]


def shown(record: TimeRecord) -> dict[str, JSON]:
    return {
        "ID": str(record.id),
        "TASK_ID": str(record.task_id),
        "USER_ID": str(record.user_id),
        "COMMENT_TEXT": record.comment,
        "SECONDS": str(record.seconds),
        "MINUTES": str(record.minutes),
        "SOURCE": str(record.source),
        "CREATED_DATE": iso(record.created),
        "DATE_START": iso(record.started),
        "DATE_STOP": iso(record.stopped),
    }
