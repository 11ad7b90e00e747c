"""``crm.status.*`` over HTTP: api-reference/crm/status/."""

from __future__ import annotations

import pytest


def add(desk, **fields: object) -> int:
    return desk.call("crm.status.add", {"fields": fields})


def stages(desk, entity_id: str = "DEAL_STAGE") -> list[dict]:
    return desk.call("crm.status.list", {"filter": {"ENTITY_ID": entity_id}, "order": {"SORT": "ASC"}})


def codes(desk, entity_id: str = "DEAL_STAGE") -> list[str]:
    return [stage["STATUS_ID"] for stage in stages(desk, entity_id)]


def test_the_stages_of_a_new_portal(desk):
    assert codes(desk) == [
        "NEW", "PREPARATION", "PREPAYMENT_INVOICE", "EXECUTING", "FINAL_INVOICE", "WON", "LOSE", "APOLOGY",
    ]  # fmt: skip
    assert codes(desk, "STATUS") == ["NEW", "IN_PROCESS", "PROCESSED", "CONVERTED", "JUNK"]


def test_numbers_are_strings(desk):
    won = next(stage for stage in stages(desk) if stage["STATUS_ID"] == "WON")
    assert won == {
        "ID": won["ID"],
        "ENTITY_ID": "DEAL_STAGE",
        "STATUS_ID": "WON",
        "NAME": "Сделка успешна",
        "NAME_INIT": "Сделка успешна",
        "SORT": "60",
        "SYSTEM": "Y",
        "CATEGORY_ID": None,
        "COLOR": "#7BD500",
        "SEMANTICS": "S",
        "EXTRA": {"SEMANTICS": "success", "COLOR": "#7BD500"},
    }
    assert isinstance(won["ID"], str)
    assert desk.call("crm.status.get", {"id": won["ID"]}) == won


def test_names_of_parameters_in_any_case(desk):
    number = desk.call("crm.status.add", {"FIELDS": {"ENTITY_ID": "SOURCE", "STATUS_ID": "FAIR", "NAME": "Ярмарка"}})
    assert desk.call("crm.status.update", {"ID": number, "Fields": {"NAME": "Выставка"}}) is True
    [found] = desk.call("crm.status.list", {"FILTER": {"STATUS_ID": "FAIR"}, "ORDER": {"SORT": "ASC"}})
    assert (found["ID"], found["NAME"]) == (str(number), "Выставка")
    assert desk.call("crm.status.delete", {"ID": number, "PARAMS": {"FORCED": "Y"}}) is True


def test_what_stages_mean(desk):
    meant = {stage["STATUS_ID"]: stage["EXTRA"]["SEMANTICS"] for stage in stages(desk)}
    assert (meant["NEW"], meant["WON"], meant["LOSE"], meant["APOLOGY"]) == ("process", "success", "failure", "apology")


@pytest.mark.parametrize("code", ["OFFER", "C1:OFFER"])
def test_a_stage_of_a_funnel_gets_its_prefix(desk, code):
    desk.call("crm.category.add", {"entityTypeId": 2, "fields": {"name": "Опт"}})
    number = add(desk, ENTITY_ID="DEAL_STAGE_1", STATUS_ID=code, NAME="КП", SORT=25, COLOR="#00FF00")
    assert isinstance(number, int)
    made = desk.call("crm.status.get", {"id": number})
    assert (made["STATUS_ID"], made["SORT"], made["SYSTEM"], made["CATEGORY_ID"]) == ("C1:OFFER", "25", "N", "1")
    item = {"entityTypeId": 2, "fields": {"categoryId": 1, "stageId": "C1:OFFER"}}
    assert desk.call("crm.item.add", item)["item"]["stageId"] == "C1:OFFER"


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"NAME": "x"}, "", "The field ENTITY_ID is required.\nThe field STATUS_ID is required."),
        ({"ENTITY_ID": "DEAL_STAGE", "NAME": "x"}, "", "The field STATUS_ID is required."),
        ({"ENTITY_ID": "MARS", "STATUS_ID": "A", "NAME": "x"}, "", "Specified entity type is not supported."),
        ({"ENTITY_ID": "SOURCE", "STATUS_ID": "A"}, "", 'Не заполнено обязательное поле "Заголовок"'),
        (
            {"ENTITY_ID": "SOURCE", "STATUS_ID": "WEB", "NAME": "x"},
            "ERROR_CORE",
            "Указанный идентификатор статуса, уже существует.",
        ),
        (
            {"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "A", "NAME": "x", "SORT": 65},
            "",
            "Нельзя создать промежуточную стадию после успешной",
        ),
    ],
)
def test_documented_refusals(desk, fields, code, words):
    assert desk.refusal("crm.status.add", {"fields": fields}) == (400, code)
    assert desk.words("crm.status.add", {"fields": fields}) == words


@pytest.mark.parametrize(
    "fields",
    [
        {"ENTITY_ID": "DEAL_STAGE", "SEMANTICS": "S", "SORT": 60},  # there is one successful stage already
        {"ENTITY_ID": "DEAL_STAGE", "SEMANTICS": "F", "SORT": 10},  # failed stages stand last
        {"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "X" * 23},
        {"ENTITY_ID": "STATUS", "STATUS_ID": "X" * 22},
        {"ENTITY_ID": "SOURCE", "STATUS_ID": "X" * 51},
        {"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "КП"},
    ],
)
def test_other_refusals(desk, fields):
    assert desk.refusal("crm.status.add", {"fields": {"STATUS_ID": "X", "NAME": "x", **fields}}) == (400, "")


def test_fields_must_be_an_array(desk):
    assert desk.words("crm.status.add", {"fields": "x"}) == "Parameter 'fields' must be array."


def test_an_update_leaves_the_semantics(desk):
    number = next(stage["ID"] for stage in stages(desk) if stage["STATUS_ID"] == "PREPARATION")
    changes = {"NAME": "Договор", "SORT": 45, "COLOR": "#123456", "SEMANTICS": "S"}
    assert desk.call("crm.status.update", {"id": number, "fields": changes}) is True
    changed = desk.call("crm.status.get", {"id": number})
    assert [changed[key] for key in ("NAME", "SORT", "COLOR", "SEMANTICS")] == ["Договор", "45", "#123456", None]


def test_a_stage_with_items_stays(desk):
    number = add(desk, ENTITY_ID="DEAL_STAGE", STATUS_ID="OFFER", NAME="КП", SORT=25)
    deal = desk.call("crm.item.add", {"entityTypeId": 2, "fields": {"stageId": "OFFER"}})["item"]
    assert desk.words("crm.status.delete", {"id": number}) == "There are active items in this status."
    desk.call("crm.item.update", {"entityTypeId": 2, "id": deal["id"], "fields": {"stageId": "NEW"}})
    assert desk.call("crm.status.delete", {"id": number}) is True
    assert "OFFER" not in codes(desk)


def test_a_system_stage_is_deleted_by_force_only(desk):
    number = next(stage["ID"] for stage in stages(desk) if stage["STATUS_ID"] == "NEW")
    assert "FORCED" in desk.words("crm.status.delete", {"id": number})
    assert desk.call("crm.status.delete", {"id": number, "params": {"FORCED": "Y"}}) is True
    assert desk.call("crm.item.add", {"entityTypeId": 2, "fields": {}})["item"]["stageId"] == "PREPARATION"


def test_the_last_stage_of_a_group_stays(desk):
    won = next(stage["ID"] for stage in stages(desk) if stage["STATUS_ID"] == "WON")
    assert desk.words("crm.status.delete", {"id": won, "params": {"FORCED": "Y"}}) == "Error on deleting status."


@pytest.mark.parametrize(
    ("method", "number", "words"),
    [
        ("crm.status.get", 9999, "Status is not found."),
        ("crm.status.update", 9999, "Status is not found."),
        ("crm.status.delete", 9999, "Status is not found."),
        ("crm.status.update", "x", "Invalid identifier."),
    ],
)
def test_missing_entries(desk, method, number, words):
    assert desk.words(method, {"id": number, "fields": {"NAME": "x"}}) == words


def test_settings_are_for_administrators(desk, company):
    assert desk.words("crm.status.add", {"fields": {}}, by=company.seller) == "Access denied."


def test_dictionaries(desk):
    desk.call("crm.category.add", {"entityTypeId": 2, "fields": {"name": "Опт"}})
    desk.call("crm.type.add", {"fields": {"title": "Разбор", "entityTypeId": 1030, "isStagesEnabled": "Y"}})
    types = {one["ID"]: one for one in desk.call("crm.status.entity.types")}
    assert types["SOURCE"] == {"ID": "SOURCE", "NAME": "Источники"}
    assert types["DEAL_STAGE_1"] == {
        "ID": "DEAL_STAGE_1",
        "NAME": "Стадии сделки Опт",
        "PARENT_ID": "DEAL_STAGE",
        "SEMANTIC_INFO": {
            "START_FIELD": "C1:NEW",
            "FINAL_SUCCESS_FIELD": "C1:WON",
            "FINAL_UNSUCCESS_FIELD": "C1:LOSE",
            "FINAL_SORT": 0,
        },
        "PREFIX": "C1",
        "FIELD_ATTRIBUTE_SCOPE": "category_1",
        "ENTITY_TYPE_ID": 2,
        "CATEGORY_ID": "1",
    }
    assert types["DYNAMIC_1030_STAGE_1"] == {
        "ID": "DYNAMIC_1030_STAGE_1",
        "NAME": "Разбор (Общая)",
        "SEMANTIC_INFO": [],
        "PREFIX": "DT1030_1",
        "FIELD_ATTRIBUTE_SCOPE": "category_1",
        "ENTITY_TYPE_ID": 1030,
        "IS_ENABLED": True,
        "CATEGORY_ID": 1,
        "CATEGORY_NAME": "Общая",
        "CATEGORY_SORT": 500,
        "IS_DEFAULT_CATEGORY": True,
    }


def test_the_short_list_has_numbers(desk):
    assert desk.call("crm.status.entity.items", {"entityId": "STATUS"})[0] == {
        "NAME": "Не обработан",
        "SORT": 10,
        "STATUS_ID": "NEW",
    }
    assert desk.refusal("crm.status.entity.items", {"entityId": "MARS"}) == (400, "")


def test_fields(desk):
    fields = desk.call("crm.status.fields")
    assert (fields["SEMANTICS"]["isImmutable"], fields["NAME"]["isRequired"]) == (True, True)
