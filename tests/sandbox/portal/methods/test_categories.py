"""``crm.category.*`` over HTTP: api-reference/crm/universal/category/."""

from __future__ import annotations

import pytest

DEAL = 2


@pytest.fixture
def process(desk) -> int:
    fields = {"title": "Разбор", "isStagesEnabled": "Y", "isCategoriesEnabled": "Y"}
    return desk.call("crm.type.add", {"fields": fields})["type"]["entityTypeId"]


def add(desk, entity_type_id: int, **fields: object) -> dict:
    return desk.call("crm.category.add", {"entityTypeId": entity_type_id, "fields": fields})["category"]


def names(desk, entity_type_id: int) -> list[tuple[str, str]]:
    found = desk.call("crm.category.list", {"entityTypeId": entity_type_id})["categories"]
    return [(funnel["name"], funnel["isDefault"]) for funnel in found]


def test_the_default_deal_funnel_is_number_zero(desk):
    body = desk.body("crm.category.list", {"entityTypeId": DEAL})
    assert body["result"]["categories"] == [
        {"id": 0, "name": "Общая", "sort": 300, "entityTypeId": DEAL, "isDefault": "Y"}
    ]
    assert body["total"] == 1


def test_a_new_deal_funnel_has_its_stages(desk):
    funnel = add(desk, DEAL, name="Опт", sort=200, isDefault="Y")
    assert funnel == {
        "id": 1,
        "name": "Опт",
        "sort": 200,
        "entityTypeId": DEAL,
        "isDefault": "N",  # not changeable for deals
        "originId": "",
        "originatorId": "",
    }
    stages = desk.call("crm.status.list", {"filter": {"ENTITY_ID": "DEAL_STAGE_1"}, "order": {"SORT": "ASC"}})
    assert (stages[0]["STATUS_ID"], stages[0]["CATEGORY_ID"]) == ("C1:NEW", "1")
    assert names(desk, DEAL) == [("Опт", "N"), ("Общая", "Y")]


def test_the_default_quality_moves(desk, process):
    add(desk, process, name="Главная", isDefault="Y")
    assert sorted(names(desk, process)) == [("Главная", "Y"), ("Общая", "N")]
    desk.call("crm.category.update", {"entityTypeId": process, "id": 1, "fields": {"isDefault": "Y", "sort": -5}})
    assert sorted(names(desk, process)) == [("Главная", "N"), ("Общая", "Y")]
    assert desk.call("crm.category.get", {"entityTypeId": process, "id": 1})["category"]["sort"] == 0
    desk.call("crm.category.update", {"entityTypeId": process, "id": 1, "fields": {"isDefault": "N"}})
    assert sorted(names(desk, process)) == [("Главная", "N"), ("Общая", "Y")]


def test_two_funnels_may_share_a_name(desk, process):
    assert add(desk, process, name="Опт")["id"] != add(desk, process, name="Опт")["id"]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("crm.category.list", {"entityTypeId": 1}, "ENTITY_TYPE_NOT_SUPPORTED"),
        ("crm.category.add", {"entityTypeId": 1, "fields": {"name": "x"}}, "ENTITY_TYPE_NOT_SUPPORTED"),
        ("crm.category.list", {"entityTypeId": 4444}, "NOT_FOUND"),
        ("crm.category.get", {"entityTypeId": DEAL, "id": 7}, "NOT_FOUND"),
        ("crm.category.update", {"entityTypeId": DEAL, "id": 7, "fields": {}}, "NOT_FOUND"),
        ("crm.category.delete", {"entityTypeId": DEAL, "id": 7}, "NOT_FOUND"),
        ("crm.category.add", {"entityTypeId": DEAL, "fields": {}}, 0),
        ("crm.category.add", {"entityTypeId": DEAL, "fields": {"name": "  "}}, 0),
        ("crm.category.add", {"entityTypeId": DEAL, "fields": {"name": "x" * 256}}, 0),
        ("crm.category.delete", {"entityTypeId": DEAL, "id": 0}, 0),
    ],
)
def test_refusals(desk, method, params, code):
    assert desk.refusal(method, params) == (400, code)


@pytest.mark.parametrize(("deals", "code"), [(True, 0), (False, "BX_ERROR")])
def test_a_funnel_with_items_stays(desk, process, deals, code):
    number = DEAL if deals else process
    funnel = add(desk, number, name="Опт")["id"]
    item = desk.call("crm.item.add", {"entityTypeId": number, "fields": {"categoryId": funnel}})["item"]
    delete = {"entityTypeId": number, "id": funnel}
    assert desk.refusal("crm.category.delete", delete) == (400, code)
    desk.call("crm.item.delete", {"entityTypeId": number, "id": item["id"]})
    assert desk.call("crm.category.delete", delete) is None
    assert desk.refusal("crm.category.get", delete) == (400, "NOT_FOUND")


def test_the_default_funnel_of_a_smart_process_stays(desk, process):
    assert desk.refusal("crm.category.delete", {"entityTypeId": process, "id": 1}) == (400, "BX_ERROR")


def test_funnels_are_seen_by_all_and_changed_by_administrators(desk, company):
    assert desk.call("crm.category.list", {"entityTypeId": DEAL}, by=company.seller)["categories"]
    assert desk.refusal("crm.category.add", {"entityTypeId": DEAL, "fields": {"name": "x"}}, by=company.seller) == (
        400,
        "ACCESS_DENIED",
    )


def test_fields(desk, process):
    assert desk.call("crm.category.fields", {"entityTypeId": DEAL})["fields"]["isDefault"]["isReadOnly"] is True
    assert desk.call("crm.category.fields", {"entityTypeId": process})["fields"]["isDefault"]["isReadOnly"] is False


def test_funnels_nobody_may_read_are_not_seen(desk, company):
    wholesale = desk.call("crm.category.add", {"entityTypeId": 2, "fields": {"name": "Опт"}})["category"]["id"]
    role = {"users": [company.seller], "rights": [{"entity_type_id": 2, "category_id": wholesale, "read": "own"}]}
    desk.client.post(f"{desk.address}/_sandbox/rights", json=[role])
    body = desk.body("crm.category.list", {"entityTypeId": 2}, by=company.seller)
    assert ([one["id"] for one in body["result"]["categories"]], body["total"]) == ([wholesale], 1)
    general = {"entityTypeId": 2, "id": 0}
    assert desk.refusal("crm.category.get", general, by=company.seller) == (400, "ACCESS_DENIED")
    assert desk.call("crm.category.get", {**general, "id": wholesale}, by=company.seller)["category"]["name"] == "Опт"


def test_where_a_funnel_of_deals_comes_from(desk):
    fields = {"name": "Опт", "originId": "7", "originatorId": "erp"}
    made = desk.call("crm.category.add", {"entityTypeId": 2, "fields": fields})["category"]
    assert (made["originId"], made["originatorId"]) == ("7", "erp")
    changed = {"entityTypeId": 2, "id": made["id"], "fields": {"originId": "8"}}
    assert desk.call("crm.category.update", changed)["category"]["originId"] == "8"
    assert "originId" in desk.call("crm.category.fields", {"entityTypeId": 2})["fields"]
