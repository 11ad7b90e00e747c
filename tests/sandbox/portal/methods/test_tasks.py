"""``tasks.task.*`` and ``task.commentitem.add`` over HTTP (api-reference/tasks/)."""

from __future__ import annotations

import pytest

from sandbox.portal.crm import Crm

UNDEFINED = "undefined"


def add(desk, *, by=1, **fields):
    """A task as its adding answered it."""
    return desk.call(
        "tasks.task.add", {"fields": {"TITLE": "Разобрать сделку", "RESPONSIBLE_ID": by, **fields}}, by=by
    )["task"]


def titles(desk, *, by=1, **request):
    return [task["title"] for task in desk.call("tasks.task.list", request, by=by)["tasks"]]


# What a task looks like


def test_a_new_task_answers_camel_case_strings(desk):
    task = add(desk, TITLE="Проверить сделку", XML_ID="case:1#survey", TIME_ESTIMATE=3600)

    assert task["id"] == "1"
    assert task["xmlId"] == "case:1#survey"
    assert (task["status"], task["stageId"], task["groupId"], task["timeEstimate"]) == ("2", "0", "0", "3600")
    assert (task["createdBy"], task["responsibleId"]) == ("1", "1")
    assert (task["parentId"], task["closedBy"], task["closedDate"], task["timeSpentInLogs"]) == (None, None, None, None)
    assert (task["taskControl"], task["favorite"]) == ("N", "N")
    assert task["createdDate"] == task["changedDate"] == "2026-01-15T12:00:00+03:00"
    assert task["guid"].startswith("{")


def test_empty_maps_are_empty_lists_as_php_writes_them(desk):
    task = add(desk)

    assert [
        task[name] for name in ("group", "checklist", "accomplices", "auditors", "accomplicesData", "auditorsData")
    ] == [[] for _ in range(6)]
    assert task["checkListTree"]["descendants"] == []


def test_the_answer_has_exactly_the_documented_fields(desk):
    task = add(desk)

    assert list(task)[:4] == ["id", "parentId", "title", "description"]
    assert {"creator", "responsible", "action", "checkListTree", "checkListCanAdd", "newCommentsCount"} <= set(task)
    assert not {"ufCrmTask", "tags", "dependsOn"} & set(task)
    assert task["creator"] == {
        "id": "1",
        "name": "Администратор",
        "link": "/company/personal/user/1/",
        "icon": "/bitrix/images/tasks/default_avatar.png",
        "workPosition": "",
    }


def test_people_and_group_come_as_objects(desk, company):
    group = desk.portal.workgroups.add("Отдел закупок", owner=1, members=[company.buyer])
    task = add(desk, ACCOMPLICES=[company.buyer], AUDITORS=[company.boss, 999], GROUP_ID=group.id)

    assert task["accomplices"] == [str(company.buyer)]
    assert task["auditors"] == [str(company.boss)]  # whom nobody knows is left out
    assert task["auditorsData"][str(company.boss)]["workPosition"] == "Руководитель отдела"
    assert task["group"]["id"] == str(group.id)
    assert (task["group"]["opened"], task["group"]["membersCount"]) == (False, 2)


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        # an offset is an offset: the answer has the server's
        ("2026-01-20T18:00:00+03:00", "2026-01-20T18:00:00+03:00"),
        ("2026-01-20T18:00:00+10:00", "2026-01-20T11:00:00+03:00"),
        ("2026-01-20T15:00:00Z", "2026-01-20T18:00:00+03:00"),
        # without one it is the server's time, whatever the zone of the user
        ("2026-01-20T18:00:00", "2026-01-20T18:00:00+03:00"),
        ("2026-01-20", "2026-01-20T00:00:00+03:00"),
        ("20.01.2026 18:00:00", "2026-01-20T18:00:00+03:00"),
        ("", None),
        (None, None),
    ],
)
def test_a_deadline_is_shown_in_the_zone_of_the_server(desk, company, sent, answered):
    assert add(desk, by=company.buyer, DEADLINE=sent)["deadline"] == answered


def test_select_narrows_the_card_and_brings_the_people_along(desk):
    task_id = add(desk)["id"]

    shown = desk.call("tasks.task.get", {"taskId": task_id, "select": ["ID", "TITLE", "CREATED_BY", "DESCRIPTION"]})[
        "task"
    ]

    assert set(shown) == {
        "id", "title", "createdBy", "description", "descriptionInBbcode", "favorite", "group", "creator", "action",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["UF_CRM_TASK", "UF_TASK_WEBDAV_FILES", "UF_MAIL_MESSAGE"])
def test_crm_files_and_mail_come_all_three_when_one_is_selected(desk, name):
    task_id = add(desk)["id"]

    shown = desk.call("tasks.task.get", {"taskId": task_id, "select": ["ID", name]})["task"]

    assert {key: shown[key] for key in ("ufCrmTask", "ufTaskWebdavFiles", "ufMailMessage")} == {
        "ufCrmTask": False,
        "ufTaskWebdavFiles": False,
        "ufMailMessage": None,
    }


def test_custom_fields_are_kept_and_shown_when_selected(desk):
    desk.portal.tasks.fields.add("UF_SHIPMENT", "string")
    task_id = add(desk, UF_SHIPMENT="A-17", UF_NOBODY_MADE="x")["id"]

    assert "ufShipment" not in desk.call("tasks.task.get", {"taskId": task_id})["task"]
    assert desk.call("tasks.task.get", {"taskId": task_id, "select": ["UF_SHIPMENT"]})["task"]["ufShipment"] == "A-17"


def test_the_chat_of_the_new_card_is_a_number(desk):
    task_id = add(desk)["id"]

    assert isinstance(desk.call("tasks.task.get", {"taskId": task_id})["task"]["chatId"], int)


def test_fields_describe_themselves(desk):
    fields = desk.call("tasks.task.getFields")["fields"]

    assert fields["ID"] == {"title": "ID", "type": "integer", "primary": True}
    assert fields["UF_CRM_TASK"] == {"title": "Элементы CRM", "type": "crm"}
    assert fields["STATUS"]["values"]["4"] == "Ожидает контроля"


class LinkedTypes(Crm):
    """A CRM in which only deals and one smart process are linked to tasks."""

    def accepts_task_binding(self, code):
        return code.startswith(("D_", "T406_"))


def test_bindings_to_crm_are_kept_found_and_replaced_as_a_whole(desk):
    desk.portal.crm = LinkedTypes(desk.portal)
    task_id = add(desk, TITLE="Мера", UF_CRM_TASK=["T406_24", "D_351", "T500_1"])["id"]
    add(desk, TITLE="Другая", UF_CRM_TASK=["D_7"])

    def bound():
        return desk.call("tasks.task.get", {"taskId": task_id, "select": ["UF_CRM_TASK"]})["task"]["ufCrmTask"]

    # an item of a smart process that is not linked is dropped without a word
    assert bound() == ["T406_24", "D_351"]
    assert titles(desk, filter={"UF_CRM_TASK": "T406_24"}) == ["Мера"]
    assert titles(desk, filter={"UF_CRM_TASK": ["D_351", "D_7"]}) == ["Другая", "Мера"]
    assert titles(desk, filter={"!UF_CRM_TASK": "D_7"}) == ["Мера"]

    desk.call("tasks.task.update", {"taskId": task_id, "fields": {"UF_CRM_TASK": ["D_1"]}})
    assert bound() == ["D_1"]
    assert titles(desk, filter={"UF_CRM_TASK": "T406_24"}) == []


# Refusals


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"RESPONSIBLE_ID": 1}, "Не указано название задачи<br>"),
        ({"TITLE": "  ", "RESPONSIBLE_ID": 1}, "Не указано название задачи<br>"),
        ({"TITLE": "x"}, "Не указан исполнитель<br>"),
        ({"TITLE": "x", "RESPONSIBLE_ID": 999}, "Пользователь указанный в поле &quot;Исполнитель&quot; не найден<br>"),
        ({"TITLE": "x", "RESPONSIBLE_ID": 1, "STATUS": 42}, "Некорректный статус<br>"),
        (
            {"TITLE": "x", "RESPONSIBLE_ID": 1, "PARENT_ID": 999},
            "Задача указанная в поле &quot;Надзадача&quot; не найдена<br>",
        ),
        (
            {"TITLE": "x", "RESPONSIBLE_ID": 1, "START_DATE_PLAN": "2026-02-02", "END_DATE_PLAN": "2026-02-01"},
            "В планировании сроков указана дата окончания меньшая даты старта<br>",
        ),
        (
            {"TITLE": "x", "RESPONSIBLE_ID": 1, "START_DATE_PLAN": "2026-02-02", "END_DATE_PLAN": "2126-02-01"},
            "В планировании сроков указана слишком большая длительность задачи<br>",
        ),
        # not documented, refused so that a typing error shows
        ({"TITLE": "x", "RESPONSIBLE_ID": 1, "GROUP_ID": 999}, "Группа не найдена<br>"),
        ({"TITLE": "x", "RESPONSIBLE_ID": 1, "DEADLINE": "скоро"}, "Некорректная дата<br>"),
        (
            {"TITLE": "x", "RESPONSIBLE_ID": 1, "CREATED_BY": 999},
            "Пользователь указанный в поле &quot;Постановщик&quot; не найден<br>",
        ),
    ],
)
def test_a_task_that_cannot_be_is_refused_with_a_reason(desk, fields, words):
    answer = desk.send("tasks.task.add", {"fields": fields})

    assert (answer.status_code, answer.json()["error"]) == (400, "ERROR_CORE")
    assert answer.json()["error_description"] == words
    assert len(desk.portal.tasks) == 0


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("tasks.task.add", {}, "100"),
        ("tasks.task.add", {"fields": {}}, "100"),
        ("tasks.task.update", {"taskId": 1}, "100"),
        ("tasks.task.update", {"fields": {"TITLE": "x"}}, "100"),
        ("tasks.task.get", {}, "100"),
        ("tasks.task.get", {"taskId": 1, "select": "ID"}, "100"),
        ("tasks.task.getaccess", {"taskId": 1, "users": "1"}, "100"),
        ("tasks.task.delegate", {"taskId": 1}, "100"),
        *[(f"tasks.task.{action}", {}, "100") for action in ("start", "pause", "defer", "complete", "renew")],
        ("tasks.task.get", {"taskId": "пять"}, "0"),
        ("tasks.task.complete", {"taskId": "пять"}, "0"),
        ("tasks.task.delete", {"taskId": "пять"}, "0"),
        ("tasks.task.list", {"order": {"XML_ID": "asc"}}, "0"),
        ("tasks.task.list", {"order": {"id": "asc"}}, "0"),
        # a task that is not there, and every method's own way to say no
        ("tasks.task.update", {"taskId": 999, "fields": {"TITLE": "x"}}, "0"),
        ("tasks.task.delegate", {"taskId": 999, "userId": 1}, "0"),
        ("tasks.task.start", {"taskId": 999}, "0"),
        ("tasks.task.complete", {"taskId": 999}, "0"),
        ("tasks.task.pause", {"taskId": 999}, "1048582"),
        ("tasks.task.defer", {"taskId": 999}, "1048582"),
        ("tasks.task.renew", {"taskId": 999}, "1048582"),
        ("tasks.task.approve", {"taskId": 999}, "1048582"),
        ("tasks.task.disapprove", {"taskId": 999}, "1048582"),
        ("tasks.task.delete", {"taskId": 999}, "1048582"),
        ("tasks.task.favorite.add", {"taskId": 999}, "1"),
    ],
)
def test_wrong_calls_are_refused_with_the_code_of_their_page(desk, method, params, code):
    assert desk.refusal(method, params) == (400, code)


@pytest.mark.parametrize("name", ["taskId", "id"])
def test_the_number_of_a_task_has_two_names(desk, name):
    number = int(desk.call("tasks.task.add", {"fields": {"TITLE": "Т", "RESPONSIBLE_ID": 1}})["task"]["id"])
    assert desk.call("tasks.task.get", {name: number})["task"]["id"] == str(number)
    assert desk.call("tasks.task.update", {name: number, "fields": {"TITLE": "У"}})["task"]["title"] == "У"
    assert desk.call("tasks.task.complete", {name: number})["task"]["status"] == "5"
    assert desk.call("tasks.task.delete", {name: number})["task"] is True


def test_a_missing_task_is_no_error_but_an_empty_answer(desk):
    assert desk.call("tasks.task.get", {"taskId": 999}) == []
    assert desk.call("tasks.task.history.list", {"taskId": 999}) == {"list": []}
    assert desk.call("tasks.task.getaccess", {"taskId": 999}) == {"allowedActions": []}


def test_a_task_cannot_be_below_itself(desk):
    upper = add(desk)["id"]
    lower = add(desk, PARENT_ID=upper)["id"]

    assert desk.words("tasks.task.update", {"taskId": upper, "fields": {"PARENT_ID": upper}}) == (
        "Невозможно привязать узел к самому себе<br>"
    )
    assert desk.words("tasks.task.update", {"taskId": upper, "fields": {"PARENT_ID": lower}}) == (
        "Создание зацикленных связей в задачах запрещено<br>"
    )


# Events


def test_adding_changing_and_deleting_are_announced_with_literal_undefined(desk):
    task_id = int(add(desk)["id"])
    desk.call("tasks.task.update", {"taskId": task_id, "fields": {"TITLE": "Иначе"}})
    desk.call("tasks.task.delete", {"taskId": task_id})

    assert desk.portal.announced == [
        ("ONTASKADD", body(UNDEFINED, {"ID": task_id}, "N", UNDEFINED)),
        ("ONTASKUPDATE", body({"ID": task_id}, {"ID": task_id}, UNDEFINED, UNDEFINED)),
        ("ONTASKDELETE", body({"ID": task_id}, UNDEFINED, UNDEFINED, "N")),
    ]


def body(before, after, accessible_before, accessible_after):
    return {
        "FIELDS_BEFORE": before,
        "FIELDS_AFTER": after,
        "IS_ACCESSIBLE_BEFORE": accessible_before,
        "IS_ACCESSIBLE_AFTER": accessible_after,
    }


def test_an_update_that_changes_nothing_says_nothing(desk):
    task = add(desk, DEADLINE="2026-01-20T18:00:00+03:00", AUDITORS=[1])
    desk.events()
    desk.portal.clock.advance(60)

    again = desk.call(
        "tasks.task.update",
        {
            "taskId": task["id"],
            "fields": {"TITLE": task["title"], "DEADLINE": "2026-01-20T15:00:00Z", "AUDITORS": ["1"]},
        },
    )["task"]

    assert desk.events() == []
    assert again["changedDate"] == task["changedDate"]


@pytest.mark.parametrize("action", ["start", "complete", "defer"])
def test_a_change_of_status_is_announced_once(desk, action):
    task_id = add(desk)["id"]
    desk.events()

    desk.call(f"tasks.task.{action}", {"taskId": task_id})

    assert desk.events() == ["ONTASKUPDATE"]


# Statuses


def test_the_working_life_of_a_task(desk):
    task_id = add(desk)["id"]
    seen = []
    for action in ("start", "pause", "defer", "renew", "complete", "renew"):
        desk.portal.clock.advance(60)
        task = desk.call(f"tasks.task.{action}", {"taskId": task_id})["task"]
        seen.append((action, task["status"], task["closedBy"], bool(task["closedDate"])))

    assert seen == [
        ("start", "3", "0", False),
        ("pause", "2", "0", False),
        ("defer", "6", "0", False),
        ("renew", "2", "0", False),
        ("complete", "5", "1", True),
        ("renew", "2", "0", False),
    ]


def test_when_the_status_changed_and_by_whom_is_written(desk, company):
    task_id = add(desk, RESPONSIBLE_ID=company.seller)["id"]
    desk.portal.clock.advance(90)

    task = desk.call("tasks.task.start", {"taskId": task_id}, by=company.seller)["task"]

    assert (task["statusChangedBy"], task["changedBy"]) == (str(company.seller), str(company.seller))
    assert task["statusChangedDate"] == task["dateStart"] == "2026-01-15T12:01:30+03:00"


@pytest.mark.parametrize(
    ("done", "refused", "code"),
    [
        ([], "pause", "1048582"),
        ([], "renew", "1048582"),
        ([], "approve", "1048582"),
        (["start"], "start", "0"),
        (["start"], "defer", "1048582"),
        (["complete"], "complete", "0"),
        (["defer"], "start", "0"),
    ],
)
def test_what_the_status_does_not_allow_is_refused(desk, done, refused, code):
    task_id = add(desk)["id"]
    for action in done:
        desk.call(f"tasks.task.{action}", {"taskId": task_id})

    assert desk.refusal(f"tasks.task.{refused}", {"taskId": task_id}) == (400, code)


def test_under_control_the_work_of_the_executor_awaits_the_creator(desk, company):
    task_id = add(desk, RESPONSIBLE_ID=company.seller, TASK_CONTROL="Y")["id"]

    awaiting = desk.call("tasks.task.complete", {"taskId": task_id}, by=company.seller)["task"]
    assert (awaiting["status"], awaiting["closedDate"]) == ("4", None)
    assert desk.refusal("tasks.task.approve", {"taskId": task_id}, by=company.seller) == (400, "1048582")
    assert desk.call("tasks.task.disapprove", {"taskId": task_id})["task"]["status"] == "2"

    desk.call("tasks.task.complete", {"taskId": task_id}, by=company.seller)
    accepted = desk.call("tasks.task.approve", {"taskId": task_id})["task"]
    assert (accepted["status"], accepted["closedBy"]) == ("5", "1")


def test_the_creator_completes_a_controlled_task_at_once(desk, company):
    task_id = add(desk, RESPONSIBLE_ID=company.seller, TASK_CONTROL="Y")["id"]

    assert desk.call("tasks.task.complete", {"taskId": task_id})["task"]["status"] == "5"


def test_a_status_written_by_update_obeys_the_control_too(desk, company):
    task_id = add(desk, RESPONSIBLE_ID=company.seller, TASK_CONTROL="Y")["id"]

    updated = desk.call("tasks.task.update", {"taskId": task_id, "fields": {"STATUS": 5}}, by=company.seller)["task"]

    assert updated["status"] == "4"


def test_without_a_required_result_nothing_is_completed(desk):
    task_id = add(desk, SE_PARAMETER=[{"CODE": 3, "VALUE": "Y"}])["id"]

    assert desk.refusal("tasks.task.complete", {"taskId": task_id}) == (400, "0")
    assert desk.refusal("tasks.task.update", {"taskId": task_id, "fields": {"STATUS": 5}}) == (400, "0")
    desk.portal.tasks.results.add(desk.portal.tasks.get(int(task_id)), "Сделано", by=1)
    assert desk.call("tasks.task.complete", {"taskId": task_id})["task"]["status"] == "5"

    # the result was closed with the task: renewed, it needs a new one
    desk.call("tasks.task.renew", {"taskId": task_id})
    assert desk.refusal("tasks.task.complete", {"taskId": task_id}) == (400, "0")


def test_a_task_may_be_completed_with_the_last_of_its_subtasks(desk):
    upper = add(desk, SE_PARAMETER=[{"CODE": 2, "VALUE": "Y"}])["id"]
    first, second = (add(desk, PARENT_ID=upper)["id"] for _ in range(2))

    desk.call("tasks.task.complete", {"taskId": first})
    assert desk.call("tasks.task.get", {"taskId": upper})["task"]["status"] == "2"
    desk.call("tasks.task.complete", {"taskId": second})
    assert desk.call("tasks.task.get", {"taskId": upper})["task"]["status"] == "5"


def test_delegating_changes_the_responsible(desk, company):
    task_id = add(desk, by=company.seller)["id"]

    task = desk.call("tasks.task.delegate", {"taskId": task_id, "userId": company.buyer}, by=company.seller)["task"]

    assert task["responsibleId"] == str(company.buyer)
    assert task["auditors"] == [str(company.seller)]


# Who may do what


def test_actions_follow_role_and_status(desk, company):
    task_id = add(desk, RESPONSIBLE_ID=company.seller, TASK_CONTROL="Y")["id"]

    allowed = desk.call(
        "tasks.task.getaccess", {"taskId": task_id, "users": [1, company.seller, company.outsider, 999]}
    )["allowedActions"]

    assert list(allowed["1"])[:3] == ["ACCEPT", "DECLINE", "COMPLETE"]
    assert (allowed["1"]["REMOVE"], allowed["1"]["START"]) == (True, True)
    seller = allowed[str(company.seller)]
    assert (seller["COMPLETE"], seller["REMOVE"], seller["EDIT"], seller["CHANGE_DEADLINE"]) == (
        True,
        False,
        False,
        False,
    )
    assert not any(allowed[str(company.outsider)].values())
    assert not any(allowed["999"].values())


def test_the_card_repeats_the_actions_in_camel_case(desk):
    action = add(desk)["action"]

    assert list(action)[-4:] == ["edit.plan", "checklist.add", "favorite.add", "favorite.delete"]
    assert (action["changeDeadline"], action["checklistAddItems"], action["approve"]) == (True, True, False)


@pytest.mark.parametrize(
    ("reader", "sees"),
    [
        ("boss", True),  # heads the seller
        ("seller", True),
        ("buyer", False),
        ("outsider", False),
    ],
)
def test_who_sees_a_task(desk, company, reader, sees):
    task_id = add(desk, RESPONSIBLE_ID=company.seller)["id"]
    user = getattr(company, reader)

    assert bool(desk.call("tasks.task.get", {"taskId": task_id}, by=user)) is sees
    assert (titles(desk, by=user) != []) is sees


def test_members_of_the_group_see_its_tasks(desk, company):
    group = desk.portal.workgroups.add("Закупки", owner=1, members=[company.outsider])
    add(desk, TITLE="В группе", GROUP_ID=group.id)

    assert titles(desk, by=company.outsider) == ["В группе"]
    assert titles(desk, by=company.buyer) == []


def test_a_task_is_not_put_into_a_group_by_somebody_from_outside(desk, company):
    group = desk.portal.workgroups.add("Закупки", owner=1)
    fields = {"TITLE": "x", "RESPONSIBLE_ID": company.seller, "GROUP_ID": group.id}

    assert desk.refusal("tasks.task.add", {"fields": fields}, by=company.seller) == (400, "ERROR_CORE")


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"TITLE": "Иначе"}, False),
        ({"DEADLINE": "2026-02-01"}, False),
        ({"STATUS": 3}, True),
        ({"STATUS": 3, "TITLE": "Иначе"}, False),
    ],
)
def test_the_executor_changes_only_what_is_theirs(desk, company, fields, allowed):
    task_id = add(desk, RESPONSIBLE_ID=company.seller)["id"]

    answer = desk.send("tasks.task.update", {"taskId": task_id, "fields": fields}, by=company.seller)

    assert (answer.status_code, answer.json().get("error")) == ((200, None) if allowed else (400, "0"))


def test_the_executor_moves_the_deadline_where_that_is_allowed(desk, company):
    task_id = add(desk, RESPONSIBLE_ID=company.seller, ALLOW_CHANGE_DEADLINE="Y")["id"]

    moved = desk.call("tasks.task.update", {"taskId": task_id, "fields": {"DEADLINE": "2026-02-01"}}, by=company.seller)

    assert moved["task"]["deadline"] == "2026-02-01T00:00:00+03:00"


def test_only_who_may_remove_deletes(desk, company):
    task_id = add(desk, RESPONSIBLE_ID=company.seller)["id"]

    assert desk.refusal("tasks.task.delete", {"taskId": task_id}, by=company.seller) == (400, "1048582")
    assert desk.call("tasks.task.delete", {"taskId": task_id}) == {"task": True}
    assert desk.call("tasks.task.get", {"taskId": task_id}) == []


def test_scope_is_asked(desk):
    answer = desk.send("tasks.task.list", scopes=frozenset({"crm"}))

    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


# Lists


@pytest.fixture
def shelf(desk, company):
    """Five tasks that differ in everything a filter can ask for."""
    group = desk.portal.workgroups.add("Закупки", owner=1, members=[company.seller, company.buyer])
    columns = desk.portal.tasks.kanban.columns("G", group.id)
    add(desk, TITLE="Альфа", RESPONSIBLE_ID=company.seller, DEADLINE="2026-01-14T12:00:00+03:00")
    desk.portal.clock.advance(3600)
    add(desk, TITLE="Бета", RESPONSIBLE_ID=company.buyer, GROUP_ID=group.id, STAGE_ID=columns[1].id, PRIORITY=2)
    desk.portal.clock.advance(3600)
    add(desk, TITLE="Гамма", AUDITORS=[company.boss], TAGS=["срочно", "опт"], XML_ID="x", GROUP_ID=group.id)
    desk.portal.clock.advance(3600)
    add(desk, TITLE="Дельта", PARENT_ID=1, ACCOMPLICES=[company.seller], DEADLINE="2026-01-16T10:00:00+03:00")
    desk.call("tasks.task.complete", {"taskId": 4})
    desk.portal.clock.advance(3600)
    add(desk, TITLE="Эпсилон", MARK="P", DEADLINE="2026-03-01T12:00:00+03:00", ADD_IN_REPORT="Y", DEPENDS_ON=[1])
    return columns


ALL = ["Эпсилон", "Дельта", "Гамма", "Бета", "Альфа"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ALL),
        ({"ID": 2}, ["Бета"]),
        ({"ID": [2, "3"]}, ["Гамма", "Бета"]),
        ({"!ID": [2, 3]}, ["Эпсилон", "Дельта", "Альфа"]),
        ({">ID": 3}, ["Эпсилон", "Дельта"]),
        ({">=ID": 4, "<ID": 5}, ["Дельта"]),
        ({"PARENT_ID": 1}, ["Дельта"]),
        ({"GROUP_ID": 0, "PARENT_ID": 0}, ["Эпсилон", "Альфа"]),
        ({"!GROUP_ID": 0}, ["Гамма", "Бета"]),
        ({"RESPONSIBLE_ID": 3}, ["Альфа"]),
        ({"ACCOMPLICE": 3}, ["Дельта"]),
        ({"AUDITOR": 2}, ["Гамма"]),
        ({"CREATED_BY": 1}, ALL),
        ({"STATUS_CHANGED_BY": 1}, ["Дельта"]),
        ({"REAL_STATUS": 5}, ["Дельта"]),
        ({"!REAL_STATUS": 5}, ["Эпсилон", "Гамма", "Бета", "Альфа"]),
        ({"REAL_STATUS": ["2", 5], "PRIORITY": 2}, ["Бета"]),
        # the status with its three meta-statuses is another filter: -1 is overdue
        ({"STATUS": -1}, ["Альфа"]),
        ({"STATUS": 2}, ["Эпсилон", "Гамма", "Бета"]),
        ({"TITLE": "Бета"}, ["Бета"]),
        ({"TITLE": "%ТА"}, ["Дельта", "Бета"]),
        ({"!TITLE": "%та"}, ["Эпсилон", "Гамма", "Альфа"]),
        ({"TAG": "опт"}, ["Гамма"]),
        ({"MARK": "P"}, ["Эпсилон"]),
        ({"ADD_IN_REPORT": "Y"}, ["Эпсилон"]),
        ({"DEPENDS_ON": 1}, ["Эпсилон"]),
        ({"<DEADLINE": "2026-01-15"}, ["Альфа"]),
        ({">=DEADLINE": "2026-01-16T10:00:00+03:00"}, ["Эпсилон", "Дельта"]),
        ({"DEADLINE": ""}, ["Гамма", "Бета"]),
        ({"!DEADLINE": ""}, ["Эпсилон", "Дельта", "Альфа"]),
        ({">=CREATED_DATE": "2026-01-15T14:00:00+03:00"}, ["Эпсилон", "Дельта", "Гамма"]),
        ({">CHANGED_DATE": "2026-01-15T14:00:00+03:00"}, ["Эпсилон", "Дельта"]),
        ({">=CLOSED_DATE": "2026-01-15"}, ["Дельта"]),
        ({"<CLOSED_DATE": "2027-01-01"}, ["Дельта"]),
        ({"ONLY_ROOT_TASKS": "Y"}, ["Эпсилон", "Гамма", "Бета", "Альфа"]),
        ({"SITE_ID": "s1", "SPRINT_ID": 0, "BACKLOG_ID": 0, "FORUM_TOPIC_ID": 0}, ALL),
        # not documented, so not taken: the fields of tasks are no filters, and other prefixes are none
        ({"XML_ID": "x"}, ALL),
        ({"@ID": [2]}, ALL),
        ({"%TITLE": "Бета"}, ALL),
    ],
)
def test_filters(desk, shelf, wanted, found):
    assert titles(desk, filter=wanted) == found


def test_the_first_column_is_asked_for_as_zero_or_its_number(desk, shelf):
    assert titles(desk, filter={"STAGE_ID": [0, shelf[0].id], "GROUP_ID": 1}) == ["Гамма"]
    assert titles(desk, filter={"STAGE_ID": shelf[1].id}) == ["Бета"]


def test_a_subtask_is_a_root_for_who_cannot_see_what_is_above(desk, company):
    upper = add(desk)["id"]
    add(desk, TITLE="Снизу", PARENT_ID=upper, RESPONSIBLE_ID=company.seller)

    assert titles(desk, by=company.seller, filter={"ONLY_ROOT_TASKS": "Y"}) == ["Снизу"]


def test_favourites_have_a_filter_of_their_own(desk, shelf):
    desk.call("tasks.task.favorite.add", {"taskId": 3})

    assert titles(desk, filter={"::SUBFILTER-PARAMS": {"FAVORITE": "Y"}}) == ["Гамма"]
    assert desk.call("tasks.task.get", {"taskId": 3})["task"]["favorite"] == "Y"
    desk.call("tasks.task.favorite.remove", {"taskId": 3})
    assert titles(desk, filter={"::SUBFILTER-PARAMS": {"FAVORITE": "Y"}}) == []


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ({}, ALL),
        ({"ID": "asc"}, ALL[::-1]),
        ({"ID": "ASC"}, ALL[::-1]),
        ({"TITLE": "desc"}, ["Эпсилон", "Дельта", "Гамма", "Бета", "Альфа"]),
        # what has no deadline stands at the end either way
        ({"DEADLINE": "asc"}, ["Альфа", "Дельта", "Эпсилон", "Гамма", "Бета"]),
        ({"DEADLINE": "desc"}, ["Эпсилон", "Дельта", "Альфа", "Гамма", "Бета"]),
        ({"PRIORITY": "desc", "ID": "asc"}, ["Бета", "Альфа", "Гамма", "Дельта", "Эпсилон"]),
        ({"REAL_STATUS": "desc"}, ["Дельта", "Эпсилон", "Гамма", "Бета", "Альфа"]),
        ({"RESPONSIBLE_LAST_NAME": "desc", "ID": "asc"}, ["Альфа", "Бета", "Гамма", "Дельта", "Эпсилон"]),
        ({"CLOSED_DATE": "asc"}, ["Эпсилон", "Гамма", "Бета", "Альфа", "Дельта"]),
    ],
)
def test_orders(desk, shelf, order, found):
    assert titles(desk, order=order) == found


DOCUMENTED_ORDERS = (
    "ID", "TITLE", "TIME_SPENT_IN_LOGS", "DATE_START", "CREATED_DATE", "CHANGED_DATE", "CLOSED_DATE", "ACTIVITY_DATE",
    "START_DATE_PLAN", "END_DATE_PLAN", "DEADLINE", "REAL_STATUS", "STATUS_COMPLETE", "PRIORITY", "MARK",
    "CREATED_BY_LAST_NAME", "RESPONSIBLE_LAST_NAME", "GROUP_ID", "TIME_ESTIMATE", "ALLOW_CHANGE_DEADLINE",
    "ALLOW_TIME_TRACKING", "MATCH_WORK_TIME", "FAVORITE", "SORTING", "IS_PINNED", "IS_PINNED_IN_GROUP",
)  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTED_ORDERS)
def test_every_documented_key_sorts(desk, shelf, name):
    assert sorted(titles(desk, order={name: "desc"})) == sorted(ALL)


def test_pages_of_fifty(desk):
    for number in range(120):
        desk.portal.tasks.add(f"{number}", responsible=1)

    first = desk.body("tasks.task.list", {"order": {"ID": "asc"}})
    last = desk.body("tasks.task.list", {"order": {"ID": "asc"}, "start": 100})

    assert (len(first["result"]["tasks"]), first["total"], first["next"]) == (50, 120, 50)
    assert (len(last["result"]["tasks"]), last["total"], "next" in last) == (20, 120, False)
    assert last["result"]["tasks"][0]["id"] == "101"


def test_a_row_as_recorded_on_a_real_portal(desk):
    add(desk, DEADLINE="2026-01-01T12:00:00+03:00")

    assert desk.call("tasks.task.list", {"select": ["ID", "STATUS"]})["tasks"] == [
        {"id": "1", "status": "2", "group": [], "subStatus": "-1"}
    ]


def test_a_row_with_all_the_extras_of_the_page(desk, company):
    add(desk, DESCRIPTION="С [B]жирным[/B]", AUDITORS=[company.boss], TAGS=["опт"], DEADLINE="2026-03-01")

    [row] = desk.call(
        "tasks.task.list",
        {
            "order": {"DEADLINE": "asc"},
            "select": ["ID", "TITLE", "DESCRIPTION", "STATUS", "subStatus", "DEADLINE", "RESPONSIBLE_ID", "ACCOMPLICES",
                       "AUDITORS", "TAGS", "COUNTERS", "PRIORITY", "MARK"],
            "params": {"WITH_TIMER_INFO": True, "WITH_RESULT_INFO": True, "WITH_PARSED_DESCRIPTION": True},
        },
    )["tasks"]  # fmt: skip

    assert set(row) == {
        "id", "title", "description", "descriptionInBbcode", "deadline", "lengthDeadline", "status", "subStatus",
        "priority", "mark", "responsibleId", "responsible", "accomplices", "accomplicesData", "auditors",
        "auditorsData", "group", "tags", "counter", "taskRequireResult", "taskHasOpenResult", "taskHasResult",
        "timeElapsed", "timerIsRunningForCurrentUser", "parsedDescription",
    }  # fmt: skip
    assert row["tags"] == {"1": {"id": 1, "title": "опт"}}
    assert row["parsedDescription"] == "С <b>жирным</b>"
    assert row["counter"]["counters"]["expired"] == 0
    assert (row["taskRequireResult"], row["taskHasResult"]) == ("N", "N")


def test_not_yet_seen_and_nearly_overdue_are_sub_statuses(desk, company):
    given = add(desk, RESPONSIBLE_ID=company.seller)["id"]
    soon = add(desk, by=company.seller, DEADLINE="2026-01-16T10:00:00+03:00")["id"]

    rows = desk.call("tasks.task.list", {"select": ["ID", "STATUS"]}, by=company.seller)["tasks"]

    assert {row["id"]: row["subStatus"] for row in rows} == {given: "-2", soon: "-3"}
    desk.portal.tasks.view(desk.portal.tasks.get(int(given)), company.seller)
    rows = desk.call("tasks.task.list", {"select": ["ID", "STATUS"], "filter": {"ID": given}}, by=company.seller)[
        "tasks"
    ]
    assert rows[0]["subStatus"] == "2"


# History


def test_history_tells_who_changed_what(desk, company):
    task_id = add(desk, RESPONSIBLE_ID=company.seller)["id"]
    desk.portal.clock.advance(60)
    desk.call("tasks.task.start", {"taskId": task_id}, by=company.seller)
    desk.portal.clock.advance(60)
    desk.call("tasks.task.update", {"taskId": task_id, "fields": {"AUDITORS": [company.boss]}})

    records = desk.call("tasks.task.history.list", {"taskId": task_id})["list"]

    assert [(record["field"], record["value"]) for record in records] == [
        ("AUDITORS", {"from": "", "to": str(company.boss)}),
        ("STATUS", {"from": "2", "to": "3"}),
        ("NEW", {"from": None, "to": None}),
    ]
    assert records[1]["user"] == {
        "id": company.seller,
        "name": "Светлана",
        "lastName": "Продавцова",
        "secondName": "",
        "login": f"user{company.seller}@example.org",
    }
    assert records[1]["createdDate"] == "2026-01-15T12:01:00+03:00"


def test_history_is_filtered_and_turned_around(desk):
    task_id = add(desk)["id"]
    for action in ("start", "pause"):
        desk.portal.clock.advance(60)
        desk.call(f"tasks.task.{action}", {"taskId": task_id})

    records = desk.call(
        "tasks.task.history.list", {"taskId": task_id, "filter": {"FIELD": "STATUS"}, "order": {"createdDate": "ASC"}}
    )["list"]

    assert [record["value"]["to"] for record in records] == ["3", "2"]


def test_the_history_of_others_is_denied(desk, company):
    task_id = add(desk)["id"]

    assert desk.refusal("tasks.task.history.list", {"taskId": task_id}, by=company.buyer) == (400, "0")


# Comments


def test_a_comment_goes_into_the_chat_of_the_task(desk, company):
    task_id = int(add(desk, RESPONSIBLE_ID=company.seller)["id"])
    desk.events()

    number = desk.call("task.commentitem.add", [task_id, {"POST_MESSAGE": "Смотрите", "AUTHOR_ID": company.boss}])

    [(name, data)] = desk.portal.announced
    assert (name, data["FIELDS_AFTER"]) == ("ONTASKCOMMENTADD", {"ID": 0, "TASK_ID": task_id, "MESSAGE_ID": number})
    [comment] = desk.portal.tasks.comments.of_task(task_id)
    assert (comment.text, comment.author) == ("Смотрите", company.boss)
    assert desk.call("tasks.task.get", {"taskId": task_id})["task"]["commentsCount"] == "1"


@pytest.mark.parametrize(
    ("arguments", "by", "words"),
    [
        ([1, {"POST_MESSAGE": ""}], "seller", "Не указан текст комментария<br>"),
        ([1, {"POST_MESSAGE": "x"}], "outsider", "Недостаточно прав для добавления комментария.<br>"),
        ([999, {"POST_MESSAGE": "x"}], "seller", "Недостаточно прав для добавления комментария.<br>"),
        (
            [1, {"POST_MESSAGE": "x", "COLOR": "red"}],
            "seller",
            "TASKS_ERROR_EXCEPTION_#256; Param #1 (arFields) for method ctaskcommentitem::add() must not contain key "
            '"COLOR".; 256/TE/WRONG_ARGUMENTS<br>',
        ),
    ],
)
def test_comments_that_cannot_be(desk, company, arguments, by, words):
    add(desk, RESPONSIBLE_ID=company.seller)

    assert desk.words("task.commentitem.add", arguments, by=getattr(company, by)) == words
