"""The proof of coverage, read from the portal with list calls: fifty rows a call, fifty calls a request.

What has its case is settled by two lists, entries into final stages and cases. Only the rest is read again, with all of
its history, and judged by the very rule that makes cases.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.controller.connection import Connection
from app.controller.observe import as_source
from app.controller.round_key import parse_round_key
from app.controller.watches import source_types, triggers_of
from app.coverage.proof import Coverage, Finish, Missing, before, coverage, is_before, judge
from app.keys import SourceKey
from bitrix.call import JSON, PAGE_SIZE
from bitrix.calls.items import Item, list_items
from bitrix.calls.stage_history import StageEntry, list_stage_history
from bitrix.refs import FIRST_DYNAMIC, LEAD
from rules.model import SourceRef
from rules.rulebook import Rulebook


@dataclass(frozen=True)
class Ended:
    """The entries of one item into final or starting stages."""

    finish: Finish
    entries: int


async def read_coverage(
    connection: Connection, book: Rulebook, errors: Mapping[str, str], since: datetime | None = None
) -> Coverage:
    """``errors``: by the text of a key, why looks at it fail. ``since``: only what was finished later.

    Raises BitrixError.
    """
    rounds, histories = await asyncio.gather(
        _rounds(connection),
        asyncio.gather(*(_ended(each, connection) for each in source_types(connection))),
    )
    ended = [each for of_type in histories for each in of_type if since is None or each.finish.at >= since]
    cased: dict[SourceRef, set[int]] = defaultdict(set)
    for ref, round_ in rounds:
        cased[ref].add(round_)
    watched_since = connection.layout.case.created_at
    missing: list[Missing] = []
    doubtful: list[Finish] = []
    for each in ended:
        ref = each.finish.ref
        if each.entries == 1 and 1 in cased.get(ref, ()):
            continue
        if ref not in cased and is_before(each.finish, book, watched_since):
            missing.append(before(each.finish))
        else:
            doubtful.append(each.finish)
    missing += await _judged(doubtful, cased, connection, book, errors)
    doubled = [ref.round_key(round_) for (ref, round_), number in rounds.items() if number > 1]
    return coverage(connection.name, book, (each.finish for each in ended), missing, doubled)


async def _rounds(connection: Connection) -> Counter[tuple[SourceRef, int]]:
    """How many cases there are for each closing."""
    call = list_items(connection.layout.case.entity_type_id, select=("id", "xmlId"))
    names = [item.xml_id async for item in connection.portal.every(call, by="id")]
    return Counter(parsed for name in names if (parsed := parse_round_key(name)) is not None)


async def _ended(entity_type_id: int, connection: Connection) -> list[Ended]:
    word = "STATUS" if entity_type_id == LEAD else "STAGE"
    wanted: list[Mapping[str, JSON]] = [{f"@{word}_SEMANTIC_ID": ["S", "F"]}]
    if starting := triggers_of(entity_type_id, connection):
        wanted.append({f"@{word}_ID": sorted(starting)})
    found = await asyncio.gather(*(_history(entity_type_id, where, connection) for where in wanted))
    rows = {row.id: row for entries in found for row in entries}
    of_item: dict[int, list[StageEntry]] = defaultdict(list)
    for row in sorted(rows.values(), key=lambda row: row.id):
        of_item[row.owner_id].append(row)
    ended = []
    for owner, entries in of_item.items():
        funnels = [connection.layout.source_funnel(entity_type_id, row.category_id) for row in entries]
        watched = [(funnel, row.entered_at) for funnel, row in zip(funnels, entries, strict=True) if funnel is not None]
        if watched:
            ended.append(Ended(Finish(SourceRef(entity_type_id, owner), *watched[-1]), len(entries)))
    return ended


async def _history(entity_type_id: int, where: Mapping[str, JSON], connection: Connection) -> list[StageEntry]:
    call = list_stage_history(entity_type_id, where=where)
    return [row async for row in connection.portal.every(call, by="id")]


async def _judged(
    doubtful: Sequence[Finish],
    cased: Mapping[SourceRef, set[int]],
    connection: Connection,
    book: Rulebook,
    errors: Mapping[str, str],
) -> list[Missing]:
    of_type: dict[int, list[Finish]] = defaultdict(list)
    for finish in doubtful:
        of_type[finish.ref.entity_type_id].append(finish)
    read = await asyncio.gather(
        *(
            _read(entity_type_id, [finish.ref.id for finish in some], connection, book)
            for entity_type_id, finishes in of_type.items()
            for some in _pages(finishes)
        )
    )
    items = {ref: item for some, _ in read for ref, item in some.items()}
    histories = {ref: rows for _, some in read for ref, rows in some.items()}
    missing = []
    for finish in doubtful:
        item, rounds = items.get(finish.ref), frozenset(cased.get(finish.ref, ()))
        source = as_source(item, histories.get(finish.ref, ()), rounds, connection, book) if item is not None else None
        error = errors.get(str(SourceKey(connection.name, finish.ref.entity_type_id, finish.ref.id)))
        found = judge(finish, source, book, connection.layout.case.created_at, error)
        if found is not None:
            missing.append(found)
    return missing


async def _read(
    entity_type_id: int, ids: Sequence[int], connection: Connection, book: Rulebook
) -> tuple[Mapping[SourceRef, Item], Mapping[SourceRef, Sequence[StageEntry]]]:
    codes = {code for (each, _), code in connection.layout.sources.items() if each == entity_type_id}
    fields = {each.field for code in codes for each in book.funnel(code).only_if}
    semantic = () if entity_type_id >= FIRST_DYNAMIC else ("stageSemanticId",)
    select = ("id", "title", "categoryId", "stageId", "assignedById", *semantic, *sorted(fields))
    items, rows = await asyncio.gather(
        connection.every(list_items(entity_type_id, where={"@id": list(ids)}, select=select)),
        _history(entity_type_id, {"@OWNER_ID": list(ids)}, connection),
    )
    histories: dict[SourceRef, list[StageEntry]] = defaultdict(list)
    for row in rows:
        histories[SourceRef(entity_type_id, row.owner_id)].append(row)
    return {SourceRef(entity_type_id, item.ref.id): item for item in items}, histories


def _pages(finishes: Sequence[Finish]) -> Iterator[Sequence[Finish]]:
    for first in range(0, len(finishes), PAGE_SIZE):
        yield finishes[first : first + PAGE_SIZE]
