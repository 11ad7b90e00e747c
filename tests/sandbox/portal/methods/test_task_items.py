"""The older positional methods of tasks (api-reference/tasks/deprecated/)."""

from __future__ import annotations

import base64

import pytest


@pytest.fixture
def task(desk, company):
    return desk.portal.tasks.add(
        "Разобрать сделку", created_by=company.boss, responsible=company.seller, description="[B]Срочно[/B]"
    )


def test_names_do_not_matter_only_the_order(desk):
    fields = {"TITLE": "Задача", "RESPONSIBLE_ID": 1}

    first = desk.call("task.item.add", {"fields": fields})
    second = desk.call("task.item.add", [fields])
    assert desk.call("task.item.update", {"anything": first, "else": {"TITLE": "Другая"}}) == []

    assert [desk.portal.tasks.get(number).title for number in (first, second)] == ["Другая", "Задача"]


def test_data_comes_in_upper_case(desk, company, task):
    data = desk.call("task.item.getdata", {"TASKID": task.id}, by=company.seller)

    assert (data["ID"], data["TITLE"], data["RESPONSIBLE_ID"]) == (str(task.id), task.title, str(company.seller))
    assert (data["REAL_STATUS"], data["STATUS"]) == ("2", "-2")  # given by another and not looked at
    assert (data["TAGS"], data["UF_CRM_TASK"]) == ([], False)


def test_statuses(desk, company, task):
    def move(action):
        assert desk.call(f"task.item.{action}", [task.id], by=company.seller) == []
        return int(task.status)

    assert [move(action) for action in ("startexecution", "complete", "renew", "defer")] == [3, 5, 2, 6]
    assert "#4;" in desk.words("task.item.approve", [task.id], by=company.seller)
    assert "#512" in desk.words("task.item.complete", [task.id], by=company.outsider)


def test_delegating_and_deleting(desk, company, task):
    assert desk.call("task.item.delegate", [task.id, company.buyer], by=company.seller) == []
    assert task.responsible == company.buyer
    assert "#4;" in desk.words("task.item.delete", [task.id], by=company.buyer)
    assert desk.call("task.item.delete", [task.id], by=company.boss) == []
    assert desk.portal.tasks.get(task.id) is None


@pytest.mark.parametrize(
    ("arguments", "text"), [([], "<b>Срочно</b>"), ([1], "[B]Срочно[/B]"), ([2], "<b>Срочно</b>"), ([3], "Срочно")]
)
def test_description_in_three_forms(desk, task, arguments, text):
    assert desk.call("task.item.getdescription", [task.id, *arguments]) == text


def test_actions_by_number_and_by_name(desk, company, task):
    numbers = desk.call("task.item.getallowedactions", [task.id], by=company.seller)
    names = desk.call("task.item.getallowedtaskactionsasstrings", [task.id], by=company.seller)

    assert {3, 6, 7, 10, 15} <= set(numbers)
    assert 9 not in numbers
    assert (names["ACTION_START"], names["ACTION_EDIT"], len(names)) == (True, False, 18)
    assert desk.call("task.item.isactionallowed", [task.id, 6], by=company.seller) is True
    assert desk.call("task.item.isactionallowed", [task.id, 99], by=company.seller) is False


def test_favourites_take_subtasks_along(desk, task):
    child = desk.portal.tasks.add("Подзадача", responsible=1, parent=task.id)

    assert desk.call("task.item.addtofavorite", [task.id, {"AFFECT_CHILDREN": "Y"}]) is True
    assert set(desk.portal.tasks.favorites(1)) == {task.id, child.id}
    assert desk.call("task.item.deletefromfavorite", [task.id]) is True
    assert set(desk.portal.tasks.favorites(1)) == {child.id}


def test_a_file_is_uploaded_and_taken_off(desk, task):
    content = base64.b64encode(b"x").decode()
    number = desk.call("task.item.addfile", [task.id, {"NAME": "desc.txt", "CONTENT": content}])

    assert desk.call("disk.attachedObject.get", {"id": number})["NAME"] == "desc.txt"
    assert desk.call("task.item.getfiles", [task.id]) == [
        f"{desk.portal.address}/bitrix/tools/disk/uf.php?attachedId={number}&action=download&ncc=1"
    ]
    assert desk.call("task.item.deletefile", [task.id, number]) is True
    assert desk.call("task.item.getfiles", [task.id]) == []
    assert "#8;" in desk.words("task.item.deletefile", [task.id, number])
    assert "#256" in desk.words("task.item.addfile", [task.id, {"NAME": "x", "CONTENT": "не base64"}])


@pytest.mark.parametrize("method", ["task.item.list", "task.items.getlist"])
def test_lists_are_sorted_filtered_and_paged_by_number(desk, method):
    for number in range(1, 8):
        desk.portal.tasks.add(f"Задача {number}", responsible=1)
    page = {"NAV_PARAMS": {"nPageSize": 2, "iNumPage": 2}}
    select = ["ID", "TITLE"]
    options = [page, select] if method == "task.item.list" else [select, page]

    body = desk.body(method, [{"ID": "desc"}, {"ID": [1, 2, 3, 4, 5, 6]}, *options])

    assert body["result"] == [{"ID": "4", "TITLE": "Задача 4"}, {"ID": "3", "TITLE": "Задача 3"}]
    assert (body["total"], body["next"]) == (6, 4)
    assert "#256" in desk.words(method, [{"NO_SUCH": "asc"}])


def test_history_and_previous_tasks(desk, company, task):
    desk.portal.tasks.update(task, {"depends_on": (5,)}, by=company.boss)

    assert desk.call("task.item.getdependson", [task.id]) == ["5"]
    assert desk.call("task.logitem.list", [task.id])[0] == {
        "CREATED_DATE": "2026-01-15T12:00:00+03:00",
        "USER_ID": str(company.boss),
        "TASK_ID": str(task.id),
        "FIELD": "NEW",
        "FROM_VALUE": None,
        "TO_VALUE": None,
    }
