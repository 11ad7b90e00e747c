"""Many rows with ids: items of one type, records of stage history, activities. Kept so that hundreds of thousands stay
quick.

The first question about a field looks at every row and leaves an index; later questions look at what they answer.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Generic

from sandbox.portal.crm.filters import Column, Condition, Filter, check_order, sort_rows
from sandbox.portal.crm.indexes import Index, Row

WORTH_SORTING = 1000
"""Up to so many found rows are sorted; more of them are picked from an index that is in order already."""


@dataclass(frozen=True)
class Found(Generic[Row]):
    """One page of a search; ``total`` is ``None`` when nobody asked to count."""

    items: list[Row]
    total: int | None
    next: int | None = None
    """Where the following page starts."""


class Rows(Generic[Row]):
    def __init__(self, worth_sorting: int = WORTH_SORTING) -> None:
        self._worth_sorting = worth_sorting
        self._by_id: dict[int, Row] = {}
        self._ids: list[int] = []
        """Ascending: ids only grow."""
        self._indexes: dict[str, Index[Row]] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._by_id.values())

    def __contains__(self, number: int) -> bool:
        return number in self._by_id

    def get(self, number: int) -> Row | None:
        return self._by_id.get(number)

    def last(self) -> Row | None:
        """The one with the greatest id."""
        return self._by_id[self._ids[-1]] if self._ids else None

    def add(self, row: Row) -> None:
        self._by_id[row.id] = row
        self._ids.append(row.id)
        for index in self._indexes.values():
            index.enter(row)

    @contextmanager
    def changing(self, row: Row, fields: Container[str]) -> Iterator[None]:
        """These fields of the row may change inside; the indexes stay true."""
        concerned = [index for field, index in self._indexes.items() if field in fields]
        before = [index.column.keys_of(row) for index in concerned]
        yield
        for index, keys in zip(concerned, before, strict=True):
            index.move(row, keys)

    def fulfilling(self, condition: Condition) -> set[int]:
        """Ids of the rows that fulfil a condition, from an index."""
        return set[int]().union(*self._groups(condition))

    def remove(self, row: Row) -> None:
        for index in self._indexes.values():
            index.leave(row)
        del self._by_id[row.id]
        del self._ids[bisect_left(self._ids, row.id)]

    def search(
        self,
        wanted: Filter[Row],
        order: Sequence[tuple[str, str]],
        columns: Mapping[str, Column[Row]],
        start: int,
        size: int,
    ) -> Found[Row]:
        """A page of what matches, by id unless ``order`` says otherwise. ``start=-1``: first page, uncounted."""
        check_order(order, columns)
        descending = bool(order) and order[0][1] == "DESC"
        by_id = not order or columns[order[0][0]].key == "id"
        if start < 0 and by_id:
            return Found(list(islice(self._matching(wanted, descending=descending), size)), None)
        ids = self._all_matching(wanted)
        first = max(start, 0)
        if by_id:
            page = [self._by_id[number] for number in stretch(ids, first, size, descending=descending)]
        else:
            page = self._sorted_page(wanted, ids, order, columns, first, size)
        if start < 0:
            return Found(page, None)
        end = first + size
        return Found(page, len(ids), end if end < len(ids) else None)

    # What matches

    def _all_matching(self, wanted: Filter[Row]) -> Sequence[int]:
        """Ascending ids."""
        if wanted.empty:
            return self._ids
        if wanted.condition is not None and not wanted.condition.negated:
            groups = self._groups(wanted.condition)
            if len(groups) == 1:
                return groups[0]
        known = self._known(wanted)
        if known is not None:
            return sorted(known)
        return [row.id for row in self._matching(wanted, descending=False)]

    def _known(self, wanted: Filter[Row]) -> set[int] | None:
        """The matching ids when indexes can tell, ``None`` when somebody has to look at the rows."""
        if wanted.condition is not None:
            found = self.fulfilling(wanted.condition)
            return self._by_id.keys() - found if wanted.condition.negated else found
        if not wanted.parts:
            return set(self._ids) if wanted.empty else None
        known = [self._known(part) for part in wanted.parts]
        sets = [ids for ids in known if ids is not None]
        if len(sets) < len(known):
            return None
        return set[int]().union(*sets) if wanted.any_of else sets[0].intersection(*sets[1:])

    def _matching(self, wanted: Filter[Row], *, descending: bool) -> Iterator[Row]:
        candidates = self._candidates(wanted)
        for number in reversed(candidates) if descending else candidates:
            row = self._by_id[number]
            if wanted.matches(row):
                yield row

    def _candidates(self, wanted: Filter[Row]) -> Sequence[int]:
        """Ascending ids among which the matching ones are: the fewest a single condition leaves, or a choice of them
        when those are still many."""
        required = list(wanted.required)
        ids = self._fewest(required)
        if len(ids) > self._worth_sorting:
            for choice in wanted.choices:
                known = self._known(choice)
                if known is not None and len(known) < len(ids):
                    ids = within(sorted(known), required)
        return ids

    def _fewest(self, required: list[Condition]) -> Sequence[int]:
        fewest: list[Sequence[int]] = [self._ids]
        size = len(self._ids)
        for condition in required:
            if condition.key == "id" and condition.operator != "=":
                continue
            groups = self._groups(condition)
            found = sum(len(group) for group in groups)
            if found < size:
                fewest, size = groups, found
        ids = fewest[0] if len(fewest) == 1 else sorted(set[int]().union(*fewest))
        return within(ids, required)

    def _groups(self, condition: Condition) -> list[Sequence[int]]:
        if condition.key != "id":
            return self._index(condition.column).groups(condition)
        if condition.operator == "=":
            return [sorted({number for number in condition.wanted if isinstance(number, int)} & self._by_id.keys())]
        low, high = narrow(self._ids, condition, 0, len(self._ids))
        return [self._ids[low:high]]

    # In which order

    def _sorted_page(
        self,
        wanted: Filter[Row],
        ids: Sequence[int],
        order: Sequence[tuple[str, str]],
        columns: Mapping[str, Column[Row]],
        start: int,
        size: int,
    ) -> list[Row]:
        """``ids`` are what ``wanted`` leaves."""
        column, descending = columns[order[0][0]], order[0][1] == "DESC"
        index = self._index(column) if len(ids) > self._worth_sorting else None
        if index is None or index.has_multiple:
            return sort_rows((self._by_id[number] for number in ids), order, columns)[start : start + size]
        limits = [each for each in wanted.required if each.key == column.key and each.operator != "="]
        found = set(ids) if len(ids) < len(self._ids) else None
        page: list[Row] = []
        for group in index.in_order(limits[0] if limits else None, descending=descending):
            numbers = group if found is None else [number for number in group if number in found]
            if start >= len(numbers):
                start -= len(numbers)
                continue
            if len(order) > 1:
                rows = sort_rows((self._by_id[number] for number in numbers), order[1:], columns)
            else:
                rows = [self._by_id[number] for number in numbers[start : start + size]]
                start = 0
            page += rows[start:]
            start = 0
            if len(page) >= size:
                break
        return page[:size]

    def _index(self, column: Column[Row]) -> Index[Row]:
        known = self._indexes.get(column.key)
        if known is None or not known.serves(column):
            known = self._indexes[column.key] = Index(column, self)
        return known


def within(ids: Sequence[int], required: Iterable[Condition]) -> Sequence[int]:
    """What comparisons of the id leave of ascending ids."""
    low, high = 0, len(ids)
    for condition in required:
        if condition.key == "id" and condition.operator != "=":
            low, high = narrow(ids, condition, low, high)
    return ids[low:high]


def narrow(ids: Sequence[int], condition: Condition, low: int, high: int) -> tuple[int, int]:
    """The stretch of ascending ids that a comparison of the id leaves of ``low..high``."""
    limit = condition.wanted[0]
    if not isinstance(limit, int):
        return low, high
    if condition.operator == ">":
        return max(low, bisect_right(ids, limit)), high
    if condition.operator == ">=":
        return max(low, bisect_left(ids, limit)), high
    if condition.operator == "<":
        return low, min(high, bisect_left(ids, limit))
    return low, min(high, bisect_right(ids, limit))


def stretch(ids: Sequence[int], start: int, size: int, *, descending: bool) -> Iterable[int]:
    """``size`` ids from the given place on, counted from the end when descending."""
    if not descending:
        return ids[start : start + size]
    end = len(ids) - start
    return reversed(ids[max(end - size, 0) : max(end, 0)])
