"""Takes dirty keys, looks at each, and says when to look again.

Looks mostly wait for the portal, so many run at once and share its requests. Most changes on a portal concern nobody.
The more keys came at a time, the longer the worker lets the next ones gather, to be read by one request; as soon as a
look finds something to do, nobody is kept waiting any more.

Errors are sorted by what to do next (``bitrix.errors``): a key that failed waits longer each time and keeps its error
for people to see; the other keys go on. Waiting is never a sleep inside a look.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from app.controller.connection import Connection, Hold
from app.controller.dead_ends import tell_of_dead_end
from app.controller.progress import SameAgain
from app.controller.reconcile import Desk, Outcome, reconcile
from app.keys import Key
from app.storage.dirty_keys import Claim, DirtyKeys
from bitrix.errors import AccessLost, BitrixError, MethodPaused, OutcomeUnknown, TryLater

log = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=30)
PARKED_AFTER = 10
"""Looks in a row that failed, over half an hour: waiting doesn't help this key, a person has to."""
PARKED_FOR = timedelta(days=1)
NOT_THE_KEYS_FAULT = (TryLater, AccessLost, OutcomeUnknown)
"""The portal's trouble, which passes or is everybody's: no key is parked for it."""
IDLE = timedelta(seconds=5)
"""How long to sleep when nothing is due; a wake-up ends it earlier."""
GATHERING = timedelta(milliseconds=100)
"""For each key that was taken: how long the next ones gather."""


def pause_before_confirming(looks_under_way: int) -> timedelta:
    """How long the look waits that finds what the one before it has added: the busier it is, the longer. It is the only
    one for whom nobody waits, and would take the requests of those who have nothing yet."""
    return min(timedelta(minutes=1), looks_under_way * timedelta(milliseconds=50))


class LeaseLost(Exception):
    """Somebody else works on the key now: this look stops where it is."""


class Worker:
    """One process's share of the work: up to ``looks_at_a_time`` keys, each under a lease."""

    def __init__(
        self,
        dirty: DirtyKeys,
        connections: Mapping[str, Connection],
        desk: Desk,
        *,
        longest_request: timedelta,
        looks_at_a_time: int,
        clock: Callable[[], datetime],
        gather: timedelta = timedelta(0),
        idle: timedelta = IDLE,
    ) -> None:
        self._dirty = dirty
        self._connections = connections
        self._desk = desk
        self._longest_request = longest_request
        self._lease = 2 * longest_request
        self._places = self._free = looks_at_a_time
        self._longest_gathering = gather
        self._clock = clock
        self._idle_for = idle
        self._under_way: set[Key] = set()
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._wake = asyncio.Event()
        self._something_to_do = asyncio.Event()

    def wake(self) -> None:
        """There may be something due."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled; looks under way are then cancelled too, which is as harmless as a crash."""
        self._free = self._places
        self._under_way.clear()
        async with asyncio.TaskGroup() as looks:
            while True:
                self._wake.clear()
                claims = await self._claim() if self._free else []
                self._free -= len(claims)
                for claim in claims:
                    looks.create_task(self._look_and_release(claim))
                if claims:
                    news = sum(not self._desk.progress.expects(claim.key) for claim in claims)
                    await self._gather(min(self._longest_gathering, news * GATHERING))
                else:
                    await self._idle()

    async def _gather(self, longest: timedelta) -> None:
        """Until those who were taken turn out to concern somebody."""
        self._something_to_do.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(longest.total_seconds()):
                await self._something_to_do.wait()

    async def _claim(self) -> list[Claim]:
        """Keys of the portals that answer: the others keep until they do, here or at another process."""
        return await self._dirty.claim(self._owner, self._lease, self._free, self._connections)

    async def _idle(self) -> None:
        """Until something is due and there is a place for it, as far as this process knows."""
        wait = self._idle_for
        if self._free and (soonest := await self._dirty.next_due_in(self._connections)) is not None:
            wait = min(wait, max(timedelta(0), soonest))
        with suppress(TimeoutError):
            async with asyncio.timeout(wait.total_seconds() or 0.05):
                await self._wake.wait()

    async def _look_and_release(self, claim: Claim) -> None:
        try:
            if claim.key in self._under_way:
                await self._leave_to(claim)
                return
            self._under_way.add(claim.key)
            try:
                await self.look(claim)
            finally:
                self._under_way.discard(claim.key)
        finally:
            self._free += 1
            self._wake.set()

    async def _leave_to(self, claim: Claim) -> None:
        """A look of this very process outlived its lease: the clock was put forward, or the process stood still. What
        it has sent may not have landed yet; it writes no more (`LeaseLost`), and ours comes when that is over."""
        log.warning("lease of %s ended before the look at it", claim.key)
        await self._dirty.give_back(claim, self._clock() + self._lease)

    async def look(self, claim: Claim) -> None:
        """One look at one key, and what follows for the key."""
        key = claim.key
        connection = self._connections.get(key.portal)
        if connection is None:
            await self._dirty.put_off(claim, self._clock() + IDLE, f"портал «{key.portal}» ещё не подключён")
            return
        try:
            outcome = await reconcile(key, self._way(claim, connection), self._desk)
        except LeaseLost:
            log.warning("lease of %s lost, another worker has it", key)
        except OutcomeUnknown as error:
            # The write may still land until the portal's longest request is over: earlier, a look proves nothing.
            await self._fail(claim, error, wait=self._longest_request)
        except MethodPaused as error:
            await self._fail(claim, error, wait=self._until(error.resumes_at) if error.resumes_at else None)
        except TryLater as error:
            await self._fail(claim, error)
        except AccessLost as error:
            await self._fail(claim, error, wait=LONGEST_WAIT)
        except (BitrixError, SameAgain) as error:
            await self._fail(claim, error)
        except Exception as error:
            log.exception("look at %s failed", key)
            await self._fail(claim, error)
        else:
            await self._settle(claim, outcome)

    async def look_now(self, key: Key) -> Outcome | None:
        """One look at this key, now; ``None`` when another worker holds it. Raises what the look raises."""
        claim = await self._dirty.claim_key(key, f"{self._owner}:once", self._lease)
        if claim is None:
            return None
        try:
            outcome = await reconcile(key, self._way(claim, self._connections[key.portal]), self._desk)
        except Exception as error:
            await self._fail(claim, error)
            raise
        await self._settle(claim, outcome)
        return outcome

    def _way(self, claim: Claim, connection: Connection) -> Connection:
        """A look that finds what the one before has added, which the portal tells of as of any change, lets those go
        first that have something to do."""
        hold, lane = self._holder(claim), str(claim.key)
        return connection.behind(hold, lane) if self._desk.progress.expects(claim.key) else connection.under(hold, lane)

    def _holder(self, claim: Claim) -> Hold:
        """The lease lasts for two of the longest requests: one until a write leaves, one until it has landed."""

        async def hold() -> float:
            leaves_by = asyncio.get_running_loop().time() + self._longest_request.total_seconds()
            if not await self._dirty.extend(claim, self._lease):
                raise LeaseLost(str(claim.key))
            return leaves_by

        return hold

    async def _settle(self, claim: Claim, outcome: Outcome) -> None:
        if outcome.commands:
            self._something_to_do.set()
        if outcome.commands and claim.origin == "sweep":
            body = {"because": list(outcome.because)}
            await self._desk.journal.write(claim.key.portal, str(claim.key), "found_by_sweep", body)
        if outcome.also_look_at:
            due_at = self._clock() + outcome.others_see_it_in if outcome.others_see_it_in else None
            await self._dirty.mark(outcome.also_look_at, due_at, origin="self")
        if not outcome.commands:
            await self._dirty.finish(claim, outcome.look_again_at)
            return
        soonest = self._clock() + pause_before_confirming(self._places - self._free)
        again = outcome.look_again_at and max(outcome.look_again_at, soonest)
        await self._dirty.finish(claim, again, not_before=again)

    def _until(self, moment: datetime) -> timedelta:
        """By the client's clock, which goes on when ours is set."""
        return max(FIRST_WAIT, min(LONGEST_WAIT, moment - self._clock()))

    async def _fail(self, claim: Claim, error: Exception, wait: timedelta | None = None) -> None:
        backoff = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(claim.attempts, 12))
        until = self._clock() + (wait if wait is not None else backoff)
        text = f"{type(error).__name__}: {error}"
        log.warning("look at %s failed, again at %s: %s", claim.key, until.isoformat(timespec="seconds"), text)
        await self._desk.journal.write(claim.key.portal, str(claim.key), "error", {"error": text})
        if claim.attempts + 1 < PARKED_AFTER or isinstance(error, NOT_THE_KEYS_FAULT):
            await self._dirty.put_off(claim, until, text)
        elif await self._dirty.park(claim, self._clock() + PARKED_FOR, text):
            await self._tell(claim.key, text)

    async def _tell(self, key: Key, error: str) -> None:
        """Once for each parked key. Who can't be told today is told when the key is tried again."""
        try:
            if await tell_of_dead_end(key, error, self._connections[key.portal], self._desk.book):
                await self._dirty.told_of(key)
        except BitrixError as trouble:
            log.warning("nobody was told that %s is parked: %s", key, trouble)
