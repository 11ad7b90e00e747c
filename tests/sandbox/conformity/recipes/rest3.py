"""REST 3.0."""

from __future__ import annotations

from tests.sandbox.conformity.recipes.recipe import DOCUMENTED, Recipes

TASK = {"id": "$task"}


def described(section: str, field: str) -> Recipes:
    """``*.field.list`` and ``*.field.get``."""
    return {
        f"v3:{section}.field.list": {"select": DOCUMENTED},
        f"v3:{section}.field.get": {"name": field, "select": DOCUMENTED},
    }


RECIPES: Recipes = {
    **described("humanresources.employee", "userId"),
    "v3:humanresources.employee.count": {},
    "v3:humanresources.employee.multidepartment": {},
    "v3:humanresources.employee.search": {"name": "Светлана"},
    "v3:humanresources.employee.subordinates": {"id": "$boss"},
    **described("humanresources.node", "id"),
    **described("humanresources.node.member", "userId"),
    "v3:humanresources.node.add": {
        "type": "DEPARTMENT",
        "name": "Склад",
        "parentId": 1,
        "userIds": {"MEMBER_HEAD": ["$outsider"]},
    },
    "v3:humanresources.node.children": {"id": 1},
    "v3:humanresources.node.count": {},
    "v3:humanresources.node.edit": {"id": "$sales", "name": "Продажи"},
    "v3:humanresources.node.get": {"id": "$sales", "select": DOCUMENTED},
    "v3:humanresources.node.list": {"type": "DEPARTMENT"},
    "v3:humanresources.node.member.add": {"nodeId": "$sales", "userIds": ["$outsider"], "role": "MEMBER_EMPLOYEE"},
    "v3:humanresources.node.member.move": {"nodeId": "$sales", "userIds": ["$outsider"]},
    "v3:humanresources.node.member.remove": {"nodeId": "$sales", "userIds": ["$seller", "$outsider"]},
    "v3:humanresources.node.member.set": {"nodeId": "$sales", "userIds": {"MEMBER_HEAD": ["$seller"]}},
    "v3:humanresources.node.move": {"id": "$empty_department", "parentId": "$sales"},
    "v3:humanresources.node.search": {"type": "DEPARTMENT", "name": "Отдел"},
    **described("main.eventlog", "id"),
    "v3:main.eventlog.get": {"id": 1},
    "v3:main.eventlog.list": {"select": DOCUMENTED},
    "v3:main.eventlog.tail": {"cursor": {"field": "id", "value": 0, "order": "ASC"}},
    **described("tasks.task", "title"),
    **described("tasks.task.access", "id"),
    **described("tasks.task.chat.message", "text"),
    **described("tasks.task.file", "taskId"),
    "v3:tasks.task.access.get": TASK,
    "v3:tasks.task.add": {
        "fields": {"title": "Новая", "creatorId": 1, "responsibleId": "$seller", "crmItemIds": ["D_$deal"]},
    },
    "v3:tasks.task.chat.message.send": {"fields": {"taskId": "$task", "text": "Да"}},
    "v3:tasks.task.delete": {"id": "$spare_task"},
    "v3:tasks.task.file.attach": {"taskId": "$task", "fileIds": ["$file"]},
    "v3:tasks.task.get": {**TASK, "select": ["responsible.name", "responsible.email"]},
    "v3:tasks.task.list": {"select": DOCUMENTED},
    "v3:tasks.task.result.add": {"fields": {"taskId": "$task", "text": "Готово"}},
    "v3:tasks.task.result.addfromchatmessage": {"fields": {"messageId": "$comment"}},
    "v3:tasks.task.result.delete": {"id": "$result"},
    "v3:tasks.task.result.list": {"filter": [["taskId", "=", "$task"]], "select": DOCUMENTED},
    "v3:tasks.task.result.update": {"id": "$result", "fields": {"text": "Иначе"}},
    "v3:tasks.task.update": {**TASK, "fields": {"title": "Иначе"}},
}
