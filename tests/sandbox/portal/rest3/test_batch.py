"""``batch`` of REST 3.0: all or the first error, and references to what was found before."""

from __future__ import annotations

import pytest

from tests.sandbox.portal.rest3.conftest import PREFIX, REQUEST


def get(task, *names, **more):
    return {"method": "tasks.task.get", "query": {"id": task.id, "select": list(names) or ["id"]}, **more}


@pytest.fixture
def other(desk3):
    return desk3.portal.tasks.add("Другая", responsible=1)


def test_answers_stand_in_the_order_of_the_calls(desk3, task, other):
    body = desk3.send("batch", [get(task, "id", "title"), get(other, "id", "title")]).json()
    assert body.keys() == {"result", "time"}
    assert body["result"] == [
        {"item": {"id": task.id, "title": task.title}},
        {"item": {"id": other.id, "title": "Другая"}},
    ]


def test_the_sample_with_references(desk3, task, other):
    """A get by name, a get by place, an update and two lists, each fed by what came before."""
    commands = [
        get(task, "id", "title", **{"as": "first_task"}),
        get(other, "id", "title"),
        {
            "method": "tasks.task.update",
            "query": {"id": {"$ref": "first_task.id"}, "fields": {"title": "Обновленная"}},
        },
        {
            "method": "tasks.task.list",
            "query": {"select": ["id", "title"], "filter": ["id", [{"$ref": "first_task.id"}, {"$ref": "1.id"}]]},
            "as": "tasks_list",
        },
        {
            "method": "tasks.task.list",
            "query": {"select": ["id", "title"], "filter": ["id", {"$refArray": "tasks_list.id"}]},
        },
    ]
    result = desk3.call("batch", commands)
    assert result[2] == {"result": True}
    rows = [{"id": task.id, "title": "Обновленная"}, {"id": other.id, "title": "Другая"}]
    assert result[3] == result[4] == {"items": rows}


def test_a_map_with_numbers_is_a_list_to_php(desk3, task):
    assert desk3.call("batch", {"0": get(task), "1": get(task)}) == [{"item": {"id": task.id}}] * 2


@pytest.mark.parametrize("said", [[], {}])
def test_nothing_to_do(desk3, said):
    assert desk3.call("batch", said) == []


def test_more_than_fifty(desk3, task):
    assert len(desk3.call("batch", [get(task)] * 60)) == 60


@pytest.mark.parametrize(
    "said",
    [
        {"cmd": {"a": "tasks.task.get?id=1"}},
        {"halt": 0, "cmd": ["tasks.task.get?id=1"]},
        [{"method": "tasks.task.get"}],
        [{"query": {"id": 1}}],
        [{"method": 5, "query": {}}],
        [{"method": "tasks.task.get", "query": "id=1"}],
        ["tasks.task.get"],
        [None],
        [{"method": "tasks.task.list", "query": {}, "as": "x"}, {"method": "tasks.task.list", "query": {}, "as": "x"}],
        [{"method": "tasks.task.list", "query": {"filter": ["id", {"$ref": "nope.id"}]}}],
        [{"method": "tasks.task.list", "query": {"filter": ["id", {"$refArray": "nope"}]}}],
        [
            {"method": "tasks.task.list", "query": {}, "as": "l"},
            {"method": "tasks.task.list", "query": {"filter": ["id", {"$refArray": "l.title"}]}},
        ],
        [
            {"method": "tasks.task.get", "query": {"id": 1, "select": ["id"]}, "as": "t"},
            {"method": "tasks.task.list", "query": {"filter": ["id", {"$refArray": "t.id"}]}},
        ],
        [
            {"method": "tasks.task.get", "query": {"id": 1, "select": ["id"]}, "as": "t"},
            {"method": "tasks.task.get", "query": {"id": {"$ref": "t.item.id"}}},
        ],
    ],
)
def test_what_cannot_be_understood(desk3, task, said):
    assert desk3.refusal("batch", said) == (400, "INVALIDSELECTEXCEPTION")


@pytest.mark.parametrize(
    ("command", "status", "code"),
    [
        ({"method": "tasks.task.get", "query": {}}, 400, REQUEST),
        ({"method": "tasks.task.get", "query": {"id": 999}}, 400, "ENTITYNOTFOUNDEXCEPTION"),
        ({"method": "crm.item.list", "query": {}}, 400, "METHODNOTFOUNDEXCEPTION"),
        ({"method": "batch", "query": []}, 400, "METHODNOTFOUNDEXCEPTION"),
        ({"method": "tasks.task.delete", "query": {"id": 999}}, 403, "ACCESSDENIEDEXCEPTION"),
    ],
)
def test_the_first_error_is_the_whole_answer(desk3, task, command, status, code):
    """What was done before it stays done; what comes after is not done."""
    rename = {"method": "tasks.task.update", "query": {"id": task.id, "fields": {"title": "Сделано"}}}
    never = {"method": "tasks.task.delete", "query": {"id": task.id}}
    answer = desk3.send("batch", [rename, command, never])
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, PREFIX + code)
    assert answer.json().keys() == {"error"}
    assert desk3.portal.tasks.get(task.id).title == "Сделано"


def test_scopes_are_those_of_each_call(desk3, task):
    answer = desk3.send("batch", [get(task)], scopes=frozenset({"crm"}))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, f"{PREFIX}INSUFFICIENTSCOPEEXCEPTION")


def test_a_fault_finds_its_method_inside_a_batch(desk3, task):
    desk3.portal.faults.add([{"on": "rest", "method": "tasks.task.get", "do": "503", "times": 1}])
    assert desk3.send("batch", [get(task)]).status_code == 503
    assert desk3.send("batch", [get(task)]).status_code == 200
