"""``crm.requisite.*`` and ``crm.address.*`` over HTTP (api-reference/crm/requisites/)."""

from __future__ import annotations

import pytest

from tests.sandbox.portal.methods.test_rights import control


@pytest.fixture
def firm(desk) -> int:
    return desk.call("crm.company.add", {"fields": {"TITLE": "Пример"}})


def a_requisite(desk, firm: int, **fields: object) -> int:
    named = {"ENTITY_TYPE_ID": 4, "ENTITY_ID": firm, "PRESET_ID": 1, "NAME": "Организация", **fields}
    return desk.call("crm.requisite.add", {"fields": named})


def test_a_requisite_is_found_by_its_tax_number_as_accounting_programs_look_for_it(desk, firm):
    a_requisite(desk, firm, RQ_INN="7717586110")
    other = a_requisite(desk, firm, RQ_INN="7700000000", SORT=100)
    found = desk.body("crm.requisite.list", {"filter": {"RQ_INN": "7700000000"}, "select": ["ID", "ENTITY_ID"]})
    assert found["result"] == [{"ID": str(other), "ENTITY_ID": str(firm)}]
    assert found["total"] == 1
    by_sort = desk.call("crm.requisite.list", {"order": {"SORT": "ASC"}, "select": ["SORT"]})
    assert by_sort == [{"SORT": "100"}, {"SORT": "500"}]


def test_what_it_belongs_to_does_not_change_and_who_changed_it_is_written_down(desk, firm):
    number = a_requisite(desk, firm, RQ_INN="1")
    before = desk.call("crm.requisite.get", {"id": number})
    assert (before["DATE_MODIFY"], before["MODIFY_BY_ID"], before["RQ_VAT_PAYER"]) == ("", None, "N")
    desk.call("crm.requisite.update", {"id": number, "fields": {"RQ_INN": "2", "ENTITY_ID": 999, "ID": 5}})
    after = desk.call("crm.requisite.get", {"id": number})
    assert (after["RQ_INN"], after["ENTITY_ID"], after["ID"]) == ("2", str(firm), str(number))
    assert (after["DATE_MODIFY"], after["MODIFY_BY_ID"]) == ("2026-01-15T12:00:00+03:00", "1")
    assert [event for event in desk.events() if "REQUISITE" in event] == ["ONCRMREQUISITEADD", "ONCRMREQUISITEUPDATE"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ENTITY_TYPE_ID": 2}, "ENTITY_TYPE_ID is not defined or invalid."),
        ({"ENTITY_ID": 0}, "ENTITY_ID is not defined or invalid."),
        ({"ENTITY_ID": 999}, "Entity not found."),
        ({"PRESET_ID": 999}, "PRESET_ID is not defined or invalid."),
    ],
)
def test_what_a_new_requisite_must_name(desk, firm, fields, words):
    named = {"ENTITY_TYPE_ID": 4, "ENTITY_ID": firm, "PRESET_ID": 1, **fields}
    assert desk.words("crm.requisite.add", {"fields": named}) == words


def test_an_account_and_an_address_go_with_their_requisite(desk, firm):
    number = a_requisite(desk, firm)
    account = desk.call("crm.requisite.bankdetail.add", {"fields": {"ENTITY_ID": number, "RQ_BIK": "044525225"}})
    assert desk.call("crm.requisite.bankdetail.get", {"id": account})["COUNTRY_ID"] == "1"
    where = {"TYPE_ID": 6, "ENTITY_TYPE_ID": 8, "ENTITY_ID": number}
    desk.call("crm.address.add", {"fields": {**where, "CITY": "Тюмень"}})
    assert desk.words("crm.address.add", {"fields": where}) == "TypeAddress exists."
    desk.call("crm.address.update", {"fields": {**where, "CITY": "Тобольск"}})
    (address,) = desk.call("crm.address.list", {"filter": {"ANCHOR_TYPE_ID": 4, "ANCHOR_ID": firm}})
    assert (address["CITY"], address["ENTITY_ID"]) == ("Тобольск", str(number))
    desk.call("crm.requisite.delete", {"id": number})
    assert desk.call("crm.requisite.bankdetail.list") == []
    assert desk.call("crm.address.list") == []


def test_a_template_in_use_stays(desk, firm):
    a_requisite(desk, firm, PRESET_ID=2)
    assert "уже созданы реквизиты" in desk.words("crm.requisite.preset.delete", {"id": 2})
    assert desk.call("crm.requisite.preset.delete", {"id": 4}) is True
    assert [one["ID"] for one in desk.call("crm.requisite.preset.list")] == ["1", "2", "3"]


def test_whoever_may_not_see_the_company_sees_nothing_of_its_requisites(desk, company, firm):
    number = a_requisite(desk, firm)
    grant = {"entity_type_id": 4, "read": "own"}
    control(desk, "rights", [{"name": "Менеджеры", "users": [company.seller], "rights": [grant]}])
    assert desk.call("crm.requisite.list", by=company.seller) == []
    assert desk.words("crm.requisite.get", {"id": number}, by=company.seller) == "Access denied."
    assert desk.words("crm.requisite.preset.add", {"fields": {"ENTITY_TYPE_ID": 8}}, by=company.seller) == (
        "Access denied."
    )
