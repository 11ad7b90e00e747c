"""``Crm``: how a portal's CRM is configured now, and its items.

What happens when an item is saved is in ``saving.py``, when a smart process is defined in ``definitions.py``; what
answers look like in ``sandbox.portal.methods``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.portal.crm import dictionaries
from sandbox.portal.crm.collection import Collection, Item
from sandbox.portal.crm.definitions import Definitions
from sandbox.portal.crm.funnels import Funnels
from sandbox.portal.crm.kinds import SYSTEM_KINDS, Kind, Schema, parent_field, smart_kind
from sandbox.portal.crm.relations import Relations
from sandbox.portal.crm.saving import Saving
from sandbox.portal.crm.stage_history import StageHistory
from sandbox.portal.crm.statuses import Statuses
from sandbox.portal.crm.timeline import Timeline
from sandbox.portal.crm.user_fields import UserFields
from sandbox.portal.crm.values import CRM_CODE
from sandbox.portal.errors import RestError

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

NOT_BUILT_KINDS = {7: "quotes", 31: "invoices"}
UNCHECKED_CODES = frozenset({"Q", "SI", "O"})
"""Codes of objects this sandbox does not have; a binding to them is kept as it is."""


class Crm:
    def __init__(self, portal: Portal) -> None:
        self.definitions = Definitions(portal)
        self.funnels = Funnels(portal)
        self.statuses = Statuses()
        self.user_fields = UserFields()
        self.relations = Relations()
        self.history = StageHistory()
        self.timeline = Timeline()
        self.saving = Saving(portal, self)
        self._collections: dict[int, Collection] = {}
        self._schemas: dict[int, Schema] = {}
        for dictionary, entries in dictionaries.STANDARD:
            self.statuses.create_dictionary(dictionary, entries)

    def kind(self, entity_type_id: int) -> Kind:
        """Raises ``NOT_FOUND`` for a type that does not exist, 501 for one this sandbox has not built."""
        system = SYSTEM_KINDS.get(entity_type_id)
        if system is not None:
            return system
        smart = self.definitions.get(entity_type_id)
        if smart is not None:
            return smart_kind(smart)
        if entity_type_id in NOT_BUILT_KINDS:
            raise RestError(
                "NOT_BUILT_IN_SANDBOX",
                f"{NOT_BUILT_KINDS[entity_type_id]} (entityTypeId {entity_type_id}) are not built in this sandbox yet",
                status=501,
            )
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
        """The fields items of this type have now. Raises like ``kind``."""
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

    def items(self, entity_type_id: int) -> Collection:
        return self._collections.setdefault(entity_type_id, Collection())

    def require_item(self, entity_type_id: int, number: int) -> Item:
        """Raises ``NOT_FOUND``, for an unknown type too."""
        self.kind(entity_type_id)
        item = self.items(entity_type_id).get(number)
        if item is None:
            raise RestError("NOT_FOUND", "Элемент не найден")
        return item

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
