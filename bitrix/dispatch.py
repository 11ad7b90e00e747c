"""From the queue of waiting calls to requests and back: every sender hears what became of their call."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from bitrix.batching import AskAlone, Command, Outcome, Parcel, batch_of, outcomes, times_of
from bitrix.call import JSON, Answer, Call, Together
from bitrix.errors import BitrixError, MethodPaused, TooLate, Unreachable, unanswered
from bitrix.exchange import Exchange, Reply
from bitrix.lanes import LaneName, Load, Queue
from bitrix.pacing import Methods, Pace
from bitrix.together import Crowds

IN_FLIGHT = 16
"""Requests that may wait for their answers at once; calls beyond them gather in batches."""
KEPT_FREE = 4
"""Of them, for the foreground."""
RENEWALS = 2
"""How often one request is repeated because its token had expired."""

log = logging.getLogger(__name__)


class Dispatcher:
    """One for each portal. ``clock`` gives unix seconds; ``sleep`` waits so many of them."""

    def __init__(
        self,
        exchange: Exchange,
        pace: Pace,
        methods: Methods,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._exchange = exchange
        self._pace = pace
        self._methods = methods
        self._clock = clock
        self._sleep = sleep
        self._queue = Queue()
        self._crowds = Crowds()
        self._left_at = -math.inf
        self._places = asyncio.Semaphore(IN_FLIGHT)
        self._background_under_way = 0
        self._news = asyncio.Event()
        self._dispatching: asyncio.Task[None] | None = None
        self._travelling: set[asyncio.Task[None]] = set()
        self.closed = False

    async def deliver(self, lane: LaneName, parcel: Parcel) -> Outcome:
        outcome = await self._line_up(lane, parcel)
        while isinstance(outcome, AskAlone):
            parcel = parcel.alone()
            outcome = await self._line_up(lane, parcel)
        return outcome

    def _line_up(self, lane: LaneName, parcel: Parcel) -> asyncio.Future[Outcome | AskAlone]:
        self._queue.append(lane, parcel)
        self._news.set()
        if self._dispatching is None:
            self._dispatching = asyncio.create_task(self._dispatch())
            self._dispatching.add_done_callback(_report_bug)
        return parcel.promise

    def refused(self, method: str) -> datetime:
        """The portal paused a method: until when."""
        return self._methods.refused(method, self._clock())

    def resumes_at(self, call: Call[Any], *, background: bool) -> float:
        """When the method of this call may be asked again."""
        return self._methods.ready_at(call.method, self._clock(), background=background)

    async def close(self) -> None:
        """End what is under way. Calls that still wait never left; of those that left the outcome is unknown."""
        self.closed = True
        tasks = [*self._travelling, *([self._dispatching] if self._dispatching else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tell_who_waits()  # a dispatcher cancelled before its first step told nobody
        await self._exchange.close()

    # What the queue asks about a call (`bitrix.lanes.Gate`)

    @property
    def now(self) -> float:
        return self._clock()

    def ready_at(self, parcel: Parcel, *, background: bool) -> float:
        now = self._clock()
        if background and self._background_under_way >= IN_FLIGHT - KEPT_FREE:
            return now + 1.0
        moments = (
            self._methods.ready_at(method, now, calls=calls, background=background)
            for method, calls in parcel.methods.items()
        )
        return max(moments)

    def seconds(self, parcel: Parcel) -> float:
        return sum(self._methods.seconds(method) * calls for method, calls in parcel.methods.items())

    def leaves(self, parcel: Parcel) -> None:
        for method, calls in parcel.methods.items():
            self._methods.leaves(method, calls)

    def most_together(self, together: Together) -> int:
        return self._crowds.most(together)

    # The way there

    async def _dispatch(self) -> None:
        """Send off who waits, until nobody does. Begins a tick after the first call, so its neighbours come along."""
        try:
            while (ready_at := self._queue.ready_at(self)) is not None:
                if ready_at > self._clock():
                    await self._sleep_or_hear(ready_at - self._clock())
                    continue
                await self._places.acquire()
                load: Load | None = None
                try:
                    await self._wait_for_company()
                    await self._wait_for_room()
                    load = self._queue.take_load(self)
                finally:
                    if load is None:
                        self._places.release()
                if load is not None:
                    self._send_off(load)
                else:
                    await self._pace.answered()
        finally:
            self._dispatching = None
            self._tell_who_waits()

    async def _sleep_or_hear(self, seconds: float) -> None:
        """Until a method may be asked again, or an answer or another call changes what may leave."""
        self._news.clear()
        both = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._news.wait())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _wait_for_company(self) -> None:
        """The fuller the portal's bucket, the longer a request waits for others to come along; a full one never."""
        leaves_at = self._left_at + self._pace.patience()
        while (seconds := leaves_at - self._clock()) > 0 and not self._queue.fills_a_request(self):
            await self._sleep_or_hear(seconds)

    async def _wait_for_room(self) -> None:
        seconds = await self._pace.reserve()
        if seconds > 0:
            await self._sleep(seconds)

    def _send_off(self, load: Load) -> None:
        self._background_under_way += load.background
        self._left_at = self._clock()
        journey = asyncio.create_task(self._carry(load.commands))
        self._travelling.add(journey)
        journey.add_done_callback(partial(self._arrived, load))

    def _tell_who_waits(self) -> None:
        """Nobody will come for the queue any more; nothing to do when all of it left."""
        for parcel in self._queue.take_all():
            parcel.settle(lambda call: Unreachable(call.method, detail="the client stopped; the call never left"))

    # The way back

    def _arrived(self, load: Load, journey: asyncio.Task[None]) -> None:
        """Whatever happened on the way, every sender hears of it."""
        self._travelling.discard(journey)
        self._background_under_way -= load.background
        self._places.release()
        self._news.set()
        for parcel in load.parcels:
            parcel.settle(lambda call: unanswered(call, "the client stopped while the call was under way"))
        _report_bug(journey)

    async def _carry(self, load: list[Command]) -> None:
        """One request for the load."""
        too_late = [command for command in load if _is_late(command)]
        self._came_back(too_late)
        for command in too_late:
            command.settle(lambda call: TooLate(call.method, detail="it waited for too long"), self._crowds)
        if in_time := [command for command in load if command not in too_late]:
            await self._carry_in_time(in_time)

    async def _carry_in_time(self, load: list[Command]) -> None:
        in_time = partial(_are_in_time, load)
        try:
            if len(load) == 1:
                reply = await self._ask(load[0].method, load[0].params, in_time)
            else:
                reply = await self._ask("batch", batch_of([command.text for command in load]), in_time)
        finally:
            self._came_back(load)
        if callable(reply.outcome):
            each: Sequence[Outcome] = [reply.outcome] * len(load)
        elif len(load) == 1 and load[0].method != "batch":
            self._methods.told(load[0].method, reply.time, self._clock())
            each = [reply.outcome]
        else:
            self._note(load, reply.outcome)
            each = [reply.outcome] if len(load) == 1 else outcomes([one.calls[0] for one in load], reply.outcome)
        for command, outcome in zip(load, each, strict=True):
            self._note_pause(command, outcome)
            command.settle(outcome, self._crowds)

    def _came_back(self, load: Sequence[Command]) -> None:
        for command in load:
            for method, calls in command.parcels[0].methods.items():
                self._methods.came_back(method, calls)

    def _note_pause(self, command: Command, outcome: Outcome) -> None:
        """Of a list call that nobody asked for by its name; who asked together hears nothing of it."""
        if len(command.parcels) > 1 and callable(outcome) and isinstance(outcome(command.calls[0]), MethodPaused):
            self.refused(command.method)

    async def _ask(self, method: str, params: JSON, in_time: Callable[[], bool]) -> Reply:
        """One request, and others when all that was wrong with it was the age of its token: first with the pair that
        another process has stored meanwhile, which may be too old as well, then with one of our own."""
        reply = await self._ask_once(method, params, in_time)
        for _ in range(RENEWALS):
            if reply.expired is None:
                break
            try:
                if not await self._exchange.access.renew(reply.expired):
                    break
            except BitrixError as error:
                return Reply(partial(_as_met_by, error))
            await self._wait_for_room()
            reply = await self._ask_once(method, params, in_time)
        return reply

    async def _ask_once(self, method: str, params: JSON, in_time: Callable[[], bool]) -> Reply:
        try:
            reply = await self._exchange.ask(method, params, in_time)
        finally:
            await self._pace.answered()
        if reply.overflowed:
            await self._pace.overflowed()
        return reply

    def _note(self, load: Sequence[Command], batch: Answer) -> None:
        """What the portal tells about the time it spent on each command."""
        calls = [call for command in load for call in command.calls]
        for call, spent in zip(calls, times_of(calls, batch), strict=True):
            self._methods.told(call.method, spent, self._clock())


def _is_late(command: Command) -> bool:
    now = asyncio.get_running_loop().time()
    return any(call.leaves_by is not None and call.leaves_by < now for call in command.calls)


def _are_in_time(load: Sequence[Command]) -> bool:
    return not any(_is_late(command) for command in load)


def _as_met_by(error: BitrixError, call: Call[Any]) -> BitrixError:
    return error.about(call.method)


def _report_bug(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("the client failed: %s", type(error).__name__, exc_info=error)
