"""``Idempotency-Key``: a call that may have happened can be repeated (rest-v3.md, "Повторный вызов без дублей")."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.portal.rest3.conftest import PREFIX

KEY = {"Idempotency-Key": "9f1c1a7e-5f1b-4a1e-9a2c-2f5f2b6c7d80"}
FIELDS = {"fields": {"title": "Подготовить отчет", "responsibleId": 1, "creatorId": 1}}


def add(desk3, said=FIELDS, *, key=KEY["Idempotency-Key"], by=1):
    return desk3.send("tasks.task.add", said, by=by, headers={"Idempotency-Key": key})


def test_a_repeat_gets_the_same_answer_and_does_nothing(desk3):
    first, second = add(desk3), add(desk3)
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert len(desk3.portal.tasks) == 1
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == KEY["Idempotency-Key"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"


def test_the_order_of_names_makes_no_other_body(desk3):
    add(desk3)
    reordered = {"fields": dict(reversed(FIELDS["fields"].items()))}
    assert add(desk3, reordered).headers["Idempotent-Replayed"] == "true"


def test_without_a_key_there_are_two(desk3):
    answers = [desk3.send("tasks.task.add", FIELDS) for _ in range(2)]
    assert len(desk3.portal.tasks) == 2
    assert all("Idempotency-Key" not in answer.headers for answer in answers)


def test_another_body_is_refused(desk3):
    add(desk3)
    answer = add(desk3, {"fields": {**FIELDS["fields"], "title": "Другое"}})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == f"{PREFIX}IDEMPOTENCYKEYREUSEDEXCEPTION"
    assert len(desk3.portal.tasks) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ".encode(), "a\tb", b"\x7f"])
def test_keys_that_are_none(desk3, key):
    answer = add(desk3, key=key)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == f"{PREFIX}INVALIDIDEMPOTENCYKEYEXCEPTION"
    assert len(desk3.portal.tasks) == 0


@pytest.mark.parametrize("key", ["x", "y" * 255, "a b ~!\"'"])
def test_keys_that_are(desk3, key):
    assert add(desk3, key=key).status_code == 200
    assert add(desk3, key=key).headers["Idempotent-Replayed"] == "true"


def test_a_key_belongs_to_a_webhook_a_user_and_a_method(desk3, company, task):
    fields = {"fields": {**FIELDS["fields"], "responsibleId": company.seller}}
    add(desk3, fields)
    assert "Idempotent-Replayed" not in add(desk3, fields, by=company.boss).headers
    desk3.desk.secrets.clear()
    assert "Idempotent-Replayed" not in add(desk3, fields).headers
    other = desk3.send("tasks.task.delete", {"id": task.id}, headers=KEY)
    assert (other.status_code, "Idempotent-Replayed" in other.headers) == (200, False)
    assert desk3.send("tasks.task.delete", {"id": task.id}, headers=KEY).json()["result"] == {"result": True}


def test_an_application_keeps_its_key_over_a_new_token(desk3):
    application = desk3.portal.access.install("Приложение", user_id=1)
    address = f"{desk3.desk.address}/rest/api/tasks.task.add"
    for _ in range(2):
        token = desk3.portal.oauth.issue(application, 1).access_token
        answer = desk3.desk.client.post(address, json={**FIELDS, "auth": token}, headers=KEY)
        assert answer.status_code == 200
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert len(desk3.portal.tasks) == 1


def test_an_answer_is_kept_for_a_day_of_the_portal(desk3):
    add(desk3)
    desk3.portal.clock.advance(24 * 3600 - 1)
    assert add(desk3).headers["Idempotent-Replayed"] == "true"
    desk3.portal.clock.advance(1)
    assert "Idempotent-Replayed" not in add(desk3).headers
    assert len(desk3.portal.tasks) == 2


def test_a_refusal_is_not_kept(desk3):
    wrong = {"fields": {**FIELDS["fields"], "responsibleId": 7}}
    assert add(desk3, wrong).status_code == 400
    for name in "абвгде":
        desk3.portal.staff.add_user(name, departments=[1])
    again = add(desk3, wrong)
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (200, False)


def test_reading_methods_and_the_older_version_ignore_it(desk3, task):
    said = {"id": task.id, "select": ["title"]}
    desk3.send("tasks.task.get", said, headers=KEY)
    desk3.portal.tasks.update(task, {"title": "Иначе"}, by=1)
    again = desk3.send("tasks.task.get", said, headers={"Idempotency-Key": "ключ".encode()})
    assert again.json()["result"]["item"]["title"] == "Иначе"
    assert "Idempotency-Key" not in again.headers

    address = desk3.address("tasks.task.add").replace("/rest/api/", "/rest/")
    for _ in range(2):
        older = {"fields": {"TITLE": "Т", "RESPONSIBLE_ID": 1}}
        assert desk3.desk.client.post(address, json=older, headers=KEY).status_code == 200
    assert len(desk3.portal.tasks) == 3


@pytest.mark.parametrize("fault", ["cut_after", "timeout_after"])
def test_an_answer_lost_on_the_way_can_be_asked_for_again(desk3, fault):
    """The use of it all: the task is there, the client does not know."""
    desk3.portal.faults.add([{"on": "rest", "method": "tasks.task.add", "do": fault, "seconds": 0.01, "times": 1}])
    with pytest.raises(httpx.TransportError):
        add(desk3)
    assert len(desk3.portal.tasks) == 1
    repeat = add(desk3)
    assert repeat.headers["Idempotent-Replayed"] == "true"
    [number] = desk3.portal.tasks.ids()
    assert repeat.json()["result"]["item"]["id"] == number
    assert len(desk3.portal.tasks) == 1


def test_nothing_was_done_where_the_fault_came_first(desk3):
    desk3.portal.faults.add([{"on": "rest", "method": "tasks.task.add", "do": "cut_before", "times": 1}])
    with pytest.raises(httpx.TransportError):
        add(desk3)
    assert len(desk3.portal.tasks) == 0
    assert "Idempotent-Replayed" not in add(desk3).headers


def test_the_journal_tells_a_repeat_from_a_call(desk3):
    add(desk3)
    add(desk3)
    records = desk3.portal.journal.read(kind="request")
    assert [record["replayed"] for record in records] == [False, True]
