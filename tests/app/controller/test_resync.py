"""The sweep: what no event told is marked dirty, once, and its cost grows with what changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.controller.reconcile import reconcile
from app.controller.resync import AT_A_TIME, OVERLAP, SweepDesk, Swept, sweep
from app.keys import CaseKey, SourceKey
from app.storage.cursors import Cursors
from app.storage.dirty_keys import DirtyKeys
from bitrix.errors import TryLater
from bitrix.refs import DEAL, LEAD, ItemRef
from rules.model import CaseField, Stage
from tests.app.conftest import SERVICE_REQUESTS, connect
from tests.app.controller.trading_day import DEAL_42, SOURCE, WHOLESALE, TradingDay, win_deal

A_DAY = timedelta(days=1)


class Broom:
    """Sweeps, and tells which keys are dirty afterwards."""

    def __init__(self, connection, book, database, clock) -> None:
        self.dirty = DirtyKeys(database, clock)
        self.desk = SweepDesk(book, Cursors(database), self.dirty, A_DAY)
        self._connection, self._clock = connection, clock
        self._later = DirtyKeys(database, lambda: clock() + A_DAY)

    async def sweep(self) -> Swept:
        return await sweep(self._connection, self.desk, self._clock())

    async def marked(self) -> dict[object, str]:
        """The dirty keys with their origin; they are clean afterwards."""
        claims = await self._later.claim("test", timedelta(minutes=2), limit=2000)
        for claim in claims:
            await self._later.finish(claim, None)
        return {claim.key: claim.origin for claim in claims}


@pytest.fixture
def broom(connection, book, database, clock) -> Broom:
    return Broom(connection, book, database, clock)


@pytest.fixture
async def used_broom(broom) -> Broom:
    """It has swept before, when there was nothing yet."""
    await broom.sweep()
    return broom


async def started(portal, connection, desk, clock) -> TradingDay:
    """A deal is won, its survey waits."""
    win_deal(portal)
    day = TradingDay(portal, connection, desk, clock)
    await day.until(Stage.SURVEY)
    return day


# --- sources ---------------------------------------------------------------------------------------------------------


async def test_a_deal_whose_event_was_lost_is_found(used_broom, portal):
    win_deal(portal)
    assert (await used_broom.sweep()).sources == 1
    assert await used_broom.marked() == {SOURCE: "sweep"}


async def test_what_was_found_is_not_found_again(used_broom, portal, clock):
    win_deal(portal)
    await used_broom.sweep()
    await used_broom.marked()
    for minutes in (0, 1, 10):
        clock.forward(minutes=minutes)
        assert (await used_broom.sweep()).sources == 0
    assert await used_broom.marked() == {}


async def test_open_work_is_nobodys_business(used_broom, portal):
    portal.put_item(ItemRef(DEAL, 1), {"title": "в работе", "categoryId": 6, "stageId": "C6:NEW"})
    await used_broom.sweep()
    assert await used_broom.marked() == {}


async def test_work_finished_in_a_funnel_that_is_not_watched_is_nobodys_business(used_broom, portal):
    portal.put_item(ItemRef(DEAL, 1), {"title": "чужая", "categoryId": 99, "stageId": "C99:NEW"})
    portal.change_item(ItemRef(DEAL, 1), {"stageId": "C99:WON"})
    await used_broom.sweep()
    assert await used_broom.marked() == {}


async def test_leads_are_swept_as_deals_are(used_broom, portal):
    portal.put_item(ItemRef(LEAD, 7), {"title": "обращение", "stageId": "NEW"})
    portal.change_item(ItemRef(LEAD, 7), {"stageId": "JUNK"})
    await used_broom.sweep()
    assert await used_broom.marked() == {SourceKey("shop", LEAD, 7): "sweep"}


async def test_a_finished_deal_that_moves_into_a_watched_funnel_is_found(used_broom, portal, clock):
    """Bitrix24 tells of it only to applications (contract 3.6)."""
    portal.put_item(ItemRef(DEAL, 1), {"title": "чужая", "categoryId": 99, "stageId": "C99:WON"})
    clock.forward(hours=1)
    await used_broom.sweep()
    await used_broom.marked()
    portal.change_item(ItemRef(DEAL, 1), {"categoryId": WHOLESALE, "stageId": "C6:WON"})
    await used_broom.sweep()
    assert await used_broom.marked() == {SourceKey("shop", DEAL, 1): "sweep"}


async def test_a_finished_deal_whose_fields_change_is_looked_at_again(used_broom, portal, clock):
    """A condition of the rulebook that left it out may hold now; the stage history shows nothing of that."""
    win_deal(portal)
    await used_broom.sweep()
    await used_broom.marked()
    clock.forward(hours=1)
    portal.change_item(DEAL_42, {"opportunity": 1_000_000})
    await used_broom.sweep()
    assert await used_broom.marked() == {SOURCE: "sweep"}


async def test_an_item_of_a_smart_process_that_changes_is_looked_at(used_broom, portal, clock):
    """Its row doesn't tell whether it is finished."""
    portal.put_item(ItemRef(SERVICE_REQUESTS, 5), {"title": "ремонт", "categoryId": 1, "stageId": "DT140_1:NEW"})
    category = next(each["id"] for each in portal.categories if each["entityTypeId"] == SERVICE_REQUESTS)
    portal.change_item(ItemRef(SERVICE_REQUESTS, 5), {"categoryId": category})
    await used_broom.sweep()
    assert await used_broom.marked() == {SourceKey("shop", SERVICE_REQUESTS, 5): "sweep"}


async def test_work_finished_before_its_funnel_came_to_the_rulebook_is_found(portal, book, database, clock, desk):
    """Since the day that the rulebook names; what has its case already is not looked at again."""
    win_deal(portal)
    await reconcile(SOURCE, await connect(portal, book), desk)
    win_deal(portal, ItemRef(DEAL, 43))
    clock.forward(hours=1)
    retail = book.model_copy(update={"funnels": tuple(each for each in book.funnels if each.code != "wholesale")})
    before = Broom(await connect(portal, retail), retail, database, clock)
    await before.sweep()
    await before.marked()
    after = Broom(await connect(portal, book), book, database, clock)
    await after.sweep()
    assert SourceKey("shop", DEAL, 43) in (marked := await after.marked())
    assert SOURCE not in marked
    await after.sweep()
    assert await after.marked() == {}


async def test_what_was_closed_before_the_process_existed_is_not_marked(broom, portal, clock):
    clock.forward(days=-10)
    win_deal(portal)
    clock.forward(days=10)
    assert (await broom.sweep()).sources == 0


async def test_a_thousand_closings_are_all_found(used_broom, portal):
    for number in range(1, 1001):
        win_deal(portal, ItemRef(DEAL, number))
    assert (await used_broom.sweep()).sources == 1000
    assert len(await used_broom.marked()) == 1000


async def test_many_finds_are_due_a_few_at_a_time(used_broom, portal):
    """What an event tells of meanwhile doesn't wait behind all of them."""
    for number in range(1, 101):
        win_deal(portal, ItemRef(DEAL, number))
    await used_broom.sweep()
    assert len(await used_broom.dirty.claim("test", A_DAY, limit=1000)) == AT_A_TIME


async def test_a_later_sweep_reads_only_the_end_of_the_history(broom, portal, clock):
    for number in range(1, 1001):
        win_deal(portal, ItemRef(DEAL, number))
    clock.forward(hours=1)
    await broom.sweep()
    win_deal(portal, ItemRef(DEAL, 2000))
    portal.calls.clear()
    assert (await broom.sweep()).sources == 1
    assert (
        portal.calls.count("crm.stagehistory.list") <= 1 + 1 + 1 + OVERLAP // 50
    )  # leads, the smart process, and the end of deals


async def test_a_row_that_appears_late_with_a_smaller_id_is_still_found(used_broom, portal, clock):
    """Transactions of the portal may become visible out of order."""
    win_deal(portal, ItemRef(DEAL, 1))
    late = portal.history[DEAL].pop()
    hidden = portal.items.pop(ItemRef(DEAL, 1))
    win_deal(portal, ItemRef(DEAL, 2))
    await used_broom.sweep()
    assert set(await used_broom.marked()) == {SourceKey("shop", DEAL, 2)}
    clock.forward(hours=1)
    portal.history[DEAL].insert(1, late)
    portal.items[ItemRef(DEAL, 1)] = hidden
    await used_broom.sweep()
    assert set(await used_broom.marked()) == {SourceKey("shop", DEAL, 1)}


# --- cases -----------------------------------------------------------------------------------------------------------


async def test_an_untouched_case_is_left_alone_until_the_daily_pass(used_broom, portal, connection, desk, clock):
    day = await started(portal, connection, desk, clock)
    clock.forward(hours=1)
    await used_broom.sweep()
    await used_broom.marked()
    clock.forward(hours=1)
    assert (await used_broom.sweep()).cases == 0
    clock.forward(hours=22)
    swept = await used_broom.sweep()
    assert (swept.cases, swept.in_full) == (1, True)
    assert day.case_key in await used_broom.marked()
    assert not (await used_broom.sweep()).in_full


async def test_a_pass_made_by_a_clock_that_was_put_back_since_is_made_again(used_broom, clock):
    assert not (await used_broom.sweep()).in_full
    clock.forward(days=-1)
    assert (await used_broom.sweep()).in_full
    assert not (await used_broom.sweep()).in_full


@pytest.mark.parametrize("change", ["card", "task", "measure", "source"])
async def test_a_case_is_looked_at_when_anything_of_it_changed(used_broom, portal, connection, desk, clock, change):
    day = await started(portal, connection, desk, clock)
    measure = ItemRef(connection.layout.measure.entity_type_id, 900)
    portal.put_item(measure, {"title": "мера", f"parentId{day.case.entity_type_id}": day.case.id})
    clock.forward(hours=1)
    await used_broom.sweep()
    await used_broom.marked()
    clock.forward(hours=1)
    match change:
        case "card":
            portal.change_item(day.case, {"title": "переименован"})
        case "task":
            day.work()
        case "measure":
            portal.change_item(measure, {"title": "переименована"})
        case "source":
            portal.change_item(DEAL_42, {"title": "переименована"})
    await used_broom.sweep()
    assert day.case_key in await used_broom.marked()


async def test_a_task_that_was_taken_out_of_the_card_is_found(used_broom, portal, connection, desk, clock):
    """It hangs on no case any more (seed 700120)."""
    day = await started(portal, connection, desk, clock)
    clock.forward(hours=1)
    await used_broom.sweep()
    await used_broom.marked()
    clock.forward(hours=1)
    portal._tasks_task_update({"taskId": next(iter(portal.tasks)), "fields": {"UF_CRM_TASK": []}})
    await used_broom.sweep()
    assert day.case_key in await used_broom.marked()


async def test_a_task_of_nobody_is_no_reason_for_a_look(used_broom, portal, clock):
    clock.forward(hours=1)
    for bindings in ([], ["D_42"], ["нечто"]):
        portal._tasks_task_add({"fields": {"TITLE": "чужая", "RESPONSIBLE_ID": 31, "UF_CRM_TASK": bindings}})
    await used_broom.sweep()
    assert await used_broom.marked() == {}


async def test_a_deleted_task_is_missed_by_the_daily_pass_at_the_latest(used_broom, portal, connection, desk, clock):
    """What is deleted stands in no list of changes."""
    day = await started(portal, connection, desk, clock)
    clock.forward(hours=1)
    await used_broom.sweep()
    await used_broom.marked()
    portal.tasks.clear()
    clock.forward(days=1)
    await used_broom.sweep()
    assert day.case_key in await used_broom.marked()


async def test_a_database_that_knows_nothing_gets_every_case_and_the_work_that_has_none(
    broom, portal, connection, desk, clock
):
    win_deal(portal, ItemRef(DEAL, 41))
    day = await started(portal, connection, desk, clock)  # deal 42
    layout = connection.layout
    closed = {"categoryId": layout.funnels["leads"], "stageId": layout.stage_id("leads", Stage.SUCCESS)}
    portal.put_item(ItemRef(layout.case.entity_type_id, 506), {"title": "закрытый", "xmlId": "lead:7#1", **closed})
    swept = await broom.sweep()
    assert (swept.sources, swept.cases, swept.in_full) == (1, 1, True)
    assert set(await broom.marked()) == {SourceKey("shop", DEAL, 41), day.case_key, CaseKey("shop", 506)}


async def test_work_finished_once_more_after_its_case_is_not_taken_for_done(broom, portal, connection, desk, clock):
    await started(portal, connection, desk, clock)
    clock.forward(hours=1)
    portal.change_item(DEAL_42, {"stageId": "C6:NEW"})
    portal.change_item(DEAL_42, {"stageId": "C6:WON"})
    await broom.sweep()
    assert SOURCE in await broom.marked()


async def test_closed_cases_are_woken_once_a_day_when_they_may_have_something_to_do(
    used_broom, portal, connection, clock
):
    layout = connection.layout
    check_on = layout.case.fields[CaseField.CHECK_ON].name
    fields = {"categoryId": layout.funnels["leads"], "stageId": layout.stage_id("leads", Stage.SUCCESS)}
    clock.forward(days=1)
    old, today = clock() - timedelta(days=90), clock().date()
    for number, moved, due in (
        (501, clock() - timedelta(days=2), None),  # its news may wait for readers
        (502, old, today),  # its measures are to be checked
        (503, old, today + timedelta(days=1)),  # sleeps on
        (504, old, today - timedelta(days=40)),  # has had its time
        (505, old, None),  # has nothing to do
    ):
        item = {**fields, check_on: f"{due}T03:00:00+03:00" if due else "", "movedTime": moved.isoformat()}
        untouched = {"updatedTime": old.isoformat()}
        portal.put_item(ItemRef(layout.case.entity_type_id, number), {"title": "разбор", **item, **untouched})
    assert (await used_broom.sweep()).sleepers == 2
    assert set(await used_broom.marked()) == {CaseKey("shop", 501), CaseKey("shop", 502)}
    assert (await used_broom.sweep()).sleepers == 0
    clock.forward(days=1)
    assert (await used_broom.sweep()).sleepers == 3


async def test_a_case_cancelled_lately_is_woken_too(used_broom, portal, connection, clock):
    """A measure of it may have been deleted since, which no list shows (seed 300167 of the simulation)."""
    layout = connection.layout
    stage = layout.stage_id("leads", Stage.CANCELLED)
    for number, closed in ((501, timedelta(days=2)), (502, timedelta(days=90))):
        moved = {"movedTime": (clock() - closed).isoformat(), "updatedTime": (clock() - closed).isoformat()}
        fields = {"title": "разбор", "categoryId": layout.funnels["leads"], "stageId": stage, **moved}
        portal.put_item(ItemRef(layout.case.entity_type_id, number), fields)
    clock.forward(days=1)
    assert (await used_broom.sweep()).sleepers == 1
    assert set(await used_broom.marked()) == {CaseKey("shop", 501)}


# --- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["crm.item.list", "crm.stagehistory.list", "tasks.task.list", "server.time"])
@pytest.mark.parametrize("before", [0, 1], ids=["the first sweep", "a later one"])
async def test_a_sweep_that_failed_halfway_forgets_nothing(broom, portal, method, before):
    for _ in range(before):
        await broom.sweep()
    win_deal(portal)
    if before or method != "tasks.task.list":  # the first sweep reads no tasks
        portal.refuse(TryLater(method))
        with pytest.raises(TryLater):
            await broom.sweep()
    await broom.sweep()
    assert SOURCE in await broom.marked()


async def test_sweeping_writes_nothing_on_the_portal(used_broom, portal):
    win_deal(portal)
    portal.writes.clear()
    await used_broom.sweep()
    assert portal.writes == []
