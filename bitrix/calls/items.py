"""CRM items of every type: deals, leads, items of smart processes (``crm.item.*``, scope ``crm``).

User fields keep their original names (``UF_CRM_7_VERDICT``) both ways: the camel-cased ones are irregular
(api-reference/crm/universal/index.md), so every call here asks for ``useOriginalUfNames``. System names are camelCase.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal, cast

from bitrix.call import JSON, UNCOUNTED, Call, Keyset, Page, Together, given
from bitrix.readers import Row, nothing, one, page
from bitrix.refs import ItemRef
from bitrix.tidy import as_bool, as_datetime, as_id, as_int, as_int_or_none, as_map, as_text

Semantic = Literal["P", "S", "F"]
"""In process, success, failure."""

_PARENT = "parentId"
_ORIGINAL_NAMES: Mapping[str, JSON] = {"useOriginalUfNames": "Y"}


@dataclass(frozen=True)
class Item:
    """One CRM item. What its type does not have, or a narrow ``select`` left out, is None."""

    ref: ItemRef
    title: str
    category_id: int | None
    """The funnel; 0 is the default funnel of deals. Leads have none."""
    stage_id: str | None
    stage_semantic: Semantic | None
    """Deals and leads only: a smart process does not tell, see `bitrix.calls.statuses` for its stages."""
    previous_stage_id: str | None
    """Smart processes only."""
    assigned_by_id: int | None
    created_by: int | None
    updated_by: int | None
    moved_by: int | None
    created_at: datetime | None
    updated_at: datetime | None
    moved_at: datetime | None
    xml_id: str | None
    parents: Mapping[int, int] = field(default_factory=dict)
    """The linked parent of each type: entityTypeId to id."""
    fields: Mapping[str, JSON] = field(default_factory=dict, repr=False)
    """Everything as it came. Files carry download links with a token in them, so it stays out of ``repr``."""


@dataclass(frozen=True)
class ItemField:
    """What may be written into one field of a type of items."""

    name: str
    original_name: str
    type: str
    title: str
    required: bool
    read_only: bool
    multiple: bool


def get_item(ref: ItemRef) -> Call[Item]:
    """Raises NotFound when there is no such item. Source: api-reference/crm/universal/crm-item-get.md."""
    return Call(
        "crm.item.get",
        {"entityTypeId": ref.entity_type_id, "id": ref.id, **_ORIGINAL_NAMES},
        read=one(_reader(ref.entity_type_id), under="item"),
        together=Together(
            ("crm.item.get", ref.entity_type_id),
            (ref.id,),
            ask=lambda ids: _uncounted(ref.entity_type_id, {"@id": list(ids)}),
            row_field="id",
            one_as="item",
        ),
    )


def children_of(parent: ItemRef, entity_type_id: int) -> Call[Page[Item]]:
    """The items of a type that are linked to this one. Source: api-reference/crm/universal/crm-item-list.md."""
    link = f"{_PARENT}{parent.entity_type_id}"
    return replace(
        list_items(entity_type_id, where={link: parent.id}),
        together=Together(
            ("children", entity_type_id, link),
            (parent.id,),
            ask=lambda parents: list_items(entity_type_id, where={f"@{link}": list(parents)}),
            row_field=link,
        ),
    )


def items_named(entity_type_id: int, xml_ids: Sequence[str], *, select: Sequence[str]) -> Call[Page[Item]]:
    """The items with these ``xmlId``, which nothing keeps from being several each; ``select`` is for few fields.

    Source: api-reference/crm/universal/crm-item-list.md.
    """
    fields = tuple(dict.fromkeys(("id", "xmlId", *select)))
    return replace(
        list_items(entity_type_id, where={"@xmlId": list(xml_ids)}, select=fields),
        together=Together(
            ("named", entity_type_id, fields),
            tuple(xml_ids),
            ask=lambda names: list_items(entity_type_id, where={"@xmlId": list(names)}, select=fields),
            row_field="xmlId",
        ),
    )


def list_items(
    entity_type_id: int,
    *,
    where: Mapping[str, JSON] | None = None,
    select: Sequence[str] | None = None,
    order: Mapping[str, str] | None = None,
    start: int | None = None,
) -> Call[Page[Item]]:
    """50 items a page; ``id`` is always selected. Operators go before the name: ``{">=updatedTime": moment}``.

    A boolean user field is filtered with 1 or 0, never Y or N. Items the caller may not read are left out silently.
    Source: api-reference/crm/universal/crm-item-list.md.
    """
    if select is not None and not {"id", "*"} & set(select):
        select = ("id", *select)
    return Call(
        "crm.item.list",
        {
            "entityTypeId": entity_type_id,
            **_ORIGINAL_NAMES,
            **given(select=select, filter=where, order=order, start=start),
        },
        read=page(_reader(entity_type_id), under="items"),
        keyset=Keyset("id", order={"order": {"id": "ASC"}}, id_of=_id_of, rows=("items",)),
    )


def add_item(entity_type_id: int, fields: Mapping[str, JSON]) -> Call[Item]:
    """Nothing prevents a second item with the same ``xmlId``: look before adding. Robots run after it.

    Source: api-reference/crm/universal/crm-item-add.md.
    """
    return Call(
        "crm.item.add",
        {"entityTypeId": entity_type_id, "fields": dict(fields), **_ORIGINAL_NAMES},
        read=one(_reader(entity_type_id), under="item"),
        writes=True,
    )


def update_item(ref: ItemRef, fields: Mapping[str, JSON]) -> Call[Item]:
    """An update that changes nothing is not saved. Send ``categoryId`` together with ``stageId``: without it an item
    of a smart process may land in the main funnel.

    Source: api-reference/crm/universal/crm-item-update.md.
    """
    return Call(
        "crm.item.update",
        {"entityTypeId": ref.entity_type_id, "id": ref.id, "fields": dict(fields), **_ORIGINAL_NAMES},
        read=one(_reader(ref.entity_type_id), under="item"),
        writes=True,
    )


def delete_item(ref: ItemRef) -> Call[None]:
    """Source: api-reference/crm/universal/crm-item-delete.md."""
    return Call("crm.item.delete", {"entityTypeId": ref.entity_type_id, "id": ref.id}, read=nothing, writes=True)


def item_fields(entity_type_id: int) -> Call[Mapping[str, ItemField]]:
    """The fields by the name that `Item.fields` uses. Source: api-reference/crm/universal/crm-item-fields.md."""
    return Call(
        "crm.item.fields",
        {"entityTypeId": entity_type_id, **_ORIGINAL_NAMES},
        read=one(lambda row: {name: _field(name, as_map(known, name)) for name, known in row.items()}, under="fields"),
    )


def _uncounted(entity_type_id: int, where: Mapping[str, JSON]) -> Call[Page[Item]]:
    """All fields, as a call for a single item gives them."""
    return list_items(entity_type_id, where=where, order={"id": "ASC"}, start=UNCOUNTED)


def _reader(entity_type_id: int) -> Callable[[Row], Item]:
    def read(row: Row) -> Item:
        return Item(
            ref=ItemRef(entity_type_id, as_int(row.get("id"), "id")),
            title=as_text(row.get("title"), "title"),
            category_id=as_int_or_none(row.get("categoryId"), "categoryId"),
            stage_id=as_text(row.get("stageId"), "stageId") or None,
            stage_semantic=_semantic(row.get("stageSemanticId")),
            previous_stage_id=as_text(row.get("previousStageId"), "previousStageId") or None,
            assigned_by_id=as_id(row.get("assignedById"), "assignedById"),
            created_by=as_id(row.get("createdBy"), "createdBy"),
            updated_by=as_id(row.get("updatedBy"), "updatedBy"),
            moved_by=as_id(row.get("movedBy"), "movedBy"),
            created_at=as_datetime(row.get("createdTime"), "createdTime"),
            updated_at=as_datetime(row.get("updatedTime"), "updatedTime"),
            moved_at=as_datetime(row.get("movedTime"), "movedTime"),
            xml_id=as_text(row.get("xmlId"), "xmlId") or None,
            parents=_parents(row),
            fields=row,
        )

    return read


def _semantic(value: JSON) -> Semantic | None:
    return cast(Semantic, value) if value in ("P", "S", "F") else None


def _parents(row: Row) -> dict[int, int]:
    parents = {entity_type_id: as_id(row[name], name) for name, entity_type_id in _parent_fields(tuple(row))}
    return {entity_type_id: parent for entity_type_id, parent in parents.items() if parent is not None}


@lru_cache(maxsize=256)
def _parent_fields(names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Rows of one list have the same sixty names; they are looked through once."""
    links = ((name, name.removeprefix(_PARENT)) for name in names if name.startswith(_PARENT))
    return tuple((name, int(number)) for name, number in links if number.isdecimal())


def _field(name: str, row: Row) -> ItemField:
    return ItemField(
        name=name,
        original_name=as_text(row.get("upperName"), "upperName") or name,
        type=as_text(row.get("type"), "type"),
        title=as_text(row.get("title"), "title"),
        required=as_bool(row.get("isRequired"), "isRequired"),
        read_only=as_bool(row.get("isReadOnly"), "isReadOnly"),
        multiple=as_bool(row.get("isMultiple"), "isMultiple"),
    )


def _id_of(item: Item) -> int:
    return item.ref.id
