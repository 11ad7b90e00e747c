"""Product rows: api-reference/crm/universal/product-rows/, api-reference/crm/deals/crm-deal-productrows-*.md."""

from __future__ import annotations

import pytest


@pytest.fixture
def deal(desk) -> int:
    return desk.call("crm.deal.add", {"fields": {"TITLE": "Продажа"}})


def add(desk, owner: int, owner_type: str = "D", **fields: object) -> dict:
    sent = {"ownerId": owner, "ownerType": owner_type, **fields}
    return desk.call("crm.item.productrow.add", {"fields": sent})["productRow"]


def rows(desk, owner: int, **more: object) -> list[dict]:
    wanted = {"=ownerType": "D", "=ownerId": owner, **more}
    return desk.call("crm.item.productrow.list", {"filter": wanted})["productRows"]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        # the examples of crm-item-productrow-add.md and crm-item-productrow-list.md
        (
            {"price": 80000, "quantity": 2, "discountTypeId": 2, "discountRate": 20, "taxRate": 20, "taxIncluded": "Y"},
            {"priceExclusive": 66666.67, "priceNetto": 83333.34, "priceBrutto": 100000.01, "discountSum": 16666.67},
        ),
        (
            {"price": 90000, "discountTypeId": 2, "discountRate": 10, "taxRate": 10, "taxIncluded": "Y"},
            {"priceExclusive": 81818.18, "priceNetto": 90909.09, "priceBrutto": 100000, "discountSum": 9090.91},
        ),
        # the example of crm-deal-productrows-get.md
        (
            {"price": 899.1, "discountTypeId": 1, "discountSum": 99.9},
            {"priceExclusive": 899.1, "priceNetto": 999, "priceBrutto": 999, "discountRate": 10},
        ),
        (
            {"price": 100},
            {"quantity": 1, "discountTypeId": 2, "discountSum": 0, "taxRate": None, "taxIncluded": "N", "price": 100},
        ),
        ({"measureCode": 168}, {"measureCode": 168, "measureName": "т"}),
    ],
)
def test_prices_follow_from_each_other(desk, deal, sent, shown):
    assert shown.items() <= add(desk, deal, **sent).items()


def test_a_row_looks_as_a_recorded_one(desk, deal):
    """Keys and types of ``crm_item_productrow_list`` in the recordings of leshchenko1979/fast_bitrix24."""
    number = add(desk, deal, productId=12619, productName="Отходы", quantity=0.06, taxIncluded="Y")["id"]
    row = rows(desk, deal)[0]
    assert row == {
        "id": number,
        "ownerId": deal,
        "ownerType": "D",
        "productId": 12619,
        "productName": "Отходы",
        **dict.fromkeys(("price", "priceAccount", "priceExclusive", "priceNetto", "priceBrutto"), 0),
        "quantity": 0.06,
        "discountTypeId": 2,
        "discountRate": 0,
        "discountSum": 0,
        "taxRate": None,
        "taxIncluded": "Y",
        "customized": "Y",
        "measureCode": 796,
        "measureName": "шт",
        "sort": 0,
        "xmlId": "",
        "type": 1,
    }
    assert desk.call("crm.item.productrow.get", {"id": number}) == {"productRow": row}


def test_the_sum_of_a_deal_is_that_of_its_rows(desk, deal):
    desk.events()
    first = add(desk, deal, price=100, quantity=2, taxRate=25)["id"]
    deal_now = desk.call("crm.deal.get", {"id": deal})
    assert (deal_now["OPPORTUNITY"], deal_now["TAX_VALUE"]) == ("200.00", "40.00")
    desk.call("crm.item.productrow.update", {"id": first, "fields": {"quantity": 3}})
    assert desk.call("crm.deal.get", {"id": deal})["OPPORTUNITY"] == "300.00"
    assert desk.call("crm.item.productrow.delete", {"id": first}) is None
    assert desk.call("crm.deal.get", {"id": deal})["OPPORTUNITY"] == "0.00"
    assert desk.events() == ["ONCRMDEALUPDATE"] * 3
    desk.call("crm.deal.update", {"id": deal, "fields": {"IS_MANUAL_OPPORTUNITY": "Y", "OPPORTUNITY": 7}})
    add(desk, deal, price=100)
    assert desk.call("crm.deal.get", {"id": deal})["OPPORTUNITY"] == "7.00"


def test_setting_rows_replaces_them(desk, deal):
    kept = add(desk, deal, productName="Лодка", price=10)["id"]
    add(desk, deal, productName="Весло", price=5)
    sent = [{"id": kept, "price": 20}, {"productName": "Якорь", "price": 7, "sort": 5}]
    params = {"ownerType": "D", "ownerId": deal, "productRows": sent}
    assert [row["productName"] for row in desk.call("crm.item.productrow.set", params)["productRows"]] == [
        "Лодка",
        "Якорь",
    ]
    assert [(row["id"], row["price"]) for row in rows(desk, deal)] == [(kept, 20), (3, 7)]
    assert [row["id"] for row in rows(desk, deal, **{">price": 10})] == [kept]
    desk.call("crm.deal.delete", {"id": deal})
    assert rows(desk, deal) == []


def test_the_older_methods_see_the_same_rows(desk, deal):
    sent = [{"PRODUCT_NAME": "Лодка", "PRICE": "899.10", "DISCOUNT_TYPE_ID": 1, "DISCOUNT_SUM": 99.9, "XML_ID": "x"}]
    assert desk.call("crm.deal.productrows.set", {"id": deal, "rows": sent}) is True
    (row,) = desk.call("crm.deal.productrows.get", {"id": deal})
    assert list(row)[:7] == [
        "ID", "OWNER_ID", "OWNER_TYPE", "PRODUCT_ID", "PRODUCT_NAME", "ORIGINAL_PRODUCT_NAME", "PRODUCT_DESCRIPTION",
    ]  # fmt: skip
    expected = {
        "ID": "1",
        "OWNER_ID": str(deal),
        "OWNER_TYPE": "D",
        "PRODUCT_NAME": "Лодка",
        "ORIGINAL_PRODUCT_NAME": "Лодка",
        "PRICE": 899.1,
        "PRICE_NETTO": 999,
        "PRICE_ACCOUNT": "899.10",
        "SORT": 10,
        "XML_ID": "x",
    }
    assert expected.items() <= row.items()
    assert rows(desk, deal)[0]["xmlId"] == "x"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("crm.item.productrow.add", {"fields": {"ownerId": 1}}, "100"),
        ("crm.item.productrow.add", {"fields": {"ownerId": 9, "ownerType": "D"}}, "OWNER_NOT_FOUND"),
        ("crm.item.productrow.add", {"fields": {"ownerId": 1, "ownerType": "C"}}, "ENTITY_TYPE_NOT_SUPPORTED"),
        ("crm.item.productrow.add", {"fields": {"ownerId": 1, "ownerType": "T406"}}, "ENTITY_TYPE_NOT_SUPPORTED"),
        ("crm.item.productrow.get", {"id": 9}, "NOT_FOUND"),
        ("crm.item.productrow.list", {"filter": {"=ownerId": 1}}, "INVALID_ARG_VALUE"),
        ("crm.deal.productrows.get", {"id": 0}, ""),
        ("crm.deal.productrows.get", {"id": 9}, ""),
        ("crm.deal.productrows.set", {"id": 1, "rows": "x"}, ""),
        ("crm.deal.productrows.set", {"id": 1, "rows": [{"DISCOUNT_TYPE_ID": 2}]}, "ERROR_CORE"),
        ("crm.deal.productrows.set", {"id": 1, "rows": [{"DISCOUNT_TYPE_ID": 1}]}, "ERROR_CORE"),
        (
            "crm.deal.productrows.set",
            {"id": 1, "rows": [{"DISCOUNT_TYPE_ID": 2, "DISCOUNT_RATE": 100}]},
            "ERROR_CORE",
        ),
    ],
)
def test_refusals(desk, deal, method, params, code):
    assert desk.refusal(method, params) == (400, code)
    assert rows(desk, deal) == []


def test_rows_of_smart_processes_need_the_setting(desk):
    flags = {"title": "Закупка", "isLinkWithProductsEnabled": "Y"}
    type_ = desk.call("crm.type.add", {"fields": {**flags, "entityTypeId": 1030}})["type"]
    item = desk.call("crm.item.add", {"entityTypeId": type_["entityTypeId"], "fields": {}})["item"]["id"]
    add(desk, item, "T406", price=15, quantity=2)
    assert desk.call("crm.item.get", {"entityTypeId": 1030, "id": item})["item"]["opportunity"] == 30


def test_fields(desk):
    assert desk.call("crm.item.productrow.fields")["fields"]["ownerId"]["isImmutable"] is True
