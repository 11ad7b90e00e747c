"""``crm.activity.configurable.*``, ``crm.activity.badge.*`` and the content blocks, over HTTP.

api-reference/crm/timeline/activities/configurable/ and the two layout-blocks/. Only applications may call most of them.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import httpx
import pytest

OPEN = {"type": "redirect", "uri": "/crm/deal/details/123/"}
LAYOUT = {
    "icon": {"code": "call-completed"},
    "header": {
        "title": {"ru": "Разбор", "en": "Analysis"},
        "titleAction": OPEN,
        "tags": {"status": {"type": "warning", "title": "ждёт"}},
    },
    "body": {
        "logo": {"code": "call-incoming", "action": OPEN},
        "blocks": {
            "client": {
                "type": "withTitle",
                "properties": {
                    "title": "Клиент",
                    "inline": True,
                    "block": {"type": "text", "properties": {"value": "ООО Ромашка", "color": "base_90"}},
                },
            },
            "line": {
                "type": "lineOfBlocks",
                "properties": {
                    "blocks": {
                        "who": {"type": "link", "properties": {"text": "Иванов", "action": OPEN}},
                        "until": {"type": "deadline", "properties": {"readonly": False}},
                    }
                },
            },
        },
    },
    "footer": {
        "buttons": {
            "start": {
                "title": "Начать",
                "type": "primary",
                "action": {"type": "restEvent", "id": "start", "animationType": "loader"},
            }
        },
        "menu": {"showPostponeItem": "false", "items": {"no": {"title": "Отклонить", "action": OPEN}}},
    },
}
"""As on structure/layout.md, with a piece of everything."""
BLOCKS = {"blocks": {"hello": {"type": "largeText", "properties": {"value": "Здравствуйте"}}}}

Call = Callable[..., httpx.Response]


@pytest.fixture
def application(desk) -> Callable[[], Call]:
    """Install an application; calls are made with its token."""

    def install() -> Call:
        installed = desk.portal.access.install("Разборы")
        token = desk.portal.oauth.issue(installed, 1).access_token

        def call(method: str, **params: object) -> httpx.Response:
            return desk.client.post(f"{desk.address}/rest/{method}", json={**params, "auth": token})

        return call

    return install


@pytest.fixture
def deal(desk) -> int:
    return desk.call("crm.item.add", {"entityTypeId": 2, "fields": {}})["item"]["id"]


def add(call: Call, deal: int, layout: object = LAYOUT, **fields: object) -> httpx.Response:
    return call("crm.activity.configurable.add", ownerTypeId=2, ownerId=deal, fields=fields, layout=layout)


def test_an_activity_comes_back_as_it_was_made(desk, application, deal):
    call = application()
    number = add(call, deal, deadline="2026-01-20T18:00:00+03:00", pingOffsets=[15]).json()["result"]["activity"]["id"]
    assert call("crm.activity.configurable.get", id=number).json()["result"]["activity"] == {
        "id": number,
        "ownerTypeId": 2,
        "ownerId": deal,
        "fields": {
            "typeId": "CONFIGURABLE",
            "completed": False,
            "deadline": "2026-01-20T18:00:00+03:00",
            "pingOffsets": [15],
            "isIncomingChannel": False,
            "responsibleId": 1,
            "badgeCode": "",
            "originatorId": None,
            "originId": None,
        },
        "layout": LAYOUT,
    }
    assert desk.call("crm.activity.get", {"id": number})["SUBJECT"] == "Разбор"


def test_only_its_application_changes_it(desk, application, deal):
    mine, other = application(), application()
    number = add(mine, deal).json()["result"]["activity"]["id"]
    change = {"id": number, "fields": {"completed": True}}
    refused = other("crm.activity.configurable.update", **change)
    assert (refused.status_code, refused.json()["error"]) == (400, "ERROR_WRONG_APPLICATION")
    desk.events()
    assert mine("crm.activity.configurable.update", **change).json()["result"] == {"activity": {"id": number}}
    assert desk.events() == ["ONCRMACTIVITYUPDATE"]
    assert desk.call("crm.activity.get", {"id": number})["COMPLETED"] == "Y"
    # the older method leaves them alone
    assert desk.refusal("crm.activity.update", {"id": number, "fields": {}}) == (400, "")


@pytest.mark.parametrize(
    "method",
    [
        "crm.activity.configurable.add",
        "crm.activity.configurable.get",
        "crm.activity.configurable.update",
        "crm.timeline.layout.blocks.set",
        "crm.activity.layout.blocks.get",
    ],
)
def test_webhooks_are_refused(desk, method):
    assert desk.refusal(method, {"id": 1}) == (400, "ERROR_WRONG_CONTEXT")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"deadline": "завтра"}, "WRONG_FIELD_VALUE"),
        ({"responsibleId": 99}, "WRONG_FIELD_VALUE"),
        ({"completed": "может быть"}, "WRONG_FIELD_VALUE"),
        ({"badgeCode": "noSuch"}, "WRONG_FIELD_VALUE"),
        ({"pingOffsets": ["скоро"]}, "WRONG_FIELD_VALUE"),
        (
            {"isIncomingChannel": "Y", "deadline": "2026-01-20T18:00:00+03:00"},
            "INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE",
        ),
    ],
)
def test_wrong_fields(application, deal, fields, code):
    assert add(application(), deal, **fields).json()["error"] == code


def changed(path: str, value: object) -> dict:
    """The layout with one thing put there, or taken away."""
    layout = deepcopy(LAYOUT)
    *steps, last = path.split(".")
    place = layout
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return layout


TEXT = {"type": "text", "properties": {"value": "x"}}


@pytest.mark.parametrize(
    ("layout", "code"),
    [
        (None, "ERROR_EMPTY_LAYOUT"),
        ({}, "ERROR_EMPTY_LAYOUT"),
        (changed("icon", None), "FIELD_IS_REQUIRED"),
        (changed("header.title", None), "FIELD_IS_REQUIRED"),
        (changed("body.logo", None), "FIELD_IS_REQUIRED"),
        (changed("footer.buttons.start.action", None), "FIELD_IS_REQUIRED"),
        (changed("body.blocks.client.properties.block", None), "FIELD_IS_REQUIRED"),
        (changed("colour", "red"), "FIELD_IS_REDUNDANT"),
        (changed("header.tags.status.colour", "red"), "FIELD_IS_REDUNDANT"),
        (changed("header.tags.status.type", "lavender"), "ENUM_FIELD"),
        (changed("body.blocks.client.type", "video"), "ENUM_FIELD"),
        # a block with a heading holds simple blocks only
        (changed("body.blocks.client.properties.block.type", "largeText"), "ENUM_FIELD"),
        (changed("footer.buttons.start.action.type", "explode"), "ENUM_FIELD"),
        (changed("body.blocks", {f"b{number}": TEXT for number in range(21)}), "TOO_MANY_ITEMS"),
        (
            changed("header.tags", {f"t{number}": {"title": "x", "type": "success"} for number in range(3)}),
            "TOO_MANY_ITEMS",
        ),
        (changed("body.blocks", {"два слова": TEXT}), "KEY_CONTAIN_WRONG_SYMBOLS"),
        (changed("header.title", {"xx": "?"}), "WRONG_LANG"),
        (changed("icon", "call"), "WRONG_FIELD_VALUE"),
    ],
)
def test_wrong_layouts(application, deal, layout, code):
    answer = add(application(), deal, layout)
    assert (answer.status_code, answer.json()["error"]) == (400, code)


def test_an_item_that_is_not_there(application):
    assert add(application(), 99).json()["error"] == "NOT_FOUND"


def test_badges(desk, application, deal, company):
    badge = {"code": "missedCall", "title": "Статус звонка", "value": {"ru": "Пропущен"}, "type": "failure"}
    assert desk.refusal("crm.activity.badge.add", badge, by=company.seller) == (400, "ACCESS_DENIED")
    assert desk.refusal("crm.activity.badge.add", {**badge, "value": ""}) == (400, "REQUIRED_ARG_MISSING")
    assert desk.call("crm.activity.badge.add", badge) == {"badge": badge}
    assert desk.call("crm.activity.badge.get", {"code": "missedCall"}, by=company.seller) == {"badge": badge}
    assert desk.call("crm.activity.badge.list") == {"badges": [badge]}
    assert desk.refusal("crm.activity.badge.add", badge)[0] == 400
    call = application()
    number = add(call, deal, badgeCode="missedCall").json()["result"]["activity"]["id"]
    shown = call("crm.activity.configurable.get", id=number).json()["result"]["activity"]
    assert shown["fields"]["badgeCode"] == "missedCall"
    assert desk.call("crm.activity.badge.delete", {"code": "missedCall"}) is True
    assert desk.refusal("crm.activity.badge.get", {"code": "missedCall"}) == (400, "NOT_FOUND")


# Content blocks


@pytest.fixture
def places(desk, deal) -> dict[str, dict]:
    """What content blocks can be added to, by section."""
    comment = {"fields": {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": "x"}}
    todo = {"ownerTypeId": 2, "ownerId": deal, "deadline": "2026-01-20T18:00:00+03:00"}
    owner = {"entityTypeId": 2, "entityId": deal}
    return {
        "timeline": {**owner, "timelineId": desk.call("crm.timeline.comment.add", comment)},
        "activity": {**owner, "activityId": desk.call("crm.activity.todo.add", todo)["id"]},
    }


@pytest.mark.parametrize("section", ["timeline", "activity"])
def test_each_application_has_its_own_blocks(application, places, section):
    mine, other, place = application(), application(), places[section]
    method = f"crm.{section}.layout.blocks"
    assert mine(f"{method}.set", **place, layout=BLOCKS).json()["result"] == {"success": True}
    assert mine(f"{method}.get", **place).json()["result"] == {"layout": BLOCKS}
    assert other(f"{method}.get", **place).json()["result"] == {"layout": None}
    assert other(f"{method}.delete", **place).json()["error"] == "NOT_FOUND"
    assert mine(f"{method}.delete", **place).json()["result"] == {"success": True}
    assert mine(f"{method}.get", **place).json()["result"] == {"layout": None}


@pytest.mark.parametrize("section", ["timeline", "activity"])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"entityId": 99}, "OWNER_NOT_FOUND"),
        ({"timelineId": 99, "activityId": 99}, "NOT_FOUND"),
        ({"layout": {"blocks": {}}}, "FIELD_IS_REQUIRED"),
        ({"layout": {"blocks": {"x": {"type": "video"}}}}, "ENUM_FIELD"),
    ],
)
def test_refusals_of_blocks(application, places, section, change, code):
    sent = {**places[section], "layout": BLOCKS, **change}
    assert application()(f"crm.{section}.layout.blocks.set", **sent).json()["error"] == code


def test_what_blocks_do_not_fit(desk, application, deal):
    call, owner = application(), {"entityTypeId": 2, "entityId": deal}
    configurable = add(call, deal).json()["result"]["activity"]["id"]
    answer = call("crm.activity.layout.blocks.set", **owner, activityId=configurable, layout=BLOCKS)
    assert answer.json()["error"] == "UNSUITABLE_ACTIVITY_TYPE_ERROR"
    fields = {**owner, "title": "x", "text": "y", "iconCode": "info"}
    message = desk.call("crm.timeline.logmessage.add", {"fields": fields})["logMessage"]["id"]
    answer = call("crm.timeline.layout.blocks.set", **owner, timelineId=message, layout=BLOCKS)
    assert answer.json()["error"] == "UNSUITABLE_TIMELINE_ITEM"
