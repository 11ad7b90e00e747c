"""Robots of a stage over real HTTP: tutorials/bizproc/activity.md, api-reference/bizproc/bizproc-robot/."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from b24pysdk.credentials import OAuthWorkflowData

DEAL = {"entityTypeId": 2}
DYNAMIC = "Bitrix\\Crm\\Integration\\BizProc\\Document\\Dynamic"


def place(box, listener, stage: str, kind: int = 2, query: str = "") -> None:
    box.control("robots", {"entityTypeId": kind, "stageId": stage, "url": listener.url + query})


def add(box, kind: int = 2, **fields: object) -> int:
    return box.call("crm.item.add", entityTypeId=kind, fields={"title": "x", **fields})["item"]["id"]


def move(box, number: int, stage: str, kind: int = 2) -> None:
    box.call("crm.item.update", entityTypeId=kind, id=number, fields={"stageId": stage})


@pytest.mark.parametrize(
    ("kind", "stage", "document"),
    [
        (1, "IN_PROCESS", ["crm", "CCrmDocumentLead", "LEAD_1"]),
        (2, "PREPARATION", ["crm", "CCrmDocumentDeal", "DEAL_1"]),
        (7, "SENT", ["crm", "Bitrix\\Crm\\Integration\\BizProc\\Document\\Quote", "QUOTE_1"]),
    ],
)
def test_the_outgoing_webhook_says_which_item(box, listen, kind, stage, document):
    listener = listen()
    place(box, listener, stage, kind)
    number = add(box, kind)
    box.control("settle")
    assert listener.bodies == []
    move(box, number, stage, kind)
    box.control("settle")
    portal = box.addresses.portal
    (call,) = listener.events
    assert call == {
        "document_id": document,
        "auth": {
            "domain": portal.removeprefix("http://"),
            "client_endpoint": f"{portal}/rest/",
            "server_endpoint": f"{portal}/oauth/rest/",
            "member_id": call["auth"]["member_id"],
        },
    }
    assert parse_qsl(listener.bodies[0])[0] == ("document_id[0]", "crm")


def test_a_smart_process(box, listen):
    listener = listen()
    flags = {"isAutomationEnabled": "Y", "isStagesEnabled": "Y"}
    number = box.call("crm.type.add", fields={"title": "Разбор", **flags})["type"]["entityTypeId"]
    category = box.call("crm.category.list", entityTypeId=number)["categories"][0]["id"]
    place(box, listener, f"DT{number}_{category}:NEW", number)
    add(box, number)
    box.control("settle")
    assert listener.events[0]["document_id"] == ["crm", DYNAMIC, f"DYNAMIC_{number}_1"]


def test_values_in_the_address_are_kept(box, listen):
    listener = listen()
    place(box, listener, "NEW", query="?secret=a%2Fb&name={{Название}}&x=1")
    add(box)
    box.control("settle")
    assert listener.queries == [{"secret": "a/b", "name": "{{Название}}", "x": "1"}]


def test_it_runs_when_the_stage_is_entered(box, listen):
    listener = listen()
    place(box, listener, "NEW")
    first = add(box)
    box.call("crm.item.update", **DEAL, id=first, fields={"title": "y"})
    move(box, first, "NEW")
    move(box, first, "WON")
    move(box, first, "NEW")
    add(box, stageId="WON")
    box.control("settle")
    assert [call["document_id"][2] for call in listener.events] == ["DEAL_1", "DEAL_1"]


def test_robots_of_one_stage_all_run(box, listen):
    listeners = [listen(), listen()]
    for listener in listeners:
        place(box, listener, "NEW")
    add(box)
    box.control("settle")
    assert [len(listener.bodies) for listener in listeners] == [1, 1]
    shown = box.http.get(f"{box.addresses.control}/robots").json()
    assert [(robot["id"], robot["stageId"]) for robot in shown] == [(1, "NEW"), (2, "NEW")]


def test_faults_and_the_journal_know_robots(box, listen):
    listener = listen()
    place(box, listener, "NEW")
    box.control("faults", [{"on": "event", "event": "robot", "do": "drop", "times": 1}])
    add(box)
    add(box)
    box.control("settle")
    assert [call["document_id"][2] for call in listener.events] == ["DEAL_2"]
    outcomes = [(record["robot"], record["outcome"]) for record in box.journal("event")]
    assert outcomes == [(1, "disturbed"), (1, "delivered")]


@pytest.mark.parametrize(
    ("robot", "words"),
    [
        ({**DEAL, "stageId": "MOON", "url": "http://127.0.0.1/"}, "DEAL has no stage 'MOON'"),
        ({"entityTypeId": 4, "stageId": "NEW", "url": "http://127.0.0.1/"}, "COMPANY has no stage"),
        ({**DEAL, "stageId": "NEW", "url": "http://localhost/"}, "ERROR_WRONG_HANDLER_URL"),
        ({**DEAL, "stageId": "NEW", "application": "nobody", "code": "x"}, "there is no application 'nobody'"),
        ({"entityTypeId": 31337, "stageId": "NEW", "url": "http://127.0.0.1/"}, "NOT_FOUND"),
    ],
)
def test_robots_that_cannot_be_placed(box, robot, words):
    answer = box.http.post(f"{box.addresses.control}/robots", json=robot)
    assert (answer.status_code, words in answer.json()["error"]) == (400, True), answer.text


def test_a_smart_process_without_automation(box):
    number = box.call("crm.type.add", fields={"title": "x", "isAutomationEnabled": "N"})["type"]["entityTypeId"]
    robot = {"entityTypeId": number, "stageId": f"DT{number}_1:NEW", "url": "http://127.0.0.1/"}
    answer = box.http.post(f"{box.addresses.control}/robots", json=robot)
    assert "isAutomationEnabled is off" in answer.json()["error"]


def test_robots_of_a_seed_leave_its_items_alone(box, listen):
    listener = listen()
    stages = [{"code": "NEW", "name": "Запрос", "system": True}, {"code": "WON", "name": "Успех", "semantics": "S"}]
    ids = box.control(
        "seed",
        {
            "funnels": {"wholesale": {"name": "Опт", "stages": stages}},
            "items": {"deal": {"fields": {"categoryId": "@wholesale"}}},
            "robots": {"call": {"stage": "@wholesale:NEW", "url": listener.url}},
        },
    )
    assert ids["robots"] == {"call": 1}
    add(box, categoryId=ids["funnels"]["wholesale"])
    box.control("settle")
    assert [call["document_id"][2] for call in listener.events] == ["DEAL_2"]


# Robots of applications


@pytest.fixture
def app(box):
    return box.control("applications", {"title": "Качество", "scopes": ["crm", "bizproc"]})


def call(box, app: dict, method: str, **params: object):
    return box.http.post(f"{box.addresses.portal}/rest/{method}", json={**params, "auth": app["access_token"]})


def register(box, app: dict, listener, **more: object) -> None:
    properties = {
        "who": {"Name": "Кого", "Type": "user"},
        "why": {"Name": "Зачем", "Type": "string", "Default": "срок"},
    }
    robot = {"CODE": "notify", "HANDLER": listener.url, "NAME": "Известить", "PROPERTIES": properties, **more}
    assert call(box, app, "bizproc.robot.add", **robot).json()["result"] is True
    where = {**DEAL, "stageId": "NEW", "application": app["client_id"], "code": "notify"}
    box.control("robots", {**where, "properties": {"who": "user_7"}})


def test_an_application_is_called_and_answers(box, listen, app):
    listener = listen()
    register(box, app, listener, AUTH_USER_ID=1, USE_SUBSCRIPTION="Y")
    add(box)
    box.control("settle")
    (told,) = listener.events
    assert told["properties"] == {"who": "user_7", "why": "срок"}
    read = OAuthWorkflowData.from_dict(dict(parse_qsl(listener.bodies[0], keep_blank_values=True)))
    assert (read.code, read.document_id, read.document_type, read.use_subscription) == (
        "notify",
        ["crm", "CCrmDocumentDeal", "DEAL_1"],
        ["crm", "CCrmDocumentDeal", "DEAL"],
        True,
    )
    assert read.auth.application_token == app["application_token"]
    token = {"EVENT_TOKEN": read.event_token}
    assert call(box, app, "bizproc.activity.log", **token, LOG_MESSAGE="начато").json()["result"] is True
    values = {"RETURN_VALUES": {"ok": "Y"}, "LOG_MESSAGE": "готово"}
    assert box.call("bizproc.event.send", **token, **values) is True
    assert box.send("bizproc.event.send", token).status_code == 403
    changes = [record for record in box.journal("change") if record["what"].startswith("robot.")]
    assert [(one["what"], one["item"], one["message"]) for one in changes] == [
        ("robot.log", 1, "начато"),
        ("robot.answer", 1, "готово"),
    ]


def test_a_robot_that_does_not_wait(box, listen, app):
    listener = listen()
    register(box, app, listener, USE_SUBSCRIPTION="N")
    add(box)
    box.control("settle")
    (told,) = listener.events
    assert (told["use_subscription"], "access_token" in told["auth"]) == ("N", False)
    assert box.send("bizproc.event.send", {"EVENT_TOKEN": told["event_token"]}).status_code == 403


def test_a_changed_robot_and_one_that_is_gone(box, listen, app):
    before, after = listen(), listen()
    register(box, app, before)
    call(box, app, "bizproc.robot.update", CODE="notify", FIELDS={"HANDLER": after.url})
    add(box)
    call(box, app, "bizproc.robot.delete", CODE="notify")
    add(box)
    box.control("settle")
    assert (len(before.bodies), len(after.bodies)) == (0, 1)
