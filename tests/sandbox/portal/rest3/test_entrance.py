"""HTTP in front of REST 3.0: addresses, bodies, tokens, envelopes, errors common to all methods."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.portal.rest3.conftest import PREFIX, REQUEST

TIME = {
    "start",
    "finish",
    "duration",
    "processing",
    "date_start",
    "date_finish",
    "operating_reset_at",
    "operating",
}


def test_an_answer_has_a_result_and_the_time_it_took(desk3, task):
    body = desk3.send("tasks.task.get", {"id": task.id, "select": ["id", "title"]}).json()
    assert body.keys() == {"result", "time"}
    assert body["result"] == {"item": {"id": task.id, "title": "Подготовить отчёт"}}
    assert body["time"].keys() == TIME


def test_a_validation_error_names_the_fields(desk3):
    answer = desk3.send("tasks.task.get")
    assert answer.status_code == 400
    assert answer.json() == {
        "error": {
            "code": f"{PREFIX}{REQUEST}",
            "message": "Ошибка при валидации объекта запроса",
            "validation": [{"message": "Обязательное поле `id` не указано", "field": "id"}],
        }
    }


@pytest.mark.parametrize("spelling", ["tasks.task.get", "TASKS.Task.GET", "tasks.task.get/", "/tasks.task.get"])
def test_spellings_of_a_method(desk3, task, spelling):
    assert desk3.call(spelling, {"id": task.id, "select": ["id"]}) == {"item": {"id": task.id}}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"id=1"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--"),
        ("text/plain", b'{"id": 1}'),
        ("application/json", b"{"),
        ("application/json", b"5"),
        ("application/json", b'"id"'),
        ("application/json", b"\xff\xfe"),
        ("application/json", b"[" * 100_000),
        ("application/json", b"[" * 300 + b"]" * 300),
    ],
)
def test_what_is_no_json_is_refused(desk3, content_type, body):
    answer = desk3.desk.client.post(
        desk3.address("tasks.task.get"), content=body, headers={"Content-Type": content_type}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, f"{PREFIX}INVALIDJSONEXCEPTION")


def test_json_is_taken_without_a_header_too(desk3, task):
    body = json.dumps({"id": task.id, "select": ["id"]}).encode()
    answer = desk3.desk.client.post(desk3.address("tasks.task.get"), content=body)
    assert answer.json()["result"] == {"item": {"id": task.id}}


def test_the_query_string_carries_no_parameters(desk3, task):
    address = desk3.address("tasks.task.get")
    for answer in (
        desk3.desk.client.get(address, params={"id": task.id}),
        desk3.desk.client.post(address, params={"id": task.id}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, f"{PREFIX}{REQUEST}")


def test_without_parameters_get_and_an_empty_post_are_the_same(desk3):
    address = desk3.address("humanresources.node.count")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = [
        desk3.desk.client.get(address),
        desk3.desk.client.post(address),
        desk3.desk.client.post(address, headers=form),
    ]
    assert [answer.json()["result"] for answer in answers] == [{"departments": 1, "teams": 0}] * 3


def test_only_post_has_a_body(desk3):
    answer = desk3.desk.client.request("GET", desk3.address("tasks.task.get"), json={"id": 1})
    assert answer.json()["error"]["code"] == f"{PREFIX}WRONGHTTPREQUESTMETHODEXCEPTION"


@pytest.mark.parametrize(
    ("method", "status", "code"),
    [
        ("no.such.method", 400, f"{PREFIX}METHODNOTFOUNDEXCEPTION"),
        # methods of the older version are none of this one
        ("crm.item.list", 400, f"{PREFIX}METHODNOTFOUNDEXCEPTION"),
        ("server.time", 400, f"{PREFIX}METHODNOTFOUNDEXCEPTION"),
        ("note.collection.list", 501, "NOT_BUILT_IN_SANDBOX"),
        ("MAIL.Message.LIST", 501, "NOT_BUILT_IN_SANDBOX"),
    ],
)
def test_methods_that_are_not_there(desk3, method, status, code):
    answer = desk3.send(method)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    "method", ["tasks.task.field.list", "tasks.task.chat.message.send", "humanresources.node.list", "rest.scope.list"]
)
def test_without_api_in_the_address_a_method_of_this_version_does_not_exist(desk3, method):
    answer = desk3.desk.send(method)
    assert (answer.status_code, answer.json()["error"]) == (404, "ERROR_METHOD_NOT_FOUND")


def test_one_name_in_two_versions(desk3, task):
    """The same task, other parameters, other names, other types."""
    older = desk3.desk.call("tasks.task.get", {"taskId": task.id, "select": ["TITLE", "STATUS"]})["task"]
    newer = desk3.call("tasks.task.get", {"id": task.id, "select": ["id", "title", "status"]})["item"]
    assert (older["id"], older["title"], older["status"]) == (str(task.id), task.title, "2")
    assert newer == {"id": task.id, "title": task.title, "status": "pending"}
    assert desk3.refusal("tasks.task.get", {"taskId": task.id}) == (400, REQUEST)


@pytest.mark.parametrize(
    ("scopes", "method", "said"),
    [
        ({"task"}, "tasks.task.list", {}),
        ({"tasks"}, "humanresources.node.count", {}),
        ({"tasks", "humanresources"}, "main.eventlog.list", {}),
    ],
)
def test_scopes_are_those_of_this_version(desk3, scopes, method, said):
    answer = desk3.send(method, said, scopes=frozenset(scopes))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, f"{PREFIX}INSUFFICIENTSCOPEEXCEPTION")


def test_discovery_needs_no_scope(desk3):
    assert desk3.send("rest.scope.list", scopes=frozenset({"crm"})).status_code == 200


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("1/wrong/tasks.task.list", "INVALID_CREDENTIALS"),
        ("", "NO_AUTH_FOUND"),
        ("tasks.task.list", "NO_AUTH_FOUND"),
        ("1/x", "NO_AUTH_FOUND"),
        ("1/x/y/z", "NO_AUTH_FOUND"),
    ],
)
def test_strangers_are_not_let_in(desk3, path, code):
    answer = desk3.desk.client.post(f"{desk3.desk.address}/rest/api/{path}", json={})
    assert (answer.status_code, answer.json()["error"]) == (401, code)


class TestApplications:
    @pytest.fixture
    def token(self, desk3, company) -> str:
        application = desk3.portal.access.install("Приложение", user_id=1)
        return desk3.portal.oauth.issue(application, company.seller).access_token

    def send(self, desk3, said, **request):
        return desk3.desk.client.post(f"{desk3.desk.address}/rest/api/tasks.task.get", json=said, **request)

    def test_a_token_in_the_body(self, desk3, task, token):
        said = {"id": task.id, "select": ["id"], "auth": token}
        assert self.send(desk3, said).json()["result"] == {"item": {"id": task.id}}

    def test_a_token_in_a_header_and_in_the_address(self, desk3, task, token):
        said = {"id": task.id, "select": ["id"]}
        by_header = self.send(desk3, said, headers={"Authorization": f"Bearer {token}"})
        by_address = self.send(desk3, said, params={"auth": token})
        assert [one.json()["result"]["item"] for one in (by_header, by_address)] == [{"id": task.id}] * 2

    def test_a_batch_with_a_token_in_a_header(self, desk3, task, token):
        commands = [{"method": "tasks.task.get", "query": {"id": task.id, "select": ["id"]}}]
        address = f"{desk3.desk.address}/rest/api/batch"
        answer = desk3.desk.client.post(address, json=commands, headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["result"] == [{"item": {"id": task.id}}]

    def test_an_expired_token_says_so(self, desk3, task, token):
        desk3.portal.oauth.expire(token)
        answer = self.send(desk3, {"id": task.id, "auth": token})
        assert (answer.status_code, answer.json()["error"]) == (401, "expired_token")

    def test_the_rights_are_those_of_the_user(self, desk3, company, token):
        foreign = desk3.portal.tasks.add("Чужая", responsible=company.buyer, created_by=company.buyer)
        answer = self.send(desk3, {"id": foreign.id, "auth": token})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, f"{PREFIX}ACCESSDENIEDEXCEPTION")


def test_limits_are_shared_with_the_older_version(desk3):
    desk3.portal.limits.choose("cloud")
    for _ in range(25):
        desk3.send("humanresources.node.count")
        desk3.desk.send("server.time")
    statuses = {desk3.send("humanresources.node.count").status_code for _ in range(10)}
    assert 503 in statuses


def test_an_expensive_method_is_blocked_alone(desk3, task):
    desk3.portal.limits.choose("enterprise")
    desk3.portal.limits.costs["api/tasks.task.list"] = 500.0
    assert desk3.send("tasks.task.list").status_code == 200
    blocked = desk3.send("tasks.task.list")
    assert (blocked.status_code, blocked.json()["error"]) == (429, "OPERATION_TIME_LIMIT")
    assert desk3.send("tasks.task.get", {"id": task.id}).status_code == 200


@pytest.mark.parametrize(("fault", "status"), [("503", 503), ("500", 500), ("html", 502)])
def test_faults_are_shared_too(desk3, fault, status):
    desk3.portal.faults.add([{"on": "rest", "method": "tasks.task.list", "do": fault, "times": 1}])
    assert desk3.send("tasks.task.list").status_code == status
    assert desk3.send("tasks.task.list").status_code == 200


def test_the_journal_tells_the_version_and_no_secret(desk3, company):
    application = desk3.portal.access.install("Приложение", user_id=1)
    token = desk3.portal.oauth.issue(application, 1).access_token
    desk3.desk.client.post(f"{desk3.desk.address}/rest/api/tasks.task.get", json={"id": 999, "auth": token})
    record = desk3.portal.journal.read(kind="request")[-1]
    assert (record["method"], record["version"], record["user_id"]) == ("tasks.task.get", 3, 1)
    assert record["error"] == f"{PREFIX}ENTITYNOTFOUNDEXCEPTION"
    assert token not in json.dumps(desk3.portal.journal.read())
