"""``userfieldconfig.*`` over HTTP: api-reference/crm/universal/userfieldconfig/."""

from __future__ import annotations

import pytest


@pytest.fixture
def process(desk) -> dict:
    made = desk.call("crm.type.add", {"fields": {"title": "Разбор"}})["type"]
    desk.events()
    return made


def add(desk, **field: object) -> dict:
    return desk.call("userfieldconfig.add", {"moduleId": "crm", "field": field})["field"]


def test_a_new_field(desk, process):
    field = add(
        desk,
        entityId="CRM_1",
        fieldName="UF_CRM_1_KIND",
        userTypeId="enumeration",
        multiple="Y",
        editFormLabel={"ru": "Вид", "en": "Kind"},
        enum=[{"value": "Первый"}, {"value": "Второй", "def": "Y", "sort": 50, "xmlId": "second"}],
        showInList="N",
        nonsense=1,
    )
    assert {
        "id": "1",
        "entityId": "CRM_1",
        "fieldName": "UF_CRM_1_KIND",
        "sort": "100",
        "multiple": "Y",
        "mandatory": "N",
        "showInList": "Y",  # the key is ignored
        "editFormLabel": {"ru": "Вид", "en": "Kind"},
    }.items() <= field.items()
    assert [(one["value"], one["sort"], one["def"], one["userFieldId"]) for one in field["enum"]] == [
        ("Второй", "50", "Y", "1"),
        ("Первый", "100", "N", "1"),
    ]
    assert desk.events() == ["ONCRMTYPEUSERFIELDADD", "ONCRMTYPEUSERFIELDSETENUMVALUES"]
    assert desk.call("userfieldconfig.get", {"moduleId": "crm", "id": 1}) == {"field": field}


def test_events_name_the_field(desk, process):
    add(desk, entityId="CRM_1", fieldName="UF_CRM_1_A", userTypeId="string")
    assert desk.portal.announced == [
        ("ONCRMTYPEUSERFIELDADD", {"FIELDS": {"ID": "1", "ENTITY_ID": "CRM_1", "FIELD_NAME": "UF_CRM_1_A"}})
    ]


@pytest.mark.parametrize("symbol", ["LEAD", "DEAL", "CONTACT", "COMPANY", "QUOTE"])
def test_fields_of_deals_and_their_like_have_events_of_their_own(desk, symbol):
    add(desk, entityId=f"CRM_{symbol}", fieldName=f"UF_CRM_{symbol}_A", userTypeId="string")
    assert desk.events() == [f"ONCRM{symbol}USERFIELDADD"]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"fieldName": "UF_CRM_1_A"}, "The 'USER_TYPE_ID' field is not found"),
        ({"userTypeId": "string"}, "The 'FIELD_NAME' field is not found"),
        ({"fieldName": "UF_CRM_A", "userTypeId": "string"}, "Вы не можете создавать пользовательские поля"),
        ({"fieldName": "UF_CRM_1_a", "userTypeId": "string"}, "Fail to create new user field"),
        ({"fieldName": "UF_CRM_1_" + "A" * 50, "userTypeId": "string"}, "Fail to create new user field"),
        ({"fieldName": "UF_CRM_1_A", "userTypeId": "hologram"}, "Fail to create new user field"),
        (
            {"fieldName": "UF_CRM_1_A", "userTypeId": "enumeration", "enum": [{"sort": 1}]},
            "Fail to save enumeration field values",
        ),
        # the id of the type is wanted, not its entityTypeId
        (
            {"entityId": "CRM_1030", "fieldName": "UF_CRM_1030_A", "userTypeId": "string"},
            "Вы не можете создавать пользовательские поля",
        ),
    ],
)
def test_refusals_have_an_empty_code(desk, process, field, words):
    params = {"moduleId": "crm", "field": {"entityId": "CRM_1", **field}}
    assert desk.refusal("userfieldconfig.add", params) == (400, "")
    assert desk.words("userfieldconfig.add", params) == words


def test_a_name_is_used_once(desk, process):
    add(desk, entityId="CRM_1", fieldName="UF_CRM_1_A", userTypeId="string")
    params = {"moduleId": "crm", "field": {"entityId": "CRM_1", "fieldName": "UF_CRM_1_A", "userTypeId": "integer"}}
    assert "уже существует" in desk.words("userfieldconfig.add", params)


def test_elements_change_only_when_the_type_is_named(desk, process):
    field = add(
        desk,
        entityId="CRM_1",
        fieldName="UF_CRM_1_KIND",
        userTypeId="enumeration",
        enum=[{"value": "а"}, {"value": "б"}],
    )
    first, second = field["enum"]
    changes = {"enum": [{"id": first["id"], "value": "А"}, {"id": second["id"], "del": "Y"}, {"value": "в"}]}

    def change(**sent: object) -> list[str]:
        desk.call("userfieldconfig.update", {"moduleId": "crm", "id": field["id"], "field": sent})
        after = desk.call("userfieldconfig.get", {"moduleId": "crm", "id": field["id"]})["field"]
        return [one["value"] for one in after["enum"]]

    assert change(**changes) == ["а", "б"]
    assert change(**changes, userTypeId="enumeration") == ["А", "в"]


def test_what_is_immutable_stays(desk, process):
    add(desk, entityId="CRM_1", fieldName="UF_CRM_1_A", userTypeId="string")
    sent = {"multiple": "Y", "fieldName": "UF_CRM_1_B", "mandatory": "Y", "editFormLabel": {"ru": "Причина"}}
    changed = desk.call("userfieldconfig.update", {"moduleId": "crm", "id": 1, "field": sent})["field"]
    assert (changed["fieldName"], changed["multiple"], changed["mandatory"]) == ("UF_CRM_1_A", "N", "Y")
    assert changed["editFormLabel"]["ru"] == "Причина"


def test_the_list(desk, process):
    for name, sort in (("A", 300), ("B", 100)):
        add(desk, entityId="CRM_1", fieldName=f"UF_CRM_1_{name}", userTypeId="string", sort=sort, editFormLabel=name)
    add(desk, entityId="CRM_DEAL", fieldName="UF_CRM_DEAL_A", userTypeId="string")
    body = desk.body("userfieldconfig.list", {"moduleId": "crm", "filter": {"entityId": "CRM_1"}})
    assert [field["fieldName"] for field in body["result"]["fields"]] == ["UF_CRM_1_B", "UF_CRM_1_A"]
    assert body["total"] == 2
    assert "editFormLabel" not in body["result"]["fields"][0]
    labelled = desk.call(
        "userfieldconfig.list",
        {"moduleId": "crm", "filter": {"fieldName": "UF_CRM_1_B"}, "select": {"0": "*", "language": "ru"}},
    )["fields"]
    assert (labelled[0]["editFormLabel"], labelled[0]["helpMessage"]) == ({"ru": "B"}, None)


def test_deleting(desk, process):
    add(desk, entityId="CRM_1", fieldName="UF_CRM_1_A", userTypeId="string")
    item = {"entityTypeId": process["entityTypeId"], "fields": {"ufCrm1A": "x"}}
    assert desk.call("crm.item.add", item)["item"]["ufCrm1A"] == "x"
    assert desk.call("userfieldconfig.delete", {"moduleId": "crm", "id": 1}) is None
    assert "ufCrm1A" not in desk.call("crm.item.get", {"entityTypeId": process["entityTypeId"], "id": 1})["item"]
    assert desk.refusal("userfieldconfig.delete", {"moduleId": "crm", "id": 1}) == (400, "")
    assert desk.refusal("userfieldconfig.get", {"moduleId": "crm", "id": 1}) == (400, "")


def test_two_scopes_are_needed(desk):
    params = {"moduleId": "crm"}
    lone = desk.send("userfieldconfig.getTypes", params, scopes=frozenset({"userfieldconfig"}))
    assert lone.json()["error_description"] == "The current method required more scopes. (crm)"
    assert desk.send("userfieldconfig.getTypes", params, scopes=frozenset({"crm"})).status_code == 403
    both = desk.send("userfieldconfig.getTypes", params, scopes=frozenset({"crm", "userfieldconfig"}))
    assert both.json()["result"]["types"]["employee"]["userTypeId"] == "employee"


def test_other_modules_have_no_settings(desk):
    assert desk.words("userfieldconfig.list", {"moduleId": "rpa"}) == "No settings for UserFieldAccess"


def test_fields_are_made_by_administrators(desk, process, company):
    field = {"entityId": "CRM_1", "fieldName": "UF_CRM_1_A", "userTypeId": "string"}
    assert desk.refusal("userfieldconfig.add", {"moduleId": "crm", "field": field}, by=company.seller) == (400, "")


def text(desk, code: str, **more: object) -> dict:
    """A field of the first smart process, a text unless another type is named."""
    return add(desk, **{"entityId": "CRM_1", "fieldName": f"UF_CRM_1_{code}", "userTypeId": "string", **more})


def test_a_deleted_field_leaves_nothing_behind(desk, process):
    made = text(desk, "CAUSE")
    number = desk.call("crm.item.add", {"entityTypeId": 1030, "fields": {"ufCrm1Cause": "Спешка"}})["item"]["id"]
    desk.call("userfieldconfig.delete", {"moduleId": "crm", "id": made["id"]})
    text(desk, "CAUSE")
    assert desk.call("crm.item.get", {"entityTypeId": 1030, "id": number})["item"]["ufCrm1Cause"] is None


@pytest.mark.parametrize(
    ("type_", "settings", "good", "bad"),
    [
        ("string", {"MIN_LENGTH": 2, "MAX_LENGTH": 4}, ["ab", "abcd"], ["a", "abcde"]),
        ("string", {"REGEXP": "/^[a-z]+$/i"}, ["Abc"], ["a1"]),
        # what is no pattern restricts nothing
        ("string", {"REGEXP": "^[a"}, ["a1"], []),
        ("integer", {"MIN_VALUE": 1, "MAX_VALUE": 5}, [1, "5"], [0, 6]),
        ("double", {"MAX_VALUE": 0.5}, [0.5, -7], [0.6]),
    ],
)
def test_values_keep_to_the_settings(desk, process, type_, settings, good, bad):
    text(desk, "LIMIT", userTypeId=type_, settings=settings)
    for value in good:
        desk.call("crm.item.add", {"entityTypeId": 1030, "fields": {"ufCrm1Limit": value}})
    for value in bad:
        item = {"entityTypeId": 1030, "fields": {"ufCrm1Limit": value}}
        assert desk.refusal("crm.item.add", item) == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")


def test_now_is_a_default(desk, process):
    text(desk, "SEEN", userTypeId="datetime", settings={"DEFAULT_VALUE": {"TYPE": "NOW", "VALUE": ""}})
    item = desk.call("crm.item.add", {"entityTypeId": 1030, "fields": {}})["item"]
    assert item["ufCrm1Seen"] == "2026-01-15T12:00:00+03:00"


def test_fields_of_items_one_may_not_read(desk, process, company):
    made = text(desk, "CAUSE")
    role = {"users": [company.seller], "rights": [{"entity_type_id": 2, "read": "all"}]}
    desk.client.post(f"{desk.address}/_sandbox/rights", json=[role])
    for method, params in [("get", {"id": made["id"]}), ("list", {"filter": {"entityId": "CRM_1"}})]:
        params = {"moduleId": "crm", **params}
        assert desk.refusal(f"userfieldconfig.{method}", params, by=company.seller) == (400, "")
    assert desk.call("userfieldconfig.get", {"moduleId": "crm", "id": made["id"]})["field"]["id"] == made["id"]
