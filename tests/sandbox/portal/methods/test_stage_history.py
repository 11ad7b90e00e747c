"""``crm.stagehistory.list`` over HTTP: api-reference/crm/crm-stage-history-list.md."""

from __future__ import annotations

import pytest

DEAL, LEAD = 2, 1
CREATED, MOVED, FINISHED, CHANGED_FUNNEL = 1, 2, 3, 5


def add(desk, entity_type_id: int, **fields: object) -> int:
    return desk.call("crm.item.add", {"entityTypeId": entity_type_id, "fields": fields})["item"]["id"]


def move(desk, entity_type_id: int, number: int, **fields: object) -> None:
    desk.call("crm.item.update", {"entityTypeId": entity_type_id, "id": number, "fields": fields})


def history(desk, entity_type_id: int, **params: object) -> list[dict]:
    return desk.call("crm.stagehistory.list", {"entityTypeId": entity_type_id, **params})["items"]


def test_the_way_of_a_deal(desk):
    funnel = desk.call("crm.category.add", {"entityTypeId": DEAL, "fields": {"name": "Опт"}})["category"]["id"]
    deal = add(desk, DEAL)
    desk.portal.clock.advance(60)
    move(desk, DEAL, deal, stageId="EXECUTING")
    move(desk, DEAL, deal, title="Без движения")
    move(desk, DEAL, deal, stageId="WON")
    move(desk, DEAL, deal, stageId="EXECUTING")
    move(desk, DEAL, deal, categoryId=funnel, stageId=f"C{funnel}:LOSE")
    rows = history(desk, DEAL, filter={"OWNER_ID": deal})
    assert rows[0] == {
        "ID": 1,
        "TYPE_ID": CREATED,
        "OWNER_ID": deal,
        "CREATED_TIME": "2026-01-15T12:00:00+03:00",
        "CATEGORY_ID": 0,
        "STAGE_SEMANTIC_ID": "P",
        "STAGE_ID": "NEW",
    }
    assert [(row["TYPE_ID"], row["STAGE_ID"], row["STAGE_SEMANTIC_ID"]) for row in rows] == [
        (CREATED, "NEW", "P"),
        (MOVED, "EXECUTING", "P"),
        (FINISHED, "WON", "S"),
        (MOVED, "EXECUTING", "P"),
        (CHANGED_FUNNEL, f"C{funnel}:LOSE", "F"),
    ]
    assert rows[1]["CREATED_TIME"] == "2026-01-15T12:01:00+03:00"


def test_leads_have_names_of_their_own(desk):
    lead = add(desk, LEAD)
    move(desk, LEAD, lead, stageId="CONVERTED")
    rows = history(desk, LEAD)
    assert rows[1] == {
        "ID": 2,
        "TYPE_ID": FINISHED,
        "OWNER_ID": lead,
        "CREATED_TIME": "2026-01-15T12:00:00+03:00",
        "STATUS_SEMANTIC_ID": "S",
        "STATUS_ID": "CONVERTED",
    }


def test_a_cursor_over_growing_ids(desk):
    for _ in range(60):
        add(desk, DEAL)
    page = desk.body("crm.stagehistory.list", {"entityTypeId": DEAL, "filter": {">ID": 5}, "order": {"ID": "ASC"}})
    assert [row["ID"] for row in page["result"]["items"]] == list(range(6, 56))
    assert (page["total"], page["next"]) == (55, 50)
    assert [row["ID"] for row in history(desk, DEAL, filter={">ID": 5}, start=50)] == list(range(56, 61))


def test_filters_select_and_order(desk):
    first, second = add(desk, DEAL), add(desk, DEAL)
    move(desk, DEAL, first, stageId="WON")
    won = history(desk, DEAL, filter={"TYPE_ID": FINISHED, "STAGE_SEMANTIC_ID": "S"}, select=["OWNER_ID", "STAGE_ID"])
    assert won == [{"OWNER_ID": first, "STAGE_ID": "WON"}]
    assert [row["ID"] for row in history(desk, DEAL, order={"ID": "DESC"})] == [3, 2, 1]
    assert [row["OWNER_ID"] for row in history(desk, DEAL, filter={"@OWNER_ID": [second]})] == [second]


def test_a_deleted_item_takes_its_history_along(desk):
    deal = add(desk, DEAL)
    desk.call("crm.item.delete", {"entityTypeId": DEAL, "id": deal})
    assert history(desk, DEAL) == []
    add(desk, DEAL)
    assert [row["ID"] for row in history(desk, DEAL)] == [2]


@pytest.mark.parametrize("number", [3, 4, 7, 4444])
def test_types_without_stages(desk, number):
    assert desk.refusal("crm.stagehistory.list", {"entityTypeId": number}) == (400, "ENTITY_TYPE_NOT_SUPPORTED")


def test_a_lead_has_no_stage_id(desk):
    assert desk.refusal("crm.stagehistory.list", {"entityTypeId": LEAD, "filter": {"STAGE_ID": "NEW"}}) == (
        400,
        "INVALID_ARG_VALUE",
    )


def test_the_way_of_a_process_item(desk):
    fields = {"title": "Разбор", "entityTypeId": 1030, "isStagesEnabled": "Y"}
    desk.call("crm.type.add", {"fields": fields})
    second = desk.call("crm.category.add", {"entityTypeId": 1030, "fields": {"name": "Опт"}})["category"]["id"]
    item = add(desk, 1030)
    (first,) = history(desk, 1030)
    move(desk, 1030, item, stageId=f"DT1030_{first['CATEGORY_ID']}:FAIL")
    move(desk, 1030, item, categoryId=second)
    rows = history(desk, 1030, order={"ID": "ASC"}, select=["TYPE_ID", "STAGE_SEMANTIC_ID", "CATEGORY_ID", "STAGE_ID"])
    general = first["CATEGORY_ID"]
    assert [tuple(row.values()) for row in rows] == [
        (CREATED, general, "P", f"DT1030_{general}:NEW"),
        (FINISHED, general, "F", f"DT1030_{general}:FAIL"),
        (CHANGED_FUNNEL, second, "P", f"DT1030_{second}:NEW"),
    ]


def test_old_invoices_have_no_history_here(desk):
    assert desk.body("crm.stagehistory.list", {"entityTypeId": 5, "filter": {"STATUS_ID": "N"}})["total"] == 0


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"filter": {"USER_ID": 1}}, "Invalid filter: field 'USER_ID' is not allowed in filter"),
        ({"filter": {"OWNER_ID": "x"}}, "Invalid filter: field 'OWNER_ID' has invalid value"),
        ({"order": {"USER_ID": "ASC"}}, "Invalid order: field 'USER_ID' is not allowed in order"),
        ({"order": {"ID": "UP"}}, "allowed sort directions are `ASC, DESC`. But got 'UP' for field 'ID'"),
    ],
)
def test_what_cannot_be_asked(desk, params, words):
    assert desk.refusal("crm.stagehistory.list", {"entityTypeId": DEAL, **params}) == (400, "INVALID_ARG_VALUE")
    assert words in desk.words("crm.stagehistory.list", {"entityTypeId": DEAL, **params})
