"""Spreadsheet JSON: what spreadsheets.get and ``includeSpreadsheetInResponse`` show, with or without the cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.sheets import masks
from sandbox.sheets.calculation import Calculation
from sandbox.sheets.ranges import Area, Box, Dimension, without_zero_sheet
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import ROBOT, Sheet, Spreadsheet

_PIXELS = {"ROWS": 21, "COLUMNS": 100}
EVERYTHING: masks.Tree = {}


def as_rest(
    book: Spreadsheet, *, areas: Sequence[Area] = (), mask: masks.Tree = EVERYTHING, grid_data: bool = False
) -> JsonObject:
    """The spreadsheet. ``areas`` limit sheets and cells; a mask that names ``sheets.data`` brings cells by itself."""
    with_data = masks.wants(mask, "sheets", "data") if mask else grid_data
    calculation = Calculation(book)
    sheets = []
    for index, sheet in enumerate(book.sheets):
        own = [area for area in areas if area.sheet_id == sheet.id]
        if areas and not own:
            continue
        shown = sheet_as_rest(book, sheet, index)
        if with_data:
            below = mask.get("sheets", {}).get("data", {}) if mask else EVERYTHING
            boxes = [book.box(area)[1] for area in own] or [sheet.grid.whole]
            shown["data"] = [_grid_data(calculation, sheet, box, below) for box in boxes]
        sheets.append(shown)
    whole: JsonObject = {
        "spreadsheetId": book.id,
        "properties": book.properties,
        "sheets": sheets,
    }
    if book.named_ranges:
        whole["namedRanges"] = book.named_ranges
    whole["spreadsheetUrl"] = f"https://docs.google.com/spreadsheets/d/{book.id}/edit"
    if own_metadata := [one for one in book.metadata if one["location"].get("spreadsheet")]:
        whole["developerMetadata"] = own_metadata
    return masks.select(mask, _shown(whole))


def _shown(whole: JsonObject) -> JsonObject:
    """Ranges lose a zero sheetId, the properties of sheets keep it."""
    untouched = ("properties", "data")
    sheets = []
    for sheet in whole["sheets"]:
        trimmed = without_zero_sheet({name: value for name, value in sheet.items() if name not in untouched})
        sheets.append({**{name: sheet[name] for name in untouched if name in sheet}, **trimmed})
    return {name: sheets if name == "sheets" else _plain(value) for name, value in whole.items()}


def _plain(value: Any) -> Any:
    return without_zero_sheet({"": value})[""]


def properties_as_rest(sheet: Sheet, index: int) -> JsonObject:
    """SheetProperties with the size of the grid."""
    size = {"rowCount": sheet.grid.row_count, "columnCount": sheet.grid.column_count}
    return {
        "sheetId": sheet.id,
        "title": sheet.title,
        "index": index,
        "sheetType": "GRID",
        "gridProperties": {**size, **sheet.properties.get("gridProperties", {})},
        **{name: value for name, value in sheet.properties.items() if name not in _SHOWN_FIRST},
    }


_SHOWN_FIRST = frozenset({"sheetId", "title", "index", "sheetType", "gridProperties"})


def sheet_as_rest(book: Spreadsheet, sheet: Sheet, index: int) -> JsonObject:
    shown: JsonObject = {"properties": properties_as_rest(sheet, index)}
    for name, value in sheet.objects.items():
        if value:
            shown[name] = [_protection(one) for one in value] if name == "protectedRanges" else value
    if metadata := [one for one in book.metadata if one["location"].get("sheetId", -1) == sheet.id]:
        shown["developerMetadata"] = metadata
    return shown


def _protection(protection: JsonObject) -> JsonObject:
    """Whoever protects a range may edit it: the answer to the request shows no editors, a later get does (recorded)."""
    return protection if protection.get("editors") else {**protection, "editors": {"users": [ROBOT]}}


def _grid_data(calculation: Calculation, sheet: Sheet, box: Box, mask: masks.Tree) -> JsonObject:
    data: JsonObject = {}
    if box.top:
        data["startRow"] = box.top
    if box.left:
        data["startColumn"] = box.left
    if masks.wants(mask, "rowData"):
        ends = {r: c for r, c in sorted(calculation.spread(sheet).values) if box.left <= c < box.right}
        last = max(sheet.grid.last_filled_row(box), *ends, -1)
        below = mask.get("rowData", {}).get("values", EVERYTHING)
        rows = [
            _row_data(calculation, sheet, row, box, ends.get(row, -1), below)
            for row in range(box.top, min(box.bottom, last + 1))
        ]
        while rows and not rows[-1]:
            rows.pop()
        if rows:
            data["rowData"] = rows
    if masks.wants(mask, "rowMetadata"):
        data["rowMetadata"] = _metadata(calculation.book, sheet, "ROWS", box.top, box.bottom)
        for row in calculation.looks(sheet).hidden_by_filter():
            if box.top <= row < box.bottom:
                data["rowMetadata"][row - box.top]["hiddenByFilter"] = True
    if masks.wants(mask, "columnMetadata"):
        data["columnMetadata"] = _metadata(calculation.book, sheet, "COLUMNS", box.left, box.right)
    return data


def _row_data(
    calculation: Calculation, sheet: Sheet, row: int, box: Box, pivot_end: int, mask: masks.Tree
) -> JsonObject:
    last = sheet.grid.last_filled_column(row, box)
    if max(last, pivot_end) < 0:
        return {}
    columns = range(box.left, max(last, pivot_end) + 1)
    return {"values": [calculation.as_cell_data(sheet, row, column, mask) for column in columns]}


def _metadata(book: Spreadsheet, sheet: Sheet, dimension: Dimension, start: int, end: int) -> list[JsonObject]:
    attached: dict[int, list[JsonObject]] = {}
    for one in book.metadata:
        where = one["location"].get("dimensionRange")
        if where and where.get("sheetId", 0) == sheet.id and where["dimension"] == dimension:
            attached.setdefault(where["startIndex"], []).append(one)
    found = []
    for index in range(start, end):
        shown = {"pixelSize": _PIXELS[dimension], **sheet.grid.dimensions[dimension].get(index, {})}
        if index in attached:
            shown["developerMetadata"] = attached[index]
        found.append(shown)
    return found
