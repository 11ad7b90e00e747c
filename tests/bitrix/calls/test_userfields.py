"""User fields and the values of lists."""

from typing import Any

import pytest

from bitrix.call import JSON, Answer
from bitrix.calls.userfields import (
    EnumValue,
    UserField,
    add_options,
    add_userfield,
    get_userfield,
    list_userfields,
    update_userfield_enum,
)

FIELD: dict[str, JSON] = {
    "id": "6953",
    "entityId": "CRM_16",
    "fieldName": "UF_CRM_16_VIOLATION",
    "userTypeId": "enumeration",
    "xmlId": None,
    "sort": "100",
    "multiple": "Y",
    "mandatory": "N",
    "settings": {"DISPLAY": "LIST"},
    "languageId": {"en": "en", "ru": "ru"},
    "editFormLabel": {"en": "Violation", "ru": "Нарушение"},
    "enum": [
        {"id": "81", "userFieldId": "6953", "value": "Срок", "def": "N", "sort": "100", "xmlId": "LATE"},
        {"id": "82", "userFieldId": "6953", "value": "Цена", "def": "N", "sort": "200", "xmlId": "PRICE"},
    ],
}
LATE, PRICE = EnumValue(81, "Срок", "LATE", 100), EnumValue(82, "Цена", "PRICE", 200)
VIOLATION = UserField(6953, "CRM_16", "UF_CRM_16_VIOLATION", "enumeration", True, False, "Нарушение", (LATE, PRICE))


def test_a_field_with_the_values_of_its_list() -> None:
    call = get_userfield(6953)
    assert (call.method, call.params) == ("userfieldconfig.get", {"moduleId": "crm", "id": 6953})
    assert call.read(Answer({"field": FIELD})) == VIOLATION


@pytest.mark.parametrize(
    ("label", "read"),
    [
        ({"ru": "Нарушение"}, "Нарушение"),
        ({"en": "Violation", "ru": None}, "Violation"),
        ("Нарушение", "Нарушение"),
        (None, ""),
        ([], ""),
    ],
)
def test_a_label_is_a_text_or_a_map_of_languages(label: Any, read: str) -> None:
    assert get_userfield(1).read(Answer({"field": {**FIELD, "editFormLabel": label}})).label == read


def test_a_list_of_fields_has_no_values() -> None:
    call = list_userfields("CRM_16", 50)
    assert call.params == {
        "moduleId": "crm",
        "select": {"0": "*", "language": "ru"},
        "filter": {"entityId": "CRM_16"},
        "order": {"id": "ASC"},
        "start": 50,
    }
    row = {key: value for key, value in FIELD.items() if key != "enum"}
    page = call.read(Answer({"fields": [row]}, total=51, next=None))
    assert [(field.name, field.enum) for field in page] == [("UF_CRM_16_VIOLATION", ())]


def test_a_new_list_keeps_the_order_of_its_values() -> None:
    call = add_userfield(
        "CRM_16",
        "UF_CRM_16_X",
        "enumeration",
        "X",
        multiple=True,
        sort=300,
        enum=(("A", "Первое"), ("B", "Второе")),
        settings={"DISPLAY": "UI"},
    )
    assert (call.method, call.writes) == ("userfieldconfig.add", True)
    assert call.params == {
        "moduleId": "crm",
        "field": {
            "entityId": "CRM_16",
            "fieldName": "UF_CRM_16_X",
            "userTypeId": "enumeration",
            "multiple": "Y",
            "mandatory": "N",
            "sort": 300,
            "editFormLabel": "X",
            "enum": [
                {"xmlId": "A", "value": "Первое", "sort": 100, "def": "N"},
                {"xmlId": "B", "value": "Второе", "sort": 200, "def": "N"},
            ],
            "settings": {"DISPLAY": "UI"},
        },
    }


def test_a_simple_field_has_neither_values_nor_settings() -> None:
    params = add_userfield("CRM_16", "UF_CRM_16_X", "string", "X").params
    assert isinstance(params, dict)
    assert set(params["field"]) == {
        "entityId", "fieldName", "userTypeId", "multiple", "mandatory", "sort", "editFormLabel",
    }  # fmt: skip


def values_sent(call: Any) -> list[dict[str, Any]]:
    assert call.writes
    assert call.params["id"] == 6953
    # without the type the portal ignores the values
    assert call.params["field"]["userTypeId"] == "enumeration"
    return list(call.params["field"]["enum"])


def test_known_values_keep_their_ids_and_others_stay_behind() -> None:
    sent = values_sent(update_userfield_enum(VIOLATION, [("NEW", "Новое"), ("PRICE", "Цена товара")]))
    assert sent == [
        {"xmlId": "NEW", "value": "Новое", "sort": 100, "def": "N"},
        {"id": 82, "xmlId": "PRICE", "value": "Цена товара", "sort": 200, "def": "N"},
        {"id": 81, "xmlId": "LATE", "value": "Срок", "sort": 300, "def": "N"},
    ]


def test_others_are_deleted_when_that_is_wanted() -> None:
    sent = values_sent(update_userfield_enum(VIOLATION, [("PRICE", "Цена")], delete_others=True))
    assert sent[-1] == {"id": 81, "del": "Y"}


def test_options_are_added_behind() -> None:
    sent = values_sent(add_options(VIOLATION, [("NEW", "Новое")]))
    assert [(value.get("id"), value["xmlId"]) for value in sent] == [(81, "LATE"), (82, "PRICE"), (None, "NEW")]
