"""What events told and what they didn't: the last word about each thing, and the count of changes by the hour."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import Insert, ManyRows
from app.storage.schema import event_losses as table
from app.storage.schema import events
from bitrix.events import BadEvent, Telling
from bitrix.refs import Ref

HOUR = 3600
KEPT = timedelta(days=31)
PAGE = 2000


@dataclass(frozen=True)
class Tally:
    """Changes that the sweep saw, and those of them that no event told of."""

    changes: int = 0
    untold: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.changes + other.changes, self.untold + other.untold)


class EventLosses:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def told_since(self, portal: str, moment: datetime) -> Mapping[Ref, datetime]:
        """When the portal last sent an event about a thing, of the events received since then.

        Read in pages, so that what comes in meanwhile isn't kept waiting.
        """
        told: dict[Ref, datetime] = {}
        last = 0
        while page := await self._page(portal, moment, last):
            for id_, body, received_at in page:
                last = id_
                try:
                    telling = Telling.of(json.loads(body))
                except (BadEvent, ValueError):
                    continue
                sent = telling.ts or datetime.fromtimestamp(received_at, UTC)
                if telling.subject is not None:
                    told[telling.subject] = max(sent, told.get(telling.subject, sent))
        return told

    async def _page(self, portal: str, moment: datetime, after: int) -> list[tuple[int, bytes, float]]:
        wanted = (
            sa.select(events.c.id, events.c.body, events.c.received_at)
            .where(events.c.portal == portal, events.c.received_at >= moment.timestamp(), events.c.id > after)
            .order_by(events.c.id)
            .limit(PAGE)
        )
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return [(row.id, row.body, row.received_at) for row in rows]

    async def add(self, portal: str, counted: Mapping[str, Tally], at: datetime) -> None:
        """Counted up in the hour of ``at``; what is older than a month is forgotten."""
        hour = int(at.timestamp()) // HOUR

        def write(connection: sa.Connection) -> None:
            connection.execute(sa.delete(table).where(table.c.hour < hour - KEPT // timedelta(hours=1)))
            tallies = sorted(counted.items())
            _COUNTED.put(connection, [(portal, event, hour, each.changes, each.untold) for event, each in tallies])

        if counted:
            await self._database.write(write)

    async def by_event(self, since: datetime) -> Mapping[str, Mapping[str, Tally]]:
        """By portal and event, of the hours that began since then."""
        wanted = (
            sa.select(table.c.portal, table.c.event, sa.func.sum(table.c.changes), sa.func.sum(table.c.untold))
            .where(table.c.hour * HOUR >= since.timestamp())
            .group_by(table.c.portal, table.c.event)
            .order_by(table.c.portal, table.c.event)
        )
        found: dict[str, dict[str, Tally]] = {}
        for portal, event, changes, untold in await self._database.read(lambda c: c.execute(wanted).all()):
            found.setdefault(portal, {})[event] = Tally(int(changes), int(untold))
        return found


def _counted_up(new: Insert) -> Insert:
    return new.on_conflict_do_update(
        index_elements=["portal", "event", "hour"],
        set_={
            "changes": table.c.changes + new.excluded.changes,
            "untold": table.c.untold + new.excluded.untold,
        },
    )


_COUNTED = ManyRows(table, ("portal", "event", "hour", "changes", "untold"), _counted_up)
