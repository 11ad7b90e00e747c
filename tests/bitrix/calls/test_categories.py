"""Funnels."""

from bitrix.call import JSON, Answer
from bitrix.calls.categories import Category, add_category, list_categories, update_category


def test_the_funnels_of_deals_begin_with_number_zero() -> None:
    rows: list[JSON] = [
        {"id": 9, "name": "Опт", "sort": 200, "entityTypeId": 2, "isDefault": "N", "originId": ""},
        {"id": 0, "name": "Общая", "sort": 300, "entityTypeId": 2, "isDefault": "Y"},
    ]
    call = list_categories(2)
    assert (call.method, call.params) == ("crm.category.list", {"entityTypeId": 2})
    assert call.read(Answer({"categories": rows}, total=2)) == (
        Category(9, "Опт", 200, 2, False),
        Category(0, "Общая", 300, 2, True),
    )


def test_a_new_funnel() -> None:
    call = add_category(1030, "Сервис")
    assert (call.method, call.writes) == ("crm.category.add", True)
    assert call.params == {"entityTypeId": 1030, "fields": {"name": "Сервис", "sort": 500}}
    made: dict[str, JSON] = {
        "category": {"id": 15, "name": "Сервис", "sort": 500, "entityTypeId": 1030, "isDefault": "N"}
    }
    assert call.read(Answer(made)).id == 15


def test_an_update_sends_what_changes() -> None:
    call = update_category(1030, 15, name="Розница")
    assert call.params == {"entityTypeId": 1030, "id": 15, "fields": {"name": "Розница"}}
    assert call.writes
