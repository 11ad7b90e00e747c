"""CRM items: original field names both ways, absent things are None, parents by type."""

from datetime import UTC, datetime

import pytest

from bitrix.call import JSON, Answer, Page
from bitrix.calls.items import Item, ItemField, add_item, delete_item, get_item, item_fields, list_items, update_item
from bitrix.refs import DEAL, LEAD, ItemRef
from bitrix.tidy import Untidy

# Composed: an item of smart process 1030 (type id 7), with fields its type has switched off.
CASE: dict[str, JSON] = {
    "id": 24,
    "xmlId": "deal:42#1",
    "title": "Анализ: Сделка #42",
    "createdBy": 1,
    "updatedBy": 9,
    "movedBy": 9,
    "createdTime": "2026-01-15T10:00:00+03:00",
    "updatedTime": "2026-01-15T11:00:00+03:00",
    "movedTime": "2026-01-15T10:30:00+03:00",
    "categoryId": 15,
    "opened": "Y",
    "stageId": "DT1030_15:CLIENT",
    "previousStageId": "DT1030_15:NEW",
    "assignedById": 5,
    "companyId": 0,
    "contactId": None,
    "parentId1": None,
    "parentId2": 42,
    "observers": [2, 3],
    "UF_CRM_7_VIOLATION": [81],
    "UF_CRM_7_FILE": {"id": 433, "urlMachine": "https://p.bitrix24.ru/rest/file?auth=t0ken"},
    "entityTypeId": 1030,
}

DEAL_WON: dict[str, JSON] = {
    "id": 42,
    "title": "Сделка #42",
    "categoryId": 0,
    "stageId": "WON",
    "stageSemanticId": "S",
    "assignedById": 6,
    "parentId1030": 0,
    "createdTime": "2026-01-14T10:00:00+03:00",
}


def test_an_item_of_a_smart_process() -> None:
    item = get_item(ItemRef(1030, 24)).read(Answer({"item": CASE}))
    assert item == Item(
        ref=ItemRef(1030, 24),
        title="Анализ: Сделка #42",
        category_id=15,
        stage_id="DT1030_15:CLIENT",
        stage_semantic=None,
        previous_stage_id="DT1030_15:NEW",
        assigned_by_id=5,
        created_by=1,
        updated_by=9,
        moved_by=9,
        created_at=datetime(2026, 1, 15, 7, tzinfo=UTC),
        updated_at=datetime(2026, 1, 15, 8, tzinfo=UTC),
        moved_at=datetime(2026, 1, 15, 7, 30, tzinfo=UTC),
        xml_id="deal:42#1",
        parents={DEAL: 42},
        fields=CASE,
    )
    assert item.fields["UF_CRM_7_VIOLATION"] == [81]


def test_a_deal_in_the_default_funnel_and_its_semantics() -> None:
    item = get_item(ItemRef(DEAL, 42)).read(Answer({"item": DEAL_WON}))
    assert (item.category_id, item.stage_id, item.stage_semantic) == (0, "WON", "S")
    assert (item.previous_stage_id, item.xml_id, item.moved_at, dict(item.parents)) == (None, None, None, {})


def test_links_to_files_carry_a_token_and_are_not_shown() -> None:
    item = get_item(ItemRef(1030, 24)).read(Answer({"item": CASE}))
    assert "t0ken" not in repr(item)


def test_the_rows_of_a_page_know_their_type() -> None:
    call = list_items(LEAD, where={">=updatedTime": "2026-01-15T00:00:00+03:00"}, start=50)
    assert call.params == {
        "entityTypeId": 1,
        "useOriginalUfNames": "Y",
        "filter": {">=updatedTime": "2026-01-15T00:00:00+03:00"},
        "start": 50,
    }
    page = call.read(Answer({"items": [{"id": 7, "title": None}]}, total=51, next=100))
    assert isinstance(page, Page)
    assert ([item.ref for item in page], page.total, page.next) == ([ItemRef(LEAD, 7)], 51, 100)


@pytest.mark.parametrize(
    ("select", "sent"),
    [
        (None, None),
        (("title",), ["id", "title"]),
        (("id", "title"), ["id", "title"]),
        (("*",), ["*"]),
    ],
)
def test_the_id_is_always_selected(select: tuple[str, ...] | None, sent: list[str] | None) -> None:
    params = list_items(DEAL, select=select).params
    assert isinstance(params, dict)
    selected = params.get("select")
    assert (selected if selected is None else list(selected)) == sent


def test_wishes_that_were_not_made_are_not_sent() -> None:
    assert list_items(DEAL).params == {"entityTypeId": 2, "useOriginalUfNames": "Y"}
    assert list_items(DEAL, where={}, order={}).params == {"entityTypeId": 2, "useOriginalUfNames": "Y"}


def test_what_writes_says_so() -> None:
    add = add_item(1030, {"title": "x", "UF_CRM_7_X": None})
    assert (add.method, add.writes) == ("crm.item.add", True)
    assert add.params == {
        "entityTypeId": 1030,
        "fields": {"title": "x", "UF_CRM_7_X": None},
        "useOriginalUfNames": "Y",
    }
    update = update_item(ItemRef(1030, 24), {"stageId": "DT1030_15:NEW"})
    assert (update.method, update.writes) == ("crm.item.update", True)
    assert update.params == {
        "entityTypeId": 1030,
        "id": 24,
        "fields": {"stageId": "DT1030_15:NEW"},
        "useOriginalUfNames": "Y",
    }
    assert update.read(Answer({"item": CASE})).stage_id == "DT1030_15:CLIENT"
    delete = delete_item(ItemRef(1030, 24))
    assert (delete.method, delete.writes, delete.params) == ("crm.item.delete", True, {"entityTypeId": 1030, "id": 24})
    delete.read(Answer([]))


def test_the_fields_of_a_type() -> None:
    answer: dict[str, JSON] = {
        "fields": {
            "title": {
                "type": "string",
                "isRequired": True,
                "isReadOnly": False,
                "title": "Название",
                "upperName": "TITLE",
            },
            "UF_CRM_7_X": {"type": "enumeration", "isMultiple": True, "title": "X", "upperName": "UF_CRM_7_X"},
        }
    }
    fields = item_fields(1030).read(Answer(answer))
    assert fields["title"] == ItemField("title", "TITLE", "string", "Название", True, False, False)
    assert fields["UF_CRM_7_X"].multiple


@pytest.mark.parametrize(
    "result", [{"item": {}}, {"item": {"id": "x"}}, {}, None, {"item": {"id": 1, "createdTime": "yesterday"}}]
)
def test_what_is_no_item_is_refused(result: JSON) -> None:
    with pytest.raises(Untidy):
        get_item(ItemRef(DEAL, 1)).read(Answer(result))
