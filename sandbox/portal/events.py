"""Outgoing events: who listens, and how a change travels to them.

Contract 3.2 and 3.3 (api-reference/events/index.md): a queue, one attempt, no retry, never in the way of a REST answer.
Each subscription has a queue of its own, so a slow handler delays only itself; within one, the order is kept.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from sandbox.portal.clock import Clock
from sandbox.portal.php import JSON, encode

HANDLER_TIMEOUT = 10.0
"""Seconds a handler has to answer. The vendor does not say how long it waits (unverified)."""

APPLICATIONS_ONLY = frozenset({"ONCRMDEALMOVETOCATEGORY", "ONCRMTIMELINEITEMACTION"})
"""Not selectable in an outgoing webhook (api-reference/crm/deals/events/index.md)."""

Record = Callable[[Mapping[str, JSON]], None]


@dataclass(frozen=True)
class Subscription:
    """An outgoing webhook: one handler, chosen events, a token of its own."""

    id: int
    url: str
    events: frozenset[str]
    application_token: str
    user_id: int

    def wants(self, event: str) -> bool:
        return event in self.events and event not in APPLICATIONS_ONLY


@dataclass(frozen=True)
class Delivery:
    """One call of one handler, waiting for its turn."""

    subscription: Subscription
    event: str
    data: Mapping[str, JSON]
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
class Queue:
    """What waits for one subscription."""

    waiting: deque[Delivery] = field(default_factory=deque)
    held: list[Delivery] = field(default_factory=list)
    overtaken: list[Delivery] = field(default_factory=list)
    under_way: bool = False


class Events:
    """Subscriptions and their queues. ``run`` delivers, until it is cancelled; without it everything just waits."""

    def __init__(
        self,
        clock: Clock,
        portal_address: Callable[[], str],
        member_id: str,
        record: Record,
        faults: DeliveryFaults,
    ) -> None:
        self._clock = clock
        self._portal_address = portal_address
        self._member_id = member_id
        self._record = record
        self._subscriptions: dict[int, Subscription] = {}
        self._queues: dict[int, Queue] = {}
        self._changed = asyncio.Event()
        self._faults = faults

    def subscribe(self, url: str, events: Iterable[str], user_id: int) -> Subscription:
        """Names are matched without regard to case and delivered in upper case."""
        subscription = Subscription(
            id=len(self._subscriptions) + 1,
            url=url,
            events=frozenset(event.upper() for event in events),
            application_token=secrets.token_hex(16),
            user_id=user_id,
        )
        self._subscriptions[subscription.id] = subscription
        self._queues[subscription.id] = Queue()
        return subscription

    @property
    def subscriptions(self) -> list[Subscription]:
        return list(self._subscriptions.values())

    def put(self, event: str, data: Mapping[str, JSON]) -> None:
        """Queue the event for everyone who wants it."""
        for subscription in self._subscriptions.values():
            if not subscription.wants(event):
                continue
            plain = Delivery(subscription, event, data)
            disturbance = self._faults.disturb(plain, self._clock.elapsed())
            if disturbance is not None:
                self._note(plain, "disturbed", by=disturbance.name)
            for delivery in [plain] if disturbance is None else disturbance.deliveries:
                self._enqueue(self._queues[subscription.id], delivery)
        self._changed.set()

    def wake(self) -> None:
        """The clock was moved: held deliveries may be due."""
        self._changed.set()

    def _enqueue(self, queue: Queue, delivery: Delivery) -> None:
        if delivery.after_next:
            queue.overtaken.append(delivery)
        elif delivery.due > self._clock.elapsed():
            queue.held.append(delivery)
        else:
            queue.waiting.append(delivery)
            queue.waiting.extend(queue.overtaken)
            queue.overtaken.clear()

    @property
    def settled(self) -> bool:
        """Nothing waits and nothing is under way. What a fault holds back for later does not count."""
        return not any(queue.waiting or queue.under_way for queue in self._queues.values())

    @property
    def held(self) -> int:
        """Deliveries kept back by a ``delay`` whose time has not come."""
        return sum(len(queue.held) for queue in self._queues.values())

    async def settle(self) -> None:
        """Return when everything that can be delivered now has been. Overtaken deliveries nobody overtook go too."""
        while True:
            self._release(overtaken=True)
            if self.settled:
                return
            await asyncio.sleep(0.002)

    async def run(self) -> None:
        """Deliver for ever: one worker a subscription, started when it first has something to do."""
        workers: dict[int, asyncio.Task[None]] = {}
        try:
            async with httpx.AsyncClient(timeout=HANDLER_TIMEOUT, trust_env=False) as client:
                while True:
                    self._release()
                    for number, queue in self._queues.items():
                        worker = workers.get(number)
                        if queue.waiting and (worker is None or worker.done()):
                            queue.under_way = True
                            workers[number] = asyncio.create_task(self._drain(queue, client))
                    self._changed.clear()
                    await self._something_to_do()
        finally:
            for worker in workers.values():
                worker.cancel()
            await asyncio.gather(*workers.values(), return_exceptions=True)

    async def _something_to_do(self) -> None:
        """A new event, or the due time of a held one, which a skipped clock may bring closer."""
        patience = 0.05 if self.held else None
        try:
            await asyncio.wait_for(self._changed.wait(), patience)
        except TimeoutError:
            return

    def _release(self, *, overtaken: bool = False) -> None:
        elapsed = self._clock.elapsed()
        for queue in self._queues.values():
            due = [delivery for delivery in queue.held if delivery.due <= elapsed]
            if due:
                queue.held = [delivery for delivery in queue.held if delivery.due > elapsed]
                queue.waiting.extend(due)
            if overtaken and queue.overtaken:
                queue.waiting.extend(queue.overtaken)
                queue.overtaken.clear()
            if queue.waiting:
                self._changed.set()

    async def _drain(self, queue: Queue, client: httpx.AsyncClient) -> None:
        try:
            while queue.waiting:
                await self._deliver(queue.waiting.popleft(), client)
        finally:
            queue.under_way = False

    async def _deliver(self, delivery: Delivery, client: httpx.AsyncClient) -> None:
        """The one attempt. A handler that fails or is too slow has lost the event for good."""
        try:
            answer = await client.post(
                delivery.subscription.url,
                content=encode(self._body(delivery)),
                headers={"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Bitrix24 Webhook Engine"},
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._note(delivery, "lost", reason=type(error).__name__)
        else:
            outcome = "delivered" if answer.is_success else "lost"
            self._note(delivery, outcome, status=answer.status_code)

    def _body(self, delivery: Delivery) -> dict[str, JSON]:
        """Field order as in contract 3.2. ``ts`` is when it was sent, not when the change was made."""
        address = self._portal_address()
        return {
            "event": delivery.event,
            "event_handler_id": delivery.subscription.id,
            "data": delivery.data,
            "ts": int(self._clock.timestamp()),
            "auth": {
                "domain": urlsplit(address).netloc,
                "client_endpoint": f"{address}/rest/",
                "server_endpoint": f"{address}/oauth/rest/",
                "member_id": self._member_id,
                "application_token": delivery.subscription.application_token,
            },
        }

    def _note(self, delivery: Delivery, outcome: str, **more: JSON) -> None:
        self._record(
            {
                "event": delivery.event,
                "data": delivery.data,
                "subscription": delivery.subscription.id,
                "outcome": outcome,
                **more,
            }
        )
