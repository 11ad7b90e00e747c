"""``task.elapseditem.*`` over HTTP: positional, paged by number (api-reference/tasks/elapsed-item/)."""

from __future__ import annotations

import pytest


@pytest.fixture
def task_id(desk, company):
    return desk.portal.tasks.add("Настроить воронку", responsible=company.seller).id


def test_a_record_looks_as_on_a_real_portal(desk, task_id, company):
    number = desk.call(
        "task.elapseditem.add", [task_id, {"SECONDS": 3600, "COMMENT_TEXT": "Считал"}], by=company.seller
    )

    assert desk.body("task.elapseditem.getlist", [task_id])["total"] == 1
    assert desk.call("task.elapseditem.getlist", [task_id]) == [
        {
            "ID": str(number),
            "TASK_ID": str(task_id),
            "USER_ID": str(company.seller),
            "COMMENT_TEXT": "Считал",
            "SECONDS": "3600",
            "MINUTES": "60",
            "SOURCE": "2",
            "CREATED_DATE": "2026-01-15T12:00:00+03:00",
            "DATE_START": "2026-01-15T12:00:00+03:00",
            "DATE_STOP": "2026-01-15T12:00:00+03:00",
        }
    ]


def test_the_task_shows_the_sum(desk, task_id, company):
    for seconds in (600, 900):
        desk.call("task.elapseditem.add", [task_id, {"SECONDS": seconds, "COMMENT_TEXT": ""}])

    assert desk.call("tasks.task.get", {"taskId": task_id})["task"]["timeSpentInLogs"] == "1500"
    fields = [record["field"] for record in desk.call("tasks.task.history.list", {"taskId": task_id})["list"]]
    assert fields.count("TIME_SPENT_IN_LOGS") == 2


def test_time_of_somebody_else_and_of_an_earlier_day(desk, task_id, company):
    fields = {"SECONDS": 60, "COMMENT_TEXT": "", "USER_ID": company.boss, "CREATED_DATE": "2026-01-12T09:00:00+03:00"}
    desk.call("task.elapseditem.add", [task_id, fields])

    [row] = desk.call("task.elapseditem.getlist", [task_id])
    assert row["USER_ID"] == str(company.boss)
    # the day of the work, and the moment it was written down
    assert (row["CREATED_DATE"], row["DATE_START"]) == ("2026-01-12T09:00:00+03:00", "2026-01-15T12:00:00+03:00")


def test_a_record_is_changed_and_deleted(desk, task_id):
    number = desk.call("task.elapseditem.add", [task_id, {"SECONDS": 60, "COMMENT_TEXT": ""}])

    assert desk.call("task.elapseditem.update", [task_id, number, {"SECONDS": 120, "COMMENT_TEXT": "Два"}]) is None
    assert desk.call("task.elapseditem.get", [task_id, number])["SECONDS"] == "120"
    assert desk.call("task.elapseditem.delete", [task_id, number]) is None
    assert desk.call("task.elapseditem.getlist", [task_id]) == []
    assert desk.call("tasks.task.get", {"taskId": task_id})["task"]["timeSpentInLogs"] is None


@pytest.fixture
def ledger(desk, company):
    """Four records of two tasks, an hour apart."""
    tasks = [desk.portal.tasks.add(title, responsible=company.seller) for title in ("Первая", "Вторая")]
    for task, user, seconds in ((0, company.seller, 600), (1, company.boss, 300), (0, company.boss, 900), (1, 1, 60)):
        desk.portal.tasks.elapsed_time.add(tasks[task], seconds, user_id=user, by=user)
        desk.portal.clock.advance(3600)
    return tasks


@pytest.mark.parametrize(
    ("arguments", "seconds"),
    [
        ([1], ["600", "900"]),
        ([1, {"SECONDS": "desc"}], ["900", "600"]),
        ([1, {"ID": "desc"}, {"USER_ID": 3}], ["600"]),
        # without a task: all of them
        ([], ["600", "300", "900", "60"]),
        ([{"ID": "desc"}], ["60", "900", "300", "600"]),
        ([{"ID": "asc"}, {">=CREATED_DATE": "2026-01-15T13:00:00+03:00"}], ["300", "900", "60"]),
        ([{"ID": "asc"}, {"!USER_ID": [2, 3]}], ["60"]),
        ([[], {"<ID": 3}], ["600", "300"]),
        ([{"USER_ID": "asc", "SECONDS": "desc"}], ["60", "900", "300", "600"]),
    ],
)
def test_lists(desk, ledger, arguments, seconds):
    assert [row["SECONDS"] for row in desk.call("task.elapseditem.getlist", arguments)] == seconds


def test_pages_are_numbered(desk, ledger):
    arguments = [{"ID": "asc"}, {}, ["SECONDS"], {"NAV_PARAMS": {"nPageSize": 3, "iNumPage": 2}}]

    answer = desk.body("task.elapseditem.getlist", arguments)

    assert (answer["result"], answer["total"]) == ([{"SECONDS": "60"}], 4)


def test_a_page_has_fifty_rows_at_most(desk, task_id):
    task = desk.portal.tasks.get(task_id)
    for _ in range(60):
        desk.portal.tasks.elapsed_time.add(task, 1, user_id=1, by=1)

    answer = desk.body("task.elapseditem.getlist", [task_id, {}, {}, ["*"], {"NAV_PARAMS": {"nPageSize": 500}}])

    assert (len(answer["result"]), answer["total"]) == (50, 60)


def test_only_the_records_of_visible_tasks_are_listed(desk, ledger, company):
    assert desk.call("task.elapseditem.getlist", [], by=company.buyer) == []
    assert len(desk.call("task.elapseditem.getlist", [], by=company.seller)) == 4


@pytest.mark.parametrize(
    ("method", "arguments", "by", "words"),
    [
        ("add", [999, {"SECONDS": 1}], "seller", "Задача не найдена"),
        ("add", [1, {"SECONDS": 1}], "outsider", "ACTION_NOT_ALLOWED"),
        ("getlist", [1], "outsider", "ACTION_NOT_ALLOWED"),
        ("getlist", [999], "seller", "ACTION_NOT_ALLOWED"),
        ("get", [1, 999], "seller", "ACTION_NOT_ALLOWED"),
        ("update", [1, 2, {"SECONDS": 1}], "seller", "ACTION_NOT_ALLOWED"),  # the boss wrote it
        ("delete", [1, 3], "seller", "ACTION_NOT_ALLOWED"),
    ],
)
def test_refusals(desk, ledger, company, method, arguments, by, words):
    answer = desk.send(f"task.elapseditem.{method}", arguments, by=getattr(company, by))

    assert (answer.status_code, answer.json()["error"], answer.json()["error_description"]) == (
        400,
        "ERROR_CORE",
        words,
    )


def test_seconds_are_needed(desk, task_id):
    assert "SECONDS" in desk.words("task.elapseditem.add", [task_id, {"COMMENT_TEXT": "x"}])


@pytest.mark.parametrize(("action", "allowed"), [(1, True), (2, False), (3, False), (9, False)])
def test_actions_are_asked_by_number(desk, ledger, company, action, allowed):
    # record 3 of task 1 is the boss's
    assert desk.call("task.elapseditem.isactionallowed", [1, 3, action], by=company.seller) is allowed
