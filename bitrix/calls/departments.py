"""The company structure (``department.get``, scope ``department``)."""

from dataclasses import dataclass

from bitrix.call import FIRST_PAGE, Call, Page
from bitrix.readers import Row, page
from bitrix.tidy import as_id, as_int, as_int_or_none, as_text


@dataclass(frozen=True)
class Department:
    id: int
    name: str
    parent_id: int | None
    """None: the root, of which there is exactly one."""
    head_id: int | None
    """May point to somebody who was fired. A department without a head is led from above."""
    sort: int


def list_departments(start: int | None = None) -> Call[Page[Department]]:
    """By growing id. Source: api-reference/departments/department-get.md (the paging parameter is upper-case there)."""
    return Call(
        "department.get",
        {"sort": "ID", "order": "ASC", "START": FIRST_PAGE if start is None else start},
        read=page(_read),
    )


def _read(row: Row) -> Department:
    return Department(
        id=as_int(row.get("ID"), "ID"),
        name=as_text(row.get("NAME"), "NAME"),
        parent_id=as_id(row.get("PARENT"), "PARENT"),
        head_id=as_id(row.get("UF_HEAD"), "UF_HEAD"),
        sort=as_int_or_none(row.get("SORT"), "SORT") or 0,
    )
