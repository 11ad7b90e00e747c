"""``task.stages.*`` over HTTP (api-reference/tasks/stages/)."""

from __future__ import annotations

import pytest


@pytest.fixture
def group(desk, company):
    return desk.portal.workgroups.add("Закупки", owner=1, members=[company.buyer])


def columns(desk, entity_id, *, by=1):
    stages = desk.call("task.stages.get", {"entityId": entity_id}, by=by)
    return [stage["TITLE"] for stage in sorted(stages.values(), key=lambda stage: int(stage["SORT"]))]


def test_a_new_group_has_columns_under_their_ids(desk, group):
    stages = desk.call("task.stages.get", {"entityId": group.id})

    assert all(key == stage["ID"] for key, stage in stages.items())
    assert [stage["SYSTEM_TYPE"] for stage in stages.values()] == ["NEW", "WORK", "FINISH"]
    first = next(iter(stages.values()))
    assert first == {
        "ID": first["ID"], "TITLE": "Новые", "SORT": "100", "COLOR": "00C4FB", "SYSTEM_TYPE": "NEW",
        "ENTITY_ID": str(group.id), "ENTITY_TYPE": "G", "ADDITIONAL_FILTER": [], "TO_UPDATE": [],
        "TO_UPDATE_ACCESS": None,
    }  # fmt: skip


def test_everybody_has_a_plan(desk, company):
    assert columns(desk, 0, by=company.buyer) == ["Не спланированы", "Сделаю на неделе"]
    stages = desk.call("task.stages.get", {"entityId": 0}, by=company.buyer)
    assert {(stage["ENTITY_TYPE"], stage["ENTITY_ID"]) for stage in stages.values()} == {("U", str(company.buyer))}


def test_columns_are_added_behind_others_or_at_the_beginning(desk, group):
    second = int(next(iter(desk.call("task.stages.get", {"entityId": group.id}))))
    fields = {"TITLE": "Тестирование", "COLOR": "#FFAAEE", "ENTITY_ID": group.id, "AFTER_ID": second}

    number = desk.call("task.stages.add", {"fields": fields})
    desk.call("task.stages.add", {"fields": {"TITLE": "Впереди", "ENTITY_ID": group.id}})

    assert columns(desk, group.id) == ["Впереди", "Новые", "Тестирование", "Выполняются", "Сделаны"]
    assert desk.call("task.stages.get", {"entityId": group.id})[str(number)]["COLOR"] == "FFAAEE"


def test_columns_are_renamed_and_moved(desk, group):
    new, work, _ = (int(key) for key in desk.call("task.stages.get", {"entityId": group.id}))

    assert desk.call("task.stages.update", {"id": new, "fields": {"TITLE": "Ожидает планирования"}}) is True
    assert columns(desk, group.id) == ["Ожидает планирования", "Выполняются", "Сделаны"]
    desk.call("task.stages.update", {"id": new, "fields": {"AFTER_ID": work}})
    assert columns(desk, group.id) == ["Выполняются", "Ожидает планирования", "Сделаны"]


def test_moving_a_task_is_a_change_of_the_task(desk, group):
    task = desk.portal.tasks.add("Договор", responsible=1, group=group.id)
    _, work, _ = (int(key) for key in desk.call("task.stages.get", {"entityId": group.id}))
    desk.events()

    assert desk.call("task.stages.movetask", {"id": task.id, "stageId": work}) is True
    shown = desk.call("tasks.task.get", {"taskId": task.id})["task"]
    assert (shown["stageId"], shown["status"]) == (str(work), "2")
    assert desk.events() == ["ONTASKUPDATE"]

    desk.call("task.stages.movetask", {"id": task.id, "stageId": work})  # it is there already
    assert desk.events() == []
    assert desk.call("tasks.task.history.list", {"taskId": task.id})["list"][0]["field"] == "STAGE_ID"


def test_a_task_is_put_into_a_column_when_it_is_made(desk, group):
    stages = [int(key) for key in desk.call("task.stages.get", {"entityId": group.id})]
    fields = {"TITLE": "x", "RESPONSIBLE_ID": 1, "GROUP_ID": group.id}

    placed = desk.call("tasks.task.add", {"fields": {**fields, "STAGE_ID": stages[2]}})["task"]
    misplaced = desk.call("tasks.task.add", {"fields": {**fields, "STAGE_ID": 999}})["task"]

    assert (placed["stageId"], misplaced["stageId"]) == (str(stages[2]), "0")


def test_in_another_group_a_task_begins_in_the_first_column(desk, group):
    other = desk.portal.workgroups.add("Склад", owner=1)
    column = desk.portal.tasks.kanban.columns("G", group.id)[1]
    task = desk.portal.tasks.add("x", responsible=1, group=group.id, stage=column.id)

    moved = desk.call("tasks.task.update", {"taskId": task.id, "fields": {"GROUP_ID": other.id}})["task"]

    assert (moved["groupId"], moved["stageId"]) == (str(other.id), "0")


def test_a_plan_is_ones_own_business(desk, company):
    task = desk.portal.tasks.add("x", responsible=company.buyer)
    week = [int(key) for key in desk.call("task.stages.get", {"entityId": 0}, by=company.buyer)][1]
    desk.events()

    assert desk.call("task.stages.movetask", {"id": task.id, "stageId": week}, by=company.buyer) is True
    assert desk.events() == []
    assert desk.portal.tasks.kanban.planned(company.buyer, task.id) == week
    assert desk.refusal("task.stages.movetask", {"id": task.id, "stageId": week}) == (400, "ACCESS_DENIED_MOVE")


@pytest.mark.parametrize(
    ("kind", "user", "allowed"),
    [("G", "buyer", True), ("G", "seller", False), ("U", "buyer", True), ("U", "seller", False)],
)
def test_who_can_move_tasks(desk, company, group, kind, user, allowed):
    entity = group.id if kind == "G" else company.buyer

    answer = desk.call("task.stages.canmovetask", {"entityId": entity, "entityType": kind}, by=getattr(company, user))

    assert answer is allowed


def test_what_may_not_be_deleted(desk, group):
    new, work, _ = (int(key) for key in desk.call("task.stages.get", {"entityId": group.id}))
    added = desk.call("task.stages.add", {"fields": {"TITLE": "Приёмка", "ENTITY_ID": group.id, "AFTER_ID": work}})
    task = desk.portal.tasks.add("x", responsible=1, group=group.id, stage=added)

    assert desk.refusal("task.stages.delete", {"id": new}) == (400, "CANT_DELETE_FIRST")
    assert desk.refusal("task.stages.delete", {"id": work}) == (400, "IS_SYSTEM")
    assert desk.refusal("task.stages.delete", {"id": added}) == (400, "NOT_EMPTY")
    desk.portal.tasks.update(task, {"stage": work}, by=1)
    assert desk.call("task.stages.delete", {"id": added}) is True
    assert columns(desk, group.id) == ["Новые", "Выполняются", "Сделаны"]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("task.stages.get", {}, "100"),
        ("task.stages.get", {"entityId": 999}, "ACCESS_DENIED"),
        ("task.stages.add", {"fields": {"ENTITY_ID": 1}}, "EMPTY_TITLE"),
        ("task.stages.add", {"fields": {"ENTITY_ID": 999, "TITLE": "x"}}, "ACCESS_DENIED"),
        ("task.stages.update", {"id": 999, "fields": {"TITLE": "x"}}, "NOT_FOUND"),
        ("task.stages.delete", {"id": 999}, "NOT_FOUND"),
        ("task.stages.movetask", {"id": 1, "stageId": 999}, "NOT_FOUND"),
    ],
)
def test_refusals(desk, group, method, params, code):
    assert desk.refusal(method, params) == (400, code)


def test_people_from_outside_see_no_columns_and_an_administrator_says_so(desk, company):
    group = desk.portal.workgroups.add("Чужая", owner=company.buyer)

    assert desk.refusal("task.stages.get", {"entityId": group.id}, by=company.seller) == (400, "ACCESS_DENIED")
    assert desk.refusal("task.stages.get", {"entityId": group.id, "isAdmin": True}, by=company.seller) == (
        400,
        "ACCESS_DENIED",
    )
    assert desk.refusal("task.stages.get", {"entityId": group.id}) == (400, "ACCESS_DENIED")
    assert len(desk.call("task.stages.get", {"entityId": group.id, "isAdmin": True})) == 3


def test_moving_a_task_that_is_not_there(desk, group):
    column = desk.portal.tasks.kanban.columns("G", group.id)[0]

    assert desk.refusal("task.stages.movetask", {"id": 999, "stageId": column.id}) == (400, "TASK_NOT_FOUND")


def test_tasks_keep_their_places_in_a_column(desk):
    group = desk.portal.workgroups.add("Отдел", owner=1)
    first, second = desk.portal.tasks.kanban.columns("G", group.id)[:2]
    one, two, three = (desk.portal.tasks.add(name, responsible=1, group=group.id).id for name in ("1", "2", "3"))

    def column(which):
        return [task.title for task in desk.portal.tasks.kanban.tasks_in(which)]

    def move(task, **where):
        return desk.call("task.stages.movetask", {"id": task, "stageId": second.id, **where})

    assert column(first) == ["3", "2", "1"]  # new ones on top
    move(one)
    move(two, after=one)
    move(three, before=two)
    assert (column(first), column(second)) == ([], ["1", "3", "2"])

    request = {"filter": {"STAGE_ID": second.id}, "order": {"SORTING": "asc"}, "select": ["TITLE", "SORTING"]}
    rows = desk.call("tasks.task.list", request)["tasks"]
    assert [(row["title"], row["sorting"]) for row in rows] == [("1", "1024"), ("3", "2048"), ("2", "3072")]


def test_a_plan_has_places_too(desk):
    column = desk.portal.tasks.kanban.columns("U", 1)[1]
    one, two = (desk.portal.tasks.add(name, responsible=1).id for name in ("1", "2"))

    desk.call("task.stages.movetask", {"id": one, "stageId": column.id})
    desk.call("task.stages.movetask", {"id": two, "stageId": column.id, "after": one})

    assert [task.title for task in desk.portal.tasks.kanban.tasks_in(column)] == ["1", "2"]
