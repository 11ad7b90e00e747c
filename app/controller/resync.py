"""The sweep: finds what no event told (design section 2.7).

Bitrix24 sends an event once; what was lost on the way is found here. Stage histories are read from where the last sweep
ended, so its cost grows with what changed; open cases are looked at again as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.controller.connection import Connection
from app.keys import CaseKey, SourceKey
from app.storage.cursors import Cursors
from app.storage.dirty_keys import DirtyKeys
from bitrix.calls.items import list_items
from bitrix.calls.stage_history import StageEntry, list_stage_history
from rules.rulebook import Rulebook

OVERLAP = 200
"""Rows of history read again: that ids appear strictly in order is inferred, not documented (contract 3.5)."""


@dataclass(frozen=True)
class Swept:
    """How many keys one sweep marked."""

    sources: int
    cases: int


async def sweep(connection: Connection, book: Rulebook, cursors: Cursors, dirty: DirtyKeys) -> Swept:
    """Mark every source that was closed since the last sweep, and every open case."""
    layout = connection.layout
    sources = 0
    for entity_type_id in sorted({entity_type_id for entity_type_id, _ in layout.sources}):
        sources += await _sweep_sources(entity_type_id, connection, book, cursors, dirty)
    cases = [
        CaseKey(connection.name, item.ref.id)
        async for item in connection.portal.every(
            list_items(layout.case.entity_type_id, where={"!@stageId": layout.final_stage_ids()}, select=("id",)),
            by="id",
        )
    ]
    await dirty.mark(cases, origin="sweep")
    return Swept(sources, len(cases))


async def _sweep_sources(
    entity_type_id: int, connection: Connection, book: Rulebook, cursors: Cursors, dirty: DirtyKeys
) -> int:
    name = f"stage-history:{entity_type_id}"
    stored = await cursors.get(connection.name, name)
    place: dict[str, list[int]] = json.loads(stored) if stored else {"seen": []}
    seen = place["seen"]
    start = {">ID": max(seen) - OVERLAP} if seen else {">=CREATED_TIME": _watched_since(connection, book).isoformat()}
    rows: Sequence[StageEntry] = [
        row
        async for row in connection.portal.every(
            list_stage_history(entity_type_id, where=start), by="id" if seen else "offset"
        )
    ]
    known = set(seen)
    fresh = [row for row in rows if row.id not in known]
    closed = {row.owner_id for row in fresh if row.semantics in ("S", "F")}
    await dirty.mark([SourceKey(connection.name, entity_type_id, owner) for owner in sorted(closed)], origin="sweep")
    if fresh:
        ids = sorted(known | {row.id for row in fresh})
        newest = [each for each in ids if each > ids[-1] - OVERLAP]
        await cursors.set(connection.name, name, json.dumps({"seen": newest}))
    return len(closed)


def _watched_since(connection: Connection, book: Rulebook) -> datetime:
    """The earliest moment from which closed work is analysed."""
    created = connection.layout.case.created_at
    named = [
        datetime(each.active_from.year, each.active_from.month, each.active_from.day, tzinfo=created.tzinfo)
        for each in book.funnels
        if each.active_from is not None
    ]
    return min([created, *named])
