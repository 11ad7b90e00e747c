"""Tasks: asked in UPPER_SNAKE, answered in camelCase, numbers as text."""

from datetime import UTC, datetime

import pytest

from bitrix.call import JSON, Answer, Call
from bitrix.calls.tasks import (
    HistoryEntry,
    Task,
    TaskStatus,
    add_task,
    complete_task,
    delete_task,
    get_task,
    list_tasks,
    renew_task,
    start_task,
    task_history,
    update_task,
)

TASK: dict[str, JSON] = {
    "id": "3711",
    "title": "Опрос",
    "status": "5",
    "subStatus": "5",
    "stageId": "0",
    "groupId": "77",
    "createdBy": "1",
    "responsibleId": "547",
    "xmlId": "case:24#1:survey",
    "ufCrmTask": ["T406_24", "D_42"],
    "ufTaskWebdavFiles": False,
    "deadline": "2026-01-20T18:00:00+03:00",
    "createdDate": "2026-01-15T10:00:00+03:00",
    "changedDate": "2026-01-16T10:00:00+03:00",
    "closedDate": "2026-01-16T10:00:00+03:00",
    "closedBy": "547",
    "timeEstimate": "7200",
    "timeSpentInLogs": "3600",
    "accomplices": ["3"],
    "auditors": {"0": "1", "1": "9"},
    "description": "Ответьте на вопросы",
    "group": [],
}

# what tasks.task.add answers: no bindings, nothing closed, nothing spent
NEW: dict[str, JSON] = {
    "id": "8",
    "title": "t",
    "status": "2",
    "stageId": "0",
    "groupId": "0",
    "createdBy": "1",
    "responsibleId": "2",
    "xmlId": None,
    "deadline": None,
    "closedDate": None,
    "closedBy": "0",
    "timeEstimate": "0",
    "timeSpentInLogs": None,
    "accomplices": [],
    "auditors": [],
    "description": "",
}


def test_a_task_is_read_whole() -> None:
    task = get_task(3711).read(Answer({"task": TASK}))
    assert task == Task(
        id=3711,
        title="Опрос",
        status=TaskStatus.COMPLETED,
        responsible_id=547,
        created_by=1,
        group_id=77,
        stage_id=None,
        xml_id="case:24#1:survey",
        crm_bindings=("T406_24", "D_42"),
        deadline=datetime(2026, 1, 20, 15, tzinfo=UTC),
        created_at=datetime(2026, 1, 15, 7, tzinfo=UTC),
        changed_at=datetime(2026, 1, 16, 7, tzinfo=UTC),
        closed_at=datetime(2026, 1, 16, 7, tzinfo=UTC),
        closed_by=547,
        time_estimate=7200,
        time_spent=3600,
        accomplices=(3,),
        auditors=(1, 9),
        description="Ответьте на вопросы",
    )


def test_a_fresh_task_has_nothing_of_what_comes_later() -> None:
    task = add_task({"TITLE": "t", "RESPONSIBLE_ID": 2}).read(Answer({"task": NEW}))
    assert (task.group_id, task.stage_id, task.closed_by, task.closed_at, task.deadline) == (None,) * 5
    assert (task.crm_bindings, task.time_estimate, task.time_spent, task.xml_id) == ((), 0, 0, None)


@pytest.mark.parametrize("bindings", [False, None, "", []])
def test_no_bindings_come_in_many_spellings(bindings: JSON) -> None:
    task = get_task(1).read(Answer({"task": {**TASK, "ufCrmTask": bindings}}))
    assert task is not None
    assert task.crm_bindings == ()


@pytest.mark.parametrize("nothing", [[], {}, {"task": []}, None])
def test_a_missing_task_is_none(nothing: JSON) -> None:
    assert get_task(404).read(Answer(nothing)) is None


def test_a_list_asks_for_exactly_what_a_task_holds() -> None:
    call = list_tasks(where={"UF_CRM_TASK": "T406_24"}, order={"ID": "asc"}, start=50)
    assert isinstance(call.params, dict)
    assert call.params["filter"] == {"UF_CRM_TASK": "T406_24"}
    assert call.params["order"] == {"ID": "asc"}
    assert call.params["start"] == 50
    assert {"UF_CRM_TASK", "XML_ID", "STAGE_ID", "TIME_SPENT_IN_LOGS", "CLOSED_BY"} <= set(call.params["select"])
    page = call.read(Answer({"tasks": [TASK, NEW]}, total=2))
    assert [task.id for task in page] == [3711, 8]


@pytest.mark.parametrize(
    ("call", "method"),
    [
        (start_task(8), "tasks.task.start"),
        (complete_task(8), "tasks.task.complete"),
        (renew_task(8), "tasks.task.renew"),
    ],
)
def test_the_status_is_changed_by_methods_of_its_own(call: Call[Task], method: str) -> None:
    assert call.method == method
    assert call.params == {"taskId": 8}
    assert call.writes
    assert call.read(Answer({"task": TASK})).status == TaskStatus.COMPLETED


def test_writing() -> None:
    assert add_task({"TITLE": "t"}).params == {"fields": {"TITLE": "t"}}
    update = update_task(8, {"DEADLINE": "2026-01-20T18:00:00+03:00"})
    assert (update.writes, update.params) == (
        True,
        {"taskId": 8, "fields": {"DEADLINE": "2026-01-20T18:00:00+03:00"}},
    )
    delete = delete_task(8)
    assert (delete.writes, delete.params) == (True, {"taskId": 8})
    delete.read(Answer({"task": True}))


def test_the_history_of_a_task_oldest_first() -> None:
    call = task_history(8)
    assert call.params == {"taskId": 8, "order": {"createdDate": "asc"}}
    row: dict[str, JSON] = {
        "id": 16359,
        "createdDate": "2026-01-15T10:00:00+03:00",
        "field": "STATUS",
        "value": {"from": "2", "to": "5"},
        "user": {"id": 503, "name": "Мария"},
    }
    assert call.read(Answer({"list": [row]})) == (
        HistoryEntry("STATUS", "2", "5", 503, datetime(2026, 1, 15, 7, tzinfo=UTC)),
    )
