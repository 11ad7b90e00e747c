"""The API works in the server's time, whatever the zones of its users (api-reference/data-types.md)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.portal.clock import SERVER_ZONE, USUAL_OFFSET

DEAL = 2


@pytest.fixture
def portal_at(box):
    """A new portal whose server is in this zone; it is noon there on the 15th of January."""

    def reset(offset: str) -> Callable[..., dict]:
        box.control("reset", {"offset": offset})
        box.control("clock", {"now": f"2026-01-15T12:00:00{offset}"})
        return box.call

    yield reset
    SERVER_ZONE.choose(USUAL_OFFSET)


@pytest.mark.parametrize("offset", ["+02:00", "+03:00", "+10:00", "-05:00", "+00:00"])
def test_values_carry_the_offset_of_the_server(portal_at, offset):
    call = portal_at(offset)
    item = call("crm.item.add", entityTypeId=DEAL, fields={})["item"]
    assert item["createdTime"] == f"2026-01-15T12:00:00{offset}"
    assert call("server.time") == f"2026-01-15T12:00:00{offset}"


@pytest.mark.parametrize(
    ("offset", "shown"),
    [("+03:00", "2026-01-20T03:00:00+03:00"), ("-05:00", "2026-01-19T19:00:00-05:00")],
)
def test_a_date_is_midnight_of_greenwich(portal_at, offset, shown):
    call = portal_at(offset)
    item = call("crm.item.add", entityTypeId=DEAL, fields={"closedate": "2026-01-20"})["item"]
    assert item["closedate"] == shown
    # what was read can be written back
    same = {"entityTypeId": DEAL, "id": item["id"], "fields": {"closedate": shown}}
    assert call("crm.item.update", **same)["item"]["closedate"] == shown
    found = call("crm.item.list", entityTypeId=DEAL, filter={"closedate": "2026-01-20"})["items"]
    assert [one["id"] for one in found] == [item["id"]]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2026-01-15T18:00:00+10:00", "2026-01-15T10:00:00+02:00"),
        ("2026-01-15T08:00:00Z", "2026-01-15T10:00:00+02:00"),
        # without an offset it is the server's own time (unverified)
        ("2026-01-15T10:00:00", "2026-01-15T10:00:00+02:00"),
        ("2026-01-15 10:00:00", "2026-01-15T10:00:00+02:00"),
        ("15.01.2026 10:00:00", "2026-01-15T10:00:00+02:00"),
    ],
)
def test_what_is_sent_counts_with_its_own_offset(portal_at, sent, stored):
    call = portal_at("+02:00")
    todo = {"ownerTypeId": DEAL, "ownerId": 1, "deadline": sent}
    call("crm.item.add", entityTypeId=DEAL, fields={})
    number = call("crm.activity.todo.add", **todo)["id"]
    assert call("crm.activity.get", id=number)["DEADLINE"] == stored


def test_users_in_other_zones_see_the_same(portal_at, box):
    call = portal_at("+02:00")
    item = call("crm.item.add", entityTypeId=DEAL, fields={})["item"]
    far = {"users": {"far": {"name": "Даль", "time_zone": "Asia/Vladivostok"}}}
    webhook = box.control("inbound", {"user_id": box.control("seed", far)["users"]["far"]})["webhook"]

    def asked_from_afar(method: str, **params: object) -> dict:
        return box.http.post(webhook + method, json={"entityTypeId": DEAL, **params}).json()["result"]

    seen = asked_from_afar("crm.item.get", id=item["id"])["item"]
    assert seen["createdTime"] == item["createdTime"] == "2026-01-15T12:00:00+02:00"
    assert asked_from_afar("crm.item.list", filter={">=createdTime": "2026-01-15T20:00:00+10:00"})["items"]
    assert not asked_from_afar("crm.item.list", filter={">createdTime": "2026-01-15T20:00:00+10:00"})["items"]


def test_the_next_portal_is_where_portals_are(portal_at, box):
    portal_at("-05:00")
    box.control("reset")
    assert box.call("server.time").endswith("+03:00")


@pytest.mark.parametrize("offset", ["east", 5, "+99:00"])
def test_a_strange_offset_is_refused(box, offset):
    answer = box.http.post(f"{box.addresses.control}/reset", json={"offset": offset})
    assert (answer.status_code, "offset" in answer.json()["error"]) == (400, True)
