"""``crm.timeline.logmessage.*``, ``.icon.*`` and ``.logo.*`` over HTTP: api-reference/crm/timeline/logmessage/."""

from __future__ import annotations

import pytest

PNG = "iVBORw0KGgo="


@pytest.fixture
def deal(desk) -> int:
    return desk.call("crm.item.add", {"entityTypeId": 2, "fields": {}})["item"]["id"]


def message(desk, deal: int, **more: object) -> dict:
    fields = {"entityTypeId": 2, "entityId": deal, "title": "Разбор", "text": "Начат", "iconCode": "info", **more}
    return {"fields": fields}


def test_a_message(desk, deal, company):
    shown = desk.call("crm.timeline.logmessage.add", message(desk, deal), by=company.seller)["logMessage"]
    assert shown == {
        "id": shown["id"],
        "created": "2026-01-15T12:00:00+03:00",
        "authorId": company.seller,
        "title": "Разбор",
        "text": "Начат",
        "iconCode": "info",
    }
    assert desk.call("crm.timeline.logmessage.get", {"id": shown["id"]}) == {"logMessage": shown}
    assert desk.call("crm.timeline.logmessage.delete", {"id": shown["id"]}) is True
    assert desk.refusal("crm.timeline.logmessage.get", {"id": shown["id"]}) == (400, "NOT_FOUND")


def test_ten_on_a_page_and_the_newest_first(desk, deal):
    numbers = [desk.call("crm.timeline.logmessage.add", message(desk, deal))["logMessage"]["id"] for _ in range(12)]
    where = {"entityTypeId": 2, "entityId": deal}
    first = desk.body("crm.timeline.logmessage.list", where)
    assert [row["id"] for row in first["result"]] == numbers[:1:-1]
    assert (first["total"], first["next"]) == (12, 10)
    second = desk.body("crm.timeline.logmessage.list", {**where, "start": 10, "order": {"id": "asc"}})
    assert [row["id"] for row in second["result"]] == numbers[10:]
    assert "next" not in second


def test_comments_are_no_messages(desk, deal):
    fields = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": "Готово"}
    number = desk.call("crm.timeline.comment.add", {"fields": fields})
    assert desk.refusal("crm.timeline.logmessage.get", {"id": number}) == (400, "NOT_FOUND")
    assert desk.call("crm.timeline.logmessage.list", {"entityTypeId": 2, "entityId": deal}) == []


def test_only_who_added_it_deletes_it(desk, deal):
    """Webhooks share their messages; those of an application are its own."""
    application = desk.portal.access.install("Разборы")
    token = desk.portal.oauth.issue(application, 1).access_token
    added = desk.client.post(
        f"{desk.address}/rest/crm.timeline.logmessage.add", json={**message(desk, deal), "auth": token}
    ).json()["result"]["logMessage"]
    assert desk.refusal("crm.timeline.logmessage.delete", {"id": added["id"]}) == (400, "REMOVING_DISABLED")
    gone = desk.client.post(
        f"{desk.address}/rest/crm.timeline.logmessage.delete", json={"id": added["id"], "auth": token}
    )
    assert gone.json()["result"] is True


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"entityId": 99}, "OWNER_NOT_FOUND"),
        ({"entityTypeId": 4444}, "OWNER_NOT_FOUND"),
        ({"title": ""}, "100"),
        ({"iconCode": None}, "100"),
    ],
)
def test_refusals(desk, deal, change, code):
    assert desk.refusal("crm.timeline.logmessage.add", message(desk, deal, **change)) == (400, code)


@pytest.mark.parametrize("what", ["icon", "logo"])
def test_pictures(desk, company, what):
    method = f"crm.timeline.{what}"
    known = desk.body(f"{method}.list")
    assert {"code": "call", "isSystem": True, "fileUri": ""} in known["result"][f"{what}s"]
    added = desk.call(f"{method}.add", {"code": "capa", "fileContent": PNG})[what]
    assert (added["code"], added["isSystem"]) == ("capa", False)
    assert added["fileUri"].startswith("/upload/crm/")
    assert desk.call(f"{method}.get", {"code": "capa"}) == {what: added}
    assert desk.body(f"{method}.list")["total"] == known["total"] + 1
    assert desk.call(f"{method}.delete", {"code": "capa"}) is True
    assert desk.refusal(f"{method}.get", {"code": "capa"}) == (400, "NOT_FOUND")
    assert desk.words(f"{method}.get", {"code": "capa"}) == f"{what.capitalize()} not found for code `capa`"
    assert desk.refusal(f"{method}.delete", {"code": "call"}) == (400, "ACCESS_DENIED")
    assert desk.refusal(f"{method}.add", {"code": "x", "fileContent": "!"}) == (400, "INVALID_ARG_VALUE")
    assert desk.refusal(f"{method}.add", {"code": "x", "fileContent": PNG}, by=company.seller) == (
        400,
        "ACCESS_DENIED",
    )
