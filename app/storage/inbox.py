"""Where deliveries are stored before they are acknowledged.

The portal calls once: when ``accept`` returns, the event is on the disk and its keys are dirty; else it raises.
Deliveries that arrive together share one commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from app.keys import CaseKey, Key, MeasureKey
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.known_objects import KnownObjects
from app.storage.schema import events

MOST_IN_ONE_COMMIT = 500


class InboxFull(Exception):
    """More deliveries wait for the disk than we are ready to hold: the sender gets a 503."""


@dataclass(frozen=True)
class Delivery:
    """One event and the keys it makes dirty; ``task_id`` is mapped to its case where that is known."""

    portal: str
    name: str
    body: bytes
    received_at: datetime
    keys: tuple[Key, ...] = ()
    task_id: int | None = None


class Inbox:
    """``run`` must be running for ``accept`` to return."""

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
        self._queue: asyncio.Queue[tuple[Delivery, asyncio.Future[None]]] = asyncio.Queue(most_waiting)

    async def accept(self, delivery: Delivery) -> None:
        """Returns when the delivery is durable. Raises InboxFull, or what the database raised."""
        stored = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((delivery, stored))
        except asyncio.QueueFull:
            raise InboxFull from None
        await stored

    async def run(self) -> None:
        """Commit what has come in, again and again, until cancelled."""
        while True:
            waiting = [await self._queue.get()]
            while len(waiting) < MOST_IN_ONE_COMMIT and not self._queue.empty():
                waiting.append(self._queue.get_nowait())
            deliveries = [delivery for delivery, _ in waiting]
            try:
                await self._database.write(partial(self._store, deliveries))
            except (sa.exc.SQLAlchemyError, OSError) as error:
                for _, stored in waiting:
                    if not stored.done():
                        stored.set_exception(error)
                continue
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
                }
                for each in deliveries
            ],
        )
        keys = [key for each in deliveries for key in self._concerned(connection, each)]
        self._dirty.mark_in(connection, keys)

    def _concerned(self, connection: sa.Connection, delivery: Delivery) -> list[Key]:
        found: list[Key] = []
        for key in delivery.keys:
            case_id = (
                self._known.case_of_in(connection, key.portal, "measure", key.id)
                if isinstance(key, MeasureKey)
                else None
            )
            found.append(key if case_id is None else CaseKey(key.portal, case_id))
        if delivery.task_id is not None:
            case_id = self._known.case_of_in(connection, delivery.portal, "task", delivery.task_id)
            if case_id is not None:
                found.append(CaseKey(delivery.portal, case_id))
        return found

    async def count(self) -> int:
        """Events ever stored."""
        counted = sa.select(sa.func.count()).select_from(events)
        return int(await self._database.read(lambda connection: connection.execute(counted).scalar_one()))
