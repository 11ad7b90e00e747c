"""``crm.timeline.comment.*`` over HTTP: api-reference/crm/timeline/comments/."""

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
