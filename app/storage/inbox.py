"""Where deliveries are stored before they are acknowledged.

The portal calls once: when ``accept`` returns, the event is on the disk and its keys are dirty; else it raises.
Deliveries that arrive while a commit is under way share the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.keys import CaseKey, Key, MeasureKey
from app.storage.database import Database
from app.storage.dialects import ManyRows
from app.storage.dirty_keys import DirtyKeys
from app.storage.known_objects import TASK_ADDED, KnownObjects
from app.storage.observations import observed_in
from app.storage.schema import events

log = logging.getLogger(__name__)

MOST_IN_ONE_COMMIT = 500
ITEM_ADDED = "ONCRMDYNAMICITEMADD"
"""Some portals add the type: ``ONCRMDYNAMICITEMADD_1030``. Whether an item that is put back from the recycle bin is
told so, and by nothing else, is unverified; the pass over all open cases would find it."""

_EVENTS = ManyRows(events, ("portal", "name", "body", "received_at", "task_id"))


class NotStored(Exception):
    """The delivery is not on the disk. Nobody will bring it again; the sweep will find what it told about."""


class InboxFull(NotStored):
    """More deliveries wait for the disk than we are ready to hold."""


class InboxClosed(NotStored):
    """The service is stopping."""


class Delivery(NamedTuple):
    """One event and the keys it makes dirty; ``told`` is what is kept of it as evidence, without tokens.

    ``task_id`` and measures are mapped to their case where that is known. A task of no known case makes nothing dirty.
    """

    portal: str
    name: str
    told: Mapping[str, Any]
    received_at: float
    """Seconds since 1970."""
    keys: tuple[Key, ...] = ()
    task_id: int | None = None


Waiting = tuple[Delivery, asyncio.Future[None]]


class Inbox:
    """``run`` must be running for ``accept`` to return. ``wake`` is called after each commit.

    ``settle``: how long a key waits for further events before its look. One change is told by several, our own too.
    """

    def __init__(
        self,
        database: Database,
        dirty: DirtyKeys,
        known: KnownObjects,
        wake: Callable[[], None],
        most_waiting: int = 10_000,
        settle: timedelta = timedelta(0),
    ) -> None:
        self._database = database
        self._dirty = dirty
        self._known = known
        self._wake = wake
        self._settle = settle
        self._most_waiting = most_waiting
        self._waiting: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    async def accept(self, delivery: Delivery) -> None:
        """Returns when the delivery is durable. Raises NotStored (InboxFull, InboxClosed)."""
        if self._closed:
            raise InboxClosed("the service is stopping")
        if len(self._waiting) >= self._most_waiting:
            raise InboxFull(f"{self._most_waiting} deliveries wait for the disk")
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, stored))
        self._arrived.set()
        await stored

    async def run(self) -> None:
        """Commit what has come in, again and again. Cancelled, it still commits what was taken in, and closes."""
        try:
            while True:
                await self._arrived.wait()
                await _see_through(self._commit_together())
        finally:
            self._closed = True
            while self._waiting:
                await _see_through(self._commit_together())

    async def _commit_together(self) -> None:
        together = [self._waiting.popleft() for _ in range(min(MOST_IN_ONE_COMMIT, len(self._waiting)))]
        if not self._waiting:
            self._arrived.clear()
        await self._commit(together)

    async def _commit(self, waiting: list[Waiting]) -> None:
        try:
            await self._database.write(partial(self._store, [delivery for delivery, _ in waiting]))
        except Exception as error:
            if len(waiting) > 1:  # one of them may be to blame; the others shall not pay for it
                for each in waiting:
                    await self._commit([each])
                return
            (delivery, stored) = waiting[0]
            log.exception("delivery %s of portal %s not stored", delivery.name, delivery.portal)
            if not stored.done():
                not_stored = NotStored(f"{type(error).__name__}")
                not_stored.__cause__ = error
                stored.set_exception(not_stored)
            return
        for _, stored in waiting:
            if not stored.done():
                stored.set_result(None)
        self._wake()

    def _store(self, deliveries: list[Delivery], connection: sa.Connection) -> None:
        _EVENTS.put(
            connection, [(each.portal, each.name, each.told, each.received_at, each.task_id) for each in deliveries]
        )
        settled = datetime.fromtimestamp(max(each.received_at for each in deliveries), UTC) + self._settle
        self._dirty.mark_in(connection, self._concerned(connection, deliveries), settled if self._settle else None)

    def _concerned(self, connection: sa.Connection, deliveries: list[Delivery]) -> set[Key]:
        """What is marked: of a task or measure the case it belongs to, where that is known. That a case was added is no
        news once somebody has looked at it."""
        keys = {key for each in deliveries for key in each.keys}
        keys -= observed_in(connection, _only_added(deliveries))
        tasks = {
            (each.portal, each.task_id) for each in deliveries if each.task_id is not None and each.name != TASK_ADDED
        }
        measures = {key for key in keys if isinstance(key, MeasureKey)}
        if measures:
            cases = self._known.cases_in(connection, "measure", {(key.portal, key.id) for key in measures})
            known = {key for key in measures if (key.portal, key.id) in cases}
            keys = keys - known | {CaseKey(key.portal, cases[key.portal, key.id]) for key in known}
        if tasks:
            cases = self._known.cases_in(connection, "task", tasks)
            keys |= {CaseKey(portal, case_id) for (portal, _), case_id in cases.items()}
        return keys

    async def last_received(self, portal: str) -> datetime | None:
        """When this portal last told of a change."""
        newest = sa.select(sa.func.max(events.c.received_at)).where(events.c.portal == portal)
        found = await self._database.read(lambda connection: connection.execute(newest).scalar_one())
        return datetime.fromtimestamp(found, UTC).astimezone() if found is not None else None

    async def count(self) -> int:
        """Events stored so far."""
        counted = sa.select(sa.func.count()).select_from(events)
        return int(await self._database.read(lambda connection: connection.execute(counted).scalar_one()))


def _only_added(deliveries: list[Delivery]) -> set[CaseKey]:
    """Cases of which nothing is told but that they were added."""
    cases = [(each.name, key) for each in deliveries for key in each.keys if isinstance(key, CaseKey)]
    more = {key for name, key in cases if not name.startswith(ITEM_ADDED)}
    return {key for _, key in cases} - more


async def _see_through(work: Coroutine[Any, Any, None]) -> None:
    """Finish the work however often we are cancelled meanwhile: somebody waits for its outcome."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled
