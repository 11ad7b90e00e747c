"""Mistakes that cannot be made by changing one parameter of a method's recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.conformity.recipes.recipe import Recipe

LIKED = {"MESSAGE_ID": "$message", "ACTION": "plus"}

PROVOCATIONS: Mapping[str, list[Any]] = {
    "crm.automatedsolution.delete": [{"id": "$solution"}],
    "crm.currency.get": [{"id": "XXX"}],
    "crm.type.add": [{"fields": {"title": "Плохой", "entityTypeId": 5}}],
    "crm.type.delete": [{"id": "$type"}],
    "disk.file.search": [{"QUERY": "a"}],
    "im.message.like": [Recipe(LIKED, first=(("im.message.like", LIKED),))],
    "im.notify.get": [{"LAST_ID": 1}],
    "im.notify.history.search": [{}],
    "im.search.chat.list": [{"FIND": "В"}],
    "log.blogpost.update": [{"POST_ID": "$post"}],
    "socialnetwork.api.workgroup.get": [{"params": {"select": ["ID"]}}],
    "task.dependence.add": [{"taskIdFrom": "$task", "taskIdTo": "$task", "linkType": 2}],
    "task.stages.delete": [{"id": "$first_column"}],
    "task.stages.movetask": [Recipe({"id": "$started_task", "stageId": "$column"}, by="boss")],
    "tasks.task.counters.get": [{"groupId": 99999999}],
    "timeman.close": [{"TIME": "abc"}],
    "timeman.open": [{"TIME": "abc"}],
    "timeman.settings": [{"USER_ID": 99999999}],
    "timeman.status": [{"USER_ID": 99999999}],
    "timeman.pause": [{"USER_ID": 99999999}],
}
