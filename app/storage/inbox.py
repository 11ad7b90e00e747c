"""Where deliveries are stored before they are acknowledged.

The portal calls once: when ``accept`` returns, the event is on the disk and its keys are dirty; else it raises.
Deliveries that arrive while a commit is under way share the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.keys import CaseKey, Key, MeasureKey
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.known_objects import Kind, KnownObjects
from app.storage.schema import events

log = logging.getLogger(__name__)

MOST_IN_ONE_COMMIT = 500


class NotStored(Exception):
    """The delivery is not on the disk. Nobody will bring it again; the sweep will find what it told about."""


class InboxFull(NotStored):
    """More deliveries wait for the disk than we are ready to hold."""


class InboxClosed(NotStored):
    """The service is stopping."""


@dataclass(frozen=True)
class Delivery:
    """One event and the keys it makes dirty; ``body`` is what is kept of it as evidence, without tokens.

    ``task_id`` and measures are mapped to their case where that is known. A task of no known case makes nothing dirty.
    """

    portal: str
    name: str
    body: bytes
    received_at: datetime
    keys: tuple[Key, ...] = ()
    task_id: int | None = None


Waiting = tuple[Delivery, asyncio.Future[None]]


class Inbox:
    """``run`` must be running for ``accept`` to return. ``wake`` is called after each commit."""

    def __init__(
        self,
        database: Database,
        dirty: DirtyKeys,
        known: KnownObjects,
        wake: Callable[[], None],
        most_waiting: int = 10_000,
    ) -> None:
        self._database = database
        self._dirty = dirty
        self._known = known
        self._wake = wake
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue(most_waiting)
        self._closed = False

    async def accept(self, delivery: Delivery) -> None:
        """Returns when the delivery is durable. Raises NotStored (InboxFull, InboxClosed)."""
        if self._closed:
            raise InboxClosed("the service is stopping")
        stored = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((delivery, stored))
        except asyncio.QueueFull:
            raise InboxFull(f"{self._queue.maxsize} deliveries wait for the disk") from None
        await stored

    async def run(self) -> None:
        """Commit what has come in, again and again. Cancelled, it still commits what was taken in, and closes."""
        try:
            while True:
                await _see_through(self._commit(self._together(await self._queue.get())))
        finally:
            self._closed = True
            await _see_through(self._commit_the_rest())

    async def _commit_the_rest(self) -> None:
        while not self._queue.empty():
            await self._commit(self._together(self._queue.get_nowait()))

    def _together(self, first: Waiting) -> list[Waiting]:
        waiting = [first]
        while len(waiting) < MOST_IN_ONE_COMMIT and not self._queue.empty():
            waiting.append(self._queue.get_nowait())
        return waiting

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
        connection.execute(
            sa.insert(events),
            [
                {
                    "portal": each.portal,
                    "name": each.name,
                    "body": each.body,
                    "received_at": each.received_at.timestamp(),
                    "task_id": each.task_id,
                }
                for each in deliveries
            ],
        )
        concerned = [key for each in deliveries for key in self._concerned(connection, each)]
        self._dirty.mark_in(connection, concerned)

    def _concerned(self, connection: sa.Connection, delivery: Delivery) -> Iterator[Key]:
        for key in delivery.keys:
            case = self._of_case(connection, key.portal, "measure", key.id) if isinstance(key, MeasureKey) else None
            yield key if case is None else case
        if delivery.task_id is not None:
            case = self._of_case(connection, delivery.portal, "task", delivery.task_id)
            if case is not None:
                yield case

    def _of_case(self, connection: sa.Connection, portal: str, kind: Kind, object_id: int) -> CaseKey | None:
        case_id = self._known.case_of_in(connection, portal, kind, object_id)
        return None if case_id is None else CaseKey(portal, case_id)

    async def count(self) -> int:
        """Events stored so far."""
        counted = sa.select(sa.func.count()).select_from(events)
        return int(await self._database.read(lambda connection: connection.execute(counted).scalar_one()))


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
