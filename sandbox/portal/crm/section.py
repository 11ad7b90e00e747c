"""``Crm``: how a portal's CRM is configured now, and its items.

What happens when an item is saved is in ``saving.py``, when a smart process is defined in ``definitions.py``; what
answers look like in ``sandbox.portal.methods``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sandbox.portal.crm import dictionaries
from sandbox.portal.crm.activities import Activities
from sandbox.portal.crm.badges import Badge
from sandbox.portal.crm.client_links import ClientLinks
from sandbox.portal.crm.collection import Collection, Item
from sandbox.portal.crm.definitions import Definitions
from sandbox.portal.crm.filters import Column, Filter, both, compile_filter
from sandbox.portal.crm.funnels import Funnels
from sandbox.portal.crm.kinds import DEAL, QUOTE, SMART_INVOICE, SYSTEM_KINDS, Kind, Schema, parent_field, smart_kind
from sandbox.portal.crm.pictures import SYSTEM_ICONS, SYSTEM_LOGOS, Pictures
from sandbox.portal.crm.product_rows import ProductRows
from sandbox.portal.crm.relations import Relation, Relations
from sandbox.portal.crm.requirements import Requirements
from sandbox.portal.crm.requisites import Requisites
from sandbox.portal.crm.rights import READ, UPDATE, Rights
from sandbox.portal.crm.rows import Found
from sandbox.portal.crm.saving import Saving
from sandbox.portal.crm.stage_history import StageHistory
from sandbox.portal.crm.statuses import Statuses
from sandbox.portal.crm.task_activities import TaskActivities
from sandbox.portal.crm.timeline import Owner, Timeline
from sandbox.portal.crm.user_fields import UserField, UserFields
from sandbox.portal.crm.values import CRM_CODE
from sandbox.portal.crm.workplaces import Workplaces
from sandbox.portal.errors import RestError

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

UNCHECKED_CODES = frozenset({"O"})
"""Codes of objects this sandbox does not have; a binding to them is kept as it is."""
INVOICE_PARENTS = (DEAL, QUOTE)
"""Related to invoices from the start (api-reference/crm/universal/invoice.md)."""


class Crm:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.rights = Rights(portal)
        self.requirements = Requirements()
        self.definitions = Definitions(portal)
        self.funnels = Funnels(portal)
        self.statuses = Statuses()
        self.user_fields = UserFields()
        self.relations = Relations()
        self.history = StageHistory()
        self.timeline = Timeline()
        self.icons = Pictures("Icon", SYSTEM_ICONS)
        self.logos = Pictures("Logo", SYSTEM_LOGOS)
        self.activities = Activities(portal)
        self.task_activities = TaskActivities(portal)
        self.badges: dict[str, Badge] = {}
        self.workplaces = Workplaces()
        self.client_links = ClientLinks(self)
        self.product_rows = ProductRows(portal)
        self.requisites = Requisites()
        self.saving = Saving(portal, self)
        self._collections: dict[int, Collection] = {}
        self._schemas: dict[int, Schema] = {}
        for dictionary, entries in dictionaries.STANDARD:
            self.statuses.create_dictionary(dictionary, entries)
        self.relations.replace(SMART_INVOICE, [Relation(parent, SMART_INVOICE) for parent in INVOICE_PARENTS])

    def kind(self, entity_type_id: int) -> Kind:
        """Raises ``NOT_FOUND`` for a type that does not exist."""
        system = SYSTEM_KINDS.get(entity_type_id)
        if system is not None:
            return system
        smart = self.definitions.get(entity_type_id)
        if smart is not None:
            return smart_kind(smart)
        if entity_type_id == 5:
            raise RestError("ENTITY_TYPE_NOT_SUPPORTED", "Entity type `INVOICE` is not supported")
        raise RestError("NOT_FOUND", "Смарт-процесс не найден")

    def kinds(self) -> list[Kind]:
        return [*SYSTEM_KINDS.values(), *(smart_kind(smart) for smart in self.definitions.all())]

    def kind_named(self, symbol: str) -> Kind | None:
        """By ``DEAL`` or ``dynamic_1030``, in any case."""
        return next((kind for kind in self.kinds() if kind.symbol == symbol.upper()), None)

    def kind_with_fields_of(self, user_field_entity: str) -> Kind | None:
        """By the ``entityId`` of user fields: ``CRM_DEAL``, ``CRM_7``."""
        return next((kind for kind in self.kinds() if kind.user_field_entity == user_field_entity), None)

    def exists(self, entity_type_id: int) -> bool:
        return entity_type_id in SYSTEM_KINDS or self.definitions.get(entity_type_id) is not None

    def schema(self, entity_type_id: int) -> Schema:
        """The fields items of this type have now. Raises like ``kind``, and ``allowed_only_intranet_user``."""
        self.rights.require_insider(self._portal.actor.user_id)
        known = self._schemas.get(entity_type_id)
        if known is None:
            kind = self.kind(entity_type_id)
            parents = (
                parent_field(self.kind(relation.parent))
                for relation in self.relations.parents_of(entity_type_id)
                if not relation.predefined and self.exists(relation.parent)
            )
            added = (own.as_field() for own in self.user_fields.of(kind.user_field_entity))
            known = self._schemas[entity_type_id] = Schema(kind, (*kind.system_fields, *added, *parents))
        return known

    def configured(self) -> None:
        """Types, relations or user fields changed: fields may be different now."""
        self._schemas.clear()

    def drop_user_field(self, field: UserField) -> None:
        """With the field goes what items had in it."""
        kind = self.kind_with_fields_of(field.entity_id)
        items = self.items(kind.entity_type_id) if kind else Collection()
        for item in [item for item in items if field.name in item.values]:
            items.change(item, {field.name: None})
        self.user_fields.delete(field)
        self.configured()

    def items(self, entity_type_id: int) -> Collection:
        return self._collections.setdefault(entity_type_id, Collection())

    def require_item(self, entity_type_id: int, number: int) -> Item:
        """Raises ``NOT_FOUND``, for an unknown type too, and ``ACCESS_DENIED`` when the actor may not read the item."""
        kind = self.kind(entity_type_id)
        item = self.items(entity_type_id).get(number)
        if item is None:
            raise RestError("NOT_FOUND", "Элемент не найден")
        self.rights.require(self._portal.actor.user_id, READ, kind, item.values)
        return item

    def require_owner(self, entity_type_id: int, number: int, action: str = UPDATE) -> tuple[Kind, Item]:
        """The item something of its timeline is about. Raises ``OWNER_NOT_FOUND``, and ``ACCESS_DENIED`` when the actor
        may not do this with the item."""
        item = self.items(entity_type_id).get(number) if self.exists(entity_type_id) else None
        if item is None:
            raise RestError("OWNER_NOT_FOUND", "Владелец элемента не найден")
        kind = self.kind(entity_type_id)
        if not self.rights.may(self._portal.actor.user_id, action, kind, item.values):
            raise RestError("ACCESS_DENIED", "Недостаточно прав для выполнения операции")
        return kind, item

    def may(self, owner: Owner, action: str) -> bool:
        """Whether the actor may do this with an item."""
        item = self.items(owner[0]).get(owner[1])
        if item is None:
            return False
        return self.rights.may(self._portal.actor.user_id, action, self.kind(owner[0]), item.values)

    def may_see(self, owner: Owner) -> bool:
        return self.may(owner, READ)

    def may_read_some(self, kind: Kind) -> bool:
        """Whether the actor may read items of this type in some funnel."""
        funnels = [funnel.id for funnel in self.funnels.of(kind)] if kind.has_funnels else [0]
        return any(self.rights.may_somewhere(self._portal.actor.user_id, READ, kind, one) for one in funnels)

    def find(
        self,
        schema: Schema,
        wanted: Filter[Item],
        order: Sequence[tuple[str, str]],
        columns: Mapping[str, Column[Item]],
        start: int,
        size: int,
    ) -> Found[Item]:
        """A page of the items that the actor may read. Raises ``INVALID_ARG_VALUE`` for a bad order."""
        kind = schema.kind
        funnels = [funnel.id for funnel in self.funnels.of(kind)] if kind.has_funnels else [0]
        visible = self.rights.visible(self._portal.actor.user_id, kind, funnels)
        readable = compile_filter(visible, schema.columns(original=True))
        return self.items(kind.entity_type_id).search(both(wanted, readable), order, columns, start, size)

    def item_of_code(self, code: str) -> tuple[Kind, Item] | None:
        """What ``D_351`` or ``T406_24`` points at; ``None`` when there is nothing."""
        match = CRM_CODE.fullmatch(code)
        kind = self._kind_of_short(match[1]) if match else None
        if match is None or kind is None:
            return None
        item = self.items(kind.entity_type_id).get(int(match[2]))
        return (kind, item) if item else None

    def accepts_task_binding(self, code: str) -> bool:
        """Whether ``UF_CRM_TASK`` keeps this code. An item of a smart process is dropped silently unless its type is
        linked to tasks (tutorials/tasks/how-to-connect-task-to-spa.md). Whether the item exists is not looked at
        (unverified)."""
        match = CRM_CODE.fullmatch(code)
        if match is None:
            return False
        kind = self._kind_of_short(match[1])
        if kind is None:
            return match[1] in UNCHECKED_CODES
        return kind.smart is None or kind.smart.task_binding

    def _kind_of_short(self, short: str) -> Kind | None:
        return next((kind for kind in self.kinds() if kind.short == short), None)
