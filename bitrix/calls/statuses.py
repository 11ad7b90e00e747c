"""Stages of leads, deals and smart processes (``crm.status.*``, scope ``crm``; writing needs a CRM administrator)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from bitrix.call import JSON, Call, given
from bitrix.readers import Row, many, new_id, nothing
from bitrix.refs import COMPANY, CONTACT, DEAL, LEAD, QUOTE, SMART_INVOICE
from bitrix.tidy import Untidy, as_bool, as_int, as_int_or_none, as_text

Semantics = Literal["P", "S", "F"]
"""In process, success, failure."""


@dataclass(frozen=True)
class Stage:
    id: int
    """The number to change or delete it by; items carry `status_id`."""
    entity_id: str
    status_id: str
    """``NEW``, ``C5:WON``, ``DT1030_15:SUCCESS``: what ``stageId`` of an item holds."""
    name: str
    sort: int
    system: bool
    semantics: Semantics
    category_id: int | None


def stage_entity_id(entity_type_id: int, category_id: int | None) -> str:
    """The directory that holds the stages of a funnel: ``STATUS``, ``DEAL_STAGE_5``, ``DYNAMIC_1030_STAGE_15``.

    Raises `ValueError` for types without stages, and for a smart process without a funnel.
    Source: api-reference/crm/status/crm-status-entity-types.md.
    """
    if entity_type_id == LEAD:
        return "STATUS"
    if entity_type_id == DEAL:
        return f"DEAL_STAGE_{category_id}" if category_id else "DEAL_STAGE"
    if entity_type_id == QUOTE:
        return "QUOTE_STATUS"
    if entity_type_id in (CONTACT, COMPANY):
        raise ValueError(f"items of type {entity_type_id} have no stages")
    if category_id is None:
        raise ValueError(f"stages of type {entity_type_id} belong to a funnel: category_id is needed")
    if entity_type_id == SMART_INVOICE:
        return f"SMART_INVOICE_STAGE_{category_id}"
    return f"DYNAMIC_{entity_type_id}_STAGE_{category_id}"


def list_statuses(where: Mapping[str, JSON]) -> Call[tuple[Stage, ...]]:
    """``{"ENTITY_ID": stage_entity_id(...)}`` gives the stages of a funnel, in their order. No paging is documented.

    Source: api-reference/crm/status/crm-status-list.md.
    """
    return Call("crm.status.list", given(filter=where, order={"SORT": "ASC"}), read=many(_read))


def add_status(
    entity_id: str, status_id: str, name: str, sort: int, color: str, semantics: Literal["S", "F", ""] = ""
) -> Call[int]:
    """The number of the new stage. ``status_id`` goes without the prefix of the funnel, ``color`` is ``#RRGGBB``.

    ``sort`` must keep the order: in process, success, failure; ``semantics`` cannot be changed later.
    Source: api-reference/crm/status/crm-status-add.md.
    """
    fields: dict[str, JSON] = {
        "ENTITY_ID": entity_id,
        "STATUS_ID": status_id,
        "NAME": name,
        "SORT": sort,
        "COLOR": color,
        "SEMANTICS": semantics,
    }
    return Call("crm.status.add", {"fields": fields}, read=new_id, writes=True)


def update_status(
    id: int,  # noqa: A002  the vendor's word
    name: str | None = None,
    sort: int | None = None,
    color: str | None = None,
) -> Call[None]:
    """Source: api-reference/crm/status/crm-status-update.md."""
    return Call(
        "crm.status.update", {"id": id, "fields": given(NAME=name, SORT=sort, COLOR=color)}, read=nothing, writes=True
    )


def delete_status(id: int, *, forced: bool = False) -> Call[None]:  # noqa: A002  the vendor's word
    """A stage that holds items is refused; a system stage needs ``forced``.

    Source: api-reference/crm/status/crm-status-delete.md.
    """
    params: dict[str, JSON] = {"id": id, "params": {"FORCED": "Y"}} if forced else {"id": id}
    return Call("crm.status.delete", params, read=nothing, writes=True)


def _read(row: Row) -> Stage:
    return Stage(
        id=as_int(row.get("ID"), "ID"),
        entity_id=as_text(row.get("ENTITY_ID"), "ENTITY_ID"),
        status_id=as_text(row.get("STATUS_ID"), "STATUS_ID"),
        name=as_text(row.get("NAME"), "NAME"),
        sort=as_int_or_none(row.get("SORT"), "SORT") or 0,
        system=as_bool(row.get("SYSTEM"), "SYSTEM"),
        semantics=_semantics(row.get("SEMANTICS")),
        category_id=as_int_or_none(row.get("CATEGORY_ID"), "CATEGORY_ID"),
    )


def _semantics(value: JSON) -> Semantics:
    """ "In process" comes as null."""
    word = as_text(value, "SEMANTICS") or "P"
    if word not in ("P", "S", "F"):
        raise Untidy(f"SEMANTICS is none of P, S, F: {word[:20]!r}")
    return cast(Semantics, word)
