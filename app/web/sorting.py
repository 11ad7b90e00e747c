"""Which key an event makes dirty. Pure: the entity types of case and measure are handed in."""

from __future__ import annotations

from dataclasses import dataclass

from bitrix.events import Event

from app.keys import CaseKey, Key, MeasureKey, SourceKey
from bitrix.refs import ItemRef, TaskRef


@dataclass(frozen=True)
class OwnTypes:
    """Entity type ids of the service's smart processes on one portal; unknown until the portal was read once."""

    case: int | None = None
    measure: int | None = None


@dataclass(frozen=True)
class Sorted:
    """What an event concerns; both empty when it concerns nobody here."""

    keys: tuple[Key, ...] = ()
    task_id: int | None = None


def sort_event(event: Event, portal: str, own: OwnTypes) -> Sorted:
    """An event of an item or task, as keys. Where ``own`` isn't known yet, the look at the key sorts it again."""
    match event.subject:
        case TaskRef(id=task_id):
            return Sorted(task_id=task_id)
        case ItemRef(entity_type_id=entity_type_id, id=item_id):
            if entity_type_id == own.case:
                return Sorted((CaseKey(portal, item_id),))
            if entity_type_id == own.measure:
                return Sorted((MeasureKey(portal, item_id),))
            return Sorted((SourceKey(portal, entity_type_id, item_id),))
        case _:
            return Sorted()
