"""The control plane, ``/_sandbox/``."""

from __future__ import annotations

import pytest


def refused(box, command: str, body: object) -> str:
    answer = box.http.post(f"{box.addresses.control}/{command}", json=body)
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]


def test_it_lists_itself(box):
    listing = box.http.get(f"{box.addresses.control}/").json()
    assert {"POST reset", "POST seed", "GET clock", "POST settle", "DELETE faults", "GET journal"} <= listing.keys()
    assert all(listing.values())


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_pages_of_other_sites_press_no_buttons(box, headers):
    answer = box.http.post(f"{box.addresses.control}/clock", content='{"advance": 60}', headers=headers)
    assert answer.status_code == 403
    assert box.http.get(f"{box.addresses.control}/clock").json()["mode"] == "real"


def test_a_page_of_its_own_may(box):
    headers = {"Origin": box.addresses.portal, "Sec-Fetch-Site": "same-origin"}
    answer = box.http.post(f"{box.addresses.control}/clock", content='{"advance": 60}', headers=headers)
    assert answer.json()["mode"] == "shifted"


def test_the_clock_stands_jumps_and_runs(box):
    assert box.control("clock", {"now": "2026-01-15T10:00:00+05:00"}) == {
        "now": "2026-01-15T08:00:00+03:00",
        "mode": "frozen",
    }
    assert box.call("server.time") == "2026-01-15T08:00:00+03:00"
    box.control("clock", {"advance": 90})
    assert box.call("server.time") == "2026-01-15T08:01:30+03:00"
    assert box.control("clock", {"real": True})["mode"] == "real"
    assert box.control("clock", {"advance": 60})["mode"] == "shifted"


@pytest.mark.parametrize("body", [{}, {"now": "soon"}, {"advance": -5}, {"advance": "much"}, []])
def test_a_strange_time(box, body):
    assert refused(box, "clock", body)


def test_a_reset_forgets_all_but_the_addresses(box, listen):
    listener = listen()
    box.subscribe(listener, "ONCRMDEALADD")
    other = box.control("inbound", {"user_id": 1})["webhook"]
    box.call("crm.item.add", entityTypeId=2, fields={"title": "x"})
    box.control("settle")
    box.control("clock", {"now": "2026-01-15T10:00:00+03:00"})
    told = box.control("reset")
    assert (told["webhook"], told["scenario"]) == (box.addresses.webhook, "empty")
    assert box.call("crm.item.list", entityTypeId=2) == {"items": []}
    assert box.http.post(other + "scope").status_code == 401
    assert box.http.get(f"{box.addresses.control}/clock").json()["mode"] == "real"
    box.call("crm.item.add", entityTypeId=2, fields={"title": "x"})
    box.control("settle")
    assert len(listener.bodies) == 1


def test_events_flow_after_a_reset(box, listen):
    box.control("reset", {"scenario": "trading-company"})
    listener = listen()
    box.subscribe(listener, "ONCRMDEALADD")
    box.call("crm.item.add", entityTypeId=2, fields={"title": "x"})
    box.control("settle")
    assert listener.names == ["ONCRMDEALADD"]


def test_an_unknown_scenario_names_those_that_exist(box):
    assert "empty, trading-company" in refused(box, "reset", {"scenario": "zoo"})


def test_seeding_by_names(box):
    ids = box.control(
        "seed",
        {
            "departments": {
                "company": {"name": "Фабрика"},
                "sales": {"name": "Продажи", "head": "anna"},
                "retail": {"name": "Розница", "parent": "sales"},
            },
            "users": {
                "anna": {"name": "Анна", "last_name": "Белова", "departments": ["sales"], "position": "Начальник"},
                "robot": {"name": "Робот", "admin": True},
            },
            "funnels": {
                "wholesale": {
                    "name": "Опт",
                    "stages": [
                        {"code": "NEW", "name": "Запрос", "system": True},
                        {"code": "OFFER", "name": "КП"},
                        {"code": "WON", "name": "Успех", "semantics": "S"},
                        {"code": "LOSE", "name": "Отказ", "semantics": "F"},
                    ],
                }
            },
            "groups": {"team": {"name": "Команда", "owner": "anna", "members": ["robot"]}},
            "items": {
                "deal": {
                    "by": "anna",
                    "fields": {
                        "title": "Сделка",
                        "assignedById": "@robot",
                        "categoryId": "@wholesale",
                        "stageId": "@wholesale:OFFER",
                        "observers": ["@anna"],
                    },
                },
                "leads": {"entity_type_id": 1, "count": 3, "fields": {"title": "Заявка"}},
            },
        },
    )
    assert ids["items"] == {"deal": 1, "leads": [1, 2, 3]}
    anna, robot, funnel = ids["users"]["anna"], ids["users"]["robot"], ids["funnels"]["wholesale"]
    deal = box.call("crm.item.get", entityTypeId=2, id=1)["item"]
    assert (deal["createdBy"], deal["assignedById"], deal["observers"]) == (anna, robot, [anna])
    assert (deal["categoryId"], deal["stageId"]) == (funnel, f"C{funnel}:OFFER")
    departments = {one["NAME"]: one for one in box.call("department.get")}
    assert departments["Продажи"]["UF_HEAD"] == str(anna)
    assert departments["Розница"]["PARENT"] == departments["Продажи"]["ID"]
    assert departments["Фабрика"]["ID"] == "1"
    stages = box.call("crm.status.list", filter={"ENTITY_ID": f"DEAL_STAGE_{funnel}"}, order={"SORT": "ASC"})
    assert [stage["NAME"] for stage in stages] == ["Запрос", "КП", "Успех", "Отказ"]


def test_a_smart_process_is_seeded_with_its_first_funnel(box):
    ids = box.control(
        "seed",
        {
            "users": {"outsider": {"name": "Глеб", "user_type": "extranet"}},
            "smart_processes": {"claims": {"title": "Претензии", "isClientEnabled": True}},
            "funnels": {
                "first": {"entity_type_id": "@claims", "default": True, "name": "Возвраты"},
                "second": {"entity_type_id": "@claims", "name": "Обмены"},
            },
            "items": {
                "claim": {
                    "entity_type_id": "@claims",
                    "fields": {"title": "Бой", "categoryId": "@second", "stageId": "@second:CLIENT"},
                }
            },
        },
    )
    number = ids["smart_processes"]["claims"]
    process = box.call("crm.type.getByEntityTypeId", entityTypeId=number)["type"]
    assert (process["title"], process["isStagesEnabled"], process["isClientEnabled"]) == ("Претензии", "Y", "Y")
    funnels = box.call("crm.category.list", entityTypeId=number)["categories"]
    assert [(each["id"], each["name"], each["isDefault"]) for each in funnels] == [
        (ids["funnels"]["first"], "Возвраты", "Y"), (ids["funnels"]["second"], "Обмены", "N"),
    ]  # fmt: skip
    claim = box.call("crm.item.get", entityTypeId=number, id=ids["items"]["claim"])["item"]
    assert claim["stageId"] == f"DT{number}_{ids['funnels']['second']}:CLIENT"
    (outsider,) = box.call("user.get", FILTER={"USER_TYPE": "extranet"})
    assert "UF_DEPARTMENT" not in outsider


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ({"planets": {}}, "there is no section 'planets'"),
        ({"users": {"ivan": {"departments": ["zoo"]}}}, "users.ivan: nothing among departments is called 'zoo'"),
        ({"items": {"deal": {"fields": {"assignedById": "@ivan"}}}}, "items.deal: nothing is called 'ivan'"),
        ({"items": {"deal": {"fields": {"stageId": "@opt:NEW"}}}}, "items.deal: no funnel is called 'opt'"),
        ({"items": {"deal": {"fields": {"stageId": "MARS"}}}}, "items.deal: CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"funnels": {"opt": {"stages": [{"code": "A"}]}}}, "funnels.opt: a stage needs code, name"),
        ({"users": ["ivan"]}, "users.0 must be a map"),
    ],
)
def test_mistakes_in_a_seed_say_where(box, description, words):
    assert words in refused(box, "seed", description)


def test_inbound_webhooks(box):
    assert "no active user" in refused(box, "inbound", {"user_id": 99})


@pytest.mark.parametrize("body", [{}, {"url": "ftp://x", "events": ["A"]}, {"url": "http://127.0.0.1", "events": []}])
def test_outbound_webhooks_need_an_address_and_events(box, body):
    assert "events" in refused(box, "outbound", body)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"on": "moon", "do": "drop"}, '"on" must be "event" or "rest"'),
        ({"on": "event", "do": "503"}, "must be one of drop, double, delay, reorder"),
        ({"on": "rest", "do": "drop"}, "must be one of 503"),
        ({"on": "rest", "do": "503", "times": 0}, '"times" must be a whole number from 1 on'),
        ({"on": "rest", "do": "503", "probability": 2}, '"probability" must be between 0 and 1'),
        ({"on": "event", "do": "delay", "seconds": -1}, '"seconds" must be a number'),
        ({"on": "rest", "do": "503", "after": -1}, '"after" must be a whole number from 0 on'),
        ({"on": "rest", "do": "503", "every": "often"}, '"every" must be a whole number from 1 on'),
        ({"on": "rest", "do": "503", "from": 5, "until": 5}, '"until" must be later than "from"'),
        ({"on": "rest", "do": "503", "who": "me"}, "a rule has no key 'who'"),
    ],
)
def test_rules_that_cannot_be_understood(box, rule, words):
    good = {"on": "rest", "do": "503"}
    assert words in refused(box, "faults", [good, rule])
    assert box.http.get(f"{box.addresses.control}/faults").json() == []


def test_rules_are_used_up_and_deleted(box):
    (rule,) = box.control("faults", {"on": "rest", "method": "Server.*", "do": "500", "times": 2})
    assert (rule["method"], rule["times"]) == ("server.*", 2)
    assert box.send("scope").status_code == 200
    assert [box.send("server.time").status_code for _ in range(3)] == [500, 500, 200]
    box.control("faults", [{"on": "rest", "do": "500"}])
    box.http.delete(f"{box.addresses.control}/faults")
    assert box.send("server.time").status_code == 200


def test_the_journal_is_numbered_and_read_on(box, listen):
    listener = listen()
    box.subscribe(listener, "ONCRMDEALADD")
    box.call("batch", cmd={"a": "crm.item.add?entityTypeId=2&fields[title]=x"})
    box.control("settle")
    told = box.http.get(f"{box.addresses.control}/journal").json()
    kinds = [
        (record["kind"], record.get("method") or record.get("what") or record.get("event"))
        for record in told["records"]
    ]
    assert kinds[-4:] == [
        ("change", "crm.item.add"),
        ("request", "crm.item.add"),
        ("request", "batch"),
        ("event", "ONCRMDEALADD"),
    ]
    numbers = [record["number"] for record in told["records"]]
    assert numbers == list(range(1, told["last"] + 1))
    box.send("nope.nope")
    (record,) = box.journal("request", after=told["last"])
    assert (record["method"], record["user_id"], record["error"]) == ("nope.nope", 1, "ERROR_METHOD_NOT_FOUND")


@pytest.mark.parametrize("query", ["after=soon", "kind=dream"])
def test_a_strange_question_to_the_journal(box, query):
    assert box.http.get(f"{box.addresses.control}/journal?{query}").status_code == 400


@pytest.mark.parametrize("body", [{"plan": "free"}, {"costs": {"crm.item.list": "much"}}])
def test_strange_limits(box, body):
    assert refused(box, "limits", body)


def test_what_is_not_json(box):
    answer = box.http.post(f"{box.addresses.control}/seed", content=b"{")
    assert (answer.status_code, "not JSON" in answer.json()["error"]) == (400, True)


def test_spreadsheets_are_on_the_same_desk(box):
    made = box.http.post(f"{box.addresses.sheets}/v4/spreadsheets", json={"properties": {"title": "Реестр"}})
    assert made.status_code == 200
    number = made.json()["spreadsheetId"]
    assert box.http.get(f"{box.addresses.sheets}/v4/spreadsheets/{number}").status_code == 200
    box.control("reset")
    assert box.http.get(f"{box.addresses.sheets}/v4/spreadsheets/{number}").status_code == 404


def test_notices_of_one_user(box):
    ids = box.control("seed", {"users": {"anna": {"name": "Анна"}, "ivan": {"name": "Иван"}}})["users"]
    box.call("im.notify.system.add", USER_ID=ids["anna"], MESSAGE="Готово")
    told = {
        name: box.http.get(f"{box.addresses.control}/notices?user_id={number}").json() for name, number in ids.items()
    }
    assert [notice["text"] for notice in told["anna"]] == ["Готово"]
    assert told["ivan"] == []
    assert box.http.get(f"{box.addresses.control}/notices").status_code == 400


def test_calendars_are_filled_and_cleared(box):
    leave = {"user_id": 1, "from": "2026-01-12T00:00:00+03:00", "to": "2026-01-18T00:00:00+03:00", "whole_days": True}
    assert box.control("calendar", leave) == {"id": 1}
    asked = {"from": "2026-01-15", "to": "2026-01-15", "users": [1]}
    [event] = box.call("calendar.accessibility.get", **asked)["1"]
    assert (event["NAME"], event["ACCESSIBILITY"], event["DT_SKIP_TIME"]) == ("Отпуск", "absent", "Y")
    assert box.http.delete(f"{box.addresses.control}/calendar?user_id=1").json() == []
    assert box.call("calendar.accessibility.get", **asked) == {"1": []}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"user_id": 999}, "there is no user"),
        ({"from": "soon"}, "must be moments"),
        ({"to": "2026-01-01T00:00:00+03:00"}, "ends before it begins"),
        ({"accessibility": "asleep"}, "accessibility must be one of"),
    ],
)
def test_calendars_take_no_nonsense(box, change, says):
    leave = {"user_id": 1, "from": "2026-01-12T00:00:00+03:00", "to": "2026-01-18T00:00:00+03:00"}
    assert says in refused(box, "calendar", leave | change)
