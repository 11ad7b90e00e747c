"""Tasks (``tasks.task.*``, scope ``task``).

Two naming worlds: requests are written ``RESPONSIBLE_ID``, answers come as ``responsibleId``, and nearly all values
of an answer are strings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from bitrix.call import JSON, Answer, Call, Keyset, Page, given
from bitrix.readers import Row, many, nothing, one, page
from bitrix.tidy import as_datetime, as_id, as_ids, as_int, as_int_or_none, as_map, as_text, as_texts


class TaskStatus(IntEnum):
    """What the portal calls REAL_STATUS; portals with old tasks may show other numbers too."""

    PENDING = 2
    IN_PROGRESS = 3
    AWAITING_CONTROL = 4
    COMPLETED = 5
    DEFERRED = 6


@dataclass(frozen=True)
class Task:
    id: int
    title: str
    status: int
    """A `TaskStatus`."""
    responsible_id: int | None
    created_by: int | None
    group_id: int | None
    stage_id: int | None
    """The kanban column; None is the first column of the group."""
    xml_id: str | None
    crm_bindings: tuple[str, ...]
    """``D_42``, ``T406_24`` (see `bitrix.refs.ItemRef`); the answers to writes come without them."""
    deadline: datetime | None
    created_at: datetime | None
    changed_at: datetime | None
    closed_at: datetime | None
    closed_by: int | None
    time_estimate: int
    """Seconds."""
    time_spent: int
    """Seconds; the sum the task shows. Whether it lags behind the single records is unverified."""
    accomplices: tuple[int, ...]
    auditors: tuple[int, ...]
    description: str


@dataclass(frozen=True)
class HistoryEntry:
    """One change of a task. The values are as untidy as the field: ids as text, names, null."""

    field: str
    """NEW, STATUS, STAGE_ID, RESPONSIBLE_ID, DEADLINE, CHECKLIST_ITEM_... ."""
    old: JSON
    new: JSON
    user_id: int | None
    at: datetime | None


# Exactly what `Task` holds. UF_CRM_TASK never comes unasked (api-reference/tasks/fields.md).
_SELECT: tuple[str, ...] = (
    "ID",
    "TITLE",
    "STATUS",
    "RESPONSIBLE_ID",
    "CREATED_BY",
    "GROUP_ID",
    "STAGE_ID",
    "XML_ID",
    "UF_CRM_TASK",
    "DEADLINE",
    "CREATED_DATE",
    "CHANGED_DATE",
    "CLOSED_DATE",
    "CLOSED_BY",
    "TIME_ESTIMATE",
    "TIME_SPENT_IN_LOGS",
    "ACCOMPLICES",
    "AUDITORS",
    "DESCRIPTION",
)


def list_tasks(
    *, where: Mapping[str, JSON], order: Mapping[str, str] | None = None, start: int | None = None
) -> Call[Page[Task]]:
    """Tasks the caller may see. Filters know ``! < <= > >=`` only, and no XML_ID: find a task through UF_CRM_TASK.

    "Still open" is a filter on REAL_STATUS; STATUS also means overdue (-1), not viewed (-2), nearly overdue (-3).
    Directions of ``order`` are lower-case. Source: api-reference/tasks/tasks-task-list.md.
    """
    return Call(
        "tasks.task.list",
        {"select": list(_SELECT), **given(filter=where, order=order, start=start)},
        read=page(_read, under="tasks"),
        # start=-1 and several values of ID: unverified for this method
        keyset=Keyset("ID", order={"order": {"ID": "asc"}}, id_of=_id_of, rows=("tasks",), one_of=""),
    )


def get_task(id: int) -> Call[Task | None]:  # noqa: A002  the vendor's word
    """None when there is no such task, or the caller may not see it: the portal does not tell which.

    Source: api-reference/tasks/tasks-task-get.md.
    """
    return Call("tasks.task.get", {"taskId": id, "select": list(_SELECT)}, read=_read_found)


def add_task(fields: Mapping[str, JSON]) -> Call[Task]:
    """TITLE and RESPONSIBLE_ID are required; deadlines need an explicit offset.

    A binding to an item of a smart process is dropped silently unless its type allows it
    (`bitrix.calls.types.SmartProcess.task_binding`). Source: api-reference/tasks/tasks-task-add.md.
    """
    return Call("tasks.task.add", {"fields": dict(fields)}, read=one(_read, under="task"), writes=True)


def update_task(id: int, fields: Mapping[str, JSON]) -> Call[Task]:  # noqa: A002  the vendor's word
    """At least one field. Source: api-reference/tasks/tasks-task-update.md."""
    params: dict[str, JSON] = {"taskId": id, "fields": dict(fields)}
    return Call("tasks.task.update", params, read=one(_read, under="task"), writes=True)


def start_task(id: int) -> Call[Task]:  # noqa: A002  the vendor's word
    """Source: api-reference/tasks/status/tasks-task-start.md."""
    return _change_status("tasks.task.start", id)


def complete_task(id: int) -> Call[Task]:  # noqa: A002  the vendor's word
    """Under control, a task closed by its responsible may wait for approval instead (unverified).

    Source: api-reference/tasks/status/tasks-task-complete.md.
    """
    return _change_status("tasks.task.complete", id)


def renew_task(id: int) -> Call[Task]:  # noqa: A002  the vendor's word
    """Back to work. Source: api-reference/tasks/status/tasks-task-renew.md."""
    return _change_status("tasks.task.renew", id)


def delete_task(id: int) -> Call[None]:  # noqa: A002  the vendor's word
    """Source: api-reference/tasks/tasks-task-delete.md."""
    return Call("tasks.task.delete", {"taskId": id}, read=nothing, writes=True)


def task_history(id: int) -> Call[tuple[HistoryEntry, ...]]:  # noqa: A002  the vendor's word
    """Oldest first. Source: api-reference/tasks/tasks-task-history-list.md."""
    return Call(
        "tasks.task.history.list",
        {"taskId": id, "order": {"createdDate": "asc"}},
        read=many(_read_entry, under="list"),
    )


def _change_status(method: str, task_id: int) -> Call[Task]:
    return Call(method, {"taskId": task_id}, read=one(_read, under="task"), writes=True)


def _read_found(answer: Answer) -> Task | None:
    found = as_map(as_map(answer.result, "result").get("task"), "task")
    return _read(found) if found else None


def _read(row: Row) -> Task:
    return Task(
        id=as_int(row.get("id"), "id"),
        title=as_text(row.get("title"), "title"),
        status=as_int(row.get("status"), "status"),
        responsible_id=as_id(row.get("responsibleId"), "responsibleId"),
        created_by=as_id(row.get("createdBy"), "createdBy"),
        group_id=as_id(row.get("groupId"), "groupId"),
        stage_id=as_id(row.get("stageId"), "stageId"),
        xml_id=as_text(row.get("xmlId"), "xmlId") or None,
        crm_bindings=as_texts(row.get("ufCrmTask"), "ufCrmTask"),
        deadline=as_datetime(row.get("deadline"), "deadline"),
        created_at=as_datetime(row.get("createdDate"), "createdDate"),
        changed_at=as_datetime(row.get("changedDate"), "changedDate"),
        closed_at=as_datetime(row.get("closedDate"), "closedDate"),
        closed_by=as_id(row.get("closedBy"), "closedBy"),
        time_estimate=as_int_or_none(row.get("timeEstimate"), "timeEstimate") or 0,
        time_spent=as_int_or_none(row.get("timeSpentInLogs"), "timeSpentInLogs") or 0,
        accomplices=as_ids(row.get("accomplices"), "accomplices"),
        auditors=as_ids(row.get("auditors"), "auditors"),
        description=as_text(row.get("description"), "description"),
    )


def _read_entry(row: Row) -> HistoryEntry:
    value = as_map(row.get("value"), "value")
    return HistoryEntry(
        field=as_text(row.get("field"), "field"),
        old=value.get("from"),
        new=value.get("to"),
        user_id=as_id(as_map(row.get("user"), "user").get("id"), "user.id"),
        at=as_datetime(row.get("createdDate"), "createdDate"),
    )


def _id_of(task: Task) -> int:
    return task.id
