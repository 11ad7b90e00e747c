"""HTTP in front of the portal: addresses, bodies, envelopes, refusals, limits, faults."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import httpx
import pytest
from hypothesis import given, settings
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
        ("", 404, "ERROR_METHOD_NOT_FOUND"),
        (".json", 404, "ERROR_METHOD_NOT_FOUND"),
        ("crm.item.get/5", 404, "ERROR_METHOD_NOT_FOUND"),
        ("voximplant.user.get", 501, "NOT_BUILT_IN_SANDBOX"),
        ("VOXIMPLANT.User.GET", 501, "NOT_BUILT_IN_SANDBOX"),
        ("crm.item.get", 400, "100"),
        # what a webhook may not call anyway (contract 2.6), built or not
        ("event.bind", 403, "WRONG_AUTH_TYPE"),
        ("event.offline.get", 403, "WRONG_AUTH_TYPE"),
        ("placement.bind", 403, "WRONG_AUTH_TYPE"),
        ("app.option.set", 403, "ACCESS_DENIED"),
        ("user.option.get", 403, "ACCESS_DENIED"),
        ("disk.storage.getForApp", 403, "ACCESS_DENIED"),
        ("messageservice.sender.add", 403, "ACCESS_DENIED"),
        ("imconnector.register", 403, "WRONG_AUTH_TYPE"),
        ("sign.b2e.personal.tail", 401, "WRONG_AUTH_TYPE"),
        ("telephony.externalLine.add", 400, "WRONG_AUTH_TYPE"),
        ("telephony.externalLine.get", 403, "WRONG_AUTH_TYPE"),
        ("bizproc.robot.add", 403, "ACCESS_DENIED"),
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


def test_a_refusal_has_the_form_of_the_method(box):
    answer = box.http.post(box.addresses.webhook + "no.such.method.xml")
    assert answer.status_code == 404
    assert "<error>ERROR_METHOD_NOT_FOUND</error>" in answer.text


def test_an_answer_in_xml(box):
    """general-principles.md."""
    box.call("crm.item.add", entityTypeId=2, fields={"title": "A&B <1>"})
    answer = box.http.post(
        box.addresses.webhook + "batch.XML", json={"cmd": {"a": "crm.item.list?entityTypeId=2&select[]=title"}}
    )
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    told = ET.fromstring(answer.text)  # noqa: S314 - the sandbox wrote it a moment ago
    assert told.tag == "response"
    assert told.findtext("result/result/a/items/item/title") == "A&B <1>"
    assert told.find("result/result_error").text is None


def test_what_is_not_built_says_its_documented_name(box):
    assert "voximplant.user.get" in box.send("VOXIMPLANT.User.GET").json()["error_description"]


WRONG_WEBHOOK = (401, "INVALID_CREDENTIALS")
NO_METHOD = (404, "ERROR_METHOD_NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/rest/1/wrong/scope", WRONG_WEBHOOK),
        ("/rest/2/{secret}/scope", WRONG_WEBHOOK),
        ("/rest/scope", (401, "NO_AUTH_FOUND")),
        ("/rest/scope?auth=unknown", (401, "invalid_token")),
        ("/rest/crm.automatedsolution.add", (401, "NO_AUTH_FOUND")),
        # That a name does not exist is said before the question who asks.
        ("/rest/1/wrong/no.such.method", NO_METHOD),
        ("/rest/1/{secret}", NO_METHOD),
        ("/rest/1/{secret}/", NO_METHOD),
        ("/rest/{secret}/scope", NO_METHOD),
        ("/rest/", NO_METHOD),
        ("/rest", NO_METHOD),
    ],
)
def test_a_wrong_address_is_not_let_in(box, path, told):
    secret = box.addresses.webhook.rstrip("/").rsplit("/", 1)[1]
    answer = box.http.post(box.addresses.portal + path.format(secret=secret))
    assert (answer.status_code, answer.json()["error"]) == told


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_every_verb_calls(box, verb):
    answer = box.http.request(verb, box.addresses.webhook + "crm.item.list?entityTypeId=2")
    assert answer.json()["result"] == {"items": []}


def test_a_head_has_no_body(box):
    answer = box.http.head(box.addresses.webhook + "scope")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_browser_may_call_from_another_page(box):
    asked = box.http.options(box.addresses.webhook + "scope", headers={"Origin": "https://example.com"})
    answered = box.http.post(box.addresses.webhook + "scope", headers={"Origin": "https://example.com"})
    for answer in (asked, answered):
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"


def test_positional_parameters(box):
    """data-encoding.md: a list indexed from 0, whatever carries it."""
    task = box.call("tasks.task.add", fields={"TITLE": "Задача", "RESPONSIBLE_ID": 1})["task"]["id"]
    url = box.addresses.webhook + "task.checklistitem.add"
    ids = [
        box.http.post(url, json=[task, {"TITLE": "JSON"}]),
        box.http.post(url, json={"0": task, "1": {"TITLE": "map"}}),
        box.http.post(url, content=f"0={task}&1[TITLE]=form", headers=FORM),
        box.http.get(f"{url}?0={task}&1[TITLE]=query"),
    ]
    assert [answer.status_code for answer in ids] == [200] * 4, [answer.text for answer in ids]
    titles = {point["TITLE"] for point in box.call("task.checklistitem.getlist", **{"0": task})}
    assert titles >= {"JSON", "map", "form", "query"}


def test_a_webhook_of_a_fired_user_is_dead(box):
    user = box.control("seed", {"users": {"ivan": {"name": "Иван"}}})["users"]["ivan"]
    webhook = box.control("inbound", {"user_id": user})["webhook"]
    assert box.http.post(webhook + "scope").status_code == 200
    box.call("user.update", ID=user, ACTIVE=False)
    assert box.http.post(webhook + "scope").json()["error"] == "authorization_error"


def test_scopes_are_kept(box):
    webhook = box.control("inbound", {"user_id": 1, "scopes": ["crm"]})["webhook"]
    answer = box.http.post(webhook + "tasks.task.list")
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert box.http.post(webhook + "scope").json()["result"] == ["crm"]


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
    assert refused.json().keys() == {"error", "error_description"}
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
        ("unexpected", 500, "ERROR_UNEXPECTED_ANSWER"),
        ("overload", 503, "OVERLOAD_LIMIT"),
        ("deleted", 500, "PORTAL_DELETED"),
        ("confirm_waiting", 401, "METHOD_CONFIRM_WAITING"),
        ("confirm_denied", 403, "METHOD_CONFIRM_DENIED"),
    ],
)
def test_a_refusal_of_the_system(box, do, status, code):
    """Only the named method, only once, and nothing is done."""
    box.control("faults", [{"on": "rest", "method": "crm.item.add", "do": do, "times": 1}])
    answer = box.send("crm.item.add", {"entityTypeId": 2, "fields": {}})
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert box.call("crm.item.list", entityTypeId=2) == {"items": []}
    assert box.call("crm.item.add", entityTypeId=2, fields={"title": "x"})["item"]["id"] == 1


def test_a_redirect_to_the_other_name(box):
    """change-domen.md. The rule strikes for ever, but nobody is sent back and forth."""
    box.control("faults", [{"on": "rest", "do": "302"}])
    answer = box.http.post(box.addresses.webhook + "crm.item.list?start=0", json={"entityTypeId": 2})
    assert answer.status_code == 302
    there = box.addresses.webhook.replace("127.0.0.1", "localhost")
    assert answer.headers["location"] == there + "crm.item.list?start=0"
    assert "json" not in answer.headers["content-type"]
    again = box.http.post(answer.headers["location"], json={"entityTypeId": 2})
    assert again.json()["result"] == {"items": []}


def test_a_redirect_repeats_the_address_as_it_was_written(box):
    box.control("faults", [{"on": "rest", "do": "302", "times": 1}])
    answer = box.http.post(box.addresses.webhook + "server.time?x=%D1%8F&y=%0D%0A")
    assert answer.headers["location"].endswith("/server.time?x=%D1%8F&y=%0D%0A")


def test_a_renamed_portal_keeps_its_new_name(box):
    box.control("faults", [{"on": "rest", "method": "crm.item.add", "do": "rename", "times": 1}])
    assert box.send("server.time").status_code == 200
    assert box.send("crm.item.add", {"entityTypeId": 2, "fields": {}}).status_code == 302
    old = box.send("server.time")
    assert old.status_code == 302
    assert box.http.post(old.headers["location"]).status_code == 200
    app = box.control("applications", {"title": "Новая"})
    assert app["client_endpoint"] == box.addresses.portal.replace("127.0.0.1", "localhost") + "/rest/"
    box.control("reset")
    assert box.send("server.time").status_code == 200


def test_a_revoked_webhook_is_dead_for_good(box):
    webhook = box.control("inbound", {"user_id": 1})["webhook"]
    box.control("faults", [{"on": "rest", "method": "scope", "do": "revoked", "times": 1}])
    codes = [box.http.post(webhook + "scope").json().get("error") for _ in range(2)]
    assert codes == ["INVALID_CREDENTIALS", "INVALID_CREDENTIALS"]
    assert box.send("scope").status_code == 200


def test_a_webhook_has_no_hour_to_be_over(box):
    box.control("faults", [{"on": "rest", "do": "expired"}])
    assert box.send("server.time").status_code == 200


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


@settings(max_examples=150, deadline=None)
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
