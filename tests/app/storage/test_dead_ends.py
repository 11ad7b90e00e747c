"""Keys and rows that can't go on: since when, why, and another try."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.keys import CaseKey
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys, Failing
from app.storage.journal import Journal
from app.storage.mirror_rows import MirrorRows, SheetState
from tests.app.conftest import Clock

CASE, OTHER = CaseKey("main", 24), CaseKey("main", 25)
LEASE = timedelta(minutes=2)
A_DAY = timedelta(days=1)


@pytest.fixture
def dirty(database: Database, clock: Clock) -> DirtyKeys:
    return DirtyKeys(database, clock)


async def fail(dirty: DirtyKeys, clock: Clock, *, parked: bool = False) -> bool:
    (claim,) = await dirty.claim("worker", LEASE, limit=1)
    if parked:
        return await dirty.park(claim, clock() + A_DAY, "Refused: нет прав")
    await dirty.put_off(claim, clock() + timedelta(minutes=1), "Refused: нет прав")
    return False


async def test_a_failing_key_tells_since_when_and_how_it_was_last_seen_well(dirty, clock):
    await dirty.mark([CASE])
    (claim,) = await dirty.claim("worker", LEASE, limit=1)
    good_at = clock()
    await dirty.finish(claim, clock() + timedelta(hours=1))
    clock.forward(hours=1)
    since = clock()
    await fail(dirty, clock)
    clock.forward(minutes=1)
    await fail(dirty, clock)
    (failing,) = await dirty.failing()
    due = clock() + timedelta(minutes=1)
    assert failing == Failing(str(CASE), 2, "Refused: нет прав", due, since, parked_at=None, good_at=good_at)


async def test_a_parked_key_is_told_of_once_until_it_is_well(dirty, clock):
    await dirty.mark([CASE])
    assert await fail(dirty, clock, parked=True)
    parked_at = clock()
    await dirty.told_of(CASE)
    clock.forward(days=1)
    assert not await fail(dirty, clock, parked=True)
    (failing,) = await dirty.failing()
    assert (failing.parked_at, (await dirty.overview()).parked_count) == (parked_at, 1)
    clock.forward(days=1)
    (claim,) = await dirty.claim("worker", LEASE, limit=1)
    await dirty.finish(claim, None)
    assert (await dirty.failing(), (await dirty.overview()).parked_count) == ([], 0)
    await dirty.mark([CASE])
    assert await fail(dirty, clock, parked=True)


async def test_who_could_not_be_told_is_told_the_next_time(dirty, clock):
    await dirty.mark([CASE])
    assert await fail(dirty, clock, parked=True)
    clock.forward(days=1)
    assert await fail(dirty, clock, parked=True)


async def test_only_the_holder_parks_a_key(dirty, clock):
    await dirty.mark([CASE])
    (claim,) = await dirty.claim("worker", LEASE, limit=1)
    clock.forward(minutes=3)
    await dirty.claim("successor", LEASE, limit=1)
    assert not await dirty.park(claim, clock() + A_DAY, "late")
    assert await dirty.failing() == []


async def test_a_retry_looks_at_once_and_counts_attempts_anew(dirty, clock):
    await dirty.mark([CASE])
    await fail(dirty, clock, parked=True)
    await dirty.mark([OTHER], clock() + A_DAY)
    assert await dirty.claim("worker", LEASE, limit=2) == []
    assert await dirty.retry(OTHER) == 0, "it only waits for its time"
    assert await dirty.retry(CASE) == 1
    (claim,) = await dirty.claim("worker", LEASE, limit=2)
    assert (claim.key, claim.attempts) == (CASE, 0)


async def test_all_that_fail_are_retried_together(dirty, clock):
    await dirty.mark([CASE, OTHER])
    for _ in range(2):
        await fail(dirty, clock, parked=True)
    assert await dirty.retry() == 2
    assert len(await dirty.claim("worker", LEASE, limit=9)) == 2


async def test_a_refused_row_is_offered_once_more(database):
    rows = MirrorRows(database, "report")
    for key in ("main:deal:42#1", "main:deal:43#1"):
        await rows.put("main", key, {"hours": 1})
    waiting = await rows.waiting(300)
    await rows.settle(waiting, SheetState(2), refused={row.key: "cell too long" for row in waiting})
    assert (await rows.unpark("main:deal:42#1"), await rows.unpark("main:deal:42#1")) == (1, 0)
    assert [row.key for row in await rows.waiting(300)] == ["main:deal:42#1"]
    assert (await rows.unpark(), len(await rows.waiting(300)), await rows.parked()) == (1, 2, [])


async def test_the_journal_knows_the_last_look_that_left_something(database, clock):
    journal = Journal(database, clock)
    assert await journal.last_good(str(CASE)) is None
    await journal.write("main", str(CASE), "decision", {})
    seen = clock()
    clock.forward(hours=1)
    await journal.write("main", str(CASE), "error", {})
    assert await journal.last_good(str(CASE)) == seen
