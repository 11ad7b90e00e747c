"""A clock that was put back is noticed, whichever it is; one that runs well, or is put forward, is not."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.clock_watch import ClockPutBack, watch

AT_ONCE = timedelta(0)


class Clock:
    """Shows the event loop's time, set by ``jumps`` before each reading."""

    def __init__(self, *jumps: float) -> None:
        self.jumps = list(jumps)
        self.ahead = 1_700_000_000.0
        self.read = asyncio.Event()

    async def __call__(self) -> float:
        if self.jumps:
            self.ahead += self.jumps.pop(0)
        else:
            self.read.set()
        return self.ahead + asyncio.get_running_loop().time()


async def test_a_clock_that_was_put_back_is_noticed():
    with pytest.raises(ClockPutBack, match="put back by 3600 s"):
        await watch([Clock(0, 0, 0, -3600)], AT_ONCE)


async def test_of_several_clocks_each_counts():
    with pytest.raises(ClockPutBack, match="put back by 60 s"):
        await watch([Clock(), Clock(0, -60)], AT_ONCE)


@pytest.mark.parametrize("jump", [3600.0, 4.0, -4.0], ids=["forward", "a little forward", "a little back"])
async def test_what_makes_nobody_wait_is_left_alone(jump):
    clock = Clock(0, jump, jump, jump)
    watching = asyncio.create_task(watch([clock], AT_ONCE))
    async with asyncio.timeout(30):
        await clock.read.wait()
    assert not watching.done()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
