"""Takes dirty keys one by one, looks at each, and says when to look again.

Errors are sorted by what to do next (``bitrix.errors``): a key that failed waits longer each time and keeps its error
for people to see; the other keys go on. Waiting is never a sleep inside a look.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from app.controller.connection import Connection
from app.controller.progress import SameAgain
from app.controller.reconcile import Desk, Outcome, reconcile
from app.keys import Key
from app.storage.dirty_keys import Claim, DirtyKeys
from bitrix.errors import AccessLost, BitrixError, MethodPaused, OutcomeUnknown, TryLater

log = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=30)
IDLE = timedelta(seconds=5)
"""How long to sleep when nothing is due; a wake-up ends it earlier."""


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
    ) -> None:
        self._dirty = dirty
        self._connections = connections
        self._desk = desk
        self._longest_request = longest_request
        self._lease = 2 * longest_request
        self._places = asyncio.Semaphore(looks_at_a_time)
        self._clock = clock
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be something due."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled; looks under way are then cancelled too, which is as harmless as a crash."""
        async with asyncio.TaskGroup() as looks:
            while True:
                await self._places.acquire()
                claims = await self._dirty.claim(self._owner, self._lease, limit=1)
                if not claims:
                    self._places.release()
                    await self._idle()
                for claim in claims:
                    looks.create_task(self._look_and_release(claim))

    async def _idle(self) -> None:
        due = await self._dirty.next_due()
        wait = IDLE if due is None else min(IDLE, max(timedelta(0), due - self._clock()))
        try:
            await asyncio.wait_for(self._wake.wait(), wait.total_seconds() or 0.05)
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    async def _look_and_release(self, claim: Claim) -> None:
        try:
            await self.look(claim)
        finally:
            self._places.release()
            self._wake.set()

    async def look(self, claim: Claim) -> None:
        """One look at one key, and what follows for the key."""
        key = claim.key
        connection = self._connections.get(key.portal)
        if connection is None:
            await self._dirty.put_off(claim, self._clock() + IDLE, f"портал «{key.portal}» ещё не подключён")
            return
        try:
            outcome = await reconcile(key, connection.under(self._holder(claim)), self._desk)
        except LeaseLost:
            log.warning("lease of %s lost, another worker has it", key)
        except OutcomeUnknown as error:
            # The write may still land until the portal's longest request is over: earlier, a look proves nothing.
            await self._fail(claim, error, wait=self._longest_request)
        except MethodPaused as error:
            await self._fail(claim, error, wait=error.resumes_at - self._clock() if error.resumes_at else None)
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
            outcome = await reconcile(key, self._connections[key.portal].under(self._holder(claim)), self._desk)
        except Exception as error:
            await self._fail(claim, error)
            raise
        await self._settle(claim, outcome)
        return outcome

    def _holder(self, claim: Claim) -> Callable[[], Awaitable[None]]:
        async def hold() -> None:
            if not await self._dirty.extend(claim, self._lease):
                raise LeaseLost(str(claim.key))

        return hold

    async def _settle(self, claim: Claim, outcome: Outcome) -> None:
        if outcome.commands and claim.origin == "sweep":
            body = {"because": list(outcome.because)}
            await self._desk.journal.write(claim.key.portal, str(claim.key), "found_by_sweep", body)
        if outcome.also_look_at:
            await self._dirty.mark(outcome.also_look_at, origin="self")
        await self._dirty.finish(claim, outcome.look_again_at)

    async def _fail(self, claim: Claim, error: Exception, wait: timedelta | None = None) -> None:
        backoff = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(claim.attempts, 12))
        until = self._clock() + (wait if wait is not None else backoff)
        text = f"{type(error).__name__}: {error}"
        log.warning("look at %s failed, again at %s: %s", claim.key, until.isoformat(timespec="seconds"), text)
        await self._desk.journal.write(claim.key.portal, str(claim.key), "error", {"error": text})
        await self._dirty.put_off(claim, until, text)
