"""Activities and the timeline."""

from __future__ import annotations

from tests.sandbox.conformity.recipes.recipe import DOCUMENTED, Recipes, by_application

OWNER = {"ownerTypeId": 2, "ownerId": "$deal"}
ENTITY = {"entityTypeId": 2, "entityId": "$deal"}
SOON = "2026-01-20T18:00:00+03:00"
PHONE = {"VALUE": "+74950000001", "ENTITY_ID": "$contact", "ENTITY_TYPE_ID": 3}
CALL = {
    "OWNER_TYPE_ID": 2, "OWNER_ID": "$deal", "TYPE_ID": 2, "SUBJECT": "Звонок", "COMMUNICATIONS": [PHONE],
    "START_TIME": SOON, "END_TIME": SOON, "RESPONSIBLE_ID": 1, "DIRECTION": 2, "DESCRIPTION": "О поставке",
}  # fmt: skip
LINK = {"type": "redirect", "uri": "/crm/deal/details/1/"}
LINE = {"type": "text", "properties": {"value": "Да", "multiline": True, "bold": True, "color": "base_90"}}
SHORT = {"type": "text", "properties": {"value": "Да"}}
CHOICE = {"title": "Да", "action": {"type": "restEvent", "id": "yes", "animationType": "loader"}}
LAYOUT = {
    "icon": {"code": "call-completed"},
    "header": {"title": "Входящий звонок", "tags": {"status2": {"title": "Готово", "type": "success"}}},
    "body": {
        "logo": {"code": "call-incoming", "action": LINK},
        "blocks": {
            "client": {"type": "withTitle", "properties": {"title": "Клиент", "inline": True, "block": SHORT}},
            "responsible": {
                "type": "lineOfBlocks",
                "properties": {
                    "blocks": {
                        "client": {"type": "link", "properties": {"text": "Анна", "bold": True, "action": LINK}},
                        "phone": SHORT,
                    }
                },
            },
        },
    },
    "footer": {
        "buttons": {
            "startCall": {
                "title": "Позвонить",
                "type": "primary",
                "action": {"type": "openRestApp", "actionParams": {"clientId": "1"}},
            }
        },
        "menu": {"showPostponeItem": False, "items": {"confirm": CHOICE, "decline": CHOICE}},
    },
}
BLOCKS = {
    "block_1": LINE,
    "block_2": {"type": "largeText", "properties": {"value": "Да"}},
    "block_3": {"type": "link", "properties": {"text": "Сделка", "bold": True, "action": LINK}},
    "block_4": {"type": "withTitle", "properties": {"title": "Клиент", "block": SHORT}},
}
CARD = {"typeId": "CONFIGURABLE", "completed": False, "deadline": SOON, "responsibleId": 1, "badgeCode": "badge"}
BADGE = {"code": "badge", "title": "Звонок", "value": "Важно", "type": "warning"}
NEW_BADGE = ("crm.activity.badge.add", BADGE)
NEW_CARD = ("crm.activity.configurable.add", {**OWNER, "fields": CARD, "layout": LAYOUT})
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
ICON = {"code": "mine", "fileContent": PICTURE}
TODO = {**OWNER, "id": "$todo"}
NOTE = {**OWNER, "itemType": 1, "itemId": "$todo"}

RECIPES: Recipes = {
    "crm.activity.add": {"fields": CALL},
    "crm.activity.badge.add": by_application(BADGE),
    "crm.activity.badge.delete": by_application({"code": "badge"}, NEW_BADGE),
    "crm.activity.badge.get": by_application({"code": "badge"}, NEW_BADGE),
    "crm.activity.badge.list": by_application({}, NEW_BADGE),
    "crm.activity.binding.add": {"activityId": "$activity", "entityTypeId": 1, "entityId": "$lead"},
    "crm.activity.binding.delete": {"activityId": "$activity", "entityTypeId": 4, "entityId": "$company"},
    "crm.activity.binding.list": {"activityId": "$activity"},
    "crm.activity.binding.move": {
        "activityId": "$activity",
        "sourceEntityTypeId": 2,
        "sourceEntityId": "$deal",
        "targetEntityTypeId": 2,
        "targetEntityId": "$spare_deal",
    },
    "crm.activity.communication.fields": {},
    "crm.activity.configurable.add": by_application({**OWNER, "fields": CARD, "layout": LAYOUT}, NEW_BADGE),
    "crm.activity.configurable.get": by_application({"id": "$card"}),
    "crm.activity.configurable.update": by_application({"id": "$card", "fields": {"completed": True}}),
    "crm.activity.delete": {"id": "$activity"},
    "crm.activity.fields": {},
    "crm.activity.get": {"id": "$activity"},
    "crm.activity.layout.blocks.delete": by_application({**ENTITY, "activityId": "$activity"}),
    "crm.activity.layout.blocks.get": by_application({**ENTITY, "activityId": "$activity"}),
    "crm.activity.layout.blocks.set": by_application(
        {**ENTITY, "activityId": "$activity", "layout": {"blocks": BLOCKS}}
    ),
    "crm.activity.list": {"filter": {"ID": "$activity"}, "select": DOCUMENTED},
    "crm.activity.todo.add": {**OWNER, "deadline": SOON, "title": "Позвонить", "description": "Срочно"},
    "crm.activity.todo.update": {**TODO, "deadline": SOON, "title": "Иначе"},
    "crm.activity.todo.updateColor": {**TODO, "colorId": "2"},
    "crm.activity.todo.updateDeadline": {**TODO, "value": SOON},
    "crm.activity.todo.updateDescription": {**TODO, "value": "Не срочно"},
    "crm.activity.todo.updateResponsibleUser": {**TODO, "responsibleId": "$seller"},
    "crm.activity.update": {"id": "$activity", "fields": {"DESCRIPTION": "О возврате"}},
    "crm.timeline.bindings.bind": {"fields": {"OWNER_ID": "$note", "ENTITY_ID": "$lead", "ENTITY_TYPE": "lead"}},
    "crm.timeline.bindings.fields": {},
    "crm.timeline.bindings.list": {"filter": {"OWNER_ID": "$note"}},
    "crm.timeline.bindings.unbind": {
        "fields": {"OWNER_ID": "$note", "ENTITY_ID": "$company", "ENTITY_TYPE": "company"}
    },
    "crm.timeline.icon.add": by_application(ICON),
    "crm.timeline.icon.delete": by_application({"code": "mine"}, ("crm.timeline.icon.add", ICON)),
    "crm.timeline.icon.get": by_application({"code": "mine"}, ("crm.timeline.icon.add", ICON)),
    "crm.timeline.icon.list": by_application({}, ("crm.timeline.icon.add", ICON)),
    "crm.timeline.logo.add": by_application(ICON),
    "crm.timeline.logo.delete": by_application({"code": "mine"}, ("crm.timeline.logo.add", ICON)),
    "crm.timeline.logo.get": by_application({"code": "mine"}, ("crm.timeline.logo.add", ICON)),
    "crm.timeline.logo.list": by_application({}, ("crm.timeline.logo.add", ICON)),
    "crm.timeline.item.pin": {**OWNER, "id": "$note"},
    "crm.timeline.item.unpin": {**OWNER, "id": "$note"},
    "crm.timeline.layout.blocks.delete": by_application({**ENTITY, "timelineId": "$note"}),
    "crm.timeline.layout.blocks.get": by_application({**ENTITY, "timelineId": "$note"}),
    "crm.timeline.layout.blocks.set": by_application({**ENTITY, "timelineId": "$note", "layout": {"blocks": BLOCKS}}),
    "crm.timeline.logmessage.add": {"fields": {**ENTITY, "title": "Запись", "text": "Да", "iconCode": "info"}},
    "crm.timeline.logmessage.delete": by_application({"id": "$log_message"}),
    "crm.timeline.logmessage.get": {"id": "$log_message"},
    "crm.timeline.logmessage.list": ENTITY,
    "crm.timeline.note.delete": NOTE,
    "crm.timeline.note.get": NOTE,
    "crm.timeline.note.save": {**NOTE, "text": "Важно"},
}
