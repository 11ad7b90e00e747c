"""``crm.timeline.*`` over HTTP: comments, bindings, pins and notes. api-reference/crm/timeline/."""

from __future__ import annotations

import pytest


@pytest.fixture
def deal(desk) -> int:
    number = desk.call("crm.item.add", {"entityTypeId": 2, "fields": {}})["item"]["id"]
    desk.events()
    return number


def comment(desk, deal: int, text: str = "Готово", by: int = 1, **more: object) -> int:
    fields = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": text, **more}
    return desk.call("crm.timeline.comment.add", {"fields": fields}, by=by)


def test_a_comment(desk, deal, company):
    number = comment(desk, deal, by=company.seller)
    assert desk.call("crm.timeline.comment.get", {"id": number}) == {
        "ID": str(number),
        "ENTITY_ID": str(deal),
        "ENTITY_TYPE": "deal",
        "CREATED": "2026-01-15T12:00:00+03:00",
        "COMMENT": "Готово",
        "AUTHOR_ID": str(company.seller),
        "FILES": {},
    }
    # the sample of the page has the id outside FIELDS
    assert desk.portal.announced == [("onCrmTimelineCommentAdd", {"ID": str(number)})]


def test_it_is_an_activity_and_no_update(desk, deal, company):
    desk.portal.clock.advance(60)
    comment(desk, deal, by=company.seller)
    item = desk.call("crm.item.get", {"entityTypeId": 2, "id": deal})["item"]
    assert (item["lastActivityBy"], item["lastActivityTime"]) == (company.seller, "2026-01-15T12:01:00+03:00")
    assert (item["updatedBy"], item["updatedTime"]) == (1, "2026-01-15T12:00:00+03:00")


def test_on_items_of_smart_processes(desk):
    process = desk.call("crm.type.add", {"fields": {"title": "Разбор", "entityTypeId": 1030}})["type"]
    item = desk.call("crm.item.add", {"entityTypeId": process["entityTypeId"], "fields": {}})["item"]["id"]
    number = comment(desk, item, ENTITY_TYPE="dynamic_1030")
    assert desk.call("crm.timeline.comment.get", {"id": number})["ENTITY_TYPE"] == "dynamic_1030"


def test_the_list_is_bare(desk, deal):
    numbers = [comment(desk, deal, text) for text in "абв"]
    where = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal"}
    body = desk.body("crm.timeline.comment.list", {"filter": where, "order": {"ID": "DESC"}, "select": ["ID"]})
    assert body["result"] == [{"ID": str(number)} for number in reversed(numbers)]
    assert body["total"] == 3
    assert desk.call("crm.timeline.comment.list", {"filter": {**where, "ENTITY_ID": 99}}) == []


def test_fields_are_those_of_a_comment(desk, deal):
    number = comment(desk, deal)
    assert (
        desk.call("crm.timeline.comment.fields").keys() == desk.call("crm.timeline.comment.get", {"id": number}).keys()
    )


def test_files_are_a_map(desk, deal):
    number = comment(desk, deal, FILES=[["a.txt", "dGV4dA=="]])
    (file,) = desk.call("crm.timeline.comment.get", {"id": number})["FILES"].values()
    assert file["name"] == "a.txt"
    desk.call("crm.timeline.comment.update", {"id": number, "fields": {"FILES": []}})
    assert desk.call("crm.timeline.comment.get", {"id": number})["FILES"] == {}


def test_changing_and_deleting(desk, deal):
    number = comment(desk, deal)
    assert desk.call("crm.timeline.comment.update", {"id": number, "fields": {"COMMENT": "Иначе"}}) == number
    assert desk.call("crm.timeline.comment.get", {"id": number})["COMMENT"] == "Иначе"
    assert desk.call("crm.timeline.comment.delete", {"id": number}) is None
    assert desk.refusal("crm.timeline.comment.delete", {"id": number}) == (400, "NOT_FOUND")
    assert desk.events() == [f"onCrmTimelineComment{what}" for what in ("Add", "Update", "Delete")]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"fields": {"ENTITY_ID": 99, "ENTITY_TYPE": "deal", "COMMENT": "x"}}, "OWNER_NOT_FOUND"),
        ({"fields": {"ENTITY_ID": 1, "ENTITY_TYPE": "planet", "COMMENT": "x"}}, "OWNER_NOT_FOUND"),
        ({"fields": {"ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": " "}}, "INVALID_ARG_VALUE"),
        ({"fields": {"COMMENT": "x"}}, "100"),
        # the key must be in lower case
        ({"FIELDS": {"ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": "x"}}, "100"),
    ],
)
def test_refusals(desk, deal, params, code):
    assert desk.refusal("crm.timeline.comment.add", params) == (400, code)


def test_reading_refuses_with_an_empty_code(desk):
    assert desk.refusal("crm.timeline.comment.get", {"id": 99}) == (400, "")


def test_a_comment_is_changed_by_its_author(desk, deal, company):
    number = comment(desk, deal, by=company.boss)
    change = {"id": number, "fields": {"COMMENT": "x"}}
    assert desk.refusal("crm.timeline.comment.update", change, by=company.seller) == (400, "ACCESS_DENIED")
    assert desk.call("crm.timeline.comment.update", change, by=company.boss) == number


# Bindings


@pytest.fixture
def lead(desk) -> int:
    number = desk.call("crm.item.add", {"entityTypeId": 1, "fields": {}})["item"]["id"]
    desk.events()
    return number


def binding(record: int, number: int, entity_type: str) -> dict:
    return {"fields": {"OWNER_ID": record, "ENTITY_ID": number, "ENTITY_TYPE": entity_type}}


def test_a_comment_in_two_timelines(desk, deal, lead):
    number = comment(desk, deal)
    for _ in range(2):
        assert desk.call("crm.timeline.bindings.bind", binding(number, lead, "lead")) is True
    body = desk.body("crm.timeline.bindings.list", {"filter": {"OWNER_ID": number}})
    assert body["result"] == [
        {"OWNER_ID": str(number), "ENTITY_ID": str(deal), "ENTITY_TYPE": "deal"},
        {"OWNER_ID": str(number), "ENTITY_ID": str(lead), "ENTITY_TYPE": "lead"},
    ]
    assert body["total"] == 2
    (row,) = desk.call("crm.timeline.comment.list", {"filter": {"ENTITY_ID": lead, "ENTITY_TYPE": "lead"}})
    assert (row["ID"], row["ENTITY_ID"], row["ENTITY_TYPE"]) == (str(number), str(lead), "lead")
    assert desk.call("crm.timeline.bindings.unbind", binding(number, deal, "deal")) is True
    assert desk.call("crm.timeline.comment.list", {"filter": {"ENTITY_ID": deal, "ENTITY_TYPE": "deal"}}) == []
    assert desk.call("crm.timeline.comment.get", {"id": number})["ENTITY_TYPE"] == "lead"


def test_a_comment_in_two_timelines_is_deleted_from_one(desk, deal, lead):
    number = comment(desk, deal)
    desk.call("crm.timeline.bindings.bind", binding(number, lead, "lead"))
    assert desk.refusal("crm.timeline.comment.delete", {"id": number}) == (400, "MULTIPLE_BINDINGS")
    from_lead = {"id": number, "ownerTypeId": 1, "ownerId": lead}
    assert desk.call("crm.timeline.comment.delete", from_lead) is None
    assert desk.refusal("crm.timeline.comment.delete", from_lead) == (400, "NOT_FOUND")
    assert desk.call("crm.timeline.comment.get", {"id": number})["ENTITY_ID"] == str(deal)
    desk.events()
    assert desk.call("crm.timeline.comment.delete", {"id": number}) is None
    assert desk.events() == ["onCrmTimelineCommentDelete"]


def test_a_deleted_item_leaves_what_stands_elsewhere(desk, deal, lead):
    alone, shared = comment(desk, deal), comment(desk, deal)
    desk.call("crm.timeline.bindings.bind", binding(shared, lead, "lead"))
    desk.call("crm.item.delete", {"entityTypeId": 2, "id": deal})
    assert desk.refusal("crm.timeline.comment.get", {"id": alone}) == (400, "")
    assert desk.call("crm.timeline.comment.get", {"id": shared})["ENTITY_TYPE"] == "lead"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "OWNER_ID is not defined or invalid."),
        ({"OWNER_ID": 1}, "ENTITY_ID is not defined or invalid."),
        ({"OWNER_ID": 1, "ENTITY_ID": 1}, "ENTITY_TYPE is not defined or invalid."),
        ({"OWNER_ID": 1, "ENTITY_ID": 1, "ENTITY_TYPE": "planet"}, "ENTITY_TYPE is not defined or invalid."),
        ({"OWNER_ID": 99, "ENTITY_ID": 1, "ENTITY_TYPE": "deal"}, "Not found."),
        ({"OWNER_ID": 1, "ENTITY_ID": 99, "ENTITY_TYPE": "deal"}, "Access denied."),
    ],
)
def test_refusals_of_bindings(desk, deal, fields, words):
    comment(desk, deal)
    for method in ("bind", "unbind"):
        assert desk.refusal(f"crm.timeline.bindings.{method}", {"fields": fields}) == (400, "")
        assert desk.words(f"crm.timeline.bindings.{method}", {"fields": fields}) == words


def test_what_is_not_bound_cannot_be_unbound(desk, deal, lead):
    assert desk.words("crm.timeline.bindings.unbind", binding(comment(desk, deal), lead, "lead")) == "Not found."


def test_bindings_need_their_record(desk):
    assert desk.words("crm.timeline.bindings.list", {"filter": {}}) == "OWNER_ID is not defined or invalid."
    assert set(desk.call("crm.timeline.bindings.fields")) == {"OWNER_ID", "ENTITY_ID", "ENTITY_TYPE"}


# Pins


def test_three_records_are_pinned_at_most(desk, deal):
    numbers = [comment(desk, deal) for _ in range(4)]
    owner = {"ownerTypeId": 2, "ownerId": deal}
    for number in (*numbers[:3], numbers[0]):
        assert desk.call("crm.timeline.item.pin", {"id": number, **owner}) is None
    assert desk.refusal("crm.timeline.item.pin", {"id": numbers[3], **owner}) == (400, 0)
    assert desk.call("crm.timeline.item.unpin", {"id": numbers[0], **owner}) is None
    desk.call("crm.timeline.item.pin", {"id": numbers[3], **owner})
    assert desk.portal.crm.timeline.pinned((2, deal)) == numbers[1:]
    desk.call("crm.timeline.comment.delete", {"id": numbers[1]})
    assert desk.portal.crm.timeline.pinned((2, deal)) == numbers[2:]


@pytest.mark.parametrize("method", ["crm.timeline.item.pin", "crm.timeline.item.unpin"])
def test_refusals_of_pins(desk, deal, lead, method):
    number = comment(desk, deal)
    refusals = {
        "100": {"id": number},
        "OWNER_NOT_FOUND": {"id": number, "ownerTypeId": 2, "ownerId": 99},
        "NOT_FOUND": {"id": 99, "ownerTypeId": 2, "ownerId": deal},
        "CAN_NOT_CHANGE_PINNED": {"id": number, "ownerTypeId": 1, "ownerId": lead},
    }
    assert {code: desk.refusal(method, params)[1] for code, params in refusals.items()} == {
        code: code for code in refusals
    }


# Notes


def test_a_note_to_a_comment(desk, deal, company):
    to = {"ownerTypeId": 2, "ownerId": deal, "itemType": 1, "itemId": comment(desk, deal)}
    assert desk.refusal("crm.timeline.note.get", to) == (400, "NOT_FOUND")
    assert desk.call("crm.timeline.note.save", {**to, "text": "Перезвонить"}, by=company.seller) is True
    desk.portal.clock.advance(60)
    desk.call("crm.timeline.note.save", {**to, "text": "Не звонить"})
    assert desk.call("crm.timeline.note.get", to) == {
        "text": "Не звонить",
        "createdById": company.seller,
        "createdTime": "2026-01-15T12:00:00+03:00",
        "updatedById": 1,
        "updatedTime": "2026-01-15T12:01:00+03:00",
    }
    assert desk.call("crm.timeline.note.delete", to) is True
    assert desk.refusal("crm.timeline.note.delete", to) == (400, "NOT_FOUND")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"itemId": 99}, "NOT_FOUND"),
        ({"itemType": 2}, "NOT_FOUND"),
        ({"ownerId": 99}, "NOT_FOUND"),
        ({"text": None}, "100"),
        ({"itemType": None}, "100"),
    ],
)
def test_refusals_of_notes(desk, deal, change, code):
    to = {"ownerTypeId": 2, "ownerId": deal, "itemType": 1, "itemId": comment(desk, deal), "text": "x", **change}
    assert desk.refusal("crm.timeline.note.save", to) == (400, code)


# Rights


def test_a_timeline_is_as_closed_as_its_item(desk, deal, company):
    number = comment(desk, deal, by=company.seller)
    role = {"users": [company.seller], "rights": [{"entity_type_id": 2, "read": "own"}]}
    desk.client.post(f"{desk.address}/_sandbox/rights", json=[role])
    fields = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal"}
    asked = [
        ("crm.timeline.comment.add", {"fields": {**fields, "COMMENT": "x"}}, "ACCESS_DENIED"),
        ("crm.timeline.comment.get", {"id": number}, ""),
        ("crm.timeline.comment.list", {"filter": fields}, ""),
        ("crm.timeline.item.pin", {"id": number, "ownerTypeId": 2, "ownerId": deal}, "ACCESS_DENIED"),
        ("crm.timeline.bindings.bind", binding(number, deal, "deal"), ""),
    ]
    for method, params, code in asked:
        assert desk.refusal(method, params, by=company.seller) == (400, code), method
    assert desk.call("crm.timeline.bindings.list", {"filter": {"OWNER_ID": number}}, by=company.seller) == []
