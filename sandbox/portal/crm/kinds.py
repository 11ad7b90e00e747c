"""Types of CRM objects and the fields each has on this portal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.fields import Field
from sandbox.portal.crm.filters import Column
from sandbox.portal.crm.names import user_field_name
from sandbox.portal.crm.system_fields import (
    COMPANY_FIELDS,
    CONTACT_FIELDS,
    DEAL_FIELDS,
    INVOICE_FIELDS,
    LEAD_FIELDS,
    QUOTE_FIELDS,
    SMART_PROCESS_FIELDS,
)
from sandbox.portal.crm.types import SmartProcess
from sandbox.portal.crm.values import SYSTEM_TYPES
from sandbox.portal.php import JSON

LEAD, DEAL, CONTACT, COMPANY, QUOTE, SMART_INVOICE = 1, 2, 3, 4, 7, 31


@dataclass(frozen=True)
class Kind:
    """A type of objects: leads, deals, contacts, companies, quotes, invoices, or one smart process."""

    entity_type_id: int
    title: str
    symbol: str
    """``DEAL``, ``DYNAMIC_1030``; in lower case the ``ENTITY_TYPE`` of timeline comments."""
    short: str
    """Prefix of codes in fields of type ``crm``: ``D``, ``T406``."""
    user_field_entity: str
    """``CRM_DEAL``; of a smart process ``CRM_{id of the type}``, not of its entityTypeId."""
    system_fields: tuple[Field, ...]
    smart: SmartProcess | None = None

    @property
    def has_stages(self) -> bool:
        if self.smart:
            return self.smart.has("isStagesEnabled")
        return self.entity_type_id in (LEAD, DEAL, QUOTE, SMART_INVOICE)

    @property
    def has_funnels(self) -> bool:
        return self.dynamic or self.entity_type_id == DEAL

    @property
    def dynamic(self) -> bool:
        """Built by the vendor as smart processes are: events, stages and their memory follow other rules than those of
        leads, deals and quotes (api-reference/crm/universal/invoice.md)."""
        return self.smart is not None or self.entity_type_id == SMART_INVOICE

    def stage_dictionary(self, funnel_id: int) -> str:
        """The ``ENTITY_ID`` of the stages of a funnel (contract 5.3)."""
        if self.smart:
            return f"DYNAMIC_{self.entity_type_id}_STAGE_{funnel_id}"
        if self.entity_type_id == DEAL:
            return f"DEAL_STAGE_{funnel_id}" if funnel_id else "DEAL_STAGE"
        if self.entity_type_id == SMART_INVOICE:
            return f"SMART_INVOICE_STAGE_{funnel_id}"
        return "QUOTE_STATUS" if self.entity_type_id == QUOTE else "STATUS"

    def stage_prefix(self, funnel_id: int) -> str:
        """What stage codes of a funnel begin with: ``C3``, ``DT1030_15``, or nothing."""
        if self.dynamic:
            return f"DT{self.entity_type_id}_{funnel_id}"
        return f"C{funnel_id}" if self.entity_type_id == DEAL and funnel_id else ""


SYSTEM_KINDS = {
    LEAD: Kind(LEAD, "Лид", "LEAD", "L", "CRM_LEAD", LEAD_FIELDS),
    DEAL: Kind(DEAL, "Сделка", "DEAL", "D", "CRM_DEAL", DEAL_FIELDS),
    CONTACT: Kind(CONTACT, "Контакт", "CONTACT", "C", "CRM_CONTACT", CONTACT_FIELDS),
    COMPANY: Kind(COMPANY, "Компания", "COMPANY", "CO", "CRM_COMPANY", COMPANY_FIELDS),
    QUOTE: Kind(QUOTE, "Предложение", "QUOTE", "Q", "CRM_QUOTE", QUOTE_FIELDS),
    SMART_INVOICE: Kind(SMART_INVOICE, "Счёт", "SMART_INVOICE", "SI", "CRM_SMART_INVOICE", INVOICE_FIELDS),
}


def smart_kind(smart: SmartProcess) -> Kind:
    """The type of objects a definition makes; its fields depend on the flags that are on."""
    fields = [one for flag, group in SMART_PROCESS_FIELDS if not flag or smart.has(flag) for one in group]
    number = smart.entity_type_id
    return Kind(number, smart.title, f"DYNAMIC_{number}", f"T{number:x}", f"CRM_{smart.id}", tuple(fields), smart)


def parent_field(parent: Kind) -> Field:
    """``parentId{T}``, there as long as the relation is configured."""
    number = parent.entity_type_id
    return Field(
        f"parentId{number}",
        "crm_entity",
        parent.title,
        SYSTEM_TYPES["crm_entity"],
        upper=f"PARENT_ID_{number}",
        settings={"parentEntityTypeId": number},
    )


@dataclass(frozen=True)
class Schema:
    """All fields of a type of objects as the portal is configured now, and the names clients may use for them."""

    kind: Kind
    fields: tuple[Field, ...]
    derived: dict[str, object] = field(default_factory=dict, repr=False, compare=False)
    """What others have worked out from these fields; forgotten with them."""
    _lookups: dict[bool, dict[str, Field]] = field(default_factory=dict, repr=False)
    _columns: dict[bool, dict[str, Column[Item]]] = field(default_factory=dict, repr=False)

    def output_name(self, one: Field, *, original: bool) -> str:
        """The key in an answer; ``original`` is ``useOriginalUfNames=Y``. The page knows of converted names that are
        taken already; two names allowed in one type of objects never convert to the same."""
        return user_field_name(one.name) if one.dynamic and not original else one.name

    def find(self, name: str, *, original: bool) -> Field | None:
        """The field a client means. System fields answer to their upper-case names too (contract 15)."""
        return self._lookup(original).get(name)

    def columns(self, *, original: bool) -> dict[str, Column[Item]]:
        """What lists of this type can be filtered and sorted by."""
        known = self._columns.get(original)
        if known is None:
            known = self._columns[original] = {
                name: make_column(one)
                for name, one in self._lookup(original).items()
                if not one.disabled and one.name != "fm" and one.type != "file"
            }
        return known

    def _lookup(self, original: bool) -> dict[str, Field]:
        known = self._lookups.get(original)
        if known is None:
            known = {one.upper: one for one in self.fields}
            known |= {self.output_name(one, original=original): one for one in self.fields}
            self._lookups[original] = known
        return known


def make_column(one: Field) -> Column[Item]:
    if one.name == "id":
        return Column("id", one.values, lambda item: item.id)
    name = one.name
    if one.type == "boolean":
        return Column(name, one.values, lambda item: item.values.get(name) or False)
    return Column(name, one.values, lambda item: item.values.get(name))


def show_item(
    item: Item, schema: Schema, chosen: Iterable[Field], *, original: bool, whole: bool = True
) -> dict[str, JSON]:
    """An item in an answer; ``whole`` adds the type at the end, as the full form has it."""
    shown: dict[str, JSON] = {
        schema.output_name(one, original=original): item.id if one.name == "id" else one.show(item.values.get(one.name))
        for one in chosen
    }
    if whole:
        shown["entityTypeId"] = schema.kind.entity_type_id
    return shown
