"""Items of one type."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.portal.crm.filters import Column, Condition
from sandbox.portal.crm.rows import Rows
from sandbox.portal.crm.values import INTEGER, TEXT, Stored


class Item:
    """``values`` holds what is filled, by the names of ``Field.name``; what is missing is empty."""

    __slots__ = ("id", "values")

    def __init__(self, number: int, values: dict[str, Stored]) -> None:
        self.id = number
        self.values = values


class Collection(Rows[Item]):
    def with_value(self, field: str, value: str | int) -> set[int]:
        """Ids of the items in which the field has this value."""
        column = Column(field, TEXT if isinstance(value, str) else INTEGER, stored_under(field))
        return self.fulfilling(Condition(column, "=", (column.values.wanted(value),)))

    def change(self, item: Item, values: dict[str, Stored]) -> None:
        """Take over these values, keeping the indexes true."""
        with self.changing(item, values):
            item.values.update(values)


def stored_under(field: str) -> Callable[[Item], Stored]:
    return lambda item: item.values.get(field)
