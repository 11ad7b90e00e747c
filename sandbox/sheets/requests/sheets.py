"""Requests about sheets as a whole and about the spreadsheet's own properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sheets import masks
from sandbox.sheets.answers import properties_as_rest
from sandbox.sheets.cells import both_colours, complete_colours
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
    title = body.get("newSheetName") or f"Copy of {source.title}"
    sheet_id = body.get("newSheetId")
    properties = {name: value for name, value in source.properties.items() if name not in {"sheetId", "gridProperties"}}
    wanted = {**properties, "title": title, **({"sheetId": sheet_id} if sheet_id is not None else {})}
    made = book.add_sheet({**wanted, "index": body.get("insertSheetIndex", 0)})
    made.grid = source.grid.copy()
    made.properties |= {"gridProperties": source.properties.get("gridProperties", {})}
    made.objects = _moved_to(made.id, source)
    book.check_size()
    return {"properties": properties_as_rest(made, book.sheets.index(made))}


def _moved_to(sheet_id: int, source: Sheet) -> dict[str, Any]:
    """The objects of a sheet for its copy. Charts and protections get no new ids here, so they stay behind."""
    copied: dict[str, Any] = {}
    for name in ("merges", "basicFilter", "conditionalFormats", "rowGroups", "columnGroups"):
        if name in source.objects:
            copied[name] = _on_sheet(source.objects[name], source.id, sheet_id)
    return copied


def _on_sheet(value: Any, old: int, new: int) -> Any:
    if isinstance(value, list):
        return [_on_sheet(item, old, new) for item in value]
    if isinstance(value, dict):
        moved = {name: _on_sheet(below, old, new) for name, below in value.items()}
        return {**moved, "sheetId": new} if value.get("sheetId") == old else moved
    return value


@request("updateSheetProperties")
def update_sheet_properties(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    new = complete_colours(body.get("properties", {}))
    sheet = book.sheet(new.get("sheetId", 0))
    if "title" in mask:
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
    shrunk_rows, shrunk_columns = sheet.grid.row_count - rows, sheet.grid.column_count - columns
    if shrunk_rows > 0:
        book.shift(sheet, "ROWS", rows, -shrunk_rows)
    if shrunk_columns > 0:
        book.shift(sheet, "COLUMNS", columns, -shrunk_columns)
    sheet.grid.resize(rows, columns)
    kept = {name: value for name, value in after.items() if name not in {"gridProperties", "index"} and value != {}}
    if not kept.get("hidden"):
        kept.pop("hidden", None)
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
    book.properties = masks.merged(mask, book.properties, body.get("properties", {}))
    if not book.properties.get("title"):
        raise invalid("You must specify a title.")
