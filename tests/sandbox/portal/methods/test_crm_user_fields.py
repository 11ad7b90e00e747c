"""``crm.*.userfield.*``: api-reference/crm/deals/user-defined-fields/ and its neighbours."""

from __future__ import annotations

import pytest

WORDS = ("deal", "lead", "contact", "company", "quote")


def add(desk, word: str = "deal", **fields: object) -> int:
    return desk.call(f"crm.{word}.userfield.add", {"fields": fields})


def get(desk, number: int, word: str = "deal") -> dict:
    return desk.call(f"crm.{word}.userfield.get", {"id": number})


def names(desk, **params: object) -> list[str]:
    return [field["FIELD_NAME"] for field in desk.call("crm.deal.userfield.list", params)]


@pytest.mark.parametrize("word", WORDS)
def test_a_field_lives_and_dies(desk, word):
    number = add(desk, word, FIELD_NAME="NOTE", USER_TYPE_ID="string", LABEL="Заметка")
    item = desk.call(f"crm.{word}.add", {"fields": {"TITLE": "Один", "UF_CRM_NOTE": "слово"}})
    assert desk.call(f"crm.{word}.get", {"id": item})["UF_CRM_NOTE"] == "слово"
    assert desk.call(f"crm.{word}.userfield.update", {"id": number, "fields": {"SORT": 5}}) is True
    assert desk.call(f"crm.{word}.userfield.delete", {"id": number}) is True
    assert desk.call(f"crm.{word}.userfield.list") == []
    upper = word.upper()
    own = [name for name in desk.events() if "USERFIELD" in name]
    assert own == [f"ONCRM{upper}USERFIELD{what}" for what in ("ADD", "UPDATE", "DELETE")]


@pytest.mark.parametrize("sent", ["NOTE", "note", "UF_NOTE", "UF_CRM_NOTE"])
def test_the_prefix_is_always_there(desk, sent):
    assert get(desk, add(desk, FIELD_NAME=sent, USER_TYPE_ID="string"))["FIELD_NAME"] == "UF_CRM_NOTE"


def test_it_is_the_field_of_the_newer_methods(desk):
    number = add(desk, FIELD_NAME="CAUSE", USER_TYPE_ID="enumeration", MULTIPLE="Y", LIST=[{"VALUE": "раз"}])
    newer = desk.call("userfieldconfig.get", {"moduleId": "crm", "id": number})["field"]
    assert (newer["fieldName"], newer["multiple"], newer["enum"][0]["value"]) == ("UF_CRM_CAUSE", "Y", "раз")
    deal = desk.call("crm.item.add", {"entityTypeId": 2, "fields": {"ufCrmCause": [1]}})["item"]
    assert desk.call("crm.deal.get", {"id": deal["id"]})["UF_CRM_CAUSE"] == [1]
    assert "ONCRMDEALUSERFIELDSETENUMVALUES" in desk.events()


def test_a_field_as_the_page_shows_it(desk):
    number = add(
        desk,
        FIELD_NAME="HELLO",
        USER_TYPE_ID="string",
        LABEL="Привет",
        EDIT_FORM_LABEL={"ru": "Править", "en": "Edit"},
        SORT=2000,
        MANDATORY="Y",
        SETTINGS={"ROWS": 10},
    )
    shown = get(desk, number)
    expected = {
        "ID": str(number),
        "ENTITY_ID": "CRM_DEAL",
        "USER_TYPE_ID": "string",
        "XML_ID": None,
        "SORT": "2000",
        "MULTIPLE": "N",
        "MANDATORY": "Y",
        "SHOW_FILTER": "N",
        "EDIT_IN_LIST": "Y",
    }
    assert expected.items() <= shown.items()
    assert (shown["SETTINGS"]["ROWS"], shown["SETTINGS"]["SIZE"]) == (10, 20)
    # languages of a map that were not sent take the common label
    assert {shown["EDIT_FORM_LABEL"][one] for one in ("ru", "en", "de")} == {"Править", "Edit", "Привет"}
    assert shown["LIST_COLUMN_LABEL"]["ru"] == "Привет"
    desk.call("crm.deal.userfield.update", {"id": number, "fields": {"LIST_COLUMN_LABEL": {"ru": "Столбец"}}})
    assert get(desk, number)["LIST_COLUMN_LABEL"] | {"ru": ""} == dict.fromkeys(shown["LIST_COLUMN_LABEL"], "")


def test_elements_of_a_list_are_changed_one_by_one(desk):
    number = add(desk, FIELD_NAME="WHY", USER_TYPE_ID="enumeration", LIST=[{"VALUE": "а"}, {"VALUE": "б", "DEF": "Y"}])
    sent = [{"ID": 1, "DEL": "Y"}, {"ID": 2, "VALUE": "бэ"}, {"VALUE": "в", "SORT": 1, "XML_ID": "third"}]
    desk.call("crm.deal.userfield.update", {"id": number, "fields": {"LIST": sent}})
    shown = get(desk, number)["LIST"]
    assert [(one["ID"], one["VALUE"], one["DEF"], one["SORT"]) for one in shown] == [
        ("3", "в", "N", "1"),
        ("2", "бэ", "Y", "200"),
    ]
    again = {"id": number, "fields": {"LIST": [{"VALUE": "г", "XML_ID": "third"}]}}
    assert desk.refusal("crm.deal.userfield.update", again) == (400, "ERROR_CORE")


def test_lists_are_filtered_sorted_and_labelled_on_demand(desk):
    add(desk, FIELD_NAME="B", USER_TYPE_ID="string", SORT=200, LABEL="Бэ")
    add(desk, FIELD_NAME="A", USER_TYPE_ID="integer", SORT=100, MANDATORY="Y")
    add(desk, "lead", FIELD_NAME="C", USER_TYPE_ID="string")
    assert names(desk) == ["UF_CRM_A", "UF_CRM_B"]
    assert names(desk, order={"FIELD_NAME": "DESC"}) == ["UF_CRM_B", "UF_CRM_A"]
    assert names(desk, filter={"MANDATORY": "Y"}) == ["UF_CRM_A"]
    assert names(desk, filter={"USER_TYPE_ID": "string", "NONSENSE": 1}) == ["UF_CRM_B"]
    plain = desk.call("crm.deal.userfield.list")[1]
    labelled = desk.call("crm.deal.userfield.list", {"filter": {"LANG": "ru"}})[1]
    assert "EDIT_FORM_LABEL" not in plain
    assert (labelled["EDIT_FORM_LABEL"], labelled["HELP_MESSAGE"]) == ("Бэ", "Бэ")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"FIELD_NAME": "X"}, ""),
        ({"USER_TYPE_ID": "string"}, ""),
        ({"FIELD_NAME": "X" * 44, "USER_TYPE_ID": "string"}, "ERROR_CORE"),
        ({"FIELD_NAME": "Поле", "USER_TYPE_ID": "string"}, "ERROR_CORE"),
        ({"FIELD_NAME": "X", "USER_TYPE_ID": "mood"}, "ERROR_CORE"),
        (
            {
                "FIELD_NAME": "X",
                "USER_TYPE_ID": "enumeration",
                "LIST": [{"VALUE": "а", "XML_ID": "a"}, {"VALUE": "б", "XML_ID": "a"}],
            },
            "ERROR_CORE",
        ),
    ],
)
def test_bad_fields_are_refused(desk, fields, code):
    assert desk.refusal("crm.deal.userfield.add", {"fields": fields}) == (400, code)
    assert names(desk) == []


def test_refusals(desk, company):
    number = add(desk, "lead", FIELD_NAME="X", USER_TYPE_ID="string")
    assert desk.refusal("crm.deal.userfield.get", {"id": number}) == (400, "ERROR_NOT_FOUND")
    assert desk.refusal("crm.deal.userfield.get", {}) == (400, "")
    assert desk.refusal("crm.deal.userfield.list", {"filter": "x"}) == (400, "")
    assert desk.refusal("crm.deal.userfield.add", {"fields": {}}, by=company.seller) == (403, "")


def test_what_there_is(desk):
    assert {"ID": "string", "title": "Строка"} in desk.call("crm.userfield.types")
    assert desk.call("crm.userfield.fields")["ENTITY_ID"] == {"type": "string", "title": "Объект", "isImmutable": True}
    assert desk.call("crm.userfield.enumeration.fields")["ID"]["isReadOnly"] is True
