"""``crm.automatedsolution.*`` over HTTP: api-reference/crm/automated-solution/."""

from __future__ import annotations

import pytest


@pytest.fixture
def types(desk) -> list[int]:
    return [desk.call("crm.type.add", {"fields": {"title": title}})["type"]["id"] for title in ("Разбор", "Мера")]


def add(desk, title: str = "Качество", **fields: object) -> dict:
    return desk.call("crm.automatedsolution.add", {"fields": {"title": title, **fields}})["automatedSolution"]


def test_a_workplace(desk, types):
    made = add(desk, typeIds=[*types, 99])
    assert made == {"id": 1, "title": "Качество", "typeIds": types}
    assert desk.call("crm.automatedsolution.get", {"id": 1}) == {"automatedSolution": made}
    renamed = desk.call("crm.automatedsolution.update", {"id": 1, "fields": {"title": "QA"}})["automatedSolution"]
    assert renamed == {"id": 1, "title": "QA", "typeIds": types}
    emptied = desk.call("crm.automatedsolution.update", {"id": 1, "fields": {"typeIds": []}})
    assert emptied["automatedSolution"]["typeIds"] == []


def test_a_process_is_in_one_workplace(desk, types):
    add(desk, typeIds=types)
    add(desk, "HR", typeIds=types[:1])
    assert desk.call("crm.automatedsolution.get", {"id": 1})["automatedSolution"]["typeIds"] == types[1:]


def test_only_empty_ones_are_deleted(desk, types):
    add(desk, typeIds=types[:1])
    assert desk.refusal("crm.automatedsolution.delete", {"id": 1}) == (400, "HAS_BOUND_TYPES")
    desk.call("crm.type.delete", {"id": types[0]})
    assert desk.call("crm.automatedsolution.delete", {"id": 1}) is None
    assert desk.refusal("crm.automatedsolution.get", {"id": 1}) == (400, "NOT_FOUND")


def test_the_list(desk):
    for title in ("HR", "Customer Success", "R&D"):
        add(desk, title)
    params = {"filter": {"logic": "OR", "=%title": "HR%", ">id": 2}, "order": {"title": "DESC"}}
    body = desk.body("crm.automatedsolution.list", params)
    assert [one["title"] for one in body["result"]["automatedSolutions"]] == ["R&D", "HR"]
    assert body["total"] == 2


def test_fields_stand_alone(desk):
    assert set(desk.call("crm.automatedsolution.fields")) == {"id", "title", "typeIds"}


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("add", {"fields": {"title": " "}}, "BX_EMPTY_REQUIRED"),
        ("add", {}, "100"),
        ("update", {"id": 9, "fields": {}}, "NOT_FOUND"),
        ("delete", {"id": 9}, "NOT_FOUND"),
    ],
)
def test_refusals(desk, method, params, code):
    assert desk.refusal(f"crm.automatedsolution.{method}", params) == (400, code)


@pytest.mark.parametrize("method", ["add", "update", "get", "list", "delete", "fields"])
def test_they_are_for_administrators(desk, company, method):
    params = {"id": 1, "fields": {"title": "x"}}
    assert desk.refusal(f"crm.automatedsolution.{method}", params, by=company.seller) == (400, "ACCESS_DENIED")
