"""Funnels of deals and of smart processes (``crm.category.*``, scope ``crm``). Leads have none."""

from dataclasses import dataclass

from bitrix.call import Call, given
from bitrix.readers import Row, many, one
from bitrix.tidy import as_bool, as_int, as_int_or_none, as_text


@dataclass(frozen=True)
class Category:
    id: int
    """0 is the default funnel of deals; the default funnel of a smart process has a number of its own."""
    name: str
    sort: int
    entity_type_id: int
    is_default: bool


def list_categories(entity_type_id: int) -> Call[tuple[Category, ...]]:
    """All that the caller may read; the list is not paged.

    Source: api-reference/crm/universal/category/crm-category-list.md.
    """
    return Call("crm.category.list", {"entityTypeId": entity_type_id}, read=many(_read, under="categories"))


def add_category(entity_type_id: int, name: str, sort: int = 500) -> Call[Category]:
    """Five stages come with it. Nothing prevents a second funnel with the same name: look before adding.

    Source: api-reference/crm/universal/category/crm-category-add.md.
    """
    return Call(
        "crm.category.add",
        {"entityTypeId": entity_type_id, "fields": {"name": name, "sort": sort}},
        read=one(_read, under="category"),
        writes=True,
    )


def update_category(
    entity_type_id: int,
    id: int,  # noqa: A002  the vendor's word
    name: str | None = None,
    sort: int | None = None,
) -> Call[Category]:
    """Source: api-reference/crm/universal/category/crm-category-update.md."""
    return Call(
        "crm.category.update",
        {"entityTypeId": entity_type_id, "id": id, "fields": given(name=name, sort=sort)},
        read=one(_read, under="category"),
        writes=True,
    )


def _read(row: Row) -> Category:
    return Category(
        id=as_int(row.get("id"), "id"),
        name=as_text(row.get("name"), "name"),
        sort=as_int_or_none(row.get("sort"), "sort") or 0,
        entity_type_id=as_int(row.get("entityTypeId"), "entityTypeId"),
        is_default=as_bool(row.get("isDefault"), "isDefault"),
    )
