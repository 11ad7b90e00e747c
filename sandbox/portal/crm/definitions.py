"""Defining smart processes: what ``crm.type.add``, ``update`` and ``delete`` do to the rest of the CRM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sandbox.portal.crm.funnels import DEFAULT_NAME
from sandbox.portal.crm.kinds import smart_kind
from sandbox.portal.crm.relations import Relation
from sandbox.portal.crm.types import FLAGS, LINKED_USER_FIELDS, SECOND_RANGE_START, SmartProcess, is_allowed_id
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal


class Definitions:
    """The smart processes of a portal, by ``entityTypeId``."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._types: dict[int, SmartProcess] = {}

    def all(self) -> list[SmartProcess]:
        return sorted(self._types.values(), key=lambda smart: smart.id)

    def get(self, entity_type_id: int) -> SmartProcess | None:
        return self._types.get(entity_type_id)

    def require(self, number: int) -> SmartProcess:
        """By the id of the definition; raises the documented code ``0``."""
        found = next((smart for smart in self._types.values() if smart.id == number), None)
        if found is None:
            raise RestError(0, "Смарт-процесс не найден")
        return found

    def add(self, title: str, entity_type_id: int | None, fields: Mapping[str, JSON], by: int) -> SmartProcess:
        """A new smart process with its default funnel. Raises ``INVALID_ARG_VALUE`` for a bad or taken id."""
        if entity_type_id is None:
            entity_type_id = self._free_id()
        elif not is_allowed_id(entity_type_id) or entity_type_id in self._types:
            raise RestError("INVALID_ARG_VALUE", "entityTypeId is out of allowed range")
        now = self._portal.clock.now()
        smart = SmartProcess(self._portal.next_id("crm_type"), entity_type_id, title, by, now, by, now)
        self._types[entity_type_id] = smart
        self._apply(smart, fields)
        self._portal.crm.funnels.add(smart_kind(smart), DEFAULT_NAME, is_default=True)
        self._announce("add", smart, by)
        return smart

    def update(self, smart: SmartProcess, fields: Mapping[str, JSON], by: int) -> None:
        title = fields.get("title")
        if isinstance(title, str) and title.strip():
            smart.title = title
        had_stages = smart.has("isStagesEnabled")
        self._apply(smart, fields)
        smart.updated_by, smart.updated = by, self._portal.clock.now()
        if smart.has("isStagesEnabled") and not had_stages:
            kind = smart_kind(smart)
            for funnel in self._portal.crm.funnels.of(kind):
                if self._portal.crm.statuses.dictionary(kind.stage_dictionary(funnel.id)) is None:
                    self._portal.crm.funnels.create_stages(kind, funnel)
        self._announce("update", smart, by)

    def delete(self, smart: SmartProcess, by: int) -> None:
        """Raises ``BX_ERROR`` while it has items."""
        crm, number = self._portal.crm, smart.entity_type_id
        if len(crm.items(number)):
            raise RestError("BX_ERROR", "Вы не можете удалить тип сущности, у которого есть элементы")
        crm.funnels.forget(smart_kind(smart))
        crm.relations.forget(number)
        crm.history.forget(number)
        crm.user_fields.forget(f"CRM_{smart.id}")
        crm.workplaces.forget_type(smart.id)
        del self._types[number]
        crm.configured()
        self._announce("delete", smart, by)

    def _free_id(self) -> int:
        """Which ids a portal hands out by itself is not documented (unverified)."""
        number = SECOND_RANGE_START
        while number in self._types:
            number += 2
        return number

    def _apply(self, smart: SmartProcess, fields: Mapping[str, JSON]) -> None:
        for flag in FLAGS:
            value = as_flag(fields.get(flag))
            if value is not None:
                smart.flags[flag] = value
        linked = as_object(fields.get("linkedUserFields"))
        if linked and smart.has("isUseInUserfieldEnabled"):
            for name in LINKED_USER_FIELDS:
                if name in linked:
                    smart.linked_user_fields[name] = is_true_word(linked[name])
        crm, number = self._portal.crm, smart.entity_type_id
        relations = as_object(fields.get("relations"))
        if relations is not None:
            parents = (Relation(other, number, shown) for other, shown in self._related(relations.get("parent")))
            children = (Relation(number, other, shown) for other, shown in self._related(relations.get("child")))
            crm.relations.replace(number, [*parents, *children])
        crm.relations.set_client(number, enabled=smart.has("isClientEnabled"))
        crm.configured()

    def _related(self, sent: JSON) -> Iterator[tuple[int, bool]]:
        """Related types and whether they are listed. What cannot be saved is skipped without a word, as documented."""
        for element in as_list(sent):
            relation = as_object(element) or {}
            other = as_int(relation.get("entityTypeId"))
            if other is not None and self._portal.crm.exists(other):
                yield other, is_true_word(relation.get("isChildrenListEnabled"))

    def _announce(self, what: str, smart: SmartProcess, by: int) -> None:
        self._portal.changed(f"crm.type.{what}", id=smart.id, entity_type_id=smart.entity_type_id, by=by)
        self._portal.emit(f"ONCRMTYPE{what.upper()}", {"FIELDS": {"ID": str(smart.id)}})


def is_true_word(value: JSON) -> bool:
    """Here ``"true"`` and ``"false"`` are wanted, ``Y`` and ``N`` do not work (crm-type-add.md)."""
    return value is True or (isinstance(value, str) and value.lower() in ("true", "1")) or value == 1
