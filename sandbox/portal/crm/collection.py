"""Items of one type, kept so that a portal with hundreds of thousands of them stays quick.

Found by id, by the values of a few indexed fields, or by a range of ids without looking at the rest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sandbox.portal.crm.filters import Column, Condition, Filter, check_order, sort_rows
from sandbox.portal.crm.values import Comparable, Stored

INDEXED = frozenset({"xmlId", "originId", "stageId"})
"""Besides these, every ``parentId{T}``."""


class Item:
    """``values`` holds what is filled, by the names of ``Field.name``; what is missing is empty."""

    __slots__ = ("id", "values")

    def __init__(self, number: int, values: dict[str, Stored]) -> None:
        self.id = number
        self.values = values


@dataclass(frozen=True)
class Found:
    """One page of a search; ``total`` is ``None`` when nobody asked to count."""

    items: list[Item]
    total: int | None


class Collection:
    def __init__(self) -> None:
        self._by_id: dict[int, Item] = {}
        self._ids: list[int] = []
        """Ascending: ids only grow."""
        self._index: dict[str, dict[Comparable, set[int]]] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._by_id.values())

    def get(self, number: int) -> Item | None:
        return self._by_id.get(number)

    def with_value(self, field: str, value: Stored) -> set[int]:
        """Ids of the items whose indexed field has this value."""
        return self._index.get(field, {}).get(_index_key(value), set())

    def add(self, item: Item) -> None:
        self._by_id[item.id] = item
        self._ids.append(item.id)
        self._enter(item, item.values)

    def change(self, item: Item, values: dict[str, Stored]) -> None:
        """Take over these values, keeping the indexes true."""
        self._leave(item, values)
        item.values.update(values)
        self._enter(item, values)

    def remove(self, item: Item) -> None:
        self._leave(item, item.values)
        del self._by_id[item.id]
        del self._ids[bisect_left(self._ids, item.id)]

    def search(
        self,
        wanted: Filter[Item],
        order: Sequence[tuple[str, str]],
        columns: dict[str, Column[Item]],
        start: int,
        size: int,
    ) -> Found:
        """A page of what matches, by id unless ``order`` says otherwise. ``start=-1``: first page, uncounted."""
        by_id = not order or columns[check_order(order, columns)[0][0]].key == "id"
        if not by_id:
            rows = sort_rows(self._matching(wanted, descending=False), order, columns)
            return _page(rows, start, size)
        descending = bool(order) and order[0][1] == "DESC"
        if start < 0:
            return Found(list(islice(self._matching(wanted, descending), size)), None)
        if wanted.empty:
            ids = self._ids if not descending else self._ids[::-1]
            return Found([self._by_id[number] for number in ids[start : start + size]], len(ids))
        return _page(list(self._matching(wanted, descending)), start, size)

    def _matching(self, wanted: Filter[Item], descending: bool) -> Iterator[Item]:
        candidates = self._candidates(wanted.required)
        for number in reversed(candidates) if descending else candidates:
            item = self._by_id[number]
            if wanted.matches(item):
                yield item

    def _candidates(self, required: Iterable[Condition]) -> Sequence[int]:
        """Ascending ids among which the matching ones are: all of them when no condition has an index."""
        few: set[int] | None = None
        low, high = 0, len(self._ids)
        for condition in required:
            if condition.key == "id" and condition.operator != "=":
                low, high = self._narrow(condition, low, high)
                continue
            found = self._look_up(condition)
            if found is not None:
                few = found if few is None else few & found
        if few is None:
            return self._ids[low:high]
        return sorted(few)

    def _look_up(self, condition: Condition) -> set[int] | None:
        if condition.operator != "=":
            return None
        if condition.key == "id":
            return {number for number in condition.wanted if isinstance(number, int) and number in self._by_id}
        if not _is_indexed(condition.key):
            return None
        index = self._index.get(condition.key, {})
        return set().union(*(index.get(value, set()) for value in condition.wanted))

    def _narrow(self, condition: Condition, low: int, high: int) -> tuple[int, int]:
        limit = condition.wanted[0]
        if not isinstance(limit, int):
            return low, high
        if condition.operator == ">":
            return max(low, bisect_right(self._ids, limit)), high
        if condition.operator == ">=":
            return max(low, bisect_left(self._ids, limit)), high
        if condition.operator == "<":
            return low, min(high, bisect_left(self._ids, limit))
        return low, min(high, bisect_right(self._ids, limit))

    def _enter(self, item: Item, values: dict[str, Stored]) -> None:
        for field, value in values.items():
            if value is not None and _is_indexed(field):
                self._index.setdefault(field, {}).setdefault(_index_key(value), set()).add(item.id)

    def _leave(self, item: Item, fields: Iterable[str]) -> None:
        for field in fields:
            value = item.values.get(field)
            if value is None or not _is_indexed(field):
                continue
            ids = self._index[field][_index_key(value)]
            ids.discard(item.id)
            if not ids:
                del self._index[field][_index_key(value)]


def _is_indexed(field: str) -> bool:
    return field in INDEXED or field.startswith("parentId")


def _index_key(value: Stored) -> Comparable:
    return value if isinstance(value, int) else str(value).casefold()


def _page(rows: list[Item], start: int, size: int) -> Found:
    if start < 0:
        return Found(rows[:size], None)
    return Found(rows[start : start + size], len(rows))
