"""What applications are told, over real HTTP: api-reference/events/index.md, _includes/auth-params-in-events.md."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

import pytest
from b24pysdk.credentials import OAuthEventData

DEAL = {"entityTypeId": 2}


@dataclass
class Installed:
    """An application of the box, as the control plane answers it."""

    box: object
    told: dict

    @property
    def token(self) -> str:
        return self.told["access_token"]

    def call(self, method: str, **params: object):
        answer = self.box.http.post(f"{self.box.addresses.portal}/rest/{method}", json={**params, "auth": self.token})
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def bind(self, listener, *events: str, **more: object) -> None:
        for event in events:
            self.call("event.bind", event=event, handler=listener.url, **more)


def install(box, **more: object) -> Installed:
    return Installed(box, box.control("applications", {"title": "Качество", "scopes": ["crm", "task", "user"], **more}))


def add_deal(box) -> None:
    box.call("crm.item.add", **DEAL, fields={"title": "Сделка"})


def test_the_body(box, listen):
    listener, app = listen(), install(box)
    app.bind(listener, "onCrmDealAdd")
    box.control("clock", {"now": "2026-01-15T12:00:00+03:00"})
    add_deal(box)
    box.control("settle")
    (event,) = listener.events
    portal = box.addresses.portal
    token = event["auth"].pop("access_token")
    assert event == {
        "event": "ONCRMDEALADD",
        "event_handler_id": "1",
        "data": {"FIELDS": {"ID": "1"}},
        "ts": "1768467600",
        "auth": {
            "expires": "1768471200",
            "expires_in": "3600",
            "scope": "crm,task,user",
            "status": "L",
            "domain": portal.removeprefix("http://"),
            "client_endpoint": f"{portal}/rest/",
            "server_endpoint": f"{portal}/oauth/rest/",
            "member_id": app.told["member_id"],
            "user_id": "1",
            "application_token": app.told["application_token"],
        },
    }
    answer = box.http.post(f"{portal}/rest/profile", json={"auth": token}).json()
    assert (answer["result"]["ID"], answer["result"]["ADMIN"]) == ("1", True)


def test_the_vendors_sdk_reads_it(box, listen):
    listener, app = listen(), install(box, install=listen().url)
    app.bind(listener, "ONCRMDEALADD", "ONAPPTEST", "ONAPPUNINSTALL")
    add_deal(box)
    app.call("event.test", any="data")
    box.http.delete(f"{box.addresses.control}/applications/{app.told['id']}")
    box.control("settle")
    read = [OAuthEventData.from_dict(dict(parse_qsl(body, keep_blank_values=True))) for body in listener.bodies]
    assert [(one.event, one.is_system) for one in read] == [
        ("ONCRMDEALADD", False),
        ("ONAPPTEST", False),
        ("ONAPPUNINSTALL", True),
    ]
    assert {one.auth.application_token for one in read} == {app.told["application_token"]}


def test_whose_token_it_is(box, listen):
    ids = box.control("seed", {"users": {"anna": {"name": "Анна"}, "ivan": {"name": "Иван"}}})["users"]
    own, chosen = listen(), listen()
    app = install(box)
    app.bind(own, "ONCRMDEALADD")
    app.bind(chosen, "ONCRMDEALADD", auth_type=ids["ivan"])
    annas = box.control("inbound", {"user_id": ids["anna"]})["webhook"]
    box.http.post(annas + "crm.item.add", json={**DEAL, "fields": {"title": "x"}})
    box.control("settle")
    assert own.events[0]["auth"]["user_id"] == str(ids["anna"])
    assert chosen.events[0]["auth"]["user_id"] == str(ids["ivan"])
    token = chosen.events[0]["auth"]["access_token"]
    answer = box.http.post(f"{box.addresses.portal}/rest/profile", json={"auth": token}).json()
    assert answer["result"]["NAME"] == "Иван"


def test_what_nobody_did_brings_no_tokens(box, listen):
    """A robot, an agent; here the control plane."""
    listener = listen()
    install(box).bind(listener, "ONCRMDEALADD")
    box.control("seed", {"items": {"deal": {"fields": {"title": "x"}}}})
    box.control("settle")
    (event,) = listener.events
    assert set(event["auth"]) == {
        "scope",
        "status",
        "domain",
        "client_endpoint",
        "server_endpoint",
        "member_id",
        "application_token",
    }


def test_a_change_of_funnel_is_told_to_applications(box, listen):
    listener = listen()
    install(box).bind(listener, "ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY")
    funnel = box.call("crm.category.add", **DEAL, fields={"name": "Опт"})["category"]["id"]
    add_deal(box)
    box.call("crm.item.update", **DEAL, id=1, fields={"categoryId": funnel})
    box.control("settle")
    assert [(event["event"], event["data"]) for event in listener.events] == [
        (
            "ONCRMDEALMOVETOCATEGORY",
            {"FIELDS": {"ID": "1", "CATEGORY_ID": str(funnel), "STAGE_ID": f"C{funnel}:NEW"}},
        )
    ]


def test_a_test_event_brings_back_what_was_sent(box, listen):
    listener, app = listen(), install(box)
    app.bind(listener, "ONAPPTEST")
    other = install(box)
    other.bind(listen(), "ONAPPTEST")
    assert app.call("event.test", any="data", deep={"a": [1]}) == 1
    box.control("settle")
    (event,) = listener.events
    assert event["data"] == {"QUERY": {"any": "data", "deep": {"a": ["1"]}}, "LANGUAGE_ID": "ru"}
    assert "refresh_token" in event["auth"]


def test_installation_brings_a_refresh_token(box, listen):
    listener = listen()
    app = install(box, install=listener.url)
    box.control("settle")
    (event,) = listener.events
    assert (event["event"], event["data"]) == (
        "ONAPPINSTALL",
        {"VERSION": "1", "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": "ru"},
    )
    keys = {"client_id": app.told["client_id"], "client_secret": app.told["client_secret"]}
    query = {"grant_type": "refresh_token", "refresh_token": event["auth"]["refresh_token"], **keys}
    answer = box.http.get(f"{box.addresses.portal}/oauth/token/", params=query)
    assert answer.status_code == 200, answer.text


def test_no_events_until_the_installation_is_finished(box, listen):
    listener = listen()
    app = install(box, install=listener.url, installed=False)
    app.bind(listener, "ONCRMDEALADD")
    add_deal(box)
    box.control("settle")
    assert listener.names == []
    box.control(f"applications/{app.told['id']}", {"installed": True})
    add_deal(box)
    box.control("settle")
    assert sorted(listener.names) == ["ONAPPINSTALL", "ONCRMDEALADD"]


@pytest.mark.parametrize(("query", "clean"), [("", "1"), ("?clean=0", "0")])
def test_removal(box, listen, query, clean):
    listener = listen()
    app = install(box)
    app.bind(listener, "ONAPPUNINSTALL", "ONCRMDEALADD")
    box.http.delete(f"{box.addresses.control}/applications/{app.told['id']}{query}")
    add_deal(box)
    box.control("settle")
    (event,) = listener.events
    assert (event["event"], event["data"]) == ("ONAPPUNINSTALL", {"LANGUAGE_ID": "ru", "CLEAN": clean})
    assert set(event["auth"]) == {"domain", "client_endpoint", "server_endpoint", "member_id", "application_token"}


def test_the_offline_queue_rings_a_bell(box, listen):
    listener, app = listen(), install(box)
    app.call("event.bind", event="ONCRMDEALADD", event_type="offline")
    app.bind(listener, "onOfflineEvent")
    add_deal(box)
    add_deal(box)
    box.control("settle")
    (event,) = listener.events
    assert (event["event"], "data" in event, "refresh_token" in event["auth"]) == ("ONOFFLINEEVENT", False, True)
    box.control("clock", {"advance": 1})
    add_deal(box)
    box.control("settle")
    assert len(listener.events) == 2


@pytest.mark.parametrize(
    ("wait", "calls"),
    [
        # at most every hour
        (3600, 1),
        # once a request, however many records it leaves
        (0, 2),
    ],
)
def test_how_often_the_bell_rings(box, listen, wait, calls):
    listener, app = listen(), install(box)
    app.call("event.bind", event="ONCRMDEALADD", event_type="offline")
    app.bind(listener, "ONOFFLINEEVENT", options={"minTimeout": wait})
    for _ in range(2):
        box.call("batch", cmd=["crm.item.add?entityTypeId=2&fields[title]=x"] * 3)
    box.control("settle")
    assert listener.names == ["ONOFFLINEEVENT"] * calls


def test_every_section_is_heard(box, listen):
    """One of each family of the catalogue that this sandbox can raise (contract 3.6), with the body of its page."""
    listener = listen()
    app = install(box, scopes=["crm", "task", "user", "log", "sonet_group"])
    number = box.call("crm.type.add", fields={"title": "Разбор"})["type"]["entityTypeId"]
    app.bind(
        listener,
        "ONCRMLEADADD",
        "ONCRMCONTACTADD",
        "ONCRMCOMPANYADD",
        "ONCRMQUOTEADD",
        "ONCRMDYNAMICITEMADD",
        f"ONCRMDYNAMICITEMDELETE_{number}",
        "ONCRMTYPEUPDATE",
        "ONCRMDEALUSERFIELDADD",
        "ONCRMTYPEUSERFIELDADD",
        "ONCRMTIMELINECOMMENTADD",
        "ONCRMACTIVITYADD",
        "ONTASKADD",
        "ONTASKUPDATE",
        "ONTASKDELETE",
        "ONUSERADD",
        "ONLIVEFEEDPOSTADD",
        "ONSONETGROUPADD",
    )
    for kind in (1, 3, 4, 7, number):
        box.call("crm.item.add", entityTypeId=kind, fields={"title": "x", "name": "x"})
    box.call("crm.timeline.comment.add", fields={"ENTITY_ID": 1, "ENTITY_TYPE": "lead", "COMMENT": "текст"})
    box.call("crm.activity.todo.add", ownerTypeId=1, ownerId=1, deadline="2026-02-01T10:00:00+03:00", title="дело")
    box.call("crm.item.delete", entityTypeId=number, id=1)
    box.call("crm.type.update", id=1, fields={"title": "Иначе"})
    for entity in ("CRM_DEAL", "CRM_1"):
        name = {"CRM_DEAL": "UF_CRM_DEAL_A", "CRM_1": "UF_CRM_1_A"}[entity]
        field = {"entityId": entity, "fieldName": name, "userTypeId": "string"}
        box.call("userfieldconfig.add", moduleId="crm", field=field)
    task = box.call("tasks.task.add", fields={"TITLE": "x", "RESPONSIBLE_ID": 1})["task"]["id"]
    box.call("tasks.task.update", taskId=task, fields={"TITLE": "y"})
    box.call("tasks.task.delete", taskId=task)
    box.call("user.add", EMAIL="new@example.org", UF_DEPARTMENT=[1], NAME="Нина")
    box.call("log.blogpost.add", POST_MESSAGE="новость", DEST=["UA"])
    box.call("sonet_group.create", NAME="Группа")
    box.control("settle")
    heard = {event["event"]: event["data"] for event in listener.events}
    user = heard.pop("ONUSERADD")
    assert (user["ACTIVE"], user["EMAIL"], user["NAME"], user["UF_DEPARTMENT"]) == (
        "Y",
        "new@example.org",
        "Нина",
        ["1"],
    )
    before, after = {"FIELDS_BEFORE": {"ID": str(task)}}, {"FIELDS_AFTER": {"ID": str(task)}}
    unsaid = {"IS_ACCESSIBLE_BEFORE": "undefined", "IS_ACCESSIBLE_AFTER": "undefined"}
    assert heard == {
        **{f"ONCRM{symbol}ADD": {"FIELDS": {"ID": "1"}} for symbol in ("LEAD", "CONTACT", "COMPANY", "QUOTE")},
        "ONCRMDYNAMICITEMADD": {"FIELDS": {"ID": "1", "ENTITY_TYPE_ID": str(number)}},
        f"ONCRMDYNAMICITEMDELETE_{number}": {"FIELDS": {"ID": "1", "ENTITY_TYPE_ID": str(number)}},
        "ONCRMTYPEUPDATE": {"FIELDS": {"ID": "1"}},
        "ONCRMDEALUSERFIELDADD": {"FIELDS": {"ID": "1", "ENTITY_ID": "CRM_DEAL", "FIELD_NAME": "UF_CRM_DEAL_A"}},
        "ONCRMTYPEUSERFIELDADD": {"FIELDS": {"ID": "2", "ENTITY_ID": "CRM_1", "FIELD_NAME": "UF_CRM_1_A"}},
        "ONCRMTIMELINECOMMENTADD": {"ID": heard["ONCRMTIMELINECOMMENTADD"]["ID"]},
        "ONCRMACTIVITYADD": {"FIELDS": {"ID": heard["ONCRMACTIVITYADD"]["FIELDS"]["ID"]}},
        "ONTASKADD": {"FIELDS_BEFORE": "undefined", **after, **unsaid, "IS_ACCESSIBLE_BEFORE": "N"},
        "ONTASKUPDATE": {**before, **after, **unsaid},
        "ONTASKDELETE": {**before, "FIELDS_AFTER": "undefined", **unsaid, "IS_ACCESSIBLE_AFTER": "N"},
        "ONLIVEFEEDPOSTADD": {"FIELDS": {"POST_ID": "1"}},
        "ONSONETGROUPADD": {"FIELDS": {"ID": "1"}},
    }
