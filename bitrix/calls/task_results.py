"""Results that people attach to tasks (``tasks.task.result.*``, scope ``task``)."""

from dataclasses import dataclass
from datetime import datetime

from bitrix.call import Call
from bitrix.readers import Row, many
from bitrix.tidy import as_datetime, as_id, as_int, as_text


@dataclass(frozen=True)
class TaskResult:
    id: int
    text: str
    author_id: int | None
    created_at: datetime | None


def list_results(task_id: int) -> Call[tuple[TaskResult, ...]]:
    """Source: api-reference/tasks/result/tasks-task-result-list.md."""
    return Call("tasks.task.result.list", {"taskId": task_id}, read=many(_read))


def _read(row: Row) -> TaskResult:
    return TaskResult(
        id=as_int(row.get("id"), "id"),
        text=as_text(row.get("text"), "text"),
        author_id=as_id(row.get("createdBy"), "createdBy"),
        created_at=as_datetime(row.get("createdAt"), "createdAt"),
    )
