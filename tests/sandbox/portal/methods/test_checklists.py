"""``task.checklistitem.*`` over HTTP: positional, headers among the items (api-reference/tasks/checklist-item/)."""

from __future__ import annotations

import pytest


@pytest.fixture
def task_id(desk, company):
    return desk.portal.tasks.add("Согласовать меры", responsible=company.seller, auditors=(company.buyer,)).id


def items(desk, task_id, *, by=1, order=()):
    return desk.call("task.checklistitem.getlist", [task_id, dict(order)], by=by)


def tree(desk, task_id):
    """Titles with their parent's, from the top."""
    rows = items(desk, task_id, order={"ID": "asc"})
    names = {int(row["ID"]): row["TITLE"] for row in rows}
    return [(row["TITLE"], names.get(int(row["PARENT_ID"]))) for row in rows]


def test_parent_zero_is_a_new_list_and_the_others_hang_below(desk, task_id):
    votes = desk.call("task.checklistitem.add", [task_id, {"TITLE": "Меры", "PARENT_ID": 0}])
    desk.call("task.checklistitem.add", [task_id, {"TITLE": "Обучить", "PARENT_ID": votes}])

    newest, oldest = items(desk, task_id)
    assert oldest == {
        "ID": str(votes), "TASK_ID": str(task_id), "PARENT_ID": 0, "CREATED_BY": "1", "TITLE": "Меры",
        "SORT_INDEX": "0", "IS_COMPLETE": "N", "IS_IMPORTANT": "N", "TOGGLED_BY": None, "TOGGLED_DATE": "",
        "MEMBERS": [], "ATTACHMENTS": [],
    }  # fmt: skip
    assert (newest["TITLE"], newest["PARENT_ID"]) == ("Обучить", str(votes))


@pytest.mark.parametrize(
    ("fields", "below"),
    [
        # without a parent: the topmost list
        ({"TITLE": "Пункт"}, "Меры"),
        ({"TITLE": "Пункт", "PARENT_ID": 0}, None),
        # a parent the task does not have
        ({"TITLE": "Пункт", "PARENT_ID": 999}, None),
    ],
)
def test_where_an_item_lands(desk, task_id, fields, below):
    desk.call("task.checklistitem.add", [task_id, {"TITLE": "Меры", "PARENT_ID": 0}])
    desk.call("task.checklistitem.add", [task_id, fields])

    assert tree(desk, task_id)[-1] == ("Пункт", below)


def test_the_first_item_of_all_gets_a_list(desk, task_id):
    desk.call("task.checklistitem.add", [task_id, {"TITLE": "Пункт"}])

    assert tree(desk, task_id) == [("BX_CHECKLIST_1", None), ("Пункт", "BX_CHECKLIST_1")]


def test_names_are_ignored_and_only_the_order_counts(desk, task_id):
    named = {"TASKID": task_id, "FIELDS": {"TITLE": "По именам", "PARENT_ID": 0}}
    numbered = {"0": task_id, "1": {"TITLE": "По номерам", "PARENT_ID": 0}}
    misnamed = {"FIELDS": task_id, "TASKID": {"TITLE": "Наоборот", "PARENT_ID": 0}}
    for arguments in (named, numbered, misnamed):
        desk.call("task.checklistitem.add", arguments)

    assert [title for title, _ in tree(desk, task_id)] == ["По именам", "По номерам", "Наоборот"]


def test_what_a_client_adds_to_the_address_pushes_nothing_out_of_place(desk, task_id):
    number = desk.call("task.checklistitem.add?bx24_request_id=7", [task_id, {"TITLE": "Меры", "PARENT_ID": 0}])

    assert tree(desk, task_id) == [("Меры", None)]
    assert number > 0


def test_three_levels_and_no_more(desk, task_id):
    parent = 0
    for level in range(3):
        parent = desk.call("task.checklistitem.add", [task_id, {"TITLE": f"{level}", "PARENT_ID": parent}])

    assert desk.refusal("task.checklistitem.add", [task_id, {"TITLE": "3", "PARENT_ID": parent}]) == (400, "ERROR_CORE")


def test_ticking_remembers_who_and_when(desk, task_id, company):
    item = desk.call("task.checklistitem.add", [task_id, {"TITLE": "Обучить"}])
    desk.portal.clock.advance(60)

    assert desk.call("task.checklistitem.complete", [task_id, item], by=company.seller) is True
    desk.portal.clock.advance(60)
    assert desk.call("task.checklistitem.complete", [task_id, item]) is True  # again: nothing changes

    shown = desk.call("task.checklistitem.get", [task_id, item])
    assert (shown["IS_COMPLETE"], shown["TOGGLED_BY"], shown["TOGGLED_DATE"]) == (
        "Y",
        str(company.seller),
        "2026-01-15T12:01:00+03:00",
    )
    assert desk.call("task.checklistitem.renew", [task_id, item]) is True
    assert desk.call("task.checklistitem.get", [task_id, item])["IS_COMPLETE"] == "N"


def test_ticking_raises_no_event_of_the_task(desk, task_id):
    item = desk.call("task.checklistitem.add", [task_id, {"TITLE": "Обучить"}])
    desk.events()

    desk.call("task.checklistitem.complete", [task_id, item])

    assert desk.events() == []


def test_the_item_is_not_checked_against_the_task(desk, task_id):
    other = desk.portal.tasks.add("Другая", responsible=1)
    item = desk.call("task.checklistitem.add", [task_id, {"TITLE": "Обучить"}])

    assert desk.call("task.checklistitem.complete", [other.id, item]) is True
    assert desk.call("task.checklistitem.complete", [task_id, 999]) is False
    assert desk.refusal("task.checklistitem.get", [other.id, item]) == (400, "ERROR_CORE")


def test_members_join_the_task_in_their_role(desk, task_id, company):
    desk.events()
    item = desk.call(
        "task.checklistitem.add",
        [task_id, {"TITLE": "Обучить", "MEMBERS": {company.boss: {"TYPE": "A"}, company.buyer: {"TYPE": "U"}}}],
    )

    task = desk.call("tasks.task.get", {"taskId": task_id})["task"]
    assert (task["accomplices"], task["auditors"]) == ([str(company.boss)], [str(company.buyer)])
    assert desk.events() == ["ONTASKUPDATE"]
    members = desk.call("task.checklistitem.get", [task_id, item])["MEMBERS"]
    assert [(member["ID"], member["TYPE"], member["NAME"]) for member in members] == [
        (str(company.boss), "A", "Борис Начальников"),
        (str(company.buyer), "U", "Захар Закупкин"),
    ]


def test_update_changes_what_is_given_and_replaces_members(desk, task_id, company):
    item = desk.call(
        "task.checklistitem.add", [task_id, {"TITLE": "Обучить", "MEMBERS": {company.boss: {"TYPE": "A"}}}]
    )

    fields = {"TITLE": "Переучить", "IS_IMPORTANT": "Y", "MEMBERS": {company.seller: {"TYPE": "U"}}}
    assert desk.call("task.checklistitem.update", [task_id, item, fields]) is None

    shown = desk.call("task.checklistitem.get", [task_id, item])
    assert (shown["TITLE"], shown["IS_IMPORTANT"], shown["IS_COMPLETE"]) == ("Переучить", "Y", "N")
    assert [member["ID"] for member in shown["MEMBERS"]] == [str(company.seller)]


def test_a_list_moved_under_another_takes_its_items_along(desk, task_id):
    first = desk.call("task.checklistitem.add", [task_id, {"TITLE": "Первый", "PARENT_ID": 0}])
    second = desk.call("task.checklistitem.add", [task_id, {"TITLE": "Второй", "PARENT_ID": 0}])
    desk.call("task.checklistitem.add", [task_id, {"TITLE": "Пункт", "PARENT_ID": second}])

    desk.call("task.checklistitem.update", [task_id, second, {"PARENT_ID": first}])

    assert tree(desk, task_id) == [("Первый", None), ("Второй", "Первый"), ("Пункт", "Второй")]


def test_moving_behind_another_item_changes_the_parent_too(desk, task_id):
    numbers = {}
    for title, parent in (("Лист", None), ("1", "Лист"), ("1.1", "1"), ("2", "Лист"), ("3", "Лист")):
        fields = {"TITLE": title, "PARENT_ID": numbers.get(parent, 0)}
        numbers[title] = desk.call("task.checklistitem.add", [task_id, fields])

    assert desk.call("task.checklistitem.moveafteritem", [task_id, numbers["1.1"], numbers["2"]]) is None

    order = [(row["TITLE"], row["PARENT_ID"]) for row in items(desk, task_id, order={"SORT_INDEX": "asc"})]
    below = [title for title, parent in order if parent == str(numbers["Лист"])]
    assert below == ["1", "2", "1.1", "3"]


def test_deleting_takes_what_is_below(desk, task_id):
    root = desk.call("task.checklistitem.add", [task_id, {"TITLE": "Лист", "PARENT_ID": 0}])
    desk.call("task.checklistitem.add", [task_id, {"TITLE": "Пункт", "PARENT_ID": root}])

    assert desk.call("task.checklistitem.delete", [task_id, root]) is True
    assert items(desk, task_id) == []


def test_the_card_of_the_task_shows_items_and_tree(desk, task_id):
    root = desk.call("task.checklistitem.add", [task_id, {"TITLE": "Лист", "PARENT_ID": 0}])
    item = desk.call("task.checklistitem.add", [task_id, {"TITLE": "Пункт", "PARENT_ID": root, "IS_COMPLETE": "Y"}])

    task = desk.call("tasks.task.get", {"taskId": task_id})["task"]

    assert set(task["checklist"]) == {str(root), str(item)}
    assert (task["checklist"][str(root)]["parentId"], task["checklist"][str(item)]["parentId"]) == (0, str(root))
    assert task["checklist"][str(item)]["isComplete"] == "Y"
    [top] = task["checkListTree"]["descendants"]
    assert (top["nodeId"], top["fields"]["completedCount"], top["descendants"][0]["fields"]["displaySortIndex"]) == (
        1,
        1,
        "1",
    )


@pytest.mark.parametrize("key", ["ID", "PARENT_ID", "CREATED_BY", "TITLE", "SORT_INDEX", "IS_COMPLETE", "IS_IMPORTANT",
                                 "TOGGLED_BY", "TOGGLED_DATE"])  # fmt: skip
def test_every_documented_key_sorts(desk, task_id, key):
    for title in ("Б", "А"):
        desk.call("task.checklistitem.add", [task_id, {"TITLE": title, "PARENT_ID": 0}])

    assert sorted(row["TITLE"] for row in items(desk, task_id, order={key: "asc"})) == ["А", "Б"]


@pytest.mark.parametrize(
    ("method", "arguments", "number"),
    [
        ("add", [], 256),
        ("add", ["один", {"TITLE": "x"}], 256),
        ("add", [1], 256),
        ("add", [1, {}], 256),
        ("add", [1, {"SORT_INDEX": 5}], 8),
        ("add", [999, {"TITLE": "x"}], 8),
        ("getlist", [], 256),
        ("getlist", [1, {"IS_COMPLETED": "asc"}], 256),
        ("getlist", [999], 8),
        ("get", [1], 256),
        ("get", [1, 999], 512),
        ("update", [1, 1], 256),
        ("update", [1, 999, {"TITLE": "x"}], 8),
        ("complete", [1], 256),
        ("renew", [], 256),
        ("delete", [1, 999], 8),
        ("moveafteritem", [1, 1], 256),
        ("isactionallowed", [1, 1], 256),
    ],
)
def test_refusals_carry_their_number_in_the_words(desk, task_id, method, arguments, number):
    words = desk.words(f"task.checklistitem.{method}", arguments)

    assert words.startswith(f"TASKS_ERROR_EXCEPTION_#{number}; ")
    assert f"; {number}/TE/" in words


def test_ids_that_are_none_are_an_assertion_of_the_portal(desk, task_id):
    assert desk.words("task.checklistitem.complete", [0, 1]) == "TASKS_ERROR_ASSERT_EXCEPTION<br>"


@pytest.mark.parametrize(
    ("user", "reads", "changes"), [("seller", True, True), ("buyer", True, False), ("outsider", False, False)]
)
def test_rights_come_from_the_task(desk, task_id, company, user, reads, changes):
    item = desk.call("task.checklistitem.add", [task_id, {"TITLE": "Обучить"}])
    by = getattr(company, user)

    assert (desk.send("task.checklistitem.getlist", [task_id], by=by).status_code == 200) is reads
    assert desk.call("task.checklistitem.isactionallowed", [task_id, item, 4], by=by) is changes
    assert (desk.send("task.checklistitem.complete", [task_id, item], by=by).status_code == 200) is changes
    assert (
        desk.send("task.checklistitem.update", [task_id, item, {"TITLE": "x"}], by=by).status_code == 200
    ) is changes
