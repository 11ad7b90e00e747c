"""``calendar.accessibility.get`` over HTTP. It is Thursday, 15 January 2026, noon."""

from __future__ import annotations

import pytest

from tests.sandbox.portal.methods.conftest import NOON

METHOD = "calendar.accessibility.get"
WEEK = {"from": "2026-01-12", "to": "2026-01-18"}


def leave(desk, user: int, begins: str, ends: str, **more) -> None:
    zone = NOON.tzinfo
    desk.portal.calendars.add(
        user,
        NOON.fromisoformat(begins).replace(tzinfo=zone),
        NOON.fromisoformat(ends).replace(tzinfo=zone),
        **{"name": "Отпуск", "accessibility": "absent", "whole_days": False, **more},
    )


def test_events_by_person_earliest_first(desk, company):
    leave(desk, company.seller, "2026-01-15T10:00", "2026-01-15T11:00", name="Потом")
    leave(desk, company.seller, "2026-01-14T10:00", "2026-01-14T11:00", name="Сначала")

    found = desk.call(METHOD, {**WEEK, "users": [company.seller, company.buyer]})
    assert [event["NAME"] for event in found[str(company.seller)]] == ["Сначала", "Потом"]
    assert found[str(company.buyer)] == []
    assert found[str(company.seller)][1] == {
        "ID": "1",
        "NAME": "Потом",
        "DATE_FROM": "15.01.2026 10:00:00",
        "DATE_TO": "15.01.2026 11:00:00",
        "DATE_FROM_TS_UTC": "1768460400",
        "DATE_TO_TS_UTC": "1768464000",
        "~USER_OFFSET_FROM": 10800,
        "~USER_OFFSET_TO": 10800,
        "DT_SKIP_TIME": "N",
        "TZ_FROM": "UTC+03:00",
        "TZ_TO": "UTC+03:00",
        "ACCESSIBILITY": "absent",
        "IMPORTANCE": "normal",
        "EVENT_TYPE": "",
    }


@pytest.mark.parametrize(
    ("begins", "ends", "whole_days", "told"),
    [
        # what touches the period, both days included
        ("2026-01-11T23:00", "2026-01-12T00:01", False, True),
        ("2026-01-18T23:00", "2026-01-19T01:00", False, True),
        ("2026-01-01T00:00", "2026-02-01T00:00", False, True),
        ("2026-01-10T00:00", "2026-01-12T00:00", True, True),
        # what was over before or begins later
        ("2026-01-11T23:00", "2026-01-12T00:00", False, False),
        ("2026-01-10T00:00", "2026-01-11T00:00", True, False),
        ("2026-01-19T00:00", "2026-01-19T01:00", False, False),
    ],
)
def test_the_period(desk, company, begins, ends, whole_days, told):
    leave(desk, company.seller, begins, ends, whole_days=whole_days)
    found = desk.call(METHOD, {**WEEK, "users": [company.seller]})
    assert bool(found[str(company.seller)]) is told


def test_whole_days_are_days_of_the_person(desk, company):
    """The buyer lives in Vladivostok: noon here is the evening there."""
    leave(desk, company.buyer, "2026-01-15T12:00", "2026-01-16T12:00", whole_days=True)
    [event] = desk.call(METHOD, {**WEEK, "users": [company.buyer]})[str(company.buyer)]
    assert (event["DATE_FROM"], event["DATE_TO"]) == ("15.01.2026 00:00:00", "16.01.2026 00:00:00")
    assert (event["DT_SKIP_TIME"], event["TZ_FROM"]) == ("Y", "Asia/Vladivostok")


@pytest.mark.parametrize("absent", ["from", "to", "users"])
def test_what_must_be_said(desk, company, absent):
    params = {**WEEK, "users": [company.seller]}
    del params[absent]
    answer = desk.send(METHOD, params)
    assert answer.status_code == 400
    assert answer.json()["error_description"] == (
        f'Не задан обязательный параметр "{absent}" для метода "calendar.accessibility.get"'
    )


def test_people_from_outside_may_not_ask(desk, company):
    desk.portal.staff.update_user(company.buyer, user_type="extranet")
    answer = desk.send(METHOD, {**WEEK, "users": [company.seller]}, by=company.buyer)
    assert (answer.status_code, answer.json()["error_description"]) == (400, "Доступ запрещен")


def test_a_webhook_without_the_scope_is_refused(desk, company):
    answer = desk.send(METHOD, {**WEEK, "users": [company.seller]}, scopes=frozenset({"crm"}))
    assert answer.json()["error"] == "insufficient_scope"
