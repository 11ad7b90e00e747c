"""Who is away now, as calendars tell, and what happens where they don't."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from app.controller.absences import Calendars
from app.controller.reconcile import reconcile
from app.provision.standing import read_staff
from bitrix.errors import Gibberish, Refused, TryLater
from rules.model import CaseField, Stage
from tests.app.controller.trading_day import SOURCE, TradingDay, win_deal

QUALITY = "Отдел контроля качества"
QUALITY_HEAD, INSPECTOR, SALES_HEAD, SELLER = 20, 21, 30, 31
HOUR = timedelta(hours=1)
METHOD = "calendar.accessibility.get"


@pytest.fixture
def calendars(portal):
    return Calendars(portal, QUALITY)


async def absent(portal, calendars, clock) -> frozenset[int]:
    return await calendars.absent(await read_staff(portal), clock.now)


@pytest.mark.requirement("S12", "R12")
@pytest.mark.parametrize(
    ("begins", "ends", "accessibility", "away"),
    [
        (-HOUR, HOUR, "absent", True),
        (0 * HOUR, HOUR, "absent", True),
        # over, not begun, or only busy
        (-2 * HOUR, 0 * HOUR, "absent", False),
        (HOUR, 2 * HOUR, "absent", False),
        (-HOUR, HOUR, "busy", False),
        (-HOUR, HOUR, "free", False),
    ],
)
async def test_an_event_that_says_absent_and_covers_now(portal, calendars, clock, begins, ends, accessibility, away):
    portal.send_on_leave(SALES_HEAD, clock.now + begins, clock.now + ends, accessibility)
    assert await absent(portal, calendars, clock) == ({SALES_HEAD} if away else frozenset())


async def test_only_people_who_are_given_something_by_the_rules_are_asked_about(portal, calendars, clock):
    for person in (INSPECTOR, SALES_HEAD, SELLER):
        portal.send_on_leave(person, clock.now - HOUR, clock.now + HOUR)
    portal.hire(98, "Уволенный контролёр", 2, active=False)
    asked = []
    portal.before_call = lambda call: asked.append(call) if call.method == METHOD else None
    assert await absent(portal, calendars, clock) == {INSPECTOR, SALES_HEAD}
    (call,) = asked
    assert {QUALITY_HEAD, INSPECTOR, SALES_HEAD} <= set(call.params["users"])
    assert not {SELLER, 98} & set(call.params["users"])


@pytest.mark.parametrize("error", [Refused(METHOD, code="insufficient_scope"), Gibberish(METHOD)])
async def test_a_portal_that_doesn_t_tell_has_nobody_absent_and_says_so_once(portal, calendars, clock, caplog, error):
    portal.send_on_leave(SALES_HEAD, clock.now - HOUR, clock.now + HOUR)
    portal.refuse(error, times=2)
    with caplog.at_level(logging.WARNING):
        assert await absent(portal, calendars, clock) == frozenset()
        assert await absent(portal, calendars, clock) == frozenset()
    assert len([record for record in caplog.records if "absences are unknown" in record.message]) == 1
    assert await absent(portal, calendars, clock) == {SALES_HEAD}


async def test_a_portal_that_is_down_is_asked_again(portal, calendars, clock):
    portal.refuse(TryLater(METHOD))
    with pytest.raises(TryLater):
        await absent(portal, calendars, clock)


async def test_a_company_of_nobody_is_not_asked_about(portal, calendars, clock):
    portal.departments.clear()
    assert await absent(portal, calendars, clock) == frozenset()
    assert METHOD not in portal.calls


@pytest.mark.requirement("S24")
async def test_a_case_goes_to_whoever_is_there(portal, connection, desk, clock, calendars):
    """The whole way: calendar, staff, rules, card."""
    portal.send_on_leave(INSPECTOR, clock.now - HOUR, clock.now + 100 * HOUR)
    staff = await read_staff(portal)

    async def known():
        return replace(staff, absent=await calendars.absent(staff, clock.now))

    connection.staff = known
    win_deal(portal)
    day = TradingDay(portal, connection, desk, clock)
    await reconcile(SOURCE, connection, desk)
    await day.until(Stage.ANALYSIS)
    await day.quiet()
    inspector = connection.layout.case.fields[CaseField.INSPECTOR].name
    assert portal.items[day.case][inspector] == QUALITY_HEAD
