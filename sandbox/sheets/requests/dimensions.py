"""Requests that insert, delete, move, hide and group rows and columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sheets import masks
from sandbox.sheets.cells import Cell
from sandbox.sheets.errors import invalid
from sandbox.sheets.ranges import Box, Dimension, Move, dimension_span
from sandbox.sheets.requests.registry import request
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet


@request("insertDimension")
def insert_dimension(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """New rows take formats from the row before or after. The texts of both refusals are unverified."""
    sheet, dimension, wanted = _target(book, body.get("range", {}))
    if "startIndex" not in wanted or "endIndex" not in wanted:
        raise invalid("range.startIndex and range.endIndex must be specified.")
    start, end = dimension_span(wanted, 0)
    size = sheet.grid.size(dimension)
    before = body.get("inheritFromBefore", False)
    if before and start == 0:
        raise invalid("range.startIndex must be greater than 0 if inheritFromBefore is true.")
    if start > size or (start == size and not before):
        raise invalid(
            f"range.startIndex[{start}] must be less than the grid size ({size}) if inheritFromBefore is false."
            if not before
            else f"range.startIndex[{start}] is too large. The grid size is {size}."
        )
    book.check_editable(sheet, _strip(sheet, dimension, start, start + 1))
    book.shift(sheet, dimension, start, end - start)
    _inherit(sheet, dimension, start - 1 if before else end, range(start, end))


def _inherit(sheet: Sheet, dimension: Dimension, source: int, targets: range) -> None:
    """Formats and validation, not values or notes."""
    grid = sheet.grid
    if dimension == "ROWS":
        formats = {column: _inherited(cell) for column, cell in grid.row(source).items()}
        for target in targets:
            grid.put_row(target, formats)
    else:
        for row, _, cell in list(grid.cells(Box(0, grid.row_count, source, source + 1))):
            grid.put_row(row, {target: _inherited(cell) for target in targets})


def _inherited(cell: Cell) -> Cell | None:
    return {name: cell[name] for name in ("userEnteredFormat", "dataValidation") if name in cell} or None


@request("appendDimension")
def append_dimension(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, dimension, _ = _target(book, body)
    length = body.get("length", 0)
    if length <= 0:
        raise invalid("length must be greater than 0.")
    rows, columns = sheet.grid.row_count, sheet.grid.column_count
    sheet.grid.resize(
        rows + (length if dimension == "ROWS" else 0), columns + (length if dimension == "COLUMNS" else 0)
    )
    book.check_size()


@request("deleteDimension")
def delete_dimension(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, dimension, wanted = _target(book, body.get("range", {}))
    size = sheet.grid.size(dimension)
    start, end = dimension_span(wanted, size)
    if end > size:
        raise invalid(f"Cannot delete a {_one(dimension)} that doesn't exist. Tried to delete index {end - 1}.")
    if end - start >= size:
        raise invalid(f"You can't delete all the {dimension.lower()} on the sheet.")
    frozen = sheet.properties.get("gridProperties", {}).get(_frozen(dimension), 0)
    if size - (end - start) <= max(0, frozen - max(0, min(end, frozen) - start)):
        raise invalid(f"Sorry, it is not possible to delete all non-frozen {dimension.lower()}.")
    book.check_editable(sheet, _strip(sheet, dimension, start, end))
    book.shift(sheet, dimension, start, start - end)


@request("moveDimension")
def move_dimension(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, dimension, wanted = _target(book, body.get("source", {}))
    size = sheet.grid.size(dimension)
    start, end = dimension_span(wanted, size)
    destination = body.get("destinationIndex", 0)
    if end > size or not 0 <= destination <= size:
        raise invalid("destinationIndex is outside of the grid.")
    if start < destination < end:
        raise invalid("Cannot move dimensions into themselves.")
    book.check_editable(sheet, _strip(sheet, dimension, start, end))
    if destination not in {start, end}:
        book.move(sheet, Move(sheet.id, dimension, start, end, destination))


@request("updateDimensionProperties")
def update_dimension_properties(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    sheet, dimension, wanted = _target(book, body.get("range", {}))
    start, end = dimension_span(wanted, sheet.grid.size(dimension))
    kept = sheet.grid.dimensions[dimension]
    for index in range(start, min(end, sheet.grid.size(dimension))):
        after = masks.merged(mask, kept.get(index, {}), body.get("properties", {}))
        kept[index] = {name: value for name, value in after.items() if value}


@request("autoResizeDimensions")
def auto_resize_dimensions(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """The width of a capital is recorded; other letters are guessed, the real width depends on the font."""
    sheet, dimension, wanted = _target(book, body.get("dimensions", {}))
    start, end = dimension_span(wanted, sheet.grid.size(dimension))
    if dimension == "ROWS":
        return
    for column in range(start, end):
        found = sheet.grid.cells(Box(0, sheet.grid.row_count, column, column + 1))
        widest = max((_text_width(cell) for _, _, cell in found), default=0)
        if widest:
            width = max(20, int(widest) + 18)
            sheet.grid.dimensions["COLUMNS"][column] = {
                **sheet.grid.dimensions["COLUMNS"].get(column, {}),
                "pixelSize": width,
            }


def _text_width(cell: Cell) -> float:
    text = str(next(iter(cell.get("userEnteredValue", {}).values()), ""))
    return max((sum(8.47 if letter.isupper() else 7 for letter in line) for line in text.split("\n")), default=0)


@request("addDimensionGroup")
def add_dimension_group(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """Only groups that do not touch others; depths above one are not worked out. Setting the toggle is recorded."""
    sheet, dimension, wanted = _target(book, body.get("range", {}))
    start, end = dimension_span(wanted, sheet.grid.size(dimension))
    place = {"sheetId": sheet.id, "dimension": dimension, "startIndex": start, "endIndex": end}
    groups = sheet.listed(_groups(dimension))
    depth = 1 + sum(one["range"]["startIndex"] <= start and end <= one["range"]["endIndex"] for one in groups)
    groups.append({"range": place, "depth": depth})
    toggle = "rowGroupControlAfter" if dimension == "ROWS" else "columnGroupControlAfter"
    sheet.properties["gridProperties"] = {**sheet.properties.get("gridProperties", {}), toggle: True}
    return {"dimensionGroups": [_shown(group) for group in groups]}


@request("deleteDimensionGroup")
def delete_dimension_group(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    sheet, dimension, wanted = _target(book, body.get("range", {}))
    start, end = dimension_span(wanted, sheet.grid.size(dimension))
    groups = sheet.listed(_groups(dimension))
    inside = [one for one in groups if start <= one["range"]["startIndex"] and one["range"]["endIndex"] <= end]
    if not inside:
        raise invalid("No dimension group to delete in the given range.")
    groups.remove(max(inside, key=lambda one: one["depth"]))
    return {"dimensionGroups": [_shown(group) for group in groups]} if groups else {}


@request("updateDimensionGroup")
def update_dimension_group(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """Range and depth name the group. Closing it hides its rows or columns, opening it shows them."""
    mask = masks.for_update(body.get("fields"))
    new = body.get("dimensionGroup", {})
    sheet, dimension, wanted = _target(book, new.get("range", {}))
    start, end = dimension_span(wanted, sheet.grid.size(dimension))
    groups = sheet.listed(_groups(dimension))
    named = (start, end, new.get("depth"))
    at = next(
        (
            at
            for at, one in enumerate(groups)
            if (one["range"]["startIndex"], one["range"]["endIndex"], one["depth"]) == named
        ),
        None,
    )
    if at is None:
        raise invalid("No dimension group with the given range and depth.")
    after = masks.merged(mask, groups[at], {**new, "range": groups[at]["range"], "depth": groups[at]["depth"]})
    groups[at] = {name: value for name, value in after.items() if value is not False}
    kept = sheet.grid.dimensions[dimension]
    for index in range(start, end):
        hidden = {"hiddenByUser": True} if after.get("collapsed") else {}
        kept[index] = {**{name: one for name, one in kept.get(index, {}).items() if name != "hiddenByUser"}, **hidden}


def _shown(group: JsonObject) -> JsonObject:
    place = group["range"]
    return {**group, "range": {name: value for name, value in place.items() if name != "sheetId" or value}}


def _groups(dimension: Dimension) -> str:
    return "rowGroups" if dimension == "ROWS" else "columnGroups"


def _frozen(dimension: Dimension) -> str:
    return "frozenRowCount" if dimension == "ROWS" else "frozenColumnCount"


def _one(dimension: Dimension) -> str:
    return "row" if dimension == "ROWS" else "column"


def _target(book: Spreadsheet, wanted: Mapping[str, Any]) -> tuple[Sheet, Dimension, Mapping[str, Any]]:
    sheet = book.grid_of(wanted.get("sheetId", 0))
    dimension = wanted.get("dimension")
    if dimension not in {"ROWS", "COLUMNS"}:
        raise invalid("No dimension specified.")
    return sheet, dimension, wanted


def _strip(sheet: Sheet, dimension: Dimension, start: int, end: int) -> Box:
    if dimension == "ROWS":
        return Box(start, end, 0, sheet.grid.column_count)
    return Box(0, sheet.grid.row_count, start, end)
