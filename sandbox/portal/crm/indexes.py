"""Which rows have which value of a field, kept in the order of the values.

What the database of a real portal does for its columns, so that a portal with hundreds of thousands of items answers
without looking at each.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from sandbox.portal.crm.filters import Column, Condition
from sandbox.portal.crm.values import Comparable


class Numbered(Protocol):
    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=Numbered)


class Index(Generic[Row]):
    """Ids by value; the ids of one value ascend. Of a multiple field a row stands under each of its values."""

    def __init__(self, column: Column[Row], rows: Iterable[Row]) -> None:
        """``rows`` are there already, in the order of their ids."""
        self.column = column
        self.has_multiple = False
        """Some row has several values: there is no one place of it in an order."""
        self._ids: dict[Comparable, list[int]] = {}
        self._values: list[Comparable] | None = None
        """Ascending; sorted when first needed and kept sorted from then on."""
        self._empty: list[int] = []
        for row in rows:
            values = column.keys_of(row)
            self.has_multiple = self.has_multiple or len(values) > 1
            for value in set(values):
                self._ids.setdefault(value, []).append(row.id)
            if not values:
                self._empty.append(row.id)

    def serves(self, column: Column[Row]) -> bool:
        """A field that was deleted and made anew with another type needs another index."""
        return self.column.values.key is column.values.key

    def enter(self, row: Row) -> None:
        self._enter(row.id, self.column.keys_of(row))

    def leave(self, row: Row) -> None:
        self._leave(row.id, self.column.keys_of(row))

    def move(self, row: Row, before: tuple[Comparable, ...]) -> None:
        """``before`` are the values the row stood under."""
        now = self.column.keys_of(row)
        if now != before:
            self._leave(row.id, before)
            self._enter(row.id, now)

    def groups(self, condition: Condition) -> list[Sequence[int]]:
        """Ascending ids that fulfil the condition, a group for each value; an id may stand in several groups. Whether
        the condition is negated is not looked at."""
        if condition.operator == "=":
            found = [self._ids[value] for value in condition.wanted if value in self._ids]
            return [*found, self._empty] if condition.wants_empty and self._empty else [*found]
        values, limit = self._sorted_values(), condition.wanted[0]
        if condition.operator.startswith(">"):
            first = (bisect_left if condition.operator == ">=" else bisect_right)(values, limit)
            return [self._ids[value] for value in values[first:]]
        end = (bisect_right if condition.operator == "<=" else bisect_left)(values, limit)
        return [self._ids[value] for value in values[:end]]

    def in_order(self, limit: Condition | None, *, descending: bool) -> Iterator[Sequence[int]]:
        """All ids, or those within the limit, a group for each value. Empty values are the smallest."""
        if limit is not None:
            within = self.groups(limit)
            yield from reversed(within) if descending else within
        elif descending:
            yield from (self._ids[value] for value in reversed(self._sorted_values()))
            yield self._empty
        else:
            yield self._empty
            yield from (self._ids[value] for value in self._sorted_values())

    def _sorted_values(self) -> list[Comparable]:
        if self._values is None:
            self._values = sorted(self._ids)
        return self._values

    def _enter(self, number: int, values: tuple[Comparable, ...]) -> None:
        if not values:
            insort(self._empty, number)
            return
        self.has_multiple = self.has_multiple or len(values) > 1
        for value in set(values):
            ids = self._ids.get(value)
            if ids is not None:
                insort(ids, number)
                continue
            self._ids[value] = [number]
            if self._values is not None:
                insort(self._values, value)

    def _leave(self, number: int, values: tuple[Comparable, ...]) -> None:
        if not values:
            del self._empty[bisect_left(self._empty, number)]
            return
        for value in set(values):
            ids = self._ids[value]
            del ids[bisect_left(ids, number)]
            if not ids:
                del self._ids[value]
                if self._values is not None:
                    del self._values[bisect_left(self._values, value)]
