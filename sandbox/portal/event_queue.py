"""The queue server between the portal and those it calls: handlers of events and robots.

api-reference/events/index.md, settings/performance/queue.md: one attempt and no retry, never in the way of a REST
answer; who answers slowly is called less often. Each address has a lane of its own, so a slow one delays only itself;
within a lane the order is kept.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from sandbox.portal.clock import Clock
from sandbox.portal.php import JSON, encode

HANDLER_TIMEOUT = 10.0
"""Seconds a handler has to answer. The vendor does not say how long it waits (unverified)."""

SLOW = 1.0
"""Seconds from which an answer counts as slow. Slow handlers are called less; what is slow is not said (unverified)."""

LONGEST_PAUSE = 60.0
"""Seconds between two calls of a handler that is slow again and again (unverified)."""

Record = Callable[[Mapping[str, JSON]], None]


@dataclass(frozen=True)
class Delivery:
    """One call of one address, waiting for its turn."""

    url: str
    event: str
    data: Mapping[str, JSON]
    """What ``faults`` and the journal know it by."""
    body: Callable[[int], Mapping[str, JSON]]
    """Makes the form when it is sent: ``ts`` is that moment, tokens are issued then. It may raise nothing."""
    addressee: Mapping[str, JSON] = field(default_factory=dict)
    """How the journal names who is called: ``{"subscription": 5}``, ``{"robot": 2}``."""
    due: float = 0.0
    """On the scale of ``Clock.elapsed``; later than now only when a fault holds it back."""
    after_next: bool = False
    """A fault lets the following delivery overtake this one."""


@dataclass(frozen=True)
class Disturbance:
    """What a fault makes of a delivery: nothing, the same twice, later, or behind the next."""

    name: str
    deliveries: list[Delivery]


class DeliveryFaults(Protocol):
    """Decides what goes wrong with a delivery about to be queued; ``None`` is nothing."""

    def disturb(self, delivery: Delivery, elapsed: float) -> Disturbance | None: ...


@dataclass
class Lane:
    """What waits for one address."""

    waiting: deque[Delivery] = field(default_factory=deque)
    held: list[Delivery] = field(default_factory=list)
    overtaken: list[Delivery] = field(default_factory=list)
    under_way: bool = False
    pause: float = 0.0
    resumes_at: float = 0.0
    """On the scale of ``Clock.elapsed``."""

    def answered_after(self, seconds: float, elapsed: float) -> None:
        """A slow answer is followed by a pause as long as itself, then by twice that; a prompt one ends it."""
        self.pause = min(max(seconds, 2 * self.pause), LONGEST_PAUSE) if seconds > SLOW else 0.0
        self.resumes_at = elapsed + self.pause


class EventQueue:
    """``run`` delivers, until it is cancelled; without it everything just waits. ``stopwatch`` measures handlers in
    real seconds; pauses pass with the portal's clock, which may be moved ahead."""

    def __init__(
        self, clock: Clock, record: Record, faults: DeliveryFaults, stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._record = record
        self._faults = faults
        self._stopwatch = stopwatch
        self._lanes: dict[str, Lane] = {}
        self._changed = asyncio.Event()

    def put(self, delivery: Delivery) -> None:
        """Queue a call, unless a fault says otherwise."""
        lane = self._lanes.setdefault(delivery.url, Lane())
        disturbance = self._faults.disturb(delivery, self._clock.elapsed())
        if disturbance is not None:
            self._note(delivery, "disturbed", by=disturbance.name)
        for one in [delivery] if disturbance is None else disturbance.deliveries:
            self._enqueue(lane, one)
        self._changed.set()

    def wake(self) -> None:
        """The clock was moved: held deliveries may be due."""
        self._changed.set()

    def _enqueue(self, lane: Lane, delivery: Delivery) -> None:
        if delivery.after_next:
            lane.overtaken.append(delivery)
        elif delivery.due > self._clock.elapsed():
            lane.held.append(delivery)
        else:
            lane.waiting.append(delivery)
            lane.waiting.extend(lane.overtaken)
            lane.overtaken.clear()

    @property
    def settled(self) -> bool:
        """Nothing waits and nothing is under way. What a fault holds back for later does not count."""
        return not any(lane.waiting or lane.under_way for lane in self._lanes.values())

    @property
    def resting(self) -> bool:
        """Nothing can leave at this moment: what still waits, waits for the portal's clock."""
        return not any(lane.under_way or self._may_go(lane) for lane in self._lanes.values())

    @property
    def held(self) -> int:
        """Deliveries kept back by a ``delay`` whose time has not come."""
        return sum(len(lane.held) for lane in self._lanes.values())

    async def settle(self) -> None:
        """Return when everything that can be delivered now has been. Overtaken deliveries nobody overtook go too."""
        while True:
            self._release(overtaken=True)
            if self.settled:
                return
            await asyncio.sleep(0.002)

    async def run(self) -> None:
        """Deliver for ever: one worker an address, started when it first has something to do."""
        workers: dict[str, asyncio.Task[None]] = {}
        try:
            async with httpx.AsyncClient(timeout=HANDLER_TIMEOUT, trust_env=False) as client:
                while True:
                    self._release()
                    for url, lane in self._lanes.items():
                        worker = workers.get(url)
                        if self._may_go(lane) and (worker is None or worker.done()):
                            lane.under_way = True
                            workers[url] = asyncio.create_task(self._drain(lane, client))
                    self._changed.clear()
                    await self._something_to_do()
        finally:
            for worker in workers.values():
                worker.cancel()
            await asyncio.gather(*workers.values(), return_exceptions=True)

    def _may_go(self, lane: Lane) -> bool:
        return bool(lane.waiting) and lane.resumes_at <= self._clock.elapsed()

    async def _something_to_do(self) -> None:
        """A new event, or the due time of a held one, which a skipped clock may bring closer."""
        later = any(lane.held or (lane.waiting and not lane.under_way) for lane in self._lanes.values())
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05 if later else None):
                await self._changed.wait()

    def _release(self, *, overtaken: bool = False) -> None:
        elapsed = self._clock.elapsed()
        for lane in self._lanes.values():
            due = [delivery for delivery in lane.held if delivery.due <= elapsed]
            if due:
                lane.held = [delivery for delivery in lane.held if delivery.due > elapsed]
                lane.waiting.extend(due)
            if overtaken and lane.overtaken:
                lane.waiting.extend(lane.overtaken)
                lane.overtaken.clear()
            if lane.waiting:
                self._changed.set()

    async def _drain(self, lane: Lane, client: httpx.AsyncClient) -> None:
        try:
            while self._may_go(lane):
                began = self._stopwatch()
                await self._deliver(lane.waiting.popleft(), client)
                lane.answered_after(self._stopwatch() - began, self._clock.elapsed())
        finally:
            lane.under_way = False
            self._changed.set()

    async def _deliver(self, delivery: Delivery, client: httpx.AsyncClient) -> None:
        """The one attempt. A handler that fails, is too slow or points elsewhere has lost the event for good.
        A redirect is not followed (unverified)."""
        try:
            answer = await client.post(
                delivery.url,
                content=encode(delivery.body(int(self._clock.timestamp()))),
                headers={"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Bitrix24 Webhook Engine"},
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._note(delivery, "lost", reason=type(error).__name__)
        else:
            outcome = "delivered" if answer.is_success else "lost"
            self._note(delivery, outcome, status=answer.status_code)

    def _note(self, delivery: Delivery, outcome: str, **more: JSON) -> None:
        self._record({"event": delivery.event, "data": delivery.data, **delivery.addressee, "outcome": outcome, **more})
