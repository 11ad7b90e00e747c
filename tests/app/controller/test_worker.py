"""A worker takes keys one by one; an error is sorted by what to do next, and never stops the other keys."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.controller.connection import Connection
from app.controller.past_cases import CaseArchive
from app.controller.reconcile import Outcome
from app.controller.worker import FIRST_WAIT, LONGEST_WAIT, Worker, pause_before_confirming
from app.keys import CaseKey, SourceKey
from app.storage.dirty_keys import DirtyKeys
from app.storage.inbox import Delivery, Inbox
from bitrix.errors import AccessLost, Gibberish, MethodPaused, OutcomeUnknown, Refused, Throttled, TryLater, Unreachable
from bitrix.refs import DEAL, ItemRef
from rules.model import Stage
from tests.app.controller.trading_day import SOURCE, TradingDay, win_deal

LONGEST_REQUEST = timedelta(seconds=60)
LEASE = 2 * LONGEST_REQUEST


class Floor:
    """A worker beside its queue; ``step`` is one claim and one look."""

    def __init__(self, connection, desk, database, clock) -> None:
        self.clock, self.desk = clock, desk
        self.dirty = DirtyKeys(database, clock)
        self.connections = {"shop": connection}
        self.worker = Worker(
            self.dirty, self.connections, desk, longest_request=LONGEST_REQUEST, looks_at_a_time=4, clock=clock
        )

    async def step(self) -> bool:
        """False when nothing was due."""
        claims = await self.dirty.claim("worker", LEASE, limit=1)
        for claim in claims:
            await self.worker.look(claim)
        return bool(claims)

    async def quiet(self, most: int = 60) -> None:
        """Until nothing is due within the next minutes."""
        for _ in range(most):
            if not await self.step():
                wait = await self.dirty.next_due_in()
                if wait is None or wait > timedelta(minutes=10):
                    return
                self.clock.now += max(wait, timedelta(seconds=1))
        raise AssertionError("the queue never comes to rest")

    async def failing(self) -> list[tuple[str, int, str]]:
        return [(each.key, each.attempts, each.error) for each in (await self.dirty.overview()).failing]


class Slow:
    """The portal behind a wait, in front of every read."""

    def __init__(self, portal, before) -> None:
        self._portal, self._before = portal, before

    def lane(self, name):
        return self

    def background(self, name="", *, patience=0.0):
        return self

    async def send(self, call):
        await self._before(call)
        return await self._portal.send(call)

    def every(self, call, *, by="offset"):
        return self._portal.every(call, by=by)


@pytest.fixture
def floor(connection, desk, database, clock) -> Floor:
    return Floor(connection, desk, database, clock)


@pytest.fixture
def day(portal, connection, desk, clock) -> TradingDay:
    win_deal(portal)
    return TradingDay(portal, connection, desk, clock)


async def test_one_mark_leads_from_the_deal_to_its_case_and_its_first_task(day, floor, portal):
    await floor.dirty.mark([SOURCE])
    await floor.quiet()
    assert day.stage is Stage.SURVEY
    assert len(portal.tasks) == 1
    wait = await floor.dirty.next_due_in()
    assert wait is not None
    assert f"{floor.clock() + wait:%d.%m %H:%M}" == "05.11 11:00"  # UTC; a holiday lies in between


async def test_the_whole_route_on_marks_alone(day, floor):
    await floor.dirty.mark([SOURCE])
    await floor.quiet()
    while day.work():
        await floor.dirty.mark([day.case_key])
        await floor.quiet()
    assert day.stage is Stage.SUCCESS
    assert day.doubles() == []


async def test_marks_may_be_doubled_and_come_in_any_order(day, floor):
    await floor.dirty.mark([SOURCE, SOURCE])
    await floor.dirty.mark([SOURCE])
    await floor.quiet()
    await floor.dirty.mark([day.case_key, SOURCE])
    await floor.quiet()
    assert day.doubles() == []


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (Throttled("crm.item.get", code="QUERY_LIMIT_EXCEEDED"), FIRST_WAIT),
        (Unreachable("crm.item.get"), FIRST_WAIT),
        (Refused("crm.item.get", code="ACCESS_DENIED"), FIRST_WAIT),
        (Gibberish("crm.item.get"), FIRST_WAIT),
        # the write may land until the portal's longest request is over
        (OutcomeUnknown("crm.item.get"), LONGEST_REQUEST),
        # only a person can restore the access
        (AccessLost("crm.item.get", code="NO_AUTH_FOUND"), LONGEST_WAIT),
        (MethodPaused("crm.item.get"), FIRST_WAIT),
    ],
)
async def test_an_error_says_itself_how_long_to_wait(day, floor, portal, error, wait):
    await floor.dirty.mark([SOURCE])
    portal.refuse(error)
    await floor.step()
    assert await floor.dirty.next_due_in() == wait
    assert await floor.failing() == [(str(SOURCE), 1, f"{type(error).__name__}: {error}")]


@pytest.mark.parametrize(("resumes_in", "wait"), [(-3600, FIRST_WAIT), (86400, LONGEST_WAIT)])
async def test_a_pause_told_by_another_clock_ends_all_the_same(day, floor, portal, clock, resumes_in, wait):
    """The client's goes on when the machine's is set."""
    await floor.dirty.mark([SOURCE])
    resumes = clock() + timedelta(seconds=resumes_in)
    portal.refuse(MethodPaused("crm.item.get", code="OPERATION_TIME_LIMIT", resumes_at=resumes))
    await floor.step()
    assert await floor.dirty.next_due_in() == wait


async def test_a_paused_method_is_waited_for_until_it_resumes(day, floor, portal, clock):
    await floor.dirty.mark([SOURCE])
    resumes = clock() + timedelta(minutes=7)
    portal.refuse(MethodPaused("crm.item.get", code="OPERATION_TIME_LIMIT", resumes_at=resumes))
    await floor.step()
    assert await floor.dirty.next_due_in() == resumes - clock()


async def test_a_key_that_keeps_failing_waits_longer_each_time(day, floor, portal):
    await floor.dirty.mark([SOURCE])
    portal.refuse(TryLater("crm.item.get"), times=20)
    waits = []
    for _ in range(14):
        await floor.step()
        waits.append(await floor.dirty.next_due_in())
        floor.clock.now += waits[-1]
    assert waits[:4] == [FIRST_WAIT * factor for factor in (1, 2, 4, 8)]
    assert waits[-1] == LONGEST_WAIT


async def test_a_new_event_does_not_shorten_the_back_off(day, floor, portal):
    await floor.dirty.mark([SOURCE])
    portal.refuse(TryLater("crm.item.get"))
    await floor.step()
    await floor.dirty.mark([SOURCE])
    assert await floor.dirty.next_due_in() == FIRST_WAIT
    assert not await floor.step()


async def test_after_a_success_the_error_is_forgotten(day, floor, portal):
    await floor.dirty.mark([SOURCE])
    portal.refuse(TryLater("crm.item.get"))
    await floor.step()
    await floor.quiet()
    assert await floor.failing() == []


@pytest.mark.parametrize("fault", [ZeroDivisionError("bug"), KeyError("поле")])
async def test_a_bug_in_one_key_does_not_stop_the_others(day, floor, portal, fault):
    win_deal(portal, ItemRef(DEAL, 41))

    def trip(call):
        if call.method == "crm.item.get" and call.params["id"] == 41:
            raise fault

    portal.before_call = trip
    await floor.dirty.mark([SourceKey("shop", DEAL, 41), SOURCE])
    for _ in range(12):
        await floor.step()
    assert day.stage is Stage.SURVEY
    ((key, attempts, error),) = await floor.failing()
    assert (key, attempts) == ("source:shop:2:41", 1)
    assert error.startswith(type(fault).__name__)


async def test_every_failure_is_in_the_journal(day, floor, portal, desk):
    await floor.dirty.mark([SOURCE])
    portal.refuse(AccessLost("crm.item.get", code="NO_AUTH_FOUND", status=401))
    await floor.step()
    assert [entry.kind for entry in await desk.journal.read(str(SOURCE))] == ["error"]


async def test_a_portal_not_connected_yet_keeps_its_keys(floor, portal):
    await floor.dirty.mark([SourceKey("other", DEAL, 1)])
    await floor.step()
    ((_, _, error),) = await floor.failing()
    assert "«other» ещё не подключён" in error
    assert portal.calls == []


async def test_a_look_that_lost_its_lease_stops_before_its_next_write(day, floor, portal, desk):
    """Frozen past its lease between two writes: the successor owns the key, so nothing more is written."""
    await day.until(Stage.CHANGES)
    day.drag(Stage.FINALIZATION, by=20)
    await floor.dirty.mark([day.case_key])
    (claim,) = await floor.dirty.claim("worker", LEASE, limit=1)
    portal.writes.clear()

    def freeze(call):
        if call.writes and not portal.writes:
            floor.clock.forward(minutes=5)  # the write already on its way still lands

    portal.before_call = freeze
    await floor.worker.look(claim)
    assert portal.writes == ["im.notify.system.add"]
    assert day.stage is Stage.FINALIZATION

    portal.restore_power()
    await floor.quiet()
    assert day.stage is Stage.CHANGES
    assert day.doubles() == []


async def test_who_lost_the_lease_does_not_touch_the_successors_row(day, floor, clock):
    await floor.dirty.mark([SOURCE])
    (stale,) = await floor.dirty.claim("one", LEASE, limit=1)
    clock.forward(minutes=5)
    (fresh,) = await floor.dirty.claim("two", LEASE, limit=1)
    await floor.worker.look(stale)
    assert await floor.dirty.extend(fresh, LEASE), "the successor still holds the key"


async def test_a_mark_made_during_a_look_is_not_lost(day, floor, portal):
    await floor.dirty.mark([SOURCE])
    (claim,) = await floor.dirty.claim("worker", LEASE, limit=1)
    await floor.dirty.mark([SOURCE])
    await floor.worker.look(claim)
    portal.calls.clear()
    assert await floor.step()


async def test_a_lost_answer_is_observed_after_the_longest_request_and_not_repeated(day, floor, portal):
    portal.lose_answer("crm.item.add")
    await floor.dirty.mark([SOURCE])
    await floor.step()
    floor.clock.forward(seconds=59)
    assert not await floor.step(), "the write may still be landing"
    floor.clock.forward(seconds=1)
    assert await floor.step()
    assert portal.writes.count("crm.item.add") == 1


async def test_a_case_whose_creation_was_not_answered_is_worked_on_all_the_same(day, floor, portal):
    """Nobody was told its number: its event or the sweep brings the key."""
    portal.lose_answer("crm.item.add")
    await floor.dirty.mark([SOURCE])
    await floor.quiet()
    await floor.dirty.mark([day.case_key], origin="sweep")
    await floor.quiet()
    assert len(portal.tasks) == 1


async def test_a_portal_that_takes_commands_and_shows_nothing_of_them_is_not_worn_out(day, floor, portal):
    """The binding of tasks is off: each look would create the task again."""
    await day.look(SOURCE)
    portal._tasks_task_list = lambda params: portal._page([], params, "tasks")
    await floor.dirty.mark([day.case_key])
    for _ in range(4):
        await floor.step()
        floor.clock.forward(seconds=2)
    ((_, _, error),) = await floor.failing()
    assert error.startswith("SameAgain: портал принял, но не показывает: задача survey")
    assert len(portal.tasks) == 1


async def test_what_somebody_deleted_right_away_is_made_again(day, floor, portal):
    """Found by the simulation: what was made by one look and deleted before the next was taken for hidden, for ever."""
    await day.look(SOURCE)
    await floor.dirty.mark([day.case_key])
    await floor.step()
    (task,) = portal.tasks
    del portal.tasks[task]
    await floor.dirty.mark([day.case_key])
    await floor.quiet()
    assert await floor.failing() == []
    assert len(portal.tasks) == 1


async def test_a_task_that_somebody_took_out_of_the_card_right_away_is_put_back_into_it(day, floor, portal):
    """Found by the simulation: it was taken for hidden until the service was started again."""
    await day.look(SOURCE)
    await floor.dirty.mark([day.case_key])
    await floor.step()
    (task,) = portal.tasks.values()
    bound, task["ufCrmTask"] = task["ufCrmTask"], []
    await floor.dirty.mark([day.case_key])
    await floor.quiet()
    assert await floor.failing() == []
    assert [each["ufCrmTask"] for each in portal.tasks.values()] == [bound]


async def test_what_only_the_sweep_found_is_counted(day, floor, desk):
    await floor.dirty.mark([SOURCE], origin="sweep")
    await floor.quiet()
    assert await desk.journal.count("found_by_sweep") == 1
    await floor.dirty.mark([SOURCE, day.case_key], origin="sweep")
    await floor.quiet()
    assert await desk.journal.count("found_by_sweep") == 1, "there was nothing left to find"


async def test_a_task_of_nobody_costs_no_call(floor, portal, desk, database, clock):
    inbox = Inbox(database, floor.dirty, desk.known, floor.worker.wake)
    running = asyncio.create_task(inbox.run())
    await inbox.accept(Delivery("shop", "ONTASKUPDATE", {}, clock().timestamp(), task_id=4711))
    assert not await floor.step()
    assert portal.calls == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_task_of_a_case_brings_its_case(day, floor, portal, desk, database, clock):
    await floor.dirty.mark([SOURCE])
    await floor.quiet()
    await floor.dirty.mark([day.case_key])
    await floor.quiet()
    (task_id,) = portal.tasks
    inbox = Inbox(database, floor.dirty, desk.known, floor.worker.wake)
    running = asyncio.create_task(inbox.run())
    await inbox.accept(Delivery("shop", "ONTASKUPDATE", {}, clock().timestamp(), task_id=task_id))
    (claim,) = await floor.dirty.claim("worker", LEASE, limit=1)
    assert claim.key == day.case_key
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_look_on_demand(day, floor, portal):
    outcome = await floor.worker.look_now(SOURCE)
    assert [type(command).__name__ for command in outcome.commands] == ["CreateCase"]
    assert (await floor.worker.look_now(SOURCE)).commands == ()


async def test_a_look_on_demand_leaves_a_held_key_alone(day, floor, portal):
    await floor.dirty.mark([SOURCE])
    await floor.dirty.claim("worker", LEASE, limit=1)
    assert await floor.worker.look_now(SOURCE) is None
    assert portal.calls == []


async def test_a_look_on_demand_raises_and_keeps_the_key(day, floor, portal):
    portal.refuse(Refused("crm.item.get", code="ACCESS_DENIED"))
    with pytest.raises(Refused):
        await floor.worker.look_now(SOURCE)
    assert len(await floor.failing()) == 1


async def test_another_case_is_looked_at_when_everybody_sees_what_it_is_to_be_told_of(day, floor, connection):
    """Another process may have read the cases of the funnel right before."""
    archive = CaseArchive(connection.portal, connection.layout, floor.clock, timedelta(minutes=5), timedelta(days=365))
    before = await archive.of_funnel("wholesale")
    await floor.dirty.mark([SOURCE])
    (claim,) = await floor.dirty.claim("worker", LEASE, limit=1)
    other = CaseKey("shop", 7)
    outcome = Outcome(also_look_at=(other,), others_see_it_in=archive.fresh_for)
    await floor.worker._settle(claim, outcome)
    assert await floor.dirty.next_due_in() == archive.fresh_for
    floor.clock.forward(minutes=5)
    assert await archive.of_funnel("wholesale") is not before


async def test_a_running_worker_works_off_what_is_due_and_stops_when_cancelled(day, floor, portal, desk):
    done = asyncio.Event()

    def watch(call):
        if call.method == "tasks.task.add":
            done.set()

    portal.before_call = watch
    await floor.dirty.mark([SOURCE, CaseKey("shop", 999)])
    running = asyncio.create_task(floor.worker.run())
    async with asyncio.timeout(30):
        await done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
    assert day.stage is Stage.SURVEY


class Telling(DirtyKeys):
    """Tells when a key was put back into the queue."""

    def __init__(self, database, clock) -> None:
        super().__init__(database, clock)
        self.put_back = asyncio.Event()

    async def give_back(self, *args) -> None:
        await super().give_back(*args)
        self.put_back.set()


async def test_a_key_whose_lease_ended_before_its_look_is_not_looked_at_twice_at_once(
    day, portal, desk, database, clock
):
    """The clock was put forward: what the first look has sent may not have landed yet."""
    asked, answered = asyncio.Queue(), asyncio.Event()

    async def hold_up(call):
        asked.put_nowait(call)
        await answered.wait()

    known, dirty = day.connection, Telling(database, clock)
    slow = Connection("shop", known.address, Slow(portal, hold_up), known.layout, known.staff, known.archive)
    worker = Worker(dirty, {"shop": slow}, desk, longest_request=LONGEST_REQUEST, looks_at_a_time=4, clock=clock)
    await dirty.mark([SOURCE])
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(30):
        await asked.get()
        clock.forward(hours=1)
        worker.wake()
        await dirty.put_back.wait()
    assert asked.empty()
    assert await dirty.next_due_in() == LEASE, "by then what the first one sent has landed"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_is_due_is_taken_at_once_as_far_as_there_are_places(day, floor, portal):
    """Four places, six keys: reads of the first four share a request, the others come when a place is free."""
    asked, answered = asyncio.Queue(), asyncio.Event()

    async def hold_up(call):
        asked.put_nowait(call)
        await answered.wait()

    for number in range(50, 56):
        portal.put_item(ItemRef(DEAL, number), {"title": "Чужая", "categoryId": 0, "stageId": "NEW"})
    slow = Slow(portal, hold_up)
    floor.connections["shop"] = Connection(
        "shop", day.connection.address, slow, day.connection.layout, day.connection.staff, day.connection.archive
    )
    await floor.dirty.mark([SourceKey("shop", DEAL, number) for number in range(50, 56)])
    running = asyncio.create_task(floor.worker.run())
    async with asyncio.timeout(30):
        for _ in range(4):
            await asked.get()
        assert (await floor.dirty.overview()).running == 4
        assert asked.empty()
        answered.set()
        for _ in range(2):
            await asked.get()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_deal_that_concerns_nobody_costs_one_read_and_leaves_no_trace(day, floor, portal, desk):
    portal.put_item(ItemRef(DEAL, 50), {"title": "Чужая", "categoryId": 0, "stageId": "WON"})
    key = SourceKey("shop", DEAL, 50)
    await floor.dirty.mark([key])
    await floor.step()
    assert portal.calls == ["crm.item.get"]
    assert await desk.journal.read(str(key)) == []
    assert await floor.dirty.next_due_in() is None


async def test_the_echo_of_a_looks_own_writes_is_answered_by_one_more_look(day, floor, portal, desk):
    """Events of what a look wrote come while it is under way and right after it."""
    await floor.dirty.mark([SOURCE])
    await floor.step()
    (claim,) = await floor.dirty.claim("worker", LEASE, limit=1)
    await floor.dirty.mark([day.case_key])  # told while the look makes the task
    await floor.worker.look(claim)
    assert await floor.dirty.next_due_in() == desk.settle


class Ways:
    """The portal, remembering by which way each look went: ``lane`` or ``background``, and the key."""

    def __init__(self, portal) -> None:
        self._portal = portal
        self.taken = []

    def lane(self, name):
        self.taken.append(("lane", name))
        return self._portal

    def background(self, name="", *, patience=0.0):
        self.taken.append(("background", name))
        return self._portal


async def test_a_look_that_finds_what_the_last_one_added_lets_the_others_go_first(day, floor, portal):
    ways, known = Ways(portal), day.connection
    floor.connections["shop"] = Connection("shop", known.address, ways, known.layout, known.staff, known.archive)
    await floor.dirty.mark([SOURCE])
    await floor.step()
    for _ in range(3):
        await floor.dirty.mark([day.case_key])
        floor.clock.now += timedelta(minutes=1)
        await floor.step()
    case = str(day.case_key)
    assert ways.taken == [("lane", str(SOURCE)), ("lane", case), ("background", case), ("lane", case)]


@pytest.mark.parametrize(("under_way", "seconds"), [(0, 0), (1, 0.05), (100, 5), (2_000, 60)])
def test_the_busier_it_is_the_later_comes_the_look_that_finds_what_was_added(under_way, seconds):
    assert pause_before_confirming(under_way) == timedelta(seconds=seconds)


async def test_who_concerns_somebody_keeps_nobody_waiting(day, floor, portal, desk):
    """So many strangers would let the next keys gather for a minute."""
    strangers = range(50, 650)
    for number in strangers:
        portal.put_item(ItemRef(DEAL, number), {"title": "Чужая", "categoryId": 0, "stageId": "NEW"})
    worker = Worker(
        floor.dirty,
        floor.connections,
        desk,
        longest_request=LONGEST_REQUEST,
        looks_at_a_time=1_000,
        gather=timedelta(hours=1),
        clock=floor.clock,
    )
    made = asyncio.Event()
    portal.before_call = lambda call: made.set() if call.method == "tasks.task.add" else None
    await floor.dirty.mark([SOURCE, *(SourceKey("shop", DEAL, number) for number in strangers)])
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(30):
        await made.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert day.stage is Stage.SURVEY


class NothingDue:
    """A queue that is always empty, and answers at once."""

    async def claim(self, *_: object) -> list[object]:
        return []

    async def next_due_in(self, *_: object) -> None:
        return None


@pytest.mark.parametrize("steps", range(8))
async def test_told_to_stop_at_the_moment_of_a_wake_it_stops(desk, clock, steps):
    """Waiting with ``asyncio.wait_for``, Python 3.11 forgets the cancellation if what it waits for has just come."""
    worker = Worker(NothingDue(), {}, desk, longest_request=LONGEST_REQUEST, looks_at_a_time=4, clock=clock)
    running = asyncio.create_task(worker.run())
    for _ in range(20):
        await asyncio.sleep(0)
    worker.wake()
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=20)
    assert done == {running}
