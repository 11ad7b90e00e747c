"""The cells of one sheet: a sparse grid whose rows are never changed in place.

``copy`` is cheap (one pointer a row), which is what makes a batch all-or-nothing: work on a copy, keep it only if all
went well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.sheets.cells import Cell
from sandbox.sheets.ranges import Box, Dimension, Shift

Row = Mapping[int, Cell]
_EMPTY: Row = {}


class Grid:
    def __init__(self, row_count: int, column_count: int) -> None:
        self.row_count = row_count
        self.column_count = column_count
        self._rows: list[Row] = []
        self.dimensions: dict[Dimension, dict[int, Mapping[str, Any]]] = {"ROWS": {}, "COLUMNS": {}}
        """DimensionProperties (``hiddenByUser``, ``pixelSize``) of the rows and columns that have any."""

    def copy(self) -> Grid:
        twin = Grid(self.row_count, self.column_count)
        twin._rows = list(self._rows)
        twin.dimensions = {"ROWS": dict(self.dimensions["ROWS"]), "COLUMNS": dict(self.dimensions["COLUMNS"])}
        return twin

    @property
    def whole(self) -> Box:
        return Box(0, self.row_count, 0, self.column_count)

    def cell(self, row: int, column: int) -> Cell | None:
        return self._rows[row].get(column) if row < len(self._rows) else None

    def row(self, row: int) -> Row:
        return self._rows[row] if row < len(self._rows) else _EMPTY

    def cells(self, box: Box) -> Iterator[tuple[int, int, Cell]]:
        """The cells that exist inside the box, row by row, left to right."""
        for index in range(box.top, min(box.bottom, len(self._rows))):
            row = self._rows[index]
            columns = range(box.left, box.right) if box.width < len(row) else sorted(row)
            for column in columns:
                if column in row and box.left <= column < box.right:
                    yield index, column, row[column]

    def with_field(self, name: str) -> list[tuple[int, int, Cell]]:
        """The cells that have a field of CellData, in no promised order."""
        return [
            (index, column, cell)
            for index, row in enumerate(self._rows)
            for column, cell in row.items()
            if name in cell
        ]

    def put(self, row: int, column: int, cell: Cell | None) -> None:
        self.put_row(row, {column: cell})

    def put_row(self, row: int, cells: Mapping[int, Cell | None]) -> None:
        """Several cells of one row at once; None empties a cell."""
        while len(self._rows) <= row:
            self._rows.append(_EMPTY)
        after = dict(self._rows[row])
        for column, cell in cells.items():
            if cell is None:
                after.pop(column, None)
            else:
                after[column] = cell
        self._rows[row] = after

    def change(self, box: Box, write: Callable[[int, int, Cell | None], Cell | None]) -> None:
        """``write(row, column, cell before)`` gives each cell of the box its successor."""
        for row in range(box.top, box.bottom):
            before = self.row(row)
            after = {column: write(row, column, before.get(column)) for column in range(box.left, box.right)}
            if any(cell is not None for cell in after.values()) or before:
                self.put_row(row, after)

    def last_row_with_values(self) -> int:
        """Index one past the last row that holds a value."""
        for row in range(len(self._rows) - 1, -1, -1):
            if any("userEnteredValue" in cell for cell in self._rows[row].values()):
                return row + 1
        return 0

    def resize(self, row_count: int, column_count: int) -> None:
        if column_count < self.column_count:
            self._rows = [{c: cell for c, cell in row.items() if c < column_count} for row in self._rows]
        self._rows = self._rows[:row_count]
        self.row_count, self.column_count = row_count, column_count

    def shift(self, shift: Shift) -> None:
        """Insert or delete rows or columns; what is inserted is empty."""
        if shift.dimension == "ROWS":
            if shift.count > 0:
                if shift.at < len(self._rows):
                    self._rows[shift.at : shift.at] = [_EMPTY] * shift.count
            else:
                del self._rows[shift.at : shift.at - shift.count]
            self.row_count += shift.count
        else:
            gone = range(shift.at, shift.at - shift.count) if shift.count < 0 else range(0)
            self._rows = [
                {shift.index(column): cell for column, cell in row.items() if column not in gone} for row in self._rows
            ]
            self.column_count += shift.count
        lost = range(shift.at, shift.at - shift.count) if shift.count < 0 else range(0)
        kept = self.dimensions[shift.dimension].items()
        self.dimensions[shift.dimension] = {shift.index(index): value for index, value in kept if index not in lost}

    def size(self, dimension: Dimension) -> int:
        return self.row_count if dimension == "ROWS" else self.column_count

    def order(self, dimension: Dimension, indexes: list[int]) -> None:
        """``indexes[i]`` is the old index of what now stands at i."""
        new_of = {old: new for new, old in enumerate(indexes)}
        if dimension == "ROWS":
            self._rows = [self.row(old) for old in indexes]
        else:
            self._rows = [{new_of[column]: cell for column, cell in row.items()} for row in self._rows]
        moved = self.dimensions[dimension].items()
        self.dimensions[dimension] = {new_of[index]: value for index, value in moved}
