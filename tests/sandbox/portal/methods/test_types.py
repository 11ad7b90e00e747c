"""``crm.type.*`` over HTTP: api-reference/crm/universal/user-defined-object-types/."""

from __future__ import annotations

import pytest


def add(desk, **fields: object) -> dict:
    return desk.call("crm.type.add", {"fields": {"title": "Разбор", **fields}})["type"]


def test_a_new_type(desk):
    made = add(desk, entityTypeId=1046, isStagesEnabled="Y")
    assert (made["id"], made["entityTypeId"], made["title"]) == (1, 1046, "Разбор")
    assert (made["isStagesEnabled"], made["isAutomationEnabled"], made["isSetOpenPermissions"]) == ("Y", "N", "Y")
    assert made["relations"] == {"parent": [], "child": []}
    assert set(made["linkedUserFields"].values()) == {"N"}
    assert desk.call("crm.type.get", {"id": 1}) == {"type": made}
    assert desk.call("crm.type.getByEntityTypeId", {"entityTypeId": 1046}) == {"type": made}
    assert desk.events() == ["ONCRMTYPEADD"]


def test_a_type_comes_with_a_funnel_of_five_stages(desk):
    number = add(desk, isStagesEnabled="Y")["entityTypeId"]
    (funnel,) = desk.call("crm.category.list", {"entityTypeId": number})["categories"]
    assert funnel["isDefault"] == "Y"
    stages = desk.call("crm.status.list", {"filter": {"ENTITY_ID": f"DYNAMIC_{number}_STAGE_{funnel['id']}"}})
    assert [(one["STATUS_ID"].split(":")[1], one["SORT"], one["SYSTEM"], one["SEMANTICS"]) for one in stages] == [
        ("NEW", "10", "Y", None),
        ("PREPARATION", "20", "N", None),
        ("CLIENT", "30", "N", None),
        ("SUCCESS", "40", "Y", "S"),
        ("FAIL", "50", "Y", "F"),
    ]
    assert {one["CATEGORY_ID"] for one in stages} == {str(funnel["id"])}


@pytest.mark.parametrize("number", [5, 127, 193, 1029, 1031, "many"])
def test_ids_out_of_range(desk, number):
    assert desk.refusal("crm.type.add", {"fields": {"title": "x", "entityTypeId": number}}) == (
        400,
        "INVALID_ARG_VALUE",
    )


def test_ids_are_unique_and_given_out(desk):
    assert [add(desk)["entityTypeId"], add(desk, entityTypeId=128)["entityTypeId"], add(desk)["entityTypeId"]] == [
        1030,
        128,
        1032,
    ]
    assert desk.refusal("crm.type.add", {"fields": {"title": "x", "entityTypeId": 128}}) == (400, "INVALID_ARG_VALUE")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("true", "Y"), (True, "Y"), ("false", "N"), ("Y", "N"), ("N", "N")],
    ids=["true", "True", "false", "Y does not work", "N"],
)
def test_relations_and_linked_fields_want_true_and_false(desk, sent, shown):
    made = add(
        desk,
        isUseInUserfieldEnabled="Y",
        linkedUserFields={"TASKS_TASK|UF_CRM_TASK": sent},
        relations={"parent": [{"entityTypeId": 2, "isChildrenListEnabled": sent}]},
    )
    assert made["linkedUserFields"]["TASKS_TASK|UF_CRM_TASK"] == shown
    assert made["relations"]["parent"] == [{"entityTypeId": 2, "isChildrenListEnabled": shown, "isPredefined": "N"}]


def test_relations_are_overwritten_as_a_whole(desk):
    number = add(desk, relations={"parent": [{"entityTypeId": 2}, {"entityTypeId": 1}]})["entityTypeId"]
    changed = desk.call("crm.type.update", {"id": 1, "fields": {"relations": {"parent": [{"entityTypeId": 1}]}}})
    assert [one["entityTypeId"] for one in changed["type"]["relations"]["parent"]] == [1]
    fields = desk.call("crm.item.fields", {"entityTypeId": number})["fields"]
    assert ("parentId1" in fields, "parentId2" in fields) == (True, False)
    untouched = desk.call("crm.type.update", {"id": 1, "fields": {"title": "Иначе"}})["type"]
    assert (untouched["title"], len(untouched["relations"]["parent"])) == ("Иначе", 1)


def test_a_type_can_be_made_the_parent_of_deals(desk):
    number = add(desk, relations={"child": [{"entityTypeId": 2}]})["entityTypeId"]
    assert f"parentId{number}" in desk.call("crm.item.fields", {"entityTypeId": 2})["fields"]


def test_relations_that_cannot_be_saved_are_dropped_without_a_word(desk):
    made = add(desk, relations={"parent": [{"entityTypeId": 4444}, {}, {"entityTypeId": 2}]})
    assert [one["entityTypeId"] for one in made["relations"]["parent"]] == [2]


def test_the_client_setting_ties_to_contacts_and_companies(desk):
    made = add(desk, isClientEnabled="Y", relations={"parent": [{"entityTypeId": 2}]})
    parents = {one["entityTypeId"]: one["isPredefined"] for one in made["relations"]["parent"]}
    assert parents == {2: "N", 3: "Y", 4: "Y"}
    fields = desk.call("crm.item.fields", {"entityTypeId": made["entityTypeId"]})["fields"]
    assert {"companyId", "contactIds", "parentId2"} <= fields.keys()
    assert "parentId3" not in fields


@pytest.mark.parametrize(
    ("fields", "accepted"),
    [
        ({}, False),
        ({"isUseInUserfieldEnabled": "Y"}, False),
        ({"linkedUserFields": {"TASKS_TASK|UF_CRM_TASK": "true"}}, False),
        ({"isUseInUserfieldEnabled": "Y", "linkedUserFields": {"TASKS_TASK|UF_CRM_TASK": "true"}}, True),
        ({"isUseInUserfieldEnabled": "Y", "linkedUserFields": {"CALENDAR_EVENT|UF_CRM_CAL_EVENT": "true"}}, False),
    ],
)
def test_tasks_are_bound_only_to_types_linked_to_tasks(desk, fields, accepted):
    add(desk, **fields)
    assert desk.portal.crm.accepts_task_binding("T406_24") is accepted


@pytest.mark.parametrize(
    ("code", "accepted"),
    [
        ("D_351", True),
        ("L_7", True),
        ("CO_1", True),
        ("T406_24", False),
        ("X_1", False),
        ("deal", False),
        ("D_", False),
    ],
)
def test_codes_tasks_can_be_bound_to(desk, code, accepted):
    assert desk.portal.crm.accepts_task_binding(code) is accepted


def test_the_list_has_no_relations(desk):
    for title in ("Б", "А"):
        add(desk, title=title)
    body = desk.body("crm.type.list", {"order": {"title": "ASC"}})
    assert [one["title"] for one in body["result"]["types"]] == ["А", "Б"]
    assert body["total"] == 2
    assert not {"relations", "linkedUserFields"} & body["result"]["types"][0].keys()
    assert [one["id"] for one in desk.call("crm.type.list", {"filter": {"title": "Б"}})["types"]] == [1]
    assert desk.call("crm.type.list", {"filter": {"isStagesEnabled": "Y"}})["types"] == []


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("crm.type.get", {"id": 9}, 0),
        ("crm.type.update", {"id": 9, "fields": {}}, 0),
        ("crm.type.delete", {"id": 9}, 0),
        ("crm.type.getByEntityTypeId", {"entityTypeId": 9}, 0),
        ("crm.type.add", {}, "100"),
        ("crm.type.add", {"fields": {"title": " "}}, "100"),
        ("crm.type.list", {"order": {"ID": "ASC"}}, "INVALID_ARG_VALUE"),
    ],
)
def test_refusals(desk, method, params, code):
    assert desk.refusal(method, params) == (400, code)


@pytest.mark.parametrize("method", ["crm.type.list", "crm.type.add", "crm.type.update", "crm.type.delete"])
def test_types_are_for_administrators(desk, company, method):
    assert desk.refusal(method, {"id": 1, "fields": {"title": "x"}}, by=company.seller) == (400, "ACCESS_DENIED")


def test_who_may_read_items_may_read_their_type(desk, company):
    made = desk.call("crm.type.add", {"fields": {"title": "Разбор", "entityTypeId": 1030}})["type"]
    asked = [("crm.type.get", {"id": made["id"]}), ("crm.type.getByEntityTypeId", {"entityTypeId": 1030})]
    for method, params in asked:
        assert desk.call(method, params, by=company.seller)["type"]["title"] == "Разбор"
    role = {"users": [company.seller], "rights": [{"entity_type_id": 2, "read": "all"}]}
    desk.client.post(f"{desk.address}/_sandbox/rights", json=[role])
    for method, params in asked:
        assert desk.refusal(method, params, by=company.seller) == (400, "ACCESS_DENIED")


def test_a_process_outside_the_crm_wants_to_know_where(desk):
    fields = {"title": "Разбор", "isExternal": "true"}
    assert desk.refusal("crm.type.add", {"fields": fields}) == (400, 0)
    assert desk.words("crm.type.add", {"fields": fields}).startswith("Выберите рабочее место")


def test_fields(desk):
    fields = desk.call("crm.type.fields")["fields"]
    assert fields["isStagesEnabled"]["upperName"] == "IS_STAGES_ENABLED"
    assert fields.keys() == {*add(desk)} - {"relations", "linkedUserFields", "customSections"} - {
        "isPaymentsEnabled",
        "isCountersEnabled",
    }


def test_deleting(desk):
    number = add(desk)["entityTypeId"]
    item = desk.call("crm.item.add", {"entityTypeId": number, "fields": {}})["item"]
    assert desk.refusal("crm.type.delete", {"id": 1}) == (400, "BX_ERROR")
    desk.call("crm.item.delete", {"entityTypeId": number, "id": item["id"]})
    assert desk.call("crm.type.delete", {"id": 1}) == []
    assert desk.refusal("crm.item.list", {"entityTypeId": number}) == (400, "NOT_FOUND")
    assert desk.call("crm.type.delete") is None
