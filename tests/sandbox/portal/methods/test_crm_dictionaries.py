"""Ready-made lists of the CRM, duplicates, and the older funnels of deals."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("name", "number", "title"),
    [
        ("settings.mode", 1, "Классическая CRM"),
        ("addresstype", 6, "Юридический адрес"),
        ("activitytype", 2, "Звонок"),
        ("activitystatus", 2, "Завершено"),
        ("activitydirection", 1, "Входящее"),
        ("activitypriority", 3, "высокая"),
        ("activitynotifytype", 3, "дн."),
        ("contenttype", 2, "bbCode"),
    ],
)
def test_enumerations(desk, name, number, title):
    element = {"ID": number, "NAME": title, "SYMBOL_CODE": None, "SYMBOL_CODE_SHORT": None}
    assert element in desk.call(f"crm.enum.{name}")


def test_other_descriptions(desk):
    assert desk.call("crm.enum.fields")["ID"]["type"] == "int"
    assert desk.call("crm.enum.getorderownertypes")[0]["code"] == "DEAL"
    assert desk.call("crm.multifield.fields")["VALUE_TYPE"]["isReadOnly"] is False
    assert desk.call("crm.settings.mode.get") == 1


def test_types_of_owners_stand_in_the_order_of_the_page(desk):
    desk.call("crm.type.add", {"fields": {"title": "Закупка", "entityTypeId": 156}})
    types = desk.call("crm.enum.ownertype")
    assert {one["ID"] for one in types} == {1, 2, 3, 4, 5, 7, 8, 31, 36, 39, 156}
    assert types[-1] == {"ID": 156, "NAME": "Закупка", "SYMBOL_CODE": "DYNAMIC_156", "SYMBOL_CODE_SHORT": "T9c"}


def test_currencies(desk):
    assert desk.call("crm.currency.base.get") == "RUB"
    body = desk.body("crm.currency.list", {"order": {"sort": "desc"}})
    assert ([one["CURRENCY"] for one in body["result"]], body["total"]) == (["BYN", "EUR", "USD", "RUB"], 0)
    rouble = desk.call("crm.currency.get", {"id": "RUB"})
    assert (rouble["BASE"], rouble["AMOUNT"], rouble["LANG"]["en"]["FULL_NAME"]) == ("Y", "1.0000", "Russian Ruble")
    assert desk.call("crm.currency.localizations.get", {"id": "RUB"}) == rouble["LANG"]
    assert desk.refusal("crm.currency.get", {"id": "XXX"}) == (400, "")
    assert "LANG" in desk.call("crm.currency.fields")


# Duplicates


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"type": "PHONE", "values": ["8 (999) 123-45-67"]}, {"LEAD": [1], "CONTACT": [1]}),
        ({"type": "PHONE", "values": ["+79991234567"], "entity_type": "CONTACT"}, {"CONTACT": [1]}),
        ({"type": "EMAIL", "values": ["nobody@example.com", "IVAN@example.com"]}, {"CONTACT": [2]}),
        ({"type": "PHONE", "values": ["+70000000000"]}, []),
    ],
)
def test_duplicates_are_found_by_phone_and_mail(desk, sent, found):
    desk.call("crm.lead.add", {"fields": {"TITLE": "Лид", "PHONE": [{"VALUE": "+7 999 123 45 67"}]}})
    desk.call("crm.contact.add", {"fields": {"NAME": "Иван", "PHONE": [{"VALUE": "89991234567"}]}})
    desk.call("crm.contact.add", {"fields": {"NAME": "Пётр", "EMAIL": [{"VALUE": "ivan@example.com"}]}})
    assert desk.call("crm.duplicate.findbycomm", sent) == found


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"values": ["1"]}, "Communication type is not defined"),
        ({"type": "WEB", "values": ["1"]}, "Communication type 'WEB' is not supported in current context"),
        ({"type": "PHONE"}, "Communication values is not defined"),
    ],
)
def test_refusals_of_the_search_for_duplicates(desk, sent, code):
    assert desk.refusal("crm.duplicate.findbycomm", sent) == (400, code)


# Funnels of deals


def test_funnels_of_deals_by_the_older_methods(desk):
    number = desk.call("crm.dealcategory.add", {"fields": {"NAME": "Опт", "SORT": 20}})
    row = {"ID": "1", "CREATED_DATE": "2026-01-15T12:00:00+03:00", "NAME": "Опт", "IS_LOCKED": "N", "SORT": "20"}
    assert desk.call("crm.dealcategory.list") == [row] == [desk.call("crm.dealcategory.get", {"id": number})]
    assert desk.call("crm.dealcategory.list", {"select": ["NAME"], "filter": {"ID": 1}}) == [{"NAME": "Опт"}]
    assert desk.call("crm.dealcategory.status", {"id": number}) == "DEAL_STAGE_1"
    stages = desk.call("crm.dealcategory.stage.list", {"id": number})
    assert stages[0] == {"NAME": "Новая", "SORT": 10, "STATUS_ID": "C1:NEW"}
    assert desk.call("crm.dealcategory.stage.list")[0]["STATUS_ID"] == "NEW"
    assert desk.call("crm.dealcategory.stage.list", {"id": 9}) == []
    assert desk.call("crm.dealcategory.update", {"id": number, "fields": {"NAME": "Оптовая"}}) is True
    assert desk.call("crm.category.list", {"entityTypeId": 2})["categories"][0]["name"] == "Оптовая"
    assert desk.call("crm.dealcategory.delete", {"id": number}) is True
    assert desk.refusal("crm.dealcategory.get", {"id": number}) == (400, "")


def test_the_default_funnel_of_deals(desk):
    assert desk.call("crm.dealcategory.default.get") == {"ID": 0, "NAME": "Общая"}
    assert desk.call("crm.dealcategory.default.set", {"name": "Розница"}) is True
    assert desk.call("crm.dealcategory.default.get")["NAME"] == "Розница"


def test_a_funnel_with_deals_stays(desk, company):
    number = desk.call("crm.dealcategory.add", {"fields": {"NAME": "Опт"}})
    desk.call("crm.deal.add", {"fields": {"CATEGORY_ID": number}})
    assert desk.send("crm.dealcategory.delete", {"id": number}).json()["error"] == 0
    assert desk.refusal("crm.dealcategory.add", {"fields": {"NAME": "Моя"}}, by=company.seller) == (400, "")
    assert "NAME" in desk.call("crm.dealcategory.fields")
