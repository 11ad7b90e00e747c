"""The portal itself, its feed and notifications, applications with their events, options and placements."""

from __future__ import annotations

from tests.sandbox.conformity.recipes.recipe import Recipe, Recipes, by_application

NOTICE = {"USER_ID": "$seller", "MESSAGE": "Внимание"}
HANDLER = "https://app.example.org/handler"
DEAL_ADDED = {"event": "ONCRMDEALADD", "handler": HANDLER}
QUEUE = {"event": "ONCRMDEALADD", "event_type": "offline"}
NEW_DEAL = ("crm.item.add", {"entityTypeId": 2, "fields": {"title": "Новая"}})
TAB = {
    "PLACEMENT": "CRM_DEAL_DETAIL_TAB",
    "HANDLER": HANDLER,
    "TITLE": "Вкладка",
    "OPTIONS": {"errorHandlerUrl": HANDLER},
}
ROBOT = {"CODE": "robot", "HANDLER": HANDLER, "AUTH_USER_ID": 1, "NAME": "Робот"}

RECIPES: Recipes = {
    "batch": {
        "cmd": {"get_user": "user.current", "get_department": "department.get?ID=$result[get_user][UF_DEPARTMENT]"}
    },
    "batch #2": {"cmd": {"get_user": "user.currentt", "get_department": "department.gett"}},
    "batch #3": {"cmd": {"get_user": "user.currentt", "get_department": "department.gett"}, "halt": 1},
    "feature.get": {"CODE": "rest_offline_extended"},
    "im.notify": NOTICE,
    "im.notify.delete": {"ID": "$notice"},
    "im.notify.personal.add": NOTICE,
    "im.notify.system.add": NOTICE,
    "log.blogpost.add": {"POST_TITLE": "Итоги", "POST_MESSAGE": "Год закончен", "DEST": ["UA"]},
    "log.blogpost.delete": {"POST_ID": "$post"},
    "log.blogpost.get": {"POST_ID": "$post"},
    "log.blogpost.getusers.important": {"POST_ID": "$post"},
    "log.blogpost.update": {"POST_ID": "$post", "POST_MESSAGE": "Мы закрылись"},
    "method.get": {"name": "user.get"},
    "methods": {},
    "scope": {},
    "server.time": {},
    "log.blogcomment.add": {"POST_ID": "$post", "TEXT": "Нет"},
    "log.blogcomment.delete": {"COMMENT_ID": "$post_comment"},
    "log.blogcomment.user.get": {"USER_ID": 1},
    "log.blogpost.share": {"POST_ID": "$post", "DEST": ["U$seller"]},
    "timeman.close": Recipe({"REPORT": "Всё"}, first=(("timeman.open", {}),)),
    "timeman.open": {},
    "timeman.pause": Recipe({}, first=(("timeman.open", {}),)),
    "timeman.settings": {},
    "timeman.status": {},
    "app.info": by_application(),
    "app.option.get": by_application({}, ("app.option.set", {"options": {"data": "a", "data2": "b"}})),
    "app.option.get #2": by_application({"option": "data"}, ("app.option.set", {"options": {"data": "a"}})),
    "app.option.set": by_application({"options": {"data": "a", "data2": "b"}}),
    "user.option.get": by_application({}, ("user.option.set", {"options": {"data": "a", "data2": "b"}})),
    "user.option.get #2": by_application({"option": "data"}, ("user.option.set", {"options": {"data": "a"}})),
    "user.option.set": by_application({"options": {"data": "a", "data2": "b"}}),
    "event.bind": by_application(DEAL_ADDED),
    "event.get": by_application({}, ("event.bind", DEAL_ADDED)),
    "event.unbind": by_application(DEAL_ADDED, ("event.bind", DEAL_ADDED)),
    "event.test": by_application(),
    "events": by_application(),
    "event.offline.get": by_application({}, ("event.bind", QUEUE), NEW_DEAL),
    "event.offline.list": by_application({}, ("event.bind", QUEUE), NEW_DEAL),
    "event.offline.clear": by_application({"process_id": "x", "id": [1]}),
    "event.offline.error": by_application({"process_id": "x", "message_id": ["1"]}),
    "placement.bind": by_application(TAB),
    "placement.get": by_application({}, ("placement.bind", TAB)),
    "placement.list": by_application({"SCOPE": "crm"}),
    "placement.unbind": by_application(TAB, ("placement.bind", TAB)),
    "bizproc.robot.add": by_application(ROBOT),
    "bizproc.robot.delete": by_application({"CODE": "robot"}, ("bizproc.robot.add", ROBOT)),
    "bizproc.robot.list": by_application({}, ("bizproc.robot.add", ROBOT)),
    "bizproc.robot.update": by_application(
        {"CODE": "robot", "FIELDS": {"NAME": "Другой"}}, ("bizproc.robot.add", ROBOT)
    ),
    "bizproc.activity.add": by_application(ROBOT),
    "bizproc.activity.delete": by_application({"CODE": "robot"}, ("bizproc.activity.add", ROBOT)),
    "bizproc.activity.list": by_application({}, ("bizproc.activity.add", ROBOT)),
    "bizproc.activity.update": by_application(
        {"CODE": "robot", "FIELDS": {"NAME": "Другой"}}, ("bizproc.activity.add", ROBOT)
    ),
}
