"""The sweep: what no event told is marked dirty, once, and its cost grows with what changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.controller.resync import OVERLAP, Swept, sweep
from app.keys import CaseKey, SourceKey
from app.storage.cursors import Cursors
from app.storage.dirty_keys import DirtyKeys
from bitrix.errors import TryLater
from bitrix.refs import DEAL, LEAD, ItemRef
from rules.model import Stage
from tests.app.controller.trading_day import SOURCE, TradingDay, win_deal


class Broom:
    """Sweeps, and tells which keys are dirty afterwards."""

    def __init__(self, connection, book, database, clock) -> None:
        self.cursors, self.dirty = Cursors(database), DirtyKeys(database, clock)
        self._connection, self._book, self._clock = connection, book, clock

    async def sweep(self) -> Swept:
        return await sweep(self._connection, self._book, self.cursors, self.dirty)

    async def marked(self) -> dict[object, str]:
        """The dirty keys with their origin; they are clean afterwards."""
        claims = await self.dirty.claim("test", timedelta(minutes=2), limit=1000)
        for claim in claims:
            await self.dirty.finish(claim, None)
        return {claim.key: claim.origin for claim in claims}


@pytest.fixture
def broom(connection, book, database, clock) -> Broom:
    return Broom(connection, book, database, clock)


async def test_a_deal_whose_event_was_lost_is_found(broom, portal):
    win_deal(portal)
    assert await broom.sweep() == Swept(sources=1, cases=0)
    assert await broom.marked() == {SOURCE: "sweep"}


async def test_what_was_found_is_not_found_again(broom, portal):
    win_deal(portal)
    await broom.sweep()
    await broom.marked()
    for _ in range(3):
        assert await broom.sweep() == Swept(sources=0, cases=0)
    assert await broom.marked() == {}


async def test_open_work_is_nobodys_business(broom, portal):
    portal.put_item(ItemRef(DEAL, 1), {"title": "в работе", "categoryId": 6, "stageId": "C6:NEW"})
    assert await broom.sweep() == Swept(sources=0, cases=0)


async def test_leads_are_swept_as_deals_are(broom, portal):
    portal.put_item(ItemRef(LEAD, 7), {"title": "обращение", "stageId": "NEW"})
    portal.change_item(ItemRef(LEAD, 7), {"stageId": "JUNK"})
    await broom.sweep()
    assert await broom.marked() == {SourceKey("shop", LEAD, 7): "sweep"}


async def test_what_was_closed_before_the_process_existed_is_not_marked(broom, portal, clock):
    clock.forward(days=-10)
    win_deal(portal)
    clock.forward(days=10)
    assert await broom.sweep() == Swept(sources=0, cases=0)


async def test_open_cases_are_looked_at_again_each_time_and_closed_ones_are_not(broom, portal, connection):
    layout = connection.layout
    for number, stage in enumerate(Stage, start=500):
        fields = {"categoryId": layout.funnels["leads"], "stageId": layout.stage_id("leads", stage)}
        portal.put_item(ItemRef(layout.case.entity_type_id, number), {"title": "разбор", **fields})
    for _ in range(2):
        assert await broom.sweep() == Swept(sources=0, cases=6)
        assert set(await broom.marked()) == {CaseKey("shop", number) for number in range(500, 506)}


async def test_a_thousand_closings_are_all_found(broom, portal):
    for number in range(1, 1001):
        win_deal(portal, ItemRef(DEAL, number))
    assert (await broom.sweep()).sources == 1000
    assert len(await broom.marked()) == 1000


async def test_a_later_sweep_reads_only_the_end_of_the_history(broom, portal):
    for number in range(1, 1001):
        win_deal(portal, ItemRef(DEAL, number))
    await broom.sweep()
    win_deal(portal, ItemRef(DEAL, 2000))
    portal.calls.clear()
    assert (await broom.sweep()).sources == 1
    assert portal.calls.count("crm.stagehistory.list") <= 1 + 1 + OVERLAP // 50  # leads, and the end of deals


async def test_a_row_that_appears_late_with_a_smaller_id_is_still_found(broom, portal):
    """Transactions of the portal may become visible out of order."""
    win_deal(portal, ItemRef(DEAL, 1))
    late = portal.history[DEAL].pop()
    win_deal(portal, ItemRef(DEAL, 2))
    await broom.sweep()
    assert set(await broom.marked()) == {SourceKey("shop", DEAL, 2)}
    portal.history[DEAL].insert(1, late)
    await broom.sweep()
    assert set(await broom.marked()) == {SourceKey("shop", DEAL, 1)}


async def test_a_sweep_that_failed_halfway_forgets_nothing(broom, portal):
    win_deal(portal)
    portal.refuse(TryLater("crm.item.list"))
    with pytest.raises(TryLater):
        await broom.sweep()
    await broom.sweep()
    assert set(await broom.marked()) == {SOURCE}


async def test_a_page_that_failed_is_read_again_from_the_last_good_place(broom, portal):
    for number in range(1, 101):
        win_deal(portal, ItemRef(DEAL, number))
    portal.refuse(TryLater("crm.stagehistory.list"))
    with pytest.raises(TryLater):
        await broom.sweep()
    assert await broom.marked() == {}
    assert (await broom.sweep()).sources == 100


async def test_a_lost_event_of_a_task_is_made_good_by_the_sweep(broom, portal, connection, desk, clock):
    win_deal(portal)
    day = TradingDay(portal, connection, desk, clock)
    await day.until(Stage.SURVEY)
    day.work()
    await broom.sweep()
    assert day.case_key in await broom.marked()


async def test_sweeping_writes_nothing_on_the_portal(broom, portal):
    win_deal(portal)
    portal.writes.clear()
    await broom.sweep()
    assert portal.writes == []
