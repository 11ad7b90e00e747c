"""Which key an event makes dirty. Pure: the entity types of case and measure are handed in."""

from __future__ import annotations

from dataclasses import dataclass

from app.keys import CaseKey, Key, MeasureKey, SourceKey
from bitrix.events import Event
from bitrix.refs import DEAL, FIRST_DYNAMIC, LEAD, CommentRef, ItemRef, TaskRef


@dataclass(frozen=True)
class OwnTypes:
    """Entity type ids of the service's smart processes on one portal; unknown until the portal was read once."""

    case: int | None = None
    measure: int | None = None


@dataclass(frozen=True)
class Sorted:
    """What an event concerns: keys, or a task whose case the inbox may know."""

    keys: tuple[Key, ...] = ()
    task_id: int | None = None

    @property
    def concerns_us(self) -> bool:
        return bool(self.keys) or self.task_id is not None


NOBODY = Sorted()


def sort_event(event: Event, portal: str, own: OwnTypes) -> Sorted:
    """An event of an item or task, as keys. Where ``own`` isn't known yet, the look at the key sorts it again."""
    match event.subject:
        case TaskRef(id=task_id):
            return Sorted(task_id=task_id)
        case ItemRef(entity_type_id=own.case, id=item_id):
            return Sorted((CaseKey(portal, item_id),))
        case ItemRef(entity_type_id=own.measure, id=item_id):
            return Sorted((MeasureKey(portal, item_id),))
        case ItemRef(entity_type_id=entity_type_id, id=item_id) if _may_be_a_source(entity_type_id):
            return Sorted((SourceKey(portal, entity_type_id, item_id),))
        case _:
            return NOBODY


def _may_be_a_source(entity_type_id: int) -> bool:
    """S23: leads, deals and items of smart processes; not contacts, companies, quotes, invoices."""
    return entity_type_id in (LEAD, DEAL) or entity_type_id >= FIRST_DYNAMIC


def hint_for(event: Event) -> str:
    """What the operator can do about an event that concerns nobody."""
    match event.subject:
        case CommentRef():
            return "a comment in a timeline does not move a case; untick it in the outgoing webhook"
        case None if event.name.startswith("ONAPP"):
            return "events of the application's own life are not used when it is connected by webhooks"
        case None:
            return "unknown; if it should start a look, teach bitrix.events its subject and app.web.sorting its key"
        case _:
            return "nothing depends on it; untick it in the outgoing webhook, or give it a key in app.web.sorting"
