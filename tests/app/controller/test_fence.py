"""A look writes only while it surely holds its key, however long it was frozen or kept waiting on the way."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from app.controller.connection import Fenced
from app.controller.worker import LeaseLost
from bitrix.call import Call
from bitrix.errors import TooLate

WRITE: Call[int] = Call("crm.item.update", {"id": 1}, read=lambda answer: 1, writes=True)
READ: Call[int] = Call("crm.item.get", {"id": 1}, read=lambda answer: 1)


@dataclass
class SlowPortal:
    """Sends a write only while its time lasts; ``kept`` says how long each try is kept waiting before."""

    kept: list[float]
    left: list[Call[int]] = field(default_factory=list)

    async def send(self, call: Call[int]) -> int:
        now = asyncio.get_running_loop().time() + (self.kept.pop(0) if self.kept else 0.0)
        if call.leaves_by is not None and now > call.leaves_by:
            raise TooLate(call.method)
        self.left.append(call)
        return 1

    def every(self, call, *, by="offset"):
        raise NotImplementedError


@dataclass
class Lease:
    """Can be made sure of so many times; then it is lost."""

    times: int
    asked: int = 0

    async def hold(self) -> float:
        self.asked += 1
        if self.asked > self.times:
            raise LeaseLost("case:main:1")
        return asyncio.get_running_loop().time() + 60


async def test_a_write_kept_waiting_past_its_time_asks_again_before_it_leaves():
    portal, lease = SlowPortal([61.0, 61.0]), Lease(times=3)
    await Fenced(portal, lease.hold).send(WRITE)
    assert (lease.asked, len(portal.left)) == (3, 1)


async def test_a_look_frozen_between_the_check_and_the_request_writes_nothing():
    """Stopped with SIGSTOP after it made sure of its lease, woken up when the key was another's."""
    portal, lease = SlowPortal([3600.0]), Lease(times=1)
    with pytest.raises(LeaseLost):
        await Fenced(portal, lease.hold).send(WRITE)
    assert portal.left == []


@pytest.mark.parametrize("kept", [[], [3600.0]])
async def test_reading_needs_no_lease(kept: Sequence[float]):
    portal, lease = SlowPortal(list(kept)), Lease(times=0)
    await Fenced(portal, lease.hold).send(READ)
    assert portal.left == [READ]
