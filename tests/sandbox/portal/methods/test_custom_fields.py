"""Fields people add to tasks and users (api-reference/tasks/user-field/, api-reference/user/userfields/)."""

from __future__ import annotations

import pytest


def add(desk, name="UF_SHIPMENT", kind="string", **more):
    params = {"USER_TYPE_ID": kind, "FIELD_NAME": name, **more}
    return desk.call("task.item.userfield.add", {"PARAMS": params})


def task_with(desk, **fields):
    return desk.call("tasks.task.add", {"fields": {"TITLE": "Задача", "RESPONSIBLE_ID": 1, **fields}})["task"]["id"]


def value(desk, task, name="UF_SHIPMENT"):
    task = desk.call("tasks.task.get", {"taskId": task, "select": ["*", name]})["task"]
    return task["ufShipment"]


def test_three_fields_come_with_the_portal(desk):
    body = desk.body("task.item.userfield.getlist", [{"FIELD_NAME": "asc"}])

    assert [(row["FIELD_NAME"], row["USER_TYPE_ID"], row["MULTIPLE"]) for row in body["result"]] == [
        ("UF_CRM_TASK", "crm", "Y"),
        ("UF_MAIL_MESSAGE", "mail_message", "N"),
        ("UF_TASK_WEBDAV_FILES", "disk_file", "Y"),
    ]
    assert body["total"] == 0


def test_a_new_field_as_documented(desk):
    number = add(
        desk,
        "CLIENT_REQUEST",
        XML_ID="REQUEST",
        EDIT_FORM_LABEL={"ru": "Запрос клиента", "en": "Client request"},
        LABEL="Запрос",
        SORT=220,
        SETTINGS={"ROWS": 10},
    )

    shown = desk.call("task.item.userfield.get", [number])
    assert (shown["ID"], shown["ENTITY_ID"], shown["FIELD_NAME"]) == (str(number), "TASKS_TASK", "UF_CLIENT_REQUEST")
    assert (shown["SORT"], shown["XML_ID"], shown["SHOW_IN_LIST"]) == ("220", "REQUEST", "Y")
    assert (shown["SETTINGS"]["ROWS"], shown["SETTINGS"]["SIZE"]) == (10, 20)
    assert (shown["EDIT_FORM_LABEL"]["ru"], shown["EDIT_FORM_LABEL"]["de"]) == ("Запрос клиента", "")
    assert shown["LIST_COLUMN_LABEL"]["de"] == "Запрос"
    listed = desk.call("task.item.userfield.getlist", [{}, {"XML_ID": "REQUEST"}])
    assert [row["ID"] for row in listed] == [str(number)]


def test_words_alone_are_a_label_for_every_language(desk):
    number = add(desk)

    assert desk.call("task.item.userfield.update", [number, {"EDIT_FORM_LABEL": "Партия"}]) is True
    assert set(desk.call("task.item.userfield.get", [number])["EDIT_FORM_LABEL"].values()) == {"Партия"}


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("string", "A-17", "A-17"),
        ("string", "", None),
        ("integer", "5", 5),
        ("integer", "пять", None),
        ("double", "1.5", 1.5),
        ("boolean", "Y", "1"),
        ("boolean", 0, "0"),
        ("datetime", "2026-01-20T10:00:00Z", "2026-01-20T13:00:00+03:00"),
        ("datetime", "завтра", None),
    ],
)
def test_values_have_the_type_of_the_field(desk, kind, written, kept):
    add(desk, kind=kind)

    assert value(desk, task_with(desk, UF_SHIPMENT=written)) == kept


def test_several_values(desk):
    add(desk, MULTIPLE="Y")
    task = task_with(desk, UF_SHIPMENT=["A", "", "B"])

    assert value(desk, task) == ["A", "B"]
    assert value(desk, task_with(desk)) is False


def test_a_boolean_is_never_multiple(desk):
    number = add(desk, kind="boolean", MULTIPLE="Y")

    assert desk.call("task.item.userfield.get", [number])["MULTIPLE"] == "N"


def test_a_mandatory_field_is_asked_for(desk):
    add(desk, MANDATORY="Y", LABEL="Партия")
    fields = {"TITLE": "Задача", "RESPONSIBLE_ID": 1}

    assert desk.words("tasks.task.add", {"fields": fields}) == "Не введено значение обязательного поля Партия<br>"
    task = task_with(desk, UF_SHIPMENT="A")
    assert desk.call("tasks.task.update", {"taskId": task, "fields": {"TITLE": "Другая"}})["task"]["title"] == "Другая"
    assert desk.refusal("tasks.task.update", {"taskId": task, "fields": {"UF_SHIPMENT": ""}}) == (400, "ERROR_CORE")


def test_a_field_is_among_the_fields_of_tasks(desk):
    add(desk, LABEL="Партия")

    assert desk.call("tasks.task.getFields")["fields"]["UF_SHIPMENT"] == {"title": "Партия", "type": "string"}


def test_a_deleted_field_is_gone_with_its_values(desk):
    number = add(desk)
    task = task_with(desk, UF_SHIPMENT="A")

    assert desk.call("task.item.userfield.delete", [number]) is True
    assert "ufShipment" not in desk.call("tasks.task.get", {"taskId": task, "select": ["*", "UF_SHIPMENT"]})["task"]


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("add", [{"FIELD_NAME": "UF_X"}], "ERROR_CORE"),
        ("add", [{"USER_TYPE_ID": "string"}], "ERROR_CORE"),
        ("add", [{"USER_TYPE_ID": "sound", "FIELD_NAME": "UF_X"}], "ERROR_CORE"),
        ("add", [{"USER_TYPE_ID": "string", "FIELD_NAME": "UF_CRM_TASK"}], "ERROR_CORE"),
        ("get", [], "ERROR_CORE"),
        ("get", ["x"], "ERROR_CORE"),
        ("get", [999], "ERROR_NOT_FOUND"),
        ("update", [999], "ERROR_CORE"),
        ("delete", [], "ERROR_CORE"),
        ("delete", [1], "ERROR_CORE"),  # came with the portal
    ],
)
def test_refusals(desk, method, arguments, code):
    assert desk.refusal(f"task.item.userfield.{method}", arguments) == (400, code)


def test_only_administrators_make_fields(desk, company):
    params = [{"USER_TYPE_ID": "string", "FIELD_NAME": "UF_X"}]

    assert desk.refusal("task.item.userfield.add", params, by=company.seller) == (400, "ERROR_CORE")
    assert desk.refusal("user.userfield.add", {"fields": params[0]}, by=company.seller) == (400, "")


def test_fields_of_users(desk, company):
    number = desk.call(
        "user.userfield.add", {"fields": {"FIELD_NAME": "uf_size", "USER_TYPE_ID": "integer", "LABEL": "Размер"}}
    )
    desk.call("user.update", {"ID": company.seller, "UF_USR_SIZE": "44"})

    [row] = desk.call("user.userfield.list", {"filter": {"FIELD_NAME": "UF_USR_SIZE"}})
    assert (row["ID"], row["ENTITY_ID"], row["USER_TYPE_ID"]) == (str(number), "USER", "integer")
    [user] = desk.call("user.get", {"ID": company.seller})
    assert user["UF_USR_SIZE"] == 44
    assert desk.call("user.fields")["UF_USR_SIZE"] == "Размер"
    assert desk.call("user.userfield.update", {"id": number, "fields": {"SORT": 10}}) is True
    assert desk.call("user.userfield.delete", {"id": number}) is True
    assert desk.call("user.userfield.list") == []


def test_elements_of_a_list(desk):
    fields = {"FIELD_NAME": "KIND", "USER_TYPE_ID": "enumeration", "LIST": [{"VALUE": "А"}, {"VALUE": "Б", "DEF": "Y"}]}
    desk.call("user.userfield.add", {"fields": fields})

    [row] = desk.call("user.userfield.list")
    assert [(choice["VALUE"], choice["SORT"], choice["DEF"]) for choice in row["LIST"]] == [
        ("А", "0", "N"),
        ("Б", "100", "Y"),
    ]


def test_types_and_description(desk):
    assert {"ID": "double", "title": "Число"} in desk.call("task.item.userfield.gettypes")
    assert desk.call("task.item.userfield.getfields")["FIELD_NAME"] == {
        "type": "string",
        "title": "Код",
        "isImmutable": True,
    }
