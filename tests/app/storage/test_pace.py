"""Processes that share a database share the portal's bucket: together never too fast, and each gets its part."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from app.storage.database import Database
from app.storage.pace import KEPT_FREE, MOST_AT_A_TIME, TOO_LATE, SharedPace
from bitrix.call import Call
from bitrix.client import Portal
from bitrix.pacing import Bucket
from sandbox.running import running_sandbox

PLAN = Bucket(50, 2.0)
ALONE = Call("server.time", read=lambda answer: answer.result, batchable=False)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Counting:
    """The portal's own count of what arrives."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.level, self.at, self.highest = clock, 0.0, clock.now, 0.0

    def arrives(self) -> None:
        self.level = max(0.0, self.level - (self.clock.now - self.at) * PLAN.drain_per_second) + 1
        self.at, self.highest = self.clock.now, max(self.highest, self.level)


async def send_as_fast_as_allowed(paces: list[SharedPace], clock: Clock, seconds: float, late: float) -> list[int]:
    """How many requests each process sends, each a moment late on the way."""
    portal, sent, ends = Counting(clock), [0] * len(paces), clock.now + seconds
    leaves = [(clock.now + await pace.reserve() + late, number) for number, pace in enumerate(paces)]
    while min(leaves)[0] < ends:
        moment, number = min(leaves)
        leaves.remove((moment, number))
        clock.now = max(clock.now, moment)
        portal.arrives()
        sent[number] += 1
        leaves.append((clock.now + await paces[number].reserve() + late, number))
    assert portal.highest <= PLAN.capacity
    return sent


@pytest.fixture
async def own_time(tmp_path: Path):
    """A database whose time is ours: PostgreSQL tells its own."""
    opened = await Database.open(f"sqlite:///{tmp_path / 'pace.db'}")
    yield opened
    await opened.close()


@settings(max_examples=5, deadline=None)
@given(processes=st.integers(1, 4), late=st.floats(0.0, TOO_LATE))
def test_together_they_keep_to_the_limit_and_waste_little(tmp_path_factory, processes: int, late: float) -> None:
    async def play() -> list[int]:
        clock = Clock()
        database = await Database.open(f"sqlite:///{tmp_path_factory.mktemp('pace') / 'pace.db'}")
        paces = [SharedPace(database, "main", PLAN, clock, clock) for _ in range(processes)]
        sent = await send_as_fast_as_allowed(paces, clock, 60.0, late)
        await database.close()
        return sent

    sent = asyncio.run(play())
    allowed = PLAN.capacity + 60 * PLAN.drain_per_second
    assert sum(sent) <= allowed
    assert min(sent) * 2 >= max(sent), "one process starves"
    if late == 0.0:
        assert sum(sent) >= allowed - KEPT_FREE * PLAN.drain_per_second - MOST_AT_A_TIME * processes


async def test_a_burst_costs_few_transactions(own_time) -> None:
    commits = []
    sa.event.listen(own_time._engine, "commit", commits.append)
    pace = SharedPace(own_time, "main", PLAN, *[Clock()] * 2)
    for _ in range(24):
        assert await pace.reserve() == 0.0
    assert len(commits) <= 4


async def test_a_clock_that_is_put_back_makes_nobody_wait(own_time) -> None:
    clock, timer = Clock(), Clock()
    pace = SharedPace(own_time, "main", PLAN, clock, timer)
    for _ in range(20):
        await pace.reserve()
    before = pace.patience()
    clock.now -= 86_400
    for _ in range(20):
        assert await pace.reserve() == 0.0
    timer.now += 1
    assert pace.patience() <= 3 * max(before, 1.0)


async def test_a_place_that_was_not_used_in_time_is_not_used_later(own_time) -> None:
    clock = Clock()
    pace = SharedPace(own_time, "main", PLAN, clock, clock)
    await pace.reserve()
    other = SharedPace(own_time, "main", PLAN, clock, clock)
    clock.now += TOO_LATE + 0.1
    waits = [await other.reserve() for _ in range(60)]
    assert sum(wait == 0.0 for wait in waits) <= PLAN.capacity
    assert await pace.reserve() > 0.0


async def test_a_refusal_is_heard_by_all(own_time) -> None:
    clock = Clock()
    one, other = SharedPace(own_time, "main", PLAN, clock, clock), SharedPace(own_time, "main", PLAN, clock, clock)
    await one.reserve()
    await one.overflowed()
    assert await other.reserve() > 0.0
    assert one.patience() == 0.0  # there is no room, and the wait for it gathers calls enough


async def test_portals_have_buckets_of_their_own(own_time) -> None:
    clock = Clock()
    one, other = SharedPace(own_time, "main", PLAN, clock, clock), SharedPace(own_time, "branch", PLAN, clock, clock)
    await one.reserve()
    await one.overflowed()
    assert await other.reserve() == 0.0


async def test_two_processes_on_one_database_are_never_refused(database, other) -> None:
    """Against a portal that counts: on SQLite, and on PostgreSQL by its clock."""
    with running_sandbox(limits="cloud") as box:
        async with (
            Portal(box.webhook, pace=SharedPace(database, "main", PLAN), attempts=1) as first,
            Portal(box.webhook, pace=SharedPace(other, "main", PLAN), attempts=1) as second,
        ):
            portals = (first, second)
            alone = [portals[number % 2].send(ALONE) for number in range(52)]
            answers = await asyncio.gather(*alone)
    assert len(answers) == 52
