"""``timeman.*`` over HTTP (api-reference/timeman/base/). The buyer lives in Vladivostok, seven hours ahead."""

from __future__ import annotations

import pytest


def test_a_day_in_the_zone_of_the_person(desk, company):
    day = desk.call("timeman.open", {"LAT": 53.5, "LON": 10}, by=company.buyer)

    assert (day["STATUS"], day["TIME_START"], day["TIME_FINISH"]) == ("OPENED", "2026-01-15T19:00:00+10:00", None)
    assert (day["TZ_OFFSET"], day["LAT_OPEN"], day["LON_OPEN"], day["LAT_CLOSE"]) == (36000, 53.5, 10, 0)


def test_pauses_do_not_count(desk, company):
    def after(seconds, method):
        desk.portal.clock.advance(seconds)
        return desk.call(f"timeman.{method}", by=company.seller)

    after(0, "open")
    assert after(3600, "pause")["STATUS"] == "PAUSED"
    assert after(1800, "open")["TIME_LEAKS"] == "00:30:00"
    closed = after(3600, "close")
    assert (closed["STATUS"], closed["DURATION"], closed["TIME_LEAKS"]) == ("CLOSED", "02:00:00", "00:30:00")
    assert closed["TIME_FINISH"] == "2026-01-15T14:30:00+03:00"
    assert after(600, "open")["TIME_LEAKS"] == "00:40:00"  # went on after the end


def test_a_day_left_open_expires(desk, company):
    desk.call("timeman.open", by=company.seller)
    desk.portal.clock.advance(86400)

    expired = desk.call("timeman.status", by=company.seller)
    assert (expired["STATUS"], expired["TIME_FINISH_DEFAULT"]) == ("EXPIRED", "2026-01-15T18:00:00+03:00")
    closed = desk.call("timeman.close", {"TIME": "2026-01-15T17:00:00+03:00", "REPORT": "Забыла"}, by=company.seller)
    assert (closed["STATUS"], closed["DURATION"]) == ("CLOSED", "05:00:00")


def test_who_has_never_worked(desk, company):
    status = desk.call("timeman.status", {"USER_ID": company.seller})

    assert (status["STATUS"], status["TIME_START"]) == ("CLOSED", None)


@pytest.mark.parametrize(
    ("before", "method", "params", "code"),
    [
        ((), "status", {"USER_ID": 999}, ""),
        ((), "open", {"TIME": "2026-01-14T09:00:00+03:00"}, "WRONG_DATETIME"),
        (("open",), "close", {"TIME": "2026-01-16T09:00:00+03:00"}, "WRONG_DATETIME"),
        (("open", "pause"), "open", {"TIME": "2026-01-15T09:00:00+03:00"}, "TIME"),
    ],
)
def test_refusals(desk, before, method, params, code):
    for step in before:
        desk.call(f"timeman.{step}")

    assert desk.refusal(f"timeman.{method}", params) == (400, code)


def test_settings(desk, company):
    assert desk.call("timeman.settings", {"USER_ID": company.seller})["ADMIN"] is False
    assert desk.call("timeman.settings")["UF_TM_MAX_START"] == "09:15:00"
