"""Methods every portal has: api-reference/common/system/."""

from __future__ import annotations

import pytest

from sandbox.portal.dispatch import documented_methods
from sandbox.portal.rest import METHODS, load_methods


def test_time_is_the_servers(desk):
    assert desk.call("server.time") == "2026-01-15T12:00:00+03:00"


def test_scopes_are_those_of_the_webhook(desk):
    answer = desk.send("scope", scopes=frozenset({"task", "crm"}))
    assert answer.json()["result"] == ["crm", "task"]
    assert "im" in desk.send("scope", {"full": True}, scopes=frozenset({"crm"})).json()["result"]


@pytest.mark.parametrize(
    ("name", "exists", "available"),
    [
        ("crm.item.get", True, True),
        ("tasks.task.get", True, False),
        ("server.time", True, True),
        # the page wants lower case
        ("CRM.ITEM.GET", False, False),
        ("nope", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_one_method(desk, name, exists, available):
    answer = desk.send("method.get", {"name": name}, scopes=frozenset({"crm"}))
    assert answer.json()["result"] == {"isExisting": exists, "isAvailable": available}


def test_lists_of_methods(desk):
    crm_only = frozenset({"crm"})
    available = desk.send("methods", scopes=crm_only).json()["result"]
    assert {"crm.item.get", "batch"} <= set(available)
    assert "tasks.task.get" not in available
    assert "tasks.task.get" in desk.send("methods", {"full": True}, scopes=crm_only).json()["result"]
    assert "server.time" in desk.call("methods", {"scope": ""})
    assert set(available) - set(desk.call("methods", {"scope": ""})) <= set(desk.call("methods", {"scope": "crm"}))


def test_features(desk):
    assert desk.call("feature.get", {"CODE": "rest_offline_extended"}) == {"value": "Y"}
    assert desk.call("feature.get", {"CODE": "time_travel"}) == {"value": "N"}
    assert desk.refusal("feature.get", {}) == (400, "CODE_EMPTY")


def test_every_built_method_is_documented_under_this_very_name():
    load_methods()
    listed = documented_methods()
    assert [method.name for key, method in METHODS.items() if listed.get(key) != method.name] == []
    assert all(method.docs.endswith(".md") for method in METHODS.values())
