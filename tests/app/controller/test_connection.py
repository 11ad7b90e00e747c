"""One portal as looks see it: fenced writes, staff that is read now and then, addresses of cards."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.controller.absences import Calendars
from app.controller.connection import StaffRoom
from bitrix.calls.items import get_item
from bitrix.calls.tasks import complete_task
from bitrix.errors import Refused, TryLater
from bitrix.refs import DEAL, LEAD, ItemRef
from tests.app.controller.trading_day import DEAL_42, win_deal


class NotMine(Exception):
    pass


async def refuse_to_hold() -> None:
    raise NotMine


async def test_a_fence_stops_writes_and_lets_reads_pass(portal, connection):
    win_deal(portal)
    fenced = connection.under(refuse_to_hold)
    assert (await fenced.portal.send(get_item(DEAL_42))).title == "Поставка"
    with pytest.raises(NotMine):
        await fenced.portal.send(complete_task(1))
    assert portal.writes == []


async def test_the_fence_belongs_to_one_look(portal, connection):
    connection.under(refuse_to_hold)
    portal.tasks[1] = {"id": "1", "title": "задача", "status": "2"}
    await connection.portal.send(complete_task(1))
    assert portal.writes == ["tasks.task.complete"]


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        (ItemRef(DEAL, 42), "/crm/deal/details/42/"),
        (ItemRef(LEAD, 7), "/crm/lead/details/7/"),
        (ItemRef(1030, 24), "/crm/type/1030/details/24/"),
    ],
)
def test_card_addresses(connection, ref, path):
    assert connection.card_url(ref) == f"https://shop.test{path}"


def a_staff_room(portal, clock):
    return StaffRoom(portal, clock, timedelta(minutes=10), Calendars(portal, "Отдел контроля качества"))


async def test_staff_is_read_once_until_it_is_stale(portal, clock):
    room = a_staff_room(portal, clock)
    first, again = await asyncio.gather(room.staff(), room.staff())
    assert first is again
    assert portal.calls.count("user.get") == 1
    clock.forward(minutes=11)
    portal.hire(99, "Новичок", 3)
    assert 99 in (await room.staff()).people
    assert portal.calls.count("user.get") == 2
    assert portal.calls.count("calendar.accessibility.get") == 2


async def test_staff_that_could_not_be_read_is_asked_for_again(portal, clock):
    room = a_staff_room(portal, clock)
    portal.refuse(TryLater("user.get"))
    with pytest.raises(TryLater):
        await room.staff()
    assert 20 in (await room.staff()).people


async def test_calendars_that_a_portal_keeps_to_itself_are_remarked_as_long_as_it_does(portal, clock):
    """``/health`` shows it: nobody counts as absent, and only the log had said so."""
    room = a_staff_room(portal, clock)
    portal.refuse(Refused("calendar.accessibility.get", code="insufficient_scope"))
    await room.staff()
    (remark,) = room.remarks()
    assert remark.startswith("отпуска не видны, все считаются на месте")
    assert "calendar.accessibility.get" in remark
    clock.forward(minutes=11)
    await room.staff()
    assert room.remarks() == ()
