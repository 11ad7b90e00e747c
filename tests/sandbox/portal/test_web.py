"""HTTP in front of the portal: addresses, bodies, envelopes, refusals, limits, faults."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ADD_FORM = "entityTypeId=2&fields[title]=A%26B&fields[observers][]=1"


@pytest.mark.parametrize(
    "method",
    [
        "crm.item.list",
        "crm.item.list.json",
        "crm.item.list/",
        "/crm.item.list",
        "//crm.item.list.json/",
        "CRM.Item.LIST",
    ],
)
def test_spellings_of_a_method(box, method):
    answer = box.send(method, {"entityTypeId": 2, "__order": 1})
    assert answer.status_code == 200
    assert answer.json()["result"] == {"items": []}


@pytest.mark.parametrize(
    "request_parts",
    [
        {"json": {"entityTypeId": 2, "fields": {"title": "A&B", "observers": [1]}}},
        {"json": {"entityTypeId": "2", "fields": {"title": "A&B", "observers": {"0": "1"}}}},
        {"content": ADD_FORM, "headers": FORM},
        {"params": {"entityTypeId": 2}, "json": {"fields": {"title": "A&B", "observers": [1]}}},
        {"params": {"entityTypeId": 2, "fields[title]": "A&B", "fields[observers][0]": 1}},
        {"files": {"entityTypeId": (None, "2"), "fields[title]": (None, "A&B"), "fields[observers][]": (None, "1")}},
        # JSON without a header that says so
        {"content": b'{"entityTypeId": 2, "fields": {"title": "A&B", "observers": [1]}}'},
        # the body wins over the address
        {"params": {"entityTypeId": 1}, "content": ADD_FORM, "headers": FORM},
    ],
    ids=["json", "json of strings", "form", "query and json", "query", "multipart", "json unsaid", "query and form"],
)
def test_every_kind_of_body(box, request_parts):
    answer = box.http.post(box.addresses.webhook + "crm.item.add", **request_parts)
    assert answer.status_code == 200, answer.text
    item = answer.json()["result"]["item"]
    assert (item["title"], item["observers"], item["entityTypeId"]) == ("A&B", [1], 2)


def test_get_works_too(box):
    answer = box.http.get(box.addresses.webhook + "crm.item.list.json?entityTypeId=2&select[]=id&bx24_request_id=7")
    assert answer.json()["result"] == {"items": []}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[" * 100_000),
        ("application/json", b"5"),
        ("application/json", b'{"entityTypeId": 1e999, "id": NaN}'),
        ("application/json", b"\xff\xfe\x00"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\ngarbage"),
        ("application/x-www-form-urlencoded", b"%%%=&[[]]=1&a[[b]=2"),
        ("", b"\x00\x01"),
    ],
)
def test_an_unreadable_body_is_an_empty_one(box, content_type, body):
    answer = box.http.post(box.addresses.webhook + "crm.item.get", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["error"]) == (400, "100")


def test_a_body_without_end_is_cut_off(box):
    answer = box.http.post(box.addresses.webhook + "server.time", content=b"a=" + b"x" * (64 * 1024 * 1024))
    assert (answer.status_code, answer.json()["error"]) == (413, "REQUEST_TOO_LARGE")


def test_the_success_envelope(box):
    answer = box.send("crm.item.list", {"entityTypeId": 2})
    body = answer.json()
    assert body.keys() == {"result", "total", "time"}
    time = body["time"]
    assert time.keys() == {
        "start",
        "finish",
        "duration",
        "processing",
        "date_start",
        "date_finish",
        "operating_reset_at",
        "operating",
    }
    assert all(isinstance(time[key], (int, float)) for key in time if not key.startswith("date"))
    assert time["date_start"].endswith("+03:00")
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("method", "status", "code"),
    [
        ("no.such.method", 404, "ERROR_METHOD_NOT_FOUND"),
        ("crm.lead.list", 501, "NOT_BUILT_IN_SANDBOX"),
        ("CRM.LEAD.LIST", 501, "NOT_BUILT_IN_SANDBOX"),
        ("crm.item.get", 400, "100"),
        # what a webhook may not call anyway (contract 2.6), built or not
        ("event.bind", 403, "WRONG_AUTH_TYPE"),
        ("event.offline.get", 403, "WRONG_AUTH_TYPE"),
        ("placement.bind", 403, "WRONG_AUTH_TYPE"),
        ("app.info", 400, "ACCESS_DENIED"),
        ("app.option.set", 400, "AccessException"),
        ("bizproc.robot.add", 400, "ACCESS_DENIED"),
        ("crm.activity.configurable.add", 400, "ERROR_WRONG_CONTEXT"),
        # its neighbours are application-only, this one is not
        ("crm.automation.trigger", 501, "NOT_BUILT_IN_SANDBOX"),
    ],
)
def test_refusals_are_json_without_a_result(box, method, status, code):
    answer = box.send(method)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json().keys() == {"error", "error_description"}


def test_what_is_not_built_says_its_documented_name(box):
    assert "crm.automatedsolution.add" in box.send("CRM.AutomatedSolution.ADD").json()["error_description"]


@pytest.mark.parametrize(
    "path", ["/rest/1/wrong/scope", "/rest/2/{secret}/scope", "/rest/scope", "/rest/1/{secret}", "/rest/"]
)
def test_a_wrong_address_is_not_let_in(box, path):
    secret = box.addresses.webhook.rstrip("/").rsplit("/", 1)[1]
    answer = box.http.post(box.addresses.portal + path.format(secret=secret))
    assert (answer.status_code, answer.json()["error"]) == (401, "NO_AUTH_FOUND")


def test_a_webhook_of_a_fired_user_is_dead(box):
    user = box.control("seed", {"users": {"ivan": {"name": "Иван"}}})["users"]["ivan"]
    webhook = box.control("inbound", {"user_id": user})["webhook"]
    assert box.http.post(webhook + "scope").status_code == 200
    box.call("user.update", ID=user, ACTIVE=False)
    assert box.http.post(webhook + "scope").json()["error"] == "NO_AUTH_FOUND"


def test_scopes_are_kept(box):
    webhook = box.control("inbound", {"user_id": 1, "scopes": ["crm"]})["webhook"]
    answer = box.http.post(webhook + "tasks.task.list")
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert box.http.post(webhook + "scope").json()["result"] == ["crm"]


def test_rest_three_is_not_built_and_says_so(box):
    answer = box.http.post(box.addresses.portal + "/rest/api/1/x/tasks.task.get")
    assert (answer.status_code, answer.json()["error"]) == (501, "NOT_BUILT_IN_SANDBOX")


def test_the_bucket_overflows(box):
    """By the clock of the machine the bucket loses two requests a second: fewer than ten while 60 are made."""
    box.control("limits", {"plan": "cloud"})
    statuses = [box.send("server.time").status_code for _ in range(70)]
    assert statuses[:50] == [200] * 50
    assert 503 in statuses
    refused = next(answer for answer in iter(lambda: box.send("server.time"), None) if answer.status_code == 503)
    assert refused.json()["error"] == "QUERY_LIMIT_EXCEEDED"
    box.control("clock", {"advance": 25})
    assert box.send("server.time").status_code == 200


def test_an_expensive_method_is_blocked_alone(box):
    box.control("limits", {"plan": "cloud", "costs": {"crm.item.list": 500}})
    assert box.send("crm.item.list", {"entityTypeId": 2}).json()["time"]["operating"] >= 500
    refused = box.send("crm.item.list", {"entityTypeId": 2})
    assert (refused.status_code, refused.json()["error"]) == (429, "OPERATION_TIME_LIMIT")
    assert refused.json()["operating_reset_at"]
    assert box.send("crm.item.fields", {"entityTypeId": 2}).status_code == 200
    inside = box.call("batch", cmd={"a": "crm.item.list?entityTypeId=2", "b": "server.time"})
    assert inside["result_error"]["a"]["error"] == "OPERATION_TIME_LIMIT"
    assert inside["result"].keys() == {"b"}
    box.control("clock", {"advance": 600})
    assert box.send("crm.item.list", {"entityTypeId": 2}).status_code == 200


# Faults on demand


@pytest.mark.parametrize(
    ("do", "status", "code"),
    [
        ("503", 503, "QUERY_LIMIT_EXCEEDED"),
        ("429", 429, "OPERATION_TIME_LIMIT"),
        ("500", 500, "INTERNAL_SERVER_ERROR"),
    ],
)
def test_answers_that_come_instead(box, do, status, code):
    box.control("faults", [{"on": "rest", "method": "crm.item.add", "do": do, "times": 1}])
    answer = box.send("crm.item.add", {"entityTypeId": 2, "fields": {}})
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert box.call("crm.item.list", entityTypeId=2) == {"items": []}
    assert box.call("crm.item.add", entityTypeId=2, fields={"title": "x"})["item"]["id"] == 1


def test_html_instead_of_json(box):
    box.control("faults", [{"on": "rest", "do": "html", "times": 1}])
    answer = box.send("server.time")
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (502, "text/html")


@pytest.mark.parametrize(("do", "created"), [("cut_before", 0), ("cut_after", 1)])
def test_a_cut_connection(box, do, created):
    box.control("faults", [{"on": "rest", "method": "crm.item.add", "do": do, "times": 1}])
    with pytest.raises(httpx.RemoteProtocolError):
        box.send("crm.item.add", {"entityTypeId": 2, "fields": {"title": "x"}})
    assert len(box.call("crm.item.list", entityTypeId=2)["items"]) == created


@pytest.mark.parametrize(("do", "created"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_request_nobody_answers(box, do, created):
    box.control("faults", [{"on": "rest", "method": "crm.item.*", "do": do, "times": 1}])
    with pytest.raises(httpx.ReadTimeout):
        box.http.post(
            box.addresses.webhook + "crm.item.add", json={"entityTypeId": 2, "fields": {"title": "x"}}, timeout=0.2
        )
    assert len(box.call("crm.item.list", entityTypeId=2)["items"]) == created


def test_a_portal_that_gives_up_first(box):
    box.control("faults", [{"on": "rest", "do": "timeout_before", "seconds": 0.05, "times": 1}])
    with pytest.raises(httpx.RemoteProtocolError):
        box.send("server.time")


def test_a_fault_finds_its_method_inside_a_batch(box):
    box.control("faults", [{"on": "rest", "method": "crm.item.add", "do": "cut_after", "times": 1}])
    assert box.call("batch", cmd={"a": "server.time"})["result"].keys() == {"a"}
    with pytest.raises(httpx.RemoteProtocolError):
        box.call("batch", cmd={"a": "server.time", "b": "crm.item.add?entityTypeId=2&fields[title]=x"})
    assert len(box.call("crm.item.list", entityTypeId=2)["items"]) == 1


def test_the_journal_never_shows_a_token(box):
    webhook = box.control("inbound", {"user_id": 1})["webhook"]
    box.http.post(webhook + "crm.item.list", json={"entityTypeId": 2, "auth": "token-in-the-body"})
    written = json.dumps(box.journal("request"))
    assert "crm.item.list" in written
    for token in (webhook, box.addresses.webhook):
        assert token.rstrip("/").rsplit("/", 1)[1] not in written
    assert "token-in-the-body" not in written


anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20)
    ),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(st.text(max_size=8), below, max_size=3)),
    max_leaves=10,
)
CRM_METHODS = [
    "batch", "crm.item.add", "crm.item.list", "crm.item.update", "crm.type.add", "crm.category.add", "crm.status.add",
    "crm.status.list", "crm.stagehistory.list", "userfieldconfig.add", "userfieldconfig.list",
    "crm.timeline.comment.add", "crm.timeline.comment.list", "crm.item.fields", "feature.get",
]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    st.sampled_from(CRM_METHODS),
    st.dictionaries(
        st.sampled_from(
            ["entityTypeId", "id", "fields", "filter", "order", "select", "start", "cmd", "field", "moduleId"]
        ),
        anything,
    ),
    st.booleans(),
)
def test_nonsense_is_refused_or_answered_but_never_breaks(box, method, params, about_deals):
    if about_deals:
        params = {**params, "entityTypeId": 2, "moduleId": "crm"}
    answer = box.send(method, params)
    assert answer.status_code in (200, 400, 501), (method, params, answer.text)
