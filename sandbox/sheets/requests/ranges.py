"""Requests that merge, sort, copy, move and deduplicate rectangles of cells."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.sheets import cells, values
from sandbox.sheets.calculation import Calculation
from sandbox.sheets.cells import Cell
from sandbox.sheets.errors import invalid, not_built
from sandbox.sheets.formulas import FormulaError, Value
from sandbox.sheets.ranges import Area, Box, cell_of, dimension_span
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
    sheet, box = book.box(Area.of(body.get("range", {})))
    book.check_editable(sheet, box)
    sort_rows(book, sheet, box, body.get("sortSpecs", ()))


def sort_rows(book: Spreadsheet, sheet: Sheet, box: Box, specs: Sequence[Mapping[str, Any]]) -> None:
    """Whole cells move, metadata of rows does not (assumed: the reference only says that data is sorted). Formulas move
    as if they were copied.
    """
    calculation = Calculation(book)
    order = list(range(box.top, box.bottom))
    for spec in reversed(specs):
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
        moved: dict[int, Cell | None] = {column: before[source].get(column) for column in range(box.left, box.right)}
        for column in before[source].calculated:
            if column in moved:
                moved[column] = cells.copied(before[source][column], target - source, 0)
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
    taken = {(row - source.top, column - source.left): cell for row, column, cell in source_sheet.grid.cells(source)}
    if body.get("pasteOrientation") == "TRANSPOSE":
        taken = {(column, row): cell for (row, column), cell in taken.items()}
        source = Box(source.top, source.top + source.width, source.left, source.left + source.height)
    book.check_editable(target_sheet, target)
    fits = target.height % source.height == 0 and target.width % source.width == 0
    area = target if fits else Box(target.top, target.top + source.height, target.left, target.left + source.width)
    _paste(target_sheet, area, taken, source, body.get("pasteType", "PASTE_NORMAL"), Calculation(book), source_sheet)


@request("cutPaste")
def cut_paste(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    source_sheet, source = book.box(Area.of(body.get("source", {})))
    where = body.get("destination", {})
    target_sheet = book.grid_of(where.get("sheetId", 0))
    top, left = cell_of(where)
    if top + source.height > target_sheet.grid.row_count or left + source.width > target_sheet.grid.column_count:
        raise invalid("The destination is too small for the data that was cut.")
    taken = {(row - source.top, column - source.left): cell for row, column, cell in source_sheet.grid.cells(source)}
    calculation = Calculation(book.copy())
    for row, column, _ in list(source_sheet.grid.cells(source)):
        source_sheet.grid.put(row, column, None)
    area = Box(top, top + source.height, left, left + source.width)
    kind = body.get("pasteType", "PASTE_NORMAL")
    _paste(target_sheet, area, taken, source, kind, calculation, source_sheet, copies=False)


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
    copies: bool = True,
) -> None:
    """``copies``: formulas are those of a copy, not of cells that were moved."""
    names = _PASTED.get(kind)
    if names is None:
        raise not_built(f"Pasting with {kind}")

    def pasted(row: int, column: int, before: Cell | None) -> Cell | None:
        at = (row - area.top) % source.height, (column - area.left) % source.width
        cell = taken.get(at, {})
        if copies:
            cell = cells.copied(cell, row - source.top - at[0], column - source.left - at[1])
        after = {name: value for name, value in (before or {}).items() if name not in names}
        after |= {name: value for name, value in cell.items() if name in names}
        if kind == "PASTE_VALUES" and "formulaValue" in cell.get("userEnteredValue", {}):
            value = calculation.value(source_sheet, source.top + at[0], source.left + at[1])
            plain = cells.raw("" if isinstance(value, FormulaError) or value is None else value)
            after = {**after, "userEnteredValue": plain} if plain else dict(cells.without_value(after) or {})
        return after or None

    sheet.grid.change(area, pasted)


@request("autoFill")
def auto_fill(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """Copies the source on and on; a column of numbers with equal steps goes on counting. Other series are not
    recognized here.
    """
    wanted = body.get("sourceAndDestination")
    if wanted is None:
        raise not_built("autoFill of a range without a named source")
    sheet, source = book.box(Area.of(wanted.get("source", {})))
    length, down = wanted.get("fillLength", 0), wanted.get("dimension") != "COLUMNS"
    if length < 0:
        raise not_built("autoFill backwards")
    box = (
        Box(source.bottom, source.bottom + length, source.left, source.right)
        if down
        else Box(source.top, source.bottom, source.right, source.right + length)
    )
    if box.bottom > sheet.grid.row_count or box.right > sheet.grid.column_count:
        raise book.beyond_grid(sheet, Area(sheet.id, box.top, box.bottom, box.left, box.right))
    book.check_editable(sheet, box)
    taken = {(row - source.top, column - source.left): cell for row, column, cell in sheet.grid.cells(source)}
    _paste(sheet, box, taken, source, "PASTE_NORMAL", Calculation(book), sheet)
    for line in _lines(source, down):
        numbers = [(sheet.grid.cell(*at) or {}).get("userEnteredValue", {}).get("numberValue") for at in line]
        steps = {b - a for a, b in itertools.pairwise(numbers) if a is not None and b is not None}
        if None in numbers or len(numbers) < 2 or len(steps) != 1:
            continue
        (row, column), step = line[-1], steps.pop()
        for count in range(1, length + 1):
            at = (row + count, column) if down else (row, column + count)
            sheet.grid.put(*at, cells.with_value(sheet.grid.cell(*at), {"numberValue": numbers[-1] + step * count}))


def _lines(box: Box, down: bool) -> Iterator[list[tuple[int, int]]]:
    if down:
        for column in range(box.left, box.right):
            yield [(row, column) for row in range(box.top, box.bottom)]
    else:
        for row in range(box.top, box.bottom):
            yield [(row, column) for column in range(box.left, box.right)]


@request("pasteData")
def paste_data(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """Text taken apart at the delimiter and typed in. HTML is not read here."""
    if body.get("html"):
        raise not_built("pasteData with html")
    delimiter = body.get("delimiter")
    if not delimiter:
        raise invalid("No delimiter specified.")
    where = body.get("coordinate", {})
    sheet = book.grid_of(where.get("sheetId", 0))
    rows = [line.split(delimiter) for line in body.get("data", "").splitlines()]
    top, left = cell_of(where)
    bottom, right = top + len(rows), left + max((len(row) for row in rows), default=0)
    sheet.grid.resize(max(sheet.grid.row_count, bottom), max(sheet.grid.column_count, right))
    values.put(book, sheet, top, left, rows, "USER_ENTERED")


_DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "PERIOD": ".", "SPACE": " "}


@request("textToColumns")
def text_to_columns(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, box = book.box(Area.of(body.get("source", {})))
    if box.width != 1:
        raise invalid("The source must span exactly one column.")
    kind = body.get("delimiterType", "AUTODETECT")
    texts = {
        row: cell["userEnteredValue"]["stringValue"]
        for row, _, cell in sheet.grid.cells(box)
        if "stringValue" in cell.get("userEnteredValue", {})
    }
    delimiter = body.get("delimiter", "") if kind == "CUSTOM" else _DELIMITERS.get(kind, "")
    if kind == "AUTODETECT":
        delimiter = max(_DELIMITERS.values(), key=lambda sign: sum(text.count(sign) for text in texts.values()))
    if not delimiter:
        raise invalid("No delimiter specified.")
    for row, text in texts.items():
        parts = text.split(delimiter)
        sheet.grid.resize(sheet.grid.row_count, max(sheet.grid.column_count, box.left + len(parts)))
        values.put(book, sheet, row, box.left, [parts], "USER_ENTERED")


@request("randomizeRange")
def randomize_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, box = book.box(Area.of(body.get("range", {})))
    book.check_editable(sheet, box)
    columns = range(box.left, box.right)
    rows = [{column: sheet.grid.cell(row, column) for column in columns} for row in range(box.top, box.bottom)]
    book.chance.shuffle(rows)
    for row, shuffled in zip(range(box.top, box.bottom), rows, strict=True):
        sheet.grid.put_row(row, shuffled)


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
        for column in range(*dimension_span({"startIndex": box.left, **one}, box.right))
    ] or list(range(box.left, box.right))
    if not all(box.left <= column < box.right for column in compared):
        raise invalid("The comparison columns must lie inside the range.")
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
