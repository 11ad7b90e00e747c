"""Which contacts and companies an object is bound to, by the older methods and by ``crm.item.*``."""

from __future__ import annotations

import pytest

TYPES = {"lead": 1, "deal": 2, "contact": 3, "company": 4, "quote": 7}


@pytest.fixture
def people(desk) -> list[int]:
    return [desk.call("crm.contact.add", {"fields": {"NAME": name}}) for name in ("Анна", "Борис", "Вера")]


def links(desk, word: str, other: str, number: int) -> list[tuple]:
    rows = desk.call(f"crm.{word}.{other}.items.get", {"id": number})
    return [(row[f"{other.upper()}_ID"], row["SORT"], row["IS_PRIMARY"]) for row in rows]


def field(desk, word: str, number: int, name: str):
    return desk.call("crm.item.get", {"entityTypeId": TYPES[word], "id": number})["item"][name]


@pytest.mark.parametrize("word", ["deal", "lead", "quote"])
def test_contacts_are_bound_and_let_go(desk, people, word):
    number = desk.call(f"crm.{word}.add", {"fields": {"TITLE": "Один", "CONTACT_ID": people[0]}})
    desk.events()
    add, delete = f"crm.{word}.contact.add", f"crm.{word}.contact.delete"
    assert desk.call(add, {"id": number, "fields": {"CONTACT_ID": people[1]}}) is True
    assert desk.call(add, {"id": number, "fields": {"CONTACT_ID": people[1]}}) is False
    assert desk.call(add, {"id": number, "fields": {"CONTACT_ID": people[2], "IS_PRIMARY": "Y", "SORT": 5}}) is True
    assert links(desk, word, "contact", number) == [(3, 5, "Y"), (1, 10, "N"), (2, 20, "N")]
    assert (field(desk, word, number, "contactId"), field(desk, word, number, "contactIds")) == (3, [3, 1, 2])
    # the first of the others takes the place of a primary link
    assert desk.call(delete, {"id": number, "fields": {"CONTACT_ID": people[2]}}) is True
    assert desk.call(delete, {"id": number, "fields": {"CONTACT_ID": people[2]}}) is False
    assert links(desk, word, "contact", number) == [(1, 10, "Y"), (2, 20, "N")]
    assert desk.events() == [f"ONCRM{word.upper()}UPDATE"] * 3


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([{"CONTACT_ID": 2}, {"CONTACT_ID": 1}], [(2, 10, "Y"), (1, 20, "N")]),
        ([{"CONTACT_ID": 1}, {"CONTACT_ID": 2, "IS_PRIMARY": "Y"}], [(1, 10, "N"), (2, 20, "Y")]),
        ([{"CONTACT_ID": 1, "SORT": 300}, {"CONTACT_ID": 2, "SORT": 100}], [(2, 100, "N"), (1, 300, "Y")]),
        # the first of several primary ones is meant
        ([{"CONTACT_ID": n, "IS_PRIMARY": "Y"} for n in (3, 1)], [(3, 10, "Y"), (1, 20, "N")]),
        ([], []),
    ],
)
def test_all_contacts_are_set_at_once(desk, people, items, expected):
    number = desk.call("crm.deal.add", {"fields": {"CONTACT_IDS": [people[2]]}})
    assert desk.call("crm.deal.contact.items.set", {"id": number, "items": items}) is True
    assert links(desk, "deal", "contact", number) == expected
    assert desk.call("crm.deal.contact.items.delete", {"id": number}) is True
    assert links(desk, "deal", "contact", number) == []


def test_a_contact_and_its_company_are_one_link_seen_from_two_ends(desk, people):
    works, shop = (desk.call("crm.company.add", {"fields": {"TITLE": title}}) for title in ("Завод", "Лавка"))
    desk.call("crm.contact.update", {"id": people[0], "fields": {"COMPANY_ID": works}})
    assert field(desk, "company", works, "contactIds") == [people[0]]
    desk.call("crm.contact.company.add", {"id": people[0], "fields": {"COMPANY_ID": shop}})
    assert links(desk, "contact", "company", people[0]) == [(works, 10, "Y"), (shop, 20, "N")]
    # primary for the contact means primary here too; recorded so
    assert links(desk, "company", "contact", works) == [(people[0], 10, "Y")]
    assert links(desk, "company", "contact", shop) == [(people[0], 10, "N")]

    desk.call("crm.company.contact.items.set", {"id": works, "items": [{"CONTACT_ID": people[1]}]})
    assert links(desk, "contact", "company", people[0]) == [(shop, 20, "Y")]
    assert field(desk, "contact", people[0], "companyId") == shop
    assert field(desk, "contact", people[1], "companyIds") == [works]


def test_a_deleted_client_is_bound_to_nothing(desk, people):
    company = desk.call("crm.company.add", {"fields": {"TITLE": "Завод"}})
    number = desk.call("crm.deal.add", {"fields": {"CONTACT_IDS": people[:2], "COMPANY_ID": company}})
    desk.call("crm.contact.company.items.set", {"id": people[1], "items": [{"COMPANY_ID": company}]})
    desk.call("crm.contact.delete", {"id": people[0]})
    desk.call("crm.company.delete", {"id": company})
    assert (field(desk, "deal", number, "contactIds"), field(desk, "deal", number, "contactId")) == ([2], 2)
    assert field(desk, "deal", number, "companyId") == 0
    assert field(desk, "contact", people[1], "companyIds") == []


@pytest.mark.parametrize(
    ("method", "params", "code", "words"),
    [
        ("crm.deal.contact.items.get", {"id": 9}, "", "Not found."),
        ("crm.lead.contact.items.get", {"id": 9}, "NOT_FOUND", "Not found."),
        ("crm.deal.contact.items.get", {}, "", "The parameter 'ownerEntityID' is invalid or not defined."),
        ("crm.deal.contact.items.set", {"id": 1, "items": "x"}, "", "The parameter items must be array."),
        ("crm.deal.contact.add", {"id": 1}, "", "The parameter 'fields' must be array."),
        ("crm.deal.contact.delete", {"id": 1}, "", "The parameter 'item' must be array."),
        ("crm.deal.contact.add", {"id": 1, "fields": {}}, "", "The parameter 'fields' is not valid."),
        ("crm.deal.contact.add", {"id": 1, "fields": {"CONTACT_ID": 0}}, "", "The parameter 'fields' is not valid."),
    ],
)
def test_refusals(desk, method, params, code, words):
    desk.call("crm.deal.add", {"fields": {}})
    assert (desk.refusal(method, params), desk.words(method, params)) == ((400, code), words)


def test_fields(desk):
    assert set(desk.call("crm.contact.company.fields")) == {"COMPANY_ID", "SORT", "IS_PRIMARY"}
    assert desk.call("crm.deal.contact.fields")["CONTACT_ID"]["isRequired"] is True
