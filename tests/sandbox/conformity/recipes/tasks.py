"""``task.*``, ``tasks.task.*`` of the older version."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conformity.recipes.recipe import IN_CAPITALS, Recipes

FIELD = {"USER_TYPE_ID": "string", "FIELD_NAME": "NEWS", "LABEL": "Вид", "EDIT_FORM_LABEL": {"ru": "Вид", "en": "Kind"}}

FLOW = {
    "name": "Поток", "description": "Проба", "plannedCompletionTime": 7200, "distributionType": "queue",
    "responsibleList": [["user", "$seller"]], "taskCreators": [["meta-user", "all-users"]], "groupId": "$group",
    "matchWorkTime": 1, "notifyOnQueueOverflow": 50, "notifyOnTasksInProgressOverflow": 50,
}  # fmt: skip


def task(name: str = "task", **more: Any) -> dict[str, Any]:
    return {"taskId": f"${name}", **more}


def marked(name: str = "task") -> dict[str, Any]:
    return {"id": f"${name}"}


RECIPES: Recipes = {
    "task.checklistitem.add": ["$task", {"TITLE": "Ещё", "PARENT_ID": "$checklist"}],
    "task.checklistitem.complete": ["$task", "$row"],
    "task.checklistitem.delete": ["$task", "$spare_row"],
    "task.checklistitem.get": ["$task", "$row"],
    "task.checklistitem.getlist": ["$task"],
    "task.checklistitem.isactionallowed": ["$task", "$row", 1],
    "task.checklistitem.moveafteritem": ["$task", "$row", "$other_row"],
    "task.checklistitem.renew": ["$task", "$other_row"],
    "task.checklistitem.update": ["$task", "$row", {"TITLE": "Иначе"}],
    "task.commentitem.add": ["$task", {"POST_MESSAGE": "Принято"}],
    "task.elapseditem.add": ["$task", {"SECONDS": 60, "COMMENT_TEXT": "Минута"}],
    "task.elapseditem.delete": ["$task", "$hours"],
    "task.elapseditem.get": ["$task", "$hours"],
    "task.elapseditem.getlist": ["$task"],
    "task.elapseditem.isactionallowed": ["$task", "$hours", 2],
    "task.elapseditem.update": ["$task", "$hours", {"SECONDS": 120, "COMMENT_TEXT": "Две"}],
    "task.stages.add": {"fields": {"TITLE": "Приёмка", "ENTITY_ID": "$group"}},
    "task.stages.canmovetask": {"entityId": "$group", "entityType": "G"},
    "task.stages.delete": {"id": "$my_column"},
    "task.stages.get": {"entityId": "$group"},
    "task.stages.movetask": {"id": "$started_task", "stageId": "$column"},
    "task.stages.update": {"id": "$column", "fields": {"TITLE": "Дела"}},
    "tasks.task.add": {"fields": {"TITLE": "Новая", "RESPONSIBLE_ID": "$seller"}},
    "tasks.task.approve": task("task_for_control"),
    "tasks.task.complete": task(),
    "tasks.task.counters.get": {},
    "tasks.task.defer": task(),
    "tasks.task.delegate": task(userId="$boss"),
    "tasks.task.delete": task("spare_task"),
    "tasks.task.disapprove": task("task_for_control"),
    "tasks.task.favorite.add": task("spare_task"),
    "tasks.task.favorite.remove": task(),
    "tasks.task.get": task(select=IN_CAPITALS),
    "tasks.task.getaccess": task(users=["$seller", 1]),
    "tasks.task.getFields": {},
    "tasks.task.history.list": task(),
    "tasks.task.list": {
        "order": {"DEADLINE": "asc", "PRIORITY": "desc"},
        "select": [
            "ID",
            "TITLE",
            "DESCRIPTION",
            "STATUS",
            "subStatus",
            "DEADLINE",
            "CREATED_DATE",
            "RESPONSIBLE_ID",
            "ACCOMPLICES",
            "AUDITORS",
            "TAGS",
            "COUNTERS",
            "PRIORITY",
            "MARK",
        ],
        "params": {"WITH_TIMER_INFO": True, "WITH_RESULT_INFO": True, "WITH_PARSED_DESCRIPTION": True},
        "filter": {"ID": "$task"},
    },
    "tasks.task.mute": marked(),
    "tasks.task.pause": task("started_task"),
    "tasks.task.pin": marked(),
    "tasks.task.renew": task("closed_task"),
    "tasks.task.result.addFromComment": {"commentId": "$comment"},
    "tasks.task.result.deleteFromComment": {"commentId": "$comment"},
    "tasks.task.result.list": task(),
    "tasks.task.start": task(),
    "tasks.task.startwatch": task(),
    "tasks.task.stopwatch": task(),
    "tasks.task.unmute": marked(),
    "tasks.task.unpin": marked(),
    "tasks.task.update": task(fields={"TITLE": "Иначе"}),
    "task.comment.add": ["$task", {"POST_MESSAGE": "Принято"}],
    "task.commentitem.delete": ["$old_task", "$old_comment"],
    "task.commentitem.get": ["$old_task", "$old_comment"],
    "task.commentitem.getlist": ["$old_task"],
    "task.commentitem.getmanifest": {},
    "task.checklistitem.getmanifest": {},
    "task.elapseditem.getmanifest": {},
    "task.commentitem.isactionallowed": ["$old_task", "$old_comment", 2],
    "task.commentitem.update": ["$old_task", "$old_comment", {"POST_MESSAGE": "Иначе"}],
    "task.dependence.add": {"taskIdFrom": "$spare_task", "taskIdTo": "$started_task", "linkType": 2},
    "task.dependence.delete": {"taskIdFrom": "$task", "taskIdTo": "$started_task"},
    "task.item.userfield.add": {"PARAMS": FIELD},
    "task.item.userfield.delete": {"ID": "$task_field"},
    "task.item.userfield.get": {"ID": "$task_field"},
    "task.item.userfield.getfields": {},
    "task.item.userfield.getlist": {"ORDER": {"SORT": "ASC"}},
    "task.item.userfield.gettypes": {},
    "task.item.userfield.update": {"ID": "$task_field", "DATA": {"SORT": 10}},
    "task.planner.getlist": {},
    "tasks.flow.Flow.activate": {"flowId": "$flow"},
    "tasks.flow.Flow.create": {"flowData": {**FLOW, "name": "Другой"}},
    "tasks.flow.Flow.delete": {"flowData": {"id": "$flow"}},
    "tasks.flow.Flow.get": {"flowId": "$flow"},
    "tasks.flow.Flow.isExists": {"flowData": {"name": "Поток"}},
    "tasks.flow.Flow.pin": {"flowId": "$flow"},
    "tasks.flow.Flow.update": {"flowData": {"id": "$flow", "name": "Иначе"}},
    "tasks.task.files.attach": {"taskId": "$task", "fileId": "$file"},
}
