"""The cells of one sheet: a sparse grid whose rows are never changed in place.

``copy`` is cheap (one pointer a row), which is what makes a batch all-or-nothing: work on a copy, keep it only if all
went well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sandbox.sheets.cells import Cell
from sandbox.sheets.ranges import Box, Dimension, Shift


class Row(dict[int, Cell]):
    """The cells of one row by column. Knows which of them are calculated, so that finding the few formulas and pivot
    tables of a large sheet does not take a look at every cell.
    """

    __slots__ = ("calculated",)

    def __init__(self, cells: Iterable[tuple[int, Cell]] = ()) -> None:
        super().__init__(cells)
        self.calculated = tuple(column for column, cell in self.items() if _is_calculated(cell))


def _is_calculated(cell: Cell) -> bool:
    return "pivotTable" in cell or "formulaValue" in cell.get("userEnteredValue", ())


_EMPTY = Row()


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

    def calculated(self) -> list[tuple[int, int, Cell]]:
        """The cells that hold a formula or a pivot table."""
        return [(index, column, row[column]) for index, row in enumerate(self._rows) for column in row.calculated]

    def last_filled_row(self, box: Box, counts: Callable[[Cell], bool] = bool) -> int:
        """Index of the last row that has a cell inside the box, -1 when there is none."""
        for index in range(min(box.bottom, len(self._rows)) - 1, box.top - 1, -1):
            row = self._rows[index]
            if any(box.left <= column < box.right and counts(cell) for column, cell in row.items()):
                return index
        return -1

    def last_filled_column(self, row: int, box: Box) -> int:
        """Index of the last cell of the row inside the box, -1 when there is none."""
        cells = self.row(row)
        if box.width < len(cells):
            return next((column for column in range(box.right - 1, box.left - 1, -1) if column in cells), -1)
        return max((column for column in cells if box.left <= column < box.right), default=-1)

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
        self._rows[row] = Row(after.items()) if after else _EMPTY

    def change(self, box: Box, write: Callable[[int, int, Cell | None], Cell | None]) -> None:
        """``write(row, column, cell before)`` gives each cell of the box its successor."""
        for row in range(box.top, box.bottom):
            before = self.row(row)
            after = {column: write(row, column, before.get(column)) for column in range(box.left, box.right)}
            if any(cell is not None for cell in after.values()) or before:
                self.put_row(row, after)

    def change_alike(self, box: Box, write: Callable[[Cell | None], Cell | None]) -> None:
        """As ``change`` where a cell's successor depends on nothing but the cell: worked out once for equal cells."""
        known: dict[int, Cell | None] = {}

        def once(_row: int, _column: int, before: Cell | None) -> Cell | None:
            if id(before) not in known:
                known[id(before)] = write(before)
            return known[id(before)]

        self.change(box, once)

    def resize(self, row_count: int, column_count: int) -> None:
        if column_count < self.column_count:
            self._rows = [Row((c, cell) for c, cell in row.items() if c < column_count) for row in self._rows]
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
                Row((shift.index(column), cell) for column, cell in row.items() if column not in gone)
                for row in self._rows
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
            self._rows = [Row((new_of[column], cell) for column, cell in row.items()) for row in self._rows]
        moved = self.dimensions[dimension].items()
        self.dimensions[dimension] = {new_of[index]: value for index, value in moved}
