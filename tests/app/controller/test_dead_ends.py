"""A key that keeps failing is parked and told of; one whose portal is in trouble is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.controller.worker import LONGEST_WAIT, PARKED_AFTER, PARKED_FOR
from bitrix.errors import AccessLost, Gibberish, OutcomeUnknown, Refused, TryLater
from rules.model import Stage
from tests.app.controller.test_worker import Floor
from tests.app.controller.trading_day import SOURCE, TradingDay, win_deal

HEAD_OF_QUALITY = 20
FOR_EVER = 10_000


@pytest.fixture
def floor(connection, desk, database, clock) -> Floor:
    return Floor(connection, desk, database, clock)


async def look(floor: Floor, times: int) -> timedelta:
    """Every time the key is due; how long it waits after the last look."""
    wait = timedelta(0)
    for _ in range(times):
        floor.clock.now += wait
        assert await floor.step()
        wait = await floor.dirty.next_due_in() or wait
    return wait


def told(portal) -> list[str]:
    return [text for (user, tag), text in portal.notifications.items() if user == HEAD_OF_QUALITY and "stuck" in tag]


@pytest.mark.parametrize("error", [Refused("crm.item.get", code="ACCESS_DENIED"), Gibberish("crm.item.get")])
async def test_it_waits_a_day_and_the_head_of_quality_knows(floor, portal, error):
    win_deal(portal)
    await floor.dirty.mark([SOURCE])
    portal.refuse(error, times=FOR_EVER)
    assert await look(floor, PARKED_AFTER - 1) <= LONGEST_WAIT
    assert told(portal) == []
    floor.clock.now += LONGEST_WAIT
    assert await look(floor, 1) == PARKED_FOR
    (message,) = told(portal)
    assert "завершённый элемент №42" in message
    assert f"capa24 retry {SOURCE}" in message
    assert type(error).__name__ in message
    portal.notifications.clear()
    floor.clock.now += PARKED_FOR
    assert await look(floor, 3) == PARKED_FOR
    assert told(portal) == [], "each key is told of once"


@pytest.mark.parametrize(
    "error",
    [TryLater("crm.item.get"), OutcomeUnknown("crm.item.get"), AccessLost("crm.item.get", code="NO_AUTH_FOUND")],
)
async def test_a_portal_in_trouble_parks_no_key(floor, portal, error):
    win_deal(portal)
    await floor.dirty.mark([SOURCE])
    portal.refuse(error, times=FOR_EVER)
    assert await look(floor, 3 * PARKED_AFTER) <= LONGEST_WAIT
    assert (await floor.dirty.overview()).parked_count == 0
    assert told(portal) == []


async def test_a_mistake_of_ours_is_parked_too(floor, portal, caplog):
    win_deal(portal)
    await floor.dirty.mark([SOURCE])

    def stumble(call) -> None:
        if call.method == "crm.item.get":
            raise ZeroDivisionError("a [B]mistake[/B]")

    portal.before_call = stumble
    await look(floor, PARKED_AFTER)
    assert "ZeroDivisionError: a (B)mistake(/B)" in told(portal)[0]


async def test_after_a_retry_the_work_goes_on(floor, portal, connection, desk, clock):
    win_deal(portal)
    await floor.dirty.mark([SOURCE])
    portal.refuse(Refused("crm.item.get", code="ACCESS_DENIED"), times=PARKED_AFTER)
    await look(floor, PARKED_AFTER)
    assert await floor.dirty.retry(SOURCE) == 1
    await floor.quiet()
    assert TradingDay(portal, connection, desk, clock).stage is Stage.SURVEY
    assert await floor.failing() == []


async def test_without_a_head_to_tell_the_key_is_parked_all_the_same(floor, portal, connection, caplog):
    async def nobody():
        staff = await known()
        departments = {number: replace(each, head_id=None) for number, each in staff.departments.items()}
        return replace(staff, departments=departments)

    known, connection.staff = connection.staff, nobody
    win_deal(portal)
    await floor.dirty.mark([SOURCE])
    portal.refuse(Refused("crm.item.get", code="ACCESS_DENIED"), times=FOR_EVER)
    assert await look(floor, PARKED_AFTER) == PARKED_FOR
    assert "has no head to tell" in caplog.text


async def test_when_telling_fails_it_is_tried_with_the_next_look(floor, portal):
    win_deal(portal)
    await floor.dirty.mark([SOURCE])
    portal.refuse(Refused("crm.item.get", code="ACCESS_DENIED"), times=FOR_EVER)
    portal.refuse(Refused("im.notify.system.add", code="ACCESS_DENIED"))
    await look(floor, PARKED_AFTER)
    assert told(portal) == []
    floor.clock.now += PARKED_FOR
    await look(floor, 1)
    assert len(told(portal)) == 1
