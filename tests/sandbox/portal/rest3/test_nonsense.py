"""Whatever is sent to a method of REST 3.0, it has an answer."""

from __future__ import annotations

import pytest

from sandbox.portal.access import SCOPES
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.batch import run
from sandbox.portal.rest3.calls import call
from sandbox.portal.rest3.registry import METHODS, load_methods
from sandbox.portal.rest3.task_entities import TASK

load_methods()

NAMES = [
    "id", "taskId", "fileIds", "fields", "select", "filter", "order", "pagination", "cursor", "name", "type",
    "parentId", "description", "colorName", "userIds", "moveUsersToNode", "nodeId", "role", "filterModule",
    "filterController", "filterMethod", "auth", "as", "method", "query",
]  # fmt: skip
VALUES = [
    None, True, 0, 1, -1, 10**30, 1.5, "", "x", "1", "\x00", "2026-01-01", [], [1], [[1], {"a": 1}], {},
    {"1": {"2": 3}},
    {"title": "x", "taskId": 1, "text": "x", "messageId": 1},
]  # fmt: skip
FIELDS = [field.name for field in TASK.fields]
WHOLE = {"title": "Т", "creatorId": 1, "responsibleId": 1}
REQUESTS = [
    *(dict.fromkeys(NAMES, value) for value in VALUES),
    *({"id": 1, name: value} for name in NAMES for value in VALUES),
    *({"type": "DEPARTMENT", "name": "x", "parentId": 1, name: value} for name in NAMES for value in VALUES),
    *({"nodeId": 1, "userIds": [1], "role": "MEMBER_HEAD", name: value} for name in NAMES for value in VALUES),
]
WRITES = [
    *({"id": 1, "fields": dict.fromkeys(FIELDS, value)} for value in VALUES),
    *({"id": 1, "fields": {**WHOLE, name: value}} for name in FIELDS for value in VALUES),
    *({"id": 1, "fields": {name: value}} for name in FIELDS for value in VALUES),
]


@pytest.fixture
def portal():
    portal = Portal()
    task = portal.tasks.add("Задача", responsible=1)
    portal.tasks.results.add(task, "Готово", by=1)
    return portal


@pytest.fixture
def caller():
    return Caller(user_id=1, admin=True, scopes=frozenset(SCOPES), webhook_id=1)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_nothing_breaks_a_method(portal, caller, name):
    requests = [*REQUESTS, *WRITES] if name in {"tasks.task.add", "tasks.task.update"} else REQUESTS
    assert [said for said in requests if call(portal, caller, name, said).status >= 500] == []


def test_nothing_breaks_a_batch(portal, caller):
    commands = [
        *([value] for value in VALUES),
        *({"0": value} for value in VALUES),
        *([{"method": "tasks.task.get", "query": value}] for value in VALUES),
        *([{"method": value, "query": {}}] for value in VALUES),
        *([{"method": "tasks.task.get", "query": {}, "as": value}] for value in VALUES),
        *([{"method": "tasks.task.get", "query": {"id": {"$ref": value}}}] for value in VALUES),
        *([{"method": "tasks.task.list", "query": {"filter": ["id", {"$refArray": value}]}}] for value in VALUES),
    ]
    assert [said for said in commands if run(portal, caller, said).status >= 500] == []
