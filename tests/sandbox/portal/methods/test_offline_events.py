"""``event.offline.*`` over HTTP: api-reference/events/offline-events.md."""

from __future__ import annotations

from datetime import timedelta

import pytest

ADMIN_ONLY = ("event.offline.get", "event.offline.list", "event.offline.clear", "event.offline.error")


@pytest.fixture
def queue(app):
    """Deals being added and changed fill it."""
    for event in ("ONCRMDEALADD", "ONCRMDEALUPDATE"):
        app.call("event.bind", {"event": event, "event_type": "offline"})
    return app


def add_deals(desk, count: int) -> None:
    for number in range(count):
        desk.call("crm.item.add", {"entityTypeId": 2, "fields": {"title": f"Сделка {number}"}})


def rename(caller, title: str, deal: int = 1, **more: object) -> None:
    caller.call("crm.item.update", {"entityTypeId": 2, "id": deal, "fields": {"title": title}, **more})


def get(app, **params: object) -> tuple[str | None, list[str]]:
    """The process, and which deals were given."""
    told = app.call("event.offline.get", params)
    return told["process_id"], [event["EVENT_DATA"]["FIELDS"]["ID"] for event in told["events"]]


def test_a_record(desk, queue, company):
    desk.call("crm.item.add", {"entityTypeId": 2, "fields": {"title": "x"}}, by=company.seller)
    told = queue.call("event.offline.get")
    (event,) = told["events"]
    assert told["process_id"] is None
    assert len(event.pop("MESSAGE_ID")) == 32
    assert event == {
        "ID": "1",
        "TIMESTAMP_X": "2026-01-15T12:00:00+03:00",
        "EVENT_NAME": "ONCRMDEALADD",
        "EVENT_DATA": {"FIELDS": {"ID": "1"}},
        "EVENT_ADDITIONAL": {"user_id": str(company.seller)},
    }
    assert queue.call("event.offline.get") == {"process_id": None, "events": []}


def test_one_record_per_object_and_event_with_the_time_of_the_last(desk, queue):
    add_deals(desk, 2)
    for title in ("а", "б", "в"):
        desk.portal.clock.advance(60)
        rename(desk, title)
    rows = queue.body("event.offline.list")
    assert rows["total"] == 3
    assert [
        (row["EVENT_NAME"], row["EVENT_DATA"]["FIELDS"]["ID"], row["TIMESTAMP_X"][11:16]) for row in rows["result"]
    ] == [
        ("ONCRMDEALADD", "1", "12:00"),
        ("ONCRMDEALADD", "2", "12:00"),
        ("ONCRMDEALUPDATE", "1", "12:03"),
    ]
    assert {(row["PROCESS_ID"], row["ERROR"]) for row in rows["result"]} == {("", "0")}


def test_parallel_calls_get_different_records(desk, queue):
    add_deals(desk, 5)
    first, ones = get(queue, clear=0, limit=2)
    second, others = get(queue, clear=0, limit=2)
    assert (ones, others, get(queue)[1]) == (["1", "2"], ["3", "4"], ["5"])
    assert first != second
    assert get(queue, process_id=first, clear=0) == (first, ["1", "2"])
    assert {row["PROCESS_ID"] for row in queue.call("event.offline.list")} == {first, second}


def test_a_reserved_record_does_not_take_the_next_one_in(desk, queue):
    add_deals(desk, 1)
    rename(desk, "а")
    process, _ = get(queue, clear=0, filter={"EVENT_NAME": "ONCRMDEALUPDATE"})
    rename(desk, "б")
    assert get(queue, filter={"=EVENT_NAME": "ONCRMDEALUPDATE"}) == (None, ["1"])
    assert queue.call("event.offline.clear", {"process_id": process}) is True
    assert [row["EVENT_NAME"] for row in queue.call("event.offline.list")] == ["ONCRMDEALADD"]


def test_confirming_part_of_a_package(desk, queue):
    add_deals(desk, 3)
    process, _ = get(queue, clear=0)
    rows = queue.call("event.offline.list")
    assert queue.call("event.offline.clear", {"process_id": process, "id": [rows[0]["ID"]]}) is True
    assert queue.call("event.offline.clear", {"process_id": process, "message_id": [rows[1]["MESSAGE_ID"]]}) is True
    assert queue.call("event.offline.clear", {"process_id": "somebody-else"}) is True
    assert get(queue, process_id=process, clear=0)[1] == ["3"]
    # with clear=1 the whole package goes, even what did not fit into the answer
    assert get(queue, process_id=process, limit=1)[1] == ["3"]
    assert queue.call("event.offline.list") == []


def test_what_went_wrong_is_asked_for(desk, queue):
    add_deals(desk, 2)
    process, _ = get(queue, clear=0)
    message = queue.call("event.offline.list")[0]["MESSAGE_ID"]
    assert queue.call("event.offline.error", {"process_id": process, "message_id": [message]}) is True
    listed = {row["ID"]: (row["ERROR"], row["PROCESS_ID"]) for row in queue.call("event.offline.list")}
    assert listed == {"1": ("1", ""), "2": ("0", process)}
    assert get(queue) == (None, [])
    assert get(queue, error=1) == (None, ["1"])
    assert get(queue, error=1) == (None, [])


def test_a_forgotten_package_is_dropped_after_thirty_days(desk, queue):
    add_deals(desk, 2)
    get(queue, clear=0, limit=1)
    desk.portal.clock.advance(timedelta(days=31).total_seconds())
    queue.tokens.clear()
    assert [row["EVENT_DATA"]["FIELDS"]["ID"] for row in queue.call("event.offline.list")] == ["2"]


def test_an_applications_own_changes_stay_out_of_its_connector(desk, app):
    for more in ({}, {"auth_connector": "mine"}):
        app.call("event.bind", {"event": "ONCRMDEALUPDATE", "event_type": "offline", **more})
    add_deals(desk, 3)
    rename(app, "сама", 1, auth_connector="mine")
    rename(app, "другим путём", 2, auth_connector="other")
    rename(desk, "вебхук тем же именем", 3, auth_connector="mine")
    assert get(app, auth_connector="mine")[1] == ["2", "3"]
    # the queue without a source has them all; the connector of a batch holds for its commands
    assert get(app)[1] == ["1", "2", "3"]
    command = "crm.item.update?entityTypeId=2&id=1&fields[title]=пакет"
    app.call("batch", {"cmd": [command], "auth_connector": "mine"})
    assert (get(app, auth_connector="mine")[1], get(app)[1]) == ([], ["1"])


def test_filters_and_order(desk, queue):
    add_deals(desk, 3)
    listed = queue.call("event.offline.list", {"filter": {">ID": 1, "<=id": "3"}, "order": {"ID": "desc"}})
    assert [row["ID"] for row in listed] == ["3", "2"]
    message = listed[0]["MESSAGE_ID"]
    assert [row["ID"] for row in queue.call("event.offline.list", {"filter": {"=MESSAGE_ID": message}})] == ["3"]
    late = {"filter": {">TIMESTAMP_X": "2026-01-15T12:00:01+03:00"}}
    assert queue.call("event.offline.list", late) == []
    assert get(queue, order={"ID": "DESC"}, limit=1)[1] == ["3"]


def test_pages(desk, queue):
    add_deals(desk, 52)
    first = queue.body("event.offline.list")
    assert (len(first["result"]), first["total"], first["next"]) == (50, 52, 50)
    assert [row["ID"] for row in queue.call("event.offline.list", {"start": 50})] == ["51", "52"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"limit": 0}, "Value must be positive integer"),
        ({"filter": {"COLOR": 1}}, "Filter field not allowed: COLOR"),
        ({"filter": {"PROCESS_ID": "x"}}, "Filter field not allowed: PROCESS_ID"),
        ({"filter": {"!ID": 1}}, "Filter operation not allowed: !"),
        ({"filter": {"ID": [1, 2]}}, "The value of an argument 'ID' has an invalid type"),
        ({"filter": "ID"}, "The filter is not an array."),
        ({"order": "ID"}, "The order is not an array."),
        ({"order": {"COLOR": "ASC"}}, "Order field not allowed: COLOR"),
        ({"order": {"ID": "UP"}}, "Order direction should be one of {ASC|DESC}"),
    ],
)
def test_strange_questions(queue, params, words):
    assert queue.refusal("event.offline.get", params) == (400, "ERROR_ARGUMENT", words)


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("event.offline.clear", {}, "Argument 'PROCESS_ID' is null or empty"),
        ("event.offline.clear", {"process_id": "x", "id": 5}, "Value must be array of integers"),
        ("event.offline.clear", {"process_id": "x", "id": ["five"]}, "Value must be array of integers"),
        ("event.offline.clear", {"process_id": "x", "message_id": "m"}, "Value must be array of MESSAGE_ID values"),
        ("event.offline.error", {"message_id": ["m"]}, "Argument 'PROCESS_ID' is null or empty"),
        ("event.offline.error", {"process_id": "x"}, "Value must be array of MESSAGE_ID values"),
    ],
)
def test_what_must_be_said(queue, method, params, words):
    assert queue.refusal(method, params) == (400, "ERROR_ARGUMENT", words)


@pytest.mark.parametrize("method", ADMIN_ONLY)
def test_for_administrators_of_an_application(desk, app, company, method):
    assert app.refusal(method, by=company.seller) == (403, "ACCESS_DENIED", "Access denied!")
    assert desk.refusal(method) == (403, "WRONG_AUTH_TYPE")


def test_plans_without_confirmation_and_connectors(desk, queue):
    desk.portal.features.switch("rest_offline_extended", on=False)
    assert desk.call("feature.get", {"CODE": "rest_offline_extended"}) == {"value": "N"}
    words = "This feature is not enabled for the current license: extended offline events handling"
    assert queue.refusal("event.offline.get", {"clear": 0}) == (403, "WRONG_LICENSE", words)
    assert queue.call("event.offline.get", {"clear": 1})["events"] == []
    desk.portal.features.switch("rest_auth_connector", on=False)
    assert queue.refusal("event.offline.list", {"auth_connector": "mine"})[:2] == (403, "WRONG_LICENSE")


def test_what_nobody_did(desk, queue):
    """A robot, an agent, the control plane."""
    schema = desk.portal.crm.schema(2)
    desk.portal.crm.saving.add(schema, {"title": "x"}, 1)
    (event,) = queue.call("event.offline.get")["events"]
    assert event["EVENT_ADDITIONAL"] == {"user_id": "0"}


def test_an_application_that_is_gone_has_no_queue(desk, queue):
    add_deals(desk, 1)
    desk.portal.applications.uninstall(queue.application)
    add_deals(desk, 1)
    assert desk.portal.events.offline.of(queue.application.id, "") == []
