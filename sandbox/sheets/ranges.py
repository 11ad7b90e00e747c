"""Rectangles of cells: as A1 notation, as GridRange JSON, and what happens to them when rows or columns move.

All indexes are zero-based and half open; None means "unbounded on that side".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.sheets.errors import invalid
from sandbox.sheets.schema import JsonObject

Dimension = Literal["ROWS", "COLUMNS"]

_CELLS = re.compile(r"\$?([A-Za-z]{0,3})\$?(\d*)(?::\$?([A-Za-z]{0,3})\$?(\d*))?")
_R1C1 = re.compile(r"R(\d+)C(\d+)(?::R(\d+)C(\d+))?")
_PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}\d+")


@dataclass(frozen=True)
class Area:
    """A rectangle on one sheet, possibly unbounded."""

    sheet_id: int
    top: int | None = None
    bottom: int | None = None
    left: int | None = None
    right: int | None = None

    @classmethod
    def of(cls, grid_range: Mapping[str, Any]) -> Area:
        """Raises SheetsError 400 for a range that begins before the grid or holds nothing (texts unverified)."""
        for side in ("Row", "Column"):
            start, end = grid_range.get(f"start{side}Index", 0), grid_range.get(f"end{side}Index")
            if start < 0:
                raise invalid(f"range.start{side}Index[{start}] must not be negative.")
            if end is not None and end <= start:
                raise invalid(f"range.end{side}Index[{end}] must be after range.start{side}Index[{start}].")
        return cls(
            grid_range.get("sheetId", 0),
            grid_range.get("startRowIndex"),
            grid_range.get("endRowIndex"),
            grid_range.get("startColumnIndex"),
            grid_range.get("endColumnIndex"),
        )

    def as_grid_range(self) -> JsonObject:
        named = {
            "sheetId": self.sheet_id,
            "startRowIndex": self.top,
            "endRowIndex": self.bottom,
            "startColumnIndex": self.left,
            "endColumnIndex": self.right,
        }
        return {name: value for name, value in named.items() if value is not None}

    def within(self, rows: int, columns: int) -> Box:
        """Clipped to a grid of that size."""
        return Box(
            min(self.top or 0, rows),
            min(rows if self.bottom is None else self.bottom, rows),
            min(self.left or 0, columns),
            min(columns if self.right is None else self.right, columns),
        )


@dataclass(frozen=True)
class Box:
    """A bounded rectangle."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        return max(0, self.bottom - self.top)

    @property
    def width(self) -> int:
        return max(0, self.right - self.left)

    def a1(self, title: str) -> str:
        first = f"{column_name(self.left)}{self.top + 1}"
        last = f"{column_name(self.right - 1)}{self.bottom}"
        return f"{quoted(title)}!{first}" + (f":{last}" if first != last else "")

    def overlaps(self, other: Box) -> bool:
        return (
            self.top < other.bottom and other.top < self.bottom and self.left < other.right and other.left < self.right
        )


def cell_of(coordinate: Mapping[str, Any]) -> tuple[int, int]:
    """Row and column of a GridCoordinate. Raises SheetsError 400 when it lies before the grid."""
    row, column = coordinate.get("rowIndex", 0), coordinate.get("columnIndex", 0)
    if row < 0 or column < 0:
        raise invalid("rowIndex and columnIndex must not be negative.")
    return row, column


def column_name(index: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def column_index(name: str) -> int:
    index = 0
    for letter in name.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def quoted(title: str) -> str:
    """Quotes only where needed:

    ``Sheet1`` but ``'D3'`` (recorded). Whether Google quotes Cyrillic is unverified; we do.
    """
    if _PLAIN_TITLE.fullmatch(title) and not _LIKE_A_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def split_title(a1: str) -> tuple[str | None, str]:
    """``'My sheet'!A1`` is ("My sheet", "A1"); a quoted title alone is ("My sheet", ""); ``A1`` is (None, "A1")."""
    if a1.startswith("'"):
        end = 1
        while True:
            end = a1.find("'", end)
            if end < 0:
                return None, a1
            if a1[end : end + 2] == "''":
                end += 2
                continue
            break
        title = a1[1:end].replace("''", "'")
        rest = a1[end + 1 :]
        if rest == "":
            return title, ""
        return (title, rest[1:]) if rest.startswith("!") and len(rest) > 1 else (None, a1)
    title, mark, cells = a1.rpartition("!")
    return (title, cells) if mark else (None, a1)


def parse_cells(text: str, sheet_id: int) -> Area | None:
    """``A1``, ``A1:B2``, ``D4:A1``, ``A:C``, ``A5:B``, ``2:3``, ``R1C1:R2C2``; None for anything else."""
    if match := _R1C1.fullmatch(text):
        top, left = int(match[1]) - 1, int(match[2]) - 1
        return Area(sheet_id, top, int(match[3] or match[1]), left, int(match[4] or match[2]))
    match = _CELLS.fullmatch(text)
    if not match or not text:
        return None
    column, row, last_column, last_row = match.groups()
    if last_column is None and last_row is None:  # no colon: one cell
        if not column or not row:
            return None
        last_column, last_row = column, row
    if not (column or row) or not (last_column or last_row):
        return None
    columns = sorted(column_index(name) for name in (column, last_column) if name)
    rows = sorted(int(number) - 1 for number in (row, last_row) if number)
    if any(number < 0 for number in rows):
        return None
    return Area(
        sheet_id,
        top=rows[0] if row else None,
        bottom=rows[-1] + 1 if last_row else None,
        left=columns[0] if column else None,
        right=columns[-1] + 1 if last_column else None,
    )


@dataclass(frozen=True)
class Shift:
    """Rows or columns of one sheet that appear (count > 0) or go away (count < 0) at ``at``."""

    sheet_id: int
    dimension: Dimension
    at: int
    count: int

    def index(self, index: int, *, end: bool = False) -> int:
        """Where a boundary ends up. An insertion at the very edge of a range does not widen it."""
        if self.count > 0:
            moved = index > self.at if end else index >= self.at
            return index + self.count if moved else index
        gone_to = self.at - self.count
        return index + self.count if index >= gone_to else min(index, self.at)

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """None when all of it was deleted."""
        moved = self.index(start), self.index(end, end=True)
        return moved if moved[0] < moved[1] else None


@dataclass(frozen=True)
class Move:
    """Rows or columns of one sheet, ``start`` to ``end``, that go before what stood at ``to``, which is not among them.

    How ranges follow is unverified: one that is moved whole goes along; one that loses rows to the move, or takes some
    in, gets smaller or larger.
    """

    sheet_id: int
    dimension: Dimension
    start: int
    end: int
    to: int

    def index(self, index: int, *, end: bool = False) -> int:
        if end:
            return self.index(index - 1) + 1
        count = self.end - self.start
        if self.start <= index < self.end:
            return index - self.start + (self.to - count if self.to >= self.end else self.to)
        if self.end <= index < self.to:
            return index - count
        return index + count if self.to <= index < self.start else index

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        moved = [index for index in range(start, end) if self.start <= index < self.end]
        stays = [index for index in range(start, end) if not self.start <= index < self.end]
        places = sorted(self.index(index) for index in stays or moved)
        whole = sorted(self.index(index) for index in range(start, end))
        if whole[-1] - whole[0] == len(whole) - 1:  # moved within the range, or to its very edge
            return whole[0], whole[-1] + 1
        return places[0], places[-1] + 1


Change = Shift | Move
"""What can happen to the rows or columns of a sheet."""


def shifted(value: Any, shift: Change) -> Any:
    """``value`` (any JSON) with every GridRange, GridCoordinate and DimensionRange in it moved along.

    A list loses the ranges that were deleted whole; a single range that was deleted whole becomes None.
    """
    if isinstance(value, list):
        moved = [shifted(item, shift) for item in value]
        return [item for item, before in zip(moved, value, strict=True) if item is not None or before is None]
    if not isinstance(value, dict):
        return value
    if _is_grid_range(value):
        return _shifted_range(value, shift)
    if value.keys() >= {"dimension", "startIndex", "endIndex"}:
        if value.get("sheetId", 0) != shift.sheet_id or value["dimension"] != shift.dimension:
            return value
        span = shift.span(value["startIndex"], value["endIndex"])
        return {**value, "startIndex": span[0], "endIndex": span[1]} if span else None
    if value.keys() <= {"sheetId", "rowIndex", "columnIndex"} and value.keys() & {"rowIndex", "columnIndex"}:
        name = "rowIndex" if shift.dimension == "ROWS" else "columnIndex"
        if value.get("sheetId", 0) != shift.sheet_id or name not in value:
            return value
        return {**value, name: shift.index(value[name])}
    return {name: shifted(below, shift) for name, below in value.items()}


def without_zero_sheet(value: Mapping[str, Any]) -> JsonObject:
    """A GridRange in an answer leaves ``sheetId`` out when it is 0 (recorded); sheet properties keep it."""
    in_range = value.keys() & {"startRowIndex", "startColumnIndex", "endRowIndex", "dimension"}
    return {
        name: _below_without_zero_sheet(below)
        for name, below in value.items()
        if not (in_range and name == "sheetId" and below == 0)
    }


def _below_without_zero_sheet(value: Any) -> Any:
    if isinstance(value, list):
        return [_below_without_zero_sheet(item) for item in value]
    return without_zero_sheet(value) if isinstance(value, dict) else value


def dimension_span(dimension_range: Mapping[str, Any], size: int) -> tuple[int, int]:
    """Start and end of a DimensionRange, unbounded sides filled in. Raises SheetsError 400 when it lies outside."""
    start = dimension_range.get("startIndex", 0)
    end = dimension_range.get("endIndex", size)
    if start < 0 or end <= start:
        raise invalid(f"range.endIndex[{end}] must be greater than range.startIndex[{start}]")
    return start, end


_GRID_RANGE = frozenset({"sheetId", "startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"})


def _is_grid_range(value: Mapping[str, Any]) -> bool:
    return value.keys() <= _GRID_RANGE and bool(value.keys() - {"sheetId"})


def _shifted_range(value: Mapping[str, Any], shift: Change) -> JsonObject | None:
    if value.get("sheetId", 0) != shift.sheet_id:
        return dict(value)
    first, last = (
        ("startRowIndex", "endRowIndex") if shift.dimension == "ROWS" else ("startColumnIndex", "endColumnIndex")
    )
    moved = dict(value)
    if first in moved and last in moved:
        span = shift.span(moved[first], moved[last])
        if span is None:
            return None
        moved[first], moved[last] = span
    elif first in moved:
        moved[first] = shift.index(moved[first])
    elif last in moved:
        moved[last] = shift.index(moved[last], end=True)
    return moved
