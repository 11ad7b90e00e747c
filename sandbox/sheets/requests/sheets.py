"""Requests about sheets as a whole and about the spreadsheet's own properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sheets import masks
from sandbox.sheets.answers import properties_as_rest
from sandbox.sheets.cells import both_colours, complete_colours
from sandbox.sheets.copies import copy_into
from sandbox.sheets.errors import invalid, not_built
from sandbox.sheets.requests.registry import request
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet


@request("addSheet")
def add_sheet(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    wanted = complete_colours(body.get("properties", {}))
    if wanted.get("sheetType", "GRID") != "GRID":
        raise not_built(f"A sheet of type {wanted['sheetType']}")
    sheet = book.add_sheet(wanted)
    return {"properties": properties_as_rest(sheet, book.sheets.index(sheet))}


@request("deleteSheet")
def delete_sheet(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet = book.sheet(body.get("sheetId", 0))
    if len(book.sheets) == 1:
        raise invalid("You can't remove all the sheets in a document.")
    book.sheets.remove(sheet)
    book.named_ranges = [one for one in book.named_ranges if one["range"].get("sheetId", 0) != sheet.id]
    book.metadata = [one for one in book.metadata if not _belongs_to(one, sheet)]


def _belongs_to(metadata: JsonObject, sheet: Sheet) -> bool:
    where = metadata["location"]
    return bool(where.get("sheetId", where.get("dimensionRange", {}).get("sheetId")) == sheet.id)


@request("duplicateSheet")
def duplicate_sheet(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    source = book.sheet(body.get("sourceSheetId", 0))
    wanted = {
        "index": body.get("insertSheetIndex", 0),
        **({"title": body["newSheetName"]} if body.get("newSheetName") else {}),
        **({"sheetId": body["newSheetId"]} if "newSheetId" in body else {}),
    }
    made = copy_into(book, source, wanted)
    return {"properties": properties_as_rest(made, book.sheets.index(made))}


@request("updateSheetProperties")
def update_sheet_properties(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    new = complete_colours(body.get("properties", {}))
    sheet = book.sheet(new.get("sheetId", 0))
    if "title" in mask or not mask:
        if not new.get("title"):
            raise invalid("You must specify a title.")
        book.check_title(new["title"], besides=sheet)
    current = properties_as_rest(sheet, book.sheets.index(sheet))
    after = masks.merged(both_colours(mask), current, {**new, "sheetId": sheet.id, "sheetType": current["sheetType"]})
    _keep(book, sheet, after)
    if "index" in mask or not mask:
        _move(book, sheet, new.get("index", len(book.sheets)))
    if all(one.properties.get("hidden") for one in book.sheets):
        raise invalid("You can't hide all the sheets in a document.")


def _keep(book: Spreadsheet, sheet: Sheet, after: JsonObject) -> None:
    size = {name: value for name, value in after.get("gridProperties", {}).items() if value}
    rows = size.pop("rowCount", sheet.grid.row_count)
    columns = size.pop("columnCount", sheet.grid.column_count)
    if rows < 1 or columns < 1:
        raise invalid("rowCount and columnCount must be greater than 0.")
    shrunk_rows, shrunk_columns = sheet.grid.row_count - rows, sheet.grid.column_count - columns
    if shrunk_rows > 0:
        book.shift(sheet, "ROWS", rows, -shrunk_rows)
    if shrunk_columns > 0:
        book.shift(sheet, "COLUMNS", columns, -shrunk_columns)
    sheet.grid.resize(rows, columns)
    kept = {name: value for name, value in after.items() if name not in {"gridProperties", "index"} and value != {}}
    kept = {name: value for name, value in kept.items() if value is not False}
    sheet.properties = {**kept, **({"gridProperties": size} if size else {})}
    book.check_frozen(sheet)
    book.check_size()


def _move(book: Spreadsheet, sheet: Sheet, index: int) -> None:
    """Positions are counted before the move, so moving right takes one more (documented at SheetProperties.index)."""
    now = book.sheets.index(sheet)
    if index in {now, now + 1}:
        return
    book.sheets.remove(sheet)
    book.sheets.insert(index - 1 if index > now else index, sheet)


@request("updateSpreadsheetProperties")
def update_spreadsheet_properties(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    after = masks.merged(mask, book.properties, complete_colours(body.get("properties", {})))
    if not after.get("title"):
        raise invalid("You must specify a title.")
    lasting = {name: book.properties[name] for name in ("locale", "timeZone", "defaultFormat") if name not in after}
    book.properties = {**after, **lasting}
    book.check_time_zone()
