"""Results of tasks."""

from datetime import UTC, datetime

from bitrix.call import JSON, Answer
from bitrix.calls.task_results import TaskResult, list_results


def test_results_of_a_task() -> None:
    call = list_results(8017)
    assert (call.method, call.params) == ("tasks.task.result.list", {"taskId": 8017})
    row: dict[str, JSON] = {
        "id": 23,
        "taskId": 8017,
        "commentId": 0,
        "createdBy": 503,
        "createdAt": "2026-01-15T14:30:00+03:00",
        "status": 0,
        "text": "Готово",
        "files": [],
    }
    assert call.read(Answer([row])) == (TaskResult(23, "Готово", 503, datetime(2026, 1, 15, 11, 30, tzinfo=UTC)),)
    assert call.read(Answer([])) == ()
