"""Outgoing events over real HTTP: contract 3.2, 3.3."""

from __future__ import annotations

import pytest

DEAL = {"entityTypeId": 2}


def add_deal(box) -> int:
    return box.call("crm.item.add", **DEAL, fields={"title": "Сделка"})["item"]["id"]


def rename(box, deal: int, title: str) -> None:
    box.call("crm.item.update", **DEAL, id=deal, fields={"title": title})


def test_the_body(box, listen):
    listener = listen()
    webhook = box.subscribe(listener, "onCrmDealAdd")
    box.control("clock", {"now": "2026-01-15T12:00:00+03:00"})
    add_deal(box)
    assert box.control("settle") == {"settled": True, "held": 0}
    portal = box.addresses.portal
    assert listener.events == [
        {
            "event": "ONCRMDEALADD",
            "event_handler_id": str(webhook["id"]),
            "data": {"FIELDS": {"ID": "1"}},
            "ts": "1768467600",
            "auth": {
                "domain": portal.removeprefix("http://"),
                "client_endpoint": f"{portal}/rest/",
                "server_endpoint": f"{portal}/oauth/rest/",
                "member_id": listener.events[0]["auth"]["member_id"],
                "application_token": webhook["application_token"],
            },
        }
    ]
    assert listener.headers[0]["Content-Type"] == "application/x-www-form-urlencoded"


def test_each_subscription_gets_what_it_chose_with_its_own_token(box, listen):
    adds, both = listen(), listen()
    first = box.subscribe(adds, "ONCRMDEALADD")
    second = box.subscribe(both, "ONCRMDEALADD", "ONCRMDEALUPDATE")
    rename(box, add_deal(box), "Иначе")
    box.control("settle")
    assert (adds.names, both.names) == (["ONCRMDEALADD"], ["ONCRMDEALADD", "ONCRMDEALUPDATE"])
    tokens = {event["auth"]["application_token"] for event in adds.events + both.events}
    assert tokens == {first["application_token"], second["application_token"]}


def test_order_is_kept(box, listen):
    listener = listen()
    box.subscribe(listener, "ONCRMDEALADD")
    for _ in range(20):
        add_deal(box)
    box.control("settle")
    assert listener.ids("ONCRMDEALADD") == [str(number) for number in range(1, 21)]


def test_smart_processes_raise_two(box, listen):
    listener = listen()
    number = box.call("crm.type.add", fields={"title": "Разбор"})["type"]["entityTypeId"]
    box.subscribe(listener, "ONCRMDYNAMICITEMADD", f"ONCRMDYNAMICITEMADD_{number}")
    box.call("crm.item.add", entityTypeId=number, fields={"title": "x"})
    box.control("settle")
    assert listener.names == ["ONCRMDYNAMICITEMADD", f"ONCRMDYNAMICITEMADD_{number}"]
    assert listener.events[0]["data"] == {"FIELDS": {"ID": "1", "ENTITY_TYPE_ID": str(number)}}


def test_a_change_of_funnel_is_for_applications(box, listen):
    listener = listen()
    box.subscribe(listener, "ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY")
    funnel = box.call("crm.category.add", **DEAL, fields={"name": "Опт"})["category"]["id"]
    box.call("crm.item.update", **DEAL, id=add_deal(box), fields={"categoryId": funnel})
    box.control("settle")
    assert listener.names == []


def test_a_slow_handler_delays_neither_answers_nor_others(box, listen):
    slow, quick = listen(), listen()
    slow.go_on.clear()
    for listener in (slow, quick):
        box.subscribe(listener, "ONCRMDEALADD")
    for _ in range(3):
        add_deal(box)
    while len(quick.bodies) < 3:
        waiting = box.http.post(f"{box.addresses.control}/settle", json={"timeout": 0.05})
        assert waiting.status_code == 504
    assert (quick.ids("ONCRMDEALADD"), slow.bodies) == (["1", "2", "3"], [])
    slow.go_on.set()
    box.control("settle")
    assert slow.ids("ONCRMDEALADD") == ["1", "2", "3"]


@pytest.mark.parametrize("status", [500, 404, 301])
def test_a_failing_handler_has_lost_the_event(box, listen, status):
    listener = listen()
    listener.status = status
    box.subscribe(listener, "ONCRMDEALADD")
    add_deal(box)
    box.control("settle")
    listener.status = 200
    add_deal(box)
    box.control("settle")
    assert listener.ids("ONCRMDEALADD") == ["1", "2"]
    outcomes = [(record["outcome"], record["status"]) for record in box.journal("event")]
    assert outcomes == [("lost", status), ("delivered", 200)]


def test_a_handler_that_is_not_there(box):
    box.control("outbound", {"url": "http://127.0.0.1:9/", "events": ["ONCRMDEALADD"]})
    add_deal(box)
    box.control("settle")
    (record,) = box.journal("event")
    assert (record["outcome"], record["reason"]) == ("lost", "ConnectError")


# Faults on demand


def fault(box, **rule: object) -> None:
    box.control("faults", [{"on": "event", "event": "ONCRMDEALUPDATE", **rule}])


def test_dropped(box, listen):
    listener = listen()
    box.subscribe(listener, "ONCRMDEALUPDATE")
    deals = [add_deal(box), add_deal(box)]
    fault(box, entity_id=deals[1], do="drop", times=1)
    for title in ("а", "б"):
        for deal in deals:
            rename(box, deal, title)
    box.control("settle")
    assert listener.ids("ONCRMDEALUPDATE") == ["1", "1", "2"]
    disturbed = [record for record in box.journal("event") if record["outcome"] == "disturbed"]
    assert [(record["by"], record["data"]["FIELDS"]["ID"]) for record in disturbed] == [("drop", "2")]


def test_doubled(box, listen):
    listener = listen()
    box.subscribe(listener, "ONCRMDEALUPDATE")
    fault(box, do="double", times=1)
    rename(box, add_deal(box), "а")
    box.control("settle")
    assert listener.ids("ONCRMDEALUPDATE") == ["1", "1"]


def test_delayed_by_the_portals_clock(box, listen):
    listener = listen()
    box.subscribe(listener, "ONCRMDEALUPDATE")
    fault(box, do="delay", seconds=3600, times=1)
    for deal in (add_deal(box), add_deal(box)):
        rename(box, deal, "а")
    assert box.control("settle") == {"settled": True, "held": 1}
    assert listener.ids("ONCRMDEALUPDATE") == ["2"]
    box.control("clock", {"advance": 3600})
    assert box.control("settle") == {"settled": True, "held": 0}
    assert listener.ids("ONCRMDEALUPDATE") == ["2", "1"]


def test_overtaken(box, listen):
    listener = listen()
    box.subscribe(listener, "ONCRMDEALUPDATE")
    fault(box, do="reorder", times=1)
    for _ in range(3):
        rename(box, add_deal(box), "а")
    box.control("settle")
    assert listener.ids("ONCRMDEALUPDATE") == ["2", "1", "3"]


def test_overtaken_by_nobody_comes_after_all(box, listen):
    listener = listen()
    box.subscribe(listener, "ONCRMDEALUPDATE")
    fault(box, do="reorder")
    rename(box, add_deal(box), "а")
    box.control("settle")
    assert listener.ids("ONCRMDEALUPDATE") == ["1"]


def test_by_chance_but_repeatably(box, listen):
    def story() -> list[str]:
        box.control("reset")
        listener = listen()
        box.subscribe(listener, "ONCRMDEALADD")
        box.control("faults", [{"on": "event", "do": "drop", "probability": 0.5}])
        for _ in range(20):
            add_deal(box)
        box.control("settle")
        return listener.ids("ONCRMDEALADD")

    first = story()
    assert 0 < len(first) < 20
    assert story() == first
