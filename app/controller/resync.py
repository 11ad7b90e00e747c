"""The sweep: finds what no event told (design section 2.7).

Bitrix24 sends an event once; what was lost on the way is found here. Everything is read from where the last sweep
ended, with some overlap, so its cost grows with what changed: stage histories by growing id, and whatever is watched by
the time of its last change (``watches``). What is deleted leaves no trace in a list; for its sake every open case is
looked at now and then (``full_every``).

Closed cases sleep until a date of their own; once a day those that may have something to do are woken. A database that
knows nothing yet gets every case and all finished work that has none: that is how it is rebuilt.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.controller.connection import Connection
from app.controller.round_key import parse_round_key
from app.controller.watches import Change, Place, changes_since, next_place, source_types, triggers_of
from app.keys import CaseKey, Key, SourceKey
from app.storage.cursors import Cursors
from app.storage.dirty_keys import DirtyKeys
from bitrix.call import JSON, PAGE_SIZE
from bitrix.calls.items import Item, list_items
from bitrix.calls.stage_history import StageEntry, list_stage_history
from bitrix.calls.system import server_time
from bitrix.refs import ItemRef
from rules.model import CaseField
from rules.rulebook import Rulebook

OVERLAP = 200
"""Rows of history read again: that ids appear strictly in order is inferred, not documented (contract 3.5)."""

REMEMBERED = timedelta(days=30)
"""How long after its closing, or after the day of its check, a case is woken daily."""

AT_A_TIME = 20
"""Keys that are due together, of many that were found."""

CHANGES, FULL = "changes", "full-pass"
"""Names of cursors."""


@dataclass(frozen=True)
class SweepDesk:
    """What a sweep works with besides the portal."""

    book: Rulebook
    cursors: Cursors
    dirty: DirtyKeys
    full_every: timedelta
    pause: timedelta = timedelta(seconds=5)
    """Of many keys found a few are due every so often, so that events don't wait behind all of them."""


@dataclass(frozen=True)
class Swept:
    """How many keys one sweep marked, by what they were found with."""

    sources: int = 0
    cases: int = 0
    sleepers: int = 0
    in_full: bool = False
    """Every open case was marked."""
    settled: Sequence[Change] = ()
    """Changes whose events should have come by now."""


async def last_swept(portal: str, cursors: Cursors) -> datetime | None:
    """When any process last swept this portal, by the portal's clock."""
    stored = await cursors.get(portal, CHANGES)
    return None if stored is None else Place.read(stored).until


async def sweep(connection: Connection, desk: SweepDesk, now: datetime) -> Swept:
    """Mark what changed since the last sweep; now and then every open case, and daily the closed ones that wait.

    A sweep that failed halfway is made again from the same place: places are noted after the marks.
    """
    stored = await desk.cursors.get(connection.name, CHANGES)
    if stored is None:
        return await _sweep_everything(connection, desk, now)
    place = Place.read(stored)
    portal_now, histories, changes = await asyncio.gather(
        connection.portal.send(server_time()),
        asyncio.gather(*(_read_history(each, connection, desk) for each in source_types(connection))),
        changes_since(place.since, connection),
    )
    fresh = place.fresh(changes)
    newest = _newest_case(await _cases(connection)) if any(history.anew for history in histories) else {}
    sources = {key for history in histories for key in history.without_case(newest)}
    sources |= {each.key for each in fresh if isinstance(each.key, SourceKey)}
    cases = {each.key for each in fresh if isinstance(each.key, CaseKey)}
    cases |= await _open_cases_of([each.subject for each in fresh if isinstance(each.subject, ItemRef)], connection)
    in_full = await _full_pass_is_due(connection, desk, now)
    if in_full:
        cases |= {CaseKey(connection.name, each.ref.id) for each in await _cases(connection, only_open=True)}
    await _mark([*sorted(sources), *sorted(cases)], desk, now)
    for history in histories:
        await _note(history, connection, desk)
    await desk.cursors.set(connection.name, CHANGES, next_place(changes, portal_now).written())
    if in_full:
        await desk.cursors.set(connection.name, FULL, now.isoformat())
    sleepers = await _wake_sleepers(connection, desk, now)
    return Swept(len(sources), len(cases), sleepers, in_full, place.settled(changes, portal_now))


async def _sweep_everything(connection: Connection, desk: SweepDesk, now: datetime) -> Swept:
    """The database knows nothing: a new installation, or it was lost.

    Open cases first, then finished work that has no case since, then closed cases for their rows and points.
    """
    portal_now, histories, cases = await asyncio.gather(
        connection.portal.send(server_time()),
        asyncio.gather(*(_read_history(each, connection, desk) for each in source_types(connection))),
        _cases(connection),
    )
    newest = _newest_case(cases)
    sources = [key for history in histories for key in history.without_case(newest)]
    final = set(connection.layout.final_stage_ids())
    opened = [CaseKey(connection.name, each.ref.id) for each in cases if each.stage_id not in final]
    closed = [CaseKey(connection.name, each.ref.id) for each in cases if each.stage_id in final]
    await _mark([*opened, *sources, *closed], desk, now)
    for history in histories:
        await _note(history, connection, desk)
    await desk.cursors.set(connection.name, FULL, now.isoformat())
    await desk.cursors.set(connection.name, CHANGES, next_place((), portal_now).written())
    return Swept(len(sources), len(opened), len(closed), in_full=True)


def _newest_case(cases: Iterable[Item]) -> Mapping[tuple[int, int], datetime]:
    """When the latest case of each source was made, by the source's type and id."""
    made: dict[tuple[int, int], datetime] = {}
    for case in cases:
        parsed = parse_round_key(case.xml_id)
        if parsed is not None and case.created_at is not None:
            source = (parsed[0].entity_type_id, parsed[0].id)
            made[source] = max(case.created_at, made.get(source, case.created_at))
    return made


async def _cases(connection: Connection, *, only_open: bool = False) -> list[Item]:
    layout = connection.layout
    where: dict[str, JSON] = {"!@stageId": layout.final_stage_ids()} if only_open else {}
    call = list_items(layout.case.entity_type_id, where=where, select=("id", "xmlId", "stageId", "createdTime"))
    return [item async for item in connection.portal.every(call, by="id")]


async def _open_cases_of(subjects: Sequence[ItemRef], connection: Connection) -> set[CaseKey]:
    """Cases whose source changed: its title stands in the report, its stage may be held by the case."""
    of_type = defaultdict(list)
    for ref in sorted(set(subjects)):
        if ref.entity_type_id in source_types(connection):
            of_type[ref.entity_type_id].append(ref.id)
    layout = connection.layout
    calls = [
        list_items(
            layout.case.entity_type_id,
            where={f"@parentId{entity_type_id}": ids[first : first + PAGE_SIZE], "!@stageId": layout.final_stage_ids()},
            select=("id",),
        )
        for entity_type_id, ids in of_type.items()
        for first in range(0, len(ids), PAGE_SIZE)
    ]
    found = await asyncio.gather(*(connection.every(call) for call in calls))
    return {CaseKey(connection.name, item.ref.id) for items in found for item in items}


async def _full_pass_is_due(connection: Connection, desk: SweepDesk, now: datetime) -> bool:
    last = await desk.cursors.get(connection.name, FULL)
    if last is None:
        return True
    since = now - datetime.fromisoformat(last)
    return since >= desk.full_every or since < timedelta(0)  # or the clock was put back


async def _mark(keys: Sequence[Key], desk: SweepDesk, now: datetime) -> None:
    for number, first in enumerate(range(0, len(keys), AT_A_TIME)):
        await desk.dirty.mark(keys[first : first + AT_A_TIME], now + number * desk.pause, origin="sweep")


async def _wake_sleepers(connection: Connection, desk: SweepDesk, now: datetime) -> int:
    """Once a day: cases closed lately, whose news may wait for readers and of which something may have been deleted,
    and those whose measures are to be checked."""
    name, today = "closed-cases", now.date()
    if await desk.cursors.get(connection.name, name) == today.isoformat():
        return 0
    layout = connection.layout.case
    check_on = layout.fields[CaseField.CHECK_ON].name
    begun = today - REMEMBERED
    lately: dict[str, JSON] = {
        "@stageId": connection.layout.final_stage_ids(),
        ">=movedTime": (now - REMEMBERED).isoformat(),
    }
    to_check: dict[str, JSON] = {
        "@stageId": connection.layout.success_stage_ids(),
        f">={check_on}": begun.isoformat(),
        f"<={check_on}": today.isoformat(),
    }
    found = {
        item.ref.id
        for where in (lately, to_check)
        async for item in connection.portal.every(
            list_items(layout.entity_type_id, where=where, select=("id",)), by="id"
        )
    }
    await _mark([CaseKey(connection.name, each) for each in sorted(found)], desk, now)
    await desk.cursors.set(connection.name, name, today.isoformat())
    return len(found)


@dataclass(frozen=True)
class History:
    """The end of the stage history of a type of items."""

    entity_type_id: int
    finished: Mapping[SourceKey, datetime]
    """Items that entered a final or starting stage of a watched funnel, and when they did so last."""
    seen: Sequence[int]
    """The newest ids, for the next reading."""
    watched: str
    """What it was read for; when that changes, it is read anew: a funnel may have come to the rulebook."""
    anew: bool
    grown: bool

    def without_case(self, newest: Mapping[tuple[int, int], datetime]) -> Iterator[SourceKey]:
        """The finished that have no case made since. ``newest``: when the latest case of each source was made."""
        for key, at in self.finished.items():
            made = newest.get((key.entity_type_id, key.id))
            if made is None or made < at:
                yield key


async def _read_history(entity_type_id: int, connection: Connection, desk: SweepDesk) -> History:
    stored = await desk.cursors.get(connection.name, _history(entity_type_id))
    place: dict[str, Any] = json.loads(stored) if stored else {"seen": []}
    watched = _watched(entity_type_id, connection, desk.book)
    anew = place.get("watched", watched) != watched
    seen: list[int] = [] if anew else place["seen"]
    since = {">=CREATED_TIME": watched_since(connection, desk.book).isoformat()}
    start = {">ID": max(seen) - OVERLAP} if seen else since
    call = list_stage_history(entity_type_id, where=start)
    rows: Sequence[StageEntry] = [row async for row in connection.portal.every(call, by="id")]
    known = set(seen)
    fresh = [row for row in rows if row.id not in known]
    starting = triggers_of(entity_type_id, connection)
    finished: dict[SourceKey, datetime] = {}
    for row in sorted(fresh, key=lambda row: row.entered_at):
        concerns_us = connection.layout.source_funnel(entity_type_id, row.category_id) is not None
        if concerns_us and (row.semantics in ("S", "F") or row.stage_id in starting):
            finished[SourceKey(connection.name, entity_type_id, row.owner_id)] = row.entered_at
    ids = sorted(known | {row.id for row in fresh})
    newest = [each for each in ids if each > ids[-1] - OVERLAP]
    return History(entity_type_id, finished, newest, watched, anew, grown=bool(fresh) or anew)


def _watched(entity_type_id: int, connection: Connection, book: Rulebook) -> str:
    """The funnels of this type, since when each is analysed, and the stages that start an analysis."""
    funnels = sorted(
        (category if category is not None else -1, code)
        for (each, category), code in connection.layout.sources.items()
        if each == entity_type_id
    )
    since = [f"{category}:{book.funnel(code).active_from or ''}" for category, code in funnels]
    return " ".join([*since, *sorted(triggers_of(entity_type_id, connection))])


async def _note(history: History, connection: Connection, desk: SweepDesk) -> None:
    if history.grown:
        text = json.dumps({"seen": list(history.seen), "watched": history.watched})
        await desk.cursors.set(connection.name, _history(history.entity_type_id), text)


def _history(entity_type_id: int) -> str:
    return f"stage-history:{entity_type_id}"


def watched_since(connection: Connection, book: Rulebook) -> datetime:
    """The earliest moment from which closed work is analysed."""
    created = connection.layout.case.created_at
    named = [
        datetime(each.active_from.year, each.active_from.month, each.active_from.day, tzinfo=created.tzinfo)
        for each in book.funnels
        if each.active_from is not None
    ]
    return min([created, *named])
