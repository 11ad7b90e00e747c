"""``placement.*`` over HTTP: api-reference/widgets/."""

from __future__ import annotations

import pytest

HERE = "https://example.org/tab?kind=deal"
TAB = {"PLACEMENT": "CRM_DEAL_DETAIL_TAB", "HANDLER": HERE}
WORKER = {"PLACEMENT": "PAGE_BACKGROUND_WORKER", "HANDLER": HERE, "OPTIONS": {"errorHandlerUrl": HERE}}


def test_bound_widgets_are_listed(app):
    assert app.call("placement.bind", {**TAB, "TITLE": "Разбор", "DESCRIPTION": "d", "OPTIONS": {"x": 1}}) is True
    languages = {"en": {"TITLE": "Case"}, "ru": {"TITLE": "Разбор", "GROUP_NAME": "Качество"}}
    assert app.call("placement.bind", {"placement": "im_textarea", "handler": HERE, "LANG_ALL": languages}) is True
    assert app.call("placement.bind", {**WORKER, "USER_ID": 1}) is True
    tab, chat, worker = app.call("placement.get")
    assert tab == {
        "placement": "CRM_DEAL_DETAIL_TAB",
        "userId": 0,
        "handler": HERE,
        "options": [],
        "title": "Разбор",
        "description": "d",
        "langAll": {"ru": {"TITLE": "Разбор", "DESCRIPTION": "d", "GROUP_NAME": ""}},
    }
    assert (chat["title"], chat["langAll"]["ru"]["GROUP_NAME"], chat["langAll"]["en"]["TITLE"]) == (
        "Разбор",
        "Качество",
        "Case",
    )
    assert (worker["userId"], worker["options"], worker["title"]) == (1, {"errorHandlerUrl": HERE}, "Качество")


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"HANDLER": HERE}, (400, "ERROR_ARGUMENT", "Argument 'PLACEMENT' is null or empty")),
        ({"PLACEMENT": "LEFT_MENU"}, (400, "ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty")),
        (
            {**TAB, "PLACEMENT": ["A"]},
            (400, "ERROR_ARGUMENT", "The value of an argument 'PLACEMENT' must be of type string"),
        ),
        ({**TAB, "PLACEMENT": "MOON"}, (400, "ERROR_PLACEMENT_NOT_FOUND", "Placement not found")),
        ({**TAB, "HANDLER": "http://localhost/"}, (400, "ERROR_WRONG_HANDLER_URL", "Wrong handler URL")),
        ({**TAB, "USER_ID": 1}, (400, "ERROR_PLACEMENT_USER_MODE", "User mode is not available.")),
        # the one refusal that comes with 200
        ({**WORKER, "OPTIONS": {}}, (200, "EMPTY_ERROR_HANDLER_URL", "Option errorHandlerUrl is empty")),
    ],
)
def test_what_cannot_be_bound(app, params, refusal):
    assert app.refusal("placement.bind", params) == refusal
    assert app.call("placement.get") == []


def test_the_argument_is_named(app):
    assert app.send("placement.bind", {"HANDLER": HERE}).json()["argument"] == "PLACEMENT"


def test_how_many_handlers_a_place_takes(app):
    app.call("placement.bind", TAB)
    already = "Unable to set placement handler: Handler already binded"
    assert app.refusal("placement.bind", TAB) == (400, "ERROR_CORE", already)
    assert app.call("placement.bind", {**TAB, "HANDLER": HERE + "2"}) is True
    app.call("placement.bind", {"PLACEMENT": "REST_APP_URI", "HANDLER": HERE})
    once = (400, "ERROR_PLACEMENT_MAX_COUNT", "Placement max count: 1")
    assert app.refusal("placement.bind", {"PLACEMENT": "REST_APP_URI", "HANDLER": HERE + "2"}) == once


def test_unbinding_counts_twice(app):
    for number in range(3):
        app.call("placement.bind", {**TAB, "HANDLER": f"{HERE}{number}"})
    assert app.call("placement.unbind", {**TAB, "HANDLER": HERE + "1"}) == {"count": 2}
    assert app.call("placement.unbind", {"PLACEMENT": TAB["PLACEMENT"], "USER_ID": 5}) == {"count": 0}
    assert app.call("placement.unbind", {"PLACEMENT": TAB["PLACEMENT"]}) == {"count": 4}
    assert app.call("placement.get") == []
    assert app.refusal("placement.unbind", {})[:2] == (400, "ERROR_ARGUMENT")


def test_places_follow_scopes_and_smart_processes(desk, app):
    number = desk.call("crm.type.add", {"fields": {"title": "Разбор"}})["type"]["entityTypeId"]
    crm = app.call("placement.list", {"SCOPE": "crm"})
    assert {f"CRM_DYNAMIC_{number}_DETAIL_TAB", "CRM_LEAD_LIST_MENU"} <= set(crm)
    assert "CRM_CONTACT_ACTIVITY_TIMELINE_MENU" not in crm
    assert app.call("placement.bind", {**TAB, "PLACEMENT": f"CRM_DYNAMIC_{number}_DETAIL_TAB"}) is True
    app.application.scopes = frozenset({"placement", "task"})
    mine = app.call("placement.list")
    assert {"LEFT_MENU", "TASK_VIEW_TAB", "IM_TEXTAREA"} <= set(mine)
    assert not set(crm) & set(mine)
    assert set(crm) < set(app.call("placement.list", {"FULL": True}))
    assert app.refusal("placement.bind", TAB)[1] == "ERROR_PLACEMENT_NOT_FOUND"


def test_rights(desk, app, company):
    for method in ("placement.bind", "placement.unbind", "placement.get"):
        assert app.refusal(method, TAB, by=company.seller) == (403, "ACCESS_DENIED", "Access denied!")
        assert desk.refusal(method, TAB) == (403, "WRONG_AUTH_TYPE")
    assert "LEFT_MENU" in app.call("placement.list", by=company.seller)
    app.application.scopes = frozenset({"crm"})
    assert app.refusal("placement.list")[:2] == (403, "insufficient_scope")
