"""``crm.activity.*`` over HTTP: api-reference/crm/timeline/activities/."""

from __future__ import annotations

import pytest

DEAL, LEAD = 2, 1


def add_item(desk, entity_type_id: int = DEAL) -> int:
    number = desk.call("crm.item.add", {"entityTypeId": entity_type_id, "fields": {}})["item"]["id"]
    desk.events()
    return number


@pytest.fixture
def deal(desk) -> int:
    return add_item(desk)


@pytest.fixture
def lead(desk) -> int:
    return add_item(desk, LEAD)


def call_of(deal: int, **more: object) -> dict:
    """A phone call about a deal, in the words of ``crm.activity.add``."""
    fields = {
        "OWNER_TYPE_ID": DEAL,
        "OWNER_ID": deal,
        "TYPE_ID": 2,
        "SUBJECT": "Звонок",
        "RESPONSIBLE_ID": 1,
        "COMMUNICATIONS": [{"TYPE": "PHONE", "VALUE": "+79990000000"}],
        "START_TIME": "2026-01-16T10:00:00+03:00",
        "END_TIME": "2026-01-16T11:00:00+03:00",
        **more,
    }
    return {"fields": fields}


def todo(desk, deal: int, by: int = 1, **more: object) -> int:
    params = {"ownerTypeId": DEAL, "ownerId": deal, "deadline": "2026-01-20T18:00:00+03:00", **more}
    return desk.call("crm.activity.todo.add", params, by=by)["id"]


def shown(desk, number: int) -> dict:
    return desk.call("crm.activity.get", {"id": number})


# The older methods


def test_a_call(desk, deal):
    number = desk.call("crm.activity.add", call_of(deal))
    assert desk.portal.announced == [("ONCRMACTIVITYADD", {"FIELDS": {"ID": str(number)}})]
    assert shown(desk, number) == {
        "ID": str(number), "OWNER_ID": str(deal), "OWNER_TYPE_ID": "2", "TYPE_ID": "2",
        "PROVIDER_ID": "VOXIMPLANT_CALL", "PROVIDER_TYPE_ID": "CALL", "PROVIDER_GROUP_ID": None,
        "ASSOCIATED_ENTITY_ID": "0", "SUBJECT": "Звонок", "CREATED": "2026-01-15T12:00:00+03:00",
        "LAST_UPDATED": "2026-01-15T12:00:00+03:00", "START_TIME": "2026-01-16T10:00:00+03:00",
        "END_TIME": "2026-01-16T11:00:00+03:00", "DEADLINE": "2026-01-16T10:00:00+03:00", "COMPLETED": "N",
        "STATUS": "1", "RESPONSIBLE_ID": "1", "PRIORITY": "2", "NOTIFY_TYPE": "0", "NOTIFY_VALUE": "0",
        "DESCRIPTION": "", "DESCRIPTION_TYPE": "1", "DIRECTION": "0", "LOCATION": "", "SETTINGS": [],
        "ORIGINATOR_ID": None, "ORIGIN_ID": None, "AUTHOR_ID": "1", "EDITOR_ID": "1", "PROVIDER_PARAMS": [],
        "PROVIDER_DATA": None, "RESULT_MARK": "0", "RESULT_VALUE": None, "RESULT_SUM": None,
        "RESULT_CURRENCY_ID": None, "RESULT_STATUS": "0", "RESULT_STREAM": "0", "RESULT_SOURCE_ID": None,
        "AUTOCOMPLETE_RULE": "0",
    }  # fmt: skip


def test_nobody_named_is_whoever_is_responsible_for_the_owner(desk, deal, company):
    desk.call("crm.item.update", {"entityTypeId": DEAL, "id": deal, "fields": {"assignedById": company.seller}})
    number = desk.call("crm.activity.add", call_of(deal, RESPONSIBLE_ID=None))
    assert shown(desk, number)["RESPONSIBLE_ID"] == str(company.seller)


def test_names_of_parameters_in_any_case(desk, deal):
    number = desk.call("crm.activity.add", {"FIELDS": call_of(deal)["fields"]})
    assert desk.call("crm.activity.update", {"ID": number, "FIELDS": {"SUBJECT": "Иначе"}}) is True
    assert desk.call("crm.activity.get", {"ID": number})["SUBJECT"] == "Иначе"
    assert [row["ID"] for row in desk.call("crm.activity.list", {"FILTER": {"ID": number}})] == [str(number)]
    assert desk.call("crm.activity.delete", {"ID": number}) is True


def test_completing_changing_and_deleting(desk, deal, company):
    number = desk.call("crm.activity.add", call_of(deal))
    changes = {"COMPLETED": "Y", "SUBJECT": "Созвон", "START_TIME": "2026-01-17T10:00:00+03:00", "OWNER_ID": 99}
    desk.portal.clock.advance(60)
    desk.events()
    assert desk.call("crm.activity.update", {"id": number, "fields": changes}, by=company.seller) is True
    now = shown(desk, number)
    assert [now[name] for name in ("COMPLETED", "STATUS", "SUBJECT", "DEADLINE", "OWNER_ID", "EDITOR_ID")] == [
        "Y", "2", "Созвон", "2026-01-17T10:00:00+03:00", str(deal), str(company.seller),
    ]  # fmt: skip
    assert now["LAST_UPDATED"] == "2026-01-15T12:01:00+03:00"
    assert desk.call("crm.activity.delete", {"id": number}) is True
    assert desk.events() == ["ONCRMACTIVITYUPDATE", "ONCRMACTIVITYDELETE"]
    assert desk.words("crm.activity.get", {"id": number}) == "Activity is not found."


def test_it_is_an_activity_of_the_item(desk, deal, company):
    desk.portal.clock.advance(60)
    todo(desk, deal, by=company.seller)
    item = desk.call("crm.item.get", {"entityTypeId": DEAL, "id": deal})["item"]
    assert (item["lastActivityBy"], item["lastActivityTime"]) == (company.seller, "2026-01-15T12:01:00+03:00")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SUBJECT": " "}, "The field SUBJECT is not defined or empty."),
        ({"RESPONSIBLE_ID": None, "OWNER_ID": 99}, "The field RESPONSIBLE_ID is not defined or invalid."),
        ({"TYPE_ID": None}, "The field TYPE_ID is not defined or invalid."),
        ({"COMMUNICATIONS": []}, "The field COMMUNICATIONS is not defined or invalid."),
        (
            {"COMMUNICATIONS": [{"TYPE": "PHONE", "VALUE": "1"}, {"TYPE": "PHONE", "VALUE": "2"}]},
            "The only one communication is allowed for activity of specified type.",
        ),
        (
            {"OWNER_ID": 99},
            "Could not build binding. Please ensure that owner info and communications are defined correctly.",
        ),
        # tasks are made with tasks.task.add
        ({"TYPE_ID": 3}, "The custom activity without provider is not supported in current context."),
        ({"TYPE_ID": 6}, "The custom activity without provider is not supported in current context."),
        (
            {"TYPE_ID": 6, "PROVIDER_ID": "CONFIGURABLE_REST_APP"},
            "Use crm.activity.configurable.add for this activity provider.",
        ),
        ({"TYPE_ID": 6, "PROVIDER_ID": "REST_APP"}, "Application context required."),
    ],
)
def test_refusals(desk, deal, change, words):
    params = call_of(deal, **change)
    assert desk.refusal("crm.activity.add", params) == (400, "")
    assert desk.words("crm.activity.add", params) == words


def test_communications_bind_too(desk, deal, lead):
    talk = [{"TYPE": "PHONE", "VALUE": "+7", "ENTITY_TYPE_ID": LEAD, "ENTITY_ID": lead}]
    number = desk.call("crm.activity.add", call_of(deal, COMMUNICATIONS=talk))
    assert desk.call("crm.activity.binding.list", {"activityId": number}) == [
        {"entityTypeId": DEAL, "entityId": deal},
        {"entityTypeId": LEAD, "entityId": lead},
    ]


def test_the_list(desk, deal, lead):
    calls = [desk.call("crm.activity.add", call_of(deal, START_TIME=f"2026-01-{day}T10:00:00")) for day in (18, 17)]
    other = todo(desk, deal)
    body = desk.body("crm.activity.list", {"filter": {"OWNER_TYPE_ID": DEAL, "OWNER_ID": deal}})
    # by the beginning, unless something else is wished
    assert [row["ID"] for row in body["result"]] == [str(number) for number in (*reversed(calls), other)]
    assert body["total"] == 3
    assert body["result"][0] == shown(desk, calls[1])
    todos = desk.call("crm.activity.list", {"filter": {"PROVIDER_ID": "CRM_TODO"}, "select": ["ID", "PROVIDER_ID"]})
    assert todos == [{"ID": str(other), "PROVIDER_ID": "CRM_TODO"}]
    late = {"filter": {">START_TIME": "2026-01-17T12:00:00"}, "order": {"ID": "desc"}, "select": ["ID"]}
    assert desk.call("crm.activity.list", late) == [{"ID": str(other)}, {"ID": str(calls[0])}]
    assert desk.call("crm.activity.list", {"filter": {"COMPLETED": "Y", "NO_SUCH": 1}}) == []


def test_found_by_any_binding(desk, deal, lead):
    number = todo(desk, deal)
    alone = todo(desk, deal)
    desk.call("crm.activity.binding.add", {"activityId": number, "entityTypeId": LEAD, "entityId": lead})

    def found(*pairs: dict) -> list[int]:
        rows = desk.call("crm.activity.list", {"filter": {"BINDINGS": list(pairs)}, "order": {"ID": "ASC"}})
        return [int(row["ID"]) for row in rows]

    assert found({"OWNER_TYPE_ID": LEAD}) == [number]
    assert found({"OWNER_TYPE_ID": DEAL, "OWNER_ID": deal}) == [number, alone]
    assert found({"OWNER_TYPE_ID": LEAD, "OWNER_ID": 99}, {"OWNER_TYPE_ID": DEAL}) == [number, alone]


def test_communications_come_on_request(desk, deal):
    number = desk.call("crm.activity.add", call_of(deal))
    (row,) = desk.call("crm.activity.list", {"select": ["ID", "COMMUNICATIONS", "FILES"]})
    assert row["ID"] == str(number)
    assert row["COMMUNICATIONS"][0]["VALUE"] == "+79990000000"
    assert row["FILES"] == []
    assert "COMMUNICATIONS" not in desk.call("crm.activity.list", {})[0]


def test_fields_describe_what_is_shown(desk, deal):
    described = desk.call("crm.activity.fields")
    assert set(shown(desk, todo(desk, deal))) <= set(described)
    assert described["OWNER_ID"]["isImmutable"] is True
    assert described["SUBJECT"]["isRequired"] is True
    assert described["WEBDAV_ELEMENTS"]["isDeprecated"] is True
    assert set(desk.call("crm.activity.communication.fields")) == {
        "ID", "ACTIVITY_ID", "ENTITY_ID", "ENTITY_TYPE_ID", "TYPE", "VALUE",
    }  # fmt: skip


# Bindings


def test_bindings_of_an_activity(desk, deal, lead):
    number, second = todo(desk, deal), add_item(desk)

    def to(entity_type_id: int, item: int) -> dict:
        return {"activityId": number, "entityTypeId": entity_type_id, "entityId": item}

    def move(entity_type_id: int, item: int) -> dict:
        source = {"sourceEntityTypeId": DEAL, "sourceEntityId": deal}
        return {"activityId": number, **source, "targetEntityTypeId": entity_type_id, "targetEntityId": item}

    assert desk.call("crm.activity.binding.add", to(LEAD, lead)) is True
    refusals = [
        ("add", to(LEAD, lead), "ACTIVITY_IS_ALREADY_BOUND"),
        ("add", to(LEAD, 99), "OWNER_NOT_FOUND"),
        ("add", {**to(LEAD, lead), "activityId": 99}, "NOT_FOUND"),
        ("delete", to(DEAL, second), "BINDING_NOT_FOUND"),
        ("move", move(LEAD, lead), "SOURCE_AND_TARGET_ENTITY_TYPES_ARE_NOT_EQUAL_ERROR"),
        ("move", move(DEAL, deal), "SOURCE_AND_TARGET_ENTITY_ID_ARE_EQUAL_ERROR"),
        ("list", {}, "100"),
    ]
    for what, params, code in refusals:
        assert desk.refusal(f"crm.activity.binding.{what}", params) == (400, code)
    assert desk.call("crm.activity.binding.move", move(DEAL, second)) is True
    assert desk.call("crm.activity.binding.delete", to(LEAD, lead)) is True
    assert desk.refusal("crm.activity.binding.delete", to(DEAL, second)) == (400, "LAST_BINDING_CANNOT_BE_DELETED")
    assert desk.call("crm.activity.binding.list", {"activityId": number}) == [
        {"entityTypeId": DEAL, "entityId": second}
    ]


def test_a_deleted_item_takes_its_own_activities_along(desk, deal, lead):
    alone, shared = todo(desk, deal), todo(desk, deal)
    desk.call("crm.activity.binding.add", {"activityId": shared, "entityTypeId": LEAD, "entityId": lead})
    desk.call("crm.item.delete", {"entityTypeId": DEAL, "id": deal})
    assert desk.refusal("crm.activity.get", {"id": alone}) == (400, "")
    assert shown(desk, shared)["OWNER_TYPE_ID"] == "1"


# To-dos


def test_a_todo(desk, deal, company):
    number = todo(desk, deal, title="Сверить", description="Счёт", responsibleId=company.seller, colorId="3")
    now = shown(desk, number)
    assert [now[name] for name in ("PROVIDER_ID", "TYPE_ID", "SUBJECT", "DESCRIPTION", "RESPONSIBLE_ID")] == [
        "CRM_TODO", "6", "Сверить", "Счёт", str(company.seller),
    ]  # fmt: skip
    assert now["DEADLINE"] == "2026-01-20T18:00:00+03:00"
    assert now["SETTINGS"] == {"COLOR": "3"}


def test_a_note_to_an_activity(desk, deal):
    to = {"ownerTypeId": DEAL, "ownerId": deal, "itemType": 2, "itemId": todo(desk, deal)}
    assert desk.call("crm.timeline.note.save", {**to, "text": "Важно"}) is True
    assert desk.call("crm.timeline.note.get", to)["text"] == "Важно"
    desk.call("crm.activity.delete", {"id": to["itemId"]})
    assert desk.refusal("crm.timeline.note.get", to) == (400, "NOT_FOUND")


CHANGES = [
    ("update", {"deadline": "2026-01-21T18:00:00+03:00", "title": "Иначе"}, {"SUBJECT": "Иначе"}),
    ("updateDeadline", {"value": "2026-01-21T18:00:00+03:00"}, {"DEADLINE": "2026-01-21T18:00:00+03:00"}),
    ("updateDescription", {"value": "Новое"}, {"DESCRIPTION": "Новое"}),
    ("updateColor", {"colorId": "7"}, {"SETTINGS": {"COLOR": "7"}}),
    ("updateResponsibleUser", {"responsibleId": 1}, {"RESPONSIBLE_ID": "1"}),
]


@pytest.mark.parametrize(("method", "change", "seen"), CHANGES)
def test_changing_a_todo(desk, deal, method, change, seen):
    of = {"id": todo(desk, deal), "ownerTypeId": DEAL, "ownerId": deal}
    desk.events()
    assert desk.call(f"crm.activity.todo.{method}", {**of, **change}) == {"id": of["id"]}
    assert desk.events() == ["ONCRMACTIVITYUPDATE"]
    now = shown(desk, of["id"])
    assert {name: now[name] for name in seen} == seen


@pytest.mark.parametrize(("method", "change", "seen"), CHANGES)
def test_what_todos_refuse(desk, deal, lead, method, change, seen):
    name = f"crm.activity.todo.{method}"
    number = todo(desk, deal)
    of = {"id": number, "ownerTypeId": DEAL, "ownerId": deal, **change}
    assert desk.refusal(name, {**of, "id": 99}) == (400, "NOT_FOUND")
    assert desk.refusal(name, {**of, "ownerTypeId": LEAD, "ownerId": lead}) == (400, "NOT_FOUND")
    assert desk.refusal(name, {**of, "ownerId": 99}) == (400, "OWNER_NOT_FOUND")
    assert desk.refusal(name, {"id": number}) == (400, "100")
    desk.call("crm.activity.update", {"id": number, "fields": {"COMPLETED": "Y"}})
    closed = {
        "updateColor": "CAN_NOT_UPDATE_COLOR_COMPLETED_TODO",
        "updateResponsibleUser": "CAN_NOT_UPDATE_RESPONSIBLE_USER_COMPLETED_TODO",
    }
    assert desk.refusal(name, of) == (400, closed.get(method, "CAN_NOT_UPDATE_COMPLETED_TODO"))


@pytest.mark.parametrize(
    ("method", "change", "code"),
    [
        ("add", {"deadline": "завтра"}, "WRONG_DATETIME_FORMAT"),
        ("add", {"deadline": None}, "100"),
        ("add", {"ownerId": 99}, "OWNER_NOT_FOUND"),
        ("updateDeadline", {"value": "завтра"}, "WRONG_DATETIME_FORMAT"),
        ("updateColor", {"colorId": "8"}, "CAN_NOT_UPDATE_WRONG_COLOR_TODO"),
        ("updateResponsibleUser", {"responsibleId": 0}, "INVALID_ARG_VALUE"),
    ],
)
def test_wrong_values_of_todos(desk, deal, method, change, code):
    of = {"id": todo(desk, deal), "ownerTypeId": DEAL, "ownerId": deal, "deadline": "2026-01-20T18:00:00+03:00"}
    assert desk.refusal(f"crm.activity.todo.{method}", {**of, **change}) == (400, code)


def test_nothing_is_planned_for_a_closed_activity(desk, deal):
    parent, number = todo(desk, deal), todo(desk, deal)
    desk.call("crm.activity.update", {"id": parent, "fields": {"COMPLETED": "Y"}})
    of = {"id": number, "ownerTypeId": DEAL, "ownerId": deal, "deadline": "2026-01-20T18:00:00+03:00"}
    assert desk.refusal("crm.activity.todo.update", {**of, "parentActivityId": parent}) == (
        400,
        "ERROR_PARENT_ACTIVITY_RESTRICT",
    )


# Tasks


def task_rows(desk, deal: int) -> list[dict]:
    return desk.call("crm.activity.list", {"filter": {"OWNER_TYPE_ID": DEAL, "OWNER_ID": deal, "TYPE_ID": 3}})


def test_a_task_of_an_item_stands_in_its_timeline(desk, deal, lead, company):
    fields = {
        "TITLE": "Опрос",
        "RESPONSIBLE_ID": company.seller,
        "DEADLINE": "2026-01-20T18:00:00+03:00",
        "UF_CRM_TASK": [f"D_{deal}"],
    }
    number = int(desk.call("tasks.task.add", {"fields": fields})["task"]["id"])
    assert desk.events() == ["ONTASKADD", "ONCRMACTIVITYADD"]
    (row,) = task_rows(desk, deal)
    assert [row[name] for name in ("SUBJECT", "ASSOCIATED_ENTITY_ID", "RESPONSIBLE_ID", "DEADLINE", "COMPLETED")] == [
        "Опрос", str(number), str(company.seller), "2026-01-20T18:00:00+03:00", "N",
    ]  # fmt: skip
    desk.call("tasks.task.update", {"taskId": number, "fields": {"UF_CRM_TASK": [f"D_{deal}", f"L_{lead}"]}})
    assert len(desk.call("crm.activity.binding.list", {"activityId": int(row["ID"])})) == 2
    desk.call("tasks.task.complete", {"taskId": number})
    assert task_rows(desk, deal)[0]["COMPLETED"] == "Y"
    desk.events()
    desk.call("tasks.task.update", {"taskId": number, "fields": {"UF_CRM_TASK": []}})
    assert desk.events() == ["ONTASKUPDATE", "ONCRMACTIVITYDELETE"]
    assert task_rows(desk, deal) == []


def test_what_does_not_show_changes_nothing_there(desk, deal):
    fields = {"TITLE": "Опрос", "RESPONSIBLE_ID": 1, "UF_CRM_TASK": [f"D_{deal}"]}
    number = int(desk.call("tasks.task.add", {"fields": fields})["task"]["id"])
    desk.events()
    desk.call("tasks.task.update", {"taskId": number, "fields": {"PRIORITY": 2}})
    assert desk.events() == ["ONTASKUPDATE"]
    desk.call("tasks.task.delete", {"taskId": number})
    assert desk.events() == ["ONTASKDELETE", "ONCRMACTIVITYDELETE"]


def test_a_task_outlives_its_item(desk, deal):
    fields = {"TITLE": "Опрос", "RESPONSIBLE_ID": 1, "UF_CRM_TASK": [f"D_{deal}"]}
    number = int(desk.call("tasks.task.add", {"fields": fields})["task"]["id"])
    desk.call("crm.item.delete", {"entityTypeId": DEAL, "id": deal})
    desk.call("tasks.task.complete", {"taskId": number})
    assert desk.call("crm.activity.list", {}) == []


# Rights


def test_activities_are_as_closed_as_their_items(desk, deal, company):
    mine = desk.call("crm.item.add", {"entityTypeId": DEAL, "fields": {"assignedById": company.seller}})["item"]["id"]
    hidden, seen = todo(desk, deal), todo(desk, mine)
    role = {"users": [company.seller], "rights": [{"entity_type_id": DEAL, "read": "own", "update": "none"}]}
    desk.client.post(f"{desk.address}/_sandbox/rights", json=[role])
    rows = desk.body("crm.activity.list", {}, by=company.seller)
    assert ([row["ID"] for row in rows["result"]], rows["total"]) == ([str(seen)], 1)
    assert desk.words("crm.activity.get", {"id": hidden}, by=company.seller) == "Access denied."
    assert desk.words("crm.activity.delete", {"id": seen}, by=company.seller) == "Access denied."
    new = {"ownerTypeId": DEAL, "ownerId": mine, "deadline": "2026-01-20T18:00:00+03:00"}
    assert desk.refusal("crm.activity.todo.add", new, by=company.seller) == (400, "ACCESS_DENIED")
