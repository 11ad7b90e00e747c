"""Whatever is sent to a method of people, groups, tasks, live feed or notifications, the portal has an answer."""

from __future__ import annotations

import pytest

from sandbox.portal.access import SCOPES
from sandbox.portal.chats import Kind
from sandbox.portal.dispatch import call
from sandbox.portal.portal import Portal
from sandbox.portal.rest import METHODS, Caller, Params, load_methods

load_methods()

SECTIONS = (
    "tasks.", "task.", "user.", "profile", "department.", "sonet_group.", "socialnetwork.", "log.", "im.", "disk.",
    "timeman.",
)  # fmt: skip

NAMES = (
    "taskId", "userId", "users", "fields", "select", "filter", "order", "params", "start", "id", "stageId", "entityId",
    "entityType", "isAdmin", "ID", "NAME", "FILTER", "SORT", "ORDER", "SELECT", "START", "FIND", "PARENT", "UF_HEAD",
    "UF_DEPARTMENT", "EMAIL", "ACTIVE", "GROUP_ID", "USER_ID", "OWNER_ID", "ROLE", "FEATURE", "OPERATION",
    "INITIATE_PERMS", "POST_ID", "POST_MESSAGE", "DEST", "TAGS", "LOG_RIGHTS", "FIRST_ID", "LIMIT",
    "IMPORTANT_DATE_END", "MESSAGE", "TAG", "CLIENT_ID", "ATTACH", "DIALOG_ID", "CHAT_ID", "MESSAGE_ID", "USERS",
    "TITLE", "COLOR", "ENTITY_TYPE", "ENTITY_ID", "LAST_ID", "LAST_TYPE", "IDS", "NOTIFY_ID", "SEARCH_DATE", "AGO",
    "STATUS", "TYPE", "OFFSET", "KEYBOARD", "REPLY_ID", "flowId", "flowData", "taskIdFrom", "taskIdTo", "linkType",
    "fileId", "data", "fileContent", "rights", "targetFolderId", "newName", "versionId", "taskName", "QUERY", "FILES",
    "COMMENT_ID", "TEXT", "TIME", "LAT", "type", "groupId",
)  # fmt: skip

FIELDS = (
    "TITLE", "RESPONSIBLE_ID", "MARK", "STATUS", "DEADLINE", "ACCOMPLICES", "TAGS", "SE_PARAMETER", "PARENT_ID",
    "GROUP_ID", "STAGE_ID", "AFTER_ID", "ENTITY_ID", "MEMBERS", "SECONDS", "POST_MESSAGE", "UF_ANY",
)  # fmt: skip

VALUES = [None, True, 0, -1, 10**30, 1.5, "", "x", "1", "%", "\x00", [], [1], [[1], {"a": 1}], {}, {"1": {"2": ["3"]}}]

REQUESTS = [
    *(dict.fromkeys(NAMES, value) for value in VALUES),
    *({"taskId": 1, "fields": dict.fromkeys(FIELDS, value)} for value in VALUES),
    *({**dict.fromkeys(NAMES, value), "id": 1, "DIALOG_ID": "chat1", "CHAT_ID": 1} for value in VALUES),
    *({"flowData": {"id": 1, "name": "x", "responsibleList": value, "groupId": value}} for value in VALUES),
    *(
        {"fields": {"FIELD_NAME": "x", "USER_TYPE_ID": "enumeration", "LIST": value, "LABEL": value}}
        for value in VALUES
    ),
    *({"taskId": 1, "fields": {"TITLE": "x", "RESPONSIBLE_ID": 1, name: value}} for name in FIELDS for value in VALUES),
    *([1, 2, value] for value in VALUES),
    *([value] * 5 for value in VALUES),
    *([1, dict.fromkeys(FIELDS, value)] for value in VALUES),
]


@pytest.mark.parametrize("method", sorted(name for name in METHODS if name.startswith(SECTIONS)))
def test_nothing_breaks_a_method(method):
    portal = Portal()
    group = portal.workgroups.add("Группа", owner=1)
    task = portal.tasks.add("Задача", responsible=1, group=group.id)
    portal.tasks.checklists.add(task, "Пункт", by=1)
    portal.chats.create("Чат", owner=1, kind=Kind.OPEN)
    portal.drive.storages()
    portal.tasks.flows.create("Поток", by=1, planned_seconds=60, distribution="queue", responsible=(("user", "1"),))
    caller = Caller(user_id=1, admin=True, scopes=frozenset(SCOPES), webhook_id=1)

    broken = [request for request in REQUESTS if call(portal, caller, method, Params(request)).status == 500]

    assert broken == []
