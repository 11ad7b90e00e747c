"""Lists that tell what changed since a moment: source items, cases, measures, tasks.

They are read from a while before the last sweep, by the portal's own clock, because a list may show a change late and
an event may come late. Each change is handed out once all the same. What was deleted stands in no list.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.controller.connection import Connection
from app.controller.slots import case_named_by
from app.keys import CaseKey, Key, SourceKey
from bitrix.call import JSON
from bitrix.calls.items import Item, list_items
from bitrix.calls.tasks import Task, list_tasks
from bitrix.refs import DEAL, FIRST_DYNAMIC, LEAD, ItemRef, TaskRef

OVERLAP = timedelta(minutes=5)
"""How long before the last sweep the lists are read again, and how late an event may come before it counts as lost."""

ITEM_EVENTS = {LEAD: "ONCRMLEAD", DEAL: "ONCRMDEAL"}


@dataclass(frozen=True)
class Change:
    """The latest change of one thing."""

    subject: ItemRef | TaskRef
    at: datetime
    """By the portal's clock, whole seconds."""
    event: str
    """Which event tells of it."""
    key: Key | None
    """What has to be looked at; ``None`` when nothing has: an item still in work."""


@dataclass(frozen=True)
class Place:
    """Where the last sweep ended."""

    until: datetime
    """The portal's time."""
    seen: frozenset[tuple[str, str]] = frozenset()
    """Changes of the last minutes before it that were handed out already: subject and moment."""

    @classmethod
    def read(cls, text: str) -> Place:
        stored = json.loads(text)
        return cls(datetime.fromisoformat(stored["until"]), frozenset((name, at) for name, at in stored["seen"]))

    def written(self) -> str:
        return json.dumps({"until": self.until.isoformat(), "seen": sorted(self.seen)})

    @property
    def since(self) -> datetime:
        return self.until - OVERLAP

    def fresh(self, changes: Iterable[Change]) -> list[Change]:
        return [each for each in changes if _mark(each) not in self.seen]

    def settled(self, changes: Iterable[Change], portal_now: datetime) -> list[Change]:
        """Those whose event has had its time. Each change belongs to the settled ones of one sweep only."""
        return [each for each in changes if self.since <= each.at < portal_now - OVERLAP]


def next_place(changes: Iterable[Change], portal_now: datetime) -> Place:
    """Where the next sweep goes on."""
    begins = portal_now - OVERLAP
    return Place(portal_now, frozenset(_mark(each) for each in changes if each.at >= begins))


def _mark(change: Change) -> tuple[str, str]:
    return f"{change.subject}", change.at.isoformat()


async def changes_since(moment: datetime, connection: Connection) -> Sequence[Change]:
    """Of everything that is watched on this portal. Long lists are read fifty pages to a request."""
    layout = connection.layout
    found = await asyncio.gather(
        *(_sources(entity_type_id, moment, connection) for entity_type_id in source_types(connection)),
        _cases(layout.case.entity_type_id, moment, connection),
        _measures(layout.measure.entity_type_id, moment, connection),
        _tasks(moment, connection),
    )
    return [change for changes in found for change in changes]


def source_types(connection: Connection) -> Sequence[int]:
    return sorted({entity_type_id for entity_type_id, _ in connection.layout.sources})


def triggers_of(entity_type_id: int, connection: Connection) -> frozenset[str]:
    """Stages that start an analysis though the item isn't finished."""
    layout = connection.layout
    codes = {code for (each, _), code in layout.sources.items() if each == entity_type_id}
    return frozenset(stage_id for code in codes for stage_id in layout.triggers[code])


async def _sources(entity_type_id: int, moment: datetime, connection: Connection) -> list[Change]:
    funnels = [category for each, category in connection.layout.sources if each == entity_type_id]
    where: dict[str, JSON] = {} if None in funnels else {"@categoryId": [each for each in funnels if each is not None]}
    semantic = () if entity_type_id >= FIRST_DYNAMIC else ("stageSemanticId",)
    items = await _changed(entity_type_id, moment, connection, where, ("stageId", *semantic))
    starting = triggers_of(entity_type_id, connection)
    found = []
    for item in items:
        in_work = item.stage_semantic == "P" and item.stage_id not in starting
        found += _change(item, None if in_work else SourceKey(connection.name, entity_type_id, item.ref.id))
    return found


async def _cases(entity_type_id: int, moment: datetime, connection: Connection) -> list[Change]:
    items = await _changed(entity_type_id, moment, connection)
    return [each for item in items for each in _change(item, CaseKey(connection.name, item.ref.id))]


async def _measures(entity_type_id: int, moment: datetime, connection: Connection) -> list[Change]:
    case_type = connection.layout.case.entity_type_id
    items = await _changed(entity_type_id, moment, connection, select=(f"parentId{case_type}",))
    return [
        each
        for item in items
        if (case := item.parents.get(case_type)) is not None
        for each in _change(item, CaseKey(connection.name, case))
    ]


async def _changed(
    entity_type_id: int,
    moment: datetime,
    connection: Connection,
    where: Mapping[str, JSON] | None = None,
    select: Sequence[str] = (),
) -> list[Item]:
    call = list_items(
        entity_type_id,
        where={**(where or {}), ">=updatedTime": moment.isoformat()},
        select=("id", "createdTime", "updatedTime", *select),
    )
    return [item async for item in connection.portal.every(call, by="id")]


def _change(item: Item, key: Key | None) -> list[Change]:
    if item.updated_at is None:
        return []
    name = ITEM_EVENTS.get(item.ref.entity_type_id, "ONCRMDYNAMICITEM")
    action = "ADD" if item.updated_at == item.created_at else "UPDATE"
    return [Change(item.ref, item.updated_at, f"{name}{action}", key)]


async def _tasks(moment: datetime, connection: Connection) -> list[Change]:
    """Every task that changed on the portal is read, and those of a case are kept, also when somebody took them out of
    its card: a filter for their bindings needs the cases named. That ticking a checklist counts as a change of its
    task is unverified."""
    call = list_tasks(where={">=CHANGED_DATE": moment.isoformat()})
    tasks = [task async for task in connection.portal.every(call, by="id")]
    return [
        Change(
            subject=TaskRef(task.id),
            at=task.changed_at,
            event="ONTASKADD" if task.changed_at == task.created_at else "ONTASKUPDATE",
            key=key,
        )
        for task in tasks
        if task.changed_at is not None and (key := _case_of(task, connection)) is not None
    ]


def _case_of(task: Task, connection: Connection) -> CaseKey | None:
    """The case that made it, wherever it hangs now; else the one on which somebody hung it."""
    bound = (_item_bound(binding) for binding in task.crm_bindings)
    case_type = connection.layout.case.entity_type_id
    hangs_on = next((ref.id for ref in bound if ref and ref.entity_type_id == case_type), None)
    case_id = case_named_by(task.xml_id or "") or hangs_on
    return CaseKey(connection.name, case_id) if case_id is not None else None


def _item_bound(binding: str) -> ItemRef | None:
    try:
        return ItemRef.from_binding(binding)
    except ValueError:  # tasks hang on other things too
        return None
