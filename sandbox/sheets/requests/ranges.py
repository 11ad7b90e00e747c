"""Requests that merge, sort, copy, move and deduplicate rectangles of cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sheets import cells
from sandbox.sheets.calculation import Calculation
from sandbox.sheets.cells import Cell
from sandbox.sheets.errors import invalid, not_built
from sandbox.sheets.formulas import FormulaError, Value
from sandbox.sheets.ranges import Area, Box
from sandbox.sheets.requests.registry import request
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet


@request("mergeCells")
def merge_cells(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, box = book.box(Area.of(body.get("range", {})))
    match body.get("mergeType", "MERGE_ALL"):
        case "MERGE_COLUMNS":
            boxes = [Box(box.top, box.bottom, column, column + 1) for column in range(box.left, box.right)]
        case "MERGE_ROWS":
            boxes = [Box(row, row + 1, box.left, box.right) for row in range(box.top, box.bottom)]
        case _:
            boxes = [box]
    merges = sheet.listed("merges")
    merges[:] = [one for one in merges if not _covers(box, _box(one, sheet))]
    if any(_box(one, sheet).overlaps(box) for one in merges):
        raise invalid("You must select all cells in a merged range to merge or unmerge them.")
    for merged in boxes:
        if merged.height * merged.width > 1:
            merges.append(_range(sheet, merged))
            for row, column, cell in list(sheet.grid.cells(merged)):
                if (row, column) != (merged.top, merged.left):
                    sheet.grid.put(row, column, cells.without_value(cell))


@request("unmergeCells")
def unmerge_cells(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, box = book.box(Area.of(body.get("range", {})))
    merges = sheet.listed("merges")
    if any(_box(one, sheet).overlaps(box) and not _covers(box, _box(one, sheet)) for one in merges):
        raise invalid("You must select all cells in a merged range to merge or unmerge them.")
    merges[:] = [one for one in merges if not _covers(box, _box(one, sheet))]


@request("sortRange")
def sort_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """Whole cells move, metadata of rows does not (assumed: the reference only says that data is sorted)."""
    sheet, box = book.box(Area.of(body.get("range", {})))
    book.check_editable(sheet, box)
    calculation = Calculation(book)
    order = list(range(box.top, box.bottom))
    for spec in reversed(body.get("sortSpecs", ())):
        column = spec.get("dimensionIndex", 0)
        if not box.left <= column < box.right:
            raise invalid(f"dimensionIndex {column} is outside of the range to sort.")
        keys = {row: _sort_key(calculation.value(sheet, row, column)) for row in order}
        filled = [row for row in order if keys[row][0] < 3]
        blank = [row for row in order if keys[row][0] == 3]
        filled.sort(key=keys.__getitem__, reverse=spec.get("sortOrder") == "DESCENDING")
        order = [*filled, *blank]
    before = {row: sheet.grid.row(row) for row in order}
    for target, source in zip(range(box.top, box.bottom), order, strict=True):
        moved = {column: before[source].get(column) for column in range(box.left, box.right)}
        if any(moved.values()) or before[target]:
            sheet.grid.put_row(target, moved)


def _sort_key(value: Value | FormulaError) -> tuple[int, float, str]:
    """Numbers, texts, booleans, and blanks last in either direction."""
    if value is None or value == "":
        return 3, 0.0, ""
    if isinstance(value, bool):
        return 2, float(value), ""
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, str(value).casefold()


@request("copyPaste")
def copy_paste(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    source_sheet, source = book.box(Area.of(body.get("source", {})))
    target_sheet, target = book.box(Area.of(body.get("destination", {})))
    if body.get("pasteOrientation") == "TRANSPOSE":
        raise not_built("copyPaste with TRANSPOSE")
    book.check_editable(target_sheet, target)
    fits = target.height % source.height == 0 and target.width % source.width == 0
    area = target if fits else Box(target.top, target.top + source.height, target.left, target.left + source.width)
    taken = {(row - source.top, column - source.left): cell for row, column, cell in source_sheet.grid.cells(source)}
    _paste(target_sheet, area, taken, source, body.get("pasteType", "PASTE_NORMAL"), Calculation(book), source_sheet)


@request("cutPaste")
def cut_paste(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    source_sheet, source = book.box(Area.of(body.get("source", {})))
    where = body.get("destination", {})
    target_sheet = book.grid_of(where.get("sheetId", 0))
    top, left = where.get("rowIndex", 0), where.get("columnIndex", 0)
    if top + source.height > target_sheet.grid.row_count or left + source.width > target_sheet.grid.column_count:
        raise invalid("The destination is too small for the data that was cut.")
    taken = {(row - source.top, column - source.left): cell for row, column, cell in source_sheet.grid.cells(source)}
    calculation = Calculation(book.copy())
    for row, column, _ in list(source_sheet.grid.cells(source)):
        source_sheet.grid.put(row, column, None)
    area = Box(top, top + source.height, left, left + source.width)
    kind = body.get("pasteType", "PASTE_NORMAL")
    _paste(target_sheet, area, taken, source, kind, calculation, source_sheet)


_PASTED = {
    "PASTE_NORMAL": {"userEnteredValue", "userEnteredFormat", "note", "dataValidation", "textFormatRuns"},
    "PASTE_NO_BORDERS": {"userEnteredValue", "userEnteredFormat", "note", "dataValidation", "textFormatRuns"},
    "PASTE_VALUES": {"userEnteredValue"},
    "PASTE_FORMULA": {"userEnteredValue"},
    "PASTE_FORMAT": {"userEnteredFormat"},
    "PASTE_DATA_VALIDATION": {"dataValidation"},
}


def _paste(
    sheet: Sheet,
    area: Box,
    taken: Mapping[tuple[int, int], Cell],
    source: Box,
    kind: str,
    calculation: Calculation,
    source_sheet: Sheet,
) -> None:
    names = _PASTED.get(kind)
    if names is None:
        raise not_built(f"Pasting with {kind}")

    def pasted(row: int, column: int, before: Cell | None) -> Cell | None:
        at = (row - area.top) % source.height, (column - area.left) % source.width
        cell = taken.get(at, {})
        after = {name: value for name, value in (before or {}).items() if name not in names}
        after |= {name: value for name, value in cell.items() if name in names}
        if kind == "PASTE_VALUES" and "formulaValue" in cell.get("userEnteredValue", {}):
            value = calculation.value(source_sheet, source.top + at[0], source.left + at[1])
            after["userEnteredValue"] = cells.raw("" if isinstance(value, FormulaError) or value is None else value)
        return after or None

    sheet.grid.change(area, pasted)


@request("insertRange")
def insert_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """Cells of the same columns move down (ROWS) or of the same rows move right (COLUMNS); the grid grows as needed."""
    sheet, box = book.box(Area.of(body.get("range", {})))
    down = _moves_down(body)
    book.check_editable(sheet, box)
    moving = _beyond(sheet, box, down, start=box.top if down else box.left)
    for row, column, _ in moving:
        sheet.grid.put(row, column, None)
    for row, column, cell in moving:
        at = (row + box.height, column) if down else (row, column + box.width)
        sheet.grid.resize(max(sheet.grid.row_count, at[0] + 1), max(sheet.grid.column_count, at[1] + 1))
        sheet.grid.put(*at, cell)


@request("deleteRange")
def delete_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, box = book.box(Area.of(body.get("range", {})))
    down = _moves_down(body)
    book.check_editable(sheet, box)
    moving = _beyond(sheet, box, down, start=box.bottom if down else box.right)
    for row, column, _ in [*list(sheet.grid.cells(box)), *moving]:
        sheet.grid.put(row, column, None)
    for row, column, cell in moving:
        sheet.grid.put(*((row - box.height, column) if down else (row, column - box.width)), cell)


def _moves_down(body: Mapping[str, Any]) -> bool:
    if body.get("shiftDimension") not in {"ROWS", "COLUMNS"}:
        raise invalid("No shiftDimension specified.")
    return bool(body["shiftDimension"] == "ROWS")


def _beyond(sheet: Sheet, box: Box, down: bool, *, start: int) -> list[tuple[int, int, Cell]]:
    grid = sheet.grid
    strip = (
        Box(start, grid.row_count, box.left, box.right) if down else Box(box.top, box.bottom, start, grid.column_count)
    )
    return list(grid.cells(strip))


@request("deleteDuplicates")
def delete_duplicates(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """Compares without case and keeps the first; rows that are empty where compared are duplicates of each other."""
    sheet, box = book.box(Area.of(body.get("range", {})))
    compared = [
        column
        for one in body.get("comparisonColumns", ())
        for column in range(one.get("startIndex", box.left), one.get("endIndex", box.right))
    ] or list(range(box.left, box.right))
    calculation = Calculation(book)
    seen: set[tuple[str, ...]] = set()
    kept: list[dict[int, Cell | None]] = []
    for row in range(box.top, box.bottom):
        key = tuple(calculation.shown(sheet, row, column).casefold() for column in compared)
        if key not in seen:
            seen.add(key)
            kept.append({column: sheet.grid.cell(row, column) for column in range(box.left, box.right)})
    for offset, row in enumerate(range(box.top, box.bottom)):
        sheet.grid.put_row(row, kept[offset] if offset < len(kept) else dict.fromkeys(range(box.left, box.right)))
    removed = box.height - len(kept)
    return {"duplicatesRemovedCount": removed} if removed else {}


def _box(grid_range: JsonObject, sheet: Sheet) -> Box:
    return Area.of(grid_range).within(sheet.grid.row_count, sheet.grid.column_count)


def _range(sheet: Sheet, box: Box) -> JsonObject:
    return Area(sheet.id, box.top, box.bottom, box.left, box.right).as_grid_range()


def _covers(outer: Box, inner: Box) -> bool:
    return (
        outer.top <= inner.top
        and inner.bottom <= outer.bottom
        and outer.left <= inner.left
        and inner.right <= outer.right
    )
