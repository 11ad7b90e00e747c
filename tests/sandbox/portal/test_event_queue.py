"""The queue server: slow handlers are called less often, and only they (api-reference/events/index.md)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.clock import Clock
from sandbox.portal.event_queue import LONGEST_PAUSE, SLOW, Delivery, Disturbance, EventQueue, Lane
from sandbox.portal.php import JSON


class NoFaults:
    def disturb(self, delivery: Delivery, elapsed: float) -> Disturbance | None:
        return None


class Stopwatch:
    """Says that every answer took as long as the test wants."""

    def __init__(self) -> None:
        self.each = 0.0
        self._now = 0.0
        self._running = False

    def __call__(self) -> float:
        self._now += self.each if self._running else 0.0
        self._running = not self._running
        return self._now


class StillClock(Clock):
    """Seconds pass when the test says so."""

    def elapsed(self) -> float:
        return self._skipped


class Desk:
    def __init__(self) -> None:
        self.clock, self.stopwatch = StillClock(), Stopwatch()
        self.records: list[Mapping[str, JSON]] = []
        self.queue = EventQueue(self.clock, self.records.append, NoFaults(), self.stopwatch)

    def put(self, url: str, name: str) -> None:
        self.queue.put(Delivery(url, name, {}, lambda ts: {"event": name}))

    async def all_sent(self) -> bool:
        """Let everything leave that may; whether that is everything."""
        while True:
            if self.queue.resting:
                return self.queue.settled
            await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.queue.wake()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    running = asyncio.create_task(desk.queue.run())
    yield desk
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_after_a_slow_answer_there_is_a_pause(desk: Desk, listen: Callable):
    slow = listen()
    desk.stopwatch.each = 5.0
    for name in ("one", "two", "three"):
        desk.put(slow.url, name)
    assert not await desk.all_sent()
    assert slow.names == ["one"]
    desk.advance(4)
    assert not await desk.all_sent()
    assert slow.names == ["one"]
    desk.advance(1)
    assert not await desk.all_sent()
    assert slow.names == ["one", "two"]
    # slow again: twice as long
    desk.advance(9)
    assert not await desk.all_sent()
    desk.stopwatch.each = 0.1
    desk.advance(1)
    assert await desk.all_sent()
    # quick again: no pause any more
    for name in ("four", "five"):
        desk.put(slow.url, name)
    assert await desk.all_sent()
    assert slow.names == ["one", "two", "three", "four", "five"]


async def test_others_do_not_wait_for_it(desk: Desk, listen: Callable):
    slow, quick = listen(), listen()
    desk.stopwatch.each = 5.0
    desk.put(slow.url, "one")
    assert await desk.all_sent()
    desk.stopwatch.each = 0.0
    desk.put(slow.url, "two")
    for name in ("a", "b"):
        desk.put(quick.url, name)
    assert not await desk.all_sent()
    assert (slow.names, quick.names) == (["one"], ["a", "b"])


@pytest.mark.parametrize("steps", range(8))
async def test_told_to_stop_at_the_moment_of_a_wake_it_stops(listen: Callable, steps: int):
    """While it waits for a pause to end (see the service's worker, which may be told so as well)."""
    desk, slow = Desk(), listen()
    running = asyncio.create_task(desk.queue.run())
    desk.stopwatch.each = 5.0
    for name in ("one", "two"):
        desk.put(slow.url, name)
    assert not await desk.all_sent()
    for _ in range(20):
        await asyncio.sleep(0)
    desk.queue.wake()
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=20)
    assert done == {running}


async def test_redirects_are_not_followed(desk: Desk, listen: Callable):
    there, here = listen(), listen()
    here.status = 302
    desk.put(here.url, "one")
    assert await desk.all_sent()
    assert (here.names, there.names) == (["one"], [])
    assert [(record["event"], record["outcome"], record["status"]) for record in desk.records] == [("one", "lost", 302)]


@given(st.lists(st.floats(0, 100), min_size=1))
def test_pauses(answers: list[float]):
    """A pause follows slow answers only, is at least as long as the answer, and has a limit."""
    lane = Lane()
    for seconds in answers:
        before = lane.pause
        lane.answered_after(seconds, elapsed=0.0)
        if seconds <= SLOW:
            assert lane.pause == 0.0
        else:
            assert lane.pause == min(max(seconds, 2 * before), LONGEST_PAUSE)
        assert lane.resumes_at == lane.pause
