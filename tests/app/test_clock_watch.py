"""A clock that was put back is noticed, whichever it is; one that runs well, jumps forward or answers slowly is not."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.clock_watch import until_put_back
from tests.simulation.loop import Loop

AT_ONCE = timedelta(0)


class Clock:
    """Shows the event loop's time, set by ``jumps`` before each reading; ``None``: it can't be read."""

    def __init__(self, *jumps: float | None) -> None:
        self.jumps = list(jumps)
        self.ahead = 1_700_000_000.0
        self.read = asyncio.Event()

    async def __call__(self) -> float | None:
        if not self.jumps:
            self.read.set()
        jump = self.jumps.pop(0) if self.jumps else 0.0
        if jump is None:
            return None
        self.ahead += jump
        return self.ahead + asyncio.get_running_loop().time()


async def test_a_clock_that_was_put_back_is_noticed() -> None:
    missing = await until_put_back([Clock(0, 0, 0, -3600, 0)], AT_ONCE)
    assert round(missing.total_seconds()) == 3600


async def test_of_several_clocks_each_counts() -> None:
    missing = await until_put_back([Clock(), Clock(0, -60, 0)], AT_ONCE)
    assert round(missing.total_seconds()) == 60


async def test_what_it_showed_before_it_could_not_be_read_counts() -> None:
    """The server was restarted, on another machine."""
    missing = await until_put_back([Clock(0, None, None, -60, 0)], AT_ONCE)
    assert round(missing.total_seconds()) == 60


class Slow:
    """Reads the time at once, or at last, and answers a while later: the event loop's time runs meanwhile."""

    def __init__(self, loop_time: list[float], readings: list[tuple[float, float]]) -> None:
        self.loop_time, self.readings = loop_time, readings

    async def __call__(self) -> float | None:
        before, after = self.readings.pop(0) if self.readings else (0.0, 0.0)
        self.loop_time[0] += before
        shown = self.loop_time[0]
        self.loop_time[0] += after
        return shown if self.readings else None


@pytest.mark.parametrize("readings", [[(9, 0), (0, 0)], [(0, 9), (0, 0)], [(0, 0), (9, 0)], [(0, 0), (0, 9)]])
def test_who_answers_slowly_is_no_slow_clock(readings: list[tuple[float, float]]) -> None:
    now = [0.0]
    loop = Loop(lambda: now[0])
    watching = loop.create_task(until_put_back([Slow(now, [*readings, (0, 0)])], AT_ONCE))
    for _ in range(20):
        loop.step()
    assert not watching.done()
    watching.cancel()
    loop.step()
    loop.close()


@pytest.mark.parametrize("jump", [3600.0, 4.0, -4.0], ids=["forward", "a little forward", "a little back"])
async def test_what_makes_nobody_wait_is_left_alone(jump: float) -> None:
    clock = Clock(0, jump, jump, jump, 0)
    watching = asyncio.create_task(until_put_back([clock], AT_ONCE))
    async with asyncio.timeout(30):
        await clock.read.wait()
    assert not watching.done()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
