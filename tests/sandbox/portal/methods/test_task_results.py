"""``tasks.task.result.*`` of REST 2 over HTTP (api-reference/tasks/result/)."""

from __future__ import annotations

import pytest


@pytest.fixture
def task(desk, company):
    return desk.portal.tasks.add("Обучить продавцов", responsible=company.seller)


def test_results_are_listed_newest_first(desk, task, company):
    desk.portal.tasks.results.add(task, "Черновик", by=company.seller)
    desk.portal.clock.advance(60)
    desk.portal.tasks.results.add(task, "Провели [B]тест[/B] & сверили", by=company.seller)

    newest, oldest = desk.call("tasks.task.result.list", {"taskId": task.id}, by=company.seller)

    assert newest == {
        "id": 2,
        "taskId": task.id,
        "commentId": 0,
        "createdBy": company.seller,
        "createdAt": "2026-01-15T12:01:00+03:00",
        "updatedAt": "2026-01-15T12:01:00+03:00",
        "status": 0,
        "text": "Провели [B]тест[/B] & сверили",
        "formattedText": "Провели <b>тест</b> &amp; сверили",
        "files": [],
    }
    assert oldest["text"] == "Черновик"


def test_completing_the_task_closes_its_results_for_good(desk, task):
    desk.portal.tasks.results.add(task, "Готово", by=1)
    desk.call("tasks.task.complete", {"taskId": task.id})
    desk.call("tasks.task.renew", {"taskId": task.id})
    desk.portal.tasks.results.add(task, "Ещё раз", by=1)

    statuses = [result["status"] for result in desk.call("tasks.task.result.list", {"taskId": task.id})]

    assert statuses == [0, 1]


def test_the_list_of_tasks_tells_about_results(desk, task):
    desk.portal.tasks.update(task, {"result_required": True}, by=1)
    desk.portal.tasks.results.add(task, "Готово", by=1)

    [row] = desk.call("tasks.task.list", {"select": ["ID"], "params": {"WITH_RESULT_INFO": "Y"}})["tasks"]

    assert (row["taskRequireResult"], row["taskHasOpenResult"], row["taskHasResult"]) == ("Y", "Y", "Y")


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("tasks.task.result.list", {}, "100"),
        ("tasks.task.result.list", {"taskId": "x"}, "100"),
        ("tasks.task.result.list", {"taskId": 999}, "0"),
        # comments of the new card are messages of a chat
        ("tasks.task.result.addFromComment", {"commentId": 1}, "0"),
        ("tasks.task.result.addFromComment", {}, "100"),
        ("tasks.task.result.deleteFromComment", {"commentId": 1}, "0"),
    ],
)
def test_refusals(desk, method, params, code):
    assert desk.refusal(method, params) == (400, code)


def test_results_of_tasks_one_may_not_see_are_denied(desk, task, company):
    assert desk.refusal("tasks.task.result.list", {"taskId": task.id}, by=company.buyer) == (400, "0")
