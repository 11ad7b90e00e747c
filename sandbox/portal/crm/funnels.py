"""Funnels (categories) of deals and smart processes. Source: api-reference/crm/universal/category/.

A funnel and the dictionary of its stages come and go together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.portal.crm import dictionaries
from sandbox.portal.crm.kinds import DEAL, SMART_INVOICE, Kind
from sandbox.portal.crm.statuses import Dictionary, Entry
from sandbox.portal.errors import RestError

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

LONGEST_NAME = 255
DEFAULT_NAME = "Общая"


@dataclass
class Funnel:
    id: int
    entity_type_id: int
    name: str
    sort: int = 500
    is_default: bool = False
    origin_id: str = ""
    originator_id: str = ""
    """Where a funnel of deals comes from; other types have none of the two."""
    created: datetime | None = None
    """Of the funnels a portal comes with nobody knows."""


class Funnels:
    """Ids of deal funnels start with 0, the default one; those of smart processes have a sequence of their own.
    Invoices have one funnel (its id differs from portal to portal)."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._funnels: dict[int, dict[int, Funnel]] = {
            DEAL: {0: Funnel(0, DEAL, DEFAULT_NAME, sort=300, is_default=True)},
            SMART_INVOICE: {1: Funnel(1, SMART_INVOICE, DEFAULT_NAME, is_default=True)},
        }

    def of(self, kind: Kind) -> list[Funnel]:
        """In the order a person sees them. Raises ``ENTITY_TYPE_NOT_SUPPORTED`` for types without funnels."""
        if not kind.has_funnels:
            raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type `{kind.symbol}` is not supported")
        known = self._funnels.get(kind.entity_type_id, {})
        return sorted(known.values(), key=lambda funnel: (funnel.sort, funnel.id))

    def get(self, kind: Kind, funnel_id: int) -> Funnel | None:
        return self._funnels.get(kind.entity_type_id, {}).get(funnel_id)

    def require(self, kind: Kind, funnel_id: int) -> Funnel:
        """Raises ``NOT_FOUND``, or ``ENTITY_TYPE_NOT_SUPPORTED``."""
        found = next((funnel for funnel in self.of(kind) if funnel.id == funnel_id), None)
        if found is None:
            raise RestError("NOT_FOUND", "Элемент не найден")
        return found

    def default(self, kind: Kind) -> Funnel:
        return next(funnel for funnel in self._funnels[kind.entity_type_id].values() if funnel.is_default)

    def add(self, kind: Kind, name: str, *, sort: int = 500, is_default: bool = False) -> Funnel:
        """A funnel with its automatic stages. ``is_default`` takes that quality from the funnel that had it."""
        siblings = self._funnels.setdefault(kind.entity_type_id, {})
        sequence = "deal_category" if kind.entity_type_id == DEAL else "item_category"
        funnel = Funnel(self._portal.next_id(sequence), kind.entity_type_id, checked_name(name), max(sort, 0))
        funnel.created = self._portal.clock.now()
        if is_default or not siblings:
            self._make_default(funnel)
        siblings[funnel.id] = funnel
        if kind.has_stages:
            self.create_stages(kind, funnel)
        self._portal.changed("crm.category.add", entity_type_id=kind.entity_type_id, id=funnel.id)
        return funnel

    def update(
        self, kind: Kind, funnel: Funnel, *, name: str | None, sort: int | None, is_default: bool | None
    ) -> None:
        """``isDefault`` is fixed for deals, and a default funnel cannot stop being one (crm-category-add.md)."""
        if name is not None:
            funnel.name = checked_name(name)
        if sort is not None:
            funnel.sort = max(sort, 0)
        if is_default and kind.entity_type_id != DEAL:
            self._make_default(funnel)
        if kind.has_stages:
            self._portal.crm.statuses.rename_dictionary(kind.stage_dictionary(funnel.id), dictionary_name(kind, funnel))
        self._portal.changed("crm.category.update", entity_type_id=kind.entity_type_id, id=funnel.id)

    def delete(self, kind: Kind, funnel: Funnel, *, has_items: bool) -> None:
        """Raises the refusals of crm-category-delete.md, which differ for deals and smart processes."""
        deals = kind.entity_type_id == DEAL
        if funnel.is_default:
            if deals:
                raise RestError(0, "Default deal category can not be deleted")
            raise RestError("BX_ERROR", "Эта воронка является воронкой по умолчанию")
        if has_items:
            if deals:
                raise RestError(0, f"Найдены сделки, относящиеся к воронке {funnel.name}")
            raise RestError("BX_ERROR", "Найдены элементы, относящиеся к воронке")
        self._portal.crm.statuses.drop_dictionary(kind.stage_dictionary(funnel.id))
        del self._funnels[kind.entity_type_id][funnel.id]
        self._portal.changed("crm.category.delete", entity_type_id=kind.entity_type_id, id=funnel.id)

    def create_stages(self, kind: Kind, funnel: Funnel, stages: Iterable[Entry] = ()) -> None:
        """The automatic stages of a new funnel, or these instead."""
        automatic = dictionaries.DEAL_STAGES if kind.entity_type_id == DEAL else dictionaries.SMART_PROCESS_STAGES
        self._portal.crm.statuses.create_dictionary(
            Dictionary(
                kind.stage_dictionary(funnel.id),
                dictionary_name(kind, funnel),
                kind.entity_type_id,
                funnel.id,
                kind.stage_prefix(funnel.id),
            ),
            tuple(stages) or automatic,
        )

    def forget(self, kind: Kind) -> None:
        """Everything of a deleted type."""
        for funnel in self._funnels.pop(kind.entity_type_id, {}).values():
            self._portal.crm.statuses.drop_dictionary(kind.stage_dictionary(funnel.id))

    def _make_default(self, funnel: Funnel) -> None:
        for other in self._funnels[funnel.entity_type_id].values():
            other.is_default = False
        funnel.is_default = True


def dictionary_name(kind: Kind, funnel: Funnel) -> str:
    """As ``crm.status.entity.types`` names the stages of a funnel."""
    return f"Стадии сделки {funnel.name}" if kind.entity_type_id == DEAL else f"{kind.title} ({funnel.name})"


def checked_name(name: str) -> str:
    """Raises code ``0``: a name is required, and has at most 255 characters."""
    if not name.strip():
        raise RestError(0, "Field 'NAME' is required")
    if len(name) > LONGEST_NAME:
        raise RestError(0, f"Field 'NAME' must not be longer than {LONGEST_NAME} characters")
    return name
