"""Fields that must be filled: crm-item-add.md and crm-item-update.md say when the portal looks."""

from __future__ import annotations

import pytest

DEAL = 2
REQUIRED = (400, "CRM_FIELD_ERROR_REQUIRED")


def require(desk, field: str, stage_id: str, **more: object) -> None:
    body = {"entity_type_id": DEAL, "field": field, "stage_id": stage_id, **more}
    answer = desk.client.post(f"{desk.address}/_sandbox/stage_required", json=body)
    assert answer.status_code == 200, answer.text


def add(desk, **fields: object) -> dict:
    return {"entityTypeId": DEAL, "fields": fields}


@pytest.fixture
def deal(desk) -> int:
    return desk.call("crm.item.add", add(desk))["item"]["id"]


def move(deal: int, stage: str, **more: object) -> dict:
    return {"entityTypeId": DEAL, "id": deal, "fields": {"stageId": stage, **more}}


@pytest.mark.parametrize(
    ("stage", "asks"),
    [
        ("PREPARATION", False),
        ("EXECUTING", True),
        ("FINAL_INVOICE", True),
        ("WON", True),
        # a failed deal need not be complete
        ("LOSE", False),
    ],
)
def test_from_a_stage_on(desk, deal, stage, asks):
    require(desk, "comments", "EXECUTING")
    new = add(desk, stageId=stage)
    if asks:
        assert desk.refusal("crm.item.update", move(deal, stage)) == REQUIRED
        assert desk.words("crm.item.update", move(deal, stage)) == 'Не заполнено обязательное поле "Комментарий"'
        assert desk.refusal("crm.item.add", new) == REQUIRED
        desk.call("crm.item.update", move(deal, stage, comments="Есть"))
        new["fields"]["comments"] = "Есть"
    else:
        desk.call("crm.item.update", move(deal, stage))
    assert desk.call("crm.item.add", new)["item"]["stageId"] == stage


def test_on_one_stage_only(desk, deal):
    require(desk, "COMMENTS", "LOSE", onward=False)
    assert desk.refusal("crm.item.update", move(deal, "LOSE")) == REQUIRED
    assert desk.call("crm.item.update", move(deal, "APOLOGY"))["item"]["stageId"] == "APOLOGY"


def test_nobody_asks_while_the_stage_stays(desk, deal):
    desk.call("crm.item.update", move(deal, "EXECUTING", comments="Есть"))
    require(desk, "comments", "EXECUTING")
    assert desk.call("crm.item.update", move(deal, "EXECUTING", comments=""))["item"]["comments"] is None
    assert desk.refusal("crm.item.update", move(deal, "FINAL_INVOICE")) == REQUIRED


def test_nobody_asks_on_the_way_to_another_funnel(desk, deal):
    funnel = desk.call("crm.category.add", {"entityTypeId": DEAL, "fields": {"name": "Опт"}})["category"]["id"]
    require(desk, "comments", f"C{funnel}:NEW")
    moved = desk.call("crm.item.update", move(deal, f"C{funnel}:NEW", categoryId=funnel))
    assert moved["item"]["categoryId"] == funnel
    assert desk.refusal("crm.item.update", move(deal, f"C{funnel}:EXECUTING")) == REQUIRED


def test_a_mandatory_user_field(desk, deal):
    field = {"entityId": "CRM_DEAL", "fieldName": "UF_CRM_DEAL_CAUSE", "userTypeId": "string", "mandatory": "Y"}
    desk.call("userfieldconfig.add", {"moduleId": "crm", "field": {**field, "editFormLabel": "Причина"}})
    assert desk.refusal("crm.item.add", add(desk)) == REQUIRED
    assert desk.words("crm.item.add", add(desk)) == 'Не заполнено обязательное поле "Причина"'
    desk.call("crm.item.update", {"entityTypeId": DEAL, "id": deal, "fields": {"title": "Иначе"}})
    assert desk.refusal("crm.item.update", move(deal, "EXECUTING")) == REQUIRED
    desk.call("crm.item.update", move(deal, "EXECUTING", ufCrmDealCause="Спешка"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"entity_type_id": 4444}, "there is no CRM type 4444"),
        ({"entity_type_id": DEAL, "field": "colour"}, "have no field 'colour'"),
        ({"entity_type_id": DEAL, "field": "title", "stage_id": "MARS"}, "has a stage 'MARS'"),
    ],
)
def test_mistakes_are_explained(desk, body, words):
    answer = desk.client.post(f"{desk.address}/_sandbox/stage_required", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_requirements_can_be_read_and_dropped(desk, deal):
    require(desk, "comments", "EXECUTING")
    address = f"{desk.address}/_sandbox/stage_required"
    assert desk.client.get(address).json() == [
        {"entity_type_id": DEAL, "field": "comments", "stage_id": "EXECUTING", "onward": True}
    ]
    desk.client.delete(address)
    desk.call("crm.item.update", move(deal, "EXECUTING"))
