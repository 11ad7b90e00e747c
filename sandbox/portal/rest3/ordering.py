"""``order``, ``pagination`` and ``cursor`` of REST 3.0. There is neither a total nor a "next": a page shorter than its
limit is the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.portal.loose import as_int
from sandbox.portal.php import JSON
from sandbox.portal.rest3.entities import Entity, Field, Viewer, WrongType
from sandbox.portal.rest3.refusals import (
    invalid_order,
    invalid_pagination,
    invalid_request,
    lacks_attribute,
    mistyped,
    unknown_property,
)

Row = TypeVar("Row")

PAGE = 50
LONGEST_PAGE = 1000


@dataclass(frozen=True)
class Way:
    """A field to sort by."""

    field: Field[Any]
    descending: bool


def read_order(entity: Entity[Any], said: JSON) -> list[Way]:
    """A map of fields and directions, in any case; a list is refused (rest-v3.md; b24jssdk, skills)."""
    if said is None or said == []:
        return []
    if not isinstance(said, Mapping):
        raise invalid_order(said)
    return [Way(sortable(entity, name), read_direction(way, said)) for name, way in said.items()]


def read_direction(way: JSON, said: JSON) -> bool:
    """Whether it goes down."""
    if not isinstance(way, str) or way.upper() not in ("ASC", "DESC"):
        raise invalid_order(said)
    return way.upper() == "DESC"


def sortable(entity: Entity[Any], name: str) -> Field[Any]:
    field = entity.get(name)
    if field is None:
        raise unknown_property(entity.name, name)
    if not field.sortable:
        raise invalid_request(lacks_attribute(entity.name, name, "Sortable"))
    return field


def arranged(rows: Sequence[Row], ways: Sequence[Way], viewer: Viewer) -> list[Row]:
    """By the ways; rows without the value come first, as in MySQL. Equals keep their order, by id ascending."""
    found = list(rows)
    for way in reversed(ways):
        read = way.field.read
        without = [row for row in found if read(viewer, row) is None]
        having = [row for row in found if read(viewer, row) is not None]
        having.sort(key=lambda row: read(viewer, row), reverse=way.descending)
        found = [*having, *without] if way.descending else [*without, *having]
    return found


@dataclass(frozen=True)
class Page:
    limit: int
    offset: int

    def of(self, rows: Sequence[Row]) -> Sequence[Row]:
        return rows[self.offset : self.offset + self.limit]


def read_page(said: JSON, longest: int = LONGEST_PAGE) -> Page:
    """``limit`` above the longest page is cut down without a word; ``page`` outweighs ``offset``, and 0 is the first
    page too (b24jssdk #253). A portal answers 500 to a negative limit (b24jssdk #531); here it is refused like 0."""
    if said is None or said == []:
        return Page(min(PAGE, longest), 0)
    if not isinstance(said, Mapping):
        raise invalid_pagination(said)
    limit, offset, page = (number(said, name) for name in ("limit", "offset", "page"))
    size = min(PAGE if limit is None else limit, longest)
    if size <= 0 or (offset or 0) < 0:
        raise invalid_pagination(said)
    return Page(size, max(offset or 0, 0) if page is None else max(page - 1, 0) * size)


def number(said: Mapping[str, JSON], name: str) -> int | None:
    """``None`` when it is not there."""
    value = said.get(name)
    if value is None:
        return None
    found = None if isinstance(value, bool) else as_int(value)
    if found is None:
        raise invalid_pagination(said)
    return found


@dataclass(frozen=True)
class Cursor:
    """What comes behind ``value`` in the order of a field (main-eventlog-tail.md)."""

    way: Way
    value: Any
    limit: int

    def follows(self, viewer: Viewer, row: object) -> bool:
        found = self.way.field.read(viewer, row)
        if found is None:
            return False
        return bool(found < self.value) if self.way.descending else bool(found > self.value)


def read_cursor(entity: Entity[Any], said: JSON) -> Cursor:
    """By default from the beginning, by id, 50 rows."""
    if said is None or said == []:
        said = {}
    if not isinstance(said, Mapping):
        raise invalid_pagination(said)
    name, limit = said.get("field", "id"), number(said, "limit")
    if not isinstance(name, str):
        raise invalid_request(mistyped("cursor.field", "string"))
    if limit is not None and limit <= 0:
        raise invalid_pagination({"limit": limit})
    field = sortable(entity, name)
    way = Way(field, read_direction(said.get("order", "ASC"), said.get("order")))
    try:
        value = field.kind.read(said.get("value", 0))
    except WrongType:
        raise invalid_request(mistyped("cursor.value", field.kind.complained)) from None
    return Cursor(way, value, min(PAGE if limit is None else limit, LONGEST_PAGE))
